//! What callers may spend: buckets that empty, refuse and fill again, apart for each tenant and shared by all nodes.

use serde_json::{Value, json};
use surety::clock::Clock;
use surety::domain::throttle::Payer;
use surety::domain::time::Span;
use surety::faults::Place;
use surety::service::auth;
use surety::service::throttle::{self, Receipt};

use super::mischief::Fault;
use super::server::Answered;
use super::streams::Ear;
use super::world::{Party, World, on_both, on_both_with};

/// A thousand points, and ten of them come back in a second. A node takes fifty at a time of a shared bucket.
const SETTINGS: &[(&str, &str)] = &[("SURETY_COST_CAPACITY", "1000"), ("SURETY_COST_RESTORE_RATE", "10")];
const BEHIND_A_PROXY: &[(&str, &str)] =
    &[("SURETY_COST_CAPACITY", "1000"), ("SURETY_COST_RESTORE_RATE", "10"), ("SURETY_TRUSTED_PROXY", "true")];

/// Costs 100, and 1 where there is no product.
const HUNDRED: &str = "{ products(first: 99) { nodes { id } } }";
/// Costs nothing; the least is taken for it.
const LEAST: &str = "{ serverVersion }";
/// A subscription; what it costs is kept.
const EVENTS: &str = "subscription { stream: events { __typename ... on Checkpoint { cursor } } }";

impl Party {
    fn payer(&self) -> Payer {
        Payer::of(&self.actor, None)
    }

    /// What an operation is answered with over HTTP.
    async fn is_answered(&self, query: &str) -> Answered {
        let request = self.world.http.post(self.world.url("/graphql")).bearer_auth(self.token());
        Answered::of(request.json(&json!({ "query": query }))).await
    }
}

impl World {
    /// Takes points of this payer as a request would that costs so many; whether there were enough.
    async fn charges(&self, payer: &Payer, points: i64) -> Option<Receipt> {
        throttle::charge(&self.app, payer, points).await.unwrap().1
    }

    /// The statements about shared buckets since they were forgotten.
    fn looks(&self) -> Vec<String> {
        let mut statements = self.statements();
        statements.retain(|text| text.contains("rate_bucket"));
        statements
    }

    /// Another node over the same database, whose clock shows the same.
    async fn neighbour(&self) -> Self {
        Self::on(self.database(), Clock::manual(self.now()), SETTINGS).await
    }

    /// Points that a payer has left.
    async fn left(&self, payer: &Payer) -> i64 {
        throttle::standing(&self.app, payer).await.unwrap().currently_available
    }
}

fn cost(answer: &Answered) -> &Value {
    &answer.body["extensions"]["cost"]
}

fn standing(available: i64) -> Value {
    json!({ "maximumAvailable": 1_000, "currentlyAvailable": available, "restoreRate": 10 })
}

on_both! {
    async fn where_nothing_is_throttled_nothing_is_said_of_it(w) {
        let buyer = w.buyer("Acme").await;
        let answer = buyer.is_answered("{ viewer { rateLimit { restoreRate } } }").await;
        assert_eq!(answer.body["data"], json!({ "viewer": { "rateLimit": null } }));
        assert_eq!(cost(&answer), &json!({ "requestedQueryCost": 2, "actualQueryCost": 1 }));
    }
}

