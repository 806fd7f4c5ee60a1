//! `rotate90`.

use super::transpose::columns_as_rows;
use crate::imaging::image::Image;

/// Turns the image, or every frame of a volume, counterclockwise by 90 degrees `times` times, as `numpy.rot90(image, times)` does.
pub(super) fn apply(image: Image, times: u8) -> Image {
    (0..times % 4).fold(image, |image, _| columns_as_rows(image, true))
}
