//! `equipoise check`.

use crate::audit::{self, AuditError, Plan};

use super::Exit;
use super::arguments::{CheckArguments, GlobalArguments, Printed};
use super::check_chances;
use super::output;
use super::progress::{Progress, interruption};
use super::run::options;

pub(super) fn check(given: &CheckArguments, global: &GlobalArguments) -> Result<Exit, AuditError> {
    let progress = Progress::new(global);
    let events = |event: audit::Event<'_>| progress.event(event);
    let interrupted = interruption();
    let preview = given.preview.map(usize::from);
    let options = options(global, &events, &interrupted);
    let plan = audit::check(&given.audit, preview, &options)?;
    super::failure::warnings(&plan.warnings, Some(&plan.source), global);
    match global.format.printed() {
        Printed::Text => output::print(&text(&plan, global.verbose > 0))?,
        Printed::Json => output::print_json(&serde_json::json!({
            "audit": plan.id,
            "model": plan.model,
            "flow": plan.flow,
            "thresholds": plan.tuning,
            "strata": plan.strata,
            "checks": plan.checks,
            "chances": plan.chances,
            "preview": plan.preview,
            "warnings": plan.warnings.len(),
        }))?,
    }
    Ok(Exit::Success)
}

fn text(plan: &Plan, verbose: bool) -> String {
    let mut lines = vec![format!(
        "{}: the audit file, the cohort and {} fit together",
        plan.id,
        if plan.model.is_some() {
            "the model"
        } else {
            "the columns"
        }
    )];
    if let Some(model) = &plan.model {
        lines.push(String::new());
        lines.extend(model.iter().map(|line| format!("  {line}")));
    }
    lines.push(String::new());
    lines.push("Cohort".to_owned());
    for step in &plan.flow {
        let removed = if step.removed == 0 {
            String::new()
        } else {
            format!("  (-{})", step.removed)
        };
        lines.push(format!(
            "  {:>7} samples  {:>6} patients{removed}  {}",
            step.remaining, step.remaining_patients, step.description
        ));
    }
    if !plan.tuning.is_empty() {
        lines.push(String::new());
        lines.push("Thresholds to be chosen".to_owned());
        for one in &plan.tuning {
            let target = one
                .target
                .map_or_else(String::new, |target| format!(" {target}"));
            let on = if one.on == "tuning" {
                "the tuning split"
            } else {
                "the measured samples, anew in every resample"
            };
            lines.push(format!(
                "  {}: {}{target} on {on}: {} samples of {} patients, {} positive, {} negative",
                one.endpoint, one.rule, one.n, one.n_patients, one.n_positive, one.n_negative
            ));
        }
    }
    lines.push(String::new());
    lines.push("Groups".to_owned());
    lines.push(format!(
        "  {:<34} {:>8} {:>9} {:>9} {:>9}",
        "", "samples", "patients", "positive", "negative"
    ));
    let several = plan
        .strata
        .iter()
        .any(|one| one.endpoint != plan.strata[0].endpoint);
    let mut endpoint = "";
    for stratum in &plan.strata {
        if several && stratum.endpoint != endpoint {
            endpoint = &stratum.endpoint;
            lines.push(format!("  endpoint {endpoint}"));
        }
        // Of a group that is not withheld a class is only absent where there are no classes.
        let class = |count: Option<u64>| match (stratum.n, count) {
            (Some(_), None) => "-".to_owned(),
            _ => shown(count),
        };
        lines.push(format!(
            "  {:<34} {:>8} {:>9} {:>9} {:>9}",
            stratum.name,
            shown(stratum.n),
            shown(stratum.n_patients),
            class(stratum.n_positive),
            class(stratum.n_negative)
        ));
    }
    if !plan.checks.is_empty() {
        lines.push(String::new());
        lines.push(
            "What the gate could show (one-sided, 80% power, with the patients at hand)".to_owned(),
        );
        lines.push(
            "  images of a patient count by the correlation in `gate.assume`; without one as independent, which flatters"
                .to_owned(),
        );
        for check in &plan.checks {
            lines.push(format!("  {:<38} {}", check.name, check.detectable));
        }
    }
    match &plan.chances {
        Some(chances) => {
            lines.push(String::new());
            lines.extend(check_chances::lines(chances, verbose));
        }
        None if plan.gated => {
            lines.push(String::new());
            lines.push(check_chances::HOW_TO_ASSUME.to_owned());
        }
        None => {}
    }
    if let Some(preview) = &plan.preview {
        lines.push(String::new());
        lines.push(format!("preview: {}", preview.display()));
    }
    lines.join("\n") + "\n"
}

/// A number of a group, or that it is withheld.
fn shown(n: Option<u64>) -> String {
    n.map_or_else(|| "withheld".to_owned(), |n| n.to_string())
}
