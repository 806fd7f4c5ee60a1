//! "No finding" where none of several findings is called: underdiagnosis.

use crate::statistics::NotEstimable;

use super::inputs::BinaryInput;
use super::shared::{no_misfit, share_of};
use super::{
    BadCell, Better, Declared, Inputs, Key, KeyKind, MetricOf, MetricText, Rows, TaskSpec, Unit,
    Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "no_finding",
    about: "A scan in which none of several findings is called. Underdiagnosis is to call none where there is one (Seyyed-Kalantari et al. 2021, Nat Med 27:2176-2182).",
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

const UNDERDIAGNOSIS: MetricText = MetricText {
    id: "underdiagnosis_rate",
    title: "Underdiagnosis rate",
    about: "Share of samples with a finding in which none is called: the false positive rate of \u{201c}no finding\u{201d}.",
    unit: Unit::Share,
    better: Better::Lower,
    compared: Ok(()),
};
const OVERDIAGNOSIS: MetricText = MetricText {
    id: "overdiagnosis_rate",
    title: "Overdiagnosis rate",
    about: "Share of samples without a finding in which one is called: the false negative rate of \u{201c}no finding\u{201d}.",
    unit: Unit::Share,
    better: Better::Lower,
    compared: Ok(()),
};

const ALL: [&MetricText; 2] = [&UNDERDIAGNOSIS, &OVERDIAGNOSIS];

fn metrics(_: &Declared) -> Vec<MetricOf> {
    ALL.into_iter().map(MetricOf::whole).collect()
}

fn rows(_: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let any = |of: &dyn Fn(&BinaryInput) -> bool| inputs.binary.iter().any(of);
    let truth = (0..inputs.n).map(|sample| {
        if any(&|one| one.y_true[sample] == Some(true)) {
            return Some(true);
        }
        // That there is none is only known where every finding is known to be absent.
        (!any(&|one| one.y_true[sample].is_none())).then_some(false)
    });
    Ok(Box::new(NoFinding {
        has_finding: truth.collect(),
        called: (0..inputs.n)
            .map(|sample| any(&|one| one.flagged[sample]))
            .collect(),
    }))
}

/// Whether there is a finding, and whether one is called.
#[derive(Debug)]
struct NoFinding {
    has_finding: Vec<Option<bool>>,
    called: Vec<bool>,
}

impl Rows for NoFinding {
    fn is_known(&self, sample: usize) -> bool {
        self.has_finding[sample].is_some()
    }

    fn classes(&self) -> Vec<Vec<bool>> {
        let is = |wanted: bool| {
            let truth = self.has_finding.iter();
            truth.map(|own| *own == Some(wanted)).collect()
        };
        vec![is(true), is(false)]
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let with_finding = ALL[place].id == UNDERDIAGNOSIS.id;
        Ok(share_of(samples.iter().map(|sample| {
            let sample = *sample as usize;
            (self.has_finding[sample] == Some(with_finding))
                .then_some(self.called[sample] != with_finding)
        })))
    }
}
