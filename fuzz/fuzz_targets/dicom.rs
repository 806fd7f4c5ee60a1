//! DICOM: the header and its columns, every transfer syntax, the steps to display values, and what
//! preprocessing starts from.
#![no_main]

use std::path::Path;

use equipoise::config::{
    ByteRounding, Channels, DicomOptions, DicomWindow, InputKind, InputSpec, Step, WindowOutput,
};
use equipoise::imaging::{Pipeline, dicom};
use libfuzzer_sys::fuzz_target;

/// Samples above which only decoding is tried, so that one input takes no minute.
const MOST_SAMPLES: usize = 1 << 22;

/// Columns of all kinds: text, age, numbers, private, inside of a sequence.
const COLUMNS: [&str; 5] = [
    "dicom:PatientSex",
    "dicom:PatientAge",
    "dicom:PixelSpacing[1]",
    "dicom:(0009,1002)",
    "dicom:SharedFunctionalGroupsSequence.PixelMeasuresSequence.SliceThickness",
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(elements) = dicom::read_elements(bytes) else {
        return;
    };
    for name in COLUMNS {
        if let Ok(column) = dicom::Column::parse(name) {
            let _ = elements.column(&column);
        }
    }
    if let Ok(mut slices) = dicom::Slice::read_all("slice", bytes) {
        slices.extend(slices.clone());
        let _ = dicom::arrange(slices, false);
    }
    let Ok(image) = dicom::decode(bytes) else {
        return;
    };
    if image.samples.len() > MOST_SAMPLES {
        return;
    }
    let _ = image.rgb();
    let input = InputSpec {
        kind: InputKind::Dicom(Some(0)),
        channels: Channels::Gray,
        dicom: DicomOptions::default(),
        raster: Default::default(),
    };
    for window in [DicomWindow::First, DicomWindow::Table(0)] {
        let bytes_out = WindowOutput::Bytes(ByteRounding::Down);
        let steps = [Step::Rescale, Step::DicomWindow(window, bytes_out)];
        let pipeline = Pipeline::new(input, &steps);
        if let Ok(decoded) = pipeline.read(Path::new("fuzzed.dcm"), bytes) {
            let _ = pipeline.apply(decoded.image);
        }
    }
});
