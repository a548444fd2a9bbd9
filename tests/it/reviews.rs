//! Reviews: only by who bought and received, once, answered once, moderated; their ratings are what their rows say.

use std::sync::Arc;

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Value as SqlValue};
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::ids::ProductId;
use surety::domain::party::role_scopes;
use surety::domain::review::ReviewSubject;
use surety::domain::time::Span;
use surety::store::Reader;

use super::trade::Trade;
use super::world::{Answer, Party, World, on_both};

const REVIEW: &str = "id kind score subScores { productQuality supplierService onTimeDispatch } title text status \
    hiddenReason helpfulCount media { name sha256 url } reply { text } imported \
    verifiedPurchase { orderNumber completedOn contractHash }";

impl Party {
    /// Gives a command on reviews.
    async fn reviews(&self, mutation: &str, input: Value) -> Answer {
        let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ replayed review {{ {REVIEW} }} \
             userErrors {{ code field message }} }} }}"
        );
        self.asks(&query, json!({ "input": input })).await
    }

    /// A review as this party sees it.
    async fn sees_review(&self, id: &Value) -> Value {
        let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Review {{ {REVIEW} }} }} }}");
        self.asks(&query, json!({ "id": id })).await.good()["node"].clone()
    }
}

impl Trade {
    /// What `submitReview` takes for this order.
    fn opinion(&self, order: &Value, more: Value) -> Value {
        let mut input = json!({ "idempotencyKey": self.key(), "orderId": order["id"], "score": 4, "title": "Good",
            "text": "As on the sample.", "subScores": { "productQuality": 5, "onTimeDispatch": 3 } });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        input.as_object_mut().unwrap().extend(more);
        input
    }

    async fn reviews(&self, order: &Value, more: Value) -> Answer {
        self.buyer.reviews("submitReview", self.opinion(order, more)).await
    }

    async fn reviewed(&self, order: &Value, more: Value) -> Value {
        self.reviews(order, more).await.good()["submitReview"]["review"].clone()
    }

    fn on_review(&self, review: &Value, more: Value) -> Value {
        let mut input = json!({ "idempotencyKey": self.key(), "reviewId": review["id"] });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        input.as_object_mut().unwrap().extend(more);
        input
    }

    async fn product_says(&self, fields: &str) -> Value {
        let query = format!("query($id: ID!) {{ product(id: $id) {{ {fields} }} }}");
        self.buyer.asks(&query, json!({ "id": self.product.to_string() })).await.good()["product"].clone()
    }
}

async fn nothing_changed(w: &World, before: &super::contents::Contents) {
    w.contents()
        .await
        .without(&["company", "partner_app", "partner_app_company", "supplier"])
        .same_as(before);
}

async fn before(w: &World) -> super::contents::Contents {
    w.contents().await.without(&["company", "partner_app", "partner_app_company", "supplier"])
}

