//! From columns of the table to the tensor of numbers that a graph asks for.

use half::f16;

use crate::cohort::{Cohort, InputColumn, named_rows};
use crate::config::{Diagnostic, NumberType, Span, TableFeed};
use crate::engine::{Dimension, ElementType, Port, Tensor, TensorData};
use crate::tables::row_index;

use super::batch::as_declared;

/// How columns are laid into one input: `[N]`, `[N, 1]` or `[N, k]`.
#[derive(Debug, Clone)]
pub struct TableLayout {
    /// Name of the input in the graph.
    pub input: String,
    /// Element type.
    pub dtype: NumberType,
    /// Place of the first column among the cohort's.
    first: usize,
    /// Number of columns.
    width: usize,
    /// Whether the input has the batch's axis alone.
    flat: bool,
    /// Batch size that the graph fixes; `None`: any.
    pub fixed_batch: Option<usize>,
    span: Span,
}

impl TableLayout {
    /// Checks declared columns against an input's signature. `first`: place of the first of them
    /// among the cohort's columns.
    ///
    /// # Errors
    /// Another number of columns than the graph takes, a shape that is none of `[N]`, `[N, 1]`
    /// and `[N, k]`, or another element type.
    pub(super) fn new(
        port: &Port,
        feed: &TableFeed,
        first: usize,
        span: Span,
    ) -> Result<Self, Vec<Diagnostic>> {
        let width = feed.columns.len();
        let refused = |code, message: String| Diagnostic::error(code, message).at(span);
        let dtype =
            element(port, feed.dtype).map_err(|message| vec![refused("input-dtype", message)])?;
        let shape = port
            .shape
            .clone()
            .unwrap_or_else(|| vec![Dimension::Dynamic(None); 2]);
        let takes = match shape.as_slice() {
            [_] => Some(1),
            [_, Dimension::Fixed(numbers)] => Some(*numbers),
            [_, Dimension::Dynamic(_)] => None,
            _ => {
                let message = format!(
                    "input \"{}\" has the shape {}, expected [N], [N, 1] or [N, k] for numbers of the table",
                    port.name,
                    port.shape_text()
                );
                let help = "an input with more axes takes images: leave `column` and `columns` out";
                return Err(vec![refused("input-shape", message).help(help)]);
            }
        };
        if let Some(takes) = takes.filter(|takes| *takes != width) {
            let message = format!(
                "input \"{}\" takes {takes} number(s) a sample ({}), and the audit file gives {width}",
                port.name,
                port.shape_text()
            );
            let help = "`columns` lists the numbers in the model's order, one column each";
            return Err(vec![refused("input-shape", message).help(help)]);
        }
        Ok(Self {
            input: port.name.clone(),
            dtype,
            first,
            width,
            flat: shape.len() == 1,
            fixed_batch: match shape.first() {
                Some(Dimension::Fixed(size)) => Some(*size),
                _ => None,
            },
            span,
        })
    }

    fn columns<'a>(&self, cohort: &'a Cohort) -> &'a [InputColumn] {
        let end = self.first + self.width;
        cohort.inputs.get(self.first..end).unwrap_or_default()
    }

    /// Why a sample cannot be fed: the first of its columns without a value.
    pub(super) fn lacks<'a>(&self, cohort: &'a Cohort, sample: usize) -> Option<&'a str> {
        self.columns(cohort)
            .iter()
            .find(|column| column.values[sample].is_none())
            .map(|column| column.column.as_str())
    }

    /// Columns whose numbers the element type cannot hold.
    pub(super) fn check(&self, cohort: &Cohort, file: &str) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for column in self.columns(cohort) {
            let unfit = |value: f64| !fits(value, self.dtype);
            let values = || column.values.iter().enumerate();
            let mut rows: Vec<usize> = values()
                .filter(|(_, value)| value.is_some_and(unfit))
                .map(|(sample, _)| row_index(cohort.rows[sample]))
                .collect();
            let Some(value) = values().find_map(|(_, value)| value.filter(|value| unfit(*value)))
            else {
                continue;
            };
            rows.sort_unstable();
            let message = format!(
                "{file} {}: {} becomes {value} after scaling, and input \"{}\" takes {}",
                named_rows(&rows),
                column.column,
                self.input,
                expected(self.dtype)
            );
            found.push(
                Diagnostic::error("input-number", message)
                    .at(self.span)
                    .help("correct the scaling, or give the column a `map` to such numbers"),
            );
        }
        found
    }

    /// Numbers of some samples, in a batch of `size` (at least as many; the rest is zero). Rounded
    /// once, to nearest, from double precision.
    ///
    /// # Errors
    /// A sentence where a sample has no number, or one that the element type cannot hold.
    pub(super) fn tensor(
        &self,
        cohort: &Cohort,
        samples: &[usize],
        size: usize,
    ) -> Result<Tensor, String> {
        let columns = self.columns(cohort);
        let mut numbers = vec![0.0; size * self.width];
        for (sample, place) in samples.iter().zip(numbers.chunks_exact_mut(self.width)) {
            for (column, number) in columns.iter().zip(place) {
                let value = column.values[*sample].filter(|value| fits(*value, self.dtype));
                *number = value.ok_or_else(|| {
                    format!(
                        "{} of a sample is no number for input \"{}\"",
                        column.column, self.input
                    )
                })?;
            }
        }
        let shape = if self.flat {
            vec![size]
        } else {
            vec![size, self.width]
        };
        Ok(Tensor {
            shape,
            data: of_type(numbers, self.dtype),
        })
    }
}

