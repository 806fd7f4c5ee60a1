//! Distribution functions and quantiles that intervals and tests need.
//!
//! The gamma functions come from `statrs`, and the normal distribution from its incomplete gamma
//! function, since its error function is only good to ten digits. The incomplete beta function
//! and its inverse are our own: the limits of Clopper and Pearson need them at real, large
//! arguments to full precision, and the continued fraction in `statrs` stops after 140 terms.

use std::sync::LazyLock;

use statrs::function::gamma;

use super::root::turning_point;

/// Terms of the continued fraction at most; about `sqrt(max(a, b))` are used.
const FRACTION_TERMS: u32 = 20_000;
/// Newton steps of the beta quantile at most; bisection takes over where Newton leaves the bracket.
const QUANTILE_STEPS: usize = 200;

/// P(Z <= z), Z standard normal.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}

/// P(Z > z), Z standard normal, accurate in the upper tail.
#[must_use]
pub fn normal_sf(z: f64) -> f64 {
    // P(Z^2 > z^2) is the upper incomplete gamma function at 1/2.
    let half = 0.5 * z * z;
    let both = if half == 0.0 {
        1.0
    } else if half > 800.0 {
        0.0
    } else {
        gamma::gamma_ur(0.5, half)
    };
    if z > 0.0 {
        0.5 * both
    } else {
        1.0 - 0.5 * both
    }
}

/// The `p` quantile of the standard normal distribution, `p` in (0, 1).
///
/// Starting from Abramowitz and Stegun 26.2.23, Newton's steps on the logarithm of the tail.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let tail = p.min(1.0 - p);
    if tail <= 0.0 {
        return if p < 0.5 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
    }
    if tail == 0.5 {
        return 0.0;
    }
    let t = (-2.0 * tail.ln()).sqrt();
    let mut z = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    for _ in 0..6 {
        let reached = normal_sf(z);
        let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if reached <= 0.0 || density <= 0.0 {
            break;
        }
        let step = (reached / tail).ln() * reached / density;
        z += step;
        if step.abs() < 1e-15 * (1.0 + z.abs()) {
            break;
        }
    }
    if p < 0.5 { -z } else { z }
}

/// Regularised incomplete beta function I_x(a, b) = P(B <= x) for B ~ Beta(a, b).
///
/// `a`, `b` > 0, real. Continued fraction (Abramowitz and Stegun 26.5.8) by Lentz's algorithm.
#[must_use]
pub fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        1.0 - beta_tail(1.0 - x, x, b, a)
    } else {
        beta_tail(x, 1.0 - x, a, b)
    }
}

/// 1 - I_x(a, b), accurate when it is small.
#[must_use]
pub(super) fn beta_sf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x >= 1.0 {
        return 0.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        beta_tail(1.0 - x, x, b, a)
    } else {
        1.0 - beta_tail(x, 1.0 - x, a, b)
    }
}

fn ln_beta(a: f64, b: f64) -> f64 {
    gamma::ln_gamma(a) + gamma::ln_gamma(b) - gamma::ln_gamma(a + b)
}

/// Logarithm of the binomial coefficient.
pub(super) fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Logarithms of 0!, 1!, ..., 63!.
static SMALL_FACTORIALS: LazyLock<[f64; 64]> =
    LazyLock::new(|| std::array::from_fn(|n| gamma::ln_gamma(n as f64 + 1.0)));

/// Logarithm of n!: from 64 on by Stirling's series, whose first term left out is below 1e-16.
fn ln_factorial(n: u64) -> f64 {
    if let Some(small) = SMALL_FACTORIALS.get(n as usize) {
        return *small;
    }
    let x = n as f64;
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series =
        inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (x + 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series
}

/// I_x(a, b) on the side where the fraction converges quickly; `y` is 1 - x.
fn beta_tail(x: f64, y: f64, a: f64, b: f64) -> f64 {
    let front = (a * x.ln() + b * y.ln() - ln_beta(a, b)).exp() / a;
    (front * beta_fraction(x, a, b)).clamp(0.0, 1.0)
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let away_from_zero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..FRACTION_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let factor = d * c;
        value *= factor;
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    value
}

/// The `p` quantile of Beta(a, b), `a`, `b` > 0, `p` in [0, 1]: Newton's steps inside a
/// bracket that bisection shrinks.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let ln_beta = ln_beta(a, b);
    let (mut left, mut right) = (0.0, 1.0);
    let mut x: f64 = (a / (a + b)).clamp(1e-12, 1.0 - 1e-12);
    for _ in 0..QUANTILE_STEPS {
        // The smaller tail keeps its relative precision.
        let above = if p > 0.5 {
            (1.0 - p) - beta_sf(x, a, b)
        } else {
            beta_cdf(x, a, b) - p
        };
        if above > 0.0 {
            right = x;
        } else {
            left = x;
        }
        let density = ((a - 1.0) * x.ln() + (b - 1.0) * (-x).ln_1p() - ln_beta).exp();
        let newton = x - above / density;
        let next = if newton > left && newton < right {
            newton
        } else {
            0.5 * (left + right)
        };
        if (next - x).abs() <= 1e-16 * x || next <= left || next >= right {
            return next;
        }
        x = next;
    }
    x
}

/// P(T <= t) for Student's t with `df` > 0 degrees of freedom, real.
#[must_use]
pub fn t_cdf(t: f64, df: f64) -> f64 {
    if t > 0.0 {
        1.0 - t_tail(t, df)
    } else {
        t_tail(-t, df)
    }
}

