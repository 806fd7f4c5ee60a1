//! Several binary endpoints of the same samples in one number, over resampled patients.
//!
//! All numbers of a group see the same resamples. For shares, patients with the same counts are
//! exchangeable, so that a resample is a multinomial draw over the distinct counts; in large groups
//! the sums are jointly normal and a replicate is one draw of them. For areas a resample is a weight
//! for every patient.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::multilabel::{Averaging, EndpointShare};
use crate::metrics::resampled::{normal_sums, whole_number};
use crate::statistics::{Purpose, RandomStream, Resamples, StandardNormals};

/// Patients with a positive, and with a negative, of every endpoint, from which an area is left to
/// its influences: both agree there, and a resample costs a pass over all samples.
const MANY_PATIENTS: usize = 2_000;

/// Patients who carry an event, and who carry what is none, from which a share is resampled.
const CARRIERS: usize = 10;

/// What is summarised over several endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// A share of decisions.
    Share(EndpointShare, Averaging),
    /// Mean over endpoints of the area under the ROC curve.
    MacroAuroc,
}

/// One endpoint: truth where it is known, decision and score. All endpoints hold the same samples in
/// the same order.
#[derive(Debug, Clone, Copy)]
pub struct Observed<'a> {
    /// Truth; `None` where it is not known, which leaves the sample out of this endpoint.
    pub y_true: &'a [Option<bool>],
    /// Decision.
    pub y_pred: &'a [bool],
    /// Score, larger for positives.
    pub y_score: &'a [f64],
}

/// Each of `wanted` in `replicates` resamples of patients; `patient` holds one number a sample.
///
/// A resample in which an endpoint lacks a class leaves a macro average undefined there. `None` where
/// resamples are not asked: of shares with fewer than ten patients who carry an event, or what is none
/// (of a macro average in every endpoint), since resamples of them vary too little; of areas of
/// large groups (2,000 patients of each class of every endpoint), whose influences give the same. No number from elsewhere can exist for random resamples; the tests hold their spread
/// against a bootstrap in NumPy and against the influences.
#[must_use]
pub fn resampled_summaries(
    endpoints: &[Observed<'_>],
    patient: &[u32],
    wanted: &[Summary],
    (replicates, seed): (u64, u64),
) -> Vec<Option<Resamples>> {
    let counts = counts_of_patients(endpoints, patient);
    let enough: Vec<bool> = wanted
        .iter()
        .map(|one| match one {
            Summary::Share(share, averaging) => {
                are_carried(&counts, *share, *averaging, endpoints.len())
            }
            Summary::MacroAuroc => false,
        })
        .collect();
    let sums = if enough.contains(&true) {
        sums_of_resamples(counts, 4 * endpoints.len(), replicates, seed)
    } else {
        Vec::new()
    };
    wanted
        .iter()
        .zip(enough)
        .map(|(one, enough)| match one {
            Summary::Share(share, averaging) => enough.then(|| {
                let of = |sums: &Vec<u64>| share_of_sums(sums, *share, *averaging);
                Resamples::new(&sums.iter().map(of).collect::<Vec<_>>())
            }),
            Summary::MacroAuroc => areas_of_resamples(endpoints, patient, replicates, seed),
        })
        .collect()
}

/// Place of a decision among the four cells: true positive, false negative, false positive, true
/// negative.
fn cell(truth: bool, called: bool) -> usize {
    match (truth, called) {
        (true, true) => 0,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 3,
    }
}

/// Four counts of every endpoint of each patient.
fn counts_of_patients(endpoints: &[Observed<'_>], patient: &[u32]) -> Vec<Vec<u64>> {
    let mut own: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (row, patient) in patient.iter().enumerate() {
        let counts = own
            .entry(*patient)
            .or_insert_with(|| vec![0; 4 * endpoints.len()]);
        for (place, endpoint) in endpoints.iter().enumerate() {
            if let Some(truth) = endpoint.y_true[row] {
                counts[4 * place + cell(truth, endpoint.y_pred[row])] += 1;
            }
        }
    }
    own.into_values().collect()
}

/// Whether enough patients carry an event, and enough what is none, in every endpoint or in all of
/// them together.
fn are_carried(
    patients: &[Vec<u64>],
    share: EndpointShare,
    averaging: Averaging,
    endpoints: usize,
) -> bool {
    let many = |holds: &dyn Fn(&[u64]) -> bool| {
        let at = |place: usize| {
            let own = patients
                .iter()
                .filter(|own| holds(&own[4 * place..4 * place + 4]));
            own.count() >= CARRIERS
        };
        let any = || {
            let own = patients.iter().filter(|own| own.chunks_exact(4).any(holds));
            own.count() >= CARRIERS
        };
        match averaging {
            Averaging::Macro => (0..endpoints).all(at),
            Averaging::Micro => any(),
        }
    };
    let (above, below) = (
        |own: &[u64]| terms(own, share).0 > 0,
        |own: &[u64]| terms(own, share).1 > terms(own, share).0,
    );
    many(&above) && many(&below)
}

/// Numerator and denominator of a share of four counts.
fn terms(own: &[u64], share: EndpointShare) -> (u64, u64) {
    match share {
        EndpointShare::Sensitivity => (own[0], own[0] + own[1]),
        EndpointShare::Specificity => (own[3], own[3] + own[2]),
        EndpointShare::F1 => (2 * own[0], 2 * own[0] + own[1] + own[2]),
    }
}

/// Four sums of every endpoint in every resample.
fn sums_of_resamples(
    patients: Vec<Vec<u64>>,
    cells: usize,
    replicates: u64,
    seed: u64,
) -> Vec<Vec<u64>> {
    // In the order of the counts, which no order of the table moves.
    let mut kinds: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for counts in patients {
        *kinds.entry(counts).or_default() += 1;
    }
    let (vectors, sizes): (Vec<Vec<u64>>, Vec<u64>) = kinds.into_iter().unzip();
    if let Some(normals) = normal_sums(vectors.iter(), &sizes, cells) {
        let whole = sum(&vectors, &sizes, cells);
        let purpose = Purpose::EndpointsBootstrap;
        let mut by = vec![0.0; cells];
        return StandardNormals::new(seed, purpose, replicates, cells)
            .replicates()
            .map(|independent| {
                normals.from_standard(independent, &mut by);
                let both = whole.iter().zip(&by);
                both.map(|(own, by)| whole_number(*own, *by)).collect()
            })
            .collect();
    }
    let n = sizes.iter().sum();
    (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::EndpointsBootstrap, replicate);
            sum(&vectors, &stream.multinomial(n, &sizes), cells)
        })
        .collect()
}

