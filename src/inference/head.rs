//! From the model's output tensor to named scores.

use crate::config::{
    Activation, Diagnostic, Head, Located, OutputSpec, Pool, Resample, ScoreKind, nearest,
};
use crate::engine::{Dimension, Port, Signature, Tensor, TensorData};
use crate::tasks::{CANDIDATE, CASE};

/// Which output is read and what becomes of it.
#[derive(Debug, Clone)]
pub struct HeadPlan {
    /// Name of the output in the graph.
    pub output: String,
    /// Names of the scores that are kept.
    pub names: Vec<String>,
    /// Position of each kept score among the output's numbers.
    positions: Vec<usize>,
    /// Numbers a sample that the output must have.
    width: usize,
    activation: Activation,
    score_kind: ScoreKind,
    /// How a map, or the numbers of windows, become one number.
    pub pool: Option<Pool>,
    /// Of a segmentation: how maps become outlines.
    pub outlines: Option<OutlinePlan>,
    /// Of a detection: the output with the boxes, and the activation of the scores.
    boxes: Option<(String, Activation)>,
}

/// How maps become outlines.
#[derive(Debug, Clone)]
pub struct OutlinePlan {
    /// Maps that the output has.
    pub maps: usize,
    /// Labels with the place of their map.
    pub labels: Vec<(String, usize)>,
    /// Inside where the map is at least this.
    pub inside_from: f64,
    /// Whether the largest map decides.
    pub largest: bool,
    /// How a map is brought to the grid of the drawn mask.
    pub resample: Resample,
}

impl HeadPlan {
    /// Checks the `output` section against the graph.
    ///
    /// # Errors
    /// An unknown output, several outputs without a name, labels that do not fit the shape, a map
    /// without `pool` and the other way round. `windows`: volumes are run window by window.
    pub fn new(
        spec: &OutputSpec,
        signature: &Signature,
        windows: bool,
    ) -> Result<Self, Vec<Diagnostic>> {
        let port = match (&spec.name, signature.outputs.as_slice()) {
            (Some(name), ports) => {
                let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
                let found = ports.iter().find(|port| port.name == name.value);
                found.ok_or_else(|| {
                    vec![
                        Diagnostic::error(
                            "unknown-output",
                            format!("the model has no output \"{}\"", name.value),
                        )
                        .at(name.span)
                        .help(among(&nearest(name, &names), &names)),
                    ]
                })?
            }
            (None, [only]) => only,
            (None, ports) => {
                let names: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
                return Err(vec![
                    Diagnostic::error(
                        "ambiguous-output",
                        format!(
                            "the model has {} outputs: {}",
                            ports.len(),
                            names.join(", ")
                        ),
                    )
                    .help("say which one holds the scores: `output: {name: ...}`"),
                ]);
            }
        };
        if spec.head == Head::Detection {
            return Self::of_boxes(spec, signature, port);
        }
        let (names, positions, width) = match spec.head {
            Head::Binary => (vec![only_label(spec)], vec![0], 1),
            _ => labelled(&spec.labels),
        };
        if spec.head == Head::Segmentation {
            return Self::of_outlines(spec, port, (names, positions, width));
        }
        check_pool(spec, port, windows)?;
        let known = port.shape.as_ref().and_then(|shape| match shape.get(1..) {
            Some([]) => Some(1),
            Some([Dimension::Fixed(width)]) => Some(*width),
            _ => None,
        });
        if let Some(found) = known.filter(|found| *found != width) {
            return Err(vec![wrong_width(spec, &port.name, found, width)]);
        }
        Ok(Self {
            output: port.name.clone(),
            names,
            positions,
            width,
            activation: spec.activation,
            score_kind: spec.score_kind,
            pool: spec.pool,
            outlines: None,
            boxes: None,
        })
    }

