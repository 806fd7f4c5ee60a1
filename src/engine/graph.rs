//! What an ONNX file says about itself, read without an engine: signature with the true element
//! types (engines widen some of them), operators, where weights lie, and whether an output
//! already carries an activation.
//!
//! Field numbers are those of `onnx.proto` (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>).

use std::collections::{BTreeMap, BTreeSet};

use super::protobuf::{Fields, Value, WireError};
use super::signature::{Dimension, Port, Signature};
use super::tensor::ElementType;

/// Graphs inside of operators deeper than this are refused: reading them would use up the stack.
/// Protobuf's own readers stop at 100 messages, which is about 33 graphs.
const DEEPEST_GRAPH: usize = 48;

/// What the file says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GraphSummary {
    /// Version of the file format.
    pub ir_version: Option<u64>,
    /// Operator sets by domain; the standard set has the empty name.
    pub opsets: BTreeMap<String, u64>,
    /// Program that wrote the file.
    pub producer: Option<String>,
    /// Its version.
    pub producer_version: Option<String>,
    /// Free entries, by key.
    pub metadata: BTreeMap<String, String>,
    /// Inputs without the weights, and outputs.
    pub signature: Signature,
    /// Distinct operators, subgraphs included, as (domain, name).
    pub operators: BTreeSet<(String, String)>,
    /// Files beside the model that hold weights, as the model names them.
    pub external_files: BTreeSet<String>,
    /// By output: the operator that last changed its values, seen through operators that only
    /// move, cast or quantise them. `Sigmoid` and `Softmax` mean that the graph already applies
    /// the activation.
    pub last_operators: BTreeMap<String, String>,
    /// Functions that the file defines itself, as (domain, name): not operators of an engine.
    pub(super) functions: BTreeSet<(String, String)>,
}

/// An activation that a graph applies itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphActivation {
    /// Each number by itself, into 0 to 1.
    Sigmoid,
    /// Along the classes, adding up to 1.
    Softmax,
    /// Logarithm of the softmax.
    LogSoftmax,
}

impl GraphSummary {
    /// The activation that the graph already applies to an output, as far as its last operator
    /// tells. `None` also for an activation that is spelled out in arithmetic.
    #[must_use]
    pub fn activation(&self, output: &str) -> Option<GraphActivation> {
        match self.last_operators.get(output)?.as_str() {
            "Sigmoid" | "HardSigmoid" => Some(GraphActivation::Sigmoid),
            "Softmax" => Some(GraphActivation::Softmax),
            "LogSoftmax" => Some(GraphActivation::LogSoftmax),
            _ => None,
        }
    }
}

/// Reads the content of an ONNX file.
///
/// # Errors
/// Says in words why the bytes are no ONNX model: empty, cut short, not protobuf, without graph
/// or operator set.
pub fn summarize(bytes: &[u8]) -> Result<GraphSummary, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.starts_with(b"version https://git-lfs") {
        return Err("it is a pointer of Git LFS, not the file itself".to_owned());
    }
    let mut summary = GraphSummary::default();
    let mut has_graph = false;
    read_model(bytes, &mut summary, &mut has_graph).map_err(|error| error.to_string())?;
    if !has_graph {
        return Err("it has no graph".to_owned());
    }
    if summary.opsets.is_empty() {
        return Err("it names no operator set".to_owned());
    }
    if summary.signature.outputs.is_empty() {
        return Err("its graph has no output".to_owned());
    }
    Ok(summary)
}

/// `ModelProto`.
fn read_model(
    bytes: &[u8],
    summary: &mut GraphSummary,
    has_graph: &mut bool,
) -> Result<(), WireError> {
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Varint(version)) => summary.ir_version = Some(version),
            (2, Value::Bytes(name)) => summary.producer = non_empty(name),
            (3, Value::Bytes(version)) => summary.producer_version = non_empty(version),
            (7, Value::Bytes(graph)) => {
                *has_graph = true;
                read_main_graph(graph, summary)?;
            }
            (8, Value::Bytes(entry)) => {
                let (domain, version) = read_domain_version(entry)?;
                summary.opsets.insert(domain, version);
            }
            (14, Value::Bytes(entry)) => {
                let (key, value) = read_string_pair(entry)?;
                summary.metadata.insert(key, value);
            }
            (25, Value::Bytes(function)) => read_function(function, summary)?,
            _ => {}
        }
    }
    Ok(())
}