fn sum(vectors: &[Vec<u64>], times: &[u64], cells: usize) -> Vec<u64> {
    let mut all = vec![0; cells];
    for (vector, times) in vectors.iter().zip(times).filter(|(_, times)| **times > 0) {
        all.iter_mut()
            .zip(vector)
            .for_each(|(all, own)| *all += own * times);
    }
    all
}

/// The share of one resample; `None` where it is 0/0.
fn share_of_sums(sums: &[u64], share: EndpointShare, averaging: Averaging) -> Option<f64> {
    let ratio = |(above, below): (u64, u64)| (below > 0).then(|| above as f64 / below as f64);
    let each = sums.chunks_exact(4).map(|own| terms(own, share));
    match averaging {
        Averaging::Micro => ratio(each.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1))),
        Averaging::Macro => {
            let each: Option<Vec<f64>> = each.map(ratio).collect();
            each.filter(|own| !own.is_empty())
                .map(|own| own.iter().sum::<f64>() / own.len() as f64)
        }
    }
}

/// Samples of an endpoint in ascending order of score: score, truth and patient.
type Sorted = Vec<(f64, bool, u32)>;

/// The mean area of every resample.
fn areas_of_resamples(
    endpoints: &[Observed<'_>],
    patient: &[u32],
    replicates: u64,
    seed: u64,
) -> Option<Resamples> {
    let (number, patients) = numbered(endpoints, patient);
    let sorted: Vec<Sorted> = endpoints.iter().map(|one| by_score(one, &number)).collect();
    if !sorted.is_empty() && sorted.iter().all(|own| is_large(own, patients)) {
        return None;
    }
    let values: Vec<Option<f64>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let mut stream = RandomStream::new(seed, Purpose::EndpointsBootstrap, replicate);
            let mut times = vec![0u64; patients];
            for _ in 0..patients {
                times[stream.below(patients as u64) as usize] += 1;
            }
            let areas: Option<Vec<f64>> = sorted.iter().map(|own| area(own, &times)).collect();
            areas
                .filter(|own| !own.is_empty())
                .map(|own| own.iter().sum::<f64>() / own.len() as f64)
        })
        .collect();
    Some(Resamples::new(&values))
}

fn by_score(one: &Observed<'_>, number: &[u32]) -> Sorted {
    let rows = (0..number.len()).filter_map(|row| {
        let truth = one.y_true[row]?;
        Some((one.y_score[row], truth, number[row]))
    });
    let mut all: Sorted = rows.collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    all
}

