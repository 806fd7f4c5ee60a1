//! Waivers through the binary: when they hold, when they do not, and where they are told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use support::{SmallAudit, by_id, code, stderr, stdout};

const MODEL: &str = "a3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const TODAY: [&str; 2] = ["--today", "2026-10-01"];

/// The small audit with one rule that fails in site B alone and names its model, and a waiver of it.
fn audit(waiver: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.change_audit(
        "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}",
        "      - {id: floor, metric: sensitivity, strata: [{site: A}, {site: B}], require: '>= 0.85'}",
    );
    audit.change_audit(
        "output:",
        &format!("model: {{file: absent.onnx, sha256: {MODEL}}}\noutput:"),
    );
    audit.change_audit("gate:\n", &format!("gate:\n  waivers: [{waiver}]\n"));
    audit.write("cohort.csv", &table());
    audit
}

/// A hundred patients in each site: all positives of A are found, of B 30 of 50.
fn table() -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    for number in 0..200 {
        let site = if number < 100 { "A" } else { "B" };
        let truth = u32::from(number % 2 == 0);
        let missed = site == "B" && number >= 160;
        let score = if truth == 1 && !missed { 0.9 } else { 0.1 };
        table.push_str(&format!(
            "s{number},p{number},F,{site},50,{truth},{score}\n"
        ));
    }
    table
}

