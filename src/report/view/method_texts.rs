//! What each method id means, with its source.

use super::method_texts_baseline::baseline;
use super::method_texts_curves::curves;
use super::method_texts_multiplicity::multiplicity;
use super::method_texts_paired::paired;
use super::method_texts_privacy::privacy;
use super::method_texts_robustness::robustness;
use super::method_texts_summary::summary;
use super::method_texts_tasks::tasks;
use super::method_texts_thresholds::thresholds;

/// A method: its name, what it does here, and its source.
pub(super) struct Method {
    /// Name.
    pub name: String,
    /// What it does, in sentences.
    pub text: String,
    /// Sources.
    pub sources: Vec<&'static str>,
}

pub(super) const RAO_SCOTT: &str = "Rao JNK, Scott AJ. A simple method for the analysis of clustered binary data. Biometrics 1992;48:577\u{2013}585.";
const OBUCHOWSKI_98: &str = "Obuchowski NA. On the comparison of correlated proportions for clustered data. Stat Med 1998;17:1495\u{2013}1507.";
const DEAN_PAGANO: &str = "Dean N, Pagano M. Evaluating confidence interval methods for binomial proportions in clustered surveys. J Surv Stat Methodol 2015;3:484\u{2013}503.";
const KORN_GRAUBARD: &str = "Korn EL, Graubard BI. Confidence intervals for proportions with small expected number of positive counts estimated from survey data. Surv Methodol 1998;24:193\u{2013}201.";
pub(super) const WILSON: &str = "Wilson EB. Probable inference, the law of succession, and statistical inference. J Am Stat Assoc 1927;22:209\u{2013}212.";
const NEWCOMBE_SINGLE: &str = "Newcombe RG. Two-sided confidence intervals for the single proportion: comparison of seven methods. Stat Med 1998;17:857\u{2013}872.";
pub(super) const NEWCOMBE_DIFFERENCE: &str = "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of eleven methods. Stat Med 1998;17:873\u{2013}890.";
pub(super) const ZOU_DONNER: &str = "Zou GY, Donner A. Construction of confidence limits about effect measures: a general approach. Stat Med 2008;27:1693\u{2013}1702.";
const MIETTINEN_NURMINEN: &str =
    "Miettinen O, Nurminen M. Comparative analysis of two rates. Stat Med 1985;4:213\u{2013}226.";
const DELONG: &str = "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating characteristic curves: a nonparametric approach. Biometrics 1988;44:837\u{2013}845.";
const SUN_XU: &str = "Sun X, Xu W. Fast implementation of DeLong's algorithm for comparing the areas under correlated receiver operating characteristic curves. IEEE Signal Process Lett 2014;21:1389\u{2013}1393.";
const OBUCHOWSKI_97: &str = "Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567\u{2013}578.";
const MANCL: &str = "Mancl LA, DeRouen TA. A covariance estimator for GEE with improved small-sample properties. Biometrics 2001;57:126\u{2013}134.";
const LIANG_ZEGER: &str = "Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986;73:13\u{2013}22.";
pub(super) const FIELD_WELSH: &str =
    "Field CA, Welsh AH. Bootstrapping clustered data. J R Stat Soc B 2007;69:369\u{2013}390.";

/// What a method id means; `None` for an unknown one.
pub(super) fn method(id: &str) -> Option<Method> {
    let elsewhere = [
        baseline,
        curves,
        summary,
        tasks,
        paired,
        privacy,
        multiplicity,
        robustness,
        thresholds,
    ];
    if let Some(found) = elsewhere.iter().find_map(|texts| texts(id)) {
        return Some(found);
    }
    if id == "newcombe_5_effective_n" {
        return ranking("newcombe_5");
    }
    if let Some(base) = id.strip_suffix("_effective_n") {
        let mut method = proportion(base)
            .or_else(|| score_difference(base))
            .or_else(|| difference(base).filter(|_| base == "risk_ratio_score"))?;
        method.name.push_str(", on the effective n");
        method.text.push_str(
            " Samples of one patient are taken together: the variance of the ratio estimator over patients gives a design effect, \
             floored at 1, and the interval uses the number of samples divided by it. Where fewer than five patients carry the rarer \
             outcome the design effect is not trusted, and samples count at most as many as patients of their sizes would.",
        );
        method.sources.extend([RAO_SCOTT, OBUCHOWSKI_98]);
        match base {
            "clopper_pearson" => {
                method
                    .text
                    .push_str(super::method_texts_gating::DEGREES_OF_FREEDOM);
                method.sources.push(KORN_GRAUBARD);
                method.sources.extend(super::method_texts_gating::SOURCES);
            }
            "wilson" => {
                method.text.push_str(
                    " With fewer than 40 patients a t quantile takes the place of the normal one.",
                );
                method.sources.push(DEAN_PAGANO);
            }
            _ => {}
        }
        return Some(method);
    }
    proportion(id)
        .or_else(|| difference(id))
        .or_else(|| score_difference(id))
        .or_else(|| ranking(id))
        .or_else(|| calibration(id))
        .or_else(|| test(id))
}

