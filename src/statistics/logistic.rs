//! Unpenalised logistic regression by iteratively reweighted least squares, with an offset and
//! the cluster sandwich.

use super::linear::{Matrix, cholesky, inverse, sandwich, solve, zeros};
use super::{ByCluster, NotEstimable, checked_finite, ordered_sum};

/// Newton steps at most.
const STEPS: usize = 100;
/// Halvings of a step that does not raise the likelihood.
const HALVINGS: i32 = 40;
/// Gain of the log-likelihood that one more step promises, below which it is the last one.
const CONVERGED: f64 = 1e-9;
/// Change of the linear predictor in the last step above which it runs to infinity.
const STILL_MOVING: f64 = 0.05;
/// Log odds whose exponentials, and products of two, are far from overflow and underflow.
const MODERATE: f64 = 300.0;
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
    checked(y, columns, offset)?;
    if cluster.len() != y.len() {
        return Err(differing_lengths());
    }
    let n_clusters = cluster.iter().max().map_or(0, |last| *last as usize + 1);
    let sample = Sample {
        y,
        clusters: &ByCluster::new(cluster, n_clusters),
        odds: None,
    };
    let shift = |row: usize| offset[row];
    match columns {
        [a] => sample.fit(|row| [a[row]], shift, None),
        [a, b] => sample.fit(|row| [a[row], b[row]], shift, None),
        [a, b, c] => sample.fit(|row| [a[row], b[row], c[row]], shift, None),
        [a, b, c, d] => sample.fit(|row| [a[row], b[row], c[row], d[row]], shift, None),
        [a, b, c, d, e] => sample.fit(|row| [a[row], b[row], c[row], d[row], e[row]], shift, None),
        _ => Err(NotEstimable::Other(
            "a fit has between one and five predictors".to_owned(),
        )),
    }
}

/// An intercept beside a fixed offset: logit P(y) = offset + a. Where Newton's method begins changes
/// nothing but how many steps it takes; `clusters` are the rows of each.
///
/// # Errors
/// As [`logistic`].
pub fn logistic_intercept(
    y: &[bool],
    offset: &[f64],
    clusters: &ByCluster,
    start: f64,
) -> Result<LogisticFit, NotEstimable> {
    checked(y, &[], offset)?;
    // exp(offset + a) is exp(offset) times exp(a): one exponential for a row instead of one for each
    // row and step.
    let moderate = offset.iter().all(|offset| offset.abs() < MODERATE);
    let odds: Option<Vec<f64>> = moderate.then(|| offset.iter().map(|x| x.exp()).collect());
    let sample = Sample {
        y,
        clusters,
        odds: odds.as_deref(),
    };
    sample.fit(|_| [1.0], |row| offset[row], Some([start]))
}

/// A straight line: logit P(y) = a + b x, from where Newton's method is to begin; `clusters` are the
/// rows of each.
///
/// # Errors
/// As [`logistic`].
pub fn logistic_line(
    y: &[bool],
    x: &[f64],
    clusters: &ByCluster,
    start: [f64; 2],
) -> Result<LogisticFit, NotEstimable> {
    checked(y, &[], x)?;
    let sample = Sample {
        y,
        clusters,
        odds: None,
    };
    sample.fit(|row| [1.0, x[row]], |_| 0.0, Some(start))
}

fn differing_lengths() -> NotEstimable {
    NotEstimable::Other("truth, predictors and clusters differ in length".to_owned())
}

fn checked(y: &[bool], columns: &[Vec<f64>], offset: &[f64]) -> Result<(), NotEstimable> {
    let n = y.len();
    if n == 0 {
        return Err(NotEstimable::Empty("samples"));
    }
    if offset.len() != n || columns.iter().any(|column| column.len() != n) {
        return Err(differing_lengths());
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

/// What one pass over the rows finds at given coefficients.
struct Pass<const N: usize> {
    log_likelihood: f64,
    score: [f64; N],
    information: [[f64; N]; N],
    /// Largest difference between an outcome and its probability.
    residual: f64,
}

impl<const N: usize> Pass<N> {
    fn factor(&self) -> Option<Matrix> {
        let rows = self.information.iter();
        cholesky(&rows.map(|row| row.to_vec()).collect::<Matrix>())
    }

    fn is_separated(&self) -> bool {
        self.residual < SEPARATED
    }
}

/// Rows that are worked on together, so that the arithmetic of several goes side by side.
const BLOCK: usize = 128;

/// What a block of rows has at given coefficients.
struct Rows {
    /// Linear predictor.
    eta: [f64; BLOCK],
    /// Probability of what was observed.
    observed: [f64; BLOCK],
    /// Outcome less probability.
    residual: [f64; BLOCK],
    /// p (1 - p).
    weight: [f64; BLOCK],
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            eta: [0.0; BLOCK],
            observed: [1.0; BLOCK],
            residual: [0.0; BLOCK],
            weight: [0.0; BLOCK],
        }
    }
}

