//! Words: how texts are cut into tokens for the index, and how a search box is read.
//!
//! Both databases index the tokens made here, verbatim and in their places, so they find the same rows.

use std::collections::HashMap;
use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Characters of a token at most; longer words are cut.
const TOKEN_LENGTH: usize = 40;
/// Words of a query that count; further ones are ignored, as the schema says.
const MAXIMUM_TERMS: usize = 20;
/// Tokens that one row is found by at most. Places beyond 16383 are all one to PostgreSQL; this stays far below.
const MAXIMUM_TOKENS: usize = 2_000;
/// Places of one token in a row at most: PostgreSQL keeps 256 and forgets the rest.
const MAXIMUM_PLACES: usize = 250;
/// Stands between two fields, so that no phrase reaches from one into the next; no letter, so no query names it.
const BOUNDARY: &str = "¶";

/// Marks that begin or end a phrase.
const QUOTATION_MARKS: [char; 6] = ['"', '“', '”', '„', '«', '»'];

/// The words of a text as they are indexed, in order.
pub fn tokens(text: &str) -> impl Iterator<Item = String> {
    runs(text).into_iter().flatten()
}

/// The tokens of a text, those together that nothing stands between: letters and digits in a row, of which each
/// ideograph is a token of its own, because no blanks divide them into words.
fn runs(text: &str) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let (mut run, mut word, mut length): (Vec<String>, String, usize) = (Vec::new(), String::new(), 0);
    let end_word = |run: &mut Vec<String>, word: &mut String, length: &mut usize| {
        *length = 0;
        if !word.is_empty() {
            run.push(std::mem::take(word));
        }
    };
    for character in plain(text) {
        if !character.is_alphanumeric() {
            end_word(&mut run, &mut word, &mut length);
            if !run.is_empty() {
                out.push(std::mem::take(&mut run));
            }
        } else if is_ideograph(character) {
            end_word(&mut run, &mut word, &mut length);
            run.push(character.to_string());
        } else {
            for small in character.to_lowercase().filter(|small| small.is_alphanumeric()) {
                if length == TOKEN_LENGTH {
                    break;
                }
                length += 1;
                match fold(small) {
                    Some(base) => word.push_str(base),
                    None => word.push(small),
                }
            }
        }
    }
    end_word(&mut run, &mut word, &mut length);
    if !run.is_empty() {
        out.push(run);
    }
    out
}

/// The characters of a text, however they are spelt: letters and digits that are others in disguise (full-width, small,
/// joined) become those, and marks are dropped but for those that make another letter.
fn plain(text: &str) -> impl Iterator<Item = char> {
    // Signs that would turn into letters, as the trademark's do, are no words.
    let kept = |character: char| {
        let is_sign = !character.is_alphanumeric() && !is_combining_mark(character);
        if is_sign { ' ' } else { character }
    };
    let mut base = ' ';
    let letters = text.chars().filter(|character| !is_unseen(*character)).map(kept).nfkd();
    let letters = letters.filter(move |&character| {
        if is_combining_mark(character) {
            makes_letter(base, character) || !is_accent(character)
        } else {
            base = character;
            true
        }
    });
    // What is left of marks had no letter to join.
    letters.nfc().filter(|&character| !is_combining_mark(character) || character.is_alphanumeric())
}

/// Signs that are not seen: they divide no word.
const fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// Whether a mark says how a letter sounds and is left out where people are in a hurry: accents, tone marks, points of
/// Hebrew and Arabic. Vowels of Indian and Thai words are marks, too, and are no accents.
fn is_accent(mark: char) -> bool {
    !mark.is_alphanumeric() || matches!(canonical_combining_class(mark), 10..=35 | 200..)
}

/// Whether a mark makes another letter of its base, as nobody leaves it out: voiced kana, й, ў and ї. Russians write е for ё
/// as often as not, so those are one.
const fn makes_letter(base: char, mark: char) -> bool {
    match mark {
        '\u{3099}' | '\u{309a}' => true,
        '\u{306}' => matches!(base, 'и' | 'И' | 'у' | 'У'),
        '\u{308}' => matches!(base, 'і' | 'І'),
        _ => false,
    }
}

/// Scripts that are written without blanks between words.
const fn is_ideograph(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' | '\u{e00}'..='\u{eff}')
}

