//! The steps `orient` and `spacing` of volumes.

use super::super::diagnostic::quoted;
use super::super::keys;
use super::super::preprocess::{Orientation, Spacing, SpacingEngine, SpacingFilter, Step};
use super::reader::{Section, Value};

pub(super) fn orient(value: &Value<'_>) -> Option<Step> {
    let code = value.text()?;
    let orientation = Orientation::parse(&code);
    if orientation.is_none() {
        let message = format!(
            "`{}` is {}, expected a code such as RAS",
            value.path,
            quoted(&code)
        );
        let help = "one capital letter each of R or L, A or P, S or I: where columns, rows and \
                    frames grow to";
        value.error("orientation", message, help);
    }
    orientation.map(Step::Orient)
}

/// The library is named, since libraries disagree on how many voxels there are afterwards and
/// where they lie.
pub(super) fn spacing(value: &Value<'_>) -> Option<Step> {
    if value.is_list() {
        value.error(
            "bare-list",
            "`spacing` is a list, expected `x`, `y` and `z` by name",
            "write `spacing: {x: 1, y: 1, z: 2, engine: monai, filter: linear}`; \
             libraries disagree on the order of a bare list",
        );
        return None;
    }
    let section = value.section(&keys::SPACING)?;
    let distances = ["x", "y", "z"].map(|axis| distance(&section, axis));
    let engines = [
        ("monai", SpacingEngine::Monai),
        ("scipy", SpacingEngine::Scipy),
        ("simpleitk", SpacingEngine::SimpleItk),
    ];
    let engine = section
        .required(
            "engine",
            "name the library that the model's makers resampled with: monai, scipy or simpleitk",
        )
        .and_then(|value| value.choice(&engines, &[]));
    let filters = [
        ("nearest", SpacingFilter::Nearest),
        ("linear", SpacingFilter::Linear),
    ];
    let filter = section
        .required("filter", "name the filter: nearest or linear")
        .and_then(|value| value.choice(&filters, &["bspline", "cubic"]));
    let [x, y, z] = distances;
    Some(Step::Spacing(Spacing {
        distances: [x?, y?, z?],
        engine: engine?,
        filter: filter?,
    }))
}

fn distance(section: &Section<'_>, axis: &str) -> Option<f64> {
    section
        .required(axis, "give the distance of voxels in mm along every axis")
        .and_then(|value| value.number_in("above 0", |distance| distance > 0.0))
}
