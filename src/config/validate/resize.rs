//! The step `resize`: sizes by name, the library, and its options.

use super::super::diagnostic::quoted;
use super::super::keys;
use super::super::preprocess::{
    OpenCvFilter, PillowFilter, PillowVersion, Resize, ResizeEngine, TorchFilter,
};
use super::reader::{Section, Value};
use super::steps::side;

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
    let (width, height) = (side(&section, "width"), side(&section, "height"));
    let filter = section.required("filter", "name the filter, such as `bilinear`");
    let engines = [("pillow", 0), ("opencv", 1), ("torch", 2)];
    let engine = section.required(
        "engine",
        "name the library that the model's makers resized with: pillow, opencv or torch; \
         they differ enough to move scores",
    );
    let name = engine.and_then(|value| value.choice(&engines, &["skimage"]));
    let chosen = match name {
        Some(0) => pillow(&section, filter.as_ref()),
        Some(1) => opencv(&section, filter.as_ref()),
        Some(_) => torch(&section, filter.as_ref()),
        None => None,
    };
    Some(Resize {
        width: width?,
        height: height?,
        engine: chosen?,
    })
}

fn only_for(section: &Section<'_>, key: &str, engine: &str) -> bool {
    let given = section.get(key);
    if let Some(value) = &given {
        let message = format!("`{}` is an option of engine {engine} only", value.path);
        value.error("option-of-another-engine", message, "remove it");
    }
    given.is_none()
}

fn pillow(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", PillowFilter::Nearest),
        ("box", PillowFilter::Box),
        ("bilinear", PillowFilter::Bilinear),
        ("bicubic", PillowFilter::Bicubic),
        ("lanczos", PillowFilter::Lanczos),
    ];
    let fits = only_for(section, "antialias", "torch");
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
    let antialias = only_for(section, "antialias", "torch");
    let fits = only_for(section, "version", "pillow") && antialias;
    let filter = filter?.choice(&filters, &["lanczos"])?;
    fits.then_some(ResizeEngine::OpenCv { filter })
}

fn torch(section: &Section<'_>, filter: Option<&Value<'_>>) -> Option<ResizeEngine> {
    let filters = [
        ("nearest", TorchFilter::Nearest),
        ("bilinear", TorchFilter::Bilinear),
        ("bicubic", TorchFilter::Bicubic),
    ];
    let fits = only_for(section, "version", "pillow");
    let filter = filter?.choice(&filters, &["area"]);
    let nearest = filter == Some(TorchFilter::Nearest);
    let antialias = match section.get("antialias") {
        None if nearest => Some(false),
        None => {
            section.required(
                "antialias",
                "say whether the makers resized with `antialias=True`; it changes most pixels",
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
    };
    fits.then_some(ResizeEngine::Torch {
        filter: filter?,
        antialias: antialias?,
    })
}
