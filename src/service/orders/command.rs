//! The commands on orders, each in its envelope.

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{CompanyId, InstalmentId, OrderId, PaymentId, ShipmentId};
use crate::domain::order::{self, ActorKind, Command, ShippedLine, TransportMode};
use crate::domain::time::Timestamp;
use crate::service::payments::open_command;
use crate::service::{Error, Result, require_scope};
use crate::store;

use super::delivery::{as_shipment, owner};
use super::envelope::{
    Begun, Claimed, Envelope, Made, Outcome, Persist, check_version, decide, lock_at, may_retry, persist,
    reload, replay,
};
use super::{part_of, price_lock};

/// One command on one order.
pub(super) struct Request<'a> {
    pub(super) order: OrderId,
    pub(super) envelope: &'a Envelope,
    pub(super) operation: &'a str,
    pub(super) input: Value,
    pub(super) scope: Scope,
    pub(super) parts: &'a [ActorKind],
}

/// Runs a command on an order; lost transactions are tried again a bounded number of times.
pub(super) async fn run(
    app: &App,
    actor: &Actor,
    request: Request<'_>,
    build: impl Fn(Timestamp) -> (Command, Made),
) -> Result<Outcome> {
    require_scope(actor, request.scope)?;
    let mut attempt = 1;
    loop {
        match try_run(app, actor, &request, &build).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_run(
    app: &App,
    actor: &Actor,
    request: &Request<'_>,
    build: &impl Fn(Timestamp) -> (Command, Made),
) -> Result<Outcome> {
    let claimed =
        match Claimed::begin(app, actor, request.envelope, request.operation, &request.input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, made).await,
        };
    let not_found = || Refusal::not_found("order").at(&["input", "orderId"]);
    let (before, now) = lock_at(app, &claimed.tx, request.order).await?.ok_or_else(not_found)?;
    let part = part_of(actor, &before).ok_or_else(not_found)?;
    if !request.parts.contains(&part) {
        let message = "Your part in this order does not do this.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    check_version(&before, request.envelope.expected_version)?;
    let (command, made) = build(now);
    let step = match decide(app, &claimed.tx, &before, (part, &command), now).await? {
        Ok(step) => step,
        Err(refusal) => {
            claimed.tx.rollback().await?;
            let tried = (&before, part, &command);
            Box::pin(price_lock::note(app, actor, tried, &refusal, (request.envelope, now))).await?;
            return Err(refusal.into());
        }
    };
    let made = Made { order: Some(before.id), subject: step.subject.clone(), ..made };
    if !request.envelope.validate_only {
        persist(app, &claimed.tx, Persist { before: &before, untold: &[], step: &step, now }).await?;
    }
    claimed.finish(app, &made).await?;
    if request.envelope.validate_only {
        return Ok(Outcome { order: step.order, replayed: false, made });
    }
    reload(app, made, false).await
}

/// Runs a command that needs nothing but itself: its order, name and input, the scope and the parts that may give it.
pub(in crate::service) async fn on_order(
    app: &App,
    actor: &Actor,
    (order, operation, input): (OrderId, &str, Value),
    (scope, parts): (Scope, &[ActorKind]),
    envelope: &Envelope,
    command: Command,
) -> Result<Outcome> {
    let request = Request { order, envelope, operation, input, scope, parts };
    run(app, actor, request, |_| (command.clone(), Made::default())).await
}

pub(super) const BUYER: &[ActorKind] = &[ActorKind::Buyer];
pub(super) const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
pub(super) const PARTIES: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier];
pub(super) const DELIVERERS: &[ActorKind] =
    &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Carrier, ActorKind::Operator];

/// Sends a draft to the supplier (T02, T02g).
pub async fn submit(app: &App, actor: &Actor, order: OrderId, envelope: &Envelope) -> Result<Outcome> {
    let input = json!({ "order": order });
    let request =
        Request { order, envelope, operation: "submitOrder", input, scope: Scope::OrdersWrite, parts: BUYER };
    run(app, actor, request, |_| (Command::Submit, Made::default())).await
}

/// Accepts the terms with this hash and seals the contract (T03).
pub async fn confirm(
    app: &App,
    actor: &Actor,
    order: OrderId,
    terms_hash: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "termsHash": terms_hash });
    let request = Request {
        order,
        envelope,
        operation: "confirmOrder",
        input,
        scope: Scope::OrdersWrite,
        parts: SUPPLIER,
    };
    let build = |_| (Command::Confirm { terms_hash: terms_hash.to_owned() }, Made::default());
    run(app, actor, request, build).await
}

/// Says no (T04).
pub async fn decline(
    app: &App,
    actor: &Actor,
    order: OrderId,
    reason: Option<String>,
    envelope: &Envelope,
) -> Result<Outcome> {
    let reason = check_reason(reason)?;
    let input = json!({ "order": order, "reason": reason });
    let request = Request {
        order,
        envelope,
        operation: "declineOrder",
        input,
        scope: Scope::OrdersWrite,
        parts: SUPPLIER,
    };
    run(app, actor, request, |_| (Command::Decline { reason: reason.clone() }, Made::default())).await
}

