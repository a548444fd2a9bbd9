//! E-mail addresses and telephone numbers, plain and disguised.

use super::text::Plain;

/// Ends of addresses that are believed also where blanks stand around the signs.
const ENDS: [&str; 32] = [
    "com", "net", "org", "cn", "io", "co", "de", "uk", "ru", "in", "info", "biz", "eu", "fr", "it", "es",
    "pl", "hk", "tw", "kr", "jp", "me", "us", "vn", "tr", "br", "at", "ch", "nl", "pt", "mx", "ua",
];
/// Where private mail is kept.
const MAIL_HOSTS: [&str; 16] = [
    "gmail",
    "googlemail",
    "yahoo",
    "hotmail",
    "outlook",
    "qq",
    "163",
    "126",
    "icloud",
    "proton",
    "protonmail",
    "gmx",
    "mail",
    "yandex",
    "foxmail",
    "live",
];
/// Characters that a sign in brackets has at most.
const INSIDE: usize = 12;
/// Characters before a number that are looked at.
const BEFORE: usize = 60;
/// Words that announce a telephone number.
const ANNOUNCE: [&str; 18] = [
    "call",
    "phone",
    "telephone",
    "tel",
    "mobile",
    "cell",
    "cellphone",
    "handy",
    "telefon",
    "dial",
    "ring",
    "text",
    "whatsapp",
    "wechat",
    "viber",
    "sms",
    "fax",
    "móvil",
];
/// Words that may stand between the announcement and the number.
const BETWEEN: [&str; 16] = [
    "number", "no", "nr", "num", "is", "me", "us", "at", "on", "my", "our", "id", "line", "direct", "please",
    "under",
];
/// Digits as words.
const DIGITS: [&str; 11] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"];
/// Words before a number of eleven digits that say that it is something else.
const OTHER_NUMBERS: [&str; 12] =
    ["order", "tracking", "po", "invoice", "number", "no", "ean", "gtin", "code", "hs", "awb", "ref"];

/// The first e-mail address of a text.
pub(super) fn email(plain: &Plain) -> Option<String> {
    let signs = unbracket(&plain.text);
    address(&signs, |end| end.len() <= 24)
        .or_else(|| address(&close_up(&signs), |end| ENDS.contains(&end)))
        .or_else(|| spelled_address(&signs))
}

/// Reads `(at)`, `[dot]` and the like as the signs.
fn unbracket(text: &str) -> String {
    let mut out = text.to_owned();
    for (open, close) in [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')] {
        let source = std::mem::take(&mut out);
        let mut rest = source.as_str();
        while let Some((before, after)) = rest.split_once(open) {
            let near = after.char_indices().take(INSIDE).find(|(_, character)| *character == close);
            let sign = near.and_then(|(end, _)| match after.get(..end)?.trim() {
                "at" | "@" | "arroba" | "ät" => Some(('@', end)),
                "dot" | "." | "punkt" | "punto" | "point" => Some(('.', end)),
                _ => None,
            });
            if let Some((sign, end)) = sign {
                out.push_str(before.trim_end());
                out.push(sign);
                rest = after.get(end + 1..).unwrap_or_default().trim_start();
            } else {
                out.push_str(before);
                out.push(open);
                rest = after;
            }
        }
        out.push_str(rest);
    }
    out
}

/// Removes blanks around `@` and `.`.
fn close_up(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if "@.".contains(character) {
            out.truncate(out.trim_end().len());
        } else if character == ' ' && out.ends_with(['@', '.']) {
            continue;
        }
        out.push(character);
    }
    out
}

/// The first `name@host.end` whose end is believed.
fn address(text: &str, believed: impl Fn(&str) -> bool) -> Option<String> {
    text.match_indices('@').find_map(|(at, _)| {
        let local_sign = |character: char| character.is_ascii_alphanumeric() || "._%+-".contains(character);
        let host_sign = |character: char| character.is_ascii_alphanumeric() || ".-".contains(character);
        let before = &text[..at];
        let local = &before[before.trim_end_matches(local_sign).len()..];
        let after = &text[at + 1..];
        let host = &after[..after.len() - after.trim_start_matches(host_sign).len()];
        let host = host.trim_end_matches(['.', '-']);
        let (name, end) = host.rsplit_once('.')?;
        let label = name.rsplit('.').next()?;
        let is_end = end.len() >= 2 && end.bytes().all(|byte| byte.is_ascii_alphabetic()) && believed(end);
        // A price after a quantity, such as `10 pcs@2.5.in`, has no letter where a host has its name; mail hosts may.
        let is_name = label.bytes().any(|byte| byte.is_ascii_alphabetic()) || MAIL_HOSTS.contains(&label);
        let holds = is_end && is_name && local.bytes().any(|byte| byte.is_ascii_alphanumeric());
        holds.then(|| format!("{local}@{host}"))
    })
}

