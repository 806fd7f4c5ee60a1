//! What a person answers, checked against what was seen, and the audit file that follows.

use std::path::{Path, PathBuf};

use crate::config::{self, wrong_id};

use super::columns::ColumnFacts;
use super::survey::{InitError, Survey};
use super::{sections, write};

/// What a person says. What is left out is proposed where something was seen, else a `TODO`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// Id of the audit.
    pub id: Option<String>,
    /// Column of image files.
    pub image: Option<String>,
    /// Column of the samples' ids.
    pub sample: Option<String>,
    /// Column that tells patients apart, or `none`.
    pub patient: Option<String>,
    /// Column with the reference standard.
    pub truth: Option<String>,
    /// Columns with the reference standards of several endpoints, in place of `truth`.
    pub truths: Vec<String>,
    /// Its values that mean positive.
    pub positive: Vec<String>,
    /// Its values that mean negative.
    pub negative: Vec<String>,
    /// Columns that make groups.
    pub strata: Option<Vec<String>>,
    /// The threshold that the makers fixed.
    pub threshold: Option<f64>,
    /// What the gate asks for.
    pub requirements: Vec<Requirement>,
}

/// A bound for the gate: `sensitivity >= 0.80`, `sensitivity difference >= -0.05`.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// Metric.
    pub metric: String,
    /// The rest, as `require` takes it.
    pub bound: String,
    /// Whether it is about each group's difference from everyone else.
    pub difference: bool,
}

impl std::str::FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let end = text.find(|letter: char| letter.is_whitespace() || "<>=".contains(letter));
        let (metric, bound) = text.split_at(end.unwrap_or(text.len()));
        let in_metric = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_metric = !metric.is_empty() && metric.chars().all(in_metric);
        // The form of `require` in the audit file.
        match config::requirement_form(bound) {
            Some(difference) if is_metric => Ok(Self {
                metric: metric.to_owned(),
                bound: bound.trim().to_owned(),
                difference,
            }),
            _ => Err(format!(
                "expected a metric and a bound, such as \"sensitivity >= 0.80\", or for a gap between groups \"sensitivity difference >= -0.05\", found {text:?}"
            )),
        }
    }
}

/// The audit file that was drafted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstDraft {
    /// Its text.
    pub text: String,
    /// What is left to be found out, a line each.
    pub todos: Vec<String>,
    /// What is hardly meant, a sentence each.
    pub warnings: Vec<String>,
}

/// The answers, with every column looked up.
pub(super) struct Chosen<'a> {
    pub(super) survey: &'a Survey,
    pub(super) answers: &'a Answers,
    pub(super) id: String,
    pub(super) image: Option<&'a ColumnFacts>,
    /// Whether the image column was found by its files rather than named.
    pub(super) image_was_seen: bool,
    pub(super) truth: Option<&'a ColumnFacts>,
    pub(super) positive: Vec<String>,
    pub(super) negative: Vec<String>,
    /// The endpoints, where there are several: each with its score.
    pub(super) several: Vec<Several<'a>>,
    /// Folder of the audit file.
    pub(super) folder: PathBuf,
}

/// One of several endpoints.
pub(super) struct Several<'a> {
    pub(super) truth: &'a ColumnFacts,
    /// Label of the output or column of the scores; `None` where nothing is called like the truth.
    pub(super) score: Option<String>,
    pub(super) positive: Vec<String>,
    pub(super) negative: Vec<String>,
}

/// Writes the audit file that will lie at `target`.
///
/// # Errors
/// Answers that do not fit the table: an unknown column, a value that no row has, a value on both
/// sides.
pub fn draft(survey: &Survey, answers: &Answers, target: &Path) -> Result<FirstDraft, InitError> {
    if let Some(wrong) = answers.id.as_deref().and_then(wrong_id) {
        return Err(InitError(format!("--id is {wrong}")));
    }
    let column = |name: &Option<String>, option: &str| {
        let named = name.as_deref();
        named.map(|name| survey.column(name, option)).transpose()
    };
    let named = column(&answers.image, "--image")?;
    let image = match named {
        Some(named) => Some(named),
        None => survey
            .image()
            .and_then(|name| survey.column(name, "--image").ok()),
    };
    column(&answers.sample, "--sample")?;
    if let Some(patient) = answers.patient.as_deref().filter(|name| *name != "none") {
        survey.column(patient, "--patient")?;
    }
    for stratum in answers.strata.iter().flatten() {
        survey.column(stratum, "--strata")?;
    }
    let truth = column(&answers.truth, "--truth")?;
    let several = several(survey, answers)?;
    if truth.is_none()
        && several.is_empty()
        && !(answers.positive.is_empty() && answers.negative.is_empty())
    {
        return Err(InitError(
            "--positive and --negative are values of the column that --truth names".to_owned(),
        ));
    }
    let (positive, negative) = sides(survey, answers, truth)?;
    let folder = target.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let chosen = Chosen {
        survey,
        answers,
        id: answers
            .id
            .clone()
            .unwrap_or_else(|| id(&survey.source_path)),
        image,
        image_was_seen: named.is_none(),
        truth,
        positive,
        negative,
        several,
        folder: folder.to_owned(),
    };
    let gap = answers.requirements.iter().find(|one| one.difference);
    if let Some(gap) = gap.filter(|_| !sections::has_groups(&chosen)) {
        return Err(InitError(format!(
            "--require \"{} {}\" compares groups, and no column makes any; name one with --strata",
            gap.metric, gap.bound
        )));
    }
    Ok(write::write(&chosen))
}

