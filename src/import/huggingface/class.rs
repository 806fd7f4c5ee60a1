//! What the image processor classes of transformers do, by their names.
//!
//! Facts of transformers 4.26 to 4.57. A class that is not in the list may do anything.

/// An image processor class whose steps are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Class {
    /// How it differs from resize, crop, rescale, normalise.
    pub(super) family: Family,
    /// Whether it has a crop of its own, which may be on without being said.
    crops: bool,
    /// Whether it can normalise.
    pub(super) normalizes: bool,
    /// Whether torchvision resizes, as the name's end `Fast` says; else Pillow.
    pub(super) fast: bool,
}

/// Classes with rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// No rule of its own.
    Plain,
    /// Below 384 the shorter side becomes `int(size / crop_pct)` and the middle is cut out; from 384
    /// on both sides become the size.
    ConvNext,
    /// `rescale_offset`, and a second normalisation under `include_top`.
    EfficientNet,
    /// `keep_aspect_ratio` and `ensure_multiple_of`.
    Dpt,
    /// Turns red, green, blue into blue, green, red, and does not normalise.
    MobileVit,
    /// The shorter side becomes `int(256 / 224 * size)`.
    Levit,
}

/// Name before `ImageProcessor`, rules, and whether it can crop.
const KNOWN: [(&str, Family, bool); 17] = [
    ("Beit", Family::Plain, true),
    ("Bit", Family::Plain, true),
    ("Blip", Family::Plain, false),
    ("CLIP", Family::Plain, true),
    ("ChineseCLIP", Family::Plain, true),
    ("ConvNext", Family::ConvNext, false),
    ("DPT", Family::Dpt, false),
    ("DeiT", Family::Plain, true),
    ("EfficientNet", Family::EfficientNet, true),
    ("Levit", Family::Levit, true),
    ("MobileNetV1", Family::Plain, true),
    ("MobileNetV2", Family::Plain, true),
    ("MobileViT", Family::MobileVit, true),
    ("Pvt", Family::Plain, false),
    ("Segformer", Family::Plain, false),
    ("Siglip", Family::Plain, false),
    ("ViT", Family::Plain, false),
];

impl Class {
    /// The class of a name such as `ViTImageProcessorFast`, or `ViTFeatureExtractor` as it was called
    /// before.
    pub(super) fn of(name: &str) -> Option<Self> {
        let ends = [
            ("ImageProcessorFast", true),
            ("ImageProcessor", false),
            ("FeatureExtractor", false),
        ];
        let (start, fast) = ends
            .into_iter()
            .find_map(|(end, fast)| Some((name.strip_suffix(end)?, fast)))?;
        let (_, family, crops) = KNOWN.into_iter().find(|known| known.0 == start)?;
        Some(Self {
            family,
            crops,
            normalizes: family != Family::MobileVit,
            fast,
        })
    }

    /// Whether it may cut out the middle where nothing is said.
    pub(super) fn may_crop(self) -> bool {
        self.crops
    }

    /// Whether it cuts out the middle where that is said; fast classes inherit it.
    pub(super) fn can_crop(self) -> bool {
        self.crops || self.fast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_fast_names_are_the_same_class() {
        let slow = Class::of("ConvNextImageProcessor").unwrap();
        assert_eq!(Class::of("ConvNextFeatureExtractor"), Some(slow));
        let fast = Class::of("ConvNextImageProcessorFast").unwrap();
        assert_eq!((slow.family, slow.fast), (Family::ConvNext, false));
        assert_eq!((fast.family, fast.fast), (Family::ConvNext, true));
        for other in [
            "PerceiverImageProcessor",
            "ViT",
            "ViTImageProcessorMine",
            "",
        ] {
            assert_eq!(Class::of(other), None, "{other}");
        }
    }
}
