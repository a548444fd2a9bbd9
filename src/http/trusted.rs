//! Trusted documents pass the same door as every request before they are registered.

use apollo_compiler::ast::OperationType;

use super::door::Transport;
use super::door::request::Parameters;
use super::pages::blamed;
use super::spare::Spare;
use crate::config::OperationsSettings;
use crate::domain::error::{Code, Refusal};
use crate::service::documents::DocumentChecker;

/// Bytes of documents that are kept ready: each is looked at once.
const CACHE_BYTES: u64 = 1_048_576;

/// A door of its own.
#[derive(Debug)]
pub struct DocumentDoor(Spare);

impl DocumentDoor {
    /// One that tells of the schema what the deployment lets it.
    pub fn new(operations: &OperationsSettings) -> Self {
        Self(Spare::keeping(CACHE_BYTES, operations))
    }
}

impl DocumentChecker for DocumentDoor {
    fn check(&self, document: &str) -> Result<(), Vec<Refusal>> {
        let open = self.0.open().map_err(|error| {
            tracing::error!(?error, "the door of trusted documents does not open");
            vec![Refusal::new(Code::Internal, "Something failed inside.")]
        })?;
        let door = &open.door;
        let prepared = door.prepare(document).map_err(|refused| blamed(refused, "documents"))?;
        // What variables decide over is looked at in each request: here nobody has given them values.
        for operation in prepared.document.operations.iter().filter(|known| known.variables.is_empty()) {
            let transport = match operation.operation_type {
                OperationType::Query | OperationType::Mutation => Transport::Post,
                OperationType::Subscription => Transport::Stream,
            };
            let parameters = Parameters {
                query: Some(document.to_owned()),
                operation_name: operation.name.as_ref().map(|name| name.as_str().to_owned()),
                ..Parameters::default()
            };
            door.admit(&parameters, transport).map_err(|refused| blamed(refused, "documents"))?;
        }
        Ok(())
    }
}
