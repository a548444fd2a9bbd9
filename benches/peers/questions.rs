//! The query set: documents, and variables that are drawn anew for each request.

use surety::ids::random_bytes;

use super::market::{COUNTRIES, Dice, Market};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// A product by its id with ladder, rating, supplier and badges.
    Product,
    /// The same with a token.
    ProductWithToken,
    /// A search page of 20 with ladder, rating, supplier and badges.
    Search,
    /// A supplier's page: 10 products with their 3 newest reviews each.
    Supplier,
    /// A buyer places an order of three lines.
    PlaceOrder,
}

const PRODUCT: &str = "query Product($id: ID!) { product(id: $id) { id title unit minimumOrderQuantity \
    rating { average count } priceLadder { currencyCode breaks { minimumQuantity unitPrice { amount } } } \
    supplier { id name country badges { kind issuer } } } }";
const SEARCH: &str = "query Search($filter: ProductFilterInput) { products(filter: $filter, first: 20) { nodes { id title \
    unit minimumOrderQuantity rating { average count } \
    priceLadder { currencyCode breaks { minimumQuantity unitPrice { amount } } } \
    supplier { id name country badges { kind issuer } } } } }";
const SUPPLIER: &str = "query Supplier($id: ID!) { supplier(id: $id) { id name country \
    badges { kind issuer } rating { average count } products(first: 10) { nodes { id title \
    rating { average count } reviews(first: 3) { nodes { id score title text } } } } } }";
const PLACE_ORDER: &str = "mutation Place($input: PlaceOrderInput!) { placeOrder(input: $input) { replayed \
    userErrors { code message } order { id number status version total { amount } \
    lines { id title quantity unitPrice total { amount } } } } }";

impl Question {
    /// In the order in which they are asked.
    pub const ALL: [Self; 5] =
        [Self::Product, Self::ProductWithToken, Self::Search, Self::Supplier, Self::PlaceOrder];

    /// Its short name.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Product => "Q1",
            Self::ProductWithToken => "Q1T",
            Self::Search => "Q2",
            Self::Supplier => "Q3",
            Self::PlaceOrder => "Q4",
        }
    }

    /// Whether the request carries a token.
    pub const fn has_token(self) -> bool {
        matches!(self, Self::ProductWithToken | Self::PlaceOrder)
    }

    /// The GraphQL document.
    pub const fn document(self) -> &'static str {
        match self {
            Self::Product | Self::ProductWithToken => PRODUCT,
            Self::Search => SEARCH,
            Self::Supplier => SUPPLIER,
            Self::PlaceOrder => PLACE_ORDER,
        }
    }

    /// Variables for one request, as JSON.
    pub fn variables(self, market: Market, dice: &mut Dice) -> String {
        match self {
            Self::Product | Self::ProductWithToken => {
                format!(r#"{{"id":"{}"}}"#, Market::product(dice.roll(market.products)))
            }
            Self::Search => {
                let country = COUNTRIES[usize::try_from(dice.roll(20)).unwrap()];
                let badge = ["GOLD", "VERIFIED", "TRADE_ASSURANCE"][usize::try_from(dice.roll(3)).unwrap()];
                format!(r#"{{"filter":{{"countries":["{country}"],"badges":["{badge}"]}}}}"#)
            }
            Self::Supplier => format!(r#"{{"id":"{}"}}"#, Market::supplier(dice.roll(market.suppliers()))),
            Self::PlaceOrder => {
                let mut supplier = dice.roll(market.suppliers());
                if !Market::is_protected(supplier) {
                    supplier -= 1;
                }
                let place = dice.roll(10);
                let lines: Vec<String> = (0..3)
                    .map(|step| {
                        let product = Market::product_of(supplier, place + step);
                        format!(r#"{{"productId":"{product}","quantity":{}}}"#, 10 + dice.roll(490))
                    })
                    .collect();
                let key = u128::from_le_bytes(random_bytes::<16>());
                format!(
                    r#"{{"input":{{"idempotencyKey":"{key:032x}","destinationCountry":"DE","lines":[{}]}}}}"#,
                    lines.join(",")
                )
            }
        }
    }
}
