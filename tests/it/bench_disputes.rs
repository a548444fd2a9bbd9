//! The bench's part for disputes, risk holds and charge-backs.

use std::collections::BTreeSet;

use surety::domain::ids::{CompanyId, DisputeId};
use surety::domain::money::Money;
use surety::domain::order::{
    ChargebackReport, ChargebackVerdict, Command, Dispute, DisputeCommand, DisputeStatus, EvidenceDraft,
    EvidenceKind, Ground, OffPlatformDraft, Operator, Order, OrderKind, OrderStatus, PaymentStatus,
    RiskHoldCommand, Split, step,
};
use surety::domain::time::Span;

use super::bench::Bench;
use super::bench_delivery::is_special;

impl Bench {
    /// Everything that can be commanded of an order's protections.
    pub fn protections(&self, order: &Order) -> Vec<Command> {
        let mut out = self.about_disputes(order);
        let operator = |name: &str| name.to_owned();
        out.push(Command::RiskHold(RiskHoldCommand::Place {
            reason: "odd".to_owned(),
            operator: operator("one"),
        }));
        out.extend(
            ["one", "two"].map(|name| Command::RiskHold(RiskHoldCommand::Lift { operator: operator(name) })),
        );
        for (amount_minor, later) in [(700, 0), (0, 0), (700, 100 * 365)] {
            out.push(Command::RecordOffPlatformPayment(OffPlatformDraft {
                company: None,
                amount_minor,
                paid_at: self.start.plus(Span::days(later)),
                note: "by bank transfer".to_owned(),
                messages: Vec::new(),
                files: Vec::new(),
            }));
        }
        for payment in order.payments.iter().filter(|known| known.status == PaymentStatus::Succeeded) {
            for (reference, minor) in [
                ("half", payment.amount_minor / 2),
                ("whole", payment.amount_minor),
                ("more", payment.amount_minor + 1),
            ] {
                for verdict in [ChargebackVerdict::Opened, ChargebackVerdict::Won, ChargebackVerdict::Lost] {
                    out.push(Command::ReportChargeback(ChargebackReport {
                        payment: payment.id,
                        reference: format!("{reference} of {}", payment.id),
                        amount: Money::new(minor, order.terms.currency),
                        reason: None,
                        verdict,
                    }));
                }
            }
        }
        out
    }

    fn about_disputes(&self, order: &Order) -> Vec<Command> {
        let refundable = order.position.refundable();
        let request = |amount_minor| DisputeCommand::Request {
            ground: Ground::Damaged,
            amount_minor,
            statement: "broken".to_owned(),
        };
        let mut out = vec![
            request(refundable.max(1)),
            request((refundable / 2).max(1)),
            request(0),
            request(refundable + 1),
            DisputeCommand::ReportUnanswered,
            DisputeCommand::Escalate { dispute: None },
            DisputeCommand::CloseEvidence,
            DisputeCommand::Execute,
        ];
        let none: DisputeId = self.ids.make(self.start);
        out.push(DisputeCommand::Withdraw { dispute: none });
        if let Some(dispute) = order.disputes.last() {
            out.extend(about(order, dispute));
        }
        out.into_iter().map(Command::Dispute).collect()
    }

    /// One order for every state of the protections, from one order in each status.
    pub fn protected(&self, found: &[Order]) -> Vec<Order> {
        let now = self.start.plus(Span::hours(1));
        let mut waiting: Vec<Order> = Vec::new();
        let mut begun = BTreeSet::new();
        for order in found.iter().filter(|order| order.position.paid > 0 && !is_special(order)) {
            if order.terms.inspection && order.status() != OrderStatus::InInspection {
                continue;
            }
            let guaranteed = order.kind() == OrderKind::Guaranteed;
            if guaranteed && order.status() != OrderStatus::InProduction {
                continue;
            }
            if begun.insert((guaranteed, order.status())) {
                waiting.push(order.clone());
            }
        }
        let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
        while let Some(order) = waiting.pop() {
            for command in self.protections(&order) {
                for actor in super::bench::actors_of(&order, &command) {
                    let Ok(done) = step(&order, actor, &command, now) else { continue };
                    let next = self.settle(done, now);
                    if worth_a_look(&next) && seen.insert(coarse(&next)) {
                        out.push(next.clone());
                        waiting.push(next);
                    }
                }
            }
        }
        out
    }
}

