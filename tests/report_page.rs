//! The page of a real audit: the clinician's sentences against the results, funnels, templates,
//! logo and signers from the audit file to the page.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use serde_json::Value;
use support::{SmallAudit, code, number, run, stderr};

fn page(audit: &SmallAudit) -> String {
    std::fs::read_to_string(audit.path("out/small/report.html")).unwrap()
}

/// Text of one section, without markup.
fn section(page: &str, id: &str) -> String {
    let start = page.find(&format!("<section id=\"{id}\"")).unwrap();
    let end = start + page[start..].find("</section>").unwrap();
    let mut text = String::new();
    let mut inside = false;
    for c in page[start..end].chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','))
        .map(|word| word.trim_matches(['.', ',']).replace(',', ""))
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().unwrap())
        .collect()
}

fn overall<'a>(results: &'a Value, metric: &str) -> &'a Value {
    let mut all = results["estimates"].as_array().unwrap().iter();
    all.find(|e| e["metric"] == metric && e["attribute"] == "overall")
        .unwrap()
}

#[test]
fn the_clinicians_counts_are_those_of_the_results() {
    let audit = SmallAudit::new();
    audit.evaluate();
    let results = audit.results();
    let text = section(&page(&audit), "clinician");
    // From "Of 1,000 ..." on: what stands before is the heading.
    let text = &text[text.find("positive by the reference standard").unwrap() - 60..];
    let found = numbers(&text[text.find("Of 1,000").unwrap_or(0)..]);
    let (sensitivity, specificity) = (
        overall(&results, "sensitivity"),
        overall(&results, "specificity"),
    );
    // Sampling is not declared here, and the share of positives is that of the cohort.
    let share = number(sensitivity, "n_positive") / number(sensitivity, "n") * 1000.0;
    let errors = |e: &Value, many: f64| {
        ["estimate", "upper", "lower"].map(|key| (1.0 - number(e, key)) * many)
    };
    let expected = [1000.0, share, 1000.0 - share]
        .into_iter()
        .chain(errors(sensitivity, share))
        .chain(errors(specificity, 1000.0 - share));
    for (place, exact) in expected.enumerate() {
        let shown = found[place];
        assert!((shown - exact).abs() <= 0.5, "{shown} for {exact}: {text}");
    }
    assert!(!text.contains("p-value") && !text.contains(" p "));
}

/// A cohort of five sites instead of two.
fn five_sites() -> SmallAudit {
    let audit = SmallAudit::new();
    let table = support::small_table();
    let mut lines = table.lines();
    let mut changed = format!("{}\n", lines.next().unwrap());
    for (i, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[3] = format!("S{}", (i * 2 / 3) % 5);
        changed.push_str(&cells.join(","));
        changed.push('\n');
    }
    audit.write("cohort.csv", &changed);
    audit
}

