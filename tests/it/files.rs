//! Files: announced, sent, checked on arrival, read by those who may.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::future::join_all;
use serde_json::{Value, json};
use surety::domain::actor::Role;
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::database::Backend;
use super::trade::Trade;
use super::world::{Answer, Party, World, on_both, run_with};

/// A file that was announced.
pub struct Upload {
    /// Its id.
    pub id: Value,
    /// The path to send its content to.
    pub path: String,
}

impl Party {
    /// Announces a file.
    pub async fn announces(&self, input: Value) -> Answer {
        let query = "mutation($input: CreateUploadInput!) { createUpload(input: $input) { replayed \
            file { id status url sha256 } upload { method url headers { name value } expiresAt } userErrors { code field message } } }";
        self.asks(query, json!({ "input": input })).await
    }

    /// Announces this content under a name; the name is the key, too.
    pub async fn announced(&self, name: &str, content: &[u8]) -> Upload {
        let data = self.announces(announcement(name, content)).await.good();
        let upload = &data["createUpload"];
        let url = upload["upload"]["url"].as_str().unwrap();
        Upload { id: upload["file"]["id"].clone(), path: url[url.find("/uploads/").unwrap()..].to_owned() }
    }

    /// Uploads this content; the file's id.
    pub async fn uploads(&self, name: &str, content: &[u8]) -> Value {
        let upload = self.announced(name, content).await;
        let answer = self.world.http.put(self.world.url(&upload.path)).body(content.to_vec());
        let status = answer.header("content-type", "application/pdf").send().await.unwrap().status();
        assert_eq!(status, 204);
        upload.id
    }

    /// A file as this party sees it.
    pub async fn file(&self, id: &Value) -> Value {
        let query = "query($id: ID!) { file(id: $id) { id name status url sha256 byteSize contentType } }";
        self.asks(query, json!({ "id": id })).await.good()["file"].clone()
    }
}

fn announcement(name: &str, content: &[u8]) -> Value {
    json!({ "idempotencyKey": name, "fileName": name, "contentType": "application/pdf", "byteSize": content.len(),
        "sha256": sha256_hex(content) })
}

/// Every file below the content directory, without the directory's name.
fn kept(w: &World) -> Vec<String> {
    let root = w.folder().join("content");
    let (mut folders, mut out) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                out.push(entry.path().strip_prefix(&root).unwrap().display().to_string());
            }
        }
    }
    out.sort();
    out
}

