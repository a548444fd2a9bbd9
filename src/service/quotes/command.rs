//! The commands on quotes, each in its envelope.

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Role, Scope};
use crate::domain::error::{Code, Detail, Refusal};
use crate::domain::ids::{CompanyId, OrderId, QuoteId, SupplierId};
use crate::domain::money::Currency;
use crate::domain::order::Quoted;
use crate::domain::quote::{
    Quote, QuoteAnswer, QuoteCommand, QuotePart, QuoteRequest, QuoteRound, QuoteState,
};
use crate::domain::time::Timestamp;
use crate::service::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in};
use crate::service::{Error, Result, require_role, require_scope};
use crate::store::{self, Tx};

use super::part_of;

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The quote after it; with `validate_only` as it would be.
    pub quote: Quote,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// What a buyer asks for, of whom, in which currency.
#[derive(Debug, Clone, Serialize)]
pub struct RequestQuote {
    /// Who is asked.
    pub supplier: SupplierId,
    /// The currency of every figure; the first product's unless named.
    pub currency: Option<Currency>,
    /// What is asked for.
    pub request: QuoteRequest,
}

/// Asks a supplier for figures.
pub async fn request(app: &App, actor: &Actor, wish: &RequestQuote, envelope: &Envelope) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    require_role(actor, &[Role::Buyer])?;
    wish.request.check().map_err(Error::Refused)?;
    let mut attempt = 1;
    loop {
        match try_request(app, actor, wish, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_request(app: &App, actor: &Actor, wish: &RequestQuote, envelope: &Envelope) -> Result<Outcome> {
    let input = serde_json::to_value(wish).map_err(anyhow::Error::from)?;
    let claimed = match Claimed::begin(app, actor, envelope, "requestQuote", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    let buyer = actor.company.ok_or_else(|| {
        Error::Denied(Refusal::new(
            Code::Forbidden,
            "Quotes are asked for by a company; the token names none.",
        ))
    })?;
    let now = now_in(app, &claimed.tx).await?;
    let (supplier_company, currency) =
        demand_offered(&claimed.tx, wish.supplier, wish.currency, &wish.request).await?;
    if supplier_company == buyer {
        let message = "A company cannot ask itself for a quote.";
        return Err(Refusal::invalid(&["input", "supplierId"], message).into());
    }
    let first = QuoteRound {
        number: 1,
        request: wish.request.clone(),
        requested_at: now,
        answer: None,
        answered_at: None,
    };
    let quote = Quote {
        id: app.ids.make(now),
        version: 1,
        buyer,
        supplier: wish.supplier,
        supplier_company,
        currency,
        state: QuoteState::Requested,
        end_reason: None,
        rounds: vec![first],
        created_at: now,
        updated_at: now,
    };
    store::quotes::insert(&claimed.tx, &quote).await?;
    claimed.finish(app, &Made::of(quote.id)).await?;
    Ok(Outcome { quote, replayed: false })
}

/// Every product is listed, of this supplier and priced in one currency; answers the supplier's company and the
/// currency. Enrolment in Trade Assurance is not needed to be asked.
async fn demand_offered(
    tx: &Tx,
    supplier: SupplierId,
    currency: Option<Currency>,
    request: &QuoteRequest,
) -> Result<(CompanyId, Currency)> {
    let ids: Vec<_> = request.lines.iter().map(|line| line.product_id).collect();
    let offered = store::catalogue::offers::load(tx, &ids).await?;
    let mut refusals = Vec::new();
    let mut seen = None;
    for (index, id) in ids.iter().enumerate() {
        let index = index.to_string();
        let path = ["input", "lines", index.as_str(), "productId"];
        let Some((product, card)) = offered.iter().find(|(product, _)| product.id == *id) else {
            refusals.push(Refusal::not_found("product").at(&path));
            continue;
        };
        let known = product.ladder.currency();
        let (_, wanted) = *seen.get_or_insert((card.supplier.company, currency.unwrap_or(known)));
        if product.supplier != supplier {
            refusals.push(Refusal::invalid(&path, "This supplier does not offer the product."));
        }
        if known != wanted {
            let message = format!("The product is priced in {known}.");
            refusals.push(Refusal::new(Code::CurrencyMismatch, message).at(&path));
        }
    }
    match seen {
        Some(found) if refusals.is_empty() => Ok(found),
        _ => Err(Error::Refused(refusals)),
    }
}

/// One command on one quote.
struct Step<'a> {
    quote: QuoteId,
    envelope: &'a Envelope,
    operation: &'a str,
    input: Value,
    parts: &'a [QuotePart],
    command: QuoteCommand,
}

const BUYER: &[QuotePart] = &[QuotePart::Buyer];
const SUPPLIER: &[QuotePart] = &[QuotePart::Supplier];

async fn run(app: &App, actor: &Actor, step: Step<'_>) -> Result<Outcome> {
    require_scope(actor, Scope::OrdersWrite)?;
    let mut attempt = 1;
    loop {
        match try_run(app, actor, &step).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

async fn try_run(app: &App, actor: &Actor, step: &Step<'_>) -> Result<Outcome> {
    let claimed = match Claimed::begin(app, actor, step.envelope, step.operation, &step.input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(app, &made).await,
    };
    let not_found = || Refusal::not_found("quote").at(&["input", "quoteId"]);
    let before = store::quotes::lock(&claimed.tx, step.quote).await?;
    let before = before.filter(|quote| super::is_visible(actor, quote)).ok_or_else(not_found)?;
    // After the lock: a command that waited sees the time after its wait.
    let now = now_in(app, &claimed.tx).await?;
    let part = part_of(actor, &before).filter(|part| step.parts.contains(part)).ok_or_else(|| {
        Error::Denied(Refusal::new(Code::Forbidden, "Your part in this quote does not do this."))
    })?;
    check_version(&before, step.envelope.expected_version)?;
    if let QuoteCommand::Renegotiate(request) = &step.command {
        request.check().map_err(Error::Refused)?;
        demand_offered(&claimed.tx, before.supplier, Some(before.currency), request).await?;
    }
    let after = before.step(part, step.command.clone(), now).map_err(Error::Refused)?;
    store::quotes::apply(&claimed.tx, &before, &after).await?;
    crate::service::metrics::note_quote(&claimed.tx, (&before, &after), now).await?;
    claimed.finish(app, &Made::of(after.id)).await?;
    Ok(Outcome { quote: after, replayed: false })
}

fn check_version(quote: &Quote, expected: Option<i64>) -> Result<()> {
    match expected {
        Some(expected) if expected != quote.version => {
            let message = "The quote was changed since you read it. Read it again and decide again.";
            let refusal = Refusal::new(Code::VersionConflict, message).at(&["input", "expectedVersion"]);
            let subject = quote.id.to_string();
            let (current, changed_fields) = (quote.version, None);
            Err(refusal.with(Detail::Version { subject, expected, current, changed_fields }).into())
        }
        _ => Ok(()),
    }
}

/// The supplier names its figures.
pub async fn answer(
    app: &App,
    actor: &Actor,
    quote: QuoteId,
    answer: QuoteAnswer,
    currency: Option<Currency>,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "quote": quote, "answer": answer, "freightCurrency": currency });
    if let Some(currency) = currency {
        demand_currency(app, actor, quote, currency).await?;
    }
    let command = QuoteCommand::Answer(answer);
    run(app, actor, Step { quote, envelope, operation: "answerQuote", input, parts: SUPPLIER, command }).await
}

/// The currency of a quote never changes, so it can be looked at before the lock.
async fn demand_currency(app: &App, actor: &Actor, quote: QuoteId, currency: Currency) -> Result<()> {
    require_scope(actor, Scope::OrdersWrite)?;
    let found = store::quotes::load(&app.db, &[quote]).await?.pop();
    match found.filter(|found| part_of(actor, found).is_some() && found.currency != currency) {
        Some(found) => {
            let message = format!("The quote is in {}.", found.currency);
            Err(Refusal::new(Code::CurrencyMismatch, message).at(&["input", "freight"]).into())
        }
        None => Ok(()),
    }
}

/// The buyer asks again, for something else.
pub async fn renegotiate(
    app: &App,
    actor: &Actor,
    quote: QuoteId,
    request: QuoteRequest,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "quote": quote, "request": request });
    let command = QuoteCommand::Renegotiate(request);
    run(app, actor, Step { quote, envelope, operation: "renegotiateQuote", input, parts: BUYER, command })
        .await
}

