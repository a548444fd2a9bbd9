//! What the catalogue holds: each supplier and product made from its number alone, so that the data is the same on every
//! run but for the times, which hang on today.

use surety::domain::audit::{Certificate, CertificateKind};
use surety::domain::badge::{BadgeAward, BadgeKind, BadgeSubject};
use surety::domain::category::Category;
use surety::domain::ids::{CategoryId, ProductId, SupplierId, TypedId};
use surety::domain::ladder::{Ladder, LeadTimes};
use surety::domain::language::Texts;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::product::{
    AfterSalesLabel, AfterSalesService, Attribute, GuaranteedTerms, Product, ProductCard, ProductStatus,
    SampleOffer, Unseen,
};
use surety::domain::review::Rating;
use surety::domain::supplier::{Specialisation, Supplier, SupplierCard, SupplierMetrics};
use surety::domain::time::{Span, Timestamp};

/// Products of one supplier.
pub const SHELF: u64 = 50;
/// Categories at the top, below each of these, and below each of those.
pub const BRANCHES: u64 = 10;

pub const COUNTRIES: [&str; 20] = [
    "CN", "IN", "DE", "TR", "VN", "IT", "US", "PT", "PL", "ES", "FR", "KR", "JP", "TH", "MX", "BR", "CZ",
    "GB", "EG", "KE",
];
pub const NOUNS: [&str; 40] = [
    "bag", "cup", "lamp", "chair", "valve", "motor", "shirt", "panel", "bottle", "cable", "pump", "table",
    "glove", "hinge", "bracket", "filter", "carpet", "helmet", "basket", "mirror", "battery", "ladder",
    "hose", "spring", "towel", "jacket", "switch", "gasket", "roller", "knife", "plate", "kettle", "drill",
    "screw", "sensor", "pallet", "curtain", "whistle", "anvil", "sextant",
];
pub const MATERIALS: [&str; 20] = [
    "steel",
    "canvas",
    "oak",
    "glass",
    "ceramic",
    "brass",
    "cotton",
    "bamboo",
    "aluminium",
    "copper",
    "leather",
    "nylon",
    "rubber",
    "silicone",
    "linen",
    "wool",
    "titanium",
    "marble",
    "cork",
    "porcelain",
];
const QUALITIES: [&str; 24] = [
    "large",
    "small",
    "heavy",
    "light",
    "round",
    "square",
    "folding",
    "industrial",
    "portable",
    "waterproof",
    "printed",
    "polished",
    "matt",
    "double",
    "insulated",
    "recycled",
    "adjustable",
    "classic",
    "modern",
    "outdoor",
    "compact",
    "premium",
    "standard",
    "reinforced",
];
const PHRASES: [&str; 12] = [
    "made to order in a certified works",
    "packed ten to a carton",
    "suitable for food contact",
    "with a warranty of two years",
    "tested before dispatch",
    "available in several colours",
    "delivered with spare parts",
    "for wholesale only",
    "designed for daily use",
    "resistant to heat and acids",
    "easy to clean and to store",
    "shipped on pallets",
];
const CURRENCIES: [&str; 4] = ["USD", "EUR", "CNY", "JPY"];
pub const STANDARDS: [&str; 4] = ["CE", "FDA", "REACH", "ISO 9001"];

/// A sequence of draws that is the same for the same seed.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub const fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % sides
    }

    /// A number below `sides`, small ones far more often, as in trade: about as often as one over it.
    pub fn zipf(&mut self, sides: u64) -> u64 {
        let bits = u64::from(64 - sides.leading_zeros());
        let ceiling = 1_u64 << (1 + self.roll(bits));
        self.roll(ceiling.min(sides))
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[index(self.zipf(list.len() as u64))]
    }
}

pub fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// An id in the form of a `UUIDv7` whose bits hang on its number.
pub fn id<Id: TypedId>(kind: u64, number: u64) -> Id {
    let noise = mix((kind << 40) | number);
    let millis = 1_767_225_600_000 + u128::from(number);
    let random = u128::from(mix(noise) >> 2);
    Id::from_u128((millis << 80) | (7 << 76) | (u128::from(noise & 0xfff) << 64) | (2 << 62) | random)
}

