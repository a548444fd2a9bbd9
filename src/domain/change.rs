//! The feed of changes of the catalogue: what a partner's copy has to read again.
//!
//! The feed holds one row for each thing that is or was listed: the place at which it changed last, and the place at
//! which each of its fields did. A reader behind that place reads the thing once, however often it changed, and is told
//! exactly the fields that changed since; so the feed is as long as the catalogue and never needs to be compacted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::time::{Span, Timestamp};
use super::words::words;

/// Stands for every field of a thing that is new.
pub const EVERYTHING: &str = "*";

/// How long the feed remembers that something is no longer listed.
pub const TOMBSTONES_KEPT: Span = Span::days(30);

words! {
    /// What changed.
    ChangeKind {
        /// A product.
        Product => "PRODUCT",
        /// A supplier.
        Supplier => "SUPPLIER",
        /// A category.
        Category => "CATEGORY",
    }
}

impl ChangeKind {
    /// The parts of a card that are compared, by the path to them, with the schema's names of what they show.
    const fn parts(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Product => &[
                // Whoever reads in another language is shown a translation in their place, and its language.
                ("/product/texts", "language"),
                ("/product/title", "title"),
                ("/product/texts", "title"),
                ("/unseen/descriptions", "description"),
                ("/product/texts", "description"),
                ("/product/attributes", "attributes"),
                ("/product/texts", "attributes"),
                ("/product/texts", "texts"),
                ("/product/category", "category"),
                ("/category_name", "category"),
                ("/product/unit", "unit"),
                ("/product/minimum_order_quantity", "minimumOrderQuantity"),
                ("/product/order_increment", "orderIncrement"),
                ("/product/ladder", "priceLadder"),
                ("/product/lead_times", "leadTimes"),
                ("/product/sample_offer", "sampleOffer"),
                ("/product/guaranteed", "guaranteedTerms"),
                ("/product/easy_return", "easyReturn"),
                ("/product/after_sales", "afterSalesService"),
                ("/product/customisable", "customisable"),
                ("/product/media", "media"),
                ("/product/external_reference", "externalReference"),
                ("/unseen/certificates", "certifications"),
                ("/badges", "badges"),
                ("/rating", "rating"),
            ],
            Self::Supplier => &[
                ("/supplier/name", "name"),
                ("/supplier/country", "country"),
                ("/supplier/specialisation", "specialisation"),
                ("/unseen", "description"),
                ("/supplier/established_on", "establishedOn"),
                ("/supplier/external_reference", "externalReference"),
                ("/badges", "badges"),
                ("/rating", "rating"),
                ("/metrics", "metrics"),
            ],
            Self::Category => &[("/name", "name"), ("/parent", "parent")],
        }
    }

    /// The schema's names of every part that is compared.
    pub fn fields(self) -> Vec<&'static str> {
        let mut fields: Vec<&str> = self.parts().iter().map(|(_, field)| *field).collect();
        fields.dedup();
        fields
    }

    /// The fields by which two cards differ; [`EVERYTHING`] where there was none before.
    pub fn fields_changed(self, before: Option<&Value>, after: &Value) -> Vec<&'static str> {
        let Some(before) = before else { return vec![EVERYTHING] };
        // A part that older cards lack is as good as empty.
        let differs = |path: &str| {
            let part = |card: &'_ Value| card.pointer(path).filter(|part| !part.is_null()).cloned();
            part(before) != part(after)
        };
        let differing = self.parts().iter().filter(|(path, _)| differs(path));
        let mut fields: Vec<&str> = differing.map(|(_, field)| *field).collect();
        fields.dedup();
        fields
    }
}

/// A change that has no place yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// What it is.
    pub kind: ChangeKind,
    /// Its id.
    pub subject: String,
    /// The fields that changed; empty where it is no longer listed.
    pub fields: Vec<String>,
    /// Whether it is no longer listed.
    pub removed: bool,
    /// When.
    pub changed_at: Timestamp,
}

