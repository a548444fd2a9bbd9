//! Each criterion just met and just not met, and which changes are another offer.

use super::*;
use crate::domain::badge::{BadgeAward, BadgeSubject};
use crate::domain::ids::{CompanyId, ProductId, SupplierId, TypedId};
use crate::domain::ladder::{Ladder, LeadTimes};
use crate::domain::language::Texts;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::product::GuaranteedTerms;
use crate::domain::review::Rating;
use crate::domain::supplier::{Supplier, SupplierMetrics, Suspension};
use crate::domain::trust::TrustFigures;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_000_000)
}

fn product() -> Product {
    Product {
        id: ProductId::from_u128(1),
        supplier: SupplierId::from_u128(1),
        category: None,
        title: "Steel cup".to_owned(),
        description: String::new(),
        attributes: Vec::new(),
        unit: "piece".to_owned(),
        minimum_order_quantity: 10,
        order_increment: 1,
        ladder: Ladder::imported(Currency::USD, vec![(1, UnitPrice::parse("2").unwrap())]).unwrap().0,
        lead_times: LeadTimes::new(vec![(1, 3)]).unwrap(),
        sample_offer: None,
        guaranteed: Some(GuaranteedTerms { dispatch_within_hours: 168, delivery_days: 20 }),
        easy_return: true,
        after_sales: None,
        customisable: false,
        status: ProductStatus::Published,
        media: Vec::new(),
        external_reference: None,
        imported: false,
        version: 1,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
        texts: Texts::default(),
    }
}

fn seller(expires_at: Option<Timestamp>, suspended: bool) -> SupplierCard {
    let id = SupplierId::from_u128(1);
    let suspension = Suspension { at: now(), reason: "fraud".to_owned() };
    SupplierCard {
        supplier: Supplier {
            id,
            company: CompanyId::from_u128(1),
            name: "Acme".to_owned(),
            country: "DE".to_owned(),
            specialisation: None,
            description: String::new(),
            established_on: None,
            external_reference: None,
            suspended: suspended.then_some(suspension),
            imported: false,
            version: 1,
            created_at: Timestamp::from_micros(0),
        },
        badges: vec![BadgeAward {
            id: TypedId::from_u128(1),
            subject: BadgeSubject::Supplier(id),
            kind: BadgeKind::TradeAssurance,
            issuer: "Surety".to_owned(),
            evidence: Vec::new(),
            granted_at: Timestamp::from_micros(0),
            expires_at,
            revoked: None,
            policy_version: None,
        }],
        rating: Rating::default(),
        metrics: SupplierMetrics::default(),
        unseen: String::new(),
    }
}

fn stands(kind: BadgeKind, product: &Product, seller: &SupplierCard) -> Eligibility {
    let policy =
        TrustPolicy { version: 1, valid_from: Timestamp::from_micros(0), figures: TrustFigures::initial() };
    product_eligibility(kind, ProductFacts { product, seller }, &policy, now())
}

/// The criteria that are not met, as words.
fn unmet(stands: &Eligibility) -> Vec<&'static str> {
    stands.unmet().into_iter().map(BadgeCriterion::as_str).collect()
}

#[test]
fn guaranteed_needs_a_fixed_price_and_every_promise() {
    let enrolled = seller(None, false);
    let terms = |hours| Some(GuaranteedTerms { dispatch_within_hours: hours, delivery_days: 20 });
    let none: &[&str] = &[];
    let priced_later = Ladder::imported(Currency::USD, vec![(11, UnitPrice::parse("2").unwrap())]).unwrap().0;
    for (changed, missing) in [
        (product(), none),
        (Product { status: ProductStatus::Withdrawn, ..product() }, &["PUBLISHED"]),
        (Product { ladder: priced_later, ..product() }, &["FIXED_PRICE"]),
        (Product { guaranteed: terms(72), ..product() }, none),
        (Product { guaranteed: terms(169), ..product() }, &["DISPATCH_PROMISED"]),
        (
            Product { guaranteed: None, ..product() },
            &["FREIGHT_INCLUDED", "DISPATCH_PROMISED", "DELIVERY_PROMISED", "PLATFORM_LOGISTICS"],
        ),
    ] {
        assert_eq!(unmet(&stands(BadgeKind::Guaranteed, &changed, &enrolled)), missing);
    }
    assert_eq!(
        unmet(&stands(BadgeKind::Guaranteed, &product(), &seller(None, true))),
        ["SUPPLIER_PROTECTED"]
    );
    let (end, over) = (now().plus(Span::seconds(1)), now());
    let until = stands(BadgeKind::Guaranteed, &product(), &seller(Some(end), false)).until();
    assert_eq!(until, Some(end));
    let gone = stands(BadgeKind::Guaranteed, &product(), &seller(Some(over), false));
    assert_eq!(unmet(&gone), ["SUPPLIER_PROTECTED"]);
}

#[test]
fn easy_return_needs_the_mark_and_an_enrolled_supplier() {
    let none: &[&str] = &[];
    assert_eq!(unmet(&stands(BadgeKind::EasyReturn, &product(), &seller(None, false))), none);
    let bare = Product { easy_return: false, ..product() };
    assert_eq!(unmet(&stands(BadgeKind::EasyReturn, &bare, &seller(None, false))), ["EASY_RETURN_MARKED"]);
    assert!(!stands(BadgeKind::Gold, &product(), &seller(None, false)).is_met(), "no rule, no badge");
}

#[test]
fn another_price_or_promise_is_another_offer_and_another_title_is_not() {
    let before = offer_sha256(&product());
    assert_eq!(offer_sha256(&Product { title: "Cup".to_owned(), version: 2, ..product() }), before);
    let dearer = Ladder::imported(Currency::USD, vec![(1, UnitPrice::parse("3").unwrap())]).unwrap().0;
    for changed in [
        Product { ladder: dearer, ..product() },
        Product { guaranteed: None, ..product() },
        Product { easy_return: false, ..product() },
        Product { minimum_order_quantity: 11, ..product() },
    ] {
        assert_ne!(offer_sha256(&changed), before);
    }
}
