//! The makers' own scores and tensors beside those of an audit: exit 5 beyond the tolerance.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, code, number, run, shared, stderr};

/// Writes the small cohort's own scores as the makers', after `change` of each.
fn makers(audit: &SmallAudit, change: impl Fn(usize, f64) -> f64) {
    let table = std::fs::read_to_string(audit.path("cohort.csv")).unwrap();
    let mut lines = vec!["case,p".to_owned()];
    for (row, line) in table.lines().skip(1).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let score: f64 = cells.last().unwrap().parse().unwrap();
        lines.push(format!("{},{}", cells[0], change(row, score)));
    }
    lines.push("elsewhere,0.5".to_owned());
    audit.write("theirs.csv", &lines.join("\n"));
}

fn with_parity(tolerance: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    let section = format!(
        "parity: {{scores: theirs.csv, sample: case, columns: {{score: p}}, tolerance: {tolerance}}}\ngate:"
    );
    audit.change_audit("gate:", &section);
    audit
}

#[test]
fn equal_scores_are_within_tolerance_and_change_no_verdict() {
    let audit = with_parity("{max_abs: 0, decision_flips: 0}");
    makers(&audit, |_, score| score);
    let without = SmallAudit::new();
    assert_eq!(code(&audit.evaluate()), code(&without.evaluate()));
    let results = audit.results();
    assert_eq!(results["parity"]["status"], "within_tolerance");
    let score = &results["parity"]["scores"][0];
    assert_eq!(score["n_left_out"], 1);
    assert_eq!(number(score, "max_abs"), 0.0);
    assert_eq!(number(score, "rank_correlation"), 1.0);
    assert_eq!(score["decision_flips"], 0);
    assert_eq!(results["verdict"], without.results()["verdict"]);
    assert_eq!(without.results()["parity"]["status"], "not_verified");
}

#[test]
fn scores_beyond_the_tolerance_end_with_5_and_everything_is_written() {
    let audit = with_parity("{max_abs: 0.001}");
    makers(&audit, |row, score| {
        if row == 3 {
            (score - 0.25).abs()
        } else {
            score
        }
    });
    assert_eq!(code(&audit.evaluate()), 5);
    let results = audit.results();
    assert_eq!(results["verdict"], "error");
    assert_eq!(results["parity"]["status"], "beyond_tolerance");
    let largest = number(&results["parity"]["scores"][0], "max_abs");
    assert!(largest > 0.001 && largest <= 0.25, "{largest}");
    let said = results["headline"].as_str().unwrap();
    assert!(
        said.contains("cannot be trusted") && said.contains("makers"),
        "{said}"
    );
    let report = std::fs::read_to_string(audit.path("out/small/report.html")).unwrap();
    assert!(
        report.contains("equipoise doctor"),
        "the report does not name doctor"
    );
    assert_eq!(code(&audit.evaluate_with(&["--exit-zero"])), 0);
}

#[test]
fn decisions_that_differ_are_counted_against_their_own_tolerance() {
    let audit = with_parity("{max_abs: 1, decision_flips: 1}");
    // On the other side of the threshold of 0.5.
    makers(
        &audit,
        |row, score| if row < 2 { 1.0 - score } else { score },
    );
    assert_eq!(code(&audit.evaluate()), 5);
    assert_eq!(audit.results()["parity"]["scores"][0]["decision_flips"], 2);
    audit.change_audit("decision_flips: 1", "decision_flips: 2");
    assert_ne!(code(&audit.evaluate()), 5);
}

#[test]
fn small_counts_are_withheld() {
    let audit = with_parity("{max_abs: 1, decision_flips: 1}");
    audit.change_audit("seed: 3", "seed: 3, suppress_below: 5");
    makers(
        &audit,
        |row, score| if row < 2 { 1.0 - score } else { score },
    );
    assert_eq!(code(&audit.evaluate()), 5);
    let results = audit.results();
    let score = &results["parity"]["scores"][0];
    assert!(score["decision_flips"].is_null() && score["n_left_out"].is_null());
    let told = format!("{}{}", results["headline"], results["parity"]["reason"]);
    assert!(!told.contains('2'), "{told}");
}

#[test]
fn mistakes_in_the_makers_table_are_refused_with_a_reason() {
    for (table, expected) in [
        ("case,p\nnobody,0.5\n", "none is of a sample of the cohort"),
        ("case,q\ns000,0.5\n", "has no column \"p\""),
    ] {
        let audit = with_parity("{max_abs: 0.001}");
        audit.write("theirs.csv", table);
        let output = audit.evaluate();
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let audit = with_parity("{decision_flips: 1}");
    makers(&audit, |_, score| score);
    let output = audit.evaluate();
    assert!(
        stderr(&output).contains("no key `max_abs`"),
        "{}",
        stderr(&output)
    );
}

/// Eight images, whose input tensors and logits were made with Pillow and ONNX Runtime.
#[test]
fn tensors_and_logits_of_the_reference_are_met() {
    let Some(data) = shared("data/ham10000") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut ids: Vec<String> = std::fs::read_dir(data.join("reference/tensors"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "npy"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    ids.sort();
    let text = support::ham10000_audit().replace(
        "include: [",
        &format!("include: [{{column: image_id, in: [{}]}}, ", ids.join(", ")),
    );
    let section = |tensor: &str| {
        format!(
            "parity: {{scores: {0}/predictions.csv, columns: {{score: logit_malignancy}}, scale: logit, tensors: {0}/tensors, tolerance: {{max_abs: 1.0e-4, decision_flips: 0, max_abs_tensor: {tensor}}}}}\n",
            data.join("reference").display()
        )
    };
    let file = folder.path().join("audit.yaml");
    let out = folder.path().join("out").display().to_string();
    let audited = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output = run(&["run", &file.display().to_string(), "--out", &out]);
        let results = support::results(&folder.path().join("out/ham10000"));
        (code(&output), results)
    };
    let (exit, results) = audited(&format!("{text}{}", section("1.0e-6")));
    let parity = &results["parity"];
    assert_eq!(
        (exit, &parity["status"]),
        (0, &"within_tolerance".into()),
        "{parity}"
    );
    assert_eq!(parity["tensors"]["n_compared"], ids.len());
    assert_eq!(parity["scores"][0]["n_compared"], ids.len());
    eprintln!(
        "{} tensors compared, largest difference {}; logits {}",
        ids.len(),
        parity["tensors"]["max_abs"],
        parity["scores"][0]["max_abs"]
    );
    // Another resize moves tensors by more than is tolerated.
    let other = text.replace("engine: pillow", "engine: opencv");
    let (exit, results) = audited(&format!("{other}{}", section("1.0e-6")));
    assert_eq!(exit, 5);
    assert!(number(&results["parity"]["tensors"], "max_abs") > 0.01);
}
