//! A pair of `statistics.case_mix`.

use schemars::JsonSchema;

use super::words::Word;

/// One attribute compared within the levels of another.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CaseMix {
    /// Attribute whose levels are compared with everyone else.
    pub compare: Word,
    /// Attribute whose mix is held fixed.
    pub within: Word,
}
