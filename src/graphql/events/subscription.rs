//! Listening to the log.

use async_graphql::{Context, ID, Result, Subscription};
use futures_util::{Stream, TryStreamExt};

use super::told::Told;
use super::types::{Checkpoint, Event, EventMessage, MessageReceivedEvent, ThreadMessage};
use crate::domain::error::Refusal;
use crate::domain::event::EventType as Kind;
use crate::graphql::orders::words::EventType;
use crate::graphql::scalars::Cursor;
use crate::service::Error;
use crate::service::events::{Message, Wanted};

/// Streams of the log.
#[derive(Debug, Default)]
pub struct EventSubscription;

/// Streams of the log.
#[Subscription]
impl EventSubscription {
    /// What happens to your orders, quotes and company, and to your supplier: the log that `Query.events` reads, with the
    /// same cursors. The first message is a checkpoint; after a break go on with the last cursor that you had: nothing is
    /// lost, and what comes twice has the same id. Scope: `orders:read`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only of these types, 200 at most; all if none are named.",
            validator(max_items = 200)
        )]
        types: Option<Vec<EventType>>,
        #[graphql(desc = "Only about this order, quote, supplier or company.")] subject: Option<ID>,
        #[graphql(desc = "Begin behind this cursor; from now on unless given.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<EventMessage>>> {
        let types = types.unwrap_or_default().into_iter().map(Into::into).collect();
        let subject = super::subject(subject).map_err(Error::Denied)?;
        let wanted = Wanted { subject, types, ..Wanted::default() };
        let stream = super::listen(ctx, wanted, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => EventMessage::Event(Event(Told { event, cursor })),
            Message::Checkpoint { cursor, .. } => {
                EventMessage::Checkpoint(Checkpoint { cursor: Cursor(cursor) })
            }
        }))
    }

    /// What is written in the threads of your orders and quotes, by the other side and by yourselves. Scope: `orders:read`.
    async fn message_received(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only in this thread.")] thread_id: Option<ID>,
        #[graphql(desc = "Begin behind this cursor; from now on unless given.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<ThreadMessage>>> {
        let thread = thread_id.map(|id| id.parse()).transpose();
        let thread = thread.map_err(|_| Error::Denied(Refusal::not_found("thread").at(&["threadId"])))?;
        let wanted = Wanted { types: vec![Kind::MessageSent], thread, ..Wanted::default() };
        let stream = super::listen(ctx, wanted, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => {
                ThreadMessage::Event(MessageReceivedEvent(Told { event, cursor }))
            }
            Message::Checkpoint { cursor, .. } => {
                ThreadMessage::Checkpoint(Checkpoint { cursor: Cursor(cursor) })
            }
        }))
    }
}
