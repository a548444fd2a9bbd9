//! The order machine alone, without a database: every status × command × actor, what it offers against what it takes,
//! and `docs/TRANSITIONS.md`, rendered from the table that decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use surety::domain::error::Code;
use surety::domain::ledger::TransferCode;
use surety::domain::order::table::{Target, transitions};
use surety::domain::order::view::{actions, allowed_commands};
use surety::domain::order::{ActorKind, CommandKind, Hold, HoldKind, Order, OrderStatus, step};
use surety::domain::time::Span;

use super::bench::{Bench, actors_of, shape};
use super::bench_delivery::instants;
use super::tidy::same_as_file;

/// Who commands what from where.
type Triple = (OrderStatus, CommandKind, ActorKind);

/// Rows of the table that nothing reaches yet; what comes later makes them live.
fn not_yet(triple: Triple) -> bool {
    use OrderStatus as S;
    let (status, command, _) = &triple;
    // A fee is paid only once an inspection is booked.
    let unbooked =
        matches!(status, S::Draft | S::PendingSupplier | S::PendingPayment | S::Cancelled | S::Expired);
    // What is guaranteed is not inspected; an order that is inspected is settled by the same rows as any other.
    let guaranteed = matches!(command, CommandKind::ClaimLateDelivery | CommandKind::GrantLateDelivery);
    // The bench amends and confirms in every other status; here the rows are the same.
    let amends = matches!(
        command,
        CommandKind::AcceptAmendment
            | CommandKind::DeclineAmendment
            | CommandKind::WithdrawAmendment
            | CommandKind::ExpireAmendment
            | CommandKind::ConfirmDecision
    );
    // A payment exists only once the contract is sealed.
    let unsealed = matches!(status, S::Draft | S::PendingSupplier);
    // Without proof of delivery the clock confirms nothing.
    let unproven = *status == S::Shipped && *command == CommandKind::AutoConfirmReceipt;
    unproven
        || (unbooked && *command == CommandKind::ReportInspectionPayment)
        || (guaranteed && *status == S::InInspection)
        || (amends && *status == S::InInspection)
        || (*status == S::Settled && *command == CommandKind::ReportInspectionPayment)
        || (unsealed && *command == CommandKind::ReportPayment)
}

#[test]
fn exactly_what_the_table_lists_is_accepted() {
    let bench = Bench::new();
    let now = bench.start.plus(Span::hours(1));
    let orders = bench.representatives();
    let statuses: BTreeSet<_> = orders.iter().map(Order::status).collect();
    let (mut cases, mut accepted, mut used) = (0, BTreeSet::new(), BTreeSet::new());
    let mut met = BTreeSet::new();
    for order in &orders {
        // What no row lists for a status is refused whatever else the order has: asked once for each status is enough.
        let first = met.insert(order.status());
        for command in bench.commands(order) {
            let heard = actors_of(order, &command);
            let actors: Vec<_> =
                ActorKind::ALL.iter().filter(|actor| first || heard.contains(actor)).collect();
            for (actor, later) in actors
                .into_iter()
                .flat_map(|actor| instants(order, &command).into_iter().map(move |later| (actor, later)))
            {
                cases += 1;
                let now = now.plus(later);
                let listed = |row: &&surety::domain::order::table::Transition| {
                    row.command == command.kind()
                        && row.actors.contains(actor)
                        && row.from.contains(&order.status())
                };
                match step(order, *actor, &command, now) {
                    Ok(done) => {
                        let row = transitions().filter(listed).find(|row| row.id == done.transition);
                        let row = row.unwrap_or_else(|| {
                            panic!("{} does not list {command:?} by {actor}", done.transition)
                        });
                        let to = match row.to {
                            Target::Status(status) => status,
                            Target::Same => order.status(),
                        };
                        assert_eq!(
                            (done.order.status(), done.order.version),
                            (to, order.version + 1),
                            "{command:?}"
                        );
                        accepted.insert((order.status(), command.kind(), *actor));
                        used.insert(row.id);
                    }
                    Err(refusal) => {
                        let detail = refusal.detail.is_some();
                        let state = matches!(refusal.code, Code::TransitionRefused | Code::DeadlinePassed);
                        assert_eq!(detail, state, "{command:?} by {actor}: {refusal:?}");
                        assert_ne!(
                            refusal.code,
                            Code::Internal,
                            "{command:?} by {actor} in {}",
                            order.status()
                        );
                    }
                }
            }
        }
    }
    let listed: BTreeSet<Triple> = transitions()
        .flat_map(|row| {
            row.from
                .iter()
                .flat_map(move |from| row.actors.iter().map(move |actor| (*from, row.command, *actor)))
        })
        .collect();
    let dead: Vec<_> = listed.difference(&accepted).filter(|triple| !not_yet(**triple)).collect();
    assert!(dead.is_empty(), "listed and never accepted: {dead:?}");
    assert!(accepted.is_subset(&listed), "accepted and not listed");
    let born: Vec<_> = accepted.iter().filter(|triple| not_yet(**triple)).collect();
    assert!(born.is_empty(), "the test calls these unreachable: {born:?}");
    let idle: Vec<_> = transitions().map(|row| row.id).filter(|id| !used.contains(id)).collect();
    assert!(idle.is_empty(), "rows that nothing used: {idle:?}");
    let unreached: Vec<_> = OrderStatus::ALL.iter().filter(|status| !statuses.contains(status)).collect();
    assert_eq!(unreached, Vec::<&OrderStatus>::new());
    println!(
        "matrix: {} orders, {cases} cases, {} triples accepted of {} listed, all {} rows used",
        orders.len(),
        accepted.len(),
        listed.len(),
        used.len()
    );
}

