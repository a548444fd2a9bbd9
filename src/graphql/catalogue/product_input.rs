//! What is said of a product: the same for one product and for a row of many.

use std::str::FromStr;

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::words::{AfterSalesLabel, MediaKind};
use crate::domain::error::Refusal;
use crate::domain::money::UnitPrice;
use crate::domain::product::{AfterSalesService, Attribute, GuaranteedTerms};
use crate::domain::sheet::{
    Change, LadderDraft, MediaDraft, ProductPatch, SampleDraft, StepDraft, TranslationDraft,
};
use crate::graphql::orders::inputs::{MoneyInput, money_refusal};
use crate::graphql::scalars::{CurrencyCode, Decimal, LanguageTag, Url};
use crate::service::products::ProductWish;

/// What is said of a product. A field that is left out stays as it is; null makes it empty, or what a new product has.
/// A new product needs `title`, `unit`, `minimumOrderQuantity` and `priceLadder`. Lists are written anew as a whole.
#[derive(Debug, Clone, InputObject)]
pub struct ProductInput {
    /// The title, 1 to 300 characters, in `language`.
    title: MaybeUndefined<String>,
    /// The description, at most 20000 characters, in `language`.
    description: MaybeUndefined<String>,
    /// Named properties in their order, at most 100, in `language`.
    attributes: MaybeUndefined<Vec<ProductAttributeInput>>,
    /// The language of title, description and attributes; `en` unless said.
    language: MaybeUndefined<LanguageTag>,
    /// Title, description and attributes in at most 20 further languages, each once.
    translations: MaybeUndefined<Vec<ProductTextInput>>,
    /// Where it stands in the category tree.
    category_id: MaybeUndefined<ID>,
    /// What a quantity counts, such as `piece`; 1 to 40 characters.
    unit: MaybeUndefined<String>,
    /// The least quantity of an order, 1 to 1000000000. The price ladder begins here or below.
    minimum_order_quantity: MaybeUndefined<i32>,
    /// Order quantities are multiples of it; 1 unless said.
    order_increment: MaybeUndefined<i32>,
    /// Unit prices by quantity.
    price_ladder: MaybeUndefined<PriceLadderInput>,
    /// Days from payment to dispatch by quantity, in rising quantities; at most 50.
    lead_times: MaybeUndefined<Vec<LeadTimeInput>>,
    /// The offer to buy a sample.
    sample_offer: MaybeUndefined<SampleOfferInput>,
    /// Whether it is made to specification; false unless said.
    customisable: MaybeUndefined<bool>,
    /// Product certificates of yours that are valid today, at most 50.
    certification_ids: MaybeUndefined<Vec<ID>>,
    /// The service that is promised after the sale.
    after_sales_service: MaybeUndefined<AfterSalesServiceInput>,
    /// Guaranteed terms: a fixed price with freight, dispatch and delivery by promise. A change of price, quantities, unit
    /// or of these terms ends a Guaranteed badge.
    guaranteed_terms: MaybeUndefined<GuaranteedTermsInput>,
    /// Whether it carries the Easy Return mark; false unless said.
    easy_return: MaybeUndefined<bool>,
    /// Pictures, films and documents in their order; at most 100.
    media: MaybeUndefined<Vec<ProductMediaInput>>,
    /// Your own id of it, 1 to 255 characters, unique among your products.
    external_reference: MaybeUndefined<String>,
}

/// A named property.
#[derive(Debug, Clone, InputObject)]
pub struct ProductAttributeInput {
    /// What is said, such as `material`; 1 to 100 characters.
    name: String,
    /// What it is, such as `steel`; 1 to 1000 characters.
    value: String,
}

/// What is said of a product in one further language.
#[derive(Debug, Clone, InputObject)]
pub struct ProductTextInput {
    /// The language.
    language: LanguageTag,
    /// The title, 1 to 300 characters.
    title: String,
    /// The description, at most 20000 characters.
    #[graphql(default)]
    description: String,
    /// Named properties in their order, at most 100.
    #[graphql(default)]
    attributes: Vec<ProductAttributeInput>,
}

