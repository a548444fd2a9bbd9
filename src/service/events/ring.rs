//! The last events of the log in memory, as this node's follower read them: readers that keep up never ask the database.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::domain::event::Event;
use crate::domain::hearing::{Ear, EventFilter, Listener};
use crate::domain::ids::CompanyId;
use crate::store::events::{Head, Heard};

/// Events that are kept: about 64 MB, a minute at a thousand events a second.
pub(super) const CAPACITY: usize = 65_536;

/// An event as it lies in the ring.
#[derive(Debug)]
struct Kept {
    event: Arc<Event>,
    audience: Vec<Listener>,
}

/// What a reader found.
#[derive(Debug)]
pub(super) struct Read {
    pub events: Vec<Arc<Event>>,
    /// The place up to which the reader now knows everything.
    pub at: i64,
    pub head: Head,
}

#[derive(Debug, Default)]
struct Inner {
    kept: VecDeque<Arc<Kept>>,
    of_company: HashMap<CompanyId, VecDeque<Arc<Kept>>>,
    /// The log as it was when the last event was read; none before the first look and after another life began.
    head: Option<Head>,
    /// Whether everything up to the head is here.
    is_ready: bool,
}

/// See the module. The places in it have no gap, since those of the log have none.
#[derive(Debug, Default)]
pub(super) struct Ring(RwLock<Inner>);

impl Ring {
    fn read_lock(&self) -> RwLockReadGuard<'_, Inner> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, Inner> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether readers may trust it.
    pub fn is_ready(&self) -> bool {
        self.read_lock().is_ready
    }

    /// The log up to the last event that was read; none before the first look.
    pub fn reached(&self) -> Option<Head> {
        let inner = self.read_lock();
        inner.head.as_ref().map(|known| Head { seq: inner_last(&inner, known), ..known.clone() })
    }

    /// Where the follower goes on; in another life of the log from nothing.
    pub fn goes_on_behind(&self, head: &Head) -> i64 {
        let mut inner = self.write_lock();
        let fits = |known: &Head| known.epoch == head.epoch && inner_last(&inner, known) <= head.seq;
        match &inner.head {
            Some(known) if fits(known) => inner_last(&inner, known),
            Some(_) | None => {
                let oldest = head.seq - i64::try_from(CAPACITY).unwrap_or(i64::MAX);
                let begin = oldest.max(head.oldest - 1).max(0);
                *inner = Inner { head: Some(Head { seq: begin, ..head.clone() }), ..Inner::default() };
                begin
            }
        }
    }

    /// Takes the events that follow, and answers whom they concern.
    pub fn push(&self, told: Vec<Heard>, head: &Head) -> HashSet<CompanyId> {
        let mut concerned = HashSet::new();
        let mut inner = self.write_lock();
        for Heard { event, audience } in told {
            let kept = Arc::new(Kept { event: Arc::new(event), audience });
            for company in companies(&kept.audience) {
                concerned.insert(company);
                inner.of_company.entry(company).or_default().push_back(Arc::clone(&kept));
            }
            inner.kept.push_back(kept);
            if inner.kept.len() > CAPACITY {
                inner.forget_first();
            }
        }
        let last = inner.kept.back().map_or(0, |kept| kept.event.seq);
        if let Some(known) = &mut inner.head {
            *known = Head { seq: last.max(known.seq), ..head.clone() };
        }
        concerned
    }

    /// Notes that everything is here.
    pub fn is_caught_up(&self) {
        self.write_lock().is_ready = true;
    }

    /// At most `limit` events behind a place that somebody hears and wants; none where the ring does not reach back so far.
    pub fn read(&self, filter: &EventFilter, after: i64, limit: usize) -> Option<Read> {
        let inner = self.read_lock();
        let head = inner.head.as_ref().filter(|_| inner.is_ready)?;
        let first = inner.kept.front().map_or(head.seq + 1, |kept| kept.event.seq);
        if after + 1 < first {
            return None;
        }
        let nothing = VecDeque::new();
        let kept = match filter.ear {
            Ear::Nobody => &nothing,
            Ear::Platform => &inner.kept,
            Ear::Company(listener) => inner.of_company.get(&listener.company).unwrap_or(&nothing),
        };
        let begin = kept.partition_point(|kept| kept.event.seq <= after);
        let wanted = kept.range(begin..).filter(|kept| filter.wants(&kept.event, &kept.audience));
        let events: Vec<_> = wanted.take(limit).map(|kept| Arc::clone(&kept.event)).collect();
        let at = match events.last() {
            Some(last) if events.len() == limit => last.seq,
            Some(_) | None => head.seq.max(after),
        };
        Some(Read { events, at, head: head.clone() })
    }
}

/// The place of the last event that is in.
fn inner_last(inner: &Inner, known: &Head) -> i64 {
    inner.kept.back().map_or(known.seq, |kept| kept.event.seq)
}

impl Inner {
    fn forget_first(&mut self) {
        let Some(first) = self.kept.pop_front() else { return };
        for company in companies(&first.audience) {
            if let Some(list) = self.of_company.get_mut(&company) {
                list.pop_front();
                if list.is_empty() {
                    self.of_company.remove(&company);
                }
            }
        }
    }
}

