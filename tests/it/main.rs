//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

// An optimised build works out the layout of the executor's futures, which lie deep in each other.
#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, reason = "tests print the counts that they ran")]

mod access;
mod after_sales;
mod amendments;
mod apps;
#[cfg(target_os = "linux")]
mod attacks;
mod audit_log;
mod audit_suite;
mod authority;
mod bad_commands;
mod bad_input;
mod bench;
mod bench_delivery;
mod bench_disputes;
mod books;
mod bulk;
mod bulk_files;
mod caching;
mod care;
mod care_bench;
mod catalogue;
mod changes;
mod chargebacks;
mod clients;
mod codes;
mod compression;
mod configuration;
mod contents;
mod converters;
mod costs;
mod crash;
mod database;
mod deadlines;
mod deeds;
mod deeds_care;
mod deeds_money;
mod delivery;
mod demo;
mod dice;
mod dispute_ends;
mod disputes;
mod durability;
mod events;
mod evolution;
mod exchange;
mod facts;
mod faults;
mod files;
#[cfg(unix)]
mod frames;
mod front_door;
mod gateway;
mod gateway_double;
mod histories;
mod histories_full;
mod http2;
mod idempotency;
mod import;
mod issuers;
mod language;
mod language_cases;
mod languages;
mod legs;
mod logs;
mod machine;
mod messages;
mod metrics;
mod migrations;
mod mischief;
mod money;
mod mortal;
mod n_plus_one;
#[cfg(feature = "nats")]
mod nats;
mod nodes;
mod oauth;
mod off_platform;
mod operations;
mod oracle;
mod orders;
mod overload;
mod owasp;
mod parties;
mod payments;
mod persisted;
mod pool;
mod postgres;
mod printed_costs;
mod product_import;
mod product_media;
mod product_rules;
mod products;
mod program;
mod protections;
mod quotes;
mod race_naive;
mod race_pairs;
mod races;
mod returns;
mod reviews;
mod schema;
mod schema_rules;
mod scopes;
mod search;
mod search_contract;
mod search_prices;
mod server;
mod set_aside;
mod shelf;
mod signals;
mod sse;
mod stages;
mod statements;
mod storefront;
mod streams;
mod surface;
mod throttle;
mod tidy;
mod timelines;
mod tls;
mod tokens;
mod trade;
mod traffic;
mod trust;
mod trust_clock;
mod trust_shown;
mod trusted;
mod unfinished;
mod verification;
mod ways;
mod webhook_addresses;
mod webhook_crash;
mod webhook_double;
mod webhook_moves;
mod webhook_nodes;
mod webhook_owners;
mod webhook_tls;
mod webhooks;
mod websocket;
mod world;
