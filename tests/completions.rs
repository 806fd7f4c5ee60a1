//! Completions as a shell runs them, and manual pages as `man` reads them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::process::{Command, Stdio};

use support::{code, run, stderr, stdout};

/// What bash offers after these words; the last one is being typed.
fn offered(script: &str, words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let line = format!(
        "{script}\nCOMP_WORDS=({}); COMP_CWORD={}; COMPREPLY=()\n\
         _equipoise equipoise \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        quoted.join(" "),
        words.len() - 1
    );
    let shell = Command::new("bash").args(["--norc", "-c", &line]).output();
    let Ok(output) = shell else {
        eprintln!("skipped: bash is not here");
        return None;
    };
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    Some(stdout(&output).lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_commands_options_and_values() {
    let script = run(&["completions", "bash"]);
    assert_eq!(code(&script), 0);
    let script = stdout(&script);
    let cases: [(&[&str], &str); 5] = [
        (&["equipoise", "ev"], "evaluate"),
        (&["equipoise", "init", "--pre"], "--preprocessor"),
        (&["equipoise", "run", "--exit"], "--exit-zero"),
        (&["equipoise", "runtime", "inst"], "install"),
        (&["equipoise", "check", "--format", "js"], "json"),
    ];
    for (words, expected) in cases {
        let Some(found) = offered(&script, words) else {
            return;
        };
        assert_eq!(found, [expected], "{words:?}");
    }
}

#[test]
fn every_shell_has_a_script_that_knows_the_commands() {
    for (shell, mark) in [
        ("zsh", "#compdef equipoise"),
        ("fish", "complete -c equipoise"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[equipoise]"),
    ] {
        let output = run(&["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        let script = stdout(&output);
        assert!(script.contains(mark), "{shell}");
        for word in ["evaluate", "exit-zero", "preprocessor"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(code(&run(&["completions", "tcsh"])), 2);
}

/// `man` and `groff` warn of what they cannot read; there must be nothing.
#[test]
fn manual_pages_are_read_without_a_warning() {
    for page in ["", "run", "init", "calc", "runtime"] {
        let mut arguments = vec!["man"];
        arguments.extend((!page.is_empty()).then_some(page));
        let output = run(&arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = stdout(&output);
        assert!(
            text.contains(".SH NAME") && text.contains(".SH OPTIONS"),
            "{text}"
        );
        assert!(text.contains("Exit codes"), "{page}: {text}");
        // The same bytes on every day, on every machine.
        assert_eq!(text, stdout(&run(&arguments)));
        let groff = Command::new("groff")
            .args(["-man", "-Tutf8", "-ww", "-z"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut groff) = groff else {
            eprintln!("skipped: groff is not here");
            continue;
        };
        std::io::Write::write_all(&mut groff.stdin.take().unwrap(), &output.stdout).unwrap();
        let read = groff.wait_with_output().unwrap();
        assert_eq!(stderr(&read), "", "{page}");
        assert!(read.status.success());
    }
    let unknown = run(&["man", "audit"]);
    assert_eq!(code(&unknown), 2);
    assert!(
        stderr(&unknown).contains("there is no command \"audit\""),
        "{}",
        stderr(&unknown)
    );
}
