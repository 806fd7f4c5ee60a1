//! Engines on small graphs made here byte by byte, and on files that are no models.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use equipoise::engine::{
    EngineError, EngineKind, Model, Places, SessionOptions, Tensor, TensorData, embedded_identity,
    find,
};
use half::f16;

const ONE: SessionOptions = SessionOptions {
    threads: NonZeroUsize::MIN,
};

fn kinds() -> Vec<EngineKind> {
    match find(&Places::of_this_computer(None)) {
        Ok(_) => vec![EngineKind::Embedded, EngineKind::OnnxRuntime],
        Err(reason) => {
            eprintln!("skipped: no ONNX Runtime ({reason})");
            vec![EngineKind::Embedded]
        }
    }
}

fn open(path: &Path, kind: EngineKind) -> Result<Model, EngineError> {
    Model::open(path, kind, ONE, &Places::of_this_computer(None))
}

fn refused(path: &Path, kind: EngineKind) -> EngineError {
    match open(path, kind) {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

/// A field of a protobuf message that holds bytes; lengths here stay below 16384.
fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut field = vec![number << 3 | 2];
    if length < 128 {
        field.push(length as u8);
    } else {
        field.extend([(length & 127) as u8 | 128, (length >> 7) as u8]);
    }
    field.extend_from_slice(content);
    field
}

fn integer(number: u8, value: u8) -> Vec<u8> {
    assert!(value < 128);
    vec![number << 3, value]
}

/// Input or output: name, element type, fixed lengths.
fn port(name: &str, element: u8, shape: &[u8]) -> Vec<u8> {
    let dimensions: Vec<u8> = shape
        .iter()
        .flat_map(|&length| bytes(1, &integer(1, length)))
        .collect();
    let tensor = [integer(1, element), bytes(2, &dimensions)].concat();
    [bytes(1, name.as_bytes()), bytes(2, &bytes(1, &tensor))].concat()
}

/// A node from inputs to output `y`.
fn node(operator: &str, inputs: &[&str]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs
        .iter()
        .flat_map(|name| bytes(1, name.as_bytes()))
        .collect();
    [inputs, bytes(2, b"y"), bytes(4, operator.as_bytes())].concat()
}

/// A model from input `x` to output `y`.
fn model(node: &[u8], weights: &[u8], input: &[u8], output: &[u8]) -> Vec<u8> {
    let graph = [
        bytes(1, node),
        bytes(2, b"graph"),
        weights.to_vec(),
        bytes(11, input),
        bytes(12, output),
    ]
    .concat();
    let opset = [bytes(1, b""), integer(2, 17)].concat();
    [integer(1, 8), bytes(7, &graph), bytes(8, &opset)].concat()
}

fn write(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn run(path: &Path, kind: EngineKind, data: TensorData, shape: &[usize]) -> Tensor {
    let model = open(path, kind).unwrap();
    let mut engine = model.session(ONE).unwrap();
    let input = Tensor::new(shape.to_vec(), data).unwrap();
    let mut outputs = engine.run(vec![("x".to_owned(), input)], &[]).unwrap();
    outputs.remove(0).1
}

#[test]
fn every_element_type_passes_through_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let halves = [0.1, -65504.0, 6e-8].map(f16::from_f32).to_vec();
    let by_number = [
        (1, TensorData::F32(vec![0.1, -0.0, f32::MIN_POSITIVE])),
        (2, TensorData::U8(vec![0, 127, 255])),
        (3, TensorData::I8(vec![-128, 0, 127])),
        (6, TensorData::I32(vec![i32::MIN, 0, i32::MAX])),
        (7, TensorData::I64(vec![-2_147_483_648, 0, 2_147_483_647])),
        (9, TensorData::Bool(vec![true, false, true])),
        (10, TensorData::F16(halves)),
        (11, TensorData::F64(vec![0.5, -3.0, 1e10])),
    ];
    for (number, data) in by_number {
        let content = model(
            &node("Identity", &["x"]),
            b"",
            &port("x", number, &[3]),
            &port("y", number, &[3]),
        );
        let path = write(folder.path(), &format!("{number}.onnx"), &content);
        for kind in kinds() {
            let output = run(&path, kind, data.clone(), &[3]);
            assert_eq!(output.data, data, "{kind:?}");
            assert_eq!(output.shape, [3]);
        }
        let cautions = open(&path, EngineKind::Embedded).unwrap().cautions();
        assert_eq!(cautions.len(), if number > 9 { 2 } else { 0 });
    }
}

#[test]
fn integers_that_the_embedded_engine_cannot_hold_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ports = (port("x", 7, &[1]), port("y", 7, &[1]));
    let content = model(&node("Identity", &["x"]), b"", &ports.0, &ports.1);
    let path = write(folder.path(), "i64.onnx", &content);
    let model = open(&path, EngineKind::Embedded).unwrap();
    let mut engine = model.session(ONE).unwrap();
    let large = Tensor::new(vec![1], TensorData::I64(vec![1 << 40])).unwrap();
    let error = engine.run(vec![("x".to_owned(), large)], &[]).unwrap_err();
    assert!(matches!(error, EngineError::IntegerTooLarge { value, .. } if value == 1 << 40));
}

