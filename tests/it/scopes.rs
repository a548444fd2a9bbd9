//! What `@requiresScope` prints is what is enforced: every root field is asked by every kind of caller with exactly the
//! printed scopes, and without each of them. The printed schema is read, not the table that it is printed from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use apollo_compiler::schema::FieldDefinition;
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role, Scope, ScopeSet};
use surety::graphql::scopes;

use super::authority::{CALLERS, Row, TABLE, letter};
use super::schema::{fields, nothing_wrong, schema};
use super::tidy::same_as_file;
use super::world::{Answer, Party, World, on_both};

/// One way to be allowed a field, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Way {
    scopes: Vec<Scope>,
    roles: Vec<Role>,
}

impl Way {
    fn holds(&self, scopes: ScopeSet) -> bool {
        self.scopes.iter().all(|&scope| scopes.contains(scope))
    }

    fn words(&self) -> String {
        let scopes: Vec<_> = self.scopes.iter().map(|scope| format!("`{scope}`")).collect();
        let roles: Vec<_> = self.roles.iter().map(|role| role.as_str()).collect();
        if roles.is_empty() {
            scopes.join(" and ")
        } else {
            format!("{} as {}", scopes.join(" and "), roles.join(" or "))
        }
    }
}

/// The ways that a field prints.
fn ways(field: &FieldDefinition) -> Vec<Way> {
    let list = |value: &apollo_compiler::ast::Value| -> Vec<String> {
        value.as_list().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let read = |directive: &apollo_compiler::ast::Directive| {
        let of = |name: &str| {
            let given = directive.arguments.iter().find(|argument| argument.name == name);
            given.map(|argument| list(&argument.value)).unwrap_or_default()
        };
        Way {
            scopes: of("scopes").iter().map(|word| word.parse().unwrap()).collect(),
            roles: of("roles").iter().map(|word| word.parse().unwrap()).collect(),
        }
    };
    field.directives.get_all("requiresScope").map(|directive| read(directive)).collect()
}

/// Every field that prints a need, or lies at a root.
fn printed() -> BTreeMap<String, Vec<Way>> {
    let is_root =
        |place: &str| ["Query.", "Mutation.", "Subscription."].iter().any(|root| place.starts_with(root));
    let all = fields(&schema()).into_iter().map(|(place, field)| (place, ways(&field)));
    all.filter(|(place, ways)| is_root(place) || !ways.is_empty()).collect()
}

/// The ways that are open to a role: those that name it, otherwise those that name nobody.
fn open_to(ways: &[Way], role: Role) -> Vec<&Way> {
    let named: Vec<_> = ways.iter().filter(|way| way.roles.contains(&role)).collect();
    if named.is_empty() { ways.iter().filter(|way| way.roles.is_empty()).collect() } else { named }
}

/// Operations that differ from the example of `authority.rs` by the way: media of the catalogue are announced by who writes it.
fn operation(row: &Row, way: &Way) -> String {
    if row.field == "Mutation.createUpload" && way.scopes == [Scope::CatalogWrite] {
        let media = "fileName: \"a.png\", contentType: \"image/png\", purpose: CATALOGUE_MEDIA";
        return row.operation.replace("fileName: \"a.pdf\", contentType: \"application/pdf\"", media);
    }
    row.operation.to_owned()
}

fn holding(actor: &Actor, scopes: impl IntoIterator<Item = Scope>) -> Arc<Actor> {
    Arc::new(Actor { scopes: scopes.into_iter().collect(), ..actor.clone() })
}

/// Whether the answer refuses for the want of a scope.
fn lacks_a_scope(answer: &Answer) -> bool {
    let errors = answer.0["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().any(|error| {
        let message = error["message"].as_str().unwrap_or_default();
        error["extensions"]["code"] == "FORBIDDEN" && message.starts_with("This needs the scope")
    })
}

