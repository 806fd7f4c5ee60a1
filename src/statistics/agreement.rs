//! Agreement of repeated measurements: intraclass correlation, Bland-Altman, repeatability.

use super::agreement_intervals::{IntraclassIntervals, intervals};
use super::distributions::{chi_squared_quantile, f_quantile, normal_quantile, t_quantile};
use super::{Interval, NotEstimable, checked_confidence, checked_finite};

/// An intraclass correlation, or why it has no value.
type Correlation = Result<f64, NotEstimable>;

/// Intraclass correlations of n subjects with k ratings each. One whose denominator is not above 0 has
/// no value, whatever the others have.
#[derive(Debug, Clone, PartialEq)]
pub struct IntraclassCorrelation {
    /// ICC(1,1): one-way, single rating.
    pub one_way: Correlation,
    /// ICC(2,1) = ICC(A,1): two-way random, absolute agreement, single rating.
    pub agreement: Correlation,
    /// ICC(3,1) = ICC(C,1): two-way mixed, consistency, single rating.
    pub consistency: Correlation,
    /// ICC(1,k): mean of k ratings.
    pub one_way_mean: Correlation,
    /// ICC(2,k).
    pub agreement_mean: Correlation,
    /// ICC(3,k).
    pub consistency_mean: Correlation,
    /// Intervals of all of them.
    pub intervals: IntraclassIntervals,
}

/// Mean squares of an analysis of variance of subjects by ratings.
pub(super) struct MeanSquares {
    pub(super) rows: f64,
    columns: f64,
    pub(super) error: f64,
    pub(super) within: f64,
    pub(super) n: f64,
    pub(super) k: f64,
}

/// Why a correlation of means has no value where nothing lies between these.
const SAME_MEANS: &str =
    "subjects have the same mean, so that no variance of means is there to be shared";

/// A distance between readings up to so large that is no more than their rounding.
fn rounding(largest: f64) -> f64 {
    4.0 * f64::EPSILON * largest
}

fn mean_squares(ratings: &[Vec<f64>]) -> Result<MeanSquares, NotEstimable> {
    let n = ratings.len();
    let k = ratings.first().map_or(0, Vec::len);
    if n < 2 || k < 2 {
        return Err(NotEstimable::Other(
            "agreement needs two subjects with two ratings each".to_owned(),
        ));
    }
    if ratings.iter().any(|row| row.len() != k) {
        return Err(NotEstimable::Other(
            "subjects have different numbers of ratings".to_owned(),
        ));
    }
    ratings
        .iter()
        .try_for_each(|row| checked_finite(row, "a rating"))?;
    let (nf, kf) = (n as f64, k as f64);
    let grand = ratings.iter().flatten().sum::<f64>() / (nf * kf);
    let row_means: Vec<f64> = ratings
        .iter()
        .map(|row| row.iter().sum::<f64>() / kf)
        .collect();
    let column_means: Vec<f64> = (0..k)
        .map(|column| ratings.iter().map(|row| row[column]).sum::<f64>() / nf)
        .collect();
    let rows: f64 = kf
        * row_means
            .iter()
            .map(|mean| (mean - grand).powi(2))
            .sum::<f64>();
    let columns: f64 = nf
        * column_means
            .iter()
            .map(|mean| (mean - grand).powi(2))
            .sum::<f64>();
    let within: f64 = ratings
        .iter()
        .zip(&row_means)
        .map(|(row, mean)| row.iter().map(|x| (x - mean).powi(2)).sum::<f64>())
        .sum();
    let error: f64 = ratings
        .iter()
        .zip(&row_means)
        .map(|(row, mean)| {
            row.iter()
                .zip(&column_means)
                .map(|(x, column)| (x - mean - column + grand).powi(2))
                .sum::<f64>()
        })
        .sum();
    let largest = ratings.iter().flatten().fold(0.0, |m, x| x.abs().max(m));
    // What rounding leaves of a variation that is none.
    let mean = |sum: f64, df: f64| Some(sum / df).filter(|m| *m > rounding(largest).powi(2));
    Ok(MeanSquares {
        rows: mean(rows, nf - 1.0).unwrap_or(0.0),
        columns: mean(columns, kf - 1.0).unwrap_or(0.0),
        error: mean(error, (nf - 1.0) * (kf - 1.0)).unwrap_or(0.0),
        within: mean(within, nf * (kf - 1.0)).unwrap_or(0.0),
        n: nf,
        k: kf,
    })
}

