//! Cursors: the full sort key of a row, opaque to callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal};

/// One part of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Key {
    /// A whole number.
    Int(i64),
    /// A text, such as an id.
    Text(String),
}

impl Key {
    /// Whether both are of one kind.
    const fn is_like(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Int(_), Self::Int(_)) | (Self::Text(_), Self::Text(_)))
    }
}

/// Renders the place of a row in the list named `list` (the name tells lists of different order apart).
pub fn encode(list: &str, keys: &[Key]) -> String {
    let json = serde_json::json!([list, keys]);
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// Reads a cursor of the list named `list` whose keys are like those of `shape`; anything else is
/// [`Code::InvalidCursor`].
pub fn decode(list: &str, shape: &[Key], cursor: &str) -> Result<Vec<Key>, Refusal> {
    let refusal = || {
        Refusal::new(
            Code::InvalidCursor,
            "This cursor is not one of this list. Use cursors with the arguments that they came from.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refusal())?;
    let (name, keys): (String, Vec<Key>) = serde_json::from_slice(&bytes).map_err(|_| refusal())?;
    let fits = keys.len() == shape.len() && keys.iter().zip(shape).all(|(key, like)| key.is_like(like));
    if name == list && fits && !keys.iter().any(|key| matches!(key, Key::Text(text) if text.contains('\0'))) {
        Ok(keys)
    } else {
        Err(refusal())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let keys = [Key::Int(-5), Key::Text("product_1".to_owned())];
        let cursor = encode("a", &keys);
        assert_eq!(decode("a", &keys, &cursor), Ok(keys.to_vec()));
        for (list, shape) in [("b", &keys[..]), ("a", &keys[..1]), ("a", &[Key::Int(1), Key::Int(1)][..])] {
            assert_eq!(decode(list, shape, &cursor).unwrap_err().code, Code::InvalidCursor);
        }
    }

    proptest! {
        #[test]
        fn garbage_is_refused(text in any::<String>()) {
            prop_assert!(decode("a", &[Key::Int(0)], &text).is_err());
        }
    }
}
