//! Gets the official ONNX Runtime through the user's own package client, so that a mirror, a
//! proxy and certificates that are set up for pip apply here too, and checks what came.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::examine::sha256;
use super::places::{Places, libraries, python_program};

/// The version of ONNX Runtime that is installed: its library's hashes are in this file.
pub const PINNED_VERSION: &str = "1.32.0";

/// An official package for one kind of computer.
struct Package {
    /// Operating system and processor as Rust names them.
    system: &'static str,
    processor: &'static str,
    /// Platform tags of the package on PyPI, newest first.
    platforms: &'static [&'static str],
    /// SHA-256 of the library inside. It is the same in the packages for every Python version.
    sha256: &'static str,
}

/// Packages of version [`PINNED_VERSION`]: library inside of the wheels on PyPI.
const PACKAGES: [Package; 5] = [
    Package {
        system: "linux",
        processor: "x86_64",
        platforms: &["manylinux_2_28_x86_64", "manylinux_2_27_x86_64"],
        sha256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    },
    Package {
        system: "linux",
        processor: "aarch64",
        platforms: &["manylinux_2_28_aarch64", "manylinux_2_27_aarch64"],
        sha256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
    },
    Package {
        system: "macos",
        processor: "aarch64",
        platforms: &["macosx_14_0_arm64"],
        sha256: "fa585fabbea65b823b9a8f7e27d46aee3989d1be7e36b528203d3a1fd613aae7",
    },
    Package {
        system: "windows",
        processor: "x86_64",
        platforms: &["win_amd64"],
        sha256: "443c0065fcdba17618ddef05050308f4b471893c5c7da0337d6957c9073ad8a7",
    },
    Package {
        system: "windows",
        processor: "aarch64",
        platforms: &["win_arm64"],
        sha256: "a5c1951a7d495fa0c22a0865fe36981fe67f9d5dc7ba3893c20fa7266dd1e994",
    },
];

/// The Python version whose package is taken. Only the library inside is used, so that it need
/// not be the version of the Python that runs pip.
const PACKAGE_PYTHON: &str = "3.12";

/// Why ONNX Runtime could not be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// There is no official package for this computer.
    #[error(
        "there is no official ONNX Runtime {PINNED_VERSION} package for {system} on {processor}"
    )]
    NoPackage {
        /// Operating system.
        system: &'static str,
        /// Processor.
        processor: &'static str,
    },
    /// Neither `XDG_CACHE_HOME` nor `HOME` is set.
    #[error("the user's cache folder is unknown: neither XDG_CACHE_HOME nor HOME is set")]
    NoCache,
    /// There is no Python.
    #[error("{program} cannot be started: {reason}")]
    NoPython {
        /// The program that was tried.
        program: String,
        /// What the system said.
        reason: String,
    },
    /// Python has no pip.
    #[error("{program} has no pip")]
    NoPip {
        /// The program that was tried.
        program: String,
    },
    /// Pip failed: no network, no such version on the mirror, ...
    #[error("pip could not get onnxruntime {PINNED_VERSION}: {reason}")]
    Pip {
        /// The last lines that it wrote.
        reason: String,
    },
    /// The package has no library where it should be.
    #[error("the package has no library in onnxruntime/capi")]
    NoLibrary,
    /// The library is not the official one.
    #[error("the library that pip brought has sha256 {found}, expected {expected}: it is not used")]
    WrongHash {
        /// What it has.
        found: String,
        /// What the official one has.
        expected: &'static str,
    },
    /// The cache cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    NotWritable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
}

impl InstallError {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoPackage { .. } => Some(
                "build or get libonnxruntime otherwise and name it with --onnxruntime PATH, or use the embedded engine",
            ),
            Self::NoPython { .. } | Self::NoPip { .. } => Some(
                "install Python with pip, or get the library otherwise and name it with --onnxruntime PATH",
            ),
            Self::Pip { .. } => Some(
                "pip's own settings apply (PIP_INDEX_URL, PIP_PROXY, PIP_CERT, pip.conf): try `pip download onnxruntime` by hand",
            ),
            Self::WrongHash { .. } => {
                Some("the mirror may hold a changed package: compare it with the one on pypi.org")
            }
            Self::NotWritable { .. } | Self::NoCache => {
                Some("set XDG_CACHE_HOME to a folder that can be written")
            }
            Self::NoLibrary => None,
        }
    }
}

/// What [`install`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The library in the cache.
    pub path: PathBuf,
    /// Its version.
    pub version: &'static str,
    /// Its SHA-256, equal to the pinned one.
    pub sha256: &'static str,
    /// Whether it lay in the cache before, so that nothing had to be fetched.
    pub was_there: bool,
}

/// SHA-256 of the official library for this computer; `None` when there is no package for it.
#[must_use]
pub fn pinned_sha256() -> Option<&'static str> {
    package().ok().map(|package| package.sha256)
}

fn package() -> Result<&'static Package, InstallError> {
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    // The packages for Linux are built for the GNU C library.
    let is_other_libc = cfg!(all(target_os = "linux", not(target_env = "gnu")));
    PACKAGES
        .iter()
        .find(|package| package.system == system && package.processor == processor)
        .filter(|_| !is_other_libc)
        .ok_or(InstallError::NoPackage { system, processor })
}

