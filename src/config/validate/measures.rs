//! What an endpoint asks for beside its threshold: read-offs of the ranking, decision curves.

use super::super::audit::{OutputSpec, Prevalences, RankingSpec, ScoreKind};
use super::super::keys;
use super::reader::{Section, Value};

/// Threshold probabilities of one decision curve at most.
const MOST_THRESHOLDS: f64 = 99.0;

pub(super) fn ranking(value: &Value<'_>) -> Option<RankingSpec> {
    let section = value.section(&keys::RANKING)?;
    let inside = |key: &str| between(&section, key);
    let from = match section.get("partial_from") {
        None => Some(None),
        Some(value) => value
            .number_in("from 0 to below 1", |share| (0.0..1.0).contains(&share))
            .map(Some),
    };
    let (at_specificity, at_sensitivity) = (inside("at_specificity"), inside("at_sensitivity"));
    Some(RankingSpec {
        at_specificity: at_specificity?,
        at_sensitivity: at_sensitivity?,
        partial_from: from?,
    })
}

fn between(section: &Section<'_>, key: &str) -> Option<Option<f64>> {
    match section.get(key) {
        None => Some(None),
        Some(value) => value
            .number_in("between 0 and 1", |share| 0.0 < share && share < 1.0)
            .map(Some),
    }
}

/// One share of positives or a list of different ones.
pub(super) fn prevalences(value: &Value<'_>) -> Option<Prevalences> {
    let share =
        |value: &Value<'_>| value.number_in("between 0 and 1", |share| 0.0 < share && share < 1.0);
    if !value.is_list() {
        return share(value).map(Prevalences::One);
    }
    let items = value.list("numbers between 0 and 1")?;
    let read: Vec<Option<f64>> = items.iter().map(share).collect();
    let shares = read.into_iter().collect::<Option<Vec<f64>>>()?;
    if shares.is_empty() {
        value.error(
            "too-few",
            format!("`{}` has 0 entries, expected at least 1", value.path),
            "",
        );
        return None;
    }
    for (place, share) in shares.iter().enumerate() {
        if shares[..place].contains(share) {
            items[place].error(
                "duplicate-entry",
                format!("`{}` names {share} twice", value.path),
                "name every prevalence once",
            );
            return None;
        }
    }
    Some(Prevalences::List(shares))
}

/// The declared threshold probabilities, ascending.
pub(super) fn net_benefit(value: &Value<'_>, output: Option<&OutputSpec>) -> Option<Vec<f64>> {
    let section = value.section(&keys::NET_BENEFIT)?;
    let end = |key: &str, example: &str| {
        section
            .required(key, &format!("write `{key}: {example}`"))
            .and_then(|value| {
                value.number_in("between 0 and 1", |share| 0.0 < share && share < 1.0)
            })
    };
    let (from, to) = (end("from", "0.05"), end("to", "0.5"));
    let step = between(&section, "step");
    let (from, to, step) = (from?, to?, step?.unwrap_or(0.05));
    if output.is_some_and(|output| output.score_kind != ScoreKind::Probability) {
        value.error(
            "contradiction",
            format!("`{}` needs probabilities, and scores are none", value.path),
            "net benefit weighs errors by a threshold probability; write `output: {score_kind: probability}` if scores are probabilities",
        );
        return None;
    }
    if from > to {
        value.error(
            "contradiction",
            format!(
                "`{}` goes from {from} to {to}, expected from <= to",
                value.path
            ),
            "",
        );
        return None;
    }
    let steps = ((to - from) / step + 1e-9).floor();
    if steps + 1.0 > MOST_THRESHOLDS {
        value.error(
            "out-of-range",
            format!(
                "`{}` makes {} thresholds, expected at most {MOST_THRESHOLDS}",
                value.path,
                steps + 1.0
            ),
            "take a larger `step`",
        );
        return None;
    }
    // Rounded, so that 0.05 + 2 x 0.05 reads 0.15.
    let rounded = |value: f64| (value * 1e9).round() / 1e9;
    let mut thresholds = Vec::new();
    let mut number = 0.0;
    while number <= steps {
        thresholds.push(rounded(from + number * step));
        number += 1.0;
    }
    Some(thresholds)
}