#[test]
fn what_is_offered_is_what_is_taken() {
    let bench = Bench::new();
    let now = bench.start.plus(Span::hours(1));
    let mut orders = bench.representatives();
    // The same on hold for something else.
    let plain = |order: &&Order| order.disputes.is_empty() && order.chargebacks.is_empty();
    let held: Vec<_> = orders
        .iter()
        .filter(plain)
        .filter(|order| order.holds.is_empty())
        .map(|order| {
            let hold = Hold {
                id: bench.ids.make(now),
                kind: HoldKind::Dispute,
                reason: "a case".to_owned(),
                subject: None,
                placed_by: None,
                lift_approved_by: None,
                placed_at: now,
            };
            Order { holds: vec![hold], ..order.clone() }
        })
        .collect();
    orders.extend(held);
    // And late, when the supplier's time is over.
    let late = now.plus(Span::days(40));
    let mut offered = 0;
    for (order, now) in orders.iter().flat_map(|order| [(order, now), (order, late)]) {
        let actors = [
            ActorKind::Buyer,
            ActorKind::Supplier,
            ActorKind::Operator,
            ActorKind::Carrier,
            ActorKind::Inspector,
            ActorKind::Warehouse,
        ];
        for actor in actors {
            let mut taken: BTreeMap<CommandKind, Vec<Code>> = BTreeMap::new();
            for command in bench.commands(order) {
                if !actors_of(order, &command).contains(&actor) {
                    continue;
                }
                let codes = taken.entry(command.kind()).or_default();
                match step(order, actor, &command, now) {
                    Ok(done) => {
                        codes.clear();
                        codes.push(Code::Internal);
                        let released =
                            done.postings.iter().any(|posting| posting.sum(TransferCode::Release) > 0);
                        assert!(order.holds.is_empty() || !released, "money was released on hold");
                        let listed = allowed_commands(order, actor, now).any(|kind| kind == command.kind());
                        assert!(
                            listed,
                            "{} takes {command:?} from {actor} and does not offer it",
                            order.status()
                        );
                    }
                    Err(refusal) if codes.first() != Some(&Code::Internal) => codes.push(refusal.code),
                    Err(_) => {}
                }
            }
            for action in actions(order, actor, now) {
                offered += 1;
                let codes = &taken[&action.command];
                let place = format!("{} to {actor} in {} {}", action.command, order.kind(), shape(order));
                match action.blocked_by.first() {
                    None => assert_eq!(codes, &[Code::Internal], "offered and not taken: {place}"),
                    Some(blocker) => assert!(
                        codes.contains(&blocker.code()) && !codes.contains(&Code::Internal),
                        "{place}: {codes:?}"
                    ),
                }
            }
        }
    }
    println!("offers: {offered} actions of {} orders, each taken or refused as it said", orders.len());
}

#[test]
fn transitions_are_documented() {
    let mut text = String::from(
        "# Transitions of an order\n\nRendered from `src/domain/order/table.rs`; `tests/it/machine.rs` compares and says how to write it anew.\n\n\
         A row names where it starts, what is commanded and by whom, when it is meant and not its neighbour, what must hold, \
         where it leads, and what it does. What no row lists is refused and changes nothing. `same` means that the status \
         stays and another region moves.\n\n| id | from | command | by | when | must hold | to | does |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in transitions() {
        let from =
            if row.from.len() == OrderStatus::ALL.len() { "any".to_owned() } else { join(row.from, ", ") };
        let to = match row.to {
            Target::Status(status) => status.to_string(),
            Target::Same => "same".to_owned(),
        };
        let (by, when) = (join(row.actors, ", "), join(row.when, "; "));
        let (guards, effects) = (join(row.guards, "; "), join(row.effects, "; "));
        writeln!(
            text,
            "| {} | {from} | {} | {by} | {when} | {guards} | {to} | {effects} |",
            row.id, row.command
        )
        .unwrap();
    }
    same_as_file("docs/TRANSITIONS.md", &text);
}

fn join<T: ToString>(items: &[T], between: &str) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}