fn about(order: &Order, dispute: &Dispute) -> Vec<DisputeCommand> {
    let (id, disputed) = (dispute.id, order.disputed());
    let offer = |amount_minor| DisputeCommand::Offer { dispute: id, amount_minor, note: None };
    let respond = |accept| DisputeCommand::Respond { dispute: id, accept, message: Some("no".to_owned()) };
    let last = dispute.offers.last().map_or(0, |offer| offer.version);
    let evidence = EvidenceDraft {
        company: None,
        kind: EvidenceKind::Statement,
        reference: None,
        note: Some("so it was".to_owned()),
        sha256: "0".repeat(64),
    };
    let operator = |name: &str, company: Option<CompanyId>| Operator { id: name.to_owned(), company };
    let decide = |split, operator| DisputeCommand::Decide {
        dispute: id,
        split,
        reasons: "so it is".to_owned(),
        supplier_at_fault: matches!(split, Split::Half),
        operator,
    };
    let parts = |buyer, supplier| Split::Parts { buyer, supplier };
    vec![
        offer((dispute.claimed_minor / 2).max(1)),
        offer(dispute.claimed_minor),
        offer(0),
        offer(dispute.claimed_minor + 1),
        respond(true),
        respond(false),
        DisputeCommand::Accept { dispute: id, offer: last },
        DisputeCommand::Accept { dispute: id, offer: last + 1 },
        DisputeCommand::Escalate { dispute: Some(id) },
        DisputeCommand::Withdraw { dispute: id },
        DisputeCommand::SubmitEvidence { dispute: id, evidence },
        decide(parts(0, disputed), operator("one", None)),
        decide(parts(disputed, 0), operator("one", None)),
        decide(Split::Half, operator("two", None)),
        decide(parts(disputed, 1), operator("one", None)),
        decide(parts(-1, disputed + 1), operator("one", None)),
        decide(Split::Half, operator("three", Some(order.buyer()))),
        DisputeCommand::Confirm { dispute: id, operator: operator("one", None) },
        DisputeCommand::Confirm { dispute: id, operator: operator("two", None) },
        DisputeCommand::Appeal { dispute: id, statement: "unfair".to_owned() },
    ]
}

/// Not everything at once: what the platform looks into is one thing, what bank and buyer want another.
fn worth_a_look(order: &Order) -> bool {
    let risk = order.risk_hold().is_some();
    let (disputes, chargebacks) = (order.disputes.len(), order.chargebacks.len());
    if !order.off_platform_payments.is_empty() {
        return false;
    }
    if risk { disputes + chargebacks == 0 } else { disputes <= 1 && chargebacks <= 1 }
}

/// What makes two orders the same for the protections; roughly, but where production, delivery and receipt differ.
fn coarse(order: &Order) -> String {
    let fine =
        matches!(order.status(), OrderStatus::InProduction | OrderStatus::Delivered | OrderStatus::Completed);
    let disputes: Vec<_> = order
        .disputes
        .iter()
        .map(|dispute| {
            let heard = (dispute.buyer_evidence > 0, dispute.supplier_evidence > 0);
            let decision = dispute.decisions.last().map(|decision| {
                (
                    decision.buyer_minor.signum(),
                    decision.supplier_minor.signum(),
                    decision.buyer_minor + decision.supplier_minor == order.disputed(),
                    decision.needs_confirmation && decision.confirmed_by.is_none(),
                    decision.appeal_until.is_none(),
                )
            });
            let refused = dispute.refused.is_some();
            if !fine {
                let decision = decision.map(|(buyer, _, sums, waits, _)| (buyer, sums, waits));
                let last = dispute.offers.last().map(|offer| offer.by);
                let talk = dispute.status.is_open().then_some((refused, heard, last));
                return format!("{} {talk:?} {decision:?}", dispute.status);
            }
            let whole = |minor| minor == order.position.refundable();
            let last = dispute.offers.last().map(|offer| (offer.by, whole(offer.amount_minor)));
            let talk = match dispute.status {
                DisputeStatus::Negotiating => format!("{refused} {last:?} {}", whole(dispute.asked_minor())),
                DisputeStatus::Evidence => format!("{heard:?}"),
                _ => String::new(),
            };
            format!("{} {talk} {decision:?}", dispute.status)
        })
        .collect();
    let chargebacks: Vec<_> = order.chargebacks.iter().map(|known| known.status).collect();
    let approved = order.risk_hold().map(|hold| hold.lift_approved_by.is_some());
    let guaranteed = order.kind() == OrderKind::Guaranteed;
    format!("{guaranteed} {} {disputes:?} {chargebacks:?} {approved:?}", order.status())
}
