//! `require` strings: `">= 0.85"`, `"difference >= -0.05"`, `"== 0"`.

use super::super::audit::{GatedMetric, Relation, Requirement};
use super::super::diagnostic::{Diagnostic, quoted};
use super::reader::Value;
use super::values::{number, percent};
use crate::tasks::{Unit, metric_text};

/// A relation and a bound, and whether they are about a difference.
#[derive(Debug, PartialEq)]
struct Parts {
    difference: bool,
    relation: Relation,
    bound: f64,
}

/// Why a text is no requirement.
#[derive(Debug, PartialEq)]
enum Malformed {
    Strict,
    Percent,
    Other,
}

fn parts(text: &str) -> Result<Parts, Malformed> {
    let text = text.trim();
    let (difference, rest) = match text.strip_prefix("difference") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    };
    let relations = [
        (">=", Relation::AtLeast),
        ("<=", Relation::AtMost),
        ("==", Relation::Equal),
    ];
    let Some((relation, bound)) = relations
        .iter()
        .find_map(|(sign, relation)| Some((*relation, rest.strip_prefix(sign)?.trim())))
    else {
        return Err(if rest.starts_with(['>', '<', '=']) {
            Malformed::Strict
        } else {
            Malformed::Other
        });
    };
    match number(bound) {
        Some(bound) => Ok(Parts {
            difference,
            relation,
            bound,
        }),
        None if bound.ends_with('%') => Err(Malformed::Percent),
        None => Err(Malformed::Other),
    }
}

/// Whether a text has the form of a requirement, and then whether that is about a difference.
#[must_use]
pub fn requirement_form(text: &str) -> Option<bool> {
    parts(text).ok().map(|parts| parts.difference)
}

/// Reads the requirement and checks that it suits the metric and the comparison; `compares` says
/// whether there is one, where that could be read.
pub(super) fn requirement(
    value: &Value<'_>,
    metric: Option<GatedMetric>,
    compares: Option<bool>,
) -> Option<Requirement> {
    let text = value.text()?;
    let parts = match parts(&text) {
        Ok(parts) => parts,
        Err(malformed) => {
            let help = match malformed {
                Malformed::Strict => "write `>=`, `<=` or `==`",
                Malformed::Percent => "write a share as a number from 0 to 1: `>= 0.85`",
                Malformed::Other => "",
            };
            let message = format!(
                "{} is no requirement, expected one such as \">= 0.85\" or \"difference >= -0.05\"",
                quoted(&text)
            );
            value.error("malformed-requirement", message, help);
            return None;
        }
    };
    let (compared, alone) = (compares.unwrap_or(true), !compares.unwrap_or(false));
    if parts.difference && !compared {
        value.error(
            "difference-without-compare",
            "the requirement is about a difference, and the rule compares nothing",
            "add `compare: complement`, `compare: reference` or `baseline: FILE`",
        );
        return None;
    }
    if !parts.difference && !alone {
        value.error(
            "compare-without-difference",
            "the rule compares, and the requirement is not about a difference",
            "write `require: \"difference >= ...\"`, or remove `compare` or `baseline`",
        );
        return None;
    }
    let suits = metric.is_none_or(|metric| suits(value, metric, &parts));
    suits.then_some(Requirement {
        relation: parts.relation,
        bound: parts.bound,
        text,
    })
}

/// Metrics between 0 and 1.
fn is_share(metric: GatedMetric) -> bool {
    match metric {
        GatedMetric::Sensitivity
        | GatedMetric::Specificity
        | GatedMetric::Ppv
        | GatedMetric::Npv
        | GatedMetric::Accuracy
        | GatedMetric::FlagRate
        | GatedMetric::Auroc
        | GatedMetric::Brier => true,
        GatedMetric::OeRatio
        | GatedMetric::CalibrationIntercept
        | GatedMetric::CalibrationSlope
        | GatedMetric::DecisionFlips => false,
        GatedMetric::Task(id) => metric_text(id).is_some_and(|text| text.unit == Unit::Share),
    }
}

fn suits(value: &Value<'_>, metric: GatedMetric, parts: &Parts) -> bool {
    let bound = parts.bound;
    let out_of_range = |range: &str| {
        let message = format!("the bound is {bound}, expected a number {range}");
        value.error("out-of-range", message, &percent(bound).unwrap_or_default());
        false
    };
    if metric == GatedMetric::DecisionFlips {
        if parts.relation == Relation::AtLeast || bound < 0.0 || bound.fract() != 0.0 {
            let message =
                "`decision_flips` is a count, expected a requirement such as \"== 0\" or \"<= 2\"";
            value.error("malformed-requirement", message, "");
            return false;
        }
        return true;
    }
    if parts.relation == Relation::Equal {
        let message = "only counts can be required to equal a number, and this metric is none";
        value.error("equal-to-estimate", message, "write `>=` or `<=`");
        return false;
    }
    if parts.difference && is_share(metric) && !(-1.0..=1.0).contains(&bound) {
        return out_of_range("from -1 to 1");
    }
    if !parts.difference && is_share(metric) && !(0.0..=1.0).contains(&bound) {
        return out_of_range("from 0 to 1");
    }
    if metric == GatedMetric::OeRatio && !parts.difference && bound <= 0.0 {
        return out_of_range("above 0");
    }
    let (least, largest) = if parts.difference {
        (-1.0, 1.0)
    } else {
        (0.0, 1.0)
    };
    let always = match parts.relation {
        Relation::AtLeast => bound <= least,
        Relation::AtMost => bound >= largest,
        Relation::Equal => false,
    };
    if always && is_share(metric) {
        value.cx.report(
            Diagnostic::warning(
                "requirement-always-met",
                format!(
                    "{} holds whatever the data are",
                    quoted(value.scalar().unwrap_or_default())
                ),
            )
            .at(value.span()),
        );
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{Malformed, Parts, parts};
    use crate::config::audit::Relation;

    #[test]
    fn requirements_are_a_relation_and_a_bound() {
        let of = |difference, relation, bound| {
            Ok(Parts {
                difference,
                relation,
                bound,
            })
        };
        assert_eq!(parts(">= 0.85"), of(false, Relation::AtLeast, 0.85));
        assert_eq!(parts("<=0.1"), of(false, Relation::AtMost, 0.1));
        assert_eq!(parts(" == 0 "), of(false, Relation::Equal, 0.0));
        assert_eq!(
            parts("difference >= -0.05"),
            of(true, Relation::AtLeast, -0.05)
        );
        assert_eq!(parts("difference<=5e-2"), of(true, Relation::AtMost, 0.05));
    }

    #[test]
    fn anything_else_is_malformed() {
        assert_eq!(parts("> 0.85"), Err(Malformed::Strict));
        assert_eq!(parts("= 0"), Err(Malformed::Strict));
        assert_eq!(parts(">= 85%"), Err(Malformed::Percent));
        for text in [
            "",
            "0.85",
            "difference",
            ">=",
            ">= nan",
            ">= inf",
            ">= 1e999",
            "at least 0.8",
            ">= 0.8 0.9",
        ] {
            assert_eq!(parts(text), Err(Malformed::Other), "{text}");
        }
    }
}
