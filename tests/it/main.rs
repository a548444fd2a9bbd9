//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says so"
)]

mod authority;
mod catalogue;
mod configuration;
mod contents;
mod converters;
mod database;
mod demo;
mod facts;
mod front_door;
mod import;
mod migrations;
mod overload;
mod parties;
mod postgres;
#[cfg(unix)]
mod program;
mod schema;
mod search;
mod server;
mod shelf;
mod tidy;
mod tokens;
mod websocket;
mod world;
