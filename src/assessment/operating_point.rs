//! The operating point of every endpoint: its threshold, and how it was chosen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::{Cohort, Strata, Truth, crossings};
use crate::config::{
    Audit, ChosenOn, ChosenThreshold, Diagnostic, Direction, Endpoint, Threshold, ThresholdRule,
};
use crate::inference::Predictions;
use crate::metrics::{self, Choice, ChoiceRule, NestedDraws, Partition, ScoreLadder};
use crate::statistics::NotEstimable;

/// How a threshold was chosen, and what it achieved where it was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ThresholdChoice {
    /// `youden`, `target_sensitivity` or `target_specificity`.
    pub rule: String,
    /// What had to be reached; null for Youden.
    pub target: Option<f64>,
    /// `tuning`: on samples that are never measured. `nested`: on the measured ones.
    pub on: String,
    /// Samples that chose, with a score and a truth.
    pub n: u64,
    /// Reference positives among them.
    pub n_positive: u64,
    /// Reference negatives among them.
    pub n_negative: u64,
    /// Their patients.
    pub n_patients: u64,
    /// Sensitivity at the threshold among the samples that chose it.
    pub sensitivity: f64,
    /// Specificity there.
    pub specificity: f64,
    /// Lower percentile of the threshold over resamples of patients; null for `tuning`.
    pub lower: Option<f64>,
    /// Upper percentile.
    pub upper: Option<f64>,
    /// Two-sided level of these percentiles.
    pub confidence_level: Option<f64>,
    /// Resamples of patients; null for `tuning`.
    pub replicates: Option<u64>,
    /// Of them, those in which a threshold could be chosen.
    pub replicates_with_threshold: Option<u64>,
    /// Why there are no percentiles.
    pub reason: Option<String>,
    /// Id of the method.
    pub method: String,
}

/// The threshold of one endpoint.
#[derive(Debug, Clone)]
pub struct OperatingPoint {
    /// The threshold.
    pub threshold: f64,
    /// How it was chosen; `None` where the audit file fixes it.
    pub choice: Option<ThresholdChoice>,
    /// Resamples in which it was chosen anew, for a choice on the measured samples; partitions
    /// are those of [`crossings`].
    pub nested: Option<NestedDraws>,
}

/// Truth, scores and patients of the samples that can choose the threshold of an endpoint.
pub(super) struct Scored {
    pub(super) samples: Vec<usize>,
    pub(super) y_true: Vec<bool>,
    pub(super) y_score: Vec<f64>,
    pub(super) patient: Vec<u32>,
}

impl Scored {
    /// Samples with a score and a truth; `place` is the endpoint's place in the audit file.
    pub(super) fn new(
        place: usize,
        endpoint: &Endpoint,
        cohort: &Cohort,
        predictions: &Predictions,
    ) -> Self {
        let score = predictions
            .position(endpoint.score.as_ref().map(|name| name.value.as_str()))
            .unwrap_or_default();
        let truth = &cohort.truth[place];
        let samples: Vec<usize> = (0..cohort.len())
            .filter(|sample| {
                truth[*sample] != Truth::Indeterminate && predictions.is_scored(*sample)
            })
            .collect();
        Self {
            y_true: samples
                .iter()
                .map(|sample| truth[*sample] == Truth::Positive)
                .collect(),
            y_score: samples
                .iter()
                .map(|sample| predictions.scores[score][*sample])
                .collect(),
            patient: samples
                .iter()
                .map(|sample| cohort.patient_of[*sample])
                .collect(),
            samples,
        }
    }

    /// The same by ascending score.
    pub(super) fn by_score(self) -> Self {
        let order = metrics::by_score(self.y_score.len(), |place| self.y_score[place]);
        let places = || order.iter().map(|place| *place as usize);
        Self {
            samples: places().map(|place| self.samples[place]).collect(),
            y_true: places().map(|place| self.y_true[place]).collect(),
            y_score: places().map(|place| self.y_score[place]).collect(),
            patient: places().map(|place| self.patient[place]).collect(),
        }
    }

    pub(super) fn n_positive(&self) -> u64 {
        self.y_true.iter().filter(|y| **y).count() as u64
    }

    fn n_patients(&self) -> u64 {
        let mut patients = self.patient.clone();
        patients.sort_unstable();
        patients.dedup();
        patients.len() as u64
    }
}

/// The rule as the metrics know it.
pub(super) fn choice_rule(rule: ThresholdRule) -> ChoiceRule {
    match rule {
        ThresholdRule::Youden => ChoiceRule::Youden,
        ThresholdRule::TargetSensitivity(value) => ChoiceRule::TargetSensitivity(value),
        ThresholdRule::TargetSpecificity(value) => ChoiceRule::TargetSpecificity(value),
    }
}

/// The threshold of every endpoint: fixed ones as declared, chosen ones from the tuning units or
/// from the measured ones.
///
/// # Errors
/// One class among the samples that are to choose, or a target that no observed score reaches:
/// each with the endpoint and the place of its rule.
pub fn operating_points(
    audit: &Audit,
    measured: (&Cohort, &Predictions),
    tuning: Option<(&Cohort, &Predictions)>,
) -> Result<Vec<OperatingPoint>, Vec<Diagnostic>> {
    let mut points = Vec::new();
    let mut problems = Vec::new();
    for (place, endpoint) in audit.endpoints.iter().enumerate() {
        match endpoint.threshold {
            Threshold::Fixed(threshold) => points.push(OperatingPoint {
                threshold,
                choice: None,
                nested: None,
            }),
            Threshold::Chosen(chosen) => {
                let (cohort, predictions) = match chosen.on {
                    ChosenOn::Tuning => tuning.unwrap_or(measured),
                    ChosenOn::Nested => measured,
                };
                match chosen_point(audit, place, endpoint, chosen, cohort, predictions) {
                    Ok(point) => points.push(point),
                    Err(why) => problems.push(refused(endpoint, chosen, &why)),
                }
            }
        }
    }
    if problems.is_empty() {
        Ok(points)
    } else {
        Err(problems)
    }
}

