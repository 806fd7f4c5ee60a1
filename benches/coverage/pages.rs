//! The tables as files: CSV for machines, one Markdown page for readers.

use std::fmt::Write as _;

use crate::proportions::{Images, Row};
use crate::verdicts::{ICC, Rates, Rule, SENSITIVITY};

/// Seed of every table.
pub const SEED: u64 = 20_261_124;
/// Audits of a cell: a share of 2.5% has a standard error of 0.16 points.
pub const AUDITS: u64 = 10_000;
/// Audits of a scene: a share of 2.5% has a standard error of 0.35 points.
pub const VERDICT_AUDITS: u64 = 2000;

/// One line of `coverage.csv`.
pub fn row_csv(row: &Row) -> String {
    let cell = &row.cell;
    format!(
        "{},{},{},{},{},{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{:.3}",
        cell.proportion,
        cell.patients,
        cell.images.name(),
        cell.icc,
        row.audits,
        row.not_estimable,
        row.few_carriers,
        row.coverage,
        row.width,
        row.lower_missed,
        row.upper_missed,
        row.n_kept
    )
}

/// `coverage.csv`.
pub fn rows_csv(rows: &[Row]) -> String {
    let mut text = "proportion,patients,images_per_patient,intracluster_correlation,audits,not_estimable,few_carriers,\
                    coverage,mean_width,gate_lower_missed,gate_upper_missed,effective_n_kept\n"
        .to_owned();
    for row in rows {
        text.push_str(&row_csv(row));
        text.push('\n');
    }
    text
}

fn optional(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| format!("{value:.4}"))
}

/// One line of `verdict-rates.csv`.
pub fn rate_csv(rates: &Rates) -> String {
    let scene = &rates.scene;
    let (rule, bound) = match scene.rule {
        Rule::Gap(margin) => ("gap", margin),
        Rule::Floor(floor) => ("floor", floor),
    };
    format!(
        "{rule},{bound},{},{},{},{},{},{:.4},{},{:.4},{:.4},{},{}",
        scene.groups,
        scene.patients,
        scene.images.name(),
        scene.gap,
        rates.audits,
        rates.false_alarm,
        optional(rates.detected),
        rates.inconclusive,
        rates.passed,
        optional(rates.naive_point),
        optional(rates.naive_interval)
    )
}

/// `verdict-rates.csv`.
pub fn rates_csv(rates: &[Rates]) -> String {
    let mut text = "rule,bound,groups,patients_per_group,images_per_patient,true_gap,audits,false_alarm,detected,inconclusive,\
                    passed,naive_range_above_margin,naive_interval_excludes_zero\n"
        .to_owned();
    for one in rates {
        text.push_str(&rate_csv(one));
        text.push('\n');
    }
    text
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = values.collect();
    all.iter().sum::<f64>() / all.len() as f64
}

