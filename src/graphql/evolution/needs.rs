//! What a field demands of a token, as `@requiresScope` prints it: the directive stands once for each way to be allowed the
//! field, and a role that a use names has only the ways that name it.

use std::collections::BTreeSet;
use std::fmt;

use apollo_compiler::ast::{Directive, DirectiveList};

/// One way to be allowed a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Need<'a> {
    /// All of these scopes.
    scopes: BTreeSet<&'a str>,
    /// For these roles; for every role that no other way names, where there is none.
    roles: BTreeSet<&'a str>,
}

/// Every way to be allowed a field; none where the field is everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs<'a>(BTreeSet<Need<'a>>);

/// What a field demands.
pub(super) fn needs(uses: &DirectiveList) -> Needs<'_> {
    let printed = uses.iter().filter(|used| used.name == "requiresScope");
    Needs(printed.map(|used| Need { scopes: words(used, "scopes"), roles: words(used, "roles") }).collect())
}

fn words<'a>(used: &'a Directive, argument: &str) -> BTreeSet<&'a str> {
    let given = used.arguments.iter().find(|given| given.name == argument);
    // One value stands for a list of it.
    let one = given.and_then(|given| given.value.as_str());
    let list = given.and_then(|given| given.value.as_list()).unwrap_or_default();
    one.into_iter().chain(list.iter().filter_map(|word| word.as_str())).collect()
}

impl<'a> Needs<'a> {
    /// The scopes of each way that a role has; `None` is a role that nothing names.
    fn ways_of(&self, role: Option<&str>) -> Vec<&BTreeSet<&'a str>> {
        let own = |need: &&Need<'a>| role.is_some_and(|role| need.roles.contains(role));
        let ways: Vec<_> = self.0.iter().filter(own).map(|need| &need.scopes).collect();
        if !ways.is_empty() {
            return ways;
        }
        self.0.iter().filter(|need| need.roles.is_empty()).map(|need| &need.scopes).collect()
    }

    /// Whether every token that those let in is let in by these.
    pub fn let_in_all_of(&self, before: &Needs<'_>) -> bool {
        if self.0.is_empty() {
            return true;
        }
        if before.0.is_empty() {
            // A way without a scope would be everybody's.
            return self.0.iter().any(|need| need.roles.is_empty() && need.scopes.is_empty());
        }
        let all = before.0.iter().chain(&self.0);
        let mut roles = all.flat_map(|need| need.roles.iter().copied().map(Some)).chain([None]);
        roles.all(|role| {
            let ways = self.ways_of(role);
            before.ways_of(role).iter().all(|had| ways.iter().any(|way| way.is_subset(had)))
        })
    }
}

impl fmt::Display for Needs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (place, need) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" or ")?;
            }
            write!(f, "{:?}", need.scopes)?;
            if !need.roles.is_empty() {
                write!(f, " of {:?}", need.roles)?;
            }
        }
        Ok(())
    }
}
