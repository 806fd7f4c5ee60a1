//! Rows joined to exams: one image for each view, scored together.

mod sorting;

use std::collections::BTreeMap;

use crate::config::{AttributeRule, Diagnostic, ExamSpec, Located, TruthRule};
use crate::tables::TextColumn;

use super::coded::Coded;
use super::load::{FlowStep, Reading};
use super::rows::{canonical_text, named_rows};
use super::unit::{Joining, join};
use super::{Cohort, FlowEntry, InputColumn, Names};
use sorting::Sorting;

/// The exams that are scored, sorted by id.
#[derive(Debug)]
pub(super) struct Exams {
    truth: TruthRule,
    attribute: AttributeRule,
    pub(super) ids: Vec<String>,
    /// Rows of each exam, ascending. Never empty.
    pub(super) rows: Vec<Vec<usize>>,
    /// By view of the model, then by exam: the row whose image is fed.
    fed: Vec<Vec<Option<usize>>>,
}

impl Exams {
    /// The row that stands for each exam.
    pub(super) fn first_rows(&self) -> Vec<usize> {
        self.rows.iter().map(|rows| rows[0]).collect()
    }

    /// Places of the exams that such rows stand for.
    fn places(&self, first_rows: &[usize]) -> Vec<usize> {
        let by_row: BTreeMap<usize, usize> = (0..self.rows.len())
            .map(|place| (self.rows[place][0], place))
            .collect();
        first_rows
            .iter()
            .filter_map(|row| by_row.get(row).copied())
            .collect()
    }
}

