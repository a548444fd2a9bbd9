//! What protects the buyer of an order: applies or not, why, until when, up to how much. Every answer comes from the
//! contract and from the guards and rows that decide the claim itself, so the two cannot differ. A preview asks the
//! same of the order that would be placed.

use super::compensation::late_delivery_credit;
use super::easy_return::ALWAYS_ASKED;
use super::guard::{Blocker, Guard};
use super::view::{Action, actions};
use super::{ActorKind, CommandKind, Order, OrderKind, OrderState};
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

words! {
    /// What protects a buyer.
    ProtectionKind {
        /// Money is held until receipt is confirmed.
        Escrow => "ESCROW",
        /// An independent inspector looks at the goods before they leave.
        Inspection => "INSPECTION",
        /// What was agreed stays as it was agreed.
        PriceLock => "PRICE_LOCK",
        /// Goods leave and arrive as promised, or the delay is made good.
        OnTimeDelivery => "ON_TIME_DELIVERY",
        /// Service after the sale.
        AfterSales => "AFTER_SALES",
        /// A broken term is a ground to get money back.
        MoneyBack => "MONEY_BACK",
        /// Damaged or defective goods go back to a warehouse nearby.
        EasyReturn => "EASY_RETURN",
        /// Fixed price, fast dispatch, delivery by the promised day, help at once.
        Guaranteed => "GUARANTEED",
        /// The platform decides where the parties do not agree.
        Mediation => "MEDIATION",
    }
}

impl ProtectionKind {
    /// What it promises, for people.
    pub const fn promise(self) -> &'static str {
        match self {
            Self::Escrow => {
                "Nothing is released before you confirm receipt, or the clock does with proof of delivery."
            }
            Self::Inspection => "A failed inspection blocks dispatch until you waive it or it is mended.",
            Self::PriceLock => "No price, term or fee changes without your acceptance of the same contract.",
            Self::OnTimeDelivery => {
                "Late dispatch is compensated; you may cancel when nothing leaves, with a full refund."
            }
            Self::AfterSales => "A labelled service is given in time, or made good with money.",
            Self::MoneyBack => "Any broken term is a ground for a refund, up to what you paid.",
            Self::EasyReturn => "Damaged or defective goods go back to a warehouse in your country, once.",
            Self::Guaranteed => "A late delivery earns a credit; disputes start with the platform at once.",
            Self::Mediation => "An operator who is related to neither side decides with reasons; one appeal.",
        }
    }

    /// What ends it early, for people.
    pub const fn voided_by(self) -> &'static str {
        match self {
            Self::PriceLock => "Nothing.",
            Self::EasyReturn => "A return that is not shipped in time; an open dispute comes first.",
            Self::Guaranteed => "A cancelled order; a change of the address after payment.",
            Self::Inspection => "A waiver in writing; a booking that lapses.",
            _ => "Payment outside of the platform: what was paid so is not covered.",
        }
    }

    /// The buyer's command that claims it.
    const fn claim(self) -> Option<CommandKind> {
        match self {
            Self::Escrow => Some(CommandKind::ConfirmReceipt),
            Self::Inspection => Some(CommandKind::BookInspection),
            Self::PriceLock => None,
            Self::OnTimeDelivery => Some(CommandKind::CancelForNonDispatch),
            Self::AfterSales => Some(CommandKind::RequestAfterSalesService),
            Self::MoneyBack => Some(CommandKind::RequestRefund),
            Self::EasyReturn => Some(CommandKind::RequestEasyReturn),
            Self::Guaranteed => Some(CommandKind::ClaimLateDelivery),
            Self::Mediation => Some(CommandKind::EscalateDispute),
        }
    }
}

/// How a protection stands for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Which.
    pub kind: ProtectionKind,
    /// Whether the order has it at all.
    pub applies: bool,
    /// Why it does not apply.
    pub reasons: Vec<Blocker>,
    /// The last instant to claim it, once that is known.
    pub until: Option<Timestamp>,
    /// How long it can be claimed from receipt on, where the instant is not known yet.
    pub lasts: Option<Span>,
    /// The most that it pays, in minor units of the order's currency; nothing where it pays none.
    pub maximum_minor: Option<i64>,
    /// The buyer's command that claims it and what stands in its way now; nothing where the order's status has none.
    pub claim: Option<Action>,
}

