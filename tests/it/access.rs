//! Denied for real: the operations of the table in `authority.rs` with input that would be done if the right party gave
//! it, on orders that wait for exactly that; and tokens that are expired, forged or without scopes at every root field.

use std::sync::Arc;

use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role, ScopeSet};
use surety::domain::time::Span;
use surety::service::auth::{self, Grant};

use super::authority::{CALLERS, Row, TABLE, letter};
use super::trade::Trade;
use super::world::{Party, World, on_both, on_both_with};

/// Of things that these orders do not have, such as a dispute or an inspection; who may is in the table of `authority.rs`,
/// and the stories of each protection send strangers.
const OF_OTHER_THINGS: &[&str] = &[
    "offerRefund",
    "respondToRefundRequest",
    "acceptRefundOffer",
    "escalateDispute",
    "withdrawDispute",
    "submitEvidence",
    "decideDispute",
    "confirmDecision",
    "appealDecision",
    "liftRiskHold",
    "reportSandboxChargeback",
    "confirmShipmentReceipt",
    "extendReceipt",
    "reportShipmentLost",
    "cancelForNonDispatch",
    "cancelForUnpaidBalance",
    "claimLateDelivery",
    "proposeContractAmendment",
    "acceptContractAmendment",
    "declineContractAmendment",
    "withdrawContractAmendment",
    "bookInspection",
    "createInspectionPaymentSession",
    "cancelInspection",
    "acceptInspection",
    "declarePacked",
    "submitInspectionReport",
    "waiveInspection",
    "requestRework",
    "requestEasyReturn",
    "shipReturn",
    "receiveReturn",
    "requestAfterSalesService",
    "respondToAfterSales",
    "resolveAfterSales",
    "accreditInspector",
    "openReturnWarehouse",
    "submitReview",
    "replyToReview",
    "moderateReview",
    "markReviewHelpful",
    "setRiskRule",
    "withdrawEvidence",
    "submitVerificationDocument",
    "reviewVerificationDocument",
    "revokeBadge",
    "requestPayout",
    "retryRefund",
    "retryProviderCall",
    "assignSuspensePayment",
    "refundSuspensePayment",
    "settleSandboxRefund",
    "settleSandboxPayout",
    "cancelBulkOperation",
    "retireTrustedDocuments",
    "updateWebhookEndpoint",
    "deleteWebhookEndpoint",
    "rotateWebhookSecret",
    "redeliverWebhook",
    "replayWebhookEvents",
    "setPartnerAppActive",
    "rotateAppSecret",
    "revokeAppSecret",
    "createStorefrontKey",
    "revokeStorefrontKey",
    "revokeToken",
];

