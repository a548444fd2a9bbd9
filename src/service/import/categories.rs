//! Rows of `categories`.

use std::collections::HashMap;

use super::batch::{Entry, Pen, Verdict, Writable};
use crate::domain::category::Category;
use crate::domain::ids::CategoryId;
use crate::domain::import::CategoryRow;
use crate::store::Result;
use crate::store::catalogue::{categories, listing};
use crate::store::imports::{self, Known, Part};

impl Writable for CategoryRow {
    async fn write(pen: &Pen<'_>, entries: &[Entry<Self>]) -> Result<Vec<Verdict>> {
        let own = entries.iter().map(|entry| entry.row().category.as_str());
        let above = entries.iter().filter_map(|entry| entry.row().parent.as_deref());
        let references: Vec<&str> = own.chain(above).collect();
        let known = imports::categories(pen.tx, &references).await?;
        let mut tree = categories::by_references(pen.tx, &references).await?;
        let (mut created, mut renamed) = (Vec::new(), Vec::new());
        let mut digests: Vec<(CategoryId, &str)> = Vec::new();
        let mut verdicts = Vec::with_capacity(entries.len());
        for entry in entries {
            let known = known.get(&entry.row().category);
            let verdict = match judge(pen, entry, known, &tree) {
                Ok(None) => Verdict::unchanged(),
                Ok(Some(category)) => {
                    digests.push((category.id, &entry.digest));
                    tree.insert(entry.row().category.clone(), category.clone());
                    let list = if known.is_some() { &mut renamed } else { &mut created };
                    list.push(category);
                    Verdict::written(known.is_some())
                }
                Err(verdict) => verdict,
            };
            verdicts.push(verdict);
        }
        categories::insert_categories(pen.tx, &created, pen.now).await?;
        for category in &renamed {
            categories::rename(pen.tx, category.id, &category.name, pen.now).await?;
        }
        imports::note(pen.tx, Part::Category, &digests).await?;
        let ids: Vec<CategoryId> = renamed.iter().map(|category| category.id).collect();
        let products = imports::products_in(pen.tx, &ids).await?;
        listing::refresh_products(pen.tx, &products, pen.now).await?;
        Ok(verdicts)
    }
}

/// The category to write; none where nothing changed.
fn judge(
    pen: &Pen<'_>,
    entry: &Entry<CategoryRow>,
    known: Option<&Known<CategoryId>>,
    tree: &HashMap<String, Category>,
) -> std::result::Result<Option<Category>, Verdict> {
    let row = entry.row();
    let parent = match &row.parent {
        Some(reference) => {
            Some(tree.get(reference).ok_or_else(|| Verdict::unknown("parent", "category", reference))?)
        }
        None => None,
    };
    let id = match known {
        Some(Known { digest: Some(digest), .. }) if *digest == entry.digest => return Ok(None),
        Some(Known { digest: None, .. }) => return Err(Verdict::not_ours("category", "category")),
        Some(known) => known.id,
        None => pen.app.ids.make(pen.now),
    };
    let category = Category::new(id, parent, row.name.clone(), Some(row.category.clone()))
        .map_err(|refusal| Verdict::rejected("name", refusal.message))?;
    if tree.get(&row.category).is_some_and(|before| before.parent != category.parent) {
        return Err(Verdict::rejected(
            "parent",
            "A category that is on record stays where it is in the tree.",
        ));
    }
    Ok(Some(category))
}
