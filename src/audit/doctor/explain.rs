//! The search: every single change, then, where none suffices, every change on top of the best.

use crate::cohort::Cohort;
use crate::config::{ParityScale, ParityScores};
use crate::imaging::Pipeline;
use crate::inference::{KeptImages, Predictions};
use crate::parity::{MakersScores, Ours, Parity, ParityOfScore, ParityOfTensors, compare_scores};

use super::super::finish::Started;
use super::super::model::{Otherwise, Ready};
use super::super::{AuditError, Event, Options};
use super::recipes::Recipes;
use super::tensors::MakersTensors;

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
    /// Where the makers gave tensors only.
    pub(super) tensors: Option<ParityOfTensors>,
    pub(super) within: bool,
    pub(super) explanations: Vec<Explanation>,
    pub(super) tried: usize,
}

/// What the makers gave.
pub(super) enum Known<'a> {
    /// Scores, which the search goes by wherever there are any.
    Scores(&'a ParityScores, &'a MakersScores),
    /// Input tensors only.
    Tensors(&'a MakersTensors),
}

struct Search<'a> {
    started: &'a Started,
    ready: &'a Ready,
    cohort: &'a Cohort,
    only: &'a [usize],
    known: Known<'a>,
    options: &'a Options<'a>,
    /// Changes mostly leave decoding and resizing as they are.
    kept: KeptImages,
}

/// How far one recipe lies from the makers.
struct Distance {
    scores: Vec<ParityOfScore>,
    tensors: Option<ParityOfTensors>,
    /// Samples compared, by score.
    compared: Vec<Option<u64>>,
    mean_abs: f64,
    max_abs: f64,
    within: bool,
    numbers: Vec<f64>,
}

/// Compares as the audit file stands and, beyond the tolerance, tries changes.
pub(super) fn search(
    started: &Started,
    ready: &Ready,
    cohort: &Cohort,
    only: &[usize],
    known: Known<'_>,
    options: &Options<'_>,
) -> Result<Searched, AuditError> {
    let search = Search {
        started,
        ready,
        cohort,
        only,
        known,
        options,
        kept: KeptImages::default(),
    };
    let recipe = Recipes::of_audit(ready, started.audit.output.activation);
    (options.events)(Event::Stage("comparing with the makers"));
    let found = search.distance(&recipe)?;
    let (before, compared) = (found.mean_abs, found.compared);
    let mut searched = Searched {
        parity: found.scores,
        tensors: found.tensors,
        within: found.within,
        explanations: Vec::new(),
        tried: 0,
    };
    if !searched.within {
        search.explain(&recipe, (before, &compared), &mut searched)?;
    }
    Ok(searched)
}

