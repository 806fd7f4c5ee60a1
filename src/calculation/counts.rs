//! Answers from counts alone: samples are taken as independent.

use crate::metrics::{ConfusionCounts, Diagnostic, MatrixMetric, PredictiveValue};
use crate::statistics::{
    DifferenceMethod, Interval, NotEstimable, PairedTable, ProportionMethod, Standardised,
    TwoByTwo, breslow_day_tarone, chi_squared_sf, direct_standardisation, farrington_manning,
    mantel_haenszel_difference, mantel_haenszel_odds_ratio, newcombe_10, odds_ratio_score,
    risk_ratio_score, score_test, standardised_difference,
};

use super::Entry;

/// Events of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Events.
    pub events: u64,
    /// Trials, at least as many.
    pub trials: u64,
}

impl Counts {
    fn real(self) -> (f64, f64) {
        (self.events as f64, self.trials as f64)
    }

    fn share(self) -> f64 {
        self.events as f64 / self.trials as f64
    }
}

/// Every interval of one proportion.
#[must_use]
pub fn proportion(counts: Counts, confidence: f64) -> Vec<Entry> {
    let (k, n) = counts.real();
    [
        ProportionMethod::Wilson,
        ProportionMethod::ClopperPearson,
        ProportionMethod::MidP,
        ProportionMethod::Blaker,
        ProportionMethod::Jeffreys,
        ProportionMethod::AgrestiCoull,
        ProportionMethod::WilsonContinuity,
    ]
    .into_iter()
    .map(|method| match method.interval(k, n, confidence) {
        Ok(limits) => Entry::interval(method.id(), counts.share(), Ok(limits)),
        Err(why) => Entry::absent(method.id(), &why),
    })
    .collect()
}

/// Every interval of the difference of two independent proportions, first minus second; with a
/// `margin`, the one-sided tests of "first is not lower by more than the margin".
#[must_use]
pub fn difference(
    first: Counts,
    second: Counts,
    margin: Option<f64>,
    confidence: f64,
) -> Vec<Entry> {
    let ((k1, n1), (k2, n2)) = (first.real(), second.real());
    let estimate = first.share() - second.share();
    let mut entries: Vec<Entry> = [
        DifferenceMethod::Newcombe10,
        DifferenceMethod::MiettinenNurminen,
        DifferenceMethod::Mee,
    ]
    .into_iter()
    .map(|method| match method.interval(k1, n1, k2, n2, confidence) {
        Ok(limits) => Entry::interval(method.id(), estimate, Ok(limits)),
        Err(why) => Entry::absent(method.id(), &why),
    })
    .collect();
    if let Some(margin) = margin {
        for (id, test) in [
            (
                "farrington_manning",
                farrington_manning(k1, n1, k2, n2, -margin),
            ),
            (
                "miettinen_nurminen_test",
                score_test(DifferenceMethod::MiettinenNurminen, k1, n1, k2, n2, -margin),
            ),
        ] {
            entries.push(match test {
                Ok(test) => Entry::new(id)
                    .number("margin", margin)
                    .number("z", test.z)
                    .number("p", test.p)
                    .text(
                        "sides",
                        "one, for first minus second above minus the margin",
                    ),
                Err(why) => Entry::absent(id, &why),
            });
        }
    }
    entries
}

/// Score intervals of the ratio of two independent proportions and of their odds.
#[must_use]
pub fn ratio(first: Counts, second: Counts, confidence: f64) -> Vec<Entry> {
    let ((k1, n1), (k2, n2)) = (first.real(), second.real());
    let odds = (k1 * (n2 - k2)) / (k2 * (n1 - k1));
    [
        (
            "risk_ratio_score",
            first.share() / second.share(),
            risk_ratio_score(k1, n1, k2, n2, confidence),
        ),
        (
            "odds_ratio_score",
            odds,
            odds_ratio_score(k1, n1, k2, n2, confidence),
        ),
    ]
    .into_iter()
    .map(|(id, estimate, limits)| match limits {
        Ok(limits) => Entry::interval(id, estimate, Ok(limits)),
        Err(why) => Entry::absent(id, &why),
    })
    .collect()
}

/// Difference of two proportions on the same cases, and McNemar's tests.
#[must_use]
pub fn paired(table: PairedTable, confidence: f64) -> Vec<Entry> {
    let difference = match table.difference() {
        Ok(difference) => difference,
        Err(why) => return vec![Entry::absent("difference", &why)],
    };
    let mut entries: Vec<Entry> = [
        ("newcombe_paired_10", table.newcombe_10(confidence)),
        ("newcombe_paired_8", table.newcombe_8(confidence)),
        ("tango", table.tango(confidence)),
    ]
    .into_iter()
    .map(|(id, limits)| {
        let flat = limits
            .as_ref()
            .is_ok_and(|limits| limits.upper - limits.lower <= 0.0);
        let entry = Entry::interval(id, difference, limits);
        if flat {
            entry.text("note", "of no width: no case is discordant, so that both shares are taken as the same for certain; read newcombe_paired_10 or tango")
        } else {
            entry
        }
    })
    .collect();
    let test = table.mcnemar();
    entries.push(Entry::new("mcnemar_exact").number("p", test.p_exact));
    entries.push(Entry::new("mcnemar_mid_p").number("p", test.p_mid));
    entries.push(
        Entry::new("mcnemar_chi2")
            .number("chi2", test.chi_squared)
            .number("df", 1.0)
            .number("p", test.p),
    );
    entries.push(
        Entry::new("mcnemar_chi2_continuity")
            .number("chi2", test.chi_squared_continuity)
            .number("df", 1.0)
            .number("p", test.p_continuity),
    );
    entries
}

