//! The commands on amendments of a sealed contract.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::Refusal;
use crate::domain::ids::{AmendmentId, OrderId};
use crate::domain::order::{AmendmentChanges, AmendmentCommand, Command, MAXIMUM_LINES};
use crate::service::Result;

use super::command::{PARTIES, Request, check_reason, run};
use super::envelope::{Envelope, Made, Outcome};

/// Proposes other terms; the other side is asked (T06).
pub async fn propose(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (changes, reason): (AmendmentChanges, Option<String>),
    envelope: &Envelope,
) -> Result<Outcome> {
    let reason = check_reason(reason)?;
    if changes.lines.len() > MAXIMUM_LINES {
        return Err(Refusal::invalid(&["input", "lines"], "An order has at most 100 lines.").into());
    }
    let input = json!({ "order": order, "changes": changes, "reason": reason });
    let operation = "proposeContractAmendment";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: PARTIES };
    let command = AmendmentCommand::Propose { changes, reason };
    run(app, actor, request, |_| (Command::Amendment(command.clone()), Made::default())).await
}

/// Accepts proposed terms by their hash: the next version of the contract is sealed (T06).
pub async fn accept(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (amendment, terms_hash): (AmendmentId, &str),
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "amendment": amendment, "termsHash": terms_hash });
    let operation = "acceptContractAmendment";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: PARTIES };
    let command = AmendmentCommand::Accept { amendment, terms_hash: terms_hash.to_owned() };
    run(app, actor, request, |_| (Command::Amendment(command.clone()), Made::default())).await
}

/// Says no to proposed terms; the contract stays as it is.
pub async fn decline(
    app: &App,
    actor: &Actor,
    order: OrderId,
    amendment: AmendmentId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "amendment": amendment });
    let operation = "declineContractAmendment";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: PARTIES };
    let command = Command::Amendment(AmendmentCommand::Decline { amendment });
    run(app, actor, request, |_| (command.clone(), Made::default())).await
}

/// Takes proposed terms back.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    order: OrderId,
    amendment: AmendmentId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "amendment": amendment });
    let operation = "withdrawContractAmendment";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: PARTIES };
    let command = Command::Amendment(AmendmentCommand::Withdraw { amendment });
    run(app, actor, request, |_| (command.clone(), Made::default())).await
}
