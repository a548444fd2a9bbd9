//! Refund requests and disputes: commands, and reading in [`read`].

mod evidence;
mod read;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{DisputeId, OrderId};
use crate::domain::money::Money;
use crate::domain::order::{
    ActorKind, Command, DisputeCommand, EvidenceKind, Ground, Operator, Order, Split,
};
use crate::service::{Result, require_scope};
use crate::store;
pub use crate::store::orders::DisputeFilter;
pub(super) use evidence::{file_on_record, message_on_record};
pub use read::{disputes, may_read_disputes, orders_of_disputes, shown_in};

use super::command::{Request, run};
use super::envelope::{Envelope, Made, Outcome};
use super::part_of;

type Refused<T> = std::result::Result<T, Refusal>;

const BUYER: &[ActorKind] = &[ActorKind::Buyer];
const SUPPLIER: &[ActorKind] = &[ActorKind::Supplier];
const PARTIES: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier];
const WITNESSES: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Inspector];
const OPERATORS: &[ActorKind] = &[ActorKind::Operator];
/// Who may read a dispute.
const READERS: &[ActorKind] =
    &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Inspector, ActorKind::Operator];
/// Characters of a statement, of reasons, of a note.
const LONG: usize = 5_000;

/// What a buyer claims.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Which promise was broken.
    pub ground: Ground,
    /// How much.
    pub amount: Money,
    /// What happened.
    pub statement: String,
}

/// What a party shows, as it comes in.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// What kind of thing it is.
    pub kind: EvidenceKind,
    /// What it refers to.
    pub reference: Option<String>,
    /// What it shows, in words.
    pub note: Option<String>,
    /// The SHA-256 of the content.
    pub sha256: Option<String>,
}

/// How a decision divides what is disputed, as it comes in.
#[derive(Debug, Clone, Copy)]
pub enum Division {
    /// Into the buyer's and the supplier's part.
    Parts(Money, Money),
    /// In half; an odd unit is the supplier's.
    Half,
}

/// One command on one dispute: which, by whom, and its input as the key remembers it.
struct On<'a> {
    operation: &'a str,
    scope: Scope,
    parts: &'a [ActorKind],
    order: &'a Order,
    dispute: DisputeId,
    input: Value,
    envelope: &'a Envelope,
}

impl On<'_> {
    async fn run(self, app: &App, actor: &Actor, command: DisputeCommand) -> Result<Outcome> {
        let input = json!({ "dispute": self.dispute, "input": self.input });
        let request = Request {
            order: self.order.id,
            envelope: self.envelope,
            operation: self.operation,
            input,
            scope: self.scope,
            parts: self.parts,
        };
        run(app, actor, request, |_| (Command::Dispute(command.clone()), Made::default())).await
    }
}

/// The order of a dispute that the actor may read; the dispute of another's order is one that does not exist.
async fn order_of(app: &App, actor: &Actor, scope: Scope, dispute: DisputeId) -> Result<Order> {
    require_scope(actor, scope)?;
    let not_found = || Refusal::not_found("dispute").at(&["input", "disputeId"]);
    let order = store::orders::of_dispute(&app.db, dispute).await?.ok_or_else(not_found)?;
    let order = store::orders::load(&app.db, &[order]).await?.pop();
    Ok(order.filter(|order| reads(actor, order)).ok_or_else(not_found)?)
}

/// Whether the actor may read the disputes of an order.
fn reads(actor: &Actor, order: &Order) -> bool {
    part_of(actor, order).is_some_and(|part| READERS.contains(&part))
}

fn in_currency_of(order: &Order, path: &[&str], amount: Money) -> Refused<i64> {
    if amount.currency == order.terms.currency {
        return Ok(amount.minor);
    }
    let message = format!("This order is in {}.", order.terms.currency);
    Err(Refusal::new(Code::CurrencyMismatch, message).at(path))
}

/// A text that has to be there.
fn said(text: &str, path: &[&str], most: usize) -> Refused<()> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(Refusal::invalid(path, format!("This has 1 to {most} characters.")));
    }
    Ok(())
}

/// A text that may be left out.
fn maybe_said(text: Option<&str>, path: &[&str]) -> Refused<()> {
    text.map_or(Ok(()), |text| said(text, path, LONG))
}

/// An operator as the guards know one: the member where the token names one, else the app.
async fn operator(app: &App, actor: &Actor) -> Result<Operator> {
    let member = match actor.member {
        Some(member) => store::parties::member(&app.db, member).await?,
        None => None,
    };
    let company = actor.company.or(member.map(|member| member.company));
    Ok(Operator { id: operator_id(actor), company })
}

/// How an operator is told from others.
pub(in crate::service) fn operator_id(actor: &Actor) -> String {
    let member = actor.member.map(|member| member.to_string());
    member.or_else(|| actor.app.map(|app| app.to_string())).unwrap_or_default()
}

/// Asks for money back (T22).
pub async fn request_refund(
    app: &App,
    actor: &Actor,
    order: OrderId,
    claim: Claim,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::EscrowWrite)?;
    said(&claim.statement, &["input", "statement"], LONG)?;
    let found = super::named(app, actor, order).await?;
    let found = found.ok_or_else(|| Refusal::not_found("order").at(&["input", "orderId"]))?;
    let amount_minor = in_currency_of(&found, &["input", "amount"], claim.amount)?;
    let input =
        json!({ "order": order, "ground": claim.ground, "amount": amount_minor, "said": claim.statement });
    let operation = "requestRefund";
    let request = Request { order, envelope, operation, input, scope: Scope::EscrowWrite, parts: BUYER };
    run(app, actor, request, |_| {
        let (ground, statement) = (claim.ground, claim.statement.clone());
        let command = DisputeCommand::Request { ground, amount_minor, statement };
        (Command::Dispute(command), Made::default())
    })
    .await
}

