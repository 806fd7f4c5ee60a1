//! What the integration tests share: the binary, temporary audits, results as JSON.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod begun;
pub mod every_task;
pub mod planned;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use equipoise::engine::{Places, find};
use serde_json::Value;

/// The project's folder.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Real data beside the project, or `None` with a line that says that the test skips.
pub fn shared(what: &str) -> Option<PathBuf> {
    let path = project().join("../shared").join(what);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {what} is not here");
    None
}

/// The entries of `preprocess` in a draft of `import`, without what they come from.
pub fn imported_steps(yaml: &str) -> Vec<String> {
    let lines = yaml
        .lines()
        .skip_while(|line| !line.starts_with("preprocess:"));
    let lines = lines.skip(1).take_while(|line| line.starts_with("  - "));
    lines
        .map(|line| {
            let step = line.trim_start_matches("  - ");
            step.split("  #").next().unwrap().to_owned()
        })
        .collect()
}

/// Engines that are here; says so where ONNX Runtime is not.
pub fn engines() -> Vec<&'static str> {
    match find(&Places::of_this_computer(None)) {
        Ok(_) => vec!["embedded", "onnxruntime"],
        Err(reason) => {
            eprintln!("skipped: no ONNX Runtime ({reason})");
            vec!["embedded"]
        }
    }
}

/// Rows of a table by column; commas inside double quotes belong to the field.
pub fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let fields = |line: &str| -> Vec<String> {
        let mut fields = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ',' if !quoted => fields.push(String::new()),
                other => fields.last_mut().unwrap().push(other),
            }
        }
        fields
    };
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names = fields(lines.next().unwrap());
    lines
        .map(|line| names.iter().cloned().zip(fields(line)).collect())
        .collect()
}

/// Stored scores of an audit folder by sample; `None` for those that have none.
pub fn scores(folder: &Path, id: &str) -> BTreeMap<String, Option<f64>> {
    let file = folder.join("predictions.parquet");
    let table = equipoise::tables::read(&file, &[id, "score"]).unwrap();
    let (ids, scores) = (table.column(id).unwrap(), table.numbers("score").unwrap());
    (0..ids.len())
        .map(|row| (ids.get(row).unwrap().to_owned(), scores[row]))
        .collect()
}

/// The audit file of HAM10000 as it may lie anywhere: the embedded engine, no rerun and no gate.
pub fn ham10000_audit() -> String {
    copied_audit("ham10000")
}

/// One of the audit files as it may lie anywhere: the embedded engine, no rerun and no gate.
pub fn copied_audit(name: &str) -> String {
    let audits = project().join("audits");
    let text = std::fs::read_to_string(audits.join(format!("{name}.yaml"))).unwrap();
    let text: String = text
        .lines()
        .filter(|line| !line.starts_with("reproducibility:"))
        .take_while(|line| !line.starts_with("gate:"))
        .map(|line| format!("{line}\n"))
        .collect();
    let shared = audits.join("../../shared").display().to_string();
    let fixtures = audits.join("../fixtures").display().to_string();
    text.replace("../../shared", &shared)
        .replace("../fixtures", &fixtures)
        .replace("engine: auto", "engine: embedded")
}

/// The binary, without any ONNX Runtime that the environment names.
pub fn equipoise() -> Command {
    let mut command = Command::cargo_bin("equipoise").unwrap();
    command
        .current_dir(project())
        .env_remove("ORT_DYLIB_PATH")
        .env_remove("EQUIPOISE_LOG");
    command
}

/// Runs it and gives what it printed.
pub fn run(arguments: &[&str]) -> Output {
    equipoise().args(arguments).output().unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `results.json` of an audit folder.
pub fn results(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("results.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// One entry of a list of results by its id.
pub fn by_id<'a>(results: &'a Value, list: &str, id: &str) -> &'a Value {
    let entries = results[list].as_array().unwrap();
    entries
        .iter()
        .find(|entry| entry["id"] == id)
        .unwrap_or_else(|| panic!("{list} has no {id}"))
}

/// A number of a result.
pub fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} is {}", value[key]))
}

