//! The report in another language: from the audit file or `report --language`, built in or from a
//! file of the team's own; only report.html changes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use support::every_task::EveryTask;
use support::{AuditFolder, SmallAudit, code, copied_audit, project, run, shared, stderr, stdout};

/// What the page says at its end when some text had no translation.
const LEFT: &str = "die hier auf Englisch stehen: ";

fn page(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("report.html")).unwrap()
}

fn assert_wholly_german(folder: &Path) {
    let page = page(folder);
    assert!(page.starts_with("<!doctype html>\n<html lang=\"de\">"));
    assert!(
        page.contains(">Akzeptanzkriterien</h2>") && page.contains("Sprachdatei de.yaml (SHA-256 ")
    );
    let left = page
        .split(LEFT)
        .nth(1)
        .map(|rest| &rest[..20.min(rest.len())]);
    assert_eq!(left, None, "some texts stayed English");
}

/// Every file but the page and the manifest, by name.
fn others(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<(String, Vec<u8>)> = ["", "tables"]
        .iter()
        .flat_map(|under| std::fs::read_dir(folder.join(under)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(&path).unwrap())
        })
        .filter(|(name, _)| !["report.html", "manifest.json"].contains(&name.as_str()))
        .collect();
    found.sort();
    assert!(found.len() > 8);
    found
}

