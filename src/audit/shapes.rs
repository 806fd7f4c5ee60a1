//! The shape that the steps give whatever the image, and the shape that the graph takes.

use crate::config::{Audit, Crop, Diagnostic, ModelSpec, Span, Step};
use crate::inference::ImageInput;

use super::model::Way;

/// Inputs that no image could be fed to, each at the step, or the section, that makes the shape.
pub(super) fn unfit(
    audit: &Audit,
    spec: &ModelSpec,
    inputs: &[ImageInput],
    ways: &[Way],
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for input in inputs {
        let way = &ways[input.way];
        found.extend(channels(audit, spec, input, way).or_else(|| size(spec, input, way)));
    }
    found
}

fn channels(audit: &Audit, spec: &ModelSpec, input: &ImageInput, way: &Way) -> Option<Diagnostic> {
    let ours = way.pipeline.output_channels() * input.sources.len();
    let theirs = input.layout.fixed[0].filter(|theirs| *theirs != ours)?;
    let section = match &way.input {
        None => audit.input_place,
        Some(name) => {
            let declared = spec.inputs.iter();
            let mut own = declared.filter(|one| one.name.value == *name);
            own.next().map(|one| one.name.span)
        }
    };
    let place = last(way, |step| matches!(step, Step::Channels(_))).or(section);
    let message = format!(
        "preprocessing gives {ours} channel(s), and input \"{}\" of the model takes {theirs}, so that every sample would fail",
        input.layout.input
    );
    Some(
        Diagnostic::error("input-size", message)
            .at(place.unwrap_or(spec.file.span))
            .help("`channels` says what is made of the decoded pixels: `rgb` and `bgr` give three, `repeat3` one stored channel three times, `gray`, `gray_bt601` and `gray_bt709` one"),
    )
}

fn size(spec: &ModelSpec, input: &ImageInput, way: &Way) -> Option<Diagnostic> {
    let layout = &input.layout;
    if layout.sliding_window.is_some() {
        return None;
    }
    let shape = way.pipeline.output_shape()?;
    let theirs = [layout.fixed[2], layout.fixed[3]];
    let mut pairs = [shape.rows, shape.columns].into_iter().zip(theirs);
    if pairs.all(|(ours, theirs)| theirs.is_none_or(|theirs| theirs == ours)) {
        return None;
    }
    let place = last(way, |step| {
        matches!(
            step,
            Step::Resize(_)
                | Step::Pad { .. }
                | Step::Crop(Crop::Center { .. } | Crop::Box { .. } | Crop::CenterSquare)
        )
    });
    let [rows, columns] = theirs.map(|size| size.map_or("any".to_owned(), |size| size.to_string()));
    let message = format!(
        "preprocessing gives {} rows and {} columns, and input \"{}\" of the model takes {rows} rows and {columns} columns, so that every sample would fail",
        shape.rows, shape.columns, layout.input
    );
    Some(
        Diagnostic::error("input-size", message)
            .at(place.unwrap_or(spec.file.span))
            .help("`width` is the number of columns, `height` of rows; libraries disagree on the order of a bare pair"),
    )
}

/// Where the last step of a kind stands.
fn last(way: &Way, wanted: impl Fn(&Step) -> bool) -> Option<Span> {
    let place = way.steps.iter().rposition(wanted)?;
    way.places.get(place).copied()
}
