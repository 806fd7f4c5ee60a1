//! Endpoints whose counts give each other away.

use std::collections::BTreeSet;

use crate::cohort::Truth;

/// A prime below 2^31: products of two residues fit into 64 bits.
const PRIME: u64 = 2_147_483_647;

/// Group of every endpoint: endpoints are in one group when the truth of one follows linearly from
/// those of others (classes of one diagnosis that add up to all patients, one truth asked twice).
///
/// The constant and the indicators "positive" and "indeterminate" of every endpoint are the columns
/// of a matrix whose rows are the combinations of truth that occur. In its reduced echelon form a
/// column without a pivot depends on the pivot columns in whose rows it is not zero. Arithmetic is
/// modulo a prime, which can only see a dependence too many.
pub(super) fn linked(truth: &[Vec<Truth>]) -> Vec<usize> {
    let width = 2 * truth.len() + 1;
    let echelon = reduced(combinations(truth), width);
    let mut groups: Vec<usize> = (0..truth.len()).collect();
    let pivots: BTreeSet<usize> = echelon.iter().map(|(pivot, _)| *pivot).collect();
    for column in (1..width).filter(|column| !pivots.contains(column)) {
        for (pivot, row) in &echelon {
            if *pivot > 0 && row[column] != 0 {
                join(&mut groups, (column - 1) / 2, (pivot - 1) / 2);
            }
        }
    }
    numbered(&groups)
}

/// Rows of the matrix, each once.
fn combinations(truth: &[Vec<Truth>]) -> BTreeSet<Vec<u64>> {
    let samples = truth.first().map_or(0, Vec::len);
    (0..samples)
        .map(|sample| {
            let of = |truth: &Vec<Truth>| {
                let is = |wanted: Truth| u64::from(truth[sample] == wanted);
                [is(Truth::Positive), is(Truth::Indeterminate)]
            };
            std::iter::once(1)
                .chain(truth.iter().flat_map(of))
                .collect()
        })
        .collect()
}

fn join(groups: &mut [usize], a: usize, b: usize) {
    let (kept, gone) = (groups[a].min(groups[b]), groups[a].max(groups[b]));
    for group in groups {
        if *group == gone {
            *group = kept;
        }
    }
}

/// Groups by the order of their first endpoint, from 0.
fn numbered(groups: &[usize]) -> Vec<usize> {
    let distinct: BTreeSet<usize> = groups.iter().copied().collect();
    groups
        .iter()
        .map(|group| distinct.iter().take_while(|other| *other < group).count())
        .collect()
}

/// Reduced echelon form: pivot column and row.
pub(super) fn reduced(rows: BTreeSet<Vec<u64>>, width: usize) -> Vec<(usize, Vec<u64>)> {
    let mut echelon: Vec<(usize, Vec<u64>)> = Vec::new();
    for mut row in rows {
        for (pivot, known) in &echelon {
            let factor = row[*pivot];
            subtract(&mut row, known, factor);
        }
        let Some(pivot) = (0..width).find(|column| row[*column] != 0) else {
            continue;
        };
        let inverse = power(row[pivot], PRIME - 2);
        row.iter_mut()
            .for_each(|value| *value = *value * inverse % PRIME);
        for (_, known) in &mut echelon {
            let factor = known[pivot];
            subtract(known, &row, factor);
        }
        echelon.push((pivot, row));
    }
    echelon
}

fn subtract(row: &mut [u64], other: &[u64], factor: u64) {
    for (value, other) in row.iter_mut().zip(other) {
        *value = (*value + (PRIME - factor) * other) % PRIME;
    }
}

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use Truth::{Indeterminate as I, Negative as N, Positive as P};

    #[test]
    fn classes_that_add_up_are_one_group_and_others_are_not() {
        let melanoma = vec![P, N, N, N, P, N];
        let naevus = vec![N, P, N, P, N, N];
        let rest = vec![N, N, P, N, N, P];
        let unrelated = vec![P, P, P, N, N, N];
        let groups = linked(&[melanoma, unrelated, naevus, rest]);
        assert_eq!(groups, [0, 1, 0, 0]);
    }

    #[test]
    fn a_truth_asked_twice_or_turned_round_is_one_group() {
        let first = vec![P, N, P, N, P];
        let turned = vec![N, P, N, P, N];
        let other = vec![P, P, N, N, N];
        assert_eq!(linked(&[first.clone(), other, turned]), [0, 1, 0]);
        assert_eq!(linked(&[first]), [0]);
    }

    #[test]
    fn samples_that_are_indeterminate_together_link_two_endpoints() {
        let first = vec![P, P, N, N, I];
        let second = vec![P, N, P, N, I];
        assert_eq!(linked(&[first, second]), [0, 0]);
        assert_eq!(linked(&[]), Vec::<usize>::new());
        assert_eq!(linked(&[vec![], vec![]]), [0, 1]);
    }
}
