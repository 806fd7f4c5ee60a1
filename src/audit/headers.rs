//! The table of samples where a part of it stands in DICOM headers, or beside them: a folder of
//! files instead of a manifest, columns `dicom:...`, and a table of truth joined on a UID.
//!
//! Direct identifiers do not get past this file. A column that holds one is refused, except as the
//! patient or the study, where its values are replaced by numbers in the order of the rows.

mod folder;
mod private;
mod values;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use crate::cohort::{named_columns, named_rows};
use crate::config::{AggregationUnit, Audit, Diagnostic, JoinSpec, Located, PatientColumn, Span};
use crate::imaging::dicom::Column;
use crate::tables::{self, Table, TableError};

const PREFIX: &str = "dicom:";
/// Named columns of one table, a text for each row.
type Columns = Vec<(String, Vec<Option<String>>)>;

/// The table, and what was noticed. `None` where the manifest alone holds all columns.
pub(super) type Made = Option<(Table, Vec<Diagnostic>)>;

/// Puts the table of an audit together.
///
/// # Errors
/// Columns that are no header values or identify a person, a table that cannot be read, a folder
/// without DICOM.
pub(super) fn table(audit: &Audit) -> Result<Made, Vec<Diagnostic>> {
    let named = named_columns(audit);
    let join = audit.cohort.join.as_ref();
    let from_headers = named.iter().any(|(name, _)| name.starts_with(PREFIX));
    let folder = audit.cohort.manifest.is_dir();
    if !from_headers && !folder && join.is_none() {
        return Ok(None);
    }
    let mut headers = header_columns(audit, &named)?;
    if let Some(join) = join
        && join.on.starts_with(PREFIX)
        && !headers.iter().any(|(name, _)| *name == join.on.value)
    {
        headers.push((join.on.value.clone(), parsed(&join.on.value, join.on.span)?));
    }
    let mut found = Vec::new();
    let plain = named.iter().map(|(name, _)| *name);
    let plain: Vec<&str> = plain.filter(|name| !name.starts_with(PREFIX)).collect();
    let mut columns = if folder {
        folder::files(audit, &mut found)?
    } else {
        manifest(audit, &plain)?
    };
    values::add_headers(audit, &headers, &mut columns, &mut found)?;
    if let Some(join) = join {
        add_joined(join, &named, &mut columns, &mut found)?;
    }
    hide(audit, &mut columns);
    private::withhold(audit, &mut columns, &mut found);
    let name = audit.cohort.manifest.file_name().unwrap_or_default();
    let missing: Vec<Diagnostic> = named
        .iter()
        .filter(|(name, _)| !columns.iter().any(|(known, _)| known == name))
        .map(|(missing, span)| {
            let message = format!("{} has no column \"{missing}\"", name.to_string_lossy());
            Diagnostic::error("unknown-column", message)
                .at(*span)
                .help("name a column of the tables, or a header value such as `dicom:PatientSex`")
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let table = Table::from_columns(&audit.cohort.manifest, columns)
        .map_err(|error| at(audit.cohort.manifest.span, &error))?;
    Ok(Some((table, found)))
}

fn at(span: Span, error: &TableError) -> Vec<Diagnostic> {
    vec![Diagnostic::error("table", error.to_string()).at(span)]
}

fn parsed(name: &str, span: Span) -> Result<Column, Vec<Diagnostic>> {
    Column::parse(name)
        .map_err(|error| vec![Diagnostic::error("header-column", error.to_string()).at(span)])
}

/// Columns that tell patients and studies apart: only there an identifier may be named.
fn units(audit: &Audit) -> Vec<&str> {
    let mut units = Vec::new();
    if let PatientColumn::Column(name) = &audit.cohort.patient {
        units.push(name.value.as_str());
    }
    units.extend(inner_units(audit).map(|name| name.value.as_str()));
    units
}

/// Columns that tell exams and the units of `aggregate` apart.
fn inner_units(audit: &Audit) -> impl Iterator<Item = &Located<String>> {
    let units = audit.aggregate.iter().filter_map(|one| match &one.to {
        AggregationUnit::Column { column, .. } => Some(column),
        AggregationUnit::Patient => None,
    });
    let exam = audit.cohort.exam.as_ref().map(|exam| &exam.column);
    units.chain(exam)
}

/// The header columns that the audit names, once each.
fn header_columns(
    audit: &Audit,
    named: &[(&str, Span)],
) -> Result<Vec<(String, Column)>, Vec<Diagnostic>> {
    let spec = &audit.cohort;
    let patient = match &spec.patient {
        PatientColumn::Column(name) => Some(name.span),
        PatientColumn::None => None,
    };
    let inner = inner_units(audit).map(|name| name.span);
    let units: BTreeSet<Span> = patient.into_iter().chain(inner).collect();
    let (mut columns, mut wrong) = (Vec::<(String, Column)>::new(), Vec::new());
    for (name, span) in named.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let column = match parsed(name, *span) {
            Ok(column) => column,
            Err(mut found) => {
                wrong.append(&mut found);
                continue;
            }
        };
        if let Some(reason) = column.identifies().filter(|_| !units.contains(span)) {
            let message = format!("column \"{name}\" is refused: {reason}");
            let help = "a direct identifier may only be `columns.patient` or `columns.study`, where \
                        it is replaced by numbers, or `cohort.join.on`";
            wrong.push(
                Diagnostic::error("direct-identifier", message)
                    .at(*span)
                    .help(help),
            );
        } else if let Some(refusal) = column
            .is_private()
            .then(|| private::undeclared(audit, name, *span))
            .flatten()
        {
            wrong.push(refusal);
        } else if !columns.iter().any(|(known, _)| known == name) {
            columns.push(((*name).to_owned(), column));
        }
    }
    if wrong.is_empty() {
        Ok(columns)
    } else {
        Err(wrong)
    }
}

/// The manifest's own columns; those that it lacks may stand in the joined table.
fn manifest(audit: &Audit, plain: &[&str]) -> Result<Columns, Vec<Diagnostic>> {
    let spec = &audit.cohort;
    let on = spec.join.as_ref().map(|join| join.on.value.as_str());
    let wanted: Vec<&str> = plain.iter().copied().chain(on).collect();
    read(&spec.manifest, &wanted, false)
}

/// The columns of a table out of those wanted.
fn read(
    path: &Located<PathBuf>,
    wanted: &[&str],
    all_rows: bool,
) -> Result<Columns, Vec<Diagnostic>> {
    let fail = |error: TableError| at(path.span, &error);
    let available = tables::column_names(path).map_err(fail)?;
    let mut names: Vec<&str> = Vec::new();
    for name in wanted {
        if !names.contains(name) && available.iter().any(|known| known == name) {
            names.push(name);
        }
    }
    let table = tables::read(path, &names).map_err(fail)?;
    let rows = if all_rows {
        table.filled_rows()
    } else {
        (0..table.rows()).collect()
    };
    names
        .into_iter()
        .map(|name| {
            let column = table.column(name).map_err(fail)?;
            let texts = rows.iter().map(|row| column.get(*row).map(str::to_owned));
            Ok((name.to_owned(), texts.collect()))
        })
        .collect()
}

/// Adds the columns of the joined table that the audit names and the rows lack.
fn add_joined(
    join: &JoinSpec,
    named: &[(&str, Span)],
    columns: &mut Columns,
    found: &mut Vec<Diagnostic>,
) -> Result<(), Vec<Diagnostic>> {
    let lacking = named.iter().map(|(name, _)| *name);
    let lacking = lacking.filter(|name| !columns.iter().any(|(known, _)| known == name));
    let mut wanted: Vec<&str> = vec![join.column.value.as_str()];
    wanted.extend(lacking);
    let mut joined = read(&join.table, &wanted, true)?;
    let refuse =
        |message: String, span: Span| Err(vec![Diagnostic::error("join-column", message).at(span)]);
    let Some(place) = joined
        .iter()
        .position(|(name, _)| *name == join.column.value)
    else {
        let message = format!("the joined table has no column \"{}\"", join.column.value);
        return refuse(message, join.column.span);
    };
    let keys = joined.swap_remove(place).1;
    let Some((_, on)) = columns.iter().find(|(name, _)| *name == join.on.value) else {
        let message = format!("there is no column \"{}\" to join on", join.on.value);
        return refuse(message, join.on.span);
    };
    let mut rows: HashMap<&str, usize> = HashMap::new();
    let mut twice = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        if let Some(key) = key.as_deref().map(str::trim).filter(|key| !key.is_empty())
            && rows.insert(key, row).is_some()
        {
            twice.push(row);
        }
    }
    if !twice.is_empty() {
        // The values may identify, so that rows are named instead.
        let message = format!(
            "the joined table, {}: \"{}\" has a value that an earlier row has",
            named_rows(&twice),
            join.column.value
        );
        return refuse(message, join.column.span);
    }
    let places: Vec<Option<usize>> = on
        .iter()
        .map(|key| rows.get(key.as_deref()?.trim()).copied())
        .collect();
    let used: BTreeSet<usize> = places.iter().flatten().copied().collect();
    let alone = places.iter().filter(|place| place.is_none()).count();
    let unused = rows.len() - used.len();
    if alone + unused > 0 {
        let message = format!(
            "{alone} of {} samples have no row in the joined table, and {unused} of its rows have no \
             sample",
            places.len()
        );
        found.push(Diagnostic::warning("join-incomplete", message).at(join.table.span));
    }
    for (name, texts) in joined {
        let texts = places.iter().map(|place| texts[(*place)?].clone());
        let texts = texts.collect();
        columns.push((name, texts));
    }
    Ok(())
}

/// Numbers instead of what identifies, and no column that only served the join.
fn hide(audit: &Audit, columns: &mut Columns) {
    let units = units(audit);
    for (name, texts) in columns.iter_mut() {
        if !name.starts_with(PREFIX) || !units.contains(&name.as_str()) {
            continue;
        }
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for text in texts.iter_mut().flatten() {
            let next = numbers.len() + 1;
            let number = *numbers.entry(std::mem::take(text)).or_insert(next);
            *text = format!("{number:06}");
        }
    }
    let on = audit.cohort.join.as_ref().map(|join| &join.on.value);
    let named = named_columns(audit);
    columns.retain(|(name, _)| Some(name) != on || named.iter().any(|(n, _)| n == name));
}
