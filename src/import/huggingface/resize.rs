//! `do_resize`, `size`, `resample`, and the rules that classes have of their own for them.

use serde_json::Value;

use crate::config::{
    PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding, Step,
};

use super::super::draft::Draft;
use super::super::pixels;
use super::class::{Class, Family};
use super::{crop, put_crop};

/// From this size on ConvNext resizes both sides and cuts nothing out.
const CONVNEXT_WHOLE: usize = 384;

/// Writes the resize, and ConvNext's crop behind it. Gives the size afterwards where it is known.
pub(super) fn resize(
    config: &Value,
    name: &str,
    class: Option<Class>,
    draft: &mut Draft,
) -> Option<ResizeSize> {
    let family = class.map_or(Family::Plain, |class| class.family);
    let said = config.get("size");
    let Some(said_size) = said.and_then(plain) else {
        let said = said.map_or_else(|| "nothing".to_owned(), Value::to_string);
        draft.todo("resize", format!("`size` is {said}; expected width and height, or the shortest edge alone; what a bare number means depends on the class"));
        return None;
    };
    let (size, keys, cut) = match by_rule(config, family, said_size) {
        Ok(found) => found,
        Err(reason) => {
            draft.todo(
                "resize",
                format!("{reason}; say how images get to their size"),
            );
            return None;
        }
    };
    let to = words(size);
    match engine(config, class) {
        Ok(engine) => draft.known(
            Step::Resize(Resize { size, engine }),
            format!("{keys}; {}", who(name, class)),
        ),
        Err(reason) => draft.todo("resize", format!("{to}; {reason}")),
    }
    if let Some(side) = cut {
        let fast = class.is_some_and(|class| class.fast);
        put_crop(
            crop::center(Some(size), (side, side), fast),
            (side, side),
            &format!("{name} cuts out the middle below {CONVNEXT_WHOLE}"),
            draft,
        );
        return Some(ResizeSize::Exact {
            width: side,
            height: side,
        });
    }
    Some(size)
}

/// Size, the keys that said so, and the square that the class cuts out afterwards.
type Ruled = (ResizeSize, String, Option<usize>);

/// What the class makes of the size that is written.
fn by_rule(config: &Value, family: Family, said: ResizeSize) -> Result<Ruled, String> {
    let keys = "size, resample".to_owned();
    let shorter = |side: f64| ResizeSize::Shorter {
        side: side as usize,
        rounding: SideRounding::Down,
    };
    match (family, said) {
        (Family::ConvNext, ResizeSize::Shorter { side, .. }) if side < CONVNEXT_WHOLE => {
            let share = match config.get("crop_pct") {
                None | Some(Value::Null) => Some(224.0 / 256.0),
                Some(value) => value.as_f64(),
            };
            let share = share
                .filter(|share| *share > 0.0 && *share <= 1.0)
                .ok_or("`crop_pct` is no share of the image")?;
            let size = shorter(side as f64 / share);
            Ok((
                size,
                format!("{keys}, crop_pct {share}: int({side} / {share})"),
                Some(side),
            ))
        }
        (Family::ConvNext, ResizeSize::Shorter { side, .. }) => {
            let size = ResizeSize::Exact {
                width: side,
                height: side,
            };
            Ok((
                size,
                format!("{keys}; both sides from {CONVNEXT_WHOLE} on"),
                None,
            ))
        }
        (Family::ConvNext, _) => Err("the class takes the shortest edge alone".to_owned()),
        (Family::Levit, ResizeSize::Shorter { side, .. }) => {
            let size = shorter(256.0 / 224.0 * side as f64);
            Ok((size, format!("{keys}: int(256 / 224 * {side})"), None))
        }
        (Family::Dpt, _) => dpt(config, said).map(|()| (said, keys, None)),
        _ => Ok((said, keys, None)),
    }
}

/// DPT resizes to exactly the size unless the aspect is kept or sides must be multiples.
fn dpt(config: &Value, said: ResizeSize) -> Result<(), String> {
    let ResizeSize::Exact { width, height } = said else {
        return Err("the class takes width and height".to_owned());
    };
    match config.get("keep_aspect_ratio") {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(other) => {
            return Err(format!(
                "`keep_aspect_ratio` is {other}: sizes then differ from image to image"
            ));
        }
    }
    match config.get("ensure_multiple_of") {
        None | Some(Value::Null) => Ok(()),
        Some(value) => match pixels(Some(value)) {
            Some(multiple) if width % multiple == 0 && height % multiple == 0 => Ok(()),
            _ => Err(format!(
                "`ensure_multiple_of` is {value}, of which {width} x {height} is no multiple"
            )),
        },
    }
}

/// `{"height", "width"}`, or `{"shortest_edge"}`, whose longer edge becomes
/// `int(size * long / short)` (`get_resize_output_image_size`).
fn plain(said: &Value) -> Option<ResizeSize> {
    let size = said.as_object()?;
    let side = |key: &str| pixels(size.get(key));
    let given = size.values().filter(|value| !value.is_null()).count();
    match (side("width"), side("height"), side("shortest_edge")) {
        (Some(width), Some(height), None) if given == 2 => {
            Some(ResizeSize::Exact { width, height })
        }
        (None, None, Some(side)) if given == 1 => Some(ResizeSize::Shorter {
            side,
            rounding: SideRounding::Down,
        }),
        _ => None,
    }
}

fn words(size: ResizeSize) -> String {
    match size {
        ResizeSize::Exact { width, height } => format!("to {width} wide, {height} high"),
        ResizeSize::Shorter { side, .. } => format!("the shorter side to {side}, aspect kept"),
        ResizeSize::Longer { side, .. } => format!("the longer side to {side}, aspect kept"),
    }
}

/// Library and filter.
fn engine(config: &Value, class: Option<Class>) -> Result<ResizeEngine, String> {
    let filter = match config.get("resample").and_then(Value::as_u64) {
        Some(0) => PillowFilter::Nearest,
        Some(1) => PillowFilter::Lanczos,
        Some(2) => PillowFilter::Bilinear,
        Some(3) => PillowFilter::Bicubic,
        Some(4) => PillowFilter::Box,
        other => {
            let said = other.map_or_else(|| "not said".to_owned(), |code| code.to_string());
            return Err(format!(
                "the filter (`resample`) is {said}, expected 0 to 4"
            ));
        }
    };
    let name = format!("{filter:?}").to_lowercase();
    match class {
        Some(class) if !class.fast => Ok(ResizeEngine::Pillow {
            filter,
            version: PillowVersion::Unnamed,
        }),
        Some(_) if filter == PillowFilter::Bilinear => Ok(ResizeEngine::TorchBytes),
        Some(_) => Err(format!(
            "{name} by torchvision on 8-bit tensors, which is none of the engines here; compare one that is close, such as `engine: torch` on floats, with inputs of the original under `parity`"
        )),
        None => Err(format!(
            "{name}; whether Pillow (slow image processor) or torchvision (fast) resized is not said"
        )),
    }
}

fn who(name: &str, class: Option<Class>) -> String {
    if class.is_some_and(|class| class.fast) {
        format!("{name} resizes 8-bit tensors with torchvision, antialiased")
    } else {
        format!("{name} resizes with Pillow, its fast variant with torchvision: ask which ran")
    }
}
