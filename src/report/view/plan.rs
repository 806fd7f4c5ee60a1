//! The regulator's page: what the model is for, what was required before, what became of it, and
//! where the audit departed from its plan.

use crate::gate::{Check, Verdict};
use crate::parity::ParityStatus;
use crate::reproducibility::RerunStatus;

use super::super::index::Index;
use super::super::result::Severity;
use super::super::{format, names, words};
use super::block::{Block, Cell, Column, Definition, Row, Section, Table};

/// The regulator's page.
pub(super) fn section(index: &Index<'_>) -> Section {
    let result = index.result;
    let mut section = Section::new("plan", "What was planned, and what became of it");
    let intended = result.audit.intended_use.clone();
    let locked = match &result.audit.locked {
        Some(day) => format!(
            "The file says that its requirements were fixed on {day}; a record that holds this hash (protocol, version control) bears it out."
        ),
        None => "When it was locked stands in whatever record holds this hash (protocol, version control), not in this page."
            .to_owned(),
    };
    section.blocks.push(Block::Definitions(vec![
        Definition::new(
            "Intended use",
            intended.map_or_else(
                || "Not declared in the audit file (intended_use).".to_owned(),
                |intended| names::name(&intended),
            ),
        ),
        Definition::new(
            "Configuration",
            format!(
                "{}, SHA-256 {}. Every requirement, group, threshold and method on this page follows from this file. {locked}",
                names::name(&result.audit.file),
                result.audit.config_sha256
            ),
        ),
    ]));
    section.heading("Criteria set in advance");
    if result.checks.is_empty() {
        section.absent("None: the audit file sets no requirement that applied to a group, so that nothing here is accepted or refused.");
    } else {
        section.blocks.push(Block::Table(criteria(index)));
    }
    section.heading("Departures from the plan");
    let items = departures(index);
    if items.is_empty() {
        section.say(
            "None was found: every row that the plan includes was scored and measured, every threshold is written in the audit file, and no \
             check of inputs, parity or reruns was broken.",
        );
    } else {
        section.blocks.push(Block::List(items));
    }
    let waived: Vec<String> = result
        .checks
        .iter()
        .filter(|c| c.waived)
        .map(|c| {
            format!(
                "{} for {}: {}",
                names::name(&c.requirement),
                names::group(&c.attribute, &c.level),
                words::verdict(c.verdict).to_lowercase()
            )
        })
        .collect();
    if !waived.is_empty() {
        section.heading("Waived requirements");
        section.blocks.push(Block::List(waived));
    }
    section
}

/// Rules in the file's order, each with its checks.
fn rules(checks: &[Check]) -> Vec<(&str, &str, Vec<&Check>)> {
    let mut rules: Vec<(&str, &str, Vec<&Check>)> = Vec::new();
    for check in checks {
        let key = (check.requirement.as_str(), check.endpoint.as_str());
        match rules
            .iter_mut()
            .find(|(id, endpoint, _)| (*id, *endpoint) == key)
        {
            Some((_, _, found)) => found.push(check),
            None => rules.push((key.0, key.1, vec![check])),
        }
    }
    rules
}

fn criteria(index: &Index<'_>) -> Table {
    let several = index.several_endpoints();
    let rows = rules(&index.result.checks)
        .into_iter()
        .filter_map(|(id, endpoint, checks)| {
            let first = *checks.first()?;
            let count = |verdict: Verdict| {
                let n = checks.iter().filter(|c| c.verdict == verdict).count() as u64;
                Cell::new(format::count(n))
            };
            let mut metric = words::metric(&first.metric).to_owned();
            if let Some(reference) = &first.reference {
                metric = format!(
                    "{metric}, against {}",
                    names::reference(&first.attribute, reference)
                );
            }
            let mut rule = Cell::new(names::name(id));
            if several {
                rule = rule.with_note(names::name(endpoint));
            }
            Some(Row {
                id: None,
                class: "",
                cells: vec![
                    rule,
                    Cell::new(metric),
                    Cell::new(words::criterion(first)),
                    Cell::new(format::count(checks.len() as u64)),
                    count(Verdict::Pass),
                    count(Verdict::Fail),
                    count(Verdict::Inconclusive),
                    count(Verdict::NotEvaluable),
                    Cell::new(if checks.iter().any(|c| c.blocking) {
                        "yes"
                    } else {
                        "warns only"
                    }),
                ],
            })
        })
        .collect();
    Table {
        caption: "Requirements and their results over all groups they apply to".to_owned(),
        class: "criteria",
        columns: vec![
            Column::text("Requirement"),
            Column::text("Endpoint and comparison"),
            Column::text("Criterion"),
            Column::number("Groups"),
            Column::number("Pass"),
            Column::number("Fail"),
            Column::number("Undecided"),
            Column::number("Not evaluable"),
            Column::text("Decides"),
        ],
        rows,
        ..Table::default()
    }
}

fn departures(index: &Index<'_>) -> Vec<String> {
    let result = index.result;
    let mut items = Vec::new();
    let failed: u64 = result
        .cohort
        .failures
        .iter()
        .filter(|f| f.attribute == "overall")
        .map(|f| f.n)
        .sum();
    if failed > 0 {
        items.push(format!(
            "{} that the plan includes could not be scored.",
            format::counted(failed, "sample", "samples")
        ));
    }
    for step in &result.cohort.flow {
        if step.removed > 0 && step.code.starts_with("truth") {
            items.push(format!(
                "{} left the analysis: {}.",
                format::counted(step.removed, "sample", "samples"),
                step.description.trim_end_matches('.')
            ));
        }
    }
    for endpoint in &result.methods.endpoints {
        if endpoint
            .threshold_choice
            .as_ref()
            .is_some_and(|choice| choice.on == "nested")
        {
            items.push(format!(
                "The threshold of {} was not set beforehand: it was chosen on the samples that are measured.",
                names::name(&endpoint.name)
            ));
        }
    }
    for attribute in result.cohort.attributes.iter().filter(|a| a.exploratory) {
        items.push(format!(
            "{} is exploratory: it is shown and was not among the groups to be judged.",
            names::attribute(&attribute.attribute)
        ));
    }
    if result.reproducibility.status == RerunStatus::Breached {
        items.push("At least one rerun of the model broke the declared tolerance.".to_owned());
    }
    if result.parity.status == ParityStatus::BeyondTolerance {
        items.push("The model\u{2019}s makers\u{2019} own numbers were not reproduced within the declared tolerance.".to_owned());
    }
    let severe = |severity: Severity| {
        result
            .findings
            .iter()
            .filter(|f| f.severity == severity)
            .count() as u64
    };
    let (errors, warnings) = (severe(Severity::Error), severe(Severity::Warning));
    if errors + warnings > 0 {
        items.push(format!(
            "{} and {} were noticed on the way; the section on findings has each of them.",
            format::counted(errors, "error", "errors"),
            format::counted(warnings, "warning", "warnings")
        ));
    }
    items
}
