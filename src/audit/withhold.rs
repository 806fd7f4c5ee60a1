//! Takes the withheld groups out of a result before anything is written.
//!
//! Every file is made from an [`AuditResult`], so that what is taken out here stands nowhere. Every
//! list of a result must pass through this file: [`withhold`] takes the result apart field by field,
//! so that a new field does not compile before it is said what becomes of it. A list whose rows have
//! an endpoint, an attribute and a level needs one function of a few lines that empties a row (or
//! drops it, where the row has no place to say that it is withheld).

mod robustness;
mod rows;
mod thresholds;

use std::collections::BTreeSet;

use crate::assessment::{
    Comparison, CrossRanking, DecisionCurve, Estimate, HeterogeneityTest, PairedComparison,
    Robustness, StratumCurves,
};
use crate::disclosure::Hidden;
use crate::report::{
    AuditResult, CohortSummary, Disclosure, Finding, FlowStep, Methods, WithheldStratum,
};
use crate::reproducibility::Reproducibility;

/// Findings whose sentence holds no row, name or number of the table.
const SPEAK_OF_NO_SAMPLE: [&str; 15] = [
    "embedded-engine",
    "engine-caution",
    "enriched-prevalence",
    "levels-look-alike",
    "one-class",
    "parity-beyond-tolerance",
    "parity-not-verified",
    "parity-within-tolerance",
    "requirement-always-met",
    "rerun-not-varied",
    "score-kind-not-declared",
    "waiver-expired",
    "waiver-invalid",
    "waiver-unused",
    "waiver-void",
];

/// The result without anything of the withheld groups. Checks were made without them before.
pub(super) fn withhold(result: AuditResult, hidden: &Hidden) -> AuditResult {
    if hidden.below() == 0 {
        return result;
    }
    // Without `..`: a field that is not named here could hold what must not be written.
    let AuditResult {
        schema,
        audit,
        verdict,
        exit_code,
        headline,
        estimates,
        comparisons,
        checks,
        waivers,
        tests,
        curves,
        mut task_curves,
        decision_curves,
        cross_ranking,
        paired,
        case_mix,
        missing_attribute,
        label_noise,
        failures_as_errors,
        spread,
        funnels,
        pooled,
        mut group_thresholds,
        mut threshold_sweeps,
        mut fed,
        mut contact_sheets,
        mut reproducibility,
        mut parity,
        mut cohort,
        disclosure: _,
        findings,
        mut methods,
        provenance,
        presentation,
    } = result;
    let disclosure = disclosure(&estimates, &cohort, hidden);
    let mut rows = Rows {
        estimates,
        comparisons,
        tests,
        curves,
        decision_curves,
        cross_ranking,
        paired,
        robustness: Robustness {
            case_mix,
            missing_attribute,
            label_noise,
            failures_as_errors,
            spread,
            funnels,
            pooled,
        },
    };
    let before = rows.methods();
    rows.withhold(hidden);
    for row in &mut group_thresholds {
        thresholds::of_group(row, hidden);
    }
    for row in &mut threshold_sweeps {
        thresholds::sweep(row, hidden);
    }
    task_curves.retain(|row| !hidden.holds(&row.endpoint, &row.attribute, &row.level));
    contact_sheets.retain(|sheet| !hidden.holds_for_any(&sheet.attribute, &sheet.level));
    for row in &mut fed {
        rows::fed(row, hidden);
    }
    for endpoint in &mut methods.endpoints {
        endpoint.measured_sha256 = None;
    }
    only_used(&mut methods, &before, &rows.methods());
    reruns(&mut reproducibility, hidden);
    parity.withhold(hidden.below());
    summary(&mut cohort, hidden);
    AuditResult {
        schema,
        audit,
        verdict,
        exit_code,
        headline,
        estimates: rows.estimates,
        comparisons: rows.comparisons,
        checks,
        // Made from checks, which know nothing of withheld groups.
        waivers,
        tests: rows.tests,
        curves: rows.curves,
        task_curves,
        decision_curves: rows.decision_curves,
        cross_ranking: rows.cross_ranking,
        paired: rows.paired,
        case_mix: rows.robustness.case_mix,
        missing_attribute: rows.robustness.missing_attribute,
        label_noise: rows.robustness.label_noise,
        failures_as_errors: rows.robustness.failures_as_errors,
        spread: rows.robustness.spread,
        funnels: rows.robustness.funnels,
        pooled: rows.robustness.pooled,
        group_thresholds,
        threshold_sweeps,
        fed,
        contact_sheets,
        reproducibility,
        parity,
        cohort,
        disclosure,
        findings: findings.into_iter().map(finding).collect(),
        methods,
        provenance,
        presentation,
    }
}

