//! Codes about the model: file, inputs, outputs.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "model-changed",
        checks: "Whether the model file is the one that the audit file is locked to.",
        matters: "The audit would speak of another model.",
        remedy: "Audit the file that was meant, or lock to the new one on purpose.",
    },
    Code {
        code: "several-inputs",
        checks: "Whether it is clear what each input of the model is fed.",
        matters: "The image would go to the wrong one.",
        remedy: "Declare them under `model.inputs`.",
    },
    Code {
        code: "unknown-input",
        checks: "Whether a declared input is one of the model's.",
        matters: "It would be fed nothing.",
        remedy: "Take the name that is suggested.",
    },
    Code {
        code: "no-image-input",
        checks: "Whether an input of the model takes the image.",
        matters: "The image would not be looked at.",
        remedy: "Leave one input out, or declare it with `layout`.",
    },
    Code {
        code: "input-layout",
        checks: "Whether the order of an input's axes is known.",
        matters: "Rows and channels would be mixed up.",
        remedy: "Write `layout: NCHW` or `NHWC`.",
    },
    Code {
        code: "input-shape",
        checks: "Whether an input has axes that images or columns fill.",
        matters: "Nothing could be fed.",
        remedy: "Read what the message expects.",
    },
    Code {
        code: "input-dtype",
        checks: "Whether an input takes the numbers that are fed.",
        matters: "Rounding or refusal would follow.",
        remedy: "Declare `dtype`, or change the last step.",
    },
    Code {
        code: "input-number",
        checks: "Whether a value of a column fits the number type of its input.",
        matters: "It would be cut.",
        remedy: "Correct the scaling, or give the column a `map`.",
    },
    Code {
        code: "model-input",
        checks: "Whether the tensor of a sample has the shape that the model takes.",
        matters: "The model cannot be run on it.",
        remedy: "Look at preprocessing.",
    },
    Code {
        code: "sliding-window",
        checks: "Whether windows fit the model's input.",
        matters: "They would be cut or refused.",
        remedy: "Give frames, rows and columns that the model takes.",
    },
    Code {
        code: "ambiguous-output",
        checks: "Whether it is clear which output of the model is meant.",
        matters: "Another one would be measured.",
        remedy: "Write `output: {name: ...}`.",
    },
    Code {
        code: "unknown-output",
        checks: "Whether the named output is one of the model's.",
        matters: "There would be no score.",
        remedy: "Take the name that is suggested.",
    },
    Code {
        code: "output-shape",
        checks: "Whether the output has the shape that its head needs.",
        matters: "Numbers would be given to the wrong labels.",
        remedy: "Check `head` and `labels`.",
    },
    Code {
        code: "output-pool",
        checks: "Whether a map over pixels becomes one number as declared.",
        matters: "Mean and maximum give other scores.",
        remedy: "Write or remove `pool`.",
    },
];
