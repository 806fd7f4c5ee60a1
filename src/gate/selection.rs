//! Which strata a rule is asked of, and which of them have enough for it.

use crate::assessment::Group;
use crate::cohort::{Cohort, MISSING_LEVEL, OVERALL, Strata, crossings};
use crate::config::{Audit, Compare, Diagnostic, Rule, StratumSelector, nearest};
use crate::metrics::ConfusionCounts;

/// One stratum that a rule is asked of.
#[derive(Debug, Clone, Copy)]
pub struct Selected<'a> {
    /// The partition.
    pub strata: &'a Strata,
    /// Place of the level in it.
    pub level: usize,
}

impl Selected<'_> {
    /// Name of the level.
    #[must_use]
    pub fn level_name(&self) -> &str {
        &self.strata.levels[self.level]
    }
}

/// Strata of a rule in the order of its selectors. `(missing)` only where it is named; strata
/// declared exploratory never.
#[must_use]
pub fn select<'a>(rule: &Rule, all: &'a [Strata]) -> Vec<Selected<'a>> {
    let mut selected: Vec<Selected<'a>> = Vec::new();
    for selector in &rule.strata {
        let (attribute, wanted) = match selector {
            StratumSelector::Overall => (OVERALL, None),
            StratumSelector::Attribute(name) => (name.value.as_str(), None),
            StratumSelector::Level { attribute, level } => {
                (attribute.value.as_str(), Some(level.value.as_str()))
            }
        };
        let Some(strata) = all
            .iter()
            .find(|strata| strata.attribute == attribute && !strata.exploratory)
        else {
            continue;
        };
        for (level, name) in strata.levels.iter().enumerate() {
            let asked = wanted.map_or(!strata.holds_missing[level], |wanted| wanted == name);
            let repeated = selected
                .iter()
                .any(|other| other.strata.attribute == strata.attribute && other.level == level);
            if asked && !repeated {
                selected.push(Selected { strata, level });
            }
        }
    }
    selected
}

/// Attributes that a rule names and that give it nothing to be asked of, each with one of its levels
/// and the reason: a requirement may never vanish because the table has no group for it.
#[must_use]
pub fn asked_of_nobody<'a>(
    audit: &Audit,
    rule: &Rule,
    all: &'a [Strata],
) -> Vec<(Selected<'a>, String)> {
    let mut found = Vec::new();
    for selector in &rule.strata {
        let StratumSelector::Attribute(name) = selector else {
            continue;
        };
        let Some(strata) = all
            .iter()
            .find(|strata| strata.attribute == name.value && !strata.exploratory)
        else {
            continue;
        };
        let known: Vec<&String> = strata
            .levels
            .iter()
            .zip(&strata.holds_missing)
            .filter(|(_, missing)| !**missing)
            .map(|(level, _)| level)
            .collect();
        let reference = match rule.compare {
            Compare::Reference => reference_level(audit, &strata.attribute),
            _ => None,
        };
        let reason = match (known.as_slice(), reference) {
            ([], _) => format!("no sample has a known value of {}", strata.attribute),
            ([only], Some(reference)) if only.as_str() == reference => format!(
                "{} has no level but the reference {reference}, so that nothing is compared with it",
                strata.attribute
            ),
            _ => continue,
        };
        if !strata.levels.is_empty() {
            found.push((Selected { strata, level: 0 }, reason));
        }
    }
    found
}

/// The reference level that an attribute declares.
#[must_use]
pub fn reference_level<'a>(audit: &'a Audit, attribute: &str) -> Option<&'a str> {
    let declared = audit
        .strata
        .iter()
        .find(|declared| declared.name.value == attribute)?;
    declared
        .reference
        .as_ref()
        .map(|level| level.value.as_str())
}

/// A warning for every rule that is asked of nobody in an attribute that it names.
#[must_use]
pub fn rules_without_groups(audit: &Audit, cohort: &Cohort) -> Vec<Diagnostic> {
    let all = crossings(cohort, &audit.intersections);
    let families = audit.gate.iter().flat_map(|gate| &gate.families);
    families
        .flat_map(|family| &family.rules)
        .flat_map(|rule| {
            let nobody = asked_of_nobody(audit, rule, &all);
            nobody.into_iter().map(|(_, reason)| {
                let message = format!("rule {} cannot be evaluated: {reason}", rule.id.value);
                Diagnostic::warning("rule-without-group", message)
                    .at(rule.id.span)
                    .help("correct the column, or take the attribute out of the rule; until then `policy.missing_stratum` decides")
            })
        })
        .collect()
}

/// Levels that gate rules or references name and the cohort does not have.
#[must_use]
pub fn unknown_levels(audit: &Audit, cohort: &Cohort) -> Vec<Diagnostic> {
    let all = crossings(cohort, &audit.intersections);
    let mut found = Vec::new();
    let mut check = |attribute: &str, level: &crate::config::Located<String>| {
        let Some(strata) = all.iter().find(|strata| strata.attribute == attribute) else {
            return;
        };
        // Nothing missing is no mistake of the audit file.
        if level.value != MISSING_LEVEL && !strata.levels.contains(&level.value) {
            let valid: Vec<&str> = strata.levels.iter().map(String::as_str).collect();
            let near = nearest(level, &valid)
                .first()
                .map_or(String::new(), |near| format!("did you mean \"{near}\"? "));
            found.push(
                Diagnostic::error(
                    "unknown-level",
                    format!("{attribute} has no level \"{}\"", level.value),
                )
                .at(level.span)
                .help(format!("{near}there are {}", valid.join(", "))),
            );
        }
    };
    for attribute in &audit.strata {
        if let Some(reference) = &attribute.reference {
            check(&attribute.name, reference);
        }
    }
    for rule in audit
        .gate
        .iter()
        .flat_map(|gate| &gate.families)
        .flat_map(|family| &family.rules)
    {
        for selector in &rule.strata {
            if let StratumSelector::Level { attribute, level } = selector {
                check(attribute, level);
            }
        }
    }
    for waiver in audit.gate.iter().flat_map(|gate| &gate.waivers) {
        if let StratumSelector::Level { attribute, level } = &waiver.stratum {
            check(attribute, level);
        }
    }
    found
}

/// What a group has less of than the rule asks for.
pub(super) fn too_few(rule: &Rule, group: &Group) -> Option<String> {
    let counts = [
        (rule.min.positives, group.n_positive(), "positives"),
        (
            rule.min.negatives,
            group.n() - group.n_positive(),
            "negatives",
        ),
        (
            rule.min.patients,
            group.n_patients(ConfusionCounts::total),
            "patients",
        ),
    ];
    counts.into_iter().find_map(|(least, found, what)| {
        let least = least.filter(|least| found < *least)?;
        Some(format!(
            "{found} {what}, the rule asks for at least {least}"
        ))
    })
}
