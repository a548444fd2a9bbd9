//! Deliveries that are under way while their endpoint changes, or while others have their rows.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use surety::app::App;
use surety::service::webhooks::{self, Sending};
use surety::store;

use super::webhook_double::{Mood, Receiver};
use super::webhooks::one_owed;
use super::world::on_both_with;

fn sends(app: &Arc<App>) -> tokio::task::JoinHandle<usize> {
    let app = Arc::clone(app);
    tokio::spawn(async move { webhooks::deliver_due(&app).await.unwrap() })
}

on_both_with! {
    // No answer is ever late here.
    &[("SURETY_WEBHOOK_LOCAL", "true"), ("SURETY_WEBHOOK_TIMEOUT", "30000")];

    async fn what_an_old_address_answers_says_nothing_of_the_new_one(w) {
        let (trade, hook) = one_owed(&w).await;
        let (old, mut came) = (hook.receiver.clone(), 0);
        for status in [410, 500] {
            old.always(Mood::WaitsAndAnswers(status));
            let sent = sends(&w.app);
            came += 1;
            old.until(came).await;
            let new = Receiver::start().await;
            hook.changes(&format!("to new at {status}"), json!({ "url": new.url })).await.good();
            old.lets_go();
            assert_eq!(sent.await.unwrap(), 1);
            let seen = hook.look().await;
            assert_eq!((&seen["state"], &seen["failingSince"]), (&json!("ENABLED"), &Value::Null), "{status}");
            assert_eq!(w.sends().await, 1, "it is owed to the new address at once");
            assert_eq!(new.took().len(), 1);
            let last = hook.deliveries().await.pop().unwrap();
            assert_eq!(last["state"], "DELIVERED");
            let statuses: Vec<_> = last["attempts"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
            assert_eq!(statuses, [&json!(status), &json!(200)]);
            hook.changes(&format!("back at {status}"), json!({ "url": old.url })).await.good();
            trade.placed(100).await;
            assert_eq!(w.owes().await, 1);
        }
        // An address that is still the same one is gone when it says so.
        old.always(Mood::Answers(410));
        w.sends().await;
        assert_eq!(hook.look().await["disabledReason"], "GONE");
    }

    async fn a_node_that_stops_waits_for_nobody_who_has_a_row(w) {
        let (_trade, hook) = one_owed(&w).await;
        hook.receiver.always(Mood::Hangs);
        let mut sending = Sending::default();
        assert_eq!(sending.begin_due(&w.app).await.unwrap(), 1);
        hook.receiver.until(1).await;
        if !w.app.db.is_postgres() {
            // SQLite has one writer, and no rows that are locked.
            return sending.end(&w.app, Duration::ZERO).await.unwrap();
        }
        let id = hook.deliveries().await[0]["id"].as_str().unwrap().parse().unwrap();
        let other = w.app.db.begin().await.unwrap();
        store::webhooks::lock_delivery(&other, id).await.unwrap().unwrap();
        sending.end(&w.app, Duration::ZERO).await.unwrap();
        other.rollback().await.unwrap();
        assert_eq!(w.number("SELECT count(*) FROM webhook_delivery WHERE lease IS NOT NULL").await, 1);
    }
}
