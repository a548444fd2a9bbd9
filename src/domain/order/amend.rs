//! What an amendment makes of the terms, and what its acceptance does to money and timers.

use super::amendment::{Amendment, AmendmentChanges, AmendmentCommand, AmendmentStatus, close};
use super::effect::{Effect, schedule_dispatch, seal_contract};
use super::funds::{Payback, broken, pay_back};
use super::step::Run;
use super::table::ActorKind;
use super::{
    Command, DeadlineChange, Instalment, InstalmentKind, InstalmentStatus, Order, OrderKind, OrderStatus,
    RefundCause, SINGLE,
};
use crate::domain::contract::{Minor, Terms, TermsInstalment, TermsLine};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::{AmendmentId, InstalmentId};
use crate::domain::money::MAXIMUM_MINOR;
use crate::domain::time::Span;

/// The terms change and are sealed as the next version of the contract.
pub(super) const SEAL_AMENDMENT: Effect =
    Effect::new("seal the next version of the contract, settle timer AMENDMENT_ANSWER", seal_amendment);
/// Dearer: an instalment. Cheaper: less to pay, or money back.
pub(super) const MOVE_DIFFERENCE: Effect =
    Effect::new("dearer: new or higher instalment; cheaper: lower instalment or PO4", move_difference);
/// The dispatch deadline follows the amended terms.
pub(super) const RESCHEDULE: Effect = Effect::sure("move timers of dispatch and delivery", reschedule);

/// Terms with a change, and what the change does to the money.
pub(super) struct Amended {
    pub(super) terms: Terms,
    pub(super) terms_hash: String,
    /// What goes back to the buyer, in minor units.
    pub(super) refund_minor: i64,
}

impl Order {
    /// The terms as the open amendment would make them; none where none is open or the order moved on since.
    pub fn proposed_terms(&self) -> Option<Terms> {
        let open = self.open_amendment()?;
        let made = amended_terms(self, &open.changes).ok()?;
        (made.terms_hash == open.terms_hash).then_some(made.terms)
    }
}

fn invalid(field: &'static str, message: &str) -> Refusal {
    Refusal::invalid(&["input", field], message)
}

/// The terms with a change, from the order as it is: the same whenever it is asked of the same order.
pub(super) fn amended_terms(order: &Order, changes: &AmendmentChanges) -> Result<Amended, Refusal> {
    let mut terms = order.terms.clone();
    terms.lines = amended_lines(order, changes)?;
    if let Some((freight, currency)) = changes.freight {
        if currency != terms.currency {
            let message = "Freight is in the currency of the order.";
            return Err(Refusal::new(Code::CurrencyMismatch, message).at(&["input", "freight"]));
        }
        if freight < 0 {
            return Err(invalid("freight", "Freight is zero or more."));
        }
        terms.freight = Minor(freight);
    }
    if let Some(within) = changes.dispatch_within {
        if within <= Span::ZERO || within > Span::days(3_650) {
            return Err(invalid("dispatchWithin", "A lead time is more than nothing and at most ten years."));
        }
        terms.delivery.dispatch_within = within;
    }
    if let Some(inspection) = changes.inspection {
        let early = matches!(order.status(), OrderStatus::PendingPayment | OrderStatus::InProduction);
        if inspection != terms.inspection && !early {
            return Err(invalid("inspection", "An inspection is agreed on before the goods are ready."));
        }
        terms.inspection = inspection;
    }
    if let Some(policy) = changes.release_policy {
        if policy != terms.release_policy && !order.shipments.is_empty() {
            return Err(invalid("releasePolicy", "How escrow is released is agreed on before goods leave."));
        }
        terms.release_policy = policy;
    }
    let too_large = || Refusal::new(Code::AmountOutOfRange, "The total is too large to be kept.");
    let goods = terms.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.total.0));
    let goods = goods.ok_or_else(too_large)?;
    let total = goods.checked_add(terms.freight.0).filter(|total| *total <= MAXIMUM_MINOR);
    let total = total.ok_or_else(too_large)?;
    if order.kind() == OrderKind::Guaranteed && total > order.terms.total.0 {
        let message = "The price of a guaranteed order is fixed; it cannot become dearer.";
        return Err(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "lines"]));
    }
    (terms.goods, terms.total) = (Minor(goods), Minor(total));
    let (instalments, refund_minor) = amended_instalments(order, total)?;
    terms.instalments = instalments;
    if terms == order.terms {
        return Err(invalid("lines", "The amendment changes nothing."));
    }
    let unsound = |_| Refusal::new(Code::AmountOutOfRange, "The order would be worth nothing, or too much.");
    terms.check().map_err(unsound)?;
    let terms_hash = terms.hash().map_err(unsound)?;
    Ok(Amended { terms, terms_hash, refund_minor })
}

