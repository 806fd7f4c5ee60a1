//! `cohort` and `strata`.

use crate::init::draft::Chosen;
use crate::init::headers;
use crate::init::names;
use crate::init::roles::{self, Group};
use crate::init::write::{Lines, list, scalar};

/// `cohort`.
pub(in crate::init) fn cohort(chosen: &Chosen<'_>, out: &mut Lines) {
    let survey = chosen.survey;
    out.blank();
    out.push("cohort:");
    let rows = survey.rows();
    out.push(format!(
        "  manifest: {}  # {rows} {}",
        scalar(&survey.from(&chosen.folder, &survey.manifest)),
        if survey.folder {
            "DICOM samples"
        } else {
            "rows"
        }
    ));
    let column = chosen
        .image
        .and_then(|image| survey.columns.iter().position(|one| one.name == image.name));
    if survey.stored.is_none() {
        let root = survey.root(column);
        out.push(format!(
            "  root: {}",
            scalar(&survey.from(&chosen.folder, &root))
        ));
    }
    columns(chosen, out);
    match &survey.join {
        Some(join) => out.push(format!(
            "  join: {{table: {}, column: {}, on: \"{}\"}}  # {} of {rows} samples have a row",
            scalar(&survey.from(&chosen.folder, &join.table)),
            scalar(&join.column),
            join.on,
            join.found
        )),
        None if survey.folder => {
            out.comment(2, "Truth that stands in a table beside the files is joined on a header value (`init --join TABLE`):");
            let on = if survey.model.volumes() {
                "Series"
            } else {
                "SOP"
            };
            out.push(format!(
                "  # join: {{table: truth.csv, column: uid, on: \"dicom:{on}InstanceUID\"}}"
            ));
        }
        None => {}
    }
    if survey.has_views() {
        let exam = out.todo("column that tells exams apart");
        let view = out.todo("column with each image's view");
        out.push(format!("  exam: {{column: {exam}, view: {view}}}"));
    }
    include(chosen, out);
    missing(chosen, out);
    out.comment(2, "Declared in the report; `not declared` where left out:");
    out.push("  # sampling: consecutive        # or enriched, where cases were chosen by outcome");
    out.push("  # reference_standard: how the truth was established");
    out.push("  # independence: how these patients relate to those the model was trained on");
}

