//! The contract of search: SQLite and PostgreSQL find the same rows, in the same order, with the same points and the same
//! facets, and both agree with a model that knows nothing of SQL.

use std::collections::{BTreeMap, BTreeSet};

use surety::domain::audit::CertificateKind;
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::category::Category;
use surety::domain::exchange::{PerDollar, RateSheet, Rates};
use surety::domain::ids::{ProductId, SupplierId, TypedId};
use surety::domain::ladder::LeadTimes;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::page::PageArguments;
use surety::domain::product::{
    AfterSalesLabel, AfterSalesService, Attribute, GuaranteedTerms, Product, SampleOffer,
};
use surety::domain::search::{
    Facet, FacetKind, LeadTimeFilter, OfferFilter, PriceFilter, ProductFilter, ProductSort, QuantityFilter,
    VettingFilter, tokens,
};
use surety::domain::supplier::Specialisation;
use surety::domain::time::Span;
use surety::service::search;
use surety::store::catalogue::facets::{self, Wanted};
use surety::store::catalogue::{badges, comparable, listing};
use surety::store::exchange;

use super::database::Backend;
use super::shelf::priced;
use super::world::World;

/// Products of the contract.
const PRODUCTS: u128 = 320;

/// Texts that break naive search: accents, decomposed ones, ideographs, quotes, operators, signs, repetition.
const TITLES: [&str; 20] = [
    "Steel cup",
    "Cup of steel",
    "Crème brûlée dish",
    "Cre\u{301}me dish",
    "茶杯 tea cup",
    "杯茶 cup",
    "不锈钢保温杯",
    "\"Quoted\" cup",
    "AND OR NOT NEAR",
    "cup* (steel) -tea",
    "🎁 gift cup 🎁",
    "M8×20 bolt",
    "M8x20 bolt",
    "STRASSE straße",
    "Ωμέγα σας",
    "steel steel steel cup",
    "a:b & c | !d",
    "naïve façade",
    "cup's 5\" pipe",
    "Widget",
];
const DESCRIPTIONS: [&str; 8] = [
    "",
    "Steel lids for every cup, sold apart.",
    "cup cup cup cup",
    "Tea; cup. Not a tea cup!",
    "茶 和 杯",
    "Stainless steel, food safe, made in a family works since 1950.",
    "x\u{200b}y zero\u{ad}width",
    "%_ ' \\ ; -- 😀",
];
const MATERIALS: [&str; 5] = ["Edelstahl", "oak wood", "glass", "bone china", ""];
const QUERIES: [&str; 30] = [
    "",
    "cup",
    "steel cup",
    "\"steel cup\"",
    "\"cup steel\"",
    "cup steel",
    "\"steel steel cup\"",
    "ste",
    "\"ste\"",
    "creme",
    "CRÈME dis",
    "茶杯",
    "杯",
    "保温",
    "\"杯茶\"",
    "m8x20",
    "m8 20",
    "strasse",
    "σας",
    "quoted \"tea cup\"",
    "not near",
    "a b c d",
    "5\"",
    "gift 🎁",
    "\"cup sold\"",
    "\"stahl glass\"",
    "edel",
    "acme steel",
    "tools wid",
    "zzz",
];

/// A product with what is around it, as the model sees it.
struct Row {
    product: Product,
    seller: usize,
    category: Option<usize>,
    covered: bool,
    /// The product's own badges: not every offer that could carry one was given it.
    badges: Vec<BadgeKind>,
}

const SELLERS: [(&str, &str, Option<Specialisation>, &[BadgeKind]); 5] = [
    (
        "Acme Steel",
        "DE",
        Some(Specialisation::CustomManufacturer),
        &[BadgeKind::Verified, BadgeKind::TradeAssurance],
    ),
    ("Porto Têxtil", "PT", Some(Specialisation::BrandHolder), &[BadgeKind::Gold]),
    (
        "Prime 茶 Works",
        "CN",
        Some(Specialisation::CustomManufacturer),
        &[BadgeKind::VerifiedPro, BadgeKind::Gold],
    ),
    ("Tea & Sons", "GB", None, &[]),
    ("Multi \"Trade\"", "CN", Some(Specialisation::Multispecialty), &[BadgeKind::TradeAssurance]),
];
/// Categories by name and the one above.
const CATEGORIES: [(&str, Option<usize>); 6] = [
    ("Kitchen", None),
    ("Cups", Some(0)),
    ("Tea cups", Some(1)),
    ("Tools", None),
    ("Bolts", Some(3)),
    ("Empty", None),
];
const CURRENCIES: [(&str, Option<&str>); 4] =
    [("USD", None), ("EUR", Some("0.92")), ("JPY", Some("149.5")), ("CHF", None)];

