//! Finds the texts of Rust sources, for the test that each of them has a translation.

/// String literals of a source, tests left out, each with its line.
pub fn of_source(source: &str) -> Vec<(usize, String)> {
    let end = source
        .find("#[cfg(test)]\nmod tests")
        .unwrap_or(source.len());
    let chars: Vec<char> = source[..end].chars().collect();
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        match chars[i] {
            '\n' => {
                line += 1;
                i += 1;
            }
            '/' if chars.get(i + 1) == Some(&'/') => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
            }
            // A character, and not a lifetime.
            '\'' if chars.get(i + 1) == Some(&'\\') => {
                i += 3;
                while chars.get(i).is_some_and(|c| *c != '\'') {
                    i += 1;
                }
                i += 1;
            }
            '\'' if chars.get(i + 2) == Some(&'\'') => i += 3,
            '"' => {
                let begun = line;
                let (text, after) = quoted(&chars, i + 1, &mut line);
                found.push((begun, text));
                i = after;
            }
            _ => i += 1,
        }
    }
    found
}

fn quoted(chars: &[char], mut i: usize, line: &mut usize) -> (String, usize) {
    let mut text = String::new();
    while let Some(c) = chars.get(i) {
        match c {
            '"' => return (text, i + 1),
            '\\' => match chars.get(i + 1) {
                Some('\n') => {
                    while chars.get(i + 1).is_some_and(|c| c.is_whitespace()) {
                        *line += usize::from(chars[i + 1] == '\n');
                        i += 1;
                    }
                    i += 1;
                }
                Some('u') => {
                    let code: String = chars[i + 3..].iter().take_while(|c| **c != '}').collect();
                    text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                    i += 4 + code.len();
                }
                Some(other) => {
                    text.push(if *other == 'n' { '\n' } else { *other });
                    i += 2;
                }
                None => i += 1,
            },
            c => {
                *line += usize::from(*c == '\n');
                text.push(*c);
                i += 1;
            }
        }
    }
    (text, i)
}

/// A literal as a sentence in which marks stand for what `format!` puts in.
pub fn filled(literal: &str) -> String {
    let mut out = String::new();
    let mut n = 0;
    let mut rest = literal;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let braces = &rest[at..];
        if let Some(after) = braces
            .strip_prefix("{{")
            .or_else(|| braces.strip_prefix("}}"))
        {
            out.push_str(&braces[..1]);
            rest = after;
            continue;
        }
        let inside = braces[1..].find('}').map(|end| &braces[1..=end]);
        match inside.filter(|_| braces.starts_with('{')) {
            Some(inside) if !inside.contains([' ', '[', '"']) => {
                n += 1;
                out.push_str(&format!("\u{27e6}{n}\u{27e7}"));
                rest = &braces[inside.len() + 2..];
            }
            _ => {
                out.push_str(&braces[..1]);
                rest = &braces[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Whether a literal is a text for people: a letter and a blank, or a word with a capital letter.
pub fn is_prose(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_ascii_alphabetic()).count();
    letters > 1 && (text.trim().contains(' ') || text.starts_with(|c: char| c.is_ascii_uppercase()))
}
