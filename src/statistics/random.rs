//! Counter-based random streams: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, SC '11).
//!
//! A stream is named by (seed, purpose, replicate) and by nothing else. No stream depends on how
//! much of another was used, so that replicates can run on any number of threads, in any order,
//! and give the same numbers.

use super::distributions::ln_choose;

/// What a stream is for. The numbers are part of the results: never reuse or reorder them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Permutation of patients over the levels of an attribute.
    HeterogeneityPermutation = 1,
    /// Resampling of patients for confusion-matrix metrics.
    ConfusionBootstrap = 2,
    /// Resampling of patients for calibration errors.
    CalibrationBootstrap = 3,
    /// Outcomes drawn from the scores: calibration errors of a perfectly calibrated model.
    CalibrationNull = 4,
    /// Multivariate normal draws for the largest of correlated statistics.
    MaximumOfNormals = 5,
    /// Simulations of operating characteristics in tests and tables.
    Simulation = 6,
    /// Resampling of patients for smooth calibration curves.
    SmoothCurveBootstrap = 7,
    /// Resampling of patients for ranking metrics.
    RankingBootstrap = 8,
    /// Range of estimates by chance alone.
    Range = 9,
    /// Resampling of patients for bands of curves.
    CurveBands = 10,
    /// Resampling of patients for two decisions on the same cases.
    PairedBootstrap = 20,
    /// Resampling of patients for several endpoints of the same samples.
    EndpointsBootstrap = 21,
    /// Audits of a model that performs as assumed.
    PlannedAudit = 41,
    /// Two draws of patients for a threshold that is chosen on the measured samples.
    NestedThreshold = 30,
}

/// One stream of random numbers.
#[derive(Debug, Clone)]
pub struct RandomStream {
    key: [u32; 2],
    /// Block, two words of the replicate, purpose.
    counter: [u32; 4],
    block: [u32; 4],
    used: usize,
}

const ROUNDS: usize = 10;

pub(crate) fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let first = 0xD251_1F53_u64 * u64::from(counter[0]);
        let second = 0xCD9E_8D57_u64 * u64::from(counter[2]);
        counter = [
            (second >> 32) as u32 ^ counter[1] ^ key[0],
            second as u32,
            (first >> 32) as u32 ^ counter[3] ^ key[1],
            first as u32,
        ];
        key = [
            key[0].wrapping_add(0x9E37_79B9),
            key[1].wrapping_add(0xBB67_AE85),
        ];
    }
    counter
}

