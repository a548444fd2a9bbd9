//! Bulk operations: the whole result of a query as a file, whoever dies while it is written.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::bulk::{PART_BYTES, PART_PAGES};
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;
use surety::service::{bulk, changes, parties};

use super::database::Backend;
use super::mischief::Fault;
use super::world::{Answer, Party, World, on_both, run_with};

const FIELDS: &str = "id status query objectCount fileSize createdAt startedAt completedAt expiresAt errorCode error url \
    partialUrl sha256 endCursor";
/// Sixty reviews of each product: with [`CHEAP`] pages there is room for one product on a page.
const DEAR: &str = "{ products(sort: NEWEST) { nodes { id title reviews(first: 60) { nodes { id } } } } }";
const CHEAP: (&str, &str) = ("SURETY_BULK_PAGE_COST", "100");
const CATALOGUE: &str = "{ products(sort: NEWEST) { nodes { title id supplier { name country } minimumOrderQuantity \
    priceLadder { breaks { minimumQuantity unitPrice { amount } } } } } }";

impl Party {
    /// Asks for an export under a key.
    pub async fn exports(&self, key: &str, query: &str, variables: Value) -> Answer {
        let mutation = format!(
            "mutation($input: RunBulkQueryInput!) {{ runBulkQuery(input: $input) {{ replayed bulkOperation {{ {FIELDS} }} \
             userErrors {{ code field message }} }} }}"
        );
        let mut input = json!({ "idempotencyKey": key, "query": query });
        if !variables.is_null() {
            input["variables"] = variables;
        }
        self.asks(&mutation, json!({ "input": input })).await
    }

    /// The same, which has to be taken; its id.
    pub async fn begins(&self, key: &str, query: &str) -> Value {
        let data = self.exports(key, query, Value::Null).await.good();
        assert_eq!(data["runBulkQuery"]["bulkOperation"]["status"], "CREATED");
        data["runBulkQuery"]["bulkOperation"]["id"].clone()
    }

    async fn cancels(&self, key: &str, id: &Value) -> Answer {
        let mutation = format!(
            "mutation($input: CancelBulkOperationInput!) {{ cancelBulkOperation(input: $input) {{ replayed \
             bulkOperation {{ {FIELDS} }} userErrors {{ code field message }} }} }}"
        );
        self.asks(&mutation, json!({ "input": { "idempotencyKey": key, "bulkOperationId": id } })).await
    }

    /// How far an export is.
    pub async fn export(&self, id: &Value) -> Value {
        let query = format!("query($id: ID!) {{ bulkOperation(id: $id) {{ {FIELDS} }} }}");
        self.asks(&query, json!({ "id": id })).await.good()["bulkOperation"].clone()
    }

    /// An export of this query from its beginning to its end: the operation and its lines.
    pub async fn whole(&self, key: &str, query: &str) -> (Value, Vec<String>) {
        let id = self.begins(key, query).await;
        self.world.exports_all().await;
        let done = self.export(&id).await;
        assert_eq!(done["status"], "COMPLETED", "{done:#}");
        let lines = self.world.lines(&done["url"]).await;
        assert_eq!(done["objectCount"], json!(lines.len().to_string()));
        (done, lines)
    }
}

impl World {
    /// Takes turns until nothing waits.
    pub async fn exports_all(&self) {
        while bulk::work_once(&self.app).await.unwrap() {}
    }

    /// The server's own address of one that it hands out.
    pub fn here(&self, url: &Value) -> String {
        let url = url.as_str().unwrap_or_else(|| panic!("{url} is no address"));
        self.url(&url[url.find("/bulk/").unwrap()..])
    }

