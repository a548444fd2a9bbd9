//! The GraphQL language by the letter of the specification (September 2025): documents with the answers that it gives them,
//! worked out by hand (`language_cases.rs`), through the real server with a schema that has every kind of type.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_graphql::{
    Context, Enum, ID, InputObject, Interface, Json, MaybeUndefined, Object, OneofObject, Result, Schema,
    SimpleObject, Subscription, Union, ValidationMode,
};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};
use surety::http::limits::Limits;

use super::language_cases;
use super::server::{Bumps, Server};

/// What the specification wants of a document.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// These data, and no errors.
    Data(Value),
    /// These data, and one error at each of these paths.
    Partly(Value, Vec<Value>),
    /// Data that are written exactly so, with their order.
    Text(&'static str),
    /// No execution, and a code.
    Refused(&'static str),
}

/// A document and what the specification wants of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The section of the specification that decides.
    pub section: &'static str,
    pub name: &'static str,
    pub document: &'static str,
    pub variables: Value,
    pub operation: Option<&'static str>,
    pub wanted: Wanted,
}

impl Case {
    pub fn new(section: &'static str, name: &'static str, document: &'static str, wanted: Wanted) -> Self {
        Self { section, name, document, variables: Value::Null, operation: None, wanted }
    }

    pub fn with(mut self, variables: Value) -> Self {
        self.variables = variables;
        self
    }

