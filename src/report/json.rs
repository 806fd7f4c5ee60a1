//! `results.json` and its schema.

use schemars::schema_for;

use super::error::ReportError;
use super::result::AuditResult;

/// The result as indented JSON with a newline at the end.
///
/// Keys stand in the order of the types, floats in the shortest form that reads back as the
/// same value, so that the same result gives the same bytes.
///
/// # Errors
/// [`ReportError::NotFinite`] when a number is NaN or infinite: JSON has no such numbers, and
/// `serde_json` would write `null` in their place without a word.
pub fn results_json(result: &AuditResult) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(result)?;
    // Reading back is the whole check: a NaN has become null, which is not the same result.
    match serde_json::from_str::<AuditResult>(&text) {
        Ok(read) if read == *result => {
            text.push('\n');
            Ok(text)
        }
        _ => Err(ReportError::NotFinite),
    }
}

/// The JSON Schema of `results.json`, with a newline at the end.
///
/// # Errors
/// Only when the schema cannot be written as JSON.
pub fn result_schema() -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&schema_for!(AuditResult))?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn reads_back_as_the_same_result() {
        let result = example::chest();
        let text = results_json(&result).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<AuditResult>(&text).unwrap(), result);
        assert_eq!(text, results_json(&result).unwrap());
    }

    #[test]
    fn a_number_that_is_not_finite_is_an_error() {
        let mut result = example::chest();
        result.estimates[0].estimate = Some(f64::NAN);
        assert!(matches!(results_json(&result), Err(ReportError::NotFinite)));
        let mut result = example::chest();
        result.methods.confidence = f64::INFINITY;
        assert!(matches!(results_json(&result), Err(ReportError::NotFinite)));
    }

    #[test]
    fn results_satisfy_the_schema() {
        let schema = serde_json::from_str(&result_schema().unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for result in [example::chest(), example::nothing_estimable()] {
            let mut value = serde_json::from_str(&results_json(&result).unwrap()).unwrap();
            assert!(validator.is_valid(&value));
            value["verdict"] = "excellent".into();
            assert!(!validator.is_valid(&value));
        }
    }
}
