//! What a graph takes and gives, in the words of the audit file.

use crate::engine::{Dimension, ElementType, GraphSummary, Port};

/// The image that a graph takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ImageInput {
    pub(super) name: String,
    /// `NCHW` or `NHWC` where the shape leaves no doubt.
    pub(super) layout: Option<&'static str>,
    /// Word for the type, where the audit file has one.
    pub(super) dtype: Option<&'static str>,
    pub(super) volume: bool,
    pub(super) channels: Option<usize>,
    /// Rows and columns that the graph fixes.
    pub(super) rows: Option<usize>,
    pub(super) columns: Option<usize>,
}

/// Numbers that a graph takes beside the image.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumbersInput {
    pub(super) name: String,
    /// How many a sample; `None` where the graph does not say.
    pub(super) count: Option<usize>,
}

/// What a graph gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    /// One number a sample.
    One,
    /// Several numbers a sample, as many as the graph says.
    Numbers(Option<usize>),
    /// A map for each label.
    Maps(Option<usize>),
    /// Boxes and their scores.
    Boxes {
        boxes: String,
        scores: String,
        candidates: Option<usize>,
    },
    /// Nothing: scores were stored.
    Stored,
    /// Several outputs, or a shape that says nothing.
    Unclear(Vec<String>),
}

/// What was seen in the graph.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelFacts {
    /// Inputs and outputs in one line each.
    pub(super) signature: Vec<String>,
    pub(super) images: Vec<ImageInput>,
    pub(super) numbers: Vec<NumbersInput>,
    pub(super) given: Given,
}

impl ModelFacts {
    /// Those of no model: scores were stored.
    pub(super) fn none() -> Self {
        Self {
            signature: Vec::new(),
            images: Vec::new(),
            numbers: Vec::new(),
            given: Given::Stored,
        }
    }

    pub(super) fn of(summary: &GraphSummary) -> Self {
        let ports = &summary.signature;
        let mut facts = Self {
            signature: Vec::new(),
            images: Vec::new(),
            numbers: Vec::new(),
            given: given(&ports.outputs),
        };
        facts
            .signature
            .extend(ports.inputs.iter().map(|port| format!("takes {port}")));
        facts
            .signature
            .extend(ports.outputs.iter().map(|port| format!("gives {port}")));
        for port in &ports.inputs {
            match port.shape.as_ref().map_or(4, Vec::len) {
                rank @ (4 | 5) => facts.images.push(image(port, rank == 5)),
                _ => facts.numbers.push(NumbersInput {
                    name: port.name.clone(),
                    count: match port.shape.as_deref() {
                        Some([_]) => Some(1),
                        Some([_, count]) => fixed(count),
                        _ => None,
                    },
                }),
            }
        }
        facts
    }

    /// Whether it takes volumes.
    pub(super) fn volumes(&self) -> bool {
        self.images.iter().any(|image| image.volume)
    }
}

fn fixed(dimension: &Dimension) -> Option<usize> {
    match dimension {
        Dimension::Fixed(length) => Some(*length),
        Dimension::Dynamic(_) => None,
    }
}

fn image(port: &Port, volume: bool) -> ImageInput {
    let shape = port.shape.as_deref().unwrap_or_default();
    let axis = |place: usize| shape.get(place).and_then(fixed);
    let few = |count: Option<usize>| matches!(count, Some(1 | 3 | 4));
    let layout = match (few(axis(1)), few(axis(3))) {
        _ if volume => None,
        (true, false) => Some("NCHW"),
        (false, true) => Some("NHWC"),
        _ => None,
    };
    let [channels, rows, columns] = match layout {
        Some("NCHW") => [axis(1), axis(2), axis(3)],
        Some(_) => [axis(3), axis(1), axis(2)],
        None => [None; 3],
    };
    ImageInput {
        name: port.name.clone(),
        layout,
        dtype: match port.element {
            ElementType::F32 => Some("f32"),
            ElementType::F16 => Some("f16"),
            ElementType::U8 => Some("u8"),
            _ => None,
        },
        volume,
        channels,
        rows,
        columns,
    }
}

fn given(outputs: &[Port]) -> Given {
    let unclear = || Given::Unclear(outputs.iter().map(|port| port.name.clone()).collect());
    match outputs {
        [only] => match only.shape.as_deref() {
            Some([_] | [_, Dimension::Fixed(1)]) => Given::One,
            Some([_, count]) => Given::Numbers(fixed(count)),
            Some([_, labels, _, _] | [_, labels, _, _, _]) => Given::Maps(fixed(labels)),
            _ => unclear(),
        },
        [one, other] => boxes(one, other)
            .or_else(|| boxes(other, one))
            .unwrap_or_else(unclear),
        _ => unclear(),
    }
}

/// Four numbers for each candidate, and one.
fn boxes(boxes: &Port, scores: &Port) -> Option<Given> {
    let (Some([_, candidates, Dimension::Fixed(4)]), Some([_, others])) =
        (boxes.shape.as_deref(), scores.shape.as_deref())
    else {
        return None;
    };
    (candidates == others).then(|| Given::Boxes {
        boxes: boxes.name.clone(),
        scores: scores.name.clone(),
        candidates: fixed(candidates),
    })
}
