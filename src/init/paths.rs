//! Paths as the audit file writes them: relative to its folder.

use std::path::{Component, Path, PathBuf};

/// `target` from `folder`, with `/` between the parts; the absolute path where both have only the
/// root in common, since the many `..` that lead there would break when either is moved.
pub(super) fn from_folder(folder: &Path, target: &Path) -> String {
    let (folder, target) = (absolute(folder), absolute(target));
    let mine: Vec<Component<'_>> = folder.components().collect();
    let theirs: Vec<Component<'_>> = target.components().collect();
    let common = mine
        .iter()
        .zip(&theirs)
        .take_while(|(mine, theirs)| mine == theirs)
        .count();
    let named = |part: &&Component<'_>| matches!(part, Component::Normal(_));
    if theirs[..common].iter().filter(named).count() == 0 {
        return target.display().to_string();
    }
    let up = (common..mine.len()).map(|_| "..".to_owned());
    let down = theirs[common..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

/// The real path where there is one, else the path without `.` and `..`.
fn absolute(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_at_the_audit_file() {
        let to = |target: &str| from_folder(Path::new("/nowhere/audits"), Path::new(target));
        assert_eq!(to("/nowhere/models/m.onnx"), "../models/m.onnx");
        assert_eq!(to("/nowhere/audits/cohort.csv"), "cohort.csv");
        assert_eq!(to("/nowhere/audits"), ".");
        assert_eq!(to("/elsewhere/m.onnx"), "/elsewhere/m.onnx");
    }
}