    /// The lines of a file.
    async fn lines(&self, url: &Value) -> Vec<String> {
        let answer = self.http.get(self.here(url)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.text().await.unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    /// A catalogue of so many products, each newer than the one before.
    pub async fn full_shelf(&self, count: usize) {
        let supplier = self.listed_supplier("Acme", "DE", None, &[]).await;
        let wares: Vec<_> = (0..count)
            .map(|number| {
                let mut product = self.product(supplier, &format!("Mug {number}"));
                product.description = format!("Number {number} holds tea, \"coffee\"\nand more.");
                product.created_at = self.now().plus(Span::seconds(i64::try_from(number).unwrap()));
                product
            })
            .collect();
        for some in wares.chunks(100) {
            self.stock(some).await;
        }
    }

    /// Files of exports in the content directory.
    fn objects(&self) -> usize {
        let folders = std::fs::read_dir(self.folder().join("content/bulk")).into_iter().flatten();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }

    /// Everything that a list has, by the API's own pages.
    async fn by_pages(&self, party: &Party, query: &str) -> Vec<String> {
        let (mut lines, mut after) = (Vec::new(), Value::Null);
        loop {
            let data = party.asks(query, json!({ "after": after })).await.good();
            let list = data.as_object().unwrap().values().next().unwrap();
            lines.extend(list["nodes"].as_array().unwrap().iter().map(Value::to_string));
            if list["pageInfo"]["hasNextPage"] == false {
                return lines;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }
}

/// Lines as values, rendered again: the order of fields is the caller's in files and the alphabet's here.
fn values(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap().to_string()).collect()
}

async fn on_each(settings: &[(&str, &str)], backend: Backend, story: impl AsyncFnOnce(World)) {
    run_with(backend, settings, |w| Box::pin(story(w))).await;
}

macro_rules! with_settings {
    ($($name:ident: $settings:expr => $story:ident;)*) => {$(
        mod $name {
            use super::super::database::Backend;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::on_each(&$settings, Backend::Sqlite, super::$story).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::on_each(&$settings, Backend::Postgres, super::$story).await;
            }
        }
    )*};
}

with_settings! {
    parts_are_taken_up_where_they_ended: [super::CHEAP] => in_parts;
    a_cancelled_export_keeps_what_it_has: [super::CHEAP] => cancelled;
    a_right_that_is_taken_ends_the_export: [super::CHEAP] => not_allowed_any_more;
    a_node_that_dies_loses_and_doubles_nothing: [super::CHEAP] => died;
    a_node_that_sleeps_writes_over_nothing: [super::CHEAP] => slept;
    what_may_pass_is_tried_again: [super::CHEAP] => tried_again;
    a_file_has_its_limits: [("SURETY_BULK_BYTES", "3000"), super::CHEAP] => too_large;
    a_file_ends_with_the_last_line_that_fits: [("SURETY_BULK_BYTES", "5000")] => filled_up;
    a_file_without_room_for_one_line_is_none: [("SURETY_BULK_BYTES", "20")] => no_room;
    an_export_has_its_time: [("SURETY_BULK_HOURS", "1"), super::CHEAP] => too_slow;
}

on_both! {
    async fn a_whole_catalogue_is_what_the_pages_are(w) {
        w.full_shelf(230).await;
        let shop = w.storefront().await;
        let (done, lines) = shop.whole("1", CATALOGUE).await;
        let paged = CATALOGUE.replace("{ products(sort: NEWEST) {", "query($after: Cursor) { products(sort: NEWEST, first: 37, after: $after) { pageInfo { hasNextPage endCursor }");
        assert_eq!(values(&lines), w.by_pages(&shop, &paged).await);
        assert!(lines[0].starts_with("{\"title\":\"Mug 229\",\"id\":\"product_"), "fields come as they were selected: {}", lines[0]);
        let file = format!("{}\n", lines.join("\n"));
        assert_eq!((&done["sha256"], &done["fileSize"]), (&json!(sha256_hex(file.as_bytes())), &json!(file.len().to_string())));
        assert_eq!((&done["partialUrl"], &done["error"], &done["query"]), (&Value::Null, &Value::Null, &json!(CATALOGUE)));
        assert!(done["startedAt"].is_string() && done["completedAt"].is_string() && done["expiresAt"] == "2026-05-11T12:00:00Z");
        let (_, edges) = shop.whole("2", "{ found: products(sort: NEWEST) { list: edges { it: node { ...P } } ...Place } } \
            fragment P on Product { id } fragment Place on ProductSearchConnection { pageInfo { endCursor } }").await;
        assert_eq!(edges.len(), 230);
        assert_eq!(serde_json::from_str::<Value>(&edges[3]).unwrap(), json!({ "id": serde_json::from_str::<Value>(&lines[3]).unwrap()["id"] }));
        let (none, empty) = shop.whole("3", "{ products(query: \"nothingofthekind\") { nodes { id } } }").await;
        assert_eq!((empty.len(), &none["fileSize"], &none["sha256"]), (0, &json!("0"), &json!(sha256_hex(b""))));
        let query = "query($id: ID!) { node(id: $id) { id ... on BulkOperation { status } } bulkOperations { totalCount nodes { id } } \
            over: bulkOperations(first: 1, filter: { statuses: [COMPLETED] }) { nodes { id } pageInfo { hasNextPage } } \
            running: bulkOperations(filter: { statuses: [RUNNING] }) { nodes { id } } }";
        let seen = shop.asks(query, json!({ "id": done["id"] })).await.good();
        assert_eq!((&seen["node"]["status"], &seen["bulkOperations"]["totalCount"]), (&json!("COMPLETED"), &json!(3)));
        assert_eq!(seen["bulkOperations"]["nodes"][2]["id"], done["id"], "the newest first");
        assert_eq!((&seen["over"]["pageInfo"]["hasNextPage"], &seen["running"]["nodes"]), (&json!(true), &json!([])));
    }

    async fn variables_decide_as_in_any_request(w) {
        w.full_shelf(30).await;
        let shop = w.storefront().await;
        let query = "query($words: String, $long: Boolean!, $start: Cursor, $unused: Int) { products(query: $words, sort: NEWEST, after: $start) { \
            nodes { id title @include(if: $long) text(language: \"en\") { title } } pageInfo { endCursor @skip(if: $long) } } }";
        let query = query.replace(", $unused: Int", "");
        let run = async |key: &str, variables: Value| {
            shop.exports(key, &query, variables).await.good();
            w.exports_all().await;
            let id = shop.asks("{ bulkOperations(first: 1) { nodes { id } } }", json!({})).await.good()["bulkOperations"]["nodes"][0]["id"].clone();
            let done = shop.export(&id).await;
            assert_eq!(done["status"], "COMPLETED", "{done:#}");
            w.lines(&done["url"]).await
        };
        let all = run("1", json!({ "long": true, "words": null })).await;
        w.passes(Span::seconds(1));
        let short = run("2", json!({ "long": false })).await;
        assert_eq!((all.len(), short.len()), (30, 30));
        assert!(all[0].contains("\"title\":\"Mug 29\",\"text\"") && !short[0].contains("\"title\":\"Mug 29\",\"text\""));
        let page = shop.asks("{ products(sort: NEWEST, first: 25) { pageInfo { endCursor } } }", json!({})).await.good();
        w.passes(Span::seconds(1));
        let rest = run("3", json!({ "long": true, "start": page["products"]["pageInfo"]["endCursor"] })).await;
        assert_eq!(rest, all[25..]);
    }

    async fn everybody_exports_their_own_orders(w) {
        let trade = w.trade().await;
        for _ in 0..3 {
            trade.placed(100).await;
        }
        let query = "{ orders { nodes { id number status buyer { name } lines { quantity } } } }";
        let (_, bought) = trade.buyer.whole("1", query).await;
        let (_, sold) = trade.supplier.whole("1", query).await;
        let stranger = w.buyer("Southgate").await;
        let (_, none) = stranger.whole("1", query).await;
        assert_eq!((bought.len(), none.len()), (3, 0));
        assert_eq!(bought, sold);
        let paged = "query($after: Cursor) { orders(first: 2, after: $after) { nodes { id number status buyer { name } lines { quantity } } pageInfo { hasNextPage endCursor } } }";
        assert_eq!(values(&bought), w.by_pages(&trade.buyer, paged).await);
        let (_, all) = w.operator().await.whole("1", query).await;
        assert_eq!(all, bought);
        let shop = w.storefront().await;
        let id = shop.begins("1", query).await;
        w.exports_all().await;
        let failed = shop.export(&id).await;
        assert_eq!((&failed["status"], &failed["errorCode"], &failed["url"]), (&json!("FAILED"), &json!("FORBIDDEN"), &Value::Null));
        assert_eq!(failed["partialUrl"], Value::Null, "nothing was written");
    }

    async fn the_feed_goes_on_where_the_export_ended(w) {
        w.full_shelf(5).await;
        changes::sequence(&w.app).await.unwrap();
        let shop = w.storefront().await;
        let (done, lines) = shop.whole("1", "{ changes { nodes { kind subjectId node { id } } } }").await;
        assert_eq!(lines.len(), 6);
        let more = w.listed_supplier("Brico", "DE", None, &[]).await;
        changes::sequence(&w.app).await.unwrap();
        let feed = "query($after: Cursor) { changes(after: $after) { nodes { subjectId } } }";
        let news = shop.asks(feed, json!({ "after": done["endCursor"] })).await.good();
        assert_eq!(news["changes"]["nodes"], json!([{ "subjectId": more }]));
    }

    async fn what_cannot_be_read_page_by_page_is_refused(w) {
        let (shop, bare) = (w.storefront().await, w.party("carrier", Role::Carrier).await);
        let before = w.contents().await;
        let refused = [
            ("", "GRAPHQL_PARSE_FAILED", ""),
            ("{ products { nodes { id ", "GRAPHQL_PARSE_FAILED", ""),
            ("{ products { nodes { nothing } } }", "GRAPHQL_VALIDATION_FAILED", "(line 1, column "),
            ("query($a: Int) { products { nodes { id } } }", "GRAPHQL_VALIDATION_FAILED", ""),
            ("mutation { cancelBulkOperation(input: { idempotencyKey: \"a\", bulkOperationId: \"b\" }) { replayed } }", "INVALID_INPUT", "Only a query"),
            ("subscription { orderStatusChanged { __typename } }", "INVALID_INPUT", "Only a query"),
            ("query A { products { nodes { id } } } query B { products { nodes { id } } }", "INVALID_INPUT", "one operation"),
            ("{ serverVersion }", "INVALID_INPUT", "`serverVersion` is no list"),
            ("{ exchangeRates { currencyCode } }", "INVALID_INPUT", "`exchangeRates` is no list"),
            ("{ __typename }", "INVALID_INPUT", "no list"),
            ("{ a: products { nodes { id } } b: products { nodes { id } } }", "INVALID_INPUT", "one list"),
            ("{ ...A } fragment A on Query { products { nodes { id } } }", "INVALID_INPUT", "not as a fragment"),
            ("{ products @include(if: true) { nodes { id } } }", "INVALID_INPUT", "no directives"),
            ("{ products(first: 10) { nodes { id } } }", "INVALID_INPUT", "Leave out `first`"),
            ("{ products(last: 10) { nodes { id } } }", "INVALID_INPUT", "Leave out `last`"),
            ("{ products(before: \"a\") { nodes { id } } }", "INVALID_INPUT", "Leave out `before`"),
            ("{ products(offset: 10) { nodes { id } } }", "INVALID_INPUT", "Leave out `offset`"),
            ("{ products { nodes { id } totalCount } }", "INVALID_INPUT", "Leave out `totalCount`"),
            ("{ products { nodes { id } facets { __typename } } }", "INVALID_INPUT", "Leave out `facets`"),
            ("{ products { pageInfo { endCursor } } }", "INVALID_INPUT", "Select the objects of the list"),
            ("{ products { edges { cursor node { id } } } }", "INVALID_INPUT", "Leave out `cursor`"),
            ("{ products { nodes { id } edges { node { id } } } }", "INVALID_INPUT", "once"),
            ("{ products { a: nodes { id } b: nodes { id } } }", "INVALID_INPUT", "once"),
            ("{ products { ... @skip(if: false) { nodes { id } } } }", "INVALID_INPUT", "above them"),
            ("{ products { nodes { reviews { nodes { id } } } } }", "INVALID_INPUT", "Say `first` or `last` at `reviews`"),
            ("query($bulkPageAfter: Cursor) { products(after: $bulkPageAfter) { nodes { id } } }", "INVALID_INPUT", "the server's"),
            ("{ products { nodes { reviews(first: 100) { nodes { order { lines { product { reviews(first: 100) { nodes { id } } } } } } } } } }", "GRAPHQL_VALIDATION_FAILED", ""),
            ("{ orders { nodes { lines { product { reviews(first: 100) { nodes { id } } category { id } supplier { products(first: 100) { nodes { reviews(first: 100) { nodes { id } } } } } } } } } }", "QUERY_TOO_COSTLY", "at most 10000"),
        ];
        for (index, (query, code, says)) in refused.into_iter().enumerate() {
            let answer = shop.exports(&format!("{index}"), query, Value::Null).await;
            let error = &answer.0["data"]["runBulkQuery"]["userErrors"][0];
            assert_eq!(error["code"], code, "{query}: {answer:?}");
            assert!(error["message"].as_str().unwrap().contains(says), "{query}: {error}");
            assert_eq!(error["field"][1], "query", "{query}");
        }
        let query = "query($words: String!) { products(query: $words) { nodes { id } } }";
        for variables in [Value::Null, json!({ "words": 5 }), json!({ "words": ["a"] })] {
            let answer = shop.exports("v", query, variables).await;
            let error = &answer.0["data"]["runBulkQuery"]["userErrors"][0];
            assert_eq!((&error["code"], &error["field"]), (&json!("BAD_REQUEST"), &json!(["input", "variables"])), "{answer:?}");
        }
        bare.exports("1", CATALOGUE, Value::Null).await.refused("FORBIDDEN");
        shop.exports("", CATALOGUE, Value::Null).await.refused("INVALID_INPUT");
        w.contents().await.same_as(&before);
    }

    async fn one_at_a_time_and_each_once(w) {
        w.full_shelf(3).await;
        let shop = w.storefront().await;
        let before = w.contents().await;
        let check = "mutation($q: String!) { runBulkQuery(input: { idempotencyKey: \"0\", query: $q, validateOnly: true }) { bulkOperation { status } userErrors { code } } }";
        shop.asks(check, json!({ "q": CATALOGUE })).await.good();
        w.contents().await.same_as(&before);
        let id = shop.begins("1", CATALOGUE).await;
        let again = shop.exports("1", CATALOGUE, Value::Null).await.good()["runBulkQuery"].clone();
        assert_eq!((&again["replayed"], &again["bulkOperation"]["id"]), (&json!(true), &id));
        shop.exports("1", "{ suppliers { nodes { id } } }", Value::Null).await.refused("IDEMPOTENCY_KEY_REUSED");
        let second = shop.exports("2", CATALOGUE, Value::Null).await;
        second.refused("BULK_OPERATION_IN_PROGRESS");
        assert!(second.0.to_string().contains(id.as_str().unwrap()), "it says which one: {second:?}");
        let other = w.storefront().await;
        other.begins("1", CATALOGUE).await;
        w.exports_all().await;
        shop.begins("2", CATALOGUE).await;
        let again = shop.exports("1", CATALOGUE, Value::Null).await.good()["runBulkQuery"].clone();
        assert_eq!((&again["bulkOperation"]["id"], &again["bulkOperation"]["status"]), (&id, &json!("COMPLETED")));
        w.exports_all().await;
        let buyer = w.buyer("acme").await;
        let keys: Vec<_> = (0..8).map(|number| format!("race {number}")).collect();
        let answers = join_all(keys.iter().map(|key| buyer.exports(key, CATALOGUE, Value::Null))).await;
        let taken = answers.iter().filter(|answer| answer.codes().is_empty()).count();
        assert_eq!(taken, 1, "{answers:#?}");
        answers.iter().filter(|answer| !answer.codes().is_empty()).for_each(|answer| answer.refused("BULK_OPERATION_IN_PROGRESS"));
    }

    async fn to_others_it_is_not_there(w) {
        w.full_shelf(3).await;
        let (acme, brico) = (w.buyer("acme").await, w.buyer("brico").await);
        let id = acme.begins("1", CATALOGUE).await;
        let no_such = json!("bulk_00000000000000000000000000");
        let company = acme.company.as_ref().unwrap().id;
                let app = parties::create_app(&w.app, "second app", Role::Buyer, acme.app.scopes, &[company]).await.unwrap();
        let mut second = acme.clone();
        second.actor = Arc::new(Actor { app: Some(app.id), ..(*acme.actor).clone() });
        for other in [&brico, &second, &w.operator().await] {
            assert_eq!(other.export(&id).await, Value::Null);
            let both = "query($a: ID!, $b: ID!) { a: node(id: $a) { id } b: node(id: $b) { id } bulkOperations { nodes { id } } }";
            let seen = other.asks(both, json!({ "a": id, "b": no_such })).await.good();
            assert_eq!((&seen["a"], &seen["b"], &seen["bulkOperations"]["nodes"]), (&Value::Null, &Value::Null, &json!([])));
            let (real, made_up) = (other.cancels("1", &id).await, other.cancels("2", &no_such).await);
            real.refused("NOT_FOUND");
            assert_eq!(real.0, made_up.0);
        }
        assert_eq!(acme.export(&id).await["status"], "CREATED");
        acme.cancels("c", &id).await.good();
    }

    async fn old_files_are_removed(w) {
        w.full_shelf(3).await;
        let shop = w.storefront().await;
        let (done, _) = shop.whole("1", CATALOGUE).await;
        bulk::remove_old(&w.app).await.unwrap();
        w.passes(Span::seconds(7 * 86_400 - 1));
        bulk::remove_old(&w.app).await.unwrap();
        let kept = shop.export(&done["id"]).await;
        assert_eq!((&kept["status"], w.objects()), (&json!("COMPLETED"), 1));
        w.passes(Span::seconds(1));
        bulk::remove_old(&w.app).await.unwrap();
        let gone = shop.export(&done["id"]).await;
        assert_eq!((&gone["status"], &gone["url"], &gone["partialUrl"]), (&json!("EXPIRED"), &Value::Null, &Value::Null));
        assert_eq!((&gone["objectCount"], &gone["sha256"]), (&done["objectCount"], &done["sha256"]));
        assert_eq!((w.objects(), w.number("SELECT count(*) AS number FROM bulk_part").await), (0, 0));
        assert_eq!(w.http.get(w.here(&kept["url"])).send().await.unwrap().status(), 404);
        assert!(!w.folder().join("content/bulk").join(done["id"].as_str().unwrap()).exists());
        shop.cancels("c", &done["id"]).await.refused("STATE_CONFLICT");
    }

    async fn the_node_works_by_itself(w) {
        w.full_shelf(120).await;
        w.works();
        let (shop, buyer) = (w.storefront().await, w.buyer("acme").await);
        let ids = [(&shop, shop.begins("1", CATALOGUE).await), (&buyer, buyer.begins("1", CATALOGUE).await)];
        for (party, id) in ids {
            let done = async {
                loop {
                    let found = party.export(&id).await;
                    if found["status"] == "COMPLETED" {
                        break found;
                    }
                }
            };
            let done = tokio::time::timeout(std::time::Duration::from_mins(1), done).await.unwrap();
            assert_eq!(done["objectCount"], "120");
        }
    }
}

/// A part has fifty pages of one product each here.
async fn in_parts(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", DEAR).await;
    for (status, objects) in [("RUNNING", 50), ("RUNNING", 100), ("RUNNING", 120), ("COMPLETED", 120)] {
        assert!(bulk::work_once(&w.app).await.unwrap());
        let now = shop.export(&id).await;
        assert_eq!((&now["status"], &now["objectCount"]), (&json!(status), &json!(objects.to_string())));
        assert_eq!(now["url"].is_null(), status == "RUNNING");
        assert_eq!(now["partialUrl"], Value::Null);
    }
    assert!(!bulk::work_once(&w.app).await.unwrap());
    let lines = w.lines(&shop.export(&id).await["url"]).await;
    let titles: Vec<_> =
        lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].clone()).collect();
    assert_eq!(titles, (0..120).rev().map(|number| json!(format!("Mug {number}"))).collect::<Vec<_>>());
    // Two operations take turns, whoever came first.
    let other = w.buyer("acme").await;
    let (one, two) = (shop.begins("2", DEAR).await, other.begins("2", DEAR).await);
    for _ in 0..2 {
        w.passes(Span::seconds(1));
        w.exports_one().await;
    }
    assert_eq!(shop.export(&one).await["objectCount"], "50");
    assert_eq!(other.export(&two).await["objectCount"], "50");
}

