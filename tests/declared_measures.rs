//! Measures that an audit declares beside its endpoints, through the binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, by_id, code, number, stderr};

fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} for {expected}");
}

/// A table of single samples, one patient each, with these counts of a confusion matrix.
fn table_of(tp: u32, fp: u32, fn_: u32, tn: u32) -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    let mut rows = 0;
    for (count, truth, score) in [(tp, 1, 0.9), (fp, 0, 0.9), (fn_, 1, 0.1), (tn, 0, 0.1)] {
        for _ in 0..count {
            let sex = if rows % 2 == 0 { "F" } else { "M" };
            table.push_str(&format!("s{rows},p{rows},{sex},A,50,{truth},{score}\n"));
            rows += 1;
        }
    }
    table
}

/// Mercaldo, Lau and Zhou 2007: the NIRS study at a prevalence of 1 %.
#[test]
fn predictive_values_at_the_declared_prevalence() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &table_of(670, 202, 74, 640));
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, prevalence: 0.01",
    );
    audit.change_audit(
        "manifest: cohort.csv",
        "manifest: cohort.csv\n  sampling: enriched",
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let ppv = by_id(&results, "estimates", "ppv_at_prevalence.overall.all");
    near(number(ppv, "estimate"), 0.0365313, 5e-7);
    near(number(ppv, "lower"), 0.0325, 5e-5);
    near(number(ppv, "upper"), 0.0411, 5e-5);
    assert_eq!(ppv["method"], "mercaldo_logit");
    let npv = by_id(&results, "estimates", "npv_at_prevalence.overall.all");
    near(number(npv, "estimate"), 0.99868, 5e-6);
    // Chosen by outcome: the plain value means nothing, and says where to look.
    let plain = by_id(&results, "estimates", "ppv.overall.all");
    assert_eq!(plain["status"], "not_estimable");
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("Prevalence in use"));
    assert!(report.contains("Mercaldo"));
}

/// A list gives both values at each share, for every group; limits by a numerical gradient in numpy
/// (`predictive` of `fixtures/outside/numbers.json`). One number changes nothing.
#[test]
fn predictive_values_at_every_listed_prevalence() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &table_of(670, 202, 74, 640));
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, prevalence: [0.01, 0.05, 0.1]",
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let path = support::project().join("fixtures/outside/numbers.json");
    let outside: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut seen = 0;
    for case in outside["predictive"].as_array().unwrap() {
        if case[0] != 670 {
            continue;
        }
        let share = case[4].as_f64().unwrap();
        for (metric, place) in [("ppv", 5), ("npv", 6)] {
            let id = format!("{metric}_at_prevalence_{share}");
            let row = by_id(&results, "estimates", &format!("{id}.overall.all"));
            assert_eq!(
                (&row["metric"], &row["method"]),
                (&id.into(), &"mercaldo_logit".into())
            );
            for (at, name) in ["estimate", "lower", "upper"].into_iter().enumerate() {
                // One sample a patient: an effective n of n - 1 in each class.
                let tolerance = if at == 0 { 1e-9 } else { 1e-4 };
                near(
                    number(row, name),
                    case[place][at].as_f64().unwrap(),
                    tolerance,
                );
            }
            for level in ["F", "M"] {
                let id = format!("{metric}_at_prevalence_{share}.sex.{level}");
                assert!(number(by_id(&results, "estimates", &id), "lower") > 0.0);
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 6);
    let declared = &results["methods"]["endpoints"][0];
    assert_eq!(number(declared, "prevalence"), 0.01);
    assert_eq!(
        declared["prevalences"],
        serde_json::json!([0.01, 0.05, 0.1])
    );
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("PPV at a prevalence of 0.05"));
    assert!(report.contains("NPV at a prevalence of 0.1"));
    let csv = std::fs::read_to_string(audit.path("out/small/tables/estimates.csv")).unwrap();
    assert!(csv.contains("npv_at_prevalence_0.1.sex.F"));
}

