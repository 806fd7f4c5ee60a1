//! Finds ONNX Runtime on this computer, says which library would be used and why the others
//! would not, and gets it through the user's own package client.

mod examine;
mod install;
mod places;

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::INSTALL_COMMAND;

pub(crate) use examine::sha256;
pub use examine::{Examined, OLDEST_MINOR, Unusable, examine};
pub use install::{InstallError, Installed, PINNED_VERSION, install, pinned_sha256};
pub use places::Places;

/// Where a library was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Named with `--onnxruntime PATH`.
    Option,
    /// Named in the environment variable `ORT_DYLIB_PATH`.
    Variable,
    /// In the folder of the executable.
    Executable,
    /// In the user's cache, where `runtime install` puts it.
    Cache,
    /// In the `onnxruntime` package of a Python environment.
    Python,
    /// In a folder of the system.
    System,
}

impl Source {
    /// Whether the user named this very library, so that no other may stand in for it.
    fn is_named(self) -> bool {
        matches!(self, Self::Option | Self::Variable)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Option => "--onnxruntime",
            Self::Variable => "ORT_DYLIB_PATH",
            Self::Executable => "beside the executable",
            Self::Cache => "cache",
            Self::Python => "python environment",
            Self::System => "system",
        })
    }
}

/// A library that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What the file is.
    pub library: Examined,
    /// How it was found.
    pub source: Source,
}

/// A file that was looked at, usable or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The file as it was named or found.
    pub path: PathBuf,
    /// How it was found.
    pub source: Source,
    /// What it is, or why it cannot be used.
    pub state: Result<Examined, Unusable>,
}

/// No usable library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotFound {
    /// Each place in order, for people: what it is and the folder or file.
    pub looked_in: Vec<String>,
    /// Files that were there and cannot be used.
    pub unusable: Vec<Candidate>,
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no ONNX Runtime found: looked in {}",
            self.looked_in.join("; ")
        )?;
        for candidate in &self.unusable {
            if let Err(reason) = &candidate.state {
                write!(
                    f,
                    "; {} was passed over: {reason}",
                    candidate.path.display()
                )?;
            }
        }
        write!(f, "; `{INSTALL_COMMAND}` gets it")
    }
}

/// A library that was named or found and cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The file that the user named is not a usable ONNX Runtime.
    #[error("{} (from {origin}) cannot be used as ONNX Runtime: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Who named it.
        origin: Source,
        /// Why not.
        reason: Unusable,
    },
    /// The system's loader refused it.
    #[error("{} cannot be loaded: {reason}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        reason: String,
    },
    /// Another library is loaded already, and a process can hold only one.
    #[error(
        "{} cannot be loaded, since this process already runs ONNX Runtime from {}",
        path.display(),
        loaded.display()
    )]
    Another {
        /// The library that was asked for.
        path: PathBuf,
        /// The one that is loaded.
        loaded: PathBuf,
    },
}

impl LibraryError {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unusable { .. } | Self::Load { .. } => Some(format!(
                "name the shared library itself (libonnxruntime.so, libonnxruntime.dylib or onnxruntime.dll, 1.{OLDEST_MINOR} or newer), or run `{INSTALL_COMMAND}`"
            )),
            Self::Another { .. } => None,
        }
    }
}

/// What [`find`] has to say when it finds nothing usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Nothing anywhere.
    #[error("{0}")]
    NotFound(#[from] NotFound),
    /// The library that the user named is not usable.
    #[error("{0}")]
    Named(#[from] LibraryError),
}

impl From<FindError> for super::error::EngineError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::NotFound(error) => Self::LibraryNotFound(error),
            FindError::Named(error) => Self::Library(error),
        }
    }
}

/// The library to use: the first usable one in the order of [`Source`].
///
/// A library that the user named (`--onnxruntime`, `ORT_DYLIB_PATH`) is taken or refused; no
/// other stands in for it. Elsewhere a file that cannot be used is passed over.
///
/// # Errors
/// [`FindError::Named`] for a named library that cannot be used, [`FindError::NotFound`] when
/// there is none at all.
pub fn find(places: &Places) -> Result<Found, FindError> {
    let mut unusable = Vec::new();
    for (source, path) in places.candidates() {
        match examine_in(source, &path) {
            Ok(library) => return Ok(Found { library, source }),
            Err(reason) if source.is_named() => {
                return Err(LibraryError::Unusable {
                    path,
                    origin: source,
                    reason,
                }
                .into());
            }
            Err(reason) => {
                tracing::warn!(path = %path.display(), %reason, "ONNX Runtime passed over");
                unusable.push(Candidate {
                    path,
                    source,
                    state: Err(reason),
                });
            }
        }
    }
    Err(NotFound {
        looked_in: places.descriptions(),
        unusable,
    }
    .into())
}

/// Every library that can be found, in the order of [`find`]; the same file appears once.
/// The first usable one is used, unless a named one before it is unusable.
#[must_use]
pub fn list(places: &Places) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = Vec::new();
    for (source, path) in places.candidates() {
        let state = examine_in(source, &path);
        let is_known = candidates.iter().any(|known| match (&known.state, &state) {
            (Ok(known), Ok(library)) => known.path == library.path,
            _ => known.path == path,
        });
        if !is_known {
            candidates.push(Candidate {
                path,
                source,
                state,
            });
        }
    }
    candidates
}

/// [`examine`], and in the cache also whether the file is still the one that was installed.
fn examine_in(source: Source, path: &Path) -> Result<Examined, Unusable> {
    let library = examine(path)?;
    match pinned_sha256() {
        Some(expected)
            if source == Source::Cache
                && library.version.as_deref() == Some(PINNED_VERSION)
                && library.sha256 != expected =>
        {
            Err(Unusable::Changed {
                found: library.sha256,
                expected: expected.to_owned(),
                version: PINNED_VERSION.to_owned(),
            })
        }
        _ => Ok(library),
    }
}
