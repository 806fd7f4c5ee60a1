//! What lies in a folder beside the slices of a series: scouts that are series of their own, and
//! copies of an instance that was sent twice. Both are left out, and said.

use std::collections::{BTreeMap, BTreeSet};

use dicom_dictionary_std::tags;

use super::decode;
use super::elements::text;
use super::series::{Series, SeriesFlag};
use super::slice::Slice;

/// Takes the scouts out: series of which every slice is a localizer, where exactly one other series
/// remains. Elsewhere nothing is taken.
pub(super) fn take_scouts(by_uid: &mut BTreeMap<String, Vec<Slice>>) -> Vec<Slice> {
    let is_scout = |slices: &[Slice]| slices.iter().all(|slice| slice.localizer);
    let others = by_uid.values().filter(|slices| !is_scout(slices)).count();
    if others != 1 {
        return Vec::new();
    }
    let scouts: Vec<String> = by_uid
        .iter()
        .filter(|(_, slices)| is_scout(slices))
        .map(|(uid, _)| uid.clone())
        .collect();
    let taken = scouts.iter().filter_map(|uid| by_uid.remove(uid));
    taken.flatten().collect()
}

/// The slices without copies of an earlier one, and those copies. `read` gives a file's bytes; only
/// files with the SOPInstanceUID of an earlier one are read.
///
/// # Errors
/// A file that cannot be read.
pub(in crate::imaging) fn without_copies(
    slices: Vec<Slice>,
    mut read: impl FnMut(&str) -> std::io::Result<Vec<u8>>,
) -> std::io::Result<(Vec<Slice>, Vec<Slice>)> {
    let (mut kept, mut copies) = (Vec::<Slice>::new(), Vec::new());
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for slice in slices {
        if let Some(uid) = &slice.instance_uid {
            if let Some(&earlier) = first.get(uid) {
                let earlier = &kept[earlier];
                if earlier.is_same_but_for_name(&slice)
                    && is_copy(&read(&earlier.name)?, &read(&slice.name)?)
                {
                    copies.push(slice);
                    continue;
                }
            } else {
                first.insert(uid.clone(), kept.len());
            }
        }
        kept.push(slice);
    }
    Ok((kept, copies))
}

/// Whether two files of one instance give the same image: the same bytes, or the same values and
/// window (a header that was changed on the way says nothing of the image).
fn is_copy(one: &[u8], other: &[u8]) -> bool {
    if one == other {
        return true;
    }
    let (Ok(one), Ok(other)) = (decode(one), decode(other)) else {
        return false;
    };
    let texts = |tag| text(&one.elements.object, tag) == text(&other.elements.object, tag);
    one.header == other.header
        && one.samples == other.samples
        && one.rescaled().ok() == other.rescaled().ok()
        && texts(tags::WINDOW_CENTER)
        && texts(tags::WINDOW_WIDTH)
        && texts(tags::VOILUT_FUNCTION)
}

impl Series {
    /// Notes the copies of its slices that were left out.
    pub(in crate::imaging) fn add_copies(&mut self, copies: &[Slice]) {
        let own = copies.iter().filter(|copy| copy.series_uid == self.uid);
        self.copies.extend(own.map(|copy| copy.name.clone()));
        if !self.copies.is_empty() {
            self.flags.insert(SeriesFlag::CopiesIgnored);
        }
    }

    /// A sentence for each kind of file that was left out.
    pub(super) fn left_out(&self) -> Vec<String> {
        let named = |names: &[String], what: &str| {
            let first = names.iter().min()?;
            let count = names.iter().collect::<BTreeSet<_>>().len();
            Some(format!("{count} file(s) {what} (the first is {first})"))
        };
        let localizers = named(
            &self.localizers,
            "are localizers beside the slices of the series, and left out",
        );
        let copies = named(
            &self.copies,
            "are copies of slices, with their SOPInstanceUID and values, and left out",
        );
        localizers.into_iter().chain(copies).collect()
    }
}
