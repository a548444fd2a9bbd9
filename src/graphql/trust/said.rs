//! What records of evidence say, as inputs.

use async_graphql::{ID, InputObject};

use crate::app::App;
use crate::domain;
use crate::domain::error::Refusal;
use crate::domain::evidence::Evidence;
use crate::domain::ids::SupplierId;
use crate::graphql::catalogue::{CertificateKind, MediaKind, TrackRecordKind};
use crate::graphql::inputs::{Refused, id};
use crate::graphql::scalars::{Date, Url};
use crate::service::trust::{Document, Source, new_id};

/// A document by its file and the hash that the caller knows it by.
pub(super) fn document(
    file: Option<&ID>,
    sha256: Option<&String>,
    path: &[&str],
) -> Refused<Option<Document>> {
    let file = file.map(|file| id("file", path, file)).transpose()?;
    Ok(file.map(|file| Document { file, sha256: sha256.cloned() }))
}

/// What a paid membership says.
#[derive(Debug, Clone, InputObject)]
pub struct MembershipInput {
    /// The invoice or receipt of the payment, 1 to 200 characters; on record once.
    reference: String,
    /// The day of the payment, not in the future.
    paid_on: Date,
    /// The first day; may lie in the future.
    valid_from: Date,
    /// The last day, not over yet.
    valid_until: Date,
}

impl MembershipInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::Membership(domain::evidence::Membership {
            id: new_id(app),
            supplier,
            reference: self.reference,
            paid_on: self.paid_on.0,
            valid_from: self.valid_from.0,
            valid_until: self.valid_until.0,
        })
    }
}

/// What a third-party agency's check says.
#[derive(Debug, Clone, InputObject)]
pub struct AgencyCheckInput {
    /// Who checked, 1 to 200 characters.
    agency: String,
    /// The agency's number of its report, 1 to 200 characters; on record once.
    reference: String,
    /// Whether the capacity was checked.
    capacity: bool,
    /// Whether the credentials were checked.
    credentials: bool,
    /// Whether the supplier passed.
    passed: bool,
    /// What was found, at most 2000 characters.
    #[graphql(default)]
    findings: String,
    /// The day of the check, not in the future.
    checked_on: Date,
    /// The last day of its validity, not over yet.
    valid_until: Date,
}

impl AgencyCheckInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::AgencyCheck(domain::evidence::AgencyCheck {
            id: new_id(app),
            supplier,
            agency: self.agency,
            reference: self.reference,
            capacity: self.capacity,
            credentials: self.credentials,
            passed: self.passed,
            findings: self.findings,
            checked_on: self.checked_on.0,
            valid_until: self.valid_until.0,
        })
    }
}

/// What an audit looked at.
#[derive(Debug, Clone, Copy, InputObject)]
#[expect(clippy::struct_excessive_bools, reason = "four independent scopes")]
pub struct AuditScopeInput {
    /// Who the company is.
    #[graphql(default)]
    company_profile: bool,
    /// How much it can make.
    #[graphql(default)]
    production_capacity: bool,
    /// How it makes it.
    #[graphql(default)]
    production_process: bool,
    /// How it is managed.
    #[graphql(default)]
    management_controls: bool,
}

/// What a third-party audit says.
#[derive(Debug, Clone, InputObject)]
pub struct AuditInput {
    /// The auditing institution, 1 to 200 characters.
    institution: String,
    /// The person who audited, 1 to 200 characters.
    auditor: String,
    /// Whether it had an online part.
    online: bool,
    /// Whether it had an on-site part.
    onsite: bool,
    /// What was looked at; at least one thing.
    scope: AuditScopeInput,
    /// Whether the supplier passed.
    passed: bool,
    /// The day of the report, not in the future.
    reported_on: Date,
    /// The last day of its validity, not over yet; a badge rests on it for one year after the report at most.
    valid_until: Date,
}

impl AuditInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::Audit(domain::audit::Audit {
            id: new_id(app),
            supplier,
            institution: self.institution,
            auditor: self.auditor,
            online: self.online,
            onsite: self.onsite,
            scope: domain::audit::AuditScope {
                company_profile: self.scope.company_profile,
                production_capacity: self.scope.production_capacity,
                production_process: self.scope.production_process,
                management_controls: self.scope.management_controls,
            },
            passed: self.passed,
            reported_on: self.reported_on.0,
            valid_until: self.valid_until.0,
        })
    }
}

/// What a management or product certificate says.
#[derive(Debug, Clone, InputObject)]
pub struct CertificateInput {
    /// What it is about.
    kind: CertificateKind,
    /// The standard, such as `ISO 9001`, 1 to 100 characters; the word that filters take.
    standard: String,
    /// Who issued it, 1 to 200 characters.
    issuer: String,
    /// The issuer's number, 1 to 200 characters; on record once.
    number: String,
    /// What it covers, at most 2000 characters.
    scope: String,
    /// The first day of validity, not in the future.
    valid_from: Date,
    /// The last day of validity, not over yet.
    valid_until: Date,
}

