//! The charge-back region: the buyer's bank takes a payment back, and keeps it or gives it back.

use serde::{Deserialize, Serialize};

use super::dispute::supersede;
use super::effect::{CANCEL_DEADLINES, EXPIRE_SESSIONS, Effect};
use super::funds::{broken, too_large};
use super::guard::{Blocker, Condition, Guard, unless};
use super::hold::{lift_holds, place_hold};
use super::step::Run;
use super::table::{CLAIMABLE, CommandKind, PROVIDER, Target, Transition, row};
use super::{Command, HoldKind, Order, OrderStatus as S, PaymentStatus};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{ChargebackId, PaymentId};
use crate::domain::ledger::{AccountKey, AccountKind, Posting, PostingKind, TransferCode};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// How a charge-back stands.
    ChargebackStatus {
        /// The bank has the money and looks into it.
        Open => "OPEN",
        /// The bank gave the money back.
        Won => "WON",
        /// The bank kept the money.
        Lost => "LOST",
    }
}

/// A payment that the buyer's bank took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chargeback {
    /// Its id.
    pub id: ChargebackId,
    /// Its number in the order, from one.
    pub seq: u32,
    /// Which payment.
    pub payment_id: PaymentId,
    /// The provider.
    pub provider: String,
    /// The provider's own name of the charge-back.
    pub reference: String,
    /// How it stands.
    pub status: ChargebackStatus,
    /// How much, in minor units.
    pub amount_minor: i64,
    /// Why, in the bank's words.
    pub reason: Option<String>,
    /// What was taken out of escrow.
    pub held_minor: i64,
    /// What was taken out of the supplier's payable.
    pub payable_minor: i64,
    /// What the supplier owes for it.
    pub debt_minor: i64,
    /// What is our loss, as it had gone back already.
    pub loss_minor: i64,
    /// When the provider told it.
    pub opened_at: Timestamp,
    /// When the bank had decided.
    pub settled_at: Option<Timestamp>,
}

/// What a provider says of a charge-back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargebackVerdict {
    /// The bank took the money.
    Opened,
    /// The bank gave it back.
    Won,
    /// The bank keeps it.
    Lost,
}

/// A provider's report of a charge-back. Reports may come twice and out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargebackReport {
    /// Which payment.
    pub payment: PaymentId,
    /// The provider's own name of the charge-back.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Why, in the bank's words.
    pub reason: Option<String>,
    /// How it stands.
    pub verdict: ChargebackVerdict,
}

/// The statuses in which an order has been paid.
const PAID: &[S] = &[
    S::InProduction,
    S::InInspection,
    S::Ready,
    S::PartiallyShipped,
    S::Shipped,
    S::Delivered,
    S::Completed,
    S::Closed,
    S::Refunded,
    S::Settled,
];

/// The rows of charge-backs.
pub(super) const ROWS: &[Transition] = &[
    Transition {
        when: &[OPENED],
        guards: &[FITS_PAYMENT],
        effects: &[TAKE],
        ..row("T36", PAID, CommandKind::ReportChargeback, PROVIDER)
    },
    Transition {
        when: &[WON],
        guards: &[FITS_PAYMENT],
        effects: &[GIVE_BACK],
        ..row("T36w", PAID, CommandKind::ReportChargeback, PROVIDER)
    },
    Transition {
        when: &[LOST_ALL],
        guards: &[FITS_PAYMENT],
        to: Target::Status(S::Refunded),
        effects: &[
            TAKE,
            LOSE,
            END,
            super::inspection::END_INSPECTIONS,
            super::after_sales::END_REQUESTS,
            CANCEL_DEADLINES,
            EXPIRE_SESSIONS,
            super::dispute::TELL_REFUNDED,
        ],
        ..row("T36r", CLAIMABLE, CommandKind::ReportChargeback, PROVIDER)
    },
    Transition {
        when: &[LOST],
        guards: &[FITS_PAYMENT],
        effects: &[TAKE, LOSE],
        ..row("T36l", PAID, CommandKind::ReportChargeback, PROVIDER)
    },
];

const FITS_PAYMENT: Guard = Guard::new("amount <= what the payment brought", |order, command, _| {
    let report = report(command)?;
    unless(known(order, report).is_some() || fits(order, report), Blocker::ChargebackMisfit)
});
const OPENED: Condition =
    Condition::new("charge-back opened", |_, command| is(command, ChargebackVerdict::Opened));
const WON: Condition = Condition::new("charge-back won", |_, command| is(command, ChargebackVerdict::Won));
const LOST: Condition = Condition::new("charge-back lost", |_, command| is(command, ChargebackVerdict::Lost));
const LOST_ALL: Condition = Condition::new("charge-back lost, and nothing is left", |order, command| {
    is(command, ChargebackVerdict::Lost) && report(command).is_none_or(|report| nothing_left(order, report))
});
const TAKE: Effect = Effect::new(
    "PO10 escrow, supplier payable, supplier debt, guarantee loss → provider clearing; hold CHARGEBACK",
    take,
);
const GIVE_BACK: Effect = Effect::new("PO10 reversed; lift its hold", give_back);
const LOSE: Effect = Effect::sure(
    "charge-back LOST; fee income → supplier payable, supplier debt on what the bank took from the supplier; lift its hold",
    lose,
);
const END: Effect = Effect::sure("open dispute SUPERSEDED; lift all holds", |run| {
    supersede(run);
    lift_holds(run, |_| true);
});

