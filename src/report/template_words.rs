//! Words of templates, script and printed margins in the language of the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Kwargs;
use minijinja::{Environment, Error};

use super::language::Translator;

/// Gives templates the filter `t`, which says a phrase in the language of the page and fills in its
/// placeholders (`{{ "Audit {x}"|t(x=page.banner.audit_id) }}`), and the function `untranslated`, the
/// number of texts that stayed English.
pub(super) fn add(environment: &mut Environment<'_>, words: &Arc<Translator>) {
    let own = Arc::clone(words);
    environment.add_filter(
        "t",
        move |english: &str, held: Kwargs| -> Result<String, Error> {
            let said = own.fill_marked(english, &|name| held.get::<String>(name).ok());
            held.assert_all_used()?;
            Ok(said)
        },
    );
    let own = Arc::clone(words);
    environment.add_function("untranslated", move || own.missing().len());
}

/// Phrases that the script says (`say("...")`), with what they become, and the mark between thousands;
/// empty for English.
pub(super) fn of_script(script: &str, words: &Translator) -> BTreeMap<String, String> {
    if words.language().is_none() {
        return BTreeMap::new();
    }
    let phrases = script.split("say(\"").skip(1);
    let mut held: BTreeMap<String, String> = phrases
        .filter_map(|rest| rest.split('"').next())
        .map(|english| (english.to_owned(), words.fill(english, &|_| None)))
        .collect();
    let thousands = words.language().map(|language| language.thousands.clone());
    held.extend(thousands.map(|mark| ("thousands".to_owned(), mark)));
    held
}

/// Style rules for the margins of a printed page.
pub(super) fn page_margins(words: &Translator) -> String {
    let text = |part: &str| {
        let escaped: String = part
            .chars()
            .map(|c| match c {
                '"' | '\\' | '<' => format!("\\{:x} ", u32::from(c)),
                c if c.is_control() => " ".to_owned(),
                c => c.to_string(),
            })
            .collect();
        format!("\"{escaped}\"")
    };
    let name = words.fill("equipoise audit report", &|_| None);
    let numbers = words.fill("Page {n} of {n1}", &|name| {
        Some(if name == "n" { "\u{1}" } else { "\u{2}" }.to_owned())
    });
    let mut content = String::new();
    for part in numbers.split_inclusive(['\u{1}', '\u{2}']) {
        let (before, counter) = match part.chars().last() {
            Some('\u{1}') => (&part[..part.len() - 1], "counter(page) "),
            Some('\u{2}') => (&part[..part.len() - 1], "counter(pages) "),
            _ => (part, ""),
        };
        if !before.is_empty() {
            content.push_str(&text(before));
            content.push(' ');
        }
        content.push_str(counter);
    }
    format!(
        "\n@page {{ @bottom-left {{ content: {}; }} @bottom-right {{ content: {}; }} }}\n",
        text(&name),
        content.trim_end()
    )
}
