//! What the model was fed, input by input.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One input of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInputSummary {
    /// Name in the graph.
    pub name: String,
    /// Element type: `f32`, `u8`, ...
    pub dtype: String,
    /// Order of axes of images; null for columns.
    pub layout: Option<String>,
    /// Which image of an exam; null where a sample has one image.
    pub view: Option<String>,
    /// Columns with the paths of its images, which become its channels in this order; empty where the
    /// cohort's column of images is meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// What every number of a missing image is; null where such samples get no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<f64>,
    /// Columns of the table in the order of the input's numbers; empty for images.
    pub columns: Vec<InputColumnSummary>,
}

/// One column that is fed: (value - offset) * scale, or a number for each level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputColumnSummary {
    /// Its name in the table.
    pub column: String,
    /// Taken off a number first; null for levels.
    pub offset: Option<f64>,
    /// What a number is then multiplied by; null for levels.
    pub scale: Option<f64>,
    /// The number of each level; empty for numbers.
    pub levels: Vec<LevelNumber>,
    /// The number of every other level; null where another level is refused.
    pub other: Option<f64>,
    /// The number where the value is missing; null where such samples get no score.
    pub missing: Option<f64>,
}

/// A level and its number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LevelNumber {
    /// The level.
    pub level: String,
    /// What the model is fed.
    pub number: f64,
}

impl ModelInputSummary {
    /// One line for images, one for each column otherwise.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines_with(&str::to_owned)
    }

    /// The same, with `own` asked how a name of the audit's own is written.
    pub(super) fn lines_with(&self, own: &dyn Fn(&str) -> String) -> Vec<String> {
        let name = own(&self.name);
        if let Some(layout) = &self.layout {
            let what = match (&self.view, self.images.as_slice()) {
                (Some(view), _) => {
                    let view = own(view);
                    format!("images of view {view}")
                }
                (None, []) => "images".to_owned(),
                (None, [one]) => format!("images of column {}", own(one)),
                (None, several) => format!(
                    "images of columns {} as channels in this order",
                    several
                        .iter()
                        .map(|one| own(one))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            let missing = match self.missing {
                Some(number) => format!(", {number} where missing"),
                None => String::new(),
            };
            return vec![format!("{name}: {what}, {layout} {}{missing}", self.dtype)];
        }
        let several = self.columns.len() > 1;
        self.columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let place = if several {
                    format!("[{place}]")
                } else {
                    String::new()
                };
                format!("{name}{place}: {} ({})", column.text(own), self.dtype)
            })
            .collect()
    }
}

impl InputColumnSummary {
    fn text(&self, own: &dyn Fn(&str) -> String) -> String {
        let column = own(&self.column);
        let value = match (self.offset, self.scale) {
            (Some(offset), Some(scale)) => {
                let shifted = if offset == 0.0 {
                    column.clone()
                } else {
                    format!("({column} - {offset})")
                };
                if scale == 1.0 {
                    shifted
                } else {
                    format!("{shifted} * {scale}")
                }
            }
            _ => {
                let levels = self.levels.iter();
                let levels: Vec<String> = levels
                    .map(|one| format!("{} where {column} is {}", one.number, own(&one.level)))
                    .collect();
                levels.join(", ")
            }
        };
        let other = self.other.map_or(String::new(), |number| {
            format!(", {number} for other levels")
        });
        let missing = match self.missing {
            Some(number) => format!(", {number} where missing"),
            None => ", no score where missing".to_owned(),
        };
        format!("{value}{other}{missing}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column() -> InputColumnSummary {
        InputColumnSummary {
            column: "age".to_owned(),
            offset: Some(50.0),
            scale: Some(0.01),
            levels: Vec::new(),
            other: None,
            missing: Some(0.52),
        }
    }

    #[test]
    fn columns_are_told_with_their_scaling_and_levels() {
        let level = |level: &str, number| LevelNumber {
            level: level.to_owned(),
            number,
        };
        let sex = InputColumnSummary {
            column: "sex".to_owned(),
            offset: None,
            scale: None,
            levels: vec![level("male", 1.0), level("female", 0.0)],
            other: Some(0.5),
            missing: None,
        };
        let input = ModelInputSummary {
            name: "tabular".to_owned(),
            dtype: "f32".to_owned(),
            layout: None,
            view: None,
            images: Vec::new(),
            missing: None,
            columns: vec![column(), sex],
        };
        assert_eq!(
            input.lines(),
            [
                "tabular[0]: (age - 50) * 0.01, 0.52 where missing (f32)",
                "tabular[1]: 1 where sex is male, 0 where sex is female, 0.5 for other levels, no score where missing (f32)",
            ]
        );
    }
}
