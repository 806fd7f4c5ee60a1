//! The newcomer's way of docs/newcomer.md, on the demo's images: from `init` to a gate in a clone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::process::Command;

use support::{code, project, stderr, stdout};

#[test]
fn a_folder_that_was_never_seen_reaches_a_gate() {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("python3") || !there("git") {
        eprintln!("skipped: python3 or git is not here");
        return;
    }
    let binary = assert_cmd::cargo::cargo_bin("equipoise");
    let output = Command::new("python3")
        .arg(project().join("benches/newcomer.py"))
        .arg("--demo")
        .arg("--binary")
        .arg(binary)
        .env_remove("ORT_DYLIB_PATH")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let told = stdout(&output);
    // The demo's planted site, under another name for everything.
    assert!(
        told.contains("sensitivity of hospital=West is 0.324"),
        "{told}"
    );
    assert!(
        told.contains("| the gate in CI, in a clone | `job.sh` |"),
        "{told}"
    );
    assert!(told.contains("2 TODO(s) filled in by hand"), "{told}");
}