async fn cancelled(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", DEAR).await;
    bulk::work_once(&w.app).await.unwrap();
    // In the middle of a turn: what it reads is thrown away.
    w.mischief.plan(Some((places_of_a_turn() - 1, Fault::Delay)));
    let app = Arc::clone(&w.app);
    let turn = tokio::spawn(async move { bulk::work_once(&app).await.is_ok() });
    w.mischief.until_delayed().await;
    let answer = shop.cancels("c", &id).await.good()["cancelBulkOperation"].clone();
    assert_eq!(
        (&answer["bulkOperation"]["status"], &answer["bulkOperation"]["objectCount"]),
        (&json!("CANCELLED"), &json!("50"))
    );
    w.mischief.release();
    assert!(turn.await.unwrap());
    w.mischief.over();
    let over = shop.export(&id).await;
    assert_eq!(
        (&over["status"], &over["objectCount"], &over["url"], &over["sha256"]),
        (&json!("CANCELLED"), &json!("50"), &Value::Null, &Value::Null)
    );
    assert_eq!(w.lines(&over["partialUrl"]).await.len(), 50);
    assert!(!bulk::work_once(&w.app).await.unwrap());
    shop.cancels("d", &id).await.refused("STATE_CONFLICT");
    assert_eq!(shop.cancels("c", &id).await.good()["cancelBulkOperation"]["replayed"], true);
    // The rest, from where it ended.
    let rest = DEAR.replace("NEWEST)", &format!("NEWEST, after: {})", over["endCursor"]));
    let (_, lines) = shop.whole("2", &rest).await;
    assert_eq!(lines.len(), 70);
    assert!(lines[0].contains("\"Mug 69\""));
    let waiting = shop.begins("3", DEAR).await;
    let called_off = shop.cancels("e", &waiting).await.good()["cancelBulkOperation"]["bulkOperation"].clone();
    assert_eq!((&called_off["status"], &called_off["startedAt"]), (&json!("CANCELLED"), &Value::Null));
    assert!(!bulk::work_once(&w.app).await.unwrap());
}

