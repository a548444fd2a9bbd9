//! Each criterion just met and just not met.

use super::*;
use crate::domain::audit::{AuditScope, Certificate, CertificateKind};
use crate::domain::badge::{BadgeSubject, Revocation, Settlement};
use crate::domain::evidence::{AgencyCheck, Membership, Withdrawal};
use crate::domain::export::ExportPlace;
use crate::domain::ids::{CompanyId, SupplierId, TypedId};
use crate::domain::money::{Currency, Money};
use crate::domain::time::Day;

/// The day that "now" is in.
const TODAY: i64 = 20_000;

fn now() -> Timestamp {
    Day::from_number(TODAY).start().plus(Span::hours(12))
}

fn day(offset: i64) -> Day {
    Day::from_number(TODAY + offset)
}

fn supplier(specialisation: Option<Specialisation>) -> Supplier {
    Supplier {
        id: SupplierId::from_u128(1),
        company: CompanyId::from_u128(1),
        name: "Acme".to_owned(),
        country: "DE".to_owned(),
        specialisation,
        description: String::new(),
        established_on: None,
        external_reference: None,
        suspended: None,
        imported: false,
        version: 1,
        created_at: Timestamp::from_micros(0),
    }
}

fn record(evidence: Evidence) -> Recorded {
    let supplier = SupplierId::from_u128(1);
    Recorded { evidence, supplier, file: None, recorded_at: Timestamp::from_micros(1), withdrawn: None }
}

fn membership(from: i64, until: i64) -> Recorded {
    record(Evidence::Membership(Membership {
        id: TypedId::from_u128(1),
        supplier: SupplierId::from_u128(1),
        reference: "INV".to_owned(),
        paid_on: day(from),
        valid_from: day(from),
        valid_until: day(until),
    }))
}

fn check(capacity: bool, credentials: bool, passed: bool, until: i64) -> Recorded {
    record(Evidence::AgencyCheck(AgencyCheck {
        id: TypedId::from_u128(2),
        supplier: SupplierId::from_u128(1),
        agency: "Bureau".to_owned(),
        reference: "R".to_owned(),
        capacity,
        credentials,
        passed,
        findings: String::new(),
        checked_on: day(-100),
        valid_until: day(until),
    }))
}

/// An audit reported some days ago; what it looked at as `p` (profile), `c` (capacity), `r` (process), `s` (on site).
fn audit(ago: i64, passed: bool, looked: &str, valid: i64) -> Recorded {
    let has = |letter: char| looked.contains(letter);
    record(Evidence::Audit(Audit {
        id: TypedId::from_u128(u128::try_from(ago + 100).unwrap()),
        supplier: SupplierId::from_u128(1),
        institution: "SGA".to_owned(),
        auditor: "J. Doe".to_owned(),
        online: true,
        onsite: has('s'),
        scope: AuditScope {
            company_profile: has('p'),
            production_capacity: has('c'),
            production_process: has('r'),
            management_controls: false,
        },
        passed,
        reported_on: day(-ago),
        valid_until: day(valid - ago),
    }))
}

fn entry(kind: TrackRecordKind, number: u128, since: i64) -> Recorded {
    record(Evidence::TrackRecord(TrackRecord {
        id: TypedId::from_u128(number),
        supplier: SupplierId::from_u128(1),
        kind,
        title: "T".to_owned(),
        issuer: "I".to_owned(),
        number: None,
        description: String::new(),
        since_on: day(since),
        valid_until: None,
    }))
}

fn policy() -> TrustPolicy {
    TrustPolicy { version: 1, valid_from: Timestamp::from_micros(0), figures: TrustFigures::initial() }
}

/// The criteria that are not met, as words.
fn words(stands: &Eligibility) -> Vec<&'static str> {
    stands.unmet().into_iter().map(BadgeCriterion::as_str).collect()
}

fn unmet(
    kind: BadgeKind,
    supplier: &Supplier,
    records: &[Recorded],
    metrics: SupplierMetrics,
    export: Option<&ExportVolume>,
) -> Vec<&'static str> {
    let facts = SupplierFacts { supplier, records, awards: &[], metrics, export };
    words(&supplier_eligibility(kind, facts, &policy(), now()))
}

