//! Which path leads where.

use std::sync::Arc;

use async_graphql::Executor;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use axum::{Json, Router, middleware};
use serde_json::json;

use crate::domain::error::Code;
use crate::service;

use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::{
    Http, assets, compression, cors, download, endpoint, files, forms, oauth, observe, paths, payments,
    stream, tls, websocket,
};

/// Every route of the server.
pub fn router<E: Executor>(http: Arc<Http<E>>) -> Router {
    let cors = cors::Cors::new(&http.app.config.cors_origins);
    let strict = tls::strict_transport(&http.app.config);
    let graphql = Router::new()
        .route("/graphql", any(endpoint::graphql::<E>))
        .layer(compression::layer())
        .layer(middleware::map_response(compression::tell_caches));
    let api = Router::new()
        .merge(graphql)
        .route("/graphql/stream", any(stream::subscribe::<E>))
        .route("/.well-known/jwks.json", get(keys::<E>))
        .route("/uploads/{token}", put(files::put::<E>))
        .route("/files/{token}", get(files::get::<E>))
        .route("/media/{file}", get(files::media::<E>))
        .route("/bulk/{id}", get(download::get::<E>))
        .layer(middleware::from_fn_with_state(Arc::new(cors), cors::apply));
    let forms = Router::new()
        .route("/oauth/token", post(oauth::token::<E>))
        .route("/oauth/revoke", post(oauth::revoke::<E>))
        .route("/webhooks/payments/{provider}", post(payments::receive::<E>))
        .layer(middleware::from_fn_with_state(Arc::clone(&http), forms::count::<E>));
    let router = Router::new()
        .merge(api)
        .merge(forms)
        .route("/graphql/ws", get(websocket::upgrade::<E>))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready::<E>))
        .route("/", get(assets::page))
        .route("/assets/{name}", get(assets::file))
        .method_not_allowed_fallback(wrong_method)
        .fallback(nowhere)
        .with_state(http)
        .layer(middleware::from_fn(paths::demand_text))
        .layer(middleware::from_fn(observe::request));
    match strict {
        Some(lasting) => router.layer(middleware::from_fn_with_state(lasting, tls::tell_strict_transport)),
        None => router,
    }
}

async fn live() -> Response {
    uncached(StatusCode::OK, "live")
}

/// Ready means that the database answers, that the log is followed, and that the server is not about to stop.
async fn ready<E: Executor>(State(http): State<Arc<Http<E>>>) -> Response {
    if http.shutdown.is_cancelled() {
        return uncached(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    let look = async {
        let why = service::health::ready(&http.app).await.err()?;
        tracing::warn!(?why, "not ready");
        Some(why.reason())
    };
    match http.readiness.ask(look).await {
        None => uncached(StatusCode::OK, "ready"),
        Some(reason) => uncached(StatusCode::SERVICE_UNAVAILABLE, reason),
    }
}

fn uncached(status: StatusCode, word: &str) -> Response {
    let mut answer = (status, Json(json!({ "status": word }))).into_response();
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// The public keys of the tokens that this server signs itself.
async fn keys<E: Executor>(State(http): State<Arc<Http<E>>>) -> Response {
    let mut answer = Json(service::auth::published_keys(&http.app).await).into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/jwk-set+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    answer
}

/// The answer where there is nothing.
pub async fn nowhere() -> Response {
    let refused = Refused::http(
        StatusCode::NOT_FOUND,
        Code::NotFound,
        "There is nothing at this path; the API is at /graphql, its explorer at /.",
    );
    respond::refused(&refused, MediaType::Json)
}

async fn wrong_method(method: Method) -> Response {
    let refused = Refused::http(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::MethodNotAllowed,
        format!("This path does not take {method}."),
    );
    respond::refused(&refused, MediaType::Json)
}
