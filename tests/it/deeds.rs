//! What can be done to an order, each deed with the stages at which it may be tried: the one table behind the fault
//! matrix and the race matrix. A new command is one entry in [`DEEDS`]; a new state is one arm in [`Trade::at`].

use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use surety::service::payments::signature::sign;
use surety::service::payments::{self, SignedHeaders};
use surety::service::{Error, deadlines, events};

use super::deeds_care::CARE;
use super::deeds_money::{CASES, MONEY};
use super::disputes::dollars;
use super::stages::{Stage, goods};
use super::trade::Trade;
use super::world::{Answer, Party, World};

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
    /// Who does it; what the provider says begins with the word money.
    pub by: Who,
    /// Does it.
    pub act: Act,
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Buyer,
    Supplier,
    Operator,
    /// Another operator.
    Second,
    Inspector,
    Warehouse,
    /// The provider or the clock.
    Nobody,
}

impl Who {
    /// Nobody where a trade has no such party yet, see [`Trade::everybody`].
    fn of(self, trade: &Trade, order: &Value) -> Option<Party> {
        let known = match self {
            Self::Buyer | Self::Nobody => Some(&trade.buyer),
            Self::Supplier => return Some(trade.seller_of(order)),
            Self::Operator => trade.staff.operator.get(),
            Self::Second => trade.staff.second.get(),
            Self::Inspector => trade.staff.inspector.get(),
            Self::Warehouse => trade.staff.warehouse.get(),
        };
        known.cloned()
    }
}

/// A deed of the buyer.
pub const fn deed(name: &'static str, stages: &'static [Stage], act: Act) -> Deed {
    Deed { name, stages, is_clock: false, by: Who::Buyer, act }
}

impl Deed {
    /// The same of somebody else.
    pub const fn by(self, by: Who) -> Self {
        Self { by, ..self }
    }
}

/// Gives a command of one order or a part of it; `NOTHING` where the part is not there.
pub fn gives(
    who: Who,
    (trade, order, key): (Arc<Trade>, Value, String),
    mutation: &'static str,
    mut input: Value,
) -> BoxFuture<'static, String> {
    async move {
        if input.as_object().unwrap().values().any(Value::is_null) {
            return NOTHING.to_owned();
        }
        input["idempotencyKey"] = json!(key);
        let Some(party) = who.of(&trade, &order) else { return NOTHING.to_owned() };
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query =
            format!("mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}");
        verdict(&party.asks(&query, json!({ "input": input })).await)
    }
    .boxed()
}

/// The provider says something; the key is the message's id.
pub fn says(trade: Arc<Trade>, key: String, about: &Value, body: String) -> BoxFuture<'static, String> {
    let is_there = !about.is_null();
    async move { if is_there { trade.world.provider_sends(&key, &body).await } else { NOTHING.to_owned() } }
        .boxed()
}

use Stage as S;

/// Everything that can be done.
pub static DEEDS: LazyLock<Vec<Deed>> = LazyLock::new(|| [SPINE, MONEY, CASES, CARE].concat());