/// Callers in the order of the table's letters, but for the one without a token.
async fn callers(w: &World, buyer: &Party, seller: &Party) -> [Arc<Actor>; 9] {
    [
        w.storefront().await.actor,
        Arc::clone(&buyer.actor),
        w.buyer("other buyer").await.actor,
        Arc::clone(&seller.actor),
        w.seller("other seller").await.actor,
        w.party("inspection", Role::Inspector).await.actor,
        w.party("carrier", Role::Carrier).await.actor,
        w.party("warehouse", Role::Warehouse).await.actor,
        w.operator().await.actor,
    ]
}

/// Sends the operations of the table with a fresh key each time.
struct Asker<'a> {
    world: &'a World,
    variables: Value,
    asked: u32,
}

impl Asker<'_> {
    async fn ask(&mut self, actor: &Arc<Actor>, operation: &str) -> Answer {
        self.asked += 1;
        self.variables["key"] = json!(format!("scopes-{}", self.asked));
        self.world.first_answer(actor, operation, self.variables.clone()).await
    }

    /// Asks with exactly the scopes of a way, and without each of them; whatever is not as it is printed.
    async fn try_way(
        &mut self,
        (row, name, wanted): (&Row, &str, char),
        actor: &Actor,
        way: &Way,
        ways: &[&Way],
    ) -> Vec<String> {
        let operation = operation(row, way);
        let mut wrong = Vec::new();
        let exactly = self.ask(&holding(actor, way.scopes.iter().copied()), &operation).await;
        if letter(&exactly) != wanted {
            wrong.push(format!("{} for {name} with {}: {}", row.field, way.words(), exactly.0));
        }
        for &without in &way.scopes {
            let others = ways.iter().filter(|other| **other != way).flat_map(|other| &other.scopes);
            let gone: Vec<Scope> = others.copied().chain([without]).collect();
            let rest = actor.scopes.iter().filter(|scope| !gone.contains(scope));
            let answer = self.ask(&holding(actor, rest), &operation).await;
            if !lacks_a_scope(&answer) {
                wrong.push(format!("{} for {name} without {without}: {}", row.field, answer.0));
            }
        }
        wrong
    }
}

/// Lists of scopes say how many there can be, and take as many.
#[test]
fn lists_of_scopes_are_as_long_as_there_are_scopes() {
    let sdl = surety::graphql::schema().finish().sdl();
    let most = format!("At most {}.", Scope::ALL.len());
    let mut found = 0;
    for (number, line) in sdl.lines().enumerate() {
        // With a comma behind it, it is an argument of the directive that prints them.
        if !["scopes: [String!]", "scopes: [String!]!"].contains(&line.trim()) {
            continue;
        }
        found += 1;
        let above: Vec<_> = sdl.lines().take(number).skip(number.saturating_sub(5)).collect();
        assert!(above.join(" ").contains(&most), "{above:#?}");
    }
    assert_eq!(found, 3, "an app's, a new app's and a token's");
}