impl CertificateInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::Certificate(domain::audit::Certificate {
            id: new_id(app),
            supplier,
            kind: self.kind.into(),
            standard: self.standard,
            issuer: self.issuer,
            number: self.number,
            scope: self.scope,
            valid_from: self.valid_from.0,
            valid_until: self.valid_until.0,
            sha256: None,
        })
    }
}

/// What a business licence says.
#[derive(Debug, Clone, InputObject)]
pub struct LicenceInput {
    /// The authority, 1 to 200 characters.
    issuer: String,
    /// The authority's number, 1 to 200 characters; on record once.
    number: String,
    /// What it permits, at most 2000 characters.
    scope: String,
    /// The first day of validity, not in the future.
    valid_from: Date,
    /// The last day of validity, not over yet; without an end unless given.
    valid_until: Option<Date>,
}

impl LicenceInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::Licence(domain::audit::Licence {
            id: new_id(app),
            supplier,
            issuer: self.issuer,
            number: self.number,
            scope: self.scope,
            valid_from: self.valid_from.0,
            valid_until: self.valid_until.map(|day| day.0),
            sha256: None,
        })
    }
}

/// A factory report, film, panorama or tour of a supplier.
#[derive(Debug, Clone, InputObject)]
pub struct SupplierMediaInput {
    /// What it is; a plain picture proves nothing.
    kind: MediaKind,
    /// What it shows, 1 to 300 characters.
    title: String,
    /// Where it is, unless its document is uploaded here.
    url: Option<Url>,
    /// The SHA-256 of what is there, in lower-case hexadecimal.
    sha256: Option<String>,
}

impl SupplierMediaInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId, file: Option<&ID>) -> Evidence {
        let file = file.and_then(|file| file.parse().ok());
        Evidence::Media(domain::audit::Media {
            id: new_id(app),
            owner: domain::audit::MediaOwner::Supplier(supplier),
            kind: self.kind.into(),
            title: self.title,
            url: self.url.map(|url| url.0).unwrap_or_default(),
            sha256: self.sha256,
            position: 0,
            details: domain::audit::MediaDetails { file, ..domain::audit::MediaDetails::default() },
        })
    }
}

/// A client case, award, patent, capability or experience.
#[derive(Debug, Clone, InputObject)]
pub struct TrackRecordInput {
    /// What it is.
    kind: TrackRecordKind,
    /// Its title, 1 to 300 characters.
    title: String,
    /// Who attests it: the client, the awarding body, the patent office, the assessor; 1 to 200 characters.
    issuer: String,
    /// The issuer's number, 1 to 200 characters; a patent has one; on record once.
    number: Option<String>,
    /// More of it, at most 2000 characters.
    #[graphql(default)]
    description: String,
    /// Since when, not in the future: the day of the award or patent, the begin of the work or experience.
    since_on: Date,
    /// The last day of validity, not over yet; without an end unless given.
    valid_until: Option<Date>,
}

impl TrackRecordInput {
    pub(super) fn read(self, app: &App, supplier: SupplierId) -> Evidence {
        Evidence::TrackRecord(domain::evidence::TrackRecord {
            id: new_id(app),
            supplier,
            kind: self.kind.into(),
            title: self.title,
            issuer: self.issuer,
            number: self.number,
            description: self.description,
            since_on: self.since_on.0,
            valid_until: self.valid_until.map(|day| day.0),
        })
    }
}

/// A report, film, panorama or tour that belongs to an audit: uploaded here, or elsewhere with its SHA-256.
#[derive(Debug, Clone, InputObject)]
pub struct AuditMediaInput {
    /// What it is.
    kind: MediaKind,
    /// What it shows, 1 to 300 characters.
    title: String,
    /// The file that was uploaded here.
    file_id: Option<ID>,
    /// Where it is, unless it was uploaded here.
    url: Option<Url>,
    /// The SHA-256 of its content in lower-case hexadecimal; another one than that of the uploaded file is refused.
    sha256: Option<String>,
}

impl AuditMediaInput {
    pub(super) fn read(self, index: usize) -> Refused<(domain::audit::MediaKind, String, Source)> {
        let index = index.to_string();
        let path = ["input", "media", index.as_str(), "fileId"];
        let title = self.title.trim().to_owned();
        if title.is_empty() || title.chars().count() > 300 {
            let path = ["input", "media", index.as_str(), "title"];
            return Err(Refusal::invalid(&path, "Between 1 and 300 characters are needed here."));
        }
        if self.sha256.as_ref().is_some_and(|hash| !domain::file::is_sha256(hash)) {
            let path = ["input", "media", index.as_str(), "sha256"];
            return Err(Refusal::invalid(&path, "A SHA-256 has 64 hexadecimal digits in lower case."));
        }
        let source = match (document(self.file_id.as_ref(), self.sha256.as_ref(), &path)?, self.url) {
            (Some(uploaded), None) => Source::Uploaded(uploaded),
            (None, Some(url)) => Source::Elsewhere(url.0, self.sha256),
            _ => return Err(Refusal::invalid(&path, "Give exactly one of `fileId` and `url`.")),
        };
        Ok((self.kind.into(), title, source))
    }
}
