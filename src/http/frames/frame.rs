//! One message as it is shown, and what it costs.

use std::sync::Arc;

use async_graphql::{Response, Value};
use serde_json::value::{RawValue, to_raw_value};

use crate::domain::error::Code;
use crate::http::Http;
use crate::http::door::Trail;
use crate::http::door::refusal::RequestError;
use crate::http::door::respond::{self, Outcome};

/// Bytes that a frame takes beside its text.
const OVERHEAD: u64 = 256;

/// A message as it is shown: kept, and told to all who ask for the same.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Data, and errors of fields, as JSON.
    pub payload: Arc<RawValue>,
    /// Where readers go on behind it.
    pub cursor: Option<Arc<str>>,
    /// What everyone pays who is told it; zero where nothing is throttled.
    pub cost: u64,
}

/// A message, or why there is none and nothing follows.
pub type Shown = Result<Frame, Vec<RequestError>>;

impl Frame {
    /// What the caller may see of the executor's answer. Without data at the first message the stream itself could not be made:
    /// that is an error of the request.
    pub fn of<E>(
        http: &Http<E>,
        response: Response,
        trail: &Trail,
        cursor: Option<Arc<str>>,
        is_first: bool,
    ) -> Shown {
        let is_unmade = is_first && response.data == Value::Null && !response.errors.is_empty();
        let response = match respond::present(response, trail) {
            Outcome::Executed(response) if is_unmade => {
                return Err(respond::as_request_errors(response.errors));
            }
            Outcome::Executed(response) => response,
            Outcome::Refused(refused) => return Err(refused.errors),
        };
        let is_throttled = http.app.config.operations.throttle.is_some();
        let cost = if is_throttled { trail.actual_cost(&response.data, &response.errors) } else { 0 };
        match to_raw_value(&response) {
            Ok(payload) => Ok(Self { payload: payload.into(), cursor, cost }),
            Err(error) => Err(respond::failure(&error.into()).errors),
        }
    }

    /// Bytes that it takes while it is kept.
    pub fn weight(&self) -> u64 {
        OVERHEAD + self.payload.get().len() as u64
    }
}

/// Why a subscription ends whose messages cost more than its payer may owe. What it did not tell yet is still in the log.
pub fn too_dear(seconds: u32) -> RequestError {
    let message = format!(
        "The messages of this subscription cost more points than may be owed. Go on behind the last cursor in {seconds} seconds, \
         and select less."
    );
    let mut error = RequestError::new(Code::Throttled, message);
    error.extensions.retry_after = Some(seconds);
    error
}
