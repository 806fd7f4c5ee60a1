//! The `report` section as it is written.

use schemars::JsonSchema;

use super::words::Word;

/// What the report may show beside numbers, and how it looks.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Report {
    /// Whether preprocessed images of the cohort may stand in the report and in `check --preview`.
    #[schemars(extend("default" = false))]
    pub images: Option<bool>,
    /// Attribute whose levels get a row of images each; without it `site`, `scanner`, `manufacturer`,
    /// `device`, or the first attribute.
    pub images_by: Option<Word>,
    /// Folder whose files stand in for the embedded templates of the same name; a path relative to this file.
    pub templates: Option<String>,
    /// Picture at the top of the report: a PNG, JPEG or SVG file of at most 200,000 bytes.
    pub logo: Option<String>,
    /// Lines of the sign-off block, instead of `Prepared by`, `Reviewed by`, `Approved by`; an empty list leaves it out.
    #[schemars(length(max = 12))]
    pub sign_off: Option<Vec<Word>>,
    /// Language of the report: `en`, `de`, or a language file of your own, whose path is relative to this file.
    #[schemars(extend("default" = "en"))]
    pub language: Option<String>,
}
