//! The commands on deliveries: receipt by shipment, more time, loss, and what late goods entitle to.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{OrderId, ShipmentId};
use crate::domain::order::{ActorKind, Command, DeliveryCommand};
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::command::{BUYER, DELIVERERS, PARTIES, Request, SUPPLIER, run};
use super::envelope::{Envelope, Made, Outcome};

/// Characters that a report of a loss has at most.
const MAXIMUM_REASON: usize = 1_000;

async fn on_order(
    app: &App,
    actor: &Actor,
    (order, envelope): (OrderId, &Envelope),
    (operation, scope, parts): (&str, Scope, &[ActorKind]),
    command: DeliveryCommand,
) -> Result<Outcome> {
    let input = json!({ "order": order });
    let request = Request { order, envelope, operation, input, scope, parts };
    run(app, actor, request, |_| (Command::Delivery(command.clone()), Made::default())).await
}

/// Confirms receipt of one shipment: its share is released (T20).
pub async fn confirm_shipment_receipt(
    app: &App,
    actor: &Actor,
    shipment: ShipmentId,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::EscrowWrite)?;
    let order = owner(app, actor, shipment).await?;
    let input = json!({ "shipment": shipment });
    let operation = "confirmShipmentReceipt";
    let request = Request { order, envelope, operation, input, scope: Scope::EscrowWrite, parts: BUYER };
    let made = Made { shipment: Some(shipment), ..Made::default() };
    let command = Command::Delivery(DeliveryCommand::ConfirmShipment { shipment });
    as_shipment(run(app, actor, request, |_| (command.clone(), made.clone())).await)
}

/// Gives the buyer more time to object to what arrived (T19).
pub async fn extend_receipt(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let how = ("extendReceipt", Scope::OrdersWrite, PARTIES);
    on_order(app, actor, (order, envelope), how, DeliveryCommand::ExtendReceipt).await
}

/// Says that a shipment is lost; its goods are to be sent anew, or a refund asked for (T33).
pub async fn report_shipment_lost(
    app: &App,
    actor: &Actor,
    shipment: ShipmentId,
    reason: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    if reason.trim().is_empty() || reason.chars().count() > MAXIMUM_REASON {
        return Err(Refusal::invalid(&["input", "reason"], "A reason has 1 to 1000 characters.").into());
    }
    let order = owner(app, actor, shipment).await?;
    let input = json!({ "shipment": shipment, "reason": reason });
    let operation = "reportShipmentLost";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: DELIVERERS };
    let made = Made { shipment: Some(shipment), ..Made::default() };
    let command = Command::Delivery(DeliveryCommand::ReportLost { shipment, reason: reason.to_owned() });
    as_shipment(run(app, actor, request, |_| (command.clone(), made.clone())).await)
}

/// Ends an order of which nothing left in time; everything goes back to the buyer (T32).
pub async fn cancel_for_non_dispatch(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let how = ("cancelForNonDispatch", Scope::EscrowWrite, BUYER);
    on_order(app, actor, (order, envelope), how, DeliveryCommand::CancelForNonDispatch).await
}

/// Ends an order whose balance never came; the deposit goes back less what the contract lets the supplier keep.
pub async fn cancel_for_unpaid_balance(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let how = ("cancelForUnpaidBalance", Scope::EscrowWrite, SUPPLIER);
    on_order(app, actor, (order, envelope), how, DeliveryCommand::CancelForUnpaidBalance).await
}

/// Claims the credit for a late guaranteed delivery (T31).
pub async fn claim_late_delivery(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let how = ("claimLateDelivery", Scope::EscrowWrite, BUYER);
    on_order(app, actor, (order, envelope), how, DeliveryCommand::ClaimLateDelivery).await
}

fn no_shipment() -> Refusal {
    Refusal::not_found("shipment").at(&["input", "shipmentId"])
}

/// The order of a shipment. A carrier names its own shipments only; who carries one never changes, so no lock is needed.
pub(super) async fn owner(app: &App, actor: &Actor, shipment: ShipmentId) -> Result<OrderId> {
    let order = store::orders::of_shipment(&app.db, shipment).await?.ok_or_else(no_shipment)?;
    if actor.role == Some(Role::Carrier) {
        let found = store::orders::load(&app.db, &[order]).await?.pop();
        let mut shipments = found.into_iter().flat_map(|order| order.shipments);
        if !shipments.any(|known| known.id == shipment && known.carrier_company == actor.company) {
            return Err(no_shipment().into());
        }
    }
    Ok(order)
}

/// The caller named a shipment: an order that it may not see is a shipment that it may not see.
pub(super) fn as_shipment(answer: Result<Outcome>) -> Result<Outcome> {
    answer.map_err(|error| match error {
        Error::Refused(refusals) if refusals.iter().any(|refusal| refusal.code == Code::NotFound) => {
            no_shipment().into()
        }
        other => other,
    })
}
