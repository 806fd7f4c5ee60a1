//! Who was left out, why, and how many remained.

/// One step of the flow. `remaining` of one step is `remaining` of the step before less `removed`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowEntry {
    /// Kebab-case code.
    pub code: String,
    /// In words.
    pub description: String,
    /// Samples taken away.
    pub removed: u64,
    /// Samples left.
    pub remaining: u64,
    /// Patients left.
    pub remaining_patients: u64,
}
