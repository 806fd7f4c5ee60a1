//! Many short texts in one buffer: ids, paths and patients cost their letters and eight bytes each.

use std::ops::Index;

/// A list of texts, held end to end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Names {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Text at `place`, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(begin..end)
    }

    /// All texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|place| &self[place])
    }

    /// Whether each text is at least as large as the one before it.
    #[must_use]
    pub fn is_sorted(&self) -> bool {
        self.iter().is_sorted()
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

impl Index<usize> for Names {
    type Output = str;

    fn index(&self, place: usize) -> &str {
        let begin = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.text[begin..self.ends[place]]
    }
}

impl<T: AsRef<str>> FromIterator<T> for Names {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut names = Self::default();
        for text in texts {
            names.push(text.as_ref());
        }
        names.text.shrink_to_fit();
        names.ends.shrink_to_fit();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn texts_come_back_as_they_went_in() {
        let texts = ["", "a", "Ünïcode", "", "b c"];
        let names: Names = texts.into_iter().collect();
        assert_eq!(names.len(), 5);
        assert_eq!(names.iter().collect::<Vec<_>>(), texts);
        assert_eq!(names.get(2), Some("Ünïcode"));
        assert_eq!(names.get(5), None);
        assert!(Names::default().is_empty() && Names::default().is_sorted());
        assert!(!names.is_sorted());
        assert!(
            ["", "a", "a", "b"]
                .into_iter()
                .collect::<Names>()
                .is_sorted()
        );
    }
}
