//! What documents would cost, weighed by the same door as every request.

use serde_json::{Map, Value};

use super::door::request::Parameters;
use super::pages::{converted, denied};
use super::spare::Spare;
use crate::service::costs::{Estimate, Estimator};
use crate::service::{Error, Result};

/// Bytes of documents that are kept ready: whoever asks twice has changed the document in between.
const CACHE_BYTES: u64 = 1_048_576;

/// A door of its own.
#[derive(Debug)]
pub struct DocumentCosts(Spare);

impl Default for DocumentCosts {
    fn default() -> Self {
        Self(Spare::keeping(CACHE_BYTES))
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