    /// A map for each label.
    fn of_outlines(
        spec: &OutputSpec,
        port: &Port,
        (labels, positions, width): (Vec<String>, Vec<usize>, usize),
    ) -> Result<Self, Vec<Diagnostic>> {
        if let Some(shape) = port.shape.as_ref().filter(|shape| shape.len() < 3) {
            let message = format!(
                "output \"{}\" has {} axes, expected a map over pixels or voxels",
                port.name,
                shape.len()
            );
            return Err(vec![Diagnostic::error("output-shape", message)]);
        }
        let names = labels
            .iter()
            .flat_map(|label| CASE.map(|name| format!("{label}.{name}")))
            .collect();
        Ok(Self {
            output: port.name.clone(),
            names,
            positions: Vec::new(),
            width,
            activation: spec.activation,
            score_kind: spec.score_kind,
            pool: None,
            outlines: Some(OutlinePlan {
                maps: width,
                labels: labels.into_iter().zip(positions).collect(),
                inside_from: spec.inside_from,
                largest: spec.activation == Activation::Softmax,
                resample: spec.resample,
            }),
            boxes: None,
        })
    }

    /// Boxes and their scores, of two outputs.
    fn of_boxes(
        spec: &OutputSpec,
        signature: &Signature,
        port: &Port,
    ) -> Result<Self, Vec<Diagnostic>> {
        let refused = |message: String| Err(vec![Diagnostic::error("output-shape", message)]);
        let Some(name) = &spec.boxes else {
            return refused("`output.boxes` names no output".to_owned());
        };
        let names: Vec<&str> = signature
            .outputs
            .iter()
            .map(|port| port.name.as_str())
            .collect();
        let Some(boxes) = signature
            .outputs
            .iter()
            .find(|port| port.name == name.value)
        else {
            return Err(vec![
                Diagnostic::error(
                    "unknown-output",
                    format!("the model has no output \"{}\"", name.value),
                )
                .at(name.span)
                .help(among(&nearest(name, &names), &names)),
            ]);
        };
        let count = |port: &Port| match port.shape.as_ref().and_then(|shape| shape.get(1)) {
            Some(Dimension::Fixed(count)) => Some(*count),
            _ => None,
        };
        let Some(candidates) = count(port).or_else(|| count(boxes)) else {
            return refused(format!(
                "neither output \"{}\" nor \"{}\" fixes how many boxes there are",
                port.name, boxes.name
            ));
        };
        let label = only_label(spec);
        let all = (0..candidates)
            .flat_map(|number| CANDIDATE.map(|part| format!("{label}.{number}.{part}")));
        let width = candidates * CANDIDATE.len();
        Ok(Self {
            output: port.name.clone(),
            names: all.collect(),
            positions: (0..width).collect(),
            width,
            activation: Activation::None,
            score_kind: spec.score_kind,
            pool: None,
            outlines: None,
            boxes: Some((boxes.name.clone(), spec.activation)),
        })
    }

    /// Outputs of the graph that are read.
    #[must_use]
    pub fn outputs(&self) -> Vec<&str> {
        let boxes = self.boxes.iter().map(|(name, _)| name.as_str());
        std::iter::once(self.output.as_str()).chain(boxes).collect()
    }

    /// Scores and boxes as one tensor: score, left, top, right, bottom of every candidate.
    ///
    /// # Errors
    /// A sentence when there is not one box for each score.
    pub fn joined(&self, scores: Tensor, boxes: Option<Tensor>) -> Result<Tensor, String> {
        let (Some((name, activation)), Some(boxes)) = (&self.boxes, boxes) else {
            return Ok(scores);
        };
        let (score, sides) = (scores.data.to_f64(), boxes.data.to_f64());
        if sides.len() != 4 * score.len() {
            return Err(format!(
                "output \"{name}\" has {} numbers for {} scores, expected four for each",
                sides.len(),
                score.len()
            ));
        }
        let activated = score.iter().map(|score| match activation {
            Activation::Sigmoid => 1.0 / (1.0 + (-score).exp()),
            _ => *score,
        });
        let all = activated
            .zip(sides.chunks_exact(4))
            .flat_map(|(score, sides)| [score, sides[0], sides[1], sides[2], sides[3]]);
        let samples = scores.shape.first().copied().unwrap_or(1);
        Ok(Tensor {
            shape: vec![samples, self.width],
            data: TensorData::F64(all.collect()),
        })
    }

