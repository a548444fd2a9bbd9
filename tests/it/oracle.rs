//! A second set of books beside the order machine: balances in a map, and what must hold after each step whatever it was.
//! It knows the design's invariants and nothing of how the machine comes to its answers.

use std::collections::{BTreeMap, BTreeSet};

use surety::domain::deadline::{DeadlineKind, DeadlineState};
use surety::domain::ids::OrderId;
use surety::domain::ledger::{AccountKey, AccountKind, Funds, Position, PostingKind, Side};
use surety::domain::order::{DeadlineChange, Order, OrderStatus, Step};
use surety::domain::time::{Span, Timestamp};

/// A timer that stood has at least this long when it runs again.
const LEAST_REMAINDER: Span = Span::hours(48);
/// Timers that may outlive their order: a promised service has a term of its own.
const LINGERING: &[DeadlineKind] = &[DeadlineKind::ServiceAnswer, DeadlineKind::ServiceFulfilment];

/// The books.
#[derive(Debug, Default)]
pub struct Books {
    /// What each account holds, on the side on which it grows.
    balances: BTreeMap<AccountKey, i64>,
    postings: BTreeSet<(String, String, i64)>,
    positions: BTreeMap<OrderId, Position>,
}

impl Books {
    /// What an account holds.
    pub fn balance(&self, key: &AccountKey) -> i64 {
        self.balances.get(key).copied().unwrap_or_default()
    }

    /// What a command on the order reads beside the order.
    pub fn funds(&self, order: &Order) -> Funds {
        let currency = order.terms.currency;
        Funds {
            payable: self.balance(&AccountKey::supplier_payable(order.supplier_company, currency)),
            debt: self.balance(&AccountKey::supplier_debt(order.supplier_company, currency)),
            credit: self.balance(&AccountKey::new(AccountKind::BuyerCredit, order.buyer(), currency)),
        }
    }

    /// Books a step and checks all that must hold after it.
    pub fn take(&mut self, before: &Order, done: &Step, now: Timestamp) {
        self.book(before, done);
        let after = &done.order;
        assert_eq!(after.version, before.version + 1);
        // I13: an end is an end.
        let (from, to) = (before.status(), after.status());
        assert!(!from.is_terminal() || from == to, "{from} was left by {}", done.transition);
        // I12: the terms change by an amendment only.
        assert!(
            after.terms == before.terms || done.transition.starts_with("T06"),
            "{} changed the terms",
            done.transition
        );
        if done.seals_contract && !done.transition.starts_with("T06") {
            assert!(after.contract.as_ref().is_some_and(|head| head.hash == before.terms_hash));
        }
        for change in &done.deadlines {
            if let DeadlineChange::Set { kind, due_at, .. } = change {
                assert!(*due_at >= now, "{kind} is set into the past by {}", done.transition);
            }
        }
        self.check(after);
        let owed = self.balance(&AccountKey::refund_due(after.id, after.terms.currency));
        // What a service owes later comes after the end.
        let closes = from != OrderStatus::Closed && to == OrderStatus::Closed;
        assert!(!closes || owed == 0, "I8: closed by {} and {owed} is owed to the buyer", done.transition);
        check_pauses(before, after, done, now);
    }

    fn book(&mut self, before: &Order, done: &Step) {
        for posting in &done.postings {
            let key = (posting.subject.clone(), posting.kind.to_string(), posting.seq);
            assert!(self.postings.insert(key), "I5: a posting came twice: {posting:?}");
            assert!(!posting.transfers.is_empty(), "an empty posting: {posting:?}");
            // I7: nothing is released while a hold stays.
            let held = !before.holds.is_empty() && !done.order.holds.is_empty();
            assert!(
                posting.kind != PostingKind::Release || !held,
                "I7: {} released on hold",
                done.transition
            );
            if let Some(order) = posting.order {
                self.positions.entry(order).or_default().apply(posting);
            }
            for transfer in &posting.transfers {
                assert!(transfer.amount_minor > 0 && transfer.debit != transfer.credit, "{transfer:?}");
                // I18: one currency.
                assert_eq!(transfer.debit.currency, transfer.credit.currency);
                for (key, side) in [(&transfer.debit, Side::Debit), (&transfer.credit, Side::Credit)] {
                    let sign = if key.kind.normal_side() == side { 1 } else { -1 };
                    *self.balances.entry(key.clone()).or_default() += sign * transfer.amount_minor;
                }
            }
        }
        // I1: what is debited is credited. I3: no account falls below zero.
        let sum = |side| -> i64 {
            self.balances
                .iter()
                .filter(|(key, _)| key.kind.normal_side() == side)
                .map(|(_, balance)| balance)
                .sum()
        };
        assert_eq!(
            sum(Side::Debit),
            sum(Side::Credit),
            "I1: debits and credits differ after {}",
            done.transition
        );
        // What a provider holds for us may: it takes a charge-back of money that has left already.
        let below =
            |(key, balance): &(&AccountKey, &i64)| **balance < 0 && key.kind != AccountKind::ProviderClearing;
        let overdrawn: Vec<_> = self.balances.iter().filter(below).collect();
        assert!(overdrawn.is_empty(), "I3: {overdrawn:?} after {}", done.transition);
    }

