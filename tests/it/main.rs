//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, reason = "tests print the counts that they ran")]

mod access;
mod amendments;
mod authority;
mod bad_commands;
mod bad_input;
mod bench;
mod bench_delivery;
mod bench_disputes;
mod books;
mod catalogue;
mod chargebacks;
mod configuration;
mod contents;
mod converters;
mod database;
mod delivery;
mod demo;
mod dispute_ends;
mod disputes;
mod facts;
mod files;
#[cfg(unix)]
mod front_door;
mod histories;
mod idempotency;
mod import;
mod machine;
mod messages;
mod migrations;
mod money;
mod n_plus_one;
mod orders;
mod overload;
mod parties;
mod payments;
mod postgres;
mod program;
mod quotes;
mod races;
mod schema;
mod search;
mod server;
mod shelf;
mod streams;
mod tidy;
mod tokens;
mod trade;
mod websocket;
mod world;
