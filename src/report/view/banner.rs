//! The top of the page: verdict in plain words, what failed where and by how much, key facts.

use serde::Serialize;

use crate::gate::{AuditVerdict, Check, Verdict};

use super::super::format;
use super::super::index::{Index, worst_first};
use super::super::language::Translator;
use super::super::{names, words};
use super::block::Definition;
use super::language::in_language;
use super::threshold_words;

/// Most failures that the banner names; the acceptance table has all of them.
const MOST_NAMED: usize = 6;

/// The top of the page.
#[derive(Debug, Serialize)]
pub(super) struct Banner {
    audit_id: String,
    title: String,
    intended_use: Option<String>,
    verdict: String,
    class: &'static str,
    headline: String,
    tally: Vec<Tally>,
    named: Vec<Named>,
    unnamed: Option<String>,
    facts: Vec<Definition>,
}

impl Banner {
    /// Puts the words into the page's language; title and intended use are the audit's own.
    pub fn translate(&mut self, words: &Translator) {
        let own = [&mut self.verdict, &mut self.headline, &mut self.title];
        let others = self.unnamed.iter_mut().chain(&mut self.intended_use);
        for text in own.into_iter().chain(others) {
            in_language(words, text);
        }
        for one in &mut self.tally {
            in_language(words, &mut one.word);
        }
        for one in &mut self.named {
            in_language(words, &mut one.word);
            in_language(words, &mut one.text);
        }
        for fact in &mut self.facts {
            fact.translate(words);
        }
    }
}

/// How many checks have a verdict.
#[derive(Debug, Serialize)]
struct Tally {
    n: String,
    word: String,
    class: &'static str,
}

/// One check that did not pass.
#[derive(Debug, Serialize)]
struct Named {
    class: &'static str,
    word: String,
    text: String,
    href: String,
}

/// Makes the top of the page.
pub(super) fn banner(index: &Index<'_>) -> Banner {
    let result = index.result;
    let open: Vec<&Check> = worst_first(&result.checks)
        .into_iter()
        .filter(|c| c.verdict != Verdict::Pass)
        .collect();
    let named = open
        .iter()
        .take(MOST_NAMED)
        .map(|c| name(c, index))
        .collect();
    let unnamed = (open.len() > MOST_NAMED).then(|| {
        format!(
            "and {} more in the acceptance table",
            open.len() - MOST_NAMED
        )
    });
    Banner {
        audit_id: result.audit.id.clone(),
        title: names::name(&result.audit.title),
        intended_use: result.audit.intended_use.as_deref().map(names::name),
        verdict: words::audit_verdict(result).to_owned(),
        class: words::audit_verdict_class(result),
        headline: headline(index),
        tally: tally(index),
        named,
        unnamed,
        facts: facts(index),
    }
}

/// The verdict in plain words: how many requirements, and in which groups. What each of them is
/// stands below it.
fn headline(index: &Index<'_>) -> String {
    let result = index.result;
    let total = result.checks.len() as u64;
    let of = |verdict: Verdict| -> Vec<&Check> {
        let counts = |c: &&Check| c.verdict == verdict && c.blocking && !c.waived;
        result.checks.iter().filter(counts).collect()
    };
    let (failed, undecided, absent) = (
        of(Verdict::Fail),
        of(Verdict::Inconclusive),
        of(Verdict::NotEvaluable),
    );
    let sentence = |found: &[&Check], what: &str| {
        let are = if found.len() == 1 { "is" } else { "are" };
        format!(
            "{} of {} {are} {what}: {}.",
            format::count(found.len() as u64),
            format::counted(total, "requirement", "requirements"),
            places(found)
        )
    };
    match result.verdict {
        AuditVerdict::Fail if !failed.is_empty() => sentence(&failed, "not met"),
        AuditVerdict::Inconclusive if !undecided.is_empty() => format!(
            "No requirement is shown to be broken, and {}",
            sentence(&undecided, "not decided by these data")
        ),
        AuditVerdict::NotEvaluable if !absent.is_empty() => sentence(&absent, "not evaluable"),
        AuditVerdict::Pass => passed(index),
        _ => result.headline.clone(),
    }
}

