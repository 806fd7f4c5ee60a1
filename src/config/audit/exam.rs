//! `cohort.exam`: several images, one for each view, that are scored together.

use super::super::located::Located;
use super::{AttributeRule, TruthRule};

/// Exams made of several rows, one for each image. One exam is one sample.
#[derive(Debug, Clone)]
pub struct ExamSpec {
    /// Column that tells exams apart; its texts are the samples' ids.
    pub column: Located<String>,
    /// Column with the view of each image.
    pub view: Located<String>,
    /// What is done with an exam that lacks a view that the model takes.
    pub missing: MissingView,
    /// What is done with an exam that has several images of one view.
    pub duplicate: DuplicateView,
    /// How the truth values of an exam's rows are joined.
    pub truth: TruthRule,
    /// What is done with an attribute, or a number that the model is fed, that varies within an exam.
    pub attribute: AttributeRule,
}

/// What is done with an exam that lacks a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingView {
    /// The audit does not begin.
    Error,
    /// The exam is left out, and counted in the flow.
    Skip,
    /// The view's input is zero after preprocessing.
    Zeros,
}

/// What is done with several images of one view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateView {
    /// The audit does not begin.
    Error,
    /// The first in the manifest's order is fed.
    First,
    /// The last in the manifest's order is fed.
    Last,
}
