//! The filters of searches.

use async_graphql::{ID, InputObject};

use super::words::{AfterSalesLabel, BadgeKind, Specialisation};
use crate::domain::error::Refusal;
use crate::domain::money::UnitPrice;
use crate::domain::search;
use crate::graphql::scalars::{CountryCode, CurrencyCode, Date, Decimal, Duration};

/// Which products. Everything that is said must hold; a list of badges or certifications means all of them, a list of
/// countries, specialisations or labels one of them. Ranges the wrong way round are refused with `INVALID_INPUT`.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ProductFilterInput {
    /// Badges that must be in force: the supplier's, or `GUARANTEED` and `EASY_RETURN` of the product.
    /// `VERIFIED` includes `VERIFIED_PRO`. At most 50.
    badges: Option<Vec<BadgeKind>>,
    /// The supplier has one of these specialisations; manufacturers are `CUSTOM_MANUFACTURER`. At most 50.
    specialisations: Option<Vec<Specialisation>>,
    /// The supplier sits in one of these countries; `ZZ` are those whose country is not known. At most 50; a code of no
    /// country is refused.
    countries: Option<Vec<CountryCode>>,
    /// The supplier holds a certificate of each of these standards, such as `ISO 9001`, valid on `certifiedOn`. At most 50.
    /// Spelled as on the certificate, as the facets have them.
    management_certifications: Option<Vec<String>>,
    /// The product is covered by a certificate of each of these standards, such as `CE`, valid on `certifiedOn`. At most 50.
    /// Spelled as on the certificate, as the facets have them.
    product_certifications: Option<Vec<String>>,
    /// The day on which certificates must be valid; today if none is given.
    certified_on: Option<Date>,
    /// The least average score, such as `4.5`; at most 5.
    minimum_rating: Option<Decimal>,
    /// Only this supplier's.
    supplier_id: Option<ID>,
    /// With Guaranteed terms, or without.
    guaranteed: Option<bool>,
    /// With the Easy Return mark, or without.
    easy_return: Option<bool>,
    /// With a sample offer, or without.
    sample_available: Option<bool>,
    /// Made to specification, or not.
    customisable: Option<bool>,
    /// In this category or below it. A category that does not exist is refused.
    category_id: Option<ID>,
    /// With one of these services after the sale. At most 50.
    after_sales_labels: Option<Vec<AfterSalesLabel>>,
    /// With such a unit price.
    price: Option<PriceFilterInput>,
    /// With such a minimum order quantity.
    minimum_order_quantity: Option<QuantityFilterInput>,
    /// With such a lead time.
    lead_time: Option<LeadTimeFilterInput>,
}

/// A unit price that is acceptable; both bounds are included.
#[derive(Debug, Clone, InputObject)]
pub struct PriceFilterInput {
    /// The currency of the bounds.
    currency_code: CurrencyCode,
    /// The price is the one for that many; for the product's minimum order quantity if none is given. 1 to 1000000000.
    quantity: Option<i32>,
    /// The least unit price, in major units, with up to six decimals.
    minimum: Option<Decimal>,
    /// The highest unit price, in major units, with up to six decimals; not below `minimum`.
    maximum: Option<Decimal>,
    /// Compare prices in other currencies by the exchange rates of today, in millionths of a dollar; those without a rate do
    /// not match, and `priceComparison` says how many there are. Otherwise only prices in `currencyCode` match.
    #[graphql(default)]
    convert: bool,
}

/// A minimum order quantity that is acceptable; both bounds are included.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct QuantityFilterInput {
    /// At least this, from 1 on.
    at_least: Option<i32>,
    /// At most this; not below `atLeast`.
    at_most: Option<i32>,
}

/// A lead time that is acceptable.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct LeadTimeFilterInput {
    /// Days from payment to dispatch, at most; a product without a promise does not match.
    days_at_most: i32,
    /// The lead time is the one for that many; for the product's minimum order quantity if none is given.
    quantity: Option<i32>,
}

/// Which suppliers. Everything that is said must hold; a list of badges or certifications means all of them, a list of
/// countries or specialisations one of them.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SupplierFilterInput {
    /// Badges that must be in force. `VERIFIED` includes `VERIFIED_PRO`. At most 50.
    badges: Option<Vec<BadgeKind>>,
    /// It has one of these specialisations; manufacturers are `CUSTOM_MANUFACTURER`. At most 50.
    specialisations: Option<Vec<Specialisation>>,
    /// It sits in one of these countries; `ZZ` are those whose country is not known. At most 50; a code of no country is
    /// refused.
    countries: Option<Vec<CountryCode>>,
    /// It holds a certificate of each of these standards, such as `ISO 9001`, valid on `certifiedOn`. At most 50. Spelled as on
    /// the certificate, as the facets have them.
    management_certifications: Option<Vec<String>>,
    /// It holds a certificate of each of these standards, such as `CE`, valid on `certifiedOn`. At most 50. Spelled as on the
    /// certificate, as the facets have them.
    product_certifications: Option<Vec<String>>,
    /// The day on which certificates must be valid; today if none is given.
    certified_on: Option<Date>,
    /// The least average score of the store, such as `4.5`; at most 5.
    minimum_rating: Option<Decimal>,
    /// It lists a product with Guaranteed terms, or without. What is said of products must hold of one and the same.
    guaranteed: Option<bool>,
    /// It lists a product with the Easy Return mark, or without.
    easy_return: Option<bool>,
    /// It lists a product with a sample offer, or without.
    sample_available: Option<bool>,
    /// It lists a product that is made to specification, or not.
    customisable: Option<bool>,
    /// It lists a product in this category or below it. A category that does not exist is refused.
    category_id: Option<ID>,
    /// Orders dispatched in time, in percent of all dispatched, at least this, such as `95` or `99.5`; without a dispatch it
    /// does not match.
    on_time_dispatch_percent_at_least: Option<Decimal>,
    /// Enquiries are answered after at most this time on average, such as `PT6H`; without an answer it does not match.
    response_time_at_most: Option<Duration>,
    /// Founded at least so many years ago; without a known day it does not match.
    years_established_at_least: Option<i32>,
}

