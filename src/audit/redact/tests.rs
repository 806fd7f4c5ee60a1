//! What is renamed, and what stays.

use super::names::{Names, letter};
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
    let (new, left) = names.redact(&result).unwrap();
    assert!(left.is_none(), "{left:?}");
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
    result.audit.title = "W9 and W99".to_owned();
    result.checks[0].id = "sens-floor.site.W9-label-noise".to_owned();
    let names = Names::of(&result, &["site".to_owned()]);
    let (new, left) = names.redact(&result).unwrap();
    assert!(left.is_none(), "{left:?}");
    assert_eq!(names.level("site", "W9"), "C");
    assert_eq!(new.audit.title, "C and W99");
    let new = serde_json::to_string(&new).unwrap();
    assert!(new.contains("sens-floor.site.C-label-noise"));
    let left = new.find(".W9").or(new.find("*W9")).or(new.find("\"W9"));
    let left = left.filter(|place| !new[*place..].starts_with("*W99"));
    assert_eq!(
        left.map(|place| &new[place.saturating_sub(60)..place + 20]),
        None
    );
}

/// A result with the sites A, B, C of the example under other names.
fn called(sites: [&str; 3]) -> AuditResult {
    let names: Vec<(&str, &str)> = ["A", "B", "C"].into_iter().zip(sites).collect();
    let mut value = serde_json::to_value(example::chest()).unwrap();
    rename(&mut value, &names);
    serde_json::from_value(value).unwrap()
}

fn rename(value: &mut serde_json::Value, names: &[(&str, &str)]) {
    use serde_json::Value;
    let new = |text: &str| {
        let found = names.iter().find(|(old, _)| text == *old);
        found.map_or_else(|| text.to_owned(), |(_, new)| (*new).to_owned())
    };
    if let Value::Object(fields) = value {
        let attribute = fields.get("attribute").and_then(Value::as_str);
        let attribute = attribute.unwrap_or_default().to_owned();
        let of_sites = attribute == "site" || attribute == "sex*site";
        if let (true, Some(Value::String(level))) = (of_sites, fields.get_mut("level")) {
            let parts: Vec<String> = level.split('*').map(new).collect();
            let renamed = parts.join("*");
            let (before, after) = (format!(".{level}"), format!(".{renamed}"));
            *level = renamed;
            if let Some(Value::String(id)) = fields.get_mut("id") {
                *id = id.replacen(&before, &after, 1);
            }
        }
        if let (true, Some(Value::Array(levels))) = (of_sites, fields.get_mut("levels")) {
            for level in levels {
                match level {
                    Value::String(level) => *level = new(level),
                    other => {
                        if let Some(Value::String(level)) = other.get_mut("level") {
                            *level = new(level);
                        }
                    }
                }
            }
        }
    }
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, names)),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, names)),
        _ => {}
    }
}

fn levels(result: &AuditResult) -> std::collections::BTreeSet<&str> {
    let rows = result.estimates.iter();
    let sites = rows.filter(|one| one.attribute == "site");
    sites.map(|one| one.level.as_str()).collect()
}