/// The lists whose rows are about one group each.
struct Rows {
    estimates: Vec<Estimate>,
    comparisons: Vec<Comparison>,
    tests: Vec<HeterogeneityTest>,
    curves: Vec<StratumCurves>,
    decision_curves: Vec<DecisionCurve>,
    cross_ranking: Vec<CrossRanking>,
    paired: Vec<PairedComparison>,
    robustness: Robustness,
}

impl Rows {
    fn withhold(&mut self, hidden: &Hidden) {
        fn each<T>(rows: &mut [T], hidden: &Hidden, withhold: fn(&mut T, &Hidden)) {
            rows.iter_mut().for_each(|row| withhold(row, hidden));
        }
        each(&mut self.estimates, hidden, rows::estimate);
        each(&mut self.comparisons, hidden, rows::comparison);
        each(&mut self.tests, hidden, rows::test);
        each(&mut self.curves, hidden, rows::curve);
        each(&mut self.decision_curves, hidden, rows::decision_curve);
        each(&mut self.cross_ranking, hidden, rows::cross_ranked);
        each(&mut self.paired, hidden, rows::pair);
        let beside = &mut self.robustness;
        robustness::case_mix(&mut beside.case_mix, hidden);
        each(
            &mut beside.missing_attribute,
            hidden,
            robustness::missing_attribute,
        );
        each(&mut beside.label_noise, hidden, robustness::label_noise);
        each(&mut beside.failures_as_errors, hidden, robustness::failures);
        each(&mut beside.spread, hidden, robustness::spread);
        each(&mut beside.funnels, hidden, robustness::funnel);
        each(&mut beside.pooled, hidden, robustness::pooled);
    }

    /// Methods of everything that was computed.
    fn methods(&self) -> BTreeSet<String> {
        let estimates = self.estimates.iter().map(|row| &row.method);
        let ratios = self.comparisons.iter().filter_map(|row| row.ratio.as_ref());
        estimates
            .chain(self.comparisons.iter().map(|row| &row.method))
            .chain(ratios.map(|ratio| &ratio.method))
            .chain(self.tests.iter().map(|row| &row.method))
            .chain(self.decision_curves.iter().map(|row| &row.method))
            .chain(self.cross_ranking.iter().map(|row| &row.method))
            .chain(self.paired.iter().map(|row| &row.method))
            .map(String::as_str)
            .chain(self.robustness.method_ids())
            .map(str::to_owned)
            .collect()
    }
}

fn disclosure(estimates: &[Estimate], cohort: &CohortSummary, hidden: &Hidden) -> Disclosure {
    let all: BTreeSet<(&str, &str, &str)> = estimates
        .iter()
        .map(|row| {
            (
                row.endpoint.as_str(),
                row.attribute.as_str(),
                row.level.as_str(),
            )
        })
        .collect();
    let withheld = |(endpoint, attribute, level): (&str, &str, &str)| WithheldStratum {
        endpoint: endpoint.to_owned(),
        attribute: attribute.to_owned(),
        level: level.to_owned(),
    };
    Disclosure {
        suppress_below: hidden.below(),
        n_strata: all.len() as u64,
        withheld: hidden.iter().map(withheld).collect(),
        flow_withheld: shown_steps(&cohort.flow, hidden).contains(&false),
    }
}

/// Groups of reruns have no place to say that they are withheld, and are dropped. Where only some
/// samples were run again, a group may be small in them alone: its whole attribute is dropped then,
/// since its number would follow from the others.
fn reruns(reproducibility: &mut Reproducibility, hidden: &Hidden) {
    for run in &mut reproducibility.runs {
        let withheld: BTreeSet<(String, String)> = run
            .groups
            .iter()
            .filter(|group| {
                hidden.is_small(group.n_patients)
                    && !hidden.holds(&group.endpoint, &group.attribute, &group.level)
            })
            .map(|group| (group.endpoint.clone(), group.attribute.clone()))
            .collect();
        run.groups.retain(|group| {
            !hidden.holds(&group.endpoint, &group.attribute, &group.level)
                && !withheld.contains(&(group.endpoint.clone(), group.attribute.clone()))
        });
    }
}

fn summary(cohort: &mut CohortSummary, hidden: &Hidden) {
    for attribute in &mut cohort.attributes {
        for level in &mut attribute.levels {
            if hidden.holds_for_any(&attribute.attribute, &level.level) {
                (level.n, level.n_patients, level.n_positive) = (None, None, None);
            }
        }
    }
    cohort
        .failures
        .retain(|row| !hidden.holds_for_any(&row.attribute, &row.level));
    let shown = shown_steps(&cohort.flow, hidden);
    let mut shown = shown.iter();
    cohort.flow.retain(|_| shown.next() == Some(&true));
    if cohort.n_patients.is_some_and(|n| hidden.is_small(n)) {
        (cohort.n_samples, cohort.n_patients) = (None, None);
    }
}

