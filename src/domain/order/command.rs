//! What can be commanded, and what a command does.

use super::{
    AmendmentCommand, Assignment, ChargebackReport, DeliveryCommand, DisputeCommand, Evidence,
    OffPlatformDraft, Order, RefundCommand, RiskHoldCommand, ShippedLine, TransportMode,
};
use crate::domain::deadline::DeadlineKind;
use crate::domain::error::Refusal;
use crate::domain::event::EventDraft;
use crate::domain::ids::{CompanyId, InstalmentId, PaymentId, ShipmentId};
use crate::domain::ledger::Posting;
use crate::domain::money::Money;
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

/// What an actor or the clock wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send a draft to the supplier.
    Submit,
    /// The supplier accepts the terms with this hash.
    Confirm {
        /// The hash that the supplier saw.
        terms_hash: String,
    },
    /// The supplier says no.
    Decline {
        /// Why.
        reason: Option<String>,
    },
    /// A party gives the order up.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// Nobody confirmed or paid in time.
    Expire,
    /// The buyer starts a payment of an instalment.
    OpenPayment {
        /// The id of the new payment.
        payment: PaymentId,
        /// Which instalment; the first one that is not paid by default.
        instalment: Option<InstalmentId>,
        /// With which provider.
        provider: String,
        /// Whether the buyer's credit pays as much of it as it can.
        use_credit: bool,
    },
    /// The provider tells how a payment stands.
    ReportPayment {
        /// Which payment.
        payment: PaymentId,
        /// How it stands.
        report: PaymentReport,
    },
    /// The goods are ready to leave.
    MarkReady,
    /// Goods leave.
    Dispatch {
        /// The id of the new shipment.
        shipment: ShipmentId,
        /// What leaves; everything that is left where empty.
        lines: Vec<ShippedLine>,
        /// Who carries it, in words.
        carrier: String,
        /// The carrier's company, where it is one that may report deliveries here.
        carrier_company: Option<CompanyId>,
        /// The carrier's number.
        tracking_number: String,
        /// How it travels.
        mode: TransportMode,
    },
    /// Goods arrived.
    RecordDelivery {
        /// Which shipment.
        shipment: ShipmentId,
        /// What proves it.
        proof: String,
    },
    /// The buyer has everything in satisfactory condition.
    ConfirmReceipt,
    /// Receipt counts as confirmed.
    AutoConfirmReceipt,
    /// A dispatch deadline draws near, is due, or is over.
    ReportDispatchDeadline {
        /// Which timer fired.
        kind: DeadlineKind,
        /// How long before the deadline, for a warning.
        subject: String,
    },
    /// The promised delivery is over.
    ReportDeliveryOverdue,
    /// The balance was not paid in time.
    ReportBalanceOverdue,
    /// The claim window is over.
    Close,
    /// What is commanded of inspections.
    Inspection(super::InspectionCommand),
    /// What is commanded of returns.
    Return(super::ReturnCommand),
    /// What is commanded of requests for services.
    AfterSales(super::AfterSalesCommand),
    /// What is commanded of deliveries.
    Delivery(DeliveryCommand),
    /// What is commanded of amendments.
    Amendment(AmendmentCommand),
    /// An operator gives set-aside money to the order.
    AssignPayment(Assignment),
    /// The provider cannot hold the money much longer.
    ReportHoldLimit,
    /// A refund moves.
    Refund(RefundCommand),
    /// About a refund request or dispute.
    Dispute(DisputeCommand),
    /// About a hold of the platform's own.
    RiskHold(RiskHoldCommand),
    /// The provider tells of a charge-back.
    ReportChargeback(ChargebackReport),
    /// Somebody knows of a payment off the platform.
    RecordOffPlatformPayment(OffPlatformDraft),
}

/// What a provider tells of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentReport {
    /// The money is on its way.
    Processing,
    /// The money came.
    Succeeded {
        /// How much.
        amount: Money,
        /// The provider's own name of the payment.
        reference: String,
    },
    /// No money will come.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A change of the timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// A timer starts, or starts anew.
    Set {
        /// Which.
        kind: DeadlineKind,
        /// Which of its kind.
        subject: String,
        /// Its last instant in time.
        due_at: Timestamp,
    },
    /// A timer stands while there is a hold.
    Pause {
        /// Which.
        kind: DeadlineKind,
        /// Which of its kind.
        subject: String,
        /// What is left of it.
        remaining: Span,
    },
    /// A timer ends.
    Settle {
        /// Which.
        kind: DeadlineKind,
        /// Which of its kind; all of them where absent.
        subject: Option<String>,
        /// How.
        outcome: crate::domain::deadline::DeadlineState,
    },
}

/// What a command does: the order after it, and what has to be written with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The order after the command; its version has risen.
    pub order: Order,
    /// The transition that it went by.
    pub transition: &'static str,
    /// Whether the contract is sealed by this.
    pub seals_contract: bool,
    /// Money that moves.
    pub postings: Vec<Posting>,
    /// Timers that change.
    pub deadlines: Vec<DeadlineChange>,
    /// What is told.
    pub events: Vec<EventDraft>,
    /// What the command made or moved beside the order's status, such as a case or a return, by its id.
    pub subject: Option<String>,
    /// What a party showed.
    pub evidence: Option<Evidence>,
    /// Money that was set aside, with the reason.
    pub suspense: Option<(SuspenseReason, Money, String)>,
}

words! {
    /// Why money was set aside.
    SuspenseReason {
        /// No payment of ours has this name.
        UnknownPayment => "UNKNOWN_PAYMENT",
        /// Another amount was due.
        WrongAmount => "WRONG_AMOUNT",
        /// Another currency was due.
        WrongCurrency => "WRONG_CURRENCY",
        /// The order had ended.
        Late => "LATE",
        /// The instalment was paid already.
        AlreadyPaid => "ALREADY_PAID",
    }
}

/// What a step answers.
pub type StepResult = Result<Step, Refusal>;
