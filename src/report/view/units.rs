//! Metrics with the unit that they count in, where the unit is the user's own.

use crate::tasks::{UNIT_OF_MEASUREMENT as UNIT, Unit, metric_text, task};

use super::super::index::Index;
use super::super::{names, words};

/// A metric's name, with the unit in which an endpoint (or the endpoint of a part) is measured.
pub(super) fn metric_name(index: &Index<'_>, endpoint: &str, metric: &str) -> String {
    match words::given_at(metric) {
        Some(("ppv_at_prevalence", share)) => return format!("PPV at a prevalence of {share}"),
        Some((_, share)) => return format!("NPV at a prevalence of {share}"),
        None => {}
    }
    let name = words::metric(metric);
    let own = metric_text(metric).map(|text| text.unit);
    match own.and_then(|own| unit(index, endpoint, own)) {
        Some(unit) => format!("{name} ({unit})"),
        None => name.to_owned(),
    }
}

/// The unit of a metric; `None` where it has none, or where the task knows no unit: grades.
fn unit(index: &Index<'_>, endpoint: &str, unit: Unit) -> Option<String> {
    if !matches!(unit, Unit::Own | Unit::OwnVolume) {
        return None;
    }
    let mut endpoints = index.result.methods.tasks.iter();
    let one = endpoints.find(|one| one.parts.iter().any(|part| part == endpoint))?;
    if task(&one.task)?.keys.iter().all(|key| key.name != UNIT) {
        return None;
    }
    let declared = one.declared.iter().find(|(key, _)| key == UNIT);
    Some(match (declared, unit) {
        (None, _) => "unit not declared".to_owned(),
        (Some((_, unit)), Unit::OwnVolume) => {
            let unit = names::name(unit);
            format!("{unit}\u{b2} of an image, {unit}\u{b3} of a volume")
        }
        (Some((_, unit)), _) => names::name(unit),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{example, html};
    use super::*;

    #[test]
    fn distances_have_the_declared_unit_and_shares_none() {
        let mut result = example::tasks_only();
        let name = |result: &_, metric: &str| {
            names::bare(&metric_name(&Index::new(result), "outline", metric)).into_owned()
        };
        assert_eq!(
            name(&result, "hd95"),
            "95% Hausdorff distance (unit not declared)"
        );
        assert_eq!(name(&result, "dice"), "Dice");
        result.methods.tasks[2].declared = vec![(UNIT.to_owned(), "pixels".to_owned())];
        assert_eq!(name(&result, "hd95"), "95% Hausdorff distance (pixels)");
        assert!(name(&result, "volume_bias").contains("pixels\u{b2} of an image"));
        // Grades have no unit.
        result.methods.tasks[2].task = "ordinal".to_owned();
        assert_eq!(name(&result, "mae"), "Mean absolute error");
        result.methods.tasks[2].task = "segmentation".to_owned();
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