/// `GraphProto` of the model itself: operators and ports.
fn read_main_graph(bytes: &[u8], summary: &mut GraphSummary) -> Result<(), WireError> {
    let mut weights = BTreeSet::new();
    let mut producers = BTreeMap::new();
    let mut signature = Signature::default();
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(node)) => {
                let node = read_node(node, summary, 0)?;
                for output in node.outputs {
                    producers.insert(output, (node.operator, node.first_input));
                }
            }
            (5, Value::Bytes(tensor)) => {
                weights.insert(read_tensor(tensor, summary)?);
            }
            (11, Value::Bytes(port)) => signature.inputs.push(read_port(port)?),
            (12, Value::Bytes(port)) => signature.outputs.push(read_port(port)?),
            _ => {}
        }
    }
    // Old files list weights among the inputs too; nobody has to give those.
    signature
        .inputs
        .retain(|port| !weights.contains(&port.name));
    for port in &signature.outputs {
        if let Some(operator) = last_operator(&port.name, &producers) {
            let entry = (port.name.clone(), operator.to_owned());
            summary.last_operators.extend([entry]);
        }
    }
    summary.signature = signature;
    Ok(())
}

/// Nodes and weights of a graph inside of an operator (`If`, `Loop`, `Scan`).
fn read_inner_graph(
    bytes: &[u8],
    summary: &mut GraphSummary,
    depth: usize,
) -> Result<(), WireError> {
    if depth > DEEPEST_GRAPH {
        return Err(WireError::TooDeep {
            limit: DEEPEST_GRAPH,
        });
    }
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(node)) => drop(read_node(node, summary, depth)?),
            (5, Value::Bytes(tensor)) => drop(read_tensor(tensor, summary)?),
            _ => {}
        }
    }
    Ok(())
}

/// `FunctionProto`: its name, its operators and the sets it needs.
fn read_function(bytes: &[u8], summary: &mut GraphSummary) -> Result<(), WireError> {
    let (mut domain, mut name) = (String::new(), String::new());
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(text)) => name = lossy(text),
            (7, Value::Bytes(node)) => drop(read_node(node, summary, 0)?),
            (10, Value::Bytes(text)) => domain = lossy(text),
            _ => {}
        }
    }
    summary.functions.insert((domain, name));
    Ok(())
}

/// What of a node is needed to follow values backwards.
struct Node<'a> {
    operator: &'a [u8],
    first_input: &'a [u8],
    outputs: Vec<&'a [u8]>,
}

/// `NodeProto`; its operator goes into the summary.
fn read_node<'a>(
    bytes: &'a [u8],
    summary: &mut GraphSummary,
    depth: usize,
) -> Result<Node<'a>, WireError> {
    let mut node = Node {
        operator: b"",
        first_input: b"",
        outputs: Vec::new(),
    };
    let mut domain = String::new();
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(name)) if node.first_input.is_empty() => node.first_input = name,
            (2, Value::Bytes(name)) => node.outputs.push(name),
            (4, Value::Bytes(name)) => node.operator = name,
            (5, Value::Bytes(attribute)) => read_attribute(attribute, summary, depth)?,
            (7, Value::Bytes(name)) => domain = standard_domain(lossy(name)),
            _ => {}
        }
    }
    summary.operators.insert((domain, lossy(node.operator)));
    Ok(node)
}

/// `AttributeProto`: tensors and graphs inside of it.
fn read_attribute(bytes: &[u8], summary: &mut GraphSummary, depth: usize) -> Result<(), WireError> {
    for field in Fields::new(bytes) {
        match field? {
            (5 | 10, Value::Bytes(tensor)) => drop(read_tensor(tensor, summary)?),
            (6 | 11, Value::Bytes(graph)) => read_inner_graph(graph, summary, depth + 1)?,
            _ => {}
        }
    }
    Ok(())
}

