//! The rules of the badges of suppliers.

use super::eligibility::{BadgeCriterion, Eligibility, Finding};
use super::{BadgeAward, BadgeKind, EndedBy};
use crate::domain::audit::Audit;
use crate::domain::evidence::{Evidence, Recorded, TrackRecord, TrackRecordKind, after};
use crate::domain::export::ExportVolume;
use crate::domain::money::BasisPoints;
use crate::domain::supplier::{Specialisation, Supplier, SupplierMetrics};
use crate::domain::time::{Span, Timestamp};
use crate::domain::trust::{ServiceFigures, TrustFigures, TrustPolicy};

/// What the rules look at: everything that is on record of a supplier.
#[derive(Debug, Clone, Copy)]
pub struct SupplierFacts<'a> {
    /// The supplier.
    pub supplier: &'a Supplier,
    /// Its evidence, withdrawn and expired records included.
    pub records: &'a [Recorded],
    /// Its awards, ended ones included.
    pub awards: &'a [BadgeAward],
    /// What its orders add up to.
    pub metrics: SupplierMetrics,
    /// How much it exports; none before the first computation.
    pub export: Option<&'a ExportVolume>,
}

/// How a supplier stands to a badge of suppliers; without findings for a badge of products.
pub fn supplier_eligibility(
    kind: BadgeKind,
    facts: SupplierFacts<'_>,
    policy: &TrustPolicy,
    now: Timestamp,
) -> Eligibility {
    let figures = &policy.figures;
    let findings = match kind {
        BadgeKind::Gold => gold(facts, now),
        BadgeKind::Verified => verified(facts, figures, now),
        BadgeKind::VerifiedPro => verified_pro(facts, figures, now),
        BadgeKind::TradeAssurance => good_standing(facts, figures, now),
        BadgeKind::Guaranteed | BadgeKind::EasyReturn => Vec::new(),
    };
    Eligibility { kind, policy_version: policy.version, findings }
}

/// Of what is in force that which holds longest, as a finding. What is on record already and follows without a gap
/// carries it on: a membership is renewed before it ends.
fn longest<'a>(
    criterion: BadgeCriterion,
    on_record: impl Iterator<Item = &'a Recorded>,
    now: Timestamp,
    missing: &str,
    say: impl Fn(&Evidence) -> String,
) -> Finding {
    let on_record: Vec<&Recorded> = on_record.filter(|known| known.known(now)).collect();
    let in_force = on_record.iter().copied().filter(|known| known.in_force(now));
    let Some(best) = in_force.max_by_key(|known| (end(known), known.recorded_at)) else {
        return Finding::of(criterion, false, missing);
    };
    let (mut last, mut evidence) = (best, vec![best.evidence.id()]);
    let follows = |known: &Recorded, last: &Recorded| {
        known.evidence.begins_on().is_none_or(|day| day.start() <= end(last)) && end(known) > end(last)
    };
    while let Some(next) =
        on_record.iter().copied().filter(|known| follows(known, last)).max_by_key(|known| end(known))
    {
        evidence.push(next.evidence.id());
        last = next;
    }
    Finding {
        criterion,
        met: true,
        fact: say(&best.evidence),
        evidence,
        since: Some(since(best)),
        until: last.evidence.ends_at(),
    }
}

/// The end of a record, the end of time where it has none.
fn end(known: &Recorded) -> Timestamp {
    known.evidence.ends_at().unwrap_or(Timestamp::from_micros(i64::MAX))
}

/// Since when a record counts.
fn since(known: &Recorded) -> Timestamp {
    known.evidence.begins_on().map_or(known.recorded_at, |day| day.start().max(known.recorded_at))
}

fn in_force(facts: SupplierFacts<'_>, now: Timestamp) -> impl Iterator<Item = &Recorded> {
    facts.records.iter().filter(move |known| known.in_force(now))
}

