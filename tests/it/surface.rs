//! The schema as a partner's client meets it.

use std::path::Path;

use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};
use surety::domain::time::Span;

use super::world::on_both;

on_both! {
    async fn stale_versions_hand_out_the_object_as_it_is(w) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let input = json!({ "input": { "idempotencyKey": "stale", "orderId": order["id"], "expectedVersion": 1 } });
        // One fragment for whatever may be wrong.
        let query = "mutation($input: CancelOrderInput!) { cancelOrder(input: $input) { userErrors { __typename code field message \
            ... on TransitionRefused { from allowedActions blockedBy } ... on AmountMismatch { expected { amount } actual { amount } } \
            ... on BadgeRefused { unmetCriteria } \
            ... on VersionConflict { expectedVersion currentVersion changedFields current { __typename id ... on Order { version status } } } } } }";
        let answer = trade.buyer.sends(query, input).await;
        answer.refused("VERSION_CONFLICT");
        let error = &answer.0["data"]["cancelOrder"]["userErrors"][0];
        assert_eq!((&error["expectedVersion"], &error["currentVersion"]), (&json!(1), &order["version"]));
        assert_eq!(error["changedFields"], Value::Null, "nothing keeps the orders of before");
        let current = json!({ "__typename": "Order", "id": order["id"], "version": order["version"], "status": order["status"] });
        assert_eq!(error["current"], current);
    }

    async fn contracts_say_what_was_agreed_and_by_whom_when(w) {
        let trade = w.trade().await;
        let mut wish = trade.wish(100);
        wish["depositPercent"] = json!(30);
        wish["incoterm"] = json!("FOB");
        let placed = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        w.passes(Span::hours(2));
        trade.on(&trade.supplier, "confirmOrder", &placed, json!({ "termsHash": placed["termsHash"] })).await.good();
        let order = trade.order(&placed, "placedAt total { minorUnits } contract { sealedAt incoterm attachments { id } \
            acceptances { party acceptedAt } instalments { number kind amount { minorUnits } requiredBeforeDispatch } }").await;
        let contract = &order["contract"];
        assert_eq!(contract["acceptances"], json!([
            { "party": "BUYER", "acceptedAt": order["placedAt"] },
            { "party": "SUPPLIER", "acceptedAt": contract["sealedAt"] },
        ]));
        assert_ne!(order["placedAt"], contract["sealedAt"]);
        assert_eq!((&contract["incoterm"], &contract["attachments"]), (&json!("FOB"), &json!([])));
        let parts = contract["instalments"].as_array().unwrap();
        let minor = |value: &Value| value["minorUnits"].as_str().unwrap().parse::<i64>().unwrap();
        assert_eq!(parts.iter().map(|part| minor(&part["amount"])).sum::<i64>(), minor(&order["total"]));
        let kinds: Vec<_> = parts.iter().map(|part| (&part["kind"], &part["requiredBeforeDispatch"])).collect();
        assert_eq!(kinds, [(&json!("DEPOSIT"), &json!(true)), (&json!("BALANCE"), &json!(true))]);
    }

    async fn escrow_says_how_the_money_stands(w) {
        let trade = w.trade().await;
        let fields = "escrow { state held { minorUnits } releasable { minorUnits } disputed { minorUnits } }";
        let zero = json!({ "minorUnits": "0" });
        let confirmed = trade.confirmed(100).await;
        assert_eq!(trade.order(&confirmed, fields).await["escrow"]["state"], "UNFUNDED");
        let paid = trade.paid(100).await;
        let escrow = trade.order(&paid, fields).await["escrow"].clone();
        assert_eq!((&escrow["state"], &escrow["releasable"], &escrow["disputed"]), (&json!("HELD"), &zero, &zero));
        let delivered = trade.delivered(100).await;
        let escrow = trade.order(&delivered, fields).await["escrow"].clone();
        assert_eq!((&escrow["state"], &escrow["releasable"]), (&json!("HELD"), &escrow["held"]));
        trade.claimed(&delivered, 1_000).await;
        let escrow = trade.order(&delivered, fields).await["escrow"].clone();
        assert_eq!((&escrow["state"], &escrow["releasable"]), (&json!("FROZEN"), &zero));
        assert_eq!(escrow["disputed"], escrow["held"], "a decision divides all that lies in escrow");
        let done = trade.delivered(100).await;
        trade.on(&trade.buyer, "confirmReceipt", &done, json!({})).await.good();
        let escrow = trade.order(&done, fields).await["escrow"].clone();
        assert_eq!((&escrow["state"], &escrow["held"]), (&json!("EMPTIED"), &zero));
    }

    async fn viewers_are_told_their_plan(w) {
        let trade = w.trade().await;
        for (party, plan) in [(&trade.buyer, json!("STANDARD")), (&w.operator().await, json!(null))] {
            let viewer = party.sends("{ viewer { plan } }", json!({})).await.good();
            assert_eq!(viewer["viewer"]["plan"], plan);
        }
    }

    async fn what_belongs_to_orders_of_others_takes_as_long_as_nothing(w) {
        let trade = w.trade().await;
        let order = trade.delivered(100).await;
        let dispute = trade.claimed(&order, 1_000).await["id"].clone();
        let deadline = trade.order(&order, "deadlines { id }").await["deadlines"][0]["id"].clone();
        let outsider = w.buyer("Nosy Traders").await;
        for (what, query, id) in [
            ("a dispute", "query($id: ID!) { found: dispute(id: $id) { id } }", &dispute),
            ("a dispute as a node", "query($id: ID!) { found: node(id: $id) { id } }", &dispute),
            ("a deadline as a node", "query($id: ID!) { found: node(id: $id) { id } }", &deadline),
        ] {
            let kind = id.as_str().unwrap().split_once('_').unwrap().0;
            let absent = json!(format!("{kind}_01kb9m6jvne0s8t9v2c3d4e5f6"));
            let mut seen = Vec::new();
            for id in [id, &absent] {
                w.forget_statements();
                let answer = outsider.asks(query, json!({ "id": id })).await;
                seen.push((answer.0, w.statements().len()));
            }
            assert_eq!(seen[0], seen[1], "{what}");
            let own = trade.buyer.asks(query, json!({ "id": id })).await.good();
            assert_eq!(&own["found"]["id"], id, "{what} is there for those whose it is");
        }
    }

    async fn orders_are_listed_either_way_and_narrowed(w) {
        let trade = w.trade().await;
        let mut placed = Vec::new();
        for number in 0..3 {
            let mut wish = trade.wish(100);
            if number == 1 {
                wish["kind"] = json!("SAMPLE");
                wish["lines"][0]["quantity"] = json!(1);
            }
            placed.push(trade.places(wish).await.good()["placeOrder"]["order"]["id"].clone());
            w.passes(Span::seconds(1));
        }
        let query = "query($sort: OrderSort!, $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: OrderFilterInput) {
            orders(sort: $sort, first: $first, after: $after, last: $last, before: $before, filter: $filter) {
                totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id } } }";
        let page = async |variables: Value| trade.buyer.asks(query, variables).await.good()["orders"].clone();
        let ids = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()).collect::<Vec<_>>();
        let newest: Vec<Value> = placed.iter().rev().cloned().collect();
        assert_eq!(ids(&page(json!({ "sort": "NEWEST" })).await), newest);
        assert_eq!(ids(&page(json!({ "sort": "OLDEST" })).await), placed);
        let first = page(json!({ "sort": "OLDEST", "first": 2 })).await;
        assert_eq!((ids(&first), &first["pageInfo"]["hasNextPage"]), (placed[..2].to_vec(), &json!(true)));
        let cursor = &first["pageInfo"]["endCursor"];
        let rest = page(json!({ "sort": "OLDEST", "first": 2, "after": cursor })).await;
        assert_eq!((ids(&rest), &rest["pageInfo"]["hasNextPage"]), (placed[2..].to_vec(), &json!(false)));
        let back = page(json!({ "sort": "OLDEST", "last": 5, "before": rest["pageInfo"]["startCursor"] })).await;
        assert_eq!(ids(&back), placed[..2]);
        let other_way = json!({ "sort": "NEWEST", "after": cursor });
        trade.buyer.asks(query, other_way).await.refused("INVALID_CURSOR");
        let narrowed = async |filter: Value| {
            let found = page(json!({ "sort": "OLDEST", "filter": filter })).await;
            assert_eq!(found["totalCount"], ids(&found).len());
            ids(&found)
        };
        assert_eq!(narrowed(json!({ "kinds": ["SAMPLE"] })).await, placed[1..2]);
        let seller = trade.supplier.actor.supplier.unwrap().to_string();
        let buyer = trade.buyer.company.as_ref().unwrap().id.to_string();
        assert_eq!(narrowed(json!({ "supplierId": seller, "buyerId": buyer })).await, placed);
        assert_eq!(narrowed(json!({ "buyerId": trade.supplier.company.as_ref().unwrap().id.to_string() })).await, Vec::<Value>::new());
    }

    async fn payouts_and_documents_under_review_are_found_by_their_ids(w) {
        let trade = w.trade().await;
        let done = trade.delivered(100).await;
        trade.on(&trade.buyer, "confirmReceipt", &done, json!({})).await.good();
        let ask = "mutation($input: RequestPayoutInput!) { requestPayout(input: $input) { payout { id status } userErrors { code } } }";
        let input = json!({ "input": { "idempotencyKey": "out", "amount": { "amount": "1.00", "currencyCode": "USD" } } });
        let payout = trade.supplier.asks(ask, input).await.good()["requestPayout"]["payout"].clone();
        let file = trade.supplier.uploads("licence.pdf", b"%PDF licence").await;
        let submit = "mutation($input: SubmitVerificationDocumentInput!) { submitVerificationDocument(input: $input) { \
            verificationDocument { id } userErrors { code field message } } }";
        let licence = json!({ "issuer": "City", "number": "L-1", "scope": "Trade", "validFrom": "2026-01-01" });
        let input = json!({ "input": { "idempotencyKey": "doc", "fileId": file, "licence": licence } });
        let document = trade.supplier.asks(submit, input).await.good()["submitVerificationDocument"]["verificationDocument"].clone();
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let ids = json!({ "ids": [payout["id"], document["id"]] });
        let own = trade.supplier.asks(query, ids.clone()).await.good();
        assert_eq!(own["nodes"], json!([
            { "__typename": "Payout", "id": payout["id"] },
            { "__typename": "VerificationDocument", "id": document["id"] },
        ]));
        assert_eq!(w.operator().await.asks(query, ids.clone()).await.good(), own);
        let other = w.protected_supplier("Rival Mills").await;
        for party in [&other, &trade.buyer] {
            assert_eq!(party.asks(query, ids.clone()).await.good()["nodes"], json!([null, null]));
        }
    }

    async fn commands_answer_with_what_they_moved(w) {
        let trade = w.trade().await;
        let order = trade.paid(100).await;
        let more = json!({ "dispatchWithin": "P60D", "reason": "More time." });
        let mut input = json!({ "idempotencyKey": trade.key(), "orderId": order["id"] });
        input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        let fields = "amendment { id status termsHash } replayed userErrors { code message }";
        let proposed = trade.supplier.commands("proposeContractAmendment", input.clone(), fields).await.good();
        let amendment = &proposed["proposeContractAmendment"]["amendment"];
        assert_eq!(amendment["status"], "PROPOSED");
        let again = trade.supplier.commands("proposeContractAmendment", input, fields).await.good();
        assert_eq!(&again["proposeContractAmendment"]["amendment"], amendment, "a replay names the same");
        let input = json!({ "idempotencyKey": trade.key(), "orderId": order["id"], "amendmentId": amendment["id"],
            "termsHash": amendment["termsHash"] });
        let accepted = trade.buyer.commands("acceptContractAmendment", input, fields).await.good();
        let accepted = &accepted["acceptContractAmendment"]["amendment"];
        assert_eq!((&accepted["id"], &accepted["status"]), (&amendment["id"], &json!("ACCEPTED")));
        let input = json!({ "idempotencyKey": trade.key(), "orderId": order["id"], "note": "By bank.",
            "amount": { "amount": "5.00", "currencyCode": "USD" }, "paidAt": w.now().to_string() });
        let fields = "offPlatformPayment { note riskSignals { code } } userErrors { code message }";
        let recorded = trade.buyer.commands("recordOffPlatformPayment", input, fields).await.good();
        assert_eq!(recorded["recordOffPlatformPayment"]["offPlatformPayment"], json!({ "note": "By bank.", "riskSignals": [] }));
    }

    async fn what_is_counted_beside_a_page_fails_alone(w) {
        let trade = w.trade().await;
        w.tampers("DROP TABLE exchange_rate").await;
        let query = "{ products(first: 1) { nodes { id } totalCount priceComparison { withoutRateCount } } }";
        let answer = trade.buyer.sends(query, json!({})).await;
        answer.refused("INTERNAL");
        let page = &answer.0["data"]["products"];
        assert_eq!((&page["nodes"][0]["id"], &page["totalCount"]), (&json!(trade.product.to_string()), &json!(1)));
        assert_eq!(page["priceComparison"], Value::Null);
    }
}

