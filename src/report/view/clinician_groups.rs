//! Groups on the clinician's page: the worst, and those of which the data say nothing.

use crate::assessment::{Comparison, Estimate, EstimateFlag, EstimateStatus};
use crate::gate::Verdict;

use super::super::index::Index;
use super::super::{format, names, words};
use super::block::{Block, Section};
use super::clinician_rate::Rate;
use super::strata::rank;

/// Most groups that are named as too small; the tables have all of them.
const MOST_NAMED: usize = 8;

/// Groups that a sentence may be about: of a single attribute, declared to be judged, not the missing.
pub(super) fn may_be_named(e: &Estimate) -> bool {
    rank(&e.attribute) == 1
        && e.level != "(missing)"
        && !e.flags.contains(&EstimateFlag::Exploratory)
}

/// Whether the data say something of a group: enough of them, or so large a difference that few
/// suffice. A group that fails must not be called too small.
fn says_something(index: &Index<'_>, e: &Estimate) -> bool {
    let failed = index.result.checks.iter().any(|c| {
        c.endpoint == e.endpoint
            && c.metric == e.metric
            && c.attribute == e.attribute
            && c.level == e.level
            && c.verdict == Verdict::Fail
    });
    e.status == EstimateStatus::Ok
        && (failed || !e.flags.contains(&EstimateFlag::Unreliable) || differs(index, e))
}

/// The group set against everyone else, where that could be done.
fn against_all<'a>(index: &Index<'a>, e: &Estimate) -> Option<&'a Comparison> {
    index.result.comparisons.iter().find(|c| {
        c.endpoint == e.endpoint
            && c.metric == e.metric
            && c.attribute == e.attribute
            && c.level == e.level
            && c.reference == "complement"
            && c.status == EstimateStatus::Ok
    })
}

fn differs(index: &Index<'_>, e: &Estimate) -> bool {
    let p = against_all(index, e).and_then(|c| c.p_adjusted);
    p.is_some_and(|p| p <= 1.0 - index.result.methods.confidence)
}

/// The group with the largest share of errors, and whether chance could be the cause.
pub(super) fn worst(
    index: &Index<'_>,
    endpoint: &str,
    metric: &str,
    wrong: &str,
) -> Option<String> {
    let (group, rate) = worst_of(index, endpoint, metric, Rate::of)?;
    let class = words::class_noun(metric);
    Some(format!(
        "Of the groups of which these data say something, it {wrong} in {}: {} of 1,000 {class} there. {}",
        names::group(&group.attribute, &group.level),
        rate.of_many(1000.0),
        chance(index, group)
    ))
}

/// The group of a metric with the largest share of errors, where there are two to choose from and
/// errors at all.
pub(super) fn worst_of<'a>(
    index: &Index<'a>,
    endpoint: &str,
    metric: &str,
    rate: fn(&Estimate) -> Option<Rate>,
) -> Option<(&'a Estimate, Rate)> {
    let named = |e: &&Estimate| e.endpoint == endpoint && e.metric == metric && may_be_named(e);
    let reliable: Vec<(&'a Estimate, Rate)> = index
        .result
        .estimates
        .iter()
        .filter(named)
        .filter(|e| says_something(index, e))
        .filter_map(|e| Some((e, rate(e)?)))
        .collect();
    if reliable.len() < 2 {
        return None;
    }
    reliable
        .into_iter()
        .reduce(|a, b| if b.1.error > a.1.error { b } else { a })
        // Where nothing went wrong in any group, none is the worst.
        .filter(|(_, rate)| rate.error > 0.0)
}

/// Whether the group differs from everyone else: shown, or not decided, never "no difference".
pub(super) fn chance(index: &Index<'_>, e: &Estimate) -> String {
    let Some(c) = against_all(index, e).filter(|c| c.p_adjusted.is_some()) else {
        return "Whether that differs from everyone else could not be tested.".to_owned();
    };
    if differs(index, e) {
        // The worst of the groups that are large enough may be better than the rest together.
        // Tasks tell shares of errors here, binary endpoints what is found.
        let lower_is_worse = matches!(e.metric.as_str(), "sensitivity" | "specificity");
        let said = match c.difference {
            Some(difference) if (difference < 0.0) == lower_is_worse => {
                "That is more than among everyone else, by more than chance explains."
            }
            _ => {
                "Among everyone else, groups too small to be named included, it is more, by more than chance explains."
            }
        };
        return said.to_owned();
    }
    let size = c.minimum_detectable.map_or_else(String::new, |least| {
        format!(
            " A difference below about {} of 1,000 would not show with so few.",
            format::plain(least * 1000.0, 0)
        )
    });
    format!("Whether that is more than among everyone else, these data do not decide.{size}")
}

/// Groups about which nothing can be said.
pub(super) fn unknown(
    index: &Index<'_>,
    endpoint: &str,
    questions: &[(&str, &str)],
    section: &mut Section,
) {
    for &(metric, question) in questions {
        let small: Vec<&Estimate> = index
            .result
            .estimates
            .iter()
            .filter(|e| e.endpoint == endpoint && e.metric == metric && rank(&e.attribute) <= 1)
            .filter(|e| e.status != EstimateStatus::Suppressed)
            .filter(|e| !says_something(index, e))
            .collect();
        if small.is_empty() {
            continue;
        }
        section.say(format!("There are not enough data to say {question} in:"));
        let class = words::class_noun(metric);
        let mut items: Vec<String> = small
            .iter()
            .take(MOST_NAMED)
            .map(|e| {
                let one = class.trim_end_matches('s');
                format!(
                    "{} ({})",
                    names::group(&e.attribute, &e.level),
                    format::counted_shown(e.n_class, one, class)
                )
            })
            .collect();
        if small.len() > MOST_NAMED {
            items.push(format!(
                "and {}",
                format::counted(
                    (small.len() - MOST_NAMED) as u64,
                    "further group",
                    "further groups"
                )
            ));
        }
        section.blocks.push(Block::List(items));
    }
    let undecided = index
        .result
        .checks
        .iter()
        .filter(|c| c.endpoint == endpoint && c.verdict == Verdict::Inconclusive)
        .count() as u64;
    if undecided > 0 {
        section.say(format!(
            "{} could not be decided with the patients in this cohort; the acceptance table says how many would be needed, where more would help.",
            format::counted(undecided, "requirement", "requirements")
        ));
    }
    let withheld = index
        .result
        .disclosure
        .withheld
        .iter()
        .filter(|one| one.endpoint == endpoint && rank(&one.attribute) == 1)
        .count() as u64;
    if withheld > 0 {
        section.say(format!(
            "{} withheld to protect the few patients in them; nothing can be said of them here.",
            if withheld == 1 {
                "1 group is".to_owned()
            } else {
                format!("{} groups are", format::count(withheld))
            }
        ));
    }
}
