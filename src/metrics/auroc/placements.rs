//! Placement values: the structural components of DeLong, DeLong and Clarke-Pearson 1988.

use crate::metrics::ranked::Ranked;
use crate::statistics::{NotEstimable, ordered_sum};

/// What one patient contributes to an area: the sums of its centred placements over n of their
/// class, for positives and for negatives, and how many of either it has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Influence {
    pub positive: f64,
    pub negative: f64,
    pub n_positive: u32,
    pub n_negative: u32,
}

impl Influence {
    pub fn has_any(&self) -> bool {
        self.n_positive + self.n_negative > 0
    }

    /// Takes in a centred placement over the size of its class.
    fn add(&mut self, positive: bool, placement: f64) {
        // Both are added to, one of them nothing: which it is cannot be foreseen.
        let share = f64::from(u8::from(positive));
        self.positive += share * placement;
        self.negative += (1.0 - share) * placement;
        self.n_positive += u32::from(positive);
        self.n_negative += u32::from(!positive);
    }

    /// Difference of what is contributed, samples of both added up.
    pub fn minus(self, other: Self) -> Self {
        Self {
            positive: self.positive - other.positive,
            negative: self.negative - other.negative,
            n_positive: self.n_positive + other.n_positive,
            n_negative: self.n_negative + other.n_negative,
        }
    }
}

/// The area among some rows of sorted samples, and what each patient contributes to it.
#[derive(Debug, Clone)]
pub(super) struct ArmArea {
    pub auroc: f64,
    pub n_positive: u64,
    pub n_negative: u64,
    /// DeLong's variance; `None` with one sample of a class.
    pub variance_delong: Option<f64>,
    /// By the caller's number of the patient; patients without a sample contribute nothing.
    pub by_patient: Vec<Influence>,
}

/// Runs of equal scores: their rows, and the positives and negatives among the members.
fn tied_runs(
    rows: &Ranked,
    member: impl Fn(usize) -> bool + Copy,
) -> impl Iterator<Item = (std::ops::Range<usize>, u64, u64)> {
    let mut start = 0;
    rows.score.chunk_by(|a, b| a == b).map(move |tied| {
        let here = start..start + tied.len();
        start += tied.len();
        let (mut positives, mut negatives) = (0, 0);
        for row in here.clone().filter(|row| member(*row)) {
            positives += u64::from(rows.y[row]);
            negatives += u64::from(!rows.y[row]);
        }
        (here, positives, negatives)
    })
}

impl ArmArea {
    /// Measures the rows for which `member` holds. `id` is the patient of each row: 0, 1, ...,
    /// `count` - 1.
    ///
    /// A positive's placement is the share of negatives below it, a negative's the share of
    /// positives above it; ties count one half.
    ///
    /// # Errors
    /// No member, one class, or all scores equal.
    pub fn new(
        rows: &Ranked,
        id: &[u32],
        count: usize,
        member: impl Fn(usize) -> bool + Copy,
    ) -> Result<Self, NotEstimable> {
        let mut area = Self::unplaced(rows, member)?;
        let mut by_patient = vec![Influence::default(); count];
        area.place(rows, member, |row, y, placement| {
            by_patient[id[row] as usize].add(y, placement);
        });
        area.by_patient = by_patient;
        Ok(area)
    }

    /// The same by the rows' own patients: placements are fetched patient by patient, which takes
    /// less time than giving each to its patient.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_patients(
        rows: &Ranked,
        member: impl Fn(usize) -> bool + Copy,
    ) -> Result<Self, NotEstimable> {
        let mut area = Self::unplaced(rows, member)?;
        // No number where a row is no member.
        let mut placements = vec![f64::NAN; rows.len()];
        area.place(rows, member, |row, _, placement| {
            placements[row] = placement
        });
        let order = rows.by_patient();
        let fetched = order.by.rows.iter().map(|row| placements[*row as usize]);
        let placements: Vec<f64> = fetched.collect();
        area.by_patient = order
            .patients()
            .map(|own| {
                let mut influence = Influence::default();
                let samples = order.outcome[own.clone()].iter().zip(&placements[own]);
                samples
                    .filter(|(_, placement)| !placement.is_nan())
                    .for_each(|(y, placement)| influence.add(*y > 0.5, *placement));
                influence
            })
            .collect();
        Ok(area)
    }

    /// The area without what patients contribute to it.
    fn unplaced(
        rows: &Ranked,
        member: impl Fn(usize) -> bool + Copy,
    ) -> Result<Self, NotEstimable> {
        let (mut positives_below, mut negatives_below) = (0u64, 0u64);
        // Twice the number of pairs in the right order: a whole number, exact.
        let mut twice_concordant = 0u128;
        let mut scores = 0;
        for (_, positives, negatives) in tied_runs(rows, member) {
            twice_concordant += u128::from(positives) * u128::from(2 * negatives_below + negatives);
            positives_below += positives;
            negatives_below += negatives;
            scores += u64::from(positives + negatives > 0);
        }
        match (positives_below, negatives_below, scores) {
            (0, 0, _) => return Err(NotEstimable::Empty("samples")),
            (0, _, _) | (_, 0, _) => {
                return Err(NotEstimable::OneClass(positives_below, negatives_below));
            }
            (_, _, 1) => return Err(NotEstimable::ConstantScores),
            _ => {}
        }
        let (n1, n0) = (positives_below as f64, negatives_below as f64);
        Ok(Self {
            auroc: twice_concordant as f64 / (2.0 * n1 * n0),
            n_positive: positives_below,
            n_negative: negatives_below,
            variance_delong: None,
            by_patient: Vec::new(),
        })
    }

    /// Finds DeLong's variance, and tells `each` the row, the class, and the centred placement over
    /// the size of the class of every member.
    fn place(
        &mut self,
        rows: &Ranked,
        member: impl Fn(usize) -> bool + Copy,
        mut each: impl FnMut(usize, bool, f64),
    ) {
        let (n1, n0) = (self.n_positive as f64, self.n_negative as f64);
        let (mut positives_below, mut negatives_below) = (0u64, 0u64);
        let mut squares = (0.0, 0.0);
        for (here, positives, negatives) in tied_runs(rows, member) {
            if positives + negatives == 0 {
                continue;
            }
            let of_positive = (negatives_below as f64 + 0.5 * negatives as f64) / n0 - self.auroc;
            let of_negative =
                1.0 - (positives_below as f64 + 0.5 * positives as f64) / n1 - self.auroc;
            squares.0 += positives as f64 * of_positive * of_positive;
            squares.1 += negatives as f64 * of_negative * of_negative;
            let (of_positive, of_negative) = (of_positive / n1, of_negative / n0);
            for row in here.filter(|row| member(*row)) {
                let y = rows.y[row];
                each(row, y, if y { of_positive } else { of_negative });
            }
            positives_below += positives;
            negatives_below += negatives;
        }
        let of_class = |squares: f64, n: f64| (n >= 2.0).then(|| squares / (n - 1.0) / n);
        self.variance_delong = of_class(squares.0, n1)
            .zip(of_class(squares.1, n0))
            .map(|(positives, negatives)| positives + negatives);
    }
}

