//! The step `resize`: sizes by name, the library, and its options.

use super::super::diagnostic::quoted;
use super::super::keys;
use super::super::preprocess::{
    OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, ResizeSize, SideRounding,
    SkimageFilter, TorchFilter,
};
use super::reader::{Section, Value};
use super::steps::{LARGEST_SIDE, side};

/// Width and height are named, since libraries disagree on the order of a bare pair, and the
/// library is named, since their arithmetic moves scores.
pub(super) fn resize(value: &Value<'_>) -> Option<Resize> {
    if value.is_list() {
        value.error(
            "bare-pair",
            "`resize` is a list, expected `width` and `height` by name",
            "write `resize: {width: 224, height: 224, engine: pillow, filter: bilinear}`; \
             libraries disagree on the order of a bare pair",
        );
        return None;
    }
    let section = value.section(&keys::RESIZE)?;
    let size = size(&section);
    let filter = section.required("filter", "name the filter, such as `bilinear`");
    let engines = [("pillow", 0), ("opencv", 1), ("torch", 2), ("skimage", 3)];
    let engine = section.required(
        "engine",
        "name the library that the model's makers resized with: pillow, opencv, torch or \
         skimage; \
         they differ enough to move scores",
    );
    let name = engine.and_then(|value| value.choice(&engines, &[]));
    let chosen = match name {
        Some(0) => pillow(&section, filter.as_ref()),
        Some(1) => opencv(&section, filter.as_ref()),
        Some(2) => torch(&section, filter.as_ref()),
        Some(_) => skimage(&section, filter.as_ref()),
        None => None,
    };
    Some(Resize {
        size: size?,
        engine: chosen?,
    })
}

/// `width` and `height`, or `shorter` or `longer` with the rule that rounds the other side.
fn size(section: &Section<'_>) -> Option<ResizeSize> {
    let (given, key) = match (section.get("shorter"), section.get("longer")) {
        (Some(shorter), None) => (shorter, "shorter"),
        (None, Some(longer)) => (longer, "longer"),
        (Some(_), Some(longer)) => {
            let message = "`shorter` and `longer` are given, expected one of them";
            longer.error("contradiction", message, "");
            return None;
        }
        (None, None) => return exact(section),
    };
    let side = given.size(1, LARGEST_SIDE);
    let rules = [
        ("down", SideRounding::Down),
        ("half_even", SideRounding::HalfEven),
    ];
    let help = match key {
        "shorter" => {
            "say how the longer side is rounded: `down`, int(side * long / short), as \
             torchvision, transformers and timm do, or `half_even`"
        }
        _ => {
            "say how the shorter side is rounded: `half_even`, round(short * (side / long)), as \
             MONAI and albumentations do, or `down`"
        }
    };
    let rounding = section
        .required("rounding", help)
        .and_then(|value| value.choice(&rules, &[]));
    for other in ["width", "height"] {
        if let Some(value) = section.get(other) {
            let message = format!("`{key}` and `{other}` are given, expected one of them");
            value.error("contradiction", message, "");
            return None;
        }
    }
    let (side, rounding) = (side?, rounding?);
    Some(match key {
        "shorter" => ResizeSize::Shorter { side, rounding },
        _ => ResizeSize::Longer { side, rounding },
    })
}

fn exact(section: &Section<'_>) -> Option<ResizeSize> {
    if let Some(rounding) = section.get("rounding") {
        let message =
            "`rounding` is of the other side, and neither `shorter` nor `longer` is given";
        rounding.error("contradiction", message, "remove it");
        return None;
    }
    let (width, height) = (side(section, "width"), side(section, "height"));
    Some(ResizeSize::Exact {
        width: width?,
        height: height?,
    })
}

/// Options that some engines take, with those engines in words.
const OPTIONS: [(&str, &str); 4] = [
    ("version", "pillow"),
    ("antialias", "torch and skimage"),
    ("dtype", "torch"),
    ("preserve_range", "skimage"),
];

/// Whether no option is given but those in `taken`.
fn only(section: &Section<'_>, taken: &[&str]) -> bool {
    let mut fits = true;
    for (key, engines) in OPTIONS.iter().filter(|(key, _)| !taken.contains(key)) {
        if let Some(value) = section.get(key) {
            let message = format!("`{}` is an option of {engines} only", value.path);
            value.error("option-of-another-engine", message, "remove it");
            fits = false;
        }
    }
    fits
}

