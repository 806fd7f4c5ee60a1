//! `model.inputs`: images, and numbers out of columns of the table.

use super::super::audit::{
    Coding, Dtype, Feed, ImageFeed, ImageWay, Layout, ModelInput, NumberType, TableFeed,
    TabularColumn,
};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::super::located::Located;
use super::super::preprocess::InputSpec;
use super::Need;
use super::reader::{Section, Value};
use super::steps::{self, fraction};

const LAYOUTS: [(&str, Layout); 6] = [
    ("NCHW", Layout::Nchw),
    ("NHWC", Layout::Nhwc),
    ("NCDHW", Layout::Ncdhw),
    ("NDHWC", Layout::Ndhwc),
    ("NCWHD", Layout::Ncwhd),
    ("NWHDC", Layout::Nwhdc),
];
const DTYPES: [(&str, Dtype); 3] = [("f32", Dtype::F32), ("f16", Dtype::F16), ("u8", Dtype::U8)];
const NUMBERS: [(&str, NumberType); 7] = [
    ("f32", NumberType::F32),
    ("f16", NumberType::F16),
    ("f64", NumberType::F64),
    ("i64", NumberType::I64),
    ("i32", NumberType::I32),
    ("u8", NumberType::U8),
    ("bool", NumberType::Bool),
];
/// Keys of a column that may stand beside `column` in the input itself.
const OF_COLUMN: [&str; 5] = ["offset", "scale", "map", "other", "missing"];
/// Those of them that an input of images has no use for.
const OF_NUMBERS: [&str; 4] = ["offset", "scale", "map", "other"];

/// The declared inputs. Where no model runs, those of columns are checked and left out: stored
/// scores need no column that only the model reads. `common`: what an image is where an input does not
/// say otherwise.
pub(super) fn inputs(value: &Value<'_>, common: Option<InputSpec>) -> Option<Vec<ModelInput>> {
    let mut inputs = Vec::new();
    let mut complete = true;
    for (name, value) in value.named("declared inputs")? {
        match value
            .section(&keys::MODEL_INPUT)
            .and_then(|section| feed(&section, common))
        {
            Some(feed) => inputs.push(ModelInput { name, feed }),
            None => complete = false,
        }
    }
    if value.cx.need == Need::Scores {
        inputs.retain(|input| matches!(input.feed, Feed::Image(_)));
    }
    complete.then_some(inputs)
}

/// Stored scores need no column of images that only the model reads.
pub(super) fn without_image_columns(inputs: &mut [ModelInput]) {
    for input in inputs {
        if let Feed::Image(feed) = &mut input.feed {
            feed.images.clear();
        }
    }
}

fn feed(section: &Section<'_>, common: Option<InputSpec>) -> Option<Feed> {
    let (one, several) = (section.get("column"), section.get("columns"));
    match (&one, &several) {
        (None, None) => image(section, common).map(Feed::Image),
        (Some(_), Some(several)) => {
            several.cx.report(
                Diagnostic::error(
                    "contradiction",
                    format!("`{}` has `column` and `columns`", section.value.path),
                )
                .at(several.key)
                .help("write `column` for an input of one number, `columns` for several"),
            );
            None
        }
        _ => table(section, several.as_ref()).map(Feed::Table),
    }
}

/// Refuses keys that mean nothing for this kind of input.
fn refuse(section: &Section<'_>, keys: &[&'static str], why: &str, help: &str) -> bool {
    let mut none = true;
    for value in keys.iter().filter_map(|key| section.get(key)) {
        none = false;
        let key = value.path.rsplit('.').next().unwrap_or_default();
        let message = format!("`{key}` in `{}` {why}", section.value.path);
        value.cx.report(
            Diagnostic::error("contradiction", message)
                .at(value.key)
                .help(help),
        );
    }
    none
}

fn image(section: &Section<'_>, common: Option<InputSpec>) -> Option<ImageFeed> {
    let mut fits = refuse(
        section,
        &OF_NUMBERS,
        "is for a column, and the input names none",
        "name it: `{column: age, scale: 0.01}`; an input without a column is fed the image",
    );
    let layout = match section.get("layout") {
        None => Some(None),
        Some(value) => value.choice(&LAYOUTS, &["CHW", "HWC", "NHW"]).map(Some),
    };
    let view = match section.get("view") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let later = [
        "f64", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "bool",
    ];
    let dtype = match section.get("dtype") {
        None => Some(None),
        Some(value) => value.choice(&DTYPES, &later).map(Some),
    };
    let images = match section.get("image") {
        None => {
            fits &= refuse(
                section,
                &["missing"],
                "is for a column, and the input names none",
                "name the column of images: `{image: t2_path, missing: 0}`; of exams `cohort.exam.missing` says what is fed",
            );
            Some(Vec::new())
        }
        Some(value) => {
            fits &= refuse(
                section,
                &["view"],
                "is an image of an exam, which has a row of its own, and `image` names a column of one row",
                "keep one of them",
            );
            image_columns(&value)
        }
    };
    let missing = number(section, "missing");
    let way = way(section, common);
    let feed = ImageFeed {
        layout: layout?,
        dtype: dtype?,
        view: view?,
        images: images?,
        missing: missing?,
        way: way?,
    };
    fits.then_some(feed)
}

