//! `inferer` of a bundle as `model.sliding_window`.

use serde_json::Value;

use super::super::{numbers, short};
use super::call::{ANY, Accepted, Call};

/// Arguments that change no number, and those that are as they are here.
const ACCEPTED: [Accepted; 14] = [
    ("roi_size", ANY),
    ("overlap", ANY),
    ("mode", ANY),
    ("sw_batch_size", ANY),
    ("sw_device", ANY),
    ("progress", ANY),
    ("cache_roi_weight_map", ANY),
    ("cpu_thresh", ANY),
    ("buffer_steps", ANY),
    ("buffer_dim", ANY),
    ("sigma_scale", &["0.125"]),
    ("padding_mode", &["constant"]),
    ("cval", &["0", "0.0"]),
    ("with_coord", &["false"]),
];

/// The line under `model`; `None` where the network gets the whole volume.
pub(super) fn line(inferer: &Value) -> Option<String> {
    let written = match Call::of(inferer) {
        Some(call) if call.target.ends_with("SlidingWindowInferer") => sliding(&call),
        Some(call) if call.target.ends_with("SimpleInferer") && call.others(&[]).is_none() => {
            return None;
        }
        _ => Err(format!(
            "`inferer` is {}, which is not imported; remove the line if the network gets the whole volume",
            short(inferer)
        )),
    };
    let written = written.unwrap_or_else(|reason| {
        let todo = format!("TODO: {reason}");
        Value::from(todo).to_string()
    });
    Some(format!("sliding_window: {written}"))
}

/// MONAI's sizes are columns, rows, frames; the audit file's frames, rows, columns.
fn sliding(call: &Call<'_>) -> Result<String, String> {
    if let Some(others) = call.others(&ACCEPTED) {
        return Err(format!(
            "{}: {others} is not what is done here (Gaussian of an eighth of the window, volumes filled up with 0)",
            call.target
        ));
    }
    let roi = numbers(call.get("roi_size"))
        .filter(|roi| roi.len() == 3 && roi.iter().all(|size| *size >= 1.0 && size.fract() == 0.0));
    let overlap = call.get("overlap").map_or(Some(0.25), Value::as_f64);
    let blend = call.get("mode").map_or(Some("constant"), Value::as_str);
    match (roi.as_deref(), overlap, blend) {
        (
            Some(&[columns, rows, frames]),
            Some(overlap),
            Some(blend @ ("constant" | "gaussian")),
        ) if (0.0..1.0).contains(&overlap) => Ok(format!(
            "{{roi: [{frames}, {rows}, {columns}], overlap: {overlap}, blend: {blend}}}"
        )),
        _ => Err("roi_size, overlap or mode is an expression or not known".to_owned()),
    }
}
