//! The end of the log: at most 25 lines, no colour.

use crate::gate::{Check, Verdict, Waiver, WaiverState};

use super::format;
use super::index::{Index, worst_first};
use super::result::AuditResult;
use super::words;

/// Most lines that the summary has.
const MOST_LINES: usize = 25;
/// Lines that are not about checks: the verdict and where the report is.
const FRAME_LINES: usize = 2;
/// Most lines about waivers that cover nothing.
const MOST_WAIVERS: usize = 6;

/// What the command says when an audit is done: the verdict, then failures with the largest
/// shortfall first, then what could not be decided, then where the report is.
///
/// At most 25 lines without colour, each ended by a newline. `report_path` is printed as given;
/// anchors are those of the page.
#[must_use]
pub fn terminal_summary(result: &AuditResult, report_path: &str) -> String {
    let index = Index::new(result);
    let mut lines = vec![format!(
        "{}: {}",
        words::audit_verdict(result).to_uppercase(),
        one_line(&result.headline)
    )];
    let open: Vec<&Check> = worst_first(&result.checks)
        .into_iter()
        .filter(|c| c.verdict != Verdict::Pass)
        .collect();
    let waivers = waiver_lines(result);
    let room = MOST_LINES - FRAME_LINES - waivers.len();
    let shown = if open.len() > room {
        room - 1
    } else {
        open.len()
    };
    for check in &open[..shown] {
        lines.push(check_line(check, &index.target(check), report_path, &index));
    }
    if open.len() > shown {
        lines.push(format!("and {} more", open.len() - shown));
    }
    lines.extend(waivers);
    lines.push(format!("report: {report_path}"));
    lines.join("\n") + "\n"
}

/// Waivers that cover nothing, each with the reason; those that hold stand with their checks.
fn waiver_lines(result: &AuditResult) -> Vec<String> {
    let idle: Vec<&Waiver> = result
        .waivers
        .iter()
        .filter(|waiver| waiver.state != WaiverState::Applied)
        .collect();
    let shown = if idle.len() > MOST_WAIVERS {
        MOST_WAIVERS - 1
    } else {
        idle.len()
    };
    let mut lines: Vec<String> = idle[..shown]
        .iter()
        .map(|waiver| {
            one_line(&format!(
                "WAIVER {} {} {}: {}",
                words::waiver_state(waiver.state),
                waiver.check,
                place(&waiver.attribute, &waiver.level),
                waiver.explanation
            ))
        })
        .collect();
    if idle.len() > shown {
        lines.push(format!("and {} more waivers", idle.len() - shown));
    }
    lines
}

fn place(attribute: &str, level: &str) -> String {
    if attribute == "overall" {
        "overall".to_owned()
    } else {
        format!("{attribute}={level}")
    }
}

/// `FAIL sens-floor site=B 0.78 [0.70, 0.85] need >= 0.85 n+=96 -> report.html#sensitivity.site.B`.
fn check_line(check: &Check, target: &str, report_path: &str, index: &Index<'_>) -> String {
    let word = match check.verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::NotEvaluable => "NOT EVALUABLE",
    };
    let mut parts = vec![word.to_owned()];
    if check.waived {
        parts.push(index.waiver(check).map_or_else(
            || "(waived)".to_owned(),
            |waiver| {
                format!(
                    "(waived until {} by {}, {})",
                    waiver.until, waiver.owner, waiver.approver
                )
            },
        ));
    } else if !check.blocking {
        parts.push("(warning)".to_owned());
    }
    parts.push(check.requirement.clone());
    if index.several_endpoints() {
        parts.push(format!("endpoint={}", check.endpoint));
    }
    parts.push(place(&check.attribute, &check.level));
    parts.push(values(check));
    let bound = format::bound(check.bound, &check.metric);
    parts.push(match &check.reference {
        Some(reference) => format!(
            "need difference from {reference} {} {bound}",
            check.relation
        ),
        None => format!("need {} {bound}", check.relation),
    });
    let class = match check.metric.as_str() {
        "sensitivity" => "n+",
        "specificity" => "n-",
        _ => "n",
    };
    parts.push(match check.n_class {
        Some(n) => format!("{class}={n}"),
        None => format!("{class} {}", format::WITHHELD),
    });
    one_line(&format!("{} -> {report_path}#{target}", parts.join(" ")))
}

/// `0.78 [0.70, 0.85]`, or why there is no number.
fn values(check: &Check) -> String {
    let Some(estimate) = check.estimate else {
        return format!("({})", check.reason);
    };
    let least = if format::decimals(&check.metric) == 0 {
        0
    } else {
        2
    };
    let digits = format::separating_decimals(
        &[Some(estimate), check.lower, check.upper],
        check.bound,
        least,
    );
    let value = format::plain(estimate, digits);
    let end = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format::plain(v, digits));
    match (check.lower, check.upper) {
        (None, None) => value,
        (lower, upper) => format!("{value} [{}, {}]", end(lower), end(upper)),
    }
}

/// A level with a line break in it must not break the log's lines.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn failures_come_first_and_point_to_their_number() {
        let text = terminal_summary(&example::chest(), "report.html");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("FAIL: "), "{text}");
        assert!(lines[1].starts_with("FAIL sens-floor site=B 0.7"), "{text}");
        assert!(lines[1].contains("] need >= 0.85 n+="), "{text}");
        assert!(
            lines[1].ends_with("-> report.html#sensitivity.site.B"),
            "{text}"
        );
        assert_eq!(*lines.last().unwrap(), "report: report.html");
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn never_more_than_25_lines() {
        let mut result = example::chest();
        let mut check = result.checks[0].clone();
        check.verdict = Verdict::Fail;
        for n in [0, 1, 22, 23, 24, 25, 400] {
            result.checks = vec![check.clone(); n];
            let text = terminal_summary(&result, "out/report.html");
            assert!(text.lines().count() <= 25, "{n} checks");
            let told: usize = text
                .lines()
                .map(|l| match l.strip_prefix("and ") {
                    Some(rest) => rest.split(' ').next().unwrap().parse().unwrap(),
                    None => usize::from(
                        l.starts_with("FAIL sens") || l.starts_with("FAIL ") && l.contains("need"),
                    ),
                })
                .sum();
            assert_eq!(told, n, "every check is shown or counted");
        }
    }

    #[test]
    fn waivers_that_cover_nothing_are_told_within_the_same_25_lines() {
        let mut result = example::chest();
        result.checks = vec![result.checks[0].clone(); 40];
        let idle = example::waiver(WaiverState::Void);
        for n in [0, 1, 6, 7, 40] {
            result.waivers = vec![idle.clone(); n];
            let text = terminal_summary(&result, "r.html");
            assert!(text.lines().count() <= 25, "{n}: {text}");
            let named = text
                .matches("WAIVER void sens-floor site=B: the model")
                .count();
            assert_eq!(named, if n > 6 { 5 } else { n });
            assert_eq!(
                n > 6,
                text.contains(&format!("and {} more waivers", n - named))
            );
        }
    }

    #[test]
    fn a_shortfall_is_never_rounded_away() {
        let mut result = example::chest();
        let check = result
            .checks
            .iter_mut()
            .find(|c| c.id == "sens-floor.site.B")
            .unwrap();
        check.estimate = Some(0.8496);
        check.upper = Some(0.8499);
        let text = terminal_summary(&result, "r.html");
        assert!(text.contains("0.8496 ["), "{text}");
    }
}
