//! Every error code is reached: what a case of this file or a story elsewhere asserts by its word. A code that nothing can
//! bring about is one that a partner writes code for in vain.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use surety::domain::error::Code;
use surety::http::limits::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::server::Server;
use super::shelf::dollars;
use super::world::on_both;

/// Codes that nothing here reaches yet, each with its reason. This list may only become shorter.
const UNREACHED: &[(Code, &str)] = &[];

/// The text of every file of the tests, this folder's and those below.
fn tests() -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")];
    let mut out = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                out.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    out
}

#[test]
fn every_code_is_asserted_somewhere() {
    let tests = tests();
    let is_asserted = |code: Code| tests.iter().any(|text| text.contains(&format!("\"{code}\"")));
    let wrong: Vec<_> = Code::ALL
        .iter()
        .filter(|&&code| !UNREACHED.iter().any(|(known, _)| *known == code) && !is_asserted(code))
        .map(|code| format!("{code}: no test reaches it"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(UNREACHED.iter().all(|(_, reason)| !reason.is_empty()));
}

/// Who generates code from the schema reads there what a code means, and not only in a file of the repository.
#[test]
fn the_schema_says_what_each_code_means() {
    let schema = apollo_compiler::Schema::parse(surety::graphql::sdl::sdl(), "schema.graphql").unwrap();
    let words = schema.get_enum("ErrorCode").unwrap();
    assert_eq!(words.values.len(), Code::ALL.len());
    let even = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for code in Code::ALL {
        let described = words.values.get(code.as_str()).and_then(|word| word.description.as_deref());
        assert_eq!(described.map(even), Some(even(code.description())), "{code}");
    }
}

/// The bytes of a body that has begun, and never comes.
const HALF: &str = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{\"query\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_come_is_named() {
    let limits = Limits { body_timeout: Duration::from_millis(100), ..Limits::default() };
    let server = Server::start(limits, &[]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(HALF.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    timeout(Duration::from_secs(5), stream.read_to_end(&mut told)).await.unwrap().unwrap();
    let told = String::from_utf8(told).unwrap();
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "REQUEST_TIMEOUT");
}

on_both! {
    async fn a_quantity_below_the_ladder_has_no_price(w) {
        // As an import may leave it: ten can be ordered, and the ladder begins at a hundred.
        let trade = w.trade_with(|product| product.ladder = dollars(&[(100, "2.00")])).await;
        let before = w.at_rest().await;
        trade.places(trade.wish(10)).await.refused("NO_PRICE_FOR_QUANTITY");
        w.at_rest().await.same_as(&before);
        trade.places(trade.wish(100)).await.good();
    }
}
