//! Comparison with a baseline: the stored results of an earlier audit.
//!
//! A baseline holds aggregates and no patient, so that its results are compared as those of other
//! samples: variances add up. Where nothing but the same scores of the same samples was measured, which a
//! hash tells, there is no difference and no error. Where both audits measured the same samples the true error is smaller,
//! since results of the same samples go up and down together, and the limits are wider than need be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::assessment::{Group, Metric, TaskQuantity, gating_interval, proportion_of};
use crate::config::{BaselineFile, GatedMetric, Relation, Requirement};
use crate::inference::Predictions;
use crate::metrics::ConfusionCounts;
use crate::statistics::{ClusteredProportion, ProportionDifference, Scale, ScaledEstimate};

use super::selection::Selected;
use super::tasks::{scaled, shares};
use super::tested::{Basis, Tested};

/// What a baseline file says that it is.
const KIND: &str = "equipoise baseline";
/// Method of a comparison of the same scores.
pub(super) const IDENTICAL: &str = "baseline_identical";
/// Version of its shape.
const SCHEMA: u32 = 1;

/// Stored results of an audit: aggregates only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// `equipoise baseline`.
    pub kind: String,
    /// Version of this shape.
    pub schema: u32,
    /// Id of the audit.
    pub audit: String,
    /// SHA-256 of the audit file.
    pub config_sha256: String,
    /// Version of equipoise that measured.
    pub equipoise: String,
    /// SHA-256 of the model; null where scores were read from a table.
    pub model_sha256: Option<String>,
    /// Tables that were read, by role.
    pub inputs: Vec<BaselineInput>,
    /// SHA-256 of all images; null where none was read.
    pub images_sha256: Option<String>,
    /// SHA-256 of the baseline file that this one took the place of; null for the first.
    pub replaces: Option<String>,
    /// Whether patients were told apart from samples.
    pub clustered: bool,
    /// SHA-256 of what was measured of each endpoint, by its name: ids, truths, scores and decisions.
    pub measured_sha256: BTreeMap<String, String>,
    /// Every metric in every stratum that could be estimated and is not withheld.
    pub estimates: Vec<BaselineEstimate>,
}

/// One table that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineInput {
    /// `manifest`, `predictions`, ...
    pub role: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// One metric in one stratum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineEstimate {
    /// Endpoint.
    pub endpoint: String,
    /// Metric id.
    pub metric: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Samples in the denominator.
    pub n_class: Option<u64>,
    /// Patients in the denominator.
    pub n_clusters: Option<u64>,
    /// Events of a proportion.
    pub numerator: Option<u64>,
    /// Trials of a proportion.
    pub denominator: Option<u64>,
    /// Trials of a proportion that independent samples would need for the same limits.
    pub n_effective: Option<f64>,
    /// Point estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: Option<f64>,
}

impl Baseline {
    /// What a new file says of itself.
    #[must_use]
    pub fn kind() -> (String, u32) {
        (KIND.to_owned(), SCHEMA)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Why it is no baseline, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if found.kind != KIND || found.schema != SCHEMA {
            return Err(format!(
                "it says to be \"{}\" of schema {}, expected \"{KIND}\" of schema {SCHEMA}",
                found.kind, found.schema
            ));
        }
        let sound = |one: &BaselineEstimate| {
            let within = one
                .numerator
                .zip(one.denominator)
                .is_none_or(|(a, b)| a <= b);
            let share = one.numerator.zip(one.denominator).filter(|(_, n)| *n > 0);
            let is_share = share.is_none_or(|(events, trials)| {
                (one.estimate - events as f64 / trials as f64).abs() < 1e-9
            });
            let is_area = one.metric != "auroc" || (0.0..=1.0).contains(&one.estimate);
            let finite = [Some(one.estimate), one.n_effective, one.standard_error];
            let errors = [one.n_effective, one.standard_error];
            within
                && is_share
                && is_area
                && errors.into_iter().flatten().all(|own| own >= 0.0)
                && finite.into_iter().flatten().all(f64::is_finite)
        };
        let place = |one: &BaselineEstimate| {
            [&one.endpoint, &one.metric, &one.attribute, &one.level].map(String::clone)
        };
        let mut seen = BTreeSet::new();
        if let Some(twice) = found.estimates.iter().find(|one| !seen.insert(place(one))) {
            return Err(format!(
                "{} of {}={} is given twice",
                twice.metric, twice.attribute, twice.level
            ));
        }
        match found.estimates.iter().find(|one| !sound(one)) {
            None => Ok(found),
            Some(bad) => Err(format!(
                "{} of {}={} has counts or numbers that no result has",
                bad.metric, bad.attribute, bad.level
            )),
        }
    }
}

/// The baselines that rules name, by path; those that cannot be read with the reason.
#[derive(Debug, Clone, Default)]
pub struct Baselines {
    files: BTreeMap<PathBuf, Result<Baseline, String>>,
    scores: BTreeMap<PathBuf, Predictions>,
}

