//! Words of figures have the room that they need, in English and in a language with longer words.

use super::super::presentation::ChosenLanguage;
use super::super::result::AuditResult;
use super::super::{example, html};
use super::text::width;

/// The value of an attribute of an element.
fn value<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

/// Texts that leave their figure, or are cut.
fn misplaced(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for figure in page.split("<svg").skip(1) {
        let figure = figure.split("</svg>").next().unwrap();
        let number = |text: &str| text.parse::<f64>().unwrap();
        let size: Vec<f64> = value(figure, "viewBox")
            .unwrap()
            .split(' ')
            .map(number)
            .collect();
        for text in figure.split("<text").skip(1) {
            let (tag, rest) = text.split_once('>').unwrap();
            let said = rest.split('<').next().unwrap();
            let said = said
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
            let (x, y) = (
                number(value(tag, "x").unwrap()),
                number(value(tag, "y").unwrap()),
            );
            let long = width(&said, value(tag, "font-size").map_or(12.0, number));
            let from = match value(tag, "text-anchor") {
                Some("middle") => x - long / 2.0,
                Some("end") => x - long,
                _ => x,
            };
            let inside = from > -1.0 && from + long < size[2] + 1.0 && y > 0.0 && y < size[3];
            if !inside || said.ends_with('\u{2026}') {
                found.push(said);
            }
        }
    }
    found
}

fn german(mut result: AuditResult) -> AuditResult {
    result.presentation.get_or_insert_default().language = Some(ChosenLanguage {
        name: "de".to_owned(),
        text: None,
    });
    result
}

#[test]
fn no_word_leaves_its_figure_or_is_cut() {
    for mut result in [
        example::chest(),
        example::two_endpoints(),
        example::tasks_only(),
        example::nothing_estimable(),
    ] {
        // Every mark in one figure, and a long reason where a number would stand.
        for (place, check) in result.checks.iter_mut().enumerate() {
            use crate::gate::Verdict::{Fail, Inconclusive, Pass};
            check.verdict = [Pass, Fail, Inconclusive][place % 3];
        }
        if let Some(one) = result.estimates.iter_mut().find(|e| e.attribute == "site") {
            (one.status, one.estimate) = (crate::assessment::EstimateStatus::NotEstimable, None);
            one.reason = Some(
                "patients with the rarer outcome: 1; positives and negatives from at least 10 patients each are needed for limits"
                    .to_owned(),
            );
        }
        for page in [
            html(&result).unwrap(),
            html(&german(result.clone())).unwrap(),
        ] {
            assert!(page.matches("<text").count() > 200);
            let misplaced = misplaced(&page);
            assert!(misplaced.is_empty(), "{misplaced:#?}");
        }
    }
}
