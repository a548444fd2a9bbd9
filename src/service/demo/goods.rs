//! What the houses offer: each article in several materials and sizes, with ladders in the house's currency.

use super::Workshop;
use super::articles::{ARTICLES, Article, Tree};
use super::evidence::{award, media, slug};
use super::makers::{Houses, Maker, Standing};
use crate::domain::audit::{Certificate, Media, MediaKind, MediaOwner};
use crate::domain::badge::{BadgeAward, BadgeKind, BadgeSubject};
use crate::domain::error::Refusal;
use crate::domain::ids::{CertificateId, ProductId};
use crate::domain::ladder::{Ladder, LeadTimes};
use crate::domain::language::Texts;
use crate::domain::money::{Currency, UnitPrice};
use crate::domain::product::{
    AfterSalesLabel, AfterSalesService, Attribute, GuaranteedTerms, Product, ProductStatus, SampleOffer,
};
use crate::domain::supplier::{Specialisation, Supplier};
use crate::domain::time::Span;
use crate::service::Error;

/// Products of one house, about.
const PER_HOUSE: usize = 10;

/// Everything that is offered.
#[derive(Default)]
pub(super) struct Goods {
    pub(super) products: Vec<Product>,
    pub(super) awards: Vec<BadgeAward>,
    standards: Vec<(ProductId, &'static str)>,
}

impl Goods {
    /// Which certificates cover which products: those of the same house and standard.
    pub(super) fn covered_by(&self, certificates: &[Certificate]) -> Vec<(ProductId, CertificateId)> {
        let of = |product: &Product| {
            let standard =
                self.standards.iter().find(|(id, _)| *id == product.id).map(|(_, standard)| *standard);
            certificates
                .iter()
                .filter(|paper| {
                    paper.supplier == product.supplier && Some(paper.standard.as_str()) == standard
                })
                .map(|paper| (product.id, paper.id))
                .collect::<Vec<_>>()
        };
        self.products.iter().flat_map(of).collect()
    }
}

/// Makes every product.
pub(super) fn of(shop: &mut Workshop<'_>, houses: &Houses, tree: &Tree) -> Result<Goods, Error> {
    let mut goods = Goods::default();
    for (maker, supplier) in houses.each() {
        let share = PER_HOUSE.div_ceil(maker.makes.len());
        for noun in maker.makes {
            let Some(article) = ARTICLES.iter().find(|article| article.noun == *noun) else { continue };
            let variants = article.materials.len() * article.sizes.len();
            let first = shop.dice.below(variants);
            for turn in 0..share.min(variants) {
                // A step that shares no factor with the number of variants meets each of them once.
                let variant = (first + turn * stride(variants)) % variants;
                let made = Made { maker, supplier, article, variant };
                product(shop, &mut goods, tree, &made)?;
            }
        }
    }
    Ok(goods)
}

/// A number that has no factor in common with `of`.
fn stride(of: usize) -> usize {
    [7, 5, 3].into_iter().find(|step: &usize| !of.is_multiple_of(*step)).unwrap_or(1)
}

/// One article of one house in one of its forms.
struct Made<'a> {
    maker: &'static Maker,
    supplier: &'a Supplier,
    article: &'static Article,
    variant: usize,
}

impl Made<'_> {
    fn material(&self) -> usize {
        self.variant / self.article.sizes.len()
    }

    fn size(&self) -> usize {
        self.variant % self.article.sizes.len()
    }
}

fn product(shop: &mut Workshop<'_>, goods: &mut Goods, tree: &Tree, made: &Made<'_>) -> Result<(), Error> {
    let (article, maker) = (made.article, made.maker);
    let material = article.materials.get(made.material()).copied().unwrap_or_default();
    let size = article.sizes.get(made.size()).copied().unwrap_or_default();
    let id: ProductId = shop.app.ids.make(shop.now);
    let ladder = ladder(shop, made)?;
    let age = shop.dice.between(160, 1_400);
    let created_at = shop.now.minus(Span::days(age)).max(made.supplier.created_at);
    let guaranteed =
        (maker.protected && maker.standing >= Standing::Verified && shop.dice.percent(22)).then(|| {
            GuaranteedTerms {
                dispatch_within_hours: shop.dice.between(2, 7) * 24,
                delivery_days: shop.dice.between(12, 30),
            }
        });
    let easy_return = maker.standing >= Standing::Verified && shop.dice.percent(18);
    let product = Product {
        id,
        supplier: made.supplier.id,
        category: tree.leaf(article.leaf),
        title: format!("{} {size}, {material}", article.noun),
        description: describe(shop, made, material, size),
        attributes: attributes(made, material, size),
        texts: Texts::default(),
        unit: article.unit.to_owned(),
        minimum_order_quantity: article.least,
        order_increment: article.step,
        sample_offer: sample(shop, &ladder),
        ladder,
        lead_times: lead_times(shop, article)?,
        guaranteed,
        easy_return,
        after_sales: after_sales(shop, article),
        customisable: maker.specialisation == Specialisation::CustomManufacturer,
        status: ProductStatus::Published,
        media: pictures(shop, id, made),
        external_reference: Some(format!("{}-{:03}", initials(article.noun), goods.products.len() + 1)),
        imported: false,
        version: 1,
        created_at,
        updated_at: created_at,
    };
    let subject = BadgeSubject::Product(id);
    for (kind, holds) in [(BadgeKind::Guaranteed, guaranteed.is_some()), (BadgeKind::EasyReturn, easy_return)]
    {
        if holds {
            goods.awards.push(award(shop, subject, kind, created_at, None)?);
        }
    }
    goods.standards.push((id, article.standard));
    goods.products.push(product.check().map_err(Error::Refused)?);
    Ok(())
}

