//! What the page says, section by section, as plain data for the templates.
//!
//! Called by `html`. A section is a heading and blocks (text, tables, figures); a section that
//! has nothing to show says why, and none is left out. Nothing is computed here but the order,
//! the wording and the rounding.

mod absent;
mod acceptance;
mod banner;
mod block;
mod case_mix;
mod clinician;
mod clinician_groups;
mod clinician_rate;
mod clinician_tasks;
mod cohort;
mod cross_ranking;
mod curve_tables;
mod curves;
mod decision;
mod drawn;
mod extent;
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
mod side_by_side;
mod spread;
mod strata;
mod task_curves;
mod tasks;
mod threshold_gaps;
mod threshold_words;
mod thresholds;
mod units;
mod waivers;
mod weight;
mod withheld;

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::ReportError;
use super::figures::Hover;
use super::format;
use super::index::Index;
use super::language::{Direction, Translator};
use super::names;
use super::presentation::Logo;
use super::result::AuditResult;
use banner::Banner;
use block::Section;
pub(super) use extent::{Detail, Extent};
use language::in_language;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    banner: &'a Banner,
    sections: Vec<&'a Section>,
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

/// What the page says of its language; nothing in English.
fn language_of(words: &Translator) -> Option<PageLanguage> {
    words.language().map(|language| PageLanguage {
        tag: language.tag.clone(),
        direction: language.direction,
        file: language.name.clone(),
        sha256: language.sha256.clone(),
    })
}

/// A section in its place.
enum Place {
    /// The same in every extent.
    Same(Section),
    /// Drawn again where the extent asks for more or less of it.
    Varied(Varied),
}

/// Sections whose figures give way before a page grows too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Varied {
    Forests,
    Tasks,
    Calibration,
    Discrimination,
    PrecisionRecall,
    Scores,
    Thresholds,
}

/// The page's content, drawn as far as it has been asked for.
pub(super) struct Draft<'a> {
    index: &'a Index<'a>,
    banner: Banner,
    places: Vec<Place>,
    drawn: BTreeMap<(Varied, Extent), Section>,
    has_crossings: bool,
}

impl<'a> Draft<'a> {
    /// Makes what every page of a result has.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn new(index: &'a Index<'a>) -> Result<Self, ReportError> {
        let result = index.result;
        let curves = result.curves.iter().map(|c| &c.attribute);
        let others = result.task_curves.iter().map(|c| &c.attribute);
        let sweeps = result.threshold_sweeps.iter().map(|c| &c.attribute);
        let mut attributes = curves.chain(others).chain(sweeps);
        // Figures are in the page's language already.
        let words = &index.words;
        let mut banner = banner::banner(index);
        let mut places = places(index)?;
        banner.translate(words);
        for place in &mut places {
            if let Place::Same(section) = place {
                section.translate(words);
            }
        }
        Ok(Self {
            index,
            banner,
            places,
            drawn: BTreeMap::new(),
            has_crossings: attributes.any(|attribute| strata::rank(attribute) > 1),
        })
    }

    /// The page in an extent. What was drawn for another one and is the same in this one is taken over.
    ///
    /// # Errors
    /// When a figure cannot be drawn.
    pub fn page(&mut self, extent: Extent) -> Result<Page<'_>, ReportError> {
        for place in &self.places {
            let Place::Varied(varied) = place else {
                continue;
            };
            let key = (*varied, self.needed(*varied, extent));
            if !self.drawn.contains_key(&key) {
                let mut section = section(self.index, *varied, extent)?;
                section.translate(&self.index.words);
                self.drawn.insert(key, section);
            }
        }
        let result = self.index.result;
        let presentation = result.presentation.clone().unwrap_or_default();
        let sections = self.places.iter().filter_map(|place| match place {
            Place::Same(section) => Some(section),
            Place::Varied(varied) => self.drawn.get(&(*varied, self.needed(*varied, extent))),
        });
        let words = &self.index.words;
        let (mut sign_off, mut citation) = (presentation.signers(), citation(result));
        for role in &mut sign_off {
            if presentation.sign_off.is_some() {
                *role = names::name(role);
            }
            in_language(words, role);
        }
        in_language(words, &mut citation);
        Ok(Page {
            banner: &self.banner,
            sections: sections.collect(),
            sign_off,
            logo: presentation.logo,
            citation,
            equipoise: result.provenance.equipoise.clone(),
            language: language_of(words),
        })
    }

    /// The part of an extent on which a section depends.
    fn needed(&self, varied: Varied, extent: Extent) -> Extent {
        let mut needed = extent;
        if needed.detail == Detail::NoCrossings && !self.has_crossings {
            needed.detail = Detail::All;
        }
        match varied {
            Varied::Forests => {
                (needed.lean, needed.hover) = (false, Hover::Numbers);
                if needed.detail == Detail::NoCrossings {
                    needed.detail = Detail::All;
                }
            }
            Varied::Tasks => (needed.lean, needed.hover) = (false, Hover::Numbers),
            Varied::Calibration => needed.hover = Hover::Numbers,
            Varied::Discrimination => needed.lean = false,
            Varied::PrecisionRecall | Varied::Scores | Varied::Thresholds => {}
        }
        needed
    }
}

