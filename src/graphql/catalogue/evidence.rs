//! Evidence that a buyer can open: badges, and the records that they rest on.

use async_graphql::{Context, ID, Interface, Object, Result};
use futures_util::future::try_join_all;

use super::MAXIMUM_SHOWN;
pub use super::papers::{Audit, Certificate, Licence, Media};
use super::records::Kept;
pub use super::records::{AgencyCheck, Membership, TrackRecord};
use super::words::{BadgeEndedBy, BadgeKind};
use crate::domain;
use crate::domain::evidence::{EvidenceKind, Recorded};
use crate::domain::ids::SupplierId;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::DateTime;
use crate::service::catalogue;

/// A badge granted to a supplier or product: by whom, on what evidence, from when until when.
#[derive(Debug, Clone)]
pub struct BadgeAward(pub domain::badge::BadgeAward);

/// A badge granted to a supplier or product: by whom, on what evidence, from when until when.
#[Object]
impl BadgeAward {
    /// Identifies the award.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which badge.
    async fn kind(&self) -> BadgeKind {
        self.0.kind.into()
    }

    /// Who granted it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The records that it rests on, withdrawn ones included. At most 100.
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        records(ctx, &self.0.evidence).await
    }

    /// The version of the platform's trust policy by whose rules it was granted; null where it came otherwise.
    async fn policy_version(&self) -> Option<i32> {
        self.0.policy_version.map(super::small)
    }

    /// Since when it holds.
    async fn granted_at(&self) -> DateTime {
        DateTime(self.0.granted_at)
    }

    /// The first instant at which it no longer holds, where it lapses by itself; null without an end.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// When it ended before its time; null where it did not.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked.as_ref().map(|revoked| DateTime(revoked.at))
    }

    /// Why it ended before its time.
    async fn revoked_reason(&self) -> Option<&str> {
        self.0.revoked.as_ref().map(|revoked| revoked.reason.as_str())
    }

    /// Who ended it before its time.
    async fn revoked_by(&self) -> Option<BadgeEndedBy> {
        self.0.revoked.as_ref().map(|revoked| revoked.by.into())
    }

    /// Whether it holds at present.
    #[expect(clippy::unused_async, reason = "resolvers are async, though this one waits for nothing")]
    async fn in_force(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.in_force(catalogue::now(ctx.app()?)))
    }
}

/// The records with these ids, in their order.
pub(in crate::graphql) async fn records(
    ctx: &Context<'_>,
    ids: &[domain::evidence::EvidenceId],
) -> Result<Vec<Evidence>> {
    let loaders = ctx.loaders()?;
    let found = try_join_all(ids.iter().take(MAXIMUM_SHOWN).map(|id| loaders.record(*id))).await?;
    Ok(found.into_iter().flatten().map(|known| Evidence::from(&*known)).collect())
}

/// Those awards of a card that hold at present, newest first. What was revoked is on no card: those who also look at what
/// ended are shown what a loader finds.
pub(super) fn in_force(ctx: &Context<'_>, all: &[domain::badge::BadgeAward]) -> Result<Vec<BadgeAward>> {
    let now = catalogue::now(ctx.app()?);
    let wanted = |award: &&domain::badge::BadgeAward| award.in_force(now);
    Ok(all.iter().rev().filter(wanted).take(MAXIMUM_SHOWN).cloned().map(BadgeAward).collect())
}

/// A record that a badge can rest on.
#[expect(clippy::duplicated_attributes, reason = "two fields of the interface are of one type")]
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "Identifies the record."),
    field(
        name = "recorded_at",
        ty = "Option<DateTime>",
        desc = "When it was recorded here; null where it came with the catalogue."
    ),
    field(
        name = "document_sha256",
        ty = "Option<String>",
        desc = "The SHA-256 of its document; null where none is kept here."
    ),
    field(
        name = "withdrawn_at",
        ty = "Option<DateTime>",
        desc = "When it was withdrawn; null where it counts."
    ),
    field(name = "withdrawn_reason", ty = "Option<String>", desc = "Why it was withdrawn.")
)]
pub enum Evidence {
    /// A paid membership.
    Membership(Membership),
    /// A third-party agency's check.
    AgencyCheck(AgencyCheck),
    /// A third-party audit.
    Audit(Audit),
    /// A management or product certificate.
    Certificate(Certificate),
    /// A business licence.
    Licence(Licence),
    /// A report, film, panorama or tour.
    Media(Media),
    /// A client case, award, patent, capability or experience.
    TrackRecord(TrackRecord),
}

impl From<&Recorded> for Evidence {
    fn from(known: &Recorded) -> Self {
        use domain::evidence::Evidence as Said;
        let kept = Kept::from(known);
        match known.evidence.clone() {
            Said::Membership(known) => Self::Membership(Membership { known, kept }),
            Said::AgencyCheck(known) => Self::AgencyCheck(AgencyCheck { known, kept }),
            Said::Audit(known) => Self::Audit(Audit { known, kept }),
            Said::Certificate(known) => Self::Certificate(Certificate { known, kept }),
            Said::Licence(known) => Self::Licence(Licence { known, kept }),
            Said::Media(known) => Self::Media(Media { known, kept }),
            Said::TrackRecord(known) => Self::TrackRecord(TrackRecord { known, kept }),
        }
    }
}

/// Reads records of one kind out of evidence; `of` gives those that are of it.
macro_rules! of_kind {
    ($($name:ident)*) => {$(
        impl $name {
            /// The record, if it is of this kind.
            pub(in crate::graphql) fn of(known: &Recorded) -> Option<Self> {
                match Evidence::from(known) {
                    Evidence::$name(found) => Some(found),
                    _ => None,
                }
            }

            /// The records of this kind that one object shows; what was withdrawn only to those who look at it, too.
            pub(super) fn all(found: &[Recorded], include_withdrawn: bool) -> Vec<Self> {
                let wanted = |known: &&Recorded| include_withdrawn || known.withdrawn.is_none();
                found.iter().filter(wanted).filter_map(Self::of).take(MAXIMUM_SHOWN).collect()
            }

            /// Those of a supplier.
            pub(super) async fn of_supplier(
                ctx: &Context<'_>,
                supplier: SupplierId,
                include_withdrawn: bool,
            ) -> Result<Vec<Self>> {
                let found = ctx.loaders()?.evidence_of((supplier, EvidenceKind::$name)).await?;
                Ok(Self::all(&found, include_withdrawn))
            }
        }
    )*};
}

of_kind! { Membership AgencyCheck Audit Certificate Licence Media TrackRecord }
