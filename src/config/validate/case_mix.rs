//! `statistics.case_mix`: which attribute is compared within the levels of which other.

use super::super::audit::CaseMixSpec;
use super::super::diagnostic::{quoted, suggestion};
use super::super::keys;
use super::super::located::Located;
use super::reader::{Section, Value};
use super::strata::StrataRead;

/// The declared pairs; `strata` is `None` where the attributes themselves could not be read.
pub(super) fn case_mix(value: &Value<'_>, strata: Option<&StrataRead>) -> Option<Vec<CaseMixSpec>> {
    let mut pairs: Vec<CaseMixSpec> = Vec::new();
    let mut complete = true;
    for value in value.list("pairs such as `{compare: sex, within: site}`")? {
        let Some(pair) = pair(&value, strata) else {
            complete = false;
            continue;
        };
        if pairs
            .iter()
            .any(|other| other.compare == pair.compare && other.within == pair.within)
        {
            complete = false;
            let message = format!(
                "{} is compared within {} twice",
                pair.compare.value, pair.within.value
            );
            value.error("duplicate-entry", message, "remove one");
        }
        pairs.push(pair);
    }
    complete.then_some(pairs)
}

fn pair(value: &Value<'_>, strata: Option<&StrataRead>) -> Option<CaseMixSpec> {
    let section = value.section(&keys::CASE_MIX)?;
    let compare = attribute(
        &section,
        "compare",
        "name the attribute whose levels are compared: `compare: sex`",
        strata,
    );
    let within = attribute(
        &section,
        "within",
        "name the attribute whose mix is held fixed: `within: site`",
        strata,
    );
    let (compare, within) = (compare?, within?);
    if compare == within {
        let message = format!(
            "`{}` compares {} within itself, expected two different attributes",
            value.path,
            quoted(&compare)
        );
        value.error(
            "contradiction",
            message,
            "within one level of an attribute there is nobody of another level to compare with",
        );
        return None;
    }
    Some(CaseMixSpec { compare, within })
}

/// A declared attribute.
fn attribute(
    section: &Section<'_>,
    key: &str,
    help: &str,
    strata: Option<&StrataRead>,
) -> Option<Located<String>> {
    let value = section.required(key, help)?;
    let name = value.name()?;
    // Without attributes to compare with, their own mistakes are reported already.
    let names = &strata?.names;
    if names.contains(&name.value) {
        return Some(name);
    }
    let valid: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = format!(
        "`{}` is {}, which is no attribute of `strata`",
        value.path,
        quoted(&name)
    );
    value.error(
        "unknown-attribute",
        message,
        &suggestion(&name, &valid, "attribute"),
    );
    None
}