#[test]
fn words_of_the_page_may_be_sites() {
    for sites in [
        ["Pass", "Fail", "Inconclusive"],
        ["pass", "fail", "not_evaluable"],
        ["Other", "Overall", "General"],
        ["Case", "Model", "A"],
        ["all", "1", "12"],
        ["North", "North Hospital", "Nor"],
        ["sensitivity", "B", "site"],
    ] {
        let mut result = called(sites);
        let [a, b, c] = sites;
        result.headline = format!(
            "Other checks pass. sensitivity of site={a} less that of {b} is 0.1; also failed: floor sex*site=F*{c}."
        );
        result.findings[0].message = format!(
            "Overall 12 of 20 pass: sex F hardly occurs in {a}, {b} of site: positives; all \"{c}\""
        );
        let names = Names::of(&result, &["site".to_owned()]);
        let (new, left) = names.redact(&result).unwrap();
        assert!(left.is_none(), "{sites:?} {left:?}");
        let [x, y, z] = [a, b, c].map(|name| names.level("site", name));
        assert_eq!(levels(&new), ["A", "B", "C"].into(), "{sites:?}");
        assert_eq!(
            new.headline,
            format!(
                "Other checks pass. sensitivity of site={x} less that of {y} is 0.1; also failed: floor sex*site=F*{z}."
            )
        );
        assert_eq!(
            new.findings[0].message,
            format!(
                "Overall 12 of 20 pass: sex F hardly occurs in {x}, {y} of site: positives; all \"{z}\""
            )
        );
        let verdicts = |result: &AuditResult| -> Vec<_> {
            result.checks.iter().map(|check| check.verdict).collect()
        };
        assert_eq!(verdicts(&new), verdicts(&result), "{sites:?}");
        let metrics = |result: &AuditResult| -> Vec<String> {
            let rows = result.estimates.iter();
            rows.map(|one| format!("{} {} {}", one.metric, one.method, one.attribute))
                .collect()
        };
        assert_eq!(metrics(&new), metrics(&result), "{sites:?}");
        for (old, new) in result.estimates.iter().zip(&new.estimates) {
            let level = names.level(&old.attribute, &old.level);
            assert!(
                new.id.ends_with(&format!(".{}.{level}", old.attribute)),
                "{}",
                new.id
            );
        }
    }
}

#[test]
fn own_texts_lose_names_that_are_words_too() {
    let mut result = called(["Model", "General", "Köln"]);
    result.audit.title = "The model of General and KÖLN".to_owned();
    result.audit.intended_use = Some("At General, for Model.".to_owned());
    result.provenance.inputs[0].file = "Kölner_General.csv".to_owned();
    result.findings[0].message = "Kölner_General.csv: 3 rows of the Model".to_owned();
    let names = Names::of(&result, &["site".to_owned()]);
    let (new, left) = names.redact(&result).unwrap();
    assert!(left.is_none(), "{left:?}");
    assert_eq!(new.audit.title, "The model of A and B");
    assert_eq!(new.audit.intended_use.unwrap(), "At A, for C.");
    assert_eq!(new.provenance.inputs[0].file, "Ber_A.csv");
    // A sentence of the program keeps its words, and says of a file what the file is called now.
    assert_eq!(new.findings[0].message, "Ber_A.csv: 3 rows of the Model");
}

#[test]
fn a_name_that_stays_is_told_with_its_place() {
    let mut result = called(["Nordklinikum", "B", "C"]);
    result.methods.endpoints[0].score = "score at Nordklinikum".to_owned();
    let names = Names::of(&result, &["site".to_owned()]);
    let left = names.redact(&result).unwrap().1.unwrap();
    assert_eq!(
        (left.name.as_str(), left.key.as_str()),
        ("Nordklinikum", "score")
    );
}

/// A new enum in the results has to be listed, or a site of that name would end the command.
#[test]
fn every_enum_of_the_results_is_a_code() {
    use serde_json::Value;
    fn is_enum(schema: &Value, definitions: &Value) -> bool {
        let named = schema["$ref"]
            .as_str()
            .and_then(|name| name.rsplit('/').next());
        if let Some(name) = named {
            return is_enum(&definitions[name], definitions);
        }
        let constant = |one: &Value| one.get("const").is_some() || one.get("enum").is_some();
        let any = |key: &str| {
            let variants = schema[key].as_array();
            variants.is_some_and(|all| {
                all.iter().any(|one| {
                    constant(one) || one.get("$ref").is_some() && is_enum(one, definitions)
                })
            })
        };
        constant(schema)
            || any("oneOf")
            || any("anyOf")
            || schema
                .get("items")
                .is_some_and(|items| is_enum(items, definitions))
    }
    let schema: Value = serde_json::from_str(&report::result_schema().unwrap()).unwrap();
    let definitions = &schema["$defs"];
    let mut seen = 0;
    let all = definitions.as_object().unwrap().values().chain([&schema]);
    for (key, own) in all
        .filter_map(|one| one["properties"].as_object())
        .flatten()
    {
        if is_enum(own, definitions) {
            seen += 1;
            assert!(
                super::names::CODES.contains(&key.as_str()),
                "{key} is missing in CODES"
            );
        }
    }
    assert!(seen > 5, "{seen}");
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
