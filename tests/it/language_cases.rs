//! The documents of `language.rs`. The answers are worked out from the text of the specification of September 2025, by hand; the
//! first word of each case is the section that decides.

use serde_json::{Value, json};

use super::language::{Case, Wanted};

const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
const BAD: &str = "BAD_REQUEST";

fn is(section: &'static str, name: &'static str, document: &'static str, data: Value) -> Case {
    Case::new(section, name, document, Wanted::Data(data))
}

fn written(section: &'static str, name: &'static str, document: &'static str, text: &'static str) -> Case {
    Case::new(section, name, document, Wanted::Text(text))
}

fn partly(
    section: &'static str,
    name: &'static str,
    document: &'static str,
    data: Value,
    errors: &[Value],
) -> Case {
    Case::new(section, name, document, Wanted::Partly(data, errors.to_vec()))
}

fn no(section: &'static str, name: &'static str, document: &'static str, code: &'static str) -> Case {
    Case::new(section, name, document, Wanted::Refused(code))
}

/// Every case.
pub fn all() -> Vec<Case> {
    [
        lexing(),
        strings(),
        documents(),
        operations(),
        fields(),
        merging(),
        fragments(),
        values(),
        input_objects(),
        one_of(),
        directives(),
        variables(),
        positions(),
        absence(),
        order_and_emptiness(),
        errors(),
        introspection(),
    ]
    .concat()
}

fn lexing() -> Vec<Case> {
    vec![
        is("2.1.1", "tabs and spaces mean nothing", "{\t\tnumber ( value :\t1 ) }", json!({"number": 1})),
        is("2.1.1", "a byte order mark is ignored", "\u{feff}{ number(value: 1) }", json!({"number": 1})),
        is(
            "2.1.2",
            "every line terminator ends a comment",
            "{ # a\r number(value: 1) # b\r\n}",
            json!({"number": 1}),
        ),
        is(
            "2.1.3",
            "comments hold anything",
            "# { \" } \u{1f600}\n{ number(value: 1) }",
            json!({"number": 1}),
        ),
        is("2.1.4", "commas are white space", ",,{,number(,value:,1,),}", json!({"number": 1})),
        no("2.1.5", "a character outside of strings is a token", "{ number(value: 1) ; }", PARSE),
        no("2.1.7", "two dots are no punctuator", "{ ..F } fragment F on Query { old }", PARSE),
        is("2.1.8", "names may begin with an underscore", "{ _1: number(value: 1) }", json!({"_1": 1})),
        no("2.1.8", "names do not begin with a digit", "{ 1a: number(value: 1) }", PARSE),
        no("2.1.8", "names are ASCII", "{ caf\u{e9}: number(value: 1) }", PARSE),
        is(
            "2.1.8",
            "names differ by case",
            "{ a: number(value: 1) A: number(value: 2) }",
            json!({"a": 1, "A": 2}),
        ),
        is(
            "2.1.8",
            "keywords are names",
            "query query { fragment: number(value: 1) on: number(value: 2) true: number(value: 3) }",
            json!({"fragment": 1, "on": 2, "true": 3}),
        ),
        no("2.10.1", "no leading zero", "{ number(value: 01) }", PARSE),
        no("2.10.1", "no plus", "{ number(value: +1) }", PARSE),
        no("2.10.1", "a name does not follow a number", "{ number(value: 1a) }", PARSE),
        no("2.10.2", "no point without digits", "{ real(value: 1.) }", PARSE),
        no("2.10.2", "no exponent without digits", "{ real(value: 1e) }", PARSE),
        is(
            "2.10.2",
            "exponents in every spelling",
            "{ a: real(value: 15e-1) b: real(value: 1.5E+0) }",
            json!({"a": 1.5, "b": 1.5}),
        ),
        no("2.10.2", "a second point does not follow", "{ real(value: 1.2.3) }", PARSE),
        no("2.10.2", "no point before digits", "{ real(value: .5) }", PARSE),
        no("2.10.2", "a name does not follow a fraction", "{ real(value: 1.5e3f) }", PARSE),
        no("2.10.1", "no other base", "{ number(value: 0xF) }", PARSE),
        no("2.10.1", "no underscores", "{ number(value: 1_000) }", PARSE),
        no("2.10.1", "a sign stands before a digit", "{ number(value: - 1) }", PARSE),
        is("2.10.1", "a zero may have a sign", "{ number(value: -0) }", json!({"number": 0})),
        is(
            "2.10.1",
            "a zero with a sign in a list and a default",
            "query($a: Int! = -0) { numbers(value: [-0, $a]) }",
            json!({"numbers": [0, 0]}),
        ),
        no("2.1.1", "a control character is a token", "{ number(value: 1) \u{7} }", PARSE),
    ]
}

