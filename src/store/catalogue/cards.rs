//! What a product's card shows, and by which words it is found.

use std::collections::HashMap;

use super::{badges, categories, digest, evidence, products, ratings};
use crate::domain::category::Category;
use crate::domain::ids::{CategoryId, ProductId};
use crate::domain::product::{Product, ProductCard, Unseen};
use crate::store::{Reader, Result};

/// The cards of products, listed or not.
pub(super) async fn cards_of(
    reader: &impl Reader,
    found: Vec<Product>,
    categories: &HashMap<CategoryId, Category>,
) -> Result<Vec<ProductCard>> {
    let ids: Vec<ProductId> = found.iter().map(|product| product.id).collect();
    let mut awards = badges::of_products(reader, &ids).await?;
    let ratings = ratings::load(reader, &ids).await?;
    let covers = evidence::counting_covers(reader, &ids).await?;
    let card = |product: Product| {
        let descriptions: Vec<&str> = std::iter::once(product.description.as_str())
            .chain(product.texts.translations.iter().map(|text| text.description.as_str()))
            .collect();
        let unseen = Unseen {
            descriptions: digest(descriptions),
            certificates: digest(covers.get(&product.id).into_iter().flatten().map(String::as_str)),
        };
        let awards = awards.remove(&product.id).unwrap_or_default();
        ProductCard {
            category_name: product.category.and_then(|id| categories.get(&id)).map(|it| it.name.clone()),
            badges: awards.into_iter().filter(|award| award.revoked.is_none()).collect(),
            rating: ratings.get(&product.id.to_string()).copied().unwrap_or_default(),
            unseen,
            product,
        }
    };
    Ok(found.into_iter().map(card).collect())
}

/// The cards of products as they would be listed, drafts and withdrawn ones too: for those who write them.
pub async fn own_cards(reader: &impl Reader, ids: &[ProductId]) -> Result<Vec<ProductCard>> {
    let found = products::load(reader, ids).await?;
    let above: Vec<CategoryId> = found.iter().filter_map(|product| product.category).collect();
    let categories = categories::load(reader, &above).await?;
    let categories = categories.into_iter().map(|category| (category.id, category)).collect();
    cards_of(reader, found, &categories).await
}
