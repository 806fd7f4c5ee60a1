//! Every small table, as a reader sees it who knows the rules of this room and tries every other table
//! for those that end in exactly what is shown.

use std::collections::{BTreeMap, BTreeSet};

use super::enumeration::{Design, crossing, design};

/// Positives and negatives.
type Both = [u64; 2];

/// What is seen: the number of all patients (from the flow of exclusions, where it does not tell both
/// classes), and the groups.
type Seen = (u64, Vec<Option<Both>>);

/// Counts of all groups of every table that is seen in the same way.
type Ends = BTreeMap<Seen, Vec<Vec<Both>>>;

/// All vectors of `cells` counts with a sum of at most `most`.
pub(super) fn up_to(cells: usize, most: u64) -> Vec<Vec<u64>> {
    let Some(fewer) = cells.checked_sub(1) else {
        return vec![Vec::new()];
    };
    (0..=most)
        .flat_map(|first| {
            let rest = up_to(fewer, most - first).into_iter();
            rest.map(move |rest| [vec![first], rest].concat())
        })
        .collect()
}

impl Design<'_> {
    /// Tables of at most so many patients of both classes; or of so many positives, with as many
    /// negatives in every cell that they are large.
    fn ends(&self, most: u64, negatives_too: bool) -> Ends {
        let cells = self.combinations().len();
        let large = vec![self.below + 2; cells];
        let mut ends = Ends::new();
        for own in up_to(if negatives_too { 2 * cells } else { cells }, most) {
            let (positives, negatives) = own.split_at(cells);
            let negatives = if negatives_too { negatives } else { &large };
            let (counts, shown) = self.suppress(&self.table(positives, negatives));
            let all = if negatives_too { own.iter().sum() } else { 0 };
            let end = ends.entry((all, shown.into_values().collect()));
            end.or_default().push(counts.into_values().collect());
        }
        ends
    }

    /// Small counts that have one value only in all tables with the same end: how many, and of how many.
    fn by_running_it_backwards(&self, most: u64, negatives_too: bool) -> (usize, usize) {
        let classes = if negatives_too { 0..2 } else { 0..1 };
        let (mut found, mut all) = (0, 0);
        for ((_, shown), tables) in &self.ends(most, negatives_too) {
            for (place, class) in (0..shown.len()).flat_map(|place| {
                let classes = classes.clone();
                classes.map(move |class| (place, class))
            }) {
                let values = tables.iter().map(|counts| counts[place][class]);
                let small = |count: &u64| (1..self.below).contains(count);
                let n = values.clone().filter(small).count();
                all += n;
                if values.collect::<BTreeSet<u64>>().len() == 1 {
                    found += n;
                }
            }
        }
        (found, all)
    }
}

/// How many small counts there are, of which none is found.
fn none_is_found(design: &Design<'_>, most: u64, negatives_too: bool) -> usize {
    let (found, all) = design.by_running_it_backwards(most, negatives_too);
    let view = (design.attributes, design.below, most);
    assert!(found == 0, "{view:?}: {found} of {all}");
    all
}

#[test]
fn levels_of_one_attribute() {
    let sizes = [
        (2, 3, 12),
        (2, 4, 14),
        (2, 6, 20),
        (3, 3, 14),
        (3, 4, 14),
        (3, 6, 18),
        (4, 3, 10),
        (4, 4, 12),
        (5, 3, 8),
    ];
    let of =
        |(levels, below, most)| none_is_found(&design(&[("a", levels)], &[], below), most, false);
    assert_eq!(sizes.map(of).iter().sum::<usize>(), 11_674);
}

#[test]
fn both_classes_of_one_attribute() {
    let n = none_is_found(&design(&[("a", 2)], &[], 3), 14, true)
        + none_is_found(&design(&[("a", 2)], &[], 4), 14, true)
        + none_is_found(&design(&[("a", 3)], &[], 3), 10, true);
    assert_eq!(n, 35_166);
}

#[test]
fn two_attributes() {
    let n = none_is_found(&design(&[("a", 2), ("b", 2)], &[], 3), 10, false)
        + none_is_found(&design(&[("a", 2), ("b", 3)], &[], 3), 6, false);
    assert_eq!(n, 3_163);
}

#[test]
fn two_attributes_with_their_crossing() {
    let attributes = [("a", 2), ("b", 2)];
    let n = none_is_found(&design(&attributes, &crossing(), 3), 12, false)
        + none_is_found(&design(&attributes, &crossing(), 4), 12, false)
        + none_is_found(&design(&attributes, &crossing(), 3), 7, true)
        + none_is_found(&design(&[("a", 2), ("b", 3)], &crossing(), 3), 6, false);
    assert_eq!(n, 64_413);
}

#[test]
fn hospitals_of_countries() {
    let two_and_two = Design {
        impossible: &[&[0, 2], &[0, 3], &[1, 0], &[1, 1]],
        ..design(&[("country", 2), ("hospital", 4)], &[], 3)
    };
    let two_and_one = Design {
        impossible: &[&[0, 2], &[1, 0], &[1, 1]],
        ..design(&[("country", 2), ("hospital", 3)], &[], 3)
    };
    let n = none_is_found(&two_and_two, 10, false) + none_is_found(&two_and_one, 12, false);
    assert_eq!(n, 2_686);
}

/// One number is free, and of 331 tables only the true one ends in the pattern that the cheapest groups make.
#[test]
fn a_line_of_tables_is_tried_to_its_end() {
    let crossing = crossing();
    let design = design(&[("a", 3), ("b", 3)], &crossing, 11);
    let positives = [10, 0, 0, 500, 310, 311, 320, 400, 400];
    let negatives = [50, 50, 50, 50, 51, 51, 51, 51, 51];
    let (counts, shown) = design.suppress(&design.table(&positives, &negatives));
    let withheld = shown.values().filter(|seen| seen.is_none()).count();
    assert!(withheld > 4, "{shown:?}");
    // Whoever sees a1, and knows that it was not taken, would know that a2 is smaller, and so a0.
    let key = |level: &str| ("a".to_owned(), level.to_owned());
    assert_eq!(counts[&key("a0")], [10, 150]);
    assert_eq!(shown[&key("a1")], None);
}