fn pillow(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", PillowFilter::Nearest),
        ("box", PillowFilter::Box),
        ("bilinear", PillowFilter::Bilinear),
        ("bicubic", PillowFilter::Bicubic),
        ("lanczos", PillowFilter::Lanczos),
    ];
    let fits = only(section, &["version"]);
    let version = match section.get("version") {
        None => Some(PillowVersion::Unnamed),
        Some(value) => pillow_version(&value),
    };
    let filter = filter?.choice(&filters, &["hamming"]);
    fits.then_some(ResizeEngine::Pillow {
        filter: filter?,
        version: version?,
    })
}

/// `12`, `11.3.0` or `13.0`: only the first number matters.
fn pillow_version(value: &Value<'_>) -> Option<PillowVersion> {
    let text = value.text()?;
    let first = text
        .split('.')
        .next()
        .and_then(|first| first.parse::<u32>().ok());
    match first {
        Some(1..=12) => Some(PillowVersion::V12),
        Some(13) => Some(PillowVersion::V13),
        _ => {
            let message = format!(
                "`{}` is {}, expected a version of Pillow up to 13",
                value.path,
                quoted(&text)
            );
            value.error(
                "unknown-value",
                message,
                "`python -c 'import PIL; print(PIL.__version__)'` prints it",
            );
            None
        }
    }
}

fn opencv(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", OpenCvFilter::Nearest),
        ("bilinear", OpenCvFilter::Bilinear),
        ("bicubic", OpenCvFilter::Bicubic),
        ("area", OpenCvFilter::Area),
    ];
    let fits = only(section, &[]);
    let filter = filter?.choice(&filters, &["lanczos"])?;
    fits.then_some(ResizeEngine::OpenCv { filter })
}

fn torch(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", TorchFilter::Nearest),
        ("bilinear", TorchFilter::Bilinear),
        ("bicubic", TorchFilter::Bicubic),
    ];
    let fits = only(section, &["antialias", "dtype"]);
    let filter = filter?.choice(&filters, &["area"]);
    let antialias = antialias(section, filter == Some(TorchFilter::Nearest));
    let bytes = match section.get("dtype") {
        None => Some(false),
        Some(value) => value.choice(&[("f32", false), ("u8", true)], &[]),
    };
    let (filter, antialias) = (filter?, antialias?);
    if bytes? {
        if (filter, antialias) != (TorchFilter::Bilinear, true) {
            let message = "`dtype: u8` is known for `filter: bilinear` with `antialias: true` only";
            section
                .get("dtype")
                .as_ref()
                .unwrap_or(&section.value)
                .error(
                    "not-supported",
                    message,
                    "remove `dtype` where the makers resized float tensors",
                );
            return None;
        }
        return fits.then_some(ResizeEngine::TorchBytes);
    }
    fits.then_some(ResizeEngine::Torch { filter, antialias })
}

fn skimage(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", SkimageFilter::Nearest),
        ("bilinear", SkimageFilter::Bilinear),
        ("bicubic", SkimageFilter::Bicubic),
    ];
    let fits = only(section, &["antialias", "preserve_range"]);
    let filter = filter?.choice(&filters, &[]);
    let nearest = filter == Some(SkimageFilter::Nearest);
    let antialias = antialias(section, nearest);
    let preserve_range = match section.get("preserve_range") {
        // Order 0 keeps samples as they are.
        None if nearest => Some(true),
        None => {
            section.required(
                "preserve_range",
                "say whether the makers resized with `preserve_range=True`; without it \
                 scikit-image turns 8-bit samples to 0..1",
            );
            None
        }
        Some(value) => value.flag(),
    };
    fits.then_some(ResizeEngine::Skimage {
        filter: filter?,
        antialias: antialias?,
        preserve_range: preserve_range?,
    })
}

fn antialias(section: &Section<'_>, nearest: bool) -> Option<bool> {
    match section.get("antialias") {
        None if nearest => Some(false),
        None => {
            section.required(
                "antialias",
                "say whether the makers resized with antialiasing; it changes most pixels \
                 (scikit-image's default is true)",
            );
            None
        }
        Some(value) => match value.flag() {
            Some(true) if nearest => {
                value.error(
                    "no-antialias",
                    "`nearest` has no antialiasing",
                    "remove `antialias`",
                );
                None
            }
            flag => flag,
        },
    }
}
