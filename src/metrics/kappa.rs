//! Agreement of ordered categories: weighted kappa, exact and near agreement, size of errors.
//!
//! Categories are 0, 1, ..., k - 1 in their order (BI-RADS, Gleason grade groups, DR grades).

use super::finite::{all_finite, same_length};
use crate::statistics::{Influenced, NotEstimable, Scale, ordered_sum};

/// How much disagreement counts by its distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KappaWeights {
    /// Every disagreement alike (Cohen 1960).
    Unweighted,
    /// By the distance of the categories.
    Linear,
    /// By the square of the distance.
    Quadratic,
}

impl KappaWeights {
    /// Disagreement of two categories, at most 1.
    fn disagreement(self, a: usize, b: usize, categories: usize) -> f64 {
        let distance = a.abs_diff(b) as f64 / (categories.max(2) - 1) as f64;
        match self {
            Self::Unweighted => f64::from(u8::from(a != b)),
            Self::Linear => distance,
            Self::Quadratic => distance * distance,
        }
    }
}

/// A metric of ordered categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrdinalMetric {
    /// Cohen's kappa.
    Kappa(KappaWeights),
    /// Share within this many categories; 0 is exact agreement.
    AgreementWithin(u32),
    /// Mean absolute distance of the categories.
    MeanAbsoluteError,
}

impl OrdinalMetric {
    /// The metric of these samples.
    ///
    /// # Errors
    /// As the function of the metric.
    pub fn measure(
        self,
        y_true: &[u32],
        y_pred: &[u32],
        categories: usize,
    ) -> Result<Influenced, NotEstimable> {
        match self {
            Self::Kappa(weights) => weighted_kappa(y_true, y_pred, categories, weights),
            Self::AgreementWithin(distance) => agreement_within(y_true, y_pred, distance),
            Self::MeanAbsoluteError => mean_absolute_category_error(y_true, y_pred),
        }
    }

    /// Scale on which its interval is symmetric. A share of exactly 0 or 1 has no place on the
    /// logit scale: its limits are those of a proportion.
    #[must_use]
    pub fn scale(self) -> Scale {
        match self {
            Self::Kappa(_) => Scale::Identity,
            Self::AgreementWithin(_) => Scale::Logit,
            Self::MeanAbsoluteError => Scale::Log,
        }
    }

    /// Least and largest possible value.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Self::Kappa(_) => (-1.0, 1.0),
            Self::AgreementWithin(_) => (0.0, 1.0),
            Self::MeanAbsoluteError => (0.0, f64::INFINITY),
        }
    }
}

/// Every pair of true and predicted category, checked.
///
/// # Errors
/// No sample, lengths that differ, or a category that is not below `categories`.
fn pairs(
    y_true: &[u32],
    y_pred: &[u32],
    categories: usize,
) -> Result<Vec<(usize, usize)>, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    let all = y_true.iter().chain(y_pred);
    if let Some(bad) = all.into_iter().find(|c| **c as usize >= categories) {
        return Err(NotEstimable::Other(format!(
            "category {bad} is not below the {categories} declared"
        )));
    }
    let both = y_true.iter().zip(y_pred);
    Ok(both.map(|(a, b)| (*a as usize, *b as usize)).collect())
}

