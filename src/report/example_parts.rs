//! Pieces of the made-up results for tests.

use crate::assessment::{
    Comparison, Estimate, EstimateFlag, EstimateStatus, FedValues, HeterogeneityTest,
    ReliabilityBin, StratumCurves,
};
use crate::gate::{Check, Counted, NeededCounts, Verdict};
use crate::reproducibility::{Reproducibility, Rerun, RerunGroup, RerunStatus};

use super::example::Group;
use super::model_inputs::{InputColumnSummary, ModelInputSummary};
use super::result::*;

/// Wilson limits, so that the made-up intervals look like intervals.
pub(super) fn wilson(k: u64, n: u64) -> (f64, f64) {
    let (k, n, z) = (k as f64, n as f64, 1.96_f64);
    let p = k / n;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

pub(super) fn estimate(metric: &str, g: &Group, k: u64, of: u64) -> Estimate {
    let (attribute, level, p, _, n, _, patients) = g.clone();
    let mut e = Estimate {
        id: format!("{metric}.{attribute}.{level}"),
        endpoint: "effusion".to_owned(),
        metric: metric.to_owned(),
        attribute,
        level,
        n: Some(p + n),
        n_class: Some(of),
        n_positive: Some(p),
        n_patients: Some(patients),
        numerator: Some(k),
        denominator: Some(of),
        n_clusters: Some(patients.min(of)),
        estimate: None,
        lower: None,
        upper: None,
        confidence_level: 0.95,
        method: "wilson_effective_n".to_owned(),
        standard_error: None,
        n_effective: None,
        design_effect: None,
        if_calibrated: None,
        p: None,
        status: EstimateStatus::NotEstimable,
        reason: Some("no samples in the denominator".to_owned()),
        flags: vec![],
    };
    if of > 0 {
        let (lower, upper) = wilson(k, of);
        e.estimate = Some(k as f64 / of as f64);
        (e.lower, e.upper) = (Some(lower), Some(upper));
        e.standard_error = Some((upper - lower) / 3.92);
        e.design_effect = Some(1.07);
        e.status = EstimateStatus::Ok;
        e.reason = None;
        if of < 30 {
            e.flags.push(EstimateFlag::Unreliable);
        }
    }
    e
}

pub(super) fn scalar(metric: &str, method: &str, g: &Group, value: f64, half: f64) -> Estimate {
    let mut e = estimate(metric, g, 1, 1);
    e.n_class = e.n;
    (e.numerator, e.denominator) = (None, None);
    (e.estimate, e.lower, e.upper) = (Some(value), Some(value - half), Some(value + half));
    e.method = method.to_owned();
    e.flags.clear();
    e
}

pub(super) fn curves(g: &Group) -> StratumCurves {
    let (attribute, level, p, tp, n, fp, _) = g.clone();
    let power = 0.06 + 0.25 * (1.0 - tp as f64 / p as f64);
    let roc = (0..=100)
        .map(|i| (i as f64 / 100.0).powi(2))
        .map(|x| (x, x.powf(power)))
        .collect();
    let bin = |i: u64| {
        let share = 0.04 + 0.1 * i as f64 + 0.01 * (i % 3) as f64;
        let size = (p + n) * (if i < 3 { 6 } else { 1 }) / 26 + 1;
        let positive = (share * size as f64).round() as u64;
        let (lower, upper) = wilson(positive, size);
        ReliabilityBin {
            from: 0.1 * i as f64,
            to: 0.1 * (i + 1) as f64,
            n: size,
            n_positive: positive,
            mean_score: 0.1 * i as f64 + 0.05,
            observed: positive as f64 / size as f64,
            lower: Some(lower),
            upper: Some(upper),
        }
    };
    StratumCurves {
        endpoint: "effusion".to_owned(),
        attribute,
        level,
        roc,
        operating_point: Some((fp as f64 / n as f64, tp as f64 / p as f64)),
        reliability: (0..10).map(bin).collect(),
        smooth: Vec::new(),
        precision_recall: vec![(0.2, 0.9), (0.6, 0.8), (1.0, 0.4)],
        roc_band: Vec::new(),
        precision_recall_band: Vec::new(),
        histogram_negative: (0..20).map(|i| n * (20 - i) * (20 - i) / 2_870).collect(),
        histogram_positive: (0..20).map(|i| p * (i + 1) * (i + 1) / 2_870).collect(),
        histogram_range: (0.0, 1.0),
    }
}

pub(super) fn comparison(
    metric: &str,
    g: &Group,
    others: (u64, u64),
    k: u64,
    of: u64,
) -> Comparison {
    let (attribute, level, ..) = g.clone();
    let (a, b) = (k as f64 / of as f64, others.0 as f64 / others.1 as f64);
    let ((l1, u1), (l2, u2)) = (wilson(k, of), wilson(others.0, others.1));
    let d = a - b;
    let (lower, upper) = (d - (a - l1).hypot(u2 - b), d + (u1 - a).hypot(b - l2));
    Comparison {
        id: format!("{metric}.{attribute}.{level}-vs-complement"),
        endpoint: "effusion".to_owned(),
        metric: metric.to_owned(),
        attribute,
        level,
        reference: "complement".to_owned(),
        estimate: Some(a),
        reference_estimate: Some(b),
        difference: Some(d),
        lower: Some(lower),
        upper: Some(upper),
        ratio: None,
        confidence_level: 0.95,
        method: "mover_wilson".to_owned(),
        p: Some(if lower > 0.0 || upper < 0.0 {
            0.004
        } else {
            0.41
        }),
        p_adjusted: Some(if lower > 0.0 || upper < 0.0 {
            0.012
        } else {
            0.83
        }),
        family_size: 3,
        adjustment: "holm".to_owned(),
        adjustment_note: None,
        minimum_detectable: Some((upper - lower) * 0.7),
        n_shared_patients: Some(0),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

pub(super) fn check(
    requirement: &str,
    line: u64,
    bound: f64,
    id: (&str, &str, &str),
    value: [f64; 3],
    n: (u64, u64),
) -> Check {
    let (metric, attribute, level) = id;
    let [estimate, lower, upper] = value;
    let verdict = match (lower >= bound, upper < bound) {
        (true, _) => Verdict::Pass,
        (_, true) => Verdict::Fail,
        _ => Verdict::Inconclusive,
    };
    Check {
        id: format!("{requirement}.{attribute}.{level}"),
        requirement: requirement.to_owned(),
        endpoint: "effusion".to_owned(),
        metric: metric.to_owned(),
        attribute: attribute.to_owned(),
        level: level.to_owned(),
        reference: None,
        relation: ">=".to_owned(),
        bound,
        estimate: Some(estimate),
        lower: Some(lower),
        upper: Some(upper),
        method: "clopper_pearson_effective_n".to_owned(),
        alpha: 0.025,
        p_fail: Some(0.02),
        p_fail_adjusted: Some(0.06),
        family: "safety".to_owned(),
        family_size: 9,
        adjustment: "holm".to_owned(),
        adjustment_note: None,
        n_class: Some(n.0),
        n_clusters: Some(n.1),
        verdict,
        blocking: true,
        waived: false,
        reason: match verdict {
            Verdict::Pass => "the lower limit 0.861 is not below 0.850".to_owned(),
            Verdict::Fail => {
                "the upper limit 0.841 is below 0.850 (p = 0.0200 after Holm's correction over 9 comparisons)"
                    .to_owned()
            }
            _ => "the bound 0.850 lies between the limits 0.805 and 0.911, so that these data do not decide"
                .to_owned(),
        },
        minimum_detectable: Some(0.08),
        n_needed: (verdict == Verdict::Inconclusive).then_some(NeededCounts {
            positives: Some(210),
            patients: Some(190),
            of: Some(Counted::of(metric)),
        }),
        line,
    }
}

pub(super) fn heterogeneity(groups: &[Group]) -> HeterogeneityTest {
    let attribute = groups.last().map(|g| g.0.clone()).unwrap();
    HeterogeneityTest {
        id: format!("sensitivity.{attribute}"),
        endpoint: "effusion".to_owned(),
        metric: "sensitivity".to_owned(),
        levels: groups
            .iter()
            .filter(|g| g.0 == attribute)
            .map(|g| g.1.clone())
            .collect(),
        attribute,
        method: "studentised_permutation".to_owned(),
        statistic: Some(14.2),
        df: None,
        permutations: Some(9_999),
        p: Some(0.0007),
        p_adjusted: Some(0.0014),
        family_size: 2,
        adjustment: "holm".to_owned(),
        status: EstimateStatus::Ok,
        reason: None,
    }
}

/// Images of two scanners; crossings are left out.
pub(super) fn fed(groups: &[Group]) -> Vec<FedValues> {
    let single = groups.iter().filter(|g| !g.0.contains('*'));
    single
        .enumerate()
        .map(|(place, g)| {
            let mean = 0.48 + 0.01 * (place % 5) as f64;
            FedValues {
                attribute: g.0.clone(),
                level: g.1.clone(),
                channel: 0,
                n: Some(g.2 + g.4),
                mean: Some(mean),
                sd_between: Some(0.031),
                sd_within: Some(0.24),
                min: Some(0.0),
                max: Some(1.0),
                at_an_end: Some(0.012),
                constant: Some(0),
                not_finite: Some(0),
                shift: (g.0 != "overall").then_some((mean - 0.48) / 0.031),
            }
        })
        .collect()
}

pub(super) fn reruns(groups: &[Group]) -> Reproducibility {
    let run = |id: &str, varied: &str, identical: bool, diff: f64| Rerun {
        id: id.to_owned(),
        varied: vec![varied.to_owned()],
        engine: if identical {
            "onnxruntime 1.22.0"
        } else {
            "embedded 0.27.0"
        }
        .to_owned(),
        n_compared: 1_700,
        n_one_sided: 0,
        identical_bits: identical,
        scale: "logit".to_owned(),
        max_abs_difference: diff,
        max_ulp: Some(if identical { 0 } else { 22 }),
        max_abs_score_difference: diff / 4.0,
        decision_flips: 0,
        n_near_threshold: 0,
        groups: groups
            .iter()
            .map(|g| RerunGroup {
                endpoint: "effusion".to_owned(),
                attribute: g.0.clone(),
                level: g.1.clone(),
                n: g.2 + g.4,
                n_patients: g.6,
                decision_flips: 0,
                patients_with_flips: 0,
                flip_share_upper: 1.0 - 0.025_f64.powf(1.0 / g.6 as f64),
                max_abs_score_difference: diff / 4.0,
            })
            .collect(),
        within_tolerance: Some(true),
    };
    Reproducibility {
        status: RerunStatus::WithinTolerance,
        reason: None,
        max_abs_logit_tolerated: Some(1.0e-4),
        decision_flips_tolerated: Some(0),
        runs: vec![
            run("rerun-1", "session", true, 0.0),
            run("rerun-2", "threads 1 -> 2", true, 0.0),
            run("rerun-3", "batch 32 -> 7", true, 0.0),
            run(
                "engine-embedded",
                "engine onnxruntime -> embedded",
                false,
                3.1e-6,
            ),
        ],
    }
}

pub(super) fn cohort(groups: &[Group]) -> CohortSummary {
    let n = groups[0].2 + groups[0].4;
    let step = |code: &str, words: &str, removed: u64, remaining: u64| FlowStep {
        code: code.to_owned(),
        endpoint: (code == "truth-missing").then(|| "effusion".to_owned()),
        description: words.to_owned(),
        removed,
        remaining,
        remaining_patients: groups[0].6 + removed / 3,
    };
    let mut attributes: Vec<AttributeSummary> = Vec::new();
    for g in &groups[1..] {
        if attributes.last().is_none_or(|a| a.attribute != g.0) {
            attributes.push(AttributeSummary {
                attribute: g.0.clone(),
                column: g.0.clone(),
                exploratory: false,
                varies_within_patients: g.0 == "site",
                levels: vec![],
            });
        }
        let level = LevelSummary {
            level: g.1.clone(),
            n: Some(g.2 + g.4),
            n_patients: Some(g.6),
            n_positive: Some(g.2),
        };
        attributes.last_mut().unwrap().levels.push(level);
    }
    CohortSummary {
        flow: vec![
            step("rows", "rows of cohort.csv", 0, n + 171),
            step("include-1", "view is not one of PA, AP", 140, n + 31),
            step(
                "decode-failed",
                "the image cannot be used (decode-failed)",
                3,
                n + 28,
            ),
            step(
                "truth-missing",
                "effusion is missing or neither positive nor negative",
                28,
                n,
            ),
        ],
        failures: vec![FailureCount {
            attribute: groups[1].0.clone(),
            level: groups[1].1.clone(),
            reason: "decode-failed".to_owned(),
            n: 3,
            n_stratum: 841,
        }],
        n_samples: Some(n),
        n_patients: Some(groups[0].6),
        clustered: true,
        unit: "image".to_owned(),
        sampling: Some("enriched".to_owned()),
        reference_standard: Some(
            "CT within 24 hours, or two radiologists and a third on disagreement.".to_owned(),
        ),
        independence: Some("None of these hospitals contributed to training.".to_owned()),
        attributes,
        tuning: None,
    }
}

pub(super) fn methods() -> Methods {
    Methods {
        tasks: Vec::new(),
        confidence: 0.95,
        replicates: 2_000,
        seed: 7,
        alpha: Some(0.025),
        endpoints: vec![EndpointSummary {
            name: "effusion".to_owned(),
            score: "Effusion".to_owned(),
            truth_column: "effusion".to_owned(),
            positive: vec!["1".to_owned()],
            negative: vec!["0".to_owned()],
            threshold: 0.5,
            threshold_choice: None,
            measured_sha256: None,
            prevalence: None,
            prevalences: Vec::new(),
            at_specificity: None,
            at_sensitivity: None,
            partial_from: None,
            relation: ">=".to_owned(),
            score_kind: "probability".to_owned(),
        }],
        inputs: vec![
            ModelInputSummary {
                name: "image".to_owned(),
                dtype: "f32".to_owned(),
                layout: Some("NCHW".to_owned()),
                view: None,
                images: Vec::new(),
                missing: None,
                columns: Vec::new(),
            },
            ModelInputSummary {
                name: "age".to_owned(),
                dtype: "f32".to_owned(),
                layout: None,
                view: None,
                images: Vec::new(),
                missing: None,
                columns: vec![InputColumnSummary {
                    column: "age_years".to_owned(),
                    offset: Some(0.0),
                    scale: Some(0.01),
                    levels: Vec::new(),
                    other: None,
                    missing: Some(0.5),
                }],
            },
        ],
        preprocessing: vec![
            "crop the centred square".to_owned(),
            "resize to 224 x 224 (width x height), as Pillow, bilinear".to_owned(),
            "divide by 255".to_owned(),
            "subtract 0.5, divide by 0.25".to_owned(),
        ],
        method_ids: [
            "ratio_mean_cluster",
            "cluster_sandwich",
            "clopper_pearson_effective_n",
            "ece_bootstrap",
            "holm",
            "mover_wilson",
            "logit_obuchowski",
            "studentised_permutation",
            "wilson_effective_n",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

pub(super) fn provenance() -> Provenance {
    let input = |role: &str, file: &str, bytes: u64| InputIdentity {
        role: role.to_owned(),
        file: file.to_owned(),
        sha256: "4d1e".repeat(16),
        bytes,
    };
    Provenance {
        equipoise: "0.1.0".to_owned(),
        engine: Some(EngineIdentity {
            name: "onnxruntime".to_owned(),
            version: "1.22.0".to_owned(),
            library_sha256: Some("77aa".repeat(16)),
            threads: 1,
            batch: 32,
        }),
        model: Some(input("model", "cxr.onnx", 44_712_301)),
        inputs: vec![input("manifest", "cohort.csv", 221_809)],
        images_sha256: Some("b0b0".repeat(16)),
        decoders: vec!["png 0.25.10".to_owned(), "dicom 0.9.0".to_owned()],
    }
}