/// The plain letters for a small letter that is one by itself, and is written as another where it cannot be typed.
const fn fold(character: char) -> Option<&'static str> {
    match character {
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        'ß' => Some("ss"),
        'đ' | 'ð' => Some("d"),
        'ħ' => Some("h"),
        'ı' => Some("i"),
        'ł' => Some("l"),
        'ŋ' => Some("n"),
        'ø' => Some("o"),
        'ŧ' => Some("t"),
        'ς' => Some("σ"),
        _ => None,
    }
}

/// What the full-text index holds of some fields: their tokens in their places, with one space between.
pub fn search_terms<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<String> = Vec::new();
    'fields: for field in fields {
        let mut begins = !out.is_empty();
        for token in tokens(field) {
            if out.len() + usize::from(begins) >= MAXIMUM_TOKENS {
                break 'fields;
            }
            if begins {
                out.push(BOUNDARY.to_owned());
                begins = false;
            }
            let times = places.entry(token.clone()).or_default();
            *times += 1;
            out.push(if *times > MAXIMUM_PLACES { BOUNDARY.to_owned() } else { token });
        }
    }
    out.join(" ")
}

/// The words of some fields that a mistyped one may have meant, each once, sorted.
pub fn vocabulary<'a>(fields: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = fields
        .into_iter()
        .flat_map(tokens)
        .filter(|word| super::spelling::is_correctable(word))
        .take(MAXIMUM_TOKENS)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Words that must stand side by side in one field; most often a single one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The words, each letters and digits only; never empty.
    pub terms: Vec<String>,
    /// Whether the last one may be the beginning of a word.
    pub is_prefix: bool,
}

/// What a search box says: clauses that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    clauses: Vec<Clause>,
}

impl SearchQuery {
    /// Reads what a user typed: any text is a query; one without a word in it is none. Words between quotation marks
    /// are a phrase; the last word outside of marks may be the beginning of one.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(QUOTATION_MARKS).collect();
        let mut clauses: Vec<Clause> = Vec::new();
        let mut room = MAXIMUM_TERMS;
        let mut add = |mut terms: Vec<String>, is_prefix: bool, clauses: &mut Vec<Clause>| {
            terms.truncate(room);
            room -= terms.len();
            if !terms.is_empty() {
                clauses.push(Clause { terms, is_prefix });
            }
        };
        for (place, part) in parts.iter().enumerate() {
            // A mark without its partner, as in 5", is no mark.
            if place % 2 == 1 && place + 1 < parts.len() {
                add(tokens(part).collect(), false, &mut clauses);
            } else {
                for run in runs(part) {
                    add(run, true, &mut clauses);
                }
            }
        }
        if let Some((_, before)) = clauses.split_last_mut() {
            for clause in before {
                clause.is_prefix = false;
            }
        }
        let mut seen: Vec<Clause> = Vec::new();
        for clause in clauses {
            if !seen.contains(&clause) {
                seen.push(clause);
            }
        }
        (!seen.is_empty()).then_some(Self { clauses: seen })
    }

    /// The clauses.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The words with, for each, whether it may be the beginning of one.
    pub fn terms(&self) -> impl Iterator<Item = (&str, bool)> {
        self.clauses.iter().flat_map(|clause| {
            let last = clause.terms.len() - 1;
            let terms = clause.terms.iter().enumerate();
            terms.map(move |(place, term)| (term.as_str(), clause.is_prefix && place == last))
        })
    }

    /// The same with words in place of others.
    #[must_use]
    pub fn with(&self, replacements: &HashMap<String, String>) -> Self {
        let replace = |term: &String| replacements.get(term).unwrap_or(term).clone();
        let clauses = self.clauses.iter().map(|clause| Clause {
            terms: clause.terms.iter().map(replace).collect(),
            is_prefix: clause.is_prefix,
        });
        Self { clauses: clauses.collect() }
    }
}

