//! From bytes to parameters: the body of a POST, the query string of a GET, the payload of a `subscribe` message.

use apollo_compiler::response::{JsonMap, JsonValue};
use axum::extract::Query;
use axum::http::{StatusCode, Uri};
use serde::Deserialize;

use crate::domain::error::Code;

use super::refusal::Refused;

/// The members of a body that count. None may be there twice: a filter before the server may have looked at the other one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    query: Option<JsonValue>,
    document_id: Option<JsonValue>,
    operation_name: Option<JsonValue>,
    variables: Option<JsonValue>,
    extensions: Option<JsonValue>,
}

/// The parameters of one GraphQL request.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// The document; absent where it is named by its hash.
    pub query: Option<String>,
    /// The document by its hash, such as `sha256:…`.
    pub document_id: Option<String>,
    /// The operation to choose.
    pub operation_name: Option<String>,
    /// The variables as they came.
    pub variables: JsonMap,
    /// What else the client says.
    pub extensions: JsonMap,
}

impl Parameters {
    /// Reads the body of a POST: one JSON object.
    pub fn from_body(body: &[u8], maximum_values: usize) -> Result<Self, Refused> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(b'[') => return Err(bad("Send one request at a time; a list of requests is not taken.")),
            _ => return Err(bad("The body must be a JSON object with a `query`.")),
        }
        if value_bound(body) > maximum_values {
            return Err(Refused::http(
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::RequestTooLarge,
                format!("The body holds more than {maximum_values} values; send less at once."),
            ));
        }
        Self::from_object(body)
    }

    /// Reads the payload of a `subscribe` message, whose values its size bounds.
    pub fn from_payload(payload: &str) -> Result<Self, Refused> {
        if payload.trim_ascii_start().starts_with('{') {
            return Self::from_object(payload.as_bytes());
        }
        Err(bad("The payload must be a JSON object with a `query`."))
    }

    /// Reads the parameters out of an object; unknown members are left alone.
    fn from_object(text: &[u8]) -> Result<Self, Refused> {
        match serde_json::from_slice::<Members>(text) {
            Ok(members) => Self::of(members),
            // Any value is taken for a member, so what is left to be wrong is that there are two.
            Err(error) if error.is_data() => Err(bad("The body names one of its parameters twice.")),
            Err(error) => Err(bad(format!(
                "The body is not valid JSON (line {}, column {}).",
                error.line(),
                error.column()
            ))),
        }
    }

    fn of(members: Members) -> Result<Self, Refused> {
        let query = match members.query {
            None | Some(JsonValue::Null) => None,
            Some(JsonValue::String(text)) => Some(text.as_str().to_owned()),
            Some(_) => return Err(bad("`query` must be a string.")),
        };
        let document_id = match members.document_id {
            None | Some(JsonValue::Null) => None,
            Some(JsonValue::String(id)) => Some(id.as_str().to_owned()),
            Some(_) => return Err(bad("`documentId` must be a string.")),
        };
        let operation_name = match members.operation_name {
            None | Some(JsonValue::Null) => None,
            Some(JsonValue::String(text)) => Some(text.as_str().to_owned()).filter(|name| !name.is_empty()),
            Some(_) => return Err(bad("`operationName` must be a string.")),
        };
        let map = |name: &str, member: Option<JsonValue>| match member {
            None | Some(JsonValue::Null) => Ok(JsonMap::new()),
            Some(JsonValue::Object(map)) => Ok(map),
            Some(_) => Err(bad(format!("`{name}` must be an object."))),
        };
        let (variables, extensions) =
            (map("variables", members.variables)?, map("extensions", members.extensions)?);
        Ok(Self { query, document_id, operation_name, variables, extensions })
    }

    /// Reads the query string of a GET; an empty parameter is an absent one.
    pub fn from_query_string(uri: &Uri) -> Result<Self, Refused> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| bad("The query string is not URL-encoded."))?;
        let mut parameters = Self::default();
        let mut seen = Vec::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            if seen.contains(&name) {
                return Err(bad(format!("The parameter `{name}` is given twice.")));
            }
            match name.as_str() {
                "query" => parameters.query = Some(value),
                "documentId" => parameters.document_id = Some(value),
                "operationName" => parameters.operation_name = Some(value),
                "variables" => parameters.variables = read_map("variables", &value)?,
                "extensions" => parameters.extensions = read_map("extensions", &value)?,
                _ => continue,
            }
            seen.push(name);
        }
        Ok(parameters)
    }

    /// The document that came with the request, if one did.
    pub fn text(&self) -> Option<&str> {
        self.query.as_deref().filter(|text| !text.trim().is_empty())
    }

    /// Whether the request says which document it means, in whatever way.
    pub fn names_a_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extensions.contains_key("persistedQuery")
    }

    /// The document, or why there is none. One that is named by its hash was put in its place before.
    pub fn document(&self) -> Result<&str, Refused> {
        self.text().ok_or_else(|| bad("`query` must hold a GraphQL document."))
    }
}

