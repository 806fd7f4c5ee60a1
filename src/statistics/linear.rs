//! Small symmetric systems: Cholesky's factor, solutions, inverses.

/// Symmetric matrix of a handful of rows.
pub(super) type Matrix = Vec<Vec<f64>>;

/// A matrix of zeros.
pub(super) fn zeros(rows: usize) -> Matrix {
    vec![vec![0.0; rows]; rows]
}

/// Lower triangular L with L L' = `matrix`; `None` unless the matrix is positive definite.
pub(super) fn cholesky(matrix: &Matrix) -> Option<Matrix> {
    let n = matrix.len();
    let mut factor = zeros(n);
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - dot;
            if i == j {
                // Relative to the diagonal, so that units do not matter.
                if rest.is_nan() || rest <= 1e-13 * matrix[i][i].abs() {
                    return None;
                }
                factor[i][i] = rest.sqrt();
            } else {
                factor[i][j] = rest / factor[j][j];
            }
        }
    }
    Some(factor)
}

/// x with L L' x = `right`.
pub(super) fn solve(factor: &Matrix, right: &[f64]) -> Vec<f64> {
    let n = factor.len();
    let mut x = right.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| factor[i][k] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| factor[k][i] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i][i];
    }
    x
}

/// Inverse from Cholesky's factor.
pub(super) fn inverse(factor: &Matrix) -> Matrix {
    let n = factor.len();
    (0..n)
        .map(|column| {
            solve(
                factor,
                &(0..n)
                    .map(|row| f64::from(u8::from(row == column)))
                    .collect::<Vec<_>>(),
            )
        })
        .collect()
}

/// `outer` x `middle` x `outer`, all symmetric.
pub(super) fn sandwich(outer: &Matrix, middle: &Matrix) -> Matrix {
    multiply(&multiply(outer, middle), outer)
}

fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    a.iter()
        .map(|row| {
            (0..b.len())
                .map(|j| row.iter().zip(b).map(|(x, other)| x * other[j]).sum())
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_and_inverts() {
        let matrix = vec![
            vec![4.0, 2.0, 0.6],
            vec![2.0, 5.0, 1.0],
            vec![0.6, 1.0, 3.0],
        ];
        let factor = cholesky(&matrix).unwrap();
        let inverse = inverse(&factor);
        let identity = multiply(&matrix, &inverse);
        for (i, row) in identity.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                assert!((value - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
        assert!(cholesky(&vec![vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
        assert!(cholesky(&vec![vec![f64::NAN]]).is_none());
    }
}
