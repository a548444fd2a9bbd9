//! The two ways out of escrow that every protection uses: a release to the supplier, a payback to the buyer.

use super::refund::{Refund, RefundCause, RefundStatus};
use super::step::Run;
use super::{Order, PaymentStatus};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::PaymentId;
use crate::domain::ledger::{AccountKey, Funds, Posting, PostingKind, TransferCode};

/// The refusal of an amount that leaves the range.
pub(super) fn too_large() -> Refusal {
    Refusal::new(Code::AmountOutOfRange, "The amount leaves the range that can be kept.")
}

/// A state that no command leads to: told as a fault, nothing is changed.
pub(super) fn broken(message: &str) -> Refusal {
    Refusal::new(Code::Internal, message)
}

/// PO3: a share leaves escrow, the fee on it to us, the rest to the supplier, who first pays back what it owes (I24).
pub(super) fn release(
    run: &mut Run<'_>,
    key: (PostingKind, i64),
    share: i64,
    fee: i64,
) -> Result<(), Refusal> {
    if share == 0 {
        return Ok(());
    }
    let funds = run.funds()?;
    if share < 0 || share > run.order.position.held() || !(0..=share).contains(&fee) {
        return Err(broken("A release takes more than escrow holds, or less than nothing."));
    }
    let recovered = funds.debt.min(share - fee);
    let money = run.order.money(share);
    run.post(Posting::release(run.order.id, key, run.order.supplier_company, money, fee, recovered));
    run.tell(
        EventDraft::new(EventType::EscrowReleased)
            .with("amountMinor", share.to_string())
            .with("feeMinor", fee.to_string())
            .with("recoveredMinor", recovered.to_string())
            .with("currency", money.currency.to_string()),
    );
    Ok(())
}

/// The fee that the next share takes: the fee on all that stays released, less what was taken before.
pub(super) fn next_fee(order: &Order, share: i64) -> i64 {
    let position = order.position;
    (order.terms.fee.on(position.kept().saturating_add(share)) - position.fee).clamp(0, share)
}

/// Releases what is left in escrow.
pub(super) fn release_held(run: &mut Run<'_>) -> Result<(), Refusal> {
    let share = run.order.position.held();
    let fee = next_fee(&run.order, share);
    let seq = run.order.position.releases + 1;
    release(run, (PostingKind::Release, seq), share, fee)
}

/// What goes back to the buyer, and why.
pub(super) struct Payback {
    /// How much, in minor units; more than zero.
    pub amount: i64,
    /// Why.
    pub cause: RefundCause,
    /// Of what, such as a case: the natural key that stands against a second one.
    pub subject: String,
}

/// PO4, PO5, PO8: money goes back to the buyer, out of escrow as far as it reaches; the rest out of what the supplier
/// may have paid out, and at last advanced by us as the supplier's debt. Compensation (PO6) takes the same way; it
/// leaves the fee alone.
pub(super) fn pay_back(run: &mut Run<'_>, payback: Payback) -> Result<(), Refusal> {
    let Payback { amount, cause, subject } = payback;
    let position = run.order.position;
    if amount <= 0 || amount > position.refundable() {
        return Err(broken("A payback is more than was paid, or nothing."));
    }
    let funds = run.funds()?;
    let compensates = cause == RefundCause::Compensation;
    let order = &run.order;
    let currency = order.terms.currency;
    let due = AccountKey::refund_due(order.id, currency);
    let payable = AccountKey::supplier_payable(order.supplier_company, currency);
    let debt = AccountKey::supplier_debt(order.supplier_company, currency);
    let held = amount.min(position.held());
    let rest = amount - held;
    let kind = if compensates { PostingKind::Compensation } else { PostingKind::Refund };
    let codes = if compensates {
        [
            TransferCode::Compensation,
            TransferCode::CompensationFromSupplier,
            TransferCode::CompensationAdvanced,
        ]
    } else {
        [TransferCode::Refund, TransferCode::RefundFromSupplier, TransferCode::RefundAdvanced]
    };
    // A fee taken share by share can be below the fee on what is kept; then nothing of it comes back.
    let fee_back = if compensates || rest == 0 {
        0
    } else {
        (position.fee - order.terms.fee.on(position.kept() - rest)).max(0)
    };
    let drawn = rest.min(funds.payable + fee_back);
    let posting = Posting::new(kind, subject, 1, Some(order.id))
        .moving(codes[0], AccountKey::escrow(order.id, currency), due.clone(), held)
        .moving(TransferCode::FeeReturned, AccountKey::fee_income(currency), payable.clone(), fee_back)
        .moving(codes[1], payable, due.clone(), drawn)
        .moving(codes[2], debt, due.clone(), rest - drawn);
    let (parts, to_credit) = split_over_payments(order, amount);
    let credit = AccountKey::buyer_credit(order.buyer(), currency);
    run.post(posting.moving(TransferCode::RefundToCredit, due, credit, to_credit));
    for (payment_id, provider, part) in parts {
        let refund = Refund {
            id: run.fresh(),
            seq: u32::try_from(run.order.refunds.len() + 1).unwrap_or(u32::MAX),
            cause,
            payment_id,
            provider,
            amount_minor: part,
            status: RefundStatus::Approved,
            failures: 0,
            failure: None,
            requested_at: run.now,
            succeeded_at: None,
        };
        run.order.refunds.push(refund);
    }
    let event = if compensates { EventType::CompensationGranted } else { EventType::RefundApproved };
    run.tell(
        EventDraft::new(event)
            .with("amountMinor", amount.to_string())
            .with("currency", currency.to_string())
            .with("cause", cause.as_str()),
    );
    Ok(())
}

/// Which payments an amount goes back by, the oldest first and each as far as its bank left it; what credit paid goes back
/// to credit.
fn split_over_payments(order: &Order, amount: i64) -> (Vec<(PaymentId, String, i64)>, i64) {
    let mut left = amount;
    let mut parts = Vec::new();
    for payment in order.payments.iter().filter(|known| known.status == PaymentStatus::Succeeded) {
        let back: i64 = order
            .refunds
            .iter()
            .filter(|refund| refund.payment_id == payment.id)
            .map(|refund| refund.amount_minor)
            .sum();
        let part = left.min(payment.amount_minor - back - order.taken_back(payment.id));
        if part > 0 {
            parts.push((payment.id, payment.provider.clone(), part));
            left -= part;
        }
    }
    (parts, left)
}

impl Run<'_> {
    /// The balances of the parties, which the caller locked for this command.
    pub(super) fn funds(&self) -> Result<Funds, Refusal> {
        self.order.funds.ok_or_else(|| broken("The balances of the parties were not read."))
    }

    /// Moves money: the order's position and the balances follow.
    pub(super) fn post(&mut self, posting: Posting) {
        self.order.position.apply(&posting);
        if let Some(funds) = self.order.funds.as_mut() {
            funds.apply(&posting);
        }
        if !posting.transfers.is_empty() {
            self.postings.push(posting);
        }
    }
}
