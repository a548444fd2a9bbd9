//! The transitions as data. A row names where it starts, who commands it, what must hold, where it leads, and what it
//! does; everything that no row lists is refused. `docs/TRANSITIONS.md` is rendered from here.

use super::OrderStatus as S;
use super::effect::Effect;
use super::guard::{Condition, Guard};
use super::{
    after_sales, amendment, assign, chargeback, credit, delivery, dispute, easy_return, inspection,
    off_platform_payment, refund, risk, spine,
};
use crate::domain::words::words;

words! {
    /// Who commands.
    ActorKind {
        /// The buyer's company.
        Buyer => "BUYER",
        /// The supplier's company.
        Supplier => "SUPPLIER",
        /// The platform's staff.
        Operator => "OPERATOR",
        /// An independent inspection company.
        Inspector => "INSPECTOR",
        /// A carrier.
        Carrier => "CARRIER",
        /// A warehouse that receives returns.
        Warehouse => "WAREHOUSE",
        /// A payment provider, by a signed event.
        Provider => "PROVIDER",
        /// The clock.
        Clock => "CLOCK",
    }
}

words! {
    /// What is commanded; the words of `availableActions`.
    CommandKind {
        /// Send a draft to the supplier.
        Submit => "SUBMIT_ORDER",
        /// Accept the terms.
        Confirm => "CONFIRM_ORDER",
        /// Say no.
        Decline => "DECLINE_ORDER",
        /// Give the order up.
        Cancel => "CANCEL_ORDER",
        /// Nobody confirmed or paid in time.
        Expire => "EXPIRE_ORDER",
        /// Start a payment.
        OpenPayment => "CREATE_PAYMENT_SESSION",
        /// Tell how a payment stands.
        ReportPayment => "REPORT_PAYMENT",
        /// The goods are ready to leave.
        MarkReady => "MARK_READY",
        /// Goods leave.
        Dispatch => "DISPATCH_SHIPMENT",
        /// Goods arrived.
        RecordDelivery => "RECORD_DELIVERY",
        /// Everything is there in satisfactory condition.
        ConfirmReceipt => "CONFIRM_RECEIPT",
        /// Receipt counts as confirmed.
        AutoConfirmReceipt => "AUTO_CONFIRM_RECEIPT",
        /// The dispatch deadline draws near, is due, or over.
        ReportDispatchDeadline => "REPORT_DISPATCH_DEADLINE",
        /// The promised delivery is over.
        ReportDeliveryOverdue => "REPORT_DELIVERY_OVERDUE",
        /// The balance was not paid in time.
        ReportBalanceOverdue => "REPORT_BALANCE_OVERDUE",
        /// The claim window is over.
        Close => "CLOSE_ORDER",
        /// Book an inspector.
        BookInspection => "BOOK_INSPECTION",
        /// Try again to pay an inspection's fee.
        OpenInspectionPayment => "CREATE_INSPECTION_PAYMENT_SESSION",
        /// Tell how the payment of an inspection's fee stands.
        ReportInspectionPayment => "REPORT_INSPECTION_PAYMENT",
        /// Call an inspection off.
        CancelInspection => "CANCEL_INSPECTION",
        /// Agree to inspect.
        AcceptInspection => "ACCEPT_INSPECTION",
        /// The goods are packed and can be inspected.
        DeclarePacked => "DECLARE_PACKED",
        /// Report what was found.
        SubmitInspectionReport => "SUBMIT_INSPECTION_REPORT",
        /// Take the goods although they did not pass.
        WaiveInspection => "WAIVE_INSPECTION",
        /// Have the goods mended and inspected again.
        RequestRework => "REQUEST_REWORK",
        /// The contract's inspection was not booked in time.
        LapseInspection => "LAPSE_INSPECTION",
        /// Nobody paid for or accepted an inspection in time.
        ExpireInspection => "EXPIRE_INSPECTION",
        /// No report came in time.
        ReportInspectionOverdue => "REPORT_INSPECTION_OVERDUE",
        /// Send damaged or defective goods back.
        RequestEasyReturn => "REQUEST_EASY_RETURN",
        /// The goods are on their way back.
        ShipReturn => "SHIP_RETURN",
        /// The warehouse has the goods.
        ReceiveReturn => "RECEIVE_RETURN",
        /// The goods were not sent back in time.
        ExpireReturn => "EXPIRE_RETURN",
        /// The warehouse has not got the goods in time.
        ReportReturnOverdue => "REPORT_RETURN_OVERDUE",
        /// Ask for a promised service.
        RequestAfterSalesService => "REQUEST_AFTER_SALES_SERVICE",
        /// Answer a request for a service, or say that it was given.
        RespondToAfterSales => "RESPOND_TO_AFTER_SALES",
        /// Confirm a service, object to it, or settle what was not given.
        ResolveAfterSales => "RESOLVE_AFTER_SALES",
        /// Somebody did not act on a request for a service in time.
        ReportAfterSalesOverdue => "REPORT_AFTER_SALES_OVERDUE",
        /// A shipment is there in satisfactory condition.
        ConfirmShipmentReceipt => "CONFIRM_SHIPMENT_RECEIPT",
        /// Receipt of a shipment counts as confirmed.
        AutoConfirmShipmentReceipt => "AUTO_CONFIRM_SHIPMENT_RECEIPT",
        /// More time to object.
        ExtendReceipt => "EXTEND_RECEIPT",
        /// A shipment is lost.
        ReportShipmentLost => "REPORT_SHIPMENT_LOST",
        /// Nothing left in time.
        CancelForNonDispatch => "CANCEL_FOR_NON_DISPATCH",
        /// The balance never came.
        CancelForUnpaidBalance => "CANCEL_FOR_UNPAID_BALANCE",
        /// A guaranteed delivery was late.
        ClaimLateDelivery => "CLAIM_LATE_DELIVERY",
        /// The clock credits a late guaranteed delivery.
        GrantLateDelivery => "GRANT_LATE_DELIVERY",
        /// A side proposes other terms.
        ProposeAmendment => "PROPOSE_CONTRACT_AMENDMENT",
        /// The other side accepts them.
        AcceptAmendment => "ACCEPT_CONTRACT_AMENDMENT",
        /// The other side declines them.
        DeclineAmendment => "DECLINE_CONTRACT_AMENDMENT",
        /// The proposer takes them back.
        WithdrawAmendment => "WITHDRAW_CONTRACT_AMENDMENT",
        /// Nobody answered in time.
        ExpireAmendment => "EXPIRE_CONTRACT_AMENDMENT",
        /// The provider was asked for a refund.
        SubmitRefund => "SUBMIT_REFUND",
        /// Tell how a refund ended.
        ReportRefund => "REPORT_REFUND",
        /// Ask for a failed refund again.
        RetryRefund => "RETRY_REFUND",
        /// Give set-aside money to the order.
        AssignPayment => "ASSIGN_SUSPENSE_PAYMENT",
        /// The provider cannot hold the money much longer.
        ReportHoldLimit => "REPORT_HOLD_LIMIT",
        /// Ask for money back.
        RequestRefund => "REQUEST_REFUND",
        /// Offer an amount that both sides could agree on.
        OfferRefund => "OFFER_REFUND",
        /// Accept or refuse the buyer's claim.
        RespondToRefundRequest => "RESPOND_TO_REFUND_REQUEST",
        /// Accept the other side's offer.
        AcceptRefundOffer => "ACCEPT_REFUND_OFFER",
        /// A refund request was not answered in time.
        ReportUnansweredRefund => "REPORT_UNANSWERED_REFUND",
        /// Take a refund request to the platform.
        EscalateDispute => "ESCALATE_DISPUTE",
        /// Take a refund request or dispute back.
        WithdrawDispute => "WITHDRAW_DISPUTE",
        /// Show something in a dispute.
        SubmitEvidence => "SUBMIT_EVIDENCE",
        /// The time for evidence is over.
        CloseEvidence => "CLOSE_EVIDENCE",
        /// Decide who gets the money.
        DecideDispute => "DECIDE_DISPUTE",
        /// Confirm another operator's decision.
        ConfirmDecision => "CONFIRM_DECISION",
        /// Ask for another decision.
        AppealDecision => "APPEAL_DECISION",
        /// Carry a decision out.
        ExecuteDecision => "EXECUTE_DECISION",
        /// Freeze an order while the platform looks into it.
        PlaceRiskHold => "PLACE_RISK_HOLD",
        /// End that; it takes two operators.
        LiftRiskHold => "LIFT_RISK_HOLD",
        /// Tell of a charge-back.
        ReportChargeback => "REPORT_CHARGEBACK",
        /// Record a payment that was made off the platform.
        RecordOffPlatformPayment => "RECORD_OFF_PLATFORM_PAYMENT",
    }
}

