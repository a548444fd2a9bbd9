//! What can be done to an order, each deed with the stages at which it may be tried: the one table behind the fault
//! matrix and the race matrix. A new command is one entry in [`DEEDS`]; a new state is one arm in [`Trade::at`].

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::payments::signature::sign;
use surety::service::payments::{self, SignedHeaders};
use surety::service::{Error, deadlines, events};

use super::disputes::dollars;
use super::trade::{ORDER, Trade};
use super::world::{Answer, World};

/// How far an order is, by the shortest way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// There is no order yet.
    Nothing,
    Draft,
    Placed,
    Confirmed,
    /// A payment session of the whole price is open.
    Asked,
    /// The deposit came; the balance is due.
    DepositPaid,
    /// A session of the balance is open.
    BalanceAsked,
    Paid,
    Ready,
    PartiallyShipped,
    Shipped,
    Delivered,
    /// Delivered, and the buyer asks for a part of the money back.
    Claimed,
    /// Delivered, and the platform looks into it.
    Held,
    Completed,
}

impl Stage {
    pub const ALL: &[Self] = &[
        Self::Nothing,
        Self::Draft,
        Self::Placed,
        Self::Confirmed,
        Self::Asked,
        Self::DepositPaid,
        Self::BalanceAsked,
        Self::Paid,
        Self::Ready,
        Self::PartiallyShipped,
        Self::Shipped,
        Self::Delivered,
        Self::Claimed,
        Self::Held,
        Self::Completed,
    ];

    /// How long the clock has to pass until it acts on an order of this stage.
    fn patience(self) -> Span {
        match self {
            Self::Nothing | Self::Draft | Self::Shipped => Span::ZERO,
            Self::Placed | Self::Completed => Span::days(31),
            Self::Confirmed | Self::Asked | Self::DepositPaid | Self::BalanceAsked => Span::days(61),
            Self::Paid | Self::Ready | Self::PartiallyShipped | Self::Claimed => Span::days(8),
            Self::Delivered | Self::Held => Span::days(46),
        }
    }
}

/// Does it to an order with a key, and answers `done` or the code of the refusal.
pub type Act = fn(Arc<Trade>, Value, String) -> BoxFuture<'static, String>;

/// Something that can be done.
#[derive(Clone, Copy)]
pub struct Deed {
    /// What it is called in reports.
    pub name: &'static str,
    /// At which stages it may be tried.
    pub stages: &'static [Stage],
    /// Whether it is the clock: then its time comes before it is tried.
    pub is_clock: bool,
    /// Does it.
    pub act: Act,
}

const fn deed(name: &'static str, stages: &'static [Stage], act: Act) -> Deed {
    Deed { name, stages, is_clock: false, act }
}

use Stage as S;

