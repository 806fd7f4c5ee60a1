//! Which image of an exam is fed to which input, after the rules for missing and duplicate views.

use crate::config::{Diagnostic, DuplicateView, ExamSpec, Located, MissingView};

use super::super::load::FlowStep;
use super::super::rows::named_rows;
use super::{Exams, list};

/// Exams that are named one by one in a message.
const SHOWN: usize = 10;

/// Exams that are told of, by rows.
#[derive(Default)]
struct Told {
    named: Vec<String>,
    rows: Vec<usize>,
    exams: usize,
}

impl Told {
    fn add(&mut self, named: String, rows: &[usize]) {
        if self.named.len() < SHOWN {
            self.named.push(named);
        }
        self.rows.extend(rows);
        self.exams += 1;
    }

    fn text(&self) -> String {
        let more = self.exams - self.named.len();
        let more = if more == 0 {
            String::new()
        } else {
            format!("; and {more} more exams")
        };
        format!("{}{more}", self.named.join("; "))
    }
}

/// Exams under way.
pub(super) struct Sorting<'a> {
    spec: &'a ExamSpec,
    views: &'a [&'a Located<String>],
    file: String,
    exams: Exams,
    duplicates: Told,
    lacking: Told,
    empty: Told,
}

impl<'a> Sorting<'a> {
    /// No exam yet.
    pub(super) fn new(spec: &'a ExamSpec, views: &'a [&'a Located<String>], file: &str) -> Self {
        Self {
            spec,
            views,
            file: file.to_owned(),
            exams: Exams {
                truth: spec.truth,
                attribute: spec.attribute,
                ids: Vec::new(),
                rows: Vec::new(),
                fed: vec![Vec::new(); views.len()],
            },
            duplicates: Told::default(),
            lacking: Told::default(),
            empty: Told::default(),
        }
    }

    /// Rows of one exam with their views, ascending.
    pub(super) fn exam(&mut self, id: &str, rows: &[(usize, usize)]) {
        if rows.is_empty() {
            self.empty.add(format!("exam {id}"), &[]);
            return;
        }
        let mut fed = Vec::with_capacity(self.views.len());
        let (mut used, mut lacks) = (Vec::new(), Vec::new());
        for (place, view) in self.views.iter().enumerate() {
            let own = rows.iter().filter(|(_, view)| *view == place);
            let own: Vec<usize> = own.map(|(row, _)| *row).collect();
            let chosen = match self.spec.duplicate {
                DuplicateView::Last => own.last().copied(),
                DuplicateView::First | DuplicateView::Error => own.first().copied(),
            };
            if own.len() > 1 {
                let named = format!(
                    "exam {id} has {} images of {} ({})",
                    own.len(),
                    view.value,
                    named_rows(&own)
                );
                let left: Vec<usize> = own
                    .iter()
                    .copied()
                    .filter(|row| Some(*row) != chosen)
                    .collect();
                self.duplicates.add(named, &left);
            }
            if chosen.is_none() {
                lacks.push(view.value.as_str());
            }
            used.extend(chosen);
            fed.push(chosen);
        }
        if self.views.is_empty() {
            used = rows.iter().map(|(row, _)| *row).collect();
        }
        used.sort_unstable();
        if !lacks.is_empty() {
            let named = format!(
                "exam {id} ({}) has no image of {}",
                named_rows(&used),
                lacks.join(" and ")
            );
            self.lacking.add(named, &used);
            if self.spec.missing == MissingView::Skip {
                return;
            }
        }
        self.exams.ids.push(id.to_owned());
        self.exams.rows.push(used);
        for (of_view, row) in self.exams.fed.iter_mut().zip(fed) {
            of_view.push(row);
        }
    }

    /// The exams, and the steps of the flow that rows were lost in. What was noticed goes to `found`.
    pub(super) fn finish(self, found: &mut Vec<Diagnostic>) -> (Exams, Vec<FlowStep>) {
        let left: Vec<usize> = self.exams.rows.iter().flatten().copied().collect();
        let mut steps = Vec::new();
        let told = |code, strict: bool, told: &Told, rule: &str| {
            let message = format!("{}: {}{rule}", self.file, told.text());
            let one = if strict {
                Diagnostic::error(code, message)
            } else {
                Diagnostic::warning(code, message)
            };
            one.at(self.spec.view.span)
        };
        if self.empty.exams > 0 {
            let strict = self.spec.missing == MissingView::Error;
            let end = if strict {
                ", which the model takes"
            } else {
                "; left out"
            };
            let rule = format!(": no image of {}{end}", list(self.views));
            found.push(told("view-missing", strict, &self.empty, &rule).help(
                "`cohort.exam.missing: skip` leaves out exams that lack a view; check the texts of the column of views",
            ));
        }
        if self.duplicates.exams > 0 {
            let (strict, rule) = match self.spec.duplicate {
                DuplicateView::Error => (true, ", expected one"),
                DuplicateView::First => (false, "; the first is fed"),
                DuplicateView::Last => (false, "; the last is fed"),
            };
            found.push(told("view-duplicate", strict, &self.duplicates, rule).help(
                "`cohort.exam.duplicate: first` or `last` says which image counts; rows can be left out with `cohort.include`",
            ));
            let mut rows = left.clone();
            if self.spec.missing == MissingView::Skip {
                rows.extend(&self.lacking.rows);
            }
            let words = "a further image of a view that the exam has".to_owned();
            let removed = self.duplicates.rows.len();
            steps.push(FlowStep::new("exam-duplicate-view", words, removed, rows));
        }
        if self.lacking.exams > 0 {
            let (strict, rule) = match self.spec.missing {
                MissingView::Error => (true, ", which the model takes"),
                MissingView::Skip => (false, "; left out"),
                MissingView::Zeros => (false, "; its input is zero"),
            };
            found.push(told("view-missing", strict, &self.lacking, rule).help(
                "`cohort.exam.missing: skip` leaves such exams out, `zeros` feeds zeros where the makers did so",
            ));
            if self.spec.missing == MissingView::Skip {
                let words = format!("the exam lacks one of {}", list(self.views));
                let removed = self.lacking.rows.len();
                steps.push(FlowStep::new("exam-missing-view", words, removed, left));
            }
        }
        (self.exams, steps)
    }
}
