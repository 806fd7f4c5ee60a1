//! Endpoints whose truth is more than positive or negative.

use std::collections::BTreeMap;

use super::super::located::Located;
use crate::tasks::{Declared, KeyKind, MetricOf, TaskSpec};

/// An endpoint with a `task`.
#[derive(Debug, Clone)]
pub struct TaskEndpoint {
    /// Its name, used in ids.
    pub name: Located<String>,
    /// What kind of endpoint it is.
    pub task: &'static TaskSpec,
    /// What it declares.
    pub declared: Declared,
    /// The same texts with their places, by key.
    pub places: BTreeMap<&'static str, Vec<Located<String>>>,
    /// Names of the scores it takes, by key.
    pub scores: Vec<(&'static str, Located<String>)>,
    /// What is measured, in the order of results.
    pub metrics: Vec<MetricOf>,
}

impl TaskEndpoint {
    /// Texts of keys of one kind, with the key of each.
    fn of_kind(
        &self,
        wanted: impl Fn(KeyKind) -> bool,
    ) -> impl Iterator<Item = (&'static str, &Located<String>)> {
        self.task
            .keys
            .iter()
            .filter(move |key| wanted(key.kind))
            .flat_map(|key| {
                let texts = self.places.get(key.name).into_iter().flatten();
                texts.map(move |text| (key.name, text))
            })
    }

    /// Columns of the manifest with its truth.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, &Located<String>)> {
        self.of_kind(|kind| matches!(kind, KeyKind::Column | KeyKind::Columns(_)))
    }

    /// Binary endpoints it is made of.
    pub fn binary(&self) -> impl Iterator<Item = &Located<String>> {
        self.of_kind(|kind| kind == KeyKind::Endpoints)
            .map(|(_, name)| name)
    }

    /// Its names in results: its own, and that of every part of it, each once.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.value.clone()];
        for metric in &self.metrics {
            let name = metric.endpoint(&self.name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
