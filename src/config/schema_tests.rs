//! The schema, the table of keys and the validator describe one grammar.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::keys;
use super::tree::{Kind, Node};
use super::validate::REMARKS;
use super::{Need, audit_schema, parse, tree};

const COMPLETE: &str = include_str!("complete.yaml");

/// A vote is no probability, and what is gated there needs some.
const VOTES: &str = "audit: votes
cohort: {manifest: c.csv, columns: {image: path, patient: patient, lesion: lesion}}
output: {head: binary, activation: none, score_kind: score}
aggregate: [{to: lesion, by: vote, threshold: {score: 0.3}}, {to: patient, by: vote, threshold: 0.5}]
endpoints: {e: {score: score, truth: {column: y, positive: 1, negative: 0}, threshold: {fixed: 0.5}}}
model: {file: m.onnx, inputs: {near: {image: near}, both: {image: [near, far], missing: 0}}}
input: {kind: raster, channels: rgb, orientation: exif, jpeg_idct: fast, jpeg_upsampling: nearest}
preprocess: []
";

/// Endpoints with a task, every key of each.
const TASKS_AUDIT: &str = r#"audit: tasks
cohort: {manifest: c.csv, columns: {image: path, patient: patient}}
output: {head: numbers, activation: none, score_kind: score, labels: [a, b, c, low, high, one, s0, s1, s2]}
endpoints:
  first: {score: a, truth: {column: y, positive: 1, negative: 0}, threshold: {fixed: 0.5}}
  several: {task: multilabel, of: [first]}
  none: {task: no_finding, of: first}
  classes: {task: multiclass, classes: [x, y, z], truth: {column: dx}, scores: [a, b, c], top: 2, score_kind: score}
  grades: {task: ordinal, levels: [0, 1, 2], truth: {column: g}, score: one, cuts: [0.5, 1.5]}
  graded: {task: ordinal, levels: [0, 1, 2], truth: {column: g}, scores: [s0, s1, s2]}
  number: {task: regression, score: one, truth: {column: n}, unit_of_measurement: months, tolerance: 12, interval: [low, high]}
  many: {task: count, score: one, truth: {column: n}}
  risk: {task: survival, score: a, horizon: 5, truth: {time: t, event: e}, score_kind: probability}
strata: {sex: {column: sex}}
gate:
  families:
    all:
      - {id: error, metric: mae, endpoint: number, require: "<= 10"}
      - {id: found, metric: sensitivity, endpoint: "classes:y", strata: [sex], require: ">= 0.5", min: {patients: 20}}
model: {file: m.onnx}
input: {kind: raster, channels: rgb}
preprocess: []
"#;

const OUTLINES_AUDIT: &str = r#"audit: outlines
cohort: {manifest: c.csv, columns: {image: path, patient: patient}}
output: {head: segmentation, activation: sigmoid, labels: [lesion], inside_from: 0.4, resample: nearest}
endpoints:
  outline: {task: segmentation, outline: lesion, truth: {mask: mask, value: 255}, unit_of_measurement: mm, tolerance: 2, both_empty: perfect, one_empty: 50, lesion_overlap: 0.1}
model: {file: m.onnx}
input: {kind: raster, channels: rgb}
preprocess: []
"#;

const BOXES_AUDIT: &str = r#"audit: boxes
cohort: {manifest: c.csv, columns: {image: path, patient: patient}}
output: {head: detection, name: scores, boxes: boxes, activation: none, labels: [lesion]}
endpoints:
  one: {task: detection, boxes: lesion, candidates: 2, truth: {box: [x0, y0, x1, y1], places: side}, places: [left, right], size_of_truth: [200, 150], size_of_boxes: [128, 96],
    fits: iou, fits_at: 0.5, threshold: 0.5, false_positives: [0.5, 1], area_bins: [100]}
  all: {task: detection, boxes: lesion, candidates: 2, truth: {boxes: all}, threshold: 0.5}
model: {file: m.onnx}
input: {kind: raster, channels: rgb}
preprocess: []
"#;

/// Keys of endpoints with a task, by path.
fn of_tasks() -> KeysByPath {
    let mut found = KeysByPath::new();
    for task in crate::tasks::TASKS {
        for name in task.keys.iter().map(|key| key.name).chain(["task"]) {
            let (path, key) = match name.strip_prefix("truth.") {
                Some(own) => ("endpoints.*.truth", own),
                None => ("endpoints.*", name),
            };
            let keys = found.entry(path.to_owned()).or_default();
            keys.insert(key.to_owned());
        }
    }
    found
}

