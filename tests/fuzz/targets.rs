//! What is fed with chance, and what must hold of it whatever comes.

use std::sync::Arc;

use async_graphql::Response;
use axum::http::Uri;
use surety::domain::actor::Actor;
use surety::domain::cursor::{self, Key};
use surety::domain::error::Code;
use surety::domain::import::{
    CategoryRow, FileKind, Item, LeadTimeRow, OrderLineRow, OrderRow, PriceRow, ProductRow, ReviewRow, Row,
    SupplierRow, csv,
};
use surety::domain::time::Timestamp;
use surety::domain::webhook::schedule;
use surety::graphql;
use surety::http::door::request::Parameters;
use surety::http::door::respond::{self, Outcome};
use surety::http::door::{Admitted, Transport};
use surety::service;
use surety::service::auth;
use surety::service::payments::signature::sign;
use surety::service::payments::{self, SignedHeaders};

use super::chance::Chance;
use super::documents::Writer;
use super::world::World;

/// Statements that one admitted document may run: pages are bounded, and rows below them are read together. Most are of a sandbox's
/// clock that is advanced, which fires every timer on its way.
const STATEMENTS: usize = 20_000;
/// Bytes that one answer may have.
const ANSWER_BYTES: usize = 16 << 20;

/// What is fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Documents, from text over the door to their execution as somebody.
    Documents,
    /// Bodies and query strings.
    Requests,
    /// Cursors of lists.
    Cursors,
    /// `Authorization` headers.
    Tokens,
    /// The messages of payment providers and their signatures.
    Webhooks,
    /// `Retry-After` of partners, and what follows from it.
    RetryAfter,
    /// Files that history is imported from.
    Csv,
}

impl Target {
    /// Every target, and how many cases of it a round has: what is cheap is tried more often.
    pub const ROUND: [(Self, u64); 7] = [
        (Self::Documents, 8),
        (Self::Requests, 64),
        (Self::Cursors, 64),
        (Self::Tokens, 16),
        (Self::Webhooks, 4),
        (Self::RetryAfter, 64),
        (Self::Csv, 64),
    ];

