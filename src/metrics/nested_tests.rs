use super::super::threshold::choose_threshold;
use super::*;
use crate::statistics::{ClusteredProportion, normal_cdf};

fn whole(n: usize) -> Vec<Partition> {
    vec![Partition {
        codes: vec![0; n],
        levels: 1,
    }]
}

/// Normal scores: positives around `shift`, negatives around 0.
fn study(n_positive: usize, n_negative: usize, shift: f64, number: u64) -> (Vec<bool>, Vec<f64>) {
    let mut stream = RandomStream::new(20, Purpose::Simulation, number);
    let y: Vec<bool> = (0..n_positive + n_negative)
        .map(|row| row < n_positive)
        .collect();
    let score = y
        .iter()
        .map(|y| stream.normal() + if *y { shift } else { 0.0 })
        .collect();
    (y, score)
}

/// Whether the limits of sensitivity, never narrower than Wilson's, hold the true sensitivity at
/// the chosen threshold in at least 95% of simulated studies, which limits from a single draw do
/// not.
#[test]
fn limits_hold_the_truth_at_the_chosen_threshold() {
    let (shift, studies) = (1.5, 160);
    for rule in [ChoiceRule::Youden, ChoiceRule::TargetSensitivity(0.9)] {
        let mut held = 0;
        let mut wider = 0;
        for number in 0..studies {
            let (y, score) = study(40, 60, shift, number);
            let ladder = ScoreLadder::new(&y, &score, false).unwrap();
            let choice = ladder.choose(rule, |_| 1).unwrap();
            let truth = 1.0 - normal_cdf(choice.threshold - shift);
            let draws = nested_draws(&ladder, rule, None, &whole(100), 200, number);
            let found = draws
                .interval(
                    0,
                    &[0],
                    |counts| share_of_matrix(ShareOf::Sensitivity, counts),
                    0.95,
                )
                .unwrap();
            let events = (choice.sensitivity * 40.0).round() as u64;
            let naive = ClusteredProportion::unclustered(events, 40)
                .unwrap()
                .wilson(0.95)
                .unwrap();
            let (lower, upper) = (
                found.interval.lower.min(naive.lower),
                found.interval.upper.max(naive.upper),
            );
            held += u32::from(lower <= truth && truth <= upper);
            wider += u32::from(found.interval.width() > naive.width());
        }
        assert!(f64::from(held) >= 0.95 * studies as f64, "{rule:?} {held}");
        assert!(f64::from(wider) >= 0.8 * studies as f64, "{rule:?} {wider}");
    }
}

#[test]
fn the_same_for_every_order_of_samples_and_number_of_patients() {
    let (y, score) = study(30, 50, 1.0, 1);
    let cluster: Vec<u32> = (0..80).map(|row| row / 2 * 3).collect();
    let draws = |order: &[usize]| {
        let pick = |row: usize| order[row];
        let ladder = ScoreLadder::new(
            &(0..80).map(|row| y[pick(row)]).collect::<Vec<_>>(),
            &(0..80).map(|row| score[pick(row)]).collect::<Vec<_>>(),
            false,
        )
        .unwrap();
        let own: Vec<u32> = (0..80).map(|row| cluster[pick(row)]).collect();
        nested_draws(&ladder, ChoiceRule::Youden, Some(&own), &whole(80), 50, 4)
    };
    let plain: Vec<usize> = (0..80).collect();
    let turned: Vec<usize> = (0..80).rev().collect();
    let (first, second) = (draws(&plain), draws(&turned));
    assert_eq!(first.thresholds, second.thresholds);
    assert_eq!(first.counts, second.counts);
}

#[test]
fn levels_add_up_and_their_difference_has_its_sign() {
    let (y, score) = study(60, 60, 2.0, 2);
    let ladder = ScoreLadder::new(&y, &score, false).unwrap();
    // Level 1: positives with low scores, half of all.
    let codes: Vec<u16> = y
        .iter()
        .zip(&score)
        .enumerate()
        .map(|(row, (y, score))| u16::from(if *y { *score < 2.0 } else { row % 2 == 0 }))
        .collect();
    let partitions = [whole(120)[0].clone(), Partition { codes, levels: 2 }];
    let draws = nested_draws(&ladder, ChoiceRule::Youden, None, &partitions, 200, 9);
    for counts in &draws.counts {
        assert_eq!(counts[0][0], counts[1][0] + counts[1][1]);
        assert_eq!(counts[0][0].total(), 120);
    }
    let sensitivity = |counts: &ConfusionCounts| share_of_matrix(ShareOf::Sensitivity, counts);
    let (found, p) = draws
        .difference(1, (&[1], &[0]), sensitivity, 0.95)
        .unwrap();
    assert!(found.interval.upper < 0.0 && p < 0.05, "{found:?} {p}");
    let (same, p) = draws
        .difference(1, (&[1], &[1]), sensitivity, 0.95)
        .unwrap();
    assert_eq!(
        (same.interval.lower, same.interval.upper, p),
        (0.0, 0.0, 1.0)
    );
    let chosen = choose_threshold(ChoiceRule::Youden, &y, &score, false).unwrap();
    let own = draws.threshold(0.95).unwrap();
    assert!(own.interval.contains(chosen.threshold) && own.interval.width() > 0.0);
}

#[test]
fn too_few_resamples_with_a_value_give_no_interval() {
    // One positive: a draw lacks it more than a third of the time.
    let y: Vec<bool> = (0..20).map(|row| row == 0).collect();
    let score: Vec<f64> = (0..20).map(f64::from).collect();
    let ladder = ScoreLadder::new(&y, &score, true).unwrap();
    let draws = nested_draws(&ladder, ChoiceRule::Youden, None, &whole(20), 200, 1);
    assert!(draws.thresholds.len() < 190);
    let found = draws.threshold(0.95).unwrap_err().to_string();
    assert!(found.contains("of 200 resamples"), "{found}");
    // One patient with both classes: every draw is the whole.
    let ladder = ScoreLadder::new(&[true, false], &[0.9, 0.1], false).unwrap();
    let draws = nested_draws(&ladder, ChoiceRule::Youden, Some(&[4, 4]), &whole(2), 50, 1);
    let own = draws.threshold(0.95).unwrap();
    assert_eq!((own.interval.lower, own.interval.upper), (0.9, 0.9));
}

#[test]
fn shares_of_a_matrix() {
    let counts = ConfusionCounts {
        true_positive: 8,
        false_negative: 2,
        false_positive: 3,
        true_negative: 17,
    };
    for (share, expected) in [
        (ShareOf::Sensitivity, 0.8),
        (ShareOf::Specificity, 0.85),
        (ShareOf::Ppv, 8.0 / 11.0),
        (ShareOf::Npv, 17.0 / 19.0),
        (ShareOf::Accuracy, 25.0 / 30.0),
        (ShareOf::FlagRate, 11.0 / 30.0),
    ] {
        assert_eq!(share_of_matrix(share, &counts), Some(expected));
        assert_eq!(share_of_matrix(share, &ConfusionCounts::default()), None);
    }
}