fn strings() -> Vec<Case> {
    vec![
        is("2.10.4", "an empty string", r#"{ text(value: "") }"#, json!({"text": ""})),
        is(
            "2.10.4",
            "every escape",
            r#"{ text(value: "\" \\ \/ \b \f \n \r \t") }"#,
            json!({"text": "\" \\ / \u{8} \u{c} \n \r \t"}),
        ),
        is(
            "2.10.4",
            "four digits",
            r#"{ text(value: "\u0041\u00e9\u00E9") }"#,
            json!({"text": "A\u{e9}\u{e9}"}),
        ),
        is(
            "2.10.4",
            "digits in braces",
            r#"{ text(value: "\u{1F600}\u{41}\u{000041}") }"#,
            json!({"text": "\u{1f600}AA"}),
        ),
        is("2.10.4", "a surrogate pair", r#"{ text(value: "\uD83D\uDE00") }"#, json!({"text": "\u{1f600}"})),
        no("2.10.4", "a leading surrogate alone", r#"{ text(value: "\uD83D") }"#, PARSE),
        no("2.10.4", "a trailing surrogate alone", r#"{ text(value: "\uDE00") }"#, PARSE),
        no("2.10.4", "a surrogate in braces", r#"{ text(value: "\u{D83D}") }"#, PARSE),
        no("2.10.4", "beyond the last code point", r#"{ text(value: "\u{110000}") }"#, PARSE),
        no("2.10.4", "empty braces", r#"{ text(value: "\u{}") }"#, PARSE),
        no("2.10.4", "an unknown escape", r#"{ text(value: "\x41") }"#, PARSE),
        no("2.10.4", "a string does not span lines", "{ text(value: \"a\nb\") }", PARSE),
        no("2.10.4", "a string ends", "{ text(value: \"a) }", PARSE),
        is("2.10.4", "a comment sign in a string", r##"{ text(value: "# a") }"##, json!({"text": "# a"})),
        is(
            "2.10.4",
            "a block string loses its indentation",
            "{ text(value: \"\"\"\n    a\n      b\n\n    c\n  \"\"\") }",
            json!({"text": "a\n  b\n\nc"}),
        ),
        is(
            "2.10.4",
            "a block string has no escapes",
            r#"{ text(value: """\n\u0041\ """) }"#,
            json!({"text": "\\n\\u0041\\ "}),
        ),
        is(
            "2.10.4",
            "a block string may hold its own quotes",
            r#"{ text(value: """a \""" b""") }"#,
            json!({"text": "a \"\"\" b"}),
        ),
        is(
            "2.10.4",
            "a block string ends lines by one sign",
            "{ text(value: \"\"\"a\r\nb\rc\"\"\") }",
            json!({"text": "a\nb\nc"}),
        ),
        is(
            "2.10.4",
            "a control character in a string",
            "{ text(value: \"a\u{7}\tb\") }",
            json!({"text": "a\u{7}\tb"}),
        ),
        is("2.10.4", "the first code point", r#"{ text(value: "\u0000") }"#, json!({"text": "\u{0}"})),
        no("2.10.4", "surrogates in the wrong order", r#"{ text(value: "\uDE00\uD83D") }"#, PARSE),
        no("2.10.4", "half of a pair in braces", r#"{ text(value: "\uD83D\u{DE00}") }"#, PARSE),
        no("2.10.4", "three digits", r#"{ text(value: "\u041") }"#, PARSE),
        is(
            "2.10.4",
            "the first line of a block string has no indentation in common",
            "{ text(value: \"\"\"  a\n    b\n  c\"\"\") }",
            json!({"text": "  a\n  b\nc"}),
        ),
        is(
            "2.10.4",
            "blank lines around a block string",
            "{ text(value: \"\"\"\n \t \n\n  a\n\n  \n\"\"\") }",
            json!({"text": "a"}),
        ),
        is(
            "2.10.4",
            "a block string of blank lines",
            "{ text(value: \"\"\"\n\n  \n\"\"\") }",
            json!({"text": ""}),
        ),
        is("2.10.4", "an empty block string", r#"{ text(value: """""") }"#, json!({"text": ""})),
    ]
}

fn documents() -> Vec<Case> {
    vec![
        is("2.2", "a described query", "\"Reads.\" query Q { number(value: 1) }", json!({"number": 1})),
        is(
            "2.2",
            "a query described by a block",
            "\"\"\"\nReads \\\"\"\" well.\n\"\"\"\nquery { number(value: 1) }",
            json!({"number": 1}),
        ),
        is(
            "2.2",
            "a described fragment",
            "{ ...F } \"\"\"The cup.\"\"\" fragment F on Query { number(value: 1) }",
            json!({"number": 1}),
        ),
        is(
            "2.2",
            "described variables",
            "query (\"The first.\" $a: Int = 1, \"The text.\" $b: String = \"x\" \"\"\"And\"\"\" $c: Int = 2) { a: number(value: $a) \
             text(value: $b) c: number(value: $c) }",
            json!({"a": 1, "text": "x", "c": 2}),
        ),
        is(
            "2.2",
            "a description with escapes",
            r#""\"\u{41}\n" query { number(value: 1) }"#,
            json!({"number": 1}),
        ),
        no("2.2", "a description is a string of the language", r#""\x41" query { number(value: 1) }"#, PARSE),
        no("2.4", "the short form is not described", "\"Reads.\" { number(value: 1) }", PARSE),
        no("2.2", "only one description", "\"a\" \"b\" query { number(value: 1) }", PARSE),
        no("2.3", "a document defines something", "# nothing", PARSE),
        no("2.3", "a document of fragments does nothing", "fragment F on Query { old }", INVALID),
        no("5.1.1", "types are not defined by a request", "{ old } type A { b: Int }", INVALID),
        no("5.1.1", "types are not extended by a request", "{ old } extend type Query { b: Int }", INVALID),
        no("2.3", "nothing follows a definition", "{ old } }", PARSE),
    ]
}

fn operations() -> Vec<Case> {
    vec![
        no("2.4", "empty parentheses", "query Q() { old }", PARSE),
        no("2.5", "an empty selection", "{ }", PARSE),
        no("2.4", "an unknown kind of operation", "reading { old }", PARSE),
        no("2.4", "the short form has no name", "Q { old }", PARSE),
        is("2.4", "a query may be short", "{ number(value: 1) }", json!({"number": 1})),
        no("5.2.2.1", "two operations of a name", "query A { old } query A { old }", INVALID),
        no("5.2.2.1", "a name for two kinds", "query A { old } mutation A { fail }", INVALID),
        no("5.2.3.1", "a nameless one beside a named one", "{ old } query A { old }", INVALID),
        no("5.2.3.1", "two nameless ones", "{ old } { old }", INVALID),
        is(
            "6.1",
            "the named one runs",
            "query A { a: number(value: 1) } query B { b: number(value: 2) }",
            json!({"b": 2}),
        )
        .called("B"),
        no("6.1", "which one is meant", "query A { old } query B { old }", BAD),
        no("6.1", "a nameless one by a name", "{ old }", BAD).called("C"),
        no("6.1", "an operation that is not there", "query A { old }", BAD).called("C"),
        is("6.1", "the only one needs no name", "query A { number(value: 1) }", json!({"number": 1})),
        no("5.2.4.1", "two root fields of a subscription", "subscription { ticks(upTo: 1) tocks }", INVALID),
        no(
            "5.2.4.1",
            "two root fields through a fragment",
            "subscription { ...F } fragment F on Events { ticks(upTo: 1) tocks }",
            INVALID,
        ),
        no("5.2.4.1", "no introspection at a subscription's root", "subscription { __typename }", INVALID),
        no(
            "5.2.4.1",
            "no condition at a subscription's root",
            "subscription { tocks @skip(if: false) }",
            INVALID,
        ),
        // It is valid, and runs elsewhere.
        no("5.2.4.1", "one key twice at a subscription's root", "subscription { tocks tocks }", BAD),
        no(
            "5.2.4.1",
            "one key twice through a fragment",
            "subscription { tocks ...F } fragment F on Events { tocks }",
            BAD,
        ),
        no("5.2.4.1", "two keys for one root field", "subscription { a: tocks b: tocks }", INVALID),
        no("5.2.4.1", "one key for two root fields", "subscription { tocks tocks: ticks(upTo: 1) }", INVALID),
        is(
            "6.2.2",
            "the root of mutations has a name",
            "mutation { __typename }",
            json!({"__typename": "Mutation"}),
        ),
    ]
}

fn fields() -> Vec<Case> {
    vec![
        no("5.3.1", "an unknown field", "{ nothing }", INVALID),
        no("5.3.1", "an unknown field of an interface", "{ named { colour } }", INVALID),
        no("5.3.1", "a union has no fields", "{ found { name } }", INVALID),
        is(
            "5.3.1",
            "a union has a name",
            "{ found { __typename } }",
            json!({"found": [{"__typename": "Cup"}, {"__typename": "Shop"}, {"__typename": "Person"}]}),
        ),
        no("5.3.3", "a leaf has no selection", "{ number(value: 1) { a } }", INVALID),
        no("5.3.3", "a name has no selection", "{ __typename { a } }", INVALID),
        no("5.3.3", "an enum has no selection", "{ colour { a } }", INVALID),
        no("5.3.3", "an object has a selection", "{ cup }", INVALID),
        no("5.3.3", "an interface has a selection", "{ named }", INVALID),
        no("5.3.3", "a union has a selection", "{ found }", INVALID),
        no("5.4.1", "an unknown argument", "{ number(value: 1, other: 2) }", INVALID),
        no("5.4.2", "an argument twice", "{ number(value: 1, value: 1) }", INVALID),
        no("5.4.3", "a required argument is missing", "{ number }", INVALID),
        no("5.4.3", "a required argument is null", "{ number(value: null) }", INVALID),
        is("5.4.3", "an argument with a default may be missing", "{ text }", json!({"text": "none"})),
        no("5.4.3", "an argument with a default is not null", "{ text(value: null) }", INVALID),
        no("2.7", "empty parentheses of arguments", "{ text() }", PARSE),
        is("2.8", "an alias names the answer", "{ a: cup { b: name } }", json!({"a": {"b": "Mug"}})),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn merging() -> Vec<Case> {
    vec![
        is("5.3.2", "equal fields are one", "{ old old a: old a: old }", json!({"old": 0, "a": 0})),
        is(
            "5.3.2",
            "selections of equal fields are put together",
            "{ cup { name } cup { colour } ...F } fragment F on Query { cup { volume } }",
            json!({"cup": {"name": "Mug", "colour": "GREEN", "volume": null}}),
        ),
        no("5.3.2", "one key for two fields", "{ a: old a: text }", INVALID),
        no("5.3.2", "one key for two arguments", "{ number(value: 1) number(value: 2) }", INVALID),
        no(
            "5.3.2",
            "one key for two variables",
            "query($a: Int!, $b: Int!) { number(value: $a) number(value: $b) }",
            INVALID,
        )
        .with(json!({"a": 1, "b": 1})),
        no(
            "5.3.2",
            "one key for a list and a longer one",
            "{ numbers(value: [1]) numbers(value: [1, 2]) }",
            INVALID,
        ),
        no(
            "5.3.2",
            "one key for an empty list and another",
            "{ numbers(value: []) ... { numbers(value: [1]) } }",
            INVALID,
        ),
        no(
            "5.3.2",
            "one key for two lists in input objects",
            "{ describe(value: {name: \"a\", tags: [\"b\"]}) describe(value: {name: \"a\", tags: [\"b\", \"c\"]}) }",
            INVALID,
        ),
        no(
            "5.3.2",
            "one key for two arguments in a mutation's fragment",
            "mutation { ...A } fragment A on Mutation { count(by: 1) { total } count(by: 2) { total } }",
            INVALID,
        ),
        is(
            "5.3.2",
            "one key for equal lists",
            "{ numbers(value: [1, 2]) numbers(value: [1 2]) }",
            json!({"numbers": [1, 2]}),
        ),
        is(
            "5.3.2",
            "the fields of an input object have no order",
            "{ describe(value: {name: \"a\", size: 1}) describe(value: {size: 1, name: \"a\"}) }",
            json!({"describe": "a 1 absent"}),
        ),
        no(
            "5.3.2",
            "one key for two types of object",
            "{ this { a: cup { name } } this { a: shelf { good } } }",
            INVALID,
        ),
        no("5.3.2", "one key for a name and a field", "{ a: __typename a: text }", INVALID),
        no("5.3.2", "an argument once given and once not", "{ text text(value: \"a\") }", INVALID),
        no(
            "5.3.2",
            "a conflict below the root",
            "{ this { number(value: 1) } this { number(value: 2) } }",
            INVALID,
        ),
        no(
            "5.3.2",
            "a conflict through fragments",
            "{ ...A ...B } fragment A on Query { a: old } fragment B on Query { a: text }",
            INVALID,
        ),
        no(
            "5.3.2",
            "a conflict deep in fragments",
            "{ this { ...A } this { ...B } } fragment A on Query { this { x: old } } fragment B on Query { this { x: text } }",
            INVALID,
        ),
        is(
            "5.3.2",
            "one key for two fields of types that exclude each other",
            "{ found { ... on Cup { a: name } ... on Shop { a: city } } }",
            json!({"found": [{"a": "Mug"}, {"a": "Lyon"}, {}]}),
        ),
        no(
            "5.3.2",
            "two shapes under one key",
            "{ found { ... on Cup { a: name } ... on Person { a: age } } }",
            INVALID,
        ),
        no(
            "5.3.2",
            "null and not null under one key",
            "{ found { ... on Cup { a: volume } ... on Person { a: age } } }",
            INVALID,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn fragments() -> Vec<Case> {
    vec![
        no(
            "5.5.1.1",
            "two fragments of a name",
            "{ ...F } fragment F on Query { old } fragment F on Query { old }",
            INVALID,
        ),
        no("5.5.1.2", "a fragment on an unknown type", "{ ...F } fragment F on Nothing { old }", INVALID),
        no("5.5.1.2", "an inline fragment on an unknown type", "{ ... on Nothing { old } }", INVALID),
        no("5.5.1.3", "a fragment on a scalar", "{ ...F } fragment F on Int { old }", INVALID),
        no("5.5.1.3", "a fragment on an input object", "{ ... on Parcel { name } }", INVALID),
        no("5.5.1.4", "an unused fragment", "{ old } fragment F on Query { old }", INVALID),
        no(
            "5.5.1.4",
            "a fragment that only an unused one spreads",
            "{ old } fragment A on Query { ...B } fragment B on Query { old }",
            INVALID,
        ),
        is(
            "5.5.2.3",
            "a union on its object",
            "{ cup { ... on Found { __typename ... on Cup { name } ... on Shop { city } } } }",
            json!({"cup": {"__typename": "Cup", "name": "Mug"}}),
        ),
        is(
            "5.5.2.3",
            "a fragment on a union spread on its object",
            "{ cup { colour ...F } } fragment F on Found { ... on Named { name } ... on Found { ... on Cup { volume } } }",
            json!({"cup": {"colour": "GREEN", "name": "Mug", "volume": null}}),
        ),
        is(
            "5.5.2.3",
            "a union on an interface",
            "{ named { ... on Found { ... on Cup { colour } } ... on Named { ...F } } } fragment F on Found { ... on Shop { city } }",
            json!({"named": [{"colour": "GREEN"}, {"city": "Lyon"}]}),
        ),
        is(
            "5.5.2.3",
            "a union on itself",
            "{ found { ... on Found { ... on Person { age } } ...F } } fragment F on Found { __typename }",
            json!({"found": [{"__typename": "Cup"}, {"__typename": "Shop"}, {"age": 40, "__typename": "Person"}]}),
        ),
        is(
            "5.5.2.3",
            "a union left out of its object",
            "{ cup { name ... on Found @include(if: false) { __typename } } }",
            json!({"cup": {"name": "Mug"}}),
        ),
        no("5.5.2.3", "a union on what is no member", "{ shelf { ... on Found { __typename } } }", INVALID),
        no("5.5.2.1", "a spread of nothing", "{ ...F }", INVALID),
        no("5.5.2.2", "a fragment of itself", "{ ...F } fragment F on Query { ...F }", INVALID),
        no(
            "5.5.2.2",
            "two fragments of each other",
            "{ ...A } fragment A on Query { this { ...B } } fragment B on Query { this { ...A } }",
            INVALID,
        ),
        no("5.5.2.3", "an object is not another", "{ cup { ... on Shop { city } } }", INVALID),
        no(
            "5.5.2.3",
            "an interface is not what does not implement it",
            "{ named { ... on Person { age } } }",
            INVALID,
        ),
        is(
            "5.5.2.3",
            "an interface on a union",
            "{ found { ... on Named { name } } }",
            json!({"found": [{"name": "Mug"}, {"name": "Corner"}, {}]}),
        ),
        is(
            "5.5.2.3",
            "an interface on its object",
            "{ cup { ... on Named { name } } }",
            json!({"cup": {"name": "Mug"}}),
        ),
        is(
            "2.9.1",
            "a condition leaves out other types",
            "{ named { name ...C } } fragment C on Cup { colour }",
            json!({"named": [{"name": "Mug", "colour": "GREEN"}, {"name": "Corner"}]}),
        ),
        is("2.9.2", "a fragment without a condition", "{ ... { number(value: 1) } }", json!({"number": 1})),
        no("2.9", "a fragment is not called on", "{ ...on } fragment on on Query { old }", PARSE),
        no("2.9", "a fragment has a condition", "{ ...F } fragment F { old }", PARSE),
        no("2.9", "a fragment takes no variables", "{ ...F } fragment F($a: Int) on Query { old }", PARSE),
        is(
            "2.9",
            "a name that begins like on",
            "{ ...only } fragment only on Query { number(value: 1) }",
            json!({"number": 1}),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn values() -> Vec<Case> {
    vec![
        is("3.5.1", "the largest integer", "{ number(value: 2147483647) }", json!({"number": 2_147_483_647})),
        is(
            "3.5.1",
            "the smallest integer",
            "{ number(value: -2147483648) }",
            json!({"number": -2_147_483_648_i64}),
        ),
        no("3.5.1", "an integer that is too large", "{ number(value: 2147483648) }", INVALID),
        no("3.5.1", "a fraction is no integer", "{ number(value: 1.0) }", INVALID),
        no("3.5.1", "a text is no integer", "{ number(value: \"1\") }", INVALID),
        no("3.5.1", "a variable that is too large", "query($v: Int!) { number(value: $v) }", BAD)
            .with(json!({"v": 2_147_483_648_i64})),
        no("3.5.1", "a text in a variable is no integer", "query($v: Int!) { number(value: $v) }", BAD)
            .with(json!({"v": "1"})),
        no("3.5.1", "a truth is no integer", "query($v: Int!) { number(value: $v) }", BAD)
            .with(json!({"v": true})),
        is(
            "3.5.2",
            "an integer is a real",
            "query($v: Float!) { a: real(value: 2) b: real(value: $v) }",
            json!({"a": 2.0, "b": 2.0}),
        )
        .with(json!({"v": 2})),
        no("3.5.2", "a text is no real", "{ real(value: \"1.5\") }", INVALID),
        no("3.5.2", "an endless real", "{ real(value: 1e999) }", INVALID),
        no("3.5.3", "an integer is no text", "{ text(value: 1) }", INVALID),
        no("3.5.3", "an integer in a variable is no text", "query($v: String!) { text(value: $v) }", BAD)
            .with(json!({"v": 1})),
        no("3.5.4", "a number is no truth", "{ truth(value: 1) }", INVALID),
        no("3.5.4", "a text is no truth", "query($v: Boolean!) { truth(value: $v) }", BAD)
            .with(json!({"v": "true"})),
        is(
            "3.5.5",
            "an id is a text or an integer",
            "{ a: id(value: \"x\") b: id(value: 4) }",
            json!({"a": "x", "b": "4"}),
        ),
        is(
            "3.5.5",
            "an id in a variable is an integer",
            "query($v: ID!) { id(value: $v) }",
            json!({"id": "4"}),
        )
        .with(json!({"v": 4})),
        no("3.5.5", "an id is no fraction", "{ id(value: 1.5) }", INVALID),
        no("3.5.5", "an id in a variable is no truth", "query($v: ID!) { id(value: $v) }", BAD)
            .with(json!({"v": true})),
        is("3.9", "an enum by its name", "{ colour(value: GREEN) }", json!({"colour": "GREEN"})),
        is("3.9", "a deprecated value still works", "{ colour(value: BLUE) }", json!({"colour": "BLUE"})),
        no("3.9", "a text is no enum", "{ colour(value: \"GREEN\") }", INVALID),
        no("3.9", "an unknown value", "{ colour(value: PINK) }", INVALID),
        is(
            "3.9",
            "an enum in a variable is a text",
            "query($v: Colour!) { colour(value: $v) }",
            json!({"colour": "RED"}),
        )
        .with(json!({"v": "RED"})),
        no("3.9", "an unknown value in a variable", "query($v: Colour!) { colour(value: $v) }", BAD)
            .with(json!({"v": "PINK"})),
        no("2.10.6", "an enum is no text", "{ text(value: GREEN) }", INVALID),
        is("3.11", "a list", "{ numbers(value: [1, 2]) }", json!({"numbers": [1, 2]})),
        is("3.11", "an empty list", "{ numbers(value: []) }", json!({"numbers": []})),
        is("3.11", "one value is a list of one", "{ numbers(value: 1) }", json!({"numbers": [1]})),
        is(
            "3.11",
            "one value in a variable is a list of one",
            "query($v: [Int!]) { numbers(value: $v) }",
            json!({"numbers": [1]}),
        )
        .with(json!({"v": 1})),
        is("3.11", "null is no list of null", "{ numbers(value: null) }", json!({"numbers": null})),
        no("3.11", "no null in a list of what is not null", "{ numbers(value: [1, null]) }", INVALID),
        no("3.11", "no null in such a variable", "query($v: [Int!]) { numbers(value: $v) }", BAD)
            .with(json!({"v": [1, null]})),
        is(
            "3.11",
            "a list of lists",
            "{ grid(value: [[1, null], null, []]) }",
            json!({"grid": [[1, null], null, []]}),
        ),
        is("3.11", "one value is a list of a list", "{ grid(value: 1) }", json!({"grid": [[1]]})),
        is("3.11", "values are lists of lists", "{ grid(value: [1, 2]) }", json!({"grid": [[1], [2]]})),
        is(
            "3.11",
            "values in a variable are lists of lists",
            "query($v: [[Int]]!) { grid(value: $v) }",
            json!({"grid": [[1], null, [2, 3]]}),
        )
        .with(json!({"v": [1, null, [2, 3]]})),
        is(
            "3.11",
            "one value as a default is a list of one",
            "query($v: [Int!] = 1) { numbers(value: $v) }",
            json!({"numbers": [1]}),
        ),
        no("3.11", "a list too deep", "{ numbers(value: [[1]]) }", INVALID),
        is(
            "3.5.6",
            "a scalar of the schema's own takes what it takes",
            "query($v: Int) { isObject(value: {a: [1, {b: $v}], c: null}) }",
            json!({"isObject": true}),
        )
        .with(json!({"v": 1})),
        no("3.11", "a list is no single value", "{ number(value: [1]) }", INVALID),
    ]
}

fn input_objects() -> Vec<Case> {
    vec![
        is("3.10", "defaults of an input object", "{ describe(value: {name: \"a\"}) }", json!({"describe": "a 3 absent"})),
        is("3.10", "null is not absent", "{ describe(value: {name: \"a\", note: null}) }", json!({"describe": "a 3 null"})),
        is(
            "3.10",
            "an input object in an input object",
            "{ describe(value: {name: \"a\", colour: RED, inner: {name: \"b\", size: 1, tags: \"t\"}}) }",
            json!({"describe": "a 3 absent red (b 1 absent [t])"}),
        ),
        is(
            "3.10",
            "an input object in a variable",
            "query($v: Parcel!) { describe(value: $v) }",
            json!({"describe": "a 3 'n' blue (b 3 absent [t u])"}),
        )
        .with(json!({"v": {"name": "a", "note": "n", "colour": "BLUE", "inner": {"name": "b", "tags": ["t", "u"]}}})),
        is(
            "3.10",
            "one input object is a list of one",
            "{ describeAll(values: {name: \"a\"}) }",
            json!({"describeAll": ["a 3 absent"]}),
        ),
        no("5.6.2", "an unknown field of an input object", "{ describe(value: {name: \"a\", other: 1}) }", INVALID),
        no("5.6.3", "a field of an input object twice", "{ describe(value: {name: \"a\", name: \"a\"}) }", INVALID),
        no(
            "5.6.3",
            "a field twice in a default",
            "query($v: Parcel = {name: \"a\", name: \"b\"}) { describe(value: $v) }",
            INVALID,
        ),
        no("5.6.4", "a required field of an input object", "{ describe(value: {size: 1}) }", INVALID),
        no("5.6.4", "a required field is not null", "{ describe(value: {name: null}) }", INVALID),
        no("5.6.1", "a field with a default is not null", "{ describe(value: {name: \"a\", size: null}) }", INVALID),
        no("3.10", "an unknown field in a variable", "query($v: Parcel!) { describe(value: $v) }", BAD)
            .with(json!({"v": {"name": "a", "other": 1}})),
        no("3.10", "a required field in a variable", "query($v: Parcel!) { describe(value: $v) }", BAD).with(json!({"v": {}})),
        no("3.10", "a text is no input object", "query($v: Parcel!) { describe(value: $v) }", BAD).with(json!({"v": "a"})),
        no("5.6.1", "a number is no input object", "{ describe(value: 1) }", INVALID),
        no("5.6.1", "a mistake deep in an input object", "{ describe(value: {name: \"a\", inner: {name: 1}}) }", INVALID),
    ]
}

fn one_of() -> Vec<Case> {
    vec![
        is("3.10.1", "exactly one", "{ choose(choice: {left: 1}) }", json!({"choose": "1"})),
        no("3.10.1", "two", "{ choose(choice: {left: 1, right: \"a\"}) }", INVALID),
        no("3.10.1", "none", "{ choose(choice: {}) }", INVALID),
        no("3.10.1", "one that is null", "{ choose(choice: {left: null}) }", INVALID),
        no("3.10.1", "one beside null", "{ choose(choice: {left: 1, right: null}) }", INVALID),
        is(
            "3.10.1",
            "exactly one in a variable",
            "query($v: Choice!) { choose(choice: $v) }",
            json!({"choose": "a"}),
        )
        .with(json!({"v": {"right": "a"}})),
        no("3.10.1", "two in a variable", "query($v: Choice!) { choose(choice: $v) }", BAD)
            .with(json!({"v": {"left": 1, "right": "a"}})),
        no("3.10.1", "none in a variable", "query($v: Choice!) { choose(choice: $v) }", BAD)
            .with(json!({"v": {}})),
        no("3.10.1", "null in a variable", "query($v: Choice!) { choose(choice: $v) }", BAD)
            .with(json!({"v": {"left": null}})),
        no(
            "3.10.1",
            "two in a default",
            "query($v: Choice! = {left: 1, right: \"a\"}) { choose(choice: $v) }",
            INVALID,
        ),
        is(
            "5.8.5",
            "one by a variable that is not null",
            "query($v: Int!) { choose(choice: {left: $v}) }",
            json!({"choose": "1"}),
        )
        .with(json!({"v": 1})),
        no(
            "5.8.5",
            "one by a variable that may be null",
            "query($v: Int) { choose(choice: {left: $v}) }",
            INVALID,
        )
        .with(json!({"v": 1})),
        is(
            "3.10.1",
            "an input object in it",
            "{ choose(choice: {parcel: {name: \"a\"}}) }",
            json!({"choose": "a 3 absent"}),
        ),
    ]
}

fn directives() -> Vec<Case> {
    vec![
        no("5.7.1", "an unknown directive", "{ old @nothing }", INVALID),
        no("5.7.1", "an unknown directive on a name", "{ __typename @nothing }", INVALID),
        no(
            "5.7.1",
            "an unknown directive on a variable",
            "query($v: Int @nothing) { number(value: $v) }",
            INVALID,
        ),
        no("5.7.2", "a directive on an operation", "query @skip(if: true) { old }", INVALID),
        no("5.7.2", "a directive of schemas", "{ old @deprecated }", INVALID),
        no(
            "5.7.2",
            "a directive on a fragment",
            "{ ...F } fragment F on Query @include(if: true) { old }",
            INVALID,
        ),
        no(
            "5.7.2",
            "a directive of fields on a variable",
            "query($v: Int @skip(if: true)) { grid(value: [[$v]]) }",
            INVALID,
        ),
        no("5.7.2", "a directive of scalars", "{ old @specifiedBy(url: \"a\") }", INVALID),
        no("5.7.2", "a directive of input objects", "{ old @oneOf }", INVALID),
        no("5.6.1", "null is no condition", "{ old @skip(if: null) }", INVALID),
        no("5.7.3", "a directive twice", "{ old @skip(if: true) @skip(if: true) }", INVALID),
        no("5.7.3", "a directive twice on a name", "{ __typename @skip(if: true) @skip(if: true) }", INVALID),
        no("5.4.3", "a directive without its argument", "{ old @include }", INVALID),
        no("5.4.3", "a directive without its argument on a name", "{ __typename @include }", INVALID),
        no("5.4.1", "an unknown argument of a directive", "{ old @skip(if: true, unless: true) }", INVALID),
        no("5.6.1", "a text is no condition", "{ old @skip(if: \"true\") }", INVALID),
        is("3.13.1", "skipped", "{ old @skip(if: true) text }", json!({"text": "none"})),
        is("3.13.1", "not skipped", "{ text @skip(if: false) }", json!({"text": "none"})),
        is("3.13.2", "not included", "{ old @include(if: false) text }", json!({"text": "none"})),
        is(
            "3.13.2",
            "skip and include together",
            "{ a: text @skip(if: true) @include(if: true) b: text @skip(if: false) @include(if: false) \
             c: text @skip(if: false) @include(if: true) d: text @skip(if: true) @include(if: false) }",
            json!({"c": "none"}),
        ),
        is(
            "3.13.1",
            "a skipped fragment",
            "{ ...F @skip(if: true) text } fragment F on Query { old }",
            json!({"text": "none"}),
        ),
        is(
            "3.13.1",
            "a skipped inline fragment",
            "{ ... @skip(if: true) { old } text }",
            json!({"text": "none"}),
        ),
        is(
            "6.3.2",
            "a field is there if one of its twins is",
            "{ text @skip(if: true) text @include(if: true) }",
            json!({"text": "none"}),
        ),
        is(
            "6.1.2",
            "a default decides",
            "query($b: Boolean = true) { old @skip(if: $b) text @include(if: $b) }",
            json!({"text": "none"}),
        ),
        is(
            "6.1.2",
            "a value beats the default",
            "query($b: Boolean = true) { text @include(if: $b) id(value: 1) }",
            json!({"id": "1"}),
        )
        .with(json!({"b": false})),
        is(
            "5.8.4",
            "a variable that is used by a condition on a name only",
            "query($b: Boolean!) { __typename @include(if: $b) }",
            json!({"__typename": "Query"}),
        )
        .with(json!({"b": true})),
    ]
}

fn variables() -> Vec<Case> {
    vec![
        no("5.8.1", "a variable twice", "query($a: Int, $a: Int) { numbers(value: $a) }", INVALID),
        no("5.8.2", "a variable of an output type", "query($a: Cup) { old }", INVALID),
        no("5.8.2", "a variable of an unknown type", "query($a: Nothing) { old }", INVALID),
        no("5.8.3", "an undefined variable", "{ number(value: $a) }", INVALID),
        no(
            "5.8.3",
            "undefined for one of two operations",
            "query A($a: Int!) { ...F } query B { ...F } fragment F on Query { number(value: $a) }",
            INVALID,
        )
        .called("A")
        .with(json!({"a": 1})),
        no(
            "5.8.3",
            "undefined in a fragment of a fragment",
            "{ ...A } fragment A on Query { ...B } fragment B on Query { number(value: $a) }",
            INVALID,
        ),
        no("5.8.3", "undefined inside of an input object", "{ describe(value: {name: $a}) }", INVALID),
        no(
            "5.8.3",
            "undefined inside of what a scalar takes",
            "{ isObject(value: {a: [{b: $a}]}) }",
            INVALID,
        ),
        no(
            "5.8.3",
            "undefined inside of what a scalar takes, beside another",
            "query($b: Int) { isObject(value: {a: $a, b: $b}) }",
            INVALID,
        ),
        no("5.8.3", "undefined in a condition", "{ old @skip(if: $a) }", INVALID),
        no("5.8.4", "an unused variable", "query($a: Int) { old }", INVALID),
        no(
            "5.8.4",
            "unused by one of two operations",
            "query A($a: Int!) { number(value: $a) } query B($a: Int!) { old }",
            INVALID,
        )
        .called("A")
        .with(json!({"a": 1})),
        is(
            "5.8.4",
            "used in a fragment",
            "query($a: Int!) { ...F } fragment F on Query { number(value: $a) }",
            json!({"number": 1}),
        )
        .with(json!({"a": 1})),
        no("5.6.1", "a default of another type", "query($a: Int = \"1\") { numbers(value: $a) }", INVALID),
        no(
            "5.6.1",
            "a default of null for what is not null",
            "query($a: Int! = null) { number(value: $a) }",
            INVALID,
        ),
        no(
            "2.11",
            "a variable in a default",
            "query($a: Int, $b: Int = $a) { grid(value: [[$a, $b]]) }",
            PARSE,
        ),
        no("6.1.2", "a required variable is missing", "query($a: Int!) { number(value: $a) }", BAD),
        no("6.1.2", "a required variable is null", "query($a: Int!) { number(value: $a) }", BAD)
            .with(json!({"a": null})),
        no(
            "6.1.2",
            "a required variable of what is skipped",
            "query($a: Int!) { number(value: $a) @skip(if: true) }",
            BAD,
        ),
        is("6.1.2", "unknown variables mean nothing", "{ number(value: 1) }", json!({"number": 1}))
            .with(json!({"a": 1})),
        is(
            "6.1.2",
            "a required variable with a default",
            "query($a: Int! = 4) { number(value: $a) }",
            json!({"number": 4}),
        ),
    ]
}

fn positions() -> Vec<Case> {
    vec![
        no("5.8.5", "what may be null for what is not", "query($a: Int) { number(value: $a) }", INVALID),
        is(
            "5.8.5",
            "what may be null with a default",
            "query($a: Int = 5) { number(value: $a) }",
            json!({"number": 5}),
        ),
        no("5.8.5", "a default of null is none", "query($a: Int = null) { number(value: $a) }", INVALID),
        is(
            "5.8.5",
            "what may be null for an argument with a default",
            "query($a: String) { text(value: $a) }",
            json!({"text": "none"}),
        ),
        no("5.8.5", "another type", "query($a: String!) { number(value: $a) }", INVALID),
        no("5.8.5", "an integer for a real", "query($a: Int!) { real(value: $a) }", INVALID),
        no("5.8.5", "a text for an id", "query($a: String!) { id(value: $a) }", INVALID),
        no("5.8.5", "a single variable for a list", "query($a: Int!) { numbers(value: $a) }", INVALID),
        no("5.8.5", "a list of what may be null", "query($a: [Int]) { numbers(value: $a) }", INVALID),
        is(
            "5.8.5",
            "a variable in a list",
            "query($a: Int!) { numbers(value: [$a, 2]) }",
            json!({"numbers": [1, 2]}),
        )
        .with(json!({"a": 1})),
        no(
            "5.8.5",
            "what may be null in a list of what is not",
            "query($a: Int) { numbers(value: [$a]) }",
            INVALID,
        ),
        no("5.8.5", "a list in a list", "query($a: [Int!]!) { numbers(value: [$a]) }", INVALID),
        no(
            "5.8.5",
            "what may be null in an input object",
            "query($a: String) { describe(value: {name: $a}) }",
            INVALID,
        ),
        is(
            "5.8.5",
            "what may be null for a field with a default",
            "query($a: Int) { describe(value: {name: \"a\", size: $a}) }",
            json!({"describe": "a 3 absent"}),
        ),
        no("5.8.5", "a condition that may be null", "query($b: Boolean) { old @skip(if: $b) }", INVALID),
        partly(
            "6.4.1",
            "null for an argument with a default",
            "query($a: String) { text(value: $a) }",
            Value::Null,
            &[json!(["text"])],
        )
        .with(json!({"a": null})),
        partly(
            "6.4.1",
            "null in spite of the variable's default",
            "query($a: Int = 5) { number(value: $a) }",
            Value::Null,
            &[json!(["number"])],
        )
        .with(json!({"a": null})),
    ]
}

fn absence() -> Vec<Case> {
    vec![
        is("6.4.1", "an argument that is not there", "{ maybeText }", json!({"maybeText": "absent"})),
        is("2.10.5", "an argument that is null", "{ maybeText(value: null) }", json!({"maybeText": "null"})),
        is(
            "6.4.1",
            "a variable that is not there",
            "query($a: String) { maybeText(value: $a) }",
            json!({"maybeText": "absent"}),
        ),
        is(
            "6.4.1",
            "a variable that is null",
            "query($a: String) { maybeText(value: $a) }",
            json!({"maybeText": "null"}),
        )
        .with(json!({"a": null})),
        is(
            "6.1.2",
            "null beats the variable's default",
            "query($a: String = \"x\") { maybeText(value: $a) }",
            json!({"maybeText": "null"}),
        )
        .with(json!({"a": null})),
        is(
            "3.10",
            "a field whose variable is not there",
            "query($a: String) { describe(value: {name: \"a\", note: $a}) }",
            json!({"describe": "a 3 absent"}),
        ),
        is(
            "3.10",
            "a field whose variable is null",
            "query($a: String) { describe(value: {name: \"a\", note: $a}) }",
            json!({"describe": "a 3 null"}),
        )
        .with(json!({"a": null})),
        is(
            "3.11",
            "an item whose variable is not there",
            "query($a: Int) { grid(value: [[1, $a]]) }",
            json!({"grid": [[1, null]]}),
        ),
        is(
            "2.10.4",
            "variables mean nothing in texts",
            "query($a: String!) { text(value: $a) }",
            json!({"text": "$a \" {}"}),
        )
        .with(json!({"a": "$a \" {}"})),
    ]
}

fn order_and_emptiness() -> Vec<Case> {
    vec![
        written(
            "7.2.2",
            "fields keep their order",
            "{ number(value: 1) text a: old }",
            r#"{"number":1,"text":"none","a":0}"#,
        ),
        written(
            "7.2.2",
            "what is done later keeps its place",
            "{ late text }",
            r#"{"late":1,"text":"none"}"#,
        ),
        written(
            "6.3.2",
            "fields of fragments stand where they are spread",
            "{ a: old ...F d: old } fragment F on Query { b: late c: old }",
            r#"{"a":0,"b":1,"c":0,"d":0}"#,
        ),
        written(
            "6.3.2",
            "a field stands where it is asked for first",
            "{ a: old b: late ... { b: late a: old } }",
            r#"{"a":0,"b":1}"#,
        ),
        written(
            "6.3.2",
            "selections are put together in their order",
            "{ cup { colour } text cup { name colour } }",
            r#"{"cup":{"colour":"GREEN","name":"Mug"},"text":"none"}"#,
        ),
        written(
            "6.3.2",
            "the order is that of the type",
            "{ found { ... on Shop { city } ... on Named { name } ... on Shop { a: name } __typename } }",
            r#"{"found":[{"name":"Mug","__typename":"Cup"},{"city":"Lyon","name":"Corner","a":"Corner","__typename":"Shop"},{"__typename":"Person"}]}"#,
        ),
        is("6.3", "nothing is left at the root", "{ old @skip(if: true) }", json!({})),
        is("6.3", "nothing is left of an object", "{ cup { name @skip(if: true) } }", json!({"cup": {}})),
        is(
            "6.3",
            "nothing is left of an object through fragments",
            "{ cup { ...F @include(if: false) } } fragment F on Cup { name }",
            json!({"cup": {}}),
        ),
        is(
            "6.3",
            "objects of which nothing was asked",
            "{ found { ... on Person { age } } }",
            json!({"found": [{}, {}, {"age": 40}]}),
        ),
        is("6.4.3", "what is not there is null", "{ noCup { name } }", json!({"noCup": null})),
        is(
            "6.4.3",
            "what is not there is not empty",
            "{ noCup { name @skip(if: true) } }",
            json!({"noCup": null}),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn errors() -> Vec<Case> {
    let broken = |path: Value| vec![path];
    vec![
        partly(
            "6.4.4",
            "a failed field is null",
            "{ shelf { good soft } }",
            json!({"shelf": {"good": 1, "soft": null}}),
            &broken(json!(["shelf", "soft"])),
        ),
        partly(
            "6.4.4",
            "the only field has failed",
            "{ shelf { soft } }",
            json!({"shelf": {"soft": null}}),
            &broken(json!(["shelf", "soft"])),
        ),
        partly(
            "6.4.4",
            "a field that is asked for twice fails once",
            "{ shelf { soft ...F } } fragment F on Shelf { soft }",
            json!({"shelf": {"soft": null}}),
            &broken(json!(["shelf", "soft"])),
        ),
        partly(
            "6.4.4",
            "what failed where an object is asked for first does not take the rest along",
            "{ shelf { hard } shelf { good } }",
            json!({"shelf": {"hard": null, "good": 1}}),
            &broken(json!(["shelf", "hard"])),
        ),
        partly(
            "6.4.4",
            "the same in a list",
            "{ shelf { maybeShelves { hard } ...F } } fragment F on Shelf { maybeShelves { good } }",
            json!({"shelf": {"maybeShelves": [{"hard": null, "good": 1}, {"hard": null, "good": 1}]}}),
            &[json!(["shelf", "maybeShelves", 0, "hard"]), json!(["shelf", "maybeShelves", 1, "hard"])],
        ),
        partly(
            "6.4.4",
            "what lies beside a failure keeps its shape",
            "{ late found { ... on Cup { name } __typename } maybeShelf { bad } a: old }",
            json!({"late": 1, "found": [{"name": "Mug", "__typename": "Cup"}, {"__typename": "Shop"}, {"__typename": "Person"}],
                "maybeShelf": null, "a": 0}),
            &broken(json!(["maybeShelf", "bad"])),
        ),
        partly(
            "6.4.4",
            "null goes up to what may be null",
            "{ text maybeShelf { good bad } }",
            json!({"text": "none", "maybeShelf": null}),
            &broken(json!(["maybeShelf", "bad"])),
        ),
        partly(
            "6.4.4",
            "null goes up through several",
            "{ text maybeShelf { good next { next { bad } } } }",
            json!({"text": "none", "maybeShelf": null}),
            &broken(json!(["maybeShelf", "next", "next", "bad"])),
        ),
        partly(
            "6.4.4",
            "null goes up to the root",
            "{ text shelf { bad } }",
            Value::Null,
            &broken(json!(["shelf", "bad"])),
        ),
        partly(
            "6.4.4",
            "null stops at the nearest",
            "{ shelf { good maybe { bad } } }",
            json!({"shelf": {"good": 1, "maybe": null}}),
            &broken(json!(["shelf", "maybe", "bad"])),
        ),
        partly(
            "6.4.4",
            "an item that may be null",
            "{ shelf { maybeShelves { good bad } } }",
            json!({"shelf": {"maybeShelves": [null, null]}}),
            &[json!(["shelf", "maybeShelves", 0, "bad"]), json!(["shelf", "maybeShelves", 1, "bad"])],
        ),
        partly(
            "6.4.4",
            "an item that may not be null takes its list along",
            "{ shelf { good list { good bad } } }",
            json!({"shelf": {"good": 1, "list": null}}),
            &broken(json!(["shelf", "list", 0, "bad"])),
        ),
        partly(
            "6.4.4",
            "the path has the alias",
            "{ a: shelf { b: soft } }",
            json!({"a": {"b": null}}),
            &broken(json!(["a", "b"])),
        ),
        partly(
            "6.2.2",
            "a failed mutation does not stop the next",
            "mutation { fail count(by: 0) { total } }",
            json!({"fail": null, "count": {"total": 0}}),
            &broken(json!(["fail"])),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn introspection() -> Vec<Case> {
    vec![
        is("4.1", "the name of an object", "{ cup { __typename } }", json!({"cup": {"__typename": "Cup"}})),
        is(
            "4.1",
            "the name of what implements an interface",
            "{ named { __typename } }",
            json!({"named": [{"__typename": "Cup"}, {"__typename": "Shop"}]}),
        ),
        is(
            "4.2",
            "the roots",
            "{ __schema { queryType { name } mutationType { name } subscriptionType { name } } }",
            json!({"__schema": {
                "queryType": {"name": "Query"}, "mutationType": {"name": "Mutation"}, "subscriptionType": {"name": "Events"},
            }}),
        ),
        is(
            "4.2",
            "an unknown type is null",
            "{ __type(name: \"Nothing\") { name } }",
            json!({"__type": null}),
        ),
        is(
            "4.2.2",
            "an interface and what implements it",
            "{ __type(name: \"Named\") { kind fields { name } possibleTypes { name } enumValues { name } } }",
            json!({"__type": {
                "kind": "INTERFACE", "fields": [{"name": "name"}], "possibleTypes": [{"name": "Cup"}, {"name": "Shop"}],
                "enumValues": null,
            }}),
        ),
        is(
            "4.2.2",
            "the interfaces of an object",
            "{ __type(name: \"Cup\") { kind interfaces { name } possibleTypes { name } } }",
            json!({"__type": {"kind": "OBJECT", "interfaces": [{"name": "Named"}], "possibleTypes": null}}),
        ),
        is(
            "4.2.2",
            "wrapped types",
            "{ __type(name: \"Shelf\") { fields { name type { kind ofType { kind ofType { kind ofType { name } } } } } } }",
            json!({"__type": {"fields": [
                {"name": "good", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "ofType": null}}},
                {"name": "bad", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "ofType": null}}},
                {"name": "soft", "type": {"kind": "SCALAR", "ofType": null}},
                {"name": "hard", "type": {"kind": "SCALAR", "ofType": null}},
                {"name": "next", "type": {"kind": "NON_NULL", "ofType": {"kind": "OBJECT", "ofType": null}}},
                {"name": "maybe", "type": {"kind": "OBJECT", "ofType": null}},
                {"name": "shelves", "type": {"kind": "NON_NULL", "ofType": {"kind": "LIST", "ofType":
                    {"kind": "NON_NULL", "ofType": {"name": "Shelf"}}}}},
                {"name": "maybeShelves", "type": {"kind": "NON_NULL", "ofType": {"kind": "LIST", "ofType":
                    {"kind": "OBJECT", "ofType": null}}}},
                {"name": "list", "type": {"kind": "LIST", "ofType": {"kind": "NON_NULL", "ofType":
                    {"kind": "OBJECT", "ofType": null}}}},
            ]}}),
        ),
        is(
            "4.2.5",
            "deprecated values are hidden",
            "{ __type(name: \"Colour\") { a: enumValues { name } b: enumValues(includeDeprecated: true) { name isDeprecated deprecationReason } } }",
            json!({"__type": {
                "a": [{"name": "RED"}, {"name": "GREEN"}],
                "b": [
                    {"name": "RED", "isDeprecated": false, "deprecationReason": null},
                    {"name": "GREEN", "isDeprecated": false, "deprecationReason": null},
                    {"name": "BLUE", "isDeprecated": true, "deprecationReason": "Nobody buys it."},
                ],
            }}),
        ),
        is(
            "4.2.2",
            "input objects and what they take",
            "{ a: __type(name: \"Choice\") { isOneOf inputFields { name } } b: __type(name: \"Parcel\") { isOneOf } c: __type(name: \"Cup\") { isOneOf inputFields { name } } }",
            json!({
                "a": {"isOneOf": true, "inputFields": [{"name": "left"}, {"name": "right"}, {"name": "parcel"}]},
                "b": {"isOneOf": false},
                "c": {"isOneOf": null, "inputFields": null},
            }),
        ),
        is(
            "4.2.2",
            "an interface without interfaces",
            "{ a: __type(name: \"Named\") { interfaces { name } } b: __type(name: \"Named\") { kind ...I } c: __type(name: \"Found\") { ...I } \
             d: __type(name: \"Shelf\") { ...I } } fragment I on __Type { i: interfaces { name } }",
            json!({
                "a": {"interfaces": []}, "b": {"kind": "INTERFACE", "i": []}, "c": {"i": null}, "d": {"i": []},
            }),
        ),
        is(
            "4.2.1",
            "a schema without a description",
            "{ __schema { __typename description } }",
            json!({"__schema": {"__typename": "__Schema", "description": null}}),
        ),
        is(
            "4.2.6",
            "directives and what they take",
            "{ __schema { directives { name isRepeatable args(includeDeprecated: true) { name } } } }",
            json!({"__schema": {"directives": [
                {"name": "deprecated", "isRepeatable": false, "args": [{"name": "reason"}]},
                {"name": "include", "isRepeatable": false, "args": [{"name": "if"}]},
                {"name": "oneOf", "isRepeatable": false, "args": []},
                {"name": "skip", "isRepeatable": false, "args": [{"name": "if"}]},
                {"name": "specifiedBy", "isRepeatable": false, "args": [{"name": "url"}]},
            ]}}),
        ),
        is(
            "4.2.4",
            "defaults of input fields",
            "{ __type(name: \"Parcel\") { inputFields(includeDeprecated: true) { name defaultValue isDeprecated } } }",
            json!({"__type": {"inputFields": [
                {"name": "name", "defaultValue": null, "isDeprecated": false},
                {"name": "size", "defaultValue": "3", "isDeprecated": false},
                {"name": "note", "defaultValue": null, "isDeprecated": false},
                {"name": "colour", "defaultValue": null, "isDeprecated": false},
                {"name": "tags", "defaultValue": null, "isDeprecated": false},
                {"name": "inner", "defaultValue": null, "isDeprecated": false},
            ]}}),
        ),
        is(
            "4.2.2",
            "a built-in scalar has no address",
            "{ __type(name: \"Int\") { kind specifiedByURL } }",
            json!({"__type": {"kind": "SCALAR", "specifiedByURL": null}}),
        ),
        no(
            "4.2.2",
            "whether deprecated parts are told is not null",
            "{ __type(name: \"Colour\") { enumValues(includeDeprecated: null) { name } } }",
            INVALID,
        ),
        is(
            "4.2.2",
            "whether deprecated parts are told may be left to the default",
            "query($d: Boolean) { __type(name: \"Colour\") { enumValues(includeDeprecated: $d) { name } } }",
            json!({"__type": {"enumValues": [{"name": "RED"}, {"name": "GREEN"}]}}),
        ),
        no("4.2", "introspection is of queries", "mutation { __schema { queryType { name } } }", INVALID),
        no("5.3.3", "introspection has a selection", "{ __schema }", INVALID),
        no("5.4.3", "a type is asked by its name", "{ __type { name } }", INVALID),
    ]
}