impl Rows {
    /// From the linear predictor, without overflow: the smaller of p and 1 - p is
    /// exp(-|eta|) / (1 + exp(-|eta|)). `odds` are the exponentials of the predictors where they are
    /// known but for a `factor`.
    fn fill(&mut self, outcomes: &[bool], odds: Option<(&[f64], f64)>) {
        let n = outcomes.len();
        let mut e = [0.0; BLOCK];
        match odds {
            Some((odds, factor)) => {
                for (e, odds) in e[..n].iter_mut().zip(odds) {
                    let odds = odds * factor;
                    *e = odds.min(1.0 / odds);
                }
            }
            None => {
                for (e, eta) in e[..n].iter_mut().zip(&self.eta) {
                    *e = (-eta.abs()).exp();
                }
            }
        }
        for (place, y) in outcomes.iter().enumerate() {
            let y = f64::from(u8::from(*y));
            let larger = 1.0 / (1.0 + e[place]);
            let smaller = e[place] * larger;
            let above = f64::from(u8::from(self.eta[place] >= 0.0));
            // One of the two terms is 0.
            let p = above * larger + (1.0 - above) * smaller;
            let q = above * smaller + (1.0 - above) * larger;
            self.observed[place] = y * p + (1.0 - y) * q;
            self.residual[place] = y * q - (1.0 - y) * p;
            self.weight[place] = p * q;
        }
    }

    /// Probabilities are multiplied while their product is far from underflow, so that one
    /// logarithm serves many rows; `product` is what is left for the next block.
    fn log_likelihood(&self, n: usize, product: &mut f64) -> f64 {
        const SMALL: f64 = 1e-200;
        let mut sum = 0.0;
        for (observed, eta) in self.observed[..n].iter().zip(&self.eta) {
            if *observed < SMALL {
                // The logarithm is -|eta| to the last digit there.
                sum -= eta.abs();
                continue;
            }
            *product *= observed;
            if *product < SMALL {
                sum += product.ln();
                *product = 1.0;
            }
        }
        sum
    }
}

/// Outcomes and the clusters of their rows.
#[derive(Clone, Copy)]
struct Sample<'a> {
    y: &'a [bool],
    clusters: &'a ByCluster,
    /// Exponentials of the offsets of a fit that has nothing but an intercept.
    odds: Option<&'a [f64]>,
}

