//! `equipoise qualify`: published numbers, recomputed by this binary.

use crate::audit::AuditError;
use crate::qualification::{Fact, NOT_IN_THIS_VERSION, facts, facts_of_given_cohort};
use crate::report::{qualification_html, qualification_json};

use super::Exit;
use super::arguments::{GlobalArguments, Printed, QualifyArguments};
use super::output;

pub(super) fn qualify(
    given: &QualifyArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    // First, so that a cohort that cannot be read is told at once.
    let of_cohort = given.cohort.as_deref().map(facts_of_given_cohort);
    let of_cohort = of_cohort
        .transpose()
        .map_err(|why| AuditError::Usage(why.to_string()))?;
    let mut facts = facts();
    facts.extend(of_cohort.unwrap_or_default());
    for path in &given.report {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let text = match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("html" | "htm") => qualification_html(&facts)?,
            Some("json") => format!("{:#}\n", qualification_json(&facts)),
            _ => {
                return Err(AuditError::Usage(format!(
                    "{}: expected a name that ends with .html or .json",
                    path.display()
                )));
            }
        };
        std::fs::write(path, text).map_err(|source| AuditError::Output {
            path: path.display().to_string(),
            source,
        })?;
    }
    match global.format.printed() {
        Printed::Json => output::print_json(&qualification_json(&facts))?,
        Printed::Text => output::print(&in_text(&facts, global.quiet))?,
    }
    Ok(if facts.iter().all(|fact| fact.pass) {
        Exit::Success
    } else {
        Exit::Failed
    })
}

fn in_text(facts: &[Fact], quiet: bool) -> String {
    let failed = facts.iter().filter(|fact| !fact.pass).count();
    let mut text = String::new();
    let width = facts
        .iter()
        .map(|fact| fact.method.len())
        .max()
        .unwrap_or(0);
    for fact in facts.iter().filter(|fact| !quiet || !fact.pass) {
        let got = fact.got.map_or_else(
            || fact.problem.clone().unwrap_or_default(),
            |got| got.to_string(),
        );
        text.push_str(&format!(
            "{}  {:<width$}  expected {}  got {got}  tolerance {:e}  {} ({})\n",
            if fact.pass { "pass" } else { "FAIL" },
            fact.method,
            fact.expected,
            fact.tolerance,
            fact.case,
            fact.source,
        ));
    }
    for (what, why) in NOT_IN_THIS_VERSION {
        text.push_str(&format!("none  {what}: {why}\n"));
    }
    text.push_str(&format!(
        "equipoise {}: {} of {} numbers from elsewhere reproduced, {} of them published\n",
        env!("CARGO_PKG_VERSION"),
        facts.len() - failed,
        facts.len(),
        facts.iter().filter(|fact| fact.is_published()).count()
    ));
    text
}
