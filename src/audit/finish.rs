//! From the audit file to the start of a run, and from predictions to the written folder.

use std::path::{Path, PathBuf};

use crate::assessment::{self, Assessment};
use crate::cohort::{self, Cohort, LoadedCohort, absent_files, named_rows};
use crate::config::{self, Audit, ConfigErrors, Diagnostic, Need, SourceText};
use crate::disclosure::{Hidden, Scored, hidden_strata};
use crate::gate::{self, AuditedModel, Baselines, GateInput};
use crate::inference::{Predictions, ScoreTable};
use crate::parity::Parity;
use crate::provenance::{HashedFile, RunManifest, hash_file, hash_images, processor, timestamp};
use crate::report::{self, AuditResult, EngineIdentity, InputIdentity, Presentation, Provenance};
use crate::reproducibility::Reproducibility;
use crate::tables::row_index;

use super::folder::{self, Staged};
use super::model::Ready;
use super::thresholds::{Scores, Thresholds};
use super::withhold::withhold;
use super::{
    AuditError, Event, FailedSamples, Finished, Options, headers, looking, model_inputs,
    presentation, summary, units,
};

/// Name of the audit file with every default.
const RESOLVED: &str = "audit.resolved.yaml";

/// An audit file that has been read.
pub(super) struct Started {
    pub(super) audit: Audit,
    pub(super) source: SourceText,
    pub(super) warnings: Vec<Diagnostic>,
    file: PathBuf,
    since: String,
    staged: Option<Staged>,
    presentation: Option<Presentation>,
    pub(super) baselines: Baselines,
    /// Tables of the scores behind baselines, until the cohort is there to join them to.
    pub(super) baseline_tables: Vec<(PathBuf, ScoreTable)>,
}

/// Where predictions came from.
pub(super) enum Source<'a> {
    /// From running a model.
    Model {
        /// The model.
        ready: &'a Ready,
        /// Decoders of its images.
        decoders: &'a std::collections::BTreeSet<String>,
    },
    /// From a table.
    File(&'a Path),
}

impl Started {
    /// Reads and checks the audit file.
    pub(super) fn new(file: &Path, need: Need, options: &Options<'_>) -> Result<Self, AuditError> {
        (options.events)(Event::Stage("reading the audit file"));
        let since = timestamp();
        let loaded = config::load(file, need)
            .map_err(AuditError::Config as fn(ConfigErrors) -> AuditError)?;
        let mut started = Self {
            audit: loaded.audit,
            source: loaded.source,
            warnings: loaded.warnings,
            file: file.to_path_buf(),
            since,
            staged: None,
            presentation: None,
            baselines: Baselines::default(),
            baseline_tables: Vec::new(),
        };
        started.presentation =
            presentation::read(&started.audit).map_err(|found| started.refuse(found))?;
        Ok(started)
    }

    /// Makes sure that results can be written, before any time is spent on them.
    pub(super) fn claim_folder(&mut self, options: &Options<'_>) -> Result<(), AuditError> {
        self.staged = Some(Staged::new(&options.out, &self.audit.id)?);
        Ok(())
    }

    /// Reads the cohort; what was noticed joins the warnings.
    pub(super) fn cohort(&mut self) -> Result<LoadedCohort, AuditError> {
        self.read_baselines()?;
        if self.audit.cohort.manifest.is_dir() {
            // The files' paths start at the folder that is listed.
            self.audit.cohort.root = self.audit.cohort.manifest.value.clone();
        }
        let made = headers::table(&self.audit).map_err(|found| self.refuse(found))?;
        let loaded = match made {
            None => cohort::load(&self.audit),
            Some((table, found)) => {
                self.warn(found);
                cohort::load_table(&self.audit, &table)
            }
        };
        let mut loaded = loaded.map_err(|found| self.refuse(found))?;
        self.warn(std::mem::take(&mut loaded.found));
        self.warn(gate::rules_without_groups(&self.audit, &loaded.cohort));
        let mut found = gate::unknown_levels(&self.audit, &loaded.cohort);
        found.extend(
            units::check(&self.audit, &loaded.cohort)
                .err()
                .unwrap_or_default(),
        );
        found.extend(self.check_choices(&loaded));
        if found.is_empty() {
            Ok(loaded)
        } else {
            Err(self.refuse(found))
        }
    }

