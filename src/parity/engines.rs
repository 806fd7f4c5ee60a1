//! Other engines of a resize.

use crate::config::preprocess::{
    OpenCvFilter, PillowFilter, PillowVersion, ResizeEngine, SkimageFilter, TorchFilter,
};

/// Engines and filters of a resize, in words.
pub(super) fn engines() -> Vec<(String, ResizeEngine)> {
    let version = PillowVersion::V12;
    let mut found: Vec<(String, ResizeEngine)> = [
        ("bilinear", PillowFilter::Bilinear),
        ("bicubic", PillowFilter::Bicubic),
        ("lanczos", PillowFilter::Lanczos),
        ("box", PillowFilter::Box),
        ("nearest", PillowFilter::Nearest),
    ]
    .into_iter()
    .flat_map(|(name, filter)| {
        [
            (PillowVersion::Unnamed, ""),
            (version, " (up to 12)"),
            (PillowVersion::V13, " 13"),
        ]
        .map(|(version, words)| {
            (
                format!("Pillow's{words}, {name}"),
                ResizeEngine::Pillow { filter, version },
            )
        })
    })
    .collect();
    for (name, filter) in [
        ("linear", OpenCvFilter::Bilinear),
        ("cubic", OpenCvFilter::Bicubic),
        ("area", OpenCvFilter::Area),
        ("nearest", OpenCvFilter::Nearest),
    ] {
        found.push((format!("OpenCV's, {name}"), ResizeEngine::OpenCv { filter }));
    }
    for (name, filter, antialias) in [
        ("bilinear with antialiasing", TorchFilter::Bilinear, true),
        (
            "bilinear without antialiasing",
            TorchFilter::Bilinear,
            false,
        ),
        ("bicubic with antialiasing", TorchFilter::Bicubic, true),
        ("bicubic without antialiasing", TorchFilter::Bicubic, false),
    ] {
        let engine = ResizeEngine::Torch { filter, antialias };
        found.push((format!("PyTorch's, {name}"), engine));
    }
    found.push((
        "PyTorch's on 8-bit tensors, bilinear with antialiasing".to_owned(),
        ResizeEngine::TorchBytes,
    ));
    for (antialias, words) in [(true, "with"), (false, "without")] {
        found.push((
            format!("scikit-image's, bilinear {words} antialiasing"),
            ResizeEngine::Skimage {
                filter: SkimageFilter::Bilinear,
                antialias,
                preserve_range: true,
            },
        ));
    }
    found
}
