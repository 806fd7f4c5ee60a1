//! Results to be shared without the names of sites: letters stand for them, the same everywhere.
//!
//! A result is taken apart as JSON, so that no field can be forgotten: levels are replaced where the
//! attribute is one of sites, and names in ids and sentences wherever they stand. A file that still
//! holds a name afterwards is not written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::report::{self, AuditResult};

use super::{AuditError, folder};

/// What an attribute of sites is called, or its column.
const SITES: [&str; 8] = [
    "site",
    "hospital",
    "center",
    "centre",
    "clinic",
    "institution",
    "facility",
    "department",
];
/// Names of fewer letters may be words of a sentence, and are replaced only where they stand for a
/// level.
const SHORTEST_IN_TEXT: usize = 4;
/// Names of fewer letters occur in any text, so that their absence cannot be checked.
const SHORTEST_CHECKED: usize = 3;

/// Where redacted results were written, and what stands for what.
#[derive(Debug)]
pub struct Redacted {
    /// The results as they were written.
    pub result: AuditResult,
    /// Their folder.
    pub folder: PathBuf,
    /// Attributes whose levels were replaced.
    pub attributes: Vec<String>,
    /// How many names were replaced.
    pub n_names: usize,
}

/// Writes the results of a finished audit and everything made from them to another folder, with
/// letters for the names of sites. Stored scores, the manifest, images, templates, logo and signers are
/// left out.
///
/// # Errors
/// No results; no attribute of sites, or one that is named and unknown; a folder that is there; a name
/// that would still stand in a file.
pub fn redact(from: &Path, attributes: &[String], to: &Path) -> Result<Redacted, AuditError> {
    let result = folder::read_result(from)?;
    let attributes = site_attributes(&result, attributes)?;
    let names = Names::of(&result, &attributes);
    let mut redacted = names.redact(&result)?;
    redacted.contact_sheets.clear();
    // A logo, signers and templates name a hospital as well; a language does not.
    let language = redacted.presentation.and_then(|asked| asked.language);
    redacted.presentation = language.map(|language| report::Presentation {
        language: Some(language),
        ..report::Presentation::default()
    });
    let mut files = vec![(folder::RESULTS.to_owned(), report::results_json(&redacted)?)];
    files.extend(folder::rendered(&redacted)?);
    for (file, text) in &files {
        if let Some(name) = names.still_in(text) {
            return Err(AuditError::Usage(format!(
                "{file} would still hold the name \"{name}\", so that nothing was written; it may stand in the title or another text of the audit file in a form that is not found"
            )));
        }
    }
    if to.exists() {
        return Err(AuditError::Usage(format!(
            "{} is there already; name a new folder with --to",
            to.display()
        )));
    }
    for (file, text) in &files {
        folder::replace_file(&to.join(file), text)?;
    }
    Ok(Redacted {
        result: redacted,
        folder: to.to_path_buf(),
        n_names: names.letters.len(),
        attributes,
    })
}

/// The attributes that are named, or those that are called like sites.
fn site_attributes(result: &AuditResult, named: &[String]) -> Result<Vec<String>, AuditError> {
    let single = result.cohort.attributes.iter();
    let single: Vec<_> = single.filter(|one| !one.attribute.contains('*')).collect();
    let all: Vec<&str> = single.iter().map(|one| one.attribute.as_str()).collect();
    if let Some(unknown) = named.iter().find(|name| !all.contains(&name.as_str())) {
        return Err(AuditError::Usage(format!(
            "the audit has no attribute \"{unknown}\"; there are {}",
            all.join(", ")
        )));
    }
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let is_site = |text: &str| {
        let text = text.to_lowercase();
        SITES.iter().any(|word| text.contains(word))
    };
    let found: Vec<String> = single
        .iter()
        .filter(|one| is_site(&one.attribute) || is_site(&one.column))
        .map(|one| one.attribute.clone())
        .collect();
    if found.is_empty() {
        return Err(AuditError::Usage(format!(
            "no attribute is called like a site; say which one is: --redact-sites=NAME, out of {}",
            all.join(", ")
        )));
    }
    Ok(found)
}

/// Names of sites and the letters for them.
struct Names {
    attributes: BTreeSet<String>,
    letters: BTreeMap<String, String>,
    /// What is looked for in sentences, the longest first, and what takes its place.
    patterns: Vec<(String, String)>,
    /// Levels of each attribute and crossing, the longest first.
    levels: BTreeMap<String, Vec<String>>,
}