fn report(command: Option<&Command>) -> Option<&ChargebackReport> {
    match command {
        Some(Command::ReportChargeback(report)) => Some(report),
        _ => None,
    }
}

fn is(command: Option<&Command>, verdict: ChargebackVerdict) -> bool {
    report(command).is_none_or(|report| report.verdict == verdict)
}

fn known<'a>(order: &'a Order, report: &ChargebackReport) -> Option<&'a Chargeback> {
    order.chargebacks.iter().find(|known| known.reference == report.reference)
}

fn fits(order: &Order, report: &ChargebackReport) -> bool {
    report.amount.currency == order.terms.currency
        && (1..=can_be_charged_back(order, report.payment)).contains(&report.amount.minor)
}

/// What a bank can still take back of a payment, in minor units: what it brought less what banks have of it.
pub fn can_be_charged_back(order: &Order, payment: PaymentId) -> i64 {
    let brought = order
        .payments
        .iter()
        .find(|known| known.id == payment && known.status == PaymentStatus::Succeeded)
        .map_or(0, |known| known.amount_minor);
    brought - order.taken_back(payment)
}

impl Order {
    /// What banks took back of a payment and did not give back.
    pub(super) fn taken_back(&self, payment: PaymentId) -> i64 {
        let taken = self.chargebacks.iter().filter(|known| known.payment_id == payment);
        taken.filter(|known| known.status != ChargebackStatus::Won).map(|known| known.amount_minor).sum()
    }
}

/// Whether the buyer has everything back once this one is lost, and no other charge-back is open.
fn nothing_left(order: &Order, report: &ChargebackReport) -> bool {
    let refundable = order.position.refundable();
    let open = |known: &&Chargeback| known.status == ChargebackStatus::Open;
    let others = order.chargebacks.iter().filter(open).any(|known| known.reference != report.reference);
    let left = match known(order, report) {
        None => refundable - report.amount.minor,
        Some(known) if known.status == ChargebackStatus::Open => refundable,
        Some(_) => return false,
    };
    left <= 0 && !others
}

/// Books an opened charge-back, unless it is known.
fn take(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Command::ReportChargeback(report) = run.command else { return Ok(()) };
    if known(&run.order, report).is_some() {
        return Ok(());
    }
    let funds = run.funds()?;
    let order = &run.order;
    let amount = report.amount.minor;
    let held = amount.min(order.position.held().max(0));
    // What the supplier got and still has of this order; what had gone back to the buyer is our loss.
    let before: i64 = order
        .chargebacks
        .iter()
        .filter(|known| known.status != ChargebackStatus::Won)
        .map(|known| known.payable_minor + known.debt_minor)
        .sum();
    let kept = (order.position.kept() - order.position.compensated_after - before).max(0);
    let from_supplier = (amount - held).min(kept);
    let payable = from_supplier.min(funds.payable.max(0));
    let debt = from_supplier - payable;
    let loss = amount - held - from_supplier;
    order.position.charged_back_total.checked_add(amount).ok_or_else(too_large)?;
    let entry = record(run, report, [held, payable, debt, loss])?;
    run.post(posting(run, &entry, PostingKind::Chargeback, [held, payable, debt, loss]));
    tell(run, EventType::ChargebackOpened, &entry);
    if !run.order.status().is_terminal() {
        let reason = entry.reason.clone().unwrap_or_else(|| "charge-back".to_owned());
        place_hold(run, HoldKind::Chargeback, &reason, Some(entry.id.to_string()));
    }
    Ok(())
}

fn record(run: &mut Run<'_>, report: &ChargebackReport, parts: [i64; 4]) -> Result<Chargeback, Refusal> {
    let payment = run.order.payments.iter().find(|payment| payment.id == report.payment);
    let provider = payment.map(|payment| payment.provider.clone());
    let provider = provider.ok_or_else(|| broken("A charge-back names a payment that is not there."))?;
    let [held_minor, payable_minor, debt_minor, loss_minor] = parts;
    let entry = Chargeback {
        id: run.fresh(),
        seq: u32::try_from(run.order.chargebacks.len() + 1).unwrap_or(u32::MAX),
        payment_id: report.payment,
        provider,
        reference: report.reference.clone(),
        status: ChargebackStatus::Open,
        amount_minor: report.amount.minor,
        reason: report.reason.clone(),
        held_minor,
        payable_minor,
        debt_minor,
        loss_minor,
        opened_at: run.now,
        settled_at: None,
    };
    run.order.chargebacks.push(entry.clone());
    Ok(entry)
}

