//! The house rules that no compiler checks: what each layer may name, how long files and functions are, and that
//! clock, environment and randomness are touched in their one home only.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// A Rust file of the repository.
struct Source {
    /// Its path from the root, with `/` between.
    path: String,
    text: String,
}

impl Source {
    /// The numbered lines of code without comments, literals' contents, and the tests at the end of the file.
    fn code(&self) -> Vec<(usize, String)> {
        let mut out = Vec::new();
        let mut lines = self.text.lines().enumerate().peekable();
        while let Some((index, line)) = lines.next() {
            let next_is_module = lines.peek().is_some_and(|(_, next)| next.trim_start().starts_with("mod "));
            if line.trim() == "#[cfg(test)]" && next_is_module {
                break;
            }
            out.push((index + 1, without_literals_and_comments(line)));
        }
        out
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under these folders.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut out = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
                out.push(Source { path, text });
            }
        }
    }
    assert!(!out.is_empty());
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// Every line of code under a folder, which need not be there.
pub fn lines_under(folder: &str) -> Vec<String> {
    let prefix = format!("{folder}/");
    let file = format!("{folder}.rs");
    let inside = |source: &Source| source.path.starts_with(&prefix) || source.path == file;
    let sources = sources(&["src"]);
    sources.iter().filter(|source| inside(source)).flat_map(Source::code).map(|(_, line)| line).collect()
}

/// Good enough for rustfmt's output: string contents and `//` comments go, quotes stay.
fn without_literals_and_comments(line: &str) -> String {
    let mut out = String::new();
    let mut characters = line.chars().peekable();
    let mut inside = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' if inside => {
                characters.next();
            }
            '\'' if !inside && characters.peek() == Some(&'"') => {
                out.push_str("''");
                characters.next();
            }
            '"' => {
                inside = !inside;
                out.push('"');
            }
            '/' if !inside && characters.peek() == Some(&'/') => break,
            _ if inside => {}
            other => out.push(other),
        }
    }
    out
}

/// Whether the word occurs as a word of its own: `entity::` is not in `identity::`.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || character == '_')
    })
}

/// The same lines, with each import that spans several lines put on its first one.
fn statements(code: Vec<(usize, String)>) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for (number, line) in code {
        match out.last_mut() {
            Some((_, open)) if open.trim_start().starts_with("use ") && !open.contains(';') => {
                open.push_str(line.trim());
            }
            _ => out.push((number, line)),
        }
    }
    out
}

/// Whether a line names the word, also as a part of `use crate::{..}`.
fn imports(line: &str, word: &str) -> bool {
    let in_group = word.strip_prefix("crate::").is_some_and(|module| {
        line.trim_start().strip_prefix("use crate::{").is_some_and(|group| {
            group.split(',').any(|part| part.trim_matches(['{', '}', ';', ' ']).starts_with(module))
        })
    });
    in_group || names(line, word)
}

#[track_caller]
fn nothing_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} places break the house rules (docs/STYLE.md):\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What a folder must not name.
struct Layer {
    folder: &'static str,
    forbidden: &'static [&'static str],
    reason: &'static str,
}

const LAYERS: &[Layer] = &[
    Layer {
        folder: "src/domain/",
        forbidden: &[
            "tokio",
            "sea_orm",
            "entity::",
            "async_graphql",
            "axum",
            "crate::app",
            "crate::clock",
            "crate::config",
            "crate::graphql",
            "crate::http",
            "crate::ids",
            "crate::service",
            "crate::store",
            "async fn",
            "tracing::",
        ],
        reason: "the domain is pure, synchronous and total",
    },
    Layer {
        folder: "src/store/",
        forbidden: &["async_graphql", "axum", "crate::service", "crate::graphql", "crate::http"],
        reason: "the store knows rows and domain values only",
    },
    Layer {
        folder: "src/service/",
        forbidden: &["async_graphql", "axum", "sea_orm", "entity::", "crate::graphql", "crate::http"],
        reason: "use cases know neither transport nor ORM",
    },
    Layer {
        folder: "src/graphql/",
        forbidden: &["axum", "sea_orm", "entity::", "crate::store", "crate::http"],
        reason: "resolvers call service",
    },
    Layer {
        folder: "src/http/",
        forbidden: &["sea_orm", "entity::", "crate::store"],
        reason: "the HTTP transport calls graphql and service",
    },
    Layer {
        folder: "src/cli",
        forbidden: &["sea_orm", "entity::", "async_graphql"],
        reason: "the command line only composes",
    },
    Layer {
        folder: "entity/",
        forbidden: &["surety", "async_graphql", "migration"],
        reason: "entities are dumb rows",
    },
    Layer {
        folder: "migration/",
        forbidden: &["surety", "entity::"],
        reason: "history names tables as literals, because code moves on",
    },
];