    /// I4, I6, I8 and the fee's limits.
    fn check(&self, order: &Order) {
        let (status, currency) = (order.status(), order.terms.currency);
        let position = order.position;
        assert_eq!(
            position,
            self.positions.get(&order.id).copied().unwrap_or_default(),
            "I4: the order's own sums"
        );
        let held = self.balance(&AccountKey::escrow(order.id, currency));
        assert_eq!(held, position.held(), "I4: the ledger and the order differ");
        assert!(
            position.released >= 0 && position.fee >= 0 && position.fee <= position.released,
            "{position:?}"
        );
        assert!(position.fee <= order.terms.fee.cap_minor.unwrap_or(i64::MAX), "the fee's cap: {position:?}");
        assert!(position.refunded + position.refunded_after <= position.paid, "I6: {position:?}");
        assert!(!status.is_terminal() || held == 0, "I8: {status} with {held} in escrow");
        let owed = self.balance(&AccountKey::refund_due(order.id, currency));
        assert_eq!(owed, order.owed_refunds(), "what is owed and the refunds differ");
        let paid: i64 = order.instalments.iter().map(|part| part.paid_minor).sum();
        assert_eq!(paid, position.paid, "the instalments say otherwise");
        let lines = &order.terms.lines;
        assert!(lines.iter().all(|line| (0..=line.quantity).contains(&order.undispatched(line.id))));
    }
}

/// I14: a hold stops the timers that it stops, and gives back what was left of them.
fn check_pauses(before: &Order, after: &Order, done: &Step, now: Timestamp) {
    for timer in &after.deadlines {
        let stands = timer.state == DeadlineState::Paused;
        assert_eq!(stands, timer.remaining.is_some(), "{timer:?}");
        assert!(
            !stands || !after.holds.is_empty(),
            "{} left a timer standing without a hold",
            done.transition
        );
        let old = before.deadlines.iter().find(|old| old.kind == timer.kind && old.subject == timer.subject);
        let Some(old) = old else { continue };
        if let (Some(remaining), None) = (old.remaining, timer.remaining) {
            let least = now.plus(remaining).max(now.plus(LEAST_REMAINDER));
            assert!(timer.due_at >= now.plus(remaining), "{} lost time of {}", done.transition, timer.kind);
            // Reminders keep their distance, and a promised delivery moves with the dispatch alone.
            let reminds = matches!(
                timer.kind,
                DeadlineKind::DispatchWarning | DeadlineKind::DispatchDue | DeadlineKind::Delivery
            );
            assert!(
                reminds || timer.due_at >= least,
                "{} left too little of {}",
                done.transition,
                timer.kind
            );
        }
    }
    // A settled timer is not in the order any more after `Bench::settle`; here only ends count.
    if !after.holds.is_empty() {
        let running = after.deadlines.iter().filter(|timer| timer.kind.pauses_on_hold());
        let mut running =
            running.filter(|timer| timer.state == DeadlineState::Pending && timer.due_at >= now);
        let set_now = |kind, subject: &str| {
            done.deadlines.iter().any(|change| {
                matches!(change, DeadlineChange::Set { kind: set, subject: which, .. } if *set == kind && which == subject)
            })
        };
        let runs = running.find(|timer| !set_now(timer.kind, &timer.subject));
        assert!(runs.is_none(), "{} left {runs:?} running on hold", done.transition);
    }
}

/// The timers that an order of this status must not have any more.
pub fn forgotten_timers(order: &Order) -> Vec<DeadlineKind> {
    let ended = order.status().is_terminal();
    let left = order.deadlines.iter().map(|timer| timer.kind);
    left.filter(|kind| ended && !LINGERING.contains(kind)).collect()
}
