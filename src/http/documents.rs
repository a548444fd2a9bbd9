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
use crate::service::auth::Session;
use crate::service::documents;

use super::Http;
use super::door::persisted;
use super::door::refusal::Refused;
use super::door::request::Parameters;
use super::door::respond;

/// Puts the document that a request means in its place, before the door looks at it.
pub async fn settle<E>(
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

fn not_trusted() -> Refused {
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