fn image_columns(value: &Value<'_>) -> Option<Vec<Located<String>>> {
    let names: Vec<Option<Located<String>>> = value.one_or_list().iter().map(Value::name).collect();
    let names: Vec<Located<String>> = names.into_iter().collect::<Option<_>>()?;
    if names.is_empty() {
        let message = format!("`{}` has 0 entries, expected at least 1", value.path);
        value.error("too-few", message, "");
        return None;
    }
    Some(names)
}

/// An input's own way from a file to numbers. `Some(None)`: it is the audit's.
fn way(section: &Section<'_>, common: Option<InputSpec>) -> Option<Option<ImageWay>> {
    let own = section.get("input");
    let Some(list) = section.get("preprocess") else {
        let Some(own) = own else {
            return Some(None);
        };
        steps::input(&own);
        section.required(
            "preprocess",
            "steps fit one kind of image: list this input's own; `preprocess: []` if there is none",
        );
        return None;
    };
    let input = match own {
        None => common,
        Some(value) => Some(steps::input(&value)?),
    };
    let (steps, places) = steps::preprocess(&list, input)?;
    Some(input.map(|input| ImageWay {
        input,
        steps,
        places,
    }))
}

fn table(section: &Section<'_>, several: Option<&Value<'_>>) -> Option<TableFeed> {
    let mut fits = refuse(
        section,
        &["layout", "view", "image", "input", "preprocess"],
        "is for images, and the input is fed columns",
        "leave it out; `columns` gives the order of the numbers",
    );
    let columns = match several {
        None => column(section).map(|column| vec![column]),
        Some(value) => {
            fits &= refuse(
                section,
                &OF_COLUMN,
                "is for one column, and the input has a list of them",
                "write it beside the column that it is for: `columns: [{column: age, scale: 0.01}]`",
            );
            columns(value)
        }
    };
    let dtype = match section.get("dtype") {
        None => Some(None),
        Some(value) => value
            .choice(&NUMBERS, &["i8", "u16", "i16", "u32", "u64"])
            .map(Some),
    };
    let feed = TableFeed {
        columns: columns?,
        dtype: dtype?,
    };
    fits.then_some(feed)
}

fn columns(value: &Value<'_>) -> Option<Vec<TabularColumn>> {
    let columns: Vec<Option<TabularColumn>> = value
        .list("columns such as `{column: age, scale: 0.01}`")?
        .iter()
        .map(|value| column(&value.section(&keys::MODEL_INPUT_COLUMN)?))
        .collect();
    if columns.is_empty() {
        let message = format!("`{}` has 0 entries, expected at least 1", value.path);
        value.error("too-few", message, "");
        return None;
    }
    columns.into_iter().collect()
}

fn column(section: &Section<'_>) -> Option<TabularColumn> {
    let column = section
        .required("column", "name the column: `column: age`")
        .and_then(|value| value.name());
    let coding = match section.get("map") {
        Some(map) => {
            let fits = refuse(
                section,
                &["offset", "scale"],
                "is for numbers, and the column has a `map` from texts",
                "write the scaled numbers into `map`",
            );
            categorical(&map, section).filter(|_| fits)
        }
        None => {
            let fits = refuse(
                section,
                &["other"],
                "is for levels that a `map` leaves out, and the column has none",
                "write a `map`, or leave `other` out; `missing` is for missing values",
            );
            numeric(section).filter(|_| fits)
        }
    };
    let missing = number(section, "missing");
    Some(TabularColumn {
        column: column?,
        coding: coding?,
        missing: missing?,
    })
}

/// `Some(None)` where the key is not given.
fn number(section: &Section<'_>, key: &str) -> Option<Option<f64>> {
    match section.get(key) {
        None => Some(None),
        Some(value) => value.number().map(Some),
    }
}

fn numeric(section: &Section<'_>) -> Option<Coding> {
    let offset = number(section, "offset");
    let scale = match section.get("scale") {
        None => Some((1.0, 1.0)),
        Some(value) => fraction(&value),
    };
    let (numerator, denominator) = scale?;
    Some(Coding::Numeric {
        offset: offset?.unwrap_or(0.0),
        numerator,
        denominator,
    })
}

fn categorical(map: &Value<'_>, section: &Section<'_>) -> Option<Coding> {
    let levels: Option<Vec<_>> = map.named("numbers").and_then(|named| {
        let numbers: Vec<Option<_>> = named
            .into_iter()
            .map(|(level, value)| value.number().map(|number| (level, number)))
            .collect();
        numbers.into_iter().collect()
    });
    let other = number(section, "other");
    let levels = levels?;
    if levels.is_empty() {
        let message = format!("`{}` has 0 entries, expected at least 1", map.path);
        map.error("too-few", message, "");
        return None;
    }
    Some(Coding::Categorical {
        levels,
        other: other?,
    })
}
