//! Addresses of content: signed with a secret of the database, good for one file, one purpose and a while.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::domain::error::{Code, Refusal};
use crate::domain::time::Timestamp;
use crate::service::{Error, Result};
use crate::store;

/// What an address is good for; one of another purpose is no address.
#[derive(Debug, Clone, Copy)]
pub(in crate::service) enum Purpose {
    /// To send the content once.
    Upload,
    /// To read the content.
    Read,
    /// To read what a bulk operation wrote.
    Bulk,
}

async fn sign(app: &App, purpose: Purpose, subject: &str, expires: &str) -> Result<String> {
    let secret = app.content.secret.get_or_try_init(|| store::settings::secret(&app.db, "content")).await?;
    let purpose = match purpose {
        Purpose::Upload => "upload",
        Purpose::Read => "read",
        Purpose::Bulk => "bulk",
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(anyhow::Error::from)?;
    for part in [purpose, "\n", subject, "\n", expires] {
        mac.update(part.as_bytes());
    }
    Ok(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A token for something with an id, such as a file.
pub(in crate::service) async fn make(
    app: &App,
    purpose: Purpose,
    subject: impl Display,
    expires_at: Timestamp,
) -> Result<String> {
    let (subject, expires) = (subject.to_string(), expires_at.seconds().to_string());
    let signature = sign(app, purpose, &subject, &expires).await?;
    Ok(format!("{subject}.{expires}.{signature}"))
}

/// The id that a token stands for. What was not signed here is nothing; what was is told when it is too old.
pub(in crate::service) async fn read<T: FromStr>(app: &App, purpose: Purpose, token: &str) -> Result<T> {
    let unknown = || Error::Denied(Refusal::new(Code::NotFound, "There is nothing at this address."));
    let mut parts = token.splitn(3, '.');
    let (Some(subject), Some(expires), Some(signature)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(unknown());
    };
    let expected = sign(app, purpose, subject, expires).await?;
    if !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(unknown());
    }
    let expires: i64 = expires.parse().map_err(|_| unknown())?;
    if app.clock.now() > Timestamp::from_seconds(expires) {
        let message = "This address is too old. Ask the API for a new one.";
        return Err(Error::Denied(Refusal::new(Code::DeadlinePassed, message)));
    }
    subject.parse().map_err(|_| unknown())
}
