//! What the name of a column says, in the few words that tables use for it.

/// The words of a name in lower case: `PatientAge`, `patient_age` and `patient age` have the same.
pub(super) fn words(name: &str) -> Vec<String> {
    let name = name.strip_prefix("dicom:").unwrap_or(name);
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for letter in name.chars() {
        let begins = letter.is_uppercase() && lower_before;
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(letter.to_lowercase());
        }
        lower_before = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has(name: &str, wanted: &[&str]) -> bool {
    words(name)
        .iter()
        .any(|word| wanted.contains(&word.as_str()))
}

/// Words that say of a column that it is a score or a truth, and not of what.
const OF_WHAT: [&str; 18] = [
    "score",
    "scores",
    "prob",
    "proba",
    "probability",
    "pred",
    "prediction",
    "predicted",
    "logit",
    "output",
    "model",
    "p",
    "truth",
    "label",
    "gt",
    "target",
    "reference",
    "y",
];

/// What a score or a truth is about: `score_effusion`, `effusion` and `EffusionLabel` have the same.
pub(super) fn finding(name: &str) -> Vec<String> {
    let mut words = words(name);
    words.retain(|word| !OF_WHAT.contains(&word.as_str()));
    words
}

/// Whether it says that it is a score.
pub(super) fn is_score(name: &str) -> bool {
    has(name, &OF_WHAT[..12])
}

/// Whether it tells patients apart.
pub(super) fn is_patient(name: &str) -> bool {
    let words = words(name);
    let of_patient = |word: &String| {
        matches!(
            word.as_str(),
            "patient" | "subject" | "participant" | "person" | "patientid" | "subjectid" | "pid"
        )
    };
    let of_id = |word: &String| matches!(word.as_str(), "id" | "uid" | "number" | "no" | "key");
    match words.as_slice() {
        [only] => of_patient(only) || matches!(only.as_str(), "pat" | "patid"),
        several => several.iter().any(of_patient) && several.iter().any(of_id),
    }
}

/// Whether it tells images apart.
pub(super) fn is_id(name: &str) -> bool {
    has(
        name,
        &["id", "uid", "sample", "imageid", "filename", "name"],
    )
}

/// Whether it is an age.
pub(super) fn is_age(name: &str) -> bool {
    has(
        name,
        &["age", "alter", "edad", "eta", "leeftijd", "ageyears"],
    )
}

/// Whether a text looks like the name of a file: a path, or a name with an ending of letters first.
pub(super) fn is_file(text: &str) -> bool {
    let ends = text.rsplit_once('.').is_some_and(|(stem, ending)| {
        let letters = ending.chars().all(|letter| letter.is_ascii_alphanumeric());
        let begins = ending.starts_with(|letter: char| letter.is_ascii_alphabetic());
        !stem.is_empty() && begins && letters && (2..=5).contains(&ending.len())
    });
    ends || text.contains(['/', '\\'])
}

/// Whether patients or acquisitions are grouped by it in most audits.
pub(super) fn is_attribute(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "sex",
        "gender",
        "geschlecht",
        "sexe",
        "sexo",
        "site",
        "center",
        "centre",
        "hospital",
        "clinic",
        "institution",
        "klinik",
        "zentrum",
        "scanner",
        "manufacturer",
        "vendor",
        "device",
        "model",
        "race",
        "ethnicity",
        "ethnic",
        "skin",
        "fitzpatrick",
        "tone",
        "view",
        "position",
        "region",
        "country",
        "insurance",
        "language",
        "modality",
    ];
    has(name, KNOWN)
}

/// Whether it may hold the reference standard.
pub(super) fn is_truth(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "label",
        "target",
        "truth",
        "reference",
        "diagnosis",
        "finding",
        "outcome",
        "malignant",
        "disease",
        "pathology",
        "class",
        "gt",
        "y",
        "dx",
    ];
    has(name, KNOWN)
}

/// The words for parts of a data set.
const PARTS: &[&str] = &[
    "train",
    "training",
    "val",
    "valid",
    "validation",
    "dev",
    "development",
    "tune",
    "tuning",
    "test",
    "testing",
    "holdout",
    "external",
];

/// Whether all of these are parts of a data set.
pub(super) fn are_parts(levels: &[(String, usize)]) -> bool {
    let is_part = |text: &str| PARTS.contains(&text.to_lowercase().as_str());
    levels.len() > 1 && levels.iter().all(|(text, _)| is_part(text))
}

/// Texts that say yes, each with the one that says no.
const SIDES: &[(&str, &str)] = &[
    ("1", "0"),
    ("1.0", "0.0"),
    ("true", "false"),
    ("yes", "no"),
    ("y", "n"),
    ("positive", "negative"),
    ("pos", "neg"),
    ("present", "absent"),
    ("abnormal", "normal"),
    ("malignant", "benign"),
];

/// Which of two levels says yes and which no, where the words leave no doubt.
pub(super) fn sides(levels: &[(String, usize)]) -> Option<(&str, &str)> {
    let [(first, _), (second, _)] = levels else {
        return None;
    };
    let is = |text: &str, word: &str| text.to_lowercase() == word;
    SIDES.iter().find_map(|(yes, no)| {
        if is(first, yes) && is(second, no) {
            Some((first.as_str(), second.as_str()))
        } else if is(second, yes) && is(first, no) {
            Some((second.as_str(), first.as_str()))
        } else {
            None
        }
    })
}

/// Whether the levels are yes and no, one of them or both.
pub(super) fn is_yes_or_no(levels: &[(String, usize)]) -> bool {
    let known = |text: &str| {
        let text = text.to_lowercase();
        SIDES.iter().any(|(yes, no)| text == *yes || text == *no)
    };
    levels.len() <= 2 && levels.iter().all(|(text, _)| known(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_every_spelling() {
        for name in [
            "patient_id",
            "PatientID",
            "Patient Id",
            "subject-id",
            "patient",
            "pid",
        ] {
            assert!(is_patient(name), "{name}");
        }
        for name in ["patient_age", "outpatient", "lesion_id", "patients"] {
            assert!(!is_patient(name), "{name}");
        }
        assert!(is_age("dicom:PatientAge") && is_age("age_years") && !is_age("image"));
        assert!(!is_attribute("image_path") && is_attribute("Geschlecht"));
    }

    #[test]
    fn sides_need_words_without_doubt() {
        let levels = |texts: &[&str]| -> Vec<(String, usize)> {
            texts.iter().map(|text| ((*text).to_owned(), 1)).collect()
        };
        assert_eq!(sides(&levels(&["0", "1"])), Some(("1", "0")));
        assert_eq!(
            sides(&levels(&["Malignant", "Benign"])),
            Some(("Malignant", "Benign"))
        );
        assert_eq!(sides(&levels(&["1", "2"])), None);
        assert_eq!(sides(&levels(&["nv", "mel"])), None);
    }
}
