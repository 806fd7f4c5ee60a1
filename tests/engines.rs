//! Both engines on real models, set against the scores that onnxruntime for Python gave.
//!
//! Without the shared data, or for ONNX Runtime without its library, a test says so and returns.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use equipoise::engine::{
    Dimension, ElementType, Engine, EngineKind, GraphActivation, Model, Places, SessionOptions,
    Tensor, TensorData, find,
};
use support::rows;

/// Width and height of the models' images of skin.
const WIDTH: usize = 128;
const HEIGHT: usize = 96;

fn shared(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("EQUIPOISE_SHARED").map_or_else(
        || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared")).to_path_buf(),
        PathBuf::from,
    );
    let path = root.join("data").join(path);
    if path.exists() {
        Some(path)
    } else {
        eprintln!("skipped: no {}", path.display());
        None
    }
}

fn kinds() -> Vec<EngineKind> {
    match find(&Places::of_this_computer(None)) {
        Ok(_) => vec![EngineKind::Embedded, EngineKind::OnnxRuntime],
        Err(reason) => {
            eprintln!("skipped: no ONNX Runtime ({reason})");
            vec![EngineKind::Embedded]
        }
    }
}

fn threads(count: usize) -> SessionOptions {
    SessionOptions {
        threads: NonZeroUsize::new(count).unwrap(),
    }
}

fn open(path: &Path, kind: EngineKind) -> Model {
    Model::open(path, kind, threads(1), &Places::of_this_computer(None)).unwrap()
}

/// An `.npy` file of 32-bit floats.
fn read_npy(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).unwrap();
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!(bytes.starts_with(b"\x93NUMPY\x01"));
    assert!(String::from_utf8_lossy(&bytes[10..10 + header]).contains("'<f4'"));
    bytes[10 + header..]
        .chunks_exact(4)
        .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
        .collect()
}

/// The eight images of skin that have a stored tensor, with all that the models take of them.
struct Skin {
    ids: Vec<String>,
    tensors: Vec<f32>,
    root: PathBuf,
}

impl Skin {
    fn read() -> Option<Self> {
        let root = shared("ham10000")?;
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join("reference/tensors"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "npy"))
            .collect();
        files.sort();
        assert_eq!(files.len(), 8);
        Some(Self {
            ids: files
                .iter()
                .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
                .collect(),
            tensors: files.iter().flat_map(|path| read_npy(path)).collect(),
            root,
        })
    }

    fn table(&self, file: &str) -> Vec<BTreeMap<String, String>> {
        let rows = rows(&self.root.join(file));
        self.ids
            .iter()
            .map(|id| {
                rows.iter()
                    .find(|row| row["image_id"] == *id)
                    .unwrap()
                    .clone()
            })
            .collect()
    }

    fn normalized(&self) -> (String, Tensor) {
        named(
            "image",
            &[8, 3, HEIGHT, WIDTH],
            TensorData::F32(self.tensors.clone()),
        )
    }

    /// The pixels before normalisation, which it loses nothing of: channel last, 8 bits.
    fn pixels(&self) -> (String, Tensor) {
        let (mean, sd) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        let plane = WIDTH * HEIGHT;
        let mut pixels = vec![0u8; self.tensors.len()];
        for (at, &value) in self.tensors.iter().enumerate() {
            let (image, channel, pixel) = (at / (3 * plane), at / plane % 3, at % plane);
            let level = (value * sd[channel] + mean[channel]) * 255.0;
            assert!((level - level.round()).abs() < 1e-3);
            pixels[(image * plane + pixel) * 3 + channel] = level.round() as u8;
        }
        named("image", &[8, HEIGHT, WIDTH, 3], TensorData::U8(pixels))
    }

    /// Age, sex and whether the lesion is on the torso, as the model's makers coded them.
    fn attributes(&self) -> (String, Tensor) {
        let torso = ["back", "trunk", "chest", "abdomen"];
        let numbers = self.table("manifest.csv").into_iter().flat_map(|row| {
            let sex = match row["sex"].as_str() {
                "male" => 1.0,
                "female" => 0.0,
                _ => 0.5,
            };
            let is_torso = torso.contains(&row["localization"].as_str());
            [
                row["age"].parse::<f32>().map_or(0.52, |age| age / 100.0),
                sex,
                f32::from(u8::from(is_torso)),
            ]
        });
        named("tabular", &[8, 3], TensorData::F32(numbers.collect()))
    }
}

