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

use crate::domain::error::Refusal;
use crate::domain::event::EventSubject;
use crate::graphql::context::ContextExt;
use crate::graphql::conversation::Conversation;
use crate::graphql::scalars::Cursor;
use crate::service::events::{self, Message, Wanted};

/// One message that a subscription is to tell, or why it tells nothing more, and nothing else; put into the data of a request
/// that shows it.
#[derive(Debug, Clone)]
pub struct Preset(pub Result<Message>);

/// Whether the request only shows a message of a subscription that was checked when it began.
pub(super) fn is_preset(ctx: &Context<'_>) -> bool {
    ctx.data_opt::<Preset>().is_some()
}

/// The messages of a subscription, behind the cursor that the transport knows, else behind the one of the document. A
/// transport that shows them by itself gets them by its [`Conversation`]; the executor then sees none.
pub(super) async fn listen(
    ctx: &Context<'_>,
    wanted: Wanted,
    after: Option<Cursor>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    if let Some(Preset(told)) = ctx.data_opt::<Preset>().cloned() {
        return Ok(stream::once(async { told }).boxed());
    }
    let conversation = ctx.data_opt::<Arc<Conversation>>();
    let resumes_behind = conversation.and_then(|conversation| conversation.resumes_behind.clone());
    let after = resumes_behind.or_else(|| after.map(|cursor| cursor.0));
    let (closing, lagged) = conversation
        .map(|conversation| (conversation.closing.clone(), conversation.lagged.clone()))
        .unwrap_or_default();
    let messages = events::subscribe(ctx.app()?, ctx.actor()?, wanted, after, closing, lagged).await?;
    if let Some(conversation) = conversation {
        conversation.hand_over(messages.boxed());
        return Ok(stream::empty().boxed());
    }
    Ok(messages.map_err(async_graphql::Error::from).boxed())
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
