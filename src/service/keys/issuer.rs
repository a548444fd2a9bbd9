//! One issuer of tokens: where its keys come from, and the keys as they were read last.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;

use super::remote::{self, Fetched};
use super::signing::SigningKeys;
use super::{KeyError, KeySet, VerifyingKey, file_error, parse, parse_bytes};
use crate::domain::credential::Mandate;
use crate::domain::time::{Span, Timestamp};

/// An unknown key makes us look for new ones at most this often, and so does a source that did not answer.
const REFRESH_UNKNOWN: Span = Span::seconds(60);
/// A key that its issuer removed is noticed after this time at the latest, unless the issuer says how long its set is good.
const REFRESH_AGE: Span = Span::seconds(600);
/// Keys of an issuer that does not answer are good for no longer than this.
const STALE_MAX: Span = Span::days(2);

/// Where the keys of an issuer come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Our own keys.
    Own(PathBuf),
    /// A file with the issuer's key set.
    File(PathBuf),
    /// An address with the issuer's key set.
    Address(String),
    /// The issuer's own address, where it says where its key set is (`OpenID` Connect Discovery 1.0).
    Discovered(String),
}

impl Source {
    /// What a setting or a list of issuers names: a file or an address.
    pub(super) fn named(text: &str) -> Self {
        let is_address = text.starts_with("https://") || text.starts_with("http://");
        if is_address { Self::Address(text.to_owned()) } else { Self::File(text.into()) }
    }
}

pub(super) struct Held {
    verifying: KeySet,
    pub(super) signing: Option<SigningKeys>,
    /// How long the set is good.
    good_for: Span,
    read_at: Timestamp,
}

/// Who an issuer is.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    /// Its name, as tokens say it in `iss`.
    pub name: String,
    /// Whom its tokens are for.
    pub audience: String,
    /// What it may sign for.
    pub mandate: Mandate,
}

/// A look for new keys.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Timestamp,
    /// Whether there was an answer.
    answered: bool,
}

/// An issuer whose tokens are let in.
pub(super) struct Issuer {
    pub(super) profile: Profile,
    pub(super) source: Source,
    held: RwLock<Arc<Held>>,
    /// The last look for new keys; held by whoever looks.
    looked: Arc<Mutex<Look>>,
}

impl Issuer {
    fn new(profile: Profile, source: Source, held: Held, answered: bool) -> Arc<Self> {
        let looked = Arc::new(Mutex::new(Look { at: held.read_at, answered }));
        Arc::new(Self { profile, source, held: RwLock::new(Arc::new(held)), looked })
    }

    /// Reads its keys; one that does not answer is none.
    pub(super) async fn load(
        profile: Profile,
        source: Source,
        now: Timestamp,
    ) -> Result<Arc<Self>, KeyError> {
        let held = read(&source, now).await?;
        Ok(Self::new(profile, source, held, true))
    }

    /// The same, where one that does not answer yet has no keys: they are looked for when its tokens come. A file that cannot
    /// be read is a mistake and stays one.
    pub(super) async fn load_if_there(
        profile: Profile,
        source: Source,
        now: Timestamp,
    ) -> Result<Arc<Self>, KeyError> {
        let (held, answered) = match (read(&source, now).await, &source) {
            (Ok(held), _) => (held, true),
            (Err(error), Source::Address(_) | Source::Discovered(_)) => {
                let issuer = &profile.name;
                tracing::error!(%error, issuer, "an issuer does not answer; its tokens wait for it");
                let good_for = REFRESH_UNKNOWN;
                (Held { verifying: KeySet::new(), signing: None, good_for, read_at: now }, false)
            }
            (Err(error), Source::Own(_) | Source::File(_)) => return Err(error),
        };
        Ok(Self::new(profile, source, held, answered))
    }

    /// The key with this id; one that is unknown makes us look for new ones, within limits.
    pub(super) async fn find(self: &Arc<Self>, id: &str, now: Timestamp) -> Option<Arc<VerifyingKey>> {
        if self.known(id, now).is_some() {
            self.keep_fresh(now).await;
            return self.known(id, now);
        }
        let looked = Arc::clone(&self.looked).lock_owned().await;
        if let Some(found) = self.known(id, now) {
            return Some(found);
        }
        if now.since(looked.at) < REFRESH_UNKNOWN {
            return None;
        }
        ended(self.look(looked, now)).await;
        self.known(id, now)
    }

    /// Looks whether the set is still what we hold, where that is due: one caller does, the others go on with what there is.
    pub(super) async fn keep_fresh(self: &Arc<Self>, now: Timestamp) {
        let Ok(looked) = Arc::clone(&self.looked).try_lock_owned() else { return };
        let last = *looked;
        let good_for = if last.answered { self.held().good_for } else { REFRESH_UNKNOWN };
        if now.since(last.at) < good_for {
            return;
        }
        let look = self.look(looked, now);
        // Nobody waits for a source that did not answer the last time.
        if last.answered {
            ended(look).await;
        }
    }

