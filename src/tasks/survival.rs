//! A risk at a horizon, with patients who are followed less long.

use std::collections::BTreeSet;

use crate::metrics::Bins;
use crate::metrics::survival::{SurvivalMetric, risk_groups};
use crate::statistics::{NotEstimable, Scale};

use super::bands::limits;
use super::shared::{INFLUENCE, no_misfit, share};
use super::{
    BadCell, Better, Declared, Drawing, FigureLine, FigureText, Inputs, Key, KeyKind, MetricOf,
    MetricText, Rows, TaskFigure, TaskSpec, Unit, Value,
};

/// The task.
pub const TASK: TaskSpec = TaskSpec {
    id: "survival",
    about: "A predicted risk of an event up to a horizon, and follow-up that may end before it.",
    keys: &[
        Key {
            name: "score",
            kind: KeyKind::Score,
            required: true,
            about: "The predicted risk at the horizon; only ranks are used where it is no probability.",
        },
        Key {
            name: "horizon",
            kind: KeyKind::Number(f64::MIN_POSITIVE, f64::MAX),
            required: true,
            about: "The time up to which the risk is predicted, in the unit of the times.",
        },
        Key {
            name: "truth.time",
            kind: KeyKind::Column,
            required: true,
            about: "Column with the time to the event or to the end of follow-up.",
        },
        Key {
            name: "truth.event",
            kind: KeyKind::Column,
            required: true,
            about: "Column that says whether the event happened at that time: 1 or 0.",
        },
        Key {
            name: "score_kind",
            kind: KeyKind::Choice(&["probability", "score"]),
            required: false,
            about: "Whether the score is a probability, so that calibration is measured. Default: probability.",
        },
    ],
    texts: &[
        &HARRELL,
        &UNO,
        &AREA,
        &BRIER,
        &SCALED,
        &OBSERVED,
        &RATIO,
        &DIFFERENCE,
        &CENSORED,
    ],
    figures: &[&RISK_FIGURE],
    check: no_misfit,
    scores: None,
    decision: None,
    metrics,
    rows,
};

const RISK_FIGURE: FigureText = FigureText {
    kind: "risk-at-horizon",
    title: "Calibration at the horizon",
    about: "Observed risk by Kaplan and Meier against predicted risk, in fifths of the predicted one, with limits; the dashed line is perfect calibration.",
};

const HARRELL: MetricText = MetricText {
    id: "harrell_c",
    title: "Harrell's C",
    about: "Chance that of two samples whose order is known the one with the earlier event has the higher risk; 0.5 is chance.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Err(
        "it depends on how long each group is followed; compare Uno's C, which uses one horizon",
    ),
};
const UNO: MetricText = MetricText {
    id: "uno_c",
    title: "Uno's C",
    about: "The same up to the horizon, weighted by this group's own censoring, so that it does not depend on it.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const AREA: MetricText = MetricText {
    id: "auroc_at_horizon",
    title: "AUROC at the horizon",
    about: "Chance that a sample with the event up to the horizon has a higher risk than one without, weighted by this group's own censoring.",
    unit: Unit::Share,
    better: Better::Higher,
    compared: Ok(()),
};
const BRIER: MetricText = MetricText {
    id: "brier_at_horizon",
    title: "Brier score at the horizon",
    about: "Mean squared distance of predicted risk and outcome, weighted by this group's own censoring; 0 is best.",
    unit: Unit::Plain,
    better: Better::Lower,
    compared: Err("it depends on how common the event is in a group"),
};
const SCALED: MetricText = MetricText {
    id: "scaled_brier_at_horizon",
    title: "Scaled Brier score at the horizon",
    about: "1 less the Brier score over that of predicting this group's own risk for everyone; 1 is best.",
    unit: Unit::Plain,
    better: Better::Higher,
    compared: Err("it depends on how common the event is in a group"),
};
const OBSERVED: MetricText = MetricText {
    id: "observed_risk",
    title: "Observed risk",
    about: "Kaplan-Meier risk up to the horizon.",
    unit: Unit::Share,
    better: Better::Neither,
    compared: Ok(()),
};
const RATIO: MetricText = MetricText {
    id: "oe_at_horizon",
    title: "Observed over expected at the horizon",
    about: "Kaplan-Meier risk over mean predicted risk; 1 is calibrated, above 1 risk is underestimated.",
    unit: Unit::Plain,
    better: Better::Near(1),
    compared: Err("it is a ratio; its groups are compared by observed less expected"),
};
const DIFFERENCE: MetricText = MetricText {
    id: "observed_minus_expected",
    title: "Observed less expected",
    about: "Kaplan-Meier risk less mean predicted risk; 0 is calibrated, above 0 risk is underestimated.",
    unit: Unit::Plain,
    better: Better::Near(0),
    compared: Ok(()),
};
const CENSORED: MetricText = MetricText {
    id: "censored_before_horizon",
    title: "Censored before the horizon",
    about: "Share of samples whose follow-up ends before the horizon without the event.",
    unit: Unit::Share,
    better: Better::Neither,
    compared: Ok(()),
};

