//! Contact sheets, and the page that `check --preview` writes of them.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::ReportError;
use super::words;

/// A few preprocessed images of one level, side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContactSheet {
    /// Attribute, `overall` without any.
    pub attribute: String,
    /// Level.
    pub level: String,
    /// Input of the model; null where there is one of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Images.
    pub images: u64,
    /// Value that is drawn black, the same for all sheets of an input.
    pub low: f64,
    /// Value that is drawn white.
    pub high: f64,
    /// Columns of the picture.
    pub width: u64,
    /// Its rows.
    pub height: u64,
    /// The picture: a PNG file in base64.
    pub png: String,
}

/// One sheet as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct ShownSheet {
    caption: String,
    alternative: String,
    width: u64,
    height: u64,
    png: String,
}

impl ShownSheet {
    /// `own` says how names of the audit's own are written.
    pub(super) fn new(sheet: &ContactSheet, own: &dyn Fn(&str) -> String) -> Self {
        let group = words::group_with(&sheet.attribute, &sheet.level, own);
        let (of_input, begin) = match &sheet.input {
            Some(input) => {
                let input = own(input);
                (format!(" for input {input}"), format!("{input}: "))
            }
            None => (String::new(), String::new()),
        };
        Self {
            alternative: format!("{} preprocessed images of {group}{of_input}", sheet.images),
            caption: format!("{begin}{group}"),
            width: sheet.width,
            height: sheet.height,
            png: sheet.png.clone(),
        }
    }
}

impl ShownSheet {
    /// About how many bytes it has in the page.
    pub(super) fn weight(&self) -> usize {
        self.png.len() + 2 * self.alternative.len() + self.caption.len() + 200
    }

    /// What is said of the picture.
    pub(super) fn texts(&mut self) -> [&mut String; 2] {
        [&mut self.caption, &mut self.alternative]
    }
}

/// How the pictures are to be read.
pub(super) fn reading(sheets: &[ContactSheet], own: &dyn Fn(&str) -> String) -> String {
    let mut tones: Vec<String> = Vec::new();
    for sheet in sheets {
        let of_input = match &sheet.input {
            Some(input) => {
                let input = own(input);
                format!(" of input {input}")
            }
            None => String::new(),
        };
        let tone = format!(
            "{:.3} is drawn black and {:.3} white in every picture{of_input}",
            sheet.low, sheet.high
        );
        if !tones.contains(&tone) {
            tones.push(tone);
        }
    }
    format!(
        "Images after preprocessing, as they entered the model, chosen by the hash of their ids and scaled down. {}, so that a darker group \
         looks darker. Three channels are drawn as red, green and blue in the order in which the model gets them.",
        tones.join("; ")
    )
}

/// A page of contact sheets that asks for nothing from anywhere.
///
/// # Errors
/// When the template fails.
pub fn preview_html(title: &str, sheets: &[ContactSheet]) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template(
        "preview.html",
        include_str!("../../reports-templates/preview.html"),
    )?;
    let own = str::to_owned;
    let shown = sheets.iter().map(|sheet| ShownSheet::new(sheet, &own));
    let shown: Vec<ShownSheet> = shown.collect();
    let text = environment.get_template("preview.html")?.render(context! {
        title,
        reading => reading(sheets, &own),
        sheets => Value::from(Serde(shown)),
    })?;
    Ok(text + "\n")
}
