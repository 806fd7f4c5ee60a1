//! Which keys each mapping of the audit file takes.
//!
//! One table serves the validator and the test that holds it against the JSON Schema, so that
//! an editor and the command line never disagree. Keys that a later version will take are
//! listed too: they are refused by name and never taken for typing errors, let alone ignored.

/// The keys of one mapping.
#[derive(Debug)]
pub(super) struct Keys {
    /// Where the mapping stands; `*` for any name, `[]` for any entry of a list.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read by the test against the schema")
    )]
    pub(super) path: &'static str,
    /// Keys that this version reads.
    pub(super) accepted: &'static [&'static str],
    /// Keys of the grammar that this version does not support yet.
    pub(super) later: &'static [&'static str],
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident $path:literal [$($key:literal)*] later [$($later:literal)*];)*) => {
        $($(#[$doc])* pub(super) const $name: Keys = Keys { path: $path, accepted: &[$($key),*], later: &[$($later),*] };)*
        /// Every mapping with fixed keys.
        #[cfg(test)]
        pub(super) const ALL: &[&Keys] = &[$(&$name),*];
    };
}

keys! {
    /// The file itself.
    ROOT "" ["audit" "title" "intended_use" "model" "cohort" "input" "preprocess" "output" "aggregate"
        "endpoints" "strata" "statistics" "reproducibility" "parity" "report" "gate"]
        later [];
    /// `report`.
    REPORT "report" ["images" "images_by" "templates" "logo" "sign_off" "language"] later [];
    /// `model`.
    MODEL "model" ["file" "sha256" "engine" "inputs" "threads" "batch" "sliding_window"] later [];
    /// `model.sliding_window`.
    SLIDING_WINDOW "model.sliding_window" ["roi" "overlap" "blend"] later ["sigma"];
    /// One of `model.inputs`.
    MODEL_INPUT "model.inputs.*" ["layout" "dtype" "view" "image" "input" "preprocess" "column" "columns" "offset" "scale" "map" "other"
        "missing"] later ["mean" "std"];
    /// One of the columns of an input.
    MODEL_INPUT_COLUMN "model.inputs.*.columns[]" ["column" "offset" "scale" "map" "other" "missing"]
        later ["mean" "std"];
    /// `cohort`.
    COHORT "cohort" ["manifest" "join" "root" "columns" "include" "missing" "max_failed_share" "count_failed_as_error"
        "sampling" "reference_standard" "independence" "tuning" "exam"]
        later ["prevalence"];
    /// `cohort.exam`.
    EXAM "cohort.exam" ["column" "view" "missing" "duplicate" "truth" "attribute"] later [];
    /// `cohort.join`.
    JOIN "cohort.join" ["table" "column" "on"] later [];
    /// `cohort.columns`.
    COLUMNS "cohort.columns" ["image" "sample" "patient" "series" "study" "lesion" "eye" "breast"] later ["split" "weight"];
    /// One rule of `cohort.include`.
    INCLUDE "cohort.include[]" ["column" "in" "not_in" "min" "max"] later [];
    /// `cohort.tuning`.
    TUNING "cohort.tuning" ["column" "in"] later [];
    /// `input`.
    INPUT "input" ["kind" "channels" "frame" "monochrome1" "allow" "orientation" "jpeg_idct" "jpeg_upsampling"]
        later ["window" "voi" "modality" "photometric" "spacing" "invert"];
    /// One step of `preprocess`.
    STEP "preprocess[]" ["crop" "resize" "scale" "normalize" "standardize" "window" "clip" "pad" "flip" "rotate90"
        "orient" "spacing" "rescale" "channels" "transpose" "histogram_equalize" "clahe" "minmax"]
        later [];
    /// `crop` that is not `center_square`.
    CROP "preprocess[].crop" ["center" "box" "foreground"] later [];
    /// `crop: {foreground: ...}`.
    CROP_FOREGROUND "preprocess[].crop.foreground" ["above" "margin"] later [];
    /// `crop: {center: ...}`.
    CROP_CENTER "preprocess[].crop.center" ["width" "height" "depth"] later [];
    /// `resize`.
    RESIZE "preprocess[].resize" ["width" "height" "shorter" "longer" "rounding" "engine" "filter" "version" "antialias" "dtype"
        "preserve_range"] later ["keep_aspect"];
    /// `normalize`.
    NORMALIZE "preprocess[].normalize" ["mean" "std"] later [];
    /// `window`.
    WINDOW "preprocess[].window" ["center" "width" "function" "name" "index" "lut" "output" "rounding"] later [];
    /// `histogram_equalize`.
    EQUALIZE "preprocess[].histogram_equalize" ["engine"] later [];
    /// `clahe`.
    CLAHE "preprocess[].clahe" ["engine" "clip_limit" "tiles_across" "tiles_down"] later [];
    /// `minmax`.
    MINMAX "preprocess[].minmax" ["percentiles"] later [];
    /// `clip`.
    CLIP "preprocess[].clip" ["min" "max"] later ["percentiles"];
    /// `pad`.
    PAD "preprocess[].pad" ["width" "height" "depth" "value"] later [];
    /// `spacing`.
    SPACING "preprocess[].spacing" ["x" "y" "z" "engine" "filter"] later [];
    /// `output`.
    OUTPUT "output" ["name" "head" "activation" "score_kind" "labels" "pool" "inside_from" "resample" "boxes"] later ["temperature" "nms"];
    /// One entry of `aggregate`.
    AGGREGATE "aggregate[]" ["to" "by" "threshold" "truth" "attribute"] later [];
    /// One endpoint.
    ENDPOINT "endpoints.*" ["score" "truth" "threshold" "direction" "prevalence" "ranking" "net_benefit" "paired_with" "unit"] later [];
    /// `ranking` of an endpoint.
    RANKING "endpoints.*.ranking" ["at_specificity" "at_sensitivity" "partial_from"] later [];
    /// `net_benefit` of an endpoint.
    NET_BENEFIT "endpoints.*.net_benefit" ["from" "to" "step"] later [];
    /// `truth` of an endpoint.
    TRUTH "endpoints.*.truth" ["column" "positive" "negative"] later [];
    /// `threshold` of an endpoint.
    THRESHOLD "endpoints.*.threshold" ["fixed" "youden" "target_sensitivity" "target_specificity"] later [];
    /// `youden` of a threshold.
    YOUDEN "endpoints.*.threshold.youden" ["on"] later [];
    /// `target_sensitivity` of a threshold.
    TARGET_SENSITIVITY "endpoints.*.threshold.target_sensitivity" ["value" "on"] later [];
    /// `target_specificity` of a threshold.
    TARGET_SPECIFICITY "endpoints.*.threshold.target_specificity" ["value" "on"] later [];
    /// `strata`, beside the names of attributes.
    STRATA "strata" ["intersections"] later [];
    /// One attribute.
    ATTRIBUTE "strata.*" ["column" "bins" "labels" "levels" "reference" "exploratory" "cross_ranking"] later [];
    /// `statistics`.
    STATISTICS "statistics" ["confidence" "replicates" "seed" "suppress_below" "intervals" "clusters"
        "smooth_calibration" "curve_bands" "multiplicity" "exploratory" "case_mix"] later [];
    /// One pair of `statistics.case_mix`.
    CASE_MIX "statistics.case_mix[]" ["compare" "within"] later [];
    /// `statistics.intervals`.
    INTERVALS "statistics.intervals" ["proportion" "difference" "auroc" "paired"] later [];
    /// `reproducibility`.
    REPRODUCIBILITY "reproducibility" ["reruns" "vary" "sample" "tolerance"] later [];
    /// `reproducibility.tolerance`.
    TOLERANCE "reproducibility.tolerance" ["max_abs_logit" "decision_flips"] later [];
    /// `parity`.
    PARITY "parity" ["scores" "sample" "columns" "scale" "tensors" "tolerance"] later [];
    /// `parity.tolerance`.
    PARITY_TOLERANCE "parity.tolerance" ["max_abs" "decision_flips" "max_abs_tensor"] later [];
    /// `gate`.
    GATE "gate" ["locked" "alpha" "policy" "families" "correction" "assume" "waivers"] later [];
    /// One of `gate.waivers`.
    WAIVER "gate.waivers[]" ["check" "endpoint" "stratum" "model_sha256" "until" "reason" "owner" "approver" "not_beyond"] later [];
    /// `gate.assume`.
    ASSUME "gate.assume" ["sensitivity" "specificity" "auroc" "oe_ratio" "calibration_slope" "intracluster_correlation" "endpoints"] later [];
    /// One of `gate.assume.endpoints`.
    ASSUME_ENDPOINT "gate.assume.endpoints.*" ["sensitivity" "specificity" "auroc" "oe_ratio" "calibration_slope" "intracluster_correlation"] later [];
    /// `gate.policy`.
    POLICY "gate.policy" ["inconclusive" "not_evaluable" "missing_stratum"] later [];
    /// One rule of a family.
    RULE "gate.families.*[]" ["id" "metric" "endpoint" "strata" "compare" "baseline" "require" "min"] later ["prevalence"];
    /// `baseline` of a rule.
    BASELINE "gate.families.*[].baseline" ["results" "scores"] later [];
    /// `min` of a rule.
    MINIMUM "gate.families.*[].min" ["positives" "negatives" "patients"] later [];
}
