//! Reruns: what was varied, what differed, whose decision changed.

use crate::reproducibility::{Rerun, RerunGroup, RerunStatus};

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{self, IntervalRow, Mark};
use super::super::index::Index;
use super::super::{format, names};
use super::block::{Block, Cell, Column, Figure, Row, Section, Table};
use super::strata::{of_endpoint, rank};

/// The section about reruns.
///
/// # Errors
/// When the figure cannot be drawn.
pub(super) fn section(index: &Index<'_>) -> Result<Section, ReportError> {
    let reruns = &index.result.reproducibility;
    let mut section = Section::new("reruns", "Reruns");
    if reruns.runs.is_empty() {
        let reason = reruns
            .reason
            .as_deref()
            .unwrap_or("the audit file asks for none");
        section.absent(format!("Not run because {}.", reason.trim_end_matches('.')));
        return Ok(section);
    }
    section.say(summary(index));
    if let Some(reason) = &reruns.reason {
        section.say(reason.clone());
    }
    figure(index, &mut section)?;
    section.blocks.push(Block::Table(runs(&reruns.runs)));
    section.note(
        "Differences are on the scale named, in absolute value. \u{201c}ULP\u{201d} is the distance in units in the last place of the \
         model's own output. \u{201c}Near threshold\u{201d} counts samples closer to their threshold than the largest difference of scores.",
    );
    groups(index, &mut section);
    if !index.result.disclosure.withheld.is_empty() {
        section.note("Groups that are withheld to protect patients have no row here.");
    }
    Ok(section)
}

/// One figure for each scale on which reruns were compared.
fn figure(index: &Index<'_>, section: &mut Section) -> Result<(), ReportError> {
    let all = &index.result.reproducibility;
    let mut scales: Vec<&str> = Vec::new();
    for run in &all.runs {
        if !scales.contains(&run.scale.as_str()) {
            scales.push(&run.scale);
        }
    }
    for scale in scales {
        let tolerated = all
            .max_abs_logit_tolerated
            .filter(|tolerated| scale == "logit" && *tolerated > 0.0);
        let runs: Vec<&Rerun> = all.runs.iter().filter(|run| run.scale == scale).collect();
        if runs.iter().all(|run| run.max_abs_difference <= 0.0) {
            section.absent(format!(
                "No figure of differences on the {scale} scale because every rerun gave the same numbers."
            ));
            continue;
        }
        let rows = runs
            .iter()
            .map(|run| figures::Row::Group(figure_row(run, tolerated)))
            .collect();
        let svgs = figures::reruns(
            &index.words,
            &format!("reruns.{}", encode_part(scale)),
            scale,
            rows,
        )?;
        let note = "Reruns with the same numbers have no place on a logarithmic axis and say so. The numbers stand in the table below and \
                    in tables/reruns.csv.";
        let figures = Figure::parts("Largest difference of each rerun", note, svgs);
        section
            .blocks
            .extend(figures.into_iter().map(Block::Figure));
    }
    Ok(())
}

fn figure_row(run: &Rerun, tolerated: Option<f64>) -> IntervalRow {
    let varied = run.varied.join("; ").replace("->", "\u{2192}");
    let differs = run.max_abs_difference > 0.0;
    let flips = match run.decision_flips {
        0 => "no decision changed".to_owned(),
        n => format!("{} changed", format::counted(n, "decision", "decisions")),
    };
    let text = if differs {
        format!("{}, {flips}", format::scientific(run.max_abs_difference))
    } else {
        format!("the same numbers, {flips}")
    };
    IntervalRow {
        label: format!("{} ({varied})", names::name(&run.id)),
        title: format!("{}, {varied}: {text}", names::name(&run.id)),
        value: differs.then(|| (run.max_abs_difference.log10(), None, None)),
        n: Some(run.n_compared),
        patients: None,
        text,
        mark: if run.decision_flips > 0 {
            Mark::Flipped
        } else {
            Mark::Kept
        },
        bound: tolerated.map(f64::log10),
        overall: false,
    }
}

fn summary(index: &Index<'_>) -> String {
    let reruns = &index.result.reproducibility;
    let n = reruns.runs.len() as u64;
    let identical = reruns.runs.iter().filter(|r| r.identical_bits).count() as u64;
    let flips: u64 = reruns.runs.iter().map(|r| r.decision_flips).sum();
    let changed = match flips {
        0 => "no decision changed".to_owned(),
        n => format!("{} changed", format::counted(n, "decision", "decisions")),
    };
    let verdict = match reruns.status {
        RerunStatus::WithinTolerance => "Every rerun stayed within the declared tolerance",
        RerunStatus::Breached => "At least one rerun broke the declared tolerance",
        RerunStatus::NoTolerance | RerunStatus::NotRun => "No tolerance was declared",
    };
    let tolerated = [
        reruns.max_abs_logit_tolerated.map(|v| {
            format!(
                "a difference of {} on the logit scale",
                format::scientific(v)
            )
        }),
        reruns
            .decision_flips_tolerated
            .map(|v| format::counted(v, "changed decision", "changed decisions")),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" and ");
    let tolerated = if tolerated.is_empty() {
        String::new()
    } else {
        format!(" (tolerated: {tolerated})")
    };
    format!(
        "The model was run again {}. {identical} of {n} gave the same bits; {changed}. {verdict}{tolerated}.",
        if n == 1 {
            "once".to_owned()
        } else {
            format!("{n} times")
        }
    )
}

