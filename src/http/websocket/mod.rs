//! Subscriptions over `graphql-transport-ws`: the upgrade, the messages, and the loop that owns the socket.

pub mod protocol;
mod pump;
mod rate;

use std::sync::Arc;

use async_graphql::Executor;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::header::{AUTHORIZATION, ORIGIN};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::Response;
use tracing::{Instrument, Span};

use crate::domain::error::Code;

use super::Http;
use super::cors::{self, Cors};
use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::peer::{self, Held};

use pump::Pump;

/// Bytes of the buffer that each socket reads into: with the default of 128 KiB ten thousand idle sockets take 1.3 GB.
const READ_BUFFER: usize = 4_096;
/// Bytes after which a frame is written out.
const WRITE_BUFFER: usize = 4_096;
/// Bytes of one outgoing frame at most; the door's limits keep answers far below.
const LARGEST_FRAME: usize = 16_777_216;

/// `GET /graphql/ws`: becomes a WebSocket, or says why not.
pub async fn upgrade<E: Executor>(
    State(http): State<Arc<Http<E>>>,
    headers: HeaderMap,
    extensions: Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match prepare(&http, &headers, upgrade) {
        Ok((upgrade, place)) => {
            let authorization = authorization(&headers);
            let origin = headers.get(ORIGIN).map(|line| line.to_str().unwrap_or("null").to_owned());
            let address = peer::address(&headers, &extensions, http.app.config.trusted_proxy);
            let open = (http.open_sockets.token(), http.app.telemetry.sockets.enter());
            // A socket is a connection as long as it is open, and its log is that of its request.
            let (held, span) = (extensions.get::<Held>().cloned(), Span::current());
            upgrade.on_upgrade(move |socket| {
                let talks = async move {
                    let _held = (open, place, held);
                    Pump::new(http, socket, (authorization, origin), address).run().await;
                };
                talks.instrument(span)
            })
        }
        Err(refused) => respond::refused(&refused, MediaType::Json),
    }
}

/// The header of the upgrade with the caller's token; of two of them neither counts, as elsewhere.
fn authorization(headers: &HeaderMap) -> Option<String> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    match (lines.next(), lines.next()) {
        (None, _) => None,
        (Some(line), None) => Some(line.to_str().unwrap_or_default().to_owned()),
        (Some(_), Some(_)) => Some(String::new()),
    }
}

fn prepare<E>(
    http: &Http<E>,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<(WebSocketUpgrade, tokio::sync::OwnedSemaphorePermit), Refused> {
    let upgrade = upgrade.map_err(|_| bad("This path takes WebSocket upgrades only."))?;
    if !cors::may_upgrade(&Cors::new(&http.app.config.cors_origins), headers) {
        return Err(Refused::http(
            StatusCode::FORBIDDEN,
            Code::Forbidden,
            "Pages of this origin may not open a WebSocket here; add it to SURETY_CORS_ORIGINS.",
        ));
    }
    let limits = &http.limits.socket;
    let upgrade = upgrade
        .protocols([protocol::NAME])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(LARGEST_FRAME)
        .max_message_size(limits.message_bytes)
        .max_frame_size(limits.message_bytes);
    if upgrade.selected_protocol().is_none() {
        return Err(bad("Offer the sub-protocol graphql-transport-ws."));
    }
    let place = Arc::clone(&http.sockets).try_acquire_owned();
    match place {
        Ok(place) if !http.shutdown.is_cancelled() => Ok((upgrade, place)),
        _ => Err(Refused::overloaded("No further WebSocket can be opened here; try again.")),
    }
}

fn bad(message: &str) -> Refused {
    Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, message)
}
