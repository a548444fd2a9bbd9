//! The event log in the schema: read page by page or listened to, with the same cursors.

mod query;
mod subscription;
mod told;
mod types;

pub use query::EventQuery;
pub use subscription::EventSubscription;
pub(super) use told::Told;
pub use types::{Checkpoint, Event};

use std::sync::Arc;

use async_graphql::{Context, ID, Result};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::event::EventSubject;
use crate::graphql::context::ContextExt;
use crate::graphql::conversation::Conversation;
use crate::graphql::scalars::Cursor;
use crate::service::events::{self, Message, Wanted};

/// One event that a subscription is to tell, and nothing else; put into the request's data for bodies of webhooks.
#[derive(Debug, Clone)]
pub struct Preset {
    /// The event.
    pub event: Arc<domain::event::Event>,
    /// The cursor of its place.
    pub cursor: String,
}

/// The messages of a subscription, behind the cursor that the transport knows, else behind the one of the document.
pub(super) async fn listen(
    ctx: &Context<'_>,
    wanted: Wanted,
    after: Option<Cursor>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    if let Some(Preset { event, cursor }) = ctx.data_opt::<Preset>().cloned() {
        return Ok(stream::once(async { Ok(Message::Event { event, cursor }) }).left_stream());
    }
    let conversation = ctx.data_opt::<Arc<Conversation>>().cloned().unwrap_or_default();
    let after = conversation.resumes_behind.clone().or_else(|| after.map(|cursor| cursor.0));
    let (closing, lagged) = (conversation.closing.clone(), conversation.lagged.clone());
    let stream = events::subscribe(ctx.app()?, ctx.actor()?, wanted, after, closing, lagged).await?;
    let noted = stream.inspect_ok(move |message| conversation.note(message.cursor()));
    Ok(noted.map_err(async_graphql::Error::from).right_stream())
}

/// What an id names that events are about.
fn subject(id: Option<ID>) -> std::result::Result<Option<EventSubject>, Refusal> {
    let Some(id) = id else { return Ok(None) };
    let order = id.parse().map(EventSubject::Order).ok();
    let found = order
        .or_else(|| id.parse().map(EventSubject::Supplier).ok())
        .or_else(|| id.parse().map(EventSubject::Quote).ok())
        .or_else(|| id.parse().map(EventSubject::Company).ok());
    found.map(Some).ok_or_else(|| Refusal::not_found("subject").at(&["subject"]))
}
