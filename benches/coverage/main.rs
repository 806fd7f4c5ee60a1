//! How often limits and verdicts of audits are wrong, by simulation: `cargo bench --bench coverage`.
//!
//! Writes `docs/coverage.csv`, `docs/verdict-rates.csv`, `docs/coverage-auroc.csv` and the page
//! `docs/coverage.md`; with `-- areas` only the third and its part of the page. The same seed gives
//! the same numbers on any number of threads; `tests/coverage.rs` reproduces a sample.
//! Without `--bench` (as `cargo test --benches` calls it) nothing is simulated.
#![allow(
    missing_docs,
    clippy::print_stderr,
    reason = "a bench says what it does"
)]

mod areas;
mod pages;
mod proportions;
mod verdicts;

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

fn main() -> std::io::Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let started = Instant::now();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let areas: Vec<areas::Row> = areas::cells()
        .into_par_iter()
        .map(|cell| areas::simulate(cell, areas::AUDITS, pages::SEED))
        .collect();
    eprintln!("{} cells of areas: {:?}", areas.len(), started.elapsed());
    std::fs::write(docs.join("coverage-auroc.csv"), areas::rows_csv(&areas))?;
    let end = areas::section(&areas);
    if std::env::args().any(|argument| argument == "areas") {
        let page = std::fs::read_to_string(docs.join("coverage.md"))?;
        let kept = page.split(areas::HEADING).next().unwrap_or_default();
        return std::fs::write(docs.join("coverage.md"), format!("{kept}{end}"));
    }
    let rows: Vec<proportions::Row> = proportions::cells()
        .into_par_iter()
        .map(|cell| proportions::simulate(cell, pages::AUDITS, pages::SEED))
        .collect();
    std::fs::write(docs.join("coverage.csv"), pages::rows_csv(&rows))?;
    eprintln!(
        "{} cells of proportions: {:?}",
        rows.len(),
        started.elapsed()
    );
    let rates: Vec<verdicts::Rates> = verdicts::scenes()
        .into_par_iter()
        .map(|scene| verdicts::simulate(scene, pages::VERDICT_AUDITS, pages::SEED))
        .collect();
    eprintln!(
        "{} scenes of verdicts: {:?}",
        rates.len(),
        started.elapsed()
    );
    std::fs::write(docs.join("verdict-rates.csv"), pages::rates_csv(&rates))?;
    std::fs::write(docs.join("coverage.md"), pages::page(&rows, &rates) + &end)
}