    /// The maps of every sample after the activation, in single precision: by sample, then map by
    /// map; and the maps' size as frames, rows, columns.
    ///
    /// # Errors
    /// A sentence when the output is no map of so many labels.
    pub fn maps(
        &self,
        output: &Tensor,
        samples: usize,
    ) -> Result<(Vec<Vec<f32>>, [usize; 3]), String> {
        let shape = output.shape.as_slice();
        let size = match shape {
            [_, maps, rows, columns] if *maps == self.width => [1, *rows, *columns],
            [_, maps, frames, rows, columns] if *maps == self.width => [*frames, *rows, *columns],
            [_, rows, columns] if self.width == 1 => [1, *rows, *columns],
            _ => {
                return Err(format!(
                    "output \"{}\" has shape {shape:?}, expected a map for each of {} label(s)",
                    self.output, self.width
                ));
            }
        };
        let pixels: usize = size.iter().product();
        let raw = output.data.to_f64();
        let all = raw.chunks_exact((pixels * self.width).max(1)).take(samples);
        let of_sample = |values: &[f64]| -> Vec<f32> {
            if self.activation != Activation::Softmax {
                return values
                    .iter()
                    .map(|value| self.activated(std::slice::from_ref(value))[0] as f32)
                    .collect();
            }
            let mut maps = vec![0.0; values.len()];
            for pixel in 0..pixels {
                let row: Vec<f64> = (0..self.width)
                    .map(|map| values[map * pixels + pixel])
                    .collect();
                for (map, value) in self.activated(&row).into_iter().enumerate() {
                    maps[map * pixels + pixel] = value as f32;
                }
            }
            maps
        };
        Ok((all.map(of_sample).collect(), size))
    }

    /// The same with another activation.
    #[must_use]
    pub fn with_activation(&self, activation: Activation) -> Self {
        Self {
            activation,
            ..self.clone()
        }
    }

    /// Whether the model's own numbers are log odds.
    #[must_use]
    pub fn has_logits(&self) -> bool {
        self.outlines.is_none()
            && self.boxes.is_none()
            && (self.activation == Activation::Sigmoid
                || (self.activation == Activation::None && self.score_kind == ScoreKind::Logit))
    }

    /// Scores and model's own numbers of `samples` samples, by score, then by sample.
    ///
    /// # Errors
    /// A sentence when the output's size or type is not what the head needs.
    pub fn apply(&self, output: &Tensor, samples: usize) -> Result<HeadOutput, String> {
        let pooled;
        let output = if output.shape.len() > 2 && self.pool.is_some() {
            pooled = self.without_map(output)?;
            &pooled
        } else {
            output
        };
        let raw = output.data.to_f64();
        if raw.len() < samples * self.width
            || output
                .shape
                .first()
                .is_some_and(|batch| raw.len() != batch * self.width)
        {
            return Err(format!(
                "output \"{}\" has shape {:?}, expected {} number(s) a sample",
                self.output, output.shape, self.width
            ));
        }
        let rows: Vec<Vec<f64>> = raw
            .chunks_exact(self.width)
            .take(samples)
            .map(|row| self.activated(row))
            .collect();
        let column = |rows: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..samples).map(rows).collect() };
        let scores = self
            .positions
            .iter()
            .map(|place| column(&|sample| rows[sample][*place]))
            .collect();
        let own = self
            .positions
            .iter()
            .map(|place| column(&|sample| raw[sample * self.width + place]))
            .collect();
        Ok(HeadOutput { scores, own })
    }

    /// Pools a map over pixels or voxels (`[samples, numbers, ...]`), before the activation.
    fn without_map(&self, output: &Tensor) -> Result<Tensor, String> {
        let (Some(pool), &[samples, numbers, ..]) = (self.pool, output.shape.as_slice()) else {
            return Err(format!(
                "output \"{}\" has shape {:?}",
                self.output, output.shape
            ));
        };
        let raw = output.data.to_f64();
        let size: usize = output.shape.iter().skip(2).product();
        if size == 0 || raw.len() != samples * numbers * size {
            return Err(format!(
                "output \"{}\" has shape {:?}",
                self.output, output.shape
            ));
        }
        let one = raw
            .chunks_exact(size)
            .map(|map| pooled(map.iter().copied(), pool));
        Ok(Tensor {
            shape: vec![samples, numbers],
            data: TensorData::F64(one.collect()),
        })
    }

    /// Activations in double precision: sigmoid 1 / (1 + exp(-x)), softmax with the largest
    /// number taken off first.
    fn activated(&self, row: &[f64]) -> Vec<f64> {
        match self.activation {
            Activation::None => row.to_vec(),
            Activation::Sigmoid => row.iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
            Activation::Softmax => {
                let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights: Vec<f64> = row.iter().map(|x| (x - largest).exp()).collect();
                let total: f64 = weights.iter().sum();
                weights.iter().map(|weight| weight / total).collect()
            }
        }
    }
}

