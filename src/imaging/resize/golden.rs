//! Resizing against the stored results of the libraries themselves.

use std::collections::BTreeMap;

use super::Resizer;
use crate::config::preprocess::{
    InputKind, OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, TorchFilter,
};
use crate::imaging::image::{Image, Sample, any_type};
use crate::imaging::reference::shared;

struct Row {
    fields: BTreeMap<String, String>,
}

impl Row {
    fn get(&self, name: &str) -> &str {
        &self.fields[name]
    }
}

/// Rows of one library; none where the folder is absent, which then has been said.
fn rows(library: &str) -> Vec<Row> {
    let Some(folder) = shared("data/formats/resize") else {
        return Vec::new();
    };
    let text = std::fs::read_to_string(folder.join("resize_reference.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| Row {
            fields: names
                .iter()
                .map(|name| (*name).to_owned())
                .zip(line.split(',').map(str::to_owned))
                .collect(),
        })
        .filter(|row| row.get("library") == library)
        .collect()
}

fn load(path: &str) -> Image {
    let path = shared("data/formats/resize").unwrap().join(path);
    crate::imaging::decode(&std::fs::read(path).unwrap(), InputKind::Array)
        .unwrap()
        .image
}

fn resize(row: &Row, engine: ResizeEngine) -> (Image, Image) {
    let input = load(&format!("inputs/{}.npy", row.get("input")));
    let (height, width) = row.get("output_size").split_once('x').unwrap();
    let step = Resize {
        width: width.parse().unwrap(),
        height: height.parse().unwrap(),
        engine,
    };
    (
        Resizer::new(&step).apply(&input).unwrap(),
        load(row.get("file")),
    )
}

/// Share of differing samples, and the largest difference.
fn difference(ours: &Image, theirs: &Image) -> (f64, f64) {
    assert_eq!(
        (ours.rows, ours.columns, ours.channels),
        (theirs.rows, theirs.columns, theirs.channels)
    );
    let floats = |image: &Image| -> Vec<f64> {
        any_type!(&image.samples, values => values.iter().map(|v| v.to_f64()).collect())
    };
    let (ours, theirs) = (floats(ours), floats(theirs));
    let differences: Vec<f64> = ours
        .iter()
        .zip(&theirs)
        .map(|(a, b)| (a - b).abs())
        .collect();
    let differing = differences
        .iter()
        .filter(|&&difference| difference > 0.0)
        .count();
    (
        differing as f64 / ours.len() as f64,
        differences.into_iter().fold(0.0, f64::max),
    )
}

#[test]
fn pillow_12_and_13_are_followed_to_the_bit() {
    let mut compared = 0;
    for row in rows("pillow") {
        let filter = match row.get("filter") {
            "NEAREST" => PillowFilter::Nearest,
            "BOX" => PillowFilter::Box,
            "BILINEAR" => PillowFilter::Bilinear,
            "BICUBIC" => PillowFilter::Bicubic,
            _ => PillowFilter::Lanczos,
        };
        let version = if row.get("version").starts_with("13") {
            PillowVersion::V13
        } else {
            PillowVersion::V12
        };
        let (ours, theirs) = resize(&row, ResizeEngine::Pillow { filter, version });
        assert_eq!(
            ours.samples.dtype(),
            theirs.samples.dtype(),
            "{:?}",
            row.fields
        );
        assert_eq!(difference(&ours, &theirs), (0.0, 0.0), "{:?}", row.fields);
        compared += 1;
    }
    eprintln!("pillow: {compared} results compared, all equal");
}

#[test]
fn a_version_must_be_named_exactly_where_the_versions_differ() {
    let mut named = BTreeMap::new();
    for row in rows("pillow")
        .into_iter()
        .filter(|row| row.get("filter") == "BICUBIC" && row.get("input_dtype") == "uint8")
    {
        named
            .entry((
                row.get("input").to_owned(),
                row.get("output_size").to_owned(),
            ))
            .or_insert(Vec::new())
            .push(row);
    }
    for rows in named.into_values() {
        let differ = rows
            .iter()
            .any(|row| row.get("sha256") != rows[0].get("sha256"));
        let input = load(&format!("inputs/{}.npy", rows[0].get("input")));
        let (height, width) = rows[0].get("output_size").split_once('x').unwrap();
        let engine = ResizeEngine::Pillow {
            filter: PillowFilter::Bicubic,
            version: PillowVersion::Unnamed,
        };
        let step = Resize {
            width: width.parse().unwrap(),
            height: height.parse().unwrap(),
            engine,
        };
        let refused = Resizer::new(&step)
            .apply(&input)
            .is_err_and(|error| error.reason() == "pillow-version-needed");
        assert_eq!(refused, differ, "{:?}", rows[0].fields);
    }
}

#[test]
fn opencv_is_followed_to_the_bit_on_integers_but_for_ties_of_cubic() {
    let mut compared = 0;
    let mut worst = 0.0_f64;
    let mut failures = Vec::new();
    for row in rows("opencv")
        .into_iter()
        .filter(|row| row.get("version").starts_with('5'))
    {
        let filter = match row.get("filter") {
            "INTER_NEAREST" => OpenCvFilter::Nearest,
            "INTER_LINEAR" => OpenCvFilter::Bilinear,
            "INTER_CUBIC" => OpenCvFilter::Bicubic,
            _ => OpenCvFilter::Area,
        };
        let (ours, theirs) = resize(&row, ResizeEngine::OpenCv { filter });
        assert_eq!(
            ours.samples.dtype(),
            theirs.samples.dtype(),
            "{:?}",
            row.fields
        );
        let (share, largest) = difference(&ours, &theirs);
        let float = ours.samples.is_float();
        // IPP's cubic sums in 32 bits, so that a few near-ties fall to the other side.
        let (most_share, most) = match (float, filter) {
            (true, _) => (1.0, 1e-3),
            (false, OpenCvFilter::Bicubic) => (1e-3, 1.0),
            (false, _) => (0.0, 0.0),
        };
        if share > most_share || largest > most {
            failures.push(format!(
                "{} {} {} -> {}: {share} {largest}",
                row.get("filter"),
                row.get("input"),
                row.get("input_size"),
                row.get("output_size")
            ));
        }
        if float {
            worst = worst.max(largest);
        }
        compared += 1;
    }
    assert!(
        failures.is_empty(),
        "{} of {compared} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    eprintln!(
        "opencv: {compared} results compared; integers equal, floats differ by at most {worst:e}"
    );
}

#[test]
fn torch_is_followed_to_rounding() {
    let mut compared = 0;
    let mut worst = 0.0_f64;
    for row in rows("torch")
        .into_iter()
        .filter(|row| !row.get("options").contains("uint8"))
    {
        let filter = if row.get("filter") == "bicubic" {
            TorchFilter::Bicubic
        } else {
            TorchFilter::Bilinear
        };
        let antialias = row.get("options").contains("True");
        let (ours, theirs) = resize(&row, ResizeEngine::Torch { filter, antialias });
        let (_, largest) = difference(&ours, &theirs);
        let scale = theirs
            .samples
            .summary()
            .map_or(1.0, |summary| summary.max.abs().max(summary.min.abs()));
        assert!(
            largest <= 2e-6 * scale,
            "{:?}: {largest} at values up to {scale}",
            row.fields
        );
        worst = worst.max(largest / scale);
        compared += 1;
    }
    eprintln!("torch: {compared} results compared; at most {worst:e} of the largest value apart");
}