impl fmt::Display for SearchQuery {
    /// As it could be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, clause) in self.clauses.iter().enumerate() {
            let blank = if place == 0 { "" } else { " " };
            let is_last = place + 1 == self.clauses.len();
            if clause.is_prefix || (clause.terms.len() == 1 && !is_last) {
                write!(f, "{blank}{}", clause.terms.concat())?;
            } else {
                write!(f, "{blank}\"{}\"", clause.terms.join(" "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        SearchQuery::parse(text).map(|query| query.to_string()).unwrap_or_default()
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        let found: Vec<_> = tokens("Crème-brûlée Löffel, STRASSE/Straße №5 茶杯 (M8×20)").collect();
        assert_eq!(found, ["creme", "brulee", "loffel", "strasse", "strasse", "5", "茶", "杯", "m8", "20"]);
        assert_eq!(
            tokens("Cre\u{301}me so\u{ad}ft ΣΑΣ İ").collect::<Vec<_>>(),
            ["creme", "soft", "σασ", "i"]
        );
        assert_eq!(tokens(&"x".repeat(100)).next().unwrap().len(), 40);
    }

    #[test]
    fn words_are_found_however_they_are_spelt() {
        use unicode_normalization::UnicodeNormalization;
        for (text, found) in [
            ("Cà phê sữa đá Việt", "ca phe sua da viet"),
            ("Ποτήρι ΚΑΦΈ ᾳ ς", "ποτηρι καφε α σ"),
            ("Чайник ёлка ЁЛКА Йод краи край", "чайник елка елка йод краи край"),
            ("ўсё їжа", "ўсе їжа"),
            ("ＡＢＣ１２ ﬁlter ①", "abc12 filter 1"),
            ("ガラス ｶﾞﾗｽ カラス", "ガ ラ ス ガ ラ ス カ ラ ス"),
            ("がぱ", "が ぱ"),
            ("유리컵", "유리컵"),
            ("Łódź Øre Straße İstanbul", "lodz ore strasse istanbul"),
            ("مَاء أرض", "ماء ارض"),
            ("m² Acme™ №5", "m2 acme 5"),
        ] {
            let words = |text: &str| tokens(text).collect::<Vec<_>>().join(" ");
            assert_eq!(words(text), found, "{text}");
            assert_eq!(words(&text.nfd().collect::<String>()), found, "{text}, taken apart");
            assert_eq!(words(&text.nfc().collect::<String>()), found, "{text}, put together");
        }
    }

    #[test]
    fn terms_keep_their_places_and_their_fields_apart() {
        assert_eq!(search_terms(["Steel cup", "", "cup, steel & lid"]), "steel cup ¶ cup steel lid");
        let many = search_terms([&*"ha ".repeat(3_000)]);
        assert_eq!(many.split(' ').filter(|token| *token == "ha").count(), MAXIMUM_PLACES);
        assert_eq!(many.split(' ').count(), MAXIMUM_TOKENS);
        assert_eq!(vocabulary(["Steel cups 304", "STEEL x m8x20"]), ["cups", "steel"]);
    }

    #[test]
    fn queries_are_words_and_phrases() {
        let query = SearchQuery::parse("steel \"tea cup\" wid").unwrap();
        assert_eq!(
            query.terms().collect::<Vec<_>>(),
            [("steel", false), ("tea", false), ("cup", false), ("wid", true)]
        );
        assert_eq!(query.clauses().len(), 3);
        assert!(!SearchQuery::parse("a \"b c\"").unwrap().clauses().iter().any(|clause| clause.is_prefix));
        assert_eq!(SearchQuery::parse("  -- \"' * "), None);
        assert_eq!(SearchQuery::parse("茶杯 x").unwrap().clauses()[0].terms, ["茶", "杯"]);
        for (text, again) in [
            ("5\" Pipe", "5 pipe"),
            ("“Tea Cup” big", "\"tea cup\" big"),
            ("cup cup", "cup cup"),
            ("cup cup cups", "cup cups"),
            ("\"cup\"", "\"cup\""),
            ("\"\" a", "a"),
        ] {
            assert_eq!(read(text), again, "{text}");
        }
        assert_eq!(SearchQuery::parse(&"a b c d ".repeat(20)).unwrap().terms().count(), 5);
    }

    proptest! {
        #[test]
        fn any_text_makes_plain_terms(text in any::<String>()) {
            if let Some(query) = SearchQuery::parse(&text) {
                prop_assert!(query.terms().count() <= MAXIMUM_TERMS);
                for (term, _) in query.terms() {
                    prop_assert!(!term.is_empty() && term.chars().all(char::is_alphanumeric), "{term:?}");
                }
                prop_assert_eq!(SearchQuery::parse(&query.to_string()), Some(query));
            }
        }
    }
}
