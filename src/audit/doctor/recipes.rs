//! What an audit file chooses for all inputs of images together, and its changes.

use crate::config::Activation;
use crate::imaging::Pipeline;
use crate::parity::Recipe;

use super::super::model::Ready;

/// A recipe for each way that inputs of images go.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recipes {
    ways: Vec<OfWay>,
    /// What is applied to the model's numbers.
    pub(super) activation: Activation,
}

#[derive(Debug, Clone, PartialEq)]
struct OfWay {
    /// Place among the audit's ways.
    place: usize,
    /// The input that declares it as its own.
    input: Option<String>,
    recipe: Recipe,
}

/// Recipes of which one is changed.
pub(super) struct Changed {
    /// What the makers would have done otherwise, in words.
    pub(super) what: String,
    pub(super) recipes: Recipes,
}

impl Recipes {
    /// As the audit file has them.
    pub(super) fn of_audit(ready: &Ready, activation: Activation) -> Self {
        let gone = ready.ways_gone();
        let ways = gone.into_iter().map(|(place, _)| {
            let way = &ready.ways[place];
            OfWay {
                place,
                input: way.input.clone(),
                recipe: Recipe {
                    input: way.spec,
                    steps: way.steps.clone(),
                    activation,
                },
            }
        });
        Self {
            ways: ways.collect(),
            activation,
        }
    }

    /// One pipeline for each of the audit's ways.
    pub(super) fn pipelines(&self, ready: &Ready) -> Vec<Pipeline> {
        let pipeline = |place: usize| {
            let own = self.ways.iter().find(|way| way.place == place);
            match own {
                Some(way) => Pipeline::new(way.recipe.input, &way.recipe.steps),
                None => Pipeline::new(ready.ways[place].spec, &ready.ways[place].steps),
            }
        };
        (0..ready.ways.len()).map(pipeline).collect()
    }

    /// Every single change of one way, or of the activation.
    pub(super) fn candidates(&self) -> Vec<Changed> {
        let mut found = Vec::new();
        for (number, way) in self.ways.iter().enumerate() {
            for candidate in way.recipe.candidates() {
                let activation = candidate.recipe.activation;
                if number > 0 && activation != self.activation {
                    continue;
                }
                let what = match &way.input {
                    Some(input) => format!("input {input}: {}", candidate.what),
                    None => candidate.what,
                };
                let mut recipes = self.clone();
                recipes.activation = activation;
                recipes.ways[number].recipe = candidate.recipe;
                for way in &mut recipes.ways {
                    way.recipe.activation = activation;
                }
                found.push(Changed { what, recipes });
            }
        }
        found
    }

    /// The smallest change of lines of the audit file that leads to `other`.
    pub(super) fn change_to(&self, other: &Self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, (from, to)) in self.ways.iter().zip(&other.ways).enumerate() {
            let mut to_recipe = to.recipe.clone();
            if number > 0 {
                to_recipe.activation = from.recipe.activation;
            }
            let change = from.recipe.change_to(&to_recipe).into_iter();
            lines.extend(
                change.map(|line| match (&from.input, line.split_once(' ')) {
                    (Some(input), Some((sign, rest))) if !rest.starts_with("output:") => {
                        format!("{sign} model: inputs: {input}: {rest}")
                    }
                    _ => line,
                }),
            );
        }
        lines
    }
}
