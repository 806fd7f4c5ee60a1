//! Comparing two groups within the levels of a third factor: Mantel-Haenszel, Breslow-Day with
//! Tarone's correction.
//!
//! Mantel-Haenszel and Breslow-Day assume independent rows: with clusters the caller passes
//! Rao-Scott counts (events and trials over the design effect) and says so.

use super::NotEstimable;
use super::distributions::chi_squared_sf;
use super::proportion::checked_counts;
use super::scaled::{Scale, ScaledEstimate};

/// One stratum: events and trials of both groups, real.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoByTwo {
    /// Events in the first group.
    pub k1: f64,
    /// Trials in the first group.
    pub n1: f64,
    /// Events in the second group.
    pub k2: f64,
    /// Trials in the second group.
    pub n2: f64,
}

impl TwoByTwo {
    fn total(&self) -> f64 {
        self.n1 + self.n2
    }
}

/// Strata in which both groups have trials; the others say nothing about a difference.
fn informative(strata: &[TwoByTwo]) -> Result<Vec<TwoByTwo>, NotEstimable> {
    for stratum in strata {
        for (k, n) in [(stratum.k1, stratum.n1), (stratum.k2, stratum.n2)] {
            if n != 0.0 || k != 0.0 {
                checked_counts(k, n)?;
            }
        }
    }
    let used: Vec<TwoByTwo> = strata
        .iter()
        .copied()
        .filter(|stratum| stratum.n1 > 0.0 && stratum.n2 > 0.0)
        .collect();
    if used.is_empty() {
        Err(NotEstimable::Other(
            "no stratum holds both groups".to_owned(),
        ))
    } else {
        Ok(used)
    }
}

/// Mantel-Haenszel risk difference, weights n1 n2 / N, with the variance of Sato (Biometrics
/// 1989, 45:1323-1324), which holds for few large and for many sparse strata.
///
/// # Errors
/// No stratum with both groups, or impossible counts.
pub fn mantel_haenszel_difference(strata: &[TwoByTwo]) -> Result<ScaledEstimate, NotEstimable> {
    let strata = informative(strata)?;
    let sum = |term: fn(&TwoByTwo) -> f64| strata.iter().map(term).sum::<f64>();
    let weight = sum(|s| s.n1 * s.n2 / s.total());
    let difference = sum(|s| (s.k1 * s.n2 - s.k2 * s.n1) / s.total()) / weight;
    let p = sum(|s| {
        (s.n1 * s.n1 * s.k2 - s.n2 * s.n2 * s.k1 + s.n1 * s.n2 * (s.n2 - s.n1) / 2.0)
            / (s.total() * s.total())
    });
    let q = sum(|s| (s.k1 * (s.n2 - s.k2) + s.k2 * (s.n1 - s.k1)) / (2.0 * s.total()));
    let variance = (difference * p + q).max(0.0) / (weight * weight);
    Ok(ScaledEstimate::normal(
        difference,
        variance.sqrt(),
        Scale::Identity,
        0,
        "mantel_haenszel_sato",
    )?
    .within(-1.0, 1.0))
}

/// Mantel-Haenszel odds ratio with the variance of Robins, Breslow and Greenland (Biometrics
/// 1986, 42:311-323) on the log scale.
///
/// # Errors
/// No stratum with both groups, impossible counts, or a sum of cross products of zero (no bounded
/// odds ratio).
pub fn mantel_haenszel_odds_ratio(strata: &[TwoByTwo]) -> Result<ScaledEstimate, NotEstimable> {
    let strata = informative(strata)?;
    let (mut r, mut s, mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for stratum in &strata {
        let n = stratum.total();
        let (b, d) = (stratum.n1 - stratum.k1, stratum.n2 - stratum.k2);
        let (concordant, discordant) = (stratum.k1 * d / n, b * stratum.k2 / n);
        let (p, q) = ((stratum.k1 + d) / n, (b + stratum.k2) / n);
        r += concordant;
        s += discordant;
        pr += p * concordant;
        ps_qr += p * discordant + q * concordant;
        qs += q * discordant;
    }
    if r <= 0.0 || s <= 0.0 {
        return Err(NotEstimable::Other(
            "an empty margin leaves the common odds ratio unbounded".to_owned(),
        ));
    }
    let variance = pr / (2.0 * r * r) + ps_qr / (2.0 * r * s) + qs / (2.0 * s * s);
    ScaledEstimate::normal(
        r / s,
        r / s * variance.sqrt(),
        Scale::Log,
        0,
        "mantel_haenszel_rbg",
    )
}

/// Test that the odds ratio is the same in every stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreslowDay {
    /// Statistic with Tarone's correction.
    pub statistic: f64,
    /// Statistic without it.
    pub uncorrected: f64,
    /// Informative strata minus 1.
    pub df: f64,
    /// p of the corrected statistic.
    pub p: f64,
}

