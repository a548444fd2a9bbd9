//! What one node tells another of the log: `{"epoch":"…","previous":180,"head":182}`, and what it means to the other.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use crate::store::events::{Growth, Head};

/// No hint is longer.
const BYTES_MAX: usize = 512;

/// A hint as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Hint {
    /// The life of the log that the places belong to.
    epoch: String,
    /// The last place before it grew.
    previous: i64,
    /// The last place now.
    head: i64,
}

/// What a hint means to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It speaks of another log, or of another life of this one.
    Foreign,
    /// The node has read all that it speaks of.
    Known,
    /// There is more to read.
    News,
    /// There is more to read, and a hint before this one did not come.
    Gap,
}

impl Hint {
    /// The message that tells how the log grew.
    pub fn message(grown: &Growth) -> Bytes {
        let hint = json!({ "epoch": grown.epoch, "previous": grown.previous, "head": grown.head });
        Bytes::from(hint.to_string())
    }

    /// Reads a message; none where it is no hint. What later versions may add is passed over.
    pub fn read(message: &[u8]) -> Option<Self> {
        if message.len() > BYTES_MAX {
            return None;
        }
        let hint: Self = serde_json::from_slice(message).ok()?;
        (0 <= hint.previous && hint.previous < hint.head).then_some(hint)
    }
}

/// The last place that a hint told of, and its life of the log.
#[derive(Debug, Default)]
pub(super) struct Heard(Option<(String, i64)>);

impl Heard {
    /// What a hint means to a node that has read the log so far. Whether there is more to read hangs only on what was read:
    /// a hint that lies keeps no later one from waking the node.
    pub fn judge(&mut self, hint: &Hint, reached: Option<&Head>) -> Meaning {
        if reached.is_some_and(|log| log.epoch != hint.epoch) {
            return Meaning::Foreign;
        }
        let heard = self.0.as_ref().filter(|(epoch, _)| *epoch == hint.epoch).map(|(_, head)| *head);
        let known = heard.max(reached.map(|log| log.seq));
        self.0 = Some((hint.epoch.clone(), heard.map_or(hint.head, |heard| heard.max(hint.head))));
        if reached.is_some_and(|log| log.seq >= hint.head) {
            Meaning::Known
        } else if known.is_some_and(|known| known < hint.previous) {
            Meaning::Gap
        } else {
            Meaning::News
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(epoch: &str, previous: i64, head: i64) -> Hint {
        Hint { epoch: epoch.to_owned(), previous, head }
    }

    fn log(epoch: &str, seq: i64) -> Head {
        Head { seq, oldest: 1, indexed_from: 1, epoch: epoch.to_owned() }
    }

    #[test]
    fn what_is_told_is_read() {
        let grown = Growth { epoch: "a".to_owned(), previous: 180, head: 182 };
        let message = Hint::message(&grown);
        assert_eq!(Hint::read(&message), Some(hint("a", 180, 182)));
        let later = br#"{"epoch":"a","previous":0,"head":1,"tenants":[]}"#;
        assert_eq!(Hint::read(later), Some(hint("a", 0, 1)), "a later version says more");
    }

    #[test]
    fn what_is_no_hint_is_not_read() {
        for message in [
            "",
            "182",
            "{}",
            r#"{"epoch":"a","previous":180}"#,
            r#"{"epoch":1,"previous":180,"head":182}"#,
            r#"{"epoch":"a","previous":"180","head":182}"#,
            r#"{"epoch":"a","previous":180.5,"head":182}"#,
            r#"{"epoch":"a","previous":182,"head":182}"#,
            r#"{"epoch":"a","previous":183,"head":182}"#,
            r#"{"epoch":"a","previous":-1,"head":182}"#,
            r#"{"epoch":"a","previous":180,"head":9223372036854775808}"#,
        ] {
            assert_eq!(Hint::read(message.as_bytes()), None, "{message}");
        }
        let long = format!(r#"{{"epoch":"{}","previous":180,"head":182}}"#, "a".repeat(BYTES_MAX));
        assert_eq!(Hint::read(long.as_bytes()), None);
        assert_eq!(Hint::read(b"\xff\xfe"), None);
    }

    #[test]
    fn a_hint_is_news_once() {
        let mut heard = Heard::default();
        assert_eq!(heard.judge(&hint("a", 8, 10), None), Meaning::News, "the node has not looked yet");
        assert_eq!(heard.judge(&hint("a", 10, 12), Some(&log("a", 10))), Meaning::News);
        assert_eq!(
            heard.judge(&hint("a", 10, 12), Some(&log("a", 12))),
            Meaning::Known,
            "its own, or read since"
        );
        assert_eq!(
            heard.judge(&hint("a", 10, 13), Some(&log("a", 12))),
            Meaning::News,
            "a part of it is new"
        );
    }

    #[test]
    fn hints_that_come_faster_than_the_node_reads_have_no_gap() {
        let (mut heard, read) = (Heard::default(), log("a", 10));
        assert_eq!(heard.judge(&hint("a", 10, 12), Some(&read)), Meaning::News);
        assert_eq!(heard.judge(&hint("a", 12, 15), Some(&read)), Meaning::News);
        assert_eq!(
            heard.judge(&hint("a", 16, 17), Some(&read)),
            Meaning::Gap,
            "one from 15 to 16 is missing"
        );
        assert_eq!(heard.judge(&hint("a", 15, 16), Some(&read)), Meaning::News, "it was only late");
        assert_eq!(heard.judge(&hint("a", 17, 18), Some(&read)), Meaning::News);
    }

    #[test]
    fn a_missing_hint_is_no_gap_where_the_node_read_on_by_itself() {
        let mut heard = Heard::default();
        assert_eq!(heard.judge(&hint("a", 10, 12), Some(&log("a", 12))), Meaning::Known);
        assert_eq!(heard.judge(&hint("a", 20, 21), Some(&log("a", 20))), Meaning::News);
        assert_eq!(heard.judge(&hint("a", 25, 26), Some(&log("a", 21))), Meaning::Gap);
    }

    #[test]
    fn another_life_of_the_log_is_foreign_until_the_node_lives_in_it() {
        let mut heard = Heard::default();
        assert_eq!(heard.judge(&hint("a", 98, 99), Some(&log("a", 98))), Meaning::News);
        assert_eq!(heard.judge(&hint("b", 10, 12), Some(&log("a", 99))), Meaning::Foreign);
        assert_eq!(heard.judge(&hint("b", 10, 12), Some(&log("b", 10))), Meaning::News);
        assert_eq!(
            heard.judge(&hint("b", 13, 14), Some(&log("b", 12))),
            Meaning::Gap,
            "99 was of the other life"
        );
        assert_eq!(heard.judge(&hint("a", 99, 100), Some(&log("b", 12))), Meaning::Foreign);
    }

    #[test]
    fn a_hint_that_lies_keeps_no_later_one_from_waking() {
        let (mut heard, read) = (Heard::default(), log("a", 10));
        assert_eq!(heard.judge(&hint("a", 10, i64::MAX), Some(&read)), Meaning::News);
        assert_eq!(heard.judge(&hint("a", 10, 11), Some(&read)), Meaning::News);
    }
}