/// The buyer takes the answer of a round.
pub async fn accept(
    app: &App,
    actor: &Actor,
    quote: QuoteId,
    round: u32,
    envelope: &Envelope,
) -> Result<Outcome> {
    let input = json!({ "quote": quote, "round": round });
    let command = QuoteCommand::Accept { round };
    run(app, actor, Step { quote, envelope, operation: "acceptQuote", input, parts: BUYER, command }).await
}

/// One side says no to what the other one said.
pub async fn decline(
    app: &App,
    actor: &Actor,
    quote: QuoteId,
    reason: Option<String>,
    envelope: &Envelope,
) -> Result<Outcome> {
    check_reason(reason.as_ref())?;
    let input = json!({ "quote": quote, "reason": reason });
    let command = QuoteCommand::Decline { reason };
    let parts = QuotePart::ALL;
    run(app, actor, Step { quote, envelope, operation: "declineQuote", input, parts, command }).await
}

/// One side takes back what it said itself.
pub async fn withdraw(
    app: &App,
    actor: &Actor,
    quote: QuoteId,
    reason: Option<String>,
    envelope: &Envelope,
) -> Result<Outcome> {
    check_reason(reason.as_ref())?;
    let input = json!({ "quote": quote, "reason": reason });
    let command = QuoteCommand::Withdraw { reason };
    let parts = QuotePart::ALL;
    run(app, actor, Step { quote, envelope, operation: "withdrawQuote", input, parts, command }).await
}

