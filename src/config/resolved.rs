//! The audit file with every default filled in, as text that is an audit file again.
//!
//! Defaults are those of the JSON Schema. One is written only where the checked audit takes it without
//! a mistake and without another remark, so that the text means what the file means.

use std::path::Path;

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::located::{Located, Span};
use super::raw::AuditFile;
use super::tree::{self, Kind, Node};
use super::validate::{Need, validate};

/// Sections that hold whether or not they are written.
const IMPLIED: [&[&str]; 3] = [
    &["statistics"],
    &["statistics", "intervals"],
    &["gate", "policy"],
];
/// Keys whose values are paths; a file for others must not tell where folders lie.
const PATHS: [&str; 9] = [
    "manifest",
    "root",
    "file",
    "table",
    "scores",
    "tensors",
    "baseline",
    "results",
    "templates",
];

/// A step from the root to a value.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
}

/// A key that is not written, with the value that holds without it.
struct Default {
    place: Vec<Step>,
    key: String,
    value: Node,
}

/// The text with every default; `None` of a text that is no audit file. Paths stay relative to the
/// folder of the file it was made from; absolute ones are cut to their last part.
#[must_use]
pub fn resolved(text: &str, base: &Path, need: Need) -> Option<String> {
    let mut root = tree::read(text, &mut Vec::new())?;
    let before = remarks(&root, base, need)?;
    for section in IMPLIED {
        add_section(&mut root, section);
    }
    let schema: Value = schemars::schema_for!(AuditFile).to_value();
    let mut missing = Vec::new();
    find(&root, &schema, &schema, &mut Vec::new(), &mut missing);
    own(&root, &mut missing);
    for one in missing {
        let mut with = root.clone();
        if insert(&mut with, &one) && remarks(&with, base, need).as_ref() == Some(&before) {
            root = with;
        }
    }
    without_absolute_paths(&mut root, "");
    let mut out = String::from(
        "# The audit as it was run, with every default written out. Paths are relative to the folder of\n# the audit file that it was made from; absolute ones are cut to their last part.\n",
    );
    write(&root, 0, &mut out);
    Some(out)
}

/// What is remarked of a tree; `None` where it is refused.
fn remarks(root: &Node, base: &Path, need: Need) -> Option<Vec<(&'static str, String)>> {
    let mut found: Vec<Diagnostic> = Vec::new();
    validate(root, need, base, false, &mut found)?;
    let mut said: Vec<_> = found
        .into_iter()
        .map(|one| (one.code, one.message))
        .collect();
    said.sort();
    Some(said)
}

/// Adds an empty mapping where none is written and what it belongs to is.
fn add_section(root: &mut Node, path: &[&str]) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    let mut at = root;
    for parent in parents {
        let Kind::Mapping(entries) = &mut at.kind else {
            return;
        };
        let Some((_, next)) = entries.iter_mut().find(|(key, _)| key.value == *parent) else {
            return;
        };
        at = next;
    }
    if let Kind::Mapping(entries) = &mut at.kind
        && entries.iter().all(|(key, _)| key.value != *last)
    {
        entries.push((named(last), node(Kind::Mapping(Vec::new()))));
    }
}

/// Defaults that no value of the schema can state: they depend on the file.
fn own(root: &Node, missing: &mut Vec<Default>) {
    let Kind::Mapping(entries) = &root.kind else {
        return;
    };
    let of = |key: &str| {
        entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, node)| node)
    };
    if let (None, Some(id)) = (of("title"), of("audit")) {
        missing.push(Default {
            place: Vec::new(),
            key: "title".to_owned(),
            value: id.clone(),
        });
    }
    let families = of("gate").and_then(|gate| child(gate, "families"));
    let Some(Kind::Mapping(families)) = families.map(|node| &node.kind) else {
        return;
    };
    for (family, rules) in families {
        let Kind::Sequence(rules) = &rules.kind else {
            continue;
        };
        for (place, rule) in rules.iter().enumerate() {
            if child(rule, "strata").is_none() {
                let keys = ["gate", "families", &family.value].map(|key| Step::Key(key.to_owned()));
                missing.push(Default {
                    place: keys.into_iter().chain([Step::Item(place)]).collect(),
                    key: "strata".to_owned(),
                    value: scalar("overall", false),
                });
            }
        }
    }
}

