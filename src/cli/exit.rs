//! Exit codes: a contract with continuous integration.

use std::process::ExitCode;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: every requirement passed, or there was none.
    Success,
    /// 1: a requirement failed.
    Failed,
    /// 2: usage or configuration error.
    Usage,
    /// 3: blocked because a check is inconclusive or cannot be evaluated.
    Inconclusive,
    /// 4: nothing was evaluated.
    NothingEvaluated,
    /// 5: input or decoding failures: the metrics cannot be trusted.
    Input,
    /// 6: the model's decisions are not reproducible.
    NotReproducible,
    /// 7: a waiver is invalid, and nothing else blocks.
    InvalidWaiver,
    /// 70: internal error.
    Internal,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::NothingEvaluated => 4,
            Self::Input => 5,
            Self::NotReproducible => 6,
            Self::InvalidWaiver => 7,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// The code of a finished audit (see `gate::exit_code`).
    #[must_use]
    pub fn of_audit(code: u8) -> Self {
        match code {
            0 => Self::Success,
            1 => Self::Failed,
            3 => Self::Inconclusive,
            4 => Self::NothingEvaluated,
            5 => Self::Input,
            6 => Self::NotReproducible,
            7 => Self::InvalidWaiver,
            _ => Self::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
