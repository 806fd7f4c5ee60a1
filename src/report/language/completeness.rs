//! The German file is complete: every text that can reach the page has a phrase, and every phrase a text.
//!
//! The sources are read, not only what some example shows: a text that a rare result alone would bring
//! has no translation by then otherwise. A literal is translated with marks in the place of what
//! `format!` puts in. Those that are only part of a sentence stand in `parts.txt` with a whole one;
//! those that end a run or belong to no page, in `never_on_the_page.txt`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::super::example;
use super::super::index::Index;
use super::super::presentation::ChosenLanguage;
use super::super::result::AuditResult;
use super::super::view::{Draft, Extent};
use super::catalogue::{built_in, catalogue};
use super::literals::{filled, is_prose, of_source};
use super::translate::Translator;

const PARTS: &str = include_str!("parts.txt");
const NEVER: &str = include_str!("never_on_the_page.txt");

/// Folders and files whose texts reach the page.
const ROOMS: [&str; 30] = [
    "src/audit/baseline.rs",
    "src/report/view",
    "src/report/figures",
    "src/report/words.rs",
    "src/report/contact.rs",
    "src/report/format.rs",
    "src/report/model_inputs.rs",
    "src/gate",
    "src/assessment",
    "src/metrics",
    "src/statistics",
    "src/tasks",
    "src/reproducibility",
    "src/disclosure",
    "src/parity/outcome.rs",
    "src/cohort",
    "src/audit/summary",
    "src/audit/withhold.rs",
    "src/audit/model.rs",
    "src/audit/finish.rs",
    "src/audit/thresholds.rs",
    "src/audit/samples.rs",
    "src/audit/headers.rs",
    "src/audit/headers",
    "src/config/validate/remarks.rs",
    "src/imaging/transform/describe.rs",
    "src/imaging/transform/remarks.rs",
    "src/inference/foreign.rs",
    "src/engine/model.rs",
    "src/imaging/dicom/start.rs",
];

/// What of a text has no translation, and the phrases that the rest is made of.
fn said(text: &str) -> (Vec<String>, BTreeSet<String>) {
    static GERMAN: LazyLock<Translator> = LazyLock::new(|| {
        let german = built_in("de").expect("de.yaml is read");
        Translator::new(german, |_| Default::default())
    });
    GERMAN.parts_of(text)
}

fn sources(under: &Path, found: &mut Vec<PathBuf>) {
    if under.is_file() {
        found.push(under.to_owned());
    } else if let Ok(entries) = std::fs::read_dir(under) {
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            sources(&entry, found);
        }
    }
}

/// Whether a file is no test and no simulation of one.
fn is_product(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.extension().is_some_and(|end| end == "rs")
        && !name.contains("/tests/")
        && !["tests", "simulation", "simulated", "_law", "enumeration"]
            .iter()
            .any(|word| stem.contains(word))
}

/// Citations stay as they were published: names, title, year, volume, pages.
fn is_citation(path: &Path, text: &str) -> bool {
    let year = text
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20")));
    path.to_string_lossy().contains("method_texts") && year
}

/// A part that `format!` may leave empty, such as the endpoint's name behind a heading.
fn without_ends(text: &str) -> String {
    let ends = ['\u{27e6}', '\u{27e7}'];
    let is_mark = |c: char| ends.contains(&c) || c.is_ascii_digit();
    let cut = text.trim_end_matches(is_mark);
    if text.ends_with('\u{27e7}') && cut.ends_with(|c: char| c.is_alphabetic() || c == '.') {
        cut.to_owned()
    } else {
        text.to_owned()
    }
}

fn parts() -> Vec<(&'static str, &'static str)> {
    PARTS
        .lines()
        .filter_map(|line| line.split_once(" \u{21d2}"))
        .map(|(part, whole)| (part, whole.trim()))
        .collect()
}

/// Every literal of these rooms.
fn literals() -> Vec<(PathBuf, usize, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for room in ROOMS {
        sources(&root.join(room), &mut files);
    }
    let mut found = Vec::new();
    for file in files.into_iter().filter(|file| is_product(file)) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, literal) in of_source(&text) {
            found.push((file.clone(), line, literal));
        }
    }
    assert!(found.len() > 3_000, "{}", found.len());
    found
}

#[test]
fn every_text_of_the_sources_has_a_phrase() {
    let parts: BTreeSet<&str> = parts().into_iter().map(|(part, _)| part).collect();
    let never: BTreeSet<&str> = NEVER.lines().collect();
    let mut lacking = Vec::new();
    for (file, line, literal) in literals() {
        let known = parts.contains(literal.as_str()) || never.contains(literal.as_str());
        if known || !is_prose(&literal) || is_citation(&file, &literal) {
            continue;
        }
        let text = filled(&literal);
        if !said(&text).0.is_empty() && !said(&without_ends(&text)).0.is_empty() {
            lacking.push(format!("{}:{line} {literal}", file.display()));
        }
    }
    assert!(
        lacking.is_empty(),
        "add a phrase to de.yaml, or the literal to parts.txt or never_on_the_page.txt:\n{}",
        lacking.join("\n")
    );
}

