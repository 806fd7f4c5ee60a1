//! One `_target_` with its arguments: which key of the sample it is of, and what it says beyond what is
//! understood.

use serde_json::Value;

use super::super::short;

/// Keys of a sample that hold no image.
const LABELS: [&str; 8] = [
    "label",
    "labels",
    "seg",
    "segmentation",
    "mask",
    "masks",
    "gt",
    "target",
];

/// Arguments that dictionary transforms take one of for each of their keys.
const PER_KEY: [&str; 5] = ["mode", "padding_mode", "align_corners", "dtype", "reader"];

/// Arguments of every component that change no number, and `lazy` and `_mode_` as they usually are.
const USUAL: [Accepted; 14] = [
    ("_target_", ANY),
    ("_desc_", ANY),
    ("_requires_", ANY),
    ("_disabled_", &["false"]),
    ("_mode_", &["default"]),
    ("keys", ANY),
    ("allow_missing_keys", ANY),
    ("meta_keys", ANY),
    ("meta_key_postfix", ANY),
    ("device", ANY),
    ("track_meta", ANY),
    ("wrap_sequence", ANY),
    ("data_type", ANY),
    ("lazy", &["false", "null"]),
];

/// An argument, and the texts of it that are understood; `ANY`: all, since it is read elsewhere or
/// changes no number.
pub(super) type Accepted = (&'static str, &'static [&'static str]);

/// All values.
pub(super) const ANY: &[&str] = &[];

/// Which images a transform is of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// The image; its place among the keys, and how many there are.
    Image(usize, usize),
    /// Labels alone.
    Labels,
    /// It cannot be told.
    Unclear,
}

/// A component with its arguments.
pub(super) struct Call<'a> {
    written: &'a Value,
    pub(super) target: &'a str,
    /// Place of the image among the keys, and how many keys there are.
    place: (usize, usize),
}

impl<'a> Call<'a> {
    /// A component; `None` without `_target_`.
    pub(super) fn of(written: &'a Value) -> Option<Self> {
        let target = written.get("_target_")?.as_str()?;
        Some(Self {
            written,
            target,
            place: (0, 1),
        })
    }

    /// The class without its module and the end that dictionary transforms have:
    /// `monai.transforms.Spacingd` and `Spacing` do the same.
    pub(super) fn name(&self) -> &'a str {
        let name = self.target.rsplit('.').next().unwrap_or(self.target);
        // The one array transform of the list that ends like a dictionary transform.
        if name == "CropForeground" {
            return name;
        }
        let ends = ["Dict", "D", "d"];
        let short = ends.iter().find_map(|end| name.strip_suffix(end));
        short.unwrap_or(name)
    }

    /// The same call as it is of the image.
    pub(super) fn at(self, place: usize, keys: usize) -> Self {
        Self {
            place: (place, keys),
            ..self
        }
    }

    /// What it is of. `image` is the key that holds the image.
    pub(super) fn concern(&self, image: &str) -> Concern {
        let Some(said) = self.written.get("keys") else {
            return Concern::Image(0, 1);
        };
        let Some(keys) = names(said) else {
            return Concern::Unclear;
        };
        match keys.iter().position(|key| *key == image) {
            Some(place) => Concern::Image(place, keys.len()),
            None if !keys.is_empty() && keys.iter().all(|key| LABELS.contains(key)) => {
                Concern::Labels
            }
            None => Concern::Unclear,
        }
    }

    /// An argument as it is for the image; `None` where it is not said or null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.said(key).filter(|value| !value.is_null())
    }

    fn said(&self, key: &str) -> Option<&'a Value> {
        let value = self.written.get(key)?;
        let (place, keys) = self.place;
        match value.as_array() {
            Some(values) if PER_KEY.contains(&key) && values.len() == keys => values.get(place),
            _ => Some(value),
        }
    }

    /// The key of the image, where there are keys.
    pub(super) fn image(&self) -> Option<&'a str> {
        names(self.written.get("keys")?)?.get(self.place.0).copied()
    }

    /// Arguments that are not understood, with their values. Null is understood as not said, unless
    /// values are named.
    pub(super) fn others(&self, accepted: &[Accepted]) -> Option<String> {
        let arguments = self.written.as_object()?.keys();
        let others: Vec<String> = arguments
            .filter_map(|key| {
                let value = self.said(key)?;
                let mut known = USUAL.iter().chain(accepted);
                let fine = match known.find(|(name, _)| name == key) {
                    Some((_, texts)) => texts.is_empty() || texts.contains(&text(value).as_str()),
                    None => value.is_null(),
                };
                (!fine).then(|| format!("`{key}` {}", short(value)))
            })
            .collect();
        (!others.is_empty()).then(|| others.join(", "))
    }

    pub(super) fn short(&self) -> String {
        short(self.written)
    }
}

