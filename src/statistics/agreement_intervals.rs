//! Intervals of intraclass correlations from the F ratio of subjects.

use super::agreement::MeanSquares;
use super::distributions::f_quantile;
use super::{Interval, NotEstimable, checked_confidence};

/// An interval, or why there is none.
type Limits = Result<Interval, NotEstimable>;

/// Intervals of intraclass correlations; not estimable where a limit is not bounded or readings do
/// not vary.
#[derive(Debug, Clone, PartialEq)]
pub struct IntraclassIntervals {
    /// Of ICC(1,1).
    pub one_way: Limits,
    /// Of ICC(2,1) (McGraw and Wong 1996).
    pub agreement: Limits,
    /// Of ICC(3,1).
    pub consistency: Limits,
    /// Of ICC(1,k).
    pub one_way_mean: Limits,
    /// Of ICC(2,k), from that of ICC(2,1) by the formula of Spearman and Brown.
    pub agreement_mean: Limits,
    /// Of ICC(3,k).
    pub consistency_mean: Limits,
}

/// Limits from the F ratio of subjects (Shrout and Fleiss 1979; McGraw and Wong 1996): with F_L and
/// F_U the ratio over, and times, its quantiles, (F - 1) / (F + k - 1) for one rating and 1 - 1 / F
/// for the mean of k. Ratings that agree entirely have a ratio without bound and no limits:
/// that a few readings agree shows nothing of how far others would lie apart. Subjects that do not differ have a ratio of 0 and no lower limit of the mean.
pub(super) fn intervals(
    m: &MeanSquares,
    agreement: Limits,
    confidence: f64,
) -> Result<IntraclassIntervals, NotEstimable> {
    let p = 0.5 + 0.5 * checked_confidence(confidence)?;
    let (n, k) = (m.n, m.k);
    let limits = |below: f64, df: f64, of: &dyn Fn(f64) -> f64| {
        if below <= 0.0 {
            return Err(NotEstimable::SameReadings);
        }
        let f = m.rows / below;
        let found = Interval {
            lower: of(f / f_quantile(p, n - 1.0, df)),
            upper: of(f * f_quantile(p, df, n - 1.0)),
        };
        if found.lower.is_finite() && found.upper.is_finite() {
            Ok(found)
        } else {
            Err(unbounded())
        }
    };
    let single = |f: f64| (f - 1.0) / (f + k - 1.0);
    let mean = |f: f64| 1.0 - 1.0 / f;
    let (within_df, error_df) = (n * (k - 1.0), (n - 1.0) * (k - 1.0));
    let of_mean = |icc: f64| k * icc / (1.0 + (k - 1.0) * icc);
    // At an ICC of -1 / (k - 1) the mean of k has no bound.
    let agreement_mean = agreement.clone().and_then(|of| {
        if 1.0 + (k - 1.0) * of.lower > 1e-12 {
            Ok(Interval {
                lower: of_mean(of.lower),
                upper: of_mean(of.upper),
            })
        } else {
            Err(unbounded())
        }
    });
    Ok(IntraclassIntervals {
        one_way: limits(m.within, within_df, &single),
        consistency: limits(m.error, error_df, &single),
        one_way_mean: limits(m.within, within_df, &mean),
        agreement_mean,
        agreement,
        consistency_mean: limits(m.error, error_df, &mean),
    })
}

fn unbounded() -> NotEstimable {
    NotEstimable::Other("no bounded interval".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::intraclass_correlation;

    /// Six subjects and four judges (Shrout and Fleiss 1979) in the documentation of R's psych
    /// (`ICC`), two or three digits.
    #[test]
    fn intervals_as_psych_prints_them() {
        let judges = [
            [9.0, 2.0, 5.0, 8.0],
            [6.0, 1.0, 3.0, 2.0],
            [8.0, 4.0, 6.0, 8.0],
            [7.0, 1.0, 2.0, 6.0],
            [10.0, 5.0, 6.0, 9.0],
            [6.0, 2.0, 4.0, 7.0],
        ]
        .map(|row| row.to_vec());
        let found = intraclass_correlation(&judges, 0.95).unwrap().intervals;
        for (name, found, lower, upper) in [
            ("icc_1_1", found.one_way, -0.133, 0.72),
            ("icc_3_1", found.consistency, 0.342, 0.95),
            ("icc_1_k", found.one_way_mean, -0.884, 0.91),
            ("icc_2_k", found.agreement_mean, 0.071, 0.93),
            ("icc_3_k", found.consistency_mean, 0.676, 0.99),
        ] {
            let found = found.unwrap();
            assert!(
                (found.lower - lower).abs() < 6e-4 && (found.upper - upper).abs() < 6e-3,
                "{name} {found:?}"
            );
        }
    }
}