/// Counts of a diagnostic test against its reference standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosticCounts {
    /// Positives called positive.
    pub true_positive: u64,
    /// Negatives called positive.
    pub false_positive: u64,
    /// Positives called negative.
    pub false_negative: u64,
    /// Negatives called negative.
    pub true_negative: u64,
}

/// Everything that a two-by-two table says of a test, predictive values also at declared
/// `prevalences`: `ppv_at_prevalence` where there is one, `ppv_at_prevalence_0.05` and so on where
/// there are several.
#[must_use]
pub fn diagnostic(counts: DiagnosticCounts, prevalences: &[f64], confidence: f64) -> Vec<Entry> {
    let DiagnosticCounts {
        true_positive: tp,
        false_positive: fp,
        false_negative: fn_,
        true_negative: tn,
    } = counts;
    let share = |id: &str, events: u64, trials: u64| {
        let (k, n) = (events as f64, trials as f64);
        match ProportionMethod::Wilson.interval(k, n, confidence) {
            Ok(limits) => Entry::interval(id, k / n, Ok(limits))
                .count("numerator", events)
                .count("denominator", trials),
            Err(why) => Entry::absent(id, &why),
        }
    };
    let mut entries = vec![
        share("sensitivity", tp, tp + fn_),
        share("specificity", tn, tn + fp),
        share("ppv", tp, tp + fp),
        share("npv", tn, tn + fn_),
        share("accuracy", tp + tn, tp + tn + fp + fn_),
        share("prevalence", tp + fn_, tp + tn + fp + fn_),
    ];
    let test = Diagnostic::from_counts(tp, fp, fn_, tn);
    entries.extend(predictive_values(&test, prevalences, confidence));
    let scaled =
        |id: &str,
         of: fn(&Diagnostic) -> Result<crate::statistics::ScaledEstimate, NotEstimable>| {
            Entry::scaled(id, &test.clone().and_then(|test| of(&test)), confidence)
        };
    entries.push(scaled(
        "likelihood_ratio_positive",
        Diagnostic::likelihood_ratio_positive,
    ));
    entries.push(scaled(
        "likelihood_ratio_negative",
        Diagnostic::likelihood_ratio_negative,
    ));
    entries.push(scaled("diagnostic_odds_ratio", Diagnostic::odds_ratio));
    let matrix = ConfusionCounts {
        true_positive: tp,
        false_negative: fn_,
        false_positive: fp,
        true_negative: tn,
    };
    for metric in MatrixMetric::ALL {
        entries.push(match metric.value(&matrix) {
            Some(value) => of_matrix(metric, value, counts, confidence),
            None => Entry::absent(metric.id(), &MatrixMetric::undefined(&matrix)),
        });
    }
    entries
}

/// A metric of the whole table with limits: Newcombe's method 10 for the true less the false
/// positive rate, which is Youden's J and twice the balanced accuracy less 1; Wilson's for the
/// share j of right ones among all that are positive or called so, which F1 = 2 j / (1 + j) follows
/// upwards. Matthews' correlation has none from counts alone.
fn of_matrix(
    metric: MatrixMetric,
    estimate: f64,
    counts: DiagnosticCounts,
    confidence: f64,
) -> Entry {
    let [tp, fp, fn_, tn] = [
        counts.true_positive,
        counts.false_positive,
        counts.false_negative,
        counts.true_negative,
    ]
    .map(|count| count as f64);
    let moved = |limits: Interval, to: &dyn Fn(f64) -> f64| Interval {
        lower: to(limits.lower),
        upper: to(limits.upper),
    };
    let rates = || newcombe_10(tp, tp + fn_, fp, fp + tn, confidence);
    let entry =
        |limits, method| Entry::interval(metric.id(), estimate, limits).text("method", method);
    match metric {
        MatrixMetric::BalancedAccuracy => entry(
            rates().map(|limits| moved(limits, &|j| 0.5 * (1.0 + j))),
            "newcombe_10",
        ),
        MatrixMetric::Youden => entry(rates(), "newcombe_10"),
        MatrixMetric::F1 => entry(
            ProportionMethod::Wilson
                .interval(tp, tp + fp + fn_, confidence)
                .map(|limits| moved(limits, &|j| 2.0 * j / (1.0 + j))),
            "wilson",
        ),
        MatrixMetric::Mcc => Entry::new(metric.id()).number("estimate", estimate).text(
            "not_estimable",
            "no limits from counts alone; an audit resamples patients for them",
        ),
    }
}

