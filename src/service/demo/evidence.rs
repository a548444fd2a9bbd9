//! What backs the badges: audits, certificates, licences, their documents, and the awards themselves.

use super::Workshop;
use super::articles::ARTICLES;
use super::makers::{Houses, Maker, Standing};
use crate::domain::audit::{
    Audit, AuditScope, Certificate, CertificateKind, Licence, Media, MediaDetails, MediaKind, MediaOwner,
};
use crate::domain::badge::{BadgeAward, BadgeKind, BadgeSubject, EndedBy, Revocation};
use crate::domain::error::Refusal;
use crate::domain::evidence::{
    AgencyCheck, Evidence, EvidenceId, Membership, Recorded, TrackRecord, TrackRecordKind, after,
};
use crate::domain::supplier::{Specialisation, Supplier};
use crate::domain::time::{Day, Span, Timestamp};

/// Everything that is shown.
#[derive(Default)]
pub(super) struct Shown {
    /// What is on record, each since the day that it speaks of.
    pub(super) records: Vec<Recorded>,
    pub(super) certificates: Vec<Certificate>,
    /// The reports and films of audits.
    pub(super) media: Vec<Media>,
    pub(super) awards: Vec<BadgeAward>,
}

impl Shown {
    fn record(&mut self, shop: &Workshop<'_>, supplier: &Supplier, evidence: Evidence) -> EvidenceId {
        let recorded_at = evidence.begins_on().map_or(shop.now, |day| day.start().max(supplier.created_at));
        let id = evidence.id();
        let recorded_at = recorded_at.min(shop.now);
        self.records.push(Recorded {
            evidence,
            supplier: supplier.id,
            file: None,
            recorded_at,
            withdrawn: None,
        });
        id
    }
}

/// Days for which an audit is valid.
const AUDIT_VALID_DAYS: i64 = 365;
const INSTITUTIONS: [&str; 4] =
    ["Meridian Inspection", "Northgate Assurance", "Calder Certification", "Three Rivers Testing"];
const AUDITORS: [&str; 6] =
    ["M. Okafor", "J. Lindqvist", "R. Banerjee", "C. Duarte", "Y. Tanabe", "A. Novak"];

/// Makes the evidence of every house.
pub(super) fn of(shop: &mut Workshop<'_>, houses: &Houses) -> Result<Shown, Refusal> {
    let mut shown = Shown::default();
    for (number, (maker, supplier)) in (1_000_i64..).zip(houses.each()) {
        licence(shop, &mut shown, maker, supplier, number);
        certificates(shop, &mut shown, maker, supplier, number)?;
        tour(shop, &mut shown, maker, supplier);
        if maker.standing >= Standing::Verified {
            let age = shop.dice.between(20, 300);
            let audit = audit(shop, maker, supplier, age, true)?;
            audited(shop, &mut shown, maker, supplier, audit);
        }
        memberships(shop, &mut shown, maker, supplier)?;
    }
    lapses(shop, &mut shown, houses)?;
    Ok(shown)
}

/// The day that many days ago.
fn days_ago(shop: &Workshop<'_>, days: i64) -> Day {
    Day::from_number(shop.now.day().number() - days)
}

fn licence(shop: &mut Workshop<'_>, shown: &mut Shown, maker: &Maker, supplier: &Supplier, number: i64) {
    let year = maker.year;
    let licence = Licence {
        id: shop.app.ids.make(shop.now),
        supplier: supplier.id,
        issuer: format!("Trade register of {}", maker.city),
        number: format!("{}-{year}-{number}", maker.country),
        scope: "Making and trading of goods, import and export".to_owned(),
        valid_from: supplier.established_on.unwrap_or_else(|| days_ago(shop, 4_000)),
        valid_until: None,
        sha256: None,
    };
    shown.record(shop, supplier, Evidence::Licence(licence));
}

