//! What `equipoise inspect` says, as text.

use crate::imaging::describe::{Description, Facts, SeriesDescription};
use crate::imaging::dicom;

use super::inspect::{Inspected, TensorDescription};

/// A block of lines: the file's name, then one line a fact.
pub(super) fn text(inspected: &Inspected) -> String {
    let mut lines = vec![inspected.file.clone()];
    let mut add = |name: &str, value: String| lines.push(format!("  {name:<16} {value}"));
    match &inspected.facts {
        Some(Facts::File(found)) => of_description(found, &mut add),
        Some(Facts::Dicom(found)) => of_dicom(found, &mut add),
        Some(Facts::Series(found)) => of_series(found, &mut add),
        None => {}
    }
    if let Some(tensor) = &inspected.tensor {
        of_tensor(tensor, &mut add);
    }
    for one in &inspected.tensors {
        add("input", one.input.clone());
        match (&one.tensor, &one.refusal) {
            (Some(tensor), _) => of_tensor(tensor, &mut add),
            (None, Some(refusal)) => add("not taken", refusal.error.clone()),
            (None, None) => {}
        }
    }
    if let Some(refusal) = &inspected.refusal {
        add("error", refusal.error.clone());
        add(
            "reason",
            format!("{} (step: {})", refusal.reason, refusal.step),
        );
    }
    lines.join("\n") + "\n"
}

fn of_tensor(tensor: &TensorDescription, add: &mut impl FnMut(&str, String)) {
    add(
        "tensor",
        format!("{} {}", shape(&tensor.shape), tensor.dtype),
    );
    let values = values(tensor.min, tensor.max, tensor.mean, tensor.nonfinite);
    add("tensor values", values);
    add("tensor sha256", tensor.sha256.clone());
}

fn of_description(found: &Description, add: &mut impl FnMut(&str, String)) {
    add(
        "format",
        format!("{}, read by {}", found.format, found.decoder),
    );
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            add(name, value);
        }
    };
    let order = found
        .byte_order
        .map_or(String::new(), |order| format!(", {order}-endian"));
    let stored = format!(
        "{} {}, {} bits{order}",
        shape(&found.shape),
        found.dtype,
        found.bits
    );
    optional("shape", Some(stored));
    let units = found.units.unwrap_or_default();
    optional(
        "spacing",
        found
            .spacing
            .as_deref()
            .map(|values| format!("{} {units}", numbers(values))),
    );
    optional(
        "by the affine",
        found.affine_spacing.as_deref().map(numbers),
    );
    optional("orientation", found.orientation.clone());
    optional("affine", found.affine.as_deref().map(numbers));
    if let (Some(sform), Some(qform)) = (found.sform_code, found.qform_code) {
        optional("sform, qform", Some(format!("{sform}, {qform}")));
    }
    if let (Some(slope), Some(intercept)) = (found.slope, found.intercept) {
        optional("scaling", Some(format!("stored * {slope} + {intercept}")));
    }
    let shown = values(found.minimum, found.maximum, found.mean, found.nonfinite);
    optional("values", Some(shown));
    optional("sha256", found.sha256.clone());
    optional("rgb sha256", found.rgb_sha256.clone());
    if let (Some(axes), Some(sha256)) = (&found.ras_shape, &found.ras_sha256) {
        optional("ras sha256", Some(format!("{sha256} ({})", shape(axes))));
    }
    if let Some(read) = &found.read_as {
        let line = format!(
            "{} {}, sha256 {}",
            shape(&read.shape),
            read.dtype,
            read.sha256
        );
        optional("fed as", Some(line));
    }
    for note in &found.notes {
        optional("note", Some(note.clone()));
    }
}

