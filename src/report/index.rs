//! Finds an estimate or comparison by what it is about, and the anchor a check points to.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::assessment::{Comparison, Estimate};
use crate::gate::{Check, Waiver, WaiverState};

use super::anchor;
use super::language::{Translator, names_of};
use super::result::AuditResult;

/// (endpoint, metric, attribute, level).
type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The result with its estimates, comparisons and checks by what they are about.
pub(super) struct Index<'a> {
    /// The result itself.
    pub result: &'a AuditResult,
    /// Puts the page's words into its language.
    pub words: Arc<Translator>,
    estimates: BTreeMap<Key<'a>, &'a Estimate>,
    comparisons: BTreeMap<(Key<'a>, &'a str), &'a Comparison>,
    checks: BTreeMap<(Key<'a>, Option<&'a str>), &'a Check>,
}

impl<'a> Index<'a> {
    /// Indexes a result. Of two checks on the same quantity the one with the worse verdict stands.
    pub fn new(result: &'a AuditResult) -> Self {
        let estimates = result
            .estimates
            .iter()
            .map(|e| {
                (
                    (
                        e.endpoint.as_str(),
                        e.metric.as_str(),
                        e.attribute.as_str(),
                        e.level.as_str(),
                    ),
                    e,
                )
            })
            .collect();
        let comparisons = result
            .comparisons
            .iter()
            .map(|c| {
                let key = (
                    c.endpoint.as_str(),
                    c.metric.as_str(),
                    c.attribute.as_str(),
                    c.level.as_str(),
                );
                ((key, c.reference.as_str()), c)
            })
            .collect();
        let mut checks: BTreeMap<(Key<'a>, Option<&'a str>), &'a Check> = BTreeMap::new();
        for check in &result.checks {
            let kept = checks
                .entry((key_of(check), check.reference.as_deref()))
                .or_insert(check);
            if severity(check) > severity(kept) {
                *kept = check;
            }
        }
        Self {
            result,
            words: Arc::new(translator(result)),
            estimates,
            comparisons,
            checks,
        }
    }

    /// Whether the endpoint has to be named.
    pub fn several_endpoints(&self) -> bool {
        self.result.methods.endpoints.len() + self.result.methods.tasks.len() > 1
    }

    /// One estimate.
    pub fn estimate(
        &self,
        endpoint: &str,
        metric: &str,
        attribute: &str,
        level: &str,
    ) -> Option<&'a Estimate> {
        self.estimates
            .get(&(endpoint, metric, attribute, level))
            .copied()
    }

    /// The check of a metric itself (no reference) or of a difference.
    pub fn check(
        &self,
        endpoint: &str,
        metric: &str,
        attribute: &str,
        level: &str,
        reference: Option<&str>,
    ) -> Option<&'a Check> {
        self.checks
            .get(&((endpoint, metric, attribute, level), reference))
            .copied()
    }

    /// The waiver that covers a check; `None` where the check is not waived.
    pub fn waiver(&self, check: &Check) -> Option<&'a Waiver> {
        let mut waivers = self.result.waivers.iter();
        waivers.find(|waiver| {
            waiver.state == WaiverState::Applied
                && check.waived
                && waiver.checks.contains(&check.id)
        })
    }

    /// Anchor of the number that a check is about; the check's own row when no such number was measured.
    pub fn target(&self, check: &Check) -> String {
        let key = key_of(check);
        let found = match check.reference.as_deref() {
            None => self.estimates.get(&key).map(|e| anchor::of_estimate(e)),
            Some(reference) => self
                .comparisons
                .get(&(key, reference))
                .map(|c| anchor::of_comparison(c)),
        };
        found.unwrap_or_else(|| anchor::of_check(check))
    }
}

/// Into the language that the audit file asks for. Language files are tried before a model runs; one
/// that was spoilt since then leaves the page English.
fn translator(result: &AuditResult) -> Translator {
    let chosen = result.presentation.as_ref();
    let chosen = chosen.and_then(|presentation| presentation.language.as_ref());
    match chosen.map(super::presentation::ChosenLanguage::read) {
        Some(Ok(language)) => Translator::new(language, |plain| names_of(result, plain)),
        Some(Err(_)) | None => Translator::default(),
    }
}

fn key_of(check: &Check) -> Key<'_> {
    (
        &check.endpoint,
        &check.metric,
        &check.attribute,
        &check.level,
    )
}

/// Fail before inconclusive before not evaluable before pass.
pub(super) fn severity(check: &Check) -> u8 {
    use crate::gate::Verdict::{Fail, Inconclusive, NotEvaluable, Pass};
    match check.verdict {
        Fail => 3,
        Inconclusive => 2,
        NotEvaluable => 1,
        Pass => 0,
    }
}

/// Checks with the worst first: by verdict, then by margin, then in the file's order.
pub(super) fn worst_first(checks: &[Check]) -> Vec<&Check> {
    let mut sorted: Vec<&Check> = checks.iter().collect();
    sorted.sort_by(|a, b| {
        let margin = |c: &Check| super::words::margin(c).unwrap_or(f64::INFINITY);
        (a.waived.cmp(&b.waived))
            .then(severity(b).cmp(&severity(a)))
            .then(margin(a).total_cmp(&margin(b)))
    });
    sorted
}
