//! Documents made ready: parsed, measured, validated, in the executor's form, and kept while they are in use.

use std::collections::HashSet;
use std::sync::Arc;

use apollo_compiler::Schema;
use apollo_compiler::ast::{Definition, Document, OperationDefinition, OperationType, Selection};
use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::error::Code;
use crate::http::limits::DocumentLimits;
use crate::telemetry::DocumentCounts;

use super::cost::{Scale, Weight};
use super::outline::Outlined;
use super::refusal::Refused;
use super::{
    budget, deprecated, introspection, kinds, merging, one_of, parse, shape, unions, uniqueness, usages,
    zeros,
};

/// A document that may run.
#[derive(Debug)]
pub struct Prepared {
    /// As the compiler knows it, with types and the places in the caller's text.
    pub document: Valid<ExecutableDocument>,
    /// As the executor takes it, with the questions of [`kinds`].
    pub runnable: async_graphql::parser::types::ExecutableDocument,
    /// The deprecated parts of the schema that it names, as schema coordinates.
    pub deprecated: Box<[Box<str>]>,
    /// What the answers of its operations can hold, in the order of the operations; none where variables decide that.
    outlines: Box<[Option<Outlined>]>,
    /// Whether its answers have their shape whatever the executor does (`shape.rs`), unless something fails.
    pub is_settled: bool,
    /// Bytes of the text that the executor was given, which may be longer than the caller's.
    length: usize,
    /// The weight of the only operation, where no variable decides over it.
    fixed_weight: Option<Weight>,
}

impl Prepared {
    /// Takes a document through every check that does not depend on variables.
    fn new(text: &str, schema: &Valid<Schema>, limits: &DocumentLimits) -> Result<Self, Refused> {
        if text.contains(kinds::KIND) {
            let message = format!("The name `{}` is the server's own; choose another.", kinds::KIND);
            return Err(Refused::graphql(Code::GraphqlValidationFailed, message));
        }
        let mut parsed = parse::parse(text, limits)?;
        zeros::in_document(&mut parsed, text);
        budget::check(&parsed, limits)?;
        introspection::check(&parsed, limits)?;
        let document =
            parse::validate(&parsed, schema).map_err(|refused| introspection::discreet(refused, limits))?;
        uniqueness::check(&parsed)?;
        merging::check(&document, schema)?;
        usages::check(&document, schema)?;
        one_of::check_literals(&document, schema)?;
        flatten_subscriptions(&mut parsed);
        unions::rewrite(&mut parsed, schema, limits.nodes.saturating_mul(2))?;
        kinds::ask(&mut parsed, schema);
        let is_settled = shape::is_settled(&parsed);
        // The executor's parser reads what the compiler understood, not what the caller wrote: the two cannot disagree.
        let canonical = parsed.serialize().no_indent().to_string();
        let length = canonical.len();
        let runnable = async_graphql::parser::parse_query(canonical).map_err(|error| {
            // Its text would quote the document, and what callers wrote into it.
            let place = error.positions().next();
            tracing::warn!(?place, "the executor does not parse a valid document");
            Refused::graphql(
                Code::GraphqlParseFailed,
                "The document uses syntax that this server does not run.",
            )
        })?;
        let deprecated = deprecated::in_document(&document, schema);
        let none = HashSet::new();
        let outlines = document.operations.iter().map(|operation| {
            let outline = Outlined::new(schema, &document, operation, &none);
            outline.is_fixed.then_some(outline)
        });
        let outlines = outlines.collect();
        let fixed_weight = None;
        let mut prepared =
            Self { document, runnable, deprecated, outlines, is_settled, length, fixed_weight };
        prepared.fixed_weight = prepared.document.operations.get(None).ok().and_then(|operation| {
            let none = JsonMap::new();
            let mut scale = Scale::new(&prepared.document, &none);
            let weight = scale.operation(operation);
            (!scale.consulted_variables).then_some(weight)
        });
        Ok(prepared)
    }

