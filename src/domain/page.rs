//! Relay paging as values: what was asked for, checked; what came back, with its neighbours.

use super::error::{Code, Refusal};

/// Rows a page has when the caller names no number.
pub const DEFAULT_PAGE_SIZE: u32 = 20;
/// Rows a page has at most.
pub const MAXIMUM_PAGE_SIZE: u32 = 100;
/// Rows that `offset` may skip at most; beyond it a cursor is cheaper for everybody.
pub const MAXIMUM_OFFSET: u32 = 10_000;

/// Which way a page is read from its cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `first`/`after`.
    Forward,
    /// `last`/`before`.
    Backward,
}

/// The paging arguments as they come in.
#[derive(Debug, Clone, Default)]
pub struct PageArguments {
    /// Rows from the start, or behind `after`.
    pub first: Option<i32>,
    /// Cursor before the page.
    pub after: Option<String>,
    /// Rows from the end, or before `before`.
    pub last: Option<i32>,
    /// Cursor behind the page.
    pub before: Option<String>,
    /// Rows to skip, where the list allows page links.
    pub offset: Option<i32>,
}

/// A checked page: how many rows, which way, between which opaque cursors.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Page {
    /// Rows wanted, 0 to [`MAXIMUM_PAGE_SIZE`].
    pub size: u32,
    /// From which end.
    pub direction: Direction,
    /// Only rows behind this cursor.
    pub after: Option<String>,
    /// Only rows before this cursor.
    pub before: Option<String>,
    /// Rows to skip first.
    pub offset: u32,
}

impl PageArguments {
    /// Checks the arguments: not both directions, sizes within bounds, `offset` only forward and without cursor.
    pub fn check(self) -> Result<Page, Refusal> {
        let refuse = |path: &str, message: String| Err(Refusal::new(Code::InvalidInput, message).at(&[path]));
        let (size, direction) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return refuse("last", "Give either `first` or `last`, not both.".to_owned());
            }
            (first, None) => (first, Direction::Forward),
            (None, last) => (last, Direction::Backward),
        };
        let name = if direction == Direction::Forward { "first" } else { "last" };
        let size = match size.map(u32::try_from) {
            None => DEFAULT_PAGE_SIZE,
            Some(Ok(size)) if size <= MAXIMUM_PAGE_SIZE => size,
            Some(_) => {
                return refuse(name, format!("`{name}` must be between 0 and {MAXIMUM_PAGE_SIZE}."));
            }
        };
        let offset = match self.offset.map(u32::try_from) {
            None => 0,
            Some(Ok(offset)) if offset <= MAXIMUM_OFFSET => offset,
            Some(_) => {
                return refuse("offset", format!("`offset` must be between 0 and {MAXIMUM_OFFSET}."));
            }
        };
        if offset > 0 && (direction == Direction::Backward || self.after.is_some() || self.before.is_some()) {
            return refuse("offset", "`offset` goes with `first` alone, without a cursor.".to_owned());
        }
        Ok(Page { size, direction, after: self.after, before: self.before, offset })
    }
}

/// One page of rows in list order, each with its cursor.
#[derive(Debug, Clone)]
pub struct Slice<T> {
    /// The rows with their opaque cursors.
    pub rows: Vec<(String, T)>,
    /// Whether rows lie before the first one.
    pub has_previous: bool,
    /// Whether rows lie behind the last one.
    pub has_next: bool,
    /// All rows of the list; only counted when asked for.
    pub total: Option<i64>,
}

impl<T> Slice<T> {
    /// The same page with every row changed.
    pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Slice<U> {
        Slice {
            rows: self.rows.into_iter().map(|(cursor, row)| (cursor, change(row))).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
            total: self.total,
        }
    }

    /// Builds the page from `size + 1` rows read in `direction` (the extra one shows that more follow).
    pub fn from_peeked(mut rows: Vec<(String, T)>, page: &Page) -> Self {
        let more = rows.len() > page.size as usize;
        rows.truncate(page.size as usize);
        let (has_previous, has_next) = match page.direction {
            Direction::Forward => (page.after.is_some() || page.offset > 0, more),
            Direction::Backward => {
                rows.reverse();
                (more, page.before.is_some())
            }
        };
        Self { rows, has_previous, has_next, total: None }
    }
}

/// One page of a feed: read forwards only, and never at its end.
#[derive(Debug, Clone)]
pub struct FeedPage<T> {
    /// The rows, each with the cursor behind it.
    pub rows: Vec<(String, T)>,
    /// The cursor behind the page; behind everything that is there where no more follow.
    pub end: String,
    /// The cursor behind everything that is there now.
    pub head: String,
    /// Whether the page began behind a cursor.
    pub has_previous: bool,
    /// Whether more follow.
    pub has_next: bool,
}

impl<T> FeedPage<T> {
    /// The same page with every row changed.
    pub fn map<U>(self, mut change: impl FnMut(&str, T) -> U) -> FeedPage<U> {
        let change = |(cursor, row): (String, T)| {
            let row = change(&cursor, row);
            (cursor, row)
        };
        FeedPage {
            rows: self.rows.into_iter().map(change).collect(),
            end: self.end,
            head: self.head,
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(first: Option<i32>, last: Option<i32>) -> PageArguments {
        PageArguments { first, last, ..PageArguments::default() }
    }

    #[test]
    fn sizes_are_checked() {
        assert_eq!(arguments(None, None).check().unwrap().size, DEFAULT_PAGE_SIZE);
        assert_eq!(arguments(None, Some(3)).check().unwrap().direction, Direction::Backward);
        for (first, last) in [(Some(-1), None), (Some(101), None), (None, Some(101)), (Some(1), Some(1))] {
            assert_eq!(arguments(first, last).check().unwrap_err().code, Code::InvalidInput);
        }
    }

    #[test]
    fn the_peeked_row_tells_that_more_follow() {
        let rows = |n: u8| (0..n).map(|i| (i.to_string(), i)).collect::<Vec<_>>();
        let page = arguments(None, Some(2)).check().unwrap();
        let slice = Slice::from_peeked(rows(3), &page);
        assert!(slice.has_previous && !slice.has_next);
        assert_eq!(slice.rows.iter().map(|(_, row)| *row).collect::<Vec<_>>(), [1, 0]);
    }
}
