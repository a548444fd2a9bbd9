//! An app's documents: registered, retired, and whether it runs others.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::document::{
    DOCUMENTS_MAX, DocumentDraft, REGISTERED_AT_ONCE, TrustedDocument, check_drafts, check_policy,
    check_retirement,
};
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{AppId, TrustedDocumentId};
use crate::domain::time::{Span, Timestamp};
use crate::service::orders::{Begun, Claimed, Envelope, Made, retrying};
use crate::service::{Error, Result};
use crate::store::{self, Tx};

use super::{DocumentChecker, TrustedDocuments, owner_of};

/// The names of the commands.
const REGISTER: &str = "registerTrustedDocuments";
const RETIRE: &str = "retireTrustedDocuments";
const SET_POLICY: &str = "setDocumentPolicy";

/// What a registration answered.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The documents, in the order of the input.
    pub documents: Vec<TrustedDocument>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// What a retirement answered; the same.
pub type Retired = Registered;

/// What a change of the policy answered.
#[derive(Debug, Clone, Copy)]
pub struct PolicySet {
    /// Whether the app runs trusted documents only, as it is now.
    pub trusted_only: bool,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// Checks every document as the door would; each reason names the document's place in the list. As many as there may be keep a
/// thread busy for long, so it is one that serves nobody else, and one registration of a node is checked at a time.
async fn check(documents: &TrustedDocuments, drafts: &[DocumentDraft]) -> Result<()> {
    check_drafts(drafts).map_err(Error::Refused)?;
    // Whoever gives up waiting lets go of nothing that still runs: the thread holds its turn to the end.
    let turn = Arc::clone(&documents.checking).lock_owned().await;
    let (checker, drafts) = (Arc::clone(&documents.checker), drafts.to_vec());
    let checking = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        check_each(checker.as_ref(), &drafts)
    });
    let refusals = checking.await.map_err(anyhow::Error::from)?;
    if refusals.is_empty() { Ok(()) } else { Err(Error::Refused(refusals)) }
}

fn check_each(checker: &dyn DocumentChecker, drafts: &[DocumentDraft]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        if let Err(reasons) = checker.check(&draft.body) {
            let index = index.to_string();
            let path = ["input", "documents", index.as_str(), "document"];
            refusals.extend(reasons.into_iter().map(|reason| reason.at(&path)));
        }
    }
    refusals
}

/// Registers documents of the actor's app. One that it has registered before gets the new name and is served for good.
pub async fn register(
    app: &App,
    actor: &Actor,
    drafts: &[DocumentDraft],
    envelope: &Envelope,
) -> Result<Registered> {
    let owner = owner_of(actor)?;
    let named: Vec<_> = drafts.iter().map(|draft| json!([draft.name, draft.body])).collect();
    let input = json!({ "documents": named });
    if let Some(made) = Claimed::answered(app, actor, envelope, REGISTER, &input).await? {
        return again(app, owner, &made).await;
    }
    check(&app.documents, drafts).await?;
    let hashes: Vec<String> = drafts.iter().map(DocumentDraft::hash).collect();
    let registered = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, REGISTER, &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return again(app, owner, &made).await,
        };
        store::documents::lock_app(&claimed.tx, owner).await?;
        let now = now_of(app, &claimed.tx).await?;
        let new: Vec<_> =
            drafts.iter().zip(&hashes).map(|(draft, hash)| made_of(app, owner, draft, hash, now)).collect();
        store::documents::register(&claimed.tx, &new).await?;
        if store::documents::count_served(&claimed.tx, owner, now).await? > DOCUMENTS_MAX {
            let message = format!("An app has {DOCUMENTS_MAX} trusted documents at most. Retire some.");
            return Err(Refusal::new(Code::StateConflict, message).at(&["input", "documents"]).into());
        }
        let found = store::documents::by_hashes(&claimed.tx, owner, &hashes).await?;
        let documents = in_order(&hashes, found, |document| document.hash.clone());
        finish(app, claimed, documents).await
    });
    let registered = registered.await?;
    app.documents.forget(owner);
    Ok(registered)
}

fn made_of(app: &App, owner: AppId, draft: &DocumentDraft, hash: &str, now: Timestamp) -> TrustedDocument {
    TrustedDocument {
        id: app.ids.make(now),
        app: owner,
        hash: hash.to_owned(),
        name: draft.name.clone(),
        body: draft.body.clone(),
        registered_at: now,
        retires_at: None,
        last_used_on: None,
        use_count: 0,
    }
}

