//! Audits of one proportion, simulated: how often its limits miss the truth.

use equipoise::statistics::{ClusteredProportion, Purpose, RandomStream, beta_cdf};

/// One-sided level of the gating limits.
pub const ALPHA: f64 = 0.025;
/// Level of the displayed limits.
pub const CONFIDENCE: f64 = 0.95;
/// Audits of a cell for which the effective n of the decision is put beside the displayed one.
const COMPARED: u64 = 200;

/// Images in the denominator of one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Images {
    /// As many for every patient.
    Each(u64),
    /// 1, 1, 2, 3, 5 and 10 in turn: one patient in six holds nearly half of the images.
    Mixed,
}

impl Images {
    /// Images of patient number `place`.
    pub fn of(self, place: u64) -> u64 {
        match self {
            Self::Each(images) => images,
            Self::Mixed => [1, 1, 2, 3, 5, 10][(place % 6) as usize],
        }
    }

    /// As written in the table.
    pub fn name(self) -> String {
        match self {
            Self::Each(images) => images.to_string(),
            Self::Mixed => "mixed".to_owned(),
        }
    }
}

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// True proportion.
    pub proportion: f64,
    /// Patients with at least one image.
    pub patients: u64,
    /// Intracluster correlation.
    pub icc: f64,
    /// Images of each patient.
    pub images: Images,
}

/// What came of it; shares of the audits that had limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was simulated.
    pub cell: Cell,
    /// Audits.
    pub audits: u64,
    /// Share of audits without limits.
    pub not_estimable: f64,
    /// Share with fewer than five carriers of the rarer outcome.
    pub few_carriers: f64,
    /// Share of displayed intervals that hold the truth.
    pub coverage: f64,
    /// Mean width of the displayed intervals.
    pub width: f64,
    /// Share of gating lower limits above the truth.
    pub lower_missed: f64,
    /// Share of gating upper limits below the truth.
    pub upper_missed: f64,
    /// Effective n of the decision over the displayed one, mean of 200 audits.
    pub n_kept: f64,
}

/// Distribution function of the events among a patient's images: beta-binomial with mean p and
/// correlation rho, that is alpha = p (1 - rho) / rho and beta = (1 - p) (1 - rho) / rho; binomial
/// without correlation.
pub fn cumulative(proportion: f64, icc: f64, images: u64) -> Vec<f64> {
    let total = if icc > 0.0 { (1.0 - icc) / icc } else { 0.0 };
    let (alpha, beta) = (proportion * total, (1.0 - proportion) * total);
    let ratio = |k: f64| {
        let left = images as f64 - k;
        let odds = if icc > 0.0 {
            (alpha + k) / (beta + left - 1.0)
        } else {
            proportion / (1.0 - proportion)
        };
        left / (k + 1.0) * odds
    };
    let mut masses = vec![1.0];
    for k in 0..images {
        masses.push(masses[k as usize] * ratio(k as f64));
    }
    let sum: f64 = masses.iter().sum();
    let mut reached = 0.0;
    masses
        .iter()
        .map(|mass| {
            reached += mass / sum;
            reached
        })
        .collect()
}

/// Events of one patient.
pub fn drawn(cumulative: &[f64], stream: &mut RandomStream) -> u64 {
    let uniform = stream.uniform();
    let last = cumulative.len() - 1;
    cumulative[..last]
        .iter()
        .position(|reached| uniform < *reached)
        .unwrap_or(last) as u64
}

/// Distribution functions by number of images, up to ten.
pub fn tables(proportion: f64, icc: f64) -> Vec<Vec<f64>> {
    (0..=10)
        .map(|images| cumulative(proportion, icc, images))
        .collect()
}

/// Counts of the patients of one audit.
pub fn clusters(
    tables: &[Vec<f64>],
    patients: u64,
    images: Images,
    stream: &mut RandomStream,
) -> Vec<(u64, u64)> {
    (0..patients)
        .map(|place| {
            let trials = images.of(place);
            (drawn(&tables[trials as usize], stream), trials)
        })
        .collect()
}

/// Simulates so many audits of a cell; the same numbers for the same seed.
pub fn simulate(cell: Cell, audits: u64, seed: u64) -> Row {
    let tables = tables(cell.proportion, cell.icc);
    let truth = cell.proportion;
    let (mut estimable, mut few, mut held, mut width) = (0u64, 0u64, 0u64, 0.0);
    let (mut lower, mut upper, mut kept) = (0u64, 0u64, 0.0);
    for audit in 0..audits {
        let mut stream = RandomStream::new(seed, Purpose::Simulation, audit);
        let counts = clusters(&tables, cell.patients, cell.images, &mut stream);
        let Ok(found) = ClusteredProportion::from_clusters(&counts) else {
            continue;
        };
        let Ok(shown) = found.wilson(CONFIDENCE) else {
            continue;
        };
        estimable += 1;
        few += u64::from(found.few_carriers);
        held += u64::from(shown.contains(truth));
        width += shown.width();
        lower += u64::from(lower_misses(&found, truth));
        upper += u64::from(upper_misses(&found, truth));
        if audit < COMPARED {
            kept += found.n_effective_exact(ALPHA) / found.n_effective;
        }
    }
    let share = |count: u64| count as f64 / estimable.max(1) as f64;
    Row {
        cell,
        audits,
        not_estimable: (audits - estimable) as f64 / audits as f64,
        few_carriers: share(few),
        coverage: share(held),
        width: width / estimable.max(1) as f64,
        lower_missed: share(lower),
        upper_missed: share(upper),
        n_kept: kept / estimable.clamp(1, COMPARED) as f64,
    }
}

/// Whether the gating lower limit lies above the truth. Quantiles of t only shrink the effective
/// n, and with it the limit, so that they are looked at only where the limit without them misses.
fn lower_misses(found: &ClusteredProportion, truth: f64) -> bool {
    let n = found.n_effective_decided;
    let k = found.estimate * n;
    found.events > 0
        && beta_cdf(truth, k, n - k + 1.0) < ALPHA
        && found.gate_lower(ALPHA).is_ok_and(|lower| lower > truth)
}

/// Whether the gating upper limit lies below the truth.
fn upper_misses(found: &ClusteredProportion, truth: f64) -> bool {
    let n = found.n_effective_decided;
    let k = found.estimate * n;
    found.events < found.trials
        && beta_cdf(1.0 - truth, n - k, k + 1.0) < ALPHA
        && found.gate_upper(ALPHA).is_ok_and(|upper| upper < truth)
}

/// Every cell of the table.
pub fn cells() -> Vec<Cell> {
    let mut all = Vec::new();
    for patients in [5, 10, 20, 40, 80, 200, 500] {
        for images in [
            Images::Each(1),
            Images::Each(3),
            Images::Each(10),
            Images::Mixed,
        ] {
            for icc in [0.0, 0.1, 0.3, 0.6] {
                // A single image of a patient is correlated with nothing.
                if images == Images::Each(1) && icc > 0.0 {
                    continue;
                }
                for proportion in [0.5, 0.7, 0.8, 0.9, 0.95, 0.98] {
                    all.push(Cell {
                        proportion,
                        patients,
                        icc,
                        images,
                    });
                }
            }
        }
    }
    all
}
