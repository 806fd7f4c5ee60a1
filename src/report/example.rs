//! Results for tests: made up here, with plausible numbers.

use crate::assessment::{EstimateStatus, IfCalibrated};
use crate::gate::{AuditVerdict, Verdict};
use crate::reproducibility::{Reproducibility, RerunStatus};

use super::example_parts::{
    check, cohort, comparison, curves, estimate, fed, heterogeneity, methods, provenance, reruns,
    scalar, wilson,
};
pub(crate) use super::example_tasks::tasks_only;
use super::example_thresholds::{chosen, group_thresholds, threshold_sweeps, tuning};
use super::result::*;

/// A group: attribute, level, positives, found, negatives, false alarms, patients.
pub(super) type Group = (String, String, u64, u64, u64, u64, u64);

fn group(attribute: &str, level: &str, p: u64, tp: u64, n: u64, fp: u64, patients: u64) -> Group {
    (
        attribute.to_owned(),
        level.to_owned(),
        p,
        tp,
        n,
        fp,
        patients,
    )
}

/// Two sexes, three age bands, three sites and their crossing; site B fails, two groups are undecided.
pub(crate) fn chest() -> AuditResult {
    let groups = vec![
        group("overall", "all", 412, 377, 1_288, 118, 902),
        group("sex", "F", 198, 180, 640, 61, 441),
        group("sex", "M", 209, 193, 640, 56, 455),
        group("sex", "(missing)", 5, 4, 8, 1, 6),
        group("age_band", "<40", 61, 55, 402, 30, 251),
        group("age_band", "[40,65)", 160, 148, 511, 46, 360),
        group("age_band", ">=65", 191, 174, 375, 42, 291),
        group("site", "A", 188, 178, 560, 44, 401),
        group("site", "B", 96, 75, 310, 45, 212),
        group("site", "C", 128, 124, 418, 29, 289),
        group("sex*site", "F*A", 92, 87, 281, 22, 199),
        group("sex*site", "F*B", 45, 34, 155, 24, 104),
        group("sex*site", "F*C", 61, 59, 204, 15, 138),
        group("sex*site", "M*A", 95, 90, 277, 22, 201),
        group("sex*site", "M*B", 50, 40, 150, 20, 105),
        group("sex*site", "M*C", 64, 63, 213, 14, 149),
    ];
    build(
        "chest-xray-effusion",
        "Pleural effusion on frontal radiographs",
        &groups,
    )
}

/// Forty sites with long names in several scripts, some of which are hard on tables and anchors.
pub(crate) fn many_strata() -> AuditResult {
    let names = [
        "Universitätsklinikum St. Katharina, Abteilung für Kinderradiologie und Neuroradiologie",
        "東京大学医学部附属病院 放射線科 第二読影室",
        "مستشفى الملك فيصل التخصصي ومركز الأبحاث",
        "Больница имени Н. И. Пирогова, отделение лучевой диагностики",
        "a|b*c <script>alert(1)</script> & \"quotes\", commas",
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
        "โรงพยาบาลจุฬาลงกรณ์ สภากาชาดไทย",
        "100% of it.#?/\\",
    ];
    let mut groups = vec![group("overall", "all", 1_900, 1_700, 6_000, 500, 4_100)];
    for i in 0..40_u64 {
        let name = names[usize::try_from(i).unwrap() % names.len()];
        let level = if i < 8 {
            name.to_owned()
        } else {
            format!("{name} {i}")
        };
        let p = 4 + i * i;
        groups.push(group(
            "hospital of acquisition",
            &level,
            p,
            p - p / (5 + i % 7),
            30 + 12 * i,
            2 + i,
            20 + 8 * i,
        ));
    }
    build("many-sites", "One model in forty hospitals", &groups)
}

