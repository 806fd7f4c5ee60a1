//! Numbers for each channel held against the channels that there are by then.

use super::super::preprocess::{Channels, InputSpec, Step};
use super::super::written::{channels_word, step_text};
use super::reader::Value;

/// Whether every `normalize` has one value, or one for each channel.
pub(super) fn fits(input: InputSpec, entries: &[Value<'_>], steps: &[Step]) -> bool {
    let mut made = input.channels;
    let mut key = "`input.channels`";
    let mut fits = true;
    for (entry, step) in entries.iter().zip(steps) {
        match step {
            Step::Channels(channels) => (made, key) = (*channels, "the step `channels`"),
            Step::Normalize { mean, std } => {
                let values = mean.len().max(std.len());
                let channels = count(made);
                if values == 1 || values == channels {
                    continue;
                }
                fits = false;
                let word = channels_word(made);
                let message = format!(
                    "`{}` has {values} values, but {key} is `{word}`, which gives {channels} channel(s), so that every sample would fail",
                    step_text(step)
                );
                entry.error(
                    "channel-count",
                    message,
                    "give one number each, or make three channels before: `channels: rgb`, or `repeat3` of files with one",
                );
            }
            _ => {}
        }
    }
    fits
}

/// Channels that a word gives.
fn count(channels: Channels) -> usize {
    match channels {
        Channels::Rgb | Channels::Bgr | Channels::Repeat3 => 3,
        Channels::Gray | Channels::GrayBt601 | Channels::GrayBt709 => 1,
    }
}
