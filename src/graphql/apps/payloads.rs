//! What the commands on companies and apps answer.

use async_graphql::{Result, SimpleObject};

use super::types::PartnerApp;
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

type Parts = (Option<PartnerApp>, Option<String>, bool, Vec<UserError>);

fn parts(answer: service::Result<Changed>) -> Result<Parts> {
    Ok(match user_errors(answer)? {
        Ok(changed) => (Some(PartnerApp(changed.row)), changed.secret, changed.replayed, Vec::new()),
        Err(user_errors) => (None, None, false, user_errors),
    })
}

/// Declares a payload with the app and a secret that was made.
macro_rules! secret_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, SimpleObject)]
        pub struct $name {
            /// The app; null where the command was refused.
            partner_app: Option<PartnerApp>,
            /// The new secret, `surety_secret_…`: keep it, it is never shown again, not even in the answer to a command that is sent
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
                let (partner_app, secret, replayed, user_errors) = parts(answer)?;
                Ok(Self { partner_app, secret, replayed, user_errors })
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
                let (partner_app, _, replayed, user_errors) = parts(answer)?;
                Ok(Self { partner_app, replayed, user_errors })
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
    /// What `createStorefrontKey` answers: the new key is the first of the app's.
    CreateStorefrontKeyPayload
}
app_payload! {
    /// What `revokeStorefrontKey` answers.
    RevokeStorefrontKeyPayload
}
app_payload! {
    /// What `revokeToken` answers.
    RevokeTokenPayload
}
