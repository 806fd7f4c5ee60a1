//! Several binary endpoints of the same samples, in one number.

use super::areas::Sum;
use crate::metrics::auroc::auroc_influenced;
use crate::statistics::{Influenced, NotEstimable, Scale, ordered_sum};

/// One endpoint: truth where it is known, and what the model decided. All endpoints hold the same
/// samples in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    /// Truth; `None` where it is not known, which leaves the sample out of this endpoint.
    pub y_true: &'a [Option<bool>],
    /// Decision.
    pub y_pred: &'a [bool],
}

/// What share is summarised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointShare {
    /// Positives called positive.
    Sensitivity,
    /// Negatives called negative.
    Specificity,
    /// Twice the true positives over positives and called positives.
    F1,
}

/// How endpoints are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// Mean over endpoints, all with the same weight.
    Macro,
    /// One share of all decisions together, frequent endpoints weighing more.
    Micro,
}

impl EndpointShare {
    /// Scale on which an interval of such a share is symmetric; exactly 0 or 1 has no place on it.
    #[must_use]
    pub fn scale(self) -> Scale {
        Scale::Logit
    }

    /// What a decision adds to the numerator and to the denominator.
    fn terms(self, truth: bool, called: bool) -> (f64, f64) {
        let one = |holds: bool| f64::from(u8::from(holds));
        match self {
            Self::Sensitivity => (one(truth && called), one(truth)),
            Self::Specificity => (one(!truth && !called), one(!truth)),
            Self::F1 => (2.0 * one(truth && called), one(truth) + one(called)),
        }
    }

    fn of_what(self) -> &'static str {
        match self {
            Self::Sensitivity => "positives",
            Self::Specificity => "negatives",
            Self::F1 => "positives or called positives",
        }
    }
}

/// A share over several endpoints. Decisions of one sample are correlated: its influence is the sum
/// of what it adds at every endpoint, so that clustered limits hold whatever the correlation. F1
/// depends on prevalence and is not compared between groups of another case mix.
///
/// # Errors
/// No endpoint, no sample, lengths that differ, or (macro) an endpoint without a denominator, named
/// by its place.
pub fn share_of_endpoints(
    endpoints: &[Endpoint<'_>],
    share: EndpointShare,
    averaging: Averaging,
) -> Result<Influenced, NotEstimable> {
    let n = samples(
        endpoints
            .iter()
            .map(|one| (one.y_true.len(), one.y_pred.len())),
    )?;
    let terms = |one: &Endpoint<'_>| -> Vec<(f64, f64)> {
        one.y_true
            .iter()
            .zip(one.y_pred)
            .map(|(truth, called)| truth.map_or((0.0, 0.0), |truth| share.terms(truth, *called)))
            .collect()
    };
    if averaging == Averaging::Micro {
        let (mut above, mut below) = (vec![0.0; n], vec![0.0; n]);
        for one in endpoints {
            for (row, (a, b)) in terms(one).into_iter().enumerate() {
                above[row] += a;
                below[row] += b;
            }
        }
        return Influenced::ratio(&above, &below, share.of_what());
    }
    let mut sum = Sum::new(n);
    for (place, one) in endpoints.iter().enumerate() {
        let (above, below): (Vec<f64>, Vec<f64>) = terms(one).into_iter().unzip();
        if ordered_sum(below.iter().copied()) == 0.0 {
            return Err(lacking(place, share.of_what()));
        }
        sum.add(&Influenced::ratio(&above, &below, share.of_what())?, 0..n);
    }
    Ok(sum.over(endpoints.len() as f64))
}

/// Mean over endpoints of their area under the ROC curve; a pair of truths, where known, and scores
/// for each endpoint.
///
/// # Errors
/// No endpoint, no sample, lengths that differ, or an endpoint with one class or with all scores
/// equal, named by its place.
pub fn macro_auroc_of_endpoints(
    endpoints: &[(&[Option<bool>], &[f64])],
) -> Result<Influenced, NotEstimable> {
    let n = samples(endpoints.iter().map(|one| (one.0.len(), one.1.len())))?;
    let mut sum = Sum::new(n);
    for (place, (truth, score)) in endpoints.iter().enumerate() {
        let known = (0..n).filter_map(|row| truth[row].map(|y| (row, y, score[row])));
        let (mut rows, mut y, mut scores) = (Vec::new(), Vec::new(), Vec::new());
        for (row, truth, score) in known {
            rows.push(row);
            y.push(truth);
            scores.push(score);
        }
        let area = auroc_influenced(&y, &scores)
            .map_err(|reason| NotEstimable::Other(format!("endpoint {place}: {reason}")))?;
        sum.add(&area, rows.into_iter());
    }
    Ok(sum.over(endpoints.len() as f64))
}

fn samples(lengths: impl Iterator<Item = (usize, usize)>) -> Result<usize, NotEstimable> {
    let mut all: Vec<usize> = lengths.flat_map(|(a, b)| [a, b]).collect();
    all.dedup();
    match all.as_slice() {
        [] => Err(NotEstimable::Empty("endpoints")),
        [0] => Err(NotEstimable::Empty("samples")),
        [n] => Ok(*n),
        _ => Err(NotEstimable::Other(
            "endpoints, truths and decisions differ in length".to_owned(),
        )),
    }
}