/// The way from draft to closed, its money, and what freezes it.
const SPINE: &[Deed] = &[
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
    })
    .by(Who::Supplier),
    deed("declineOrder", &[S::Placed], |trade, order, key| {
        supplier(trade, "declineOrder", order, key, json!({}))
    })
    .by(Who::Supplier),
    deed(
        "cancelOrder by the buyer",
        &[S::Draft, S::Placed, S::Confirmed, S::Asked, S::SetAside, S::Credited],
        |trade, order, key| buyer(trade, "cancelOrder", order, key, json!({})),
    ),
    deed("cancelOrder by the supplier", &[S::Confirmed, S::Asked], |trade, order, key| {
        supplier(trade, "cancelOrder", order, key, json!({}))
    })
    .by(Who::Supplier),
    deed(
        "createPaymentSession",
        &[S::Confirmed, S::Asked, S::DepositPaid, S::SetAside, S::Credited, S::Unpaid],
        |trade, order, key| buyer(trade, "createPaymentSession", order, key, json!({})),
    ),
    deed("money", &[S::Asked, S::BalanceAsked, S::SetAside], |trade, order, key| {
        provider(trade, "succeeded", order, key, 0)
    })
    .by(Who::Nobody),
    deed("money of the wrong amount", &[S::Asked], |trade, order, key| {
        provider(trade, "succeeded", order, key, 1)
    })
    .by(Who::Nobody),
    deed("money on its way", &[S::Asked], |trade, order, key| provider(trade, "processing", order, key, 0))
        .by(Who::Nobody),
    deed("money that fails", &[S::Asked], |trade, order, key| provider(trade, "failed", order, key, 0))
        .by(Who::Nobody),
    deed("markReady", &[S::DepositPaid, S::Paid, S::ToInspect, S::Failed], |trade, order, key| {
        supplier(trade, "markReady", order, key, json!({}))
    })
    .by(Who::Supplier),
    deed(
        "dispatchShipment of everything",
        &[S::Paid, S::Ready, S::PartiallyShipped, S::Amended, S::Unsent, S::Late, S::Shares, S::Unpaid],
        |trade, order, key| supplier(trade, "dispatchShipment", order, key, goods(&Value::Null, 0)),
    )
    .by(Who::Supplier),
    deed("dispatchShipment of a part", &[S::Paid, S::Ready, S::PartiallyShipped], |trade, order, key| {
        let part = goods(&order["lines"][0]["id"], 30);
        supplier(trade, "dispatchShipment", order, key, part)
    })
    .by(Who::Supplier),
    deed("recordDelivery", &[S::Shipped, S::Shares], |trade, order, key| {
        async move {
            let shipment = &order["shipments"][0]["id"];
            let input = json!({ "idempotencyKey": key, "shipmentId": shipment, "proofOfDelivery": "POD-1" });
            verdict(&trade.supplier.commands("recordDelivery", input, "userErrors { code }").await)
        }
        .boxed()
    })
    .by(Who::Supplier),
    deed(
        "confirmReceipt",
        &[
            S::Shipped,
            S::Delivered,
            S::Claimed,
            S::Held,
            S::ChargedBack,
            S::RefundAsked,
            S::Returnable,
            S::ReturnShipped,
            S::ServiceAsked,
        ],
        |trade, order, key| buyer(trade, "confirmReceipt", order, key, json!({})),
    ),
    deed(
        "requestRefund",
        &[
            S::Paid,
            S::Shipped,
            S::Delivered,
            S::Held,
            S::Completed,
            S::Amended,
            S::Unsent,
            S::Late,
            S::Shares,
            S::Released,
            S::Returnable,
            S::Scheduled,
            S::InInspection,
            S::ServiceRefused,
        ],
        |trade, order, key| {
            async move {
                let more = json!({ "idempotencyKey": key });
                verdict(&trade.claims_as(&trade.buyer, &order, dollars(5_000), more).await)
            }
            .boxed()
        },
    ),
    deed("respondToRefundRequest", &[S::Claimed, S::Offered, S::Refused], |trade, order, key| {
        dispute(trade, false, "respondToRefundRequest", order, key, json!({ "accept": true }))
    })
    .by(Who::Supplier),
    deed("withdrawDispute", &[S::Claimed, S::Offered, S::Refused, S::Heard], |trade, order, key| {
        dispute(trade, true, "withdrawDispute", order, key, json!({}))
    }),
    deed(
        "placeRiskHold",
        &[
            S::Paid,
            S::Shipped,
            S::Delivered,
            S::Claimed,
            S::Approved,
            S::Amended,
            S::Unsent,
            S::Shares,
            S::Returnable,
            S::Scheduled,
            S::ReturnShipped,
        ],
        |trade, order, key| {
            async move {
                let operator = trade.operator().await.clone();
                let more = json!({ "idempotencyKey": key, "reason": "odd" });
                verdict(&trade.on(&operator, "placeRiskHold", &order, more).await)
            }
            .boxed()
        },
    )
    .by(Who::Operator),
    deed(
        "money charged back",
        &[
            S::Paid,
            S::Delivered,
            S::Claimed,
            S::Completed,
            S::ChargedBack,
            S::Heard,
            S::Decided,
            S::Amended,
            S::Unsent,
            S::Released,
            S::PayoutAsked,
            S::Returnable,
            S::ReturnShipped,
            S::InInspection,
            S::ServiceRefused,
            S::RefundAsked,
        ],
        |trade, order, key| provider(trade, "chargeback.opened", order, key, 0),
    )
    .by(Who::Nobody),
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
            S::Heard,
            S::Decided,
            S::SetAside,
            S::Credited,
            S::Released,
            S::Amended,
            S::Unsent,
            S::Unpaid,
            S::Late,
            S::Shares,
            S::ToInspect,
            S::Booked,
            S::FeePaid,
            S::Scheduled,
            S::InInspection,
            S::Returnable,
            S::ReturnApproved,
            S::ReturnShipped,
            S::ServiceAsked,
            S::ServiceGiven,
            S::ServiceRefused,
        ],
        is_clock: true,
        by: Who::Nobody,
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
        let party = if by_buyer { trade.buyer.clone() } else { trade.seller_of(&order) };
        verdict(&trade.on(&party, name, &order, more).await)
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
        self.provider_sends(id, &message(kind, payment, minor)).await
    }

    /// The same of anything.
    pub async fn provider_sends(&self, id: &str, body: &str) -> String {
        let timestamp = self.now().seconds().to_string();
        let signature = sign(&self.app.webhook_secrets[0], id, &timestamp, body.as_bytes()).unwrap();
        let headers = SignedHeaders { id: id.to_owned(), timestamp, signature };
        match Box::pin(payments::receive(&self.app, "sandbox", &headers, body.as_bytes())).await {
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