/// Unit prices by quantity, in one currency.
#[derive(Debug, Clone, InputObject)]
pub struct PriceLadderInput {
    /// The currency of every step.
    currency_code: CurrencyCode,
    /// 1 to 50 steps: quantities rise, prices fall, none is zero, and the first begins at the minimum order quantity or
    /// below it.
    breaks: Vec<PriceBreakInput>,
}

/// One step of a price ladder.
#[derive(Debug, Clone, InputObject)]
pub struct PriceBreakInput {
    /// The step holds from this quantity on.
    minimum_quantity: i32,
    /// The last quantity at which it holds; if given, the next step has to begin right behind it.
    maximum_quantity: Option<i32>,
    /// The price of one unit in major units, with at most six decimals.
    unit_price: Decimal,
    /// The currency of this step; if given, it has to be the ladder's.
    currency_code: Option<CurrencyCode>,
}

/// How long a quantity takes to be dispatched.
#[derive(Debug, Clone, InputObject)]
pub struct LeadTimeInput {
    /// The step holds from this quantity on.
    minimum_quantity: i32,
    /// Days from payment to dispatch, 0 to 3650.
    lead_days: i32,
}

/// An offer to buy a sample.
#[derive(Debug, Clone, InputObject)]
pub struct SampleOfferInput {
    /// The price of one, in the ladder's currency; zero for a free sample.
    price: MoneyInput,
    /// The largest quantity.
    maximum_quantity: i32,
    /// Days from payment to dispatch, 0 to 3650.
    lead_days: i32,
}

/// A promised service after the sale.
#[derive(Debug, Clone, InputObject)]
pub struct AfterSalesServiceInput {
    /// Which service.
    label: AfterSalesLabel,
    /// For how many days after receipt, 1 to 3650.
    term_days: i32,
}

/// The terms of a Guaranteed product.
#[derive(Debug, Clone, InputObject)]
pub struct GuaranteedTermsInput {
    /// Hours from payment to dispatch at most, 1 to 168.
    dispatch_within_hours: i32,
    /// Days from payment to delivery at most, 1 to 365.
    delivery_within_days: i32,
}

/// A picture, film or document of a product: an uploaded file, or an address elsewhere.
#[derive(Debug, Clone, InputObject)]
pub struct ProductMediaInput {
    /// A file of yours that was uploaded as `CATALOGUE_MEDIA`.
    file_id: Option<ID>,
    /// Where it is, instead of `fileId`.
    url: Option<Url>,
    /// What it is; `IMAGE`, `VIDEO`, `PANORAMA`, `VR_TOUR` or `DOCUMENT`, and as the file's type is.
    kind: MediaKind,
    /// Its title, at most 300 characters.
    #[graphql(default)]
    title: String,
    /// What it shows, for those who cannot see it; at most 500 characters.
    #[graphql(default)]
    alternative_text: String,
    /// Pixels across, 1 to 100000; helps storefronts to lay out a page.
    width: Option<i32>,
    /// Pixels down, 1 to 100000.
    height: Option<i32>,
}

/// What was said about a field, read.
fn change<T, U>(said: MaybeUndefined<T>, read: impl FnOnce(T) -> U) -> Change<U> {
    match said {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(read(value)),
    }
}

/// Reads what may be wrong about a field; what is wrong is noted, and the field stays.
fn try_change<T, U>(
    said: MaybeUndefined<T>,
    refusals: &mut Vec<Refusal>,
    read: impl FnOnce(T) -> Result<U, Vec<Refusal>>,
) -> Change<U> {
    match said {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => match read(value) {
            Ok(value) => Change::Set(value),
            Err(found) => {
                refusals.extend(found);
                Change::Keep
            }
        },
    }
}

