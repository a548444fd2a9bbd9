//! Evidence that a buyer can open: badges, audits, certificates, licences, media.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::words::{BadgeKind, CertificateKind, MediaKind};
use super::{MAXIMUM_SHOWN, shown, small};
use crate::domain;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{Date, DateTime, Url};
use crate::service::{catalogue, files};

/// A badge granted to a supplier or product: by whom, on what evidence, from when until when.
#[derive(Debug, Clone)]
pub struct BadgeAward(pub domain::badge::BadgeAward);

/// A badge granted to a supplier or product: by whom, on what evidence, from when until when.
#[Object]
impl BadgeAward {
    /// Identifies the award.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Which badge.
    async fn kind(&self) -> BadgeKind {
        self.0.kind.into()
    }

    /// Who granted it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// A reference to the evidence, such as the id of an audit.
    async fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }

    /// Since when it holds.
    async fn granted_at(&self) -> DateTime {
        DateTime(self.0.granted_at)
    }

    /// When it lapses by itself; null without an end.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(DateTime)
    }

    /// Whether it holds at present.
    #[expect(clippy::unused_async, reason = "resolvers are async, though this one waits for nothing")]
    async fn in_force(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.0.in_force(catalogue::now(ctx.app()?)))
    }
}

/// Those awards that hold at present, or all that were not revoked, newest first.
pub(super) fn awards(
    ctx: &Context<'_>,
    all: &[domain::badge::BadgeAward],
    include_lapsed: bool,
) -> Result<Vec<BadgeAward>> {
    let now = catalogue::now(ctx.app()?);
    let wanted = |award: &&domain::badge::BadgeAward| include_lapsed || award.in_force(now);
    Ok(all.iter().rev().filter(wanted).take(MAXIMUM_SHOWN).cloned().map(BadgeAward).collect())
}

/// A third-party audit of a supplier.
#[derive(Debug, Clone)]
pub struct Audit(pub domain::audit::Audit);

/// A third-party audit of a supplier.
#[Object]
impl Audit {
    /// Identifies the audit.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The auditing institution.
    async fn institution(&self) -> &str {
        &self.0.institution
    }

    /// The person who audited.
    async fn auditor(&self) -> &str {
        &self.0.auditor
    }

    /// Whether it had an online part.
    async fn online(&self) -> bool {
        self.0.online
    }

    /// Whether it had an on-site part.
    async fn onsite(&self) -> bool {
        self.0.onsite
    }

    /// What was looked at.
    async fn scope(&self) -> AuditScope {
        let scope = self.0.scope;
        AuditScope {
            company_profile: scope.company_profile,
            production_capacity: scope.production_capacity,
            production_process: scope.production_process,
            management_controls: scope.management_controls,
        }
    }

    /// Whether the supplier passed.
    async fn passed(&self) -> bool {
        self.0.passed
    }

    /// The day of the report.
    async fn reported_on(&self) -> Date {
        Date(self.0.reported_on)
    }

    /// The last day of its validity.
    async fn valid_until(&self) -> Date {
        Date(self.0.valid_until)
    }

    /// Its reports, films, panoramas and tours, in order. At most 100.
    async fn media(&self, ctx: &Context<'_>) -> Result<Vec<Media>> {
        let media = ctx.loaders()?.audit_media(self.0.id).await?;
        Ok(shown(&media, Media))
    }
}

/// What an audit looked at.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[expect(clippy::struct_excessive_bools, reason = "four independent scopes")]
pub struct AuditScope {
    /// Who the company is.
    company_profile: bool,
    /// How much it can make.
    production_capacity: bool,
    /// How it makes it.
    production_process: bool,
    /// How it is managed.
    management_controls: bool,
}

/// A management or product certificate.
#[derive(Debug, Clone)]
pub struct Certificate(pub domain::audit::Certificate);

/// A management or product certificate.
#[Object]
impl Certificate {
    /// Identifies the certificate.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is about.
    async fn kind(&self) -> CertificateKind {
        self.0.kind.into()
    }

    /// The standard, such as `ISO 9001`; the word that filters take.
    async fn standard(&self) -> &str {
        &self.0.standard
    }

    /// Who issued it.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The issuer's number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// What it covers.
    async fn scope(&self) -> &str {
        &self.0.scope
    }

    /// The first day of validity.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// The last day of validity.
    async fn valid_until(&self) -> Date {
        Date(self.0.valid_until)
    }

    /// SHA-256 of the document in hexadecimal; null where the document was not seen.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }
}

/// A business licence.
#[derive(Debug, Clone)]
pub struct Licence(pub domain::audit::Licence);

/// A business licence.
#[Object]
impl Licence {
    /// Identifies the licence.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The authority.
    async fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The authority's number.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// What it permits.
    async fn scope(&self) -> &str {
        &self.0.scope
    }

    /// The first day of validity.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// The last day of validity; null without an end.
    async fn valid_until(&self) -> Option<Date> {
        self.0.valid_until.map(Date)
    }

    /// SHA-256 of the document in hexadecimal; null where the document was not seen.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }
}

/// A document, picture or tour.
#[derive(Debug, Clone)]
pub struct Media(pub domain::audit::Media);

/// A document, picture or tour.
#[Object]
impl Media {
    /// Identifies it.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it is.
    async fn kind(&self) -> MediaKind {
        self.0.kind.into()
    }

    /// What it shows.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Where it is. What is kept here can be read by everybody while its product is listed; its supplier reads the file
    /// of a draft by `file`. Sizes other than the original are left to a content delivery network in front.
    #[expect(clippy::unused_async, reason = "resolvers are async, though this one waits for nothing")]
    async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
        Ok(Url(match self.0.details.file {
            Some(file) => files::public_address(ctx.app()?, file),
            None => self.0.url.clone(),
        }))
    }

    /// The uploaded file's id, where it is kept here.
    async fn file_id(&self) -> Option<ID> {
        self.0.details.file.map(|file| file.to_string().into())
    }

    /// What it shows, for those who cannot see it; may be empty.
    async fn alternative_text(&self) -> &str {
        &self.0.details.alternative_text
    }

    /// Its media type, such as `image/webp`; null where it is not kept here.
    async fn content_type(&self) -> Option<&str> {
        self.0.details.content_type.as_deref()
    }

    /// Pixels across, as the supplier says; null where it does not.
    async fn width(&self) -> Option<i32> {
        self.0.details.width.map(small)
    }

    /// Pixels down, as the supplier says; null where it does not.
    async fn height(&self) -> Option<i32> {
        self.0.details.height.map(small)
    }

    /// SHA-256 of its bytes in hexadecimal; null where they were not seen.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }
}
