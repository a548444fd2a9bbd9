//! Writing products: what a supplier says of one, as a change of what was said before.
//!
//! The rules here are stricter than [`Product::check`], which history has to pass as well: a ladder that rises or has
//! holes is kept with a warning where it is imported, and refused where it is written.

mod ladder;
mod media;
mod patch;

use serde::{Deserialize, Serialize};

use super::error::{Code, Detail, Refusal};
use super::ids::CertificateId;
use super::ladder::MAXIMUM_QUANTITY;
use super::product::{Attribute, Product, ProductStatus};

pub use ladder::{LadderDraft, StepDraft};
pub use media::MediaDraft;
pub use patch::{Change, ProductPatch, SampleDraft, TranslationDraft};

use ladder::order_of;

/// Certificates that one product may name.
pub const MAXIMUM_CERTIFICATES: usize = 50;

/// A whole product as its supplier writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The product.
    pub product: Product,
    /// The certificates that cover it, in the order of their ids.
    pub certificates: Vec<CertificateId>,
}

impl Sheet {
    /// Checks a product as it is written or published: everything that history is kept for all the same is refused.
    pub fn check(self) -> Result<Self, Vec<Refusal>> {
        let refusals = self.faults();
        if refusals.is_empty() { Ok(self) } else { Err(refusals) }
    }

    /// Everything that speaks against a product as it is written or published.
    fn faults(&self) -> Vec<Refusal> {
        let Self { product, certificates } = self;
        let mut refusals =
            order_of(product.ladder.breaks().iter().map(|step| (step.min_quantity, step.unit_price)));
        let least = product.minimum_order_quantity;
        // A minimum that cannot be is named by itself; what begins behind it says nothing more.
        let is_quantity = (1..=MAXIMUM_QUANTITY).contains(&least);
        match product.ladder.breaks().first().filter(|_| is_quantity) {
            None if !is_quantity => {}
            None => {
                refusals
                    .push(Refusal::invalid(&["priceLadder", "breaks"], "A product on offer has a price."));
            }
            Some(first) if first.min_quantity > least => {
                let message = format!(
                    "There is no price from {least} on: the ladder begins at {}.",
                    first.min_quantity
                );
                let path = ["priceLadder", "breaks", "0", "minimumQuantity"];
                refusals.push(Refusal::new(Code::LadderHasHole, message).at(&path));
            }
            // A ladder that begins below the minimum has a price for whatever can be ordered.
            Some(_) => {}
        }
        if product.ladder.breaks().iter().any(|step| step.unit_price.millionths() <= 0) {
            refusals.push(Refusal::invalid(&["priceLadder", "breaks"], "A unit price is more than zero."));
        }
        if is_quantity && product.lead_times.steps().first().is_some_and(|first| first.min_quantity > least) {
            let message = format!("Lead times begin at or below the minimum order quantity, {least}.");
            refusals.push(Refusal::invalid(&["leadTimes"], message));
        }
        if product.guaranteed.is_some_and(|terms| terms.delivery_days * 24 < terms.dispatch_within_hours) {
            let message = "Guaranteed delivery comes after dispatch.";
            refusals.push(Refusal::invalid(&["guaranteedTerms"], message));
        }
        if certificates.len() > MAXIMUM_CERTIFICATES {
            let message = format!("A product names at most {MAXIMUM_CERTIFICATES} certificates.");
            refusals.push(Refusal::invalid(&["certificationIds"], message));
        }
        refusals.extend(check_attributes(&product.attributes, &["attributes"]));
        for (place, text) in product.texts.translations.iter().enumerate() {
            let path = ["translations", &place.to_string(), "attributes"];
            refusals.extend(check_attributes(&text.attributes, &path));
        }
        // The looser rule of history says less than the stricter one that was broken already.
        let told =
            |refusal: &Refusal| refusals.iter().any(|known| known.field.first() == refusal.field.first());
        let found: Vec<_> = product.faults().into_iter().filter(|refusal| !told(refusal)).collect();
        refusals.extend(found);
        refusals
    }