/// Sums over the patients' influences.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Components {
    /// Patients with positives, with negatives, with any sample.
    pub i10: u64,
    pub i01: u64,
    pub i: u64,
    /// Sums of squares of the positives' and the negatives' parts, and of their products.
    pub s10: f64,
    pub s01: f64,
    pub s11: f64,
    /// Sums of the squares and of the fourth powers of patients' whole influences.
    pub squares: f64,
    pub fourths: f64,
    /// Sums of squared numbers of positives and of negatives.
    pub sizes: (f64, f64),
}

impl Components {
    /// Adds one patient.
    pub fn add(&mut self, one: &Influence) {
        self.count(one);
        self.s10 += one.positive * one.positive;
        self.s01 += one.negative * one.negative;
        self.s11 += one.positive * one.negative;
        let square = (one.positive + one.negative).powi(2);
        self.squares += square;
        self.fourths += square * square;
    }

    /// How many patients carry what varies: (sum c^2)^2 / sum c^4 over their influences c, which is
    /// their number where all weigh alike. 0 where nothing varies.
    pub fn carriers(&self) -> f64 {
        if self.fourths > 0.0 {
            self.squares * self.squares / self.fourths
        } else {
            0.0
        }
    }

    fn count(&mut self, one: &Influence) {
        self.i10 += u64::from(one.n_positive > 0);
        self.i01 += u64::from(one.n_negative > 0);
        self.i += u64::from(one.has_any());
        self.sizes.0 += f64::from(one.n_positive).powi(2);
        self.sizes.1 += f64::from(one.n_negative).powi(2);
    }

    /// Of all patients, in sums that do not depend on their numbering.
    pub fn of(influences: &[Influence]) -> Self {
        let sum = |product: fn(&Influence) -> f64| ordered_sum(influences.iter().map(product));
        let mut found = Self {
            s10: sum(|one| one.positive * one.positive),
            s01: sum(|one| one.negative * one.negative),
            s11: sum(|one| one.positive * one.negative),
            squares: sum(|one| (one.positive + one.negative).powi(2)),
            fourths: sum(|one| (one.positive + one.negative).powi(4)),
            ..Self::default()
        };
        influences.iter().for_each(|one| found.count(one));
        found
    }

    /// Obuchowski's clustered variance (Biometrics 1997, 53:567-578) of an area, or, from
    /// differences of influences, of a difference of areas. `None` with fewer than two patients in
    /// a class.
    pub fn variance_obuchowski(&self) -> Option<f64> {
        if self.i10 < 2 || self.i01 < 2 {
            return None;
        }
        let over = |n: u64| n as f64 / (n as f64 - 1.0);
        // The influences are already divided by the size of their class.
        Some(obuchowski_of_components(
            [
                over(self.i10) * self.s10,
                over(self.i01) * self.s01,
                over(self.i) * self.s11,
            ],
            (1.0, 1.0),
        ))
    }
}

/// Obuchowski's variance of an area from its components (1997, equation 5), with n1 positives and
/// n0 negatives: `S10 / n1 + S01 / n0 + 2 S11 / (n1 n0)`; 0 where the covariance outweighs the rest.
#[must_use]
pub fn obuchowski_of_components([s10, s01, s11]: [f64; 3], (n1, n0): (f64, f64)) -> f64 {
    (s10 / n1 + s01 / n0 + 2.0 * s11 / (n1 * n0)).max(0.0)
}
