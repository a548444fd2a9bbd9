//! Media as they are named for a product.

use serde::Serialize;

use crate::domain::audit::{Media, MediaDetails, MediaKind, MediaOwner};
use crate::domain::error::Refusal;
use crate::domain::file::{FilePurpose, StoredFile};
use crate::domain::ids::{FileId, MediaId, ProductId};

/// A picture, film or document of a product as it is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaDraft {
    /// The uploaded file.
    pub file: Option<FileId>,
    /// Or where it is.
    pub url: Option<String>,
    /// What it is.
    pub kind: MediaKind,
    /// Its title.
    pub title: String,
    /// What it shows, for those who cannot see it.
    pub alternative_text: String,
    /// Pixels across.
    pub width: Option<i64>,
    /// Pixels down.
    pub height: Option<i64>,
}

impl MediaDraft {
    /// The medium; `file` is the named one, where it is the caller's, and `attached` whether it belongs to the product
    /// already. Every reason against it, each at its field.
    pub fn read(
        &self,
        file: Option<&StoredFile>,
        attached: Option<&Media>,
        (product, place): (ProductId, i64),
        make: impl FnOnce() -> MediaId,
    ) -> Result<Media, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut demand = |holds: bool, field: &str, message: &str| {
            if !holds {
                refusals.push(Refusal::invalid(&[field], message));
            }
        };
        demand(self.file.is_some() != self.url.is_some(), "fileId", "Give either a file or an address.");
        let plain = |url: &str| {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
                && url.len() <= 2_000
                && !url.chars().any(|character| character.is_control() || character.is_whitespace())
        };
        let address = self.url.as_deref().is_none_or(plain);
        demand(address, "url", "An address is absolute and has at most 2000 characters.");
        demand(self.title.chars().count() <= 300, "title", "A title has at most 300 characters.");
        let text = self.alternative_text.chars().count() <= 500;
        demand(text, "alternativeText", "An alternative text has at most 500 characters.");
        for (field, pixels) in [("width", self.width), ("height", self.height)] {
            demand(pixels.is_none_or(|it| (1..=100_000).contains(&it)), field, "1 to 100000 pixels.");
        }
        let of_factories = matches!(self.kind, MediaKind::FactoryReport | MediaKind::InspectionVideo);
        demand(!of_factories, "kind", "Factory reports and films of inspections belong to audits.");
        let known = attached.map(|media| &media.details);
        let content_type = match (file, known) {
            (Some(file), _) => Some(file.content_type.clone()),
            (None, Some(known)) => known.content_type.clone(),
            (None, None) => None,
        };
        if let (Some(kind), Some(_)) = (&content_type, self.file) {
            let fits = match self.kind {
                MediaKind::Image | MediaKind::Panorama => kind.starts_with("image/"),
                MediaKind::Video => kind.starts_with("video/"),
                MediaKind::Document => kind == "application/pdf",
                MediaKind::VrTour | MediaKind::FactoryReport | MediaKind::InspectionVideo => true,
            };
            demand(fits, "kind", "The file is of another type.");
        }
        if self.file.is_some() && attached.is_none() {
            refusals.extend(refuse_file(file));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(Media {
            id: attached.map_or_else(make, |media| media.id),
            owner: MediaOwner::Product(product),
            kind: self.kind,
            title: self.title.clone(),
            url: self.url.clone().unwrap_or_default(),
            sha256: file
                .map(|file| file.sha256.clone())
                .or_else(|| attached.and_then(|media| media.sha256.clone())),
            position: place,
            details: MediaDetails {
                file: self.file,
                alternative_text: self.alternative_text.clone(),
                content_type,
                width: self.width,
                height: self.height,
            },
        })
    }

    /// Whether a medium is the named one.
    pub fn is(&self, media: &Media) -> bool {
        match (&self.file, &self.url) {
            (Some(file), _) => media.details.file == Some(*file),
            (None, Some(url)) => media.details.file.is_none() && media.url == *url,
            (None, None) => false,
        }
    }
}

/// What speaks against showing a file.
fn refuse_file(file: Option<&StoredFile>) -> Option<Refusal> {
    match file {
        None => Some(Refusal::not_found("file").at(&["fileId"])),
        Some(file) if file.purpose != FilePurpose::CatalogueMedia => {
            let message = "The file was not uploaded to be shown in public. Upload it as CATALOGUE_MEDIA.";
            Some(Refusal::invalid(&["fileId"], message))
        }
        Some(file) => file.demand_stored(&["fileId"]).err(),
    }
}
