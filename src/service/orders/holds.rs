//! Holds of the platform's own.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::Refusal;
use crate::domain::ids::OrderId;
use crate::domain::order::{ActorKind, Command, RiskHoldCommand};
use crate::service::Result;

use super::command::{Request, run};
use super::disputes::operator_id;
use super::envelope::{Envelope, Made, Outcome};

const OPERATORS: &[ActorKind] = &[ActorKind::Operator];

/// Freezes an order while the platform looks into it (T40).
pub async fn place_risk_hold(
    app: &App,
    actor: &Actor,
    order: OrderId,
    reason: String,
    envelope: &Envelope,
) -> Result<Outcome> {
    if reason.trim().is_empty() || reason.chars().count() > 1_000 {
        return Err(Refusal::invalid(&["input", "reason"], "A reason has 1 to 1000 characters.").into());
    }
    let operation = "placeRiskHold";
    let input = json!({ "order": order, "reason": reason });
    let scope = Scope::PlatformOperate;
    let request = Request { order, envelope, operation, input, scope, parts: OPERATORS };
    run(app, actor, request, |_| {
        let command = RiskHoldCommand::Place { reason: reason.clone(), operator: operator_id(actor) };
        (Command::RiskHold(command), Made::default())
    })
    .await
}

/// Approves that a risk hold is lifted, or lifts it where another operator approved (T40).
pub async fn lift_risk_hold(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let operation = "liftRiskHold";
    let input = json!({ "order": order });
    let scope = Scope::PlatformOperate;
    let request = Request { order, envelope, operation, input, scope, parts: OPERATORS };
    run(app, actor, request, |_| {
        (Command::RiskHold(RiskHoldCommand::Lift { operator: operator_id(actor) }), Made::default())
    })
    .await
}
