//! What bulk operations need of the transport: a page of a query, read as any caller would read it.

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::bulk::BulkQuery;
use crate::domain::error::Refusal;
use crate::service::Result;

/// How a query is read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What each page runs.
    pub document: String,
    /// The cursor that the first page begins behind.
    pub after: Option<String>,
}

/// A page as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkPage {
    /// A line of JSON for each object.
    pub lines: Vec<u8>,
    /// How many.
    pub objects: i64,
    /// The cursor behind them; none where the page is empty.
    pub end: Option<String>,
    /// Whether more follow.
    pub more: bool,
}

/// Reads pages through the door and the executor that serve everybody, so that permissions and shapes are the API's.
#[async_trait::async_trait]
pub trait Pages: Debug + Send + Sync {
    /// Checks a query in full and plans its pages; names every reason against it.
    fn plan(&self, query: &str, variables: &Map<String, Value>) -> std::result::Result<Plan, Vec<Refusal>>;

    /// Reads the page behind a cursor as this caller, as large as it was planned unless fewer objects are asked for. A page
    /// with any error is none.
    async fn read(
        &self,
        app: &Arc<App>,
        actor: &Arc<Actor>,
        asked: &BulkQuery,
        after: Option<&str>,
        size: Option<i32>,
    ) -> Result<BulkPage>;
}
