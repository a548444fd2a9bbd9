//! Searching: words, filters, orders of the results, and how a rank comes about.
//!
//! Both databases index the tokens that [`tokens`] makes, verbatim, and rank by the same whole numbers, so they find
//! the same rows in the same order.

use super::badge::BadgeKind;
use super::error::Refusal;
use super::ids::{CategoryId, SupplierId};
use super::money::{Currency, UnitPrice};
use super::review::Rating;
use super::supplier::Specialisation;
use super::time::{Day, Timestamp};
use super::words::words;

/// Characters of a token at most; longer words are cut.
const TOKEN_LENGTH: usize = 40;
/// Words of a query that count; further ones are ignored.
const MAXIMUM_TERMS: usize = 12;
/// Tokens that one row is found by at most.
const MAXIMUM_TOKENS: usize = 2_000;

/// Points for a query word found in the title.
pub const TITLE_POINTS: i64 = 1_000;
/// Points for a query word found elsewhere.
pub const TEXT_POINTS: i64 = 300;
/// Points that a Verified Pro supplier adds to its own rank and to its products'.
pub const VERIFIED_PRO_BOOST: i64 = 150;
/// Points between the best and the worst rated.
const RATING_POINTS: i64 = 200;
/// Scores of the middle that stand in for those that a new product does not have yet.
const PRIOR_SCORES: i64 = 5;

/// The words of a text as they are indexed: small letters without accents, letters and digits only.
pub fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(|word| {
        let mut token = String::with_capacity(word.len());
        for character in word.chars().flat_map(char::to_lowercase).take(TOKEN_LENGTH) {
            match fold(character) {
                Some(base) => token.push_str(base),
                None if character.is_alphanumeric() => token.push(character),
                None => {}
            }
        }
        token
    })
}

/// The plain letters for a small Latin letter with an accent.
fn fold(character: char) -> Option<&'static str> {
    const FOLDS: [(&str, &str); 20] = [
        ("àáâãäåāăą", "a"),
        ("çćĉċč", "c"),
        ("ďđð", "d"),
        ("èéêëēĕėęě", "e"),
        ("ĝğġģ", "g"),
        ("ĥħ", "h"),
        ("ìíîïĩīĭįı", "i"),
        ("ĵ", "j"),
        ("ķ", "k"),
        ("ĺļľŀł", "l"),
        ("ñńņňŋ", "n"),
        ("òóôõöøōŏő", "o"),
        ("ŕŗř", "r"),
        ("śŝşšș", "s"),
        ("ţťŧț", "t"),
        ("ùúûüũūŭůűų", "u"),
        ("ŵ", "w"),
        ("ýÿŷ", "y"),
        ("źżž", "z"),
        ("ß", "ss"),
    ];
    if character.is_ascii() {
        return None;
    }
    match character {
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        _ => FOLDS.iter().find(|(accented, _)| accented.contains(character)).map(|&(_, base)| base),
    }
}

/// The tokens of some texts, each once, with one space between: what the full-text index holds.
pub fn search_terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut seen = std::collections::HashSet::new();
    let mut out: Vec<String> = Vec::new();
    for token in texts.into_iter().flat_map(tokens) {
        if out.len() >= MAXIMUM_TOKENS {
            break;
        }
        if !token.is_empty() && seen.insert(token.clone()) {
            out.push(token);
        }
    }
    out.join(" ")
}

/// The words of a search box. The last one may be the beginning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    terms: Vec<String>,
}

impl SearchQuery {
    /// Reads what a user typed: any text is a query; one without a word in it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut terms: Vec<String> = Vec::new();
        for token in tokens(text).filter(|token| !token.is_empty()).take(MAXIMUM_TERMS) {
            if !terms.contains(&token) {
                terms.push(token);
            }
        }
        (!terms.is_empty()).then_some(Self { terms })
    }

    /// The words; each is letters and digits only.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }
}

/// The rank of a product or supplier without a query: its rating, steadied by a few scores of the middle, and
/// the boost of a Verified Pro supplier.
pub fn rank_score(rating: Rating, boost: i64) -> i64 {
    let sum = rating.sum() + 3 * PRIOR_SCORES;
    let count = rating.count() + PRIOR_SCORES;
    // From 1 to 5 stars lies four steps apart.
    (sum - count) * RATING_POINTS / (count * 4) + boost
}

/// Why a result stands where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// All points, in thousandths of a full match in the title; higher comes first.
    pub score: i64,
    /// Of these, the points for a Verified Pro supplier.
    pub verified_pro_boost: i64,
}

words! {
    /// The order of products.
    ProductSort {
        /// The best match first; without a query the best rank.
        Relevance => "RELEVANCE",
        /// By currency, then the lowest price at the minimum order quantity first; without a price last.
        PriceLowFirst => "PRICE_LOW_FIRST",
        /// By currency, then the highest price at the minimum order quantity first; without a price last.
        PriceHighFirst => "PRICE_HIGH_FIRST",
        /// The best average first, of equal ones the most reviewed.
        Rating => "RATING",
        /// The newest first.
        Newest => "NEWEST",
        /// The lowest minimum order quantity first.
        MinimumOrderQuantity => "MINIMUM_ORDER_QUANTITY",
        /// The shortest lead time at the minimum order quantity first; unknown ones last.
        LeadTime => "LEAD_TIME",
    }
}

words! {
    /// The order of suppliers.
    SupplierSort {
        /// The best match first; without a query the best rank.
        Relevance => "RELEVANCE",
        /// The best average first, of equal ones the most reviewed.
        Rating => "RATING",
        /// The newest first.
        Newest => "NEWEST",
        /// The most completed orders first.
        OrdersCompleted => "ORDERS_COMPLETED",
    }
}

