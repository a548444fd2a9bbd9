//! PO13: a buyer's credit is spent at payment. It moves when the rest of the instalment arrives, or at once where it
//! covers all of it; until then it is only planned, and the balance under lock has the last word.

use super::OrderStatus as S;
use super::effect::{self, Effect};
use super::guard::{self, Condition, due_instalment};
use super::step::Run;
use super::table::{BUYER, CommandKind, FUNDED, Target, Transition, row};
use super::{Command, InstalmentStatus, Order, PaymentStatus};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::InstalmentId;
use crate::domain::ledger::{AccountKey, Posting, PostingKind, TransferCode};

/// The rows of credit.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        when: &[CREDIT_COVERS],
        guards: &[guard::INSTALMENT_IS_DUE, guard::IN_TIME_TO_PAY, guard::NO_PAYMENT_UNDER_WAY],
        to: Target::Status(S::InProduction),
        effects: &[SPEND_CREDIT, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T07c", &[S::PendingPayment], CommandKind::OpenPayment, BUYER)
    },
    Transition {
        when: &[CREDIT_COVERS],
        guards: &[guard::INSTALMENT_IS_DUE, guard::IN_TIME_TO_PAY, guard::NO_PAYMENT_UNDER_WAY],
        effects: &[SPEND_CREDIT, effect::SETTLE_PAYMENT, effect::SCHEDULE_DISPATCH],
        ..row("T13p", FUNDED, CommandKind::OpenPayment, BUYER)
    },
];

/// The buyer wants to spend credit, and it covers the instalment.
const CREDIT_COVERS: Condition = Condition::new("credit covers the instalment", covers);
/// The provider is needed.
pub(super) const PROVIDER_NEEDED: Condition =
    Condition::new("a provider is needed", |order, command| command.is_none() || !covers(order, command));
/// PO13 for a whole instalment.
const SPEND_CREDIT: Effect = Effect::sure("PO13 buyer credit → escrow", spend_on_instalment);

fn covers(order: &Order, command: Option<&Command>) -> bool {
    match command {
        None => true,
        Some(Command::OpenPayment { instalment, use_credit: true, .. }) => {
            let due = due_instalment(order, *instalment).map(|part| part.amount_minor - part.paid_minor);
            due.is_some_and(|due| due > 0 && credit_of(order) >= due)
        }
        Some(_) => false,
    }
}

/// The buyer's credit, as the locked account says.
pub(super) fn credit_of(order: &Order) -> i64 {
    order.funds.map_or(0, |funds| funds.credit)
}

/// PO13: so much of the buyer's credit goes into escrow for an instalment.
pub(super) fn spend(run: &mut Run<'_>, instalment: u32, amount: i64) {
    let (order, currency) = (&run.order, run.order.terms.currency);
    let credit = AccountKey::buyer_credit(order.buyer(), currency);
    let escrow = AccountKey::escrow(order.id, currency);
    run.post(Posting::new(PostingKind::CreditSpent, order.id, i64::from(instalment), Some(order.id)).moving(
        TransferCode::CreditSpent,
        credit,
        escrow,
        amount,
    ));
    run.tell(
        EventDraft::new(EventType::CreditSpent)
            .with("amountMinor", amount.to_string())
            .with("escrowMinor", run.order.position.held().to_string()),
    );
}

/// Sessions for an instalment that nobody is to pay by any more.
pub(super) fn expire_sessions_of(order: &mut Order, instalment: InstalmentId) {
    for known in &mut order.payments {
        if known.status == PaymentStatus::Created && known.instalment_id == instalment {
            known.status = PaymentStatus::Expired;
        }
    }
}

fn spend_on_instalment(run: &mut Run<'_>) {
    let Command::OpenPayment { instalment, .. } = run.command else { return };
    let Some(due) = due_instalment(&run.order, *instalment) else { return };
    let (id, seq, amount) = (due.id, due.seq, due.amount_minor - due.paid_minor);
    expire_sessions_of(&mut run.order, id);
    for part in run.order.instalments.iter_mut().filter(|part| part.id == id) {
        part.paid_minor = part.amount_minor;
        part.status = InstalmentStatus::Paid;
    }
    spend(run, seq, amount);
}
