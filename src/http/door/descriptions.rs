//! Descriptions of operations, fragments and variables (2.2 of September 2025), which the compiler does not read yet. They mean
//! nothing to a server, so they are blanked: one space for each character keeps every place in the text.

use std::borrow::Cow;
use std::ops::Range;

use apollo_compiler::ast::Document;

/// What begins a definition that may be described; a query without the word cannot.
const DESCRIBED: [&str; 4] = ["query", "mutation", "subscription", "fragment"];

/// A token of the text, as far as descriptions need it told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'text> {
    Text,
    Name(&'text str),
    Mark(u8),
}

/// The text without its descriptions. What is no description stays, for the parser to judge.
pub fn blanked(text: &str) -> Cow<'_, str> {
    if !text.contains('"') {
        return Cow::Borrowed(text);
    }
    let found = descriptions(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for place in found {
        blanked.push_str(text.get(end..place.start).unwrap_or_default());
        let description = text.get(place.clone()).unwrap_or_default();
        blanked.extend(description.chars().map(|character| match character {
            '\n' | '\r' => character,
            _ => ' ',
        }));
        end = place.end;
    }
    blanked.push_str(text.get(end..).unwrap_or_default());
    Cow::Owned(blanked)
}

fn descriptions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The brackets that are open.
    let mut open: Vec<u8> = Vec::new();
    let mut before: Option<Token<'_>> = None;
    let mut string: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some((token, place)) = next(text, at) {
        at = place.end;
        if let Some(candidate) = string.take() {
            let is_description = match token {
                Token::Name(word) => open.is_empty() && DESCRIBED.contains(&word),
                // Behind `=` it is the default of the variable before.
                Token::Mark(b'$') => open == [b'('] && before != Some(Token::Mark(b'=')),
                Token::Mark(_) | Token::Text => false,
            };
            if is_description && is_sound(text.get(candidate.clone()).unwrap_or_default()) {
                found.push(candidate);
            } else {
                before = Some(Token::Text);
            }
        }
        match token {
            Token::Text => string = Some(place),
            Token::Name(_) => before = Some(token),
            Token::Mark(mark) => {
                before = Some(token);
                match mark {
                    b'(' | b'[' | b'{' => open.push(mark),
                    b')' | b']' | b'}' => {
                        open.pop();
                    }
                    _ => {}
                }
            }
        }
    }
    found
}

/// The token at or behind a place, and where it stands. A string that does not end is none.
fn next(text: &str, mut at: usize) -> Option<(Token<'_>, Range<usize>)> {
    let bytes = text.as_bytes();
    loop {
        let rest = bytes.get(at..)?;
        match rest.first()? {
            b'#' => at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'))?,
            b'"' => return string(rest).map(|length| (Token::Text, at..at + length)),
            byte if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let continues = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
                let end = at + rest.iter().take_while(continues).count();
                return Some((Token::Name(text.get(at..end)?), at..end));
            }
            byte if byte.is_ascii_whitespace() || matches!(byte, b',' | 0x80..) => at += 1,
            byte => return Some((Token::Mark(*byte), at..at + 1)),
        }
    }
}

/// Whether the escapes of a string are those of the language.
fn is_sound(string: &str) -> bool {
    let is_plain = string.starts_with("\"\"\"") || !string.contains('\\');
    is_plain || Document::parse(format!("{{ a(b: {string}) }}"), "description.graphql").is_ok()
}

/// How long the string is that begins here, with its quotes.
fn string(rest: &[u8]) -> Option<usize> {
    let is_block = rest.starts_with(b"\"\"\"");
    let mut at = if is_block { 3 } else { 1 };
    loop {
        let left = rest.get(at..)?;
        match left.first()? {
            b'"' if !is_block => return Some(at + 1),
            b'\n' | b'\r' if !is_block => return None,
            b'\\' if !is_block => at += 2,
            _ if is_block && left.starts_with(b"\"\"\"") => return Some(at + 3),
            _ if is_block && left.starts_with(b"\\\"\"\"") => at += 4,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_leave_blanks_and_nothing_else_does() {
        for (text, wanted) in [
            ("\"why\" query Q { a }", "      query Q { a }"),
            ("\"\"\"\nwhy \\\"\"\" é\n\"\"\"\nquery { a }", "   \n          \n   \nquery { a }"),
            (
                "{ a } \"f\" # note \"x\"\n fragment F on Q { a }",
                "{ a }     # note \"x\"\n fragment F on Q { a }",
            ),
            ("query (\"first\" $a: Int, \"\" $b: Int) { a }", "query (        $a: Int,    $b: Int) { a }"),
            ("query ($a: S = \"x\" \"b\" $b: Int) { a }", "query ($a: S = \"x\"     $b: Int) { a }"),
            ("query ($a: [S] = [\"x\"] \"b\" $b: Int) { a }", "query ($a: [S] = [\"x\"]     $b: Int) { a }"),
            // Defaults, arguments, shorthand, comments, and what is no document stay as they are.
            ("query ($a: S = \"x\" $b: Int) { a }", "query ($a: S = \"x\" $b: Int) { a }"),
            ("{ a(b: \"query\" c: $d) }", "{ a(b: \"query\" c: $d) }"),
            ("{ a(b: [\"x\" $d]) }", "{ a(b: [\"x\" $d]) }"),
            ("\"why\" { a }", "\"why\" { a }"),
            ("\"\\u{41} \\n\" query { a }", "            query { a }"),
            ("\"\\x\" query { a }", "\"\\x\" query { a }"),
            ("\"one\" \"two\" query { a }", "\"one\"       query { a }"),
            ("\"why\" type A { b: C }", "\"why\" type A { b: C }"),
            ("# \"why\" query\n{ a }", "# \"why\" query\n{ a }"),
            ("\"endless query { a }", "\"endless query { a }"),
            ("\"broken\n\" query { a }", "\"broken\n\" query { a }"),
            ("\\\"", "\\\""),
        ] {
            assert_eq!(blanked(text), wanted, "{text}");
        }
    }
}