    /// The names of the schema's fields that differ.
    pub fn changed_fields(&self, before: &Self) -> Vec<&'static str> {
        let (new, old) = (&self.product, &before.product);
        let differing = [
            ("title", new.title != old.title),
            ("description", new.description != old.description),
            ("attributes", new.attributes != old.attributes),
            ("texts", new.texts != old.texts),
            ("category", new.category != old.category),
            ("unit", new.unit != old.unit),
            ("minimumOrderQuantity", new.minimum_order_quantity != old.minimum_order_quantity),
            ("orderIncrement", new.order_increment != old.order_increment),
            ("priceLadder", new.ladder != old.ladder),
            ("leadTimes", new.lead_times != old.lead_times),
            ("sampleOffer", new.sample_offer != old.sample_offer),
            ("customisable", new.customisable != old.customisable),
            ("certifications", self.certificates != before.certificates),
            ("afterSalesService", new.after_sales != old.after_sales),
            ("guaranteedTerms", new.guaranteed != old.guaranteed),
            ("easyReturn", new.easy_return != old.easy_return),
            ("media", new.media != old.media),
            ("externalReference", new.external_reference != old.external_reference),
            ("status", new.status != old.status),
        ];
        differing.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }

    /// What is not wrong and still keeps buyers away.
    pub fn advice(&self) -> Vec<Advice> {
        let product = &self.product;
        let holds = [
            (Advice::NoCategory, product.category.is_none()),
            (Advice::NoLeadTimes, product.lead_times.steps().is_empty()),
            (Advice::NoMedia, product.media.is_empty()),
            (Advice::NoDescription, product.description.trim().is_empty()),
        ];
        holds.into_iter().filter(|(_, holds)| *holds).map(|(advice, _)| advice).collect()
    }
}

super::words::words! {
    /// What is not wrong about a product and still keeps buyers away.
    Advice {
        /// It stands in no category.
        NoCategory => "NO_CATEGORY",
        /// It promises no lead time.
        NoLeadTimes => "NO_LEAD_TIMES",
        /// It has no picture.
        NoMedia => "NO_MEDIA",
        /// It has no description.
        NoDescription => "NO_DESCRIPTION",
    }
}

fn check_attributes(attributes: &[Attribute], path: &[&str]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (place, attribute) in attributes.iter().enumerate() {
        let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if !fits(&attribute.name, 100) || !fits(&attribute.value, 1_000) {
            let message = "An attribute has a name of 1 to 100 and a value of 1 to 1000 characters.";
            refusals.push(Refusal::invalid(&[&place.to_string()], message).under(path));
        }
    }
    refusals
}

/// A reason against what is on record, for a command that says nothing of it: the command is blamed at `path`, and the
/// message says what of the product is to be mended.
pub fn on_record(refusal: Refusal, path: &[&str]) -> Refusal {
    if refusal.field.is_empty() {
        return refusal;
    }
    let message = format!("{} This is about the product's `{}`.", refusal.message, refusal.field.join("."));
    Refusal { message, ..refusal }.at(path)
}

/// A step that a product takes between its states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To be offered.
    Publish,
    /// To be offered no longer.
    Withdraw,
}

impl Move {
    /// The state that it leads to.
    pub const fn target(self) -> ProductStatus {
        match self {
            Self::Publish => ProductStatus::Published,
            Self::Withdraw => ProductStatus::Withdrawn,
        }
    }

    /// The product after the step.
    pub fn apply(self, before: Sheet) -> Result<Sheet, Vec<Refusal>> {
        let from = before.product.status;
        if from == self.target() {
            let other = match self {
                Self::Publish => "WITHDRAW_PRODUCT",
                Self::Withdraw => "PUBLISH_PRODUCT",
            };
            let detail = Detail::Transition {
                from: from.as_str(),
                allowed_actions: vec![other],
                blocked_by: Vec::new(),
            };
            let message = format!("The product is {from} already.");
            return Err(vec![Refusal::new(Code::TransitionRefused, message).with(detail)]);
        }
        let after = Sheet { product: Product { status: self.target(), ..before.product }, ..before };
        match self {
            Self::Publish => after.check(),
            Self::Withdraw => Ok(after),
        }
    }
}

super::words::words! {
    /// What made a version of a product.
    VersionAction {
        /// It was created.
        Created => "CREATED",
        /// Its fields were changed.
        Updated => "UPDATED",
        /// It was published.
        Published => "PUBLISHED",
        /// It was withdrawn.
        Withdrawn => "WITHDRAWN",
        /// An import of history wrote it, or one that writes no versions.
        Imported => "IMPORTED",
    }
}

/// A version of a product as it is kept: everything, with what cards leave out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The product.
    pub product: Product,
    /// The description.
    pub description: String,
    /// The descriptions of its translations, in their order.
    pub descriptions: Vec<String>,
    /// The certificates that cover it.
    pub certificates: Vec<CertificateId>,
}

impl From<&Sheet> for Document {
    fn from(sheet: &Sheet) -> Self {
        let texts = sheet.product.texts.translations.iter();
        Self {
            product: sheet.product.clone(),
            description: sheet.product.description.clone(),
            descriptions: texts.map(|text| text.description.clone()).collect(),
            certificates: sheet.certificates.clone(),
        }
    }
}

impl From<Document> for Sheet {
    fn from(document: Document) -> Self {
        let Document { mut product, description, descriptions, certificates } = document;
        product.description = description;
        for (text, description) in product.texts.translations.iter_mut().zip(descriptions) {
            text.description = description;
        }
        Self { product, certificates }
    }
}