fn named(name: &str, shape: &[usize], data: TensorData) -> (String, Tensor) {
    (name.to_owned(), Tensor::new(shape.to_vec(), data).unwrap())
}

/// Numbers of one output.
fn run(engine: &mut dyn Engine, inputs: &[(String, Tensor)], output: &str) -> Vec<f64> {
    let mut outputs = engine.run(inputs.to_vec(), &[output]).unwrap();
    assert_eq!(outputs.len(), 1);
    let (name, tensor) = outputs.remove(0);
    assert_eq!(name, output);
    assert!(tensor.is_consistent());
    tensor.data.to_f64()
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

fn largest_difference(left: &[f64], right: &[f64]) -> f64 {
    assert_eq!(left.len(), right.len());
    left.iter()
        .zip(right)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f64::max)
}

/// One model: its output, its inputs, the columns of the reference and what the reference stands
/// for.
struct Case {
    file: &'static str,
    output: &'static str,
    inputs: Vec<(String, Tensor)>,
    columns: &'static [&'static str],
    /// Reference is the sigmoid of the output.
    is_probability: bool,
    /// Column of the output that the reference is, where it has more than one.
    position: Option<usize>,
    /// Largest difference of probabilities that is right for this model.
    tolerance: f64,
}

fn cases(skin: &Skin) -> Vec<Case> {
    let case = |file, output, columns| Case {
        file,
        output,
        inputs: vec![skin.normalized()],
        columns,
        is_probability: false,
        position: None,
        tolerance: 1e-5,
    };
    vec![
        case("ham_malignancy.onnx", "logit", &["logit_malignancy"]),
        case("ham_malignancy_v1.onnx", "logit", &["logit_v1"]),
        Case {
            is_probability: true,
            // A rounding to 8 bits that falls the other way moves the score by a step.
            tolerance: 1e-2,
            ..case("ham_malignancy_int8.onnx", "logit", &["p_int8"])
        },
        Case {
            inputs: vec![skin.pixels()],
            position: Some(1),
            ..case(
                "ham_malignancy_nhwc_u8_softmax2.onnx",
                "probabilities",
                &["p_nhwc_softmax2"],
            )
        },
        case(
            "ham_dx7_logits.onnx",
            "logits",
            &[
                "dx7_akiec",
                "dx7_bcc",
                "dx7_bkl",
                "dx7_df",
                "dx7_mel",
                "dx7_nv",
                "dx7_vasc",
            ],
        ),
        Case {
            inputs: vec![skin.attributes(), skin.normalized()],
            ..case("ham_multimodal.onnx", "logit", &["logit_multimodal"])
        },
        case(
            "ham_risk_survival.onnx",
            "risks",
            &["risk_1y", "risk_3y", "risk_5y"],
        ),
    ]
}

