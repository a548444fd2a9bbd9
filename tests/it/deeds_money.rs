//! Deeds of payouts, set-aside money, credit, refunds, amendments, promises of delivery; and of disputes and holds.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::deeds::{Deed, NOTHING, Who, deed, gives, message, says};
use super::disputes::dollars;
use super::stages::{Stage, last};
use Stage as S;

fn on(order: &Value, more: &Value) -> Value {
    part(json!({ "orderId": order["id"] }), more)
}

fn amendment(order: &Value, more: &Value) -> Value {
    part(json!({ "orderId": order["id"], "amendmentId": last(&order["amendments"])["id"] }), more)
}

fn set_aside(order: &Value, more: &Value) -> Value {
    part(json!({ "suspenseItemId": last(&order["suspenseItems"])["id"] }), more)
}

fn shipment(order: &Value, more: &Value) -> Value {
    part(json!({ "shipmentId": order["shipments"][0]["id"] }), more)
}

fn dispute(order: &Value, more: &Value) -> Value {
    part(json!({ "disputeId": order["dispute"]["id"] }), more)
}

fn part(mut input: Value, more: &Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn cheaper(order: &Value) -> Value {
    json!({ "orderId": order["id"], "lines": [{ "orderLineId": order["lines"][0]["id"], "unitPrice": "1.80" }] })
}

/// What the provider says of a refund or a payout.
fn about(kind: &str, field: &str, id: &Value) -> String {
    json!({ "type": kind, "data": { field: id, "reason": "closed account" } }).to_string()
}

/// Money beside the way, amendments, promises of delivery.
pub const MONEY: &[Deed] = &[
    deed("requestPayout", &[S::Released, S::PayoutAsked], |trade, order, key| {
        let input = if order["purse"].is_null() {
            json!({ "amount": null })
        } else {
            json!({ "amount": dollars(19_600) })
        };
        gives(Who::Supplier, (trade, order, key), "requestPayout", input)
    })
    .by(Who::Supplier),
    deed("money paid out", &[S::PayoutAsked], |trade, order, key| {
        let id = order["payout"]["id"].clone();
        says(trade, key, &id, about("payout.paid", "payoutId", &id))
    })
    .by(Who::Nobody),
    deed("money paid out that fails", &[S::PayoutAsked], |trade, order, key| {
        let id = order["payout"]["id"].clone();
        says(trade, key, &id, about("payout.failed", "payoutId", &id))
    })
    .by(Who::Nobody),
    deed("money paid back", &[S::RefundAsked], |trade, order, key| {
        let id = last(&order["refunds"])["id"].clone();
        says(trade, key, &id, about("refund.succeeded", "refundId", &id))
    })
    .by(Who::Nobody),
    deed("money paid back that fails", &[S::RefundAsked], |trade, order, key| {
        let id = last(&order["refunds"])["id"].clone();
        says(trade, key, &id, about("refund.failed", "refundId", &id))
    })
    .by(Who::Nobody),
    deed("retryRefund", &[S::RefundFailed], |trade, order, key| {
        let input = on(&order, &json!({ "refundId": last(&order["refunds"])["id"] }));
        gives(Who::Operator, (trade, order, key), "retryRefund", input)
    })
    .by(Who::Operator),
    deed("assignSuspensePayment", &[S::SetAside], |trade, order, key| {
        let input = set_aside(&order, &json!({ "orderId": order["id"] }));
        gives(Who::Operator, (trade, order, key), "assignSuspensePayment", input)
    })
    .by(Who::Operator),
    deed("refundSuspensePayment", &[S::SetAside], |trade, order, key| {
        let input = set_aside(&order, &json!({}));
        gives(Who::Operator, (trade, order, key), "refundSuspensePayment", input)
    })
    .by(Who::Operator),
    deed("createPaymentSession with credit", &[S::Credited], |trade, order, key| {
        let input = on(&order, &json!({ "useCredit": true }));
        gives(Who::Buyer, (trade, order, key), "createPaymentSession", input)
    }),
    deed("proposeContractAmendment by the buyer", &[S::Paid, S::Ready], |trade, order, key| {
        let input = cheaper(&order);
        gives(Who::Buyer, (trade, order, key), "proposeContractAmendment", input)
    }),
    deed("proposeContractAmendment by the supplier", &[S::Paid, S::Ready], |trade, order, key| {
        let input = cheaper(&order);
        gives(Who::Supplier, (trade, order, key), "proposeContractAmendment", input)
    })
    .by(Who::Supplier),
    deed("acceptContractAmendment", &[S::Amended], |trade, order, key| {
        let input = amendment(&order, &json!({ "termsHash": last(&order["amendments"])["termsHash"] }));
        gives(Who::Buyer, (trade, order, key), "acceptContractAmendment", input)
    }),
    deed("declineContractAmendment", &[S::Amended], |trade, order, key| {
        let input = amendment(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "declineContractAmendment", input)
    }),
    deed("withdrawContractAmendment", &[S::Amended], |trade, order, key| {
        let input = amendment(&order, &json!({}));
        gives(Who::Supplier, (trade, order, key), "withdrawContractAmendment", input)
    })
    .by(Who::Supplier),
    deed("confirmShipmentReceipt", &[S::Shares], |trade, order, key| {
        let input = shipment(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "confirmShipmentReceipt", input)
    }),
    deed("reportShipmentLost", &[S::Shipped, S::Shares], |trade, order, key| {
        let input = shipment(&order, &json!({ "reason": "washed overboard" }));
        gives(Who::Supplier, (trade, order, key), "reportShipmentLost", input)
    })
    .by(Who::Supplier),
    deed("extendReceipt by the buyer", &[S::Delivered], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "extendReceipt", input)
    }),
    deed("extendReceipt by the supplier", &[S::Delivered], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Supplier, (trade, order, key), "extendReceipt", input)
    })
    .by(Who::Supplier),
    deed("claimLateDelivery", &[S::Late], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "claimLateDelivery", input)
    }),
    deed("cancelForNonDispatch", &[S::Unsent], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "cancelForNonDispatch", input)
    }),
    deed("cancelForUnpaidBalance", &[S::Unpaid], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Supplier, (trade, order, key), "cancelForUnpaidBalance", input)
    })
    .by(Who::Supplier),
];

