//! The keys that tokens are signed with: our own, or the key set of an outside issuer.
//!
//! Each key stands for one algorithm, so a token cannot choose how it is checked. Of what an issuer publishes only
//! EdDSA on Ed25519, ES256 and RS256 from 2048 bits on are taken.

mod issuer;
mod others;
mod remote;
mod signing;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde_json::{Value, json};
use thiserror::Error;

use crate::config::Config;
use crate::domain::credential::Mandate;
use crate::domain::time::{Span, Timestamp};

use issuer::{Issuer, Profile, Source};
use signing::SigningKeys;

/// A key of ours signs this long after it was added: until then every node has read the file again, and publishes it.
const ANNOUNCED: Span = Span::seconds(900);
/// More keys than any issuer has.
const KEYS_MAX: usize = 100;

/// Why keys could not be had; the text says how to mend it.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{path}: {problem}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The issuer's address does not answer with a key set.
    #[error("{address}: {problem}")]
    Address {
        /// The address.
        address: String,
        /// What is wrong.
        problem: String,
    },
    /// The key set holds nothing that can be used.
    #[error("the key set is unusable: {0}")]
    KeySet(String),
}

/// One key that checks signatures of one algorithm.
#[derive(Debug)]
pub struct VerifyingKey {
    /// The only algorithm that this key checks.
    pub algorithm: Algorithm,
    /// The key.
    pub key: DecodingKey,
    /// What the key is known by whatever it is called (RFC 7638, with SHA-256): an issuer can give another one its name.
    pub thumbprint: Arc<str>,
}

type KeySet = HashMap<String, Arc<VerifyingKey>>;

/// The keys that this server knows, kept fresh: each issuer's own, and no token is checked with another one's.
pub struct Keys {
    /// The issuer that the settings name: ourselves, or the one of `SURETY_JWKS`.
    main: Arc<Issuer>,
    others: Vec<Arc<Issuer>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let others: Vec<_> = self.others.iter().map(|other| &other.profile.name).collect();
        write!(f, "Keys({:?}, {others:?})", self.main.source)
    }
}

/// A key of an issuer, and what that issuer's tokens may be for.
#[derive(Debug)]
pub struct FoundKey<'a> {
    /// The key.
    pub key: Arc<VerifyingKey>,
    /// The audience.
    pub audience: &'a str,
    /// The apps and companies.
    pub mandate: &'a Mandate,
}

impl Keys {
    /// Reads the keys that the configuration names; a sandbox without any makes its own.
    pub async fn load(config: &Config, now: Timestamp) -> Result<Self, KeyError> {
        let source =
            config.jwks.as_deref().map_or_else(|| Source::Own(config.signing_keys.clone()), Source::named);
        // Keys that each node of production made for itself would be refused by the others.
        if let Source::Own(path) = &source
            && config.is_sandbox()
        {
            SigningKeys::make_unless_there(path)?;
        }
        let (name, audience) = (config.issuer.clone(), config.audience.clone());
        let profile = Profile { name, audience, mandate: Mandate::EVERYTHING };
        let main = Issuer::load(profile, source, now).await?;
        Ok(Self { main, others: others::load(config, now).await? })
    }

    /// The key of an issuer with this id; one that is unknown makes us look for new ones, within limits. An issuer that is
    /// unknown has none.
    pub async fn find(&self, issuer: &str, id: &str, now: Timestamp) -> Option<FoundKey<'_>> {
        let mut known = std::iter::once(&self.main).chain(&self.others);
        let issuer = known.find(|known| known.profile.name == issuer)?;
        let key = issuer.find(id, now).await?;
        let Profile { audience, mandate, .. } = &issuer.profile;
        Some(FoundKey { key, audience, mandate })
    }

    /// Reads the file of our own keys again where that is due: a node signs with the key whose turn it is, and publishes what
    /// there is, also where nobody has shown it a token for long.
    pub async fn keep_own_fresh(&self, now: Timestamp) {
        if matches!(self.main.source, Source::Own(_)) {
            self.main.keep_fresh(now).await;
        }
    }

    /// The key to sign with at an instant and its id; none where an outside issuer signs.
    pub fn signer(&self, now: Timestamp) -> Option<(String, EncodingKey)> {
        self.main.held().signing.as_ref().and_then(|keys| keys.current(now))
    }

    /// The public half of our own keys as a JWK set.
    pub fn published(&self) -> Value {
        let held = self.main.held();
        let keys = held.signing.as_ref().map(SigningKeys::public).unwrap_or_default();
        json!({ "keys": keys })
    }

    /// Adds a key of our own that signs from now on; tokens of the older keys stay valid until those are removed
    /// from the file.
    pub async fn rotate(&self, now: Timestamp) -> Result<(), KeyError> {
        if let Source::Own(path) = &self.main.source {
            SigningKeys::read(path)?.rotate(path)?;
            self.main.look_now(now).await;
        }
        Ok(())
    }
}