/// Breslow and Day's test of homogeneous odds ratios with Tarone's correction (Biometrika 1985,
/// 72:91-95). Strata without events, or with nothing but events, say nothing and are left out.
///
/// # Errors
/// Fewer than two informative strata, or no bounded common odds ratio.
pub fn breslow_day_tarone(strata: &[TwoByTwo]) -> Result<BreslowDay, NotEstimable> {
    let ratio = mantel_haenszel_odds_ratio(strata)?.estimate;
    let (mut statistic, mut residuals, mut variances, mut used) = (0.0, 0.0, 0.0, 0.0);
    for stratum in informative(strata)? {
        let events = stratum.k1 + stratum.k2;
        if events <= 0.0 || events >= stratum.total() {
            continue;
        }
        let expected = expected_events(&stratum, events, ratio);
        let rest = stratum.n2 - events + expected;
        let variance = 1.0
            / (1.0 / expected
                + 1.0 / (events - expected)
                + 1.0 / (stratum.n1 - expected)
                + 1.0 / rest);
        statistic += (stratum.k1 - expected).powi(2) / variance;
        residuals += stratum.k1 - expected;
        variances += variance;
        used += 1.0;
    }
    if used < 2.0 {
        return Err(NotEstimable::Other(
            "fewer than two strata hold both groups and both outcomes".to_owned(),
        ));
    }
    let corrected = (statistic - residuals * residuals / variances).max(0.0);
    Ok(BreslowDay {
        statistic: corrected,
        uncorrected: statistic,
        df: used - 1.0,
        p: chi_squared_sf(corrected, used - 1.0),
    })
}

/// Events of the first group under the common odds ratio with all margins kept.
fn expected_events(stratum: &TwoByTwo, events: f64, ratio: f64) -> f64 {
    let (from, to) = ((events - stratum.n2).max(0.0), events.min(stratum.n1));
    super::root::turning_point(from, to, |a| {
        a * (stratum.n2 - events + a) < ratio * (events - a) * (stratum.n1 - a)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Admissions to Berkeley in 1973 (Bickel, Hammel and O'Connell 1975), six departments:
    /// men admitted, men, women admitted, women.
    fn berkeley() -> Vec<TwoByTwo> {
        [
            (512.0, 825.0, 89.0, 108.0),
            (353.0, 560.0, 17.0, 25.0),
            (120.0, 325.0, 202.0, 593.0),
            (138.0, 417.0, 131.0, 375.0),
            (53.0, 191.0, 94.0, 393.0),
            (22.0, 373.0, 24.0, 341.0),
        ]
        .into_iter()
        .map(|(k1, n1, k2, n2)| TwoByTwo { k1, n1, k2, n2 })
        .collect()
    }

    #[test]
    fn smoking_and_lung_cancer_of_doll_and_hill_1950() {
        // Two strata (men, women); numbers as R's contingencytables prints them.
        let strata = [(647.0, 1269.0, 2.0, 29.0), (41.0, 69.0, 19.0, 51.0)]
            .map(|(k1, n1, k2, n2)| TwoByTwo { k1, n1, k2, n2 });
        let ratio = mantel_haenszel_odds_ratio(&strata).unwrap();
        assert!((ratio.estimate - 4.5239).abs() < 5e-5);
        // The same package takes Greenland and Robins's variance for the difference, 0.2281 to
        // 0.4307; Sato's is near it where strata are large.
        let difference = mantel_haenszel_difference(&strata).unwrap();
        let limits = difference.interval(0.95).unwrap();
        assert!((difference.estimate - 0.3294).abs() < 5e-5);
        assert!((limits.width() / (0.4307 - 0.2281) - 1.0).abs() < 0.06);
        let homogeneity = breslow_day_tarone(&strata).unwrap();
        assert!(
            (homogeneity.statistic - 5.175).abs() < 5e-4 && (homogeneity.p - 0.02292).abs() < 5e-6
        );
        assert!(homogeneity.statistic < homogeneity.uncorrected);
    }

    #[test]
    fn difference_of_one_stratum_is_the_plain_one() {
        let found = mantel_haenszel_difference(&[TwoByTwo {
            k1: 56.0,
            n1: 70.0,
            k2: 48.0,
            n2: 80.0,
        }])
        .unwrap();
        assert!((found.estimate - 0.2).abs() < 1e-15);
        let plain = (0.8_f64 * 0.2 / 70.0 + 0.6 * 0.4 / 80.0).sqrt();
        assert!((found.standard_error / plain - 1.0).abs() < 0.02);
        let many = mantel_haenszel_difference(&berkeley()).unwrap();
        assert!(many.interval(0.95).unwrap().contains(many.estimate) && many.estimate < 0.0);
    }

    #[test]
    fn degenerate_strata() {
        let one_group = TwoByTwo {
            k1: 3.0,
            n1: 9.0,
            k2: 0.0,
            n2: 0.0,
        };
        assert!(mantel_haenszel_difference(&[one_group]).is_err());
        assert!(
            mantel_haenszel_odds_ratio(&[TwoByTwo {
                k1: 3.0,
                n1: 3.0,
                k2: 2.0,
                n2: 5.0
            }])
            .is_err()
        );
        assert!(breslow_day_tarone(&berkeley()[..1]).is_err());
        assert!(
            mantel_haenszel_difference(&[TwoByTwo {
                k1: 5.0,
                n1: 3.0,
                k2: 2.0,
                n2: 5.0
            }])
            .is_err()
        );
        assert!(mantel_haenszel_difference(&[]).is_err());
    }
}