fn runs(runs: &[Rerun]) -> Table {
    let rows = runs
        .iter()
        .map(|r| {
            let (word, class) = match r.within_tolerance {
                Some(true) => ("Within", "verdict pass"),
                Some(false) => ("Broken", "verdict fail"),
                None => ("None declared", "verdict none"),
            };
            let one_sided = (r.n_one_sided > 0)
                .then(|| format!("{} in one run only", format::count(r.n_one_sided)));
            let compared = Cell::new(format::count(r.n_compared));
            Row {
                id: None,
                class: "",
                cells: vec![
                    Cell::new(names::name(&r.id)),
                    Cell::new(r.varied.join("; ").replace("->", "\u{2192}")),
                    Cell::new(names::name(&r.engine)),
                    match one_sided {
                        Some(note) => compared.with_note(note),
                        None => compared,
                    },
                    Cell::new(if r.identical_bits { "yes" } else { "no" }),
                    Cell::new(format::scientific(r.max_abs_difference)).with_note(r.scale.clone()),
                    Cell::new(
                        r.max_ulp
                            .map_or_else(|| "unknown".to_owned(), format::count),
                    ),
                    Cell::new(format::scientific(r.max_abs_score_difference)),
                    Cell::new(format::count(r.decision_flips)),
                    Cell::new(format::count(r.n_near_threshold)),
                    Cell::new(word).with_class(class),
                ],
            }
        })
        .collect();
    Table {
        caption: "What was varied and what differed".to_owned(),
        class: "reruns",
        columns: vec![
            Column::text("Rerun"),
            Column::text("Varied"),
            Column::text("Engine"),
            Column::number("Samples"),
            Column::text("Same bits"),
            Column::number("Largest difference"),
            Column::number("ULP"),
            Column::number("Largest score difference"),
            Column::number("Decisions changed"),
            Column::number("Near threshold"),
            Column::text("Tolerance"),
        ],
        rows,
        ..Table::default()
    }
}

/// By group, the rerun that changed most: one row a stratum keeps the table readable.
fn groups(index: &Index<'_>, section: &mut Section) {
    let runs = &index.result.reproducibility.runs;
    let mut worst: Vec<(&Rerun, &RerunGroup)> = Vec::new();
    for run in runs {
        for group in &run.groups {
            let same = |(_, g): &&mut (&Rerun, &RerunGroup)| {
                g.endpoint == group.endpoint
                    && g.attribute == group.attribute
                    && g.level == group.level
            };
            match worst.iter_mut().find(same) {
                Some(kept) => {
                    if (group.decision_flips, group.max_abs_score_difference)
                        > (kept.1.decision_flips, kept.1.max_abs_score_difference)
                    {
                        *kept = (run, group);
                    }
                }
                None => worst.push((run, group)),
            }
        }
    }
    if worst.is_empty() {
        return;
    }
    worst.sort_by_key(|(_, g)| rank(&g.attribute));
    let rows = worst
        .iter()
        .map(|(run, g)| Row {
            id: None,
            class: if g.attribute == "overall" {
                "whole"
            } else {
                ""
            },
            cells: vec![
                Cell::new(format!(
                    "{}{}",
                    names::group(&g.attribute, &g.level),
                    of_endpoint(index, &g.endpoint)
                )),
                Cell::new(format::count(g.n)),
                Cell::new(format::count(g.n_patients)),
                Cell::new(format::count(g.decision_flips)),
                Cell::new(format::count(g.patients_with_flips)),
                Cell::new(format::share_of_one(g.flip_share_upper)),
                Cell::new(format::scientific(g.max_abs_score_difference)),
                Cell::new(names::name(&run.id)),
            ],
        })
        .collect();
    section.blocks.push(Block::Table(Table {
        caption: "By group, the rerun that differed most".to_owned(),
        description: Some(
            "The upper bound is exact and one-sided at 97.5%: the share of patients whose decision could change although none, \
             or so few, did here. All reruns stand in tables/reruns.csv."
                .to_owned(),
        ),
        class: "rerun-groups",
        folded: Some(true),
        columns: vec![
            Column::group("Group"),
            Column::number("Samples"),
            Column::number("Patients"),
            Column::number("Decisions changed"),
            Column::number("Patients affected"),
            Column::number("Upper bound of their share"),
            Column::number("Largest score difference"),
            Column::text("Rerun"),
        ],
        rows,
    }));
}