/// The places that a turn comes to before its last one, the row of the part: taking it, the part, its row.
fn places_of_a_turn() -> usize {
    // Before and after the commit that takes the operation, before the part, before its row.
    4
}

async fn not_allowed_any_more(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    for (key, sql, code) in [
        ("1", "UPDATE partner_app SET scopes = 'bulk:run'", "FORBIDDEN"),
        ("2", "UPDATE partner_app SET scopes = 'catalog:read'", "FORBIDDEN"),
        ("3", "UPDATE partner_app SET active = FALSE", "UNAUTHENTICATED"),
    ] {
        let id = shop.begins(key, DEAR).await;
        bulk::work_once(&w.app).await.unwrap();
        w.tampers(sql).await;
        w.app.standings.forget();
        w.exports_all().await;
        let failed = shop.export(&id).await;
        assert_eq!(
            (&failed["status"], &failed["errorCode"], &failed["objectCount"]),
            (&json!("FAILED"), &json!(code), &json!("50")),
            "{sql}"
        );
        assert!(failed["error"].as_str().unwrap().len() > 20);
        assert_eq!(w.lines(&failed["partialUrl"]).await.len(), 50);
        w.tampers("UPDATE partner_app SET scopes = 'catalog:read bulk:run', active = TRUE").await;
        w.app.standings.forget();
    }
}