/// PO10: out of escrow, the supplier's payable, its debt and our loss; or back into them.
fn posting(run: &Run<'_>, entry: &Chargeback, kind: PostingKind, parts: [i64; 4]) -> Posting {
    use TransferCode as T;
    let order = &run.order;
    let currency = order.terms.currency;
    let accounts = [
        AccountKey::escrow(order.id, currency),
        AccountKey::supplier_payable(order.supplier_company, currency),
        AccountKey::supplier_debt(order.supplier_company, currency),
        AccountKey::platform(AccountKind::GuaranteeLoss, currency),
    ];
    let clearing = AccountKey::provider_clearing(&entry.provider, currency);
    let taken = [T::ChargebackHeld, T::ChargebackFromSupplier, T::ChargebackAdvanced, T::ChargebackLoss];
    let given = [
        T::ChargebackHeldReversed,
        T::ChargebackFromSupplierReversed,
        T::ChargebackAdvancedReversed,
        T::ChargebackLossReversed,
    ];
    let posting = Posting::new(kind, entry.id, 1, Some(order.id));
    let back = kind == PostingKind::ChargebackReversed;
    accounts.into_iter().zip(taken.into_iter().zip(given)).zip(parts).fold(
        posting,
        |posting, ((account, (taken, given)), amount)| {
            if back {
                posting.moving(given, clearing.clone(), account, amount)
            } else {
                posting.moving(taken, account, clearing.clone(), amount)
            }
        },
    )
}

/// Reverses an open charge-back. One that nobody told of is noted, so that what comes late finds it settled.
fn give_back(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Command::ReportChargeback(report) = run.command else { return Ok(()) };
    let entry = match known(&run.order, report).cloned() {
        Some(entry) if entry.status != ChargebackStatus::Open => return Ok(()),
        Some(entry) => entry,
        None => record(run, report, [0; 4])?,
    };
    let funds = run.funds()?;
    // What the supplier has paid back of the debt since is its own again.
    let debt = entry.debt_minor.min(funds.debt.max(0));
    let payable = entry.payable_minor + entry.debt_minor - debt;
    let parts = [entry.held_minor, payable, debt, entry.loss_minor];
    // What it still owes for other orders is paid before it may have anything.
    let (supplier, currency) = (run.order.supplier_company, run.order.terms.currency);
    let recovered = payable.min(funds.debt.max(0) - debt);
    let posting = posting(run, &entry, PostingKind::ChargebackReversed, parts).moving(
        TransferCode::DebtRecovered,
        AccountKey::supplier_payable(supplier, currency),
        AccountKey::supplier_debt(supplier, currency),
        recovered,
    );
    run.post(posting);
    settle(run, &entry, ChargebackStatus::Won, EventType::ChargebackWon);
    Ok(())
}

fn lose(run: &mut Run<'_>) {
    let Command::ReportChargeback(report) = run.command else { return };
    let Some(entry) = known(&run.order, report).cloned() else { return };
    if entry.status == ChargebackStatus::Open {
        settle(run, &entry, ChargebackStatus::Lost, EventType::ChargebackLost);
        return_fee(run, &entry);
    }
}

/// The fee follows what the supplier keeps: what a bank took from it for good earns none (as PO8 after a release). It pays
/// back first what the supplier owes for the charge-back.
fn return_fee(run: &mut Run<'_>, entry: &Chargeback) {
    let order = &run.order;
    let back = (order.position.fee - order.terms.fee.on(order.fee_base())).max(0);
    let debt = order.funds.map_or(0, |funds| funds.debt.max(0));
    if entry.payable_minor + entry.debt_minor == 0 || back == 0 {
        return;
    }
    let (currency, supplier) = (order.terms.currency, order.supplier_company);
    let payable = AccountKey::supplier_payable(supplier, currency);
    let posting = Posting::new(PostingKind::ChargebackLost, entry.id, 1, Some(order.id))
        .moving(TransferCode::FeeReturned, AccountKey::fee_income(currency), payable.clone(), back)
        .moving(
            TransferCode::DebtRecovered,
            payable,
            AccountKey::supplier_debt(supplier, currency),
            back.min(debt),
        );
    run.post(posting);
}

impl Order {
    /// What the supplier keeps of what was released, after what banks took from it for good: the base of the fee.
    pub fn fee_base(&self) -> i64 {
        let lost = self.chargebacks.iter().filter(|known| known.status == ChargebackStatus::Lost);
        let taken: i64 = lost.map(|known| known.payable_minor + known.debt_minor).sum();
        (self.position.kept() - taken).max(0)
    }
}

fn settle(run: &mut Run<'_>, entry: &Chargeback, status: ChargebackStatus, event: EventType) {
    let now = run.now;
    if let Some(known) = run.order.chargebacks.iter_mut().find(|known| known.id == entry.id) {
        known.status = status;
        known.settled_at = Some(now);
    }
    tell(run, event, entry);
    let id = entry.id.to_string();
    lift_holds(run, |hold| hold.subject.as_deref() == Some(id.as_str()));
}

fn tell(run: &mut Run<'_>, kind: EventType, entry: &Chargeback) {
    run.tell(
        EventDraft::new(kind)
            .with("chargebackId", entry.id.to_string())
            .with("paymentId", entry.payment_id.to_string())
            .with("amountMinor", entry.amount_minor.to_string())
            .with("currency", run.order.terms.currency.to_string()),
    );
}
