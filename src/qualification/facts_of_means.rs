//! Facts about groups set against each other by influences, and about limits of agreement.

use serde::Deserialize;

use crate::metrics::regression::{
    limits_of_agreement, mover_limits, mover_limits_of_constant_truth,
};
use crate::statistics::{
    Arm, Influenced, NotEstimable, ScaledEstimate, influenced_difference, influenced_heterogeneity,
};

use super::Fact;
use super::facts_of_outcomes::stored;
use super::facts_of_scores::said;

pub(super) fn all() -> Vec<Fact> {
    let mut facts = Vec::new();
    means(&mut facts);
    cardiac_output(&mut facts);
    facts
}

const A: [f64; 7] = [4.1, 5.0, 6.2, 3.3, 5.7, 4.9, 6.6];
const B: [f64; 7] = [3.9, 4.2, 6.0, 3.5, 4.4, 4.1, 5.2];
const C: [f64; 7] = [4.4, 4.9, 5.1, 3.0, 5.2, 4.8, 5.9];
const OWN: [u32; 7] = [0, 1, 2, 3, 4, 5, 6];
const OTHER: [u32; 5] = [10, 11, 12, 13, 14];

/// Means of a few numbers, where the tests by influences are those of every textbook.
fn means(facts: &mut Vec<Fact>) {
    let mean = Influenced::mean(&[1.0, 2.0, 3.0, 4.0]);
    let error = mean.and_then(|mean| mean.standard_error(Some(&[0, 0, 1, 2])));
    facts.push(Fact::new(
        "mean_cluster_t",
        "own numbers, statsmodels 0.15.0, OLS with errors by cluster",
        "1, 2, 3, 4 of patients 0, 0, 1, 2, standard error".to_owned(),
        (0.780_624_75, 1e-8),
        said(error.map(|error| error.0)),
    ));
    let mut put = |(method, source): (&str, &'static str),
                   case: &str,
                   expected: f64,
                   got: Result<f64, NotEstimable>| {
        let expected = (expected, 1e-9 * expected.abs());
        facts.push(Fact::new(
            method,
            source,
            case.to_owned(),
            expected,
            said(got),
        ));
    };
    let difference = |b: &[f64], patients: &[u32]| -> Result<ScaledEstimate, NotEstimable> {
        let (a, b) = (Influenced::mean(&A)?, Influenced::mean(b)?);
        influenced_difference((&a, &OWN), (&b, patients)).map(|found| found.0)
    };
    let lower = |found: &Result<ScaledEstimate, NotEstimable>| {
        let found = found.clone().and_then(|found| found.interval(0.95));
        found.map(|limits| limits.lower)
    };
    let upper = |found: &Result<ScaledEstimate, NotEstimable>| {
        let found = found.clone().and_then(|found| found.interval(0.95));
        found.map(|limits| limits.upper)
    };
    let p = |found: &Result<ScaledEstimate, NotEstimable>| {
        found.clone().map(|found| found.p_two_sided(0.0))
    };
    const WELCH: (&str, &str) = (
        "influence_difference",
        "own numbers, SciPy 1.17.1, Welch's t test",
    );
    let found = difference(&B[..5], &OTHER);
    let df = found.clone().and_then(|found| {
        let none = || NotEstimable::Other("no degrees of freedom".to_owned());
        found.df.ok_or_else(none)
    });
    put(WELCH, "7 and 5 numbers, df", 9.696_831_585_562_37, df);
    put(
        WELCH,
        "7 and 5 numbers, p",
        0.271_963_846_325_515_1,
        p(&found),
    );
    put(
        WELCH,
        "7 and 5 numbers, lower limit",
        -0.657_907_143_307_144_6,
        lower(&found),
    );
    put(
        WELCH,
        "7 and 5 numbers, upper limit",
        2.086_478_571_878_573_4,
        upper(&found),
    );
    const PAIRED: (&str, &str) = (
        "influence_difference_shared",
        "own numbers, SciPy 1.17.1, paired t test",
    );
    let found = difference(&B, &OWN);
    put(PAIRED, "7 pairs, p", 0.029_698_811_818_053_342, p(&found));
    put(
        PAIRED,
        "7 pairs, lower limit",
        0.088_316_817_590_916_14,
        lower(&found),
    );
    put(
        PAIRED,
        "7 pairs, upper limit",
        1.197_397_468_123_367_7,
        upper(&found),
    );
    const HOTELLING: (&str, &str) = (
        "wald_influence",
        "own numbers, statsmodels 0.15.0, test_mvmean (Hotelling)",
    );
    let three = [&A, &B, &C].map(|values| Influenced::mean(values));
    let three: Result<Vec<Influenced>, NotEstimable> = three.into_iter().collect();
    let found = three.and_then(|means| {
        let arms: Vec<Arm<'_>> = means.iter().map(|mean| (mean, OWN.as_slice())).collect();
        influenced_heterogeneity(&arms)
    });
    let statistic = found.clone().map(|found| found.statistic);
    let case = "three numbers of 7 patients, T2";
    put(HOTELLING, case, 10.609_136_504_765_829, statistic);
    let case = "three numbers of 7 patients, p";
    put(
        HOTELLING,
        case,
        0.078_435_106_375_934_87,
        found.map(|f| f.p),
    );
}

#[derive(Deserialize)]
struct Readings {
    /// Radionuclide ventriculography and impedance cardiography, by patient.
    patients: Vec<Vec<(f64, f64)>>,
}

/// Cardiac output of twelve patients by two methods.
fn cardiac_output(facts: &mut Vec<Fact>) {
    const VARIES: &str = "Bland and Altman 2007, J Biopharm Stat 17:571-582, cardiac output";
    const CONSTANT: &str =
        "Bland and Altman 1999, Stat Methods Med Res 8:135-160, section 5.2, cardiac output";
    const MOVER: &str = "tests of R's SimplyAgree (agree_nest), four patients";
    let text = include_str!("../../fixtures/outcomes/cardiac_output.json");
    let Some(stored) = stored::<Readings>(facts, CONSTANT, text) else {
        return;
    };
    let of = |patients: usize| {
        let (mut patient, mut ic, mut rv) = (Vec::new(), Vec::new(), Vec::new());
        for (own, pairs) in (0u32..).zip(stored.patients.iter().take(patients)) {
            for (by_rv, by_ic) in pairs {
                patient.push(own);
                rv.push(*by_rv);
                ic.push(*by_ic);
            }
        }
        (patient, ic, rv)
    };
    let mut put = |method: &str, source, what: &str, expected: (f64, f64), got| {
        facts.push(Fact::new(
            method,
            source,
            what.to_owned(),
            expected,
            said(got),
        ));
    };
    let (patient, ic, rv) = of(usize::MAX);
    let found = limits_of_agreement(&ic, &rv, Some(&patient), 0.95).map(|found| {
        let (lower, upper) = (found.lower.estimate, found.upper.estimate);
        [found.bias.estimate, found.sd, lower, upper]
    });
    // The paper takes 1.96 for the normal quantile.
    for (place, (method, what, expected)) in [
        ("bias", "bias", (0.602_166_7, 1e-7)),
        (
            "agreement_lower",
            "standard deviation",
            (0.990_624_08, 1e-7),
        ),
        ("agreement_lower", "lower limit", (-1.339_456_5, 5e-5)),
        ("agreement_upper", "upper limit", (2.543_789_9, 5e-5)),
    ]
    .into_iter()
    .enumerate()
    {
        let got = found.clone().map(|numbers| numbers[place]);
        put(method, VARIES, what, expected, got);
    }
    let found = mover_limits_of_constant_truth((&ic, &patient), (&rv, &patient), 0.95, 0.95);
    let found = found.map(|found| {
        let limits = found.limits;
        [found.bias, found.sd, limits.lower, limits.upper]
    });
    // The paper rounds on the way: all digits give 1.05185 for the standard deviation.
    for (place, (what, expected)) in [
        ("true value constant, bias", (0.7092, 6e-5)),
        ("true value constant, standard deviation", (1.0517, 2e-4)),
        ("true value constant, lower limit", (-1.3521, 4e-4)),
        ("true value constant, upper limit", (2.7705, 4e-4)),
    ]
    .into_iter()
    .enumerate()
    {
        let got = found.clone().map(|numbers| numbers[place]);
        put("agreement_mover", CONSTANT, what, expected, got);
    }
    let (patient, ic, rv) = of(4);
    let found = mover_limits(&ic, &rv, Some(&patient), 0.95, 0.95);
    // Its intervals of both limits, on three degrees of freedom, agree to 0.01 and no better.
    for (what, expected) in [
        ("lower limit of agreement", -2.14),
        ("upper limit of agreement", 3.59),
    ] {
        let got = found.clone().map(|found| {
            if expected < 0.0 {
                found.limits.lower
            } else {
                found.limits.upper
            }
        });
        put("agreement_mover", MOVER, what, (expected, 6e-3), got);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_means_and_of_agreement() {
        let facts = all();
        let wrong: Vec<&Fact> = facts.iter().filter(|fact| !fact.pass).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(facts.len(), 10 + 4 + 4 + 2);
    }
}
