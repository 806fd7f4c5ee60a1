//! Audits that are planned, and what `check` says of their chances.

use serde_json::Value;

use super::{SmallAudit, code, run, stderr, stdout};

/// `check --format json` of an audit.
pub fn checked(audit: &SmallAudit, more: &[&str]) -> Value {
    let file = audit.shown("audit.yaml");
    let mut arguments = vec!["check", &file, "--format", "json"];
    arguments.extend(more);
    let output = run(&arguments);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    serde_json::from_str(&stdout(&output)).unwrap()
}

pub fn chances_of<'a>(checked: &'a Value, id: &str) -> &'a Value {
    checked["chances"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {}", checked["chances"]["checks"]))
}

/// Positives and negatives of each site; every patient has `images` of them in turn.
pub fn table(sites: &[(&str, u32, u32)], images: u32) -> String {
    let mut table = "id,patient,sex,site,age,truth,score\n".to_owned();
    let mut row = 0;
    for (site, positives, negatives) in sites {
        for (count, truth) in [(positives, 1), (negatives, 0)] {
            for number in 0..*count {
                let patient = format!("{site}{truth}{}", number / images);
                let sex = if (number / images).is_multiple_of(2) {
                    "F"
                } else {
                    "M"
                };
                table.push_str(&format!(
                    "s{row:05},{patient},{sex},{site},50,{truth},0.5\n"
                ));
                row += 1;
            }
        }
    }
    table
}

pub fn planned(table: &str, rules: &str, assume: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    audit.write("cohort.csv", table);
    audit.change_audit(
        "      - {id: floor, metric: sensitivity, strata: [overall, sex, site], require: '>= 0.5'}\n",
        rules,
    );
    audit.change_audit(
        "  alpha: 0.025\n",
        &format!("  alpha: 0.025\n  assume: {assume}\n"),
    );
    audit
}

pub const FLOOR: &str =
    "      - {id: floor, metric: sensitivity, strata: [site], require: '>= 0.80'}\n";
