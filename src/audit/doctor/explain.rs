//! The search: every single change, then, where none suffices, every change on top of the best.

use crate::cohort::Cohort;
use crate::config::{InputSpec, ParityScale, ParityScores};
use crate::imaging::Pipeline;
use crate::inference::Predictions;
use crate::parity::{MakersScores, Ours, Parity, ParityOfScore, Recipe, compare_scores};

use super::super::finish::Started;
use super::super::model::Ready;
use super::super::{AuditError, Event, Options};

/// Numbers nearer than this, relative to their size, count as the same: what is left are
/// roundings of single precision.
const SAME: f64 = 1e-5;

/// A change of the audit file, and how near it comes.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// From 1; explanations that give the same numbers share it.
    pub rank: usize,
    /// What the makers would have done, in words.
    pub what: String,
    /// Lines of the audit file that go (`- `) and come (`+ `).
    pub change: Vec<String>,
    /// Mean absolute difference from the makers' numbers.
    pub mean_abs: f64,
    /// Largest.
    pub max_abs: f64,
    /// Whether the declared tolerance is met.
    pub within: bool,
    numbers: Vec<f64>,
}

/// What the search gave.
pub(super) struct Searched {
    pub(super) parity: Vec<ParityOfScore>,
    pub(super) within: bool,
    pub(super) explanations: Vec<Explanation>,
    pub(super) tried: usize,
}

struct Search<'a> {
    started: &'a Started,
    ready: &'a Ready,
    cohort: &'a Cohort,
    only: &'a [usize],
    makers: &'a MakersScores,
    spec: ParityScores,
    input: InputSpec,
    options: &'a Options<'a>,
}

/// Compares as the audit file stands and, beyond the tolerance, tries changes.
pub(super) fn search(
    started: &Started,
    ready: &Ready,
    cohort: &Cohort,
    only: &[usize],
    makers: &MakersScores,
    options: &Options<'_>,
) -> Result<Searched, AuditError> {
    let audit = &started.audit;
    let scores = audit.parity.as_ref().and_then(|spec| spec.scores.clone());
    let (Some(spec), Some(input)) = (scores, audit.input) else {
        let message = "a search without scores of the makers".to_owned();
        return Err(AuditError::Internal(message));
    };
    let search = Search {
        started,
        ready,
        cohort,
        only,
        makers,
        spec,
        input,
        options,
    };
    let recipe = Recipe {
        channels: input.channels,
        steps: audit.preprocess.clone(),
        activation: audit.output.activation,
    };
    (options.events)(Event::Stage("comparing with the makers"));
    let predictions = search.predict(&recipe)?;
    let parity = search
        .compare(&recipe, &predictions)
        .map_err(|found| started.refuse(found))?;
    let within = Parity::of(parity.clone(), None).broken().is_none();
    let mut searched = Searched {
        parity,
        within,
        explanations: Vec::new(),
        tried: 0,
    };
    if !within {
        search.explain(&recipe, &mut searched)?;
    }
    Ok(searched)
}

