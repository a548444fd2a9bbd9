//! The dispute region: a refund request that both sides may agree on, and the dispute that it becomes when they do not.

mod command;
mod effect;
mod guard;
mod rows;
mod verdict;

use serde::{Deserialize, Serialize};

use super::{ActorKind, Order, OrderStatus};
use crate::domain::ids::{CompanyId, DisputeId, EvidenceId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

pub use command::{DisputeCommand, EvidenceDraft, Operator, Split};
pub(super) use effect::{TELL_REFUNDED, supersede};
pub(super) use rows::ROWS;

/// Pieces of evidence that one side may submit in one dispute.
pub const MAXIMUM_EVIDENCE: u32 = 50;

words! {
    /// How far a dispute got.
    DisputeStatus {
        /// A refund request: both sides may agree.
        Negotiating => "NEGOTIATING",
        /// The platform takes evidence and decides.
        Evidence => "EVIDENCE",
        /// Decided; either side may appeal, then the clock carries it out.
        Decided => "DECIDED",
        /// A side appealed; another operator decides.
        Appealed => "APPEALED",
        /// Both sides agreed, and the money went that way.
        Agreed => "AGREED",
        /// The decision was carried out.
        Executed => "EXECUTED",
        /// The buyer took it back.
        Withdrawn => "WITHDRAWN",
        /// Everything went back another way, such as by a charge-back.
        Superseded => "SUPERSEDED",
    }
}

impl DisputeStatus {
    /// Whether it is still to be settled.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Negotiating | Self::Evidence | Self::Decided | Self::Appealed)
    }
}

words! {
    /// Which promise was broken.
    Ground {
        /// The goods are not what the contract says.
        NonConforming => "NON_CONFORMING",
        /// The goods are damaged.
        Damaged => "DAMAGED",
        /// Other goods came.
        WrongGoods => "WRONG_GOODS",
        /// Fewer goods came.
        Short => "SHORT",
        /// The goods left or came late.
        Late => "LATE",
        /// The goods were lost on the way.
        Lost => "LOST",
        /// A promised service was not given.
        ServiceNotGiven => "SERVICE_NOT_GIVEN",
        /// Something else, said in the statement.
        Other => "OTHER",
    }
}

/// An amount that one side would agree on. The buyer's claim is the first one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its number, from one; the other side echoes it.
    pub version: u32,
    /// Whose it is.
    pub by: ActorKind,
    /// What goes back to the buyer, in minor units.
    pub amount_minor: i64,
    /// What that side says.
    pub note: Option<String>,
    /// When.
    pub made_at: Timestamp,
}

/// The supplier's refusal of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Why not.
    pub message: Option<String>,
    /// When.
    pub answered_at: Timestamp,
}

/// Who gets what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The operator: a member or an app by its id.
    pub by: String,
    /// The buyer's part in minor units.
    pub buyer_minor: i64,
    /// The supplier's part in minor units, before the fee.
    pub supplier_minor: i64,
    /// Why.
    pub reasons: String,
    /// Whether the supplier is at fault, and makes good what failed inspections cost the buyer (PO11).
    pub supplier_at_fault: bool,
    /// When.
    pub decided_at: Timestamp,
    /// The last instant of an appeal; absent where the decision is final.
    pub appeal_until: Option<Timestamp>,
    /// Whether a second operator has to confirm it.
    pub needs_confirmation: bool,
    /// The second operator.
    pub confirmed_by: Option<String>,
}

/// A side's wish for another decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// Whose it is.
    pub by: ActorKind,
    /// Why.
    pub statement: String,
    /// When.
    pub made_at: Timestamp,
}

/// A refund request and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Its number in the order, from one.
    pub seq: u32,
    /// How far it got.
    pub status: DisputeStatus,
    /// Which promise was broken.
    pub ground: Ground,
    /// What the buyer claims, in minor units.
    pub claimed_minor: i64,
    /// What the buyer says.
    pub statement: String,
    /// Offers, oldest first; empty where the platform decides from the beginning.
    pub offers: Vec<Offer>,
    /// The supplier's refusal.
    pub refused: Option<Answer>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The last instant of the supplier's answer.
    pub answer_until: Option<Timestamp>,
    /// When the platform took it over.
    pub escalated_at: Option<Timestamp>,
    /// The last instant of evidence.
    pub evidence_until: Option<Timestamp>,
    /// Pieces of evidence of the buyer.
    pub buyer_evidence: u32,
    /// Pieces of evidence of the supplier.
    pub supplier_evidence: u32,
    /// Pieces of evidence of the inspector.
    pub inspector_evidence: u32,
    /// Decisions, oldest first; the last one holds.
    pub decisions: Vec<Decision>,
    /// The one appeal.
    pub appeal: Option<Appeal>,
    /// What went back to the buyer in the end, in minor units.
    pub paid_back_minor: Option<i64>,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
}

impl Dispute {
    /// The decision that holds.
    pub fn decision(&self) -> Option<&Decision> {
        self.decisions.last()
    }

    /// The offer that is on the table.
    pub fn offer(&self) -> Option<&Offer> {
        self.offers.last()
    }

    /// The buyer's last word on the amount: the claim, or less.
    pub fn asked_minor(&self) -> i64 {
        let own = self.offers.iter().rev().find(|offer| offer.by == ActorKind::Buyer);
        own.map_or(self.claimed_minor, |offer| offer.amount_minor)
    }
}

words! {
    /// What kind of thing a piece of evidence is.
    EvidenceKind {
        /// A message of the order's thread.
        Message => "MESSAGE",
        /// An inspector's report.
        InspectionReport => "INSPECTION_REPORT",
        /// The sealed contract.
        Contract => "CONTRACT",
        /// A file, by its hash.
        File => "FILE",
        /// What the party says.
        Statement => "STATEMENT",
    }
}

/// One thing that a party showed; never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// In which dispute.
    pub dispute: DisputeId,
    /// In which part it was submitted.
    pub party: ActorKind,
    /// The company that submitted it.
    pub company: Option<CompanyId>,
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// What it refers to: a message, a report, a contract or a file by its id.
    pub reference: Option<String>,
    /// What it shows, in words.
    pub note: Option<String>,
    /// The SHA-256 of the content, in hexadecimal.
    pub sha256: String,
    /// When.
    pub submitted_at: Timestamp,
}

impl Order {
    /// The refund request or dispute that is still to be settled.
    pub fn open_dispute(&self) -> Option<&Dispute> {
        self.disputes.iter().find(|dispute| dispute.status.is_open())
    }

    /// What a decision divides, in minor units: the money in escrow, or after its release what may still go back.
    pub fn disputed(&self) -> i64 {
        if self.status() == OrderStatus::Completed {
            self.position.refundable()
        } else {
            self.position.held()
        }
    }
}
