//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says so"
)]
#![expect(clippy::print_stdout, reason = "tests print the counts that they ran")]

mod access;
mod after_sales;
mod amendments;
mod authority;
mod bad_commands;
mod bad_input;
mod bench;
mod bench_delivery;
mod bench_disputes;
mod books;
mod care;
mod care_bench;
mod catalogue;
mod chargebacks;
mod configuration;
mod contents;
mod converters;
mod crash;
mod database;
mod deeds;
mod delivery;
mod demo;
mod dice;
mod dispute_ends;
mod disputes;
mod durability;
mod facts;
mod faults;
mod files;
#[cfg(unix)]
mod front_door;
mod histories;
mod histories_full;
mod idempotency;
mod import;
mod machine;
mod messages;
mod migrations;
mod mischief;
mod money;
mod mortal;
mod n_plus_one;
mod oracle;
mod orders;
mod overload;
mod parties;
mod payments;
mod postgres;
mod program;
mod protections;
mod quotes;
mod race_naive;
mod race_pairs;
mod races;
mod returns;
mod schema;
mod search;
mod server;
mod set_aside;
mod shelf;
mod statements;
mod streams;
mod tidy;
mod timelines;
mod tokens;
mod trade;
mod traffic;
mod unfinished;
mod verification;
mod websocket;
mod world;
