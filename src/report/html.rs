//! The page: templates, style and script put together in one file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};

use super::error::ReportError;
use super::index::Index;
use super::json::results_json;
use super::markup;
use super::presentation::VIEW_MODEL_VERSION;
use super::result::AuditResult;
use super::template_words;
use super::view::{Draft, Extent, Page};

/// Most bytes that the page should have.
const MOST_BYTES: usize = 2_000_000;

/// The embedded templates by name, the style sheet and the script among them.
pub(super) const TEMPLATES: [(&str, &str); 6] = [
    (
        "report.html",
        include_str!("../../reports-templates/report.html"),
    ),
    (
        "banner.html",
        include_str!("../../reports-templates/banner.html"),
    ),
    (
        "blocks.html",
        include_str!("../../reports-templates/blocks.html"),
    ),
    (
        "table.html",
        include_str!("../../reports-templates/table.html"),
    ),
    (
        "report.css",
        include_str!("../../reports-templates/report.css"),
    ),
    (
        "report.js",
        include_str!("../../reports-templates/report.js"),
    ),
];

/// The report as one HTML file that asks for nothing from anywhere.
///
/// Style and script stand in the file and are the only ones its content security policy allows.
/// When it would be larger than 2 MB, values to hover over stand in it as numbers for its script, then
/// curves of crossings are left out, then all but ROC curves and reliability diagrams, then these, and
/// the page says so.
///
/// # Errors
/// When a number is not finite, a figure cannot be drawn, or a template fails.
pub fn html(result: &AuditResult) -> Result<String, ReportError> {
    results_json(result)?;
    let index = Index::new(result);
    let mut draft = Draft::new(&index)?;
    let mut steps = Extent::steps(result.curves.len()).iter().peekable();
    let mut text = String::new();
    while let Some(extent) = steps.next() {
        let page = draft.page(*extent)?;
        // Filling in the templates is what takes the time, so that a page that would be too large is
        // told by its content.
        if steps.peek().is_some() && page.weight() > MOST_BYTES {
            continue;
        }
        text = render(&index, page)?;
        if text.len() <= MOST_BYTES {
            return Ok(text);
        }
    }
    tracing::warn!(
        "the report is {:.1} MB, more than the 2 MB that mail and viewers take well: choose fewer strata, \
         crossings or metrics",
        text.len() as f64 / 1e6
    );
    Ok(text)
}

fn render(index: &Index<'_>, page: Page<'_>) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    let presentation = index.result.presentation.clone().unwrap_or_default();
    let own = &presentation.templates;
    for (name, source) in TEMPLATES {
        if name.ends_with(".html") && !own.contains_key(name) {
            environment.add_template(name, source)?;
        }
    }
    for (name, source) in own.iter().filter(|(name, _)| name.ends_with(".html")) {
        environment.add_template_owned(name.clone(), source.clone())?;
    }
    let text_of = |name: &str| -> String {
        let embedded = TEMPLATES.iter().find(|(known, _)| *known == name);
        own.get(name)
            .cloned()
            .unwrap_or_else(|| embedded.map_or("", |(_, text)| text).to_owned())
    };
    let (mut style, script) = (text_of("report.css"), text_of("report.js"));
    let words = &index.words;
    template_words::add(&mut environment, words);
    let script_words = template_words::of_script(&script, words);
    if words.language().is_some() {
        style.push_str(&template_words::page_margins(words));
    }
    let page = Value::from(Serde(page));
    let has_images = !index.result.contact_sheets.is_empty() || presentation.logo.is_some();
    let mut text = environment.get_template("report.html")?.render(context! {
        page,
        view_version => VIEW_MODEL_VERSION,
        has_images,
        style_hash => hash(&style),
        script_hash => hash(&script),
        style,
        script,
        script_words,
    })?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(markup::into_elements(text))
}

