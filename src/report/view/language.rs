//! Puts the words of a finished page into its language. Anchors, classes, codes and commands stay.

use super::super::language::Translator;
use super::super::markup;
use super::block::{Block, Definition, Figure, Section, Table};

/// One text in the language of the page.
pub(super) fn in_language(words: &Translator, text: &mut String) {
    *text = words.say(text);
}

impl Section {
    /// Heading and content in the language of the page.
    pub fn translate(&mut self, words: &Translator) {
        let mut title = self.title.to_string();
        in_language(words, &mut title);
        self.title = title.into();
        for block in &mut self.blocks {
            block.translate(words);
        }
    }
}

impl Block {
    fn translate(&mut self, words: &Translator) {
        match self {
            Self::Paragraph(text) | Self::Note(text) | Self::Heading(text) | Self::Absent(text) => {
                in_language(words, text);
            }
            Self::Table(table) => table.translate(words),
            Self::Figure(figure) => figure.translate(words),
            Self::Panels(groups) => {
                for group in groups {
                    in_language(words, &mut group.heading);
                    for figure in &mut group.figures {
                        figure.translate(words);
                    }
                }
            }
            Self::Sheets(sheets) => {
                for sheet in sheets {
                    for text in sheet.texts() {
                        in_language(words, text);
                    }
                }
            }
            Self::Command(line) => *line = markup::plain(line).into_owned(),
            Self::List(items) => {
                for item in items {
                    in_language(words, item);
                }
            }
            Self::Definitions(terms) | Self::References(terms) => {
                for term in terms {
                    term.translate(words);
                }
            }
        }
    }
}

impl Figure {
    /// The drawing itself got its words when it was laid out.
    fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.caption);
        if let Some(note) = &mut self.note {
            in_language(words, note);
        }
    }
}

impl Definition {
    /// Term and meaning; what cites publications stays.
    pub fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.term);
        let own = self.detail.strip_suffix(self.sources.as_str());
        let own = own.unwrap_or(&self.detail).trim_end();
        let mut said = words.say(own);
        if !self.sources.is_empty() {
            said.push(' ');
            // Publications are cited as they were published.
            said.push_str(&match words.language() {
                Some(_) => markup::english(&self.sources),
                None => self.sources.clone(),
            });
        }
        self.detail = said;
    }
}

impl Table {
    fn translate(&mut self, words: &Translator) {
        in_language(words, &mut self.caption);
        if let Some(description) = &mut self.description {
            in_language(words, description);
        }
        for column in &mut self.columns {
            in_language(words, &mut column.label);
        }
        for cell in self.rows.iter_mut().flat_map(|row| &mut row.cells) {
            // Ids of methods and codes are the same in every language.
            if cell.class != "method" {
                in_language(words, &mut cell.text);
            }
            if let Some(note) = &mut cell.note {
                in_language(words, note);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::presentation::ChosenLanguage;
    use super::super::super::result::AuditResult;
    use super::super::super::{example, html};

    /// What is written between tags, scripts and styles left out.
    fn texts(page: &str) -> String {
        let body = page.split("<body>").nth(1).unwrap();
        let body = body.split("<script").next().unwrap();
        let pieces = body.split('<').skip(1);
        let texts: Vec<&str> = pieces
            .map(|piece| piece.split_once('>').unwrap().1)
            .collect();
        texts.join("\n")
    }

    fn page(result: &AuditResult, name: &str, text: Option<&str>) -> String {
        let mut result = result.clone();
        result.presentation.get_or_insert_default().language = Some(ChosenLanguage {
            name: name.to_owned(),
            text: text.map(str::to_owned),
        });
        html(&result).unwrap()
    }

    fn has_ascii_minus(text: &str) -> bool {
        let pairs = text.as_bytes().windows(3);
        pairs.into_iter().any(|three| {
            matches!(three[0], b' ' | b'(' | b'[' | b'\n')
                && three[1] == b'-'
                && three[2].is_ascii_digit()
        })
    }

    #[test]
    fn no_mark_backtick_or_hyphen_as_minus_reaches_a_page() {
        for mut result in [
            example::chest(),
            example::two_endpoints(),
            example::tasks_only(),
            example::bare(),
        ] {
            for check in &mut result.checks {
                check.reason = "difference -0.116 < -0.05, see `explain`".to_owned();
            }
            for page in [html(&result).unwrap(), page(&result, "de", None)] {
                assert!(!page.contains(super::markup::is_mark));
                let said = texts(&page);
                assert!(!said.contains('`'), "a raw backtick");
                assert!(!has_ascii_minus(&said), "a hyphen as minus sign");
                let shown = page.contains("<code>explain</code>");
                assert!(result.checks.is_empty() || shown);
            }
        }
    }

    #[test]
    fn what_stays_english_says_so_and_names_do_not() {
        let text = "language: fr\nphrases:\n  Acceptance criteria: Crit\u{e8}res\n  \"Audit {x}\": \"Audit {x}\"\n";
        let page = page(&example::chest(), "fr.yaml", Some(text));
        assert!(page.contains(">Crit\u{e8}res</h2>"));
        assert!(page.contains("><span lang=\"en\">Limitations</span></h2>"));
        assert!(page.contains(" class=\"group\">site B<"), "a name");
        assert!(
            page.contains("<desc lang=\"en\"")
                || page.contains(" lang=\"en\">Sensitivity by group</title>")
        );
        let english = html(&example::chest()).unwrap();
        assert_eq!(english.matches("lang=\"en\"").count(), 1, "the page's own");
        let german = super::tests::page(&example::chest(), "de", None);
        for piece in german.split("<span lang=\"en\">").skip(1) {
            let stays = piece.split("</span>").next().unwrap();
            let year = |word: &str| word.len() == 4 && word.starts_with(['1', '2']);
            let cited = stays.split(|c: char| !c.is_ascii_digit()).any(year);
            assert!(cited, "neither German nor a citation: {stays}");
        }
    }

    #[test]
    fn thousands_have_the_mark_of_the_language_and_decimals_a_point() {
        let result = example::chest();
        let english = texts(&html(&result).unwrap());
        let german = texts(&page(&result, "de", None));
        assert!(english.contains("\n1,700\n"));
        assert!(german.contains("\n1\u{202f}700\n") && !german.contains("1,700"));
        assert!(german.contains("0.908 [0.888, 0.928]"));
        let grouped = |text: &str, mark: &str| {
            let mut pieces = text.split(mark).skip(1);
            pieces.any(|rest| {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                digits == 3
            })
        };
        assert!(grouped(&english, ",") && !grouped(&german, ","));
        let error = super::super::super::Language::read(
            "x.yaml",
            "language: xx\nthousands: .\nphrases: {}\n",
        );
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("x.yaml line 2: `thousands` is \".\", expected"),
            "{error}"
        );
    }
}
