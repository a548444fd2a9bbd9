//! Documents that are named by their hash: what a request says of it, and the texts that came with one (the automatic
//! persisted queries of Apollo, version 1).
//!
//! Each tenant has a shelf of its own, all callers without a token one together. While there is room everybody may take it; when
//! there is none, the shelf that holds the most loses what it has used longest ago. Whoever holds no more than an equal share
//! never loses anything to others, and nobody finds what others have sent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use apollo_compiler::response::JsonValue;
use axum::http::StatusCode;

use crate::domain::contract::sha256_hex;
use crate::domain::error::Code;
use crate::domain::ids::{AppId, CompanyId};

use super::refusal::Refused;
use super::request::Parameters;

/// Bytes that a text takes beside itself.
const OVERHEAD: u64 = 256;
/// What a document id begins with (GraphQL over HTTP, appendix on persisted documents).
const PREFIX: &str = "sha256:";

/// An app and the company that it acts for; neither for callers without a token.
pub type Tenant = (Option<AppId>, Option<CompanyId>);

/// The hash by which a request names its document, in lower-case hexadecimal: by `extensions.persistedQuery` or by
/// `documentId`. One that comes with a document is the document's own.
pub fn hash_of(parameters: &Parameters) -> Result<Option<String>, Refused> {
    let extended = match parameters.extensions.get("persistedQuery") {
        None | Some(JsonValue::Null) => None,
        Some(JsonValue::Object(members)) => {
            if members.get("version").and_then(JsonValue::as_i64) != Some(1) {
                return Err(Refused::graphql(
                    Code::PersistedQueryNotSupported,
                    // The text that clients of automatic persisted queries compare with.
                    "PersistedQueryNotSupported",
                ));
            }
            let hash = members.get("sha256Hash").and_then(JsonValue::as_str).filter(|hash| is_hash(hash));
            let hash = hash.ok_or_else(|| {
                bad("`persistedQuery.sha256Hash` must be a SHA-256 in 64 lower-case hexadecimal digits.")
            })?;
            Some(hash.to_owned())
        }
        Some(_) => return Err(bad("`persistedQuery` must be an object.")),
    };
    let identified = match &parameters.document_id {
        None => None,
        Some(id) => Some(id.strip_prefix(PREFIX).filter(|hash| is_hash(hash)).ok_or_else(|| {
            bad("`documentId` must be `sha256:` and a SHA-256 in 64 lower-case hexadecimal digits.")
        })?),
    };
    let hash = match (extended, identified) {
        (Some(one), Some(other)) if one != other => {
            return Err(bad("`documentId` and `persistedQuery` name two documents."));
        }
        (extended, identified) => extended.or_else(|| identified.map(ToOwned::to_owned)),
    };
    if let (Some(hash), Some(text)) = (&hash, parameters.text())
        && sha256_hex(text.as_bytes()) != *hash
    {
        return Err(bad("The hash is not the SHA-256 of the document that came with it."));
    }
    Ok(hash)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn bad(message: &str) -> Refused {
    Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, message)
}

