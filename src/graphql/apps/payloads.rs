//! What the commands on companies and apps answer.

use async_graphql::{Result, SimpleObject};

use super::types::{AppSecret, PartnerApp, StorefrontKey};
use crate::domain;
use crate::graphql::company::Company;
use crate::graphql::error::{UserError, user_errors};
use crate::service;
use crate::service::apps::Changed;
use crate::service::care::Kept;

/// What `createCompany` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct CreateCompanyPayload {
    /// The company; null where it was refused.
    company: Option<Company>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Kept<domain::party::Company>>> for CreateCompanyPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Kept<domain::party::Company>>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Kept { value, replayed }) => {
                Self { company: Some(Company::from(&value)), replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => Self { company: None, replayed: false, user_errors },
        })
    }
}

/// Declares a payload with the app and a secret that was made.
macro_rules! secret_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, SimpleObject)]
        pub struct $name {
            /// The app; null where the command was refused.
            partner_app: Option<PartnerApp>,
            /// The new secret as the app shows it from now on, with the id to revoke it by; null where the command was refused, and in the
            /// answer to a command that is sent again once the secret does not count any more.
            app_secret: Option<AppSecret>,
            /// The text of the new secret, `surety_secret_…`: keep it, it is never shown again, not even in the answer to a command that is sent
            /// again. Where it was lost, rotate.
            secret: Option<String>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl std::fmt::Debug for $name {
            /// Without the secret.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.partner_app)
            }
        }

        impl TryFrom<service::Result<Changed>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Changed>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(Changed { row, part, secret, replayed }) => {
                        let is_new = |known: &&domain::credential::AppSecret| part == Some(known.id.to_string());
                        let app_secret = row.secrets.iter().find(is_new).cloned().map(AppSecret);
                        Self { partner_app: Some(PartnerApp(row)), app_secret, secret, replayed, user_errors: Vec::new() }
                    }
                    Err(user_errors) => {
                        Self { partner_app: None, app_secret: None, secret: None, replayed: false, user_errors }
                    }
                })
            }
        }
    };
}

/// Declares a payload with the app.
macro_rules! app_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The app; null where the command was refused.
            partner_app: Option<PartnerApp>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Changed>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Changed>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(Changed { row, replayed, .. }) => {
                        Self { partner_app: Some(PartnerApp(row)), replayed, user_errors: Vec::new() }
                    }
                    Err(user_errors) => Self { partner_app: None, replayed: false, user_errors },
                })
            }
        }
    };
}

secret_payload! {
    /// What `createPartnerApp` answers.
    CreatePartnerAppPayload
}
secret_payload! {
    /// What `rotateAppSecret` answers.
    RotateAppSecretPayload
}
app_payload! {
    /// What `setPartnerAppActive` answers.
    SetPartnerAppActivePayload
}
app_payload! {
    /// What `revokeAppSecret` answers.
    RevokeAppSecretPayload
}
app_payload! {
    /// What `revokeStorefrontKey` answers.
    RevokeStorefrontKeyPayload
}
app_payload! {
    /// What `revokeToken` answers.
    RevokeTokenPayload
}

/// What `createStorefrontKey` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct CreateStorefrontKeyPayload {
    /// The storefront; null where the command was refused.
    partner_app: Option<PartnerApp>,
    /// The new key: its text is `key`. Null where the command was refused, and in the answer to a command that is sent again once the
    /// key is revoked.
    storefront_key: Option<StorefrontKey>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Changed>> for CreateStorefrontKeyPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Changed>) -> Result<Self> {
        Ok(match user_errors(answer)? {
            Ok(Changed { row, part, replayed, .. }) => {
                let is_new = |known: &&domain::credential::StorefrontKey| part == Some(known.id.to_string());
                let storefront_key = row.keys.iter().find(is_new).cloned().map(StorefrontKey);
                Self { partner_app: Some(PartnerApp(row)), storefront_key, replayed, user_errors: Vec::new() }
            }
            Err(user_errors) => {
                Self { partner_app: None, storefront_key: None, replayed: false, user_errors }
            }
        })
    }
}
