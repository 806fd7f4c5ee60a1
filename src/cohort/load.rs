//! From the manifest's rows to a cohort, with everything wrong reported at once.

use std::sync::Arc;

use rayon::prelude::*;

use crate::config::{Audit, Diagnostic, Located, PatientColumn};
use crate::tables::{self, TableError, TextColumn};

use super::coded::Coded;
use super::columns::{named_columns, unknown_columns};
use super::exam::Exams;
use super::rows::named_rows;
use super::{
    AttributeColumn, Cohort, FlowEntry, Names, TuningCohort, attribute, checks, include, tabular,
    truth, values,
};

/// A cohort and what was noticed while reading it.
#[derive(Debug)]
pub struct LoadedCohort {
    /// The samples that the rules keep and that are measured.
    pub cohort: Cohort,
    /// Those that choose thresholds, where the audit sets some aside.
    pub tuning: Option<TuningCohort>,
    /// Warnings and notes.
    pub found: Vec<Diagnostic>,
}

impl LoadedCohort {
    /// All samples that need a score.
    #[must_use]
    pub fn everyone(&self) -> &Cohort {
        self.tuning
            .as_ref()
            .map_or(&self.cohort, |tuning| &tuning.everyone)
    }
}

/// Reads the manifest of an audit and checks it.
///
/// # Errors
/// Everything that makes the cohort unusable: an absent or broken table, unknown columns and
/// levels, numbers that are none, repeated samples, absent patients, no sample left.
pub fn load(audit: &Audit) -> Result<LoadedCohort, Vec<Diagnostic>> {
    let manifest = &audit.cohort.manifest;
    let at_manifest =
        |error: TableError| vec![Diagnostic::error("table", error.to_string()).at(manifest.span)];
    let available = tables::column_names(manifest).map_err(at_manifest)?;
    let named = named_columns(audit);
    let unknown = unknown_columns(
        &named,
        &available,
        &manifest.file_name().unwrap_or_default().to_string_lossy(),
    );
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let table = tables::read(manifest, &names).map_err(at_manifest)?;
    load_table(audit, &table)
}

/// Checks a table that holds all columns that the audit names.
///
/// # Errors
/// As [`load`].
pub fn load_table(audit: &Audit, table: &tables::Table) -> Result<LoadedCohort, Vec<Diagnostic>> {
    Reading {
        audit,
        table,
        found: Vec::new(),
        exams: None,
    }
    .cohort()
}

pub(super) struct Reading<'a> {
    pub(super) audit: &'a Audit,
    pub(super) table: &'a tables::Table,
    pub(super) found: Vec<Diagnostic>,
    /// The exams that rows are joined to, where the audit does.
    pub(super) exams: Option<Arc<Exams>>,
}

