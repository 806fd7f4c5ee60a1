//! `cohort.exam`.

use schemars::JsonSchema;

use super::aggregation::{AttributeJoinName, TruthJoinName};
use super::words::Word;

/// Several images, one row each, that are scored together: one exam is one sample.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Exam {
    /// Column that tells exams apart; its texts are the samples' ids.
    pub column: Word,
    /// Column with the view of each image; `model.inputs` says which input takes which view.
    pub view: Word,
    /// What is done with an exam that lacks a view that the model takes.
    #[schemars(extend("default" = "error"))]
    pub missing: Option<MissingViewName>,
    /// What is done with an exam that has several images of one view.
    #[schemars(extend("default" = "error"))]
    pub duplicate: Option<DuplicateViewName>,
    /// How the truth values of an exam's rows are joined.
    #[schemars(extend("default" = "must_agree"))]
    pub truth: Option<TruthJoinName>,
    /// What is done with an attribute, or a number that the model is fed, that varies within an exam.
    #[schemars(extend("default" = "must_agree"))]
    pub attribute: Option<AttributeJoinName>,
}

/// What is done with an exam that lacks a view.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum MissingViewName {
    /// The audit does not begin.
    Error,
    /// The exam is left out, and counted in the flow.
    Skip,
    /// The view's input is zero after preprocessing.
    Zeros,
}

/// What is done with several images of one view.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum DuplicateViewName {
    /// The audit does not begin.
    Error,
    /// The first in the manifest's order is fed.
    First,
    /// The last in the manifest's order is fed.
    Last,
}