fn texts(declared: &Declared) -> Vec<&'static MetricText> {
    let mut texts: Vec<&'static MetricText> = vec![&HARRELL, &UNO, &AREA];
    if declared.text("score_kind") != Some("score") {
        texts.extend([&BRIER, &SCALED, &RATIO, &DIFFERENCE]);
    }
    texts.extend([&OBSERVED, &CENSORED]);
    texts
}

fn metrics(declared: &Declared) -> Vec<MetricOf> {
    texts(declared).into_iter().map(MetricOf::whole).collect()
}

fn rows(declared: &Declared, inputs: &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>> {
    let mut bad = Vec::new();
    let times = inputs.numbers("truth.time", &mut bad);
    for (row, time) in times.iter().enumerate() {
        if let Some(time) = time.filter(|time| *time < 0.0) {
            bad.push(BadCell {
                row,
                key: "truth.time",
                message: format!("{time}, expected a time of at least 0"),
            });
        }
    }
    let yes_or_no = ["0".to_owned(), "1".to_owned()];
    let events = match inputs.classes("truth.event", &yes_or_no) {
        Ok(events) => events,
        Err(cells) => {
            bad.extend(cells);
            Vec::new()
        }
    };
    if !bad.is_empty() {
        return Err(bad);
    }
    Ok(Box::new(Survival {
        texts: texts(declared),
        horizon: declared.number("horizon").unwrap_or_default(),
        followed: times
            .iter()
            .zip(&events)
            .map(|(time, event)| Some(((*time)?, (*event)? == 1)))
            .collect(),
        risk: inputs.score("score").to_vec(),
    }))
}

/// Follow-up and predicted risk.
#[derive(Debug)]
struct Survival {
    texts: Vec<&'static MetricText>,
    horizon: f64,
    followed: Vec<Option<(f64, bool)>>,
    risk: Vec<f64>,
}

impl Survival {
    fn of(&self, samples: &[u32]) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
        let mut columns = (Vec::new(), Vec::new(), Vec::new());
        for sample in samples {
            if let Some((time, event)) = self.followed[*sample as usize] {
                columns.0.push(time);
                columns.1.push(event);
                columns.2.push(self.risk[*sample as usize]);
            }
        }
        columns
    }
}

impl Rows for Survival {
    fn is_known(&self, sample: usize) -> bool {
        self.followed[sample].is_some()
    }

    /// By the event, and by whether follow-up ends before the horizon: the number of those that are
    /// censored before it is given.
    fn classes(&self) -> Vec<Vec<bool>> {
        let early = |time: f64, event: bool| time < self.horizon || (event && time <= self.horizon);
        let is = |wanted: (bool, bool)| {
            let followed = self.followed.iter();
            followed
                .map(|own| own.is_some_and(|(time, event)| (event, early(time, event)) == wanted))
                .collect()
        };
        [(true, true), (true, false), (false, true), (false, false)]
            .map(is)
            .into()
    }

