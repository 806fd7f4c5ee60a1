//! Confidence, replicates, intervals and reruns.

use std::num::NonZeroUsize;

use super::super::located::Located;
use super::Adjustment;

/// The `statistics` section.
#[derive(Debug, Clone)]
pub struct StatisticsSpec {
    /// Two-sided level of displayed intervals, in (0, 1).
    pub confidence: f64,
    /// Replicates of resampling.
    pub replicates: NonZeroUsize,
    /// Seed of every random stream.
    pub seed: u64,
    /// Whether observations of one patient are taken together.
    pub clusters: bool,
    /// Displayed interval of a proportion.
    pub proportion: ProportionMethod,
    /// Displayed interval of a difference.
    pub difference: DifferenceMethod,
    /// Displayed interval of an AUROC.
    pub auroc: AurocMethod,
    /// Displayed interval of a difference on the same cases, where every case is its own patient.
    pub paired: PairedMethod,
    /// Smooth calibration curves.
    pub smooth: Smooth,
    /// Whether ROC and precision-recall curves get bands from resampled patients.
    pub curve_bands: bool,
    /// Numbers of patients from 1 to below this are withheld; 0: none.
    pub suppress_below: u32,
    /// Adjustment of the displayed comparisons.
    pub multiplicity: Adjustment,
    /// Adjustment of comparisons of exploratory attributes: Benjamini-Hochberg or -Yekutieli.
    pub exploratory: Adjustment,
    /// Attributes that are compared within the levels of another, so that the mix of cases is held fixed.
    pub case_mix: Vec<CaseMixSpec>,
}

/// One attribute compared within the levels of another.
#[derive(Debug, Clone)]
pub struct CaseMixSpec {
    /// Attribute whose levels are compared.
    pub compare: Located<String>,
    /// Attribute whose mix is held fixed.
    pub within: Located<String>,
}

/// What is made of smooth calibration curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smooth {
    /// Nothing.
    None,
    /// The curve with its band, and the distances without intervals.
    Curve,
    /// The distances with intervals from resampled patients.
    Intervals,
}

/// Displayed interval of a proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProportionMethod {
    /// Wilson score interval.
    Wilson,
    /// Clopper and Pearson's exact interval.
    ClopperPearson,
    /// Agresti and Coull.
    AgrestiCoull,
    /// Jeffreys' prior, equal tails.
    Jeffreys,
    /// Exact with mid-p.
    MidP,
    /// Blaker's exact interval.
    Blaker,
    /// Wilson with continuity correction.
    WilsonContinuity,
}

/// Displayed interval of a difference of proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceMethod {
    /// Newcombe's method 10 (MOVER from the clustered limits with clusters).
    Newcombe10,
    /// Miettinen and Nurminen's score interval.
    MiettinenNurminen,
    /// Mee's score interval.
    Mee,
}

/// Displayed interval of a difference on the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairedMethod {
    /// Newcombe's paired method 10.
    NewcombePaired10,
    /// Tango's score interval.
    Tango,
}

/// Displayed interval of an AUROC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AurocMethod {
    /// DeLong or Obuchowski variance on the logit scale; Newcombe 5 where that fails.
    Logit,
    /// DeLong or Obuchowski variance on the plain scale, cut at 0 and 1.
    Delong,
    /// Newcombe's method 5.
    Newcombe5,
}

/// The `reproducibility` section.
#[derive(Debug, Clone)]
pub struct ReproducibilitySpec {
    /// How many times the model is run again.
    pub reruns: usize,
    /// What is changed between runs.
    pub vary: Vec<Vary>,
    /// How many samples are run again; `None`: all.
    pub sample: Option<NonZeroUsize>,
    /// Largest difference of logits (or of scores where no logit is known) that is tolerated.
    pub max_abs_logit: Option<f64>,
    /// Most decisions that may change.
    pub decision_flips: Option<u64>,
}

/// What a rerun changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vary {
    /// Threads inside the session.
    Threads,
    /// Samples a batch.
    Batch,
    /// A fresh session.
    Session,
    /// The other engine, when there is one.
    Engine,
}