/// Intraclass correlations by analysis of variance (Shrout and Fleiss 1979, Psychol Bull
/// 86:420-428; McGraw and Wong 1996, Psychol Methods 1:30-46). One row a subject, one column a
/// rating (a run). Can be negative: it is an estimate, not cut to 0.
///
/// # Errors
/// Fewer than two subjects or ratings, rows of different length, a value that is no number, or
/// ratings that are all the same.
pub fn intraclass_correlation(
    ratings: &[Vec<f64>],
    confidence: f64,
) -> Result<IntraclassCorrelation, NotEstimable> {
    let m = mean_squares(ratings)?;
    checked_confidence(confidence)?;
    let (n, k) = (m.n, m.k);
    let none = |why: &str| NotEstimable::Other(why.to_owned());
    if m.rows <= 0.0 && m.within <= 0.0 {
        return Err(none("the ratings do not vary"));
    }
    // What subjects differ by, over all that varies.
    let single = |own: f64, all: f64, why: &str| {
        if all > 0.0 {
            Ok(own / all)
        } else {
            Err(none(why))
        }
    };
    let agreement = single(
        m.rows - m.error,
        m.rows + (k - 1.0) * m.error + k * (m.columns - m.error) / n,
        "subjects have the same mean, and so have columns, so that neither has a variance to be a share of",
    );
    let of_agreement = agreement
        .clone()
        .and_then(|icc| agreement_interval(&m, icc, confidence));
    Ok(IntraclassCorrelation {
        intervals: intervals(&m, of_agreement, confidence)?,
        // Where nothing varies within subjects nor between them was told above.
        one_way: Ok((m.rows - m.within) / (m.rows + (k - 1.0) * m.within)),
        agreement,
        consistency: single(
            m.rows - m.error,
            m.rows + (k - 1.0) * m.error,
            "subjects do not differ in any column, so that nothing but columns varies",
        ),
        one_way_mean: single(m.rows - m.within, m.rows, SAME_MEANS),
        agreement_mean: single(
            m.rows - m.error,
            m.rows + (m.columns - m.error) / n,
            "subjects' means differ by less than chance within subjects lets expect, so that the denominator is not above 0",
        ),
        consistency_mean: single(m.rows - m.error, m.rows, SAME_MEANS),
    })
}

/// Limits are cut to -1 / (k - 1), below which no correlation of k ratings can lie, and to 1.
fn agreement_interval(
    m: &MeanSquares,
    icc: f64,
    confidence: f64,
) -> Result<Interval, NotEstimable> {
    let p = 0.5 + 0.5 * checked_confidence(confidence)?;
    let (n, k) = (m.n, m.k);
    if m.error <= 0.0 && m.columns <= 0.0 {
        // Identical runs: nothing but subjects varies.
        return Err(NotEstimable::SameReadings);
    }
    // Satterthwaite's degrees of freedom of the denominator of the F ratio.
    let a = k * icc / (n * (1.0 - icc));
    let b = 1.0 + k * icc * (n - 1.0) / (n * (1.0 - icc));
    let v = (a * m.columns + b * m.error).powi(2)
        / ((a * m.columns).powi(2) / (k - 1.0) + (b * m.error).powi(2) / ((n - 1.0) * (k - 1.0)));
    let (upper_f, lower_f) = (f_quantile(p, n - 1.0, v), f_quantile(p, v, n - 1.0));
    let spread = k * m.columns + (k * n - k - n) * m.error;
    let lower = n * (m.rows - upper_f * m.error) / (upper_f * spread + n * m.rows);
    let upper = n * (lower_f * m.rows - m.error) / (spread + n * lower_f * m.rows);
    if lower.is_finite() && upper.is_finite() {
        Ok(Interval {
            lower: lower.max(-1.0 / (k - 1.0)).min(icc),
            upper: upper.max(icc).min(1.0),
        })
    } else {
        Err(NotEstimable::Other("no bounded interval".to_owned()))
    }
}

/// Bias and limits of agreement of two measurements of the same subjects.
#[derive(Debug, Clone, PartialEq)]
pub struct BlandAltman {
    /// Mean of first minus second.
    pub bias: f64,
    /// Standard deviation of the differences.
    pub sd: f64,
    /// What follows from that deviation; not estimable where it is 0: that differences did not vary
    /// among a few pairs does not show that they never do.
    pub spread: Result<Differences, NotEstimable>,
}