/// The operations that a page shows: its blocks of GraphQL, and what its commands and bodies send as `"query"`.
fn operations(page: &str) -> Vec<String> {
    let (mut found, mut block) = (Vec::new(), None);
    for line in page.lines() {
        let bare = line.trim();
        block = match (block, bare.strip_prefix("```")) {
            (None, Some(kind)) => Some((kind.trim() == "graphql", String::new())),
            (Some((true, text)), Some(_)) => {
                found.push(text);
                None
            }
            (Some((false, _)), Some(_)) | (None, None) => None,
            (Some((is_graphql, text)), None) => {
                if let Some((_, sent)) = line.split_once("\"query\": ") {
                    let mut texts = serde_json::Deserializer::from_str(sent).into_iter::<String>();
                    found.extend(texts.next().and_then(Result::ok));
                }
                Some((is_graphql, text + line + "\n"))
            }
        };
    }
    found
}

/// The pages that partners read.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths =
        vec![root.join("README.md"), root.join("CHANGELOG.md"), root.join("examples/clients/README.md")];
    let documents = std::fs::read_dir(root.join("docs")).unwrap();
    paths.extend(documents.map(|entry| entry.unwrap().path()));
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "md"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn the_operations_of_the_documents_fit_the_schema() {
    let schema = Schema::parse_and_validate(surety::graphql::sdl::sdl(), "schema.graphql").unwrap();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (page, text) in pages() {
        for operation in operations(&text) {
            count += 1;
            if let Err(refused) = ExecutableDocument::parse_and_validate(&schema, operation.as_str(), &page) {
                wrong.push(format!("{}\n{operation}", refused.errors));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 7, "only {count} were found");
}

#[test]
fn operations_are_found_wherever_a_page_shows_them() {
    let page = "1. text\n   ```graphql\n   { a }\n   ```\n```sh\ncurl -d '{\"query\": \"{ b }\"}'\n```\n```graphql\n{ c }\n```\n";
    assert_eq!(operations(page), ["   { a }\n", "{ b }", "{ c }\n"]);
}