fn child<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        Kind::Mapping(entries) => entries
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, node)| node),
        Kind::Scalar { .. } | Kind::Sequence(_) => None,
    }
}

/// Collects the schema's defaults of keys that are not written, below `node`.
fn find(
    node: &Node,
    schema: &Value,
    whole: &Value,
    place: &mut Vec<Step>,
    missing: &mut Vec<Default>,
) {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix("#/$defs/"))
    {
        find(node, &whole["$defs"][name], whole, place, missing);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for one in schema[key].as_array().into_iter().flatten() {
            find(node, one, whole, place, missing);
        }
    }
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                place.push(Step::Item(index));
                find(item, &schema["items"], whole, place, missing);
                place.pop();
            }
        }
        Kind::Mapping(entries) => {
            let properties = schema["properties"].as_object();
            for (key, value) in entries {
                let known = properties.and_then(|properties| properties.get(&key.value));
                let below = known.unwrap_or(&schema["additionalProperties"]);
                place.push(Step::Key(key.value.clone()));
                find(value, below, whole, place, missing);
                place.pop();
            }
            for (key, property) in properties.into_iter().flatten() {
                let written = entries.iter().any(|(name, _)| name.value == *key);
                let default = property.get("default").filter(|_| !written);
                if let Some(value) = default.and_then(of_json) {
                    missing.push(Default {
                        place: place.clone(),
                        key: key.clone(),
                        value,
                    });
                }
            }
        }
    }
}

/// Puts a default in its place; whether there is such a place and it is free.
fn insert(root: &mut Node, one: &Default) -> bool {
    let mut at = root;
    for step in &one.place {
        let next = match (step, &mut at.kind) {
            (Step::Key(key), Kind::Mapping(entries)) => entries
                .iter_mut()
                .find(|(name, _)| name.value == *key)
                .map(|(_, node)| node),
            (Step::Item(index), Kind::Sequence(items)) => items.get_mut(*index),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    match &mut at.kind {
        Kind::Mapping(entries) if entries.iter().all(|(key, _)| key.value != one.key) => {
            entries.push((named(&one.key), one.value.clone()));
            true
        }
        _ => false,
    }
}

fn named(key: &str) -> Located<String> {
    Located::new(key.to_owned(), Span::default())
}

fn node(kind: Kind) -> Node {
    Node {
        span: Span::default(),
        kind,
    }
}

fn scalar(text: &str, quoted: bool) -> Node {
    node(Kind::Scalar {
        text: text.to_owned(),
        quoted,
    })
}

/// A default of the schema; `None` of one that is no plain value.
fn of_json(value: &Value) -> Option<Node> {
    Some(match value {
        Value::String(text) => scalar(text, true),
        Value::Number(_) | Value::Bool(_) => scalar(&value.to_string(), false),
        Value::Array(items) => node(Kind::Sequence(
            items.iter().map(of_json).collect::<Option<_>>()?,
        )),
        Value::Null | Value::Object(_) => return None,
    })
}

fn without_absolute_paths(node: &mut Node, key: &str) {
    match &mut node.kind {
        Kind::Scalar { text, .. } => {
            let drive = text.as_bytes().get(1) == Some(&b':');
            if PATHS.contains(&key) && (text.starts_with(['/', '\\']) || drive) {
                let last = text
                    .trim_end_matches(['/', '\\'])
                    .rsplit(['/', '\\'])
                    .next();
                *text = last.unwrap_or_default().to_owned();
            }
        }
        Kind::Sequence(items) => items
            .iter_mut()
            .for_each(|item| without_absolute_paths(item, key)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                without_absolute_paths(value, &key.value);
            }
        }
    }
}

/// YAML in blocks; what is empty, and every scalar, stands on one line.
fn write(node: &Node, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.kind {
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                out.push_str(&format!("{indent}{}:", key_text(&key.value)));
                below(value, depth + 1, out);
            }
        }
        Kind::Sequence(items) => {
            for item in items {
                out.push_str(&format!("{indent}-"));
                below(item, depth + 1, out);
            }
        }
        Kind::Scalar { .. } => out.push_str(&format!("{indent}{}\n", inline(node))),
    }
}

