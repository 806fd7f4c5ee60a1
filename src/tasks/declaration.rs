//! What a task says of itself.

use std::collections::BTreeMap;

use super::figure::FigureText;
use super::inputs::{BadCell, Inputs};
use super::value::Rows;

/// Keys with the names of their scores.
pub type NamesOfScores = fn(&Declared) -> Vec<(&'static str, String)>;

/// Truth and output joined, or the cells that are no truth.
pub type JoinedRows = fn(&Declared, &Inputs<'_>) -> Result<Box<dyn Rows>, Vec<BadCell>>;

/// What is decided of one sample, from its scores in the order of the endpoint's: a number that
/// changes when the decision does.
pub type Decide = fn(&Declared, &[f64]) -> u64;

/// A kind of endpoint.
#[derive(Debug)]
pub struct TaskSpec {
    /// Its name in the audit file.
    pub id: &'static str,
    /// One sentence: what truth and output are.
    pub about: &'static str,
    /// Keys that an endpoint of it takes.
    pub keys: &'static [Key],
    /// Every metric that it can give.
    pub texts: &'static [&'static MetricText],
    /// Every kind of figure with lines that it draws.
    pub figures: &'static [&'static FigureText],
    /// What the keys together must satisfy.
    pub check: fn(&Declared) -> Result<(), Misfit>,
    /// Names of the scores it takes, by key, where they are not what its keys say; `None`: they are.
    pub scores: Option<NamesOfScores>,
    /// What is decided of a sample, so that reruns say whose decision changed; `None` where nothing is
    /// decided, or by binary endpoints that are compared themselves.
    pub decision: Option<Decide>,
    /// The metrics of an endpoint as declared, in the order of results.
    pub metrics: fn(&Declared) -> Vec<MetricOf>,
    /// Truth and output joined. It is also called before the model runs, with scores of 0, to find
    /// cells that are no truth.
    pub rows: JoinedRows,
}

/// One key of an endpoint.
#[derive(Debug)]
pub struct Key {
    /// Its name; `truth.column` stands in the section `truth`.
    pub name: &'static str,
    /// What it takes.
    pub kind: KeyKind,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence for editors and documentation.
    pub about: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeyKind {
    /// The name of a score.
    Score,
    /// Names of this many scores; `None`: of any number.
    Scores(Option<usize>),
    /// A column of the manifest.
    Column,
    /// Columns of the manifest, this many.
    Columns(usize),
    /// Words of the user's own, at least this many.
    Texts(usize),
    /// One word of the user's own.
    Text,
    /// A number within limits.
    Number(f64, f64),
    /// Numbers within limits, ascending.
    Numbers(f64, f64),
    /// Two whole numbers above 0: width and height.
    Pair,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Names of binary endpoints of the same audit.
    Endpoints,
}

/// What an endpoint gives for one key.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Names, columns, words.
    Texts(Vec<String>),
    /// Numbers.
    Numbers(Vec<f64>),
}

/// An endpoint of a task as declared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// What it gives, by key.
    pub values: BTreeMap<&'static str, Given>,
}

impl Declared {
    /// Names or words of a key; empty where it is not given.
    #[must_use]
    pub fn texts(&self, key: &str) -> &[String] {
        match self.values.get(key) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The only word of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts(key).first().map(String::as_str)
    }

    /// Numbers of a key; empty where it is not given.
    #[must_use]
    pub fn numbers(&self, key: &str) -> &[f64] {
        match self.values.get(key) {
            Some(Given::Numbers(numbers)) => numbers,
            _ => &[],
        }
    }

    /// The only number of a key.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.numbers(key).first().copied()
    }
}

/// Why an endpoint cannot be measured as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The key to point at.
    pub key: &'static str,
    /// What is wrong, what is expected, and what to do.
    pub message: String,
}

impl Misfit {
    /// At a key.
    #[must_use]
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self {
            key,
            message: message.into(),
        }
    }
}

/// What a metric is, for tables, rules and readers.
#[derive(Debug)]
pub struct MetricText {
    /// Id in results and rules.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// What it counts in.
    pub unit: Unit,
    /// Which end is good.
    pub better: Better,
    /// Whether groups may be compared by it, or why not.
    pub compared: Result<(), &'static str>,
}

/// What a metric counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share or an area, from 0 to 1.
    Share,
    /// The unit of the truth: months, millilitres, millimetres.
    Own,
    /// Its square for an image, its cube for a volume.
    OwnVolume,
    /// The square of it, a slope, a count, or nothing at all.
    Plain,
}

/// Which end of a metric is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Nearer to this whole number is better.
    Near(i32),
    /// Neither end is.
    Neither,
}

/// One metric of an endpoint.
#[derive(Debug, Clone)]
pub struct MetricOf {
    /// What it is.
    pub text: &'static MetricText,
    /// Which part of the endpoint it is of: a class, a cut, a number of false positives; results then
    /// name the endpoint `endpoint:part`.
    pub part: Option<String>,
}

impl MetricOf {
    /// Of the endpoint as a whole.
    #[must_use]
    pub fn whole(text: &'static MetricText) -> Self {
        Self { text, part: None }
    }

    /// Of a part of it.
    #[must_use]
    pub fn part(text: &'static MetricText, part: impl Into<String>) -> Self {
        Self {
            text,
            part: Some(part.into()),
        }
    }

    /// The endpoint's name in results.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> String {
        match &self.part {
            Some(part) => format!("{name}:{part}"),
            None => name.to_owned(),
        }
    }
}