/// Texts of the user's own, in which a name may be part of a word or of a file's name.
const OWN_TEXTS: [&str; 9] = [
    "title",
    "intended_use",
    "reason",
    "owner",
    "approver",
    "file",
    "path",
    "reference_standard",
    "independence",
];

impl Names {
    fn of(result: &AuditResult, attributes: &[String]) -> Self {
        let levels = result.cohort.attributes.iter();
        let names: BTreeSet<&str> = levels
            .filter(|one| attributes.contains(&one.attribute))
            .flat_map(|one| &one.levels)
            .map(|one| one.level.as_str())
            .filter(|level| *level != "(missing)")
            .collect();
        let letters = names.into_iter().zip(0..);
        let mut found = Self {
            attributes: attributes.iter().cloned().collect(),
            letters: letters
                .map(|(name, place)| (name.to_owned(), letter(place)))
                .collect(),
            patterns: Vec::new(),
            levels: BTreeMap::new(),
        };
        let estimates = result.estimates.iter();
        for (attribute, level) in estimates.map(|one| (&one.attribute, &one.level)) {
            let own = found.levels.entry(attribute.clone()).or_default();
            if !own.contains(level) {
                own.push(level.clone());
            }
        }
        for own in found.levels.values_mut() {
            own.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        }
        for one in &result.cohort.attributes {
            for level in &one.levels {
                let new = found.level(&one.attribute, &level.level);
                if new == level.level {
                    continue;
                }
                for between in ["=", " ", ": "] {
                    let text = |level: &str| format!("{}{between}{level}", one.attribute);
                    found.patterns.push((text(&level.level), text(&new)));
                }
                let quoted = |level: &str| format!("\"{level}\"");
                found.patterns.push((quoted(&level.level), quoted(&new)));
            }
        }
        for (name, letter) in &found.letters {
            if name.chars().count() >= SHORTEST_IN_TEXT {
                found.patterns.push((name.clone(), letter.clone()));
            }
        }
        found
            .patterns
            .sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        found
    }

