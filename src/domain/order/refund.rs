//! The refund region: money on its way back to the buyer, one row for each payment that it goes back by.

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::guard::{Blocker, Condition, Guard, unless};
use super::step::Run;
use super::table::{ActorKind, CLOCK, CommandKind, PROVIDER, Target, Transition, row};
use super::{Command, Order, OrderStatus};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{PaymentId, RefundId};
use crate::domain::ledger::{AccountKey, Posting, PostingKind, TransferCode};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// Why money goes back.
    RefundCause {
        /// Both sides agreed on it.
        Agreed => "AGREED",
        /// A mediator decided it.
        Decision => "DECISION",
        /// Nothing left in time and the buyer cancelled.
        NonDispatch => "NON_DISPATCH",
        /// The order ended before the goods left.
        Cancellation => "CANCELLATION",
        /// The goods came back.
        EasyReturn => "EASY_RETURN",
        /// A promised service was not given.
        AfterSales => "AFTER_SALES",
        /// The order became cheaper.
        Amendment => "AMENDMENT",
        /// A broken promise is made good.
        Compensation => "COMPENSATION",
        /// An inspection's fee comes back.
        InspectionFee => "INSPECTION_FEE",
        /// Money came that fits nothing.
        Suspense => "SUSPENSE",
    }
}

words! {
    /// How far a refund got.
    RefundStatus {
        /// It is owed; the provider is to be asked.
        Approved => "APPROVED",
        /// The provider was asked.
        Submitted => "SUBMITTED",
        /// The money reached the buyer.
        Succeeded => "SUCCEEDED",
        /// The provider could not; the money stays owed and is tried again.
        Failed => "FAILED",
    }
}

/// Money on its way back to the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refund {
    /// Its id; also its name at the provider, so that asking twice pays once.
    pub id: RefundId,
    /// Its number, from one.
    pub seq: u32,
    /// Why.
    pub cause: RefundCause,
    /// The payment that it goes back by.
    pub payment_id: PaymentId,
    /// With which provider.
    pub provider: String,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// How far it got.
    pub status: RefundStatus,
    /// How often the provider refused it.
    pub failures: u32,
    /// Why it failed last.
    pub failure: Option<String>,
    /// Since when it is owed.
    pub requested_at: Timestamp,
    /// When it reached the buyer.
    pub succeeded_at: Option<Timestamp>,
}

/// What moves a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundCommand {
    /// The provider was asked.
    Submit {
        /// Which refund.
        refund: RefundId,
    },
    /// The provider tells how it ended.
    Report {
        /// Which refund.
        refund: RefundId,
        /// Why it failed; nothing where the money reached the buyer.
        failure: Option<String>,
    },
    /// An operator has it asked for again.
    Retry {
        /// Which refund.
        refund: RefundId,
    },
}

impl RefundCommand {
    /// What is commanded, without its input.
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Submit { .. } => CommandKind::SubmitRefund,
            Self::Report { .. } => CommandKind::ReportRefund,
            Self::Retry { .. } => CommandKind::RetryRefund,
        }
    }

    const fn refund(&self) -> RefundId {
        match self {
            Self::Submit { refund } | Self::Report { refund, .. } | Self::Retry { refund } => *refund,
        }
    }
}

/// Where money may be on its way back: from the first payment on.
const REFUNDING: &[OrderStatus] = &[
    OrderStatus::InProduction,
    OrderStatus::InInspection,
    OrderStatus::Ready,
    OrderStatus::PartiallyShipped,
    OrderStatus::Shipped,
    OrderStatus::Delivered,
    OrderStatus::Completed,
    // A service that was not given is made good after the order closed, too.
    OrderStatus::Closed,
    OrderStatus::Refunded,
    OrderStatus::Settled,
];

/// The rows of refunds and of the end of an order, which waits for them.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        guards: &[REFUND_IS_APPROVED],
        effects: &[SUBMIT],
        ..row("R01", REFUNDING, CommandKind::SubmitRefund, CLOCK)
    },
    Transition {
        when: &[MONEY_ARRIVED],
        guards: &[REFUND_IS_OWED],
        effects: &[BOOK_PAID],
        ..row("R02", REFUNDING, CommandKind::ReportRefund, PROVIDER)
    },
    Transition {
        when: &[MONEY_CAME_BACK],
        guards: &[REFUND_IS_OWED],
        effects: &[NOTE_FAILURE],
        ..row("T38", REFUNDING, CommandKind::ReportRefund, PROVIDER)
    },
    Transition {
        guards: &[REFUND_FAILED],
        effects: &[APPROVE_AGAIN],
        ..row("T38r", REFUNDING, CommandKind::RetryRefund, &[ActorKind::Operator, ActorKind::Clock])
    },
    Transition {
        guards: &[NO_OPEN_CASE, NO_REFUND_OWED],
        to: Target::Status(OrderStatus::Closed),
        effects: &[super::effect::TELL_CLOSED],
        ..row("T21", &[OrderStatus::Completed], CommandKind::Close, CLOCK)
    },
];

