//! The audit file: what it may say, and what it says once every mistake has been ruled out.
//!
//! [`load`] reads YAML into a tree that knows its places, walks it, and gives a checked
//! [`Audit`] or every mistake at once with line and column. [`audit_schema`] describes the same
//! grammar for editors. Called by `audit.rs` and `cli/`; every later room takes its settings
//! from the types here. It must not know tables, images, models or scores.

pub mod audit;
mod date;
mod diagnostic;
mod keys;
mod load;
mod located;
pub mod preprocess;
pub mod raw;
mod render;
mod resolved;
mod schema;
#[cfg(test)]
mod schema_tests;
mod source;
mod tree;
#[cfg(test)]
mod tree_tests;
mod validate;
mod written;

pub use audit::*;
pub use date::Date;
pub use diagnostic::{Diagnostic, Severity, nearest};
pub use load::{ConfigErrors, LoadedAudit, load, parse};
pub use located::{Located, Span};
pub use preprocess::{
    ByteRounding, Channels, Clahe, Crop, DicomOptions, DicomWindow, DicomWindowFunction,
    EqualizeEngine, Flip, InputKind, InputSpec, OpenCvFilter, Orientation, PillowFilter,
    PillowVersion, RasterOptions, Resize, ResizeEngine, ResizeSize, SideRounding, SkimageFilter,
    Spacing, SpacingEngine, SpacingFilter, Step, TorchFilter, Turned, WindowOutput,
};
pub use render::render;
pub use resolved::resolved;
pub use schema::audit_schema;
pub use source::SourceText;
pub use validate::{Need, requirement_form, wrong_id};
pub use written::{activation_word, channels_word, step_text};
