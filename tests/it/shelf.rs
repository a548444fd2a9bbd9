//! Verbs that fill the catalogue: suppliers, products, badges, certificates, reviews.

use std::collections::HashMap;

use surety::domain::audit::{
    Audit, AuditScope, Certificate, CertificateKind, Media, MediaDetails, MediaKind, MediaOwner,
};
use surety::domain::badge::{BadgeAward, BadgeKind, BadgeSubject};
use surety::domain::category::Category;
use surety::domain::evidence::{Evidence, EvidenceKind, Recorded};
use surety::domain::ids::{ProductId, SupplierId};
use surety::domain::ladder::{Ladder, LeadTimes};
use surety::domain::language::Texts;
use surety::domain::money::{Currency, UnitPrice};
use surety::domain::party::{CompanyDraft, Plan};
use surety::domain::product::{Product, ProductStatus};
use surety::domain::review::{Review, ReviewSubject, SubScores};
use surety::domain::supplier::{Specialisation, Supplier};
use surety::domain::time::Span;
use surety::service::parties;
use surety::store::catalogue::{badges, categories, evidence, listing, products, reviews, suppliers};
use surety::store::trust::evidence as records;

use super::world::World;

/// A price ladder in dollars.
pub fn dollars(breaks: &[(i64, &str)]) -> Ladder {
    priced("USD", breaks)
}

/// A price ladder in any currency.
pub fn priced(currency: &str, breaks: &[(i64, &str)]) -> Ladder {
    let breaks = breaks.iter().map(|&(at, price)| (at, UnitPrice::parse(price).unwrap())).collect();
    Ladder::imported(Currency::parse(currency).unwrap(), breaks).unwrap().0
}

impl World {
    /// A supplier of a new company with these badges, each for a year from now.
    pub async fn listed_supplier(
        &self,
        name: &str,
        country: &str,
        specialisation: Option<Specialisation>,
        kinds: &[BadgeKind],
    ) -> SupplierId {
        let draft = CompanyDraft {
            name: name.to_owned(),
            country: country.to_owned(),
            plan: Plan::Standard,
            external_reference: None,
        };
        let company = parties::create_company(&self.app, draft).await.unwrap();
        let now = self.now();
        let supplier = Supplier {
            id: self.app.ids.make(now),
            company: company.id,
            name: company.name,
            country: company.country,
            specialisation,
            description: format!("{name} makes things."),
            established_on: None,
            external_reference: None,
            suspended: None,
            imported: false,
            version: 1,
            created_at: now,
        };
        let tx = self.app.db.begin().await.unwrap();
        suppliers::insert_suppliers(&tx, std::slice::from_ref(&supplier)).await.unwrap();
        let awards: Vec<_> = kinds
            .iter()
            .map(|&kind| self.award(BadgeSubject::Supplier(supplier.id), kind, Some(Span::days(365))))
            .collect();
        badges::insert_badges(&tx, &awards).await.unwrap();
        listing::refresh_suppliers(&tx, &[supplier.id], now).await.unwrap();
        tx.commit().await.unwrap();
        supplier.id
    }

    /// A badge from now on.
    pub fn award(&self, subject: BadgeSubject, kind: BadgeKind, lasts: Option<Span>) -> BadgeAward {
        let now = self.now();
        BadgeAward {
            id: self.app.ids.make(now),
            subject,
            kind,
            issuer: "Institute of Trade".to_owned(),
            evidence: Vec::new(),
            granted_at: now,
            expires_at: lasts.map(|span| now.plus(span)),
            revoked: None,
            policy_version: None,
        }
        .check()
        .unwrap()
    }

