//! Metrics with the unit that they count in, where the unit is the user's own.

use crate::tasks::{Unit, metric_text};

use super::super::index::Index;
use super::super::words;

/// Key under which an endpoint declares the unit of its truth.
const UNIT: &str = "unit_of_measurement";

/// A metric's name, with the unit in which an endpoint (or the endpoint of a part) is measured.
pub(super) fn metric_name(index: &Index<'_>, endpoint: &str, metric: &str) -> String {
    let name = words::metric(metric);
    match metric_text(metric).map(|text| text.unit) {
        Some(own @ (Unit::Own | Unit::OwnVolume)) => {
            format!("{name} ({})", unit(index, endpoint, own))
        }
        _ => name.to_owned(),
    }
}

fn unit(index: &Index<'_>, endpoint: &str, unit: Unit) -> String {
    let mut tasks = index.result.methods.tasks.iter();
    let task = tasks.find(|task| task.name == endpoint || task.parts.iter().any(|p| p == endpoint));
    let declared = task.and_then(|task| task.declared.iter().find(|(key, _)| key == UNIT).cloned());
    match (declared, unit) {
        (None, _) => "unit not declared".to_owned(),
        (Some((_, unit)), Unit::OwnVolume) => {
            format!("{unit}\u{b2} of an image, {unit}\u{b3} of a volume")
        }
        (Some((_, unit)), _) => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{example, html};
    use super::*;

    #[test]
    fn distances_have_the_declared_unit_and_shares_none() {
        let mut result = example::tasks_only();
        let name = |result: &_, metric: &str| metric_name(&Index::new(result), "outline", metric);
        assert_eq!(
            name(&result, "hd95"),
            "95% Hausdorff distance (unit not declared)"
        );
        assert_eq!(name(&result, "dice"), "Dice");
        result.methods.tasks[2].declared = vec![(UNIT.to_owned(), "pixels".to_owned())];
        assert_eq!(name(&result, "hd95"), "95% Hausdorff distance (pixels)");
        assert!(name(&result, "volume_bias").contains("pixels\u{b2} of an image"));
        // In figure, table of the metric and overview.
        let page = html(&result).unwrap();
        for place in [
            "95% Hausdorff distance (pixels) \u{b7} outline by group",
            "95% Hausdorff distance (pixels) \u{2193}",
        ] {
            assert!(page.contains(place), "{place}");
        }
        assert!(!page.contains("unit not declared"));
    }
}
