//! Several findings of one scan together: macro and micro summaries.

use std::collections::BTreeMap;

use crate::metrics::multiclass::{
    Averaging, Endpoint, EndpointShare, Observed, Summary, macro_auroc_of_endpoints,
    resampled_summaries, share_of_endpoints,
};
use crate::statistics::{Interval, MeanOfProportions, NotEstimable, Resamples};

use super::inputs::BinaryInput;
use super::shared::{area, no_misfit};
use super::{
    BadCell, Better, Declared, Draws, Inputs, Key, KeyKind, LimitsOf, MetricOf, MetricText, Rows,
    TaskSpec, Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "multilabel",
    about: "Several binary endpoints of this audit summarised: macro averages weigh every endpoint alike, micro averages every decision.",
    keys: &[Key {
        name: "of",
        kind: KeyKind::Endpoints,
        required: true,
        about: "Names of the binary endpoints.",
    }],
    texts: &ALL,
    figures: &[],
    check: no_misfit,
    scores: None,
    decision: None,
    metrics,
    rows,
};

const MACRO: &str = "it is a mean over endpoints, and those that a group lacks would change its meaning; compare single endpoints";
const MICRO: &str = "it depends on how common each finding is in a group; compare single endpoints";

const fn text(
    id: &'static str,
    title: &'static str,
    about: &'static str,
    why: &'static str,
) -> MetricText {
    MetricText {
        id,
        title,
        about,
        unit: Unit::Share,
        better: Better::Higher,
        compared: Err(why),
    }
}

const MACRO_SENSITIVITY: MetricText = text(
    "macro_sensitivity",
    "Macro sensitivity",
    "Mean over endpoints of their sensitivity.",
    MACRO,
);
const MACRO_SPECIFICITY: MetricText = text(
    "macro_specificity",
    "Macro specificity",
    "Mean over endpoints of their specificity.",
    MACRO,
);
const MACRO_AUROC: MetricText = text(
    "macro_auroc_of_endpoints",
    "Macro AUROC of the endpoints",
    "Mean over endpoints of their AUROC.",
    MACRO,
);
const MACRO_F1: MetricText = text(
    "macro_f1_of_endpoints",
    "Macro F1 of the endpoints",
    "Mean over endpoints of their F1. Depends on how common each finding is.",
    MACRO,
);
const MICRO_SENSITIVITY: MetricText = text(
    "micro_sensitivity",
    "Micro sensitivity",
    "Share of all positives of all endpoints that are called positive.",
    MICRO,
);
const MICRO_SPECIFICITY: MetricText = text(
    "micro_specificity",
    "Micro specificity",
    "Share of all negatives of all endpoints that are called negative.",
    MICRO,
);
const MICRO_F1: MetricText = text(
    "micro_f1",
    "Micro F1",
    "F1 of all decisions of all endpoints together. Depends on how common each finding is.",
    MICRO,
);

const ALL: [&MetricText; 7] = [
    &MACRO_SENSITIVITY,
    &MACRO_SPECIFICITY,
    &MACRO_AUROC,
    &MACRO_F1,
    &MICRO_SENSITIVITY,
    &MICRO_SPECIFICITY,
    &MICRO_F1,
];

/// What each of [`ALL`] summarises.
const SUMMARIES: [Summary; 7] = [
    Summary::Share(EndpointShare::Sensitivity, Averaging::Macro),
    Summary::Share(EndpointShare::Specificity, Averaging::Macro),
    Summary::MacroAuroc,
    Summary::Share(EndpointShare::F1, Averaging::Macro),
    Summary::Share(EndpointShare::Sensitivity, Averaging::Micro),
    Summary::Share(EndpointShare::Specificity, Averaging::Micro),
    Summary::Share(EndpointShare::F1, Averaging::Micro),
];

fn metrics(_: &Declared) -> Vec<MetricOf> {
    ALL.into_iter().map(MetricOf::whole).collect()
}

fn rows(_: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    Ok(Box::new(Findings {
        endpoints: inputs.binary.clone(),
    }))
}

/// The endpoints.
#[derive(Debug)]
struct Findings {
    endpoints: Vec<BinaryInput>,
}

/// An endpoint's truth, decision and rank of some samples.
struct Own {
    y_true: Vec<Option<bool>>,
    flagged: Vec<bool>,
    rank: Vec<f64>,
}

fn own(endpoint: &BinaryInput, samples: &[u32]) -> Own {
    let each = || samples.iter().map(|sample| *sample as usize);
    Own {
        y_true: each().map(|sample| endpoint.y_true[sample]).collect(),
        flagged: each().map(|sample| endpoint.flagged[sample]).collect(),
        rank: each().map(|sample| endpoint.rank[sample]).collect(),
    }
}

