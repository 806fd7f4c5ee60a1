//! The `report` section as it is written.

use schemars::JsonSchema;

use super::words::Word;

/// What the report may show beside numbers.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    /// Whether preprocessed images of the cohort may stand in the report and in `check --preview`.
    #[schemars(extend("default" = false))]
    pub images: Option<bool>,
    /// Attribute whose levels get a row of images each; without it `site`, `scanner`, `manufacturer`,
    /// `device`, or the first attribute.
    pub images_by: Option<Word>,
}