async fn died(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let (_, wanted) = shop.whole("calm", DEAR).await;
    // Each of the four turns dies at each of its places once.
    let id = shop.begins("1", DEAR).await;
    let mut deaths = 0;
    for turn in 0..4 {
        for place in 0..if turn == 3 { 3 } else { places_of_a_turn() + 1 } {
            w.mischief.plan(Some((place, Fault::Crash)));
            let app = Arc::clone(&w.app);
            let died = tokio::spawn(async move { bulk::work_once(&app).await }).await;
            w.mischief.over();
            assert!(died.is_err(), "turn {turn} did not come to place {place}");
            deaths += 1;
            w.the_dead_let_go_of("bulk_operation").await;
            if place == 0 {
                continue;
            }
            assert!(!bulk::work_once(&w.app).await.unwrap(), "nobody takes it over before its lease is over");
            w.passes(Span::seconds(61));
        }
        w.exports_one().await;
    }
    let done = shop.export(&id).await;
    assert_eq!(
        (&done["status"], &done["objectCount"]),
        (&json!("COMPLETED"), &json!("120")),
        "after {deaths} deaths"
    );
    assert_eq!(w.lines(&done["url"]).await, wanted);
}

async fn slept(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let (_, wanted) = shop.whole("calm", DEAR).await;
    let id = shop.begins("1", DEAR).await;
    w.mischief.plan(Some((2, Fault::Delay)));
    let app = Arc::clone(&w.app);
    let sleeper = tokio::spawn(async move { bulk::work_once(&app).await.unwrap() });
    w.mischief.until_delayed().await;
    w.passes(Span::seconds(61));
    w.exports_all().await;
    let done = shop.export(&id).await;
    w.mischief.release();
    assert!(sleeper.await.unwrap());
    w.mischief.over();
    let after = shop.export(&id).await;
    assert_eq!((&done["status"], &after["sha256"]), (&json!("COMPLETED"), &done["sha256"]));
    assert_eq!(w.lines(&after["url"]).await, wanted);
    assert_eq!(w.objects(), 3 + 4, "what the sleeper wrote lies beside, and goes with the folder");
    w.passes(Span::days(8));
    bulk::remove_old(&w.app).await.unwrap();
    assert_eq!(w.objects(), 0);
}

