//! Reliability diagrams, ROC curves and score histograms, small multiples by attribute.

use crate::assessment::StratumCurves;

use super::super::anchor::encode_part;
use super::super::error::ReportError;
use super::super::figures::{
    CurvePanel, HistogramPanel, Hover, ReliabilityPanel, RocPanel, curve, histogram, reliability,
    roc,
};
use super::super::index::Index;
use super::super::{format, names};
use super::Detail;
use super::absent;
use super::block::{Block, Figure, Panels, Section};
use super::curve_tables;
use super::forests::value_text;
use super::strata::{endpoints, of_endpoint, rank, strata};

/// One panel: the group's curves and the whole cohort's, unless the group is the whole cohort.
struct Pair<'a> {
    group: &'a StratumCurves,
    overall: Option<&'a StratumCurves>,
    id: String,
    name: String,
}

/// Reliability diagrams, and the bins of the groups that are to be listed.
pub(super) fn calibration(
    index: &Index<'_>,
    detail: Detail,
    listed: Detail,
) -> Result<Section, ReportError> {
    let mut section = Section::new("calibration", "Calibration");
    let probabilities = index
        .result
        .curves
        .iter()
        .any(|c| !c.reliability.is_empty());
    if !probabilities {
        let kinds: Vec<&str> = index
            .result
            .methods
            .endpoints
            .iter()
            .map(|e| e.score_kind.as_str())
            .collect();
        let why = if kinds.contains(&"probability") {
            "Not computed because no group had enough samples with both a score and a truth."
        } else {
            "Not computed because scores are not declared as probabilities (output.score_kind)."
        };
        absent::of_binary(index, &mut section, why);
        return Ok(section);
    }
    section.say(
        "Observed share of positives against mean predicted probability in ten bins of equal width. Bars are Wilson limits on \
         the effective n; the strip below shows how many samples a bin holds; the grey line is the whole cohort. A perfectly \
         calibrated model follows the diagonal.",
    );
    if index.result.curves.iter().any(|c| !c.smooth.is_empty()) {
        section.say(
            "The line is a smooth calibration curve (restricted cubic splines) over the range of the group's own scores, with its \
             pointwise band by the patient sandwich. It is left out below 20 positives or negatives, and the bins are then joined.",
        );
    }
    panels(
        index,
        detail,
        &mut section,
        "reliability",
        |c| !c.reliability.is_empty(),
        |pair| {
            let samples: u64 = pair.group.reliability.iter().map(|b| b.n).sum();
            let slope = note(index, pair.group, "calibration_slope", "slope");
            Ok((
                reliability(
                    &index.words,
                    &ReliabilityPanel {
                        id: &pair.id,
                        title: &format!("Reliability diagram, {}", pair.name),
                        description: &format!(
                            "{} in ten bins; every bin has its counts and limits.",
                            format::counted(samples, "sample", "samples")
                        ),
                        bins: &pair.group.reliability,
                        overall: pair.overall.map_or(&[], |o| &o.reliability),
                        smooth: &pair.group.smooth,
                    },
                )?,
                slope,
            ))
        },
    )?;
    curve_tables::reliability(index, listed, &mut section);
    Ok(section)
}

/// ROC curves.
pub(super) fn discrimination(
    index: &Index<'_>,
    detail: Detail,
    hover: Hover,
) -> Result<Section, ReportError> {
    let mut section = Section::new("roc", "ROC curves");
    if !index.result.curves.iter().any(|c| !c.roc.is_empty()) {
        let why = "Not computed because no group has both positives and negatives.";
        absent::of_binary(index, &mut section, why);
        return Ok(section);
    }
    section.say(
        "Sensitivity against false positive rate over all thresholds. The dot is the operating point at the threshold in use, \
         with the displayed intervals of both rates as a cross; the grey line is the whole cohort.",
    );
    panels(
        index,
        detail,
        &mut section,
        "roc",
        |c| !c.roc.is_empty(),
        |pair| {
            let c = pair.group;
            let limits = |metric: &str| {
                let e = index.estimate(&c.endpoint, metric, &c.attribute, &c.level)?;
                Some((e.lower?, e.upper?))
            };
            let auroc = note(index, c, "auroc", "AUROC");
            Ok((
                roc(
                    &index.words,
                    &RocPanel {
                        id: &pair.id,
                        title: &format!("ROC curve, {}", pair.name),
                        description: auroc.as_deref().unwrap_or("AUROC not computed"),
                        curve: &c.roc,
                        overall: pair.overall.map_or(&[], |o| &o.roc),
                        band: &c.roc_band,
                        point: c.operating_point,
                        point_x: limits("specificity")
                            .map(|(lower, upper)| (1.0 - upper, 1.0 - lower)),
                        point_y: limits("sensitivity"),
                        hover,
                    },
                )?,
                auroc,
            ))
        },
    )?;
    curve_tables::roc(index, &mut section);
    Ok(section)
}

