//! `summary.md`: the verdict and what is behind it, for a pull request or a step summary.

use crate::gate::Verdict;

use super::format;
use super::index::{Index, worst_first};
use super::result::AuditResult;
use super::words;

/// Rows of checks in the summary; the page has all of them.
const MOST_ROWS: usize = 200;

/// The summary as Markdown: verdict, key facts, and the table of checks with the worst first.
///
/// At most 200 rows, which keeps it far below the 1 MiB that step summaries may have.
#[must_use]
pub fn summary_markdown(result: &AuditResult) -> String {
    let index = Index::new(result);
    let mut out = format!(
        "# {}\n\n**{}.** {}\n\n",
        escape(&result.audit.title),
        words::audit_verdict(result),
        escape(&result.headline)
    );
    facts(result, &mut out);
    if result.checks.is_empty() {
        out.push_str("No requirement was checked.\n");
        return out;
    }
    let several = index.several_endpoints();
    out.push_str("| Verdict | Requirement | ");
    out.push_str(if several { "Endpoint | " } else { "" });
    out.push_str("Group | n | Estimate | Limits | Criterion |\n| --- | --- | ");
    out.push_str(if several { "--- | " } else { "" });
    out.push_str("--- | ---: | ---: | --- | --- |\n");
    let sorted = worst_first(&result.checks);
    for check in sorted.iter().take(MOST_ROWS) {
        let digits = format::separating_decimals(
            &[check.estimate, check.lower, check.upper],
            check.bound,
            format::decimals(&check.metric),
        );
        let word = words::verdict(check.verdict);
        let word = match (check.verdict, check.waived, check.blocking) {
            (Verdict::Pass, _, _) => word.to_owned(),
            (_, true, _) => format!("{word} (waived)"),
            (_, _, false) => format!("{word} (warning)"),
            _ => format!("**{word}**"),
        };
        let mut cells = vec![word, escape(&check.requirement)];
        if several {
            cells.push(escape(&check.endpoint));
        }
        cells.extend([
            escape(&words::group(&check.attribute, &check.level)),
            format::count_shown(check.n_class),
            check
                .estimate
                .map_or_else(|| words::no_estimate(check), |v| format::number(v, digits)),
            format::limits(check.lower, check.upper, digits)
                .unwrap_or_else(|| escape(&check.reason)),
            words::criterion(check),
        ]);
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    if sorted.len() > MOST_ROWS {
        out.push_str(&format!("\nand {} more.\n", sorted.len() - MOST_ROWS));
    }
    waivers(result, &mut out);
    out
}

/// Every waiver, whether it holds or not.
fn waivers(result: &AuditResult, out: &mut String) {
    if result.waivers.is_empty() {
        return;
    }
    out.push_str("\n## Waivers\n\n");
    for waiver in result.waivers.iter().take(MOST_ROWS) {
        let endpoint = waiver.endpoint.as_ref();
        out.push_str(&format!(
            "- {} {}{}: **{}**, {}. {} (until {}, owner {}, approver {}, not beyond {})\n",
            escape(&waiver.check),
            escape(&words::group(&waiver.attribute, &waiver.level)),
            endpoint.map_or_else(String::new, |name| format!(" ({})", escape(name))),
            words::waiver_state(waiver.state),
            escape(&waiver.explanation),
            escape(&words::sentence(&waiver.reason)),
            waiver.until,
            escape(&waiver.owner),
            escape(&waiver.approver),
            waiver.not_beyond
        ));
    }
    if result.waivers.len() > MOST_ROWS {
        let more = result.waivers.len() - MOST_ROWS;
        out.push_str(&format!("\nand {more} more waivers.\n"));
    }
}

fn facts(result: &AuditResult, out: &mut String) {
    let cohort = &result.cohort;
    let mut line = |term: &str, detail: String| out.push_str(&format!("- {term}: {detail}\n"));
    line(
        "Measured",
        format!(
            "{} of {}",
            format::counted_shown(cohort.n_samples, "sample", "samples"),
            format::counted_shown(cohort.n_patients, "patient", "patients")
        ),
    );
    if let Some(model) = &result.provenance.model {
        line(
            "Model",
            format!(
                "{} (SHA-256 {})",
                escape(&model.file),
                format::short_hash(&model.sha256)
            ),
        );
    }
    if let Some(engine) = &result.provenance.engine {
        line(
            "Engine",
            format!("{} {}", escape(&engine.name), escape(&engine.version)),
        );
    }
    out.push('\n');
}

/// Characters that would change the table or become markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn one_row_a_check_and_as_many_cells_as_the_head() {
        let result = example::many_strata();
        let text = summary_markdown(&result);
        let rows: Vec<&str> = text.lines().filter(|l| l.starts_with('|')).collect();
        assert_eq!(rows.len(), result.checks.len().min(MOST_ROWS) + 2);
        let cells = |row: &str| row.replace("\\|", "").matches('|').count();
        assert!(rows.iter().all(|row| cells(row) == cells(rows[0])));
        assert!(rows[2].contains("Fail"), "the worst comes first");
        assert!(!text.contains("NaN"));
    }
}
