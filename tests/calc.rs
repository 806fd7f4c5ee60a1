//! `equipoise calc` against published numbers, through the binary.
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

fn published() -> Option<Value> {
    let path = shared("reference/published.yaml")?;
    Some(serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

fn asked(arguments: &[&str]) -> Value {
    let all = [&["calc", "--format", "json"], arguments].concat();
    let output = run(&all);
    assert_eq!(code(&output), 0, "{all:?}\n{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

fn of(pair: &Value) -> String {
    format!("{}/{}", pair[0], pair[1])
}

/// Both limits of one method.
fn close(answer: &Value, id: &str, expected: &Value, tolerance: f64, what: &str) {
    for (bound, expected) in ["lower", "upper"].iter().zip(expected.as_array().unwrap()) {
        near(
            &answer[id][bound],
            expected.as_f64().unwrap(),
            tolerance,
            &format!("{what} {id} {bound}"),
        );
    }
}

fn near(got: &Value, expected: f64, tolerance: f64, what: &str) {
    let number = got.as_f64().unwrap_or_else(|| panic!("{what} is {got}"));
    assert!(
        (number - expected).abs() <= tolerance,
        "{what}: {number}, published {expected}"
    );
}

#[test]
fn proportions_as_newcombe_printed_them() {
    let Some(published) = published() else { return };
    let mut compared = 0;
    for block in published["proportion"].as_array().unwrap() {
        for (place, case) in block["cases"].as_array().unwrap().iter().enumerate() {
            let answer = asked(&["proportion", &of(case)]);
            assert_eq!(answer.as_object().unwrap().len(), 7);
            for (id, limits) in block["expected"].as_object().unwrap() {
                close(
                    &answer,
                    id,
                    &limits[place],
                    block["tol"].as_f64().unwrap(),
                    &of(case),
                );
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 16);
    let one = asked(&["proportion", "131/134", "--method", "wilson"]);
    assert_eq!(one.as_object().unwrap().len(), 1);
}

#[test]
fn differences_and_ratios_as_printed() {
    let Some(published) = published() else { return };
    for (family, command) in [
        ("difference_unpaired", "difference"),
        ("ratio_unpaired", "ratio"),
    ] {
        for block in published[family].as_array().unwrap() {
            for (place, case) in block["cases"].as_array().unwrap().iter().enumerate() {
                let answer = asked(&[command, &of(&case[0]), &of(&case[1])]);
                for (id, limits) in block["expected"].as_object().unwrap() {
                    close(
                        &answer,
                        id,
                        &limits[place],
                        block["tol"].as_f64().unwrap(),
                        command,
                    );
                }
            }
        }
    }
    let block = &published["non_inferiority"][0];
    let case = &block["case"];
    let margin = case["margin"].to_string();
    let (test, reference) = (of(&case["test"]), of(&case["reference"]));
    let answer = asked(&["difference", &test, &reference, "--margin", &margin]);
    for (id, key) in [
        ("farrington_manning", "farrington_manning"),
        ("miettinen_nurminen_test", "miettinen_nurminen"),
    ] {
        for field in ["z", "p"] {
            let expected = block["expected"][key][field].as_f64().unwrap();
            near(
                &answer[id][field],
                expected,
                block["tol"].as_f64().unwrap(),
                id,
            );
        }
    }
    // One-sided 95% limits are those of a two-sided 90% interval.
    let answer = asked(&["difference", &test, &reference, "--confidence", "0.9"]);
    for (id, expected) in block["one_sided_95_lower"].as_object().unwrap() {
        near(&answer[id]["lower"], expected.as_f64().unwrap(), 5.1e-6, id);
    }
}

#[test]
fn paired_tables_as_printed() {
    let Some(published) = published() else { return };
    let mut compared = 0;
    for block in published["paired"].as_array().unwrap() {
        let cells: Vec<String> = block["table"]
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        let arguments: Vec<&str> = std::iter::once("paired")
            .chain(cells.iter().map(String::as_str))
            .collect();
        let answer = asked(&arguments);
        let tolerance = block["tol"].as_f64().unwrap();
        for (id, expected) in block["expected"].as_object().unwrap() {
            let (entry, field) = match id.as_str() {
                "mcnemar_chi2" => ("mcnemar_chi2", "chi2"),
                "mcnemar_chi2_continuity" => ("mcnemar_chi2_continuity", "chi2"),
                "mcnemar_continuity_p" => ("mcnemar_chi2_continuity", "p"),
                "mcnemar_exact_p" => ("mcnemar_exact", "p"),
                interval => {
                    close(&answer, interval, expected, tolerance, "paired");
                    compared += 1;
                    continue;
                }
            };
            let expected = expected.as_f64().unwrap();
            // p-values are printed with four digits, far finer than the tolerance of the block.
            let tolerance = if field == "p" {
                6e-4 * expected
            } else {
                tolerance
            };
            near(&answer[entry][field], expected, tolerance, id);
            compared += 1;
        }
    }
    assert_eq!(compared, 7);
}

#[test]
fn a_diagnostic_table_as_the_fda_printed_it() {
    let Some(published) = published() else { return };
    let block = &published["diagnostic_2x2"][0];
    let [tp, fp, fn_, tn] = [0, 1, 2, 3].map(|place| block["table"][place].to_string());
    let answer = asked(&[
        "diagnostic",
        "--tp",
        &tp,
        "--fp",
        &fp,
        "--fn",
        &fn_,
        "--tn",
        &tn,
    ]);
    for id in ["sensitivity", "specificity", "ppv", "npv"] {
        let printed = &block["printed"][id];
        for (place, field) in ["estimate", "lower", "upper"].iter().enumerate() {
            let expected = printed[place].as_f64().unwrap() / 100.0;
            // Printed in percent with one decimal at most, one of them cut, not rounded (82.96 as 82.9).
            near(&answer[id][field], expected, 0.001, id);
        }
    }
    let printed = &block["printed"]["lr_positive"];
    for (place, field) in ["estimate", "lower", "upper"].iter().enumerate() {
        let expected = printed[place].as_f64().unwrap();
        near(
            &answer["likelihood_ratio_positive"][field],
            expected,
            0.051,
            "LR+",
        );
    }
    // Bayes' rule at a prevalence of 1%: 0.84 x 0.01 / (0.84 x 0.01 + 0.17 x 0.99).
    let rare = asked(&[
        "diagnostic",
        "--tp",
        &tp,
        "--fp",
        &fp,
        "--fn",
        &fn_,
        "--tn",
        &tn,
        "--prevalence",
        "0.01",
    ]);
    near(
        &rare["ppv_at_prevalence"]["estimate"],
        0.0084 / (0.0084 + 0.1683),
        1e-12,
        "PPV at 1%",
    );
}

#[test]
fn predictive_values_at_several_prevalences() {
    let table = [
        "diagnostic",
        "--tp",
        "670",
        "--fp",
        "202",
        "--fn",
        "74",
        "--tn",
        "640",
    ];
    let one = asked(&[&table[..], &["--prevalence", "0.05"]].concat());
    let several = asked(
        &[
            &table[..],
            &["--prevalence", "0.01", "--prevalence", "0.05"],
        ]
        .concat(),
    );
    for metric in ["ppv_at_prevalence", "npv_at_prevalence"] {
        assert_eq!(one[metric], several[format!("{metric}_0.05")]);
        assert_eq!(several[format!("{metric}_0.01")]["at"], 0.01);
        assert!(several.get(metric).is_none());
    }
    // A numerical gradient in numpy (`predictive` of fixtures/outside/numbers.json).
    let ppv = &several["ppv_at_prevalence_0.01"];
    near(&ppv["lower"], 0.032_453_734_3, 1e-9, "lower");
    near(&ppv["upper"], 0.041_099_396_6, 1e-9, "upper");
}

/// The clustered cohort of the project, and what numpy, scipy and statsmodels say of it.
fn own_cohort() -> (String, Value) {
    let folder = support::project().join("fixtures/outside");
    let numbers = std::fs::read_to_string(folder.join("clustered.json")).unwrap();
    let table = folder.join("clustered.csv").display().to_string();
    (table, serde_json::from_str(&numbers).unwrap())
}

/// Every number of the cohort that `found` is asked for stands there: (group, key of the answer,
/// field, key of the stored number).
fn stands_there(found: &Value, expected: &Value, wanted: &[(&str, &str, &str)]) {
    for group in ["all", "A", "B"] {
        let answer = if group == "all" {
            found
        } else {
            &found["by"][group]
        };
        for (path, field, stored) in wanted {
            let place = path.split('/').fold(answer, |at, key| &at[key]);
            let stored = format!("{group}.{stored}");
            let number = expected[&stored]
                .as_f64()
                .unwrap_or_else(|| panic!("{stored}"));
            near(
                &place[*field],
                number,
                1e-7 * number.abs().max(1e-2),
                &stored,
            );
        }
    }
}

#[test]
fn decisions_of_a_clustered_cohort_as_in_other_packages() {
    let (file, expected) = own_cohort();
    let base = [
        "decisions",
        &file,
        "--truth",
        "y",
        "--score",
        "score",
        "--threshold",
        "0.5",
    ];
    let more = [
        "--cluster",
        "patient",
        "--by",
        "site",
        "--prevalence",
        "0.05",
    ];
    let found = asked(&[&base[..], &more[..]].concat());
    for (share, short) in [
        ("sensitivity", "sens"),
        ("specificity", "spec"),
        ("ppv", "ppv"),
        ("npv", "npv"),
        ("accuracy", "acc"),
    ] {
        let key = |number: &str| format!("{short}.{number}");
        stands_there(
            &found,
            &expected,
            &[
                (share, "estimate", share),
                (share, "design_effect", &key("deff")),
                (share, "lower", &key("wilson_eff_lower")),
                (share, "upper", &key("wilson_eff_upper")),
            ],
        );
        assert_eq!(found[share]["method"], "wilson_effective_n");
        assert_eq!(found[share]["gate_method"], "clopper_pearson_effective_n");
        let limit = |name: &str| found[share][name].as_f64().unwrap();
        assert!(limit("gate_lower") < limit("lower") && limit("upper") < limit("gate_upper"));
    }
    for (share, short) in [("sensitivity", "sens"), ("specificity", "spec")] {
        let difference = &found["by"]["A"][format!("{share}_difference_from_others")];
        for (name, stored) in [
            ("estimate", "difference"),
            ("lower", "lower"),
            ("upper", "upper"),
        ] {
            let stored = &expected[format!("{short}.A_vs_B.{stored}")];
            near(&difference[name], stored.as_f64().unwrap(), 1e-9, share);
        }
        assert_eq!(difference["method"], "mover_wilson");
        assert!(difference["p"].is_number());
    }
    for metric in ["balanced_accuracy", "youden", "f1", "mcc"] {
        let (low, high) = (&found[metric]["lower"], &found[metric]["upper"]);
        assert!(low.as_f64().unwrap() < high.as_f64().unwrap(), "{metric}");
    }
    assert_eq!(found["ppv_at_prevalence"]["at"], 0.05);
    // Without patients: the intervals of the table alone.
    let plain = asked(&base);
    assert_eq!(plain["sensitivity"]["method"], "wilson");
    let [events, trials] =
        ["numerator", "denominator"].map(|name| plain["sensitivity"][name].as_u64().unwrap());
    let alone = asked(&["proportion", &format!("{events}/{trials}")]);
    assert_eq!(plain["sensitivity"]["lower"], alone["wilson"]["lower"]);
    let exact = alone["clopper_pearson"]["lower"].as_f64().unwrap();
    near(&plain["sensitivity"]["gate_lower"], exact, 1e-12, "exact");
}

#[test]
fn calibration_of_a_clustered_cohort_as_in_other_packages() {
    let (file, expected) = own_cohort();
    let base = ["calibration", &file, "--truth", "y", "--score", "score"];
    let more = ["--cluster", "patient", "--by", "site", "--threshold", "0.3"];
    let found = asked(&[&base[..], &more[..]].concat());
    stands_there(
        &found,
        &expected,
        &[
            ("oe_ratio", "estimate", "oe"),
            ("oe_ratio", "lower", "oe.lower"),
            ("oe_ratio", "upper", "oe.upper"),
            ("calibration_slope", "estimate", "slope"),
            ("calibration_slope", "se", "slope.se_cluster"),
            ("calibration_intercept", "estimate", "citl"),
            ("calibration_intercept", "se", "citl.se_cluster"),
            ("brier", "estimate", "brier"),
            ("brier", "se", "brier.se_cluster"),
            ("ece_width", "estimate", "ece_width10"),
            ("spiegelhalter_z", "estimate", "spiegelhalter_z"),
            ("spiegelhalter_z", "z_cluster", "spiegelhalter_z_cluster"),
            ("spiegelhalter_z", "p_cluster", "spiegelhalter_p_cluster"),
            ("net_benefit_0.3/model", "estimate", "net_benefit_30"),
            ("net_benefit_0.3/model", "se", "net_benefit_30.se_cluster"),
        ],
    );
    for id in ["ece_width", "ece_mass"] {
        assert!(found[id]["if_calibrated"].as_f64().unwrap() > 0.0, "{id}");
    }
    assert!(found["smooth_calibration"]["ici"].as_f64().unwrap() > 0.0);
    let text = stdout(&run(&[&["calc"], &base[..]].concat()));
    assert!(
        text.contains("calibration_slope") && !text.contains("NaN"),
        "{text}"
    );
}

#[test]
fn calibration_of_next_to_nothing_has_no_limits_without_width() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    let asked_of = |table: &str| {
        std::fs::write(&file, table).unwrap();
        let file = file.display().to_string();
        asked(&[
            "calibration",
            &file,
            "--truth",
            "y",
            "--score",
            "s",
            "--threshold",
            "0.2",
        ])
    };
    let found = asked_of("y,s\n1,0.5\n0,0.5\n");
    for id in ["ece_width", "ece_mass", "brier"] {
        assert!(found[id]["estimate"].is_number(), "{id}");
        assert!(found[id].get("lower").is_none(), "{id}: {}", found[id]);
        assert!(found[id]["not_estimable"].is_string(), "{id}");
    }
    // A score beyond 1 is no probability, for net benefit neither.
    let found = asked_of("y,s\n1,0.5\n1,2.5\n0,0.7\n");
    for id in ["oe_ratio", "ece_width", "net_benefit_0.2"] {
        let why = found[id]["not_estimable"].as_str().unwrap();
        assert!(why.contains("no probability"), "{id}: {why}");
    }
}

/// The four samples of scikit-learn's documentation, each five times.
#[test]
fn numbers_read_off_the_ranking() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    let table = format!("y,s\n{}", "0,0.1\n0,0.4\n1,0.35\n1,0.8\n".repeat(5));
    std::fs::write(&file, table).unwrap();
    let file = file.display().to_string();
    let found = asked(&[
        "auroc",
        &file,
        "--truth",
        "y",
        "--score",
        "s",
        "--at-specificity",
        "0.9",
        "--at-sensitivity",
        "0.9",
        "--partial-from",
        "0.5",
    ]);
    near(&found["auprc"]["estimate"], 5.0 / 6.0, 1e-12, "auprc");
    let at = |id: &str| &found[id]["estimate"];
    near(at("sensitivity_at_specificity_0.9"), 0.5, 1e-12, "se at sp");
    near(at("specificity_at_sensitivity_0.9"), 0.5, 1e-12, "sp at se");
    near(
        at("partial_auroc_from_specificity_0.5"),
        0.25,
        1e-12,
        "partial",
    );
}

/// Three patients, one of them with positives: it is the class that is too small, not the patients.
#[test]
fn the_reason_names_the_class_of_which_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "y,p,s\n1,a,0.9\n0,b,0.2\n0,c,0.4\n1,a,0.7\n").unwrap();
    let file = file.display().to_string();
    let base = ["auroc", &file, "--truth", "y", "--score", "s"];
    let clustered = asked(&[&base[..], &["--cluster", "p"]].concat());
    let why = clustered["auroc"]["not_estimable"].as_str().unwrap();
    assert!(why.starts_with("only one patient with positives"), "{why}");
    std::fs::write(folder.path().join("t.csv"), "y,s\n1,0.9\n0,0.2\n").unwrap();
    let why = asked(&base)["auroc"]["not_estimable"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(why.starts_with("only one positive sample"), "{why}");
}

#[test]
fn identical_readings_have_no_limits() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "a,b\n0.1,0.1\n0.7,0.7\n0.9,0.9\n").unwrap();
    let file = file.display().to_string();
    let found = asked(&["agreement", &file, "--score", "a", "--score", "b"]);
    for id in [
        "icc_1_1",
        "icc_2_1",
        "icc_3_1",
        "repeatability_coefficient",
        "bland_altman",
    ] {
        let entry = &found[id];
        assert!(entry["estimate"].is_number(), "{id}: {entry}");
        assert!(
            entry.get("lower").is_none_or(serde_json::Value::is_null),
            "{id}: {entry}"
        );
        let why = entry["not_estimable"].as_str().unwrap();
        assert!(why.contains("do not vary"), "{id}: {why}");
    }
    assert!(found["bland_altman"].get("limit_low").is_none());
}

/// Ratings that vary have a reason of their own where a correlation has no value, and the others have theirs
/// (numpy, from the mean squares).
#[test]
fn ratings_that_vary_are_not_said_not_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let file = path.display().to_string();
    let of = |rows: &str| {
        std::fs::write(&path, format!("a,b\n{rows}")).unwrap();
        asked(&["agreement", &file, "--score", "a", "--score", "b"])
    };
    let found = of("1,2\n1,2\n1,2\n");
    let why = found["icc_3_1"]["not_estimable"].as_str().unwrap();
    assert!(why.contains("nothing but columns varies"), "{why}");
    near(&found["icc_1_1"]["estimate"], -1.0, 1e-12, "icc_1_1");
    near(&found["icc_2_1"]["estimate"], 0.0, 1e-12, "icc_2_1");
    let found = of("1,2\n2,1\n3,1\n1,3.5\n");
    let why = found["icc_2_k"]["not_estimable"].as_str().unwrap();
    assert!(why.contains("not above 0"), "{why}");
    near(&found["icc_1_k"]["estimate"], -40.0 / 9.0, 1e-9, "icc_1_k");
    near(&found["icc_2_1"]["estimate"], -4.0 / 3.0, 1e-9, "icc_2_1");
    // Nothing varies at all.
    let found = of("1,1\n1,1\n");
    assert_eq!(found["icc_2_1"]["not_estimable"], "the ratings do not vary");
}