#[test]
fn parts_of_sentences_are_translated_within_whole_ones() {
    for (part, whole) in parts() {
        if whole.is_empty() {
            continue;
        }
        for piece in filled(part).split(['\u{27e6}', '\u{27e7}']) {
            let fixed = piece.trim_matches(|c: char| c.is_ascii_digit());
            assert!(whole.contains(fixed), "{whole:?} does not show {fixed:?}");
        }
        let missing = said(whole).0;
        assert!(missing.is_empty(), "{whole}: {missing:?}");
    }
}

#[test]
fn lists_of_the_test_hold_what_the_sources_hold() {
    let all: BTreeSet<String> = literals().into_iter().map(|(_, _, text)| text).collect();
    let stale: Vec<&str> = parts()
        .into_iter()
        .map(|(part, _)| part)
        .chain(NEVER.lines())
        .filter(|text| !text.is_empty() && !all.contains(*text))
        .collect();
    assert!(stale.is_empty(), "no source has these any more: {stale:#?}");
}

fn examples() -> Vec<(&'static str, AuditResult)> {
    let mut all = vec![
        ("chest", example::chest()),
        ("many_strata", example::many_strata()),
        ("nothing_estimable", example::nothing_estimable()),
        ("bare", example::bare()),
        ("two_endpoints", example::two_endpoints()),
    ];
    for (_, result) in &mut all {
        result.presentation.get_or_insert_default().language = Some(ChosenLanguage {
            name: "de".to_owned(),
            text: None,
        });
    }
    all
}

#[test]
fn no_text_of_the_examples_stays_english() {
    for (name, result) in examples() {
        let index = Index::new(&result);
        Draft::new(&index)
            .unwrap()
            .page(Extent::steps(0)[0])
            .unwrap();
        let missing = index.words.missing();
        assert!(missing.is_empty(), "{name}: {missing:#?}");
        let html = super::super::html(&result).unwrap();
        assert!(html.starts_with("<!doctype html>\n<html lang=\"de\">"));
        assert!(
            !html.contains("stehen: "),
            "a template's word stayed English"
        );
    }
}

/// Phrases between quotation marks before `|t` in templates, and in `say("...")` of the script.
fn of_templates() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, text) in super::super::html::TEMPLATES {
        if name.ends_with(".html") {
            for before in text.split("\"|t").take(text.matches("\"|t").count()) {
                found.insert(before.rsplit('"').next().unwrap().to_owned());
            }
        } else if name.ends_with(".js") {
            for rest in text.split("say(\"").skip(1) {
                found.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    found.extend(["equipoise audit report", "Page {n} of {n1}"].map(str::to_owned));
    found
}

#[test]
fn every_word_of_the_templates_and_the_script_has_a_phrase() {
    let words = of_templates();
    assert!(words.len() > 25, "{words:?}");
    let known: BTreeSet<String> = catalogue().into_iter().collect();
    let lacking: Vec<&String> = words.difference(&known).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn no_phrase_is_left_over() {
    let mut used = of_templates();
    for (_, _, literal) in literals() {
        let text = filled(&literal);
        used.extend(said(&text).1);
        used.extend(said(&without_ends(&text)).1);
    }
    for (_, whole) in parts() {
        used.extend(said(whole).1);
    }
    for (_, result) in examples() {
        let index = Index::new(&result);
        Draft::new(&index)
            .unwrap()
            .page(Extent::steps(0)[0])
            .unwrap();
        used.extend(index.words.used());
    }
    let left: Vec<String> = catalogue()
        .into_iter()
        .filter(|phrase| !used.contains(phrase))
        .collect();
    assert!(
        left.is_empty(),
        "no text of the page is made of these:\n{}",
        left.join("\n")
    );
}

/// Terms that have one German word throughout; where two forms are given, a noun and its verb.
const TERMS: [(&str, &[&str]); 16] = [
    ("baseline", &["Ausgangsstand"]),
    ("gating limit", &["Entscheidungsgrenze"]),
    ("endpoint", &["Endpunkt"]),
    ("requirement", &["Anforderung", "gefordert"]),
    ("waiver", &["Ausnahme"]),
    ("attribute", &["Merkmal"]),
    (" metric ", &["Kennzahl"]),
    ("makers", &["Hersteller"]),
    ("reference standard", &["Referenzstandard"]),
    ("prevalence", &["Pr\u{e4}valenz"]),
    ("design effect", &["Designeffekt"]),
    ("effective n ", &["effektive"]),
    ("false alarm", &["Fehlalarm"]),
    ("everyone else", &["\u{dc}brigen"]),
    ("replicate", &["Wiederholung"]),
    ("not evaluable", &["nicht auswertbar"]),
];

#[test]
fn a_term_has_one_word_in_german() {
    let german = built_in("de").unwrap();
    for (term, words) in TERMS {
        let mut n = 0;
        for phrase in &german.phrases {
            let translation: Vec<&str> = phrase
                .translation
                .iter()
                .filter_map(super::pattern::Piece::literal)
                .collect();
            let translation = translation.concat();
            if phrase.english.contains(term) {
                n += 1;
                let is_there = words.iter().any(|word| translation.contains(word));
                assert!(is_there, "{term}: {translation}");
            }
        }
        assert!(n > 1, "no phrase has {term}");
    }
}
