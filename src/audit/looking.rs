//! What the model was fed, as pictures: a contact sheet for every level of one attribute.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cohort::{AttributeColumn, Cohort, OVERALL, image_path};
use crate::config::{Audit, ReportSpec};
use crate::disclosure::Hidden;
use crate::imaging::{Image, Tones, contact_sheet};
use crate::report::ContactSheet;
use crate::reproducibility::sample_among;

use super::model::Ready;

/// Images of a level in a report.
pub(super) const IN_REPORT: usize = 6;
/// Levels at most.
const MOST_LEVELS: usize = 40;
/// Attributes that are looked for where the audit file names none.
const USUAL: [&str; 4] = ["site", "scanner", "manufacturer", "device"];

/// Sheets of the levels that are not withheld. Which images of a level are shown is decided by the
/// hash of their ids. None where the audit file allows no images.
pub(super) fn contact_sheets(
    audit: &Audit,
    cohort: &Cohort,
    hidden: &Hidden,
    ready: &Ready,
    each: usize,
) -> Result<Vec<ContactSheet>, String> {
    let Some(spec) = audit.report.as_ref().filter(|spec| spec.images) else {
        return Ok(Vec::new());
    };
    let mut shown: Vec<(String, String, Vec<Image>)> = Vec::new();
    for (attribute, level, samples) in levels(spec, cohort) {
        if hidden.holds_for_any(&attribute, &level) || shown.len() == MOST_LEVELS {
            continue;
        }
        let images = sample_among(&cohort.samples, &samples, each, audit.statistics.seed)
            .into_iter()
            .filter_map(|sample| {
                let path = image_path(ready.root(), &cohort.images[sample]);
                // A file that cannot be read is told of among the failed samples.
                ready.image(&path).ok()
            });
        let images: Vec<Image> = images.collect();
        if !images.is_empty() {
            shown.push((attribute, level, images));
        }
    }
    let all = shown.iter().flat_map(|(_, _, images)| images);
    let Some(tones) = Tones::of(all) else {
        return Ok(Vec::new());
    };
    shown
        .into_iter()
        .map(|(attribute, level, images)| {
            let sheet = contact_sheet(&images, tones)?;
            Ok(ContactSheet {
                attribute,
                level,
                images: images.len() as u64,
                low: tones.low,
                high: tones.high,
                width: sheet.width as u64,
                height: sheet.height as u64,
                png: STANDARD.encode(&sheet.png),
            })
        })
        .collect()
}

/// Attribute, level and samples of each sheet.
fn levels(spec: &ReportSpec, cohort: &Cohort) -> Vec<(String, String, Vec<usize>)> {
    let named = |name: &str| cohort.attributes.iter().find(|one| one.name == name);
    let chosen: Option<&AttributeColumn> = match &spec.images_by {
        Some(name) => named(name),
        None => USUAL
            .iter()
            .find_map(|name| named(name))
            .or(cohort.attributes.first()),
    };
    let Some(attribute) = chosen else {
        let everyone = (0..cohort.len()).collect();
        return vec![(OVERALL.to_owned(), "all".to_owned(), everyone)];
    };
    let of_level = |level: usize| -> Vec<usize> {
        (0..cohort.len())
            .filter(|sample| usize::from(attribute.codes[*sample]) == level)
            .collect()
    };
    attribute
        .levels
        .iter()
        .enumerate()
        .map(|(level, name)| (attribute.name.clone(), name.clone(), of_level(level)))
        .collect()
}
