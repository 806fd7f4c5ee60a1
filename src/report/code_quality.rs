//! GitLab code quality: checks that did not pass, and findings that are more than notes.

use serde_json::{Value, json};

use crate::gate::{Check, Verdict};

use super::error::ReportError;
use super::index::worst_first;
use super::result::{AuditResult, Severity};
use super::sarif::fingerprint;
use super::words;

/// The report that GitLab shows in merge requests: a list of issues, with a newline at the end.
///
/// `audit_file_name` is the audit file relative to the repository. Fingerprints are made from
/// requirement and stratum, not from values, so that an issue stays the same while numbers move.
/// Waived checks are left out: the format has no place to say so.
///
/// # Errors
/// Only when the value cannot be written as JSON.
pub fn code_quality(result: &AuditResult, audit_file_name: &str) -> Result<String, ReportError> {
    let issue = |name: &str, print: String, text: String, severity: &str, line: Option<u64>| {
        json!({
            "description": text,
            "check_name": name,
            "fingerprint": print,
            "severity": severity,
            "location": {
                "path": audit_file_name.replace('\\', "/"),
                "lines": {"begin": line.filter(|line| *line > 0).unwrap_or(1)},
            },
        })
    };
    let open = worst_first(&result.checks)
        .into_iter()
        .filter(|check| check.verdict != Verdict::Pass && !check.waived);
    let mut issues: Vec<Value> = open
        .map(|check| {
            let text = super::junit::message(check);
            issue(
                &check.requirement,
                fingerprint(&check.id),
                text,
                severity(check),
                Some(check.line),
            )
        })
        .collect();
    if let Some((code, why)) = words::blocked_beside_checks(result) {
        let print = fingerprint(&code);
        let line = words::blocked_beside_checks_at(result);
        issues.push(issue(&code, print, why.to_owned(), "blocker", line));
    }
    for finding in &result.findings {
        let severity = match finding.severity {
            Severity::Error => "blocker",
            Severity::Warning => "minor",
            Severity::Note => continue,
        };
        let print = fingerprint(&format!("{}\n{}", finding.code, finding.message));
        issues.push(issue(
            &finding.code,
            print,
            finding.message.clone(),
            severity,
            finding.line,
        ));
    }
    Ok(serde_json::to_string_pretty(&issues)? + "\n")
}

/// `blocker` is kept for what makes the numbers meaningless.
fn severity(check: &Check) -> &'static str {
    match check.verdict {
        _ if !check.blocking => "minor",
        Verdict::Fail => "critical",
        Verdict::Inconclusive | Verdict::NotEvaluable | Verdict::Pass => "major",
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    fn issues(result: &AuditResult) -> Vec<Value> {
        serde_json::from_str(&code_quality(result, "audits/chest.yaml").unwrap()).unwrap()
    }

    #[test]
    fn every_open_check_is_an_issue_and_waived_ones_are_not() {
        let mut result = example::chest();
        result.findings.clear();
        let open = |result: &AuditResult| {
            let checks = result.checks.iter();
            checks
                .filter(|check| check.verdict != Verdict::Pass)
                .count()
        };
        let found = issues(&result);
        assert_eq!(found.len(), open(&result));
        assert_eq!(found[0]["severity"], "critical");
        assert_eq!(found[0]["location"]["path"], "audits/chest.yaml");
        result
            .checks
            .iter_mut()
            .for_each(|check| check.waived = true);
        assert!(issues(&result).is_empty());
    }

    #[test]
    fn fingerprints_are_unique_and_do_not_move_with_the_numbers() {
        let mut result = example::many_strata();
        let prints = |result: &AuditResult| -> Vec<String> {
            let found = issues(result);
            found
                .iter()
                .map(|one| one["fingerprint"].to_string())
                .collect()
        };
        let before = prints(&result);
        let unique: std::collections::BTreeSet<&String> = before.iter().collect();
        assert_eq!(unique.len(), before.len());
        for check in &mut result.checks {
            check.estimate = check.estimate.map(|value| value - 1e-6);
        }
        let mut after = prints(&result);
        let mut before = before.clone();
        after.sort();
        before.sort();
        assert_eq!(before, after);
    }
}