/// Sensitivity or specificity with limits that also hold for few patients and where all are right.
fn with_limits_of_shares(
    value: Value,
    own: &[Own],
    patient: &[u32],
    (share, averaging): (EndpointShare, Averaging),
) -> Value {
    let wanted = share == EndpointShare::Sensitivity;
    let mut clusters: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
    for (row, patient) in patient.iter().enumerate() {
        let counts = clusters
            .entry(*patient)
            .or_insert_with(|| vec![(0, 0); own.len()]);
        for (counts, own) in counts.iter_mut().zip(own) {
            if own.y_true[row] == Some(wanted) {
                counts.0 += u64::from(own.flagged[row] == wanted);
                counts.1 += 1;
            }
        }
    }
    if averaging == Averaging::Micro {
        let sum = |own: &Vec<(u64, u64)>| own.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        clusters.values_mut().for_each(|own| *own = vec![sum(own)]);
    }
    let clusters: Vec<Vec<(u64, u64)>> = clusters.into_values().collect();
    match MeanOfProportions::from_clusters(&clusters) {
        Ok(of) => value.with_limits(ShareLimits(of, averaging)),
        Err(_) => value,
    }
}

/// Limits of a mean of proportions; of a micro average, of one.
#[derive(Debug)]
struct ShareLimits(MeanOfProportions, Averaging);

impl LimitsOf for ShareLimits {
    fn interval(&self, confidence: f64) -> Result<(Interval, &'static str), NotEstimable> {
        let method = match self.1 {
            Averaging::Macro => "mover_wilson_mean",
            Averaging::Micro => "wilson_effective_n",
        };
        Ok((self.0.interval(confidence)?, method))
    }
}

impl Rows for Findings {
    /// With the truth of at least one endpoint.
    fn is_known(&self, sample: usize) -> bool {
        self.endpoints
            .iter()
            .any(|endpoint| endpoint.y_true[sample].is_some())
    }

    fn value(&self, place: usize, samples: &[u32], patient: &[u32]) -> Result<Value, NotEstimable> {
        let own: Vec<Own> = self.endpoints.iter().map(|one| own(one, samples)).collect();
        match SUMMARIES[place] {
            Summary::MacroAuroc => {
                let both: Vec<(&[Option<bool>], &[f64])> = own
                    .iter()
                    .map(|own| (own.y_true.as_slice(), own.rank.as_slice()))
                    .collect();
                area(macro_auroc_of_endpoints(&both))
            }
            Summary::Share(share, averaging) => {
                let endpoints: Vec<Endpoint<'_>> = own
                    .iter()
                    .map(|own| Endpoint {
                        y_true: &own.y_true,
                        y_pred: &own.flagged,
                    })
                    .collect();
                let value = area(share_of_endpoints(&endpoints, share, averaging))?;
                Ok(match share {
                    EndpointShare::F1 => value,
                    _ => with_limits_of_shares(value, &own, patient, (share, averaging)),
                })
            }
        }
    }

    fn resampled(
        &self,
        samples: &[u32],
        patient: &[u32],
        draws: Draws,
    ) -> BTreeMap<usize, Resamples> {
        let own: Vec<Own> = self.endpoints.iter().map(|one| own(one, samples)).collect();
        let observed: Vec<Observed<'_>> = own
            .iter()
            .map(|own| Observed {
                y_true: &own.y_true,
                y_pred: &own.flagged,
                y_score: &own.rank,
            })
            .collect();
        let draws = (draws.replicates, draws.seed);
        resampled_summaries(&observed, patient, &SUMMARIES, draws)
            .into_iter()
            .enumerate()
            .filter_map(|(place, found)| Some((place, found?)))
            .collect()
    }

    /// Of a macro average the positives or negatives of every endpoint, of a micro average those of
    /// all together.
    fn needed(&self, place: usize, samples: &[u32]) -> Vec<Vec<bool>> {
        let id = ALL[place].id;
        let is = |endpoint: &BinaryInput, wanted: bool| -> Vec<bool> {
            let own = samples.iter().map(|one| endpoint.y_true[*one as usize]);
            own.map(|own| own == Some(wanted)).collect()
        };
        let wanted: &[bool] = match id {
            "macro_auroc_of_endpoints" => &[true, false],
            "macro_specificity" | "micro_specificity" => &[false],
            _ => &[true],
        };
        let each = self
            .endpoints
            .iter()
            .flat_map(|endpoint| wanted.iter().map(move |wanted| is(endpoint, *wanted)));
        if !id.starts_with("micro") {
            return each.collect();
        }
        let mut any = vec![false; samples.len()];
        for own in each {
            any.iter_mut().zip(own).for_each(|(any, own)| *any |= own);
        }
        vec![any]
    }
}
