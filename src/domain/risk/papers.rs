//! Licences and certificates that end soon or have ended. The last day of validity counts in full.

use super::{Fact, Finding, Rule, Rules, SignalCode, Verdict, fact};
use crate::domain::audit::{Certificate, Licence};
use crate::domain::off_platform::Severity;
use crate::domain::time::{Day, Timestamp};

/// Papers that evidence names at most.
const SHOWN: usize = 5;

/// The last day of the year 9999.
const LAST_DAY: Day = Day::from_number(2_932_896);

/// What of a paper matters here.
struct Paper<'a> {
    /// What it is good for: another valid paper of the same kind takes its place.
    kind: &'a str,
    issuer: &'a str,
    number: &'a str,
    from: Day,
    until: Day,
}

fn licences(licences: &[Licence]) -> Vec<Paper<'_>> {
    let mut papers = Vec::with_capacity(licences.len());
    for Licence { issuer, number, valid_from, valid_until, .. } in licences {
        // One without an end stands for ever, and so takes the place of any other of its issuer.
        let until = valid_until.unwrap_or(LAST_DAY);
        papers.push(Paper { kind: issuer, issuer, number, from: *valid_from, until });
    }
    papers
}

fn certificates(certificates: &[Certificate]) -> Vec<Paper<'_>> {
    let mut papers = Vec::with_capacity(certificates.len());
    for Certificate { standard, issuer, number, valid_from, valid_until, .. } in certificates {
        papers.push(Paper { kind: standard, issuer, number, from: *valid_from, until: *valid_until });
    }
    papers
}

/// A business licence ends within the window.
pub(super) fn licence_expiring(known: &[Licence], rules: &Rules, now: Timestamp) -> Verdict {
    rules
        .enabled(SignalCode::LicenceExpiring)
        .map_or(Verdict::NOTHING, |rule| expiring(&licences(known), rule, now))
}

/// A business licence ended within the window and no other one of its issuer is valid.
pub(super) fn licence_expired(known: &[Licence], rules: &Rules, now: Timestamp) -> Verdict {
    rules
        .enabled(SignalCode::LicenceExpired)
        .map_or(Verdict::NOTHING, |rule| expired(&licences(known), (rule, Severity::High), now))
}

/// A certificate ends within the window.
pub(super) fn certificate_expiring(known: &[Certificate], rules: &Rules, now: Timestamp) -> Verdict {
    rules
        .enabled(SignalCode::CertificateExpiring)
        .map_or(Verdict::NOTHING, |rule| expiring(&certificates(known), rule, now))
}

/// A certificate ended within the window and no other one of its standard is valid.
pub(super) fn certificate_expired(known: &[Certificate], rules: &Rules, now: Timestamp) -> Verdict {
    rules
        .enabled(SignalCode::CertificateExpired)
        .map_or(Verdict::NOTHING, |rule| expired(&certificates(known), (rule, Severity::Medium), now))
}