impl CommandKind {
    /// Whether it may move money to or from the parties' own accounts, whose balances are then locked with the order.
    pub const fn reads_funds(self) -> bool {
        matches!(
            self,
            Self::ConfirmReceipt
                | Self::AutoConfirmReceipt
                | Self::OpenPayment
                | Self::ReportPayment
                | Self::Dispatch
                | Self::ConfirmShipmentReceipt
                | Self::AutoConfirmShipmentReceipt
                | Self::CancelForNonDispatch
                | Self::CancelForUnpaidBalance
                | Self::AcceptAmendment
                | Self::RespondToRefundRequest
                | Self::AcceptRefundOffer
                | Self::ExecuteDecision
                | Self::ReportChargeback
                | Self::ReceiveReturn
                | Self::ResolveAfterSales
                | Self::ReportAfterSalesOverdue
        )
    }
}

/// Where a transition leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Another status of the order region.
    Status(S),
    /// The order region stays; another region moves.
    Same,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The name in the design, such as `T07`.
    pub id: &'static str,
    /// The statuses that it starts from.
    pub from: &'static [S],
    /// What is commanded.
    pub command: CommandKind,
    /// Who may command it.
    pub actors: &'static [ActorKind],
    /// When this row is meant and not its neighbour.
    pub when: &'static [Condition],
    /// What must hold, most important first; the first that does not is the refusal.
    pub guards: &'static [Guard],
    /// Where it leads.
    pub to: Target,
    /// What it does, in order.
    pub effects: &'static [Effect],
}

