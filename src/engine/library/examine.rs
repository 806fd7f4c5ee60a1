//! Looks at a file that may be ONNX Runtime, without loading it: loading runs code of the file,
//! and only one library can ever be loaded into a process.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Oldest ONNX Runtime whose interface is enough: 1.20.
pub const OLDEST_MINOR: u32 = 20;

/// A shared library that looks like an ONNX Runtime for this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// The file, with links resolved.
    pub path: PathBuf,
    /// Version such as `1.32.0`; `None` when neither content nor name tells.
    pub version: Option<String>,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
}

/// Why a file cannot be used as ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    /// It is a folder or something else that is not a file.
    #[error("it is not a file")]
    NotAFile,
    /// It is no shared library of this operating system.
    #[error("it is not a shared library of this operating system")]
    NotALibrary,
    /// It is a shared library for other processors.
    #[error("it is a shared library for another kind of processor")]
    OtherProcessor,
    /// It is some other shared library.
    #[error("it is a shared library, but not ONNX Runtime (it has no OrtGetApiBase)")]
    NotOnnxRuntime,
    /// It is too old.
    #[error("it is version {found}, expected 1.{OLDEST_MINOR} or newer")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// It lies in the cache and is no longer the file that was checked when it came there.
    #[error("its sha256 is {found}, expected {expected} of the official {version}")]
    Changed {
        /// What it has.
        found: String,
        /// What it had when it was installed.
        expected: String,
        /// Version of the package.
        version: String,
    },
}

/// Reads a file and says what it is.
///
/// # Errors
/// The first reason for which it cannot be ONNX Runtime on this computer.
pub fn examine(path: &Path) -> Result<Examined, Unusable> {
    let unreadable = |error: std::io::Error| Unusable::Unreadable(error.to_string());
    let path = std::fs::canonicalize(path).map_err(unreadable)?;
    let mut file = File::open(&path).map_err(unreadable)?;
    let length = match file.metadata().map_err(unreadable)? {
        metadata if metadata.is_file() => metadata.len(),
        _ => return Err(Unusable::NotAFile),
    };
    // A large text or model file named by mistake is told from its start, not read whole.
    let mut bytes = Vec::new();
    file.by_ref()
        .take(64 * 1024)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    check_format(&bytes)?;
    bytes.reserve_exact(
        usize::try_from(length)
            .unwrap_or(0)
            .saturating_sub(bytes.len()),
    );
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if find(&bytes, b"OrtGetApiBase\0").is_none() {
        return Err(Unusable::NotOnnxRuntime);
    }
    let version = version_in_symbols(&bytes)
        .or_else(|| version_in_resource(&bytes))
        .or_else(|| version_in_name(&path));
    if let Some(found) = version.clone().filter(|version| is_too_old(version)) {
        return Err(Unusable::TooOld { found });
    }
    Ok(Examined {
        sha256: sha256(&bytes),
        path,
        version,
    })
}

/// SHA-256 of bytes in lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether the first bytes are those of a shared library for this system and processor.
fn check_format(bytes: &[u8]) -> Result<(), Unusable> {
    let processor = if cfg!(target_os = "windows") {
        pe_processor(bytes)
    } else if cfg!(target_vendor = "apple") {
        mach_processor(bytes)
    } else {
        elf_processor(bytes)
    };
    match processor {
        None => Err(Unusable::NotALibrary),
        Some(Processor::Other) => Err(Unusable::OtherProcessor),
        Some(Processor::This) => Ok(()),
    }
}

/// For which processor a library is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Processor {
    /// The one that runs this program, or several of which it may be one.
    This,
    /// Another.
    Other,
}

impl Processor {
    /// `x86_64` and `aarch64` are the numbers of these two in the format at hand.
    fn from_number(number: u32, x86_64: u32, aarch64: u32) -> Self {
        let this = if cfg!(target_arch = "x86_64") {
            x86_64
        } else if cfg!(target_arch = "aarch64") {
            aarch64
        } else {
            // No number is known for other processors: the loader has the last word.
            return Self::This;
        };
        if number == this {
            Self::This
        } else {
            Self::Other
        }
    }
}

/// ELF: magic, then `e_type` 3 (shared) at 16 and `e_machine` at 18.
fn elf_processor(bytes: &[u8]) -> Option<Processor> {
    let header = bytes.get(..20)?;
    let shared = header.starts_with(b"\x7fELF") && header.get(16..18) == Some(&[3, 0]);
    let machine = u16::from_le_bytes([*header.get(18)?, *header.get(19)?]);
    shared.then(|| Processor::from_number(machine.into(), 62, 183))
}

