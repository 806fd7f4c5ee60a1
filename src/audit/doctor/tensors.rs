//! The makers' input tensors, which recipes are set against where there are no scores.

use std::path::PathBuf;

use crate::cohort::Cohort;
use crate::config::ParityTensors;
use crate::imaging::Pipeline;
use crate::inference::KeptImages;
use crate::parity::{ParityOfTensors, tensor_distances, tensor_files};

use super::super::AuditError;
use super::super::model::Ready;

/// Values of a tensor that tell recipes apart; more would only cost memory.
const REMEMBERED: usize = 512;

/// Files of the makers.
pub(super) struct MakersTensors {
    /// By sample of the cohort, then by input of images.
    files: Vec<Vec<Option<PathBuf>>>,
    tolerated: f64,
}

/// Tensors of one recipe beside the makers'.
pub(super) struct ComparedTensors {
    pub(super) parity: ParityOfTensors,
    /// Mean over tensors; infinite where one has another shape, which no difference outweighs.
    pub(super) mean_abs: f64,
    /// Some values of each.
    pub(super) numbers: Vec<f64>,
}

impl MakersTensors {
    pub(super) fn find(spec: &ParityTensors, cohort: &Cohort, inputs: &[&str]) -> Self {
        let samples = cohort.samples.iter();
        Self {
            files: samples
                .map(|id| tensor_files(&spec.folder, inputs, id))
                .collect(),
            tolerated: spec.max_abs,
        }
    }

    /// Samples with a tensor, ascending.
    pub(super) fn samples(&self) -> Vec<usize> {
        (0..self.files.len())
            .filter(|sample| self.files[*sample].iter().any(Option::is_some))
            .collect()
    }

    pub(super) fn compare(
        &self,
        ready: &Ready,
        way: (&[&Pipeline], Option<&KeptImages>),
        cohort: &Cohort,
        only: &[usize],
    ) -> Result<ComparedTensors, AuditError> {
        let (mut compared, mut unlike) = (0, 0);
        let (mut largest, mut sum) = (None, 0.0);
        let mut numbers = Vec::new();
        for sample in only {
            let files = self.files[*sample].iter().enumerate();
            let files: Vec<(usize, &PathBuf)> = files
                .filter_map(|(input, file)| Some((input, file.as_ref()?)))
                .collect();
            if files.is_empty() {
                continue;
            }
            let ours = ready.tensors_otherwise(way, cohort, *sample);
            for (input, file) in files {
                compared += 1;
                let theirs = std::fs::read(file).map_err(|source| AuditError::Read {
                    path: file.display().to_string(),
                    source,
                })?;
                let distances = ours.as_ref().map_err(Clone::clone).and_then(|ours| {
                    let values = ours[input].data.to_f64();
                    let step = values.len().div_ceil(REMEMBERED).max(1);
                    numbers.extend(values.iter().step_by(step));
                    tensor_distances(&theirs, &ours[input])
                });
                match distances {
                    Ok((most, mean)) => {
                        largest = Some(most.min(f64::MAX).max(largest.unwrap_or(0.0)));
                        sum += mean;
                    }
                    Err(_) => {
                        unlike += 1;
                        sum = f64::INFINITY;
                    }
                }
            }
        }
        Ok(ComparedTensors {
            parity: ParityOfTensors {
                n_compared: Some(compared),
                n_unlike: Some(unlike),
                max_abs: largest,
                max_abs_tolerated: self.tolerated,
            },
            mean_abs: sum / (compared.max(1)) as f64,
            numbers,
        })
    }
}
