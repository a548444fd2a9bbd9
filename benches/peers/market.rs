//! The data: the same on every run, but for the times, which hang on today.

use sea_orm::ConnectionTrait;
use surety::app::App;
use surety::domain::actor::Role;
use surety::domain::badge::{BadgeAward, BadgeKind, BadgeSubject};
use surety::domain::ids::{CompanyId, ProductId, SupplierId, TypedId};
use surety::domain::ladder::{Ladder, LeadTimes};
use surety::domain::language::Texts;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::party::{Company, CompanyDraft, Plan, role_scopes};
use surety::domain::product::{Attribute, Product, ProductStatus};
use surety::domain::review::{Review, ReviewSubject, SubScores};
use surety::domain::supplier::Supplier;
use surety::domain::time::{Span, Timestamp};
use surety::service::auth::{Grant, issue_token};
use surety::service::parties;
use surety::store::catalogue::{badges, listing, products, reviews, suppliers};
use surety::store::{Reader, parties as store};

use super::database::Database;

/// The countries of the suppliers, all alike.
pub const COUNTRIES: [&str; 20] = [
    "DE", "FR", "PT", "ES", "IT", "PL", "CZ", "TR", "VN", "TH", "IN", "CN", "KR", "JP", "MX", "BR", "US",
    "CA", "EG", "KE",
];
const THINGS: [&str; 8] = ["bag", "cup", "lamp", "chair", "valve", "motor", "shirt", "panel"];
const KINDS: [&str; 8] = ["canvas", "steel", "oak", "glass", "ceramic", "brass", "cotton", "bamboo"];
/// Products of one supplier.
const SHELF: u64 = 10;
/// Suppliers that are written at once.
const BATCH: u64 = 100;

/// How large the marketplace is, and who is in it.
#[derive(Debug, Clone, Copy)]
pub struct Market {
    /// Products; a tenth as many suppliers.
    pub products: u64,
}

/// A sequence of draws that is the same for the same seed.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % sides
    }
}

const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// An id in the form of a `UUIDv7` whose bits hang on its number.
fn id<Id: TypedId>(kind: u64, index: u64) -> Id {
    let noise = mix((kind << 40) | index);
    let millis = 1_767_225_600_000 + u128::from(index);
    let random = u128::from(mix(noise) >> 2);
    Id::from_u128((millis << 80) | (7 << 76) | (u128::from(noise & 0xfff) << 64) | (2 << 62) | random)
}

impl Market {
    /// How many suppliers there are.
    pub const fn suppliers(self) -> u64 {
        self.products / SHELF
    }

    /// A supplier by its number.
    pub fn supplier(index: u64) -> SupplierId {
        id(2, index)
    }

    /// A product by its number.
    pub fn product(index: u64) -> ProductId {
        id(3, index)
    }

    /// A product of a supplier by its place on the shelf.
    pub fn product_of(supplier: u64, place: u64) -> ProductId {
        Self::product(supplier * SHELF + place % SHELF)
    }

    /// Whether a supplier's orders are protected.
    pub const fn is_protected(supplier: u64) -> bool {
        !(supplier + 1).is_multiple_of(4)
    }
}

/// Fills the database; answers the `Authorization` of a buyer.
pub async fn seed(database: &Database, market: Market) -> String {
    let app = database.app(None).await;
    let now = app.clock.now();
    let mut from = 0;
    while from < market.suppliers() {
        write_suppliers(&app, market, from..(from + BATCH).min(market.suppliers()), now).await;
        from += BATCH;
    }
    let connection = app.db.connection();
    for sql in [
        // What a hand-written join needs beside the schema's own indexes.
        "CREATE INDEX bench_company_country ON company (country)",
        "CREATE TABLE bench_order (id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, buyer TEXT NOT NULL, \
         status TEXT NOT NULL, total_minor BIGINT NOT NULL)",
        "CREATE TABLE bench_order_line (order_id TEXT NOT NULL REFERENCES bench_order (id), seq BIGINT NOT NULL, \
         product_id TEXT NOT NULL REFERENCES product (id), quantity BIGINT NOT NULL, unit_price BIGINT NOT NULL, \
         total_minor BIGINT NOT NULL, PRIMARY KEY (order_id, seq))",
        "CREATE TABLE bench_event (id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES bench_order (id), \
         body TEXT NOT NULL)",
        if app.db.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" },
    ] {
        connection.execute_unprepared(sql).await.unwrap();
    }
    let token = buyer(&app).await;
    app.db.clone().close().await.unwrap();
    token
}

async fn buyer(app: &App) -> String {
    let draft = CompanyDraft {
        name: "Northwind Stores".to_owned(),
        country: "DE".to_owned(),
        plan: Plan::Standard,
        external_reference: None,
    };
    let company = parties::create_company(app, draft).await.unwrap().id;
    let scopes = role_scopes(Role::Buyer);
    let partner = parties::create_app(app, "bench", Role::Buyer, scopes, &[company]).await.unwrap();
    let grant = Grant::of(partner.id, Role::Buyer, Some(company));
    format!("Bearer {}", issue_token(app, &grant, Span::hours(8)).unwrap())
}

