//! Bins of probabilities.

/// Up to so many edges are all compared with a score.
const FEW_EDGES: usize = 24;

/// Bins of a calibration error; the same for every group.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// This many bins of equal width from 0 to 1; 1 belongs to the last.
    Width(usize),
    /// Inner edges, ascending: a score on an edge belongs to the bin above it.
    Edges(Vec<f64>),
}

impl Bins {
    /// Number of bins.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Width(bins) => (*bins).max(1),
            Self::Edges(edges) => edges.len() + 1,
        }
    }

    /// Bin of a probability.
    #[must_use]
    pub fn of(&self, probability: f64) -> usize {
        match self {
            Self::Width(bins) => {
                // Towards 0, and 0 for what lies below.
                ((probability * *bins as f64) as usize).min(self.count() - 1)
            }
            Self::Edges(edges) => edges.partition_point(|edge| *edge <= probability),
        }
    }

    /// Bins of many probabilities.
    pub(super) fn of_all(&self, probabilities: &[f64]) -> Vec<u32> {
        let each = probabilities.iter();
        match self {
            Self::Width(_) => each.map(|p| self.of(*p) as u32).collect(),
            // Edges are few: to compare with all of them is faster than to look for the place.
            Self::Edges(edges) if edges.len() <= FEW_EDGES => each
                .map(|p| edges.iter().map(|edge| u32::from(edge <= p)).sum())
                .collect(),
            Self::Edges(_) => each.map(|p| self.of(*p) as u32).collect(),
        }
    }
}

/// Inner edges of bins that hold equally many of the scores of the whole cohort. Equal scores
/// share a bin, so that there can be fewer bins than asked for.
#[must_use]
pub fn equal_mass_edges(cohort_scores: &[f64], bins: usize) -> Bins {
    let mut sorted: Vec<f64> = cohort_scores
        .iter()
        .copied()
        .filter(|score| score.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let mut edges: Vec<f64> = (1..bins)
        .filter_map(|bin| sorted.get((bin * n).div_ceil(bins.max(1))).copied())
        .collect();
    edges.dedup();
    edges.retain(|edge| sorted.first().is_some_and(|least| edge > least));
    Bins::Edges(edges)
}
