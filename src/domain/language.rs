//! Languages by their tags (BCP 47), what a caller reads best, and texts in several of them.

use serde::{Deserialize, Serialize};

use super::error::Refusal;
use super::product::Attribute;

/// Characters of a tag at most.
const TAG_LENGTH: usize = 35;
/// Languages that one product's texts may have beside its own.
pub const MAXIMUM_TRANSLATIONS: usize = 20;
/// Languages of a caller that count; further ones are ignored.
const MAXIMUM_PREFERENCES: usize = 8;

/// A language: its code, and where it matters its script, region and variants, such as `de`, `pt-BR`, `zh-Hant`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(String);

impl Language {
    /// Reads a tag in any case and writes it in the usual one; extensions and private tags are none of ours.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > TAG_LENGTH || !text.is_ascii() {
            return None;
        }
        let mut parts = text.split('-').peekable();
        let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let code = parts.next().filter(|part| (2..=3).contains(&part.len()) && letters(part))?;
        let mut tag = code.to_ascii_lowercase();
        if let Some(script) = parts.next_if(|part| part.len() == 4 && letters(part)) {
            tag.push('-');
            tag.push_str(&script[..1].to_ascii_uppercase());
            tag.push_str(&script[1..].to_ascii_lowercase());
        }
        let is_region = |part: &&str| {
            (part.len() == 2 && letters(part))
                || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if let Some(region) = parts.next_if(is_region) {
            tag.push('-');
            tag.push_str(&region.to_ascii_uppercase());
        }
        for variant in parts {
            let alphanumeric = variant.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let dated = variant.len() == 4 && variant.as_bytes().first().is_some_and(u8::is_ascii_digit);
            if !alphanumeric || !((5..=8).contains(&variant.len()) || dated) {
                return None;
            }
            tag.push('-');
            tag.push_str(&variant.to_ascii_lowercase());
        }
        Some(Self(tag))
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the language alone, such as `pt` of `pt-BR`.
    pub fn base(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// The tag, then the tag without its last part, and so on to the language alone (RFC 4647, lookup).
    fn ranges(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.0.as_str()), |tag| tag.rsplit_once('-').map(|(shorter, _)| shorter))
    }
}

impl Default for Language {
    /// English, where nobody says otherwise.
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Language {
    type Err = super::actor::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(super::actor::UnknownWord)
    }
}

impl TryFrom<String> for Language {
    type Error = super::actor::UnknownWord;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.0
    }
}

/// What a caller reads, best first; empty where it did not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Preferences(Vec<Language>);

impl Preferences {
    /// One language.
    pub fn only(language: Language) -> Self {
        Self(vec![language])
    }

    /// Reads an `Accept-Language` header (RFC 9110). It is a wish: what cannot be read of it is left out.
    pub fn from_header(text: &str) -> Self {
        let mut wishes: Vec<(i64, Language)> = Vec::new();
        for part in text.split(',').take(4 * MAXIMUM_PREFERENCES) {
            let mut pieces = part.split(';').map(str::trim);
            let Some(language) = pieces.next().and_then(Language::parse) else { continue };
            let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(Some(1_000), thousandths);
            if let Some(weight @ 1..) = weight
                && !wishes.iter().any(|(_, known)| *known == language)
            {
                wishes.push((weight, language));
            }
        }
        // Of equal weights the first counts more: the sort is stable.
        wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self(wishes.into_iter().take(MAXIMUM_PREFERENCES).map(|(_, language)| language).collect())
    }

    /// The languages as a header that is read again as the same ones.
    pub fn to_header(&self) -> String {
        let tags: Vec<_> = self.0.iter().map(Language::as_str).collect();
        tags.join(",")
    }

    /// Which of some languages the caller reads best: for each wish in turn the exact tag, then the wish with parts
    /// taken off its end, then any with the same language. None where no wish is met.
    pub fn choose<'a>(&self, offered: &(impl Iterator<Item = &'a Language> + Clone)) -> Option<&'a Language> {
        self.0.iter().find_map(|wish| {
            let met = |range: &str| offered.clone().find(|language| language.as_str() == range);
            wish.ranges()
                .find_map(met)
                .or_else(|| offered.clone().find(|language| language.base() == wish.base()))
        })
    }
}

/// A weight of `Accept-Language` in thousandths.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

/// What is said of a product in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The language.
    pub language: Language,
    /// The title.
    pub title: String,
    /// The description; not part of a card, where it is empty.
    #[serde(skip)]
    pub description: String,
    /// Named properties.
    pub attributes: Vec<Attribute>,
}