/// The refusal of a hash that stands for nothing here.
pub fn not_found() -> Refused {
    // The text that clients of automatic persisted queries compare with.
    Refused::graphql(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
}

/// The texts that came with a hash, bounded by their weight.
#[derive(Debug)]
pub struct Persisted {
    bytes_max: u64,
    shelves: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    of_tenants: HashMap<Tenant, Shelf>,
    /// The same by what they weigh.
    by_weight: BTreeSet<(u64, Tenant)>,
    weight: u64,
    /// Counts uses.
    turn: u64,
}

#[derive(Debug, Default)]
struct Shelf {
    /// Each with the turn of its last use.
    texts: HashMap<String, (Arc<str>, u64)>,
    /// The same by their last use.
    by_turn: BTreeMap<u64, String>,
    weight: u64,
}

impl Shelf {
    fn touch(&mut self, hash: &str, turn: u64) -> Option<Arc<str>> {
        let (text, last) = self.texts.get_mut(hash)?;
        self.by_turn.remove(last);
        *last = turn;
        self.by_turn.insert(turn, hash.to_owned());
        Some(Arc::clone(text))
    }
}

fn weigh(text: &str) -> u64 {
    OVERHEAD.saturating_add(text.len() as u64)
}

impl Shelves {
    fn next_turn(&mut self) -> u64 {
        self.turn = self.turn.saturating_add(1);
        self.turn
    }

    fn put(&mut self, tenant: Tenant, hash: &str, text: &str) {
        let turn = self.next_turn();
        let kept = self.of_tenants.entry(tenant).or_default();
        if kept.touch(hash, turn).is_some() {
            return;
        }
        self.by_weight.remove(&(kept.weight, tenant));
        let weight = weigh(text);
        kept.texts.insert(hash.to_owned(), (text.into(), turn));
        kept.by_turn.insert(turn, hash.to_owned());
        kept.weight = kept.weight.saturating_add(weight);
        self.weight = self.weight.saturating_add(weight);
        self.by_weight.insert((kept.weight, tenant));
    }

    /// Takes from the largest shelf what it has used longest ago; false where there is nothing to take.
    fn give_way(&mut self) -> bool {
        let Some((_, tenant)) = self.by_weight.pop_last() else { return false };
        let Some(kept) = self.of_tenants.get_mut(&tenant) else { return false };
        if let Some((_, hash)) = kept.by_turn.pop_first()
            && let Some((text, _)) = kept.texts.remove(&hash)
        {
            let weight = weigh(&text);
            kept.weight = kept.weight.saturating_sub(weight);
            self.weight = self.weight.saturating_sub(weight);
        }
        if kept.texts.is_empty() {
            self.of_tenants.remove(&tenant);
        } else {
            self.by_weight.insert((kept.weight, tenant));
        }
        true
    }
}

impl Persisted {
    /// Keeps texts up to a weight in bytes.
    pub fn new(bytes_max: u64) -> Self {
        Self { bytes_max, shelves: Mutex::default() }
    }

    /// The text that the tenant has sent with this hash.
    pub fn find(&self, tenant: Tenant, hash: &str) -> Option<Arc<str>> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = shelves.next_turn();
        shelves.of_tenants.get_mut(&tenant)?.touch(hash, turn)
    }

    /// Keeps a text that has passed the door. Its hash is its own.
    pub fn keep(&self, tenant: Tenant, hash: &str, text: &str) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves.put(tenant, hash, text);
        while shelves.weight > self.bytes_max && shelves.give_way() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    fn tenant(number: u128) -> Tenant {
        (Some(AppId::from_u128(number)), None)
    }

    #[test]
    fn who_takes_most_gives_way() {
        let kept = Persisted::new(10 * weigh("{ a }"));
        kept.keep(tenant(1), "mine", "{ a }");
        for number in 0..100 {
            kept.keep(tenant(2), &format!("theirs {number}"), "{ b }");
        }
        assert_eq!(kept.find(tenant(1), "mine").as_deref(), Some("{ a }"));
        assert_eq!(kept.find(tenant(2), "theirs 0"), None);
        assert_eq!(kept.find(tenant(2), "theirs 99").as_deref(), Some("{ b }"));
        assert!(kept.shelves.lock().unwrap().weight <= kept.bytes_max);
    }

    #[test]
    fn what_is_used_stays_and_is_found_by_nobody_else() {
        let kept = Persisted::new(3 * weigh("{ a }"));
        for hash in ["one", "two", "three"] {
            kept.keep(tenant(1), hash, "{ a }");
        }
        assert!(kept.find(tenant(1), "one").is_some());
        kept.keep(tenant(1), "four", "{ a }");
        assert!(kept.find(tenant(1), "one").is_some());
        assert_eq!(kept.find(tenant(1), "two"), None);
        assert_eq!(kept.find(tenant(2), "one"), None);
        assert_eq!(kept.find((None, None), "one"), None);
    }

    #[test]
    fn a_text_that_is_too_heavy_is_not_kept() {
        let kept = Persisted::new(1);
        kept.keep(tenant(1), "one", "{ a }");
        assert_eq!(kept.find(tenant(1), "one"), None);
        let shelves = kept.shelves.lock().unwrap();
        assert_eq!((shelves.weight, shelves.of_tenants.len(), shelves.by_weight.len()), (0, 0, 0));
    }

    #[test]
    fn hashes_are_read_strictly() {
        let hash = sha256_hex(b"{a}");
        let read = |body: String| {
            Parameters::from_body(body.as_bytes(), 100)
                .and_then(|parameters| hash_of(&parameters))
                .map_err(|refused| refused.errors[0].extensions.code)
        };
        let extended = |member: &str| format!(r#"{{"extensions":{{"persistedQuery":{member}}}}}"#);
        let right = extended(&format!(r#"{{"version":1,"sha256Hash":"{hash}"}}"#));
        assert_eq!(read(right), Ok(Some(hash.clone())));
        assert_eq!(read(format!(r#"{{"documentId":"sha256:{hash}"}}"#)), Ok(Some(hash.clone())));
        assert_eq!(
            read(format!(r#"{{"query":"{{a}}","documentId":"sha256:{hash}"}}"#)),
            Ok(Some(hash.clone()))
        );
        for nothing in ["{}".to_owned(), extended("null"), r#"{"documentId":null}"#.to_owned()] {
            assert_eq!(read(nothing), Ok(None));
        }
        for version in ["2", "0", "\"1\"", "null", "1.5"] {
            let other = extended(&format!(r#"{{"version":{version},"sha256Hash":"{hash}"}}"#));
            assert_eq!(read(other), Err("PERSISTED_QUERY_NOT_SUPPORTED"), "{version}");
        }
        for wrong in [
            extended("[]"),
            extended(r#"{"version":1}"#),
            extended(r#"{"version":1,"sha256Hash":"ab"}"#),
            extended(&format!(r#"{{"version":1,"sha256Hash":"{}"}}"#, hash.to_uppercase())),
            format!(r#"{{"documentId":"{hash}"}}"#),
            r#"{"documentId":"x-mine"}"#.to_owned(),
            r#"{"documentId":7}"#.to_owned(),
            format!(r#"{{"query":"{{b}}","documentId":"sha256:{hash}"}}"#),
            format!(
                r#"{{"documentId":"sha256:{hash}","extensions":{{"persistedQuery":{{"version":1,"sha256Hash":"{}"}}}}}}"#,
                "0".repeat(64)
            ),
        ] {
            assert_eq!(read(wrong.clone()), Err("BAD_REQUEST"), "{wrong}");
        }
    }
}
