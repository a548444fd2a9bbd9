//! Room that many share, and of which nobody takes more than a part.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Room for so much of something; `Key` says who takes it.
#[derive(Debug)]
pub struct Shares<Key> {
    most: u64,
    most_of_each: u64,
    taken: Mutex<Taken<Key>>,
}

#[derive(Debug)]
struct Taken<Key> {
    all: u64,
    of_each: HashMap<Key, u64>,
}

/// What somebody has of the room; given back when it is dropped.
#[derive(Debug)]
pub struct Share<Key: Copy + Eq + Hash> {
    shares: Arc<Shares<Key>>,
    key: Key,
    amount: u64,
}

impl<Key: Copy + Eq + Hash> Shares<Key> {
    /// Room for so much, one of so many parts of it at most for each.
    pub fn new(most: u64, parts: u64) -> Self {
        let most_of_each = most.div_ceil(parts.max(1));
        Self { most, most_of_each, taken: Mutex::new(Taken { all: 0, of_each: HashMap::new() }) }
    }

    /// A share of this one, empty yet.
    pub fn begin(self: &Arc<Self>, key: Key) -> Share<Key> {
        Share { shares: Arc::clone(self), key, amount: 0 }
    }

    fn taken(&self) -> MutexGuard<'_, Taken<Key>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Key: Copy + Eq + Hash> Share<Key> {
    /// Takes so much in all; false where there is no room for what it lacks.
    #[must_use]
    pub fn grow_to(&mut self, amount: u64) -> bool {
        let more = amount.saturating_sub(self.amount);
        more == 0 || self.grow(more)
    }

    /// Takes more; false where there is no room for it. Nobody waits here.
    #[must_use]
    pub fn grow(&mut self, more: u64) -> bool {
        let mut taken = self.shares.taken();
        let all = taken.all.saturating_add(more);
        let own = taken.of_each.get(&self.key).copied().unwrap_or_default().saturating_add(more);
        if all > self.shares.most || own > self.shares.most_of_each {
            return false;
        }
        taken.all = all;
        taken.of_each.insert(self.key, own);
        self.amount = self.amount.saturating_add(more);
        true
    }
}

impl<Key: Copy + Eq + Hash> Drop for Share<Key> {
    fn drop(&mut self) {
        if self.amount == 0 {
            return;
        }
        let mut taken = self.shares.taken();
        taken.all = taken.all.saturating_sub(self.amount);
        if let Some(own) = taken.of_each.get_mut(&self.key) {
            *own = own.saturating_sub(self.amount);
            if *own == 0 {
                taken.of_each.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_more_than_a_part_and_all_not_more_than_all() {
        let room = Arc::new(Shares::new(8, 2));
        let mut one = room.begin("one");
        assert!(one.grow(3) && one.grow(1));
        assert!(!one.grow(1) && !room.begin("one").grow(1), "half is enough for one, in however many shares");
        let mut two = room.begin("two");
        assert!(two.grow(4));
        assert!(!room.begin("three").grow(1), "the room is full");
        drop(one);
        assert!(room.begin("three").grow(4));
        drop(two);
        let taken = room.taken();
        assert_eq!((taken.all, taken.of_each.len()), (0, 0), "what ends leaves nothing behind");
    }

    #[test]
    fn what_somebody_has_it_does_not_take_again() {
        let room = Arc::new(Shares::new(8, 2));
        let (mut first, mut second) = (room.begin("stranger"), room.begin("stranger"));
        assert_eq!(room.taken().all, 0, "nothing came yet");
        for amount in [1, 1, 2, 3] {
            assert!(first.grow_to(amount));
        }
        assert_eq!(room.taken().all, 3);
        assert!(second.grow_to(1));
        assert!(!second.grow_to(2) && !first.grow_to(4), "half is for others");
        let mut other = room.begin("partner");
        assert!(other.grow_to(4));
        assert!(!other.grow_to(5));
        drop(first);
        assert!(second.grow_to(4));
        drop((second, other));
        assert_eq!(room.taken().all, 0);
    }
}
