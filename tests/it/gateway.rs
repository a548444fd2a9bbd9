//! Money by a payment provider's gateway: what is asked, what is told, what is lost, and that nothing happens twice.

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::domain::time::Span;
use surety::service::payments::{ask_about, open_pending_sessions, work_off};

use super::database::Backend;
use super::gateway_double::{Gateway, Mood, SECRET};
use super::trade::Trade;
use super::world::{World, run_with};

/// A story with a gateway, for both databases.
macro_rules! by_gateway {
    ($(async fn $name:ident($world:ident, $gateway:ident) $body:block)*) => {$(
        async fn $name($world: World, $gateway: Gateway) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::tell(super::Backend::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::tell(super::Backend::Postgres, super::$name).await;
            }
        }
    )*};
}

async fn tell<F: Future<Output = ()>>(backend: Backend, story: impl FnOnce(World, Gateway) -> F) {
    let gateway = Gateway::start().await;
    let url = gateway.url.clone();
    let settings = [
        ("SURETY_PAYMENT_GATEWAY_URL", url.as_str()),
        ("SURETY_PAYMENT_GATEWAY_SECRET", SECRET),
        ("SURETY_PAYMENT_GATEWAY_TIMEOUT", "3000"),
        ("SURETY_PAYMENT_WEBHOOK_SECRETS", SECRET),
    ];
    let books = gateway.clone();
    run_with(backend, &settings, async |w| {
        story(w.clone(), gateway).await;
        // I16: what the ledger says is held is what the gateway holds.
        assert_eq!(w.clearing("USD").await, books.held());
        books.did_nothing_twice();
        w.money_holds().await;
        w.log_is_whole().await;
    })
    .await;
}

/// What the node does by itself.
async fn tends(w: &World) {
    open_pending_sessions(&w.app).await.unwrap();
    work_off(&w.app).await.unwrap();
    ask_about(&w.app).await.unwrap();
}

/// Time passes, and the node does its own work.
async fn later(w: &World, span: Span) {
    w.passes(span);
    tends(w).await;
}

impl World {
    /// How the calls of a kind stand: status, tries, round.
    async fn owed(&self, kind: &str) -> Vec<String> {
        let text =
            format!("SELECT status, attempts, round FROM provider_request WHERE kind = '{kind}' ORDER BY id");
        let number = |row: &sea_orm::QueryResult, column: &str| row.try_get::<i64>("", column).unwrap();
        let rows = self.rows(&text).await;
        let line = |row| format!("{} {} {}", word(row), number(row, "attempts"), number(row, "round"));
        rows.iter().map(line).collect()
    }
}

fn word(row: &sea_orm::QueryResult) -> String {
    row.try_get::<String>("", "status").unwrap()
}

/// An order of 200 dollars that was paid by the gateway.
async fn paid(trade: &Trade, gateway: &Gateway) -> Value {
    let order = trade.confirmed(100).await;
    let payment = trade.session(&order).await;
    assert_eq!(gateway.tells(&trade.world, &payment, "succeeded").await, 204);
    order
}

/// One that is completed: 196 dollars can be paid out.
async fn completed(trade: &Trade, gateway: &Gateway) -> Value {
    let order = paid(trade, gateway).await;
    let shipped = trade.dispatches(&order).await;
    trade.delivers(&shipped["shipments"][0]["id"]).await;
    trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
    order
}

async fn payout(trade: &Trade, key: &str, amount: &str) -> Value {
    trade.pays_out(key, amount).await.good()["requestPayout"]["payout"]["id"].clone()
}

async fn payout_status(trade: &Trade, id: &Value) -> String {
    let query = "query ($id: ID!) { payout(id: $id) { status failure } }";
    let found = trade.supplier.asks(query, json!({ "id": id })).await.good()["payout"].clone();
    let failure = found["failure"].as_str().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{}{failure}", found["status"].as_str().unwrap())
}

/// An order with a refund of so many minor units on its way.
async fn refunded(trade: &Trade, gateway: &Gateway, minor: i64) -> (Value, Value) {
    let order = paid(trade, gateway).await;
    let dispute = trade.claimed(&order, minor).await;
    trade.moves(&trade.supplier, "respondToRefundRequest", &dispute, json!({ "accept": true })).await;
    let refund = trade.order(&order, "refunds { id }").await["refunds"][0]["id"].clone();
    (order, refund)
}