/// An address in words, such as `john at gmail dot com` or `john at gmail.com`.
fn spelled_address(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches([',', ';', ':', '!', '?'])).collect();
    words.windows(3).enumerate().find_map(|(index, window)| {
        let [local, "at" | "arroba" | "@", host] = window else { return None };
        let rest = words.get(index + 3..).unwrap_or_default();
        let (host, end) = match (host.trim_end_matches('.').split_once('.'), rest) {
            (Some((host, end)), _) if MAIL_HOSTS.contains(&host) => (host, end),
            (None, ["dot" | "punkt" | "punto", end, ..]) => (*host, end.trim_end_matches('.')),
            _ => return None,
        };
        ENDS.contains(&end).then(|| format!("{local}@{host}.{end}"))
    })
}

/// The first telephone number of a text.
pub(super) fn phone(plain: &Plain) -> Option<String> {
    in_words(plain).or_else(|| {
        let characters: Vec<char> = plain.text.chars().collect();
        let mut at = 0;
        while at < characters.len() {
            let Some(number) = Number::read(&characters, at) else {
                at += 1;
                continue;
            };
            let before: String = characters[at.saturating_sub(BEFORE)..at].iter().collect();
            if number.is_phone(&before) {
                return Some(characters[at..number.end].iter().collect::<String>().trim().to_owned());
            }
            at = number.end;
        }
        None
    })
}

/// Digits with what people put between them.
struct Number {
    digits: String,
    plus: bool,
    /// Whether the digits stand together without a sign between.
    solid: bool,
    end: usize,
}

impl Number {
    fn read(characters: &[char], start: usize) -> Option<Self> {
        let first = characters.get(start)?;
        let before = start.checked_sub(1).and_then(|at| characters.get(at));
        let plus = *first == '+';
        if !(plus || first.is_ascii_digit()) || before.is_some_and(|before| before.is_alphanumeric()) {
            return None;
        }
        let mut number = Self { digits: String::new(), plus, solid: true, end: start };
        let (mut at, mut gap) = (start + usize::from(plus), 0);
        while let Some(character) = characters.get(at) {
            if character.is_ascii_digit() {
                number.solid &= gap == 0 || number.digits.is_empty();
                number.digits.push(*character);
                gap = 0;
                number.end = at + 1;
            } else if " -.()/".contains(*character) && gap < 2 {
                gap += 1;
            } else {
                break;
            }
            at += 1;
        }
        let glued = characters.get(number.end).is_some_and(|after| after.is_alphanumeric());
        (!number.digits.is_empty() && !glued).then_some(number)
    }

    /// Whether this is a telephone number after these words.
    fn is_phone(&self, before: &str) -> bool {
        let length = self.digits.len();
        let words = || {
            before.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).rev()
        };
        let announced =
            words().find(|word| !BETWEEN.contains(word)).is_some_and(|word| ANNOUNCE.contains(&word));
        let international = self.plus && (8..=15).contains(&length) && !self.digits.starts_with('0');
        let dialled = self.digits.starts_with("00") && (10..=17).contains(&length);
        let chinese = self.solid
            && length == 11
            && self.digits.starts_with('1')
            && !matches!(self.digits.as_bytes().get(1), Some(b'0'..=b'2'))
            && !words().next().is_some_and(|word| OTHER_NUMBERS.contains(&word));
        international || dialled || chinese || (announced && (7..=15).contains(&length))
    }
}

/// Seven and more digits as words in a row, such as `one seven zero …`.
fn in_words(plain: &Plain) -> Option<String> {
    let (mut digits, mut written) = (String::new(), 0);
    for word in &plain.words {
        let digit =
            DIGITS.iter().position(|known| known == word).map(|value| if value == 10 { 0 } else { value });
        match digit {
            Some(value) => {
                digits.push_str(&value.to_string());
                written += 1;
            }
            None if word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.push_str(word)
            }
            None => (digits, written) = (String::new(), 0),
        }
        if digits.len() >= 7 && written >= 4 {
            return Some(digits);
        }
    }
    None
}
