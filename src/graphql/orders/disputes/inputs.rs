//! What commands on refund requests, disputes, holds and charge-backs take.

use async_graphql::{ID, InputObject};

use crate::domain;
use crate::domain::error::Refusal;
use crate::graphql::inputs::{Refused, command_input};
use crate::graphql::orders::inputs::MoneyInput;
use crate::graphql::orders::words::{
    DisputeEvidenceKind, DisputeGround, DisputeStatus, EvenSplit, SandboxChargebackVerdict,
};
use crate::service::orders::disputes::{Claim, DisputeFilter, Division, Shown};

command_input! {
    /// What `requestRefund` takes.
    RequestRefundInput on order {
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

command_input! {
    /// What `offerRefund` takes.
    OfferRefundInput on dispute {
        /// How much is to go back: more than zero, at most the claim.
        amount: MoneyInput,
        /// What you say about it, at most 5000 characters; the other side reads it.
        note: Option<String>,
    }
}

command_input! {
    /// What `respondToRefundRequest` takes.
    RespondToRefundRequestInput on dispute {
        /// Whether you accept what the buyer asked for last; the money goes back at once then.
        accept: bool,
        /// What you say, at most 5000 characters; needed for a refusal. The buyer reads it.
        message: Option<String>,
    }
}

command_input! {
    /// What `acceptRefundOffer` takes.
    AcceptRefundOfferInput on dispute {
        /// The version of the offer that you accept; refused where another one was made since.
        offer_version: u32,
    }
}

command_input! {
    /// What `escalateDispute` takes.
    EscalateDisputeInput on dispute {}
}

command_input! {
    /// What `withdrawDispute` takes.
    WithdrawDisputeInput on dispute {}
}

command_input! {
    /// What `submitEvidence` takes.
    SubmitEvidenceInput on dispute {
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

command_input! {
    /// What `decideDispute` takes: both parts, or an even split.
    DecideDisputeInput on dispute {
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

command_input! {
    /// What `confirmDecision` takes.
    ConfirmDecisionInput on dispute {}
}

command_input! {
    /// What `appealDecision` takes.
    AppealDecisionInput on dispute {
        /// Why, 1 to 5000 characters; the other side and the platform read it.
        statement: String,
    }
}

command_input! {
    /// What `placeRiskHold` takes.
    PlaceRiskHoldInput on order {
        /// Why, 1 to 1000 characters; both parties read it.
        reason: String,
    }
}

command_input! {
    /// What `liftRiskHold` takes.
    LiftRiskHoldInput on order {}
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
