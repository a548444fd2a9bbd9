//! How suppliers stand to badges, what happened to them, and documents under review.

use async_graphql::{ComplexObject, Context, ID, Object, Result, SimpleObject};

use super::words::{BadgeCriterionKind, VerificationDocumentStatus};
use crate::domain;
use crate::domain::badge::Finding;
use crate::domain::evidence::{EvidenceId, EvidenceKind as Kind, Recorded};
use crate::domain::money::Money as Amount;
use crate::graphql::catalogue::{
    AgencyCheck, Audit, BadgeAward, BadgeKind, Certificate, Evidence, EvidenceKind, Licence, Membership,
    Supplier, SupplierMetrics, TrackRecord, evidence_records,
};
use crate::graphql::context::ContextExt;
use crate::graphql::orders::words::{EventActor, EventType};
use crate::graphql::scalars::{DateTime, Decimal, Money, Url};
use crate::service::files;
use crate::service::trust::AsOf;

/// Values that one object shows at most.
const MAXIMUM_SHOWN: usize = 100;

fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// How a supplier or product stands to a badge.
#[derive(Debug, Clone)]
pub struct BadgeEligibility(pub domain::badge::Eligibility);

/// How a supplier or product stands to a badge.
#[Object]
impl BadgeEligibility {
    /// Which badge.
    async fn kind(&self) -> BadgeKind {
        self.0.kind.into()
    }

    /// Whether every criterion is met, so that it can be granted.
    async fn eligible(&self) -> bool {
        self.0.is_met()
    }

    /// The version of the trust policy whose figures were used.
    async fn policy_version(&self) -> i32 {
        small(self.0.policy_version)
    }

    /// The first instant at which a criterion that is met now is no longer met if nothing happens; null without an end.
    async fn until(&self) -> Option<DateTime> {
        self.0.until().map(DateTime)
    }

    /// The criteria, in the order of the rule. At most 20.
    async fn criteria(&self) -> Vec<BadgeCriterion> {
        self.0.findings.iter().cloned().map(BadgeCriterion).collect()
    }
}

/// What has to hold for a badge, and the fact behind it.
#[derive(Debug, Clone)]
pub struct BadgeCriterion(Finding);

/// What has to hold for a badge, and the fact behind it.
#[Object]
impl BadgeCriterion {
    /// Which criterion.
    async fn criterion(&self) -> BadgeCriterionKind {
        self.0.criterion.into()
    }

    /// Whether it is met.
    async fn met(&self) -> bool {
        self.0.met
    }

    /// The fact behind it, in a sentence.
    async fn fact(&self) -> &str {
        &self.0.fact
    }

    /// The records that it rests on. At most 100.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        evidence_records(ctx, &self.0.evidence).await
    }

    /// Since when it is met; null where it is not, or nobody knows.
    async fn since(&self) -> Option<DateTime> {
        self.0.since.map(DateTime)
    }

    /// The first instant at which it is no longer met if nothing happens; null without an end.
    async fn until(&self) -> Option<DateTime> {
        self.0.until.map(DateTime)
    }
}

/// What a buyer saw of a supplier at a past instant.
#[derive(Debug, Clone, SimpleObject)]
pub struct SupplierAsOf {
    /// The instant.
    at: DateTime,
    /// The awards that were in force, newest first. At most 100.
    badges: Vec<BadgeAward>,
    /// The audits that were valid, newest first. At most 100.
    audits: Vec<Audit>,
    /// The certificates that were valid, those that were valid longest first. At most 100.
    certificates: Vec<Certificate>,
    /// The licences that were valid, the latest beginning first. At most 100.
    licences: Vec<Licence>,
    /// The agencies' checks that were valid, newest first. At most 100.
    agency_checks: Vec<AgencyCheck>,
    /// The memberships that were in force, the latest end first. At most 100.
    memberships: Vec<Membership>,
    /// The entries of its track record, the latest day first. At most 100.
    track_records: Vec<TrackRecord>,
}

