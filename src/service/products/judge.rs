//! What is said of a product, held against what is on record: the same for one product and for a row of many.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{Certificate, CertificateKind, Media};
use crate::domain::error::{Code, Refusal};
use crate::domain::file::StoredFile;
use crate::domain::ids::{CategoryId, CertificateId, FileId, ProductId, SupplierId};
use crate::domain::ladder::{Ladder, LeadTimes};
use crate::domain::language::Texts;
use crate::domain::money::Currency;
use crate::domain::product::{Product, ProductStatus};
use crate::domain::sheet::{Change, MediaDraft, ProductPatch, Sheet};
use crate::domain::time::Timestamp;
use crate::service::{Result, files};
use crate::store::Tx;
use crate::store::catalogue::{categories, evidence, products};

/// What a caller says of a product.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductWish {
    /// What is said, but for media.
    pub patch: ProductPatch,
    /// The media, as they are named.
    pub media: Change<Vec<MediaDraft>>,
}

impl ProductWish {
    /// The files that are named.
    pub(super) fn named_files(&self) -> Vec<FileId> {
        let media = if let Change::Set(media) = &self.media { media.as_slice() } else { &[] };
        media.iter().filter_map(|media| media.file).collect()
    }

    /// The supplier's own id that is said.
    pub(super) fn reference(&self) -> Option<&str> {
        if let Change::Set(reference) = &self.patch.external_reference { Some(reference) } else { None }
    }
}

/// What wishes of one supplier refer to.
pub(super) struct Shelf {
    pub(super) supplier: SupplierId,
    pub(super) now: Timestamp,
    categories: HashSet<CategoryId>,
    certificates: HashMap<CertificateId, Certificate>,
    files: HashMap<FileId, StoredFile>,
    /// Which products have the supplier's own ids.
    pub(super) references: HashMap<String, ProductId>,
}

impl Shelf {
    /// Everything that these wishes name, in a few statements whatever their number.
    pub(super) async fn load(
        tx: &Tx,
        actor: &Actor,
        supplier: SupplierId,
        wishes: &[&ProductWish],
        now: Timestamp,
    ) -> Result<Self> {
        let set = |change: &Change<CategoryId>| if let Change::Set(id) = change { Some(*id) } else { None };
        let category_ids: Vec<CategoryId> =
            wishes.iter().filter_map(|wish| set(&wish.patch.category)).collect();
        let listed = |wish: &&ProductWish| match &wish.patch.certificates {
            Change::Set(ids) => ids.clone(),
            Change::Keep | Change::Clear => Vec::new(),
        };
        let certificate_ids: Vec<CertificateId> = wishes.iter().flat_map(listed).collect();
        let file_ids: Vec<FileId> = wishes.iter().flat_map(|wish| wish.named_files()).collect();
        let references: Vec<&str> = wishes.iter().filter_map(|wish| wish.reference()).collect();
        let certificates = evidence::certificates(tx, &certificate_ids).await?;
        Ok(Self {
            supplier,
            now,
            categories: categories::load(tx, &category_ids).await?.into_iter().map(|it| it.id).collect(),
            certificates: certificates.into_iter().map(|it| (it.id, it)).collect(),
            files: files::own(tx, actor, &file_ids).await?,
            references: products::by_references(tx, supplier, &references).await?,
        })
    }

    /// The product after a wish; every reason against it, each at its field below the product's.
    pub(super) fn judge(
        &self,
        app: &App,
        before: Sheet,
        wish: &ProductWish,
    ) -> std::result::Result<Sheet, Vec<Refusal>> {
        let mut refusals = Vec::new();
        if let Change::Set(category) = &wish.patch.category
            && !self.categories.contains(category)
        {
            refusals.push(Refusal::not_found("category").at(&["categoryId"]));
        }
        if let Change::Set(ids) = &wish.patch.certificates {
            refusals.extend(self.refuse_certificates(&before, ids));
        }
        if let Some(reference) = wish.reference()
            && self.references.get(reference).is_some_and(|known| *known != before.product.id)
        {
            let message = "Another product of this supplier has this reference.";
            refusals.push(Refusal::new(Code::ReferenceInUse, message).at(&["externalReference"]));
        }
        let media = match &wish.media {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(drafts) => match self.media(app, &before, drafts) {
                Ok(media) => Change::Set(media),
                Err(found) => {
                    refusals.extend(found);
                    Change::Keep
                }
            },
        };
        match (ProductPatch { media, ..wish.patch.clone() }).apply(before) {
            Ok(after) if refusals.is_empty() => Ok(after),
            Ok(_) => Err(refusals),
            Err(found) => {
                refusals.extend(found);
                Err(refusals)
            }
        }
    }