/// The companies of an audience, each once, whatever parts it has.
fn companies(audience: &[Listener]) -> impl Iterator<Item = CompanyId> + '_ {
    audience.iter().enumerate().filter_map(|(place, heard)| {
        let is_new = audience[..place].iter().all(|before| before.company != heard.company);
        is_new.then_some(heard.company)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;
    use crate::domain::event::{EventSubject, EventType};
    use crate::domain::hearing::Part;
    use crate::domain::ids::{EventId, OrderId, TypedId};
    use crate::domain::time::Timestamp;

    fn head(seq: i64, epoch: &str) -> Head {
        Head { seq, oldest: 1, indexed_from: 1, epoch: epoch.to_owned() }
    }

    fn heard(seq: i64, audience: &[(u128, Part)]) -> Heard {
        let event = Event {
            seq,
            id: EventId::from_u128(u128::try_from(seq).unwrap()),
            subject: EventSubject::Order(OrderId::from_u128(1)),
            subject_seq: seq,
            subject_version: 1,
            kind: if seq % 2 == 0 { EventType::OrderPlaced } else { EventType::MessageSent },
            body: Map::new(),
            occurred_at: Timestamp::from_micros(seq),
            previous_hash: String::new(),
            hash: String::new(),
        };
        let listener = |(company, part): &(u128, Part)| Listener {
            company: CompanyId::from_u128(*company),
            part: *part,
        };
        Heard { event, audience: audience.iter().map(listener).collect() }
    }

    fn ear(company: u128, part: Part) -> EventFilter {
        let listener = Listener { company: CompanyId::from_u128(company), part };
        EventFilter { ear: Ear::Company(listener), ..EventFilter::default() }
    }

    #[test]
    fn what_lies_before_it_is_not_answered() {
        let ring = Ring::default();
        assert!(ring.read(&ear(1, Part::Buyer), 0, 10).is_none(), "nothing was read yet");
        let now = head(70_000, "a");
        let begin = ring.goes_on_behind(&now);
        assert_eq!(begin, 70_000 - 65_536);
        for seq in begin + 1..=70_000 {
            ring.push(vec![heard(seq, &[(1, Part::Buyer)])], &now);
        }
        assert!(ring.read(&ear(1, Part::Buyer), 69_990, 10).is_none(), "not all is here yet");
        ring.is_caught_up();
        assert!(ring.read(&ear(1, Part::Buyer), begin - 1, 10).is_none());
        assert_eq!(ring.read(&ear(1, Part::Buyer), begin, 3).unwrap().at, begin + 3);
        let read = ring.read(&ear(2, Part::Buyer), begin, 10).unwrap();
        assert_eq!((read.events.len(), read.at), (0, 70_000), "who hears nothing knows that much");
        ring.push(vec![heard(70_001, &[(2, Part::Supplier)])], &head(70_001, "a"));
        assert!(ring.read(&ear(1, Part::Buyer), begin, 3).is_none(), "the first one made room");
        assert_eq!(ring.read(&ear(2, Part::Supplier), 70_000, 3).unwrap().events.len(), 1);
        assert_eq!(ring.goes_on_behind(&head(70_001, "a")), 70_001);
    }

    #[test]
    fn another_life_of_the_log_begins_anew() {
        let ring = Ring::default();
        for (seq, epoch, begin) in [(2, "a", 0), (2, "a", 2), (2, "b", 0), (1, "b", 0)] {
            let now = head(seq, epoch);
            assert_eq!(ring.goes_on_behind(&now), begin, "{seq} {epoch}");
            ring.push((begin + 1..=seq).map(|seq| heard(seq, &[])).collect(), &now);
            ring.is_caught_up();
        }
    }

    proptest! {
        #[test]
        fn it_answers_what_the_filter_wants(
            audiences in prop::collection::vec(prop::collection::vec((1_u128..4, 0_usize..4), 0..4), 0..60),
            (company, part) in (1_u128..4, 0_usize..4), after in 0_i64..60, limit in 1_usize..20, typed in any::<bool>(),
        ) {
            let rows: Vec<Heard> = audiences.iter().zip(1..).map(|(audience, seq)| {
                let audience: Vec<_> = audience.iter().map(|(company, part)| (*company, Part::ALL[*part])).collect();
                heard(seq, &audience)
            }).collect();
            let last = i64::try_from(rows.len()).unwrap();
            let after = after.min(last);
            let ring = Ring::default();
            ring.goes_on_behind(&head(0, "a"));
            ring.push(rows.clone(), &head(last, "a"));
            ring.is_caught_up();
            let types = if typed { vec![EventType::OrderPlaced] } else { Vec::new() };
            let filter = EventFilter { types, ..ear(company, Part::ALL[part]) };
            let expected: Vec<i64> = rows.iter()
                .filter(|row| row.event.seq > after && filter.wants(&row.event, &row.audience))
                .map(|row| row.event.seq).take(limit).collect();
            let read = ring.read(&filter, after, limit).unwrap();
            prop_assert_eq!(read.events.iter().map(|event| event.seq).collect::<Vec<_>>(), expected.clone());
            let at = if expected.len() == limit { *expected.last().unwrap() } else { last };
            prop_assert_eq!(read.at, at);
        }
    }
}
