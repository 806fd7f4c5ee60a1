//! The `aggregate` section, and the unit that each endpoint is for.

use super::super::audit::{
    Aggregation, AggregationRule, AggregationUnit, Endpoint, PatientColumn, ScoreKind, UnitName,
    VoteThreshold,
};
use super::super::diagnostic::{Diagnostic, quoted};
use super::super::keys;
use super::cohort::CohortRead;
use super::exam::{attribute_rule, truth_rule};
use super::reader::{Context, Section, Value};

/// Units inside a patient, by their names.
pub(super) const UNITS: [(&str, UnitName); 5] = [
    ("series", UnitName::Series),
    ("study", UnitName::Study),
    ("lesion", UnitName::Lesion),
    ("eye", UnitName::Eye),
    ("breast", UnitName::Breast),
];

/// The steps in their order: each unit once, patients last.
pub(super) fn aggregate(
    value: &Value<'_>,
    cohort: Option<&CohortRead>,
    score_kind: Option<ScoreKind>,
) -> Option<Vec<Aggregation>> {
    let mut earlier: Vec<&'static str> = Vec::new();
    let mut entries = Vec::new();
    for value in value.list("entries such as `{to: patient, by: max}`")? {
        let entry = aggregation(&value, cohort, score_kind);
        if let Some(entry) = &entry {
            let word = entry.to.word();
            if earlier.contains(&word) || earlier.contains(&"patient") {
                value.error(
                    "aggregation-order",
                    "samples are already joined to this unit or a larger one",
                    "join step by step to larger units, each once, to patients last",
                );
            }
            earlier.push(word);
        }
        entries.push(entry);
    }
    entries.into_iter().collect()
}

fn aggregation(
    value: &Value<'_>,
    cohort: Option<&CohortRead>,
    score_kind: Option<ScoreKind>,
) -> Option<Aggregation> {
    let section = value.section(&keys::AGGREGATE)?;
    let to = section
        .required(
            "to",
            "write `to: patient`, or the unit inside a patient: `to: study`",
        )
        .and_then(|value| unit(&value, cohort));
    let rules = [
        ("mean", AggregationRule::Mean),
        ("max", AggregationRule::Max),
        ("min", AggregationRule::Min),
        ("noisy_or", AggregationRule::NoisyOr),
        ("first", AggregationRule::First),
        ("any", AggregationRule::Any),
        ("all", AggregationRule::All),
        ("vote", AggregationRule::Vote),
    ];
    let by = section.required("by", "say how scores are joined, such as `by: max`");
    let rule = by.as_ref().and_then(|value| value.choice(&rules, &[]));
    if let (Some(by), Some(rule), Some(kind)) = (&by, rule, score_kind) {
        kinds(by, rule, kind);
    }
    let votes = votes(&section, rule);
    let truth = truth_rule(&section);
    let attribute = attribute_rule(&section);
    Some(Aggregation {
        to: to?,
        by: rule?,
        votes: votes?,
        truth: truth?,
        attribute: attribute?,
    })
}

/// What a joined score is must be what the audit says of scores.
fn kinds(by: &Value<'_>, rule: AggregationRule, kind: ScoreKind) {
    match (rule, kind) {
        (AggregationRule::NoisyOr, ScoreKind::Logit | ScoreKind::Score) => by.error(
            "contradiction",
            "`noisy_or` joins probabilities, and the scores are none",
            "write `output: {score_kind: probability}` if they are",
        ),
        (AggregationRule::Vote, ScoreKind::Probability | ScoreKind::Logit) => by.error(
            "contradiction",
            "a vote gives the share of members that are called positive, which is neither a probability nor a logit",
            "write `output: {score_kind: score}`: such scores rank, and nothing is said of calibration",
        ),
        _ => {}
    }
}

/// `threshold`, which a vote needs and nothing else has.
fn votes(section: &Section<'_>, rule: Option<AggregationRule>) -> Option<Vec<VoteThreshold>> {
    let voting = rule == Some(AggregationRule::Vote);
    let Some(value) = section.get("threshold") else {
        if voting {
            section.required(
                "threshold",
                "say from which score on a member votes positive: `threshold: 0.5`; the endpoint's own threshold is for the share of votes",
            );
            return None;
        }
        return Some(Vec::new());
    };
    if !voting {
        if rule.is_some() {
            value.error(
                "contradiction",
                "`threshold` is for `by: vote`; any other rule joins scores before a threshold",
                "the endpoint's threshold is for the joined scores",
            );
        }
        return None;
    }
    if !value.is_mapping() {
        let threshold = value.number()?;
        return Some(vec![VoteThreshold {
            score: None,
            threshold,
        }]);
    }
    let named: Vec<Option<VoteThreshold>> = value
        .named("thresholds")?
        .into_iter()
        .map(|(score, value)| {
            Some(VoteThreshold {
                threshold: value.number()?,
                score: Some(score),
            })
        })
        .collect();
    if named.is_empty() {
        let message = format!("`{}` has 0 entries, expected at least 1", value.path);
        value.error("too-few", message, "");
        return None;
    }
    named.into_iter().collect()
}