on_both! {
    async fn what_is_printed_is_enforced(w) {
        let (buyer, seller) = (w.buyer("acme").await, w.seller("brico").await);
        let (product, order) = w.ordered(&buyer, &seller).await;
        let category = w.category(None, "Tableware").await;
        let (quote, file) = w.asked(&buyer, &seller, &product).await;
        let callers = callers(&w, &buyer, &seller).await;
        let variables = json!({
            "order": order, "quote": quote, "file": file, "thread": order.replace("order_", "thread_"), "product": product,
            "supplier": seller.actor.supplier, "category": category.id,
            "shipment": "shipment_00000000000000000000000000", "payment": "payment_00000000000000000000000000",
        });
        let printed = printed();
        let mut asker = Asker { world: &w, variables, asked: 0 };
        let (mut wrong, mut unasked) = (Vec::new(), Vec::new());
        let before = w.contents().await;
        for row in TABLE {
            let needs = &printed[row.field];
            let mut calls = 0;
            for (index, actor) in (1..).zip(&callers) {
                let (name, wanted) = (CALLERS[index], row.callers.chars().nth(index).unwrap());
                if needs.is_empty() {
                    let answer = asker.ask(&holding(actor, []), row.operation).await;
                    calls += 1;
                    if lacks_a_scope(&answer) {
                        wrong.push(format!("{} for {name} without any scope: {}", row.field, answer.0));
                    }
                    continue;
                }
                // Those whose role may not, or has the scopes never, are in the table of authority.rs.
                let open = open_to(needs, actor.role.unwrap());
                for way in open.iter().filter(|way| wanted != 'F' && way.holds(actor.scopes)) {
                    wrong.extend(asker.try_way((row, name, wanted), actor, way, &open).await);
                    calls += 1;
                }
            }
            if calls == 0 {
                unasked.push(format!("{}: nobody could be asked", row.field));
            }
        }
        nothing_wrong(&wrong);
        nothing_wrong(&unasked);
        w.contents().await.same_as(&before);
        println!("scopes: {} fields, {} calls on {}", TABLE.len(), asker.asked, w.name());
    }

    async fn what_is_printed_below_the_roots_is_enforced(w) {
        let (buyer, seller) = (w.buyer("acme").await, w.seller("brico").await);
        let (_, order) = w.ordered(&buyer, &seller).await;
        let printed = printed();
        for (place, operation, above) in BELOW {
            let actor = if place.starts_with("Viewer.") { &buyer.actor } else { &seller.actor };
            let [way] = printed[*place].as_slice() else { panic!("{place}: one way") };
            let variables = json!({ "order": order });
            let exactly = holding(actor, above.iter().chain(&way.scopes).copied());
            w.execute(&exactly, operation, variables.clone()).await.good();
            let rest = actor.scopes.iter().filter(|scope| !way.scopes.contains(scope));
            let answer = w.execute(&holding(actor, rest), operation, variables).await;
            assert!(lacks_a_scope(&answer), "{place}: {:#}", answer.0);
        }
    }
}

on_both! {
    async fn what_a_command_answers_with_is_read_by_its_own_scope(w) {
        let trade = w.trade().await;
        let wish = trade.order_by(&trade.agreed("1.5").await, 500);
        trade.places(wish.clone()).await.good();
        for (place, selection) in ANSWERED {
            // The same key again: the order is answered, and nothing else happens.
            let operation = format!(
                "mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ replayed order {{ {selection} }} userErrors {{ code }} }} }}"
            );
            for (scopes, is_refused) in [(&[Scope::OrdersWrite][..], true), (&[Scope::OrdersWrite, Scope::OrdersRead][..], false)] {
                let actor = holding(&trade.buyer.actor, scopes.iter().copied());
                let answer = w.execute(&actor, &operation, json!({ "input": wish })).await;
                assert_eq!(lacks_a_scope(&answer), is_refused, "{place}: {:#}", answer.0);
                assert!(is_refused || answer.codes().is_empty(), "{place}: {:#}", answer.0);
            }
        }
    }

    async fn a_node_is_null_without_the_scope_of_its_type(w) {
        let (buyer, seller) = (w.buyer("acme").await, w.seller("brico").await);
        let (product, order) = w.ordered(&buyer, &seller).await;
        let query = "query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
        for (id, scope) in [(product, Scope::CatalogRead), (order, Scope::OrdersRead)] {
            let with = w.execute(&holding(&buyer.actor, [scope]), query, json!({ "id": id })).await.good();
            assert_eq!(with, json!({ "node": { "id": id }, "nodes": [{ "id": id }] }));
            let rest = holding(&buyer.actor, buyer.actor.scopes.iter().filter(|&held| held != scope));
            let without = w.execute(&rest, query, json!({ "id": id })).await.good();
            assert_eq!(without, json!({ "node": null, "nodes": [null] }));
        }
    }
}

/// Fields of what `placeOrder` answers with that print a need, and a selection of each.
const ANSWERED: &[(&str, &str)] = &[
    ("Order.quote", "quote { id }"),
    ("Thread.order", "thread { order { id } }"),
    ("Deadline.order", "deadlines { order { id } }"),
];

