//! Surety: the GraphQL backend of an assured-trade wholesale marketplace.
//!
//! Data flows one way: transport (`graphql`, `http`) → `service` → `domain` and `store`, and back. The layers and
//! their invariants are in `docs/ARCHITECTURE.md`; `tests/it/tidy.rs` enforces them.

// The merged roots of the schema lie deep in each other, and so do their resolvers' futures.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod faults;
pub mod graphql;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod service;
pub mod store;
pub mod telemetry;
