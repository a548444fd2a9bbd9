//! Who hears of an event: decided once, when it happens, so that every way of reading the log tells the same to the same.

use super::actor::Role;
use super::event::{Event, EventSubject, EventType};
use super::ids::{CompanyId, ThreadId};
use super::order::Order;
use super::time::Span;
use super::words::words;

words! {
    /// In which part a company hears of an event.
    Part {
        /// It buys.
        Buyer => "BUYER",
        /// It sells.
        Supplier => "SUPPLIER",
        /// It inspects.
        Inspector => "INSPECTOR",
        /// It is about the company itself, whatever part it plays.
        Member => "MEMBER",
    }
}

/// A company that hears of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The company.
    pub company: CompanyId,
    /// Its part in what happened.
    pub part: Part,
}

/// Who hears what happens to an order: both sides, and whoever inspects it, but for what is between the two sides. What a
/// buyer does before it sends an order is not the supplier's, also when it is read later.
pub fn of_order(order: &Order, kind: EventType) -> Vec<Listener> {
    let mut audience = vec![Listener { company: order.buyer(), part: Part::Buyer }];
    if order.was_submitted() && kind != EventType::OrderDrafted {
        audience.push(Listener { company: order.supplier_company, part: Part::Supplier });
    }
    if is_between_the_sides(kind) {
        return audience;
    }
    for inspector in order.inspections.iter().map(|known| known.inspector) {
        let listener = Listener { company: inspector, part: Part::Inspector };
        if !audience.contains(&listener) {
            audience.push(listener);
        }
    }
    audience
}

/// What no third party hears: their words, and payments that they make past the platform.
const fn is_between_the_sides(kind: EventType) -> bool {
    matches!(kind, EventType::MessageSent | EventType::OffPlatformPaymentRecorded)
}

/// Whose ear it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ear {
    /// Nobody's: it hears nothing.
    #[default]
    Nobody,
    /// The platform's: it hears everything.
    Platform,
    /// A company's in one part. It also hears what is about the company itself.
    Company(Listener),
}

impl Ear {
    /// Of who acts in a role for a company: carriers, warehouses and storefronts hear nothing.
    pub fn of(role: Role, company: Option<CompanyId>) -> Self {
        let part = match role {
            Role::Operator => return Self::Platform,
            Role::Buyer => Part::Buyer,
            Role::Supplier => Part::Supplier,
            Role::Inspector => Part::Inspector,
            Role::Storefront | Role::Carrier | Role::Warehouse => return Self::Nobody,
        };
        company.map_or(Self::Nobody, |company| Self::Company(Listener { company, part }))
    }

    /// Whether it hears what these hear.
    pub fn hears(self, audience: &[Listener]) -> bool {
        match self {
            Self::Nobody => false,
            Self::Platform => true,
            Self::Company(listener) => audience.iter().any(|heard| {
                heard.company == listener.company
                    && (heard.part == listener.part || heard.part == Part::Member)
            }),
        }
    }
}

/// Which events somebody wants to hear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Who asks.
    pub ear: Ear,
    /// Only what is about this.
    pub subject: Option<EventSubject>,
    /// Only of these types; all where empty.
    pub types: Vec<EventType>,
    /// Of the warnings before a dispatch deadline only those with these lead times; all where empty.
    pub lead_times: Vec<Span>,
    /// Of messages only those of this thread.
    pub thread: Option<ThreadId>,
}

impl EventFilter {
    /// Whether the asker hears of an event and wants to.
    pub fn wants(&self, event: &Event, audience: &[Listener]) -> bool {
        self.ear.hears(audience)
            && self.subject.is_none_or(|subject| subject == event.subject)
            && (self.types.is_empty() || self.types.contains(&event.kind))
            && self.wants_facts(event)
    }

    /// Whether the facts of an event are wanted: the lead time of a warning, the thread of a message.
    pub fn wants_facts(&self, event: &Event) -> bool {
        let text = |name: &str| event.body.get(name).and_then(serde_json::Value::as_str);
        let lead = text("leadTime").and_then(Span::parse);
        let lead_fits = lead.is_none_or(|lead| self.lead_times.is_empty() || self.lead_times.contains(&lead));
        lead_fits && self.thread.is_none_or(|thread| text("threadId") == Some(thread.to_string().as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    #[test]
    fn a_company_hears_in_its_part_and_of_itself() {
        let [one, other] = [1, 2].map(CompanyId::from_u128);
        let heard = |company, part| Listener { company, part };
        let audience = [heard(one, Part::Buyer), heard(other, Part::Supplier)];
        for (listener, hears) in [
            (heard(one, Part::Buyer), true),
            (heard(one, Part::Supplier), false),
            (heard(other, Part::Supplier), true),
            (heard(other, Part::Buyer), false),
            (heard(CompanyId::from_u128(3), Part::Buyer), false),
        ] {
            assert_eq!(Ear::Company(listener).hears(&audience), hears, "{listener:?}");
        }
        for part in Part::ALL.iter().copied() {
            assert!(Ear::Company(heard(one, part)).hears(&[heard(one, Part::Member)]));
            assert!(!Ear::Company(heard(other, part)).hears(&[heard(one, Part::Member)]));
        }
        assert!(Ear::Platform.hears(&[]));
        assert!(!Ear::Nobody.hears(&audience));
    }
}
