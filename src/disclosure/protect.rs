//! Primary and complementary suppression over all tables.

use std::collections::BTreeSet;

use super::layout::{Layout, Sum};
use super::moves::System;
use super::table::{Table, Together};

/// What complementary suppression may cost before the whole attribute is withheld instead.
const BUDGETS: [u32; 5] = [0, 1, 2, 4, 8];
/// What it may cost before everything is.
const LAST_BUDGETS: [u32; 2] = [64, u32::MAX];

/// Place of the whole cohort among the strata (`cohort::crossings` puts it first).
const WHOLE: usize = 0;

/// Tables over the same strata, and the bound below which their counts are small.
pub(super) struct Problem {
    pub(super) layout: Layout,
    pub(super) tables: Vec<Table>,
    /// For every class of every table all classes that count a sample of it.
    pub(super) together: Together,
    pub(super) below: u64,
    /// Groups of endpoints that withhold together.
    pub(super) groups: usize,
    /// Whether each of them is one endpoint.
    pub(super) is_alone: Vec<bool>,
}

/// Withheld strata, by group of endpoints.
pub(super) type Marks = Vec<Vec<bool>>;

impl Problem {
    pub(super) fn nothing_hidden(&self) -> Marks {
        vec![vec![false; self.layout.strata.len()]; self.groups]
    }

    /// Withholds the strata with a small count, all where the whole cohort is small, then others
    /// until no small count is determined.
    ///
    /// One pass is enough: what is withheld later only adds to what a reader must think possible.
    pub(super) fn forwards(&self, tables: &[Table], marks: &mut Marks) {
        for table in tables {
            for (stratum, _) in self.small(table) {
                hide(marks, table, stratum);
                if stratum == WHOLE {
                    self.hide_all(marks, table);
                }
            }
        }
        self.complements(tables, marks);
    }

    /// Withholds other strata until no small count is determined.
    pub(super) fn complements(&self, tables: &[Table], marks: &mut Marks) {
        for table in tables {
            self.complement(table, &table.patients, marks);
            if table.samples != table.patients {
                self.complement(table, &table.samples, marks);
            }
        }
    }

    /// Withholds every stratum of a table of one endpoint. Where several endpoints withhold together, a
    /// single rare class would take everything with it: only in the smallest cohorts it does.
    pub(super) fn hide_all(&self, marks: &mut Marks, table: &Table) {
        let of_whole: u64 = table.patients.iter().map(|class| class[WHOLE]).sum();
        let is_alone = table.group.is_none_or(|group| self.is_alone[group]);
        if is_alone || of_whole < 2 * self.below {
            (0..self.layout.strata.len()).for_each(|stratum| hide(marks, table, stratum));
        }
    }