/// Fields below the roots that print a need, an operation that reaches each without it, and what the way there needs.
const BELOW: &[(&str, &str, &[Scope])] = &[
    ("Viewer.creditBalances", "{ viewer { creditBalances { amount } } }", &[]),
    (
        "Supplier.badgeEligibility",
        "query ($order: ID!) { order(id: $order) { supplier { badgeEligibility(kind: GOLD) { kind } } } }",
        &[Scope::OrdersRead],
    ),
    (
        "Supplier.events",
        "query ($order: ID!) { order(id: $order) { supplier { events(first: 1) { nodes { id } } } } }",
        &[Scope::OrdersRead],
    ),
    (
        "Supplier.verificationDocuments",
        "query ($order: ID!) { order(id: $order) { supplier { verificationDocuments(first: 1) { nodes { id } } } } }",
        &[Scope::OrdersRead],
    ),
];

/// Fields below the roots that no story here asks: what refuses them.
const ELSEWHERE: &[(&str, &str)] = &[
    ("File.url", "looked up by a loader that demands it"),
    ("Product.badgeEligibility", "the same function as of suppliers"),
    ("Quote.order", "looked up by a loader that demands it"),
    ("Thread.quote", "looked up by a loader that demands it"),
    ("WebhookDelivery.body", "the stories of webhook_owners.rs"),
];

#[test]
fn every_row_is_of_a_field_and_every_need_is_known() {
    let schema = schema();
    let mut wrong = Vec::new();
    for (parent, field) in scopes::rows() {
        if schema.type_field(parent, field).is_err() {
            wrong.push(format!("{parent}.{field}: has a row, and is no field"));
        }
        if scopes::rows().filter(|row| *row == (parent, field)).count() > 1 {
            wrong.push(format!("{parent}.{field}: has two rows"));
        }
    }
    let known = |place: &str| {
        TABLE.iter().any(|row| row.field == place)
            || BELOW.iter().any(|(known, ..)| *known == place)
            || ANSWERED.iter().any(|(known, _)| *known == place)
            || ELSEWHERE.iter().any(|(known, _)| *known == place)
    };
    for place in printed().keys().filter(|place| !known(place)) {
        wrong.push(format!("{place}: nobody asks it without its scopes"));
    }
    nothing_wrong(&wrong);
}

/// The scopes that a description names behind "Scope:" or "Scopes:".
fn described(text: &str) -> Option<Vec<Scope>> {
    let even = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, behind) = even.split_once("Scope: ").or_else(|| even.split_once("Scopes: "))?;
    let mut found: Vec<Scope> = behind.split('`').filter_map(|word| word.parse().ok()).collect();
    found.sort_unstable();
    found.dedup();
    Some(found)
}

#[test]
fn descriptions_name_the_scopes_that_are_printed() {
    let mut wrong = Vec::new();
    for (place, field) in fields(&schema()) {
        let mut needed: Vec<Scope> = ways(&field).into_iter().flat_map(|way| way.scopes).collect();
        needed.sort_unstable();
        needed.dedup();
        let told = described(field.description.as_deref().unwrap_or_default());
        if told.clone().unwrap_or_default() != needed || told.is_some() == needed.is_empty() {
            wrong.push(format!("{place}: prints {needed:?} and says {told:?}"));
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn the_scopes_are_documented_as_they_are() {
    let mut text = String::from(
        "# Scopes\n\n\
         Rendered from the printed schema; `tests/it/scopes.rs` compares, says how to write it anew, and asks each field \
         with and without each scope.\n\n\
         A token holds scopes of its role, at most these. A field without the scopes that it needs is refused as \
         `FORBIDDEN`; a caller without a token reads the catalogue where the server lets it. `@requiresScope` prints the \
         same in `schema.graphql`: all scopes of one use are needed, one use is enough.\n\n\
         | role | scopes |\n|---|---|\n",
    );
    for role in Role::ALL {
        let scopes: Vec<_> = role.scopes().iter().map(|scope| format!("`{scope}`")).collect();
        writeln!(text, "| {role} | {} |", scopes.join(", ")).unwrap();
    }
    text.push_str("\n| field | needs |\n|---|---|\n");
    for (place, ways) in printed() {
        let needs: Vec<_> = ways.iter().map(Way::words).collect();
        let needs = if needs.is_empty() { "nothing".to_owned() } else { needs.join(", or ") };
        writeln!(text, "| `{place}` | {needs} |").unwrap();
    }
    same_as_file("docs/SCOPES.md", &text);
}