impl From<AsOf> for SupplierAsOf {
    fn from(seen: AsOf) -> Self {
        fn of<Node>(records: &[Recorded], kind: Kind, read: fn(&Recorded) -> Option<Node>) -> Vec<Node> {
            let of_kind = records.iter().filter(|known| known.evidence.id().kind() == kind);
            of_kind.filter_map(read).take(MAXIMUM_SHOWN).collect()
        }
        let records = &seen.records;
        Self {
            at: DateTime(seen.at),
            audits: of(records, Kind::Audit, Audit::of),
            certificates: of(records, Kind::Certificate, Certificate::of),
            licences: of(records, Kind::Licence, Licence::of),
            agency_checks: of(records, Kind::AgencyCheck, AgencyCheck::of),
            memberships: of(records, Kind::Membership, Membership::of),
            track_records: of(records, Kind::TrackRecord, TrackRecord::of),
            badges: seen.awards.into_iter().take(MAXIMUM_SHOWN).map(BadgeAward).collect(),
        }
    }
}

/// Something that happened to a supplier.
#[derive(Debug, Clone)]
pub struct SupplierEvent(pub domain::event::Event);

impl SupplierEvent {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.body.get(name).and_then(|value| value.as_str())
    }
}

/// Something that happened to a supplier.
#[Object]
impl SupplierEvent {
    /// Its id: the same in every way it is told.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What happened.
    async fn r#type(&self) -> EventType {
        self.0.kind.into()
    }

    /// When it was told; `endedAt` says when something ended.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// Its place among the supplier's events, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        small(self.0.subject_seq)
    }

    /// The supplier's version that it belongs to.
    async fn supplier_version(&self) -> i32 {
        small(self.0.subject_version)
    }

    /// The supplier's id.
    async fn supplier_id(&self) -> ID {
        self.0.subject.to_string().into()
    }

    /// Who caused it; null where that is told of nobody.
    async fn actor(&self) -> Option<EventActor> {
        let actor: domain::actor::EventActor = self.text("actor")?.parse().ok()?;
        Some(actor.into())
    }

    /// Why, where somebody or the rules said so.
    async fn reason(&self) -> Option<&str> {
        self.text("reason")
    }

    /// The badge that it is about.
    async fn badge(&self) -> Option<BadgeKind> {
        let kind: domain::badge::BadgeKind = self.text("badge")?.parse().ok()?;
        Some(kind.into())
    }

    /// The award that it is about.
    async fn badge_award_id(&self) -> Option<ID> {
        self.text("awardId").map(ID::from)
    }

    /// The product whose badge it is about.
    async fn product_id(&self) -> Option<ID> {
        self.text("productId").map(ID::from)
    }

    /// The document under review that it is about.
    async fn verification_document_id(&self) -> Option<ID> {
        self.text("documentId").map(ID::from)
    }

    /// When something ended, which may lie before it was told.
    async fn ended_at(&self) -> Option<DateTime> {
        self.text("endedAt").and_then(domain::time::Timestamp::parse).map(DateTime)
    }

    /// The records that it is about. At most 100.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        let ids: Vec<EvidenceId> = self
            .0
            .body
            .get("evidence")
            .and_then(|value| value.as_array())
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str()?.parse().ok())
            .collect();
        evidence_records(ctx, &ids).await
    }

    /// The SHA-256 over the event before and this one.
    async fn hash(&self) -> &str {
        &self.0.hash
    }

    /// The hash of the event before.
    async fn previous_hash(&self) -> &str {
        &self.0.previous_hash
    }
}

/// A document that a supplier submitted for review.
#[derive(Debug, Clone)]
pub struct VerificationDocument(pub domain::evidence::VerificationDocument);

