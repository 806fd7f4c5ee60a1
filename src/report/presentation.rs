//! How a team wants its page to look: templates of its own, a logo, and who signs.
//!
//! All of it is kept in the result, so that `report DIR` makes the same page from `results.json` alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::ReportError;
use super::html::TEMPLATES;
use super::language::{Language, LanguageError, built_in};

/// Version of the view model that templates are written for (docs/report-templates.md).
pub const VIEW_MODEL_VERSION: u32 = 1;

/// Most bytes of a logo: it counts towards the size of the page.
pub const MOST_LOGO_BYTES: usize = 200_000;

/// Who signs where the audit file does not say.
const SIGNERS: [&str; 3] = ["Prepared by", "Reviewed by", "Approved by"];

/// What the audit file's `report` section asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presentation {
    /// Templates that stand in for the embedded ones of the same name, and more that these include.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, String>,
    /// Picture at the top of the page.
    #[serde(default)]
    pub logo: Option<Logo>,
    /// Lines of the sign-off block, in order; null for the usual three.
    #[serde(default)]
    pub sign_off: Option<Vec<String>>,
    /// Language of the page; absent for English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<ChosenLanguage>,
}

/// The language that a page is asked for in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChosenLanguage {
    /// A built-in language (`de`), or the name of the team's own language file without folders.
    pub name: String,
    /// The text of that file; absent for a built-in language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl ChosenLanguage {
    /// Reads it.
    ///
    /// # Errors
    /// The first mistake of a language file with its line; a name that is not built in.
    pub fn read(&self) -> Result<Arc<Language>, LanguageError> {
        match &self.text {
            Some(text) => Language::read(&self.name, text).map(Arc::new),
            None => built_in(&self.name).ok_or_else(|| LanguageError {
                name: self.name.clone(),
                line: 1,
                message: "this is no built-in language".to_owned(),
            }),
        }
    }
}

impl Presentation {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Lines of the sign-off block.
    pub(super) fn signers(&self) -> Vec<String> {
        self.sign_off
            .clone()
            .unwrap_or_else(|| SIGNERS.map(str::to_owned).into())
    }
}

/// A picture that the page carries in itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Logo {
    /// `image/png`, `image/jpeg` or `image/svg+xml`.
    pub media_type: String,
    /// The file's bytes in base64.
    pub base64: String,
}

impl Logo {
    /// From a file's bytes; the kind is told from the bytes, not from the name.
    ///
    /// # Errors
    /// Why these bytes are no logo.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST_LOGO_BYTES {
            return Err(format!(
                "has {} bytes, expected at most {MOST_LOGO_BYTES}",
                bytes.len()
            ));
        }
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
        let media_type = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            "image/png"
        } else if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
            "image/jpeg"
        } else if text.contains("<svg") {
            "image/svg+xml"
        } else {
            return Err("is neither PNG, JPEG nor SVG".to_owned());
        };
        Ok(Self {
            media_type: media_type.to_owned(),
            base64: STANDARD.encode(bytes),
        })
    }
}

/// Whether a name is one that a templates folder may hold: an embedded one, or any `.html` to include.
#[must_use]
pub fn is_template_name(name: &str) -> bool {
    name.ends_with(".html") || TEMPLATES.iter().any(|(known, _)| *known == name)
}

