//! The `strata` section.

use super::super::audit::{Attribute, Bins};
use super::super::diagnostic::{Diagnostic, quoted, suggestion};
use super::super::keys;
use super::super::located::Located;
use super::names::{canonical, visible_name};
use super::reader::{Section, Value};

/// Names that mean something else where strata are named.
const RESERVED: [&str; 3] = ["overall", "none", "intersections"];
/// The level of samples whose value is missing.
pub(super) const MISSING_LEVEL: &str = "(missing)";

/// What was read, and enough of what could not be read to check references to it.
pub(super) struct StrataRead {
    /// Attributes without mistakes.
    pub(super) attributes: Vec<Attribute>,
    /// Names of all attributes, with mistakes or without.
    pub(super) names: Vec<String>,
    /// Crossings, where all of them are without mistakes.
    pub(super) crossings: Option<Vec<Vec<String>>>,
}

impl StrataRead {
    /// Whether every attribute and crossing is without mistakes.
    pub(super) fn is_complete(&self) -> bool {
        self.crossings.is_some() && self.attributes.len() == self.names.len()
    }

    pub(super) fn none() -> Self {
        Self {
            attributes: Vec::new(),
            names: Vec::new(),
            crossings: Some(Vec::new()),
        }
    }
}

pub(super) fn strata(value: &Value<'_>) -> Option<StrataRead> {
    let section = value.open_section(&keys::STRATA)?;
    let mut attributes = Vec::new();
    let mut names = Vec::new();
    for (name, value) in section.others() {
        names.push(name.value.clone());
        if RESERVED.contains(&name.as_str()) {
            let message = format!(
                "{} is a reserved name and cannot be an attribute's",
                quoted(&name)
            );
            let diagnostic = Diagnostic::error("reserved-name", message).at(name.span);
            value
                .cx
                .report(diagnostic.help(format!("reserved: {}", RESERVED.join(", "))));
            continue;
        }
        let named = visible_name(value.cx, &name, "an attribute", &['*', '=']);
        attributes.extend(attribute(&name, &value).filter(|_| named));
    }
    let crossings = match section.get("intersections") {
        None => Some(Vec::new()),
        Some(value) => intersections(&value, &names),
    };
    Some(StrataRead {
        attributes,
        names,
        crossings,
    })
}

fn attribute(name: &Located<String>, value: &Value<'_>) -> Option<Attribute> {
    let section = value.section(&keys::ATTRIBUTE)?;
    let column = section
        .required(
            "column",
            &format!("name the column: `{}: {{column: ...}}`", name.value),
        )
        .and_then(|value| column(&value));
    let levels = match section.get("levels") {
        None => Some(None),
        Some(value) => value
            .texts(1)
            .and_then(|levels| no_missing(&value, levels))
            .map(Some),
    };
    let bins = bins(&section);
    let exploratory = match section.get("exploratory") {
        None => Some(false),
        Some(value) => value.flag(),
    };
    let cross_ranking = match section.get("cross_ranking") {
        None => Some(false),
        Some(value) => value.flag(),
    };
    let mut fits = true;
    if let (Some(levels), Some(_)) = (section.get("levels"), section.get("bins")) {
        fits = false;
        levels.error(
            "contradiction",
            format!(
                "attribute {} has `bins` and `levels`, expected one of them",
                quoted(name)
            ),
            "the bins make the levels; name them with `labels`",
        );
    }
    let reference = match section.get("reference") {
        None => Some(None),
        Some(value) => value.name().map(|reference| Some((value, reference))),
    };
    let (levels, bins) = (levels?, bins?);
    let known: Option<Vec<&str>> = match (&bins, &levels) {
        (Some(bins), _) => Some(bins.labels.iter().map(String::as_str).collect()),
        (None, Some(levels)) => Some(levels.iter().map(|level| level.value.as_str()).collect()),
        (None, None) => None,
    };
    let reference = match reference? {
        None => None,
        Some((value, reference)) => Some(known_level(&value, reference, known.as_deref())?),
    };
    Some(Attribute {
        name: name.clone(),
        column: column?,
        bins,
        levels,
        reference,
        exploratory: exploratory?,
        cross_ranking: cross_ranking?,
    })
    .filter(|_| fits)
}

fn column(value: &Value<'_>) -> Option<Located<String>> {
    value.name()
}

/// A level as the cohort compares it, among the known ones where they are known.
pub(super) fn known_level(
    value: &Value<'_>,
    level: Located<String>,
    known: Option<&[&str]>,
) -> Option<Located<String>> {
    let name = canonical(&level).to_owned();
    if let Some(known) = known
        && !known.iter().any(|known| canonical(known) == name)
        && name != MISSING_LEVEL
    {
        let message = format!("{} is no level of the attribute", quoted(&level));
        value.error(
            "unknown-level",
            message,
            &suggestion(&level, known, "level"),
        );
        return None;
    }
    Some(Located::new(name, level.span))
}

