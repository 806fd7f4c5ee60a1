//! Endpoints, binary ones and those with a task; the keys of the latter are what the tasks declare.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use crate::tasks::{Key, KeyKind, TASKS, TaskSpec, never_decided};

use super::{Endpoint, MetricName};

/// A binary endpoint, or one with a `task`.
#[derive(Debug)]
pub struct EndpointEntry;

impl JsonSchema for EndpointEntry {
    fn schema_name() -> Cow<'static, str> {
        "EndpointEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let binary = generator.subschema_for::<Endpoint>().to_value();
        let all: Vec<Value> = std::iter::once(binary)
            .chain(TASKS.iter().map(|task| of_task(task)))
            .collect();
        json_schema!({
            "description": "One question the audit asks: positive or negative, or another one with a `task`.",
            "anyOf": all
        })
    }
}

/// A metric of a rule: of binary endpoints and reruns, or of a task.
#[derive(Debug)]
pub struct RuleMetric;

impl JsonSchema for RuleMetric {
    fn schema_name() -> Cow<'static, str> {
        "RuleMetric".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let binary = generator.subschema_for::<MetricName>().to_value();
        let of_tasks: BTreeMap<&str, &str> = TASKS
            .iter()
            .flat_map(|task| task.texts)
            .filter(|text| never_decided(text.id).is_none())
            .map(|text| (text.id, text.about))
            .collect();
        let of_tasks: Vec<Value> = of_tasks
            .into_iter()
            .map(|(id, about)| json!({"const": id, "description": about}))
            .collect();
        json_schema!({
            "description": "A metric that a rule can be about.",
            "anyOf": [binary, {"description": "A metric of endpoints with a task.", "oneOf": of_tasks}]
        })
    }
}

fn of_task(task: &TaskSpec) -> Value {
    let mut properties = Map::new();
    properties.insert("task".to_owned(), json!({"const": task.id}));
    let mut required = vec![json!("task")];
    let (mut truth, mut truth_required) = (Map::new(), Vec::new());
    for key in task.keys {
        match key.name.strip_prefix("truth.") {
            Some(own) => {
                truth.insert(own.to_owned(), of_key(key));
                if key.required {
                    truth_required.push(json!(own));
                }
            }
            None => {
                properties.insert(key.name.to_owned(), of_key(key));
                if key.required {
                    required.push(json!(key.name));
                }
            }
        }
    }
    if !truth.is_empty() {
        required.push(json!("truth"));
        properties.insert(
            "truth".to_owned(),
            json!({
                "description": "The reference standard.",
                "type": "object",
                "properties": truth,
                "required": truth_required,
                "additionalProperties": false
            }),
        );
    }
    json!({
        "description": task.about,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false
    })
}

fn of_key(key: &Key) -> Value {
    let word = json!({"type": ["string", "number", "boolean"]});
    let words = |least: usize, most: Option<usize>| {
        let mut list =
            json!({"type": "array", "items": word, "minItems": least, "uniqueItems": true});
        if let Some(most) = most {
            list["maxItems"] = json!(most);
        }
        if least > 1 {
            return list;
        }
        json!({"anyOf": [word, list]})
    };
    let number = |least: f64, largest: f64| {
        let mut number = json!({"type": "number"});
        if least > f64::MIN {
            number["minimum"] = json!(least);
        }
        if largest < f64::MAX {
            number["maximum"] = json!(largest);
        }
        number
    };
    let mut schema = match key.kind {
        KeyKind::Score | KeyKind::Column | KeyKind::Text => word,
        KeyKind::Scores(Some(n)) | KeyKind::Columns(n) => words(n, Some(n)),
        KeyKind::Scores(None) | KeyKind::Endpoints => words(1, None),
        KeyKind::Texts(least) => words(least, None),
        KeyKind::Number(least, largest) => number(least, largest),
        KeyKind::Numbers(least, largest) => {
            let one = number(least, largest);
            json!({"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]})
        }
        KeyKind::Pair => {
            json!({"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2})
        }
        KeyKind::Choice(words) => json!({"enum": words}),
    };
    schema["description"] = json!(key.about);
    schema
}