/// A pass: what is waived or only warns is named as below.
fn passed(index: &Index<'_>) -> String {
    let result = index.result;
    let open = |waived: bool| -> Vec<&Check> {
        let open = worst_first(&result.checks).into_iter();
        open.filter(|check| check.verdict != Verdict::Pass && check.waived == waived)
            .collect()
    };
    let (waived, warn) = (open(true), open(false));
    if waived.is_empty() && warn.is_empty() {
        return result.headline.clone();
    }
    let named = |checks: &[&Check]| {
        let several = index.several_endpoints();
        // A floor and a gap of one group are one subject.
        let mut named: Vec<String> = Vec::new();
        for check in checks {
            let subject = subject(check, several);
            if !named.contains(&subject) {
                named.push(subject);
            }
        }
        if named.len() > MOST_PLACES {
            let more = named.len() - MOST_PLACES;
            named.truncate(MOST_PLACES);
            named.push(format!("{more} more"));
        }
        named.join(", ")
    };
    let total = result.checks.len();
    let met = total - waived.len() - warn.len();
    let mut sentence = format!("{met} of {total} checks are shown to be met");
    if !waived.is_empty() {
        sentence.push_str(&format!("; waived: {}", named(&waived)));
    }
    if !warn.is_empty() {
        sentence.push_str(&format!("; the others only warn: {}", named(&warn)));
    }
    if waived.is_empty() {
        format!("No blocking check fails. {sentence}.")
    } else {
        format!("No check blocks, but only with waivers. {sentence}.")
    }
}

/// Most groups that the headline names.
const MOST_PLACES: usize = 3;

/// `in the whole cohort, in site West and in 2 further groups`.
fn places(checks: &[&Check]) -> String {
    let mut found: Vec<String> = Vec::new();
    for check in checks {
        let place = if check.attribute == "overall" {
            "in the whole cohort".to_owned()
        } else {
            format!("in {}", names::group(&check.attribute, &check.level))
        };
        if !found.contains(&place) {
            found.push(place);
        }
    }
    let further = found.len().saturating_sub(MOST_PLACES) as u64;
    found.truncate(MOST_PLACES);
    if further > 0 {
        found.push(format!(
            "in {}",
            format::counted(further, "further group", "further groups")
        ));
    }
    match found.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => found.concat(),
    }
}

fn tally(index: &Index<'_>) -> Vec<Tally> {
    if index.result.verdict == AuditVerdict::NoGate {
        return Vec::new();
    }
    [
        Verdict::Pass,
        Verdict::Fail,
        Verdict::Inconclusive,
        Verdict::NotEvaluable,
    ]
    .into_iter()
    .map(|verdict| {
        let n = index
            .result
            .checks
            .iter()
            .filter(|c| c.verdict == verdict)
            .count();
        Tally {
            n: format::count(n as u64),
            word: words::verdict(verdict).to_lowercase(),
            class: words::verdict_class(verdict),
        }
    })
    .collect()
}

fn name(check: &Check, index: &Index<'_>) -> Named {
    let mut word = words::verdict(check.verdict).to_owned();
    if check.waived {
        word.push_str(", waived");
    } else if !check.blocking {
        word.push_str(", warning only");
    }
    Named {
        class: words::verdict_class(check.verdict),
        word,
        text: sentence(check, index.several_endpoints()),
        href: index.target(check),
    }
}

/// `Sensitivity for site B is 0.781 [0.689, 0.841]; at least 0.85 is required: short by 0.069.`
fn sentence(check: &Check, with_endpoint: bool) -> String {
    let subject = subject(check, with_endpoint);
    let least = format::decimals(&check.metric);
    let digits = format::separating_decimals(
        &[check.estimate, check.lower, check.upper],
        check.bound,
        least,
    );
    let Some(estimate) = check.estimate else {
        return format!(
            "{subject} could not be evaluated: {}.",
            check.reason.trim_end_matches('.')
        );
    };
    let bound = format::bound(check.bound, &check.metric).replace('-', "\u{2212}");
    let demand = match check.relation.as_str() {
        ">=" => format!("at least {bound} is required"),
        "<=" => format!("at most {bound} is allowed"),
        _ => format!("exactly {bound} is required"),
    };
    let statement = match &check.reference {
        Some(reference) => format!(
            "{subject} differs from {} by {}{}; a difference of {demand}",
            names::reference(&check.attribute, reference),
            format::signed(estimate, digits),
            format::signed_limits(check.lower, check.upper, digits)
                .map(|l| format!(" {l}"))
                .unwrap_or_default(),
        ),
        None => format!(
            "{subject} is {}{}; {demand}",
            format::number(estimate, digits),
            format::limits(check.lower, check.upper, digits)
                .map(|l| format!(" {l}"))
                .unwrap_or_default(),
        ),
    };
    let shortfall = words::margin(check)
        .filter(|m| *m < 0.0)
        .map(|m| format!(", missed by {}", format::plain(-m, digits)));
    match check.verdict {
        Verdict::Fail => format!("{statement}{}.", shortfall.unwrap_or_default()),
        Verdict::Inconclusive => format!(
            "{statement}; {} {} from {} do not settle it.",
            format::count_shown(check.n_class),
            words::class_noun(&check.metric),
            format::counted_shown(check.n_clusters, "patient", "patients"),
        ),
        _ => format!("{statement}. {}", check.reason),
    }
}

