//! Verbs of a trade: a protected supplier with a product, a buyer, and each command as one of them gives it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::ids::ProductId;
use surety::domain::product::{GuaranteedTerms, Product, SampleOffer};
use surety::domain::time::Span;
use surety::service::deadlines;
use surety::store::catalogue::{badges, listing};

use super::stages::Staff;
use super::world::{Answer, Party, World};

/// What every command asks back.
pub const ORDER: &str = "id number status version termsHash \
    escrow { due { minorUnits } held { minorUnits } released { minorUnits } fee { minorUnits } blockedBy } \
    instalments { id kind status amount { minorUnits } } payments { id status failure } \
    shipments { id status lines { orderLineId quantity } } lines { id quantity unitPrice total { amount } }";

/// What every command tells beside the order.
pub const ERRORS: &str = "replayed userErrors { __typename code field message \
    ... on TransitionRefused { from allowedActions blockedBy } ... on VersionConflict { expectedVersion currentVersion } }";

/// A buyer and a protected supplier with a product at 2.50 dollars from 1 and 2.00 from 100, ten at least.
pub struct Trade {
    /// The world that it happens in.
    pub world: World,
    /// Who buys.
    pub buyer: Party,
    /// Who sells.
    pub supplier: Party,
    /// What is sold; also as a sample, and on guaranteed terms.
    pub product: ProductId,
    keys: Arc<AtomicU32>,
    /// Who else acts in it.
    pub staff: Staff,
}

impl World {
    /// A buyer, a protected supplier and its product.
    pub async fn trade(&self) -> Trade {
        self.trade_with(|_| {}).await
    }

    /// The same for many at once, who may wait for each other's locks.
    pub async fn racing_trade(&self) -> Arc<Trade> {
        self.has_time_for_locks().await;
        Arc::new(self.trade().await)
    }

    /// The same with the product changed before it is stocked.
    pub async fn trade_with(&self, change: impl FnOnce(&mut Product)) -> Trade {
        let buyer = self.buyer("Northwind Stores").await;
        let supplier = self.protected_supplier("Harbour Mills").await;
        let seller = supplier.actor.supplier.unwrap();
        let mut product = self.product(seller, "Canvas bag");
        product.sample_offer = Some(SampleOffer { price_minor: 500, maximum_quantity: 3, lead_days: 2 });
        product.guaranteed = Some(GuaranteedTerms { dispatch_within_hours: 72, delivery_days: 20 });
        change(&mut product);
        self.stock(std::slice::from_ref(&product)).await;
        Trade {
            world: self.clone(),
            buyer,
            supplier,
            product: product.id,
            keys: Arc::default(),
            staff: Staff::default(),
        }
    }

    /// A supplier that is enrolled in Trade Assurance, with an app.
    pub async fn protected_supplier(&self, name: &str) -> Party {
        let supplier = self.seller(name).await;
        let id = supplier.actor.supplier.unwrap();
        let award = self.award(BadgeSubject::Supplier(id), BadgeKind::TradeAssurance, None);
        let tx = self.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[award]).await.unwrap();
        listing::refresh_suppliers(&tx, &[id], self.now()).await.unwrap();
        tx.commit().await.unwrap();
        supplier
    }

    /// Time passes and the clock acts.
    pub async fn time_passes(&self, span: Span) -> u64 {
        self.passes(span);
        deadlines::sweep(&self.app).await.unwrap()
    }
}

impl Party {
    /// Gives a command on orders, `fields` beside the order in the answer.
    pub async fn commands(&self, mutation: &str, input: Value, fields: &str) -> Answer {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} order {{ {ORDER} }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }
}

impl Trade {
    /// The same buyer's trade with another supplier and its product; no key comes twice.
    pub fn with(&self, supplier: Party, product: ProductId) -> Self {
        Self {
            world: self.world.clone(),
            buyer: self.buyer.clone(),
            supplier,
            product,
            keys: Arc::clone(&self.keys),
            staff: Staff::default(),
        }
    }

    /// The platform's operator, the same each time.
    pub async fn operator(&self) -> &Party {
        self.staff.operator.get_or_init(|| self.world.operator()).await
    }

    /// A key that was not used yet.
    pub fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// What `placeOrder` takes for so many of the product.
    pub fn wish(&self, quantity: i64) -> Value {
        json!({
            "idempotencyKey": self.key(),
            "lines": [{ "productId": self.product.to_string(), "quantity": quantity }],
            "destinationCountry": "DE",
        })
    }

