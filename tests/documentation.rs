//! The commands of README and docs: those in `console` blocks are run, in order, in one folder for
//! each page; those in `sh` blocks are for other machines, and are only read as the program reads
//! them.
//!
//! In a `console` block a line that begins with `$ ` is a command; `# exit code N` behind it says how
//! it ends (0 otherwise). Any other line must be printed by the command above it, `...` stands for
//! whatever is left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use equipoise::cli::Arguments;
use support::project;

/// A fenced block: what it is, its first line's number, its lines.
struct Block {
    kind: String,
    line: usize,
    lines: Vec<String>,
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![project().join("README.md")];
    let docs = std::fs::read_dir(project().join("docs")).unwrap();
    pages.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "md")),
    );
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), open) {
            (Some(kind), false) => {
                open = true;
                blocks.push(Block {
                    kind: kind.trim().to_owned(),
                    line: number + 2,
                    lines: Vec::new(),
                });
            }
            (Some(_), true) => open = false,
            (None, true) => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            (None, false) => {}
        }
    }
    assert!(!open, "{}: a block is not closed", page.display());
    blocks
}

/// A command, how it ends, and what it prints.
struct Told {
    line: usize,
    command: String,
    code: i32,
    printed: Vec<String>,
}

fn commands(block: &Block) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    let mut continues = false;
    for (place, line) in block.lines.iter().enumerate() {
        let joined = line.trim_end().trim_end_matches('\\');
        if continues {
            told.last_mut().unwrap().command += joined;
        } else if let Some(command) = joined.strip_prefix("$ ") {
            told.push(Told {
                line: block.line + place,
                command: command.to_owned(),
                code: 0,
                printed: Vec::new(),
            });
        } else {
            let last = told.last_mut().unwrap_or_else(|| {
                panic!(
                    "line {}: a console block begins with `$ `",
                    block.line + place
                )
            });
            last.printed.push(line.clone());
        }
        continues = line.trim_end().ends_with('\\');
    }
    for one in &mut told {
        if let Some((command, code)) = one.command.clone().split_once("# exit code ") {
            one.command = command.trim().to_owned();
            one.code = code.trim().parse().unwrap();
        }
    }
    told
}

/// Whether a line is printed; `...` stands for anything.
fn is_printed(output: &str, line: &str) -> bool {
    let parts: Vec<&str> = line.split("...").map(str::trim).collect();
    output.lines().any(|printed| {
        let mut rest = printed;
        parts.iter().all(|part| match rest.find(part) {
            Some(at) => {
                rest = &rest[at + part.len()..];
                true
            }
            None => false,
        })
    })
}

fn run_page(page: &Path) -> usize {
    let told: Vec<Told> = blocks(page)
        .iter()
        .filter(|block| block.kind == "console")
        .flat_map(commands)
        .collect();
    if told.is_empty() {
        return 0;
    }
    let folder = tempfile::tempdir().unwrap();
    for name in ["audits", "fixtures"] {
        std::os::unix::fs::symlink(project().join(name), folder.path().join(name)).unwrap();
    }
    let binary = assert_cmd::cargo::cargo_bin("equipoise");
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    for one in &told {
        let output = Command::new("bash")
            .args(["--norc", "-c", &one.command])
            .current_dir(folder.path())
            .env("PATH", &path)
            .env_remove("ORT_DYLIB_PATH")
            .env_remove("EQUIPOISE_LOG")
            .output()
            .unwrap();
        let printed = format!("{}{}", support::stdout(&output), support::stderr(&output));
        let place = format!("{} line {}: {}", page.display(), one.line, one.command);
        assert_eq!(support::code(&output), one.code, "{place}\n{printed}");
        for line in one.printed.iter().filter(|line| !line.trim().is_empty()) {
            assert!(
                is_printed(&printed, line),
                "{place}\nexpected: {line}\nin:\n{printed}"
            );
        }
    }
    sections_are_those_of_the_report(page, folder.path());
    told.len()
}

/// Sections of the report that a table of the page names, in italics, are headings of the report that
/// the page's commands wrote.
fn sections_are_those_of_the_report(page: &Path, folder: &Path) {
    let text = std::fs::read_to_string(page).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let named: Vec<&str> = rows
        .flat_map(|row| row.split('*').skip(1).step_by(2))
        .filter(|name| name.starts_with(char::is_uppercase))
        .collect();
    if named.is_empty() {
        return;
    }
    let report = std::fs::read_to_string(folder.join("out/demo/report.html")).unwrap();
    for name in named {
        let heading = format!("{}</h", name.replace('\'', "&#x27;"));
        assert!(
            report.contains(&heading),
            "{}: the report has no section \"{name}\"",
            page.display()
        );
    }
}

#[test]
fn the_commands_of_every_page_end_and_print_as_told() {
    // A page is a folder of its own, so that pages need not wait for one another.
    let pages = pages();
    let run: usize = std::thread::scope(|scope| {
        let running: Vec<_> = pages
            .iter()
            .map(|page| scope.spawn(|| run_page(page)))
            .collect();
        running.into_iter().map(|page| page.join().unwrap()).sum()
    });
    assert!(run >= 12, "only {run} commands were found");
}

/// The program's own command lines of a block for other machines.
fn own_lines(block: &Block) -> Vec<String> {
    let text = block.lines.join("\n").replace("\\\n", " ");
    let own = |line: &str| {
        let line = line.split(" #").next().unwrap_or_default();
        let line = line
            .split(['|', '>', ';', '&'])
            .next()
            .unwrap_or_default()
            .trim();
        let line = line.replace("cargo run --release -- ", "equipoise ");
        line.starts_with("equipoise ").then_some(line)
    };
    text.lines().filter_map(own).collect()
}

/// Words of a command line; quotation marks hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn commands_for_other_machines_are_commands_of_this_program() {
    let mut read = 0;
    for page in pages() {
        for block in blocks(&page) {
            assert!(
                !matches!(
                    block.kind.as_str(),
                    "bash" | "shell" | "shell-session" | "zsh"
                ),
                "{} line {}: write `console` for what is run, `sh` for what is not",
                page.display(),
                block.line
            );
            if block.kind != "sh" {
                continue;
            }
            for line in own_lines(&block) {
                if let Err(error) = Arguments::try_parse_from(words(&line)) {
                    panic!("{} line {}: {line}\n{error}", page.display(), block.line);
                }
                read += 1;
            }
        }
    }
    assert!(read >= 10, "only {read} command lines were found");
}

/// Links between the pages, and from them to files of the project.
#[test]
fn links_lead_to_files_that_are_there() {
    let mut followed = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for piece in text.split("](").skip(1) {
            let target = piece.split(')').next().unwrap();
            let path = target.split('#').next().unwrap();
            if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let file = page.parent().unwrap().join(path);
            assert!(file.exists(), "{}: {target} is not there", page.display());
            followed += 1;
        }
    }
    assert!(followed > 20, "{followed}");
}

/// Every page stands in the book, and the book names no page that is not there.
#[test]
fn the_book_holds_every_page() {
    let summary = std::fs::read_to_string(project().join("docs/SUMMARY.md")).unwrap();
    for page in pages() {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        if page.parent() == Some(&project()) || name == "SUMMARY.md" {
            continue;
        }
        assert!(
            summary.contains(&format!("({name})")),
            "{name} is not in docs/SUMMARY.md"
        );
    }
}
