//! The `statistics` and `reproducibility` sections.

use std::num::NonZeroUsize;

use super::super::audit::{
    AurocMethod, DifferenceMethod, ProportionMethod, ReproducibilitySpec, Smooth, StatisticsSpec,
    Vary,
};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::case_mix::case_mix;
use super::reader::{Section, Value};
use super::strata::StrataRead;

const DEFAULT_REPLICATES: usize = 2000;
const MOST_REPLICATES: u32 = 1_000_000;
const MOST_RERUNS: u32 = 1000;

pub(super) fn defaults() -> StatisticsSpec {
    StatisticsSpec {
        confidence: 0.95,
        replicates: NonZeroUsize::MIN.saturating_add(DEFAULT_REPLICATES - 1),
        seed: 1,
        clusters: true,
        proportion: ProportionMethod::Wilson,
        difference: DifferenceMethod::Newcombe10,
        auroc: AurocMethod::Logit,
        smooth: Smooth::Curve,
        curve_bands: false,
        case_mix: Vec::new(),
    }
}

pub(super) fn statistics(value: &Value<'_>, strata: Option<&StrataRead>) -> Option<StatisticsSpec> {
    let section = value.section(&keys::STATISTICS)?;
    let mut spec = defaults();
    let mut complete = true;
    let mut set = |done: Option<()>| complete &= done.is_some();
    if let Some(value) = section.get("confidence") {
        let confidence = value.number_in("between 0 and 1", |level| 0.0 < level && level < 1.0);
        set(confidence.map(|confidence| spec.confidence = confidence));
    }
    if let Some(value) = section.get("replicates") {
        let replicates = value.size(1, MOST_REPLICATES).and_then(NonZeroUsize::new);
        set(replicates.map(|replicates| spec.replicates = replicates));
    }
    if let Some(value) = section.get("seed") {
        set(value.count(0, u64::MAX).map(|seed| spec.seed = seed));
    }
    if let Some(value) = section.get("suppress_below") {
        set(no_suppression(&value));
    }
    if let Some(value) = section.get("clusters") {
        let clusters = value.choice(&[("auto", true), ("none", false)], &[]);
        set(clusters.map(|clusters| spec.clusters = clusters));
    }
    if let Some(value) = section.get("intervals") {
        set(intervals(&value, &mut spec));
    }
    if let Some(value) = section.get("smooth_calibration") {
        let options = [
            ("none", Smooth::None),
            ("curve", Smooth::Curve),
            ("intervals", Smooth::Intervals),
        ];
        set(value
            .choice(&options, &[])
            .map(|smooth| spec.smooth = smooth));
    }
    if let Some(value) = section.get("curve_bands") {
        set(value.flag().map(|bands| spec.curve_bands = bands));
    }
    if let Some(value) = section.get("case_mix") {
        set(case_mix(&value, strata).map(|pairs| spec.case_mix = pairs));
    }
    complete.then_some(spec)
}

/// Small cells are private data; a key that asks for suppression must never be passed over.
fn no_suppression(value: &Value<'_>) -> Option<()> {
    if value.count(0, u64::MAX)? > 0 {
        value.cx.report(
            Diagnostic::error(
                "not-supported",
                "suppression of small cells (`suppress_below` above 0) is not supported by this version",
            )
            .at(value.span())
            .help("write `suppress_below: 0` if small cells may be shown"),
        );
        return None;
    }
    Some(())
}

fn intervals(value: &Value<'_>, spec: &mut StatisticsSpec) -> Option<()> {
    let section = value.section(&keys::INTERVALS)?;
    let proportions = [
        ("wilson", ProportionMethod::Wilson),
        ("clopper_pearson", ProportionMethod::ClopperPearson),
        ("agresti_coull", ProportionMethod::AgrestiCoull),
        ("jeffreys", ProportionMethod::Jeffreys),
        ("mid_p", ProportionMethod::MidP),
        ("blaker", ProportionMethod::Blaker),
        ("wilson_continuity", ProportionMethod::WilsonContinuity),
    ];
    let differences = [
        ("newcombe_10", DifferenceMethod::Newcombe10),
        ("miettinen_nurminen", DifferenceMethod::MiettinenNurminen),
        ("mee", DifferenceMethod::Mee),
    ];
    let aurocs = [
        ("logit", AurocMethod::Logit),
        ("delong", AurocMethod::Delong),
        ("newcombe_5", AurocMethod::Newcombe5),
    ];
    let proportion = chosen(&section, "proportion", &proportions, spec.proportion);
    let difference = chosen(&section, "difference", &differences, spec.difference);
    let auroc = chosen(&section, "auroc", &aurocs, spec.auroc);
    spec.proportion = proportion?;
    spec.difference = difference?;
    spec.auroc = auroc?;
    Some(())
}

fn chosen<T: Copy>(
    section: &Section<'_>,
    key: &str,
    options: &[(&str, T)],
    default: T,
) -> Option<T> {
    match section.get(key) {
        None => Some(default),
        Some(value) => value.choice(options, &[]),
    }
}

pub(super) fn reproducibility(value: &Value<'_>) -> Option<ReproducibilitySpec> {
    let section = value.section(&keys::REPRODUCIBILITY)?;
    let reruns = section
        .required(
            "reruns",
            "say how often the model is run again: `reruns: 3`",
        )
        .and_then(|value| value.size(1, MOST_RERUNS));
    let vary = match section.get("vary") {
        None => Some(Vec::new()),
        Some(value) => vary(&value),
    };
    let sample = match section.get("sample") {
        None => Some(None),
        Some(value) => value.size(1, u32::MAX).map(NonZeroUsize::new),
    };
    let tolerance = match section.get("tolerance") {
        None => Some((None, None)),
        Some(value) => tolerance(&value),
    };
    let (max_abs_logit, decision_flips) = tolerance?;
    Some(ReproducibilitySpec {
        reruns: reruns?,
        vary: vary?,
        sample: sample?,
        max_abs_logit,
        decision_flips,
    })
}

fn vary(value: &Value<'_>) -> Option<Vec<Vary>> {
    let options = [
        ("threads", Vary::Threads),
        ("batch", Vary::Batch),
        ("session", Vary::Session),
        ("engine", Vary::Engine),
    ];
    let names = value.texts(0);
    let vary: Vec<Option<Vary>> = value
        .one_or_list()
        .iter()
        .map(|value| value.choice(&options, &[]))
        .collect();
    names?;
    vary.into_iter().collect()
}

fn tolerance(value: &Value<'_>) -> Option<(Option<f64>, Option<u64>)> {
    let section = value.section(&keys::TOLERANCE)?;
    let largest = match section.get("max_abs_logit") {
        None => Some(None),
        Some(value) => value
            .number_in("of at least 0", |largest| largest >= 0.0)
            .map(Some),
    };
    let flips = match section.get("decision_flips") {
        None => Some(None),
        Some(value) => value.count(0, u64::MAX).map(Some),
    };
    Some((largest?, flips?))
}