on_both_with! {
    super::SETTINGS;

    async fn a_bucket_empties_refuses_and_fills(w) {
        let buyer = w.buyer("Acme").await;
        assert!(w.charges(&buyer.payer(), 990).await.is_some());
        let answer = buyer.is_answered(HUNDRED).await;
        assert_eq!((answer.status, answer.code()), (429, "THROTTLED"));
        assert_eq!(answer.header("retry-after"), "9");
        assert_eq!(answer.body["errors"][0]["extensions"]["retryAfter"], 9);
        let wanted = json!({ "requestedQueryCost": 100, "actualQueryCost": null, "throttleStatus": standing(10) });
        assert_eq!(cost(&answer), &wanted);
        assert!(answer.body.get("data").is_none());
        w.passes(Span::seconds(8));
        assert_eq!(buyer.is_answered(HUNDRED).await.header("retry-after"), "1");
        w.passes(Span::seconds(1));
        let answer = buyer.is_answered(HUNDRED).await;
        assert_eq!((answer.status, &answer.body["data"]), (200, &json!({ "products": { "nodes": [] } })));
        w.passes(Span::hours(1));
        let answer = buyer.is_answered(LEAST).await;
        assert_eq!(cost(&answer)["throttleStatus"], standing(999), "it fills no further than to its capacity");
    }

    async fn what_an_operation_did_not_cost_is_given_back(w) {
        let buyer = w.buyer("Acme").await;
        let answer = buyer.is_answered(HUNDRED).await;
        let wanted = json!({ "requestedQueryCost": 100, "actualQueryCost": 1, "throttleStatus": standing(999) });
        assert_eq!(cost(&answer), &wanted);
        let answer = buyer.is_answered(LEAST).await;
        let wanted = json!({ "requestedQueryCost": 0, "actualQueryCost": 0, "throttleStatus": standing(998) });
        assert_eq!(cost(&answer), &wanted);
        for _ in 0..30 {
            assert_eq!(buyer.is_answered(HUNDRED).await.status, 200);
        }
        assert_eq!(w.left(&buyer.payer()).await, 968);
    }

    async fn tenants_are_apart(w) {
        let (buyer, other) = (w.buyer("Acme").await, w.buyer("Southgate").await);
        assert!(w.charges(&buyer.payer(), 1_000).await.is_some());
        assert_eq!(buyer.is_answered(LEAST).await.code(), "THROTTLED");
        assert_eq!(other.is_answered(LEAST).await.status, 200);
        let anonymous = w.graphql("", LEAST, json!({})).await;
        assert!(anonymous["errors"].is_null(), "{anonymous:#}");
        // The same app for nobody in particular is another tenant.
        let Payer::Tenant(app, Some(_)) = buyer.payer() else { panic!("a buyer acts for a company") };
        assert_eq!(w.left(&Payer::Tenant(app, None)).await, 1_000);
    }

    async fn what_is_refused_costs_the_least(w) {
        let buyer = w.buyer("Acme").await;
        for query in ["{ nonsense }", "{", "subscription { events { __typename } }"] {
            assert_eq!(buyer.is_answered(query).await.status, 200, "{query}: errors of GraphQL are 200 in JSON");
        }
        assert_eq!(w.left(&buyer.payer()).await, 997);
        assert!(w.charges(&buyer.payer(), 997).await.is_some());
        let answer = buyer.is_answered("{ nonsense }").await;
        assert_eq!((answer.status, answer.code()), (429, "THROTTLED"), "nobody validates for free");
        assert_eq!(cost(&answer), &json!({ "actualQueryCost": null, "throttleStatus": standing(0) }));
        assert_eq!(answer.header("retry-after"), "1");
    }

    async fn what_cannot_be_read_costs_the_least_and_what_the_head_refuses_nothing(w) {
        let buyer = w.buyer("Acme").await;
        let posts = async |path: &str, kind: &str, body: Vec<u8>| {
            let request = w.http.post(w.url(path)).bearer_auth(buyer.token()).header("content-type", kind);
            Answered::of(request.body(body)).await
        };
        let gets = async |path: &str| {
            Answered::of(w.http.get(w.url(path)).bearer_auth(buyer.token())).await
        };
        let json = "application/json";
        let unreadable = [
            (b"{".to_vec(), 400),
            (b"[{}]".to_vec(), 400),
            (b"{\"query\":1}".to_vec(), 400),
            (b"{\"query\":\"\xff\"}".to_vec(), 400),
            (vec![b' '; 1_100_000], 413),
        ];
        let twice = "/graphql?query=a&query=b";
        for (body, status) in &unreadable {
            assert_eq!(posts("/graphql", json, body.clone()).await.status, *status);
            assert_eq!(posts("/graphql/stream", json, body.clone()).await.status, *status);
        }
        assert_eq!(gets(twice).await.status, 400);
        assert_eq!(w.left(&buyer.payer()).await, 989, "one for each");
        assert_eq!(posts("/graphql", "text/plain", b"{".to_vec()).await.status, 415);
        let put = w.http.put(w.url("/graphql")).bearer_auth(buyer.token());
        assert_eq!(Answered::of(put).await.status, 405);
        let picture = w.http.post(w.url("/graphql")).bearer_auth(buyer.token()).header("accept", "image/png");
        assert_eq!(Answered::of(picture.json(&json!({ "query": LEAST }))).await.status, 406);
        assert_eq!(w.left(&buyer.payer()).await, 989, "nothing was read");
        assert!(w.charges(&buyer.payer(), 989).await.is_some());
        for (body, _) in &unreadable {
            for path in ["/graphql", "/graphql/stream"] {
                let answer = posts(path, json, body.clone()).await;
                assert_eq!((answer.status, answer.code()), (429, "THROTTLED"), "{path}: nothing is read for nobody's points");
                assert_eq!(answer.header("retry-after"), "1");
            }
        }
        assert_eq!(gets(twice).await.status, 429);
        assert_eq!(posts("/graphql", "text/plain", b"{".to_vec()).await.status, 415);
        w.passes(Span::seconds(1));
        assert_eq!(posts("/graphql", json, b"{".to_vec()).await.status, 400);
        assert_eq!(w.left(&buyer.payer()).await, 9);
    }

    async fn bad_tokens_take_nothing_from_those_who_ask_without_one(w) {
        let here = Payer::Address("127.0.0.1".parse().unwrap());
        let asks = async |token: &str| {
            let request = w.http.post(w.url("/graphql")).bearer_auth(token);
            Answered::of(request.json(&json!({ "query": LEAST }))).await.status
        };
        for _ in 0..100 {
            assert_eq!(asks("nonsense").await, 401);
        }
        assert_eq!(asks("nonsense").await, 429);
        assert_eq!(w.left(&here).await, 1_000);
        assert!(w.charges(&here, 1_000).await.is_some());
        w.passes(Span::seconds(1));
        assert_eq!(asks("nonsense").await, 401, "nor the other way round");
    }

    async fn the_viewer_reads_its_own_bucket(w) {
        let buyer = w.buyer("Acme").await;
        let query = "{ viewer { rateLimit { maximumAvailable currentlyAvailable restoreRate } } }";
        let answer = buyer.is_answered(query).await;
        // What the query itself may cost is taken while it runs.
        assert_eq!(answer.body["data"]["viewer"]["rateLimit"], standing(998));
    }

    async fn subscriptions_pay_once(w) {
        let buyer = w.buyer("Acme").await;
        let stream = async || {
            let request = w.http.post(w.url("/graphql/stream")).bearer_auth(buyer.token());
            request.header("accept", "text/event-stream").json(&json!({ "query": EVENTS })).send().await.unwrap()
        };
        let opened = stream().await;
        assert_eq!(opened.status(), 200);
        let (ear, _) = Ear::open(&w, &buyer, EVENTS, json!({})).await;
        assert_eq!(w.left(&buyer.payer()).await, 998, "each costs one, and keeps it");
        assert!(w.charges(&buyer.payer(), 998).await.is_some());
        let refused = stream().await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "1");
        let body: Value = refused.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "THROTTLED");
        let mut refused = Ear::to(&w, &buyer, EVENTS, json!({})).await;
        let message = refused.message().await;
        assert_eq!(message["type"], "error");
        assert_eq!(message["payload"][0]["extensions"], json!({ "code": "THROTTLED", "retryAfter": 1 }));
        drop((opened, ear));
    }

    async fn callers_without_a_token_pay_by_their_address(w) {
        let here = Payer::Address("127.0.0.1".parse().unwrap());
        assert!(w.charges(&here, 1_000).await.is_some());
        // Nobody chooses its own address.
        let claims = w.http.post(w.url("/graphql")).header("x-forwarded-for", "192.0.2.1");
        let answer = Answered::of(claims.json(&json!({ "query": LEAST }))).await;
        assert_eq!((answer.status, answer.code()), (429, "THROTTLED"));
        assert_eq!(w.left(&Payer::Strangers).await, 1_000);
    }

    async fn visitors_of_a_storefront_pay_by_their_address(w) {
        let operator = w.operator().await;
        let (_, _, key) = operator.makes_storefront("shop", json!([])).await;
        let session = auth::authenticate(&w.app, Some(&format!("Bearer {key}"))).await.unwrap();
        let [here, elsewhere] = ["127.0.0.1", "192.0.2.1"].map(|text| session.payer(text.parse().ok()));
        let asks = async || {
            let request = w.http.post(w.url("/graphql")).bearer_auth(&key);
            Answered::of(request.json(&json!({ "query": "{ viewer { rateLimit { currentlyAvailable } } }" }))).await
        };
        assert_eq!(asks().await.body["data"]["viewer"]["rateLimit"]["currentlyAvailable"], 998);
        assert!(w.charges(&here, 990).await.is_some());
        assert!(w.charges(&here, 900).await.is_none());
        assert_eq!((w.left(&elsewhere).await, w.left(&Payer::of(&session.actor, None)).await), (1_000, 1_000));
        let counts = &w.app.telemetry.strangers_throttled;
        assert_eq!(counts.refused.count(), 1);
        assert_eq!(counts.taken.count() - counts.returned.count(), 992, "what is given back was not spent");
    }

    async fn what_was_taken_is_spent_from_memory(w) {
        let buyer = w.buyer("Acme").await;
        assert!(w.charges(&buyer.payer(), 10).await.is_some());
        w.forget_statements();
        for _ in 0..5 {
            assert!(w.charges(&buyer.payer(), 10).await.is_some());
        }
        let stranger = Payer::Address("192.0.2.1".parse().unwrap());
        assert!(w.charges(&stranger, 10).await.is_some());
        assert_eq!(w.statements(), Vec::<String>::new());
        assert_eq!(w.left(&buyer.payer()).await, 940);
    }

    async fn nodes_share_one_bucket(w) {
        if !w.app.db.is_postgres() {
            // One node is all there is.
            return;
        }
        let other = w.neighbour().await;
        let buyer = w.buyer("Acme").await;
        let (payer, mut admitted) = (buyer.payer(), 0);
        loop {
            let (here, there) = (w.charges(&payer, 10).await, other.charges(&payer, 10).await);
            admitted += usize::from(here.is_some()) + usize::from(there.is_some());
            if here.is_none() && there.is_none() {
                break;
            }
        }
        assert!((90..=100).contains(&admitted), "a thousand points, less what the nodes hold: {admitted}");
        // What one of them holds the other does not have: no more than two parts, and for no longer than it fills again.
        w.passes(Span::seconds(50));
        other.passes(Span::seconds(50));
        let receipt = w.charges(&payer, 500).await.unwrap();
        assert!(other.charges(&payer, 100).await.is_none());
        assert!(throttle::settle(&w.app, receipt, 0).await.is_some());
        other.forget_statements();
        assert!(other.charges(&payer, 400).await.is_none(), "it saw just now that nothing was left");
        assert_eq!(other.looks(), Vec::<String>::new());
        other.passes(Span::seconds(1));
        assert!(other.charges(&payer, 400).await.is_some(), "what is given back is there for all");
        other.stops();
    }

    async fn credit_that_lies_idle_is_not_spent_unseen(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let buyer = w.buyer("Acme").await;
        assert!(w.charges(&buyer.payer(), 10).await.is_some());
        w.passes(Span::seconds(5));
        w.forget_statements();
        assert!(w.charges(&buyer.payer(), 10).await.is_some());
        assert_eq!((w.looks().len(), w.statements().len()), (2, 2), "{:#?}", w.statements());
        assert_eq!(w.left(&buyer.payer()).await, 990, "and it was given back");
    }

    async fn who_has_nothing_left_is_refused_from_memory(w) {
        let buyer = w.buyer("Acme").await;
        let payer = buyer.payer();
        assert!(w.charges(&payer, 1_000).await.is_some());
        w.forget_statements();
        for _ in 0..20 {
            assert!(w.charges(&payer, 10).await.is_none());
            assert_eq!(buyer.is_answered(LEAST).await.code(), "THROTTLED");
        }
        let looks = w.looks();
        assert!(looks.len() <= 1 && looks.iter().all(|text| text.starts_with("SELECT")), "{looks:#?}");
        w.passes(Span::seconds(1));
        w.forget_statements();
        for _ in 0..20 {
            assert!(w.charges(&payer, 30).await.is_none());
        }
        assert!(w.looks().len() <= 1, "it looks again after a while: {:#?}", w.looks());
        // What has come back by its own reckoning is not refused, however short ago it looked.
        assert!(w.charges(&payer, 10).await.is_some());
        assert_eq!(buyer.is_answered(LEAST).await.header("retry-after"), "1");
    }

    async fn costly_operations_in_a_row_do_not_write_twice_each(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let payer = w.buyer("Acme").await.payer();
        let asks = async || {
            let receipt = w.charges(&payer, 100).await.unwrap();
            throttle::settle(&w.app, receipt, 1).await.unwrap();
        };
        asks().await;
        asks().await;
        w.forget_statements();
        for _ in 0..20 {
            asks().await;
        }
        assert_eq!(w.looks(), Vec::<String>::new());
        assert_eq!(w.left(&payer).await, 978);
        w.passes(Span::seconds(1));
        asks().await;
        assert_eq!(w.looks().len(), 2, "what it need not hold is there for all: {:#?}", w.looks());
    }

    async fn what_ran_already_is_owed_to_the_shared_bucket(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let (other, payer) = (w.neighbour().await, w.buyer("Acme").await.payer());
        assert!(w.charges(&payer, 10).await.is_some());
        w.forget_statements();
        assert_eq!(throttle::owe(&w.app, &payer, 300, 0).await.unwrap().currently_available, 690);
        assert_eq!(w.statements(), Vec::<String>::new());
        assert!(w.charges(&payer, 10).await.is_some());
        assert_eq!(w.left(&payer).await, 680);
        // The other node has all but the part that this one holds.
        assert!(other.charges(&payer, 631).await.is_none());
        assert!(other.charges(&payer, 630).await.is_some());
        other.stops();
    }

    async fn no_more_than_a_full_bucket_is_owed(w) {
        let payer = w.buyer("Acme").await.payer();
        assert_eq!(throttle::owe(&w.app, &payer, 1_000_000, 0).await.unwrap().currently_available, 0);
        assert!(w.charges(&payer, 1).await.is_none());
        w.passes(Span::seconds(100));
        assert!(w.charges(&payer, 1).await.is_none());
        w.passes(Span::seconds(1));
        assert!(w.charges(&payer, 10).await.is_some());
        assert!(w.charges(&payer, 1).await.is_none());
    }

    async fn what_was_let_through_apart_is_charged_later(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let (other, payer) = (w.neighbour().await, w.buyer("Acme").await.payer());
        w.mischief.plan_every(Place::BeforeCommit, Fault::Failure);
        let receipt = w.charges(&payer, 600).await.unwrap();
        let late = w.charges(&payer, 100).await.unwrap();
        w.mischief.over();
        assert!(throttle::settle(&w.app, receipt, 300).await.is_some());
        assert_eq!(w.left(&payer).await, 600);
        for node in [&w, &other] {
            node.passes(Span::seconds(2));
        }
        // 400 are owed, and 20 of them came back.
        assert!(w.charges(&payer, 10).await.is_some());
        assert_eq!(w.left(&payer).await, 610);
        assert!(other.charges(&payer, 561).await.is_none());
        assert!(other.charges(&payer, 560).await.is_some());
        // What is given back only now was charged to the row, and goes there.
        assert!(throttle::settle(&w.app, late, 0).await.is_some());
        other.passes(Span::seconds(1));
        assert!(other.charges(&payer, 110).await.is_some(), "100 of it, and 10 that came back");
        assert!(other.charges(&payer, 10).await.is_none());
        other.stops();
    }

    async fn what_came_back_while_apart_is_not_owed(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let payer = w.buyer("Acme").await.payer();
        for _ in 0..3 {
            assert_eq!(throttle::owe(&w.app, &payer, 900, 0).await.unwrap().currently_available, 100);
            w.passes(Span::seconds(90));
        }
        assert!(w.charges(&payer, 1_000).await.is_some());
        assert!(w.charges(&payer, 1).await.is_none());
    }

    async fn who_hangs_up_during_a_look_leaves_nothing_half_way(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        // Before the row is changed, and after.
        for (place, name) in ["Acme", "Southgate"].into_iter().enumerate() {
            let payer = w.buyer(name).await.payer();
            assert!(w.charges(&payer, 10).await.is_some());
            assert!(throttle::owe(&w.app, &payer, 150, 0).await.is_some());
            w.mischief.plan(Some((place, Fault::Delay)));
            let caller = w.clone();
            let charging = tokio::spawn(async move { caller.charges(&payer, 500).await.is_some() });
            w.mischief.until_delayed().await;
            charging.abort();
            assert!(charging.await.unwrap_err().is_cancelled());
            w.mischief.release();
            assert_eq!(w.left(&payer).await, 840, "what did not run is not paid, what is owed is charged once");
            w.mischief.over();
            assert!(w.charges(&payer, 500).await.is_some());
            assert!(w.charges(&payer, 340).await.is_some());
            assert!(w.charges(&payer, 1).await.is_none());
        }
    }

    async fn a_change_that_nobody_heard_of_errs_against_the_payer(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let payer = w.buyer("Acme").await.payer();
        assert!(w.charges(&payer, 10).await.is_some());
        w.mischief.plan_every(Place::AfterCommit, Fault::Failure);
        assert!(w.charges(&payer, 100).await.is_some(), "by the node's own bucket");
        w.mischief.over();
        assert_eq!(w.left(&payer).await, 890);
        w.passes(Span::seconds(2));
        assert!(w.charges(&payer, 10).await.is_some());
        // 900 without the failure: the part of 50 is gone with it, and the hundred, of which ten came back here, is paid twice.
        assert_eq!(w.left(&payer).await, 760);
    }

    async fn a_database_with_another_clock_stops_no_bucket(w) {
        if !w.app.db.is_postgres() {
            return;
        }
        let payer = w.buyer("Acme").await.payer();
        let ahead = World::on(w.database(), Clock::manual(w.now().plus(Span::hours(1))), SETTINGS).await;
        assert!(ahead.charges(&payer, 1_000).await.is_some());
        assert!(w.charges(&payer, 100).await.is_none(), "it gives nothing");
        w.passes(Span::seconds(10));
        assert!(w.charges(&payer, 101).await.is_none());
        assert!(w.charges(&payer, 100).await.is_some(), "and goes on from there");
        ahead.stops();
    }

    async fn a_database_that_does_not_answer_throttles_nobody(w) {
        let buyer = w.buyer("Acme").await;
        let payer = buyer.payer();
        assert!(w.charges(&payer, 600).await.is_some());
        w.mischief.plan_every(Place::BeforeCommit, Fault::Failure);
        assert!(w.charges(&payer, 300).await.is_some(), "the node goes on by what it knew");
        let receipt = w.charges(&payer, 100).await.unwrap();
        assert!(w.charges(&payer, 1).await.is_none(), "and by its own bucket it throttles");
        assert!(throttle::settle(&w.app, receipt, 60).await.is_some());
        assert_eq!(w.left(&payer).await, 40);
        w.mischief.over();
        w.passes(Span::seconds(96));
        assert!(w.charges(&payer, 1_000).await.is_some());
        assert!(w.charges(&payer, 10).await.is_none());
    }
}

on_both_with! {
    super::BEHIND_A_PROXY;

    async fn behind_a_proxy_the_last_address_counts(w) {
        let asks = async |forwarded: &str| {
            let request = w.http.post(w.url("/graphql")).header("x-forwarded-for", forwarded);
            Answered::of(request.json(&json!({ "query": LEAST }))).await.status
        };
        assert!(w.charges(&Payer::Address("192.0.2.1".parse().unwrap()), 1_000).await.is_some());
        assert_eq!(asks("192.0.2.2, 192.0.2.1").await, 429);
        assert_eq!(asks("192.0.2.1, 192.0.2.2").await, 200);
        assert_eq!(asks("unknown").await, 200);
        assert_eq!(w.left(&Payer::Strangers).await, 999);
    }
}