    /// Strata with a small number of patients in a class of the table, and the class.
    pub(super) fn small<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (usize, usize)> + 'a {
        let is_small = |patients: u64| (1..self.below).contains(&patients);
        table
            .patients
            .iter()
            .enumerate()
            .flat_map(move |(class, counts)| {
                counts
                    .iter()
                    .enumerate()
                    .filter(move |(_, patients)| is_small(**patients))
                    .map(move |(stratum, _)| (stratum, class))
            })
    }

    /// Looks for a way out for every small count, at the least price. A way that is found stands for
    /// every count that it changes.
    fn complement(&self, table: &Table, counts: &[Vec<u64>], marks: &mut Marks) {
        let strata = self.layout.strata.len();
        let system = self.system(table, counts);
        let mut determined: BTreeSet<usize> = self
            .small(table)
            .map(|(stratum, class)| class * strata + stratum)
            .collect();
        while let Some(target) = determined.pop_first() {
            let hidden = withheld(marks, table);
            let found = BUDGETS
                .into_iter()
                .find_map(|budget| system.way_out(target, &hidden, budget));
            let mut more = match found {
                Some(way) => {
                    for one in &way.changed {
                        determined.remove(one);
                    }
                    way.bought
                }
                None => self.last_resort(&system, target, hidden.clone()),
            };
            self.add_ties(table, &hidden, &mut more);
            if more.contains(&WHOLE) {
                self.hide_all(marks, table);
            }
            for stratum in more {
                hide(marks, table, stratum);
            }
        }
    }

    /// Of several strata of an attribute with equal numbers all go: which of them does would follow
    /// from their order, which a reader knows.
    fn add_ties(&self, table: &Table, hidden: &[bool], more: &mut Vec<usize>) {
        let equal = |a: usize, b: usize| table.patients.iter().all(|class| class[a] == class[b]);
        for bought in more.clone() {
            let others = self.attribute_of(bought).into_iter();
            more.extend(others.filter(|other| !hidden[*other] && equal(*other, bought)));
        }
    }

    /// No cheap way was found: the attribute goes, since nothing tells then which of its levels are
    /// small; if that is not enough, whatever it takes.
    fn last_resort(&self, system: &System, target: usize, mut hidden: Vec<bool>) -> Vec<usize> {
        let attribute = self.attribute_of(target % self.layout.strata.len());
        attribute.iter().for_each(|one| hidden[*one] = true);
        if system.way_out(target, &hidden, 0).is_some() {
            return attribute;
        }
        let found = LAST_BUDGETS
            .into_iter()
            .find_map(|budget| system.way_out(target, &hidden, budget));
        match found {
            Some(way) => [attribute, way.bought].concat(),
            None => (0..self.layout.strata.len()).collect(),
        }
    }

    fn attribute_of(&self, stratum: usize) -> Vec<usize> {
        let name = &self.layout.strata[stratum].attribute;
        (0..self.layout.strata.len())
            .filter(|other| self.layout.strata[*other].attribute == *name)
            .collect()
    }

    /// What a reader knows of the counts of a table.
    pub(super) fn system(&self, table: &Table, counts: &[Vec<u64>]) -> System {
        let strata = self.layout.strata.len();
        let classes = counts.len();
        let are_patients = *counts == *table.patients;
        let bound = |class: usize, stratum: usize| match table.patients[class][stratum] {
            patients if !(1..self.below).contains(&patients) => (0, u64::MAX),
            _ if are_patients => (1, self.below - 1),
            // A patient may have any number of samples.
            _ => (1, u64::MAX),
        };
        let mut sums: Vec<Sum> = Vec::new();
        if classes > 1 {
            sums.extend(
                (0..strata)
                    .filter(|stratum| self.total_is_known(table, *stratum))
                    .map(|stratum| {
                        (0..classes)
                            .map(|class| (class * strata + stratum, 1))
                            .collect()
                    }),
            );
        }
        for sum in &self.layout.sums {
            sums.extend((0..classes).map(|class| {
                sum.iter()
                    .map(|(stratum, sign)| (class * strata + stratum, *sign))
                    .collect()
            }));
        }
        System::new(
            counts.concat(),
            (0..classes)
                .flat_map(|class| (0..strata).map(move |stratum| (class, stratum)))
                .map(|(class, stratum)| bound(class, stratum))
                .collect(),
            sums,
            self.layout.strata.iter().map(|one| one.price).collect(),
            self.layout.attributes(),
        )
    }

    /// Whether both classes of a withheld stratum together may be known: the whole cohort's from
    /// its flow, a group's from another endpoint that is asked of the same patients.
    fn total_is_known(&self, table: &Table, stratum: usize) -> bool {
        let all: u64 = table.patients.iter().map(|class| class[stratum]).sum();
        (stratum == WHOLE || self.groups > 1) && all >= self.below
    }
}

/// Withholds a stratum wherever its numbers in a table would stand.
pub(super) fn hide(marks: &mut Marks, table: &Table, stratum: usize) {
    for (group, own) in marks.iter_mut().enumerate() {
        own[stratum] |= table.group.is_none_or(|only| only == group);
    }
}

/// Strata of which a table's numbers stand nowhere: those of its group; for numbers that belong to
/// all groups, those that are withheld in any.
pub(super) fn withheld(marks: &Marks, table: &Table) -> Vec<bool> {
    match table.group {
        Some(group) => marks[group].clone(),
        None => (0..marks.first().map_or(0, Vec::len))
            .map(|stratum| marks.iter().any(|own| own[stratum]))
            .collect(),
    }
}