/// Endpoints where there are several: the columns that were named, else every column of yes and no that
/// is called like a score of its own.
fn several<'a>(survey: &'a Survey, answers: &Answers) -> Result<Vec<Several<'a>>, InitError> {
    let named = !answers.truths.is_empty();
    let columns: Vec<&ColumnFacts> = if named {
        let names = answers.truths.iter();
        names
            .map(|name| survey.column(name, "--truth"))
            .collect::<Result<_, _>>()?
    } else if answers.truth.is_none() {
        let columns = survey.columns.iter();
        columns
            .filter(|column| survey.sides(column).is_some())
            .collect()
    } else {
        Vec::new()
    };
    let mut found = Vec::new();
    for truth in columns {
        let score = survey.score_called(&truth.name);
        if named || score.is_some() {
            let (positive, negative) = sides(survey, answers, Some(truth))?;
            found.push(Several {
                truth,
                score,
                positive,
                negative,
            });
        }
    }
    // A table of one finding is asked about as before.
    if found.len() < 2 && !named {
        found.clear();
    }
    Ok(found)
}

/// The values that mean positive and negative: those named, else those whose words leave no doubt.
fn sides(
    survey: &Survey,
    answers: &Answers,
    truth: Option<&ColumnFacts>,
) -> Result<(Vec<String>, Vec<String>), InitError> {
    let Some(truth) = truth else {
        return Ok((Vec::new(), Vec::new()));
    };
    if answers.positive.is_empty() && answers.negative.is_empty() {
        let sides = survey.sides(truth);
        let list = |text: &str| vec![text.to_owned()];
        return Ok(sides.map_or_else(Default::default, |(yes, no)| (list(yes), list(no))));
    }
    for (values, option) in [
        (&answers.positive, "--positive"),
        (&answers.negative, "--negative"),
    ] {
        for value in values.iter() {
            if !truth.texts.iter().any(|text| same_text(text, value)) {
                return Err(InitError(format!(
                    "{option} {value}: no row of {} has this value (it has {})",
                    truth.name,
                    truth.levels_text()
                )));
            }
        }
    }
    if let Some(both) = answers
        .positive
        .iter()
        .find(|one| answers.negative.contains(one))
    {
        return Err(InitError(format!(
            "{both} cannot be positive and negative at once"
        )));
    }
    let rest = |taken: &[String]| -> Vec<String> {
        let known = truth.levels.iter().map(|(text, _)| text);
        known
            .filter(|text| !taken.contains(text))
            .cloned()
            .collect()
    };
    Ok(
        match (answers.positive.is_empty(), answers.negative.is_empty()) {
            (false, true) if truth.levels.len() == 2 => {
                (answers.positive.clone(), rest(&answers.positive))
            }
            (true, false) if truth.levels.len() == 2 => {
                (rest(&answers.negative), answers.negative.clone())
            }
            _ => (answers.positive.clone(), answers.negative.clone()),
        },
    )
}

/// Whole numbers with `.0` lose their decimals in an audit.
fn same_text(text: &str, value: &str) -> bool {
    let plain = |text: &str| text.strip_suffix(".0").unwrap_or(text).to_owned();
    text == value || plain(text) == plain(value)
}

/// An id out of the model's name.
fn id(model: &Path) -> String {
    let name = model.file_stem().unwrap_or_default().to_string_lossy();
    let id: String = name
        .chars()
        .map(|letter| {
            let fits = letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
            if fits { letter } else { '-' }
        })
        .collect();
    // As long as an id may be; every letter is one byte.
    let id: String = id.chars().take(100).collect();
    let id = id.trim_start_matches('.').trim_matches('-');
    if id.is_empty() {
        "audit".to_owned()
    } else {
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_a_metric_and_a_bound() {
        let read = |text: &str| text.parse::<Requirement>();
        let good = read("sensitivity >= 0.80").unwrap();
        assert_eq!(
            (good.metric.as_str(), good.bound.as_str()),
            ("sensitivity", ">= 0.80")
        );
        let gap = read("sensitivity difference >= -0.05").unwrap();
        assert_eq!(gap.bound, "difference >= -0.05");
        assert!(gap.difference && !good.difference);
        assert_eq!(read("auroc<=0.9").unwrap().bound, "<=0.9");
        for bad in [
            "sensitivity",
            "gap(sensitivity) >= -0.1",
            "sensitivity > 0.8",
            "sensitivity >= 80%",
            "sensitivity >= high",
            ">= 0.8",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_is_what_a_folder_may_be_called() {
        assert_eq!(id(Path::new("models/My model (v2).onnx")), "My-model--v2");
        assert_eq!(id(Path::new("...onnx")), "audit");
        let long = id(&PathBuf::from("a".repeat(180)));
        assert_eq!(wrong_id(&long), None);
    }
}
