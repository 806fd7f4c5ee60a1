//! What unknowns could do to a number: missing attributes, wrong labels, an imperfect reference.

use super::difference::mover;
use super::proportion::wilson;
use super::root::turning_point;
use super::{Interval, NotEstimable};

/// Least and largest difference of two proportions if trials of unknown group belonged to either.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MissingBounds {
    /// The difference with the unknown left out.
    pub observed: f64,
    /// Smallest difference over all ways to share out the unknown.
    pub worst: f64,
    /// Largest one.
    pub best: f64,
}

/// Bounds (Manski 1990) of k1/n1 - k2/n2 when `events` of `trials` more are of unknown group.
///
/// The difference is smallest with every unknown failure in the first group and every unknown
/// success in the second; largest the other way round. Moving one trial of a kind between the
/// groups moves the difference one way only, so that these corners are the extremes. No published
/// number is needed: the tests go through every allocation.
///
/// # Errors
/// An empty group, or more events than trials.
pub fn missing_attribute_bounds(
    first: (u64, u64),
    second: (u64, u64),
    unknown: (u64, u64),
) -> Result<MissingBounds, NotEstimable> {
    for (events, trials) in [first, second, unknown] {
        if events > trials {
            return Err(NotEstimable::Other(format!(
                "{events} events in {trials} trials is no proportion"
            )));
        }
    }
    if first.1 == 0 || second.1 == 0 {
        return Err(NotEstimable::Empty("trials"));
    }
    let share = |(events, trials): (u64, u64), more: u64, of: u64| {
        (events + more) as f64 / (trials + of) as f64
    };
    let failures = unknown.1 - unknown.0;
    Ok(MissingBounds {
        observed: share(first, 0, 0) - share(second, 0, 0),
        worst: share(first, 0, failures) - share(second, unknown.0, unknown.0),
        best: share(first, unknown.0, unknown.0) - share(second, 0, failures),
    })
}

/// True prevalence from an apparent one through a test of known accuracy (Rogan and Gladen 1978,
/// Am J Epidemiol 107:71-76): (apparent + specificity - 1) / (sensitivity + specificity - 1),
/// cut to [0, 1].
///
/// # Errors
/// Values outside [0, 1], or a test no better than chance.
pub fn rogan_gladen(
    apparent: f64,
    sensitivity: f64,
    specificity: f64,
) -> Result<f64, NotEstimable> {
    if [apparent, sensitivity, specificity]
        .iter()
        .any(|value| !(0.0..=1.0).contains(value))
    {
        return Err(NotEstimable::Other(
            "prevalence, sensitivity and specificity must lie between 0 and 1".to_owned(),
        ));
    }
    let youden = sensitivity + specificity - 1.0;
    if youden <= 0.0 {
        return Err(NotEstimable::Other(
            "a test no better than chance says nothing about prevalence".to_owned(),
        ));
    }
    Ok(((apparent + specificity - 1.0) / youden).clamp(0.0, 1.0))
}

/// Share of wrong labels in one group that would change a conclusion about a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TippingPoint {
    /// Share of the group's apparent errors (or, for a positive gap, successes) that would have
    /// to be mislabelled to make the gap vanish; `None` when even all would not.
    pub erases: Option<f64>,
    /// The same until the interval of the difference holds 0, from an interval that does not;
    /// `None` when it holds 0 already or never comes to.
    pub loses_significance: Option<f64>,
    /// Share of the group's apparent successes that would have to be mislabelled until the
    /// interval lies below 0, from one that holds 0; `None` when it does not hold 0, or even all
    /// would not do.
    pub creates_deficit: Option<f64>,
    /// Share of the group's apparent errors that would have to be mislabelled until the interval
    /// lies above 0, from one that holds 0; `None` likewise.
    pub creates_excess: Option<f64>,
}

