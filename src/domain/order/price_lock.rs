//! Price lock-in: a supplier's attempt to have other terms or a higher price than was agreed is refused, and that it was
//! tried is kept for the buyer to see.

use super::amendment::{AmendmentChanges, AmendmentCommand};
use super::{ActorKind, Command, Order};
use crate::domain::error::Code;
use crate::domain::file::is_sha256;
use crate::domain::ids::{CompanyId, OrderId, RefusedPriceChangeId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

/// Attempts that are kept of one order; what comes after them adds nothing to what they show.
pub const MAXIMUM_REFUSED_CHANGES: u64 = 100;

words! {
    /// How a supplier tried to have other terms.
    PriceChangeKind {
        /// It accepted terms that are not those that are agreed or offered, by their hash.
        OtherTerms => "OTHER_TERMS",
        /// It proposed a higher price, and the proposal was refused.
        HigherPrice => "HIGHER_PRICE",
    }
}

/// What a supplier tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// How.
    pub kind: PriceChangeKind,
    /// The hash that it named.
    pub terms_hash: Option<String>,
    /// What the order would have cost, in minor units, where that can be said.
    pub total_minor: Option<i64>,
}

/// An attempt that was refused. It changes nothing of the order, not even its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedPriceChange {
    /// Its id.
    pub id: RefusedPriceChangeId,
    /// The order.
    pub order: OrderId,
    /// Whose attempt it was.
    pub company: CompanyId,
    /// What was tried.
    pub change: PriceChange,
    /// The hash of the terms that stood.
    pub agreed_hash: String,
    /// What the order cost, in minor units.
    pub agreed_minor: i64,
    /// Why it was refused.
    pub reason: String,
    /// When.
    pub attempted_at: Timestamp,
}

/// Whether a refused command is a supplier's attempt to have other terms or a higher price. A hash that is
/// none, and one that comes while there is nothing to accept yet or any more, is a mistake and no attempt.
pub fn price_change(
    order: &Order,
    actor: ActorKind,
    command: &Command,
    refused: Code,
) -> Option<PriceChange> {
    let other = |terms_hash: &String, wanted: Option<&String>| {
        let is_attempt = refused == Code::TermsMismatch
            || (refused == Code::TransitionRefused && order.status().has_contract());
        (is_attempt && wanted != Some(terms_hash) && is_sha256(terms_hash)).then(|| PriceChange {
            kind: PriceChangeKind::OtherTerms,
            terms_hash: Some(terms_hash.clone()),
            total_minor: None,
        })
    };
    match command {
        _ if actor != ActorKind::Supplier => None,
        Command::Confirm { terms_hash } => other(terms_hash, Some(&order.terms_hash)),
        Command::Amendment(AmendmentCommand::Accept { terms_hash, amendment }) => {
            let named = order.amendments.iter().find(|known| known.id == *amendment);
            named.and_then(|known| other(terms_hash, Some(&known.terms_hash)))
        }
        Command::Amendment(AmendmentCommand::Propose { changes, .. }) if raises(order, changes) => {
            Some(PriceChange {
                kind: PriceChangeKind::HigherPrice,
                terms_hash: None,
                total_minor: total(order, changes),
            })
        }
        _ => None,
    }
}

/// Whether a price of a unit or the freight would be higher; more units at the same price are no higher price.
fn raises(order: &Order, changes: &AmendmentChanges) -> bool {
    let dearer_freight = changes
        .freight
        .is_some_and(|(minor, currency)| currency == order.terms.currency && minor > order.terms.freight.0);
    let dearer_line = changes.lines.iter().any(|change| {
        let line = order.terms.lines.iter().find(|line| line.id == change.line_id);
        line.zip(change.unit_price)
            .is_some_and(|(line, price)| price.millionths() > line.unit_price.millionths())
    });
    dearer_freight || dearer_line
}

/// What the order would cost; none where that is more than can be kept.
fn total(order: &Order, changes: &AmendmentChanges) -> Option<i64> {
    let freight = changes.freight.map_or(order.terms.freight.0, |(minor, _)| minor);
    order.terms.lines.iter().try_fold(freight, |sum, line| {
        let change = changes.lines.iter().find(|change| change.line_id == line.id);
        let quantity = change.and_then(|change| change.quantity).unwrap_or(line.quantity);
        let price = change.and_then(|change| change.unit_price).unwrap_or(line.unit_price);
        sum.checked_add(price.line_total(quantity, order.terms.currency).ok()?.minor)
    })
}
