//! First audit files in folders of their own, filled in as a person would.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::{code, project, run, stderr, stdout};

/// A folder for one first audit file.
pub struct Begun {
    pub folder: tempfile::TempDir,
}

impl Begun {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn audit(&self) -> PathBuf {
        self.folder.path().join("audit.yaml")
    }

    pub fn init(&self, model: &Path, manifest: &Path, more: &[&str]) -> Output {
        let [model, manifest, to] =
            [model, manifest, &self.audit()].map(|path| path.display().to_string());
        let mut arguments = vec![
            "init",
            "--model",
            &model,
            "--manifest",
            &manifest,
            "--to",
            &to,
        ];
        arguments.extend(more);
        run(&arguments)
    }

    pub fn begin(&self, model: &Path, manifest: &Path, more: &[&str]) -> String {
        let output = self.init(model, manifest, more);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    }

    pub fn text(&self) -> String {
        std::fs::read_to_string(self.audit()).unwrap()
    }

    /// Replaces the one TODO that begins so, as a person would.
    pub fn fill(&self, todo: &str, value: &str) {
        let text = self.text();
        let start = text
            .find(&format!("\"TODO: {todo}"))
            .unwrap_or_else(|| panic!("no TODO begins with {todo:?} in\n{text}"));
        let end = start + 1 + text[start + 1..].find('"').unwrap() + 1;
        std::fs::write(
            self.audit(),
            format!("{}{value}{}", &text[..start], &text[end..]),
        )
        .unwrap();
    }

    pub fn check(&self) -> Output {
        run(&[
            "check",
            &self.audit().display().to_string(),
            "--out",
            &self.out(),
        ])
    }

    pub fn out(&self) -> String {
        self.folder.path().join("out").display().to_string()
    }

    pub fn checked(&self) {
        let output = self.check();
        assert_eq!(code(&output), 0, "{}\n{}", stderr(&output), self.text());
    }
}

/// Model and table of the demo.
pub fn demo() -> (PathBuf, PathBuf) {
    let folder = project().join("fixtures/demo");
    (folder.join("model.onnx"), folder.join("cohort.csv"))
}
