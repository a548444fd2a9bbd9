//! What commands on refund requests, disputes, holds and charge-backs take.

use async_graphql::{ID, InputObject};

use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::ids::DisputeId;
use crate::graphql::orders::inputs::{MoneyInput, Refused, command_input, id};
use crate::graphql::orders::words::{
    DisputeEvidenceKind, DisputeGround, DisputeStatus, EvenSplit, SandboxChargebackVerdict,
};
use crate::service::orders::Envelope;
use crate::service::orders::disputes::{Claim, DisputeFilter, Division, Shown};

/// Declares an input of a command on a dispute: the dispute, the envelope, and what else it takes.
macro_rules! dispute_input {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$attribute:meta])+ $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, InputObject)]
        pub struct $name {
            /// The dispute.
            dispute_id: ID,
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            /// The order's version that you saw; a stale one is refused.
            expected_version: Option<i32>,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
            $($(#[$attribute])+ pub(super) $field: $kind,)*
        }

        impl $name {
            pub(super) fn dispute(&self) -> Refused<DisputeId> {
                id("dispute", &["input", "disputeId"], &self.dispute_id)
            }

            pub(super) fn envelope(&self) -> Envelope {
                Envelope {
                    idempotency_key: self.idempotency_key.clone(),
                    expected_version: self.expected_version.map(i64::from),
                    validate_only: self.validate_only,
                }
            }
        }
    };
}

command_input! {
    /// What `requestRefund` takes.
    RequestRefundInput {
        /// Which promise was broken.
        ground: DisputeGround,
        /// How much is to go back: more than zero, at most what was paid and did not go back.
        amount: MoneyInput,
        /// What happened, 1 to 5000 characters; the supplier reads it.
        statement: String,
    }
}

impl RequestRefundInput {
    pub(super) fn claim(&self) -> Refused<Claim> {
        let (ground, statement) = (self.ground.into(), self.statement.clone());
        Ok(Claim { ground, amount: self.amount.read(&["input", "amount"])?, statement })
    }
}

dispute_input! {
    /// What `offerRefund` takes.
    OfferRefundInput {
        /// How much is to go back: more than zero, at most the claim.
        amount: MoneyInput,
        /// What you say about it, at most 5000 characters; the other side reads it.
        note: Option<String>,
    }
}

dispute_input! {
    /// What `respondToRefundRequest` takes.
    RespondToRefundRequestInput {
        /// Whether you accept what the buyer asked for last; the money goes back at once then.
        accept: bool,
        /// What you say, at most 5000 characters; needed for a refusal. The buyer reads it.
        message: Option<String>,
    }
}

dispute_input! {
    /// What `acceptRefundOffer` takes.
    AcceptRefundOfferInput {
        /// The version of the offer that you accept; refused where another one was made since.
        offer_version: u32,
    }
}

dispute_input! {
    /// What `escalateDispute` takes.
    EscalateDisputeInput {}
}

dispute_input! {
    /// What `withdrawDispute` takes.
    WithdrawDisputeInput {}
}

dispute_input! {
    /// What `submitEvidence` takes.
    SubmitEvidenceInput {
        /// What kind of thing it is. CONTRACT takes nothing else: its reference and hash are on record.
        kind: DisputeEvidenceKind,
        /// What it refers to, at most 200 characters; needed for MESSAGE (its id), FILE (its id, or a name of yours) and
        /// `INSPECTION_REPORT`. An uploaded file can be read by both sides from then on.
        reference: Option<String>,
        /// What it shows, at most 5000 characters; a STATEMENT says it here.
        note: Option<String>,
        /// The SHA-256 of the content in lower-case hexadecimal; needed where it is not on record here.
        sha256: Option<String>,
    }
}

impl SubmitEvidenceInput {
    pub(super) fn shown(&self) -> Shown {
        Shown {
            kind: self.kind.into(),
            reference: self.reference.clone(),
            note: self.note.clone(),
            sha256: self.sha256.clone(),
        }
    }
}

dispute_input! {
    /// What `decideDispute` takes: both parts, or an even split.
    DecideDisputeInput {
        /// The buyer's part; with the supplier's it sums to what is disputed.
        buyer_amount: Option<MoneyInput>,
        /// The supplier's part, before the fee.
        supplier_amount: Option<MoneyInput>,
        /// A division instead of the two parts.
        split: Option<EvenSplit>,
        /// Whether the supplier is at fault. When the decision is carried out, it then pays back to the buyer what each
        /// inspection of this order cost whose report failed the goods, on top of the buyer's part.
        #[graphql(default)]
        supplier_at_fault: bool,
        /// Why, 1 to 5000 characters; both sides read it.
        reasons: String,
    }
}

impl DecideDisputeInput {
    pub(super) fn division(&self) -> Refused<Division> {
        match (&self.buyer_amount, &self.supplier_amount, self.split) {
            (None, None, Some(EvenSplit::Half)) => Ok(Division::Half),
            (Some(buyer), Some(supplier), None) => Ok(Division::Parts(
                buyer.read(&["input", "buyerAmount"])?,
                supplier.read(&["input", "supplierAmount"])?,
            )),
            _ => Err(Refusal::invalid(
                &["input", "buyerAmount"],
                "Give either both `buyerAmount` and `supplierAmount`, or `split`.",
            )),
        }
    }
}

dispute_input! {
    /// What `confirmDecision` takes.
    ConfirmDecisionInput {}
}

dispute_input! {
    /// What `appealDecision` takes.
    AppealDecisionInput {
        /// Why, 1 to 5000 characters; the other side and the platform read it.
        statement: String,
    }
}

command_input! {
    /// What `placeRiskHold` takes.
    PlaceRiskHoldInput {
        /// Why, 1 to 1000 characters; both parties read it.
        reason: String,
    }
}

command_input! {
    /// What `liftRiskHold` takes.
    LiftRiskHoldInput {}
}

/// What `reportSandboxChargeback` takes.
#[derive(Debug, Clone, InputObject)]
pub struct ReportSandboxChargebackInput {
    /// The payment that the bank takes back.
    pub(super) payment_id: ID,
    /// What the provider tells.
    #[graphql(default_with = "SandboxChargebackVerdict::Opened")]
    pub(super) verdict: SandboxChargebackVerdict,
    /// The provider's own name of the charge-back; one for each payment unless given.
    pub(super) provider_reference: Option<String>,
    /// How much; the whole payment unless given.
    amount: Option<MoneyInput>,
}

impl ReportSandboxChargebackInput {
    pub(super) fn amount(&self) -> Refused<Option<domain::money::Money>> {
        self.amount.as_ref().map(|amount| amount.read(&["input", "amount"])).transpose()
    }
}

/// Which disputes.
#[derive(Debug, Clone, Default, InputObject)]
pub struct DisputeFilterInput {
    /// Only in one of these statuses; at most 8. `EVIDENCE` and `APPEALED` wait for a decision.
    #[graphql(validator(max_items = 8))]
    statuses: Option<Vec<DisputeStatus>>,
}

impl DisputeFilterInput {
    pub(super) fn read(self) -> DisputeFilter {
        let statuses = self.statuses.unwrap_or_default().into_iter().map(Into::into).collect();
        DisputeFilter { statuses, ..DisputeFilter::default() }
    }
}
