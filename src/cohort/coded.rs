//! Patients and studies: the texts of a column as places among its sorted distinct texts.

use crate::tables::TextColumn;

use super::Names;
use super::distinct::Numbering;

/// A row whose text is missing.
const MISSING: u32 = u32::MAX;

/// A column whose distinct texts were numbered in their order, once for all uses of it.
pub(super) struct Coded<'a> {
    pub(super) column: &'a TextColumn,
    /// Place of each row's text among `texts`.
    of_row: Vec<u32>,
    /// Sorted.
    texts: Vec<&'a str>,
}

impl<'a> Coded<'a> {
    /// Numbers the texts of `rows`; `missing` are texts that stand for nothing.
    pub(super) fn new(column: &'a TextColumn, rows: &[usize], missing: &[String]) -> Self {
        let mut numbering = Numbering::default();
        let mut of_row = vec![MISSING; column.len()];
        // Rows of one patient often follow each other.
        let mut last = None;
        for row in rows {
            let Some(text) = column.get(*row) else {
                continue;
            };
            of_row[*row] = match last {
                Some((same, number)) if same == text => number,
                _ => numbering.number(text),
            };
            last = Some((text, of_row[*row]));
        }
        let mut place_of = vec![MISSING; numbering.texts.len()];
        let mut texts = Vec::with_capacity(numbering.texts.len());
        for number in numbering.sorted() {
            let text = numbering.texts[number as usize];
            if !missing.iter().any(|missing| missing == text) {
                place_of[number as usize] = texts.len() as u32;
                texts.push(text);
            }
        }
        for own in of_row.iter_mut().filter(|own| **own != MISSING) {
            *own = place_of[*own as usize];
        }
        Self {
            column,
            of_row,
            texts,
        }
    }

    /// Different texts in `rows`.
    pub(super) fn count(&self, rows: &[usize]) -> usize {
        self.occurs(rows).iter().filter(|occurs| **occurs).count()
    }

    fn occurs(&self, rows: &[usize]) -> Vec<bool> {
        let mut occurs = vec![false; self.texts.len()];
        for row in rows {
            if let Some(occurs) = occurs.get_mut(self.of_row[*row] as usize) {
                *occurs = true;
            }
        }
        occurs
    }

    /// Those of `rows` whose text is missing.
    pub(super) fn absent(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter()
            .copied()
            .filter(|row| self.of_row[*row] == MISSING)
            .collect()
    }

    /// Place of each of `rows` among the sorted distinct texts of these rows (0 where it is
    /// missing), and those texts.
    pub(super) fn index(&self, rows: &[usize]) -> (Vec<u32>, Names) {
        let occurs = self.occurs(rows);
        let mut next = 0;
        let place: Vec<u32> = occurs
            .iter()
            .map(|occurs| {
                let own = next;
                next += u32::from(*occurs);
                own
            })
            .collect();
        let of = rows.iter().map(|row| {
            let text = self.of_row[*row] as usize;
            place.get(text).copied().unwrap_or_default()
        });
        let names = self.texts.iter().zip(&occurs);
        (
            of.collect(),
            names
                .filter(|(_, occurs)| **occurs)
                .map(|(text, _)| *text)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::tables::Table;

    #[test]
    fn places_are_those_among_the_sorted_texts_of_the_rows() {
        let texts = ["c", "a", "a", "NA", "b", "", "c", "d"];
        let column = texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
        let columns = vec![("patient".to_owned(), column.to_vec())];
        let table = Table::from_columns(Path::new("t.csv"), columns).unwrap();
        let column = table.column("patient").unwrap();
        let rows = table.filled_rows();
        let coded = Coded::new(&column, &rows, &["NA".to_owned()]);
        assert_eq!(coded.count(&rows), 4);
        assert_eq!(coded.absent(&rows), [3, 5]);
        let (of, names) = coded.index(&[0, 2, 6, 7]);
        assert_eq!(of, [1, 0, 1, 2]);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "c", "d"]);
        assert_eq!(coded.count(&[3, 5]), 0);
        assert!(coded.index(&[]).1.is_empty());
    }
}