#[test]
fn plans_and_families() {
    let Some(published) = published() else { return };
    for (n, expected) in published["power"][0]["expected"].as_object().unwrap() {
        let answer = asked(&["power", "--true", "0.9", "--floor", "0.8", "--n", n]);
        near(
            &answer["pass"]["estimate"],
            expected.as_f64().unwrap(),
            6e-5,
            n,
        );
    }
    let block = &published["multiplicity"][0];
    let p: Vec<String> = block["p"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    let arguments: Vec<&str> = std::iter::once("adjust")
        .chain(p.iter().map(String::as_str))
        .collect();
    let answer = asked(&arguments);
    for (id, count) in block["rejections_at_0.05"].as_object().unwrap() {
        let rejected = answer
            .as_object()
            .unwrap()
            .values()
            .filter(|one| one[id].as_f64().unwrap() <= 0.05)
            .count();
        assert_eq!(rejected as u64, count.as_u64().unwrap(), "{id}");
    }
}

/// What a table of counts says of itself has limits or a reason, and what is one-sided says so.
#[test]
fn no_bare_numbers() {
    let counts = ["--tp", "18", "--fp", "7", "--fn", "0", "--tn", "15"];
    let answer = asked(&[&["diagnostic"][..], &counts].concat());
    // statsmodels 0.15, `confint_proportions_2indep(18, 18, 7, 22, method="newcomb")`.
    near(&answer["youden"]["lower"], 0.408_942_939, 1e-9, "youden");
    near(&answer["youden"]["upper"], 0.836_394_068, 1e-9, "youden");
    let half = 0.5 * (1.0 + 0.408_942_939);
    near(
        &answer["balanced_accuracy"]["lower"],
        half,
        1e-9,
        "balanced",
    );
    // Wilson for 18 of 25: 0.524234 to 0.857161 (statsmodels `proportion_confint`), through 2 j / (1 + j).
    near(&answer["f1"]["lower"], 0.687_865_467, 1e-9, "f1");
    near(&answer["f1"]["upper"], 0.923_087_711, 1e-9, "f1");
    assert!(answer["mcc"]["not_estimable"].is_string());
    let answer = asked(&["paired", "5", "0", "0", "5"]);
    assert!(
        answer["newcombe_paired_8"]["note"]
            .as_str()
            .unwrap()
            .contains("tango")
    );
    assert!(answer["tango"]["note"].is_null());
    let answer = asked(&["adjust", "0.01", "0.02", "0.03"]);
    assert_eq!(answer["p2"]["family_size"], 3);
    // Margin 0 is the plain one-sided score test: z of the pooled difference (statsmodels
    // `proportions_ztest`, alternative "larger").
    let answer = asked(&["difference", "95/100", "90/100", "--margin", "0"]);
    near(&answer["farrington_manning"]["z"], 1.342_312_110, 1e-6, "z");
    near(&answer["farrington_manning"]["p"], 0.089_747_409, 1e-6, "p");
    assert!(
        answer["farrington_manning"]["sides"]
            .as_str()
            .unwrap()
            .starts_with("one")
    );
    let answer = asked(&["difference", "95/100", "80/100", "--margin", "-0.05"]);
    near(
        &answer["farrington_manning"]["margin"],
        -0.05,
        1e-12,
        "margin",
    );
    // scipy 1.17, exhaustive over all sizes to 20,000.
    let answer = asked(&["power", "--true", "0.9", "--floor", "0.8"]);
    near(&answer["n_for_80_percent"]["estimate"], 113.0, 0.0, "n");
    let answer = asked(&["power", "--true", "0.7", "--floor", "0.8"]);
    near(&answer["n_for_80_percent"]["estimate"], 155.0, 0.0, "n");
}

/// No method's limits stand under the name of another.
#[test]
fn limits_of_an_area_stand_under_their_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    let table = |score: fn(usize) -> f64| {
        let rows = (0..40).map(|i| format!("{},{},{}\n", i % 2, score(i), ["A", "B"][i / 2 % 2]));
        std::fs::write(&file, format!("y,s,g\n{}", rows.collect::<String>())).unwrap();
        let file = file.display().to_string();
        asked(&["auroc", &file, "--truth", "y", "--score", "s", "--by", "g"])
    };
    let few = table(|i| (i * 13 % 40) as f64 + (i % 2) as f64 * 9.0);
    assert!(
        few["logit"]["not_estimable"]
            .as_str()
            .unwrap()
            .contains("at most 50")
    );
    assert!(few["logit"]["lower"].is_null() && few["logit"]["se"].is_null());
    assert_eq!(few["delong"]["method"], "delong");
    assert_eq!(
        few["by"]["A"]["xauc_positives_here"]["method"],
        "newcombe_5"
    );
    let separated = table(|i| (i % 2) as f64 * 100.0 + i as f64);
    for id in ["delong", "logit"] {
        let why = separated[id]["not_estimable"].as_str().unwrap();
        assert!(why.contains("separated"), "{why}");
    }
    assert!(separated["newcombe_5"]["lower"].as_f64().unwrap() < 1.0);
}