    /// A published product to be changed before it is stocked.
    pub fn product(&self, supplier: SupplierId, title: &str) -> Product {
        let now = self.now();
        Product {
            id: self.app.ids.make(now),
            supplier,
            category: None,
            title: title.to_owned(),
            description: String::new(),
            attributes: Vec::new(),
            texts: Texts::default(),
            unit: "piece".to_owned(),
            minimum_order_quantity: 10,
            order_increment: 1,
            ladder: dollars(&[(1, "2.50"), (100, "2.00")]),
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

    /// Writes products and their listings.
    pub async fn stock(&self, wares: &[Product]) {
        let tx = self.app.db.begin().await.unwrap();
        products::insert_products(&tx, wares).await.unwrap();
        let ids: Vec<_> = wares.iter().map(|product| product.id).collect();
        listing::refresh_products(&tx, &ids, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A category below another one.
    pub async fn category(&self, parent: Option<&Category>, name: &str) -> Category {
        let now = self.now();
        let category = Category::new(self.app.ids.make(now), parent, name.to_owned(), None).unwrap();
        let tx = self.app.db.begin().await.unwrap();
        categories::insert_categories(&tx, std::slice::from_ref(&category), now).await.unwrap();
        tx.commit().await.unwrap();
        category
    }

    /// A certificate that is valid for a year, covering these products.
    pub async fn certificate(
        &self,
        supplier: SupplierId,
        kind: CertificateKind,
        standard: &str,
        covers: &[ProductId],
    ) {
        let now = self.now();
        let id = self.app.ids.make(now);
        let certificate = Certificate {
            id,
            supplier,
            kind,
            standard: standard.to_owned(),
            issuer: "TIC".to_owned(),
            number: id.to_string(),
            scope: "everything".to_owned(),
            valid_from: now.day(),
            valid_until: now.plus(Span::days(365)).day(),
            sha256: None,
        };
        let tx = self.app.db.begin().await.unwrap();
        evidence::insert_certificates(&tx, &[certificate], now).await.unwrap();
        let pairs: Vec<_> = covers.iter().map(|&product| (product, id)).collect();
        evidence::cover_products(&tx, &pairs).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The certificates of these suppliers.
    pub async fn certificates_of(&self, suppliers: &[SupplierId]) -> HashMap<SupplierId, Vec<Certificate>> {
        let found = records::of_suppliers(&self.app.db, EvidenceKind::Certificate, suppliers).await.unwrap();
        let certificate = |known: Recorded| match known.evidence {
            Evidence::Certificate(certificate) => certificate,
            other => panic!("{other:?} is no certificate"),
        };
        let of = |(supplier, all): (_, Vec<Recorded>)| (supplier, all.into_iter().map(certificate).collect());
        found.into_iter().map(of).collect()
    }

    /// A passed audit with one panorama.
    pub async fn audit(&self, supplier: SupplierId) {
        let now = self.now();
        let audit = Audit {
            id: self.app.ids.make(now),
            supplier,
            institution: "SGA".to_owned(),
            auditor: "J. Doe".to_owned(),
            online: true,
            onsite: true,
            scope: AuditScope {
                company_profile: true,
                production_capacity: true,
                production_process: true,
                management_controls: false,
            },
            passed: true,
            reported_on: now.day(),
            valid_until: now.plus(Span::days(365)).day(),
        };
        let panorama = Media {
            id: self.app.ids.make(now),
            owner: MediaOwner::Audit(audit.id),
            kind: MediaKind::Panorama,
            title: "Hall 1".to_owned(),
            url: "https://media.example/hall-1".to_owned(),
            sha256: Some("ab".repeat(32)),
            position: 0,
            details: MediaDetails::default(),
        };
        let tx = self.app.db.begin().await.unwrap();
        evidence::insert_audits(&tx, &[audit], now).await.unwrap();
        evidence::insert_media(&tx, &[panorama], now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Imported reviews with these scores, a second apart, the last one newest.
    pub async fn reviewed(
        &self,
        supplier: SupplierId,
        subject: ReviewSubject,
        scores: &[i64],
    ) -> Vec<Review> {
        let now = self.now();
        let written: Vec<Review> = (0_i64..)
            .zip(scores)
            .map(|(seconds, &score)| Review {
                id: self.app.ids.make(now),
                supplier,
                subject,
                buyer: None,
                order: None,
                score,
                sub_scores: SubScores::default(),
                title: format!("{score} stars"),
                body: String::new(),
                reply: None,
                attachments: Vec::new(),
                helpful: 0,
                purchase: None,
                hidden_reason: None,
                external_reference: None,
                imported: true,
                created_at: now.plus(Span::seconds(seconds)),
            })
            .collect();
        let tx = self.app.db.begin().await.unwrap();
        reviews::insert_reviews(&tx, &written).await.unwrap();
        listing::refresh_suppliers(&tx, &[supplier], now).await.unwrap();
        if let ReviewSubject::Product(product) = subject {
            listing::refresh_products(&tx, &[product], now).await.unwrap();
        }
        tx.commit().await.unwrap();
        written
    }
}