/// Mach-O: magic, then the processor; or a bundle for several processors.
fn mach_processor(bytes: &[u8]) -> Option<Processor> {
    let number = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    match bytes.get(..4)? {
        [0xcf, 0xfa, 0xed, 0xfe] => Some(Processor::from_number(number, 0x0100_0007, 0x0100_000c)),
        [0xca, 0xfe, 0xba, 0xbe] => Some(Processor::This),
        _ => None,
    }
}

/// PE: `MZ`, at 60 the place of `PE\0\0`, which the processor follows.
fn pe_processor(bytes: &[u8]) -> Option<Processor> {
    if !bytes.starts_with(b"MZ") {
        return None;
    }
    let at = u32::from_le_bytes(bytes.get(60..64)?.try_into().ok()?);
    let header = bytes.get(usize::try_from(at).ok()?..)?;
    let machine = u16::from_le_bytes([*header.get(4)?, *header.get(5)?]);
    header
        .starts_with(b"PE\0\0")
        .then(|| Processor::from_number(machine.into(), 0x8664, 0xaa64))
}

/// Linux builds version their symbols: `VERS_1.32.0`.
fn version_in_symbols(bytes: &[u8]) -> Option<String> {
    let at = find(bytes, b"\0VERS_1.")? + b"\0VERS_".len();
    let text: String = version_characters(bytes.get(at..)?.iter().copied());
    is_version(&text).then_some(text)
}

/// Windows builds carry a resource: `ProductVersion` and its value in UTF-16.
fn version_in_resource(bytes: &[u8]) -> Option<String> {
    let key: Vec<u8> = "ProductVersion"
        .bytes()
        .flat_map(|letter| [letter, 0])
        .collect();
    let after = bytes.get(find(bytes, &key)? + key.len()..)?;
    let units = after.iter().step_by(2).copied();
    let text = version_characters(units.skip_while(|&unit| unit == 0));
    is_version(&text).then_some(text)
}

/// `libonnxruntime.so.1.32.0`, `libonnxruntime.1.32.0.dylib`.
fn version_in_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let start = name.find(|letter: char| letter.is_ascii_digit())?;
    let text = version_characters(name.get(start..)?.bytes());
    is_version(&text).then_some(text)
}

fn version_characters(bytes: impl Iterator<Item = u8>) -> String {
    let text: String = bytes
        .take(20)
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .map(char::from)
        .collect();
    text.trim_end_matches('.').to_owned()
}

/// Whether text is `1.minor` or `1.minor.patch`.
fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    matches!(parts.len(), 2..=4)
        && parts[0] == "1"
        && parts.iter().all(|p| p.parse::<u32>().is_ok())
}

fn is_too_old(version: &str) -> bool {
    let minor = version
        .split('.')
        .nth(1)
        .and_then(|m| m.parse::<u32>().ok());
    minor.is_some_and(|minor| minor < OLDEST_MINOR)
}

/// Position of `needle` in `bytes`.
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_content_and_name() {
        assert_eq!(
            version_in_symbols(b"\x7fELF..\0VERS_1.32.0\0..").as_deref(),
            Some("1.32.0")
        );
        assert_eq!(version_in_symbols(b"VERS_2"), None);
        let resource: Vec<u8> = "xProductVersion\0\x001.22.1\0"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(version_in_resource(&resource).as_deref(), Some("1.22.1"));
        let named = |name: &str| version_in_name(Path::new(name));
        assert_eq!(
            named("/a/libonnxruntime.so.1.20.1").as_deref(),
            Some("1.20.1")
        );
        assert_eq!(
            named("libonnxruntime.1.32.0.dylib").as_deref(),
            Some("1.32.0")
        );
        assert_eq!(named("libonnxruntime.so"), None);
        assert_eq!(named("libonnxruntime.so.1"), None);
    }

    #[test]
    fn only_old_versions_are_too_old() {
        assert!(is_too_old("1.19.2"));
        assert!(!is_too_old("1.20.0"));
        assert!(!is_too_old("1.100.0"));
    }

    #[test]
    fn processors_are_told_apart() {
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        elf.resize(20, 0);
        elf[16] = 3;
        let own = if cfg!(target_arch = "aarch64") {
            183
        } else {
            62
        };
        elf[18] = own;
        assert_eq!(elf_processor(&elf), Some(Processor::This));
        elf[18] = 40;
        assert_eq!(elf_processor(&elf), Some(Processor::Other));
        elf[16] = 2;
        assert_eq!(elf_processor(&elf), None, "an executable is no library");
        assert_eq!(elf_processor(b"audit: chest"), None);
        assert_eq!(pe_processor(b"MZ"), None);
        assert_eq!(
            mach_processor(&[0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2]),
            Some(Processor::This)
        );
    }
}
