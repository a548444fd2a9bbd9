//! Evidence that a buyer can open: audits, certificates, licences, and their documents.

use serde::{Deserialize, Serialize};

use super::error::Refusal;
use super::ids::{AuditId, CertificateId, FileId, LicenceId, MediaId, ProductId, SupplierId};
use super::time::Day;
use super::words::words;

words! {
    /// What a document, picture or tour is.
    MediaKind {
        /// A picture.
        Image => "IMAGE",
        /// A film.
        Video => "VIDEO",
        /// A report on a factory.
        FactoryReport => "FACTORY_REPORT",
        /// A film of an inspection.
        InspectionVideo => "INSPECTION_VIDEO",
        /// A panorama of 360°.
        Panorama => "PANORAMA",
        /// A tour in virtual reality.
        VrTour => "VR_TOUR",
        /// Any other document.
        Document => "DOCUMENT",
    }
}

words! {
    /// What a certificate is about.
    CertificateKind {
        /// How the supplier is managed: ISO 9001, ISO 14001, BSCI, …
        Management => "MANAGEMENT",
        /// What the goods are: CE, RoHS, FDA, …
        Product => "PRODUCT",
    }
}

/// What a document, picture or tour belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaOwner {
    /// A supplier.
    Supplier(SupplierId),
    /// An audit.
    Audit(AuditId),
    /// A product.
    Product(ProductId),
}

/// A document, picture or tour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Its id.
    pub id: MediaId,
    /// What it belongs to.
    pub owner: MediaOwner,
    /// What it is.
    pub kind: MediaKind,
    /// What it shows.
    pub title: String,
    /// Where it is, absolute; empty where this platform keeps it as a file.
    pub url: String,
    /// SHA-256 of its bytes in hexadecimal, where they were seen.
    pub sha256: Option<String>,
    /// Its place among its siblings.
    pub position: i64,
    /// What is known of it besides.
    #[serde(default)]
    pub details: MediaDetails,
}

/// What is known of a document, picture or tour besides where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaDetails {
    /// The file, where this platform keeps it; its address is then made from this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileId>,
    /// What it shows, for those who cannot see it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub alternative_text: String,
    /// Its media type, such as `image/webp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Pixels across.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    /// Pixels down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
}

/// A third-party audit of a supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audit {
    /// Its id.
    pub id: AuditId,
    /// Who was audited.
    pub supplier: SupplierId,
    /// The auditing institution.
    pub institution: String,
    /// The person who audited.
    pub auditor: String,
    /// Whether it had an online part.
    pub online: bool,
    /// Whether it had an on-site part.
    pub onsite: bool,
    /// What was looked at.
    pub scope: AuditScope,
    /// Whether the supplier passed.
    pub passed: bool,
    /// The day of the report.
    pub reported_on: Day,
    /// The last day of its validity.
    pub valid_until: Day,
}

/// What an audit looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four independent scopes")]
pub struct AuditScope {
    /// Who the company is.
    pub company_profile: bool,
    /// How much it can make.
    pub production_capacity: bool,
    /// How it makes it.
    pub production_process: bool,
    /// How it is managed.
    pub management_controls: bool,
}

impl Audit {
    /// Checks an audit: someone audited somehow, and the report comes before its end.
    pub fn check(self) -> Result<Self, Refusal> {
        if self.institution.trim().is_empty() || self.auditor.trim().is_empty() {
            return Err(Refusal::invalid(&["institution"], "Name the institution and the auditor."));
        }
        if !self.online && !self.onsite {
            return Err(Refusal::invalid(&["onsite"], "An audit has an online or an on-site part."));
        }
        if self.valid_until < self.reported_on {
            return Err(Refusal::invalid(&["validUntil"], "An audit ends after its report."));
        }
        Ok(self)
    }
}

/// A management or product certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Certificate {
    /// Its id.
    pub id: CertificateId,
    /// Who holds it.
    pub supplier: SupplierId,
    /// What it is about.
    pub kind: CertificateKind,
    /// The standard, such as `ISO 9001`.
    pub standard: String,
    /// Who issued it.
    pub issuer: String,
    /// The issuer's number.
    pub number: String,
    /// What it covers.
    pub scope: String,
    /// The first day of validity.
    pub valid_from: Day,
    /// The last day of validity.
    pub valid_until: Day,
    /// SHA-256 of the document in hexadecimal.
    pub sha256: Option<String>,
}

impl Certificate {
    /// Checks a certificate: names, numbers, and an end behind its begin.
    pub fn check(self) -> Result<Self, Refusal> {
        for (field, text) in
            [("standard", &self.standard), ("issuer", &self.issuer), ("number", &self.number)]
        {
            if text.trim().is_empty() {
                return Err(Refusal::invalid(&[field], format!("A certificate needs its {field}.")));
            }
        }
        if self.valid_until < self.valid_from {
            return Err(Refusal::invalid(&["validUntil"], "A certificate ends after it begins."));
        }
        Ok(self)
    }
}

/// A business licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Licence {
    /// Its id.
    pub id: LicenceId,
    /// Who holds it.
    pub supplier: SupplierId,
    /// The authority.
    pub issuer: String,
    /// The authority's number.
    pub number: String,
    /// What it permits.
    pub scope: String,
    /// The first day of validity.
    pub valid_from: Day,
    /// The last day of validity; none without an end.
    pub valid_until: Option<Day>,
    /// SHA-256 of the document in hexadecimal.
    pub sha256: Option<String>,
}
