//! Where ONNX Runtime may lie on a computer.

use std::env;
use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Source;

/// How long a Python interpreter may take to say where its packages lie. A cold start from a
/// network drive takes seconds; an interpreter that hangs must not hang the audit.
const PYTHON_TIME_LIMIT: Duration = Duration::from_secs(10);

/// What Python is asked: its folders of packages, one a line.
const PYTHON_QUESTION: &str = "import site, sysconfig
for folder in [sysconfig.get_path('purelib'), sysconfig.get_path('platlib'), site.getusersitepackages()]:
    print(folder)";

/// The places to look in. [`Places::of_this_computer`] reads them from the environment; tests
/// and unusual installations name their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The library named with `--onnxruntime`.
    pub option: Option<PathBuf>,
    /// The library named in `ORT_DYLIB_PATH`.
    pub variable: Option<PathBuf>,
    /// The folder of the executable.
    pub executable_folder: Option<PathBuf>,
    /// The cache for ONNX Runtime, with one folder a version.
    pub cache: Option<PathBuf>,
    /// Python environments (`VIRTUAL_ENV`, `CONDA_PREFIX`).
    pub python_environments: Vec<PathBuf>,
    /// The Python interpreter to ask for its packages; it is only started when no earlier place
    /// has a usable library.
    pub python: Option<PathBuf>,
    /// Folders of the system.
    pub system_folders: Vec<PathBuf>,
}

impl Places {
    /// The places of this computer. `option` is the library that the user named on the command
    /// line.
    #[must_use]
    pub fn of_this_computer(option: Option<PathBuf>) -> Self {
        let folder = |name: &str| {
            env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        Self {
            option,
            variable: folder("ORT_DYLIB_PATH"),
            executable_folder: env::current_exe()
                .ok()
                .and_then(|path| std::fs::canonicalize(path).ok())
                .and_then(|path| path.parent().map(Path::to_path_buf)),
            cache: cache_folder(&folder),
            python_environments: ["VIRTUAL_ENV", "CONDA_PREFIX"]
                .into_iter()
                .filter_map(folder)
                .collect(),
            python: Some(PathBuf::from(python_program())),
            system_folders: system_folders(),
        }
    }

    /// Files that may be the library, each with the way it was found, in the order of search.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (Source, PathBuf)> + '_ {
        let named = [
            (Source::Option, self.option.clone()),
            (Source::Variable, self.variable.clone()),
        ]
        .into_iter()
        .filter_map(|(source, path)| path.map(|path| (source, path)));
        let near = self
            .executable_folder
            .iter()
            .flat_map(|folder| libraries(folder))
            .map(|path| (Source::Executable, path));
        let cached = self
            .cache
            .iter()
            .flat_map(|cache| cached_libraries(cache))
            .map(|path| (Source::Cache, path));
        let environments = self
            .python_environments
            .iter()
            .flat_map(|environment| site_packages(environment));
        // `iter().flat_map` asks Python only when the search comes this far.
        let asked = self.python.iter().flat_map(|python| ask_python(python));
        let packaged = environments
            .chain(asked)
            .flat_map(|folder| libraries(&folder.join("onnxruntime").join("capi")))
            .map(|path| (Source::Python, path));
        let system = self
            .system_folders
            .iter()
            .flat_map(|folder| libraries(folder))
            .map(|path| (Source::System, path));
        named
            .chain(near)
            .chain(cached)
            .chain(packaged)
            .chain(system)
    }

    /// The places for people, in the order of search.
    pub(super) fn descriptions(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let mut add = |source: Source, place: String| texts.push(format!("{source} ({place})"));
        match &self.variable {
            Some(path) => add(Source::Variable, path.display().to_string()),
            None => add(Source::Variable, "not set".to_owned()),
        }
        if let Some(folder) = &self.executable_folder {
            add(Source::Executable, folder.display().to_string());
        }
        if let Some(folder) = &self.cache {
            add(Source::Cache, folder.display().to_string());
        }
        let python = self.python_environments.iter().chain(&self.python);
        add(Source::Python, joined(python));
        add(Source::System, joined(self.system_folders.iter()));
        texts
    }
}

fn joined<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> String {
    let texts: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(", ")
    }
}

/// The Python interpreter by its usual name.
pub(super) fn python_program() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

