//! The German file is complete: every text of the page has a phrase, and every phrase a text.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::super::example;
use super::super::index::Index;
use super::super::presentation::{ChosenLanguage, Presentation};
use super::super::result::AuditResult;
use super::super::view::{Detail, page};
use super::catalogue::built_in;
use super::literals::{filled, is_prose, of_source};
use super::translate::Translator;

fn german() -> Translator {
    Translator::new(built_in("de").expect("de.yaml is read"), |_| {
        Default::default()
    })
}

#[test]
fn probe() {
    let de = german();
    let mut out = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in std::env::var("PROBE")
        .unwrap_or_default()
        .split_whitespace()
    {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        out.push_str(&format!("## {file}\n"));
        for (line, literal) in of_source(&text) {
            if !is_prose(&literal) {
                continue;
            }
            let one = german_like(&de);
            let said = one.say(&filled(&literal)).into_owned();
            if !one.missing().is_empty() {
                out.push_str(&format!("{line}\t{literal:?}\t{said:?}\n"));
            }
        }
    }
    std::fs::write("/tmp/h1/probe.txt", out).unwrap();
    let mut all = BTreeSet::new();
    for (name, result) in examples() {
        let index = Index::new(&result);
        page(&index, Detail::All, false).unwrap();
        for text in index.words.missing() {
            all.insert(format!("{name}\t{text}"));
        }
    }
    std::fs::write(
        "/tmp/h1/misses.txt",
        all.into_iter().collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
}

fn german_like(_: &Translator) -> Translator {
    german()
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
