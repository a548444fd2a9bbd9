//! Cursors of the log: encrypted, so that they tell nothing of the market's volume and cannot be made up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::service::{Result, sealing};
use crate::store::events::Head;

/// The version of the cursor's form; a later one may hold a vector of lanes.
const VERSION: u8 = 1;
/// No cursor is longer.
const CURSOR_BYTES_MAX: usize = 200;

/// A place in the log: behind the event with this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub i64);

async fn key(app: &App) -> Result<&[u8; 32]> {
    app.feed.key.get_or_try_init(|| sealing::database_key(app, "cursor")).await
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
    Ok(URL_SAFE_NO_PAD.encode(sealing::seal(key(app).await?, purpose.name(), plain)?))
}

/// Reads what a cursor says; none where it was not made here, or was changed.
pub(in crate::service) async fn unseal(app: &App, purpose: Purpose, cursor: &str) -> Result<Option<Vec<u8>>> {
    match URL_SAFE_NO_PAD.decode(cursor) {
        Ok(bytes) if bytes.len() <= CURSOR_BYTES_MAX => {
            Ok(sealing::open(key(app).await?, purpose.name(), &bytes))
        }
        Ok(_) | Err(_) => Ok(None),
    }
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