#[test]
fn a_list_of_prevalences_is_read_with_care() {
    for (wrong, said) in [
        ("[]", "expected at least 1"),
        ("[0.1, 1.5]", "expected a number between 0 and 1"),
        ("[0.1, 0.10]", "twice"),
        ("{low: 0.1}", "expected"),
    ] {
        let audit = SmallAudit::new();
        audit.change_audit(
            "threshold: {fixed: 0.5}",
            &format!("threshold: {{fixed: 0.5}}, prevalence: {wrong}"),
        );
        let output = audit.evaluate();
        assert_eq!(code(&output), 2, "{wrong}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn a_prevalence_outside_0_and_1_is_refused() {
    for wrong in ["0", "1", "1.5", "-0.1", "'often'"] {
        let audit = SmallAudit::new();
        audit.change_audit(
            "threshold: {fixed: 0.5}",
            &format!("threshold: {{fixed: 0.5}}, prevalence: {wrong}"),
        );
        let output = audit.evaluate();
        assert_eq!(code(&output), 2, "{wrong}");
        assert!(
            stderr(&output).contains("prevalence"),
            "{}",
            stderr(&output)
        );
    }
}

/// Net benefit by the formula of Vickers and Elkin, counted from the table itself.
#[test]
fn net_benefit_of_every_group_is_that_of_its_counts() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, net_benefit: {from: 0.1, to: 0.7, step: 0.1}",
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let table = support::small_table();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let curves = results["decision_curves"].as_array().unwrap();
    let thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
    for (attribute, column, level) in [("sex", 2, "F"), ("site", 3, "A"), ("site", 3, "B")] {
        let curve = curves
            .iter()
            .find(|one| one["attribute"] == attribute && one["level"] == level)
            .unwrap();
        let own: Vec<(bool, f64)> = rows
            .iter()
            .filter(|row| row[column] == level)
            .map(|row| (row[5] == "1", row[6].parse().unwrap()))
            .collect();
        let n = own.len() as f64;
        let points = curve["points"].as_array().unwrap();
        assert_eq!(points.len(), thresholds.len());
        for (point, threshold) in points.iter().zip(thresholds) {
            near(number(point, "threshold"), threshold, 1e-12);
            let count = |class: bool| {
                own.iter()
                    .filter(|(y, score)| *y == class && *score >= threshold)
                    .count() as f64
            };
            let expected = count(true) / n - count(false) / n * threshold / (1.0 - threshold);
            near(number(point, "net_benefit"), expected, 1e-12);
            assert!(number(point, "lower") <= expected && expected <= number(point, "upper"));
            let prevalence = own.iter().filter(|(y, _)| *y).count() as f64 / n;
            near(number(point, "standardised"), expected / prevalence, 1e-12);
            let all = prevalence - (1.0 - prevalence) * threshold / (1.0 - threshold);
            near(number(point, "treat_all"), all, 1e-12);
        }
    }
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(report.contains("Vickers") && report.contains("net-benefit.finding.site.B"));
}

#[test]
fn ranges_of_net_benefit_that_make_no_sense_are_refused() {
    for (range, what) in [
        ("{from: 0.5, to: 0.1}", "from <= to"),
        ("{from: 0.0, to: 0.1}", "between 0 and 1"),
        ("{from: 0.01, to: 0.99, step: 0.001}", "larger `step`"),
        ("{to: 0.5}", "from"),
    ] {
        let audit = SmallAudit::new();
        audit.change_audit(
            "threshold: {fixed: 0.5}",
            &format!("threshold: {{fixed: 0.5}}, net_benefit: {range}"),
        );
        let output = audit.evaluate();
        assert_eq!(code(&output), 2, "{range}");
        assert!(stderr(&output).contains(what), "{}", stderr(&output));
    }
    let audit = SmallAudit::new();
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, net_benefit: {from: 0.1, to: 0.2}",
    );
    audit.change_audit("score_kind: probability", "score_kind: score");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("needs probabilities"));
}

/// The binormal study in which everything on the curve is known: scores of negatives are
/// 0, 1, ..., 99, of positives 50, 51, ..., 149 (over 150).
fn staircase() -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    for i in 0..100 {
        let sex = if i % 2 == 0 { "F" } else { "M" };
        table.push_str(&format!(
            "n{i},pn{i},{sex},A,50,0,{}\n",
            f64::from(i + 1) / 152.0
        ));
        table.push_str(&format!(
            "p{i},pp{i},{sex},A,50,1,{}\n",
            f64::from(i + 51) / 152.0
        ));
    }
    table
}

/// The staircase with every fifth patient: twenty of a class, so that nothing read off is reliable.
#[test]
fn what_rests_on_few_patients_is_marked() {
    let audit = SmallAudit::new();
    let few: String = staircase()
        .lines()
        .enumerate()
        .filter(|(line, _)| *line == 0 || (line - 1) / 2 % 5 == 0)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    audit.write("cohort.csv", &few);
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, ranking: {at_specificity: 0.9, at_sensitivity: 0.8, partial_from: 0.5}",
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let marked = |id: &str| {
        let row = by_id(&results, "estimates", id);
        assert_eq!(row["status"], "ok", "{row}");
        let flags = row["flags"].as_array().unwrap();
        flags.iter().any(|flag| flag == "unreliable")
    };
    // Twenty patients of a class: what is read off the ranking rests on them.
    for metric in [
        "sensitivity_at_specificity",
        "specificity_at_sensitivity",
        "partial_auroc",
    ] {
        assert!(marked(&format!("{metric}.overall.all")), "{metric}");
    }
    // Forty patients in all, twenty of a sex.
    for metric in ["ece_width", "ece_mass", "rms_calibration_error_debiased"] {
        assert!(marked(&format!("{metric}.sex.F")), "{metric}");
        assert!(!marked(&format!("{metric}.overall.all")), "{metric}");
    }
    assert!(marked("auroc.sex.F"));
}

