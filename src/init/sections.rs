//! The sections of the audit file, one function each.

mod cohort;
mod output;
mod pixels;

pub(super) use cohort::{cohort, strata};
pub(super) use output::endpoint;
pub(super) use pixels::{input, preprocess};

use super::draft::{Chosen, Requirement};
use super::model::Given;
use super::write::{Lines, placeholder, scalar};

/// Comments at the top, id and title.
pub(super) fn head(chosen: &Chosen<'_>, out: &mut Lines) {
    let survey = chosen.survey;
    out.comment(
        0,
        "Written by `equipoise init` from what it saw in the model and the table. Read every line.",
    );
    out.comment(
        0,
        "Each TODO must be replaced; `equipoise check` lists those that are left, with their lines. \
         Nothing is guessed in their place.",
    );
    out.comment(
        0,
        "All keys are in docs/audit-file.md; `equipoise schema` prints them for an editor.",
    );
    if survey.left_out > 0 {
        out.comment(
            0,
            &format!(
                "Note: {} column(s) of the table have no name of their own and cannot be used here.",
                survey.left_out
            ),
        );
    }
    out.push(format!("audit: {}", scalar(&chosen.id)));
    out.push("# title: what the report is called");
    out.push("# intended_use: what the model is for and for whom, in its makers' words");
    out.blank();
}

/// `model`.
pub(super) fn model(chosen: &Chosen<'_>, out: &mut Lines) {
    let survey = chosen.survey;
    if let Some(stored) = &survey.stored {
        let scores = survey.from(&chosen.folder, &stored.path);
        out.comment(
            0,
            &format!("No model is run: `equipoise evaluate` reads stored scores, here with `--predictions {scores}`."),
        );
        out.comment(
            0,
            "Waivers and the report name the model whose scores they are: `model: {file: model.onnx, sha256: ...}`.",
        );
        return;
    }
    let facts = &survey.model;
    out.push("model:");
    for line in &facts.signature {
        out.comment(2, &format!("It {line}."));
    }
    let file = survey.from(&chosen.folder, &survey.source_path);
    out.push(format!("  file: {}", scalar(&file)));
    if let Some(sha256) = &survey.known.model_sha256 {
        out.push(format!(
            "  sha256: {}  # locked: another file stops the audit",
            scalar_hash(sha256)
        ));
    }
    for line in &survey.known.model_lines {
        out.push(format!("  {line}"));
    }
    let plain = |image: &super::model::ImageInput| image.layout.is_none() && !image.volume;
    if facts.numbers.is_empty() && facts.images.len() == 1 && facts.images.iter().all(plain) {
        return;
    }
    out.push("  inputs:");
    if facts.images.len() > 1 {
        out.comment(4, "Where one row names an image for each input, write `image: COLUMN` instead of `view`, and leave `cohort.exam` out.");
    }
    for image in &facts.images {
        let mut parts = Vec::new();
        match image.layout {
            Some(layout) => parts.push(format!("layout: {layout}")),
            None if image.volume => {
                let todo = out.todo(
                    "order of the volume's axes: NCWHD (columns first, nibabel and MONAI), NCDHW (frames first, SimpleITK), NDHWC or NWHDC",
                );
                parts.push(format!("layout: {todo}"));
            }
            None => {}
        }
        parts.extend(image.dtype.map(|dtype| format!("dtype: {dtype}")));
        if facts.images.len() > 1 {
            let todo = out.todo(&format!(
                "which view input {} takes: a value of the column that cohort.exam.view names",
                image.name
            ));
            parts.push(format!("view: {todo}"));
        }
        out.push(format!(
            "    {}: {{{}}}",
            scalar(&image.name),
            parts.join(", ")
        ));
    }
    for numbers in &facts.numbers {
        let count = numbers.count.unwrap_or(1);
        if count > 32 {
            let todo = out.todo(&format!(
                "the {count} columns that input {} is fed",
                numbers.name
            ));
            out.push(format!("    {}: {todo}", scalar(&numbers.name)));
            continue;
        }
        out.comment(4, "Numbers out of columns: `{column, offset, scale}`, or `{column, map}` for levels; `missing` for what is fed without a value.");
        out.push(format!("    {}:", scalar(&numbers.name)));
        out.push("      columns:");
        for place in 1..=count {
            let todo = out.todo(&format!(
                "column of number {place} of input {}",
                numbers.name
            ));
            out.push(format!("        - {{column: {todo}}}"));
        }
    }
}

