//! The schema as a partner's client meets it.

use serde_json::json;

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
}
