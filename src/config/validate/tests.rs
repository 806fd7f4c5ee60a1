//! What is read, and what is taken where nothing is written.

use std::path::Path;

use crate::config::*;

fn read(text: &str, need: Need) -> LoadedAudit {
    parse(text, "audit.yaml", Path::new("folder"), need)
        .map_err(|errors| errors.render(false))
        .unwrap()
}

fn codes(text: &str, need: Need) -> Vec<&'static str> {
    let found = match parse(text, "audit.yaml", Path::new(""), need) {
        Ok(loaded) => loaded.warnings,
        Err(errors) => errors.found,
    };
    // Every step at once makes no sense, and is remarked upon.
    let codes = found.iter().map(|one| one.code);
    codes
        .filter(|code| !super::REMARKS.contains(code))
        .collect()
}

const COMPLETE: &str = include_str!("../complete.yaml");
const SMALL: &str = "audit: a\ncohort: {manifest: c.csv, columns: {image: path, patient: none}}\n\
    endpoints: {e: {truth: {column: y, positive: 1, negative: 0}, threshold: {fixed: 0.5}}}\n\
    output: {score_kind: probability}\n";

fn values(texts: &[Located<String>]) -> Vec<&str> {
    texts.iter().map(|text| text.value.as_str()).collect()
}

#[test]
fn what_is_not_written_has_its_default() {
    let audit = read(SMALL, Need::Scores).audit;
    assert_eq!((audit.id.as_str(), audit.title.as_str()), ("a", "a"));
    assert!(
        audit.model.is_none()
            && audit.input.is_none()
            && audit.gate.is_none()
            && audit.reproducibility.is_none()
    );
    assert!(
        audit.strata.is_empty() && audit.intersections.is_empty() && audit.aggregate.is_empty()
    );
    assert_eq!(*audit.cohort.manifest, Path::new("folder/c.csv"));
    assert_eq!(audit.cohort.root, Path::new("folder"));
    assert!(matches!(audit.cohort.patient, PatientColumn::None));
    assert_eq!(audit.cohort.missing, ["", "NA", "NaN", "null"]);
    assert_eq!(
        (
            audit.cohort.max_failed_share,
            audit.cohort.count_failed_as_error
        ),
        (0.0, false)
    );
    let statistics = &audit.statistics;
    assert_eq!(
        (
            statistics.confidence,
            statistics.replicates.get(),
            statistics.seed,
            statistics.clusters
        ),
        (0.95, 2000, 1, true)
    );
    assert_eq!(
        (
            statistics.proportion,
            statistics.difference,
            statistics.auroc
        ),
        (
            ProportionMethod::Wilson,
            DifferenceMethod::Newcombe10,
            AurocMethod::Logit
        )
    );
    let endpoint = &audit.endpoints[0];
    assert!(endpoint.score.is_none());
    assert_eq!(
        (endpoint.threshold, endpoint.direction),
        (Threshold::Fixed(0.5), Direction::Higher)
    );
    assert_eq!(
        (values(&endpoint.positive), values(&endpoint.negative)),
        (vec!["1"], vec!["0"])
    );
}

#[test]
fn a_model_has_one_thread_and_batches_of_32_unless_written() {
    let text = format!(
        "{}model: {{file: m.onnx}}\ninput: {{kind: raster, channels: gray}}\npreprocess: []\n",
        SMALL.replace(
            "{score_kind: probability}",
            "{head: binary, activation: sigmoid}"
        )
    );
    let audit = read(&text, Need::Model).audit;
    let model = audit.model.unwrap();
    assert_eq!(
        (model.threads.get(), model.batch.get(), model.engine),
        (1, 32, EngineChoice::Auto)
    );
    assert_eq!(*model.file, Path::new("folder/m.onnx"));
    assert!(model.sha256.is_none() && model.inputs.is_empty() && audit.preprocess.is_empty());
    assert_eq!(audit.output.score_kind, ScoreKind::Probability);
}