/// A document that a supplier submitted for review.
#[Object]
impl VerificationDocument {
    /// Its id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Who submitted it; null while the supplier is not listed.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        Ok(ctx.loaders()?.supplier(self.0.supplier).await?.map(Supplier::from_card))
    }

    /// The supplier's id.
    async fn supplier_id(&self) -> ID {
        self.0.supplier.to_string().into()
    }

    /// What it is said to prove.
    async fn kind(&self) -> EvidenceKind {
        self.0.kind().into()
    }

    /// How far it got.
    async fn status(&self) -> VerificationDocumentStatus {
        self.0.status.into()
    }

    /// What it is said to prove, as the record that it becomes by acceptance.
    async fn claims(&self) -> Evidence {
        let claims = Recorded {
            evidence: self.0.claims.clone(),
            supplier: self.0.supplier,
            file: Some(self.0.file.clone()),
            recorded_at: domain::time::Timestamp::from_micros(0),
            withdrawn: None,
        };
        Evidence::from(&claims)
    }

    /// The record that it became; null until it is accepted.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Option<Evidence>> {
        if self.0.status != domain::evidence::DocumentStatus::Accepted {
            return Ok(None);
        }
        Ok(evidence_records(ctx, &[self.0.claims.id()]).await?.pop())
    }

    /// Why it was refused; null where it was not.
    async fn refusal_reason(&self) -> Option<&str> {
        self.0.refusal_reason.as_deref()
    }

    /// The refused document that it answers.
    async fn replaces_id(&self) -> Option<ID> {
        self.0.replaces.map(|id| id.to_string().into())
    }

    /// The SHA-256 of the document in lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.file.sha256
    }

    /// Where the document can be read for 15 minutes.
    async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
        Ok(Url(files::address(ctx.app()?, self.0.file.id).await?))
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> DateTime {
        DateTime(self.0.submitted_at)
    }

    /// When it was reviewed; null while it waits.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.0.reviewed.map(|(_, at)| DateTime(at))
    }
}

/// How much a supplier exports: the goods of its completed orders of buyers in other countries, placed in the year before
/// the computation, in US dollars by the exchange rates of their days. Computed once a day, never typed in.
#[derive(Debug, Clone, SimpleObject)]
pub struct ExportVolume {
    /// The volume.
    volume: Money,
    /// How many orders these are.
    order_count: i32,
    /// Orders that are left out, as no exchange rate was on record for their day.
    unpriced_order_count: i32,
    /// Its place among the exporters of its country, from 1, equal volumes sharing one; null without an export.
    rank: Option<i32>,
    /// How many suppliers of its country exported; null without an export.
    exporter_count: Option<i32>,
    /// The share of its country's exporters up to it, in percent with two digits: `5.00` is among the first twentieth. The
    /// criterion `EXPORT_RANK` does not compare it: it rounds the policy's share up to whole places and compares `rank`,
    /// so that the first of few (`100.00` where it is the only one) is among the first fifth.
    top_percent: Option<Decimal>,
    /// When it was computed.
    computed_at: DateTime,
}

impl From<&domain::export::ExportVolume> for ExportVolume {
    fn from(known: &domain::export::ExportVolume) -> Self {
        let volume: Amount = known.volume;
        Self {
            volume: volume.into(),
            order_count: small(known.orders),
            unpriced_order_count: small(known.unpriced_orders),
            rank: known.place.map(|place| small(place.place)),
            exporter_count: known.place.map(|place| small(place.exporters)),
            top_percent: known.place.and_then(domain::export::ExportPlace::top_percent).map(Decimal),
            computed_at: DateTime(known.computed_at),
        }
    }
}

/// What is computed elsewhere than the other metrics.
#[ComplexObject]
impl SupplierMetrics {
    /// How much it exports; null without an export in the year before the last computation.
    async fn export_volume(&self, ctx: &Context<'_>) -> Result<Option<ExportVolume>> {
        let Some(supplier) = self.supplier else { return Ok(None) };
        Ok(ctx.loaders()?.export_volume(supplier).await?.map(|known| ExportVolume::from(&*known)))
    }
}
