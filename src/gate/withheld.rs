//! Of which groups the gate says nothing.

use crate::config::{Compare, Rule};

use super::evaluate::GateInput;
use super::selection::Selected;
use super::selection::reference_level;

/// Whether the group, or what it is set against, is withheld.
pub(super) fn is_withheld(
    input: &GateInput<'_>,
    rule: &Rule,
    endpoint: &str,
    selected: Selected<'_>,
) -> bool {
    let (attribute, level) = (selected.strata.attribute.as_str(), selected.level_name());
    let against = match rule.compare {
        Compare::None => return input.hidden.holds(endpoint, attribute, level),
        Compare::Complement => "complement",
        Compare::Reference => {
            reference_level(input.audit, &selected.strata.attribute).unwrap_or_default()
        }
    };
    input
        .hidden
        .holds_comparison(endpoint, attribute, level, against)
}

/// Whether few patients of any level of an attribute were run again. Where only some samples were,
/// a group may be small in these alone, and its size would follow from those of the other levels.
pub(super) fn few_were_run_again(
    input: &GateInput<'_>,
    endpoint: &str,
    selected: Selected<'_>,
) -> bool {
    let groups = input
        .reproducibility
        .runs
        .iter()
        .flat_map(|run| &run.groups);
    groups
        .filter(|group| group.endpoint == endpoint && group.attribute == selected.strata.attribute)
        .any(|group| input.hidden.is_small(group.n_patients))
}