    /// A certificate has to be the supplier's own, about products, and valid today; those that the product names already
    /// may have lapsed since.
    fn refuse_certificates(&self, before: &Sheet, ids: &[CertificateId]) -> Vec<Refusal> {
        let today = self.now.day();
        let mut refusals = Vec::new();
        for (place, id) in ids.iter().enumerate().filter(|(_, id)| !before.certificates.contains(id)) {
            let place = place.to_string();
            let path = ["certificationIds", place.as_str()];
            let own = self.certificates.get(id).filter(|certificate| certificate.supplier == self.supplier);
            let refusal = match own {
                None => Refusal::not_found("certificate"),
                Some(certificate) if certificate.kind != CertificateKind::Product => Refusal::new(
                    Code::CertificateNotValid,
                    "This certificate is about management, not goods.",
                ),
                Some(certificate) if certificate.valid_until < today => {
                    let message = format!("This certificate was valid until {}.", certificate.valid_until);
                    Refusal::new(Code::CertificateNotValid, message)
                }
                Some(certificate) if certificate.valid_from > today => {
                    let message = format!("This certificate is valid from {} on.", certificate.valid_from);
                    Refusal::new(Code::CertificateNotValid, message)
                }
                Some(_) => continue,
            };
            refusals.push(refusal.at(&path));
        }
        refusals
    }

    fn media(
        &self,
        app: &App,
        before: &Sheet,
        drafts: &[MediaDraft],
    ) -> std::result::Result<Vec<Media>, Vec<Refusal>> {
        let (mut media, mut refusals) = (Vec::new(), Vec::new());
        for (position, draft) in (0..).zip(drafts) {
            let place = position.to_string();
            if media.iter().any(|known| draft.is(known)) {
                let message = "This picture or document is named twice.";
                refusals.push(Refusal::invalid(&["media", &place], message));
                continue;
            }
            let attached = before.product.media.iter().find(|known| draft.is(known));
            let file = draft.file.and_then(|id| self.files.get(&id));
            let at = (before.product.id, position);
            match draft.read(file, attached, at, || app.ids.make(self.now)) {
                Ok(read) => media.push(read),
                Err(found) => {
                    refusals.extend(found.into_iter().map(|refusal| refusal.under(&["media", &place])));
                }
            }
        }
        if refusals.is_empty() { Ok(media) } else { Err(refusals) }
    }

    /// A product of the supplier about which nothing is said yet.
    pub(super) fn blank(&self, app: &App) -> std::result::Result<Sheet, Vec<Refusal>> {
        // Its currency is of no account: a new product says its ladder.
        let (ladder, _) = Ladder::imported(Currency::USD, Vec::new()).map_err(|refusal| vec![refusal])?;
        let product = Product {
            id: app.ids.make(self.now),
            supplier: self.supplier,
            category: None,
            title: String::new(),
            description: String::new(),
            attributes: Vec::new(),
            texts: Texts::default(),
            unit: String::new(),
            minimum_order_quantity: 1,
            order_increment: 1,
            ladder,
            lead_times: LeadTimes::default(),
            sample_offer: None,
            guaranteed: None,
            easy_return: false,
            after_sales: None,
            customisable: false,
            status: ProductStatus::Draft,
            media: Vec::new(),
            external_reference: None,
            imported: false,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        Ok(Sheet { product, certificates: Vec::new() })
    }
}
