//! Set-aside money that an operator gives to the order that it was meant for (PO12), and the limit of a provider's hold.

use super::effect::{self, Effect};
use super::funds::too_large;
use super::guard::{Blocker, Guard, due_instalment, unless};
use super::step::Run;
use super::table::{ActorKind, CLOCK, CommandKind, FUNDED, Target, Transition, row};
use super::{Command, InstalmentStatus, Order, OrderStatus, Payment, PaymentStatus};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{PaymentId, SuspenseItemId};
use crate::domain::ledger::{AccountKey, Posting, PostingKind, TransferCode};
use crate::domain::money::Money;

/// Set-aside money on its way into an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The set-aside money.
    pub item: SuspenseItemId,
    /// The payment that it came by; a new one where none of ours was named.
    pub payment: PaymentId,
    /// With which provider.
    pub provider: String,
    /// The provider's own name of it.
    pub reference: String,
    /// How much was set aside.
    pub amount: Money,
}

const OPERATOR: &[ActorKind] = &[ActorKind::Operator];

/// The rows of assignment and of the provider's limit.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        guards: &[COVERS_WHAT_IS_DUE],
        to: Target::Status(OrderStatus::InProduction),
        effects: &[BOOK_ASSIGNED, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T07a", &[OrderStatus::PendingPayment], CommandKind::AssignPayment, OPERATOR)
    },
    Transition {
        guards: &[COVERS_WHAT_IS_DUE],
        effects: &[BOOK_ASSIGNED, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T13a", FUNDED, CommandKind::AssignPayment, OPERATOR)
    },
    Transition {
        guards: &[MONEY_IS_HELD],
        effects: &[TELL_HOLD_LIMIT],
        ..row("T41", FUNDED, CommandKind::ReportHoldLimit, CLOCK)
    },
];

const COVERS_WHAT_IS_DUE: Guard = Guard::new("the money covers what is due", |order, command, _| {
    let due = due_instalment(order, None).map(|part| order.money(part.amount_minor - part.paid_minor));
    let Some(due) = due else { return Some(Blocker::NothingDue) };
    match command {
        Some(Command::AssignPayment(assignment)) => unless(
            assignment.amount.currency == due.currency && assignment.amount.minor >= due.minor,
            Blocker::MoneyFallsShort,
        ),
        _ => None,
    }
});
const MONEY_IS_HELD: Guard =
    Guard::new("money is held", |order, _, _| unless(order.position.held() > 0, Blocker::NothingHeld));
const BOOK_ASSIGNED: Effect = Effect::new("PO12 suspense → escrow, the rest → refund due", book_assigned);
const TELL_HOLD_LIMIT: Effect = Effect::sure("event HOLD_LIMIT_APPROACHING", |run| {
    let held = run.order.position.held();
    run.tell(EventDraft::new(EventType::HoldLimitApproaching).with("heldMinor", held.to_string()));
});

/// What an order takes of set-aside money; the rest goes back.
pub fn assigned(order: &Order, amount: i64) -> i64 {
    due_instalment(order, None).map_or(0, |part| (part.amount_minor - part.paid_minor).min(amount))
}

fn book_assigned(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Command::AssignPayment(assignment) = run.command else { return Ok(()) };
    let taken = assigned(&run.order, assignment.amount.minor);
    run.order.position.paid.checked_add(taken).ok_or_else(too_large)?;
    let now = run.now;
    let Some(part) = run.order.instalments.iter_mut().find(|part| part.status != InstalmentStatus::Paid)
    else {
        return Ok(());
    };
    part.paid_minor += taken;
    part.status = InstalmentStatus::Paid;
    let paid = Payment {
        id: assignment.payment,
        instalment_id: part.id,
        provider: assignment.provider.clone(),
        provider_reference: Some(assignment.reference.clone()),
        status: PaymentStatus::Succeeded,
        failure: None,
        amount_minor: taken,
        // Credit that was planned with it is not spent.
        credit_minor: 0,
        session_url: None,
        created_at: now,
    };
    match run.order.payments.iter_mut().find(|known| known.id == paid.id) {
        Some(known) => *known = Payment { created_at: known.created_at, ..paid },
        None => run.order.payments.push(paid),
    }
    for open in &mut run.order.payments {
        // Nobody is to pay a second time by a session that is still open.
        if open.status == PaymentStatus::Created {
            open.status = PaymentStatus::Expired;
        }
    }
    let (order, currency) = (run.order.id, run.order.terms.currency);
    let suspense = AccountKey::suspense(&assignment.provider, currency);
    let posting = Posting::new(PostingKind::SuspenseSettled, assignment.item, 1, Some(order))
        .moving(TransferCode::SuspenseAssigned, suspense.clone(), AccountKey::escrow(order, currency), taken)
        .moving(
            TransferCode::SuspenseRefund,
            suspense,
            AccountKey::suspense_refund(assignment.item, currency),
            assignment.amount.minor - taken,
        );
    run.post(posting);
    run.subject = Some(assignment.payment.to_string());
    run.tell(
        EventDraft::new(EventType::PaymentReceived)
            .with("paymentId", assignment.payment.to_string())
            .with("amountMinor", taken.to_string())
            .with("escrowMinor", run.order.position.held().to_string()),
    );
    Ok(())
}
