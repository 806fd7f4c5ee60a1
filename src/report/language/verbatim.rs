//! Texts of a page that come from the audit's own data, and so are in no language of ours.

use std::collections::HashMap;

use serde_json::Value;

use crate::tasks::UNIT_OF_MEASUREMENT;

use super::super::result::AuditResult;
use super::super::words;
use super::translate::Translator;

/// Every such text and what stands in its place: itself, but for groups whose value is missing, where
/// the word for that is translated.
pub(in crate::report) fn names_of(
    result: &AuditResult,
    translator: &Translator,
) -> HashMap<String, String> {
    let mut names = Names {
        found: HashMap::new(),
        missing: translator.say("missing"),
    };
    names.audit(result);
    names.cohort_and_methods(result);
    names.provenance(result);
    names.gate(result, translator);
    if let Ok(value) = serde_json::to_value(result) {
        names.walk(&value);
    }
    names.found
}

struct Names {
    found: HashMap<String, String>,
    missing: String,
}

/// Keys of `results.json` that hold nothing but names of the audit's own.
const OWN: [&str; 7] = [
    "endpoint", "column", "score", "partner", "baseline", "engine", "part",
];

impl Names {
    fn add(&mut self, name: &str) {
        if name.chars().any(char::is_alphabetic) {
            self.found
                .entry(name.to_owned())
                .or_insert_with(|| name.to_owned());
        }
    }

    fn all<'n>(&mut self, names: impl IntoIterator<Item = &'n String>) {
        for name in names {
            self.add(name);
        }
    }

    fn audit(&mut self, result: &AuditResult) {
        self.add(&result.audit.id);
        self.add(&result.audit.title);
        self.add(result.audit.title.trim_end_matches('.'));
        self.add(&result.audit.file);
        self.all(&result.audit.intended_use);
        for waiver in &result.waivers {
            self.all([&waiver.reason, &waiver.owner, &waiver.approver]);
        }
        if let Some(presentation) = &result.presentation {
            self.all(presentation.sign_off.iter().flatten());
        }
    }

    fn cohort_and_methods(&mut self, result: &AuditResult) {
        let cohort = &result.cohort;
        self.all(&cohort.reference_standard);
        self.all(&cohort.independence);
        for attribute in &cohort.attributes {
            self.add(&attribute.column);
            for level in &attribute.levels {
                self.group(&attribute.attribute, &level.level);
            }
        }
        for task in &result.methods.tasks {
            let units = task
                .declared
                .iter()
                .filter(|(key, _)| key == UNIT_OF_MEASUREMENT);
            self.all(units.map(|(_, unit)| unit));
        }
        // Codes are the same in every language.
        self.all(cohort.flow.iter().map(|step| &step.code));
        self.all(cohort.failures.iter().map(|one| &one.reason));
        self.all(result.reproducibility.runs.iter().map(|run| &run.id));
        for endpoint in &result.methods.endpoints {
            self.all([&endpoint.name, &endpoint.score, &endpoint.truth_column]);
            for texts in [&endpoint.positive, &endpoint.negative] {
                self.all(texts);
                self.add(&texts.join(", "));
            }
        }
        for task in &result.methods.tasks {
            self.all([&task.name, &task.task]);
            self.all(&task.parts);
            // As the table of declarations writes it.
            let declared = task.declared.iter();
            let declared: Vec<String> = declared
                .map(|(key, value)| format!("{key}: {value}"))
                .collect();
            self.add(&declared.join("; "));
        }
        for input in &result.methods.inputs {
            self.add(&input.name);
            for column in &input.columns {
                self.add(&column.column);
                for level in &column.levels {
                    self.add(&level.level);
                }
            }
        }
    }

    fn provenance(&mut self, result: &AuditResult) {
        let provenance = &result.provenance;
        for input in provenance.model.iter().chain(&provenance.inputs) {
            self.add(&input.file);
        }
        for own in ["equipoise", "onnxruntime", "embedded"] {
            self.add(own);
        }
        self.all(&result.methods.method_ids);
        self.all(&provenance.decoders);
        if let Some(engine) = &provenance.engine {
            self.add(&engine.name);
            self.add(&format!("{} {}", engine.name, engine.version));
        }
    }

    /// Requirements and the groups that they are asked of, as sentences of the gate name them.
    fn gate(&mut self, result: &AuditResult, translator: &Translator) {
        for check in &result.checks {
            let group = format!("{}={}", check.attribute, check.level);
            self.add(&check.requirement);
            self.add(&group);
            self.add(&format!("{} {group}", check.requirement));
            let metric = translator.say(words::metric(&check.metric));
            self.found
                .entry(check.metric.replace('_', " "))
                .or_insert(metric);
        }
    }

    /// A group of an attribute in the ways in which the page writes it.
    fn group(&mut self, attribute: &str, level: &str) {
        if attribute == "overall" {
            return;
        }
        self.add(attribute);
        self.add(&words::attribute(attribute));
        for part in attribute.split('*') {
            self.add(part);
        }
        let shown = self.missing.clone();
        let translated = |text: String| -> String {
            if level.contains("(missing)") {
                let parts: Vec<String> = text
                    .split(" \u{d7} ")
                    .map(|part| match part.strip_suffix("missing") {
                        Some(before) => format!("{before}{shown}"),
                        None => part.to_owned(),
                    })
                    .collect();
                parts.join(" \u{d7} ")
            } else {
                text
            }
        };
        for text in [
            words::group(attribute, level),
            words::level(attribute, level),
        ] {
            let to = translated(text.clone());
            self.found.insert(text, to);
        }
        for part in level.split('*').filter(|part| *part != "(missing)") {
            self.add(part);
        }
        if level != "(missing)" {
            self.add(level);
        }
    }

    /// Groups and names wherever they stand in the results.
    fn walk(&mut self, value: &Value) {
        match value {
            Value::Object(entries) => {
                let text = |key: &str| entries.get(key).and_then(Value::as_str);
                if let Some(attribute) = text("attribute") {
                    for key in ["level", "reference", "within_level", "other"] {
                        match text(key) {
                            Some("complement" | "baseline") | None => {}
                            Some(level) => self.group(attribute, level),
                        }
                    }
                    self.add_attribute(attribute);
                }
                if let (Some(within), Some(level)) = (text("within"), text("within_level")) {
                    self.group(within, level);
                }
                for key in OWN {
                    if let Some(name) = text(key) {
                        self.add(name);
                    }
                }
                for entry in entries.values() {
                    self.walk(entry);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(item);
                }
            }
            _ => {}
        }
    }

    fn add_attribute(&mut self, attribute: &str) {
        if attribute != "overall" {
            self.add(attribute);
            self.add(&words::attribute(attribute));
        }
    }
}
