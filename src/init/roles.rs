//! Which column may be what, and why: proposals that a person confirms or that stand in the audit
//! file with their reason.

use super::columns::{ColumnFacts, MOST_LEVELS};
use super::names;

/// Attributes that are proposed beside the well-known ones.
const MOST_OTHERS: usize = 4;
/// Edges of age groups.
const AGES: [f64; 4] = [18.0, 40.0, 60.0, 80.0];
/// Rows in a hundred that may lack a value.
const MOST_MISSING: usize = 80;
/// Fewer patients than this, with so many rows for each, are a group or a class rather than patients.
const FEWEST_PATIENTS: usize = 5;
const ROWS_OF_FEW: usize = 20;
/// Share of the rows that an age group must hold.
const SMALLEST_SHARE: f64 = 0.1;

/// The column that tells patients apart by its name.
pub(super) fn patient(columns: &[ColumnFacts]) -> Option<&ColumnFacts> {
    columns
        .iter()
        .find(|column| names::is_patient(&column.name) && column.missing < column.rows)
}

/// Why a column hardly tells patients apart: one sentence. `image` is the column of the image files.
pub(super) fn no_patients(column: &ColumnFacts, image: Option<&str>) -> Option<String> {
    let (name, rows) = (&column.name, column.rows);
    let names_files = || {
        let files = column.texts.iter().filter(|text| names::is_file(text));
        image == Some(name) || 2 * files.count() > column.texts.len()
    };
    let why = if column.distinct == 0 {
        "has no value in any row".to_owned()
    } else if column.distinct == 1 && rows > 1 {
        "has the same value in every row that has one, so that all would be one patient".to_owned()
    } else if column.distinct < FEWEST_PATIENTS && rows >= ROWS_OF_FEW * column.distinct {
        format!(
            "has only {} different values in {rows} rows, each of which would be one patient",
            column.distinct
        )
    } else if column.distinct + column.missing == rows && names_files() {
        "has another value in every row and names files, so that it tells images apart and not patients"
            .to_owned()
    } else {
        return None;
    };
    Some(format!(
        "{name} {why}; name the column that tells patients apart with --patient, or write none where there is none."
    ))
}

/// Columns that could tell patients or lesions apart: many values, none of them a file or a
/// measurement.
pub(super) fn units<'a>(columns: &'a [ColumnFacts], files: &[&str]) -> Vec<&'a ColumnFacts> {
    columns
        .iter()
        .filter(|column| !files.contains(&column.name.as_str()))
        .filter(|column| {
            names::is_id(&column.name) || column.distinct > MOST_LEVELS && column.range.is_none()
        })
        .collect()
}

/// The column whose values are the samples' ids.
pub(super) fn sample<'a>(
    columns: &'a [ColumnFacts],
    image: Option<&str>,
    patient: Option<&str>,
) -> Option<&'a ColumnFacts> {
    columns
        .iter()
        .filter(|column| Some(column.name.as_str()) != image)
        .filter(|column| Some(column.name.as_str()) != patient)
        .find(|column| column.is_unique() && names::is_id(&column.name))
}

/// The column that names the parts of a data set.
pub(super) fn parts(columns: &[ColumnFacts]) -> Option<&ColumnFacts> {
    columns
        .iter()
        .find(|column| column.not_known.is_empty() && names::are_parts(&column.levels))
}

/// Whether a column names patients or images: its values are ids, which nothing may list.
fn tells_apart(column: &ColumnFacts) -> bool {
    names::is_patient(&column.name) || column.is_unique() || names::is_id(&column.name)
}

/// Columns that may hold the reference standard, those with such a name first.
pub(super) fn truths(columns: &[ColumnFacts]) -> Vec<&ColumnFacts> {
    let mut candidates: Vec<&ColumnFacts> = columns
        .iter()
        .filter(|column| (2..=MOST_LEVELS).contains(&column.levels.len()))
        .filter(|column| !names::is_attribute(&column.name) && !names::is_age(&column.name))
        .filter(|column| !names::are_parts(&column.levels) && !tells_apart(column))
        .collect();
    candidates.sort_by_key(|column| {
        let yes_or_no = names::is_yes_or_no(&column.levels);
        (!names::is_truth(&column.name), !yes_or_no)
    });
    candidates
}

/// A column that may make groups.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) column: String,
    /// Edges of age groups; empty for levels.
    pub(super) bins: Vec<f64>,
    /// What is to be found out of the edges of other numbers.
    pub(super) edges: Option<String>,
    /// What was seen.
    pub(super) seen: String,
    /// Why it is not proposed; `None` where it is.
    pub(super) against: Option<String>,
}

