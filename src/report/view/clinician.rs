//! One page for the clinician: what to expect of 1,000 patients, where the model does worst, and
//! what there are not enough data to say. Counts instead of rates, and no p-value.

use crate::gate::AuditVerdict;

use super::super::index::Index;
use super::super::result::EndpointSummary;
use super::super::{format, names};
use super::block::Section;
use super::clinician_groups::{unknown, worst};
use super::clinician_rate::Rate;
use super::clinician_tasks;
use super::strata::endpoints;

/// What the data may be too few to say of a binary endpoint.
const QUESTIONS: [(&str, &str); 2] = [
    ("sensitivity", "how many positives the model misses"),
    ("specificity", "how many false alarms it raises"),
];

/// The clinician's page.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("clinician", "For the clinician: what to expect");
    if index.result.verdict == AuditVerdict::Error {
        section.say(
            "The numbers of this audit cannot be trusted, for the reason in the box at the top. They are shown for whoever looks for the \
             cause, and nothing about patients follows from them.",
        );
    }
    let endpoints = endpoints(index);
    for endpoint in &endpoints {
        if endpoints.len() > 1 {
            section.heading(names::name(endpoint));
        }
        of_endpoint(index, endpoint, &mut section);
    }
    for task in &index.result.methods.tasks {
        clinician_tasks::of_task(index, task, &mut section);
    }
    if endpoints.is_empty() && index.result.methods.tasks.is_empty() {
        section.absent("Not computed because the audit has no endpoint.");
    }
    section
}

fn of_endpoint(index: &Index<'_>, endpoint: &str, section: &mut Section) {
    let whole = |metric: &str| Rate::of(index.estimate(endpoint, metric, "overall", "all")?);
    let (sensitivity, specificity) = (whole("sensitivity"), whole("specificity"));
    if sensitivity.is_none() && specificity.is_none() {
        section.absent(
            "Not computed because neither sensitivity nor specificity could be estimated in the whole cohort; the tables say why.",
        );
    } else {
        let share = positives(index, endpoint);
        section.say(expectation(
            index,
            endpoint,
            &share,
            sensitivity.as_ref(),
            specificity.as_ref(),
        ));
        if let Some(text) = optimism(index, endpoint) {
            section.say(text);
        }
    }
    for (metric, wrong) in [
        ("sensitivity", "misses most"),
        ("specificity", "raises most false alarms"),
    ] {
        if let Some(text) = worst(index, endpoint, metric, wrong) {
            section.say(text);
        }
    }
    unknown(index, endpoint, &QUESTIONS, section);
}

/// Where the share of positives among 1,000 patients comes from.
enum Share {
    /// The cohort's own.
    Cohort(f64),
    /// Declared in the audit file.
    Declared(f64),
    /// Cases were chosen by outcome, or no number is there.
    Unknown,
}

fn declared<'a>(index: &Index<'a>, endpoint: &str) -> Option<&'a EndpointSummary> {
    let mut all = index.result.methods.endpoints.iter();
    all.find(|one| one.name == endpoint)
}

fn positives(index: &Index<'_>, endpoint: &str) -> Share {
    if let Some(share) = declared(index, endpoint).and_then(|one| one.prevalence) {
        return Share::Declared(share);
    }
    if index.result.cohort.sampling.as_deref() == Some("enriched") {
        return Share::Unknown;
    }
    let whole = index
        .estimate(endpoint, "sensitivity", "overall", "all")
        .and_then(|e| e.n_positive.zip(e.n));
    match whole {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        Some((positive, n)) if n > 0 => Share::Cohort(positive as f64 / n as f64),
        _ => Share::Unknown,
    }
}

