//! `gate.waivers`.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::words::{Name, OneName, Word};

/// A check that is let pass for a while, on somebody's word.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Waiver {
    /// Id of the rule.
    pub check: Name,
    /// Endpoint; needed where the rule is asked of several.
    pub endpoint: Option<Name>,
    /// The one stratum that it is about: `overall`, or a level such as `{site: B}`.
    pub stratum: WaivedStratum,
    /// SHA-256 of the model that was looked at: the waiver is void for any other.
    #[schemars(extend("pattern" = "^[0-9A-Fa-f]{64}$"))]
    pub model_sha256: Word,
    /// Last day on which it holds, at most 180 days ahead.
    #[schemars(extend("pattern" = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    pub until: Word,
    /// Why.
    pub reason: Name,
    /// Who answers for it.
    pub owner: Name,
    /// Who agreed: somebody else.
    pub approver: Name,
    /// Worst result that it covers: the waiver is void for a worse one.
    pub not_beyond: f64,
}

/// `overall`, or one level of an attribute or of a declared crossing.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum WaivedStratum {
    /// The whole cohort.
    Overall(#[schemars(extend("const" = "overall"))] Word),
    /// One level.
    Level(#[schemars(extend("minProperties" = 1))] BTreeMap<String, OneName>),
}