/// Puts the pinned ONNX Runtime into the cache: runs `python3 -m pip install --target` into a
/// folder beside its final place, compares the library's SHA-256 with the pinned one, and moves
/// it there by rename. A library that lies there already and has the right hash is kept.
///
/// # Errors
/// No package for this computer, no Python or pip, pip's own failure, a wrong hash, or a cache
/// that cannot be written. Nothing is left behind then.
pub fn install(places: &Places) -> Result<Installed, InstallError> {
    let package = package()?;
    let cache = places.cache.as_deref().ok_or(InstallError::NoCache)?;
    let folder = cache.join(PINNED_VERSION);
    if let Some(path) = official_library(&folder, package) {
        return Ok(installed(path, package, true));
    }
    let python = places
        .python
        .clone()
        .unwrap_or_else(|| PathBuf::from(python_program()));
    let workspace = Workspace::create(cache)?;
    fetch(&python, package, &workspace.folder)?;
    let path = place(&workspace.folder, &folder, package)?;
    Ok(installed(path, package, false))
}

fn installed(path: PathBuf, package: &Package, was_there: bool) -> Installed {
    Installed {
        path,
        version: PINNED_VERSION,
        sha256: package.sha256,
        was_there,
    }
}

/// The library in a folder, if it is the official one.
fn official_library(folder: &Path, package: &Package) -> Option<PathBuf> {
    libraries(folder)
        .into_iter()
        .find(|path| std::fs::read(path).is_ok_and(|bytes| sha256(&bytes) == package.sha256))
}

/// A folder for what pip writes, removed at the end whatever happens.
struct Workspace {
    folder: PathBuf,
}

impl Workspace {
    fn create(cache: &Path) -> Result<Self, InstallError> {
        // In the cache itself: a rename works only within one file system.
        let folder = cache.join(format!(".incoming-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|error| not_writable(&folder, &error))?;
        Ok(Self { folder })
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn not_writable(path: &Path, error: &std::io::Error) -> InstallError {
    InstallError::NotWritable {
        path: path.to_path_buf(),
        reason: error.to_string(),
    }
}

/// Runs pip.
fn fetch(python: &Path, package: &Package, folder: &Path) -> Result<(), InstallError> {
    let program = || python.display().to_string();
    let pip = || {
        let mut command = Command::new(python);
        command.args(["-m", "pip"]).stdin(Stdio::null());
        command
    };
    let run = |command: &mut Command| {
        command.output().map_err(|error| InstallError::NoPython {
            program: program(),
            reason: error.to_string(),
        })
    };
    if !run(pip().arg("--version"))?.status.success() {
        return Err(InstallError::NoPip { program: program() });
    }
    tracing::info!(version = PINNED_VERSION, "getting onnxruntime with pip");
    let mut command = pip();
    command
        .args(["install", "--quiet", "--no-input", "--no-deps"])
        .args(["--no-compile", "--disable-pip-version-check"])
        .args(["--only-binary=:all:", "--implementation", "cp"])
        .args(["--python-version", PACKAGE_PYTHON]);
    for platform in package.platforms {
        command.args(["--platform", platform]);
    }
    command.arg("--target").arg(folder);
    let output = run(command.arg(format!("onnxruntime=={PINNED_VERSION}")))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(InstallError::Pip {
            reason: last_lines(&output),
        })
    }
}

/// What pip said: its errors and the last warning before them, which is where it tells of a
/// refused connection.
fn last_lines(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.starts_with("ERROR");
    let mut shown: Vec<&str> = lines().filter(is_error).take(3).collect();
    shown.extend(lines().rfind(|line| line.starts_with("WARNING")));
    if shown.is_empty() {
        shown.extend(lines().next_back());
    }
    if shown.is_empty() {
        return format!("it ended with {}", output.status);
    }
    shown.join("; ")
}

/// Checks the library that pip brought and moves it to its place.
fn place(fetched: &Path, folder: &Path, package: &Package) -> Result<PathBuf, InstallError> {
    let library = libraries(&fetched.join("onnxruntime").join("capi"))
        .into_iter()
        .next()
        .ok_or(InstallError::NoLibrary)?;
    let name = library.file_name().ok_or(InstallError::NoLibrary)?;
    let bytes = std::fs::read(&library).map_err(|error| not_writable(&library, &error))?;
    let found = sha256(&bytes);
    if found != package.sha256 {
        return Err(InstallError::WrongHash {
            found,
            expected: package.sha256,
        });
    }
    std::fs::create_dir_all(folder).map_err(|error| not_writable(folder, &error))?;
    let path = folder.join(name);
    std::fs::rename(&library, &path).map_err(|error| not_writable(&path, &error))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_hashes_and_computers_differ() {
        for (position, package) in PACKAGES.iter().enumerate() {
            assert_eq!(package.sha256.len(), 64);
            assert!(package.sha256.bytes().all(|b| b.is_ascii_hexdigit()));
            for other in &PACKAGES[..position] {
                assert_ne!(
                    (package.system, package.processor),
                    (other.system, other.processor)
                );
            }
        }
    }

    #[test]
    fn another_library_is_not_put_into_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let capi = folder.path().join("in/onnxruntime/capi");
        std::fs::create_dir_all(&capi).unwrap();
        let name = if cfg!(windows) {
            "onnxruntime.dll"
        } else if cfg!(target_vendor = "apple") {
            "libonnxruntime.1.32.0.dylib"
        } else {
            "libonnxruntime.so.1.32.0"
        };
        std::fs::write(capi.join(name), b"changed").unwrap();
        let target = folder.path().join("cache");
        let refused = place(&folder.path().join("in"), &target, &PACKAGES[0]).unwrap_err();
        assert!(
            matches!(refused, InstallError::WrongHash { .. }),
            "{refused}"
        );
        assert!(!target.exists());

        // The very same steps with the hash of that content do place it.
        let package = Package {
            sha256: "d67e2e944994496c8d8ec76eed0cf9f09679448d584b532bebf941852a37f5ed",
            ..PACKAGES[0]
        };
        let path = place(&folder.path().join("in"), &target, &package).unwrap();
        assert_eq!(path, target.join(name));
        assert_eq!(std::fs::read(path).unwrap(), b"changed");
    }
}
