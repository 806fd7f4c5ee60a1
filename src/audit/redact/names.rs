//! Where names stand in a result: levels of sites, ids, texts of the audit file, sentences.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::report::AuditResult;

use super::super::AuditError;
use super::sentence::{Sentences, Text};

/// Words that stand for no level, in place of one.
const NO_LEVELS: [&str; 4] = ["(missing)", "all", "complement", "baseline"];

/// Keys whose values are codes, ids of methods, verdicts, hashes: the same in every audit.
pub(super) const CODES: [&str; 43] = [
    "adjustment",
    "base64",
    "code",
    "config_sha256",
    "crude_method",
    "decoders",
    "direction",
    "dtype",
    "equipoise",
    "flags",
    "images_sha256",
    "kind",
    "layout",
    "library_sha256",
    "locked",
    "measured_sha256",
    "media_type",
    "method",
    "method_ids",
    "metric",
    "metrics",
    "model_sha256",
    "of",
    "on",
    "outside",
    "png",
    "relation",
    "role",
    "rule",
    "sampling",
    "scale",
    "score_kind",
    "severity",
    "sha256",
    "state",
    "status",
    "task",
    "unit",
    "until",
    "varied",
    "verdict",
    "version",
    "engine",
];

/// Keys of names of the audit's own that are no sites. They stay, and may hold no site's name.
const OTHER_NAMES: [&str; 19] = [
    "attribute",
    "column",
    "columns",
    "endpoint",
    "images",
    "name",
    "negative",
    "other_endpoint",
    "part",
    "parts",
    "partner",
    "positive",
    "rows",
    "score",
    "truth_column",
    "view",
    "within",
    "x",
    "y",
];

/// Keys of texts that the audit file or the file system gives.
const OWN_TEXTS: [&str; 12] = [
    "title",
    "intended_use",
    "owner",
    "approver",
    "file",
    "path",
    "reference_standard",
    "independence",
    "requirement",
    "family",
    "check",
    "declared",
];

/// What a text under a key is.
enum Place {
    Code,
    OtherName,
    Own,
    Id,
    Sentence,
}

fn place(key: &str, text: &str, around: &Around<'_>) -> Place {
    match key {
        _ if CODES.contains(&key) => Place::Code,
        // Reasons of failed samples are codes, those of waivers are the audit file's.
        "reason" if !text.contains(' ') => Place::Code,
        "reason" if around.is_waiver => Place::Own,
        "id" if !around.is_row => Place::Own,
        "id" | "checks" => Place::Id,
        _ if OTHER_NAMES.contains(&key) => Place::OtherName,
        _ if OWN_TEXTS.contains(&key) => Place::Own,
        _ => Place::Sentence,
    }
}

/// What a value stands in.
#[derive(Clone, Default)]
struct Around<'a> {
    /// Attribute of the nearest row.
    attribute: Option<&'a str>,
    is_row: bool,
    is_waiver: bool,
    /// A row about all levels of an attribute together.
    of_all: bool,
}

/// A name that a redacted result would still hold.
#[derive(Debug)]
pub(super) struct Left {
    pub name: String,
    /// Key of `results.json`.
    pub key: String,
    /// What holds it.
    pub text: String,
}

/// Names of sites and the letters for them.
pub(super) struct Names {
    attributes: BTreeSet<String>,
    /// Attributes of sites by their columns.
    columns: BTreeMap<String, String>,
    letters: BTreeMap<String, String>,
    /// Levels of each attribute and crossing, the longest first.
    levels: BTreeMap<String, Vec<String>>,
    sentences: Sentences,
}

