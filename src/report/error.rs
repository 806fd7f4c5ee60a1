//! What can go wrong while a result is turned into text.

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A number of the result is not finite, so that JSON could not carry it.
    #[error("the result holds a number that is not finite, which no output may carry")]
    NotFinite,
    /// The result could not be turned into JSON.
    #[error("the result could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A template of the page failed.
    #[error("the report page could not be filled in: {0:#}")]
    Template(#[from] minijinja::Error),
    /// A figure could not be drawn.
    #[error("figure {figure} could not be drawn: {reason}")]
    Figure {
        /// Which figure.
        figure: String,
        /// What the drawing library said.
        reason: String,
    },
    /// The JUnit file could not be written.
    #[error("the JUnit file could not be written: {0}")]
    Junit(String),
}
