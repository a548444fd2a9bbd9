//! Rows of categories, suppliers, products and their ladders.

use super::cells::{Amount, Cells};
use super::{Fault, FileKind, Item, Row};
use crate::domain::country;
use crate::domain::ladder::MAXIMUM_QUANTITY;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::product::{AfterSalesLabel, AfterSalesService, Attribute, GuaranteedTerms, ProductStatus};
use crate::domain::supplier::Specialisation;
use crate::domain::time::{Day, Timestamp};

/// A row of `categories`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRow {
    /// The source's id.
    pub category: String,
    /// The source's id of the category above, which stands before it.
    pub parent: Option<String>,
    /// The name.
    pub name: String,
}

impl Item for CategoryRow {
    const FILE: FileKind = FileKind::Categories;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let category = cells.required_reference("category");
        let parent = cells.reference("parent");
        let name = cells.required_text("name", 200);
        let value = category.zip(name).map(|(category, name)| Self { category, parent, name });
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.category]
    }
}

/// A row of `suppliers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupplierRow {
    /// The source's id.
    pub supplier: String,
    /// The legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2; `ZZ` where it is not known.
    pub country: String,
    /// What it is good at.
    pub specialisation: Option<Specialisation>,
    /// Itself in its own words.
    pub description: String,
    /// The day of its founding.
    pub established_on: Option<Day>,
    /// Why it no longer sells.
    pub suspended_reason: Option<String>,
    /// Since when it is on record; now where that is not known.
    pub created_at: Option<Timestamp>,
}

impl Item for SupplierRow {
    const FILE: FileKind = FileKind::Suppliers;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let supplier = cells.required_reference("supplier");
        let name = cells.required_text("name", 200);
        if name.as_ref().is_some_and(|name| name.trim().is_empty() || name.chars().any(char::is_control)) {
            cells.fault("name", "A name has 1 to 200 characters and no control characters.");
        }
        if row.get("country").is_none() {
            cells.warn("country", format!("The country is not stated; {} stands for it.", country::UNKNOWN));
        }
        let country = cells.country("country").unwrap_or_else(|| country::UNKNOWN.to_owned());
        let words: Vec<_> = Specialisation::ALL.iter().map(|word| word.as_str()).collect();
        let specialisation = cells.word("specialisation", &words);
        let description = cells.text("description", 10_000).unwrap_or_default();
        let established_on = cells.past_day("established_on");
        let suspended_reason = cells.text("suspended_reason", 1_000);
        let created_at = cells.past("created_at");
        let value = supplier.zip(name).map(|(supplier, name)| Self {
            supplier,
            name,
            country,
            specialisation,
            description,
            established_on,
            suspended_reason,
            created_at,
        });
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.supplier]
    }
}

/// The offer to buy a sample, as a row of `products` states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleRow {
    /// What one costs.
    pub price: Amount,
    /// The largest quantity.
    pub maximum_quantity: i64,
    /// Days from payment to dispatch.
    pub lead_days: i64,
}

/// A row of `products`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// The source's id of the supplier.
    pub supplier: String,
    /// The source's id, unique per supplier.
    pub product: String,
    /// The source's id of its category.
    pub category: Option<String>,
    /// The title.
    pub title: String,
    /// The description.
    pub description: String,
    /// Named properties.
    pub attributes: Vec<Attribute>,
    /// What a quantity counts.
    pub unit: String,
    /// The currency of all its prices.
    pub currency: Currency,
    /// The least quantity of an order.
    pub minimum_order_quantity: i64,
    /// Quantities are multiples of it.
    pub order_increment: i64,
    /// Whether it is offered.
    pub status: ProductStatus,
    /// Whether it is made to specification.
    pub customisable: bool,
    /// Whether it carries the Easy Return mark.
    pub easy_return: bool,
    /// Guaranteed terms.
    pub guaranteed: Option<GuaranteedTerms>,
    /// The promised service after the sale.
    pub after_sales: Option<AfterSalesService>,
    /// The offer to buy a sample.
    pub sample: Option<SampleRow>,
    /// Since when it is on record; now where that is not known.
    pub created_at: Option<Timestamp>,
}

impl Item for ProductRow {
    const FILE: FileKind = FileKind::Products;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let supplier = cells.required_reference("supplier");
        let product = cells.required_reference("product");
        let title = cells.required_text("title", 300);
        let currency = cells.required_currency("currency");
        let words: Vec<_> = ProductStatus::ALL.iter().map(|word| word.as_str()).collect();
        let rest = Rest {
            category: cells.reference("category"),
            description: cells.text("description", 20_000).unwrap_or_default(),
            attributes: attributes(&mut cells),
            unit: cells.text("unit", 40).unwrap_or_else(|| "piece".to_owned()),
            minimum_order_quantity: cells.integer("minimum_order_quantity", 1, MAXIMUM_QUANTITY).unwrap_or(1),
            order_increment: cells.integer("order_increment", 1, MAXIMUM_QUANTITY).unwrap_or(1),
            status: cells.word("status", &words).unwrap_or(ProductStatus::Published),
            customisable: cells.boolean("customisable").unwrap_or(false),
            easy_return: cells.boolean("easy_return").unwrap_or(false),
            guaranteed: guaranteed(&mut cells),
            after_sales: after_sales(&mut cells),
            sample: sample(&mut cells),
            created_at: cells.past("created_at"),
        };
        let value = match (supplier, product, title, currency) {
            (Some(supplier), Some(product), Some(title), Some(currency)) => {
                Some(rest.with(supplier, product, title, currency))
            }
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.supplier, &self.product]
    }
}

