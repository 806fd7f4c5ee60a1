//! The crop of transformers' image processors in the audit file's words.
//!
//! The classes on Pillow, and the fast ones of later versions, begin at the whole part of half of what
//! is left over; torchvision's `center_crop`, which earlier fast ones call, and the step
//! `crop: {center}` begin at half of it, rounded half to even. They differ where 3, 7, 11, ... are left.

use crate::config::{Crop, ResizeSize};

/// The steps that cut `width` x `height` out of an image of the given size, as the class does it for
/// every image; `None` where no step does, or versions of the class differ.
pub(super) fn center(
    before: Option<ResizeSize>,
    (width, height): (usize, usize),
    fast: bool,
) -> Option<Vec<Crop>> {
    let center = |width, height| Crop::Center {
        width,
        height,
        depth: None,
    };
    match before? {
        ResizeSize::Exact {
            width: columns,
            height: rows,
        } => {
            let (beside, above) = (columns.checked_sub(width)?, rows.checked_sub(height)?);
            if beside % 4 != 3 && above % 4 != 3 {
                return Some(vec![center(width, height)]);
            }
            let (x0, y0) = (beside / 2, above / 2);
            (!fast).then(|| {
                vec![Crop::Box {
                    x0,
                    y0,
                    x1: x0 + width,
                    y1: y0 + height,
                    frames: None,
                }]
            })
        }
        // The largest square begins at the whole part; of a square an even rest has one middle.
        ResizeSize::Shorter { side, .. } if !fast && width == height => {
            let rest = side.checked_sub(width)?;
            let inner = (rest > 0).then(|| center(width, height));
            rest.is_multiple_of(2)
                .then(|| std::iter::once(Crop::CenterSquare).chain(inner).collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SideRounding;

    fn begin(crops: &[Crop], mut columns: usize) -> usize {
        let mut first = 0;
        for crop in crops {
            let (start, width) = match *crop {
                Crop::CenterSquare => ((columns - 256) / 2, 256),
                Crop::Center { width, .. } => {
                    let half = (columns - width) as f64 / 2.0;
                    (half.round_ties_even() as usize, width)
                }
                _ => unreachable!(),
            };
            first += start;
            columns = width;
        }
        first
    }

    /// transformers: `left = (orig_width - crop_width) // 2`.
    #[test]
    fn the_crop_begins_where_transformers_begins() {
        let shorter = ResizeSize::Shorter {
            side: 256,
            rounding: SideRounding::Down,
        };
        for wanted in [224, 256, 100] {
            let crops = center(Some(shorter), (wanted, wanted), false).unwrap();
            for columns in 256..300 {
                assert_eq!(begin(&crops, columns), (columns - wanted) / 2, "{columns}");
            }
        }
    }

    #[test]
    fn what_versions_or_steps_disagree_on_is_left_open() {
        let shorter = ResizeSize::Shorter {
            side: 256,
            rounding: SideRounding::Down,
        };
        let exact = |side| ResizeSize::Exact {
            width: side,
            height: side,
        };
        assert_eq!(center(None, (224, 224), false), None);
        assert_eq!(center(Some(shorter), (224, 224), true), None);
        assert_eq!(center(Some(shorter), (224, 200), false), None);
        assert_eq!(center(Some(shorter), (225, 225), false), None);
        // Images that are too small are filled up with zeros.
        assert_eq!(center(Some(shorter), (300, 300), false), None);
        assert_eq!(center(Some(exact(200)), (224, 224), false), None);
        assert_eq!(center(Some(exact(227)), (224, 224), true), None);
        let whole = center(Some(exact(227)), (224, 224), false).unwrap();
        let expected = Crop::Box {
            x0: 1,
            y0: 1,
            x1: 225,
            y1: 225,
            frames: None,
        };
        assert_eq!(whole, [expected]);
        assert!(center(Some(exact(256)), (224, 224), true).is_some());
    }
}
