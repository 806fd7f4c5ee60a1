//! The `cohort` section.

use super::super::audit::{
    CohortSpec, IncludeRule, IncludeTest, JoinSpec, PatientColumn, Sampling, UnitName,
};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::super::located::Located;
use super::Need;
use super::aggregate::UNITS;
use super::exam::exam;
use super::reader::{Section, Value};
use super::thresholds::tuning;

/// Texts that count as missing when the audit names none.
const MISSING: [&str; 4] = ["", "NA", "NaN", "null"];

/// The checked section and the columns of units, which only `aggregate` needs.
pub(super) struct CohortRead {
    pub(super) spec: CohortSpec,
    pub(super) units: Vec<(UnitName, Located<String>)>,
}

pub(super) fn cohort(value: &Value<'_>) -> Option<CohortRead> {
    let section = value.section(&keys::COHORT)?;
    let manifest = section
        .required(
            "manifest",
            "name the table of samples: `manifest: cohort.csv`",
        )
        .and_then(|value| value.file_or_folder());
    let join = match section.get("join") {
        None => Some(None),
        Some(value) => join(&value).map(Some),
    };
    let root = match section.get("root") {
        None => Some(value.cx.folder()),
        Some(value) => value.path().map(|path| path.value),
    };
    let columns = section
        .required(
            "columns",
            "name the columns: `columns: {image: path, patient: patient_id}`",
        )
        .and_then(|value| columns(&value));
    let include = match section.get("include") {
        None => Some(Vec::new()),
        Some(value) => include(&value),
    };
    let missing = match section.get("missing") {
        None => Some(MISSING.map(str::to_owned).to_vec()),
        Some(value) => value
            .texts(0)
            .map(|texts| texts.into_iter().map(|text| text.value).collect()),
    };
    let max_failed_share = match section.get("max_failed_share") {
        None => Some(0.0),
        Some(value) => value.share(),
    };
    let count_failed_as_error = match section.get("count_failed_as_error") {
        None => Some(false),
        Some(value) => value.flag(),
    };
    let samplings = [
        ("consecutive", Sampling::Consecutive),
        ("enriched", Sampling::Enriched),
    ];
    let sampling = match section.get("sampling") {
        None => Some(None),
        Some(value) => value.choice(&samplings, &[]).map(Some),
    };
    let tuning = match section.get("tuning") {
        None => Some(None),
        Some(value) => tuning(&value).map(Some),
    };
    let exam = match section.get("exam") {
        None => Some(None),
        Some(value) => exam(&value).map(Some),
    };
    let reference_standard = words(&section, "reference_standard");
    let independence = words(&section, "independence");
    let columns = columns?;
    Some(CohortRead {
        spec: CohortSpec {
            manifest: manifest?,
            join: join?,
            exam: exam?,
            root: root?,
            image: columns.image,
            sample: columns.sample,
            patient: columns.patient,
            include: include?,
            tuning: tuning?,
            missing: missing?,
            max_failed_share: max_failed_share?,
            count_failed_as_error: count_failed_as_error?,
            sampling: sampling?,
            reference_standard: reference_standard?,
            independence: independence?,
        },
        units: columns.units,
    })
}

fn join(value: &Value<'_>) -> Option<JoinSpec> {
    let section = value.section(&keys::JOIN)?;
    let table = section
        .required("table", "name the table: `table: truth.csv`")
        .and_then(|value| value.file());
    let column = section
        .required("column", "name the table's column that is joined")
        .and_then(|value| value.name());
    let on = section
        .required(
            "on",
            "name the samples' column that it is joined on, such as `dicom:StudyInstanceUID`",
        )
        .and_then(|value| value.name());
    Some(JoinSpec {
        table: table?,
        column: column?,
        on: on?,
    })
}

fn words(section: &Section<'_>, key: &str) -> Option<Option<String>> {
    match section.get(key) {
        None => Some(None),
        Some(value) => value.name().map(|text| Some(text.value)),
    }
}

