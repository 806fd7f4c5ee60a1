//! The groups that are withheld.

use std::collections::{BTreeMap, BTreeSet};

/// Levels by endpoint and attribute.
type Levels = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The groups that are withheld, by endpoint, attribute and level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hidden {
    below: u64,
    strata: Levels,
    /// Attributes of which `everyone else` gives a withheld group away.
    complements: BTreeMap<String, BTreeSet<String>>,
}

impl Hidden {
    /// Nothing is withheld so far; numbers from 1 to `below` - 1 are small, none when it is 0.
    #[must_use]
    pub fn new(below: u64) -> Self {
        Self {
            below,
            ..Self::default()
        }
    }

    /// Withholds a group.
    pub(crate) fn hide(&mut self, endpoint: &str, attribute: &str, level: &str) {
        self.strata
            .entry(endpoint.to_owned())
            .or_default()
            .entry(attribute.to_owned())
            .or_default()
            .insert(level.to_owned());
    }

    /// Withholds what is set against everyone else whose value is known.
    pub(super) fn hide_complements(&mut self, endpoint: &str, attribute: &str) {
        self.complements
            .entry(endpoint.to_owned())
            .or_default()
            .insert(attribute.to_owned());
    }

    /// The bound below which a number of patients is small; 0 when nothing is protected.
    #[must_use]
    pub fn below(&self) -> u64 {
        self.below
    }

    /// Whether a number of patients is small.
    #[must_use]
    pub fn is_small(&self, patients: u64) -> bool {
        (1..self.below).contains(&patients)
    }

    /// Whether a group is withheld for an endpoint.
    #[must_use]
    pub fn holds(&self, endpoint: &str, attribute: &str, level: &str) -> bool {
        self.levels(endpoint, attribute)
            .is_some_and(|levels| levels.contains(level))
    }

    /// Whether a group is withheld for any endpoint.
    #[must_use]
    pub fn holds_for_any(&self, attribute: &str, level: &str) -> bool {
        self.strata
            .keys()
            .any(|endpoint| self.holds(endpoint, attribute, level))
    }

    /// Whether any level of an attribute is withheld for an endpoint.
    #[must_use]
    pub fn holds_a_level_of(&self, endpoint: &str, attribute: &str) -> bool {
        self.levels(endpoint, attribute).is_some()
    }

    /// Whether a group cannot be set against its reference, `complement` or a level: one of the two
    /// is withheld, or the complement's size would give a withheld group away.
    #[must_use]
    pub fn holds_comparison(
        &self,
        endpoint: &str,
        attribute: &str,
        level: &str,
        reference: &str,
    ) -> bool {
        let complement = reference == "complement"
            && self
                .complements
                .get(endpoint)
                .is_some_and(|attributes| attributes.contains(attribute));
        complement
            || self.holds(endpoint, attribute, level)
            || self.holds(endpoint, attribute, reference)
    }

    /// All groups that are withheld: endpoint, attribute, level.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.strata.iter().flat_map(|(endpoint, attributes)| {
            attributes.iter().flat_map(move |(attribute, levels)| {
                levels
                    .iter()
                    .map(move |level| (endpoint.as_str(), attribute.as_str(), level.as_str()))
            })
        })
    }

    /// Why, in words that fit every withheld group: they do not tell a small group from one that
    /// is withheld to protect it.
    #[must_use]
    pub fn reason(&self) -> String {
        format!(
            "fewer than {} patients stand behind a truth class of it, or of a group that it would give away",
            self.below
        )
    }

    fn levels(&self, endpoint: &str, attribute: &str) -> Option<&BTreeSet<String>> {
        self.strata.get(endpoint)?.get(attribute)
    }
}