/// A certificate of management for most, and one of goods for each kind of goods.
fn certificates(
    shop: &mut Workshop<'_>,
    shown: &mut Shown,
    maker: &Maker,
    supplier: &Supplier,
    number: i64,
) -> Result<(), Refusal> {
    let mut wanted: Vec<(CertificateKind, &str, String)> = Vec::new();
    if maker.standing >= Standing::Gold {
        let scope = format!("Making and dispatch in {}", maker.city);
        wanted.push((CertificateKind::Management, "ISO 9001", scope.clone()));
        if shop.dice.percent(60) {
            let standard = shop.dice.word(&["ISO 14001", "BSCI", "SA8000", "ISO 45001"]);
            wanted.push((CertificateKind::Management, standard, scope));
        }
    }
    for noun in maker.makes {
        let article = ARTICLES.iter().find(|article| article.noun == *noun);
        let fresh =
            article.filter(|article| wanted.iter().all(|(_, standard, _)| *standard != article.standard));
        if let Some(article) = fresh.filter(|_| maker.standing > Standing::Plain) {
            wanted.push((CertificateKind::Product, article.standard, format!("{noun}s of this house")));
        }
    }
    for (position, (kind, standard, scope)) in (1..).zip(wanted) {
        let age = shop.dice.between(40, 900);
        let certificate = Certificate {
            id: shop.app.ids.make(shop.now),
            supplier: supplier.id,
            kind,
            standard: standard.to_owned(),
            issuer: shop.dice.word(&INSTITUTIONS).to_owned(),
            number: format!("C{number}-{position:02}"),
            scope,
            valid_from: days_ago(shop, age),
            valid_until: days_ago(shop, age - 1_095),
            sha256: None,
        };
        let certificate = certificate.check()?;
        shown.record(shop, supplier, Evidence::Certificate(certificate.clone()));
        shown.certificates.push(certificate);
    }
    Ok(())
}

/// An audit that many days ago.
fn audit(
    shop: &mut Workshop<'_>,
    maker: &Maker,
    supplier: &Supplier,
    age: i64,
    passed: bool,
) -> Result<Audit, Refusal> {
    let onsite =
        maker.specialisation == Specialisation::CustomManufacturer || maker.standing == Standing::Pro;
    let audit = Audit {
        id: shop.app.ids.make(shop.now),
        supplier: supplier.id,
        institution: shop.dice.word(&INSTITUTIONS).to_owned(),
        auditor: shop.dice.word(&AUDITORS).to_owned(),
        online: !onsite || shop.dice.percent(40),
        onsite,
        scope: AuditScope {
            company_profile: true,
            production_capacity: onsite,
            production_process: onsite,
            management_controls: maker.standing == Standing::Pro,
        },
        passed,
        reported_on: days_ago(shop, age),
        valid_until: days_ago(shop, age - AUDIT_VALID_DAYS),
    };
    audit.check()
}

/// The audit's report and film, and the badges that it backs.
fn audited(shop: &mut Workshop<'_>, shown: &mut Shown, maker: &Maker, supplier: &Supplier, audit: Audit) {
    let owner = MediaOwner::Audit(audit.id);
    let slug = slug(maker);
    shown.media.push(media(shop, owner, MediaKind::FactoryReport, "Report on the factory", &slug, 0));
    if audit.onsite {
        shown.media.push(media(shop, owner, MediaKind::InspectionVideo, "Film of the inspection", &slug, 1));
    }
    let kinds: &[BadgeKind] = match maker.standing {
        Standing::Pro => &[BadgeKind::Verified, BadgeKind::VerifiedPro],
        _ => &[BadgeKind::Verified],
    };
    let (institution, reported_on, valid_until) =
        (audit.institution.clone(), audit.reported_on, audit.valid_until);
    let mut evidence = vec![shown.record(shop, supplier, Evidence::Audit(audit))];
    for &kind in kinds {
        if kind == BadgeKind::VerifiedPro {
            evidence.extend(track_records(shop, shown, maker, supplier, reported_on));
        }
        shown.awards.push(BadgeAward {
            id: shop.app.ids.make(shop.now),
            subject: BadgeSubject::Supplier(supplier.id),
            kind,
            issuer: institution.clone(),
            evidence: evidence.clone(),
            granted_at: reported_on.start(),
            expires_at: Some(after(valid_until)),
            revoked: None,
            policy_version: None,
        });
    }
}

