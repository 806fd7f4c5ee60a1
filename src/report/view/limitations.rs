//! Limitations, written from facts in the result.

use crate::assessment::{EstimateFlag, EstimateStatus};
use crate::gate::AuditVerdict;
use crate::reproducibility::RerunStatus;

use super::super::index::Index;
use super::super::{format, names, words};
use super::block::{Block, Section};

/// The limitations section; there are always some.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("limitations", "Limitations");
    let mut items = Vec::new();
    design(index, &mut items);
    groups(index, &mut items);
    numbers(index, &mut items);
    running(index, &mut items);
    items.push(
        "This audit says how the model performed on this cohort. It does not say how it will perform on patients, scanners or sites \
         that are not in it."
            .to_owned(),
    );
    section.blocks.push(Block::List(items));
    section
}

fn design(index: &Index<'_>, items: &mut Vec<String>) {
    let cohort = &index.result.cohort;
    if !cohort.clustered {
        let why = if cohort.n_patients < cohort.n_samples {
            "The audit file asks for samples to be taken as independent (`clusters: none`), although patients have several"
        } else {
            "No patient was told apart from a sample"
        };
        items.push(format!(
            "{why}. Every sample was taken as independent; if patients have several samples, the intervals are too narrow."
        ));
    }
    match cohort.sampling.as_deref() {
        Some("enriched") => items.push(
            "Cases were chosen by outcome (enriched). The prevalence of this cohort means nothing, and neither do figures that depend on it: \
             predictive values, flag rate, accuracy, observed over expected, calibration errors and curves."
                .to_owned(),
        ),
        None => items.push("How cases came into the cohort was not declared.".to_owned()),
        Some(_) => {}
    }
    for endpoint in &index.result.methods.endpoints {
        let Some(choice) = &endpoint.threshold_choice else {
            continue;
        };
        items.push(if choice.on == "tuning" {
            format!(
                "The threshold of {} was chosen on {} of this table. With other tuning samples it would be another one; limits do not carry that.",
                names::name(&endpoint.name),
                format::counted(choice.n, "sample", "samples")
            )
        } else {
            format!(
                "The threshold of {} was chosen on the samples that are measured. All figures at it are optimistic, and none was gated.",
                names::name(&endpoint.name)
            )
        });
    }
    if let Some(tuning) = &cohort.tuning {
        if !tuning.patients_apart {
            items.push(
                "No patient was told apart from a sample: that no patient is both in the tuning split and among the measured cannot be checked."
                    .to_owned(),
            );
        }
        if tuning.n_failed > 0 {
            items.push(format!(
                "{} of {} samples of the tuning split could not be scored and took no part in choosing thresholds.",
                format::count(tuning.n_failed),
                format::count(tuning.n_samples)
            ));
        }
    }
    if cohort.reference_standard.is_none() {
        items.push("How the reference standard was established was not declared.".to_owned());
    }
    if cohort.independence.is_none() {
        items.push("How the cohort relates to the training data was not declared.".to_owned());
    }
    if let (Some(first), Some(last)) = (cohort.flow.first(), cohort.flow.last())
        && last.remaining < first.remaining
        && !index.several_endpoints()
    {
        items.push(format!(
            "{} of {} rows are not in the analysis; the cohort flow says why.",
            format::count(first.remaining - last.remaining),
            format::count(first.remaining)
        ));
    }
    let failed: u64 = cohort
        .failures
        .iter()
        .filter(|f| f.attribute == "overall")
        .map(|f| f.n)
        .sum();
    if failed > 0 {
        items.push(format!(
            "{} could not be scored.",
            format::counted(failed, "sample", "samples")
        ));
    } else if !cohort.failures.is_empty() {
        items.push(
            "Some samples could not be scored; the table of failures names them by group."
                .to_owned(),
        );
    }
    if index.result.verdict == AuditVerdict::NoGate {
        items.push("No requirement was set in advance, so nothing here is a pass.".to_owned());
    }
}

