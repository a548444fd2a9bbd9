//! What can be commanded of a dispute.

use super::{EvidenceKind, Ground};
use crate::domain::ids::{CompanyId, DisputeId};
use crate::domain::order::CommandKind;

/// An operator who decides, as the guards know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The member where the token names one, else the app, by its id.
    pub id: String,
    /// The company that the operator belongs to, where there is one.
    pub company: Option<CompanyId>,
}

/// How a decision divides what is disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Into these two parts, which sum to it.
    Parts {
        /// The buyer's, in minor units.
        buyer: i64,
        /// The supplier's, in minor units.
        supplier: i64,
    },
    /// In half; an odd unit is the supplier's.
    Half,
}

impl Split {
    /// The two parts of an amount; none where they do not sum to it or one is below zero.
    pub(super) fn of(self, disputed: i64) -> Option<(i64, i64)> {
        match self {
            Self::Half => Some((disputed / 2, disputed - disputed / 2)),
            Self::Parts { buyer, supplier } => {
                let sums = buyer.checked_add(supplier) == Some(disputed);
                (buyer >= 0 && supplier >= 0 && sums).then_some((buyer, supplier))
            }
        }
    }
}

/// Evidence as a party hands it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceDraft {
    /// The company that submits it.
    pub company: Option<CompanyId>,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// What it refers to.
    pub reference: Option<String>,
    /// What it shows, in words.
    pub note: Option<String>,
    /// The SHA-256 of the content; the contract's is the order's own.
    pub sha256: String,
}

/// What an actor or the clock wants of a dispute. The clock means the one that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisputeCommand {
    /// The buyer asks for money back.
    Request {
        /// Which promise was broken.
        ground: Ground,
        /// How much, in minor units.
        amount_minor: i64,
        /// What happened.
        statement: String,
    },
    /// A side offers an amount.
    Offer {
        /// Which dispute.
        dispute: DisputeId,
        /// How much goes back to the buyer, in minor units.
        amount_minor: i64,
        /// What that side says.
        note: Option<String>,
    },
    /// The supplier accepts or refuses the claim.
    Respond {
        /// Which dispute.
        dispute: DisputeId,
        /// Whether the claim is accepted.
        accept: bool,
        /// What the supplier says.
        message: Option<String>,
    },
    /// A side accepts the other side's offer.
    Accept {
        /// Which dispute.
        dispute: DisputeId,
        /// The offer that the side saw.
        offer: u32,
    },
    /// The supplier did not answer in time.
    ReportUnanswered,
    /// The platform takes over.
    Escalate {
        /// Which dispute; the clock names none.
        dispute: Option<DisputeId>,
    },
    /// The buyer takes it back.
    Withdraw {
        /// Which dispute.
        dispute: DisputeId,
    },
    /// A party shows something.
    SubmitEvidence {
        /// Which dispute.
        dispute: DisputeId,
        /// What it shows.
        evidence: EvidenceDraft,
    },
    /// The time for evidence is over.
    CloseEvidence,
    /// An operator decides.
    Decide {
        /// Which dispute.
        dispute: DisputeId,
        /// Who gets what.
        split: Split,
        /// Why.
        reasons: String,
        /// Whether the supplier is at fault, and makes good what failed inspections cost the buyer.
        supplier_at_fault: bool,
        /// Who decides.
        operator: Operator,
    },
    /// A second operator confirms.
    Confirm {
        /// Which dispute.
        dispute: DisputeId,
        /// Who confirms.
        operator: Operator,
    },
    /// A side appeals.
    Appeal {
        /// Which dispute.
        dispute: DisputeId,
        /// Why.
        statement: String,
    },
    /// The decision is carried out.
    Execute,
}

impl DisputeCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Request { .. } => CommandKind::RequestRefund,
            Self::Offer { .. } => CommandKind::OfferRefund,
            Self::Respond { .. } => CommandKind::RespondToRefundRequest,
            Self::Accept { .. } => CommandKind::AcceptRefundOffer,
            Self::ReportUnanswered => CommandKind::ReportUnansweredRefund,
            Self::Escalate { .. } => CommandKind::EscalateDispute,
            Self::Withdraw { .. } => CommandKind::WithdrawDispute,
            Self::SubmitEvidence { .. } => CommandKind::SubmitEvidence,
            Self::CloseEvidence => CommandKind::CloseEvidence,
            Self::Decide { .. } => CommandKind::DecideDispute,
            Self::Confirm { .. } => CommandKind::ConfirmDecision,
            Self::Appeal { .. } => CommandKind::AppealDecision,
            Self::Execute => CommandKind::ExecuteDecision,
        }
    }

    /// The dispute that is named.
    pub(super) const fn dispute(&self) -> Option<DisputeId> {
        match self {
            Self::Offer { dispute, .. }
            | Self::Respond { dispute, .. }
            | Self::Accept { dispute, .. }
            | Self::Withdraw { dispute }
            | Self::SubmitEvidence { dispute, .. }
            | Self::Decide { dispute, .. }
            | Self::Confirm { dispute, .. }
            | Self::Appeal { dispute, .. } => Some(*dispute),
            Self::Escalate { dispute } => *dispute,
            Self::Request { .. } | Self::ReportUnanswered | Self::CloseEvidence | Self::Execute => None,
        }
    }
}
