//! Whoever knows the rules of this room can run them backwards: of all tables that agree with what is
//! shown, only those are possible that end in the same pattern of withheld strata (a minimality attack:
//! Wong, Fu, Wang and Pei 2007).
//!
//! The room makes this attack itself. It tries the other tables that agree, of one class, in the strata of
//! attributes that are related, and where a small count is the same in all that end in the same way, it
//! withholds more: the attribute with all that are related to it, and where that tells as well, all groups.
//! That withholding more tells nothing in its turn is shown by trying all small cohorts
//! (`running_backwards.rs`, `two_endpoints.rs`), not proved. Where more tables agree than are tried,
//! nothing more is withheld, and a reader who tries them all, or reasons about them, may find a small
//! number.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};

use super::moves::Move;
use super::protect::{Marks, Problem, hide, withheld};
use super::table::Table;

/// Tables that are tried for one class.
const MOST_TABLES: usize = 300;
/// The same where they lie in a line: one of them ends in the same way mostly near by.
const MOST_IN_LINE: usize = 5_000;
/// Changes by one from which they are made.
const MOST_MOVES: usize = 200;
/// Numbers in all tables that are tried, together: many endpoints with many strata would take minutes.
const MOST_NUMBERS: usize = 4_000_000;

/// Place of a table, class, stratum.
type Count = (usize, usize, usize);

/// Patients by class and stratum.
type Patients = Vec<Vec<u64>>;

/// From tables to what is withheld of them; `None` once too many were tried.
type Rule<'a> = &'a dyn Fn(&[Table]) -> Option<Marks>;

impl Problem {
    /// Withholds strata so that no small count is determined, nor for a reader who knows the rules and
    /// tries the tables, where these are few enough.
    pub(super) fn protect(&self, marks: &mut Marks) {
        let start = marks.clone();
        // Tables lie in the neighbourhood of many others.
        let ends: RefCell<HashMap<Vec<Table>, Marks>> = RefCell::default();
        let left = Cell::new(MOST_NUMBERS);
        let size: usize = self.tables.iter().map(Table::size).sum();
        let forwards = |tables: &[Table]| {
            if let Some(end) = ends.borrow().get(tables) {
                return Some(end.clone());
            }
            left.set(left.get().checked_sub(size)?);
            let mut end = start.clone();
            self.forwards(tables, &mut end);
            ends.borrow_mut().insert(tables.to_vec(), end.clone());
            Some(end)
        };
        let widened = |tables: &[Table]| Some(self.widened(tables, &forwards)?.0);
        let Some((end, wide)) = self.widened(&self.tables, &forwards) else {
            return self.forwards(&self.tables, marks);
        };
        *marks = end;
        if wide {
            for (place, _, _) in self.found(&self.tables, marks, &widened) {
                self.hide_all(marks, &self.tables[place]);
            }
        }
    }

    /// What is withheld with everything related to a small count that the rules tell backwards; and
    /// whether there is one.
    fn widened(&self, tables: &[Table], forwards: Rule<'_>) -> Option<(Marks, bool)> {
        let mut marks = forwards(tables)?;
        let found = self.found(tables, &marks, forwards);
        for (place, _, stratum) in &found {
            for other in self.layout.related(*stratum) {
                hide(&mut marks, &tables[*place], other);
            }
        }
        if !found.is_empty() {
            self.complements(tables, &mut marks);
        }
        Some((marks, !found.is_empty()))
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

    /// Takes those of the counts of a class out that differ in another table which ends in the same way;
    /// whether there are few enough to be tried. Only the given strata are changed.
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
        let own = &tables[place];
        let moves = self.moves(own, class, strata);
        let Some(all) = moves.and_then(|moves| self.reached(own, &moves)) else {
            return false;
        };
        // What occurs together, and so what must add up, would be other than it is known to be.
        let occurring = self.occurring(tables);
        let hidden: Vec<Vec<bool>> = tables.iter().map(|one| withheld(marks, one)).collect();
        for counts in all {
            let Some(other) = self.with(tables, place, &counts, &hidden) else {
                continue;
            };
            if self.occurring(&other) != occurring {
                continue;
            }
            let Some(end) = rule(&other) else {
                return false;
            };
            if end == *marks {
                let of =
                    |tables: &[Table], count: &Count| tables[count.0].patients[count.1][count.2];
                left.retain(|count| of(tables, count) == of(&other, count));
            }
            if left.is_empty() {
                break;
            }
        }
        true
    }

    /// Patients of a table after any number of moves, the nearest first; `None` where there are too many.
    fn reached(&self, table: &Table, moves: &BTreeSet<Move>) -> Option<Vec<Patients>> {
        let most = if moves.len() == 1 {
            MOST_IN_LINE
        } else {
            MOST_TABLES
        };
        let mut known = HashSet::from([table.patients.clone()]);
        let mut all = vec![table.patients.clone()];
        let mut next = 0;
        while let Some(from) = all.get(next).cloned() {
            next += 1;
            for (one, sign) in moves.iter().flat_map(|one| [(one, 1), (one, -1)]) {
                let Some(to) = self.moved(&from, one, sign) else {
                    continue;
                };
                if known.insert(to.clone()) {
                    if all.len() == most {
                        return None;
                    }
                    all.push(to);
                }
            }
        }
        Some(all)
    }

    /// `None` where a count would fall below 0.
    fn moved(&self, from: &Patients, changes: &Move, sign: i64) -> Option<Patients> {
        let strata = self.layout.strata.len();
        let mut to = from.clone();
        for (variable, change) in changes {
            let count = &mut to[variable / strata][variable % strata];
            *count = count.checked_add_signed(sign * i64::from(*change))?;
        }
        Some(to)
    }

    /// The tables with other patients in one of them, and with the same changes in all that count the same
    /// samples; `None` where a count would fall below 0, be seen to change, or leave samples without a patient.
    fn with(
        &self,
        tables: &[Table],
        place: usize,
        patients: &Patients,
        hidden: &[Vec<bool>],
    ) -> Option<Vec<Table>> {
        let mut other = tables.to_vec();
        for (class, counts) in patients.iter().enumerate() {
            for (stratum, count) in counts.iter().enumerate() {
                let change =
                    count.cast_signed() - tables[place].patients[class][stratum].cast_signed();
                if change == 0 {
                    continue;
                }
                for (place, class) in &self.together[place][class] {
                    if !hidden[*place][stratum] {
                        return None;
                    }
                    let table = &mut other[*place];
                    for counts in [&mut table.patients, &mut table.samples] {
                        let count = &mut counts[*class][stratum];
                        *count = count.checked_add_signed(change)?;
                    }
                    let (patients, samples) = (
                        table.patients[*class][stratum],
                        table.samples[*class][stratum],
                    );
                    if patients > samples || (patients == 0) != (samples == 0) {
                        return None;
                    }
                }
            }
        }
        Some(other)
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
}
