//! Addresses of content: signed with a secret of the database, good for one file, one purpose and a while.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::FileId;
use crate::domain::time::Timestamp;
use crate::service::{Error, Result};
use crate::store;

/// What an address is good for; one of another purpose is no address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// To send the content once.
    Upload,
    /// To read the content.
    Read,
}

async fn sign(app: &App, purpose: Purpose, file: &str, expires: &str) -> Result<String> {
    let secret = app.content.secret.get_or_try_init(|| store::settings::secret(&app.db, "content")).await?;
    let purpose = match purpose {
        Purpose::Upload => "upload",
        Purpose::Read => "read",
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(anyhow::Error::from)?;
    for part in [purpose, "\n", file, "\n", expires] {
        mac.update(part.as_bytes());
    }
    Ok(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A token for a file.
pub(super) async fn make(app: &App, purpose: Purpose, file: FileId, expires_at: Timestamp) -> Result<String> {
    let (file, expires) = (file.to_string(), expires_at.seconds().to_string());
    let signature = sign(app, purpose, &file, &expires).await?;
    Ok(format!("{file}.{expires}.{signature}"))
}

/// The file that a token stands for. What was not signed here is nothing; what was is told when it is too old.
pub(super) async fn read(app: &App, purpose: Purpose, token: &str) -> Result<FileId> {
    let unknown = || Error::Denied(Refusal::new(Code::NotFound, "There is nothing at this address."));
    let mut parts = token.splitn(3, '.');
    let (Some(file), Some(expires), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unknown());
    };
    let expected = sign(app, purpose, file, expires).await?;
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(unknown());
    }
    let expires: i64 = expires.parse().map_err(|_| unknown())?;
    if app.clock.now() > Timestamp::from_seconds(expires) {
        let message = "This address is too old. Ask the API for a new one.";
        return Err(Error::Denied(Refusal::new(Code::DeadlinePassed, message)));
    }
    file.parse().map_err(|_| unknown())
}