#[test]
fn classifiers_give_the_reference_scores_on_both_engines() {
    let (Some(skin), Some(models)) = (Skin::read(), shared("models")) else {
        return;
    };
    let reference = skin.table("reference/predictions.csv");
    for case in cases(&skin) {
        let expected: Vec<f64> = reference
            .iter()
            .flat_map(|row| {
                case.columns
                    .iter()
                    .map(|column| row[*column].parse().unwrap())
            })
            .collect();
        let mut of_engines = Vec::new();
        for kind in kinds() {
            let model = open(&models.join(case.file), kind);
            let mut engine = model.session(threads(1)).unwrap();
            let raw = run(engine.as_mut(), &case.inputs, case.output);
            let picked: Vec<f64> = match case.position {
                Some(position) => raw.chunks_exact(2).map(|row| row[position]).collect(),
                None => raw.clone(),
            };
            let scores: Vec<f64> = if case.is_probability {
                picked.iter().copied().map(sigmoid).collect()
            } else {
                picked
            };
            let difference = largest_difference(&scores, &expected);
            let name = engine.identity().name;
            eprintln!("{} {name}: {difference:.2e} from the reference", case.file);
            // A logit's own tolerance: 1e-5 of probability is at least 4e-5 of logit.
            let tolerance = case.tolerance * if case.is_probability { 1.0 } else { 2.0 };
            assert!(
                difference <= tolerance,
                "{} {name}: {difference}",
                case.file
            );
            of_engines.push(raw);
        }
        if let [embedded, onnxruntime] = of_engines.as_slice() {
            let difference = largest_difference(embedded, onnxruntime);
            eprintln!("{}: {difference:.2e} between engines", case.file);
        }
    }
}

#[test]
fn the_segmentation_model_marks_the_reference_area() {
    let (Some(skin), Some(models)) = (Skin::read(), shared("models")) else {
        return;
    };
    let reference = skin.table("reference/segmentation.csv");
    let mut of_engines = Vec::new();
    for kind in kinds() {
        let model = open(&models.join("ham_lesion_unet.onnx"), kind);
        let mut engine = model.session(threads(1)).unwrap();
        let logits = run(engine.as_mut(), &[skin.normalized()], "logits");
        for (mask, row) in logits.chunks_exact(WIDTH * HEIGHT).zip(&reference) {
            let share =
                mask.iter().filter(|&&logit| logit >= 0.0).count() as f64 / (WIDTH * HEIGHT) as f64;
            // The reference counts pixels after enlarging to 200 x 150.
            let expected = row["n_pred"].parse::<f64>().unwrap() / (200.0 * 150.0);
            assert!((share - expected).abs() < 0.005, "{share} {expected}");
        }
        of_engines.push(logits);
    }
    if let [embedded, onnxruntime] = of_engines.as_slice() {
        let difference = largest_difference(embedded, onnxruntime);
        eprintln!("ham_lesion_unet.onnx: {difference:.2e} between engines");
        assert!(difference < 1e-4);
    }
}

#[test]
fn the_detector_gives_the_reference_boxes_and_outputs_can_be_chosen() {
    let (Some(skin), Some(models)) = (Skin::read(), shared("models")) else {
        return;
    };
    let reference = skin.table("reference/detection.csv");
    for kind in kinds() {
        let model = open(&models.join("ham_lesion_detector.onnx"), kind);
        let mut engine = model.session(threads(1)).unwrap();
        let all = engine.run(vec![skin.normalized()], &[]).unwrap();
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["boxes", "scores"]);
        assert_eq!(all[0].1.shape, [8, 8, 4]);
        let (boxes, scores) = (all[0].1.data.to_f64(), all[1].1.data.to_f64());
        for (image, row) in reference.iter().enumerate() {
            let query: usize = row["query"].parse().unwrap();
            let at = image * 8 + query;
            let expected: f64 = row["score"].parse().unwrap();
            assert!((scores[at] - expected).abs() < 1e-5);
            for (corner, column) in ["x0", "y0", "x1", "y1"].into_iter().enumerate() {
                let expected: f64 = row[column].parse().unwrap();
                assert!((boxes[at * 4 + corner] - expected).abs() < 1e-3);
            }
        }
        let reversed = engine
            .run(vec![skin.normalized()], &["scores", "boxes"])
            .unwrap();
        assert_eq!((&reversed[0], &reversed[1]), (&all[1], &all[0]));
        assert!(engine.run(vec![skin.normalized()], &["mask"]).is_err());
    }
}