#[test]
fn layers_name_only_what_lies_below() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "entity/src", "migration/src"]) {
        for layer in LAYERS.iter().filter(|layer| source.path.starts_with(layer.folder)) {
            for (number, line) in statements(source.code()) {
                for word in layer.forbidden.iter().filter(|word| imports(&line, word)) {
                    wrong.push(format!("{}:{number}: names {word}: {}", source.path, layer.reason));
                }
            }
        }
    }
    nothing_wrong(&wrong);
}

/// What is touched in its home only: the words, the homes, and where to go instead.
const HOMES: &[(&[&str], &[&str], &str)] = &[
    (
        &["SystemTime::now", "OffsetDateTime::now", "Utc::now"],
        &["src/clock.rs"],
        "take the time from app.clock",
    ),
    (
        &["Instant::now"],
        &["src/clock.rs", "src/http/", "src/cli"],
        "rules take the time from app.clock; only the transport measures",
    ),
    (&["env::var", "env::vars", "env::var_os"], &["src/config.rs"], "add a setting to Config"),
    (
        &["rand::", "Uuid::new_v4", "Uuid::now_v7", "getrandom"],
        &["src/ids.rs"],
        "ids and secrets come from src/ids.rs",
    ),
    (&[".begin()"], &["src/service/"], "only use cases open transactions"),
    (&["std::process::exit", "process::abort"], &[], "return an exit code"),
    (&["std::thread::sleep", "thread::sleep"], &[], "nothing waits by sleeping"),
    (&["#[allow", "#![allow"], &[], "write #[expect(.., reason = \"..\")]"),
    (&[".unwrap()", ".expect("], &[], "return an error"),
    (
        &["println!", "eprintln!", "print!", "dbg!", "todo!", "unimplemented!"],
        &[],
        "log, or write to a writer",
    ),
];

#[test]
fn impure_things_stay_in_their_homes() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "entity/src", "migration/src"]).iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code() {
            for (words, homes, instead) in HOMES {
                let at_home = homes.iter().any(|home| source.path.starts_with(home));
                for word in words.iter().filter(|word| !at_home && line.contains(**word)) {
                    wrong.push(format!("{}:{number}: {word}: {instead}", source.path));
                }
            }
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK")];
    let mut wrong = Vec::new();
    for source in sources(&["src", "entity/src", "migration/src", "tests", "benches", "examples"]) {
        for (index, line) in source.text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| names(line, mark)) {
                wrong.push(format!("{}:{}: {mark}", source.path, index + 1));
            }
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn files_and_functions_are_short() {
    let mut wrong = Vec::new();
    for source in sources(&["src", "entity/src", "migration/src"]).iter().filter(|source| !source.is_test()) {
        let lines = source.text.lines().count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX}", source.path));
        }
        for (number, name, length) in functions(&source.text) {
            // Frozen history and tables of SQL are data in the form of a function.
            if length > FUNCTION_LINES_MAX && !source.path.starts_with("migration/") {
                wrong.push(format!(
                    "{}:{number}: fn {name} has {length} lines, at most {FUNCTION_LINES_MAX}",
                    source.path
                ));
            }
        }
    }
    nothing_wrong(&wrong);
}

