//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says so"
)]

mod configuration;
mod contents;
mod database;
mod migrations;
mod parties;
mod postgres;
#[cfg(unix)]
mod program;
mod schema;
mod tidy;
mod tokens;
mod world;
