//! The clinician's page of endpoints with a task: errors as counts where a metric counts errors.

use crate::tasks::{Better, MetricText, Unit, metric_text};

use super::super::index::Index;
use super::super::result::TaskSummary;
use super::super::{format, names};
use super::block::Section;
use super::clinician_groups::{chance, unknown, worst_of};
use super::clinician_rate::Rate;

/// Shares of errors of one endpoint as counts, or why there are none.
pub(super) fn of_task(index: &Index<'_>, task: &TaskSummary, section: &mut Section) {
    let told: Vec<(&MetricText, Rate)> = task
        .metrics
        .iter()
        .filter_map(|metric| {
            let text = metric_text(metric).filter(|text| counts_errors(text))?;
            let whole = index.estimate(&task.name, metric, "overall", "all")?;
            whole.denominator?;
            Some((text, Rate::of_errors(whole)?))
        })
        .collect();
    if told.is_empty() {
        section.absent(format!(
            "{}: not told as counts of patients because none of its metrics counts errors; its numbers stand under \u{201c}Endpoints by group\u{201d}.",
            names::name(&task.name)
        ));
        return;
    }
    if index.several_endpoints() {
        section.heading(names::name(&task.name));
    }
    let level = format::percent(index.result.methods.confidence);
    for (text, rate) in &told {
        section.say(format!(
            "{}: {} of 1,000. {} In brackets: {level} limits.",
            text.title,
            rate.of_many(1000.0),
            text.about
        ));
        if let Some((group, rate)) = worst_of(index, &task.name, text.id, Rate::of_errors) {
            section.say(format!(
                "Of the groups of which these data say something, it is highest in {}: {} of 1,000 there. {}",
                names::group(&group.attribute, &group.level),
                rate.of_many(1000.0),
                chance(index, group)
            ));
        }
    }
    let question = |title: &str| format!("how large the share \u{201c}{title}\u{201d} is");
    let asked: Vec<(&str, String)> = told
        .iter()
        .map(|(text, _)| (text.id, question(text.title)))
        .collect();
    let asked: Vec<(&str, &str)> = asked.iter().map(|(id, of)| (*id, of.as_str())).collect();
    unknown(index, &task.name, &asked, section);
}

/// Whether a metric is a share of errors, so that it can be told as so many of 1,000.
fn counts_errors(text: &MetricText) -> bool {
    text.unit == Unit::Share && text.better == Better::Lower && text.compared.is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::super::block::Block;
    use super::*;

    #[test]
    fn errors_are_counted_and_what_counts_none_is_said() {
        let result = example::tasks_only();
        let index = Index::new(&result);
        let mut section = Section::new("clinician", "");
        for task in &result.methods.tasks {
            of_task(&index, task, &mut section);
        }
        section.translate(&index.words);
        let mut said = Vec::new();
        for block in section.blocks {
            match block {
                Block::Paragraph(text) | Block::Absent(text) | Block::Heading(text) => {
                    said.push(text);
                }
                Block::List(items) => said.extend(items),
                _ => panic!("sentences alone"),
            }
        }
        let whole = index
            .estimate("clear", "underdiagnosis_rate", "overall", "all")
            .unwrap();
        let many = format::plain(whole.estimate.unwrap() * 1000.0, 0);
        let text = said
            .iter()
            .find(|text| text.starts_with("Underdiagnosis rate: about"))
            .unwrap();
        assert!(text.contains(&format!("about {many} (")), "{text}");
        assert!(text.contains("Share of samples with a finding in which none is called"));
        let unknown = said.iter().any(|text| {
            text == "There are not enough data to say how large the share \u{201c}Underdiagnosis rate\u{201d} is in:"
        });
        assert!(unknown, "{said:?}");
        let worst = said.iter().find(|text| text.contains("highest in"));
        assert!(worst.unwrap().contains("site B"), "{worst:?}");
        assert!(
            said.iter().any(|text| text.starts_with(
                "diagnosis: not told as counts of patients because none of its metrics counts errors"
            )),
            "{said:?}"
        );
    }
}
