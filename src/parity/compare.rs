//! Scores beside the makers'.

use std::collections::BTreeSet;

use crate::config::{Activation, Diagnostic, Located, ParityScale, ParityScores, ScoreKind};
use crate::inference::{Failure, Predictions};
use crate::reproducibility::{Decision, DecisionRule};
use crate::statistics;

use super::{MakersScores, ParityOfScore};

/// Our side of the comparison.
#[derive(Clone, Copy)]
pub struct Ours<'a> {
    /// Scores of the cohort that the makers' were joined to.
    pub predictions: &'a Predictions,
    /// Decision rules of the endpoints.
    pub decisions: &'a [Decision],
    /// What leads from a logit to a score.
    pub activation: Activation,
    /// What a score is.
    pub score_kind: ScoreKind,
    /// The only samples that are compared; `None`: all.
    pub only: Option<&'a [usize]>,
}

/// Compares every score that the makers gave.
///
/// # Errors
/// Logits are asked for where none are known, or no sample has both numbers.
pub fn compare_scores(
    spec: &ParityScores,
    makers: &MakersScores,
    ours: Ours<'_>,
) -> Result<Vec<ParityOfScore>, Vec<Diagnostic>> {
    let columns = makers.names.iter().zip(&makers.values);
    columns
        .map(|(names, values)| one(spec, names, values, makers.elsewhere, ours))
        .collect()
}

/// Every sample with a number of the makers failed here: the commonest reason, and its first sentence.
fn not_scored(
    spec: &ParityScores,
    given: &[(usize, f64)],
    predictions: &Predictions,
) -> Diagnostic {
    let compared: BTreeSet<usize> = given.iter().map(|(sample, _)| *sample).collect();
    let failures = predictions.failures();
    let mut reasons: Vec<(&Failure, usize)> = Vec::new();
    for (_, failure) in failures.filter(|(sample, _)| compared.contains(sample)) {
        match reasons
            .iter_mut()
            .find(|(known, _)| known.reason == failure.reason)
        {
            Some((_, count)) => *count += 1,
            None => reasons.push((failure, 1)),
        }
    }
    // The first of equals.
    let commonest = reasons.iter().rev().max_by_key(|(_, count)| *count);
    let (because, reason, count) = commonest.map_or(("there is none", "no-score", 0), |one| {
        (one.0.message.as_str(), one.0.reason.as_str(), one.1)
    });
    let message = format!(
        "none of the {} samples with a number of the makers has a score here: {count} of them ({reason}) because {because}",
        given.len()
    );
    Diagnostic::error("parity-not-scored", message)
        .at(spec.file.span)
        .help("`equipoise inspect FILE --audit AUDIT` shows what is made of one file")
}

fn one(
    spec: &ParityScores,
    (score, column): &(String, String),
    makers: &[Option<f64>],
    elsewhere: usize,
    ours: Ours<'_>,
) -> Result<ParityOfScore, Vec<Diagnostic>> {
    let place = ours.predictions.position(Some(score)).ok_or_else(|| {
        let message = format!("there is no score \"{score}\" to compare with the makers'");
        vec![Diagnostic::error("unknown-score", message).at(spec.file.span)]
    })?;
    let own = own_numbers(ours, place, &spec.scale)?;
    let considered = |sample: &usize| {
        ours.only
            .is_none_or(|only| only.binary_search(sample).is_ok())
    };
    let given: Vec<(usize, f64)> = (0..makers.len())
        .filter(considered)
        .filter_map(|sample| makers[sample].map(|value| (sample, value)))
        .collect();
    let pairs: Vec<(usize, f64, f64)> = given
        .iter()
        .filter(|(sample, _)| ours.predictions.is_scored(*sample))
        .map(|(sample, theirs)| (*sample, own[*sample], *theirs))
        .collect();
    if pairs.is_empty() && !given.is_empty() {
        return Err(vec![not_scored(spec, &given, ours.predictions)]);
    }
    if pairs.is_empty() {
        let message = format!("no sample has both a score \"{score}\" and a number of the makers");
        return Err(vec![
            Diagnostic::error("parity-no-sample", message).at(spec.file.span),
        ]);
    }
    let differences = || pairs.iter().map(|(_, ours, theirs)| (ours - theirs).abs());
    let decisions: Vec<&Decision> = ours
        .decisions
        .iter()
        .filter(|decision| {
            decision.scores == [place] && matches!(decision.rule, DecisionRule::Threshold { .. })
        })
        .collect();
    let as_score = |theirs: f64| match (spec.scale.value, ours.activation, ours.score_kind) {
        (ParityScale::Score, ..) | (_, _, ScoreKind::Logit) => theirs,
        (ParityScale::Logit, ..) => 1.0 / (1.0 + (-theirs).exp()),
    };
    let flips = |decision: &&Decision| {
        let differs = |(sample, _, theirs): &&(usize, f64, f64)| {
            decision.of(&[ours.predictions.scores[place][*sample]])
                != decision.of(&[as_score(*theirs)])
        };
        pairs.iter().filter(differs).count() as u64
    };
    let (first, second): (Vec<f64>, Vec<f64>) = pairs
        .iter()
        .map(|(_, ours, theirs)| (*ours, *theirs))
        .unzip();
    Ok(ParityOfScore {
        score: score.clone(),
        column: column.clone(),
        scale: match spec.scale.value {
            ParityScale::Score => "score",
            ParityScale::Logit => "logit",
        }
        .to_owned(),
        n_compared: Some(pairs.len() as u64),
        n_left_out: Some((elsewhere + given.len() - pairs.len()) as u64),
        max_abs: differences().fold(0.0, f64::max),
        mean_abs: differences().sum::<f64>() / pairs.len() as f64,
        max_abs_tolerated: spec.max_abs,
        decision_flips: (!decisions.is_empty()).then(|| decisions.iter().map(flips).sum()),
        decision_flips_tolerated: spec.decision_flips,
        rank_correlation: statistics::spearman(&first, &second),
    })
}

/// Our numbers on the makers' scale.
fn own_numbers<'a>(
    ours: Ours<'a>,
    place: usize,
    scale: &Located<ParityScale>,
) -> Result<&'a [f64], Vec<Diagnostic>> {
    let predictions = ours.predictions;
    match (scale.value, &predictions.logits[place], ours.score_kind) {
        (ParityScale::Score, ..) | (_, _, ScoreKind::Logit) => Ok(&predictions.scores[place]),
        (ParityScale::Logit, Some(logits), _) => Ok(logits),
        (ParityScale::Logit, None, _) => Err(vec![
            Diagnostic::error(
                "parity-no-logits",
                format!("the makers' numbers are logits, but none are known of \"{}\"", predictions.names[place]),
            )
            .at(scale.span)
            .help("logits are known with `activation: sigmoid`, with `score_kind: logit`, and from a stored predictions.parquet; otherwise compare scores (`scale: score`)"),
        ]),
    }
}
