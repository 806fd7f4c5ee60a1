//! `gate.waivers`: what is let pass, by whom, until when, and for which model.
//!
//! What a waiver lacks or cannot mean is refused here. Whether it holds (the day, the model, the
//! result, two different people) is decided with the result: a waiver that does not hold restores
//! its failure and ends no run.

use super::super::audit::{Compare, Family, Rule, StratumSelector, WaiverSpec};
use super::super::date::Date;
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys;
use super::super::located::Located;
use super::gate::Facts;
use super::model::sha256;
use super::reader::{Section, Value};
use super::selector::selectors;

/// Reads all waivers; `families` are the rules that they may be about, where these could be read.
pub(super) fn waivers(
    value: &Value<'_>,
    facts: &Facts<'_>,
    families: Option<&[Family]>,
) -> Option<Vec<WaiverSpec>> {
    let read: Vec<Option<WaiverSpec>> = value
        .list("waivers")?
        .iter()
        .map(|value| waiver(value, facts, families))
        .collect();
    let waivers = read.into_iter().collect::<Option<Vec<_>>>()?;
    twice(value, &waivers)?;
    Some(waivers)
}

fn waiver(value: &Value<'_>, facts: &Facts<'_>, families: Option<&[Family]>) -> Option<WaiverSpec> {
    let section = value.section(&keys::WAIVER)?;
    let check = section
        .required("check", "name the rule: `check: sens-gap`")
        .and_then(|value| value.name());
    let endpoint = match section.get("endpoint") {
        None => Some(None),
        Some(value) => value.name().map(Some),
    };
    let stratum = section
        .required(
            "stratum",
            "name the one group: `stratum: {site: B}`, or `stratum: overall`",
        )
        .and_then(|value| stratum(&value, facts));
    let model = section
        .required(
            "model_sha256",
            "name the model that was looked at; the report and results.json give its SHA-256",
        )
        .and_then(|value| sha256(&value));
    let until = section
        .required(
            "until",
            "give the last day: `until: 2027-02-01`, at most 180 days ahead",
        )
        .and_then(|value| date(&value));
    let reason = words(&section, "reason", "say why the failure is let pass");
    let owner = words(&section, "owner", "name who answers for it");
    let approver = words(
        &section,
        "approver",
        "name who agreed: somebody else than the owner",
    );
    let not_beyond = section
        .required(
            "not_beyond",
            "give the worst result that is let pass: a worse one ends the waiver",
        )
        .and_then(|value| value.number());
    let read = WaiverSpec {
        check: check?,
        endpoint: endpoint?,
        stratum: stratum?,
        model_sha256: model?.value,
        until: until?,
        reason: reason?,
        owner: owner?,
        approver: approver?,
        not_beyond: not_beyond?,
    };
    about_a_rule(value, &read, facts, families?)?;
    Some(read)
}

fn words(section: &Section<'_>, key: &str, help: &str) -> Option<String> {
    let text = section.required(key, help)?.name()?;
    Some(text.value.trim().to_owned())
}

/// The day on which the requirements were fixed. A waiver that was over by then waives nothing of them.
pub(super) fn locked(value: &Value<'_>, waivers: Option<&[WaiverSpec]>) -> Option<Date> {
    let day = date(value)?;
    let mut over = waivers.unwrap_or_default().iter();
    let Some(first) = over.find(|waiver| waiver.until < day) else {
        return Some(day);
    };
    let message = format!(
        "`gate.locked` is {day}, and the waiver of {} is over since {}, before there were requirements",
        first.check.value, first.until
    );
    value.error(
        "locked-after-waiver",
        message,
        "delete the waiver, or give the day on which the requirements were really fixed",
    );
    None
}

fn date(value: &Value<'_>) -> Option<Date> {
    let text = value.text()?;
    match text.value.parse() {
        Ok(date) => Some(date),
        Err(expected) => {
            let message = format!("`{}` is {}, {expected}", value.path, quoted(&text));
            value.error("malformed-date", message, "");
            None
        }
    }
}

