//! The `statistics` and `reproducibility` sections.

use std::num::NonZeroUsize;

use super::super::audit::{
    Adjustment, AurocMethod, DifferenceMethod, PairedMethod, ProportionMethod, ReproducibilitySpec,
    Smooth, StatisticsSpec, Vary,
};
use super::super::diagnostic::Diagnostic;
use super::super::keys;
use super::case_mix::case_mix;
use super::planning;
use super::reader::{Section, Value};
use super::strata::StrataRead;

const DEFAULT_REPLICATES: usize = 2000;
const MOST_REPLICATES: u32 = 1_000_000;
const MOST_RERUNS: u32 = 1000;
const MOST_SUPPRESSED: u32 = 1_000_000;

pub(super) fn defaults() -> StatisticsSpec {
    StatisticsSpec {
        confidence: 0.95,
        replicates: NonZeroUsize::MIN.saturating_add(DEFAULT_REPLICATES - 1),
        seed: 1,
        clusters: true,
        proportion: ProportionMethod::Wilson,
        difference: DifferenceMethod::Newcombe10,
        auroc: AurocMethod::Logit,
        paired: PairedMethod::NewcombePaired10,
        smooth: Smooth::Curve,
        curve_bands: false,
        suppress_below: 0,
        multiplicity: Adjustment::Holm,
        exploratory: Adjustment::BenjaminiHochberg,
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
        set(small_cells(&value).map(|below| spec.suppress_below = below));
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
    if let Some(value) = section.get("multiplicity") {
        set(planning::multiplicity(&value).map(|chosen| spec.multiplicity = chosen));
    }
    if let Some(value) = section.get("exploratory") {
        set(planning::exploratory(&value).map(|chosen| spec.exploratory = chosen));
    }
    if let Some(value) = section.get("case_mix") {
        set(case_mix(&value, strata).map(|pairs| spec.case_mix = pairs));
    }
    complete.then_some(spec)
}

/// 0, or from 3 on: below 1 there is no number to withhold, and below 2 the only one is 1, so that
/// whoever is told that it is withheld knows it.
fn small_cells(value: &Value<'_>) -> Option<u32> {
    let below = u32::try_from(value.count(0, u64::from(MOST_SUPPRESSED))?).ok()?;
    if below == 1 || below == 2 {
        value.cx.report(
            Diagnostic::error(
                "suppression-gives-away",
                format!("`suppress_below` is {below}, expected 0 or a whole number of at least 3"),
            )
            .at(value.span())
            .help("below 1 there is nothing to withhold, and 1, the only number below 2, is known as soon as it is said to be withheld; many registries ask for 5 or 11"),
        );
        return None;
    }
    Some(below)
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
    let pairs = [
        ("newcombe_paired_10", PairedMethod::NewcombePaired10),
        ("tango", PairedMethod::Tango),
    ];
    let proportion = chosen(&section, "proportion", &proportions, spec.proportion);
    let difference = chosen(&section, "difference", &differences, spec.difference);
    let auroc = chosen(&section, "auroc", &aurocs, spec.auroc);
    let paired = chosen(&section, "paired", &pairs, spec.paired);
    spec.proportion = proportion?;
    spec.difference = difference?;
    spec.auroc = auroc?;
    spec.paired = paired?;
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
