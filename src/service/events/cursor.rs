//! Cursors of the log: encrypted, so that they tell nothing of the market's volume and cannot be made up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::service::Result;
use crate::store;
use crate::store::events::Head;

/// The version of the cursor's form; a later one may hold a vector of lanes.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;

/// A place in the log: behind the event with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub i64);

async fn cipher(app: &App) -> Result<ChaCha20Poly1305> {
    let key = app.feed.key.get_or_try_init(|| read_key(app)).await?;
    Ok(ChaCha20Poly1305::new(&Key::from(*key)))
}

async fn read_key(app: &App) -> Result<[u8; 32]> {
    let text = store::settings::secret(&app.db, "cursor").await?;
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = text.get(index * 2..index * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = digits.ok_or_else(|| anyhow::anyhow!("the cursor secret is not 64 hexadecimal digits"))?;
    }
    Ok(key)
}

/// What a sealed text is for: one of another purpose is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Purpose {
    /// A place in the log of events.
    Events,
    /// A place in the feed of the catalogue's changes.
    Changes,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Events => b"events",
            Self::Changes => b"changes",
        }
    }
}

/// Seals what a cursor says: nobody but this database's nodes can make or read one.
pub(in crate::service) async fn seal(app: &App, purpose: Purpose, plain: &[u8]) -> Result<String> {
    let nonce: [u8; NONCE_BYTES] = crate::ids::random_bytes();
    let sealed = cipher(app).await?.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: purpose.name() });
    let sealed = sealed.map_err(|_| anyhow::anyhow!("a cursor could not be sealed"))?;
    Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
}

/// Reads what a cursor says; none where it was not made here, or was changed.
pub(in crate::service) async fn unseal(app: &App, purpose: Purpose, cursor: &str) -> Result<Option<Vec<u8>>> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(cursor) else { return Ok(None) };
    if bytes.len() <= NONCE_BYTES || bytes.len() > 200 {
        return Ok(None);
    }
    let (nonce, sealed) = bytes.split_at(NONCE_BYTES);
    let Ok(nonce) = <[u8; NONCE_BYTES]>::try_from(nonce) else { return Ok(None) };
    let sealed = Payload { msg: sealed, aad: purpose.name() };
    Ok(cipher(app).await?.decrypt(&Nonce::from(nonce), sealed).ok())
}

/// The cursor of a place.
pub(super) async fn encode(app: &App, place: Place, head: &Head) -> Result<String> {
    let mut plain = vec![VERSION, 0];
    plain.extend(place.0.to_be_bytes());
    plain.extend(head.epoch.as_bytes());
    seal(app, Purpose::Events, &plain).await
}

/// The refusal of a place whose events companies can no longer be told.
pub(super) fn expired() -> Refusal {
    let message =
        "The cursor is older than events are told. Read the objects again and begin without a cursor.";
    Refusal::new(Code::CursorExpired, message).at(&["after"])
}

/// The refusal of a place in another life of the log.
pub(super) fn restored() -> Refusal {
    let message = "The log was restored since. Read the objects again and begin without a cursor.";
    Refusal::new(Code::CursorEpochChanged, message).at(&["after"])
}

/// The place of a cursor; one of another epoch, ahead of the log or too old is refused with its own code.
pub(super) async fn decode(app: &App, cursor: &str, head: &Head) -> Result<Place> {
    let refuse = |code, message: &str| Refusal::new(code, message).at(&["after"]);
    let invalid = || refuse(Code::InvalidCursor, "The cursor is not one of this log, or was changed.");
    let plain = unseal(app, Purpose::Events, cursor).await?.ok_or_else(invalid)?;
    let (Some([VERSION, 0]), Some(place), Some(epoch)) = (plain.get(..2), plain.get(2..10), plain.get(10..))
    else {
        return Err(invalid().into());
    };
    if epoch != head.epoch.as_bytes() {
        return Err(restored().into());
    }
    let place = Place(i64::from_be_bytes(place.try_into().map_err(|_| invalid())?));
    if place.0 > head.seq {
        return Err(refuse(Code::CursorAhead, "The cursor lies ahead of the log.").into());
    }
    if place.0 + 1 < head.oldest {
        return Err(expired().into());
    }
    Ok(place)
}
