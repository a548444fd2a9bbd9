//! The audits of the GraphQL over HTTP specification, as its authors publish them (npm `graphql-http`, `serverAudits`), against
//! the product's server and against a server without a schema worth the name. `SURETY_REQUIRE_CLIENTS=1` turns the absence of
//! Node.js into a failure.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::clients::installed;
use super::database::{Backend, Database};
use super::server::Server;
use super::traffic::{Node, stage};

/// Audits of the suite that is pinned in `examples/clients/package-lock.json`.
const AUDITS: usize = 61;

/// Runs the audits against an address and demands that each is met.
async fn passes(clients: &Path, url: &str) {
    let audit = Command::new("node").arg(clients.join("audit.mjs")).arg(url).kill_on_drop(true).output();
    let said = timeout(Duration::from_mins(2), audit).await.expect("the audits end").unwrap();
    let told = String::from_utf8(said.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let unmet: Vec<&&str> = lines
        .iter()
        .filter(|line| line.split(' ').nth(1) != Some("ok") && !line.ends_with("not met"))
        .collect();
    assert!(unmet.is_empty(), "{unmet:#?}");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let of = |demand: &str| lines.iter().filter(|line| line.split(' ').nth(2) == Some(demand)).count();
    let (must, should, may) = (of("MUST"), of("SHOULD"), of("MAY"));
    assert_eq!(must + should + may, AUDITS, "every audit ran");
    println!("audits of GraphQL over HTTP: {must} MUST, {should} SHOULD, {may} MAY, all met");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_meets_every_audit_before_any_schema() {
    let Some(clients) = installed() else { return };
    let server = Server::usual().await;
    passes(&clients, &server.url("/graphql")).await;
    assert_eq!(server.bumps.count(), 0, "no audit may have written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_meets_every_audit() {
    let Some(clients) = installed() else { return };
    let Some(database) = Database::migrated(Backend::Sqlite).await else { return };
    let (database, _link) = stage(Arc::new(database), false).await;
    let mut node = Node::start(database.url.as_str(), database.folder.path()).await;
    passes(&clients, &format!("{}/graphql", node.address)).await;
    node.dies().await;
}
