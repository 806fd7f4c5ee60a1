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
    /// Whether it has any sample.
    pub(super) occurs: bool,
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
    /// For each stratum the first attribute of those that its own is related to.
    related: Vec<usize>,
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
            let codes: BTreeSet<u16> = one.codes.iter().copied().collect();
            strata.extend(one.levels.iter().zip(0u16..).map(|(level, code)| Stratum {
                attribute: one.attribute.clone(),
                level: level.clone(),
                price,
                occurs: codes.contains(&code),
            }));
        }
        let samples = all.first().map_or(0, |one| one.codes.len());
        // Few combinations occur, however many samples there are.
        let mut occurring: BTreeSet<Vec<u16>> = BTreeSet::new();
        let mut own: Vec<u16> = Vec::new();
        for sample in 0..samples {
            own.clear();
            own.extend(all.iter().map(|one| one.codes[sample]));
            if !occurring.contains(&own) {
                occurring.insert(own.clone());
            }
        }
        let divisions = Divisions::new(&occurring, all.len());
        let mut sums = Vec::new();
        for a in 0..all.len() {
            for b in a + 1..all.len() {
                if !divisions.follow_from_another(a, b) {
                    sums.extend(equal_sums(divisions.pairs(a, b), first[a], first[b]));
                }
            }
        }
        // A short sum leaves few ways: looked at first.
        sums.sort_by_key(Vec::len);
        Self {
            related: related(&first, strata.len(), &sums),
            strata,
            first,
            sums,
        }
    }

    /// Strata of a stratum's attribute and of all that have more in common with it, or with one of
    /// those, than the whole cohort: crossings, their attributes, finer and coarser divisions.
    pub(super) fn related(&self, stratum: usize) -> impl Iterator<Item = usize> {
        let own = self.related[stratum];
        (0..self.strata.len()).filter(move |other| self.related[*other] == own)
    }

    /// Places of the strata of each attribute that have samples.
    pub(super) fn attributes(&self) -> Vec<Vec<usize>> {
        let ends = self.first.iter().skip(1).copied();
        self.first
            .iter()
            .zip(ends.chain([self.strata.len()]))
            .map(|(first, end)| {
                (*first..end)
                    .filter(|place| self.strata[*place].occurs)
                    .collect()
            })
            .collect()
    }
}

/// For each stratum the first attribute that its own reaches through others, each with more than one sum in
/// common with the next.
fn related(first: &[usize], strata: usize, sums: &[Sum]) -> Vec<usize> {
    let attribute = |stratum: usize| first.partition_point(|first| *first <= stratum) - 1;
    let mut common: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    for sum in sums {
        let pair: BTreeSet<usize> = sum.iter().map(|(place, _)| attribute(*place)).collect();
        *common.entry(pair.into_iter().collect()).or_default() += 1;
    }
    let mut reached: Vec<usize> = (0..first.len()).collect();
    for pair in common.iter().filter(|(_, n)| **n > 1).map(|(pair, _)| pair) {
        let joined: Vec<usize> = pair.iter().map(|one| reached[*one]).collect();
        let kept = joined.iter().copied().min().unwrap_or_default();
        for one in &mut reached {
            if joined.contains(one) {
                *one = kept;
            }
        }
    }
    (0..strata)
        .map(|stratum| reached[attribute(stratum)])
        .collect()
}

/// How the attributes divide the samples, two at a time.
struct Divisions {
    /// Levels that occur together, by first and second attribute.
    pairs: Vec<Vec<BTreeSet<(u16, u16)>>>,
}

impl Divisions {
    fn new(occurring: &BTreeSet<Vec<u16>>, attributes: usize) -> Self {
        let together = |a: usize, b: usize| -> BTreeSet<(u16, u16)> {
            occurring.iter().map(|codes| (codes[a], codes[b])).collect()
        };
        Self {
            pairs: (0..attributes)
                .map(|a| (0..attributes).map(|b| together(a, b)).collect())
                .collect(),
        }
    }

    fn pairs(&self, a: usize, b: usize) -> &BTreeSet<(u16, u16)> {
        &self.pairs[a][b]
    }

    /// Whether every level of `a` lies within one of `b`.
    fn is_finer(&self, a: usize, b: usize) -> bool {
        self.pairs[a][b].len() == self.pairs[a][a].len()
    }

    /// Whether what `a` and `b` have in common follows from what each has in common with a third
    /// attribute: one between them, or one whose levels are just their connected sets.
    fn follow_from_another(&self, a: usize, b: usize) -> bool {
        let sets = equal_sums(&self.pairs[a][b], 0, 0).len();
        let is_same =
            |one: usize, other: usize| self.is_finer(one, other) && self.is_finer(other, one);
        (0..self.pairs.len())
            .filter(|third| {
                *third != a && *third != b && !is_same(*third, a) && !is_same(*third, b)
            })
            .any(|third| {
                let between = (self.is_finer(a, third) && self.is_finer(third, b))
                    || (self.is_finer(b, third) && self.is_finer(third, a));
                let joins = self.is_finer(a, third)
                    && self.is_finer(b, third)
                    && self.pairs[third][third].len() == sets;
                between || joins
            })
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