fn amended_lines(order: &Order, changes: &AmendmentChanges) -> Result<Vec<TermsLine>, Refusal> {
    let mut seen = std::collections::BTreeSet::new();
    let known = |change: &super::LineChange| order.terms.lines.iter().any(|line| line.id == change.line_id);
    if !changes.lines.iter().all(|change| known(change) && seen.insert(change.line_id)) {
        return Err(invalid("lines", "A line is not of this order, or is named twice."));
    }
    let mut lines = Vec::with_capacity(order.terms.lines.len());
    for line in &order.terms.lines {
        let change = changes.lines.iter().find(|change| change.line_id == line.id);
        let quantity = change.and_then(|change| change.quantity).unwrap_or(line.quantity);
        let unit_price = change.and_then(|change| change.unit_price).unwrap_or(line.unit_price);
        let dispatched = line.quantity - order.undispatched(line.id);
        if quantity < dispatched.max(0) {
            return Err(invalid("lines", "A line cannot have fewer units than have left already."));
        }
        if unit_price != line.unit_price && order.shipments.iter().any(|known| known.holds(line.id)) {
            return Err(invalid("lines", "The price of what has left already is fixed."));
        }
        if quantity == 0 {
            continue;
        }
        let too_large = |_| {
            Refusal::new(Code::AmountOutOfRange, "The total is too large to be kept.").at(&["input", "lines"])
        };
        let total = unit_price.line_total(quantity, order.terms.currency).map_err(too_large)?;
        lines.push(TermsLine { quantity, unit_price, total: Minor(total.minor), ..line.clone() });
    }
    if lines.is_empty() {
        return Err(invalid(
            "lines",
            "An order keeps at least one line; to end it, cancel or ask for a refund.",
        ));
    }
    Ok(lines)
}

/// The parts of the new price, and what goes back to the buyer. What is paid stays paid: while nothing is, all parts
/// follow the price; then the last unpaid part does; then there is a new part, or money back.
fn amended_instalments(order: &Order, total: i64) -> Result<(Vec<TermsInstalment>, i64), Refusal> {
    let mut parts = order.terms.instalments.clone();
    let old = order.terms.total.0;
    let unpaid = |part: &TermsInstalment| {
        order.instalments.iter().any(|known| known.seq == part.seq && known.status != InstalmentStatus::Paid)
    };
    if parts.iter().all(unpaid) {
        let (mut before, mut given) = (0_i64, 0_i64);
        for part in &mut parts {
            before += part.amount.0;
            let upto =
                (i128::from(total) * i128::from(before) + i128::from(old) - 1) / i128::from(old.max(1));
            let upto = i64::try_from(upto).unwrap_or(i64::MAX).min(total);
            part.amount = Minor(upto - given);
            given = upto;
        }
    } else if let Some(part) = parts.iter_mut().rev().find(|part| unpaid(part)) {
        part.amount = Minor(part.amount.0 + total - old);
    } else if total > old {
        let next = order.instalments.iter().map(|known| known.seq).max().unwrap_or_default() + 1;
        parts.push(TermsInstalment {
            seq: next,
            kind: InstalmentKind::Balance,
            amount: Minor(total - old),
            required_before_dispatch: true,
        });
    } else {
        let mut less = old - total;
        while let Some(part) = parts.last_mut().filter(|_| less > 0) {
            let taken = less.min(part.amount.0);
            part.amount = Minor(part.amount.0 - taken);
            less -= taken;
            if part.amount.0 == 0 {
                parts.pop();
            }
        }
        return Ok((parts, old - total));
    }
    if parts.iter().any(|part| part.amount.0 <= 0) {
        let message = "The new price leaves nothing of an instalment that is still to be paid. Pay it first, then amend.";
        return Err(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "lines"]));
    }
    Ok((parts, 0))
}

/// T06: a side proposes a change; the other one is asked.
pub(super) fn propose(run: &mut Run<'_>, proposed_by: ActorKind) -> Result<(), Refusal> {
    let Command::Amendment(AmendmentCommand::Propose { changes, reason }) = run.command else {
        return Ok(());
    };
    let made = amended_terms(&run.order, changes)?;
    if made.refund_minor > run.order.position.held() {
        let message = "Escrow does not hold the difference any more; ask for a refund instead.";
        return Err(Refusal::new(Code::AmountOutOfRange, message).at(&["input", "lines"]));
    }
    let id: AmendmentId = run.fresh();
    let order = &run.order;
    let difference_minor = made.terms.total.0 - order.terms.total.0;
    let amendment = Amendment {
        id,
        seq: u32::try_from(order.amendments.len() + 1).unwrap_or(u32::MAX),
        status: AmendmentStatus::Proposed,
        proposed_by,
        changes: changes.clone(),
        reason: reason.clone(),
        base_hash: order.terms_hash.clone(),
        terms_hash: made.terms_hash.clone(),
        total_minor: made.terms.total.0,
        difference_minor,
        refund_minor: 0,
        proposed_at: run.now,
        ended_at: None,
        contract_version: None,
    };
    let due = run.now.plus(order.terms.policy.delivery.amendment_answer);
    run.order.amendments.push(amendment);
    run.set(DeadlineKind::AmendmentAnswer, &id.to_string(), due);
    run.subject = Some(id.to_string());
    run.tell(
        EventDraft::new(EventType::AmendmentProposed)
            .with("amendmentId", id.to_string())
            .with("termsHash", made.terms_hash)
            .with("differenceMinor", difference_minor.to_string()),
    );
    Ok(())
}