    /// One case; the error says what does not hold.
    pub async fn run(self, world: &World, texts: &[String], mut chance: Chance) -> Result<(), String> {
        match self {
            Self::Documents => document(world, texts, &mut chance).await,
            Self::Requests => request(texts, &mut chance),
            Self::Cursors => cursors(&mut chance),
            Self::Tokens => token(world, &mut chance).await,
            Self::Webhooks => webhook(world, &mut chance).await,
            Self::RetryAfter => retry_after(&mut chance),
            Self::Csv => table(&mut chance),
        }
    }
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

async fn document(world: &World, texts: &[String], chance: &mut Chance) -> Result<(), String> {
    let none = serde_json::Map::new();
    let (text, variables) = match chance.below(4) {
        0 => (chance.one_of(texts).clone(), none),
        1 => {
            let original = chance.one_of(texts).clone();
            (chance.text_like(&original), none)
        }
        2 => Writer::new(world.door.schema(), &world.ids, chance).document(),
        _ => {
            let (original, variables) = Writer::new(world.door.schema(), &world.ids, chance).document();
            (chance.text_like(&original), variables)
        }
    };
    let text = serde_json::json!({ "query": text, "variables": variables }).to_string();
    let parameters =
        Parameters::from_body(text.as_bytes(), 50_000).map_err(|refused| format!("{refused:?} of {text}"))?;
    let admitted = match world.door.admit(&parameters, Transport::Post) {
        Ok(admitted) => admitted,
        Err(refused) => {
            let codes = refused.errors.iter().map(|error| error.extensions.code);
            return demand(!codes.clone().any(|code| code == Code::Internal.as_str()), || {
                format!("the door fails at {text:?}")
            });
        }
    };
    let actor = Arc::clone(chance.one_of(&world.actors));
    execute(world, admitted, &actor).await.map_err(|wrong| format!("{wrong}: {text:?} as {:?}", actor.role))
}

async fn execute(world: &World, admitted: Admitted, actor: &Arc<Actor>) -> Result<(), String> {
    world.statements();
    let request = graphql::with_caller(admitted.request, &world.app, actor);
    let response: Response = Box::pin(world.schema.execute(request)).await;
    let statements = world.statements();
    demand(statements <= STATEMENTS, || format!("it ran {statements} statements"))?;
    let words: Vec<String> = match respond::present(response, &admitted.trail) {
        Outcome::Refused(refused) => {
            refused.errors.iter().map(|error| error.extensions.code.to_owned()).collect()
        }
        Outcome::Executed(response) => {
            let bytes = serde_json::to_vec(&response).map_err(|error| error.to_string())?.len();
            demand(bytes <= ANSWER_BYTES, || format!("its answer has {bytes} bytes"))?;
            let codes =
                response.errors.iter().filter_map(|error| error.extensions.as_ref()?.get("code").cloned());
            codes.map(|code| code.to_string().trim_matches('"').to_owned()).collect()
        }
    };
    demand(!words.iter().any(|word| word == Code::Internal.as_str()), || "INTERNAL".to_owned())
}

fn request(texts: &[String], chance: &mut Chance) -> Result<(), String> {
    let query = chance.one_of(texts).clone();
    let name = chance.text();
    let good = serde_json::json!({
        "query": query, "operationName": name, "variables": { "a": chance.text(), "b": [1, null, { "c": 1.5 }] },
        "extensions": { "persistedQuery": { "version": 1, "sha256Hash": chance.text() } },
    });
    let body = good.to_string();
    let read =
        Parameters::from_body(body.as_bytes(), 50_000).map_err(|refused| format!("{refused:?} of {body}"))?;
    demand(read.query.as_deref() == Some(query.as_str()), || format!("another query is read from {body}"))?;
    // Whatever it says to this, it says something.
    drop(Parameters::from_body(&chance.bytes_like(body.as_bytes()), 1 + chance.below(1_000)));
    let mut address = url::Url::parse("http://host/graphql").map_err(|error| error.to_string())?;
    address.query_pairs_mut().append_pair("query", &query).append_pair("operationName", &name);
    let changed = chance.text_like(address.query().unwrap_or_default());
    for query in [address.query().unwrap_or_default(), changed.as_str()] {
        if let Ok(uri) = format!("/graphql?{query}").parse::<Uri>() {
            drop(Parameters::from_query_string(&uri));
        }
    }
    Ok(())
}

fn cursors(chance: &mut Chance) -> Result<(), String> {
    let list = chance.text();
    let key = |chance: &mut Chance| {
        if chance.percent(50) {
            Key::Int(i64::from_le_bytes(chance.draw().to_le_bytes()))
        } else {
            Key::Text(chance.text().replace('\0', ""))
        }
    };
    let keys: Vec<Key> = (0..chance.below(4)).map(|_| key(chance)).collect();
    let cursor = cursor::encode(&list, &keys);
    let back = cursor::decode(&list, &keys, &cursor);
    demand(back.as_ref() == Ok(&keys), || format!("{cursor} of {list:?} {keys:?} is read as {back:?}"))?;
    let changed = chance.text_like(&cursor);
    if let Ok(found) = cursor::decode(&list, &keys, &changed) {
        // What is taken is what could have been written.
        let again = cursor::decode(&list, &keys, &cursor::encode(&list, &found));
        demand(again.as_ref() == Ok(&found), || {
            format!("{changed} is read as {found:?}, then as {again:?}")
        })?;
    }
    Ok(())
}

async fn token(world: &World, chance: &mut Chance) -> Result<(), String> {
    let good = chance.one_of(&world.headers).clone();
    let changed = match chance.below(3) {
        0 => chance.text_like(&good),
        1 => {
            let other = chance.one_of(&world.headers);
            parts_mixed(&good, other)
        }
        _ => chance.text(),
    };
    match auth::authenticate(&world.app, Some(&changed)).await {
        // The scheme's case and spaces around a token change nothing; nobody becomes somebody else.
        Ok(session) => demand(world.headers.iter().any(|header| same_token(header, &changed)), || {
            format!("{changed:?} stands for {:?}", session.actor)
        }),
        Err(service::Error::Denied(refusal)) => demand(refusal.code == Code::Unauthenticated, || {
            format!("{changed:?} is refused as {}", refusal.code)
        }),
        Err(other) => Err(format!("{changed:?}: {other:?}")),
    }
}

/// The first two parts of one token with the signature of another.
fn parts_mixed(one: &str, other: &str) -> String {
    let said = one.rsplit_once('.').map_or(one, |(said, _)| said);
    let signature = other.rsplit_once('.').map_or("", |(_, signature)| signature);
    format!("{said}.{signature}")
}

fn same_token(one: &str, other: &str) -> bool {
    let token = |header: &str| header.split_once(' ').map(|(_, token)| token.trim().to_owned());
    token(one) == token(other)
}

async fn webhook(world: &World, chance: &mut Chance) -> Result<(), String> {
    let payment = chance.one_of(&world.ids).clone();
    let kind = *chance.one_of(&[
        "payment.succeeded",
        "payment.failed",
        "payment.processing",
        "payout.paid",
        "refund.failed",
        "x",
    ]);
    let minor = chance.text();
    let message = serde_json::json!({ "type": kind, "data": {
        "paymentId": payment, "reference": format!("sandbox_{payment}"), "amountMinor": minor, "currency": "USD",
    }});
    let body = chance.bytes_like(message.to_string().as_bytes());
    let (id, timestamp) = (format!("message-{}", chance.draw()), world.app.clock.now().seconds().to_string());
    let secret = world.app.webhook_secrets.first().ok_or("no secret")?;
    let signature = sign(secret, &id, &timestamp, &body).map_err(|error| error.to_string())?;
    let is_forged = chance.percent(30);
    let changed = if is_forged { chance.text_like(&signature) } else { signature.clone() };
    let fits = changed.split_ascii_whitespace().any(|one| one == signature);
    let headers = SignedHeaders { id, timestamp, signature: changed };
    match payments::receive(&world.app, "sandbox", &headers, &body).await {
        Ok(()) => demand(fits, || format!("a forged message was taken: {headers:?}")),
        Err(service::Error::Denied(_) | service::Error::Refused(_)) => Ok(()),
        Err(other) => Err(format!("{other:?} at {:?}", String::from_utf8_lossy(&body))),
    }
}

fn retry_after(chance: &mut Chance) -> Result<(), String> {
    let good =
        *chance.one_of(&["120", "0", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999", "-1", ""]);
    let text = chance.text_like(good);
    let now = Timestamp::from_seconds(1_777_896_000);
    let asked = schedule::retry_after(&text, now);
    let failed = i64::from_le_bytes(chance.draw().to_le_bytes()) >> chance.below(64);
    let dice = u32::try_from(chance.draw() >> 32).unwrap_or_default();
    let Some(next) = schedule::next(failed, asked, dice, now) else { return Ok(()) };
    let days = next.since(now).as_seconds() / 86_400;
    demand(next >= now && days <= 3, || format!("{text:?} after {failed} failures: {next}"))
}

fn table(chance: &mut Chance) -> Result<(), String> {
    let mut fields = |count: usize| -> Vec<String> { (0..count).map(|_| chance.text()).collect() };
    let written: Vec<Vec<String>> = (0..3).map(|_| fields(3)).collect();
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in &written {
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let text = writer.into_inner().map_err(|error| error.to_string())?;
    let read = rows(&text)?;
    let as_bytes: Vec<Vec<Vec<u8>>> =
        written.iter().map(|row| row.iter().map(|field| field.clone().into_bytes()).collect()).collect();
    demand(read == as_bytes, || format!("{:?} is read as {read:?}", String::from_utf8_lossy(&text)))?;
    rows(&chance.bytes_like(&text))?;
    row_of_each_file(chance);
    Ok(())
}

/// Reads a text row by row; each step goes on.
fn rows(text: &[u8]) -> Result<Vec<Vec<Vec<u8>>>, String> {
    let (mut at, mut found) = (0, Vec::new());
    while at < text.len() {
        let rest = &text[at..];
        let length = match csv::next(rest, true) {
            csv::Next::Row { fields, length } => {
                found.push(fields);
                length
            }
            csv::Next::Broken(_) => csv::line_length(rest).unwrap_or(rest.len()),
            csv::Next::More => {
                return Err(format!("there is no more than {:?}", String::from_utf8_lossy(text)));
            }
        };
        demand((1..=rest.len()).contains(&length), || format!("{length} bytes of {}", rest.len()))?;
        at += length;
    }
    Ok(found)
}

/// A row of chance for each kind of file: it is read or its faults are named.
fn row_of_each_file(chance: &mut Chance) {
    let now = Timestamp::from_seconds(1_777_896_000);
    let mut row = |kind: FileKind| {
        let columns = kind.required().iter().chain(kind.optional());
        let cells = columns.map(|column| {
            let text = match chance.below(4) {
                0 => chance.text(),
                1 => {
                    (*chance.one_of(&["USD", "DE", "2026-05-04", "2026-05-04T12:00:00Z", "completed", "FOB"]))
                        .to_owned()
                }
                _ => (*chance.one_of(&["1", "10", "-1", "2.5", "0.0000001", "9223372036854775808", "5"]))
                    .to_owned(),
            };
            (Arc::from(*column), text)
        });
        Row::new(1, cells.collect::<Vec<_>>())
    };
    drop(CategoryRow::read(&row(FileKind::Categories), now));
    drop(SupplierRow::read(&row(FileKind::Suppliers), now));
    drop(ProductRow::read(&row(FileKind::Products), now));
    drop(PriceRow::read(&row(FileKind::Prices), now));
    drop(LeadTimeRow::read(&row(FileKind::LeadTimes), now));
    drop(OrderRow::read(&row(FileKind::Orders), now));
    drop(OrderLineRow::read(&row(FileKind::OrderLines), now));
    drop(ReviewRow::read(&row(FileKind::Reviews), now));
}