/// Which suppliers; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplierFilter {
    /// All of these badges are in force.
    pub badges: Vec<BadgeKind>,
    /// One of these specialisations.
    pub specialisations: Vec<Specialisation>,
    /// One of these countries.
    pub countries: Vec<String>,
    /// A certificate of each of these management standards, valid on the day.
    pub management_certifications: Vec<String>,
    /// A certificate of each of these product standards, valid on the day.
    pub product_certifications: Vec<String>,
    /// The day on which certificates must be valid; today if none is given.
    pub certified_on: Option<Day>,
    /// The least average score in thousandths.
    pub minimum_rating_thousandths: Option<i64>,
}

/// A price that is acceptable for a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceFilter {
    /// The currency; prices in others do not match.
    pub currency: Currency,
    /// For how many; the product's minimum order quantity if none is given.
    pub quantity: Option<i64>,
    /// The least unit price.
    pub minimum: Option<UnitPrice>,
    /// The highest unit price.
    pub maximum: Option<UnitPrice>,
}

/// Which products; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// What must hold of the supplier; its certificates of product standards must cover the product; the rating
    /// is the product's.
    pub supplier: SupplierFilter,
    /// Only this supplier's.
    pub supplier_id: Option<SupplierId>,
    /// With Guaranteed terms, or without.
    pub guaranteed: Option<bool>,
    /// With the Easy Return mark, or without.
    pub easy_return: Option<bool>,
    /// With a sample offer, or without.
    pub sample_available: Option<bool>,
    /// In this category or below it.
    pub category: Option<CategoryId>,
    /// With such a price.
    pub price: Option<PriceFilter>,
    /// The minimum order quantity is at most this.
    pub maximum_minimum_order_quantity: Option<i64>,
    /// The lead time at the minimum order quantity is at most that many days.
    pub maximum_lead_days: Option<i64>,
}

impl SupplierFilter {
    /// Refuses lists that are longer than any use has.
    pub fn check(&self) -> Result<(), Refusal> {
        let lists = [
            ("badges", self.badges.len()),
            ("specialisations", self.specialisations.len()),
            ("countries", self.countries.len()),
            ("managementCertifications", self.management_certifications.len()),
            ("productCertifications", self.product_certifications.len()),
        ];
        match lists.into_iter().find(|&(_, length)| length > 50) {
            Some((field, _)) => Err(Refusal::invalid(&["filter", field], "Give at most 50 values.")),
            None => Ok(()),
        }
    }
}

/// A search: words, filter, and the instant at which badges and certificates must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search<Filter, Sort> {
    /// The words, where there are any.
    pub query: Option<SearchQuery>,
    /// The filter.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
    /// The present instant.
    pub now: Timestamp,
}

/// A search for products.
pub type ProductSearch = Search<ProductFilter, ProductSort>;
/// A search for suppliers.
pub type SupplierSearch = Search<SupplierFilter, SupplierSort>;

/// One value by which a search can be narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value, as the filter takes it.
    pub value: String,
    /// The value for people.
    pub label: String,
    /// How many of the found rows have it.
    pub count: i64,
}

/// The values of one property among the rows found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Which property.
    pub kind: FacetKind,
    /// The values, most frequent first.
    pub values: Vec<FacetValue>,
}

words! {
    /// By which property a search can be narrowed.
    FacetKind {
        /// The supplier's badges.
        Badge => "BADGE",
        /// The supplier's specialisation.
        Specialisation => "SPECIALISATION",
        /// The supplier's country.
        Country => "COUNTRY",
        /// The product's category.
        Category => "CATEGORY",
        /// The supplier's management standards.
        ManagementCertification => "MANAGEMENT_CERTIFICATION",
        /// The standards that the product is certified by.
        ProductCertification => "PRODUCT_CERTIFICATION",
        /// Guaranteed terms.
        Guaranteed => "GUARANTEED",
        /// The Easy Return mark.
        EasyReturn => "EASY_RETURN",
        /// A sample offer.
        SampleAvailable => "SAMPLE_AVAILABLE",
        /// The least average score.
        Rating => "RATING",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        let found: Vec<_> = tokens("Crème-brûlée Löffel, STRASSE/Straße №5 茶杯 (M8×20)").collect();
        assert_eq!(found, ["creme", "brulee", "loffel", "strasse", "strasse", "5", "茶杯", "m8", "20"]);
        assert_eq!(search_terms(["Steel cup", "cup, steel & lid"]), "steel cup lid");
        assert_eq!(SearchQuery::parse("  -- \"' * "), None);
    }

    #[test]
    fn rank_rises_with_scores_and_boost() {
        let rating = |distribution| Rating { distribution };
        assert_eq!(rank_score(Rating::default(), 0), 100);
        assert!(rank_score(rating([0, 0, 0, 0, 50]), 0) > rank_score(rating([0, 0, 0, 0, 1]), 0));
        assert!(rank_score(rating([9, 0, 0, 0, 0]), 0) < 100);
        assert_eq!(rank_score(Rating::default(), VERIFIED_PRO_BOOST), 250);
    }

    proptest! {
        #[test]
        fn any_text_makes_plain_terms(text in any::<String>()) {
            if let Some(query) = SearchQuery::parse(&text) {
                prop_assert!(query.terms().len() <= MAXIMUM_TERMS);
                for term in query.terms() {
                    prop_assert!(!term.is_empty() && term.chars().all(char::is_alphanumeric), "{term:?}");
                }
            }
        }
    }
}