/// What the cases are called: the unit of the analysis.
fn unit(index: &Index<'_>) -> &'static str {
    match index.result.cohort.unit.as_str() {
        "patient" => "patients",
        "study" => "studies",
        "exam" => "exams",
        "image" => "images",
        "series" => "series",
        "lesion" => "lesions",
        "eye" => "eyes",
        "breast" => "breasts",
        _ => "cases",
    }
}

fn expectation(
    index: &Index<'_>,
    endpoint: &str,
    share: &Share,
    sensitivity: Option<&Rate>,
    specificity: Option<&Rate>,
) -> String {
    let unit = unit(index);
    let level = format::percent(index.result.methods.confidence);
    let (opening, with, without) = match *share {
        Share::Unknown => (
            format!(
                "How common {} is cannot be told from this cohort, so that positives and negatives are counted apart.",
                names::name(endpoint)
            ),
            1000.0,
            1000.0,
        ),
        Share::Cohort(share) => (
            of_thousand(unit, "like those in this cohort", share),
            share * 1000.0,
            (1.0 - share) * 1000.0,
        ),
        Share::Declared(share) => (
            of_thousand(
                unit,
                "where the finding is as common as the audit file declares",
                share,
            ),
            share * 1000.0,
            (1.0 - share) * 1000.0,
        ),
    };
    let apart = matches!(share, Share::Unknown);
    let among = |class: &str| {
        if apart {
            format!("Of 1,000 that are {class} by the reference standard, ")
        } else {
            format!("Of the {class} ones, ")
        }
    };
    let missed = sensitivity.map_or_else(
        || "How many positives the model misses could not be estimated.".to_owned(),
        |rate| {
            format!(
                "{}the model misses {}.",
                among("positive"),
                rate.of_many(with)
            )
        },
    );
    let alarms = specificity.map_or_else(
        || "How many false alarms it raises could not be estimated.".to_owned(),
        |rate| {
            format!(
                "{}it raises a false alarm for {}.",
                among("negative"),
                rate.of_many(without)
            )
        },
    );
    let fixed = if apart {
        ""
    } else {
        "; the share of positives is taken as it is"
    };
    format!("{opening} {missed} {alarms} In brackets: {level} limits{fixed}.")
}

fn of_thousand(unit: &str, which: &str, share: f64) -> String {
    let digits = usize::from(share * 1000.0 < 9.5);
    let positive = format::plain(share * 1000.0, digits);
    // Taken from the rounded number, so that both add up to 1,000.
    let negative = 1000.0 - positive.parse::<f64>().unwrap_or(share * 1000.0);
    format!(
        "Of 1,000 {unit} {which}, about {positive} are positive by the reference standard and {} are negative.",
        format::plain(negative, digits)
    )
}

/// A threshold that was chosen on the cases that are measured makes everything at it too good.
fn optimism(index: &Index<'_>, endpoint: &str) -> Option<String> {
    let choice = declared(index, endpoint)?.threshold_choice.as_ref()?;
    (choice.on == "nested").then(|| {
        format!(
            "The threshold of {} was chosen on these same cases; on others the model is likely to do worse.",
            names::name(endpoint)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::super::super::result::AuditResult;
    use super::super::block::Block;
    use super::super::clinician_groups::may_be_named;
    use super::*;
    use crate::assessment::{Estimate, EstimateFlag};

    fn sentences(result: &AuditResult) -> Vec<String> {
        let mut all = Vec::new();
        let index = Index::new(result);
        let mut section = section(&index);
        section.translate(&index.words);
        for block in section.blocks {
            match block {
                Block::Paragraph(text) | Block::Absent(text) | Block::Heading(text) => {
                    all.push(text);
                }
                Block::List(items) => all.extend(items),
                _ => panic!("the page holds sentences alone"),
            }
        }
        all
    }

    /// Every number of a text, with its decimals.
    fn numbers(text: &str) -> Vec<(f64, usize)> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
            .map(|word| word.trim_matches(['.', ',']).replace(',', ""))
            .filter(|word| !word.is_empty())
            .map(|word| {
                let decimals = word.split_once('.').map_or(0, |(_, rest)| rest.len());
                (word.parse().unwrap(), decimals)
            })
            .collect()
    }

    fn is_rounded((shown, decimals): (f64, usize), exact: f64) {
        let half = 0.5 * 10f64.powi(-(decimals as i32)) + 1e-9;
        assert!((shown - exact).abs() <= half, "{shown} stands for {exact}");
    }

    fn whole<'a>(result: &'a AuditResult, metric: &str) -> &'a Estimate {
        let mut all = result.estimates.iter();
        all.find(|e| e.metric == metric && e.attribute == "overall")
            .unwrap()
    }

    /// (errors, lower, upper) of so many.
    fn errors(e: &Estimate, many: f64) -> [f64; 3] {
        [e.estimate, e.upper, e.lower].map(|v| (1.0 - v.unwrap()) * many)
    }

    #[test]
    fn the_sentences_hold_the_numbers_of_the_results() {
        for mut result in [example::chest(), example::many_strata(), example::bare()] {
            result.cohort.sampling = Some("consecutive".to_owned());
            let all = sentences(&result);
            let first = &all[0];
            let found = numbers(first);
            let (sensitivity, specificity) =
                (whole(&result, "sensitivity"), whole(&result, "specificity"));
            let share =
                sensitivity.n_positive.unwrap() as f64 / sensitivity.n.unwrap() as f64 * 1000.0;
            assert!((found[0].0 - 1000.0).abs() < 1e-9, "{first}");
            is_rounded(found[1], share);
            is_rounded(found[2], 1000.0 - share);
            assert!((found[1].0 + found[2].0 - 1000.0).abs() < 1e-9, "{first}");
            let missed = errors(sensitivity, share);
            let alarms = errors(specificity, 1000.0 - share);
            for (shown, exact) in found[3..9].iter().zip(missed.into_iter().chain(alarms)) {
                is_rounded(*shown, exact);
            }
            is_rounded(found[9], 95.0);
            assert_eq!(found.len(), 10, "{first}");
        }
    }

    #[test]
    fn the_worst_group_is_the_worst_and_chance_is_not_called_a_difference() {
        let result = example::chest();
        let all = sentences(&result);
        let text = all
            .iter()
            .find(|text| text.contains("misses most"))
            .unwrap();
        assert!(text.contains("in site B:"), "{text}");
        let group = result
            .estimates
            .iter()
            .find(|e| e.id == "sensitivity.site.B")
            .unwrap();
        let found = numbers(text);
        for (shown, exact) in found.iter().zip(errors(group, 1000.0)) {
            is_rounded(*shown, exact);
        }
        for e in result
            .estimates
            .iter()
            .filter(|e| e.metric == "sensitivity" && may_be_named(e))
        {
            assert!(e.estimate.unwrap() >= group.estimate.unwrap() || e.n_class < Some(30));
        }
        let mut better = result.clone();
        for c in &mut better.comparisons {
            c.difference = c.difference.map(f64::abs);
        }
        let all = sentences(&better).join(" ");
        assert!(
            all.contains("Among everyone else, groups too small"),
            "{all}"
        );
        assert!(!all.contains("That is more than among"), "{all}");
        let mut alike = result;
        for c in &mut alike.comparisons {
            c.p_adjusted = Some(0.4);
        }
        let all = sentences(&alike).join(" ");
        assert!(all.contains("these data do not decide"), "{all}");
        assert!(!all.contains("more than chance explains"));
    }

    #[test]
    fn a_group_that_fails_is_not_called_too_small() {
        let mut result = example::chest();
        let flagged = |e: &&mut Estimate| e.id == "sensitivity.site.B";
        let group = result.estimates.iter_mut().find(flagged).unwrap();
        group.flags.push(EstimateFlag::Unreliable);
        let all = sentences(&result);
        let worst = all
            .iter()
            .find(|text| text.contains("misses most"))
            .unwrap();
        assert!(worst.contains("in site B:"), "{worst}");
        assert!(!all.iter().any(|text| text.starts_with("site B (")));
    }

    #[test]
    fn groups_without_enough_data_are_named_and_no_p_value_is() {
        let all = sentences(&example::chest());
        let place = all
            .iter()
            .position(|text| text.contains("not enough data to say how many positives"))
            .unwrap();
        assert_eq!(all[place + 1], "sex missing (5 positives)");
        for text in sentences(&example::two_endpoints()) {
            assert!(
                !text.contains("no evidence of") && !text.contains("p ="),
                "{text}"
            );
            assert!(
                !text.contains("p-value") && !text.contains("significan"),
                "{text}"
            );
        }
        let nothing = sentences(&example::nothing_estimable());
        assert!(nothing[0].starts_with("Not computed because neither sensitivity nor specificity"));
        assert!(nothing.iter().any(|text| text == "site A (188 positives)"));
    }

    #[test]
    fn of_enriched_cohorts_nothing_is_told_per_thousand_of_everyone() {
        let mut result = example::chest();
        result.cohort.sampling = Some("enriched".to_owned());
        let text = sentences(&result).remove(0);
        assert!(text.contains("cannot be told from this cohort"), "{text}");
        let found = numbers(&text);
        for (shown, exact) in found[1..4]
            .iter()
            .zip(errors(whole(&result, "sensitivity"), 1000.0))
        {
            is_rounded(*shown, exact);
        }
        result.methods.endpoints[0].prevalence = Some(0.004);
        let text = sentences(&result).remove(0);
        let found = numbers(&text);
        is_rounded(found[1], 4.0);
        for (shown, exact) in found[3..6]
            .iter()
            .zip(errors(whole(&result, "sensitivity"), 4.0))
        {
            is_rounded(*shown, exact);
            assert_eq!(shown.1, 1, "whole numbers say too little here: {text}");
        }
    }
}
