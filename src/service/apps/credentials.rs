//! What apps prove themselves with: secrets that are rotated, storefront keys, and tokens that are taken back.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::{Actor, Role};
use crate::domain::contract::sha256_hex;
use crate::domain::credential::{
    AppSecret, ROTATION_MAX, SECRETS_MAX, STOREFRONT_KEYS_MAX, StorefrontKey, TOKEN_ID_MAX,
    TOKEN_LIFETIME_MAX, check_origins, secret_text, storefront_key_text,
};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, AppSecretId, StorefrontKeyId};
use crate::domain::time::{Span, Timestamp};
use crate::service::Result;
use crate::service::orders::{Begun, Claimed, Envelope, retrying};
use crate::store::{self, Tx};

use super::manage::{New, finish, lock, replay};
use super::{Changed, check_revoked_count, require_scopes_of, require_staff};

/// Which app gets a new secret, and how long the earlier ones go on.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// The app.
    pub app: AppId,
    /// How long the earlier secrets count beside the new one; nothing for not at all.
    pub keep_for: Span,
}

/// Makes a secret of an app and keeps its hash. SHA-256 without salt or stretching is enough: the secret is 256 random bits,
/// of which no dictionary holds any.
pub(super) async fn make_secret(app: &App, tx: &Tx, partner: AppId, now: Timestamp) -> Result<New> {
    let text = secret_text(app.config.environment(), &crate::ids::random_bytes());
    let secret = AppSecret {
        id: app.ids.make(now),
        app: partner,
        created_at: now,
        expires_at: None,
        last_used_at: None,
    };
    store::apps::insert_secret(tx, &secret, &sha256_hex(text.as_bytes())).await?;
    Ok(New { part: Some(secret.id.to_string()), secret: Some(text) })
}

/// Makes a new secret; the earlier ones go on for a while.
pub async fn rotate_secret(
    app: &App,
    actor: &Actor,
    rotation: Rotation,
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    let Rotation { app: id, keep_for } = rotation;
    if !(Span::ZERO..=ROTATION_MAX).contains(&keep_for) {
        let message = "Earlier secrets go on for 30 days at most: write PT0S to P30D.";
        return Err(Refusal::invalid(&["input", "keepFor"], message).into());
    }
    let input = json!({ "id": id, "keepFor": keep_for.as_seconds() });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "rotateAppSecret", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let partner = lock(&claimed.tx, id).await?;
        require_scopes_of(actor, partner.role, partner.scopes)?;
        let now = app.clock.now();
        store::apps::end_secrets(&claimed.tx, id, now.plus(keep_for)).await?;
        if store::apps::hashes_of(&claimed.tx, id, now).await?.len() >= SECRETS_MAX {
            let message =
                format!("{SECRETS_MAX} secrets of an app count at once at most. Revoke an earlier one.");
            return Err(Refusal::new(Code::StateConflict, message).into());
        }
        let secret = make_secret(app, &claimed.tx, id, now).await?;
        finish(app, claimed, (id, secret), envelope).await
    })
    .await
}

/// Takes a secret back; the tokens that it got go on until they end, which is an hour at most.
pub async fn revoke_secret(
    app: &App,
    actor: &Actor,
    id: AppSecretId,
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    let input = json!({ "id": id });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "revokeAppSecret", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let Some(partner) = store::apps::app_of_secret(&claimed.tx, id).await? else {
            return Err(Refusal::not_found("app secret").at(&["input", "appSecretId"]).into());
        };
        store::apps::revoke_secret(&claimed.tx, id, app.clock.now()).await?;
        finish(app, claimed, (partner, New::default()), envelope).await
    })
    .await
}

/// Makes a publishable key for a storefront.
pub async fn create_key(
    app: &App,
    actor: &Actor,
    (id, origins): (AppId, Vec<String>),
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    check_origins(&origins)?;
    let input = json!({ "id": id, "allowedOrigins": origins });
    let changed = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "createStorefrontKey", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        if lock(&claimed.tx, id).await?.role != Role::Storefront {
            let message = "Only a storefront has keys that everybody may see.";
            return Err(Refusal::new(Code::StateConflict, message).at(&["input", "partnerAppId"]).into());
        }
        if store::apps::keys_of(&claimed.tx, &[id]).await?.len() >= STOREFRONT_KEYS_MAX {
            let message = format!("A storefront has {STOREFRONT_KEYS_MAX} keys at most. Revoke one.");
            return Err(Refusal::new(Code::StateConflict, message).into());
        }
        let now = app.clock.now();
        let key = StorefrontKey {
            id: app.ids.make(now),
            app: id,
            key: storefront_key_text(app.config.environment(), &crate::ids::random_bytes()),
            origins: origins.clone(),
            created_at: now,
            last_used_at: None,
        };
        store::apps::insert_key(&claimed.tx, &key).await?;
        let new = New { part: Some(key.id.to_string()), secret: None };
        finish(app, claimed, (id, new), envelope).await
    })
    .await?;
    app.credentials.storefront_keys.forget();
    Ok(changed)
}

/// Takes a storefront key back.
pub async fn revoke_key(
    app: &App,
    actor: &Actor,
    id: StorefrontKeyId,
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    let input = json!({ "id": id });
    let changed = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "revokeStorefrontKey", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let Some(key) = store::apps::key(&claimed.tx, id).await? else {
            return Err(Refusal::not_found("storefront key").at(&["input", "storefrontKeyId"]).into());
        };
        store::apps::revoke_key(&claimed.tx, id, app.clock.now()).await?;
        finish(app, claimed, (key.app, New::default()), envelope).await
    })
    .await?;
    app.credentials.storefront_keys.forget();
    Ok(changed)
}

/// Takes a token of an app back by its id, wherever it came from.
pub async fn revoke_token(
    app: &App,
    actor: &Actor,
    (id, token): (AppId, String),
    envelope: &Envelope,
) -> Result<Changed> {
    require_staff(actor)?;
    let is_id =
        (1..=TOKEN_ID_MAX).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_id {
        let message = "A token's id is its claim jti, or the first 16 hexadecimal digits of its hash.";
        return Err(Refusal::invalid(&["input", "tokenId"], message).into());
    }
    let input = json!({ "id": id, "tokenId": token });
    let changed = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "revokeToken", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        lock(&claimed.tx, id).await?;
        let now = app.clock.now();
        check_revoked_count(&claimed.tx, id, now).await?;
        // When it ends is not known here.
        store::apps::revoke_token(&claimed.tx, (id, &token), now.plus(TOKEN_LIFETIME_MAX), now).await?;
        finish(app, claimed, (id, New::default()), envelope).await
    })
    .await?;
    app.credentials.revocations.forget();
    Ok(changed)
}