impl Sample<'_> {
    /// Newton's method with step halving. `start` is tried where it is likelier than zeros.
    fn fit<const N: usize>(
        self,
        x: impl Fn(usize) -> [f64; N],
        offset: impl Fn(usize) -> f64,
        start: Option<[f64; N]>,
    ) -> Result<LogisticFit, NotEstimable> {
        let at = |beta: &[f64; N]| self.pass(&x, &offset, beta, |_, _| ());
        let chance = self.y.len() as f64 * 0.5f64.ln();
        let started = start
            .map(|start| (start, at(&start)))
            .filter(|(_, pass)| pass.log_likelihood > chance);
        let (mut beta, mut here) = started.unwrap_or_else(|| ([0.0; N], at(&[0.0; N])));
        for _ in 0..STEPS {
            let Some(factor) = here.factor() else {
                return Err(if here.is_separated() {
                    NotEstimable::Separation
                } else {
                    NotEstimable::Other(
                        "the predictors of the fit are linearly dependent".to_owned(),
                    )
                });
            };
            let solved = solve(&factor, &here.score);
            let step: [f64; N] = std::array::from_fn(|i| solved[i]);
            let gain = dot(&step, &here.score);
            if here.is_separated() {
                return Err(NotEstimable::Separation);
            }
            let moved = |share: f64| std::array::from_fn(|i| beta[i] + share * step[i]);
            if gain < CONVERGED {
                // A likelihood that rises no more while the predictor still moves has its maximum
                // at infinity: some rows are separated.
                if (0..self.y.len()).any(|row| dot(&step, &x(row)).abs() > STILL_MOVING) {
                    return Err(NotEstimable::Separation);
                }
                // Newton's last step doubles the digits, beyond what the likelihood can tell apart.
                return self.finished(&x, &offset, moved(1.0));
            }
            let found = (0..HALVINGS).find_map(|halving| {
                let candidate: [f64; N] = moved(0.5_f64.powi(halving));
                let reached = at(&candidate);
                (reached.log_likelihood > here.log_likelihood).then_some((candidate, reached))
            });
            (beta, here) = found.ok_or(NotEstimable::NoConvergence)?;
        }
        Err(NotEstimable::NoConvergence)
    }

    /// Log-likelihood and its derivatives, a block of rows at a time. `each` is told the residual
    /// of one row after the other.
    fn pass<const N: usize>(
        self,
        x: impl Fn(usize) -> [f64; N],
        offset: impl Fn(usize) -> f64,
        beta: &[f64; N],
        mut each: impl FnMut(&[f64; N], f64),
    ) -> Pass<N> {
        let mut found = Pass {
            log_likelihood: 0.0,
            score: [0.0; N],
            information: [[0.0; N]; N],
            residual: 0.0,
        };
        let mut xs = [[0.0; N]; BLOCK];
        let mut rows = Rows::default();
        let mut product = 1.0;
        let odds = self
            .odds
            .filter(|_| beta[0].abs() < MODERATE)
            .map(|odds| (odds, beta[0].exp()));
        for (block, outcomes) in self.y.chunks(BLOCK).enumerate() {
            let (first, n) = (block * BLOCK, outcomes.len());
            for (place, own) in xs[..n].iter_mut().enumerate() {
                *own = x(first + place);
                rows.eta[place] = offset(first + place) + dot(beta, own);
            }
            let known = odds.map(|(odds, factor)| (&odds[first..first + n], factor));
            rows.fill(outcomes, known);
            found.log_likelihood += rows.log_likelihood(n, &mut product);
            for (place, x) in xs[..n].iter().enumerate() {
                let (residual, weight) = (rows.residual[place], rows.weight[place]);
                found.residual = found.residual.max(residual.abs());
                for i in 0..N {
                    found.score[i] += residual * x[i];
                    for j in 0..=i {
                        found.information[i][j] += weight * x[i] * x[j];
                    }
                }
                each(x, residual);
            }
        }
        found.log_likelihood += product.ln();
        for i in 0..N {
            for j in i + 1..N {
                found.information[i][j] = found.information[j][i];
            }
        }
        found
    }

    /// The fit with its covariances at the maximum.
    fn finished<const N: usize>(
        self,
        x: impl Fn(usize) -> [f64; N],
        offset: impl Fn(usize) -> f64,
        beta: [f64; N],
    ) -> Result<LogisticFit, NotEstimable> {
        // Fetched cluster by cluster afterwards: giving each to its cluster, wherever that lies,
        // would have every row wait.
        let mut terms: Vec<[f64; N]> = Vec::with_capacity(self.y.len());
        let last = self.pass(&x, &offset, &beta, |x, residual| {
            terms.push(x.map(|x| residual * x));
        });
        let filled = || self.clusters.clusters().filter(|own| !own.is_empty());
        let score = |own: std::ops::Range<usize>| {
            let mut sums = [0.0; N];
            for row in &self.clusters.rows[own] {
                let term = &terms[*row as usize];
                sums.iter_mut()
                    .zip(term)
                    .for_each(|(sum, term)| *sum += term);
            }
            sums
        };
        let scores: Vec<[f64; N]> = filled().map(score).collect();
        let factor = last.factor().ok_or(NotEstimable::NoConvergence)?;
        let covariance_model = inverse(&factor);
        // The result must not depend on the numbering of clusters.
        let mut meat = zeros(N);
        for i in 0..N {
            for j in 0..=i {
                meat[i][j] = ordered_sum(scores.iter().map(|score| score[i] * score[j]));
                meat[j][i] = meat[i][j];
            }
        }
        let covariance_cluster = sandwich(&covariance_model, &meat);
        Ok(LogisticFit {
            coefficients: beta.to_vec(),
            covariance_model,
            covariance_cluster,
            log_likelihood: last.log_likelihood,
            n_clusters: scores.len() as u64,
        })
    }
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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

    /// Offsets beyond what an exponential can hold take the other way to the same fit.
    #[test]
    fn an_intercept_by_odds_is_the_one_by_logarithms() {
        let y: Vec<bool> = (0..200).map(|i| i % 7 < 3).collect();
        let offset: Vec<f64> = (0..200).map(|i| f64::from(i % 13) / 3.0 - 2.0).collect();
        let cluster: Vec<u32> = (0..200).map(|i| i / 3).collect();
        let clusters = ByCluster::new(&cluster, 67);
        let found = logistic_intercept(&y, &offset, &clusters, 0.0).unwrap();
        let general = logistic(&y, &[vec![1.0; 200]], &offset, &cluster).unwrap();
        assert!((found.coefficients[0] - general.coefficients[0]).abs() < 1e-12);
        assert!((found.se_cluster(0) - general.se_cluster(0)).abs() < 1e-12);
        assert!((found.log_likelihood - general.log_likelihood).abs() < 1e-9);
        // One row of each class that no intercept can move.
        let with = |extreme: f64| {
            let y: Vec<bool> = y.iter().copied().chain([true, false]).collect();
            let offset: Vec<f64> = offset.iter().copied().chain([extreme, -extreme]).collect();
            let cluster: Vec<u32> = cluster.iter().copied().chain([90, 91]).collect();
            let clusters = ByCluster::new(&cluster, 92);
            logistic_intercept(&y, &offset, &clusters, 0.0).unwrap()
        };
        let (moderate, extreme) = (with(MODERATE - 1.0), with(900.0));
        assert!((moderate.coefficients[0] - extreme.coefficients[0]).abs() < 1e-12);
        assert!((moderate.coefficients[0] - found.coefficients[0]).abs() < 1e-9);
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
