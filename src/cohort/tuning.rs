//! Rows that choose thresholds and are never measured: `cohort.tuning`.

use std::collections::BTreeMap;

use crate::config::{CohortSpec, Diagnostic, TuningSplit};
use crate::tables::TextColumn;

use super::coded::Coded;
use super::load::{FlowStep, Reading};
use super::rows::{canonical_text, named_rows};
use super::{Cohort, Names, include};

/// The samples that choose thresholds, and how they lie among all samples that need a score.
#[derive(Debug, Clone)]
pub struct TuningCohort {
    /// The samples that choose.
    pub cohort: Cohort,
    /// All samples that need a score, measured or not, sorted by id.
    pub everyone: Cohort,
    /// Place in `everyone` of each measured sample.
    pub measured_places: Vec<usize>,
    /// Place in `everyone` of each sample that chooses.
    pub tuning_places: Vec<usize>,
}

impl Reading<'_> {
    /// Which of the kept rows choose thresholds, where the audit sets some aside.
    pub(super) fn chooses(
        &mut self,
        kept: &[usize],
        patient: Option<&Coded<'_>>,
    ) -> Result<Option<Vec<bool>>, Vec<Diagnostic>> {
        let spec = &self.audit.cohort;
        let Some(split) = &spec.tuning else {
            return Ok(None);
        };
        let (column, file) = (self.column(&split.column)?, self.table.file());
        let chooses = chooses(split, &column, spec, kept, file, &mut self.found);
        // Without patients, a study that is joined to one unit must still lie on one side.
        let units = match patient {
            Some(_) => Vec::new(),
            None => self.unit_columns()?,
        };
        let apart = patient.map(|patient| (patient.column, ["patient", "patients"]));
        let apart = apart.or(units.first().map(|(words, column)| (column, *words)));
        if let Some((column, words)) = apart {
            check_apart(
                split,
                (column, words),
                kept,
                &chooses,
                file,
                &mut self.found,
            );
        }
        Ok(Some(chooses))
    }

    /// The measured samples and those that choose, each a cohort of its own: levels and patients
    /// that only the others have are not among its own.
    pub(super) fn split(
        &mut self,
        everyone: Cohort,
        kept: &[usize],
        chooses: &[bool],
        patient: Option<&Coded<'_>>,
    ) -> Result<(Cohort, Option<TuningCohort>), Vec<Diagnostic>> {
        let side = |wanted: bool| -> Vec<usize> {
            (0..kept.len())
                .filter(|place| chooses[*place] == wanted)
                .collect()
        };
        let (measured_places, tuning_places) = (side(false), side(true));
        let rows = |places: &[usize]| -> Vec<usize> { places.iter().map(|p| kept[*p]).collect() };
        let names = |places: &[usize]| -> Names {
            places
                .iter()
                .map(|place| &everyone.samples[*place])
                .collect()
        };
        let measured_rows = rows(&measured_places);
        let mut flow = everyone.flow.clone();
        if let Some(split) = &self.audit.cohort.tuning {
            let (removed, kept) = (tuning_places.len(), measured_rows.clone());
            let step = FlowStep::new("tuning", describe(split), removed, kept);
            self.record(&mut flow, &step, patient);
        }
        // All that is wrong was found with everyone; only a class can be lost by the split.
        let found = std::mem::take(&mut self.found);
        let cohort = self.assemble(names(&measured_places), &measured_rows, patient, flow)?;
        let own = std::mem::replace(&mut self.found, found);
        for one in own {
            if one.code == "one-class" && !self.found.contains(&one) {
                self.found.push(one);
            }
        }
        let found = std::mem::take(&mut self.found);
        let tuning = self.assemble(
            names(&tuning_places),
            &rows(&tuning_places),
            patient,
            Vec::new(),
        )?;
        self.found = found;
        let tuning = TuningCohort {
            cohort: tuning,
            everyone,
            measured_places,
            tuning_places,
        };
        Ok((cohort, Some(tuning)))
    }
}