/// A world with the catalogue in it.
struct Shop {
    world: World,
    rows: Vec<Row>,
    categories: Vec<Category>,
    rates: Rates,
}

async fn shop(backend: Backend) -> Option<Shop> {
    let world = World::with(backend, &[]).await?;
    let mut categories: Vec<Category> = Vec::new();
    for (name, above) in CATEGORIES {
        let made = world.category(above.map(|index| &categories[index]), name).await;
        categories.push(made);
    }
    let mut sellers: Vec<SupplierId> = Vec::new();
    for (name, country, specialisation, badges) in SELLERS {
        sellers.push(world.listed_supplier(name, country, specialisation, badges).await);
    }
    let mut rates = Vec::new();
    for (code, rate) in CURRENCIES {
        rates.extend(rate.map(|rate| (Currency::parse(code).unwrap(), PerDollar::parse(rate).unwrap())));
    }
    let sheet = RateSheet { valid_from: world.now().day(), source: "ECB".to_owned(), rates: rates.clone() };
    let tx = world.app.db.begin().await.unwrap();
    exchange::insert_rates(&tx, &sheet.check(world.now()).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    let rows: Vec<Row> = (1..=PRODUCTS).map(|number| row(&world, number, &sellers, &categories)).collect();
    let wares: Vec<Product> = rows.iter().map(|row| row.product.clone()).collect();
    world.stock(&wares).await;
    award_products(&world, &rows).await;
    let covered: Vec<ProductId> = rows.iter().filter(|row| row.covered).map(|row| row.product.id).collect();
    for seller in [0, 2] {
        world.certificate(sellers[seller], CertificateKind::Management, "ISO 9001", &[]).await;
        let of_seller: Vec<ProductId> = rows
            .iter()
            .filter(|row| row.seller == seller && covered.contains(&row.product.id))
            .map(|row| row.product.id)
            .collect();
        world.certificate(sellers[seller], CertificateKind::Product, "CE", &of_seller).await;
    }
    Some(Shop { world, rows, categories, rates: Rates::new(rates) })
}

/// Awards the products their badges.
async fn award_products(world: &World, rows: &[Row]) {
    let award = |row: &Row, kind| world.award(BadgeSubject::Product(row.product.id), kind, None);
    let awards: Vec<_> =
        rows.iter().flat_map(|row| row.badges.iter().map(move |kind| award(row, *kind))).collect();
    assert!(awards.len() > 40, "{} awards", awards.len());
    let ids: Vec<ProductId> = rows.iter().map(|row| row.product.id).collect();
    let tx = world.app.db.begin().await.unwrap();
    badges::insert_badges(&tx, &awards).await.unwrap();
    listing::refresh_products(&tx, &ids, world.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A number that hangs on two others and looks like none.
fn draw(number: u128, salt: u128, sides: u128) -> usize {
    let mixed = (number * 0x9e37_79b9_7f4a_7c15 + salt * 0xbf58_476d_1ce4_e5b9) % 0xffff_ffff_ffff_fff1;
    usize::try_from((mixed ^ (mixed >> 29)) % sides).unwrap()
}

fn row(world: &World, number: u128, sellers: &[SupplierId], categories: &[Category]) -> Row {
    let pick = |salt, sides| draw(number, salt, sides);
    let small = |salt, sides| i64::try_from(pick(salt, sides)).unwrap();
    let seller = pick(1, 5);
    let category = Some(pick(2, 6)).filter(|index| *index < 5);
    let (code, _) = CURRENCIES[pick(3, 4)];
    let price = ["0.5", "1", "1.086957", "9.99", "99", "1500"][pick(4, 6)];
    let breaks: &[(i64, &str)] = match pick(5, 8) {
        0 => &[],
        // Imported history may rise.
        1 => &[(1, price), (100, "0.4"), (1_000, "7")],
        _ => &[(1, price), (100, "0.4")],
    };
    let material = MATERIALS[pick(6, 5)];
    let title = format!("{}{}", TITLES[pick(7, 20)], if pick(8, 3) == 0 { " Widget" } else { "" });
    let product = Product {
        id: ProductId::from_u128(number << 20),
        category: category.map(|index| categories[index].id),
        description: DESCRIPTIONS[pick(9, 8)].to_owned(),
        attributes: vec![
            Attribute { name: "material".to_owned(), value: material.to_owned() },
            Attribute { name: "colour".to_owned(), value: "steel".to_owned() },
        ],
        minimum_order_quantity: [1, 5, 10, 99, 500, 2_000][pick(10, 6)],
        ladder: priced(code, breaks),
        lead_times: LeadTimes::new(if pick(11, 5) == 0 {
            vec![]
        } else {
            vec![(1, small(12, 20)), (1_000, 40)]
        })
        .unwrap(),
        sample_offer: (pick(13, 4) == 0).then_some(SampleOffer {
            price_minor: 5,
            maximum_quantity: 1,
            lead_days: 1,
        }),
        guaranteed: (pick(14, 5) == 0)
            .then_some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 9 }),
        easy_return: pick(15, 6) == 0,
        after_sales: match pick(16, 6) {
            0 => Some(AfterSalesLabel::FreeReplacementParts),
            1 => Some(AfterSalesLabel::OnsiteServiceAndFreeReplacementParts),
            _ => None,
        }
        .map(|label| AfterSalesService { label, term_days: 30 }),
        customisable: pick(17, 2) == 0,
        created_at: world.now().plus(Span::seconds(small(18, 5))),
        imported: true,
        ..world.product(sellers[seller], &title)
    };
    let mut badges = Vec::new();
    if product.guaranteed.is_some() && pick(20, 2) == 0 {
        badges.push(BadgeKind::Guaranteed);
    }
    if product.easy_return && pick(21, 2) == 0 {
        badges.push(BadgeKind::EasyReturn);
    }
    Row { covered: pick(19, 3) == 0 && [0, 2].contains(&seller), product, seller, category, badges }
}

/// A filter with what it asks of each facet, told a second time as conditions on rows.
struct Asked {
    filter: ProductFilter,
    conditions: Vec<(Option<FacetKind>, Condition)>,
}

type Condition = Box<dyn Fn(&Row, &Shop) -> bool>;

fn asked(filter: ProductFilter) -> Asked {
    Asked { filter, conditions: Vec::new() }
}

impl Asked {
    fn when(mut self, kind: FacetKind, condition: impl Fn(&Row, &Shop) -> bool + 'static) -> Self {
        self.conditions.push((Some(kind), Box::new(condition)));
        self
    }

    /// The facets in which a row misses the filter.
    fn missed(&self, row: &Row, shop: &Shop) -> BTreeSet<Option<FacetKind>> {
        let missed = self.conditions.iter().filter(|(_, holds)| !holds(row, shop));
        missed.map(|(kind, _)| *kind).collect()
    }
}

fn vetting(filter: VettingFilter) -> ProductFilter {
    ProductFilter { vetting: filter, ..ProductFilter::default() }
}

fn offer(filter: OfferFilter) -> ProductFilter {
    ProductFilter { offer: filter, ..ProductFilter::default() }
}

fn has_badge(row: &Row, badge: BadgeKind) -> bool {
    let held = SELLERS[row.seller].3;
    held.contains(&badge)
        || row.badges.contains(&badge)
        || (badge == BadgeKind::Verified && held.contains(&BadgeKind::VerifiedPro))
}

fn lies_in(row: &Row, wanted: usize) -> bool {
    let mut at = row.category;
    while let Some(index) = at {
        if index == wanted {
            return true;
        }
        at = CATEGORIES[index].1;
    }
    false
}

fn order_price(row: &Row) -> Option<UnitPrice> {
    row.product.ladder.unit_price(row.product.minimum_order_quantity)
}

fn compared(row: &Row, shop: &Shop) -> Option<i64> {
    let currency = row.product.ladder.currency();
    order_price(row).and_then(|price| shop.rates.comparable(price, currency)).map(UnitPrice::millionths)
}

fn compared_at(row: &Row, shop: &Shop, quantity: i64) -> Option<i64> {
    let price = row.product.ladder.unit_price(quantity)?;
    shop.rates.comparable(price, row.product.ladder.currency()).map(UnitPrice::millionths)
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn filters(shop: &Shop) -> Vec<Asked> {
    let price = |code: &str, quantity, minimum: &str, maximum: &str, convert| ProductFilter {
        price: Some(PriceFilter {
            currency: Currency::parse(code).unwrap(),
            quantity,
            minimum: Some(UnitPrice::parse(minimum).unwrap()),
            maximum: Some(UnitPrice::parse(maximum).unwrap()),
            convert,
        }),
        ..ProductFilter::default()
    };
    let millionths = |text: &str| UnitPrice::parse(text).unwrap().millionths();
    let (one, hundred) = (millionths("1"), millionths("100"));
    let cups = Some(shop.categories[1].id);
    vec![
        asked(ProductFilter::default()),
        asked(vetting(VettingFilter { badges: vec![BadgeKind::Verified], ..VettingFilter::default() }))
            .when(FacetKind::Badge, |row, _| has_badge(row, BadgeKind::Verified)),
        asked(vetting(VettingFilter { badges: vec![BadgeKind::Guaranteed], ..VettingFilter::default() }))
            .when(FacetKind::Badge, |row, _| has_badge(row, BadgeKind::Guaranteed)),
        asked(vetting(VettingFilter {
            badges: vec![BadgeKind::EasyReturn, BadgeKind::TradeAssurance],
            ..VettingFilter::default()
        }))
        .when(FacetKind::Badge, |row, _| {
            has_badge(row, BadgeKind::EasyReturn) && has_badge(row, BadgeKind::TradeAssurance)
        }),
        asked(ProductFilter {
            vetting: VettingFilter {
                badges: vec![BadgeKind::Gold, BadgeKind::VerifiedPro],
                countries: vec!["CN".to_owned(), "PT".to_owned()],
                ..VettingFilter::default()
            },
            offer: OfferFilter { customisable: Some(true), ..OfferFilter::default() },
            ..ProductFilter::default()
        })
        .when(FacetKind::Badge, |row, _| {
            has_badge(row, BadgeKind::Gold) && has_badge(row, BadgeKind::VerifiedPro)
        })
        .when(FacetKind::Country, |row, _| ["CN", "PT"].contains(&SELLERS[row.seller].1))
        .when(FacetKind::Customisable, |row, _| row.product.customisable),
        asked(vetting(VettingFilter {
            specialisations: vec![Specialisation::CustomManufacturer],
            countries: vec!["DE".to_owned()],
            management_certifications: vec!["ISO 9001".to_owned()],
            ..VettingFilter::default()
        }))
        .when(FacetKind::Specialisation, |row, _| {
            SELLERS[row.seller].2 == Some(Specialisation::CustomManufacturer)
        })
        .when(FacetKind::Country, |row, _| SELLERS[row.seller].1 == "DE")
        .when(FacetKind::ManagementCertification, |row, _| [0, 2].contains(&row.seller)),
        asked(vetting(VettingFilter {
            product_certifications: vec!["CE".to_owned()],
            ..VettingFilter::default()
        }))
        .when(FacetKind::ProductCertification, |row, _| row.covered),
        asked(offer(OfferFilter { category: cups, sample_available: Some(false), ..OfferFilter::default() }))
            .when(FacetKind::Category, |row, _| lies_in(row, 1))
            .when(FacetKind::SampleAvailable, |row, _| row.product.sample_offer.is_none()),
        asked(offer(OfferFilter {
            guaranteed: Some(true),
            easy_return: Some(false),
            ..OfferFilter::default()
        }))
        .when(FacetKind::Guaranteed, |row, _| row.product.guaranteed.is_some())
        .when(FacetKind::EasyReturn, |row, _| !row.product.easy_return),
        asked(ProductFilter {
            after_sales_labels: vec![AfterSalesLabel::FreeReplacementParts],
            minimum_order_quantity: Some(QuantityFilter { least: Some(5), most: Some(99) }),
            ..ProductFilter::default()
        })
        .when(FacetKind::AfterSales, |row, _| {
            row.product
                .after_sales
                .is_some_and(|service| service.label == AfterSalesLabel::FreeReplacementParts)
        })
        .when(FacetKind::MinimumOrderQuantity, |row, _| {
            (5..=99).contains(&row.product.minimum_order_quantity)
        }),
        asked(ProductFilter {
            lead_time: Some(LeadTimeFilter { most_days: 12, quantity: Some(50) }),
            ..ProductFilter::default()
        })
        .when(FacetKind::LeadTime, |row, _| row.product.lead_times.days(50).is_some_and(|days| days <= 12)),
        asked(price("EUR", None, "1", "100", false)).when(FacetKind::Price, move |row, _| {
            row.product.ladder.currency().code() == "EUR"
                && order_price(row).is_some_and(|price| (one..=hundred).contains(&price.millionths()))
        }),
        asked(price("EUR", None, "1", "100", true)).when(FacetKind::Price, |row, shop| {
            let euro = Currency::parse("EUR").unwrap();
            let dollars =
                |text| shop.rates.comparable(UnitPrice::parse(text).unwrap(), euro).unwrap().millionths();
            compared(row, shop).is_some_and(|price| (dollars("1")..=dollars("100")).contains(&price))
        }),
        asked(price("USD", Some(20), "1", "10", true)).when(FacetKind::Price, |row, shop| {
            let millionths = |text: &str| UnitPrice::parse(text).unwrap().millionths();
            compared_at(row, shop, 20)
                .is_some_and(|price| (millionths("1")..=millionths("10")).contains(&price))
        }),
        asked(price("USD", Some(1_500), "0.41", "10", true)).when(FacetKind::Price, |row, shop| {
            let millionths = |text: &str| UnitPrice::parse(text).unwrap().millionths();
            compared_at(row, shop, 1_500)
                .is_some_and(|price| (millionths("0.41")..=millionths("10")).contains(&price))
        }),
        asked(price("USD", Some(1_500), "1", "100", false)).when(FacetKind::Price, move |row, _| {
            row.product.ladder.currency() == Currency::USD
                && row
                    .product
                    .ladder
                    .unit_price(1_500)
                    .is_some_and(|price| (one..=hundred).contains(&price.millionths()))
        }),
    ]
}

/// The fields of a product that words are looked for in.
fn fields(row: &Row) -> Vec<Vec<String>> {
    let product = &row.product;
    let category = row.category.map_or("", |index| CATEGORIES[index].0);
    let mut texts = vec![product.title.as_str(), category, SELLERS[row.seller].0, &product.description];
    texts.extend(product.attributes.iter().map(|attribute| attribute.value.as_str()));
    texts.into_iter().map(|text| tokens(text).collect()).collect()
}

/// A query as the model reads it: word by word, phrases and ideographs in a row together.
fn clauses(query: &str) -> Vec<(Vec<String>, bool)> {
    let mut out: Vec<(Vec<String>, bool)> = Vec::new();
    let parts: Vec<&str> = query.split('"').collect();
    for (index, part) in parts.iter().enumerate() {
        if index % 2 == 1 && index + 1 < parts.len() {
            out.push((tokens(part).collect(), false));
        } else {
            // No query here has two words joined by a sign, so blanks divide it.
            out.extend(part.split_whitespace().map(|word| (tokens(word).collect(), true)));
        }
    }
    out.retain(|(terms, _)| !terms.is_empty());
    let last = out.len().saturating_sub(1);
    for (index, (_, is_prefix)) in out.iter_mut().enumerate() {
        *is_prefix = *is_prefix && index == last;
    }
    out
}

fn stands_in(field: &[String], (terms, is_prefix): &(Vec<String>, bool)) -> bool {
    field.windows(terms.len()).any(|window| {
        window.iter().zip(terms).enumerate().all(|(place, (word, term))| {
            word == term || (*is_prefix && place + 1 == terms.len() && word.starts_with(term.as_str()))
        })
    })
}

/// The points of a row, where the words are in it.
fn points(row: &Row, clauses: &[(Vec<String>, bool)]) -> Option<i64> {
    let boost = if SELLERS[row.seller].3.contains(&BadgeKind::VerifiedPro) { 150 } else { 0 };
    let fields = fields(row);
    let mut sum = 0;
    for clause in clauses {
        if !fields.iter().any(|field| stands_in(field, clause)) {
            return None;
        }
        sum += if stands_in(&fields[0], clause) { 1_000 } else { 300 };
    }
    let count = i64::try_from(clauses.len()).unwrap();
    Some(if count == 0 { 0 } else { sum / count } + 100 + boost)
}

/// What is found: ids in order with their points, and how many there are.
type Found = (Vec<(String, i64)>, i64);
/// Facets by kind: label and count of each value, most frequent first.
type Facets = BTreeMap<String, Vec<(String, i64)>>;

fn modelled(shop: &Shop, query: &str, asked: &Asked, sort: ProductSort) -> Found {
    let clauses = clauses(query);
    let mut rows: Vec<(&Row, i64)> = shop
        .rows
        .iter()
        .filter(|row| asked.missed(row, shop).is_empty())
        .filter_map(|row| points(row, &clauses).map(|points| (row, points)))
        .collect();
    let key = |(row, points): &(&Row, i64)| {
        let currency = row.product.ladder.currency().to_string();
        let price = order_price(row).map(UnitPrice::millionths);
        let keys = match sort {
            ProductSort::PriceLowFirst => {
                (compared(row, shop).unwrap_or(i64::MAX), currency, price.unwrap_or(i64::MAX))
            }
            ProductSort::PriceHighFirst => (compared(row, shop).unwrap_or(-1), currency, price.unwrap_or(-1)),
            _ => (*points, String::new(), 0),
        };
        (keys, row.product.id)
    };
    rows.sort_by_key(key);
    if sort != ProductSort::PriceLowFirst {
        rows.reverse();
    }
    let total = i64::try_from(rows.len()).unwrap();
    (rows.into_iter().take(100).map(|(row, points)| (row.product.id.to_string(), points)).collect(), total)
}

fn values_of(row: &Row, shop: &Shop, kind: FacetKind) -> Vec<String> {
    let flag = |holds: bool| if holds { vec!["true".to_owned()] } else { Vec::new() };
    let steps = |value: Option<i64>, steps: &[i64]| -> Vec<String> {
        steps
            .iter()
            .filter(|most| value.is_some_and(|value| value <= **most))
            .map(ToString::to_string)
            .collect()
    };
    match kind {
        FacetKind::Badge => {
            BadgeKind::ALL.iter().filter(|badge| has_badge(row, **badge)).map(ToString::to_string).collect()
        }
        FacetKind::Specialisation => SELLERS[row.seller].2.iter().map(ToString::to_string).collect(),
        FacetKind::Country => vec![SELLERS[row.seller].1.to_owned()],
        FacetKind::ManagementCertification if [0, 2].contains(&row.seller) => vec!["ISO 9001".to_owned()],
        FacetKind::ProductCertification if row.covered => vec!["CE".to_owned()],
        FacetKind::Guaranteed => flag(row.product.guaranteed.is_some()),
        FacetKind::EasyReturn => flag(row.product.easy_return),
        FacetKind::SampleAvailable => flag(row.product.sample_offer.is_some()),
        FacetKind::Customisable => flag(row.product.customisable),
        FacetKind::AfterSales => {
            row.product.after_sales.iter().map(|service| service.label.to_string()).collect()
        }
        FacetKind::Price => {
            let Some(price) = compared(row, shop) else { return Vec::new() };
            let bounds = [0, 1, 10, 100, 1_000].map(|dollars| dollars * 1_000_000);
            let words = ["0-0.999999", "1-9.999999", "10-99.999999", "100-999.999999", "1000-"];
            let place = bounds.iter().filter(|bound| **bound <= price).count() - 1;
            vec![words[place].to_owned()]
        }
        FacetKind::MinimumOrderQuantity => {
            steps(Some(row.product.minimum_order_quantity), &[1, 10, 100, 1_000])
        }
        FacetKind::LeadTime => {
            steps(row.product.lead_times.days(row.product.minimum_order_quantity), &[3, 7, 15, 30])
        }
        FacetKind::Category
        | FacetKind::Rating
        | FacetKind::ManagementCertification
        | FacetKind::ProductCertification => Vec::new(),
    }
}

fn modelled_facets(shop: &Shop, query: &str, asked: &Asked) -> Facets {
    let clauses = clauses(query);
    let mut out = Facets::new();
    for &kind in FacetKind::ALL {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for row in shop.rows.iter().filter(|row| points(row, &clauses).is_some()) {
            if asked.missed(row, shop).iter().any(|missed| *missed != Some(kind)) {
                continue;
            }
            let values = if kind == FacetKind::Category {
                let chosen = asked.filter.offer.category.map(|_| 1);
                let shown = |index: usize| match chosen {
                    None => CATEGORIES[index].1.is_none(),
                    Some(chosen) => {
                        CATEGORIES[index].1 == Some(chosen) || CATEGORIES[index].1 == CATEGORIES[chosen].1
                    }
                };
                let names = (0..CATEGORIES.len()).filter(|index| shown(*index) && lies_in(row, *index));
                names.map(|index| CATEGORIES[index].0.to_owned()).collect()
            } else {
                values_of(row, shop, kind)
            };
            for value in values {
                *counts.entry(value).or_default() += 1;
            }
        }
        if !counts.is_empty() {
            out.insert(kind.to_string(), counts.into_iter().collect());
        }
    }
    out
}

async fn found(shop: &Shop, query: &str, filter: &ProductFilter, sort: ProductSort) -> Found {
    let app = &shop.world.app;
    let page = PageArguments { first: Some(100), ..PageArguments::default() }.check().unwrap();
    let mut asked =
        search::of_products(app, &shop.world.anonymous(), Some(query), filter.clone(), sort).await.unwrap();
    let slice = search::find_products(app, &mut asked, &page, false).await.unwrap();
    if asked.corrected.is_some() {
        return (Vec::new(), 0);
    }
    let rows =
        slice.rows.iter().map(|(_, row)| (row.card.product.id.to_string(), row.ranking.score)).collect();
    (rows, search::count_products(app, &asked).await.unwrap())
}

async fn found_facets(shop: &Shop, query: &str, filter: &ProductFilter) -> Facets {
    let (app, sort) = (&shop.world.app, ProductSort::Relevance);
    let asked =
        search::of_products(app, &shop.world.anonymous(), Some(query), filter.clone(), sort).await.unwrap();
    let facets = search::product_facets(app, &asked, None).await.unwrap();
    assert!(facets.iter().all(|facet| facet.is_exact));
    told(facets)
}

/// Facets as the model tells them.
fn told(facets: Vec<Facet>) -> Facets {
    let mut out = Facets::new();
    for facet in facets {
        let named = facet.kind == FacetKind::Category;
        let mut values: Vec<(String, i64)> = facet
            .values
            .into_iter()
            .filter(|value| value.count > 0)
            .map(|value| (if named { value.label } else { value.value }, value.count))
            .collect();
        values.sort();
        if !values.is_empty() {
            out.insert(facet.kind.to_string(), values);
        }
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_and_the_model_find_the_same() {
    let mut shops = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        shops.extend(shop(backend).await);
    }
    let mut compared_rows = 0;
    for query in QUERIES {
        for place in 0..filters(&shops[0]).len() {
            for sort in [ProductSort::Relevance, ProductSort::PriceLowFirst, ProductSort::PriceHighFirst] {
                let model = modelled(&shops[0], query, &filters(&shops[0])[place], sort);
                compared_rows += model.0.len();
                for shop in &shops {
                    let found = found(shop, query, &filters(shop)[place].filter, sort).await;
                    assert_eq!(found, model, "{query:?}, filter {place}, {sort} on {:?}", shop.world.app.db);
                }
            }
            let model = modelled_facets(&shops[0], query, &filters(&shops[0])[place]);
            for shop in &shops {
                let found = found_facets(shop, query, &filters(shop)[place].filter).await;
                assert_eq!(found, model, "facets of {query:?}, filter {place} on {:?}", shop.world.app.db);
            }
        }
    }
    assert!(compared_rows > 10_000, "the table is too thin: {compared_rows}");
    for shop in shops {
        // Nothing is left to be compared by another rate.
        let tx = shop.world.app.db.begin().await.unwrap();
        assert_eq!(comparable::compare_anew(&tx, shop.world.now().day(), 10).await.unwrap(), 0);
        tx.rollback().await.unwrap();
        shop.world.closes().await.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_miss_the_filter_never_crowd_out_those_that_meet_it() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(shop) = shop(backend).await else { continue };
        let app = &shop.world.app;
        let place = filters(&shop).iter().position(|asked| asked.filter.offer.category.is_some()).unwrap();
        let narrowed = &filters(&shop)[place];
        let (anonymous, sort) = (shop.world.anonymous(), ProductSort::Relevance);
        let asked =
            search::of_products(app, &anonymous, Some(""), narrowed.filter.clone(), sort).await.unwrap();
        let met = search::count_products(app, &asked).await.unwrap();
        // Room for the rows that meet the filter, not for all that miss it in the category alone.
        let wanted = Wanted { kinds: FacetKind::ALL, most_rows: met };
        let (whole, cut): (Vec<_>, Vec<_>) = facets::products(&app.db, &asked, &wanted)
            .await
            .unwrap()
            .into_iter()
            .partition(|facet| facet.is_exact);
        assert_eq!(cut.iter().map(|facet| facet.kind).collect::<Vec<_>>(), [FacetKind::Category]);
        let mut model = modelled_facets(&shop, "", narrowed);
        model.remove("CATEGORY");
        assert_eq!(told(whole), model);
        // Too little room for those that meet it: nothing is exact any more.
        let wanted = Wanted { kinds: FacetKind::ALL, most_rows: met - 1 };
        let found = facets::products(&app.db, &asked, &wanted).await.unwrap();
        assert!(found.iter().all(|facet| !facet.is_exact));
        shop.world.closes().await.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_stays_in_sight_without_a_row() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(shop) = shop(backend).await else { continue };
        let empty = shop.categories[5].id;
        let filter = ProductFilter {
            vetting: VettingFilter {
                countries: vec!["KE".to_owned()],
                badges: vec![BadgeKind::Guaranteed],
                management_certifications: vec!["ISO 14001".to_owned()],
                ..VettingFilter::default()
            },
            offer: OfferFilter { category: Some(empty), ..OfferFilter::default() },
            ..ProductFilter::default()
        };
        let (app, sort) = (&shop.world.app, ProductSort::Relevance);
        let asked = search::of_products(app, &shop.world.anonymous(), Some(""), filter, sort).await.unwrap();
        let mut chosen = Vec::new();
        for facet in search::product_facets(app, &asked, None).await.unwrap() {
            for value in facet.values {
                assert!(value.is_selected && value.count == 0, "{}: {value:?}", facet.kind);
                chosen.push((facet.kind, value.label));
            }
        }
        let told: Vec<(FacetKind, &str)> =
            chosen.iter().map(|(kind, label)| (*kind, label.as_str())).collect();
        assert_eq!(
            told,
            [
                (FacetKind::Badge, "GUARANTEED"),
                (FacetKind::Country, "KE"),
                (FacetKind::Category, "Empty"),
                (FacetKind::ManagementCertification, "ISO 14001"),
            ]
        );
        shop.world.closes().await.remove().await;
    }
}