/// One stored result to compare with.
pub(super) struct Stored<'a> {
    estimate: &'a BaselineEstimate,
    clustered: bool,
    measured_sha256: Option<&'a str>,
}

impl Stored<'_> {
    /// The number.
    pub(super) fn estimate(&self) -> f64 {
        self.estimate.estimate
    }

    /// Events and trials of a share.
    pub(super) fn counts(&self) -> Option<(u64, u64)> {
        self.estimate.numerator.zip(self.estimate.denominator)
    }
}

impl Baselines {
    /// Adds a file, or why there is none.
    pub fn add(&mut self, path: PathBuf, read: Result<Baseline, String>) {
        self.files.insert(path, read);
    }

    /// Adds the scores behind a file's results, of the units that are measured.
    pub fn add_scores(&mut self, path: PathBuf, scores: Predictions) {
        self.scores.insert(path, scores);
    }

    /// All scores that were added, by the path of their table.
    pub(super) fn scores(&self) -> &BTreeMap<PathBuf, Predictions> {
        &self.scores
    }

    /// Paths that have been added.
    #[must_use]
    pub fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// The result that stands in a file for a rule's metric in a stratum.
    pub(super) fn of(
        &self,
        file: &BaselineFile,
        (metric, endpoint, selected): (GatedMetric, &str, Selected<'_>),
    ) -> Result<Stored<'_>, String> {
        let named = &file.named.value;
        let baseline = match self.files.get(&file.path) {
            Some(Ok(baseline)) => baseline,
            Some(Err(why)) => return Err(why.clone()),
            None => return Err(format!("the baseline {named} was not read")),
        };
        let (attribute, level) = (selected.strata.attribute.as_str(), selected.level_name());
        let found = baseline.estimates.iter().find(|one| {
            (one.endpoint.as_str(), one.metric.as_str()) == (endpoint, metric.id())
                && (one.attribute.as_str(), one.level.as_str()) == (attribute, level)
        });
        found
            .map(|estimate| Stored {
                estimate,
                clustered: baseline.clustered,
                measured_sha256: baseline.measured_sha256.get(endpoint).map(String::as_str),
            })
            .ok_or_else(|| {
                format!(
                    "the baseline {named} has no {} of {endpoint} for {attribute}={level}: the group is new, or was withheld or not estimable there",
                    metric.id()
                )
            })
    }
}

/// A metric of a binary endpoint less that of the baseline.
pub(super) fn binary(
    stored: &Stored<'_>,
    (metric, group): (Metric, &Group),
    measured_sha256: Option<String>,
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    let same_scores =
        measured_sha256.is_some() && measured_sha256.as_deref() == stored.measured_sha256;
    // The hash knows no groups: a sample that changed its group changes the estimate.
    let is_same =
        |estimate: f64| same_scores && estimate.to_bits() == stored.estimate.estimate.to_bits();
    if let Some(share) = metric.share() {
        let now = proportion_of(share, group).map_err(|why| why.to_string())?;
        if is_same(now.estimate) {
            return Ok(no_difference((now.trials, now.n_clusters), require));
        }
        return share_less(stored, now, require, alpha);
    }
    let now = gating_interval(metric, group).map_err(|why| why.to_string())?;
    let clusters = group.n_patients(ConfusionCounts::total);
    if is_same(now.estimate()) {
        return Ok(no_difference((group.n(), clusters), require));
    }
    let mut tested = number_less(
        stored,
        (now.estimate(), now.standard_error()),
        (
            group.n(),
            if group.clustered { clusters } else { group.n() },
        ),
        require,
        alpha,
    )?;
    tested.n_clusters = clusters;
    Ok(tested)
}

/// A metric of an endpoint with a task less that of the baseline.
pub(super) fn of_task(
    stored: &Stored<'_>,
    now: &TaskQuantity,
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    match now {
        TaskQuantity::Share { of, .. } => share_less(stored, *of, require, alpha),
        TaskQuantity::Plain { .. } => {
            Err("no limits are known for this metric, so that nothing is decided by it".to_owned())
        }
        TaskQuantity::Scaled { of, no_limits, .. } => {
            if let Some(why) = no_limits {
                return Err(why.to_string());
            }
            // An error of 0 is not that the value is known: nobody happened to differ.
            let error = Some(of.standard_error).filter(|error| *error > 0.0);
            let error = (of.estimate, error);
            number_less(stored, error, (now.n(), now.n_clusters()), require, alpha)
        }
    }
}

/// A difference that could not be taken on the same cases although the baseline's scores are at hand.
pub(super) fn unpaired(tested: Tested, why: &str) -> Tested {
    let note = format!("limits are as for other patients than the baseline's, since {why}");
    Tested {
        note: Some(note),
        ..tested
    }
}

