//! The feed of changes of the catalogue.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};

use super::category::Category;
use super::node::Node;
use super::product::Product;
use super::supplier::Supplier;
use super::words::ChangeKind;
use crate::graphql::connection::feed;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{Cursor, DateTime};
use crate::service::changes::{self, ChangePage, Subject};

/// What a partner's copy has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ChangeOperation {
    /// Write it anew as `node` says.
    Upsert,
    /// Take it out: it is no longer listed.
    Tombstone,
}

/// Something that changed in the catalogue.
#[derive(Debug, Clone, SimpleObject)]
pub struct Change {
    /// What it is.
    kind: ChangeKind,
    /// What to do.
    operation: ChangeOperation,
    /// The id of the product, supplier or category.
    subject_id: ID,
    /// The names of the fields of its type that changed behind your cursor: all of them where it is new to you, none where
    /// it is gone. What hangs on it as a list of its own, such as reviews or audits, is not told. At most one of each
    /// field.
    fields_changed: Vec<String>,
    /// When it changed last.
    changed_at: DateTime,
    /// As it is now; null where it is gone, also where that happened a moment ago and its tombstone is yet to come.
    node: Option<Node>,
}

feed!(ChangeConnection, ChangeEdge, Change, "changes", "feed", "ask again");

fn node(subject: Subject) -> Node {
    match subject {
        Subject::Product(card) => Node::Product(Product::from_card(Arc::from(card))),
        Subject::Supplier(card) => Node::Supplier(Supplier::from_card(Arc::from(card))),
        Subject::Category(category) => Node::Category(Category(Arc::new(category))),
    }
}

impl From<ChangePage> for ChangeConnection {
    fn from(page: ChangePage) -> Self {
        let after = page.after;
        Self(page.feed.map(|_, (entry, subject)| Change {
            kind: entry.kind.into(),
            operation: if entry.removed { ChangeOperation::Tombstone } else { ChangeOperation::Upsert },
            fields_changed: entry.fields_since(after),
            changed_at: DateTime(entry.changed_at),
            subject_id: entry.subject.into(),
            node: subject.map(node),
        }))
    }
}

/// Following the catalogue.
#[derive(Debug, Default)]
pub struct ChangeQuery;

/// Following the catalogue.
#[Object]
impl ChangeQuery {
    /// What changed in the public catalogue, oldest change first: each thing once, at the place of its last change. Without
    /// `after` from the beginning, which is everything that is listed; then go on with `pageInfo.endCursor` for ever.
    /// Nothing is left out, however late a transaction commits. Removals are remembered for 30 days: an older cursor is
    /// refused as `CURSOR_EXPIRED`, one of another server as `INVALID_CURSOR` or `CURSOR_AHEAD`, one from before a restore
    /// as `CURSOR_EPOCH_CHANGED`. Scope: `catalog:read`.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(
            desc = "Only of these kinds, 3 at most; all if none are named. Keep to the same ones with one cursor.",
            validator(max_items = 3)
        )]
        types: Option<Vec<ChangeKind>>,
        #[graphql(desc = "How many; 0 to 100, 20 if not given.")] first: Option<i32>,
    ) -> Result<ChangeConnection> {
        let kinds: Vec<_> = types.unwrap_or_default().into_iter().map(Into::into).collect();
        let look = ctx.look_ahead();
        let with_subjects = look.field("nodes").field("node").exists()
            || look.field("edges").field("node").field("node").exists();
        let after = after.as_ref().map(|cursor| cursor.0.as_str());
        let page = changes::page(ctx.app()?, ctx.actor()?, after, &kinds, first, with_subjects).await?;
        Ok(page.into())
    }
}
