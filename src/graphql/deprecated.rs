//! What a partner's app goes on naming although it is deprecated.

use std::collections::HashMap;
use std::sync::OnceLock;

use apollo_compiler::Schema;
use async_graphql::Object;

use super::evolution::{Notice, notices};
use super::scalars::{Date, DateTime};
use crate::domain::deprecation;

/// The announcements of this schema, by their coordinates.
fn announced(coordinate: &str) -> Option<&'static Notice> {
    static NOTICES: OnceLock<HashMap<String, Notice>> = OnceLock::new();
    let notices = NOTICES.get_or_init(|| {
        // The schema is a constant of this program, and a test reads it: where it cannot be read, nothing is announced.
        let schema = Schema::parse(super::sdl::sdl(), "schema.graphql").ok();
        let found = schema.iter().flat_map(notices);
        found.map(|notice| (notice.coordinate.clone(), notice)).collect()
    });
    notices.get(coordinate)
}

/// A deprecated part of the schema that your app goes on naming.
#[derive(Debug, Clone)]
pub struct DeprecatedUse(pub deprecation::DeprecatedUse);

/// A deprecated part of the schema that your app goes on naming.
#[Object]
impl DeprecatedUse {
    /// Where it stands in the schema: a schema coordinate, such as `Query.order` or `Query.orders(first:)`.
    async fn coordinate(&self) -> &str {
        &self.0.coordinate
    }

    /// Why it is deprecated, and what to use instead; null where it is gone already.
    async fn reason(&self) -> Option<&str> {
        announced(&self.0.coordinate).map(|notice| notice.reason.as_str())
    }

    /// When it may be removed; null where it is gone already.
    async fn removal_on(&self) -> Option<Date> {
        announced(&self.0.coordinate).and_then(|notice| notice.removal).map(Date)
    }

    /// How many requests named it.
    async fn use_count(&self) -> i32 {
        i32::try_from(self.0.count).unwrap_or(i32::MAX)
    }

    /// When the first of these requests named it.
    async fn first_used_at(&self) -> DateTime {
        DateTime(self.0.first_used_at)
    }

    /// When the last of these requests named it.
    async fn last_used_at(&self) -> DateTime {
        DateTime(self.0.last_used_at)
    }
}
