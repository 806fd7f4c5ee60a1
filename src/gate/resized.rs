//! The size at which one planned check passes in 80% of simulated audits: its patients again, more
//! or fewer of them.

use rayon::prelude::*;

use crate::assessment::{Measured, Metric};
use crate::config::{Compare, Rule};
use crate::statistics::normal_quantile;

use super::chances::MOST;
use super::decide::passes;
use super::selection::too_few;
use super::simulated::Simulated;
use super::tested::{Arms, Detail, POWER, gap, limits};

/// Sizes that are tried for one check, at most.
const ROUNDS: usize = 5;
/// Audits of one size, at least: a standard error of 0.025 at 80%, 6% of the size.
const LEAST: u64 = 250;
/// A chance this close to 80% needs no further size.
const NEAR: f64 = 0.02;
/// Largest step from one size to the next.
const STEP: f64 = 4.0;

/// One check, and the places of its samples in the simulated endpoint.
pub(super) struct Resized<'a> {
    pub(super) simulated: &'a Simulated,
    pub(super) rule: &'a Rule,
    pub(super) metric: Metric,
    pub(super) group: &'a [u32],
    /// Those that the group is compared with; empty for a bound on the metric.
    pub(super) reference: &'a [u32],
    /// Class of the denominator, where it is one.
    pub(super) class: Option<bool>,
    pub(super) alpha: f64,
    pub(super) seed: u64,
    /// Samples that may be looked at for this check.
    pub(super) work: f64,
}

/// A size, as a multiple of the present one, and how often the check passes there.
#[derive(Debug, Clone, Copy)]
struct Point {
    size: f64,
    pass: f64,
}

impl Resized<'_> {
    /// The multiple of the present size at which it passes with a chance of about 80%, from what the
    /// formulas say (`guess`) and how often it passes at present; `None` where that would take too
    /// long, or no size was found. With it the samples that were looked at.
    pub(super) fn size(&self, guess: f64, present: f64) -> (Option<f64>, f64) {
        let now = Point {
            size: 1.0,
            pass: present,
        };
        let mut work = 0.0;
        let found = search(now, guess, self.alpha, |size| {
            let (point, looked_at) = self.at(size)?;
            work += looked_at;
            Some(point)
        });
        (found, work)
    }

    /// How often it passes at about `size` times the present size, and samples that were looked at.
    fn at(&self, size: f64) -> Option<(Point, f64)> {
        let template = self.simulated.template();
        let counted = |place: &&u32| {
            let positive = template.y_true[**place as usize];
            self.class.is_none_or(|class| positive == class)
        };
        let present = self.group.iter().filter(counted).count() as f64;
        let expected = (self.group.len() + self.reference.len()) as f64 * size;
        let looked_at = expected.max(1.0) * (1 + self.simulated.looks()) as f64;
        let audits = self.work / ROUNDS as f64 / looked_at;
        let audits = (audits as u64).min(MOST);
        if audits < LEAST {
            return None;
        }
        let chosen = self.patients_again(size);
        let simulated = self.simulated.on(&chosen.places, &chosen.patients);
        let passed = (0..audits)
            .into_par_iter()
            .filter(|replicate| self.passes(&simulated.draw(self.seed, *replicate, 1), &chosen))
            .count();
        let mine = chosen.places.iter().zip(&chosen.in_group);
        let mine = mine.filter(|(_, inside)| **inside).map(|(place, _)| place);
        let point = Point {
            size: mine.filter(counted).count() as f64 / present,
            pass: passed as f64 / audits as f64,
        };
        Some((point, audits as f64 * looked_at))
    }

    /// The patients of both arms, each as often as `size` says: in the order of what they hold, every
    /// n-th one once more, so that all kinds of them keep their share.
    fn patients_again(&self, size: f64) -> Chosen {
        let template = self.simulated.template();
        let mut arms = vec![(false, false); template.samples.len()];
        for place in self.group {
            arms[*place as usize].0 = true;
        }
        for place in self.reference {
            arms[*place as usize].1 = true;
        }
        let mut held: Vec<Vec<u32>> = vec![Vec::new(); template.patient_rank.len()];
        for place in (0u32..).take(arms.len()) {
            if arms[place as usize] != (false, false) {
                held[template.patient[place as usize] as usize].push(place);
            }
        }
        held.retain(|places| !places.is_empty());
        let kind = |places: &Vec<u32>| {
            let mut counts = [0u32; 4];
            for place in places {
                let positive = usize::from(template.y_true[*place as usize]);
                let (inside, beside) = arms[*place as usize];
                counts[positive] += u32::from(inside);
                counts[2 + positive] += u32::from(beside);
            }
            (counts, places[0])
        };
        held.sort_by_cached_key(kind);
        let mut chosen = Chosen::default();
        let up_to = |place: usize| (place as f64 * size).round() as u64;
        let mut patients = 0;
        for (place, samples) in held.iter().enumerate() {
            for _ in up_to(place)..up_to(place + 1) {
                for sample in samples {
                    let (inside, beside) = arms[*sample as usize];
                    chosen.places.push(*sample);
                    chosen.patients.push(patients);
                    chosen.in_group.push(inside);
                    chosen.in_reference.push(beside);
                }
                patients += 1;
            }
        }
        chosen
    }

    fn passes(&self, drawn: &Measured, chosen: &Chosen) -> bool {
        let arm = |inside: &[bool]| {
            let all = (0u32..).zip(&drawn.samples);
            let own = all.filter(|(_, sample)| inside[**sample as usize]);
            drawn.group(&own.map(|(place, _)| place).collect::<Vec<u32>>())
        };
        let group = arm(&chosen.in_group);
        if too_few(self.rule, &group).is_some() {
            return false;
        }
        let require = &self.rule.require;
        let tested = if self.rule.compare == Compare::None {
            limits(self.metric, &group, require, self.alpha, Detail::Verdicts)
        } else {
            let arms = Arms {
                group: &group,
                reference: &arm(&chosen.in_reference),
            };
            gap(self.metric, &arms, require, self.alpha, Detail::Verdicts)
        };
        tested.is_ok_and(|tested| passes(&tested, require))
    }
}