/// Whether each step of the flow may be shown: from the first step on after which few patients are
/// left nothing is, since what a later step takes away would tell their number. Steps of one
/// endpoint follow the common ones and do not follow those of another.
fn shown_steps(flow: &[FlowStep], hidden: &Hidden) -> Vec<bool> {
    let mut small: Vec<Option<&str>> = Vec::new();
    flow.iter()
        .map(|step| {
            let endpoint = step.endpoint.as_deref();
            if hidden.is_small(step.remaining_patients) {
                small.push(endpoint);
            }
            !small.iter().any(|one| one.is_none() || *one == endpoint)
        })
        .collect()
}

/// Rows, names and numbers in a warning are those of single samples.
fn finding(found: Finding) -> Finding {
    if SPEAK_OF_NO_SAMPLE.contains(&found.code.as_str()) {
        return found;
    }
    Finding {
        message: "something about single samples was noticed; rows, names and numbers are withheld here, and the log of the run tells them".to_owned(),
        ..found
    }
}

/// A method that only withheld groups needed (for few samples, say) would tell of them.
fn only_used(methods: &mut Methods, before: &BTreeSet<String>, after: &BTreeSet<String>) {
    methods
        .method_ids
        .retain(|id| after.contains(id) || !before.contains(id));
    methods.method_ids.push("small_cells".to_owned());
    methods.method_ids.sort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproducibility::{Rerun, RerunGroup};

    fn step(code: &str, endpoint: Option<&str>, remaining_patients: u64) -> FlowStep {
        FlowStep {
            code: code.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            description: String::new(),
            removed: 1,
            remaining: 40,
            remaining_patients,
        }
    }

    #[test]
    fn a_flow_ends_before_few_patients_are_left() {
        let hidden = Hidden::new(5);
        let whole = [step("rows", None, 9), step("measured", None, 5)];
        assert_eq!(shown_steps(&whole, &hidden), [true, true]);
        // What the last step takes away would tell how many were left before it.
        let few = [
            step("rows", None, 9),
            step("scored", None, 4),
            step("measured", None, 0),
        ];
        assert_eq!(shown_steps(&few, &hidden), [true, false, false]);
        let two = [
            step("rows", None, 9),
            step("measured", Some("a"), 3),
            step("measured", Some("b"), 8),
        ];
        assert_eq!(shown_steps(&two, &hidden), [true, false, true]);
    }

    fn group(attribute: &str, level: &str, n_patients: u64) -> RerunGroup {
        RerunGroup {
            endpoint: "e".to_owned(),
            attribute: attribute.to_owned(),
            level: level.to_owned(),
            n: 20,
            n_patients,
            decision_flips: 0,
            patients_with_flips: 0,
            flip_share_upper: 0.5,
            max_abs_score_difference: 0.0,
        }
    }

    #[test]
    fn reruns_of_few_patients_lose_their_attribute_and_withheld_groups_their_row() {
        let mut reproducibility = Reproducibility::not_run("");
        reproducibility.runs.push(Rerun {
            id: "rerun-1".to_owned(),
            varied: Vec::new(),
            engine: String::new(),
            n_compared: 40,
            n_one_sided: 0,
            identical_bits: true,
            scale: "score".to_owned(),
            max_abs_difference: 0.0,
            max_ulp: None,
            max_abs_score_difference: 0.0,
            decision_flips: 0,
            n_near_threshold: 0,
            groups: vec![
                group("overall", "all", 30),
                group("sex", "F", 4),
                group("sex", "M", 26),
                group("site", "A", 10),
                group("site", "B", 10),
                group("site", "C", 10),
            ],
            within_tolerance: None,
        });
        let mut hidden = Hidden::new(5);
        hidden.hide("e", "site", "C");
        hidden.hide("e", "site", "B");
        reruns(&mut reproducibility, &hidden);
        let left: Vec<&str> = reproducibility.runs[0]
            .groups
            .iter()
            .map(|group| group.level.as_str())
            .collect();
        assert_eq!(left, ["all", "A"]);
    }

    #[test]
    fn a_warning_about_samples_loses_its_sentence_and_keeps_its_code() {
        let warning = |code: &str| Finding {
            code: code.to_owned(),
            severity: crate::report::Severity::Warning,
            message: "cohort.csv row 7: patient p3".to_owned(),
            help: None,
            line: Some(4),
        };
        assert!(!finding(warning("something-new")).message.contains("p3"));
        assert_eq!(finding(warning("something-new")).line, Some(4));
        assert_eq!(finding(warning("one-class")), warning("one-class"));
    }
}
