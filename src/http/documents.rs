//! Which document a request means: the one that it carries, one that it names by its hash, and for an app that runs trusted
//! documents only, one of those.

use std::collections::HashSet;

use apollo_compiler::executable::{ExecutableDocument, Selection, SelectionSet};
use axum::http::StatusCode;

use crate::domain::actor::Scope;
use crate::domain::contract::sha256_hex;
use crate::domain::document::MANAGING_FIELDS;
use crate::domain::error::Code;
use crate::domain::ids::AppId;
use crate::domain::throttle::Payer;
use crate::service::auth::Session;
use crate::service::documents;

use super::Http;
use super::door::persisted;
use super::door::refusal::Refused;
use super::door::request::Parameters;
use super::door::respond;
use super::toll;

/// Puts the document that a request means in its place, before the door looks at it. To look one up is work, so who has no
/// points left is refused first, and what is refused costs what the door's refusals cost.
pub async fn settle<E>(
    http: &Http<E>,
    payer: &Payer,
    parameters: &mut Parameters,
    session: &Session,
) -> Result<(), Refused> {
    let is_looked_up = session.trusted_documents_only
        || parameters.document_id.is_some()
        || parameters.extensions.contains_key("persistedQuery");
    if !is_looked_up {
        return Ok(());
    }
    toll::demand(http, payer).await?;
    toll::priced(http, payer, find_meant(http, parameters, session).await).await
}

/// Whether an operation that runs may go on: where its app runs trusted documents only, while the text with this hash is one.
/// A database that does not answer ends nothing.
pub async fn may_go_on<E>(http: &Http<E>, session: &Session, hash: &str) -> bool {
    let Some(app) = session.actor.app.filter(|_| session.trusted_documents_only) else { return true };
    match documents::is_served(&http.app, app, hash).await {
        Ok(is_served) => is_served,
        Err(error) => {
            tracing::warn!(?error, "the document of an operation that runs could not be looked at again");
            true
        }
    }
}

async fn find_meant<E>(
    http: &Http<E>,
    parameters: &mut Parameters,
    session: &Session,
) -> Result<(), Refused> {
    let hash = persisted::hash_of(parameters)?;
    match session.actor.app {
        Some(app) if session.trusted_documents_only => {
            settle_trusted(http, parameters, hash, (app, session)).await
        }
        app => settle_any(http, parameters, hash, (app, session)).await,
    }
}

/// For apps that run any document: a hash that came with one is kept with it, a hash alone is looked up.
async fn settle_any<E>(
    http: &Http<E>,
    parameters: &mut Parameters,
    hash: Option<String>,
    (app, session): (Option<AppId>, &Session),
) -> Result<(), Refused> {
    let Some(hash) = hash else { return Ok(()) };
    let tenant = (app, session.actor.company);
    if let Some(text) = parameters.text() {
        // Only what has passed the door is kept: nobody fills the memory with what never runs.
        http.door.prepare(text)?;
        http.persisted.keep(tenant, &hash, text);
        return Ok(());
    }
    let trusted = match app {
        Some(app) => registered(http, app, &hash).await?,
        None => None,
    };
    let found = trusted.or_else(|| http.persisted.find(tenant, &hash).map(|text| text.to_string()));
    parameters.query = Some(found.ok_or_else(persisted::not_found)?);
    Ok(())
}

/// For apps that run trusted documents only. What manages the documents runs in any document, for those who may manage them.
async fn settle_trusted<E>(
    http: &Http<E>,
    parameters: &mut Parameters,
    hash: Option<String>,
    (app, session): (AppId, &Session),
) -> Result<(), Refused> {
    let Some(text) = parameters.text() else {
        let Some(hash) = hash else { return Ok(()) };
        let found = registered(http, app, &hash).await?;
        parameters.query = Some(found.ok_or_else(not_trusted)?);
        return Ok(());
    };
    let hash = hash.unwrap_or_else(|| sha256_hex(text.as_bytes()));
    if registered(http, app, &hash).await?.is_some() {
        return Ok(());
    }
    if session.actor.scopes.contains(Scope::DocumentsManage)
        && only_manages(&http.door.prepare(text)?.document)
    {
        return Ok(());
    }
    Err(not_trusted())
}

async fn registered<E>(http: &Http<E>, app: AppId, hash: &str) -> Result<Option<String>, Refused> {
    let found = documents::find(&http.app, app, hash).await.map_err(respond::denied)?;
    Ok(found.map(|served| served.body.to_string()))
}

/// Whether no operation of a document asks for anything at its root but what manages documents.
fn only_manages(document: &ExecutableDocument) -> bool {
    let mut seen = HashSet::new();
    document.operations.iter().all(|operation| manages(document, &operation.selection_set, &mut seen))
}

fn manages<'doc>(
    document: &'doc ExecutableDocument,
    set: &'doc SelectionSet,
    seen: &mut HashSet<&'doc str>,
) -> bool {
    set.selections.iter().all(|selection| match selection {
        Selection::Field(field) => {
            let name = field.name.as_str();
            name == "__typename" || MANAGING_FIELDS.contains(&name)
        }
        Selection::InlineFragment(inline) => manages(document, &inline.selection_set, seen),
        // A fragment that was looked at before has been found to be good, or the answer is no already.
        Selection::FragmentSpread(spread) => match document.fragments.get(&spread.fragment_name) {
            Some(fragment) if seen.insert(spread.fragment_name.as_str()) => {
                manages(document, &fragment.selection_set, seen)
            }
            Some(_) => true,
            None => false,
        },
    })
}

/// The refusal of a document that is none of the app's, where that runs no others.
pub fn not_trusted() -> Refused {
    let refused = Refused::graphql(
        Code::DocumentNotTrusted,
        "The app runs trusted documents only, and this is none of them. Register it with `registerTrustedDocuments`.",
    );
    Refused { status: StatusCode::FORBIDDEN, ..refused }
}

#[cfg(test)]
mod tests {
    use apollo_compiler::Schema;

    use super::*;

    const SDL: &str = "type Query { trustedDocuments: Int viewer: Int } type Mutation { setDocumentPolicy: Int placeOrder: Int }";

    #[test]
    fn only_what_manages_documents_is_always_permitted() {
        let schema = Schema::parse_and_validate(SDL, "schema").unwrap();
        for (text, wanted) in [
            ("{ trustedDocuments __typename }", true),
            ("{ a: trustedDocuments }", true),
            ("mutation { setDocumentPolicy }", true),
            ("{ trustedDocuments viewer }", false),
            ("{ trustedDocuments: viewer }", false),
            ("{ ... { viewer } }", false),
            ("{ ...A } fragment A on Query { trustedDocuments ...B } fragment B on Query { viewer }", false),
            ("{ ...A ...A } fragment A on Query { trustedDocuments }", true),
            ("mutation { setDocumentPolicy placeOrder }", false),
            ("query A { trustedDocuments } query B { viewer }", false),
            ("{ __schema { queryType { name } } }", false),
        ] {
            let document = ExecutableDocument::parse_and_validate(&schema, text, "document").unwrap();
            assert_eq!(only_manages(&document), wanted, "{text}");
        }
    }
}