#[test]
fn sections_are_read_as_written() {
    let audit = read(COMPLETE, Need::Model).audit;
    let model = audit.model.unwrap();
    assert_eq!(
        model.sha256.unwrap().value,
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert!(
        matches!(&model.inputs[0].feed, Feed::Image(feed) if feed.layout == Some(Layout::Nhwc) && feed.dtype == Some(Dtype::U8))
    );
    assert!(
        matches!(&model.inputs[1].feed, Feed::Image(feed) if feed.layout.is_none() && feed.dtype.is_none())
    );
    let Feed::Table(age) = &model.inputs[2].feed else {
        panic!("age is fed a column");
    };
    assert!(matches!(
        age.columns[0].coding,
        Coding::Numeric {
            offset: 50.0,
            numerator: 1.0,
            denominator: 100.0
        }
    ));
    let Feed::Table(tabular) = &model.inputs[4].feed else {
        panic!("tabular is fed columns");
    };
    assert_eq!(tabular.dtype, Some(NumberType::F64));
    assert_eq!(tabular.columns[0].missing, Some(0.0));
    assert!(
        matches!(&tabular.columns[1].coding, Coding::Categorical { levels, other: Some(0.5) } if levels[1].0.value == "M" && levels[1].1 == 1.0)
    );
    // Stored scores need none of the columns that only the model reads.
    let scores = read(COMPLETE, Need::Scores).audit.model.unwrap();
    assert_eq!(scores.inputs.len(), 2);
    assert!(
        matches!(&audit.cohort.include[0].test, IncludeTest::In(texts) if values(texts) == ["PA", "AP"])
    );
    assert!(
        matches!(&audit.cohort.include[1].test, IncludeTest::NotIn(texts) if values(texts) == ["X"])
    );
    assert!(matches!(
        audit.cohort.include[2].test,
        IncludeTest::Range {
            min: Some(18.0),
            max: Some(100.0)
        }
    ));
    let labels: Vec<Option<&str>> = audit
        .output
        .labels
        .iter()
        .map(|label| label.as_ref().map(|label| label.as_str()))
        .collect();
    assert_eq!(labels, [Some("benign"), Some("malignant"), None]);
    assert!(
        matches!(&audit.aggregate[0].to, AggregationUnit::Column { unit: UnitName::Study, column } if column.value == "2020")
    );
    assert_eq!(
        (audit.aggregate[0].truth, audit.aggregate[0].attribute),
        (TruthRule::Any, AttributeRule::First)
    );
    assert_eq!(
        (audit.aggregate[1].by, audit.aggregate[1].truth),
        (AggregationRule::NoisyOr, TruthRule::MustAgree)
    );
    assert_eq!(values(&audit.endpoints[0].positive), ["yes", "01"]);
    assert_eq!(
        audit.endpoints[0]
            .paired_with
            .as_ref()
            .map(|name| name.value.as_str()),
        Some("reader")
    );
    assert_eq!(audit.endpoints[2].direction, Direction::Lower);
    assert_eq!(audit.statistics.paired, PairedMethod::Tango);
    assert_eq!(audit.statistics.seed, u64::MAX);
    assert_eq!(
        audit.intersections,
        [vec!["sex", "age"], vec!["sex", "site", "band"]]
    );
}

#[test]
fn steps_keep_their_order_and_numbers() {
    let steps = read(COMPLETE, Need::Model).audit.preprocess;
    assert_eq!(steps.len(), 35);
    assert_eq!(
        steps[1],
        Step::Crop(Crop::Center {
            width: 300,
            height: 200,
            depth: None
        })
    );
    assert_eq!(
        steps[2],
        Step::Crop(Crop::Box {
            x0: 0,
            y0: 0,
            x1: 250,
            y1: 190,
            frames: None
        })
    );
    let pillow = ResizeEngine::Pillow {
        filter: PillowFilter::Lanczos,
        version: PillowVersion::V12,
    };
    assert_eq!(
        steps[3],
        Step::Resize(Resize {
            size: ResizeSize::Exact {
                width: 224,
                height: 160
            },
            engine: pillow
        })
    );
    let torch = ResizeEngine::Torch {
        filter: TorchFilter::Bicubic,
        antialias: true,
    };
    assert_eq!(
        steps[5],
        Step::Resize(Resize {
            size: ResizeSize::Exact {
                width: 224,
                height: 160
            },
            engine: torch
        })
    );
    assert_eq!(
        steps[11],
        Step::Scale {
            numerator: 1.0,
            denominator: 255.0
        }
    );
    assert_eq!(
        steps[12],
        Step::Scale {
            numerator: 2.0,
            denominator: 1.0
        }
    );
    assert_eq!(
        steps[13],
        Step::Normalize {
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.25]
        }
    );
    assert_eq!(steps[14..16], [Step::Standardize, Step::Standardize]);
    assert_eq!(steps[19], Step::Rotate90 { times: 3 });
}

