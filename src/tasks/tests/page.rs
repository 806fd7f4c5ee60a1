//! `docs/adding-a-task.md` against the code that it speaks of.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../docs/adding-a-task.md");
const DECLARATION: &str = include_str!("../declaration.rs");
const VALUE: &str = include_str!("../value.rs");
const NO_FINDING: &str = include_str!("../no_finding.rs");

/// Words in backticks at the beginning of the rows of the first table after `heading`, up to an
/// opening bracket.
fn first_cells(heading: &str) -> Vec<String> {
    let after = &PAGE[PAGE.find(heading).unwrap_or_else(|| panic!("no {heading}"))..];
    let rows = after
        .lines()
        .skip_while(|line| !line.starts_with("| --- |"))
        .skip(1)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cell = row.trim_start_matches("| `").split('`').next().unwrap();
        cell.split('(').next().unwrap().to_owned()
    })
    .collect()
}

/// What stands between two texts of a source.
fn between<'a>(source: &'a str, from: &str, to: &str) -> &'a str {
    let start = source.find(from).unwrap() + from.len();
    &source[start..start + source[start..].find(to).unwrap()]
}

/// Names behind a word at the beginning of a line: fields behind `pub`, functions behind `fn`.
fn names(source: &str, word: &str) -> Vec<String> {
    let lines = source.lines().map(str::trim);
    lines
        .filter_map(|line| line.strip_prefix(word))
        .map(|rest| rest.split([':', '(']).next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_table_of_fields_is_the_struct() {
    let fields = names(between(DECLARATION, "pub struct TaskSpec {", "\n}"), "pub ");
    assert!(fields.len() > 8);
    assert_eq!(
        first_cells("`TaskSpec` (`src/tasks/declaration.rs`)"),
        fields
    );
}

#[test]
fn the_table_of_functions_is_the_trait() {
    let functions = names(between(VALUE, "pub trait Rows", "\n}"), "fn ");
    let told: BTreeSet<String> = first_cells("`rows` gives a `Box<dyn Rows>`")
        .into_iter()
        .collect();
    assert!(functions.len() > 4);
    // What is measured has the paragraph on values below the table.
    assert_eq!(told, functions.into_iter().collect());
}

/// Every kind of key and of value, and every way to make one, stands on the page.
#[test]
fn kinds_and_values_are_named() {
    let words = |source: &str| -> Vec<String> {
        let lines = source.lines().map(str::trim);
        lines
            .filter(|line| line.starts_with(char::is_uppercase))
            .map(|line| {
                line.split(|c: char| !c.is_alphanumeric())
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    for kind in words(between(DECLARATION, "pub enum KeyKind {", "\n}")) {
        assert!(PAGE.contains(&format!("`{kind}")), "{kind}");
    }
    for kind in words(between(VALUE, "pub enum Value {", "\n}")) {
        assert!(PAGE.contains(&format!("`Value::{kind}")), "{kind}");
    }
    for function in names(between(VALUE, "impl Value {", "\n}"), "pub fn ") {
        assert!(PAGE.contains(&function), "{function}");
    }
}

/// The pieces of the page are those of the file, but for sentences cut at `...`.
#[test]
fn the_pieces_are_those_of_the_file() {
    let mut pieces = 0;
    for block in PAGE.split("```rust\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            let line = line.trim();
            let whole = line.split("...").all(|part| NO_FINDING.contains(part));
            assert!(whole, "{line}");
        }
        pieces += 1;
    }
    assert!(pieces > 4);
}
