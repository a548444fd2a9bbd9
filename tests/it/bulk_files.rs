//! The files of bulk operations: fetched whole, in ranges, again after a break; from a directory and from a bucket.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use surety::domain::contract::sha256_hex;
use surety::domain::time::Span;
use surety::service::bulk;

use super::bulk::{HEAVY, heavy_shelf};
use super::files::{Objects, with_bucket};
use super::world::{Party, World, on_both};

async fn asks(w: &World, method: Method, url: &Value, headers: &[(&str, &str)]) -> Response {
    let request = w.http.request(method, w.here(url));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn exported(shop: &Party, query: &str) -> Value {
    let id = shop.begins("file", query).await;
    shop.world.exports_all().await;
    shop.export(&id).await
}

on_both! {
    async fn a_file_is_fetched_byte_for_byte(w) {
        heavy_shelf(&w, 500).await;
        let shop = w.storefront().await;
        let done = exported(&shop, HEAVY).await;
        let url = &done["url"];
        let whole = asks(&w, Method::GET, url, &[]).await;
        let id = done["id"].as_str().unwrap();
        let tag = format!("\"{}\"", done["sha256"].as_str().unwrap());
        for (name, wanted) in [
            ("content-type", "application/jsonl"),
            ("content-length", done["fileSize"].as_str().unwrap()),
            ("content-disposition", &format!("attachment; filename=\"{id}.jsonl\"")),
            ("etag", &tag),
            ("accept-ranges", "bytes"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(header(&whole, name), wanted, "{name}");
        }
        let content = whole.bytes().await.unwrap();
        let size = content.len();
        assert_eq!(json!(sha256_hex(&content)), done["sha256"]);
        let head = asks(&w, Method::HEAD, url, &[]).await;
        assert_eq!((head.status().as_u16(), header(&head, "content-length"), header(&head, "etag")), (200, size.to_string(), tag.clone()));
        assert!(head.bytes().await.unwrap().is_empty());
        // A download in pieces that cross the parts, each by a new address, as if it broke off every time.
        let mut pieces: Vec<u8> = Vec::new();
        while pieces.len() < size {
            let range = format!("bytes={}-{}", pieces.len(), pieces.len() + 999_999);
            let url = shop.export(&done["id"]).await["url"].clone();
            let piece = asks(&w, Method::GET, &url, &[("range", &range), ("if-range", &tag)]).await;
            assert_eq!(piece.status(), 206);
            let end = (pieces.len() + 1_000_000).min(size);
            assert_eq!(header(&piece, "content-range"), format!("bytes {}-{}/{size}", pieces.len(), end - 1));
            assert_eq!(header(&piece, "content-length"), (end - pieces.len()).to_string());
            pieces.extend(piece.bytes().await.unwrap());
        }
        assert!(pieces == content);
        let part = 4_200_000;
        for (range, wanted) in [
            (format!("bytes={part}-"), part..size),
            ("bytes=-7".to_owned(), size - 7..size),
            (format!("bytes=0-{size}"), 0..size),
            ("bytes=0-0".to_owned(), 0..1),
        ] {
            let answer = asks(&w, Method::GET, url, &[("range", &range)]).await;
            assert_eq!(answer.status(), 206, "{range}");
            assert!(answer.bytes().await.unwrap() == content[wanted], "{range}");
        }
        for range in [format!("bytes={size}-"), format!("bytes={}-{}", size + 5, size + 9), "bytes=-0".to_owned()] {
            let answer = asks(&w, Method::GET, url, &[("range", &range)]).await;
            assert_eq!((answer.status().as_u16(), header(&answer, "content-range")), (416, format!("bytes */{size}")), "{range}");
        }
        let first = ("range", "bytes=0-9");
        for (headers, status, length) in [
            (vec![first, ("if-range", "\"another\"")], 200, size),
            (vec![first, ("if-range", "Mon, 04 May 2026 12:00:00 GMT")], 200, size),
            (vec![("range", "bytes=0-1,5-6")], 200, size),
            (vec![("range", "lines=0-1")], 200, size),
            (vec![("if-none-match", tag.as_str())], 304, 0),
            (vec![first, ("if-none-match", "\"another\"")], 206, 10),
        ] {
            let answer = asks(&w, Method::GET, url, &headers).await;
            assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap().len()), (status, length), "{headers:?}");
        }
    }

    async fn an_address_is_good_for_one_file_and_a_while(w) {
        heavy_shelf(&w, 100).await;
        let (shop, buyer) = (w.storefront().await, w.buyer("acme").await);
        let (done, other) = (exported(&shop, HEAVY).await, exported(&buyer, HEAVY).await);
        let url = done["url"].as_str().unwrap();
        let (path, token) = url.split_once("?token=").unwrap();
        let file = buyer.uploads("a.pdf", b"a").await;
        let file = buyer.file(&file).await["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let path_of_other = other["url"].as_str().unwrap().split_once('?').unwrap().0;
        for (url, status) in [
            (url.to_owned(), 200),
            (path.to_owned(), 404),
            (format!("{path}?token="), 404),
            (format!("{path}?token={}", &token[..token.len() - 1]), 404),
            (format!("{path}?token={}", token.replacen('1', "2", 1)), 404),
            (format!("{path}?token={file}"), 404),
            (format!("{path_of_other}?token={token}"), 404),
        ] {
            assert_eq!(asks(&w, Method::GET, &json!(url), &[]).await.status(), status, "{url}");
        }
        assert_eq!(asks(&w, Method::POST, &json!(url), &[]).await.status(), 405);
        w.passes(Span::seconds(901));
        assert_eq!(asks(&w, Method::GET, &json!(url), &[]).await.status(), 410);
        let again = shop.export(&done["id"]).await["url"].clone();
        assert_eq!(asks(&w, Method::GET, &again, &[]).await.status(), 200);
        w.passes(Span::days(7));
        let late = shop.export(&done["id"]).await["url"].clone();
        bulk::remove_old(&w.app).await.unwrap();
        assert_eq!(asks(&w, Method::GET, &late, &[]).await.status(), 404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_lie_in_a_bucket_as_well() {
    with_bucket(|w, objects| Box::pin(in_a_bucket(w, objects))).await;
}

async fn in_a_bucket(w: World, objects: Objects) {
    heavy_shelf(&w, 500).await;
    let shop = w.storefront().await;
    let done = exported(&shop, HEAVY).await;
    assert_eq!(done["status"], "COMPLETED", "{done:#}");
    let folder = format!("bulk/{}/", done["id"].as_str().unwrap());
    let names: Vec<_> = objects.lock().unwrap().keys().cloned().collect();
    assert!(names.len() >= 2 && names.iter().all(|name| name.starts_with(&folder)), "{names:?}");
    let whole = asks(&w, Method::GET, &done["url"], &[]).await;
    assert_eq!(whole.status(), 200, "through this server: a file of parts has no address in the bucket");
    let whole = whole.bytes().await.unwrap();
    assert_eq!(json!(sha256_hex(&whole)), done["sha256"]);
    let some = asks(&w, Method::GET, &done["url"], &[("range", "bytes=3000000-7000000")]).await;
    assert!(some.bytes().await.unwrap() == whole[3_000_000..=7_000_000]);
    w.passes(Span::days(7));
    bulk::remove_old(&w.app).await.unwrap();
    assert!(objects.lock().unwrap().is_empty());
}
