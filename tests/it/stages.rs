//! How far orders are when something is done to them: the stages of the race matrix and the fault matrix, and the shortest
//! way to each.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};
use surety::domain::ladder::LeadTimes;
use surety::domain::product::{AfterSalesLabel, AfterSalesService};
use surety::domain::time::{Span, Timestamp};
use surety::service::payments::work_off;
use tokio::sync::OnceCell;

use super::deeds_money::all_to_the_buyer;
use super::disputes::dollars;
use super::trade::{ORDER, Trade};
use super::world::Party;

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
    /// Delivered, a part is asked back, and the supplier refused.
    Refused,
    /// Delivered, a part is asked back, and the supplier offered less.
    Offered,
    /// Delivered, disputed, and both sides have shown something.
    Heard,
    /// The same decided: everything to the buyer, which a second operator has to confirm.
    Decided,
    /// Held, and one operator approved the lifting.
    Approved,
    /// Delivered, and the bank took the money.
    ChargedBack,
    /// The supplier agreed to a part, and the provider is asked for it.
    RefundAsked,
    /// The provider could not send it, often enough.
    RefundFailed,
    /// A cent too much came for the whole price, and is set aside.
    SetAside,
    /// Confirmed, for less than the credit that the buyer has.
    Credited,
    /// Received, the only order of its supplier.
    Released,
    /// The same, and the supplier asked for all of it.
    PayoutAsked,
    /// Paid, and the supplier proposed a lower price.
    Amended,
    /// Paid, and the grace after the dispatch deadline is over.
    Unsent,
    /// The deposit came, and the balance is overdue.
    Unpaid,
    /// Guaranteed, paid, and late.
    Late,
    /// Released share by share; a part has left.
    Shares,
    /// Paid, and the contract names an inspection.
    ToInspect,
    /// An inspection is booked, and its fee asked for.
    Booked,
    /// The fee came.
    FeePaid,
    /// The inspector accepted.
    Scheduled,
    /// The goods are packed and shown.
    InInspection,
    /// The inspector failed them.
    Failed,
    /// Delivered, with Easy Return and service after the sale.
    Returnable,
    /// A return is approved.
    ReturnApproved,
    /// It is on its way.
    ReturnShipped,
    /// A service is asked for.
    ServiceAsked,
    /// It was given.
    ServiceGiven,
    /// It was refused.
    ServiceRefused,
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
        Self::Refused,
        Self::Offered,
        Self::Heard,
        Self::Decided,
        Self::Approved,
        Self::ChargedBack,
        Self::RefundAsked,
        Self::RefundFailed,
        Self::SetAside,
        Self::Credited,
        Self::Released,
        Self::PayoutAsked,
        Self::Amended,
        Self::Unsent,
        Self::Unpaid,
        Self::Late,
        Self::Shares,
        Self::ToInspect,
        Self::Booked,
        Self::FeePaid,
        Self::Scheduled,
        Self::InInspection,
        Self::Failed,
        Self::Returnable,
        Self::ReturnApproved,
        Self::ReturnShipped,
        Self::ServiceAsked,
        Self::ServiceGiven,
        Self::ServiceRefused,
    ];

    /// How long the clock has to pass until it acts on an order of this stage.
    fn patience(self) -> Span {
        match self {
            // Their time has come on the way there.
            Self::Nothing
            | Self::Draft
            | Self::Shipped
            | Self::RefundAsked
            | Self::RefundFailed
            | Self::Unsent
            | Self::Unpaid
            | Self::Late => Span::ZERO,
            Self::Heard => Span::days(6),
            Self::Decided | Self::Booked | Self::FeePaid | Self::ServiceRefused | Self::ServiceGiven => {
                Span::days(4)
            }
            Self::ServiceAsked => Span::days(4),
            Self::ReturnApproved => Span::days(11),
            Self::Scheduled | Self::InInspection => Span::days(25),
            Self::ToInspect | Self::Placed | Self::Completed | Self::Released | Self::PayoutAsked => {
                Span::days(31)
            }
            Self::ReturnShipped => Span::days(31),
            Self::Confirmed
            | Self::Asked
            | Self::SetAside
            | Self::Credited
            | Self::DepositPaid
            | Self::BalanceAsked => Span::days(61),
            Self::Paid
            | Self::Ready
            | Self::PartiallyShipped
            | Self::Claimed
            | Self::Refused
            | Self::Offered
            | Self::Amended
            | Self::Failed => Span::days(8),
            Self::Delivered
            | Self::Held
            | Self::Approved
            | Self::ChargedBack
            | Self::Shares
            | Self::Returnable => Span::days(46),
        }
    }
}

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
        self.world.forget_statements();
        Box::pin(self.everybody()).await;
        let mut more = json!({});
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
                self.claimed(&order, 5_000).await;
                order
            }
            Stage::Held => {
                let order = self.delivered(100).await;
                let operator = self.operator().await;
                self.on(operator, "placeRiskHold", &order, json!({ "reason": "odd" })).await.good();
                order
            }
            Stage::Completed => self.received(100).await,
            _ => {
                let (order, found) = Box::pin(self.at_later(stage)).await;
                more = found;
                order
            }
        };
        if clock_is_due {
            self.world.passes(stage.patience());
        }
        let mut order = self.seen(&order).await;
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    }

    /// The order with all that can be named in a command.
    pub async fn seen(&self, order: &Value) -> Value {
        let mut seen = self.order(order, &format!("{ORDER} {PARTS}")).await;
        seen["dispute"] = last(&seen["disputes"]);
        seen
    }

    /// What became of an order; with what its supplier has where the stage made that its own.
    pub async fn fate(&self, order: &Value) -> Vec<String> {
        let id = order["id"].as_str().unwrap();
        let mut fate = self.world.fate(id).await;
        if order["purse"] == json!(true) {
            let supplier = format!("(SELECT supplier_company_id FROM orders WHERE id = '{id}')");
            let sql = format!(
                "SELECT 'purse ' || kind || ' ' || debits || ' ' || credits AS fate FROM account WHERE subject = {supplier} \
                 UNION ALL SELECT 'payout ' || status || ' ' || amount_minor FROM payout WHERE company_id = {supplier}"
            );
            fate.extend(self.world.rows(&sql).await.iter().map(|row| row.try_get("", "fate").unwrap()));
            fate.sort_unstable();
        }
        fate
    }

    /// The stages of cases, money and time; with what else the deeds have to know.
    async fn at_later(&self, stage: Stage) -> (Value, Value) {
        let none = json!({});
        match stage {
            Stage::Refused | Stage::Offered => {
                let order = self.delivered(100).await;
                let dispute = self.claimed(&order, 5_000).await;
                if stage == Stage::Refused {
                    let no = json!({ "accept": false, "message": "They left whole." });
                    self.moves(&self.supplier, "respondToRefundRequest", &dispute, no).await;
                } else {
                    let less = json!({ "amount": dollars(4_000) });
                    self.moves(&self.supplier, "offerRefund", &dispute, less).await;
                }
                (order, none)
            }
            Stage::Heard | Stage::Decided => {
                // So much that one operator does not give it back alone.
                let order = self.delivered(6_000).await;
                let dispute = self.heard(&order, 1_200_000).await;
                if stage == Stage::Decided {
                    let operator = self.operator().await;
                    self.moves(operator, "decideDispute", &dispute, all_to_the_buyer()).await;
                }
                (order, none)
            }
            Stage::Approved => {
                let order = self.delivered(100).await;
                let operator = self.operator().await;
                self.on(operator, "placeRiskHold", &order, json!({ "reason": "odd" })).await.good();
                self.on(operator, "liftRiskHold", &order, json!({})).await.good();
                (order, none)
            }
            Stage::ChargedBack => {
                let order = self.delivered(100).await;
                let seen = self.seen(&order).await;
                let body = super::deeds::message("chargeback.opened", &seen["payments"][0]["id"], 20_000);
                assert_eq!(Box::pin(self.world.provider_sends(&self.key(), &body)).await, "done");
                (order, none)
            }
            Stage::Released | Stage::PayoutAsked => {
                Box::pin(self.of_a_new_supplier(stage == Stage::PayoutAsked)).await
            }
            Stage::Amended => {
                let order = self.paid(100).await;
                let lower =
                    json!({ "lines": [{ "orderLineId": order["lines"][0]["id"], "unitPrice": "1.90" }] });
                self.on(&self.supplier, "proposeContractAmendment", &order, lower).await.good();
                (order, none)
            }
            Stage::Unsent => {
                let order = self.paid(100).await;
                self.passes_over(&order, "dispatchBy", Span::hours(72)).await;
                (order, none)
            }
            Stage::Unpaid => {
                let mut wish = self.wish(100);
                wish["depositPercent"] = json!(30);
                let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
                let order = self.pays(&self.confirms(&order).await).await;
                self.world.passes(Span::seconds(60 * 86_400 + 1));
                (order, none)
            }
            Stage::Late => (Box::pin(self.late(100)).await, none),
            Stage::Shares => {
                let mut wish = self.wish(100);
                wish["releasePolicy"] = json!("PER_SHIPMENT");
                let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
                let order = self.pays(&self.confirms(&order).await).await;
                let part = goods(&order["lines"][0]["id"], 30);
                self.on(&self.supplier, "dispatchShipment", &order, part).await.good();
                (order, none)
            }
            _ => Box::pin(self.at_money(stage)).await,
        }
    }

    /// The stages of refunds, of money that was set aside, and of credit.
    async fn at_money(&self, stage: Stage) -> (Value, Value) {
        let none = json!({});
        match stage {
            Stage::RefundAsked | Stage::RefundFailed => {
                let order = self.delivered(100).await;
                let dispute = self.claimed(&order, 5_000).await;
                self.moves(&self.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true }))
                    .await;
                Box::pin(work_off(&self.world.app)).await.unwrap();
                // It is asked for again by itself until it has failed so often that an operator has to look at it.
                let times = if stage == Stage::RefundFailed { 5 } else { 0 };
                for _ in 0..times {
                    let refund = self.seen(&order).await["refunds"][0]["id"].clone();
                    let body = json!({ "type": "refund.failed", "data": { "refundId": refund, "reason": "closed" } });
                    let sent = Box::pin(self.world.provider_sends(&self.key(), &body.to_string())).await;
                    assert_eq!(sent, "done");
                }
                (order, none)
            }
            Stage::SetAside => {
                let order = self.confirmed(100).await;
                let payment = self.session(&order).await;
                let body = super::deeds::message("succeeded", &payment, 20_001);
                assert_eq!(Box::pin(self.world.provider_sends(&self.key(), &body)).await, "done");
                (order, none)
            }
            Stage::Credited => {
                let late = Box::pin(self.late(200)).await;
                self.on(&self.buyer, "claimLateDelivery", &late, json!({})).await.good();
                (self.confirmed(10).await, none)
            }
            _ => Box::pin(self.at_care(stage)).await,
        }
    }

    /// A guaranteed order for so many, paid, that did not arrive in time.
    async fn late(&self, quantity: i64) -> Value {
        let mut wish = self.wish(quantity);
        wish["kind"] = json!("GUARANTEED");
        let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = self.pays(&order).await;
        self.passes_over(&order, "deliveryBy", Span::ZERO).await;
        order
    }

    /// The clock stands a second behind an instant of an order and a span after it.
    async fn passes_over(&self, order: &Value, field: &str, more: Span) {
        let found = self.order(order, field).await;
        let instant = Timestamp::parse(found[field].as_str().unwrap()).unwrap();
        self.world.passes(self.world.now().until(instant.plus(more).plus(Span::seconds(1))));
    }

    /// An order of a supplier that has no other, received.
    async fn of_a_new_supplier(&self, pays_out: bool) -> (Value, Value) {
        let vendor = self.world.protected_supplier(&self.key()).await;
        let product = self.world.product(vendor.actor.supplier.unwrap(), "Jute bag");
        self.world.stock(std::slice::from_ref(&product)).await;
        let its = self.with(vendor.clone(), product.id);
        let order = its.received(100).await;
        let mut more = json!({ "purse": true });
        if pays_out {
            more["payout"] =
                its.pays_out(&its.key(), "196.00").await.good()["requestPayout"]["payout"].clone();
        }
        self.staff.vendors.lock().unwrap().insert(order["id"].as_str().unwrap().to_owned(), vendor);
        (order, more)
    }

    /// The stages of inspections, returns and services.
    async fn at_care(&self, stage: Stage) -> (Value, Value) {
        let inspected = matches!(
            stage,
            Stage::ToInspect
                | Stage::Booked
                | Stage::FeePaid
                | Stage::Scheduled
                | Stage::InInspection
                | Stage::Failed
        );
        let mut wish = self.wish(100);
        wish["lines"][0]["productId"] = json!(self.careful().await);
        wish["inspection"] = json!(inspected);
        let order = self.places(wish).await.good()["placeOrder"]["order"].clone();
        let order = self.pays(&self.confirms(&order).await).await;
        if inspected {
            let day = self.fitting_day(&order).await;
            Box::pin(self.inspects(&order, stage, &day)).await;
            return (order, json!({ "day": day }));
        }
        let order = self.dispatches(&order).await;
        let order = self.delivers(&order["shipments"][0]["id"]).await;
        Box::pin(self.serves(&order, stage)).await;
        (order, json!({}))
    }

    /// The first day from a fortnight on that an inspection fits.
    async fn fitting_day(&self, order: &Value) -> Value {
        let inspector = self.inspector().await.company.as_ref().unwrap().id;
        for days in 13..20 {
            let day = json!(self.world.now().plus(Span::days(days)).to_string()[..10]);
            let more = json!({ "inspectorId": inspector, "inspectOn": day, "validateOnly": true });
            if self.on(&self.buyer, "bookInspection", order, more).await.codes().is_empty() {
                return day;
            }
        }
        panic!("no day fits");
    }

    async fn inspects(&self, order: &Value, stage: Stage, day: &Value) {
        if stage == Stage::ToInspect {
            return;
        }
        let inspector = self.inspector().await;
        let more = json!({ "inspectorId": inspector.company.as_ref().unwrap().id, "inspectOn": day });
        self.on(&self.buyer, "bookInspection", order, more).await.good();
        let booked = last(&self.seen(order).await["inspections"]);
        let at = ("inspectionId", &booked["id"]);
        if stage == Stage::Booked {
            return;
        }
        self.settles(&booked["payments"][0]["id"], json!({})).await.good();
        if stage == Stage::FeePaid {
            return;
        }
        self.gives(inspector, "acceptInspection", at, json!({})).await.good();
        if stage == Stage::Scheduled {
            return;
        }
        self.on(&self.supplier, "declarePacked", order, json!({ "packedPercent": 80 })).await.good();
        if stage == Stage::Failed {
            let found = json!({ "verdict": "FAIL", "findings": "Torn." });
            self.gives(inspector, "submitInspectionReport", at, found).await.good();
        }
    }

    async fn serves(&self, order: &Value, stage: Stage) {
        match stage {
            Stage::ReturnApproved | Stage::ReturnShipped => {
                let why = json!({ "ground": "DEFECTIVE", "description": "The seams open." });
                self.on(&self.buyer, "requestEasyReturn", order, why).await.good();
                if stage == Stage::ReturnShipped {
                    let id = last(&self.seen(order).await["returns"])["id"].clone();
                    let how = json!({ "carrier": "Post", "trackingNumber": "P-1" });
                    self.gives(&self.buyer, "shipReturn", ("easyReturnId", &id), how).await.good();
                }
            }
            Stage::ServiceAsked | Stage::ServiceGiven | Stage::ServiceRefused => {
                let what =
                    json!({ "orderLineId": order["lines"][0]["id"], "description": "The buckle broke." });
                self.on(&self.buyer, "requestAfterSalesService", order, what).await.good();
                let id = last(&self.seen(order).await["afterSalesRequests"])["id"].clone();
                let answer = match stage {
                    Stage::ServiceAsked => return,
                    Stage::ServiceGiven => json!({ "answer": "FULFIL", "note": "Photo 7" }),
                    _ => json!({ "answer": "REFUSE", "note": "No parts left." }),
                };
                let at = ("afterSalesRequestId", &id);
                self.gives(&self.supplier, "respondToAfterSales", at, answer).await.good();
            }
            _ => {}
        }
    }

    /// Everybody whom a deed may need acts in the trade from here on.
    pub async fn everybody(&self) {
        self.operator().await;
        self.staff.second.get_or_init(|| self.world.operator()).await;
        self.staff.warehouse.get_or_init(|| self.world.warehouse()).await;
        self.inspector().await;
    }

    async fn inspector(&self) -> &Party {
        self.staff.inspector.get_or_init(|| self.world.inspector("Bureau of Looking")).await
    }

    /// Goods that take four weeks, are returnable and served after the sale.
    async fn careful(&self) -> &str {
        let make = || async {
            let mut product = self.world.product(self.supplier.actor.supplier.unwrap(), "Oak table");
            product.lead_times = LeadTimes::new(vec![(1, 28)]).unwrap();
            product.easy_return = true;
            product.after_sales =
                Some(AfterSalesService { label: AfterSalesLabel::FreeReplacementParts, term_days: 365 });
            self.world.stock(std::slice::from_ref(&product)).await;
            product.id.to_string()
        };
        self.staff.careful.get_or_init(make).await
    }

    /// Who sells in an order.
    pub fn seller_of(&self, order: &Value) -> Party {
        let vendors = self.staff.vendors.lock().unwrap();
        order["id"].as_str().and_then(|id| vendors.get(id)).unwrap_or(&self.supplier).clone()
    }
}

/// Who else acts in a trade.
#[derive(Default)]
pub struct Staff {
    /// The platform's operator.
    pub operator: OnceCell<Party>,
    /// Another one.
    pub second: OnceCell<Party>,
    /// The inspector of all inspections.
    pub inspector: OnceCell<Party>,
    /// The warehouse of all returns.
    pub warehouse: OnceCell<Party>,
    careful: OnceCell<String>,
    /// Suppliers of one order each, by that order.
    vendors: Mutex<BTreeMap<String, Party>>,
}

/// What commands name beside the order.
const PARTS: &str = "inspections { id status payments { id } } returns { id } afterSalesRequests { id } \
    amendments { id termsHash } suspenseItems { id } refunds { id } disputes { id offers { version } }";

/// The last of a list.
pub fn last(list: &Value) -> Value {
    list.as_array().and_then(|list| list.last()).cloned().unwrap_or_default()
}

pub fn goods(line: &Value, quantity: i64) -> Value {
    let mut out = json!({ "carrier": "Blue Funnel", "trackingNumber": "BF-1", "mode": "SEA" });
    if quantity > 0 {
        out["lines"] = json!([{ "orderLineId": line, "quantity": quantity }]);
    }
    out
}