fn element(port: &Port, declared: Option<NumberType>) -> Result<NumberType, String> {
    let found = match port.element {
        ElementType::F32 => NumberType::F32,
        ElementType::F16 => NumberType::F16,
        ElementType::F64 => NumberType::F64,
        ElementType::I64 => NumberType::I64,
        ElementType::I32 => NumberType::I32,
        ElementType::U8 => NumberType::U8,
        ElementType::Bool => NumberType::Bool,
        other => {
            return Err(format!(
                "input \"{}\" takes {other}, expected f32, f16, f64, i64, i32, u8 or bool for numbers of the table",
                port.name
            ));
        }
    };
    as_declared(port, found, declared, NumberType::word)
}

fn expected(dtype: NumberType) -> &'static str {
    match dtype {
        NumberType::F32 => "f32, which ends near 3.4e38",
        NumberType::F16 => "f16, which ends at 65504",
        NumberType::F64 => "finite numbers",
        NumberType::I64 | NumberType::I32 => "whole numbers",
        NumberType::U8 => "whole numbers from 0 to 255",
        NumberType::Bool => "0 (false) and 1 (true)",
    }
}

/// Whether the type holds a number: floats may round it, integers may not.
fn fits(value: f64, dtype: NumberType) -> bool {
    let whole =
        |least: f64, largest: f64| value.fract() == 0.0 && (least..=largest).contains(&value);
    // Beyond 2^53 a double is whole by rounding, so that the number meant is not known.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match dtype {
        NumberType::F32 => (value as f32).is_finite(),
        NumberType::F16 => f16::from_f64(value).is_finite(),
        NumberType::F64 => value.is_finite(),
        NumberType::I64 => whole(-EXACT, EXACT),
        NumberType::I32 => whole(f64::from(i32::MIN), f64::from(i32::MAX)),
        NumberType::U8 => whole(0.0, f64::from(u8::MAX)),
        NumberType::Bool => value == 0.0 || value == 1.0,
    }
}

/// Numbers that [`fits`] lets through.
fn of_type(numbers: Vec<f64>, dtype: NumberType) -> TensorData {
    match dtype {
        NumberType::F32 => TensorData::F32(numbers.iter().map(|x| *x as f32).collect()),
        NumberType::F16 => TensorData::F16(numbers.iter().map(|x| f16::from_f64(*x)).collect()),
        NumberType::F64 => TensorData::F64(numbers),
        NumberType::I64 => TensorData::I64(numbers.iter().map(|x| *x as i64).collect()),
        NumberType::I32 => TensorData::I32(numbers.iter().map(|x| *x as i32).collect()),
        NumberType::U8 => TensorData::U8(numbers.iter().map(|x| *x as u8).collect()),
        NumberType::Bool => TensorData::Bool(numbers.iter().map(|x| *x == 1.0).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_takes_only_what_it_can_hold() {
        use NumberType::{Bool, F16, F32, F64, I32, I64, U8};
        for (value, takes, refuses) in [
            (0.35, &[F32, F16, F64][..], &[I64, I32, U8, Bool][..]),
            (1.0, &[F32, F64, I64, I32, U8, Bool], &[]),
            (-3.0, &[F32, I64, I32], &[U8, Bool]),
            (1e5, &[F32, I64, I32], &[F16, U8]),
            (1e39, &[F64], &[F32, F16, I64]),
            (f64::NAN, &[], &[F32, F16, F64, I64, I32, U8, Bool]),
        ] {
            assert!(takes.iter().all(|dtype| fits(value, *dtype)), "{value}");
            assert!(!refuses.iter().any(|dtype| fits(value, *dtype)), "{value}");
        }
        assert_eq!(
            of_type(vec![0.0, 1.0], Bool),
            TensorData::Bool(vec![false, true])
        );
        assert_eq!(of_type(vec![-2.0], I64), TensorData::I64(vec![-2]));
        assert_eq!(of_type(vec![0.35], F32), TensorData::F32(vec![0.35_f32]));
    }
}