async fn tried_again(w: World) {
    w.full_shelf(60).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", DEAR).await;
    let fails = async || {
        w.mischief.plan(Some((2, Fault::Failure)));
        assert!(bulk::work_once(&w.app).await.unwrap());
        w.mischief.over();
    };
    for pause in [2, 4, 8] {
        fails().await;
        assert_eq!(shop.export(&id).await["status"], "RUNNING");
        assert!(!bulk::work_once(&w.app).await.unwrap(), "it waits");
        w.passes(Span::seconds(pause));
    }
    assert!(bulk::work_once(&w.app).await.unwrap());
    assert_eq!(shop.export(&id).await["objectCount"], "50", "and begins to count anew");
    for pause in [2, 4, 8, 16, 32] {
        fails().await;
        w.passes(Span::seconds(pause));
    }
    let failed = shop.export(&id).await;
    assert_eq!((&failed["status"], &failed["errorCode"]), (&json!("FAILED"), &json!("INTERNAL")));
    assert!(!failed["error"].as_str().unwrap().contains("injected"), "{failed:#}");
    assert_eq!(w.lines(&failed["partialUrl"]).await.len(), 50);
    // A file that is no longer what was written is never called complete.
    let id = shop.begins("2", "{ suppliers { nodes { id } } }").await;
    bulk::work_once(&w.app).await.unwrap();
    w.tampers(
        "UPDATE bulk_part SET sha256 = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
    )
    .await;
    for pause in [2, 4, 8, 16, 32] {
        w.exports_all().await;
        w.passes(Span::seconds(pause));
    }
    assert_eq!(shop.export(&id).await["errorCode"], "INTERNAL");
}

