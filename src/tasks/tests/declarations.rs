//! What every task says of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::tiny_groups::full;
use super::*;

#[test]
fn tasks_and_their_keys_have_names_of_their_own() {
    let ids: BTreeSet<&str> = TASKS.iter().map(|task| task.id).collect();
    assert_eq!(ids.len(), TASKS.len());
    for task in TASKS {
        let keys: BTreeSet<&str> = task.keys.iter().map(|key| key.name).collect();
        assert_eq!(keys.len(), task.keys.len(), "{}", task.id);
        assert!(task.about.ends_with(['.', ')']), "{}", task.about);
        assert!(!keys.contains("task") && !keys.contains("truth"));
        for key in task.keys {
            assert!(key.about.ends_with('.'), "{}", key.about);
        }
        assert_eq!(super::task(task.id).unwrap().about, task.about);
    }
    assert!(super::task("binary").is_none());
}

/// `metric_text` gives the first of an id: two of one id must not differ.
#[test]
fn metrics_of_one_id_are_the_same_metric() {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for text in TASKS.iter().flat_map(|task| task.texts) {
        let all = format!("{text:?}");
        let earlier = known.entry(text.id).or_insert_with(|| all.clone());
        assert_eq!(*earlier, all);
        assert!(
            text.about.ends_with('.') || text.about.ends_with(')'),
            "{}",
            text.about
        );
        assert_eq!(metric_text(text.id).unwrap().title, text.title);
        if let Err(why) = text.compared {
            assert!(!why.ends_with('.') && why.len() > 20, "{why}");
        }
    }
    assert!(known.len() > 40 && metric_text("no_metric").is_none());
}

/// What a task can give is what it says that it can, and each of it under a name of its own.
#[test]
fn every_metric_is_announced_and_can_be_had() {
    for task in TASKS {
        let declared = full(task);
        assert_eq!((task.check)(&declared), Ok(()), "{}", task.id);
        for key in task.keys.iter().filter(|key| key.required) {
            assert!(declared.values.contains_key(key.name), "{}", key.name);
        }
        let given = (task.metrics)(&declared);
        let names: BTreeSet<(&str, String)> = given
            .iter()
            .map(|own| (own.text.id, own.endpoint("e")))
            .collect();
        assert_eq!(names.len(), given.len(), "{}", task.id);
        let had: BTreeSet<&str> = given.iter().map(|own| own.text.id).collect();
        let announced: BTreeSet<&str> = task.texts.iter().map(|text| text.id).collect();
        assert_eq!(had, announced, "{}", task.id);
        assert_eq!(announced.len(), task.texts.len(), "{}", task.id);
    }
}

#[test]
fn a_part_is_named_behind_its_endpoint() {
    let text = metric_text("dice").unwrap();
    assert_eq!(MetricOf::whole(text).endpoint("outline"), "outline");
    assert_eq!(MetricOf::part(text, "left").endpoint("lung"), "lung:left");
}

#[test]
fn limits_stand_on_the_scale_that_keeps_the_range() {
    use crate::statistics::{Influenced, Scale};
    let of = |estimate: f64| Influenced {
        estimate,
        influence: vec![0.1, -0.1],
    };
    let scale = |value: Value| match value {
        Value::Scaled { scale, .. } => scale,
        other => panic!("{other:?}"),
    };
    assert_eq!(scale(Value::logit(of(0.5), "m")), Scale::Logit);
    // An end has no place on the logit scale.
    assert_eq!(scale(Value::logit(of(1.0), "m")), Scale::Identity);
    let on = |at: f64, wanted: Scale| scale(Value::on(of(at), wanted, (-1.0, 2.0), "m"));
    assert_eq!(on(2.0, Scale::Log), Scale::Log);
    assert_eq!(on(0.0, Scale::Log), Scale::Identity);
    assert_eq!(on(1.0, Scale::FisherZ), Scale::Identity);
    assert_eq!(on(0.9, Scale::LogComplement), Scale::LogComplement);
    assert_eq!(on(1.0, Scale::LogComplement), Scale::Identity);
}

fn page(name: &str) -> String {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(page).unwrap()
}

/// The part of the reference page that is about a task, with single spaces.
fn section(page: &str, id: &str) -> String {
    let (_, from) = page.split_once(&format!("\n### `{id}`\n")).unwrap();
    let to = from.find("\n##").unwrap();
    from[..to].split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_reference_page_names_every_key_and_metric_and_why_some_are_not_compared() {
    let page = page("docs/audit-file.md");
    for task in TASKS {
        let section = section(&page, task.id);
        let named = |word: &str| section.contains(&format!("`{word}`"));
        for key in task.keys {
            assert!(named(key.name), "{}: {}", task.id, key.name);
            if let KeyKind::Choice(words) = key.kind {
                assert!(words.iter().all(|word| named(word)), "{words:?}");
            }
        }
        for text in task.texts {
            assert!(named(text.id), "{}: {}", task.id, text.id);
            if let Err(why) = text.compared {
                assert!(
                    section.contains(&format!("no: {why}")),
                    "{}: {why}",
                    text.id
                );
            }
        }
    }
}

#[test]
fn every_metric_is_in_the_list_of_checks() {
    let page = page("docs/methods-and-checks.md");
    for text in TASKS.iter().flat_map(|task| task.texts) {
        assert!(page.contains(&format!("`{}`", text.id)), "{}", text.id);
    }
}
