//! What documents would cost, weighed by the same door as every request.

use serde_json::{Map, Value};

use super::door::request::Parameters;
use super::pages::{converted, denied};
use super::spare::Spare;
use crate::config::OperationsSettings;
use crate::service::costs::{Estimate, Estimator};
use crate::service::{Error, Result};

/// Bytes of documents that are kept ready: whoever asks twice has changed the document in between.
const CACHE_BYTES: u64 = 1_048_576;

/// A door of its own.
#[derive(Debug)]
pub struct DocumentCosts(Spare);

impl DocumentCosts {
    /// One that tells of the schema what the deployment lets it.
    pub fn new(operations: &OperationsSettings) -> Self {
        Self(Spare::keeping(CACHE_BYTES, operations))
    }
}

impl Estimator for DocumentCosts {
    fn estimate(
        &self,
        document: &str,
        operation_name: Option<&str>,
        variables: &Map<String, Value>,
    ) -> Result<Estimate> {
        let parameters = Parameters {
            query: Some(document.to_owned()),
            operation_name: operation_name.filter(|name| !name.is_empty()).map(ToOwned::to_owned),
            variables: converted(variables),
            ..Parameters::default()
        };
        let open = self.0.open().map_err(Error::Internal)?;
        open.door.estimate(&parameters).map_err(|refused| denied(refused.errors, ""))
    }
}
