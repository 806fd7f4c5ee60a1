//! Contradictions that can be told without running the model.

use crate::config::{
    Activation, Audit, Dtype, EqualizeEngine, InputKind, ResizeEngine, SkimageFilter, Step,
    WindowOutput, step_text,
};
use crate::engine::GraphActivation;
use crate::inference::ImageInput;

use super::super::model::{Ready, Way};

/// Something that does not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Stable kebab-case code.
    pub code: &'static str,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub help: &'static str,
}

/// Dtype, order of steps, and activations against the graph.
pub(super) fn contradictions(audit: &Audit, ready: &Ready) -> Vec<Remark> {
    let mut remarks = Vec::new();
    activation(audit, ready, &mut remarks);
    for (place, inputs) in ready.ways_gone() {
        let way = &ready.ways[place];
        steps(way, &mut remarks);
        for input in inputs {
            against_input(input, way, &mut remarks);
        }
    }
    remarks
}

/// The type that the steps give, and that the input takes.
fn against_input(input: &ImageInput, way: &Way, remarks: &mut Vec<Remark>) {
    let layout = &input.layout;
    let to_float = way.steps.iter().find(|step| is_float(step));
    if let (Dtype::U8, Some(step)) = (layout.dtype, to_float) {
        remarks.push(Remark {
            code: "input-dtype",
            message: format!(
                "input \"{}\" takes u8, but `{}` gives floating-point numbers",
                layout.input,
                step_text(step)
            ),
            help: "a graph that takes 8-bit samples normalises them itself; remove the step",
        });
    }
}

fn is_float(step: &Step) -> bool {
    match step {
        Step::Scale { .. } | Step::Normalize { .. } | Step::Standardize | Step::MinMax { .. } => {
            true
        }
        Step::Window { output, .. } | Step::DicomWindow(_, output) => *output == WindowOutput::Unit,
        Step::Resize(resize) => match resize.engine {
            ResizeEngine::Torch { .. } => true,
            ResizeEngine::Skimage { filter, .. } => filter != SkimageFilter::Nearest,
            _ => false,
        },
        Step::HistogramEqualize(engine) => *engine == EqualizeEngine::Skimage,
        _ => false,
    }
}

fn activation(audit: &Audit, ready: &Ready, remarks: &mut Vec<Remark>) {
    let Some(graph) = ready.model().summary().activation(&ready.head.output) else {
        return;
    };
    let name = match graph {
        GraphActivation::Sigmoid => "a sigmoid",
        GraphActivation::Softmax => "a softmax",
        GraphActivation::LogSoftmax => "the logarithm of a softmax",
    };
    if audit.output.activation != Activation::None {
        remarks.push(Remark {
            code: "activation-twice",
            message: format!(
                "the graph ends output \"{}\" with {name}, and `output.activation` applies another",
                ready.head.output
            ),
            help: "write `activation: none` and say what a score is with `score_kind`",
        });
    }
}

fn steps(way: &Way, remarks: &mut Vec<Remark>) {
    let steps = &way.steps;
    let first = |wanted: fn(&Step) -> bool| steps.iter().position(wanted);
    let scale = first(|step| matches!(step, Step::Scale { .. } | Step::Window { .. }));
    let normalize = first(|step| matches!(step, Step::Normalize { .. }));
    let eight_bit = way.spec.kind == InputKind::Raster;
    let small = steps.iter().find_map(|step| match step {
        Step::Normalize { mean, .. } => Some(mean.iter().all(|value| value.abs() <= 1.0)),
        _ => None,
    });
    if let (Some(normalize), Some(true), true) = (normalize, small, eight_bit)
        && scale.is_none_or(|scale| scale > normalize)
    {
        remarks.push(Remark {
            code: "normalize-before-scale",
            message: format!(
                "`{}` is meant for samples from 0 to 1, but nothing scales them before",
                step_text(&steps[normalize])
            ),
            help: "put `scale: 1/255` before it, or give mean and std in stored units",
        });
    }
    let scales = steps.iter().filter(|step| matches!(step, Step::Scale { numerator, denominator } if numerator.abs() < denominator.abs()));
    if scales.count() > 1 {
        remarks.push(Remark {
            code: "scaled-twice",
            message: "samples are scaled down more than once".to_owned(),
            help: "keep one `scale`",
        });
    }
}
