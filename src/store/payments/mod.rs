//! What providers told us, each message once; what we owe to providers; money that fits nothing.

mod requests;
mod suspense;

use entity::provider_message;
use sea_orm::{ActiveValue::Set, EntityTrait, TryInsertResult};

use super::{Reader, Result, Tx};
use crate::domain::time::Timestamp;

pub use requests::{
    ProviderCall, Request, RequestKind, ask_again, ask_later, call, calls, end, finish, give_up, is_as_read,
    open_session, pending, pending_of, postpone, put_off, request, send_again, to_be_asked_about,
};
pub use suspense::{
    SuspenseItem, asked_items, item, items, items_of_payment, lock_item, of_orders, set_aside,
    standing_items, update_item,
};

/// Takes a provider's message in; false where it came before.
pub async fn take_message(
    tx: &Tx,
    provider: &str,
    message_id: &str,
    body_sha256: &str,
    now: Timestamp,
) -> Result<bool> {
    let row = provider_message::ActiveModel {
        provider: Set(provider.to_owned()),
        message_id: Set(message_id.to_owned()),
        body_sha256: Set(body_sha256.to_owned()),
        outcome: Set("TAKEN".to_owned()),
        received_at: Set(now.micros()),
    };
    let conflict = [provider_message::Column::Provider, provider_message::Column::MessageId];
    let inserted = provider_message::Entity::insert(row)
        .on_conflict_do_nothing_on(conflict)
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(count) if count == 1))
}
