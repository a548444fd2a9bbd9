//! What documents would cost, weighed by the same door as every request.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::door::Door;
use super::door::request::Parameters;
use super::limits::DocumentLimits;
use super::pages::{converted, denied};
use crate::graphql;
use crate::service::costs::{Estimate, Estimator};
use crate::service::{Error, Result};

/// Bytes of documents that are kept ready: whoever asks twice has changed the document in between.
const CACHE_BYTES: u64 = 1_048_576;

/// A door of its own, made when it is first needed.
#[derive(Debug, Default)]
pub struct DocumentCosts(OnceLock<Door>);

impl DocumentCosts {
    fn door(&self) -> anyhow::Result<&Door> {
        if let Some(door) = self.0.get() {
            return Ok(door);
        }
        let limits = DocumentLimits { cache_bytes: CACHE_BYTES, ..DocumentLimits::default() };
        let door = Door::new(&graphql::schema().finish().sdl(), limits)?;
        Ok(self.0.get_or_init(|| door))
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
        let door = self.door().map_err(Error::Internal)?;
        door.estimate(&parameters).map_err(|refused| denied(refused.errors, ""))
    }
}
