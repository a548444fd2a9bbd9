//! Signatures as in the Standard Webhooks specification: HMAC-SHA-256 over `id.timestamp.body`, in base 64 behind `v1,`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::domain::time::Timestamp;

/// Seconds that a message's time may lie from ours.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a signature does not hold. Callers learn only that it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The secret is not `whsec_` and base 64.
    #[error("the secret is not of the form whsec_ and base 64")]
    BadSecret,
    /// The time is missing, or too far from ours.
    #[error("the time of the message is not ours")]
    BadTime,
    /// No signature fits.
    #[error("no signature fits")]
    NoMatch,
}

fn mac(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, SignatureError> {
    let text = secret.strip_prefix("whsec_").ok_or(SignatureError::BadSecret)?;
    let key = STANDARD.decode(text).map_err(|_| SignatureError::BadSecret)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| SignatureError::BadSecret)?;
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    Ok(mac)
}

/// Signs a message.
pub fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Result<String, SignatureError> {
    let signature = mac(secret, id, timestamp, body)?.finalize().into_bytes();
    Ok(format!("v1,{}", STANDARD.encode(signature)))
}

/// Checks the signatures of a message against any of the secrets, in constant time, over the raw bytes.
pub fn verify(
    secrets: &[String],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let sent_at: i64 = timestamp.parse().map_err(|_| SignatureError::BadTime)?;
    if now.seconds().saturating_sub(sent_at).saturating_abs() > TOLERANCE_SECONDS {
        return Err(SignatureError::BadTime);
    }
    let mut fits = false;
    for secret in secrets {
        let expected = sign(secret, id, timestamp, body)?;
        for signature in signatures.split_ascii_whitespace() {
            fits |= bool::from(expected.as_bytes().ct_eq(signature.as_bytes()));
        }
    }
    if fits { Ok(()) } else { Err(SignatureError::NoMatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signed_bytes_in_time_hold() {
        let secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()];
        let (id, time, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        // The specification's own example.
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(&secrets[0], id, time, body).unwrap(), signature);
        let now = Timestamp::from_seconds(1_614_265_330 + TOLERANCE_SECONDS);
        let check =
            |id, time, signature: &str, body: &[u8], now| verify(&secrets, id, time, signature, body, now);
        assert_eq!(check(id, time, signature, body, now), Ok(()));
        assert_eq!(check(id, time, &format!("v1,AAAA {signature}"), body, now), Ok(()));
        assert_eq!(check(id, time, signature, br#"{"test":2432232314}"#, now), Err(SignatureError::NoMatch));
        assert_eq!(check("msg_2", time, signature, body, now), Err(SignatureError::NoMatch));
        assert_eq!(check(id, time, "", body, now), Err(SignatureError::NoMatch));
        let late = now.plus(crate::domain::time::Span::seconds(1));
        assert_eq!(check(id, time, signature, body, late), Err(SignatureError::BadTime));
        assert_eq!(
            verify(&["secret".to_owned()], id, time, signature, body, now),
            Err(SignatureError::BadSecret)
        );
    }
}
