//! Rules on decisions that change between reruns.

use crate::config::{Relation, Rule};

use super::evaluate::GateInput;
use super::selection::Selected;
use super::tested::{Basis, Tested};
use super::withheld::few_were_run_again;

/// Decisions that changed in the worst rerun: the one rule that is decided on the observed count.
pub(super) fn flips(
    input: &GateInput<'_>,
    rule: &Rule,
    endpoint: usize,
    selected: Selected<'_>,
) -> Result<Tested, String> {
    let name = &input.audit.endpoints[endpoint].name.value;
    let here = |group: &&crate::reproducibility::RerunGroup| {
        &group.endpoint == name
            && group.attribute == selected.strata.attribute
            && group.level == selected.level_name()
    };
    let groups: Vec<_> = input
        .reproducibility
        .runs
        .iter()
        .filter_map(|run| run.groups.iter().find(here))
        .collect();
    if few_were_run_again(input, name, selected) {
        return Err(format!("withheld: {}", input.hidden.reason()));
    }
    let Some(worst) = groups.iter().max_by_key(|group| group.decision_flips) else {
        let reason = input.reproducibility.reason.clone();
        return Err(reason.unwrap_or_else(|| "the model was not run again".to_owned()));
    };
    let estimate = worst.decision_flips as f64;
    let holds = match rule.require.relation {
        Relation::Equal => (estimate - rule.require.bound).abs() < 0.5,
        Relation::AtMost => estimate <= rule.require.bound,
        Relation::AtLeast => estimate >= rule.require.bound,
    };
    Ok(Tested {
        estimate,
        lower: estimate,
        upper: worst.flip_share_upper * worst.n_patients as f64,
        p_fail: if holds { 1.0 } else { 0.0 },
        method: "observed_count".to_owned(),
        n_class: worst.n,
        n_clusters: worst.n_patients,
        comparison: None,
        note: None,
        basis: Basis::Count,
    })
}
