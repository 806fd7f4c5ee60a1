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

/// Between a mark and what it would make of the text behind it: seen by nobody. Hosts look for people,
/// issues and addresses in the text that is shown, so that escaping the mark does not keep them from it.
const APART: char = '\u{200b}';

/// Text of the audit as text: no markup, no cell of its own, nobody called and nothing to click.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let follows = rest.chars().next().unwrap_or(' ');
        match c {
            // Between two of them stands a formula; hosts look for them in the text that is shown, so
            // that the sign is kept in an element of its own.
            '$' => out.push_str("<span>\\$</span>"),
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // `www.` is an address, with the dot.
            '.' if word.eq_ignore_ascii_case("www") => {
                out.push(APART);
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
        if calls(c, &word, follows) || c == ':' && is_short_code(rest) {
            out.push(APART);
        }
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            word.clear();
        }
    }
    out
}

/// Whether what follows a colon makes it a picture: `:warning:`.
fn is_short_code(rest: &str) -> bool {
    let name = rest.split(':').next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-');
    name.len() < rest.len() && !name.is_empty() && name.chars().all(fits)
}

/// Whether a mark after a word makes more of what follows than text: a person (`@`), an issue, merge
/// request, label, milestone, snippet or epic (`#1`, `GH-1`, `!1`, `~name`, `%name`, `$1`, `&1`), an address
/// (`https://`).
fn calls(mark: char, word: &str, follows: char) -> bool {
    match mark {
        '@' => true,
        '#' | '!' | '$' | '&' => follows.is_ascii_digit(),
        '~' | '%' => follows.is_alphanumeric() || follows == '"',
        '-' => word.eq_ignore_ascii_case("gh") && follows.is_ascii_digit(),
        ':' => follows == '/',
        _ => false,
    }
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

    #[test]
    fn names_are_no_formulas_pictures_comments_or_code() {
        assert_eq!(
            escape("$x^2$ of 5$"),
            "<span>\\$</span>x^2<span>\\$</span> of 5<span>\\$</span>"
        );
        assert_eq!(
            escape("a :+1: b :warning:, 10:30 and x: y"),
            format!("a :{APART}+1: b :{APART}warning:, 10:30 and x: y")
        );
        assert_eq!(escape("<!-- `a|b` -->"), "\\<!-- \\`a\\|b\\` --\\>");
        assert_eq!(escape("@name #123"), format!("@{APART}name \\#{APART}123"));
    }

    #[test]
    fn nobody_is_called_and_nothing_from_the_data_can_be_clicked() {
        let mut result = example::chest();
        let site = "@org/team me@a.org https://a.org/x www.a.org #12 GH-12 !7 ~bug %\"v 1\" $3 &5 &commat;org <a href=x>";
        result.audit.title = site.to_owned();
        result.headline = format!("Site {site} fails.");
        for check in &mut result.checks {
            check.level = site.to_owned();
            check.requirement = site.to_owned();
        }
        let mut waiver = example::waiver(crate::gate::WaiverState::Void);
        for text in [&mut waiver.owner, &mut waiver.approver, &mut waiver.reason] {
            site.clone_into(text);
        }
        result.waivers = vec![waiver];
        let text = summary_markdown(&result);
        assert!(text.matches(APART).count() > 50);
        // What a host looks for, in the text as it is shown.
        let shown = text.replace('\\', "").to_lowercase();
        for (i, mark) in shown.match_indices('@') {
            let next = shown[i + mark.len()..].chars().next();
            assert!(next.is_none_or(|c| !c.is_alphanumeric()), "{}", &shown[i..]);
        }
        for live in [
            "://", "www.", "#12", "gh-12", "!7", "~bug", "%\"v", "$3", "&5",
        ] {
            assert!(!shown.contains(live), "{live}");
        }
        for raw in ["&commat;", "<a "] {
            let marks = text.match_indices(raw);
            for (i, _) in marks {
                assert!(text[..i].ends_with('\\'), "{raw} is not escaped");
            }
        }
        assert_eq!(escape("95% of 1-2, a/b: x & y"), "95% of 1-2, a/b: x \\& y");
    }
}
