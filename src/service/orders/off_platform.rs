//! Payments off the platform: what a party or an operator knows of them.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{FileId, MessageId, OrderId};
use crate::domain::money::Money;
use crate::domain::order::{ActorKind, Command, OffPlatformDraft, Order};
use crate::domain::time::Timestamp;
use crate::service::{Result, require_scope};

use super::command::{Request, run};
use super::disputes::{file_on_record, message_on_record};
use super::envelope::{Envelope, Made, Outcome};
use super::region::check_text;

const RECORDERS: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Operator];
/// Messages, and files, that one record may name.
const MOST_EVIDENCE: usize = 10;

/// A payment off the platform as somebody knows it.
#[derive(Debug, Clone)]
pub struct Known {
    /// How much.
    pub amount: Money,
    /// When it was made.
    pub paid_at: Timestamp,
    /// What is known of it, in words.
    pub note: String,
    /// Messages of the order's thread that show it.
    pub messages: Vec<MessageId>,
    /// Files that show it.
    pub files: Vec<FileId>,
}

/// Records a payment off the platform (F01). No money of the order moves, and nothing counts as paid by it.
pub async fn record(
    app: &App,
    actor: &Actor,
    order: OrderId,
    known: Known,
    envelope: &Envelope,
) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    check_text("note", &known.note, 1_000)?;
    let found = super::named(app, actor, order).await?;
    let found = found.ok_or_else(|| Refusal::not_found("order").at(&["input", "orderId"]))?;
    if known.amount.currency != found.terms.currency {
        let message = format!("This order is in {}.", found.terms.currency);
        return Err(Refusal::new(Code::CurrencyMismatch, message).at(&["input", "amount"]).into());
    }
    if known.messages.len() > MOST_EVIDENCE || known.files.len() > MOST_EVIDENCE {
        let message = format!("Name at most {MOST_EVIDENCE} messages and {MOST_EVIDENCE} files.");
        return Err(Refusal::invalid(&["input"], message).into());
    }
    for message in &known.messages {
        message_on_record(app, &found, &message.to_string(), &["input", "messageIds"]).await?;
    }
    for file in &known.files {
        file_on_record(app, actor, &file.to_string(), &["input", "fileIds"]).await?;
    }
    let input = json!({
        "order": order,
        "amount": known.amount.minor,
        "currency": known.amount.currency,
        "paidAt": known.paid_at,
        "note": known.note,
        "messages": known.messages,
        "files": known.files,
    });
    let operation = "recordOffPlatformPayment";
    let request = Request { order, envelope, operation, input, scope: Scope::OrdersWrite, parts: RECORDERS };
    run(app, actor, request, |_| {
        let draft = OffPlatformDraft {
            company: actor.company,
            amount_minor: known.amount.minor,
            paid_at: known.paid_at,
            note: known.note.clone(),
            messages: known.messages.clone(),
            files: known.files.clone(),
        };
        (Command::RecordOffPlatformPayment(draft), Made::default())
    })
    .await
}

/// In which part an actor reads an order's payments off the platform; none where they are not the actor's to read.
pub fn reader(actor: &Actor, order: &Order) -> Option<ActorKind> {
    super::part_of(actor, order).filter(|part| RECORDERS.contains(part))
}
