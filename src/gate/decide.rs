//! One verdict from limits and an adjusted p-value, and the sentence that goes with it.

use crate::config::{Relation, Requirement};
use crate::statistics::p_in_words;

use super::Verdict;
use super::correction::{Adjusted, correction_name};
use super::tested::Tested;

/// The verdict and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// In words.
    pub reason: String,
}

/// `pass` when the limit on the requirement's side is within it; `fail` when the adjusted p
/// for "the requirement holds" is at most `alpha`; otherwise `inconclusive`. When the raw limit
/// lies beyond the bound and only the adjustment prevents `fail`, the reason says so.
#[must_use]
pub fn decide(
    tested: &Tested,
    requirement: &Requirement,
    alpha: f64,
    corrected: Adjusted<'_>,
) -> Decision {
    let Adjusted {
        p: adjusted,
        family_size,
        by,
        note,
    } = corrected;
    let correction = correction_name(by);
    let note = note.map_or_else(String::new, |note| format!("; {note}"));
    let bound = requirement.bound;
    let beyond = match requirement.relation {
        Relation::AtLeast | Relation::Equal => tested.upper < bound,
        Relation::AtMost => tested.lower > bound,
    };
    let (near, far, under) = match requirement.relation {
        Relation::AtLeast | Relation::Equal => (tested.lower, tested.upper, "below"),
        Relation::AtMost => (tested.upper, tested.lower, "above"),
    };
    if passes(tested, requirement) {
        return Decision {
            verdict: Verdict::Pass,
            reason: format!(
                "the {} limit {} is not {under} {}",
                side(requirement.relation, true),
                number(near),
                number(bound)
            ),
        };
    }
    let p = p_in_words(adjusted);
    if adjusted <= alpha {
        let comparisons = match family_size {
            1 => "comparison",
            _ => "comparisons",
        };
        let reason = format!(
            "the {} limit {} is {under} {} ({p} after {correction} over {family_size} {comparisons}{note})",
            side(requirement.relation, false),
            number(far),
            number(bound)
        );
        return Decision {
            verdict: Verdict::Fail,
            reason,
        };
    }
    let reason = if beyond {
        format!(
            "the {} limit {} is {under} {}, but not after {correction} over {family_size} comparisons ({p}{note})",
            side(requirement.relation, false),
            number(far),
            number(bound)
        )
    } else {
        format!(
            "the bound {} lies between the limits {} and {}, so that these data do not decide",
            number(bound),
            number(tested.lower),
            number(tested.upper)
        )
    };
    Decision {
        verdict: Verdict::Inconclusive,
        reason,
    }
}

/// Whether the limit on the requirement's side is within it.
pub(super) fn passes(tested: &Tested, requirement: &Requirement) -> bool {
    match requirement.relation {
        Relation::AtLeast | Relation::Equal => tested.lower >= requirement.bound,
        Relation::AtMost => tested.upper <= requirement.bound,
    }
}

fn side(relation: Relation, near: bool) -> &'static str {
    match (relation, near) {
        (Relation::AtMost, true) | (Relation::AtLeast | Relation::Equal, false) => "upper",
        (Relation::AtMost, false) | (Relation::AtLeast | Relation::Equal, true) => "lower",
    }
}

/// Three decimals, no negative zero: the same rounding as in the acceptance table.
fn number(x: f64) -> String {
    let text = format!("{x:.3}");
    if text == "-0.000" {
        "0.000".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Adjustment, Located, Span};

    fn requirement(relation: Relation, bound: f64) -> Requirement {
        Requirement {
            relation,
            bound,
            text: Located::new(String::new(), Span::default()),
        }
    }

    fn tested(estimate: f64, lower: f64, upper: f64) -> Tested {
        Tested {
            estimate,
            lower,
            upper,
            p_fail: 0.5,
            method: "wilson".to_owned(),
            n_class: 10,
            n_clusters: 10,
            comparison: None,
            note: None,
            basis: crate::gate::tested::Basis::Count,
        }
    }

    fn holm(p: f64, family_size: u64) -> Adjusted<'static> {
        Adjusted {
            p,
            family_size,
            by: Adjustment::Holm,
            note: None,
        }
    }

    #[test]
    fn four_ways_a_floor_can_go() {
        let floor = requirement(Relation::AtLeast, 0.8);
        assert_eq!(
            decide(&tested(0.95, 0.9, 0.98), &floor, 0.025, holm(1.0, 3)).verdict,
            Verdict::Pass
        );
        assert_eq!(
            decide(&tested(0.6, 0.5, 0.7), &floor, 0.025, holm(0.001, 3)).verdict,
            Verdict::Fail
        );
        let corrected = decide(&tested(0.6, 0.5, 0.79), &floor, 0.025, holm(0.06, 3));
        assert_eq!(corrected.verdict, Verdict::Inconclusive);
        assert!(corrected.reason.contains("Holm"), "{}", corrected.reason);
        assert_eq!(
            decide(&tested(0.8, 0.7, 0.9), &floor, 0.025, holm(0.5, 3)).verdict,
            Verdict::Inconclusive
        );
    }

    #[test]
    fn a_limit_on_the_bound_passes() {
        assert_eq!(
            decide(
                &tested(0.9, 0.8, 0.95),
                &requirement(Relation::AtLeast, 0.8),
                0.025,
                holm(1.0, 1)
            )
            .verdict,
            Verdict::Pass
        );
        assert_eq!(
            decide(
                &tested(0.1, 0.05, 0.2),
                &requirement(Relation::AtMost, 0.2),
                0.025,
                holm(1.0, 1)
            )
            .verdict,
            Verdict::Pass
        );
        assert_eq!(
            decide(
                &tested(0.3, 0.25, 0.4),
                &requirement(Relation::AtMost, 0.2),
                0.025,
                holm(0.01, 1)
            )
            .verdict,
            Verdict::Fail
        );
    }
}
