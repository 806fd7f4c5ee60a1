//! The commands as they are typed and told of: to the derived ones the exit codes of each are
//! added, so that every help page, manual page and completion says them in the same words.

use clap::{Command, CommandFactory};

use super::arguments::Arguments;

/// Codes of commands that measure and gate.
const MEASURES: &str = "0 every requirement passed, or there is none; 1 one failed; 2 usage or \
                        configuration error; 3 inconclusive; 4 nothing could be evaluated; 5 input \
                        failures; 6 decisions are not reproducible; 7 a waiver is invalid and nothing else \
                        blocks; 70 internal error; 130 interrupted";
/// Codes of all others that have no meaning of their own.
const PLAIN: &str = "0 done; 2 an argument or a file cannot be used; 70 internal error";

/// What the codes of a command mean.
fn exits(command: &str) -> &'static str {
    match command {
        "run" | "evaluate" => MEASURES,
        "check" => {
            "0 the audit can begin; 2 it cannot, and every reason is listed; 70 internal error; \
             130 interrupted"
        }
        "predict" => {
            "0 scores are stored; 2 usage or configuration error; 5 stored, but more samples failed than \
             the audit file allows; 70 internal error; 130 interrupted"
        }
        "doctor" => {
            "0 within the tolerance, or nothing to compare with; 2 usage or configuration error; \
             5 beyond the tolerance; 70 internal error; 130 interrupted"
        }
        "inspect" => {
            "0 every file was read; 2 an argument cannot be used; 5 a file was refused; 70 internal error"
        }
        "qualify" => {
            "0 every number is reproduced; 1 one is not; 2 a file cannot be read or written; 70 internal error"
        }
        "compare" => {
            "0 both folders were read, whether or not anything differs; 2 one cannot be read; \
             70 internal error"
        }
        "verify" => {
            "0 every file is what the manifest says; 2 the folder holds no manifest; 5 an output differs, is \
             missing or is not in the manifest, or an input differs; 70 internal error"
        }
        "init" => {
            "0 the file is written; 2 it is not: something was not found, or a file is there already; \
             70 internal error; 130 nothing was answered"
        }
        "import" => {
            "0 the file is written or printed; 2 it is not: a file of no known kind, or a file is there \
             already; 70 internal error"
        }
        _ => PLAIN,
    }
}

/// The whole command line.
pub(super) fn command() -> Command {
    with_exits(Arguments::command())
}

fn with_exits(command: Command) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|one| one.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(&name, |one| {
            let said = one.get_after_help().map(ToString::to_string);
            let said = said.map_or_else(String::new, |said| said + "\n\n");
            let told = format!("{said}Exit codes: {}.", exits(&name));
            with_exits(one.after_help(told))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(command: &Command, path: &str, seen: &mut Vec<(String, String)>) {
        for one in command.get_subcommands() {
            let path = format!("{path} {}", one.get_name());
            let help = one.get_after_help().map(ToString::to_string);
            seen.push((path.clone(), help.unwrap_or_default()));
            each(one, &path, seen);
        }
    }

    #[test]
    fn every_command_has_examples_that_can_be_typed_and_exit_codes() {
        let mut seen = Vec::new();
        each(&command(), "equipoise", &mut seen);
        assert!(seen.len() > 20);
        for (path, help) in seen {
            assert!(help.contains("Example"), "{path} has no example");
            assert!(help.contains("Exit codes: 0 "), "{path}: {help}");
            let typed = help
                .lines()
                .filter(|line| line.trim().starts_with("equipoise "));
            assert!(
                typed.count() > 0,
                "{path}: no example begins with the program's name"
            );
            let longest = help
                .lines()
                .take_while(|line| !line.starts_with("Exit codes"));
            assert!(
                longest.clone().all(|line| line.chars().count() <= 110),
                "{path}: {help}"
            );
        }
    }

    #[test]
    fn clap_finds_nothing_wrong() {
        command().debug_assert();
    }
}
