//! From the manifest's rows to a cohort, with everything wrong reported at once.

use rayon::prelude::*;

use crate::config::{AggregationUnit, Audit, Diagnostic, Located, PatientColumn, Span, nearest};
use crate::tables::{self, TableError, TextColumn};

use super::attribute::what_occurs;
use super::coded::Coded;
use super::rows::named_rows;
use super::{
    AttributeColumn, Cohort, FlowEntry, Names, TuningCohort, attribute, checks, include, truth,
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
    }
    .cohort()
}

/// Every column that the audit names, with its place.
#[must_use]
pub fn named_columns(audit: &Audit) -> Vec<(&str, Span)> {
    let cohort = &audit.cohort;
    let mut columns: Vec<&Located<String>> = Vec::new();
    columns.extend(cohort.image.iter().chain(cohort.sample.iter()));
    if let PatientColumn::Column(column) = &cohort.patient {
        columns.push(column);
    }
    columns.extend(cohort.include.iter().map(|rule| &rule.column));
    columns.extend(cohort.tuning.iter().map(|split| &split.column));
    columns.extend(audit.strata.iter().map(|attribute| &attribute.column));
    columns.extend(
        audit
            .endpoints
            .iter()
            .map(|endpoint| &endpoint.truth_column),
    );
    for aggregation in &audit.aggregate {
        if let AggregationUnit::Study(column) = &aggregation.to {
            columns.push(column);
        }
    }
    columns
        .into_iter()
        .map(|column| (column.value.as_str(), column.span))
        .collect()
}

fn unknown_columns(named: &[(&str, Span)], available: &[String], file: &str) -> Vec<Diagnostic> {
    let valid: Vec<&str> = available.iter().map(String::as_str).collect();
    named
        .iter()
        .filter(|(name, _)| !valid.contains(name))
        .map(|(name, span)| {
            Diagnostic::error("unknown-column", format!("{file} has no column \"{name}\""))
                .at(*span)
                .help(what_occurs(&nearest(name, &valid), &valid))
        })
        .collect()
}

pub(super) struct Reading<'a> {
    pub(super) audit: &'a Audit,
    pub(super) table: &'a tables::Table,
    pub(super) found: Vec<Diagnostic>,
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
            samples,
            rows: kept,
            steps,
        } = kept?;
        let mut flow = Vec::new();
        for step in &steps {
            self.record(&mut flow, step, patient.as_ref());
        }
        let chooses = self.chooses(&kept, patient.as_ref())?;
        let everyone = self.assemble(samples, &kept, patient.as_ref(), flow)?;
        checks::varying_attributes(&everyone, &kept, self.table.file(), &mut self.found);
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

    /// The rows that the rules keep, sorted by sample id: no result may depend on the order of rows.
    fn kept_rows(&mut self, filled: &[usize]) -> Result<Kept, Vec<Diagnostic>> {
        let mut steps = vec![FlowStep {
            code: "rows".to_owned(),
            description: format!("rows of {}", self.table.file()),
            removed: 0,
            kept: filled.to_vec(),
        }];
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
            steps.push(FlowStep {
                code: format!("include-{}", number + 1),
                description: include::describe(rule),
                removed: before - kept.len(),
                kept: kept.clone(),
            });
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
        let ids = self.sample_ids(&kept)?;
        if ids.is_sorted() {
            return Ok(Kept {
                samples: ids,
                rows: kept,
                steps,
            });
        }
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by(|a, b| ids[*a].cmp(&ids[*b]).then(a.cmp(b)));
        Ok(Kept {
            samples: order.iter().map(|place| &ids[*place]).collect(),
            rows: order.iter().map(|place| kept[*place]).collect(),
            steps,
        })
    }

    pub(super) fn assemble(
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
        let images = match &spec.image {
            Some(name) => {
                let column = self.column(name)?;
                kept.iter()
                    .map(|row| column.get(*row).unwrap_or_default())
                    .collect()
            }
            None => kept.iter().map(|_| "").collect(),
        };
        let (study_of, studies) = match self.study_column()? {
            Some(column) => {
                let coded = Coded::new(&column, kept, &spec.missing);
                let (of, names, absent) = self.indexed(&coded, kept, "study");
                self.found.extend(absent);
                (of, names)
            }
            None => (Vec::new(), Names::default()),
        };
        let rows = kept.iter().map(|row| tables::row_number(*row)).collect();
        Ok(Cohort {
            samples,
            rows,
            images,
            patient_of,
            patients,
            clustered: patient.is_some(),
            study_of,
            studies,
            attributes,
            truth: truths,
            flow,
        })
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

    pub(super) fn study_column(&self) -> Result<Option<TextColumn>, Vec<Diagnostic>> {
        for aggregation in &self.audit.aggregate {
            if let AggregationUnit::Study(name) = &aggregation.to {
                return self.column(name).map(Some);
            }
        }
        Ok(None)
    }

    /// Ids of the kept rows; repeated and missing ones are errors.
    fn sample_ids(&mut self, kept: &[usize]) -> Result<Names, Vec<Diagnostic>> {
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

    /// Place of each kept row's text among the sorted distinct texts; a missing one is an error.
    fn indexed(
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

    /// Adds a step of the flow of exclusions.
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

/// Rows that all rules keep, sorted by the ids of their samples.
struct Kept {
    samples: Names,
    rows: Vec<usize>,
    steps: Vec<FlowStep>,
}
