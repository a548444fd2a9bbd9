//! Doors and executors beside those that requests pass: for documents that somebody keeps, weighs or has run later.

use std::sync::{Arc, OnceLock};

use super::door::Door;
use super::limits::DocumentLimits;
use super::pages::Schema;
use super::product::{Product, product};
use crate::config::OperationsSettings;

/// The usual bounds; what refusals and answers tell of the schema is as the deployment wants it, at whichever door.
pub(super) fn limits_of(operations: &OperationsSettings) -> DocumentLimits {
    DocumentLimits {
        introspection: operations.introspection,
        suggestions: operations.suggestions,
        ..DocumentLimits::default()
    }
}

/// A door of its own, made when it is first needed, before the executor that all have.
#[derive(Debug)]
pub(super) struct Spare {
    limits: DocumentLimits,
    open: OnceLock<Open>,
}

/// A door that is open, and what lies behind it.
#[derive(Debug)]
pub(super) struct Open {
    pub door: Door,
    pub schema: Schema,
}

impl Spare {
    /// Documents are held to these limits.
    pub(super) fn new(limits: DocumentLimits) -> Self {
        Self { limits, open: OnceLock::new() }
    }

    /// The deployment's limits; so many bytes of documents are kept ready.
    pub(super) fn keeping(cache_bytes: u64, operations: &OperationsSettings) -> Self {
        Self::new(DocumentLimits { cache_bytes, ..limits_of(operations) })
    }

    pub(super) fn open(&self) -> anyhow::Result<&Open> {
        if let Some(open) = self.open.get() {
            return Ok(open);
        }
        let Product { schema, executor } = product()?;
        let door = || Door::before(Arc::clone(schema), self.limits.clone());
        Ok(self.open.get_or_init(|| Open { door: door(), schema: Schema(executor.clone()) }))
    }
}
