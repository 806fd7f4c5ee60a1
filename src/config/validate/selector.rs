//! Which strata a rule is asked of: `overall`, `sex`, `sex*site`, `{sex: F}`.

use super::super::audit::{Attribute, Compare, StratumSelector};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::located::Located;
use super::reader::Value;
use super::strata::{StrataRead, known_level, same};

/// What a name in a selector stands for.
enum Named {
    Overall,
    /// An attribute, or a crossing in its declared order.
    Attribute(String),
}

/// Reads the selectors of one rule.
pub(super) fn selectors(
    value: &Value<'_>,
    strata: &StrataRead,
    compare: Option<Compare>,
) -> Option<Vec<StratumSelector>> {
    let values = value.one_or_list();
    if values.is_empty() {
        let message = format!("`{}` is empty, expected at least one stratum", value.path);
        value.error(
            "too-few",
            message,
            "leave the key out to ask the whole cohort",
        );
        return None;
    }
    let mut selectors: Vec<StratumSelector> = Vec::new();
    let mut complete = true;
    for value in &values {
        let Some(read) = selector(value, strata, compare) else {
            complete = false;
            continue;
        };
        for selector in read {
            if selectors.contains(&selector) {
                complete = false;
                value.error(
                    "duplicate-entry",
                    "this stratum is asked twice",
                    "remove one",
                );
            }
            selectors.push(selector);
        }
    }
    complete.then_some(selectors)
}

fn selector(
    value: &Value<'_>,
    strata: &StrataRead,
    compare: Option<Compare>,
) -> Option<Vec<StratumSelector>> {
    if value.is_mapping() {
        return levels(value, strata, compare);
    }
    let name = value.name()?;
    match named(value, &name, strata)? {
        Named::Overall if compare.is_some_and(|compare| compare != Compare::None) => {
            value.error(
                "no-complement",
                "the whole cohort has nobody to be compared with",
                "name attributes, or remove `compare` to ask the whole cohort",
            );
            None
        }
        Named::Overall => Some(vec![StratumSelector::Overall]),
        Named::Attribute(attribute) => {
            may_be_gated(value, &attribute, strata, compare)?;
            Some(vec![StratumSelector::Attribute(Located::new(
                attribute, name.span,
            ))])
        }
    }
}

fn valid(strata: &StrataRead) -> Vec<String> {
    let crossings = strata
        .crossings
        .iter()
        .flatten()
        .map(|names| names.join("*"));
    std::iter::once("overall".to_owned())
        .chain(strata.names.iter().cloned())
        .chain(crossings)
        .collect()
}

fn named(value: &Value<'_>, name: &Located<String>, strata: &StrataRead) -> Option<Named> {
    if name.value == "overall" {
        return Some(Named::Overall);
    }
    if strata.names.contains(&name.value) {
        return Some(Named::Attribute(name.value.clone()));
    }
    let valid = valid(strata);
    let valid: Vec<&str> = valid.iter().map(String::as_str).collect();
    let parts: Vec<&str> = name.split('*').map(str::trim).collect();
    if parts.len() > 1 {
        let crossings = strata.crossings.as_ref()?;
        if let Some(declared) = crossings.iter().find(|declared| same(declared, &parts)) {
            return Some(Named::Attribute(declared.join("*")));
        }
        if parts
            .iter()
            .all(|part| strata.names.iter().any(|name| name == part))
        {
            let message = format!("{} is no declared crossing", quoted(name));
            let help = format!("add `[{}]` to `strata.intersections`", parts.join(", "));
            value.error("unknown-stratum", message, &help);
            return None;
        }
    }
    let message = format!("{} is no attribute or crossing of `strata`", quoted(name));
    let help = match name.split_once('=') {
        Some((attribute, level)) if strata.names.iter().any(|name| name == attribute) => {
            format!("write `{{{attribute}: {level}}}` for one level")
        }
        _ => suggestion(name, &valid, "stratum"),
    };
    value.error("unknown-stratum", message, &help);
    None
}

/// Exploratory attributes never gate, and a comparison with a reference needs one.
fn may_be_gated(
    value: &Value<'_>,
    attribute: &str,
    strata: &StrataRead,
    compare: Option<Compare>,
) -> Option<()> {
    let crossed = attribute.contains('*');
    let mut gated = Some(());
    for name in attribute.split('*') {
        let Some(declared) = declared(strata, name) else {
            continue;
        };
        if declared.exploratory {
            let message = format!(
                "attribute {} is exploratory, and is shown but never gated",
                quoted(name)
            );
            value.error(
                "exploratory-gated",
                message,
                "remove it from the rule, or remove `exploratory: true`",
            );
            gated = None;
        }
        if compare == Some(Compare::Reference) && !crossed && declared.reference.is_none() {
            let message = format!(
                "attribute {} has no reference level to be compared with",
                quoted(name)
            );
            let help =
                format!("write `reference: LEVEL` under `strata.{name}`, or `compare: complement`");
            value.cx.report(
                Diagnostic::error("no-reference", message)
                    .at(value.span())
                    .also(declared.name.span, "declared here")
                    .help(help),
            );
            gated = None;
        }
    }
    if crossed && compare == Some(Compare::Reference) {
        value.error(
            "no-reference",
            "a crossing has no reference level",
            "write `compare: complement`",
        );
        gated = None;
    }
    gated
}