fn is_large(own: &Sorted, patients: usize) -> bool {
    [true, false].into_iter().all(|class| {
        let mut has = vec![false; patients];
        let of_class = own.iter().filter(|row| row.1 == class);
        of_class.for_each(|row| has[row.2 as usize] = true);
        has.iter().filter(|has| **has).count() >= MANY_PATIENTS
    })
}

/// Patients numbered by what their samples are, so that no order of the table moves a resample;
/// those who are alike may change places.
fn numbered(endpoints: &[Observed<'_>], patient: &[u32]) -> (Vec<u32>, usize) {
    type Sample = Vec<(Option<bool>, u64)>;
    let mut own: BTreeMap<u32, Vec<Sample>> = BTreeMap::new();
    for (row, patient) in patient.iter().enumerate() {
        let sample = endpoints.iter().map(|one| {
            let truth = one.y_true[row];
            (truth, truth.map_or(0, |_| one.y_score[row].to_bits()))
        });
        own.entry(*patient).or_default().push(sample.collect());
    }
    let mut order: Vec<(Vec<Sample>, u32)> = own
        .into_iter()
        .map(|(patient, mut samples)| {
            samples.sort_unstable();
            (samples, patient)
        })
        .collect();
    order.sort_unstable();
    let number: BTreeMap<u32, u32> = order.iter().map(|(_, own)| *own).zip(0..).collect();
    let all = patient.iter().map(|own| number[own]).collect();
    (all, order.len())
}

/// Area under the ROC curve of weighted patients, ties counted half; `None` without both classes.
fn area(sorted: &Sorted, times: &[u64]) -> Option<f64> {
    // Twice the pairs that are ordered rightly: whole numbers, whatever the order within ties.
    let (mut below, mut positives, mut twice) = (0u64, 0u64, 0u64);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let (mut n0, mut n1) = (0, 0);
        for (_, truth, patient) in tied {
            let n = if *truth { &mut n1 } else { &mut n0 };
            *n += times[*patient as usize];
        }
        twice += n1 * (2 * below + n0);
        below += n0;
        positives += n1;
    }
    (below > 0 && positives > 0).then(|| twice as f64 / (2.0 * below as f64 * positives as f64))
}

#[cfg(test)]
mod tests {
    use super::super::multilabel::{Endpoint, macro_auroc_of_endpoints, share_of_endpoints};
    use super::*;

    const ALL: [Summary; 7] = [
        Summary::Share(EndpointShare::Sensitivity, Averaging::Macro),
        Summary::Share(EndpointShare::Specificity, Averaging::Macro),
        Summary::Share(EndpointShare::F1, Averaging::Macro),
        Summary::Share(EndpointShare::Sensitivity, Averaging::Micro),
        Summary::Share(EndpointShare::Specificity, Averaging::Micro),
        Summary::Share(EndpointShare::F1, Averaging::Micro),
        Summary::MacroAuroc,
    ];

    /// Two endpoints, the second the harder one; one to three samples a patient, alike among
    /// themselves; every seventh truth of the second unknown.
    struct Made {
        truth: [Vec<Option<bool>>; 2],
        called: [Vec<bool>; 2],
        score: [Vec<f64>; 2],
        patient: Vec<u32>,
    }

    impl Made {
        fn new(patients: u32) -> Self {
            let mut all = Self {
                truth: Default::default(),
                called: Default::default(),
                score: Default::default(),
                patient: Vec::new(),
            };
            for patient in 0..patients {
                let mut stream = RandomStream::new(5, Purpose::Simulation, u64::from(patient));
                let own = stream.normal();
                for _ in 0..=stream.below(3) {
                    for (place, shift) in [1.5, 0.8].into_iter().enumerate() {
                        let ill = stream.uniform() < 0.4;
                        let score = own * 0.7 + stream.normal() + if ill { shift } else { 0.0 };
                        let unknown = place == 1 && stream.below(7) == 0;
                        all.truth[place].push((!unknown).then_some(ill));
                        all.called[place].push(score > 0.7);
                        all.score[place].push((score * 50.0).round() / 50.0);
                    }
                    all.patient.push(patient);
                }
            }
            all
        }

        fn observed(&self) -> Vec<Observed<'_>> {
            (0..2)
                .map(|place| Observed {
                    y_true: &self.truth[place],
                    y_pred: &self.called[place],
                    y_score: &self.score[place],
                })
                .collect()
        }