fn percent(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

/// The page.
pub fn page(rows: &[Row], rates: &[Rates]) -> String {
    let mut text = format!(
        "# How often limits and verdicts are wrong\n\n\
         Made by `cargo bench --bench coverage` (seed {SEED}); do not edit by hand. The numbers are in\n\
         `coverage.csv` and `verdict-rates.csv`, and `tests/coverage.rs` computes a sample of them again.\n\n\
         Simulated audits: every patient has a probability of its own from a beta distribution, so that the\n\
         events among its images are beta-binomial with the stated intracluster correlation. `mixed` gives\n\
         patients 1, 1, 2, 3, 5 and 10 images in turn. {AUDITS} audits a cell: a share of 2.5% has a\n\
         standard error of 0.16 points.\n\n## Limits of one proportion\n\n"
    );
    summary(&mut text, rows);
    text.push_str(
        "\nDisplayed: Wilson's 95% limits on the effective n. Gating: one-sided 2.5% limits of Clopper and\n\
         Pearson on the effective n, whose variance has Satterthwaite's degrees of freedom, and with the\n\
         rule for few carriers fading out between 4 and 10 effective carriers. The last column is what\n\
         these rules cost: the effective n that decides over the displayed one, on average. Where every\n\
         patient has one image nothing is lost.\n\n\
         ### Gating limits: per cent of audits in which the lower (upper) limit excludes the truth\n\n",
    );
    misses(&mut text, rows);
    text.push_str(
        "\n### Displayed limits: per cent of audits that hold the truth (mean width)\n\n",
    );
    table(&mut text, rows, |row| {
        format!("{} ({:.2})", percent(row.coverage), row.width)
    });
    verdict_page(&mut text, rates);
    text
}

fn summary(text: &mut String, rows: &[Row]) {
    text.push_str(
        "| patients | mean coverage, % | least | mean width | largest miss of a gating limit, % | not estimable, % | effective n kept |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for patients in counts(rows) {
        let here = || rows.iter().filter(move |row| row.cell.patients == patients);
        let _ = writeln!(
            text,
            "| {patients} | {} | {} | {:.3} | {:.2} | {} | {:.2} |",
            percent(mean(here().map(|row| row.coverage))),
            percent(here().map(|row| row.coverage).fold(1.0, f64::min)),
            mean(here().map(|row| row.width)),
            100.0
                * here()
                    .map(|row| row.lower_missed.max(row.upper_missed))
                    .fold(0.0, f64::max),
            percent(mean(here().map(|row| row.not_estimable))),
            mean(here().map(|row| row.n_kept)),
        );
    }
}

fn counts(rows: &[Row]) -> Vec<u64> {
    let mut counts: Vec<u64> = rows.iter().map(|row| row.cell.patients).collect();
    counts.dedup();
    counts
}

fn misses(text: &mut String, rows: &[Row]) {
    table(text, rows, |row| {
        format!(
            "{} ({})",
            percent(row.lower_missed),
            percent(row.upper_missed)
        )
    });
}

/// One line for each number of patients, images and correlation; one column for each proportion.
fn table(text: &mut String, rows: &[Row], shown: impl Fn(&Row) -> String) {
    let key = |row: &Row| (row.cell.patients, row.cell.images, row.cell.icc);
    let Some(first) = rows.first() else { return };
    text.push_str("| patients | images | correlation |");
    for row in rows.iter().take_while(|row| key(row) == key(first)) {
        let _ = write!(text, " p = {} |", row.cell.proportion);
    }
    text.push_str("\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for line in rows.chunk_by(|a, b| key(a) == key(b)) {
        let cell = &line[0].cell;
        let _ = write!(
            text,
            "| {} | {} | {} |",
            cell.patients,
            cell.images.name(),
            cell.icc
        );
        for row in line {
            let _ = write!(text, " {} |", shown(row));
        }
        text.push('\n');
    }
}

fn verdict_page(text: &mut String, rates: &[Rates]) {
    let images = rates
        .first()
        .map_or(Images::Mixed, |one| one.scene.images)
        .name();
    let _ = write!(
        text,
        "\n## Verdicts of the gate\n\n\
         Groups with a sensitivity of {SENSITIVITY}, {images} images a patient, intracluster correlation {ICC}; alpha\n\
         0.025, Holm's correction over the groups. Beside the gate, what two rules would say of the same\n\
         audits that look at the largest difference between groups: `range` says there is a gap when\n\
         largest minus smallest estimate exceeds the margin, `interval` when its 95% bootstrap percentile\n\
         interval (whole patients, 200 resamples) excludes 0. {VERDICT_AUDITS} audits a line, per cent.\n\n\
         ### All groups alike: every `fail` is a false alarm\n\n\
         | margin | groups | patients a group | gate: fail | gate: inconclusive | gate: pass | range | interval |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    let gap = |one: &&Rates| matches!(one.scene.rule, Rule::Gap(_));
    for one in rates.iter().filter(gap).filter(|one| one.scene.gap == 0.0) {
        verdict_line(text, one, None);
    }
    text.push_str(
        "\n### One group worse by a true gap\n\n`gate: fail` is the worse group's; `other` is any other group's.\n\n\
         | margin | true gap | groups | patients a group | gate: fail | other | gate: inconclusive | gate: pass | range | interval |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for one in rates.iter().filter(gap).filter(|one| one.scene.gap > 0.0) {
        verdict_line(text, one, one.detected);
    }
    text.push_str(
        "\n### Floors with all groups alike\n\nWith a floor of 0.85 the truth lies on it, the hardest case for false alarms.\n\n\
         | floor | groups | patients a group | gate: fail | gate: inconclusive | gate: pass |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for one in rates.iter().filter(|one| !gap(one)) {
        verdict_line(text, one, None);
    }
}

fn verdict_line(text: &mut String, one: &Rates, detected: Option<f64>) {
    let (Rule::Gap(bound) | Rule::Floor(bound)) = one.scene.rule;
    let mut cells = vec![format!("{bound:.2}")];
    if detected.is_some() {
        cells.push(one.scene.gap.to_string());
    }
    cells.push(one.scene.groups.to_string());
    cells.push(one.scene.patients.to_string());
    cells.extend(detected.map(percent));
    cells.extend([one.false_alarm, one.inconclusive, one.passed].map(percent));
    cells.extend(
        one.naive_point
            .into_iter()
            .chain(one.naive_interval)
            .map(percent),
    );
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}
