//! Records of evidence: what the badges of a supplier rest on. Each kind has a table of its own; what they have in
//! common is when they were recorded, the document, until when they hold, and whether they were withdrawn.

mod check;
mod document;

use serde::{Deserialize, Serialize};

use super::audit::{Audit, Certificate, Licence, Media};
use super::ids::{
    AgencyCheckId, AuditId, CertificateId, FileId, IdError, LicenceId, MediaId, MembershipId, SupplierId,
    TrackRecordId, TypedId,
};
use super::time::{Day, Timestamp};
use super::words::words;

pub use document::{DocumentStatus, VerificationDocument};

words! {
    /// What a record of evidence is.
    EvidenceKind {
        /// A paid membership.
        Membership => "MEMBERSHIP",
        /// A third-party agency's check of capacity or credentials.
        AgencyCheck => "AGENCY_CHECK",
        /// A third-party audit.
        Audit => "AUDIT",
        /// A management or product certificate.
        Certificate => "CERTIFICATE",
        /// A business licence.
        Licence => "LICENCE",
        /// A factory report, film, panorama or tour.
        Media => "MEDIA",
        /// A client case, award, patent, capability or experience.
        TrackRecord => "TRACK_RECORD",
    }
}

words! {
    /// What an entry of a track record is.
    TrackRecordKind {
        /// Work for a client that the client attests.
        ClientCase => "CLIENT_CASE",
        /// A recognised award.
        IndustryAward => "INDUSTRY_AWARD",
        /// A patent.
        Patent => "PATENT",
        /// An advanced way of making.
        ManufacturingCapability => "MANUFACTURING_CAPABILITY",
        /// Since when it has been in the industry or has exported.
        Experience => "EXPERIENCE",
    }
}

/// A paid membership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// The member.
    pub supplier: SupplierId,
    /// The invoice or receipt of the payment.
    pub reference: String,
    /// The day of the payment.
    pub paid_on: Day,
    /// The first day.
    pub valid_from: Day,
    /// The last day.
    pub valid_until: Day,
}

/// A third-party agency's check of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgencyCheck {
    /// Its id.
    pub id: AgencyCheckId,
    /// Who was checked.
    pub supplier: SupplierId,
    /// Who checked.
    pub agency: String,
    /// The agency's number of its report.
    pub reference: String,
    /// Whether the capacity was checked.
    pub capacity: bool,
    /// Whether the credentials were checked.
    pub credentials: bool,
    /// Whether the supplier passed.
    pub passed: bool,
    /// What was found, in words; may be empty.
    pub findings: String,
    /// The day of the check.
    pub checked_on: Day,
    /// The last day of its validity.
    pub valid_until: Day,
}

/// A client case, award, patent, capability or experience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrackRecord {
    /// Its id.
    pub id: TrackRecordId,
    /// Whose it is.
    pub supplier: SupplierId,
    /// What it is.
    pub kind: TrackRecordKind,
    /// Its title.
    pub title: String,
    /// Who attests it: the client, the awarding body, the patent office, the assessor.
    pub issuer: String,
    /// The issuer's number, where there is one.
    pub number: Option<String>,
    /// More of it; may be empty.
    pub description: String,
    /// Since when: the day of the award or patent, the begin of the work or experience.
    pub since_on: Day,
    /// The last day of validity; none without an end.
    pub valid_until: Option<Day>,
}

/// The id of a record of evidence, which says by its prefix what the record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceId {
    /// A membership.
    Membership(MembershipId),
    /// An agency's check.
    AgencyCheck(AgencyCheckId),
    /// An audit.
    Audit(AuditId),
    /// A certificate.
    Certificate(CertificateId),
    /// A licence.
    Licence(LicenceId),
    /// A report, film, panorama or tour.
    Media(MediaId),
    /// An entry of a track record.
    TrackRecord(TrackRecordId),
}

impl EvidenceId {
    /// What the record is.
    pub const fn kind(self) -> EvidenceKind {
        match self {
            Self::Membership(_) => EvidenceKind::Membership,
            Self::AgencyCheck(_) => EvidenceKind::AgencyCheck,
            Self::Audit(_) => EvidenceKind::Audit,
            Self::Certificate(_) => EvidenceKind::Certificate,
            Self::Licence(_) => EvidenceKind::Licence,
            Self::Media(_) => EvidenceKind::Media,
            Self::TrackRecord(_) => EvidenceKind::TrackRecord,
        }
    }
}

impl std::fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Membership(id) => id.fmt(f),
            Self::AgencyCheck(id) => id.fmt(f),
            Self::Audit(id) => id.fmt(f),
            Self::Certificate(id) => id.fmt(f),
            Self::Licence(id) => id.fmt(f),
            Self::Media(id) => id.fmt(f),
            Self::TrackRecord(id) => id.fmt(f),
        }
    }
}

