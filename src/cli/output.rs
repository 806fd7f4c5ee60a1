//! Results to standard output.

use std::io::{self, Write};

use crate::audit::AuditError;
use crate::report;

/// Writes text to standard output, with signs that would turn it around written out. A closed pipe (`| head`) is no error.
pub(super) fn print(text: &str) -> Result<(), AuditError> {
    let mut out = io::stdout().lock();
    match out
        .write_all(report::shown(text).as_bytes())
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(AuditError::Output {
            path: "standard output".to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}

/// Anything that can be written as JSON.
pub(super) fn as_json(value: &impl serde::Serialize) -> Result<serde_json::Value, AuditError> {
    serde_json::to_value(value).map_err(|error| AuditError::Internal(error.to_string()))
}

/// Writes a JSON document and a line end.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), AuditError> {
    print(&format!("{value:#}\n"))
}
