//! Rows cluster by cluster.

/// The rows of each cluster.
#[derive(Debug, Clone)]
pub struct ByCluster {
    /// Where each cluster begins in `rows`; the last entry is its length.
    pub begin: Vec<u32>,
    /// Rows, cluster by cluster, ascending within each.
    pub rows: Vec<u32>,
}

impl ByCluster {
    /// From the cluster of each row, 0 to `n_clusters` - 1.
    #[must_use]
    pub fn new(cluster: &[u32], n_clusters: usize) -> Self {
        let mut begin = vec![0u32; n_clusters + 1];
        for own in cluster {
            begin[*own as usize + 1] += 1;
        }
        for own in 0..n_clusters {
            begin[own + 1] += begin[own];
        }
        let mut next = begin.clone();
        let mut rows = vec![0u32; cluster.len()];
        for (row, own) in (0u32..).zip(cluster) {
            let place = &mut next[*own as usize];
            rows[*place as usize] = row;
            *place += 1;
        }
        Self { begin, rows }
    }

    /// The places in `rows` of one cluster after the other.
    pub fn clusters(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.begin
            .windows(2)
            .map(|bounds| bounds[0] as usize..bounds[1] as usize)
    }
}