#[test]
fn a_finished_audit_is_reported_in_german_and_back_again() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let out = audit.path("out/small");
    let (english, before) = (page(&out), others(&out));
    let shown = audit.shown("out/small");
    let output = run(&["report", &shown, "--language", "de"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_wholly_german(&out);
    assert!(others(&out) == before, "another file than the page changed");
    assert_eq!(code(&run(&["verify", &shown])), 0);
    run(&["report", &shown]);
    assert!(
        page(&out) == english,
        "without a language it is English again"
    );

    let said = stderr(&run(&["report", &shown, "--language", "xx"]));
    assert!(
        said.contains("there is no language \"xx\" and no file of that name, expected en, de"),
        "{said}"
    );
}

#[test]
fn every_task_is_wholly_german() {
    let audit = EveryTask::new(|_, _| ());
    audit.change(
        "audit.yaml",
        "statistics:",
        "report: {language: de}\nstatistics:",
    );
    let output = audit.evaluate(&[]);
    assert!(code(&output) != 2, "{}", stderr(&output));
    assert_wholly_german(&audit.path("out/small"));
}

/// An audit of `audits/` measured from a table of scores and reported in German.
fn german(name: &str, table: &str) {
    let audit = AuditFolder::new(&copied_audit(name));
    audit.write("table.csv", table);
    let output = audit.evaluate_table("table.csv", &[]);
    let out = audit.path("out").join(name);
    assert!(code(&output) != 2, "{}", stderr(&output));
    let output = run(&["report", &out.display().to_string(), "--language", "de"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_wholly_german(&out);
}

#[test]
fn the_demo_and_the_readings_are_wholly_german() {
    let table = project().join("fixtures/readings/cohort.csv");
    german(
        "simulated-readings",
        &std::fs::read_to_string(table).unwrap(),
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    run(&["run", "audits/demo.yaml", "--out", &out]);
    let out = folder.path().join("demo");
    run(&["report", &out.display().to_string(), "--language", "de"]);
    assert_wholly_german(&out);
}

#[test]
fn audits_of_real_images_are_wholly_german() {
    let Some(folder) = shared("data/ham10000/reference") else {
        return;
    };
    let table = std::fs::read_to_string(folder.join("predictions.csv")).unwrap();
    german("ham10000-risk", &table);
}

#[test]
fn names_of_the_audit_are_not_translated() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "audit: small",
        "audit: small\ntitle: Group by group, the patients of none",
    );
    audit.change_audit("statistics:", "report: {language: de}\nstatistics:");
    let table = std::fs::read_to_string(audit.path("cohort.csv")).unwrap();
    audit.write("cohort.csv", &table.replace(",A,", ",Overall requirement,"));
    let output = audit.evaluate();
    assert!(code(&output) != 2, "{}", stderr(&output));
    let out = audit.path("out/small");
    assert_wholly_german(&out);
    assert!(page(&out).contains("<h1>Group by group, the patients of none</h1>"));
    assert!(page(&out).contains("site Overall requirement"));
}

/// What an audit of every task calls things, words of the page, and names of about the same width and
/// place in the alphabet that are no words of any page.
const NAMES: [(&str, &str, &str); 12] = [
    ("F", "Fail", "Faij"),
    ("M", "Pass", "Pasq"),
    ("A", "Overall", "Overalj"),
    ("B", "Patients", "Patientq"),
    ("C", "Result", "Resulf"),
    ("sex", "Group", "Grouq"),
    ("site", "Site", "Sitq"),
    ("first", "Sensitivity", "Sensitivitq"),
    ("nothing", "Methods", "Methodq"),
    ("nv", "missing", "missinq"),
    ("floor", "Verdict", "Verdicf"),
    ("bcc", "Other", "Othef"),
];

/// What the German page of the audit says, sentence by sentence and without numbers, its names changed.
fn said_of_every_task(called: fn(usize) -> &'static str) -> Vec<String> {
    let place = |own: &str| NAMES.iter().position(|(name, ..)| *name == own);
    let changed = |text: &str| -> String {
        let word = |c: char| !c.is_alphanumeric() && c != '_';
        let pieces = text.split_inclusive(word).map(|piece| {
            let own = piece.trim_end_matches(word);
            let end = &piece[own.len()..];
            place(own).map_or_else(|| piece.to_owned(), |at| format!("{}{end}", called(at)))
        });
        pieces.collect()
    };
    let audit = EveryTask::new(|_, _| ());
    audit.gate(&["{id: floor, metric: sensitivity, endpoint: first, strata: [overall, sex, site], require: '>= 0.8'}"]);
    let read = |name: &str| std::fs::read_to_string(audit.path(name)).unwrap();
    let text = changed(&read("audit.yaml"));
    let text = text.replace("statistics:", "report: {language: de}\nstatistics:");
    audit.write("audit.yaml", &text);
    audit.write("cohort.csv", &changed(&read("cohort.csv")));
    let output = audit.evaluate(&[]);
    assert!(code(&output) != 2, "{}", stderr(&output));
    let out = audit.path("out/small");
    assert_wholly_german(&out);
    let page = page(&out);
    let body = page.split("<body>").nth(1).unwrap();
    let body = body.split("<footer").next().unwrap();
    let mut found: Vec<String> = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let label = tag.split("aria-label=\"").nth(1);
        found.extend(label.map(|rest| rest.split('"').next().unwrap().to_owned()));
        found.push(text.trim().to_owned());
    }
    // Resampling is seeded by names, so that numbers differ, and so do hashes of the files.
    for text in &mut found {
        let is_hash = |word: &&str| word.len() > 11 && word.bytes().all(|b| b.is_ascii_hexdigit());
        let words = text.split_inclusive(|c: char| !c.is_alphanumeric());
        let kept: String = words
            .filter(|word| !is_hash(&word.trim_end_matches(|c: char| !c.is_alphanumeric())))
            .collect();
        *text = kept;
        text.retain(|c| !c.is_ascii_digit() && !".,\u{2212}-+".contains(c));
    }
    found.retain(|text| !text.is_empty());
    found
}

#[test]
fn words_of_the_page_are_translated_where_levels_sites_and_endpoints_are_called_so() {
    let words = said_of_every_task(|at| NAMES[at].1);
    let names = said_of_every_task(|at| NAMES[at].2);
    let as_words = |text: &String| {
        NAMES.iter().fold(text.clone(), |text, (_, word, name)| {
            text.replace(name, word)
        })
    };
    let names: Vec<String> = names.iter().map(as_words).collect();
    assert!(words.len() > 2000 && words.contains(&"Site Result".to_owned()));
    let lacking: Vec<&String> = names.iter().filter(|text| !words.contains(text)).collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
    let more: Vec<&String> = words.iter().filter(|text| !names.contains(text)).collect();
    assert!(more.is_empty(), "{more:#?}");
}

#[test]
fn a_file_of_ones_own_is_read_and_its_gaps_are_english() {
    let audit = SmallAudit::new();
    audit.change_audit("statistics:", "report: {language: ours.yaml}\nstatistics:");
    audit.write(
        "ours.yaml",
        "language: ar\ndirection: rtl\nphrases:\n  Acceptance criteria: معايير القبول\n  \"Texts that it does not translate and that stand here in English: {n}.\": \"بالإنجليزية: {n}.\"\n",
    );
    let output = audit.evaluate();
    assert!(code(&output) != 2, "{}", stderr(&output));
    let out = audit.path("out/small");
    let made = page(&out);
    assert!(made.starts_with("<!doctype html>\n<html lang=\"ar\" dir=\"rtl\">"));
    assert!(
        made.contains(">معايير القبول</h2>")
            && made.contains("><span lang=\"en\">Limitations</span></h2>")
    );
    let left: usize = made
        .split("بالإنجليزية: ")
        .nth(1)
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(left > 100, "{left}");
    // The file is kept in the results.
    std::fs::remove_file(audit.path("ours.yaml")).unwrap();
    run(&["report", &audit.shown("out/small")]);
    assert!(page(&out) == made);
}

#[test]
fn mistakes_are_told_with_file_and_line_before_anything_runs() {
    let audit = SmallAudit::new();
    audit.change_audit("statistics:", "report: {language: klingon}\nstatistics:");
    let said = audit.refused();
    assert!(
        said.contains("`report.language` is klingon, expected en, de or a language file"),
        "{said}"
    );
    audit.change_audit("klingon", "ours.yaml");
    let said = audit.refused();
    assert!(said.contains("does not exist"), "{said}");
    audit.write(
        "ours.yaml",
        "language: fr\nphrases:\n  \"{n} rows\": lignes\n",
    );
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let said = stderr(&output);
    assert!(
        said.contains(
            "ours.yaml line 3: the translation of \"{n} rows\" lacks the placeholder {n}"
        ),
        "{said}"
    );
    assert!(said.contains("audit.yaml:"), "{said}");
}

#[test]
fn a_translator_begins_with_every_phrase_and_is_told_what_is_missing() {
    let begun = stdout(&run(&["language"]));
    assert!(
        begun.contains("  \"Acceptance criteria\": \"\"\n"),
        "{begun}"
    );
    let audit = SmallAudit::new();
    let french = begun
        .replacen("language: \"\"", "language: fr", 1)
        .replacen(
            "\"Acceptance criteria\": \"\"",
            "\"Acceptance criteria\": \"Critères d'acceptation\"",
            1,
        )
        + "  \"No such phrase\": \"x\"\n";
    audit.write("fr.yaml", &french);
    let file = audit.shown("fr.yaml");
    let told = stdout(&run(&["language", &file]));
    let phrases = begun
        .lines()
        .filter(|line| line.starts_with("  \""))
        .count();
    assert!(
        told.contains(&format!("1 of {phrases} phrases are translated into fr")),
        "{told}"
    );
    assert!(
        told.contains("\n  \"Limitations\": \"\"\n") && !told.contains("\"Acceptance criteria\"")
    );
    assert!(told.contains("1 not in the catalogue") && told.contains("\"No such phrase\""));
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&run(&["language", &file, "--format", "json"]))).unwrap();
    assert_eq!(json["missing"].as_array().unwrap().len(), phrases - 1);
    audit.write("fr.yaml", "language: fr\nphrases: [\n");
    let output = run(&["language", &file]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("fr.yaml line"),
        "{}",
        stderr(&output)
    );
}
