//! Lesions: the connected components of a mask.

use super::mask::Mask;

/// Which voxels touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Neighbours {
    /// Through a face: 4 in 2D, 6 in 3D.
    Faces,
    /// Through a face or an edge: 8 in 2D, 18 in 3D.
    FacesAndEdges,
    /// Through a face, an edge or a corner: 8 in 2D, 26 in 3D.
    All,
}

/// Foreground voxels that follow each other in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Row, counted through all planes.
    pub(super) line: usize,
    /// First column.
    pub(super) start: usize,
    /// One past the last column.
    pub(super) end: usize,
    /// Lesion, from 0.
    pub(super) lesion: usize,
}

/// The lesions of a mask, numbered by their first voxel in row order, as `scipy.ndimage.label` does.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesions {
    shape: [usize; 3],
    pub(super) runs: Vec<Run>,
    voxels: Vec<u64>,
}

impl Lesions {
    /// Connected components, by joining runs of voxels with union-find (He, Chao and Suzuki 2008,
    /// IEEE TIP 17:749-756). An empty mask has none.
    #[must_use]
    pub fn of(mask: &Mask, neighbours: Neighbours) -> Self {
        let [_, rows, columns] = mask.shape();
        let mut runs = runs_of(mask);
        let mut firsts = vec![runs.len(); mask.shape()[0] * rows + 1];
        for (place, run) in runs.iter().enumerate().rev() {
            firsts[run.line] = place;
        }
        // Where a row has no run, its range is empty.
        for line in (0..firsts.len() - 1).rev() {
            firsts[line] = firsts[line].min(firsts[line + 1]);
        }
        let mut trees = Trees::new(runs.len());
        for (line, neighbour, reach) in neighbouring_lines(mask.shape(), neighbours) {
            let own = firsts[line]..firsts[line + 1];
            let other = firsts[neighbour]..firsts[neighbour + 1];
            join_touching(&runs, own, other, reach, &mut trees);
        }
        let mut voxels: Vec<u64> = Vec::new();
        for place in 0..runs.len() {
            let root = trees.root(place);
            // A root is the earliest run of its tree, so that its number is known by now.
            if root == place {
                runs[place].lesion = voxels.len();
                voxels.push(0);
            } else {
                runs[place].lesion = runs[root].lesion;
            }
            voxels[runs[place].lesion] += (runs[place].end - runs[place].start) as u64;
        }
        debug_assert!(runs.iter().all(|run| run.end <= columns));
        Self {
            shape: mask.shape(),
            runs,
            voxels,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.voxels.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.voxels.is_empty()
    }

    /// Voxels of each.
    #[must_use]
    pub fn voxels(&self) -> &[u64] {
        &self.voxels
    }

    /// For each voxel of the grid 0 for background, else the number of its lesion from 1.
    #[must_use]
    pub fn labels(&self) -> Vec<u32> {
        let columns = self.shape[2];
        let mut labels = vec![0; self.shape.iter().product()];
        for run in &self.runs {
            let start = run.line * columns;
            labels[start + run.start..start + run.end].fill(run.lesion as u32 + 1);
        }
        labels
    }
}

fn runs_of(mask: &Mask) -> Vec<Run> {
    let columns = mask.shape()[2];
    let mut runs = Vec::new();
    for (line, values) in mask.inside().chunks_exact(columns).enumerate() {
        if !values.iter().fold(false, |any, v| any | v) {
            continue;
        }
        let mut column = 0;
        while let Some(start) = values[column..].iter().position(|v| *v) {
            let start = column + start;
            let length = values[start..].iter().position(|v| !*v);
            column = length.map_or(columns, |length| start + length);
            runs.push(Run {
                line,
                start,
                end: column,
                lesion: 0,
            });
        }
    }
    runs
}

/// Every row with the rows before it that touch it, and how far a run reaches sideways there.
fn neighbouring_lines(
    [planes, rows, _]: [usize; 3],
    neighbours: Neighbours,
) -> impl Iterator<Item = (usize, usize, usize)> {
    let (beside, across) = match neighbours {
        Neighbours::Faces => (0, None),
        Neighbours::FacesAndEdges => (1, Some(0)),
        Neighbours::All => (1, Some(1)),
    };
    (0..planes * rows).flat_map(move |line| {
        let (plane, row) = (line / rows, line % rows);
        let above = (plane > 0).then(|| line.wrapping_sub(rows));
        [
            (row > 0).then(|| (line, line - 1, beside)),
            above.map(|above| (line, above, beside)),
            (row > 0)
                .then_some(())
                .and(above.zip(across))
                .map(|(above, reach)| (line, above - 1, reach)),
            (row + 1 < rows)
                .then_some(())
                .and(above.zip(across))
                .map(|(above, reach)| (line, above + 1, reach)),
        ]
        .into_iter()
        .flatten()
    })
}

/// Joins the runs of two rows that overlap, or come within `reach` columns of it.
fn join_touching(
    runs: &[Run],
    own: std::ops::Range<usize>,
    other: std::ops::Range<usize>,
    reach: usize,
    trees: &mut Trees,
) {
    let (mut a, mut b) = (own.start, other.start);
    while a < own.end && b < other.end {
        if runs[a].start < runs[b].end + reach && runs[b].start < runs[a].end + reach {
            trees.join(a, b);
        }
        if runs[a].end < runs[b].end {
            a += 1;
        } else {
            b += 1;
        }
    }
}

/// Union-find whose roots are the earliest of their tree.
struct Trees {
    parents: Vec<usize>,
}

impl Trees {
    fn new(n: usize) -> Self {
        Self {
            parents: (0..n).collect(),
        }
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.parents[place] != place {
            self.parents[place] = self.parents[self.parents[place]];
            place = self.parents[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn by_flooding(mask: &Mask, neighbours: Neighbours) -> Vec<u32> {
        let [planes, rows, columns] = mask.shape();
        let most = match neighbours {
            Neighbours::Faces => 1,
            Neighbours::FacesAndEdges => 2,
            Neighbours::All => 3,
        };
        let mut labels = vec![0; mask.inside().len()];
        let mut next = 0;
        for seed in 0..labels.len() {
            if !mask.inside()[seed] || labels[seed] > 0 {
                continue;
            }
            next += 1;
            let mut open = vec![seed];
            labels[seed] = next;
            while let Some(v) = open.pop() {
                let at = [v / (rows * columns), v / columns % rows, v % columns];
                for step in 0..27usize {
                    let moved = [0, 1, 2].map(|a| at[a] + step / 3usize.pow(a as u32) % 3);
                    let changed = (0..3).filter(|a| moved[*a] != at[*a] + 1).count();
                    let inside =
                        (0..3).all(|a| moved[a] > 0 && moved[a] <= [planes, rows, columns][a]);
                    if !inside || changed == 0 || changed > most {
                        continue;
                    }
                    let to = ((moved[0] - 1) * rows + moved[1] - 1) * columns + moved[2] - 1;
                    if mask.inside()[to] && labels[to] == 0 {
                        labels[to] = next;
                        open.push(to);
                    }
                }
            }
        }
        labels
    }

    #[test]
    fn a_diagonal_pair_is_one_lesion_or_two() {
        let mask = Mask::new([1, 2, 2], [1.0; 3], vec![true, false, false, true]).unwrap();
        let n = |neighbours| Lesions::of(&mask, neighbours).len();
        assert_eq!(n(Neighbours::Faces), 2);
        assert_eq!(n(Neighbours::FacesAndEdges), 1);
        let corners = vec![true, false, false, false, false, false, false, true];
        let mask = Mask::new([2, 2, 2], [1.0; 3], corners).unwrap();
        let n = |neighbours| Lesions::of(&mask, neighbours).len();
        assert_eq!(n(Neighbours::FacesAndEdges), 2);
        assert_eq!(n(Neighbours::All), 1);
        let empty = Mask::new([1, 2, 2], [1.0; 3], vec![false; 4]).unwrap();
        assert!(Lesions::of(&empty, Neighbours::All).is_empty());
    }

    proptest! {
        #[test]
        fn equals_flooding(
            (shape, inside) in (1..5usize, 1..9usize, 1..9usize).prop_flat_map(|(p, r, c)| {
                let voxels = prop::collection::vec(prop::bool::weighted(0.35), p * r * c);
                (Just([p, r, c]), voxels)
            })
        ) {
            let mask = Mask::new(shape, [1.0; 3], inside).unwrap();
            for rule in [Neighbours::Faces, Neighbours::FacesAndEdges, Neighbours::All] {
                let found = Lesions::of(&mask, rule);
                prop_assert_eq!(found.labels(), by_flooding(&mask, rule));
                prop_assert_eq!(found.voxels().iter().sum::<u64>(), mask.voxels());
            }
        }
    }
}
