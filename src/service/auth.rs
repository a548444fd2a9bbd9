//! Who calls: from a bearer token to an [`Actor`].

use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::time::Timestamp;

use super::Result;

/// An authenticated caller and until when.
#[derive(Debug, Clone)]
pub struct Session {
    /// The caller.
    pub actor: Arc<Actor>,
    /// When the token ends; none for callers without a token.
    pub expires_at: Option<Timestamp>,
}

/// Checks the `Authorization` header; without one the caller is anonymous.
#[expect(clippy::unused_async, reason = "verification reads the apps table")]
pub async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Session> {
    let _ = authorization;
    Ok(Session { actor: Arc::new(Actor::anonymous(app.config.anonymous_catalogue)), expires_at: None })
}

/// The key set with which others can check the tokens that this server signs itself, as in RFC 7517.
pub fn published_keys(app: &App) -> serde_json::Value {
    let _ = app;
    serde_json::json!({ "keys": [] })
}
