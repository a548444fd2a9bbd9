//! Messages: buyer and supplier talk about an order or an enquiry; the platform's staff may read along.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{FileId, MessageId, SupplierId, ThreadId};
use crate::domain::message::{self, Content, Message, SenderRole, Thread};
use crate::domain::order::{ActorKind, Order};
use crate::domain::page::Page;
use crate::domain::quote::Quote;
use crate::domain::time::Timestamp;
use crate::store::{self, Tx};

use super::catalogue::Paged;
use super::orders::{Begun, Claimed, Envelope, Made, lock_at, may_retry, now_in, part_of};
use super::{Error, Result, files, quotes, require_role, require_scope};

/// The name of the list in cursors.
const LIST: &str = "messages";

/// What somebody wants to say.
#[derive(Debug, Clone, Serialize)]
pub struct SendMessage {
    /// Where.
    pub thread: ThreadId,
    /// The words.
    pub body: String,
    /// Files to send along.
    pub attachments: Vec<FileId>,
}

/// What was said.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The message.
    pub message: Message,
    /// Where it was said.
    pub thread: Thread,
    /// Whether this answers an earlier command with the same key.
    pub replayed: bool,
}

/// The thread of an order, for those who take part in it or may read along; none before the supplier knows of the order.
pub fn of_order(actor: &Actor, order: &Order) -> Option<Thread> {
    let part = part_of(actor, order)?;
    let takes_part = matches!(part, ActorKind::Buyer | ActorKind::Supplier | ActorKind::Operator);
    let thread = Thread::of_order(order.id, order.buyer(), order.supplier_company);
    (takes_part && order.was_submitted()).then_some(thread)
}

/// The thread of a visible quote.
pub fn of_quote(quote: &Quote) -> Thread {
    Thread::of_quote(quote.id, quote.buyer, quote.supplier_company)
}

/// A thread that the actor may read; one of others answers as one that does not exist.
pub async fn find(app: &App, actor: &Actor, id: ThreadId) -> Result<Option<Thread>> {
    require_scope(actor, Scope::OrdersRead)?;
    named(app, actor, id).await
}

/// The thread that a command names, where the actor may read it: a command demands its own scope, and none for reading.
async fn named(app: &App, actor: &Actor, id: ThreadId) -> Result<Option<Thread>> {
    let order = store::orders::load(&app.db, &[id.as_order()]).await?.pop();
    if let Some(thread) = order.and_then(|order| of_order(actor, &order)) {
        return Ok(Some(thread));
    }
    // Also where there is an order of others: its thread costs as much as one that does not exist.
    let quote = store::quotes::load(&app.db, &[id.as_quote()]).await?.pop();
    Ok(quote.filter(|quote| quotes::is_visible(actor, quote)).map(|quote| of_quote(&quote)))
}

/// A message of a thread that the actor may read.
pub async fn message(app: &App, actor: &Actor, thread: ThreadId, id: MessageId) -> Result<Option<Message>> {
    if find(app, actor, thread).await?.is_none() {
        return Ok(None);
    }
    let message = store::messages::load(&app.db, &[id]).await?.pop();
    Ok(message.filter(|message| message.content.thread_id == thread))
}

/// What an id of no thread finds: nothing, for those who may ask.
pub fn none(actor: &Actor) -> Result<Option<Thread>> {
    require_scope(actor, Scope::OrdersRead).map(|()| None)
}

