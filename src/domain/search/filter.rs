//! What a search is narrowed by, and what of it is refused: ranges the wrong way round, values that nothing has.

use crate::domain::badge::BadgeKind;
use crate::domain::country;
use crate::domain::error::{Code, Refusal};
use crate::domain::exchange::Rates;
use crate::domain::ids::{CategoryId, SupplierId};
use crate::domain::ladder::MAXIMUM_QUANTITY;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::product::AfterSalesLabel;
use crate::domain::supplier::Specialisation;
use crate::domain::time::Day;

/// Values of one list at most.
const MAXIMUM_LIST: usize = 50;

/// What must hold of who vetted a supplier, on its own listing or on its products'; everything that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VettingFilter {
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

/// What a product's offer must be, on its own listing or on one of a supplier's; everything that is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OfferFilter {
    /// In this category or below it.
    pub category: Option<CategoryId>,
    /// With Guaranteed terms, or without.
    pub guaranteed: Option<bool>,
    /// With the Easy Return mark, or without.
    pub easy_return: Option<bool>,
    /// With a sample offer, or without.
    pub sample_available: Option<bool>,
    /// Made to specification, or not.
    pub customisable: Option<bool>,
}

/// A price that is acceptable for a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceFilter {
    /// The currency of the bounds.
    pub currency: Currency,
    /// For how many; the product's minimum order quantity if none is given.
    pub quantity: Option<i64>,
    /// The least unit price.
    pub minimum: Option<UnitPrice>,
    /// The highest unit price.
    pub maximum: Option<UnitPrice>,
    /// Whether prices in other currencies are compared by the exchange rates of today; otherwise they do not match.
    pub convert: bool,
}

/// A converted price filter: the bounds in millionths of a dollar, and in those of each currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertedPrice {
    /// The least and the highest price in dollars.
    pub dollars: (i64, i64),
    /// The least and the highest price in each currency that has a rate.
    pub ranges: Vec<(Currency, i64, i64)>,
}

impl PriceFilter {
    /// The bounds in millionths of the filter's currency. The largest number stands for "no price", which is in no
    /// range.
    pub fn bounds(&self) -> (i64, i64) {
        let minimum = self.minimum.map_or(0, UnitPrice::millionths);
        (minimum, self.maximum.map_or(i64::MAX, UnitPrice::millionths).min(i64::MAX - 1))
    }

    /// The bounds by these rates, where the filter asks for it. A filter in a currency without a rate is refused.
    pub fn converted(&self, rates: &Rates) -> Result<ConvertedPrice, Refusal> {
        let refused = || {
            let message = format!("There is no exchange rate of {}. Ask without `convert`.", self.currency);
            Refusal::new(Code::CurrencyMismatch, message).at(&["filter", "price", "currencyCode"])
        };
        let bound = |price: Option<UnitPrice>, otherwise: i64| match price {
            Some(price) => {
                rates.comparable(price, self.currency).map(UnitPrice::millionths).ok_or_else(refused)
            }
            None => Ok(otherwise),
        };
        rates.of(self.currency).ok_or_else(refused)?;
        let dollars = (bound(self.minimum, 0)?, bound(self.maximum, i64::MAX - 1)?);
        let ranges = rates.currencies().map(|(currency, rate)| {
            let (low, high) = Rates::range_in(rate, dollars);
            (currency, low, high.min(i64::MAX - 1))
        });
        Ok(ConvertedPrice { dollars, ranges: ranges.collect() })
    }
}

/// A lead time that is acceptable for a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadTimeFilter {
    /// Days to dispatch at most.
    pub most_days: i64,
    /// For how many; the product's minimum order quantity if none is given.
    pub quantity: Option<i64>,
}

/// Minimum order quantities that are acceptable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuantityFilter {
    /// At least this.
    pub least: Option<i64>,
    /// At most this.
    pub most: Option<i64>,
}

/// Which products; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// What must hold of the supplier; its certificates of product standards must cover the product; the rating
    /// is the product's.
    pub vetting: VettingFilter,
    /// What the offer must be.
    pub offer: OfferFilter,
    /// Only this supplier's.
    pub supplier: Option<SupplierId>,
    /// One of these services after the sale.
    pub after_sales_labels: Vec<AfterSalesLabel>,
    /// With such a price.
    pub price: Option<PriceFilter>,
    /// With such a minimum order quantity.
    pub minimum_order_quantity: Option<QuantityFilter>,
    /// With such a lead time.
    pub lead_time: Option<LeadTimeFilter>,
}