impl Names {
    pub fn of(result: &AuditResult, attributes: &[String]) -> Self {
        let of_sites = || {
            let all = result.cohort.attributes.iter();
            all.filter(|one| attributes.contains(&one.attribute))
        };
        let names: BTreeSet<&str> = of_sites()
            .flat_map(|one| &one.levels)
            .map(|one| one.level.as_str())
            .filter(|level| *level != "(missing)")
            .collect();
        let letters = names.into_iter().zip(0..);
        let mut found = Self {
            attributes: attributes.iter().cloned().collect(),
            columns: of_sites()
                .map(|one| (one.column.clone(), one.attribute.clone()))
                .collect(),
            letters: letters
                .map(|(name, place)| (name.to_owned(), letter(place)))
                .collect(),
            levels: BTreeMap::new(),
            sentences: Sentences::default(),
        };
        let rows = result.estimates.iter();
        let rows = rows.map(|one| (&one.attribute, &one.level));
        let checks = result.checks.iter();
        let checks = checks.map(|one| (&one.attribute, &one.level));
        let of_cohort = result.cohort.attributes.iter();
        let of_cohort = of_cohort.flat_map(|one| {
            let levels = one.levels.iter();
            levels.map(|level| (&one.attribute, &level.level))
        });
        let pairs: BTreeSet<(&String, &String)> = rows.chain(checks).chain(of_cohort).collect();
        for (attribute, level) in pairs {
            let own = found.levels.entry(attribute.clone()).or_default();
            own.push(level.clone());
        }
        for own in found.levels.values_mut() {
            own.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        }
        let renamed = found.levels.iter().flat_map(|(attribute, levels)| {
            let new = |level: &String| found.level(attribute, level);
            let renamed = levels.iter().map(move |level| (level, new(level)));
            renamed
                .filter(|(level, new)| *level != new)
                .map(move |(level, new)| (attribute.as_str(), level.as_str(), new))
        });
        found.sentences = Sentences::new(&found.letters, &found.columns, renamed);
        found
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.letters.len()
    }

    /// A level of an attribute or crossing, part by part.
    pub fn level(&self, attribute: &str, level: &str) -> String {
        let attributes: Vec<&str> = attribute.split('*').collect();
        let parts: Vec<&str> = if attributes.len() == 1 {
            vec![level]
        } else {
            level.split('*').collect()
        };
        if parts.len() != attributes.len() {
            return level.to_owned();
        }
        let new: Vec<&str> = attributes
            .iter()
            .zip(parts)
            .map(|(attribute, part)| {
                let letter = self.letters.get(part);
                let letter = letter.filter(|_| self.attributes.contains(*attribute));
                letter.map_or(part, String::as_str)
            })
            .collect();
        new.join("*")
    }

    /// The result with letters for names, and the first name that it still holds.
    pub fn redact(&self, result: &AuditResult) -> Result<(AuditResult, Option<Left>), AuditError> {
        let internal = |error: serde_json::Error| AuditError::Internal(error.to_string());
        let mut plain = result.clone();
        plain.presentation = None;
        let mut value = serde_json::to_value(&plain).map_err(internal)?;
        let mut texts = BTreeMap::new();
        visit(&mut value, &self.columns, &mut |text, key, around| {
            if let Place::Own = place(key, text, around) {
                let new = self.sentences.replaced(text, Text::Own);
                if new != *text {
                    texts.insert(text.clone(), new);
                }
            }
        });
        // A file or requirement that is called after a site is so in sentences too.
        let sentences = self.sentences.with(texts);
        visit(&mut value, &self.columns, &mut |text, key, around| {
            *text = self.text(&sentences, text, key, around);
        });
        let mut left = None;
        visit(&mut value, &self.columns, &mut |text, key, around| {
            if left.is_none() {
                left = self.left(text, key, around);
            }
        });
        let mut redacted: AuditResult = serde_json::from_value(value).map_err(internal)?;
        redacted.presentation.clone_from(&result.presentation);
        Ok((redacted, left))
    }

    fn text(&self, sentences: &Sentences, text: &str, key: &str, around: &Around<'_>) -> String {
        let place = place(key, text, around);
        if let Place::Code | Place::OtherName = place {
            return text.to_owned();
        }
        if let Some(attribute) = around.attribute {
            let is_no_level = match key {
                "level" => around.of_all && text == "all",
                _ => NO_LEVELS.contains(&text),
            };
            let whole = self.level(attribute, text);
            if whole != text && !is_no_level {
                return whole;
            }
            let inner = format!(".{attribute}.");
            if let (Place::Id, Some((start, rest))) = (&place, text.split_once(inner.as_str())) {
                let start = sentences.replaced(start, Text::Sentence);
                return format!("{start}{inner}{}", self.end_of_id(attribute, rest));
            }
        }
        match place {
            Place::Own => sentences.replaced(text, Text::Own),
            _ => sentences.replaced(text, Text::Sentence),
        }
    }