/// The operations that change something, each for real, with the object that waits for it and who may.
async fn attempts(trade: &Trade) -> Vec<(&'static Row, String, Value, &'static str)> {
    let mut wish = trade.wish(100);
    wish["draft"] = json!(true);
    let draft = trade.places(wish).await.good()["placeOrder"]["order"].clone();
    let placed = trade.placed(100).await;
    let confirmed = trade.confirmed(100).await;
    let awaited = trade.confirmed(100).await;
    let payment = trade.session(&awaited).await;
    let paid = trade.paid(100).await;
    let claimed = trade.paid(100).await;
    let shipped = trade.dispatches(&trade.paid(100).await).await;
    let delivered = trade.delivered(100).await;
    let (asked, asked_too) = (trade.asks_for(500).await, trade.asks_for(500).await);
    let (answered, answered_too, answered_as_well) =
        (trade.answered("1.5").await, trade.answered("1.5").await, trade.answered("1.5").await);
    let terms = format!("termsHash: {}", placed["termsHash"]);
    let mut out = Vec::new();
    for row in TABLE.iter().filter(|row| row.field.starts_with("Mutation.")) {
        let quote = match row.field.trim_start_matches("Mutation.") {
            "answerQuote" => &asked,
            "withdrawQuote" => &asked_too,
            "acceptQuote" => &answered,
            "renegotiateQuote" => &answered_too,
            _ => &answered_as_well,
        };
        let (order, callers) = match row.field.trim_start_matches("Mutation.") {
            // A draft is the buyer's alone: its supplier is answered as everybody else.
            "submitOrder" => (&draft, "UFANNNFNNF"),
            "confirmOrder"
            | "declineOrder"
            | "cancelOrder"
            | "placeOrder"
            | "advanceSandboxClock"
            | "requestQuote"
            | "renegotiateQuote"
            | "answerQuote"
            | "acceptQuote"
            | "declineQuote"
            | "withdrawQuote"
            | "sendMessage"
            | "createUpload"
            | "runBulkQuery"
            | "createWebhookEndpoint"
            | "registerTrustedDocuments"
            | "setDocumentPolicy"
            // In the table's order: what is withdrawn is published again.
            | "createProduct"
            | "updateProduct"
            | "withdrawProduct"
            | "publishProduct"
            | "importProducts"
            // Of the supplier and of the platform, whatever its orders are.
            | "recordExchangeRates"
            | "grantMembership"
            | "recordAgencyCheck"
            | "recordSupplierAudit"
            | "registerCertificate"
            | "registerLicence"
            | "recordSupplierMedia"
            | "recordTrackRecord"
            | "awardBadge"
            | "suspendSupplier"
            | "reinstateSupplier"
            | "enrolInTradeAssurance"
            | "withdrawFromTradeAssurance"
            | "createCompany"
            | "createPartnerApp" => (&placed, row.callers),
            "createPaymentSession" => (&confirmed, row.callers),
            "markReady" | "dispatchShipment" => (&paid, row.callers),
            "requestRefund" | "placeRiskHold" | "recordOffPlatformPayment" => (&claimed, row.callers),
            "confirmReceipt" => (&delivered, row.callers),
            // Of the object that the table does not have: the parties may, and nobody else learns that it is there.
            "recordDelivery" => (&shipped, "UFANANFNNA"),
            "settleSandboxPayment" => (&awaited, "UFANANFFFA"),
            other if OF_OTHER_THINGS.contains(&other) => continue,
            other => panic!("say here what {other} does for real"),
        };
        let operation = row
            .operation
            .replace("validateOnly: true,", "")
            .replace("termsHash: \"x\"", &terms)
            .replace("PT0S", "PT1S");
        let variables = json!({
            "order": order["id"], "quote": quote["id"], "thread": of(order, "thread"),
            "supplier": trade.supplier.actor.supplier, "product": trade.product, "payment": payment, "shipment": order["shipments"][0]["id"],
        });
        out.push((row, operation, variables, callers));
    }
    out
}

/// The id of something that has an order's own bits, as its thread has, or that is not there at all.
fn of(order: &Value, what: &str) -> String {
    order["id"].as_str().unwrap().replace("order_", &format!("{what}_"))
}

async fn callers(w: &World, trade: &Trade) -> Vec<Arc<Actor>> {
    vec![
        w.anonymous(),
        w.storefront().await.actor,
        Arc::clone(&trade.buyer.actor),
        w.buyer("Southgate").await.actor,
        Arc::clone(&trade.supplier.actor),
        w.protected_supplier("Delta Forge").await.actor,
        w.party("inspection", Role::Inspector).await.actor,
        w.party("carrier", Role::Carrier).await.actor,
        w.party("warehouse", Role::Warehouse).await.actor,
        w.operator().await.actor,
    ]
}

