//! `equipoise qualify`: every published number is there, and every one is reproduced.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{code, run, shared, stderr, stdout};

fn evidence() -> Value {
    let output = run(&["qualify", "--format", "json"]);
    assert_eq!(code(&output), 0, "{}\n{}", stdout(&output), stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// All numbers below a value.
fn numbers(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.push(number.as_f64().unwrap()),
        Value::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Value::Object(fields) => fields.values().for_each(|item| numbers(item, found)),
        _ => {}
    }
}

#[test]
fn all_is_reproduced_and_written() {
    let found = evidence();
    assert_eq!(found["failed"], 0);
    assert!(found["passed"].as_u64().unwrap() > 100);
    let folder = tempfile::tempdir().unwrap();
    let [page, data] =
        ["q.html", "q.json"].map(|name| folder.path().join(name).display().to_string());
    let output = run(&["qualify", "--quiet", "--report", &page, "--report", &data]);
    assert_eq!(code(&output), 0);
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&data).unwrap()).unwrap();
    assert_eq!(written, found);
    let page = std::fs::read_to_string(&page).unwrap();
    let rows = page.matches("<tr><th scope=\"row\">").count();
    assert_eq!(rows, found["facts"].as_array().unwrap().len());
    assert!(page.contains("Newcombe 1998") && !page.contains("<script") && !page.contains("NaN"));
    let output = run(&["qualify", "--report", "evidence.docx"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains(".html or .json"),
        "{}",
        stderr(&output)
    );
}

