//! From text to a document that fits the schema, in the order of what each step can cost.

use apollo_compiler::ast::{Document, FieldDefinition, Type};
use apollo_compiler::executable::ExecutableDocument;
use apollo_compiler::parser::Parser;
use apollo_compiler::schema::{Component, ExtendedType};
use apollo_compiler::validation::{DiagnosticList, Valid};
use apollo_compiler::{Node, Schema, name};

use crate::domain::error::Code;
use crate::http::limits::DocumentLimits;

use super::descriptions;
use super::refusal::{Location, MAXIMUM_ERRORS, Refused, RequestError};

/// Reads the SDL that the executor exports, once at start.
pub fn read_schema(sdl: &str) -> anyhow::Result<Valid<Schema>> {
    let mut schema = Schema::parse(sdl, "schema.graphql")
        .map_err(|failed| anyhow::anyhow!("the schema does not parse: {}", failed.errors))?;
    // The executor knows this field of introspection, the compiler does not yet.
    if let Some(ExtendedType::Object(introspected)) = schema.types.get_mut("__Type") {
        let field = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: Type::Named(name!("Boolean")),
            directives: apollo_compiler::ast::DirectiveList::new(),
        };
        introspected.make_mut().fields.entry(name!("isOneOf")).or_insert_with(|| Component::new(field));
    }
    // Whether deprecated parts are told is not null (4.2); the compiler has the edition before.
    for name in ["__Type", "__Field", "__Directive"] {
        let Some(ExtendedType::Object(introspected)) = schema.types.get_mut(name) else { continue };
        for field in introspected.make_mut().fields.values_mut() {
            for argument in &mut field.make_mut().arguments {
                if argument.name == "includeDeprecated" {
                    argument.make_mut().ty = Node::new(Type::NonNullNamed(name!("Boolean")));
                }
            }
        }
    }
    schema.validate().map_err(|failed| anyhow::anyhow!("the schema is not valid: {}", failed.errors))
}

/// Reads a document within the limits of its text.
pub fn parse(text: &str, limits: &DocumentLimits) -> Result<Document, Refused> {
    if text.len() > limits.bytes {
        return Err(Refused::too_large(format!("A document may have at most {} bytes.", limits.bytes)));
    }
    let mut parser = Parser::new().token_limit(limits.tokens).recursion_limit(limits.recursion);
    let document = match parser.parse_ast(descriptions::blanked(text), "request.graphql") {
        Ok(document) => document,
        Err(_) if parser.tokens_reached() >= limits.tokens => {
            return Err(Refused::too_large(format!("A document may have at most {} tokens.", limits.tokens)));
        }
        Err(_) if parser.recursion_reached() >= limits.recursion => {
            return Err(Refused::too_large(format!(
                "A document may be nested at most {} levels deep.",
                limits.recursion
            )));
        }
        Err(failed) => return Err(diagnosed(Code::GraphqlParseFailed, &failed.errors)),
    };
    if document.definitions.len() > limits.definitions {
        return Err(Refused::too_large(format!(
            "A document may have at most {} operations and fragments.",
            limits.definitions
        )));
    }
    Ok(document)
}

/// Checks the document against the schema by every rule of the specification.
pub fn validate(document: &Document, schema: &Valid<Schema>) -> Result<Valid<ExecutableDocument>, Refused> {
    document.to_executable_validate(schema).or_else(|failed| {
        // A subscription has one key at its root (5.2.4.1); the compiler counts fields, which may share it.
        let counts = |name: Option<&str>| name == Some("SubscriptionUsesMultipleFields");
        if failed.errors.iter().all(|diagnostic| counts(diagnostic.error.unstable_error_name()))
            && subscribes_once(&failed.partial)
        {
            return Ok(Valid::assume_valid(failed.partial));
        }
        Err(diagnosed(Code::GraphqlValidationFailed, &failed.errors))
    })
}

/// Whether all fields at the root of each subscription have one key.
fn subscribes_once(document: &ExecutableDocument) -> bool {
    let mut subscriptions = document.operations.iter().filter(|operation| operation.is_subscription());
    subscriptions.all(|operation| {
        let mut keys = operation.root_fields(document).map(|field| field.response_key());
        let first = keys.next();
        keys.all(|key| Some(key) == first)
    })
}

fn diagnosed(code: Code, diagnostics: &DiagnosticList) -> Refused {
    let errors: Vec<_> = diagnostics
        .iter()
        .take(MAXIMUM_ERRORS)
        .map(|diagnostic| {
            let told = diagnostic.to_json();
            let mut error = RequestError::new(code, told.message);
            error.locations = told
                .locations
                .into_iter()
                .take(MAXIMUM_ERRORS)
                .map(|place| Location { line: place.line, column: place.column })
                .collect();
            error
        })
        .collect();
    if errors.is_empty() {
        Refused::graphql(code, "The document is not valid.")
    } else {
        Refused::all(errors)
    }
}
