//! Deadlines: the clock acts on orders whose timers are over, one transaction for each act.
//!
//! The order's lock comes first, as in every command, so a command and the clock never both win. Any node may fire any
//! timer; the transaction is the lease.

use crate::app::App;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::error::Code;
use crate::domain::ids::OrderId;
use crate::domain::order::{
    self, ActorKind, AfterSalesCommand, AmendmentCommand, Command, DeadlineChange, DeliveryCommand,
    DisputeCommand, DisputeStatus, InspectionCommand, OrderStatus, ReturnCommand,
};
use crate::domain::time::Span;
use crate::store;

use super::Result;
use super::orders::{Persist, decide, lock_at, may_retry, persist};

/// Orders looked at in one go.
const BATCH: u32 = 200;
/// A timer that cannot act yet looks again after this time.
const LATER: Span = Span::hours(1);

/// Fires every timer that is over, in the order of their instants within each order; answers how many. An order whose
/// timer fails keeps it for the next sweep and holds up no other one.
pub async fn sweep(app: &App) -> Result<u64> {
    let mut fired = 0;
    let mut failed: Vec<OrderId> = Vec::new();
    loop {
        let now = super::orders::now(app).await?;
        // The failed ones come first again, so as many more are asked for.
        let limit = BATCH.saturating_add(u32::try_from(failed.len()).unwrap_or(u32::MAX));
        let orders = store::deadlines::due_orders(&app.db, now, limit).await?;
        if orders.is_empty() {
            return Ok(fired);
        }
        let mut acted = 0;
        for order in orders {
            if failed.contains(&order) {
                continue;
            }
            loop {
                match fire_next(app, order).await {
                    Ok(true) => acted += 1,
                    Ok(false) => break,
                    Err(error) => {
                        tracing::error!(%order, ?error, "a timer failed; it is tried again");
                        failed.push(order);
                        break;
                    }
                }
            }
        }
        if acted == 0 {
            // Another node was faster, or its clock is ahead of the database's.
            return Ok(fired);
        }
        fired += acted;
    }
}

async fn fire_next(app: &App, order: OrderId) -> Result<bool> {
    let mut attempt = 1;
    loop {
        match try_fire(app, order).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_fire(app: &App, order: OrderId) -> Result<bool> {
    let tx = app.db.begin().await?;
    let Some((before, now)) = lock_at(app, &tx, order).await? else { return Ok(false) };
    let Some(deadline) = store::deadlines::next_due(&tx, order, now).await? else { return Ok(false) };
    match decide(app, &tx, &before, (ActorKind::Clock, &command(&deadline)?), now).await? {
        Ok(mut step) => {
            let outcome = outcome(&deadline, before.status());
            // First of all: what the act settles besides must not hide how this timer ended.
            let settle = DeadlineChange::Settle {
                kind: deadline.kind,
                subject: Some(deadline.subject.clone()),
                outcome,
            };
            step.deadlines.insert(0, settle);
            for event in &mut step.events {
                event.body.insert("deadlineDueAt".to_owned(), deadline.due_at.to_string().into());
                event.body.insert("firedAt".to_owned(), now.to_string().into());
            }
            persist(app, &tx, Persist { before: &before, untold: &[], step: &step, now }).await?;
        }
        // The books do not say what the contract does: told as a fault, never waited out.
        Err(refusal) if refusal.code == Code::Internal => {
            return Err(anyhow::anyhow!("{order}: the {} timer found {refusal}", deadline.kind).into());
        }
        Err(refusal) if waits(&deadline, &before) => {
            tracing::debug!(%order, kind = %deadline.kind, %refusal, "a timer waits");
            store::deadlines::postpone(&tx, deadline.id, now.plus(LATER)).await?;
        }
        // The order is past what the timer was for.
        Err(_) => store::deadlines::settle(&tx, deadline.id, DeadlineState::Cancelled, now).await?,
    }
    tx.commit().await?;
    app.feed.appended();
    Ok(true)
}

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
fn outcome(deadline: &Deadline, status: OrderStatus) -> DeadlineState {
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