fn below(node: &Node, depth: usize, out: &mut String) {
    let is_empty = match &node.kind {
        Kind::Mapping(entries) => entries.is_empty(),
        Kind::Sequence(items) => items.is_empty(),
        Kind::Scalar { .. } => true,
    };
    if is_empty {
        out.push_str(&format!(" {}\n", inline(node)));
    } else {
        out.push('\n');
        write(node, depth, out);
    }
}

fn inline(node: &Node) -> String {
    match &node.kind {
        Kind::Mapping(_) => "{}".to_owned(),
        Kind::Sequence(_) => "[]".to_owned(),
        Kind::Scalar { text, quoted: true } => Value::from(text.as_str()).to_string(),
        Kind::Scalar { text, .. } if text.is_empty() => "~".to_owned(),
        Kind::Scalar { text, .. } => text.clone(),
    }
}

fn key_text(key: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if !key.is_empty() && key.chars().all(plain) && !key.starts_with('-') {
        key.to_owned()
    } else {
        Value::from(key).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Audit, parse};
    use super::*;

    /// An audit as text without places, which move.
    fn plain(audit: &Audit) -> String {
        let text = format!("{audit:?}");
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("Span {") {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find('}').unwrap();
            rest = &rest[end + 1..];
        }
        out + rest
    }

    fn read(text: &str, need: Need) -> Audit {
        let loaded = parse(text, "audit.yaml", Path::new(""), need);
        loaded.map_err(|errors| errors.render(false)).unwrap().audit
    }

    #[test]
    fn the_resolved_text_is_the_same_audit_and_resolves_to_itself() {
        let mut files = vec![include_str!("complete.yaml").to_owned()];
        for name in [
            "demo",
            "ham10000",
            "ham10000-segmentation",
            "ham10000-detection",
            "ham10000-risk",
            "cxr64-findings",
            "simulated-readings",
            "volumes",
            "ham10000-multimodal",
        ] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("audits/{name}.yaml"));
            files.push(std::fs::read_to_string(path).unwrap());
        }
        let mut seen = 0;
        for text in &files {
            for need in [Need::Model, Need::Scores] {
                if parse(text, "", Path::new(""), need).is_err() {
                    continue;
                }
                seen += 1;
                let all = resolved(text, Path::new(""), need).unwrap();
                assert_eq!(plain(&read(text, need)), plain(&read(&all, need)));
                assert_eq!(resolved(&all, Path::new(""), need).as_ref(), Some(&all));
            }
        }
        assert!(seen >= 2 * files.len() - 1, "{seen}");
    }

    #[test]
    fn defaults_are_written_and_absolute_paths_are_not() {
        let text = "audit: a\ncohort: {manifest: /srv/secret/c.csv, columns: {sample: id, patient: p}}\n\
            endpoints: {e: {score: s, truth: {column: y, positive: 1, negative: 0}, threshold: {fixed: 0.5}}}\n\
            gate: {families: {f: [{id: r, metric: auroc, require: \">= 0.5\"}]}}\n";
        let all = resolved(text, Path::new(""), Need::Scores).unwrap();
        for line in [
            "title: a",
            "  replicates: 2000",
            "    proportion: \"wilson\"",
            "    direction: \"higher\"",
            "  alpha: 0.025",
            "    inconclusive: \"fail\"",
            "        strata: overall",
            "  manifest: c.csv",
            "        compare: \"none\"",
            "  missing:",
        ] {
            assert!(all.lines().any(|one| one == line), "{line}: {all}");
        }
        assert!(!all.contains("secret"));
        // What no section asks for is not added: there is no model here, and no task.
        assert!(
            !all.contains("threads") && !all.contains("inside_from"),
            "{all}"
        );
    }
}
