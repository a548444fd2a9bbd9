//! Our own keys: a file that only its owner can read. A sandbox makes it at its first start; the nodes of production share it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::EncodingKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{KeyError, file_error};
use crate::domain::time::Timestamp;
use crate::ids::random_bytes;

/// The content of the file: private keys in JWK form, and which of them signs.
#[derive(Serialize, Deserialize)]
pub(super) struct SigningKeys {
    /// The `kid` of the key that signs.
    current: String,
    /// The key that signs from an instant on; until then every node comes to know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<NextKey>,
    /// All keys whose tokens are accepted, oldest first.
    keys: Vec<PrivateKey>,
}

/// Which key signs next.
#[derive(Clone, Serialize, Deserialize)]
struct NextKey {
    kid: String,
    /// Seconds since 1970 in UTC.
    signs_from: i64,
}

#[derive(Clone, Serialize, Deserialize)]
struct PrivateKey {
    kty: String,
    crv: String,
    kid: String,
    /// The public half.
    x: String,
    /// The private half.
    d: String,
}

impl PrivateKey {
    fn make() -> Self {
        let secret = SigningKey::from_bytes(&random_bytes());
        let public = secret.verifying_key().to_bytes();
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: URL_SAFE_NO_PAD.encode(random_bytes::<9>()),
            x: URL_SAFE_NO_PAD.encode(public),
            d: URL_SAFE_NO_PAD.encode(secret.to_bytes()),
        }
    }

    /// The key in the form that the token library signs with; none where the halves do not belong together.
    fn encoding_key(&self) -> Option<EncodingKey> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(&self.d).ok()?.try_into().ok()?;
        let secret = SigningKey::from_bytes(&bytes);
        let halves_fit = URL_SAFE_NO_PAD.encode(secret.verifying_key().to_bytes()) == self.x;
        let form_fits = self.kty == "OKP" && self.crv == "Ed25519";
        let document = (halves_fit && form_fits).then(|| secret.to_pkcs8_der().ok())??;
        Some(EncodingKey::from_ed_der(document.as_bytes()))
    }
}

impl SigningKeys {
    /// Makes a file with one key unless the file is there.
    pub(super) fn make_unless_there(path: &Path) -> Result<(), KeyError> {
        if path.exists() {
            return Ok(());
        }
        let key = PrivateKey::make();
        Self { current: key.kid.clone(), next: None, keys: vec![key] }.write(path)
    }

    /// Reads and checks the file.
    pub(super) fn read(path: &Path) -> Result<Self, KeyError> {
        let problem = |problem: String| KeyError::File { path: path.to_owned(), problem };
        refuse_readable_by_others(path)?;
        let bytes = std::fs::read(path).map_err(|error| file_error(path, &error))?;
        let keys: Self = serde_json::from_slice(&bytes).map_err(|error| {
            problem(format!("not a file of signing keys ({error}); remove it to make new keys"))
        })?;
        if let Some(bad) = keys.keys.iter().find(|key| key.encoding_key().is_none()) {
            return Err(problem(format!("the key {:?} is damaged; remove it from the list", bad.kid)));
        }
        let named = [("current", Some(&keys.current)), ("next", keys.next.as_ref().map(|next| &next.kid))];
        for (place, kid) in named {
            if let Some(kid) = kid.filter(|kid| !keys.keys.iter().any(|key| key.kid == **kid)) {
                return Err(problem(format!("{place:?} names the key {kid:?}, which is not there")));
            }
        }
        Ok(keys)
    }

    /// Adds a key that signs from now on.
    pub(super) fn rotate(mut self, path: &Path) -> Result<(), KeyError> {
        let key = PrivateKey::make();
        self.current.clone_from(&key.kid);
        self.next = None;
        self.keys.push(key);
        self.write(path)
    }

    /// Adds a key that signs from an instant on; its id. A next one that was not reached is left out of turn.
    pub(super) fn announce(
        mut self,
        path: &Path,
        signs_from: Timestamp,
        now: Timestamp,
    ) -> Result<String, KeyError> {
        let key = PrivateKey::make();
        let kid = key.kid.clone();
        self.current = self.signing(now).to_owned();
        self.next = Some(NextKey { kid: kid.clone(), signs_from: signs_from.seconds() });
        self.keys.push(key);
        self.write(path)?;
        Ok(kid)
    }

    /// The id of the key that signs at an instant.
    fn signing(&self, now: Timestamp) -> &str {
        let next = self.next.as_ref().filter(|next| now.seconds() >= next.signs_from);
        next.map_or(self.current.as_str(), |next| next.kid.as_str())
    }

    /// The key that signs at an instant, with its id; `read` has checked that it is there and whole.
    pub(super) fn current(&self, now: Timestamp) -> Option<(String, EncodingKey)> {
        let kid = self.signing(now);
        let key = self.keys.iter().find(|key| key.kid == kid)?;
        Some((kid.to_owned(), key.encoding_key()?))
    }

    /// The public halves.
    pub(super) fn public(&self) -> Vec<Value> {
        let public = |key: &PrivateKey| json!({ "kty": key.kty, "crv": key.crv, "kid": key.kid, "x": key.x, "use": "sig", "alg": "EdDSA" });
        self.keys.iter().map(public).collect()
    }

    /// Writes beside the file and renames, so that a crash leaves the old or the new keys.
    fn write(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |error: std::io::Error| file_error(path, &error);
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = path.with_file_name(format!("{name}.{}", URL_SAFE_NO_PAD.encode(random_bytes::<6>())));
        let mut file = create_private(&beside).map_err(failed)?;
        file.write_all(&text).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        std::fs::rename(&beside, path).map_err(failed)
    }
}

fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn refuse_readable_by_others(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode =
        std::fs::metadata(path).map_err(|error| file_error(path, &error))?.permissions().mode() & 0o777;
    let (group, others) = (mode >> 3 & 7, mode & 7);
    if (group, others) == (0, 0) {
        return Ok(());
    }
    let problem = format!("others can read these private keys (mode {mode:o}); run chmod 600");
    Err(KeyError::File { path: path.to_owned(), problem })
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_: &Path) -> Result<(), KeyError> {
    Ok(())
}
