//! What a record must be to be recorded: every mistake is named at its field.

use super::{AgencyCheck, Evidence, Membership, TrackRecord, TrackRecordKind};
use crate::domain::audit::{Audit, Certificate, Licence, Media, MediaKind, MediaOwner};
use crate::domain::error::{Code, Refusal};
use crate::domain::file::is_sha256;
use crate::domain::time::{Day, Timestamp};

/// Collects what is wrong with an input.
struct Mistakes {
    at: &'static str,
    found: Vec<Refusal>,
}

impl Mistakes {
    fn refuse(&mut self, code: Code, field: &str, message: impl Into<String>) {
        let path: Vec<&str> = ["input", self.at, field].into_iter().filter(|part| !part.is_empty()).collect();
        self.found.push(Refusal::new(code, message).at(&path));
    }

    fn text(&mut self, field: &str, text: &str, most: usize) {
        if text.trim().is_empty() || text.chars().count() > most {
            self.refuse(
                Code::InvalidInput,
                field,
                format!("Between 1 and {most} characters are needed here."),
            );
        }
    }

    fn prose(&mut self, field: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            self.refuse(Code::InvalidInput, field, format!("At most {most} characters are allowed here."));
        }
    }

    /// A day that lies behind us or is today.
    fn past(&mut self, field: &str, day: Day, today: Day) {
        if day > today {
            self.refuse(Code::InvalidInput, field, "This day lies in the future.");
        }
    }

    /// A span of days that begins before it ends, and is not over where the record is to back a badge. What was failed
    /// backs none, and says what it says also when its time is over.
    fn span_of(&mut self, passed: bool, field: &str, (from, until): (Day, Day), today: Day) {
        if passed || until < from {
            self.span(field, (from, Some(until)), today);
        }
    }

    /// A span of days that begins before it ends and is not over.
    fn span(&mut self, field: &str, (from, until): (Day, Option<Day>), today: Day) {
        let Some(until) = until else { return };
        if until < from {
            self.refuse(Code::InvalidInput, field, "The last day lies before the first one.");
        } else if until < today {
            self.refuse(Code::EvidenceExpired, field, "It is expired. Record what holds today.");
        }
    }
}

impl Evidence {
    /// Checks a record that is to be made at an instant; `at` is the input field that holds it, empty where the input
    /// itself does. Every mistake is named.
    pub fn check(&self, at: &'static str, now: Timestamp) -> Result<(), Vec<Refusal>> {
        let mut mistakes = Mistakes { at, found: Vec::new() };
        let today = now.day();
        match self {
            Self::Membership(known) => membership(known, &mut mistakes, today),
            Self::AgencyCheck(known) => agency_check(known, &mut mistakes, today),
            Self::Audit(known) => audit(known, &mut mistakes, today),
            Self::Certificate(known) => certificate(known, &mut mistakes, today),
            Self::Licence(known) => licence(known, &mut mistakes, today),
            Self::Media(known) => media(known, &mut mistakes),
            Self::TrackRecord(known) => track_record(known, &mut mistakes, today),
        }
        if mistakes.found.is_empty() { Ok(()) } else { Err(mistakes.found) }
    }
}

/// A membership may begin in days to come: it is renewed before it ends.
fn membership(known: &Membership, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("reference", &known.reference, 200);
    mistakes.past("paidOn", known.paid_on, today);
    mistakes.span("validUntil", (known.valid_from, Some(known.valid_until)), today);
}

fn agency_check(known: &AgencyCheck, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("agency", &known.agency, 200);
    mistakes.text("reference", &known.reference, 200);
    mistakes.prose("findings", &known.findings, 2_000);
    if !known.capacity && !known.credentials {
        mistakes.refuse(
            Code::InvalidInput,
            "capacity",
            "A check looks at capacity, at credentials, or at both.",
        );
    }
    mistakes.past("checkedOn", known.checked_on, today);
    mistakes.span_of(known.passed, "validUntil", (known.checked_on, known.valid_until), today);
}

fn audit(known: &Audit, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("institution", &known.institution, 200);
    mistakes.text("auditor", &known.auditor, 200);
    if !known.online && !known.onsite {
        mistakes.refuse(Code::InvalidInput, "onsite", "An audit has an online or an on-site part.");
    }
    let scope = known.scope;
    let looked = scope.company_profile
        || scope.production_capacity
        || scope.production_process
        || scope.management_controls;
    if !looked {
        mistakes.refuse(Code::InvalidInput, "scope", "An audit looks at something.");
    }
    mistakes.past("reportedOn", known.reported_on, today);
    mistakes.span_of(known.passed, "validUntil", (known.reported_on, known.valid_until), today);
}

fn certificate(known: &Certificate, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("standard", &known.standard, 100);
    mistakes.text("issuer", &known.issuer, 200);
    mistakes.text("number", &known.number, 200);
    mistakes.prose("scope", &known.scope, 2_000);
    mistakes.past("validFrom", known.valid_from, today);
    mistakes.span("validUntil", (known.valid_from, Some(known.valid_until)), today);
}