    /// What the answers of one of the document's operations can hold; none where variables decide that.
    pub fn outline(&self, operation: &Operation) -> Option<&Outlined> {
        let mut operations = self.document.operations.iter();
        let index = operations.position(|known| known.name == operation.name)?;
        self.outlines.get(index)?.as_ref()
    }

    /// Whether the weight is the same whatever the variables are.
    pub const fn is_fixed(&self) -> bool {
        self.fixed_weight.is_some()
    }

    /// The weight of one of the document's operations.
    pub fn weigh(&self, operation: &Operation, variables: &JsonMap) -> Weight {
        self.fixed_weight.unwrap_or_else(|| Scale::new(&self.document, variables).operation(operation))
    }
}

/// Documents kept ready, bounded by their weight.
pub struct Documents {
    // The text itself is the key: no two documents can be taken for each other.
    kept: Cache<Box<str>, Arc<Prepared>, ByText>,
    pub(super) counts: Arc<DocumentCounts>,
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Documents({})", self.kept.len())
    }
}

/// Bytes of the outline of an operation for each of its fields.
const OUTLINE_BYTES: usize = 192;

/// Weighs a kept document by its text, or by what the executor was given for it: the parsed forms take some dozens of bytes for each of
/// its bytes. The outlines are as long as the text is with its fragments expanded.
#[derive(Debug, Clone)]
struct ByText;

impl Weighter<Box<str>, Arc<Prepared>> for ByText {
    fn weight(&self, text: &Box<str>, prepared: &Arc<Prepared>) -> u64 {
        let fields: usize = prepared.outlines.iter().flatten().map(|outlined| outlined.fields).sum();
        let bytes = 48 * text.len().max(prepared.length) + OUTLINE_BYTES * fields;
        4_096 + bytes as u64
    }
}

impl Documents {
    /// Keeps documents up to a weight in bytes.
    pub fn new(bytes: u64) -> Self {
        Self { kept: Cache::with_weighter(1_024, bytes, ByText), counts: Arc::default() }
    }

    /// The document of a text. What was refused is not kept: refusing is cheap, and strangers must not fill the memory.
    pub fn prepare(
        &self,
        text: &str,
        schema: &Valid<Schema>,
        limits: &DocumentLimits,
    ) -> Result<Arc<Prepared>, Refused> {
        if let Some(kept) = self.kept.get(text) {
            self.counts.ready.add(1);
            return Ok(kept);
        }
        self.counts.prepared.add(1);
        let prepared = Arc::new(Prepared::new(text, schema, limits)?);
        self.kept.insert(text.into(), Arc::clone(&prepared));
        Ok(prepared)
    }
}

/// Gives every subscription its one root field as a plain field: the executor sees no other selection there and would
/// end the stream at once. Validation has refused more than one field, and conditions on it; the one may be asked for several
/// times.
fn flatten_subscriptions(document: &mut Document) {
    let whole = document.clone();
    for definition in &mut document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        if operation.operation_type == OperationType::Subscription {
            let operation: &mut OperationDefinition = operation.make_mut();
            let mut flat = Vec::new();
            flatten(&operation.selection_set, &whole, &mut flat);
            operation.selection_set = flat;
        }
    }
}

fn flatten(selections: &[Selection], document: &Document, flat: &mut Vec<Selection>) {
    for selection in selections {
        match selection {
            Selection::Field(field) => match flat.first_mut() {
                Some(Selection::Field(first)) => {
                    first.make_mut().selection_set.extend(field.selection_set.iter().cloned());
                }
                _ => flat.push(Selection::Field(field.clone())),
            },
            Selection::InlineFragment(inline) => flatten(&inline.selection_set, document, flat),
            Selection::FragmentSpread(spread) => {
                let fragment = document.definitions.iter().find_map(|definition| {
                    definition.as_fragment_definition().filter(|found| found.name == spread.fragment_name)
                });
                if let Some(fragment) = fragment {
                    flatten(&fragment.selection_set, document, flat);
                }
            }
        }
    }
}
