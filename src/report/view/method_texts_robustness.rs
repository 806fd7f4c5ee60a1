//! What the methods beside the comparisons mean: case mix, missing attributes, labels, spread, pooling.

use super::method_texts::{Method, RAO_SCOTT, ZOU_DONNER, make};

/// What a method id of such an analysis means; `None` for another one.
pub(super) fn robustness(id: &str) -> Option<Method> {
    if let Some(base) = id.strip_suffix("_effective_n")
        && let Some(mut method) = within_strata(base)
    {
        method.name.push_str(", on the effective n");
        method.text.push_str(
            " It assumes independent samples: each arm of each level enters with its samples and events over their design effect, floored \
             at 1; an arm of a single patient counts as one sample. Patients in both arms are not taken into account.",
        );
        method.sources.push(RAO_SCOTT);
        return Some(method);
    }
    standardised(id)
        .or_else(|| within_strata(id))
        .or_else(|| unknowns(id))
        .or_else(|| of_many(id))
}

fn standardised(id: &str) -> Option<Method> {
    match id {
        "standardised_mover" => make(
            "Direct standardisation",
            "Each arm\u{2019}s value in every level of the other attribute, weighted by that level\u{2019}s share of the whole cohort\u{2019}s \
             class over the levels that hold both arms. Variance from the influence of every patient; each arm gets Wilson\u{2019}s interval \
             on the effective n (Student\u{2019}s t below 40 patients), and the square-and-add rule gives the limits of the difference.",
            &[ROTHMAN, ZOU_DONNER],
        ),
        "standardised_mover_shared" => make(
            "Direct standardisation, patients in both arms",
            "Each arm\u{2019}s value in every level of the other attribute, weighted by that level\u{2019}s share of the whole cohort\u{2019}s \
             class over the levels that hold both arms. Variance and covariance from the influence of every patient on both arms; each arm \
             gets Wilson\u{2019}s interval on the effective n (Student\u{2019}s t below 40 patients), combined with the correlation of the arms.",
            &[ROTHMAN, ZOU_DONNER],
        ),
        _ => None,
    }
}

fn within_strata(id: &str) -> Option<Method> {
    match id {
        "mantel_haenszel_sato" => make(
            "Mantel-Haenszel difference",
            "Differences in the levels of the other attribute, weighted by n1 n2 / N, with Sato\u{2019}s variance.",
            &[
                MANTEL_HAENSZEL,
                "Sato T. On the variance estimator for the Mantel-Haenszel risk difference. Biometrics 1989;45:1323\u{2013}1324.",
            ],
        ),
        "mantel_haenszel_rbg" => make(
            "Mantel-Haenszel odds ratio",
            "Common odds ratio over the levels of the other attribute, with the variance of Robins, Breslow and Greenland on the log scale.",
            &[
                MANTEL_HAENSZEL,
                "Robins J, Breslow N, Greenland S. Estimators of the Mantel-Haenszel variance consistent in both sparse data and large-strata limiting models. Biometrics 1986;42:311\u{2013}323.",
            ],
        ),
        "breslow_day_tarone" => make(
            "Breslow-Day test with Tarone\u{2019}s correction",
            "Tests that the odds ratio is the same in every level of the other attribute; levels without both outcomes are left out.",
            &[
                "Breslow NE, Day NE. Statistical Methods in Cancer Research, Volume I. IARC, 1980.",
                "Tarone RE. On heterogeneity tests based on efficient scores. Biometrika 1985;72:91\u{2013}95.",
            ],
        ),
        _ => None,
    }
}

fn unknowns(id: &str) -> Option<Method> {
    match id {
        "missing_attribute_bounds" => make(
            "Bounds for missing attributes",
            "Least and largest difference over all ways to share out the samples without the attribute, which are those with every wrong \
             decision on one side and every right one on the other. Nothing is assumed of why values are missing. The lower limit is that of \
             the least difference, the upper limit that of the largest, by MOVER with Wilson\u{2019}s intervals over patients.",
            &[
                "Manski CF. Nonparametric bounds on treatment effects. Am Econ Rev 1990;80:319\u{2013}323.",
                "Horowitz JL, Manski CF. Nonparametric analysis of randomized experiments with missing covariate and outcome data. J Am Stat Assoc 2000;95:77\u{2013}84.",
                ZOU_DONNER,
            ],
        ),
        "label_tipping_point" => make(
            "Tipping points of label error",
            "A share of one group\u{2019}s wrong (or right) decisions is taken to rest on a wrong label: these samples belong to the other class \
             and leave the denominator. The share is raised until the difference, or the significance of Newcombe\u{2019}s interval, is gone or \
             there. The interval rests on the effective n and on the correlation of the arms where they share patients. The labels of all other \
             groups are taken as right.",
            &[
                "Lash TL, Fox MP, Fink AK. Applying Quantitative Bias Analysis to Epidemiologic Data. Springer, 2009.",
                ZOU_DONNER,
            ],
        ),
        "imperfect_reference" => make(
            "Accuracy under an imperfect reference standard",
            "Sensitivity = (c (tp + fp) \u{2212} fp) / (tp + fn \u{2212} (1 \u{2212} c) N) where the reference has specificity c; specificity = \
             (s (tn + fn) \u{2212} fn) / (tn + fp \u{2212} (1 \u{2212} s) N) where it has sensitivity s. Model and reference are taken to err \
             independently given the condition, and samples not to be chosen by the reference\u{2019}s result. Limits by the delta method over \
             patients on the logit scale (Student\u{2019}s t below 40 patients); the accuracy of the reference is taken as given.",
            &[
                "Gart JJ, Buck AA. Comparison of a screening test and a reference test in epidemiologic studies. II. A probabilistic model for the comparison of diagnostic tests. Am J Epidemiol 1966;83:593\u{2013}602.",
                "Staquet M, Rozencweig M, Lee YJ, Muggia FM. Methodology for the assessment of new dichotomous diagnostic tests. J Chronic Dis 1981;34:599\u{2013}610.",
                "Rogan WJ, Gladen B. Estimating prevalence from the results of a screening test. Am J Epidemiol 1978;107:71\u{2013}76.",
            ],
        ),
        _ => None,
    }
}

