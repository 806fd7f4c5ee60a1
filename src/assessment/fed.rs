//! What the model was fed, by group: scanners and sites that differ before the model sees a patient.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cohort::{Cohort, OVERALL};
use crate::imaging::ChannelValues;

/// A difference of means from which groups are told to be fed differently, in standard deviations
/// between images (large by Cohen 1988).
pub const LARGE_SHIFT: f64 = 0.8;

/// Values of one channel of the preprocessed images of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FedValues {
    /// Attribute, `overall` for the whole cohort.
    pub attribute: String,
    /// Level, `all` for the whole cohort.
    pub level: String,
    /// Channel, from 0; the channels of several inputs follow each other.
    pub channel: u64,
    /// Images; null where the group is withheld, as is every other number then.
    pub n: Option<u64>,
    /// Mean over images of each image's mean.
    pub mean: Option<f64>,
    /// Standard deviation of the images' means, n - 1 below the line; null of one image.
    pub sd_between: Option<f64>,
    /// Mean over images of the standard deviation within each.
    pub sd_within: Option<f64>,
    /// Least value of any image.
    pub min: Option<f64>,
    /// Largest value of any image.
    pub max: Option<f64>,
    /// Mean over images of the share of values at the image's own least or largest value: clipped
    /// by a window, or background.
    pub at_an_end: Option<f64>,
    /// Images in which the channel has one value only.
    pub constant: Option<u64>,
    /// Images with a value that is no finite number.
    pub not_finite: Option<u64>,
    /// Mean less that of all images of other levels that are known, in pooled standard deviations
    /// between images (Cohen 1988); null for the whole cohort and where a side has fewer than two
    /// images or nothing varies.
    pub shift: Option<f64>,
}

/// Sums over the images of a group.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    n: u64,
    mean: f64,
    squares: f64,
    within: f64,
    min: f64,
    max: f64,
    ends: f64,
    constant: u64,
    not_finite: u64,
}

impl Sums {
    fn add(&mut self, values: &ChannelValues) {
        self.not_finite += u64::from(values.not_finite > 0);
        let Some(mean) = values.mean else { return };
        if self.n == 0 {
            (self.min, self.max) = (values.min, values.max);
        }
        self.n += 1;
        self.mean += mean;
        self.within += values.sd;
        self.min = self.min.min(values.min);
        self.max = self.max.max(values.max);
        self.ends += values.at_an_end;
        self.constant += u64::from(values.is_constant());
    }

    fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.mean / self.n as f64)
    }

    fn variance(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / (self.n - 1) as f64)
    }
}

/// Every channel in the whole cohort and in every level of every attribute, crossings left out.
/// `fed` is by sample of the cohort. Empty where nothing was fed.
#[must_use]
pub fn fed_values(cohort: &Cohort, fed: &[Vec<ChannelValues>]) -> Vec<FedValues> {
    let channels = fed.iter().map(Vec::len).max().unwrap_or(0);
    let mut rows = Vec::new();
    let everyone: Vec<u16> = vec![0; fed.len()];
    for channel in 0..channels {
        let whole = sums(fed, channel, &everyone, 1);
        rows.push(row(OVERALL, "all", channel, &whole[0], None));
        for attribute in &cohort.attributes {
            let levels = attribute.levels.len();
            let own = sums(fed, channel, &attribute.codes, levels);
            let missing = attribute.missing_code().map(usize::from);
            for (level, name) in attribute.levels.iter().enumerate() {
                let others = (0..levels)
                    .filter(|other| *other != level && Some(*other) != missing)
                    .map(|other| &own[other]);
                let shift = if Some(level) == missing {
                    None
                } else {
                    shift(&own[level], others)
                };
                rows.push(row(&attribute.name, name, channel, &own[level], shift));
            }
        }
    }
    rows
}

fn sums(fed: &[Vec<ChannelValues>], channel: usize, codes: &[u16], levels: usize) -> Vec<Sums> {
    let mut found = vec![Sums::default(); levels];
    let own = || {
        let of_channel = fed.iter().map(|channels| channels.get(channel));
        of_channel
            .zip(codes)
            .filter_map(|(values, code)| Some((values?, usize::from(*code))))
    };
    for (values, level) in own() {
        found[level].add(values);
    }
    for (values, level) in own() {
        let sums = &mut found[level];
        if let (Some(value), Some(mean)) = (values.mean, sums.mean()) {
            sums.squares += (value - mean) * (value - mean);
        }
    }
    found
}

