//! Groups of samples: levels of an attribute, crossings, the whole cohort.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{AttributeColumn, Cohort, MISSING_LEVEL};

/// Attribute name of the whole cohort.
pub const OVERALL: &str = "overall";

/// A partition of the samples into named levels.
#[derive(Debug, Clone)]
pub struct Strata {
    /// Attribute, `a*b` for a crossing, `overall`.
    pub attribute: String,
    /// Column, columns joined by `*`, or empty for `overall`.
    pub column: String,
    /// Levels in order.
    pub levels: Vec<String>,
    /// Whether a level holds a `(missing)`, by level.
    pub holds_missing: Vec<bool>,
    /// Index into `levels` of each sample.
    pub codes: Vec<u16>,
    /// Declared as exploratory (a crossing when any of its attributes is).
    pub exploratory: bool,
    /// Names of the crossed attributes; one for a plain attribute, none for `overall`.
    pub parts: Vec<String>,
}

/// The whole cohort, every attribute, every crossing asked for.
#[must_use]
pub fn crossings(cohort: &Cohort, intersections: &[Vec<String>]) -> Vec<Strata> {
    let mut all = vec![Strata {
        attribute: OVERALL.to_owned(),
        column: String::new(),
        levels: vec!["all".to_owned()],
        holds_missing: vec![false],
        codes: vec![0; cohort.len()],
        exploratory: false,
        parts: Vec::new(),
    }];
    all.extend(cohort.attributes.iter().map(plain));
    for names in intersections {
        let parts: Vec<&AttributeColumn> = names
            .iter()
            .filter_map(|name| {
                cohort
                    .attributes
                    .iter()
                    .find(|attribute| attribute.name == *name)
            })
            .collect();
        if parts.len() == names.len() {
            all.push(crossed(&parts, cohort.len()));
        }
    }
    all
}

fn plain(attribute: &AttributeColumn) -> Strata {
    Strata {
        attribute: attribute.name.clone(),
        column: attribute.column.clone(),
        levels: attribute.levels.clone(),
        holds_missing: attribute
            .levels
            .iter()
            .map(|level| level == MISSING_LEVEL)
            .collect(),
        codes: attribute.codes.clone(),
        exploratory: attribute.exploratory,
        parts: vec![attribute.name.clone()],
    }
}

/// Every combination of known levels has its row, even an empty one; combinations with
/// `(missing)` only where they occur.
fn crossed(parts: &[&AttributeColumn], samples: usize) -> Strata {
    // A combination as one number, the first part counting most: ordered as the codes are.
    let packed = |codes: &mut dyn Iterator<Item = u16>| -> u64 {
        codes.zip(parts).fold(0, |packed, (code, part)| {
            packed * part.levels.len().max(1) as u64 + u64::from(code)
        })
    };
    let of_samples: Vec<u64> = (0..samples)
        .into_par_iter()
        .map(|sample| packed(&mut parts.iter().map(|part| part.codes[sample])))
        .collect();
    let mut present: BTreeMap<u64, Vec<u16>> = BTreeMap::new();
    for known in known_combinations(parts) {
        present.insert(packed(&mut known.iter().copied()), known);
    }
    // What is left holds a missing value.
    let known: Vec<u64> = present.keys().copied().collect();
    let others: Vec<usize> = (0..samples)
        .into_par_iter()
        .filter(|sample| known.binary_search(&of_samples[*sample]).is_err())
        .collect();
    for sample in others {
        present
            .entry(of_samples[sample])
            .or_insert_with(|| parts.iter().map(|part| part.codes[sample]).collect());
    }
    let numbers: Vec<u64> = present.keys().copied().collect();
    let present: Vec<Vec<u16>> = present.into_values().collect();
    let name = |codes: &Vec<u16>| {
        parts
            .iter()
            .zip(codes)
            .map(|(part, code)| part.levels[*code as usize].as_str())
            .collect::<Vec<_>>()
            .join("*")
    };
    let missing = |codes: &Vec<u16>| {
        parts
            .iter()
            .zip(codes)
            .any(|(part, code)| part.missing_code() == Some(*code))
    };
    Strata {
        attribute: parts
            .iter()
            .map(|part| part.name.as_str())
            .collect::<Vec<_>>()
            .join("*"),
        column: parts
            .iter()
            .map(|part| part.column.as_str())
            .collect::<Vec<_>>()
            .join("*"),
        levels: present.iter().map(name).collect(),
        holds_missing: present.iter().map(missing).collect(),
        codes: of_samples
            .par_iter()
            .map(|own| numbers.partition_point(|number| number < own) as u16)
            .collect(),
        exploratory: parts.iter().any(|part| part.exploratory),
        parts: parts.iter().map(|part| part.name.clone()).collect(),
    }
}

fn known_combinations(parts: &[&AttributeColumn]) -> Vec<Vec<u16>> {
    let mut combinations: Vec<Vec<u16>> = vec![Vec::new()];
    for part in parts {
        let known: Vec<u16> = part
            .levels
            .iter()
            .zip(0u16..)
            .filter(|(level, _)| *level != MISSING_LEVEL)
            .map(|(_, code)| code)
            .collect();
        combinations = combinations
            .iter()
            .flat_map(|head| {
                known
                    .iter()
                    .map(|code| [head.as_slice(), &[*code]].concat())
            })
            .collect();
    }
    combinations
}