fn columns(chosen: &Chosen<'_>, out: &mut Lines) {
    let survey = chosen.survey;
    out.push("  columns:");
    match chosen.image {
        Some(image) => {
            let seen = survey
                .images
                .iter()
                .find(|one| survey.columns[one.column].name == image.name);
            let why = match seen {
                Some(seen) => format!(
                    "  # {} of {} rows looked at name a file",
                    seen.found, seen.looked_at
                ),
                None => "  # no file was found for it: is `root` the right folder?".to_owned(),
            };
            out.push(format!("    image: {}{why}", scalar(&image.name)));
            if chosen.image_was_seen && survey.images.len() > 1 {
                let others: Vec<&str> = survey.images[1..]
                    .iter()
                    .map(|one| survey.columns[one.column].name.as_str())
                    .collect();
                out.comment(
                    4,
                    &format!("Other columns of files: {}.", others.join(", ")),
                );
            }
        }
        None if survey.stored.is_some() => {}
        None => {
            if let Some(almost) = &survey.almost {
                out.comment(4, almost);
            }
            let todo = out.todo("column with the image's path, relative to `root` (no column names files that are there)");
            out.push(format!("    image: {todo}"));
        }
    }
    let image = chosen.image.map(|image| image.name.as_str());
    let patient = chosen
        .answers
        .patient
        .as_deref()
        .or_else(|| survey.patient());
    let sample = chosen.answers.sample.as_deref();
    let seen = || match &survey.stored {
        Some(stored) => stored.key(),
        None => roles::sample(&survey.columns, image, patient).map(|one| one.name.as_str()),
    };
    let sample = sample.or_else(seen);
    if sample.is_none() && survey.stored.is_some() {
        let todo = out.todo("column with the sample's id, in this table and in that of the scores (none has a different value in every row of both)");
        out.push(format!("    sample: {todo}"));
    }
    if let Some(sample) = sample {
        out.push(format!(
            "    sample: {}  # a different value in every row",
            scalar(sample)
        ));
    }
    match patient {
        Some("none") => out.push("    patient: none  # every image is taken as independent"),
        Some(name) => {
            let facts = survey.columns.iter().find(|one| one.name == name);
            let doubt = facts.and_then(|facts| roles::no_patients(facts, image));
            if let Some(doubt) = doubt {
                out.warn(4, &doubt);
            }
            let seen = facts.map_or_else(String::new, |facts| {
                let most = facts.most_rows();
                let rows = if most == 1 { "row" } else { "rows" };
                format!(
                    "  # {} of them, {most} {rows} at most of one",
                    facts.distinct
                )
            });
            out.push(format!("    patient: {}{seen}", scalar(name)));
        }
        None => {
            let files: Vec<&str> = survey
                .images
                .iter()
                .filter_map(|one| Some(survey.columns.get(one.column)?.name.as_str()))
                .chain(image)
                .collect();
            let units: Vec<String> = roles::units(&survey.columns, &files)
                .iter()
                .map(|one| format!("{} ({} of them)", one.name, one.distinct))
                .collect();
            if !units.is_empty() {
                let text = format!("Columns that tell something apart: {}.", units.join(", "));
                out.comment(4, &text);
            }
            let todo = out.todo("column that tells patients apart, or none");
            out.push(format!("    patient: {todo}"));
        }
    }
}

fn include(chosen: &Chosen<'_>, out: &mut Lines) {
    let Some(parts) = roles::parts(&chosen.survey.columns) else {
        return;
    };
    out.comment(
        2,
        &format!(
            "Parts of the data set in {}: {}.",
            parts.name,
            parts.levels_text()
        ),
    );
    let test = parts
        .levels
        .iter()
        .find(|(text, _)| matches!(text.to_lowercase().as_str(), "test" | "testing"));
    let part = match test {
        Some((text, _)) => scalar(text),
        None => out.todo("the part that the model was neither trained nor tuned on"),
    };
    out.push(format!(
        "  include: [{{column: {}, in: [{part}]}}]",
        scalar(&parts.name)
    ));
}

/// Texts that read as "not known" in the columns that make groups.
fn missing(chosen: &Chosen<'_>, out: &mut Lines) {
    let survey = chosen.survey;
    let wanted: Vec<String> = strata_columns(chosen)
        .into_iter()
        .map(|group| group.column)
        .collect();
    let mut texts: Vec<String> = ["", "NA", "NaN", "null"].map(str::to_owned).to_vec();
    let mut seen = Vec::new();
    for column in survey
        .columns
        .iter()
        .filter(|one| wanted.contains(&one.name))
    {
        for (text, rows) in &column.not_known {
            seen.push(format!("\"{text}\" in {} ({rows})", column.name));
            if !texts.contains(text) {
                texts.push(text.clone());
            }
        }
    }
    if !seen.is_empty() {
        out.comment(
            2,
            &format!(
                "Taken as missing beside the usual texts: {}.",
                seen.join(", ")
            ),
        );
        out.push(format!("  missing: {}", list(&texts)));
    }
}

/// Columns that make the groups of the file.
fn strata_columns(chosen: &Chosen<'_>) -> Vec<Group> {
    let groups = groups(chosen);
    match &chosen.answers.strata {
        None => groups
            .into_iter()
            .filter(|group| group.against.is_none())
            .collect(),
        Some(named) => named
            .iter()
            .filter_map(|name| {
                let seen = groups.iter().find(|group| group.column == *name).cloned();
                let column = chosen.survey.columns.iter().find(|one| one.name == *name);
                seen.or_else(|| column.map(roles::asked_for))
            })
            .collect(),
    }
}

