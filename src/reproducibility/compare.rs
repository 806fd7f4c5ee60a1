//! One rerun set against the first run.

use crate::cohort::Strata;
use crate::config::ReproducibilitySpec;
use crate::inference::Predictions;
use crate::statistics;
use crate::tasks::{Decide, Declared};

use super::{Reproducibility, Rerun, RerunGroup, RerunStatus};

/// What is decided of a sample by one endpoint.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Endpoint.
    pub endpoint: String,
    /// Places of its scores among the predictions.
    pub scores: Vec<usize>,
    /// How it is decided.
    pub rule: DecisionRule,
}

/// How it is decided.
#[derive(Debug, Clone)]
pub enum DecisionRule {
    /// Positive from a threshold of the only score on.
    Threshold {
        /// Threshold.
        at: f64,
        /// Whether lower scores are positive.
        lower_is_positive: bool,
    },
    /// As the task of the endpoint does.
    Task {
        /// What is decided from the scores.
        decide: Decide,
        /// The endpoint.
        declared: Declared,
    },
}

impl Decision {
    /// What is decided, from the endpoint's scores; 1 is positive where a threshold decides.
    #[must_use]
    pub fn of(&self, scores: &[f64]) -> u64 {
        match (&self.rule, scores) {
            (
                DecisionRule::Threshold {
                    at,
                    lower_is_positive,
                },
                &[score],
            ) => u64::from(if *lower_is_positive {
                score <= *at
            } else {
                score >= *at
            }),
            (DecisionRule::Task { decide, declared }, scores) => decide(declared, scores),
            (DecisionRule::Threshold { .. }, _) => 0,
        }
    }

    fn in_run(&self, predictions: &Predictions, unit: usize) -> u64 {
        let scores = self.scores.iter();
        let scores: Vec<f64> = scores
            .map(|place| predictions.scores[*place][unit])
            .collect();
        self.of(&scores)
    }
}

/// Names of the rerun.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Id of the rerun.
    pub id: String,
    /// What was varied.
    pub varied: Vec<String>,
    /// Engine and version.
    pub engine: String,
}

/// One-sided error of the upper bound for flips.
const FLIP_BOUND_ALPHA: f64 = 0.025;

/// Compares a rerun with the first run over the samples that were run again (`only`; `None`: all).
/// Numbers are compared sample by sample, decisions on the `units` that are measured (the samples
/// themselves without aggregation), to which `strata` and `patient_of` belong.
#[must_use]
pub fn compare(
    (first, second): (&Predictions, &Predictions),
    units: (&Predictions, &Predictions),
    only: Option<&[usize]>,
    setting: Setting,
    decisions: &[Decision],
    strata: &[Strata],
    patient_of: &[u32],
) -> Rerun {
    let all = || -> Box<dyn Iterator<Item = usize> + '_> {
        match only {
            Some(only) => Box::new(only.iter().copied()),
            None => Box::new(0..first.status.len()),
        }
    };
    let both = || all().filter(|sample| first.is_scored(*sample) && second.is_scored(*sample));
    let one_sided = all()
        .filter(|sample| first.is_scored(*sample) != second.is_scored(*sample))
        .count();
    let own = |predictions: &Predictions, place: usize, sample: usize| {
        predictions.logits[place]
            .as_ref()
            .map_or(predictions.scores[place][sample], |logits| logits[sample])
    };
    let mut identical = true;
    let mut largest = 0f64;
    let mut largest_score = 0f64;
    let mut largest_ulp = 0u64;
    for place in 0..first.names.len() {
        for sample in both() {
            let (a, b) = (own(first, place, sample), own(second, place, sample));
            identical &= a.to_bits() == b.to_bits();
            largest = largest.max((a - b).abs());
            largest_score = largest_score
                .max((first.scores[place][sample] - second.scores[place][sample]).abs());
            largest_ulp = largest_ulp.max(ulp_distance(a as f32, b as f32));
        }
    }
    let in_both: Vec<bool> = (0..units.0.status.len())
        .map(|unit| units.0.is_scored(unit) && units.1.is_scored(unit))
        .collect();
    let decided = || (0..in_both.len()).filter(|unit| in_both[*unit]);
    let largest_of_units = largest_score_difference(units, decided);
    let groups = decisions
        .iter()
        .flat_map(|decision| {
            strata.iter().flat_map(|strata| {
                (0..strata.levels.len()).map(|level| {
                    compare_group(units, decision, (strata, level), &in_both, patient_of)
                })
            })
        })
        .collect::<Vec<_>>();
    let is_near = |decision: &Decision, unit: usize| match (&decision.rule, &decision.scores[..]) {
        (DecisionRule::Threshold { at, .. }, &[score]) => {
            (units.0.scores[score][unit] - at).abs() <= largest_of_units
        }
        _ => false,
    };
    let near = decisions
        .iter()
        .map(|decision| {
            decided()
                .filter(|unit| largest_of_units > 0.0 && is_near(decision, *unit))
                .count() as u64
        })
        .sum();
    Rerun {
        id: setting.id,
        varied: setting.varied,
        engine: setting.engine,
        n_compared: both().count() as u64,
        n_one_sided: one_sided as u64,
        identical_bits: identical,
        scale: if first.logits.iter().all(Option::is_some) {
            "logit"
        } else {
            "score"
        }
        .to_owned(),
        max_abs_difference: largest,
        max_ulp: first.single_precision.then_some(largest_ulp),
        max_abs_score_difference: largest_score,
        decision_flips: decisions
            .iter()
            .map(|decision| {
                decided()
                    .filter(|unit| flips(units, decision, *unit))
                    .count() as u64
            })
            .sum(),
        n_near_threshold: near,
        groups,
        within_tolerance: None,
    }
}