/// In which language a product's own texts are, and what is said of it in others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Texts {
    /// The language of title, description and attributes.
    pub language: Language,
    /// The same in other languages, in the supplier's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub translations: Vec<Translation>,
}

impl Texts {
    /// Every language, the product's own first.
    pub fn languages(&self) -> impl Iterator<Item = &Language> + Clone {
        std::iter::once(&self.language).chain(self.translations.iter().map(|it| &it.language))
    }

    /// The translation that a caller reads best; none where the product's own texts are it.
    pub fn translation(&self, preferences: &Preferences) -> Option<&Translation> {
        let chosen = preferences.choose(&self.languages())?;
        self.translations.iter().find(|it| it.language == *chosen && *chosen != self.language)
    }

    /// Names what does not fit.
    pub(super) fn check(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        if self.translations.len() > MAXIMUM_TRANSLATIONS {
            let message = format!("A product has texts in at most {MAXIMUM_TRANSLATIONS} further languages.");
            refusals.push(Refusal::invalid(&["translations"], message));
        }
        for (index, text) in self.translations.iter().enumerate() {
            let place = index.to_string();
            let mut refuse = |field: &str, message: &str| {
                refusals.push(Refusal::invalid(&["translations", &place, field], message));
            };
            let earlier = self.translations.iter().take(index).map(|it| &it.language);
            if std::iter::once(&self.language).chain(earlier).any(|language| *language == text.language) {
                refuse("language", "There are texts in this language already.");
            }
            let length = text.title.chars().count();
            if text.title.trim().is_empty() || length > 300 {
                refuse("title", "A title has 1 to 300 characters.");
            }
            if text.description.chars().count() > 20_000 {
                refuse("description", "At most 20000 characters.");
            }
            if text.attributes.len() > 100 {
                refuse("attributes", "A product has at most 100 attributes.");
            }
        }
        refusals
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tag(text: &str) -> Language {
        Language::parse(text).unwrap()
    }

    #[test]
    fn tags_are_written_in_the_usual_case() {
        for (text, wanted) in [
            ("DE", "de"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-TW", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-nedis", "sl-nedis"),
            ("de-1996", "de-1996"),
        ] {
            assert_eq!(tag(text).as_str(), wanted);
        }
        for text in
            ["", "d", "deutsch", "de_DE", "de-", "x-private", "de-x-a", "i-klingon", "ü", "de--AT", "123"]
        {
            assert_eq!(Language::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_header_is_read_as_a_wish() {
        let read = |text| Preferences::from_header(text).0.into_iter().map(String::from).collect::<Vec<_>>();
        assert_eq!(read("de-AT, fr;q=0.8, *;q=0.1, en ; q=0.9"), ["de-AT", "en", "fr"]);
        assert_eq!(read("de;q=0, en;q=1.5, nonsense nonsense,,;q=, FR;q=0.001"), ["fr"]);
        assert_eq!(read("de, DE;q=0.1"), ["de"]);
        assert_eq!(read(&"aa,ab,ac,ad,ae,af,ag,ah,ai,aj".repeat(50)).len(), MAXIMUM_PREFERENCES);
    }

    #[test]
    fn wishes_fall_back_to_the_language_and_then_to_the_products_own() {
        let text = |language: &str| Translation {
            language: tag(language),
            title: language.to_owned(),
            description: String::new(),
            attributes: Vec::new(),
        };
        let texts =
            Texts { language: tag("en"), translations: vec![text("de"), text("pt-BR"), text("zh-Hant")] };
        for (wish, wanted) in [
            ("de", Some("de")),
            ("de-AT", Some("de")),
            ("pt", Some("pt-BR")),
            ("pt-PT", Some("pt-BR")),
            ("zh-Hant-TW", Some("zh-Hant")),
            ("en-GB, de", None),
            ("fr, de;q=0.5", Some("de")),
            ("fr", None),
            ("", None),
        ] {
            let found = texts.translation(&Preferences::from_header(wish)).map(|it| it.language.as_str());
            assert_eq!(found, wanted, "{wish}");
        }
        let twice = Texts { translations: vec![text("de"), text("en"), text("de")], ..texts };
        let fields: Vec<_> = twice.check().into_iter().map(|refusal| refusal.field).collect();
        assert_eq!(fields, [["translations", "1", "language"], ["translations", "2", "language"]]);
    }

    proptest! {
        #[test]
        fn any_header_is_read(text in any::<String>()) {
            prop_assert!(Preferences::from_header(&text).0.len() <= MAXIMUM_PREFERENCES);
        }
    }
}
