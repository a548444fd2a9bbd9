//! The filters of searches.

use async_graphql::{ID, InputObject};

use super::words::{BadgeKind, Specialisation};
use crate::domain::error::Refusal;
use crate::domain::money::UnitPrice;
use crate::domain::search;
use crate::graphql::scalars::{CountryCode, CurrencyCode, Date, Decimal};

/// Which products. Everything that is said must hold; a list of badges or certifications means all of them, a list of
/// countries or specialisations one of them.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ProductFilter {
    /// Badges that must be in force: the supplier's, or `GUARANTEED` and `EASY_RETURN` of the product.
    /// `VERIFIED` includes `VERIFIED_PRO`.
    badges: Option<Vec<BadgeKind>>,
    /// The supplier has one of these specialisations.
    specialisations: Option<Vec<Specialisation>>,
    /// The supplier sits in one of these countries.
    countries: Option<Vec<CountryCode>>,
    /// The supplier holds a certificate of each of these standards, such as `ISO 9001`, valid on `certifiedOn`.
    management_certifications: Option<Vec<String>>,
    /// The product is covered by a certificate of each of these standards, such as `CE`, valid on `certifiedOn`.
    product_certifications: Option<Vec<String>>,
    /// The day on which certificates must be valid; today if none is given.
    certified_on: Option<Date>,
    /// The least average score, such as `4.5`.
    minimum_rating: Option<Decimal>,
    /// Only this supplier's.
    supplier_id: Option<ID>,
    /// With Guaranteed terms, or without.
    guaranteed: Option<bool>,
    /// With the Easy Return mark, or without.
    easy_return: Option<bool>,
    /// With a sample offer, or without.
    sample_available: Option<bool>,
    /// In this category or below it.
    category_id: Option<ID>,
    /// With such a unit price.
    price: Option<PriceFilter>,
    /// The minimum order quantity is at most this.
    minimum_order_quantity_at_most: Option<i32>,
    /// The lead time at the minimum order quantity is at most that many days.
    lead_time_days_at_most: Option<i32>,
}

/// A unit price that is acceptable.
#[derive(Debug, Clone, InputObject)]
pub struct PriceFilter {
    /// The currency; prices in others do not match.
    currency_code: CurrencyCode,
    /// The price is the one for that many; for the product's minimum order quantity if none is given.
    quantity: Option<i32>,
    /// The least unit price, in major units.
    minimum: Option<Decimal>,
    /// The highest unit price, in major units.
    maximum: Option<Decimal>,
}

/// Which suppliers. Everything that is said must hold; a list of badges or certifications means all of them, a list of
/// countries or specialisations one of them.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SupplierFilter {
    /// Badges that must be in force. `VERIFIED` includes `VERIFIED_PRO`.
    badges: Option<Vec<BadgeKind>>,
    /// It has one of these specialisations.
    specialisations: Option<Vec<Specialisation>>,
    /// It sits in one of these countries.
    countries: Option<Vec<CountryCode>>,
    /// It holds a certificate of each of these management standards, such as `ISO 9001`, valid on `certifiedOn`.
    management_certifications: Option<Vec<String>>,
    /// It holds a certificate of each of these product standards, such as `CE`, valid on `certifiedOn`.
    product_certifications: Option<Vec<String>>,
    /// The day on which certificates must be valid; today if none is given.
    certified_on: Option<Date>,
    /// The least average score of the store, such as `4.5`.
    minimum_rating: Option<Decimal>,
}

impl ProductFilter {
    /// The filter in the domain's terms; an id or decimal that is none is refused.
    pub(super) fn read(self) -> Result<search::ProductFilter, Refusal> {
        let supplier = SupplierFilter {
            badges: self.badges,
            specialisations: self.specialisations,
            countries: self.countries,
            management_certifications: self.management_certifications,
            product_certifications: self.product_certifications,
            certified_on: self.certified_on,
            minimum_rating: self.minimum_rating,
        };
        Ok(search::ProductFilter {
            supplier: supplier.read()?,
            supplier_id: id("supplierId", self.supplier_id.as_ref())?,
            guaranteed: self.guaranteed,
            easy_return: self.easy_return,
            sample_available: self.sample_available,
            category: id("categoryId", self.category_id.as_ref())?,
            price: self.price.map(PriceFilter::read).transpose()?,
            maximum_minimum_order_quantity: self.minimum_order_quantity_at_most.map(i64::from),
            maximum_lead_days: self.lead_time_days_at_most.map(i64::from),
        })
    }
}

impl PriceFilter {
    fn read(self) -> Result<search::PriceFilter, Refusal> {
        if self.quantity.is_some_and(|quantity| quantity < 1) {
            return Err(Refusal::invalid(&["filter", "price", "quantity"], "A quantity is 1 or more."));
        }
        Ok(search::PriceFilter {
            currency: self.currency_code.0,
            quantity: self.quantity.map(i64::from),
            minimum: decimal(&["filter", "price", "minimum"], self.minimum)?,
            maximum: decimal(&["filter", "price", "maximum"], self.maximum)?,
        })
    }
}

impl SupplierFilter {
    /// The filter in the domain's terms; a decimal that is none is refused.
    pub(super) fn read(self) -> Result<search::SupplierFilter, Refusal> {
        let least = decimal(&["filter", "minimumRating"], self.minimum_rating)?;
        Ok(search::SupplierFilter {
            badges: self.badges.unwrap_or_default().into_iter().map(Into::into).collect(),
            specialisations: self.specialisations.unwrap_or_default().into_iter().map(Into::into).collect(),
            countries: self.countries.unwrap_or_default().into_iter().map(|country| country.0).collect(),
            management_certifications: self.management_certifications.unwrap_or_default(),
            product_certifications: self.product_certifications.unwrap_or_default(),
            certified_on: self.certified_on.map(|day| day.0),
            minimum_rating_thousandths: least.map(|score| score.millionths() / 1_000),
        })
    }
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
