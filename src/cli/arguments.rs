//! What can be typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::config::Date;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Does this imaging model work as well for every group of patients and at every site,
/// and will it give the same answer tomorrow?
#[derive(Debug, Parser)]
#[command(
    name = "equipoise",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  \
        equipoise check audits/demo.yaml                 everything but the model's work\n  \
        equipoise run audits/demo.yaml                   run the model, measure, report, gate\n  \
        equipoise evaluate audit.yaml --predictions scores.csv\n                                                   \
        the same without a model, from stored scores\n\n\
        Exit codes: 0 passed, 1 a requirement failed, 2 usage or configuration error, 3 inconclusive,\n  \
        4 nothing could be evaluated, 5 input failures, 6 decisions are not reproducible, 7 a waiver is invalid,\n  \
        70 internal error, 130 interrupted."
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArguments {
    /// Folder for results; an audit's files go to DIR/<audit id>/
    #[arg(long, global = true, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// Form of what is printed to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Workers that decode and run the model [default: number of cores]; never changes a result
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Day on which waivers are looked at, YYYY-MM-DD [default: today, in UTC]
    #[arg(long, global = true, value_name = "DAY")]
    pub today: Option<Date>,
    /// Shared library of ONNX Runtime to use instead of searching for one
    #[arg(long, global = true, value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,
    /// Print errors and results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more of what is being done (twice: much more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON document.
    Json,
    /// Annotations of GitHub Actions, and the summary of the step (run, evaluate, report).
    Github,
    /// GitLab's code quality report (run, evaluate, report).
    Gitlab,
    /// SARIF 2.1.0 with the audit file's path in its repository (run, evaluate, report).
    Sarif,
}