/// `Sensitivity for site B (effusion)`.
fn subject(check: &Check, with_endpoint: bool) -> String {
    let metric = words::metric(&check.metric);
    let subject = match check.attribute.as_str() {
        "overall" => format!("{metric} in the whole cohort"),
        _ => format!(
            "{metric} for {}",
            names::group(&check.attribute, &check.level)
        ),
    };
    if with_endpoint {
        format!("{subject} ({})", names::name(&check.endpoint))
    } else {
        subject
    }
}

fn facts(index: &Index<'_>) -> Vec<Definition> {
    let result = index.result;
    let cohort = &result.cohort;
    let mut facts = Vec::new();
    let mut fact = |term: &str, detail: String| facts.push(Definition::new(term, detail));
    match &result.provenance.model {
        Some(model) => fact(
            "Model",
            format!(
                "{} (SHA-256 {}\u{2026})",
                names::name(&model.file),
                format::short_hash(&model.sha256)
            ),
        ),
        None => fact(
            "Model",
            "not run here; scores were read from a file".to_owned(),
        ),
    }
    if let Some(engine) = &result.provenance.engine {
        fact(
            "Engine",
            names::name(&format!("{} {}", engine.name, engine.version)),
        );
    }
    fact(
        "Samples",
        format!(
            "{} (unit: {})",
            format::count_shown(cohort.n_samples),
            cohort.unit
        ),
    );
    fact(
        "Patients",
        if cohort.clustered {
            format::count_shown(cohort.n_patients)
        } else {
            "not declared; every sample counts as its own".to_owned()
        },
    );
    for endpoint in &result.methods.endpoints {
        let positives = index
            .result
            .estimates
            .iter()
            .find(|e| e.attribute == "overall" && e.endpoint == endpoint.name)
            .map(|e| {
                format!(
                    "; {} of {} are reference positive",
                    format::count_shown(e.n_positive),
                    format::count_shown(e.n)
                )
            })
            .unwrap_or_default();
        let relation = if endpoint.relation == "<=" {
            "\u{2264}"
        } else {
            "\u{2265}"
        };
        fact(
            "Endpoint",
            format!(
                "{}: positive when {} {relation} {} ({}){positives}",
                names::name(&endpoint.name),
                names::name(&endpoint.score),
                endpoint.threshold,
                threshold_words::in_short(endpoint)
            ),
        );
    }
    let declared = |value: Option<String>| value.unwrap_or_else(|| "not declared".to_owned());
    let own = |value: &Option<String>| declared(value.as_deref().map(names::name));
    fact("Sampling", declared(cohort.sampling.clone()));
    fact("Reference standard", own(&cohort.reference_standard));
    fact("Independence", own(&cohort.independence));
    fact(
        "Audit file",
        format!(
            "SHA-256 {}\u{2026}",
            format::short_hash(&result.audit.config_sha256)
        ),
    );
    if let Some(day) = &result.audit.locked {
        facts.push(Definition::new("Requirements fixed on", day.clone()));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    fn bare(text: String) -> String {
        names::bare(&text).into_owned()
    }

    #[test]
    fn the_verdict_is_said_with_its_groups_and_without_signs() {
        let result = example::chest();
        let said = bare(headline(&Index::new(&result)));
        assert_eq!(said, "1 of 11 requirements is not met: in site B.");
        let several = example::two_endpoints();
        // The other endpoint's failure is waived.
        assert!(headline(&Index::new(&several)).starts_with("1 of 22 requirements is not met"));
        let nothing = example::nothing_estimable();
        let said = bare(headline(&Index::new(&nothing)));
        assert!(
            said.ends_with(
                "not evaluable: in site B, in the whole cohort, in sex F and in 6 further groups."
            ),
            "{said}"
        );
        let mut warned = example::two_endpoints();
        warned.verdict = AuditVerdict::Pass;
        for check in &mut warned.checks {
            check.blocking = false;
        }
        let said = bare(headline(&Index::new(&warned)));
        assert!(
            said.contains("; the others only warn: Sensitivity for site B (")
                && !said.contains('='),
            "{said}"
        );
        let bare = example::bare();
        assert_eq!(headline(&Index::new(&bare)), bare.headline);
    }
}
