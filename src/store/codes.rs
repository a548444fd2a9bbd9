//! What the database says of an error by its code: whether the same statement would meet it again, and whether the database
//! had no time or was not there at all.

use std::borrow::Cow;

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, SqlxError};

use super::Error;

/// How PostgreSQL's codes begin where the statement or what it finds is at fault: what is not supported, a wrong number of
/// rows, wrong data, a broken rule, a wrong or forbidden statement, a limit of the server's, what a function raises, damage.
const OF_POSTGRES: [&str; 8] = ["0A", "21", "22", "23", "42", "54", "P0", "XX"];
/// The same of SQLite's, of which the lowest byte says the kind: a wrong statement, damage, what is too long, a broken rule,
/// a wrong type, what is out of range.
const OF_SQLITE: [u32; 6] = [1, 11, 18, 19, 20, 25];
/// PostgreSQL's code of a statement that took longer than it may, or that somebody cancelled.
const CANCELLED: &str = "57014";
/// PostgreSQL's codes where it, or our share of it, has too much to do: a cancelled statement, too many connections, no memory,
/// a transaction of ours that did nothing for too long.
const BUSY: [&str; 4] = [CANCELLED, "53300", "53200", "25P03"];
/// How PostgreSQL's codes begin where a connection was lost or refused: connection exceptions, a shutdown, a crash, a start that
/// is not over, an idle session that was ended.
const AWAY: [&str; 5] = ["08", "57P01", "57P02", "57P03", "57P05"];
/// SQLite's code of a file that cannot be opened.
const CANNOT_OPEN: u32 = 14;

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
    match error {
        Error::Database(inner) | Error::Busy(inner) | Error::Unavailable(inner) => {
            driver(inner)?.as_database_error()?.code()
        }
        Error::Constraint(_) | Error::Retry | Error::LockTimeout | Error::ZeroByte | Error::Corrupt(_) => {
            None
        }
    }
}

/// What the driver reports; none where the error is not of its making.
fn driver(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner)) => Some(inner.as_ref()),
        _ => None,
    }
}

/// What an error of PostgreSQL means by its code; none where the code has no meaning of its own. Its words say the same in the
/// language of its server (`lc_messages`), so they are not read.
pub(super) fn meaning(error: &DbErr) -> Option<Error> {
    let code = driver(error)?.as_database_error()?.code()?;
    meaning_of(&code, || named(error, error.to_string()))
}

/// What the database says of a broken constraint, with the constraint's name as programs read it: PostgreSQL's own text has it in
/// the quotation marks of its language. SQLite tells no name.
pub(super) fn named(error: &DbErr, text: String) -> String {
    let told = driver(error).and_then(|error| error.as_database_error());
    match told.and_then(|told| told.constraint()) {
        Some(name) => format!("{text} (\"{name}\")"),
        None => text,
    }
}

fn meaning_of(code: &str, text: impl FnOnce() -> String) -> Option<Error> {
    match code {
        // A serialization failure, a deadlock.
        "40001" | "40P01" => Some(Error::Retry),
        // A lock that was not to be had within `lock_timeout`.
        "55P03" => Some(Error::LockTimeout),
        // A character that the encoding does not have: of UTF-8 that is U+0000 alone.
        "22021" => Some(Error::ZeroByte),
        // A CHECK.
        "23514" => Some(Error::Constraint(text())),
        _ => None,
    }
}

/// An error that has no other meaning of its own, by whether the database had no time, was away, or failed.
pub(super) fn sort(error: DbErr) -> Error {
    let (is_busy, is_away) = match (&error, driver(&error)) {
        (DbErr::ConnectionAcquire(ConnAcquireErr::Timeout), _) | (_, Some(SqlxError::PoolTimedOut)) => {
            (true, false)
        }
        (DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed), _)
        | (
            _,
            Some(SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::PoolClosed | SqlxError::WorkerCrashed),
        ) => (false, true),
        (_, Some(SqlxError::Database(told))) => told.code().map_or((false, false), |code| by_code(&code)),
        _ => (false, false),
    };
    if is_busy {
        Error::Busy(error)
    } else if is_away {
        Error::Unavailable(error)
    } else {
        Error::Database(error)
    }
}

/// Whether a code says that the database is busy, and whether that it is away.
fn by_code(code: &str) -> (bool, bool) {
    if code.len() == 5 {
        return (BUSY.contains(&code), AWAY.iter().any(|begin| code.starts_with(begin)));
    }
    (false, code.parse::<u32>().is_ok_and(|code| code & 0xff == CANNOT_OPEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_load_and_absence_from_failures() {
        for (code, said) in [
            ("57014", (true, false)),
            ("53300", (true, false)),
            ("57P01", (false, true)),
            ("57P03", (false, true)),
            ("08006", (false, true)),
            ("14", (false, true)),
            ("2574", (false, true)),
            // A full disk, a dropped database, a wrong statement, damage: trying again soon is no help.
            ("53100", (false, false)),
            ("57P04", (false, false)),
            ("42601", (false, false)),
            ("XX001", (false, false)),
            ("11", (false, false)),
        ] {
            assert_eq!(by_code(code), said, "{code}");
        }
    }

    #[test]
    fn codes_say_what_words_say_in_one_language_only() {
        let meaning = |code| meaning_of(code, || "Verklemmung entdeckt".to_owned());
        for code in ["40001", "40P01"] {
            assert!(matches!(meaning(code), Some(Error::Retry)), "{code}");
        }
        assert!(matches!(meaning("55P03"), Some(Error::LockTimeout)));
        assert!(matches!(meaning("22021"), Some(Error::ZeroByte)));
        assert!(matches!(meaning("23514"), Some(Error::Constraint(text)) if text == "Verklemmung entdeckt"));
        for code in ["57014", "42601", "P0001", "5", "14"] {
            assert!(meaning(code).is_none(), "{code}");
        }
    }

    #[test]
    fn a_pool_without_connections_is_busy() {
        let timed_out = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
        assert!(matches!(Error::from(timed_out), Error::Busy(_)));
        let closed = DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed);
        assert!(matches!(Error::from(closed), Error::Unavailable(_)));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let refused = DbErr::Conn(RuntimeErr::SqlxError(SqlxError::Io(refused).into()));
        assert!(matches!(Error::from(refused), Error::Unavailable(_)));
        assert!(matches!(Error::from(DbErr::Custom("else".to_owned())), Error::Database(_)));
    }
}
