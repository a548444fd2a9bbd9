//! The schema as text, with the directives that say what each field needs and weighs.
//!
//! The executor knows nothing of these directives: documents never use them. They are written into the printed text, which
//! is regular: one line begins a type, one line ends a field.

use std::collections::HashSet;

use async_graphql::SDLExportOptions;

use super::scopes::Need;
use super::{costs, scopes};
use crate::domain::page::DEFAULT_PAGE_SIZE;

/// What the directives mean, in the form of the printed schema.
const DIRECTIVES: &str = r#""""
What a field weighs beside the objects that it answers, and an object each time that it can occur. Unless printed, a field
and a value of a leaf weigh nothing, an object 1. The sum is the cost of a request before it runs
(`extensions.cost.requestedQueryCost`). After IBM's cost specification.
"""
directive @cost(
	"""
	A whole number.
	"""
	weight: String!
) on FIELD_DEFINITION | OBJECT
"""
How often what lies in a list can occur, for its weight. After IBM's cost specification.
"""
directive @listSize(
	"""
	How long it is taken to be where no slicing argument is given.
	"""
	assumedSize: Int,
	"""
	Arguments that say how long it is at most: a number, or the length of a list. The first one that is given counts.
	"""
	slicingArguments: [String!],
	"""
	The fields of the answered object that are as long, where the object is a page and not a list itself.
	"""
	sizedFields: [String!],
	"""
	Whether one of the slicing arguments has to be given.
	"""
	requireOneSlicingArgument: Boolean = false
) on FIELD_DEFINITION
"""
The token needs all of these scopes; without one the field is refused as `FORBIDDEN`. Where it stands several times on one
field, one of them is enough.
"""
directive @requiresScope(
	"""
	All of them are needed.
	"""
	scopes: [String!]!,
	"""
	For whom, such as `operator`; for every role that no other use on the field names, where it is null.
	"""
	roles: [String!]
) repeatable on FIELD_DEFINITION
"#;

/// The schema in the schema language, in a fixed order: what `surety schema` prints and `schema.graphql` holds.
pub fn sdl() -> String {
    let options =
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by();
    let text = super::schema().finish().sdl_with_options(options);
    annotated(text.trim_end())
}

/// The text with directives: of an object on the line that begins it, of a field on the line that ends it.
fn annotated(text: &str) -> String {
    let composites: HashSet<&str> = text.lines().filter_map(composite).collect();
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    let (mut described, mut parent, mut field) = (false, "", "");
    let mut arguments: Vec<&str> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        let marks = bare == "\"\"\"";
        described ^= marks;
        if marks || described {
            out.push_str(line);
        } else if let Some(name) = composite(line) {
            parent = name;
            out.push_str(&opened(line, name));
        } else if line == "schema {" {
            out.push_str(DIRECTIVES);
            out.push_str(line);
        } else if line.starts_with('}') || parent.is_empty() {
            parent = "";
            out.push_str(line);
        } else if let Some(argument) = line.strip_prefix("\t\t") {
            arguments.push(argument.split(':').next().unwrap_or_default());
            out.push_str(line);
        } else if let Some(name) = bare.strip_suffix('(') {
            field = name;
            out.push_str(line);
        } else {
            let (name, kind) = bare.split_once(':').unwrap_or((bare, ""));
            let name = if name == ")" { field } else { name };
            let kind = kind.trim().split(' ').next().unwrap_or_default();
            out.push_str(line);
            out.push_str(&ended(parent, name, kind, &arguments, &composites));
            arguments.clear();
        }
        out.push('\n');
    }
    out
}

/// The name of the object, interface or union that a line begins.
fn composite(line: &str) -> Option<&str> {
    let rest = ["type ", "interface ", "union "].iter().find_map(|word| line.strip_prefix(word))?;
    rest.split([' ', '{']).next().filter(|name| !name.is_empty())
}

/// The line that begins an object, with what it weighs where that is not what objects weigh.
fn opened(line: &str, name: &str) -> String {
    let weight = costs::object(name);
    match line.strip_suffix(" {") {
        Some(head) if line.starts_with("type ") && weight != costs::OBJECT => {
            format!("{head} @cost(weight: \"{weight}\") {{")
        }
        _ => line.to_owned(),
    }
}

/// What is written behind a field.
fn ended(parent: &str, field: &str, kind: &str, arguments: &[&str], composites: &HashSet<&str>) -> String {
    let mut out: Vec<String> = scopes::needs(parent, field).iter().map(printed).collect();
    let weight = costs::field(parent, field);
    if weight > 0 {
        out.push(format!(" @cost(weight: \"{weight}\")"));
    }
    let inner = kind.trim_matches(['[', ']', '!']);
    let mut slicing = costs::SLICING.to_vec();
    slicing.retain(|name| arguments.contains(name));
    let is_list = kind.starts_with('[') && composites.contains(inner) && !costs::in_page(parent, field);
    let is_page = costs::is_page(inner) && !slicing.is_empty();
    let (length, fields) = if is_page {
        (u64::from(DEFAULT_PAGE_SIZE), ", sizedFields: [\"edges\", \"nodes\"]")
    } else {
        (costs::ASSUMED_LENGTH, "")
    };
    let slicing = match slicing.as_slice() {
        [] => String::new(),
        given => format!(", slicingArguments: {}", words(given)),
    };
    if is_page || is_list {
        out.push(format!(" @listSize(assumedSize: {length}{slicing}{fields})"));
    }
    out.concat()
}

fn printed(need: &Need) -> String {
    let scopes: Vec<_> = need.scopes.iter().map(|scope| scope.as_str()).collect();
    let roles: Vec<_> = need.roles.iter().map(|role| role.as_str()).collect();
    if roles.is_empty() {
        return format!(" @requiresScope(scopes: {})", words(&scopes));
    }
    format!(" @requiresScope(scopes: {}, roles: {})", words(&scopes), words(&roles))
}

/// The words as a list of the schema language.
fn words(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