/// Source expression of a content security policy for an inline style or script.
fn hash(content: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(content.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{anchor, example};
    use super::*;

    fn ids(html: &str) -> Vec<&str> {
        html.split(" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect()
    }

    fn all() -> [AuditResult; 5] {
        [
            example::chest(),
            example::many_strata(),
            example::nothing_estimable(),
            example::bare(),
            example::two_endpoints(),
        ]
    }

    #[test]
    fn every_estimate_comparison_and_check_has_its_anchor_once() {
        for result in all() {
            let html = html(&result).unwrap();
            let found = ids(&html);
            let unique: BTreeSet<&str> = found.iter().copied().collect();
            assert_eq!(unique.len(), found.len(), "an id occurs twice");
            for e in &result.estimates {
                assert!(unique.contains(anchor::of_estimate(e).as_str()), "{}", e.id);
            }
            for c in &result.comparisons {
                assert!(
                    unique.contains(anchor::of_comparison(c).as_str()),
                    "{}",
                    c.id
                );
            }
            for c in &result.checks {
                assert!(unique.contains(anchor::of_check(c).as_str()), "{}", c.id);
            }
            for target in html
                .split(" href=\"#")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap())
            {
                assert!(unique.contains(target), "link to nowhere: #{target}");
            }
        }
    }

    /// A figure of curves is read without its text, and its numbers stand below it.
    #[test]
    fn curves_name_their_axes_and_have_tables() {
        let page = html(&example::chest()).unwrap();
        let svg = |id: &str| {
            let start = page
                .find(&format!("<svg id=\"{id}"))
                .or_else(|| page.find(&format!("id=\"{id}")));
            let rest = &page[start.unwrap()..];
            &rest[..rest.find("</svg>").unwrap()]
        };
        for (figure, name) in [
            ("roc.", ">Sensitivity<"),
            (
                "precision-recall.",
                ">Precision (positive predictive value)<",
            ),
            ("thresholds.", ">Sensitivity (dashed: specificity)<"),
            ("reliability.", ">Observed share<"),
        ] {
            assert!(svg(figure).contains(name), "{figure}: {}", svg(figure));
        }
        let section = &page[page.find("id=\"precision-recall\"").unwrap()..];
        let section = &section[..section.find("</section>").unwrap()];
        assert!(section.contains("<summary><span>Precision and recall at the threshold</span>"));
        assert!(section.contains("precision_recall.csv"));
        assert!(page.contains("<a href=\"#auroc.overall.all\">To the table</a>"));
    }

    #[test]
    fn nothing_is_asked_for_from_elsewhere() {
        for result in all() {
            let html = html(&result).unwrap();
            for attribute in [
                "src=",
                "srcset=",
                "url(",
                "@import",
                "<link",
                "<iframe",
                "<img",
                "http-equiv=\"refresh",
                "xlink",
            ] {
                assert!(!html.contains(attribute), "{attribute}");
            }
            for (i, _) in html.match_indices("http") {
                let around = &html[i..(i + 12).min(html.len())];
                assert!(
                    !around.starts_with("http://") && !around.starts_with("https://"),
                    "{around}"
                );
            }
            assert!(
                !html.contains(" style="),
                "inline styles are barred by the policy"
            );
            assert!(
                !html.contains(" onclick="),
                "inline handlers are barred by the policy"
            );
            assert!(html.len() <= MOST_BYTES);
        }
    }

    #[test]
    fn policy_hashes_are_those_of_the_style_and_script_in_the_file() {
        let html = html(&example::chest()).unwrap();
        let between = |from: &str, to: &str| {
            let start = html.find(from).unwrap() + from.len();
            html[start..start + html[start..].find(to).unwrap()].to_owned()
        };
        assert!(html.contains("default-src 'none'"));
        assert!(html.contains(&format!(
            "style-src '{}'",
            hash(&between("<style>", "</style>"))
        )));
        assert!(html.contains(&format!(
            "script-src '{}'",
            hash(&between("<script>", "</script>"))
        )));
    }

    #[test]
    fn markup_in_names_is_text_and_no_number_is_nan() {
        let html = html(&example::many_strata()).unwrap();
        assert!(!html.contains("<script>alert"));
        for result in all() {
            let html = super::html(&result).unwrap();
            assert!(!html.contains("NaN") && !html.contains(">inf<") && !html.contains(">null<"));
        }
    }

    #[test]
    fn the_same_result_gives_the_same_bytes() {
        let result = example::chest();
        assert_eq!(html(&result).unwrap(), html(&result.clone()).unwrap());
    }

    #[test]
    fn every_planned_section_is_there_or_says_why_not() {
        for result in all() {
            let html = html(&result).unwrap();
            for id in [
                "plan",
                "clinician",
                "acceptance",
                "waivers",
                "groups",
                "gaps",
                "case-mix",
                "intersections",
                "robustness",
                "failures-as-errors",
                "metrics",
                "calibration",
                "roc",
                "scores",
                "thresholds",
                "reruns",
                "flow",
                "representativeness",
                "withheld",
                "methods",
                "limitations",
                "findings",
                "provenance",
                "glossary",
            ] {
                assert!(html.contains(&format!("<section id=\"{id}\"")), "{id}");
            }
        }
        let bare = html(&example::bare()).unwrap();
        assert!(bare.contains("Not run because the scores were read from a file"));
        assert!(bare.contains("no gate section"));
    }

    #[test]
    fn discrimination_and_calibration_of_groups_stay_longest() {
        let mut result = example::chest();
        let curve = result
            .curves
            .iter()
            .find(|c| c.attribute == "site")
            .unwrap()
            .clone();
        for i in 0..135 {
            let mut more = curve.clone();
            more.level = format!("more {i}");
            result.curves.push(more);
        }
        let html = html(&result).unwrap();
        assert!(html.len() <= MOST_BYTES, "{}", html.len());
        for (kind, there) in [("roc", true), ("reliability", true), ("scores", false)] {
            let id = format!("id=\"{kind}.effusion.site.more%20134-t\"");
            assert_eq!(html.contains(&id), there, "{kind}");
        }
        assert!(html.contains("further groups are not drawn"));
    }

    #[test]
    fn curves_give_way_before_the_page_grows_too_large() {
        let mut result = example::chest();
        let curve = result
            .curves
            .iter()
            .find(|c| c.attribute == "sex*site")
            .unwrap()
            .clone();
        for i in 0..260 {
            let mut more = curve.clone();
            more.level = format!("F*site {i}");
            result.curves.push(more);
        }
        let html = html(&result).unwrap();
        assert!(html.len() <= MOST_BYTES);
        assert!(html.contains("further groups are not drawn"));
    }
}
