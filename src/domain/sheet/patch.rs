//! What is said of a product, field by field.

use serde::Serialize;

use super::Sheet;
use super::ladder::{LadderDraft, written_ladder};
use crate::domain::audit::Media;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{CategoryId, CertificateId};
use crate::domain::ladder::LeadTimes;
use crate::domain::language::{Language, Translation};
use crate::domain::money::Currency;
use crate::domain::product::{AfterSalesService, Attribute, GuaranteedTerms, Product, SampleOffer};

/// What is said about one field.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Change<T> {
    /// Nothing: it stays.
    #[default]
    Keep,
    /// It is to be empty.
    Clear,
    /// It is to be this.
    Set(T),
}

impl<T> Change<T> {
    /// Whether anything is said.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Changes a field that may be empty.
    fn onto(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// Changes a field that has a value of its own when nothing is said.
    fn onto_default(self, field: &mut T, default: T) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = default,
            Self::Set(value) => *field = value,
        }
    }

    /// Changes a field that cannot be empty.
    fn onto_required(self, field: &mut T, name: &str, refusals: &mut Vec<Refusal>) {
        match self {
            Self::Keep => {}
            Self::Clear => refusals.push(Refusal::invalid(&[name], format!("{name} cannot be empty."))),
            Self::Set(value) => *field = value,
        }
    }
}

/// A sample offer as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleDraft {
    /// What one costs.
    pub minor: i64,
    /// In which currency.
    pub currency: Currency,
    /// The largest quantity.
    pub maximum_quantity: i64,
    /// Days from payment to dispatch.
    pub lead_days: i64,
}

/// What a supplier says of a product; about each field something, nothing, or that it is to be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each field is the product's of the same name")]
pub struct ProductPatch {
    pub title: Change<String>,
    pub description: Change<String>,
    pub attributes: Change<Vec<Attribute>>,
    pub language: Change<Language>,
    pub translations: Change<Vec<TranslationDraft>>,
    pub category: Change<CategoryId>,
    pub unit: Change<String>,
    pub minimum_order_quantity: Change<i64>,
    pub order_increment: Change<i64>,
    pub ladder: Change<LadderDraft>,
    pub lead_times: Change<Vec<(i64, i64)>>,
    pub sample_offer: Change<SampleDraft>,
    pub customisable: Change<bool>,
    pub certificates: Change<Vec<CertificateId>>,
    pub after_sales: Change<AfterSalesService>,
    pub guaranteed: Change<GuaranteedTerms>,
    pub easy_return: Change<bool>,
    pub media: Change<Vec<Media>>,
    pub external_reference: Change<String>,
}

/// Texts in one further language as they are written; unlike a card's they carry the description everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "each field is the translation's of the same name")]
pub struct TranslationDraft {
    pub language: Language,
    pub title: String,
    pub description: String,
    pub attributes: Vec<Attribute>,
}

impl From<TranslationDraft> for Translation {
    fn from(draft: TranslationDraft) -> Self {
        let TranslationDraft { language, title, description, attributes } = draft;
        Self { language, title, description, attributes }
    }
}

impl ProductPatch {
    /// Names what a new product cannot do without.
    pub fn demand_whole(&self) -> Vec<Refusal> {
        let needed = [
            ("title", self.title.is_keep()),
            ("unit", self.unit.is_keep()),
            ("minimumOrderQuantity", self.minimum_order_quantity.is_keep()),
            ("priceLadder", self.ladder.is_keep()),
        ];
        let missing = needed.into_iter().filter(|(_, missing)| *missing);
        missing.map(|(field, _)| Refusal::invalid(&[field], "A new product needs this.")).collect()
    }

    /// The product as it is after this; every reason against it, each at its field. What an import kept and this does not
    /// touch is not held against it: a better description needs no better ladder. To be offered does.
    pub fn apply(self, before: Sheet) -> Result<Sheet, Vec<Refusal>> {
        let (said, standing) = (self.said(), before.faults());
        let mut refusals = Vec::new();
        let Sheet { mut product, mut certificates } = before;
        self.title.onto_required(&mut product.title, "title", &mut refusals);
        self.description.onto_default(&mut product.description, String::new());
        self.attributes.onto_default(&mut product.attributes, Vec::new());
        self.language.onto_default(&mut product.texts.language, Language::default());
        let translations = match self.translations {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(drafts) => Change::Set(drafts.into_iter().map(Translation::from).collect()),
        };
        translations.onto_default(&mut product.texts.translations, Vec::new());
        self.category.onto(&mut product.category);
        self.unit.onto_required(&mut product.unit, "unit", &mut refusals);
        let least = self.minimum_order_quantity;
        least.onto_required(&mut product.minimum_order_quantity, "minimumOrderQuantity", &mut refusals);
        self.order_increment.onto_default(&mut product.order_increment, 1);
        self.customisable.onto_default(&mut product.customisable, false);
        self.easy_return.onto_default(&mut product.easy_return, false);
        self.guaranteed.onto(&mut product.guaranteed);
        self.after_sales.onto(&mut product.after_sales);
        self.media.onto_default(&mut product.media, Vec::new());
        self.external_reference.onto(&mut product.external_reference);
        self.certificates.onto_default(&mut certificates, Vec::new());
        match self.lead_times {
            Change::Keep => {}
            Change::Clear => product.lead_times = LeadTimes::default(),
            Change::Set(steps) => match LeadTimes::new(steps) {
                Ok(steps) => product.lead_times = steps,
                Err(refusal) => refusals.push(refusal),
            },
        }
        price(self.ladder, &self.sample_offer, &mut product, &mut refusals);
        certificates.sort_unstable();
        certificates.dedup();
        let after = Sheet { product, certificates };
        if refusals.is_empty() {
            refusals = after.faults().into_iter().filter_map(|it| blame(it, &said, &standing)).collect();
        }
        if refusals.is_empty() { Ok(after) } else { Err(refusals) }
    }

