//! `inference.json` or `inference.yaml` of a MONAI bundle. Only transforms of a fixed list are read,
//! with arguments of fixed lists; an expression (`$...`) or reference (`@...`) is never evaluated.

mod call;
mod steps;
mod window;

use serde_json::Value;

use super::draft::Draft;
use super::short;
use call::{ANY, Accepted, Call, Concern};

/// Arguments of `Compose` that change no number.
const COMPOSE: [Accepted; 4] = [
    ("transforms", ANY),
    ("map_items", ANY),
    ("unpack_items", &["false"]),
    ("log_stats", ANY),
];

pub(super) fn read(value: &Value, mut draft: Draft) -> Draft {
    draft.kind = Some("volume");
    draft.notes.push("the layout of a MONAI network is NCWHD; name the input of the ONNX graph under `model.inputs`".to_owned());
    let preprocessing = value.get("preprocessing");
    let transforms = preprocessing
        .and_then(|preprocessing| preprocessing.get("transforms"))
        .and_then(Value::as_array);
    match transforms {
        Some(transforms) => {
            let image = call::image_key(transforms);
            for one in transforms {
                transform(one, image, &mut draft);
            }
        }
        None => draft.todo(
            "resize",
            "`preprocessing.transforms` is not a list; say the steps",
        ),
    }
    if let Some(reason) = preprocessing.and_then(not_compose) {
        draft.unknown(format!("`preprocessing`: {reason}"));
    }
    changes(value, &mut draft);
    if let Some(inferer) = value.get("inferer") {
        draft.model_lines.extend(window::line(inferer));
    }
    draft.complete = transforms.is_some();
    draft
}

/// What keeps the list of transforms from running one after the other.
fn not_compose(preprocessing: &Value) -> Option<String> {
    let Some(call) = Call::of(preprocessing) else {
        return Some("no `_target_` says that its transforms run one after the other".to_owned());
    };
    if call.target.rsplit('.').next() != Some("Compose") {
        return Some(format!("{} is not imported", call.target));
    }
    let others = call.others(&COMPOSE)?;
    Some(format!("Compose with {others} is not understood here"))
}

/// Keys that change another entry by its path: `preprocessing#transforms#0`, `+preprocessing`.
fn changes(value: &Value, draft: &mut Draft) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let part = key.trim_start_matches('+');
        let section = part.split(['#', ':']).next().unwrap_or_default();
        if key != section && matches!(section, "preprocessing" | "inferer") {
            draft.unknown(format!(
                "`{key}` changes `{section}` to {}, which is not followed",
                short(value)
            ));
        }
    }
}

fn transform(one: &Value, image: &str, draft: &mut Draft) {
    match one.get("_disabled_") {
        Some(Value::Bool(true)) => return,
        Some(Value::Bool(false)) | None => {}
        Some(other) => {
            return draft.unknown(format!(
                "whether {} is used depends on {other}, which is not evaluated",
                short(one)
            ));
        }
    }
    let Some(call) = Call::of(one) else {
        return draft.unknown(format!("a transform without `_target_`: {}", short(one)));
    };
    let call = match call.concern(image) {
        Concern::Image(place, keys) => call.at(place, keys),
        Concern::Labels => {
            return draft.notes.push(format!(
                "{} is left out: it is of labels alone ({})",
                call.target,
                one.get("keys").map(short).unwrap_or_default()
            ));
        }
        Concern::Unclear => {
            return draft.unknown(format!(
                "whether {} is of the image (`{image}`) its keys do not say: {}",
                call.target,
                call.short()
            ));
        }
    };
    let Some((step, accepted)) = steps::accepted(call.name()) else {
        return draft.unknown(format!(
            "what {} does, which is not among the transforms that are imported: {}",
            call.target,
            call.short()
        ));
    };
    match (call.others(accepted), step) {
        (Some(others), Some(step)) => draft.todo(
            step,
            format!("{} with {others}, which is not understood here: {}", call.target, call.short()),
        ),
        (Some(others), None) => draft.unknown(format!(
            "{} with {others}, which is not understood here; write what it does to numbers as a step at its place, or remove this line if it does nothing",
            call.target
        )),
        (None, _) => steps::put(&call, draft),
    }
}