const MONEY_ARRIVED: Condition =
    Condition::new("refund succeeded", |_, command| failure(command).is_none_or(Option::is_none));
const MONEY_CAME_BACK: Condition =
    Condition::new("refund failed", |_, command| failure(command).is_none_or(Option::is_some));
const REFUND_IS_APPROVED: Guard = Guard::new("refund is approved", |order, command, _| {
    stands(order, command, |status| status == RefundStatus::Approved)
});
const REFUND_IS_OWED: Guard = Guard::new("refund is owed", |order, command, _| {
    stands(order, command, |status| status != RefundStatus::Succeeded)
});
const REFUND_FAILED: Guard = Guard::new("refund failed", |order, command, _| {
    stands(order, command, |status| status == RefundStatus::Failed)
});
/// The claim window's end waits for open cases: what they decide may still move money.
const NO_OPEN_CASE: Guard =
    Guard::new("no open case", |order, _, _| unless(order.holds.is_empty(), Blocker::OnHold));
const NO_REFUND_OWED: Guard =
    Guard::new("no refund owed", |order, _, _| unless(order.owed_refunds() == 0, Blocker::RefundOwed));
const SUBMIT: Effect = Effect::sure("refund SUBMITTED", |run| {
    change(run, |refund, _| refund.status = RefundStatus::Submitted);
});
const APPROVE_AGAIN: Effect = Effect::sure("refund APPROVED", |run| {
    change(run, |refund, _| refund.status = RefundStatus::Approved);
});
const BOOK_PAID: Effect = Effect::sure("refund due → provider clearing, event REFUND_SUCCEEDED", book_paid);
const NOTE_FAILURE: Effect = Effect::sure("refund FAILED, event REFUND_FAILED", note_failure);

fn failure(command: Option<&Command>) -> Option<&Option<String>> {
    match command {
        Some(Command::Refund(RefundCommand::Report { failure, .. })) => Some(failure),
        _ => None,
    }
}

/// Whether the named refund, or any where none is named, stands in one of the statuses.
fn stands(
    order: &Order,
    command: Option<&Command>,
    status: impl Fn(RefundStatus) -> bool,
) -> Option<Blocker> {
    let named = match command {
        Some(Command::Refund(command)) => Some(command.refund()),
        _ => None,
    };
    let mut refunds = order.refunds.iter().filter(|known| named.is_none_or(|named| known.id == named));
    unless(refunds.any(|known| status(known.status)), Blocker::NoSuchRefund)
}

/// Changes the refund that the command names and answers it as it is then.
fn change(run: &mut Run<'_>, change: impl Fn(&mut Refund, Timestamp)) -> Option<Refund> {
    let Command::Refund(command) = run.command else { return None };
    let now = run.now;
    let refund = run.order.refunds.iter_mut().find(|known| known.id == command.refund())?;
    change(refund, now);
    let refund = refund.clone();
    run.subject = Some(refund.id.to_string());
    Some(refund)
}

fn book_paid(run: &mut Run<'_>) {
    let paid = change(run, |refund, now| {
        refund.status = RefundStatus::Succeeded;
        refund.succeeded_at = Some(now);
        refund.failure = None;
    });
    let Some(refund) = paid else { return };
    let currency = run.order.terms.currency;
    let posting = Posting::new(PostingKind::RefundPaid, refund.id, 1, Some(run.order.id)).moving(
        TransferCode::RefundPaid,
        AccountKey::refund_due(run.order.id, currency),
        AccountKey::provider_clearing(&refund.provider, currency),
        refund.amount_minor,
    );
    run.post(posting);
    run.tell(
        EventDraft::new(EventType::RefundSucceeded)
            .with("refundId", refund.id.to_string())
            .with("amountMinor", refund.amount_minor.to_string())
            .with("currency", currency.to_string()),
    );
}

fn note_failure(run: &mut Run<'_>) {
    let reason = failure(Some(run.command)).cloned().flatten();
    let failed = change(run, |refund, _| {
        refund.status = RefundStatus::Failed;
        refund.failures += 1;
        refund.failure.clone_from(&reason);
    });
    let Some(refund) = failed else { return };
    let event = EventDraft::new(EventType::RefundFailed)
        .with("refundId", refund.id.to_string())
        .with("failures", refund.failures);
    run.tell(match reason {
        Some(reason) => event.with("reason", reason),
        None => event,
    });
}

impl Order {
    /// What is owed to the buyer and has not reached it yet, in minor units.
    pub fn owed_refunds(&self) -> i64 {
        let owed = self.refunds.iter().filter(|refund| refund.status != RefundStatus::Succeeded);
        owed.map(|refund| refund.amount_minor).sum()
    }
}
