//! `equipoise doctor`.

use serde_json::json;

use crate::audit::{self, AuditError, Diagnosis};

use super::Exit;
use super::arguments::{DoctorArguments, GlobalArguments, Printed};
use super::output;
use super::progress::{Progress, interruption};
use super::run::options;

/// Explanations that are printed without `--verbose`, beside those of the first rank.
const SHOWN: usize = 5;

pub(super) fn doctor(
    given: &DoctorArguments,
    global: &GlobalArguments,
) -> Result<Exit, AuditError> {
    let progress = Progress::new(global);
    let events = |event: audit::Event<'_>| progress.event(event);
    let interrupted = interruption();
    let found = audit::doctor(
        &given.audit,
        given.sample.get(),
        &options(global, &events, &interrupted),
    );
    progress.finish();
    let found = found?;
    super::failure::warnings(&found.warnings, Some(&found.source), global);
    match global.format.printed() {
        Printed::Text => output::print(&text(&found, global.verbose > 0))?,
        Printed::Json => output::print_json(&in_json(&found))?,
    }
    Ok(if found.within {
        Exit::Success
    } else {
        Exit::Input
    })
}

fn in_json(found: &Diagnosis) -> serde_json::Value {
    let remarks = found
        .remarks
        .iter()
        .map(|one| json!({"code": one.code, "message": one.message, "help": one.help}));
    let channels = found.channels.iter().map(|one| {
        json!({"input": one.input, "channel": one.channel, "n": one.n, "mean": one.mean, "sd": one.sd, "min": one.min, "max": one.max,
            "clipped": one.clipped, "constant": one.constant, "not_finite": one.not_finite})
    });
    let explanations = found.explanations.iter().map(|one| {
        json!({"rank": one.rank, "what": one.what, "change": one.change,
            "mean_abs": one.mean_abs, "max_abs": one.max_abs, "within_tolerance": one.within})
    });
    json!({
        "audit": found.id,
        "engine": found.engine,
        "samples": found.samples,
        "remarks": remarks.collect::<Vec<_>>(),
        "channels": channels.collect::<Vec<_>>(),
        "parity": found.parity,
        "tensors": found.tensors,
        "within_tolerance": found.parity.as_ref().map(|_| found.within),
        "tried": found.tried,
        "explanations": explanations.collect::<Vec<_>>(),
    })
}

fn text(found: &Diagnosis, verbose: bool) -> String {
    let mut lines = vec![format!(
        "{}: {} samples, {}",
        found.id, found.samples, found.engine
    )];
    for remark in &found.remarks {
        lines.push(format!("  {} [{}]", remark.message, remark.code));
        lines.push(format!("    {}", remark.help));
    }
    if found.remarks.is_empty() {
        lines.push("  nothing contradicts itself, and the tensors are not strange".to_owned());
    }
    lines.push(String::new());
    lines.push("Tensors, by channel".to_owned());
    let several = found
        .channels
        .iter()
        .any(|one| one.input != found.channels[0].input);
    for one in &found.channels {
        let input = if several {
            format!("{} ", one.input)
        } else {
            String::new()
        };
        lines.push(format!(
            "  {input}{}: mean {:.4}, SD {:.4}, from {:.4} to {:.4}, {:.1}% at an end",
            one.channel,
            one.mean,
            one.sd,
            one.min,
            one.max,
            one.clipped * 100.0
        ));
    }
    lines.push(String::new());
    match &found.parity {
        None => lines.push("Parity not verified: the audit file has no scores or tensors of the model's makers (`parity: {scores: ...}` or `{tensors: ...}`), so that nothing is known of what they did.".to_owned()),
        Some(parity) => {
            for one in parity {
                lines.push(format!(
                    "Parity: {} \"{}\" lies up to {:.3e} from the makers' \"{}\" (mean {:.3e}); tolerated {:.3e}",
                    one.scale, one.score, one.max_abs, one.column, one.mean_abs, one.max_abs_tolerated
                ));
            }
            if let Some(tensors) = &found.tensors {
                let distance = tensors
                    .max_abs
                    .map_or("of other shapes than".to_owned(), |most| {
                        format!("up to {most:.3e} from")
                    });
                lines.push(format!(
                    "Parity: input tensors lie {distance} the makers'; tolerated {:.3e}",
                    tensors.max_abs_tolerated
                ));
            }
            explanations(found, verbose, &mut lines);
        }
    }
    lines.join("\n") + "\n"
}

fn explanations(found: &Diagnosis, verbose: bool, lines: &mut Vec<String>) {
    if found.within {
        let what = if found.tensors.is_some() {
            "input tensors"
        } else {
            "scores"
        };
        lines.push(format!("The {what} are the makers', within the tolerance."));
        return;
    }
    let Some(first) = found.explanations.first() else {
        lines.push(format!(
            "None of {} changes comes nearer to the makers.",
            found.tried
        ));
        return;
    };
    lines.push(format!(
        "{} of {} changes come nearer{}. Nothing was changed; ask the makers before you do.",
        found.explanations.len(),
        found.tried,
        if first.within {
            ", the first within the tolerance"
        } else {
            ", none within the tolerance"
        }
    ));
    let same = found
        .explanations
        .iter()
        .filter(|one| one.rank == 1)
        .count();
    let shown = if verbose {
        found.explanations.len()
    } else {
        SHOWN.max(same)
    };
    for one in found.explanations.iter().take(shown) {
        lines.push(String::new());
        lines.push(format!(
            "{}. {} (largest difference {:.3e}, mean {:.3e})",
            one.rank, one.what, one.max_abs, one.mean_abs
        ));
        lines.extend(one.change.iter().map(|line| format!("     {line}")));
    }
    if same > 1 {
        lines.push(String::new());
        lines.push("Explanations of the same number give the same scores: these images cannot tell them apart.".to_owned());
    }
}