#[test]
fn gold_needs_a_paid_membership_and_both_checks() {
    let acme = supplier(None);
    let good = || vec![membership(-10, 0), check(true, true, true, 0)];
    for (records, missing) in [
        (good(), vec![]),
        (vec![membership(-10, 0), check(true, false, true, 0)], vec!["CREDENTIALS_CHECKED"]),
        (vec![membership(-10, 0), check(false, true, true, 0)], vec!["CAPACITY_CHECKED"]),
        (
            vec![membership(-10, 0), check(true, true, false, 0)],
            vec!["CAPACITY_CHECKED", "CREDENTIALS_CHECKED"],
        ),
        (
            vec![membership(-10, 0), check(true, true, true, -1)],
            vec!["CAPACITY_CHECKED", "CREDENTIALS_CHECKED"],
        ),
        (vec![membership(-10, -1), check(true, true, true, 0)], vec!["MEMBERSHIP_IN_FORCE"]),
        (vec![membership(1, 300), check(true, true, true, 0)], vec!["MEMBERSHIP_IN_FORCE"]),
    ] {
        let found = unmet(BadgeKind::Gold, &acme, &records, SupplierMetrics::default(), None);
        assert_eq!(found, missing, "{records:?}");
    }
    let withdrawn = Withdrawal { at: now(), reason: "forged".to_owned() };
    let records =
        [Recorded { withdrawn: Some(withdrawn), ..membership(-10, 10) }, check(true, true, true, 0)];
    let found = unmet(BadgeKind::Gold, &acme, &records, SupplierMetrics::default(), None);
    assert_eq!(found, ["MEMBERSHIP_IN_FORCE"]);
}

#[test]
fn a_badge_holds_until_the_first_of_its_parts_ends() {
    let acme = supplier(None);
    let records = [membership(-10, 30), membership(-10, 40), check(true, true, true, 35)];
    let metrics = SupplierMetrics::default();
    let facts = SupplierFacts { supplier: &acme, records: &records, awards: &[], metrics, export: None };
    let stands = supplier_eligibility(BadgeKind::Gold, facts, &policy(), now());
    assert_eq!(stands.until(), Some(day(36).start()));
    assert_eq!(stands.evidence().len(), 2);
}

#[test]
fn a_membership_renewed_in_advance_carries_the_badge_on_unless_a_day_is_between() {
    let acme = supplier(None);
    for (next, until) in [((11, 300), 301), ((5, 300), 301), ((12, 300), 11), ((2, 8), 11)] {
        let records = [membership(-10, 10), membership(next.0, next.1), check(true, true, true, 900)];
        let metrics = SupplierMetrics::default();
        let facts = SupplierFacts { supplier: &acme, records: &records, awards: &[], metrics, export: None };
        let stands = supplier_eligibility(BadgeKind::Gold, facts, &policy(), now());
        assert_eq!(stands.until(), Some(day(until).start()), "{next:?}");
    }
}

#[test]
fn a_later_failed_check_overrides_earlier_ones_of_what_it_looked_at() {
    let acme = supplier(None);
    let on = |mut known: Recorded, checked_on: i64| {
        if let Evidence::AgencyCheck(check) = &mut known.evidence {
            check.checked_on = day(checked_on);
        }
        known
    };
    let passed = || check(true, true, true, 100);
    for (failed, missing) in [
        (on(check(true, false, false, 100), -50), vec!["CAPACITY_CHECKED"]),
        (on(check(false, true, false, 100), -50), vec!["CREDENTIALS_CHECKED"]),
        // It says what it says also when its own time is over.
        (on(check(true, true, false, -20), -50), vec!["CAPACITY_CHECKED", "CREDENTIALS_CHECKED"]),
        (on(check(true, true, false, 100), -150), vec![]),
    ] {
        let records = [membership(-10, 10), passed(), failed];
        let found = unmet(BadgeKind::Gold, &acme, &records, SupplierMetrics::default(), None);
        assert_eq!(found, missing, "{records:?}");
    }
}

#[test]
fn verified_needs_a_passed_audit_of_the_last_year_and_of_the_works_for_makers_to_order() {
    let (trader, maker) = (supplier(None), supplier(Some(Specialisation::CustomManufacturer)));
    let all = ["AUDIT_PASSED", "COMPANY_PROFILE_AUDITED", "ONSITE_PRODUCTION_AUDITED"];
    for (who, records, missing) in [
        (&trader, vec![audit(0, true, "p", 365)], &[][..]),
        (&trader, vec![], &all[..2]),
        (&trader, vec![audit(10, false, "p", 365)], &all[..2]),
        (&trader, vec![audit(10, true, "c", 365)], &all[1..2]),
        // A year after the report it still holds, a day later no more, however long the institution says.
        (&trader, vec![audit(365, true, "p", 900)], &[]),
        (&trader, vec![audit(366, true, "p", 900)], &all[..2]),
        (&trader, vec![audit(10, true, "p", 10)], &[]),
        (&trader, vec![audit(10, true, "p", 9)], &all[..2]),
        // A failed audit overrides those before it, a later passed one overrides it.
        (&trader, vec![audit(20, true, "p", 365), audit(10, false, "p", 365)], &all[..2]),
        (&trader, vec![audit(20, false, "p", 365), audit(10, true, "p", 365)], &[]),
        (&maker, vec![audit(10, true, "pcrs", 365)], &[]),
        (&maker, vec![audit(10, true, "pcr", 365)], &all[2..]),
        (&maker, vec![audit(10, true, "pcs", 365)], &all[2..]),
        (&maker, vec![audit(10, true, "prs", 365)], &all[2..]),
        (&maker, vec![audit(10, true, "p", 365), audit(30, true, "crs", 365)], &[]),
    ] {
        let found = unmet(BadgeKind::Verified, who, &records, SupplierMetrics::default(), None);
        assert_eq!(found, missing, "{records:?}");
    }
}

