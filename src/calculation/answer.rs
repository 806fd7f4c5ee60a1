//! What an answer is made of, and its two forms.

use serde_json::{Map, Value};

use crate::statistics::{Interval, NotEstimable, ScaledEstimate};

/// One number or word of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Field {
    /// A number; `None` where there is none (an odds ratio without an upper limit).
    Number(Option<f64>),
    /// A count.
    Count(u64),
    /// A word: the method that was really used, or why there is no number.
    Text(String),
}

/// One method's or quantity's part of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Entry {
    /// Id of the method or quantity.
    pub id: String,
    /// `estimate`, `lower`, `upper`, `z`, `p`, `df`, ... in the order of printing.
    pub fields: Vec<(&'static str, Field)>,
    /// Parts of its own (levels of an attribute).
    pub entries: Vec<Entry>,
}

impl Entry {
    /// An entry without content yet.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Adds a number; what is not finite is told as absent.
    #[must_use]
    pub fn number(mut self, name: &'static str, value: f64) -> Self {
        let known = value.is_finite().then_some(value);
        self.fields.push((name, Field::Number(known)));
        self
    }

    /// Adds a count.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: u64) -> Self {
        self.fields.push((name, Field::Count(value)));
        self
    }

    /// Adds a word.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, Field::Text(value.into())));
        self
    }

    /// Adds both limits, or why there are none.
    #[must_use]
    pub fn limits(self, limits: Result<Interval, NotEstimable>) -> Self {
        match limits {
            Ok(limits) => self
                .number("lower", limits.lower)
                .number("upper", limits.upper),
            Err(why) => self.text("not_estimable", why.to_string()),
        }
    }

    /// An estimate with its limits, or why there are none.
    #[must_use]
    pub fn interval(id: &str, estimate: f64, limits: Result<Interval, NotEstimable>) -> Self {
        Self::new(id).number("estimate", estimate).limits(limits)
    }

    /// An entry that says why it has no number.
    #[must_use]
    pub fn absent(id: &str, why: &NotEstimable) -> Self {
        Self::new(id).text("not_estimable", why.to_string())
    }

    /// An estimate on its own scale.
    #[must_use]
    pub fn scaled(id: &str, value: &Result<ScaledEstimate, NotEstimable>, confidence: f64) -> Self {
        match value {
            Ok(value) => Self::interval(id, value.estimate, value.interval(confidence)),
            Err(why) => Self::absent(id, why),
        }
    }

    fn json(&self) -> Value {
        let mut object = Map::new();
        for (name, field) in &self.fields {
            let value = match field {
                Field::Number(value) => Value::from(*value),
                Field::Count(value) => Value::from(*value),
                Field::Text(value) => Value::from(value.as_str()),
            };
            object.insert((*name).to_owned(), value);
        }
        for entry in &self.entries {
            object.insert(entry.id.clone(), entry.json());
        }
        Value::Object(object)
    }

    fn lines(&self, depth: usize, lines: &mut Vec<(String, String)>) {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, field)| match (*name, field) {
                ("not_estimable", Field::Text(why)) => format!("not estimable: {why}"),
                (name, Field::Number(Some(value))) => format!("{name} {}", rounded(*value)),
                (name, Field::Number(None)) => format!("{name} not bounded"),
                (name, Field::Count(value)) => format!("{name} {value}"),
                (name, Field::Text(value)) => format!("{name} {value}"),
            })
            .collect();
        lines.push((
            format!("{}{}", "  ".repeat(depth), self.id),
            fields.join("  "),
        ));
        for entry in &self.entries {
            entry.lines(depth + 1, lines);
        }
    }
}

/// Six significant digits, whole numbers as they are.
fn rounded(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..9).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    let decimals = usize::try_from(5 - magnitude).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// One object with a key for each entry, at full precision.
#[must_use]
pub fn to_json(entries: &[Entry]) -> Value {
    Value::Object(
        entries
            .iter()
            .map(|entry| (entry.id.clone(), entry.json()))
            .collect(),
    )
}

/// A line for each entry, names in one column.
#[must_use]
pub fn to_text(entries: &[Entry]) -> String {
    let mut lines = Vec::new();
    entries.iter().for_each(|entry| entry.lines(0, &mut lines));
    let width = lines
        .iter()
        .map(|(id, _)| id.chars().count())
        .max()
        .unwrap_or(0);
    lines
        .iter()
        .map(|(id, fields)| format!("{id:<width$}  {fields}").trim_end().to_owned() + "\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unbounded_is_null_and_said_in_words() {
        let entry = Entry::new("odds_ratio")
            .number("estimate", 2.5)
            .number("upper", f64::INFINITY);
        assert_eq!(
            to_json(std::slice::from_ref(&entry)).to_string(),
            r#"{"odds_ratio":{"estimate":2.5,"upper":null}}"#
        );
        assert_eq!(
            to_text(&[entry]),
            "odds_ratio  estimate 2.5  upper not bounded\n"
        );
    }

    #[test]
    fn six_digits_in_text() {
        for (value, text) in [
            (0.977_612, "0.977612"),
            (-0.5, "-0.5"),
            (12.0, "12"),
            (123_456.7, "123457"),
            (1_000_000.0, "1000000"),
            (0.000_041_15, "4.11500e-5"),
            (0.0, "0"),
        ] {
            assert_eq!(rounded(value), text);
        }
    }
}