fn seal_amendment(run: &mut Run<'_>) -> Result<(), Refusal> {
    let changes = run.order.open_amendment().map(|open| open.changes.clone());
    let changes = changes.ok_or_else(|| broken("No amendment is open."))?;
    let made = amended_terms(&run.order, &changes)?;
    let id = close(run, AmendmentStatus::Accepted).ok_or_else(|| broken("No amendment is open."))?;
    run.order.terms = made.terms;
    run.order.terms_hash = made.terms_hash;
    seal_contract(run);
    let version = run.order.contract.as_ref().map(|head| head.version);
    for known in run.order.amendments.iter_mut().filter(|known| known.id == id) {
        known.contract_version = version;
        known.refund_minor = made.refund_minor;
    }
    run.deadlines.push(DeadlineChange::Settle {
        kind: DeadlineKind::AmendmentAnswer,
        subject: Some(id.to_string()),
        outcome: DeadlineState::Met,
    });
    run.subject = Some(id.to_string());
    let (hash, total) = (run.order.terms_hash.clone(), run.order.terms.total.0);
    run.tell(
        EventDraft::new(EventType::AmendmentAccepted)
            .with("amendmentId", id.to_string())
            .with("contractHash", hash)
            .with("contractVersion", version.unwrap_or_default())
            .with("totalMinor", total.to_string()),
    );
    Ok(())
}

fn move_difference(run: &mut Run<'_>) -> Result<(), Refusal> {
    let mut changed = false;
    for part in run.order.terms.instalments.clone() {
        let known = run.order.instalments.iter_mut().find(|known| known.seq == part.seq);
        match known {
            Some(known) if known.status != InstalmentStatus::Paid => {
                changed |= known.amount_minor != part.amount.0;
                known.amount_minor = part.amount.0;
            }
            Some(_) => {}
            None => {
                add_instalment(run, &part);
                changed = true;
            }
        }
    }
    if changed {
        super::effect::EXPIRE_SESSIONS.apply(run)?;
    }
    let accepted = run.order.amendments.iter().rev().find(|known| known.status == AmendmentStatus::Accepted);
    let Some((id, amount)) = accepted.map(|known| (known.id, known.refund_minor)) else { return Ok(()) };
    if amount > 0 {
        pay_back(run, Payback { amount, cause: RefundCause::Amendment, subject: id.to_string() })?;
    }
    Ok(())
}

fn add_instalment(run: &mut Run<'_>, part: &TermsInstalment) {
    let id: InstalmentId = run.fresh();
    let running = run.order.deadline(DeadlineKind::BalancePayment).map(|timer| timer.due_at);
    let due = running.unwrap_or_else(|| run.now.plus(run.order.terms.policy.balance_payment));
    if running.is_none() {
        run.set(DeadlineKind::BalancePayment, SINGLE, due);
    }
    run.order.instalments.push(Instalment {
        id,
        seq: part.seq,
        kind: part.kind,
        status: InstalmentStatus::Due,
        amount_minor: part.amount.0,
        paid_minor: 0,
        required_before_dispatch: part.required_before_dispatch,
        due_at: Some(due),
    });
}

/// A new lead time, or a new part to pay before dispatch, sets the deadlines anew; a supplier that may not dispatch
/// cannot be late.
fn reschedule(run: &mut Run<'_>) {
    let accepted = run.order.amendments.iter().rev().find(|known| known.status == AmendmentStatus::Accepted);
    let moved = accepted.is_some_and(|known| known.changes.dispatch_within.is_some());
    if !moved && run.order.is_paid_for_dispatch() {
        return;
    }
    let Some(schedule) = run.schedule.as_mut() else { return };
    (schedule.dispatch_by, schedule.delivery_by) = (None, None);
    for kind in [
        DeadlineKind::DispatchWarning,
        DeadlineKind::DispatchDue,
        DeadlineKind::Dispatch,
        DeadlineKind::Delivery,
        DeadlineKind::LateDeliveryCredit,
    ] {
        run.settle(kind, DeadlineState::Cancelled);
    }
    schedule_dispatch(run);
}