/// Offers an amount (T23).
pub async fn offer_refund(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    (amount, note): (Money, Option<String>),
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("offerRefund", Scope::EscrowWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    maybe_said(note.as_deref(), &["input", "note"])?;
    let amount_minor = in_currency_of(&order, &["input", "amount"], amount)?;
    let input = json!({ "amount": amount_minor, "note": note });
    let on = On { operation, scope, parts: PARTIES, order: &order, dispute, input, envelope };
    on.run(app, actor, DisputeCommand::Offer { dispute, amount_minor, note }).await
}

/// Accepts or refuses the buyer's claim (T23).
pub async fn respond(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    (accept, message): (bool, Option<String>),
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("respondToRefundRequest", Scope::EscrowWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    maybe_said(message.as_deref(), &["input", "message"])?;
    if !accept && message.is_none() {
        return Err(Refusal::invalid(&["input", "message"], "Say why you refuse.").into());
    }
    let input = json!({ "accept": accept, "message": message });
    let on = On { operation, scope, parts: SUPPLIER, order: &order, dispute, input, envelope };
    on.run(app, actor, DisputeCommand::Respond { dispute, accept, message }).await
}

/// Accepts the other side's last offer (T23).
pub async fn accept_offer(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    offer: u32,
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("acceptRefundOffer", Scope::EscrowWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    let on = On {
        operation,
        scope,
        parts: PARTIES,
        order: &order,
        dispute,
        input: json!({ "offer": offer }),
        envelope,
    };
    on.run(app, actor, DisputeCommand::Accept { dispute, offer }).await
}

/// Takes a refund request to the platform (T24).
pub async fn escalate(app: &App, actor: &Actor, dispute: DisputeId, envelope: &Envelope) -> Result<Outcome> {
    let (operation, scope) = ("escalateDispute", Scope::OrdersWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    let on = On { operation, scope, parts: BUYER, order: &order, dispute, input: Value::Null, envelope };
    on.run(app, actor, DisputeCommand::Escalate { dispute: Some(dispute) }).await
}

/// Takes a refund request or dispute back (T25).
pub async fn withdraw(app: &App, actor: &Actor, dispute: DisputeId, envelope: &Envelope) -> Result<Outcome> {
    let (operation, scope) = ("withdrawDispute", Scope::OrdersWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    let on = On { operation, scope, parts: BUYER, order: &order, dispute, input: Value::Null, envelope };
    on.run(app, actor, DisputeCommand::Withdraw { dispute }).await
}

/// Shows something in a dispute (T26).
pub async fn submit_evidence(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    shown: Shown,
    envelope: &Envelope,
) -> Result<Outcome> {
    let operation = "submitEvidence";
    let inspects = actor.role == Some(Role::Inspector);
    let scope = if inspects { Scope::InspectionsWrite } else { Scope::OrdersWrite };
    let order = order_of(app, actor, scope, dispute).await?;
    let input = json!(shown);
    let evidence = evidence::draft(app, actor, &order, shown).await?;
    let on = On { operation, scope, parts: WITNESSES, order: &order, dispute, input, envelope };
    on.run(app, actor, DisputeCommand::SubmitEvidence { dispute, evidence }).await
}

/// Decides who gets the money (T27); nothing moves before the appeal period is over.
pub async fn decide(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    (division, supplier_at_fault, reasons): (Division, bool, String),
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("decideDispute", Scope::PlatformOperate);
    let order = order_of(app, actor, scope, dispute).await?;
    said(&reasons, &["input", "reasons"], LONG)?;
    let split = match division {
        Division::Half => Split::Half,
        Division::Parts(buyer, supplier) => Split::Parts {
            buyer: in_currency_of(&order, &["input", "buyerAmount"], buyer)?,
            supplier: in_currency_of(&order, &["input", "supplierAmount"], supplier)?,
        },
    };
    let parts = match split {
        Split::Half => json!("HALF"),
        Split::Parts { buyer, supplier } => json!([buyer, supplier]),
    };
    let input = json!({ "parts": parts, "reasons": reasons, "supplierAtFault": supplier_at_fault });
    let operator = operator(app, actor).await?;
    let on = On { operation, scope, parts: OPERATORS, order: &order, dispute, input, envelope };
    on.run(app, actor, DisputeCommand::Decide { dispute, split, reasons, supplier_at_fault, operator }).await
}

/// Confirms another operator's decision (T28).
pub async fn confirm_decision(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("confirmDecision", Scope::PlatformOperate);
    let order = order_of(app, actor, scope, dispute).await?;
    let operator = operator(app, actor).await?;
    let on = On { operation, scope, parts: OPERATORS, order: &order, dispute, input: Value::Null, envelope };
    on.run(app, actor, DisputeCommand::Confirm { dispute, operator }).await
}

/// Asks for another decision (T29).
pub async fn appeal(
    app: &App,
    actor: &Actor,
    dispute: DisputeId,
    statement: String,
    envelope: &Envelope,
) -> Result<Outcome> {
    let (operation, scope) = ("appealDecision", Scope::OrdersWrite);
    let order = order_of(app, actor, scope, dispute).await?;
    said(&statement, &["input", "statement"], LONG)?;
    let input = json!({ "statement": statement });
    let on = On { operation, scope, parts: PARTIES, order: &order, dispute, input, envelope };
    on.run(app, actor, DisputeCommand::Appeal { dispute, statement }).await
}
