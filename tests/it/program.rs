//! The program as a partner starts it: a fresh folder, no settings, one command.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running sandbox; killed at the latest when the test ends.
struct Program {
    process: Child,
    address: String,
    tokens: HashMap<String, String>,
}

impl Program {
    /// Starts it in a folder and reads what it prints until it has printed the operator's token.
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_surety"))
            .current_dir(folder)
            .env_clear()
            .env("SURETY_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut address, mut tokens, mut role) = (String::new(), HashMap::new(), String::new());
        for line in lines.map(Result::unwrap) {
            if let Some((_, found)) = line.split_once("listens on ") {
                found.clone_into(&mut address);
            } else if let Some(token) = line.strip_prefix("Bearer ") {
                tokens.insert(role.clone(), token.to_owned());
                if role == "operator" {
                    break;
                }
            } else {
                role = line;
            }
        }
        Self { process, address, tokens }
    }

    async fn asks(&self, role: &str, query: &str) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{}/graphql", self.address)).json(&json!({ "query": query }));
        request.bearer_auth(&self.tokens[role]).send().await.unwrap().json().await.unwrap()
    }

    /// Asks it to stop, as a service manager does; its exit code.
    fn stop(mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(told.success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _gone_already = self.process.wait();
    }
}

#[tokio::test]
async fn a_fresh_sandbox_starts_answers_stops_and_starts_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Program::start(folder.path());
    for role in ["storefront", "buyer", "supplier", "operator"] {
        let answer = first.asks(role, "{ serverVersion }").await;
        assert_eq!(answer["data"]["serverVersion"], env!("CARGO_PKG_VERSION"), "{role}: {answer}");
    }
    let page = reqwest::get(&first.address).await.unwrap();
    assert!(page.status().is_success() && page.text().await.unwrap().contains("/assets/graphiql"));
    let token = first.tokens["buyer"].clone();
    assert_eq!(first.stop(), Some(0));

    let told = Command::new(env!("CARGO_BIN_EXE_surety"))
        .arg("restored")
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert!(told.status.success() && String::from_utf8(told.stdout).unwrap().contains("begin again"));

    // The data and the keys are still there: an old token is good.
    let mut second = Program::start(folder.path());
    second.tokens.insert("buyer".to_owned(), token);
    assert_eq!(second.asks("buyer", "{ serverVersion }").await["errors"], Value::Null);
    let told = Command::new(env!("CARGO_BIN_EXE_surety"))
        .args(["token", "--role", "operator"])
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let token = String::from_utf8(told.stdout).unwrap().trim().to_owned();
    second.tokens.insert("operator".to_owned(), token);
    assert_eq!(second.asks("operator", "{ serverVersion }").await["errors"], Value::Null);
    assert_eq!(second.stop(), Some(0));
}