fn read_map(name: &str, text: &str) -> Result<JsonMap, Refused> {
    match serde_json::from_str(text) {
        Ok(JsonValue::Object(map)) => Ok(map),
        Ok(JsonValue::Null) => Ok(JsonMap::new()),
        Ok(_) => Err(bad(format!("`{name}` must be a JSON object."))),
        Err(_) => Err(bad(format!("`{name}` is not valid JSON."))),
    }
}

/// No fewer values than the JSON text can hold: each one but the first follows one of these bytes.
fn value_bound(body: &[u8]) -> usize {
    body.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count()
}

fn bad(message: impl Into<String>) -> Refused {
    Refused::http(StatusCode::BAD_REQUEST, Code::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<&'static str> {
        Parameters::from_body(body.as_bytes(), 100)
            .and_then(|parameters| parameters.document().map(|_| ()))
            .err()
            .map(|refused| refused.errors[0].extensions.code)
    }

    #[test]
    fn bodies_are_read_strictly() {
        for (body, wanted) in [
            (r#"{"query":"{a}"}"#, None),
            (r#" {"query":"{a}","operationName":null,"variables":null,"extensions":null}"#, None),
            (r#"{"query":"{a}","operationName":"","unknown":1}"#, None),
            ("{}", Some("BAD_REQUEST")),
            (r#"{"qeury":"{a}"}"#, Some("BAD_REQUEST")),
            (r#"{"query":""}"#, Some("BAD_REQUEST")),
            (r#"{"query":1}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","variables":"{}"}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","operationName":[]}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","extensions":[]}"#, Some("BAD_REQUEST")),
            (r#"[{"query":"{a}"}]"#, Some("BAD_REQUEST")),
            ("[]", Some("BAD_REQUEST")),
            ("", Some("BAD_REQUEST")),
            ("nonsense", Some("BAD_REQUEST")),
            (r#"{"query":"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","documentId":7}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","query":"{b}"}"#, Some("BAD_REQUEST")),
            (r#"{"query":null,"query":"{a}"}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","qu\u0065ry":"{b}"}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","variables":{},"variables":{}}"#, Some("BAD_REQUEST")),
            (r#"{"query":"{a}","unknown":1,"unknown":2}"#, None),
            (r#"{"query":"{a}"} {}"#, Some("BAD_REQUEST")),
        ] {
            assert_eq!(code(body), wanted, "{body}");
        }
        let many = format!(r#"{{"variables":{{"a":[{}0]}}}}"#, "0,".repeat(200));
        assert_eq!(code(&many), Some("REQUEST_TOO_LARGE"));
    }

    #[test]
    fn empty_parameters_of_a_get_are_absent() {
        let uri: Uri = "/graphql?query=%7Ba%7D&variables=&extensions=&operationName=Q".parse().unwrap();
        let parameters = Parameters::from_query_string(&uri).unwrap();
        assert_eq!(parameters.query.as_deref(), Some("{a}"));
        assert_eq!(parameters.operation_name.as_deref(), Some("Q"));
        for uri in ["/graphql?query=a&query=b", "/graphql?variables=%5B%5D", "/graphql?variables=nonsense"] {
            assert!(Parameters::from_query_string(&uri.parse().unwrap()).is_err(), "{uri}");
        }
    }
}