#[test]
fn an_operator_that_the_embedded_engine_lacks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let content = model(
        &node("Det", &["x"]),
        b"",
        &port("x", 1, &[2, 2]),
        &port("y", 1, &[]),
    );
    let path = write(folder.path(), "det.onnx", &content);
    let error = refused(&path, EngineKind::Embedded);
    assert!(
        matches!(&error, EngineError::UnsupportedOperator { operators, .. } if operators == &["Det"]),
        "{error}"
    );
    assert!(error.help().unwrap().contains("equipoise runtime install"));
    if kinds().contains(&EngineKind::OnnxRuntime) {
        let matrix = TensorData::F32(vec![2.0, 5.0, 0.0, 3.0]);
        let output = run(&path, EngineKind::OnnxRuntime, matrix, &[2, 2]);
        assert_eq!(output.data, TensorData::F32(vec![6.0]));
    }
}

#[test]
fn weights_beside_the_model_are_read_and_only_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("model");
    std::fs::create_dir(&inside).unwrap();
    let numbers: Vec<u8> = [10.0f32, 20.0]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    std::fs::write(inside.join("weights.data"), &numbers).unwrap();
    std::fs::write(folder.path().join("weights.data"), &numbers).unwrap();
    let external = |location: &str| {
        let entry = |key: &str, value: &str| {
            let pair = [bytes(1, key.as_bytes()), bytes(2, value.as_bytes())].concat();
            bytes(13, &pair)
        };
        let tensor = [
            integer(1, 2),
            integer(2, 1),
            bytes(8, b"w"),
            entry("location", location),
            entry("offset", "0"),
            entry("length", "8"),
            integer(14, 1),
        ]
        .concat();
        let ports = (port("x", 1, &[2]), port("y", 1, &[2]));
        let add = node("Add", &["x", "w"]);
        model(&add, &bytes(5, &tensor), &ports.0, &ports.1)
    };
    let good = write(&inside, "good.onnx", &external("weights.data"));
    let missing = write(&inside, "missing.onnx", &external("weight.data"));
    let outside = write(&inside, "outside.onnx", &external("../weights.data"));
    for kind in kinds() {
        let model = open(&good, kind).unwrap();
        assert_eq!(model.external_files(), [inside.join("weights.data")]);
        let output = run(&good, kind, TensorData::F32(vec![1.0, 2.0]), &[2]);
        assert_eq!(output.data, TensorData::F32(vec![11.0, 22.0]));
        for path in [&missing, &outside] {
            let error = refused(path, kind);
            assert!(matches!(error, EngineError::ExternalData { .. }), "{error}");
        }
    }
}

