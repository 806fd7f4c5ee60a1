//! Which strata a rule is asked of.

use crate::cohort::{Cohort, MISSING_LEVEL, OVERALL, Strata, crossings};
use crate::config::{Audit, Diagnostic, Rule, StratumSelector, nearest};

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
    found
}