/// Cohen's kappa, weighted (Cohen 1960, Educ Psychol Meas 20:37-46; 1968, Psychol Bull
/// 70:213-220): 1 - q_o / q_e, with q_o the mean disagreement and q_e that of a truth and a
/// prediction drawn independently from the two margins. It depends on the margins, so that groups
/// of different case mix can differ by it at equal accuracy.
///
/// The influences are those of Fleiss, Cohen and Everitt's variance (1969, Psychol Bull
/// 72:323-327), whose sum of squares it is exactly. Perfect agreement has a kappa of 1 without an
/// interval.
///
/// # Errors
/// No sample, lengths that differ, a category that is not declared, or a truth that is the same for every
/// sample: the observed agreement is then the expected one and kappa 0 (0/0 where the prediction is of
/// that category too), whatever is read. A prediction that is the same for every sample has a kappa of 0
/// without an interval.
pub fn weighted_kappa(
    y_true: &[u32],
    y_pred: &[u32],
    categories: usize,
    weights: KappaWeights,
) -> Result<Influenced, NotEstimable> {
    let pairs = pairs(y_true, y_pred, categories)?;
    let n = pairs.len() as f64;
    let (mut truth, mut predicted) = (vec![0u64; categories], vec![0u64; categories]);
    for (a, b) in &pairs {
        truth[*a] += 1;
        predicted[*b] += 1;
    }
    let is_one = |margin: &[u64]| margin.iter().filter(|count| **count > 0).count() == 1;
    if is_one(&truth) {
        return Err(NotEstimable::Other(
            "every truth is of one and the same category, and kappa is then 0 whatever is read"
                .to_owned(),
        ));
    }
    if is_one(&predicted) {
        // Exactly 0: no trace of rounding stands for an error.
        return Ok(Influenced {
            estimate: 0.0,
            influence: vec![0.0; pairs.len()],
        });
    }
    let q = |a: usize, b: usize| weights.disagreement(a, b, categories);
    // Expected disagreement of each category with the other side's margin.
    let expected = |margin: &[u64]| -> Vec<f64> {
        (0..categories)
            .map(|a| {
                let of = margin.iter().enumerate();
                ordered_sum(of.map(|(b, count)| q(a, b) * *count as f64)) / n
            })
            .collect()
    };
    let (of_true, of_predicted) = (expected(&predicted), expected(&truth));
    let observed = ordered_sum(pairs.iter().map(|(a, b)| q(*a, *b))) / n;
    let chance = ordered_sum(pairs.iter().map(|(a, _)| of_true[*a])) / n;
    if chance <= 0.0 {
        return Err(NotEstimable::Other(
            "truth and prediction are all of one category, so that agreement is expected to be perfect".to_owned(),
        ));
    }
    let ratio = observed / chance;
    all_finite(Influenced {
        estimate: 1.0 - ratio,
        influence: pairs
            .iter()
            .map(|(a, b)| {
                let of_chance = of_true[*a] + of_predicted[*b] - 2.0 * chance;
                (ratio * of_chance - (q(*a, *b) - observed)) / (n * chance)
            })
            .collect(),
    })
}

/// Share of samples whose predicted category is at most `distance` from the true one: 0 is exact
/// agreement, 1 agreement within one category. A proportion.
///
/// # Errors
/// No sample or lengths that differ.
pub fn agreement_within(
    y_true: &[u32],
    y_pred: &[u32],
    distance: u32,
) -> Result<Influenced, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    let both = y_true.iter().zip(y_pred);
    let near: Vec<f64> = both
        .map(|(a, b)| f64::from(u8::from(a.abs_diff(*b) <= distance)))
        .collect();
    Influenced::mean(&near)
}

/// Mean absolute distance of the categories; categories are taken as equally spaced.
///
/// # Errors
/// No sample or lengths that differ.
pub fn mean_absolute_category_error(
    y_true: &[u32],
    y_pred: &[u32],
) -> Result<Influenced, NotEstimable> {
    same_length(&[y_true.len(), y_pred.len()])?;
    let both = y_true.iter().zip(y_pred);
    let distance: Vec<f64> = both.map(|(a, b)| f64::from(a.abs_diff(*b))).collect();
    Influenced::mean(&distance)
}