/// Functions with the line they begin at and their length, as rustfmt lays them out.
fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let Some(at) = trimmed.find("fn ") else { continue };
        let modifiers = trimmed[..at].split_whitespace();
        let known = ["pub", "pub(crate)", "pub(super)", "const", "async"];
        if !modifiers.into_iter().all(|word| known.contains(&word)) || line.ends_with([';', '}']) {
            continue;
        }
        let indentation = &line[..line.len() - trimmed.len()];
        let end = format!("{indentation}}}");
        let Some(length) = lines[index..].iter().position(|line| *line == end) else { continue };
        let name =
            trimmed[at + 3..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        out.push((index + 1, name.to_owned(), length + 1));
    }
    out
}

#[test]
fn the_top_level_is_what_the_house_allows() {
    const ALLOWED: &[&str] = &[
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "benches",
        "docs",
        "entity",
        "examples",
        "migration",
        "schema.graphql",
        "src",
        // Made by cargo, ignored by git.
        "target",
        "tests",
    ];
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let made_by_a_run = name.starts_with("surety.db") || name.starts_with("surety-keys");
        if !name.starts_with('.') && !made_by_a_run && !ALLOWED.contains(&name.as_str()) {
            wrong.push(format!("{name}: not a place of this house"));
        }
    }
    nothing_wrong(&wrong);
}

#[test]
fn every_setting_is_in_the_readme() {
    let files = [
        "src/config.rs",
        "src/config/bulk.rs",
        "src/config/gateway.rs",
        "src/config/nats.rs",
        "src/config/operations.rs",
        "src/config/tls.rs",
        "src/config/throttle.rs",
        "src/config/tokens.rs",
        "src/config/uploads.rs",
        "src/config/webhooks.rs",
    ];
    let config = files.map(|file| std::fs::read_to_string(root().join(file)).unwrap()).join("\n");
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut missing = Vec::new();
    for part in
        config.split("lookup(\"").chain(config.split("list(\"")).chain(config.split("&lookup, \"")).skip(1)
    {
        let name = part.split('"').next().unwrap_or_default();
        if name.starts_with("SURETY_") && !readme.contains(&format!("`{name}`")) {
            missing.push(name.to_owned());
        }
    }
    missing.sort_unstable();
    missing.dedup();
    nothing_wrong(&missing);
}

#[test]
fn errors_are_documented_as_they_are() {
    let mut text = String::from(
        "# Errors\n\n\
         Rendered from `src/domain/error.rs`; `tests/it/tidy.rs` compares and says how to write it anew.\n\n\
         What a caller can mend in the input of a mutation comes as `userErrors` of its payload; all else comes as a \
         top-level error with the code in `extensions.code`. A refused mutation has changed nothing. New codes can be \
         added: treat an unknown one by its place. \
         `INTERNAL` carries `extensions.incidentId`.\n\n\
         | code | meaning and remedy |\n|---|---|\n",
    );
    for code in surety::domain::error::Code::ALL {
        writeln!(text, "| `{code}` | {} |", code.description().trim()).unwrap();
    }
    same_as_file("docs/ERRORS.md", &text);
}

/// Compares a rendered file with the one in the repository. With `SURETY_WRITE=1` it is written instead.
#[track_caller]
pub fn same_as_file(path: &str, text: &str) {
    let file = root().join(path);
    #[expect(clippy::disallowed_methods, reason = "the tests' own settings are not the program's")]
    if std::env::var("SURETY_WRITE").is_ok() {
        std::fs::write(&file, text).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{path} is not what the code says; run: SURETY_WRITE=1 cargo test --test it documented"
    );
}

#[test]
fn the_checks_themselves_see_what_they_should() {
    assert_eq!(without_literals_and_comments("a(\"tokio // \\\" x\") // tokio"), "a(\"\") ");
    assert!(names("use tokio::x;", "tokio") && !names("identity::x", "entity::"));
    assert!(
        imports("use crate::{http, service};", "crate::http") && !imports("use crate::{app};", "crate::http")
    );
    let code = vec![(1, "use crate::{".to_owned()), (2, "    store,".to_owned()), (3, "};".to_owned())];
    assert_eq!(statements(code), [(1, "use crate::{store,};".to_owned())]);
    let text = "impl X {\n    pub async fn long(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n    fn short() {}\n}\n";
    assert_eq!(functions(text), [(2, "long".to_owned(), 5)]);
}
