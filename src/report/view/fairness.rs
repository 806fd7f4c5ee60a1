//! The names under which people look for fairness, each led back to a metric of this page.

use super::super::index::Index;
use super::super::{anchor, words};
use super::block::{Block, Cell, Column, Row, Section, Table};

/// Name, metric ids that it is made of, and what equality of it asks.
const NAMES: [(&str, &[&str], &str); 8] = [
    (
        "Equal opportunity",
        &["sensitivity"],
        "Sensitivity is the same in every group (Hardt, Price and Srebro 2016).",
    ),
    (
        "Predictive equality",
        &["specificity"],
        "The false positive rate, 1 \u{2212} specificity, is the same in every group (Corbett-Davies et al. 2017).",
    ),
    (
        "Equalised odds",
        &["sensitivity", "specificity"],
        "Sensitivity and specificity are both the same in every group (Hardt, Price and Srebro 2016).",
    ),
    (
        "Predictive parity",
        &["ppv"],
        "The positive predictive value is the same in every group (Chouldechova 2017). Shown without a test, since it follows prevalence.",
    ),
    (
        "Demographic parity",
        &["flag_rate"],
        "The model calls the same share of every group positive (Dwork et al. 2012). Groups that differ in prevalence differ in it rightly.",
    ),
    (
        "Calibration within groups",
        &["calibration_intercept", "calibration_slope"],
        "Probabilities mean the same in every group (Kleinberg, Mullainathan and Raghavan 2017): intercept 0 and slope 1 in each.",
    ),
    (
        "Underdiagnosis rate",
        &["sensitivity"],
        "Share of ill people called healthy, which is the false positive rate of \u{201c}no finding\u{201d}: 1 \u{2212} sensitivity of an \
         endpoint whose positives are all findings (Seyyed-Kalantari et al. 2021).",
    ),
    (
        "Overall accuracy equality",
        &["accuracy"],
        "The share of right decisions is the same in every group (Berk et al. 2021). Descriptive only: it follows the mix of cases.",
    ),
];

/// Names of fairness with links; none has a threshold of its own.
pub(super) fn section(index: &Index<'_>) -> Section {
    let mut section = Section::new("fairness", "Names of fairness");
    section.say(
        "None of these names has a threshold here: what is required is what the gate of the audit file asks, decided on signed differences \
         and their limits. Unless prevalence is the same in all groups, no useful model can meet all of them at once (Chouldechova 2017; \
         Kleinberg, Mullainathan and Raghavan 2017).",
    );
    let rows = NAMES.map(|(name, metrics, meaning)| Row {
        id: None,
        class: "",
        cells: vec![
            Cell::new(name),
            Cell::new(meaning),
            link(index, metrics.first().copied()),
            link(index, metrics.get(1).copied()),
        ],
    });
    section.blocks.push(Block::Table(Table {
        caption: "What each name asks, and where its numbers are".to_owned(),
        description: None,
        class: "",
        folded: None,
        columns: vec![
            Column::group("Name"),
            Column::wide("What is the same in every group"),
            Column::text("Its numbers"),
            Column::text("And"),
        ],
        rows: rows.into(),
    }));
    section
}

/// The metric's name, pointing to its first row of the whole cohort.
fn link(index: &Index<'_>, metric: Option<&str>) -> Cell {
    let Some(metric) = metric else {
        return Cell::new("");
    };
    let cell = Cell::new(words::metric(metric));
    match index
        .result
        .estimates
        .iter()
        .find(|estimate| estimate.metric == metric && estimate.attribute == "overall")
    {
        Some(estimate) => cell.with_href(anchor::of_estimate(estimate)),
        None => cell,
    }
}
