//! What the report may show.

/// The `report` section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportSpec {
    /// Whether preprocessed images may be shown.
    pub images: bool,
    /// Attribute whose levels get a row of images each; `None`: found among the usual names.
    pub images_by: Option<String>,
}
