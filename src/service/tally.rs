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

    /// Takes what was counted, to be written in the order of the keys: nodes that write at the same time do not wait for each other
    /// in a circle.
    pub(super) fn take(&self) -> Vec<(K, C)> {
        let mut counted: Vec<_> = std::mem::take(&mut *self.held()).into_iter().collect();
        counted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        counted
    }

    /// Counts once more what was taken and could not be written, as far as there is room beside what came meanwhile.
    pub(super) fn put_back(&self, taken: Vec<(K, C)>) {
        for (key, count) in taken {
            let _has_room = self.add(key, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_counted_once_more() {
        let tally = Tally::new(2);
        assert!(tally.add("b", 1) && tally.add("a", 1) && tally.add("b", 2));
        assert!(!tally.add("c", 1), "there is room for two");
        let taken = tally.take();
        assert_eq!(taken, [("a", 1), ("b", 3)]);
        assert_eq!(tally.take(), []);
        // Counted while the others are written.
        assert!(tally.add("a", 5));
        tally.put_back(taken);
        assert_eq!(tally.take(), [("a", 6), ("b", 3)]);
    }
}
