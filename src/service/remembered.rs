//! What was read of the database and is believed for seconds, so that a warmed request costs no statement for it.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, UnitWeighter, Weighter};

use crate::domain::time::{Span, Timestamp};

/// Values by their keys, each with when it was read.
#[derive(Debug)]
pub(super) struct Remembered<K, V, W = UnitWeighter> {
    found: Cache<K, (V, Timestamp), W>,
    /// How long a value is believed.
    age: Span,
    /// How often something was forgotten.
    forgotten: AtomicU64,
}

/// The state of the memory when somebody began to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun(u64);

impl<K: Eq + Hash + Clone, V: Clone> Remembered<K, V> {
    /// Remembers so many values at most, each for so long.
    pub(super) fn new(most: usize, age: Span) -> Self {
        Self { found: Cache::new(most), age, forgotten: AtomicU64::new(0) }
    }
}

impl<K: Eq + Hash + Clone, V: Clone, W: Weighter<K, (V, Timestamp)> + Clone> Remembered<K, V, W> {
    /// Remembers values of so much weight at most, each for so long; so many are expected.
    pub(super) fn weighed(expected: usize, most: u64, weighter: W, age: Span) -> Self {
        Self { found: Cache::with_weighter(expected, most, weighter), age, forgotten: AtomicU64::new(0) }
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    /// Forgets everything, because something has changed.
    pub(super) fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.found.clear();
    }

    /// Forgets the values of these keys, because what they were read of has changed. What is read meanwhile is not remembered,
    /// whichever key it is of: it is read once more.
    pub(super) fn forget_of(&self, concerns: impl Fn(&K) -> bool) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.found.retain(|key, _| !concerns(key));
    }

    /// What is remembered of a key, where that is young enough.
    pub(super) fn get<Q>(&self, key: &Q, now: Timestamp) -> Option<V>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (value, read_at) = self.found.get(key)?;
        (now.since(read_at) < self.age).then_some(value)
    }

    /// To be called before reading.
    pub(super) fn begin(&self) -> Begun {
        Begun(self.forgotten.load(Ordering::Acquire))
    }

    /// Remembers what was read since then; what was read before something was forgotten is not remembered behind that.
    pub(super) fn keep(&self, begun: Begun, key: &K, value: V, now: Timestamp) {
        self.found.insert(key.clone(), (value, now));
        if self.begin().0 != begun.0 {
            self.found.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_believed_behind_it() {
        let age = Span::seconds(10);
        let (memory, now) = (Remembered::new(10, age), Timestamp::from_seconds(0));
        let begun = memory.begin();
        memory.keep(begun, &1, "old", now);
        assert_eq!(memory.get(&1, now.plus(Span::seconds(9))), Some("old"));
        assert_eq!(memory.get(&1, now.plus(age)), None);
        let begun = memory.begin();
        memory.forget();
        memory.keep(begun, &1, "old", now);
        assert_eq!(memory.get(&1, now), None);
        memory.keep(memory.begin(), &1, "new", now);
        assert_eq!(memory.get(&1, now), Some("new"));
    }

    #[test]
    fn a_change_takes_away_what_it_is_about_and_nothing_else() {
        let (memory, now) = (Remembered::new(10, Span::seconds(10)), Timestamp::from_seconds(0));
        for key in [1, 2] {
            memory.keep(memory.begin(), &key, "old", now);
        }
        let begun = memory.begin();
        memory.forget_of(|key| *key == 1);
        assert_eq!((memory.get(&1, now), memory.get(&2, now)), (None, Some("old")));
        memory.keep(begun, &1, "old", now);
        assert_eq!(memory.get(&1, now), None, "it was read before the change");
    }
}
