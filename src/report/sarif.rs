//! SARIF 2.1.0: checks that did not pass, and findings, at their line of the audit file.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::gate::{Check, Verdict, Waiver};

use super::error::ReportError;
use super::index::{Index, worst_first};
use super::result::{AuditResult, Severity};
use super::words;

/// Checks that did not pass and findings as SARIF, with a newline at the end.
///
/// `audit_file_name` is the audit file as the tool that shows the results knows it: a path
/// relative to the repository. Fingerprints are made from requirement and stratum, not from
/// values, so that an alert stays the same alert while its numbers move.
///
/// # Errors
/// Only when the value cannot be written as JSON.
pub fn sarif(result: &AuditResult, audit_file_name: &str) -> Result<String, ReportError> {
    let index = Index::new(result);
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let mut results = Vec::new();
    for check in worst_first(&result.checks) {
        if check.verdict == Verdict::Pass {
            continue;
        }
        rules
            .entry(&check.requirement)
            .or_insert_with(|| rule(&check.requirement, "Requirement of the audit."));
        results.push(json!({
            "ruleId": check.requirement,
            "level": check_level(check),
            "message": {"text": super::junit::message_with_place(check, &index)},
            "locations": [location(audit_file_name, Some(check.line))],
            "partialFingerprints": {"requirementAndStratum/v1": fingerprint(&check.id)},
            "suppressions": suppressions(check, &index),
            "properties": {"verdict": check.verdict, "waived": check.waived, "blocking": check.blocking},
        }));
    }
    let beside = words::blocked_beside_checks(result);
    if let Some((code, why)) = &beside {
        rules.insert(code, of_finding(code));
        results.push(json!({
            "ruleId": code,
            "level": "error",
            "message": {"text": why},
            "locations": [location(audit_file_name, words::blocked_beside_checks_at(result))],
            "partialFingerprints": {"findingAndMessage/v1": fingerprint(code)},
        }));
    }
    for finding in &result.findings {
        rules
            .entry(&finding.code)
            .or_insert_with(|| of_finding(&finding.code));
        let said = words::with_full_stop(&finding.message);
        let text = match &finding.help {
            Some(help) => format!("{said} {}", words::sentence(help)),
            None => said,
        };
        results.push(json!({
            "ruleId": finding.code,
            "level": match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            "message": {"text": text},
            "locations": [location(audit_file_name, finding.line)],
            "partialFingerprints": {"findingAndMessage/v1": fingerprint(&format!("{}\n{}", finding.code, finding.message))},
        }));
    }
    let driver = json!({
        "name": "equipoise",
        "version": result.provenance.equipoise,
        "rules": rules.into_values().collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    });
    Ok(serde_json::to_string_pretty(&log)? + "\n")
}

/// The rule behind a finding, with what `explain` says of its code.
fn of_finding(id: &str) -> Value {
    let Some(known) = super::codes::code(id) else {
        return rule(id, "Noticed while the audit ran.");
    };
    let mut rule = rule(id, known.checks);
    rule["fullDescription"] = json!({"text": known.matters});
    rule["help"] = json!({"text": known.remedy});
    rule
}

fn rule(id: &str, description: &str) -> Value {
    json!({"id": id, "shortDescription": {"text": description}})
}

/// Of a waived check the waiver; of any other none, which says that it is not suppressed.
fn suppressions(check: &Check, index: &Index<'_>) -> Value {
    let of = |waiver: &Waiver| {
        json!({
            "kind": "external",
            "status": "accepted",
            "justification": format!(
                "{} (until {}, owner {}, approver {})",
                waiver.reason, waiver.until, waiver.owner, waiver.approver
            ),
        })
    };
    index.waiver(check).map(of).into_iter().collect()
}

fn check_level(check: &Check) -> &'static str {
    if check.blocking && !check.waived {
        "error"
    } else {
        "warning"
    }
}

/// Lines count from 1 in SARIF; a line of 0 means that none is known.
fn location(file: &str, line: Option<u64>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    if let Some(line) = line.filter(|&l| l > 0) {
        physical["region"] = json!({"startLine": line});
    }
    json!({"physicalLocation": physical})
}

/// A relative file name as a URI reference: separators kept, the rest percent-encoded.
fn uri(file: &str) -> String {
    file.split(['/', '\\'])
        .map(|part| super::anchor::encode_part(part).replace("%2E", "."))
        .collect::<Vec<_>>()
        .join("/")
}

pub(super) fn fingerprint(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::super::result::Finding;
    use super::*;

    #[test]
    fn every_open_check_is_a_result_at_its_line() {
        let audit = example::chest();
        let log: Value =
            serde_json::from_str(&sarif(&audit, "audits/chest x.yaml").unwrap()).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let open = audit
            .checks
            .iter()
            .filter(|c| c.verdict != Verdict::Pass)
            .count();
        assert_eq!(results.len(), open + audit.findings.len());
        let first = &results[0];
        assert_eq!(first["ruleId"], "sens-floor");
        assert_eq!(first["level"], "error");
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "audits/chest%20x.yaml");
        assert_eq!(place["region"]["startLine"], audit.checks[0].line);
    }

    /// What was found and what to do about it are two sentences, whichever of them ends in a full stop.
    #[test]
    fn texts_are_whole_sentences() {
        let mut audit = example::chest();
        let finding = audit.findings[0].clone();
        audit.findings = ["scores.csv lacks 3 rows", "scores.csv lacks 3 rows."]
            .map(|message| Finding {
                message: message.to_owned(),
                help: Some("write them".to_owned()),
                ..finding.clone()
            })
            .to_vec();
        let log: Value = serde_json::from_str(&sarif(&audit, "a.yaml").unwrap()).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let texts = results
            .iter()
            .map(|one| one["message"]["text"].as_str().unwrap());
        let (checks, findings): (Vec<&str>, Vec<&str>) =
            texts.partition(|text| text.contains("report.html#"));
        assert_eq!(findings, ["scores.csv lacks 3 rows. Write them."; 2]);
        assert!(!checks.is_empty());
        for text in checks {
            assert!(text.ends_with(").") && !text.contains(".."), "{text}");
            let mut after = text.split(". ").skip(1);
            assert!(
                after.all(|part| !part.starts_with(char::is_lowercase)),
                "{text}"
            );
        }
    }

    #[test]
    fn fingerprints_do_not_move_with_the_numbers() {
        let mut audit = example::chest();
        let before: Value = serde_json::from_str(&sarif(&audit, "a.yaml").unwrap()).unwrap();
        for check in &mut audit.checks {
            check.lower = check.lower.map(|v| v - 0.001);
        }
        let after: Value = serde_json::from_str(&sarif(&audit, "a.yaml").unwrap()).unwrap();
        let prints = |log: &Value| -> Vec<Value> {
            let results = log["runs"][0]["results"].as_array().unwrap().clone();
            results
                .into_iter()
                .map(|r| r["partialFingerprints"].clone())
                .collect()
        };
        assert_eq!(prints(&before), prints(&after));
        assert_ne!(before, after);
    }
}