/// The map of a channels-last model with its channels first, as the head reads it.
pub(super) fn channels_first(output: Tensor) -> Tensor {
    let &[samples, .., channels] = output.shape.as_slice() else {
        return output;
    };
    if output.shape.len() < 3 {
        return output;
    }
    let values = output.data.to_f64();
    let pixels = values.len() / (samples * channels).max(1);
    let mut turned = Vec::with_capacity(values.len());
    for sample in values.chunks_exact((pixels * channels).max(1)) {
        for channel in 0..channels {
            turned.extend(sample.iter().skip(channel).step_by(channels));
        }
    }
    let mut shape = vec![samples, channels];
    shape.extend(&output.shape[1..output.shape.len() - 1]);
    Tensor {
        shape,
        data: TensorData::F64(turned),
    }
}

/// One number from several of the model's own: their largest, or their mean (a 64-bit sum in
/// order). NaN where one of them is NaN.
pub(super) fn pooled(values: impl Iterator<Item = f64>, pool: Pool) -> f64 {
    let mut count = 0_u64;
    let (mut sum, mut largest) = (0.0, f64::NEG_INFINITY);
    for value in values {
        count += 1;
        sum += value;
        if value > largest || value.is_nan() {
            largest = value;
        }
    }
    match pool {
        Pool::Mean => sum / count as f64,
        Pool::Max if sum.is_nan() => f64::NAN,
        Pool::Max => largest,
    }
}

/// A map needs `pool`, and so does a model that gives numbers window by window; nothing else has a
/// use for it.
fn check_pool(spec: &OutputSpec, port: &Port, windows: bool) -> Result<(), Vec<Diagnostic>> {
    let Some(shape) = &port.shape else {
        return Ok(());
    };
    let needed = shape.len() > 2 || windows;
    let (message, help) = match (needed, spec.pool) {
        (true, None) => (
            format!(
                "output \"{}\" {} gives several numbers a sample, and nothing says how they become one",
                port.name,
                port.shape_text()
            ),
            "write `output: {pool: max}` or `mean`; it is applied before the activation",
        ),
        (false, Some(_)) => (
            format!(
                "`output.pool` has nothing to join: output \"{}\" is {}",
                port.name,
                port.shape_text()
            ),
            "remove it",
        ),
        _ => return Ok(()),
    };
    Err(vec![Diagnostic::error("output-pool", message).help(help)])
}

/// Numbers of one batch.
#[derive(Debug, Clone)]
pub struct HeadOutput {
    /// After the activation, by score, then by sample.
    pub scores: Vec<Vec<f64>>,
    /// As the model gave them, by score, then by sample.
    pub own: Vec<Vec<f64>>,
}

fn only_label(spec: &OutputSpec) -> String {
    spec.labels
        .iter()
        .flatten()
        .next()
        .map_or_else(|| "score".to_owned(), |label| label.value.clone())
}

fn labelled(labels: &[Option<Located<String>>]) -> (Vec<String>, Vec<usize>, usize) {
    let kept: Vec<(usize, &Located<String>)> = labels
        .iter()
        .enumerate()
        .filter_map(|(place, label)| label.as_ref().map(|label| (place, label)))
        .collect();
    let names = kept.iter().map(|(_, label)| label.value.clone()).collect();
    (
        names,
        kept.iter().map(|(place, _)| *place).collect(),
        labels.len(),
    )
}

fn wrong_width(spec: &OutputSpec, output: &str, found: usize, width: usize) -> Diagnostic {
    let message = format!("output \"{output}\" gives {found} numbers a sample, expected {width}");
    let help = match spec.head {
        Head::Binary => {
            "a binary head takes one number; for several use `head: multilabel` or `head: multiclass` with `labels`"
        }
        _ => "give one label for each number, in the model's order; `~` for one that is not used",
    };
    let place = spec.labels.iter().flatten().next().map(|label| label.span);
    let diagnostic = Diagnostic::error("output-shape", message).help(help);
    match place {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    }
}

fn among(near: &[String], valid: &[&str]) -> String {
    let listed = valid.join(", ");
    match near.first() {
        Some(near) => format!("did you mean \"{near}\"? there are {listed}"),
        None => format!("there are {listed}"),
    }
}