/// A request whose body the server waits for, and of which nothing comes.
async fn awaited(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!("{head}\r\nhost: x\r\nexpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 12];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&told), "HTTP/1.1 100", "{head}");
    stream
}

async fn code(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap_or_default();
    (status, body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned())
}

on_both! {
    async fn content_comes_whole_and_is_read_again(w) {
        let buyer = w.buyer("acme").await;
        let content = b"%PDF-1.7 the drawing".repeat(1_000);
        let upload = buyer.announced("Zeichnung 7.pdf", &content).await;
        assert_eq!(buyer.file(&upload.id).await["status"], "PENDING");
        assert_eq!(buyer.file(&upload.id).await["url"], Value::Null);
        let put = || w.http.put(w.url(&upload.path)).header("content-type", "application/pdf");
        assert_eq!(put().body(content.clone()).send().await.unwrap().status(), 204);
        assert_eq!(put().body(content.clone()).send().await.unwrap().status(), 204, "a second time is no harm");
        let sha256 = sha256_hex(&content);
        assert_eq!(kept(&w), [format!("sha256/{}/{sha256}", &sha256[..2])]);
        let file = buyer.file(&upload.id).await;
        assert_eq!((&file["status"], &file["sha256"], &file["byteSize"]), (&json!("STORED"), &json!(sha256), &json!(content.len())));
        let url = file["url"].as_str().unwrap();
        let read = w.http.get(w.url(&url[url.find("/files/").unwrap()..])).send().await.unwrap();
        assert_eq!(read.status(), 200);
        let header = |name: &str| read.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "application/pdf");
        assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''Zeichnung%207.pdf");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(read.bytes().await.unwrap(), content);
        let again = buyer.announces(announcement("Zeichnung 7.pdf", &content)).await.good();
        let again = &again["createUpload"];
        assert_eq!((&again["replayed"], &again["file"]["id"], &again["upload"]), (&json!(true), &upload.id, &Value::Null));
    }

    async fn other_content_than_announced_leaves_nothing(w) {
        let buyer = w.buyer("acme").await;
        let content = vec![7_u8; 5_000];
        let upload = buyer.announced("a.pdf", &content).await;
        // An upload that is refused before its end ends its connection, too: the next one goes over another.
        let client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
        let put = || client.put(w.url(&upload.path));
        // Sent in pieces, so that no header tells the length.
        let pieces = |size: usize| {
            let chunks: Vec<Result<Vec<u8>, std::io::Error>> = vec![7_u8; size].chunks(1_000).map(|part| Ok(part.to_vec())).collect();
            reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
        };
        let mut wrong = content.clone();
        wrong[4_999] = 8;
        for (request, expected) in [
            (put().body(wrong), 422),
            (put().body(content[1..].to_vec()), 422),
            (put().body([content.clone(), vec![7]].concat()), 422),
            (put().body(pieces(4_999)), 422),
            (put().body(pieces(7_000)), 422),
            (put().body(content.clone()).header("content-type", "text/html"), 415),
        ] {
            let answer = code(request.send().await.unwrap()).await;
            assert_eq!(answer, (expected, "CONTENT_MISMATCH".to_owned()));
            assert_eq!(buyer.file(&upload.id).await["status"], "PENDING");
        }
        let head = format!("PUT {} HTTP/1.1\r\ncontent-type: application/pdf\r\ncontent-length: 5000", upload.path);
        let mut broken = awaited(w.address, &head).await;
        broken.write_all(&[7; 1_000]).await.unwrap();
        drop(broken);
        assert_eq!(put().body(pieces(5_000)).send().await.unwrap().status(), 204, "the right content comes all the same");
        // What was written of an upload that broke off bears a `#` in its name, and goes a moment later.
        let gone = async {
            while kept(&w).iter().any(|name| name.contains('#')) {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(30), gone).await.expect("an upload that broke off leaves its remains");
        assert_eq!(kept(&w).len(), 1, "{:?}", kept(&w));
    }

    async fn one_company_leaves_places_for_uploads_to_others(w) {
        let (one, other) = (w.buyer("acme").await, w.buyer("other").await);
        let upload = one.announced("a.pdf", b"content").await;
        let head = format!("PUT {} HTTP/1.1\r\ncontent-length: 7", upload.path);
        let slow = join_all((0..32).map(|_| awaited(w.address, &head))).await;
        let put = w.http.put(w.url(&upload.path)).body("content").send().await.unwrap();
        assert_eq!(code(put).await, (503, "OVERLOADED".to_owned()));
        other.uploads("b.pdf", b"others' content").await;
        drop(slow);
    }

    async fn addresses_are_good_for_one_purpose_and_a_while(w) {
        let buyer = w.buyer("acme").await;
        let late = buyer.announced("late.pdf", b"late").await;
        let (first, second) = (buyer.announced("1.pdf", b"one").await, buyer.announced("2.pdf", b"two").await);
        let put = |path: &str, content: &'static [u8]| w.http.put(w.url(path)).body(content).send();
        w.passes(Span::seconds(899));
        assert_eq!(put(&first.path, b"one").await.unwrap().status(), 204);
        w.passes(Span::seconds(1));
        assert_eq!(put(&second.path, b"two").await.unwrap().status(), 204, "in time is in time");
        w.passes(Span::seconds(1));
        assert_eq!(code(put(&late.path, b"late").await.unwrap()).await, (410, "DEADLINE_PASSED".to_owned()));
        let fresh = buyer.announces(announcement("late.pdf", b"late")).await.good()["createUpload"].clone();
        assert_eq!((&fresh["replayed"], &fresh["file"]["id"]), (&json!(true), &late.id));
        let fresh = fresh["upload"]["url"].as_str().unwrap().to_owned();
        let fresh = &fresh[fresh.find("/uploads/").unwrap()..];
        let changed = fresh.replace("file_0", "file_1");
        let longer = { let mut parts: Vec<_> = fresh.split('.').collect(); parts[1] = "9999999999"; parts.join(".") };
        for path in [
            changed.as_str(),
            &longer,
            &fresh.replace("/uploads/", "/files/"),
            "/uploads/x",
            "/uploads/..%2f..%2fetc%2fpasswd",
            "/files/..%2f..%2fetc%2fpasswd",
            "/uploads/file_01h2xcejqtf2nbrexx3vqjhp41.9999999999.",
        ] {
            let request = if path.starts_with("/files") { w.http.get(w.url(path)) } else { w.http.put(w.url(path)).body("late") };
            assert_eq!(code(request.send().await.unwrap()).await, (404, "NOT_FOUND".to_owned()), "{path}");
        }
        let url = buyer.file(&first.id).await["url"].as_str().unwrap().to_owned();
        let path = url[url.find("/files/").unwrap()..].to_owned();
        let upload_by_it = w.http.put(w.url(&path.replace("/files/", "/uploads/"))).body("one").send().await.unwrap();
        assert_eq!(upload_by_it.status(), 404);
        w.passes(Span::seconds(900));
        assert_eq!(w.http.get(w.url(&path)).send().await.unwrap().status(), 200);
        w.passes(Span::seconds(1));
        assert_eq!(w.http.get(w.url(&path)).send().await.unwrap().status(), 410);
        assert_eq!(kept(&w).len(), 2);
    }

    async fn what_cannot_be_uploaded_is_refused(w) {
        let buyer = w.buyer("acme").await;
        let before = w.contents().await;
        for (field, value) in [
            ("fileName", json!("../../etc/passwd")), ("fileName", json!("")), ("contentType", json!("text/html")),
            ("byteSize", json!(0)), ("byteSize", json!(26_214_401)), ("sha256", json!("../../../../etc/passwd")), ("sha256", json!("A".repeat(64))),
        ] {
            let mut input = announcement("a.pdf", b"a");
            input[field] = value;
            let answer = buyer.announces(input).await;
            assert_eq!(answer.0["data"]["createUpload"]["userErrors"][0]["field"], json!(["input", field]), "{:#}", answer.0);
            answer.refused("INVALID_INPUT");
        }
        w.contents().await.same_as(&before);
        let other = json!({ "idempotencyKey": "k", "fileName": "b.pdf", "contentType": "application/pdf", "byteSize": 1, "sha256": "a".repeat(64) });
        buyer.announces(other.clone()).await.good();
        let mut changed = other;
        changed["byteSize"] = json!(2);
        buyer.announces(changed).await.refused("IDEMPOTENCY_KEY_REUSED");
    }

    async fn contracts_hold_files_by_hash_and_let_the_other_side_read(w) {
        let trade = w.trade().await;
        let (drawing, label) = (trade.buyer.uploads("drawing.pdf", b"drawing").await, trade.buyer.uploads("label.pdf", b"label").await);
        assert_eq!(trade.supplier.file(&drawing).await, Value::Null);
        let mut wish = trade.wish(100);
        wish["attachmentIds"] = json!([label]);
        wish["lines"][0]["attachmentIds"] = json!([drawing]);
        let order = trade.places(wish).await.good()["placeOrder"]["order"].clone();
        let plain = trade.placed(100).await;
        assert_ne!(order["termsHash"], plain["termsHash"]);
        let order = trade.confirms(&order).await;
        let seen = trade.order(&order, "attachments { name sha256 url } lines { attachments { name sha256 } } contract { document hash }").await;
        assert_eq!(seen["attachments"][0]["sha256"], sha256_hex(b"label"));
        assert_eq!(seen["lines"][0]["attachments"][0]["sha256"], sha256_hex(b"drawing"));
        let document = seen["contract"]["document"].as_str().unwrap();
        assert!(document.contains(&sha256_hex(b"drawing")) && document.contains(&sha256_hex(b"label")));
        assert_eq!(seen["contract"]["hash"], sha256_hex(document.as_bytes()));
        for file in [&drawing, &label] {
            assert_eq!(trade.supplier.file(file).await["status"], "STORED");
            assert_eq!(w.buyer("stranger").await.file(file).await, Value::Null);
        }
        assert!(seen["attachments"][0]["url"].as_str().unwrap().contains("/files/"));
        let carrier = w.party("Swift Lines", Role::Carrier).await;
        let order = trade.pays(&order).await;
        let how = json!({ "carrier": "Swift Lines", "trackingNumber": "1", "mode": "SEA", "carrierId": carrier.company.clone().unwrap().id });
        trade.on(&trade.supplier, "dispatchShipment", &order, how).await.good();
        let query = "query($id: ID!) { order(id: $id) { thread { id } attachments { name url } } }";
        let seen = carrier.asks(query, json!({ "id": order["id"] })).await.good()["order"].clone();
        assert_eq!(seen, json!({ "thread": null, "attachments": [{ "name": "label.pdf", "url": null }] }));
        assert_eq!(w.operator().await.file(&label).await["status"], "STORED");
    }

    async fn files_of_others_and_files_without_content_cannot_be_named(w) {
        let trade = w.trade().await;
        let foreign = w.buyer("stranger").await.uploads("secret.pdf", b"secret").await;
        let pending = trade.buyer.announced("pending.pdf", b"pending").await.id;
        let before = w.contents().await;
        for (file, code) in [(&foreign, "NOT_FOUND"), (&json!("file_01h2xcejqtf2nbrexx3vqjhp41"), "NOT_FOUND"), (&pending, "UPLOAD_PENDING")] {
            let mut wish = trade.wish(100);
            wish["attachmentIds"] = json!([file]);
            trade.places(wish).await.refused(code);
            let mut wish = trade.wish(100);
            wish["lines"][0]["attachmentIds"] = json!([file]);
            let answer = trade.places(wish).await;
            let field = &answer.0["data"]["placeOrder"]["userErrors"][0]["field"];
            assert_eq!(field, &json!(["input", "lines", "0", "attachmentIds", "0"]));
            answer.refused(code);
        }
        let mut wish = trade.wish(100);
        let own = trade.buyer.uploads("own.pdf", b"own").await;
        wish["attachmentIds"] = json!([own, own]);
        trade.places(wish).await.refused("INVALID_INPUT");
        w.contents().await.without(&["stored_file", "idempotency_key"]).same_as(&before.without(&["stored_file", "idempotency_key"]));
    }
}

/// What a bucket holds.
pub type Objects = Arc<Mutex<HashMap<String, Bytes>>>;

/// A service that speaks as much S3 as the product uses; it checks no signature, and no checksum either.
async fn bucket(State(objects): State<Objects>, request: Request) -> Response {
    let key = request.uri().path().trim_start_matches("/files/").to_owned();
    let listed = request.uri().query().filter(|query| query.contains("list-type=2")).map(|query| {
        let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix=")).unwrap_or_default();
        prefix.replace("%2F", "/")
    });
    let range = request.headers().get("range").map(|range| range.to_str().unwrap().to_owned());
    let source = request.headers().get("x-amz-copy-source").map(|from| from.to_str().unwrap().to_owned());
    let method = request.method().as_str().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 24).await.unwrap();
    let missing = || {
        let body = "<Error><Code>NoSuchKey</Code><Message>none</Message></Error>";
        (StatusCode::NOT_FOUND, body).into_response()
    };
    let mut objects = objects.lock().unwrap();
    match (method.as_str(), source) {
        ("PUT", Some(source)) => {
            let from = source.trim_start_matches('/').trim_start_matches("files/");
            let Some(content) = objects.get(from).cloned() else { return missing() };
            objects.insert(key, content);
            "<CopyObjectResult><ETag>\"x\"</ETag><LastModified>2026-05-04T12:00:00Z</LastModified></CopyObjectResult>".into_response()
        }
        ("PUT", None) => {
            objects.insert(key, body);
            ([("etag", "\"x\"")], "").into_response()
        }
        ("GET", _) if listed.is_some() => {
            let prefix = listed.unwrap_or_default();
            let entry = |(key, content): (&String, &Bytes)| {
                let size = content.len();
                format!(
                    "<Contents><Key>{key}</Key><LastModified>2026-05-04T12:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{size}</Size></Contents>"
                )
            };
            let found: String =
                objects.iter().filter(|(key, _)| key.starts_with(&prefix)).map(entry).collect();
            format!("<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")
                .into_response()
        }
        ("GET", _) if range.is_some() => match objects.get(&key) {
            Some(content) => {
                let range = range.unwrap_or_default();
                let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
                let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
                let told = format!("bytes {from}-{to}/{}", content.len());
                let headers = [
                    ("etag", "\"x\""),
                    ("last-modified", "Mon, 04 May 2026 12:00:00 GMT"),
                    ("content-range", told.as_str()),
                ];
                (StatusCode::PARTIAL_CONTENT, headers, content.slice(from..=to)).into_response()
            }
            None => missing(),
        },
        ("GET", _) => match objects.get(&key) {
            Some(content) => {
                ([("etag", "\"x\""), ("last-modified", "Mon, 04 May 2026 12:00:00 GMT")], content.clone())
                    .into_response()
            }
            None => missing(),
        },
        ("DELETE", _) => {
            objects.remove(&key);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_trusted_with_nothing() {
    with_bucket(|w, objects| Box::pin(through_a_bucket(w, objects))).await;
}

/// Runs a story whose content store is a bucket that the test holds.
pub async fn with_bucket(story: impl FnOnce(World, Objects) -> Story) {
    let objects = Objects::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(bucket).with_state(Arc::clone(&objects));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let settings = [
        ("SURETY_CONTENT_DIRECTORY", ""),
        ("SURETY_CONTENT_BUCKET", "files"),
        ("SURETY_CONTENT_ENDPOINT", endpoint.as_str()),
        ("SURETY_CONTENT_ACCESS_KEY", "key"),
        ("SURETY_CONTENT_SECRET_KEY", "word"),
    ];
    run_with(Backend::Sqlite, &settings, |w| story(w, objects)).await;
    server.abort();
}

type Story = Pin<Box<dyn Future<Output = ()>>>;

async fn through_a_bucket(w: World, objects: Objects) {
    let trade = w.trade().await;
    let announced =
        trade.buyer.announces(announcement("a.pdf", b"content")).await.good()["createUpload"].clone();
    let upload = &announced["upload"];
    let url = upload["url"].as_str().unwrap();
    assert!(url.contains("X-Amz-Signature=") && url.contains("x-amz-checksum-sha256"), "{url}");
    let headers: Vec<_> =
        upload["headers"].as_array().unwrap().iter().map(|header| header["name"].as_str().unwrap()).collect();
    assert_eq!(headers, ["content-type", "x-amz-checksum-sha256"]);
    let id = &announced["file"]["id"];
    let order_with = |key: &str| {
        let mut wish = trade.wish(100);
        wish["idempotencyKey"] = json!(key);
        wish["attachmentIds"] = json!([id]);
        wish
    };
    trade.places(order_with("none")).await.refused("UPLOAD_PENDING");
    let put = |content: &'static str| w.http.put(url).body(content).send();
    assert_eq!(put("forged!").await.unwrap().status(), 200, "this bucket takes anything");
    trade.places(order_with("forged")).await.refused("CONTENT_MISMATCH");
    assert!(objects.lock().unwrap().is_empty(), "what is wrong is thrown away");
    put("content").await.unwrap();
    trade.places(order_with("good")).await.good();
    let key = format!("sha256/{}/{}", &sha256_hex(b"content")[..2], sha256_hex(b"content"));
    assert_eq!(objects.lock().unwrap().keys().cloned().collect::<Vec<_>>(), [key]);
    put("later!!").await.unwrap();
    shows_what_the_bucket_has(&w, &trade).await;
    let file = trade.supplier.file(id).await;
    let address = file["url"].as_str().unwrap();
    let direct =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = direct.get(w.url(&address[address.find("/files/").unwrap()..])).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let there = answer.headers()["location"].to_str().unwrap();
    assert_eq!(w.http.get(there).send().await.unwrap().text().await.unwrap(), "content");
}

/// A file that was sent past the server is evidence without being attached to anything before.
async fn shows_what_the_bucket_has(w: &World, trade: &Trade) {
    let order = trade.delivered(100).await;
    let dispute = trade.claimed(&order, 100).await;
    let announced =
        trade.buyer.announces(announcement("torn.pdf", b"torn")).await.good()["createUpload"].clone();
    w.http.put(announced["upload"]["url"].as_str().unwrap()).body("torn").send().await.unwrap();
    let shown = json!({ "kind": "FILE", "reference": announced["file"]["id"] });
    let dispute = trade.moves(&trade.buyer, "submitEvidence", &dispute, shown).await;
    assert_eq!(dispute["evidence"][0]["sha256"], json!(sha256_hex(b"torn")));
}
