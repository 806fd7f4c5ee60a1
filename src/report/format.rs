//! Numbers as text. One place, so that a figure, a table and the log never round differently.

use crate::statistics::SMALLEST_SHOWN_P;

/// Decimals of a metric on the page.
#[must_use]
pub fn decimals(metric: &str) -> usize {
    match metric {
        "decision_flips" => 0,
        other => match crate::tasks::metric_text(other).map(|text| text.unit) {
            Some(crate::tasks::Unit::Own | crate::tasks::Unit::OwnVolume) => 2,
            _ => 3,
        },
    }
}

/// Fixed decimals with a hyphen as minus sign; `-0.000` is written `0.000`.
#[must_use]
pub fn plain(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// Fixed decimals with a true minus sign, for the page.
#[must_use]
pub fn number(value: f64, decimals: usize) -> String {
    plain(value, decimals).replace('-', "\u{2212}")
}

/// Like [`number`], with a plus sign before positive values: for differences.
#[must_use]
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if value > 0.0 && !zero {
        format!("+{text}")
    } else {
        text
    }
}

/// `[0.702, 0.846]`; an open end is written as an en dash.
#[must_use]
pub fn limits(lower: Option<f64>, upper: Option<f64>, decimals: usize) -> Option<String> {
    if lower.is_none() && upper.is_none() {
        return None;
    }
    let end = |v: Option<f64>| v.map_or_else(|| "\u{2013}".to_owned(), |v| number(v, decimals));
    Some(format!("[{}, {}]", end(lower), end(upper)))
}

/// Like [`limits`], with signs: for differences.
#[must_use]
pub fn signed_limits(lower: Option<f64>, upper: Option<f64>, decimals: usize) -> Option<String> {
    if lower.is_none() && upper.is_none() {
        return None;
    }
    let end = |v: Option<f64>| v.map_or_else(|| "\u{2013}".to_owned(), |v| signed(v, decimals));
    Some(format!("[{}, {}]", end(lower), end(upper)))
}

/// Fewest decimals from `least` on at which no value that differs from the bound looks equal to it.
///
/// Without this a lower limit of 0.8496 would stand as 0.850 beside "at least 0.850".
#[must_use]
pub fn separating_decimals(values: &[Option<f64>], bound: f64, least: usize) -> usize {
    let separated = |decimals: usize| {
        let shown = plain(bound, decimals);
        values
            .iter()
            .flatten()
            .all(|&v| (v - bound).abs() < 1e-9 || plain(v, decimals) != shown)
    };
    (least..=6).find(|&d| separated(d)).unwrap_or(6)
}

/// A bound in as few decimals as say it exactly, two at least (`0.85`, `0.825`, `-0.05`, `1`→`1.00`).
#[must_use]
pub fn bound(value: f64, metric: &str) -> String {
    if decimals(metric) == 0 {
        return plain(value, 0);
    }
    let digits = (2..=6)
        .find(|&d| {
            plain(value, d)
                .parse::<f64>()
                .is_ok_and(|v| (v - value).abs() < 1e-12)
        })
        .unwrap_or(6);
    plain(value, digits)
}

/// A whole number with commas between thousands.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1 patient`, `1,204 patients`.
#[must_use]
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// What stands in place of a number of a withheld group.
pub const WITHHELD: &str = "withheld";

/// A whole number, or that it is withheld.
#[must_use]
pub fn count_shown(n: Option<u64>) -> String {
    n.map_or_else(|| WITHHELD.to_owned(), count)
}

/// `1,204 patients`, or `patients withheld`.
#[must_use]
pub fn counted_shown(n: Option<u64>, one: &str, many: &str) -> String {
    n.map_or_else(|| format!("{many} {WITHHELD}"), |n| counted(n, one, many))
}

/// `part` of `whole` in per cent, or that it is withheld.
#[must_use]
pub fn share_shown(part: Option<u64>, whole: Option<u64>) -> String {
    match (part, whole) {
        (Some(part), Some(whole)) => share(part, whole),
        _ => WITHHELD.to_owned(),
    }
}

/// A p-value: three decimals, `< 0.001` below that.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < SMALLEST_SHOWN_P {
        format!("< {SMALLEST_SHOWN_P}")
    } else {
        plain(p, 3)
    }
}

/// A share in per cent with as few decimals as say it (0.95 -> `95%`, 0.975 -> `97.5%`).
#[must_use]
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = (0..=3)
        .find(|&d| {
            plain(value, d)
                .parse::<f64>()
                .is_ok_and(|v| (v - value).abs() < 1e-9)
        })
        .unwrap_or(3);
    format!("{}%", plain(value, digits))
}

/// `part` of `whole` in per cent with one decimal; an en dash when the whole is empty.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        "\u{2013}".to_owned()
    } else {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of samples are far below 2^53"
        )]
        let value = part as f64 / whole as f64 * 100.0;
        format!("{}%", plain(value, 1))
    }
}

/// A share between 0 and 1 in per cent with two decimals.
#[must_use]
pub fn share_of_one(share: f64) -> String {
    format!("{}%", plain(share * 100.0, 2))
}

/// A small difference in scientific notation (`3.1e-7`), zero as `0`.
#[must_use]
pub fn scientific(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if (0.001..10_000.0).contains(&value.abs()) {
        plain(value, 4)
    } else {
        format!("{value:.1e}")
    }
}

/// First twelve characters of a hash, for reading; the whole hash stands in the provenance table.
#[must_use]
pub fn short_hash(hash: &str) -> String {
    hash.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(plain(-0.0001, 3), "0.000");
        assert_eq!(signed(0.0001, 3), "0.000");
        assert_eq!(signed(0.05, 2), "+0.05");
        assert_eq!(number(-0.05, 2), "\u{2212}0.05");
    }

    #[test]
    fn rounding_never_hides_on_which_side_of_the_bound_a_value_lies() {
        assert_eq!(separating_decimals(&[Some(0.8496)], 0.85, 3), 4);
        assert_eq!(separating_decimals(&[Some(0.78), Some(0.69)], 0.85, 2), 2);
        assert_eq!(separating_decimals(&[Some(0.85)], 0.85, 2), 2);
    }

    #[test]
    fn bounds_keep_their_digits() {
        assert_eq!(bound(0.85, "sensitivity"), "0.85");
        assert_eq!(bound(0.825, "sensitivity"), "0.825");
        assert_eq!(bound(-0.05, "sensitivity"), "-0.05");
        assert_eq!(bound(0.0, "decision_flips"), "0");
    }

    #[test]
    fn counts_and_shares() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "patient", "patients"), "1 patient");
        assert_eq!(percent(0.95), "95%");
        assert_eq!(percent(0.975), "97.5%");
        assert_eq!(share(1, 3), "33.3%");
        assert_eq!(share(0, 0), "\u{2013}");
        assert_eq!(p_value(0.000_4), "< 0.001");
        assert_eq!(scientific(3.1e-7), "3.1e-7");
    }
}