fn chosen_point(
    audit: &Audit,
    place: usize,
    endpoint: &Endpoint,
    chosen: ChosenThreshold,
    cohort: &Cohort,
    predictions: &Predictions,
) -> Result<OperatingPoint, NotEstimable> {
    let scored = Scored::new(place, endpoint, cohort, predictions);
    let rule = choice_rule(chosen.rule);
    let lower = endpoint.direction == Direction::Lower;
    let ladder = ScoreLadder::new(&scored.y_true, &scored.y_score, lower)?;
    let choice = ladder.choose(rule, |_| 1)?;
    let mut summary = summary(chosen, &scored, &choice);
    if chosen.on == ChosenOn::Tuning {
        return Ok(OperatingPoint {
            threshold: choice.threshold,
            choice: Some(summary),
            nested: None,
        });
    }
    let spec = &audit.statistics;
    let clustered = cohort.clustered && spec.clusters;
    let partitions: Vec<Partition> = crossings(cohort, &audit.intersections)
        .iter()
        .map(|strata| partition(strata, &scored))
        .collect();
    let draws = metrics::nested_draws(
        &ladder,
        rule,
        clustered.then_some(scored.patient.as_slice()),
        &partitions,
        spec.replicates.get() as u64,
        spec.seed,
    );
    summary.replicates = Some(draws.replicates);
    summary.replicates_with_threshold = Some(draws.thresholds.len() as u64);
    match draws.threshold(spec.confidence) {
        Ok(found) => {
            // Percentiles of a choice among few scores can miss the choice itself.
            summary.lower = Some(found.interval.lower.min(choice.threshold));
            summary.upper = Some(found.interval.upper.max(choice.threshold));
            summary.confidence_level = Some(spec.confidence);
        }
        Err(why) => summary.reason = Some(why.to_string()),
    }
    Ok(OperatingPoint {
        threshold: choice.threshold,
        choice: Some(summary),
        nested: Some(draws),
    })
}

fn partition(strata: &Strata, scored: &Scored) -> Partition {
    Partition {
        codes: scored
            .samples
            .iter()
            .map(|sample| strata.codes[*sample])
            .collect(),
        levels: strata.levels.len(),
    }
}

fn summary(chosen: ChosenThreshold, scored: &Scored, choice: &Choice) -> ThresholdChoice {
    let (rule, target) = match chosen.rule {
        ThresholdRule::Youden => ("youden", None),
        ThresholdRule::TargetSensitivity(value) => ("target_sensitivity", Some(value)),
        ThresholdRule::TargetSpecificity(value) => ("target_specificity", Some(value)),
    };
    let n_positive = scored.n_positive();
    ThresholdChoice {
        rule: rule.to_owned(),
        target,
        on: match chosen.on {
            ChosenOn::Tuning => "tuning",
            ChosenOn::Nested => "nested",
        }
        .to_owned(),
        n: scored.samples.len() as u64,
        n_positive,
        n_negative: scored.samples.len() as u64 - n_positive,
        n_patients: scored.n_patients(),
        sensitivity: choice.sensitivity,
        specificity: choice.specificity,
        lower: None,
        upper: None,
        confidence_level: None,
        replicates: None,
        replicates_with_threshold: None,
        reason: None,
        method: format!("threshold_{rule}"),
    }
}

fn refused(endpoint: &Endpoint, chosen: ChosenThreshold, why: &NotEstimable) -> Diagnostic {
    let (place, other) = match chosen.on {
        ChosenOn::Tuning => (
            "in the tuning split",
            "give the split samples of both classes",
        ),
        ChosenOn::Nested => (
            "among the measured samples",
            "measure samples of both classes",
        ),
    };
    let message = format!(
        "the threshold of endpoint {} cannot be chosen {place}: {why}",
        endpoint.name.value
    );
    Diagnostic::error("no-threshold", message)
        .at(chosen.span)
        .help(format!(
            "{other}, ask for what the scores can reach, or write `threshold: {{fixed: ...}}`"
        ))
}

/// Samples with a known truth, before any model runs: whether both classes are there to choose.
///
/// # Errors
/// As [`operating_points`], of what can be known without scores.
pub fn choosing_classes(
    audit: &Audit,
    measured: &Cohort,
    tuning: Option<&Cohort>,
) -> Result<(), Vec<Diagnostic>> {
    let problems: Vec<Diagnostic> = audit
        .endpoints
        .iter()
        .enumerate()
        .filter_map(|(place, endpoint)| {
            let chosen = *endpoint.threshold.chosen()?;
            let cohort = match chosen.on {
                ChosenOn::Tuning => tuning?,
                ChosenOn::Nested => measured,
            };
            let count = |class: Truth| {
                cohort.truth[place]
                    .iter()
                    .filter(|truth| **truth == class)
                    .count() as u64
            };
            let (positives, negatives) = (count(Truth::Positive), count(Truth::Negative));
            (positives == 0 || negatives == 0).then(|| {
                refused(
                    endpoint,
                    chosen,
                    &NotEstimable::OneClass(positives, negatives),
                )
            })
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}