async fn write_suppliers(app: &App, market: Market, range: std::ops::Range<u64>, now: Timestamp) {
    let sellers: Vec<Supplier> = range.clone().map(|index| supplier(index, now)).collect();
    let companies: Vec<Company> = sellers
        .iter()
        .map(|seller| Company {
            id: seller.company,
            name: seller.name.clone(),
            country: seller.country.clone(),
            plan: Plan::Standard,
            active: true,
            version: 1,
            external_reference: None,
        })
        .collect();
    let awards: Vec<BadgeAward> = range.clone().flat_map(|index| awards(index, now)).collect();
    let wares: Vec<Product> =
        (range.start * SHELF..range.end * SHELF).map(|index| product(index, now)).collect();
    let told: Vec<Review> = range.clone().flat_map(|index| told(market, index, now)).collect();
    let ids: Vec<SupplierId> = sellers.iter().map(|seller| seller.id).collect();
    let tx = app.db.begin().await.unwrap();
    store::insert_companies(&tx, &companies, now).await.unwrap();
    suppliers::insert_suppliers(&tx, &sellers).await.unwrap();
    badges::insert_badges(&tx, &awards).await.unwrap();
    products::insert_products(&tx, &wares).await.unwrap();
    reviews::insert_reviews(&tx, &told).await.unwrap();
    listing::refresh_suppliers(&tx, &ids, now).await.unwrap();
    tx.commit().await.unwrap();
}

fn supplier(index: u64, now: Timestamp) -> Supplier {
    let company: CompanyId = id(1, index);
    Supplier {
        id: Market::supplier(index),
        company,
        name: format!("{} {} Works {index}", pick(&KINDS, index), pick(&THINGS, index / 8)),
        country: (*pick(&COUNTRIES, mix(index))).to_owned(),
        specialisation: None,
        description: "Makes what it sells, in its own halls, since it began.".to_owned(),
        established_on: None,
        external_reference: None,
        suspended: None,
        imported: false,
        version: 1,
        created_at: now,
    }
}

fn awards(index: u64, now: Timestamp) -> impl Iterator<Item = BadgeAward> {
    let held = [
        (BadgeKind::Gold, index.is_multiple_of(2)),
        (BadgeKind::Verified, index.is_multiple_of(3)),
        (BadgeKind::VerifiedPro, index.is_multiple_of(17)),
        (BadgeKind::TradeAssurance, Market::is_protected(index)),
    ];
    (0_u64..).zip(held).filter(|(_, (_, held))| *held).map(move |(place, (kind, _))| BadgeAward {
        id: id(4, index * 4 + place),
        subject: BadgeSubject::Supplier(Market::supplier(index)),
        kind,
        issuer: "Institute of Trade".to_owned(),
        evidence: Vec::new(),
        granted_at: now.minus(Span::days(90 - i64::try_from(place).unwrap())),
        expires_at: Some(now.plus(Span::days(365))),
        revoked: None,
        policy_version: None,
    })
}

fn product(index: u64, now: Timestamp) -> Product {
    let cents = 200 + i64::try_from(mix(index) % 20_000).unwrap();
    let steps = [(1, 100), (100, 90), (1_000, 80)].map(|(quantity, percent)| {
        (quantity, UnitPrice::from_millionths(cents * percent / 100 * 10_000).unwrap())
    });
    Product {
        id: Market::product(index),
        supplier: Market::supplier(index / SHELF),
        category: None,
        title: format!("{} {} {index}", pick(&KINDS, mix(index)), pick(&THINGS, mix(index) / 8)),
        description: "Packed ten to a box, boxes on pallets, labelled as you wish.".to_owned(),
        attributes: vec![Attribute {
            name: "material".to_owned(),
            value: (*pick(&KINDS, mix(index))).to_owned(),
        }],
        texts: Texts::default(),
        unit: "piece".to_owned(),
        minimum_order_quantity: 10,
        order_increment: 1,
        ladder: Ladder::new(Currency::USD, steps.to_vec()).unwrap(),
        lead_times: LeadTimes::new(vec![(1, 7), (1_000, 21)]).unwrap(),
        sample_offer: None,
        guaranteed: None,
        easy_return: false,
        after_sales: None,
        customisable: false,
        status: ProductStatus::Published,
        media: Vec::new(),
        external_reference: None,
        imported: false,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Reviews of a supplier's products, three each on average, and two of its store.
fn told(market: Market, supplier: u64, now: Timestamp) -> impl Iterator<Item = Review> {
    let of_products = (supplier * SHELF..(supplier + 1) * SHELF).flat_map(move |index| {
        (0..=mix(index) % 5)
            .map(move |place| (ReviewSubject::Product(Market::product(index)), index * 8 + place))
    });
    let of_store =
        (0..2).map(move |place| (ReviewSubject::Store, market.products * 8 + supplier * 2 + place));
    of_products.chain(of_store).map(move |(subject, number)| Review {
        id: id(5, number),
        supplier: Market::supplier(supplier),
        subject,
        buyer: None,
        order: None,
        score: 1 + i64::try_from(mix(number) % 5).unwrap(),
        sub_scores: SubScores::default(),
        title: format!("What we found, part {number}"),
        body: "Came in time, packed well, and does what the page says it does.".to_owned(),
        reply: None,
        attachments: Vec::new(),
        helpful: 0,
        purchase: None,
        hidden_reason: None,
        external_reference: None,
        imported: true,
        created_at: now.minus(Span::seconds(i64::try_from(number % 5_000_000).unwrap())),
    })
}

fn pick<T>(list: &[T], number: u64) -> &T {
    &list[usize::try_from(number).unwrap() % list.len()]
}
