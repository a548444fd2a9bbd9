//! Webhooks: partners' endpoints and their secrets, what is owed to them, and what became of each attempt.

mod attempts;
mod backlog;
mod claims;
mod deliveries;
mod endpoints;

pub use attempts::{attempts_of, note_attempt};
pub use backlog::{Backlog, backlog};
pub use claims::{Claimed, claim, endpoints_with_work, keep_body, release, release_all, settle};
pub use deliveries::{
    CANCELLED_AT_ONCE, advance_cursor, cancel_pending, delivery, ended_with_leftovers, forget_settled,
    insert, list_deliveries, lock_cursor, lock_delivery, owe_again, read_cursor, take_cursor,
};
pub use endpoints::{
    SealedSecret, delete, enabled_of, end_secrets, endpoint, insert_endpoint, insert_secret, list_endpoints,
    lock_count_of, lock_ended, lock_endpoint, secrets_of, signing_secrets, update_endpoint,
};
