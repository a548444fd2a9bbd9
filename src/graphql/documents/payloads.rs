//! What the commands about documents answer.

use async_graphql::{Result, SimpleObject};

use super::query::{DocumentPolicy, TrustedDocument};
use crate::graphql::error::{UserError, user_errors};
use crate::service;
use crate::service::documents::{PolicySet, Registered};

/// What `registerTrustedDocuments` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RegisterTrustedDocumentsPayload {
    /// The documents, in the order of the input; empty where they were refused, all or none. At most 100.
    trusted_documents: Vec<TrustedDocument>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise. `field` names the document by its place,
    /// from 0.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Registered>> for RegisterTrustedDocumentsPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Registered>) -> Result<Self> {
        let (trusted_documents, replayed, user_errors) = parts(answer)?;
        Ok(Self { trusted_documents, replayed, user_errors })
    }
}

/// What `retireTrustedDocuments` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct RetireTrustedDocumentsPayload {
    /// The documents, in the order of the input; empty where they were refused, all or none. At most 100.
    trusted_documents: Vec<TrustedDocument>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Registered>> for RetireTrustedDocumentsPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Registered>) -> Result<Self> {
        let (trusted_documents, replayed, user_errors) = parts(answer)?;
        Ok(Self { trusted_documents, replayed, user_errors })
    }
}

fn parts(answer: service::Result<Registered>) -> Result<(Vec<TrustedDocument>, bool, Vec<UserError>)> {
    Ok(match user_errors(answer)? {
        Ok(done) => (done.documents.into_iter().map(TrustedDocument).collect(), done.replayed, Vec::new()),
        Err(user_errors) => (Vec::new(), false, user_errors),
    })
}

/// What `setDocumentPolicy` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct SetDocumentPolicyPayload {
    /// The policy as it is now; null where it was refused.
    document_policy: Option<DocumentPolicy>,
    /// Whether this answers an earlier command with the same key.
    replayed: bool,
    /// What you can mend; empty where the command was done. Nothing was changed otherwise.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<PolicySet>> for SetDocumentPolicyPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<PolicySet>) -> Result<Self> {
        let (document_policy, replayed, user_errors) = match user_errors(answer)? {
            Ok(set) => {
                let policy = DocumentPolicy { trusted_documents_only: set.trusted_only };
                (Some(policy), set.replayed, Vec::new())
            }
            Err(user_errors) => (None, false, user_errors),
        };
        Ok(Self { document_policy, replayed, user_errors })
    }
}
