//! `equipoise init`.

use std::io::{IsTerminal, stderr, stdin};
use std::path::Path;

use serde_json::json;

use crate::audit::AuditError;
use crate::config::{self, Need};
use crate::init::{self, Answers, FirstDraft, InitError, Places, ScoresOf, Survey};

use super::Exit;
use super::arguments::{Format, GlobalArguments, InitArguments};
use super::init_questions::{Asked, Questions};
use super::output;

/// What stands under the options.
pub(super) const HELP: &str = "Examples:\n  \
    equipoise init                                   asks for everything, on a terminal\n  \
    equipoise init --model model.onnx --manifest cohort.csv\n  \
    equipoise init --model model.onnx --manifest cohort.csv --truth malignant --positive 1 --negative 0 \\\n    \
    --patient patient_id --strata sex,site --threshold 0.5 --require \"sensitivity >= 0.80\"\n  \
    equipoise init --model model.onnx --manifest scans --join truth.csv     (a folder of DICOM files)\n  \
    equipoise init --scores scores.csv --manifest cohort.csv --truth effusion,edema --threshold 0.5\n\n\
    Looks at the graph's inputs and outputs, at the columns, levels and missing values of the table, and\n\
    at a few images. What was seen is written with where it was seen; what nobody can see (how images\n\
    were prepared, which threshold was fixed) is a TODO, which `equipoise check` refuses and lists.\n\
    An existing file is kept without --force.";

pub(super) fn init(given: &InitArguments, global: &GlobalArguments) -> Result<Exit, AuditError> {
    refuse_existing(given)?;
    let terminal = stdin().is_terminal() && stderr().is_terminal() && !global.quiet;
    let asks = terminal && global.format == Format::Text;
    let mut given = Given::of(given);
    let (survey, answers) = if asks {
        let (input, screen) = (stdin().lock(), stderr().lock());
        let mut questions = Questions::new(input, screen);
        given.ask_files(&mut questions)?;
        let survey = given.look()?;
        let answers = given.ask_answers(&survey, &mut questions)?;
        (survey, answers)
    } else {
        given.demand()?;
        (given.look()?, given.answers.clone())
    };
    let target = given.arguments.to.as_path();
    let draft = init::draft(&survey, &answers, target).map_err(usage)?;
    refuse_mistakes(&draft, target, given.need())?;
    write(target, &draft.text, given.arguments.force)?;
    tell(target, &draft, (&survey, given.arguments), global)?;
    Ok(Exit::Success)
}

fn usage(error: InitError) -> AuditError {
    AuditError::Usage(format!("init: {error}"))
}

/// What `check` would refuse is refused before it is written: everything where nothing is left open, the
/// requirements in any case, since no TODO changes them.
fn refuse_mistakes(draft: &FirstDraft, target: &Path, need: Need) -> Result<(), AuditError> {
    let folder = target.parent().unwrap_or(Path::new(""));
    let name = target.display().to_string();
    let Err(mut errors) = config::parse(&draft.text, &name, folder, need) else {
        return Ok(());
    };
    if !draft.todos.is_empty() {
        let gate = draft.text.lines().position(|line| line == "gate:");
        errors.found.retain(|one| {
            let line = one.span.map(|span| span.line);
            one.is_error() && gate.zip(line).is_some_and(|(gate, line)| line > gate)
        });
    }
    if errors.found.is_empty() {
        return Ok(());
    }
    Err(errors.into())
}

/// A reviewed audit file is never replaced unasked, and nobody answers questions for nothing.
fn refuse_existing(given: &InitArguments) -> Result<(), AuditError> {
    if given.to.exists() && !given.force {
        return Err(AuditError::Usage(format!(
            "init: {} is there already and is kept; name another file with --to, or replace it with --force",
            given.to.display()
        )));
    }
    Ok(())
}

fn write(target: &Path, text: &str, force: bool) -> Result<(), AuditError> {
    use std::io::Write;
    let file = if force {
        std::fs::File::create(target)
    } else {
        std::fs::File::create_new(target)
    };
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| AuditError::Output {
            path: target.display().to_string(),
            source,
        })
}

