//! Secrets of endpoints: made here, sealed in the database, opened to sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use crate::app::App;
use crate::domain::ids::WebhookEndpointId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookSecret;
use crate::service::Result;
use crate::service::payments::signature;
use crate::store::webhooks::SealedSecret;
use crate::store::{self, Tx};

const NONCE_BYTES: usize = 12;
/// Bytes of a secret; the specification asks for 24 to 64.
const SECRET_BYTES: usize = 32;

async fn cipher(app: &App) -> Result<ChaCha20Poly1305> {
    let key = app.webhooks.key.get_or_try_init(|| read_key(app)).await?;
    Ok(ChaCha20Poly1305::new(&Key::from(*key)))
}

/// The key of the settings; a sandbox may do with one of its database.
async fn read_key(app: &App) -> Result<[u8; 32]> {
    if let Some(key) = app.config.webhooks.key {
        return Ok(key);
    }
    let text = store::settings::secret(&app.db, "webhook").await?;
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = text.get(index * 2..index * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = digits.ok_or_else(|| anyhow::anyhow!("the webhook secret is not 64 hexadecimal digits"))?;
    }
    Ok(key)
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
    let nonce: [u8; NONCE_BYTES] = crate::ids::random_bytes();
    let place = place(endpoint, number);
    let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
    let sealed = cipher(app).await?.encrypt(&Nonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| anyhow::anyhow!("a secret could not be sealed"))?;
    let sealed = STANDARD.encode([nonce.as_slice(), &sealed].concat());
    let secret = WebhookSecret { number, created_at: now, signs_until: None };
    store::webhooks::insert_secret(tx, endpoint, &SealedSecret { secret, sealed }).await?;
    Ok(text)
}

/// Opens a secret. A key other than the one that it was sealed with is a failure of ours.
pub(super) async fn open(app: &App, endpoint: WebhookEndpointId, kept: &SealedSecret) -> Result<String> {
    let broken =
        || anyhow::anyhow!("a secret of {endpoint} does not open; is SURETY_WEBHOOK_KEY the one of before?");
    let bytes = STANDARD.decode(&kept.sealed).map_err(|_| broken())?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(broken)?;
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).map_err(|_| broken())?;
    let place = place(endpoint, kept.secret.number);
    let payload = Payload { msg: sealed, aad: place.as_bytes() };
    let plain = cipher(app).await?.decrypt(&Nonce::from(nonce), payload).map_err(|_| broken())?;
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
