//! Correction of the p-values of one family for their number.

use std::collections::BTreeMap;

use crate::config::{Adjustment, GateSpec};
use crate::statistics;

use super::evaluate::{GateInput, Pending};
use super::influence::correlation;
use super::joined::Joined;
use super::tested::Detail;

/// Draws of the largest statistic in each simulated audit, of which there are hundreds.
const DRAWS_SIMULATED: u64 = 2_000;

/// One p-value after correction.
#[derive(Debug, Clone, Copy)]
pub struct Adjusted<'a> {
    /// Adjusted p.
    pub p: f64,
    /// Comparisons that the correction was over.
    pub family_size: u64,
    /// What was used.
    pub by: Adjustment,
    /// Why it is not what the audit file asks for.
    pub note: Option<&'a str>,
}

/// p-values of one family after correction.
pub(super) struct Corrected {
    p: Vec<f64>,
    family_size: u64,
    by: Adjustment,
    note: Option<String>,
}

impl Corrected {
    /// What came of the check at `place`.
    pub(super) fn of(&self, place: usize) -> Adjusted<'_> {
        Adjusted {
            p: self.p.get(place).copied().unwrap_or(1.0),
            family_size: self.family_size,
            by: self.by,
            note: self.note.as_deref(),
        }
    }
}

/// The correction in the middle of a sentence.
pub(super) fn correction_name(by: Adjustment) -> &'static str {
    match by {
        Adjustment::Holm => "Holm's correction",
        Adjustment::Hochberg => "Hochberg's correction",
        Adjustment::MaxT => "the max-T correction",
        Adjustment::BenjaminiHochberg => "Benjamini and Hochberg's correction",
        Adjustment::BenjaminiYekutieli => "Benjamini and Yekutieli's correction",
    }
}

/// Corrects the comparisons of a family as the gate asks; counts of reruns take no part. Two
/// complementary levels of an attribute are one comparison: the smaller p stands for both, and
/// neither gets an adjusted p below its own.
pub(super) fn corrected(
    input: &GateInput<'_>,
    gate: &GateSpec,
    pending: &[Pending<'_>],
    joined: &Joined<'_>,
    detail: Detail,
) -> Corrected {
    let mut units: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, one) in pending.iter().enumerate() {
        if let Ok(tested) = &one.tested
            && tested.method != "observed_count"
        {
            let key = tested
                .comparison
                .clone()
                .unwrap_or_else(|| format!("check {place:08}"));
            units.entry(key).or_default().push(place);
        }
    }
    let own = |place: usize| {
        pending[place]
            .tested
            .as_ref()
            .map_or(1.0, |tested| tested.p_fail)
    };
    // The check that stands for each comparison: the one with the smaller p.
    let standing: Vec<usize> = units
        .values()
        .filter_map(|places| {
            places
                .iter()
                .copied()
                .min_by(|a, b| own(*a).total_cmp(&own(*b)))
        })
        .collect();
    let least: Vec<f64> = standing.iter().map(|place| own(*place)).collect();
    let (found, by, note) = match gate.correction {
        Adjustment::Hochberg => (statistics::hochberg(&least), Adjustment::Hochberg, None),
        Adjustment::MaxT => by_max_t(input, gate, pending, joined, detail, (&standing, &least)),
        _ => (statistics::holm(&least), Adjustment::Holm, None),
    };
    let mut p: Vec<f64> = (0..pending.len()).map(own).collect();
    for (places, adjusted) in units.values().zip(found) {
        for place in places {
            p[*place] = adjusted.max(own(*place));
        }
    }
    Corrected {
        p,
        family_size: units.len() as u64,
        by,
        note,
    }
}

/// By the largest of correlated statistics; by Holm, and said so, where a metric has no influence
/// function to take the correlation from.
fn by_max_t(
    input: &GateInput<'_>,
    gate: &GateSpec,
    pending: &[Pending<'_>],
    joined: &Joined<'_>,
    detail: Detail,
    (standing, least): (&[usize], &[f64]),
) -> (Vec<f64>, Adjustment, Option<String>) {
    let holm = statistics::holm(least);
    // A simulated audit is only asked for its verdicts: where no p reaches alpha by itself, no
    // adjusted one does.
    if detail == Detail::Verdicts && least.iter().all(|p| *p > gate.alpha) {
        return (holm, Adjustment::MaxT, None);
    }
    let integration = match detail {
        Detail::Full => statistics::Integration::Exact,
        Detail::Verdicts => statistics::Integration::Draws(DRAWS_SIMULATED),
    };
    let members: Vec<&Pending<'_>> = standing.iter().map(|place| &pending[*place]).collect();
    let found = correlation(input, &members, joined).and_then(|correlation| {
        statistics::max_t_of_p(
            least,
            &correlation,
            statistics::Tail::Lower,
            integration,
            input.audit.statistics.seed,
        )
        .map_err(|why| why.to_string())
    });
    match found {
        Ok(adjusted) => (adjusted, Adjustment::MaxT, None),
        Err(why) => (
            holm,
            Adjustment::Holm,
            Some(format!("Holm in place of max-T, since {why}")),
        ),
    }
}