/// Categories cut in two: whether each is at least `cut`. Truth and prediction cut alike are a
/// binary truth and decision, with sensitivity and specificity of their own.
#[must_use]
pub fn at_least(levels: &[u32], cut: u32) -> Vec<bool> {
    levels.iter().map(|level| *level >= cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::{assert_derivative, indices, near};
    use proptest::prelude::*;

    const WEIGHTS: [KappaWeights; 3] = [
        KappaWeights::Unweighted,
        KappaWeights::Linear,
        KappaWeights::Quadratic,
    ];

    /// The rows of a table of counts.
    fn rows(table: &[&[u32]]) -> (Vec<u32>, Vec<u32>) {
        let mut found = (Vec::new(), Vec::new());
        for (a, row) in table.iter().enumerate() {
            for (b, count) in row.iter().enumerate() {
                found.0.extend(vec![a as u32; *count as usize]);
                found.1.extend(vec![b as u32; *count as usize]);
            }
        }
        found
    }

    /// `cohens_kappa` of statsmodels and `cohen_kappa_score` of scikit-learn
    /// (`fixtures/make_outcome_numbers.py`): kappa and its standard error of Fleiss, Cohen and
    /// Everitt 1969, which divides by n where clusters of one divide by n - 1.
    #[test]
    fn kappa_of_statsmodels() {
        let text = include_str!("../../fixtures/outcomes/kappa.json");
        let stored: serde_json::Value = serde_json::from_str(text).unwrap();
        let cases = stored["cases"].as_array().unwrap();
        assert!(cases.len() >= 3);
        for case in cases {
            let (y, p) = (indices(&case["y_true"]), indices(&case["y_pred"]));
            let k = case["categories"].as_u64().unwrap() as usize;
            for (weights, name) in WEIGHTS.iter().zip(["unweighted", "linear", "quadratic"]) {
                let found = weighted_kappa(&y, &p, k, *weights).unwrap();
                near(found.estimate, &case[name]["kappa"], 1e-12);
                let squares: f64 = found.influence.iter().map(|c| c * c).sum();
                near(squares.sqrt(), &case[name]["standard_error"], 1e-12);
            }
            let error = mean_absolute_category_error(&y, &p).unwrap();
            near(error.estimate, &case["mean_absolute_error"], 1e-12);
        }
    }

    #[test]
    fn influences_are_derivatives() {
        let table = [
            (0, 0),
            (0, 1),
            (1, 1),
            (2, 1),
            (2, 2),
            (3, 1),
            (3, 3),
            (1, 0),
        ];
        for weights in WEIGHTS {
            assert_derivative(&table, 1e-5, |rows| {
                let (y, p): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
                weighted_kappa(&y, &p, 4, weights).unwrap()
            });
        }
    }

    #[test]
    fn two_categories_have_one_kappa() {
        let (y, p) = rows(&[&[20, 5], &[10, 15]]);
        for weights in WEIGHTS {
            // (0.7 - 0.5) / (1 - 0.5).
            let found = weighted_kappa(&y, &p, 2, weights).unwrap();
            assert!((found.estimate - 0.4).abs() < 1e-12);
        }
    }

    #[test]
    fn degenerate_groups() {
        for weights in WEIGHTS {
            let kappa = |y: &[u32], p: &[u32]| weighted_kappa(y, p, 3, weights);
            assert_eq!(kappa(&[], &[]), Err(NotEstimable::Empty("samples")));
            assert!(kappa(&[1], &[1]).is_err());
            assert!(kappa(&[1, 1], &[1, 1]).is_err());
            assert!(kappa(&[1, 3], &[1, 1]).is_err());
            assert!(kappa(&[1, 2], &[1]).is_err());
            // One category is read, two are true: no more than by chance. One is true: nothing is said.
            let same = kappa(&[0, 1, 1], &[2, 2, 2]).unwrap();
            assert_eq!((same.estimate, same.influence), (0.0, vec![0.0; 3]));
            assert!(kappa(&[0, 0, 0], &[2, 1, 0]).is_err());
            let perfect = kappa(&[0, 1, 2], &[0, 1, 2]).unwrap();
            assert_eq!(perfect.estimate, 1.0);
            assert!(perfect.influence.iter().all(|c| c.abs() < 1e-15));
        }
        let (y, p) = ([0, 1, 2, 3], [0, 2, 2, 1]);
        assert_eq!(agreement_within(&y, &p, 0).unwrap().estimate, 0.5);
        assert_eq!(agreement_within(&y, &p, 1).unwrap().estimate, 0.75);
        assert_eq!(mean_absolute_category_error(&y, &p).unwrap().estimate, 0.75);
        assert_eq!(at_least(&y, 2), [false, false, true, true]);
        assert!(agreement_within(&[], &[], 1).is_err());
    }

    proptest! {
        #[test]
        fn kappa_is_at_most_1_and_does_not_depend_on_the_order(
            rows in proptest::collection::vec((0u32..4, 0u32..4), 1..40),
            turn in 0usize..40,
        ) {
            for weights in WEIGHTS {
                let of = |rows: &[(u32, u32)]| {
                    let (y, p): (Vec<u32>, Vec<u32>) = rows.iter().copied().unzip();
                    weighted_kappa(&y, &p, 4, weights)
                };
                let mut turned = rows.clone();
                turned.rotate_left(turn % rows.len());
                match (of(&rows), of(&turned)) {
                    (Ok(a), Ok(b)) => {
                        prop_assert_eq!(a.estimate, b.estimate);
                        prop_assert!((-1.0 - 1e-12..=1.0).contains(&a.estimate));
                        prop_assert!(a.influence.iter().sum::<f64>().abs() < 1e-9);
                    }
                    (a, b) => prop_assert_eq!(a.is_err(), b.is_err()),
                }
            }
        }
    }
}