/// The cache: `$XDG_CACHE_HOME` or `~/.cache`, on Windows `%LOCALAPPDATA%`.
fn cache_folder(folder: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let base = if cfg!(windows) {
        folder("LOCALAPPDATA")?
    } else {
        // The XDG rules say that a relative path is to be ignored.
        folder("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| Some(folder("HOME")?.join(".cache")))?
    };
    Some(base.join("equipoise").join("onnxruntime"))
}

/// Folders of the system. On Windows there is none: its system folder holds an old version that
/// belongs to Windows itself.
fn system_folders() -> Vec<PathBuf> {
    let folders: &[&str] = if cfg!(windows) {
        &[]
    } else if cfg!(target_vendor = "apple") {
        &["/usr/local/lib", "/opt/homebrew/lib"]
    } else if cfg!(target_arch = "aarch64") {
        &[
            "/usr/local/lib",
            "/usr/lib",
            "/usr/lib64",
            "/usr/lib/aarch64-linux-gnu",
            "/opt/onnxruntime/lib",
        ]
    } else {
        &[
            "/usr/local/lib",
            "/usr/lib",
            "/usr/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/opt/onnxruntime/lib",
        ]
    };
    folders.iter().map(PathBuf::from).collect()
}

/// Files in a folder that are named like ONNX Runtime, newest version first.
pub(super) fn libraries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = entries(folder)
        .into_iter()
        .filter(|path| {
            path.file_name()
                .and_then(OsStr::to_str)
                .is_some_and(is_library_name)
        })
        .collect();
    paths.sort_by_key(|path| std::cmp::Reverse(numbers_in(path)));
    paths
}

fn is_library_name(name: &str) -> bool {
    if cfg!(windows) {
        name.eq_ignore_ascii_case("onnxruntime.dll")
    } else if cfg!(target_vendor = "apple") {
        name.starts_with("libonnxruntime.") && name.ends_with(".dylib")
    } else {
        name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.")
    }
}

/// Libraries in the cache: the pinned version first, then newer before older.
fn cached_libraries(cache: &Path) -> Vec<PathBuf> {
    let mut folders = entries(cache);
    folders.sort_by_key(|folder| {
        let is_pinned = folder.file_name() == Some(OsStr::new(super::PINNED_VERSION));
        std::cmp::Reverse((is_pinned, numbers_in(folder)))
    });
    folders
        .iter()
        .flat_map(|folder| libraries(folder))
        .collect()
}

/// Folders of packages in a Python environment.
fn site_packages(environment: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        return vec![environment.join("Lib").join("site-packages")];
    }
    let mut versions = entries(&environment.join("lib"));
    versions.retain(|path| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(|name| name.starts_with("python"))
    });
    versions.sort_by_key(|path| std::cmp::Reverse(numbers_in(path)));
    versions
        .into_iter()
        .map(|path| path.join("site-packages"))
        .collect()
}

/// What lies in a folder; nothing when it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    // The order of a folder is the file system's; the search must not depend on it.
    paths.sort();
    paths
}

/// Numbers in a file name, for ordering versions: `libonnxruntime.so.1.9.0` before `...1.32.0`.
fn numbers_in(path: &Path) -> Vec<u64> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

/// Asks an interpreter for its folders of packages; nothing when there is no such interpreter or
/// it does not answer in time.
fn ask_python(python: &Path) -> Vec<PathBuf> {
    let started = Command::new(python)
        // Isolated: no module of the working folder may run in place of a standard one.
        .args(["-I", "-c", PYTHON_QUESTION])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else {
        return Vec::new();
    };
    if !ends_within(&mut child, PYTHON_TIME_LIMIT) {
        tracing::warn!(python = %python.display(), "Python did not say in time where its packages are");
        return Vec::new();
    }
    let mut answer = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        // Three paths fit in the pipe's buffer, so that reading after the end loses nothing.
        let _ = stdout.read_to_string(&mut answer);
    }
    let mut folders: Vec<PathBuf> = Vec::new();
    for line in answer.lines().map(str::trim) {
        let folder = PathBuf::from(line);
        if folder.is_absolute() && !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

/// Waits for a process; ends it when it takes longer.
fn ends_within(child: &mut Child, limit: Duration) -> bool {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(10)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers() {
        let mut names = ["so.1.9.0", "so.1.32.0", "so.1.32", "so"].map(PathBuf::from);
        names.sort_by_key(|path| std::cmp::Reverse(numbers_in(path)));
        assert_eq!(
            names,
            ["so.1.32.0", "so.1.32", "so.1.9.0", "so"].map(PathBuf::from)
        );
    }

    #[test]
    fn the_cache_follows_the_xdg_rules() {
        if cfg!(windows) {
            return;
        }
        let with = |xdg: Option<&'static str>| {
            cache_folder(&move |name: &str| match name {
                "XDG_CACHE_HOME" => xdg.map(PathBuf::from),
                "HOME" => Some(PathBuf::from("/home/ana")),
                _ => None,
            })
        };
        let folder = |base: &str| Some(Path::new(base).join("equipoise/onnxruntime"));
        assert_eq!(with(Some("/scratch")), folder("/scratch"));
        assert_eq!(with(Some("scratch")), folder("/home/ana/.cache"));
        assert_eq!(with(None), folder("/home/ana/.cache"));
    }

    #[test]
    fn an_interpreter_that_is_missing_or_hangs_gives_nothing() {
        assert!(ask_python(Path::new("no-such-python")).is_empty());
        if let Ok(mut child) = Command::new("sleep").arg("30").spawn() {
            assert!(!ends_within(&mut child, Duration::from_millis(50)));
        }
    }
}
