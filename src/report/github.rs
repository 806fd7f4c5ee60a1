//! Workflow commands of GitHub Actions: annotations at the rules of the audit file.

use crate::gate::{AuditVerdict, Check, Verdict, Waiver, WaiverState};

use super::index::{Index, worst_first};
use super::result::AuditResult;
use super::words;

/// GitHub shows ten annotations of a kind for each step: one says how it went, nine name checks and waivers.
const MOST_NAMED: usize = 9;

/// Most waivers among them, so that what failed is never crowded out.
const MOST_WAIVERS: usize = 3;

/// One annotation for the whole audit, one for each of at most three waivers that do not hold, and one for
/// each of the worst checks that did not pass, ten in all, each on a line of its own and at its line of the
/// audit file.
///
/// `audit_file_name` is the audit file relative to the repository.
#[must_use]
pub fn github_annotations(result: &AuditResult, audit_file_name: &str) -> String {
    let index = Index::new(result);
    let open: Vec<&Check> = worst_first(&result.checks)
        .into_iter()
        .filter(|check| check.verdict != Verdict::Pass)
        .collect();
    let level = match result.verdict {
        _ if result.exit_code != 0 => "error",
        AuditVerdict::Pass if open.is_empty() => "notice",
        AuditVerdict::NoGate => "notice",
        _ => "warning",
    };
    let title = format!(
        "equipoise {}: {}",
        result.audit.id,
        words::audit_verdict(result)
    );
    let waivers: Vec<&Waiver> = broken_waivers(result);
    let named = MOST_NAMED - waivers.len();
    let more = open.len().saturating_sub(named);
    let unnamed = if more > 0 {
        format!(" {more} more checks did not pass; the step summary names them.")
    } else {
        String::new()
    };
    let mut out = github_annotation(
        level,
        (
            Some(audit_file_name),
            words::blocked_beside_checks_at(result),
        ),
        &title,
        &format!("{}{unnamed}", result.headline),
    );
    for waiver in waivers {
        out.push_str(&of_waiver(waiver, result, audit_file_name));
    }
    for check in open.iter().take(named) {
        let level = if check.blocking && !check.waived {
            "error"
        } else {
            "warning"
        };
        let waived = index.waiver(check).map_or_else(String::new, |waiver| {
            let reason = words::with_full_stop(&waiver.reason);
            format!(" Waived until {}: {reason}", waiver.until)
        });
        let title = format!(
            "{}: {} {}",
            words::verdict(check.verdict),
            check.requirement,
            words::group(&check.attribute, &check.level)
        );
        let text = format!(
            "{}{waived}",
            super::junit::message_with_place(check, &index)
        );
        out.push_str(&github_annotation(
            level,
            (Some(audit_file_name), Some(check.line)),
            &title,
            &text,
        ));
    }
    out
}

/// Waivers whose checks block again, invalid ones first.
fn broken_waivers(result: &AuditResult) -> Vec<&Waiver> {
    let of = |state: WaiverState| result.waivers.iter().filter(move |one| one.state == state);
    let all = of(WaiverState::Invalid)
        .chain(of(WaiverState::Expired))
        .chain(of(WaiverState::Void));
    all.take(MOST_WAIVERS).collect()
}

fn of_waiver(waiver: &Waiver, result: &AuditResult, audit_file_name: &str) -> String {
    let blocks = words::blocked_beside_checks_at(result).is_some();
    let level = if blocks && waiver.state == WaiverState::Invalid {
        "error"
    } else {
        "warning"
    };
    let title = format!(
        "Waiver {}: {} {}",
        words::waiver_state(waiver.state),
        waiver.check,
        words::group(&waiver.attribute, &waiver.level)
    );
    let at = (Some(audit_file_name), Some(waiver.line));
    github_annotation(level, at, &title, &words::sentence(&waiver.explanation))
}