/// Against the pooled others: their sum of squares is that within levels and that between them.
fn shift<'a>(own: &Sums, others: impl Iterator<Item = &'a Sums> + Clone) -> Option<f64> {
    let n: u64 = others.clone().map(|sums| sums.n).sum();
    if own.n < 2 || n < 2 {
        return None;
    }
    let mean = others.clone().map(|sums| sums.mean).sum::<f64>() / n as f64;
    let squares: f64 = others
        .map(|sums| {
            let apart = sums.mean().map_or(0.0, |own| own - mean);
            sums.squares + sums.n as f64 * apart * apart
        })
        .sum();
    let variance = (own.squares + squares) / (own.n + n - 2) as f64;
    let difference = own.mean()? - mean;
    // What rounding leaves of images that are all alike is no spread.
    let scale = own.mean()?.abs().max(mean.abs());
    (variance.sqrt() > 1e-12 * scale).then(|| difference / variance.sqrt())
}

fn row(attribute: &str, level: &str, channel: usize, sums: &Sums, shift: Option<f64>) -> FedValues {
    let of = |value: f64| sums.mean().map(|_| value);
    let n = sums.n.max(1) as f64;
    FedValues {
        attribute: attribute.to_owned(),
        level: level.to_owned(),
        channel: channel as u64,
        n: Some(sums.n),
        mean: sums.mean(),
        sd_between: sums.variance().map(f64::sqrt),
        sd_within: of(sums.within / n),
        min: of(sums.min),
        max: of(sums.max),
        at_an_end: of(sums.ends / n),
        constant: Some(sums.constant),
        not_finite: Some(sums.not_finite),
        shift,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(mean: f64) -> ChannelValues {
        ChannelValues {
            finite: 9,
            mean: Some(mean),
            sd: 1.0,
            min: mean - 2.0,
            max: mean + 2.0,
            at_an_end: 0.25,
            not_finite: 0,
        }
    }

    /// Means 1, 2, 3 of one level and 5, 7 of the other: numbers by hand.
    #[test]
    fn sums_and_shift_by_hand() {
        let fed: Vec<Vec<ChannelValues>> = [1.0, 5.0, 2.0, 7.0, 3.0]
            .iter()
            .map(|mean| vec![values(*mean)])
            .chain([Vec::new()])
            .collect();
        let found = sums(&fed, 0, &[0, 1, 0, 1, 0, 1], 2);
        let first = row(
            "site",
            "A",
            0,
            &found[0],
            shift(&found[0], [&found[1]].into_iter()),
        );
        assert_eq!(
            (first.n, first.mean, first.sd_between),
            (Some(3), Some(2.0), Some(1.0))
        );
        assert_eq!((first.min, first.max), (Some(-1.0), Some(5.0)));
        assert_eq!((first.sd_within, first.at_an_end), (Some(1.0), Some(0.25)));
        // Pooled variance (2 + 2) / 3; the difference is 2 - 6.
        let expected = -4.0 / (4.0_f64 / 3.0).sqrt();
        assert!((first.shift.unwrap() - expected).abs() < 1e-12);
        // Against several levels: their images are pooled, not their means.
        let three = sums(&fed, 0, &[0, 1, 0, 2, 0, 1], 3);
        let pooled = shift(&three[0], [&three[1], &three[2]].into_iter()).unwrap();
        assert!((pooled - expected).abs() < 1e-12);
    }

    #[test]
    fn too_few_images_have_no_shift() {
        let one = vec![vec![values(1.0)], vec![values(2.0)], vec![values(4.0)]];
        let found = sums(&one, 0, &[0, 1, 1], 2);
        assert_eq!(shift(&found[0], [&found[1]].into_iter()), None);
        assert_eq!(row("site", "A", 0, &found[0], None).sd_between, None);
        let alike = vec![vec![values(1.0)]; 4];
        let found = sums(&alike, 0, &[0, 0, 1, 1], 2);
        assert_eq!(shift(&found[0], [&found[1]].into_iter()), None);
        let nothing = row("site", "A", 0, &sums(&[], 0, &[], 1)[0], None);
        assert_eq!(
            (nothing.n, nothing.mean, nothing.min),
            (Some(0), None, None)
        );
    }
}
