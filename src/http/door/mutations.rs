//! A mutation's root field that is asked for twice under one key runs once (6.3.2): the executor would run it twice, and
//! writing twice is not what the caller said.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, FragmentDefinition, Selection,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

/// Puts the fields of the chosen operation's root together, as they are left by the variables that are true.
pub(super) fn merge(document: &mut ExecutableDocument, operation: Option<&str>, truths: &HashSet<String>) {
    let chosen = match (&mut document.operations, operation) {
        (DocumentOperations::Single(only), _) => Some(only),
        (DocumentOperations::Multiple(several), Some(name)) => several.get_mut(name),
        (DocumentOperations::Multiple(_), None) => None,
    };
    let Some(chosen) = chosen else { return };
    let root = std::mem::take(&mut chosen.node.selection_set.node.items);
    let mut fields =
        Root { fragments: &document.fragments, truths, visited: HashSet::new(), fields: Vec::new() };
    fields.collect(root);
    chosen.node.selection_set.node.items = fields.fields;
}

struct Root<'doc> {
    fragments: &'doc HashMap<Name, Positioned<FragmentDefinition>>,
    truths: &'doc HashSet<String>,
    visited: HashSet<Name>,
    fields: Vec<Positioned<Selection>>,
}

impl Root<'_> {
    /// Type conditions apply: validation has refused those that do not, and there is one type of root.
    fn collect(&mut self, selections: Vec<Positioned<Selection>>) {
        for selection in selections {
            if is_left_out(selection.node.directives(), self.truths) {
                continue;
            }
            match selection.node {
                Selection::Field(field) => {
                    let key = &field.node.response_key().node;
                    let earlier = self.fields.iter_mut().find_map(|earlier| match &mut earlier.node {
                        Selection::Field(earlier) if earlier.node.response_key().node == *key => {
                            Some(earlier)
                        }
                        Selection::Field(_) | Selection::FragmentSpread(_) | Selection::InlineFragment(_) => {
                            None
                        }
                    });
                    if let Some(earlier) = earlier {
                        earlier.node.selection_set.node.items.extend(field.node.selection_set.node.items);
                    } else {
                        let place = selection.pos;
                        self.fields.push(Positioned::new(Selection::Field(field), place));
                    }
                }
                Selection::InlineFragment(inline) => self.collect(inline.node.selection_set.node.items),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node;
                    let fragment = self.fragments.get(&name);
                    if let Some(fragment) = fragment.filter(|_| self.visited.insert(name)) {
                        self.collect(fragment.node.selection_set.node.items.clone());
                    }
                }
            }
        }
    }
}

fn is_left_out(directives: &[Positioned<Directive>], truths: &HashSet<String>) -> bool {
    directives.iter().any(|directive| {
        let is_true = match directive.node.get_argument("if").map(|condition| &condition.node) {
            Some(Value::Boolean(truth)) => *truth,
            Some(Value::Variable(name)) => truths.contains(name.as_str()),
            _ => false,
        };
        match directive.node.name.node.as_str() {
            "skip" => is_true,
            "include" => !is_true,
            _ => false,
        }
    })
}
