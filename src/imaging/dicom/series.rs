//! A folder of slices, or the frames of a file, as series: ordered along the slice normal, with what is
//! unusual flagged.
//!
//! Nothing is repaired: a gap is not filled, a tilt not undone, of two slices at one place none is
//! dropped. Flags say what is there, and the audit file says what is allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::slice::Slice;
use super::{beside, geometry};

/// What is unusual in a series. The order is that of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeriesFlag {
    /// The folder holds slices of other series as well.
    SeveralSeriesInFolder,
    /// The folder holds files that are no DICOM slices.
    OtherFilesIgnored,
    /// Slices that are localizers (ImageType) stand beside others, and are left out; also where they
    /// are series of their own beside a single other one.
    LocalizersIgnored,
    /// Files are copies of another one of the same instance, and left out.
    CopiesIgnored,
    /// Slices have no position or orientation, so that they have no place in the order.
    NoPosition,
    /// Slices differ in orientation by more than 1e-4 in a direction cosine.
    OrientationDiffers,
    /// Two slices are less than 0.001 mm apart.
    DuplicatePosition,
    /// A distance is more than 1.5 times the median.
    Gap,
    /// Distances are not the same (1 %), nor whole multiples of the median beside a gap.
    UnevenSpacing,
    /// The line from first to last slice is more than 0.5 degrees off the normal.
    Tilt,
    /// Slices differ in rows or columns.
    SizeDiffers,
    /// Slices differ in transfer syntax.
    TransferSyntaxDiffers,
    /// Slices differ in slope or intercept.
    RescaleDiffers,
    /// Two files say that they are the same instance, and differ.
    SameInstanceTwice,
    /// InstanceNumber neither rises nor falls along the order.
    InstanceNumberDisagrees,
    /// Sorting by file name would give another order.
    FileNamesNotInOrder,
}

impl SeriesFlag {
    /// Stable code in snake case.
    pub fn code(self) -> &'static str {
        match self {
            SeriesFlag::SeveralSeriesInFolder => "several_series_in_folder",
            SeriesFlag::OtherFilesIgnored => "other_files_ignored",
            SeriesFlag::LocalizersIgnored => "localizers_ignored",
            SeriesFlag::CopiesIgnored => "copies_ignored",
            SeriesFlag::NoPosition => "no_position",
            SeriesFlag::OrientationDiffers => "orientation_differs",
            SeriesFlag::DuplicatePosition => "duplicate_position",
            SeriesFlag::Gap => "gap",
            SeriesFlag::UnevenSpacing => "uneven_spacing",
            SeriesFlag::Tilt => "tilt",
            SeriesFlag::SizeDiffers => "size_differs",
            SeriesFlag::TransferSyntaxDiffers => "transfer_syntax_differs",
            SeriesFlag::RescaleDiffers => "rescale_differs",
            SeriesFlag::SameInstanceTwice => "same_instance_twice",
            SeriesFlag::InstanceNumberDisagrees => "instance_number_disagrees",
            SeriesFlag::FileNamesNotInOrder => "file_names_not_in_order",
        }
    }
}

/// Slices of one SeriesInstanceUID, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// SeriesInstanceUID. It identifies an exam: never for results or reports.
    pub uid: String,
    /// Names of the files that have a place, by position along the normal.
    pub order: Vec<String>,
    /// Those positions, mm.
    pub z: Vec<f64>,
    /// Names of files without position or orientation.
    pub without_position: Vec<String>,
    /// Names of localizers beside other slices.
    pub localizers: Vec<String>,
    /// Names of files that are copies of another one.
    pub copies: Vec<String>,
    /// Median distance of slices at different positions, mm.
    pub spacing: Option<f64>,
    /// Least and largest distance of neighbours, mm.
    pub spacing_range: Option<(f64, f64)>,
    /// Angle between the normal and the line from first to last position, degrees.
    pub tilt_degrees: Option<f64>,
    /// Direction of a row, then of a column, of the first file with a place.
    pub orientation: Option<[f64; 6]>,
    /// What is unusual.
    pub flags: BTreeSet<SeriesFlag>,
    /// The headers that the order was made of.
    pub(super) slices: Vec<Slice>,
}

