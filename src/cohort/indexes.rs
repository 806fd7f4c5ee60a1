//! Patients and units as indexes into sorted names.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{AggregationUnit, Diagnostic};
use crate::tables::TextColumn;

use super::coded::Coded;
use super::load::Reading;
use super::rows::named_rows;
use super::{Names, UnitColumn};

impl Reading<'_> {
    /// Columns of the units inside a patient that samples are joined to, with what they are called.
    pub(super) fn unit_columns(
        &self,
    ) -> Result<Vec<([&'static str; 2], TextColumn)>, Vec<Diagnostic>> {
        let mut columns = Vec::new();
        for aggregation in &self.audit.aggregate {
            if let AggregationUnit::Column { unit, column } = &aggregation.to {
                columns.push(([unit.word(), unit.words()], self.column(column)?));
            }
        }
        Ok(columns)
    }

    /// Units inside a patient that the kept rows are joined to, in the order of `aggregate`.
    pub(super) fn units(
        &mut self,
        kept: &[usize],
        (patient_of, patients): (&[u32], &Names),
    ) -> Result<Vec<UnitColumn>, Vec<Diagnostic>> {
        let audit = self.audit;
        let mut units = Vec::new();
        for aggregation in &audit.aggregate {
            if let AggregationUnit::Column { unit, column } = &aggregation.to {
                let column = self.column(column)?;
                let coded = Coded::new(&column, kept, &audit.cohort.missing);
                let (of, names, absent) = self.indexed(&coded, kept, unit.word());
                self.found.extend(absent);
                units.push(if unit.is_side() {
                    within(patient_of, patients, &of, &names)
                } else {
                    UnitColumn { of, names }
                });
            }
        }
        Ok(units)
    }

    /// Index of each kept row's text among the sorted distinct texts; a missing one is an error.
    pub(super) fn indexed(
        &self,
        coded: &Coded<'_>,
        kept: &[usize],
        word: &str,
    ) -> (Vec<u32>, Names, Vec<Diagnostic>) {
        let (of, names) = coded.index(kept);
        let absent = coded.absent(kept);
        let mut found = Vec::new();
        if !absent.is_empty() {
            let message = format!(
                "{} {}: the {word} is missing, so that these samples cannot be placed",
                self.table.file(),
                named_rows(&absent)
            );
            let help = "fill it in, or leave these rows out with a rule under `cohort.include`; for a table without patients write `patient: none`";
            found.push(
                Diagnostic::error("patient-missing", message)
                    .at(self.audit.cohort.manifest.span)
                    .help(help),
            );
        }
        (of, names, found)
    }
}

/// Sides of patients as units: those of one side and patient are one.
fn within(patient_of: &[u32], patients: &Names, side_of: &[u32], sides: &Names) -> UnitColumn {
    let pairs: BTreeSet<(u32, u32)> = patient_of
        .iter()
        .copied()
        .zip(side_of.iter().copied())
        .collect();
    let place: BTreeMap<(u32, u32), u32> = pairs.iter().copied().zip(0u32..).collect();
    let own = patient_of.iter().zip(side_of);
    UnitColumn {
        of: own
            .map(|(patient, side)| place.get(&(*patient, *side)).copied().unwrap_or_default())
            .collect(),
        names: pairs
            .iter()
            .map(|(patient, side)| {
                format!(
                    "{} {}",
                    &patients[*patient as usize], &sides[*side as usize]
                )
            })
            .collect(),
    }
}