/// Two endpoints, a waived failure, a broken rerun, a refused comparison and withheld cells.
pub(crate) fn two_endpoints() -> AuditResult {
    let mut result = chest();
    let mut second = result.methods.endpoints[0].clone();
    second.name = "pneumothorax".to_owned();
    second.score_kind = "score".to_owned();
    second.threshold_choice = Some(chosen("nested"));
    result.methods.endpoints.push(second);
    let named = |id: &str, first: &str, endpoint: &str| {
        id.replacen(first, &format!("{first}.{endpoint}"), 1)
    };
    for endpoint in ["effusion", "pneumothorax"] {
        let copied = endpoint == "pneumothorax";
        let base = chest();
        for (i, mut e) in base.estimates.into_iter().enumerate() {
            e.id = named(&e.id, &e.metric, endpoint);
            if copied {
                e.endpoint = endpoint.to_owned();
                if e.level.contains('B') {
                    e.status = EstimateStatus::Suppressed;
                    e.reason = Some("fewer than 11 patients".to_owned());
                    (
                        e.estimate,
                        e.lower,
                        e.upper,
                        e.standard_error,
                        e.design_effect,
                    ) = (None, None, None, None, None);
                }
                result.estimates.push(e);
            } else {
                result.estimates[i] = e;
            }
        }
        for (i, mut c) in base.checks.into_iter().enumerate() {
            c.id = named(&c.id, &c.requirement, endpoint);
            c.waived = copied && c.verdict == Verdict::Fail;
            if copied {
                c.endpoint = endpoint.to_owned();
                result.checks.push(c);
            } else {
                result.checks[i] = c;
            }
        }
        for (i, mut c) in base.comparisons.into_iter().enumerate() {
            c.id = named(&c.id, &c.metric, endpoint);
            if copied {
                c.endpoint = endpoint.to_owned();
                c.status = EstimateStatus::NotEstimable;
                c.reason = Some(
                    "ppv follows the mix of cases in a group and is not compared between groups"
                        .to_owned(),
                );
                (c.difference, c.lower, c.upper, c.p, c.p_adjusted) =
                    (None, None, None, None, None);
                result.comparisons.push(c);
            } else {
                result.comparisons[i] = c;
            }
        }
        if copied {
            result.curves.extend(base.curves.into_iter().map(|mut c| {
                c.endpoint = endpoint.to_owned();
                c.reliability.clear();
                c
            }));
        }
    }
    result.reproducibility.status = RerunStatus::Breached;
    let run = &mut result.reproducibility.runs[3];
    (
        run.decision_flips,
        run.within_tolerance,
        run.groups[2].decision_flips,
    ) = (2, Some(false), 2);
    result
}

/// Nothing could be computed.
pub(crate) fn nothing_estimable() -> AuditResult {
    let mut result = chest();
    for e in &mut result.estimates {
        e.status = EstimateStatus::NotEstimable;
        e.reason = Some("no positives in this group".to_owned());
        (
            e.estimate,
            e.lower,
            e.upper,
            e.standard_error,
            e.design_effect,
        ) = (None, None, None, None, None);
        e.if_calibrated = None;
        e.flags.clear();
    }
    for c in &mut result.comparisons {
        c.status = EstimateStatus::NotEstimable;
        c.reason = Some("no positives in this group".to_owned());
        (c.difference, c.lower, c.upper, c.p, c.p_adjusted) = (None, None, None, None, None);
        (c.estimate, c.reference_estimate, c.minimum_detectable) = (None, None, None);
    }
    for c in &mut result.checks {
        c.verdict = Verdict::NotEvaluable;
        c.reason = "no positives in this group".to_owned();
        (
            c.estimate,
            c.lower,
            c.upper,
            c.p_fail,
            c.p_fail_adjusted,
            c.n_needed,
        ) = (None, None, None, None, None, None);
        c.minimum_detectable = None;
    }
    for one in &mut result.case_mix {
        one.status = EstimateStatus::NotEstimable;
        one.reason = Some("no positives in this group".to_owned());
        (one.difference, one.lower, one.upper) = (None, None, None);
        (one.crude_difference, one.crude_lower, one.crude_upper) = (None, None, None);
    }
    for one in &mut result.label_noise {
        one.status = EstimateStatus::NotEstimable;
        one.reason = Some("no positives in this group".to_owned());
        one.reference_grid.clear();
    }
    for c in &mut result.curves {
        c.roc.clear();
        c.reliability.clear();
        c.operating_point = None;
    }
    result.verdict = AuditVerdict::NotEvaluable;
    result.headline = "No requirement could be evaluated: the cohort has no positives.".to_owned();
    result
}