/// Which suppliers; everything that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SupplierFilter {
    /// What must hold of who vetted it; the rating is the store's.
    pub vetting: VettingFilter,
    /// It lists at least one product of which all this holds.
    pub offers: OfferFilter,
    /// Orders dispatched in time, at least this many hundredths of a percent.
    pub minimum_on_time_dispatch: Option<i64>,
    /// Enquiries are answered after at most so many seconds on average.
    pub most_response_seconds: Option<i64>,
    /// Founded at least so many years ago.
    pub least_years: Option<i64>,
}

impl VettingFilter {
    fn check(&self) -> Result<(), Refusal> {
        let lists = [
            ("badges", self.badges.len()),
            ("specialisations", self.specialisations.len()),
            ("countries", self.countries.len()),
            ("managementCertifications", self.management_certifications.len()),
            ("productCertifications", self.product_certifications.len()),
        ];
        if let Some((field, _)) = lists.into_iter().find(|&(_, length)| length > MAXIMUM_LIST) {
            return Err(Refusal::invalid(&["filter", field], "Give at most 50 values."));
        }
        // What a facet offers is accepted, and a supplier whose country is not known has a code, too.
        if let Some(code) = self.countries.iter().find(|code| !country::is_kept(code)) {
            return Err(Refusal::invalid(&["filter", "countries"], format!("{code} is no country.")));
        }
        for (field, standards) in [
            ("managementCertifications", &self.management_certifications),
            ("productCertifications", &self.product_certifications),
        ] {
            if standards.iter().any(|standard| standard.trim().is_empty() || standard.chars().count() > 100) {
                return Err(Refusal::invalid(&["filter", field], "A standard has 1 to 100 characters."));
            }
        }
        if self.minimum_rating_thousandths.is_some_and(|least| least > 5_000) {
            return Err(Refusal::invalid(&["filter", "minimumRating"], "Scores go from 1 to 5."));
        }
        Ok(())
    }
}

impl ProductFilter {
    /// Refuses lists that are longer than any use has, values that nothing can have, and ranges the wrong way round.
    pub fn check(&self) -> Result<(), Refusal> {
        self.vetting.check()?;
        if self.after_sales_labels.len() > MAXIMUM_LIST {
            return Err(Refusal::invalid(&["filter", "afterSalesLabels"], "Give at most 50 values."));
        }
        if let Some(price) = self.price {
            check_quantity(&["filter", "price", "quantity"], price.quantity)?;
            check_range(&["filter", "price", "minimum"], price.minimum, price.maximum)?;
        }
        if let Some(quantity) = self.minimum_order_quantity {
            let path = |end| ["filter", "minimumOrderQuantity", end];
            check_quantity(&path("atLeast"), quantity.least)?;
            check_quantity(&path("atMost"), quantity.most)?;
            check_range(&path("atLeast"), quantity.least, quantity.most)?;
        }
        if let Some(lead) = self.lead_time {
            check_quantity(&["filter", "leadTime", "quantity"], lead.quantity)?;
            if lead.most_days < 0 {
                let message = "Days are counted from 0 on.";
                return Err(Refusal::invalid(&["filter", "leadTime", "daysAtMost"], message));
            }
        }
        Ok(())
    }
}

impl SupplierFilter {
    /// Refuses lists that are longer than any use has and values that nothing can have.
    pub fn check(&self) -> Result<(), Refusal> {
        self.vetting.check()?;
        let refuse = |field: &str, message: &str| Err(Refusal::invalid(&["filter", field], message));
        if self.minimum_on_time_dispatch.is_some_and(|least| least > 10_000) {
            return refuse("onTimeDispatchPercentAtLeast", "A percentage goes from 0 to 100.");
        }
        if self.most_response_seconds.is_some_and(|most| most < 0) {
            return refuse("responseTimeAtMost", "A time is no less than nothing.");
        }
        if self.least_years.is_some_and(|years| !(0..=1_000).contains(&years)) {
            return refuse("yearsEstablishedAtLeast", "Years are counted from 0 to 1000.");
        }
        Ok(())
    }
}

fn check_quantity(path: &[&str], quantity: Option<i64>) -> Result<(), Refusal> {
    match quantity {
        Some(quantity) if !(1..=MAXIMUM_QUANTITY).contains(&quantity) => {
            Err(Refusal::invalid(path, format!("A quantity is 1 to {MAXIMUM_QUANTITY}.")))
        }
        _ => Ok(()),
    }
}

fn check_range<T: Ord>(path: &[&str], least: Option<T>, most: Option<T>) -> Result<(), Refusal> {
    match (least, most) {
        (Some(least), Some(most)) if least > most => Err(Refusal::invalid(
            path,
            "The range is the wrong way round: its least value is above its highest.",
        )),
        _ => Ok(()),
    }
}