/// The two forms that every command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// Text, but for JSON.
    #[must_use]
    pub fn printed(self) -> Printed {
        match self {
            Self::Json => Printed::Json,
            Self::Text | Self::Github | Self::Gitlab | Self::Sarif => Printed::Text,
        }
    }
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the model over the cohort, measure every group, rerun, report, and gate
    #[command(after_help = "Examples:\n  \
        equipoise run audits/demo.yaml\n  \
        equipoise run audits/demo.yaml --out results --exit-zero\n  \
        equipoise run audits/demo.yaml --format json --threads 4")]
    Run(RunArguments),
    /// Check the audit file, the cohort, the files and the model, without running it
    #[command(after_help = "Example:\n  equipoise check audits/demo.yaml\n\n\
        Prints the flow of exclusions, the size of every group, what the model takes and gives,\n\
        and how large a shortfall each requirement could detect with the patients at hand. With\n\
        `gate.assume` also the chance of each verdict, were the model to perform as assumed.")]
    Check(CheckArguments),
    /// Run the model and store its scores, without measuring
    #[command(after_help = "Examples:\n  equipoise predict audits/demo.yaml\n  \
        equipoise evaluate audits/demo.yaml --predictions out/demo/predictions.parquet")]
    Predict(AuditArgument),
    /// Measure, report and gate from stored or foreign scores; needs no model and opens no image
    #[command(after_help = "Examples:\n  \
        equipoise evaluate audit.yaml --predictions scores.csv\n  \
        equipoise evaluate audits/demo.yaml --predictions out/demo/predictions.parquet\n\n\
        The table of scores is CSV or Parquet: one row a sample, with the column that\n\
        `cohort.columns.sample` (or `image`) names, and one column of scores for each endpoint.")]
    Evaluate(EvaluateArguments),
    /// Say why scores are not the makers': contradictions, tensors, and a search for the change
    #[command(after_help = "Examples:\n  \
        equipoise doctor audit.yaml\n  \
        equipoise doctor audit.yaml --sample 64 --format json\n\n\
        With `parity: {scores: ...}` in the audit file, and scores beyond its tolerance, single changes\n\
        of channels, range, mean and SD, inversion, mirrors, resizing and activation are tried, then\n\
        pairs with the best of them. They are ranked by their distance to the makers' scores, each with\n\
        the smallest change of the audit file. Nothing is ever changed.")]
    Doctor(DoctorArguments),
    /// Write the report of a finished audit again from its results.json
    #[command(
        after_help = "Examples:\n  equipoise report out/demo\n  equipoise report out/demo --redact-sites --to out/demo-to-share"
    )]
    Report(ReportArguments),
    /// Write a first audit file from a model and a table that are looked at; asks on a terminal
    #[command(after_help = super::init::HELP)]
    Init(Box<InitArguments>),
    /// Print what differs between the results of two audits: inputs, checks, estimates
    #[command(
        after_help = "Examples:\n  equipoise compare out/v1 out/v2\n  equipoise compare out/v1 out/v2 --format json\n\n\
        Takes two folders with results.json."
    )]
    Compare(CompareArguments),
    /// Hash the files of a finished audit again and say which are not those that it wrote
    #[command(after_help = "Example:\n  equipoise verify out/demo\n\n\
        Holds every output, and every input that is still where it was, against manifest.json.")]
    Verify(VerifyArguments),
    /// Say what a code of a finding, a mistake or an exit stands for, why it matters, and what to do
    #[command(
        after_help = "Examples:\n  equipoise explain\n  equipoise explain waiver-void\n  equipoise explain exit-3"
    )]
    Explain(ExplainArguments),
    /// Make or move a baseline from the results of a finished audit, and print every difference
    #[command(
        after_help = "Examples:\n  equipoise baseline out/demo --to audits/baselines/v1.json --dry-run\n  \
        equipoise baseline out/demo --to audits/baselines/v1.json\n\n\
        Rules with `baseline: baselines/v1.json` are then held against these results. The file holds\n\
        aggregates only; nothing but this command moves it."
    )]
    Baseline(BaselineArguments),
    /// Write a first audit file from what a model's makers publish; what they do not say is a TODO
    #[command(after_help = "Examples:\n  \
        equipoise import preprocessor_config.json model.onnx --to audit.yaml\n  \
        equipoise import configs/inference.json\n\n\
        Reads Hugging Face's preprocessor_config.json, timm's config.json (pretrained_cfg), a MONAI\n\
        bundle's inference.json or .yaml, and .onnx files (signature, metadata). Nothing is evaluated.\n\
        An audit file with a TODO refuses to run.")]
    Import(ImportArguments),
    /// Say what a reader sees in image files, with hashes that other readers can repeat
    #[command(after_help = "Examples:\n  \
        equipoise inspect scan.nii.gz\n  \
        equipoise inspect images/*.png --format json\n  \
        equipoise inspect scan.nii.gz --audit audit.yaml --tensor input.npy\n\n\
        Text is for reading; `--format json` prints one object for each file, in the order given.\n\
        `sha256` is of the array that Pillow, numpy or nibabel gives (NIfTI: scaled, 32-bit floats).\n\
        DICOM has `raw_sha256` (stored values), `modality_sha256`, `voi_sha256` (first window), `rgb_sha256`.\n\
        A folder is read as DICOM series, one object for each.\n\
        With an audit file, the tensor that its model would get is described too. A file that is\n\
        refused has `error`, `reason` and `step`; the others are read, and the end is exit code 5.")]
    Inspect(InspectArguments),
    /// Find or install ONNX Runtime, the second engine
    #[command(after_help = "Examples:\n  equipoise runtime list\n  equipoise runtime install")]
    Runtime(RuntimeArguments),
    /// Print the JSON Schema of the audit file (or of results.json)
    #[command(
        after_help = "Examples:\n  equipoise schema > audit.schema.json\n  equipoise schema results"
    )]
    Schema(SchemaArguments),
    /// Begin or check a language file for the report
    #[command(
        after_help = "Examples:\n  equipoise language > fr.yaml\n  equipoise language fr.yaml"
    )]
    Language(LanguageArguments),
    /// Answer a small statistical question from counts, a table of scores or a plan
    #[command(
        after_help = "Examples:\n  equipoise calc proportion 131/134\n  equipoise calc difference 56/70 48/80 --format json"
    )]
    Calc(super::calc::CalcArguments),
    /// Print a script with which a shell completes commands, options and files
    #[command(after_help = "Examples:\n  \
        equipoise completions bash > ~/.local/share/bash-completion/completions/equipoise\n  \
        equipoise completions zsh > ~/.zfunc/_equipoise          (a folder of $fpath)\n  \
        equipoise completions fish > ~/.config/fish/completions/equipoise.fish\n  \
        equipoise completions powershell >> $PROFILE")]
    Completions(CompletionsArguments),
    /// Print the manual page of equipoise or of one command
    #[command(after_help = "Examples:\n  equipoise man | man -l -\n  \
        equipoise man run > equipoise-run.1")]
    Man(ManArguments),
    /// Recompute numbers from elsewhere and say which are reproduced: evidence for a quality department
    #[command(after_help = "Examples:\n  equipoise qualify\n  \
        equipoise qualify --report qualification.html --report qualification.json\n  \
        equipoise qualify --cohort FOLDER   # with numbers of your own software")]
    Qualify(QualifyArguments),
}

/// An audit file.
#[derive(Debug, Args)]
pub struct AuditArgument {
    /// Audit file (YAML or JSON)
    #[arg(value_name = "AUDIT")]
    pub audit: PathBuf,
}

/// `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Audit file (YAML or JSON)
    #[arg(value_name = "AUDIT")]
    pub audit: PathBuf,
    /// Also write a page with N preprocessed images of each site (needs `report: {images: true}`)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=24))]
    pub preview: Option<u8>,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Audit file (YAML or JSON)
    #[arg(value_name = "AUDIT")]
    pub audit: PathBuf,
    /// End with 0 whatever the verdict (errors keep their code): for reporting jobs
    #[arg(long)]
    pub exit_zero: bool,
}

/// `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArguments {
    /// Audit file (YAML or JSON); needs no `model`, `input` and `preprocess`
    #[arg(value_name = "AUDIT")]
    pub audit: PathBuf,
    /// Scores: CSV or Parquet; may be the manifest itself
    #[arg(long, value_name = "FILE")]
    pub predictions: PathBuf,
    /// End with 0 whatever the verdict (errors keep their code): for reporting jobs
    #[arg(long)]
    pub exit_zero: bool,
}

/// `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Audit file (YAML or JSON)
    #[arg(value_name = "AUDIT")]
    pub audit: PathBuf,
    /// Samples to look at, chosen by a hash of their ids
    #[arg(long, value_name = "N", default_value = "32")]
    pub sample: NonZeroUsize,
}

/// `qualify`.
#[derive(Debug, Args)]
pub struct QualifyArguments {
    /// Also write the evidence to a file: a page (.html) or data (.json); may be given twice
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// Also recompute what other software, such as R, says of a cohort: DIR holds clustered_cohort.csv
    /// and clustered_cohort.expected.json
    #[arg(long, value_name = "DIR")]
    pub cohort: Option<PathBuf>,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Configurations (JSON or YAML) and models (.onnx) of one and the same model
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Write the audit file there (it must not exist) instead of printing it
    #[arg(long, value_name = "AUDIT")]
    pub to: Option<PathBuf>,
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// The model (.onnx)
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Table of stored scores (CSV or Parquet) in place of a model
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "preprocessor", "image", "root", "join"])]
    pub scores: Option<PathBuf>,
    /// Table with one row an image (CSV or Parquet), or a folder of DICOM files [default with --scores: that table]
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// Folder that image paths are relative to [default: the table's folder, or one in it, where the files are]
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Table of truth beside a folder of DICOM files: joined on the header value that it has in a column
    #[arg(long, value_name = "FILE")]
    pub join: Option<PathBuf>,
    /// The makers' preprocessing: preprocessor_config.json, timm's config.json, MONAI's inference.json
    #[arg(long, value_name = "FILE")]
    pub preprocessor: Option<PathBuf>,
    /// Column with the image's path [default: the one whose values are files]
    #[arg(long, value_name = "COLUMN")]
    pub image: Option<String>,
    /// Column with the sample's id [default: one that differs in every row]
    #[arg(long, value_name = "COLUMN")]
    pub sample: Option<String>,
    /// Column that tells patients apart, or none
    #[arg(long, value_name = "COLUMN")]
    pub patient: Option<String>,
    /// Column with the reference standard; several with commas make an endpoint each
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub truth: Vec<String>,
    /// Value of it that means positive; several with commas
    #[arg(long, value_name = "VALUE", value_delimiter = ',')]
    pub positive: Vec<String>,
    /// Value of it that means negative; several with commas
    #[arg(long, value_name = "VALUE", value_delimiter = ',')]
    pub negative: Vec<String>,
    /// Columns that make groups, with commas [default: columns with few values]
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub strata: Option<Vec<String>>,
    /// Threshold that the model's makers fixed
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true, value_parser = finite)]
    pub threshold: Option<f64>,
    /// What the gate asks of every group, such as "sensitivity >= 0.80" or "sensitivity difference >= -0.05"; may be given several times
    #[arg(long, value_name = "RULE")]
    pub require: Vec<crate::init::Requirement>,
    /// Id of the audit [default: the model's name]
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Where the audit file goes
    #[arg(long, value_name = "AUDIT", default_value = "audit.yaml")]
    pub to: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    pub force: bool,
}

/// `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The command [default: the page of equipoise itself]
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// Images, arrays or volumes; folders of DICOM slices
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Also describe the tensor that the model of this audit file would get
    #[arg(long, value_name = "AUDIT")]
    pub audit: Option<PathBuf>,
    /// Write that tensor as .npy (one FILE only)
    #[arg(long, value_name = "FILE", requires = "audit")]
    pub tensor: Option<PathBuf>,
    /// Of a model with several inputs of images, the one that is meant [default: all]
    #[arg(long, value_name = "NAME", requires = "audit")]
    pub input: Option<String>,
}

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Folder of a finished audit (with results.json)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Write results and report to another folder with letters for the names of sites; NAME says which
    /// attributes these are (default: those called like a site, hospital, center or clinic)
    #[arg(long, value_name = "NAME", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    pub redact_sites: Option<Vec<String>>,
    /// Folder for redacted results [default: DIR-redacted]
    #[arg(long, value_name = "FOLDER", requires = "redact_sites")]
    pub to: Option<PathBuf>,
    /// Language of report.html: en, de, or a language file [default: that of the audit file]
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
}

/// `compare`.
#[derive(Debug, Args)]
pub struct CompareArguments {
    /// Folder of the results from before
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// Folder of the results after
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// Code, as findings and mistakes have it; `exit-3` for an exit code; all of them without one
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// Folder of a finished audit (with manifest.json)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `baseline`.
#[derive(Debug, Args)]
pub struct BaselineArguments {
    /// Folder of a finished audit (with results.json)
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Baseline file to make or to move
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Print what would change and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `runtime`.
#[derive(Debug, Args)]
pub struct RuntimeArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: RuntimeCommand,
}

/// Commands of `runtime`.
#[derive(Debug, Subcommand)]
pub enum RuntimeCommand {
    /// List the engines that are at hand, and which one `engine: auto` takes
    #[command(after_help = "Example:\n  equipoise runtime list")]
    List,
    /// Get the official ONNX Runtime through pip, check its hash, keep it in the cache
    #[command(after_help = "Example:\n  equipoise runtime install")]
    Install,
}

/// `language`.
#[derive(Debug, Args)]
pub struct LanguageArguments {
    /// Language file to check: phrases that it lacks are listed; without it, one to begin with is printed
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `schema`.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    /// Which schema
    #[arg(value_enum, default_value_t = SchemaKind::Audit)]
    pub kind: SchemaKind,
}

/// Which schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// The audit file.
    Audit,
    /// results.json.
    Results,
}

/// A number that a threshold can be.
fn finite(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| "expected a finite number".to_owned())
}
