//! JUnit XML: suite = family, case = requirement x stratum.

use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::gate::{Check, Verdict};

use super::error::ReportError;
use super::format;
use super::index::Index;
use super::result::AuditResult;
use super::words;

/// The writer counts skipped cases of a suite as `disabled`, which Jenkins' schema does not know and
/// calls `skipped`.
const COUNTED: [&str; 2] = [" disabled=\"", " skipped=\""];

/// The checks as JUnit XML, without times, hosts or random identifiers.
///
/// A blocking check that failed, is inconclusive or could not be evaluated is a `failure` of
/// that type; one that does not block or is waived is `skipped` with its reason.
///
/// # Errors
/// [`ReportError::Junit`] when the XML cannot be written.
pub fn junit(result: &AuditResult) -> Result<String, ReportError> {
    let index = Index::new(result);
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for check in &result.checks {
        let at = *place.entry(check.family.as_str()).or_insert_with(|| {
            suites.push(TestSuite::new(check.family.as_str()));
            suites.len() - 1
        });
        if let Some(suite) = suites.get_mut(at) {
            suite.add_test_case(case(check, &index));
        }
    }
    if let Some((code, why)) = words::blocked_beside_checks(result) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(code.as_str()).set_message(why);
        let mut case = TestCase::new(code, status);
        case.set_classname("audit");
        let mut suite = TestSuite::new("audit");
        suite.add_test_case(case);
        suites.push(suite);
    }
    let mut report = Report::new(result.audit.id.as_str());
    report.add_test_suites(suites);
    let xml = report
        .to_string()
        .map_err(|error| ReportError::Junit(error.to_string()))?;
    // Quotation marks in names and messages are escaped, so that nothing else can read like this.
    Ok(xml.replace(COUNTED[0], COUNTED[1]))
}

fn case(check: &Check, index: &Index<'_>) -> TestCase {
    let kind = match check.verdict {
        Verdict::Pass => None,
        Verdict::Fail => Some("fail"),
        Verdict::Inconclusive => Some("inconclusive"),
        Verdict::NotEvaluable => Some("not_evaluable"),
    };
    let mut status = match kind {
        None => TestCaseStatus::success(),
        Some(_) if check.blocking && !check.waived => {
            TestCaseStatus::non_success(NonSuccessKind::Failure)
        }
        Some(_) => TestCaseStatus::skipped(),
    };
    if let Some(kind) = kind {
        let waiver = index.waiver(check).map_or_else(String::new, |waiver| {
            format!(
                " Waived until {}: {} (owner {}, approver {})",
                waiver.until, waiver.reason, waiver.owner, waiver.approver
            )
        });
        status
            .set_type(kind)
            .set_message(format!("{}{waiver}", message(check)));
    }
    let mut case = TestCase::new(check.id.as_str(), status);
    case.set_classname(check.requirement.as_str());
    case.set_system_out(format!("report.html#{}", index.target(check)));
    case
}

/// The numbers and the reason, with the place in the report.
pub(super) fn message_with_place(check: &Check, index: &Index<'_>) -> String {
    let message = message(check);
    let message = message.trim_end_matches('.');
    format!("{message} (report.html#{}).", index.target(check))
}

/// The numbers and the reason in one line, as two sentences.
pub(super) fn message(check: &Check) -> String {
    let least = format::decimals(&check.metric);
    let digits = format::separating_decimals(
        &[check.estimate, check.lower, check.upper],
        check.bound,
        least,
    );
    let value = check.estimate.map_or_else(
        || words::no_estimate(check),
        |v| {
            let limits = format::limits(check.lower, check.upper, digits).unwrap_or_default();
            format!("{} {limits}", format::number(v, digits))
                .trim_end()
                .to_owned()
        },
    );
    format!(
        "{}, {}: {value}, required {}, {} {}. {}",
        words::metric(&check.metric),
        words::group(&check.attribute, &check.level),
        words::criterion(check),
        format::count_shown(check.n_class),
        words::class_noun(&check.metric),
        words::sentence(&check.reason)
    )
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn every_check_is_a_case_and_blocking_ones_fail() {
        let result = example::chest();
        let xml = junit(&result).unwrap();
        assert_eq!(xml.matches("<testcase ").count(), result.checks.len());
        let failing = result
            .checks
            .iter()
            .filter(|c| c.blocking && c.verdict != Verdict::Pass)
            .count();
        assert_eq!(xml.matches("<failure ").count(), failing);
        assert!(xml.contains("type=\"inconclusive\""));
        assert!(xml.contains("report.html#sensitivity.site.B"));
        assert!(!xml.contains("uuid") && !xml.contains("timestamp"));
        assert_eq!(xml, junit(&result).unwrap());
    }
}
