//! CSV as RFC 4180 has it, strictly: a quote that is never closed, or that stands inside a plain field, is a fault of
//! its row and not the loss of every row behind it.

/// Bytes that one row has at most.
pub const ROW_BYTES_MAX: usize = 1 << 20;

/// What stands at the beginning of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A whole row.
    Row {
        /// Its fields, as bytes that may not be text.
        fields: Vec<Vec<u8>>,
        /// Bytes up to the next row.
        length: usize,
    },
    /// The row does not end in what is there: read on.
    More,
    /// The row cannot be read; go on behind its first line.
    Broken(&'static str),
}

/// Reads the row at the beginning of `text`; `at_end` says that nothing follows.
pub fn next(text: &[u8], at_end: bool) -> Next {
    let mut fields = Vec::new();
    let mut position = 0;
    loop {
        let (field, end) = match field(&text[position..], at_end) {
            Ok(found) => found,
            Err(other) => return other,
        };
        fields.push(field);
        position += end;
        match text.get(position) {
            Some(b',') => position += 1,
            Some(b'\n') => return Next::Row { fields, length: position + 1 },
            // `field` stops at a carriage return only where a line feed follows.
            Some(_) => return Next::Row { fields, length: position + 2 },
            None if at_end => return Next::Row { fields, length: position },
            None => return more(text),
        }
    }
}

/// Bytes of the first line with its end; none where the line does not end in what is there.
pub fn line_length(text: &[u8]) -> Option<usize> {
    text.iter().position(|&byte| byte == b'\n').map(|position| position + 1)
}

fn more(text: &[u8]) -> Next {
    if text.len() > ROW_BYTES_MAX { Next::Broken(TOO_LONG) } else { Next::More }
}

const TOO_LONG: &str = "the row has more than a mebibyte, or a quote that is never closed";
const UNCLOSED: &str = "a quote is opened and never closed";
const STRAY: &str = "a quote stands inside a field that does not begin with one";
const BEHIND: &str = "something stands between a closing quote and the next comma";

/// The field at the beginning of `text` and where it ends: at a comma, a line's end, or the text's.
fn field(text: &[u8], at_end: bool) -> Result<(Vec<u8>, usize), Next> {
    if text.first() == Some(&b'"') { quoted(text, at_end) } else { plain(text, at_end) }
}

fn plain(text: &[u8], at_end: bool) -> Result<(Vec<u8>, usize), Next> {
    let end = text.iter().position(|byte| matches!(byte, b',' | b'\n' | b'"'));
    match end {
        Some(end) if text[end] == b'"' => Err(Next::Broken(STRAY)),
        Some(end) if text[end] == b'\n' && end > 0 && text[end - 1] == b'\r' => {
            Ok((text[..end - 1].to_vec(), end - 1))
        }
        Some(end) => Ok((text[..end].to_vec(), end)),
        None if at_end => Ok((text.to_vec(), text.len())),
        None => Err(more(text)),
    }
}

fn quoted(text: &[u8], at_end: bool) -> Result<(Vec<u8>, usize), Next> {
    let mut field = Vec::new();
    let mut position = 1;
    loop {
        let Some(quote) = text[position..].iter().position(|&byte| byte == b'"') else {
            return Err(if at_end { Next::Broken(UNCLOSED) } else { more(text) });
        };
        field.extend_from_slice(&text[position..position + quote]);
        position += quote + 1;
        match text.get(position) {
            Some(b'"') => {
                field.push(b'"');
                position += 1;
            }
            Some(b',' | b'\n') => return Ok((field, position)),
            Some(b'\r') => match text.get(position + 1) {
                Some(b'\n') => return Ok((field, position)),
                None if !at_end => return Err(more(text)),
                _ => return Err(Next::Broken(BEHIND)),
            },
            Some(_) => return Err(Next::Broken(BEHIND)),
            None if at_end => return Ok((field, position)),
            None => return Err(more(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Result<Vec<String>, &'static str>> {
        let (mut rest, mut found) = (text.as_bytes(), Vec::new());
        while !rest.is_empty() {
            match next(rest, true) {
                Next::Row { fields, length } => {
                    found.push(Ok(fields
                        .into_iter()
                        .map(|field| String::from_utf8(field).unwrap())
                        .collect()));
                    rest = &rest[length..];
                }
                Next::Broken(reason) => {
                    found.push(Err(reason));
                    rest = &rest[line_length(rest).unwrap_or(rest.len())..];
                }
                Next::More => panic!("nothing follows"),
            }
        }
        found
    }

    /// The row that is wanted, as [`rows`] answers it.
    macro_rules! fields {
        ($($text:literal),*) => { Ok(vec![$($text.to_owned()),*]) };
    }

    #[test]
    fn rows_are_split_at_commas_and_ends_of_lines() {
        assert_eq!(
            rows("a,b\nc,\r\n\"d\",\"e\"\r\n"),
            [fields!("a", "b"), fields!("c", ""), fields!("d", "e")]
        );
        assert_eq!(rows("\"a,\"\"b\"\"\nc\",d"), [fields!("a,\"b\"\nc", "d")]);
        assert_eq!(rows("a,"), [fields!("a", "")]);
    }

    #[test]
    fn a_broken_row_costs_no_other() {
        assert_eq!(rows("a,\"b\nc,d\ne,f\n"), [Err(UNCLOSED), fields!("c", "d"), fields!("e", "f")]);
        assert_eq!(rows("a\"b,c\nd,e\n"), [Err(STRAY), fields!("d", "e")]);
        assert_eq!(rows("\"a\"b,c\nd,\"e\""), [Err(BEHIND), fields!("d", "e")]);
    }

    #[test]
    fn a_row_may_arrive_in_pieces() {
        let text = b"a,\"b\r\n\"\"c\"\r\n";
        for end in 0..text.len() {
            assert_eq!(next(&text[..end], false), Next::More, "{end}");
        }
        let whole = Next::Row { fields: vec![b"a".to_vec(), b"b\r\n\"c".to_vec()], length: text.len() };
        assert_eq!(next(text, false), whole);
        assert_eq!(next(&vec![b'a'; ROW_BYTES_MAX + 1], false), Next::Broken(TOO_LONG));
    }
}
