//! The commands on trust, each a line: read the input, ask the service, wrap the answer.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    AwardBadgeInput, EnrolInTradeAssuranceInput, GrantMembershipInput, RecordAgencyCheckInput,
    RecordSupplierAuditInput, RecordSupplierMediaInput, RecordTrackRecordInput, RegisterCertificateInput,
    RegisterLicenceInput, ReinstateSupplierInput, ReviewVerificationDocumentInput, RevokeBadgeInput,
    SubmitVerificationDocumentInput, SuspendSupplierInput, WithdrawEvidenceInput,
    WithdrawFromTradeAssuranceInput,
};
use super::payloads::{
    AwardBadgePayload, EnrolInTradeAssurancePayload, GrantMembershipPayload, RecordAgencyCheckPayload,
    RecordSupplierAuditPayload, RecordSupplierMediaPayload, RecordTrackRecordPayload,
    RegisterCertificatePayload, RegisterLicencePayload, ReinstateSupplierPayload,
    ReviewVerificationDocumentPayload, RevokeBadgePayload, SubmitVerificationDocumentPayload,
    SuspendSupplierPayload, WithdrawEvidencePayload, WithdrawFromTradeAssurancePayload,
};
use crate::graphql::context::caller;
use crate::graphql::inputs::id;
use crate::service::trust;

/// Putting evidence on record.
#[derive(Debug, Default)]
pub struct EvidenceMutation;

/// Putting evidence on record.
#[Object]
impl EvidenceMutation {
    /// Puts a paid membership on record. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn grant_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: GrantMembershipInput,
    ) -> Result<GrantMembershipPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("grantMembership", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a third-party agency's check of capacity or credentials on record. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn record_agency_check(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RecordAgencyCheckInput,
    ) -> Result<RecordAgencyCheckPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("recordAgencyCheck", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a third-party audit on record, with its reports and films. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn record_supplier_audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RecordSupplierAuditInput,
    ) -> Result<RecordSupplierAuditPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("recordSupplierAudit", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a management or product certificate on record, and says which products it covers. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn register_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RegisterCertificateInput,
    ) -> Result<RegisterCertificatePayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("registerCertificate", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a business licence on record. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn register_licence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RegisterLicenceInput,
    ) -> Result<RegisterLicencePayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("registerLicence", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a factory report, film, panorama or tour on record. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn record_supplier_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RecordSupplierMediaInput,
    ) -> Result<RecordSupplierMediaPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("recordSupplierMedia", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Puts a client case, award, patent, manufacturing capability or experience on record. Badges that rest on such records are looked at
    /// again. Nobody does it for a supplier whose company it belongs to. Roles: operator. Scope: `platform:operate`.
    async fn record_track_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose record, and what it says.")] input: RecordTrackRecordInput,
    ) -> Result<RecordTrackRecordPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let (supplier, said, parts) = input.read(app)?;
            trust::record(app, actor, ("recordTrackRecord", &said), (supplier, &parts), &envelope).await
        };
        answer.await.try_into()
    }

    /// Withdraws a record with a reason: it stays on record for all to read, and no badge rests on it any more. Roles:
    /// operator. Scope: `platform:operate`.
    async fn withdraw_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which record, and why.")] input: WithdrawEvidenceInput,
    ) -> Result<WithdrawEvidencePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let known = id("record of evidence", &["input", "evidenceId"], &input.evidence_id)?;
            trust::withdraw(app, actor, (known, &input.reason), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Submits a document of your company for review: by acceptance it becomes a record of evidence. A number of an issuer
    /// that is on record, or that you have under review, is `REFERENCE_IN_USE`. Roles: supplier. Scope: `catalog:write`.
    async fn submit_verification_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which document, and what it proves.")] input: SubmitVerificationDocumentInput,
    ) -> Result<SubmitVerificationDocumentPayload> {
        let answer = async {
            let ((app, actor), envelope) = (caller(ctx)?, input.envelope());
            let wish = input.read(app, trust::own_supplier(actor)?)?;
            trust::submit(app, actor, &wish, &envelope).await
        };
        answer.await.try_into()
    }

    /// Accepts a document, which becomes a record of evidence, or refuses it with a reason. Nobody reviews what its own
    /// company submitted. Roles: operator. Scope: `platform:operate`.
    async fn review_verification_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which document, and what the review comes to.")]
        input: ReviewVerificationDocumentInput,
    ) -> Result<ReviewVerificationDocumentPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let known =
                id("document", &["input", "verificationDocumentId"], &input.verification_document_id)?;
            trust::review(app, actor, (known, &input.review()?), &input.envelope()).await
        };
        answer.await.try_into()
    }
}

/// Badges and standing.
#[derive(Debug, Default)]
pub struct TrustMutation;

/// Badges and standing.
#[Object]
impl TrustMutation {
    /// Grants a badge whose criteria are all met; what is missing is refused with `BADGE_CRITERIA_UNMET`. Roles:
    /// operator. Scope: `platform:operate`.
    async fn award_badge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which badge, and to whom.")] input: AwardBadgeInput,
    ) -> Result<AwardBadgePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            trust::award(app, actor, input.award()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes a badge away, with a reason. Roles: operator. Scope: `platform:operate`.
    async fn revoke_badge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which award, and why.")] input: RevokeBadgeInput,
    ) -> Result<RevokeBadgePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let known = id("award", &["input", "badgeAwardId"], &input.badge_award_id)?;
            trust::revoke(app, actor, (known, &input.reason), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes a supplier off the catalogue and out of Trade Assurance, with a reason; orders that were placed stay
    /// protected. Roles: operator. Scope: `platform:operate`.
    async fn suspend_supplier(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which supplier, and why.")] input: SuspendSupplierInput,
    ) -> Result<SuspendSupplierPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let known = id("supplier", &["input", "supplierId"], &input.supplier_id)?;
            trust::suspend(app, actor, (known, &input.reason), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Lifts a suspension; the supplier enrols in Trade Assurance again by itself. Roles: operator. Scope:
    /// `platform:operate`.
    async fn reinstate_supplier(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which supplier.")] input: ReinstateSupplierInput,
    ) -> Result<ReinstateSupplierPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let known = id("supplier", &["input", "supplierId"], &input.supplier_id)?;
            trust::reinstate(app, actor, known, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Enrols your company in Trade Assurance, if it is in good standing: then protected orders can be placed with it.
    /// Roles: supplier. Scope: `catalog:write`.
    async fn enrol_in_trade_assurance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The envelope of the command.")] input: EnrolInTradeAssuranceInput,
    ) -> Result<EnrolInTradeAssurancePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            trust::enrol(app, actor, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes your company out of Trade Assurance: no new orders can be placed with it; those that were placed stay
    /// protected. Roles: supplier. Scope: `catalog:write`.
    async fn withdraw_from_trade_assurance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Why, for those who read the log.")] input: WithdrawFromTradeAssuranceInput,
    ) -> Result<WithdrawFromTradeAssurancePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            trust::withdraw_enrolment(app, actor, &input.reason, &input.envelope()).await
        };
        answer.await.try_into()
    }
}
