//! Searching: words, filters, orders of the results, facets, and how a rank comes about.
//!
//! Both databases index the same tokens in the same places and rank by the same whole numbers, so they find the same
//! rows in the same order (`docs/SEARCH.md`).

mod facet;
mod filter;
mod spelling;
mod text;

pub use facet::{
    COUNTED_ROWS, Facet, FacetKind, FacetValue, LEAD_DAYS, PriceRange, QUANTITIES, RATINGS, chosen,
};
pub use filter::{
    ConvertedPrice, LeadTimeFilter, OfferFilter, PriceFilter, ProductFilter, QuantityFilter, SupplierFilter,
    VettingFilter,
};
pub use spelling::{MAXIMUM_CORRECTIONS, is_correctable, nearest, tolerance};
pub use text::{Clause, SearchQuery, search_terms, tokens, vocabulary};

use super::review::Rating;
use super::time::Timestamp;
use super::words::words;

/// Points for a clause of the query found in the title.
pub const TITLE_POINTS: i64 = 1_000;
/// Points for a clause of the query found elsewhere.
pub const TEXT_POINTS: i64 = 300;
/// Points that a Verified Pro supplier adds to its own rank and to its products'.
pub const VERIFIED_PRO_BOOST: i64 = 150;
/// Points between the best and the worst rated.
const RATING_POINTS: i64 = 200;
/// Scores of the middle that stand in for those that a new product does not have yet.
const PRIOR_SCORES: i64 = 5;

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
        /// The lowest price at the minimum order quantity first, compared in dollars; then those whose currency has no
        /// exchange rate, by currency and price; without a price last.
        PriceLowFirst => "PRICE_LOW_FIRST",
        /// The highest price at the minimum order quantity first, compared in dollars; then those whose currency has
        /// no exchange rate; without a price last.
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
        /// The most orders dispatched in time first; without a dispatch last.
        OnTimeDispatch => "ON_TIME_DISPATCH",
        /// The quickest answers first; without an answer last.
        ResponseTime => "RESPONSE_TIME",
        /// The longest established first; unknown ones last.
        Established => "ESTABLISHED",
    }
}

/// A search: words, filter, and the instant at which badges and certificates must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search<Filter, Sort> {
    /// The words, where there are any.
    pub query: Option<SearchQuery>,
    /// What was searched for instead, where a word of the query is nowhere.
    pub corrected: Option<SearchQuery>,
    /// The filter.
    pub filter: Filter,
    /// The filter's price in all currencies, where it asks for conversion.
    pub converted: Option<ConvertedPrice>,
    /// The order.
    pub sort: Sort,
    /// The present instant.
    pub now: Timestamp,
}

impl<Filter, Sort> Search<Filter, Sort> {
    /// The words that rows are found by.
    pub const fn words(&self) -> Option<&SearchQuery> {
        match &self.corrected {
            Some(corrected) => Some(corrected),
            None => self.query.as_ref(),
        }
    }
}

/// A search for products.
pub type ProductSearch = Search<ProductFilter, ProductSort>;
/// A search for suppliers.
pub type SupplierSearch = Search<SupplierFilter, SupplierSort>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_rises_with_scores_and_boost() {
        let rating = |distribution| Rating { distribution };
        assert_eq!(rank_score(Rating::default(), 0), 100);
        assert!(rank_score(rating([0, 0, 0, 0, 50]), 0) > rank_score(rating([0, 0, 0, 0, 1]), 0));
        assert!(rank_score(rating([9, 0, 0, 0, 0]), 0) < 100);
        assert_eq!(rank_score(Rating::default(), VERIFIED_PRO_BOOST), 250);
    }
}
