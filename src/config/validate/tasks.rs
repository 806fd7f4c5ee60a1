//! Endpoints with a `task`: their keys are those that the task declares.

use std::collections::BTreeMap;

use crate::tasks::{Declared, Given, Key, KeyKind, TASKS, TaskSpec};

use super::super::audit::{Endpoint, TaskEndpoint};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::located::Located;
use super::names::visible_name;
use super::reader::Value;

/// The value of the key `task`, where the endpoint has one.
pub(super) fn task_of<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    if !value.is_mapping() {
        return None;
    }
    value
        .named("keys")?
        .into_iter()
        .find(|(key, _)| key.value == "task")
        .map(|(_, value)| value)
}

/// Keys with the values given for them, those of `truth` as `truth.<key>`.
type Entries<'a> = Vec<(Located<String>, Value<'a>)>;

/// An endpoint with a task.
pub(super) fn endpoint(name: &Located<String>, value: &Value<'_>) -> Option<TaskEndpoint> {
    // A part of an endpoint is named `endpoint:part`.
    let named = visible_name(value.cx, name, "an endpoint", &[':']);
    let ids: Vec<(&str, &'static TaskSpec)> = TASKS.iter().map(|task| (task.id, *task)).collect();
    let task = task_of(value)?.choice(&ids, &[])?;
    let entries = entries(value)?;
    let known = known_keys(value, task, &entries);
    let mut declared = Declared {
        name: name.value.clone(),
        ..Declared::default()
    };
    let mut places = BTreeMap::new();
    let mut complete = true;
    for key in task.keys {
        let given = entries.iter().find(|(own, _)| own.value == key.name);
        match given.map(|(_, value)| read(key, value)) {
            Some(Some((given, texts))) => {
                declared.values.insert(key.name, given);
                places.insert(key.name, texts);
            }
            Some(None) => complete = false,
            None if key.required => {
                complete = false;
                value.cx.report(
                    Diagnostic::error(
                        "missing-key",
                        format!("`{}` has no key `{}`", value.path, key.name),
                    )
                    .at(value.key)
                    .label(format!("`{}` is missing here", key.name))
                    .help(key.about),
                );
            }
            None => {}
        }
    }
    if !(named && known && complete) {
        return None;
    }
    if let Err(misfit) = (task.check)(&declared) {
        let at = entries
            .iter()
            .find(|(own, _)| own.value == misfit.key)
            .map_or(value.key, |(_, value)| value.span());
        value
            .cx
            .report(Diagnostic::error("contradiction", misfit.message).at(at));
        return None;
    }
    let scores = match task.scores {
        Some(named) => named(&declared)
            .into_iter()
            .map(|(key, score)| (key, Located::new(score, value.key)))
            .collect(),
        None => task
            .keys
            .iter()
            .filter(|key| matches!(key.kind, KeyKind::Score | KeyKind::Scores(_)))
            .flat_map(|key| {
                let texts: Vec<Located<String>> = places.get(key.name).cloned().unwrap_or_default();
                texts.into_iter().map(|text| (key.name, text))
            })
            .collect(),
    };
    Some(TaskEndpoint {
        name: name.clone(),
        scores,
        metrics: (task.metrics)(&declared),
        task,
        declared,
        places,
    })
}

fn entries<'a>(value: &Value<'a>) -> Option<Entries<'a>> {
    let mut found = Vec::new();
    for (key, inner) in value.named("keys")? {
        if key.value == "truth" {
            for (below, inner) in inner.named("keys")? {
                found.push((
                    Located::new(format!("truth.{}", below.value), below.span),
                    inner,
                ));
            }
        } else if key.value != "task" {
            found.push((key, inner));
        }
    }
    Some(found)
}

fn known_keys(value: &Value<'_>, task: &TaskSpec, entries: &Entries<'_>) -> bool {
    let valid: Vec<&str> = task.keys.iter().map(|key| key.name).collect();
    let mut known = true;
    for (key, _) in entries {
        if valid.contains(&key.value.as_str()) {
            continue;
        }
        known = false;
        let message = format!(
            "`{}` has no key {}, since its task is {}",
            value.path,
            quoted(key),
            task.id
        );
        value.cx.report(
            Diagnostic::error("unknown-key", message)
                .at(key.span)
                .help(suggestion(key, &valid, "key")),
        );
    }
    known
}