#[test]
fn bins_name_their_intervals() {
    let strata = read(COMPLETE, Need::Model).audit.strata;
    assert_eq!(
        strata[1].bins.as_ref().unwrap().labels,
        ["young", "middle", "old"]
    );
    assert_eq!(
        strata[2].bins.as_ref().unwrap().labels,
        ["<40", "[40,60.5)", ">=60.5"]
    );
    assert_eq!(strata[2].bins.as_ref().unwrap().edges, [40.0, 60.5]);
}

#[test]
fn strata_of_rules_take_the_declared_order_of_crossings() {
    let gate = read(COMPLETE, Need::Model).audit.gate.unwrap();
    let rule = &gate.families[0].rules[0];
    let named: Vec<String> = rule
        .strata
        .iter()
        .map(|selector| match selector {
            StratumSelector::Overall => "overall".to_owned(),
            StratumSelector::Attribute(name) => name.value.clone(),
            StratumSelector::Level { attribute, level } => {
                format!("{}={}", attribute.value, level.value)
            }
        })
        .collect();
    assert_eq!(
        named,
        [
            "overall",
            "sex*age",
            "sex=F",
            "sex=(missing)",
            "band=<40",
            "band=>=60.5",
            "sex*age=M*young",
            "sex*age=F*young"
        ]
    );
    assert_eq!(
        (
            rule.require.relation,
            rule.require.bound,
            rule.require.text.as_str()
        ),
        (Relation::AtLeast, 0.8, ">= 0.8")
    );
    assert_eq!(
        (rule.min.positives, rule.min.negatives, rule.min.patients),
        (Some(30), Some(20), Some(10))
    );
    assert_eq!(gate.families[0].rules[1].compare, Compare::Reference);
    assert_eq!(gate.families[0].rules[2].strata, [StratumSelector::Overall]);
}

#[test]
fn assumptions_of_an_endpoint_stand_before_the_common_ones() {
    let audit = read(COMPLETE, Need::Model).audit;
    assert_eq!(
        (audit.statistics.multiplicity, audit.statistics.exploratory),
        (
            Adjustment::BenjaminiHochberg,
            Adjustment::BenjaminiYekutieli
        )
    );
    let gate = audit.gate.unwrap();
    assert_eq!(gate.correction, Adjustment::MaxT);
    let assume = gate.assume.unwrap();
    let common = assume.of("cancer");
    assert_eq!(common, assume.common);
    assert_eq!(
        (common.sensitivity, common.intracluster_correlation),
        (Some(0.9), Some(0.1))
    );
    let own = assume.of("other");
    assert_eq!(
        (own.sensitivity, own.auroc, own.intracluster_correlation),
        (Some(0.8), Some(0.7), Some(0.0))
    );
}

#[test]
fn places_point_into_the_text() {
    let loaded = read(COMPLETE, Need::Model);
    let at = |span: Span| &loaded.source.text[span.start..span.end];
    let audit = &loaded.audit;
    assert_eq!(at(audit.cohort.manifest.span), "tables/cohort.csv");
    assert_eq!(at(audit.endpoints[0].name.span), "cancer");
    assert_eq!(at(audit.endpoints[0].truth_column.span), "truth");
    assert_eq!(at(audit.strata[0].reference.as_ref().unwrap().span), "F");
    let rule = &audit.gate.as_ref().unwrap().families[0].rules[0];
    assert_eq!(at(rule.id.span), "floor");
    assert_eq!(at(rule.require.text.span), "\">= 0.8\"");
}