    /// A level of an attribute or crossing, part by part.
    fn level(&self, attribute: &str, level: &str) -> String {
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

    fn redact(&self, result: &AuditResult) -> Result<AuditResult, AuditError> {
        let internal = |error: serde_json::Error| AuditError::Internal(error.to_string());
        let mut value = serde_json::to_value(result).map_err(internal)?;
        self.value(&mut value, "", None);
        serde_json::from_value(value).map_err(internal)
    }

    /// Walks through a value; `key` is its key, `attribute` that of the nearest row around it.
    fn value(&self, value: &mut Value, key: &str, attribute: Option<&str>) {
        match value {
            Value::Object(fields) => {
                let own = fields
                    .get("attribute")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                let attribute = own.as_deref().or(attribute);
                // Cells of a case mix are levels of the attribute within which it is compared.
                let within = fields
                    .get("within")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                for (key, field) in fields.iter_mut() {
                    let attribute = match key.as_str() {
                        "cells" => within.as_deref().or(attribute),
                        _ => attribute,
                    };
                    self.value(field, key, attribute);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.value(item, key, attribute);
                }
            }
            Value::String(text) => *text = self.text(text, key, attribute),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&self, text: &str, key: &str, attribute: Option<&str>) -> String {
        if matches!(
            key,
            "attribute" | "column" | "metric" | "endpoint" | "method"
        ) {
            return text.to_owned();
        }
        if let Some(attribute) = attribute {
            let whole = self.level(attribute, text);
            if whole != text {
                return whole;
            }
            let place = format!(".{attribute}.");
            if let (true, Some((start, rest))) = (
                matches!(key, "id" | "checks"),
                text.rsplit_once(place.as_str()),
            ) {
                let parts: Vec<String> = rest
                    .split("-vs-")
                    .map(|part| self.beginning(attribute, part))
                    .collect();
                return self.sentence(&format!("{start}{place}{}", parts.join("-vs-")));
            }
        }
        if OWN_TEXTS.contains(&key) {
            return self.inside_words(&self.sentence(text));
        }
        self.sentence(text)
    }

    /// The level that a part of an id begins with, which ends there or at a `-`.
    fn beginning(&self, attribute: &str, part: &str) -> String {
        let known = self.levels.get(attribute).map_or(&[][..], Vec::as_slice);
        let found = known.iter().find_map(|level| {
            let rest = part.strip_prefix(level.as_str())?;
            (rest.is_empty() || rest.starts_with('-')).then_some((level, rest))
        });
        match found {
            Some((level, rest)) => self.level(attribute, level) + rest,
            None => self.level(attribute, part),
        }
    }

    /// Replaces names of four letters or more wherever they stand, in any case.
    fn inside_words(&self, text: &str) -> String {
        let long = || {
            let names = self.letters.iter();
            names.filter(|(name, _)| name.chars().count() >= SHORTEST_IN_TEXT)
        };
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let found = long().find_map(|(name, letter)| Some((begins_with(rest, name)?, letter)));
            match found {
                Some((length, letter)) => {
                    out.push_str(letter);
                    rest = &rest[length..];
                }
                None => {
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        out
    }

    /// Replaces every name at once, so that no letter is taken for another site's name.
    fn sentence(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let before = out.chars().next_back();
            let found = self.patterns.iter().find(|(name, _)| {
                let starts = name
                    .chars()
                    .next()
                    .is_none_or(|first| !first.is_alphanumeric())
                    || before.is_none_or(|letter| !letter.is_alphanumeric());
                starts && is_word_at(rest, name)
            });
            let found = found.and_then(|(name, new)| Some((begins_with(rest, name)?, new)));
            match found {
                Some((length, new)) => {
                    out.push_str(new);
                    rest = &rest[length..];
                }
                None => {
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
            }
        }
        out
    }

    /// A name that still stands in a text as a word of its own.
    fn still_in(&self, text: &str) -> Option<&str> {
        let own: BTreeSet<&String> = self.letters.values().collect();
        let long = self
            .letters
            .keys()
            .filter(|name| name.chars().count() >= SHORTEST_CHECKED && !own.contains(*name));
        let mut found = long.filter(|name| {
            let first = name.chars().next();
            let first = |letter: char| first.is_some_and(|own| same_letter(own, letter));
            text.match_indices(first).any(|(place, _)| {
                let before = text[..place].chars().next_back();
                before.is_none_or(|letter| !letter.is_alphanumeric())
                    && is_word_at(&text[place..], name)
            })
        });
        found.next().map(String::as_str)
    }
}

/// The same letter in any case.
fn same_letter(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

/// How many bytes of a text are a name, in any case, where it begins with it.
fn begins_with(text: &str, name: &str) -> Option<usize> {
    let mut letters = text.char_indices();
    for own in name.chars() {
        let (_, letter) = letters.next()?;
        if !same_letter(own, letter) {
            return None;
        }
    }
    Some(letters.next().map_or(text.len(), |(place, _)| place))
}

/// Whether a text begins with a name, in any case, and the name ends there.
fn is_word_at(text: &str, name: &str) -> bool {
    let ends_in_a_word = name.chars().next_back().is_some_and(char::is_alphanumeric);
    begins_with(text, name).is_some_and(|length| {
        !(ends_in_a_word
            && text[length..]
                .chars()
                .next()
                .is_some_and(char::is_alphanumeric))
    })
}

/// A, B, ..., Z, AA, AB, ...
fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or(0));
    match place / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn letters_go_on_after_z() {
        let of = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(letter);
        assert_eq!(of, ["A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA"]);
    }

    fn renamed() -> AuditResult {
        // Names that are letters of other sites, and one of several words.
        let text = serde_json::to_string(&example::chest()).unwrap();
        let text = text
            .replace(".site.A", ".site.St. Mary")
            .replace("*site.F*A", "*site.F*St. Mary")
            .replace("*site.M*A", "*site.M*St. Mary")
            .replace("\"level\":\"A\"", "\"level\":\"St. Mary\"")
            .replace("\"level\":\"F*A\"", "\"level\":\"F*St. Mary\"")
            .replace("\"level\":\"M*A\"", "\"level\":\"M*St. Mary\"");
        let mut result: AuditResult = serde_json::from_str(&text).unwrap();
        result.audit.title = "Effusion at st. mary and elsewhere".to_owned();
        result.headline =
            "site=B fails, site=St. Mary does not, sex*site=F*St. Mary neither".to_owned();
        result.provenance.inputs[0].file = "St. Mary_cohort.csv".to_owned();
        result
    }

    #[test]
    fn names_are_replaced_at_once_and_everywhere() {
        let result = renamed();
        let attributes = site_attributes(&result, &[]).unwrap();
        assert_eq!(attributes, ["site"]);
        let names = Names::of(&result, &attributes);
        let new = names.redact(&result).unwrap();
        // B, C, St. Mary in this order.
        assert_eq!(
            new.headline,
            "site=A fails, site=C does not, sex*site=F*C neither"
        );
        assert_eq!(new.audit.title, "Effusion at C and elsewhere");
        assert_eq!(new.provenance.inputs[0].file, "C_cohort.csv");
        let text = serde_json::to_string(&new).unwrap();
        let left = text
            .find("Mary")
            .map(|place| &text[place.saturating_sub(60)..place + 30]);
        assert_eq!(left, None);
        for (before, after) in result.estimates.iter().zip(&new.estimates) {
            assert_eq!(before.estimate, after.estimate);
            let level = names.level(&before.attribute, &before.level);
            assert_eq!(after.level, level);
            assert!(
                after
                    .id
                    .ends_with(&format!(".{}.{level}", before.attribute)),
                "{}",
                after.id
            );
        }
        // Levels of other attributes that are called alike stay.
        assert!(
            new.estimates
                .iter()
                .any(|one| one.attribute == "sex" && one.level == "F")
        );
        assert_eq!(names.still_in("at St. Mary today"), Some("St. Mary"));
        assert_eq!(names.still_in("at ST. MARY today"), Some("St. Mary"));
        assert_eq!(names.still_in("St. Maryland"), None);
    }

    /// Names of two letters, which stand in ids with an ending and in cells of a case mix.
    #[test]
    fn short_names_are_replaced_wherever_they_stand_for_a_group() {
        let text = serde_json::to_string(&example::chest()).unwrap();
        let mut text = text
            .replace(".site.A", ".site.W9")
            .replace("\"level\":\"A\"", "\"level\":\"W9\"");
        for sex in ["F", "M"] {
            text = text
                .replace(&format!("*site.{sex}*A"), &format!("*site.{sex}*W9"))
                .replace(
                    &format!("\"level\":\"{sex}*A\""),
                    &format!("\"level\":\"{sex}*W9\""),
                );
        }
        let mut result: AuditResult = serde_json::from_str(&text).unwrap();
        result.audit.title = "Kölner Dom, KÖLN and W9".to_owned();
        let mut names = Names::of(&result, &["site".to_owned()]);
        names.letters.insert("Köln".to_owned(), "K".to_owned());
        assert_eq!(names.inside_words("Kölner Dom, KÖLN"), "Ker Dom, K");
        let letter = names.level("site", "W9");
        assert_ne!(letter, "W9");
        for (id, expected) in [
            (
                "sensitivity.site.W9-label-noise",
                format!("sensitivity.site.{letter}-label-noise"),
            ),
            (
                "sensitivity.sex*site.F*W9-pooled",
                format!("sensitivity.sex*site.F*{letter}-pooled"),
            ),
            (
                "sensitivity.site.W9-vs-complement",
                format!("sensitivity.site.{letter}-vs-complement"),
            ),
        ] {
            let attribute = if id.contains('*') { "sex*site" } else { "site" };
            assert_eq!(names.text(id, "id", Some(attribute)), expected);
        }
        let mut cells = serde_json::json!({
            "attribute": "sex", "within": "site", "cells": [{"level": "W9"}],
        });
        names.value(&mut cells, "", None);
        assert_eq!(cells["cells"][0]["level"], letter);
        let new = serde_json::to_string(&names.redact(&result).unwrap()).unwrap();
        let left = new.find(".W9").or(new.find("*W9")).or(new.find("\"W9"));
        assert_eq!(
            left.map(|place| &new[place.saturating_sub(60)..place + 20]),
            None
        );
    }

    #[test]
    fn attributes_that_are_no_sites_must_be_named() {
        let mut result = example::chest();
        result
            .cohort
            .attributes
            .retain(|one| one.attribute == "sex");
        let why = site_attributes(&result, &[]).unwrap_err().to_string();
        assert!(
            why.contains("--redact-sites=NAME") && why.contains("sex"),
            "{why}"
        );
        assert!(site_attributes(&result, &["scanner".to_owned()]).is_err());
        assert_eq!(
            site_attributes(&result, &["sex".to_owned()]).unwrap(),
            ["sex"]
        );
    }
}