/// Everything that can be done.
pub const DEEDS: &[Deed] = &[
    deed("placeOrder", &[S::Nothing], |trade, _, key| {
        async move {
            let mut wish = trade.wish(100);
            wish["idempotencyKey"] = json!(key);
            wish["externalReference"] = json!(key);
            verdict(&trade.places(wish).await)
        }
        .boxed()
    }),
    deed("submitOrder", &[S::Draft], |trade, order, key| buyer(trade, "submitOrder", order, key, json!({}))),
    deed("confirmOrder", &[S::Placed], |trade, order, key| {
        let terms = json!({ "termsHash": order["termsHash"] });
        supplier(trade, "confirmOrder", order, key, terms)
    }),
    deed("declineOrder", &[S::Placed], |trade, order, key| {
        supplier(trade, "declineOrder", order, key, json!({}))
    }),
    deed("cancelOrder by the buyer", &[S::Draft, S::Placed, S::Confirmed, S::Asked], |trade, order, key| {
        buyer(trade, "cancelOrder", order, key, json!({}))
    }),
    deed("cancelOrder by the supplier", &[S::Confirmed, S::Asked], |trade, order, key| {
        supplier(trade, "cancelOrder", order, key, json!({}))
    }),
    deed("createPaymentSession", &[S::Confirmed, S::Asked, S::DepositPaid], |trade, order, key| {
        buyer(trade, "createPaymentSession", order, key, json!({}))
    }),
    deed("money", &[S::Asked, S::BalanceAsked], |trade, order, key| {
        provider(trade, "succeeded", order, key, 0)
    }),
    deed("money of the wrong amount", &[S::Asked], |trade, order, key| {
        provider(trade, "succeeded", order, key, 1)
    }),
    deed("money on its way", &[S::Asked], |trade, order, key| provider(trade, "processing", order, key, 0)),
    deed("money that fails", &[S::Asked], |trade, order, key| provider(trade, "failed", order, key, 0)),
    deed("markReady", &[S::DepositPaid, S::Paid], |trade, order, key| {
        supplier(trade, "markReady", order, key, json!({}))
    }),
    deed("dispatchShipment of everything", &[S::Paid, S::Ready, S::PartiallyShipped], |trade, order, key| {
        supplier(trade, "dispatchShipment", order, key, goods(&Value::Null, 0))
    }),
    deed("dispatchShipment of a part", &[S::Paid, S::Ready, S::PartiallyShipped], |trade, order, key| {
        let part = goods(&order["lines"][0]["id"], 30);
        supplier(trade, "dispatchShipment", order, key, part)
    }),
    deed("recordDelivery", &[S::Shipped], |trade, order, key| {
        async move {
            let shipment = &order["shipments"][0]["id"];
            let input = json!({ "idempotencyKey": key, "shipmentId": shipment, "proofOfDelivery": "POD-1" });
            verdict(&trade.supplier.commands("recordDelivery", input, "userErrors { code }").await)
        }
        .boxed()
    }),
    deed("confirmReceipt", &[S::Shipped, S::Delivered, S::Claimed, S::Held], |trade, order, key| {
        buyer(trade, "confirmReceipt", order, key, json!({}))
    }),
    deed(
        "requestRefund",
        &[S::Paid, S::Shipped, S::Delivered, S::Held, S::Completed],
        |trade, order, key| {
            async move {
                let more = json!({ "idempotencyKey": key });
                verdict(&trade.claims_as(&trade.buyer, &order, dollars(5_000), more).await)
            }
            .boxed()
        },
    ),
    deed("respondToRefundRequest", &[S::Claimed], |trade, order, key| {
        dispute(trade, false, "respondToRefundRequest", order, key, json!({ "accept": true }))
    }),
    deed("withdrawDispute", &[S::Claimed], |trade, order, key| {
        dispute(trade, true, "withdrawDispute", order, key, json!({}))
    }),
    deed("placeRiskHold", &[S::Paid, S::Shipped, S::Delivered, S::Claimed], |trade, order, key| {
        async move {
            let operator = trade.operator().await.clone();
            let more = json!({ "idempotencyKey": key, "reason": "odd" });
            verdict(&trade.on(&operator, "placeRiskHold", &order, more).await)
        }
        .boxed()
    }),
    deed("money charged back", &[S::Paid, S::Delivered, S::Claimed, S::Completed], |trade, order, key| {
        provider(trade, "chargeback.opened", order, key, 0)
    }),
    Deed {
        name: "the clock",
        stages: &[
            S::Placed,
            S::Confirmed,
            S::Asked,
            S::DepositPaid,
            S::Paid,
            S::Delivered,
            S::Claimed,
            S::Held,
            S::Completed,
        ],
        is_clock: true,
        act: |trade, _, _| {
            async move {
                match deadlines::sweep(&trade.world.app).await {
                    Ok(_) => "done".to_owned(),
                    Err(error) => code(&error),
                }
            }
            .boxed()
        },
    },
];

fn goods(line: &Value, quantity: i64) -> Value {
    let mut out = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
    if quantity > 0 {
        out["lines"] = json!([{ "orderLineId": line, "quantity": quantity }]);
    }
    out
}

fn buyer(
    trade: Arc<Trade>,
    name: &'static str,
    order: Value,
    key: String,
    more: Value,
) -> BoxFuture<'static, String> {
    command(trade, true, name, order, key, more)
}

fn supplier(
    trade: Arc<Trade>,
    name: &'static str,
    order: Value,
    key: String,
    more: Value,
) -> BoxFuture<'static, String> {
    command(trade, false, name, order, key, more)
}

fn command(
    trade: Arc<Trade>,
    by_buyer: bool,
    name: &'static str,
    order: Value,
    key: String,
    mut more: Value,
) -> BoxFuture<'static, String> {
    more["idempotencyKey"] = Value::String(key);
    async move {
        let party = if by_buyer { &trade.buyer } else { &trade.supplier };
        verdict(&trade.on(party, name, &order, more).await)
    }
    .boxed()
}