impl ProductFilterInput {
    /// The filter in the domain's terms; an id or decimal that is none is refused.
    pub(super) fn read(self) -> Result<search::ProductFilter, Refusal> {
        Ok(search::ProductFilter {
            vetting: search::VettingFilter {
                badges: words(self.badges),
                specialisations: words(self.specialisations),
                countries: self.countries.unwrap_or_default().into_iter().map(|country| country.0).collect(),
                management_certifications: self.management_certifications.unwrap_or_default(),
                product_certifications: self.product_certifications.unwrap_or_default(),
                certified_on: self.certified_on.map(|day| day.0),
                minimum_rating_thousandths: least_score(self.minimum_rating)?,
            },
            offer: search::OfferFilter {
                category: id("categoryId", self.category_id.as_ref())?,
                guaranteed: self.guaranteed,
                easy_return: self.easy_return,
                sample_available: self.sample_available,
                customisable: self.customisable,
            },
            supplier: id("supplierId", self.supplier_id.as_ref())?,
            after_sales_labels: words(self.after_sales_labels),
            price: self.price.map(PriceFilterInput::read).transpose()?,
            minimum_order_quantity: self.minimum_order_quantity.map(|quantity| search::QuantityFilter {
                least: quantity.at_least.map(i64::from),
                most: quantity.at_most.map(i64::from),
            }),
            lead_time: self.lead_time.map(|lead| search::LeadTimeFilter {
                most_days: lead.days_at_most.into(),
                quantity: lead.quantity.map(i64::from),
            }),
        })
    }
}

impl PriceFilterInput {
    fn read(self) -> Result<search::PriceFilter, Refusal> {
        Ok(search::PriceFilter {
            currency: self.currency_code.0,
            quantity: self.quantity.map(i64::from),
            minimum: decimal(&["filter", "price", "minimum"], self.minimum)?,
            maximum: decimal(&["filter", "price", "maximum"], self.maximum)?,
            convert: self.convert,
        })
    }
}

impl SupplierFilterInput {
    /// The filter in the domain's terms; an id or decimal that is none is refused.
    pub(super) fn read(self) -> Result<search::SupplierFilter, Refusal> {
        let path = ["filter", "onTimeDispatchPercentAtLeast"];
        let on_time = decimal(&path, self.on_time_dispatch_percent_at_least)?;
        Ok(search::SupplierFilter {
            vetting: search::VettingFilter {
                badges: words(self.badges),
                specialisations: words(self.specialisations),
                countries: self.countries.unwrap_or_default().into_iter().map(|country| country.0).collect(),
                management_certifications: self.management_certifications.unwrap_or_default(),
                product_certifications: self.product_certifications.unwrap_or_default(),
                certified_on: self.certified_on.map(|day| day.0),
                minimum_rating_thousandths: least_score(self.minimum_rating)?,
            },
            offers: search::OfferFilter {
                category: id("categoryId", self.category_id.as_ref())?,
                guaranteed: self.guaranteed,
                easy_return: self.easy_return,
                sample_available: self.sample_available,
                customisable: self.customisable,
            },
            // What lies between two hundredths of a percent is asked for by the upper one.
            minimum_on_time_dispatch: on_time
                .map(|percent| (percent.millionths().saturating_add(9_999)) / 10_000),
            most_response_seconds: self.response_time_at_most.map(|time| time.0.as_seconds()),
            least_years: self.years_established_at_least.map(i64::from),
        })
    }
}

fn words<T, Word: From<T>>(given: Option<Vec<T>>) -> Vec<Word> {
    given.unwrap_or_default().into_iter().map(Into::into).collect()
}

/// A score in thousandths; what lies between two is asked for by the upper one.
fn least_score(given: Option<Decimal>) -> Result<Option<i64>, Refusal> {
    let score = decimal(&["filter", "minimumRating"], given)?;
    Ok(score.map(|score| score.millionths().saturating_add(999) / 1_000))
}

fn id<Id: std::str::FromStr>(field: &str, id: Option<&ID>) -> Result<Option<Id>, Refusal> {
    let read = |id: &ID| {
        id.parse().map_err(|_| Refusal::invalid(&["filter", field], "This is not an id of the right type."))
    };
    id.map(read).transpose()
}

fn decimal(path: &[&str], text: Option<Decimal>) -> Result<Option<UnitPrice>, Refusal> {
    let read = |text: Decimal| {
        UnitPrice::parse(&text.0)
            .map_err(|_| Refusal::invalid(path, "Write a decimal of 0 or more with at most six digits."))
    };
    text.map(read).transpose()
}
