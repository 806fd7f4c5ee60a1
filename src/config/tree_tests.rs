//! Places, and what is not read.

use super::diagnostic::Diagnostic;
use super::tree::{Kind, Node, read};

fn tree(text: &str) -> Node {
    let mut found = Vec::new();
    let node = read(text, &mut found);
    assert_eq!(found, []);
    node.unwrap()
}

/// Every scalar as written, and the text at its place.
fn scalars<'t>(node: &Node, text: &'t str, found: &mut Vec<(String, &'t str)>) {
    match &node.kind {
        Kind::Scalar { text: value, .. } => {
            found.push((value.clone(), &text[node.span.start..node.span.end]));
        }
        Kind::Sequence(items) => items.iter().for_each(|item| scalars(item, text, found)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                found.push((key.value.clone(), &text[key.span.start..key.span.end]));
                scalars(value, text, found);
            }
        }
    }
}

#[test]
fn everything_knows_its_place() {
    let text = "é: {übung: [漢, 'it''s', \"a\\tb\"]} # 👩‍⚕️\nlist:\n  - 01\n  - k: v  \n    w: ~\n";
    let mut found = Vec::new();
    scalars(&tree(text), text, &mut found);
    let expected = [
        ("é", "é"),
        ("übung", "übung"),
        ("漢", "漢"),
        ("it's", "'it''s'"),
        ("a\tb", "\"a\\tb\""),
        ("list", "list"),
        ("01", "01"),
        ("k", "k"),
        ("v", "v"),
        ("w", "w"),
        ("~", "~"),
    ];
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(value, at)| (value.as_str(), *at))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn lists_and_mappings_reach_from_their_first_to_their_last_character() {
    let text = "a:\n  b: [1, 2]\n  c:\n    - {d: 3}\n\nz: 1\n";
    let Kind::Mapping(entries) = tree(text).kind else {
        panic!("a mapping was written");
    };
    let at = |node: &Node| text[node.span.start..node.span.end].to_owned();
    assert_eq!(at(&entries[0].1), "b: [1, 2]\n  c:\n    - {d: 3}");
    assert_eq!((entries[1].0.span.line, entries[1].0.span.column), (6, 1));
    let Kind::Mapping(inner) = &entries[0].1.kind else {
        panic!("a mapping was written");
    };
    assert_eq!(at(&inner[0].1), "[1, 2]");
    assert_eq!(at(&inner[1].1), "- {d: 3}");
}

#[test]
fn json_is_read_as_well() {
    let text = "{\"audit\": \"x\",\n \"n\": [1, 2.5, null, true, \"01\"]}\n";
    let mut found = Vec::new();
    scalars(&tree(text), text, &mut found);
    let values: Vec<&str> = found.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(
        values,
        ["audit", "x", "n", "1", "2.5", "null", "true", "01"]
    );
}

#[test]
fn every_duplicate_is_told_and_the_first_value_is_kept() {
    let mut found: Vec<Diagnostic> = Vec::new();
    let node = read("a: 1\nb: {c: 1, c: 2}\na: 2\n\"a\": 3\n", &mut found).unwrap();
    assert_eq!(
        found.iter().map(|one| one.code).collect::<Vec<_>>(),
        ["duplicate-key"; 3]
    );
    let Kind::Mapping(entries) = node.kind else {
        panic!("a mapping was written");
    };
    assert_eq!(entries.len(), 2);
    assert!(matches!(&entries[0].1.kind, Kind::Scalar { text, .. } if text == "1"));
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    for (text, code) in [
        ("a: &x 1\nb: *x\n", "alias"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "merge-key"),
        ("a: !!int 1\n", "tag"),
        ("a: !mine {b: 1}\n", "tag"),
        ("? [a, b]\n: c\n", "complex-key"),
        ("{a: {? {b: c} : d}}\n", "complex-key"),
        ("\"\": 1\n", "empty-key"),
        ("a: 1\n--- \nb: 1\n", "several-documents"),
        ("a: \u{0}\n", "control-character"),
        ("a: \u{1b}[31m\n", "control-character"),
        ("a: [1, 2\n", "syntax"),
        ("a: 'x\n", "syntax"),
        ("", "empty-file"),
        ("---\n...\n", "empty-file"),
    ] {
        let mut found = Vec::new();
        assert!(read(text, &mut found).is_none(), "{text:?}");
        assert_eq!(
            found.iter().map(|one| one.code).collect::<Vec<_>>(),
            [code],
            "{text:?}"
        );
    }
}

#[test]
fn deep_and_long_texts_end_early() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        (0..5_000)
            .map(|depth| format!("{}a:\n", " ".repeat(depth % 150)))
            .collect(),
        "? ".repeat(100_000),
    ] {
        let mut found = Vec::new();
        read(&text, &mut found);
        assert!(!found.is_empty(), "{}", &text[..20]);
    }
}
