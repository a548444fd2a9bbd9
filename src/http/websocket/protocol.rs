//! The messages of `graphql-transport-ws`, read strictly, and the codes with which a connection ends.

use std::fmt;

use apollo_compiler::response::{JsonMap, JsonValue};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::domain::error::Code;
use crate::http::door::refusal::RequestError;
use crate::http::door::request::Parameters;
use crate::service::{self, auth};

/// The only sub-protocol that is spoken.
pub const NAME: &str = "graphql-transport-ws";
/// Bytes of a subscription's id.
const ID_BYTES: usize = 256;

/// Why a connection ends: the code and a reason that fits into a close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The code of the close frame.
    pub code: u16,
    /// What it means, in a few words.
    pub reason: &'static str,
}

impl Ending {
    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }

    /// The message is not one of the protocol.
    pub const INVALID_MESSAGE: Self = Self::new(4400, "Invalid message");
    /// `subscribe` before the connection was acknowledged.
    pub const UNAUTHORIZED: Self = Self::new(4401, "Unauthorized");
    /// The token was refused.
    pub const FORBIDDEN: Self = Self::new(4403, "Forbidden");
    /// The token has ended.
    pub const TOKEN_EXPIRED: Self = Self::new(4403, "token expired");
    /// `connection_init` did not come in time.
    pub const INIT_TIMEOUT: Self = Self::new(4408, "Connection initialisation timeout");
    /// The id of a running subscription.
    pub const DUPLICATE_ID: Self = Self::new(4409, "Subscriber already exists");
    /// A second `connection_init`.
    pub const SECOND_INIT: Self = Self::new(4429, "Too many initialisation requests");
    /// The app has as many sockets and streams open for this company as it may.
    pub const TOO_MANY_CONNECTIONS: Self = Self::new(4429, "Too many connections");
    /// No sign of life since the last ping.
    pub const NO_PONG: Self = Self::new(4499, "Terminated: no pong");
    /// Frames come in faster than agreed.
    pub const TOO_MANY_MESSAGES: Self = Self::new(1008, "Too many messages");
    /// Something failed inside.
    pub const FAILURE: Self = Self::new(1011, "Internal error");
    /// The server stops; another one takes over.
    pub const RESTART: Self = Self::new(1012, "Service restart");
    /// The connection is as old as it may get.
    pub const LIFETIME: Self = Self::new(1012, "Connect again");
    /// The caller cannot be looked at, as the database is away or has too much to do: try again later.
    pub const OVERLOADED: Self = Self::new(1013, "OVERLOADED");
    /// Too many tokens from the caller's network were refused, and this one was not looked at: try again later.
    pub const THROTTLED: Self = Self::new(1013, "THROTTLED");
    /// The other side does not read. What it missed is still there: it resumes from its cursor.
    pub const SLOW_CONSUMER: Self = Self::new(1013, "SLOW_CONSUMER");
}

impl Ending {
    /// How a connection ends whose caller could not be looked at. Load and absence pass, so its caller is to come back: clients do
    /// after 1013, and after 1011 never again.
    pub fn of_unknown(refused: auth::Refused) -> Self {
        let error = match refused {
            auth::Refused::TooManyTries(_) => return Self::THROTTLED,
            auth::Refused::Failed(error) => error,
        };
        match error {
            service::Error::Internal(error) if service::overload(&error).is_some() => Self::OVERLOADED,
            service::Error::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a socket's caller could not be looked at");
                Self::FAILURE
            }
            service::Error::Denied(refusal) if refusal.code == Code::Overloaded => Self::OVERLOADED,
            service::Error::Denied(_) | service::Error::Refused(_) => Self::FORBIDDEN,
        }
    }
}

/// What a client says.
#[derive(Debug, Clone)]
pub enum ClientMessage {
    /// The first message, with whatever the client wants to show.
    Init(JsonMap),
    /// Wants a `pong` with the same payload.
    Ping(Option<JsonMap>),
    /// The answer to a `ping`.
    Pong,
    /// Starts an operation.
    Subscribe {
        /// Chosen by the client, unique among the running ones.
        id: String,
        /// The request.
        parameters: Parameters,
    },
    /// Stops an operation.
    Complete {
        /// Which.
        id: String,
    },
}

/// The members of a message that count. None may be there twice, as in a body: a filter before the server may have looked at
/// the other one.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(rename = "type")]
    kind: Option<JsonValue>,
    id: Option<JsonValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

impl ClientMessage {
    /// Reads a text frame; what is not exactly a message of the protocol ends the connection.
    pub fn read(text: &str) -> Result<Self, Ending> {
        if !text.trim_ascii_start().starts_with('{') {
            return Err(Ending::INVALID_MESSAGE);
        }
        let read = serde_json::from_str::<Members<'_>>(text);
        let Members { kind, id, payload } = read.map_err(|_| Ending::INVALID_MESSAGE)?;
        let Some(JsonValue::String(kind)) = kind else { return Err(Ending::INVALID_MESSAGE) };
        match kind.as_str() {
            "connection_init" => Ok(Self::Init(optional_map(payload)?.unwrap_or_default())),
            "ping" => Ok(Self::Ping(optional_map(payload)?)),
            "pong" => optional_map(payload).map(|_| Self::Pong),
            "complete" => Ok(Self::Complete { id: read_id(id)? }),
            "subscribe" => {
                let id = read_id(id)?;
                let payload = payload.ok_or(Ending::INVALID_MESSAGE)?;
                let parameters =
                    Parameters::from_payload(payload.get()).map_err(|_| Ending::INVALID_MESSAGE)?;
                if parameters.names_a_document() {
                    Ok(Self::Subscribe { id, parameters })
                } else {
                    Err(Ending::INVALID_MESSAGE)
                }
            }
            _ => Err(Ending::INVALID_MESSAGE),
        }
    }
}