fn no_missing(value: &Value<'_>, levels: Vec<Located<String>>) -> Option<Vec<Located<String>>> {
    if levels.iter().any(|level| level.value == MISSING_LEVEL) {
        let message = format!(
            "`{MISSING_LEVEL}` is the level of samples without a value and cannot be declared"
        );
        value.error("reserved-name", message, "");
        return None;
    }
    Some(levels)
}

/// The outer `None` for a mistake, the inner one for an attribute without bins.
fn bins(section: &Section<'_>) -> Option<Option<Bins>> {
    let labels = section
        .get("labels")
        .map(|value| value.texts(2).and_then(|labels| no_missing(&value, labels)));
    let Some(value) = section.get("bins") else {
        if let Some(value) = section.get("labels") {
            value.error(
                "contradiction",
                "`labels` name bins, and the attribute has none",
                "write `bins: [...]` too",
            );
            return None;
        }
        return Some(None);
    };
    let edges: Vec<Option<f64>> = value.list("numbers")?.iter().map(Value::number).collect();
    let edges = edges.into_iter().collect::<Option<Vec<f64>>>()?;
    if edges.is_empty() {
        value.error(
            "too-few",
            format!("`{}` is empty, expected at least one edge", value.path),
            "",
        );
        return None;
    }
    if let Some(pair) = edges.windows(2).find(|pair| pair[0] >= pair[1]) {
        let message = format!(
            "`{}` has {} before {}, expected edges that increase",
            value.path, pair[0], pair[1]
        );
        value.error("bins-not-increasing", message, "");
        return None;
    }
    let labels = match labels {
        None => default_labels(&edges),
        Some(labels) => {
            let labels: Vec<String> = labels?.into_iter().map(|label| label.value).collect();
            if labels.len() != edges.len() + 1 {
                let message = format!(
                    "there are {} labels for {} intervals",
                    labels.len(),
                    edges.len() + 1
                );
                let help = format!(
                    "{} edges make {} intervals; the first and the last are open",
                    edges.len(),
                    edges.len() + 1
                );
                section.get("labels").as_ref().unwrap_or(&value).error(
                    "label-count",
                    message,
                    &help,
                );
                return None;
            }
            labels
        }
    };
    Some(Some(Bins { edges, labels }))
}

/// `[40, 60]` makes `<40`, `[40,60)`, `>=60`.
fn default_labels(edges: &[f64]) -> Vec<String> {
    let mut labels: Vec<String> = edges
        .first()
        .map(|first| format!("<{first}"))
        .into_iter()
        .collect();
    labels.extend(
        edges
            .windows(2)
            .map(|pair| format!("[{},{})", pair[0], pair[1])),
    );
    labels.extend(edges.last().map(|last| format!(">={last}")));
    labels
}

fn intersections(value: &Value<'_>, names: &[String]) -> Option<Vec<Vec<String>>> {
    let valid: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut crossings: Vec<Vec<String>> = Vec::new();
    let mut complete = true;
    for value in value.list("crossings such as `[sex, site]`")? {
        match crossing(&value, &valid) {
            Some(crossing) if crossings.iter().any(|other| same(other, &crossing)) => {
                complete = false;
                value.error(
                    "duplicate-entry",
                    format!("{} is crossed twice", crossing.join("*")),
                    "",
                );
            }
            Some(crossing) => crossings.push(crossing),
            None => complete = false,
        }
    }
    complete.then_some(crossings)
}

/// Whether two crossings are of the same attributes, in any order.
pub(super) fn same<A: AsRef<str>, B: AsRef<str>>(one: &[A], other: &[B]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .all(|name| other.iter().any(|other| other.as_ref() == name.as_ref()))
}

fn crossing(value: &Value<'_>, valid: &[&str]) -> Option<Vec<String>> {
    if let Some(text) = value.scalar().filter(|text| text.contains('*')) {
        let message = format!(
            "`{}` is {}, expected a list of attributes",
            value.path,
            quoted(text)
        );
        value.error(
            "wrong-type",
            message,
            &format!("write `[{}]`", text.replace('*', ", ")),
        );
        return None;
    }
    let mut names = Vec::new();
    let mut known = true;
    for value in value.list("attributes")? {
        let name = value.name()?;
        if !valid.contains(&name.value.as_str()) {
            known = false;
            let message = format!("{} is no attribute of `strata`", quoted(&name));
            value.error(
                "unknown-attribute",
                message,
                &suggestion(&name, valid, "attribute"),
            );
        }
        names.push(name);
    }
    if names.len() < 2 {
        let message = format!(
            "`{}` has {} attributes, expected at least two",
            value.path,
            names.len()
        );
        value.error("too-few", message, "");
        return None;
    }
    let unique = value.cx.unique(&names, &value.path);
    (known && unique).then(|| names.into_iter().map(|name| name.value).collect())
}