/// Lets documents retire at an instant, now unless one is named. Until then they are served, so that clients in the field have
/// time to go; a later instant lets one that has retired be served again until then.
pub async fn retire(
    app: &App,
    actor: &Actor,
    (ids, retires_at): (&[TrustedDocumentId], Option<Timestamp>),
    envelope: &Envelope,
) -> Result<Retired> {
    let owner = owner_of(actor)?;
    let input = json!({ "ids": ids, "retiresAt": retires_at.map(Timestamp::micros) });
    let retired = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, RETIRE, &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return again(app, owner, &made).await,
        };
        if ids.is_empty() || ids.len() > REGISTERED_AT_ONCE {
            let message = format!("Retire 1 to {REGISTERED_AT_ONCE} documents at once.");
            return Err(Refusal::invalid(&["input", "trustedDocumentIds"], message).into());
        }
        store::documents::lock_app(&claimed.tx, owner).await?;
        let now = now_of(app, &claimed.tx).await?;
        let at = retires_at.map_or(now, |at| at.max(now));
        check_retirement(at, now)?;
        store::documents::retire(&claimed.tx, owner, ids, at).await?;
        let found = store::documents::by_ids(&claimed.tx, owner, ids).await?;
        if let Some(index) = ids.iter().position(|id| found.iter().all(|document| document.id != *id)) {
            let index = index.to_string();
            let refusal = Refusal::not_found("trusted document");
            return Err(refusal.at(&["input", "trustedDocumentIds", &index]).into());
        }
        finish(app, claimed, in_order(ids, found, |document| document.id)).await
    });
    let retired = retired.await?;
    app.documents.forget(owner);
    Ok(retired)
}

/// Says whether the actor's app runs trusted documents only. This server knows at once, others on the same database within
/// seconds.
pub async fn set_policy(
    app: &App,
    actor: &Actor,
    trusted_only: bool,
    envelope: &Envelope,
) -> Result<PolicySet> {
    let owner = owner_of(actor)?;
    let input = json!({ "trustedDocumentsOnly": trusted_only });
    let set = retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, SET_POLICY, &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(_) => {
                // Another command may have changed it since.
                let trusted_only = store::documents::policy(&app.db, owner).await?;
                return Ok(PolicySet { trusted_only, replayed: true });
            }
        };
        store::documents::lock_app(&claimed.tx, owner).await?;
        let now = now_of(app, &claimed.tx).await?;
        check_policy(trusted_only, store::documents::count_served(&claimed.tx, owner, now).await?)?;
        store::documents::set_policy(&claimed.tx, owner, trusted_only).await?;
        claimed.finish(app, &Made::of(owner)).await?;
        Ok(PolicySet { trusted_only, replayed: false })
    });
    let set = set.await?;
    app.standings.forget();
    Ok(set)
}

/// The machine's instant: clients and releases live by it, so the sandbox's clock has no part in it.
async fn now_of(app: &App, tx: &Tx) -> Result<Timestamp> {
    Ok(tx.now(&app.clock, Span::ZERO).await?)
}

async fn finish(app: &App, claimed: Claimed<'_>, documents: Vec<TrustedDocument>) -> Result<Registered> {
    let ids: Vec<String> = documents.iter().map(|document| document.id.to_string()).collect();
    claimed.finish(app, &Made::of(ids.join(" "))).await?;
    Ok(Registered { documents, replayed: false })
}

/// The answer to a key that was answered before: the documents as they are now, without those that were forgotten.
async fn again(app: &App, owner: AppId, made: &Made) -> Result<Registered> {
    let subject: String = made.subject()?;
    let ids = subject.split_ascii_whitespace().map(str::parse).collect::<std::result::Result<Vec<_>, _>>();
    let ids: Vec<TrustedDocumentId> =
        ids.map_err(|_| anyhow::anyhow!("a command answered without what it made"))?;
    let found = store::documents::by_ids(&app.db, owner, &ids).await?;
    Ok(Registered { documents: in_order(&ids, found, |document| document.id), replayed: true })
}

/// Documents in the order of their keys.
fn in_order<K: std::hash::Hash + Eq>(
    keys: &[K],
    found: Vec<TrustedDocument>,
    key: impl Fn(&TrustedDocument) -> K,
) -> Vec<TrustedDocument> {
    let mut found: HashMap<K, TrustedDocument> =
        found.into_iter().map(|document| (key(&document), document)).collect();
    keys.iter().filter_map(|key| found.remove(key)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{self, Receiver};
    use std::time::Duration;

    use super::*;

    /// Takes a document once somebody else has run.
    #[derive(Debug)]
    struct Waits(Mutex<Receiver<()>>);

    impl DocumentChecker for Waits {
        fn check(&self, _: &str) -> std::result::Result<(), Vec<Refusal>> {
            let released = self.0.lock().unwrap().recv_timeout(Duration::from_secs(10));
            released.map_err(|_| vec![Refusal::new(Code::Internal, "Nobody else came to run.")])
        }
    }

    #[tokio::test]
    async fn others_go_on_while_documents_are_checked() {
        let (release, released) = mpsc::channel();
        let documents = TrustedDocuments::new(Arc::new(Waits(Mutex::new(released))));
        let drafts = [DocumentDraft { name: "version".to_owned(), body: "{ serverVersion }".to_owned() }];
        // The one thread of this runtime comes to the second only where the first does not keep it.
        let (checked, ()) = tokio::join!(check(&documents, &drafts), async { release.send(()).unwrap() });
        assert!(checked.is_ok(), "{checked:?}");
    }
}