fn licence(known: &Licence, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("issuer", &known.issuer, 200);
    mistakes.text("number", &known.number, 200);
    mistakes.prose("scope", &known.scope, 2_000);
    mistakes.past("validFrom", known.valid_from, today);
    mistakes.span("validUntil", (known.valid_from, known.valid_until), today);
}

fn media(known: &Media, mistakes: &mut Mistakes) {
    mistakes.text("title", &known.title, 300);
    if !matches!(known.owner, MediaOwner::Supplier(_)) {
        mistakes.refuse(Code::InvalidInput, "", "What belongs to an audit or product comes along with it.");
    }
    if known.kind == MediaKind::Image {
        mistakes.refuse(Code::InvalidInput, "kind", "A plain picture proves nothing.");
    }
    let elsewhere = known.url.starts_with("https://") || known.url.starts_with("http://");
    if elsewhere == known.details.file.is_some() {
        mistakes.refuse(
            Code::InvalidInput,
            "url",
            "Either a document or its absolute address is needed here.",
        );
    }
    if known.sha256.as_ref().is_some_and(|hash| !is_sha256(hash)) {
        mistakes.refuse(Code::InvalidInput, "sha256", "A SHA-256 has 64 hexadecimal digits in lower case.");
    }
}

fn track_record(known: &TrackRecord, mistakes: &mut Mistakes, today: Day) {
    mistakes.text("title", &known.title, 300);
    mistakes.text("issuer", &known.issuer, 200);
    match (&known.number, known.kind) {
        (Some(number), _) => mistakes.text("number", number, 200),
        (None, TrackRecordKind::Patent) => {
            mistakes.refuse(Code::InvalidInput, "number", "A patent has a number.");
        }
        (
            None,
            TrackRecordKind::ClientCase
            | TrackRecordKind::IndustryAward
            | TrackRecordKind::ManufacturingCapability
            | TrackRecordKind::Experience,
        ) => {}
    }
    mistakes.prose("description", &known.description, 2_000);
    mistakes.past("sinceOn", known.since_on, today);
    mistakes.span("validUntil", (known.since_on, known.valid_until), today);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CertificateId, MembershipId, SupplierId, TypedId};

    fn day(number: i64) -> Day {
        Day::from_number(number)
    }

    fn paid(paid_on: i64, from: i64, until: i64) -> Evidence {
        Evidence::Membership(Membership {
            id: MembershipId::from_u128(1),
            supplier: SupplierId::from_u128(1),
            reference: "INV-1".to_owned(),
            paid_on: day(paid_on),
            valid_from: day(from),
            valid_until: day(until),
        })
    }

    #[test]
    fn days_that_cannot_be_are_refused_at_their_field() {
        let today = day(100).end();
        for (evidence, expected) in [
            (paid(100, 100, 100), None),
            (paid(100, 150, 500), None),
            (paid(101, 100, 200), Some((Code::InvalidInput, "paidOn"))),
            (paid(90, 90, 99), Some((Code::EvidenceExpired, "validUntil"))),
            (paid(90, 150, 149), Some((Code::InvalidInput, "validUntil"))),
        ] {
            let found = evidence.check("", today).err().map(|mut refusals| refusals.remove(0));
            assert_eq!(found.as_ref().map(|refusal| refusal.code), expected.map(|(code, _)| code));
            if let Some((found, (_, field))) = found.zip(expected) {
                assert_eq!(found.field, ["input", field]);
            }
        }
    }

    #[test]
    fn a_record_holds_from_its_first_to_its_last_day() {
        let known = paid(100, 100, 110);
        for (at, holds) in [
            (day(99).end(), false),
            (day(100).start(), true),
            (day(110).end(), true),
            (Timestamp::from_micros(day(111).start().micros() - 1), true),
            (day(111).start(), false),
        ] {
            assert_eq!(known.holds(at), holds, "{at}");
        }
    }

    #[test]
    fn every_mistake_is_named() {
        let empty = Evidence::Certificate(Certificate {
            id: CertificateId::from_u128(1),
            supplier: SupplierId::from_u128(1),
            kind: crate::domain::audit::CertificateKind::Management,
            standard: " ".to_owned(),
            issuer: "x".repeat(201),
            number: String::new(),
            scope: "everything".to_owned(),
            valid_from: day(101),
            valid_until: day(90),
            sha256: None,
        });
        let fields: Vec<String> = empty
            .check("certificate", day(100).start())
            .unwrap_err()
            .into_iter()
            .map(|refusal| refusal.field.join("."))
            .collect();
        let expected = ["standard", "issuer", "number", "validFrom", "validUntil"];
        assert_eq!(fields, expected.map(|field| format!("input.certificate.{field}")));
    }
}
