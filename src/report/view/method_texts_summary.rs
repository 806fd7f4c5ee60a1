//! What the methods of metrics that sum up a whole matrix or curve mean, with their sources.

use super::method_texts::{FIELD_WELSH, Method, RAO_SCOTT, WILSON, make};

/// What a method id of such a metric means; `None` for another one.
pub(super) fn summary(id: &str) -> Option<Method> {
    match id {
        "patient_bootstrap" => make(
            "Patient bootstrap of the confusion matrix",
            "Whole patients are drawn with replacement, as a multinomial draw over the distinct counts of a patient; limits are percentiles \
             of the replicates.",
            &[
                FIELD_WELSH,
                "Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall, 1993.",
            ],
        ),
        "patient_bootstrap_normal" => make(
            "Patient bootstrap of the confusion matrix, large groups",
            "The patient bootstrap of the confusion matrix with the four sums of a resample drawn from their joint normal distribution: at least 5,000 patients, 1,000 of them \
             with each kind of decision that occurs.",
            &[
                FIELD_WELSH,
                "Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall, 1993.",
            ],
        ),
        "patient_bootstrap_logit" => make(
            "Patient bootstrap of several endpoints, logit interval",
            "Whole patients are drawn with replacement, with all their samples and endpoints; the spread over resamples is the standard error, \
             limits are on the logit scale with Student\u{2019}s t below 40 patients. Of shares it is used where ten patients carry an event and \
             ten what is none (of a macro average in every endpoint). In large groups the sums of a resample are drawn from their joint \
             normal distribution.",
            &[
                FIELD_WELSH,
                "Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall, 1993.",
            ],
        ),
        "mover_wilson_mean" => make(
            "Mean of proportions from their Wilson limits",
            "Macro average of sensitivities or specificities: the distances of the (clustered) Wilson limits from their proportions are joined \
             with the correlation of the proportions over patients. A correlation that the sample cannot show counts as 1.",
            &[
                ZOU,
                "Zou GY, Huang W, Zhang X. A note on confidence interval estimation for a linear function of binomial proportions. \
                 Comput Stat Data Anal. 2009;53(4):1080-1085.",
            ],
        ),
        "mover_wilson_sum" => make(
            "Sum of sensitivity and specificity from their Wilson limits",
            "Balanced accuracy and Youden\u{2019}s J where fewer than ten patients have a kind of decision: \
             Newcombe\u{2019}s method 10 for the true less the false positive rate, from the (clustered) Wilson limits of both; or percentiles over \
             resamples of patients where these lie further out and the group has errors of both classes.",
            &[NEWCOMBE, ZOU],
        ),
        "log_delta" => make(
            "Ratio of sensitivity and specificity, log interval",
            "Likelihood ratio or diagnostic odds ratio with the delta method on the log scale.",
            &[SIMEL, GLAS],
        ),
        "log_delta_cluster" => make(
            "Ratio of sensitivity and specificity, clustered log interval",
            "Likelihood ratio or diagnostic odds ratio with the delta method on the log scale, from the clustered variances of \
             sensitivity and specificity and their covariance over patients. Below 40 patients with Student\u{2019}s t.",
            &[SIMEL, GLAS, RAO_SCOTT],
        ),
        "wilson_auprc" => make(
            "Average precision, Wilson\u{2019}s limits",
            "Area under the precision-recall curve by average precision, with the variance of a share of the positives and Wilson\u{2019}s limits.",
            &[BOYD, WILSON],
        ),
        "wilson_auprc_effective_n" => make(
            "Average precision, Wilson\u{2019}s limits on the effective number of positives",
            "Area under the precision-recall curve by average precision, with the variance of a share and Wilson\u{2019}s limits, on the positives over a \
             design effect: the variance of what patients add to it over that of what samples add, at most that of complete correlation within \
             patients, which it is where fewer than five patients have a sample on the wrong side of another. Below 40 patients with Student\u{2019}s t.",
            &[BOYD, WILSON, RAO_SCOTT],
        ),
        "wilson_jaccard" => make(
            "F1 from the Wilson limits of the Jaccard index",
            "F1 where fewer than ten patients have a kind of decision: F1 is 2J / (1 + J) of the share J of true positives among all that are \
             positive or called so, and has the (clustered) Wilson limits of that share.",
            &[WILSON, RAO_SCOTT],
        ),
        "mover_wilson_mcc" => make(
            "Matthews\u{2019} correlation from the Wilson limits of sensitivity and specificity",
            "Matthews\u{2019} correlation where fewer than ten patients have a kind of decision: at the group\u{2019}s own share of positives, the \
             distances to the (clustered) Wilson limits of sensitivity and of specificity are joined; or percentiles over resamples of patients \
             where these lie further out and the group has errors of both classes.",
            &[ZOU, FIELD_WELSH],
        ),
        "delta_cluster" => make(
            "Scaled Brier score",
            "One minus the Brier score over that of always predicting the prevalence, with the delta method over patients. Below 40 patients with Student\u{2019}s t.",
            &[
                "Steyerberg EW, Vickers AJ, Cook NR, et al. Assessing the performance of prediction models: a framework for traditional and novel measures. Epidemiology 2010;21:128\u{2013}138.",
            ],
        ),
        "debiased_rms" => make(
            "Debiased calibration error",
            "Squared difference of observed share and mean prediction in each bin, less the variance of the observed share; the root of \
             their mean, 0 where that is negative.",
            &[
                "Kumar A, Liang P, Ma T. Verified uncertainty calibration. Adv Neural Inf Process Syst 2019;32.",
                "Petersen E, Ganz M, Holm S, Feragen A. On (assessing) the fairness of risk score models. Proc FAccT 2023:817\u{2013}829.",
            ],
        ),
        "mercaldo_logit" => make(
            "Predictive value at a declared prevalence, logit interval",
            "Bayes' rule from sensitivity and specificity at the declared prevalence; interval on the logit scale by the delta method.",
            &[MERCALDO],
        ),
        "mercaldo_adjusted_logit" => make(
            "Predictive value at a declared prevalence, adjusted logit interval",
            "Bayes' rule from sensitivity and specificity at the declared prevalence; since one of them is 0 or 1, events and non-events \
             are added before the interval on the logit scale, which is widened to hold the plain estimate.",
            &[MERCALDO],
        ),
        "spiegelhalter" => make(
            "Spiegelhalter's test",
            "Weighted sum of outcome minus probability over its standard deviation if the probabilities are right.",
            &[SPIEGELHALTER],
        ),
        "spiegelhalter_sandwich" => make(
            "Spiegelhalter's test with a sandwich over patients",
            "Weighted sum of outcome minus probability over the root of the squared sums of patients, since outcomes of a patient may be \
             correlated.",
            &[SPIEGELHALTER],
        ),
        _ => None,
    }
}

