//! A marketplace of our own making, for a sandbox that starts empty. Every name in it is made up.
//!
//! The same content each time, only ids and instants differ: whatever varies is drawn from a [`Dice`] with a fixed
//! seed. The catalogue is one transaction, written by the store functions that imports use; the orders go through the
//! order engine, on a clock that begins months ago and ends now.

mod articles;
mod cast;
mod evidence;
mod goods;
mod makers;
mod orders;
mod past;
mod scripts;

use crate::app::App;
use crate::domain::actor::Role;
use crate::domain::ids::SupplierId;
use crate::domain::time::Timestamp;
use crate::store::catalogue::{
    badges, categories, evidence as papers, listing, products, reviews, suppliers,
};
use crate::store::{Tx, history, trust};

use super::{Result, parties};

pub use cast::Cast;

/// What a demo marketplace holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DemoSummary {
    /// Suppliers.
    pub suppliers: usize,
    /// Products.
    pub products: usize,
    /// Reviews.
    pub reviews: usize,
    /// Orders of the past that metrics are counted from.
    pub past_orders: usize,
    /// Live orders.
    pub orders: usize,
}

/// Draws numbers that look like chance and are the same each time.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    /// A number from 0 to `sides - 1`; 0 where there are no sides.
    fn below(&mut self, sides: usize) -> usize {
        // SplitMix64: a counter, mixed.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % (sides.max(1) as u64)).unwrap_or_default()
    }

    /// A number between two, both included.
    fn between(&mut self, from: i64, to: i64) -> i64 {
        let sides = usize::try_from(to - from + 1).unwrap_or(1);
        from + i64::try_from(self.below(sides)).unwrap_or_default()
    }

    /// Whether something of so many percent happens.
    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of several.
    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// One of several texts; an empty one where there is none.
    fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).copied().unwrap_or_default()
    }
}

/// Where things are made: the application, the transaction, the instant, the dice.
struct Workshop<'a> {
    app: &'a App,
    tx: &'a Tx,
    now: Timestamp,
    dice: Dice,
}

/// Fills an empty database; one that has an operator's app is left as it is.
pub async fn seed(app: &App) -> Result<DemoSummary> {
    if parties::app_of_role(app, Role::Operator, None).await?.is_some() {
        return Ok(DemoSummary::default());
    }
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let mut shop = Workshop { app, tx: &tx, now, dice: Dice(20_261_122) };
    let (cast, mut summary) = stock(&mut shop).await?;
    cast::apps(&shop).await?;
    tx.commit().await?;
    summary.orders = orders::seed_orders(app, &cast).await?;
    Ok(summary)
}

/// Writes the catalogue: suppliers with their evidence, products, what buyers said, and what was sold before.
async fn stock(shop: &mut Workshop<'_>) -> Result<(Cast, DemoSummary)> {
    let tree = articles::tree(shop)?;
    categories::insert_categories(shop.tx, tree.categories(), shop.now).await?;
    let houses = makers::houses(shop)?;
    crate::store::parties::insert_companies(shop.tx, &houses.companies, shop.now).await?;
    suppliers::insert_suppliers(shop.tx, &houses.suppliers).await?;
    let shown = evidence::of(shop, &houses)?;
    trust::evidence::insert(shop.tx, &shown.records, None).await?;
    papers::insert_media(shop.tx, &shown.media, shop.now).await?;
    let goods = goods::of(shop, &houses, &tree)?;
    products::insert_products(shop.tx, &goods.products).await?;
    let covered: Vec<_> = goods.covered_by(&shown.certificates);
    papers::cover_products(shop.tx, &covered).await?;
    badges::insert_badges(shop.tx, &shown.awards).await?;
    badges::insert_badges(shop.tx, &goods.awards).await?;
    let said = past::reviews(shop, &houses, &goods);
    reviews::insert_reviews(shop.tx, &said).await?;
    let (orders, lines) = past::orders(shop, &goods);
    for part in orders.chunks(500) {
        history::put_orders(shop.tx, part).await?;
    }
    for part in lines.chunks(500) {
        history::put_lines(shop.tx, part).await?;
    }
    history::recount(shop.tx, shop.now).await?;
    let ids: Vec<SupplierId> = houses.suppliers.iter().map(|supplier| supplier.id).collect();
    listing::refresh_suppliers(shop.tx, &ids, shop.now).await?;
    let summary = DemoSummary {
        suppliers: houses.suppliers.len(),
        products: goods.products.len(),
        reviews: said.len(),
        past_orders: orders.len(),
        orders: 0,
    };
    let cast = cast::of(shop, &houses, &goods).await?;
    Ok((cast, summary))
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn dice_fall_the_same_each_time() {
        let throw = || {
            let mut dice = Dice(7);
            (0..50).map(|_| dice.between(-3, 3)).collect::<Vec<_>>()
        };
        assert_eq!(throw(), throw());
        assert!(throw().iter().all(|number| (-3..=3).contains(number)));
        assert!((-3..=3).all(|number| throw().contains(&number)));
        assert_eq!(Dice(1).word(&[]), "");
    }
}
