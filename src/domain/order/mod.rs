//! An order: regions that move by one table of transitions.
//!
//! The state is a struct of regions (order, holds, instalments, payments, shipments), each state carrying its data, as
//! a single enum of all combinations could not. [`table`] lists the transitions as data; [`step`](fn@step) interprets
//! it; [`view`] answers from it what an actor can do and what stands in the way.

mod after_sales;
mod amend;
mod amendment;
mod assign;
mod awaited;
mod blocker;
mod chargeback;
mod command;
mod compensation;
mod condition;
mod credit;
mod delivery;
mod delivery_effect;
mod dispute;
mod easy_return;
mod effect;
mod effect_money;
mod effect_shipment;
mod funds;
mod guard;
mod hold;
mod inspection;
mod off_platform_payment;
mod place;
mod price_lock;
mod protection;
mod quoted;
mod refund;
mod regions;
mod risk;
mod spine;
mod state;
mod step;
pub mod table;
pub mod view;

use serde::{Deserialize, Serialize};

use super::contract::Terms;
use super::deadline::{Deadline, DeadlineKind};
use super::ids::{CompanyId, OrderId, OrderLineId, PaymentId, SupplierId};
use super::ledger::{Funds, Position};
use super::money::Money;
use super::time::Timestamp;

pub use after_sales::{
    AfterSalesAnswer, AfterSalesCommand, AfterSalesFailure, AfterSalesOutcome, AfterSalesRequest,
    AfterSalesStatus,
};
pub use amendment::{Amendment, AmendmentChanges, AmendmentCommand, AmendmentStatus, LineChange};
pub use assign::{Assignment, assigned};
pub use blocker::Blocker;
pub use chargeback::{
    Chargeback, ChargebackReport, ChargebackStatus, ChargebackVerdict, can_be_charged_back,
};
pub use command::{Command, DeadlineChange, PaymentReport, Step, StepResult, SuspenseReason};
pub use compensation::{Compensation, CompensationCause};
pub use delivery::DeliveryCommand;
pub use dispute::{
    Answer, Appeal, Decision, Dispute, DisputeCommand, DisputeStatus, Evidence, EvidenceDraft, EvidenceKind,
    Ground, MAXIMUM_EVIDENCE, Offer, Operator, Split,
};
pub use easy_return::{EasyReturn, ReturnCommand, ReturnGround, ReturnStatus, Warehouse};
pub use effect::SINGLE;
pub use hold::{Hold, HoldKind};
pub use inspection::{
    FeePayment, Inspection, InspectionCommand, InspectionFeeStatus, InspectionReport, InspectionStatus,
    InspectionVerdict, ReportMedia, Waiver,
};
pub use off_platform_payment::{MAXIMUM_OFF_PLATFORM, OffPlatformDraft, OffPlatformPayment};
pub use place::{BalanceDue, LineRequest, MAXIMUM_LINES, PlaceRequest, Placed, SupplierFacts, place};
pub use price_lock::{
    MAXIMUM_REFUSED_CHANGES, PriceChange, PriceChangeKind, RefusedPriceChange, price_change,
};
pub use protection::{Protection, ProtectionKind};
pub use quoted::Quoted;
pub use refund::{Refund, RefundCause, RefundCommand, RefundStatus};
pub use regions::{
    Instalment, InstalmentKind, InstalmentStatus, Payment, PaymentStatus, Shipment, ShipmentStatus,
    ShippedLine, TransportMode,
};
pub use risk::RiskHoldCommand;
pub use state::{EndedBy, OrderKind, OrderState, OrderStatus, Schedule};
pub use step::step;
pub use table::{ActorKind, CommandKind};

/// The sealed contract's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractHead {
    /// Its version, from one.
    pub version: u32,
    /// The hash of its terms.
    pub hash: String,
    /// The hash of the version before.
    pub previous_hash: Option<String>,
    /// When both sides had accepted.
    pub sealed_at: Timestamp,
}

/// When each side agreed to a version of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acceptances {
    /// When the buyer did.
    pub buyer_at: Timestamp,
    /// When the supplier did.
    pub supplier_at: Timestamp,
}

/// What a provider's session is about, whatever it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentSession<'a> {
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// How far it got.
    pub status: PaymentStatus,
    /// The provider's own name of it.
    pub provider_reference: Option<&'a str>,
    /// Where the buyer pays.
    pub session_url: Option<&'a str>,
}