    /// A command on an order, with a fresh key.
    pub async fn on(&self, party: &Party, mutation: &str, order: &Value, more: Value) -> Answer {
        let mut input = json!({ "idempotencyKey": self.key(), "orderId": order["id"] });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        party.commands(mutation, input, ERRORS).await
    }

    /// The buyer places an order.
    pub async fn places(&self, input: Value) -> Answer {
        self.buyer.commands("placeOrder", input, ERRORS).await
    }

    /// An order for so many, placed.
    pub async fn placed(&self, quantity: i64) -> Value {
        self.places(self.wish(quantity)).await.good()["placeOrder"]["order"].clone()
    }

    /// An order for so many, confirmed.
    pub async fn confirmed(&self, quantity: i64) -> Value {
        let order = self.placed(quantity).await;
        self.confirms(&order).await
    }

    /// The supplier confirms.
    pub async fn confirms(&self, order: &Value) -> Value {
        let terms = json!({ "termsHash": order["termsHash"] });
        self.on(&self.supplier, "confirmOrder", order, terms).await.good()["confirmOrder"]["order"].clone()
    }

    /// The buyer opens a payment session; answers the payment's id.
    pub async fn session(&self, order: &Value) -> Value {
        let input = json!({ "idempotencyKey": self.key(), "orderId": order["id"] });
        let answer = self
            .buyer
            .commands("createPaymentSession", input, "payment { id sessionUrl } userErrors { code }")
            .await;
        answer.good()["createPaymentSession"]["payment"]["id"].clone()
    }

    /// The sandbox's provider tells how a payment ends.
    pub async fn settles(&self, payment: &Value, more: Value) -> Answer {
        let mut input = json!({ "paymentId": payment });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        self.buyer.commands("settleSandboxPayment", input, "userErrors { code }").await
    }

    /// An order for so many, paid in full.
    pub async fn paid(&self, quantity: i64) -> Value {
        let order = self.confirmed(quantity).await;
        self.pays(&order).await
    }

    /// The buyer pays what is due next.
    pub async fn pays(&self, order: &Value) -> Value {
        let payment = self.session(order).await;
        self.settles(&payment, json!({})).await.good()["settleSandboxPayment"]["order"].clone()
    }

    /// The supplier dispatches everything that is left.
    pub async fn dispatches(&self, order: &Value) -> Value {
        let how = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
        self.on(&self.supplier, "dispatchShipment", order, how).await.good()["dispatchShipment"]["order"]
            .clone()
    }

    /// The supplier records the delivery of a shipment.
    pub async fn delivers(&self, shipment: &Value) -> Value {
        let input =
            json!({ "idempotencyKey": self.key(), "shipmentId": shipment, "proofOfDelivery": "POD-1" });
        let answer = self.supplier.commands("recordDelivery", input, "userErrors { code }").await;
        answer.good()["recordDelivery"]["order"].clone()
    }

    /// An order for so many, delivered with proof.
    pub async fn delivered(&self, quantity: i64) -> Value {
        let order = self.paid(quantity).await;
        let order = self.dispatches(&order).await;
        self.delivers(&order["shipments"][0]["id"]).await
    }

    /// The order as the buyer sees it.
    pub async fn order(&self, order: &Value, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ order(id: $id) {{ {fields} }} }}");
        self.buyer.asks(&query, json!({ "id": order["id"] })).await.good()["order"].clone()
    }

    /// What the ledger of an order got after so many entries, sorted: those of one instant have no order.
    pub async fn ledger_since(&self, order: &Value, known: usize) -> Vec<String> {
        let mut entries = self.ledger(order).await.split_off(known);
        entries.sort_unstable();
        entries
    }

    /// The ledger of an order as text, such as `DEPOSIT 3000 PROVIDER_CLEARING>ESCROW`.
    pub async fn ledger(&self, order: &Value) -> Vec<String> {
        let found = self.order(order, "escrow { entries { code debit credit amount { minorUnits } } }").await;
        let entries = found["escrow"]["entries"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        entries
            .iter()
            .map(|entry| {
                let minor = text(&entry["amount"]["minorUnits"]);
                format!(
                    "{} {minor} {}>{}",
                    text(&entry["code"]),
                    text(&entry["debit"]),
                    text(&entry["credit"])
                )
            })
            .collect()
    }
}