fn dispute(
    trade: Arc<Trade>,
    by_buyer: bool,
    name: &'static str,
    order: Value,
    key: String,
    mut more: Value,
) -> BoxFuture<'static, String> {
    more["idempotencyKey"] = Value::String(key);
    async move {
        if order["dispute"].is_null() {
            return NOTHING.to_owned();
        }
        let party = if by_buyer { &trade.buyer } else { &trade.supplier };
        verdict(&trade.disputes(party, name, &order["dispute"], more).await)
    }
    .boxed()
}

/// What a deed answers where there is nothing to do it to.
pub const NOTHING: &str = "NOTHING";

/// The provider tells of the order's last payment; the key is the message's id.
fn provider(
    trade: Arc<Trade>,
    kind: &'static str,
    order: Value,
    key: String,
    too_much: i64,
) -> BoxFuture<'static, String> {
    async move {
        let Some(payment) = order["payments"].as_array().and_then(|list| list.last()).cloned() else {
            return NOTHING.to_owned();
        };
        let paid: i64 = order["instalments"].as_array().map_or(0, |parts| {
            let due = parts.iter().find(|part| part["status"] != "PAID").or(parts.last());
            due.map_or(0, |part| part["amount"]["minorUnits"].as_str().unwrap().parse().unwrap())
        });
        trade.world.provider_says(&key, kind, &payment["id"], paid + too_much).await
    }
    .boxed()
}

/// `done`, or the code of the refusal.
pub fn verdict(answer: &Answer) -> String {
    answer.codes().first().cloned().unwrap_or_else(|| "done".to_owned())
}

fn code(error: &Error) -> String {
    match error {
        Error::Denied(refusal) => refusal.code.as_str().to_owned(),
        Error::Refused(list) => list.first().map_or("?", |refusal| refusal.code.as_str()).to_owned(),
        Error::Internal(_) => "INTERNAL".to_owned(),
    }
}

/// What the provider says of a payment: the bytes that it signs.
pub fn message(kind: &str, payment: &Value, minor: i64) -> String {
    let reference = format!("sandbox_{}", payment.as_str().unwrap());
    let kind = if kind.contains('.') { kind.to_owned() } else { format!("payment.{kind}") };
    json!({ "type": kind, "data": {
        "paymentId": payment, "reference": reference, "amountMinor": minor.to_string(), "currency": "USD",
    }})
    .to_string()
}

impl World {
    /// A signed message of the provider, past HTTP; a second one with the same id is the same message.
    pub async fn provider_says(&self, id: &str, kind: &str, payment: &Value, minor: i64) -> String {
        let body = message(kind, payment, minor);
        let timestamp = self.now().seconds().to_string();
        let signature = sign(&self.app.webhook_secrets[0], id, &timestamp, body.as_bytes()).unwrap();
        let headers = SignedHeaders { id: id.to_owned(), timestamp, signature };
        match payments::receive(&self.app, "sandbox", &headers, body.as_bytes()).await {
            Ok(()) => "done".to_owned(),
            Err(error) => code(&error),
        }
    }

    /// What became of an order, without ids and instants: status, money, timers, events, payments, shipments. Two orders
    /// with the same fate went the same way, whatever order of commands led there.
    pub async fn fate(&self, order: &str) -> Vec<String> {
        events::sequence(&self.app).await.unwrap();
        let parts: Vec<_> = FATE.iter().map(|part| part.replace(":order", &format!("'{order}'"))).collect();
        let rows = self.rows(&parts.join(" UNION ALL ")).await;
        let mut fate: Vec<String> = rows.iter().map(|row| row.try_get("", "fate").unwrap()).collect();
        fate.sort_unstable();
        fate
    }

    /// The id of the order that a reference names.
    pub async fn order_of_reference(&self, reference: &str) -> Option<String> {
        let sql = format!("SELECT id FROM orders WHERE external_reference = '{reference}'");
        self.rows(&sql).await.first().map(|row| row.try_get("", "id").unwrap())
    }
}