impl Order {
    /// Every protection there is, as it stands for this order.
    pub fn protections(&self, now: Timestamp) -> Vec<Protection> {
        let offered = actions(self, ActorKind::Buyer, now);
        let stand = |kind: &ProtectionKind| self.protection(*kind, &offered, now);
        ProtectionKind::ALL.iter().map(stand).collect()
    }

    fn protection(&self, kind: ProtectionKind, offered: &[Action], now: Timestamp) -> Protection {
        let reasons = self.missing(kind, now);
        let claim = kind.claim();
        let claim = offered.iter().find(|action| Some(action.command) == claim).cloned();
        let applies = reasons.is_empty();
        let (until, lasts) = if applies { self.window(kind) } else { (None, None) };
        let maximum_minor = if applies { self.maximum(kind) } else { None };
        Protection { kind, applies, reasons, until, lasts, maximum_minor, claim }
    }

    /// Why the order does not have a protection; nothing where it does.
    fn missing(&self, kind: ProtectionKind, now: Timestamp) -> Vec<Blocker> {
        let unless = |holds: bool| if holds { Vec::new() } else { vec![Blocker::NotInContract] };
        let asked =
            |guards: &[Guard]| guards.iter().filter_map(|guard| guard.check(self, None, now)).collect();
        match kind {
            ProtectionKind::Escrow
            | ProtectionKind::MoneyBack
            | ProtectionKind::Mediation
            | ProtectionKind::OnTimeDelivery => unless(self.terms.trade_assurance),
            ProtectionKind::Inspection => unless(self.terms.inspection || self.kind() == OrderKind::Standard),
            ProtectionKind::PriceLock => Vec::new(),
            ProtectionKind::AfterSales => {
                unless(self.terms.lines.iter().any(|line| line.after_sales.is_some()))
            }
            ProtectionKind::EasyReturn => asked(ALWAYS_ASKED),
            ProtectionKind::Guaranteed => unless(self.kind() == OrderKind::Guaranteed),
        }
    }

    /// Until when a protection can be claimed, or for how long from receipt on.
    fn window(&self, kind: ProtectionKind) -> (Option<Timestamp>, Option<Span>) {
        let schedule = self.state.schedule();
        match kind {
            ProtectionKind::OnTimeDelivery => (schedule.and_then(|schedule| schedule.delivery_by), None),
            ProtectionKind::MoneyBack | ProtectionKind::Mediation => match self.state {
                OrderState::Completed { claims_until, .. } => (Some(claims_until), None),
                OrderState::Closed { completed_at, .. } => {
                    (Some(completed_at.plus(self.terms.claim_window)), None)
                }
                _ => (None, Some(self.terms.claim_window)),
            },
            ProtectionKind::EasyReturn => {
                (self.returnable_until(), Some(self.terms.policy.easy_return.window))
            }
            ProtectionKind::AfterSales => {
                let days =
                    self.terms.lines.iter().filter_map(|line| line.after_sales).map(|one| one.term_days);
                let term = days.max().map(Span::days);
                (self.received_at().zip(term).map(|(at, term)| at.plus(term)), term)
            }
            ProtectionKind::Guaranteed => {
                let claim = self.terms.policy.delivery.late_delivery_claim;
                let promised = schedule.and_then(|schedule| schedule.delivery_by);
                (promised.map(|at| at.plus(claim)), Some(claim))
            }
            ProtectionKind::Escrow | ProtectionKind::Inspection | ProtectionKind::PriceLock => (None, None),
        }
    }

    /// The most that a protection pays.
    fn maximum(&self, kind: ProtectionKind) -> Option<i64> {
        let policy = &self.terms.policy;
        let total = self.terms.total.0;
        // Before anything is paid: what would be paid.
        let refundable = if self.contract.is_none() { total } else { self.position.refundable() };
        match kind {
            ProtectionKind::Escrow => {
                Some(if self.contract.is_none() { total } else { self.position.held() })
            }
            ProtectionKind::MoneyBack | ProtectionKind::Mediation | ProtectionKind::EasyReturn => {
                Some(refundable)
            }
            ProtectionKind::OnTimeDelivery => Some(policy.late_dispatch_cap.of(total)),
            ProtectionKind::Guaranteed => Some(late_delivery_credit(self)),
            ProtectionKind::AfterSales => {
                let lines = self.terms.lines.iter().filter(|line| line.after_sales.is_some());
                let sum: i64 = lines.map(|line| policy.after_sales.compensation.of(line.total.0)).sum();
                Some(sum.min(refundable))
            }
            ProtectionKind::Inspection | ProtectionKind::PriceLock => None,
        }
    }
}