#[test]
fn levels_compare_as_the_cohort_does() {
    let text = format!(
        "{SMALL}strata: {{site: {{column: s, levels: [1, 2, 01], reference: 1.0}}}}\n\
         gate: {{families: {{f: [{{id: r, metric: auroc, strata: {{site: 2.0}}, require: '>= 0.5'}}]}}}}\n"
    );
    let audit = read(&text, Need::Scores).audit;
    assert_eq!(audit.strata[0].reference.as_ref().unwrap().value, "1");
    assert_eq!(
        values(audit.strata[0].levels.as_ref().unwrap()),
        ["1", "2", "01"]
    );
    let gate = audit.gate.unwrap();
    assert!(
        matches!(&gate.families[0].rules[0].strata[0], StratumSelector::Level { level, .. } if level.value == "2")
    );
}

#[test]
fn stored_scores_without_a_kind_only_rank() {
    let text = SMALL.replace("output: {score_kind: probability}\n", "");
    let loaded = read(&text, Need::Scores);
    assert_eq!(loaded.audit.output.score_kind, ScoreKind::Score);
    assert_eq!(
        loaded
            .warnings
            .iter()
            .map(|one| one.code)
            .collect::<Vec<_>>(),
        ["score-kind-not-declared"]
    );
}

#[test]
fn rules_that_can_never_hold_or_never_be_tested_are_told() {
    let rule = |rule: &str| {
        format!(
            "{SMALL}strata: {{sex: {{column: s}}, age: {{column: a, exploratory: true}}}}\ngate: {{families: {{f: [{rule}]}}}}\n"
        )
    };
    for (text, code) in [
        (
            "{id: r, metric: npv, compare: complement, strata: sex, require: 'difference >= 0'}",
            "not-comparable",
        ),
        (
            "{id: r, metric: accuracy, compare: complement, strata: sex, require: 'difference >= 0'}",
            "not-comparable",
        ),
        (
            "{id: r, metric: brier, compare: complement, strata: sex, require: 'difference <= 0'}",
            "not-comparable",
        ),
        (
            "{id: r, metric: flag_rate, compare: complement, strata: sex, require: 'difference >= 0'}",
            "not-comparable",
        ),
        (
            "{id: r, metric: oe_ratio, compare: complement, strata: sex, require: 'difference >= 0'}",
            "not-supported",
        ),
        (
            "{id: r, metric: auroc, compare: complement, require: 'difference >= 0'}",
            "missing-key",
        ),
        (
            "{id: r, metric: auroc, compare: complement, strata: sex, require: '>= 0.5'}",
            "compare-without-difference",
        ),
        (
            "{id: r, metric: auroc, compare: baseline, strata: sex, require: '>= 0.5'}",
            "unknown-value",
        ),
        (
            "{id: r, metric: auroc, baseline: v1.json, require: '>= 0.5'}",
            "compare-without-difference",
        ),
        (
            "{id: r, metric: auroc, baseline: v1.json, compare: complement, strata: sex, require: 'difference >= 0'}",
            "contradiction",
        ),
        (
            "{id: r, metric: oe_ratio, baseline: v1.json, require: 'difference >= 0'}",
            "not-comparable",
        ),
        (
            "{id: r, metric: auroc, strata: age, require: '>= 0.5'}",
            "exploratory-gated",
        ),
        (
            "{id: r, metric: auroc, strata: [sex, sex], require: '>= 0.5'}",
            "duplicate-entry",
        ),
        (
            "{id: r, metric: auroc, strata: [], require: '>= 0.5'}",
            "too-few",
        ),
        (
            "{id: r, metric: auroc, require: '== 0.5'}",
            "equal-to-estimate",
        ),
        (
            "{id: r, metric: auroc, require: '<= 1'}",
            "requirement-always-met",
        ),
        ("{id: r, metric: oe_ratio, require: '<= 0'}", "out-of-range"),
        (
            "{id: r, metric: decision_flips, require: '== 0'}",
            "needs-reruns",
        ),
        ("{id: r, metric: auprc, require: '>= 0.5'}", "not-supported"),
        (
            "{id: a b, metric: auroc, require: '>= 0.5'}",
            "malformed-id",
        ),
        ("{metric: auroc, require: '>= 0.5'}", "missing-key"),
    ] {
        assert_eq!(codes(&rule(text), Need::Scores), [code], "{text}");
    }
    let enriched = rule("{id: r, metric: ppv, require: '>= 0.5'}")
        .replace("manifest: c.csv", "manifest: c.csv, sampling: enriched");
    assert_eq!(codes(&enriched, Need::Scores), ["enriched-prevalence"]);
    assert_eq!(
        codes(&format!("{SMALL}gate: {{}}\n"), Need::Scores),
        ["missing-key"]
    );
    assert_eq!(
        codes(&format!("{SMALL}gate: {{families: {{}}}}\n"), Need::Scores),
        ["too-few"]
    );
    assert_eq!(
        codes(&format!("{SMALL}gate:\n"), Need::Scores),
        ["wrong-type"]
    );
}

