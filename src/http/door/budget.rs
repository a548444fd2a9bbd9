//! How large a document is once its fragments are expanded, computed without expanding them: each fragment is measured
//! once and sums saturate, so a document that would expand to 2^64 fields costs as little as it is long.

use std::collections::HashMap;

use apollo_compiler::ast::{Definition, Document, FragmentDefinition, OperationDefinition, Selection};

use crate::graphql::NESTING;
use crate::http::limits::DocumentLimits;

use super::refusal::Refused;

/// Nesting of selections and spreads that is followed; what is deeper counts as endless.
const LEVELS: u32 = 128;

/// Fields of introspection that lead from types back to types.
const WAYS_BACK: [&str; 6] = ["fields", "inputFields", "interfaces", "possibleTypes", "args", "types"];

/// Selections below `__schema` and `__type` together; the queries of tools have some 250. Each one below a list of the schema is told
/// for thousands of fields, which the prices of `__schema` and `__type` (`src/graphql/costs.rs`) take to be no more than these.
const INTROSPECTED: u64 = 400;
/// Lists of the schema among them; the queries of tools have seven.
const INTROSPECTED_LISTS: u64 = 20;
/// Aliases among them; the queries of tools have none.
const INTROSPECTED_ALIASES: u64 = 10;

/// The measure of a list of selections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    nodes: u64,
    depth: u64,
    /// Selections in each other, those of fragments too.
    height: u64,
    aliases: u64,
    directives: u64,
    /// Fields on the level itself.
    width: u64,
    /// Which of [`WAYS_BACK`] lie below.
    ways_back: u8,
    /// Whether one of them lies below itself.
    circular: bool,
    /// Whether that is so below `__schema` or `__type`.
    circular_introspection: bool,
    /// How many of [`WAYS_BACK`] there are.
    lists: u64,
    /// What of this lies below `__schema` and `__type`.
    introspected: Introspected,
}

/// What is asked of the schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Introspected {
    nodes: u64,
    lists: u64,
    aliases: u64,
}

impl Size {
    const ENDLESS: Self = Self {
        nodes: u64::MAX,
        depth: u64::MAX,
        height: u64::MAX,
        aliases: u64::MAX,
        directives: u64::MAX,
        width: u64::MAX,
        ways_back: 0,
        circular: false,
        circular_introspection: false,
        lists: u64::MAX,
        introspected: Introspected { nodes: 0, lists: 0, aliases: 0 },
    };

    fn beside(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            depth: self.depth.max(other.depth),
            height: self.height.max(other.height),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            width: self.width.saturating_add(other.width),
            ways_back: self.ways_back | other.ways_back,
            circular: self.circular || other.circular,
            circular_introspection: self.circular_introspection || other.circular_introspection,
            lists: self.lists.saturating_add(other.lists),
            introspected: self.introspected.beside(other.introspected),
        }
    }

    /// The measure of what has these selections below it.
    const fn higher(mut self) -> Self {
        self.height = self.height.saturating_add(1);
        self
    }

    fn with(mut self, nodes: u64, directives: usize) -> Self {
        self.nodes = self.nodes.saturating_add(nodes);
        self.directives = self.directives.saturating_add(directives as u64);
        self
    }
}

impl Introspected {
    const fn beside(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            lists: self.lists.saturating_add(other.lists),
            aliases: self.aliases.saturating_add(other.aliases),
        }
    }
}

struct Measure<'doc> {
    fragments: HashMap<&'doc str, &'doc FragmentDefinition>,
    /// None while the fragment is being measured: a spread that finds it so is part of a cycle, which validation
    /// names.
    measured: HashMap<&'doc str, Option<Size>>,
}

impl<'doc> Measure<'doc> {
    fn selections(&mut self, selections: &'doc [Selection], level: u32) -> Size {
        if level > LEVELS {
            return Size::ENDLESS;
        }
        let mut sum = Size::default();
        for selection in selections {
            let size = match selection {
                Selection::Field(field) => self.field(field, level),
                Selection::InlineFragment(inline) => self
                    .selections(&inline.selection_set, level + 1)
                    .higher()
                    .with(1, inline.directives.len()),
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.fragment_name, level).higher().with(1, spread.directives.len())
                }
            };
            sum = sum.beside(size);
        }
        sum
    }

    fn field(&mut self, field: &'doc apollo_compiler::ast::Field, level: u32) -> Size {
        let mut size = self.selections(&field.selection_set, level + 1).with(1, field.directives.len());
        size.depth = size.depth.saturating_add(1);
        if !field.selection_set.is_empty() {
            size = size.higher();
        }
        size.aliases = size.aliases.saturating_add(u64::from(field.alias.is_some()));
        size.width = 1;
        let name = field.name.as_str();
        if let Some(bit) = WAYS_BACK.iter().position(|&way| way == name) {
            size.circular |= size.ways_back & (1 << bit) != 0;
            size.ways_back |= 1 << bit;
            size.lists = size.lists.saturating_add(1);
        }
        if matches!(name, "__schema" | "__type") {
            size.circular_introspection |= size.circular;
            size.introspected = Introspected { nodes: size.nodes, lists: size.lists, aliases: size.aliases };
        }
        size
    }

    fn fragment(&mut self, name: &'doc str, level: u32) -> Size {
        if let Some(known) = self.measured.get(name) {
            return known.unwrap_or_default();
        }
        let Some(fragment) = self.fragments.get(name).copied() else {
            return Size::default();
        };
        self.measured.insert(name, None);
        let size = self.selections(&fragment.selection_set, level + 1).with(0, fragment.directives.len());
        self.measured.insert(name, Some(size));
        size
    }

    fn operation(&mut self, operation: &'doc OperationDefinition) -> Size {
        let on_variables: usize = operation.variables.iter().map(|variable| variable.directives.len()).sum();
        self.selections(&operation.selection_set, 0).with(0, operation.directives.len() + on_variables)
    }
}

