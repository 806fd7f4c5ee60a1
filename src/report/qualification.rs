//! The evidence of `qualify` as a page and as JSON.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde_json::json;

use crate::qualification::{Fact, NOT_IN_THIS_VERSION};

use super::error::ReportError;

/// All facts with a summary, as one JSON document.
#[must_use]
pub fn qualification_json(facts: &[Fact]) -> serde_json::Value {
    json!({
        "equipoise": env!("CARGO_PKG_VERSION"),
        "passed": facts.iter().filter(|fact| fact.pass).count(),
        "failed": facts.iter().filter(|fact| !fact.pass).count(),
        "facts": facts,
        "not_in_this_version": absent(),
    })
}

fn absent() -> Vec<serde_json::Value> {
    NOT_IN_THIS_VERSION
        .iter()
        .map(|(what, why)| json!({ "what": what, "why": why }))
        .collect()
}

/// A number with six significant digits at most.
fn shown(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if value != 0.0 && value.abs() < 1e-4 {
        format!("{value:.4e}")
    } else {
        text.to_owned()
    }
}

/// All facts as one HTML page without script.
///
/// # Errors
/// When the template fails.
pub fn qualification_html(facts: &[Fact]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template(
        "qualification.html",
        include_str!("../../reports-templates/qualification.html"),
    )?;
    let rows: Vec<serde_json::Value> = facts
        .iter()
        .map(|fact| {
            let problem = || fact.problem.clone().unwrap_or_default();
            json!({
                "method": fact.method,
                "source": fact.source,
                "case": fact.case,
                "expected": shown(fact.expected),
                "got": fact.got.map_or_else(problem, shown),
                "tolerance": shown(fact.tolerance),
                "pass": fact.pass,
            })
        })
        .collect();
    let failed = facts.iter().filter(|fact| !fact.pass).count();
    let mut text = environment
        .get_template("qualification.html")?
        .render(context! {
            version => env!("CARGO_PKG_VERSION"),
            passed => facts.len() - failed,
            published => facts.iter().filter(|fact| fact.is_published() && fact.pass).count(),
            failed => failed,
            facts => Value::from(Serde(rows)),
            absent => Value::from(Serde(absent())),
        })?;
    text.push('\n');
    Ok(text)
}