fn gold(facts: SupplierFacts<'_>, now: Timestamp) -> Vec<Finding> {
    let members = facts.records.iter().filter(|known| matches!(known.evidence, Evidence::Membership(_)));
    let missing = "No paid membership is in force.";
    let membership =
        longest(BadgeCriterion::MembershipInForce, members, now, missing, |evidence| match evidence {
            Evidence::Membership(paid) => format!("The membership {} is paid.", paid.reference),
            _ => String::new(),
        });
    let check = |criterion, looked: fn(bool, bool) -> bool, missing: &str| {
        let of_scope = |known: &'_ Recorded| match &known.evidence {
            Evidence::AgencyCheck(check) if looked(check.capacity, check.credentials) => {
                Some((check.checked_on, check.passed))
            }
            _ => None,
        };
        // A failed check says more than every earlier one that was passed, also when its own time is over.
        let known = facts.records.iter().filter(|known| known.known(now)).filter_map(of_scope);
        let failed = known.filter(|(_, passed)| !passed).map(|(day, _)| day).max();
        let passed = facts.records.iter().filter(|known| {
            of_scope(known).is_some_and(|(day, passed)| passed && failed.is_none_or(|failed| day > failed))
        });
        longest(criterion, passed, now, missing, |evidence| match evidence {
            Evidence::AgencyCheck(check) => {
                format!("{} checked it on {} and found it good.", check.agency, check.checked_on)
            }
            _ => String::new(),
        })
    };
    vec![
        membership,
        check(
            BadgeCriterion::CapacityChecked,
            |capacity, _| capacity,
            "No agency's check of the capacity that was passed, and not followed by a failed one, is in force.",
        ),
        check(
            BadgeCriterion::CredentialsChecked,
            |_, credentials| credentials,
            "No agency's check of the credentials that was passed, and not followed by a failed one, is in force.",
        ),
    ]
}

/// The audits that count: in force, not older than the policy allows, passed, and no failed one reported since.
fn audits<'a>(
    facts: SupplierFacts<'a>,
    figures: &TrustFigures,
    now: Timestamp,
) -> Vec<(&'a Recorded, &'a Audit, Timestamp)> {
    let known = facts.records.iter().filter(|known| known.known(now));
    let reports = known.filter_map(|known| match &known.evidence {
        Evidence::Audit(audit) => Some((known, audit)),
        _ => None,
    });
    let failed = reports.clone().filter(|(_, audit)| !audit.passed).map(|(_, audit)| audit.reported_on).max();
    reports
        .filter(|(known, audit)| known.in_force(now) && audit.passed)
        .filter(|(_, audit)| failed.is_none_or(|failed| audit.reported_on > failed))
        .map(|(known, audit)| {
            let year = after(audit.reported_on).plus(figures.audit_validity);
            let end = known.evidence.ends_at().map_or(year, |end| end.min(year));
            (known, audit, end)
        })
        .filter(|(_, _, end)| now < *end)
        .collect()
}

fn verified(facts: SupplierFacts<'_>, figures: &TrustFigures, now: Timestamp) -> Vec<Finding> {
    let audits = audits(facts, figures, now);
    let finding = |criterion, missing: &str, fits: fn(&Audit) -> bool| {
        let best = audits.iter().filter(|(_, audit, _)| fits(audit)).max_by_key(|(_, _, end)| *end);
        match best {
            Some((known, audit, end)) => Finding {
                criterion,
                met: true,
                fact: format!(
                    "{} audited it by {}; the report is of {}.",
                    audit.institution, audit.auditor, audit.reported_on
                ),
                evidence: vec![known.evidence.id()],
                since: Some(since(known)),
                until: Some(*end),
            },
            None => Finding::of(criterion, false, missing),
        }
    };
    let mut findings = vec![
        finding(
            BadgeCriterion::AuditPassed,
            "No third-party audit that was passed, and not followed by a failed one, is in force.",
            |_| true,
        ),
        finding(
            BadgeCriterion::CompanyProfileAudited,
            "No passed audit in force looked at the company profile.",
            |audit| audit.scope.company_profile,
        ),
    ];
    if facts.supplier.specialisation == Some(Specialisation::CustomManufacturer) {
        findings.push(finding(
            BadgeCriterion::OnsiteProductionAudited,
            "It makes to specification, and no passed audit in force looked at capacity and process of the production on \
             site.",
            |audit| audit.onsite && audit.scope.production_capacity && audit.scope.production_process,
        ));
    }
    findings
}