impl Search<'_> {
    fn explain(&self, recipe: &Recipe, searched: &mut Searched) -> Result<(), AuditError> {
        (self.options.events)(Event::Stage("searching for the explanation"));
        let before = mean(&searched.parity, |one| one.mean_abs);
        let mut found: Vec<(Recipe, Explanation)> = Vec::new();
        self.round(recipe, (recipe, ""), searched, &mut found)?;
        let nearest = |found: &[(Recipe, Explanation)]| {
            let least = found
                .iter()
                .min_by(|a, b| a.1.mean_abs.total_cmp(&b.1.mean_abs));
            least.cloned()
        };
        if let Some((best, first)) = nearest(&found)
            && !first.within
            && first.mean_abs < before
        {
            self.round(recipe, (&best, &first.what), searched, &mut found)?;
        }
        let better = found
            .into_iter()
            .map(|(_, explanation)| explanation)
            .filter(|one| one.mean_abs < before);
        searched.explanations = ranked(better.collect());
        Ok(())
    }

    /// Tries every change of `from`, which differs from the audit file by `already`.
    fn round(
        &self,
        recipe: &Recipe,
        (from, already): (&Recipe, &str),
        searched: &mut Searched,
        found: &mut Vec<(Recipe, Explanation)>,
    ) -> Result<(), AuditError> {
        for candidate in from.candidates() {
            // Before the activation it makes no difference.
            let idle = self.spec.scale.value == ParityScale::Logit
                && candidate.recipe.activation != from.activation;
            if idle || candidate.recipe == *recipe {
                continue;
            }
            searched.tried += 1;
            let predictions = match self.predict(&candidate.recipe) {
                Ok(predictions) => predictions,
                Err(AuditError::Interrupted) => return Err(AuditError::Interrupted),
                // A change that this model cannot be fed with explains nothing.
                Err(_) => continue,
            };
            let Ok(parity) = self.compare(&candidate.recipe, &predictions) else {
                continue;
            };
            let all = searched.parity.iter().zip(&parity);
            if all
                .into_iter()
                .any(|(before, now)| now.n_compared != before.n_compared)
            {
                continue;
            }
            let what = if already.is_empty() {
                candidate.what
            } else {
                format!("{already}, and {}", candidate.what)
            };
            let explanation = Explanation {
                rank: 0,
                what,
                change: recipe.change_to(&candidate.recipe),
                mean_abs: mean(&parity, |one| one.mean_abs),
                max_abs: parity.iter().fold(0.0, |most, one| most.max(one.max_abs)),
                within: Parity::of(parity, None).broken().is_none(),
                numbers: self.numbers(&predictions),
            };
            found.push((candidate.recipe, explanation));
        }
        Ok(())
    }

    fn predict(&self, recipe: &Recipe) -> Result<Predictions, AuditError> {
        let input = InputSpec {
            channels: recipe.channels,
            ..self.input
        };
        let pipeline = Pipeline::new(input, &recipe.steps);
        let head = self.ready.head.with_activation(recipe.activation);
        self.ready
            .predict_otherwise((&pipeline, &head), self.cohort, self.only, self.options)
    }

    fn compare(
        &self,
        recipe: &Recipe,
        predictions: &Predictions,
    ) -> Result<Vec<ParityOfScore>, Vec<crate::config::Diagnostic>> {
        let ours = Ours {
            predictions,
            decisions: &[],
            activation: recipe.activation,
            score_kind: self.started.audit.output.score_kind,
            only: Some(self.only),
        };
        compare_scores(&self.spec, self.makers, ours)
    }

    /// Scores of the samples, to tell explanations with the same numbers.
    fn numbers(&self, predictions: &Predictions) -> Vec<f64> {
        let columns = predictions.scores.iter().zip(&predictions.logits);
        columns
            .flat_map(|(scores, logits)| {
                let values = match (self.spec.scale.value, logits) {
                    (ParityScale::Logit, Some(logits)) => logits,
                    _ => scores,
                };
                self.only.iter().map(|sample| values[*sample])
            })
            .collect()
    }
}

fn mean(parity: &[ParityOfScore], of: impl Fn(&ParityOfScore) -> f64) -> f64 {
    parity.iter().map(of).sum::<f64>() / parity.len().max(1) as f64
}

/// Nearest first. Explanations with the same numbers share a rank, the smallest change first.
fn ranked(mut found: Vec<Explanation>) -> Vec<Explanation> {
    found.sort_by(|a, b| a.mean_abs.total_cmp(&b.mean_abs));
    let mut ordered: Vec<Explanation> = Vec::new();
    let mut rank = 0;
    while !found.is_empty() {
        rank += 1;
        let head = found[0].numbers.clone();
        let (mut same, rest): (Vec<_>, Vec<_>) = found
            .into_iter()
            .partition(|one| alike(&head, &one.numbers));
        found = rest;
        same.sort_by_key(|one| one.change.len());
        ordered.extend(same.into_iter().map(|one| Explanation { rank, ..one }));
    }
    ordered
}

fn alike(first: &[f64], second: &[f64]) -> bool {
    let pairs = first.iter().zip(second);
    first.len() == second.len()
        && pairs
            .into_iter()
            .all(|(a, b)| (a - b).abs() <= SAME * (1.0 + a.abs()))
}