#[test]
fn a_mistake_in_one_section_makes_no_false_ones_elsewhere() {
    let text = COMPLETE.replace(
        "{column: sex, levels: [F, M], reference: F}",
        "{colum: sex, levels: [F, M], reference: F}",
    );
    assert_eq!(codes(&text, Need::Model), ["missing-key", "unknown-key"]);
    let text = COMPLETE.replace(
        "  intersections: [[sex, age], ",
        "  intersections: [[sex, agee], ",
    );
    assert_eq!(codes(&text, Need::Model), ["unknown-attribute"]);
    let text = COMPLETE.replace("  other: {score: benign", "  other: {scor: benign");
    assert_eq!(codes(&text, Need::Model), ["missing-key", "unknown-key"]);
    let text = COMPLETE.replace("head: multiclass", "head: multiclas");
    assert_eq!(codes(&text, Need::Model), ["unknown-value"]);
}

#[test]
fn thresholds_that_are_chosen() {
    let loaded = read(COMPLETE, Need::Scores);
    let chosen: Vec<_> = loaded
        .audit
        .endpoints
        .iter()
        .filter_map(|endpoint| endpoint.threshold.chosen())
        .map(|chosen| (chosen.rule, chosen.on))
        .collect();
    assert_eq!(
        chosen,
        [
            (ThresholdRule::Youden, ChosenOn::Tuning),
            (ThresholdRule::TargetSensitivity(0.95), ChosenOn::Nested),
            (ThresholdRule::TargetSpecificity(1.0), ChosenOn::Nested),
        ]
    );
    let split = loaded.audit.cohort.tuning.unwrap();
    assert_eq!(split.column.value, "split");
    assert_eq!(split.levels.len(), 2);
    // The rule says sensitivity of every endpoint, and two are chosen on the same cases.
    let of_all = COMPLETE.replace("        endpoint: cancer\n", "");
    assert_eq!(codes(&of_all, Need::Scores), ["chosen-on-the-same-cases"]);
    let without = COMPLETE.replace("  tuning: {column: split, in: [tuning, validation]}\n", "");
    assert_eq!(codes(&without, Need::Scores), ["no-tuning-split"]);
    let unused = COMPLETE.replace("youden: {on: tuning}", "youden: {on: nested}");
    assert_eq!(codes(&unused, Need::Scores), ["tuning-unused"]);
}

/// What several endpoints give together is no better known than the decisions it is made of.
#[test]
fn a_summary_of_decisions_at_a_threshold_of_the_same_cases_is_not_gated() {
    let of = |threshold: &str, metric: &str| {
        let text = format!(
            "audit: a\n\
             cohort: {{manifest: c.csv, columns: {{image: path, patient: none}}}}\n\
             output: {{score_kind: probability}}\n\
             endpoints:\n\
             \x20 e: {{score: s, truth: {{column: y, positive: 1, negative: 0}}, threshold: {{{threshold}}}}}\n\
             \x20 none: {{task: no_finding, of: [e]}}\n\
             \x20 all: {{task: multilabel, of: [e]}}\n\
             gate: {{families: {{f: [{{id: r, metric: {metric}, require: \"<= 0.5\"}}]}}}}\n"
        );
        codes(&text, Need::Scores)
    };
    let nested = "youden: {on: nested}";
    for metric in ["underdiagnosis_rate", "micro_f1"] {
        assert_eq!(of(nested, metric), ["chosen-on-the-same-cases"], "{metric}");
        assert_eq!(of("fixed: 0.5", metric), [""; 0], "{metric}");
    }
    // Nothing is decided in a ranking.
    assert_eq!(of(nested, "macro_auroc_of_endpoints"), [""; 0]);
}
