//! What a graph asks for and what it gives, and whether given tensors fit.

use std::fmt;

use super::error::EngineError;
use super::tensor::{ElementType, Tensor};

/// Length of one axis as the graph declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// Always this long.
    Fixed(usize),
    /// Any length; the name, when it has one, as the graph gives it (`N`, `batch_size`).
    Dynamic(Option<String>),
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(length) => write!(f, "{length}"),
            Self::Dynamic(Some(name)) => f.write_str(name),
            Self::Dynamic(None) => f.write_str("?"),
        }
    }
}

/// One input or output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// Type of its numbers.
    pub element: ElementType,
    /// Length of each axis; `None` when the graph does not even say how many there are.
    pub shape: Option<Vec<Dimension>>,
}

impl Port {
    /// Whether an actual shape is one that this port allows.
    #[must_use]
    pub fn accepts_shape(&self, actual: &[usize]) -> bool {
        let Some(declared) = &self.shape else {
            return true;
        };
        declared.len() == actual.len()
            && declared
                .iter()
                .zip(actual)
                .all(|(dimension, length)| match dimension {
                    Dimension::Fixed(fixed) => fixed == length,
                    Dimension::Dynamic(_) => true,
                })
    }

    /// The declared shape for people: `[N, 3, 96, 128]`.
    #[must_use]
    pub fn shape_text(&self) -> String {
        match &self.shape {
            None => "[...]".to_owned(),
            Some(dimensions) => {
                let parts: Vec<String> = dimensions.iter().map(ToString::to_string).collect();
                format!("[{}]", parts.join(", "))
            }
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.name, self.element, self.shape_text())
    }
}

/// Inputs and outputs of a graph, in the graph's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// What has to be given; weights are not among them.
    pub inputs: Vec<Port>,
    /// What can be had.
    pub outputs: Vec<Port>,
}

impl Signature {
    /// The input of that name.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Port> {
        self.inputs.iter().find(|port| port.name == name)
    }

    /// The output of that name.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<&Port> {
        self.outputs.iter().find(|port| port.name == name)
    }

    /// Checks tensors against the declared inputs before an engine sees them, so that both
    /// engines refuse the same things in the same words.
    ///
    /// # Errors
    /// A name that the graph does not have, one given twice or not at all, another element type,
    /// another shape, or a shape that does not fit its own numbers.
    pub fn check_inputs(&self, given: &[(String, Tensor)]) -> Result<(), EngineError> {
        for (position, (name, tensor)) in given.iter().enumerate() {
            let Some(port) = self.input(name) else {
                return Err(EngineError::UnknownInput {
                    name: name.clone(),
                    known: names(&self.inputs),
                });
            };
            if given.iter().take(position).any(|(other, _)| other == name) {
                return Err(EngineError::RepeatedInput { name: name.clone() });
            }
            if tensor.element() != port.element {
                return Err(EngineError::WrongElement {
                    name: name.clone(),
                    expected: port.element,
                    found: tensor.element(),
                });
            }
            if !tensor.is_consistent() || !port.accepts_shape(&tensor.shape) {
                return Err(EngineError::WrongShape {
                    name: name.clone(),
                    expected: port.shape_text(),
                    found: tensor.shape.clone(),
                    elements: tensor.data.len(),
                });
            }
        }
        match self
            .inputs
            .iter()
            .find(|port| !given.iter().any(|(name, _)| *name == port.name))
        {
            None => Ok(()),
            Some(port) => Err(EngineError::MissingInput {
                name: port.name.clone(),
            }),
        }
    }

    /// The outputs to compute: those named, in that order, or all of them when none is named.
    ///
    /// # Errors
    /// A name that the graph does not have.
    pub fn select_outputs(&self, wanted: &[&str]) -> Result<Vec<&Port>, EngineError> {
        if wanted.is_empty() {
            return Ok(self.outputs.iter().collect());
        }
        wanted
            .iter()
            .map(|name| {
                self.output(name).ok_or_else(|| EngineError::UnknownOutput {
                    name: (*name).to_owned(),
                    known: names(&self.outputs),
                })
            })
            .collect()
    }
}

fn names(ports: &[Port]) -> Vec<String> {
    ports.iter().map(|port| port.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tensor::TensorData;

    fn signature() -> Signature {
        let port = |name: &str, shape| Port {
            name: name.to_owned(),
            element: ElementType::F32,
            shape,
        };
        Signature {
            inputs: vec![
                port(
                    "image",
                    Some(vec![
                        Dimension::Dynamic(Some("N".to_owned())),
                        Dimension::Fixed(2),
                    ]),
                ),
                port("age", None),
            ],
            outputs: vec![port("logit", None), port("features", None)],
        }
    }

    fn given(name: &str, shape: &[usize], data: TensorData) -> (String, Tensor) {
        (
            name.to_owned(),
            Tensor {
                shape: shape.to_vec(),
                data,
            },
        )
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        let ports = signature();
        let image = || given("image", &[3, 2], TensorData::F32(vec![0.0; 6]));
        let age = || given("age", &[3], TensorData::F32(vec![0.0; 3]));
        assert!(ports.check_inputs(&[age(), image()]).is_ok());
        let refused = |tensors: &[(String, Tensor)]| ports.check_inputs(tensors).unwrap_err();
        assert!(matches!(
            refused(&[image()]),
            EngineError::MissingInput { name } if name == "age"
        ));
        assert!(matches!(
            refused(&[image(), image()]),
            EngineError::RepeatedInput { .. }
        ));
        assert!(matches!(
            refused(&[given("sex", &[1], TensorData::F32(vec![0.0]))]),
            EngineError::UnknownInput { known, .. } if known == ["image", "age"]
        ));
        assert!(matches!(
            refused(&[given("image", &[3, 2], TensorData::U8(vec![0; 6]))]),
            EngineError::WrongElement { .. }
        ));
        for (shape, count) in [(&[3, 4][..], 12), (&[6][..], 6), (&[3, 2][..], 5)] {
            let tensor = given("image", shape, TensorData::F32(vec![0.0; count]));
            assert!(matches!(refused(&[tensor]), EngineError::WrongShape { .. }));
        }
    }

    #[test]
    fn outputs_come_in_the_order_asked_for() {
        let ports = signature();
        let order = |wanted: &[&str]| -> Vec<String> {
            let selected = ports.select_outputs(wanted).unwrap();
            selected.iter().map(|port| port.name.clone()).collect()
        };
        assert_eq!(order(&[]), ["logit", "features"]);
        assert_eq!(order(&["features", "logit"]), ["features", "logit"]);
        assert!(ports.select_outputs(&["mask"]).is_err());
    }
}
