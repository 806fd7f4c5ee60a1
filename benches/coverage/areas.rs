//! Audits of one area under the ROC curve, simulated: how often its gating limits miss the truth.

use std::fmt::Write as _;

use equipoise::metrics::{AurocMethod, auroc};
use equipoise::statistics::{Purpose, RandomStream, binormal_shift};

use crate::pages::SEED;
use crate::proportions::{ALPHA, CONFIDENCE};

/// Audits of a cell: a share of 2.5% has a standard error of 0.16 points.
pub const AUDITS: u64 = 10_000;

/// Whose property the truth is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Of the patient: all images of one patient are of one class.
    Patient,
    /// Of the image: classes alternate within a patient.
    Image,
}

impl Truth {
    fn name(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Image => "image",
        }
    }
}

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// True area: that of a positive and a negative of different patients.
    pub area: f64,
    /// Whose property the truth is.
    pub truth: Truth,
    /// Patients of each class (all patients where classes alternate within them).
    pub patients: (u32, u32),
    /// Images of each patient.
    pub images: u32,
    /// Intracluster correlation of the scores of one class.
    pub icc: f64,
}

/// What came of it; shares of the audits that had limits and enough patients for a gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was simulated.
    pub cell: Cell,
    /// Share of audits that a gate would not decide.
    pub undecided: f64,
    /// Share of displayed intervals that hold the truth; of all audits with an interval.
    pub coverage: f64,
    /// Share of gating lower limits above the truth.
    pub lower_missed: f64,
    /// Share of gating upper limits below the truth.
    pub upper_missed: f64,
}

/// Scores of one audit: a normal of the patient and one of the image, positives shifted so that the
/// area is the stated one.
fn drawn(cell: &Cell, stream: &mut RandomStream) -> (Vec<bool>, Vec<f64>, Vec<u32>) {
    let shift = binormal_shift(cell.area);
    let (own, rest) = (cell.icc.sqrt(), (1.0 - cell.icc).sqrt());
    let (mut y, mut score, mut cluster) = (Vec::new(), Vec::new(), Vec::new());
    let patients = match cell.truth {
        Truth::Patient => cell.patients.0 + cell.patients.1,
        Truth::Image => cell.patients.0,
    };
    for patient in 0..patients {
        let level = own * stream.normal();
        for image in 0..cell.images {
            let positive = match cell.truth {
                Truth::Patient => patient < cell.patients.0,
                Truth::Image => (patient + image) % 2 == 0,
            };
            y.push(positive);
            score.push(level + rest * stream.normal() + if positive { shift } else { 0.0 });
            cluster.push(patient);
        }
    }
    (y, score, cluster)
}

/// Simulates so many audits of a cell; the same numbers for the same seed.
pub fn simulate(cell: Cell, audits: u64, seed: u64) -> Row {
    let (mut shown, mut held, mut decided, mut lower, mut upper) = (0u64, 0u64, 0u64, 0u64, 0u64);
    for audit in 0..audits {
        let mut stream = RandomStream::new(seed, Purpose::Simulation, audit);
        let (y, score, cluster) = drawn(&cell, &mut stream);
        let Ok(found) = auroc(&y, &score, Some(&cluster)) else {
            continue;
        };
        let Ok((limits, _)) = found.interval(AurocMethod::Logit, CONFIDENCE) else {
            continue;
        };
        shown += 1;
        held += u64::from(limits.contains(cell.area));
        let at = found.interval(AurocMethod::Logit, 1.0 - 2.0 * ALPHA);
        let (Ok((at, _)), None) = (at, found.undecided()) else {
            continue;
        };
        decided += 1;
        lower += u64::from(at.lower > cell.area);
        upper += u64::from(at.upper < cell.area);
    }
    let share = |count: u64, of: u64| count as f64 / of.max(1) as f64;
    Row {
        cell,
        undecided: 1.0 - share(decided, audits),
        coverage: share(held, shown),
        lower_missed: share(lower, decided),
        upper_missed: share(upper, decided),
    }
}

/// Every cell of the table.
pub fn cells() -> Vec<Cell> {
    let mut all = Vec::new();
    for (truth, patients) in [
        (Truth::Patient, (5, 5)),
        (Truth::Patient, (10, 10)),
        (Truth::Patient, (10, 40)),
        (Truth::Patient, (20, 20)),
        (Truth::Patient, (20, 80)),
        (Truth::Patient, (50, 50)),
        (Truth::Patient, (100, 100)),
        (Truth::Image, (10, 10)),
        (Truth::Image, (20, 20)),
        (Truth::Image, (50, 50)),
        (Truth::Image, (200, 200)),
    ] {
        for (images, icc) in [
            (1, 0.0),
            (2, 0.3),
            (2, 0.6),
            (4, 0.3),
            (4, 0.6),
            (10, 0.0),
            (10, 0.3),
            (10, 0.6),
        ] {
            // A single image has no other class beside it.
            if truth == Truth::Image && images == 1 {
                continue;
            }
            for area in [0.7, 0.8, 0.9, 0.97] {
                all.push(Cell {
                    area,
                    truth,
                    patients,
                    images,
                    icc,
                });
            }
        }
    }
    all
}

