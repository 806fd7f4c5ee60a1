//! What is withheld to protect small groups of patients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which groups are withheld, and by what rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disclosure {
    /// Numbers of patients from 1 to below this are withheld (`statistics.suppress_below`); 0: none.
    pub suppress_below: u64,
    /// Groups of all endpoints, withheld or not.
    pub n_strata: u64,
    /// The groups that are withheld: small ones and those that would give them away, which are not
    /// told apart.
    pub withheld: Vec<WithheldStratum>,
    /// Whether numbers of the cohort flow are withheld too.
    pub flow_withheld: bool,
}

/// One group that is withheld for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithheldStratum {
    /// Endpoint.
    pub endpoint: String,
    /// Attribute.
    pub attribute: String,
    /// Level.
    pub level: String,
}