#[test]
fn strata_by_hand() {
    // One stratum: standardised and Mantel-Haenszel are the crude difference.
    let answer = asked(&["strata", "21/464", "26/453"]);
    let crude = 21.0 / 464.0 - 26.0 / 453.0;
    for id in [
        "crude_difference",
        "standardised_difference",
        "mantel_haenszel_difference",
    ] {
        near(&answer[id]["estimate"], crude, 1e-12, id);
    }
    let answer = asked(&["strata", "21/464,11/165,8/69", "26/453,25/174,11/70"]);
    // Mantel-Haenszel by its definition: sum k1 n2 / N less sum k2 n1 / N over sum n1 n2 / N.
    let tables = [
        (21.0, 464.0, 26.0, 453.0),
        (11.0, 165.0, 25.0, 174.0),
        (8.0, 69.0, 11.0, 70.0),
    ];
    let sum = |term: fn((f64, f64, f64, f64)) -> f64| {
        tables.iter().map(|table| term(*table)).sum::<f64>()
    };
    let above = sum(|(k1, n1, k2, n2)| (k1 * n2 - k2 * n1) / (n1 + n2));
    let below = sum(|(_, n1, _, n2)| n1 * n2 / (n1 + n2));
    near(
        &answer["mantel_haenszel_difference"]["estimate"],
        above / below,
        1e-12,
        "MH",
    );
    let shares = sum(|(k1, n1, _, n2)| k1 / n1 * (n1 + n2)) / sum(|(_, n1, _, n2)| n1 + n2);
    near(
        &answer["standardised_first"]["estimate"],
        shares,
        1e-12,
        "standardised",
    );
    assert!(answer["breslow_day_tarone"]["p"].as_f64().unwrap() > 0.05);
    // Two degrees of freedom: p = exp(-chi2 / 2).
    let chi2 = answer["breslow_day"]["chi2"].as_f64().unwrap();
    near(&answer["breslow_day"]["p"], (-0.5 * chi2).exp(), 1e-12, "p");
}

