//! What is acknowledged is on the disk: settings that hold on the writing connection, syncs counted from outside, and a
//! start that stops where the database could lose something.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use surety::store::Reader;
use tokio::time::timeout;

use super::database::{Backend, Database};
use super::dice::{count, seed};
use super::postgres::say;
use super::traffic::{Client, Link, Node, stage};
use super::world::on_both;

on_both! {
    async fn every_writing_connection_is_durable(w) {
        // As many transactions one after the other as the pool has connections, and more.
        for _ in 0..12 {
            let tx = w.app.db.begin().await.unwrap();
            let settings: &[(&str, &str)] = if w.app.db.is_postgres() {
                &[("SELECT current_setting('transaction_isolation')", "read committed")]
            } else {
                &[
                    ("SELECT journal_mode FROM pragma_journal_mode", "wal"),
                    ("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2"),
                    ("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys", "1"),
                ]
            };
            for (sql, wanted) in settings {
                let row = tx.connection().query_one_raw(Statement::from_string(tx.backend(), *sql)).await.unwrap().unwrap();
                assert_eq!(row.try_get_by_index::<String>(0).unwrap(), *wanted, "{sql}");
            }
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn production_stops_where_postgres_could_lose_something() {
    let Some(database) = Database::migrated(Backend::Postgres).await else { return };
    let db = database.open(None).await;
    let ask = Statement::from_string(db.backend(), "SELECT current_setting('fsync')");
    let fsync: String =
        db.connection().query_one_raw(ask).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    if fsync == "on" {
        say("weak PostgreSQL: did not run (the given server is a durable one)");
    } else {
        let refused = db.check_durability().await.unwrap_err().to_string();
        assert!(refused.contains("fsync = off") && refused.contains("postgresql.conf"), "{refused}");
        // The key set is not looked at: the database comes first.
        let told = Command::new(env!("CARGO_BIN_EXE_surety"))
            .arg("serve")
            .current_dir(database.folder.path())
            .env_clear()
            .envs([
                ("SURETY_MODE", "production"),
                ("SURETY_LISTEN", "127.0.0.1:0"),
                ("SURETY_DATABASE_URL", &database.url),
                ("SURETY_ISSUER", "https://id.example.com"),
                ("SURETY_JWKS", "keys-of-the-issuer.json"),
                ("SURETY_TRUSTED_PROXY", "true"),
                ("SURETY_PUBLIC_URL", "https://api.example.com"),
                ("SURETY_CONTENT_DIRECTORY", "content"),
                ("SURETY_PAYMENT_WEBHOOK_SECRETS", "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LW5ldy1zZWNyZXQ="),
                ("SURETY_PAYMENT_GATEWAY_URL", "https://payments.example.com"),
                ("SURETY_WEBHOOK_KEY", "d2ViaG9va3Mtd2ViaG9va3Mtd2ViaG9va3Mtd2ViaG8="),
                ("SURETY_PAYMENT_GATEWAY_SECRET", "whsec_Z2F0ZXdheS1nYXRld2F5LWdhdGV3YXktZ2F0ZXdheQ=="),
            ])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        assert_eq!(told.status.code(), Some(1), "{said}");
        assert!(said.contains("fsync = off"), "{said}");
    }
    db.close().await.unwrap();
    database.remove().await;
}

/// Whether this machine lets a process be traced.
fn can_trace() -> bool {
    Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|told| told.status.success())
}

/// Runs so many orders on a server under a tracer, then lets it stop; commits that were acknowledged, and syncs.
async fn traced(database: &Arc<Database>, link: &Arc<Link>, orders: usize) -> (i64, u64) {
    let folder = database.folder.path();
    let counted = folder.join("syncs");
    let file = counted.to_str().unwrap();
    // The tracer stands aside (-D), so that the process is the server's.
    let wrapper =
        ["strace", "-D", "-f", "-c", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", file];
    let mut node = Node::start_under(&wrapper, &database.url, folder).await;
    link.comes_back(&node.address);
    let mut client = Client::new(link, seed(), orders as u64);
    for _ in 0..orders {
        client.lives().await;
    }
    let pid = node.process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    node.process.wait().await.unwrap();
    // The tracer writes its sums after the end of what it traced.
    let sums = async {
        loop {
            let text = std::fs::read_to_string(&counted).unwrap_or_default();
            if text.contains("total") {
                return text;
            }
            tokio::task::yield_now().await;
        }
    };
    let text = timeout(Duration::from_mins(1), sums).await.expect("the tracer wrote no sums");
    std::fs::remove_file(&counted).unwrap();
    let syncs = text.lines().filter(|line| line.ends_with("fsync") || line.ends_with("fdatasync"));
    let calls = syncs.map(|line| line.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap()).sum();
    // A session is noted in a second transaction before its command is acknowledged.
    (client.counts.commands + client.counts.messages + client.counts.payments, calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_acknowledged_commit_is_synced() {
    if !can_trace() {
        return say("syncs: not counted (strace is not there, or may not trace here)");
    }
    let database = Arc::new(Database::migrated(Backend::Sqlite).await.unwrap());
    let (database, link) = stage(database, false).await;
    let (_, idle) = traced(&database, &link, 0).await;
    let (commits, syncs) = traced(&database, &link, count("SURETY_SYNCED_ORDERS", 30)).await;
    println!("syncs on SQLite: {commits} acknowledged commits, {syncs} syncs, {idle} without any commit");
    assert!(commits > 100 && link.acknowledged.load(Relaxed) > 100);
    let commits = u64::try_from(commits).unwrap();
    assert!(syncs >= idle + commits, "{syncs} syncs for {commits} commits, {idle} without any");
}