/// All sections in the order of the page.
fn places(index: &Index<'_>) -> Result<Vec<Place>, ReportError> {
    use Place::{Same, Varied as Drawn};
    let result = index.result;
    Ok(vec![
        Same(plan::section(index)),
        Same(clinician::section(index)),
        Same(acceptance::section(index)),
        Same(waivers::section(index)),
        Drawn(Varied::Forests),
        Same(gaps::section(index)?),
        Same(funnels::section(index)?),
        Drawn(Varied::Tasks),
        Same(case_mix::section(index)?),
        Same(pooled::section(index)?),
        Same(robustness::section(index)),
        Same(metric_tables::section(index)),
        Drawn(Varied::Calibration),
        Drawn(Varied::Discrimination),
        Same(cross_ranking::section(index)),
        Same(paired::section(index)),
        Drawn(Varied::PrecisionRecall),
        Drawn(Varied::Scores),
        Drawn(Varied::Thresholds),
        Same(decision::section(index)?),
        Same(fed::section(index)?),
        Same(parity::section(index)),
        Same(reruns::section(index)?),
        Same(cohort::flow(index)?),
        Same(failures::section(index)),
        Same(cohort::representativeness(index)),
        Same(withheld::section(index)),
        Same(methods::section(result)),
        Same(limitations::section(index)),
        Same(provenance::findings(result)),
        Same(provenance::section(result)),
        Same(fairness::section(index)),
        Same(glossary::section()),
    ])
}

fn section(index: &Index<'_>, varied: Varied, extent: Extent) -> Result<Section, ReportError> {
    let Extent { detail, hover, .. } = extent;
    let rest = extent.rest();
    match varied {
        Varied::Forests => forests::section(index, detail),
        Varied::Tasks => tasks::section(index, detail),
        Varied::Calibration => curves::calibration(index, detail, rest),
        Varied::Discrimination => curves::discrimination(index, detail, hover),
        Varied::PrecisionRecall => curves::precision_recall(index, rest, hover),
        Varied::Scores => curves::scores(index, rest, hover),
        Varied::Thresholds => thresholds::section(index, rest, hover),
    }
}

/// How this audit is cited: what it is, on what, by what; nothing in it changes with the day.
fn citation(result: &AuditResult) -> String {
    let model = result.provenance.model.as_ref().map_or_else(
        || "stored scores".to_owned(),
        |model| {
            format!(
                "model {} (SHA-256 {})",
                names::name(&model.file),
                format::short_hash(&model.sha256)
            )
        },
    );
    format!(
        "{}. Audit {} of {model}, configuration SHA-256 {}, equipoise {}.",
        names::name(result.audit.title.trim_end_matches('.')),
        names::name(&result.audit.id),
        format::short_hash(&result.audit.config_sha256),
        result.provenance.equipoise
    )
}