async fn too_large(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", DEAR).await;
    w.exports_all().await;
    let failed = shop.export(&id).await;
    assert_eq!((&failed["status"], &failed["errorCode"]), (&json!("FAILED"), &json!("BULK_LIMIT_EXCEEDED")));
    assert!(failed["error"].as_str().unwrap().contains("3000 bytes"));
    let lines = w.lines(&failed["partialUrl"]).await;
    assert_eq!((lines.is_empty(), &failed["objectCount"]), (false, &json!(lines.len().to_string())));
}

async fn filled_up(w: World) {
    const QUERY: &str =
        "query($after: Cursor) { products(sort: NEWEST, after: $after) { nodes { id title description } } }";
    w.full_shelf(60).await;
    let shop = w.storefront().await;
    let (mut titles, mut after) = (Vec::new(), Value::Null);
    for key in 0.. {
        let asked = shop
            .exports(&key.to_string(), QUERY, json!({ "after": after, "bulkPageSize": 7_000 }))
            .await
            .good();
        w.exports_all().await;
        let done = shop.export(&asked["runBulkQuery"]["bulkOperation"]["id"]).await;
        let is_whole = done["status"] == "COMPLETED";
        let lines = w.lines(&done[if is_whole { "url" } else { "partialUrl" }]).await;
        assert_eq!(done["objectCount"], json!(lines.len().to_string()));
        let size: usize = done["fileSize"].as_str().unwrap().parse().unwrap();
        let longest = lines.iter().map(String::len).max().unwrap() + 2;
        assert!(size <= 5_000 && (is_whole || size + longest > 5_000), "{done:#}");
        titles.extend(lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].clone()));
        if is_whole {
            break;
        }
        assert_eq!(done["errorCode"], "BULK_LIMIT_EXCEEDED");
        after = done["endCursor"].clone();
    }
    let wanted: Vec<Value> = (0..60).rev().map(|number| json!(format!("Mug {number}"))).collect();
    assert_eq!(titles, wanted, "what ended early goes on without loss");
}

