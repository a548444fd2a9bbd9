//! Messages of the payment provider over real HTTP, signed by the test: what is forged, late, doubled or wrong.

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::payments::signature::sign;

use super::database::Backend;
use super::trade::Trade;
use super::world::{World, on_both, run_with};

const NEW: &str = "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ=";
const OLD: &str = "whsec_b2xkLXNlY3JldC1vbGQtc2VjcmV0LW9sZC1zZWNyZXQ=";
const FORGER: &str = "whsec_Zm9yZ2VyLWZvcmdlci1mb3JnZXItZm9yZ2VyLWZvcmdlcg==";
const REFUSED: u16 = 401;
const TAKEN: u16 = 204;

/// What the provider says of a payment.
fn body(kind: &str, payment: &Value, reference: &str, minor: i64, currency: &str) -> String {
    json!({ "type": format!("payment.{kind}"), "data": {
        "paymentId": payment, "reference": reference, "amountMinor": minor.to_string(), "currency": currency,
    }})
    .to_string()
}

impl World {
    /// Sends a message with any headers; the HTTP status of the answer.
    async fn webhook(&self, provider: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let mut request =
            self.http.post(self.url(&format!("/webhooks/payments/{provider}"))).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    }

    /// Sends a message as the provider does, now.
    pub async fn says(&self, id: &str, body: &str) -> u16 {
        let timestamp = self.now().seconds().to_string();
        let signature = sign(&self.app.webhook_secrets[0], id, &timestamp, body.as_bytes()).unwrap();
        let headers =
            [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)];
        self.webhook("sandbox", &headers, body).await
    }

    /// The open items of money that fits nothing: reason, amount, currency.
    async fn suspense(&self) -> Vec<String> {
        let rows = self.rows("SELECT reason, amount_minor, currency FROM suspense_item ORDER BY id").await;
        let text = |row: &sea_orm::QueryResult| {
            let (reason, currency): (String, String) =
                (row.try_get("", "reason").unwrap(), row.try_get("", "currency").unwrap());
            format!("{reason} {} {currency}", row.try_get::<i64>("", "amount_minor").unwrap())
        };
        rows.iter().map(text).collect()
    }
}

/// An order that waits for 20000 minor units, and the payment that is to bring them.
async fn awaited(trade: &Trade) -> (Value, Value) {
    let order = trade.confirmed(100).await;
    let payment = trade.session(&order).await;
    (order, payment)
}

async fn status(trade: &Trade, order: &Value) -> String {
    trade.order(order, "status").await["status"].as_str().unwrap().to_owned()
}

