//! After-sales service: asked for by the buyer, given by the supplier, confirmed or settled by the buyer.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::ids::{AfterSalesRequestId, OrderId, OrderLineId};
use crate::domain::order::{ActorKind, AfterSalesAnswer, AfterSalesCommand, AfterSalesOutcome, Command};
use crate::service::{Result, require_scope};

use super::envelope::{Envelope, Outcome};
use super::on_order;
use super::region::{Named, Right, check_text, run_named};

const BUYER: &[ActorKind] = &[ActorKind::Buyer];
const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
/// The longest text of a request or an answer, in characters.
const TEXT: usize = 2_000;

fn named(id: AfterSalesRequestId) -> Named<'static> {
    Named { id: id.to_string(), what: "after-sales request", field: "afterSalesRequestId" }
}

/// Asks for the service that the contract promises for a line (T34).
pub async fn request(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (line, description): (OrderLineId, &str),
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    check_text("description", description, TEXT)?;
    let input = json!({ "order": order, "line": line, "description": description });
    let command =
        Command::AfterSales(AfterSalesCommand::Request { line, description: description.to_owned() });
    let name = (order, "requestAfterSalesService", input);
    on_order(app, actor, name, (Scope::OrdersWrite, BUYER), envelope, command).await
}

/// The supplier answers (T34a, T34f, T34n).
pub async fn respond(
    app: &App,
    actor: &Actor,
    id: AfterSalesRequestId,
    answer: AfterSalesAnswer,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    let word = match &answer {
        AfterSalesAnswer::Accept { note } => {
            if let Some(note) = note {
                check_text("note", note, TEXT)?;
            }
            json!({ "accept": note })
        }
        AfterSalesAnswer::Fulfil { proof } => {
            check_text("note", proof, TEXT)?;
            json!({ "fulfil": proof })
        }
        AfterSalesAnswer::Refuse { reason } => {
            check_text("note", reason, TEXT)?;
            json!({ "refuse": reason })
        }
    };
    let input = json!({ "request": id, "answer": word });
    let right = Right { operation: "respondToAfterSales", input, scope: Scope::OrdersWrite, parts: SUPPLIER };
    let command =
        |made| (Command::AfterSales(AfterSalesCommand::Respond { id, answer: answer.clone() }), made);
    run_named(app, actor, named(id), right, envelope, |_| true, command).await
}

/// The buyer settles it (T34c, T34r, T34p, T34d, T34w).
pub async fn resolve(
    app: &App,
    actor: &Actor,
    id: AfterSalesRequestId,
    outcome: AfterSalesOutcome,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    let word = match &outcome {
        AfterSalesOutcome::Confirm => json!("CONFIRM"),
        AfterSalesOutcome::Reject { objection } => {
            check_text("objection", objection, TEXT)?;
            json!({ "reject": objection })
        }
        AfterSalesOutcome::Compensate => json!("COMPENSATE"),
        AfterSalesOutcome::Dispute => json!("DISPUTE"),
        AfterSalesOutcome::Withdraw => json!("WITHDRAW"),
    };
    let input = json!({ "request": id, "outcome": word });
    let right = Right { operation: "resolveAfterSales", input, scope: Scope::OrdersWrite, parts: BUYER };
    let command =
        |made| (Command::AfterSales(AfterSalesCommand::Resolve { id, outcome: outcome.clone() }), made);
    run_named(app, actor, named(id), right, envelope, |_| true, command).await
}
