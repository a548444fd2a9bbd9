//! What requests count in memory until the node's jobs write it, so that none of them costs a statement of its own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What can be counted together.
pub(super) trait Count {
    /// Adds what was counted elsewhere, or at another time.
    fn add(&mut self, other: Self);
}

impl Count for i64 {
    fn add(&mut self, other: Self) {
        *self = self.saturating_add(other);
    }
}

/// Counts by their keys, so many keys at most.
#[derive(Debug)]
pub(super) struct Tally<K, C> {
    counted: Mutex<HashMap<K, C>>,
    most: usize,
}

impl<K: Ord + Hash, C: Count> Tally<K, C> {
    /// Has counted nothing yet.
    pub(super) fn new(most: usize) -> Self {
        Self { counted: Mutex::default(), most }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<K, C>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to a key; answers whether there was room, which there always is for a key that is counted already.
    pub(super) fn add(&self, key: K, count: C) -> bool {
        let mut counted = self.held();
        let has_room = counted.len() < self.most;
        match counted.entry(key) {
            Entry::Occupied(mut known) => known.get_mut().add(count),
            Entry::Vacant(place) if has_room => {
                place.insert(count);
            }
            Entry::Vacant(_) => return false,
        }
        true
    }

    /// Lets what was counted be written, if anything was. What cannot be is counted once more, as far as there is room beside what
    /// came meanwhile.
    pub(super) async fn write_by<E>(
        &self,
        write: impl AsyncFnOnce(&[(K, C)]) -> Result<(), E>,
    ) -> Result<(), E> {
        let counted = self.take();
        if counted.is_empty() {
            return Ok(());
        }
        let written = write(&counted).await;
        if written.is_err() {
            for (key, count) in counted {
                let _has_room = self.add(key, count);
            }
        }
        written
    }

    /// Takes what was counted, to be written in the order of the keys: nodes that write at the same time do not wait for each other
    /// in a circle.
    fn take(&self) -> Vec<(K, C)> {
        let mut counted: Vec<_> = std::mem::take(&mut *self.held()).into_iter().collect();
        counted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_could_not_be_written_is_counted_once_more() {
        let tally = Tally::new(2);
        assert!(tally.add("b", 1) && tally.add("a", 1) && tally.add("b", 2));
        assert!(!tally.add("c", 1), "there is room for two");
        let fails = async |counted: &[(&str, i64)]| {
            assert_eq!(counted, [("a", 1), ("b", 3)]);
            // Counted while the others are written.
            assert!(tally.add("a", 5));
            Err("the database is away")
        };
        assert_eq!(tally.write_by(fails).await, Err("the database is away"));
        let takes = async |counted: &[(&str, i64)]| {
            assert_eq!(counted, [("a", 6), ("b", 3)]);
            Ok::<_, &str>(())
        };
        assert_eq!(tally.write_by(takes).await, Ok(()));
        assert_eq!(tally.write_by(async |_: &[(&str, i64)]| Err("nothing is written twice")).await, Ok(()));
    }
}