/// Refuses a document whose expansion is larger than the limits, naming the limit.
pub fn check(document: &Document, limits: &DocumentLimits) -> Result<(), Refused> {
    let mut measure = Measure { fragments: HashMap::new(), measured: HashMap::new() };
    for definition in &document.definitions {
        if let Definition::FragmentDefinition(fragment) = definition {
            measure.fragments.entry(fragment.name.as_str()).or_insert(fragment);
        }
    }
    let mut nodes: u64 = 0;
    for definition in &document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        let size = measure.operation(operation);
        nodes = nodes.saturating_add(size.nodes);
        let within = |actual: u64, maximum: u64, what: &str| {
            if actual <= maximum {
                return Ok(());
            }
            Err(Refused::too_large(format!(
                "An operation may have at most {maximum} {what}, fragments expanded."
            )))
        };
        within(size.depth, limits.depth, "levels of fields")?;
        within(size.height, NESTING as u64, "levels of selections")?;
        within(nodes, limits.nodes, "selections")?;
        within(size.aliases, limits.aliases, "aliases")?;
        within(size.directives, limits.directives, "directives")?;
        within(size.width, limits.root_fields, "fields at its root")?;
        let Introspected { nodes: introspected, lists, aliases } = size.introspected;
        within(introspected, INTROSPECTED, "selections below `__schema` and `__type`")?;
        within(lists, INTROSPECTED_LISTS, "lists of the schema, such as `fields`")?;
        within(aliases, INTROSPECTED_ALIASES, "aliases below `__schema` and `__type`")?;
        if size.circular_introspection {
            return Err(Refused::too_large(
                "Introspection may not lead back into itself: no `fields` below `fields`.",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Result<(), String> {
        let document = Document::parse(text, "test.graphql").unwrap();
        check(&document, &DocumentLimits::default()).map_err(|refused| refused.errors[0].message.clone())
    }

    #[test]
    fn bombs_are_measured_without_being_expanded() {
        use std::fmt::Write;
        for (levels, spreads) in [(25, 2), (30, 2), (10, 10)] {
            let mut text = "{ ...F0 }".to_owned();
            for level in 0..levels {
                let next = format!("...F{} ", level + 1).repeat(spreads);
                write!(text, " fragment F{level} on Query {{ {next} }}").unwrap();
            }
            write!(text, " fragment F{levels} on Query {{ a }}").unwrap();
            assert!(verdict(&text).unwrap_err().contains("selections"));
        }
    }

    #[test]
    fn each_limit_is_named() {
        let deep = format!("{}a{}", "{a".repeat(21), "}".repeat(21));
        assert!(verdict(&deep).unwrap_err().contains("levels"));
        let aliases = format!("{{ n {{ {} }} }}", "a: b ".repeat(101));
        assert!(verdict(&aliases).unwrap_err().contains("aliases"));
        let directives = format!("{{ a {} }}", "@x ".repeat(101));
        assert!(verdict(&directives).unwrap_err().contains("directives"));
        assert!(verdict(&format!("{{ {} }}", "a ".repeat(31))).unwrap_err().contains("root"));
        for (asked, named) in [
            (format!("types {{ name {} }}", "kind ".repeat(400)), "selections below"),
            ("types { name } ".repeat(21), "lists"),
            (format!("types {{ {} }}", "n: name ".repeat(11)), "aliases below"),
        ] {
            assert!(
                verdict(&format!("{{ __schema {{ {asked} }} }}")).unwrap_err().contains(named),
                "{asked}"
            );
        }
        assert!(
            verdict(&format!("{{ a {{ {} }} }}", "args { b } ".repeat(30))).is_ok(),
            "it is no introspection"
        );
        let nested = format!("{{ {} a {} }}", "... { ".repeat(200), "} ".repeat(200));
        assert!(verdict(&nested).is_err());
        // A fragment is measured once, however deep it is spread.
        let mut chain = "{ ...F0 ...F1 ...F2 ...F3 }".to_owned();
        for (fragment, next) in [(3, "a"), (2, "...F3"), (1, "...F2"), (0, "...F1")] {
            let (open, close) = ("... { ".repeat(40), "} ".repeat(40));
            chain = format!("{chain} fragment F{fragment} on Q {{ {open} {next} {close} }}");
        }
        let backwards = chain.replace("...F0 ...F1 ...F2 ...F3", "...F3 ...F2 ...F1 ...F0");
        assert!(verdict(&backwards).unwrap_err().contains("levels of selections"));
        assert!(verdict("{ ...A } fragment A on Q { ...B } fragment B on Q { ...A }").is_ok());
    }

    #[test]
    fn only_circular_introspection_is_refused() {
        for (text, passes) in [
            ("{ __schema { types { fields { type { fields { name } } } } } }", false),
            (
                "{ __type(name: \"A\") { fields { type { ...T } } } } fragment T on __Type { fields { name } }",
                false,
            ),
            ("{ __schema { types { interfaces { interfaces { name } } } } }", false),
            ("{ __schema { types { fields { args { type { ofType { ofType { name } } } } } } } }", true),
            ("{ order { fields { fields { name } } } }", true),
        ] {
            assert_eq!(verdict(text).is_ok(), passes, "{text}");
        }
    }
}