/// Makes the file of our own keys, or adds a key to it that signs once every node has read the file again; its id, and when
/// it signs.
pub fn announce(path: &Path, now: Timestamp) -> Result<(Option<String>, Timestamp), KeyError> {
    if !path.exists() {
        SigningKeys::make_unless_there(path)?;
        return Ok((None, now));
    }
    let signs_from = now.plus(ANNOUNCED);
    let kid = SigningKeys::read(path)?.announce(path, signs_from, now)?;
    Ok((Some(kid), signs_from))
}

fn file_error(path: &Path, error: &std::io::Error) -> KeyError {
    KeyError::File { path: path.to_owned(), problem: error.to_string() }
}

fn parse_bytes(bytes: &[u8]) -> Result<KeySet, KeyError> {
    let value = serde_json::from_slice(bytes).map_err(|error| KeyError::KeySet(error.to_string()))?;
    parse(&value)
}

/// Reads a JWK set and keeps the keys that can check a token.
fn parse(set: &Value) -> Result<KeySet, KeyError> {
    let keys =
        set["keys"].as_array().ok_or_else(|| KeyError::KeySet("it has no list \"keys\"".to_owned()))?;
    if keys.len() > KEYS_MAX {
        return Err(KeyError::KeySet(format!("it has {} keys, more than {KEYS_MAX}", keys.len())));
    }
    let mut out = KeySet::new();
    for value in keys {
        if value.get("d").is_some() {
            let problem = "it holds a private key; a key set to check tokens with has public halves only";
            return Err(KeyError::KeySet(problem.to_owned()));
        }
        let Some((id, key)) = usable(value) else {
            tracing::debug!(
                kid = value["kid"].as_str(),
                "a key of the set cannot check tokens and is left out"
            );
            continue;
        };
        if out.insert(id.clone(), Arc::new(key)).is_some() {
            return Err(KeyError::KeySet(format!("two keys are called {id:?}")));
        }
    }
    if out.is_empty() {
        let needed = "no key has a kid and is Ed25519, P-256 or RSA from 2048 bits on";
        return Err(KeyError::KeySet(needed.to_owned()));
    }
    Ok(out)
}

fn usable(value: &Value) -> Option<(String, VerifyingKey)> {
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) {
        return None;
    }
    let length = |text: &str| URL_SAFE_NO_PAD.decode(text).map(|bytes| bytes.len()).ok();
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(key)
            if key.curve == EllipticCurve::Ed25519 && length(&key.x) == Some(32) =>
        {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        AlgorithmParameters::EllipticCurve(key)
            if key.curve == EllipticCurve::P256
                && length(&key.x) == Some(32)
                && length(&key.y) == Some(32) =>
        {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(key)
            if length(&key.n).is_some_and(|bytes| (256..=1024).contains(&bytes)) =>
        {
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        _ => return None,
    };
    if jwk.common.key_algorithm.is_some_and(|stated| stated != named) {
        return None;
    }
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256).ok()?.into();
    Some((jwk.common.key_id?, VerifyingKey { algorithm, key, thumbprint }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ed25519(id: &str) -> Value {
        let x = URL_SAFE_NO_PAD.encode([7; 32]);
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig", "alg": "EdDSA", "x": x })
    }

    #[test]
    fn only_keys_that_can_check_a_token_are_taken() {
        let with = |name: &str, value: Value| {
            let mut key = ed25519("k");
            key[name] = value;
            key
        };
        let weak = URL_SAFE_NO_PAD.encode([255; 128]);
        for bad in [
            with("use", json!("enc")),
            with("alg", json!("ES256")),
            with("x", json!(URL_SAFE_NO_PAD.encode([7; 31]))),
            with("kid", Value::Null),
            json!({ "kty": "RSA", "kid": "k", "n": weak, "e": "AQAB" }),
            json!({ "kty": "oct", "kid": "k", "k": "c2VjcmV0" }),
            json!({ "kty": "new", "kid": "k" }),
            json!("nonsense"),
        ] {
            let set = parse(&json!({ "keys": [ed25519("good"), bad] })).unwrap();
            assert_eq!(set.keys().collect::<Vec<_>>(), ["good"]);
            assert!(parse(&json!({ "keys": [bad] })).is_err(), "{bad}");
        }
        assert!(parse(&json!({ "keys": [ed25519("twice"), ed25519("twice")] })).is_err());
        assert!(parse(&json!({ "keys": vec![ed25519("k"); KEYS_MAX + 1] })).is_err());
        assert!(
            parse(&json!({ "keys": [with("d", json!("secret"))] })).is_err(),
            "a sandbox's file is no key set"
        );
        assert!(parse(&json!({})).is_err());
        assert!(parse_bytes(b"<html>").is_err());
    }
}
