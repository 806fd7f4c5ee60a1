//! Unpenalised logistic regression by iteratively reweighted least squares, with an offset and
//! the cluster sandwich.

use super::linear::{Matrix, cholesky, inverse, sandwich, solve, zeros};
use super::{NotEstimable, checked_finite, ordered_sum};

/// Newton steps at most.
const STEPS: usize = 100;
/// Halvings of a step that does not raise the likelihood.
const HALVINGS: i32 = 40;
/// Gain of the log-likelihood that one more step promises, below which it is the last one.
const CONVERGED: f64 = 1e-9;
/// Change of the linear predictor in the last step above which it runs to infinity.
const STILL_MOVING: f64 = 0.05;
/// A fit whose worst residual is below this separates the classes.
const SEPARATED: f64 = 1e-6;

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticFit {
    /// Coefficients, in the order of the design's columns.
    pub coefficients: Vec<f64>,
    /// Inverse information: the covariance when the model holds and rows are independent.
    pub covariance_model: Vec<Vec<f64>>,
    /// Cluster sandwich without small-sample factor (Huber 1967; White 1982; as in R's robcov).
    pub covariance_cluster: Vec<Vec<f64>>,
    /// Log-likelihood at the maximum.
    pub log_likelihood: f64,
    /// Clusters.
    pub n_clusters: u64,
}

impl LogisticFit {
    /// Standard error of a coefficient if the model holds and rows are independent.
    #[must_use]
    pub fn se_model(&self, coefficient: usize) -> f64 {
        self.covariance_model[coefficient][coefficient].sqrt()
    }

    /// Cluster-robust standard error of a coefficient.
    #[must_use]
    pub fn se_cluster(&self, coefficient: usize) -> f64 {
        self.covariance_cluster[coefficient][coefficient].sqrt()
    }
}

/// 1 / (1 + exp(-x)) without overflow.
pub(super) fn expit(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        x.exp() / (1.0 + x.exp())
    }
}

/// Fits logit P(y) = offset + X beta. `columns` are the columns of X (with the intercept, where
/// one is wanted), `cluster` dense indices of the clusters of the rows.
///
/// # Errors
/// No row, one class, a value that is no finite number, linearly dependent columns, separated
/// classes (no finite maximum), or no convergence.
pub fn logistic(
    y: &[bool],
    columns: &[Vec<f64>],
    offset: &[f64],
    cluster: &[u32],
) -> Result<LogisticFit, NotEstimable> {
    checked(y, columns, offset, cluster)?;
    let mut beta = vec![0.0; columns.len()];
    let mut best = log_likelihood(y, &linear_predictor(&beta, columns, offset));
    for _ in 0..STEPS {
        let eta = linear_predictor(&beta, columns, offset);
        let (score, information) = derivatives(y, columns, &eta);
        let Some(factor) = cholesky(&information) else {
            return Err(if separated(y, &eta) {
                NotEstimable::Separation
            } else {
                NotEstimable::Other("the predictors of the fit are linearly dependent".to_owned())
            });
        };
        let step = solve(&factor, &score);
        let gain: f64 = step.iter().zip(&score).map(|(a, b)| a * b).sum();
        if separated(y, &eta) {
            return Err(NotEstimable::Separation);
        }
        if gain < CONVERGED {
            // Newton's last step doubles the digits, beyond what the likelihood can tell apart.
            let beta: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + s).collect();
            let last = eta;
            let eta = linear_predictor(&beta, columns, offset);
            // A likelihood that rises no more while the predictor still moves has its maximum at
            // infinity: some rows are separated.
            if last
                .iter()
                .zip(&eta)
                .any(|(before, after)| (before - after).abs() > STILL_MOVING)
            {
                return Err(NotEstimable::Separation);
            }
            let (_, information) = derivatives(y, columns, &eta);
            let factor = cholesky(&information).ok_or(NotEstimable::NoConvergence)?;
            return Ok(finished(y, columns, &eta, cluster, beta, &factor));
        }
        let moved = (0..HALVINGS).find_map(|halving| {
            let share = 0.5_f64.powi(halving);
            let candidate: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + share * s).collect();
            let reached = log_likelihood(y, &linear_predictor(&candidate, columns, offset));
            (reached > best).then_some((candidate, reached))
        });
        (beta, best) = moved.ok_or(NotEstimable::NoConvergence)?;
    }
    Err(NotEstimable::NoConvergence)
}

fn checked(
    y: &[bool],
    columns: &[Vec<f64>],
    offset: &[f64],
    cluster: &[u32],
) -> Result<(), NotEstimable> {
    let n = y.len();
    if n == 0 {
        return Err(NotEstimable::Empty("samples"));
    }
    if offset.len() != n || cluster.len() != n || columns.iter().any(|column| column.len() != n) {
        return Err(NotEstimable::Other(
            "truth, predictors and clusters differ in length".to_owned(),
        ));
    }
    let positive = y.iter().filter(|y| **y).count();
    if positive == 0 || positive == n {
        return Err(NotEstimable::OneClass(
            positive as u64,
            (n - positive) as u64,
        ));
    }
    checked_finite(offset, "the offset")?;
    columns
        .iter()
        .try_for_each(|column| checked_finite(column, "a predictor"))
}

fn linear_predictor(beta: &[f64], columns: &[Vec<f64>], offset: &[f64]) -> Vec<f64> {
    (0..offset.len())
        .map(|row| {
            offset[row]
                + beta
                    .iter()
                    .zip(columns)
                    .map(|(b, column)| b * column[row])
                    .sum::<f64>()
        })
        .collect()
}