/// Stored scores, no gate, no reruns, no attributes, no patient column.
pub(crate) fn bare() -> AuditResult {
    let mut result = chest();
    result.verdict = AuditVerdict::NoGate;
    result.headline =
        "No requirement was declared; the numbers are reported without a verdict.".to_owned();
    result.checks.clear();
    result.comparisons.clear();
    result.tests.clear();
    result.case_mix.clear();
    result.missing_attribute.clear();
    result.label_noise.clear();
    result.failures_as_errors.clear();
    result.spread.clear();
    result.funnels.clear();
    result.pooled.clear();
    result.curves.clear();
    result.findings.clear();
    result.estimates.retain(|e| e.attribute == "overall");
    result.reproducibility = Reproducibility {
        status: RerunStatus::NotRun,
        reason: Some(
            "the scores were read from a file, so that there was no model to run again".to_owned(),
        ),
        max_abs_logit_tolerated: None,
        decision_flips_tolerated: None,
        runs: vec![],
    };
    result.cohort.attributes.clear();
    result.group_thresholds.clear();
    result.methods.endpoints[0].threshold_choice = Some(chosen("tuning"));
    result.cohort.tuning = Some(tuning());
    result.cohort.failures.clear();
    result.cohort.clustered = false;
    result.cohort.sampling = None;
    result.cohort.reference_standard = None;
    result.cohort.independence = None;
    result.methods.alpha = None;
    result.methods.inputs.clear();
    result.methods.preprocessing.clear();
    result.provenance.engine = None;
    result.provenance.model = None;
    result.provenance.images_sha256 = None;
    result.provenance.decoders.clear();
    result
}

