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

    /// Distances from voxels to the nearest site. Each search begins with the site that the voxel
    /// before it found, so that voxels that follow each other along a surface cost little.
    pub(super) fn distances(&self, from: &[Voxel]) -> Vec<f64> {
        let mut nearest = self.sites[0];
        from.iter()
            .map(|voxel| {
                let mut best = (self.squared(*voxel, nearest), nearest);
                self.search(0, *voxel, &mut best);
                nearest = best.1;
                best.0.sqrt()
            })
            .collect()
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
        let halves = [place + 1, node.second];
        let [first, second] = halves.map(|half| self.squared_to_box(voxel, &self.nodes[half]));
        let order = if second < first { [1, 0] } else { [0, 1] };
        for half in order {
            if [first, second][half] < best.0 {
                self.search(halves[half], voxel, best);
            }
        }
    }

    fn squared(&self, a: Voxel, b: Voxel) -> f64 {
        self.sum([0, 1, 2].map(|axis| a[axis] - b[axis]))
    }

    fn squared_to_box(&self, voxel: Voxel, node: &Node) -> f64 {
        self.sum([0, 1, 2].map(|axis| {
            let (least, most) = (node.least[axis], node.most[axis]);
            voxel[axis] - voxel[axis].clamp(least, most)
        }))
    }

    /// Added in the order of the distance transform, so that both give the same digits.
    fn sum(&self, away: Voxel) -> f64 {
        let [plane, row, column] =
            [0, 1, 2].map(|axis| (f64::from(away[axis]) * self.spacing[axis]).powi(2));
        column + row + plane
    }
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