/// Score histograms.
pub(super) fn scores(
    index: &Index<'_>,
    detail: Detail,
    hover: Hover,
) -> Result<Section, ReportError> {
    let mut section = Section::new("scores", "Scores by truth");
    let any = |c: &StratumCurves| {
        c.histogram_negative
            .iter()
            .chain(&c.histogram_positive)
            .any(|n| *n > 0)
    };
    if !index.result.curves.iter().any(any) {
        let why = "Not computed because no sample had both a score and a truth.";
        absent::of_binary(index, &mut section, why);
        return Ok(section);
    }
    section.say(
        "Reference positives upwards, reference negatives downwards, each class scaled to its own size; the dashed line is the \
         threshold.",
    );
    panels(index, detail, &mut section, "scores", any, |pair| {
        let c = pair.group;
        let threshold = index
            .result
            .methods
            .endpoints
            .iter()
            .find(|e| e.name == c.endpoint)
            .map(|e| e.threshold);
        let counts = format!(
            "{} positive, {} negative",
            format::count(c.histogram_positive.iter().sum()),
            format::count(c.histogram_negative.iter().sum())
        );
        Ok((
            histogram(
                &index.words,
                &HistogramPanel {
                    id: &pair.id,
                    title: &format!("Scores by truth, {}", pair.name),
                    description: &counts,
                    positive: &c.histogram_positive,
                    negative: &c.histogram_negative,
                    range: c.histogram_range,
                    threshold,
                    hover,
                },
            )?,
            Some(counts),
        ))
    })?;
    curve_tables::scores(index, detail, &mut section);
    Ok(section)
}

/// Precision-recall curves.
pub(super) fn precision_recall(
    index: &Index<'_>,
    detail: Detail,
    hover: Hover,
) -> Result<Section, ReportError> {
    let mut section = Section::new("precision-recall", "Precision and recall");
    if !index
        .result
        .curves
        .iter()
        .any(|c| !c.precision_recall.is_empty())
    {
        let enriched = index.result.cohort.sampling.as_deref() == Some("enriched");
        let why = if enriched {
            "Not computed because cases were chosen by outcome (sampling: enriched), so that precision means nothing."
        } else {
            "Not computed because no group has both positives and negatives."
        };
        absent::of_binary(index, &mut section, why);
        return Ok(section);
    }
    section.say(
        "Positive predictive value (precision) against sensitivity (recall) over all thresholds. The dashed line is the group's \
         prevalence, where a model without information lies; the grey line is the whole cohort. Curves of groups that differ in \
         prevalence differ for that reason alone and are not compared.",
    );
    panels(
        index,
        detail,
        &mut section,
        "precision-recall",
        |c| !c.precision_recall.is_empty(),
        |pair| {
            let c = pair.group;
            let dashed: Vec<(f64, f64)> = curve_tables::prevalence(index, c)
                .map_or_else(Vec::new, |share| vec![(0.0, share), (1.0, share)]);
            let area = note(index, c, "auprc", "AUPRC");
            Ok((
                curve(
                    &index.words,
                    &CurvePanel {
                        id: &pair.id,
                        title: &format!("Precision-recall curve, {}", pair.name),
                        description: area.as_deref().unwrap_or("AUPRC not computed"),
                        label: "Recall (sensitivity)",
                        y_label: "Precision (positive predictive value)",
                        x: (0.0, 1.0),
                        y: (0.0, 1.0),
                        curve: &c.precision_recall,
                        band: &c.precision_recall_band,
                        overall: pair.overall.map_or(&[], |o| &o.precision_recall),
                        dashed: &dashed,
                        marks: &[],
                        vertices: Some((("Recall", "precision"), hover)),
                    },
                )?,
                area,
            ))
        },
    )?;
    curve_tables::precision_recall(index, &mut section);
    Ok(section)
}

/// One line under a panel: a metric of the group, where it was computed.
fn note(index: &Index<'_>, c: &StratumCurves, metric: &str, name: &str) -> Option<String> {
    let e = index.estimate(&c.endpoint, metric, &c.attribute, &c.level)?;
    Some(format!("{name} {}", value_text(e)))
}

/// Lays panels out by endpoint and attribute, and says what was left out.
fn panels(
    index: &Index<'_>,
    detail: Detail,
    section: &mut Section,
    kind: &str,
    shown: impl Fn(&StratumCurves) -> bool,
    draw: impl Fn(&Pair<'_>) -> Result<(String, Option<String>), ReportError>,
) -> Result<(), ReportError> {
    let mut left_out = 0_usize;
    let mut groups = Vec::new();
    for endpoint in endpoints(index) {
        let curves: Vec<&StratumCurves> = index
            .result
            .curves
            .iter()
            .filter(|c| c.endpoint == endpoint && shown(c))
            .collect();
        let overall = curves.iter().find(|c| c.attribute == "overall").copied();
        for (attribute, levels) in strata(
            curves
                .iter()
                .map(|c| (c.attribute.as_str(), c.level.as_str())),
        ) {
            let rank = rank(attribute);
            if (detail == Detail::NoCrossings && rank > 1)
                || (detail == Detail::OverallOnly && rank > 0)
            {
                left_out += levels.len();
                continue;
            }
            let mut figures = Vec::new();
            for level in levels {
                let Some(group) = curves
                    .iter()
                    .find(|c| c.attribute == attribute && c.level == level)
                    .copied()
                else {
                    continue;
                };
                let pair = Pair {
                    group,
                    overall: overall.filter(|_| rank > 0),
                    id: [kind, endpoint, attribute, level]
                        .map(encode_part)
                        .join("."),
                    name: names::group(attribute, level),
                };
                let (svg, note) = draw(&pair)?;
                figures.push(Figure {
                    caption: names::level(attribute, level),
                    note,
                    table: None,
                    svg,
                });
            }
            let heading = format!(
                "{}{}",
                names::attribute(attribute),
                of_endpoint(index, endpoint)
            );
            groups.push(Panels { heading, figures });
        }
    }
    section.blocks.push(Block::Panels(groups));
    if left_out > 0 {
        section.absent(format!(
            "{left_out} further groups are not drawn, to keep this page small; their curves stand in results.json."
        ));
    }
    Ok(())
}