pub(super) fn make(name: &str, text: &str, sources: &[&'static str]) -> Option<Method> {
    Some(Method {
        name: name.to_owned(),
        text: text.to_owned(),
        sources: sources.to_vec(),
    })
}

fn proportion(id: &str) -> Option<Method> {
    match id {
        "wilson" => make(
            "Wilson score interval",
            "Interval of a proportion by inverting the score test.",
            &[WILSON],
        ),
        "clopper_pearson" => make(
            "Clopper-Pearson interval",
            "Exact limits of a proportion through the beta distribution; never shorter than their level says.",
            &[
                "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 1934;26:404\u{2013}413.",
            ],
        ),
        "agresti_coull" => make(
            "Agresti-Coull interval",
            "Interval of a proportion after adding pseudo-observations.",
            &[
                "Agresti A, Coull BA. Approximate is better than \u{201c}exact\u{201d} for interval estimation of binomial proportions. Am Stat 1998;52:119\u{2013}126.",
            ],
        ),
        "jeffreys" => make(
            "Jeffreys interval",
            "Equal-tailed interval of a proportion from Jeffreys' prior.",
            &[
                "Brown LD, Cai TT, DasGupta A. Interval estimation for a binomial proportion. Stat Sci 2001;16:101\u{2013}133.",
            ],
        ),
        "mid_p" => make(
            "Mid-p interval",
            "Exact interval of a proportion with half the probability of the observed count.",
            &[
                "Lancaster HO. Significance tests in discrete distributions. J Am Stat Assoc 1961;56:223\u{2013}234.",
            ],
        ),
        "blaker" => make(
            "Blaker interval",
            "Exact interval of a proportion that lies within Clopper and Pearson's.",
            &[
                "Blaker H. Confidence curves and improved exact confidence intervals for discrete distributions. Can J Stat 2000;28:783\u{2013}798.",
            ],
        ),
        "wilson_continuity" => make(
            "Wilson interval with continuity correction",
            "Score interval of a proportion, widened for the discreteness of counts.",
            &[NEWCOMBE_SINGLE],
        ),
        _ => None,
    }
}

fn difference(id: &str) -> Option<Method> {
    match id {
        "newcombe_10" => make(
            "Newcombe's method 10",
            "Difference of two independent proportions from the Wilson limits of each.",
            &[NEWCOMBE_DIFFERENCE],
        ),
        "mover_wilson" => make(
            "MOVER from clustered Wilson limits",
            "Difference of two proportions recovered from the Wilson limits of each group on its effective n; no patient is in both groups.",
            &[ZOU_DONNER, NEWCOMBE_DIFFERENCE],
        ),
        "mover_wilson_shared" => make(
            "MOVER with covariance",
            "As MOVER from clustered Wilson limits, with the covariance of the two groups from influence functions summed by patient, \
             since some patients are in both.",
            &[ZOU_DONNER],
        ),
        "welch_delong" => make(
            "Difference of AUROCs, independent samples",
            "Difference over the root of the summed DeLong variances, with Welch's degrees of freedom.",
            &[DELONG],
        ),
        "welch_obuchowski" => make(
            "Difference of AUROCs, clustered",
            "Difference over the root of the summed clustered variances, with Welch's degrees of freedom; no patient is in both groups.",
            &[OBUCHOWSKI_97],
        ),
        "risk_ratio_score" => make(
            "Ratio of two proportions, score interval",
            "Ratio of two independent proportions by inverting the score test.",
            &[MIETTINEN_NURMINEN],
        ),
        "mover_ratio_shared" => make(
            "Ratio of two proportions, MOVER with covariance",
            "Ratio of two proportions recovered from the clustered Wilson limits of each group and their correlation, since some patients are \
             in both.",
            &[
                "Donner A, Zou GY. Closed-form confidence intervals for functions of the normal mean and standard deviation. Stat Methods Med Res 2012;21:347\u{2013}359.",
                ZOU_DONNER,
            ],
        ),
        "mover_auroc" => make(
            "MOVER from the AUROC limits",
            "Difference of two AUROCs recovered from the limits of each group, since perfect separation leaves no variance.",
            &[ZOU_DONNER],
        ),
        "obuchowski_shared" => make(
            "Difference of AUROCs, groups that share patients",
            "Difference of the AUROCs of two groups that have patients in common, with the covariance of the two from placement values summed by patient.",
            &[OBUCHOWSKI_97, DELONG],
        ),
        _ => None,
    }
}

fn score_difference(id: &str) -> Option<Method> {
    match id {
        "miettinen_nurminen" => make(
            "Miettinen-Nurminen interval",
            "Score interval of a difference of two independent proportions.",
            &[MIETTINEN_NURMINEN],
        ),
        "mee" => make(
            "Mee interval",
            "Score interval of a difference of two independent proportions, without the factor n/(n-1).",
            &[
                "Mee RW. Confidence bounds for the difference between two probabilities. Biometrics 1984;40:1175\u{2013}1176.",
            ],
        ),
        _ => None,
    }
}

fn ranking(id: &str) -> Option<Method> {
    const LOGIT: &str =
        " The interval is made on the logit scale, so that it stays between 0 and 1.";
    match id {
        "delong" => make(
            "DeLong variance",
            "Variance of the AUROC from placement values, in O(n log n); limits are cut at 0 and 1.",
            &[DELONG, SUN_XU],
        ),
        "logit_delong" => make(
            "DeLong variance, logit interval",
            &format!("Variance of the AUROC from placement values, in O(n log n).{LOGIT}"),
            &[DELONG, SUN_XU],
        ),
        "obuchowski" => make(
            "Obuchowski variance",
            "Variance of the AUROC from placement values summed by patient; limits are cut at 0 and 1.",
            &[OBUCHOWSKI_97],
        ),
        "logit_obuchowski" => make(
            "Obuchowski variance, logit interval",
            &format!("Variance of the AUROC from placement values summed by patient.{LOGIT}"),
            &[OBUCHOWSKI_97],
        ),
        "newcombe_5" => make(
            "Newcombe's method 5 for the AUROC",
            "Score-type interval of the AUROC, used with few samples of a class and with perfect separation; clustered classes enter with \
             their effective size.",
            &[
                "Newcombe RG. Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2: asymptotic methods and evaluation. Stat Med 2006;25:559\u{2013}573.",
            ],
        ),
        _ => None,
    }
}

fn calibration(id: &str) -> Option<Method> {
    match id {
        "log_ratio_cluster" => make(
            "Observed over expected, log interval",
            "Ratio of observed positives to the sum of predicted probabilities, with a clustered ratio variance on the log scale. Below 40 patients with Student\u{2019}s t.",
            &[
                "Debray TPA, Damen JAAG, Riley RD, et al. A framework for meta-analysis of prediction model studies with binary and time-to-event outcomes. Stat Methods Med Res 2019;28:2768\u{2013}2786.",
            ],
        ),
        "cluster_sandwich" => make(
            "Logistic recalibration",
            "Intercept (slope held at 1) and slope of the outcome on the logit of the prediction, unpenalised, with a sandwich variance over patients. Below 40 patients with Student\u{2019}s t.",
            &[
                "Cox DR. Two further applications of a model for binary regression. Biometrika 1958;45:562\u{2013}565.",
                LIANG_ZEGER,
            ],
        ),
        "log_ratio_cluster_carriers" => make(
            "Observed over expected, limits of a gate",
            "As the log interval, with a standard error larger by sqrt(m / (m - 1)) and Student\u{2019}s t with m - 1 degrees of freedom, m the patients \
             that carry the rarer outcome: with few of them the variance over patients is too small. Below 10 of them no verdict is given.",
            &[MANCL, super::method_texts_gating::SOURCES[1]],
        ),
        "cluster_sandwich_carriers" => make(
            "Logistic recalibration, limits of a gate",
            "As the sandwich over patients, with a standard error larger by sqrt(m / (m - 1)) and Student\u{2019}s t with m - 1 degrees of freedom, m the \
             patients that carry the rarer outcome: with few of them the sandwich is too small. Below 10 of them no verdict is given.",
            &[LIANG_ZEGER, MANCL, super::method_texts_gating::SOURCES[1]],
        ),
        "ratio_mean_cluster" => make(
            "Brier score",
            "Mean squared difference of prediction and outcome, with the variance of a mean over patients. Below 40 patients with Student\u{2019}s t.",
            &[
                "Brier GW. Verification of forecasts expressed in terms of probability. Mon Weather Rev 1950;78:1\u{2013}3.",
            ],
        ),
        "ece_bootstrap" => make(
            "Expected calibration error",
            "Mean absolute difference of observed share and mean prediction over bins, weighted by their size; interval by resampling whole patients, \
             percentiles moved so that their median is the estimate. What a perfectly calibrated model would show is simulated from the scores, \
             with the correlation that the residuals of a patient have here.",
            &[
                "Naeini MP, Cooper GF, Hauskrecht M. Obtaining well calibrated probabilities using Bayesian binning. Proc AAAI 2015:2901\u{2013}2907.",
                FIELD_WELSH,
            ],
        ),
        "ece_bootstrap_normal" => make(
            "Expected calibration error of a large group",
            "Mean absolute difference of observed share and mean prediction over bins, weighted by their size; interval by resampling whole \
             patients, the sums over bins taken as jointly normal since there are at least 5,000 patients, or 1,000 with \
             nine tenths of the variance in bins of at least five expected events and non-events. Percentiles are moved so that their median is \
             the estimate. What a perfectly calibrated model would show is drawn in the same way, with the correlation that the residuals of a \
             patient have here.",
            &[
                "Naeini MP, Cooper GF, Hauskrecht M. Obtaining well calibrated probabilities using Bayesian binning. Proc AAAI 2015:2901\u{2013}2907.",
                "Chernozhukov V, Chetverikov D, Kato K. Gaussian approximations and multiplier bootstrap for maxima of sums of high-dimensional random vectors. Ann Stat 2013;41:2786\u{2013}2819.",
            ],
        ),
        _ => None,
    }
}

fn test(id: &str) -> Option<Method> {
    match id {
        "studentised_permutation_sequential" => make(
            "Studentised permutation test, large cohorts",
            "As the studentised permutation test; from 20,000 patients on, permutations end once 200 of them reach the observed value, and \
             p is 200 over their number.",
            &[
                "Chung E, Romano JP. Exact and asymptotically robust permutation tests. Ann Stat 2013;41:484\u{2013}507.",
                "Besag J, Clifford P. Sequential Monte Carlo p-values. Biometrika 1991;78:301\u{2013}304.",
            ],
        ),
        "studentised_permutation" => make(
            "Studentised permutation test",
            "Global test over all levels of an attribute: whole patients change group at random, and a studentised statistic keeps the \
             test valid when groups differ in spread; p = (1 + as extreme) / (1 + permutations).",
            &[
                "Chung E, Romano JP. Exact and asymptotically robust permutation tests. Ann Stat 2013;41:484\u{2013}507.",
                "DiCiccio C, Vasudevan S, Basu K, Kenthapadi K, Agarwal D. Evaluating fairness using permutation tests. Proc KDD 2020:1467\u{2013}1477.",
            ],
        ),
        "wald_cluster" => make(
            "Cluster-robust Wald test",
            "Global test over all levels of an attribute that varies within patients, with a covariance over patients.",
            &[LIANG_ZEGER],
        ),
        "observed_count" => make(
            "Observed count",
            "A count that must be met exactly is decided on the observed value; the exact upper bound of the share stands beside it.",
            &[
                "Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. Biometrika 1934;26:404\u{2013}413.",
            ],
        ),
        "holm" => make(
            "Holm's adjustment",
            "p-values are adjusted step-down within their family, so that the chance of any false failure is held.",
            &[
                "Holm S. A simple sequentially rejective multiple test procedure. Scand J Stat 1979;6:65\u{2013}70.",
            ],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::method;

    #[test]
    fn every_known_method_has_text_and_a_source() {
        let proportions = [
            "wilson",
            "clopper_pearson",
            "agresti_coull",
            "jeffreys",
            "mid_p",
            "blaker",
            "wilson_continuity",
        ];
        let others = [
            "newcombe_10",
            "miettinen_nurminen",
            "mee",
            "mover_wilson",
            "mover_wilson_shared",
            "logit_delong",
            "logit_obuchowski",
            "delong",
            "obuchowski",
            "newcombe_5",
            "welch_delong",
            "welch_obuchowski",
            "obuchowski_shared",
            "log_ratio_cluster",
            "cluster_sandwich",
            "log_ratio_cluster_carriers",
            "cluster_sandwich_carriers",
            "ratio_mean_cluster",
            "ece_bootstrap",
            "ece_bootstrap_normal",
            "studentised_permutation",
            "studentised_permutation_sequential",
            "wald_cluster",
            "holm",
            "observed_count",
            "mover_auroc",
            "newcombe_5_effective_n",
            "miettinen_nurminen_effective_n",
            "mee_effective_n",
        ];
        let all = proportions
            .iter()
            .flat_map(|p| [(*p).to_owned(), format!("{p}_effective_n")]);
        for id in all.chain(others.map(str::to_owned)) {
            let method = method(&id).unwrap_or_else(|| panic!("{id} is not described"));
            assert!(
                !method.sources.is_empty() && method.text.ends_with('.'),
                "{id}"
            );
        }
        assert!(method("newcombe_10_effective_n").is_none());
        assert!(method("astrology").is_none());
    }
}
