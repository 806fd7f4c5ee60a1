//! The questions of `init`: one line each, asked again until the answer can be used.

use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use crate::audit::AuditError;
use crate::init::{Requirement, Survey};

/// Somebody who answers.
pub(super) trait Asked {
    /// Shows something.
    fn say(&mut self, text: &str) -> Result<(), AuditError>;
    /// One line, without blanks around it.
    fn line(&mut self, question: &str) -> Result<String, AuditError>;

    /// A file or folder that is there.
    fn file(&mut self, question: &str) -> Result<PathBuf, AuditError> {
        loop {
            if let Some(path) = self.file_or_none(question)? {
                return Ok(path);
            }
            self.say("This one is needed.")?;
        }
    }

    /// The same; nothing where the line is empty.
    fn file_or_none(&mut self, question: &str) -> Result<Option<PathBuf>, AuditError> {
        loop {
            let line = self.line(&format!("{question}: "))?;
            if line.is_empty() {
                return Ok(None);
            }
            let path = PathBuf::from(&line);
            if path.exists() {
                return Ok(Some(path));
            }
            self.say(&format!("{line} is not there."))?;
        }
    }

    /// A column of the table. An empty line takes the proposal; without one it stays open.
    fn column(
        &mut self,
        question: &str,
        survey: &Survey,
        proposed: Option<&str>,
        or_none: bool,
    ) -> Result<Option<String>, AuditError> {
        loop {
            let line = self.line(&format!(
                "{question} [{}]: ",
                proposed.unwrap_or("leave it open")
            ))?;
            if line.is_empty() {
                return Ok(proposed.map(str::to_owned));
            }
            if or_none && line == "none" {
                return Ok(Some(line));
            }
            match survey.column(&line, "column") {
                Ok(_) => return Ok(Some(line)),
                Err(error) => self.say(&error.to_string())?,
            }
        }
    }

    /// Columns with commas between them; `none` for none at all.
    fn columns(
        &mut self,
        question: &str,
        survey: &Survey,
        proposed: &[String],
    ) -> Result<Vec<String>, AuditError> {
        loop {
            let line = self.line(&format!(
                "{question}, with commas, or none [{}]: ",
                proposed.join(", ")
            ))?;
            if line.is_empty() {
                return Ok(proposed.to_vec());
            }
            if line == "none" {
                return Ok(Vec::new());
            }
            let named: Vec<String> = parts(&line);
            let wrong = named
                .iter()
                .find_map(|name| survey.column(name, "column").err());
            match wrong {
                None => return Ok(named),
                Some(error) => self.say(&error.to_string())?,
            }
        }
    }

    /// Some of the values of a column. An empty line takes the proposal; without one it stays open.
    fn values(
        &mut self,
        question: &str,
        known: &[&str],
        proposed: Option<&str>,
    ) -> Result<Vec<String>, AuditError> {
        loop {
            let shown = proposed.unwrap_or("leave it open");
            let line = self.line(&format!("{question}, with commas [{shown}]: "))?;
            if line.is_empty() {
                return Ok(proposed.map(str::to_owned).into_iter().collect());
            }
            let named = parts(&line);
            match named.iter().find(|value| !known.contains(&value.as_str())) {
                None => return Ok(named),
                Some(wrong) => self.say(&format!(
                    "No row has {wrong}; there are {}.",
                    known.join(", ")
                ))?,
            }
        }
    }

    /// Bounds for the gate, one after another until an empty line.
    fn requirements(&mut self, question: &str) -> Result<Vec<Requirement>, AuditError> {
        let mut asked = Vec::new();
        loop {
            let line = self.line(&format!("{question} [no more]: "))?;
            if line.is_empty() {
                return Ok(asked);
            }
            match line.parse() {
                Ok(requirement) => asked.push(requirement),
                Err(error) => self.say(&error)?,
            }
        }
    }

    /// A number, or nothing.
    fn number(&mut self, question: &str) -> Result<Option<f64>, AuditError> {
        loop {
            let line = self.line(&format!("{question} [leave it open]: "))?;
            if line.is_empty() {
                return Ok(None);
            }
            match line.parse() {
                Ok(number) if f64::is_finite(number) => return Ok(Some(number)),
                _ => self.say(&format!("{line} is not a number."))?,
            }
        }
    }
}

fn parts(line: &str) -> Vec<String> {
    line.split(',')
        .map(|part| part.trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect()
}

/// A terminal.
pub(super) struct Questions<R, W> {
    input: R,
    screen: W,
}

impl<R: BufRead, W: Write> Questions<R, W> {
    pub(super) fn new(input: R, screen: W) -> Self {
        Self { input, screen }
    }

    fn show(&mut self, text: &str) -> Result<(), AuditError> {
        self.screen
            .write_all(text.as_bytes())
            .and_then(|()| self.screen.flush())
            .map_err(|source| AuditError::Output {
                path: "the terminal".to_owned(),
                source,
            })
    }
}

impl<R: BufRead, W: Write> Asked for Questions<R, W> {
    fn say(&mut self, text: &str) -> Result<(), AuditError> {
        self.show(&format!("{text}\n"))
    }

    fn line(&mut self, question: &str) -> Result<String, AuditError> {
        self.show(question)?;
        let mut line = String::new();
        let read = self.input.read_line(&mut line).map_err(read_error)?;
        // The end of the input (Ctrl-D) is no answer: nothing may be written.
        if read == 0 {
            return Err(AuditError::Interrupted);
        }
        Ok(line.trim().to_owned())
    }
}

fn read_error(source: io::Error) -> AuditError {
    AuditError::Read {
        path: "the terminal".to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_asked_again_until_the_answer_can_be_used() {
        let typed = "maybe\n0,5\n 0.5 \n1, 7\n1,2\n\n";
        let mut screen = Vec::new();
        let mut questions = Questions::new(typed.as_bytes(), &mut screen);
        assert_eq!(questions.number("Threshold").unwrap(), Some(0.5));
        let known = ["1", "2", "3"];
        let values = questions.values("Positive", &known, None).unwrap();
        assert_eq!(values, ["1", "2"]);
        assert_eq!(
            questions.values("Negative", &known, Some("3")).unwrap(),
            ["3"]
        );
        assert!(matches!(
            questions.number("More"),
            Err(AuditError::Interrupted)
        ));
        let shown = String::from_utf8(screen).unwrap();
        assert!(shown.contains("maybe is not a number."), "{shown}");
        assert!(
            shown.contains("No row has 7; there are 1, 2, 3."),
            "{shown}"
        );
    }
}