/// What a house of the first rank has achieved.
fn track_records(
    shop: &mut Workshop<'_>,
    shown: &mut Shown,
    maker: &Maker,
    supplier: &Supplier,
    by: Day,
) -> Vec<EvidenceId> {
    let years = |years: i64| Day::from_number(by.number() - 365 * years);
    let entries = [
        (TrackRecordKind::Experience, "In the trade since its founding", "Chamber of commerce", years(12)),
        (TrackRecordKind::ClientCase, "Outfitting of a chain of hotels", "Alder & Rowe Group", years(3)),
        (TrackRecordKind::ClientCase, "Second source for a house brand", "Kestrel Retail", years(2)),
        (TrackRecordKind::IndustryAward, "Maker of the year", "Federation of trade fairs", years(1)),
        (TrackRecordKind::Patent, "A way of joining without seams", "Patent office", years(4)),
        (
            TrackRecordKind::ManufacturingCapability,
            "Lights-out second shift",
            "Meridian Inspection",
            years(1),
        ),
    ];
    let mut ids = Vec::with_capacity(entries.len());
    for (kind, title, issuer, since_on) in entries {
        let number = (kind == TrackRecordKind::Patent).then(|| format!("{}-{}", maker.country, supplier.id));
        let entry = TrackRecord {
            id: shop.app.ids.make(shop.now),
            supplier: supplier.id,
            kind,
            title: title.to_owned(),
            issuer: issuer.to_owned(),
            number,
            description: String::new(),
            since_on,
            valid_until: None,
        };
        ids.push(shown.record(shop, supplier, Evidence::TrackRecord(entry)));
    }
    ids
}

/// A membership from a day on for a year, and the agency's check that went with it.
fn membership(shop: &mut Workshop<'_>, shown: &mut Shown, supplier: &Supplier, from: Day) -> Vec<EvidenceId> {
    let until = Day::from_number(from.number() + 364);
    let paid = Membership {
        id: shop.app.ids.make(shop.now),
        supplier: supplier.id,
        reference: format!("M-{}-{from}", supplier.id),
        paid_on: from,
        valid_from: from,
        valid_until: until,
    };
    let check = AgencyCheck {
        id: shop.app.ids.make(shop.now),
        supplier: supplier.id,
        agency: shop.dice.word(&INSTITUTIONS).to_owned(),
        reference: format!("K-{}-{from}", supplier.id),
        capacity: true,
        credentials: true,
        passed: true,
        findings: "Machines, people and papers are as stated.".to_owned(),
        checked_on: from,
        valid_until: until,
    };
    vec![
        shown.record(shop, supplier, Evidence::Membership(paid)),
        shown.record(shop, supplier, Evidence::AgencyCheck(check)),
    ]
}

/// The paid membership and the enrolment in the protection programme.
fn memberships(
    shop: &mut Workshop<'_>,
    shown: &mut Shown,
    maker: &Maker,
    supplier: &Supplier,
) -> Result<(), Refusal> {
    let subject = BadgeSubject::Supplier(supplier.id);
    if maker.standing >= Standing::Gold {
        let age = shop.dice.between(30, 320);
        let from = days_ago(shop, age);
        let evidence = membership(shop, shown, supplier, from);
        let end = Day::from_number(from.number() + 365).start();
        let gold = award(shop, subject, BadgeKind::Gold, from.start(), Some(end))?;
        shown.awards.push(BadgeAward { evidence, ..gold });
    }
    if maker.protected {
        let age = shop.dice.between(190, 900);
        let granted_at = shop.now.minus(Span::days(age));
        shown.awards.push(award(shop, subject, BadgeKind::TradeAssurance, granted_at, None)?);
    }
    Ok(())
}

