//! What the commands on companies and apps take.

use async_graphql::ID;

use super::types::PartnerAppRole;
use crate::domain::actor::{Scope, ScopeSet};
use crate::domain::error::Refusal;
use crate::domain::ids::{AppId, AppSecretId, StorefrontKeyId};
use crate::domain::party::{CompanyDraft, Plan};
use crate::domain::time::Span;
use crate::graphql::inputs::{Refused, command_input, id, ids};
use crate::graphql::orders::words::BuyerPlan;
use crate::graphql::scalars::{CountryCode, Duration};
use crate::service::apps::{AppDraft, Rotation};
use crate::service::orders::Envelope;

fn app_id(given: &ID) -> Refused<AppId> {
    id("app", &["input", "partnerAppId"], given)
}

command_input! {
    /// What `createCompany` takes.
    CreateCompanyInput {
        /// The legal name, 1 to 200 characters.
        name: String,
        /// Where it is seated; `ZZ` where that is not known.
        country: CountryCode,
        /// What it pays for as a buyer; `STANDARD` unless given.
        plan: Option<BuyerPlan>,
        /// Your own id of it, unique over all companies; 1 to 200 bytes.
        external_reference: Option<String>,
    }
}

impl CreateCompanyInput {
    pub(super) fn read(self) -> (CompanyDraft, Envelope) {
        let envelope = self.envelope();
        let draft = CompanyDraft {
            name: self.name,
            country: self.country.0,
            plan: self.plan.map_or(Plan::Standard, Into::into),
            external_reference: self.external_reference,
        };
        (draft, envelope)
    }
}

command_input! {
    /// What `createPartnerApp` takes.
    CreatePartnerAppInput {
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
    }
}

impl CreatePartnerAppInput {
    pub(super) fn read(self) -> Refused<(AppDraft, Envelope)> {
        let envelope = self.envelope();
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
        Ok((draft, envelope))
    }
}

command_input! {
    /// What `setPartnerAppActive` takes.
    SetPartnerAppActiveInput {
        /// Which app.
        partner_app_id: ID,
        /// Whether its tokens are accepted.
        active: bool,
    }
}

impl SetPartnerAppActiveInput {
    pub(super) fn read(self) -> Refused<((AppId, bool), Envelope)> {
        let envelope = self.envelope();
        let wanted = (app_id(&self.partner_app_id)?, self.active);
        Ok((wanted, envelope))
    }
}

command_input! {
    /// What `rotateAppSecret` takes.
    RotateAppSecretInput {
        /// Whose secret.
        partner_app_id: ID,
        /// How long the earlier secrets count beside the new one: `PT0S` to `P30D`, `P1D` unless given.
        keep_for: Option<Duration>,
    }
}

impl RotateAppSecretInput {
    pub(super) fn read(self) -> Refused<(Rotation, Envelope)> {
        let envelope = self.envelope();
        let keep_for = self.keep_for.map_or(Span::days(1), |given| given.0);
        let rotation = Rotation { app: app_id(&self.partner_app_id)?, keep_for };
        Ok((rotation, envelope))
    }
}

command_input! {
    /// What `revokeAppSecret` takes.
    RevokeAppSecretInput {
        /// Which secret.
        app_secret_id: ID,
    }
}

impl RevokeAppSecretInput {
    pub(super) fn read(self) -> Refused<(AppSecretId, Envelope)> {
        let envelope = self.envelope();
        let secret = id("app secret", &["input", "appSecretId"], &self.app_secret_id)?;
        Ok((secret, envelope))
    }
}

command_input! {
    /// What `createStorefrontKey` takes.
    CreateStorefrontKeyInput {
        /// Which storefront.
        partner_app_id: ID,
        /// The web origins that it counts for, such as `https://shop.example.com`; every one unless given. At most 20.
        #[graphql(validator(max_items = 20))]
        allowed_origins: Option<Vec<String>>,
    }
}

impl CreateStorefrontKeyInput {
    pub(super) fn read(self) -> Refused<((AppId, Vec<String>), Envelope)> {
        let envelope = self.envelope();
        let wanted = (app_id(&self.partner_app_id)?, self.allowed_origins.unwrap_or_default());
        Ok((wanted, envelope))
    }
}

command_input! {
    /// What `revokeStorefrontKey` takes.
    RevokeStorefrontKeyInput {
        /// Which key, by its id and not by its text.
        storefront_key_id: ID,
    }
}

impl RevokeStorefrontKeyInput {
    pub(super) fn read(self) -> Refused<(StorefrontKeyId, Envelope)> {
        let envelope = self.envelope();
        let key = id("storefront key", &["input", "storefrontKeyId"], &self.storefront_key_id)?;
        Ok((key, envelope))
    }
}

command_input! {
    /// What `revokeToken` takes.
    RevokeTokenInput {
        /// The app that the token is for.
        partner_app_id: ID,
        /// The token's claim `jti`; of a token without one the first 16 hexadecimal digits of the SHA-256 of its first two parts with
        /// the point between. At most 100 characters.
        token_id: String,
    }
}

impl RevokeTokenInput {
    pub(super) fn read(self) -> Refused<((AppId, String), Envelope)> {
        let envelope = self.envelope();
        let wanted = (app_id(&self.partner_app_id)?, self.token_id);
        Ok((wanted, envelope))
    }
}
