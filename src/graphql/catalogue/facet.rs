//! Facets in the schema: counted values, each with the filter that asks for it.

use async_graphql::indexmap::IndexMap;
use async_graphql::{InputValueError, InputValueResult, Name, Scalar, ScalarType, SimpleObject, Value};

use super::small;
use super::words::FacetKind;
use crate::domain::search;

/// A filter of a search, or a part of one, as JSON: an object with the fields of `ProductFilterInput` or `SupplierFilterInput`,
/// to be sent back as it is.
#[derive(Debug, Clone)]
pub struct FilterValue(Value);

/// A filter of a search, or a part of one, as JSON: an object with the fields of `ProductFilterInput` or `SupplierFilterInput`,
/// to be sent back as it is.
#[Scalar(specified_by_url = "https://docs.surety.invalid/scalars/filter-value")]
impl ScalarType for FilterValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Object(_) => Ok(Self(value)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// Values by which a search can be narrowed. Their counts are those of the whole filter without this facet's own part, so
/// choosing one country leaves the counts of the others in sight.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchFacet {
    /// Which property.
    kind: FacetKind,
    /// The values, most frequent first, steps of a measure in their order; those without a row are left out unless they
    /// are selected. At most 50.
    values: Vec<SearchFacetValue>,
    /// Whether the counts are exact. Of more than 20000 rows (those that the search finds, with those that miss the filter in
    /// this facet alone) 20000 are counted: then each count says "at least so many", and rare values may be missing.
    is_exact: bool,
}

/// One value by which a search can be narrowed.
#[derive(Debug, Clone, SimpleObject)]
pub struct SearchFacetValue {
    /// The value, as the filter takes it; ranges as `1-9.999999`.
    value: String,
    /// The value for people.
    label: String,
    /// How many rows `filter` finds.
    count: i32,
    /// Whether the search asks for it.
    is_selected: bool,
    /// The part of a filter that asks for this value alone: put its fields into the filter of this search, in place of
    /// those with the same name. For several values of one facet put their lists together.
    input: FilterValue,
    /// The whole filter of this search with `input` put in: send it back as the argument `filter`.
    filter: FilterValue,
}

/// The facets as nodes, for a search with this filter.
pub(super) fn nodes(found: Vec<search::Facet>, filter: &Value) -> Vec<SearchFacet> {
    found
        .into_iter()
        .map(|facet| SearchFacet {
            kind: facet.kind.into(),
            is_exact: facet.is_exact,
            values: facet
                .values
                .into_iter()
                .map(|value| {
                    let (field, asked) = input(facet.kind, &value.value);
                    let part = IndexMap::from_iter([(Name::new(field), asked)]);
                    SearchFacetValue {
                        count: small(value.count),
                        is_selected: value.is_selected,
                        filter: merged(filter, &part),
                        input: FilterValue(Value::Object(part)),
                        value: value.value,
                        label: value.label,
                    }
                })
                .collect(),
        })
        .collect()
}

/// A filter with the fields of a part in place of its own.
fn merged(filter: &Value, part: &IndexMap<Name, Value>) -> FilterValue {
    let mut fields: IndexMap<Name, Value> = match filter {
        Value::Object(fields) => fields.clone(),
        _ => IndexMap::new(),
    };
    fields.retain(|_, value| !matches!(value, Value::Null));
    fields.extend(part.iter().map(|(name, value)| (name.clone(), value.clone())));
    FilterValue(Value::Object(fields))
}

/// The field of the filter that asks for a value, and what it is set to.
fn input(kind: search::FacetKind, value: &str) -> (&'static str, Value) {
    let text = || Value::String(value.to_owned());
    let list = || Value::List(vec![text()]);
    let word = || Value::List(vec![Value::Enum(Name::new(value))]);
    let number = || value.parse::<i64>().map_or(Value::Null, Value::from);
    let object = |fields: &[(&str, Value)]| {
        Value::Object(fields.iter().map(|(name, value)| (Name::new(*name), value.clone())).collect())
    };
    match kind {
        search::FacetKind::Badge => ("badges", word()),
        search::FacetKind::Specialisation => ("specialisations", word()),
        search::FacetKind::AfterSales => ("afterSalesLabels", word()),
        search::FacetKind::Country => ("countries", list()),
        search::FacetKind::ManagementCertification => ("managementCertifications", list()),
        search::FacetKind::ProductCertification => ("productCertifications", list()),
        search::FacetKind::Category => ("categoryId", text()),
        search::FacetKind::Guaranteed => ("guaranteed", Value::Boolean(true)),
        search::FacetKind::EasyReturn => ("easyReturn", Value::Boolean(true)),
        search::FacetKind::SampleAvailable => ("sampleAvailable", Value::Boolean(true)),
        search::FacetKind::Customisable => ("customisable", Value::Boolean(true)),
        search::FacetKind::Rating => ("minimumRating", text()),
        search::FacetKind::MinimumOrderQuantity => ("minimumOrderQuantity", object(&[("atMost", number())])),
        search::FacetKind::LeadTime => ("leadTime", object(&[("daysAtMost", number())])),
        search::FacetKind::Price => {
            let (minimum, maximum) = value.split_once('-').unwrap_or((value, ""));
            let mut fields = vec![
                ("currencyCode", Value::String("USD".to_owned())),
                ("minimum", Value::String(minimum.to_owned())),
                ("convert", Value::Boolean(true)),
            ];
            if !maximum.is_empty() {
                fields.push(("maximum", Value::String(maximum.to_owned())));
            }
            ("price", object(&fields))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_takes_the_place_of_its_own_facets_part() {
        let filter = Value::from_json(json!({
            "badges": ["GOLD"], "countries": ["DE", "FR"], "guaranteed": null
        }))
        .unwrap();
        let narrow = |kind, value| {
            let (field, asked) = input(kind, value);
            merged(&filter, &IndexMap::from_iter([(Name::new(field), asked)])).0.into_json().unwrap()
        };
        for (kind, value, expected) in [
            (
                search::FacetKind::Badge,
                "VERIFIED",
                json!({ "badges": ["VERIFIED"], "countries": ["DE", "FR"] }),
            ),
            (search::FacetKind::Country, "PT", json!({ "badges": ["GOLD"], "countries": ["PT"] })),
            (
                search::FacetKind::Guaranteed,
                "true",
                json!({ "badges": ["GOLD"], "countries": ["DE", "FR"], "guaranteed": true }),
            ),
            (
                search::FacetKind::LeadTime,
                "7",
                json!({ "badges": ["GOLD"], "countries": ["DE", "FR"], "leadTime": { "daysAtMost": 7 } }),
            ),
        ] {
            assert_eq!(narrow(kind, value), expected);
        }
        let price = |word| narrow(search::FacetKind::Price, word)["price"].clone();
        let dear = json!({ "currencyCode": "USD", "minimum": "1000", "convert": true });
        assert_eq!((price("1-9.999999")["maximum"].clone(), price("1000-")), (json!("9.999999"), dear));
    }
}
