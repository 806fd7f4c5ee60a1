//! What the time of an audit goes into: `cargo bench`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "criterion's macros make public items"
)]

use std::hint::black_box;
use std::process::Command;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use equipoise::config::{
    Channels, InputKind, InputSpec, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize,
    Step,
};
use equipoise::imaging::{Colour, Image, Pipeline, Samples};
use equipoise::metrics::{self, ShareOf};
use equipoise::report::{AuditResult, html};
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

/// Results of 9,000 samples at 60 sites, as `evaluate` writes them.
fn sixty_sites() -> AuditResult {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let audit = "audit: sixty
cohort: {manifest: cohort.csv, columns: {sample: id, patient: patient}}
output: {score_kind: probability}
endpoints: {finding: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}}
strata: {site: {column: site}, sex: {column: sex}}
statistics: {replicates: 200, seed: 3}
gate: {families: {safety: [{id: floor, metric: sensitivity, strata: [overall, site], require: \">= 0.7\"}]}}
";
    let mut random = RandomStream::new(5, Purpose::HeterogeneityPermutation, 0);
    let mut table = "id,patient,site,sex,truth,score\n".to_owned();
    for sample in 0..9_000_u32 {
        let truth = random.uniform() < 0.4;
        let is_right = random.uniform() < 0.9;
        let score = 0.49 * random.uniform() + if truth == is_right { 0.5 } else { 0.0 };
        let site = (60.0 * random.uniform()) as u32;
        let sex = if random.uniform() < 0.5 { "F" } else { "M" };
        let patient = sample * 10 / 13;
        let truth = u8::from(truth);
        table += &format!("s{sample},p{patient},S{site},{sex},{truth},{score:.4}\n");
    }
    std::fs::write(at("audit.yaml"), audit).unwrap();
    std::fs::write(at("cohort.csv"), table).unwrap();
    let arguments = [
        "evaluate",
        "audit.yaml",
        "--predictions",
        "cohort.csv",
        "--exit-zero",
        "--quiet",
    ];
    let status = Command::new(env!("CARGO_BIN_EXE_equipoise"))
        .args(arguments)
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(status.success());
    let text = std::fs::read_to_string(at("out/sixty/results.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn page(criterion: &mut Criterion) {
    let result = sixty_sites();
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    group.bench_function("page of 60 sites", |bench| {
        bench.iter(|| html(black_box(&result)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, statistics, preprocessing, page);
criterion_main!(benches);