fn build(id: &str, title: &str, groups: &[Group]) -> AuditResult {
    let mut estimates = Vec::new();
    let (mut comparisons, mut checks) = (Vec::new(), Vec::new());
    let all = groups[0].clone();
    for g in groups {
        let (attribute, level, p, tp, n, fp, patients) = g.clone();
        estimates.push(estimate("sensitivity", g, tp, p));
        estimates.push(estimate("specificity", g, n - fp, n));
        estimates.push(estimate("ppv", g, tp, tp + fp));
        estimates.push(estimate("flag_rate", g, tp + fp, p + n));
        estimates.push(scalar(
            "auroc",
            "logit_obuchowski",
            g,
            0.9 + 0.07 * (tp as f64 / p as f64 - 0.8),
            0.02,
        ));
        estimates.push(scalar("brier", "ratio_mean_cluster", g, 0.071, 0.012));
        estimates.push(scalar(
            "calibration_slope",
            "cluster_sandwich",
            g,
            0.94,
            0.11,
        ));
        let mut error = scalar("ece_width", "ece_bootstrap", g, 0.031, 0.012);
        error.if_calibrated = Some(IfCalibrated {
            expected: 0.019,
            upper_95: 0.029,
            p: 0.031,
            l2: 0.038,
            expected_l2: 0.024,
            largest: 0.094,
            intracluster_correlation: 0.12,
        });
        estimates.push(error);
        let plain = level != "(missing)" && !attribute.contains('*');
        if plain && attribute != "overall" {
            comparisons.push(comparison("sensitivity", g, (all.3 - tp, all.2 - p), tp, p));
            comparisons.push(comparison(
                "specificity",
                g,
                (all.4 - all.5 - (n - fp), all.4 - n),
                n - fp,
                n,
            ));
        }
        if plain {
            let (lower, upper) = wilson(tp, p);
            let value = [tp as f64 / p as f64, lower, upper];
            // Between the limits for the small groups, above them for site B.
            let bound = 0.85;
            let mut c = check(
                "sens-floor",
                41,
                bound,
                ("sensitivity", &attribute, &level),
                value,
                (p, patients.min(p)),
            );
            if attribute == "site" && level == "B" {
                c.verdict = Verdict::Fail;
                c.reason =
                    "the upper limit 0.841 is below 0.850 (p = 0.0200 after Holm's correction over 9 comparisons)".to_owned();
                c.upper = Some(0.8412);
            }
            checks.push(c);
        }
        if plain && attribute == "sex" {
            let c = comparisons
                .iter()
                .find(|c| c.metric == "sensitivity" && c.level == level)
                .unwrap();
            let value = [c.difference.unwrap(), c.lower.unwrap(), c.upper.unwrap()];
            let mut gap = check(
                "sens-gap",
                42,
                -0.05,
                ("sensitivity", &attribute, &level),
                value,
                (p, patients),
            );
            gap.reference = Some("complement".to_owned());
            gap.method = "mover_wilson".to_owned();
            checks.push(gap);
        }
    }
    checks.sort_by_key(|c| u8::from(c.verdict != Verdict::Fail));
    let mut headline = format!(
        "{} requirements are not met",
        checks.iter().filter(|c| c.verdict == Verdict::Fail).count()
    );
    if id == "chest-xray-effusion" {
        headline = "Sensitivity at site B is below the required 0.85; two further groups are too small to decide.".to_owned();
    }
    let mut result = AuditResult {
        schema: SCHEMA_VERSION,
        audit: AuditIdentity {
            id: id.to_owned(),
            title: title.to_owned(),
            intended_use: Some("Second reader for adult frontal chest radiographs in emergency care.".to_owned()),
            file: "chest-effusion.yaml".to_owned(),
            config_sha256: "9f2c".repeat(16),
            locked: Some("2026-09-01".to_owned()),
        },
        verdict: AuditVerdict::Fail,
        exit_code: 1,
        headline,
        tests: vec![heterogeneity(groups)],
        task_curves: Vec::new(),
        curves: groups.iter().map(curves).collect(),
        decision_curves: Vec::new(),
        cross_ranking: Vec::new(),
        paired: Vec::new(),
        case_mix: Vec::new(),
        missing_attribute: Vec::new(),
        label_noise: Vec::new(),
        failures_as_errors: Vec::new(),
        spread: Vec::new(),
        funnels: Vec::new(),
        pooled: Vec::new(),
        group_thresholds: group_thresholds(groups),
        threshold_sweeps: threshold_sweeps(groups),
        fed: fed(groups),
        contact_sheets: Vec::new(),
        reproducibility: reruns(groups),
        parity: crate::parity::Parity::default(),
        cohort: cohort(groups),
        findings: vec![
            Finding {
                code: "truth-outside-declared".to_owned(),
                severity: Severity::Warning,
                message: "cohort.csv rows 5 and 9: effusion is \"perhaps\", expected one of \"yes\" (positive) or \"no\" (negative)".to_owned(),
                help: Some("these samples count as indeterminate and are not measured; add the text to `positive` or `negative` if it is a verdict".to_owned()),
                line: Some(28),
            },
            Finding {
                code: "parity-not-verified".to_owned(),
                severity: Severity::Note,
                message: "no scores of the model's makers were given to compare with, so that parity with their preprocessing is not verified".to_owned(),
                help: None,
                line: None,
            },
        ],
        disclosure: super::Disclosure::default(),
        methods: methods(),
        provenance: provenance(),
        presentation: None,
        estimates,
        comparisons,
        checks,
        waivers: Vec::new(),
    };
    super::example_robustness::fill(&mut result);
    result
}

/// A waiver of the failing check of [`chest`].
pub(crate) fn waiver(state: crate::gate::WaiverState) -> crate::gate::Waiver {
    crate::gate::Waiver {
        check: "sens-floor".to_owned(),
        endpoint: None,
        attribute: "site".to_owned(),
        level: "B".to_owned(),
        model_sha256: String::new(),
        until: "2026-12-31".to_owned(),
        reason: "why".to_owned(),
        owner: "one".to_owned(),
        approver: "two".to_owned(),
        not_beyond: 0.5,
        state,
        explanation: "the model is another one".to_owned(),
        checks: Vec::new(),
        line: 41,
    }
}