fn largest_score_difference<I: Iterator<Item = usize>>(
    units: (&Predictions, &Predictions),
    decided: impl Fn() -> I,
) -> f64 {
    let pairs = units.0.scores.iter().zip(&units.1.scores);
    pairs
        .flat_map(|(first, second)| decided().map(|unit| (first[unit] - second[unit]).abs()))
        .fold(0.0, f64::max)
}

fn flips((first, second): (&Predictions, &Predictions), decision: &Decision, unit: usize) -> bool {
    decision.in_run(first, unit) != decision.in_run(second, unit)
}

fn compare_group(
    units: (&Predictions, &Predictions),
    decision: &Decision,
    (strata, level): (&Strata, usize),
    in_both: &[bool],
    patient_of: &[u32],
) -> RerunGroup {
    let members = || {
        (0..in_both.len())
            .filter(|unit| in_both[*unit] && usize::from(strata.codes[*unit]) == level)
    };
    let patients = patient_of.iter().max().map_or(0, |last| *last as usize + 1);
    let mut seen = vec![false; patients];
    let mut changed = vec![false; patients];
    let mut flipped = 0;
    for unit in members() {
        seen[patient_of[unit] as usize] = true;
        if flips(units, decision, unit) {
            changed[patient_of[unit] as usize] = true;
            flipped += 1;
        }
    }
    let count = |marks: &[bool]| marks.iter().filter(|marked| **marked).count() as u64;
    let (patients, with_flips) = (count(&seen), count(&changed));
    let difference = |unit: usize| {
        let scores = decision.scores.iter();
        scores
            .map(|place| (units.0.scores[*place][unit] - units.1.scores[*place][unit]).abs())
            .fold(0.0, f64::max)
    };
    RerunGroup {
        endpoint: decision.endpoint.clone(),
        attribute: strata.attribute.clone(),
        level: strata.levels[level].clone(),
        n: members().count() as u64,
        n_patients: patients,
        decision_flips: flipped,
        patients_with_flips: with_flips,
        flip_share_upper: statistics::exact_upper(with_flips, patients, FLIP_BOUND_ALPHA),
        max_abs_score_difference: members().map(difference).fold(0.0, f64::max),
    }
}

/// Numbers that lie between two 32-bit floats, the second one included.
fn ulp_distance(a: f32, b: f32) -> u64 {
    let ordered = |x: f32| -> i64 {
        let bits = i64::from(x.to_bits());
        if bits & 0x8000_0000 == 0 {
            bits
        } else {
            0x8000_0000 - bits
        }
    };
    ordered(a).abs_diff(ordered(b))
}

