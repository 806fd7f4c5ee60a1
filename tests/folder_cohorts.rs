//! A folder in place of a manifest: nothing that lies in it is lost or counted twice without a word.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::path::Path;

use support::{SmallAudit, code, project, run, shared, stderr, stdout};

const ONE: &str = "made/cr8_explicit_le.dcm";
const OTHER: &str = "made/mono1_window.dcm";

fn audit(kind: &str) -> SmallAudit {
    let audit = SmallAudit::new();
    let text = format!(
        "audit: folder
model: {{file: {}, engine: embedded, inputs: {{image: {{layout: NCHW}}}}}}
cohort:
  manifest: scans
  join: {{table: truth.csv, column: path, on: path}}
  columns: {{image: path, patient: none}}
input: {{kind: {kind}, channels: gray}}
preprocess:
  - rescale
  - window: {{center: 128, width: 256}}
  - crop: {{center: {{width: 32, height: 32}}}}
output: {{head: binary, activation: none, score_kind: logit}}
endpoints:
  finding: {{truth: {{column: finding, positive: [1], negative: [0]}}, threshold: {{fixed: 0.1}}}}
",
        project().join("fixtures/dicom/gray.onnx").display()
    );
    audit.write("audit.yaml", &text);
    audit.write(
        "truth.csv",
        "path,finding\na/1.dcm,1\na/2.dcm,0\nb/1.dcm,1\nlinked.dcm,1\n",
    );
    audit
}

fn put(audit: &SmallAudit, name: &str, source: &Path) {
    let file = audit.path("scans").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::copy(source, file).unwrap();
}

/// Samples before any rule, what was said, and the exit.
fn checked(audit: &SmallAudit) -> (u64, String, i32) {
    let output = run(&["check", &audit.shown("audit.yaml")]);
    let told = stdout(&output);
    let mut flow = told.lines().filter(|line| line.contains(" samples "));
    let first = flow.next().and_then(|line| line.split_whitespace().next());
    let samples = first.and_then(|number| number.parse().ok()).unwrap_or(0);
    (samples, stderr(&output), code(&output))
}

#[test]
fn an_instance_that_lies_there_twice_is_told() {
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let audit = audit("dicom");
    put(&audit, "a/1.dcm", &root.join(ONE));
    put(&audit, "a/2.dcm", &root.join(OTHER));
    let (samples, said, exit) = checked(&audit);
    assert_eq!((samples, exit), (2, 0), "{said}");
    assert!(
        !said.contains("instance-twice") && !said.contains("not-followed"),
        "{said}"
    );
    put(&audit, "b/1.dcm", &root.join(ONE));
    let (samples, said, exit) = checked(&audit);
    assert_eq!((samples, exit), (3, 0), "{said}");
    assert!(
        said.contains("instance-twice") && said.contains("1 sample(s) hold"),
        "{said}"
    );
    assert!(said.contains("the first is file 3 of the folder"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_what_is_not_is_told() {
    use std::os::unix::fs::symlink;
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    let root = root.canonicalize().unwrap();
    let audit = audit("dicom");
    put(&audit, "a/1.dcm", &root.join(ONE));
    put(&audit, ".hidden/1.dcm", &root.join(OTHER));
    put(&audit, "a/.2.dcm", &root.join(OTHER));
    let scans = audit.path("scans");
    symlink(root.join(OTHER), scans.join("linked.dcm")).unwrap();
    symlink(&scans, scans.join("back")).unwrap();
    symlink(scans.join("nowhere"), scans.join("broken.dcm")).unwrap();
    let (samples, said, exit) = checked(&audit);
    assert_eq!((samples, exit), (2, 0), "{said}");
    assert!(said.contains("not-followed"), "{said}");
    assert!(
        said.contains("2 links to folders (or to nothing) and 2 hidden"),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let Some(root) = shared("data/formats/dicom") else {
        return;
    };
    for kind in ["dicom", "dicom_series"] {
        let audit = audit(kind);
        put(&audit, "a/1.dcm", &root.join(ONE));
        let folder = audit.path("scans").join(OsStr::from_bytes(b"caf\xe9"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::copy(root.join(OTHER), folder.join("1.dcm")).unwrap();
        let (_, said, exit) = checked(&audit);
        assert_eq!(exit, 2, "{said}");
        assert!(
            said.contains("file-name") && said.contains("is not UTF-8"),
            "{said}"
        );
    }
}