/// Everything that Verified Pro needs, just met.
fn proven() -> (Vec<Recorded>, SupplierMetrics, ExportVolume) {
    let certificate = record(Evidence::Certificate(Certificate {
        id: TypedId::from_u128(3),
        supplier: SupplierId::from_u128(1),
        kind: CertificateKind::Management,
        standard: "ISO 9001".to_owned(),
        issuer: "TIC".to_owned(),
        number: "1".to_owned(),
        scope: String::new(),
        valid_from: day(-10),
        valid_until: day(0),
        sha256: None,
    }));
    // 20000 days after 1970 is 2024-10-04; five years before it 2019-10-04.
    let five_years = Day::parse("2019-10-03").unwrap().number() - TODAY;
    let records = vec![
        audit(10, true, "p", 365),
        entry(TrackRecordKind::Experience, 10, five_years),
        entry(TrackRecordKind::ClientCase, 11, -5),
        entry(TrackRecordKind::ClientCase, 12, -5),
        entry(TrackRecordKind::IndustryAward, 13, -5),
        entry(TrackRecordKind::Patent, 14, -5),
        entry(TrackRecordKind::ManufacturingCapability, 15, 0),
        certificate,
    ];
    let metrics = SupplierMetrics {
        orders_placed: 50,
        dispatched: 10,
        dispatched_late: 1,
        disputes: 1,
        responses: 2,
        response_seconds: 2 * 86_400,
        ..SupplierMetrics::default()
    };
    let export = ExportVolume {
        supplier: SupplierId::from_u128(1),
        country: "DE".to_owned(),
        volume: Money::new(100, Currency::USD),
        orders: 1,
        unpriced_orders: 0,
        place: Some(ExportPlace { place: 2, exporters: 10 }),
        computed_at: now(),
    };
    (records, metrics, export)
}

#[test]
fn verified_pro_needs_every_part() {
    let acme = supplier(None);
    let (records, metrics, export) = proven();
    let pro = |records: &[Recorded], metrics, export: Option<&ExportVolume>| {
        unmet(BadgeKind::VerifiedPro, &acme, records, metrics, export)
    };
    assert_eq!(pro(&records, metrics, Some(&export)), Vec::<&str>::new());
    for (index, missing) in [
        (1, "EXPERIENCE"),
        (2, "CLIENT_CASES"),
        (4, "INDUSTRY_AWARDS"),
        (5, "PATENTS"),
        (6, "MANUFACTURING_CAPABILITY"),
        (7, "CERTIFICATIONS"),
    ] {
        let mut fewer = records.clone();
        fewer.remove(index);
        assert_eq!(pro(&fewer, metrics, Some(&export)), [missing]);
    }
    let mut without_audit = records.clone();
    without_audit.remove(0);
    assert_eq!(pro(&without_audit, metrics, Some(&export)), ["AUDIT_PASSED", "COMPANY_PROFILE_AUDITED"]);
    // Exactly five years are not more than five.
    let mut young = records.clone();
    young[1] = entry(TrackRecordKind::Experience, 10, Day::parse("2019-10-04").unwrap().number() - TODAY);
    assert_eq!(pro(&young, metrics, Some(&export)), ["EXPERIENCE"]);
    for (changed, missing) in [
        (SupplierMetrics { dispatched_late: 2, ..metrics }, "ON_TIME_DISPATCH"),
        (SupplierMetrics { dispatched: 9, dispatched_late: 0, ..metrics }, "ON_TIME_DISPATCH"),
        (SupplierMetrics { orders_placed: 49, ..metrics }, "DISPUTE_RATE"),
        (SupplierMetrics { orders_placed: 9, disputes: 0, ..metrics }, "DISPUTE_RATE"),
        (SupplierMetrics { response_seconds: 2 * 86_400 + 2, ..metrics }, "RESPONSE_TIME"),
        (SupplierMetrics { responses: 0, response_seconds: 0, ..metrics }, "RESPONSE_TIME"),
    ] {
        assert_eq!(pro(&records, changed, Some(&export)), [missing], "{changed:?}");
    }
    let third = ExportVolume { place: Some(ExportPlace { place: 3, exporters: 10 }), ..export.clone() };
    assert_eq!(pro(&records, metrics, Some(&third)), ["EXPORT_RANK"]);
    let nowhere = ExportVolume { place: None, ..export.clone() };
    assert_eq!(pro(&records, metrics, Some(&nowhere)), ["EXPORT_RANK"]);
    assert_eq!(pro(&records, metrics, None), ["EXPORT_RANK"]);
}

