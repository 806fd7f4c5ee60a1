//! `input` and `preprocess`: what is fed, and how it was prepared, which no file says by itself.

use crate::config::channels_word;
use crate::init::draft::Chosen;
use crate::init::files::{ImageFacts, Kind};
use crate::init::model::ImageInput;
use crate::init::write::{Lines, placeholder};

/// `input`.
pub(in crate::init) fn input(chosen: &Chosen<'_>, images: &ImageFacts, out: &mut Lines) {
    let known = &chosen.survey.known;
    out.blank();
    if !images.sizes.is_empty() {
        out.comment(
            0,
            &format!("Images looked at: {}.", images.sizes.join("; ")),
        );
    }
    for note in &images.notes {
        out.comment(0, &format!("Note: {note}"));
    }
    let kind = match (images.kind, known.kind) {
        (Some(kind), _) => kind.word().to_owned(),
        (None, Some(kind)) => kind.to_owned(),
        (None, None) => out.todo("raster, array, volume, dicom or dicom_series"),
    };
    let wanted = chosen
        .survey
        .model
        .images
        .first()
        .and_then(|image| image.channels);
    let channels = match (known.channels, wanted, images.channels) {
        (Some(channels), ..) => channels_word(channels).to_owned(),
        // One channel as stored is all that there is.
        (None, Some(1), Some(1)) => "gray".to_owned(),
        (None, Some(3), Some(1)) => "repeat3".to_owned(),
        (None, Some(3), Some(3 | 4)) => out.todo("rgb or bgr: the order of channels in training"),
        (None, Some(1), Some(3 | 4)) => {
            out.todo("gray_bt601 or gray_bt709: how colour became gray in training")
        }
        _ => out.todo("rgb, bgr, gray_bt601, gray_bt709, gray or repeat3"),
    };
    out.push(format!("input: {{kind: {kind}, channels: {channels}}}"));
}

/// `preprocess`.
pub(in crate::init) fn preprocess(chosen: &Chosen<'_>, images: &ImageFacts, out: &mut Lines) {
    let known = &chosen.survey.known;
    out.blank();
    if let Some(lines) = known.preprocess_lines() {
        let from = chosen
            .survey
            .preprocessor
            .as_deref()
            .unwrap_or("the model's metadata");
        out.comment(0, &format!("From {from}. Steps run in this order."));
        for note in &known.notes {
            if !note.starts_with("input ") && !note.starts_with("output ") {
                out.comment(0, &format!("Note: {note}"));
            }
        }
        for line in lines.lines {
            out.push(line);
        }
        for todo in lines.todos {
            out.todo(&todo);
        }
        return;
    }
    out.comment(
        0,
        "The steps that the model's makers used, in their order; a wrong one moves every score and no file \
         says which they were. `equipoise init --preprocessor FILE` or `equipoise import` takes them from \
         Hugging Face's preprocessor_config.json, a timm config.json or a MONAI bundle.",
    );
    let wanted = chosen.survey.model.images.first();
    let size = wanted.and_then(size_text).unwrap_or_default();
    let todo = out.todo(&format!(
        "the steps from pixels to the model's input, in order{size}"
    ));
    out.push(format!("preprocess: {todo}"));
    out.comment(
        0,
        "Often these, each with its library named (`preprocess: []` where nothing was done):",
    );
    for step in skeleton(wanted, images) {
        out.push(format!("#   - {step}"));
    }
}

fn size_text(image: &ImageInput) -> Option<String> {
    let (columns, rows) = (image.columns?, image.rows?);
    Some(format!(
        "; the model takes {columns} columns by {rows} rows"
    ))
}

/// Steps as a comment: uncommented they are still refused until each TODO is replaced.
fn skeleton(image: Option<&ImageInput>, images: &ImageFacts) -> Vec<String> {
    let mut steps = Vec::new();
    if matches!(images.kind, Some(Kind::Dicom | Kind::DicomSeries)) {
        steps.push("rescale                # stored values to the modality's unit".to_owned());
        let window = placeholder("first, lut, or {center, width}");
        steps.push(format!("window: {window}"));
    }
    let volume = image.is_some_and(|image| image.volume);
    if matches!(images.kind, Some(Kind::Volume)) || volume {
        let word = placeholder("monai, scipy or simpleitk");
        let mm = placeholder("mm");
        steps.push(format!("orient: {}", placeholder("RAS, LPS, ...")));
        steps.push(format!(
            "spacing: {{x: {mm}, y: {mm}, z: {mm}, engine: {word}, filter: linear}}"
        ));
    } else if let Some((columns, rows)) =
        image.and_then(|image| Some((image.columns?, image.rows?)))
    {
        let engine = placeholder("pillow, opencv, torch or skimage");
        let filter = placeholder("nearest, bilinear, bicubic, area, ...");
        steps.push(format!(
            "resize: {{width: {columns}, height: {rows}, engine: {engine}, filter: {filter}}}"
        ));
    }
    let bytes = image.is_some_and(|image| image.dtype == Some("u8"));
    if !bytes {
        if matches!(images.kind, Some(Kind::Raster)) {
            steps.push("scale: 1/255".to_owned());
        }
        let (mean, std) = (placeholder("one number a channel"), placeholder("the same"));
        steps.push(format!("normalize: {{mean: [{mean}], std: [{std}]}}"));
    }
    steps
}