/// One level or the whole cohort: whoever waives a whole attribute does not know what for.
fn stratum(value: &Value<'_>, facts: &Facts<'_>) -> Option<StratumSelector> {
    let mut selected = selectors(value, facts.strata?, Some(Compare::None))?;
    let only = selected.pop()?;
    if selected.is_empty() && !value.is_list() && !matches!(only, StratumSelector::Attribute(_)) {
        return Some(only);
    }
    value.error(
        "waiver-stratum",
        "a waiver is about one group, and this stands for several",
        "write `stratum: {site: B}` and a waiver for each group, or `stratum: overall`",
    );
    None
}

/// The rule exists, and the endpoint is one that it is asked of.
fn about_a_rule(
    value: &Value<'_>,
    waiver: &WaiverSpec,
    facts: &Facts<'_>,
    families: &[Family],
) -> Option<()> {
    let rules: Vec<&Rule> = families.iter().flat_map(|family| &family.rules).collect();
    let check = &waiver.check;
    let Some(rule) = rules.iter().find(|rule| rule.id.value == check.value) else {
        let valid: Vec<&str> = rules.iter().map(|rule| rule.id.value.as_str()).collect();
        let message = format!("{} is the id of no rule", quoted(check));
        value.cx.report(
            Diagnostic::error("unknown-rule", message)
                .at(check.span)
                .help(suggestion(check, &valid, "rule")),
        );
        return None;
    };
    let mut names: Vec<String> = facts.endpoints.clone().unwrap_or_default();
    for task in facts.tasks.unwrap_or_default() {
        let parts = task.names();
        names.extend(
            parts
                .into_iter()
                .filter(|part| !facts.endpoints.iter().flatten().any(|name| name == part)),
        );
    }
    let asked: Vec<&str> = match &rule.endpoint {
        Some(only) => vec![only.value.as_str()],
        None => names.iter().map(String::as_str).collect(),
    };
    match &waiver.endpoint {
        Some(named) if !asked.contains(&named.value.as_str()) => {
            unknown_endpoint(value, named, &asked);
            None
        }
        None if asked.len() > 1 => {
            value.cx.report(
                Diagnostic::error(
                    "missing-key",
                    format!(
                        "`{}` has no key `endpoint`, and rule {} is asked of several",
                        value.path, check.value
                    ),
                )
                .at(value.key)
                .help(format!("name one of {}", asked.join(", "))),
            );
            None
        }
        _ => Some(()),
    }
}

fn unknown_endpoint(value: &Value<'_>, named: &Located<String>, asked: &[&str]) {
    let message = format!("{} is no endpoint that the rule is asked of", quoted(named));
    value.cx.report(
        Diagnostic::error("unknown-endpoint", message)
            .at(named.span)
            .help(suggestion(named, asked, "endpoint")),
    );
}

/// Two waivers for one check would leave open which of them holds.
fn twice(value: &Value<'_>, waivers: &[WaiverSpec]) -> Option<()> {
    let about = |waiver: &WaiverSpec| {
        let (attribute, level) = waiver.place();
        (
            waiver.check.value.clone(),
            attribute.to_owned(),
            level.to_owned(),
        )
    };
    // Without an endpoint a waiver is about the only one that there is.
    let one_endpoint = |a: &WaiverSpec, b: &WaiverSpec| match (&a.endpoint, &b.endpoint) {
        (Some(a), Some(b)) => a.value == b.value,
        _ => true,
    };
    let mut unique = Some(());
    for (place, waiver) in waivers.iter().enumerate() {
        let Some(first) = waivers[..place]
            .iter()
            .find(|first| about(first) == about(waiver) && one_endpoint(first, waiver))
        else {
            continue;
        };
        unique = None;
        value.cx.report(
            Diagnostic::error("duplicate-entry", "two waivers are about the same check")
                .at(waiver.check.span)
                .label("again here")
                .also(first.check.span, "first here")
                .help("keep one of them"),
        );
    }
    unique
}