#[test]
fn good_standing_asks_for_nothing_but_that_nothing_is_known_against_it() {
    let acme = supplier(None);
    let standing = |supplier: &Supplier, awards: &[BadgeAward], metrics| {
        let facts = SupplierFacts { supplier, records: &[], awards, metrics, export: None };
        words(&supplier_eligibility(BadgeKind::TradeAssurance, facts, &policy(), now()))
    };
    let none: [&str; 0] = [];
    assert_eq!(standing(&acme, &[], SupplierMetrics::default()), none);
    let suspension = crate::domain::supplier::Suspension { at: now(), reason: "fraud".to_owned() };
    let suspended = Supplier { suspended: Some(suspension), ..acme.clone() };
    assert_eq!(standing(&suspended, &[], SupplierMetrics::default()), ["NOT_SUSPENDED"]);
    let expelled = |at: Timestamp, by: EndedBy| BadgeAward {
        id: TypedId::from_u128(1),
        subject: BadgeSubject::Supplier(acme.id),
        kind: BadgeKind::TradeAssurance,
        issuer: "Surety".to_owned(),
        evidence: Vec::new(),
        granted_at: Timestamp::from_micros(1),
        expires_at: None,
        revoked: Some(Revocation { at, reason: "late".to_owned(), by }),
        policy_version: Some(1),
    };
    let pause = TrustFigures::initial().enrolment_pause;
    for (at, by, missing) in [
        (now().minus(pause), EndedBy::Platform, &["NOT_EXPELLED"][..]),
        (now().minus(pause).minus(Span::seconds(1)), EndedBy::Platform, &[]),
        (now(), EndedBy::Supplier, &[]),
        (now(), EndedBy::Rules, &[]),
    ] {
        assert_eq!(standing(&acme, &[expelled(at, by)], SupplierMetrics::default()), missing);
    }
    let base = SupplierMetrics {
        orders_placed: 10,
        dispatched: 10,
        dispatched_late: 3,
        disputes: 1,
        ..Default::default()
    };
    for (metrics, missing) in [
        (base, &[][..]),
        (SupplierMetrics { dispatched_late: 4, ..base }, &["ON_TIME_DISPATCH"]),
        (SupplierMetrics { disputes: 2, ..base }, &["DISPUTE_RATE"]),
        // Too few orders say nothing.
        (SupplierMetrics { orders_placed: 9, disputes: 9, ..base }, &[]),
        (SupplierMetrics { dispatched: 9, dispatched_late: 9, ..base }, &[]),
    ] {
        assert_eq!(standing(&acme, &[], metrics), missing, "{metrics:?}");
    }
}

#[test]
fn an_award_stands_lapses_or_is_replaced() {
    let acme = supplier(None);
    let stands = |records: &[Recorded]| {
        let metrics = SupplierMetrics::default();
        let facts = SupplierFacts { supplier: &acme, records, awards: &[], metrics, export: None };
        supplier_eligibility(BadgeKind::Verified, facts, &policy(), now())
    };
    let before = stands(&[audit(10, true, "p", 365)]);
    let award = BadgeAward {
        id: TypedId::from_u128(1),
        subject: BadgeSubject::Supplier(acme.id),
        kind: BadgeKind::Verified,
        issuer: "Surety".to_owned(),
        evidence: before.evidence(),
        granted_at: now(),
        expires_at: before.until(),
        revoked: None,
        policy_version: Some(1),
    };
    assert_eq!(award.settle(&before), Settlement::Stands);
    assert_eq!(award.settle(&stands(&[])), Settlement::Lapses);
    let renewed = stands(&[audit(10, true, "p", 365), audit(5, true, "p", 365)]);
    assert_eq!(award.settle(&renewed), Settlement::Replaced);
}