fn check_reason(reason: Option<&String>) -> Result<()> {
    if reason.is_some_and(|text| text.chars().count() > 1_000) {
        return Err(Refusal::invalid(&["input", "reason"], "A reason has at most 1000 characters.").into());
    }
    Ok(())
}

async fn replay(app: &App, made: &Made) -> Result<Outcome> {
    let id: QuoteId = made.subject()?;
    let quote = store::quotes::load(&app.db, &[id]).await?.pop();
    let quote = quote.ok_or_else(|| anyhow::anyhow!("{id} is gone"))?;
    Ok(Outcome { quote, replayed: true })
}

/// A quote that an order takes its figures from, before and after.
pub(in crate::service) struct Taken {
    before: Quote,
    after: Quote,
    /// The figures.
    pub(in crate::service) quoted: Quoted,
}

impl Taken {
    /// Writes that the order has the quote's figures; the order's row has to be there.
    pub(in crate::service) async fn write(&self, tx: &Tx) -> Result<()> {
        Ok(store::quotes::apply(tx, &self.before, &self.after).await?)
    }

    /// What the accepted round asked for of a product.
    pub(in crate::service) fn specification(&self, product: crate::domain::ids::ProductId) -> Option<String> {
        let lines = self.after.round().map(|round| &round.request.lines)?;
        lines.iter().find(|line| line.product_id == product)?.specification.clone()
    }
}

/// Takes an accepted quote for an order of its buyer, under its lock: one order each.
pub(in crate::service) async fn take(
    tx: &Tx,
    actor: &Actor,
    id: QuoteId,
    order: OrderId,
    now: Timestamp,
) -> Result<Taken> {
    let path = ["input", "quoteId"];
    let before = store::quotes::lock(tx, id).await?;
    let own = before.filter(|quote| part_of(actor, quote) == Some(QuotePart::Buyer));
    let before = own.ok_or_else(|| Refusal::not_found("quote").at(&path))?;
    let blame = |refusals: Vec<Refusal>| refusals.into_iter().map(|refusal| refusal.at(&path)).collect();
    let after = before
        .step(QuotePart::Buyer, QuoteCommand::Order { order }, now)
        .map_err(|refusals| Error::Refused(blame(refusals)))?;
    let round = after.round().and_then(|round| round.answer.clone().map(|answer| (round, answer)));
    let (round, answer) = round.ok_or_else(|| anyhow::anyhow!("{id} was accepted without an answer"))?;
    let quoted = Quoted {
        id,
        answer,
        currency: after.currency,
        destination: round.request.destination.clone(),
        incoterm: round.request.incoterm.clone(),
    };
    Ok(Taken { before, after, quoted })
}
