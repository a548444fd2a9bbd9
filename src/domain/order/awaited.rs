//! Whose act a timer waits for.

use super::{ActorKind, AfterSalesStatus, Order};
use crate::domain::deadline::{Deadline, DeadlineKind};

impl Order {
    /// Whose act a timer of the order waits or waited for: both parties where either can act, nobody where only time has
    /// to pass. An amendment waits for the side that did not propose it, a service for whoever has the next word on it.
    pub fn awaited(&self, deadline: &Deadline) -> Vec<ActorKind> {
        let by_amendment = || self.awaited_by_amendment(&deadline.subject);
        let by_service = || self.awaited_by_service(&deadline.subject);
        let known = (deadline.kind == DeadlineKind::AmendmentAnswer)
            .then(by_amendment)
            .or_else(|| (deadline.kind == DeadlineKind::ServiceAnswer).then(by_service))
            .flatten();
        known.map_or_else(|| deadline.kind.awaited().to_vec(), |one| vec![one])
    }

    fn awaited_by_amendment(&self, subject: &str) -> Option<ActorKind> {
        let amendment = self.amendments.iter().find(|known| known.id.to_string() == subject)?;
        match amendment.proposed_by {
            ActorKind::Buyer => Some(ActorKind::Supplier),
            ActorKind::Supplier => Some(ActorKind::Buyer),
            ActorKind::Operator
            | ActorKind::Inspector
            | ActorKind::Carrier
            | ActorKind::Warehouse
            | ActorKind::Provider
            | ActorKind::Clock => None,
        }
    }

    fn awaited_by_service(&self, subject: &str) -> Option<ActorKind> {
        let request = self.after_sales.iter().find(|known| known.id.to_string() == subject)?;
        match request.status {
            AfterSalesStatus::Requested | AfterSalesStatus::Accepted => Some(ActorKind::Supplier),
            AfterSalesStatus::Fulfilled => Some(ActorKind::Buyer),
            // The supplier may make it good, the buyer may open a dispute; what has ended waits for nobody in particular.
            AfterSalesStatus::Failed
            | AfterSalesStatus::Confirmed
            | AfterSalesStatus::Compensated
            | AfterSalesStatus::Disputed
            | AfterSalesStatus::Withdrawn => None,
        }
    }
}
