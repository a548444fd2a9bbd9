//! Deeds of inspections, returns and services after the sale.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::deeds::{Deed, NOTHING, Who, deed, gives, message, says};
use super::stages::{Stage, last};
use Stage as S;

fn inspection(order: &Value) -> Value {
    json!({ "inspectionId": last(&order["inspections"])["id"] })
}

fn fee(order: &Value) -> Value {
    last(&last(&order["inspections"])["payments"])["id"].clone()
}

fn report(order: &Value, verdict: &str) -> Value {
    json!({ "inspectionId": last(&order["inspections"])["id"], "verdict": verdict, "findings": "Looked at 80 pieces." })
}

fn returned(order: &Value, more: &Value) -> Value {
    part(json!({ "easyReturnId": last(&order["returns"])["id"] }), more)
}

fn service(order: &Value, more: &Value) -> Value {
    part(json!({ "afterSalesRequestId": last(&order["afterSalesRequests"])["id"] }), more)
}

fn part(mut input: Value, more: &Value) -> Value {
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

/// Inspections, returns, services.
pub const CARE: &[Deed] = &[
    deed("bookInspection", &[S::ToInspect], |trade, order, key| {
        let inspector = trade.staff.inspector.get().and_then(|party| party.company.as_ref());
        let inspector = inspector.map(|company| company.id.to_string());
        let input = json!({ "orderId": order["id"], "inspectorId": inspector, "inspectOn": order["day"] });
        gives(Who::Buyer, (trade, order, key), "bookInspection", input)
    }),
    deed("createInspectionPaymentSession", &[S::Booked], |trade, order, key| {
        let input = inspection(&order);
        gives(Who::Buyer, (trade, order, key), "createInspectionPaymentSession", input)
    }),
    deed("money for the inspection", &[S::Booked], |trade, order, key| {
        let payment = fee(&order);
        if payment.is_null() {
            return std::future::ready(NOTHING.to_owned()).boxed();
        }
        says(trade, key, &payment, message("succeeded", &payment, 29_800))
    })
    .by(Who::Nobody),
    deed("money for the inspection that fails", &[S::Booked], |trade, order, key| {
        let payment = fee(&order);
        if payment.is_null() {
            return std::future::ready(NOTHING.to_owned()).boxed();
        }
        says(trade, key, &payment, message("failed", &payment, 29_800))
    })
    .by(Who::Nobody),
    deed("cancelInspection", &[S::Booked, S::FeePaid, S::Scheduled], |trade, order, key| {
        let input = inspection(&order);
        gives(Who::Buyer, (trade, order, key), "cancelInspection", input)
    }),
    deed("acceptInspection", &[S::FeePaid], |trade, order, key| {
        let input = inspection(&order);
        gives(Who::Inspector, (trade, order, key), "acceptInspection", input)
    })
    .by(Who::Inspector),
    deed("declarePacked", &[S::Scheduled], |trade, order, key| {
        let input = json!({ "orderId": order["id"], "packedPercent": 80 });
        gives(Who::Supplier, (trade, order, key), "declarePacked", input)
    })
    .by(Who::Supplier),
    deed("submitInspectionReport: passed", &[S::InInspection], |trade, order, key| {
        let input = report(&order, "PASS");
        gives(Who::Inspector, (trade, order, key), "submitInspectionReport", input)
    })
    .by(Who::Inspector),
    deed("submitInspectionReport: failed", &[S::InInspection], |trade, order, key| {
        let input = report(&order, "FAIL");
        gives(Who::Inspector, (trade, order, key), "submitInspectionReport", input)
    })
    .by(Who::Inspector),
    deed("submitInspectionReport: not performed", &[S::Scheduled], |trade, order, key| {
        let input = report(&order, "NOT_PERFORMED");
        gives(Who::Inspector, (trade, order, key), "submitInspectionReport", input)
    })
    .by(Who::Inspector),
    deed("waiveInspection", &[S::Failed], |trade, order, key| {
        let input = part(inspection(&order), &json!({ "statement": "Fine with us." }));
        gives(Who::Buyer, (trade, order, key), "waiveInspection", input)
    }),
    deed("requestRework", &[S::Failed], |trade, order, key| {
        let input = part(inspection(&order), &json!({ "instructions": "New seams." }));
        gives(Who::Buyer, (trade, order, key), "requestRework", input)
    }),
    deed("requestEasyReturn", &[S::Returnable], |trade, order, key| {
        let input =
            json!({ "orderId": order["id"], "ground": "DEFECTIVE", "description": "The seams open." });
        gives(Who::Buyer, (trade, order, key), "requestEasyReturn", input)
    }),
    deed("shipReturn", &[S::ReturnApproved], |trade, order, key| {
        let input = returned(&order, &json!({ "carrier": "Post", "trackingNumber": "P-1" }));
        gives(Who::Buyer, (trade, order, key), "shipReturn", input)
    }),
    deed("receiveReturn: accepted", &[S::ReturnShipped], |trade, order, key| {
        let input = returned(&order, &json!({ "accepted": true }));
        gives(Who::Warehouse, (trade, order, key), "receiveReturn", input)
    })
    .by(Who::Warehouse),
    deed("receiveReturn: rejected", &[S::ReturnShipped], |trade, order, key| {
        let input = returned(&order, &json!({ "accepted": false, "rejectionReason": "Used." }));
        gives(Who::Warehouse, (trade, order, key), "receiveReturn", input)
    })
    .by(Who::Warehouse),
    deed("requestAfterSalesService", &[S::Returnable], |trade, order, key| {
        let input = json!({ "orderId": order["id"], "orderLineId": order["lines"][0]["id"], "description": "The buckle broke." });
        gives(Who::Buyer, (trade, order, key), "requestAfterSalesService", input)
    }),
    deed("respondToAfterSales: accepted", &[S::ServiceAsked], |trade, order, key| {
        let input = service(&order, &json!({ "answer": "ACCEPT", "note": "Photo 7" }));
        gives(Who::Supplier, (trade, order, key), "respondToAfterSales", input)
    })
    .by(Who::Supplier),
    deed("respondToAfterSales: fulfilled", &[S::ServiceAsked], |trade, order, key| {
        let input = service(&order, &json!({ "answer": "FULFIL", "note": "Photo 7" }));
        gives(Who::Supplier, (trade, order, key), "respondToAfterSales", input)
    })
    .by(Who::Supplier),
    deed("respondToAfterSales: refused", &[S::ServiceAsked], |trade, order, key| {
        let input = service(&order, &json!({ "answer": "REFUSE", "note": "Photo 7" }));
        gives(Who::Supplier, (trade, order, key), "respondToAfterSales", input)
    })
    .by(Who::Supplier),
    deed("resolveAfterSales: confirmed", &[S::ServiceGiven], |trade, order, key| {
        let input = service(&order, &json!({ "outcome": "CONFIRM" }));
        gives(Who::Buyer, (trade, order, key), "resolveAfterSales", input)
    }),
    deed("resolveAfterSales: rejected", &[S::ServiceGiven], |trade, order, key| {
        let input = service(&order, &json!({ "outcome": "REJECT", "objection": "The wrong buckle." }));
        gives(Who::Buyer, (trade, order, key), "resolveAfterSales", input)
    }),
    deed("resolveAfterSales: compensated", &[S::ServiceRefused], |trade, order, key| {
        let input = service(&order, &json!({ "outcome": "COMPENSATE" }));
        gives(Who::Buyer, (trade, order, key), "resolveAfterSales", input)
    }),
    deed("resolveAfterSales: disputed", &[S::ServiceRefused], |trade, order, key| {
        let input = service(&order, &json!({ "outcome": "DISPUTE" }));
        gives(Who::Buyer, (trade, order, key), "resolveAfterSales", input)
    }),
    deed("resolveAfterSales: withdrawn", &[S::ServiceAsked, S::ServiceRefused], |trade, order, key| {
        let input = service(&order, &json!({ "outcome": "WITHDRAW" }));
        gives(Who::Buyer, (trade, order, key), "resolveAfterSales", input)
    }),
];
