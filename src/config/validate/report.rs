//! The `report` section.

use super::super::audit::ReportSpec;
use super::super::keys;
use super::reader::Value;

pub(super) fn report(value: &Value<'_>, attributes: Option<&[String]>) -> Option<ReportSpec> {
    let section = value.section(&keys::REPORT)?;
    let images = match section.get("images") {
        None => Some(false),
        Some(value) => value.flag(),
    };
    let images_by = match section.get("images_by") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    if let (Some(Some(name)), Some(attributes)) = (&images_by, attributes)
        && !attributes.contains(&name.value)
    {
        value.cx.report(
            super::super::diagnostic::Diagnostic::error(
                "unknown-attribute",
                format!(
                    "`report.images_by` names {}, which is no attribute",
                    name.value
                ),
            )
            .at(name.span)
            .help(format!("there are {}", attributes.join(", "))),
        );
        return None;
    }
    Some(ReportSpec {
        images: images?,
        images_by: images_by?.map(|name| name.value),
    })
}