    /// Where a sample comes from, without its name, in which a patient's may stand: `row 12 of
    /// cohort.csv`, or `file 11 of the folder` (in the order of paths).
    pub(super) fn place(&self, row: usize) -> String {
        if self.audit.cohort.manifest.is_dir() {
            format!("file {} of the folder", row_index(row) + 1)
        } else {
            format!("row {row} of {}", self.manifest_name())
        }
    }

    /// What people call the table of samples.
    pub(super) fn manifest_name(&self) -> String {
        let name = self.audit.cohort.manifest.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    pub(super) fn warn(&mut self, found: Vec<Diagnostic>) {
        self.warnings.extend(found);
    }

    /// An error with the audit file's text, so that places can be shown.
    pub(super) fn refuse(&self, found: Vec<Diagnostic>) -> AuditError {
        AuditError::Refused {
            found,
            text: self.source.clone(),
        }
    }

    /// Images that are not there are told before the model runs; they count as failed samples.
    pub(super) fn warn_about_files(&mut self, loaded: &LoadedCohort) {
        let everyone = loaded.everyone();
        let absent = absent_files(everyone, &self.audit.cohort.root);
        if absent.is_empty() {
            return;
        }
        let mut rows: Vec<usize> = absent
            .iter()
            .map(|file| row_index(everyone.rows[file.sample]))
            .collect();
        rows.sort_unstable();
        let name = self
            .audit
            .cohort
            .manifest
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let what = if self.audit.cohort.exam.is_some() {
            "exams have an image file that does not exist"
        } else {
            "image files do not exist"
        };
        let message = format!(
            "{name} {}: {} of {} {what}",
            named_rows(&rows),
            absent.len(),
            everyone.len()
        );
        self.warnings.push(
            Diagnostic::warning("file-absent", message)
                .at(self.audit.cohort.manifest.span)
                .help("paths are relative to `cohort.root`; absent files count as failed samples (`cohort.max_failed_share`)"),
        );
    }

    /// Joins, measures, gates and writes.
    pub(super) fn complete(
        mut self,
        loaded: LoadedCohort,
        (scores, thresholds): (Scores, Thresholds),
        (reproducibility, mut parity): (Reproducibility, Parity),
        from: Source<'_>,
        options: &Options<'_>,
    ) -> Result<Finished, AuditError> {
        (options.events)(Event::Stage("measuring"));
        let staged = match self.staged.take() {
            Some(staged) => staged,
            None => Staged::new(&options.out, &self.audit.id)?,
        };
        let predictions = scores.measured();
        let (cohort, joined) = units::units(&self.audit, &loaded.cohort, predictions)
            .map_err(|found| self.refuse(found))?;
        self.join_baseline_scores(&loaded)?;
        let hidden = self.hidden((&loaded.cohort, predictions), (&cohort, &joined));
        if hidden.below() > 0 {
            parity.withhold(hidden.below());
        }
        let assessment =
            assessment::assess(&self.audit, &cohort, &joined, &thresholds.points, &hidden);
        self.warn(assessment::case_mix_warnings(
            &self.audit,
            &assessment.robustness.case_mix,
        ));
        let provenance = self.provenance(loaded.everyone(), scores.everyone(), &from)?;
        let declared = self.declared_model(&from)?;
        let gated = gate::evaluate(&GateInput {
            audit: &self.audit,
            cohort: &cohort,
            predictions: &joined,
            samples: (&loaded.cohort, predictions),
            assessment: &assessment,
            points: &thresholds.points,
            tuning: thresholds.tuning_failures(),
            reproducibility: &reproducibility,
            not_the_makers: parity.broken(),
            hidden: &hidden,
            baselines: &self.baselines,
            model: match (&provenance.model, &declared) {
                (Some(model), _) => AuditedModel::Ran(&model.sha256),
                (None, Some(sha256)) => AuditedModel::Declared(sha256),
                (None, None) => AuditedModel::Unknown,
            },
            today: options.today,
        });
        self.warn(gate::waiver_warnings(
            self.audit.gate.as_ref(),
            &gated.waivers,
        ));
        let result = self.result(
            (&loaded.cohort, predictions),
            (&cohort, &joined),
            thresholds,
            assessment,
            gated,
            (reproducibility, parity),
            provenance,
            &from,
            &hidden,
        )?;
        let result = report::readable(withhold(result, &hidden))?;
        (options.events)(Event::Stage("writing the report"));
        folder::write_all(
            &staged,
            &result,
            &self.audit,
            loaded.everyone(),
            scores.everyone(),
        )?;
        staged.write(RESOLVED, &self.resolved(&from)?)?;
        let folder = staged.finish(self.manifest(&from, options)?)?;
        let failed = FailedSamples::by_reason(&self, loaded.everyone(), scores.everyone());
        Ok(Finished {
            failed,
            result,
            folder,
            warnings: self.warnings,
            source: Some(self.source),
        })
    }

    /// The audit file with every default written out.
    fn resolved(&self, from: &Source<'_>) -> Result<String, AuditError> {
        let need = match from {
            Source::Model { .. } => Need::Model,
            Source::File(_) => Need::Scores,
        };
        let base = self.file.parent().unwrap_or(Path::new(""));
        config::resolved(&self.source.text, base, need).ok_or_else(|| {
            AuditError::Internal("the audit file was read and cannot be written again".to_owned())
        })
    }

    /// Groups that are withheld, decided before anything is measured.
    fn hidden(&self, samples: (&Cohort, &Predictions), units: (&Cohort, &Predictions)) -> Hidden {
        hidden_strata(
            &self.audit,
            Scored {
                cohort: samples.0,
                is_scored: &|sample| samples.1.is_scored(sample),
            },
            Scored {
                cohort: units.0,
                is_scored: &|unit| units.1.is_scored(unit),
            },
            &|name| {
                let place = units.1.position(Some(name))?;
                Some(units.1.scores[place].clone())
            },
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "everything that was found, once, on its way into one value"
    )]
    fn result(
        &self,
        samples: (&Cohort, &Predictions),
        units: (&Cohort, &Predictions),
        thresholds: Thresholds,
        assessment: Assessment,
        gated: gate::Gated,
        (reproducibility, parity): (Reproducibility, Parity),
        provenance: Provenance,
        from: &Source<'_>,
        hidden: &Hidden,
    ) -> Result<AuditResult, AuditError> {
        let fed = match from {
            Source::Model { ready, .. } => (model_inputs::summary(ready), ready.steps()),
            Source::File(_) => (Vec::new(), Vec::new()),
        };
        let methods = summary::methods(
            &self.audit,
            units.1,
            &thresholds.points,
            &assessment,
            &gated,
            fed,
        );
        let contact_sheets = match from {
            Source::Model { ready, .. } => {
                looking::contact_sheets(&self.audit, samples.0, hidden, ready, looking::IN_REPORT)
                    .map_err(AuditError::Internal)?
            }
            Source::File(_) => Vec::new(),
        };
        let fed = assessment::fed_values(samples.0, &samples.1.fed);
        Ok(AuditResult {
            schema: crate::report::SCHEMA_VERSION,
            audit: summary::identity(&self.audit, &self.source, &self.file),
            verdict: gated.verdict,
            exit_code: gated.exit_code,
            headline: gated.headline,
            estimates: assessment.estimates,
            comparisons: assessment.comparisons,
            checks: gated.checks,
            waivers: gated.waivers,
            tests: assessment.tests,
            curves: assessment.curves,
            task_curves: assessment.task_curves,
            decision_curves: assessment.decision_curves,
            cross_ranking: assessment.cross_ranking,
            paired: assessment.paired,
            case_mix: assessment.robustness.case_mix,
            missing_attribute: assessment.robustness.missing_attribute,
            label_noise: assessment.robustness.label_noise,
            failures_as_errors: assessment.robustness.failures_as_errors,
            spread: assessment.robustness.spread,
            funnels: assessment.robustness.funnels,
            pooled: assessment.robustness.pooled,
            group_thresholds: thresholds.groups,
            threshold_sweeps: assessment.threshold_sweeps,
            findings: summary::findings(&self.warnings, from, &parity, &fed),
            fed,
            contact_sheets,
            reproducibility,
            cohort: summary::cohort(&self.audit, samples, units, thresholds.tuning),
            disclosure: crate::report::Disclosure::default(),
            parity,
            methods,
            provenance,
            presentation: self.presentation.clone(),
        })
    }

    fn makers(&self) -> Option<&crate::config::ParityScores> {
        self.audit.parity.as_ref()?.scores.as_ref()
    }

    fn provenance(
        &self,
        cohort: &Cohort,
        predictions: &Predictions,
        from: &Source<'_>,
    ) -> Result<Provenance, AuditError> {
        let mut inputs = Vec::new();
        for (what, path) in self.tables() {
            inputs.push(input(what, path)?);
        }
        if let Some(scores) = self.makers() {
            inputs.push(input("makers", &scores.file)?);
        }
        for path in self.baseline_files() {
            inputs.push(input("baseline", path)?);
        }
        for path in self.baseline_score_files() {
            inputs.push(input("baseline scores", path)?);
        }
        let (engine, model, decoders) = match from {
            Source::Model { ready, decoders } => {
                let identity = ready.model().identity();
                let settings = self.audit.model.as_ref();
                let engine = EngineIdentity {
                    name: identity.name.to_owned(),
                    version: identity.version.clone(),
                    library_sha256: identity.library_sha256.clone(),
                    threads: settings.map_or(1, |model| model.threads.get() as u64),
                    batch: settings.map_or(1, |model| model.batch.get() as u64),
                };
                for file in ready.model().external_files() {
                    inputs.push(input("weights", file)?);
                }
                (
                    Some(engine),
                    Some(input("model", ready.model().path())?),
                    decoders.iter().cloned().collect(),
                )
            }
            Source::File(path) => {
                inputs.push(input("predictions", path)?);
                (None, None, Vec::new())
            }
        };
        Ok(Provenance {
            equipoise: env!("CARGO_PKG_VERSION").to_owned(),
            engine,
            model,
            inputs,
            images_sha256: hash_images(&cohort.samples, &predictions.image_sha256),
            decoders,
        })
    }

    /// The tables of samples. A folder of images is none: the hash of all images stands for it.
    fn tables(&self) -> Vec<(&'static str, &Path)> {
        let cohort = &self.audit.cohort;
        let manifest = Some(("manifest", cohort.manifest.as_path()));
        let join = cohort.join.as_ref();
        manifest
            .filter(|(_, path)| !path.is_dir())
            .into_iter()
            .chain(join.map(|join| ("joined table", join.table.as_path())))
            .collect()
    }

    fn manifest(
        &self,
        from: &Source<'_>,
        options: &Options<'_>,
    ) -> Result<RunManifest, AuditError> {
        let mut inputs = vec![hashed("audit", &self.file)?];
        for (what, path) in self.tables() {
            inputs.push(hashed(what, path)?);
        }
        if let Some(scores) = self.makers() {
            inputs.push(hashed("makers", &scores.file)?);
        }
        for path in self.baseline_files() {
            inputs.push(hashed("baseline", path)?);
        }
        for path in self.baseline_score_files() {
            inputs.push(hashed("baseline scores", path)?);
        }
        let engine = match from {
            Source::Model { ready, .. } => {
                inputs.push(hashed("model", ready.model().path())?);
                for file in ready.model().external_files() {
                    inputs.push(hashed("weights", file)?);
                }
                Some(ready.engine_name())
            }
            Source::File(path) => {
                inputs.push(hashed("predictions", path)?);
                None
            }
        };
        Ok(RunManifest {
            schema: crate::report::SCHEMA_VERSION,
            equipoise: env!("CARGO_PKG_VERSION").to_owned(),
            command: options.command.clone(),
            today: options.today.to_string(),
            locked: summary::locked(&self.audit),
            started: self.since.clone(),
            finished: timestamp(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            processor: processor(),
            threads: options.threads,
            seed: self.audit.statistics.seed,
            engine,
            inputs,
            outputs: Vec::new(),
        })
    }
}

fn hashed(role: &str, path: &Path) -> Result<HashedFile, AuditError> {
    let hash = hash_file(path).map_err(|source| AuditError::Read {
        path: path.display().to_string(),
        source,
    })?;
    Ok(HashedFile {
        role: role.to_owned(),
        path: path.display().to_string(),
        sha256: hash.sha256,
        bytes: hash.bytes,
    })
}

fn input(role: &str, path: &Path) -> Result<InputIdentity, AuditError> {
    let hashed = hashed(role, path)?;
    let file = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(InputIdentity {
        role: hashed.role,
        file,
        sha256: hashed.sha256,
        bytes: hashed.bytes,
    })
}
