//! One order from search to release against a running sandbox, as two partners' programs would do it, with a subscriber
//! that breaks off and comes back.
//!
//! ```sh
//! cargo run --release &                        # the sandbox
//! cargo run --example order -- http://127.0.0.1:8080 \
//!     "$(surety token --role buyer)" "$(surety token --role supplier)"
//! ```

#![expect(clippy::print_stdout, reason = "the transcript is what the example is for")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// A partner's program: where the server is and who it is.
struct Partner {
    name: &'static str,
    base: String,
    token: String,
    http: reqwest::Client,
}

impl Partner {
    async fn asks(&self, query: &str, variables: Value) -> Result<Value> {
        let request = self.http.post(format!("{}/graphql", self.base)).bearer_auth(&self.token);
        let answer: Value =
            request.json(&json!({ "query": query, "variables": variables })).send().await?.json().await?;
        if let Some(errors) = answer.get("errors") {
            bail!("{}: {errors}", self.name);
        }
        Ok(answer["data"].clone())
    }

    /// A command: its input, what it asks back of the order; a refusal ends the example.
    async fn commands(&self, mutation: &str, input: Value, fields: &str) -> Result<Value> {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ userErrors {{ code message }} {fields} \
             order {{ id number status termsHash escrow {{ held {{ amount }} released {{ amount }} fee {{ amount }} }} \
             shipments {{ id }} }} }} }}"
        );
        let answer = self.asks(&query, json!({ "input": input })).await?[mutation].clone();
        if answer["userErrors"].as_array().is_some_and(|errors| !errors.is_empty()) {
            bail!("{} {mutation}: {}", self.name, answer["userErrors"]);
        }
        let order = &answer["order"];
        println!(
            "{:8} {mutation:22} {:17} held {:>9}  released {:>9}  fee {:>7}",
            self.name,
            text(&order["status"]),
            text(&order["escrow"]["held"]["amount"]),
            text(&order["escrow"]["released"]["amount"]),
            text(&order["escrow"]["fee"]["amount"]),
        );
        Ok(answer)
    }

    /// Listens until the first checkpoint and `count` events came, and answers the last cursor.
    async fn listens(&self, order: &Value, after: Option<String>, count: usize) -> Result<Option<String>> {
        let url = format!("{}/graphql/ws", self.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse()?);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        let init = json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", self.token) } });
        socket.send(Message::text(init.to_string())).await?;
        let query = "subscription($order: ID, $after: Cursor) { orderStatusChanged(orderId: $order, after: $after) { \
                     __typename ... on Checkpoint { cursor } ... on OrderStatusEvent { cursor type sequence status } } }";
        let payload = json!({ "query": query, "variables": { "order": order, "after": after } });
        let (mut cursor, mut heard) = (after, 0);
        let mut placed = false;
        while heard < count || !placed {
            let next = tokio::time::timeout(Duration::from_secs(30), socket.next()).await?;
            let Message::Text(frame) = next.context("the socket ended")?? else { continue };
            let frame: Value = serde_json::from_str(&frame)?;
            match text(&frame["type"]).as_str() {
                "connection_ack" => {
                    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": payload });
                    socket.send(Message::text(subscribe.to_string())).await?;
                }
                "next" => {
                    let told = &frame["payload"]["data"]["orderStatusChanged"];
                    cursor = told["cursor"].as_str().map(str::to_owned);
                    placed = true;
                    if told["__typename"] == "OrderStatusEvent" {
                        heard += 1;
                        println!(
                            "  heard  {:>2} {:24} {}",
                            told["sequence"],
                            text(&told["type"]),
                            text(&told["status"])
                        );
                    } else {
                        println!("  heard     checkpoint");
                    }
                }
                "ping" => socket.send(Message::text(json!({ "type": "pong" }).to_string())).await?,
                other => bail!("unexpected {other}: {frame}"),
            }
        }
        socket.close(None).await?;
        Ok(cursor)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |what: &str| {
        arguments
            .next()
            .with_context(|| format!("usage: order ADDRESS BUYER_TOKEN SUPPLIER_TOKEN; {what} is missing"))
    };
    let base = argument("the address")?;
    let http = reqwest::Client::new();
    let buyer = Partner {
        name: "buyer",
        base: base.clone(),
        token: argument("the buyer's token")?,
        http: http.clone(),
    };
    let supplier = Partner { name: "supplier", base, token: argument("the supplier's token")?, http };
    #[expect(clippy::disallowed_methods, reason = "a client makes its own idempotency keys")]
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let key = |step: &str| format!("example-{run}-{step}");

    let me =
        supplier.asks("{ viewer { supplier { id name } } }", json!({})).await?["viewer"]["supplier"].clone();
    let found = buyer.asks(SEARCH, json!({ "supplier": me["id"] })).await?["products"].clone();
    let product = &found["nodes"][0];
    let seller = &product["supplier"];
    println!(
        "{} products of {}; first: {} from {}",
        found["totalCount"],
        text(&me["name"]),
        text(&product["title"]),
        seller["badges"]
    );

    let least = product["minimumOrderQuantity"].as_i64().context("no minimum")?;
    let step = product["orderIncrement"].as_i64().context("no increment")?;
    let lines = json!([{ "productId": product["id"], "quantity": (least + step - 1) / step * step }]);
    let wish = json!({ "idempotencyKey": key("place"), "lines": lines, "destinationCountry": "DE" });
    let order = buyer.commands("placeOrder", wish, "").await?["order"].clone();
    let on = |step: &str, more: Value| {
        let mut input = json!({ "idempotencyKey": key(step), "orderId": order["id"] });
        if let (Some(input), Some(more)) = (input.as_object_mut(), more.as_object()) {
            input.extend(more.clone());
        }
        input
    };
    supplier.commands("confirmOrder", on("confirm", json!({ "termsHash": order["termsHash"] })), "").await?;
    // From the very beginning: the events so far come first, then what happens.
    let begin = buyer.listens(&order["id"], None, 0).await?;
    let session =
        buyer.commands("createPaymentSession", on("pay", json!({})), "payment { id sessionUrl }").await?;
    buyer.commands("settleSandboxPayment", json!({ "paymentId": session["payment"]["id"] }), "").await?;
    println!("the subscriber connects");
    let cursor = buyer.listens(&order["id"], begin, 2).await?;
    println!("the subscriber breaks off");
    let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-7731", "mode": "AIR" });
    let sent = supplier.commands("dispatchShipment", on("dispatch", how), "").await?;
    let shipment = &sent["order"]["shipments"][0]["id"];
    let arrived =
        json!({ "idempotencyKey": key("deliver"), "shipmentId": shipment, "proofOfDelivery": "POD-1" });
    supplier.commands("recordDelivery", arrived, "").await?;
    buyer.commands("confirmReceipt", on("receipt", json!({})), "").await?;
    println!("the subscriber comes back with its last cursor");
    buyer.listens(&order["id"], cursor, 4).await?;

    println!("ledger of order {}", text(&order["number"]));
    let ledger = buyer.asks(LEDGER, json!({ "order": order["id"] })).await?;
    for entry in ledger["order"]["escrow"]["entries"].as_array().into_iter().flatten() {
        let amount = &entry["amount"];
        println!(
            "  {:8} {:>10} {}  {} -> {}",
            text(&entry["code"]),
            text(&amount["amount"]),
            text(&amount["currencyCode"]),
            text(&entry["debit"]),
            text(&entry["credit"]),
        );
    }
    Ok(())
}

const SEARCH: &str = "query($supplier: ID) { products(first: 1, filter: { supplierId: $supplier }) { totalCount nodes { \
                      id title minimumOrderQuantity orderIncrement supplier { name badges { kind } } } } }";

const LEDGER: &str = "query($order: ID!) { order(id: $order) { escrow { entries { \
                      code debit credit amount { amount currencyCode } } } } }";
