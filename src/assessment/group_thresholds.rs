//! What if every group had a threshold of its own? Shown, never gated.

use std::collections::BTreeMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::{AttributeColumn, Cohort};
use crate::config::{Audit, ChosenOn, Direction, Endpoint, Threshold};
use crate::inference::Predictions;
use crate::metrics::{ChoiceRule, choose_threshold};
use crate::statistics::NotEstimable;

use super::operating_point::{Scored, choice_rule};
use super::{EstimateStatus, OperatingPoint};

/// The threshold that an endpoint's rule would choose in one group alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupThreshold {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// `youden`, `target_sensitivity`, `target_specificity`; `same_sensitivity` for a fixed
    /// threshold: at least the sensitivity that the whole cohort has at it.
    pub rule: String,
    /// What must be reached; null for Youden.
    pub target: Option<f64>,
    /// `tuning` or `measured`: the samples of the group that choose.
    pub on: String,
    /// The threshold.
    pub threshold: Option<f64>,
    /// Sensitivity there, among the samples that choose.
    pub sensitivity: Option<f64>,
    /// Specificity there, among the samples that choose.
    pub specificity: Option<f64>,
    /// Reference positives among the samples that choose; null, like the next two, where withheld.
    pub n_positive: Option<u64>,
    /// Reference negatives among them.
    pub n_negative: Option<u64>,
    /// Their patients.
    pub n_patients: Option<u64>,
    /// Sensitivity of this threshold among the measured samples of the group.
    pub measured_sensitivity: Option<f64>,
    /// Specificity of it there.
    pub measured_specificity: Option<f64>,
    /// Whether there is a threshold.
    pub status: EstimateStatus,
    /// Why there is none.
    pub reason: Option<String>,
}

/// One row for each endpoint and each level of each attribute that is measured, crossings left
/// out. The rule is applied to the group's samples on the side that chose the endpoint's own
/// threshold; for a fixed threshold, to its measured samples.
#[must_use]
pub fn group_thresholds(
    audit: &Audit,
    measured: (&Cohort, &Predictions),
    tuning: Option<(&Cohort, &Predictions)>,
    points: &[OperatingPoint],
) -> Vec<GroupThreshold> {
    let mut rows = Vec::new();
    for (place, (endpoint, point)) in audit.endpoints.iter().zip(points).enumerate() {
        let on_tuning = endpoint.threshold.is_chosen_on(ChosenOn::Tuning);
        let side = |of| Side::new(place, endpoint, of);
        let own = side(measured);
        let other = tuning.filter(|_| on_tuning).map(side);
        let what_if = WhatIf {
            endpoint,
            rule: rule(endpoint, point, &own.scored),
            measured: &own,
            tuning: other.as_ref(),
            on: if on_tuning { "tuning" } else { "measured" },
        };
        let found: Vec<Vec<GroupThreshold>> = own
            .cohort
            .attributes
            .par_iter()
            .map(|attribute| what_if.rows(attribute))
            .collect();
        rows.extend(found.into_iter().flatten());
    }
    rows
}

/// A cohort and its samples with a score and a truth.
struct Side<'a> {
    cohort: &'a Cohort,
    /// By ascending score.
    scored: Scored,
    /// Of each sample of the cohort, whether it has a score and a truth.
    measured: Vec<bool>,
}

/// Truth, score and patient of each sample of a group.
#[derive(Default)]
struct Members {
    y_true: Vec<bool>,
    y_score: Vec<f64>,
    n_patients: u64,
}