    /// `B-vs-A`, `B-label-noise`: what an id ends with.
    fn end_of_id(&self, attribute: &str, end: &str) -> String {
        let known = self.levels.get(attribute).map_or(&[][..], Vec::as_slice);
        let found = known.iter().find_map(|level| {
            let rest = end.strip_prefix(level.as_str())?;
            (rest.is_empty() || rest.starts_with('-')).then_some((level.as_str(), rest))
        });
        let (level, rest) = found.unwrap_or((end, ""));
        let rest = match rest.strip_prefix("-vs-") {
            Some(other) if !NO_LEVELS.contains(&other) => {
                format!("-vs-{}", self.level(attribute, other))
            }
            _ => rest.to_owned(),
        };
        self.level(attribute, level) + &rest
    }

    /// A name that a text of a redacted result still holds.
    fn left(&self, text: &str, key: &str, around: &Around<'_>) -> Option<Left> {
        let found = |name: &str| {
            Some(Left {
                name: name.to_owned(),
                key: key.to_owned(),
                text: text.to_owned(),
            })
        };
        let place = place(key, text, around);
        if let Place::Code = place {
            return None;
        }
        if let (Some(attribute), "level" | "reference" | "levels") = (around.attribute, key) {
            let is_known = |(attribute, part): (&str, &str)| {
                !self.attributes.contains(attribute)
                    || NO_LEVELS.contains(&part)
                    || self.letters.values().any(|letter| letter == part)
            };
            let whole = || Some((attribute, text)).into_iter();
            let known = if attribute.contains('*') && !NO_LEVELS.contains(&text) {
                attribute.split('*').count() == text.split('*').count()
                    && attribute.split('*').zip(text.split('*')).all(is_known)
            } else {
                whole().all(is_known)
            };
            if !known {
                return found(text);
            }
            if let Some(name) = self.sentences.held_by(text) {
                return found(name);
            }
        }
        self.sentences.distinct_in(text).and_then(found)
    }
}

/// Every text of a value with its key and what it stands in.
fn visit(
    value: &mut Value,
    columns: &BTreeMap<String, String>,
    each: &mut dyn FnMut(&mut String, &str, &Around<'_>),
) {
    visit_in(value, "", &Around::default(), columns, each);
}

fn visit_in(
    value: &mut Value,
    key: &str,
    around: &Around<'_>,
    columns: &BTreeMap<String, String>,
    each: &mut dyn FnMut(&mut String, &str, &Around<'_>),
) {
    match value {
        Value::Object(fields) => {
            let held = |fields: &Map<String, Value>, key: &str| {
                let text = fields.get(key).and_then(Value::as_str);
                text.map(str::to_owned)
            };
            let own = held(fields, "attribute");
            // Columns that the model is fed have levels, too.
            let fed = held(fields, "column").and_then(|column| columns.get(&column).cloned());
            let within = held(fields, "within");
            let inside = Around {
                attribute: own.as_deref().or(fed.as_deref()).or(around.attribute),
                is_row: own.is_some(),
                is_waiver: fields.contains_key("approver"),
                of_all: fields.contains_key("levels") || fields.contains_key("points"),
            };
            for (key, field) in fields.iter_mut() {
                let mut inside = inside.clone();
                // Cells of a case mix are levels of the attribute within which it is compared.
                if key == "cells" {
                    inside.attribute = within.as_deref().or(inside.attribute);
                }
                visit_in(field, key, &inside, columns, each);
            }
        }
        Value::Array(items) => {
            for item in items {
                visit_in(item, key, around, columns, each);
            }
        }
        Value::String(text) => each(text, key, around),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A, B, ..., Z, AA, AB, ...
pub(super) fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    match place / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}