/// An award of the platform.
pub(super) fn award(
    shop: &Workshop<'_>,
    subject: BadgeSubject,
    kind: BadgeKind,
    granted_at: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<BadgeAward, Refusal> {
    BadgeAward {
        id: shop.app.ids.make(shop.now),
        subject,
        kind,
        issuer: "Surety".to_owned(),
        evidence: Vec::new(),
        granted_at,
        expires_at,
        revoked: None,
        policy_version: None,
    }
    .check()
}

/// What ended: an audit of years ago, a membership that lapsed, an enrolment that was taken away.
fn lapses(shop: &mut Workshop<'_>, shown: &mut Shown, houses: &Houses) -> Result<(), Refusal> {
    let plain: Vec<_> = houses.each().filter(|(maker, _)| maker.standing == Standing::Plain).collect();
    for (maker, supplier) in &plain {
        let old = audit(shop, maker, supplier, 500, true)?;
        audited(shop, shown, maker, supplier, old);
        let from = days_ago(shop, 480);
        let evidence = membership(shop, shown, supplier, from);
        let (granted_at, end) = (from.start(), Day::from_number(from.number() + 365).start());
        let subject = BadgeSubject::Supplier(supplier.id);
        let gold = award(shop, subject, BadgeKind::Gold, granted_at, Some(end))?;
        shown.awards.push(BadgeAward { evidence, ..gold });
        if !maker.protected {
            let mut gone = award(shop, subject, BadgeKind::TradeAssurance, granted_at, None)?;
            let at = shop.now.minus(Span::days(90));
            let reason = "Dispatched late too often.".to_owned();
            gone.revoked = Some(Revocation { at, reason, by: EndedBy::Platform });
            shown.awards.push(gone);
        }
    }
    Ok(())
}

/// What a house shows of itself.
fn tour(shop: &mut Workshop<'_>, shown: &mut Shown, maker: &Maker, supplier: &Supplier) {
    let owner = MediaOwner::Supplier(supplier.id);
    let slug = slug(maker);
    let mut scenes = vec![(MediaKind::Image, "The house")];
    if maker.standing >= Standing::Gold {
        scenes.push((MediaKind::Video, "A day in the works"));
    }
    if maker.standing >= Standing::Verified {
        scenes.push((MediaKind::Panorama, "The production hall"));
    }
    if maker.standing == Standing::Pro {
        scenes.push((MediaKind::VrTour, "A walk through the works"));
    }
    for (position, (kind, title)) in (0..).zip(scenes) {
        let scene = media(shop, owner, kind, title, &slug, position);
        shown.record(shop, supplier, Evidence::Media(scene));
    }
}

/// A document at an address that belongs to nobody.
pub(super) fn media(
    shop: &Workshop<'_>,
    owner: MediaOwner,
    kind: MediaKind,
    title: &str,
    slug: &str,
    position: i64,
) -> Media {
    let word = kind.as_str().to_lowercase().replace('_', "-");
    let form = match kind {
        MediaKind::Image | MediaKind::Panorama => "jpg",
        MediaKind::Video | MediaKind::InspectionVideo => "mp4",
        MediaKind::FactoryReport | MediaKind::Document => "pdf",
        MediaKind::VrTour => "html",
    };
    Media {
        id: shop.app.ids.make(shop.now),
        owner,
        kind,
        title: title.to_owned(),
        url: format!("https://media.surety.example/{slug}/{word}-{position}.{form}"),
        sha256: None,
        position,
        details: MediaDetails::default(),
    }
}

/// The house's name as a part of an address.
pub(super) fn slug(maker: &Maker) -> String {
    let plain = maker.name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
    plain.collect::<String>().to_lowercase()
}