/// An order with all its regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The number that people use.
    pub number: String,
    /// Rises by one with each change.
    pub version: i64,
    /// The supplier's company.
    pub supplier_company: CompanyId,
    /// The buyer's own name of it.
    pub external_reference: Option<String>,
    /// What is agreed, or asked for until the contract is sealed.
    pub terms: Terms,
    /// The hash of the terms, fixed when the order was placed.
    pub terms_hash: String,
    /// The sealed contract.
    pub contract: Option<ContractHead>,
    /// The order region.
    pub state: OrderState,
    /// The hold region: open holds.
    pub holds: Vec<Hold>,
    /// The instalment region.
    pub instalments: Vec<Instalment>,
    /// Tries to pay.
    pub payments: Vec<Payment>,
    /// The shipment region.
    pub shipments: Vec<Shipment>,
    /// The refund region: money on its way back to the buyer.
    pub refunds: Vec<Refund>,
    /// The amendment region: proposed changes of the contract.
    pub amendments: Vec<Amendment>,
    /// Payments that were made off the platform, as far as they were recorded. None of it is money of the order.
    pub off_platform_payments: Vec<OffPlatformPayment>,
    /// The compensation region: broken promises that were made good.
    pub compensations: Vec<Compensation>,
    /// The dispute region: refund requests and what became of them; at most one is open.
    pub disputes: Vec<Dispute>,
    /// The charge-back region: payments that the buyer's bank took back.
    pub chargebacks: Vec<Chargeback>,
    /// The inspection region.
    pub inspections: Vec<Inspection>,
    /// The return region.
    pub returns: Vec<EasyReturn>,
    /// The after-sales region.
    pub after_sales: Vec<AfterSalesRequest>,
    /// What happened to its money.
    pub position: Position,
    /// The parties' balances, where the command at hand needs them and locked them.
    pub funds: Option<Funds>,
    /// Its timers that are not settled.
    pub deadlines: Vec<Deadline>,
    /// When it was placed.
    pub placed_at: Timestamp,
}

impl Order {
    /// The status of the order region.
    pub const fn status(&self) -> OrderStatus {
        self.state.status()
    }

    /// Whether the order was ever sent to the supplier; before that the supplier does not see it.
    pub const fn was_submitted(&self) -> bool {
        !matches!(self.state, OrderState::Draft | OrderState::Cancelled { submitted: false, .. })
    }

    /// How the order came about.
    pub const fn kind(&self) -> OrderKind {
        self.terms.kind
    }

    /// The buying company.
    pub const fn buyer(&self) -> CompanyId {
        self.terms.buyer_id
    }

    /// The supplier.
    pub const fn supplier(&self) -> SupplierId {
        self.terms.supplier_id
    }

    /// When both sides accepted a version that was sealed: the one who asked did so then, the other one by sealing it.
    pub fn acceptances(&self, sealed: &ContractHead) -> Acceptances {
        let amendment = self.amendments.iter().find(|known| known.contract_version == Some(sealed.version));
        match amendment {
            Some(known) if known.proposed_by == ActorKind::Supplier => {
                Acceptances { buyer_at: sealed.sealed_at, supplier_at: known.proposed_at }
            }
            Some(known) => Acceptances { buyer_at: known.proposed_at, supplier_at: sealed.sealed_at },
            None => Acceptances { buyer_at: self.placed_at, supplier_at: sealed.sealed_at },
        }
    }

    /// Minor units in the order's currency.
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.terms.currency)
    }

    /// Whether all instalments are paid.
    pub fn is_fully_funded(&self) -> bool {
        !self.instalments.is_empty()
            && self.instalments.iter().all(|part| part.status == InstalmentStatus::Paid)
    }

    /// Whether everything is paid that dispatch needs.
    pub fn is_paid_for_dispatch(&self) -> bool {
        let mut required = self.instalments.iter().filter(|part| part.required_before_dispatch);
        !self.instalments.is_empty() && required.all(|part| part.status == InstalmentStatus::Paid)
    }

    /// A try to pay an instalment or an inspection's fee.
    pub fn payment_session(&self, payment: PaymentId) -> Option<PaymentSession<'_>> {
        let instalment = self.payments.iter().find(|known| known.id == payment).map(|known| PaymentSession {
            amount_minor: known.amount_minor,
            status: known.status,
            provider_reference: known.provider_reference.as_deref(),
            session_url: known.session_url.as_deref(),
        });
        instalment.or_else(|| {
            let inspection = self.inspection_of_payment(payment)?;
            let known = inspection.payments.iter().find(|known| known.id == payment)?;
            Some(PaymentSession {
                amount_minor: inspection.fee_minor,
                status: known.status,
                provider_reference: known.provider_reference.as_deref(),
                session_url: known.session_url.as_deref(),
            })
        })
    }

    /// The same with the session of a fee's payment noted; unchanged for payments of instalments.
    #[must_use]
    pub fn with_fee_session(&self, payment: PaymentId, reference: &str, url: &str) -> Self {
        let mut order = self.clone();
        let fees = order.inspections.iter_mut().flat_map(|known| &mut known.payments);
        for known in fees.filter(|known| known.id == payment && known.provider_reference.is_none()) {
            known.provider_reference = Some(reference.to_owned());
            known.session_url = Some(url.to_owned());
        }
        order
    }

    /// Units of a line that have not left yet.
    pub fn undispatched(&self, line: OrderLineId) -> i64 {
        let ordered: i64 =
            self.terms.lines.iter().filter(|known| known.id == line).map(|known| known.quantity).sum();
        let shipped = self.shipments.iter().filter(|shipment| shipment.status != ShipmentStatus::Lost);
        let left: i64 = shipped
            .flat_map(|shipment| &shipment.lines)
            .filter(|part| part.line_id == line)
            .map(|part| part.quantity)
            .sum();
        ordered - left
    }

    /// The open timer of a kind.
    pub fn deadline(&self, kind: DeadlineKind) -> Option<&Deadline> {
        self.deadlines.iter().find(|deadline| deadline.kind == kind)
    }
}
