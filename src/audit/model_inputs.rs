//! The model's inputs, in the shapes of `results.json`.

use crate::config::{Coding, Feed, ImageFeed, Layout, TabularColumn};
use crate::inference::{ImageInput, TableLayout};
use crate::report::{InputColumnSummary, LevelNumber, ModelInputSummary};

use super::model::Ready;

/// All inputs, those of images first.
pub(super) fn summary(ready: &Ready) -> Vec<ModelInputSummary> {
    let images = ready.inputs.images.iter();
    let images = images.map(|input| {
        let mut feeds = ready.spec().image_feeds();
        let feed = feeds.find(|(name, _)| *name == input.layout.input);
        image(input, feed.map(|(_, feed)| feed))
    });
    let tables = ready.inputs.tables.iter();
    images
        .chain(tables.map(|table| of_columns(table, ready)))
        .collect()
}

fn image(input: &ImageInput, feed: Option<&ImageFeed>) -> ModelInputSummary {
    let layout = match input.layout.layout {
        Layout::Nchw => "NCHW",
        Layout::Nhwc => "NHWC",
        Layout::Ncdhw => "NCDHW",
        Layout::Ndhwc => "NDHWC",
        Layout::Ncwhd => "NCWHD",
        Layout::Nwhdc => "NWHDC",
    };
    ModelInputSummary {
        name: input.layout.input.clone(),
        dtype: input.layout.dtype.word().to_owned(),
        layout: Some(layout.to_owned()),
        view: feed.and_then(|feed| Some(feed.view.as_ref()?.value.clone())),
        images: feed.map_or(Vec::new(), |feed| {
            feed.images.iter().map(|one| one.value.clone()).collect()
        }),
        missing: feed.and_then(|feed| feed.missing),
        columns: Vec::new(),
    }
}

fn of_columns(table: &TableLayout, ready: &Ready) -> ModelInputSummary {
    let declared = ready.spec().inputs.iter();
    let columns = declared
        .filter(|input| input.name.value == table.input)
        .flat_map(|input| match &input.feed {
            Feed::Table(feed) => feed.columns.as_slice(),
            Feed::Image(_) => &[],
        })
        .map(column)
        .collect();
    ModelInputSummary {
        name: table.input.clone(),
        dtype: table.dtype.word().to_owned(),
        layout: None,
        view: None,
        images: Vec::new(),
        missing: None,
        columns,
    }
}

fn column(declared: &TabularColumn) -> InputColumnSummary {
    let mut summary = InputColumnSummary {
        column: declared.column.value.clone(),
        offset: None,
        scale: None,
        levels: Vec::new(),
        other: None,
        missing: declared.missing,
    };
    match &declared.coding {
        Coding::Numeric {
            offset,
            numerator,
            denominator,
        } => {
            summary.offset = Some(*offset);
            summary.scale = Some(numerator / denominator);
        }
        Coding::Categorical { levels, other } => {
            let levels = levels.iter().map(|(level, number)| LevelNumber {
                level: level.value.clone(),
                number: *number,
            });
            summary.levels = levels.collect();
            summary.other = *other;
        }
    }
    summary
}
