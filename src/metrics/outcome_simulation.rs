//! How often 95% limits from influences hold the truth with 60 patients of several samples.

use super::regression::{
    limits_of_agreement, mean_absolute_error, mover_limits, r_squared, spearman_influenced,
};
use super::survival::{harrell_c, uno_c};
use super::{KappaWeights, weighted_kappa};
use crate::statistics::{Influenced, Interval, NotEstimable, Purpose, RandomStream, Scale};

const PATIENTS: u32 = 60;
const STUDIES: u64 = 1000;

type Concordance = fn(&[f64], &[bool], &[f64]) -> Result<Influenced, NotEstimable>;

/// One study: what a metric says of a sample of this many patients.
struct Study {
    stream: RandomStream,
    patient: Vec<u32>,
}

impl Study {
    /// One to six samples of every patient.
    fn new(purpose_replicate: u64, patients: u32) -> Self {
        let mut stream = RandomStream::new(60, Purpose::Simulation, purpose_replicate);
        let patient = (0..patients)
            .flat_map(|own| vec![own; 1 + stream.below(6) as usize])
            .collect();
        Self { stream, patient }
    }

    /// Standard normal values with this correlation within patients.
    fn normals(&mut self, correlation: f64) -> Vec<f64> {
        let count = self.patient.last().map_or(0, |last| last + 1);
        let own: Vec<f64> = (0..count).map(|_| self.stream.normal()).collect();
        let (between, within) = (correlation.sqrt(), (1.0 - correlation).sqrt());
        self.patient
            .iter()
            .map(|patient| between * own[*patient as usize] + within * self.stream.normal())
            .collect()
    }

    fn absolute_error(mut self) -> (Influenced, Vec<u32>) {
        let errors = self.normals(0.6);
        let truth = vec![0.0; errors.len()];
        (mean_absolute_error(&truth, &errors).unwrap(), self.patient)
    }

    fn r_squared(mut self) -> (Influenced, Vec<u32>) {
        let (truth, noise) = (self.normals(0.5), self.normals(0.5));
        let predicted: Vec<f64> = truth.iter().zip(&noise).map(|(y, e)| y + 0.6 * e).collect();
        (r_squared(&truth, &predicted).unwrap(), self.patient)
    }

    fn spearman(mut self) -> (Influenced, Vec<u32>) {
        let (truth, noise) = (self.normals(0.5), self.normals(0.5));
        let predicted: Vec<f64> = truth.iter().zip(&noise).map(|(y, e)| y + 0.6 * e).collect();
        (
            spearman_influenced(&truth, &predicted).unwrap(),
            self.patient,
        )
    }

    fn kappa(mut self) -> (Influenced, Vec<u32>) {
        let (truth, noise) = (self.normals(0.5), self.normals(0.5));
        let grade = |x: f64| (x + 2.0).clamp(0.0, 3.9) as u32;
        let y: Vec<u32> = truth.iter().map(|x| grade(*x)).collect();
        let seen = truth.iter().zip(&noise).map(|(x, e)| grade(x + 0.6 * e));
        let found = weighted_kappa(&y, &seen.collect::<Vec<u32>>(), 4, KappaWeights::Quadratic);
        (found.unwrap(), self.patient)
    }

    fn concordance(mut self, c: Concordance) -> (Influenced, Vec<u32>) {
        let (score, own) = (self.normals(0.5), self.normals(0.5));
        let mut time = Vec::new();
        let mut event = Vec::new();
        for (score, own) in score.iter().zip(&own) {
            let at = (-0.8 * score + own).exp();
            let end = -4.0 * self.stream.uniform().ln();
            time.push(at.min(end));
            event.push(at <= end);
        }
        (c(&time, &event, &score).unwrap(), self.patient)
    }
}

/// The truth by a study of many patients, and the share of studies whose limits hold it.
fn coverage(scale: Scale, measure: impl Fn(Study) -> (Influenced, Vec<u32>)) -> f64 {
    let truth = measure(Study::new(1 << 40, 100_000)).0.estimate;
    let held = (0..STUDIES)
        .filter(|study| {
            let (found, patient) = measure(Study::new(*study, PATIENTS));
            let scaled = found.scaled(Some(&patient), scale, "influence").unwrap();
            scaled.interval(0.95).unwrap().contains(truth)
        })
        .count();
    held as f64 / STUDIES as f64
}

/// 95% of 1000 studies has a standard error of 0.7 points.
#[test]
fn limits_of_sixty_patients_hold_the_truth_about_as_often_as_they_say() {
    for (name, share) in [
        (
            "mean absolute error",
            coverage(Scale::Log, Study::absolute_error),
        ),
        ("R2", coverage(Scale::LogComplement, Study::r_squared)),
        (
            "Spearman's correlation",
            coverage(Scale::FisherZ, Study::spearman),
        ),
        ("quadratic kappa", coverage(Scale::Identity, Study::kappa)),
        (
            "Harrell's C",
            coverage(Scale::Logit, |study| study.concordance(harrell_c)),
        ),
        (
            "Uno's C",
            coverage(Scale::Logit, |study| {
                study.concordance(|time, event, score| uno_c(time, event, score, 3.0))
            }),
        ),
    ] {
        println!("{name} {share}");
        assert!((0.915..=0.975).contains(&share), "{name} {share}");
    }
}

/// Differences with a variance of 1, a true upper limit of 1.96: MOVER keeps its level at any number
/// of patients, the delta method needs many.
#[test]
fn intervals_of_limits_of_agreement() {
    let covered = |patients: u32, of: &dyn Fn(&[f64], &[u32]) -> Interval| {
        let held = (0..STUDIES).filter(|study| {
            let mut study = Study::new(*study, patients);
            let d = study.normals(0.6);
            of(&d, &study.patient).contains(1.959_964)
        });
        held.count() as f64 / STUDIES as f64
    };
    let mover = |d: &[f64], patient: &[u32]| {
        let found = mover_limits(&vec![0.0; d.len()], d, Some(patient), 0.95, 0.95);
        found.unwrap().upper_interval
    };
    let delta = |d: &[f64], patient: &[u32]| {
        let found = limits_of_agreement(&vec![0.0; d.len()], d, Some(patient), 0.95).unwrap();
        let scaled = found.upper.scaled(Some(patient), Scale::Identity, "delta");
        scaled.unwrap().interval(0.95).unwrap()
    };
    for (name, share, least) in [
        ("mover 12", covered(12, &mover), 0.93),
        ("mover 60", covered(60, &mover), 0.93),
        ("delta 12", covered(12, &delta), 0.80),
        ("delta 60", covered(60, &delta), 0.90),
    ] {
        println!("{name} {share}");
        assert!(share >= least, "{name} {share}");
    }
}