async fn no_room(w: World) {
    w.full_shelf(3).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", CATALOGUE).await;
    w.exports_all().await;
    let failed = shop.export(&id).await;
    assert_eq!((&failed["status"], &failed["errorCode"]), (&json!("FAILED"), &json!("BULK_LIMIT_EXCEEDED")));
    let nothing = [&failed["objectCount"], &failed["endCursor"], &failed["url"], &failed["partialUrl"]];
    assert_eq!(nothing, [&json!("0"), &Value::Null, &Value::Null, &Value::Null]);
    assert!(failed["error"].as_str().unwrap().contains("Not even the first object fits"), "{failed:#}");
}

async fn too_slow(w: World) {
    w.full_shelf(120).await;
    let shop = w.storefront().await;
    let id = shop.begins("1", DEAR).await;
    bulk::work_once(&w.app).await.unwrap();
    w.passes(Span::seconds(3_601));
    w.exports_all().await;
    let failed = shop.export(&id).await;
    assert_eq!((&failed["status"], &failed["errorCode"]), (&json!("FAILED"), &json!("BULK_LIMIT_EXCEEDED")));
    assert_eq!(w.lines(&failed["partialUrl"]).await.len(), usize::try_from(PART_PAGES).unwrap());
}

impl World {
    /// Takes the turn that waits.
    async fn exports_one(&self) {
        assert!(bulk::work_once(&self.app).await.unwrap());
    }
}

/// Products of twenty kilobytes each.
pub async fn heavy_shelf(w: &World, count: usize) {
    let supplier = w.listed_supplier("Acme", "DE", None, &[]).await;
    for chunk in 0..count.div_ceil(100) {
        let wares: Vec<_> = (0..100)
            .map(|number| {
                let mut product = w.product(supplier, &format!("Mug {}", chunk * 100 + number));
                product.description = "tea ".repeat(4_900);
                product
            })
            .collect();
        w.stock(&wares).await;
    }
}

/// What a description of these takes in a file, and some.
pub const HEAVY: &str = "{ products(sort: NEWEST) { nodes { id description } } }";

on_both! {
    async fn a_part_is_no_larger_than_it_may_be(w) {
        heavy_shelf(&w, 500).await;
        let shop = w.storefront().await;
        let (done, lines) = shop.whole("1", HEAVY).await;
        assert_eq!(lines.len(), 500);
        let (largest, count) = (w.number("SELECT max(byte_size) AS number FROM bulk_part").await, w.number("SELECT count(*) AS number FROM bulk_part").await);
        let page = 100 * 20_000;
        assert!(count >= 2, "{count} parts");
        assert!(largest < i64::try_from(PART_BYTES).unwrap() + page, "{largest} bytes");
        assert_eq!(w.number("SELECT CAST(sum(byte_size) AS BIGINT) AS number FROM bulk_part").await.to_string(), done["fileSize"].as_str().unwrap());
    }
}

/// Memory of this process that is its own, in bytes.
fn private() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: Vec<u64> = statm.split(' ').map(|part| part.trim().parse().unwrap()).collect();
    (pages[1] - pages[2]) * 4_096
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a process of its own: `memory_stays_flat_for_any_size` runs it in one"]
async fn exported_alone() {
    run_with(Backend::Sqlite, &[], |w| async move {
        heavy_shelf(&w, 3_000).await;
        let shop = w.storefront().await;
        // Once, so that everything is warm that is kept: caches of the database, the schema.
        let id = shop.begins("1", HEAVY).await;
        for _ in 0..4 {
            bulk::work_once(&w.app).await.unwrap();
        }
        let (before, mut peak) = (private(), 0);
        let mut turns = 0;
        while bulk::work_once(&w.app).await.unwrap() {
            peak = peak.max(private());
            turns += 1;
        }
        let done = shop.export(&id).await;
        let size: u64 = done["fileSize"].as_str().unwrap().parse().unwrap();
        assert!(size > 55_000_000 && turns > 5, "{size} bytes in {turns} turns");
        let mut answer = w.http.get(w.here(&done["url"])).send().await.unwrap();
        let mut fetched = 0;
        while let Some(bytes) = answer.chunk().await.unwrap() {
            fetched += bytes.len() as u64;
            peak = peak.max(private());
        }
        assert_eq!(fetched, size);
        let grown = peak.saturating_sub(before);
        println!("bulk: {size} bytes were written and fetched; memory grew by {grown} bytes at most");
        assert!(grown < 24 * 1_048_576, "memory grew by {grown} bytes");
    })
    .await;
}

#[test]
fn memory_stays_flat_for_any_size() {
    let this = std::env::current_exe().unwrap();
    let output = std::process::Command::new(this)
        .args(["--ignored", "--exact", "--nocapture", "bulk::exported_alone"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    said.lines().filter(|line| line.starts_with("bulk:")).for_each(|line| println!("{line}"));
}
