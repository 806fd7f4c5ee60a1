//! Findings in results: warnings, cautions of engines, parity, what the model was fed.

use crate::assessment::{FedValues, LARGE_SHIFT};
use crate::config::Diagnostic;
use crate::parity::{Parity, ParityStatus};
use crate::report::{Finding, Severity};

use super::super::finish::Source;

/// All findings, errors first.
pub(in super::super) fn findings(
    warnings: &[Diagnostic],
    from: &Source<'_>,
    parity: &Parity,
    fed: &[FedValues],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = warnings
        .iter()
        .map(|warning| Finding {
            code: warning.code.to_owned(),
            severity: match warning.severity {
                crate::config::Severity::Error => Severity::Error,
                crate::config::Severity::Warning => Severity::Warning,
                crate::config::Severity::Note => Severity::Note,
            },
            message: warning.message.clone(),
            help: warning.help.clone(),
            line: warning.span.map(|span| span.line as u64),
        })
        .collect();
    if let Source::Model { ready, .. } = from {
        let note = |code: &str, message: String, help: Option<&str>| Finding {
            code: code.to_owned(),
            severity: Severity::Note,
            message,
            help: help.map(str::to_owned),
            line: None,
        };
        if ready.model().instead_of().is_some() {
            let help =
                "`equipoise runtime install` gets ONNX Runtime, and the model is then run on both";
            findings.push(note(
                "embedded-engine",
                "ONNX Runtime was not found, so that the embedded engine ran the model".to_owned(),
                Some(help),
            ));
        }
        findings.extend(
            ready
                .not_varied()
                .iter()
                .map(|what| note("rerun-not-varied", what.clone(), None)),
        );
        findings.extend(
            ready
                .model()
                .cautions()
                .into_iter()
                .map(|caution| note("engine-caution", caution, None)),
        );
    }
    findings.extend(of_parity(parity, from));
    findings.extend(fed.iter().filter_map(fed_differently));
    findings.sort_by(|a, b| {
        a.severity
            .cmp(&b.severity)
            .then_with(|| a.code.cmp(&b.code))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings
}

/// What is to be said of the makers' numbers; nothing where neither they nor a model were given.
fn of_parity(parity: &Parity, from: &Source<'_>) -> Option<Finding> {
    let (code, severity, help) = match parity.status {
        ParityStatus::NotVerified if matches!(from, Source::File(_)) => return None,
        ParityStatus::NotVerified => ("parity-not-verified", Severity::Note, None),
        ParityStatus::WithinTolerance => ("parity-within-tolerance", Severity::Note, None),
        ParityStatus::BeyondTolerance => (
            "parity-beyond-tolerance",
            Severity::Error,
            Some("`equipoise doctor AUDIT` searches for the explanation".to_owned()),
        ),
    };
    Some(Finding {
        code: code.to_owned(),
        severity,
        message: parity.reason.clone(),
        help,
        line: None,
    })
}

/// A group whose images differ from all others before the model sees them.
fn fed_differently(one: &FedValues) -> Option<Finding> {
    let shift = one.shift.filter(|shift| shift.abs() >= LARGE_SHIFT)?;
    let (attribute, level) = (&one.attribute, &one.level);
    Some(Finding {
        code: "fed-differently".to_owned(),
        severity: Severity::Note,
        message: format!(
            "the images of {attribute} {level} lie {:.1} standard deviations {} those of all others (channel {}, after preprocessing)",
            shift.abs(),
            if shift > 0.0 { "above" } else { "below" },
            one.channel
        ),
        help: Some(
            "look at `tables/fed.csv`: another scanner, window or export can stand behind a difference of scores"
                .to_owned(),
        ),
        line: None,
    })
}