/// Sum of the logarithms of the probabilities of what was observed. Probabilities are multiplied
/// while their product is far from underflow, so that a logarithm serves many rows.
fn log_likelihood(y: &[bool], eta: &[f64]) -> f64 {
    const SMALL: f64 = 1e-200;
    let (mut sum, mut product) = (0.0, 1.0);
    for (y, eta) in y.iter().zip(eta) {
        let x = if *y { *eta } else { -eta };
        if x < -400.0 {
            // log(expit(x)) is x to the last digit there.
            sum += x;
            continue;
        }
        product *= expit(x);
        if product < SMALL {
            sum += product.ln();
            product = 1.0;
        }
    }
    sum + product.ln()
}

fn separated(y: &[bool], eta: &[f64]) -> bool {
    y.iter()
        .zip(eta)
        .all(|(y, eta)| expit(if *y { -eta } else { *eta }) < SEPARATED)
}

fn derivatives(y: &[bool], columns: &[Vec<f64>], eta: &[f64]) -> (Vec<f64>, Matrix) {
    let size = columns.len();
    let (mut score, mut information) = (vec![0.0; size], zeros(size));
    for (row, (y, eta)) in y.iter().zip(eta).enumerate() {
        let p = expit(*eta);
        let (residual, weight) = (f64::from(u8::from(*y)) - p, p * (1.0 - p));
        for i in 0..size {
            score[i] += residual * columns[i][row];
            for j in 0..=i {
                information[i][j] += weight * columns[i][row] * columns[j][row];
            }
        }
    }
    (score, mirrored(information))
}

/// The lower triangle copied to the upper one.
fn mirrored(lower: Matrix) -> Matrix {
    let entry = |i: usize, j: usize| if i >= j { lower[i][j] } else { lower[j][i] };
    (0..lower.len())
        .map(|i| (0..lower.len()).map(|j| entry(i, j)).collect())
        .collect()
}

fn finished(
    y: &[bool],
    columns: &[Vec<f64>],
    eta: &[f64],
    cluster: &[u32],
    coefficients: Vec<f64>,
    factor: &Matrix,
) -> LogisticFit {
    let covariance_model = inverse(factor);
    let size = columns.len();
    let clusters = cluster.iter().max().map_or(0, |last| *last as usize + 1);
    let mut scores = vec![0.0; size * clusters];
    let mut present = vec![false; clusters];
    for (row, (y, eta)) in y.iter().zip(eta).enumerate() {
        let residual = f64::from(u8::from(*y)) - expit(*eta);
        let place = cluster[row] as usize;
        present[place] = true;
        for i in 0..size {
            scores[place * size + i] += residual * columns[i][row];
        }
    }
    // The result must not depend on the numbering of clusters.
    let mut meat = zeros(size);
    for i in 0..size {
        for j in 0..=i {
            let products = scores
                .chunks_exact(size.max(1))
                .map(|score| score[i] * score[j]);
            meat[i][j] = ordered_sum(products);
            meat[j][i] = meat[i][j];
        }
    }
    let covariance_cluster = sandwich(&covariance_model, &meat);
    LogisticFit {
        coefficients,
        covariance_model,
        covariance_cluster,
        log_likelihood: log_likelihood(y, eta),
        n_clusters: present.iter().filter(|present| **present).count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(y: &[bool], x: &[f64]) -> Result<LogisticFit, NotEstimable> {
        let cluster: Vec<u32> = (0..y.len() as u32).collect();
        logistic(
            y,
            &[vec![1.0; y.len()], x.to_vec()],
            &vec![0.0; y.len()],
            &cluster,
        )
    }

    #[test]
    fn a_two_by_two_table_has_the_log_odds_ratio() {
        // 12 of 20 with x = 1, 5 of 25 with x = 0.
        let y: Vec<bool> = (0..45)
            .map(|i| if i < 20 { i < 12 } else { i < 25 })
            .collect();
        let x: Vec<f64> = (0..45).map(|i| f64::from(u8::from(i < 20))).collect();
        let found = fit(&y, &x).unwrap();
        let expected = (12.0_f64 / 8.0 / (5.0 / 20.0)).ln();
        assert!((found.coefficients[1] - expected).abs() < 1e-10);
        let se = (1.0_f64 / 12.0 + 1.0 / 8.0 + 1.0 / 5.0 + 1.0 / 20.0).sqrt();
        assert!((found.se_model(1) - se).abs() < 1e-9 && (found.se_cluster(1) - se).abs() < 1e-9);
    }

    #[test]
    fn degenerate_input() {
        let y = [false, false, true, true];
        assert_eq!(
            fit(&y, &[1.0, 2.0, 3.0, 4.0]),
            Err(NotEstimable::Separation)
        );
        assert_eq!(
            fit(&[true, true], &[1.0, 2.0]),
            Err(NotEstimable::OneClass(2, 0))
        );
        assert!(matches!(
            fit(&[true, false, true], &[1.0, 1.0, 1.0]),
            Err(NotEstimable::Other(_))
        ));
        assert!(fit(&y, &[1.0, f64::NAN, 3.0, 0.0]).is_err());
        assert!(fit(&[], &[]).is_err());
        // Quasi-separation: the classes touch in one value.
        assert!(
            fit(
                &[false, false, true, true, false],
                &[1.0, 2.0, 2.5, 3.0, 2.5]
            ) == Err(NotEstimable::Separation)
        );
    }
}
