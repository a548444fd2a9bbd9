//! Texts without their disguise: look-alikes, invisible characters, letters with gaps, digits for letters.

/// Articles and the like: they come and go without changing what is asked for.
const FILLERS: [&str; 6] = ["the", "this", "a", "an", "of", "that"];
/// Single letters in a row from which on they are read as one word.
const SPELLED: usize = 5;

/// A text in the forms that the rules look at.
#[derive(Debug)]
pub(super) struct Plain {
    /// In small Latin letters, with spelled-out words joined.
    pub(super) text: String,
    /// Its words without fillers.
    pub(super) words: Vec<String>,
    /// The same with digits and signs read as the letters that they look like.
    pub(super) disguised: Vec<String>,
}

impl Plain {
    /// Reads a text.
    pub(super) fn read(body: &str) -> Self {
        let text = join_spelled(&fold(body));
        let words = split(&text, |character| character.is_alphanumeric());
        let disguised = text
            .split(|character: char| character.is_whitespace() || ",;:!?()[]{}\"/".contains(character))
            .map(|chunk| chunk.chars().filter_map(unmask).collect::<String>())
            .filter(|word| !word.is_empty() && !FILLERS.contains(&word.as_str()))
            .collect();
        Self { text, words, disguised }
    }
}

/// The words of a text; apostrophes join, fillers are left out.
fn split(text: &str, belongs: impl Fn(char) -> bool) -> Vec<String> {
    let joined: String = text.chars().filter(|character| *character != '\'').collect();
    joined
        .split(|character: char| !belongs(character))
        .filter(|word| !word.is_empty() && !FILLERS.contains(word))
        .map(str::to_owned)
        .collect()
}

/// A character as the letter that it stands in for; joiners inside a word vanish.
fn unmask(character: char) -> Option<char> {
    match character {
        '0' => Some('o'),
        '1' | '|' => Some('i'),
        '3' => Some('e'),
        '4' | '@' => Some('a'),
        '5' | '$' => Some('s'),
        '7' => Some('t'),
        other => other.is_alphanumeric().then_some(other),
    }
}

/// Small letters without invisible characters, with look-alikes of other scripts as Latin letters and ASCII digits.
pub(super) fn fold(text: &str) -> String {
    text.chars().filter_map(fold_character).flat_map(char::to_lowercase).map(look_alike).collect()
}

fn fold_character(character: char) -> Option<char> {
    let offset = |from: char, to: u8, modulus: u32| {
        let distance = (u32::from(character) - u32::from(from)) % modulus;
        u8::try_from(distance).ok().and_then(|distance| to.checked_add(distance)).map(char::from)
    };
    match character {
        '\u{200b}'..='\u{200f}'
        | '\u{2060}'..='\u{2064}'
        | '\u{202a}'..='\u{202e}'
        | '\u{feff}'
        | '\u{ad}' => None,
        // Full-width forms are ASCII, 0xFEE0 further up.
        '\u{ff01}'..='\u{ff5e}' => offset('\u{ff01}', b'!', 94),
        '\u{660}'..='\u{669}' => offset('\u{660}', b'0', 10),
        '\u{6f0}'..='\u{6f9}' => offset('\u{6f0}', b'0', 10),
        '\u{966}'..='\u{96f}' => offset('\u{966}', b'0', 10),
        '①'..='⑨' => offset('①', b'1', 9),
        'Ⓐ'..='Ⓩ' => offset('Ⓐ', b'a', 26),
        'ⓐ'..='ⓩ' => offset('ⓐ', b'a', 26),
        // Mathematical letters: alphabets of 26 capitals and 26 small ones in a row, then digits.
        '\u{1d400}'..='\u{1d6a3}' => offset('\u{1d400}', b'a', 26),
        '\u{1d7ce}'..='\u{1d7ff}' => offset('\u{1d7ce}', b'0', 10),
        '。' | '·' | '•' => Some('.'),
        '‘' | '’' | '`' | '´' => Some('\''),
        '–' | '—' | '‐' | '‑' => Some('-'),
        other if other.is_whitespace() => Some(' '),
        other => Some(other),
    }
}

/// Small letters of other scripts that look like Latin ones.
fn look_alike(character: char) -> char {
    match character {
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
}

/// Joins what is spelled out, such as `w h a t s a p p` or `w.h.a.t.s.a.p.p`.
fn join_spelled(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_letter = |at: usize| characters.get(at).is_some_and(|character| character.is_alphanumeric());
    let is_gap = |at: usize| characters.get(at).is_some_and(|character| " .-_*".contains(*character));
    let alone = |at: usize| is_letter(at) && !is_letter(at + 1) && (at == 0 || !is_letter(at - 1));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(character) = characters.get(at) {
        let mut length = 0;
        while alone(at + 2 * length) && (length == 0 || is_gap(at + 2 * length - 1)) {
            length += 1;
        }
        if length >= SPELLED {
            out.extend((0..length).filter_map(|index| characters.get(at + 2 * index)));
            at += 2 * length - 1;
        } else {
            out.push(*character);
            at += 1;
        }
    }
    out
}