/// A folder with an audit file and the tables that it reads; results go to `out`.
pub struct AuditFolder {
    folder: tempfile::TempDir,
}

impl AuditFolder {
    /// With `audit.yaml`.
    pub fn new(audit: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("audit.yaml"), audit).unwrap();
        Self { folder }
    }

    /// The same with a table of the fixtures beside it.
    pub fn with_table(audit: &str, table: &Path) -> Self {
        let new = Self::new(audit);
        std::fs::copy(
            table,
            new.path(&table.file_name().unwrap().to_string_lossy()),
        )
        .unwrap();
        new
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn shown(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a text in a file, which must hold it.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} does not hold {from}");
        self.write(file, &text.replace(from, to));
    }

    /// `COMMAND audit.yaml --out out`.
    pub fn call(&self, command: &str) -> Output {
        let (audit, out) = (self.shown("audit.yaml"), self.shown("out"));
        run(&[command, &audit, "--out", &out])
    }

    /// `evaluate` with a table of scores.
    pub fn evaluate_table(&self, table: &str, more: &[&str]) -> Output {
        let (audit, out) = (self.shown("audit.yaml"), self.shown("out"));
        let table = self.shown(table);
        let mut arguments = vec!["evaluate", &audit, "--predictions", &table, "--out", &out];
        arguments.extend(more);
        run(&arguments)
    }

    /// What `check` says is wrong.
    pub fn refused(&self) -> String {
        let output = self.call("check");
        assert_eq!(code(&output), 2, "{}{}", stdout(&output), stderr(&output));
        stderr(&output)
    }
}

/// A small cohort with scores and an audit of it that needs no model.
pub struct SmallAudit(AuditFolder);

impl Deref for SmallAudit {
    type Target = AuditFolder;

    fn deref(&self) -> &AuditFolder {
        &self.0
    }
}

/// Forty patients with one or two samples each; site B misses more.
pub const SMALL_AUDIT: &str = "\
audit: small
cohort:
  manifest: cohort.csv
  columns: {sample: id, patient: patient}
output: {head: binary, score_kind: probability}
endpoints:
  finding: {score: score, truth: {column: truth, positive: [1], negative: [0]}, threshold: {fixed: 0.5}}
strata:
  sex: {column: sex}
  site: {column: site}
  age_band: {column: age, bins: [40, 60]}
  intersections: [[sex, site]]
statistics: {confidence: 0.95, replicates: 200, seed: 3}
gate:
  alpha: 0.025
  families:
    safety:
      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}
";

impl SmallAudit {
    pub fn new() -> Self {
        let folder = AuditFolder::new(SMALL_AUDIT);
        folder.write("cohort.csv", &small_table());
        Self(folder)
    }

    /// Replaces a text in the audit file.
    pub fn change_audit(&self, from: &str, to: &str) {
        self.change("audit.yaml", from, to);
    }

    /// Evaluates it and gives what was printed.
    pub fn evaluate(&self) -> Output {
        self.evaluate_with(&[])
    }

    pub fn evaluate_with(&self, more: &[&str]) -> Output {
        self.evaluate_table("cohort.csv", more)
    }

    pub fn results(&self) -> Value {
        results(&self.path("out/small"))
    }
}

/// The table of the small audit, made by a short rule so that every count can be told by hand.
pub fn small_table() -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    for number in 0..60 {
        let patient = number * 2 / 3;
        let sex = if patient % 2 == 0 { "F" } else { "M" };
        let site = if patient % 3 == 0 { "B" } else { "A" };
        let age = if patient == 5 {
            String::new()
        } else {
            (30 + patient).to_string()
        };
        let truth = u32::from(number % 5 < 2);
        let missed = site == "B" && number % 4 == 0;
        let score = match (truth, missed) {
            (1, false) => 0.6 + 0.005 * f64::from(number),
            (1, true) => 0.3,
            _ => 0.05 + 0.005 * f64::from(number),
        };
        table.push_str(&format!(
            "s{number:02},p{patient:02},{sex},{site},{age},{truth},{score:.4}\n"
        ));
    }
    table
}
