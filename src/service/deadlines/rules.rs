//! What the clock commands when a timer is over, and how the timer has ended then.

use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::order::{
    self, AfterSalesCommand, AmendmentCommand, Command, DeliveryCommand, DisputeCommand, DisputeStatus,
    InspectionCommand, OrderStatus, ReturnCommand,
};
use crate::service::Result;

/// Whether a refused timer still has something to wait for.
pub fn waits(deadline: &Deadline, order: &order::Order) -> bool {
    match deadline.kind {
        DeadlineKind::Payment => order.status() == OrderStatus::PendingPayment,
        DeadlineKind::InspectionPayment => order.open_inspection().is_some(),
        DeadlineKind::AutoConfirmation => {
            matches!(order.status(), OrderStatus::Shipped | OrderStatus::Delivered)
        }
        // The rest of the price may still come.
        DeadlineKind::ShipmentConfirmation => {
            let waiting = |known: &order::Shipment| {
                known.id.to_string() == deadline.subject && known.confirmed_at.is_none()
            };
            !order.status().is_terminal() && order.shipments.iter().any(waiting)
        }
        // Open cases and refunds on their way keep the order open.
        DeadlineKind::ClaimWindow => order.status() == OrderStatus::Completed,
        DeadlineKind::RefundAnswer | DeadlineKind::DisputeEscalation | DeadlineKind::Evidence => false,
        DeadlineKind::Appeal => {
            order.open_dispute().is_some_and(|dispute| dispute.status == DisputeStatus::Decided)
        }
        _ => !order.holds.is_empty(),
    }
}

/// What the clock commands when a timer is over.
pub fn command(deadline: &Deadline) -> Result<Command> {
    Ok(match deadline.kind {
        DeadlineKind::SupplierConfirmation | DeadlineKind::Payment => Command::Expire,
        DeadlineKind::BalancePayment => Command::ReportBalanceOverdue,
        DeadlineKind::DispatchWarning | DeadlineKind::DispatchDue | DeadlineKind::Dispatch => {
            Command::ReportDispatchDeadline { kind: deadline.kind, subject: deadline.subject.clone() }
        }
        DeadlineKind::Delivery => Command::ReportDeliveryOverdue,
        DeadlineKind::AutoConfirmation => Command::AutoConfirmReceipt,
        DeadlineKind::ClaimWindow => Command::Close,
        DeadlineKind::ShipmentConfirmation => {
            let subject = deadline.subject.clone();
            Command::Delivery(DeliveryCommand::AutoConfirmShipment { subject })
        }
        DeadlineKind::LateDeliveryCredit => Command::Delivery(DeliveryCommand::GrantLateDelivery),
        DeadlineKind::AmendmentAnswer => {
            Command::Amendment(AmendmentCommand::Expire { subject: deadline.subject.clone() })
        }
        DeadlineKind::HoldLimit => Command::ReportHoldLimit,
        DeadlineKind::RefundAnswer => Command::Dispute(DisputeCommand::ReportUnanswered),
        DeadlineKind::DisputeEscalation => Command::Dispute(DisputeCommand::Escalate { dispute: None }),
        DeadlineKind::Evidence => Command::Dispute(DisputeCommand::CloseEvidence),
        DeadlineKind::Appeal => Command::Dispute(DisputeCommand::Execute),
        DeadlineKind::InspectionBooking => Command::Inspection(InspectionCommand::Lapse),
        DeadlineKind::InspectionPayment | DeadlineKind::InspectionAcceptance => {
            Command::Inspection(InspectionCommand::Expire { inspection: subject(deadline)? })
        }
        DeadlineKind::InspectionReport => {
            Command::Inspection(InspectionCommand::ReportOverdue { inspection: subject(deadline)? })
        }
        DeadlineKind::ReturnShipment => Command::Return(ReturnCommand::Expire { id: subject(deadline)? }),
        DeadlineKind::ReturnReceipt => {
            Command::Return(ReturnCommand::ReportOverdue { id: subject(deadline)? })
        }
        DeadlineKind::ServiceAnswer | DeadlineKind::ServiceFulfilment => {
            Command::AfterSales(AfterSalesCommand::Overdue { id: subject(deadline)? })
        }
    })
}

/// What a timer is about, by its id.
fn subject<T: std::str::FromStr>(deadline: &Deadline) -> Result<T> {
    let wrong = |_| anyhow::anyhow!("the {} timer is about {:?}", deadline.kind, deadline.subject);
    Ok(deadline.subject.parse().map_err(wrong)?)
}

/// Reminders and windows fire; acts that were due and not done are breached.
pub(super) fn outcome(deadline: &Deadline, status: OrderStatus) -> DeadlineState {
    match deadline.kind {
        DeadlineKind::DispatchWarning
        | DeadlineKind::DispatchDue
        | DeadlineKind::AutoConfirmation
        | DeadlineKind::ClaimWindow
        | DeadlineKind::DisputeEscalation
        | DeadlineKind::Evidence
        | DeadlineKind::Appeal
        | DeadlineKind::ShipmentConfirmation
        | DeadlineKind::LateDeliveryCredit
        | DeadlineKind::HoldLimit => DeadlineState::Fired,
        DeadlineKind::Delivery if status == OrderStatus::Delivered => DeadlineState::Fired,
        DeadlineKind::SupplierConfirmation
        | DeadlineKind::Payment
        | DeadlineKind::BalancePayment
        | DeadlineKind::Dispatch
        | DeadlineKind::Delivery
        | DeadlineKind::AmendmentAnswer
        | DeadlineKind::RefundAnswer
        | DeadlineKind::InspectionBooking
        | DeadlineKind::InspectionPayment
        | DeadlineKind::InspectionAcceptance
        | DeadlineKind::InspectionReport
        | DeadlineKind::ReturnShipment
        | DeadlineKind::ReturnReceipt
        | DeadlineKind::ServiceAnswer
        | DeadlineKind::ServiceFulfilment => DeadlineState::Breached,
    }
}
