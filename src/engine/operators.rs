//! Which operators of a graph the embedded engine lacks. Rten stops at the first one; a user
//! wants to know all of them.

use rten::{LoadErrorKind, ModelOptions};

use super::graph::GraphSummary;
use super::protobuf::{put_bytes, put_integer};

/// Operators of a graph that the embedded engine does not know, sorted, as `Name` or
/// `domain::Name`. Each one is tried by itself in a model of one node.
pub(super) fn missing_operators(summary: &GraphSummary) -> Vec<String> {
    let options = ModelOptions::with_all_ops();
    summary
        .operators
        .iter()
        .filter(|(domain, name)| {
            let version = summary.opsets.get(domain).copied().unwrap_or(1);
            let model = model_of_one_node(domain, name, version);
            match options.load(model) {
                Ok(_) => false,
                Err(error) => {
                    error.kind() == LoadErrorKind::OperatorInvalid
                        && is_unknown_operator(&error.to_string())
                }
            }
        })
        .map(|(domain, name)| {
            if domain.is_empty() {
                name.clone()
            } else {
                format!("{domain}::{name}")
            }
        })
        .collect()
}

/// Rten tells an unknown operator from a wrong attribute only in words.
fn is_unknown_operator(message: &str) -> bool {
    message.contains("operator not supported")
}

/// The smallest ONNX model with one node of that kind, without attributes.
fn model_of_one_node(domain: &str, name: &str, version: u64) -> Vec<u8> {
    let mut node = Vec::new();
    put_bytes(&mut node, 1, b"x");
    put_bytes(&mut node, 2, b"y");
    put_bytes(&mut node, 4, name.as_bytes());
    put_bytes(&mut node, 7, domain.as_bytes());
    let mut graph = Vec::new();
    put_bytes(&mut graph, 1, &node);
    put_bytes(&mut graph, 2, b"g");
    let mut opset = Vec::new();
    put_bytes(&mut opset, 1, domain.as_bytes());
    put_integer(&mut opset, 2, version);
    let mut model = Vec::new();
    put_integer(&mut model, 1, 8);
    put_bytes(&mut model, 7, &graph);
    put_bytes(&mut model, 8, &opset);
    model
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn missing(operators: &[(&str, &str)]) -> Vec<String> {
        missing_operators(&GraphSummary {
            opsets: BTreeMap::from([(String::new(), 17), ("com.acme".to_owned(), 1)]),
            operators: operators
                .iter()
                .map(|(domain, name)| ((*domain).to_owned(), (*name).to_owned()))
                .collect(),
            ..GraphSummary::default()
        })
    }

    #[test]
    fn all_missing_operators_are_named_and_known_ones_are_not() {
        let operators = [
            ("", "Conv"),
            ("", "Gemm"),
            ("", "Resize"),
            ("", "Softmax"),
            ("", "Det"),
            ("", "StringNormalizer"),
            ("com.acme", "Denoise"),
        ];
        assert_eq!(
            missing(&operators),
            ["Det", "StringNormalizer", "com.acme::Denoise"]
        );
        assert!(missing(&operators[..4]).is_empty());
    }
}
