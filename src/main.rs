//! Parses, runs, maps to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    equipoise::cli::main()
}
