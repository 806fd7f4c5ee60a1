//! How much is drawn, so that a page keeps within its size.

use super::super::figures::Hover;

/// How much of the curves is drawn, so that the page keeps within its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Detail {
    /// Curves of every stratum.
    All,
    /// Curves of the whole cohort and of single attributes, not of crossings.
    NoCrossings,
    /// No curves but those of the whole cohort.
    OverallOnly,
}

/// How much of the page is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Extent {
    /// Whose curves are drawn.
    pub detail: Detail,
    /// Whether curves of groups are drawn for calibration and discrimination alone.
    pub lean: bool,
    /// How the values of marks are carried.
    pub hover: Hover,
}

impl Extent {
    /// From the fullest page to the smallest.
    const STEPS: [Self; 5] = [
        Self::new(Detail::All, false, Hover::Titles),
        Self::new(Detail::All, false, Hover::Numbers),
        Self::new(Detail::NoCrossings, false, Hover::Numbers),
        Self::new(Detail::NoCrossings, true, Hover::Numbers),
        Self::new(Detail::OverallOnly, true, Hover::Numbers),
    ];

    /// Groups from which on titles of every mark would make a page too large by themselves.
    const MANY: usize = 60;

    /// The steps worth trying for a result with curves of so many groups.
    pub fn steps(groups: usize) -> &'static [Self] {
        if groups > Self::MANY {
            &Self::STEPS[1..]
        } else {
            &Self::STEPS
        }
    }

    /// Whose curves are drawn beside those of calibration and discrimination.
    pub fn rest(self) -> Detail {
        if self.lean {
            Detail::OverallOnly
        } else {
            self.detail
        }
    }

    const fn new(detail: Detail, lean: bool, hover: Hover) -> Self {
        Self {
            detail,
            lean,
            hover,
        }
    }
}