impl<'a> Side<'a> {
    fn new(
        place: usize,
        endpoint: &Endpoint,
        (cohort, predictions): (&'a Cohort, &Predictions),
    ) -> Self {
        let scored = Scored::new(place, endpoint, cohort, predictions);
        let mut measured = vec![false; cohort.len()];
        for sample in &scored.samples {
            measured[*sample] = true;
        }
        Self {
            cohort,
            // Sorted once, so that no group has to be.
            scored: scored.by_score(),
            measured,
        }
    }

    /// The groups of an attribute by level.
    fn groups(&self, attribute: &str) -> BTreeMap<&str, Members> {
        let mut attributes = self.cohort.attributes.iter();
        let Some(column) = attributes.find(|one| one.name == attribute) else {
            return BTreeMap::new();
        };
        let scored = &self.scored;
        let mut groups: Vec<Members> = Vec::new();
        groups.resize_with(column.levels.len(), Members::default);
        // Codes first: they lie far apart, and are fetched side by side where nothing waits for one.
        let codes: Vec<u16> = (scored.samples.iter())
            .map(|sample| column.codes[*sample])
            .collect();
        for ((code, y), score) in codes.iter().zip(&scored.y_true).zip(&scored.y_score) {
            let members = &mut groups[usize::from(*code)];
            members.y_true.push(*y);
            members.y_score.push(*score);
        }
        let patients =
            self.cohort
                .count_patients_by_level(&column.codes, column.levels.len(), &self.measured);
        for (members, n) in groups.iter_mut().zip(patients) {
            members.n_patients = n;
        }
        column
            .levels
            .iter()
            .map(String::as_str)
            .zip(groups)
            .collect()
    }
}

/// The rule of an endpoint, as its id and what it asks of a group.
fn rule(
    endpoint: &Endpoint,
    point: &OperatingPoint,
    measured: &Scored,
) -> (&'static str, Result<ChoiceRule, NotEstimable>) {
    match endpoint.threshold {
        Threshold::Chosen(chosen) => {
            let rule = choice_rule(chosen.rule);
            let id = match rule {
                ChoiceRule::Youden => "youden",
                ChoiceRule::TargetSensitivity(_) => "target_sensitivity",
                ChoiceRule::TargetSpecificity(_) => "target_specificity",
            };
            (id, Ok(rule))
        }
        Threshold::Fixed(_) => {
            let (whole, _) = shares(
                endpoint,
                point.threshold,
                &measured.y_true,
                &measured.y_score,
            );
            let rule = match whole {
                None => Err(NotEstimable::Empty("positives")),
                Some(0.0) => Err(NotEstimable::Other(
                    "no positive of the whole cohort is called positive".to_owned(),
                )),
                Some(share) => Ok(ChoiceRule::TargetSensitivity(share)),
            };
            ("same_sensitivity", rule)
        }
    }
}

/// Sensitivity and specificity at a threshold; `None` without positives, without negatives.
fn shares(
    endpoint: &Endpoint,
    threshold: f64,
    y_true: &[bool],
    y_score: &[f64],
) -> (Option<f64>, Option<f64>) {
    let flagged = |score: f64| endpoint.direction.calls_positive(score, threshold);
    let share = |class: bool| {
        let own = || {
            y_true
                .iter()
                .zip(y_score)
                .filter(move |(y, _)| **y == class)
        };
        let right = own().filter(|(_, score)| flagged(**score) == class).count();
        let all = own().count();
        (all > 0).then(|| right as f64 / all as f64)
    };
    (share(true), share(false))
}

/// What one endpoint asks of each group.
struct WhatIf<'a> {
    endpoint: &'a Endpoint,
    rule: (&'static str, Result<ChoiceRule, NotEstimable>),
    measured: &'a Side<'a>,
    /// Where thresholds are chosen, if not on the measured samples.
    tuning: Option<&'a Side<'a>>,
    on: &'static str,
}

impl WhatIf<'_> {
    fn rows(&self, attribute: &AttributeColumn) -> Vec<GroupThreshold> {
        let measured = self.measured.groups(&attribute.name);
        let tuning = self.tuning.map(|tuning| tuning.groups(&attribute.name));
        let choosing = tuning.as_ref().unwrap_or(&measured);
        let nobody = Members::default();
        let levels = attribute.levels.iter();
        levels
            .map(|level| {
                let members = choosing.get(level.as_str()).unwrap_or(&nobody);
                let own = measured.get(level.as_str()).unwrap_or(&nobody);
                self.row((&attribute.name, level), members, own)
            })
            .collect()
    }

    /// A level whose threshold is chosen on `members` and measured on `own`.
    fn row(
        &self,
        (attribute, level): (&str, &str),
        members: &Members,
        own: &Members,
    ) -> GroupThreshold {
        let n_positive = members.y_true.iter().filter(|y| **y).count() as u64;
        let (id, rule) = &self.rule;
        let mut row = GroupThreshold {
            endpoint: self.endpoint.name.value.clone(),
            attribute: attribute.to_owned(),
            level: level.to_owned(),
            rule: (*id).to_owned(),
            target: match rule {
                Ok(
                    ChoiceRule::TargetSensitivity(target) | ChoiceRule::TargetSpecificity(target),
                ) => Some(*target),
                _ => None,
            },
            on: self.on.to_owned(),
            threshold: None,
            sensitivity: None,
            specificity: None,
            n_positive: Some(n_positive),
            n_negative: Some(members.y_true.len() as u64 - n_positive),
            n_patients: Some(members.n_patients),
            measured_sensitivity: None,
            measured_specificity: None,
            status: EstimateStatus::NotEstimable,
            reason: None,
        };
        let lower = self.endpoint.direction == Direction::Lower;
        let chosen = rule
            .clone()
            .and_then(|rule| choose_threshold(rule, &members.y_true, &members.y_score, lower));
        match chosen {
            Err(why) => row.reason = Some(why.to_string()),
            Ok(choice) => {
                let (sensitivity, specificity) =
                    shares(self.endpoint, choice.threshold, &own.y_true, &own.y_score);
                row.threshold = Some(choice.threshold);
                row.sensitivity = Some(choice.sensitivity);
                row.specificity = Some(choice.specificity);
                row.measured_sensitivity = sensitivity;
                row.measured_specificity = specificity;
                row.status = EstimateStatus::Ok;
            }
        }
        row
    }
}
