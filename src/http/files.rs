//! Content of files: brought by PUT, fetched by GET, each by an address that was signed here.

use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::Executor;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, TryStreamExt};
use tokio::time::timeout;

use crate::domain::actor::Actor;
use crate::domain::error::Code;
use crate::domain::file::{FileStatus, StoredFile};
use crate::service::Error;
use crate::service::files::{self, Served};

use super::Http;
use super::door::negotiate::MediaType;
use super::door::refusal::Refused;
use super::door::respond;
use super::download::is_known;

/// `PUT /uploads/{token}`: 204 once the content is on disk and is what was announced.
pub async fn put<E: Executor>(
    State(http): State<Arc<Http<E>>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    match accept(&http, &token, &headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refused) => respond::refused(&refused, MediaType::Json),
    }
}

async fn accept<E>(http: &Http<E>, token: &str, headers: &HeaderMap, body: Body) -> Result<(), Refused> {
    let file = looked_up(http, files::expected(&http.app, token)).await?;
    if file.status == FileStatus::Stored {
        return Ok(());
    }
    check_headers(&file, headers)?;
    // One file's address is good for many requests at once: its owner has to leave places to others.
    let mut share = http.uploads.begin(file.owner);
    if !share.grow(1) {
        let message =
            "Too many uploads are under way, in all or of your files; try again once some have ended.";
        return Err(Refused::overloaded(message));
    }
    let pause = http.limits.body_timeout;
    // A sender may take its time as long as something comes.
    let stream = futures_util::stream::unfold(body.into_data_stream(), move |mut stream| async move {
        let next = timeout(pause, stream.next()).await;
        let bytes = match next {
            Ok(bytes) => bytes?.map_err(anyhow::Error::from),
            Err(late) => Err(anyhow::Error::from(late)),
        };
        Some((bytes, stream))
    });
    let whole = files::receive(&http.app, &file, Box::pin(stream));
    match timeout(http.limits.upload_timeout, whole).await {
        Ok(answer) => answer.map_err(denied),
        Err(_) => Err(Refused::http(
            StatusCode::REQUEST_TIMEOUT,
            Code::RequestTimeout,
            format!("The content did not arrive within {} seconds.", http.limits.upload_timeout.as_secs()),
        )),
    }
}

/// Refuses another type or length than the announced one before a byte is read.
fn check_headers(file: &StoredFile, headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(CONTENT_TYPE).is_some_and(|found| found != file.content_type) {
        let message = format!("This file was announced as {}.", file.content_type);
        return Err(Refused::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::ContentMismatch, message));
    }
    let length = text(CONTENT_LENGTH).map(|found| found.parse::<i64>().unwrap_or(i64::MAX));
    if length.is_some_and(|found| found != file.size) {
        let message = format!("This file was announced with {} bytes.", file.size);
        return Err(Refused::http(StatusCode::UNPROCESSABLE_ENTITY, Code::ContentMismatch, message));
    }
    Ok(())
}

/// `GET /files/{token}`: the content, to be saved and never to be shown as a page of this server.
pub async fn get<E: Executor>(State(http): State<Arc<Http<E>>>, Path(token): Path<String>) -> Response {
    match looked_up(&http, files::serve(&http.app, &token)).await {
        Ok((file, served)) => content(&file, served),
        Err(refused) => respond::refused(&refused, MediaType::Json),
    }
}

/// `GET /media/{file}`: what is shown with a listed product or supplier, for everybody; shown in place, and never run as a page.
pub async fn media<E: Executor>(
    State(http): State<Arc<Http<E>>>,
    Path(id): Path<String>,
    request: HeaderMap,
) -> Response {
    let (file, served) = match looked_up(&http, files::serve_public(&http.app, &id)).await {
        Ok(found) => found,
        Err(refused) => return respond::refused(&refused, MediaType::Json),
    };
    let tag = format!("\"{}\"", file.sha256);
    let mut answer = if is_known(&request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(&file, served)
    };
    let headers = answer.headers_mut();
    put_header(headers, ETAG, &tag);
    // Not for ever: a product that is withdrawn takes its pictures along.
    put_header(headers, CACHE_CONTROL, "public, max-age=300");
    put_header(headers, CONTENT_DISPOSITION, &format!("inline; filename*=UTF-8''{}", encoded(&file.name)));
    put_header(headers, CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    answer
}

fn content(file: &StoredFile, served: Served) -> Response {
    let stream = match served {
        Served::Stream(stream) => stream,
        Served::Redirect(address) => {
            let mut answer = StatusCode::FOUND.into_response();
            put_header(answer.headers_mut(), LOCATION, &address);
            put_header(answer.headers_mut(), CACHE_CONTROL, "no-store");
            return answer;
        }
    };
    let mut answer = Body::from_stream(stream.map_err(anyhow::Error::from)).into_response();
    let headers = answer.headers_mut();
    put_header(headers, CONTENT_TYPE, &file.content_type);
    put_header(headers, CONTENT_LENGTH, &file.size.to_string());
    put_header(headers, CACHE_CONTROL, "private, max-age=300");
    put_header(
        headers,
        CONTENT_DISPOSITION,
        &format!("attachment; filename*=UTF-8''{}", encoded(&file.name)),
    );
    answer
}

pub(super) fn put_header(headers: &mut HeaderMap, name: axum::http::HeaderName, text: &str) {
    match HeaderValue::from_str(text) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(error) => tracing::error!(%error, %name, "a header cannot be written"),
    }
}

/// A text as RFC 5987 wants it in a header.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// What the database says of a file. Whoever waits for it takes a place among those that execute, as a caller without a token; the
/// content itself comes and goes without one.
pub(super) async fn looked_up<E, T>(
    http: &Http<E>,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Refused> {
    let _place = http.executions.enter(&Actor::anonymous(false))?;
    asked.await.map_err(denied)
}

/// What the service denies, with the status that says so.
pub(super) fn denied(error: Error) -> Refused {
    let status = match &error {
        Error::Denied(refusal) => match refusal.code {
            Code::ContentMismatch => StatusCode::UNPROCESSABLE_ENTITY,
            Code::DeadlinePassed => StatusCode::GONE,
            _ => return respond::denied(error),
        },
        Error::Refused(_) | Error::Internal(_) => return respond::denied(error),
    };
    Refused { status, ..respond::denied(error) }
}