/// What counts of an order, one statement for each table.
const FATE: &[&str] = &[
    "SELECT 'order ' || status || ' ' || version AS fate FROM orders WHERE id = :order",
    "SELECT 'money ' || p.kind || ' ' || p.seq || ' ' || t.code || ' ' || d.kind || '>' || c.kind || ' ' || t.amount_minor \
     FROM transfer t JOIN posting p ON p.id = t.posting_id JOIN account d ON d.id = t.debit_account_id \
     JOIN account c ON c.id = t.credit_account_id WHERE t.order_id = :order",
    "SELECT 'timer ' || kind || ' ' || CASE WHEN length(subject) > 20 THEN '#' ELSE subject END || ' ' || state FROM deadline \
     WHERE order_id = :order",
    "SELECT 'event ' || type FROM event_log WHERE order_id = :order",
    "SELECT 'payment ' || status FROM payment WHERE order_id = :order",
    "SELECT 'instalment ' || kind || ' ' || status || ' ' || paid_minor FROM instalment WHERE order_id = :order",
    "SELECT 'shipment ' || s.status || ' ' || l.quantity FROM shipment s JOIN shipment_line l ON l.shipment_id = s.id \
     WHERE s.order_id = :order",
    "SELECT 'set aside ' || reason || ' ' || amount_minor FROM suspense_item WHERE order_id = :order",
    "SELECT 'region ' || region || ' ' || status FROM order_region WHERE order_id = :order",
    "SELECT 'hold ' || kind || CASE WHEN lifted_at IS NULL THEN '' ELSE ' lifted' END FROM order_hold WHERE order_id = :order",
    "SELECT 'owed ' || kind FROM provider_request WHERE subject IN (SELECT id FROM order_region WHERE order_id = :order)",
    "SELECT 'contract ' || version FROM contract WHERE order_id = :order",
];

impl Trade {
    /// An order of 100 at a stage, as the buyer sees it; with the clock's time come where it is wanted.
    pub async fn at(&self, stage: Stage, clock_is_due: bool) -> Value {
        if clock_is_due {
            // The clock is to act on this order alone, not on all that earlier tries left behind.
            self.world
                .tampers(
                    "UPDATE deadline SET state = 'CANCELLED', settled_at = due_at WHERE state = 'PENDING'",
                )
                .await;
        }
        let mut dispute = Value::Null;
        let order = match stage {
            Stage::Nothing => return json!({}),
            Stage::Draft => {
                let mut wish = self.wish(100);
                wish["draft"] = json!(true);
                self.places(wish).await.good()["placeOrder"]["order"].clone()
            }
            Stage::Placed => self.placed(100).await,
            Stage::Confirmed => self.confirmed(100).await,
            Stage::Asked => {
                let order = self.confirmed(100).await;
                self.session(&order).await;
                order
            }
            Stage::DepositPaid | Stage::BalanceAsked => {
                let mut wish = self.wish(100);
                wish["depositPercent"] = json!(30);
                let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
                let order = self.confirms(&order).await;
                let order = self.pays(&order).await;
                if stage == Stage::BalanceAsked {
                    self.session(&order).await;
                }
                order
            }
            Stage::Paid => self.paid(100).await,
            Stage::Ready => {
                let order = self.paid(100).await;
                self.on(&self.supplier, "markReady", &order, json!({})).await.good()["markReady"]["order"]
                    .clone()
            }
            Stage::PartiallyShipped => {
                let order = self.paid(100).await;
                let part = goods(&order["lines"][0]["id"], 30);
                let answer = self.on(&self.supplier, "dispatchShipment", &order, part).await;
                answer.good()["dispatchShipment"]["order"].clone()
            }
            Stage::Shipped => {
                let order = self.paid(100).await;
                self.dispatches(&order).await
            }
            Stage::Delivered => self.delivered(100).await,
            Stage::Claimed => {
                let order = self.delivered(100).await;
                dispute = self.claimed(&order, 5_000).await;
                order
            }
            Stage::Held => {
                let order = self.delivered(100).await;
                let operator = self.operator().await;
                self.on(operator, "placeRiskHold", &order, json!({ "reason": "odd" })).await.good();
                order
            }
            Stage::Completed => {
                let order = self.delivered(100).await;
                let answer = self.on(&self.buyer, "confirmReceipt", &order, json!({})).await;
                answer.good()["confirmReceipt"]["order"].clone()
            }
        };
        if clock_is_due {
            self.world.passes(stage.patience());
        }
        let mut order = self.order(&order, ORDER).await;
        order["dispute"] = dispute;
        order
    }
}