/// Names of the embedded templates, in order.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// Fills the templates in for a result without numbers, so that a mistake in one of them is told
/// before a model runs and not after.
///
/// # Errors
/// The template, its line, and what is wrong in it.
pub fn check_templates(presentation: &Presentation) -> Result<(), ReportError> {
    let mut trial = super::result::AuditResult::without_numbers();
    trial.presentation = Some(presentation.clone());
    super::html::html(&trial).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::super::{example, html};
    use super::*;

    fn with(name: &str, text: &str) -> Presentation {
        Presentation {
            templates: [(name.to_owned(), text.to_owned())].into(),
            ..Presentation::default()
        }
    }

    #[test]
    fn a_template_of_the_same_name_stands_in_and_may_use_the_embedded_ones() {
        let mut result = example::chest();
        result.presentation = Some(with(
            "report.html",
            "{% for s in page.sections %}<h2>{{ s.title }}</h2>{% endfor %}{% include 'banner.html' %}",
        ));
        let page = html(&result).unwrap();
        assert!(page.starts_with("<h2>What was planned"));
        assert!(page.contains("class=\"banner fail\""));
        assert!(!page.contains("<!doctype"));
    }

    #[test]
    fn style_and_script_of_ones_own_have_their_own_hashes() {
        let mut result = example::chest();
        result.presentation = Some(with("report.css", "body { color: teal }"));
        let page = html(&result).unwrap();
        assert!(page.contains("<style>body { color: teal }</style>"));
        let usual = html(&example::chest()).unwrap();
        let policy = |page: &str| page.split("style-src").nth(1).unwrap()[..50].to_owned();
        assert_ne!(policy(&page), policy(&usual));
    }

    #[test]
    fn mistakes_are_told_with_template_and_line_before_any_number_is_there() {
        let missing = check_templates(&with("banner.html", "<p>\n{{ page.banner.verdikt }}</p>"));
        let message = missing.unwrap_err().to_string();
        assert!(message.contains("banner.html line 2"), "{message}");
        assert!(message.contains("undefined"), "{message}");
        let syntax = check_templates(&with("table.html", "{% for x in %}"));
        assert!(
            syntax
                .unwrap_err()
                .to_string()
                .contains("table.html line 1")
        );
        check_templates(&Presentation::default()).unwrap();
    }

    #[test]
    fn a_logo_and_signers_reach_the_page() {
        let mut result = example::chest();
        let logo = Logo::new(b"\x89PNG\r\n\x1a\n....").unwrap();
        result.presentation = Some(Presentation {
            logo: Some(logo),
            sign_off: Some(vec!["Head of <radiology>".to_owned()]),
            ..Presentation::default()
        });
        let page = html(&result).unwrap();
        assert!(page.contains("src=\"data:image/png;base64,iVBORw0KGgo"));
        assert!(page.contains("img-src data:"));
        assert!(page.contains("Head of &lt;radiology&gt;") && !page.contains("Prepared by"));
        assert!(Logo::new(b"GIF89a").unwrap_err().contains("neither PNG"));
        assert!(
            Logo::new(&vec![0; MOST_LOGO_BYTES + 1])
                .unwrap_err()
                .contains("at most")
        );
    }

    /// Every key of the view model as dotted paths; lists are told by `[]`.
    fn paths(
        value: &serde_json::Value,
        prefix: &str,
        found: &mut std::collections::BTreeSet<String>,
    ) {
        match value {
            serde_json::Value::Object(entries) => {
                for (key, value) in entries {
                    found.insert(key.clone());
                    paths(value, &format!("{prefix}.{key}"), found);
                }
            }
            serde_json::Value::Array(items) => {
                for item in items {
                    paths(item, prefix, found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_name_of_the_view_model_is_documented() {
        let docs = std::fs::read_to_string(
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report-templates.md"),
        )
        .unwrap();
        assert!(docs.contains(&format!("view model {VIEW_MODEL_VERSION}")));
        for name in template_names() {
            assert!(docs.contains(&format!("`{name}`")), "{name}");
        }
        let mut names = std::collections::BTreeSet::new();
        for result in [example::chest(), example::two_endpoints(), example::bare()] {
            let index = super::super::index::Index::new(&result);
            let mut draft = super::super::view::Draft::new(&index).unwrap();
            let page = draft.page(super::super::view::Extent::steps(0)[0]).unwrap();
            paths(&serde_json::to_value(page).unwrap(), "page", &mut names);
        }
        assert!(names.len() > 30);
        for name in names {
            assert!(
                docs.contains(&format!("`{name}`")),
                "docs/report-templates.md lacks `{name}`"
            );
        }
    }
}
