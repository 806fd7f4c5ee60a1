//! A table of stored scores: which of its columns are scores, and which tells samples apart.

use std::path::{Path, PathBuf};

use super::columns::ColumnFacts;
use super::names;

/// What was seen in the table of stored scores.
#[derive(Debug, Clone)]
pub(super) struct StoredScores {
    pub(super) path: PathBuf,
    /// Columns that may be scores.
    pub(super) columns: Vec<ColumnFacts>,
    /// Columns that tell samples apart, here and in the table of the cohort.
    pub(super) keys: Vec<String>,
}

impl StoredScores {
    /// From a table of its own beside that of the cohort.
    pub(super) fn of(path: &Path, columns: &[ColumnFacts], cohort: &[ColumnFacts]) -> Self {
        let in_cohort = |name: &str| cohort.iter().find(|one| one.name == name);
        let keys = columns
            .iter()
            .filter(|one| one.is_unique())
            .filter(|one| in_cohort(&one.name).is_some_and(ColumnFacts::is_unique))
            .map(|one| one.name.clone());
        let scores = columns.iter().filter(|one| {
            in_cohort(&one.name).is_none_or(|other| other.codes != one.codes || has_decimals(one))
        });
        Self {
            path: path.to_owned(),
            columns: candidates(scores),
            keys: keys.collect(),
        }
    }

    /// From the table of the cohort, in which the scores stand as well.
    pub(super) fn beside(path: &Path, columns: &[ColumnFacts]) -> Self {
        let keys = columns.iter().filter(|one| one.is_unique());
        let keys = keys.filter(|one| !has_decimals(one));
        let scores = columns
            .iter()
            .filter(|one| has_decimals(one) || names::is_score(&one.name));
        Self {
            path: path.to_owned(),
            columns: candidates(scores),
            keys: keys.map(|one| one.name.clone()).collect(),
        }
    }

    /// The column by which both tables are joined: one that is called an id, else the first.
    pub(super) fn key(&self) -> Option<&str> {
        let called = self.keys.iter().find(|name| names::is_id(name));
        called.or(self.keys.first()).map(String::as_str)
    }

    /// Whether every score lies between 0 and 1.
    pub(super) fn are_shares(&self) -> bool {
        let inside = |one: &ColumnFacts| {
            one.range
                .is_some_and(|(least, largest)| least >= 0.0 && largest <= 1.0)
        };
        self.columns.iter().all(inside)
    }
}

fn has_decimals(column: &ColumnFacts) -> bool {
    column.range.is_some() && column.texts.iter().any(|text| text.contains('.'))
}

fn is_of_patients(name: &str) -> bool {
    names::is_age(name) || names::is_attribute(name) || names::is_patient(name)
}

/// Columns of numbers that are neither ids, attributes nor a truth of yes and no; `x.logit` beside `x`
/// is the same score again.
fn candidates<'a>(columns: impl Iterator<Item = &'a ColumnFacts>) -> Vec<ColumnFacts> {
    let numbers: Vec<&ColumnFacts> = columns.filter(|one| one.range.is_some()).collect();
    let again = |name: &str| {
        let base = name.strip_suffix(".logit");
        base.is_some_and(|base| numbers.iter().any(|other| other.name == base))
    };
    numbers
        .iter()
        .filter(|one| names::is_score(&one.name) || !is_of_patients(&one.name))
        .filter(|one| !again(&one.name))
        .filter(|one| has_decimals(one) || !names::is_yes_or_no(&one.levels))
        .filter(|one| has_decimals(one) || !names::is_id(&one.name))
        .map(|one| (*one).clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, texts: &[&str]) -> ColumnFacts {
        ColumnFacts::of_texts(name, texts.iter().map(|text| Some(*text)))
    }

    #[test]
    fn scores_and_keys_are_told_from_everything_else() {
        let cohort = [
            column("image_id", &["a", "b", "c"]),
            column("patient", &["1", "1", "2"]),
            column("age", &["40.5", "50", "60"]),
            column("effusion", &["0", "1", "1"]),
        ];
        let mut both = cohort.to_vec();
        both.push(column("p_effusion", &["0.25", "0.75", "0.5"]));
        both.push(column("p_effusion.logit", &["-1.1", "1.1", "0.0"]));
        let names = |stored: &StoredScores| -> Vec<String> {
            stored.columns.iter().map(|one| one.name.clone()).collect()
        };
        let beside = StoredScores::beside(Path::new("t.csv"), &both);
        assert_eq!(names(&beside), ["p_effusion"]);
        assert_eq!(beside.key(), Some("image_id"));
        assert!(beside.are_shares());
        let alone = [
            column("image_id", &["c", "a", "b"]),
            column("edema", &["-2.5", "3", "1"]),
        ];
        let of = StoredScores::of(Path::new("s.csv"), &alone, &cohort);
        assert_eq!(names(&of), ["edema"]);
        assert_eq!(of.key(), Some("image_id"));
        assert!(!of.are_shares());
    }
}