        fn influenced(&self, what: Summary) -> crate::statistics::Influenced {
            match what {
                Summary::Share(share, averaging) => {
                    let of = |place: usize| Endpoint {
                        y_true: &self.truth[place],
                        y_pred: &self.called[place],
                    };
                    share_of_endpoints(&[of(0), of(1)], share, averaging).unwrap()
                }
                Summary::MacroAuroc => macro_auroc_of_endpoints(&[
                    (&self.truth[0], &self.score[0]),
                    (&self.truth[1], &self.score[1]),
                ])
                .unwrap(),
            }
        }
    }

    #[test]
    fn spread_is_that_of_the_influences() {
        let made = Made::new(400);
        let drawn = resampled_summaries(&made.observed(), &made.patient, &ALL, (4000, 3));
        for (what, drawn) in ALL.into_iter().zip(drawn) {
            let drawn = drawn.unwrap();
            let of = made.influenced(what);
            let scale = crate::statistics::Scale::Identity;
            let error = of.scaled(Some(&made.patient), scale, "test").unwrap();
            let ratio = drawn.standard_error().unwrap() / error.standard_error;
            assert!((ratio - 1.0).abs() < 0.06, "{what:?} {ratio}");
            let limits = drawn.limits(of.estimate, 0.95).unwrap();
            let middle = 0.5 * (limits.lower + limits.upper);
            assert!((middle - of.estimate).abs() < 0.3 * error.standard_error);
        }
    }

    #[test]
    fn large_groups_agree_with_their_influences() {
        let made = Made::new(9000);
        let drawn = resampled_summaries(&made.observed(), &made.patient, &ALL, (2000, 3));
        assert_eq!(drawn[6], None);
        for (what, drawn) in ALL.into_iter().zip(drawn).take(6) {
            let scale = crate::statistics::Scale::Identity;
            let of = made.influenced(what);
            let error = of.scaled(Some(&made.patient), scale, "test").unwrap();
            let ratio = drawn.unwrap().standard_error().unwrap() / error.standard_error;
            assert!((ratio - 1.0).abs() < 0.06, "{what:?} {ratio}");
        }
    }

    #[test]
    fn the_order_of_rows_moves_nothing() {
        let mut made = Made::new(40);
        let first = resampled_summaries(&made.observed(), &made.patient, &ALL, (200, 3));
        for place in 0..2 {
            made.truth[place].reverse();
            made.called[place].reverse();
            made.score[place].reverse();
        }
        made.patient.reverse();
        // Other numbers for the same patients, too.
        made.patient.iter_mut().for_each(|own| *own = 100 - *own);
        let second = resampled_summaries(&made.observed(), &made.patient, &ALL, (200, 3));
        assert_eq!(first, second);
    }

    #[test]
    fn degenerate_groups() {
        let one = |y_true: &[Option<bool>], patient: &[u32]| {
            let n = y_true.len();
            let observed = Observed {
                y_true,
                y_pred: &vec![true; n],
                y_score: &vec![0.5; n],
            };
            resampled_summaries(&[observed], patient, &ALL, (100, 1))
        };
        // No negative: nothing to resample of shares, an area is undefined in every resample.
        let found = one(&[Some(true); 4], &[0, 1, 2, 3]);
        assert!(found[..6].iter().all(Option::is_none));
        assert_eq!(found[6].as_ref().unwrap().defined(), 0);
        // Forty patients, all called positive: F1 varies, sensitivity is 1 in every one of them.
        let y: Vec<Option<bool>> = (0..40).map(|own| Some(own % 2 == 0)).collect();
        let patients: Vec<u32> = (0..40).collect();
        let found = one(&y, &patients);
        assert_eq!(found[0], None);
        assert!(found[2].as_ref().unwrap().standard_error().is_some());
        // One patient is drawn every time; nobody, never; no endpoint, nothing.
        let alone = one(&[Some(true), Some(false)], &[7, 7]);
        assert_eq!(alone[6].as_ref().unwrap().standard_error(), None);
        assert_eq!(one(&[], &[])[6].as_ref().unwrap().defined(), 0);
        let none = resampled_summaries(&[], &[0, 1], &ALL, (10, 1));
        assert_eq!(none[6].as_ref().unwrap().defined(), 0);
    }

    #[test]
    fn area_with_ties_by_hand() {
        // Weights 2, 1, 1: negatives 0.2 (twice) and 0.5, positive 0.5: (2 + 1/2) of 3 pairs.
        let sorted = vec![(0.2, false, 0), (0.5, false, 1), (0.5, true, 2)];
        assert!((area(&sorted, &[2, 1, 1]).unwrap() - 2.5 / 3.0).abs() < 1e-12);
        assert_eq!(area(&sorted, &[2, 1, 0]), None);
    }
}
