//! Another table that a reader could not tell from the true one.

use std::collections::BTreeSet;

use super::layout::Sum;

/// Steps of one search after which it is given up: more is then withheld than may be needed.
const MOST_STEPS: u32 = 300;

/// A change of some counts that a reader cannot see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WayOut {
    /// Strata that must be withheld for it besides those that are.
    pub(super) bought: Vec<usize>,
    /// Variables that it changes: none of them is determined.
    pub(super) changed: Vec<usize>,
}

/// Variables and what is added to each, 1 or -1.
pub(super) type Move = Vec<(usize, i8)>;

/// Counts, their bounds and their sums. Variables are classes x strata.
#[derive(Debug, Clone)]
pub(super) struct System {
    pub(super) counts: Vec<u64>,
    /// Least and largest value that a reader must think possible.
    pub(super) bounds: Vec<(u64, u64)>,
    pub(super) sums: Vec<Sum>,
    /// Sums that each variable is in.
    of_variable: Vec<Vec<(usize, i8)>>,
    prices: Vec<u32>,
    /// Strata of each attribute that occur.
    attributes: Vec<Vec<usize>>,
}

impl System {
    pub(super) fn new(
        counts: Vec<u64>,
        bounds: Vec<(u64, u64)>,
        sums: Vec<Sum>,
        prices: Vec<u32>,
        attributes: Vec<Vec<usize>>,
    ) -> Self {
        let mut of_variable = vec![Vec::new(); counts.len()];
        for (place, sum) in sums.iter().enumerate() {
            for (variable, sign) in sum {
                of_variable[*variable].push((place, *sign));
            }
        }
        Self {
            counts,
            bounds,
            sums,
            of_variable,
            prices,
            attributes,
        }
    }

    fn stratum(&self, variable: usize) -> usize {
        variable % self.prices.len()
    }

    /// Strata that must be withheld besides the `hidden` ones, at a price of `budget` at most, so
    /// that `target` could as well be one more or one less; `None` when no way is found.
    ///
    /// A way is a change of +1 or -1 in some withheld counts that leaves every sum as it is and
    /// every count within its bounds: the table after it is one that the reader cannot exclude.
    pub(super) fn way_out(&self, target: usize, hidden: &[bool], budget: u32) -> Option<WayOut> {
        let mut untold = vec![false; self.prices.len()];
        for strata in &self.attributes {
            if strata.iter().all(|stratum| hidden[*stratum]) {
                strata.iter().for_each(|stratum| untold[*stratum] = true);
            }
        }
        [1, -1].into_iter().find_map(|change| {
            let mut search = self.search(hidden, &untold);
            if !search.has_room(target, change) {
                return None;
            }
            search.apply(target, change);
            search.repair(budget).then(|| WayOut {
                changed: (0..self.counts.len())
                    .filter(|variable| search.changes[*variable] != 0)
                    .collect(),
                bought: search.bought,
            })
        })
    }
}

impl System {
    fn search<'a>(&'a self, hidden: &'a [bool], untold: &'a [bool]) -> Search<'a> {
        Search {
            system: self,
            hidden,
            untold,
            below_zero: false,
            changes: vec![0; self.counts.len()],
            residuals: vec![0; self.sums.len()],
            off: BTreeSet::new(),
            bought: Vec::new(),
            steps: MOST_STEPS,
        }
    }

    /// Every change of withheld counts by one that moves `target` and leaves all sums as they are;
    /// `None` where the search would take too long. A count may fall below 0 by it. There and back is one move,
    /// written with 1 first.
    pub(super) fn moves(&self, target: usize, hidden: &[bool]) -> Option<BTreeSet<Move>> {
        let untold = vec![true; self.prices.len()];
        let mut found = BTreeSet::new();
        let mut search = self.search(hidden, &untold);
        search.below_zero = true;
        search.apply(target, 1);
        search.every_repair(&mut found);
        (search.steps > 0).then_some(found)
    }
}

struct Search<'a> {
    system: &'a System,
    hidden: &'a [bool],
    /// Strata of attributes that are withheld as a whole: nothing tells which of them are small.
    untold: &'a [bool],
    /// Whether the counts themselves set no bounds.
    below_zero: bool,
    changes: Vec<i8>,
    /// What each sum is off by.
    residuals: Vec<i32>,
    /// Sums that are off.
    off: BTreeSet<usize>,
    /// Strata that are shown so far and would have to be withheld.
    bought: Vec<usize>,
    steps: u32,
}

