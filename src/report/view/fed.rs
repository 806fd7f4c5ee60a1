//! What the model was fed, by group.

use crate::assessment::{FedValues, LARGE_SHIFT};

use super::super::contact::{self, ShownSheet};
use super::super::error::ReportError;
use super::super::figures::{self, IntervalRow, Mark};
use super::super::index::Index;
use super::super::{format, names};
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::numbers::NONE;

/// The section about the preprocessed images.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let mut section = Section::new("fed", "What the model was fed");
    let all = &index.result.fed;
    if all.is_empty() {
        section.absent(
            "Not computed because the scores were read from a file: no image was opened. `equipoise run` computes it.",
        );
        return Ok(section);
    }
    section.say(format!(
        "Values of the images after preprocessing, as they entered the model. A scanner or site whose images are brighter, flatter or cut off \
         differs before the model sees a patient, and that difference can become one of the scores. A shift is the difference of a group\u{2019}s \
         images from all others in standard deviations between images; from {} on it is marked.",
        format::number(LARGE_SHIFT, 1)
    ));
    let channels = all.iter().map(|one| one.channel).max().unwrap_or(0) + 1;
    for channel in 0..channels {
        let found: Vec<&FedValues> = all.iter().filter(|one| one.channel == channel).collect();
        let name = if channels > 1 {
            format!("Channel {channel}")
        } else {
            "Values of the images".to_owned()
        };
        let svgs = figures::fed(
            &index.words,
            &format!("fed.{channel}"),
            &name,
            figure_rows(&found),
        )?;
        let note = "The numbers stand in the table below and in tables/fed.csv.";
        section.blocks.extend(
            Figure::parts(&format!("{name} by group"), note, svgs)
                .into_iter()
                .map(Block::Figure),
        );
        section.blocks.push(Block::Table(table(name, &found)));
    }
    let sheets = &index.result.contact_sheets;
    section.heading("Images");
    if sheets.is_empty() {
        section.absent(
            "Not shown because the audit file does not allow images in the report (`report: {images: true}`).",
        );
    } else {
        section.say(contact::reading(sheets, &names::name));
        let shown = sheets
            .iter()
            .map(|sheet| ShownSheet::new(sheet, &names::name))
            .collect();
        section.blocks.push(Block::Sheets(shown));
    }
    section.note(
        "Each image counts once: means and standard deviations are taken within an image first. \u{201c}At an end\u{201d} is the share of values \
         that equal the image\u{2019}s own least or largest value: cut off by a window or clip, or background.",
    );
    Ok(section)
}

fn figure_rows(found: &[&FedValues]) -> Vec<figures::Row> {
    let digits = digits(found);
    let mut rows = Vec::new();
    let mut attribute = "overall";
    for one in found {
        if one.attribute != attribute {
            attribute = &one.attribute;
            rows.push(figures::Row::Heading(names::attribute(attribute)));
        }
        let text = match (one.mean, one.sd_between) {
            (Some(mean), Some(sd)) => format!(
                "{} ({})",
                format::number(mean, digits),
                format::number(sd, digits)
            ),
            (Some(mean), None) => format::number(mean, digits),
            _ if one.n.is_none() => "withheld".to_owned(),
            _ => "no image".to_owned(),
        };
        let group = names::group(&one.attribute, &one.level);
        rows.push(figures::Row::Group(IntervalRow {
            label: names::level(&one.attribute, &one.level),
            title: format!("{group}: {text}"),
            value: one.mean.map(|mean| {
                let end = |side: f64| one.sd_between.map(|sd| mean + side * sd);
                (mean, end(-1.0), end(1.0))
            }),
            n: one.n,
            patients: None,
            text,
            mark: Mark::Plain,
            bound: None,
            overall: one.attribute == "overall",
        }));
    }
    rows
}

/// Decimals that show a hundredth of the standard deviation between images.
fn digits(found: &[&FedValues]) -> usize {
    let whole = found
        .first()
        .and_then(|one| one.sd_between.or(one.sd_within));
    let scale = whole.filter(|sd| *sd > 0.0).unwrap_or(1.0);
    (2.0 - scale.log10().floor()).clamp(0.0, 6.0) as usize
}

fn table(caption: String, found: &[&FedValues]) -> Table {
    let digits = digits(found);
    let dash = || NONE.to_owned();
    let number = |value: Option<f64>| value.map_or_else(dash, |v| format::number(v, digits));
    let rows = found
        .iter()
        .map(|one| {
            let shift = one
                .shift
                .map_or_else(dash, |shift| format::signed(shift, 2));
            let is_large = one.shift.is_some_and(|shift| shift.abs() >= LARGE_SHIFT);
            Row::of_group(
                &one.attribute,
                vec![
                    Cell::new(names::group(&one.attribute, &one.level)),
                    Cell::new(format::count_shown(one.n)),
                    Cell::new(number(one.mean)).with_class("strong"),
                    Cell::new(number(one.sd_between)),
                    Cell::new(number(one.sd_within)),
                    Cell::new(number(one.min)),
                    Cell::new(number(one.max)),
                    Cell::new(one.at_an_end.map_or_else(dash, format::share_of_one)),
                    Cell::new(format::count_shown(one.constant)),
                    Cell::new(if is_large {
                        format!("{shift} (large)")
                    } else {
                        shift
                    }),
                ],
            )
        })
        .collect();
    Table {
        caption,
        class: "metric",
        columns: vec![
            Column::group("Group"),
            Column::number("Images"),
            Column::number("Mean"),
            Column::number("SD between images"),
            Column::number("SD within"),
            Column::number("Least"),
            Column::number("Largest"),
            Column::number("At an end"),
            Column::number("Constant images"),
            Column::number("Shift"),
        ],
        rows,
        ..Table::default()
    }
}
