//! The one integration-test binary. A story is written once by `on_both!` and runs as `name::sqlite` and
//! `name::postgres`; `world.rs` says how to write one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed, and says so"
)]

mod converters;
mod database;
mod facts;
mod parties;
mod postgres;
mod tokens;
mod world;