/// Tokens that stand for nobody, and one of this party without any scope.
fn tokens(w: &World, party: &Party) -> [(&'static str, String); 4] {
    let expired = party.token();
    w.passes(Span::seconds(3_601));
    let good = party.token();
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut turned: Vec<char> = signature.chars().collect();
    turned.swap(3, 4);
    let turned = if turned[3] == turned[4] { signature.to_uppercase() } else { turned.into_iter().collect() };
    let bare = Grant { scopes: ScopeSet::default(), ..party.grant() };
    let bare = auth::issue_token(&w.app, &bare, Span::hours(1)).unwrap();
    [
        ("expired", expired),
        ("forged", format!("{head}.{turned}")),
        ("nonsense", "nonsense".to_owned()),
        ("without scopes", bare),
    ]
}

on_both! {
    async fn what_others_would_do_is_denied_and_changes_nothing(w) {
        let trade = w.trade().await;
        let callers = callers(&w, &trade).await;
        let attempts = attempts(&trade).await;
        let before = w.at_rest().await;
        let (mut denied, mut wrong) = (0, Vec::new());
        for (row, operation, variables, letters) in &attempts {
            for (index, (caller, wanted)) in callers.iter().zip(letters.chars()).enumerate().filter(|(_, (_, wanted))| *wanted != 'A') {
                let mut variables = variables.clone();
                variables["key"] = json!(format!("{}-{index}", row.field));
                let answer = w.first_answer(caller, operation, variables).await;
                if letter(&answer) != wanted {
                    wrong.push(format!("{} by {}: not {wanted}: {}", row.field, CALLERS[index], answer.0));
                }
                w.contents().await.same_as(&before);
                denied += 1;
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        // The control: the very same operation by who may is done.
        let mut done = 0;
        for (row, operation, variables, letters) in &attempts {
            let mut variables = variables.clone();
            variables["key"] = json!(row.field);
            // The second and third answer to one order come too late, as they should; so does a badge that the evidence
            // before it brought, and the enrolment after the suspension finds whatever that left.
            let answered = matches!(
                row.field,
                "Mutation.declineOrder"
                    | "Mutation.cancelOrder"
                    | "Mutation.awardBadge"
                    | "Mutation.enrolInTradeAssurance"
                    | "Mutation.withdrawFromTradeAssurance"
            );
            let may = letters.find('A').unwrap();
            let answer = w.first_answer(&callers[may], operation, variables).await;
            if answered {
                assert!(!matches!(letter(&answer), 'U' | 'F' | 'N'), "{} by {}: {:#}", row.field, CALLERS[may], answer.0);
            } else {
                answer.good();
                done += 1;
            }
        }
        println!("access: {denied} commands denied on {} without a change; {done} done by who may", w.name());
    }
}

/// Whoever sends more bad tokens than a hundred at once waits, unless nobody knows where they come from: here no proxy says it.
const FROM_NOWHERE: &[(&str, &str)] = &[("SURETY_TRUSTED_PROXY", "true")];

on_both_with! {
    super::FROM_NOWHERE;

    async fn tokens_that_stand_for_nobody_or_for_nothing(w) {
        let trade = w.trade().await;
        let order = trade.dispatches(&trade.paid(100).await).await;
        let mut tried = 0;
        for party in [&trade.buyer, &trade.supplier, &w.operator().await] {
            let tokens = tokens(&w, party);
            let before = w.at_rest().await;
            for row in TABLE.iter().filter(|row| !row.field.starts_with("Subscription.")) {
                let operation = row.operation.replace("validateOnly: true,", "").replace("PT0S", "PT1S");
                let declared = |name: &str| operation.contains(&format!("${name}: "));
                let id = order["id"].as_str().unwrap();
                let mut variables = json!({
                    "order": id, "product": trade.product, "supplier": trade.supplier.actor.supplier, "key": row.field,
                    "quote": of(&order, "quote"), "thread": of(&order, "thread"), "file": of(&order, "file"), "category": id, "shipment": order["shipments"][0]["id"], "payment": order["payments"][0]["id"],
                });
                variables.as_object_mut().unwrap().retain(|name, _| declared(name));
                for (kind, token) in &tokens {
                    let answer = w.graphql(token, &operation, variables.clone()).await;
                    let code = answer["errors"][0]["extensions"]["code"].as_str();
                    let wanted = match (*kind, row.field) {
                        (
                            "without scopes",
                            "Query.serverVersion" | "Query.costEstimate" | "Query.viewer" | "Query.node"
                            | "Query.nodes",
                        ) => None,
                        ("without scopes", _) => Some("FORBIDDEN"),
                        _ => Some("UNAUTHENTICATED"),
                    };
                    assert_eq!(code, wanted, "{} with a token that is {kind}: {answer:#}", row.field);
                    tried += 1;
                }
            }
            w.contents().await.same_as(&before);
            for row in TABLE.iter().filter(|row| row.field.starts_with("Subscription.")) {
                let bare = Arc::new(Actor { scopes: ScopeSet::default(), ..(*party.actor).clone() });
                let variables = json!({ "order": order["id"], "thread": of(&order, "thread") });
                let answer = w.first_answer(&bare, row.operation, variables).await;
                assert_eq!(letter(&answer), 'F', "{}", row.field);
                tried += 1;
            }
        }
        println!("access: {tried} calls with worthless tokens on {}", w.name());
    }
}
