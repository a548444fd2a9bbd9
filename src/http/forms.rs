//! Bodies of those who have no token yet: the forms of `/oauth`, and the messages of payment providers. Their bytes are counted as
//! they come, over all requests, and no network address has more than a quarter of the room.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::domain::actor::Actor;
use crate::domain::throttle::Payer;

use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::shares::Share;
use super::{Http, peer};

/// Hands a request on with its body counted. One that finds no room is answered so, whatever became of it.
pub async fn count<E: Executor>(State(http): State<Arc<Http<E>>>, request: Request, next: Next) -> Response {
    let trusted = http.app.config.trusted_proxy;
    let address = peer::address(request.headers(), request.extensions(), trusted);
    let share = http.forms.begin(Payer::of(&Actor::anonymous(false), address));
    let is_full = Arc::new(AtomicBool::new(false));
    let (head, body) = request.into_parts();
    let answer = next.run(Request::from_parts(head, counted(body, share, Arc::clone(&is_full)))).await;
    if is_full.load(Ordering::Acquire) {
        let refused = Refused::overloaded("The server holds too many requests like this one; try again.");
        return respond::refused(&refused, MediaType::Json);
    }
    answer
}

/// The same body, which breaks off where there is no room for more of it.
fn counted(body: Body, share: Share<Payer>, is_full: Arc<AtomicBool>) -> Body {
    let frames = body.into_data_stream();
    let counted = stream::unfold((frames, share, is_full), |(mut frames, mut share, is_full)| async move {
        let frame: anyhow::Result<Bytes> = match frames.next().await? {
            Ok(bytes) if share.grow(u64::try_from(bytes.len()).unwrap_or(u64::MAX)) => Ok(bytes),
            Ok(_) => {
                is_full.store(true, Ordering::Release);
                Err(anyhow::anyhow!("there is no room for the body"))
            }
            Err(error) => Err(error.into()),
        };
        Some((frame, (frames, share, is_full)))
    });
    Body::from_stream(counted)
}