fn verified_pro(facts: SupplierFacts<'_>, figures: &TrustFigures, now: Timestamp) -> Vec<Finding> {
    let mut findings = verified(facts, figures, now);
    findings.push(export_rank(facts.export, figures.export_share));
    findings.push(experience(facts, figures.experience_years, now));
    findings.push(entries(facts, TrackRecordKind::ClientCase, figures.client_cases, now));
    findings.extend(service(facts.metrics, figures.service, true));
    findings.push(response(facts.metrics, figures.service));
    findings.push(entries(facts, TrackRecordKind::IndustryAward, figures.industry_awards, now));
    findings.push(entries(facts, TrackRecordKind::Patent, figures.patents, now));
    let certificates: Vec<&Recorded> =
        in_force(facts, now).filter(|known| matches!(known.evidence, Evidence::Certificate(_))).collect();
    findings.push(enough(
        BadgeCriterion::Certifications,
        certificates,
        figures.certificates,
        "certificates in force",
    ));
    findings.push(entries(facts, TrackRecordKind::ManufacturingCapability, figures.capabilities, now));
    findings
}

fn export_rank(export: Option<&ExportVolume>, share: BasisPoints) -> Finding {
    let criterion = BadgeCriterion::ExportRank;
    let Some((export, place)) = export.and_then(|export| export.place.map(|place| (export, place))) else {
        return Finding::of(criterion, false, "No completed export of the past year is on record.");
    };
    let fact = format!(
        "Its exports of US${} put it at place {} of {} exporters in {}.",
        export.volume.decimal(),
        place.place,
        place.exporters,
        export.country
    );
    Finding { since: Some(export.computed_at), ..Finding::of(criterion, place.is_among(share), fact) }
}

fn track_records(
    facts: SupplierFacts<'_>,
    kind: TrackRecordKind,
    now: Timestamp,
) -> impl Iterator<Item = (&Recorded, &TrackRecord)> {
    in_force(facts, now).filter_map(move |known| match &known.evidence {
        Evidence::TrackRecord(entry) if entry.kind == kind => Some((known, entry)),
        _ => None,
    })
}

/// More than so many years since the earliest day that a record attests.
fn experience(facts: SupplierFacts<'_>, years: i64, now: Timestamp) -> Finding {
    let criterion = BadgeCriterion::Experience;
    let earliest =
        track_records(facts, TrackRecordKind::Experience, now).min_by_key(|(_, entry)| entry.since_on);
    let Some((known, entry)) = earliest else {
        return Finding::of(criterion, false, "No experience is on record.");
    };
    let full = entry.since_on.plus_years(years);
    Finding {
        evidence: vec![known.evidence.id()],
        since: (full < now.day()).then(|| after(full)),
        until: known.evidence.ends_at(),
        ..Finding::of(
            criterion,
            full < now.day(),
            format!("Its experience goes back to {}; more than {years} years are needed.", entry.since_on),
        )
    }
}

fn entries(facts: SupplierFacts<'_>, kind: TrackRecordKind, least: i64, now: Timestamp) -> Finding {
    let known: Vec<&Recorded> = track_records(facts, kind, now).map(|(known, _)| known).collect();
    let (criterion, what) = match kind {
        TrackRecordKind::ClientCase => (BadgeCriterion::ClientCases, "client cases"),
        TrackRecordKind::IndustryAward => (BadgeCriterion::IndustryAwards, "recognised awards"),
        TrackRecordKind::Patent => (BadgeCriterion::Patents, "patents"),
        TrackRecordKind::ManufacturingCapability => {
            (BadgeCriterion::ManufacturingCapability, "manufacturing capabilities")
        }
        TrackRecordKind::Experience => (BadgeCriterion::Experience, "years of experience"),
    };
    enough(criterion, known, least, what)
}

/// At least so many records; it is met until the first of those that are needed ends, the longest ones counted.
fn enough(criterion: BadgeCriterion, mut known: Vec<&Recorded>, least: i64, what: &str) -> Finding {
    let count = i64::try_from(known.len()).unwrap_or(i64::MAX);
    known.sort_by_key(|known| std::cmp::Reverse((end(known), known.recorded_at)));
    known.truncate(usize::try_from(least).unwrap_or_default());
    let met = count >= least;
    Finding {
        evidence: known.iter().map(|known| known.evidence.id()).collect(),
        since: known.iter().map(|known| since(known)).max().filter(|_| met),
        until: known.last().filter(|_| met).and_then(|known| known.evidence.ends_at()),
        ..Finding::of(criterion, met, format!("{count} {what} are on record; {least} are needed."))
    }
}

