//! Which settings each rerun changes.

use sha2::{Digest, Sha256};

use crate::cohort::Names;
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

/// The reruns of an audit. Every rerun opens a fresh session, so that `session` is always
/// varied. The other settings are dealt out over the reruns, several to one where there are
/// fewer reruns than settings: `threads` uses one thread more, `batch` a batch of about a third,
/// so that other samples meet in it. With a rerun to spare, the first changes the session alone.
/// `engine` adds one run on the other engine, when there is one.
#[must_use]
pub fn plan(
    spec: &ReproducibilitySpec,
    threads: usize,
    batch: usize,
    fixed_batch: bool,
    other_engine: Option<(&str, &str)>,
) -> Vec<PlannedRun> {
    let varies = |vary: Vary| spec.vary.contains(&vary) && !(fixed_batch && vary == Vary::Batch);
    let mut settings: Vec<Vary> = [Vary::Threads, Vary::Batch]
        .into_iter()
        .filter(|vary| varies(*vary))
        .collect();
    if settings.is_empty() || spec.reruns > settings.len() {
        settings.insert(0, Vary::Session);
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
            let dealt = |place: usize| {
                place == number % settings.len()
                    || (number < settings.len() && place % spec.reruns == number)
            };
            for (_, setting) in settings
                .iter()
                .enumerate()
                .filter(|(place, _)| dealt(*place))
            {
                change(&mut run, *setting, threads, batch);
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

fn change(run: &mut PlannedRun, setting: Vary, threads: usize, batch: usize) {
    match setting {
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
}

/// Indexes of the samples that are run again: all, or `size` of them by the order of
/// SHA-256(seed, sample id), so that neither rows nor threads change the choice.
#[must_use]
pub fn sample_of(samples: &Names, size: Option<usize>, seed: u64) -> Option<Vec<usize>> {
    let size = size.filter(|size| *size < samples.len())?;
    let key = |sample: &str| {
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

/// At most `size` of the samples `among`, chosen as [`sample_of`] does and in their order.
#[must_use]
pub fn sample_among(samples: &Names, among: &[usize], size: usize, seed: u64) -> Vec<usize> {
    let names: Names = among.iter().map(|sample| &samples[*sample]).collect();
    match sample_of(&names, Some(size), seed) {
        Some(places) => places.into_iter().map(|place| among[place]).collect(),
        None => among.to_vec(),
    }
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

    fn varied(reruns: usize, vary: Vec<Vary>, other: Option<(&str, &str)>) -> Vec<String> {
        plan(&spec(reruns, vary), 1, 32, false, other)
            .iter()
            .map(|run| run.varied.join(", "))
            .collect()
    }

    #[test]
    fn every_declared_setting_is_varied() {
        let all = vec![Vary::Session, Vary::Threads, Vary::Batch, Vary::Engine];
        let engines = Some(("onnxruntime", "embedded"));
        let (threads, batch, engine) = (
            "session, threads 1 -> 2",
            "session, batch 32 -> 10",
            "engine onnxruntime -> embedded",
        );
        assert_eq!(
            varied(3, all.clone(), engines),
            ["session", threads, batch, engine]
        );
        assert_eq!(varied(2, all.clone(), engines), [threads, batch, engine]);
        assert_eq!(
            varied(1, all.clone(), None),
            ["session, threads 1 -> 2, batch 32 -> 10"]
        );
        assert_eq!(
            varied(5, all, None),
            ["session", threads, batch, "session", threads]
        );
        assert_eq!(varied(2, vec![Vary::Engine], None), ["session", "session"]);
        assert_eq!(varied(0, vec![Vary::Engine], engines), [engine]);
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
            let chosen = sample_of(&names.iter().collect(), Some(7), 3).unwrap();
            let mut picked: Vec<String> = chosen
                .into_iter()
                .map(|index| names[index].clone())
                .collect();
            picked.sort();
            picked
        };
        assert_eq!(pick(&names).len(), 7);
        assert_eq!(pick(&names), pick(&turned));
        assert_eq!(sample_of(&names.iter().collect(), Some(50), 3), None);
    }
}
