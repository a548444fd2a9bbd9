//! The GraphQL transport: types, parsing and mapping. Resolvers are thin: input → service → payload.

pub mod apps;
pub mod audit_log;
pub mod bulk;
pub mod catalogue;
mod company;
pub mod connection;
pub mod context;
pub mod conversation;
pub mod costs;
mod deprecated;
pub mod documents;
mod enums;
pub mod error;
mod estimate;
pub mod events;
pub mod evolution;
mod exchange;
pub mod files;
mod inputs;
pub mod ledger;
pub mod loaders;
pub mod messages;
pub mod orders;
pub mod quotes;
mod reviews;
mod risk;
pub mod scalars;
pub mod scopes;
pub mod sdl;
pub mod trust;
mod viewer;
pub mod webhooks;

pub use events::Preset;

use std::sync::Arc;

use async_graphql::{
    MergedObject, MergedSubscription, Object, Request, Schema, SchemaBuilder, ValidationMode,
};

use crate::app::App;
use crate::domain::actor::Actor;

/// Selections that may lie in each other in what is executed, fragments put in their places: the front door refuses by name what
/// lies deeper, the executor without one.
pub const NESTING: usize = 128;

/// The schema that this server executes.
pub type SuretySchema = Schema<Query, Mutation, Subscription>;

/// Entry points for reading.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    ServerQuery,
    estimate::CostQuery,
    viewer::ViewerQuery,
    catalogue::CatalogueQuery,
    exchange::ExchangeQuery,
    catalogue::ProductQuery,
    catalogue::ChangeQuery,
    orders::OrderQuery,
    orders::DeadlineQuery,
    orders::CareQuery,
    ledger::LedgerQuery,
    quotes::QuoteQuery,
    messages::MessageQuery,
    files::FileQuery,
    orders::DisputeQuery,
    orders::ProtectionQuery,
    trust::TrustQuery,
    risk::RiskQuery,
    bulk::BulkQuery,
    webhooks::WebhookQuery,
    documents::DocumentQuery,
    events::EventQuery,
    audit_log::AuditLogQuery,
    apps::AppQuery,
);

/// Entry points for writing, each of which leaves a line in the audit log.
pub type Mutation = audit_log::Watched<Commands>;

/// Entry points for writing. Root fields run one after the other, each with its own idempotency key.
#[derive(Debug, Default, MergedObject)]
#[graphql(name = "Mutation")]
pub struct Commands(
    orders::OrderMutation,
    orders::InspectionMutation,
    orders::CareMutation,
    orders::DeliveryMutation,
    orders::OffPlatformMutation,
    orders::AmendmentMutation,
    exchange::ExchangeMutation,
    ledger::LedgerMutation,
    quotes::QuoteMutation,
    messages::MessageMutation,
    files::FileMutation,
    orders::DisputeMutation,
    catalogue::ProductMutation,
    catalogue::ProductImportMutation,
    trust::EvidenceMutation,
    trust::TrustMutation,
    reviews::ReviewMutation,
    risk::RiskMutation,
    bulk::BulkMutation,
    webhooks::WebhookMutation,
    documents::DocumentMutation,
    apps::AppMutation,
);

/// Entry points for listening: over a WebSocket by `graphql-transport-ws` at `/graphql/ws`, or as server-sent events at
/// `/graphql/stream`.
#[derive(Debug, Default, MergedSubscription)]
pub struct Subscription(orders::OrderSubscription, events::EventSubscription);

/// About this server.
#[derive(Debug, Default)]
pub struct ServerQuery;

/// About this server.
#[Object]
impl ServerQuery {
    /// The version of this server, such as `0.1.0`.
    async fn server_version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// The bare schema: no data, no configuration; the server adds both, `surety schema` prints it.
pub fn schema() -> SchemaBuilder<Query, Mutation, Subscription> {
    // The front door has validated the document in full before it comes here (src/http/door).
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(NESTING)
}

/// Puts the caller and what lives for one request into a request; the front door and the sockets call it.
pub fn with_caller(request: Request, app: &Arc<App>, actor: &Arc<Actor>) -> Request {
    request.data(Arc::clone(app)).data(Arc::clone(actor)).data(loaders::Loaders::for_request(app, actor))
}