fn waiver(changes: &[(&str, &str)]) -> String {
    let mut text = format!(
        "{{check: floor, stratum: {{site: B}}, model_sha256: {MODEL}, until: 2026-12-31, reason: A retrained model is due, owner: A. Owner, approver: B. Approver, not_beyond: 0.55}}"
    );
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

#[test]
fn a_waiver_that_holds_lets_the_failure_pass_and_is_told_everywhere() {
    let without = audit("");
    without.change_audit("  waivers: []\n", "");
    assert_eq!(code(&without.evaluate_with(&TODAY)), 1);

    let audit = audit(&waiver(&[]));
    let output = audit.evaluate_with(&TODAY);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let results = audit.results();
    assert_eq!(results["verdict"], "pass");
    let check = by_id(&results, "checks", "floor.site.B");
    assert_eq!(
        (&check["verdict"], &check["waived"]),
        (&"fail".into(), &true.into())
    );
    assert_eq!(by_id(&results, "checks", "floor.site.A")["waived"], false);
    let applied = &results["waivers"][0];
    assert_eq!(applied["state"], "applied");
    assert_eq!(applied["checks"][0], "floor.site.B");
    assert!(stdout(&output).contains("waived until 2026-12-31 by A. Owner, B. Approver"));
    assert!(
        results["headline"]
            .as_str()
            .unwrap()
            .contains("waived: floor site=B")
    );

    let read = |name: &str| std::fs::read_to_string(audit.path("out/small").join(name)).unwrap();
    let junit = read("junit.xml");
    assert!(
        junit.contains("failures=\"0\"") && junit.contains("Waived until 2026-12-31: A retrained")
    );
    let sarif: serde_json::Value = serde_json::from_str(&read("findings.sarif")).unwrap();
    let of_check = sarif["runs"][0]["results"].as_array().unwrap();
    let suppressed = of_check
        .iter()
        .find(|one| one["ruleId"] == "floor")
        .unwrap();
    let justification = suppressed["suppressions"][0]["justification"]
        .as_str()
        .unwrap();
    assert!(
        justification.starts_with("A retrained model is due"),
        "{justification}"
    );
    for name in ["report.html", "summary.md"] {
        let text = read(name);
        assert!(
            text.contains("A retrained model is due") && text.contains("B. Approver"),
            "{name}"
        );
    }
    // The day is a fact of the run, not of the results.
    assert!(!read("results.json").contains("2026-10-01"));
    assert!(read("manifest.json").contains("\"today\": \"2026-10-01\""));
    // Results are the same on any day on which the waiver holds.
    let before = read("results.json");
    audit.evaluate_with(&["--today", "2026-12-31"]);
    assert_eq!(before, read("results.json"));
}

#[test]
fn what_restores_the_failure() {
    for (changes, today, state, words) in [
        (vec![], "2027-01-01", "expired", "2026-12-31"),
        (
            vec![(MODEL, &MODEL.replace('a', "b")[..])],
            TODAY[1],
            "void",
            "model",
        ),
        (
            vec![("not_beyond: 0.55", "not_beyond: 0.65")],
            TODAY[1],
            "void",
            "0.6000 is worse than 0.65",
        ),
        (
            vec![("B. Approver", "\"a. owner \"")],
            TODAY[1],
            "invalid",
            "same person",
        ),
        // Two spaces, and a space that is not seen.
        (
            vec![("B. Approver", "\"A.  Own\u{200b}er\"")],
            TODAY[1],
            "invalid",
            "same person",
        ),
        (
            vec![("2026-12-31", "2027-03-31")],
            TODAY[1],
            "invalid",
            "180 days",
        ),
    ] {
        let audit = audit(&waiver(&changes));
        let output = audit.evaluate_with(&["--today", today]);
        assert_eq!(code(&output), 1, "{state}: {}", stdout(&output));
        let results = audit.results();
        let waiver = &results["waivers"][0];
        assert_eq!(waiver["state"], state);
        assert!(
            waiver["explanation"].as_str().unwrap().contains(words),
            "{waiver}"
        );
        assert_eq!(by_id(&results, "checks", "floor.site.B")["waived"], false);
        let log = stdout(&output);
        assert!(
            log.contains(&format!("WAIVER {state} floor site=B")),
            "{log}"
        );
        let finding = format!("waiver-{state}");
        let findings = results["findings"].as_array().unwrap();
        let told = findings
            .iter()
            .find(|one| one["code"] == finding.as_str())
            .unwrap();
        assert!(told["line"].as_u64().is_some(), "{told}");
        assert!(stderr(&output).contains(&finding), "{}", stderr(&output));
    }
    // The last day and 180 days ahead still hold.
    for today in ["2026-12-31", "2026-07-04"] {
        let output = audit(&waiver(&[])).evaluate_with(&["--today", today]);
        assert_eq!(code(&output), 0, "{today}: {}", stdout(&output));
    }
}

#[test]
fn an_unused_waiver_warns_and_an_invalid_one_ends_with_seven() {
    for (changes, exit, state) in [
        (vec![("site: B", "site: A")], 1, "unused"),
        (
            vec![("site: B", "site: A"), ("B. Approver", "A. Owner")],
            1,
            "invalid",
        ),
    ] {
        let audit = audit(&waiver(&changes));
        assert_eq!(code(&audit.evaluate_with(&TODAY)), exit);
        assert_eq!(audit.results()["waivers"][0]["state"], state);
    }
    // What cannot be decided comes before the waiver; whoever waives it lets it pass.
    for (changes, exit) in [(vec![], 0), (vec![("B. Approver", "A. Owner")], 3)] {
        let audit = self::audit(&waiver(&changes));
        audit.change_audit("'>= 0.85'", "'>= 0.6'");
        let output = audit.evaluate_with(&TODAY);
        assert_eq!(code(&output), exit, "{}", stdout(&output));
    }
    // A waiver of one of two failures: the other one still ends with 1, and both are told.
    let audit = audit(&waiver(&[]));
    audit.change_audit("{site: A}, {site: B}", "overall, {site: A}, {site: B}");
    audit.write("cohort.csv", &table().replace(",A,50,1,0.9", ",A,50,1,0.1"));
    assert_eq!(code(&audit.evaluate_with(&TODAY)), 1);
    let results = audit.results();
    assert_eq!(by_id(&results, "checks", "floor.site.B")["waived"], true);
    let headline = results["headline"].as_str().unwrap();
    assert!(
        headline.contains("2 of 3 checks fail") && headline.contains("Waived: floor site=B."),
        "{headline}"
    );
    // Nothing fails but the waiver itself.
    for (changes, exit) in [(vec![], 0), (vec![("B. Approver", "A. Owner")], 7)] {
        let audit = self::audit(&waiver(&changes));
        audit.change_audit("'>= 0.85'", "'>= 0.4'");
        let output = audit.evaluate_with(&TODAY);
        assert_eq!(code(&output), exit, "{}", stdout(&output));
        let results = audit.results();
        assert_eq!(results["exit_code"], exit);
        assert_eq!(results["verdict"], "pass");
        if exit == 7 {
            let headline = results["headline"].as_str().unwrap();
            assert!(headline.contains("A waiver is invalid"), "{headline}");
            // Whatever a pipeline reads is red.
            let read =
                |name: &str| std::fs::read_to_string(audit.path("out/small").join(name)).unwrap();
            assert!(stdout(&output).starts_with("BLOCKED BY AN INVALID WAIVER"));
            assert!(read("junit.xml").contains("type=\"exit-7\""));
            assert!(read("findings.sarif").contains("\"ruleId\": \"exit-7\""));
            assert!(read("codequality.json").contains("\"check_name\": \"exit-7\""));
            assert!(read("summary.md").contains("Blocked by an invalid waiver"));
            assert!(!read("report.html").contains("banner pass"));
        }
        assert_eq!(
            code(&audit.evaluate_with(&["--exit-zero", TODAY[0], TODAY[1]])),
            0
        );
    }
}

#[test]
fn without_a_model_nothing_says_what_was_looked_at() {
    let audit = audit(&waiver(&[]));
    audit.change_audit(
        &format!("model: {{file: absent.onnx, sha256: {MODEL}}}\n"),
        "",
    );
    let output = audit.evaluate_with(&TODAY);
    assert_eq!(code(&output), 1);
    let results = audit.results();
    assert_eq!(results["waivers"][0]["state"], "void");
    let explanation = results["waivers"][0]["explanation"].as_str().unwrap();
    assert!(explanation.contains("names no model"), "{explanation}");
}

#[test]
fn every_field_is_needed_and_mistakes_are_told_at_once() {
    for key in [
        "check: floor, ",
        "stratum: {site: B}, ",
        ", until: 2026-12-31",
        ", reason: A retrained model is due",
        ", owner: A. Owner",
        ", approver: B. Approver",
        ", not_beyond: 0.55",
    ] {
        let audit = audit(&waiver(&[(key, "")]));
        let output = audit.evaluate_with(&TODAY);
        assert_eq!(code(&output), 2, "{key}");
        let name = key.trim_matches([',', ' ']).split(':').next().unwrap();
        assert!(
            stderr(&output).contains(&format!("has no key `{name}`")),
            "{}",
            stderr(&output)
        );
    }
    let audit = audit(&waiver(&[
        ("check: floor", "check: flor"),
        ("2026-12-31", "2026-02-30"),
        ("site: B", "site: [A, B]"),
        (MODEL, "abc"),
    ]));
    let output = audit.evaluate_with(&TODAY);
    assert_eq!(code(&output), 2);
    for words in ["2026-02-30", "one group", "64 hexadecimal digits"] {
        assert!(
            stderr(&output).contains(words),
            "{words}: {}",
            stderr(&output)
        );
    }
    for (from, to, words) in [
        ("check: floor", "check: flor", "did you mean `floor`?"),
        ("site: B", "site: C", "site has no level \"C\""),
        ("site: B", "scanner: B", "no attribute"),
    ] {
        let audit = self::audit(&waiver(&[(from, to)]));
        let output = audit.evaluate_with(&TODAY);
        assert_eq!(code(&output), 2, "{to}");
        assert!(
            stderr(&output).contains(words),
            "{words}: {}",
            stderr(&output)
        );
    }
    let twice = self::audit(&format!("{}, {}", waiver(&[]), waiver(&[("0.55", "0.5")])));
    assert!(
        stderr(&twice.evaluate_with(&TODAY)).contains("two waivers"),
        "twice"
    );
    // The only endpoint is the same with and without its name.
    let named = waiver(&[
        ("check: floor", "check: floor, endpoint: finding"),
        ("0.55", "0.5"),
    ]);
    let twice = self::audit(&format!("{}, {named}", waiver(&[])));
    let said = stderr(&twice.evaluate_with(&TODAY));
    assert!(said.contains("two waivers"), "{said}");
}

#[test]
fn a_day_that_is_none_is_a_usage_error() {
    let output = SmallAudit::new().evaluate_with(&["--today", "2026-02-29"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("2027-02-01"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn check_tells_of_waivers_that_cannot_hold() {
    let audit = audit(&waiver(&[("B. Approver", "A. Owner")]));
    // The model is only named here, so that `check` has none to open.
    audit.change_audit(
        &format!("model: {{file: absent.onnx, sha256: {MODEL}}}\n"),
        "",
    );
    let check = |today: &str| {
        let file = audit.shown("audit.yaml");
        support::run(&["check", &file, "--today", today])
    };
    let output = check("2026-10-01");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("waiver-invalid"),
        "{}",
        stderr(&output)
    );
    audit.change_audit("approver: A. Owner", "approver: B. Approver");
    assert!(!stderr(&check("2026-10-01")).contains("waiver-"));
    assert!(stderr(&check("2027-01-01")).contains("waiver-expired"));
}

#[test]
fn a_waiver_cannot_be_over_before_the_requirements_were_fixed() {
    let audit = audit(&waiver(&[]));
    audit.change_audit("gate:\n", "gate:\n  locked: 2027-01-15\n");
    let output = audit.evaluate_with(&TODAY);
    assert_eq!(code(&output), 2);
    let said = stderr(&output);
    assert!(
        said.contains("locked-after-waiver") && said.contains("is over since 2026-12-31"),
        "{said}"
    );
}
