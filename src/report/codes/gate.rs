//! Codes about results: waivers, baselines, parity, reruns, engines.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "waiver-unused",
        checks: "Whether a waiver covers a check that blocks.",
        matters: "A waiver that nobody needs hides the next failure.",
        remedy: "Remove it.",
    },
    Code {
        code: "waiver-expired",
        checks: "Whether the last day of a waiver is over.",
        matters: "What was let pass for a while must not pass for ever.",
        remedy: "Mend the model, or look again and agree on a new day.",
    },
    Code {
        code: "waiver-void",
        checks: "Whether model and result are those that a waiver was given for.",
        matters: "Nobody has looked at these.",
        remedy: "Look at the new result, and agree on a new waiver if it is acceptable.",
    },
    Code {
        code: "waiver-invalid",
        checks: "Whether a waiver has two people behind it and ends within 180 days.",
        matters: "One person's word for an unlimited time is no control.",
        remedy: "Have another person approve it, for at most 180 days.",
    },
    Code {
        code: "malformed-baseline",
        checks: "Whether a baseline file is one.",
        matters: "A comparison with something else would pass or fail by chance.",
        remedy: "Make it anew with `equipoise baseline`.",
    },
    Code {
        code: "baseline-of-another-audit",
        checks: "Whether a baseline is of the audit of the same id.",
        matters: "Groups and endpoints are compared by their names, which may mean something else there.",
        remedy: "Make sure that they mean the same.",
    },
    Code {
        code: "parity-within-tolerance",
        checks: "Whether the makers' own scores come out here.",
        matters: "They do: preprocessing, engine and output are theirs.",
        remedy: "Nothing.",
    },
    Code {
        code: "parity-not-verified",
        checks: "Whether there was anything to hold the scores against.",
        matters: "A wrong preprocessing changes every number, and nothing here would show it.",
        remedy: "Get scores of the makers for some samples, and add a `parity` section.",
    },
    Code {
        code: "parity-beyond-tolerance",
        checks: "Whether the makers' scores come out here.",
        matters: "They do not, so that this is another model than theirs in all but name.",
        remedy: "`equipoise doctor AUDIT` searches for the explanation.",
    },
    Code {
        code: "parity-columns",
        checks: "Whether the makers' table has a column for every score.",
        matters: "Scores would be compared with others.",
        remedy: "Say which column holds what under `parity.columns`.",
    },
    Code {
        code: "parity-no-logits",
        checks: "Whether logits are known where the makers give logits.",
        matters: "They cannot be compared with probabilities.",
        remedy: "Write `parity: {scale: score}` for scores after the activation.",
    },
    Code {
        code: "parity-no-sample",
        checks: "Whether the makers' table or folder knows any sample of the cohort.",
        matters: "Nothing would be compared.",
        remedy: "Check the column of ids, or the names of the files.",
    },
    Code {
        code: "parity-not-scored",
        checks: "Whether any sample with a number of the makers has a score.",
        matters: "There is nothing to compare: all of them failed.",
        remedy: "See the reason in the message.",
    },
    Code {
        code: "parity-number",
        checks: "Whether the makers' scores are numbers.",
        matters: "Text cannot be compared.",
        remedy: "Correct the table.",
    },
    Code {
        code: "parity-repeated",
        checks: "Whether the makers give each sample once.",
        matters: "Two numbers for one sample contradict each other.",
        remedy: "Leave one row for each.",
    },
    Code {
        code: "parity-scores",
        checks: "Whether the makers' table can be read.",
        matters: "Nothing could be compared.",
        remedy: "Look at the place that the message names.",
    },
    Code {
        code: "parity-unused",
        checks: "Whether a tolerance goes with something that is compared.",
        matters: "It would tolerate nothing.",
        remedy: "Remove it, or give what it is for.",
    },
    Code {
        code: "rerun-not-varied",
        checks: "Whether everything that reruns should vary could be varied.",
        matters: "What did not vary was not tested.",
        remedy: "Install the second engine, for instance.",
    },
    Code {
        code: "embedded-engine",
        checks: "Whether ONNX Runtime was found.",
        matters: "The embedded engine ran the model; scores may differ in the last digits.",
        remedy: "`equipoise runtime install` gets it.",
    },
    Code {
        code: "engine-caution",
        checks: "Whether something about the engine should be known.",
        matters: "It may change scores in the last digits or fail for some models.",
        remedy: "Read the message.",
    },
    Code {
        code: "fed-differently",
        checks: "Whether the images of a group differ from all others before the model sees them.",
        matters: "Another scanner, window or export can stand behind a difference of scores.",
        remedy: "Look at `tables/fed.csv`.",
    },
    Code {
        code: "preview",
        checks: "Whether images may be shown.",
        matters: "Patients may be recognised in images.",
        remedy: "Write `report: {images: true}` if they may.",
    },
    Code {
        code: "engine",
        checks: "Whether an engine can load and run the model.",
        matters: "Without one nothing is measured.",
        remedy: "Read the message; `equipoise runtime list` says what is at hand.",
    },
    Code {
        code: "error",
        checks: "Whether the command could do what it was asked.",
        matters: "It could not, and nothing was changed.",
        remedy: "Read the message.",
    },
];
