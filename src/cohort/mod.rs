//! Manifest to samples, patients, attributes, strata, and the flow of exclusions.
//!
//! Called by `audit.rs` before any model runs. Everything wrong with the table is found here
//! and named with row numbers. This room knows no model and no score: it reads the columns
//! and views that the audit file feeds to one, and not what becomes of them.

mod attribute;
mod checks;
mod coded;
mod columns;
mod distinct;
mod exam;
mod files;
mod flow;
mod include;
mod indexes;
mod load;
mod names;
mod rows;
mod strata;
mod tabular;
mod truth;
mod tuning;
mod unit;
mod values;

pub use attribute::{AttributeColumn, MISSING_LEVEL};
pub use columns::named_columns;
pub use files::{AbsentFile, absent_files, image_path};
pub use flow::FlowEntry;
pub use load::{LoadedCohort, load, load_table};
pub use names::Names;
pub use rows::{canonical_text, named_rows};
pub use strata::{OVERALL, Strata, crossings};
pub use tabular::InputColumn;
pub use truth::Truth;
pub use tuning::TuningCohort;
pub use unit::{Unit, unit_of};
pub use values::{ScoresByName, TaskTruth, ValueColumn, task_inputs, task_truths};

/// The samples of an audit, sorted by sample id, so that no result depends on the order of rows.
#[derive(Debug, Clone)]
pub struct Cohort {
    /// Id of each sample.
    pub samples: Names,
    /// Row of each sample in the manifest (header = row 1).
    pub rows: Vec<usize>,
    /// Path of each sample's image as written; empty without an image column.
    pub images: Names,
    /// Index into `patients` of each sample.
    pub patient_of: Vec<u32>,
    /// Names of patients, sorted; sample ids without a patient column.
    pub patients: Names,
    /// Whether a patient column was declared.
    pub clustered: bool,
    /// Units inside a patient that samples are joined to, in the order of `aggregate`.
    pub units: Vec<UnitColumn>,
    /// Attributes in the audit file's order.
    pub attributes: Vec<AttributeColumn>,
    /// Reference standard of each sample, by endpoint.
    pub truth: Vec<Vec<Truth>>,
    /// Paths of each sample's images where it has several: by view of the model where samples are exams,
    /// by column of [`crate::config::ModelSpec::image_columns`] where inputs name columns. A path is
    /// empty where the image is missing. Empty where a sample has one image.
    pub sources: Vec<Names>,
    /// Columns with the truth of endpoints that have a task.
    pub values: Vec<ValueColumn>,
    /// Columns that the model is fed, in the audit file's order; empty once samples are joined.
    pub inputs: Vec<InputColumn>,
    /// From the rows of the manifest to these samples.
    pub flow: Vec<FlowEntry>,
}

/// A unit inside a patient: a study, a lesion, ...
#[derive(Debug, Clone)]
pub struct UnitColumn {
    /// Index into `names` of each sample.
    pub of: Vec<u32>,
    /// Names of the units, sorted.
    pub names: Names,
}

impl Cohort {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Number of different patients in each level among the samples that `is_in`; `codes` is the
    /// level of every sample.
    #[must_use]
    pub fn count_patients_by_level(
        &self,
        codes: &[u16],
        n_levels: usize,
        is_in: &[bool],
    ) -> Vec<u64> {
        let mut patients = vec![0; n_levels];
        // A bit for each level that a patient is in.
        let words = n_levels.div_ceil(64);
        let mut seen = vec![0u64; self.patients.len() * words];
        for (sample, code) in codes.iter().enumerate().filter(|(at, _)| is_in[*at]) {
            let level = usize::from(*code);
            let word = &mut seen[self.patient_of[sample] as usize * words + level / 64];
            patients[level] += u64::from(*word & (1 << (level % 64)) == 0);
            *word |= 1 << (level % 64);
        }
        patients
    }

    /// Number of different patients among the samples for which `keep` is true.
    #[must_use]
    pub fn count_patients(&self, keep: impl Fn(usize) -> bool) -> u64 {
        let mut seen = vec![false; self.patients.len()];
        let mut count = 0;
        for (index, patient) in self.patient_of.iter().enumerate() {
            if keep(index) && !std::mem::replace(&mut seen[*patient as usize], true) {
                count += 1;
            }
        }
        count
    }
}