on_both! {
    async fn what_is_not_signed_in_time_over_these_bytes_has_no_effect(w) {
        let trade = w.trade().await;
        let (_, payment) = awaited(&trade).await;
        let body = body("succeeded", &payment, "ref", 20_000, "USD");
        let before = w.at_rest().await;
        let secret = w.app.webhook_secrets[0].clone();
        let now = w.now().seconds();
        let sealed = |secret: &str, id: &str, at: i64, body: &str| sign(secret, id, &at.to_string(), body.as_bytes()).unwrap();
        let good = sealed(&secret, "m", now, &body);
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).unwrap()).unwrap();
        let dearer = body.replace("20000", "20001");
        let attempts = [
            ("forged", "m", now, sealed(FORGER, "m", now, &body), &body),
            ("301 seconds old", "m", now - 301, sealed(&secret, "m", now - 301, &body), &body),
            ("301 seconds early", "m", now + 301, sealed(&secret, "m", now + 301, &body), &body),
            ("another time than the signed one", "m", now - 1, good.clone(), &body),
            ("another id than the signed one", "n", now, good.clone(), &body),
            ("re-encoded", "m", now, good.clone(), &pretty),
            ("another amount", "m", now, good.clone(), &dearer),
            ("a blank behind", "m", now, good.clone(), &format!("{body} ")),
            ("no version", "m", now, good.replace("v1,", ""), &body),
            ("another version", "m", now, good.replace("v1,", "v1a,"), &body),
            ("a cut signature", "m", now, good[..good.len() - 1].to_owned(), &body),
            ("an empty signature", "m", now, String::new(), &body),
            ("joined by a comma", "m", now, format!("v1,AAAA,{good}"), &body),
        ];
        for (name, id, at, signature, body) in &attempts {
            let at = at.to_string();
            let headers = [("webhook-id", *id), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature)];
            assert_eq!(w.webhook("sandbox", &headers, body).await, REFUSED, "{name}");
        }
        let at = now.to_string();
        let headers = [("webhook-id", "m"), ("webhook-timestamp", at.as_str()), ("webhook-signature", good.as_str())];
        for left_out in 0..3 {
            let mut some = headers.to_vec();
            some.remove(left_out);
            assert_eq!(w.webhook("sandbox", &some, &body).await, 400);
        }
        for (at, signature) in [("", &good), ("soon", &good), ("99999999999999999999", &good), ("-1", &good)] {
            let headers = [("webhook-id", "m"), ("webhook-timestamp", at), ("webhook-signature", signature.as_str())];
            assert_eq!(w.webhook("sandbox", &headers, &body).await, REFUSED, "{at}");
        }
        assert_eq!(w.webhook("another", &headers, &body).await, 404);
        assert_eq!(w.webhook("sandbox", &headers, &"x".repeat(70_000)).await, 413);
        w.contents().await.same_as(&before);
        println!("webhooks: {} without a signature that holds, refused without a change", attempts.len() + 9);
        // 300 seconds are in time, and the right one among several signatures is enough.
        let at = (now - 300).to_string();
        let signature = format!("v1,AAAA {} v2,BBBB", sealed(&secret, "m", now - 300, &body));
        let headers = [("webhook-id", "m"), ("webhook-timestamp", at.as_str()), ("webhook-signature", signature.as_str())];
        assert_eq!(w.webhook("sandbox", &headers, &body).await, TAKEN);
        assert_eq!(w.clearing("USD").await, 20_000);
    }

    async fn signed_nonsense_is_refused_and_not_taken(w) {
        let trade = w.trade().await;
        let (_, payment) = awaited(&trade).await;
        let before = w.at_rest().await;
        let bodies = [
            String::new(), "{}".to_owned(), "[]".to_owned(), "nonsense".to_owned(), "{\"type\":\"payment.succeeded\"}".to_owned(),
            body("succeeded", &payment, "r", 0, "USD"), body("succeeded", &payment, "r", -1, "USD"),
            body("succeeded", &payment, "r", i64::MAX, "USD"),
            body("succeeded", &payment, "r", 20_000, "usd"), body("succeeded", &payment, "r", 20_000, "QQQ"),
            body("succeeded", &payment, "", 20_000, "USD"), body("succeeded", &payment, &"r".repeat(201), 20_000, "USD"),
            body("succeeded", &payment, "a\u{0}", 20_000, "USD"),
            body("melted", &payment, "r", 20_000, "USD"), body("succeeded", &Value::Null, "r", 20_000, "USD"),
            body("succeeded", &payment, "r", 20_000, "USD").replace("\"20000\"", "20000"),
            body("succeeded", &payment, "r", 20_000, "USD").replace("20000", "200.00"),
            body("succeeded", &payment, "r", 20_000, "USD").replace("20000", "99999999999999999999"),
        ];
        for (index, body) in bodies.iter().enumerate() {
            assert_eq!(w.says(&format!("m{index}"), body).await, 400, "{body}");
        }
        assert_eq!(w.says(&"i".repeat(201), &body("succeeded", &payment, "r", 20_000, "USD")).await, 400);
        w.contents().await.same_as(&before);
        // A refused message was not taken: the same id with a good body counts.
        assert_eq!(w.says("m0", &body("succeeded", &payment, "r", 20_000, "USD")).await, TAKEN);
        assert_eq!(w.clearing("USD").await, 20_000);
    }

    async fn told_ten_times_is_booked_once(w) {
        let trade = w.trade().await;
        let (order, payment) = awaited(&trade).await;
        let message = body("succeeded", &payment, "ref", 20_000, "USD");
        assert_eq!(w.says("first", &message).await, TAKEN);
        let booked = w.at_rest().await;
        for _ in 0..10 {
            assert_eq!(w.says("first", &message).await, TAKEN);
        }
        w.contents().await.same_as(&booked);
        // The same success under new ids: taken and without effect.
        for index in 0..10 {
            assert_eq!(w.says(&format!("new-{index}"), &message).await, TAKEN);
        }
        w.at_rest().await.without(&["provider_message"]).same_as(&booked.clone().without(&["provider_message"]));
        assert_eq!((w.clearing("USD").await, w.suspense().await), (20_000, vec![]));
        // At every later station too: after release, and when the order is closed.
        let shipped = trade.dispatches(&order).await;
        trade.delivers(&shipped["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        assert_eq!(w.says("after release", &message).await, TAKEN);
        w.time_passes(Span::days(31)).await;
        assert_eq!(status(&trade, &order).await, "CLOSED");
        let closed = w.at_rest().await.without(&["provider_message"]);
        assert_eq!(w.says("after the end", &message).await, TAKEN);
        w.at_rest().await.without(&["provider_message"]).same_as(&closed);
        assert_eq!((w.clearing("USD").await, w.suspense().await), (20_000, vec![]));
        w.money_holds().await;
    }

    async fn ten_at_the_same_time_are_booked_once(w) {
        let trade = w.trade().await;
        let (order, payment) = awaited(&trade).await;
        let message = body("succeeded", &payment, "ref", 20_000, "USD");
        let ids: Vec<String> = (0..10).map(|index| if index < 5 { "same".to_owned() } else { format!("m{index}") }).collect();
        let answers = join_all(ids.iter().map(|id| w.says(id, &message))).await;
        assert_eq!(answers, [TAKEN; 10]);
        assert_eq!((w.clearing("USD").await, w.suspense().await, status(&trade, &order).await), (20_000, vec![], "IN_PRODUCTION".to_owned()));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn money_that_does_not_fit_is_set_aside_whole(w) {
        let trade = w.trade().await;
        let (order, payment) = awaited(&trade).await;
        for (index, minor) in [19_999, 20_001, 1, 40_000].into_iter().enumerate() {
            assert_eq!(w.says(&format!("a{index}"), &body("succeeded", &payment, &format!("a{index}"), minor, "USD")).await, TAKEN);
            assert_eq!(w.says(&format!("a{index}'"), &body("succeeded", &payment, &format!("a{index}"), minor, "USD")).await, TAKEN);
        }
        assert_eq!(w.says("eur", &body("succeeded", &payment, "eur", 20_000, "EUR")).await, TAKEN);
        let unknown = json!("payment_01kb9m6jvne0s8t9v2c3d4e5f6");
        for (index, name) in [&unknown, &json!("nonsense"), &order["id"], &unknown].into_iter().enumerate() {
            let reference = format!("u{}", index % 3);
            assert_eq!(w.says(&format!("u{index}"), &body("succeeded", name, &reference, 700, "USD")).await, TAKEN);
        }
        for (kind, id) in [("failed", "f"), ("processing", "p")] {
            assert_eq!(w.says(id, &body(kind, &unknown, "x", 1, "USD")).await, TAKEN);
        }
        assert_eq!(status(&trade, &order).await, "PENDING_PAYMENT");
        assert_eq!(w.suspense().await, [
            "WRONG_AMOUNT 19999 USD", "WRONG_AMOUNT 20001 USD", "WRONG_AMOUNT 1 USD", "WRONG_AMOUNT 40000 USD", "WRONG_CURRENCY 20000 EUR",
            "UNKNOWN_PAYMENT 700 USD", "UNKNOWN_PAYMENT 700 USD", "UNKNOWN_PAYMENT 700 USD",
        ]);
        assert_eq!((w.clearing("USD").await, w.clearing("EUR").await), (80_001 + 2_100, 20_000));
        w.money_holds().await;
        // The order can still be paid as it should be.
        trade.pays(&order).await;
        assert_eq!((status(&trade, &order).await, w.clearing("USD").await), ("IN_PRODUCTION".to_owned(), 80_001 + 2_100 + 20_000));
        w.money_holds().await;
        w.log_is_whole().await;
    }

    async fn money_after_the_end_or_for_what_is_paid_is_set_aside(w) {
        let trade = w.trade().await;
        let (cancelled, late) = awaited(&trade).await;
        trade.on(&trade.buyer, "cancelOrder", &cancelled, json!({})).await.good();
        assert_eq!(w.says("late", &body("succeeded", &late, "late", 20_000, "USD")).await, TAKEN);
        let (order, first) = awaited(&trade).await;
        let second = trade.session(&order).await;
        assert_ne!(first, second);
        // The session that was replaced is paid all the same: it fits. The other one comes for nothing.
        assert_eq!(w.says("1", &body("succeeded", &first, "r1", 20_000, "USD")).await, TAKEN);
        assert_eq!(w.says("2", &body("succeeded", &second, "r2", 20_000, "USD")).await, TAKEN);
        assert_eq!(w.says("3", &body("succeeded", &first, "r3", 20_000, "USD")).await, TAKEN);
        let (expired, too_late) = awaited(&trade).await;
        w.time_passes(Span::days(61)).await;
        assert_eq!(w.says("gone", &body("succeeded", &too_late, "gone", 20_000, "USD")).await, TAKEN);
        for (order, wanted) in [(&cancelled, "CANCELLED"), (&order, "IN_PRODUCTION"), (&expired, "EXPIRED")] {
            assert_eq!(status(&trade, order).await, wanted);
        }
        assert_eq!(w.suspense().await, ["LATE 20000 USD", "ALREADY_PAID 20000 USD", "ALREADY_PAID 20000 USD", "LATE 20000 USD"]);
        assert_eq!(w.clearing("USD").await, 5 * 20_000);
        w.money_holds().await;
    }

    async fn reports_out_of_their_order_undo_no_verdict(w) {
        let trade = w.trade().await;
        let (order, payment) = awaited(&trade).await;
        let tell = async |id: &str, kind: &str| assert_eq!(w.says(id, &body(kind, &payment, "ref", 20_000, "USD")).await, TAKEN);
        tell("1", "failed").await;
        let failed = w.at_rest().await.without(&["provider_message"]);
        // What was sent before the failure arrives behind it: the order must not wait for that payment for ever.
        tell("2", "processing").await;
        tell("3", "failed").await;
        w.at_rest().await.without(&["provider_message"]).same_as(&failed);
        tell("4", "succeeded").await;
        let paid = w.at_rest().await.without(&["provider_message"]);
        for (id, kind) in [("5", "processing"), ("6", "failed"), ("7", "succeeded"), ("8", "processing")] {
            tell(id, kind).await;
            w.at_rest().await.without(&["provider_message"]).same_as(&paid);
        }
        assert_eq!((status(&trade, &order).await, w.clearing("USD").await), ("IN_PRODUCTION".to_owned(), 20_000));
        let held = trade.order(&order, "payments { status } escrow { held { minorUnits } }").await;
        assert_eq!((&held["payments"][0]["status"], &held["escrow"]["held"]["minorUnits"]), (&json!("SUCCEEDED"), &json!("20000")));
    }

    async fn one_absurd_amount_does_not_stop_the_others(w) {
        let trade = w.trade().await;
        let (order, payment) = awaited(&trade).await;
        let absurd = json!({ "amount": { "amount": "92233720368547758.07", "currencyCode": "USD" } });
        trade.settles(&payment, absurd).await.refused("AMOUNT_OUT_OF_RANGE");
        trade.pays(&order).await;
        w.money_holds().await;
    }
}

mod rotation {
    use super::*;

    async fn both_secrets_hold_while_they_are_rotated(w: World) {
        let trade = w.trade().await;
        for (secret, wanted) in [(NEW, TAKEN), (OLD, TAKEN), (FORGER, REFUSED)] {
            let (order, payment) = awaited(&trade).await;
            let body = body("succeeded", &payment, &format!("ref {payment}"), 20_000, "USD");
            let at = w.now().seconds().to_string();
            let signature = sign(secret, "m", &at, body.as_bytes()).unwrap();
            let id = format!("m{secret}");
            let right = sign(secret, &id, &at, body.as_bytes()).unwrap();
            let headers =
                [("webhook-id", id.as_str()), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
            assert_eq!(w.webhook("sandbox", &headers, &body).await, REFUSED);
            let headers =
                [("webhook-id", id.as_str()), ("webhook-timestamp", &at), ("webhook-signature", &right)];
            assert_eq!(w.webhook("sandbox", &headers, &body).await, wanted);
            let reached = if wanted == TAKEN { "IN_PRODUCTION" } else { "PENDING_PAYMENT" };
            assert_eq!(status(&trade, &order).await, reached);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite() {
        let secrets = format!("{NEW},{OLD}");
        run_with(
            Backend::Sqlite,
            &[("SURETY_PAYMENT_WEBHOOK_SECRETS", &secrets)],
            both_secrets_hold_while_they_are_rotated,
        )
        .await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        let secrets = format!("{NEW},{OLD}");
        run_with(
            Backend::Postgres,
            &[("SURETY_PAYMENT_WEBHOOK_SECRETS", &secrets)],
            both_secrets_hold_while_they_are_rotated,
        )
        .await;
    }
}