/// All reruns against the declared tolerance.
#[must_use]
pub fn outcome(spec: &ReproducibilitySpec, mut runs: Vec<Rerun>) -> Reproducibility {
    let declared = spec.max_abs_logit.is_some() || spec.decision_flips.is_some();
    let mut breaches = Vec::new();
    for run in &mut runs {
        let mut problems = Vec::new();
        if let Some(limit) = spec
            .max_abs_logit
            .filter(|limit| run.max_abs_difference > *limit)
        {
            problems.push(format!(
                "largest difference of {}s {:.3e} above the tolerated {limit:e}",
                run.scale, run.max_abs_difference
            ));
        }
        if let Some(limit) = spec
            .decision_flips
            .filter(|limit| run.decision_flips > *limit)
        {
            problems.push(format!(
                "{} decisions changed, tolerated are {limit}",
                run.decision_flips
            ));
        }
        if run.n_one_sided > 0 {
            problems.push(format!(
                "{} samples have a score in only one of the runs",
                run.n_one_sided
            ));
        }
        run.within_tolerance = declared.then_some(problems.is_empty());
        if !problems.is_empty() {
            breaches.push(format!(
                "{} ({}): {}",
                run.id,
                run.varied.join(", "),
                problems.join("; ")
            ));
        }
    }
    let status = match (runs.is_empty(), declared, breaches.is_empty()) {
        (true, _, _) => RerunStatus::NotRun,
        (false, false, _) => RerunStatus::NoTolerance,
        (false, true, true) => RerunStatus::WithinTolerance,
        (false, true, false) => RerunStatus::Breached,
    };
    let reason = match status {
        RerunStatus::NotRun => Some("no rerun is asked for".to_owned()),
        _ if breaches.is_empty() => None,
        _ => Some(breaches.join(". ")),
    };
    Reproducibility {
        status,
        reason,
        max_abs_logit_tolerated: spec.max_abs_logit,
        decision_flips_tolerated: spec.decision_flips,
        runs,
    }
}

impl Reproducibility {
    /// No rerun was done, for this reason.
    #[must_use]
    pub fn not_run(reason: &str) -> Self {
        Self {
            status: RerunStatus::NotRun,
            reason: Some(reason.to_owned()),
            max_abs_logit_tolerated: None,
            decision_flips_tolerated: None,
            runs: Vec::new(),
        }
    }

    /// Decisions that changed in the worst rerun; `None` without reruns.
    #[must_use]
    pub fn most_flips(&self) -> Option<u64> {
        self.runs.iter().map(|run| run.decision_flips).max()
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, DecisionRule, ulp_distance};
    use crate::tasks::{Declared, Given, task};

    fn decided(id: &str, values: &[(&'static str, Given)], scores: &[f64]) -> u64 {
        let declared = Declared {
            name: "e".to_owned(),
            values: values.iter().cloned().collect(),
        };
        let decision = Decision {
            endpoint: "e".to_owned(),
            scores: (0..scores.len()).collect(),
            rule: DecisionRule::Task {
                decide: task(id).unwrap().decision.unwrap(),
                declared,
            },
        };
        decision.of(scores)
    }

    #[test]
    fn a_task_decides_as_its_metrics_do() {
        let words = |words: &[&str]| Given::Texts(words.iter().map(|w| (*w).to_owned()).collect());
        let classes = [("classes", words(&["a", "b", "c"]))];
        assert_eq!(decided("multiclass", &classes, &[0.2, 0.5, 0.3]), 1);
        assert_eq!(decided("multiclass", &classes, &[0.4, 0.4, 0.2]), 0);
        let levels = [("levels", words(&["0", "1", "2"]))];
        assert_eq!(decided("ordinal", &levels, &[0.49]), 0);
        assert_eq!(decided("ordinal", &levels, &[1.5]), 2);
        let cuts = [levels[0].clone(), ("cuts", Given::Numbers(vec![3.0, 4.0]))];
        assert_eq!(decided("ordinal", &cuts, &[3.5]), 1);
        assert_eq!(decided("ordinal", &levels, &[0.1, 0.8, 0.1]), 1);
        let shown = [("threshold", Given::Numbers(vec![0.5]))];
        let boxes = [0.9, 0.0, 0.0, 1.0, 1.0, 0.4, 0.0, 0.0, 1.0, 1.0];
        // Which boxes are shown, not how many.
        let turned = [0.4, 0.0, 0.0, 1.0, 1.0, 0.9, 0.0, 0.0, 1.0, 1.0];
        let moved = [0.8, 0.5, 0.0, 1.0, 1.0, 0.1, 0.0, 0.0, 1.0, 1.0];
        let of = |boxes: &[f64]| decided("detection", &shown, boxes);
        assert_eq!(of(&boxes), of(&moved));
        assert!(of(&boxes) != of(&turned) && of(&boxes) != of(&boxes[5..]));
        assert_eq!(decided("segmentation", &[], &[5.0, 0.0]), 0);
        assert_eq!(decided("segmentation", &[], &[5.0, 2.0]), 1);
        assert!(task("regression").unwrap().decision.is_none());
    }

    #[test]
    fn ulp_distance_counts_floats_and_crosses_zero() {
        assert_eq!(ulp_distance(1.0, 1.0), 0);
        assert_eq!(ulp_distance(1.0, 1.0 + f32::EPSILON), 1);
        assert_eq!(ulp_distance(0.0, -0.0), 0);
        assert_eq!(ulp_distance(f32::from_bits(1), -f32::from_bits(1)), 2);
    }
}
