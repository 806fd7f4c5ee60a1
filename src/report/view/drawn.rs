//! Which metrics of an endpoint with a task are drawn: the page has room for some.

use crate::assessment::EstimateStatus;
use crate::tasks::metric_text;

use super::super::index::Index;
use super::super::result::TaskSummary;

/// Metrics of the endpoint as a whole that are drawn.
const MOST_WHOLE: usize = 6;

/// Figures of its parts, such as classes, that are drawn.
const MOST_OF_PARTS: usize = 8;

/// What is drawn of one endpoint with a task, and what is not though it has limits.
#[derive(Debug, Default)]
pub(super) struct Drawn<'a> {
    /// Endpoint or part, and metric.
    pub shown: Vec<(&'a str, &'a str)>,
    /// Metrics of which something is left to its table.
    pub left_out: Vec<&'a str>,
}

impl<'a> Drawn<'a> {
    /// Metrics that groups are compared by come first; of parts, a metric is drawn for all of them or,
    /// where even the first one has too many, for the first parts.
    pub fn of(index: &Index<'_>, task: &'a TaskSummary, with_parts: bool) -> Self {
        let mut metrics: Vec<&str> = task.metrics.iter().map(String::as_str).collect();
        metrics.sort_by_key(|metric| {
            u8::from(metric_text(metric).is_none_or(|text| text.compared.is_err()))
        });
        let mut drawn = Self::default();
        let mut whole = 0;
        for metric in &metrics {
            if has_limits(index, &task.name, metric) {
                if whole == MOST_WHOLE {
                    drawn.left_out.push(metric);
                } else {
                    whole += 1;
                    drawn.shown.push((&task.name, metric));
                }
            }
        }
        let mut room = if with_parts { MOST_OF_PARTS } else { 0 };
        for metric in metrics {
            let parts: Vec<&str> = task
                .parts
                .iter()
                .map(String::as_str)
                .filter(|part| *part != task.name && has_limits(index, part, metric))
                .collect();
            let fit = if parts.len() <= room || room == MOST_OF_PARTS {
                parts.len().min(room)
            } else {
                0
            };
            if fit < parts.len() && !drawn.left_out.contains(&metric) {
                drawn.left_out.push(metric);
            }
            room -= fit;
            drawn
                .shown
                .extend(parts.into_iter().take(fit).map(|part| (part, metric)));
        }
        drawn
    }
}

/// Whether the whole cohort has an estimate with limits: without them there is nothing to compare.
fn has_limits(index: &Index<'_>, endpoint: &str, metric: &str) -> bool {
    index
        .estimate(endpoint, metric, "overall", "all")
        .is_some_and(|e| e.status == EstimateStatus::Ok && e.lower.is_some())
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;

    #[test]
    fn parts_and_metrics_that_are_not_compared_are_drawn_too() {
        let result = example::tasks_only();
        let index = Index::new(&result);
        let diagnosis = &result.methods.tasks[1];
        let shown = Drawn::of(&index, diagnosis, true).shown;
        assert_eq!(
            shown,
            [("diagnosis", "kappa"), ("diagnosis:mel", "sensitivity")]
        );
        let lean = Drawn::of(&index, diagnosis, false);
        assert_eq!(lean.shown, [("diagnosis", "kappa")]);
        assert_eq!(lean.left_out, ["sensitivity"]);
    }

    #[test]
    fn of_very_many_parts_the_first_are_drawn_and_the_rest_is_named() {
        let mut result = example::tasks_only();
        let mel: Vec<_> = result
            .estimates
            .iter()
            .filter(|e| e.endpoint == "diagnosis:mel")
            .cloned()
            .collect();
        for place in 0..20 {
            let part = format!("diagnosis:c{place}");
            result.methods.tasks[1].parts.push(part.clone());
            result.estimates.extend(mel.iter().cloned().map(|mut e| {
                e.endpoint.clone_from(&part);
                e
            }));
        }
        let drawn = Drawn::of(&Index::new(&result), &result.methods.tasks[1], true);
        assert_eq!(drawn.shown.len(), 1 + MOST_OF_PARTS);
        assert_eq!(drawn.left_out, ["sensitivity"]);
    }
}