fn of_many(id: &str) -> Option<Method> {
    match id {
        "chance_range" => make(
            "Range by chance alone",
            "Range of independent normal draws, one for each level, with the standard error that the level would have if all levels had the \
             common value, on its effective n. Bias-corrected: the root of the squared range less the squared mean range by chance.",
            &[TIPPETT],
        ),
        "chance_range_auroc" => make(
            "Range of AUROC by chance alone",
            "Range of independent normal draws, one for each level, with the standard error of its AUROC; where that is 0 or absent, half the \
             width of its interval over the normal quantile. Bias-corrected: the root of the squared range less the squared mean range by chance.",
            &[TIPPETT],
        ),
        "funnel_binomial" => make(
            "Funnel plot",
            "Shares of levels that have no order (sites) against their effective n, with the share of all levels together as target. Limits are \
             exact binomial quantiles at 95% and 99.8%, interpolated between counts. They show chance alone: that levels may truly differ by \
             more (overdispersion) is not taken into account, and nothing is gated on them.",
            &[
                "Spiegelhalter DJ. Funnel plots for comparing institutional performance. Stat Med 2005;24:1185\u{2013}1202.",
            ],
        ),
        "beta_binomial_pooling" => make(
            "Partial pooling by empirical Bayes",
            "A beta distribution of the cells of a crossing is fitted by moments, with the cells\u{2019} own binomial variance taken off; each \
             cell\u{2019}s value is the mean of its posterior, with an equal-tailed credible interval. Counts are effective ones where patients \
             have several samples; a cell of a single patient counts as one sample. The fit\u{2019}s own uncertainty is left out.",
            &[
                "Kleinman JC. Proportions with extraneous variance: single and independent samples. J Am Stat Assoc 1973;68:46\u{2013}54.",
                "Efron B, Morris C. Data analysis using Stein\u{2019}s estimator and its generalizations. J Am Stat Assoc 1975;70:311\u{2013}319.",
                RAO_SCOTT,
            ],
        ),
        _ => None,
    }
}

const ROTHMAN: &str = "Rothman KJ, Greenland S, Lash TL. Modern Epidemiology. 3rd edition. Lippincott Williams & Wilkins, 2008.";
const MANTEL_HAENSZEL: &str = "Mantel N, Haenszel W. Statistical aspects of the analysis of data from retrospective studies of disease. J Natl Cancer Inst 1959;22:719\u{2013}748.";
const TIPPETT: &str = "Tippett LHC. On the extreme individuals and the range of samples taken from a normal population. Biometrika 1925;17:364\u{2013}387.";

#[cfg(test)]
mod tests {
    use super::super::method_texts::method;

    #[test]
    fn every_method_beside_the_comparisons_has_text_and_a_source() {
        for id in [
            "standardised_mover",
            "standardised_mover_shared",
            "mantel_haenszel_sato",
            "mantel_haenszel_sato_effective_n",
            "mantel_haenszel_rbg",
            "mantel_haenszel_rbg_effective_n",
            "breslow_day_tarone",
            "breslow_day_tarone_effective_n",
            "missing_attribute_bounds",
            "label_tipping_point",
            "imperfect_reference",
            "chance_range",
            "chance_range_auroc",
            "funnel_binomial",
            "beta_binomial_pooling",
        ] {
            let method = method(id).unwrap_or_else(|| panic!("{id} is not described"));
            assert!(
                !method.sources.is_empty() && method.text.ends_with('.'),
                "{id}"
            );
        }
        assert!(method("standardised_mover_effective_n").is_none());
    }
}
