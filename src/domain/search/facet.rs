//! Facets: by what a search can be narrowed, with counts that stay un-narrowed for their own dimension.

use super::{ProductFilter, SupplierFilter, VettingFilter};
use crate::domain::error::Refusal;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::words::words;

/// Kinds that one request names at most.
pub const MAXIMUM_KINDS: usize = 20;
/// Rows that are counted at most. A search that finds more has facets that say "at least": the request stays quick
/// whatever it asks for (`docs/SEARCH.md`).
pub const COUNTED_ROWS: i64 = 20_000;

/// Average scores by which a search can be narrowed, in thousandths with the filter's decimal.
pub const RATINGS: [(i64, &str); 3] = [(4_500, "4.5"), (4_000, "4"), (3_000, "3")];
/// Minimum order quantities by which a search can be narrowed.
pub const QUANTITIES: [i64; 4] = [1, 10, 100, 1_000];
/// Lead times in days by which a search can be narrowed.
pub const LEAD_DAYS: [i64; 4] = [3, 7, 15, 30];
/// Where one range of prices ends and the next begins, in whole dollars.
pub const PRICE_BOUNDS: [i64; 4] = [1, 10, 100, 1_000];

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
        /// Made to specification.
        Customisable => "CUSTOMISABLE",
        /// The service after the sale.
        AfterSales => "AFTER_SALES",
        /// The least average score.
        Rating => "RATING",
        /// The price at the minimum order quantity, compared in dollars.
        Price => "PRICE",
        /// The minimum order quantity.
        MinimumOrderQuantity => "MINIMUM_ORDER_QUANTITY",
        /// The lead time at the minimum order quantity.
        LeadTime => "LEAD_TIME",
    }
}

impl FacetKind {
    /// Whether suppliers have it.
    pub const fn is_of_suppliers(self) -> bool {
        match self {
            Self::Badge
            | Self::Specialisation
            | Self::Country
            | Self::ManagementCertification
            | Self::ProductCertification
            | Self::Rating => true,
            Self::Category
            | Self::Guaranteed
            | Self::EasyReturn
            | Self::SampleAvailable
            | Self::Customisable
            | Self::AfterSales
            | Self::Price
            | Self::MinimumOrderQuantity
            | Self::LeadTime => false,
        }
    }
}

impl FacetKind {
    /// Whether its values are steps of one measure, which stand in their order.
    pub const fn is_in_steps(self) -> bool {
        matches!(self, Self::Rating | Self::Price | Self::MinimumOrderQuantity | Self::LeadTime)
    }
}

/// The facets that a request names: all where it names none. Too many are refused, and of suppliers those of
/// products.
pub fn chosen(kinds: Option<Vec<FacetKind>>, of_suppliers: bool) -> Result<Vec<FacetKind>, Refusal> {
    let fits = |kind: &FacetKind| kind.is_of_suppliers() || !of_suppliers;
    let Some(mut kinds) = kinds else {
        return Ok(FacetKind::ALL.iter().copied().filter(fits).collect());
    };
    if kinds.len() > MAXIMUM_KINDS {
        return Err(Refusal::invalid(&["kinds"], "Ask for at most 20 facets at once."));
    }
    if let Some(kind) = kinds.iter().find(|kind| !fits(kind)) {
        return Err(Refusal::invalid(&["kinds"], format!("Suppliers have no facet {kind}.")));
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// A range of prices in dollars, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRange {
    /// The least price.
    pub minimum: UnitPrice,
    /// The highest price; none without an end.
    pub maximum: Option<UnitPrice>,
}

impl PriceRange {
    /// The ranges, lowest first; together they hold every price once.
    pub fn all() -> impl Iterator<Item = Self> {
        let dollars = |whole: i64| UnitPrice::from_millionths(whole * 1_000_000).ok();
        let below = |whole: i64| UnitPrice::from_millionths(whole * 1_000_000 - 1).ok();
        let starts = [0].into_iter().chain(PRICE_BOUNDS);
        let ends = PRICE_BOUNDS.into_iter().map(Some).chain([None]);
        starts.zip(ends).filter_map(move |(start, end)| {
            Some(Self { minimum: dollars(start)?, maximum: end.and_then(below) })
        })
    }

    /// The range for people.
    pub fn label(&self) -> String {
        let from = self.minimum.decimal(0);
        match self.maximum.and_then(|price| UnitPrice::from_millionths(price.millionths() + 1).ok()) {
            Some(end) => format!("US${from} to below US${}", end.decimal(0)),
            None => format!("US${from} and more"),
        }
    }

    /// The range as a word: `1-9.999999`, `1000-`.
    pub fn word(&self) -> String {
        format!(
            "{}-{}",
            self.minimum.decimal(0),
            self.maximum.map_or(String::new(), |price| price.decimal(0))
        )
    }
}

/// One value by which a search can be narrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value, as the filter takes it.
    pub value: String,
    /// The value for people.
    pub label: String,
    /// How many of the rows have it that everything else in the filter finds.
    pub count: i64,
    /// Whether the filter asks for it.
    pub is_selected: bool,
}

