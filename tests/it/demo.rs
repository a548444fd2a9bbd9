//! The demo marketplace: large enough to look around in, every order state in it, and made once.

use sea_orm::ConnectionTrait;
use serde_json::json;
use surety::domain::actor::Role;
use surety::service::{demo, parties};
use surety::store::{Reader, ledger};

use super::world::{World, on_both};

async fn words(w: &World, text: &str) -> Vec<String> {
    let statement = w.app.db.sql(text, [] as [sea_orm::Value; 0]);
    let rows = w.app.db.connection().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "word").unwrap()).collect()
}

on_both! {
    async fn the_demo_is_a_whole_marketplace(w) {
        let summary = demo::seed(&w.app).await.unwrap();
        assert!(summary.suppliers >= 30 && summary.products >= 300, "{summary:?}");
        assert!(summary.reviews >= 300 && summary.past_orders >= 500 && summary.orders >= 20, "{summary:?}");
        assert!(words(&w, "SELECT DISTINCT country AS word FROM supplier_listing").await.len() >= 12);
        assert_eq!(words(&w, "SELECT DISTINCT specialisation AS word FROM supplier_listing").await.len(), 3);
        let currencies = words(&w, "SELECT DISTINCT currency AS word FROM product ORDER BY currency").await;
        assert_eq!(currencies, ["CNY", "EUR", "JPY", "KWD", "USD"]);
        assert_eq!(words(&w, "SELECT DISTINCT kind AS word FROM badge_award").await.len(), 6);
        assert_eq!(words(&w, "SELECT DISTINCT plan AS word FROM company").await.len(), 3);
        let statuses = words(&w, "SELECT DISTINCT status AS word FROM orders ORDER BY status").await;
        assert_eq!(statuses, [
            "CANCELLED", "CLOSED", "COMPLETED", "DELIVERED", "DRAFT", "EXPIRED", "IN_PRODUCTION", "PARTIALLY_SHIPPED",
            "PENDING_PAYMENT", "PENDING_SUPPLIER", "READY", "SHIPPED",
        ]);
        assert_eq!(words(&w, "SELECT DISTINCT kind AS word FROM orders ORDER BY kind").await, ["GUARANTEED", "SAMPLE", "STANDARD"]);
        // What its houses offer can be edited by the rules of those who write today.
        let first = "SELECT min(r.min_quantity) FROM product_price r WHERE r.product_id = p.id";
        let odd = format!("SELECT count(*) FROM product p WHERE ({first}) <> p.minimum_order_quantity");
        assert_eq!(w.number(&odd).await, 0);
        assert_eq!(ledger::audit(&w.app.db).await.unwrap(), Vec::<String>::new());
        for role in Role::ALL {
            assert!(parties::app_of_role(&w.app, role, None).await.unwrap().is_some(), "{role}");
        }
    }

    async fn the_demo_is_made_once_and_can_be_searched(w) {
        demo::seed(&w.app).await.unwrap();
        let count = "SELECT CAST(count(*) AS TEXT) AS word FROM product UNION ALL SELECT CAST(count(*) AS TEXT) FROM orders";
        let before = words(&w, count).await;
        assert_eq!(demo::seed(&w.app).await.unwrap(), demo::DemoSummary::default());
        assert_eq!(words(&w, count).await, before);
        let query = r#"{ products(query: "towel", first: 3) { totalCount nodes { title supplier { name metrics { onTimeDispatchPercent } } } } }"#;
        let found = w.anonymous();
        let data = w.execute(&found, query, json!({})).await;
        assert!(data.0["data"]["products"]["totalCount"].as_i64() > Some(5), "{:#}", data.0);
    }
}
