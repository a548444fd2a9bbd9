//! Trusted documents: what an app says beforehand that it will ask, so that it can have everything else refused.

use std::collections::HashSet;

use super::contract::sha256_hex;
use super::error::{Code, Refusal};
use super::ids::{AppId, TrustedDocumentId};
use super::time::{Day, Span, Timestamp};

/// Documents of an app that are not retired, at most.
pub const DOCUMENTS_MAX: i64 = 5_000;
/// Documents of one registration, at most.
pub const REGISTERED_AT_ONCE: usize = 100;
/// Bytes of one document, at most: as many as the door lets through.
pub const DOCUMENT_BYTES_MAX: usize = 65_536;
/// Characters of a name, at most.
pub const NAME_MAX: usize = 200;
/// How long a retired document is still listed with its usage.
pub const RETIRED_FOR: Span = Span::days(90);
/// The farthest retirement, from now.
pub const RETIREMENT_MAX: Span = Span::days(730);

/// The root fields that manage an app's documents. Whoever may use them may use them in any document, also where an app runs
/// trusted documents only: otherwise nobody could register the first one, or end that again.
pub const MANAGING_FIELDS: [&str; 5] = [
    "documentPolicy",
    "trustedDocuments",
    "registerTrustedDocuments",
    "retireTrustedDocuments",
    "setDocumentPolicy",
];

/// A document that an app registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedDocument {
    /// Its id.
    pub id: TrustedDocumentId,
    /// Whose it is.
    pub app: AppId,
    /// The SHA-256 of the text, in 64 lower-case hexadecimal digits; unique in the app.
    pub hash: String,
    /// What the app calls it.
    pub name: String,
    /// The text, byte for byte.
    pub body: String,
    /// When it was registered first.
    pub registered_at: Timestamp,
    /// From when on it is not served; none where it is served for good.
    pub retires_at: Option<Timestamp>,
    /// The last day on which it was asked for by its hash or run under the policy; none where it never was.
    pub last_used_on: Option<Day>,
    /// How often.
    pub use_count: i64,
}

/// A document to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentDraft {
    /// What the app calls it.
    pub name: String,
    /// The text.
    pub body: String,
}

impl DocumentDraft {
    /// The SHA-256 of the text, as clients name it.
    pub fn hash(&self) -> String {
        sha256_hex(self.body.as_bytes())
    }
}

/// Checks what a registration says of its documents beside their GraphQL; every refusal names the document's place in the list.
pub fn check_drafts(drafts: &[DocumentDraft]) -> Result<(), Vec<Refusal>> {
    if drafts.is_empty() || drafts.len() > REGISTERED_AT_ONCE {
        let message = format!("Register 1 to {REGISTERED_AT_ONCE} documents at once.");
        return Err(vec![Refusal::invalid(&["input", "documents"], message)]);
    }
    let mut refusals = Vec::new();
    let mut seen = HashSet::new();
    for (index, draft) in drafts.iter().enumerate() {
        let index = index.to_string();
        let at = |field: &'static str| ["input", "documents", index.as_str(), field];
        let length = draft.name.chars().count();
        if draft.name.trim().is_empty() || length > NAME_MAX || draft.name.chars().any(char::is_control) {
            let message = format!("A name has 1 to {NAME_MAX} characters and no control characters.");
            refusals.push(Refusal::invalid(&at("name"), message));
        }
        if draft.body.trim().is_empty() || draft.body.len() > DOCUMENT_BYTES_MAX {
            let message = format!("A document has 1 to {DOCUMENT_BYTES_MAX} bytes.");
            refusals.push(Refusal::invalid(&at("document"), message));
        } else if !seen.insert(draft.body.as_str()) {
            let message = "The same document stands in this list before.";
            refusals.push(Refusal::invalid(&at("document"), message));
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

/// Checks when documents are to retire: now or later, within two years.
pub fn check_retirement(retires_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if retires_at > now.plus(RETIREMENT_MAX) {
        let message = "Documents retire within 730 days, or stay.";
        return Err(Refusal::invalid(&["input", "retiresAt"], message));
    }
    Ok(())
}

/// An app cannot be kept to its documents before it has one.
pub fn check_policy(trusted_only: bool, served: i64) -> Result<(), Refusal> {
    if trusted_only && served == 0 {
        let message =
            "The app has no trusted document: nothing of it would run. Register its documents first.";
        return Err(Refusal::new(Code::StateConflict, message).at(&["input", "trustedDocumentsOnly"]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, body: &str) -> DocumentDraft {
        DocumentDraft { name: name.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn every_refusal_names_its_document() {
        assert!(check_drafts(&[draft("A", "{ a }"), draft("A", "{ b }")]).is_ok());
        let long = "x".repeat(DOCUMENT_BYTES_MAX + 1);
        let wrong = [draft("A", "{ a }"), draft(" ", "{ b }"), draft("B", "{ a }"), draft("C", &long)];
        let refusals = check_drafts(&wrong).unwrap_err();
        let fields: Vec<_> = refusals.iter().map(|refusal| refusal.field.join(".")).collect();
        let wanted = ["input.documents.1.name", "input.documents.2.document", "input.documents.3.document"];
        assert_eq!(fields, wanted);
        assert!(check_drafts(&[]).is_err());
        assert!(check_drafts(&vec![draft("A", "{ a }"); REGISTERED_AT_ONCE + 1]).is_err());
    }

    #[test]
    fn the_hash_is_the_one_that_clients_make() {
        let wanted = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        assert_eq!(draft("A", "{__typename}").hash(), wanted);
    }

    #[test]
    fn nobody_is_kept_to_nothing() {
        assert!(check_policy(true, 0).is_err());
        assert!(check_policy(true, 1).is_ok());
        assert!(check_policy(false, 0).is_ok());
    }
}