/// Variants of it on DICOM: of some keys only one can stand in an audit.
fn on_dicom() -> Vec<String> {
    let input = "input: {kind: array, channels: repeat3}\npreprocess:\n";
    assert_eq!(COMPLETE.matches(input).count(), 1);
    [
        ("dicom, frame: 2", "rescale", "window: first"),
        ("dicom", "rescale:", "window: {name: BONE}"),
        (
            "dicom, monochrome1: as_stored",
            "rescale",
            "window: {index: 1, output: u8, rounding: nearest}",
        ),
        ("dicom", "rescale", "window: lut"),
        (
            "dicom, monochrome1: by_window",
            "rescale",
            "window: {lut: 1}",
        ),
        (
            "dicom_series, allow: [gap, uneven_spacing, tilt]",
            "rescale",
            "window: {index: 0}",
        ),
        (
            "dicom_series",
            "rescale",
            "window: {center: 40, width: 400, function: sigmoid}",
        ),
    ]
    .into_iter()
    .map(|(kind, rescale, window)| {
        let first = format!(
            "input: {{kind: {kind}, channels: repeat3}}\npreprocess:\n  - {rescale}\n  - {window}\n"
        );
        COMPLETE.replace(input, &first)
    })
    .collect()
}

type KeysByPath = BTreeMap<String, BTreeSet<String>>;

fn schema() -> Value {
    serde_json::from_str(&audit_schema()).unwrap()
}

/// Properties of every mapping that the schema describes.
fn walk(schema: &Value, root: &Value, path: &str, found: &mut KeysByPath) {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).unwrap();
        walk(target, root, path, found);
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for one in schema[keyword].as_array().into_iter().flatten() {
            walk(one, root, path, found);
        }
    }
    let child = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    if let Some(properties) = schema["properties"].as_object() {
        let keys = found.entry(path.to_owned()).or_default();
        keys.extend(properties.keys().cloned());
        for (key, value) in properties {
            walk(value, root, &child(key), found);
        }
        let closed = schema["additionalProperties"] == json!(false);
        assert!(closed || path == "strata", "{path} takes unknown keys");
    }
    if schema["additionalProperties"].is_object() {
        walk(&schema["additionalProperties"], root, &child("*"), found);
    }
    if schema["items"].is_object() {
        walk(&schema["items"], root, &format!("{path}[]"), found);
    }
}

/// Keys of an input's own `input` and `preprocess`, which are those of the file's.
fn own_ways_apart(all: KeysByPath) -> KeysByPath {
    let mut found = KeysByPath::new();
    for (path, keys) in all {
        let own = ["input", "preprocess[]"].into_iter().find_map(|section| {
            let rest = path
                .strip_prefix("model.inputs.*.")?
                .strip_prefix(section)?;
            Some(format!("{section}{rest}"))
        });
        found.entry(own.unwrap_or(path)).or_default().extend(keys);
    }
    found
}

#[test]
fn the_schema_has_exactly_the_keys_that_the_validator_takes() {
    let schema = schema();
    let mut described = KeysByPath::new();
    walk(&schema, &schema, "", &mut described);
    let described = own_ways_apart(described);
    let mut taken: KeysByPath = keys::ALL
        .iter()
        .map(|keys| {
            (
                keys.path.to_owned(),
                keys.accepted.iter().map(|key| (*key).to_owned()).collect(),
            )
        })
        .collect();
    for (path, keys) in of_tasks() {
        taken.entry(path).or_default().extend(keys);
    }
    assert_eq!(described, taken);
}

#[test]
fn no_key_is_both_taken_and_refused() {
    for keys in keys::ALL {
        let both: Vec<_> = keys
            .accepted
            .iter()
            .filter(|key| keys.later.contains(key))
            .collect();
        assert!(both.is_empty(), "{}: {both:?}", keys.path);
    }
}

fn to_json(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { .. } if node.is_empty() => Value::Null,
        Kind::Scalar {
            text,
            quoted: false,
        } => match text.as_str() {
            "true" => json!(true),
            "false" => json!(false),
            text => match (text.parse::<u64>(), text.parse::<f64>()) {
                (Ok(count), _) => json!(count),
                (_, Ok(number)) if number.is_finite() => json!(number),
                _ => json!(text),
            },
        },
        Kind::Scalar { text, .. } => json!(text),
        Kind::Sequence(items) => items.iter().map(to_json).collect(),
        Kind::Mapping(entries) => {
            let map: Map<String, Value> = entries
                .iter()
                .map(|(key, node)| (key.value.clone(), to_json(node)))
                .collect();
            Value::Object(map)
        }
    }
}

fn read(text: &str) -> Node {
    let mut found = Vec::new();
    let node = tree::read(text, &mut found).unwrap();
    assert_eq!(found, []);
    node
}

