//! What the commands on companies and apps take.

use async_graphql::{ID, InputObject};

use super::types::PartnerAppRole;
use crate::domain::actor::{Scope, ScopeSet};
use crate::domain::error::Refusal;
use crate::domain::ids::{AppId, AppSecretId, StorefrontKeyId};
use crate::domain::party::{CompanyDraft, Plan};
use crate::domain::time::Span;
use crate::graphql::orders::inputs::{id, ids};
use crate::graphql::orders::words::BuyerPlan;
use crate::graphql::scalars::{CountryCode, Duration};
use crate::service::apps::{AppDraft, Rotation};
use crate::service::orders::Envelope;

type Refused<T> = Result<T, Refusal>;

fn app_id(given: &ID) -> Refused<AppId> {
    id("app", &["input", "partnerAppId"], given)
}

fn envelope(idempotency_key: String, validate_only: bool) -> Envelope {
    Envelope { idempotency_key, expected_version: None, validate_only }
}

/// What `createCompany` takes.
#[derive(Debug, Clone, InputObject)]
pub struct CreateCompanyInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// The legal name, 1 to 200 characters.
    name: String,
    /// Where it is seated; `ZZ` where that is not known.
    country: CountryCode,
    /// What it pays for as a buyer; `STANDARD` unless given.
    plan: Option<BuyerPlan>,
    /// Your own id of it, unique over all companies; 1 to 200 bytes.
    external_reference: Option<String>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl CreateCompanyInput {
    pub(super) fn read(self) -> (CompanyDraft, Envelope) {
        let draft = CompanyDraft {
            name: self.name,
            country: self.country.0,
            plan: self.plan.map_or(Plan::Standard, Into::into),
            external_reference: self.external_reference,
        };
        (draft, envelope(self.idempotency_key, self.validate_only))
    }
}

/// What `createPartnerApp` takes.
#[derive(Debug, Clone, InputObject)]
pub struct CreatePartnerAppInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// What its maker calls it, 1 to 200 characters.
    name: String,
    /// The role that its tokens have.
    role: PartnerAppRole,
    /// What its tokens can do at most, such as `orders:read`; all that the role can unless given. At most 12.
    /// An app of the platform's staff gets no scope that your token lacks.
    #[graphql(validator(max_items = 12))]
    scopes: Option<Vec<String>>,
    /// The companies that it acts for, at most 100; at least one for a buyer, supplier or inspector.
    #[graphql(validator(max_items = 100))]
    company_ids: Option<Vec<ID>>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl CreatePartnerAppInput {
    pub(super) fn read(self) -> Refused<(AppDraft, Envelope)> {
        let read = |words: Vec<String>| {
            let read = |(place, word): (usize, String)| {
                word.parse::<Scope>().map_err(|_| {
                    let place = place.to_string();
                    let message =
                        format!("{word:?} is no scope; write them as tokens do, such as orders:read.");
                    Refusal::invalid(&["input", "scopes", &place], message)
                })
            };
            words.into_iter().enumerate().map(read).collect::<Refused<ScopeSet>>()
        };
        let draft = AppDraft {
            name: self.name,
            role: self.role.into(),
            scopes: self.scopes.map(read).transpose()?,
            companies: ids("company", &["input", "companyIds"], self.company_ids.as_deref())?,
        };
        Ok((draft, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `setPartnerAppActive` takes.
#[derive(Debug, Clone, InputObject)]
pub struct SetPartnerAppActiveInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which app.
    partner_app_id: ID,
    /// Whether its tokens are accepted.
    active: bool,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl SetPartnerAppActiveInput {
    pub(super) fn read(self) -> Refused<((AppId, bool), Envelope)> {
        let wanted = (app_id(&self.partner_app_id)?, self.active);
        Ok((wanted, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `rotateAppSecret` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RotateAppSecretInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Whose secret.
    partner_app_id: ID,
    /// How long the earlier secrets count beside the new one: `PT0S` to `P30D`, `P1D` unless given.
    keep_for: Option<Duration>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RotateAppSecretInput {
    pub(super) fn read(self) -> Refused<(Rotation, Envelope)> {
        let keep_for = self.keep_for.map_or(Span::days(1), |given| given.0);
        let rotation = Rotation { app: app_id(&self.partner_app_id)?, keep_for };
        Ok((rotation, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `revokeAppSecret` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RevokeAppSecretInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which secret.
    app_secret_id: ID,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RevokeAppSecretInput {
    pub(super) fn read(self) -> Refused<(AppSecretId, Envelope)> {
        let secret = id("app secret", &["input", "appSecretId"], &self.app_secret_id)?;
        Ok((secret, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `createStorefrontKey` takes.
#[derive(Debug, Clone, InputObject)]
pub struct CreateStorefrontKeyInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which storefront.
    partner_app_id: ID,
    /// The web origins that it counts for, such as `https://shop.example.com`; every one unless given. At most 20.
    #[graphql(validator(max_items = 20))]
    allowed_origins: Option<Vec<String>>,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl CreateStorefrontKeyInput {
    pub(super) fn read(self) -> Refused<((AppId, Vec<String>), Envelope)> {
        let wanted = (app_id(&self.partner_app_id)?, self.allowed_origins.unwrap_or_default());
        Ok((wanted, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `revokeStorefrontKey` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RevokeStorefrontKeyInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// Which key, by its id and not by its text.
    storefront_key_id: ID,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RevokeStorefrontKeyInput {
    pub(super) fn read(self) -> Refused<(StorefrontKeyId, Envelope)> {
        let key = id("storefront key", &["input", "storefrontKeyId"], &self.storefront_key_id)?;
        Ok((key, envelope(self.idempotency_key, self.validate_only)))
    }
}

/// What `revokeToken` takes.
#[derive(Debug, Clone, InputObject)]
pub struct RevokeTokenInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// The app that the token is for.
    partner_app_id: ID,
    /// The token's claim `jti`; of a token without one the first 16 hexadecimal digits of the SHA-256 of its first two parts with
    /// the point between. At most 100 characters.
    token_id: String,
    /// Check everything, change nothing.
    #[graphql(default)]
    validate_only: bool,
}

impl RevokeTokenInput {
    pub(super) fn read(self) -> Refused<((AppId, String), Envelope)> {
        let wanted = (app_id(&self.partner_app_id)?, self.token_id);
        Ok((wanted, envelope(self.idempotency_key, self.validate_only)))
    }
}