#[test]
fn areas_of_the_clustered_cohort_as_in_r() {
    let Some(table) = shared("reference/clustered_cohort.csv") else {
        return;
    };
    let expected = shared("reference/clustered_cohort.expected.json").unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(expected).unwrap()).unwrap();
    let header = std::fs::read_to_string(&table).unwrap();
    let columns: Vec<&str> = header.lines().next().unwrap().split(',').collect();
    let [_, patient, sex, _, truth, score] = columns[..6] else {
        panic!("{columns:?}")
    };
    let file = table.display().to_string();
    let plain = ["auroc", &file, "--truth", truth, "--score", score];
    let answer = asked(&plain);
    near(
        &answer["auroc"]["estimate"],
        expected["all.auroc"].as_f64().unwrap(),
        1e-9,
        "AUROC",
    );
    for (field, key) in [
        ("se", "all.auroc.se_delong"),
        ("lower", "all.auroc.delong_lower"),
        ("upper", "all.auroc.delong_upper"),
    ] {
        near(
            &answer["delong"][field],
            expected[key].as_f64().unwrap(),
            1e-9,
            key,
        );
    }
    let by = asked(&[&plain[..], &["--cluster", patient, "--by", sex]].concat());
    for level in ["F", "M"] {
        let key = format!("{level}.auroc.se_obuchowski");
        near(
            &by["by"][level]["obuchowski"]["se"],
            expected[&key].as_f64().unwrap(),
            1e-9,
            &key,
        );
        assert!(by["by"][level]["xauc_positives_here"]["estimate"].is_number());
    }
    let independent = asked(&[&plain[..], &["--by", sex]].concat());
    let difference = &independent["by"]["F"]["difference_from_others"];
    for (field, key) in [
        ("z", "auroc.F_vs_M.D"),
        ("df", "auroc.F_vs_M.df"),
        ("p", "auroc.F_vs_M.p"),
    ] {
        near(
            &difference[field],
            expected[key].as_f64().unwrap(),
            1e-7,
            key,
        );
    }
    // A score against itself differs by nothing.
    let same = asked(&[&plain[..], &["--score", score]].concat());
    near(&same["paired"]["estimate"], 0.0, 0.0, "paired");
}

