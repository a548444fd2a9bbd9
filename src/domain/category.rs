//! The category tree.

use super::error::Refusal;
use super::ids::CategoryId;

/// Steps that a category lies below the top at most.
pub const MAXIMUM_DEPTH: i64 = 9;

/// A node of the category tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// The category above; none at the top.
    pub parent: Option<CategoryId>,
    /// The name.
    pub name: String,
    /// The ids from the top down to this one, each between slashes: the subtree is what begins with it.
    pub path: String,
    /// Steps below the top.
    pub depth: i64,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
}

impl Category {
    /// A category below `parent`, or at the top.
    pub fn new(
        id: CategoryId,
        parent: Option<&Self>,
        name: String,
        external_reference: Option<String>,
    ) -> Result<Self, Refusal> {
        if name.trim().is_empty() || name.chars().count() > 200 {
            return Err(Refusal::invalid(&["name"], "A category's name has 1 to 200 characters."));
        }
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        if depth > MAXIMUM_DEPTH {
            return Err(Refusal::invalid(&["parent"], format!("Categories go {MAXIMUM_DEPTH} steps deep.")));
        }
        let above = parent.map_or("/", |parent| parent.path.as_str());
        let path = format!("{above}{id}/");
        Ok(Self { id, parent: parent.map(|parent| parent.id), name, path, depth, external_reference })
    }
}
