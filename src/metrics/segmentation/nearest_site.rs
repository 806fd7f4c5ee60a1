//! Distance to the nearest of a few sites, by a tree of boxes.

/// Sites in one leaf at most.
const LEAF: usize = 12;

/// Plane, row, column.
type Voxel = [i32; 3];

/// Sites in a tree whose every node has the smallest box around its sites (Bentley 1975, CACM
/// 18:509-517, with boxes in place of half-spaces). Distances are exact: an axis counts as a whole
/// number of voxels times its spacing, and a box is passed over only where no site in it is nearer.
pub(super) struct SiteTree {
    spacing: [f64; 3],
    sites: Vec<Voxel>,
    /// Each followed by its first half; the root comes first.
    nodes: Vec<Node>,
}

struct Node {
    least: Voxel,
    most: Voxel,
    start: usize,
    end: usize,
    /// Place of the second half; 0 in a leaf.
    second: usize,
}

impl SiteTree {
    /// `None` without a site.
    pub(super) fn new(spacing: [f64; 3], sites: Vec<Voxel>) -> Option<Self> {
        if sites.is_empty() {
            return None;
        }
        let n = sites.len();
        let mut tree = Self {
            spacing,
            sites,
            nodes: Vec::with_capacity(4 * n / LEAF + 1),
        };
        tree.grow(0, n);
        Some(tree)
    }

    fn grow(&mut self, start: usize, end: usize) {
        let own = &mut self.sites[start..end];
        let (mut least, mut most) = (own[0], own[0]);
        for site in own.iter() {
            for axis in 0..3 {
                least[axis] = least[axis].min(site[axis]);
                most[axis] = most[axis].max(site[axis]);
            }
        }
        let place = self.nodes.len();
        self.nodes.push(Node {
            least,
            most,
            start,
            end,
            second: 0,
        });
        if own.len() <= LEAF {
            return;
        }
        let length = |axis: usize| f64::from(most[axis] - least[axis]) * self.spacing[axis];
        let longest = (1..3).fold(0, |longest, axis| {
            if length(axis) > length(longest) {
                axis
            } else {
                longest
            }
        });
        let middle = own.len() / 2;
        own.select_nth_unstable_by_key(middle, |site| site[longest]);
        self.grow(start, start + middle);
        self.nodes[place].second = self.nodes.len();
        self.grow(start + middle, end);
    }

    /// Distances from voxels to the nearest site, in the order of the voxels. They are searched along
    /// a curve through space, each beginning with the site that the one before it found, so that
    /// most of the tree is passed over.
    pub(super) fn distances(&self, from: &[Voxel]) -> Vec<f64> {
        let mut order: Vec<(u64, usize)> = from.iter().map(along_curve).zip(0..).collect();
        order.sort_unstable();
        let mut nearest = self.sites[0];
        let mut found = vec![0.0; from.len()];
        for (_, place) in order {
            let voxel = from[place];
            let mut best = (self.squared(voxel, nearest), nearest);
            self.search(0, voxel, &mut best);
            nearest = best.1;
            found[place] = best.0.sqrt();
        }
        found
    }

    fn search(&self, place: usize, voxel: Voxel, best: &mut (f64, Voxel)) {
        let node = &self.nodes[place];
        if node.second == 0 {
            for site in &self.sites[node.start..node.end] {
                let squared = self.squared(voxel, *site);
                if squared < best.0 {
                    *best = (squared, *site);
                }
            }
            return;
        }
        let (first, second) = (place + 1, node.second);
        let to_first = self.squared_to_box(voxel, &self.nodes[first]);
        let to_second = self.squared_to_box(voxel, &self.nodes[second]);
        let [near, far] = if to_second < to_first {
            [(to_second, second), (to_first, first)]
        } else {
            [(to_first, first), (to_second, second)]
        };
        if near.0 < best.0 {
            self.search(near.1, voxel, best);
        }
        if far.0 < best.0 {
            self.search(far.1, voxel, best);
        }
    }

    fn squared(&self, a: Voxel, b: Voxel) -> f64 {
        self.sum(a[0] - b[0], a[1] - b[1], a[2] - b[2])
    }

    fn squared_to_box(&self, voxel: Voxel, node: &Node) -> f64 {
        let away = |axis: usize| {
            let at = voxel[axis];
            at - at.clamp(node.least[axis], node.most[axis])
        };
        self.sum(away(0), away(1), away(2))
    }

    /// Added in the order of the distance transform, so that both give the same digits. Written out
    /// by axis: this is where the time goes.
    fn sum(&self, planes: i32, rows: i32, columns: i32) -> f64 {
        let [plane, row, column] = self.spacing;
        let plane = f64::from(planes) * plane;
        let row = f64::from(rows) * row;
        let column = f64::from(columns) * column;
        column * column + row * row + plane * plane
    }
}

/// Place of a voxel on the curve that halves space on each axis in turn (Morton 1966, IBM): its
/// coordinates with their bits interleaved.
fn along_curve(voxel: &Voxel) -> u64 {
    let spread = |coordinate: i32| {
        // 21 bits each, two free ones after every bit.
        let mut bits = coordinate as u64 & 0x1F_FFFF;
        for (shift, mask) in [
            (32, 0x001F_0000_0000_FFFF),
            (16, 0x001F_0000_FF00_00FF),
            (8, 0x100F_00F0_0F00_F00F),
            (4, 0x10C3_0C30_C30C_30C3),
            (2, 0x1249_2492_4924_9249),
        ] {
            bits = (bits | bits << shift) & mask;
        }
        bits
    };
    let [plane, row, column] = voxel.map(spread);
    plane << 2 | row << 1 | column
}

/// The voxels that are true, in row order.
pub(super) fn voxels_of(shape: [usize; 3], values: &[bool]) -> Vec<Voxel> {
    let [_, rows, columns] = shape;
    let mut found = Vec::new();
    for (line, values) in values.chunks_exact(columns).enumerate() {
        if !values.iter().fold(false, |any, v| any | v) {
            continue;
        }
        let (plane, row) = ((line / rows) as i32, (line % rows) as i32);
        let own = values.iter().enumerate().filter(|(_, v)| **v);
        found.extend(own.map(|(column, _)| [plane, row, column as i32]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_interleaved() {
        assert_eq!(along_curve(&[0, 0, 1]), 0b001);
        assert_eq!(along_curve(&[1, 0, 0]), 0b100);
        assert_eq!(along_curve(&[2, 3, 1]), 0b110_011);
        assert_eq!(along_curve(&[0, 0, 0x1F_FFFF]), (1 << 63) / 7);
    }

    #[test]
    fn without_a_site_there_is_no_tree() {
        assert!(SiteTree::new([1.0; 3], vec![]).is_none());
        let tree = SiteTree::new([2.0, 1.0, 1.0], vec![[3, 0, 0]]).unwrap();
        assert_eq!(tree.distances(&[[0, 0, 8], [3, 0, 0]]), [10.0, 0.0]);
    }
}
