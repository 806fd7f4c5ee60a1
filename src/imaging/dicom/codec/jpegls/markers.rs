//! Marker segments of a JPEG-LS stream (Annex C) and the coding parameters they give.

use crate::imaging::dicom::error::DicomError;

/// Frame header.
pub(super) struct Frame {
    pub(super) precision: u32,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) components: usize,
}

/// How the components of a scan alternate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interleave {
    /// One component.
    None,
    /// A line of each.
    Line,
    /// A sample of each.
    Sample,
}

/// Scan header.
pub(super) struct Scan {
    pub(super) components: usize,
    near: i32,
    pub(super) interleave: Interleave,
}

/// Thresholds of a preset segment; 0 stands for the default.
#[derive(Debug, Clone, Copy, Default)]
struct Preset {
    maxval: i32,
    t: [i32; 3],
    reset: i32,
}

/// Everything that the decoding of samples depends on (A.2.1, C.2.4.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Coding {
    pub(super) maxval: i32,
    pub(super) near: i32,
    pub(super) t: [i32; 3],
    pub(super) reset: i32,
    pub(super) range: i32,
    pub(super) qbpp: u32,
    pub(super) limit: u32,
}

/// What a decoder has to act on.
pub(super) enum Marker {
    Frame(Frame),
    Scan(Scan),
    End,
}

/// Walks over the segments.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    preset: Preset,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, DicomError> {
        if !bytes.starts_with(b"\xFF\xD8") {
            return Err(DicomError::corrupt(format!(
                "the pixel data do not begin with a JPEG-LS stream (first bytes {:02x?}, expected \
                 ff d8)",
                &bytes[..bytes.len().min(4)]
            )));
        }
        Ok(Reader {
            bytes,
            at: 2,
            preset: Preset::default(),
        })
    }

    /// The bytes behind the last segment.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next marker that matters.
    pub(super) fn next(&mut self) -> Result<Marker, DicomError> {
        loop {
            while self.bytes.get(self.at) == Some(&0xFF)
                && self.bytes.get(self.at + 1) == Some(&0xFF)
            {
                self.at += 1;
            }
            let (Some(&0xFF), Some(&marker)) =
                (self.bytes.get(self.at), self.bytes.get(self.at + 1))
            else {
                return Err(DicomError::truncated(
                    "the JPEG-LS stream ends, or is damaged, where a marker is expected",
                ));
            };
            self.at += 2;
            if marker == 0xD9 {
                return Ok(Marker::End);
            }
            let segment = self.segment()?;
            match marker {
                0xF7 => return frame(segment).map(Marker::Frame),
                0xDA => return scan(segment).map(Marker::Scan),
                0xF8 => self.preset = preset(segment)?,
                0xE8 if segment.starts_with(b"mrfx") && segment.get(4) != Some(&0) => {
                    return Err(DicomError::unsupported(
                        "JPEG-LS with the colour transform of an application segment is not read \
                         here",
                    ));
                }
                0xDD => {
                    if segment.iter().any(|&byte| byte != 0) {
                        return Err(DicomError::unsupported(
                            "JPEG-LS with restart intervals is not read here",
                        ));
                    }
                }
                0xE0..=0xEF | 0xFE => {}
                other => {
                    return Err(DicomError::corrupt(format!(
                        "the marker ff{other:02x} has no place in a JPEG-LS stream"
                    )));
                }
            }
        }
    }

    fn segment(&mut self) -> Result<&'a [u8], DicomError> {
        let cut = || DicomError::truncated("the JPEG-LS stream ends inside a marker segment");
        let length = self.bytes.get(self.at..self.at + 2).ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let segment = self
            .bytes
            .get(self.at + 2..self.at + length.max(2))
            .ok_or_else(cut)?;
        self.at += length.max(2);
        Ok(segment)
    }

    /// Parameters of a scan.
    pub(super) fn coding(&self, frame: &Frame, scan: &Scan) -> Result<Coding, DicomError> {
        let largest = (1_i32 << frame.precision) - 1;
        let preset = self.preset;
        let maxval = if preset.maxval == 0 {
            largest
        } else {
            preset.maxval
        };
        let near = scan.near;
        if maxval > largest || near > 255.min(maxval / 2) {
            return Err(DicomError::corrupt(format!(
                "the JPEG-LS stream has the largest value {maxval} and the error bound {near}, which \
                 do not fit {} bits",
                frame.precision
            )));
        }
        let defaults = default_thresholds(maxval, near);
        let mut t = [0; 3];
        for ((t, given), default) in t.iter_mut().zip(preset.t).zip(defaults) {
            *t = if given == 0 { default } else { given };
        }
        let reset = if preset.reset == 0 { 64 } else { preset.reset };
        if !(near < t[0] && t[0] <= t[1] && t[1] <= t[2] && t[2] <= maxval && reset >= 3) {
            return Err(DicomError::corrupt(format!(
                "the JPEG-LS stream has the thresholds {t:?} and the reset value {reset}, which \
                 contradict each other"
            )));
        }
        let range = (maxval + 2 * near) / (2 * near + 1) + 1;
        let bpp = bits_for(maxval + 1).max(2);
        Ok(Coding {
            maxval,
            near,
            t,
            reset,
            range,
            qbpp: bits_for(range),
            limit: 2 * (bpp + bpp.max(8)),
        })
    }
}