/// How far differences of two measurements lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Differences {
    /// Interval of the bias, Student's t.
    pub bias_interval: Interval,
    /// bias -/+ z sd, z the normal quantile of the level.
    pub limits: Interval,
    /// Half width of the interval of either limit: t sd sqrt(1/n + z^2 / (2 (n - 1))).
    pub limits_half_width: f64,
}

/// Bland and Altman's limits of agreement (Lancet 1986, i:307-310).
///
/// # Errors
/// Fewer than two pairs, lengths that differ, or a value that is no number.
pub fn bland_altman(
    first: &[f64],
    second: &[f64],
    confidence: f64,
) -> Result<BlandAltman, NotEstimable> {
    let p = 0.5 + 0.5 * checked_confidence(confidence)?;
    if first.len() != second.len() || first.len() < 2 {
        return Err(NotEstimable::Other(
            "limits of agreement need two pairs of measurements".to_owned(),
        ));
    }
    checked_finite(first, "a measurement")?;
    checked_finite(second, "a measurement")?;
    let n = first.len() as f64;
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let bias = differences.iter().sum::<f64>() / n;
    let largest = first.iter().chain(second).fold(0.0, |m, x| x.abs().max(m));
    let sd = (differences.iter().map(|d| (d - bias).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let sd = if sd > rounding(largest) { sd } else { 0.0 };
    let (z, t) = (normal_quantile(p), t_quantile(p, n - 1.0));
    let half = t * sd / n.sqrt();
    let spread = Differences {
        bias_interval: Interval {
            lower: bias - half,
            upper: bias + half,
        },
        limits: Interval {
            lower: bias - z * sd,
            upper: bias + z * sd,
        },
        limits_half_width: t * sd * (1.0 / n + z * z / (2.0 * (n - 1.0))).sqrt(),
    };
    Ok(BlandAltman {
        bias,
        sd,
        spread: if sd > 0.0 {
            Ok(spread)
        } else {
            Err(NotEstimable::SameReadings)
        },
    })
}

/// Repeatability of a measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeatability {
    /// Within-subject standard deviation.
    pub within_sd: f64,
    /// 1.96 sqrt(2) = 2.77 times it: 95% of repeated pairs differ by less.
    pub coefficient: f64,
    /// Interval of the coefficient from the chi-squared distribution; not estimable where repeated
    /// readings are all the same, which no width could be computed from.
    pub interval: Result<Interval, NotEstimable>,
    /// Degrees of freedom: subjects times (ratings - 1).
    pub df: f64,
}

/// Repeatability coefficient 2.77 x wSD with its chi-squared interval (Bland and Altman 1996, BMJ
/// 312:1654; Raunig et al. 2015, Stat Methods Med Res 24:27-67). No published number was found for
/// the interval; the tests compute a pair by hand.
///
/// # Errors
/// As [`intraclass_correlation`], save that values need not vary.
pub fn repeatability(ratings: &[Vec<f64>], confidence: f64) -> Result<Repeatability, NotEstimable> {
    let tail = 0.5 * (1.0 - checked_confidence(confidence)?);
    let m = mean_squares(ratings)?;
    let df = m.n * (m.k - 1.0);
    let within_sd = m.within.sqrt();
    let coefficient = normal_quantile(0.975) * std::f64::consts::SQRT_2 * within_sd;
    let at = |p: f64| coefficient * (df / chi_squared_quantile(p, df)).sqrt();
    Ok(Repeatability {
        within_sd,
        coefficient,
        interval: if within_sd > 0.0 {
            Ok(Interval {
                lower: at(1.0 - tail).min(coefficient),
                upper: at(tail).max(coefficient),
            })
        } else {
            Err(NotEstimable::SameReadings)
        },
        df,
    })
}

/// Asymmetric limits of the relative change between two measurements with within-subject
/// coefficient of variation `wcv`, as shares: exp(-/+ 2.77 sqrt(ln(1 + wcv^2))) - 1.
///
/// # Errors
/// A coefficient that is negative or no number.
pub fn relative_repeatability_limits(wcv: f64) -> Result<Interval, NotEstimable> {
    if !wcv.is_finite() || wcv < 0.0 {
        return Err(NotEstimable::Other(format!(
            "{wcv} is no coefficient of variation"
        )));
    }
    let reach = normal_quantile(0.975) * std::f64::consts::SQRT_2 * (wcv * wcv).ln_1p().sqrt();
    Ok(Interval {
        lower: (-reach).exp_m1(),
        upper: reach.exp_m1(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judges() -> Vec<Vec<f64>> {
        [
            [9.0, 2.0, 5.0, 8.0],
            [6.0, 1.0, 3.0, 2.0],
            [8.0, 4.0, 6.0, 8.0],
            [7.0, 1.0, 2.0, 6.0],
            [10.0, 5.0, 6.0, 9.0],
            [6.0, 2.0, 4.0, 7.0],
        ]
        .map(Vec::from)
        .to_vec()
    }

    #[test]
    fn shrout_and_fleiss_1979() {
        let found = intraclass_correlation(&judges(), 0.95).unwrap();
        for (value, printed) in [
            (found.one_way, 0.166),
            (found.agreement, 0.290),
            (found.consistency, 0.715),
            (found.one_way_mean, 0.443),
            (found.agreement_mean, 0.620),
            (found.consistency_mean, 0.909),
        ] {
            assert!((value.unwrap() - printed).abs() < 6e-4);
        }
        let limits = found.intervals.agreement.unwrap();
        // The interval of ICC(2,1) for these data as R's psych prints it: 0.019 to 0.761.
        assert!(
            (limits.lower - 0.019).abs() < 6e-4 && (limits.upper - 0.761).abs() < 6e-4,
            "{limits:?}"
        );
    }

    /// The uncut lower limit is -1.545 by numpy and scipy 1.17 from McGraw and Wong's formula.
    #[test]
    fn no_limit_lies_where_no_correlation_can() {
        let ratings = [[7.0, 3.0], [1.0, 3.0], [4.0, 7.0], [4.0, 1.0]].map(|row| row.to_vec());
        let found = intraclass_correlation(&ratings, 0.95).unwrap();
        assert!(found.agreement.clone().unwrap().abs() < 1e-12, "{found:?}");
        assert_eq!(found.intervals.agreement.unwrap().lower, -1.0);
    }

    #[test]
    fn peak_flow_of_bland_and_altman_1986() {
        // Large meter and mini meter, 17 subjects.
        let large = [
            494.0, 395.0, 516.0, 434.0, 476.0, 557.0, 413.0, 442.0, 650.0, 433.0, 417.0, 656.0,
            267.0, 478.0, 178.0, 423.0, 427.0,
        ];
        let mini = [
            512.0, 430.0, 520.0, 428.0, 500.0, 600.0, 364.0, 380.0, 658.0, 445.0, 432.0, 626.0,
            260.0, 477.0, 259.0, 350.0, 451.0,
        ];
        let found = bland_altman(&large, &mini, 0.95).unwrap();
        assert!((found.bias + 2.118).abs() < 5e-4 && (found.sd - 38.77).abs() < 0.01);
        // The paper takes 2 for 1.96: -79.6 to 75.4.
        assert!(
            (found.bias - 2.0 * found.sd + 79.6).abs() < 0.1
                && (found.bias + 2.0 * found.sd - 75.4).abs() < 0.1
        );
        let limits = found.spread.unwrap().limits;
        assert!(limits.lower > -79.6 && limits.upper < 75.4);
    }

    #[test]
    fn qiba_limits() {
        for (wcv, lower, upper) in [(0.12, -28.2, 39.3), (0.10, -24.2, 31.9)] {
            let found = relative_repeatability_limits(wcv).unwrap();
            assert!(
                (100.0 * found.lower - lower).abs() < 0.06
                    && (100.0 * found.upper - upper).abs() < 0.06
            );
        }
        assert!(relative_repeatability_limits(-0.1).is_err());
    }

    #[test]
    fn repeatability_of_pairs() {
        let found = repeatability(&[vec![1.0, 2.0], vec![4.0, 4.0], vec![3.0, 6.0]], 0.95).unwrap();
        // Half squared differences: 0.5, 0, 4.5, mean 5/3.
        assert!((found.within_sd - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12 && found.df == 3.0);
        assert!((found.coefficient / found.within_sd - 2.7718).abs() < 1e-4);
        // Chi-squared tables: 9.348 and 0.2158 at 3 degrees of freedom.
        let limits = found.interval.unwrap();
        assert!((limits.lower - found.coefficient * (3.0_f64 / 9.348).sqrt()).abs() < 1e-3);
        assert!((limits.upper - found.coefficient * (3.0_f64 / 0.215_8).sqrt()).abs() < 1e-2);
    }

    /// Three equal readings say nothing of how far a fourth would lie, whatever their rounding.
    #[test]
    fn readings_that_agree_entirely_have_no_limits() {
        let no_limits = Err(NotEstimable::SameReadings);
        for shift in [0.0, 0.1] {
            let ratings: Vec<Vec<f64>> = [0.1, 0.7, 1.3, 2.9]
                .iter()
                .map(|x| vec![*x, x + shift, *x])
                .collect();
            let found = intraclass_correlation(&ratings, 0.95).unwrap();
            assert_eq!(found.consistency, Ok(1.0));
            assert_eq!(found.intervals.consistency, no_limits, "{shift}");
            assert_eq!(found.intervals.consistency_mean, no_limits);
            let identical = shift == 0.0;
            assert_eq!(found.intervals.agreement == no_limits, identical);
            assert_eq!(found.intervals.one_way == no_limits, identical);
            let found = repeatability(&ratings, 0.95).unwrap();
            assert_eq!(found.interval == no_limits, identical, "{found:?}");
            assert_eq!(found.coefficient == 0.0, identical);
            let column = |place: usize| ratings.iter().map(|row| row[place]).collect::<Vec<_>>();
            let found = bland_altman(&column(0), &column(1), 0.95).unwrap();
            assert!(
                (found.bias + shift).abs() < 1e-12 && found.sd == 0.0,
                "{found:?}"
            );
            assert_eq!(found.spread, Err(NotEstimable::SameReadings));
        }
    }

    /// Ratings that vary have a reason of their own where a denominator is 0 or below, and the other
    /// correlations keep their values (numpy, from the mean squares).
    #[test]
    fn a_denominator_of_zero_has_its_own_reason() {
        let of = |ratings: &[[f64; 2]]| {
            let ratings: Vec<Vec<f64>> = ratings.iter().map(|row| row.to_vec()).collect();
            intraclass_correlation(&ratings, 0.95).unwrap()
        };
        let why = |found: &Correlation| found.as_ref().unwrap_err().to_string();
        // Subjects and columns are alike on average.
        let crossed = of(&[[1.0, 2.0], [2.0, 1.0]]);
        assert_eq!(
            (&crossed.one_way, &crossed.consistency),
            (&Ok(-1.0), &Ok(-1.0))
        );
        assert!(why(&crossed.agreement).contains("and so have columns"));
        assert!(why(&crossed.one_way_mean).contains("the same mean"));
        assert!(why(&crossed.agreement_mean).contains("not above 0"));
        // Nothing but columns varies.
        let shifted = of(&[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]);
        assert_eq!(
            (&shifted.one_way, &shifted.agreement),
            (&Ok(-1.0), &Ok(0.0))
        );
        assert_eq!(shifted.agreement_mean, Ok(0.0));
        assert!(why(&shifted.consistency).contains("nothing but columns varies"));
        // A denominator below 0 would make 8 of an ICC(2,k).
        let noisy = of(&[[1.0, 2.0], [2.0, 1.0], [3.0, 1.0], [1.0, 3.5]]);
        assert!((noisy.consistency_mean.unwrap() + 6.222_222_222_2).abs() < 1e-9);
        assert!(why(&noisy.agreement_mean).contains("not above 0"));
        for found in [crossed, shifted] {
            for one in [found.agreement, found.consistency, found.one_way_mean] {
                assert!(one.is_ok() || !why(&one).contains("do not vary"));
            }
        }
    }

    #[test]
    fn degenerate_ratings() {
        assert!(intraclass_correlation(&[vec![1.0, 2.0]], 0.95).is_err());
        assert!(intraclass_correlation(&[vec![1.0], vec![2.0]], 0.95).is_err());
        assert!(intraclass_correlation(&[vec![1.0, 2.0], vec![2.0]], 0.95).is_err());
        assert!(intraclass_correlation(&vec![vec![1.0, 1.0]; 4], 0.95).is_err());
        assert!(bland_altman(&[1.0], &[2.0], 0.95).is_err());
        assert!(bland_altman(&[1.0, f64::NAN], &[2.0, 1.0], 0.95).is_err());
    }
}
