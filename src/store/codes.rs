//! What the database says of an error by its code: whether the same statement would meet it again.

use std::borrow::Cow;

use sea_orm::{DbErr, RuntimeErr};

use super::Error;

/// How PostgreSQL's codes begin where the statement or what it finds is at fault: what is not supported, a wrong number of
/// rows, wrong data, a broken rule, a wrong or forbidden statement, a limit of the server's, what a function raises, damage.
const OF_POSTGRES: [&str; 8] = ["0A", "21", "22", "23", "42", "54", "P0", "XX"];
/// The same of SQLite's, of which the lowest byte says the kind: a wrong statement, damage, what is too long, a broken rule,
/// a wrong type, what is out of range.
const OF_SQLITE: [u32; 6] = [1, 11, 18, 19, 20, 25];
/// PostgreSQL's code of a statement that took longer than it may, or that somebody cancelled.
const CANCELLED: &str = "57014";

impl Error {
    /// Whether the database refused a statement for what it says or for what it finds. The same statement would be refused
    /// again: trying it once more does not help, whereas a lost connection or a full disk passes.
    pub fn is_refusal(&self) -> bool {
        code(self).is_some_and(|code| {
            // SQLite's codes are numbers of at most four digits, PostgreSQL's have five characters.
            if code.len() == 5 {
                return OF_POSTGRES.iter().any(|class| code.starts_with(class));
            }
            code.parse::<u32>().is_ok_and(|code| OF_SQLITE.contains(&(code & 0xff)))
        })
    }

    /// Whether a statement took longer than it may. Nobody knows whether it would again: the server may have had too much to
    /// do, or the statement always takes so long.
    pub fn took_too_long(&self) -> bool {
        code(self).is_some_and(|code| code == CANCELLED)
    }
}

/// The code that the database gave; none where it did not answer at all, or where the error has a meaning of its own.
fn code(error: &Error) -> Option<Cow<'_, str>> {
    let Error::Database(
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)),
    ) = error
    else {
        return None;
    };
    inner.as_database_error()?.code()
}
