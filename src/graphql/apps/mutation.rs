//! Keeping companies and partner apps.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    CreateCompanyInput, CreatePartnerAppInput, CreateStorefrontKeyInput, RevokeAppSecretInput,
    RevokeStorefrontKeyInput, RevokeTokenInput, RotateAppSecretInput, SetPartnerAppActiveInput,
};
use super::payloads::{
    CreateCompanyPayload, CreatePartnerAppPayload, CreateStorefrontKeyPayload, RevokeAppSecretPayload,
    RevokeStorefrontKeyPayload, RevokeTokenPayload, RotateAppSecretPayload, SetPartnerAppActivePayload,
};
use crate::graphql::context::caller;
use crate::service::apps;

/// Keeping companies and partner apps.
#[derive(Debug, Default)]
pub struct AppMutation;

/// Keeping companies and partner apps.
#[Object]
impl AppMutation {
    /// Registers a company. Roles: operator. Scope: `platform:operate`. Errors: `INVALID_INPUT`, `REFERENCE_IN_USE`.
    async fn create_company(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The company.")] input: CreateCompanyInput,
    ) -> Result<CreateCompanyPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (draft, envelope) = input.read();
            apps::create_company(app, actor, draft, &envelope).await
        };
        answer.await.try_into()
    }

    /// Registers an app with its first secret, which gets tokens at `/oauth/token` (docs/TOKENS.md). One of the platform's staff is
    /// refused with `FORBIDDEN` where it could more than your token. Roles: operator. Scope: `platform:operate`. Errors:
    /// `INVALID_INPUT`, `NOT_FOUND`.
    async fn create_partner_app(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The app.")] input: CreatePartnerAppInput,
    ) -> Result<CreatePartnerAppPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (draft, envelope) = input.read()?;
            apps::create(app, actor, draft, &envelope).await
        };
        answer.await.try_into()
    }

    /// Switches an app on or off. Tokens and keys of one that is off are refused within ten seconds, and its sockets end. Roles:
    /// operator. Scope: `platform:operate`. Errors: `NOT_FOUND`, `STATE_CONFLICT`.
    async fn set_partner_app_active(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which app.")] input: SetPartnerAppActiveInput,
    ) -> Result<SetPartnerAppActivePayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (wanted, envelope) = input.read()?;
            apps::set_active(app, actor, wanted, &envelope).await
        };
        answer.await.try_into()
    }

    /// Makes a new secret of an app; the earlier ones go on for a while. Five at most count at once. Of an app of the platform's
    /// staff it is refused with `FORBIDDEN` where that could more than your token. Roles: operator. Scope: `platform:operate`.
    /// Errors: `NOT_FOUND`, `INVALID_INPUT`, `STATE_CONFLICT`.
    async fn rotate_app_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose secret.")] input: RotateAppSecretInput,
    ) -> Result<RotateAppSecretPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (rotation, envelope) = input.read()?;
            apps::rotate_secret(app, actor, rotation, &envelope).await
        };
        answer.await.try_into()
    }

    /// Takes a secret back at once; tokens that it got go on until they end, an hour at most: see `revokeToken`. Roles: operator.
    /// Scope: `platform:operate`. Errors: `NOT_FOUND`.
    async fn revoke_app_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which secret.")] input: RevokeAppSecretInput,
    ) -> Result<RevokeAppSecretPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (secret, envelope) = input.read()?;
            apps::revoke_secret(app, actor, secret, &envelope).await
        };
        answer.await.try_into()
    }

    /// Makes a publishable key for a storefront: it may stand in a web page, and reads the catalogue only. Roles: operator. Scope:
    /// `platform:operate`. Errors: `NOT_FOUND`, `INVALID_INPUT`, `STATE_CONFLICT`.
    async fn create_storefront_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which storefront.")] input: CreateStorefrontKeyInput,
    ) -> Result<CreateStorefrontKeyPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (wanted, envelope) = input.read()?;
            apps::create_key(app, actor, wanted, &envelope).await
        };
        answer.await.try_into()
    }

    /// Takes a storefront key back, within ten seconds everywhere. Roles: operator. Scope: `platform:operate`. Errors: `NOT_FOUND`.
    async fn revoke_storefront_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeStorefrontKeyInput,
    ) -> Result<RevokeStorefrontKeyPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (key, envelope) = input.read()?;
            apps::revoke_key(app, actor, key, &envelope).await
        };
        answer.await.try_into()
    }

    /// Takes one token of an app back before its end, within ten seconds everywhere; open sockets end with it. An app does so itself at
    /// `/oauth/revoke`. Roles: operator. Scope: `platform:operate`. Errors: `NOT_FOUND`, `INVALID_INPUT`, `STATE_CONFLICT`.
    async fn revoke_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which token.")] input: RevokeTokenInput,
    ) -> Result<RevokeTokenPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let (wanted, envelope) = input.read()?;
            apps::revoke_token(app, actor, wanted, &envelope).await
        };
        answer.await.try_into()
    }
}