/// All of some readings, or all that is wrong with them.
fn all<T>(readings: impl Iterator<Item = Result<T, Refusal>>) -> Result<Vec<T>, Vec<Refusal>> {
    let (mut read, mut refusals) = (Vec::new(), Vec::new());
    for reading in readings {
        match reading {
            Ok(value) => read.push(value),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(read) } else { Err(refusals) }
}

fn id<T: FromStr>(what: &str, given: &ID, path: &[&str]) -> Result<T, Refusal> {
    given.parse().map_err(|_| Refusal::not_found(what).at(path))
}

fn attributes(given: Vec<ProductAttributeInput>) -> Vec<Attribute> {
    given.into_iter().map(|it| Attribute { name: it.name, value: it.value }).collect()
}

impl ProductInput {
    /// What is said in the domain's terms; all that cannot be read, each at its field below the product's.
    pub(super) fn read(self) -> Result<ProductWish, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let text = |text: ProductTextInput| TranslationDraft {
            language: text.language.0,
            title: text.title,
            description: text.description,
            attributes: attributes(text.attributes),
        };
        let patch = ProductPatch {
            title: change(self.title, |it| it),
            description: change(self.description, |it| it),
            attributes: change(self.attributes, attributes),
            language: change(self.language, |it| it.0),
            translations: change(self.translations, |all| all.into_iter().map(text).collect()),
            category: try_change(self.category_id, &mut refusals, |given| {
                id("category", &given, &["categoryId"]).map_err(|refusal| vec![refusal])
            }),
            unit: change(self.unit, |it| it),
            minimum_order_quantity: change(self.minimum_order_quantity, i64::from),
            order_increment: change(self.order_increment, i64::from),
            ladder: try_change(self.price_ladder, &mut refusals, PriceLadderInput::read),
            lead_times: change(self.lead_times, |steps| {
                let step = |it: LeadTimeInput| (i64::from(it.minimum_quantity), i64::from(it.lead_days));
                steps.into_iter().map(step).collect()
            }),
            sample_offer: try_change(self.sample_offer, &mut refusals, |it| {
                let price = it.price.read(&["sampleOffer", "price"]).map_err(|refusal| vec![refusal])?;
                Ok(SampleDraft {
                    minor: price.minor,
                    currency: price.currency,
                    maximum_quantity: i64::from(it.maximum_quantity),
                    lead_days: i64::from(it.lead_days),
                })
            }),
            customisable: change(self.customisable, |it| it),
            certificates: try_change(self.certification_ids, &mut refusals, |ids| {
                let read = |(place, given): (usize, &ID)| {
                    id("certificate", given, &["certificationIds", &place.to_string()])
                };
                all(ids.iter().enumerate().map(read))
            }),
            after_sales: change(self.after_sales_service, |it| AfterSalesService {
                label: it.label.into(),
                term_days: i64::from(it.term_days),
            }),
            guaranteed: change(self.guaranteed_terms, |it| GuaranteedTerms {
                dispatch_within_hours: i64::from(it.dispatch_within_hours),
                delivery_days: i64::from(it.delivery_within_days),
            }),
            easy_return: change(self.easy_return, |it| it),
            media: Change::Keep,
            external_reference: change(self.external_reference, |it| it),
        };
        let media = try_change(self.media, &mut refusals, |media| {
            all(media.into_iter().enumerate().map(|(place, it)| it.read(&place.to_string())))
        });
        if refusals.is_empty() { Ok(ProductWish { patch, media }) } else { Err(refusals) }
    }
}

impl PriceLadderInput {
    fn read(self) -> Result<LadderDraft, Vec<Refusal>> {
        let step = |(place, it): (usize, PriceBreakInput)| {
            let path = ["priceLadder", "breaks", &place.to_string(), "unitPrice"];
            Ok(StepDraft {
                minimum: i64::from(it.minimum_quantity),
                maximum: it.maximum_quantity.map(i64::from),
                unit_price: UnitPrice::parse(&it.unit_price.0)
                    .map_err(|error| money_refusal(error, &path))?,
                currency: it.currency_code.map(|code| code.0),
            })
        };
        let breaks = all(self.breaks.into_iter().enumerate().map(step))?;
        Ok(LadderDraft { currency: self.currency_code.0, breaks })
    }
}

impl ProductMediaInput {
    fn read(self, place: &str) -> Result<MediaDraft, Refusal> {
        let file = self.file_id.as_ref();
        Ok(MediaDraft {
            file: file.map(|given| id("file", given, &["media", place, "fileId"])).transpose()?,
            url: self.url.map(|url| url.0),
            kind: self.kind.into(),
            title: self.title,
            alternative_text: self.alternative_text,
            width: self.width.map(i64::from),
            height: self.height.map(i64::from),
        })
    }
}
