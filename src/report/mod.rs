//! Turns one [`AuditResult`] into what people and machines read: the HTML page, `results.json`
//! and its schema, CSV tables, a Markdown summary, the log, JUnit and SARIF.
//!
//! Called by `cli` and `audit`. This room computes no statistic: it chooses, rounds, orders and
//! words what the result already holds, and it reads nothing else, so that a page can be made
//! again from `results.json` alone. It knows no file, clock or host; the caller writes the files.

mod anchor;
mod code_quality;
mod codes;
mod contact;
mod error;
mod figures;
mod format;
mod github;
mod html;
mod index;
mod json;
mod junit;
mod language;
mod markdown;
mod markup;
mod model_inputs;
mod names;
mod presentation;
mod qualification;
mod result;
mod sarif;
mod tables;
mod tables_curves;
mod tables_robustness;
mod tables_thresholds;
mod template_words;
mod terminal;
mod unseen;
mod view;
mod withheld;
mod words;

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
mod example_parts;
#[cfg(test)]
mod example_robustness;
#[cfg(test)]
mod example_tasks;
#[cfg(test)]
mod example_thresholds;

pub use code_quality::code_quality;
pub use codes::{Code, code, codes};
pub use contact::{ContactSheet, preview_html};
pub use error::ReportError;
pub use github::{github_annotation, github_annotations};
pub use html::html;
pub use json::{result_schema, results_json};
pub use junit::junit;
pub use language::{Direction, Language, LanguageError, Missing, built_in, empty_entry, starter};
pub use markdown::summary_markdown;
pub use model_inputs::{InputColumnSummary, LevelNumber, ModelInputSummary};
pub use presentation::{
    ChosenLanguage, Logo, MOST_LOGO_BYTES, Presentation, VIEW_MODEL_VERSION, check_templates,
    is_template_name, template_names,
};
pub use qualification::{qualification_html, qualification_json};
pub use result::{
    AttributeSummary, AuditIdentity, AuditResult, CohortSummary, EndpointSummary, EngineIdentity,
    FailureCount, Finding, FlowStep, InputIdentity, LevelSummary, Methods, Provenance,
    SCHEMA_VERSION, Severity, TaskSummary, TuningFailure, TuningSummary,
};
pub use sarif::sarif;
pub use tables::tables;
pub use terminal::terminal_summary;
pub use unseen::{readable, shown};
pub use withheld::{Disclosure, WithheldStratum};
pub use words::{verdict as check_word, verdict_word};
