//! What an operation would cost, without running it.

use std::fmt::Debug;

use serde_json::{Map, Value};

use super::Result;
use crate::app::App;

/// What an operation costs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Its static cost; saturates.
    pub requested: u64,
    /// The cost that one request may have.
    pub maximum: u64,
    /// The response path of the field that makes most of it.
    pub costliest: String,
    /// Whether one request may ask for it: neither its cost nor the size of its answer is too large.
    pub fits: bool,
}

/// Weighs documents as the door does that serves everybody.
pub trait Estimator: Debug + Send + Sync {
    /// The cost of an operation of a document, or the first reason why it would be refused.
    fn estimate(
        &self,
        document: &str,
        operation_name: Option<&str>,
        variables: &Map<String, Value>,
    ) -> Result<Estimate>;
}

/// What an operation would cost. Anybody may ask: the answer says nothing but what the public schema says.
pub fn estimate(
    app: &App,
    document: &str,
    operation_name: Option<&str>,
    variables: &Map<String, Value>,
) -> Result<Estimate> {
    app.estimator.estimate(document, operation_name, variables)
}
