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
    #[error("the report page could not be filled in: {}", at_the_root(.0))]
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

/// What is wrong, with the template and line where it is, not those that include it.
fn at_the_root(error: &minijinja::Error) -> String {
    let mut root = error;
    let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(deeper) = source.downcast_ref::<minijinja::Error>() {
            root = deeper;
        }
        next = source.source();
    }
    let what = root.detail().map_or_else(
        || root.kind().to_string(),
        |detail| format!("{}: {detail}", root.kind()),
    );
    let place = match (root.name(), root.line()) {
        (Some(name), Some(line)) => format!("{name} line {line}"),
        (Some(name), None) => name.to_owned(),
        (None, _) => return what,
    };
    format!("{place}: {what}")
}
