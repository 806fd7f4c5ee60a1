//! Probabilities of a model that is calibrated in every group, or off by what is assumed.

use crate::assessment::Measured;
use crate::cohort::Strata;
use crate::config::Assumed;
use crate::statistics::{RandomStream, expit};

/// Rounds of fitting prevalences to the shares of every attribute.
const ROUNDS: usize = 8;
/// Change of a log odds below which they fit.
const FITTED: f64 = 0.01;
/// Half a sample of the whole cohort's prevalence is added to every level, so that a level without
/// positives has a log odds.
const ADDED: f64 = 0.5;

/// What the probabilities of one endpoint follow from.
///
/// With positives and negatives normal at a distance d, a score s belongs to the log odds
/// logit(prevalence) + d s - d^2 / 2, so that a model which says them is calibrated. The prevalence of
/// a sample follows from its levels of the attributes that are looked at (a logistic model of main
/// effects, fitted by raking), and is drawn anew for every simulated audit from patients weighted at
/// random (the Bayesian bootstrap: Rubin 1981, Ann Stat 9:130-134): the cohort's own share of
/// positives is one that chance gave. To first order the observed number of positives then differs from the expected
/// one with the variance sum p (1 - p) of independent outcomes. What is said is
/// (log odds - c) / slope, with c such that observed over expected is as assumed in the whole cohort.
pub(super) struct Probabilities {
    shift: f64,
    slope: f64,
    offset: f64,
    /// For each attribute the level of every sample, and the number of levels.
    factors: Vec<(Vec<u16>, usize)>,
}

impl Probabilities {
    /// `strata` are those that calibration is asked of.
    pub(super) fn new(
        strata: &[&Strata],
        measured: &Measured,
        assumed: Assumed,
        shift: f64,
    ) -> Self {
        let n = measured.y_true.len() as f64;
        let positives = measured.y_true.iter().filter(|y| **y).count() as f64;
        let slope = assumed.calibration_slope.unwrap_or(1.0);
        let observed = assumed.oe_ratio.unwrap_or(1.0);
        let factors = strata
            .iter()
            .filter(|one| one.levels.len() > 1)
            .map(|one| {
                let of = measured.samples.iter();
                let codes = of.map(|sample| one.codes[*sample as usize]);
                (codes.collect(), one.levels.len())
            })
            .collect();
        let mut found = Self {
            shift,
            slope,
            offset: 0.0,
            factors,
        };
        // Nothing of calibration can be estimated of one class.
        if positives > 0.0 && positives < n {
            let fitted = found.prevalences(&measured.y_true, &vec![1.0; measured.y_true.len()]);
            found.offset = offset(&shares_of(&fitted), shift, slope, observed);
        }
        found
    }

    /// The same of the samples at some places.
    pub(super) fn on(&self, places: &[u32]) -> Self {
        let factors = self.factors.iter().map(|(codes, levels)| {
            let own = places.iter().map(|place| codes[*place as usize]);
            (own.collect(), *levels)
        });
        Self {
            factors: factors.collect(),
            ..*self
        }
    }

    /// How often a sample is looked at to draw its probability, at most.
    pub(super) fn looks(&self) -> u64 {
        (2 + ROUNDS * self.factors.len()) as u64
    }

    /// Log odds that the model says of every sample, from its score.
    pub(super) fn draw(
        &self,
        stream: &mut RandomStream,
        measured: &Measured,
        patients: usize,
        score: &[f64],
    ) -> Vec<f64> {
        let weights: Vec<f64> = (0..patients).map(|_| -stream.uniform().ln()).collect();
        let weight: Vec<f64> = measured
            .patient
            .iter()
            .map(|patient| weights[*patient as usize])
            .collect();
        self.prevalences(&measured.y_true, &weight)
            .iter()
            .zip(score)
            .map(|(prevalence, score)| {
                let truth = prevalence + self.shift * score - 0.5 * self.shift * self.shift;
                (truth - self.offset) / self.slope
            })
            .collect()
    }

    /// Log odds of being positive by a sample's levels.
    fn prevalences(&self, y: &[bool], weight: &[f64]) -> Vec<f64> {
        let all: f64 = weight.iter().sum();
        let positive: f64 = weight
            .iter()
            .zip(y)
            .filter(|(_, y)| **y)
            .map(|(own, _)| own)
            .sum();
        let whole = ((positive + 0.5 * ADDED) / (all + ADDED)).clamp(1e-9, 1.0 - 1e-9);
        let mut found = vec![logit(whole); y.len()];
        for _ in 0..ROUNDS {
            let mut largest = 0.0_f64;
            for (codes, levels) in &self.factors {
                let mut sums = vec![(ADDED, ADDED * whole, ADDED * whole); *levels];
                for (place, code) in codes.iter().enumerate() {
                    let own = &mut sums[usize::from(*code)];
                    own.0 += weight[place];
                    own.1 += if y[place] { weight[place] } else { 0.0 };
                    own.2 += weight[place] * expit(found[place]);
                }
                let moves: Vec<f64> = sums
                    .iter()
                    .map(|(all, observed, expected)| logit(observed / all) - logit(expected / all))
                    .collect();
                for (own, code) in found.iter_mut().zip(codes) {
                    *own += moves[usize::from(*code)];
                }
                largest = moves.iter().fold(largest, |most, own| most.max(own.abs()));
            }
            if largest < FITTED {
                break;
            }
        }
        found
    }
}

