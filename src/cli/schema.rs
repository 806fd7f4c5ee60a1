//! `equipoise schema`.

use crate::audit::AuditError;
use crate::{config, report};

use super::Exit;
use super::arguments::{SchemaArguments, SchemaKind};
use super::output;

pub(super) fn schema(given: &SchemaArguments) -> Result<Exit, AuditError> {
    let text = match given.kind {
        SchemaKind::Audit => config::audit_schema(),
        SchemaKind::Results => report::result_schema()?,
    };
    output::print(&text)?;
    Ok(Exit::Success)
}