    fn value(&self, place: usize, samples: &[u32], _: &[u32]) -> Result<Value, NotEstimable> {
        let (time, event, risk) = self.of(samples);
        let at = self.horizon;
        // One horizon for every group, or none: a shorter one would be another quantity.
        if self.texts[place].id == UNO.id && !time.iter().any(|time| *time >= at) {
            return Err(NotEstimable::Other(format!(
                "nobody of the group is followed to the horizon of {at}"
            )));
        }
        let metric = match self.texts[place].id {
            "harrell_c" => SurvivalMetric::HarrellC,
            "uno_c" => SurvivalMetric::UnoC(at),
            "auroc_at_horizon" => SurvivalMetric::Area(at),
            "brier_at_horizon" => SurvivalMetric::Brier(at),
            "scaled_brier_at_horizon" => SurvivalMetric::ScaledBrier(at),
            "observed_risk" => SurvivalMetric::ObservedRisk(at),
            "oe_at_horizon" => SurvivalMetric::ObservedExpected(at),
            "observed_minus_expected" => SurvivalMetric::ObservedMinusExpected(at),
            _ => {
                let both = time.iter().zip(&event);
                return Ok(share(both.map(|(time, event)| *time < at && !event)));
            }
        };
        let of = metric.measure(&time, &event, &risk)?;
        Ok(Value::on(of, metric.scale(), metric.range(), INFLUENCE))
    }

    /// Events, and those who are followed beyond them.
    fn needed(&self, place: usize, samples: &[u32]) -> Vec<Vec<bool>> {
        let id = self.texts[place].id;
        if id == CENSORED.id {
            return Vec::new();
        }
        let up_to = if id == HARRELL.id {
            f64::INFINITY
        } else {
            self.horizon
        };
        let followed = || samples.iter().map(|one| self.followed[*one as usize]);
        let event =
            |own: Option<(f64, bool)>| own.is_some_and(|(time, event)| event && time <= up_to);
        let events = followed().map(event).collect();
        let others = followed().map(|own| {
            own.is_some_and(|(time, event)| !event || time > up_to)
                && (up_to.is_infinite() || own.is_some_and(|(time, _)| time >= up_to))
        });
        // Pairs of events are compared by Harrell's C: nobody needs to be without one.
        if id == HARRELL.id {
            return vec![events];
        }
        vec![events, others.collect()]
    }

    fn figures(&self, of: Drawing<'_>) -> Vec<TaskFigure> {
        self.calibration(of).into_iter().collect()
    }
}

impl Survival {
    /// Observed against predicted risk, by fifths of the predicted one in the whole cohort, with limits of Kaplan and
    /// Meier's risk that are symmetric on the logit scale.
    fn calibration(&self, of: Drawing<'_>) -> Option<TaskFigure> {
        const FIFTHS: usize = 5;
        const LEAST: usize = 20;
        let (time, event, risk) = self.of(of.samples);
        if risk.len() < FIFTHS * LEAST || !self.texts.iter().any(|text| text.id == RATIO.id) {
            return None;
        }
        let mut sorted = self.of(of.everyone).2;
        sorted.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> = (1..FIFTHS)
            .map(|part| sorted[part * sorted.len() / FIFTHS])
            .collect();
        edges.dedup();
        let bins = Bins::Edges(edges);
        let groups = risk_groups(&time, &event, &risk, self.horizon, &bins).ok()?;
        let mut line = FigureLine::plain("Fifths of predicted risk", Vec::new());
        for group in &groups {
            let Ok(observed) = &group.observed else {
                continue;
            };
            let own: Vec<u32> = group.rows.iter().map(|row| of.patient[*row]).collect();
            // A fifth of the whole cohort may hold few of a group.
            let patients: BTreeSet<u32> = own.iter().copied().collect();
            if own.len() < LEAST || patients.len() < of.least_patients {
                continue;
            }
            line.points.push((group.mean_predicted, observed.estimate));
            line.n.push(group.rows.len() as u64);
            line.band
                .push(limits(observed, &own, Scale::Logit, of.confidence));
        }
        if line.points.len() < 2 {
            return None;
        }
        let ends = line.points.iter().map(|(x, _)| *x);
        let (low, high) = ends.fold((1.0_f64, 0.0_f64), |(low, high), x| {
            (low.min(x), high.max(x))
        });
        let ideal = FigureLine::plain("Calibrated", vec![(low, low), (high, high)]);
        Some(TaskFigure::of_lines(
            &RISK_FIGURE,
            ["Predicted risk", "Observed risk (Kaplan-Meier)"],
            vec![line, ideal],
        ))
    }
}
