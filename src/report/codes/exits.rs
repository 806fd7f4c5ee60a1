//! Exit codes: what a job that calls equipoise learns from them.

use super::Code;

pub(super) const CODES: &[Code] = &[
    Code {
        code: "exit-0",
        checks: "Whether anything blocks.",
        matters: "Every blocking requirement is met, or there is none; waivers and warnings are listed.",
        remedy: "Nothing. With `--exit-zero` also whatever the verdict is.",
    },
    Code {
        code: "exit-1",
        checks: "Whether a requirement failed.",
        matters: "The data show that the model does not do in some group what was required.",
        remedy: "Read the acceptance table; mend the model, or waive the failure on two people's word.",
    },
    Code {
        code: "exit-2",
        checks: "Whether the command, the audit file and its tables can be used, and results be written.",
        matters: "Nothing was measured.",
        remedy: "Mend what is listed; `equipoise check` finds it before a model runs.",
    },
    Code {
        code: "exit-3",
        checks: "Whether every blocking check could be decided.",
        matters: "The data are too few to show that the requirement is met, or that it is not; or one check could not be computed.",
        remedy: "Collect the patients that the report asks for, or set `policy` on purpose.",
    },
    Code {
        code: "exit-4",
        checks: "Whether any check could be evaluated.",
        matters: "A gate that evaluated nothing must not pass.",
        remedy: "See the reasons in the report: groups, counts, a missing baseline.",
    },
    Code {
        code: "exit-5",
        checks: "Whether inputs can be trusted.",
        matters: "Too many samples failed, the makers' scores do not come out, or files are not those that were written.",
        remedy: "Read the findings; `equipoise doctor` and `equipoise verify` say more.",
    },
    Code {
        code: "exit-6",
        checks: "Whether the model gives the same answer again.",
        matters: "Decisions or scores changed between reruns beyond the tolerance.",
        remedy: "Look at the section on reruns.",
    },
    Code {
        code: "exit-7",
        checks: "Whether waivers are valid where nothing else blocks.",
        matters: "A waiver with one person behind it, or without an end, is none.",
        remedy: "Have another person approve it, for at most 180 days.",
    },
    Code {
        code: "exit-70",
        checks: "Whether equipoise itself worked.",
        matters: "It did not, and nothing that it says can be relied on.",
        remedy: "Report it with the audit file and the message.",
    },
    Code {
        code: "exit-130",
        checks: "Whether the command was interrupted.",
        matters: "Nothing was written.",
        remedy: "Run it again.",
    },
];
