//! What the methods of two scores on the same cases mean, with their sources.

use super::method_texts::{FIELD_WELSH, Method, make};

const NEWCOMBE_PAIRED: &str = "Newcombe RG. Improved confidence intervals for the difference between binomial proportions based on paired data. Stat Med 1998;17:2635\u{2013}2650.";

/// What a method id of a paired comparison means; `None` for another one.
pub(super) fn paired(id: &str) -> Option<Method> {
    match id {
        "newcombe_paired_10" => make(
            "Newcombe\u{2019}s paired method 10",
            "Difference of two proportions on the same cases from the Wilson limits of each and their correlation; every case is a patient \
             of its own.",
            &[NEWCOMBE_PAIRED],
        ),
        "newcombe_paired_10_effective_n" => make(
            "Newcombe\u{2019}s paired method 10 on the effective n",
            "Newcombe\u{2019}s paired method 10 on (sum b)\u{b2} / sum b\u{b2} pairs, b the pairs of a patient, where fewer than five patients have a case on which the \
             two scores disagree.",
            &[NEWCOMBE_PAIRED],
        ),
        "tango" => make(
            "Tango\u{2019}s score interval",
            "Difference of two proportions on the same cases by inverting the score test.",
            &[
                "Tango T. Equivalence test and confidence interval for the difference in proportions for the paired-sample design. Stat Med 1998;17:891\u{2013}908.",
            ],
        ),
        "paired_patient_bootstrap" => make(
            "Difference on the same cases, patient bootstrap",
            "Whole patients are drawn with replacement with both of their decisions; limits are percentiles of the difference, and p is the \
             level at which they touch zero.",
            &[FIELD_WELSH],
        ),
        "mcnemar" => make(
            "McNemar\u{2019}s test",
            "Test of equal shares on the same cases from the discordant pairs: mid-p; exact and continuity-corrected in results.json.",
            &[
                "McNemar Q. Note on the sampling error of the difference between correlated proportions or percentages. Psychometrika 1947;12:153\u{2013}157.",
                "Fagerland MW, Lydersen S, Laake P. The McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional. BMC Med Res Methodol 2013;13:91.",
            ],
        ),
        "delong_paired" => make(
            "Difference of two AUROCs on the same cases",
            "DeLong\u{2019}s variance of the difference from the placement values of both scores.",
            &[
                "DeLong ER, DeLong DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating characteristic curves: a nonparametric approach. Biometrics 1988;44:837\u{2013}845.",
            ],
        ),
        "obuchowski_paired" => make(
            "Difference of two AUROCs on the same cases, clustered",
            "Variance of the difference from the placement values of both scores, summed by patient.",
            &[
                "Obuchowski NA. Nonparametric analysis of clustered ROC curve data. Biometrics 1997;53:567\u{2013}578.",
            ],
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_paired_method_has_text_and_a_source() {
        for id in [
            "newcombe_paired_10",
            "newcombe_paired_10_effective_n",
            "tango",
            "paired_patient_bootstrap",
            "mcnemar",
            "delong_paired",
            "obuchowski_paired",
        ] {
            let method = super::super::method_texts::method(id)
                .unwrap_or_else(|| panic!("{id} is not described"));
            assert!(!method.sources.is_empty() && method.text.ends_with('.'));
        }
    }
}
