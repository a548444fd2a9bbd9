//! The schema as a partner's client meets it.

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
            ... on VersionConflict { expectedVersion currentVersion current { __typename id ... on Order { version status } } } } } }";
        let answer = trade.buyer.sends(query, input).await;
        answer.refused("VERSION_CONFLICT");
        let error = &answer.0["data"]["cancelOrder"]["userErrors"][0];
        assert_eq!((&error["expectedVersion"], &error["currentVersion"]), (&json!(1), &order["version"]));
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
}