/// The rates of dispatch in time and of disputes. Too few orders count as good where `needs_orders` is false, as not
/// proven where it is true.
fn service(metrics: SupplierMetrics, figures: ServiceFigures, needs_orders: bool) -> [Finding; 2] {
    let few = |orders: i64| orders < figures.minimum_orders.max(1);
    let needed = figures.minimum_orders;
    let on_time = metrics.dispatched - metrics.dispatched_late;
    let floor = i128::from(figures.on_time_dispatch.0) * i128::from(metrics.dispatched);
    let dispatch = if few(metrics.dispatched) {
        let fact = format!("{} orders were dispatched; {needed} say something.", metrics.dispatched);
        Finding::of(BadgeCriterion::OnTimeDispatch, !needs_orders, fact)
    } else {
        let fact = format!(
            "{on_time} of {} orders were dispatched in time; {} are needed.",
            metrics.dispatched,
            percent(figures.on_time_dispatch)
        );
        Finding::of(BadgeCriterion::OnTimeDispatch, i128::from(on_time) * 10_000 >= floor, fact)
    };
    let ceiling = i128::from(figures.disputes.0) * i128::from(metrics.orders_placed);
    let disputes = if few(metrics.orders_placed) {
        let fact = format!("{} orders were placed; {needed} say something.", metrics.orders_placed);
        Finding::of(BadgeCriterion::DisputeRate, !needs_orders, fact)
    } else {
        let fact = format!(
            "{} of {} orders went to a dispute; at most {} may.",
            metrics.disputes,
            metrics.orders_placed,
            percent(figures.disputes)
        );
        Finding::of(BadgeCriterion::DisputeRate, i128::from(metrics.disputes) * 10_000 <= ceiling, fact)
    };
    [dispatch, disputes]
}

fn response(metrics: SupplierMetrics, figures: ServiceFigures) -> Finding {
    let criterion = BadgeCriterion::ResponseTime;
    match metrics.mean_response_seconds() {
        Some(mean) => {
            let fact = format!(
                "Answers take {} on average; at most {} is allowed.",
                Span::seconds(mean),
                figures.response
            );
            Finding::of(criterion, mean <= figures.response.as_seconds(), fact)
        }
        None => Finding::of(criterion, false, "No answer to a buyer is on record."),
    }
}

/// A share in percent, with the digits that it has.
fn percent(share: BasisPoints) -> String {
    match (share.0 / 100, share.0 % 100) {
        (whole, 0) => format!("{whole} %"),
        (whole, rest) => format!("{whole}.{rest:02} %"),
    }
}

/// Good standing: nothing is known against it. A supplier without orders may enrol.
fn good_standing(facts: SupplierFacts<'_>, figures: &TrustFigures, now: Timestamp) -> Vec<Finding> {
    let suspended = facts.supplier.suspended.as_ref();
    let fact = match suspended {
        Some(suspension) => format!("It is suspended since {}.", suspension.at),
        None => "It is not suspended.".to_owned(),
    };
    let expelled = facts.awards.iter().filter(|award| award.kind == BadgeKind::TradeAssurance);
    let expelled = expelled
        .filter_map(|award| award.revoked.as_ref())
        .filter(|revoked| revoked.by == EndedBy::Platform)
        .map(|revoked| revoked.at.plus(figures.enrolment_pause))
        .max()
        .filter(|end| now <= *end);
    let pause = match expelled {
        Some(end) => format!("The platform took it out; it can enrol again after {end}."),
        None => "The platform did not take it out lately.".to_owned(),
    };
    let mut findings = vec![
        Finding::of(BadgeCriterion::NotSuspended, suspended.is_none(), fact),
        Finding::of(BadgeCriterion::NotExpelled, expelled.is_none(), pause),
    ];
    findings.extend(service(facts.metrics, figures.standing, false));
    findings
}

#[cfg(test)]
mod tests;
