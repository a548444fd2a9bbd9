//! Easy Return: asked for and shipped by the buyer, received by a local warehouse.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::ids::{OrderId, ReturnId};
use crate::domain::order::{ActorKind, Command, Order, ReturnCommand, ReturnGround};
use crate::service::{Result, require_scope};
use crate::store;

use super::envelope::{Envelope, Outcome};
use super::on_order;
use super::region::{Named, Right, check_text, run_named};

const BUYER: &[ActorKind] = &[ActorKind::Buyer];
const RECEIVERS: &[ActorKind] = &[ActorKind::Warehouse, ActorKind::Operator];

fn named(id: ReturnId) -> Named<'static> {
    Named { id: id.to_string(), what: "return", field: "easyReturnId" }
}

/// Asks to send damaged or defective goods back (T35).
pub async fn request(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (ground, description): (ReturnGround, &str),
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::EscrowWrite)?;
    check_text("description", description, 2_000)?;
    // The contract's destination never changes, so the warehouse can be looked up before the lock.
    let warehouse = match store::orders::load(&app.db, &[order]).await?.pop() {
        Some(known) => store::care::warehouse_in(&app.db, &known.terms.destination).await?,
        None => None,
    };
    let input = json!({ "order": order, "ground": ground, "description": description });
    let command =
        Command::Return(ReturnCommand::Request { ground, description: description.to_owned(), warehouse });
    let name = (order, "requestEasyReturn", input);
    on_order(app, actor, name, (Scope::EscrowWrite, BUYER), envelope, command).await
}

/// The goods are on their way to the warehouse (T35s).
pub async fn ship(
    app: &App,
    actor: &Actor,
    id: ReturnId,
    (carrier, tracking_number): (&str, &str),
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    check_text("carrier", carrier, 200)?;
    check_text("trackingNumber", tracking_number, 200)?;
    let input = json!({ "return": id, "carrier": carrier, "trackingNumber": tracking_number });
    let right = Right { operation: "shipReturn", input, scope: Scope::OrdersWrite, parts: BUYER };
    let command = |made| {
        let (carrier, tracking_number) = (carrier.to_owned(), tracking_number.to_owned());
        (Command::Return(ReturnCommand::Ship { id, carrier, tracking_number }), made)
    };
    run_named(app, actor, named(id), right, envelope, |_| true, command).await
}

/// The warehouse has the goods: it takes them, or says why not (T35r, T35n).
pub async fn receive(
    app: &App,
    actor: &Actor,
    id: ReturnId,
    rejection: Option<String>,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    if let Some(reason) = &rejection {
        check_text("rejectionReason", reason, 2_000)?;
    }
    let input = json!({ "return": id, "rejection": rejection });
    let right = Right { operation: "receiveReturn", input, scope: Scope::OrdersWrite, parts: RECEIVERS };
    let company = actor.company.filter(|_| actor.role == Some(Role::Warehouse));
    let concerned = |order: &Order| {
        let known = order.returns.iter().find(|known| known.id == id);
        company.is_none() || known.is_some_and(|known| Some(known.warehouse.company) == company)
    };
    let command = |made| (Command::Return(ReturnCommand::Receive { id, rejection: rejection.clone() }), made);
    run_named(app, actor, named(id), right, envelope, concerned, command).await
}
