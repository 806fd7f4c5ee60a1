//! Why a part of the page is empty, where the reason lies in what kind of endpoints the audit has.

use super::super::index::Index;
use super::block::Section;

/// What stands in place of a part about yes-or-no decisions in an audit that has none.
const NO_BINARY: &str = "Not computed because this audit has no binary endpoint, and this part is about binary endpoints alone. \
     Its other endpoints stand under \u{201c}Endpoints by group\u{201d}.";

/// Whether every endpoint of the audit has a task, so that none is a yes-or-no decision on a score.
pub(super) fn has_no_binary(index: &Index<'_>) -> bool {
    let methods = &index.result.methods;
    methods.endpoints.is_empty() && !methods.tasks.is_empty()
}

/// Says why a part about binary endpoints is empty: that there is none, or else the part's own reason.
pub(super) fn of_binary(index: &Index<'_>, section: &mut Section, otherwise: &str) {
    section.absent(if has_no_binary(index) {
        NO_BINARY
    } else {
        otherwise
    });
}

/// Whether groups could be set against each other: an attribute has two known levels.
pub(super) fn has_groups(index: &Index<'_>) -> bool {
    index.result.cohort.attributes.iter().any(|one| {
        let known = one.levels.iter().filter(|own| own.level != "(missing)");
        known.count() > 1
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{example, html};
    use super::NO_BINARY;

    /// Reasons that would be false in an audit with attributes and no binary endpoint.
    const FALSE: [&str; 12] = [
        "no attribute was declared",
        "no attribute has missing values",
        "no attribute with at least two levels",
        "no sample had both a score and a truth",
        "no sample was measured",
        "no group has both positives and negatives",
        "not declared as probabilities",
        "no group could be compared",
        "names no pair of attributes",
        "no attribute asks for it",
        "no endpoint names another one",
        "four known levels or more",
    ];

    fn between<'a>(page: &'a str, id: &str) -> &'a str {
        let start = page.find(&format!("<section id=\"{id}\"")).unwrap();
        let end = page[start..].find("</section>").unwrap();
        &page[start..start + end]
    }

    #[test]
    fn every_part_about_binary_endpoints_says_that_there_is_none() {
        let page = html(&example::tasks_only()).unwrap();
        for id in [
            "calibration",
            "roc",
            "precision-recall",
            "scores",
            "thresholds",
            "robustness",
            "net-benefit",
            "cross-ranking",
            "paired",
            "case-mix",
            "funnels",
        ] {
            assert!(between(&page, id).contains(NO_BINARY), "{id}");
        }
        assert!(between(&page, "gaps").contains(NO_BINARY), "the range");
        for reason in FALSE {
            assert!(!page.contains(reason), "{reason}");
        }
    }

    #[test]
    fn where_there_is_one_each_part_has_its_own_reason() {
        let page = html(&example::bare()).unwrap();
        assert!(!page.contains(NO_BINARY));
        assert!(between(&page, "gaps").contains("no attribute with at least two levels"));
        assert!(between(&page, "funnels").contains("four known levels or more"));
    }

    #[test]
    fn groups_without_a_metric_that_is_compared_are_not_called_missing() {
        let mut result = example::tasks_only();
        result.comparisons.clear();
        let page = html(&result).unwrap();
        assert!(
            between(&page, "gaps").contains("no metric of this audit is compared between groups")
        );
    }
}
