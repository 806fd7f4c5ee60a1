//! What the model was fed, as pictures: a contact sheet for every level of one attribute.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::cohort::{AttributeColumn, Cohort, OVERALL};
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
    let mut shown: Vec<Row> = Vec::new();
    for (attribute, level, samples) in levels(spec, cohort) {
        if hidden.holds_for_any(&attribute, &level) || shown.len() == MOST_LEVELS {
            continue;
        }
        let images = sample_among(&cohort.samples, &samples, each, audit.statistics.seed)
            .into_iter()
            // A file that cannot be read is told of among the failed samples.
            .filter_map(|sample| ready.images(cohort, sample).ok());
        let images: Vec<Vec<Image>> = images.collect();
        if !images.is_empty() {
            shown.push(Row {
                attribute,
                level,
                images,
            });
        }
    }
    let names = ready.image_inputs();
    let mut sheets = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let name = (names.len() > 1).then(|| (*name).to_owned());
        sheets.extend(of_input(&shown, place, name.as_deref())?);
    }
    Ok(sheets)
}

/// Images of one level: by sample, then by input.
struct Row {
    attribute: String,
    level: String,
    images: Vec<Vec<Image>>,
}

/// The sheets of one input, which share their black and white.
fn of_input(shown: &[Row], place: usize, input: Option<&str>) -> Result<Vec<ContactSheet>, String> {
    let of_row = |row: &Row| -> Vec<Image> {
        let images = row.images.iter();
        images
            .filter_map(|inputs| inputs.get(place).cloned())
            .collect()
    };
    let all = shown.iter().flat_map(|row| &row.images);
    let Some(tones) = Tones::of(all.filter_map(|inputs| inputs.get(place))) else {
        return Ok(Vec::new());
    };
    shown
        .iter()
        .map(|row| {
            let images = of_row(row);
            let sheet = contact_sheet(&images, tones)?;
            Ok(ContactSheet {
                attribute: row.attribute.clone(),
                level: row.level.clone(),
                input: input.map(str::to_owned),
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