/// Sorts the slices of a folder into series and each into order. `slices` are taken in the order of
/// their names; `other_files` says whether the folder holds files that are none.
pub fn arrange(mut slices: Vec<Slice>, other_files: bool) -> Vec<Series> {
    slices.sort_by(|a, b| a.name.cmp(&b.name));
    let mut uids: Vec<String> = Vec::new();
    let mut by_uid: BTreeMap<String, Vec<Slice>> = BTreeMap::new();
    for slice in slices {
        if !by_uid.contains_key(&slice.series_uid) {
            uids.push(slice.series_uid.clone());
        }
        by_uid
            .entry(slice.series_uid.clone())
            .or_default()
            .push(slice);
    }
    let mut scouts = beside::take_scouts(&mut by_uid);
    uids.retain(|uid| by_uid.contains_key(uid));
    let several = uids.len() > 1;
    uids.into_iter()
        .map(|uid| {
            let slices = by_uid.remove(&uid).unwrap_or_default();
            // There are some beside a single series only.
            let mut series = one_series(uid, slices, std::mem::take(&mut scouts));
            if several {
                series.flags.insert(SeriesFlag::SeveralSeriesInFolder);
            }
            if other_files {
                series.flags.insert(SeriesFlag::OtherFilesIgnored);
            }
            series
        })
        .collect()
}

fn one_series(uid: String, slices: Vec<Slice>, scouts: Vec<Slice>) -> Series {
    let mut flags = BTreeSet::new();
    let all_localizers = slices.iter().all(|slice| slice.localizer);
    let (mut localizers, slices): (Vec<Slice>, Vec<Slice>) = slices
        .into_iter()
        .partition(|slice| slice.localizer && !all_localizers);
    localizers.extend(scouts);
    if !localizers.is_empty() {
        flags.insert(SeriesFlag::LocalizersIgnored);
    }
    let (placed, without): (Vec<Slice>, Vec<Slice>) = slices
        .into_iter()
        .partition(|slice| slice.place().is_some());
    if !without.is_empty() {
        flags.insert(SeriesFlag::NoPosition);
    }
    let names = |slices: &[Slice]| slices.iter().map(|slice| slice.name.clone()).collect();
    let places: Vec<_> = placed.iter().filter_map(Slice::place).collect();
    let stack = geometry::stack(&places, &mut flags);
    let ordered: Vec<&Slice> = stack.order.iter().map(|&index| &placed[index]).collect();
    compare(&ordered, &mut flags);
    Series {
        uid,
        order: ordered.iter().map(|slice| slice.name.clone()).collect(),
        z: stack.z,
        without_position: names(&without),
        localizers: names(&localizers),
        copies: Vec::new(),
        spacing: stack.spacing,
        spacing_range: stack.spacing_range,
        tilt_degrees: stack.tilt_degrees,
        orientation: places.first().map(|(_, orientation)| *orientation),
        flags,
        slices: ordered.into_iter().cloned().collect(),
    }
}

/// Flags of attributes that should be the same, or in order.
fn compare(ordered: &[&Slice], flags: &mut BTreeSet<SeriesFlag>) {
    let same = |of: &dyn Fn(&Slice) -> Vec<Option<String>>| {
        ordered.windows(2).all(|pair| of(pair[0]) == of(pair[1]))
    };
    let differences = [
        (
            SeriesFlag::SizeDiffers,
            same(&|slice| vec![slice.rows.clone(), slice.columns.clone()]),
        ),
        (
            SeriesFlag::TransferSyntaxDiffers,
            same(&|slice| vec![slice.syntax.clone()]),
        ),
        (
            SeriesFlag::RescaleDiffers,
            same(&|slice| slice.rescale.to_vec()),
        ),
    ];
    flags.extend(
        differences
            .iter()
            .filter(|(_, same)| !same)
            .map(|(flag, _)| *flag),
    );
    let instances: BTreeSet<_> = ordered
        .iter()
        .filter_map(|s| s.instance_uid.as_ref())
        .collect();
    if instances.len() < ordered.iter().filter(|s| s.instance_uid.is_some()).count() {
        flags.insert(SeriesFlag::SameInstanceTwice);
    }
    let numbers: Option<Vec<f64>> = ordered.iter().map(|slice| slice.instance_number).collect();
    if let Some(numbers) = numbers
        && !numbers.is_sorted()
        && !numbers.is_sorted_by(|a, b| a >= b)
    {
        flags.insert(SeriesFlag::InstanceNumberDisagrees);
    }
    if !ordered.iter().map(|slice| &slice.name).is_sorted() {
        flags.insert(SeriesFlag::FileNamesNotInOrder);
    }
}
