//! Secrets of endpoints: made here, sealed in the database, opened to sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::App;
use crate::domain::ids::WebhookEndpointId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookSecret;
use crate::service::payments::signature;
use crate::service::{Result, sealing};
use crate::store::webhooks::SealedSecret;
use crate::store::{self, Tx};

/// Bytes of a secret; the specification asks for 24 to 64.
const SECRET_BYTES: usize = 32;

/// The key of the settings; a sandbox may do with one of its database.
async fn key(app: &App) -> Result<&[u8; 32]> {
    match &app.config.webhooks.key {
        Some(key) => Ok(key),
        None => app.webhooks.key.get_or_try_init(|| sealing::database_key(app, "webhook")).await,
    }
}

/// What a sealed secret belongs to: moved to another place it cannot be opened.
fn place(endpoint: WebhookEndpointId, number: i64) -> String {
    format!("{endpoint}/{number}")
}

/// Makes the next secret of an endpoint and keeps it; the text is shown to its owner.
pub(super) async fn make(
    app: &App,
    tx: &Tx,
    (endpoint, number): (WebhookEndpointId, i64),
    now: Timestamp,
) -> Result<String> {
    let text = format!("whsec_{}", STANDARD.encode(crate::ids::random_bytes::<SECRET_BYTES>()));
    let sealed = sealing::seal(key(app).await?, place(endpoint, number).as_bytes(), text.as_bytes())?;
    let sealed = STANDARD.encode(sealed);
    let secret = WebhookSecret { number, created_at: now, signs_until: None };
    store::webhooks::insert_secret(tx, endpoint, &SealedSecret { secret, sealed }).await?;
    Ok(text)
}

/// Opens a secret. A key other than the one that it was sealed with is a failure of ours.
pub(super) async fn open(app: &App, endpoint: WebhookEndpointId, kept: &SealedSecret) -> Result<String> {
    let broken =
        || anyhow::anyhow!("a secret of {endpoint} does not open; is SURETY_WEBHOOK_KEY the one of before?");
    let bytes = STANDARD.decode(&kept.sealed).map_err(|_| broken())?;
    let place = place(endpoint, kept.secret.number);
    let plain = sealing::open(key(app).await?, place.as_bytes(), &bytes).ok_or_else(broken)?;
    Ok(String::from_utf8(plain).map_err(|_| broken())?)
}

/// The signatures of a message: one for each secret that signs now, newest first.
pub(super) async fn signatures(
    app: &App,
    endpoint: WebhookEndpointId,
    (id, timestamp, body): (&str, &str, &str),
    now: Timestamp,
) -> Result<String> {
    let mut signatures = Vec::new();
    for kept in store::webhooks::signing_secrets(&app.db, endpoint, now).await? {
        let secret = open(app, endpoint, &kept).await?;
        let signature = signature::sign(&secret, id, timestamp, body.as_bytes());
        signatures.push(signature.map_err(anyhow::Error::from)?);
    }
    if signatures.is_empty() {
        return Err(anyhow::anyhow!("{endpoint} has no secret").into());
    }
    Ok(signatures.join(" "))
}