fn of_dicom(found: &dicom::Description, add: &mut impl FnMut(&str, String)) {
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            add(name, value);
        }
    };
    let by = found
        .decoder
        .map_or_else(String::new, |decoder| format!(", pixels by {decoder}"));
    optional("format", Some(format!("{}{by}", found.format)));
    let syntax = found.transfer_syntax.as_ref();
    optional(
        "transfer syntax",
        syntax.or(found.transfer_syntax_uid.as_ref()).cloned(),
    );
    optional("photometric", found.photometric_interpretation.clone());
    optional(
        "shape",
        found
            .shape
            .map(|lengths| format!("{} (frames x rows x columns x samples)", shape(&lengths))),
    );
    if let (Some(allocated), Some(stored), Some(high), Some(signed)) = (
        found.bits_allocated,
        found.bits_stored,
        found.high_bit,
        found.signed,
    ) {
        let sign = if signed { "signed" } else { "unsigned" };
        optional(
            "bits",
            Some(format!("{stored} of {allocated}, high bit {high}, {sign}")),
        );
    }
    if let (Some(spacing), Some(from)) = (&found.spacing, found.spacing_from) {
        optional("spacing", Some(format!("{} mm ({from})", numbers(spacing))));
    }
    optional("orientation", found.orientation.as_deref().map(numbers));
    optional("position", found.position.as_deref().map(numbers));
    optional(
        "window",
        found.window.as_ref().map(|window| {
            let (center, width) = (window.center, window.width);
            format!("center {center}, width {width}, {}", window.function)
        }),
    );
    let range = |least, most, mean| match (least, most, mean) {
        (None, None, None) => None,
        _ => Some(values(least, most, mean, 0)),
    };
    optional(
        "stored values",
        range(found.minimum, found.maximum, found.mean),
    );
    optional(
        "modality values",
        range(
            found.modality_minimum,
            found.modality_maximum,
            found.modality_mean,
        ),
    );
    optional("raw sha256", found.raw_sha256.clone());
    optional("modality sha256", found.modality_sha256.clone());
    optional("voi sha256", found.voi_sha256.clone());
    optional("voi lut sha256", found.voi_lut_sha256.clone());
    optional("rgb sha256", found.rgb_sha256.clone());
    for note in &found.notes {
        optional("note", Some(note.clone()));
    }
}

fn of_series(found: &SeriesDescription, add: &mut impl FnMut(&str, String)) {
    let mut optional = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            add(name, value);
        }
    };
    let names = |files: &[String]| (!files.is_empty()).then(|| files.join(" "));
    let number = found.series_index;
    let counted = format!(
        "{}, number {number} of the folder, {} files",
        found.format, found.files
    );
    optional("format", Some(counted));
    optional(
        "shape",
        found
            .shape
            .map(|lengths| format!("{} (slices x rows x columns)", shape(&lengths))),
    );
    optional(
        "orientation",
        found.orientation.map(|cosines| numbers(&cosines)),
    );
    if let (Some(median), Some(least), Some(most)) =
        (found.spacing, found.spacing_min, found.spacing_max)
    {
        let (median, least, most) = (short(median), short(least), short(most));
        optional(
            "spacing",
            Some(format!("{median} mm, from {least} to {most}")),
        );
    }
    optional(
        "tilt",
        found
            .tilt_deg
            .map(|degrees| format!("{} degrees", short(degrees))),
    );
    optional(
        "flags",
        (!found.flags.is_empty()).then(|| found.flags.join(", ")),
    );
    optional("order", names(&found.order));
    optional("z", Some(numbers(&found.z)));
    optional("without position", names(&found.without_position));
    optional("localizers", names(&found.localizers));
    optional("copies", names(&found.copies));
    optional("ignored", names(&found.ignored));
    if found.mean.is_some() {
        let shown = values(found.minimum, found.maximum, found.mean, 0);
        optional("modality values", Some(shown));
    }
    optional("raw sha256", found.raw_sha256.clone());
    optional("modality sha256", found.modality_sha256.clone());
    for note in &found.notes {
        optional("note", Some(note.clone()));
    }
}

fn shape(lengths: &[usize]) -> String {
    let lengths: Vec<String> = lengths.iter().map(usize::to_string).collect();
    lengths.join(" x ")
}

fn numbers(values: &[f64]) -> String {
    let values: Vec<String> = values.iter().map(|value| short(*value)).collect();
    values.join(" ")
}

/// Six digits are enough to read; JSON has them all.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".to_owned()
    } else {
        text.to_owned()
    }
}

fn values(min: Option<f64>, max: Option<f64>, mean: Option<f64>, nonfinite: usize) -> String {
    let known = match (min, max, mean) {
        (Some(min), Some(max), Some(mean)) => {
            format!("{} to {}, mean {}", short(min), short(max), short(mean))
        }
        _ => "none is finite".to_owned(),
    };
    match nonfinite {
        0 => known,
        count => format!("{known}, {count} NaN or infinite"),
    }
}