fn groups(index: &Index<'_>, items: &mut Vec<String>) {
    let cohort = &index.result.cohort;
    if cohort.attributes.is_empty() {
        items.push(
            "No attribute was declared; differences between groups could not be looked at."
                .to_owned(),
        );
    }
    for attribute in cohort
        .attributes
        .iter()
        .filter(|a| !a.attribute.contains('*'))
    {
        if let Some(missing) = attribute
            .levels
            .iter()
            .find(|l| l.level == "(missing)" && l.n != Some(0))
        {
            items.push(match missing.n {
                Some(n) => format!(
                    "{} is unknown for {} of {} samples ({}). They are shown as a group of their own.",
                    names::name(&attribute.attribute),
                    format::count(n),
                    format::count_shown(cohort.n_samples),
                    format::share_shown(missing.n, cohort.n_samples)
                ),
                None => format!(
                    "{} is unknown for some samples, whose number is withheld.",
                    names::name(&attribute.attribute)
                ),
            });
        }
        if attribute.exploratory {
            items.push(format!(
                "{} was declared exploratory; it is shown and was never gated.",
                names::name(&attribute.attribute)
            ));
        }
    }
    let shared: Vec<&str> = cohort
        .attributes
        .iter()
        .filter(|a| a.varies_within_patients)
        .map(|a| a.attribute.as_str())
        .collect();
    if !shared.is_empty() {
        items.push(format!(
            "Patients occur in more than one level of {}; comparisons of its levels take that into account.",
            shared.iter().map(|a| names::attribute(a)).collect::<Vec<_>>().join(", ")
        ));
    }
}

fn numbers(index: &Index<'_>, items: &mut Vec<String>) {
    let estimates = &index.result.estimates;
    let with =
        |flag: EstimateFlag| estimates.iter().filter(|e| e.flags.contains(&flag)).count() as u64;
    let total = estimates.len() as u64;
    let unreliable = with(EstimateFlag::Unreliable);
    if unreliable > 0 {
        items.push(format!(
            "{} of {} estimates are marked unreliable: their effective n is below 30 or their interval is wider than 0.30.",
            format::count(unreliable),
            format::count(total)
        ));
    }
    let carriers = with(EstimateFlag::FewCarriers);
    if carriers > 0 {
        items.push(format!(
            "In {} the rarer outcome is carried by fewer than 5 patients; the effective n was lowered to stay cautious.",
            format::counted(carriers, "estimate", "estimates")
        ));
    }
    if with(EstimateFlag::FewEvents) > 0 {
        items.push("Some calibration figures rest on fewer than 200 events; their shape is not to be relied on.".to_owned());
    }
    let absent = estimates
        .iter()
        .filter(|e| e.status == EstimateStatus::NotEstimable)
        .count() as u64;
    if absent > 0 {
        items.push(format!(
            "{} of {} estimates could not be computed; each says why.",
            format::count(absent),
            format::count(total)
        ));
    }
    let withheld = estimates
        .iter()
        .filter(|e| e.status == EstimateStatus::Suppressed)
        .count() as u64;
    if withheld > 0 {
        items.push(format!(
            "{} are withheld to protect small groups.",
            format::counted(withheld, "estimate", "estimates")
        ));
    }
    let disclosure = &index.result.disclosure;
    if !disclosure.withheld.is_empty() {
        items.push(format!(
            "{} of {} are withheld because fewer than {} patients stand behind them or behind a group that they would give away. \
             Nothing is known here of how the model does for them.",
            disclosure.withheld.len(),
            format::counted(disclosure.n_strata, "group", "groups"),
            disclosure.suppress_below
        ));
    }
}

fn running(index: &Index<'_>, items: &mut Vec<String>) {
    let provenance = &index.result.provenance;
    match &provenance.engine {
        None => items.push(
            "The model was not run here. Scores were read from a file as they are; how they were made was not checked.".to_owned(),
        ),
        Some(engine) => {
            if engine.name == "embedded" {
                items.push(
                    "Scores come from the embedded engine, not from ONNX Runtime. The deployed product may use another engine.".to_owned(),
                );
            }
            if !index.result.findings.iter().any(|f| f.code.contains("parity")) {
                items.push(
                    "Preprocessing is as the audit file describes it; that it equals preprocessing in the deployed product was not checked."
                        .to_owned(),
                );
            }
        }
    }
    for finding in index
        .result
        .findings
        .iter()
        .filter(|f| f.code.contains("parity") && f.code != "parity-within-tolerance")
    {
        items.push(words::sentence(&finding.message));
    }
    if index.result.reproducibility.status == RerunStatus::NotRun && provenance.engine.is_some() {
        items.push(
            "The model was not run again, so that nothing is known of its repeatability."
                .to_owned(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    #[test]
    fn every_limitation_is_a_sentence() {
        for result in [example::chest(), example::bare(), example::two_endpoints()] {
            let index = Index::new(&result);
            let mut section = section(&index);
            section.translate(&index.words);
            let lists = section.blocks.into_iter().filter_map(|block| match block {
                Block::List(items) => Some(items),
                _ => None,
            });
            for item in lists.flatten() {
                // A sentence may begin with the name of an attribute, as the audit writes it.
                let attributes = &result.cohort.attributes;
                let named = attributes.iter().any(|a| item.starts_with(&a.attribute));
                let begins = item.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
                assert!((begins || named) && item.ends_with('.'), "{item}");
            }
        }
    }
}