/// What the feed knows of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: ChangeKind,
    /// Its id.
    pub subject: String,
    /// The place of its last change.
    pub seq: i64,
    /// Whether it is no longer listed.
    pub removed: bool,
    /// Each field with the place of its last change.
    pub fields: BTreeMap<String, i64>,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl Entry {
    /// The fields that changed behind a place; all of them where it is new behind it.
    pub fn fields_since(&self, place: i64) -> Vec<String> {
        let changed = self.fields.iter().filter(|(_, seq)| **seq > place).map(|(field, _)| field.as_str());
        let mut fields: Vec<&str> = changed.collect();
        if fields.contains(&EVERYTHING) {
            fields = self.kind.fields();
        }
        fields.into_iter().map(str::to_owned).collect()
    }
}

/// Gives changes their places behind `head`, in their order, and joins those of one thing into one entry; `known` are
/// the entries that there are of these things already.
pub fn place(
    head: i64,
    changes: Vec<NewChange>,
    known: impl IntoIterator<Item = Entry>,
) -> (i64, Vec<Entry>) {
    let mut entries: BTreeMap<String, Entry> =
        known.into_iter().map(|entry| (entry.subject.clone(), entry)).collect();
    let mut touched: Vec<String> = Vec::new();
    let mut seq = head;
    for change in changes {
        seq += 1;
        let mut fields = match entries.remove(&change.subject) {
            // What was gone and is back is new: nobody has to remember what it said.
            Some(entry) if !entry.removed && !change.removed => entry.fields,
            _ => BTreeMap::new(),
        };
        fields.extend(change.fields.into_iter().map(|field| (field, seq)));
        touched.push(change.subject.clone());
        let NewChange { kind, subject, removed, changed_at, .. } = change;
        entries.insert(subject.clone(), Entry { kind, subject, seq, removed, fields, changed_at });
    }
    touched.sort_unstable();
    touched.dedup();
    (seq, touched.into_iter().filter_map(|subject| entries.remove(&subject)).collect())
}

/// A reader's place: how far it read, and when it began at the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Behind the change with this number.
    pub seq: i64,
    /// When the reader began; it was told of nothing that was gone by then.
    pub began_at: Timestamp,
}

