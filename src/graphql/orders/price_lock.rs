//! What a supplier tried in vain: other terms or a higher price than was agreed.

use async_graphql::{ID, SimpleObject};

use super::words::PriceChangeKind;
use crate::domain;
use crate::graphql::scalars::{DateTime, Money};

/// A supplier's attempt to have other terms or a higher price than was agreed. It was refused and changed nothing; that it
/// was tried is kept for good.
#[derive(Debug, Clone, SimpleObject)]
pub struct RefusedPriceChange {
    /// Its id.
    id: ID,
    /// What was tried.
    kind: PriceChangeKind,
    /// The hash of the terms that was named; null where a price was proposed.
    terms_hash: Option<String>,
    /// What the order would have cost; null where only a hash was named.
    total: Option<Money>,
    /// The hash of the terms that stood.
    agreed_terms_hash: String,
    /// What the order cost by the terms that stood.
    agreed_total: Money,
    /// Why it was refused, in words.
    reason: String,
    /// When it was tried.
    attempted_at: DateTime,
}

impl RefusedPriceChange {
    pub(super) fn new(known: domain::order::RefusedPriceChange, order: &domain::order::Order) -> Self {
        Self {
            id: known.id.to_string().into(),
            kind: known.change.kind.into(),
            terms_hash: known.change.terms_hash,
            total: known.change.total_minor.map(|minor| order.money(minor).into()),
            agreed_terms_hash: known.agreed_hash,
            agreed_total: order.money(known.agreed_minor).into(),
            reason: known.reason,
            attempted_at: DateTime(known.attempted_at),
        }
    }
}
