//! Which settings each rerun changes.

use sha2::{Digest, Sha256};

use crate::config::{ReproducibilitySpec, Vary};

/// One rerun to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRun {
    /// `rerun-1`, ...; `engine` for the run on the other engine.
    pub id: String,
    /// Threads inside each session.
    pub threads: usize,
    /// Samples a batch.
    pub batch: usize,
    /// Whether it is done on the other engine.
    pub other_engine: bool,
    /// What was changed, in words.
    pub varied: Vec<String>,
}

/// The reruns of an audit. Every rerun opens a fresh session. Settings named under `vary` take
/// turns: `session` changes nothing else, `threads` uses one thread more, `batch` a batch of
/// about a third, so that other samples meet in it. `engine` adds one run on the other engine,
/// when there is one.
#[must_use]
pub fn plan(
    spec: &ReproducibilitySpec,
    threads: usize,
    batch: usize,
    fixed_batch: bool,
    other_engine: Option<(&str, &str)>,
) -> Vec<PlannedRun> {
    let mut turns: Vec<Vary> = spec
        .vary
        .iter()
        .copied()
        .filter(|vary| *vary != Vary::Engine && !(fixed_batch && *vary == Vary::Batch))
        .collect();
    if turns.is_empty() {
        turns.push(Vary::Session);
    }
    let mut runs: Vec<PlannedRun> = (0..spec.reruns)
        .map(|number| {
            let mut run = PlannedRun {
                id: format!("rerun-{}", number + 1),
                threads,
                batch,
                other_engine: false,
                varied: vec!["session".to_owned()],
            };
            match turns[number % turns.len()] {
                Vary::Threads => {
                    run.threads = threads + 1;
                    run.varied
                        .push(format!("threads {threads} -> {}", run.threads));
                }
                Vary::Batch => {
                    run.batch = if batch == 1 { 2 } else { (batch / 3).max(1) };
                    run.varied.push(format!("batch {batch} -> {}", run.batch));
                }
                Vary::Session | Vary::Engine => {}
            }
            run
        })
        .collect();
    if let (true, Some((first, second))) = (spec.vary.contains(&Vary::Engine), other_engine) {
        runs.push(PlannedRun {
            id: "engine".to_owned(),
            threads,
            batch,
            other_engine: true,
            varied: vec![format!("engine {first} -> {second}")],
        });
    }
    runs
}

/// Indexes of the samples that are run again: all, or `size` of them by the order of
/// SHA-256(seed, sample id), so that neither rows nor threads change the choice.
#[must_use]
pub fn sample_of(samples: &[String], size: Option<usize>, seed: u64) -> Option<Vec<usize>> {
    let size = size.filter(|size| *size < samples.len())?;
    let key = |sample: &String| {
        Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(sample.as_bytes())
            .finalize()
    };
    let mut order: Vec<(Vec<u8>, usize)> = samples
        .iter()
        .enumerate()
        .map(|(index, sample)| (key(sample).to_vec(), index))
        .collect();
    order.sort();
    let mut chosen: Vec<usize> = order
        .into_iter()
        .take(size)
        .map(|(_, index)| index)
        .collect();
    chosen.sort_unstable();
    Some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(reruns: usize, vary: Vec<Vary>) -> ReproducibilitySpec {
        ReproducibilitySpec {
            reruns,
            vary,
            sample: None,
            max_abs_logit: None,
            decision_flips: None,
        }
    }

    #[test]
    fn settings_take_turns_and_the_other_engine_comes_last() {
        let runs = plan(
            &spec(
                3,
                vec![Vary::Session, Vary::Threads, Vary::Batch, Vary::Engine],
            ),
            1,
            32,
            false,
            Some(("onnxruntime", "embedded")),
        );
        let varied: Vec<String> = runs.iter().map(|run| run.varied.join(", ")).collect();
        assert_eq!(
            varied,
            [
                "session",
                "session, threads 1 -> 2",
                "session, batch 32 -> 10",
                "engine onnxruntime -> embedded"
            ]
        );
    }

    #[test]
    fn a_graph_with_a_fixed_batch_keeps_it() {
        let runs = plan(&spec(2, vec![Vary::Batch]), 1, 4, true, None);
        assert!(runs.iter().all(|run| run.batch == 4));
    }

    #[test]
    fn the_chosen_samples_do_not_depend_on_their_order() {
        let names: Vec<String> = (0..50).map(|number| format!("s{number}")).collect();
        let mut turned = names.clone();
        turned.reverse();
        let pick = |names: &[String]| {
            let chosen = sample_of(names, Some(7), 3).unwrap();
            let mut picked: Vec<String> = chosen
                .into_iter()
                .map(|index| names[index].clone())
                .collect();
            picked.sort();
            picked
        };
        assert_eq!(pick(&names).len(), 7);
        assert_eq!(pick(&names), pick(&turned));
        assert_eq!(sample_of(&names, Some(50), 3), None);
    }
}