impl Reading<'_> {
    fn cohort(mut self) -> Result<LoadedCohort, Vec<Diagnostic>> {
        let patient = self.patient_column()?;
        let filled = self.table.filled_rows();
        let missing = &self.audit.cohort.missing;
        let (patient, kept) = rayon::join(
            || {
                let column = patient.as_ref()?;
                Some(Coded::new(column, &filled, missing))
            },
            || self.kept_rows(&filled),
        );
        let Kept {
            ids,
            rows: mut kept,
            steps,
        } = kept?;
        let mut flow = Vec::new();
        for step in &steps {
            self.record(&mut flow, step, patient.as_ref());
        }
        let ids: Names = match self.rows_to_exams(&kept, &mut flow, patient.as_ref())? {
            None => ids,
            Some(exams) => {
                kept = exams.first_rows();
                let ids = exams.ids.iter().collect();
                self.exams = Some(Arc::new(exams));
                ids
            }
        };
        if kept.is_empty() {
            let message = format!("{}: no exam is left to be scored", self.table.file());
            let at = self.audit.cohort.manifest.span;
            self.found
                .push(Diagnostic::error("no-sample", message).at(at));
            return Err(self.found);
        }
        // Sorted by id: no result may depend on the order of rows.
        let (samples, kept) = sorted_by_id(ids, kept);
        let chooses = self.chooses(&kept, patient.as_ref())?;
        let everyone = self.assemble(samples, &kept, patient.as_ref(), flow)?;
        checks::varying_attributes(&everyone, self.table.file(), &mut self.found);
        if self.found.iter().any(Diagnostic::is_error) {
            return Err(self.found);
        }
        let (cohort, tuning) = match chooses {
            None => (everyone, None),
            Some(chooses) => self.split(everyone, &kept, &chooses, patient.as_ref())?,
        };
        Ok(LoadedCohort {
            cohort,
            tuning,
            found: self.found,
        })
    }

    /// The rows that the rules keep, with the ids of their samples.
    fn kept_rows(&mut self, filled: &[usize]) -> Result<Kept, Vec<Diagnostic>> {
        let mut steps = vec![FlowStep::new(
            "rows",
            format!("rows of {}", self.table.file()),
            0,
            filled.to_vec(),
        )];
        let mut kept = filled.to_vec();
        for (number, rule) in self.audit.cohort.include.iter().enumerate() {
            let column = self.column(&rule.column)?;
            let before = kept.len();
            kept = include::apply(
                rule,
                &column,
                &self.audit.cohort,
                &kept,
                self.table.file(),
                &mut self.found,
            );
            steps.push(FlowStep::new(
                &format!("include-{}", number + 1),
                include::describe(rule),
                before - kept.len(),
                kept.clone(),
            ));
        }
        if kept.is_empty() {
            self.found.push(
                Diagnostic::error(
                    "no-sample",
                    format!(
                        "{}: no row satisfies the rules of `cohort.include`",
                        self.table.file()
                    ),
                )
                .at(self.audit.cohort.manifest.span),
            );
            return Err(std::mem::take(&mut self.found));
        }
        let ids = match &self.audit.cohort.exam {
            Some(_) => Names::default(),
            None => self.sample_ids(&kept)?,
        };
        Ok(Kept {
            ids,
            rows: kept,
            steps,
        })
    }

    /// The samples of some rows; of exams, of the first row of each.
    pub(super) fn assemble(
        &mut self,
        samples: Names,
        kept: &[usize],
        patient: Option<&Coded<'_>>,
        flow: Vec<FlowEntry>,
    ) -> Result<Cohort, Vec<Diagnostic>> {
        match self.exams.clone() {
            None => self.assemble_rows(samples, kept, patient, flow),
            Some(exams) => self.joined_exams(&exams, kept, patient, flow),
        }
    }

    /// The samples where every row is one.
    pub(super) fn assemble_rows(
        &mut self,
        samples: Names,
        kept: &[usize],
        patient: Option<&Coded<'_>>,
        flow: Vec<FlowEntry>,
    ) -> Result<Cohort, Vec<Diagnostic>> {
        let file = self.table.file().to_owned();
        let spec = &self.audit.cohort;
        let mut columns = Vec::new();
        for declared in &self.audit.strata {
            columns.push((declared, self.column(&declared.column)?));
        }
        let index_patients = || match patient {
            Some(patient) => self.indexed(patient, kept, "patient"),
            None => {
                let own = (0u32..).take(samples.len()).collect();
                (own, samples.clone(), Vec::new())
            }
        };
        let read_attributes = || -> Vec<(AttributeColumn, Vec<Diagnostic>)> {
            columns
                .par_iter()
                .map(|(declared, column)| {
                    let mut found = Vec::new();
                    let read = attribute::read(declared, column, spec, kept, &file, &mut found);
                    (read, found)
                })
                .collect()
        };
        let ((patient_of, patients, absent), read) = rayon::join(index_patients, read_attributes);
        self.found.extend(absent);
        let mut attributes = Vec::new();
        for (attribute, mut found) in read {
            attributes.push(attribute);
            self.found.append(&mut found);
        }
        let mut truths = Vec::new();
        for endpoint in &self.audit.endpoints {
            let column = self.column(&endpoint.truth_column)?;
            truths.push(truth::read(
                endpoint,
                &column,
                spec,
                kept,
                &file,
                &mut self.found,
            ));
        }
        let mut texts = Vec::new();
        for name in values::declared(self.audit) {
            texts.push(values::read(name, &self.column(name)?, spec, kept));
        }
        for endpoint in &self.audit.tasks {
            values::check(endpoint, &texts, kept, &file, &mut self.found);
        }
        let mut inputs = Vec::new();
        for declared in tabular::declared(self.audit) {
            let column = self.column(&declared.column)?;
            inputs.push(tabular::read(
                declared,
                &column,
                spec,
                kept,
                &file,
                &mut self.found,
            ));
        }
        let images = match &spec.image {
            Some(name) => {
                let column = self.column(name)?;
                kept.iter()
                    .map(|row| column.get(*row).unwrap_or_default())
                    .collect()
            }
            None => kept.iter().map(|_| "").collect(),
        };
        let sources = self.image_columns(kept)?;
        let units = self.units(kept, (&patient_of, &patients))?;
        let rows = kept.iter().map(|row| tables::row_number(*row)).collect();
        Ok(Cohort {
            samples,
            rows,
            images,
            patient_of,
            patients,
            clustered: patient.is_some(),
            units,
            sources,
            attributes,
            truth: truths,
            values: texts,
            inputs,
            flow,
        })
    }

    /// Paths of the images of inputs that name columns; empty texts where they are missing, with a
    /// warning where nothing stands for them.
    fn image_columns(&mut self, kept: &[usize]) -> Result<Vec<Names>, Vec<Diagnostic>> {
        let audit = self.audit;
        let Some(model) = &audit.model else {
            return Ok(Vec::new());
        };
        let mut sources = Vec::new();
        for column in model.image_columns() {
            let Some(name) = column.or(audit.cohort.image.as_ref()) else {
                sources.push(kept.iter().map(|_| "").collect());
                continue;
            };
            let text = self.column(name)?;
            let missing = &audit.cohort.missing;
            let known = |text: &&str| missing.iter().all(|missing| missing != text);
            let path = |row: &usize| text.get(*row).filter(known).unwrap_or_default();
            let absent: Vec<usize> = kept
                .iter()
                .copied()
                .filter(|row| path(row).is_empty())
                .collect();
            let asked = column.filter(|column| {
                let mut feeds = model.image_feeds().map(|(_, feed)| feed);
                feeds.any(|feed| {
                    feed.missing.is_none()
                        && feed.images.iter().any(|one| one.value == column.value)
                })
            });
            if let (Some(column), false) = (asked, absent.is_empty()) {
                let message = format!(
                    "{} {}: {} is missing, and an input of the model takes its image; {} of {} rows get no score",
                    self.table.file(),
                    named_rows(&absent),
                    column.value,
                    absent.len(),
                    kept.len()
                );
                self.found.push(
                    Diagnostic::warning("input-missing", message)
                        .at(column.span)
                        .help("write `missing:` with the number that the makers filled the input with; without it these samples count as failed (`cohort.max_failed_share`)"),
                );
            }
            sources.push(kept.iter().map(path).collect());
        }
        Ok(sources)
    }

    pub(super) fn column(&self, name: &Located<String>) -> Result<TextColumn, Vec<Diagnostic>> {
        self.table
            .column(name)
            .map_err(|error| vec![Diagnostic::error("table", error.to_string()).at(name.span)])
    }

    fn patient_column(&self) -> Result<Option<TextColumn>, Vec<Diagnostic>> {
        match &self.audit.cohort.patient {
            PatientColumn::Column(name) => self.column(name).map(Some),
            PatientColumn::None => Ok(None),
        }
    }

    /// Ids of the kept rows; repeated and missing ones are errors.
    pub(super) fn sample_ids(&mut self, kept: &[usize]) -> Result<Names, Vec<Diagnostic>> {
        let spec = &self.audit.cohort;
        let Some(name) = spec.sample.as_ref().or(spec.image.as_ref()) else {
            return Ok(kept
                .iter()
                .map(|row| tables::row_number(*row).to_string())
                .collect());
        };
        let column = self.column(name)?;
        let is_missing = |row: usize| {
            column
                .get(row)
                .is_none_or(|text| spec.missing.iter().any(|missing| missing == text))
        };
        let absent: Vec<usize> = kept
            .iter()
            .copied()
            .filter(|row| is_missing(*row))
            .collect();
        if !absent.is_empty() {
            let message = format!(
                "{} {}: {} is missing, expected the id of the sample",
                self.table.file(),
                named_rows(&absent),
                name.value
            );
            self.found.push(
                Diagnostic::error("sample-missing", message)
                    .at(name.span)
                    .help("fill it in, or leave these rows out with a rule under `cohort.include`"),
            );
        }
        let named = |rows: &[usize]| -> Names {
            rows.iter()
                .map(|row| column.get(*row).unwrap_or_default())
                .collect()
        };
        let all = named(kept);
        let present: Vec<usize>;
        let some: Names;
        let (ids, rows) = if absent.is_empty() {
            (&all, kept)
        } else {
            let filled = kept.iter().copied().filter(|row| !is_missing(*row));
            present = filled.collect();
            some = named(&present);
            (&some, present.as_slice())
        };
        let file = self.table.file();
        checks::duplicates(ids, rows, name, name.span, file, &mut self.found);
        Ok(all)
    }

    pub(super) fn record(
        &self,
        flow: &mut Vec<FlowEntry>,
        step: &FlowStep,
        patient: Option<&Coded<'_>>,
    ) {
        let patients = match patient {
            Some(patient) => patient.count(&step.kept),
            None => step.kept.len(),
        };
        flow.push(FlowEntry {
            code: step.code.clone(),
            description: step.description.clone(),
            removed: step.removed as u64,
            remaining: step.kept.len() as u64,
            remaining_patients: patients as u64,
        });
    }
}

/// A rule that leaves out rows, and the rows that it leaves.
pub(super) struct FlowStep {
    pub(super) code: String,
    pub(super) description: String,
    pub(super) removed: usize,
    pub(super) kept: Vec<usize>,
}

impl FlowStep {
    pub(super) fn new(code: &str, description: String, removed: usize, kept: Vec<usize>) -> Self {
        Self {
            code: code.to_owned(),
            description,
            removed,
            kept,
        }
    }
}

/// Rows that all rules keep.
struct Kept {
    /// Ids of their samples; none of exams, which have ids of their own.
    ids: Names,
    rows: Vec<usize>,
    steps: Vec<FlowStep>,
}

fn sorted_by_id(ids: Names, rows: Vec<usize>) -> (Names, Vec<usize>) {
    if ids.is_sorted() {
        return (ids, rows);
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|a, b| ids[*a].cmp(&ids[*b]).then(a.cmp(b)));
    (
        order.iter().map(|place| &ids[*place]).collect(),
        order.iter().map(|place| rows[*place]).collect(),
    )
}
