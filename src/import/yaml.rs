//! YAML as the value that the same JSON has, with scalars as PyYAML's `safe_load` reads them. Texts that
//! PyYAML reads otherwise than they look (octal, dates, sexagesimal numbers) stay texts.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// Levels of nesting that are read.
const DEEPEST: usize = 64;

/// A list or mapping that has begun and not ended.
enum Open {
    List(Vec<Value>),
    Mapping(Map<String, Value>, Option<String>),
}

/// Reads one document.
///
/// # Errors
/// What is no YAML, or has several documents, tags, aliases, merge keys, keys twice or keys that are
/// no text, each with its line.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            format!("line {line}: this is no YAML: {}", error.info())
        })?;
        let fail = |what: &str| format!("line {}: {what}", span.start.line());
        let value = match event {
            Event::DocumentStart(_) if root.is_some() => {
                return Err(fail("a second document begins, expected one"));
            }
            Event::Alias(_) => {
                return Err(fail("aliases (`*name`) are not read; write the value out"));
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => {
                return Err(fail("tags (`!name`) are not read"));
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return Err(fail("too many lists and mappings inside each other"));
            }
            Event::SequenceStart(..) | Event::MappingStart(..)
                if matches!(open.last(), Some(Open::Mapping(_, None))) =>
            {
                return Err(fail("a key is a list or a mapping, expected text"));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Mapping(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Value::Array(items),
                Some(Open::Mapping(entries, _)) => Value::Object(entries),
                None => continue,
            },
            Event::Scalar(text, style, ..) => {
                if let Some(Open::Mapping(entries, key @ None)) = open.last_mut() {
                    if text == "<<" {
                        return Err(fail("merge keys (`<<`) are not read; write the keys out"));
                    }
                    if entries.contains_key(text.as_ref()) {
                        return Err(fail(&format!("key \"{text}\" occurs twice")));
                    }
                    *key = Some(text.into_owned());
                    continue;
                }
                match style {
                    ScalarStyle::Plain => scalar(&text),
                    _ => Value::from(text.into_owned()),
                }
            }
            _ => continue,
        };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Mapping(entries, key)) => {
                let key = key.take().unwrap_or_default();
                entries.insert(key, value);
            }
        }
    }
    root.ok_or_else(|| "the file is empty".to_owned())
}

/// A text without quotation marks (YAML 1.1 as PyYAML resolves it).
fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        _ => {}
    }
    number(text).map_or_else(|| Value::from(text), Value::Number)
}

/// Decimal whole numbers, and floats with a point, whose exponent has a sign.
fn number(text: &str) -> Option<Number> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = text.strip_prefix('+').unwrap_or(text);
    let Some((whole, rest)) = unsigned.split_once('.') else {
        let octal = unsigned.len() > 1 && unsigned.starts_with('0');
        let fine = !unsigned.is_empty() && digits(unsigned) && !octal;
        return fine.then(|| plain.parse::<i64>().ok())?.map(Number::from);
    };
    let (fraction, exponent) = rest
        .split_once(['e', 'E'])
        .map_or((rest, None), |(fraction, exponent)| {
            (fraction, Some(exponent))
        });
    let exponent = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['+', '-']);
        power.is_some_and(|power| !power.is_empty() && digits(power))
    });
    let some = !whole.is_empty() || !fraction.is_empty();
    let fine = some && exponent && digits(whole) && digits(fraction);
    Number::from_f64(fine.then(|| plain.parse::<f64>().ok())??)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_those_of_pyyaml() {
        let text = "a: [1, -57, +3, 0.5, .5, 1., 1.5e-3, -2.0E+2]\n\
            b: [1e-3, 010, 1.5e3, 0x1f, 1_000, 1:30, 2026-01-01, '1', \"true\", 1.2.3]\n\
            c: {d: yes, e: Off, f: ~, g: , h: NULL, i: $import os, j: '@image', k: y}\n\
            l:\n- m: |\n    two\n    lines\n  n: []\n- {}\n";
        assert_eq!(
            read(text).unwrap(),
            json!({
                "a": [1, -57, 3, 0.5, 0.5, 1.0, 0.0015, -200.0],
                "b": ["1e-3", "010", "1.5e3", "0x1f", "1_000", "1:30", "2026-01-01", "1", "true", "1.2.3"],
                "c": {"d": true, "e": false, "f": null, "g": null, "h": null, "i": "$import os",
                    "j": "@image", "k": "y"},
                "l": [{"m": "two\nlines\n", "n": []}, {}]
            })
        );
    }

    #[test]
    fn what_cannot_be_the_same_in_json_is_refused_with_its_line() {
        for (text, expected) in [
            ("a: 1\na: 2", "line 2: key \"a\" occurs twice"),
            ("a: &x 1\nb: *x", "line 2: aliases"),
            ("a: !!python/object:os.system x", "line 1: tags"),
            ("a: !x [1]", "line 1: tags"),
            ("x: 1\n<<: {a: 1}", "line 2: merge keys"),
            ("? [a]\n: 1", "line 1: a key is a list"),
            ("a: 1\n---\nb: 1", "line 2: a second document"),
            ("a: [1", "this is no YAML"),
            ("", "empty"),
        ] {
            let told = read(text).unwrap_err();
            assert!(told.contains(expected), "{text:?}: {told}");
        }
        let deep = "[".repeat(100) + &"]".repeat(100);
        assert!(read(&deep).unwrap_err().contains("inside each other"));
    }
}