async fn refund_status(trade: &Trade, order: &Value) -> String {
    let refund = trade.order(order, "refunds { status failureCount }").await["refunds"][0].clone();
    format!("{} {}", refund["status"].as_str().unwrap(), refund["failureCount"])
}

by_gateway! {
    async fn from_the_session_to_the_payout(w, gateway) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        let seen = trade.order(&order, "number payments { sessionUrl status }").await;
        assert_eq!(seen["payments"][0]["sessionUrl"], format!("https://pay.example.com/{}", payment.as_str().unwrap()));
        let query = "query($id: ID!) { order(id: $id) { payments { id sessionUrl } } }";
        let sold = trade.supplier.asks(query, json!({ "id": order["id"] })).await.good();
        assert_eq!(sold["order"]["payments"], json!([{ "id": payment, "sessionUrl": null }]), "the page is the buyer's");
        let (told, _) = gateway.told(&payment);
        assert_eq!((&told["amountMinor"], &told["currency"]), (&json!("20000"), &json!("USD")));
        assert_eq!((&told["orderId"], &told["orderNumber"]), (&order["id"], &seen["number"]));
        assert_eq!(gateway.tells(&w, &payment, "succeeded").await, 204);
        assert_eq!(gateway.tells_again(&w, &payment).await, 204);
        assert_eq!(trade.status(&order).await, "IN_PRODUCTION");
        let shipped = trade.dispatches(&order).await;
        trade.delivers(&shipped["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let payout = payout(&trade, "first", "100.00").await;
        assert_eq!(payout_status(&trade, &payout).await, "REQUESTED");
        tends(&w).await;
        assert_eq!(payout_status(&trade, &payout).await, "SUBMITTED");
        let (told, _) = gateway.told(&payout);
        assert_eq!((&told["companyId"], &told["account"]), (&json!(trade.supplier.company.as_ref().unwrap().id), &json!("SUPPLIER_PAYABLE")));
        assert_eq!(gateway.tells(&w, &payout, "paid").await, 204);
        assert_eq!((payout_status(&trade, &payout).await.as_str(), gateway.held()), ("PAID", 10_000));
        // Nothing is asked for twice, and nothing is asked about that has ended.
        assert_eq!(gateway.calls(), ["session.open", "payout.send"]);
        later(&w, Span::days(1)).await;
        assert_eq!(gateway.calls(), Vec::<String>::new());
    }

    async fn an_answer_that_says_nothing_is_never_taken_for_one(w, gateway) {
        let moods = [
            Mood::Answers(500, ""), Mood::DoesAndAnswers(503, "{\"status\":\"accepted\"}"), Mood::Hangs, Mood::DoesAndHangs,
            Mood::DoesAndBreaks, Mood::Floods, Mood::Answers(307, ""), Mood::Answers(200, "<html>"), Mood::Answers(200, "{}"),
            Mood::DoesAndAnswers(200, "{\"status\":\"perhaps\"}"), Mood::Answers(202, "{\"status\":\"accepted\"}"),
            Mood::Answers(401, "{}"), Mood::Answers(404, "{\"code\":\"NOT_FOUND\"}"), Mood::Answers(422, "{\"code\":\"account_closed\"}"),
            Mood::DoesAndAnswers(429, ""), Mood::Answers(500, "{\"code\":\"ACCOUNT_CLOSED\"}"),
        ];
        let trade = w.trade().await;
        completed(&trade, &gateway).await;
        gateway.calls();
        for (number, mood) in moods.iter().enumerate() {
            let payout = payout(&trade, &format!("payout-{number}"), "1.00").await;
            gateway.will("payout.send", &[*mood]);
            tends(&w).await;
            assert_eq!(payout_status(&trade, &payout).await, "REQUESTED", "{mood:?}");
            assert_eq!(w.owed("PAYOUT").await[number], "PENDING 1 1", "{mood:?}");
            later(&w, Span::seconds(9)).await;
            assert_eq!(gateway.calls(), ["payout.send"], "{mood:?}: not before its time");
            later(&w, Span::seconds(1)).await;
            assert_eq!(gateway.calls(), ["payout.send"], "{mood:?}");
            assert_eq!(payout_status(&trade, &payout).await, "SUBMITTED", "{mood:?}");
            assert_eq!(gateway.tells(&w, &payout, "paid").await, 204);
        }
        assert_eq!(gateway.held(), 20_000 - 100 * i64::try_from(moods.len()).unwrap());
        println!("gateway: {} answers that say nothing, each asked again and done once", moods.len());
    }

    async fn a_session_waits_for_the_gateway_and_is_opened_once(w, gateway) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let bad_page = "{\"reference\":\"r\",\"url\":\"javascript:alert(1)\"}";
        gateway.will("session.open", &[Mood::DoesAndHangs, Mood::Answers(200, bad_page), Mood::Answers(200, "{\"reference\":\"\",\"url\":\"https://x.example\"}")]);
        let payment = trade.session(&order).await;
        let seen = async || trade.order(&order, "payments { status sessionUrl }").await["payments"][0].clone();
        assert_eq!(seen().await, json!({ "status": "CREATED", "sessionUrl": null }));
        for pause in [10, 30] {
            later(&w, Span::seconds(pause)).await;
            assert_eq!(seen().await["sessionUrl"], Value::Null);
        }
        later(&w, Span::seconds(60)).await;
        assert_eq!(seen().await["sessionUrl"], format!("https://pay.example.com/{}", payment.as_str().unwrap()));
        assert_eq!(w.owed("CREATE_SESSION").await, ["DONE 4 1"]);
        // Another session takes its place: the first one ends at the gateway, too.
        let second = trade.session(&order).await;
        tends(&w).await;
        assert_eq!((gateway.state(&payment), gateway.state(&second)), ("expired", "pending"));
        // One that is refused fails, and says why.
        let other = trade.confirmed(100).await;
        gateway.will("session.open", &[Mood::Answers(422, "{\"code\":\"CURRENCY_NOT_SUPPORTED\",\"reason\":\"No dollars today.\"}")]);
        trade.session(&other).await;
        let refused = trade.order(&other, "status payments { status failure }").await;
        assert_eq!(refused["payments"][0], json!({ "status": "FAILED", "failure": "CURRENCY_NOT_SUPPORTED: No dollars today." }));
        assert_eq!(refused["status"], "PENDING_PAYMENT");
        let third = trade.session(&other).await;
        assert_eq!(gateway.tells(&w, &third, "succeeded").await, 204);
        assert_eq!(trade.status(&other).await, "IN_PRODUCTION");
    }

    async fn a_refund_that_is_refused_stays_owed_and_is_asked_for_again(w, gateway) {
        let closed = Mood::Answers(422, "{\"code\":\"ACCOUNT_CLOSED\",\"reason\":\"Closed in May.\"}");
        let trade = w.trade().await;
        let (order, refund) = refunded(&trade, &gateway, 5_000).await;
        gateway.will("refund.send", &[closed]);
        tends(&w).await;
        assert_eq!(refund_status(&trade, &order).await, "APPROVED 1");
        assert_eq!((w.balance("REFUND_DUE", "USD").await, gateway.state(&refund)), (5_000, "unknown"));
        later(&w, Span::seconds(60)).await;
        assert_eq!(refund_status(&trade, &order).await, "SUBMITTED 1");
        // It was taken and fails later: a new round under the same key.
        assert_eq!(gateway.tells(&w, &refund, "failed").await, 204);
        assert_eq!(refund_status(&trade, &order).await, "APPROVED 2");
        gateway.will("refund.send", &[closed, closed, closed]);
        for failures in 2..5 {
            later(&w, Span::seconds(60 * failures)).await;
        }
        assert_eq!(refund_status(&trade, &order).await, "FAILED 5");
        assert_eq!(w.owed("REFUND").await, ["FAILED 1 5"]);
        later(&w, Span::days(3)).await;
        assert_eq!((w.balance("REFUND_DUE", "USD").await, w.clearing("USD").await), (5_000, 20_000), "owed all the same");
        let input = json!({ "input": { "idempotencyKey": "again", "orderId": order["id"], "refundId": refund } });
        let query = "mutation ($input: RetryRefundInput!) { retryRefund(input: $input) { userErrors { code } } }";
        trade.operator().await.asks(query, input).await.good();
        tends(&w).await;
        let (told, round) = gateway.told(&refund);
        assert_eq!((round, &told["amountMinor"]), (6, &json!("5000")));
        assert_eq!(told["reference"], format!("ref-{}", told["paymentId"].as_str().unwrap()));
        assert_eq!(gateway.tells(&w, &refund, "succeeded").await, 204);
        assert_eq!((refund_status(&trade, &order).await.as_str(), gateway.held()), ("SUCCEEDED 5", 15_000));
    }

    async fn a_payout_that_is_refused_is_the_companys_again(w, gateway) {
        let trade = w.trade().await;
        completed(&trade, &gateway).await;
        let first = payout(&trade, "first", "196.00").await;
        gateway.will("payout.send", &[Mood::Answers(403, "{\"code\":\"PARTY_BLOCKED\"}")]);
        tends(&w).await;
        assert_eq!(payout_status(&trade, &first).await, "FAILED: PARTY_BLOCKED: The provider gave no reason.");
        assert_eq!((w.balance("SUPPLIER_PAYABLE", "USD").await, w.balance("PAYOUT_DUE", "USD").await), (19_600, 0));
        let second = payout(&trade, "second", "196.00").await;
        tends(&w).await;
        assert_eq!(gateway.tells(&w, &second, "failed").await, 204);
        assert_eq!(payout_status(&trade, &second).await, "FAILED: The bank says no.");
        assert_eq!(w.balance("SUPPLIER_PAYABLE", "USD").await, 19_600);
        later(&w, Span::days(9)).await;
        assert_eq!(w.owed("PAYOUT").await, ["FAILED 1 1", "DONE 1 1"], "neither is made again by itself");
    }

    async fn the_janitor_finds_what_no_message_told(w, gateway) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let (first, second) = (trade.session(&order).await, trade.session(&order).await);
        tends(&w).await;
        // Paid by the session that was replaced, while it ended; the message is lost.
        gateway.ends(&first, "succeeded");
        later(&w, Span::seconds(3_599)).await;
        assert_eq!(trade.status(&order).await, "PENDING_PAYMENT");
        later(&w, Span::seconds(1)).await;
        assert_eq!(trade.status(&order).await, "IN_PRODUCTION");
        assert_eq!(gateway.state(&second), "pending");
        // The message comes after all: it is no news.
        assert_eq!(gateway.tells_again(&w, &first).await, 204);
        let shipped = trade.dispatches(&order).await;
        trade.delivers(&shipped["shipments"][0]["id"]).await;
        trade.on(&trade.buyer, "confirmReceipt", &order, json!({})).await.good();
        let (arrives, fails, lost) =
            (payout(&trade, "a", "10.00").await, payout(&trade, "b", "20.00").await, payout(&trade, "c", "30.00").await);
        let (refunded, refund) = refunded(&trade, &gateway, 5_000).await;
        tends(&w).await;
        gateway.ends(&arrives, "paid");
        gateway.ends(&fails, "failed");
        gateway.forgets(&lost);
        gateway.ends(&refund, "failed");
        gateway.will("refund.state", &[Mood::Hangs, Mood::Answers(200, "{\"type\":\"payout.paid\",\"data\":{\"payoutId\":\"x\"}}")]);
        later(&w, Span::hours(1)).await;
        later(&w, Span::hours(3)).await;
        assert_eq!(refund_status(&trade, &refunded).await, "SUBMITTED 0", "what it says is about something else");
        later(&w, Span::hours(8)).await;
        assert_eq!(refund_status(&trade, &refunded).await, "APPROVED 1");
        later(&w, Span::seconds(60)).await;
        assert_eq!((gateway.told(&refund).1, refund_status(&trade, &refunded).await.as_str()), (2, "SUBMITTED 1"));
        gateway.ends(&refund, "succeeded");
        assert_eq!(payout_status(&trade, &arrives).await, "PAID");
        assert_eq!(payout_status(&trade, &fails).await, "FAILED: The bank says no.");
        assert_eq!((gateway.state(&lost), payout_status(&trade, &lost).await.as_str()), ("pending", "SUBMITTED"));
        gateway.ends(&lost, "paid");
        later(&w, Span::days(1)).await;
        assert_eq!((payout_status(&trade, &lost).await.as_str(), refund_status(&trade, &refunded).await.as_str()), ("PAID", "SUCCEEDED 1"));
        assert_eq!(gateway.held(), 40_000 - 1_000 - 3_000 - 5_000);
    }

    async fn a_gateway_that_is_down_for_days_is_for_people(w, gateway) {
        let trade = w.trade().await;
        completed(&trade, &gateway).await;
        let id = payout(&trade, "first", "196.00").await;
        gateway.will("payout.send", &[Mood::DoesAndAnswers(502, ""); 78]);
        for _ in 0..78 {
            later(&w, Span::hours(1)).await;
        }
        assert_eq!(w.owed("PAYOUT").await, ["STALLED 78 1"]);
        let operator = trade.operator().await;
        let query = "{ providerCalls(status: STALLED) { totalCount nodes { id kind subjectId status attemptCount problem amount { minorUnits } } } }";
        let calls = operator.asks(query, json!({})).await.good()["providerCalls"].clone();
        assert_eq!(calls["totalCount"], 1);
        let call = &calls["nodes"][0];
        assert_eq!((&call["subjectId"], &call["kind"], &call["problem"]), (&id, &json!("PAYOUT"), &json!("it answers 502")));
        assert_eq!(payout_status(&trade, &id).await, "REQUESTED", "nothing is assumed");
        gateway.calls();
        later(&w, Span::days(9)).await;
        assert_eq!(gateway.calls().iter().filter(|call| *call == "payout.send").count(), 0);
        let retry = "mutation ($input: RetryProviderCallInput!) { retryProviderCall(input: $input) { providerCall { status } replayed userErrors { code } } }";
        let input = |key: &str| json!({ "input": { "idempotencyKey": key, "providerCallId": call["id"] } });
        let done = operator.asks(retry, input("a")).await.good()["retryProviderCall"].clone();
        assert_eq!(done["providerCall"]["status"], "PENDING");
        assert_eq!(operator.asks(retry, input("a")).await.good()["retryProviderCall"]["replayed"], true);
        operator.asks(retry, input("b")).await.refused("TRANSITION_REFUSED");
        tends(&w).await;
        assert_eq!(payout_status(&trade, &id).await, "SUBMITTED");
        assert_eq!(gateway.tells(&w, &id, "paid").await, 204);
    }

    async fn many_servers_ask_and_it_happens_once(w, gateway) {
        let trade = w.trade().await;
        completed(&trade, &gateway).await;
        let mut ids = Vec::new();
        for number in 0..12 {
            ids.push(payout(&trade, &format!("p{number}"), "10.00").await);
        }
        let (order, refund) = refunded(&trade, &gateway, 5_000).await;
        let workers = join_all((0..4).map(|_| work_off(&w.app))).await;
        assert!(workers.iter().all(Result::is_ok));
        // What lost a race is asked again; the message may come before that.
        assert_eq!(gateway.tells(&w, &refund, "succeeded").await, 204);
        for id in &ids {
            assert_eq!(gateway.tells(&w, id, "paid").await, 204);
        }
        later(&w, Span::days(1)).await;
        for id in &ids {
            assert_eq!(payout_status(&trade, id).await, "PAID");
        }
        assert_eq!(refund_status(&trade, &order).await, "SUCCEEDED 0");
        assert_eq!((w.number("SELECT count(*) FROM provider_request WHERE status = 'PENDING'").await, gateway.held()), (0, 40_000 - 17_000));
    }

    async fn only_the_sandboxs_own_provider_settles_on_command(w, gateway) {
        let trade = w.trade().await;
        let order = trade.confirmed(100).await;
        let payment = trade.session(&order).await;
        trade.settles(&payment, json!({})).await.refused("SANDBOX_ONLY");
        assert_eq!(gateway.state(&payment), "pending");
    }
}
