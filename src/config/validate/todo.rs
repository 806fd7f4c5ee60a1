//! What an imported audit file leaves to its reviewer.

use super::super::diagnostic::Diagnostic;
use super::super::tree::{Kind, Node};

/// How such a value begins.
const TODO: &str = "TODO";

/// One error for every value that is still to be found out.
pub(super) fn todos(node: &Node) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    collect(node, "the file", &mut found);
    found
}

fn collect(node: &Node, path: &str, found: &mut Vec<Diagnostic>) {
    match &node.kind {
        Kind::Scalar { text, .. } if is_todo(text) => {
            let what = text[TODO.len()..].trim_start_matches(':').trim();
            let message = if what.is_empty() {
                format!("`{path}` is still to be found out")
            } else {
                format!("`{path}` is still to be found out: {what}")
            };
            found.push(Diagnostic::error("todo", message).at(node.span).help(
                "replace the TODO by what the model's makers did; nothing is guessed in its place",
            ));
        }
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => items.iter().for_each(|item| collect(item, path, found)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                collect(value, &key.value, found);
            }
        }
    }
}

/// A word that merely begins with these letters is none.
fn is_todo(text: &str) -> bool {
    text.strip_prefix(TODO).is_some_and(|rest| {
        !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
    })
}
