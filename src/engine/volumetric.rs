//! Operators with kernels over three axes, which the embedded engine reads and then cannot run.
//! Told before anything is computed, since a run over a cohort would fail at its first volume.

use std::collections::{BTreeMap, BTreeSet};

use super::protobuf::{Fields, Value, WireError};

/// Operators whose kernels rten 0.27 computes over one or two axes only.
const WITH_KERNELS: [&[u8]; 5] = [
    b"Conv",
    b"ConvTranspose",
    b"ConvInteger",
    b"MaxPool",
    b"AveragePool",
];
/// Axes of a kernel, batch and channels aside.
const VOLUME: usize = 3;
/// Graphs inside of operators deeper than this are not looked at.
const DEEPEST: usize = 48;

/// Names of the operators in an ONNX file whose kernels run over three axes, by `kernel_shape` or
/// by the weights. Empty for bytes that are no ONNX model: others say so.
pub(super) fn volumetric_operators(model: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // What was found before broken bytes still holds.
    let _ = in_model(model, &mut found);
    found
}

fn in_model(bytes: &[u8], found: &mut BTreeSet<String>) -> Result<(), WireError> {
    for field in Fields::new(bytes) {
        match field? {
            (7, Value::Bytes(graph)) => in_graph(graph, 0, found)?,
            (25, Value::Bytes(function)) => in_function(function, found)?,
            _ => {}
        }
    }
    Ok(())
}

fn in_function(bytes: &[u8], found: &mut BTreeSet<String>) -> Result<(), WireError> {
    let weights = BTreeMap::new();
    for field in Fields::new(bytes) {
        if let (7, Value::Bytes(node)) = field? {
            in_node(node, &weights, 0, found)?;
        }
    }
    Ok(())
}

fn in_graph(bytes: &[u8], depth: usize, found: &mut BTreeSet<String>) -> Result<(), WireError> {
    if depth > DEEPEST {
        return Ok(());
    }
    let mut weights = BTreeMap::new();
    for field in Fields::new(bytes) {
        if let (5, Value::Bytes(tensor)) = field? {
            let (name, axes) = name_and_axes(tensor)?;
            weights.insert(name, axes);
        }
    }
    for field in Fields::new(bytes) {
        if let (1, Value::Bytes(node)) = field? {
            in_node(node, &weights, depth, found)?;
        }
    }
    Ok(())
}

fn in_node<'a>(
    bytes: &'a [u8],
    weights: &BTreeMap<&'a [u8], usize>,
    depth: usize,
    found: &mut BTreeSet<String>,
) -> Result<(), WireError> {
    let mut inputs: Vec<&[u8]> = Vec::new();
    let (mut operator, mut domain): (&[u8], &[u8]) = (b"", b"");
    let mut kernel = None;
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(name)) => inputs.push(name),
            (4, Value::Bytes(name)) => operator = name,
            (5, Value::Bytes(attribute)) => {
                kernel = in_attribute(attribute, depth, found)?.or(kernel)
            }
            (7, Value::Bytes(name)) => domain = name,
            _ => {}
        }
    }
    let of_weights = || {
        let weight = weights.get(inputs.get(1)?)?;
        weight.checked_sub(2)
    };
    let is_standard = matches!(domain, b"" | b"ai.onnx");
    if is_standard && WITH_KERNELS.contains(&operator) && kernel.or_else(of_weights) == Some(VOLUME)
    {
        found.insert(String::from_utf8_lossy(operator).into_owned());
    }
    Ok(())
}

/// `AttributeProto`: the axes of `kernel_shape`; graphs inside of it are looked through.
fn in_attribute(
    bytes: &[u8],
    depth: usize,
    found: &mut BTreeSet<String>,
) -> Result<Option<usize>, WireError> {
    let mut name: &[u8] = b"";
    let mut integers = 0;
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Bytes(text)) => name = text,
            (8, Value::Varint(_)) => integers += 1,
            (8, Value::Bytes(packed)) => integers += packed_integers(packed),
            (6 | 11, Value::Bytes(graph)) => in_graph(graph, depth + 1, found)?,
            _ => {}
        }
    }
    Ok((name == b"kernel_shape" && integers > 0).then_some(integers))
}

/// `TensorProto`: its name and how many axes it has.
fn name_and_axes(bytes: &[u8]) -> Result<(&[u8], usize), WireError> {
    let (mut name, mut axes): (&[u8], usize) = (b"", 0);
    for field in Fields::new(bytes) {
        match field? {
            (1, Value::Varint(_)) => axes += 1,
            (1, Value::Bytes(packed)) => axes += packed_integers(packed),
            (8, Value::Bytes(text)) => name = text,
            _ => {}
        }
    }
    Ok((name, axes))
}

/// Each integer ends with the one byte of it whose highest bit is clear.
fn packed_integers(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte < 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(file: &str) -> Vec<String> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/");
        let bytes = std::fs::read(format!("{path}{file}")).unwrap();
        volumetric_operators(&bytes).into_iter().collect()
    }

    #[test]
    fn kernels_over_three_axes_are_told_from_those_over_two() {
        // Neither file has `kernel_shape`: the weights tell.
        assert_eq!(of("volumes/map.onnx"), ["Conv"]);
        assert_eq!(of("volumes/logit.onnx"), ["Conv"]);
        assert!(of("volumes/planes.onnx").is_empty());
        assert!(of("demo/model.onnx").is_empty());
        assert!(volumetric_operators(b"not a model").is_empty());
    }

    #[test]
    fn a_pool_tells_by_its_kernel_shape() {
        use crate::engine::protobuf::{put_bytes, put_integer};
        let model = |axes: usize, packed: bool| {
            let mut attribute = Vec::new();
            put_bytes(&mut attribute, 1, b"kernel_shape");
            if packed {
                put_bytes(&mut attribute, 8, &vec![2; axes]);
            } else {
                (0..axes).for_each(|_| put_integer(&mut attribute, 8, 2));
            }
            let (mut node, mut graph, mut model) = (Vec::new(), Vec::new(), Vec::new());
            put_bytes(&mut node, 4, b"MaxPool");
            put_bytes(&mut node, 5, &attribute);
            put_bytes(&mut graph, 1, &node);
            put_bytes(&mut model, 7, &graph);
            model
        };
        for packed in [false, true] {
            assert!(volumetric_operators(&model(2, packed)).is_empty());
            assert!(volumetric_operators(&model(3, packed)).contains("MaxPool"));
        }
    }
}