fn unit(value: &Value<'_>, cohort: Option<&CohortRead>) -> Option<AggregationUnit> {
    let mut options = vec![("patient", None)];
    options.extend(UNITS.map(|(word, unit)| (word, Some(unit))));
    let unit = value.choice(&options, &["exam"])?;
    let cohort = cohort?;
    let without_patients = matches!(cohort.spec.patient, PatientColumn::None);
    let patients = |what: &str| {
        value.error(
            "contradiction",
            format!("samples cannot be joined to {what}, since the cohort has `patient: none`"),
            "name the column of patients in `cohort.columns`",
        );
        None
    };
    let Some(unit) = unit else {
        return if without_patients {
            patients("patients")
        } else {
            Some(AggregationUnit::Patient)
        };
    };
    if unit.is_side() && without_patients {
        return patients(&format!(
            "{}, which are told apart by patient and side",
            unit.words()
        ));
    }
    let column = cohort.units.iter().find(|(known, _)| *known == unit);
    let Some((_, column)) = column else {
        let (one, several) = (unit.word(), unit.words());
        value.error(
            "missing-column",
            format!("samples cannot be joined to {several}, since `cohort.columns` has no `{one}`"),
            &format!("name the column of {several}: `columns: {{{one}: {one}_id}}`"),
        );
        return None;
    };
    Some(AggregationUnit::Column {
        unit,
        column: column.clone(),
    })
}

/// The unit that is measured, in the file's words.
fn measured(aggregate: &[Aggregation], cohort: &CohortRead) -> &'static str {
    match aggregate.last() {
        Some(last) => last.to.word(),
        None if cohort.spec.exam.is_some() => "exam",
        None => "image",
    }
}

/// `unit` of an endpoint: the level that its threshold was set for.
pub(super) fn endpoint_unit(section: &Section<'_>) -> Option<Option<UnitOfThreshold>> {
    let Some(value) = section.get("unit") else {
        return Some(None);
    };
    let options = [
        "image", "exam", "series", "study", "lesion", "eye", "breast", "patient",
    ];
    let word = value.choice(&options.map(|word| (word, word)), &[])?;
    Some(Some(UnitOfThreshold {
        word,
        span: value.span(),
    }))
}

/// What an endpoint says of the level of its threshold.
#[derive(Debug, Clone, Copy)]
pub(super) struct UnitOfThreshold {
    word: &'static str,
    span: super::super::located::Span,
}

/// A threshold holds on the level that it was set for: images joined by their largest score are
/// called positive more often than images are.
pub(super) fn levels(
    cx: &Context<'_>,
    units: &[UnitOfThreshold],
    aggregate: Option<&[Aggregation]>,
    cohort: Option<&CohortRead>,
) {
    let (Some(aggregate), Some(cohort)) = (aggregate, cohort) else {
        return;
    };
    let measured = measured(aggregate, cohort);
    for unit in units.iter().filter(|unit| unit.word != measured) {
        let message = format!(
            "the threshold is for each {}, and what is measured is each {measured}",
            unit.word
        );
        cx.report(
            Diagnostic::error("threshold-level", message)
                .at(unit.span)
                .help("join samples to that unit with `aggregate`, give the threshold that was set for the joined scores, or let members vote at their own: `{by: vote, threshold: ...}`"),
        );
    }
}

/// Every endpoint's score has a threshold for every vote, and every threshold a score.
pub(super) fn votes_have_scores(
    cx: &Context<'_>,
    aggregate: Option<&[Aggregation]>,
    endpoints: Option<&[Endpoint]>,
) {
    let (Some(aggregate), Some(endpoints)) = (aggregate, endpoints) else {
        return;
    };
    for step in aggregate {
        for (vote, name) in step
            .votes
            .iter()
            .filter_map(|vote| Some((vote, vote.score.as_ref()?)))
        {
            let is_taken = |endpoint: &Endpoint| {
                endpoint
                    .score
                    .as_ref()
                    .is_some_and(|score| score.value == name.value)
            };
            if !endpoints.iter().any(is_taken) {
                let message = format!(
                    "the threshold {} of a vote is for the score {}, which no endpoint takes",
                    vote.threshold,
                    quoted(&name.value)
                );
                cx.report(
                    Diagnostic::error("vote-threshold", message)
                        .at(name.span)
                        .help("name the score of an endpoint (`score:`), or write one number for all scores"),
                );
            }
        }
        if step.by != AggregationRule::Vote {
            continue;
        }
        for endpoint in endpoints {
            let score = endpoint.score.as_ref().map_or("", |score| score.as_str());
            if step.vote_threshold(score).is_none() {
                let message = format!(
                    "the vote of {} has no threshold for the score of endpoint {}",
                    step.to.words(),
                    endpoint.name.value
                );
                cx.report(
                    Diagnostic::error("vote-threshold", message)
                        .at(endpoint.name.span)
                        .help("add it to `threshold` by the name of the score, or write one number for all scores"),
                );
            }
        }
    }
}

/// The most and least positive score, and a vote, depend on which end of a score is positive: all
/// endpoints of one score must say the same.
pub(super) fn one_direction(
    cx: &Context<'_>,
    aggregate: Option<&[Aggregation]>,
    endpoints: Option<&[Endpoint]>,
) {
    let (Some(aggregate), Some(endpoints)) = (aggregate, endpoints) else {
        return;
    };
    let depends = |step: &&Aggregation| {
        matches!(
            step.by,
            AggregationRule::Any | AggregationRule::All | AggregationRule::Vote
        )
    };
    if aggregate.iter().find(depends).is_none() {
        return;
    }
    for (place, endpoint) in endpoints.iter().enumerate() {
        let score = |endpoint: &Endpoint| endpoint.score.as_ref().map(|name| name.value.clone());
        let other = endpoints[..place]
            .iter()
            .find(|other| score(other) == score(endpoint) && other.direction != endpoint.direction);
        if let Some(other) = other {
            let message = format!(
                "{} and {} take the same score in opposite directions, and `any`, `all` and `vote` join it in one",
                other.name.value, endpoint.name.value
            );
            cx.report(
                Diagnostic::error("contradiction", message)
                    .at(endpoint.name.span)
                    .help("join by `max`, `min` or `mean`, or audit the two endpoints apart"),
            );
        }
    }
}