/// How much differential label error in the first group alone would erase its gap to the second,
/// or create one.
///
/// Of the group's k1 / n1, a share e of the apparent errors (n1 - k1) or of the apparent successes
/// (k1) is taken to be cases of the other class with a wrong label: they leave the denominator.
/// A negative gap is erased by errors that leave, a positive one by successes that leave.
/// Newcombe's method 10 at `confidence`, with the arms' `correlation` (Zou and Donner 2008; 0 for
/// disjoint groups), decides significance; counts are real, so that effective ones can be given.
/// As errors leave, the proportion and its lower limit rise together, so that each point is
/// reached once. At 0/n and n/n nothing that leaves moves the proportion: the gap is never
/// erased, though its significance goes when too few samples are left. No published number is
/// known; the tests take the intervals of statsmodels and a root finder.
///
/// # Errors
/// As [`super::newcombe_10`], or a correlation outside [-1, 1].
pub fn tipping_point(
    first: (f64, f64),
    second: (f64, f64),
    correlation: f64,
    confidence: f64,
) -> Result<TippingPoint, NotEstimable> {
    if !(-1.0..=1.0).contains(&correlation) {
        return Err(NotEstimable::Other(format!(
            "a correlation of {correlation} does not lie between -1 and 1"
        )));
    }
    let other = wilson(second.0, second.1, confidence)?;
    let reference = second.0 / second.1;
    let limits = |(k, n): (f64, f64)| -> Result<Interval, NotEstimable> {
        let own = wilson(k.min(n), n, confidence)?;
        Ok(mover((k / n, reference), own, other, correlation))
    };
    let start = limits(first)?;
    let gap = first.0 / first.1 - reference;
    let without_errors = |share: f64| (first.0, first.1 - share * (first.1 - first.0));
    let without_successes = |share: f64| (first.0 - share * first.0, first.1 - share * first.0);
    let closing = |share: f64| {
        if gap < 0.0 {
            without_errors(share)
        } else {
            without_successes(share)
        }
    };
    let same_side = |share: f64| {
        let (k, n) = closing(share);
        n > 1e-9 && (k / n - reference) * gap > 0.0
    };
    let largest = 1.0 - 1e-9;
    let first_share =
        |holds: &dyn Fn(f64) -> bool| (!holds(largest)).then(|| turning_point(0.0, 1.0, holds));
    let clear = |share: f64| {
        limits(closing(share)).is_ok_and(|limits| !limits.contains(0.0)) && same_side(share)
    };
    let not_below =
        |share: f64| !limits(without_successes(share)).is_ok_and(|limits| limits.upper < 0.0);
    let not_above =
        |share: f64| !limits(without_errors(share)).is_ok_and(|limits| limits.lower > 0.0);
    let significant = !start.contains(0.0);
    Ok(TippingPoint {
        erases: (gap != 0.0).then(|| first_share(&same_side)).flatten(),
        loses_significance: significant.then(|| first_share(&clear)).flatten(),
        creates_deficit: (!significant).then(|| first_share(&not_below)).flatten(),
        creates_excess: (!significant).then(|| first_share(&not_above)).flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::newcombe_10;
    use super::*;

    #[test]
    fn bounds_are_the_extremes_of_every_allocation() {
        let (first, second, unknown) = ((7, 10), (15, 18), (3, 5));
        let found = missing_attribute_bounds(first, second, unknown).unwrap();
        let (mut least, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
        for events in 0..=3u64 {
            for failures in 0..=2u64 {
                let a = (7 + events) as f64 / (10 + events + failures) as f64;
                let b = (15 + 3 - events) as f64 / (18 + 5 - events - failures) as f64;
                least = f64::min(least, a - b);
                largest = f64::max(largest, a - b);
            }
        }
        assert!((found.worst - least).abs() < 1e-15 && (found.best - largest).abs() < 1e-15);
        assert!(missing_attribute_bounds((0, 0), second, unknown).is_err());
        assert!(missing_attribute_bounds((3, 2), second, unknown).is_err());
        let none = missing_attribute_bounds(first, second, (0, 0)).unwrap();
        assert_eq!((none.worst, none.best), (none.observed, none.observed));
    }

    #[test]
    fn rogan_gladen_as_in_epir() {
        assert!((100.0 * rogan_gladen(4.0 / 80.0, 0.90, 0.99).unwrap() - 4.494).abs() < 6e-4);
        assert_eq!(rogan_gladen(0.001, 0.9, 0.99).unwrap(), 0.0);
        assert!(rogan_gladen(0.5, 0.5, 0.5).is_err());
        assert!(rogan_gladen(f64::NAN, 0.9, 0.9).is_err());
    }

    #[test]
    fn tipping_points_sit_on_the_edge() {
        let found = tipping_point((70.0, 100.0), (180.0, 200.0), 0.0, 0.95).unwrap();
        // 70 / (100 - 30 e) = 0.9.
        assert!((found.erases.unwrap() - (100.0 - 70.0 / 0.9) / 30.0).abs() < 1e-9);
        let e = found.loses_significance.unwrap();
        assert!(e < found.erases.unwrap());
        assert!(
            newcombe_10(70.0, 100.0 - 30.0 * e, 180.0, 200.0, 0.95)
                .unwrap()
                .upper
                .abs()
                < 1e-9
        );
        assert_eq!((found.creates_deficit, found.creates_excess), (None, None));
        let none = tipping_point((90.0, 100.0), (180.0, 200.0), 0.0, 0.95).unwrap();
        assert_eq!((none.erases, none.loses_significance), (None, None));
        let above = tipping_point((95.0, 100.0), (120.0, 200.0), 0.0, 0.95).unwrap();
        assert!(above.erases.unwrap() > above.loses_significance.unwrap());
        // Of 10, even all errors mislabelled would not show a gap to 18 of 20.
        let few = tipping_point((8.0, 10.0), (18.0, 20.0), 0.0, 0.95).unwrap();
        assert_eq!(few.creates_excess, None);
        assert!(tipping_point((0.0, 0.0), (1.0, 2.0), 0.0, 0.95).is_err());
        assert!(tipping_point((1.0, 2.0), (1.0, 2.0), 1.5, 0.95).is_err());
    }

    #[test]
    fn what_is_not_there_cannot_leave() {
        let all = tipping_point((20.0, 20.0), (198.0, 200.0), 0.0, 0.95).unwrap();
        assert_eq!((all.creates_deficit, all.creates_excess), (None, None));
        let nothing = tipping_point((0.0, 20.0), (100.0, 200.0), 0.0, 0.95).unwrap();
        assert_eq!(nothing.erases, None);
        // No error that leaves moves 0/n, but at last too few samples are left to show a gap.
        let n = 20.0 * (1.0 - nothing.loses_significance.unwrap());
        let edge = newcombe_10(0.0, n, 100.0, 200.0, 0.95).unwrap();
        assert!(edge.upper.abs() < 1e-9, "{edge:?}");
        // Arms that rise and fall together tell smaller gaps, so that less is needed to make one.
        let shared = tipping_point((78.0, 100.0), (160.0, 200.0), 0.6, 0.95).unwrap();
        let apart = tipping_point((78.0, 100.0), (160.0, 200.0), 0.0, 0.95).unwrap();
        assert!(shared.creates_deficit.unwrap() < apart.creates_deficit.unwrap());
    }
}