/// The split in words, for the flow: `split is tuning: ...`.
fn describe(split: &TuningSplit) -> String {
    format!(
        "{} is {}: these choose thresholds and are not measured",
        split.column.value,
        split
            .levels
            .iter()
            .map(|level| level.value.as_str())
            .collect::<Vec<_>>()
            .join(" or ")
    )
}

/// Which of the rows choose. A text of the split that never occurs, a split that takes no row or
/// every row, and rows of which nothing is said are reported.
fn chooses(
    split: &TuningSplit,
    column: &TextColumn,
    spec: &CohortSpec,
    rows: &[usize],
    file: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<bool> {
    include::unknown_levels(&split.column, &split.levels, column, file, found);
    let value = |row: usize| {
        column
            .get(row)
            .filter(|text| !spec.missing.iter().any(|missing| missing == text))
            .map(canonical_text)
    };
    let chooses: Vec<bool> = rows
        .iter()
        .map(|row| value(*row).is_some_and(|text| include::listed(&split.levels, text)))
        .collect();
    let mut unsaid: Vec<usize> = rows
        .iter()
        .copied()
        .filter(|row| value(*row).is_none())
        .collect();
    if !unsaid.is_empty() {
        unsaid.sort_unstable();
        let message = format!(
            "{file} {}: {} is missing, so that these rows are measured",
            named_rows(&unsaid),
            split.column.value
        );
        found.push(
            Diagnostic::warning("split-missing", message)
                .at(split.column.span)
                .help("fill it in, or leave these rows out with a rule under `cohort.include`"),
        );
    }
    let taken = chooses.iter().filter(|own| **own).count();
    let problem = match taken {
        0 => Some("no row is in the tuning split"),
        all if all == rows.len() => {
            Some("every row is in the tuning split, so that none is left to be measured")
        }
        _ => None,
    };
    if let Some(problem) = problem {
        found.push(
            Diagnostic::error(
                "tuning-split",
                format!("{file}: {problem}, after the rules of `cohort.include`"),
            )
            .at(split.span)
            .help(format!(
                "check that {} and `cohort.include` leave rows on both sides",
                split.column.value
            )),
        );
    }
    chooses
}

/// No patient (or study, where patients are not told apart) may be on both sides: a threshold chosen on a patient's images knows that patient.
fn check_apart(
    split: &TuningSplit,
    (column, [one, several]): (&TextColumn, [&str; 2]),
    rows: &[usize],
    chooses: &[bool],
    file: &str,
    found: &mut Vec<Diagnostic>,
) {
    /// Most that are named.
    const SHOWN: usize = 5;
    let mut by_name: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (row, chooses) in rows.iter().zip(chooses) {
        if let Some(name) = column.get(*row) {
            let (tuning, measured) = by_name.entry(name).or_default();
            if *chooses { tuning } else { measured }.push(*row);
        }
    }
    by_name.retain(|_, (tuning, measured)| !tuning.is_empty() && !measured.is_empty());
    if by_name.is_empty() {
        return;
    }
    let named: Vec<String> = by_name
        .iter_mut()
        .take(SHOWN)
        .map(|(name, (tuning, measured))| {
            tuning.sort_unstable();
            measured.sort_unstable();
            format!(
                "{name} (tuning {}, measured {})",
                named_rows(tuning),
                named_rows(measured)
            )
        })
        .collect();
    let more = by_name.len() - named.len();
    let more = if more == 0 {
        String::new()
    } else {
        format!(" and {more} more")
    };
    let how_many = if by_name.len() == 1 {
        format!("1 {one} is")
    } else {
        format!("{} {several} are", by_name.len())
    };
    let message = format!(
        "{file}: {how_many} both in the tuning split and outside of it, expected every {one} on one side: {}{more}",
        named.join(", ")
    );
    found.push(
        Diagnostic::error("tuning-overlap", message)
            .at(split.span)
            .help(format!("split the table by {one}; a threshold chosen on images of a {one} must not be measured on that {one}")),
    );
}