/// How many suppliers that many products have.
pub const fn suppliers(products: u64) -> u64 {
    products.div_ceil(SHELF)
}

pub fn supplier_id(number: u64) -> SupplierId {
    id(2, number)
}

pub fn product_id(number: u64) -> ProductId {
    id(3, number)
}

pub fn category_id(number: u64) -> CategoryId {
    id(4, number)
}

/// The tree: those at the top first, then those below, leaf by leaf.
pub fn categories() -> Vec<Category> {
    let mut all: Vec<Category> = Vec::new();
    let name = |number: u64| format!("{} {number}", NOUNS[index(number % 40)]);
    for number in 0..BRANCHES + BRANCHES * BRANCHES + BRANCHES * BRANCHES * BRANCHES {
        let above = number.checked_sub(BRANCHES).map(|below| index(below / BRANCHES));
        let parent = above.map(|place| all[place].clone());
        all.push(Category::new(category_id(number), parent.as_ref(), name(number), None).unwrap());
    }
    all
}

/// The number of a leaf of the tree.
pub const fn leaf(number: u64) -> u64 {
    BRANCHES + BRANCHES * BRANCHES + number % (BRANCHES * BRANCHES * BRANCHES)
}

fn rating(dice: &mut Dice) -> Rating {
    let mut rating = Rating::default();
    for _ in 0..dice.zipf(40) {
        rating.add(i64::try_from(5 - dice.zipf(5)).unwrap());
    }
    rating
}

/// A supplier's card.
pub fn supplier(number: u64, now: Timestamp) -> SupplierCard {
    let mut dice = Dice(mix(number) ^ 0x51);
    let name = format!("{} {} Trading {number}", dice.of(&QUALITIES), dice.of(&NOUNS));
    let specialisation = match dice.roll(4) {
        0 => Some(Specialisation::CustomManufacturer),
        1 => Some(Specialisation::Multispecialty),
        2 => Some(Specialisation::BrandHolder),
        _ => None,
    };
    let held = [
        (BadgeKind::Gold, 3),
        (BadgeKind::Verified, 4),
        (BadgeKind::VerifiedPro, 20),
        (BadgeKind::TradeAssurance, 2),
    ];
    let held = held.into_iter().zip(0_u64..).filter(|((_, one_in), _)| dice.roll(*one_in) == 0);
    let badges = held.map(|((kind, _), place)| BadgeAward {
        id: id(6, number * 8 + place),
        subject: BadgeSubject::Supplier(supplier_id(number)),
        kind,
        issuer: "Institute of Trade".to_owned(),
        evidence: Vec::new(),
        granted_at: now,
        expires_at: Some(now.plus(Span::days(365))),
        revoked: None,
        policy_version: None,
    });
    let badges = badges.collect();
    let dispatched = i64::try_from(dice.roll(500)).unwrap();
    SupplierCard {
        supplier: Supplier {
            id: supplier_id(number),
            company: id(1, number),
            name,
            country: dice.of(&COUNTRIES).to_owned(),
            specialisation,
            description: format!("We sell {} {}.", dice.of(&QUALITIES), dice.of(&NOUNS)),
            established_on: Some(now.minus(Span::days(i64::try_from(dice.roll(20_000)).unwrap())).day()),
            external_reference: None,
            suspended: None,
            imported: true,
            version: 1,
            created_at: now.minus(Span::hours(i64::try_from(number).unwrap())),
        },
        badges,
        rating: rating(&mut dice),
        metrics: SupplierMetrics {
            orders_placed: dispatched,
            orders_completed: dispatched,
            dispatched,
            dispatched_late: dispatched / 20,
            responses: 1,
            response_seconds: i64::try_from(dice.roll(200_000)).unwrap(),
            ..SupplierMetrics::default()
        },
        unseen: String::new(),
    }
}

