//! SHA-256 of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::cohort::Names;

/// Hash and size of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHash {
    /// SHA-256 in lower-case hex.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
}

/// Hashes a file in pieces.
///
/// # Errors
/// When it cannot be read.
pub fn hash_file(path: &Path) -> io::Result<FileHash> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    let mut bytes = 0u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(FileHash {
                sha256: hex(&hasher.finalize()),
                bytes,
            });
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// One hash for all images: SHA-256 over `id NUL hash NUL` in the order of sample ids.
/// Samples whose file was not read are left out. `None` when no file was read.
#[must_use]
pub fn hash_images(samples: &Names, hashes: &[Option<[u8; 32]>]) -> Option<String> {
    let mut known: Vec<u32> = (0u32..)
        .zip(hashes)
        .filter(|(_, hash)| hash.is_some())
        .map(|(sample, _)| sample)
        .collect();
    if known.is_empty() {
        return None;
    }
    known.sort_by(|a, b| samples[*a as usize].cmp(&samples[*b as usize]));
    let mut hasher = Sha256::new();
    for sample in known {
        hasher.update(samples[sample as usize].as_bytes());
        hasher.update([0]);
        if let Some(hash) = &hashes[sample as usize] {
            hasher.update(hash);
        }
        hasher.update([0]);
    }
    Some(hex(&hasher.finalize()))
}

/// Bytes in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_known_text() {
        // SHA-256 of "abc", FIPS 180-2 appendix B.1.
        assert_eq!(
            hex(&Sha256::digest(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn images_are_hashed_in_the_order_of_ids() {
        let names: Names = ["b", "a"].iter().collect();
        let turned: Names = ["a", "b"].iter().collect();
        let (x, y) = (Some([1u8; 32]), Some([2u8; 32]));
        assert_eq!(hash_images(&names, &[x, y]), hash_images(&turned, &[y, x]));
        assert_ne!(hash_images(&names, &[x, y]), hash_images(&names, &[y, x]));
        assert_eq!(hash_images(&names, &[None, None]), None);
    }
}
