//! Price lock-in: what a supplier tried in vain is kept, in a transaction of its own since the refused command's is undone.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::Refusal;
use crate::domain::order::{ActorKind, Command, Order, RefusedPriceChange, price_change};
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::store;

use super::envelope::Envelope;
use super::part_of;

/// Keeps a refused attempt of a supplier to have other terms or a higher price; of all else nothing. No event tells it and
/// the order's version stays. The same key is one attempt, and a check that changes nothing is none.
pub(super) async fn note(
    app: &App,
    actor: &Actor,
    (order, part, command): (&Order, ActorKind, &Command),
    refusal: &Refusal,
    (envelope, now): (&Envelope, Timestamp),
) -> Result<()> {
    let (Some(change), Some(company), Some(by)) =
        (price_change(order, part, command, refusal.code), actor.company, actor.app)
    else {
        return Ok(());
    };
    if envelope.validate_only {
        return Ok(());
    }
    let refused = RefusedPriceChange {
        id: app.ids.make(now),
        order: order.id,
        company,
        change,
        agreed_hash: order.terms_hash.clone(),
        agreed_minor: order.terms.total.0,
        reason: refusal.message.clone(),
        attempted_at: now,
    };
    let tx = app.db.begin().await?;
    store::orders::insert_refused_change(&tx, &refused, (by, &envelope.idempotency_key)).await?;
    Ok(tx.commit().await?)
}

/// The refused attempts of a visible order, for its parties and operators.
pub async fn refused(app: &App, actor: &Actor, order: &Order) -> Result<Vec<RefusedPriceChange>> {
    match part_of(actor, order) {
        Some(ActorKind::Buyer | ActorKind::Supplier | ActorKind::Operator) => {
            Ok(store::orders::refused_changes(&app.db, order.id).await?)
        }
        Some(
            ActorKind::Inspector
            | ActorKind::Carrier
            | ActorKind::Warehouse
            | ActorKind::Provider
            | ActorKind::Clock,
        )
        | None => Ok(Vec::new()),
    }
}