    pub fn called(mut self, operation: &'static str) -> Self {
        self.operation = Some(operation);
        self
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum Colour {
    Red,
    Green,
    #[graphql(deprecation = "Nobody buys it.")]
    Blue,
}

#[derive(OneofObject)]
enum Choice {
    Left(i32),
    Right(String),
    Parcel(Parcel),
}

#[derive(InputObject)]
struct Parcel {
    name: String,
    #[graphql(default = 3)]
    size: i32,
    note: MaybeUndefined<String>,
    colour: Option<Colour>,
    tags: Option<Vec<String>>,
    inner: Option<Box<Parcel>>,
}

impl Parcel {
    /// Everything that arrived, in words.
    fn told(&self) -> String {
        let note = match &self.note {
            MaybeUndefined::Undefined => "absent".to_owned(),
            MaybeUndefined::Null => "null".to_owned(),
            MaybeUndefined::Value(note) => format!("'{note}'"),
        };
        let mut told = format!("{} {} {note}", self.name, self.size);
        if let Some(colour) = self.colour {
            told += match colour {
                Colour::Red => " red",
                Colour::Green => " green",
                Colour::Blue => " blue",
            };
        }
        if let Some(tags) = &self.tags {
            told = format!("{told} [{}]", tags.join(" "));
        }
        match &self.inner {
            Some(inner) => format!("{told} ({})", inner.told()),
            None => told,
        }
    }
}

#[derive(Clone, SimpleObject)]
struct Cup {
    name: String,
    colour: Colour,
    volume: Option<i32>,
}

#[derive(Clone, SimpleObject)]
struct Shop {
    name: String,
    city: String,
}

#[derive(Clone, SimpleObject)]
struct Person {
    id: ID,
    age: i32,
}

#[derive(Interface)]
#[graphql(field(name = "name", ty = "&String"))]
enum Named {
    Cup(Cup),
    Shop(Shop),
}

#[derive(Union)]
enum Found {
    Cup(Cup),
    Shop(Shop),
    Person(Person),
}

fn cup(name: &str) -> Cup {
    Cup { name: name.to_owned(), colour: Colour::Green, volume: None }
}

fn shop() -> Shop {
    Shop { name: "Corner".to_owned(), city: "Lyon".to_owned() }
}

/// Something of which parts fail.
struct Shelf;

#[Object]
impl Shelf {
    async fn good(&self) -> i32 {
        1
    }

    async fn bad(&self) -> Result<i32> {
        std::future::ready(()).await;
        Err("broken".into())
    }

    async fn soft(&self) -> Option<Result<i32>> {
        Some(Err("broken".into()))
    }

    /// May be null and has failed as the one that asks, not as the one that answers.
    async fn hard(&self) -> Result<Option<i32>> {
        std::future::ready(()).await;
        Err("broken".into())
    }

    async fn next(&self) -> Shelf {
        Shelf
    }

    async fn maybe(&self) -> Option<Shelf> {
        Some(Shelf)
    }

    async fn shelves(&self) -> Vec<Shelf> {
        vec![Shelf, Shelf]
    }

    async fn maybe_shelves(&self) -> Vec<Option<Shelf>> {
        vec![Some(Shelf), Some(Shelf)]
    }

    async fn list(&self) -> Option<Vec<Shelf>> {
        Some(vec![Shelf])
    }
}

pub struct Query;

#[Object]
impl Query {
    async fn text(&self, #[graphql(default_with = "\"none\".to_owned()")] value: String) -> String {
        value
    }

    async fn maybe_text(&self, value: MaybeUndefined<String>) -> String {
        match value {
            MaybeUndefined::Undefined => "absent".to_owned(),
            MaybeUndefined::Null => "null".to_owned(),
            MaybeUndefined::Value(value) => format!("'{value}'"),
        }
    }

    async fn number(&self, value: i32) -> i32 {
        value
    }

    async fn real(&self, value: f64) -> f64 {
        value
    }

    async fn id(&self, value: ID) -> ID {
        value
    }

    async fn truth(&self, value: bool) -> bool {
        value
    }

    async fn numbers(&self, value: Option<Vec<i32>>) -> Option<Vec<i32>> {
        value
    }

    async fn grid(&self, value: Vec<Option<Vec<Option<i32>>>>) -> Vec<Option<Vec<Option<i32>>>> {
        value
    }

    async fn colour(&self, #[graphql(default_with = "Colour::Red")] value: Colour) -> Colour {
        value
    }

    async fn describe(&self, value: Parcel) -> String {
        value.told()
    }

    async fn describe_all(&self, values: Vec<Parcel>) -> Vec<String> {
        values.iter().map(Parcel::told).collect()
    }

    async fn choose(&self, choice: Choice) -> String {
        match choice {
            Choice::Left(number) => number.to_string(),
            Choice::Right(text) => text,
            Choice::Parcel(whole) => whole.told(),
        }
    }

    /// Takes anything.
    async fn is_object(&self, value: Json<Value>) -> bool {
        value.0.is_object()
    }

    async fn cup(&self, #[graphql(default_with = "\"Mug\".to_owned()")] name: String) -> Cup {
        cup(&name)
    }

    async fn no_cup(&self) -> Option<Cup> {
        None
    }

    async fn named(&self) -> Vec<Named> {
        vec![Named::Cup(cup("Mug")), Named::Shop(shop())]
    }

    async fn found(&self) -> Vec<Found> {
        let person = Person { id: ID::from("7"), age: 40 };
        vec![Found::Cup(cup("Mug")), Found::Shop(shop()), Found::Person(person)]
    }

    async fn shelf(&self) -> Shelf {
        Shelf
    }

    async fn maybe_shelf(&self) -> Option<Shelf> {
        Some(Shelf)
    }

    #[graphql(deprecation = "Ask for `number`.")]
    async fn old(&self) -> i32 {
        0
    }

    /// Is done later than what is asked for behind it.
    async fn late(&self) -> i32 {
        tokio::task::yield_now().await;
        1
    }

    async fn this(&self) -> Query {
        Query
    }
}

struct Counted(i32);

#[Object]
impl Counted {
    async fn total(&self) -> i32 {
        self.0
    }

    async fn same(&self) -> i32 {
        self.0
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn count(&self, ctx: &Context<'_>, #[graphql(default = 1)] by: i32) -> Counted {
        let bumps = ctx.data_unchecked::<Arc<Bumps>>();
        Counted(bumps.count.fetch_add(by, Ordering::Relaxed) + by)
    }

    async fn fail(&self) -> Option<Result<i32>> {
        Some(Err("broken".into()))
    }
}

pub struct Events;

#[Subscription]
impl Events {
    async fn ticks(&self, up_to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=up_to)
    }

    async fn tocks(&self) -> impl Stream<Item = i32> {
        stream::pending()
    }
}

async fn server() -> Server {
    let bumps = Arc::new(Bumps::default());
    let schema = Schema::build(Query, Mutation, Events)
        .validation_mode(ValidationMode::Fast)
        .limit_recursive_depth(surety::graphql::NESTING)
        .data(Arc::clone(&bumps))
        .finish();
    let sdl = schema.sdl();
    Server::serve(Limits::default(), &[], schema, sdl, bumps).await
}

/// What a server says of a case that is not what the specification wants.
async fn differs(server: &Server, case: &Case) -> Option<String> {
    let mut body = json!({ "query": case.document, "variables": case.variables });
    if let Some(name) = case.operation {
        body["operationName"] = name.into();
    }
    let post =
        server.client.post(server.url("/graphql")).header("accept", "application/graphql-response+json");
    let answer = post.json(&body).send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    let paths: HashSet<String> =
        answer["errors"].as_array().into_iter().flatten().map(|error| error["path"].to_string()).collect();
    let errors = answer["errors"].as_array().map_or(0, Vec::len);
    let holds = match &case.wanted {
        Wanted::Data(data) => status == 200 && answer.get("data") == Some(data) && errors == 0,
        Wanted::Partly(data, wanted) => {
            let wanted: HashSet<String> = wanted.iter().map(Value::to_string).collect();
            status == 200 && answer.get("data") == Some(data) && paths == wanted && errors == wanted.len()
        }
        Wanted::Text(wanted) => status == 200 && text.contains(&format!("\"data\":{wanted}")) && errors == 0,
        Wanted::Refused(code) => {
            let codes: HashSet<&str> = answer["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|error| error["extensions"]["code"].as_str())
                .collect();
            status == 400 && answer.get("data").is_none() && codes == HashSet::from([*code])
        }
    };
    let (section, name, document) = (case.section, case.name, case.document);
    (!holds).then(|| format!("{section} {name}\n    {document}\n    {:?}\n    {status} {text}", case.wanted))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_means_what_the_specification_says() {
    let cases = language_cases::all();
    let names: HashSet<&str> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "every case has a name of its own");
    assert!(cases.len() >= 190, "{}", cases.len());
    let server = server().await;
    let mut wrong = Vec::new();
    for case in &cases {
        wrong.extend(differs(&server, case).await);
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("language: {} documents, none differs", cases.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_runs_each_of_its_fields_once() {
    let server = server().await;
    for (document, total) in [
        ("mutation { count { total } count { same } }", 1),
        (
            "mutation { ...A ...A ... on Mutation { count { total } } } fragment A on Mutation { count { same } }",
            2,
        ),
        ("mutation { count { total } twice: count { total } }", 4),
        ("mutation { count @skip(if: true) { total } count { same } }", 5),
        ("mutation { count @include(if: false) { total } }", 5),
    ] {
        let answer = server.post(document).await;
        assert_eq!((answer.status, answer.body.get("errors")), (200, None), "{document} {:#}", answer.body);
        assert_eq!(server.bumps.count(), total, "{document}");
    }
    // The variables decide which of them are there.
    let document = "mutation($a: Boolean!, $b: Boolean!) { count(by: 10) @include(if: $a) { total } \
        ... @skip(if: $b) { count(by: 10) { same } } }";
    for (first, second, total) in [(true, false, 15), (true, true, 25), (false, false, 35), (false, true, 35)]
    {
        let body = json!({ "query": document, "variables": { "a": first, "b": second } });
        let answer = server.post_body(body.to_string()).await;
        assert_eq!(answer.status, 200, "{:#}", answer.body);
        assert_eq!(server.bumps.count(), total, "{first} {second}");
        assert_eq!(answer.body["data"].as_object().unwrap().len(), usize::from(first || !second));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_nested_runs_or_is_refused_by_name() {
    let server = server().await;
    let nested =
        |levels: usize| format!("{} number(value: 1) {}", "... { ".repeat(levels), "} ".repeat(levels));
    let answer = server.post(&format!("{{ {} }}", nested(35))).await;
    assert_eq!((answer.status, &answer.body["data"]), (200, &json!({"number": 1})), "{:#}", answer.body);
    // Each fragment is spread where it is shallow, and where it lies deep in others.
    for spreads in ["...A", "...D ...C ...B ...A"] {
        let mut document = format!("{{ {spreads} }}");
        for (name, next) in [("A", "...B"), ("B", "...C"), ("C", "...D"), ("D", "old")] {
            let inner = nested(35).replace("number(value: 1)", next);
            document = format!("{document} fragment {name} on Query {{ {inner} }}");
        }
        let answer = server.post(&document).await;
        assert_eq!(answer.body["errors"][0]["extensions"]["code"], "REQUEST_TOO_LARGE", "{:#}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_that_is_asked_for_twice_is_one() {
    let server = server().await;
    let document = "subscription { ticks(upTo: 2) ...F } fragment F on Events { ... { ticks(upTo: 2) } }";
    let post = server.client.post(server.url("/graphql/stream")).header("accept", "text/event-stream");
    let text = post.json(&json!({ "query": document })).send().await.unwrap().text().await.unwrap();
    let messages: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: {")).collect();
    assert_eq!(messages, ["\"data\":{\"ticks\":1}}", "\"data\":{\"ticks\":2}}"], "{text}");
}
