//! From a caller's query to the document that each page runs.
//!
//! The caller writes a query of one list as for a first page; the server sets how many and behind which cursor, and takes
//! nothing but the objects: a line is an object, so what belongs to the page as a whole has no place.

use apollo_compiler::ast::{
    Argument, Definition, Document, Field, FieldDefinition, FragmentDefinition, OperationDefinition,
    OperationType, Selection, Type, Value, VariableDefinition,
};
use apollo_compiler::executable::{self, ExecutableDocument};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::{Name, Node, name};

use super::super::door::refusal::Refused;
use super::super::door::request::Parameters;
use super::super::door::{Door, Transport};
use super::{AFTER, SIZE, prune};
use crate::domain::bulk::PAGE_SIZES;
use crate::domain::error::{Code, Refusal};
use crate::service::bulk::Plan;

type Planned<T> = Result<T, Refusal>;

/// What is wrong with the query.
fn refuse<T>(message: impl Into<String>) -> Planned<T> {
    Err(Refusal::invalid(&["input", "query"], message))
}

/// The door's reasons, blamed on an input field.
pub(in crate::http) fn blamed(refused: Refused, field: &str) -> Vec<Refusal> {
    let refusal = |error: super::super::door::refusal::RequestError| {
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == error.extensions.code);
        let place = error.locations.first();
        let place = place.map_or_else(String::new, |at| format!(" (line {}, column {})", at.line, at.column));
        let message = format!("{}{place}", error.message);
        Refusal::new(code.unwrap_or(Code::BadRequest), message).at(&["input", field])
    };
    refused.errors.into_iter().map(refusal).collect()
}

/// Checks a query in full and plans its pages.
pub(super) fn plan(door: &Door, query: &str, variables: &JsonMap) -> Result<Plan, Vec<Refusal>> {
    let one = |refusal: Refusal| vec![refusal];
    let prepared = door.prepare(query).map_err(|refused| blamed(refused, "query"))?;
    let mut document = door.parse(query).map_err(|refused| blamed(refused, "query"))?;
    let (root, list) = the_list(&document, door).map_err(one)?;
    let operation = prepared.document.operations.get(None);
    let operation =
        operation.map_err(|error| one(Refusal::invalid(&["input", "query"], error.message().to_string())))?;
    let coerced = coerce_variable_values(door.schema(), operation, variables).map_err(|error| {
        let message = error.message().to_string();
        one(Refusal::new(Code::BadRequest, message).at(&["input", "variables"]))
    })?;
    let after = start(&root, &coerced).map_err(one)?;
    let nodes = objects(&document, &root).map_err(one)?;
    let mut reasons = Vec::new();
    for size in PAGE_SIZES {
        rewrite(&mut document, &root, &list, (nodes.clone(), size));
        prune::unused(&mut document);
        let text = document.serialize().no_indent().to_string();
        let page = door.prepare(&text).map_err(|refused| blamed(refused, "query"))?;
        nested_lists_are_bounded(&page.document).map_err(one)?;
        let mut variables = variables.clone();
        variables.insert(AFTER, JsonValue::Null);
        let parameters = Parameters { query: Some(text.clone()), variables, ..Parameters::default() };
        match door.admit(&parameters, Transport::Post) {
            Ok(_) => return Ok(Plan { document: text, after }),
            Err(refused) => reasons = blamed(refused, "query"),
        }
        if reasons.iter().any(|refusal| refusal.code != Code::QueryTooCostly) {
            break;
        }
    }
    Err(reasons)
}

fn operation(document: &Document) -> Planned<&Node<OperationDefinition>> {
    let mut found = document.definitions.iter().filter_map(|definition| match definition {
        Definition::OperationDefinition(operation) => Some(operation),
        _ => None,
    });
    match (found.next(), found.next()) {
        (Some(operation), None) if operation.operation_type == OperationType::Query => Ok(operation),
        (Some(_), None) => refuse("Only a query can be exported."),
        _ => refuse("Send one operation."),
    }
}