/// A product row but for the columns that it needs.
struct Rest {
    category: Option<String>,
    description: String,
    attributes: Vec<Attribute>,
    unit: String,
    minimum_order_quantity: i64,
    order_increment: i64,
    status: ProductStatus,
    customisable: bool,
    easy_return: bool,
    guaranteed: Option<GuaranteedTerms>,
    after_sales: Option<AfterSalesService>,
    sample: Option<SampleRow>,
    created_at: Option<Timestamp>,
}

impl Rest {
    fn with(self, supplier: String, product: String, title: String, currency: Currency) -> ProductRow {
        ProductRow {
            supplier,
            product,
            category: self.category,
            title,
            description: self.description,
            attributes: self.attributes,
            unit: self.unit,
            currency,
            minimum_order_quantity: self.minimum_order_quantity,
            order_increment: self.order_increment,
            status: self.status,
            customisable: self.customisable,
            easy_return: self.easy_return,
            guaranteed: self.guaranteed,
            after_sales: self.after_sales,
            sample: self.sample,
            created_at: self.created_at,
        }
    }
}

/// `material = steel | colour = black`.
fn attributes(cells: &mut Cells<'_>) -> Vec<Attribute> {
    let read = |text: &str| {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=')?;
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            (!name.is_empty() && !value.is_empty()).then_some(Attribute { name, value })
        };
        text.split('|').map(pair).collect::<Option<Vec<_>>>().filter(|pairs| pairs.len() <= 100)
    };
    cells.parse("attributes", "a list of at most 100 pairs such as a = b | c = d", read).unwrap_or_default()
}

fn guaranteed(cells: &mut Cells<'_>) -> Option<GuaranteedTerms> {
    let dispatch = cells.integer("guaranteed_dispatch_hours", 1, 168);
    let delivery = cells.integer("guaranteed_delivery_days", 1, 365);
    match (dispatch, delivery) {
        (Some(dispatch_within_hours), Some(delivery_days)) => {
            Some(GuaranteedTerms { dispatch_within_hours, delivery_days })
        }
        (None, None) => None,
        _ => {
            let reason =
                "Guaranteed terms promise dispatch in hours and delivery in days: both columns or none.";
            cells.fault("guaranteed_dispatch_hours", reason);
            None
        }
    }
}

fn after_sales(cells: &mut Cells<'_>) -> Option<AfterSalesService> {
    let words: Vec<_> = AfterSalesLabel::ALL.iter().map(|word| word.as_str()).collect();
    let label = cells.word("after_sales_label", &words);
    let term = cells.integer("after_sales_days", 1, 3_650);
    match (label, term) {
        (Some(label), Some(term_days)) => Some(AfterSalesService { label, term_days }),
        (None, None) => None,
        _ => {
            cells.fault(
                "after_sales_label",
                "A service has a label and a term in days: both columns or none.",
            );
            None
        }
    }
}

fn sample(cells: &mut Cells<'_>) -> Option<SampleRow> {
    let price = cells.amount("sample_price");
    let maximum_quantity = cells.integer("sample_maximum_quantity", 1, MAXIMUM_QUANTITY);
    let lead_days = cells.integer("sample_lead_days", 0, 3_650);
    match (price, maximum_quantity, lead_days) {
        (Some(price), Some(maximum_quantity), Some(lead_days)) => {
            Some(SampleRow { price, maximum_quantity, lead_days })
        }
        (None, None, None) => None,
        _ => {
            cells.fault(
                "sample_price",
                "A sample has a price, a largest quantity and lead days: all or none.",
            );
            None
        }
    }
}

/// Rows of `prices` of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// The source's id of the supplier.
    pub supplier: String,
    /// The source's id of the product.
    pub product: String,
    /// The step holds from this quantity on.
    pub min_quantity: i64,
    /// The price of one unit.
    pub unit_price: UnitPrice,
    /// Must be the product's where it is stated.
    pub currency: Option<Currency>,
}

impl Item for PriceRow {
    const FILE: FileKind = FileKind::Prices;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let supplier = cells.required_reference("supplier");
        let product = cells.required_reference("product");
        let min_quantity = cells.required_integer("min_quantity", 1, MAXIMUM_QUANTITY);
        let unit_price = cells.required_unit_price("unit_price");
        let currency = cells.currency("currency");
        let value = match (supplier, product, min_quantity, unit_price) {
            (Some(supplier), Some(product), Some(min_quantity), Some(unit_price)) => {
                Some(Self { supplier, product, min_quantity, unit_price, currency })
            }
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.supplier, &self.product]
    }

    fn joins() -> bool {
        true
    }
}

/// Rows of `lead_times` of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadTimeRow {
    /// The source's id of the supplier.
    pub supplier: String,
    /// The source's id of the product.
    pub product: String,
    /// The step holds from this quantity on.
    pub min_quantity: i64,
    /// Days from payment to dispatch.
    pub days: i64,
}

impl Item for LeadTimeRow {
    const FILE: FileKind = FileKind::LeadTimes;

    fn read(row: &Row, now: Timestamp) -> Result<(Self, Vec<Fault>), Vec<Fault>> {
        let mut cells = Cells::new(row, now);
        let supplier = cells.required_reference("supplier");
        let product = cells.required_reference("product");
        let min_quantity = cells.required_integer("min_quantity", 1, MAXIMUM_QUANTITY);
        let days = cells.required_integer("days", 0, 3_650);
        let value = match (supplier, product, min_quantity, days) {
            (Some(supplier), Some(product), Some(min_quantity), Some(days)) => {
                Some(Self { supplier, product, min_quantity, days })
            }
            _ => None,
        };
        cells.finish(value)
    }

    fn key(&self) -> Vec<&str> {
        vec![&self.supplier, &self.product]
    }

    fn joins() -> bool {
        true
    }
}