impl Place {
    /// Whether everything behind the place can still be told, where tombstones up to `floor` may be forgotten.
    ///
    /// A reader that is still on its first way through has seen only what was listed after it began. Whatever of that
    /// was taken off the listing is remembered for [`TOMBSTONES_KEPT`] from then on, so for that long it misses nothing.
    pub fn is_complete(self, floor: i64, now: Timestamp) -> bool {
        self.seq >= floor || now < self.began_at.plus(TOMBSTONES_KEPT)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn change(subject: &str, fields: &[&str], removed: bool) -> NewChange {
        NewChange {
            kind: ChangeKind::Product,
            subject: subject.to_owned(),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
            removed,
            changed_at: Timestamp::from_micros(0),
        }
    }

    #[test]
    fn cards_tell_what_differs() {
        let old =
            json!({ "product": { "title": "a", "unit": "piece" }, "category_name": null, "rating": [1] });
        let new = json!({ "product": { "title": "b", "unit": "piece", "version": 2 }, "rating": [1] });
        let kind = ChangeKind::Product;
        assert_eq!(kind.fields_changed(Some(&old), &new), ["title"]);
        assert_eq!(kind.fields_changed(Some(&new), &new), [""; 0]);
        assert_eq!(kind.fields_changed(None, &new), [EVERYTHING]);
        let named = json!({ "product": { "title": "b", "unit": "piece", "category": "c" }, "category_name": "Cups", "rating": [1] });
        assert_eq!(kind.fields_changed(Some(&new), &named), ["category"]);
        let texts = json!({ "product": { "title": "b", "unit": "piece", "texts": { "language": "de" } }, "rating": [1] });
        let told = ["language", "title", "description", "attributes", "texts"];
        assert_eq!(kind.fields_changed(Some(&new), &texts), told);
        let fields = kind.fields();
        let each: std::collections::BTreeSet<_> = fields.iter().collect();
        assert_eq!(fields.len(), each.len(), "each field once");
    }

    #[test]
    fn a_thing_has_one_entry_and_each_field_its_own_place() {
        let (head, first) =
            place(0, vec![change("a", &["title", "unit"], false), change("b", &["title"], false)], []);
        assert_eq!((head, first.len()), (2, 2));
        let (head, second) =
            place(head, vec![change("a", &["unit"], false), change("a", &["media"], false)], first);
        assert_eq!((head, second.len(), second[0].seq), (4, 1, 4));
        assert_eq!(second[0].fields_since(0), ["media", "title", "unit"]);
        assert_eq!(second[0].fields_since(2), ["media", "unit"]);
        assert_eq!(second[0].fields_since(3), ["media"]);
        let (head, gone) = place(head, vec![change("a", &[], true)], second);
        assert!(gone[0].removed && gone[0].fields.is_empty() && gone[0].seq == 5);
        let (head, back) = place(head, vec![change("a", &[EVERYTHING], false)], gone);
        assert_eq!(
            (back[0].removed, back[0].fields_since(0)),
            (false, ChangeKind::Product.fields().into_iter().map(str::to_owned).collect())
        );
        let (_, later) = place(head, vec![change("a", &["unit"], false)], back);
        assert_eq!(later[0].fields_since(6), ["unit"]);
        assert!(later[0].fields_since(5).len() > 10, "whoever did not see it come back reads all of it");
    }

    #[test]
    fn a_first_reading_is_complete_for_as_long_as_tombstones_are_kept() {
        let began_at = Timestamp::from_seconds(1_000);
        let place = Place { seq: 5, began_at };
        let end = began_at.plus(TOMBSTONES_KEPT);
        assert!(place.is_complete(5, end) && place.is_complete(9, began_at));
        assert!(!place.is_complete(6, end));
    }

    proptest! {
        /// Whoever follows the feed in pieces of any size knows in the end what is listed, and missed no field.
        #[test]
        fn followers_end_with_what_is_listed(
            steps in prop::collection::vec((0_u8..5, 0_u8..4, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let names = ["title", "unit", "media", "rating"];
            let (mut head, mut feed) = (0, BTreeMap::<String, Entry>::new());
            let (mut listed, mut copy) = (BTreeMap::<String, [u32; 4]>::new(), BTreeMap::<String, [u32; 4]>::new());
            let mut read = 0;
            for (thing, field, remove, look) in steps {
                let subject = thing.to_string();
                let known = feed.get(&subject).cloned();
                let next = if remove {
                    if listed.remove(&subject).is_none() { continue }
                    change(&subject, &[], true)
                } else {
                    let is_new = !listed.contains_key(&subject);
                    let state: &mut [u32; 4] = listed.entry(subject.clone()).or_insert([0; 4]);
                    state[usize::from(field)] += 1;
                    let name = names[usize::from(field)];
                    change(&subject, if is_new { &names } else { std::slice::from_ref(&name) }, false)
                };
                let (to, entries) = place(head, vec![next], known);
                head = to;
                feed.extend(entries.into_iter().map(|entry| (entry.subject.clone(), entry)));
                if look {
                    for entry in feed.values().filter(|entry| entry.seq > read) {
                        if entry.removed {
                            copy.remove(&entry.subject);
                        } else {
                            let changed = entry.fields_since(read);
                            let state = copy.entry(entry.subject.clone()).or_insert([0; 4]);
                            for (place, name) in names.iter().enumerate() {
                                if changed.iter().any(|field| field == name) {
                                    state[place] = listed[&entry.subject][place];
                                }
                            }
                        }
                    }
                    read = head;
                    prop_assert_eq!(&copy, &listed);
                }
            }
        }
    }
}