const NEWCOMBE: &str = "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven methods. Stat Med 1998;17:873\u{2013}890.";
const ZOU: &str = "Zou GY, Donner A. Construction of confidence limits about effect measures: a general approach. Stat Med 2008;27:1693\u{2013}1702.";
const SIMEL: &str = "Simel DL, Samsa GP, Matchar DB. Likelihood ratios with confidence: sample size estimation for diagnostic test studies. J Clin Epidemiol 1991;44:763\u{2013}770.";
const GLAS: &str = "Glas AS, Lijmer JG, Prins MH, Bonsel GJ, Bossuyt PMM. The diagnostic odds ratio: a single indicator of test performance. J Clin Epidemiol 2003;56:1129\u{2013}1135.";
const BOYD: &str = "Boyd K, Eng KH, Page CD. Area under the precision-recall curve: point estimates and confidence intervals. Proc ECML PKDD 2013:451\u{2013}466.";
const MERCALDO: &str = "Mercaldo ND, Lau KF, Zhou XH. Confidence intervals for predictive values with an emphasis to case-control studies. Stat Med 2007;26:2170\u{2013}2183.";
const SPIEGELHALTER: &str = "Spiegelhalter DJ. Probabilistic prediction in patient management and clinical trials. Stat Med 1986;5:421\u{2013}433.";

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn every_method_of_a_summary_has_text_and_a_source() {
        for id in [
            "patient_bootstrap",
            "patient_bootstrap_logit",
            "mover_wilson_mean",
            "mover_wilson_sum",
            "log_delta",
            "log_delta_cluster",
            "wilson_auprc",
            "wilson_auprc_effective_n",
            "wilson_jaccard",
            "mover_wilson_mcc",
            "delta_cluster",
            "debiased_rms",
            "mercaldo_logit",
            "mercaldo_adjusted_logit",
            "spiegelhalter",
            "spiegelhalter_sandwich",
        ] {
            let method = super::super::method_texts::method(id)
                .unwrap_or_else(|| panic!("{id} is not described"));
            assert!(!method.sources.is_empty() && method.text.ends_with('.'));
            assert!(summary(id).is_some(), "{id} is described elsewhere");
        }
    }
}