/// Columns that may make groups, with those that are proposed first.
pub(super) fn groups(
    columns: &[ColumnFacts],
    taken: &[&str],
    truth: Option<&ColumnFacts>,
) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut others = 0;
    for column in columns {
        if taken.contains(&column.name.as_str()) {
            continue;
        }
        if let Some(age) = age(column) {
            groups.push(age);
            continue;
        }
        if !(2..=MOST_LEVELS).contains(&column.levels.len()) || tells_apart(column) {
            continue;
        }
        let known = names::is_attribute(&column.name);
        let against = against(column, truth, known).or_else(|| {
            let many = !known && others >= MOST_OTHERS;
            many.then(|| "one of many such columns".to_owned())
        });
        others += usize::from(!known && against.is_none());
        groups.push(Group {
            column: column.name.clone(),
            bins: Vec::new(),
            edges: None,
            seen: column.levels_text(),
            against,
        });
    }
    groups.sort_by_key(|group| group.against.is_some());
    groups
}

fn against(column: &ColumnFacts, truth: Option<&ColumnFacts>, known: bool) -> Option<String> {
    if let Some(truth) = truth
        && column.settles(truth)
    {
        return Some(format!("each value goes with one of {} alone", truth.name));
    }
    if known {
        return None;
    }
    if names::is_truth(&column.name) {
        return Some("its name is that of a reference standard".to_owned());
    }
    if names::is_yes_or_no(&column.levels) {
        return Some("yes or no, as a reference standard is".to_owned());
    }
    if column.range.is_some() && column.texts.iter().any(|text| text.contains('.')) {
        return Some("numbers rather than groups".to_owned());
    }
    if column.missing > MOST_MISSING * column.rows / 100 {
        return Some("most rows have no value".to_owned());
    }
    (column.levels.len() > 8).then(|| "more than 8 levels".to_owned())
}

/// A column that is asked for and is not among those that are proposed: numbers want edges.
pub(super) fn asked_for(column: &ColumnFacts) -> Group {
    let edges = column
        .range
        .filter(|_| column.levels.is_empty())
        .map(|(least, largest)| {
            format!(
                "edges that make groups of {}, from {least} to {largest}",
                column.name
            )
        });
    Group {
        column: column.name.clone(),
        bins: Vec::new(),
        edges,
        seen: format!("{} different values", column.distinct),
        against: None,
    }
}

/// Age groups, where a column holds ages.
fn age(column: &ColumnFacts) -> Option<Group> {
    let (least, largest) = column.range?;
    if !names::is_age(&column.name) || least < 0.0 || largest > 130.0 || column.distinct < 12 {
        return None;
    }
    let ages = column.numbers();
    let share = |from: f64, to: f64| {
        let inside = ages.iter().filter(|age| (from..to).contains(*age)).count();
        inside as f64 / ages.len().max(1) as f64
    };
    let mut bins: Vec<f64> = Vec::new();
    for edge in AGES {
        let below = bins.last().copied().unwrap_or(f64::NEG_INFINITY);
        if share(below, edge) >= SMALLEST_SHARE && share(edge, f64::INFINITY) >= SMALLEST_SHARE {
            bins.push(edge);
        }
    }
    let against = bins
        .is_empty()
        .then(|| "nearly all are of one age group".to_owned());
    let mut seen = format!("{least} to {largest}");
    let absent: usize = column.not_known.iter().map(|(_, rows)| rows).sum();
    if absent + column.missing > 0 {
        seen += &format!(", {} without an age", absent + column.missing);
    }
    Some(Group {
        column: column.name.clone(),
        bins,
        edges: None,
        seen,
        against,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, texts: &[&str]) -> ColumnFacts {
        ColumnFacts::of_texts(name, texts.iter().map(|text| Some(*text)))
    }

    #[test]
    fn what_says_the_same_as_the_truth_is_no_group() {
        let truth = column("malignant", &["1", "0", "0", "1", "0"]);
        let dx = column("dx", &["mel", "nv", "nv", "bcc", "nv"]);
        let sex = column("sex", &["f", "m", "f", "f", "m"]);
        let site = column("clinic", &["a", "b", "a", "b", "b"]);
        let columns = [truth.clone(), dx, sex, site];
        let groups = groups(&columns, &["malignant"], Some(&truth));
        let proposed: Vec<&str> = groups
            .iter()
            .filter(|group| group.against.is_none())
            .map(|group| group.column.as_str())
            .collect();
        assert_eq!(proposed, ["sex", "clinic"]);
        assert!(
            groups[2]
                .against
                .as_deref()
                .is_some_and(|why| why.contains("malignant"))
        );
    }

    #[test]
    fn patients_are_neither_groups_nor_truth_however_few_they_are() {
        let columns = [
            column("patient_id", &["anna", "anna", "berta", "berta"]),
            column("label", &["a", "b", "a", "b"]),
        ];
        let names = |columns: Vec<&ColumnFacts>| -> Vec<String> {
            columns.iter().map(|one| one.name.clone()).collect()
        };
        assert_eq!(names(truths(&columns)), ["label"]);
        let groups = groups(&columns, &[], None);
        assert!(
            groups.iter().all(|group| group.column != "patient_id"),
            "{groups:?}"
        );
    }

    #[test]
    fn age_groups_hold_enough_rows() {
        let texts: Vec<String> = (20..75).map(|age| age.to_string()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let group = age(&column("age", &texts)).unwrap();
        // Nobody is 80, and nobody under 18.
        assert_eq!(group.bins, [40.0, 60.0]);
        assert!(age(&column("stage", &texts)).is_none());
    }
}
