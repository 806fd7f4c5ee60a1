//! Names of the audit's own that are words of the page: names stay, and the words are still translated.
//!
//! A page whose levels are called like its words must be the page whose levels are called like nothing
//! else, name for name.

use serde_json::Value;

use super::super::example;
use super::super::presentation::ChosenLanguage;
use super::super::result::AuditResult;

/// What the examples call things; what they are called here; a name of about the same width and place
/// in the alphabet that is no word of any page.
const NAMES: [(&str, &str, &str); 12] = [
    ("F", "Pass", "Pasq"),
    ("M", "Fail", "Faij"),
    ("A", "Patients", "Patientq"),
    ("B", "Sensitivity", "Sensitivitq"),
    ("C", "Overall", "Overalj"),
    ("<40", "Other", "Othef"),
    ("[40,65)", "Result", "Resulf"),
    (">=65", "missing", "missinq"),
    ("sex", "Group", "Grouq"),
    ("site", "Site", "Sitq"),
    ("age_band", "Verdict", "Verdicf"),
    ("effusion", "Prevalence", "Prevalencq"),
];

fn renamed(text: &str, to: &dyn Fn(usize) -> &'static str) -> String {
    let one = |part: &str| {
        let place = NAMES.iter().position(|(own, ..)| *own == part);
        place.map_or_else(|| part.to_owned(), |place| to(place).to_owned())
    };
    // Levels and attributes, crossed or not, and groups within sentences.
    let whole: Vec<String> = text.split('*').map(one).collect();
    let mut text = whole.join("*");
    for (attribute, levels) in [(8, 0..2), (9, 2..5), (10, 5..8)] {
        for level in levels {
            for between in [' ', '='] {
                let own = format!("{}{between}{}", NAMES[attribute].0, NAMES[level].0);
                text = text.replace(&own, &format!("{}{between}{}", to(attribute), to(level)));
            }
        }
    }
    text
}

fn rename(value: &mut Value, to: &dyn Fn(usize) -> &'static str) {
    match value {
        Value::String(text) => *text = renamed(text, to),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, to)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| rename(entry, to)),
        _ => {}
    }
}

/// The page of a result whose names were changed, in German.
fn page(result: &AuditResult, to: &dyn Fn(usize) -> &'static str) -> String {
    let mut value = serde_json::to_value(result).unwrap();
    rename(&mut value, to);
    let mut result: AuditResult = serde_json::from_value(value).unwrap();
    result.presentation.get_or_insert_default().language = Some(ChosenLanguage {
        name: "de".to_owned(),
        text: None,
    });
    super::super::html(&result).unwrap()
}

/// What a page says: texts between tags, and labels for screen readers.
fn said(page: &str) -> Vec<String> {
    let body = page.split("<body>").nth(1).unwrap();
    let body = body.split("<script").next().unwrap();
    let mut found = Vec::new();
    for piece in body.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        let label = tag.split("aria-label=\"").nth(1);
        found.extend(label.map(|rest| rest.split('"').next().unwrap().to_owned()));
        found.push(text.trim().to_owned());
    }
    found.retain(|text| !text.is_empty());
    found
}

#[test]
fn a_name_that_is_a_word_of_the_page_stays_and_the_word_is_translated() {
    for (example, result) in [
        ("chest", example::chest()),
        ("many_strata", example::many_strata()),
        ("nothing_estimable", example::nothing_estimable()),
        ("two_endpoints", example::two_endpoints()),
        ("tasks_only", example::tasks_only()),
    ] {
        let words = said(&page(&result, &|place| NAMES[place].1));
        let mut names = page(&result, &|place| NAMES[place].2);
        for (_, word, name) in NAMES {
            names = names.replace(name, word);
        }
        let names = said(&names);
        assert!(words.len() > 900, "{}", words.len());
        let first = words.iter().zip(&names).position(|(a, b)| a != b);
        if let Some(at) = first {
            let to = |all: &[String]| all[at..all.len().min(at + 8)].to_vec();
            panic!("{example}: {:#?} is not {:#?}", to(&words), to(&names));
        }
        assert_eq!(words.len(), names.len(), "{example}");
        let count = |text: &str| words.iter().filter(|one| *one == text).count();
        if example == "chest" {
            assert!(count("Group Pass") > 0 && count("Gesamt") > 0 && count("Bestanden") > 0);
        }
    }
}