impl Search<'_> {
    fn explain(
        &self,
        recipe: &Recipes,
        (before, compared): (f64, &[Option<u64>]),
        searched: &mut Searched,
    ) -> Result<(), AuditError> {
        (self.options.events)(Event::Stage("searching for the explanation"));
        let mut found: Vec<(Recipes, Explanation)> = Vec::new();
        self.round(recipe, (recipe, ""), compared, searched, &mut found)?;
        let nearest = |found: &[(Recipes, Explanation)]| {
            let least = found
                .iter()
                .min_by(|a, b| a.1.mean_abs.total_cmp(&b.1.mean_abs));
            least.cloned()
        };
        if let Some((best, first)) = nearest(&found)
            && !first.within
            && first.mean_abs < before
        {
            self.round(recipe, (&best, &first.what), compared, searched, &mut found)?;
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
        recipe: &Recipes,
        (from, already): (&Recipes, &str),
        compared: &[Option<u64>],
        searched: &mut Searched,
        found: &mut Vec<(Recipes, Explanation)>,
    ) -> Result<(), AuditError> {
        for candidate in from.candidates() {
            // Before the activation it makes no difference.
            let idle =
                self.is_before_activation() && candidate.recipes.activation != from.activation;
            if idle || candidate.recipes == *recipe {
                continue;
            }
            searched.tried += 1;
            let distance = match self.distance(&candidate.recipes) {
                Ok(distance) => distance,
                Err(AuditError::Interrupted) => return Err(AuditError::Interrupted),
                // A change that this model cannot be fed with explains nothing.
                Err(_) => continue,
            };
            if distance.compared != compared {
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
                change: recipe.change_to(&candidate.recipes),
                mean_abs: distance.mean_abs,
                max_abs: distance.max_abs,
                within: distance.within,
                numbers: distance.numbers,
            };
            found.push((candidate.recipes, explanation));
        }
        Ok(())
    }

    /// Whether the activation makes no difference to what is compared.
    fn is_before_activation(&self) -> bool {
        match &self.known {
            Known::Scores(spec, _) => spec.scale.value == ParityScale::Logit,
            Known::Tensors(_) => true,
        }
    }

    fn distance(&self, recipe: &Recipes) -> Result<Distance, AuditError> {
        let pipelines = recipe.pipelines(self.ready);
        let pipelines: Vec<&Pipeline> = pipelines.iter().collect();
        match &self.known {
            Known::Scores(spec, makers) => {
                let predictions = self.predict(recipe, &pipelines)?;
                let scores = self
                    .compare((spec, makers), recipe, &predictions)
                    .map_err(|found| self.started.refuse(found))?;
                Ok(Distance {
                    tensors: None,
                    compared: scores.iter().map(|one| one.n_compared).collect(),
                    mean_abs: mean(&scores, |one| one.mean_abs),
                    max_abs: scores.iter().fold(0.0, |most, one| most.max(one.max_abs)),
                    within: Parity::of(scores.clone(), None).broken().is_none(),
                    numbers: self.numbers(spec, &predictions),
                    scores,
                })
            }
            Known::Tensors(makers) => {
                if self
                    .options
                    .interrupted
                    .load(std::sync::atomic::Ordering::Relaxed)
                {
                    return Err(AuditError::Interrupted);
                }
                let found = makers.compare(
                    self.ready,
                    (&pipelines, Some(&self.kept)),
                    self.cohort,
                    self.only,
                )?;
                Ok(Distance {
                    scores: Vec::new(),
                    compared: vec![found.parity.n_compared],
                    mean_abs: found.mean_abs,
                    max_abs: found.parity.max_abs.unwrap_or(f64::INFINITY),
                    within: Parity::of(Vec::new(), Some(found.parity.clone()))
                        .broken()
                        .is_none(),
                    numbers: found.numbers,
                    tensors: Some(found.parity),
                })
            }
        }
    }

    fn predict(
        &self,
        recipe: &Recipes,
        pipelines: &[&Pipeline],
    ) -> Result<Predictions, AuditError> {
        let head = self.ready.head.with_activation(recipe.activation);
        let way = Otherwise {
            pipelines,
            head: &head,
            kept: Some(&self.kept),
        };
        self.ready
            .predict_otherwise(way, self.cohort, self.only, self.options)
    }

    fn compare(
        &self,
        (spec, makers): (&ParityScores, &MakersScores),
        recipe: &Recipes,
        predictions: &Predictions,
    ) -> Result<Vec<ParityOfScore>, Vec<crate::config::Diagnostic>> {
        let ours = Ours {
            predictions,
            decisions: &[],
            activation: recipe.activation,
            score_kind: self.started.audit.output.score_kind,
            only: Some(self.only),
        };
        compare_scores(spec, makers, ours)
    }

    /// Scores of the samples, to tell explanations with the same numbers.
    fn numbers(&self, spec: &ParityScores, predictions: &Predictions) -> Vec<f64> {
        let columns = predictions.scores.iter().zip(&predictions.logits);
        columns
            .flat_map(|(scores, logits)| {
                let values = match (spec.scale.value, logits) {
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
