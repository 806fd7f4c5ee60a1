//! JSON Schema of the audit file, for editors.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};

use serde_json::Value;

use super::raw::AuditFile;

/// JSON Schema (draft 2020-12) of the audit file, indented and with a final line end.
#[must_use]
pub fn audit_schema() -> String {
    let mut settings = SchemaSettings::draft2020_12();
    settings
        .transforms
        .push(Box::new(RecursiveTransform(plain)));
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<AuditFile>();
    format!("{:#}\n", schema.to_value())
}

/// Formats such as `uint32` are no part of the standard, and a key that may be left out is left
/// out, not given as `null`.
fn plain(schema: &mut Schema) {
    schema.remove("format");
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for (key, property) in properties {
        // `- standardize:` takes no parameters, which YAML reads as null.
        if !matches!(key.as_str(), "standardize" | "transpose" | "minmax") {
            without_null(property);
        }
    }
}

fn without_null(property: &mut Value) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            property["type"] = only.clone();
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|one| one.get("type").is_none_or(|one| one != "null"));
    }
}
