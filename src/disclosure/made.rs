//! Cohorts for the tests of this room.

use crate::cohort::{AttributeColumn, Cohort, Names, Truth};

/// A cohort of clustered samples; truth by endpoint.
pub(super) fn made(
    attributes: Vec<AttributeColumn>,
    patient_of: Vec<u32>,
    truth: Vec<Vec<Truth>>,
) -> Cohort {
    let named = |n: usize| -> Names {
        let names: Vec<String> = (0..n).map(|n| format!("n{n:03}")).collect();
        names.iter().collect()
    };
    let samples = patient_of.len();
    let patients = patient_of.iter().max().map_or(0, |last| *last as usize + 1);
    Cohort {
        samples: named(samples),
        rows: (2..samples + 2).collect(),
        images: patient_of.iter().map(|_| "").collect(),
        patient_of,
        patients: named(patients),
        clustered: true,
        units: Vec::new(),
        sources: Vec::new(),
        inputs: Vec::new(),
        values: Vec::new(),
        attributes,
        truth,
        flow: Vec::new(),
    }
}

pub(super) fn attribute(name: &str, levels: Vec<String>, codes: Vec<u16>) -> AttributeColumn {
    AttributeColumn {
        name: name.to_owned(),
        column: name.to_owned(),
        levels,
        codes,
        exploratory: false,
    }
}

pub(super) fn truth_of(positive: bool) -> Truth {
    if positive {
        Truth::Positive
    } else {
        Truth::Negative
    }
}