/// Log odds of a probability.
fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Why no model can have an O:E ratio at a prevalence.
pub(super) fn impossible(prevalence: f64, oe_ratio: f64) -> Option<String> {
    (prevalence >= oe_ratio).then(|| {
        format!(
            "an O:E ratio of {oe_ratio} cannot be where a share of {prevalence:.3} is positive: more than all would be expected"
        )
    })
}

/// Different prevalences as log odds, rounded to 1/20, each with its share of the samples.
fn shares_of(log_odds: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = log_odds
        .iter()
        .map(|own| (own * 20.0).round() / 20.0)
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
        .chunk_by(|a, b| a == b)
        .map(|alike| (alike[0], alike.len() as f64 / sorted.len() as f64))
        .collect()
}

/// The offset at which observed over expected is as wanted, by bisection; log odds of prevalences, each
/// with its share.
fn offset(prevalences: &[(f64, f64)], shift: f64, slope: f64, observed: f64) -> f64 {
    let positive = prevalences.iter().map(|(own, share)| share * expit(*own));
    let wanted = positive.sum::<f64>() / observed;
    let of_one = |log_odds: f64, offset: f64| {
        let (mut sum, mut all) = (0.0, 0.0);
        for step in -80..=80 {
            let z = f64::from(step) * 0.1;
            let density = (-0.5 * z * z).exp();
            let said = |score: f64| {
                let truth = log_odds + shift * score - 0.5 * shift * shift;
                expit((truth - offset) / slope)
            };
            let p = expit(log_odds);
            sum += density * (p * said(z + shift) + (1.0 - p) * said(z));
            all += density;
        }
        sum / all
    };
    let expected = |offset: f64| -> f64 {
        let each = prevalences.iter();
        each.map(|(own, share)| share * of_one(*own, offset)).sum()
    };
    let (mut low, mut high) = (-60.0 * slope.max(1.0), 60.0 * slope.max(1.0));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if expected(middle) > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calibrated_model_needs_no_offset() {
        assert!(offset(&[(-2.0, 0.7), (0.1, 0.3)], 1.8, 1.0, 1.0).abs() < 1e-6);
        // Half as many expected as observed: the offset is not 0, and is ln 2 where all are rare.
        let rare = offset(&[(logit(0.0005), 1.0)], 0.5, 1.0, 2.0);
        assert!((rare - 2.0_f64.ln()).abs() < 0.01, "{rare}");
        assert!(impossible(0.4, 0.3).is_some() && impossible(0.4, 1.0).is_none());
    }

    #[test]
    fn prevalences_are_those_of_every_level() {
        // Two attributes that go together; shares of positives 0.2 and 0.6, 0.3 and 0.5.
        let a: Vec<u16> = (0..400).map(|place| u16::from(place >= 200)).collect();
        let b: Vec<u16> = (0..400)
            .map(|place| u16::from((place + place / 200) % 3 == 0))
            .collect();
        let y: Vec<bool> = (0..400)
            .map(|place| {
                if place < 200 {
                    place % 5 == 0
                } else {
                    place % 5 < 3
                }
            })
            .collect();
        let probabilities = Probabilities {
            shift: 1.0,
            slope: 1.0,
            offset: 0.0,
            factors: vec![(a.clone(), 2), (b.clone(), 2)],
        };
        let found = probabilities.prevalences(&y, &vec![1.0; 400]);
        for codes in [&a, &b] {
            for level in 0..2 {
                let own: Vec<usize> = (0..400).filter(|place| codes[*place] == level).collect();
                let expected: f64 = own.iter().map(|place| expit(found[*place])).sum();
                let observed = own.iter().filter(|place| y[**place]).count() as f64;
                assert!((expected - observed).abs() < 1.0, "{expected} {observed}");
            }
        }
        // A level without positives has a finite log odds.
        let none = vec![false; 400];
        let found = probabilities.prevalences(&none, &vec![1.0; 400]);
        assert!(found.iter().all(|own| own.is_finite() && *own < -3.0));
    }
}