    /// Looks for new keys, in a task of its own: a caller that goes away does not take the look along that all others have to do
    /// without for a while.
    fn look(self: &Arc<Self>, mut looked: OwnedMutexGuard<Look>, now: Timestamp) -> JoinHandle<()> {
        let issuer = Arc::clone(self);
        tokio::spawn(async move {
            *looked = Look { at: now, answered: false };
            looked.answered = issuer.refresh(now).await;
        })
    }

    /// Looks for new keys at once.
    pub(super) async fn look_now(self: &Arc<Self>, now: Timestamp) {
        let looked = Arc::clone(&self.looked).lock_owned().await;
        ended(self.look(looked, now)).await;
    }

    fn known(&self, id: &str, now: Timestamp) -> Option<Arc<VerifyingKey>> {
        let held = self.held();
        let is_stale = held.signing.is_none() && now.since(held.read_at) > STALE_MAX;
        if is_stale { None } else { held.verifying.get(id).cloned() }
    }

    pub(super) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the source again; whether it answered. Where it does not the old keys stay in force for a while: an issuer that
    /// cannot be reached must not lock everybody out.
    async fn refresh(&self, now: Timestamp) -> bool {
        match read(&self.source, now).await {
            Ok(held) => {
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
                true
            }
            Err(error) => {
                tracing::error!(
                    %error, issuer = self.profile.name,
                    "the keys could not be read again; the old ones stay in force for two days"
                );
                false
            }
        }
    }
}

/// Waits for a look; one that broke down is told, and is as one without an answer.
async fn ended(look: JoinHandle<()>) {
    if let Err(error) = look.await {
        tracing::error!(%error, "a look for new keys broke down");
    }
}

async fn read(source: &Source, now: Timestamp) -> Result<Held, KeyError> {
    let fetched = match source {
        Source::Own(path) => {
            let signing = SigningKeys::read(path)?;
            let verifying = parse(&json!({ "keys": signing.public() }))?;
            return Ok(Held { verifying, signing: Some(signing), good_for: REFRESH_AGE, read_at: now });
        }
        Source::File(path) => Fetched { bytes: read_file(path)?.into(), good_for: None },
        Source::Address(address) => remote::fetch(address).await?,
        Source::Discovered(issuer) => {
            let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
            let document = remote::fetch(&address).await?;
            let problem = |problem: String| KeyError::Address { address: address.clone(), problem };
            let document =
                serde_json::from_slice(&document.bytes).map_err(|error| problem(error.to_string()))?;
            let address = key_set_of(&document, issuer).map_err(|text| problem(text.to_owned()))?;
            remote::fetch(&address).await?
        }
    };
    let verifying = parse_bytes(&fetched.bytes)?;
    Ok(Held { verifying, signing: None, good_for: fetched.good_for.unwrap_or(REFRESH_AGE), read_at: now })
}

fn read_file(path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|error| file_error(path, &error))
}

/// The address of the key set in what an issuer says of itself. It has to be about that very issuer (`OpenID` Connect Discovery
/// 1.0, section 4.3), and the keys must not come in clear, unless the issuer and they are of this machine.
fn key_set_of(document: &Value, issuer: &str) -> Result<String, &'static str> {
    if document["issuer"].as_str() != Some(issuer) {
        return Err("the document is about another issuer");
    }
    let is_local = issuer.starts_with("http://");
    let address = document["jwks_uri"].as_str().filter(|address| remote::is_safe(address, is_local));
    address.map(str::to_owned).ok_or("the document names no https:// address as jwks_uri")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_says_where_its_keys_are_and_of_nobody_else() {
        let issuer = "https://id.example.com";
        let document = json!({ "issuer": issuer, "jwks_uri": "https://id.example.com/keys" });
        assert_eq!(key_set_of(&document, issuer), Ok("https://id.example.com/keys".to_owned()));
        assert!(key_set_of(&document, "https://id.example.com/").is_err());
        for bad in [
            json!({ "issuer": "https://evil.example", "jwks_uri": "https://id.example.com/keys" }),
            json!({ "issuer": issuer, "jwks_uri": "http://id.example.com/keys" }),
            json!({ "issuer": issuer }),
            json!({ "jwks_uri": "https://id.example.com/keys" }),
            json!([]),
        ] {
            assert!(key_set_of(&bad, issuer).is_err(), "{bad}");
        }
        // One of this machine has its keys on this machine, or where HTTPS keeps them.
        let local = "http://127.0.0.1:8080/realms/acme";
        let names = |keys: &str| key_set_of(&json!({ "issuer": local, "jwks_uri": keys }), local).is_ok();
        assert!(names("http://127.0.0.1:8080/keys") && names("https://id.example.com/keys"));
        assert!(!names("http://id.example.com/keys"));
    }
}
