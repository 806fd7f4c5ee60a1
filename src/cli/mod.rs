//! Arguments, one file a command, progress, diagnostics, exit codes.
//!
//! Standard output carries results, standard error progress and log. Errors are printed here
//! and nowhere else.

mod arguments;
mod baseline;
mod calc;
mod calc_values;
mod check;
mod check_chances;
mod compare;
mod completions;
mod doctor;
mod evaluate;
mod exit;
mod explain;
mod failure;
mod help;
mod hosting;
mod import;
mod init;
mod init_questions;
mod inspect;
mod inspect_text;
mod language;
mod man;
mod output;
mod predict;
mod progress;
mod qualify;
mod report;
mod run;
mod runtime;
mod schema;
mod verify;

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::audit::AuditError;

pub use arguments::{Arguments, Command};
pub use exit::Exit;

/// Parses the arguments, runs the command, prints what failed, gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let typed = help::command().try_get_matches();
    let arguments = match typed.and_then(|typed| Arguments::from_arg_matches(&typed)) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Clap prints help and version to standard output with success, mistakes to standard error.
            let shown = error.print();
            return if error.use_stderr() || shown.is_err() {
                Exit::Usage.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    progress::log_to_stderr(arguments.global.verbose, arguments.global.quiet);
    // A panic is told once, where it ends the program; those of a decoder on a damaged file are
    // caught where they happen and never reach the user.
    std::panic::set_hook(Box::new(|panic| tracing::debug!("{panic}")));
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(&arguments))) {
        Ok(exit) => exit.into(),
        Err(panic) => failure::print(
            &AuditError::Internal(said(panic.as_ref())),
            &arguments.global,
        )
        .into(),
    }
}

/// What a panic said.
fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!(
        "{}; this is a fault of equipoise, please report it",
        text.unwrap_or("no reason was given")
    )
}

fn dispatch(arguments: &Arguments) -> Exit {
    let outcome = match &arguments.command {
        Command::Run(given) => run::run(given, &arguments.global),
        Command::Check(given) => check::check(given, &arguments.global),
        Command::Predict(given) => predict::predict(given, &arguments.global),
        Command::Doctor(given) => doctor::doctor(given, &arguments.global),
        Command::Evaluate(given) => evaluate::evaluate(given, &arguments.global),
        Command::Report(given) => report::report(given, &arguments.global),
        Command::Baseline(given) => baseline::baseline(given, &arguments.global),
        Command::Compare(given) => compare::compare(given, &arguments.global),
        Command::Verify(given) => verify::verify(given, &arguments.global),
        Command::Explain(given) => explain::explain(given, &arguments.global),
        Command::Import(given) => import::import(given, &arguments.global),
        Command::Init(given) => init::init(given, &arguments.global),
        Command::Completions(given) => completions::completions(given),
        Command::Man(given) => man::man(given),
        Command::Inspect(given) => inspect::inspect(given, &arguments.global),
        Command::Runtime(given) => runtime::runtime(given, &arguments.global),
        Command::Language(given) => language::language(given, &arguments.global),
        Command::Schema(given) => schema::schema(given),
        Command::Qualify(given) => qualify::qualify(given, &arguments.global),
        Command::Calc(given) => calc::calc(given, &arguments.global),
    };
    match outcome {
        Ok(exit) => exit,
        Err(error) => failure::print(&error, &arguments.global),
    }
}
