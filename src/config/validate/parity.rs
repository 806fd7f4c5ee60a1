//! The `parity` section.

use super::super::audit::{ParityScale, ParityScores, ParitySpec, ParityTensors};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::super::located::Located;
use super::reader::{Section, Value};

pub(super) fn parity(value: &Value<'_>) -> Option<ParitySpec> {
    let section = value.section(&keys::PARITY)?;
    let given = (section.get("scores"), section.get("tensors"));
    if given.0.is_none() && given.1.is_none() {
        value.error(
            "missing-key",
            "`parity` has neither `scores` nor `tensors`",
            "name a table of the makers' scores, a folder of their input tensors (.npy), or both",
        );
        return None;
    }
    let tolerance = section
        .required(
            "tolerance",
            "say how far numbers may lie apart: `tolerance: {max_abs: 1.0e-4}`",
        )
        .and_then(|value| value.section(&keys::PARITY_TOLERANCE));
    let scores = match given.0 {
        None => unused(&section, tolerance.as_ref()).then_some(None),
        Some(file) => scores(&section, &file, tolerance.as_ref()).map(Some),
    };
    let tensors = match given.1 {
        None => no_tensors(tolerance.as_ref()).then_some(None),
        Some(folder) => tensors(&folder, tolerance.as_ref()).map(Some),
    };
    Some(ParitySpec {
        scores: scores?,
        tensors: tensors?,
    })
}

fn scores(
    section: &Section<'_>,
    file: &Value<'_>,
    tolerance: Option<&Section<'_>>,
) -> Option<ParityScores> {
    let file = file.file();
    let sample = match section.get("sample") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let columns = match section.get("columns") {
        None => Some(Vec::new()),
        Some(value) => columns(&value),
    };
    let options = [("score", ParityScale::Score), ("logit", ParityScale::Logit)];
    let scale = match section.get("scale") {
        None => Some(Located::new(ParityScale::Score, section.value.key)),
        Some(value) => value
            .choice(&options, &[])
            .map(|scale| Located::new(scale, value.span())),
    };
    let max_abs = tolerance.and_then(|tolerance| largest(tolerance, "max_abs"));
    let flips = match tolerance.and_then(|tolerance| tolerance.get("decision_flips")) {
        None => Some(None),
        Some(value) => value.count(0, u64::MAX).map(Some),
    };
    Some(ParityScores {
        file: file?,
        sample: sample?,
        columns: columns?,
        scale: scale?,
        max_abs: max_abs?,
        decision_flips: flips?,
    })
}

fn columns(value: &Value<'_>) -> Option<Vec<(Located<String>, Located<String>)>> {
    let named = value.named("columns")?;
    if named.is_empty() {
        value.wrong_type(
            "at least one score and its column",
            "without `columns`, columns of the scores' names are taken",
        );
        return None;
    }
    named
        .into_iter()
        .map(|(score, value)| value.name().map(|column| (score, column)))
        .collect()
}

fn tensors(folder: &Value<'_>, tolerance: Option<&Section<'_>>) -> Option<ParityTensors> {
    let max_abs = tolerance.and_then(|tolerance| largest(tolerance, "max_abs_tensor"));
    let path = folder.path()?;
    if folder.cx.look_at_files && !path.is_dir() {
        let message = format!("`{}`: {} is no folder", folder.path, path.display());
        folder.error(
            "file-not-found",
            message,
            "name the folder that holds `<sample id>.npy`, relative to the audit file's folder",
        );
        return None;
    }
    Some(ParityTensors {
        folder: path,
        max_abs: max_abs?,
    })
}

fn largest(tolerance: &Section<'_>, key: &str) -> Option<f64> {
    tolerance
        .required(
            key,
            "say how far numbers may lie apart; there is no default",
        )
        .and_then(|value| value.number_in("of at least 0", |largest| largest >= 0.0))
}

/// Whether nothing speaks of scores where there are none.
fn unused(section: &Section<'_>, tolerance: Option<&Section<'_>>) -> bool {
    let own = ["sample", "columns", "scale"].map(|key| section.get(key));
    let tolerated =
        tolerance.map(|tolerance| ["max_abs", "decision_flips"].map(|key| tolerance.get(key)));
    without(
        own.into_iter().chain(tolerated.into_iter().flatten()),
        "scores",
    )
}

fn no_tensors(tolerance: Option<&Section<'_>>) -> bool {
    without(
        tolerance.map(|tolerance| tolerance.get("max_abs_tensor")),
        "tensors",
    )
}

fn without<'a>(values: impl IntoIterator<Item = Option<Value<'a>>>, what: &str) -> bool {
    let mut fine = true;
    for value in values.into_iter().flatten() {
        fine = false;
        let message = format!(
            "`{}` is about `parity.{what}`, which is not given",
            value.path
        );
        value.cx.report(
            Diagnostic::error("parity-unused", message)
                .at(value.key)
                .help(format!("remove it, or write `parity: {{{what}: ...}}`")),
        );
    }
    fine
}
