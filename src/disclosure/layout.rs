//! Strata and the sums that must agree between them.

use std::collections::{BTreeMap, BTreeSet};

use crate::cohort::Strata;

/// One stratum.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    pub(super) attribute: String,
    pub(super) level: String,
    /// What it costs a reader not to see it: a level of a crossing least, the whole cohort most.
    pub(super) price: u32,
}

/// Strata that together must hold as much as others together: +1 on one side, -1 on the other.
pub(super) type Sum = Vec<(usize, i8)>;

/// All strata of all attributes, and what a reader knows of their sums whatever is withheld.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) strata: Vec<Stratum>,
    /// Place of the first level of each attribute in `strata`.
    pub(super) first: Vec<usize>,
    pub(super) sums: Vec<Sum>,
}

impl Layout {
    /// For every two attributes (the whole cohort and crossings among them) the levels fall into
    /// the smallest sets that hold the same samples: all levels where the attributes have nothing
    /// to do with each other, a level and its part of a crossing, a country and its hospitals.
    /// Both sides of each set have the same sum.
    pub(super) fn new(all: &[Strata]) -> Self {
        let mut first = Vec::with_capacity(all.len());
        let mut strata = Vec::new();
        for one in all {
            first.push(strata.len());
            let price = match one.parts.len() {
                0 => 64,
                1 => 4,
                _ => 1,
            };
            strata.extend(one.levels.iter().map(|level| Stratum {
                attribute: one.attribute.clone(),
                level: level.clone(),
                price,
            }));
        }
        let samples = all.first().map_or(0, |one| one.codes.len());
        let occurring: BTreeSet<Vec<u16>> = (0..samples)
            .map(|sample| all.iter().map(|one| one.codes[sample]).collect())
            .collect();
        let mut sums = Vec::new();
        for a in 0..all.len() {
            for b in a + 1..all.len() {
                let pairs: BTreeSet<(u16, u16)> =
                    occurring.iter().map(|codes| (codes[a], codes[b])).collect();
                sums.extend(equal_sums(&pairs, first[a], first[b]));
            }
        }
        // A short sum leaves few ways: looked at first.
        sums.sort_by_key(Vec::len);
        Self {
            strata,
            first,
            sums,
        }
    }
}

/// Connected sets of levels of two attributes that occur together.
fn equal_sums(pairs: &BTreeSet<(u16, u16)>, first_a: usize, first_b: usize) -> Vec<Sum> {
    let mut set_of_a: BTreeMap<u16, usize> = BTreeMap::new();
    let mut set_of_b: BTreeMap<u16, usize> = BTreeMap::new();
    for (next, (a, b)) in pairs.iter().enumerate() {
        let own = *set_of_a.entry(*a).or_insert(next);
        let other = *set_of_b.entry(*b).or_insert(own);
        if own != other {
            let (kept, gone) = (own.min(other), own.max(other));
            for set in set_of_a.values_mut().chain(set_of_b.values_mut()) {
                if *set == gone {
                    *set = kept;
                }
            }
        }
    }
    let mut sums: BTreeMap<usize, Sum> = BTreeMap::new();
    for (code, set) in set_of_a {
        sums.entry(set)
            .or_default()
            .push((first_a + usize::from(code), 1));
    }
    for (code, set) in set_of_b {
        sums.entry(set)
            .or_default()
            .push((first_b + usize::from(code), -1));
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strata(attribute: &str, parts: usize, codes: &[u16]) -> Strata {
        let levels = codes.iter().max().map_or(0, |last| *last + 1);
        Strata {
            attribute: attribute.to_owned(),
            column: String::new(),
            levels: (0..levels)
                .map(|level| format!("{attribute}{level}"))
                .collect(),
            holds_missing: vec![false; usize::from(levels)],
            codes: codes.to_vec(),
            exploratory: false,
            parts: vec![String::new(); parts],
        }
    }

    fn named(layout: &Layout) -> BTreeSet<String> {
        layout
            .sums
            .iter()
            .map(|sum| {
                let side = |wanted: i8| {
                    sum.iter()
                        .filter(|(_, sign)| *sign == wanted)
                        .map(|(place, _)| layout.strata[*place].level.clone())
                        .collect::<Vec<_>>()
                        .join("+")
                };
                format!("{}={}", side(1), side(-1))
            })
            .collect()
    }

    #[test]
    fn unrelated_attributes_share_their_total_and_finer_ones_share_every_level() {
        let layout = Layout::new(&[
            strata("all", 0, &[0, 0, 0, 0, 0]),
            strata("sex", 1, &[0, 1, 0, 1, 0]),
            strata("country", 1, &[0, 0, 1, 1, 1]),
            strata("hospital", 1, &[0, 0, 1, 1, 2]),
        ]);
        let expected = [
            "all0=sex0+sex1",
            "all0=country0+country1",
            "all0=hospital0+hospital1+hospital2",
            "sex0+sex1=country0+country1",
            "sex0+sex1=hospital0+hospital1+hospital2",
            "country0=hospital0",
            "country1=hospital1+hospital2",
        ];
        assert_eq!(named(&layout), expected.map(str::to_owned).into());
    }

    #[test]
    fn a_crossing_has_the_margins_of_its_attributes() {
        let layout = Layout::new(&[
            strata("a", 1, &[0, 0, 1, 1]),
            strata("b", 1, &[0, 1, 0, 1]),
            strata("ab", 2, &[0, 1, 2, 3]),
        ]);
        let expected = [
            "a0+a1=b0+b1",
            "a0=ab0+ab1",
            "a1=ab2+ab3",
            "b0=ab0+ab2",
            "b1=ab1+ab3",
        ];
        assert_eq!(named(&layout), expected.map(str::to_owned).into());
    }

    #[test]
    fn a_chain_of_levels_is_one_set() {
        let layout = Layout::new(&[
            strata("a", 1, &[0, 0, 1, 1, 2]),
            strata("b", 1, &[0, 1, 1, 2, 2]),
        ]);
        assert_eq!(named(&layout), ["a0+a1+a2=b0+b1+b2".to_owned()].into());
    }
}