/// Samples of the patients that are taken: their places before, their new patients, and the arms.
#[derive(Default)]
struct Chosen {
    places: Vec<u32>,
    patients: Vec<u32>,
    in_group: Vec<bool>,
    in_reference: Vec<bool>,
}

/// The chance grows by normal quantiles with the root of the size; at every size that is tried it is
/// measured anew, until it is near 80% or enough were tried. Between two sizes the quantiles are
/// taken as a line over the root.
fn search(
    now: Point,
    guess: f64,
    alpha: f64,
    mut at: impl FnMut(f64) -> Option<Point>,
) -> Option<f64> {
    let least = 0.5 / MOST as f64;
    let reach =
        |pass: f64| normal_quantile(1.0 - alpha) + normal_quantile(pass.clamp(least, 1.0 - least));
    let wanted = reach(POWER);
    let (mut below, mut above): (Option<Point>, Option<Point>) = (None, None);
    let mut known = |point: Point| {
        if point.pass < POWER {
            below = Some(below.filter(|own| own.size >= point.size).unwrap_or(point));
        } else {
            above = Some(above.filter(|own| own.size <= point.size).unwrap_or(point));
        }
        (below, above)
    };
    let mut bracket = known(now);
    let mut next = guess;
    for _ in 0..ROUNDS {
        next = match bracket {
            // What is left between them is chance.
            (Some(low), Some(high)) if low.size >= high.size => break,
            (Some(low), Some(high)) if next <= low.size || next >= high.size => {
                (low.size * high.size).sqrt()
            }
            (Some(low), None) if next <= low.size => STEP * low.size,
            (None, Some(high)) if next >= high.size => high.size / STEP,
            _ => next,
        };
        let found = at(next)?;
        bracket = known(found);
        let own = reach(found.pass);
        let step = if own > 0.0 {
            (wanted / own).powi(2)
        } else {
            STEP
        };
        if (found.pass - POWER).abs() <= NEAR {
            return Some(found.size * step);
        }
        let from = if found.size > 0.0 { found.size } else { next };
        next = from * step.clamp(1.0 / STEP, STEP);
    }
    let (Some(low), Some(high)) = bracket else {
        return None;
    };
    let (from, to) = (low.size.sqrt(), high.size.sqrt());
    let share = (wanted - reach(low.pass)) / (reach(high.pass) - reach(low.pass));
    Some((from + share * (to - from)).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{normal_cdf, passing_probability};

    /// Chances that follow the rule by which the search steps are met at once, from any guess.
    #[test]
    fn the_size_is_found_from_any_guess() {
        let alpha = 0.025;
        let z = normal_quantile(1.0 - alpha);
        for needed in [0.05, 0.6, 1.7, 23.0] {
            let chance = |size: f64| {
                let at = (z + normal_quantile(POWER)) * (size / needed).sqrt() - z;
                Point {
                    size,
                    pass: normal_cdf(at),
                }
            };
            for guess in [needed / 3.0, needed, 4.0 * needed] {
                let found = search(chance(1.0), guess, alpha, |size| Some(chance(size)));
                let found = found.unwrap();
                assert!(
                    (found / needed - 1.0).abs() < 0.03,
                    "{needed} {guess}: {found}"
                );
            }
        }
        let never = |size: f64| Some(Point { size, pass: 0.0 });
        assert_eq!(search(never(1.0).unwrap(), 2.0, alpha, never), None);
        assert_eq!(search(never(1.0).unwrap(), 2.0, alpha, |_| None), None);
    }

    /// Exact chances of a floor go up and down with single sizes: those of 0.9 over 0.8 are 0.79 at 101,
    /// 0.74 at 106 and 0.86 at 119 (scipy's binomial and beta).
    #[test]
    fn the_teeth_of_exact_chances_do_not_mislead() {
        let exact = |n: f64| passing_probability(n as u64, 0.9, 0.8, 0.025);
        for present in [12.0, 40.0, 300.0] {
            let chance = |size: f64| {
                let n = (size * present).round().max(1.0);
                Some(Point {
                    size: n / present,
                    pass: exact(n),
                })
            };
            let found = search(chance(1.0).unwrap(), 2.0, 0.025, chance).unwrap() * present;
            assert!((100.0..=124.0).contains(&found), "{present}: {found}");
            assert!((0.73..=0.87).contains(&exact(found.ceil())), "{found}");
        }
    }
}
