//! Publishable storefront keys in the place of a token: they read the catalogue as their storefront, and nothing else.

use std::sync::Arc;

use super::{Grant, STANDING_AGE, refuse};
use crate::app::App;
use crate::domain::actor::{Role, Scope};
use crate::domain::credential::{StorefrontKey, is_storefront_key};
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::service::remembered::Remembered;
use crate::store;

/// How many keys are remembered.
const KEYS_MAX: usize = 10_000;
/// And how many texts that are none.
const UNKNOWN_MAX: usize = 1_000;

/// The keys that were seen, remembered for seconds.
#[derive(Debug)]
pub struct StorefrontKeys {
    known: Remembered<String, Arc<StorefrontKey>>,
    /// What was found to be no key, such as one that was taken back and still stands in a shop's pages: each visit would ask the
    /// database for it. In a table of their own, so that made-up ones push no key out.
    unknown: Remembered<String, ()>,
}

impl Default for StorefrontKeys {
    fn default() -> Self {
        Self {
            known: Remembered::new(KEYS_MAX, STANDING_AGE),
            unknown: Remembered::new(UNKNOWN_MAX, STANDING_AGE),
        }
    }
}

impl StorefrontKeys {
    /// Forgets everything, because a key was made or taken back.
    pub fn forget(&self) {
        self.known.forget();
        self.unknown.forget();
    }

    /// The key with this text; none where there is none, or it was taken back.
    pub(super) async fn of(
        &self,
        app: &App,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<StorefrontKey>>> {
        if let Some(key) = self.known.get(text, now) {
            return Ok(Some(key));
        }
        if self.unknown.get(text, now).is_some() {
            return Ok(None);
        }
        let (known, unknown) = (self.known.begin(), self.unknown.begin());
        let key = store::apps::key_by_text(&app.db, text).await?.map(Arc::new);
        match &key {
            Some(key) => self.known.keep(known, &text.to_owned(), Arc::clone(key), now),
            None => self.unknown.keep(unknown, &text.to_owned(), (), now),
        }
        Ok(key)
    }
}

/// The key that a text is, for a page of this origin; none where the text is no such key at all but maybe a token.
pub(super) async fn find(
    app: &App,
    text: &str,
    origin: Option<&str>,
    now: Timestamp,
) -> Result<Option<Arc<StorefrontKey>>> {
    if !text.starts_with("pk_") {
        return Ok(None);
    }
    // What was mistyped, or made by a server of the other kind, does not get to the database.
    if !is_storefront_key(text, app.config.environment()) {
        return Err(refuse("no storefront key of this kind of server"));
    }
    let Some(key) = app.credentials.storefront_keys.of(app, text, now).await? else {
        return Err(refuse("no such storefront key"));
    };
    if !key.counts_for(origin) {
        return Err(refuse("a storefront key of other origins"));
    }
    Ok(Some(key))
}

/// What a key is good for.
pub(super) fn grant_of(key: &StorefrontKey) -> Grant {
    Grant {
        app: key.app,
        company: None,
        member: None,
        role: Role::Storefront,
        scopes: [Scope::CatalogRead].into_iter().collect(),
    }
}
