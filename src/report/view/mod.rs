//! What the page says, section by section, as plain data for the templates.
//!
//! Called by `html`. A section is a heading and blocks (text, tables, figures); a section that
//! has nothing to show says why, and none is left out. Nothing is computed here but the order,
//! the wording and the rounding.

mod acceptance;
mod banner;
mod block;
mod case_mix;
mod clinician;
mod cohort;
mod cross_ranking;
mod curve_tables;
mod curves;
mod decision;
mod failures;
mod fairness;
mod fed;
mod forests;
mod funnels;
mod gaps;
mod glossary;
mod heat_maps;
mod language;
mod limitations;
mod method_texts;
mod method_texts_baseline;
mod method_texts_curves;
mod method_texts_gating;
mod method_texts_multiplicity;
mod method_texts_paired;
mod method_texts_privacy;
mod method_texts_robustness;
mod method_texts_summary;
mod method_texts_tasks;
mod method_texts_thresholds;
mod methods;
mod metric_tables;
mod numbers;
mod paired;
mod parity;
mod plan;
mod pooled;
mod provenance;
mod reruns;
mod robustness;
mod spread;
mod strata;
mod task_curves;
mod tasks;
mod threshold_gaps;
mod threshold_words;
mod thresholds;
mod waivers;
mod withheld;

use serde::Serialize;

use super::error::ReportError;
use super::format;
use super::index::Index;
use super::language::{Direction, Translator};
use super::presentation::Logo;
use super::result::AuditResult;
use banner::Banner;
use block::Section;
use language::in_language;

/// How much of the curves is drawn, so that the page keeps within its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Curves of every stratum.
    All,
    /// Curves of the whole cohort and of single attributes, not of crossings.
    NoCrossings,
    /// No curves but those of the whole cohort.
    OverallOnly,
}

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    banner: Banner,
    sections: Vec<Section>,
    sign_off: Vec<String>,
    logo: Option<Logo>,
    citation: String,
    equipoise: String,
    language: Option<PageLanguage>,
}

/// The language of a page that is not English.
#[derive(Debug, Serialize)]
struct PageLanguage {
    tag: String,
    direction: Direction,
    file: String,
    sha256: String,
}

impl Page {
    /// Puts every text that is the page's own into its language. Figures are in it already.
    fn translate(&mut self, words: &Translator) {
        let Some(language) = words.language() else {
            return;
        };
        self.language = Some(PageLanguage {
            tag: language.tag.clone(),
            direction: language.direction,
            file: language.name.clone(),
            sha256: language.sha256.clone(),
        });
        self.banner.translate(words);
        for section in &mut self.sections {
            section.translate(words);
        }
        for role in &mut self.sign_off {
            in_language(words, role);
        }
        in_language(words, &mut self.citation);
    }
}

/// Makes the page's content from a result. A `lean` page draws curves of groups for calibration and
/// discrimination alone.
///
/// # Errors
/// When a figure cannot be drawn.
pub(super) fn page(index: &Index<'_>, detail: Detail, lean: bool) -> Result<Page, ReportError> {
    let result = index.result;
    let rest = if lean { Detail::OverallOnly } else { detail };
    let mut sections = vec![
        plan::section(index),
        clinician::section(index),
        acceptance::section(index),
    ];
    sections.push(waivers::section(index));
    sections.push(forests::section(index)?);
    sections.push(gaps::section(index)?);
    sections.push(funnels::section(index)?);
    sections.push(tasks::section(index, detail)?);
    sections.push(case_mix::section(index)?);
    sections.push(pooled::section(index)?);
    sections.push(robustness::section(index));
    sections.push(metric_tables::section(index));
    sections.push(curves::calibration(index, detail, rest)?);
    sections.push(curves::discrimination(index, detail)?);
    sections.push(cross_ranking::section(index));
    sections.push(paired::section(index));
    sections.push(curves::precision_recall(index, rest)?);
    sections.push(curves::scores(index, rest)?);
    sections.push(thresholds::section(index, rest)?);
    sections.push(decision::section(index)?);
    sections.push(fed::section(index)?);
    sections.push(parity::section(index));
    sections.push(reruns::section(index)?);
    sections.push(cohort::flow(index)?);
    sections.push(failures::section(index));
    sections.push(cohort::representativeness(index));
    sections.push(withheld::section(index));
    sections.push(methods::section(result));
    sections.push(limitations::section(index));
    sections.push(provenance::findings(result));
    sections.push(provenance::section(result));
    sections.push(fairness::section(index));
    sections.push(glossary::section());
    let presentation = result.presentation.clone().unwrap_or_default();
    let mut page = Page {
        banner: banner::banner(index),
        sections,
        sign_off: presentation.signers(),
        logo: presentation.logo,
        citation: citation(result),
        equipoise: result.provenance.equipoise.clone(),
        language: None,
    };
    page.translate(&index.words);
    Ok(page)
}

/// How this audit is cited: what it is, on what, by what; nothing in it changes with the day.
fn citation(result: &AuditResult) -> String {
    let model = result.provenance.model.as_ref().map_or_else(
        || "stored scores".to_owned(),
        |model| {
            format!(
                "model {} (SHA-256 {})",
                model.file,
                format::short_hash(&model.sha256)
            )
        },
    );
    format!(
        "{}. Audit {} of {model}, configuration SHA-256 {}, equipoise {}.",
        result.audit.title.trim_end_matches('.'),
        result.audit.id,
        format::short_hash(&result.audit.config_sha256),
        result.provenance.equipoise
    )
}