/// Smallest number of bits that tells `count` values apart.
fn bits_for(count: i32) -> u32 {
    32 - (count - 1).leading_zeros()
}

fn default_thresholds(maxval: i32, near: i32) -> [i32; 3] {
    let clamp = |value: i32, low: i32| {
        if value > maxval || value < low {
            low
        } else {
            value
        }
    };
    let basic = [3, 7, 21];
    let mut t = [0; 3];
    let mut low = near + 1;
    for (index, (t, basic)) in t.iter_mut().zip(basic).enumerate() {
        let slack = [3, 5, 7][index] * near;
        let least = [2, 3, 4][index];
        let value = if maxval >= 128 {
            let factor = (maxval.min(4095) + 128) / 256;
            factor * (basic - least) + least + slack
        } else {
            let factor = 256 / (maxval + 1);
            (basic / factor + slack).max(least)
        };
        *t = clamp(value, low);
        low = *t;
    }
    t
}

fn frame(segment: &[u8]) -> Result<Frame, DicomError> {
    let [precision, y1, y0, x1, x0, components, sampling @ ..] = segment else {
        return Err(DicomError::corrupt(
            "the frame header of the JPEG-LS stream is too short",
        ));
    };
    if sampling.len() != 3 * usize::from(*components)
        || sampling.chunks(3).any(|part| part[1] != 0x11)
    {
        return Err(DicomError::unsupported(
            "JPEG-LS with components of different sizes is not read here",
        ));
    }
    if !(2..=16).contains(precision) {
        return Err(DicomError::corrupt(format!(
            "the JPEG-LS stream has {precision} bits a sample, expected 2 to 16"
        )));
    }
    Ok(Frame {
        precision: u32::from(*precision),
        rows: usize::from(u16::from_be_bytes([*y1, *y0])),
        columns: usize::from(u16::from_be_bytes([*x1, *x0])),
        components: usize::from(*components),
    })
}

fn scan(segment: &[u8]) -> Result<Scan, DicomError> {
    let damaged = || DicomError::corrupt("the scan header of the JPEG-LS stream is damaged");
    let (&components, rest) = segment.split_first().ok_or_else(damaged)?;
    let components = usize::from(components);
    let (selectors, rest) = rest.split_at_checked(2 * components).ok_or_else(damaged)?;
    let &[near, interleave, point] = rest else {
        return Err(damaged());
    };
    if selectors.chunks(2).any(|part| part[1] != 0) || point != 0 {
        return Err(DicomError::unsupported(
            "JPEG-LS with mapping tables or a point transform is not read here",
        ));
    }
    let interleave = match (interleave, components) {
        (0, _) | (1 | 2, 1) => Interleave::None,
        (1, 2..) => Interleave::Line,
        (2, 2..) => Interleave::Sample,
        _ => return Err(damaged()),
    };
    Ok(Scan {
        components,
        near: i32::from(near),
        interleave,
    })
}

fn preset(segment: &[u8]) -> Result<Preset, DicomError> {
    match segment {
        [1, values @ ..] if values.len() == 10 => {
            let value = |at: usize| i32::from(u16::from_be_bytes([values[at], values[at + 1]]));
            Ok(Preset {
                maxval: value(0),
                t: [value(2), value(4), value(6)],
                reset: value(8),
            })
        }
        _ => Err(DicomError::unsupported(
            "JPEG-LS with mapping tables or extended sizes is not read here",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_thresholds_are_those_of_the_standard() {
        // Table C.3 gives 3, 7, 21 for 8 bits; 12 bits and more are 16 times as coarse.
        assert_eq!(default_thresholds(255, 0), [3, 7, 21]);
        assert_eq!(default_thresholds(4095, 0), [18, 67, 276]);
        assert_eq!(default_thresholds(65535, 0), [18, 67, 276]);
        assert_eq!(default_thresholds(255, 3), [12, 22, 42]);
    }

    #[test]
    fn bits_for_a_number_of_values() {
        assert_eq!((bits_for(2), bits_for(256), bits_for(257)), (1, 8, 9));
    }
}