#[test]
fn sites_stand_in_a_funnel_and_a_withheld_one_takes_it_away() {
    let audit = five_sites();
    audit.evaluate();
    let results = audit.results();
    let funnels = results["funnels"].as_array().unwrap();
    let funnel = funnels
        .iter()
        .find(|one| one["id"] == "sensitivity.site")
        .unwrap();
    assert_eq!(funnel["status"], "ok");
    assert_eq!(funnel["points"].as_array().unwrap().len(), 5);
    let overall = overall(&results, "sensitivity");
    let target = number(funnel, "target");
    assert!((target - number(overall, "estimate")).abs() < 1e-12);
    for limit in funnel["limits"].as_array().unwrap() {
        let at = |key: &str| number(limit, key);
        assert!(at("lower_998") <= at("lower_95") && at("lower_95") <= target);
        assert!(target <= at("upper_95") && at("upper_95") <= at("upper_998"));
    }
    // Bands of numbers have an order, and two sexes make no funnel.
    assert!(funnels.iter().all(|one| one["attribute"] == "site"));
    assert!(page(&audit).contains("id=\"funnel.sensitivity.finding.site-t\""));

    audit.change_audit("seed: 3", "seed: 3, suppress_below: 9");
    audit.evaluate();
    let results = audit.results();
    let withheld = results["disclosure"]["withheld"].as_array().unwrap();
    assert!(withheld.iter().any(|one| one["attribute"] == "site"));
    for funnel in results["funnels"].as_array().unwrap() {
        assert_eq!(funnel["status"], "suppressed");
        assert!(funnel["target"].is_null() && funnel["points"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_gap_over_thresholds_is_that_of_the_comparison_at_the_threshold_in_use() {
    let audit = five_sites();
    audit.evaluate();
    let results = audit.results();
    let mut compared = 0;
    for c in results["comparisons"].as_array().unwrap() {
        if c["metric"] != "sensitivity"
            || c["attribute"] != "site"
            || c["reference"] != "complement"
        {
            continue;
        }
        let sweeps = results["threshold_sweeps"].as_array().unwrap();
        let sweep = sweeps
            .iter()
            .find(|s| s["attribute"] == "site" && s["level"] == c["level"])
            .unwrap();
        let points = sweep["points"].as_array().unwrap();
        let point = points.iter().find(|p| p["threshold"] == 0.5).unwrap();
        let gap = number(point, "sensitivity_gap");
        assert!((gap - number(c, "difference")).abs() < 1e-9, "{}", c["id"]);
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[test]
fn templates_logo_and_signers_reach_the_page_and_stay_in_the_results() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "statistics:",
        "report: {templates: ours, logo: logo.svg, sign_off: [Head of imaging]}\nstatistics:",
    );
    std::fs::create_dir(audit.path("ours")).unwrap();
    audit.write(
        "ours/banner.html",
        "<h1>{{ page.banner.title }} at our hospital</h1>{% include 'foot.html' %}\n",
    );
    audit.write("ours/foot.html", "<p>Ours.</p>");
    audit.write("logo.svg", "<svg xmlns=\"x\"/>");
    let output = audit.evaluate();
    assert!(code(&output) != 2, "{}", stderr(&output));
    let first = page(&audit);
    assert!(first.contains("at our hospital") && first.contains("<p>Ours.</p>"));
    assert!(!first.contains("verdict-heading"));
    assert!(first.contains("<dt>Head of imaging</dt>") && !first.contains("Reviewed by"));
    // The page is made again from the results alone.
    std::fs::remove_dir_all(audit.path("ours")).unwrap();
    run(&["report", &audit.shown("out/small")]);
    assert!(page(&audit) == first, "report DIR gives another page");
}

#[test]
fn mistakes_in_the_report_section_are_told_with_their_place_before_anything_runs() {
    let audit = SmallAudit::new();
    audit.change_audit(
        "statistics:",
        "report: {templates: ours, logo: logo.png}\nstatistics:",
    );
    let said = audit.refused();
    assert!(
        said.contains("`report.templates`") && said.contains("does not exist"),
        "{said}"
    );
    assert!(said.contains("`report.logo`"), "{said}");

    std::fs::create_dir(audit.path("ours")).unwrap();
    audit.write("logo.png", "no picture");
    audit.write("ours/banner.html", "<p>\n{{ page.banner.verdikt }}</p>");
    let output = audit.evaluate();
    assert_eq!(code(&output), 2);
    let said = stderr(&output);
    assert!(said.contains("is neither PNG, JPEG nor SVG"), "{said}");
    assert!(
        said.contains("banner.html line 2: undefined value"),
        "{said}"
    );
    assert!(said.contains("audit.yaml:"), "{said}");

    audit.write("logo.png", "<svg/>");
    std::fs::remove_file(audit.path("ours/banner.html")).unwrap();
    audit.write("ours/banner.htm", "a name that no template has");
    let said = stderr(&audit.evaluate());
    assert!(said.contains("banner.htm is no template"), "{said}");
    assert!(
        said.contains("embedded templates: report.html, banner.html"),
        "{said}"
    );
}
