//! Payments that were made off the platform: recorded for good, never covered.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::inputs::MoneyInput;
use super::mutation::{ctx_actor, ctx_app};
use super::payloads::{moved, part_payload};
use super::types::Order;
use super::words::OrderActor;
use crate::domain;
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::{Refused, command_input, id};
use crate::graphql::messages::MessageRiskSignal;
use crate::graphql::scalars::{DateTime, Money};
use crate::service;
use crate::service::orders::Outcome;
use crate::service::orders::off_platform::{self, Known};

/// A payment that was made off the platform, by the word of whoever recorded it; never changed. It is not in escrow, counts
/// as paid nowhere, and has no cover: it cannot be claimed back here and no mediator decides on it.
#[derive(Debug, Clone, SimpleObject)]
pub struct OffPlatformPayment {
    /// Its id.
    id: ID,
    /// In which part it was recorded.
    recorded_by: OrderActor,
    /// How much.
    amount: Money,
    /// When it was made.
    paid_at: DateTime,
    /// What is known of it, in words.
    note: String,
    /// Messages of the order's thread that show it. At most 10.
    message_ids: Vec<ID>,
    /// Files that show it. At most 10.
    file_ids: Vec<ID>,
    /// What you should be warned of; empty for the party that recorded it. At most 1.
    risk_signals: Vec<MessageRiskSignal>,
    /// When it was recorded.
    recorded_at: DateTime,
}

impl OffPlatformPayment {
    /// A record of an order, as one part reads it.
    pub(super) fn new(
        known: &domain::order::OffPlatformPayment,
        order: &domain::order::Order,
        reader: domain::order::ActorKind,
    ) -> Self {
        let own = reader == known.recorded_by;
        Self {
            id: known.id.to_string().into(),
            recorded_by: known.recorded_by.into(),
            amount: order.money(known.amount_minor).into(),
            paid_at: DateTime(known.paid_at),
            note: known.note.clone(),
            message_ids: known.messages.iter().map(|message| message.to_string().into()).collect(),
            file_ids: known.files.iter().map(|file| file.to_string().into()).collect(),
            risk_signals: if own { Vec::new() } else { vec![MessageRiskSignal::of_payment(&known.note)] },
            recorded_at: DateTime(known.recorded_at),
        }
    }

    /// The one that a command made, as whoever recorded it reads it.
    fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.off_platform_payments, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order, known.recorded_by))
    }
}

command_input! {
    /// What `recordOffPlatformPayment` takes.
    RecordOffPlatformPaymentInput on order {
        /// How much was paid, in the order's currency; more than zero.
        amount: MoneyInput,
        /// When; not in the future.
        paid_at: DateTime,
        /// What you know of it, 1 to 1000 characters; the other party reads it.
        note: String,
        /// Messages of the order's thread that show it. At most 10.
        #[graphql(default, validator(max_items = 10))]
        message_ids: Vec<ID>,
        /// Files that you uploaded and that show it; both parties may read them then. At most 10.
        #[graphql(default, validator(max_items = 10))]
        file_ids: Vec<ID>,
    }
}

impl RecordOffPlatformPaymentInput {
    fn known(&self) -> Refused<Known> {
        let messages = self.message_ids.iter().map(|name| id("message", &["input", "messageIds"], name));
        let files = self.file_ids.iter().map(|name| id("file", &["input", "fileIds"], name));
        Ok(Known {
            amount: self.amount.read(&["input", "amount"])?,
            paid_at: self.paid_at.0,
            note: self.note.clone(),
            messages: messages.collect::<Refused<_>>()?,
            files: files.collect::<Refused<_>>()?,
        })
    }
}

part_payload! {
    /// What `recordOffPlatformPayment` answers.
    RecordOffPlatformPaymentPayload,
    /// The record; null where it was refused.
    off_platform_payment: OffPlatformPayment = OffPlatformPayment::moved
}

/// Recording payments off the platform.
#[derive(Debug, Default)]
pub struct OffPlatformMutation;

/// Recording payments off the platform.
#[Object]
impl OffPlatformMutation {
    /// Records a payment that was made off the platform. What was paid so has no cover, and `protections` says it; what was
    /// paid through the platform keeps all of its own. No money moves. A record is never changed. Roles: the order's
    /// parties, operator. Scope: `orders:write`.
    async fn record_off_platform_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which order, and what is known.")] input: RecordOffPlatformPaymentInput,
    ) -> Result<RecordOffPlatformPaymentPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            off_platform::record(app, actor, input.order()?, input.known()?, &input.envelope()).await
        };
        answer.await.try_into()
    }
}
