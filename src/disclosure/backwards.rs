//! Whoever knows the rules of this room can run them backwards: of all tables that agree with what is
//! shown, only those are possible that end in the same pattern of withheld strata (a minimality attack:
//! Wong, Fu, Wang and Pei 2007).
//!
//! The room makes this attack itself. It tries the other tables that agree, and where a small count is
//! the same in all that end in the same way, it withholds more: the attribute with all that are related
//! to it, and where that tells as well, all groups. Whether a count is found depends on nothing but the
//! tables that are tried, which are the same seen from each of them: so that a pattern that stays tells
//! nothing new. Where more than [`MOST_TABLES`] agree, nothing more is withheld: a reader would have to
//! try them all, and nobody has shown that one of them alone ends so.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::moves::Move;
use super::protect::{Marks, Problem, hide, withheld};
use super::table::Table;

/// Tables that are tried for one class.
const MOST_TABLES: usize = 300;
/// Changes by one from which they are made.
const MOST_MOVES: usize = 200;

/// Place of a table, class, stratum.
type Count = (usize, usize, usize);

/// From tables to what is withheld of them.
type Rule<'a> = &'a dyn Fn(&[Table]) -> Marks;

impl Problem {
    /// Withholds strata so that no small count is determined, for a reader who knows the rules neither
    /// (where there are too many tables for that, only for one who does not).
    pub(super) fn protect(&self, marks: &mut Marks) {
        let start = marks.clone();
        // Tables lie in the neighbourhood of many others.
        let ends: RefCell<HashMap<Vec<Table>, Marks>> = RefCell::default();
        let forwards = |tables: &[Table]| {
            if let Some(end) = ends.borrow().get(tables) {
                return end.clone();
            }
            let mut end = start.clone();
            self.forwards(tables, &mut end);
            ends.borrow_mut().insert(tables.to_vec(), end.clone());
            end
        };
        let widened = |tables: &[Table]| self.widened(tables, &forwards).0;
        let (end, wide) = self.widened(&self.tables, &forwards);
        *marks = end;
        if wide {
            for (place, _, _) in self.found(&self.tables, marks, &widened) {
                self.hide_all(marks, &self.tables[place]);
            }
        }
    }

    /// What is withheld with everything related to a small count that the rules tell backwards; and
    /// whether there is one.
    fn widened(&self, tables: &[Table], forwards: Rule<'_>) -> (Marks, bool) {
        let mut marks = forwards(tables);
        let found = self.found(tables, &marks, forwards);
        for (place, _, stratum) in &found {
            for other in self.layout.related(*stratum) {
                hide(&mut marks, &tables[*place], other);
            }
        }
        if !found.is_empty() {
            self.complements(tables, &mut marks);
        }
        (marks, !found.is_empty())
    }

    /// Small counts that are the same in all tables which agree with what is shown and which the rule
    /// treats in the same way.
    fn found(&self, tables: &[Table], marks: &Marks, rule: Rule<'_>) -> Vec<Count> {
        let mut left: BTreeSet<Count> = BTreeSet::new();
        let mut found = Vec::new();
        for (place, table) in tables.iter().enumerate() {
            let small = self.small(table);
            left.extend(small.map(|(stratum, class)| (place, class, stratum)));
        }
        while let Some((place, class, stratum)) = left.first().copied() {
            let hidden = withheld(marks, &tables[place]);
            let related: BTreeSet<usize> = self.layout.related(stratum).collect();
            let is_own =
                |count: &Count| (count.0, count.1) == (place, class) && related.contains(&count.2);
            let mut own: BTreeSet<Count> = left.iter().copied().filter(is_own).collect();
            left.retain(|count| !is_own(count));
            // Who sees nothing learns nothing.
            if hidden.iter().any(|one| !one) {
                let own_hidden: Vec<usize> =
                    related.into_iter().filter(|one| hidden[*one]).collect();
                if self.vary(tables, &own_hidden, (marks, rule), &mut own) {
                    found.extend(own);
                }
            }
        }
        found
    }

    /// Takes those of the counts of a class out that differ in another table which ends in the same way,
    /// until none is left; whether all tables were tried. Only the given strata are changed.
    fn vary(
        &self,
        tables: &[Table],
        strata: &[usize],
        (marks, rule): (&Marks, Rule<'_>),
        left: &mut BTreeSet<Count>,
    ) -> bool {
        let Some((place, class, _)) = left.first().copied() else {
            return true;
        };
        let Some(moves) = self.moves(&tables[place], class, strata) else {
            return false;
        };
        // What occurs together, and so what must add up, would be other than it is known to be.
        let occurring = self.occurring(tables);
        let mut known = HashSet::from([tables[place].patients.clone()]);
        let mut next = VecDeque::from([tables.to_vec()]);
        while let Some(table) = next.pop_front() {
            for (one, sign) in moves.iter().flat_map(|one| [(one, 1), (one, -1)]) {
                let Some(other) = self.moved(&table, place, (one, sign), marks) else {
                    continue;
                };
                if known.contains(&other[place].patients) {
                    continue;
                }
                if known.len() == MOST_TABLES {
                    return false;
                }
                if self.occurring(&other) == occurring && rule(&other) == *marks {
                    let of = |tables: &[Table], count: &Count| {
                        tables[count.0].patients[count.1][count.2]
                    };
                    left.retain(|count| of(tables, count) == of(&other, count));
                    if left.is_empty() {
                        return true;
                    }
                }
                known.insert(other[place].patients.clone());
                next.push_back(other);
            }
        }
        true
    }

    /// Whether each stratum has any sample.
    fn occurring(&self, tables: &[Table]) -> Vec<bool> {
        let classes = tables.iter().flat_map(|table| &table.patients);
        (0..self.layout.strata.len())
            .map(|stratum| classes.clone().any(|counts| counts[stratum] > 0))
            .collect()
    }

    /// Changes by one of the counts of a class in some strata that leave all sums as they are; `None`
    /// where there are too many.
    fn moves(&self, table: &Table, class: usize, strata: &[usize]) -> Option<BTreeSet<Move>> {
        let all = self.layout.strata.len();
        let system = self.system(table, &table.patients);
        let mut hidden = vec![false; all];
        strata.iter().for_each(|stratum| hidden[*stratum] = true);
        let mut moves = BTreeSet::new();
        for stratum in strata {
            moves.extend(system.moves(class * all + stratum, &hidden)?);
            if moves.len() > MOST_MOVES {
                return None;
            }
        }
        Some(moves)
    }

    /// The tables after a change of one of them, and of the others that count the same samples; `None`
    /// where a count would fall below 0 or be seen to change.
    fn moved(
        &self,
        tables: &[Table],
        place: usize,
        (changes, sign): (&Move, i64),
        marks: &Marks,
    ) -> Option<Vec<Table>> {
        let strata = self.layout.strata.len();
        let mut other = tables.to_vec();
        for (variable, change) in changes {
            let (class, stratum) = (variable / strata, variable % strata);
            for (place, class) in &self.together[place][class] {
                if !withheld(marks, &tables[*place])[stratum] {
                    return None;
                }
                let table = &mut other[*place];
                for counts in [&mut table.patients, &mut table.samples] {
                    let count = &mut counts[*class][stratum];
                    *count = count.checked_add_signed(sign * i64::from(*change))?;
                }
            }
        }
        Some(other)
    }
}
