//! Times of what is kept of a segmented case, beside the decoding of its image: called by
//! `segmentation_peers.py` with a folder of images and masks, prints one JSON object.
//!
//! Without a folder (as `cargo bench` calls it) it says so and ends.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures and may fail loudly"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use equipoise::config::InputKind;
use equipoise::imaging::{Image, decode_named};
use equipoise::metrics::segmentation::{
    LesionRule, Mask, MaskPair, Neighbours, SurfaceDistances, VoxelCounts, match_lesions,
};

fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder.join(part))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    all.sort();
    all
}

fn decoded(file: &Path, kind: InputKind) -> Image {
    let bytes = std::fs::read(file).unwrap();
    decode_named(&bytes, Some(file), kind).unwrap().image
}

fn mask(image: &Image) -> Mask {
    let spacing = image.geometry.as_ref().map_or([1.0; 3], |own| {
        let [x, y, z] = own.spacing();
        [z, y, x]
    });
    let inside = image
        .samples
        .to_f64()
        .iter()
        .map(|value| *value != 0.0)
        .collect();
    Mask::new(image.size(), spacing, inside).unwrap()
}

/// All numbers that are kept of a case; their sum, so that nothing is left out.
fn case(truth: &Mask, predicted: &Mask) -> [f64; 5] {
    let pair = MaskPair::new(truth, predicted).unwrap();
    let counts = VoxelCounts::of(&pair);
    let surfaces = SurfaceDistances::of(&pair).unwrap();
    let lesions = match_lesions(&pair, Neighbours::All, LesionRule::AnyVoxel);
    [
        counts.dice().unwrap(),
        surfaces.surface_dice(2.0),
        surfaces.hausdorff(95.0),
        surfaces.average_symmetric(),
        lesions.found() as f64,
    ]
}

/// Seconds a case of decoding its image and its two masks, and of measuring; and what was found.
fn timed(folder: &Path, kind: &str, input: InputKind) -> serde_json::Value {
    let part = |name: &str| files(folder, &format!("{kind}/{name}"));
    let (images, truths, predictions) = (part("image"), part("truth"), part("predicted"));
    let (mut decoding, mut measuring) = (Duration::ZERO, Duration::ZERO);
    let mut found = Vec::new();
    for ((image, truth), predicted) in images.iter().zip(&truths).zip(&predictions) {
        let start = Instant::now();
        let whole = decoded(image, input);
        decoding += start.elapsed();
        let masks = [truth, predicted].map(|file| mask(&decoded(file, input)));
        assert_eq!(whole.size(), masks[0].shape());
        let start = Instant::now();
        found.push(case(&masks[0], &masks[1]));
        measuring += start.elapsed();
    }
    let n = images.len() as f64;
    serde_json::json!({
        "cases": images.len(),
        "decode_s": decoding.as_secs_f64() / n,
        "measure_s": measuring.as_secs_f64() / n,
        "dice_nsd_hd95_assd_lesions": found,
    })
}

fn main() {
    let folder = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let Some(folder) = folder else {
        println!("segmentation: skipped, benches/segmentation_peers.py gives it a folder");
        return;
    };
    let folder = Path::new(&folder);
    let all = serde_json::json!({
        "plane": timed(folder, "plane", InputKind::Raster),
        "volume": timed(folder, "volume", InputKind::Volume),
    });
    println!("{all}");
}
