//! The machine of a quote: every status, action and part.

use super::*;
use crate::domain::contract::Minor;
use crate::domain::ids::{ProductId, TypedId};
use crate::domain::money::UnitPrice;
use crate::domain::time::Span;

fn request() -> QuoteRequest {
    let line = QuoteRequestLine {
        product_id: ProductId::from_u128(1),
        quantity: 500,
        specification: None,
        target_unit_price: None,
    };
    QuoteRequest {
        lines: vec![line],
        destination: "DE".to_owned(),
        incoterm: None,
        sample_first: false,
        note: None,
    }
}

fn answer(valid_until: Timestamp) -> QuoteAnswer {
    let line = QuoteAnswerLine {
        product_id: ProductId::from_u128(1),
        unit_price: UnitPrice::parse("1.8725").unwrap(),
        minimum_order_quantity: 300,
        lead_days: 12,
    };
    QuoteAnswer { lines: vec![line], freight: Minor(9_900), transit_days: Some(30), valid_until, note: None }
}

fn quote(now: Timestamp) -> Quote {
    Quote {
        id: QuoteId::from_u128(1),
        version: 1,
        buyer: CompanyId::from_u128(1),
        supplier: SupplierId::from_u128(2),
        supplier_company: CompanyId::from_u128(2),
        currency: Currency::USD,
        state: QuoteState::Requested,
        end_reason: None,
        rounds: vec![QuoteRound {
            number: 1,
            request: request(),
            requested_at: now,
            answer: None,
            answered_at: None,
        }],
        created_at: now,
        updated_at: now,
    }
}

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

fn until() -> Timestamp {
    NOW.plus(Span::days(7))
}

/// A quote in every state that it can have.
fn all() -> Vec<Quote> {
    let asked = quote(NOW);
    let step = |quote: &Quote, part, command| quote.step(part, command, NOW).unwrap();
    let answered = step(&asked, QuotePart::Supplier, QuoteCommand::Answer(answer(until())));
    let accepted = step(&answered, QuotePart::Buyer, QuoteCommand::Accept { round: 1 });
    let ordered = step(&accepted, QuotePart::Buyer, QuoteCommand::Order { order: OrderId::from_u128(9) });
    let declined = step(&answered, QuotePart::Buyer, QuoteCommand::Decline { reason: None });
    let withdrawn = step(&answered, QuotePart::Supplier, QuoteCommand::Withdraw { reason: None });
    vec![asked, answered, accepted, ordered, declined, withdrawn]
}

fn command(action: QuoteAction) -> QuoteCommand {
    match action {
        QuoteAction::Answer => QuoteCommand::Answer(answer(until().plus(Span::days(9)))),
        QuoteAction::Renegotiate => QuoteCommand::Renegotiate(request()),
        QuoteAction::Accept => QuoteCommand::Accept { round: 1 },
        QuoteAction::Decline => QuoteCommand::Decline { reason: None },
        QuoteAction::Withdraw => QuoteCommand::Withdraw { reason: None },
        QuoteAction::Order => QuoteCommand::Order { order: OrderId::from_u128(9) },
    }
}

#[test]
fn what_is_announced_is_what_is_done() {
    let mut reached = Vec::new();
    for quote in all() {
        for now in [NOW, until(), until().plus(Span::seconds(1))] {
            for part in QuotePart::ALL {
                let allowed = quote.allowed(*part, now);
                for action in QuoteAction::ALL {
                    let done = quote.step(*part, command(*action), now);
                    assert_eq!(
                        done.is_ok(),
                        allowed.contains(action),
                        "{action} {part} {:?}: {done:?}",
                        quote.state
                    );
                    if let Ok(next) = done {
                        assert_eq!(next.version, quote.version + 1);
                        assert!(next.rounds.len() >= quote.rounds.len());
                        reached.push((quote.status(now), *action, *part, next.status(now)));
                    }
                }
            }
        }
    }
    let ends =
        |status| matches!(status, QuoteStatus::Ordered | QuoteStatus::Declined | QuoteStatus::Withdrawn);
    assert!(reached.iter().all(|(from, ..)| !ends(*from)), "an end is an end");
    for status in QuoteStatus::ALL {
        let seen = *status == QuoteStatus::Expired || reached.iter().any(|(.., to)| to == status);
        assert!(seen, "{status} is never reached");
    }
}

