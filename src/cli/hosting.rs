//! What GitHub and GitLab read from a job: annotations, step summary, code quality, SARIF.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::audit::AuditError;
use crate::report::{self, AuditResult};

use super::arguments::Format;
use super::output;

/// Bytes of a step summary; GitHub refuses those of more than 1 MiB, what is there before included.
const LARGEST_SUMMARY: u64 = 1 << 20;
/// What says that a summary was cut.
const CUT: &str = "\nThe summary is cut here; the report has all of it.\n";

/// Prints a finished audit in the form that a hosting service reads.
pub(super) fn print(
    result: &AuditResult,
    audit_file: &str,
    format: Format,
) -> Result<(), AuditError> {
    match format {
        Format::Gitlab => output::print(&report::code_quality(result, audit_file)?),
        Format::Sarif => output::print(&report::sarif(result, audit_file)?),
        Format::Github | Format::Text | Format::Json => {
            output::print(&report::github_annotations(result, audit_file))?;
            match std::env::var_os("GITHUB_STEP_SUMMARY") {
                Some(path) if !path.is_empty() => {
                    append_summary(Path::new(&path), &report::summary_markdown(result))
                }
                _ => Ok(()),
            }
        }
    }
}

/// Appends to the step's summary, and cuts it at the end of a line where it would be too large.
fn append_summary(path: &Path, text: &str) -> Result<(), AuditError> {
    let failed = |source| AuditError::Output {
        path: path.display().to_string(),
        source,
    };
    let before = std::fs::metadata(path).map_or(0, |known| known.len());
    let room = LARGEST_SUMMARY.saturating_sub(before + CUT.len() as u64 + 1);
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let cut = if text.len() <= room {
        text.to_owned()
    } else {
        let lines = text.split_inclusive('\n').scan(0, |length, line| {
            *length += line.len();
            (*length <= room).then_some(line)
        });
        let kept: String = lines.collect();
        if kept.is_empty() && before > 0 {
            return Ok(());
        }
        kept + CUT
    };
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(cut.as_bytes()).map_err(failed)
}

/// The audit file's path from the root of the repository that it lies in; outside of one as it was
/// given, or its name where that was absolute.
pub(super) fn path_in_repository(file: &Path) -> String {
    let slashes = |path: &Path| {
        let parts: Vec<String> = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        parts.join("/")
    };
    if let Ok(whole) = file.canonicalize()
        && let Some(root) = whole
            .ancestors()
            .skip(1)
            .find(|folder| folder.join(".git").exists())
        && let Ok(inside) = whole.strip_prefix(root)
    {
        return slashes(inside);
    }
    let plain = file
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if plain {
        slashes(file)
    } else {
        slashes(Path::new(file.file_name().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_in_the_repository() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("audits/demo.yaml");
        assert_eq!(path_in_repository(&here), "audits/demo.yaml");
        assert_eq!(
            path_in_repository(Path::new("/nowhere/at/all.yaml")),
            "all.yaml"
        );
        assert_eq!(
            path_in_repository(Path::new("some/absent.yaml")),
            "some/absent.yaml"
        );
    }

    #[test]
    fn a_summary_stays_below_a_mebibyte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        append_summary(&path, "# one\n").unwrap();
        append_summary(&path, "# two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "# one\n# two\n");
        let line = "x".repeat(99) + "\n";
        for _ in 0..3 {
            append_summary(&path, &line.repeat(20_000)).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() as u64 <= LARGEST_SUMMARY, "{}", text.len());
        assert!(text.ends_with(CUT) && text.len() > 1_000_000);
    }
}