fn groups(chosen: &Chosen<'_>) -> Vec<Group> {
    let truth = chosen.truth.map(|truth| truth.name.as_str());
    let taken = [
        chosen.image.map(|image| image.name.as_str()),
        chosen.answers.patient.as_deref(),
        chosen.answers.sample.as_deref(),
    ];
    let mut taken: Vec<&str> = taken.into_iter().flatten().collect();
    taken.extend(chosen.several.iter().map(|one| one.truth.name.as_str()));
    if let Some(stored) = &chosen.survey.stored {
        taken.extend(stored.columns.iter().map(|one| one.name.as_str()));
    }
    chosen.survey.groups(truth, &taken)
}

/// The name of an attribute: the column's, without what names may not hold.
fn stratum_name(group: &Group) -> String {
    let column = group.column.strip_prefix("dicom:").unwrap_or(&group.column);
    let name: String = column
        .chars()
        .map(|letter| {
            if matches!(letter, '*' | '=') {
                '_'
            } else {
                letter
            }
        })
        .collect();
    let reserved = matches!(name.as_str(), "overall" | "none" | "intersections");
    if !group.bins.is_empty() || group.edges.is_some() || reserved {
        format!("{name}_group")
    } else {
        name
    }
}

/// Names of the attributes of the file.
pub(in crate::init) fn stratum_names(chosen: &Chosen<'_>) -> Vec<String> {
    strata_columns(chosen).iter().map(stratum_name).collect()
}

/// `strata`.
pub(in crate::init) fn strata(chosen: &Chosen<'_>, out: &mut Lines) {
    let used = strata_columns(chosen);
    out.blank();
    out.comment(
        0,
        "Groups in which the model must work. Remove what is none; add what the table lacks (a scanner, a site).",
    );
    if chosen
        .survey
        .columns
        .iter()
        .any(|one| one.name == headers::PATIENT)
    {
        out.comment(
            0,
            "Direct identifiers of DICOM headers are refused as groups.",
        );
    }
    let others: Vec<Group> = groups(chosen)
        .into_iter()
        .filter(|group| !used.iter().any(|one| one.column == group.column))
        .collect();
    if used.is_empty() {
        out.push("# strata:");
    } else {
        out.push("strata:");
    }
    for group in &used {
        out.comment(2, &format!("{}: {}", group.column, group.seen));
        let bins = bins(group, out);
        let name = scalar(&stratum_name(group));
        let column = scalar(&group.column);
        out.push(format!("  {name}: {{column: {column}{bins}}}"));
    }
    // One line for each reason: a table of findings has dozens of columns that are no groups.
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for group in &others {
        let why = group.against.as_deref().unwrap_or("not asked for");
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, columns)) => columns.push(&group.column),
            None => reasons.push((why, vec![&group.column])),
        }
    }
    for (why, columns) in reasons {
        out.comment(2, &format!("Not used ({why}): {}.", columns.join(", ")));
    }
    let crossed: Vec<String> = used
        .iter()
        .filter(|group| names::is_attribute(&group.column) || !group.bins.is_empty())
        .take(2)
        .map(|group| scalar(&stratum_name(group)))
        .collect();
    if let [first, second] = crossed.as_slice() {
        out.push(format!(
            "  # intersections: [[{first}, {second}]]    # crossings, where the numbers allow"
        ));
    }
}

fn bins(group: &Group, out: &mut Lines) -> String {
    if let Some(edges) = &group.edges {
        return format!(", bins: [{}]", out.todo(edges));
    }
    if group.bins.is_empty() {
        return String::new();
    }
    let edges: Vec<String> = group.bins.iter().map(f64::to_string).collect();
    format!(", bins: [{}]", edges.join(", "))
}
