//! Reference files with bytes turned and ends cut off, the same ones in every run: nothing panics,
//! nothing takes memory that a small file cannot need. The targets in `fuzz/` go further.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

mod support;

use std::io::Read;
use std::path::{Path, PathBuf};

use equipoise::config::{InputKind, Need, parse};
use equipoise::imaging::{decode, dicom, nifti};
use support::{project, shared};

/// Variants of each file.
const VARIANTS: usize = 60;
/// Mebibytes that reading small damaged files may take beyond what the process has.
const MEBIBYTES: u64 = 200;

/// A small generator of its own (xorshift, Marsaglia 2003), so that the variants never change.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }

    /// A variant: cut, or with a few bytes turned (more often near the start, where headers are),
    /// or with a run of one byte, or with a part repeated.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        match self.below(4) {
            0 => damaged.truncate(self.below(bytes.len())),
            1 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                let end = (at + 1 + self.below(16)).min(bytes.len());
                let value = [0x00, 0xff, 0x7f, 0x80][self.below(4)];
                damaged[at..end].fill(value);
            }
            2 if !bytes.is_empty() => {
                let at = self.below(bytes.len());
                let end = (at + self.below(200)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                damaged.splice(at..at, part);
            }
            _ => {}
        }
        for _ in 0..1 + self.below(4) {
            if damaged.is_empty() {
                break;
            }
            let near = if self.below(3) > 0 { 360 } else { usize::MAX };
            let at = self.below(damaged.len().min(near));
            damaged[at] = self.next() as u8;
        }
        damaged
    }
}

/// Most memory that the process had so far, in mebibytes; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// Counts variants that were read and refused.
#[derive(Default)]
struct Counts {
    read: usize,
    refused: usize,
}

impl Counts {
    fn add(&mut self, refused: bool) {
        if refused {
            self.refused += 1;
        } else {
            self.read += 1;
        }
    }
}

fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let stream = flate2::read::MultiGzDecoder::new(bytes);
    stream.take(1 << 22).read_to_end(&mut out).ok()?;
    Some(out)
}

#[test]
fn damaged_files_are_read_or_refused_within_bounds() {
    let before = peak();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    volumes(&mut random);
    arrays(&mut random);
    audits(&mut random);
    oversized(&mut random);
    match (before, peak()) {
        (Some(before), Some(after)) => {
            eprintln!("damaged files: {} MiB more than before", after - before);
            assert!(
                after - before < MEBIBYTES,
                "{before} MiB before, {after} MiB after"
            );
        }
        _ => eprintln!("skipped: this system does not say how much memory was taken"),
    }
}

/// Small volumes, as they are and unpacked, since a turned bit in gzip rarely reaches the header.
fn volumes(random: &mut Random) {
    let Some(folder) = shared("data/formats/nifti") else {
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut counts = Counts::default();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.len() > 1 << 18 {
            continue;
        }
        let plain = unpacked(&bytes);
        for number in 0..VARIANTS {
            let source = plain
                .as_deref()
                .filter(|_| number % 2 == 0)
                .unwrap_or(&bytes);
            let damaged = random.damage(source);
            let volume = nifti::read(&damaged, None, None);
            counts.add(volume.is_err());
            if let Ok(volume) = volume {
                let count = volume.voxels.stored.len();
                assert!(
                    count <= damaged.len().max(1) * 1100,
                    "{count} from {}",
                    damaged.len()
                );
                assert_eq!(volume.c_order().len(), count);
                volume.closest_canonical();
                let _refused = volume.into_decoded();
            }
        }
    }
    eprintln!(
        "damaged volumes: {} read, {} refused",
        counts.read, counts.refused
    );
    assert!(counts.read > 0 && counts.refused > 0);
}

fn arrays(random: &mut Random) {
    let Some(folder) = shared("data/formats/raster") else {
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.retain(|path| path.extension().is_some_and(|e| e == "npy" || e == "npz"));
    assert!(!paths.is_empty());
    let mut counts = Counts::default();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..VARIANTS * 4 {
            let damaged = random.damage(&bytes);
            let result = decode(&damaged, InputKind::Array);
            counts.add(result.is_err());
            if let Err(error) = result {
                // What a caught panic is told as.
                assert!(!error.to_string().contains("gave up"), "{error}");
            }
        }
    }
    eprintln!(
        "damaged arrays: {} read, {} refused",
        counts.read, counts.refused
    );
    assert!(counts.read > 0 && counts.refused > 0);
}

/// One file of every transfer syntax whose header claims 60,000 rows and columns: refused before
/// memory is asked for, damaged or not.
fn oversized(random: &mut Random) {
    let Some(folder) = shared("data/formats/dicom/made") else {
        return;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    let mut claimed = 0;
    for path in paths {
        let Some(bytes) = claiming(&std::fs::read(&path).unwrap(), 60_000) else {
            continue;
        };
        claimed += 1;
        let error = dicom::decode(&bytes).unwrap_err();
        let name = path.display();
        assert_eq!(error.reason(), dicom::Reason::TooLarge, "{name}: {error}");
        for _ in 0..4 {
            if let Err(error) = dicom::decode(&random.damage(&bytes)) {
                assert!(!error.to_string().contains("gave up"), "{name}: {error}");
            }
        }
    }
    eprintln!("{claimed} DICOM headers of 60,000 x 60,000 refused");
    assert!(claimed > 80, "{claimed}");
}

/// The file with other Rows and Columns; `None` where they are not found as they are written most
/// often (explicit or implicit, either byte order).
fn claiming(bytes: &[u8], side: u16) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    for element in [0x10, 0x11] {
        let forms: [(&[u8], [u8; 2]); 3] = [
            (&[0x28, 0, element, 0, b'U', b'S', 2, 0], side.to_le_bytes()),
            (&[0x28, 0, element, 0, 2, 0, 0, 0], side.to_le_bytes()),
            (&[0, 0x28, 0, element, b'U', b'S', 0, 2], side.to_be_bytes()),
        ];
        let (at, value) = forms.iter().find_map(|(start, value)| {
            let at = bytes.windows(8).position(|part| part == *start)?;
            Some((at + 8, value))
        })?;
        bytes.get_mut(at..at + 2)?.copy_from_slice(value);
    }
    Some(bytes)
}

fn audits(random: &mut Random) {
    let mut paths = Vec::new();
    files(&project().join("audits"), &mut paths);
    paths.push(project().join("src/config/complete.yaml"));
    let mut counts = Counts::default();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        for _ in 0..VARIANTS * 2 {
            let damaged = random.damage(&bytes);
            let text = String::from_utf8_lossy(&damaged);
            let parsed = parse(&text, "audit.yaml", Path::new(""), Need::Model);
            counts.add(parsed.is_err());
            if let Err(errors) = parsed {
                assert!(errors.render(false).contains("error"));
                assert!(errors.to_json().is_array() || errors.to_json().is_object());
            }
        }
    }
    eprintln!(
        "damaged audit files: {} read, {} refused",
        counts.read, counts.refused
    );
    assert!(counts.refused > 0);
}
