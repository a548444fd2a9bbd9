//! Sealed bytes: nobody but who has the key can make or read them, and they open only for what they were sealed for.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};

use crate::app::App;
use crate::service::Result;
use crate::store;

const NONCE_BYTES: usize = 12;

/// A key of this database by its name.
pub(super) async fn database_key(app: &App, name: &str) -> Result<[u8; 32]> {
    let text = store::settings::secret(&app.db, name).await?;
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        let digits = text.get(index * 2..index * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = digits.ok_or_else(|| anyhow::anyhow!("the {name} secret is not 64 hexadecimal digits"))?;
    }
    Ok(key)
}

/// Seals bytes under a fresh nonce, which stands before them.
pub(super) fn seal(key: &[u8; 32], about: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_BYTES] = crate::ids::random_bytes();
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: about });
    let sealed = sealed.map_err(|_| anyhow::anyhow!("it could not be sealed"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens sealed bytes; none where they were sealed with another key or about something else, or were changed.
pub(super) fn open(key: &[u8; 32], about: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
    let nonce = <[u8; NONCE_BYTES]>::try_from(nonce).ok()?;
    cipher(key).decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad: about }).ok()
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(*key))
}

#[cfg(test)]
mod tests {
    use super::{open, seal};

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_purpose_and_unchanged() {
        let (key, other) = ([7; 32], [8; 32]);
        let sealed = seal(&key, b"cursor", b"place 12").unwrap();
        assert_eq!(open(&key, b"cursor", &sealed).as_deref(), Some(b"place 12".as_slice()));
        assert_eq!(open(&other, b"cursor", &sealed), None);
        assert_eq!(open(&key, b"secret", &sealed), None);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(open(&key, b"cursor", &changed), None, "byte {index}");
            assert_eq!(open(&key, b"cursor", &sealed[..index]), None, "{index} bytes");
        }
        assert_ne!(sealed, seal(&key, b"cursor", b"place 12").unwrap());
    }
}