/// Whether another paper of the same kind is valid on a day, and longer than this one.
fn is_replaced(papers: &[Paper<'_>], paper: &Paper<'_>, on: Day) -> bool {
    papers.iter().any(|other| {
        other.kind == paper.kind && other.until > paper.until && other.from <= on && on <= other.until
    })
}

/// The instants at which time alone may change what holds of papers: an end, the day behind it, a begin.
fn next(papers: &[Paper<'_>], moments: impl Fn(&Paper<'_>) -> Vec<i64>, now: Timestamp) -> Option<Timestamp> {
    let starts = papers.iter().flat_map(|paper| {
        let mut days = moments(paper);
        days.push(paper.from.number());
        days
    });
    starts.map(|day| Day::from_number(day).start()).filter(|at| *at > now).min()
}

fn expiring(papers: &[Paper<'_>], rule: Rule, now: Timestamp) -> Verdict {
    let today = now.day();
    let is_near = |paper: &&Paper<'_>| {
        let left = paper.until.number() - today.number();
        // What begins later may already be on record; then nothing is missing after the end.
        let follows = Day::from_number(paper.until.number() + 1);
        paper.from <= today && (0..=rule.window_days).contains(&left) && !is_replaced(papers, paper, follows)
    };
    let near: Vec<&Paper<'_>> = papers.iter().filter(is_near).collect();
    let look_again =
        next(papers, |paper| vec![paper.until.number() - rule.window_days, paper.until.number() + 1], now);
    Verdict { finding: found(rule.code, Severity::Low, &near), look_again }
}

fn expired(papers: &[Paper<'_>], (rule, severity): (Rule, Severity), now: Timestamp) -> Verdict {
    let today = now.day();
    let is_over = |paper: &&Paper<'_>| {
        let ago = today.number() - paper.until.number();
        (1..=rule.window_days).contains(&ago) && !is_replaced(papers, paper, today)
    };
    let over: Vec<&Paper<'_>> = papers.iter().filter(is_over).collect();
    let look_again = next(
        papers,
        |paper| vec![paper.until.number() + 1, paper.until.number() + rule.window_days + 1],
        now,
    );
    Verdict { finding: found(rule.code, severity, &over), look_again }
}

fn found(code: SignalCode, severity: Severity, papers: &[&Paper<'_>]) -> Option<Finding> {
    let mut sorted: Vec<_> = papers.iter().map(|paper| (paper.until, paper.kind, paper)).collect();
    sorted.sort_unstable_by_key(|(until, kind, paper)| (*until, *kind, paper.number));
    let told = |(_, kind, paper): &(Day, &str, &&Paper<'_>)| -> Fact {
        let issuer = if *kind == paper.issuer { String::new() } else { format!(", {}", paper.issuer) };
        fact(kind, format!("{}{issuer}, valid until {}", paper.number, paper.until))
    };
    let mut evidence: Vec<Fact> = sorted.iter().take(SHOWN).map(told).collect();
    if sorted.len() > SHOWN {
        evidence.push(fact("others", sorted.len() - SHOWN));
    }
    (!evidence.is_empty()).then_some(Finding { code, severity, evidence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::CertificateKind;
    use crate::domain::ids::{CertificateId, LicenceId, SupplierId, TypedId};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn certificate(standard: &str, from: &str, until: &str) -> Certificate {
        Certificate {
            id: CertificateId::from_u128(1),
            supplier: SupplierId::from_u128(1),
            kind: CertificateKind::Management,
            standard: standard.to_owned(),
            issuer: "TIC".to_owned(),
            number: format!("{standard} {until}"),
            scope: String::new(),
            valid_from: day(from),
            valid_until: day(until),
            sha256: None,
        }
    }

    fn licence(until: Option<&str>) -> Licence {
        Licence {
            id: LicenceId::from_u128(1),
            supplier: SupplierId::from_u128(1),
            issuer: "City".to_owned(),
            number: "7".to_owned(),
            scope: String::new(),
            valid_from: day("2020-01-01"),
            valid_until: until.map(day),
            sha256: None,
        }
    }

    #[test]
    fn a_certificate_goes_through_its_days() {
        let rules = Rules::new(&[]);
        let known = [certificate("ISO 9001", "2025-06-01", "2026-05-31")];
        for (now, near, over, again) in [
            // Thirty days before the end it is near, and stays so through its last day.
            ("2026-04-30T23:59:59Z", false, false, Some("2026-05-01T00:00:00Z")),
            ("2026-05-01T00:00:00Z", true, false, Some("2026-06-01T00:00:00Z")),
            ("2026-05-31T23:59:59Z", true, false, Some("2026-06-01T00:00:00Z")),
            ("2026-06-01T00:00:00Z", false, true, Some("2027-06-01T00:00:00Z")),
            ("2027-05-31T12:00:00Z", false, true, Some("2027-06-01T00:00:00Z")),
            ("2027-06-01T00:00:00Z", false, false, None),
        ] {
            let (soon, ended) =
                (certificate_expiring(&known, &rules, at(now)), certificate_expired(&known, &rules, at(now)));
            assert_eq!((soon.finding.is_some(), ended.finding.is_some()), (near, over), "{now}");
            let next = [soon.look_again, ended.look_again].into_iter().flatten().min();
            assert_eq!(next, again.map(at), "{now}");
        }
    }

    #[test]
    fn what_took_the_place_of_a_paper_ends_its_signal() {
        let rules = Rules::new(&[]);
        let now = at("2026-06-10T00:00:00Z");
        let old = certificate("ISO 9001", "2025-06-01", "2026-06-09");
        let other = certificate("CE", "2026-06-01", "2027-06-09");
        let new = certificate("ISO 9001", "2026-06-01", "2027-06-09");
        assert!(certificate_expired(&[old.clone(), other], &rules, now).finding.is_some());
        assert!(certificate_expired(&[old.clone(), new.clone()], &rules, now).finding.is_none());
        let before = at("2026-06-09T00:00:00Z");
        assert!(certificate_expiring(std::slice::from_ref(&old), &rules, before).finding.is_some());
        assert!(certificate_expiring(&[old, new], &rules, before).finding.is_none());
    }

    #[test]
    fn licences_without_an_end_never_signal_and_stand_for_others() {
        let (rules, now) = (Rules::new(&[]), at("2026-06-10T00:00:00Z"));
        let over = licence(Some("2026-06-01"));
        let finding = licence_expired(std::slice::from_ref(&over), &rules, now).finding.unwrap();
        assert_eq!(
            (finding.severity, finding.evidence[0].value.as_str()),
            (Severity::High, "7, valid until 2026-06-01")
        );
        assert_eq!(licence_expired(&[over, licence(None)], &rules, now).finding, None);
        assert_eq!(licence_expiring(&[licence(None)], &rules, now).finding, None);
        assert!(licence_expiring(&[licence(Some("2026-06-20"))], &rules, now).finding.is_some());
    }

    #[test]
    fn evidence_names_five_papers_and_counts_the_others() {
        let known: Vec<_> =
            (0..7).map(|number| certificate(&format!("S{number}"), "2025-01-01", "2026-06-05")).collect();
        let finding =
            certificate_expired(&known, &Rules::new(&[]), at("2026-06-10T00:00:00Z")).finding.unwrap();
        assert_eq!(finding.evidence.len(), 6);
        assert_eq!(finding.evidence[5], fact("others", 2));
    }
}
