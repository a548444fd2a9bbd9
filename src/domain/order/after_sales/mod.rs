//! The after-sales region: a service that the contract promises, asked for by the buyer, given by the supplier or made
//! good with money (T34). It lives on when the order is closed.

mod effect;
mod guard;
mod rows;

use serde::{Deserialize, Serialize};

use super::{CommandKind, Order};
use crate::domain::contract::TermsLine;
use crate::domain::ids::{AfterSalesRequestId, OrderLineId};
use crate::domain::product::AfterSalesLabel;
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

pub(super) use effect::END_REQUESTS;
pub(super) use rows::ROWS;

words! {
    /// How far a request for a service got.
    AfterSalesStatus {
        /// The supplier is to answer.
        Requested => "REQUESTED",
        /// The supplier will give the service.
        Accepted => "ACCEPTED",
        /// The supplier says that it was given; the buyer confirms or objects.
        Fulfilled => "FULFILLED",
        /// The service was given.
        Confirmed => "CONFIRMED",
        /// The service was not given; the buyer is compensated, or opens a dispute.
        Failed => "FAILED",
        /// The supplier made it good with money.
        Compensated => "COMPENSATED",
        /// A dispute decides.
        Disputed => "DISPUTED",
        /// The buyer, or the end of the order, took it back.
        Withdrawn => "WITHDRAWN",
    }
}

impl AfterSalesStatus {
    /// Whether somebody still has to act.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Accepted | Self::Fulfilled | Self::Failed)
    }
}

words! {
    /// Why a service counts as not given.
    AfterSalesFailure {
        /// The supplier refused.
        Refused => "REFUSED",
        /// The supplier did not answer in time.
        NotAnswered => "NOT_ANSWERED",
        /// The supplier did not give it in time.
        NotFulfilled => "NOT_FULFILLED",
        /// The buyer says that it was not given as promised.
        Rejected => "REJECTED",
    }
}

/// A request for a promised service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AfterSalesRequest {
    /// Its id.
    pub id: AfterSalesRequestId,
    /// Its number, from one.
    pub seq: u32,
    /// How far it got.
    pub status: AfterSalesStatus,
    /// Of which line.
    pub line_id: OrderLineId,
    /// Which service the contract promises.
    pub label: AfterSalesLabel,
    /// What is wrong, in the buyer's words.
    pub description: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// The last instant of the next act; none where nobody has to act.
    pub due_at: Option<Timestamp>,
    /// The supplier's words on it.
    pub answer: Option<String>,
    /// What proves that the service was given.
    pub proof: Option<String>,
    /// Why it counts as not given.
    pub failure: Option<AfterSalesFailure>,
    /// The buyer's words on a service that was not given as promised.
    pub objection: Option<String>,
    /// What the buyer was compensated with, in minor units of the order's currency.
    pub compensation_minor: Option<i64>,
    /// When nothing was left to do.
    pub ended_at: Option<Timestamp>,
}

/// What the supplier answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterSalesAnswer {
    /// It will give the service.
    Accept {
        /// In words.
        note: Option<String>,
    },
    /// It has given the service.
    Fulfil {
        /// What proves it.
        proof: String,
    },
    /// It will not.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// What the buyer makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterSalesOutcome {
    /// The service was given.
    Confirm,
    /// It was not given as promised.
    Reject {
        /// What is missing.
        objection: String,
    },
    /// Take the compensation at once.
    Compensate,
    /// Let a dispute decide.
    Dispute,
    /// Take the request back.
    Withdraw,
}

/// What is commanded of requests for services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterSalesCommand {
    /// The buyer asks.
    Request {
        /// Of which line.
        line: OrderLineId,
        /// What is wrong.
        description: String,
    },
    /// The supplier answers.
    Respond {
        /// Which request.
        id: AfterSalesRequestId,
        /// What.
        answer: AfterSalesAnswer,
    },
    /// The buyer settles it.
    Resolve {
        /// Which request.
        id: AfterSalesRequestId,
        /// How.
        outcome: AfterSalesOutcome,
    },
    /// Somebody did not act in time.
    Overdue {
        /// Which request.
        id: AfterSalesRequestId,
    },
}

impl AfterSalesCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Request { .. } => CommandKind::RequestAfterSalesService,
            Self::Respond { .. } => CommandKind::RespondToAfterSales,
            Self::Resolve { .. } => CommandKind::ResolveAfterSales,
            Self::Overdue { .. } => CommandKind::ReportAfterSalesOverdue,
        }
    }

    const fn id(&self) -> Option<AfterSalesRequestId> {
        match self {
            Self::Request { .. } => None,
            Self::Respond { id, .. } | Self::Resolve { id, .. } | Self::Overdue { id } => Some(*id),
        }
    }
}

impl Order {
    /// A request for a service by its id.
    pub fn after_sales_request(&self, id: AfterSalesRequestId) -> Option<&AfterSalesRequest> {
        self.after_sales.iter().find(|known| known.id == id)
    }

    /// The last instant at which the service of a line can be asked for; none where none is promised.
    pub fn serviceable_until(&self, line: &TermsLine) -> Option<Timestamp> {
        let service = line.after_sales?;
        self.received_at().map(|received| received.plus(Span::days(service.term_days)))
    }

    /// What a failed service of a line is made good with: the contract's share of its price, as far as something is left to
    /// give back.
    pub(super) fn service_compensation(&self, line: OrderLineId) -> i64 {
        let price: i64 =
            self.terms.lines.iter().filter(|known| known.id == line).map(|known| known.total.0).sum();
        self.terms.policy.after_sales.compensation.of(price).min(self.position.refundable())
    }
}