/// The one field at the root, and what the schema says of it: a list that is paged forward.
fn the_list(document: &Document, door: &Door) -> Planned<(Node<Field>, FieldDefinition)> {
    let operation = operation(document)?;
    for taken in [AFTER, SIZE] {
        if operation.variables.iter().any(|variable| variable.name == taken) {
            return refuse(format!("A variable cannot be called `{taken}`: it is the server's."));
        }
    }
    let [Selection::Field(root)] = operation.selection_set.as_slice() else {
        return refuse("Write one list at the root of the query, as a field and not as a fragment.");
    };
    if !root.directives.is_empty() {
        return refuse(format!("`{}` takes no directives here.", root.name));
    }
    let known = door.schema().type_field("Query", &root.name).ok();
    let list = known.filter(|list| {
        list.ty.inner_named_type().ends_with("Connection")
            && ["first", "after"].iter().all(|name| list.argument_by_name(name).is_some())
    });
    match list {
        Some(list) => Ok((root.clone(), list.node.as_ref().clone())),
        None => refuse(format!("`{}` is no list that is read page by page.", root.name)),
    }
}

/// Where the first page begins. How many and which way are the server's.
fn start(root: &Field, variables: &JsonMap) -> Planned<Option<String>> {
    for name in ["first", "last", "before", "offset"] {
        if root.arguments.iter().any(|argument| argument.name == name) {
            return refuse(format!(
                "Leave out `{name}` at `{}`: the server reads the whole list.",
                root.name
            ));
        }
    }
    let Some(after) = root.arguments.iter().find(|argument| argument.name == "after") else {
        return Ok(None);
    };
    match after.value.as_ref() {
        Value::String(cursor) => Ok(Some(cursor.clone())),
        Value::Variable(name) => {
            Ok(variables.get(name.as_str()).and_then(JsonValue::as_str).map(str::to_owned))
        }
        _ => Ok(None),
    }
}

/// The fields below a selection set, fragments written out; no directive may decide over them.
fn fields(document: &Document, set: &[Selection], out: &mut Vec<Node<Field>>) -> Planned<()> {
    for selection in set {
        let (inner, bare) = match selection {
            Selection::Field(field) => {
                out.push(field.clone());
                (None, field.directives.is_empty())
            }
            Selection::InlineFragment(inline) => (Some(&inline.selection_set), inline.directives.is_empty()),
            Selection::FragmentSpread(spread) => {
                let fragment = fragment(document, &spread.fragment_name);
                (fragment.map(|found| &found.selection_set), spread.directives.is_empty())
            }
        };
        if !bare {
            return refuse("Directives have their place in the objects of the list, not above them.");
        }
        inner.map_or(Ok(()), |inner| fields(document, inner, out))?;
    }
    Ok(())
}

fn fragment<'a>(document: &'a Document, name: &Name) -> Option<&'a Node<FragmentDefinition>> {
    document
        .definitions
        .iter()
        .find_map(|definition| definition.as_fragment_definition().filter(|found| found.name == *name))
}