#[test]
fn read_offs_of_the_curve_are_those_counted_by_hand() {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", &staircase());
    audit.change_audit(
        "threshold: {fixed: 0.5}",
        "threshold: {fixed: 0.5}, ranking: {at_specificity: 0.9, at_sensitivity: 0.8, partial_from: 0.5}",
    );
    audit.change_audit(
        "seed: 3",
        "seed: 3, curve_bands: true, smooth_calibration: intervals",
    );
    audit.change_audit(
        "sex: {column: sex}",
        "sex: {column: sex, cross_ranking: true}",
    );
    let output = audit.evaluate();
    assert!([0, 1, 3].contains(&code(&output)), "{}", stderr(&output));
    let results = audit.results();
    let of = |metric: &str| by_id(&results, "estimates", &format!("{metric}.overall.all"));
    // Threshold 90/150: negatives 90..99 above it, positives 90..149.
    near(
        number(of("sensitivity_at_specificity"), "estimate"),
        0.6,
        1e-12,
    );
    // Threshold 70/150: positives 70..149 above it, negatives 0..69 below.
    near(
        number(of("specificity_at_sensitivity"), "estimate"),
        0.7,
        1e-12,
    );
    // Of the 5,000 pairs whose negative is among the highest fifty (scores 50..99, positives
    // 50..149) the positive is higher in 49+48+...: sum over negatives k of (149 - k), ties half.
    let pairs: f64 = (50..100).map(|k| f64::from(149 - k) + 0.5).sum();
    near(
        number(of("partial_auroc"), "estimate"),
        pairs / 10_000.0,
        1e-12,
    );
    for metric in [
        "sensitivity_at_specificity",
        "specificity_at_sensitivity",
        "partial_auroc",
    ] {
        let row = of(metric);
        assert_eq!(row["method"], "wilson_bootstrap_n");
        assert!(number(row, "lower") < number(row, "estimate"));
        assert!(number(row, "estimate") < number(row, "upper"));
    }
    for metric in ["ici", "e50", "e90", "emax"] {
        let row = of(metric);
        assert_eq!(row["method"], "smooth_calibration_bootstrap", "{row}");
        assert!(number(row, "lower") <= number(row, "estimate"));
        assert!(number(row, "estimate") <= number(row, "upper"));
    }
    let curves = results["curves"].as_array().unwrap();
    let overall = curves
        .iter()
        .find(|one| one["attribute"] == "overall")
        .unwrap();
    for list in [
        "roc_band",
        "smooth",
        "precision_recall",
        "precision_recall_band",
    ] {
        assert!(overall[list].as_array().unwrap().len() > 30, "{list}");
    }
    // Even scores against odd ones: F's positives 50, 52, ... against M's negatives 1, 3, ...
    let cross = results["cross_ranking"].as_array().unwrap();
    assert_eq!(cross.len(), 4);
    let pair = cross
        .iter()
        .find(|one| one["positives_of"] == "F" && one["negatives_of"] == "M")
        .unwrap();
    let (positives, negatives): (Vec<i32>, Vec<i32>) = (0..100)
        .filter(|i| i % 2 == 0)
        .map(|i| (i + 50, i + 1))
        .unzip();
    let mut wins = 0.0;
    for p in &positives {
        for n in &negatives {
            wins += if p > n { 1.0 } else { 0.0 };
        }
    }
    near(number(pair, "estimate"), wins / 2500.0, 1e-12);
    let own = cross
        .iter()
        .find(|one| one["positives_of"] == "F" && one["negatives_of"] == "F")
        .unwrap();
    let auroc = by_id(&results, "estimates", "auroc.sex.F");
    near(number(own, "estimate"), number(auroc, "estimate"), 1e-12);
    near(number(own, "lower"), number(auroc, "lower"), 1e-12);
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    for text in [
        "Kallus",
        "Harrell",
        "Macskassy",
        "McClish",
        "Negatives of M",
    ] {
        assert!(report.contains(text), "{text}");
    }
}
