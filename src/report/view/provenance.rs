//! Findings and provenance.

use std::collections::BTreeMap;

use super::super::anchor::encode_part;
use super::super::result::{AuditResult, InputIdentity, Severity};
use super::super::{format, names};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// What was noticed on the way.
pub(super) fn findings(result: &AuditResult) -> Section {
    let mut section = Section::new("findings", "Findings");
    if result.findings.is_empty() {
        section.absent("Nothing was noticed besides the numbers above.");
        return section;
    }
    let mut sorted: Vec<_> = result.findings.iter().collect();
    sorted.sort_by_key(|f| f.severity);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let rows = sorted
        .into_iter()
        .map(|f| {
            let times = seen.entry(&f.code).or_default();
            *times += 1;
            // A code that occurs again is numbered, so that each row has an address.
            let id = match times {
                1 => format!("finding.{}", encode_part(&f.code)),
                n => format!("finding.{}.{n}", encode_part(&f.code)),
            };
            let (word, class) = match f.severity {
                Severity::Error => ("Error", "verdict fail"),
                Severity::Warning => ("Warning", "verdict inconclusive"),
                Severity::Note => ("Note", "verdict none"),
            };
            let message = Cell::new(f.message.clone());
            Row {
                id: Some(id),
                class: "",
                cells: vec![
                    Cell::new(f.code.clone()).with_class("method"),
                    Cell::new(word).with_class(class),
                    match &f.help {
                        Some(help) => message.with_note(help.clone()),
                        None => message,
                    },
                    Cell::new(f.line.map_or_else(|| "\u{2013}".to_owned(), format::count)),
                ],
            }
        })
        .collect();
    section.blocks.push(Block::Table(Table {
        caption: "Noticed on the way".to_owned(),
        class: "findings",
        columns: vec![
            Column::text("Code"),
            Column::text("Severity"),
            Column::wide("What"),
            Column::number("Line of the audit file"),
        ],
        rows,
        ..Table::default()
    }));
    section
}

/// What ran on what.
pub(super) fn section(result: &AuditResult) -> Section {
    let provenance = &result.provenance;
    let mut section = Section::new("provenance", "Provenance");
    section.say(
        "The same inputs give this page byte for byte. Time, host and duration stand in manifest.json, not here.",
    );
    let mut rows = vec![
        plain(
            "Tool",
            &names::name(&format!("equipoise {}", provenance.equipoise)),
        ),
        hashed(
            "Audit file",
            &names::name(&result.audit.id),
            &result.audit.config_sha256,
            None,
        ),
    ];
    match &provenance.model {
        Some(model) => rows.push(input("Model", model)),
        None => rows.push(plain("Model", "not run here; scores were read from a file")),
    }
    if let Some(engine) = &provenance.engine {
        let what = format!(
            "{}, {} a session, batches of {}",
            names::name(&format!("{} {}", engine.name, engine.version)),
            format::counted(engine.threads, "thread", "threads"),
            engine.batch
        );
        rows.push(match &engine.library_sha256 {
            Some(hash) => hashed("Engine", &what, hash, None),
            None => plain("Engine", &what),
        });
    }
    rows.extend(provenance.inputs.iter().map(|i| {
        let mut role = i.role.clone();
        if let Some(first) = role.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        input(&role, i)
    }));
    if let Some(hash) = &provenance.images_sha256 {
        rows.push(hashed("Images", "all files that were read", hash, None));
    }
    if !provenance.decoders.is_empty() {
        rows.push(plain("Decoders", &names::list(&provenance.decoders)));
    }
    section.blocks.push(Block::Table(Table {
        caption: "What ran on what".to_owned(),
        class: "provenance",
        columns: vec![
            Column::text("Role"),
            Column::text("What"),
            Column::number("Bytes"),
            Column::text("SHA-256"),
        ],
        rows,
        ..Table::default()
    }));
    section.heading("To compute it again");
    section.say(
        "With the same version and the inputs above, from the folder of the audit file. Compare the hashes in the new manifest.json.",
    );
    section.blocks.push(Block::Command(rerun(result)));
    section
}

/// The command line that made this result; file names only, since no path stands in a result.
fn rerun(result: &AuditResult) -> String {
    let file = shell(&result.audit.file);
    if result.provenance.model.is_some() {
        return format!("equipoise run {file} --out out");
    }
    let predictions = result
        .provenance
        .inputs
        .iter()
        .find(|input| input.role == "predictions")
        .map_or_else(|| "PREDICTIONS".to_owned(), |input| shell(&input.file));
    format!("equipoise evaluate {file} --predictions {predictions} --out out")
}

/// A file name as one word of a shell.
fn shell(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

fn input(role: &str, input: &InputIdentity) -> Row {
    hashed(
        role,
        &names::name(&input.file),
        &input.sha256,
        Some(input.bytes),
    )
}

fn hashed(role: &str, what: &str, hash: &str, bytes: Option<u64>) -> Row {
    Row {
        id: None,
        class: "",
        cells: vec![
            Cell::new(role),
            Cell::new(what),
            Cell::new(bytes.map_or_else(|| "\u{2013}".to_owned(), format::count)),
            Cell::new(hash).with_class("hash"),
        ],
    }
}

fn plain(role: &str, what: &str) -> Row {
    Row {
        id: None,
        class: "",
        cells: vec![
            Cell::new(role),
            Cell::new(what),
            Cell::new("\u{2013}"),
            Cell::new("\u{2013}"),
        ],
    }
}
