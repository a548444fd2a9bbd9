//! The return region: goods that arrived damaged or defective go back to a warehouse near the buyer, and all that was paid
//! comes back (T35). Everything is judged by the contract.

mod effect;
mod guard;
mod rows;

use serde::{Deserialize, Serialize};

use super::{CommandKind, Order, OrderKind, OrderState};
use crate::domain::ids::{CompanyId, ReturnId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

pub(super) use guard::ALWAYS_ASKED;
pub(super) use rows::ROWS;

words! {
    /// How far a return got.
    ReturnStatus {
        /// The buyer is to ship the goods to the warehouse.
        Approved => "APPROVED",
        /// The goods are on their way to the warehouse.
        Shipped => "SHIPPED",
        /// The warehouse took them; everything that was paid goes back.
        Refunded => "REFUNDED",
        /// The warehouse refused them.
        Rejected => "REJECTED",
        /// The goods were not shipped in time.
        Expired => "EXPIRED",
    }
}

impl ReturnStatus {
    /// Whether it is still under way.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Approved | Self::Shipped)
    }
}

words! {
    /// Why goods go back.
    ReturnGround {
        /// They arrived damaged.
        Damaged => "DAMAGED",
        /// They do not work as they should.
        Defective => "DEFECTIVE",
    }
}

/// Where goods go back to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warehouse {
    /// The company that receives them.
    pub company: CompanyId,
    /// In which country.
    pub country: String,
    /// Where exactly.
    pub address: String,
}

/// Goods on their way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EasyReturn {
    /// Its id.
    pub id: ReturnId,
    /// Its number, from one.
    pub seq: u32,
    /// How far it got.
    pub status: ReturnStatus,
    /// Why.
    pub ground: ReturnGround,
    /// What is wrong, in the buyer's words.
    pub description: String,
    /// Where the goods go.
    pub warehouse: Warehouse,
    /// Whether the buyer sends them free of charge, as with guaranteed orders.
    pub free_shipping: bool,
    /// When it was asked for and approved.
    pub requested_at: Timestamp,
    /// The last instant of shipping.
    pub ship_by: Timestamp,
    /// Who carries them.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// When they left.
    pub shipped_at: Option<Timestamp>,
    /// When the warehouse took or refused them.
    pub received_at: Option<Timestamp>,
    /// Why the warehouse refused them.
    pub rejection: Option<String>,
    /// What went back to the buyer, in minor units.
    pub refunded_minor: Option<i64>,
}

/// What is commanded of returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnCommand {
    /// The buyer asks.
    Request {
        /// Why.
        ground: ReturnGround,
        /// What is wrong.
        description: String,
        /// The warehouse of the destination country, where there is one.
        warehouse: Option<Warehouse>,
    },
    /// The buyer ships.
    Ship {
        /// Which return.
        id: ReturnId,
        /// Who carries.
        carrier: String,
        /// The carrier's number.
        tracking_number: String,
    },
    /// The warehouse has the goods.
    Receive {
        /// Which return.
        id: ReturnId,
        /// Why they are refused; taken where absent.
        rejection: Option<String>,
    },
    /// The goods were not shipped in time.
    Expire {
        /// Which return.
        id: ReturnId,
    },
    /// The warehouse has not got them in time.
    ReportOverdue {
        /// Which return.
        id: ReturnId,
    },
}

impl ReturnCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Request { .. } => CommandKind::RequestEasyReturn,
            Self::Ship { .. } => CommandKind::ShipReturn,
            Self::Receive { .. } => CommandKind::ReceiveReturn,
            Self::Expire { .. } => CommandKind::ExpireReturn,
            Self::ReportOverdue { .. } => CommandKind::ReportReturnOverdue,
        }
    }

    const fn id(&self) -> Option<ReturnId> {
        match self {
            Self::Request { .. } => None,
            Self::Ship { id, .. }
            | Self::Receive { id, .. }
            | Self::Expire { id }
            | Self::ReportOverdue { id } => Some(*id),
        }
    }
}

impl Order {
    /// The return that is under way.
    pub fn open_return(&self) -> Option<&EasyReturn> {
        self.returns.iter().find(|known| known.status.is_open())
    }

    /// When the buyer received the goods: confirmed, or proven where that is still to come.
    pub const fn received_at(&self) -> Option<Timestamp> {
        match self.state {
            OrderState::Delivered { delivered_at, .. } => Some(delivered_at),
            OrderState::Completed { completed_at, .. } | OrderState::Closed { completed_at, .. } => {
                Some(completed_at)
            }
            _ => None,
        }
    }

    /// Whether the contract lets the goods go back: every line with the mark, or a guaranteed order.
    pub fn has_easy_return(&self) -> bool {
        self.kind() == OrderKind::Guaranteed || self.terms.lines.iter().all(|line| line.easy_return)
    }

    /// Whether goods and freight are within the contract's limit, which is inclusive. A currency without a limit has none
    /// that could be met.
    pub fn is_within_return_limit(&self) -> bool {
        let limit = self.terms.policy.easy_return.limits.get(&self.terms.currency);
        limit.is_some_and(|limit| self.terms.total.0 <= *limit)
    }

    /// The last instant at which a return can be asked for.
    pub fn returnable_until(&self) -> Option<Timestamp> {
        self.received_at().map(|received| received.plus(self.terms.policy.easy_return.window))
    }
}