fn tell(
    target: &Path,
    draft: &FirstDraft,
    (survey, given): (&Survey, &InitArguments),
    global: &GlobalArguments,
) -> Result<(), AuditError> {
    let file = target.display().to_string();
    let FirstDraft {
        todos, warnings, ..
    } = draft;
    if global.format == Format::Json {
        return output::print_json(&json!({
            "file": file,
            "rows": survey.rows(),
            "columns": survey.columns().iter().map(|column| &column.name).collect::<Vec<_>>(),
            "todos": todos,
            "warnings": warnings,
        }));
    }
    let mut lines = vec![format!(
        "{file}: written from {} columns and {} rows",
        survey.columns().len(),
        survey.rows()
    )];
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    match todos.len() {
        0 => {}
        count => {
            let noun = if count == 1 { "thing is" } else { "things are" };
            lines.push(format!(
                "{count} {noun} left to be found out, each a TODO in the file:"
            ));
            lines.extend(todos.iter().map(|todo| format!("  - {todo}")));
        }
    }
    let then = given.scores.as_ref().map_or_else(String::new, |scores| {
        format!(
            ", then equipoise evaluate {file} --predictions {}",
            scores.display()
        )
    });
    lines.push(format!("Next: equipoise check {file}{then}"));
    output::print(&(lines.join("\n") + "\n"))
}

/// What was typed, and what is answered on the way.
struct Given<'a> {
    arguments: &'a InitArguments,
    model: Option<std::path::PathBuf>,
    manifest: Option<std::path::PathBuf>,
    preprocessor: Option<std::path::PathBuf>,
    answers: Answers,
}

impl<'a> Given<'a> {
    fn of(arguments: &'a InitArguments) -> Self {
        Self {
            arguments,
            model: arguments.model.clone(),
            manifest: arguments.manifest.clone().or(arguments.scores.clone()),
            preprocessor: arguments.preprocessor.clone(),
            answers: Answers {
                id: arguments.id.clone(),
                image: arguments.image.clone(),
                sample: arguments.sample.clone(),
                patient: arguments.patient.clone(),
                truth: match arguments.truth.as_slice() {
                    [only] => Some(only.clone()),
                    _ => None,
                },
                truths: match arguments.truth.as_slice() {
                    [_] => Vec::new(),
                    several => several.to_vec(),
                },
                positive: arguments.positive.clone(),
                negative: arguments.negative.clone(),
                strata: arguments.strata.clone(),
                threshold: arguments.threshold,
                requirements: arguments.require.clone(),
            },
        }
    }

    /// Off a terminal everything without which nothing can be looked at must be given.
    fn demand(&self) -> Result<(), AuditError> {
        let needed = [
            (
                self.scores_of().is_some(),
                "--model FILE (the .onnx file) or --scores FILE (stored scores)",
            ),
            (
                self.manifest.is_some(),
                "--manifest FILE (the table with one row an image, or a folder of DICOM files)",
            ),
        ];
        let lacking: Vec<&str> = needed
            .iter()
            .filter(|(there, _)| !there)
            .map(|(_, what)| *what)
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        Err(AuditError::Usage(format!(
            "init: nothing is asked off a terminal, with --quiet or --format json; give {}. What --patient, --truth, --positive, --negative, \
             --threshold and --preprocessor do not say becomes a TODO in the file",
            lacking.join(" and ")
        )))
    }

