//! What the commands on trust take.

use async_graphql::ID;

use super::said::{
    AgencyCheckInput, AuditInput, AuditMediaInput, CertificateInput, LicenceInput, MembershipInput,
    SupplierMediaInput, TrackRecordInput, document,
};
use super::words::VerificationVerdict;
use crate::app::App;
use crate::domain;
use crate::domain::badge::BadgeSubject;
use crate::domain::error::Refusal;
use crate::domain::evidence::Evidence;
use crate::domain::ids::SupplierId;
use crate::graphql::catalogue::BadgeKind;
use crate::graphql::inputs::{Refused, command_input, id, ids};
use crate::service::trust::{Award, Document, Parts, Review, Source, SubmitDocument};

/// Declares an input of a command that puts a record on file.
macro_rules! record_input {
    ($(#[doc = $doc:literal])+ $name:ident { $said_doc:literal $said:ident: $kind:ty, $(#[$more_meta:meta] $more:ident: $more_kind:ty,)* }
        |$input:ident, $app:ident, $supplier:ident| $read:expr, $parts:expr) => {
        command_input! {
            $(#[doc = $doc])+
            $name {
                /// Whose record it is.
                supplier_id: ID,
                #[doc = $said_doc]
                $said: $kind,
                /// Its document: a file whose content was uploaded.
                file_id: Option<ID>,
                /// The SHA-256 of the file in lower-case hexadecimal; another one is refused.
                file_sha256: Option<String>,
                $(#[$more_meta] $more: $more_kind,)*
            }
        }

        impl $name {
            pub(super) fn read(self, $app: &App) -> Refused<(SupplierId, Evidence, Parts)> {
                let $supplier = id("supplier", &["input", "supplierId"], &self.supplier_id)?;
                let path = ["input", "fileId"];
                let document = document(self.file_id.as_ref(), self.file_sha256.as_ref(), &path)?;
                let $input = self;
                let parts = Parts { document, ..$parts };
                Ok(($supplier, $read, parts))
            }
        }
    };
}

record_input! {
    /// What `grantMembership` takes.
    GrantMembershipInput { "What was paid, and for which time." membership: MembershipInput, }
    |input, app, supplier| input.membership.read(app, supplier), Parts::default()
}
record_input! {
    /// What `recordAgencyCheck` takes.
    RecordAgencyCheckInput { "What the agency found." agency_check: AgencyCheckInput, }
    |input, app, supplier| input.agency_check.read(app, supplier), Parts::default()
}
record_input! {
    /// What `recordSupplierAudit` takes.
    RecordSupplierAuditInput { "What the institution found." audit: AuditInput,
        #[doc = "Its reports, films, panoramas and tours, in order; at most 20."] media: Option<Vec<AuditMediaInput>>,
    }
    |input, app, supplier| input.audit.read(app, supplier), Parts { media: audit_media(input.media.clone())?, ..Parts::default() }
}
record_input! {
    /// What `registerCertificate` takes.
    RegisterCertificateInput { "What it certifies." certificate: CertificateInput,
        #[doc = "The supplier's products that it covers; at most 100."] product_ids: Option<Vec<ID>>,
    }
    |input, app, supplier| input.certificate.read(app, supplier), Parts { products: products(input.product_ids.as_deref())?, ..Parts::default() }
}
record_input! {
    /// What `registerLicence` takes.
    RegisterLicenceInput { "What it permits." licence: LicenceInput, }
    |input, app, supplier| input.licence.read(app, supplier), Parts::default()
}
record_input! {
    /// What `recordSupplierMedia` takes.
    RecordSupplierMediaInput { "What it is and shows." media: SupplierMediaInput, }
    |input, app, supplier| input.media.read(app, supplier, input.file_id.as_ref()), Parts::default()
}
record_input! {
    /// What `recordTrackRecord` takes.
    RecordTrackRecordInput { "What was achieved." track_record: TrackRecordInput, }
    |input, app, supplier| input.track_record.read(app, supplier), Parts::default()
}

fn audit_media(
    given: Option<Vec<AuditMediaInput>>,
) -> Refused<Vec<(domain::audit::MediaKind, String, Source)>> {
    let given = given.unwrap_or_default();
    if given.len() > 20 {
        return Err(Refusal::invalid(&["input", "media"], "An audit has at most 20 of them."));
    }
    given.into_iter().enumerate().map(|(index, media)| media.read(index)).collect()
}

fn products(given: Option<&[ID]>) -> Refused<Vec<domain::ids::ProductId>> {
    let given = given.unwrap_or_default();
    if given.len() > 100 {
        return Err(Refusal::invalid(&["input", "productIds"], "At most 100 products at once."));
    }
    ids("product", &["input", "productIds"], Some(given))
}

command_input! {
    /// What `submitVerificationDocument` takes: exactly one of `certificate`, `licence`, `media` and `trackRecord`.
    SubmitVerificationDocumentInput {
        /// The document: a file of yours whose content was uploaded.
        file_id: ID,
        /// The SHA-256 of the file in lower-case hexadecimal; another one is refused.
        file_sha256: Option<String>,
        /// The refused document that this one answers; each is answered once.
        replaces_id: Option<ID>,
        /// What a certificate says.
        certificate: Option<CertificateInput>,
        /// What a licence says.
        licence: Option<LicenceInput>,
        /// What a report, film, panorama or tour is and shows.
        media: Option<SupplierMediaInput>,
        /// What was achieved.
        track_record: Option<TrackRecordInput>,
    }
}

impl SubmitVerificationDocumentInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Refused<SubmitDocument> {
        let path = ["input", "fileId"];
        let file = id("file", &path, &self.file_id)?;
        let claims = match (self.certificate, self.licence, self.media, self.track_record) {
            (Some(said), None, None, None) => said.read(app, supplier),
            (None, Some(said), None, None) => said.read(app, supplier),
            (None, None, Some(said), None) => said.read(app, supplier, Some(&self.file_id)),
            (None, None, None, Some(said)) => said.read(app, supplier),
            _ => {
                let message = "Give exactly one of `certificate`, `licence`, `media` and `trackRecord`.";
                return Err(Refusal::invalid(&["input"], message));
            }
        };
        let replaces = self.replaces_id.as_ref();
        let replaces = replaces.map(|known| id("document", &["input", "replacesId"], known)).transpose()?;
        let document = Document { file, sha256: self.file_sha256 };
        Ok(SubmitDocument { claims, document, replaces })
    }
}

command_input! {
    /// What `withdrawEvidence` takes.
    WithdrawEvidenceInput at version of supplier {
        /// The record.
        evidence_id: ID,
        /// Why it no longer counts, 1 to 1000 characters; everybody reads it.
        reason: String,
    }
}
command_input! {
    /// What `reviewVerificationDocument` takes.
    ReviewVerificationDocumentInput at version of supplier {
        /// The document.
        verification_document_id: ID,
        /// What the review comes to.
        verdict: VerificationVerdict,
        /// Why it is refused, 1 to 1000 characters; the supplier reads it.
        reason: Option<String>,
    }
}
command_input! {
    /// What `awardBadge` takes: exactly one of `supplierId` and `productId`.
    AwardBadgeInput at version of supplier {
        /// The badge; `TRADE_ASSURANCE` is the supplier's own to take.
        kind: BadgeKind,
        /// The supplier, for a badge of suppliers.
        supplier_id: Option<ID>,
        /// The product, for a badge of products.
        product_id: Option<ID>,
    }
}
command_input! {
    /// What `revokeBadge` takes.
    RevokeBadgeInput at version of supplier {
        /// The award.
        badge_award_id: ID,
        /// Why, 1 to 1000 characters; everybody reads it.
        reason: String,
    }
}
command_input! {
    /// What `suspendSupplier` takes.
    SuspendSupplierInput at version of supplier {
        /// The supplier.
        supplier_id: ID,
        /// Why, 1 to 1000 characters; the supplier reads it.
        reason: String,
    }
}
command_input! {
    /// What `reinstateSupplier` takes.
    ReinstateSupplierInput at version of supplier {
        /// The supplier.
        supplier_id: ID,
    }
}
command_input! {
    /// What `enrolInTradeAssurance` takes.
    EnrolInTradeAssuranceInput at version of supplier {}
}
command_input! {
    /// What `withdrawFromTradeAssurance` takes.
    WithdrawFromTradeAssuranceInput at version of supplier {
        /// Why you leave, 1 to 1000 characters.
        reason: String,
    }
}

impl ReviewVerificationDocumentInput {
    pub(super) fn review(&self) -> Refused<Review> {
        match (self.verdict, &self.reason) {
            (VerificationVerdict::Accept, None) => Ok(Review::Accept),
            (VerificationVerdict::Refuse, Some(reason)) => Ok(Review::Refuse(reason.clone())),
            (VerificationVerdict::Accept, Some(_)) => {
                Err(Refusal::invalid(&["input", "reason"], "Only a refusal has a reason."))
            }
            (VerificationVerdict::Refuse, None) => {
                Err(Refusal::invalid(&["input", "reason"], "Say why it is refused."))
            }
        }
    }
}

impl AwardBadgeInput {
    pub(super) fn award(&self) -> Refused<Award> {
        let subject = match (&self.supplier_id, &self.product_id) {
            (Some(known), None) => BadgeSubject::Supplier(id("supplier", &["input", "supplierId"], known)?),
            (None, Some(known)) => BadgeSubject::Product(id("product", &["input", "productId"], known)?),
            _ => {
                let message = "Give exactly one of `supplierId` and `productId`.";
                return Err(Refusal::invalid(&["input"], message));
            }
        };
        Ok(Award { subject, kind: self.kind.into() })
    }
}