/// Positive and negative predictive value at each prevalence. One of several prevalences stands in
/// the id; a single one needs no name.
pub(super) fn predictive_values(
    test: &Result<Diagnostic, NotEstimable>,
    prevalences: &[f64],
    confidence: f64,
) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(2 * prevalences.len());
    for prevalence in prevalences {
        for (id, which) in [
            ("ppv_at_prevalence", PredictiveValue::Positive),
            ("npv_at_prevalence", PredictiveValue::Negative),
        ] {
            let id = if prevalences.len() > 1 {
                format!("{id}_{prevalence}")
            } else {
                id.to_owned()
            };
            entries.push(at_prevalence(&id, test, which, *prevalence, confidence));
        }
    }
    entries
}

fn at_prevalence(
    id: &str,
    test: &Result<Diagnostic, NotEstimable>,
    which: PredictiveValue,
    prevalence: f64,
    confidence: f64,
) -> Entry {
    let found = test.clone().and_then(|test| {
        let (limits, method) = test.predictive_value_interval(which, prevalence, confidence)?;
        let estimate = test.predictive_value(which, prevalence);
        Ok((estimate.unwrap_or(limits.lower), limits, method))
    });
    match found {
        Ok((estimate, limits, method)) => Entry::interval(id, estimate, Ok(limits))
            .number("at", prevalence)
            .text("method", method),
        Err(why) => Entry::absent(id, &why),
    }
}

/// Two groups over the same strata: crude and adjusted difference, standardised proportions (to
/// the strata of both groups together), Mantel-Haenszel, and whether the odds ratio is the same
/// in all strata.
#[must_use]
pub fn strata(first: &[Counts], second: &[Counts], confidence: f64) -> Vec<Entry> {
    let tables: Vec<TwoByTwo> = first
        .iter()
        .zip(second)
        .map(|(a, b)| TwoByTwo {
            k1: a.events as f64,
            n1: a.trials as f64,
            k2: b.events as f64,
            n2: b.trials as f64,
        })
        .collect();
    let sum = |group: &[Counts]| Counts {
        events: group.iter().map(|one| one.events).sum(),
        trials: group.iter().map(|one| one.trials).sum(),
    };
    let (all_first, all_second) = (sum(first), sum(second));
    let crude = difference(all_first, all_second, None, confidence)
        .into_iter()
        .next()
        .map(|entry| Entry {
            id: "crude_difference".to_owned(),
            ..entry
        });
    let mut entries: Vec<Entry> = crude.into_iter().collect();
    let weights: Vec<f64> = first
        .iter()
        .zip(second)
        .map(|(a, b)| (a.trials + b.trials) as f64)
        .collect();
    let standard = |group: &[Counts]| direct_standardisation(&as_clusters(group), &weights);
    let (one, two) = (standard(first), standard(second));
    for (id, found) in [("standardised_first", &one), ("standardised_second", &two)] {
        entries.push(match found {
            Ok(found) => Entry::interval(id, found.estimate, found.interval(confidence)),
            Err(why) => Entry::absent(id, why),
        });
    }
    entries.push(match both(one, two, confidence) {
        Ok((estimate, limits)) => Entry::interval("standardised_difference", estimate, Ok(limits)),
        Err(why) => Entry::absent("standardised_difference", &why),
    });
    entries.push(Entry::scaled(
        "mantel_haenszel_difference",
        &mantel_haenszel_difference(&tables),
        confidence,
    ));
    entries.push(Entry::scaled(
        "mantel_haenszel_odds_ratio",
        &mantel_haenszel_odds_ratio(&tables),
        confidence,
    ));
    match breslow_day_tarone(&tables) {
        Ok(test) => {
            entries.push(
                Entry::new("breslow_day_tarone")
                    .number("chi2", test.statistic)
                    .number("df", test.df)
                    .number("p", test.p),
            );
            entries.push(
                Entry::new("breslow_day")
                    .number("chi2", test.uncorrected)
                    .number("df", test.df)
                    .number("p", chi_squared_sf(test.uncorrected, test.df)),
            );
        }
        Err(why) => entries.push(Entry::absent("breslow_day_tarone", &why)),
    }
    entries
}

fn both(
    first: Result<Standardised, NotEstimable>,
    second: Result<Standardised, NotEstimable>,
    confidence: f64,
) -> Result<(f64, Interval), NotEstimable> {
    let (first, second) = (first?, second?);
    let limits = standardised_difference(&first, &second, confidence)?;
    Ok((first.estimate - second.estimate, limits))
}

/// Every trial a cluster of its own.
fn as_clusters(group: &[Counts]) -> Vec<Vec<(u64, u64)>> {
    let mut clusters = Vec::new();
    for (stratum, counts) in group.iter().enumerate() {
        for trial in 0..counts.trials {
            let mut cluster = vec![(0, 0); group.len()];
            cluster[stratum] = (u64::from(trial < counts.events), 1);
            clusters.push(cluster);
        }
    }
    clusters
}
