//! Audits, certificates, licences and media.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::records::{Kept, record};
use super::words::{CertificateKind, MediaKind};
use super::{shown, small};
use crate::domain;
use crate::domain::audit::MediaOwner;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{Date, DateTime, Url};
use crate::service::files;

record! {
    /// A third-party audit of a supplier.
    Audit(domain::audit::Audit) {
        /// The auditing institution.
        async fn institution(&self) -> &str {
            &self.known.institution
        }

        /// The person who audited.
        async fn auditor(&self) -> &str {
            &self.known.auditor
        }

        /// Whether it had an online part.
        async fn online(&self) -> bool {
            self.known.online
        }

        /// Whether it had an on-site part.
        async fn onsite(&self) -> bool {
            self.known.onsite
        }

        /// What was looked at.
        async fn scope(&self) -> AuditScope {
            let scope = self.known.scope;
            AuditScope {
                company_profile: scope.company_profile,
                production_capacity: scope.production_capacity,
                production_process: scope.production_process,
                management_controls: scope.management_controls,
            }
        }

        /// Whether the supplier passed.
        async fn passed(&self) -> bool {
            self.known.passed
        }

        /// The day of the report.
        async fn reported_on(&self) -> Date {
            Date(self.known.reported_on)
        }

        /// The last day of its validity.
        async fn valid_until(&self) -> Date {
            Date(self.known.valid_until)
        }

        /// Its reports, films, panoramas and tours, in order. At most 100.
        async fn media(&self, ctx: &Context<'_>) -> Result<Vec<Media>> {
            let media = ctx.loaders()?.audit_media(self.known.id).await?;
            Ok(shown(&media, Media::plain))
        }

        /// Where the report can be read for 15 minutes; null where none is kept here.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            self.kept.document(ctx).await
        }
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

record! {
    /// A management or product certificate.
    Certificate(domain::audit::Certificate) {
        /// What it is about.
        async fn kind(&self) -> CertificateKind {
            self.known.kind.into()
        }

        /// The standard, such as `ISO 9001`; the word that filters take.
        async fn standard(&self) -> &str {
            &self.known.standard
        }

        /// Who issued it.
        async fn issuer(&self) -> &str {
            &self.known.issuer
        }

        /// The issuer's number.
        async fn number(&self) -> &str {
            &self.known.number
        }

        /// What it covers.
        async fn scope(&self) -> &str {
            &self.known.scope
        }

        /// The first day of validity.
        async fn valid_from(&self) -> Date {
            Date(self.known.valid_from)
        }

        /// The last day of validity.
        async fn valid_until(&self) -> Date {
            Date(self.known.valid_until)
        }

        /// SHA-256 of the document in hexadecimal; null where the document was not seen.
        async fn sha256(&self) -> Option<&str> {
            self.known.sha256.as_deref()
        }

        /// Where the document can be read for 15 minutes; null where none is kept here.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            self.kept.document(ctx).await
        }
    }
}

record! {
    /// A business licence.
    Licence(domain::audit::Licence) {
        /// The authority.
        async fn issuer(&self) -> &str {
            &self.known.issuer
        }

        /// The authority's number.
        async fn number(&self) -> &str {
            &self.known.number
        }

        /// What it permits.
        async fn scope(&self) -> &str {
            &self.known.scope
        }

        /// The first day of validity.
        async fn valid_from(&self) -> Date {
            Date(self.known.valid_from)
        }

        /// The last day of validity; null without an end.
        async fn valid_until(&self) -> Option<Date> {
            self.known.valid_until.map(Date)
        }

        /// SHA-256 of the document in hexadecimal; null where the document was not seen.
        async fn sha256(&self) -> Option<&str> {
            self.known.sha256.as_deref()
        }

        /// Where the document can be read for 15 minutes; null where none is kept here.
        async fn document_url(&self, ctx: &Context<'_>) -> Result<Option<Url>> {
            self.kept.document(ctx).await
        }
    }
}

record! {
    /// A document, picture or tour.
    Media(domain::audit::Media) {
        /// What it is.
        async fn kind(&self) -> MediaKind {
            self.known.kind.into()
        }

        /// What it shows.
        async fn title(&self) -> &str {
            &self.known.title
        }

        /// Where it is. What a product shows and is kept here can be read by everybody while the product is listed; its
        /// supplier reads the file of a draft by `file`. Other uploads can be read at this address for 15 minutes. Sizes
        /// other than the original are left to a content delivery network in front.
        async fn url(&self, ctx: &Context<'_>) -> Result<Url> {
            let app = ctx.app()?;
            Ok(Url(match (self.known.details.file, self.known.owner) {
                (Some(file), MediaOwner::Product(_)) => files::public_address(app, file),
                (Some(file), MediaOwner::Supplier(_) | MediaOwner::Audit(_)) => files::address(app, file).await?,
                (None, _) => self.known.url.clone(),
            }))
        }

        /// The uploaded file's id, where it is kept here.
        async fn file_id(&self) -> Option<ID> {
            self.known.details.file.map(|file| file.to_string().into())
        }

        /// What it shows, for those who cannot see it; may be empty.
        async fn alternative_text(&self) -> &str {
            &self.known.details.alternative_text
        }

        /// Its media type, such as `image/webp`; null where it is not known.
        async fn content_type(&self) -> Option<&str> {
            self.known.details.content_type.as_deref()
        }

        /// Pixels across, as the supplier says; null where it does not.
        async fn width(&self) -> Option<i32> {
            self.known.details.width.map(small)
        }

        /// Pixels down, as the supplier says; null where it does not.
        async fn height(&self) -> Option<i32> {
            self.known.details.height.map(small)
        }

        /// SHA-256 of its bytes in hexadecimal; null where they were not seen.
        async fn sha256(&self) -> Option<&str> {
            self.known.sha256.as_deref()
        }
    }
}

impl Media {
    /// What came with a catalogue or an audit, without a record of its own.
    pub(super) fn plain(known: domain::audit::Media) -> Self {
        Self { known, kept: Kept::default() }
    }
}
