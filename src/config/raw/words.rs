//! Values that the grammar takes in more than one form.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Text as written. Numbers and truth values are text too: `01` stays `01`.
#[derive(Debug)]
pub struct Word(pub String);

impl JsonSchema for Word {
    fn schema_name() -> Cow<'static, str> {
        "Word".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// Text that is not blank.
#[derive(Debug)]
pub struct Name(pub String);

impl JsonSchema for Name {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"], "pattern": "\\S"})
    }
}

/// Exactly one text, by itself or in a list.
#[derive(Debug)]
pub struct OneName(pub Name);

impl JsonSchema for OneName {
    fn schema_name() -> Cow<'static, str> {
        "OneName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<Name>();
        json_schema!({"anyOf": [name, {"type": "array", "items": name, "minItems": 1, "maxItems": 1}]})
    }
}

/// A list of texts; one text stands for a list of one.
#[derive(Debug)]
pub struct Words(pub Vec<Word>);

impl JsonSchema for Words {
    fn schema_name() -> Cow<'static, str> {
        "Words".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let word = generator.subschema_for::<Word>();
        json_schema!({
            "description": "A list of texts; one text stands for a list of one.",
            "anyOf": [word, {"type": "array", "items": word, "uniqueItems": true}]
        })
    }
}

/// A list of numbers; one number stands for a list of one.
#[derive(Debug)]
pub struct Numbers(pub Vec<f64>);

impl JsonSchema for Numbers {
    fn schema_name() -> Cow<'static, str> {
        "Numbers".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One number, or one for each channel.",
            "anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 1}]
        })
    }
}

/// A number or a fraction such as `1/255`.
#[derive(Debug)]
pub struct Fraction(pub String);

impl JsonSchema for Fraction {
    fn schema_name() -> Cow<'static, str> {
        "Fraction".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number or a fraction such as 1/255.",
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": "^[-+0-9.eE]+( */ *[-+0-9.eE]+)?$"}]
        })
    }
}

/// One threshold for every score, or one for each by name.
#[derive(Debug)]
pub enum VoteThresholds {
    /// For every score.
    All(f64),
    /// By name of the score.
    Named(BTreeMap<String, f64>),
}

impl JsonSchema for VoteThresholds {
    fn schema_name() -> Cow<'static, str> {
        "VoteThresholds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One number, or one for each score by name.",
            "anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}, "minProperties": 1}]
        })
    }
}

/// One of a rule's strata.
#[derive(Debug)]
pub enum Selector {
    /// `overall`, an attribute, or a declared crossing such as `sex*site`.
    Name(String),
    /// Levels of one attribute, or of each attribute of a declared crossing.
    Levels(BTreeMap<String, Words>),
}

/// A rule's strata.
#[derive(Debug)]
pub struct Selectors(pub Vec<Selector>);

impl JsonSchema for Selectors {
    fn schema_name() -> Cow<'static, str> {
        "Selectors".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let levels = generator.subschema_for::<BTreeMap<String, Words>>();
        let one = json_schema!({
            "description": "`overall`, an attribute, a declared crossing such as `sex*site`, or a level such as `{sex: F}`.",
            "anyOf": [{"type": ["string", "number", "boolean"]}, levels]
        });
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
    }
}