    fn scores_of(&self) -> Option<ScoresOf<'_>> {
        let table = self.arguments.scores.as_deref().map(ScoresOf::Table);
        table.or(self.model.as_deref().map(ScoresOf::Model))
    }

    /// What the audit file is going to be used for.
    fn need(&self) -> Need {
        match self.arguments.scores {
            Some(_) => Need::Scores,
            None => Need::Model,
        }
    }

    fn look(&self) -> Result<Survey, AuditError> {
        let absent = || AuditError::Usage("init: a model and a table are needed".to_owned());
        let scores_of = self.scores_of().ok_or_else(absent)?;
        let manifest = self.manifest.as_deref().ok_or_else(absent)?;
        init::look(Places {
            scores_of,
            manifest,
            root: self.arguments.root.as_deref(),
            preprocessor: self.preprocessor.as_deref(),
            join: self.arguments.join.as_deref(),
        })
        .map_err(usage)
    }

    fn ask_files<A: Asked>(&mut self, questions: &mut A) -> Result<(), AuditError> {
        let stored = self.arguments.scores.is_some();
        if self.model.is_none() && !stored {
            self.model = Some(questions.file("The model (.onnx)")?);
        }
        if self.manifest.is_none() {
            let what = "The table with one row an image (CSV, Parquet), or a folder of DICOM files";
            self.manifest = Some(questions.file(what)?);
        }
        if self.preprocessor.is_none() && !stored {
            let what = "The makers' preprocessing, if they publish it (preprocessor_config.json, config.json, inference.json)";
            self.preprocessor = questions.file_or_none(what)?;
        }
        Ok(())
    }

    fn ask_answers<A: Asked>(
        &mut self,
        survey: &Survey,
        questions: &mut A,
    ) -> Result<Answers, AuditError> {
        for line in survey.signature() {
            questions.say(&format!("The model {line}."))?;
        }
        questions.say(&format!(
            "The table has {} rows and {} columns: {}.",
            survey.rows(),
            survey.columns().len(),
            names(survey).join(", ")
        ))?;
        let mut answers = self.answers.clone();
        if answers.image.is_none() && self.arguments.scores.is_none() {
            let what = "Column with the image's path";
            answers.image = questions.column(what, survey, survey.image(), false)?;
        }
        if answers.patient.is_none() {
            let what = "Column that tells patients apart (none: every image counts by itself)";
            answers.patient = questions.column(what, survey, survey.patient(), true)?;
        }
        if answers.truth.is_none() && answers.truths.is_empty() {
            let likely: Vec<String> = survey
                .truths()
                .iter()
                .take(8)
                .map(|column| format!("  {}: {}", column.name, column.levels_text()))
                .collect();
            if !likely.is_empty() {
                questions.say(&format!("Columns with few values:\n{}", likely.join("\n")))?;
            }
            let what = "Column with the reference standard";
            answers.truth = questions.column(what, survey, None, false)?;
        }
        ask_sides(survey, &mut answers, questions)?;
        if answers.threshold.is_none() {
            answers.threshold = questions.number("Threshold that the makers fixed")?;
        }
        if answers.strata.is_none() {
            let proposed = survey.proposed_strata(answers.truth.as_deref());
            answers.strata =
                Some(questions.columns("Columns that make groups", survey, &proposed)?);
        }
        if answers.requirements.is_empty() {
            let what = "What every group must reach, such as sensitivity >= 0.80";
            answers.requirements = questions.requirements(what)?;
        }
        Ok(answers)
    }
}

fn ask_sides<A: Asked>(
    survey: &Survey,
    answers: &mut Answers,
    questions: &mut A,
) -> Result<(), AuditError> {
    let Some(truth) = answers.truth.clone() else {
        return Ok(());
    };
    if !(answers.positive.is_empty() && answers.negative.is_empty()) {
        return Ok(());
    }
    let column = survey.column(&truth, "--truth").map_err(usage)?;
    let sides = survey.sides(column);
    questions.say(&format!("{truth} has {}.", column.levels_text()))?;
    let values = column
        .levels
        .iter()
        .map(|(text, _)| text.as_str())
        .collect::<Vec<_>>();
    answers.positive = questions.values(
        "Values that mean positive",
        &values,
        sides.map(|side| side.0),
    )?;
    if !answers.positive.is_empty() {
        let rest: Vec<&str> = values
            .iter()
            .copied()
            .filter(|value| !answers.positive.iter().any(|taken| taken == value))
            .collect();
        let proposed = match rest.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        answers.negative = questions.values("Values that mean negative", &rest, proposed)?;
    }
    Ok(())
}

fn names(survey: &Survey) -> Vec<&str> {
    let names = survey.columns().iter().map(|column| column.name.as_str());
    names.collect()
}
