//! What must hold for the transitions of returns.

use super::{EasyReturn, ReturnCommand, ReturnStatus};
use crate::domain::order::guard::{Blocker, Condition, Guard, unless};
use crate::domain::order::{Command, HoldKind, Order};

/// What the contract alone decides: these tell whether an order has the protection at all.
pub(in crate::domain::order) const ALWAYS_ASKED: &[Guard] =
    &[MARKED, WITHIN_LIMIT, COUNTRY_FITS, FIRST_RETURN];
/// The contract marks every line.
pub(super) const MARKED: Guard = Guard::new("every line has the mark", |order, _, _| {
    unless(order.has_easy_return(), Blocker::NoEasyReturn)
});
/// Goods and freight are within the limit.
pub(super) const WITHIN_LIMIT: Guard = Guard::new("goods and freight within the limit", |order, _, _| {
    unless(order.is_within_return_limit(), Blocker::ReturnTooDear)
});
/// The destination is in the contract's list.
pub(super) const COUNTRY_FITS: Guard = Guard::new("destination in the list", |order, _, _| {
    let countries = &order.terms.policy.easy_return.countries;
    unless(countries.contains(&order.terms.destination), Blocker::ReturnCountryNotServed)
});
/// The window is open.
pub(super) const IN_WINDOW: Guard = Guard::new("within the window after receipt", |order, _, now| {
    unless(order.returnable_until().is_some_and(|until| now <= until), Blocker::ReturnWindowOver)
});
/// It is the order's first return.
pub(super) const FIRST_RETURN: Guard = Guard::new("first return of the order", |order, _, _| {
    unless(order.returns.is_empty(), Blocker::ReturnedBefore)
});
/// Something is left to pay back.
pub(super) const REFUNDABLE: Guard = Guard::new("something is left to pay back", |order, _, _| {
    unless(order.position.refundable() > 0, Blocker::NothingToRefund)
});
/// A warehouse receives returns there.
pub(super) const HAS_WAREHOUSE: Guard =
    Guard::new("a local warehouse", |_, command, _| match easy_return(command) {
        Some(ReturnCommand::Request { warehouse, .. }) => {
            unless(warehouse.is_some(), Blocker::ReturnCountryNotServed)
        }
        _ => None,
    });
/// The return waits to be shipped.
pub(super) const APPROVED: Guard = Guard::new("approved", |order, command, _| {
    let approved = named(order, command).is_some_and(|known| known.status == ReturnStatus::Approved);
    unless(approved, Blocker::NoSuchReturn)
});
/// The time to ship is not over.
pub(super) const IN_TIME_TO_SHIP: Guard = Guard::new("in time to ship", |order, command, now| {
    let over = named(order, command).is_some_and(|known| now > known.ship_by);
    unless(!over, Blocker::ReturnShipmentOverdue)
});
/// The goods are on their way.
pub(super) const SHIPPED: Guard = Guard::new("shipped", |order, command, _| {
    let shipped = named(order, command).is_some_and(|known| known.status == ReturnStatus::Shipped);
    unless(shipped, Blocker::NoSuchReturn)
});
/// Nothing but the return itself freezes the order.
pub(super) const NO_OTHER_HOLD: Guard = Guard::new("no hold but the return's own", |order, _, _| {
    let own = order.open_return().map(|known| known.id.to_string());
    let other = order.holds.iter().any(|hold| hold.kind != HoldKind::RefundRequest || hold.subject != own);
    unless(!other, Blocker::OnHold)
});

/// The warehouse takes the goods.
pub(super) const TAKEN: Condition = Condition::new("accepted", |_, command| match easy_return(command) {
    Some(ReturnCommand::Receive { rejection, .. }) => rejection.is_none(),
    _ => true,
});
/// The warehouse refuses the goods.
pub(super) const REFUSED: Condition = Condition::new("rejected", |_, command| match easy_return(command) {
    Some(ReturnCommand::Receive { rejection, .. }) => rejection.is_some(),
    _ => true,
});

pub(super) fn easy_return(command: Option<&Command>) -> Option<&ReturnCommand> {
    match command {
        Some(Command::Return(command)) => Some(command),
        _ => None,
    }
}

/// The return that a command names; without a command the one under way.
pub(super) fn named<'a>(order: &'a Order, command: Option<&Command>) -> Option<&'a EasyReturn> {
    let wanted = easy_return(command).and_then(ReturnCommand::id);
    order.open_return().filter(|known| wanted.is_none_or(|wanted| known.id == wanted))
}