fn read(key: &Key, value: &Value<'_>) -> Option<(Given, Vec<Located<String>>)> {
    let texts = |texts: Vec<Located<String>>| {
        let plain = texts.iter().map(|text| text.value.clone()).collect();
        (Given::Texts(plain), texts)
    };
    let exactly = |wanted: usize| {
        let list = value.texts(1)?;
        if list.len() == wanted {
            return Some(texts(list));
        }
        let message = format!(
            "`{}` has {} names, expected {wanted}",
            value.path,
            list.len()
        );
        value.error("wrong-length", message, key.about);
        None
    };
    match key.kind {
        KeyKind::Score | KeyKind::Column | KeyKind::Text => {
            value.name().map(|name| texts(vec![name]))
        }
        KeyKind::Scores(Some(wanted)) | KeyKind::Columns(wanted) => exactly(wanted),
        KeyKind::Scores(None) | KeyKind::Endpoints => value.texts(1).map(texts),
        KeyKind::Texts(least) => {
            let list = value.texts(least)?;
            all_visible(value, &list).then(|| texts(list))
        }
        KeyKind::Number(least, largest) => {
            let number = value.number_in(&range(least, largest), |number| {
                (least..=largest).contains(&number)
            })?;
            Some((Given::Numbers(vec![number]), Vec::new()))
        }
        KeyKind::Pair => {
            let values = value.one_or_list();
            let sizes: Option<Vec<usize>> =
                values.iter().map(|value| value.size(1, 1 << 20)).collect();
            let sizes = sizes?;
            if sizes.len() != 2 {
                let message = format!(
                    "`{}` has {} numbers, expected width and height",
                    value.path,
                    sizes.len()
                );
                value.error("wrong-length", message, "write `[WIDTH, HEIGHT]`");
                return None;
            }
            let numbers = sizes.iter().map(|size| *size as f64).collect();
            Some((Given::Numbers(numbers), Vec::new()))
        }
        KeyKind::Numbers(least, largest) => {
            let numbers: Option<Vec<f64>> = value
                .one_or_list()
                .iter()
                .map(|value| {
                    value.number_in(&range(least, largest), |number| {
                        (least..=largest).contains(&number)
                    })
                })
                .collect();
            let numbers = numbers?;
            if numbers.is_empty() || numbers.windows(2).any(|pair| pair[0] >= pair[1]) {
                let message = format!("`{}` is not ascending, or empty", value.path);
                value.error(
                    "not-ascending",
                    message,
                    "write each number once, from the smallest",
                );
                return None;
            }
            Some((Given::Numbers(numbers), Vec::new()))
        }
        KeyKind::Choice(words) => {
            let options: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
            let chosen = value.choice(&options, &[])?;
            Some((Given::Texts(vec![chosen.to_owned()]), Vec::new()))
        }
    }
}

/// Words name parts of results.
fn all_visible(value: &Value<'_>, words: &[Located<String>]) -> bool {
    let named = words
        .iter()
        .filter(|word| !visible_name(value.cx, word, "a part", &[]));
    named.count() == 0
}

fn range(least: f64, largest: f64) -> String {
    if least == f64::MIN {
        return "that is finite".to_owned();
    }
    if least == f64::MIN_POSITIVE {
        return "above 0".to_owned();
    }
    if largest == f64::MAX {
        format!("of at least {least}")
    } else {
        format!("from {least} to {largest}")
    }
}

/// Names must be different, those of parts too, and the endpoints a task is made of must be there.
pub(super) fn check(section: &Value<'_>, binary: &[Endpoint], tasks: &[TaskEndpoint]) -> bool {
    let mut fits = true;
    let outline = |task: &TaskEndpoint| task.declared.text("outline").map(str::to_owned);
    for (place, task) in tasks.iter().enumerate() {
        let own = outline(task);
        if own.is_some() && tasks[..place].iter().any(|other| outline(other) == own) {
            fits = false;
            let message = format!(
                "two endpoints measure the outline {}, whose cases are kept once",
                quoted(&own.unwrap_or_default())
            );
            section.cx.report(
                Diagnostic::error("duplicate-outline", message)
                    .at(task.name.span)
                    .help("audit another mask or tolerance in an audit file of its own"),
            );
        }
    }
    let names: Vec<&str> = binary.iter().map(|one| one.name.value.as_str()).collect();
    for task in tasks {
        for name in task.binary() {
            if !names.contains(&name.value.as_str()) {
                fits = false;
                section.cx.report(
                    Diagnostic::error(
                        "unknown-endpoint",
                        format!("{} is no binary endpoint of this audit", quoted(name)),
                    )
                    .at(name.span)
                    .help(suggestion(name, &names, "binary endpoint")),
                );
            }
        }
        let clash = task
            .names()
            .into_iter()
            .find(|name| names.contains(&name.as_str()));
        if let Some(name) = clash {
            fits = false;
            section.cx.report(
                Diagnostic::error(
                    "duplicate-name",
                    format!(
                        "{} names a part of {} and another endpoint",
                        quoted(&name),
                        task.name.value
                    ),
                )
                .at(task.name.span)
                .help("name one of them otherwise"),
            );
        }
    }
    fits
}