/// One annotation on a line of its own; `level` is `error`, `warning` or `notice` (and `note`, which
/// GitHub calls so).
#[must_use]
pub fn github_annotation(
    level: &str,
    (file, line): (Option<&str>, Option<u64>),
    title: &str,
    text: &str,
) -> String {
    let level = if level == "note" { "notice" } else { level };
    let line = line.filter(|line| *line > 0);
    let places = [
        file.map(|file| format!("file={}", property(file))),
        line.map(|line| format!("line={line}")),
        Some(format!("title={}", property(title))),
    ];
    let places: Vec<String> = places.into_iter().flatten().collect();
    format!("::{level} {}::{}\n", places.join(","), data(text))
}

/// Percent signs and line ends would end the command early.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// In properties colons and commas stand for something too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn one_for_the_audit_and_at_most_nine_checks() {
        for result in [example::chest(), example::many_strata(), example::bare()] {
            let text = github_annotations(&result, "audits/a, b: c.yaml");
            let lines: Vec<&str> = text.lines().collect();
            assert!((1..=10).contains(&lines.len()), "{text}");
            for line in &lines {
                let (properties, message) = line[2..].split_once("::").unwrap();
                assert!(
                    properties.contains("file=audits/a%2C b%3A c.yaml"),
                    "{line}"
                );
                assert!(!message.is_empty());
            }
        }
        let text = github_annotations(&example::chest(), "a.yaml");
        assert!(
            text.starts_with("::error file=a.yaml,title=equipoise chest-xray-effusion%3A Fail::"),
            "{text}"
        );
        let line = example::chest().checks[0].line;
        assert!(
            text.lines()
                .nth(1)
                .unwrap()
                .contains(&format!(",line={line},")),
            "{text}"
        );
    }

    #[test]
    fn a_waiver_that_does_not_hold_is_told_at_its_own_line() {
        let mut result = example::chest();
        result.waivers = vec![example::waiver(WaiverState::Invalid)];
        result.exit_code = 7;
        let text = github_annotations(&result, "a.yaml");
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].starts_with("::error file=a.yaml,line=41,"),
            "{text}"
        );
        assert!(
            lines[1].starts_with("::error file=a.yaml,line=41,title=Waiver invalid%3A"),
            "{text}"
        );
        // Where something else blocks, the waiver is not what the audit failed by.
        result.exit_code = 1;
        let text = github_annotations(&result, "a.yaml");
        assert!(text.contains("::warning file=a.yaml,line=41,title=Waiver invalid%3A"));
        assert!(text.lines().count() <= 10);
        let sarif = |result: &AuditResult| super::super::sarif(result, "a.yaml").unwrap();
        assert!(!sarif(&result).contains("\"exit-7\""));
        result.exit_code = 7;
        let log: serde_json::Value = serde_json::from_str(&sarif(&result)).unwrap();
        let mut results = log["runs"][0]["results"].as_array().unwrap().iter();
        let blocked = results.find(|one| one["ruleId"] == "exit-7").unwrap();
        let place = &blocked["locations"][0]["physicalLocation"];
        assert_eq!(place["region"]["startLine"], 41);
        let issues = super::super::code_quality(&result, "a.yaml").unwrap();
        let issues: serde_json::Value = serde_json::from_str(&issues).unwrap();
        let mut issues = issues.as_array().unwrap().iter();
        let blocked = issues.find(|one| one["check_name"] == "exit-7").unwrap();
        assert_eq!(blocked["location"]["lines"]["begin"], 41);
    }

    #[test]
    fn checks_and_waivers_are_whole_sentences() {
        let mut result = example::chest();
        let mut waiver = example::waiver(WaiverState::Applied);
        waiver.checks = vec![result.checks[0].id.clone()];
        result.checks[0].waived = true;
        result.waivers = vec![waiver];
        let text = github_annotations(&result, "a.yaml");
        assert!(
            text.contains("). Waived until 2026-12-31: why.\n"),
            "{text}"
        );
        for line in text.lines() {
            let mut after = line.split(". ").skip(1);
            assert!(
                line.ends_with('.') && after.all(|part| !part.starts_with(char::is_lowercase)),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_not_named_is_counted() {
        let mut result = example::many_strata();
        let failing = result.checks[0].clone();
        result.checks = vec![failing; 30];
        result
            .checks
            .iter_mut()
            .for_each(|check| check.verdict = Verdict::Fail);
        assert!(github_annotations(&result, "a.yaml").contains("21 more checks"));
    }
}