fn mistakes(text: &str) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    validator
        .iter_errors(&to_json(&read(text)))
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Keys that are used, by the path of the table of keys.
fn used(node: &Node, path: &str, found: &mut KeysByPath) {
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => items
            .iter()
            .for_each(|item| used(item, &format!("{path}[]"), found)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                let fixed = keys::ALL
                    .iter()
                    .any(|keys| keys.path == path && keys.accepted.contains(&key.as_str()));
                let step = if fixed { key.as_str() } else { "*" };
                if fixed {
                    found
                        .entry(path.to_owned())
                        .or_default()
                        .insert(key.value.clone());
                }
                let path = if path.is_empty() {
                    step.to_owned()
                } else {
                    format!("{path}.{step}")
                };
                used(value, &path, found);
            }
        }
    }
}

#[test]
fn an_audit_with_every_key_satisfies_validator_and_schema() {
    let mut found = KeysByPath::new();
    let mut complete = on_dicom();
    let others = [COMPLETE, VOTES, TASKS_AUDIT, OUTLINES_AUDIT, BOXES_AUDIT];
    complete.extend(others.map(str::to_owned));
    for text in &complete {
        used(&read(text), "", &mut found);
    }
    for keys in keys::ALL {
        for key in keys.accepted {
            assert!(
                found.get(keys.path).is_some_and(|used| used.contains(*key)),
                "{}: {key} is not used",
                keys.path
            );
        }
    }
    for text in &complete {
        assert_eq!(mistakes(text), Vec::<String>::new());
        for need in [Need::Model, Need::Scores] {
            let loaded = parse(text, "complete.yaml", Path::new(""), need)
                .map_err(|errors| errors.render(false));
            // Every step at once makes no sense, and is remarked upon.
            let warnings = loaded.unwrap().warnings;
            let other = warnings.iter().find(|one| !REMARKS.contains(&one.code));
            assert_eq!(other, None);
        }
    }
}

#[test]
fn steps_of_dicom_are_refused_where_they_have_no_meaning() {
    let dicom = &on_dicom()[0];
    for (from, to, code) in [
        ("kind: dicom, frame: 2", "kind: raster", "dicom-only"),
        ("kind: dicom,", "kind: array,", "dicom-only"),
        (
            "kind: dicom, frame: 2",
            "kind: dicom_series, frame: 2",
            "dicom-only",
        ),
        ("kind: dicom,", "kind: dicom, allow: [gap],", "dicom-only"),
        (
            "kind: dicom,",
            "kind: dicom, monochrome1: inverted,",
            "unknown-value",
        ),
        (
            "kind: dicom, frame: 2",
            "kind: dicom_series, allow: [duplicate_position]",
            "unknown-value",
        ),
        (
            "kind: dicom, frame: 2",
            "kind: raster, monochrome1: as_stored",
            "dicom-only",
        ),
        (
            "kind: dicom, frame: 2",
            "kind: dicom, orientation: exif",
            "raster-only",
        ),
        (
            "kind: dicom, frame: 2",
            "kind: raster, orientation: upright",
            "unknown-value",
        ),
        (
            "  - rescale\n  - window: first\n",
            "  - window: first\n  - rescale\n",
            "step-order",
        ),
        ("  - rescale\n", "", "step-order"),
        ("window: first", "window: second", "unknown-value"),
        (
            "window: first",
            "window: {index: 1, name: BONE}",
            "several-windows",
        ),
        (
            "window: first",
            "window: {index: 1, lut: 0}",
            "several-windows",
        ),
        (
            "window: first",
            "window: {index: 1, output: u8}",
            "missing-key",
        ),
        (
            "window: first",
            "window: {index: 1, rounding: down}",
            "contradiction",
        ),
        (
            "window: first",
            "window: {center: 0, width: 0.5, function: linear}",
            "out-of-range",
        ),
    ] {
        assert_eq!(dicom.matches(from).count(), 1, "{from}");
        let errors = parse(&dicom.replace(from, to), "", Path::new(""), Need::Model).unwrap_err();
        let text = errors.render(false);
        assert!(text.contains(code), "{to}: {text}");
    }
}

