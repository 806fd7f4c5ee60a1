//! What the time of an audit goes into: `cargo bench`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public items"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use equipoise::config::{
    Channels, InputKind, InputSpec, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize,
    Step,
};
use equipoise::imaging::{Colour, Image, Pipeline, Samples};
use equipoise::metrics::{self, ShareOf};
use equipoise::statistics::Purpose;
use equipoise::statistics::RandomStream;

/// 100,000 samples of 40,000 patients.
fn cohort() -> (Vec<bool>, Vec<f64>, Vec<bool>, Vec<u32>) {
    let mut random = RandomStream::new(1, Purpose::HeterogeneityPermutation, 0);
    let n = 100_000;
    let y: Vec<bool> = (0..n).map(|_| random.uniform() < 0.2).collect();
    let score: Vec<f64> = y
        .iter()
        .map(|y| (random.uniform() + f64::from(u8::from(*y)) * 0.4) / 1.4)
        .collect();
    let flagged = score.iter().map(|score| *score >= 0.5).collect();
    let patient = (0..n).map(|sample| (sample * 2 / 5) as u32).collect();
    (y, score, flagged, patient)
}

fn statistics(criterion: &mut Criterion) {
    let (y, score, flagged, patient) = cohort();
    criterion.bench_function("sensitivity, 100k samples, 40k patients", |bench| {
        bench.iter(|| {
            metrics::proportion(
                ShareOf::Sensitivity,
                black_box(&y),
                &flagged,
                Some(&patient),
            )
            .unwrap()
        });
    });
    criterion.bench_function("auroc with clustered variance, 100k samples", |bench| {
        bench.iter(|| metrics::auroc(black_box(&y), &score, Some(&patient)).unwrap());
    });
    criterion.bench_function("calibration slope with sandwich, 100k samples", |bench| {
        bench.iter(|| {
            metrics::calibration_slope(black_box(&y), &score, None, Some(&patient)).unwrap()
        });
    });
}

fn preprocessing(criterion: &mut Criterion) {
    let steps = [
        Step::Resize(Resize {
            size: ResizeSize::Exact {
                width: 224,
                height: 224,
            },
            engine: ResizeEngine::Pillow {
                filter: PillowFilter::Bilinear,
                version: PillowVersion::V12,
            },
        }),
        Step::Scale {
            numerator: 1.0,
            denominator: 255.0,
        },
        Step::Normalize {
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
        },
    ];
    let pipeline = Pipeline::new(
        InputSpec {
            kind: InputKind::Raster,
            channels: Channels::Rgb,
            dicom: Default::default(),
            raster: Default::default(),
        },
        &steps,
    );
    let samples: Vec<u8> = (0..600 * 450 * 3)
        .map(|place| (place % 251) as u8)
        .collect();
    let image = Image::new(450, 600, 3, Colour::Rgb, Samples::U8(samples)).unwrap();
    criterion.bench_function(
        "600x450 RGB to 224x224, Pillow bilinear, normalised",
        |bench| {
            bench.iter_batched(
                || image.clone(),
                |image| pipeline.apply(image).unwrap(),
                BatchSize::LargeInput,
            );
        },
    );
}

criterion_group!(benches, statistics, preprocessing);
criterion_main!(benches);