/// `TensorProto`: gives its name; a file that holds its numbers goes into the summary.
fn read_tensor(bytes: &[u8], summary: &mut GraphSummary) -> Result<String, WireError> {
    let mut name = String::new();
    let mut location = None;
    let mut is_external = false;
    for field in Fields::new(bytes) {
        match field? {
            (8, Value::Bytes(text)) => name = lossy(text),
            (13, Value::Bytes(entry)) => {
                let (key, value) = read_string_pair(entry)?;
                if key == "location" {
                    location = Some(value);
                }
            }
            (14, Value::Varint(place)) => is_external = place == 1,
            _ => {}
        }
    }
    if let (true, Some(location)) = (is_external, location) {
        summary.external_files.insert(location);
    }
    Ok(name)
}

/// `ValueInfoProto`.
fn read_port(bytes: &[u8]) -> Result<Port, WireError> {
    let mut port = Port {
        name: String::new(),
        element: ElementType::Other(0),
        shape: None,
    };
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(name)) => port.name = lossy(name),
            (2, Value::Bytes(kind)) => {
                for field in Fields::new(kind) {
                    if let (1, Value::Bytes(tensor)) = field? {
                        read_tensor_type(tensor, &mut port)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(port)
}

/// `TypeProto.Tensor`.
fn read_tensor_type(bytes: &[u8], port: &mut Port) -> Result<(), WireError> {
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Varint(number)) => {
                port.element = ElementType::from_onnx(i32::try_from(number).unwrap_or(0));
            }
            (2, Value::Bytes(shape)) => {
                let mut dimensions = Vec::new();
                for field in Fields::new(shape) {
                    if let (1, Value::Bytes(dimension)) = field? {
                        dimensions.push(read_dimension(dimension)?);
                    }
                }
                port.shape = Some(dimensions);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `TensorShapeProto.Dimension`. A negative length is how some exporters say "any".
fn read_dimension(bytes: &[u8]) -> Result<Dimension, WireError> {
    let mut dimension = Dimension::Dynamic(None);
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Varint(length)) => {
                if let Ok(length) = usize::try_from(length.cast_signed()) {
                    dimension = Dimension::Fixed(length);
                }
            }
            (2, Value::Bytes(name)) => dimension = Dimension::Dynamic(non_empty(name)),
            _ => {}
        }
    }
    Ok(dimension)
}

/// `OperatorSetIdProto`.
fn read_domain_version(bytes: &[u8]) -> Result<(String, u64), WireError> {
    let (mut domain, mut version) = (String::new(), 0);
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(name)) => domain = standard_domain(lossy(name)),
            (2, Value::Varint(number)) => version = number,
            _ => {}
        }
    }
    Ok((domain, version))
}

/// `StringStringEntryProto`.
fn read_string_pair(bytes: &[u8]) -> Result<(String, String), WireError> {
    let (mut key, mut value) = (String::new(), String::new());
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(text)) => key = lossy(text),
            (2, Value::Bytes(text)) => value = lossy(text),
            _ => {}
        }
    }
    Ok((key, value))
}

/// Follows a value back through operators that keep its numbers, to the one that made them.
fn last_operator<'a>(
    output: &str,
    producers: &BTreeMap<&'a [u8], (&'a [u8], &'a [u8])>,
) -> Option<&'a str> {
    let mut value = output.as_bytes();
    // A graph has no cycles; the bound is for a file that breaks this rule.
    for _ in 0..producers.len() {
        let &(operator, first_input) = producers.get(value)?;
        match operator {
            b"Identity" | b"Reshape" | b"Squeeze" | b"Unsqueeze" | b"Flatten" | b"Transpose"
            | b"Cast" | b"Slice" | b"Gather" | b"Split" | b"QuantizeLinear"
            | b"DequantizeLinear" => value = first_input,
            _ => return std::str::from_utf8(operator).ok(),
        }
    }
    None
}

/// The standard operators go by two names of one domain.
fn standard_domain(domain: String) -> String {
    if domain == "ai.onnx" {
        String::new()
    } else {
        domain
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn non_empty(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| lossy(bytes))
}
