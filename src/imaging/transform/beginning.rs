//! Pipelines that begin alike make the same image of a file up to where they part.

use super::{Pipeline, Prepared, TransformError, channels};
use crate::config::preprocess::{Channels, InputSpec, Step};
use crate::imaging::image::Image;

/// What was done to a file so far. Two pipelines with equal beginnings have the same image there.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    /// Its channels say nothing until they are made.
    input: InputSpec,
    channels_are_made: bool,
    steps: Vec<Step>,
}

impl Pipeline {
    /// The file is read, no channel is made and no step is done.
    pub fn as_read(&self) -> Beginning {
        Beginning {
            input: InputSpec {
                channels: Channels::Rgb,
                ..self.input
            },
            channels_are_made: false,
            steps: self.taken.clone(),
        }
    }

    /// The first resize is done, which is where most of the time goes. `None` where no step resizes.
    pub fn as_resized(&self) -> Option<Beginning> {
        let (before, _) = self.at_resize()?;
        let done = before.iter().map(|prepared| prepared.step.clone());
        Some(Beginning {
            input: self.input,
            channels_are_made: true,
            steps: self.taken.iter().cloned().chain(done).collect(),
        })
    }

    /// From what was read to behind the first resize; without one, to the end.
    ///
    /// # Errors
    /// As [`Pipeline::apply`].
    pub fn resized(&self, image: Image) -> Result<Image, TransformError> {
        let image = channels::apply(image, self.input.channels)?;
        let (before, _) = self.at_resize().unwrap_or((&self.steps, &[]));
        run(before, image)
    }

    /// From behind the first resize to the end.
    ///
    /// # Errors
    /// As [`Pipeline::apply`].
    pub fn finished(&self, resized: Image) -> Result<Image, TransformError> {
        let (_, behind) = self.at_resize().unwrap_or((&self.steps, &[]));
        run(behind, resized)
    }

    /// Steps up to the first resize, itself among them, and those behind it.
    fn at_resize(&self) -> Option<(&[Prepared], &[Prepared])> {
        let is_resize = |prepared: &Prepared| matches!(prepared.step, Step::Resize(_));
        let place = self.steps.iter().position(is_resize)?;
        self.steps.split_at_checked(place + 1)
    }
}

fn run(steps: &[Prepared], image: Image) -> Result<Image, TransformError> {
    steps
        .iter()
        .try_fold(image, |image, prepared| prepared.apply(image))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::preprocess::{
        DicomOptions, Flip, InputKind, OpenCvFilter, RasterOptions, Resize, ResizeEngine,
        ResizeSize,
    };
    use crate::imaging::image::{Colour, Samples};

    fn pipeline(steps: &[Step]) -> Pipeline {
        let input = InputSpec {
            kind: InputKind::Raster,
            channels: Channels::Bgr,
            dicom: DicomOptions::default(),
            raster: RasterOptions::default(),
        };
        Pipeline::new(input, steps)
    }

    fn resize(width: usize) -> Step {
        Step::Resize(Resize {
            size: ResizeSize::Exact { width, height: 2 },
            engine: ResizeEngine::OpenCv {
                filter: OpenCvFilter::Area,
            },
        })
    }

    #[test]
    fn in_two_parts_the_image_is_the_same() {
        let samples = Samples::U8((0..48).collect());
        let image = Image::volume([1, 4, 4], 3, Colour::Rgb, samples, None).unwrap();
        let flip = Step::Flip(Flip::Horizontal);
        for steps in [vec![flip.clone(), resize(3), flip.clone()], vec![flip]] {
            let whole = pipeline(&steps);
            let parts = whole.resized(image.clone()).unwrap();
            let finished = whole.finished(parts).unwrap();
            assert_eq!(finished, whole.apply(image.clone()).unwrap());
        }
    }

    #[test]
    fn what_comes_before_the_resize_tells_beginnings_apart() {
        let flip = || Step::Flip(Flip::Horizontal);
        let [short, long] =
            [[resize(3)].to_vec(), vec![resize(3), flip()]].map(|one| pipeline(&one));
        assert_eq!(short.as_resized(), long.as_resized());
        for other in [vec![flip(), resize(3)], vec![resize(2)], vec![flip()]] {
            let other = pipeline(&other);
            assert_eq!(short.as_read(), other.as_read());
            assert_ne!(short.as_resized(), other.as_resized());
        }
    }
}
