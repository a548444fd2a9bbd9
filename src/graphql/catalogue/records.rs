//! Records of evidence: what they have in common, and those that come from the platform, agencies and suppliers.

use async_graphql::{Context, ID, Object, Result};

use super::words::TrackRecordKind;
use crate::domain;
use crate::domain::evidence::{EvidenceFile, Recorded, Withdrawal};
use crate::domain::ids::SupplierId;
use crate::domain::time::Timestamp;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{Date, DateTime, Url};
use crate::service::files;

/// What all records have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    supplier: Option<SupplierId>,
    pub(super) recorded_at: Option<Timestamp>,
    pub(super) file: Option<EvidenceFile>,
    pub(super) withdrawn: Option<Withdrawal>,
}

impl From<&Recorded> for Kept {
    fn from(known: &Recorded) -> Self {
        Self {
            supplier: Some(known.supplier),
            // What came with the catalogue has no instant of its own.
            recorded_at: (known.recorded_at.micros() > 0).then_some(known.recorded_at),
            file: known.file.clone(),
            withdrawn: known.withdrawn.clone(),
        }
    }
}

impl Kept {
    pub(super) async fn document(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
        match &self.file {
            Some(file) => Ok(Some(Url(files::address(ctx.app()?, file.id).await?))),
            None => Ok(None),
        }
    }

    /// Whether the caller is the supplier itself or the platform's staff.
    pub(super) fn is_own(&self, ctx: &Context<'_>) -> Result<bool> {
        let actor = ctx.actor()?;
        Ok(actor.is_operator() || (actor.supplier.is_some() && actor.supplier == self.supplier))
    }
}

/// Declares a record: what it says in fields of its own, and what all records have in common.
macro_rules! record {
    ($(#[doc = $doc:literal])+ $name:ident($known:ty) { $($fields:tt)* }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $name {
            pub(super) known: $known,
            pub(super) kept: Kept,
        }

        $(#[doc = $doc])+
        #[Object]
        impl $name {
            /// Identifies the record.
            pub async fn id(&self) -> ID {
                self.known.id.to_string().into()
            }

            /// When it was recorded here; null where it came with the catalogue.
            pub async fn recorded_at(&self) -> Option<DateTime> {
                self.kept.recorded_at.map(DateTime)
            }

            /// The SHA-256 of its document in lower-case hexadecimal; null where none is kept here.
            pub async fn document_sha256(&self) -> Option<String> {
                self.kept.file.as_ref().map(|file| file.sha256.clone())
            }

            /// When it was withdrawn: no badge rests on it since; null where it counts.
            pub async fn withdrawn_at(&self) -> Option<DateTime> {
                self.kept.withdrawn.as_ref().map(|withdrawn| DateTime(withdrawn.at))
            }

            /// Why it was withdrawn.
            pub async fn withdrawn_reason(&self) -> Option<String> {
                self.kept.withdrawn.as_ref().map(|withdrawn| withdrawn.reason.clone())
            }

            $($fields)*
        }
    };
}
pub(super) use record;

record! {
    /// A paid membership of a supplier.
    Membership(domain::evidence::Membership) {
        /// The invoice or receipt of the payment; null for others than the supplier itself and the platform.
        #[expect(clippy::unused_async, reason = "resolvers are async, though this one waits for nothing")]
        async fn reference(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
            Ok(self.kept.is_own(ctx)?.then_some(self.known.reference.as_str()))
        }

        /// The day of the payment.
        async fn paid_on(&self) -> Date {
            Date(self.known.paid_on)
        }

        /// The first day.
        async fn valid_from(&self) -> Date {
            Date(self.known.valid_from)
        }

        /// The last day.
        async fn valid_until(&self) -> Date {
            Date(self.known.valid_until)
        }

        /// Where the receipt can be read for 15 minutes; null for others than the supplier itself and the platform.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            if self.kept.is_own(ctx)? { self.kept.document(ctx).await } else { Ok(None) }
        }
    }
}

record! {
    /// A third-party agency's check of a supplier's capacity or credentials.
    AgencyCheck(domain::evidence::AgencyCheck) {
        /// Who checked.
        async fn agency(&self) -> &str {
            &self.known.agency
        }

        /// The agency's number of its report.
        async fn reference(&self) -> &str {
            &self.known.reference
        }

        /// Whether the capacity was checked.
        async fn capacity(&self) -> bool {
            self.known.capacity
        }

        /// Whether the credentials were checked.
        async fn credentials(&self) -> bool {
            self.known.credentials
        }

        /// Whether the supplier passed.
        async fn passed(&self) -> bool {
            self.known.passed
        }

        /// What was found, in words; may be empty.
        async fn findings(&self) -> &str {
            &self.known.findings
        }

        /// The day of the check.
        async fn checked_on(&self) -> Date {
            Date(self.known.checked_on)
        }

        /// The last day of its validity.
        async fn valid_until(&self) -> Date {
            Date(self.known.valid_until)
        }

        /// Where the report can be read for 15 minutes; null where none is kept here.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            self.kept.document(ctx).await
        }
    }
}

record! {
    /// A client case, award, patent, capability or experience of a supplier.
    TrackRecord(domain::evidence::TrackRecord) {
        /// What it is.
        async fn kind(&self) -> TrackRecordKind {
            self.known.kind.into()
        }

        /// Its title.
        async fn title(&self) -> &str {
            &self.known.title
        }

        /// Who attests it: the client, the awarding body, the patent office, the assessor.
        async fn issuer(&self) -> &str {
            &self.known.issuer
        }

        /// The issuer's number; null where it has none.
        async fn number(&self) -> Option<&str> {
            self.known.number.as_deref()
        }

        /// More of it; may be empty.
        async fn description(&self) -> &str {
            &self.known.description
        }

        /// Since when: the day of the award or patent, the begin of the work or experience.
        async fn since_on(&self) -> Date {
            Date(self.known.since_on)
        }

        /// The last day of validity; null without an end.
        async fn valid_until(&self) -> Option<Date> {
            self.known.valid_until.map(Date)
        }

        /// Where the document can be read for 15 minutes; null where none is kept here.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            self.kept.document(ctx).await
        }
    }
}