/// Prices that begin at the least quantity and fall at five, twenty and a hundred times it, to the ten-thousandth.
fn ladder(shop: &mut Workshop<'_>, made: &Made<'_>) -> Result<Ladder, Error> {
    let (article, code) = (made.article, made.maker.currency);
    let currency = Currency::parse(code).map_err(anyhow::Error::from)?;
    let count = |index: usize| i64::try_from(index).unwrap_or_default();
    let dearer = (100 + 18 * count(made.material())) * (100 + 35 * count(made.size()));
    let house = shop.dice.between(88, 118);
    // Units of each currency for a hundred dollars.
    let rate = match code {
        "EUR" => 92,
        "CNY" => 715,
        "JPY" => 15_200,
        "KWD" => 31,
        _ => 100,
    };
    let base = article.cents * 10_000 * dearer / 10_000 * house / 100 * rate / 100;
    let mut breaks = Vec::new();
    for (times, percent) in [(1, 100), (5, 93), (20, 86), (100, 79)] {
        if times == 100 && article.least < 50 {
            continue;
        }
        let price = UnitPrice::from_millionths(whole(base * percent / 100)).map_err(anyhow::Error::from)?;
        breaks.push((article.least * times, price));
    }
    Ok(Ladder::new(currency, breaks)?)
}

/// A price to the ten-thousandth of the major unit.
fn whole(millionths: i64) -> i64 {
    (millionths / 100).max(1) * 100
}

fn lead_times(shop: &mut Workshop<'_>, article: &Article) -> Result<LeadTimes, Refusal> {
    let days = article.days + shop.dice.between(-3, 6);
    LeadTimes::new(vec![(1, days), (article.least * 20, days + 10), (article.least * 100, days + 25)])
}

/// Two thirds offer a sample, at twice the first price.
fn sample(shop: &mut Workshop<'_>, ladder: &Ladder) -> Option<SampleOffer> {
    let first = ladder.breaks().first().map(|step| step.unit_price)?;
    let price = first.line_total(2, ladder.currency()).ok()?;
    shop.dice.percent(66).then(|| SampleOffer {
        price_minor: price.minor.max(1),
        maximum_quantity: shop.dice.between(1, 5),
        lead_days: shop.dice.between(2, 9),
    })
}

fn after_sales(shop: &mut Workshop<'_>, article: &Article) -> Option<AfterSalesService> {
    let label = match article.leaf {
        "Pumps" | "Packaging machines" => AfterSalesLabel::OnsiteServiceAndFreeReplacementParts,
        "Power supplies" | "Panel lights" | "Outdoor lights" | "Hand tools" => {
            AfterSalesLabel::FreeReplacementParts
        }
        _ => return None,
    };
    shop.dice.percent(70).then(|| AfterSalesService { label, term_days: shop.dice.between(1, 3) * 365 })
}

fn attributes(made: &Made<'_>, material: &str, size: &str) -> Vec<Attribute> {
    let pair = |name: &str, value: &str| Attribute { name: name.to_owned(), value: value.to_owned() };
    vec![
        pair("material", material),
        pair("size", size),
        pair("standard", made.article.standard),
        pair("origin", made.maker.city),
    ]
}

fn describe(shop: &mut Workshop<'_>, made: &Made<'_>, material: &str, size: &str) -> String {
    let (article, maker) = (made.article, made.maker);
    let second = shop.dice.word(&[
        "Packed in cartons that fit a Euro pallet.",
        "Your label, your barcode, your carton.",
        "Matches the other sizes of the same line.",
        "Repeat orders match the first one: we keep a sealed sample.",
        "Colours to your chart from the second price step on.",
    ]);
    format!(
        "{noun} of {material}, {size}, made in {city} for {purpose}. Complies with {standard}. {second}",
        noun = article.noun,
        city = maker.city,
        purpose = article.purpose,
        standard = article.standard,
    )
}

fn pictures(shop: &mut Workshop<'_>, id: ProductId, made: &Made<'_>) -> Vec<Media> {
    let owner = MediaOwner::Product(id);
    let place =
        format!("{}/{}-{}", slug(made.maker), initials(made.article.noun).to_lowercase(), made.variant);
    let count = shop.dice.between(1, 3);
    (0..count)
        .map(|position| {
            let title = if position == 0 { "The product" } else { "In detail" };
            media(shop, owner, MediaKind::Image, title, &place, position)
        })
        .collect()
}

/// The first letters of an article's words, as a stem of numbers.
fn initials(noun: &str) -> String {
    noun.split_whitespace().filter_map(|word| word.chars().next()).collect::<String>().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stride_meets_every_variant() {
        for variants in 6..17 {
            let mut met: Vec<_> = (0..variants).map(|turn| turn * stride(variants) % variants).collect();
            met.sort_unstable();
            assert!(met.iter().copied().eq(0..variants), "{variants}");
        }
    }

    #[test]
    fn prices_stay_above_nothing() {
        assert_eq!([whole(7), whole(123_456)], [100, 123_400]);
    }
}