/// Says something. It stays as it was said.
pub async fn send(app: &App, actor: &Actor, wish: &SendMessage, envelope: &Envelope) -> Result<Sent> {
    require_scope(actor, Scope::MessagesWrite)?;
    require_role(actor, &[Role::Buyer, Role::Supplier])?;
    message::check(&wish.body, &wish.attachments).map_err(Error::Refused)?;
    files::settle(app, actor, &wish.attachments).await?;
    let mut attempt = 1;
    loop {
        match try_send(app, actor, wish, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_send(app: &App, actor: &Actor, wish: &SendMessage, envelope: &Envelope) -> Result<Sent> {
    let input = serde_json::to_value(wish).map_err(anyhow::Error::from)?;
    let claimed = match Claimed::begin(app, actor, envelope, "sendMessage", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, actor, wish.thread, &made).await,
    };
    let tx = &claimed.tx;
    let place = place(app, tx, actor, wish.thread).await?;
    let message = write(app, tx, actor, wish, &place).await?;
    let content = &message.content;
    let event = EventDraft::new(EventType::MessageSent)
        .with("messageId", content.id.to_string())
        .with("threadId", content.thread_id.to_string())
        .with("sequence", content.seq)
        .with("senderId", content.sender_id.to_string())
        .with("sha256", message.sha256.as_str());
    match &place.about {
        About::Order(order) => {
            store::events::append(tx, order, &[event], place.now, &app.ids).await?;
        }
        About::Quote(quote) => {
            store::events::append_to_quote(tx, quote, &[event], place.now, &app.ids).await?;
        }
    }
    if message.content.sender_role == SenderRole::Supplier {
        let place_in_thread = (place.thread.id, message.content.seq);
        super::metrics::note_message(tx, place.supplier, place_in_thread, place.now).await?;
        if !message.risk_signals.is_empty() {
            super::risk::look_at_supplier(tx, place.supplier, place.now).await?;
        }
    }
    let made = Made::of(message.content.id);
    claimed.finish(app, &made).await?;
    Ok(Sent { message, thread: place.thread, replayed: false })
}

async fn write(app: &App, tx: &Tx, actor: &Actor, wish: &SendMessage, place: &Place) -> Result<Message> {
    let parties = [place.thread.buyer, place.thread.supplier];
    let path = ["input", "attachmentIds"];
    let attachments = files::attach(tx, actor, &wish.attachments, &path, &parties, place.now).await?;
    let (Some(sender_id), Some(sender_role)) = (actor.company, actor.role.and_then(SenderRole::of)) else {
        return Err(not_found().into());
    };
    let content = Content {
        id: app.ids.make(place.now),
        thread_id: place.thread.id,
        seq: store::messages::next_number(tx, &place.thread, place.now).await?,
        sender_id,
        sender_role,
        member_id: actor.member,
        body: wish.body.clone(),
        attachments,
        sent_at: place.now,
    };
    let message = content.seal().map_err(anyhow::Error::from)?;
    store::messages::insert(tx, &message).await?;
    Ok(message)
}

/// What is spoken about. Its chain of events goes on with what is said.
enum About {
    Order(Box<Order>),
    Quote(Box<Quote>),
}

/// Where something is said; what it is about is locked.
struct Place {
    thread: Thread,
    supplier: SupplierId,
    about: About,
    now: Timestamp,
}

fn not_found() -> Refusal {
    Refusal::not_found("thread").at(&["input", "threadId"])
}

async fn place(app: &App, tx: &Tx, actor: &Actor, id: ThreadId) -> Result<Place> {
    if let Some((order, now)) = lock_at(app, tx, id.as_order()).await? {
        if !order.was_submitted() && part_of(actor, &order).is_some() {
            let message = "The supplier does not know of a draft. Submit the order first.";
            return Err(Refusal::new(Code::TransitionRefused, message).at(&["input", "threadId"]).into());
        }
        let thread = of_order(actor, &order).ok_or_else(not_found)?;
        return Ok(Place { thread, supplier: order.supplier(), about: About::Order(Box::new(order)), now });
    }
    let quote = store::quotes::lock(tx, id.as_quote()).await?;
    let quote = quote.filter(|quote| quotes::is_visible(actor, quote)).ok_or_else(not_found)?;
    let (thread, supplier) = (of_quote(&quote), quote.supplier);
    Ok(Place { thread, supplier, about: About::Quote(Box::new(quote)), now: now_in(app, tx).await? })
}

async fn replay(app: &App, actor: &Actor, thread: ThreadId, made: &Made) -> Result<Sent> {
    let id: MessageId = made.subject()?;
    let message = store::messages::load(&app.db, &[id]).await?.pop();
    let message = message.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    let thread = named(app, actor, thread).await?.ok_or_else(not_found)?;
    Ok(Sent { message, thread, replayed: true })
}

/// Pages of the messages of visible threads, oldest first, for loaders; one statement for all with the same page.
pub async fn pages(
    app: &App,
    keys: &[(ThreadId, Page)],
) -> Result<HashMap<(ThreadId, Page), Paged<Arc<Message>>>> {
    let mut found = HashMap::new();
    for (page, threads) in super::catalogue::by_page(keys) {
        let slices = match bounds(page) {
            Ok(bounds) => {
                let slices = store::messages::pages(&app.db, &threads, page, bounds, place_in_list).await?;
                Ok(slices.into_iter().map(|(thread, slice)| (thread, slice.map(Arc::new))).collect())
            }
            Err(refusal) => Err(refusal),
        };
        super::catalogue::spread(&mut found, page, &threads, slices);
    }
    Ok(found)
}

/// How many messages visible threads have, for loaders.
pub async fn counts(app: &App, ids: &[ThreadId]) -> Result<HashMap<ThreadId, i64>> {
    Ok(store::messages::counts(&app.db, ids).await?)
}

fn place_in_list(seq: i64) -> String {
    cursor::encode(LIST, &[Key::Int(seq)])
}

fn bounds(page: &Page) -> std::result::Result<(Option<i64>, Option<i64>), Refusal> {
    let read = |text: &Option<String>| {
        let keys = text.as_deref().map(|text| cursor::decode(LIST, &[Key::Int(0)], text)).transpose()?;
        Ok(keys.and_then(|keys| match keys.as_slice() {
            [Key::Int(seq)] => Some(*seq),
            _ => None,
        }))
    };
    Ok((read(&page.after)?, read(&page.before)?))
}