fn lacking(place: usize, what: &str) -> NotEstimable {
    NotEstimable::Other(format!(
        "endpoint {place}: no {what} in this group, and a mean over fewer endpoints would be another quantity"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::derivative_law::assert_derivative;

    type Row = [(Option<bool>, f64); 2];

    const ROWS: [Row; 8] = [
        [(Some(true), 0.9), (Some(false), 0.3)],
        [(Some(true), 0.4), (None, 0.5)],
        [(Some(false), 0.6), (Some(true), 0.7)],
        [(Some(false), 0.2), (Some(true), 0.2)],
        [(None, 0.1), (Some(false), 0.6)],
        [(Some(true), 0.6), (Some(true), 0.9)],
        [(Some(false), 0.1), (Some(false), 0.1)],
        [(Some(false), 0.7), (Some(true), 0.6)],
    ];

    fn column(rows: &[Row], endpoint: usize) -> (Vec<Option<bool>>, Vec<f64>, Vec<bool>) {
        let truth = rows.iter().map(|row| row[endpoint].0).collect();
        let score: Vec<f64> = rows.iter().map(|row| row[endpoint].1).collect();
        let called = score.iter().map(|score| *score >= 0.5).collect();
        (truth, score, called)
    }

    fn share(rows: &[Row], share: EndpointShare, averaging: Averaging) -> Influenced {
        let (first, second) = (column(rows, 0), column(rows, 1));
        let endpoint = |(truth, _, called): &'_ (Vec<Option<bool>>, Vec<f64>, Vec<bool>)| {
            (truth.clone(), called.clone())
        };
        let (first, second) = (endpoint(&first), endpoint(&second));
        let endpoints = [&first, &second].map(|(y_true, y_pred)| Endpoint { y_true, y_pred });
        share_of_endpoints(&endpoints, share, averaging).unwrap()
    }

    #[test]
    fn by_hand() {
        // Endpoint 1: positives 0.9, 0.4, 0.6; endpoint 2: 0.7, 0.2, 0.9, 0.6.
        let sensitivity = |averaging| share(&ROWS, EndpointShare::Sensitivity, averaging).estimate;
        assert!((sensitivity(Averaging::Macro) - (2.0 / 3.0 + 0.75) / 2.0).abs() < 1e-15);
        assert!((sensitivity(Averaging::Micro) - 5.0 / 7.0).abs() < 1e-15);
        let specificity = |averaging| share(&ROWS, EndpointShare::Specificity, averaging).estimate;
        assert!((specificity(Averaging::Macro) - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
        assert!((specificity(Averaging::Micro) - 4.0 / 7.0).abs() < 1e-15);
        // Twice 5 over 7 positives and 8 called.
        let f1 = share(&ROWS, EndpointShare::F1, Averaging::Micro).estimate;
        assert!((f1 - 10.0 / 15.0).abs() < 1e-15);
    }

    #[test]
    fn influences_are_derivatives() {
        for of in [
            EndpointShare::Sensitivity,
            EndpointShare::Specificity,
            EndpointShare::F1,
        ] {
            for averaging in [Averaging::Macro, Averaging::Micro] {
                assert_derivative(&ROWS, 1e-5, |rows| share(rows, of, averaging));
            }
        }
        assert_derivative(&ROWS, 1e-5, |rows| {
            let (first, second) = (column(rows, 0), column(rows, 1));
            macro_auroc_of_endpoints(&[(&first.0, &first.1), (&second.0, &second.1)]).unwrap()
        });
    }

    #[test]
    fn degenerate_groups() {
        let none: [Endpoint<'_>; 0] = [];
        let of = |endpoints: &[Endpoint<'_>], averaging| {
            share_of_endpoints(endpoints, EndpointShare::Sensitivity, averaging)
        };
        assert_eq!(
            of(&none, Averaging::Macro),
            Err(NotEstimable::Empty("endpoints"))
        );
        let negative = Endpoint {
            y_true: &[Some(false), None],
            y_pred: &[true, true],
        };
        let positive = Endpoint {
            y_true: &[Some(true), None],
            y_pred: &[true, true],
        };
        let text = of(&[positive, negative], Averaging::Macro).unwrap_err();
        assert!(text.to_string().starts_with("endpoint 1: no positives"));
        assert_eq!(
            of(&[positive, negative], Averaging::Micro)
                .unwrap()
                .estimate,
            1.0
        );
        assert_eq!(
            of(&[negative], Averaging::Micro),
            Err(NotEstimable::Empty("positives"))
        );
        let empty = Endpoint {
            y_true: &[],
            y_pred: &[],
        };
        assert_eq!(
            of(&[empty], Averaging::Macro),
            Err(NotEstimable::Empty("samples"))
        );
        assert!(of(&[positive, empty], Averaging::Micro).is_err());
        assert!(macro_auroc_of_endpoints(&[(&[Some(true), None], &[0.1, 0.2])]).is_err());
    }
}