#[test]
fn validity_ends_after_its_instant() {
    let answered = quote(NOW).step(QuotePart::Supplier, QuoteCommand::Answer(answer(until())), NOW).unwrap();
    let accept = |now| answered.step(QuotePart::Buyer, QuoteCommand::Accept { round: 1 }, now);
    let second = Span::seconds(1);
    assert!(accept(until().minus(second)).is_ok() && accept(until()).is_ok());
    assert_eq!(accept(until().plus(second)).unwrap_err()[0].code, Code::DeadlinePassed);
    let accepted = accept(until()).unwrap();
    let order =
        |now| accepted.step(QuotePart::Buyer, QuoteCommand::Order { order: OrderId::from_u128(9) }, now);
    assert!(order(until()).is_ok());
    assert_eq!(order(until().plus(second)).unwrap_err()[0].code, Code::DeadlinePassed);
    assert_eq!(accepted.status(until().plus(second)), QuoteStatus::Expired);
}

#[test]
fn rounds_are_numbered_and_bounded() {
    let mut quote = quote(NOW);
    for number in 1..=MAXIMUM_ROUNDS {
        quote = quote.step(QuotePart::Supplier, QuoteCommand::Answer(answer(until())), NOW).unwrap();
        let stale = quote.step(QuotePart::Buyer, QuoteCommand::Accept { round: number + 1 }, NOW);
        assert_eq!(stale.unwrap_err()[0].code, Code::TermsMismatch);
        let again = quote.step(QuotePart::Buyer, QuoteCommand::Renegotiate(request()), NOW);
        if number == MAXIMUM_ROUNDS {
            assert_eq!(again.unwrap_err()[0].code, Code::TransitionRefused);
            break;
        }
        quote = again.unwrap();
        assert_eq!(quote.round().unwrap().number, number + 1);
    }
}

#[test]
fn every_figure_that_does_not_fit_is_named() {
    let blamed = |answer: &QuoteAnswer| -> Vec<String> {
        let refusals = answer.check(&request(), Currency::USD, NOW).unwrap_err();
        refusals.iter().map(|refusal| refusal.field.last().unwrap().clone()).collect()
    };
    let good = answer(until());
    assert!(good.check(&request(), Currency::USD, NOW).is_ok());
    for valid_until in [NOW, NOW.minus(Span::days(1)), NOW.plus(Span::seconds(365 * 86_400 + 1))] {
        assert_eq!(blamed(&answer(valid_until)), ["validUntil"]);
    }
    assert_eq!(blamed(&QuoteAnswer { freight: Minor(-1), ..good.clone() }), ["freight"]);
    assert_eq!(blamed(&QuoteAnswer { transit_days: Some(-1), ..good.clone() }), ["transitDays"]);
    assert_eq!(blamed(&QuoteAnswer { lines: Vec::new(), ..good.clone() }), ["lines"]);
    let mut odd = good.clone();
    odd.lines[0] = QuoteAnswerLine {
        product_id: ProductId::from_u128(2),
        unit_price: UnitPrice::parse("0").unwrap(),
        minimum_order_quantity: 0,
        lead_days: -1,
    };
    assert_eq!(blamed(&odd), ["productId", "minimumOrderQuantity", "leadDays", "unitPrice"]);
    let mut twice = good;
    twice.lines.push(twice.lines[0].clone());
    assert_eq!(blamed(&twice), ["productId"]);
    let empty = QuoteRequest { lines: Vec::new(), ..request() };
    assert_eq!(empty.check().unwrap_err()[0].field, ["input", "lines"]);
}