fn declared<'s>(strata: &'s StrataRead, name: &str) -> Option<&'s Attribute> {
    strata
        .attributes
        .iter()
        .find(|attribute| attribute.name.value == name)
}

/// `{sex: F}`, `{sex: [F, M]}`, or `{sex: F, site: B}` for a level of a declared crossing.
fn levels(
    value: &Value<'_>,
    strata: &StrataRead,
    compare: Option<Compare>,
) -> Option<Vec<StratumSelector>> {
    let pairs = value.named("levels")?;
    if pairs.is_empty() {
        value.error(
            "too-few",
            "the stratum is empty, expected one such as `{sex: F}`",
            "",
        );
        return None;
    }
    let mut names = Vec::new();
    for (name, _) in &pairs {
        names.push(attribute_of_level(value, name, strata)?);
    }
    let crossing = if names.len() == 1 {
        names[0].clone()
    } else {
        declared_crossing(value, &names, strata)?
    };
    may_be_gated(value, &crossing, strata, compare)?;
    let mut products: Vec<Vec<Located<String>>> = vec![Vec::new()];
    for part in crossing.split('*') {
        let (_, level) = pairs.iter().find(|(name, _)| name.value == part)?;
        let levels = level_texts(level, part, strata, compare)?;
        products = products
            .into_iter()
            .flat_map(|product| {
                levels.iter().map(move |level| {
                    let mut longer = product.clone();
                    longer.push(level.clone());
                    longer
                })
            })
            .collect();
    }
    let place = pairs.first()?.0.span;
    let joined = |levels: Vec<Located<String>>| {
        let span = levels.first().map_or(place, |level| level.span);
        let names: Vec<&str> = levels.iter().map(|level| level.value.as_str()).collect();
        StratumSelector::Level {
            attribute: Located::new(crossing.clone(), place),
            level: Located::new(names.join("*"), span),
        }
    };
    Some(products.into_iter().map(joined).collect())
}

fn attribute_of_level(
    value: &Value<'_>,
    name: &Located<String>,
    strata: &StrataRead,
) -> Option<String> {
    if strata.names.contains(&name.value) {
        return Some(name.value.clone());
    }
    let valid: Vec<&str> = strata.names.iter().map(String::as_str).collect();
    let help = if name.contains('*') {
        "write one pair for each attribute: `{sex: F, site: B}`".to_owned()
    } else {
        suggestion(name, &valid, "attribute")
    };
    let message = format!("{} is no attribute of `strata`", quoted(name));
    value.cx.report(
        Diagnostic::error("unknown-attribute", message)
            .at(name.span)
            .help(help),
    );
    None
}

fn declared_crossing(value: &Value<'_>, names: &[String], strata: &StrataRead) -> Option<String> {
    let crossings = strata.crossings.as_ref()?;
    let found = crossings.iter().find(|declared| same(declared, names));
    if found.is_none() {
        let message = format!("{} is no declared crossing", quoted(&names.join("*")));
        let help = format!("add `[{}]` to `strata.intersections`", names.join(", "));
        value.error("unknown-stratum", message, &help);
    }
    found.map(|declared| declared.join("*"))
}

fn level_texts(
    value: &Value<'_>,
    attribute: &str,
    strata: &StrataRead,
    compare: Option<Compare>,
) -> Option<Vec<Located<String>>> {
    let texts = value.texts(1)?;
    let declared = declared(strata, attribute);
    let known: Option<Vec<&str>> =
        declared.and_then(|declared| match (&declared.bins, &declared.levels) {
            (Some(bins), _) => Some(bins.labels.iter().map(String::as_str).collect()),
            (None, Some(levels)) => Some(levels.iter().map(|level| level.value.as_str()).collect()),
            (None, None) => None,
        });
    let reference = declared.and_then(|declared| declared.reference.as_ref());
    let mut levels = Vec::new();
    for (text, place) in texts.into_iter().zip(value.one_or_list()) {
        let level = known_level(&place, text, known.as_deref())?;
        if compare == Some(Compare::Reference) && reference == Some(&level) {
            let message = format!(
                "{} is the reference level and cannot be compared with itself",
                quoted(&level)
            );
            place.error(
                "no-reference",
                message,
                "name another level, or `compare: complement`",
            );
            return None;
        }
        levels.push(level);
    }
    Some(levels)
}
