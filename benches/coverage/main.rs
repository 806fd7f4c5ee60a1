//! How often limits and verdicts of audits are wrong, by simulation: `cargo bench --bench coverage`.
//!
//! Writes `docs/coverage.csv`, `docs/verdict-rates.csv` and the page `docs/coverage.md`. The same
//! seed gives the same numbers on any number of threads; `tests/coverage.rs` reproduces a sample.
//! Without `--bench` (as `cargo test --benches` calls it) nothing is simulated.
#![allow(
    missing_docs,
    clippy::print_stderr,
    reason = "a bench says what it does"
)]

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
    let rows: Vec<proportions::Row> = proportions::cells()
        .into_par_iter()
        .map(|cell| proportions::simulate(cell, pages::AUDITS, pages::SEED))
        .collect();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
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
    std::fs::write(docs.join("coverage.md"), pages::page(&rows, &rates))
}