struct Columns {
    image: Option<Located<String>>,
    sample: Option<Located<String>>,
    patient: PatientColumn,
    units: Vec<(UnitName, Located<String>)>,
}

fn columns(value: &Value<'_>) -> Option<Columns> {
    let section = value.section(&keys::COLUMNS)?;
    let column = |key: &str| {
        section
            .get(key)
            .map_or(Some(None), |value| value.name().map(Some))
    };
    let image = column("image");
    let sample = column("sample");
    let units: Option<Vec<_>> = UNITS
        .iter()
        .filter_map(|(word, unit)| {
            let value = section.get(word)?;
            Some(value.name().map(|name| (*unit, name)))
        })
        .collect();
    let patient = patient(&section);
    if section.get("image").is_none() {
        let join = section.get("sample").is_some();
        match value.cx.need {
            Need::Model => {
                section.required("image", "name the column with the images' paths");
            }
            Need::Scores if !join => {
                section.required(
                    "sample",
                    "name the column that scores are joined by, `sample` or `image`",
                );
            }
            Need::Scores => {}
        }
    }
    Some(Columns {
        image: image?,
        sample: sample?,
        patient: patient?,
        units: units?,
    })
}

/// Observations of one patient are not independent, so that the audit must say who is one.
fn patient(section: &Section<'_>) -> Option<PatientColumn> {
    let help = "name the column that tells patients apart; if there is none and every sample \
                is to be taken as independent, write `patient: none`";
    let value = section.required("patient", help)?;
    if value.is_empty() {
        value.error(
            "wrong-type",
            format!("`{}` is empty, expected a column", value.path),
            help,
        );
        return None;
    }
    let name = value.name()?;
    Some(if name.value == "none" {
        PatientColumn::None
    } else {
        PatientColumn::Column(name)
    })
}

fn include(value: &Value<'_>) -> Option<Vec<IncludeRule>> {
    let rules: Vec<Option<IncludeRule>> = value.list("rules")?.iter().map(rule).collect();
    rules.into_iter().collect()
}

fn rule(value: &Value<'_>) -> Option<IncludeRule> {
    let section = value.section(&keys::INCLUDE)?;
    let column = section
        .required("column", "")
        .and_then(|value| value.name());
    let texts = |key: &str| section.get(key).map(|value| value.texts(1));
    let number = |key: &str| section.get(key).map(|value| value.number());
    let (within, without) = (texts("in"), texts("not_in"));
    let (min, max) = (number("min"), number("max"));
    let asked = [
        within.is_some(),
        without.is_some(),
        min.is_some() || max.is_some(),
    ];
    if asked.iter().filter(|asked| **asked).count() != 1 {
        let found = if asked.contains(&true) {
            "several tests"
        } else {
            "no test"
        };
        value.cx.report(
            Diagnostic::error(
                "include-test",
                format!(
                    "`{}` has {found}, expected one of `in`, `not_in`, or `min` and `max`",
                    value.path
                ),
            )
            .at(value.span())
            .help("write one rule for each test; a row must satisfy all of them"),
        );
        return None;
    }
    let test = match (within, without) {
        (Some(texts), _) => IncludeTest::In(texts?),
        (_, Some(texts)) => IncludeTest::NotIn(texts?),
        (None, None) => range(value, min, max)?,
    };
    Some(IncludeRule {
        column: column?,
        test,
    })
}

fn range(
    value: &Value<'_>,
    min: Option<Option<f64>>,
    max: Option<Option<f64>>,
) -> Option<IncludeTest> {
    if min == Some(None) || max == Some(None) {
        return None;
    }
    let (min, max) = (min.flatten(), max.flatten());
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        let message = format!("`min` is {min} and `max` is {max}, so that no row can satisfy both");
        value.error("empty-range", message, "");
        return None;
    }
    Some(IncludeTest::Range { min, max })
}