/// The values of one property among the rows found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// Which property.
    pub kind: FacetKind,
    /// The values, most frequent first; ranges in their order.
    pub values: Vec<FacetValue>,
    /// Whether the counts are exact; otherwise there are at least so many.
    pub is_exact: bool,
}

impl VettingFilter {
    /// Whether the filter asks for a value; none where it is not this part of the filter that says so.
    fn selects(&self, kind: FacetKind, value: &str) -> Option<bool> {
        match kind {
            FacetKind::Badge
            | FacetKind::Specialisation
            | FacetKind::Country
            | FacetKind::ManagementCertification
            | FacetKind::ProductCertification => Some(self.asked(kind).iter().any(|known| known == value)),
            FacetKind::Rating => {
                let known = RATINGS.iter().find(|(_, word)| *word == value).map(|(least, _)| *least);
                Some(known.is_some() && known == self.minimum_rating_thousandths)
            }
            FacetKind::Category
            | FacetKind::Guaranteed
            | FacetKind::EasyReturn
            | FacetKind::SampleAvailable
            | FacetKind::Customisable
            | FacetKind::AfterSales
            | FacetKind::Price
            | FacetKind::MinimumOrderQuantity
            | FacetKind::LeadTime => None,
        }
    }

    /// The values that the filter asks for of a facet that has no list of values: they stay in sight although no row has
    /// them.
    pub fn asked(&self, kind: FacetKind) -> Vec<String> {
        match kind {
            FacetKind::Badge => self.badges.iter().map(ToString::to_string).collect(),
            FacetKind::Specialisation => self.specialisations.iter().map(ToString::to_string).collect(),
            FacetKind::Country => self.countries.clone(),
            FacetKind::ManagementCertification => self.management_certifications.clone(),
            FacetKind::ProductCertification => self.product_certifications.clone(),
            // The statement counts these whether a row has them or not.
            FacetKind::Category
            | FacetKind::Guaranteed
            | FacetKind::EasyReturn
            | FacetKind::SampleAvailable
            | FacetKind::Customisable
            | FacetKind::AfterSales
            | FacetKind::Rating
            | FacetKind::Price
            | FacetKind::MinimumOrderQuantity
            | FacetKind::LeadTime => Vec::new(),
        }
    }
}

impl ProductFilter {
    /// Whether the filter asks for a value of a facet.
    pub fn selects(&self, kind: FacetKind, value: &str) -> bool {
        if let Some(answer) = self.vetting.selects(kind, value) {
            return answer;
        }
        match kind {
            FacetKind::Category => self.offer.category.is_some_and(|id| id.to_string() == value),
            FacetKind::Guaranteed => self.offer.guaranteed == Some(true),
            FacetKind::EasyReturn => self.offer.easy_return == Some(true),
            FacetKind::SampleAvailable => self.offer.sample_available == Some(true),
            FacetKind::Customisable => self.offer.customisable == Some(true),
            FacetKind::AfterSales => self.after_sales_labels.iter().any(|label| label.as_str() == value),
            FacetKind::Price => self.price.is_some_and(|price| {
                let range =
                    PriceRange { minimum: price.minimum.unwrap_or(UnitPrice::ZERO), maximum: price.maximum };
                price.currency == Currency::USD
                    && price.convert
                    && price.quantity.is_none()
                    && range.word() == value
            }),
            FacetKind::MinimumOrderQuantity => self.minimum_order_quantity.is_some_and(|quantity| {
                quantity.least.is_none() && quantity.most.is_some_and(|most| most.to_string() == value)
            }),
            FacetKind::LeadTime => self
                .lead_time
                .is_some_and(|lead| lead.quantity.is_none() && lead.most_days.to_string() == value),
            FacetKind::Badge
            | FacetKind::Specialisation
            | FacetKind::Country
            | FacetKind::ManagementCertification
            | FacetKind::ProductCertification
            | FacetKind::Rating => false,
        }
    }
}

impl SupplierFilter {
    /// Whether the filter asks for a value of a facet.
    pub fn selects(&self, kind: FacetKind, value: &str) -> bool {
        self.vetting.selects(kind, value).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_prices_hold_every_price_once() {
        let words: Vec<_> = PriceRange::all().map(|range| range.word()).collect();
        assert_eq!(words, ["0-0.999999", "1-9.999999", "10-99.999999", "100-999.999999", "1000-"]);
    }

    #[test]
    fn facets_are_chosen_within_bounds() {
        assert_eq!(chosen(None, false).unwrap().len(), FacetKind::ALL.len());
        assert!(chosen(None, true).unwrap().len() < FacetKind::ALL.len());
        assert_eq!(chosen(Some(vec![FacetKind::Country; 3]), true).unwrap(), [FacetKind::Country]);
        assert!(chosen(Some(vec![FacetKind::Country; 100]), false).is_err());
        assert!(chosen(Some(vec![FacetKind::Price]), true).is_err());
    }
}