on_both! {
    async fn a_product_and_the_store_are_reviewed_once_each(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        let product = json!({ "productId": trade.product.to_string() });
        let file = trade.buyer.uploads("photo.pdf", b"photo").await;
        let mut wish = product.clone();
        wish["attachmentIds"] = json!([file]);
        let review = trade.reviewed(&order, wish).await;
        assert_eq!((&review["kind"], &review["score"], &review["status"]), (&json!("PRODUCT"), &json!(4), &json!("PUBLISHED")));
        assert_eq!(review["subScores"], json!({ "productQuality": 5, "supplierService": null, "onTimeDispatch": 3 }));
        let store = trade.reviewed(&order, json!({ "score": 2 })).await;
        assert_eq!(store["kind"], "STORE");
        // The proof says that somebody bought, not who: the number is masked but for its end.
        let told = trade.order(&order, "number contract { hash }").await;
        let number = told["number"].as_str().unwrap();
        let proof = &review["verifiedPurchase"];
        assert_eq!(proof["orderNumber"], format!("********-******{}", &number[number.len() - 4..]));
        assert_eq!((&proof["completedOn"], &proof["contractHash"]), (&json!("2026-05-04"), &told["contract"]["hash"]));
        // Everybody reads it, the picture too, and the ratings count it at once.
        let stranger = w.storefront().await;
        let seen = stranger.sees_review(&review["id"]).await;
        assert_eq!(seen["media"][0]["name"], "photo.pdf");
        let url = seen["media"][0]["url"].as_str().unwrap();
        let path = url.split_once("/files/").unwrap().1;
        let content = w.http.get(w.url(&format!("/files/{path}"))).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(&content[..], b"photo");
        let found = trade.product_says("rating { average count subScores { productQuality { average count } supplierService { average count } \
            onTimeDispatch { average } } over(period: LAST_90_DAYS) { count average } } supplier { rating { average } } reviews { totalCount }").await;
        assert_eq!(found["rating"]["average"], "4.00");
        assert_eq!(found["rating"]["subScores"], json!({ "productQuality": { "average": "5.00", "count": 1 },
            "supplierService": { "average": null, "count": 0 }, "onTimeDispatch": { "average": "3.00" } }));
        assert_eq!(found["rating"]["over"], json!({ "count": 1, "average": "4.00" }));
        assert_eq!(found["supplier"]["rating"]["average"], "2.00");
        let before = before(&w).await;
        trade.reviews(&order, product).await.refused("REVIEW_EXISTS");
        trade.reviews(&order, json!({})).await.refused("REVIEW_EXISTS");
        nothing_changed(&w, &before).await;
        w.adds_up().await;
        w.passes(Span::days(90));
        let found = trade.product_says("rating { over(period: LAST_90_DAYS) { count } }").await;
        assert_eq!(found["rating"]["over"]["count"], 0);
    }

    async fn who_did_not_buy_and_receive_does_not_review(w) {
        let trade = w.trade().await;
        let open = trade.delivered(100).await;
        let done = trade.received(100).await;
        let other = w.product(trade.supplier.actor.supplier.unwrap(), "Hemp bag");
        w.stock(std::slice::from_ref(&other)).await;
        let stranger = w.buyer("stranger").await;
        let before = before(&w).await;
        trade.reviews(&open, json!({})).await.refused("ORDER_NOT_COMPLETED");
        stranger.reviews("submitReview", trade.opinion(&done, json!({}))).await.refused("NOT_FOUND");
        trade.supplier.reviews("submitReview", trade.opinion(&done, json!({}))).await.refused("FORBIDDEN");
        trade.reviews(&done, json!({ "productId": other.id.to_string() })).await.refused("PRODUCT_NOT_IN_ORDER");
        for wrong in [
            json!({ "score": 0 }), json!({ "score": 6 }), json!({ "score": -1 }),
            json!({ "subScores": { "productQuality": 6 } }), json!({ "subScores": { "onTimeDispatch": 0 } }),
            json!({ "title": "x".repeat(301) }), json!({ "text": "x".repeat(10_001) }), json!({ "text": "a\u{0}b" }),
        ] {
            trade.reviews(&done, wrong).await.refused("INVALID_INPUT");
        }
        for (part, path) in [("supplierService", "subScores.supplierService"), ("onTimeDispatch", "subScores.onTimeDispatch")] {
            let answer = trade.reviews(&done, json!({ "subScores": { part: 9 } })).await;
            let field = &answer.0["data"]["submitReview"]["userErrors"][0]["field"];
            let path: Vec<_> = std::iter::once("input").chain(path.split('.')).collect();
            assert_eq!(*field, json!(path), "{:#}", answer.0);
        }
        trade.reviews(&done, json!({ "orderId": "order_01h2xcejqtf2nbrexx3vqjhp41" })).await.refused("NOT_FOUND");
        trade.reviews(&done, json!({ "attachmentIds": ["file_01h2xcejqtf2nbrexx3vqjhp41"] })).await.refused("NOT_FOUND");
        nothing_changed(&w, &before).await;
    }

    async fn the_window_is_a_hundred_and_eighty_days(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        w.time_passes(Span::days(180)).await;
        assert_eq!(trade.status(&order).await, "CLOSED");
        let review = trade.reviewed(&order, json!({})).await;
        assert_eq!(review["verifiedPurchase"]["completedOn"], "2026-05-04");
        w.passes(Span::seconds(1));
        let product = json!({ "productId": trade.product.to_string() });
        trade.reviews(&order, product).await.refused("DEADLINE_PASSED");
    }

    async fn a_key_reviews_once(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        let wish = trade.opinion(&order, json!({}));
        let first = trade.buyer.reviews("submitReview", wish.clone()).await.good()["submitReview"].clone();
        let before = before(&w).await;
        let again = trade.buyer.reviews("submitReview", wish.clone()).await.good()["submitReview"].clone();
        assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
        assert_eq!(first["review"]["id"], again["review"]["id"]);
        let mut other = wish;
        other["score"] = json!(1);
        trade.buyer.reviews("submitReview", other).await.refused("IDEMPOTENCY_KEY_REUSED");
        let product = json!({ "productId": trade.product.to_string(), "validateOnly": true });
        assert_eq!(trade.reviewed(&order, product).await["score"], 4);
        nothing_changed(&w, &before).await;
    }

    async fn the_supplier_answers_once(w) {
        let trade = w.trade().await;
        let review = trade.reviewed(&trade.received(100).await, json!({})).await;
        let other = w.seller("other mill").await;
        let before = before(&w).await;
        let thanks = |text: &str| trade.on_review(&review, json!({ "text": text }));
        other.reviews("replyToReview", thanks("mine")).await.refused("FORBIDDEN");
        trade.buyer.reviews("replyToReview", thanks("mine")).await.refused("FORBIDDEN");
        trade.supplier.reviews("replyToReview", thanks(" ")).await.refused("INVALID_INPUT");
        trade.supplier.reviews("replyToReview", thanks(&"x".repeat(10_001))).await.refused("INVALID_INPUT");
        let unknown = json!({ "idempotencyKey": "u", "reviewId": "review_01h2xcejqtf2nbrexx3vqjhp41", "text": "so" });
        trade.supplier.reviews("replyToReview", unknown).await.refused("NOT_FOUND");
        nothing_changed(&w, &before).await;
        let answered = trade.supplier.reviews("replyToReview", thanks("Thank you.")).await.good();
        assert_eq!(answered["replyToReview"]["review"]["reply"]["text"], "Thank you.");
        trade.supplier.reviews("replyToReview", thanks("And again.")).await.refused("REPLY_EXISTS");
        assert_eq!(w.storefront().await.sees_review(&review["id"]).await["reply"]["text"], "Thank you.");
    }

    async fn a_hidden_review_counts_nowhere_until_it_is_shown_again(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        let review = trade.reviewed(&order, json!({ "productId": trade.product.to_string() })).await;
        let operator = w.operator().await;
        let stranger = w.buyer("stranger").await;
        let verdict = |status: &str, reason: &str| trade.on_review(&review, json!({ "status": status, "reason": reason }));
        let before = before(&w).await;
        trade.supplier.reviews("moderateReview", verdict("HIDDEN", "bad for us")).await.refused("FORBIDDEN");
        operator.reviews("moderateReview", verdict("HIDDEN", " ")).await.refused("INVALID_INPUT");
        operator.reviews("moderateReview", verdict("PUBLISHED", "so")).await.refused("MODERATION_UNCHANGED");
        nothing_changed(&w, &before).await;
        let hidden = operator.reviews("moderateReview", verdict("HIDDEN", "insults")).await.good();
        assert_eq!(hidden["moderateReview"]["review"]["hiddenReason"], "insults");
        operator.reviews("moderateReview", verdict("HIDDEN", "again")).await.refused("MODERATION_UNCHANGED");
        assert_eq!(stranger.sees_review(&review["id"]).await, Value::Null);
        for party in [&trade.buyer, &trade.supplier, &operator] {
            assert_eq!(party.sees_review(&review["id"]).await["hiddenReason"], "insults");
        }
        let none = json!({ "rating": { "count": 0, "average": null, "over": { "count": 0 } }, "reviews": { "totalCount": 0, "nodes": [] } });
        let fields = "rating { count average over(period: LAST_365_DAYS) { count } } reviews { totalCount nodes { id } }";
        assert_eq!(trade.product_says(fields).await, none);
        w.adds_up().await;
        stranger.reviews("markReviewHelpful", trade.on_review(&review, json!({}))).await.refused("NOT_FOUND");
        trade.reviews(&order, json!({ "productId": trade.product.to_string() })).await.refused("REVIEW_EXISTS");
        operator.reviews("moderateReview", verdict("PUBLISHED", "on second thought")).await.good();
        assert_eq!(trade.product_says(fields).await["rating"]["count"], 1);
        assert_eq!(w.number("SELECT count(*) FROM review_moderation").await, 2);
        w.adds_up().await;
    }

    async fn others_mark_a_review_as_helpful_once(w) {
        let trade = w.trade().await;
        let review = trade.reviewed(&trade.received(100).await, json!({})).await;
        let other = w.buyer("other").await;
        let mark = || trade.on_review(&review, json!({}));
        let before = before(&w).await;
        trade.buyer.reviews("markReviewHelpful", mark()).await.refused("OWN_REVIEW");
        trade.supplier.reviews("markReviewHelpful", mark()).await.refused("FORBIDDEN");
        nothing_changed(&w, &before).await;
        let marked = other.reviews("markReviewHelpful", mark()).await.good();
        assert_eq!(marked["markReviewHelpful"]["review"]["helpfulCount"], 1);
        other.reviews("markReviewHelpful", mark()).await.refused("ALREADY_MARKED");
        w.buyer("third").await.reviews("markReviewHelpful", mark()).await.good();
        assert_eq!(trade.buyer.sees_review(&review["id"]).await["helpfulCount"], 2);
        w.adds_up().await;
    }

    async fn two_submissions_at_once_leave_one_review(w) {
        let trade = Arc::new(w.trade().await);
        for _ in 0..4 {
            let order = trade.received(100).await;
            let product = json!({ "productId": trade.product.to_string() });
            let answers = join_all((0..6).map(|number| {
                let wish = if number % 2 == 0 { product.clone() } else { json!({}) };
                let (trade, order) = (Arc::clone(&trade), order.clone());
                tokio::spawn(async move { trade.reviews(&order, wish).await.codes() })
            })).await;
            let codes: Vec<_> = answers.into_iter().flat_map(Result::unwrap).collect();
            assert_eq!(codes, vec!["REVIEW_EXISTS"; 4]);
        }
        assert_eq!(w.number("SELECT count(*) FROM review").await, 8);
        let found = trade.product_says("rating { count } supplier { rating { count } }").await;
        assert_eq!(found, json!({ "rating": { "count": 4 }, "supplier": { "rating": { "count": 4 } } }));
        w.adds_up().await;
    }

    async fn reviews_are_filtered_and_sorted(w) {
        let trade = w.trade().await;
        let product: ProductId = trade.product;
        let written = w.reviewed(trade.supplier.actor.supplier.unwrap(), ReviewSubject::Product(product), &[5, 1, 3, 1, 4]).await;
        let order = trade.received(100).await;
        trade.reviewed(&order, json!({ "productId": product.to_string(), "score": 2 })).await;
        for name in ["one", "two"] {
            let mark = json!({ "idempotencyKey": "m", "reviewId": written[2].id.to_string() });
            w.buyer(name).await.reviews("markReviewHelpful", mark).await.good();
        }
        let scores = |arguments: String| {
            let trade = &trade;
            async move {
                let found = trade.product_says(&format!("reviews({arguments}) {{ totalCount nodes {{ score }} pageInfo {{ endCursor hasNextPage }} }}")).await;
                let nodes = found["reviews"]["nodes"].as_array().unwrap().clone();
                let scores: Vec<i64> = nodes.iter().map(|node| node["score"].as_i64().unwrap()).collect();
                (scores, found["reviews"].clone())
            }
        };
        for (arguments, wanted) in [
            ("first: 9, sort: HIGHEST_SCORE", vec![5, 4, 3, 2, 1, 1]),
            ("first: 9, sort: LOWEST_SCORE", vec![1, 1, 2, 3, 4, 5]),
            ("first: 2, sort: MOST_HELPFUL", vec![3, 4]),
            ("first: 9, filter: { scores: [1, 5] }, sort: HIGHEST_SCORE", vec![5, 1, 1]),
            ("first: 9, filter: { withText: true }", vec![2]),
            ("first: 9, filter: { scores: [] }", vec![]),
            ("first: 9, filter: { withMedia: true }", vec![]),
            ("last: 2, sort: HIGHEST_SCORE", vec![1, 1]),
        ] {
            assert_eq!(scores(arguments.to_owned()).await.0, wanted, "{arguments}");
        }
        assert_eq!(scores("first: 1, filter: { scores: [1] }".to_owned()).await.1["totalCount"], 2);
        // A cursor goes on where it was, and belongs to its order.
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let (scores, page) = scores(format!("first: 2, sort: LOWEST_SCORE{after}")).await;
            all.extend(scores);
            let cursor = page["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
            if page["pageInfo"]["hasNextPage"] == false {
                let query = format!("query($id: ID!) {{ product(id: $id) {{ reviews(after: \"{cursor}\") {{ totalCount }} }} }}");
                trade.buyer.asks(&query, json!({ "id": product.to_string() })).await.refused("INVALID_CURSOR");
                break;
            }
            after = format!(", after: \"{cursor}\"");
        }
        assert_eq!(all, [1, 1, 2, 3, 4, 5]);
        let query = "query($id: ID!) { product(id: $id) { reviews(filter: { scores: [6] }) { totalCount } } }";
        trade.buyer.asks(query, json!({ "id": product.to_string() })).await.refused("INVALID_INPUT");
    }

    async fn what_somebody_was_sent_is_not_its_own_to_publish(w) {
        let trade = w.trade().await;
        let order = trade.received(100).await;
        let thread = trade.order(&order, "thread { id }").await["thread"]["id"].clone();
        let (theirs, ours) = (trade.supplier.uploads("price.pdf", b"price").await, trade.buyer.uploads("plan.pdf", b"plan").await);
        trade.supplier.says("s", &thread, json!({ "body": "In confidence.", "attachmentIds": [theirs] })).await.good();
        trade.buyer.says("b", &thread, json!({ "body": "In confidence.", "attachmentIds": [ours] })).await.good();
        trade.reviews(&order, json!({ "attachmentIds": [theirs] })).await.refused("NOT_FOUND");
        let submits = async |key: &str, file: &Value| {
            let query = "mutation($input: SubmitVerificationDocumentInput!) { submitVerificationDocument(input: $input) { \
                         verificationDocument { id } userErrors { code field message } } }";
            let licence = json!({ "issuer": "City", "number": "7", "scope": "trade", "validFrom": "2026-01-01" });
            let input = json!({ "idempotencyKey": key, "licence": licence, "fileId": file });
            trade.supplier.asks(query, json!({ "input": input })).await
        };
        submits("theirs", &ours).await.refused("NOT_FOUND");
        submits("own", &theirs).await.good();
        trade.reviews(&order, json!({ "attachmentIds": [ours] })).await.good();
    }

    async fn nobody_moderates_a_review_of_or_by_its_own_company(w) {
        let trade = w.trade().await;
        let review = trade.reviewed(&trade.received(100).await, json!({})).await;
        let operator = w.operator().await;
        let verdict = || trade.on_review(&review, json!({ "status": "HIDDEN", "reason": "insults" }));
        for party in [&trade.supplier, &trade.buyer] {
            let company = party.company.as_ref().unwrap().id;
            let by_token = Actor { company: Some(company), ..(*operator.actor).clone() };
            let linked = surety::service::parties::create_app(&w.app, "linked", Role::Operator,
                role_scopes(Role::Operator), &[company]).await.unwrap();
            let by_app = Actor { app: Some(linked.id), ..(*operator.actor).clone() };
            for actor in [by_token, by_app] {
                let related = Party { actor: Arc::new(actor), ..operator.clone() };
                related.reviews("moderateReview", verdict()).await.refused("FORBIDDEN");
            }
        }
        assert_eq!(trade.buyer.sees_review(&review["id"]).await["status"], "PUBLISHED");
        operator.reviews("moderateReview", verdict()).await.good();
    }

    async fn every_order_of_reviews_has_an_index(w) {
        let tx = w.app.db.begin().await.unwrap();
        let run = async |text: &str| tx.connection().query_all_raw(tx.sql(text, [] as [SqlValue; 0])).await.unwrap();
        let (explain, column) = if tx.is_postgres() {
            // So few rows are read whole and sorted, unless that is forbidden.
            for what in ["seqscan", "bitmapscan", "sort"] {
                run(&format!("SET LOCAL enable_{what} = off")).await;
            }
            ("EXPLAIN", "QUERY PLAN")
        } else {
            ("EXPLAIN QUERY PLAN", "detail")
        };
        for (of, name) in [("product_id = 'x'", "product"), ("supplier_id = 'x' AND r.kind = 'STORE'", "store")] {
            for (key, index) in [("score", "score"), ("6 - r.score", "lowest"), ("helpful", "helpful")] {
                let key = if key.contains(' ') { key.to_owned() } else { format!("r.{key}") };
                let text = format!("{explain} SELECT * FROM review r WHERE r.status = 'PUBLISHED' AND r.{of} \
                    ORDER BY {key} DESC, r.created_at DESC, r.id DESC LIMIT 5");
                let plan: Vec<String> = run(&text).await.iter().map(|row| row.try_get("", column).unwrap()).collect();
                let plan = plan.join(" ");
                assert!(plan.contains(&format!("review_of_{name}_{index}")), "{plan}");
                assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
            }
        }
        tx.rollback().await.unwrap();
    }
}