/// A supplier's certificates and which of its products each covers.
pub fn certificates(number: u64, products: u64, now: Timestamp) -> Vec<(Certificate, Vec<ProductId>)> {
    let mut dice = Dice(mix(number) ^ 0x52);
    let certificate = |standard: &str, kind, place| Certificate {
        id: id(5, number * 8 + place),
        supplier: supplier_id(number),
        kind,
        standard: standard.to_owned(),
        issuer: "TIC".to_owned(),
        number: format!("{number}-{place}"),
        scope: "everything".to_owned(),
        valid_from: now.day(),
        valid_until: now.plus(Span::days(365)).day(),
        sha256: None,
    };
    let mut all = Vec::new();
    if dice.roll(2) == 0 {
        all.push((certificate(STANDARDS[3], CertificateKind::Management, 0), Vec::new()));
    }
    let standard = STANDARDS[index(dice.zipf(3))];
    let shelf = (number * SHELF..((number + 1) * SHELF).min(products)).step_by(5).map(product_id);
    all.push((certificate(standard, CertificateKind::Product, 1), shelf.collect()));
    all
}

/// A product's card, and its category's place in the tree.
pub fn product(number: u64, now: Timestamp) -> (ProductCard, u64) {
    let mut dice = Dice(mix(number) ^ 0x53);
    let (quality, material, noun) = (dice.of(&QUALITIES), dice.of(&MATERIALS), dice.of(&NOUNS));
    let place = leaf(dice.zipf(BRANCHES * BRANCHES * BRANCHES));
    let currency = Currency::parse(CURRENCIES[index(dice.zipf(4))]).unwrap();
    let price = i64::try_from(1 + dice.zipf(2_000)).unwrap() * 250_000;
    let step = |at, part| (at, UnitPrice::from_millionths(price * part / 100).unwrap());
    let days = |dice: &mut Dice| i64::try_from(dice.roll(30)).unwrap();
    let seconds = i64::try_from(number * 37 % 30_000_000).unwrap();
    let created = now.minus(Span::seconds(seconds));
    let phrases = [dice.of(&PHRASES), dice.of(&PHRASES), dice.of(&PHRASES)];
    let least = [1, 10, 50, 100, 500, 1_000][index(dice.roll(6))];
    let one_in = |dice: &mut Dice, sides| dice.roll(sides) == 0;
    let card = ProductCard {
        product: Product {
            id: product_id(number),
            supplier: supplier_id(number / SHELF),
            category: Some(category_id(place)),
            // A word of its own for every 20 products: the long tail of part numbers.
            title: format!("{quality} {material} {noun} type {}", word(number / 20)),
            description: format!("A {material} {noun}, {}, {} and {}.", phrases[0], phrases[1], phrases[2]),
            attributes: vec![
                Attribute { name: "material".to_owned(), value: material.to_owned() },
                Attribute { name: "finish".to_owned(), value: dice.of(&QUALITIES).to_owned() },
            ],
            unit: "piece".to_owned(),
            minimum_order_quantity: least,
            order_increment: 1,
            ladder: Ladder::new(currency, vec![step(1, 100), step(100, 90), step(1_000, 75)]).unwrap(),
            lead_times: LeadTimes::new(vec![(1, days(&mut dice)), (1_000, 30 + days(&mut dice))]).unwrap(),
            sample_offer: one_in(&mut dice, 10).then_some(SampleOffer {
                price_minor: 500,
                maximum_quantity: 3,
                lead_days: 3,
            }),
            guaranteed: one_in(&mut dice, 50)
                .then_some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 14 }),
            easy_return: one_in(&mut dice, 30),
            after_sales: one_in(&mut dice, 12).then_some(AfterSalesService {
                label: AfterSalesLabel::FreeReplacementParts,
                term_days: 365,
            }),
            customisable: one_in(&mut dice, 3),
            status: ProductStatus::Published,
            media: Vec::new(),
            external_reference: None,
            imported: true,
            version: 1,
            created_at: created,
            updated_at: created,
            texts: Texts::default(),
        },
        category_name: None,
        badges: Vec::new(),
        rating: rating(&mut dice),
        unseen: Unseen::default(),
    };
    (card, place)
}

/// A word that a number makes.
pub fn word(mut number: u64) -> String {
    let mut word = String::from("q");
    loop {
        word.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
        if number == 0 {
            return word;
        }
    }
}
