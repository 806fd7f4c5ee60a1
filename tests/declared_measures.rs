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
