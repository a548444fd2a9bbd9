//! What was read of the database and is believed for seconds, so that a warmed authentication costs no statement.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Equivalent;
use quick_cache::sync::Cache;

use super::STANDING_AGE;
use crate::domain::time::Timestamp;

/// Values by their keys, each with when it was read.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    found: Cache<K, (Arc<V>, Timestamp)>,
    /// How often everything was forgotten.
    forgotten: AtomicU64,
}

/// The state of the memory when somebody began to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun(u64);

impl<K: Eq + Hash + Clone, V> Remembered<K, V> {
    /// Remembers so many at most.
    pub(super) fn new(most: usize) -> Self {
        Self { found: Cache::new(most), forgotten: AtomicU64::new(0) }
    }

    /// Forgets everything, because something has changed.
    pub(super) fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        self.found.clear();
    }

    /// What is remembered of a key, where that is young enough.
    pub(super) fn get<Q>(&self, key: &Q, now: Timestamp) -> Option<Arc<V>>
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        let (value, read_at) = self.found.get(key)?;
        (now.since(read_at) < STANDING_AGE).then_some(value)
    }

    /// To be called before reading.
    pub(super) fn begin(&self) -> Begun {
        Begun(self.forgotten.load(Ordering::Acquire))
    }

    /// Remembers what was read since then; what was read before everything was forgotten is not remembered behind that.
    pub(super) fn keep(&self, begun: Begun, key: &K, value: &Arc<V>, now: Timestamp) {
        self.found.insert(key.clone(), (Arc::clone(value), now));
        if self.begin().0 != begun.0 {
            self.found.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    #[test]
    fn what_was_read_before_a_change_is_not_believed_behind_it() {
        let (memory, now) = (Remembered::new(10), Timestamp::from_seconds(0));
        let begun = memory.begin();
        memory.keep(begun, &1, &Arc::new("old"), now);
        assert_eq!(memory.get(&1, now.plus(Span::seconds(9))).as_deref(), Some(&"old"));
        assert_eq!(memory.get(&1, now.plus(STANDING_AGE)), None);
        let begun = memory.begin();
        memory.forget();
        memory.keep(begun, &1, &Arc::new("old"), now);
        assert_eq!(memory.get(&1, now), None);
        memory.keep(memory.begin(), &1, &Arc::new("new"), now);
        assert_eq!(memory.get(&1, now).as_deref(), Some(&"new"));
    }
}