#[test]
fn schema_and_validator_refuse_the_same_values() {
    for (from, to) in [
        ("audit: every-key", "audit: .hidden"),
        ("engine: embedded", "engine: tensorrt"),
        ("threads: 2", "threads: 0"),
        ("sha256: E3B0", "sha256: XYZ"),
        ("max_failed_share: 0.02", "max_failed_share: 2"),
        ("sampling: consecutive", "sampling: ~"),
        ("standardize:\n", "standardize: 3\n"),
        ("rotate90: 3", "rotate90: 4"),
        ("clip_limit: 2.0", "clip_limit: -1"),
        ("clahe: {engine: opencv", "clahe: {engine: torch"),
        (
            "histogram_equalize: {engine: skimage}",
            "histogram_equalize: {}",
        ),
        ("transpose:\n", "transpose: 1\n"),
        ("rounding: half_even", "rounding: up"),
        ("dtype: u8}\n  - resize", "dtype: u16}\n  - resize"),
        (
            "channels: repeat3\n  - transpose",
            "channels: cmyk\n  - transpose",
        ),
        (
            "flip: horizontal",
            "flip: horizontal\n    clip: {min: 0, max: 1}",
        ),
        ("fixed: 0.25", "fixed: high"),
        ("fixed: 0.25", "fixed: 0.25, youden: {on: tuning}"),
        ("{fixed: 0.25}", "{}"),
        ("youden: {on: tuning}", "youden: tuning"),
        ("value: 0.95", "value: 0"),
        ("value: 1,", "value: 1.5,"),
        ("value: 1, on: nested", "value: 1, on: itself"),
        (
            "tuning: {column: split, in",
            "tuning: {column: split, not_in",
        ),
        ("seed: 18446744073709551615", "seed: -1"),
        ("suppress_below: 0", "suppress_below: 2"),
        ("confidence: 0.9", "confidence: 1"),
        ("alpha: 0.05", "alpha: 0.6"),
        ("require: \"<= 0.2\"", "require: \"< 0.2\""),
        ("metric: brier", "metric: balanced_accurcy"),
        ("endpoints:\n", "endpoints: {}\nendpointz:\n"),
        ("until: 2027-02-01\n", "until: 2027-02-1\n"),
        ("locked: 2026-09-01", "locked: 1 September 2026"),
        ("sha256: A3B0", "sha256: XYZ"),
        ("      approver: B. Approver\n", ""),
        ("      not_beyond: 0.75\n", ""),
        ("      not_beyond: 0.75\n", "      not_beyond: none\n"),
        ("stratum: overall, model", "stratum: [overall], model"),
        ("stratum: overall, model", "stratum: {}, model"),
        ("stratum: overall, model", "stratum: {sex: [F, M]}, model"),
        ("stratum: overall, model", "stratum: {sex: []}, model"),
        ("stratum: overall, model", "stratum: {sex: \"\"}, model"),
        ("      approver: B. Approver\n", "      approver: \"\"\n"),
        ("      approver: B. Approver\n", "      approver: \"  \"\n"),
        ("      owner: A. Owner\n", "      owner: \"\"\n"),
        (
            "      approver: B. Approver\n",
            "      approver: [B. Approver]\n",
        ),
    ] {
        assert_eq!(COMPLETE.matches(from).count(), 1, "{from}");
        let text = COMPLETE.replace(from, to);
        assert!(!mistakes(&text).is_empty(), "the schema accepts {to}");
        assert!(
            parse(&text, "", Path::new(""), Need::Model).is_err(),
            "the validator accepts {to}"
        );
    }
}

#[test]
fn audits_to_copy_from_satisfy_validator_and_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("audits");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(mistakes(&text), Vec::<String>::new(), "{}", path.display());
            let need = if text.contains("\nmodel:") {
                Need::Model
            } else {
                Need::Scores
            };
            match parse(&text, "audit.yaml", Path::new(""), need) {
                Err(errors) => panic!("{}\n{}", path.display(), errors.render(false)),
                Ok(loaded) => {
                    let remark = loaded
                        .warnings
                        .iter()
                        .find(|one| REMARKS.contains(&one.code));
                    assert_eq!(remark, None, "{}", path.display());
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 0, "no audit was found");
}

#[test]
fn the_reference_page_names_every_key() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit-file.md");
    let text = std::fs::read_to_string(page).unwrap();
    for keys in keys::ALL {
        for key in keys.accepted {
            let named = text.contains(&format!("`{key}`"));
            let parameter = keys.path.starts_with("preprocess[].") && text.contains(*key);
            assert!(named || parameter, "{}: {key}", keys.path);
        }
    }
}

#[test]
fn the_example_on_the_reference_page_is_valid() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit-file.md");
    let text = std::fs::read_to_string(page).unwrap();
    let example = text
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(mistakes(example), Vec::<String>::new());
    let loaded = parse(example, "audit.yaml", Path::new(""), Need::Model);
    assert_eq!(
        loaded
            .map_err(|errors| errors.render(false))
            .unwrap()
            .warnings,
        []
    );
}