#[test]
fn the_chest_model_gives_the_reference_logits() {
    let (Some(root), Some(models)) = (shared("cxr64"), shared("models")) else {
        return;
    };
    let reference: Vec<_> = rows(&root.join("reference/predictions.csv"))
        .into_iter()
        .take(64)
        .collect();
    let gray = reference.iter().flat_map(|row| {
        let path = root.join(format!("images/{}.png", row["image_id"]));
        let bytes = std::fs::read(path).unwrap();
        let image = equipoise::imaging::decode(&bytes, equipoise::config::InputKind::Raster)
            .unwrap()
            .image;
        let equipoise::imaging::Samples::U8(samples) = image.samples else {
            panic!("not 8-bit");
        };
        let levels: Vec<u8> = samples.into_iter().step_by(image.channels).collect();
        levels
            .into_iter()
            .map(|level| (f32::from(level) / 255.0 - 0.5) / 0.25)
    });
    let input = named("image", &[64, 1, 64, 64], TensorData::F32(gray.collect()));
    let columns = ["any_finding", "effusion", "infiltration", "atelectasis"];
    let expected: Vec<f64> = reference
        .iter()
        .flat_map(|row| columns.map(|column| row[&format!("logit_{column}")].parse().unwrap()))
        .collect();
    for kind in kinds() {
        let model = open(&models.join("cxr64_findings.onnx"), kind);
        let mut engine = model.session(threads(1)).unwrap();
        let logits = run(engine.as_mut(), std::slice::from_ref(&input), "logits");
        let difference = largest_difference(&logits, &expected);
        eprintln!("cxr64_findings.onnx {kind:?}: {difference:.2e} from the reference");
        assert!(difference < 2e-5, "{kind:?}: {difference}");
    }
}

#[test]
fn bits_do_not_depend_on_how_many_sessions_work() {
    let (Some(skin), Some(models)) = (Skin::read(), shared("models")) else {
        return;
    };
    for kind in kinds() {
        let model = open(&models.join("ham_malignancy.onnx"), kind);
        for count in [1, 2] {
            let mut alone = model.session(threads(count)).unwrap();
            let expected = alone.run(vec![skin.normalized()], &[]).unwrap();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        let mut engine = model.session(threads(count)).unwrap();
                        for _ in 0..3 {
                            let again = engine.run(vec![skin.normalized()], &[]).unwrap();
                            assert_eq!(again, expected);
                        }
                    });
                }
            });
        }
    }
}

#[test]
fn files_tell_their_signature_and_their_activation() {
    let Some(models) = shared("models") else {
        return;
    };
    let summary = |file: &str| {
        equipoise::engine::summarize(&std::fs::read(models.join(file)).unwrap()).unwrap()
    };
    let softmax = summary("ham_malignancy_nhwc_u8_softmax2.onnx");
    let image = softmax.signature.input("image").unwrap();
    assert_eq!(image.element, ElementType::U8);
    let dynamic = Dimension::Dynamic(Some("N".to_owned()));
    let fixed = [HEIGHT, WIDTH, 3].map(Dimension::Fixed);
    assert_eq!(
        image.shape.as_deref(),
        Some([&[dynamic][..], &fixed].concat().as_slice())
    );
    assert_eq!(image.to_string(), "image: u8 [N, 96, 128, 3]");
    assert_eq!(
        softmax.activation("probabilities"),
        Some(GraphActivation::Softmax)
    );
    assert_eq!(softmax.opsets[""], 17);
    assert_eq!(softmax.producer.as_deref(), Some("ham-train"));

    let detector = summary("ham_lesion_detector.onnx");
    assert_eq!(
        detector.activation("scores"),
        Some(GraphActivation::Sigmoid)
    );
    assert_eq!(detector.activation("boxes"), None);
    let int8 = summary("ham_malignancy_int8.onnx");
    assert_eq!(int8.last_operators["logit"], "Gemm");
    assert_eq!(int8.activation("logit"), None);
    assert_eq!(int8.metadata["onnx.infer"], "onnxruntime.quant");
    let both = summary("ham_multimodal.onnx").signature;
    let names: Vec<String> = both.inputs.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["image: f32 [N, 3, 96, 128]", "tabular: f32 [N, 3]"]);
}
