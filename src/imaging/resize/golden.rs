//! Resizing against the stored results of the libraries themselves.

use std::collections::BTreeMap;

use super::Resizer;
use crate::config::preprocess::{
    InputKind, OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize,
    SideRounding, SkimageFilter, TorchFilter,
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
        size: ResizeSize::Exact {
            width: width.parse().unwrap(),
            height: height.parse().unwrap(),
        },
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
            "LANCZOS" => PillowFilter::Lanczos,
            other => panic!("{other}: no such filter is known"),
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
            size: ResizeSize::Exact {
                width: width.parse().unwrap(),
                height: height.parse().unwrap(),
            },
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
    for row in rows("opencv") {
        let filter = match row.get("filter") {
            "INTER_NEAREST" => OpenCvFilter::Nearest,
            "INTER_LINEAR" => OpenCvFilter::Bilinear,
            "INTER_CUBIC" => OpenCvFilter::Bicubic,
            "INTER_AREA" => OpenCvFilter::Area,
            other => panic!("{other}: no such filter is known"),
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
fn torch_is_followed_to_rounding_and_on_bytes_to_the_bit() {
    let mut compared = [0; 2];
    let mut worst = 0.0_f64;
    for row in rows("torch") {
        let bytes = row.get("options").contains("uint8");
        let antialias = row.get("options").contains("antialias=True");
        let filter = match row.get("filter") {
            "bicubic" => TorchFilter::Bicubic,
            "bilinear" => TorchFilter::Bilinear,
            other => panic!("{other}: no such filter is known"),
        };
        let engine = match bytes {
            true => ResizeEngine::TorchBytes,
            false => ResizeEngine::Torch { filter, antialias },
        };
        let (ours, theirs) = resize(&row, engine);
        let (share, largest) = difference(&ours, &theirs);
        let summary = theirs.samples.summary().unwrap();
        let scale = summary.max.abs().max(summary.min.abs());
        if bytes {
            assert_eq!(ours.samples.dtype(), "uint8");
            assert_eq!((share, largest), (0.0, 0.0), "{:?}", row.fields);
        } else {
            assert!(
                largest <= 2e-6 * scale,
                "{:?}: {largest} at values up to {scale}",
                row.fields
            );
            worst = worst.max(largest / scale);
        }
        compared[usize::from(bytes)] += 1;
    }
    eprintln!(
        "torch: {} results compared, at most {worst:e} of the largest value apart; {} of bytes equal",
        compared[0], compared[1]
    );
}

#[test]
fn skimage_is_followed_to_the_fourth_decimal() {
    let mut compared = 0;
    let mut worst = 0.0_f64;
    for row in rows("skimage") {
        assert_eq!(row.get("filter"), "default");
        let antialias = match row.get("options") {
            "preserve_range=True" => true,
            "preserve_range=True anti_aliasing=False" => false,
            other => panic!("{other}: no such options are known"),
        };
        let engine = ResizeEngine::Skimage {
            filter: SkimageFilter::Bilinear,
            antialias,
            preserve_range: true,
        };
        let (ours, theirs) = resize(&row, engine);
        assert_eq!(ours.samples.dtype(), theirs.samples.dtype());
        let (_, largest) = difference(&ours, &theirs);
        assert!(largest <= 1e-4, "{:?}: {largest}", row.fields);
        worst = worst.max(largest);
        compared += 1;
    }
    eprintln!("skimage: {compared} results compared, at most {worst:e} apart");
}

/// Rows of a library that no test above reads would be a gap that nobody sees.
#[test]
fn every_row_of_the_reference_is_compared() {
    let Some(folder) = shared("data/formats/resize") else {
        return;
    };
    let all = crate::imaging::reference::rows(&folder, "resize_reference.csv");
    let compared: usize = ["pillow", "opencv", "torch", "skimage"]
        .map(|library| rows(library).len())
        .iter()
        .sum();
    assert_eq!(compared, all.len());
    assert!(compared > 500, "{compared}");
}

/// Sizes, scikit-image's other orders, and ranges (`fixtures/make_imaging_steps.py`).
#[test]
fn the_longer_side_is_rounded_as_the_libraries_do() {
    let sizes = crate::imaging::reference::steps();
    let cases = sizes["shorter"].as_array().unwrap();
    assert!(cases.len() > 40, "{}", cases.len());
    let mut differ = 0;
    for case in cases {
        let number = |key: &str, place: usize| case[key][place].as_u64().unwrap() as usize;
        let side = case["side"].as_u64().unwrap() as usize;
        let from = (number("from", 0), number("from", 1));
        let to = |rounding| ResizeSize::Shorter { side, rounding }.rows_and_columns(from.0, from.1);
        let down = (number("down", 0), number("down", 1));
        let half_even = (number("half_even", 0), number("half_even", 1));
        assert_eq!(to(SideRounding::Down), down, "{case}");
        assert_eq!(to(SideRounding::HalfEven), half_even, "{case}");
        differ += usize::from(down != half_even);
    }
    assert!(differ > 10, "{differ}");
}

#[test]
fn orders_and_ranges_of_skimage_are_followed() {
    let reference = crate::imaging::reference::steps();
    let mut worst = 0.0_f64;
    for case in reference["skimage_resize"].as_array().unwrap() {
        let image = crate::imaging::reference::made(&case["input"]);
        let number = |key: &str| case[key].as_u64().unwrap() as usize;
        let filter = match case["order"].as_u64() {
            Some(0) => SkimageFilter::Nearest,
            Some(1) => SkimageFilter::Bilinear,
            _ => SkimageFilter::Bicubic,
        };
        let step = Resize {
            size: ResizeSize::Exact {
                width: number("width"),
                height: number("height"),
            },
            engine: ResizeEngine::Skimage {
                filter,
                antialias: case["anti_aliasing"].as_bool().unwrap(),
                preserve_range: case["preserve_range"].as_bool().unwrap(),
            },
        };
        let ours = Resizer::new(&step).apply(&image).unwrap();
        let kept = filter == SkimageFilter::Nearest;
        assert_eq!(
            ours.samples.dtype() == image.samples.dtype(),
            kept || image.samples.dtype() == "float32"
        );
        let values = case["values"].as_array().unwrap();
        assert_eq!(values.len(), ours.samples.len(), "{case}");
        let largest = values.iter().map(|value| value.as_f64().unwrap().abs());
        let scale = largest.fold(1.0, f64::max);
        for (ours, theirs) in ours.samples.to_f64().iter().zip(values) {
            let apart = (ours - theirs.as_f64().unwrap()).abs() / scale;
            assert!(apart <= 1e-6, "{}: {ours} {theirs}", case["order"]);
            worst = worst.max(apart);
        }
    }
    eprintln!("skimage, orders and ranges: at most {worst:e} of the largest value apart");
}
