//! Webhooks never reach into a network of ours: not by an address, not by a name, not by a name that changes its answer.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use surety::app::App;
use surety::clock::Clock;
use surety::domain::time::Span;
use surety::graphql;
use surety::service::keys::Keys;
use surety::service::webhooks::{Asker, Resolver, Unresolved};
use surety::service::{events, webhooks};

use super::world::{Answer, Party, World, on_both};

/// A name server that gives one answer after the other; the last one for ever.
#[derive(Debug)]
struct Fickle(Mutex<VecDeque<Vec<&'static str>>>);

#[async_trait::async_trait]
impl Resolver for Fickle {
    async fn resolve(&self, _host: &str, _asker: Asker) -> Result<Vec<IpAddr>, Unresolved> {
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Ok(answer.unwrap_or_default().iter().map(|address| address.parse().unwrap()).collect())
    }
}

/// A node that has no place to ask for names from, for this kind of asker.
#[derive(Debug)]
struct Full(Asker);

#[async_trait::async_trait]
impl Resolver for Full {
    async fn resolve(&self, _host: &str, asker: Asker) -> Result<Vec<IpAddr>, Unresolved> {
        if asker == self.0 { Err(Unresolved::NoPlace) } else { Ok(vec!["8.8.8.8".parse().unwrap()]) }
    }
}

impl World {
    /// Another node on the same database that asks this name server.
    async fn node_with(&self, answers: &[&[&'static str]]) -> Arc<App> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        self.node_that_asks(Arc::new(Fickle(Mutex::new(answers)))).await
    }

    async fn node_that_asks(&self, resolver: Arc<dyn Resolver>) -> Arc<App> {
        let (config, now) = (self.app.config.clone(), self.now());
        let keys = Keys::load(&config, now).await.unwrap();
        App::with_resolver(self.app.db.clone(), Clock::manual(now), config, keys, resolver)
    }
}

async fn registers(app: &Arc<App>, party: &Party, key: &str, url: &str) -> Answer {
    let query = "mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { webhookEndpoint { id } \
        userErrors { code field message } } }";
    let input = json!({ "input": { "idempotencyKey": key, "url": url } });
    let schema = &surety::http::product().unwrap().executor;
    let request = async_graphql::Request::new(query).variables(async_graphql::Variables::from_json(input));
    let response = schema.execute(graphql::with_caller(request, app, &party.actor)).await;
    Answer(serde_json::to_value(&response).unwrap())
}

on_both! {
    async fn an_endpoint_lies_in_the_public_internet(w) {
        let buyer = w.buyer("Acme").await;
        let node = w.node_with(&[&["8.8.8.8", "2001:4860:4860::8888"]]).await;
        for url in [
            "http://hooks.example.com/", "https://user@hooks.example.com/", "https://hooks.example.com:22/",
            "https://127.0.0.1/", "https://0x7f.1/", "https://2130706433/", "https://[::ffff:10.0.0.1]/", "https://localhost/",
            "https://169.254.169.254/latest/meta-data/", "https://[fd00::1]/", "https://[64:ff9b::a00:1]/", "nonsense",
        ] {
            registers(&node, &buyer, url, url).await.refused("WEBHOOK_ADDRESS_REFUSED");
        }
        registers(&node, &buyer, "good", "https://hooks.example.com/surety").await.good();
        for answer in [&["10.0.0.1"][..], &["8.8.8.8", "127.0.0.1"], &["::ffff:127.0.0.1"], &["fe80::1"], &[]] {
            let node = w.node_with(&[answer]).await;
            let refused = registers(&node, &buyer, &format!("{answer:?}"), "https://hooks.example.com/").await;
            refused.refused("WEBHOOK_ADDRESS_REFUSED");
        }
    }

    async fn a_repeated_command_asks_no_name_server(w) {
        let buyer = w.buyer("Acme").await;
        let node = w.node_with(&[&["8.8.8.8"], &[]]).await;
        let url = "https://hooks.example.com/surety";
        let first = registers(&node, &buyer, "once", url).await.good();
        for same in [url, "https://HOOKS.example.com:443/surety"] {
            let again = registers(&node, &buyer, "once", same).await.good();
            assert_eq!(again, first, "the name server is away");
        }
        registers(&node, &buyer, "once", "https://hooks.example.com/other").await.refused("IDEMPOTENCY_KEY_REUSED");
        registers(&node, &buyer, "twice", url).await.refused("WEBHOOK_ADDRESS_REFUSED");
    }

    async fn a_node_without_a_place_to_ask_from_blames_nobody(w) {
        let trade = w.trade().await;
        let url = "https://hooks.example.com/surety";
        let node = w.node_that_asks(Arc::new(Full(Asker::Command))).await;
        let refused = registers(&node, &trade.buyer, "command", url).await;
        assert_eq!(refused.codes(), ["OVERLOADED"]);
        let node = w.node_that_asks(Arc::new(Full(Asker::Delivery))).await;
        let made = registers(&node, &trade.buyer, "command", url).await.good();
        let id = made["createWebhookEndpoint"]["webhookEndpoint"]["id"].clone();
        trade.placed(100).await;
        events::sequence(&node).await.unwrap();
        webhooks::dispatch(&node).await.unwrap();
        assert!(webhooks::deliver_due(&node).await.unwrap() > 0);
        let query = "query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { failingSince \
            deliveries { nodes { state nextAttemptAt attempts { status } } } } } }";
        let seen = trade.buyer.asks(query, json!({ "id": id })).await.good()["node"].clone();
        assert_eq!(seen["failingSince"], Value::Null);
        for delivery in seen["deliveries"]["nodes"].as_array().unwrap() {
            assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("PENDING"), &json!([])));
            assert_eq!(delivery["nextAttemptAt"], w.now().plus(Span::seconds(5)).to_string());
        }
    }

    async fn a_name_that_changes_its_answer_is_found_out_when_it_is_sent_to(w) {
        let trade = w.trade().await;
        let inside: [&[&str]; 4] = [&["127.0.0.1"], &["8.8.8.8", "10.0.0.1"], &["::1"], &["169.254.169.254"]];
        for (place, inside) in inside.into_iter().enumerate() {
            let node = w.node_with(&[&["8.8.8.8"], inside]).await;
            let key = format!("{place}");
            let made = registers(&node, &trade.buyer, &key, "https://hooks.example.com/surety").await.good();
            let id = made["createWebhookEndpoint"]["webhookEndpoint"]["id"].clone();
            trade.placed(100).await;
            events::sequence(&node).await.unwrap();
            webhooks::dispatch(&node).await.unwrap();
            webhooks::deliver_due(&node).await.unwrap();
            let query = "query($id: ID!) { node(id: $id) { ... on WebhookEndpoint { deliveries { nodes { state attempts { status error } } } } } }";
            let seen = trade.buyer.asks(query, json!({ "id": id })).await.good();
            let deliveries = seen["node"]["deliveries"]["nodes"].as_array().unwrap().clone();
            assert!(deliveries.len() >= 2);
            for delivery in deliveries {
                assert_eq!(delivery["attempts"], json!([{ "status": Value::Null, "error": "ADDRESS_REFUSED" }]), "{inside:?}");
            }
            let gone = json!({ "idempotencyKey": format!("gone {place}"), "webhookEndpointId": id });
            trade.buyer.hooks("deleteWebhookEndpoint", "deletedWebhookEndpointId", gone).await.good();
        }
    }
}
