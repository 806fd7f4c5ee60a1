//! What the methods of curves mean, with their sources.

use super::method_texts::{FIELD_WELSH, Method, RAO_SCOTT, make};

const HARRELL: &str = "Harrell FE. Regression Modeling Strategies. 2nd ed. Springer, 2015.";
const AUSTIN: &str = "Austin PC, Steyerberg EW. The Integrated Calibration Index (ICI) and related metrics for quantifying the calibration of logistic regression models. Stat Med 2019;38:4051\u{2013}4065.";
const VICKERS: &str = "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models. Med Decis Making 2006;26:565\u{2013}574.";
const KERR: &str = "Kerr KF, Brown MD, Zhu K, Janes H. Assessing the clinical impact of risk prediction models with decision curves: guidance for correct interpretation and appropriate use. J Clin Oncol 2016;34:2534\u{2013}2540.";
const KALLUS: &str = "Kallus N, Zhou A. The fairness of risk scores beyond classification: bipartite ranking and the xAUC metric. Adv Neural Inf Process Syst 2019;32.";
const MACSKASSY: &str = "Macskassy SA, Provost F, Rosset S. ROC confidence bands: an empirical evaluation. Proc ICML 2005:537\u{2013}544.";
const MCCLISH: &str =
    "McClish DK. Analyzing a portion of the ROC curve. Med Decis Making 1989;9:190\u{2013}195.";

/// What a method id of a curve means; `None` for another one.
pub(super) fn curves(id: &str) -> Option<Method> {
    match id {
        "wilson_bootstrap_n" => make(
            "Read-off of the ROC curve, Wilson\u{2019}s limits on the effective n of a patient bootstrap",
            "Sensitivity at a specificity, specificity at a sensitivity, or area under a part of the ROC curve (its mean sensitivity). Whole \
             patients are drawn with replacement, and the threshold is chosen anew in every replicate; the variance gives the effective n of \
             Wilson\u{2019}s limits. It is at most the samples of the class, but for an area, and complete correlation within patients is assumed where fewer than five are \
             on the rarer side of the threshold. Below 40 patients of a class with Student\u{2019}s t.",
            &[FIELD_WELSH, RAO_SCOTT, MCCLISH],
        ),
        "smooth_calibration" => make(
            "Smooth calibration curve",
            "Logistic regression of the outcome on a restricted cubic spline of the log odds, 3 knots below 100 events, 4 below 200, 5 beyond; \
             pointwise band by the patient sandwich. ICI, E50, E90 and Emax are the mean, median, 90th percentile and largest absolute \
             distance between probability and curve over the group's samples.",
            &[HARRELL, AUSTIN],
        ),
        "smooth_calibration_bootstrap" => make(
            "Distances from the smooth calibration curve, patient bootstrap",
            "Mean, median, 90th percentile and largest absolute distance between probability and smooth curve. Whole patients are drawn with \
             replacement and the curve is fitted anew; percentiles are moved so that their median is the estimate, since noise can only raise \
             a distance.",
            &[AUSTIN, FIELD_WELSH],
        ),
        "net_benefit" => make(
            "Net benefit",
            "True positives less false positives weighted by the odds of the threshold probability, per sample; limits of a mean over patients \
             (Student\u{2019}s t below 40 patients). Standardised: over prevalence, with the limits of a ratio of means; acting on everyone has the limits of a \
             mean too, as it moves with the prevalence.",
            &[VICKERS, KERR],
        ),
        "xauc" => make(
            "Ranking between groups",
            "AUROC of the positives of one group and the negatives of another, with the variance over patients of both.",
            &[KALLUS],
        ),
        "curve_bands" => make(
            "Bands of ROC and precision-recall curves",
            "Pointwise percentiles, at 41 false positive rates or recalls, over resamples of whole patients; widened to Wilson\u{2019}s limits where \
             fewer than ten patients carry the rarer outcome.",
            &[MACSKASSY, FIELD_WELSH],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::curves;

    #[test]
    fn every_method_of_a_curve_has_text_and_a_source() {
        for id in [
            "wilson_bootstrap_n",
            "smooth_calibration",
            "smooth_calibration_bootstrap",
            "net_benefit",
            "xauc",
            "curve_bands",
        ] {
            let method = super::super::method_texts::method(id)
                .unwrap_or_else(|| panic!("{id} is not described"));
            assert!(!method.sources.is_empty() && method.text.ends_with('.'));
            assert!(curves(id).is_some(), "{id} is described elsewhere");
        }
    }
}