/// One line of `coverage-auroc.csv`.
pub fn row_csv(row: &Row) -> String {
    let cell = &row.cell;
    format!(
        "{},{},{},{},{},{},{AUDITS},{:.4},{:.4},{:.4},{:.4}",
        cell.area,
        cell.truth.name(),
        cell.patients.0,
        cell.patients.1,
        cell.images,
        cell.icc,
        row.undecided,
        row.coverage,
        row.lower_missed,
        row.upper_missed,
    )
}

/// `coverage-auroc.csv`.
pub fn rows_csv(rows: &[Row]) -> String {
    let mut text =
        "auroc,truth_of,patients_positive,patients_negative,images_per_patient,intracluster_correlation,audits,\
         undecided,coverage,gate_lower_missed,gate_upper_missed\n"
            .to_owned();
    for row in rows {
        text.push_str(&row_csv(row));
        text.push('\n');
    }
    text
}

/// Heading under which the table stands on the page; it is the last one there.
pub const HEADING: &str = "\n## Area under the ROC curve\n";

/// The end of the page.
pub fn section(rows: &[Row]) -> String {
    let mut text = format!(
        "{HEADING}\n\
         Scores of both classes are normal, positives shifted so that the area is the stated one (of pairs of\n\
         different patients); a patient's images share a part of their scores, the stated correlation. The truth is\n\
         the patient's (all images of one class) or the image's (classes alternate within a patient). Seed {SEED},\n\
         {AUDITS} audits a cell: a share of 2.5% has a standard error of 0.16 points. The numbers are in\n\
         `coverage-auroc.csv`. Displayed: 95% limits. Gating: one-sided 2.5% limits by the same method, and no verdict\n\
         below ten patients of a class where patients have several images.\n\n\
         {}\n\n",
        in_short(rows)
    );
    summary(&mut text, rows);
    text.push_str("\n### Gating limits: per cent of audits in which the lower (upper) limit excludes the true area\n\n");
    table(&mut text, rows, |row| {
        if row.undecided < 1.0 {
            format!(
                "{} ({})",
                percent(row.lower_missed),
                percent(row.upper_missed)
            )
        } else {
            "no verdict".to_owned()
        }
    });
    text.push_str("\n### Displayed limits: per cent of audits that hold the true area\n\n");
    table(&mut text, rows, |row| percent(row.coverage));
    text
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn patients(cell: &Cell) -> String {
    match cell.truth {
        Truth::Patient => format!("{} + {}", cell.patients.0, cell.patients.1),
        Truth::Image => format!("{} with both", cell.patients.0),
    }
}

/// What the table comes to: few patients of the rarer class, and 20 or more.
pub fn in_short(rows: &[Row]) -> String {
    let (few, more): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .partition(|row| row.cell.patients.0.min(row.cell.patients.1) < 20);
    let largest = |rows: &[&Row], of: fn(&Row) -> f64| {
        percent(rows.iter().map(|row| of(row)).fold(0.0, f64::max))
    };
    format!(
        "**With 5 to 10 patients of the rarer class an upper gating limit errs in up to {}% of audits, not in the 2.5%\n\
         that are asked of it, and a lower one in up to {}%.** A floor fails by the upper limit and passes by the lower\n\
         one. From 20 patients of each class on no gating limit errs in more than {}% of audits.",
        largest(&few, |row| row.upper_missed),
        largest(&few, |row| row.lower_missed),
        largest(&more, |row| row.lower_missed.max(row.upper_missed)),
    )
}

/// One line for each number of patients: the largest misses.
fn summary(text: &mut String, rows: &[Row]) {
    text.push_str(
        "| patients | mean coverage, % | least | largest miss of a lower gating limit, % | of an upper one, % | cells with a miss above 3% |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for here in rows.chunk_by(|a, b| patients(&a.cell) == patients(&b.cell)) {
        let largest = |of: fn(&Row) -> f64| percent(here.iter().map(of).fold(0.0, f64::max));
        let mean = here.iter().map(|row| row.coverage).sum::<f64>() / here.len() as f64;
        let above = here
            .iter()
            .filter(|row| row.lower_missed.max(row.upper_missed) > 0.03)
            .count();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {above} of {} |",
            patients(&here[0].cell),
            percent(mean),
            percent(here.iter().map(|row| row.coverage).fold(1.0, f64::min)),
            largest(|row| row.lower_missed),
            largest(|row| row.upper_missed),
            here.len(),
        );
    }
}

fn table(text: &mut String, rows: &[Row], shown: impl Fn(&Row) -> String) {
    let key = |row: &Row| (patients(&row.cell), row.cell.images, row.cell.icc);
    let Some(first) = rows.first() else { return };
    text.push_str("| patients | images | correlation |");
    let mut rule = "| --- | --- | --- |".to_owned();
    for row in rows.iter().take_while(|row| key(row) == key(first)) {
        let _ = write!(text, " {} |", row.cell.area);
        rule.push_str(" --- |");
    }
    let _ = writeln!(text, "\n{rule}");
    for line in rows.chunk_by(|a, b| key(a) == key(b)) {
        let cell = &line[0].cell;
        let _ = write!(
            text,
            "| {} | {} | {} |",
            patients(cell),
            cell.images,
            cell.icc
        );
        for row in line {
            let _ = write!(text, " {} |", shown(row));
        }
        text.push('\n');
    }
}