/// The same scores of the same samples: nothing differs, and no sampling could make it differ.
fn no_difference((n, clusters): (u64, u64), require: &Requirement) -> Tested {
    let bound = require.bound;
    let holds = match require.relation {
        Relation::AtLeast => bound <= 0.0,
        Relation::AtMost => bound >= 0.0,
        Relation::Equal => bound == 0.0,
    };
    Tested {
        estimate: 0.0,
        lower: 0.0,
        upper: 0.0,
        p_fail: if holds { 1.0 } else { 0.0 },
        method: IDENTICAL.to_owned(),
        n_class: n,
        n_clusters: clusters,
        comparison: None,
        note: None,
        basis: Basis::Count,
    }
}

/// Two proportions of samples taken as others: Newcombe's method 10 on the effective counts of both.
fn share_less(
    stored: &Stored<'_>,
    now: ClusteredProportion,
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    let one = stored.estimate;
    let (Some(events), Some(trials)) = (one.numerator, one.denominator) else {
        return Err("the baseline holds no counts for this metric".to_owned());
    };
    let before = ClusteredProportion::summarised(
        (events, trials),
        one.n_effective.unwrap_or(trials as f64),
        one.n_clusters.unwrap_or(trials),
        stored.clustered,
    )
    .map_err(|why| format!("in the baseline: {why}"))?;
    let difference = ProportionDifference::disjoint(now, before);
    let mut tested = shares(&difference, require, alpha).map_err(|why| why.to_string())?;
    tested.method = "baseline_newcombe_10".to_owned();
    Ok(tested)
}

/// Two numbers with standard errors of samples taken as others.
fn number_less(
    stored: &Stored<'_>,
    (estimate, error): (f64, Option<f64>),
    (n, clusters): (u64, u64),
    require: &Requirement,
    alpha: f64,
) -> Result<Tested, String> {
    let one = stored.estimate;
    let before = one.standard_error.filter(|error| *error > 0.0);
    let (Some(now), Some(before)) = (error, before) else {
        return Err(
            "a standard error is not known, here or in the baseline (an area of 1 has none)"
                .to_owned(),
        );
    };
    let fewest = clusters.min(one.n_clusters.or(one.n_class).unwrap_or(clusters));
    let difference = ScaledEstimate::new(
        estimate - one.estimate,
        now.hypot(before),
        Scale::Identity,
        fewest,
        "baseline_sum_of_variances",
    )
    .map_err(|why| why.to_string())?;
    let mut tested = scaled(&difference, n, fewest, require, alpha)?;
    tested.n_clusters = clusters;
    Ok(tested)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Located, Relation, Span};

    fn stored(metric: &str, estimate: f64) -> BaselineEstimate {
        BaselineEstimate {
            endpoint: "e".to_owned(),
            metric: metric.to_owned(),
            attribute: "overall".to_owned(),
            level: "all".to_owned(),
            n_class: Some(80),
            n_clusters: Some(80),
            numerator: None,
            denominator: None,
            n_effective: None,
            estimate,
            standard_error: Some(0.03),
        }
    }

    fn require(bound: f64) -> Requirement {
        Requirement {
            relation: Relation::AtLeast,
            bound,
            text: Located::new(String::new(), Span::default()),
        }
    }

    #[test]
    fn two_shares_have_newcombes_limits() {
        // 56/70 and 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10).
        let mut before = stored("sensitivity", 0.6);
        (before.numerator, before.denominator) = (Some(48), Some(80));
        let before = Stored {
            estimate: &before,
            clustered: false,
            measured_sha256: None,
        };
        let now = ClusteredProportion::unclustered(56, 70).unwrap();
        let tested = share_less(&before, now, &require(-0.05), 0.025).unwrap();
        assert!((tested.lower - 0.0524).abs() < 5e-5, "{tested:?}");
        assert!((tested.upper - 0.3339).abs() < 5e-5, "{tested:?}");
    }

    #[test]
    fn variances_of_two_numbers_add_up() {
        // 0.90 (0.04) less 0.80 (0.03): 0.10 and a standard error of 0.05; 1.96 of these each way.
        let before = stored("auroc", 0.8);
        let before = Stored {
            estimate: &before,
            clustered: true,
            measured_sha256: None,
        };
        let tested = number_less(
            &before,
            (0.9, Some(0.04)),
            (200, 100),
            &require(-0.02),
            0.025,
        )
        .unwrap();
        assert!((tested.estimate - 0.1).abs() < 1e-12);
        assert!(
            (tested.lower - (0.1 - 1.959_964 * 0.05)).abs() < 1e-6,
            "{tested:?}"
        );
        assert!(
            (tested.upper - (0.1 + 1.959_964 * 0.05)).abs() < 1e-6,
            "{tested:?}"
        );
        let none = number_less(&before, (1.0, None), (200, 100), &require(-0.02), 0.025);
        assert!(none.unwrap_err().contains("standard error"));
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        assert!(Baseline::parse("{}").is_err());
        assert!(Baseline::parse("[1, 2").is_err());
    }
}
