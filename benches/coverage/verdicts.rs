//! Audits of a whole attribute, simulated: how often the gate accuses a group, with and without
//! a true gap, and what rules on the largest difference would have said of the same audits.

use equipoise::config::{Adjustment, Located, Relation, Requirement, Span};
use equipoise::gate::{Adjusted, Basis, Tested, Verdict, decide};
use equipoise::statistics::{
    ClusteredProportion, ProportionDifference, Purpose, RandomStream, holm, quantile_of_sorted,
};

use crate::proportions::{ALPHA, CONFIDENCE, Images, clusters, tables};

/// Sensitivity of the groups that are alike.
pub const SENSITIVITY: f64 = 0.85;
/// Intracluster correlation of a patient's images.
pub const ICC: f64 = 0.3;
/// Resamples behind the interval of the largest difference.
const RESAMPLES: usize = 200;

/// What a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Difference to everyone else at least minus so much.
    Gap(f64),
    /// Sensitivity at least so much.
    Floor(f64),
}

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// Groups.
    pub groups: usize,
    /// Patients of each.
    pub patients: u64,
    /// Images of each patient.
    pub images: Images,
    /// By how much the first group is worse.
    pub gap: f64,
    /// What the gate asks of every group.
    pub rule: Rule,
}

/// What came of it, as shares of audits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// What was simulated.
    pub scene: Scene,
    /// Audits.
    pub audits: u64,
    /// Any group that is alike failed.
    pub false_alarm: f64,
    /// The worse group failed; `None` without one.
    pub detected: Option<f64>,
    /// No group failed and at least one could not be decided.
    pub inconclusive: f64,
    /// Every group passed.
    pub passed: f64,
    /// Largest minus smallest estimate above the margin.
    pub naive_point: Option<f64>,
    /// Bootstrap percentile interval of largest minus smallest estimate excludes 0.
    pub naive_interval: Option<f64>,
}

/// One check as the gate decides it. The p-value is looked for only where the raw limit lies
/// beyond the bound; elsewhere it is above alpha and 1 stands for it, which changes no adjusted
/// p-value that is at most alpha.
struct Checked {
    tested: Tested,
}

fn checked(estimate: f64, limits: (f64, f64), bound: f64, p: impl FnOnce() -> f64) -> Checked {
    let p_fail = if limits.1 < bound { p() } else { 1.0 };
    Checked {
        tested: Tested {
            estimate,
            lower: limits.0,
            upper: limits.1,
            p_fail,
            method: String::new(),
            n_class: 0,
            n_clusters: 0,
            comparison: None,
            note: None,
            basis: Basis::Count,
        },
    }
}

fn requirement(bound: f64) -> Requirement {
    Requirement {
        relation: Relation::AtLeast,
        bound,
        text: Located::new(String::new(), Span::default()),
    }
}

/// Checks of every group, or nothing when a group has no limits.
fn checks(groups: &[Vec<(u64, u64)>], rule: Rule) -> Option<Vec<Checked>> {
    (0..groups.len())
        .map(|place| {
            let own = ClusteredProportion::from_clusters(&groups[place]).ok()?;
            match rule {
                Rule::Floor(floor) => {
                    let limits = (own.gate_lower(ALPHA).ok()?, own.gate_upper(ALPHA).ok()?);
                    Some(checked(own.estimate, limits, floor, || {
                        own.p_at_least(floor)
                    }))
                }
                Rule::Gap(margin) => {
                    let rest: Vec<(u64, u64)> = groups
                        .iter()
                        .enumerate()
                        .filter(|(other, _)| *other != place)
                        .flat_map(|(_, counts)| counts.iter().copied())
                        .collect();
                    let rest = ClusteredProportion::from_clusters(&rest).ok()?;
                    let gap = ProportionDifference::disjoint(own, rest);
                    let at = gap.interval(1.0 - 2.0 * ALPHA).ok()?;
                    Some(checked(
                        gap.estimate(),
                        (at.lower, at.upper),
                        -margin,
                        || gap.p_at_least(-margin).unwrap_or(1.0),
                    ))
                }
            }
        })
        .collect()
}

/// Verdicts of all groups after Holm's correction; two complementary groups are one comparison.
fn verdicts(checks: &[Checked], rule: Rule) -> Vec<Verdict> {
    let p: Vec<f64> = checks.iter().map(|one| one.tested.p_fail).collect();
    let one_comparison = checks.len() == 2 && matches!(rule, Rule::Gap(_));
    let adjusted = if one_comparison { p } else { holm(&p) };
    let size = if one_comparison {
        1
    } else {
        checks.len() as u64
    };
    let bound = match rule {
        Rule::Gap(margin) => -margin,
        Rule::Floor(floor) => floor,
    };
    checks
        .iter()
        .zip(adjusted)
        .map(|(one, p)| {
            let corrected = Adjusted {
                p,
                family_size: size,
                by: Adjustment::Holm,
                note: None,
            };
            decide(&one.tested, &requirement(bound), ALPHA, corrected).verdict
        })
        .collect()
}

