//! Values of the tensors that the model gets.

use crate::cohort::Cohort;
use crate::config::Dtype;
use crate::engine::Tensor;
use crate::imaging::ChannelValues;

use super::super::model::Ready;
use super::statics::Remark;

/// A channel whose tensors have at least this share of their values at an end is told of.
const CLIPPED: f64 = 0.25;
/// Networks are fed numbers of about this size; beyond it something was left out.
const LARGE: f64 = 20.0;
/// Less spread than this over all samples: something was applied twice.
const FLAT: f64 = 0.02;

/// Values of one channel over the samples that were looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChannelStatistics {
    /// Name of the input of images.
    pub input: String,
    /// Channel of that input, from 0.
    pub channel: usize,
    /// Tensors.
    pub n: usize,
    /// Mean of all values.
    pub mean: f64,
    /// Population standard deviation of all values.
    pub sd: f64,
    /// Least value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Share of values that equal the least or largest of their own tensor's channel.
    pub clipped: f64,
    /// Tensors in which the channel has one value only.
    pub constant: usize,
    /// Values that are not finite.
    pub not_finite: usize,
}

#[derive(Default)]
struct Sums {
    n: usize,
    values: f64,
    sum: f64,
    squares: f64,
    at_an_end: f64,
    found: ChannelStatistics,
}

/// Statistics by channel, and what is strange about them.
pub(super) fn of_tensors(
    ready: &Ready,
    cohort: &Cohort,
    only: &[usize],
) -> (Vec<ChannelStatistics>, Vec<Remark>) {
    let inputs = &ready.inputs.images;
    let mut sums: Vec<Vec<Sums>> = inputs.iter().map(|_| Vec::new()).collect();
    let mut failed = Vec::new();
    for sample in only {
        match ready.tensors(cohort, *sample) {
            Ok(tensors) => {
                for ((tensor, input), sums) in tensors.iter().zip(inputs).zip(&mut sums) {
                    add(sums, tensor, input.layout.layout.is_channels_last());
                }
            }
            Err(reason) => failed.push(reason),
        }
    }
    let several = inputs.len() > 1;
    let mut channels = Vec::new();
    let mut remarks = Vec::new();
    for (input, sums) in inputs.iter().zip(sums) {
        let own: Vec<ChannelStatistics> = sums
            .into_iter()
            .enumerate()
            .map(|(channel, sums)| ChannelStatistics {
                input: input.layout.input.clone(),
                channel,
                ..finished(sums)
            })
            .collect();
        remarks.extend(strange(&own, several, input.layout.dtype != Dtype::U8));
        channels.extend(own);
    }
    if let Some(first) = failed.first() {
        remarks.push(Remark {
            code: "tensor-failed",
            message: format!(
                "{} of {} samples give no tensor, the first because {first}",
                failed.len(),
                only.len()
            ),
            help: "`equipoise inspect FILE --audit AUDIT` shows one file",
        });
    }
    (channels, remarks)
}

fn add(sums: &mut Vec<Sums>, tensor: &Tensor, channels_last: bool) {
    let values = tensor.data.to_f64();
    let channels = if channels_last {
        tensor.shape.last()
    } else {
        tensor.shape.get(1)
    };
    let channels = channels.copied().unwrap_or(1).max(1);
    let plane = (values.len() / channels).max(1);
    sums.resize_with(channels.max(sums.len()), Sums::default);
    for (channel, sums) in sums.iter_mut().enumerate().take(channels) {
        let (start, step) = if channels_last {
            (channel, channels)
        } else {
            (channel * plane, 1)
        };
        let own = values.iter().copied().skip(start).step_by(step);
        sums.add(&ChannelValues::of(own.take(plane)));
    }
}

impl Sums {
    fn add(&mut self, own: &ChannelValues) {
        self.found.not_finite += own.not_finite as usize;
        let Some(mean) = own.mean else { return };
        let n = own.finite as f64;
        if self.n == 0 {
            (self.found.min, self.found.max) = (own.min, own.max);
        }
        self.found.min = self.found.min.min(own.min);
        self.found.max = self.found.max.max(own.max);
        self.found.constant += usize::from(own.is_constant());
        self.n += 1;
        self.values += n;
        self.sum += n * mean;
        self.squares += n * (own.sd * own.sd + mean * mean);
        self.at_an_end += n * own.at_an_end;
    }
}

fn finished(sums: Sums) -> ChannelStatistics {
    let values = sums.values.max(1.0);
    let mean = sums.sum / values;
    ChannelStatistics {
        n: sums.n,
        mean,
        sd: (sums.squares / values - mean * mean).max(0.0).sqrt(),
        clipped: sums.at_an_end / values,
        ..sums.found
    }
}

fn strange(channels: &[ChannelStatistics], several: bool, is_float: bool) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (channel, found) in channels.iter().enumerate() {
        let of_input = if several {
            format!("input \"{}\", ", found.input)
        } else {
            String::new()
        };
        let mut say = |code, message: String, help| {
            remarks.push(Remark {
                code,
                message: format!("{of_input}channel {channel}: {message}"),
                help,
            });
        };
        if found.not_finite > 0 {
            let message = format!("{} values are not finite", found.not_finite);
            say(
                "not-finite",
                message,
                "look at the files with `equipoise inspect`",
            );
        }
        if found.constant > 0 {
            let message = format!("constant in {} of {} tensors", found.constant, found.n);
            say(
                "constant-channel",
                message,
                "an empty image, a window far from the samples, or a wrong channel",
            );
        }
        if found.clipped > CLIPPED {
            let message = format!(
                "{:.0}% of the values lie at an end of their range",
                found.clipped * 100.0
            );
            say(
                "clipped",
                message,
                "a window or clip that is too narrow, or a large background",
            );
        }
        if is_float && found.min.abs().max(found.max.abs()) > LARGE {
            let message = format!("values run from {:.3} to {:.3}", found.min, found.max);
            say(
                "large-values",
                message,
                "networks are rarely fed such numbers: is `scale` or `normalize` missing?",
            );
        }
        if is_float && found.n > 1 && found.sd < FLAT {
            let message = format!("the standard deviation of all values is {:.2e}", found.sd);
            say("flat-values", message, "is `scale` applied twice?");
        }
    }
    remarks
}