#[test]
fn agreement_as_shrout_and_fleiss_printed_it() {
    let Some(published) = published() else { return };
    let blocks = published["agreement"].as_array().unwrap();
    let block = blocks
        .iter()
        .find(|block| block.get("ratings").is_some())
        .unwrap();
    let mut table = "a,b,c,d\n".to_owned();
    for row in block["ratings"].as_array().unwrap() {
        let cells: Vec<String> = row
            .as_array()
            .unwrap()
            .iter()
            .map(Value::to_string)
            .collect();
        table += &(cells.join(",") + "\n");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("judges.csv");
    std::fs::write(&file, table).unwrap();
    let file = file.display().to_string();
    let answer = asked(&[
        "agreement",
        &file,
        "--score",
        "a",
        "--score",
        "b",
        "--score",
        "c",
        "--score",
        "d",
    ]);
    for (id, expected) in block["expected"].as_object().unwrap() {
        near(
            &answer[id]["estimate"],
            expected.as_f64().unwrap(),
            block["tol"].as_f64().unwrap(),
            id,
        );
    }
    for id in ["icc_1_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"] {
        let limit = |name: &str| answer[id][name].as_f64().unwrap();
        let estimate = limit("estimate");
        assert!(
            limit("lower") < estimate && estimate < limit("upper"),
            "{id}"
        );
    }
    let two = asked(&["agreement", &file, "--score", "a", "--score", "c"]);
    // Mean of the six differences 4, 3, 2, 5, 4, 2.
    near(&two["bland_altman"]["estimate"], 20.0 / 6.0, 1e-12, "bias");
}

#[test]
fn wrong_questions_get_one_clear_sentence_and_two() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.csv");
    std::fs::write(&file, "y,score\n1,0.5\n2,0.4\n0,high\n").unwrap();
    let file = file.display().to_string();
    for (arguments, said) in [
        (vec!["proportion", "5/3"], "more events than trials"),
        (vec!["proportion", "0/0"], "no trial"),
        (vec!["proportion", "half"], "131/134"),
        (
            vec!["proportion", "5/9", "--method", "wald"],
            "wilson, clopper_pearson",
        ),
        (
            vec!["strata", "1/2,3/4", "1/2"],
            "2 strata and the second 1",
        ),
        (
            vec!["power", "--true", "1.2", "--floor", "0.8"],
            "between 0 and 1",
        ),
        (
            vec!["power", "--true", "0.9", "--floor", "0.8", "--alpha", "0.9"],
            "at most 0.5",
        ),
        (
            vec!["power", "--true", "0.9", "--floor", "0.8", "--n", "0"],
            "0 is not in 1..",
        ),
        (
            vec!["difference", "1/2", "1/2", "--margin", "2"],
            "for example 0.10",
        ),
        (vec!["adjust", "1.5"], "from 0 to 1"),
        (
            vec!["auroc", "absent.csv", "--truth", "y", "--score", "s"],
            "absent.csv",
        ),
        (
            vec!["auroc", &file, "--truth", "y", "--score", "scores"],
            "did you mean \"score\"",
        ),
        (
            vec!["auroc", &file, "--truth", "y", "--score", "y"],
            "row 3: y is \"2\", expected 0 or 1",
        ),
        (vec!["agreement", &file, "--score", "y"], "at least twice"),
        (
            vec!["agreement", &file, "--score", "y", "--score", "score"],
            "row 4: score is \"high\"",
        ),
    ] {
        let output = run(&[&["calc"][..], &arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(
            stderr(&output).contains(said),
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
    // What cannot be computed is no mistake of the asker.
    let one_class = asked(&[
        "diagnostic",
        "--tp",
        "5",
        "--fp",
        "0",
        "--fn",
        "0",
        "--tn",
        "0",
    ]);
    assert!(
        one_class["specificity"]["not_estimable"].is_string(),
        "{one_class}"
    );
    let text = stdout(&run(&["calc", "ratio", "29/55", "11/11"]));
    assert!(
        text.contains("odds_ratio_score") && !text.contains("NaN") && !text.contains("inf"),
        "{text}"
    );
}
