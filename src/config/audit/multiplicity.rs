//! How p-values are adjusted for their number.

/// An adjustment for multiplicity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Adjustment {
    /// Holm 1979: family-wise error under any dependence.
    Holm,
    /// Hochberg 1988: family-wise error under positive dependence.
    Hochberg,
    /// Benjamini and Hochberg 1995: false discovery rate under positive dependence.
    BenjaminiHochberg,
    /// Benjamini and Yekutieli 2001: false discovery rate under any dependence.
    BenjaminiYekutieli,
    /// Largest of correlated normal statistics: family-wise error with the correlation that the
    /// patients bring (Hothorn, Bretz and Westfall 2008).
    MaxT,
}

impl Adjustment {
    /// Id in the audit file and in results.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Holm => "holm",
            Self::Hochberg => "hochberg",
            Self::BenjaminiHochberg => "benjamini_hochberg",
            Self::BenjaminiYekutieli => "benjamini_yekutieli",
            Self::MaxT => "max_t",
        }
    }
}