/// Hashes of digits alone would be numbers.
fn scalar_hash(sha256: &str) -> String {
    format!("\"{sha256}\"")
}

/// Statistics, reruns and gate.
pub(super) fn rest(chosen: &Chosen<'_>, out: &mut Lines) {
    out.blank();
    out.push("statistics:");
    out.push("  confidence: 0.95");
    out.push("  replicates: 1000");
    out.push("  seed: 7");
    out.push(
        "  # suppress_below: 11    # withhold groups of fewer patients, and what would reveal them",
    );
    if chosen.survey.stored.is_none() {
        out.blank();
        out.comment(
            0,
            "Does the model give the same answer again, in other batches and in the other engine?",
        );
        out.push("reproducibility: {reruns: 1, vary: [batch, engine], tolerance: {max_abs_logit: 1.0e-3, decision_flips: 0}}");
    }
    out.blank();
    gate(chosen, out);
}

/// Whether any column makes groups.
pub(super) fn has_groups(chosen: &Chosen<'_>) -> bool {
    !cohort::stratum_names(chosen).is_empty()
}

fn gate(chosen: &Chosen<'_>, out: &mut Lines) {
    let strata = cohort::stratum_names(chosen);
    let strata: Vec<String> = strata.iter().map(|name| scalar(name)).collect();
    let groups = strata.join(", ");
    let mut asked = vec!["overall".to_owned()];
    asked.extend(strata);
    let asked = asked.join(", ");
    let requirements = &chosen.answers.requirements;
    if requirements.is_empty() {
        out.comment(
            0,
            "What is required. Without a gate the audit reports and passes nothing. Bounds come from what the \
             model is for, before any result is seen; limits of intervals decide, never point estimates.",
        );
        let (metric, bound) = match chosen.survey.model.given {
            Given::Maps(_) => ("dice", "lowest mean Dice that is acceptable"),
            Given::Boxes { .. } => (
                "lesion_sensitivity",
                "lowest share of lesions found that is acceptable",
            ),
            _ => ("sensitivity", "lowest sensitivity that is acceptable"),
        };
        let todo = placeholder(&format!(">= {bound}"));
        out.push("# gate:");
        out.push("#   alpha: 0.025");
        out.push("#   families:");
        out.push("#     safety:");
        out.push(format!(
            "#       - {{id: floor, metric: {metric}, strata: [{asked}], require: {todo}}}"
        ));
        return;
    }
    out.comment(0, "Limits of intervals decide, never point estimates; failures are corrected within the family.");
    out.push("gate:");
    out.push("  alpha: 0.025");
    out.push("  families:");
    out.push("    required:");
    for (place, one) in requirements.iter().enumerate() {
        let earlier = requirements[..place].iter();
        let alike = |other: &&Requirement| {
            (&other.metric, other.difference) == (&one.metric, one.difference)
        };
        let again = earlier.filter(alike).count();
        let (kind, compare, strata) = if one.difference {
            ("gap", " compare: complement,", &groups)
        } else {
            ("bound", "", &asked)
        };
        let number = if again > 0 {
            format!("-{}", again + 1)
        } else {
            String::new()
        };
        out.push(format!(
            "      - {{id: {}, metric: {},{compare} strata: [{strata}], require: \"{}\"}}",
            scalar(&format!("{}-{kind}{number}", one.metric)),
            scalar(&one.metric),
            one.bound
        ));
    }
}