/// The facts in the binary are those of the file of published numbers, but for what the command
/// itself names as not in this version.
#[test]
fn no_published_number_is_left_out() {
    let Some(path) = shared("reference/published.yaml") else {
        return;
    };
    let published: Value = serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let embedded: Vec<f64> = evidence()["facts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["expected"].as_f64().unwrap())
        .collect();
    let mut missing = Vec::new();
    for (family, blocks) in published.as_object().unwrap() {
        for block in blocks.as_array().unwrap() {
            let source = block["source"].as_str().unwrap();
            // No number is printed for two empty masks.
            if source.starts_with("google-deepmind") {
                continue;
            }
            let mut expected = Vec::new();
            for block in [block, &block["treated"], &block["control"]] {
                for key in [
                    "expected",
                    "one_sided_95_lower",
                    "rejections_at_0.05",
                    "printed",
                ] {
                    numbers(&block[key], &mut expected);
                }
            }
            assert!(!expected.is_empty(), "{family}: {source}");
            let percent = block["unit"] == "percent";
            missing.extend(
                expected
                    .into_iter()
                    .filter(|number| {
                        let there =
                            |number: f64| embedded.iter().any(|one| (one - number).abs() < 1e-9);
                        !(there(*number) || percent && there(number / 100.0))
                    })
                    .map(|number| format!("{family}: {source}: {number}")),
            );
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Two files in a folder: the cohort and what other software says of it.
fn given_cohort(rows: &str, expected: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clustered_cohort.csv"), rows).unwrap();
    std::fs::write(
        folder.path().join("clustered_cohort.expected.json"),
        expected,
    )
    .unwrap();
    folder
}

/// Four patients, two samples each; sensitivities by hand: 3 of 4 in all, 2 of 2 in A.
const ROWS: &str = "patient,ward,y,score\n\
    p1,A,1,0.9\np1,A,0,0.2\np2,A,1,0.7\np2,A,0,0.6\n\
    p3,B,1,0.8\np3,B,0,0.1\np4,B,1,0.3\np4,B,0,0.4\n";

#[test]
fn groups_of_the_same_name_are_not_mixed_up() {
    let rows =
        "patient,ward,wing,y,score\np1,A,C,1,0.9\np2,A,A,0,0.2\np3,B,A,1,0.7\np4,B,A,0,0.6\n";
    let folder = given_cohort(rows, r#"{"A.n": 2, "B.n": 2, "C.n": 1}"#);
    let path = folder.path().display().to_string();
    let text = stdout(&run(&["qualify", "--quiet", "--cohort", &path]));
    assert_eq!(text.matches("FAIL").count(), 1, "{text}");
    assert!(text.contains("two groups are called A"), "{text}");
}

#[test]
fn a_cohort_of_the_user_is_recomputed() {
    let expected = r#"{"_made_by": "pencil", "all.sensitivity": 0.75, "A.sensitivity": 1,
        "B.n_patients": 2, "all.auroc": 0.875}"#;
    let folder = given_cohort(ROWS, expected);
    let path = folder.path().display().to_string();
    let output = run(&["qualify", "--format", "json", "--cohort", &path]);
    assert_eq!(code(&output), 0, "{}\n{}", stdout(&output), stderr(&output));
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let given = |fact: &&Value| fact["source"] == "given cohort; pencil";
    let facts = found["facts"].as_array().unwrap();
    assert_eq!(facts.iter().filter(given).count(), 4);
    // None of them counts as published.
    let count = |text: &str| text.lines().last().unwrap().to_owned();
    let alone = count(&stdout(&run(&["qualify", "--quiet"])));
    let with = count(&stdout(&run(&["qualify", "--quiet", "--cohort", &path])));
    assert_eq!(alone.split(", ").last(), with.split(", ").last());

    let wrong = r#"{"all.sensitivity": 0.7, "all.kappa": 0.5, "C.n": 3}"#;
    let folder = given_cohort(ROWS, wrong);
    let path = folder.path().display().to_string();
    let output = run(&["qualify", "--quiet", "--cohort", &path]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    assert_eq!(text.matches("FAIL").count(), 3, "{text}");
    assert!(text.contains("nothing here computes it"), "{text}");
}

/// The cohort of the project with what R says of it.
fn cohort_in_r() -> (String, serde_json::Map<String, Value>) {
    let read = |name: &str| {
        let path = support::project().join("fixtures/outside").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    let stated = serde_json::from_str(&read("clustered_r.json")).unwrap();
    (read("clustered_r.csv"), stated)
}

/// The binary carries each number of R, says who made it, and reproduces it.
#[test]
fn numbers_of_r_are_in_the_binary() {
    let (_, mut stated) = cohort_in_r();
    let made_by = stated.remove("_made_by").unwrap();
    let source = format!("own clustered cohort; {}", made_by.as_str().unwrap());
    for software in ["R 4.", "pROC 1.", "rms 6.", "survey 4.", "sandwich 3."] {
        assert!(source.contains(software), "{source}");
    }
    let found = evidence();
    let carried: serde_json::Map<String, Value> = found["facts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|fact| fact["source"] == source.as_str() && fact["pass"] == true)
        .map(|fact| {
            let case = fact["case"].as_str().unwrap().to_owned();
            (case, fact["expected"].clone())
        })
        .collect();
    assert!(stated.len() >= 177, "{}", stated.len());
    assert_eq!(carried.len(), stated.len());
    for (name, number) in &stated {
        assert_eq!(carried[name].as_f64(), number.as_f64(), "{name}");
    }
}

/// The same files in a folder: a number that is off in its sixth digit is told, and no other.
#[test]
fn a_wrong_number_of_r_is_found() {
    let (rows, mut stated) = cohort_in_r();
    let right = stated["hills.auroc.se_obuchowski"].as_f64().unwrap();
    stated["hills.auroc.se_obuchowski"] = (right * (1.0 + 1e-6)).into();
    let folder = given_cohort(&rows, &Value::from(stated).to_string());
    let path = folder.path().display().to_string();
    let output = run(&["qualify", "--quiet", "--cohort", &path]);
    assert_eq!(code(&output), 1);
    let text = stdout(&output);
    assert_eq!(text.matches("FAIL").count(), 1, "{text}");
    assert!(text.contains("hills.auroc.se_obuchowski"), "{text}");
}

#[test]
fn a_cohort_that_cannot_be_read_is_refused() {
    for (rows, expected, said) in [
        (
            ROWS,
            "",
            "clustered_cohort.expected.json: expected one JSON object",
        ),
        (ROWS, "{}", "there is no number"),
        (
            ROWS,
            r#"{"all.n": "8"}"#,
            "all.n is \"8\", expected a number",
        ),
        (
            "",
            r#"{"all.n": 8}"#,
            "clustered_cohort.csv: the file is empty",
        ),
        (
            "patient,y\np,1\n",
            r#"{"all.n": 8}"#,
            "has no column \"score\"",
        ),
        (
            "patient,y,score\np,2,0.1\n",
            r#"{"all.n": 8}"#,
            "row 2: y is \"2\", expected 0 or 1",
        ),
    ] {
        let folder = given_cohort(rows, expected);
        let path = folder.path().display().to_string();
        let output = run(&["qualify", "--quiet", "--cohort", &path]);
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        assert!(
            stderr(&output).contains(said),
            "{said}: {}",
            stderr(&output)
        );
    }
    let output = run(&["qualify", "--cohort", "there-is-no-such-folder"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains("there-is-no-such-folder"),
        "{}",
        stderr(&output)
    );
}
