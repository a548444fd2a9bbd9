//! Payments that were made off the platform: noted for good, never money of ours. What was paid so has no cover.

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::guard::{Blocker, Guard, unless};
use super::step::Run;
use super::table::{ActorKind, CommandKind, Transition, row};
use super::{Command, Order, OrderStatus as S};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{CompanyId, FileId, MessageId, OffPlatformPaymentId};
use crate::domain::money::MAXIMUM_MINOR;
use crate::domain::time::Timestamp;

/// Records that one order may have.
pub const MAXIMUM_OFF_PLATFORM: usize = 50;

/// A payment that was made off the platform, by the word of whoever recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OffPlatformPayment {
    /// Its id.
    pub id: OffPlatformPaymentId,
    /// Its number in the order, from one.
    pub seq: u32,
    /// In which part it was recorded.
    pub recorded_by: ActorKind,
    /// The company that recorded it.
    pub company: Option<CompanyId>,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// When it was made.
    pub paid_at: Timestamp,
    /// What is known of it, in words.
    pub note: String,
    /// Messages of the order's thread that show it.
    pub messages: Vec<MessageId>,
    /// Files that show it.
    pub files: Vec<FileId>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// The same as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffPlatformDraft {
    /// The company that records it.
    pub company: Option<CompanyId>,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// When it was made.
    pub paid_at: Timestamp,
    /// What is known of it, in words.
    pub note: String,
    /// Messages of the order's thread that show it.
    pub messages: Vec<MessageId>,
    /// Files that show it.
    pub files: Vec<FileId>,
}

const RECORDERS: &[ActorKind] = &[ActorKind::Buyer, ActorKind::Supplier, ActorKind::Operator];
/// Whatever became of the order: a payment can become known late. A draft is nobody's but the buyer's.
const KNOWN_TO_BOTH: &[S] = &[
    S::PendingSupplier,
    S::PendingPayment,
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
    S::Completed,
    S::Closed,
    S::Cancelled,
    S::Expired,
    S::Refunded,
    S::Settled,
];

/// The row of payments off the platform.
pub(super) const ROWS: &[Transition] = &[Transition {
    guards: &[RECORDS_LEFT, MAKES_SENSE],
    effects: &[RECORD],
    ..row("F01", KNOWN_TO_BOTH, CommandKind::RecordOffPlatformPayment, RECORDERS)
}];

const RECORDS_LEFT: Guard = Guard::new("records left", |order, _, _| {
    unless(order.off_platform_payments.len() < MAXIMUM_OFF_PLATFORM, Blocker::OffPlatformFull)
});
const MAKES_SENSE: Guard =
    Guard::new("more than nothing, and not in the future", |_, command, now| match command {
        Some(Command::RecordOffPlatformPayment(draft)) => {
            let fits = (1..=MAXIMUM_MINOR).contains(&draft.amount_minor) && draft.paid_at <= now;
            unless(fits, Blocker::OffPlatformMisfit)
        }
        _ => None,
    });
const RECORD: Effect =
    Effect::sure("note payment off the platform; nothing of the order's money moves", record);

fn record(run: &mut Run<'_>) {
    let Command::RecordOffPlatformPayment(draft) = run.command else { return };
    let id: OffPlatformPaymentId = run.fresh();
    let by = run.actor;
    run.order.off_platform_payments.push(OffPlatformPayment {
        id,
        seq: u32::try_from(run.order.off_platform_payments.len() + 1).unwrap_or(u32::MAX),
        recorded_by: by,
        company: draft.company,
        amount_minor: draft.amount_minor,
        paid_at: draft.paid_at,
        note: draft.note.clone(),
        messages: draft.messages.clone(),
        files: draft.files.clone(),
        recorded_at: run.now,
    });
    run.subject = Some(id.to_string());
    run.tell(
        EventDraft::new(EventType::OffPlatformPaymentRecorded)
            .with("offPlatformPaymentId", id.to_string())
            .with("by", by.as_str())
            .with("amountMinor", draft.amount_minor.to_string())
            .with("currency", run.order.terms.currency.to_string())
            .with("paidAt", draft.paid_at.to_string()),
    );
}

impl Order {
    /// What was paid off the platform as far as it was recorded, in minor units. It counts as paid nowhere.
    pub fn paid_off_platform(&self) -> i64 {
        self.off_platform_payments.iter().fold(0, |sum: i64, known| sum.saturating_add(known.amount_minor))
    }
}
