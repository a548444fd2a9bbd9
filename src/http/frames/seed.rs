//! What subscriptions have in common whose messages look alike, and nothing of what only one of them says.

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection};

use crate::domain::actor::Actor;
use crate::domain::language::Preferences;
use crate::http::door::{Admitted, Trail};

/// What two subscriptions have in common whose messages look alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupKey {
    pub document: usize,
    pub operation: Option<String>,
    /// Those that the look depends on, as JSON in the order of their names.
    pub variables: String,
    /// Who sees them, where that makes a difference.
    pub caller: Option<(Actor, Preferences)>,
}

/// What a group is made of, once the executor has accepted the operation: nobody who was refused founds one.
#[derive(Debug)]
pub struct Seed {
    pub key: GroupKey,
    pub document: ExecutableDocument,
    pub variables: Variables,
    pub languages: Preferences,
    pub actor: Arc<Actor>,
    pub trail: Trail,
}

impl Seed {
    /// Of an admitted operation.
    pub fn new(admitted: &mut Admitted, actor: &Arc<Actor>, languages: &Preferences) -> anyhow::Result<Self> {
        let telling = admitted.trail.telling();
        let (trail, request) = (&admitted.trail, &mut admitted.request);
        let mut variables = request.variables.clone();
        variables.retain(|name, _| telling.variables.contains(name.as_str()));
        let key = GroupKey {
            document: trail.document_number(),
            operation: request.operation_name.clone(),
            variables: serde_json::to_string(&variables)?,
            caller: telling.is_live.then(|| (Actor::clone(actor), languages.clone())),
        };
        let mut document =
            request.parsed_query().map_err(|error| anyhow::anyhow!("{}", error.message))?.clone();
        without_arguments(&mut document);
        let trail = trail.clone();
        Ok(Self { key, document, variables, languages: languages.clone(), actor: Arc::clone(actor), trail })
    }

    /// Whether more is shown than the message.
    pub const fn is_live(&self) -> bool {
        self.key.caller.is_some()
    }
}

/// Takes the arguments from the root fields: they say which messages come, to one reader, and none of them has to be given.
fn without_arguments(document: &mut ExecutableDocument) {
    let of = |operation: &mut OperationDefinition| {
        for selection in &mut operation.selection_set.node.items {
            if let Selection::Field(field) = &mut selection.node {
                field.node.arguments.clear();
            }
        }
    };
    match &mut document.operations {
        DocumentOperations::Single(operation) => of(&mut operation.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                of(&mut operation.node);
            }
        }
    }
}