fn optional_map(payload: Option<&RawValue>) -> Result<Option<JsonMap>, Ending> {
    let Some(payload) = payload else { return Ok(None) };
    match serde_json::from_str::<Distinct>(payload.get()) {
        Ok(Distinct(map)) => Ok(Some(map)),
        Err(_) => Err(Ending::INVALID_MESSAGE),
    }
}

/// An object none of whose members is there twice: of two tokens a filter may have looked at the other one.
struct Distinct(JsonMap);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Gathered)
    }
}

/// Gathers the members of an object.
struct Gathered;

impl<'de> Visitor<'de> for Gathered {
    type Value = Distinct;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Distinct, A::Error> {
        let mut map = JsonMap::new();
        while let Some((name, value)) = members.next_entry::<String, JsonValue>()? {
            if map.insert(name, value).is_some() {
                return Err(de::Error::custom("a member is there twice"));
            }
        }
        Ok(Distinct(map))
    }
}

fn read_id(id: Option<JsonValue>) -> Result<String, Ending> {
    match id {
        Some(JsonValue::String(id)) if !id.as_str().is_empty() && id.as_str().len() <= ID_BYTES => {
            Ok(id.as_str().to_owned())
        }
        _ => Err(Ending::INVALID_MESSAGE),
    }
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// The connection is open.
    ConnectionAck,
    /// The answer to a `ping`.
    Pong {
        /// What the ping carried.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<JsonMap>,
    },
    /// An event.
    Next {
        /// Whose.
        id: &'a str,
        /// Data, and errors of fields.
        payload: &'a RawValue,
    },
    /// The operation does not run, or does not run any longer. Nothing follows under this id.
    Error {
        /// Whose.
        id: &'a str,
        /// Why.
        payload: &'a [RequestError],
    },
    /// The stream has ended.
    Complete {
        /// Whose.
        id: &'a str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::Refusal;
    use crate::domain::time::Span;

    #[test]
    fn only_what_passes_lets_callers_come_back() {
        let overloaded = Refusal::new(Code::Overloaded, "Try again.");
        let forged = Refusal::new(Code::Unauthenticated, "Send a valid token.");
        for (error, ending) in [
            (service::Error::Denied(overloaded), Ending::OVERLOADED),
            (service::Error::Denied(forged.clone()), Ending::FORBIDDEN),
            (service::Error::Refused(vec![forged]), Ending::FORBIDDEN),
            (service::Error::Internal(anyhow::anyhow!("a fault of ours")), Ending::FAILURE),
        ] {
            assert_eq!(Ending::of_unknown(auth::Refused::Failed(error)), ending);
        }
        let wait = auth::Refused::TooManyTries(Span::seconds(1));
        assert_eq!(Ending::of_unknown(wait), Ending::THROTTLED);
    }

    #[test]
    fn messages_are_read_strictly() {
        for (text, valid) in [
            (r#"{"type":"connection_init"}"#, true),
            (r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#, true),
            (r#"{"type":"connection_init","payload":null}"#, true),
            (r#"{"type":"connection_init","payload":"x"}"#, false),
            (r#"{"type":"ping"}"#, true),
            (r#"{"type":"ping","payload":[]}"#, false),
            (r#"{"type":"pong","payload":{}}"#, true),
            (r#"{"type":"complete","id":"1"}"#, true),
            (r#"{"type":"complete","id":""}"#, false),
            (r#"{"type":"complete"}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{"query":"subscription{a}"}}"#, true),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":null,"operationName":null}}"#,
                true,
            ),
            (r#"{"type":"subscribe","id":"1","payload":{"documentId":"sha256:00"}}"#, true),
            (r#"{"type":"subscribe","id":"1","payload":{"extensions":{"persistedQuery":{}}}}"#, true),
            (r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","unknown":1,"unknown":2}}"#, true),
            (r#" {"type":"ping","unknown":1,"unknown":2}"#, true),
            (r#"{"type":"ping","type":"pong"}"#, false),
            (r#"{"type":"ping","ty\u0070e":"pong"}"#, false),
            (r#"{"type":"complete","id":"1","id":"2"}"#, false),
            (r#"{"type":"ping","payload":null,"payload":{}}"#, false),
            (r#"{"type":"ping","payload":{"a":1,"a":2}}"#, false),
            (
                r#"{"type":"connection_init","payload":{"Authorization":"Bearer x","Authorization":"Bearer y"}}"#,
                false,
            ),
            (r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","query":"{b}"}}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","qu\u0065ry":"{b}"}}"#, false),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":{},"variables":{}}}"#,
                false,
            ),
            (r#"{"type":"subscribe","id":"1","payload":["{a}",null,null,null,null]}"#, false),
            (r#"["ping",null,null]"#, false),
            (r#"{"type":"ping"} {}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{"documentId":1}}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{}}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":"{a}"}"#, false),
            (r#"{"type":"subscribe","id":"1"}"#, false),
            (r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#, false),
            (r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, false),
            (r#"{"type":"subscribe","payload":{"query":"{a}"}}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#, false),
            (r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"{}"}}"#, false),
            (r#"{"type":"next","id":"1"}"#, false),
            (r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#, false),
            (r#"{"type":"connection_terminate"}"#, false),
            (r#"{"type":1}"#, false),
            ("{}", false),
            ("[]", false),
            ("nonsense", false),
            ("", false),
        ] {
            assert_eq!(ClientMessage::read(text).is_ok(), valid, "{text}");
        }
    }
}