/// What is selected of each object, by `nodes` or by `edges { node }`.
fn objects(document: &Document, root: &Field) -> Planned<Vec<Selection>> {
    let (mut whole, mut found, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    fields(document, &root.selection_set, &mut whole)?;
    let mut take = |field: &Node<Field>, edge: Option<&Name>| {
        keys.push((edge.cloned(), field.alias.clone().unwrap_or_else(|| field.name.clone())));
        found.extend(field.selection_set.iter().cloned());
    };
    for field in &whole {
        match field.name.as_str() {
            "nodes" => take(field, None),
            "edges" => {
                let mut edge = Vec::new();
                fields(document, &field.selection_set, &mut edge)?;
                for inner in &edge {
                    if inner.name != "node" {
                        return refuse(format!("Leave out `{}` of `edges`: a line is a `node`.", inner.name));
                    }
                    take(inner, Some(field.alias.as_ref().unwrap_or(&field.name)));
                }
            }
            "pageInfo" => {}
            other => {
                return refuse(format!(
                    "Leave out `{other}`: lines are the objects of the list. Ask for it by an ordinary request."
                ));
            }
        }
    }
    keys.dedup();
    match keys.as_slice() {
        [_] => Ok(found),
        [] => refuse("Select the objects of the list: `nodes { … }` or `edges { node { … } }`."),
        _ => refuse("Select the objects once: as `nodes { … }` or as `edges { node { … } }`."),
    }
}

fn field(name: Name, selection_set: Vec<Selection>) -> Selection {
    let directives = apollo_compiler::ast::DirectiveList::new();
    Selection::Field(Node::new(Field { alias: None, name, arguments: Vec::new(), directives, selection_set }))
}

fn variable(name: Name, type_name: Name, default_value: Option<Node<Value>>) -> Node<VariableDefinition> {
    let directives = apollo_compiler::ast::DirectiveList::new();
    Node::new(VariableDefinition { name, ty: Node::new(Type::Named(type_name)), default_value, directives })
}

/// Makes the operation one of a page: the list with the objects and where the page ends, behind the variable's cursor, of
/// this size unless the other variable says a smaller one.
fn rewrite(
    document: &mut Document,
    root: &Field,
    list: &FieldDefinition,
    (nodes, size): (Vec<Selection>, i32),
) {
    let argument = |name: Name, value: Value| Node::new(Argument { name, value: Node::new(value) });
    let mut arguments: Vec<_> =
        root.arguments.iter().filter(|argument| argument.name != "after").cloned().collect();
    let (behind, many) = (name!("bulkPageAfter"), name!("bulkPageSize"));
    arguments.push(argument(name!("first"), Value::Variable(many.clone())));
    arguments.push(argument(name!("after"), Value::Variable(behind.clone())));
    let place = vec![field(name!("hasNextPage"), Vec::new()), field(name!("endCursor"), Vec::new())];
    let page = Field {
        alias: None,
        name: root.name.clone(),
        arguments,
        directives: apollo_compiler::ast::DirectiveList::new(),
        selection_set: vec![field(name!("nodes"), nodes), field(name!("pageInfo"), place)],
    };
    let cursor = list.argument_by_name("after").map(|after| after.ty.inner_named_type().clone());
    for definition in &mut document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        let operation = operation.make_mut();
        operation.selection_set = vec![Selection::Field(Node::new(page.clone()))];
        operation.variables.retain(|known| known.name != behind && known.name != many);
        let default = Some(Node::new(Value::Int(size.into())));
        operation.variables.push(variable(many.clone(), name!("Int"), default));
        operation.variables.extend(cursor.clone().map(|cursor| variable(behind.clone(), cursor, None)));
    }
}

/// Lists below the objects are not followed: whoever asks for one says how much of it is wanted.
fn nested_lists_are_bounded(document: &ExecutableDocument) -> Planned<()> {
    let Ok(operation) = document.operations.get(None) else { return Ok(()) };
    for selection in &operation.selection_set.selections {
        if let executable::Selection::Field(list) = selection {
            bounded(&list.selection_set)?;
        }
    }
    document.fragments.values().try_for_each(|fragment| bounded(&fragment.selection_set))
}

fn bounded(set: &executable::SelectionSet) -> Planned<()> {
    set.selections.iter().try_for_each(|selection| match selection {
        executable::Selection::Field(field) => {
            let given = |name: &str| field.arguments.iter().any(|argument| argument.name == name);
            let is_list = field.definition.argument_by_name("first").is_some();
            if is_list && !given("first") && !given("last") {
                return refuse(format!(
                    "Say `first` or `last` at `{}`: a list below the objects is not read to its end.",
                    field.name
                ));
            }
            bounded(&field.selection_set)
        }
        executable::Selection::InlineFragment(inline) => bounded(&inline.selection_set),
        executable::Selection::FragmentSpread(_) => Ok(()),
    })
}