/// Disputes, risk holds, charge-backs.
pub const CASES: &[Deed] = &[
    deed("respondToRefundRequest: refused", &[S::Claimed, S::Offered], |trade, order, key| {
        let input = dispute(&order, &json!({ "accept": false, "message": "They left whole." }));
        gives(Who::Supplier, (trade, order, key), "respondToRefundRequest", input)
    })
    .by(Who::Supplier),
    deed("offerRefund by the supplier", &[S::Claimed, S::Offered], |trade, order, key| {
        let input = dispute(&order, &json!({ "amount": dollars(3_000) }));
        gives(Who::Supplier, (trade, order, key), "offerRefund", input)
    })
    .by(Who::Supplier),
    deed("offerRefund by the buyer", &[S::Claimed, S::Offered], |trade, order, key| {
        let input = dispute(&order, &json!({ "amount": dollars(3_500) }));
        gives(Who::Buyer, (trade, order, key), "offerRefund", input)
    }),
    deed("acceptRefundOffer", &[S::Offered], |trade, order, key| {
        let input = dispute(&order, &json!({ "offerVersion": last(&order["dispute"]["offers"])["version"] }));
        gives(Who::Buyer, (trade, order, key), "acceptRefundOffer", input)
    }),
    deed("escalateDispute", &[S::Refused], |trade, order, key| {
        let input = dispute(&order, &json!({}));
        gives(Who::Buyer, (trade, order, key), "escalateDispute", input)
    }),
    deed("submitEvidence", &[S::Refused, S::Heard], |trade, order, key| {
        let input = dispute(&order, &json!({ "kind": "STATEMENT", "note": "So it was." }));
        gives(Who::Buyer, (trade, order, key), "submitEvidence", input)
    }),
    deed("decideDispute: half", &[S::Heard], |trade, order, key| {
        let input = dispute(&order, &json!({ "split": "HALF", "reasons": "Both." }));
        gives(Who::Operator, (trade, order, key), "decideDispute", input)
    })
    .by(Who::Operator),
    deed("decideDispute: all to the buyer", &[S::Heard], |trade, order, key| {
        let input = dispute(&order, &all_to_the_buyer());
        gives(Who::Second, (trade, order, key), "decideDispute", input)
    })
    .by(Who::Second),
    deed("confirmDecision", &[S::Decided], |trade, order, key| {
        let input = dispute(&order, &json!({}));
        gives(Who::Second, (trade, order, key), "confirmDecision", input)
    })
    .by(Who::Second),
    deed("appealDecision by the buyer", &[S::Decided], |trade, order, key| {
        let input = dispute(&order, &json!({ "statement": "No." }));
        gives(Who::Buyer, (trade, order, key), "appealDecision", input)
    }),
    deed("appealDecision by the supplier", &[S::Decided], |trade, order, key| {
        let input = dispute(&order, &json!({ "statement": "No." }));
        gives(Who::Supplier, (trade, order, key), "appealDecision", input)
    })
    .by(Who::Supplier),
    deed("liftRiskHold", &[S::Held], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Operator, (trade, order, key), "liftRiskHold", input)
    })
    .by(Who::Operator),
    deed("liftRiskHold by another", &[S::Approved, S::Held], |trade, order, key| {
        let input = on(&order, &json!({}));
        gives(Who::Second, (trade, order, key), "liftRiskHold", input)
    })
    .by(Who::Second),
    deed("money charged back and won", &[S::ChargedBack, S::Delivered], |trade, order, key| {
        let payment = last(&order["payments"])["id"].clone();
        if payment.is_null() {
            return std::future::ready(NOTHING.to_owned()).boxed();
        }
        says(trade, key, &payment, message("chargeback.won", &payment, 20_000))
    })
    .by(Who::Nobody),
    deed("money charged back and lost", &[S::ChargedBack, S::Delivered], |trade, order, key| {
        let payment = last(&order["payments"])["id"].clone();
        if payment.is_null() {
            return std::future::ready(NOTHING.to_owned()).boxed();
        }
        says(trade, key, &payment, message("chargeback.lost", &payment, 20_000))
    })
    .by(Who::Nobody),
];

/// More than one operator decides alone.
pub fn all_to_the_buyer() -> Value {
    json!({ "buyerAmount": dollars(1_200_000), "supplierAmount": dollars(0), "reasons": "So it is." })
}