    /// The schema's names of the fields that something is said of.
    fn said(&self) -> Vec<&'static str> {
        let fields = [
            ("title", self.title.is_keep()),
            ("description", self.description.is_keep()),
            ("attributes", self.attributes.is_keep()),
            ("language", self.language.is_keep()),
            ("translations", self.translations.is_keep()),
            ("categoryId", self.category.is_keep()),
            ("unit", self.unit.is_keep()),
            ("minimumOrderQuantity", self.minimum_order_quantity.is_keep()),
            ("orderIncrement", self.order_increment.is_keep()),
            ("priceLadder", self.ladder.is_keep()),
            ("leadTimes", self.lead_times.is_keep()),
            ("sampleOffer", self.sample_offer.is_keep()),
            ("customisable", self.customisable.is_keep()),
            ("certificationIds", self.certificates.is_keep()),
            ("afterSalesService", self.after_sales.is_keep()),
            ("guaranteedTerms", self.guaranteed.is_keep()),
            ("easyReturn", self.easy_return.is_keep()),
            ("media", self.media.is_keep()),
            ("externalReference", self.external_reference.is_keep()),
        ];
        fields.into_iter().filter(|(_, keeps)| !keeps).map(|(name, _)| name).collect()
    }
}

/// What a fault of the product after a change says about the change: nothing where it stood before and the change does
/// not speak of it; otherwise it is blamed on a field that the caller did send.
fn blame(fault: Refusal, said: &[&str], standing: &[Refusal]) -> Option<Refusal> {
    let is_said = |field: &str| said.contains(&field);
    let about = fault.field.first().map_or("", String::as_str);
    if is_said(about) {
        return Some(fault);
    }
    if standing.contains(&fault) {
        return None;
    }
    // A minimum of its own can leave the ladders behind that hold from a larger quantity on.
    if matches!(about, "priceLadder" | "leadTimes") && is_said("minimumOrderQuantity") {
        return Some(fault.at(&["minimumOrderQuantity"]));
    }
    Some(fault)
}

/// Changes what a product costs: its ladder, and its sample offer, which is priced in the ladder's currency and says none
/// of its own. The ladder's currency is the one that is said, also where the ladder itself is refused.
fn price(
    ladder: Change<LadderDraft>,
    sample: &Change<SampleDraft>,
    product: &mut Product,
    refusals: &mut Vec<Refusal>,
) {
    let before = product.ladder.currency();
    let known = match ladder {
        // A new product without a ladder has no currency yet; that it needs one is said elsewhere.
        Change::Keep => (!product.ladder.breaks().is_empty()).then_some(before),
        Change::Clear => {
            refusals.push(Refusal::invalid(&["priceLadder"], "priceLadder cannot be empty."));
            None
        }
        Change::Set(draft) => {
            let said = draft.currency;
            match written_ladder(draft) {
                Ok(ladder) => product.ladder = ladder,
                Err(found) => refusals.extend(found),
            }
            Some(said)
        }
    };
    match sample {
        Change::Keep => {
            if let Some(known) = known.filter(|known| *known != before && product.sample_offer.is_some()) {
                let message = format!(
                    "The samples have a price in {before}. Say it in {known}, or null for no samples."
                );
                refusals.push(Refusal::new(Code::CurrencyMismatch, message).at(&["sampleOffer"]));
            }
        }
        Change::Clear => product.sample_offer = None,
        Change::Set(draft) => {
            product.sample_offer = Some(SampleOffer {
                price_minor: draft.minor,
                maximum_quantity: draft.maximum_quantity,
                lead_days: draft.lead_days,
            });
            if let Some(known) = known.filter(|known| *known != draft.currency) {
                let message = format!("Samples are priced as the product is, in {known}.");
                refusals.push(Refusal::new(Code::CurrencyMismatch, message).at(&["sampleOffer", "price"]));
            }
        }
    }
}
