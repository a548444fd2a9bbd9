//! What the commands on trust answer.

use std::sync::Arc;

use async_graphql::{Result, SimpleObject};

use super::types::VerificationDocument;
use crate::domain;
use crate::domain::evidence::Recorded;
use crate::domain::supplier::SupplierCard;
use crate::graphql::catalogue::{
    AgencyCheck, Audit, BadgeAward, Certificate, Evidence, Licence, Media, Membership, Supplier, TrackRecord,
};
use crate::graphql::error::{UserError, user_errors};
use crate::service;
use crate::service::trust::Kept;

/// Declares a payload with one object, made from what the service kept.
macro_rules! kept_payload {
    ($(#[doc = $doc:literal])+ $name:ident { $part_doc:literal $part:ident: $kind:ty } from $kept:ty, $read:expr) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            #[doc = $part_doc]
            $part: Option<$kind>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Kept<$kept>>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Kept<$kept>>) -> Result<Self> {
                let read: fn($kept) -> Option<$kind> = $read;
                Ok(match user_errors(answer)? {
                    Ok(Kept { value, replayed }) => {
                        Self { $part: read(value), replayed, user_errors: Vec::new() }
                    }
                    Err(user_errors) => Self { $part: None, replayed: false, user_errors },
                })
            }
        }
    };
}

fn supplier(card: SupplierCard) -> Supplier {
    Supplier::from_card(Arc::new(card))
}

kept_payload! {
    /// What `grantMembership` answers.
    GrantMembershipPayload { "The membership; null where it was refused." membership: Membership }
    from Recorded, |known| Membership::of(&known)
}
kept_payload! {
    /// What `recordAgencyCheck` answers.
    RecordAgencyCheckPayload { "The check; null where it was refused." agency_check: AgencyCheck }
    from Recorded, |known| AgencyCheck::of(&known)
}
kept_payload! {
    /// What `recordSupplierAudit` answers.
    RecordSupplierAuditPayload { "The audit; null where it was refused." audit: Audit }
    from Recorded, |known| Audit::of(&known)
}
kept_payload! {
    /// What `registerCertificate` answers.
    RegisterCertificatePayload { "The certificate; null where it was refused." certificate: Certificate }
    from Recorded, |known| Certificate::of(&known)
}
kept_payload! {
    /// What `registerLicence` answers.
    RegisterLicencePayload { "The licence; null where it was refused." licence: Licence }
    from Recorded, |known| Licence::of(&known)
}
kept_payload! {
    /// What `recordSupplierMedia` answers.
    RecordSupplierMediaPayload { "The report, film, panorama or tour; null where it was refused." media: Media }
    from Recorded, |known| Media::of(&known)
}
kept_payload! {
    /// What `recordTrackRecord` answers.
    RecordTrackRecordPayload { "The entry; null where it was refused." track_record: TrackRecord }
    from Recorded, |known| TrackRecord::of(&known)
}
kept_payload! {
    /// What `withdrawEvidence` answers.
    WithdrawEvidencePayload { "The record; null where it was refused." evidence: Evidence }
    from Recorded, |known| Some(Evidence::from(&known))
}
kept_payload! {
    /// What `submitVerificationDocument` answers.
    SubmitVerificationDocumentPayload { "The document; null where it was refused." verification_document: VerificationDocument }
    from domain::evidence::VerificationDocument, |known| Some(VerificationDocument(known))
}
kept_payload! {
    /// What `reviewVerificationDocument` answers.
    ReviewVerificationDocumentPayload { "The document; null where the review was refused." verification_document: VerificationDocument }
    from domain::evidence::VerificationDocument, |known| Some(VerificationDocument(known))
}
kept_payload! {
    /// What `awardBadge` answers.
    AwardBadgePayload { "The award; null where it was refused." badge_award: BadgeAward }
    from domain::badge::BadgeAward, |known| Some(BadgeAward(known))
}
kept_payload! {
    /// What `revokeBadge` answers.
    RevokeBadgePayload { "The award; null where it was refused." badge_award: BadgeAward }
    from domain::badge::BadgeAward, |known| Some(BadgeAward(known))
}
kept_payload! {
    /// What `suspendSupplier` answers.
    SuspendSupplierPayload { "The supplier, also while it is not listed; null where it was refused." supplier: Supplier }
    from SupplierCard, |card| Some(supplier(card))
}
kept_payload! {
    /// What `reinstateSupplier` answers.
    ReinstateSupplierPayload { "The supplier; null where it was refused." supplier: Supplier }
    from SupplierCard, |card| Some(supplier(card))
}
kept_payload! {
    /// What `enrolInTradeAssurance` answers.
    EnrolInTradeAssurancePayload { "You as a supplier; null where it was refused." supplier: Supplier }
    from SupplierCard, |card| Some(supplier(card))
}
kept_payload! {
    /// What `withdrawFromTradeAssurance` answers.
    WithdrawFromTradeAssurancePayload { "You as a supplier; null where it was refused." supplier: Supplier }
    from SupplierCard, |card| Some(supplier(card))
}