impl Reading<'_> {
    /// Joins the kept rows to exams, where the audit does.
    pub(super) fn rows_to_exams(
        &mut self,
        kept: &[usize],
        flow: &mut Vec<FlowEntry>,
        patient: Option<&Coded<'_>>,
    ) -> Result<Option<Exams>, Vec<Diagnostic>> {
        let audit = self.audit;
        let Some(spec) = &audit.cohort.exam else {
            return Ok(None);
        };
        if audit.cohort.sample.is_some() {
            // Ids of images: looked at for repeated ones only.
            self.sample_ids(kept)?;
        }
        let views = audit
            .model
            .as_ref()
            .map_or(Vec::new(), |model| model.views());
        let column = self.column(&spec.column)?;
        let coded = Coded::new(&column, kept, &audit.cohort.missing);
        let (exam_of, ids, absent) = self.indexed(&coded, kept, "exam");
        self.found.extend(absent);
        let view_of = self.views_of(spec, &views, kept)?;
        // An exam whose images are all of other views is still told of.
        let mut by_exam: BTreeMap<&str, Vec<(usize, usize)>> =
            ids.iter().map(|id| (id, Vec::new())).collect();
        for ((place, row), view) in
            self.without_other_views(spec, &views, kept, &view_of, flow, patient)
        {
            let exam = &ids[exam_of[place] as usize];
            by_exam.entry(exam).or_default().push((row, view));
        }
        let mut sorting = Sorting::new(spec, &views, self.table.file());
        for (id, rows) in by_exam {
            sorting.exam(id, &rows);
        }
        let (exams, steps) = sorting.finish(&mut self.found);
        for step in &steps {
            self.record(flow, step, patient);
        }
        let rows: usize = exams.rows.iter().map(Vec::len).sum();
        let words = format!(
            "the rows that are left are joined to exams ({})",
            spec.column.value
        );
        let removed = rows - exams.rows.len();
        let step = FlowStep::new("exam", words, removed, exams.first_rows());
        self.record(flow, &step, patient);
        self.agree(&exams, patient)?;
        Ok(Some(exams))
    }

    /// Place among the model's views of each kept row; `None`: another view, none, or no image.
    fn views_of(
        &self,
        spec: &ExamSpec,
        views: &[&Located<String>],
        kept: &[usize],
    ) -> Result<Vec<Option<usize>>, Vec<Diagnostic>> {
        let column = self.column(&spec.view)?;
        let path = self.audit.cohort.image.as_ref();
        let path = path.map(|name| self.column(name)).transpose()?;
        let missing = &self.audit.cohort.missing;
        let known = |text: &&str| !text.is_empty() && !missing.iter().any(|one| one == text);
        let view_of = |row: &usize| {
            let text = canonical_text(column.get(*row).filter(known)?);
            if let Some(path) = &path {
                path.get(*row).filter(known)?;
            }
            views.iter().position(|view| canonical_text(view) == text)
        };
        Ok(kept.iter().map(view_of).collect())
    }

    /// Rows (place among the kept ones, row) with their view. Without a model every row is kept.
    fn without_other_views(
        &mut self,
        spec: &ExamSpec,
        views: &[&Located<String>],
        kept: &[usize],
        view_of: &[Option<usize>],
        flow: &mut Vec<FlowEntry>,
        patient: Option<&Coded<'_>>,
    ) -> Vec<((usize, usize), usize)> {
        let all = kept.iter().copied().enumerate();
        if views.is_empty() {
            return all.map(|row| (row, 0)).collect();
        }
        let (mut used, mut others) = (Vec::new(), Vec::new());
        for ((place, row), view) in all.zip(view_of) {
            match view {
                Some(view) => used.push(((place, row), *view)),
                None => others.push(row),
            }
        }
        if !others.is_empty() {
            let message = format!(
                "{} {}: {} is missing or none of {}, or no image is named; these rows are fed to no input",
                self.table.file(),
                named_rows(&others),
                spec.view.value,
                list(views)
            );
            let warning = Diagnostic::warning("view-not-taken", message)
                .at(spec.view.span)
                .help("leave them out with a rule under `cohort.include` if that is meant, or correct the table");
            self.found.push(warning);
            let rows: Vec<usize> = used.iter().map(|((_, row), _)| *row).collect();
            let words = format!(
                "{} is missing or none of {}, or no image is named",
                spec.view.value,
                list(views)
            );
            let step = FlowStep::new("exam-view", words, others.len(), rows);
            self.record(flow, &step, patient);
        }
        used
    }

    /// Patients, units and the side of the tuning split are those of the whole exam.
    fn agree(&mut self, exams: &Exams, patient: Option<&Coded<'_>>) -> Result<(), Vec<Diagnostic>> {
        let mut columns: Vec<(TextColumn, String)> = Vec::new();
        if let Some(patient) = patient {
            columns.push((patient.column.clone(), "patient".to_owned()));
        }
        if let Some(split) = &self.audit.cohort.tuning {
            columns.push((self.column(&split.column)?, split.column.value.clone()));
        }
        for ([unit, _], column) in self.unit_columns()? {
            columns.push((column, unit.to_owned()));
        }
        for (column, word) in columns {
            for (id, rows) in exams.ids.iter().zip(&exams.rows) {
                let first = column.get(rows[0]);
                if rows.iter().all(|row| column.get(*row) == first) {
                    continue;
                }
                let message = format!(
                    "{} {}: exam {id} has more than one {word}, expected the same in all of its rows",
                    self.table.file(),
                    named_rows(rows)
                );
                self.found.push(
                    Diagnostic::error("exam-differs", message)
                        .at(self.audit.cohort.manifest.span)
                        .help("correct the table, or check that `cohort.exam.column` tells exams apart"),
                );
            }
        }
        Ok(())
    }

    /// A cohort of exams out of one of their rows.
    pub(super) fn joined_exams(
        &mut self,
        exams: &Exams,
        first_rows: &[usize],
        patient: Option<&Coded<'_>>,
        flow: Vec<FlowEntry>,
    ) -> Result<Cohort, Vec<Diagnostic>> {
        let places = exams.places(first_rows);
        let ids: Names = places.iter().map(|place| &exams.ids[*place]).collect();
        let (mut rows, mut of_rows, mut members) = (Vec::new(), Vec::new(), Vec::new());
        for place in &places {
            let own = &exams.rows[*place];
            members.push((rows.len()..rows.len() + own.len()).collect::<Vec<usize>>());
            rows.extend(own);
            of_rows.extend(own.iter().map(|_| exams.ids[*place].as_str()));
        }
        let by_row = self.assemble_rows(of_rows.iter().collect(), &rows, patient, flow)?;
        let joining = Joining {
            members: &members,
            truth: exams.truth,
            attribute: exams.attribute,
            word: "exams",
            allow: "cohort.exam",
            file: self.table.file(),
        };
        let mut cohort = join(&by_row, ids, &joining)?;
        let mut found = Vec::new();
        let inputs = by_row.inputs.iter();
        cohort.inputs = inputs
            .map(|input| of_exams(input, &members, &rows, exams.attribute, &mut found))
            .collect();
        if !found.is_empty() {
            for one in &mut found {
                one.message = format!("{} {}", self.table.file(), one.message);
            }
            return Err(found);
        }
        self.feed_views(&mut cohort, exams, &places)?;
        Ok(cohort)
    }

    /// Paths of the images by view; the first of them stands for the exam.
    fn feed_views(
        &self,
        cohort: &mut Cohort,
        exams: &Exams,
        places: &[usize],
    ) -> Result<(), Vec<Diagnostic>> {
        let Some(name) = &self.audit.cohort.image else {
            return Ok(());
        };
        let column = self.column(name)?;
        let path = |row: usize| column.get(row).unwrap_or_default();
        let of_view = |fed: &Vec<Option<usize>>| -> Names {
            places
                .iter()
                .map(|place| fed[*place].map_or("", path))
                .collect()
        };
        cohort.sources = exams.fed.iter().map(of_view).collect();
        let first = |place: &usize| {
            let row = exams.fed.iter().find_map(|fed| fed[*place]);
            path(row.unwrap_or(exams.rows[*place][0]))
        };
        cohort.images = places.iter().map(first).collect();
        Ok(())
    }
}

fn list(views: &[&Located<String>]) -> String {
    let views: Vec<&str> = views.iter().map(|view| view.as_str()).collect();
    views.join(", ")
}

/// Numbers of exams: those of their rows must agree, unless the rule says which one counts.
fn of_exams(
    input: &InputColumn,
    members: &[Vec<usize>],
    rows: &[usize],
    rule: AttributeRule,
    found: &mut Vec<Diagnostic>,
) -> InputColumn {
    let values = members
        .iter()
        .map(|samples| {
            let known: Vec<f64> = samples.iter().filter_map(|sample| input.values[*sample]).collect();
            let first = *known.first()?;
            Some(match rule {
                AttributeRule::First => first,
                AttributeRule::Max => known.iter().copied().fold(first, f64::max),
                AttributeRule::Min => known.iter().copied().fold(first, f64::min),
                AttributeRule::MustAgree => {
                    if known.iter().any(|value| *value != first) {
                        let places: Vec<usize> = samples.iter().map(|sample| rows[*sample]).collect();
                        let message = format!(
                            "{}: {} of rows that are joined to one exam differs, and the model takes one number",
                            named_rows(&places),
                            input.column
                        );
                        found.push(
                            Diagnostic::error("input-differs-within-exam", message)
                                .help("write `attribute: first`, `max` or `min` in `cohort.exam` if that is meant"),
                        );
                    }
                    first
                }
            })
        })
        .collect();
    InputColumn {
        column: input.column.clone(),
        values,
    }
}