/// P(|T| > |t|) for Student's t.
#[must_use]
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    2.0 * t_tail(t.abs(), df)
}

/// P(T > t), t >= 0.
fn t_tail(t: f64, df: f64) -> f64 {
    0.5 * beta_cdf(df / (df + t * t), 0.5 * df, 0.5)
}

/// The `p` quantile of Student's t with `df` > 0 degrees of freedom, `p` in (0, 1).
#[must_use]
pub fn t_quantile(p: f64, df: f64) -> f64 {
    let tail = p.min(1.0 - p);
    if tail >= 0.5 {
        return 0.0;
    }
    // T^2 / (df + T^2) is Beta(1/2, df/2); the branch keeps away from 1 - x of x near 1.
    let t = if tail < 0.25 {
        let x = beta_quantile(2.0 * tail, 0.5 * df, 0.5);
        (df * (1.0 - x) / x).sqrt()
    } else {
        let y = beta_quantile(1.0 - 2.0 * tail, 0.5, 0.5 * df);
        (df * y / (1.0 - y)).sqrt()
    };
    if p < 0.5 { -t } else { t }
}

/// P(X > x) for chi-squared with `df` > 0 degrees of freedom.
#[must_use]
pub fn chi_squared_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else {
        gamma::gamma_ur(0.5 * df, 0.5 * x)
    }
}

/// The `p` quantile of chi-squared with `df` > 0 degrees of freedom, `p` in (0, 1).
#[must_use]
pub fn chi_squared_quantile(p: f64, df: f64) -> f64 {
    let mut above = df.max(1.0);
    while chi_squared_sf(above, df) > 1.0 - p && above < 1e12 {
        above *= 2.0;
    }
    turning_point(0.0, above, |x| chi_squared_sf(x, df) > 1.0 - p)
}

/// P(F > f) for Fisher's F with `df1`, `df2` > 0 degrees of freedom.
#[must_use]
pub fn f_sf(f: f64, df1: f64, df2: f64) -> f64 {
    if f <= 0.0 {
        1.0
    } else {
        beta_cdf(df2 / (df2 + df1 * f), 0.5 * df2, 0.5 * df1)
    }
}

/// The `p` quantile of Fisher's F with `df1`, `df2` > 0 degrees of freedom, `p` in (0, 1).
#[must_use]
pub fn f_quantile(p: f64, df1: f64, df2: f64) -> f64 {
    let x = beta_quantile(1.0 - p, 0.5 * df2, 0.5 * df1);
    df2 * (1.0 - x) / (df1 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, relative: f64) {
        assert!(
            (found - expected).abs() <= relative * expected.abs(),
            "{found} is not {expected}"
        );
    }

    #[test]
    fn normal_quantiles_as_tabulated() {
        close(normal_quantile(0.975), 1.959_963_984_540_054, 1e-14);
        close(normal_quantile(0.9995), 3.290_526_731_491_894, 1e-14);
        close(normal_quantile(0.2), -0.841_621_233_572_914_3, 1e-14);
        assert_eq!(normal_quantile(0.5), 0.0);
        close(normal_sf(6.0), 9.865_876_450_376_98e-10, 1e-12);
    }

    #[test]
    fn t_quantiles_as_tabulated() {
        // Closed forms at 1 and 2 degrees of freedom, tables of Student's t beyond.
        close(
            t_quantile(0.975, 1.0),
            (0.475 * std::f64::consts::PI).tan(),
            1e-13,
        );
        close(
            t_quantile(0.975, 2.0),
            0.95 / (2.0_f64 * 0.975 * 0.025).sqrt(),
            1e-13,
        );
        for (df, expected) in [
            (10.0, 2.228_138_852),
            (30.0, 2.042_272_456),
            (1000.0, 1.962_339_081),
        ] {
            close(t_quantile(0.975, df), expected, 1e-9);
            close(t_cdf(expected, df), 0.975, 1e-9);
        }
        close(
            t_quantile(0.6, 1.0),
            (0.1 * std::f64::consts::PI).tan(),
            1e-12,
        );
    }

    #[test]
    fn beta_quantile_inverts_at_real_and_large_arguments() {
        for (a, b) in [
            (0.5, 0.5),
            (3.2, 17.9),
            (1.0, 300.0),
            (12_345.6, 1.0),
            (50_000.5, 70_000.25),
        ] {
            for p in [1e-6, 0.025, 0.3, 0.5, 0.8, 0.975, 1.0 - 1e-6] {
                let x = beta_quantile(p, a, b);
                assert!((beta_cdf(x, a, b) - p).abs() < 1e-10, "a {a} b {b} p {p}");
            }
        }
        // Closed forms: Beta(1, n) and Beta(n, 1).
        close(
            beta_quantile(0.975, 1.0, 20.0),
            1.0 - 0.025_f64.powf(0.05),
            1e-13,
        );
        close(beta_quantile(0.025, 20.0, 1.0), 0.025_f64.powf(0.05), 1e-13);
    }

    #[test]
    fn chi_squared_and_f_as_tabulated() {
        close(
            chi_squared_quantile(0.95, 1.0),
            3.841_458_820_694_124,
            1e-10,
        );
        close(
            chi_squared_quantile(0.025, 10.0),
            3.246_972_780_236_84,
            1e-9,
        );
        close(chi_squared_sf(17.3559, 1.0), 3.10e-5, 5e-3);
        close(f_quantile(0.95, 1.0, 10.0), 4.964_602_743_730_71, 1e-9);
        close(f_sf(4.964_602_743_730_71, 1.0, 10.0), 0.05, 1e-9);
    }
}
