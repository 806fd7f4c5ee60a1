//! How many cases show that an AUROC differs from chance.

use super::NotEstimable;
use super::distributions::normal_quantile;

/// Positives that show with probability `power` that an AUROC differs from 1/2, two-sided at
/// `alpha`, when `auroc` is the truth and there are `ratio` negatives for each positive.
///
/// n = (z_{1 - alpha/2} sqrt(V(1/2)) + z_power sqrt(V(auroc)))^2 / (auroc - 1/2)^2 with the
/// binormal variance V = 0.0099 exp(-A^2 / 2) ((5 A^2 + 8) + (A^2 + 8) / ratio), A = 1.414 z_auroc
/// (Obuchowski and McClish 1997, Stat Med 16:1529-1542; Obuchowski, Lieber and Wians 2004, Clin
/// Chem 50:1118-1125). Scores are normal in both classes and rows are independent: multiply by
/// the design effect for clustered ones. Not rounded.
///
/// # Errors
/// `auroc` is not in (0, 1) or equals 1/2, `alpha` or `power` is not in (0, 1), or `ratio` is not
/// positive.
pub fn n_positive_for_auroc(
    auroc: f64,
    ratio: f64,
    alpha: f64,
    power: f64,
) -> Result<f64, NotEstimable> {
    let is_inside = |p: f64| p > 0.0 && p < 1.0;
    if !is_inside(auroc) || auroc == 0.5 || !is_inside(alpha) || !is_inside(power) {
        return Err(NotEstimable::Other(format!(
            "no number of cases shows an AUROC of {auroc} at level {alpha} with power {power}"
        )));
    }
    if !(ratio > 0.0 && ratio.is_finite()) {
        return Err(NotEstimable::Other(format!(
            "{ratio} negatives for each positive is no ratio"
        )));
    }
    let variance = |auroc: f64| {
        let square = (1.414 * normal_quantile(auroc)).powi(2);
        0.0099 * (-0.5 * square).exp() * ((5.0 * square + 8.0) + (square + 8.0) / ratio)
    };
    let reach = normal_quantile(1.0 - 0.5 * alpha) * variance(0.5).sqrt()
        + normal_quantile(power) * variance(auroc).sqrt();
    Ok((reach / (auroc - 0.5)).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_documentation_of_proc_prints_it() {
        let found = n_positive_for_auroc(0.8, 1.0, 0.05, 0.9).unwrap();
        assert!((found - 16.62).abs() < 0.01, "{found}");
        // An area below 1/2 is shown with as many.
        let mirrored = n_positive_for_auroc(0.2, 1.0, 0.05, 0.9).unwrap();
        assert!((found - mirrored).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_shown_has_no_number() {
        for (auroc, ratio, alpha, power) in [
            (0.5, 1.0, 0.05, 0.9),
            (1.0, 1.0, 0.05, 0.9),
            (0.8, 0.0, 0.05, 0.9),
            (0.8, 1.0, 0.0, 0.9),
            (0.8, 1.0, 0.05, 1.0),
            (f64::NAN, 1.0, 0.05, 0.9),
        ] {
            assert!(n_positive_for_auroc(auroc, ratio, alpha, power).is_err());
        }
    }
}
