//! The category tree.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{arguments, paged, small};
use crate::domain;
use crate::graphql::connection::connection;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;

/// A node of the category tree.
#[derive(Debug, Clone)]
pub struct Category(pub Arc<domain::category::Category>);

/// A node of the category tree.
#[Object]
impl Category {
    /// Identifies the category.
    pub(super) async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Steps below the top, where it is 0.
    async fn depth(&self) -> i32 {
        small(self.0.depth)
    }

    /// The category above; null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.parent {
            Some(parent) => Ok(ctx.loaders()?.category(parent).await?.map(Self)),
            None => Ok(None),
        }
    }

    /// The categories directly below, by name.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<CategoryConnection> {
        let page = arguments(first, after, last, before)?;
        let mut slice = paged(ctx.loaders()?.categories((self.0.id, page)).await?)?;
        if ctx.look_ahead().field("totalCount").exists() {
            slice.total = Some(ctx.loaders()?.category_count(self.0.id).await?);
        }
        Ok(CategoryConnection(slice.map(|category| Self(Arc::new(category)))))
    }
}

connection!(CategoryConnection, CategoryEdge, Category, "categories");