impl std::str::FromStr for EvidenceId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let prefix = text.split_once('_').map_or("", |(prefix, _)| prefix);
        match prefix {
            MembershipId::PREFIX => text.parse().map(Self::Membership),
            AgencyCheckId::PREFIX => text.parse().map(Self::AgencyCheck),
            AuditId::PREFIX => text.parse().map(Self::Audit),
            CertificateId::PREFIX => text.parse().map(Self::Certificate),
            LicenceId::PREFIX => text.parse().map(Self::Licence),
            MediaId::PREFIX => text.parse().map(Self::Media),
            TrackRecordId::PREFIX => text.parse().map(Self::TrackRecord),
            _ => Err(IdError::WrongType),
        }
    }
}

impl Serialize for EvidenceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EvidenceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// A membership.
    Membership(Membership),
    /// An agency's check.
    AgencyCheck(AgencyCheck),
    /// An audit.
    Audit(Audit),
    /// A certificate.
    Certificate(Certificate),
    /// A licence.
    Licence(Licence),
    /// A report, film, panorama or tour of a supplier.
    Media(Media),
    /// An entry of a track record.
    TrackRecord(TrackRecord),
}

impl Evidence {
    /// The record's id.
    pub const fn id(&self) -> EvidenceId {
        match self {
            Self::Membership(known) => EvidenceId::Membership(known.id),
            Self::AgencyCheck(known) => EvidenceId::AgencyCheck(known.id),
            Self::Audit(known) => EvidenceId::Audit(known.id),
            Self::Certificate(known) => EvidenceId::Certificate(known.id),
            Self::Licence(known) => EvidenceId::Licence(known.id),
            Self::Media(known) => EvidenceId::Media(known.id),
            Self::TrackRecord(known) => EvidenceId::TrackRecord(known.id),
        }
    }

    /// The first day that it speaks of; none where it names no day.
    pub const fn begins_on(&self) -> Option<Day> {
        match self {
            Self::Membership(known) => Some(known.valid_from),
            Self::AgencyCheck(known) => Some(known.checked_on),
            Self::Audit(known) => Some(known.reported_on),
            Self::Certificate(known) => Some(known.valid_from),
            Self::Licence(known) => Some(known.valid_from),
            Self::Media(_) => None,
            Self::TrackRecord(known) => Some(known.since_on),
        }
    }

    /// The last day on which it holds; none without an end.
    pub const fn valid_until(&self) -> Option<Day> {
        match self {
            Self::Membership(known) => Some(known.valid_until),
            Self::AgencyCheck(known) => Some(known.valid_until),
            Self::Audit(known) => Some(known.valid_until),
            Self::Certificate(known) => Some(known.valid_until),
            Self::Licence(known) => known.valid_until,
            Self::Media(_) => None,
            Self::TrackRecord(known) => known.valid_until,
        }
    }

    /// The issuer and number under which it is on record once, however they are typed; none where it has no number.
    pub fn natural_key(&self) -> Option<String> {
        let parts: Vec<&str> = match self {
            Self::Membership(known) => vec![&known.reference],
            Self::AgencyCheck(known) => vec![&known.agency, &known.reference],
            Self::Certificate(known) => vec![&known.issuer, &known.number],
            Self::Licence(known) => vec![&known.issuer, &known.number],
            Self::TrackRecord(known) => vec![known.kind.as_str(), &known.issuer, known.number.as_deref()?],
            Self::Audit(_) | Self::Media(_) => return None,
        };
        let written: Vec<String> = parts.into_iter().map(as_one_writes).collect();
        Some(serde_json::json!(written).to_string())
    }

    /// The first instant at which it no longer holds; none without an end.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.valid_until().map(after)
    }

    /// Whether it holds at an instant by its own days.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.begins_on().is_none_or(|day| day.start() <= at) && self.ends_at().is_none_or(|end| at < end)
    }
}

/// A name or number however it is typed: capitals and white space make no other one.
fn as_one_writes(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The first instant after a day.
pub const fn after(day: Day) -> Timestamp {
    Day::from_number(day.number().saturating_add(1)).start()
}

/// The document behind a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// The file.
    pub id: FileId,
    /// The SHA-256 of its content in lower-case hexadecimal.
    pub sha256: String,
}

/// Why a record no longer counts, though it stays on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A record as it is kept: what it says, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What it says.
    pub evidence: Evidence,
    /// Whose it is.
    pub supplier: SupplierId,
    /// The document.
    pub file: Option<EvidenceFile>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When and why it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
}

impl Recorded {
    /// Whether a badge can rest on it at an instant: recorded, within its days, not withdrawn.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.known(at) && self.evidence.holds(at)
    }

    /// Whether it was on record at an instant and not withdrawn.
    pub fn known(&self, at: Timestamp) -> bool {
        self.recorded_at <= at && self.withdrawn.as_ref().is_none_or(|withdrawn| at < withdrawn.at)
    }
}
