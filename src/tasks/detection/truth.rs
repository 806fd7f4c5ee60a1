//! The true boxes of an image and where they lie, out of the cells of the manifest.

use crate::metrics::detection::{BoundingBox, BoxFault};

use super::super::Inputs;

/// The true boxes of a sample, on the scale of the predicted ones; `None` where they are not known.
pub(super) fn true_boxes(
    inputs: &Inputs<'_>,
    row: usize,
    (across, down): (f64, f64),
) -> Result<Option<Vec<BoundingBox>>, (&'static str, String)> {
    let number = |key, text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or((key, format!("\"{text}\", expected a number")))
    };
    let boxed = |key, [x0, y0, x1, y1]: [f64; 4]| {
        BoundingBox::new([x0 * across, y0 * down, x1 * across, y1 * down]).map_err(|fault| {
            let why = match fault {
                BoxFault::Reversed(_) => {
                    "a box that ends before it starts, expected x0 <= x1 and y0 <= y1"
                }
                BoxFault::NotFinite(_) | BoxFault::Score(_) => {
                    "a box with a side that is no finite number"
                }
            };
            (key, format!("\"{x0} {y0} {x1} {y1}\", {why}"))
        })
    };
    if let Some(column) = inputs
        .columns
        .get("truth.boxes")
        .and_then(|all| all.first())
    {
        let Some(text) = column[row] else {
            return Ok(None);
        };
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Some(Vec::new()));
        }
        let mut boxes = Vec::new();
        for part in text.split(';') {
            let sides: Vec<f64> = part
                .split_whitespace()
                .map(|text| number("truth.boxes", text))
                .collect::<Result<_, _>>()?;
            let sides: [f64; 4] = sides.try_into().map_err(|_| {
                let message = format!("\"{text}\", expected four numbers a box, parted by `;`");
                ("truth.boxes", message)
            })?;
            boxes.push(boxed("truth.boxes", sides)?);
        }
        return Ok(Some(boxes));
    }
    let columns = inputs
        .columns
        .get("truth.box")
        .map_or(&[][..], Vec::as_slice);
    let cells: Vec<Option<&str>> = columns.iter().map(|column| column[row]).collect();
    match cells.iter().flatten().count() {
        0 => Ok(Some(Vec::new())),
        4 => {
            let sides: Vec<f64> = cells
                .iter()
                .flatten()
                .map(|text| number("truth.box", text))
                .collect::<Result<_, _>>()?;
            let sides: [f64; 4] = sides.try_into().unwrap_or([0.0; 4]);
            Ok(Some(vec![boxed("truth.box", sides)?]))
        }
        some => Err((
            "truth.box",
            format!("given by {some} of four numbers, expected all or none"),
        )),
    }
}

/// Which of the declared places each true box of a sample lies in; none where the cell is missing, so
/// that its boxes count in no place.
pub(super) fn places_of(
    inputs: &Inputs<'_>,
    row: usize,
    boxes: usize,
    places: &[String],
) -> Result<Vec<usize>, (&'static str, String)> {
    const KEY: &str = "truth.places";
    let Some(cell) = inputs.column(KEY).get(row).copied().flatten() else {
        return Ok(Vec::new());
    };
    let words: Vec<&str> = cell
        .split(';')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() != boxes {
        return Err((
            KEY,
            format!(
                "\"{cell}\", which gives {} for {}, expected one for each, parted by `;`",
                counted(words.len(), "place", "places"),
                counted(boxes, "box", "boxes")
            ),
        ));
    }
    words
        .into_iter()
        .map(|word| {
            let place = places.iter().position(|own| own == word);
            place.ok_or_else(|| {
                (
                    KEY,
                    format!("\"{word}\", expected one of {}", places.join(", ")),
                )
            })
        })
        .collect()
}

/// `1 box`, `2 boxes`.
fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