/// The key of the image: the only one that is loaded and holds no labels; else `image`.
pub(super) fn image_key(transforms: &[Value]) -> &str {
    let loaded = transforms
        .iter()
        .filter_map(Call::of)
        .find(|call| call.name() == "LoadImage")
        .and_then(|call| names(call.written.get("keys")?))
        .unwrap_or_default();
    let images: Vec<&str> = loaded
        .into_iter()
        .filter(|key| !LABELS.contains(key))
        .collect();
    match images.as_slice() {
        [one] => one,
        _ => "image",
    }
}

/// One name or several; `None` where one is an expression or a reference.
fn names(said: &Value) -> Option<Vec<&str>> {
    let all: Vec<&str> = match said {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().map(Value::as_str).collect::<Option<_>>()?,
        _ => return None,
    };
    let plain = all.iter().all(|name| !name.starts_with(['$', '@', '%']));
    plain.then_some(all)
}

/// A value as one word. Number types are named in several ways: `$torch.float32` is read as the
/// name that it ends in, and any other expression stays what it is.
fn text(value: &Value) -> String {
    let Some(said) = value.as_str() else {
        return value.to_string();
    };
    let name = said.strip_prefix('$').unwrap_or(said);
    let modules = ["torch.", "np.", "numpy."];
    let name = modules
        .iter()
        .find_map(|module| name.strip_prefix(module))
        .unwrap_or(said);
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_those_of_the_image() {
        let two = json!({"_target_": "Spacingd", "keys": ["label", "image"],
            "mode": ["nearest", "bilinear"], "padding_mode": "zeros", "lazy": true});
        let call = Call::of(&two).unwrap();
        assert_eq!(call.concern("image"), Concern::Image(1, 2));
        let call = call.at(1, 2);
        assert_eq!(call.get("mode").unwrap(), "bilinear");
        let accepted = [("mode", ANY), ("padding_mode", &["border"] as &[&str])];
        let others = call.others(&accepted).unwrap();
        assert_eq!(others, "`lazy` true, `padding_mode` \"zeros\"");
    }

    #[test]
    fn array_and_dictionary_transforms_have_one_name() {
        let name = |target: &str| {
            let call = json!({ "_target_": target });
            Call::of(&call).unwrap().name().to_owned()
        };
        for end in ["", "d", "D", "Dict"] {
            assert_eq!(name(&format!("monai.transforms.Spacing{end}")), "Spacing");
            assert_eq!(name(&format!("CropForeground{end}")), "CropForeground");
        }
    }

    #[test]
    fn keys_tell_images_from_labels() {
        let of = |keys: Value| {
            let call = json!({"_target_": "Spacingd", "keys": keys});
            Call::of(&call).unwrap().concern("image")
        };
        assert_eq!(of(json!("image")), Concern::Image(0, 1));
        assert_eq!(of(json!(["label", "mask"])), Concern::Labels);
        for unclear in [json!("@keys"), json!(["t1", "label"]), json!([]), json!(3)] {
            assert_eq!(of(unclear.clone()), Concern::Unclear, "{unclear}");
        }
        let loads = |keys: Value| vec![json!({"_target_": "LoadImaged", "keys": keys})];
        assert_eq!(image_key(&loads(json!(["t2w", "label"]))), "t2w");
        assert_eq!(image_key(&loads(json!(["t1", "t2"]))), "image");
    }

    #[test]
    fn types_are_compared_by_name_and_nothing_is_evaluated() {
        for same in ["float32", "$torch.float32", "np.float32", "$numpy.float32"] {
            assert_eq!(text(&json!(same)), "float32");
        }
        assert_eq!(text(&json!("$float32")), "$float32");
        assert_eq!(
            text(&json!("$torch.float32 if x else y")),
            "float32 if x else y"
        );
    }
}