impl RandomStream {
    /// The stream of one replicate of one purpose; 2^34 32-bit numbers long.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, replicate: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [
                0,
                replicate as u32,
                (replicate >> 32) as u32,
                purpose as u32,
            ],
            block: [0; 4],
            used: 4,
        }
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    /// Uniform on the open interval (0, 1), 52 bits.
    pub fn uniform(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Uniform on 0, 1, ..., `n` - 1 without bias (Lemire 2019); 0 for `n` = 0.
    pub fn below(&mut self, n: u64) -> u64 {
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            if product as u64 >= n.wrapping_neg() % n.max(1) {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal (Box and Muller 1958; the second of each pair is not used, so that a draw
    /// leaves nothing behind).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// Events of `n` trials of probability `p`, in about sqrt(n p (1 - p)) steps: the inverse of
    /// the distribution function, walked outwards from its mode.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p.is_nan() || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        let odds = p / (1.0 - p);
        let mode = (((n + 1) as f64 * p).floor() as u64).min(n);
        let at_mode =
            (ln_choose(n, mode) + mode as f64 * p.ln() + (n - mode) as f64 * (-p).ln_1p()).exp();
        let mut left = self.uniform() - at_mode;
        let (mut low, mut high) = (mode, mode);
        let (mut at_low, mut at_high) = (at_mode, at_mode);
        while left > 0.0 && (low > 0 || high < n) {
            if high < n {
                at_high *= (n - high) as f64 / (high + 1) as f64 * odds;
                high += 1;
                left -= at_high;
                if left <= 0.0 {
                    return high;
                }
            }
            if low > 0 {
                at_low *= low as f64 / (n - low + 1) as f64 / odds;
                low -= 1;
                left -= at_low;
                if left <= 0.0 {
                    return low;
                }
            }
        }
        mode
    }

    /// Marked items among `draws` drawn without replacement from `marked` marked and `plain` plain
    /// ones: the inverse of the distribution function, walked outwards from its mode.
    pub fn hypergeometric(&mut self, marked: u64, plain: u64, draws: u64) -> u64 {
        let draws = draws.min(marked + plain);
        let (least, most) = (draws.saturating_sub(plain), draws.min(marked));
        if least == most {
            return least;
        }
        let total = (marked + plain) as f64;
        let mode = ((draws as f64 + 1.0) * (marked as f64 + 1.0) / (total + 2.0)) as u64;
        let mode = mode.clamp(least, most);
        let at_mode = (ln_choose(marked, mode) + ln_choose(plain, draws - mode)
            - ln_choose(marked + plain, draws))
        .exp();
        // Whole numbers far below 2^53, which are exact as they are.
        let [marked, plain, draws] = [marked, plain, draws].map(|count| count as f64);
        let [least, most] = [least, most].map(|count| count as f64);
        // Probability of x + 1 over that of x; x >= least keeps the last factor positive.
        let odds = |x: f64| ((marked - x) / (x + 1.0)) * ((draws - x) / (plain + x + 1.0 - draws));
        let mut left = self.uniform() - at_mode;
        let (mut low, mut high) = (mode as f64, mode as f64);
        let (mut at_low, mut at_high) = (at_mode, at_mode);
        while left > 0.0 && (low > least || high < most) {
            if high < most {
                at_high *= odds(high);
                high += 1.0;
                left -= at_high;
                if left <= 0.0 {
                    return high as u64;
                }
            }
            if low > least {
                low -= 1.0;
                at_low /= odds(low);
                left -= at_low;
                if left <= 0.0 {
                    return low as u64;
                }
            }
        }
        mode
    }

    /// Counts of a multinomial draw: `n` draws among categories of the given sizes, with
    /// replacement. All 0 when every size is 0.
    pub fn multinomial(&mut self, n: u64, sizes: &[u64]) -> Vec<u64> {
        let mut total: u64 = sizes.iter().sum();
        let mut left = if total == 0 { 0 } else { n };
        sizes
            .iter()
            .map(|size| {
                let drawn = if *size == total {
                    left
                } else {
                    self.binomial(left, *size as f64 / total as f64)
                };
                total -= size;
                left -= drawn;
                drawn
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_name_and_repeat() {
        let draw =
            |seed, purpose, replicate| RandomStream::new(seed, purpose, replicate).next_u64();
        let first = draw(1, Purpose::CalibrationNull, 0);
        assert_eq!(first, draw(1, Purpose::CalibrationNull, 0));
        for other in [
            draw(2, Purpose::CalibrationNull, 0),
            draw(1, Purpose::CalibrationBootstrap, 0),
            draw(1, Purpose::CalibrationNull, 1),
            draw(1, Purpose::CalibrationNull, 1 << 40),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn moments_of_the_draws() {
        let mut stream = RandomStream::new(7, Purpose::Simulation, 0);
        let draws = 40_000;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let uniform: Vec<f64> = (0..draws).map(|_| stream.uniform()).collect();
        assert!((mean(&uniform) - 0.5).abs() < 0.006);
        let normal: Vec<f64> = (0..draws).map(|_| stream.normal()).collect();
        assert!(
            mean(&normal).abs() < 0.02
                && (mean(&normal.iter().map(|z| z * z).collect::<Vec<_>>()) - 1.0).abs() < 0.03
        );
        for (n, p) in [(10u64, 0.3), (1000, 0.02), (5000, 0.9)] {
            let binomial: Vec<f64> = (0..draws).map(|_| stream.binomial(n, p) as f64).collect();
            let (m, v) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean(&binomial) - m).abs() < 4.0 * (v / draws as f64).sqrt());
            let squares: Vec<f64> = binomial.iter().map(|x| (x - m).powi(2)).collect();
            assert!((mean(&squares) / v - 1.0).abs() < 0.04);
        }
        assert!((0..1000).all(|_| stream.below(3) < 3));
        assert_eq!(stream.below(0), 0);
    }

    #[test]
    fn hypergeometric_draws_have_its_probabilities() {
        // 5 white among 50 balls, 10 drawn: P(x) from the definition, e.g. P(4) = 0.003965.
        let mut stream = RandomStream::new(3, Purpose::Simulation, 2);
        let draws = 200_000;
        let mut seen = [0u32; 6];
        for _ in 0..draws {
            seen[stream.hypergeometric(5, 45, 10) as usize] += 1;
        }
        let expected = [0.310563, 0.431337, 0.209838, 0.044177, 0.003965, 0.000119];
        for (count, p) in seen.iter().zip(expected) {
            let error = (p * (1.0 - p) / f64::from(draws)).sqrt();
            assert!(
                (f64::from(*count) / f64::from(draws) - p).abs() < 4.5 * error,
                "{seen:?}"
            );
        }
        for (marked, plain, n) in [(300_000u64, 100_000u64, 50_000u64), (7, 90_000, 60_000)] {
            let x: Vec<f64> = (0..4000)
                .map(|_| stream.hypergeometric(marked, plain, n) as f64)
                .collect();
            let (all, share) = (
                (marked + plain) as f64,
                marked as f64 / (marked + plain) as f64,
            );
            let mean = n as f64 * share;
            let variance = mean * (1.0 - share) * (all - n as f64) / (all - 1.0);
            let got = x.iter().sum::<f64>() / 4000.0;
            let spread = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4000.0;
            assert!(
                (got - mean).abs() < 4.0 * (variance / 4000.0).sqrt(),
                "{got} {mean}"
            );
            assert!(
                (spread / variance - 1.0).abs() < 0.12,
                "{spread} {variance}"
            );
        }
        assert_eq!(stream.hypergeometric(3, 0, 2), 2);
        assert_eq!(stream.hypergeometric(0, 5, 2), 0);
        assert_eq!(stream.hypergeometric(4, 4, 9), 4);
    }

    #[test]
    fn multinomial_adds_up_and_skips_empty_categories() {
        let mut stream = RandomStream::new(7, Purpose::Simulation, 1);
        for _ in 0..200 {
            let drawn = stream.multinomial(50, &[3, 0, 5, 2]);
            assert_eq!(drawn.iter().sum::<u64>(), 50);
            assert_eq!(drawn[1], 0);
        }
        assert_eq!(stream.multinomial(50, &[0, 0]), vec![0, 0]);
    }
}
