//! Draws of several normal numbers with a given covariance.

use super::linear::{Matrix, zeros};
use super::random::{Purpose, RandomStream};

/// Normal numbers with mean 0 and a given covariance, by its triangular root.
#[derive(Debug, Clone)]
pub struct CorrelatedNormals {
    factor: Matrix,
}

impl CorrelatedNormals {
    /// From a symmetric covariance without negative eigenvalues. A number that the ones before
    /// it determine (or whose variance is 0) gets no part of its own.
    #[must_use]
    pub fn new(covariance: &[Vec<f64>]) -> Self {
        let n = covariance.len();
        let mut factor = zeros(n);
        for i in 0..n {
            for j in 0..=i {
                let dot: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
                let rest = covariance[i][j] - dot;
                factor[i][j] = if i == j {
                    if rest > 1e-12 * covariance[i][i] {
                        rest.sqrt()
                    } else {
                        0.0
                    }
                } else if factor[j][j] > 0.0 {
                    rest / factor[j][j]
                } else {
                    0.0
                };
            }
        }
        Self { factor }
    }

    /// One draw.
    #[must_use]
    pub fn draw(&self, stream: &mut RandomStream) -> Vec<f64> {
        let independent: Vec<f64> = self.factor.iter().map(|_| stream.normal()).collect();
        let mut drawn = vec![0.0; independent.len()];
        self.from_standard(&independent, &mut drawn);
        drawn
    }

    /// The draw that standard normal numbers make, as many as there are variables or more.
    pub fn from_standard(&self, independent: &[f64], drawn: &mut [f64]) {
        for (place, (value, row)) in drawn.iter_mut().zip(&self.factor).enumerate() {
            // The factor is triangular.
            *value = row[..=place]
                .iter()
                .zip(independent)
                .map(|(weight, z)| weight * z)
                .sum();
        }
    }
}

/// Independent standard normal numbers of several replicates: those that each replicate's own
/// stream begins with.
#[derive(Debug, Clone)]
pub struct StandardNormals {
    size: usize,
    numbers: Vec<f64>,
}

impl StandardNormals {
    /// `size` numbers for each of `replicates` replicates. Drawn by one thread: several threads may
    /// wait for a table, and one that drew with others' help could come to wait for itself.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, replicates: u64, size: usize) -> Self {
        let numbers = (0..replicates)
            .flat_map(|replicate| {
                let mut stream = RandomStream::new(seed, purpose, replicate);
                (0..size).map(move |_| stream.normal())
            })
            .collect();
        Self { size, numbers }
    }

    /// Numbers of each replicate.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The numbers of one replicate after the other.
    pub fn replicates(&self) -> impl Iterator<Item = &[f64]> {
        self.numbers.chunks_exact(self.size.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_covariance() {
        // The third is the sum of the first two, the fourth is constant.
        let covariance = vec![
            vec![4.0, -1.0, 3.0, 0.0],
            vec![-1.0, 1.0, 0.0, 0.0],
            vec![3.0, 0.0, 3.0, 0.0],
            vec![0.0; 4],
        ];
        let normals = CorrelatedNormals::new(&covariance);
        let mut stream = RandomStream::new(11, Purpose::Simulation, 0);
        let draws: Vec<Vec<f64>> = (0..20_000).map(|_| normals.draw(&mut stream)).collect();
        for (i, row) in covariance.iter().enumerate() {
            for (j, expected) in row.iter().enumerate() {
                let got = draws.iter().map(|draw| draw[i] * draw[j]).sum::<f64>() / 20_000.0;
                assert!((got - expected).abs() < 0.12, "{i} {j} {got} {expected}");
            }
        }
        let table = StandardNormals::new(11, Purpose::Simulation, 3, 5);
        let mut drawn = vec![0.0; 4];
        for (replicate, numbers) in (0..).zip(table.replicates()) {
            normals.from_standard(numbers, &mut drawn);
            let mut stream = RandomStream::new(11, Purpose::Simulation, replicate);
            assert_eq!(drawn, normals.draw(&mut stream));
        }
        assert!(draws.iter().all(|draw| draw[3] == 0.0));
        assert!(
            draws
                .iter()
                .all(|draw| (draw[0] + draw[1] - draw[2]).abs() < 1e-9)
        );
    }
}