#[test]
fn files_that_are_no_models_are_refused_by_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    let ports = (port("x", 1, &[2]), port("y", 1, &[2]));
    let whole = model(&node("Relu", &["x"]), b"", &ports.0, &ports.1);
    // A graph inside of an attribute inside of a graph, many times over.
    let mut deep = Vec::new();
    for _ in 0..300 {
        deep = bytes(1, &bytes(5, &bytes(6, &deep)));
    }
    let deep = bytes(7, &deep);
    let cut = |length: usize| whole[..length].to_vec();
    let contents = [
        ("empty", Vec::new(), "empty"),
        ("text", b"audit: chest-xray\nmodel: {}\n".to_vec(), "field"),
        (
            "pointer",
            b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
            "Git LFS",
        ),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "field"),
        ("half", cut(whole.len() / 2), "ends at byte"),
        ("headless", cut(2), "no graph"),
        ("deep", deep, "nested"),
    ];
    for kind in kinds() {
        for (name, content, reason) in &contents {
            let path = write(folder.path(), &format!("{name}.onnx"), content);
            let error = refused(&path, kind);
            assert!(matches!(error, EngineError::NotOnnx { .. }), "{error}");
            assert!(error.to_string().contains(reason), "{name}: {error}");
        }
        for path in [folder.path().to_path_buf(), folder.path().join("none.onnx")] {
            assert!(matches!(refused(&path, kind), EngineError::Read { .. }));
        }
        // Well-formed, but it uses a value that nothing makes.
        let content = model(&node("Relu", &["z"]), b"", &ports.0, &ports.1);
        let path = write(folder.path(), "loose.onnx", &content);
        match open(&path, kind) {
            Err(error) => assert!(matches!(error, EngineError::Refused { .. }), "{error}"),
            Ok(model) => {
                let input = Tensor::new(vec![2], TensorData::F32(vec![1.0, 2.0])).unwrap();
                let mut engine = model.session(ONE).unwrap();
                let error = engine.run(vec![("x".to_owned(), input)], &[]);
                assert!(matches!(error, Err(EngineError::Run { .. })));
            }
        }
    }
}

#[test]
fn cutting_a_model_anywhere_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let ports = (port("x", 1, &[2]), port("y", 1, &[2]));
    let whole = model(&node("Relu", &["x"]), b"", &ports.0, &ports.1);
    for kind in kinds() {
        for length in 0..whole.len() {
            let path = write(folder.path(), "cut.onnx", &whole[..length]);
            assert!(open(&path, kind).is_err(), "{kind:?} {length}");
        }
        let path = write(folder.path(), "whole.onnx", &whole);
        let output = run(&path, kind, TensorData::F32(vec![-1.0, 2.0]), &[2]);
        assert_eq!(output.data, TensorData::F32(vec![0.0, 2.0]));
    }
}

#[test]
fn inputs_that_do_not_fit_are_refused_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let ports = (port("x", 1, &[2]), port("y", 1, &[2]));
    let content = model(&node("Relu", &["x"]), b"", &ports.0, &ports.1);
    let path = write(folder.path(), "relu.onnx", &content);
    for kind in kinds() {
        let mut engine = open(&path, kind).unwrap().session(ONE).unwrap();
        let mut message = |shape: &[usize], data: TensorData| {
            let tensor = Tensor {
                shape: shape.to_vec(),
                data,
            };
            let inputs = vec![("x".to_owned(), tensor)];
            engine.run(inputs, &[]).unwrap_err().to_string()
        };
        assert_eq!(
            message(&[3], TensorData::F32(vec![0.0; 3])),
            "input \"x\" expects shape [2], found [3] with 3 numbers"
        );
        assert_eq!(
            message(&[2], TensorData::U8(vec![0; 2])),
            "input \"x\" expects f32, found u8"
        );
        assert_eq!(
            message(&[2], TensorData::F32(vec![0.0; 5])),
            "input \"x\" expects shape [2], found [2] with 5 numbers"
        );
    }
}

#[test]
fn the_stated_version_of_the_embedded_engine_is_the_one_in_use() {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let after = lock.split("name = \"rten\"\nversion = \"").nth(1).unwrap();
    let version = after.split('"').next().unwrap();
    assert_eq!(embedded_identity().version, format!("rten {version}"));
    assert_eq!(embedded_identity().library_sha256, None);
}
