//! Several findings of one scan together: macro and micro summaries.

use crate::metrics::multiclass::{
    Averaging, Endpoint, EndpointShare, macro_auroc_of_endpoints, share_of_endpoints,
};
use crate::statistics::NotEstimable;

use super::inputs::BinaryInput;
use super::shared::{area, no_misfit};
use super::{
    BadCell, Better, Declared, Inputs, Key, KeyKind, MetricOf, MetricText, Rows, TaskSpec, Unit,
    Value,
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

impl Rows for Findings {
    /// With the truth of at least one endpoint.
    fn is_known(&self, sample: usize) -> bool {
        self.endpoints
            .iter()
            .any(|endpoint| endpoint.y_true[sample].is_some())
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let pick = |sample: &u32| *sample as usize;
        let truth: Vec<Vec<Option<bool>>> = self
            .endpoints
            .iter()
            .map(|own| samples.iter().map(|one| own.y_true[pick(one)]).collect())
            .collect();
        if ALL[place].id == MACRO_AUROC.id {
            let ranks: Vec<Vec<f64>> = self
                .endpoints
                .iter()
                .map(|own| samples.iter().map(|one| own.rank[pick(one)]).collect())
                .collect();
            let both: Vec<(&[Option<bool>], &[f64])> = truth
                .iter()
                .zip(&ranks)
                .map(|(truth, rank)| (truth.as_slice(), rank.as_slice()))
                .collect();
            return area(macro_auroc_of_endpoints(&both));
        }
        let called: Vec<Vec<bool>> = self
            .endpoints
            .iter()
            .map(|own| samples.iter().map(|one| own.flagged[pick(one)]).collect())
            .collect();
        let endpoints: Vec<Endpoint<'_>> = truth
            .iter()
            .zip(&called)
            .map(|(y_true, y_pred)| Endpoint { y_true, y_pred })
            .collect();
        let (share, averaging) = match ALL[place].id {
            "macro_sensitivity" => (EndpointShare::Sensitivity, Averaging::Macro),
            "macro_specificity" => (EndpointShare::Specificity, Averaging::Macro),
            "macro_f1_of_endpoints" => (EndpointShare::F1, Averaging::Macro),
            "micro_sensitivity" => (EndpointShare::Sensitivity, Averaging::Micro),
            "micro_specificity" => (EndpointShare::Specificity, Averaging::Micro),
            _ => (EndpointShare::F1, Averaging::Micro),
        };
        area(share_of_endpoints(&endpoints, share, averaging))
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
