//! The audit file that is written for review.

use crate::config::{Channels, Step, channels_word, step_text};

/// One entry of `preprocess`, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A step that is known.
    Known {
        /// The step.
        step: Step,
        /// Which key said so.
        from: String,
    },
    /// Something that is not known.
    Todo {
        /// Name of the step that it is about, such as `resize`; `None` where not even that is known.
        step: Option<&'static str>,
        /// What is to be found out.
        todo: String,
    },
}

/// The section `preprocess` as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLines {
    /// Its lines.
    pub lines: Vec<String>,
    /// What is left to be found out, a line each.
    pub todos: Vec<String>,
}

/// What could be learnt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Names of the files.
    pub sources: Vec<String>,
    /// Path of the model.
    pub model: Option<String>,
    /// Its hash.
    pub model_sha256: Option<String>,
    /// Lines under `model`.
    pub model_lines: Vec<String>,
    /// `raster` or `volume`.
    pub kind: Option<&'static str>,
    /// Channels.
    pub channels: Option<Channels>,
    /// Steps in order.
    pub steps: Vec<Entry>,
    /// Whether the list of steps is known to be complete, even if it is empty.
    pub complete: bool,
    /// `binary`, `multiclass`, or unknown.
    pub head: Option<&'static str>,
    /// The activation that is left to apply, and the kind of score after it.
    pub activation: Option<(&'static str, &'static str)>,
    /// Names of the classes.
    pub labels: Vec<String>,
    /// What a reviewer should know.
    pub notes: Vec<String>,
}

impl Draft {
    pub(super) fn known(&mut self, step: Step, from: impl Into<String>) {
        self.steps.push(Entry::Known {
            step,
            from: from.into(),
        });
    }

    pub(super) fn todo(&mut self, step: &'static str, todo: impl Into<String>) {
        self.steps.push(Entry::Todo {
            step: Some(step),
            todo: todo.into(),
        });
    }

    /// Something of which it is not even known which step it is.
    pub(super) fn unknown(&mut self, todo: impl Into<String>) {
        self.steps.push(Entry::Todo {
            step: None,
            todo: todo.into(),
        });
    }

    /// Adds what another file says; what is known already stays.
    pub(super) fn take(&mut self, other: Self) {
        self.model = self.model.take().or(other.model);
        self.model_sha256 = self.model_sha256.take().or(other.model_sha256);
        self.model_lines.extend(other.model_lines);
        self.kind = self.kind.or(other.kind);
        self.channels = self.channels.or(other.channels);
        self.steps.extend(other.steps);
        self.complete |= other.complete;
        self.head = self.head.or(other.head);
        self.activation = self.activation.or(other.activation);
        if self.labels.is_empty() {
            self.labels = other.labels;
        }
        self.notes.extend(other.notes);
    }

    /// How many TODOs the file has.
    #[must_use]
    pub fn todos(&self) -> usize {
        self.to_yaml().matches("\"TODO").count()
    }

    /// The audit file.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut lines = vec![
            format!(
                "# Written by `equipoise import` from {}.",
                plain(&self.sources.join(", "))
            ),
            "# Review every line. Each TODO must be replaced; the audit refuses to run before."
                .to_owned(),
        ];
        lines.extend(
            self.notes
                .iter()
                .map(|note| format!("# Note: {}", plain(note))),
        );
        lines.push("audit: imported".to_owned());
        lines.push("model:".to_owned());
        let file = self
            .model
            .as_deref()
            .map_or_else(|| todo("path of the .onnx file"), quoted);
        lines.push(format!("  file: {file}"));
        if let Some(sha256) = &self.model_sha256 {
            lines.push(format!("  sha256: {sha256}"));
        }
        lines.extend(self.model_lines.iter().map(|line| format!("  {line}")));
        lines.push("cohort:".to_owned());
        lines.push(format!(
            "  manifest: {}",
            todo("table with one row a sample (CSV or Parquet)")
        ));
        lines.push(format!(
            "  columns: {{image: {}, patient: {}}}",
            todo("column with the image's path"),
            todo("column that tells patients apart, or none")
        ));
        let kind = self
            .kind
            .map_or_else(|| todo("raster, array or volume"), str::to_owned);
        let channels = self.channels.map_or_else(
            || todo("rgb, bgr, gray_bt601, gray_bt709, gray or repeat3"),
            |channels| channels_word(channels).to_owned(),
        );
        lines.push(format!("input: {{kind: {kind}, channels: {channels}}}"));
        self.steps_to(&mut lines);
        self.output_to(&mut lines);
        lines.join("\n") + "\n"
    }

    /// The section `preprocess`, where something is known of it.
    #[must_use]
    pub fn preprocess_lines(&self) -> Option<StepLines> {
        if self.steps.is_empty() {
            return self.complete.then(|| StepLines {
                lines: vec!["preprocess: []".to_owned()],
                todos: Vec::new(),
            });
        }
        let mut section = StepLines {
            lines: vec!["preprocess:".to_owned()],
            todos: Vec::new(),
        };
        for entry in &self.steps {
            section.lines.push(match entry {
                Entry::Known { step, from } => {
                    format!("  - {}  # {}", step_text(step), plain(from))
                }
                Entry::Todo { step, todo: text } => {
                    let name = step.map_or_else(String::new, |step| format!("{step}: "));
                    section.todos.push(plain(&format!("{name}{text}")));
                    format!("  - {name}{}", todo(text))
                }
            });
        }
        Some(section)
    }

    fn steps_to(&self, lines: &mut Vec<String>) {
        match self.preprocess_lines() {
            Some(section) => lines.extend(section.lines),
            None => lines.push(format!(
                "preprocess: {}",
                todo("the steps from pixels to the model's input, in order")
            )),
        }
    }

    fn output_to(&self, lines: &mut Vec<String>) {
        let head = self
            .head
            .map_or_else(|| todo("binary, multilabel or multiclass"), str::to_owned);
        let (activation, kind) = self.activation.map_or_else(
            || {
                (
                    todo("sigmoid or softmax where the graph does not apply it, else none"),
                    todo("probability, logit or score"),
                )
            },
            |(activation, kind)| (activation.to_owned(), kind.to_owned()),
        );
        let labels = match (self.labels.is_empty(), self.head) {
            (true, Some("binary")) => String::new(),
            (true, _) => format!(
                ", labels: [{}]",
                todo("one name for each number of the output")
            ),
            _ => {
                let labels: Vec<String> = self.labels.iter().map(|label| quoted(label)).collect();
                format!(", labels: [{}]", labels.join(", "))
            }
        };
        lines.push(format!(
            "output: {{head: {head}, activation: {activation}, score_kind: {kind}{labels}}}"
        ));
        lines.push("endpoints:".to_owned());
        lines.push("  finding:".to_owned());
        lines.push(format!(
            "    truth: {{column: {}, positive: [{}], negative: [{}]}}",
            todo("column with the reference standard"),
            todo("what means positive"),
            todo("what means negative")
        ));
        lines.push(format!(
            "    threshold: {{fixed: {}}}",
            todo("threshold that the makers fixed")
        ));
    }
}

fn todo(what: &str) -> String {
    quoted(&format!("TODO: {what}"))
}

/// A text in quotation marks, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(plain(text)).to_string()
}

/// One line without control characters, so that a comment cannot end early.
fn plain(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|letter| {
            let breaks = matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}');
            if letter.is_control() || breaks {
                ' '
            } else {
                letter
            }
        })
        .collect();
    line.trim().to_owned()
}
