//! What the report may show, and how it looks.

use std::path::PathBuf;

use super::super::located::Located;

/// The `report` section.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReportSpec {
    /// Whether preprocessed images may be shown.
    pub images: bool,
    /// Attribute whose levels get a row of images each; `None`: found among the usual names.
    pub images_by: Option<String>,
    /// Folder of templates that stand in for the embedded ones.
    pub templates: Option<Located<PathBuf>>,
    /// Picture at the top of the page.
    pub logo: Option<Located<PathBuf>>,
    /// Lines of the sign-off block; `None`: the usual three.
    pub sign_off: Option<Vec<String>>,
    /// Language of the page; `None`: English.
    pub language: Option<ReportLanguage>,
}

/// Languages that the report is built with; English is the one it is written in.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

/// The language of the page.
#[derive(Debug, Clone, PartialEq)]
pub enum ReportLanguage {
    /// One of [`LANGUAGES`].
    BuiltIn(String),
    /// A language file of the team's own.
    File(Located<PathBuf>),
}