pub(super) const ALL: &[S] = S::ALL;
pub(super) const PAYABLE: &[S] = &[
    S::PendingPayment,
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
];
pub(super) const FUNDED: &[S] =
    &[S::InProduction, S::InInspection, S::Ready, S::PartiallyShipped, S::Shipped, S::Delivered];
/// The statuses in which money is in escrow or can still be claimed back.
pub(super) const CLAIMABLE: &[S] = &[
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
    S::Completed,
];
pub(super) const OPERATOR: &[ActorKind] = &[ActorKind::Operator];
pub(super) const PARTIES: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier];
pub(super) const BUYER: &[ActorKind] = &[ActorKind::Buyer];
pub(super) const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
pub(super) const PROVIDER: &[ActorKind] = &[ActorKind::Provider];
pub(super) const CLOCK: &[ActorKind] = &[ActorKind::Clock];

/// A row with nothing but its start; the rest is filled by struct update.
pub(super) const fn row(
    id: &'static str,
    from: &'static [S],
    command: CommandKind,
    actors: &'static [ActorKind],
) -> Transition {
    Transition { id, from, command, actors, when: &[], guards: &[], to: Target::Same, effects: &[] }
}

/// The rows by region, each beside its types, guards and effects.
const REGIONS: &[&[Transition]] = &[
    spine::ROWS,
    refund::ROWS,
    assign::ROWS,
    dispute::ROWS,
    risk::ROWS,
    chargeback::ROWS,
    inspection::ROWS,
    easy_return::ROWS,
    after_sales::ROWS,
    credit::ROWS,
    delivery::ROWS,
    amendment::ROWS,
    off_platform_payment::ROWS,
];

/// Every transition that exists.
pub fn transitions() -> impl Iterator<Item = &'static Transition> {
    REGIONS.iter().copied().flatten()
}
