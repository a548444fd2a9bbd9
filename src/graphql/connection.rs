//! Relay connections with descriptions, made by one macro from a [`Slice`].

/// Declares `XConnection` and `XEdge` for a node type: `connection!(ProductConnection, ProductEdge, Product, "products")`.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $what:literal) => {
        #[doc = concat!("A page of ", $what, ".")]
        #[derive(Debug, Clone)]
        pub struct $connection(pub $crate::domain::page::Slice<$node>);

        #[doc = concat!("A page of ", $what, ".")]
        #[async_graphql::Object]
        impl $connection {
            #[doc = concat!("The ", $what, " of the page, each with its cursor.")]
            async fn edges(&self) -> Vec<$edge> {
                self.0
                    .rows
                    .iter()
                    .map(|(cursor, node)| $edge {
                        cursor: $crate::graphql::scalars::Cursor(cursor.clone()),
                        node: node.clone(),
                    })
                    .collect()
            }

            #[doc = concat!("The ", $what, " of the page.")]
            async fn nodes(&self) -> Vec<$node> {
                self.0.rows.iter().map(|(_, node)| node.clone()).collect()
            }

            /// Where the page lies in the list.
            async fn page_info(&self) -> $crate::graphql::connection::PageInfo {
                $crate::graphql::connection::page_info(&self.0)
            }

            #[doc = concat!("How many ", $what, " the whole list has; counted only when asked for.")]
            async fn total_count(&self) -> Option<i32> {
                $crate::graphql::connection::total_count(&self.0)
            }
        }

        #[doc = concat!("One of a page of ", $what, ".")]
        #[derive(Debug, Clone, async_graphql::SimpleObject)]
        pub struct $edge {
            /// The place in the list: hand it back as `after` or `before`.
            cursor: $crate::graphql::scalars::Cursor,
            /// The object.
            node: $node,
        }
    };
}
pub(crate) use connection;

/// Declares the connection and the edge of a feed, which is only read forwards and never ends:
/// `feed!(ChangeConnection, ChangeEdge, Change, "changes", "feed", "ask again")`.
macro_rules! feed {
    ($connection:ident, $edge:ident, $node:ty, $what:literal, $feed:literal, $again:literal) => {
        #[doc = concat!("A page of ", $what, ".")]
        #[derive(Debug, Clone)]
        pub struct $connection($crate::domain::page::FeedPage<$node>);

        #[doc = concat!("A page of ", $what, ".")]
        #[async_graphql::Object]
        impl $connection {
            #[doc = concat!("The ", $what, " of the page, each with its cursor.")]
            async fn edges(&self) -> Vec<$edge> {
                let edge = |(cursor, node): &(String, $node)| $edge {
                    cursor: $crate::graphql::scalars::Cursor(cursor.clone()),
                    node: node.clone(),
                };
                self.0.rows.iter().map(edge).collect()
            }

            #[doc = concat!("The ", $what, " of the page.")]
            async fn nodes(&self) -> Vec<$node> {
                self.0.rows.iter().map(|(_, node)| node.clone()).collect()
            }

            #[doc = concat!(
                "Where the page lies in the ", $feed, ". `endCursor` is never null: keep it, and ", $again, " with it."
            )]
            async fn page_info(&self) -> $crate::graphql::connection::PageInfo {
                $crate::graphql::connection::feed_info(&self.0)
            }

            #[doc = concat!(
                "The place behind everything that is in the ", $feed, " now. To fill a copy by other means, take it before you \
                 begin, and follow the ", $feed, " from it when you are done."
            )]
            async fn head_cursor(&self) -> $crate::graphql::scalars::Cursor {
                $crate::graphql::scalars::Cursor(self.0.head.clone())
            }
        }

        #[doc = concat!("One of a page of ", $what, ".")]
        #[derive(Debug, Clone, async_graphql::SimpleObject)]
        pub struct $edge {
            #[doc = concat!("The place in the ", $feed, ": hand it back as `after`.")]
            cursor: $crate::graphql::scalars::Cursor,
            /// The object.
            node: $node,
        }
    };
}
pub(crate) use feed;

use async_graphql::SimpleObject;

use super::scalars::Cursor;
use crate::domain::page::{FeedPage, PageArguments, Slice};

/// Where a page lies in its list.
#[derive(Debug, Clone, SimpleObject)]
pub struct PageInfo {
    /// Whether rows come before the page.
    pub(crate) has_previous_page: bool,
    /// Whether rows come behind the page.
    pub(crate) has_next_page: bool,
    /// The place of the first row: hand it back as `before`.
    pub(crate) start_cursor: Option<Cursor>,
    /// The place of the last row: hand it back as `after`.
    pub(crate) end_cursor: Option<Cursor>,
}

/// The page that the arguments of a list ask for.
pub(crate) fn page_arguments(
    first: Option<i32>,
    after: Option<Cursor>,
    last: Option<i32>,
    before: Option<Cursor>,
    offset: Option<i32>,
) -> PageArguments {
    let text = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.0);
    PageArguments { first, after: text(after), last, before: text(before), offset }
}

/// Where a page lies in its list.
pub(crate) fn page_info<T>(slice: &Slice<T>) -> PageInfo {
    PageInfo {
        has_previous_page: slice.has_previous,
        has_next_page: slice.has_next,
        start_cursor: slice.rows.first().map(|(cursor, _)| Cursor(cursor.clone())),
        end_cursor: slice.rows.last().map(|(cursor, _)| Cursor(cursor.clone())),
    }
}

/// Where a page lies in its feed.
pub(crate) fn feed_info<T>(page: &FeedPage<T>) -> PageInfo {
    PageInfo {
        has_previous_page: page.has_previous,
        has_next_page: page.has_next,
        start_cursor: page.rows.first().map(|(cursor, _)| Cursor(cursor.clone())),
        end_cursor: Some(Cursor(page.end.clone())),
    }
}

/// The counted rows, where they were counted.
pub(crate) fn total_count<T>(slice: &Slice<T>) -> Option<i32> {
    slice.total.map(|total| i32::try_from(total).unwrap_or(i32::MAX))
}