impl Search<'_> {
    fn has_room(&self, variable: usize, change: i8) -> bool {
        if self.below_zero {
            return true;
        }
        let count = self.system.counts[variable];
        let (least, most) = if self.untold[self.system.stratum(variable)] {
            (0, u64::MAX)
        } else {
            self.system.bounds[variable]
        };
        if change > 0 {
            count < most
        } else {
            count > least
        }
    }

    fn apply(&mut self, variable: usize, change: i8) {
        self.changes[variable] += change;
        for (sum, sign) in &self.system.of_variable[variable] {
            self.residuals[*sum] += i32::from(change * sign);
            if self.residuals[*sum] == 0 {
                self.off.remove(sum);
            } else {
                self.off.insert(*sum);
            }
        }
    }

    fn price(&self, variable: usize) -> u32 {
        let stratum = self.system.stratum(variable);
        if self.hidden[stratum] || self.bought.contains(&stratum) {
            0
        } else {
            self.system.prices[stratum]
        }
    }

    /// Repairs the sum that is off and leaves the fewest ways, in every way that the budget allows,
    /// until none is off.
    fn repair(&mut self, budget: u32) -> bool {
        if self.off.is_empty() {
            return true;
        }
        if self.steps == 0 {
            return false;
        }
        self.steps -= 1;
        let narrowest = self
            .off
            .iter()
            .map(|sum| self.repairs(*sum, budget))
            .min_by_key(Vec::len);
        for (price, variable, change) in narrowest.unwrap_or_default() {
            let stratum = self.system.stratum(variable);
            self.apply(variable, change);
            if price > 0 {
                self.bought.push(stratum);
            }
            if self.repair(budget - price) {
                return true;
            }
            if price > 0 {
                self.bought.pop();
            }
            self.apply(variable, -change);
        }
        false
    }

    /// Repairs the sum that is off and leaves the fewest ways, in every way, and keeps each that ends.
    fn every_repair(&mut self, found: &mut BTreeSet<Move>) {
        if self.off.is_empty() {
            let changes = self.changes.iter().copied().enumerate();
            let changes = changes.filter(|(_, change)| *change != 0);
            let sign = changes.clone().next().map_or(1, |(_, change)| change);
            found.insert(
                changes
                    .map(|(variable, change)| (variable, sign * change))
                    .collect(),
            );
            return;
        }
        let ways = self.off.iter().map(|sum| self.repairs(*sum, 0));
        for (_, variable, change) in ways.min_by_key(Vec::len).unwrap_or_default() {
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 {
                return;
            }
            self.apply(variable, change);
            self.every_repair(found);
            self.apply(variable, -change);
        }
    }

    /// Changes that bring a sum nearer: cheapest first, then those of the smallest groups.
    fn repairs(&self, sum: usize, budget: u32) -> Vec<(u32, usize, i8)> {
        let toward = if self.residuals[sum] > 0 { -1 } else { 1 };
        let mut found: Vec<(u32, usize, i8)> = self.system.sums[sum]
            .iter()
            .map(|(variable, sign)| (self.price(*variable), *variable, toward * sign))
            .filter(|(price, variable, change)| {
                *price <= budget
                    && self.changes[*variable] == 0
                    && self.has_room(*variable, *change)
            })
            .collect();
        found.sort_by_key(|(price, variable, _)| {
            let count = self.system.counts[*variable];
            (*price, count == 0, count, *variable)
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of one attribute with a shown total; small ones are known to be below 3.
    fn one_way(counts: &[u64]) -> System {
        let total = counts.iter().sum();
        let all: Vec<u64> = counts.iter().copied().chain([total]).collect();
        let bounds = all
            .iter()
            .map(|count| {
                if (1..3).contains(count) {
                    (1, 2)
                } else {
                    (0, u64::MAX)
                }
            })
            .collect();
        let mut sum: Sum = (0..counts.len()).map(|place| (place, 1)).collect();
        sum.push((counts.len(), -1));
        let mut prices = vec![1; counts.len()];
        prices.push(64);
        let attributes = vec![(0..counts.len()).collect(), vec![counts.len()]];
        System::new(all, bounds, vec![sum], prices, attributes)
    }

    #[test]
    fn one_withheld_level_follows_from_the_total() {
        let system = one_way(&[1, 5, 9]);
        let alone = [true, false, false, false];
        assert_eq!(system.way_out(0, &alone, 0), None);
        let way = |bought: &[usize], changed: &[usize]| {
            Some(WayOut {
                bought: bought.to_vec(),
                changed: changed.to_vec(),
            })
        };
        assert_eq!(system.way_out(0, &alone, 1), way(&[1], &[0, 1]));
        let both = [true, true, false, false];
        assert_eq!(system.way_out(0, &both, 0), way(&[], &[0, 1]));
    }

    #[test]
    fn two_small_levels_at_their_least_follow_from_their_sum() {
        let both = [true, true, false, false];
        assert_eq!(one_way(&[1, 1, 9]).way_out(0, &both, 0), None);
        let way = one_way(&[1, 1, 9]).way_out(0, &both, 1).unwrap();
        assert_eq!(way.bought, [2]);
        assert_eq!(one_way(&[2, 2, 9]).way_out(0, &both, 0), None);
        let way = one_way(&[1, 2, 9]).way_out(0, &both, 0).unwrap();
        assert_eq!(way.changed, [0, 1]);
    }
}
