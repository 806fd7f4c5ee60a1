//! What the methods of endpoints with a task mean, with their sources.

use super::method_texts::{Method, RAO_SCOTT, make};

const HAMPEL: &str = "Hampel FR. The influence curve and its role in robust estimation. J Am Stat Assoc 1974;69:383\u{2013}393.";
const WELCH: &str = "Satterthwaite FE. An approximate distribution of estimates of variance components. Biometrics Bull 1946;2:110\u{2013}114.";
const HOTELLING: &str = "Hotelling H. The generalization of Student\u{2019}s ratio. Ann Math Stat 1931;2:360\u{2013}378.";
const BLAND_ALTMAN: &str = "Bland JM, Altman DG. Agreement between methods of measurement with multiple observations per individual. J Biopharm Stat 2007;17:571\u{2013}582.";
const ZOU: &str = "Zou GY. Confidence interval estimation for the Bland\u{2013}Altman limits of agreement with multiple observations per individual. Stat Methods Med Res 2013;22:630\u{2013}642.";
const GUO: &str = "Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks. Proc Mach Learn Res 2017;70:1321\u{2013}1330.";
const KULL: &str = "Kull M, Perello-Nieto M, K\u{e4}ngsepp M, et al. Beyond temperature scaling: obtaining well-calibrated multiclass probabilities with Dirichlet calibration. Adv Neural Inf Process Syst 2019;32.";

/// What a method id of such an endpoint means; `None` for another one.
pub(super) fn tasks(id: &str) -> Option<Method> {
    match id {
        "mean_cluster_t" => make(
            "Mean over samples, patients as clusters",
            "Standard error from the sums of each patient\u{2019}s deviations from the mean, K/(K \u{2212} 1) times their squares over n\u{b2}; \
             Student\u{2019}s t with K \u{2212} 1 degrees of freedom below 40 patients, normal from there on.",
            &[RAO_SCOTT, HAMPEL],
        ),
        "influence_cluster" => make(
            "Influence functions, patients as clusters",
            "The influence of every sample on the estimate is added within patients and squared; K/(K \u{2212} 1) times the sum is the \
             variance. Student\u{2019}s t with K \u{2212} 1 degrees of freedom below 40 patients, normal from there on, on the scale that keeps the \
             limits within the metric\u{2019}s ends.",
            &[HAMPEL],
        ),
        "agreement_mover" => make(
            "Limits of agreement with MOVER intervals",
            "Bias \u{2212} or + 1.96 standard deviations of a single difference, components between and within patients added. The \
             interval recovers the limits of bias and variance (method of variance estimates recovery), which needs no large number of \
             patients; it takes differences as normal.",
            &[BLAND_ALTMAN, ZOU],
        ),
        "influence_difference" => make(
            "Difference of two estimates, no patient in both groups",
            "Squared standard errors are added; with fewer than 40 patients in either group Student\u{2019}s t with Satterthwaite\u{2019}s degrees of \
             freedom. For means this is Welch\u{2019}s test.",
            &[HAMPEL, WELCH],
        ),
        "influence_difference_shared" => make(
            "Difference of two estimates, patients in both groups",
            "A patient\u{2019}s influences on both estimates are subtracted before they are squared, so that their covariance counts. For means \
             of the same patients this is the paired t test.",
            &[HAMPEL],
        ),
        "wald_influence" => make(
            "Wald test over all levels from influence functions",
            "Differences from one level with their covariance over patients, against F: with the degrees of freedom of Hotelling\u{2019}s T\u{b2} where \
             levels share patients, otherwise with those of the smallest level. Levels of fewer than 10 patients take no part.",
            &[HAMPEL, HOTELLING],
        ),
        "calibration_bins" => make(
            "Expected calibration error over ten bins of equal width",
            "Mean over samples of the distance between the mean probability of a bin and the share that is right there: of the largest \
             probability, or of each class and then their mean. A number without limits; above 0 for a perfect model too, and more so in small groups.",
            &[GUO, KULL],
        ),
        _ => None,
    }
}