/// Gives the order up before payment (T04, T05).
pub async fn cancel(
    app: &App,
    actor: &Actor,
    order: OrderId,
    reason: Option<String>,
    envelope: &Envelope,
) -> Result<Outcome> {
    let reason = check_reason(reason)?;
    let input = json!({ "order": order, "reason": reason });
    let request = Request {
        order,
        envelope,
        operation: "cancelOrder",
        input,
        scope: Scope::OrdersWrite,
        parts: PARTIES,
    };
    run(app, actor, request, |_| (Command::Cancel { reason: reason.clone() }, Made::default())).await
}

pub(super) fn check_reason(reason: Option<String>) -> std::result::Result<Option<String>, Refusal> {
    match &reason {
        Some(text) if text.chars().count() > 1_000 => {
            Err(Refusal::invalid(&["input", "reason"], "A reason has at most 1000 characters."))
        }
        _ => Ok(reason),
    }
}

/// Opens a payment of an instalment (P01); the session itself is opened after the commit.
pub(in crate::service) async fn open_payment(
    app: &App,
    actor: &Actor,
    order: OrderId,
    (instalment, use_credit): (Option<InstalmentId>, bool),
    provider: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order, "instalment": instalment, "useCredit": use_credit });
    let operation = "createPaymentSession";
    let request = Request { order, envelope, operation, input, scope: Scope::EscrowWrite, parts: BUYER };
    run(app, actor, request, |now| {
        let payment: PaymentId = app.ids.make(now);
        (
            open_command(payment, (instalment, use_credit), provider),
            Made { payment: Some(payment), ..Made::default() },
        )
    })
    .await
}

/// Says that the goods are ready to leave (T12).
pub async fn mark_ready(app: &App, actor: &Actor, order: OrderId, envelope: &Envelope) -> Result<Outcome> {
    let input = json!({ "order": order });
    let request = Request {
        order,
        envelope,
        operation: "markReady",
        input,
        scope: Scope::OrdersWrite,
        parts: SUPPLIER,
    };
    run(app, actor, request, |_| (Command::MarkReady, Made::default())).await
}

/// What leaves and how.
#[derive(Debug, Clone, Serialize)]
pub struct Dispatch {
    /// What leaves; everything that is left where empty.
    pub lines: Vec<ShippedLine>,
    /// Who carries it, in words.
    pub carrier: String,
    /// The carrier's company, where it may report deliveries here.
    pub carrier_company: Option<CompanyId>,
    /// The carrier's number.
    pub tracking_number: String,
    /// How it travels.
    pub mode: TransportMode,
}

/// Goods leave (T14, T15).
pub async fn dispatch(
    app: &App,
    actor: &Actor,
    order: OrderId,
    goods: Dispatch,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    for (field, text) in [("carrier", &goods.carrier), ("trackingNumber", &goods.tracking_number)] {
        if text.trim().is_empty() || text.chars().count() > 200 {
            return Err(Refusal::invalid(&["input", field], "This has 1 to 200 characters.").into());
        }
    }
    if goods.lines.len() > order::MAXIMUM_LINES {
        return Err(Refusal::invalid(&["input", "lines"], "A shipment has at most 100 lines.").into());
    }
    if let Some(company) = goods.carrier_company
        && store::parties::companies(&app.db, &[company]).await?.is_empty()
    {
        return Err(Refusal::not_found("company").at(&["input", "carrierId"]).into());
    }
    let input = json!({ "order": order, "goods": goods });
    let request = Request {
        order,
        envelope,
        operation: "dispatchShipment",
        input,
        scope: Scope::OrdersWrite,
        parts: SUPPLIER,
    };
    run(app, actor, request, |now| {
        let shipment: ShipmentId = app.ids.make(now);
        let Dispatch { lines, carrier, carrier_company, tracking_number, mode } = goods.clone();
        let command = Command::Dispatch { shipment, lines, carrier, carrier_company, tracking_number, mode };
        (command, Made { shipment: Some(shipment), ..Made::default() })
    })
    .await
}

/// Goods arrived, with proof (T16).
pub async fn record_delivery(
    app: &App,
    actor: &Actor,
    shipment: ShipmentId,
    proof: &str,
    envelope: &Envelope,
) -> Result<Outcome> {
    if proof.trim().is_empty() || proof.chars().count() > 500 {
        return Err(Refusal::invalid(&["input", "proof"], "A proof has 1 to 500 characters.").into());
    }
    require_scope(actor, Scope::OrdersWrite)?;
    let order = owner(app, actor, shipment).await?;
    let input = json!({ "shipment": shipment, "proof": proof });
    let request = Request {
        order,
        envelope,
        operation: "recordDelivery",
        input,
        scope: Scope::OrdersWrite,
        parts: DELIVERERS,
    };
    let made = Made { shipment: Some(shipment), ..Made::default() };
    let answer = run(app, actor, request, |_| {
        (Command::RecordDelivery { shipment, proof: proof.to_owned() }, made.clone())
    })
    .await;
    as_shipment(answer)
}

/// Everything is there in satisfactory condition: the money is released (T17).
pub async fn confirm_receipt(
    app: &App,
    actor: &Actor,
    order: OrderId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "order": order });
    let request = Request {
        order,
        envelope,
        operation: "confirmReceipt",
        input,
        scope: Scope::EscrowWrite,
        parts: BUYER,
    };
    run(app, actor, request, |_| (Command::ConfirmReceipt, Made::default())).await
}
