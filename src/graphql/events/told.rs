//! An event as every kind of event in the schema shows a part of it.

use std::sync::Arc;

use async_graphql::{Context, ID, Result};

use crate::domain::event::{Event, EventSubject};
use crate::domain::money::{Currency, Money as Amount};
use crate::domain::order;
use crate::graphql::context::ContextExt;
use crate::graphql::orders::Order;
use crate::graphql::orders::words::{EventActor, OrderStatus};
use crate::graphql::scalars::{Cursor, DateTime, Money};
use crate::service::orders::{self, OrderName};

/// An event with the cursor behind it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What happened.
    pub(in crate::graphql) event: Arc<Event>,
    /// Handed back, it leads behind this event.
    pub(in crate::graphql) cursor: String,
}

impl Told {
    /// Its id.
    pub(in crate::graphql) fn id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// The cursor behind it.
    pub(in crate::graphql) fn cursor(&self) -> Cursor {
        Cursor(self.cursor.clone())
    }

    /// When it happened.
    pub(in crate::graphql) fn occurred_at(&self) -> DateTime {
        DateTime(self.event.occurred_at)
    }

    /// Its place among its subject's events.
    pub(in crate::graphql) fn sequence(&self) -> i32 {
        i32::try_from(self.event.subject_seq).unwrap_or(i32::MAX)
    }

    /// What it is about.
    pub(in crate::graphql) fn subject_id(&self) -> ID {
        self.event.subject.to_string().into()
    }

    /// The version of its subject that it belongs to.
    pub(in crate::graphql) fn subject_version(&self) -> i32 {
        i32::try_from(self.event.subject_version).unwrap_or(i32::MAX)
    }

    /// A fact that is a text.
    pub(in crate::graphql) fn text(&self, name: &str) -> Option<&str> {
        self.event.body.get(name).and_then(|value| value.as_str())
    }

    /// Who caused it.
    pub(in crate::graphql) fn actor(&self) -> Option<EventActor> {
        let actor: crate::domain::actor::EventActor = self.text("actor")?.parse().ok()?;
        Some(actor.into())
    }

    /// A fact that is true or false.
    pub(in crate::graphql) fn flag(&self, name: &str) -> Option<bool> {
        self.event.body.get(name).and_then(serde_json::Value::as_bool)
    }

    /// A fact that is a status of an order.
    pub(in crate::graphql) fn status(&self, name: &str) -> Option<OrderStatus> {
        let status: order::OrderStatus = self.text(name)?.parse().ok()?;
        Some(status.into())
    }

    /// How much moved, where money did.
    pub(in crate::graphql) async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let Some(minor) = self.text("amountMinor").and_then(|minor| minor.parse().ok()) else {
            return Ok(None);
        };
        let named = self.text("currency").and_then(|code| Currency::parse(code).ok());
        let currency = match named {
            Some(currency) => Some(currency),
            None => self.order(ctx).await?.map(|order| order.0.terms.currency),
        };
        Ok(currency.map(|currency| Amount::new(minor, currency).into()))
    }

    /// The order that it is about, read anew: a stream lives long, so nothing of it is remembered.
    pub(in crate::graphql) async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        ctx.loaders()?.forget();
        let EventSubject::Order(id) = self.event.subject else { return Ok(None) };
        let order = orders::find(ctx.app()?, ctx.actor()?, Some(&OrderName::Id(id))).await?;
        Ok(order.map(Order))
    }
}