fn share(counts: &[(u64, u64)]) -> f64 {
    let (events, trials) = counts
        .iter()
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    events as f64 / trials as f64
}

fn range(values: impl Iterator<Item = f64>) -> f64 {
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| {
        (f64::min(least, x), f64::max(most, x))
    });
    most - least
}

/// Share of a resample of the patients of one group: a multinomial draw over distinct counts.
fn resampled(distinct: &[((u64, u64), u64)], stream: &mut RandomStream) -> f64 {
    let sizes: Vec<u64> = distinct.iter().map(|(_, size)| *size).collect();
    let drawn = stream.multinomial(sizes.iter().sum(), &sizes);
    let (events, trials) = distinct
        .iter()
        .zip(drawn)
        .fold((0, 0), |(events, trials), (((a, b), _), times)| {
            (events + a * times, trials + b * times)
        });
    events as f64 / trials as f64
}

/// Lower end of the bootstrap percentile interval of the largest difference.
fn naive_lower(groups: &[Vec<(u64, u64)>], stream: &mut RandomStream) -> f64 {
    let distinct: Vec<Vec<((u64, u64), u64)>> = groups
        .iter()
        .map(|counts| {
            let mut sorted = counts.clone();
            sorted.sort_unstable();
            sorted
                .chunk_by(|a, b| a == b)
                .map(|same| (same[0], same.len() as u64))
                .collect()
        })
        .collect();
    let mut ranges: Vec<f64> = (0..RESAMPLES)
        .map(|_| range(distinct.iter().map(|group| resampled(group, stream))))
        .collect();
    ranges.sort_unstable_by(f64::total_cmp);
    quantile_of_sorted(&ranges, 0.5 * (1.0 - CONFIDENCE)).unwrap_or(0.0)
}

/// Simulates so many audits of a scene; the same numbers for the same seed.
pub fn simulate(scene: Scene, audits: u64, seed: u64) -> Rates {
    let alike = tables(SENSITIVITY, ICC);
    let worse = tables(SENSITIVITY - scene.gap, ICC);
    let mut counts = [0u64; 6];
    for audit in 0..audits {
        let mut stream = RandomStream::new(seed, Purpose::Simulation, audit);
        let groups: Vec<Vec<(u64, u64)>> = (0..scene.groups)
            .map(|place| {
                let tables = if place == 0 { &worse } else { &alike };
                clusters(tables, scene.patients, scene.images, &mut stream)
            })
            .collect();
        let Some(checks) = checks(&groups, scene.rule) else {
            continue;
        };
        let found = verdicts(&checks, scene.rule);
        let failed = |verdict: &Verdict| *verdict == Verdict::Fail;
        let innocent = usize::from(scene.gap > 0.0);
        counts[0] += u64::from(found[innocent..].iter().any(failed));
        counts[1] += u64::from(failed(&found[0]));
        let any = found.iter().any(failed);
        let undecided = found.contains(&Verdict::Inconclusive);
        counts[2] += u64::from(!any && undecided);
        counts[3] += u64::from(!any && !undecided);
        if let Rule::Gap(margin) = scene.rule {
            let shares = groups.iter().map(|group| share(group));
            counts[4] += u64::from(range(shares) > margin);
            counts[5] += u64::from(naive_lower(&groups, &mut stream) > 0.0);
        }
    }
    let of = |place: usize| counts[place] as f64 / audits as f64;
    let naive = |place: usize| matches!(scene.rule, Rule::Gap(_)).then(|| of(place));
    Rates {
        scene,
        audits,
        false_alarm: of(0),
        detected: (scene.gap > 0.0).then(|| of(1)),
        inconclusive: of(2),
        passed: of(3),
        naive_point: naive(4),
        naive_interval: naive(5),
    }
}

/// Every scene of the tables: equal groups, then one worse group, then floors.
pub fn scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    let mut with = |groups: usize, patients: u64, gap: f64, rule: Rule| {
        all.push(Scene {
            groups,
            patients,
            images: Images::Each(3),
            gap,
            rule,
        });
    };
    for margin in [0.05, 0.10] {
        for gap in [0.0, 0.1, 0.2, 0.3] {
            for groups in [2, 5, 10] {
                for patients in [50, 100, 200, 500] {
                    with(groups, patients, gap, Rule::Gap(margin));
                }
            }
        }
    }
    for floor in [0.80, 0.85] {
        for groups in [2, 5, 10] {
            for patients in [50, 100, 200, 500] {
                with(groups, patients, 0.0, Rule::Floor(floor));
            }
        }
    }
    all
}
