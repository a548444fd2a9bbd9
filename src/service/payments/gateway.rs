//! The protocol to a payment provider's gateway, or to an adapter in front of it (`docs/PAYMENTS.md`): signed JSON over
//! HTTPS, each call under a key that makes it happen once.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::config::GatewaySettings;
use crate::domain::ids::ProviderMessageId;
use crate::domain::provider::{ProviderCall, ProviderRefusal, RequestKind};
use crate::service::outbound::{Bounds, Client};

use super::message::{self, Message};
use super::provider::{ProviderError, Session, Standing};
use super::signature::sign;

/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 65_536;
/// Characters of what a gateway says for people.
const REASON_LENGTH: usize = 500;
/// Characters of the address of a page.
const URL_LENGTH: usize = 2_000;

/// A payment provider's gateway.
#[derive(Debug)]
pub struct Gateway {
    name: String,
    settings: GatewaySettings,
    client: Client,
}

#[derive(Deserialize)]
struct Opened {
    reference: String,
    url: String,
}

#[derive(Deserialize)]
struct Taken {
    status: String,
}

#[derive(Deserialize)]
struct Refused {
    code: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Stands {
    #[serde(rename = "type")]
    kind: String,
}

/// The words of a call: its type, the type of the question how it stands, the field that names its subject.
const fn words(kind: RequestKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        RequestKind::CreateSession => ("session.open", "payment.state", "paymentId"),
        RequestKind::ExpireSession => ("session.expire", "payment.state", "paymentId"),
        RequestKind::Refund => ("refund.send", "refund.state", "refundId"),
        RequestKind::Payout => ("payout.send", "payout.state", "payoutId"),
    }
}

impl Gateway {
    /// A gateway under a name.
    pub fn new(name: String, settings: GatewaySettings) -> Self {
        // The settings allow http:// on a sandbox's own machine only.
        let client = Client::new(settings.url.starts_with("http://"));
        Self { name, settings, client }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn open_session(
        &self,
        app: &App,
        call: &ProviderCall,
    ) -> Result<Session, ProviderError> {
        let answer = self.call(app, call).await?;
        let Opened { reference, url } = read(&answer)?;
        let unclear = |problem: &str| Err(ProviderError::Unclear(problem.to_owned()));
        if reference.is_empty() || reference.len() > 200 || reference.contains('\0') {
            return unclear("it answers a reference that is not of 1 to 200 characters");
        }
        // A page that the buyer is sent to: nothing but the web, and that not in clear.
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && url.len() <= URL_LENGTH;
        if !is_plain || !url.starts_with("https://") {
            return unclear("it answers an address of a page that is not https://");
        }
        Ok(Session { reference, url })
    }

    pub(super) async fn send(&self, app: &App, call: &ProviderCall) -> Result<(), ProviderError> {
        let answer = self.call(app, call).await?;
        let Taken { status } = read(&answer)?;
        if status == "accepted" {
            return Ok(());
        }
        Err(ProviderError::Unclear("it answers neither that it accepts nor that it refuses".to_owned()))
    }

    pub(super) async fn standing(&self, app: &App, call: &ProviderCall) -> Result<Standing, ProviderError> {
        let (_, asked, subject) = words(call.kind);
        let body = json!({ "type": asked, "key": call.id, "data": { subject: call.subject } });
        let answer = self.exchange(app, call, &body).await?;
        let Stands { kind } = read(&answer)?;
        let noun = asked.split('.').next().unwrap_or_default();
        if kind == format!("{noun}.unknown") {
            return Ok(Standing::Unknown);
        }
        if kind == format!("{noun}.pending") {
            return Ok(Standing::UnderWay);
        }
        let told = message::read(&answer).map_err(|refusal| ProviderError::Unclear(refusal.message))?;
        let is_about = match &told {
            Message::Payment(report) => report.payment.is_some_and(|id| id.to_string() == call.subject),
            Message::Refund { subject, .. } | Message::Payout { subject, .. } => *subject == call.subject,
            Message::Chargeback(_) => false,
        };
        if is_about {
            return Ok(Standing::Told(Box::new(told)));
        }
        let problem = "it answers about something else than it was asked about";
        Err(ProviderError::Unclear(problem.to_owned()))
    }

    async fn call(&self, app: &App, call: &ProviderCall) -> Result<Bytes, ProviderError> {
        let (kind, _, subject) = words(call.kind);
        let mut data = json!(call.context);
        if let Some(data) = data.as_object_mut() {
            data.insert(subject.to_owned(), json!(call.subject));
            data.insert("amountMinor".to_owned(), json!(call.amount.minor.to_string()));
            data.insert("currency".to_owned(), json!(call.amount.currency));
            data.insert("round".to_owned(), json!(call.round));
        }
        self.exchange(app, call, &json!({ "type": kind, "key": call.id, "data": data })).await
    }

    /// Sends a signed body and sorts the answer: taken, refused, or nothing that says either.
    async fn exchange(&self, app: &App, call: &ProviderCall, body: &Value) -> Result<Bytes, ProviderError> {
        let unclear = |error: &dyn std::fmt::Display| ProviderError::Unclear(error.to_string());
        let now = app.clock.now();
        let id = app.ids.make::<ProviderMessageId>(now).to_string();
        let timestamp = now.seconds().to_string();
        let body = body.to_string();
        let signature = sign(&self.settings.secret, &id, &timestamp, body.as_bytes());
        let request = Request::post(&self.settings.url)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .header("user-agent", concat!("Surety/", env!("CARGO_PKG_VERSION")))
            .header("idempotency-key", call.id.to_string())
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature.map_err(|error| unclear(&error))?)
            .body(Full::from(body))
            .map_err(|error| unclear(&error))?;
        let bounds = Bounds { time: self.settings.timeout, bytes: ANSWER_BYTES };
        let answer = self.client.exchange(request, bounds).await;
        let (status, answer) = answer.map_err(|error| ProviderError::Unreachable(error.to_string()))?;
        if status == StatusCode::OK {
            return Ok(answer);
        }
        Err(refused(status, &answer)
            .unwrap_or_else(|| ProviderError::Unclear(format!("it answers {}", status.as_u16()))))
    }
}

/// A refusal is a status from 400 to 499 with a word that we know; nothing else is.
fn refused(status: StatusCode, answer: &[u8]) -> Option<ProviderError> {
    if !status.is_client_error() {
        return None;
    }
    let Refused { code, reason } = serde_json::from_slice(answer).ok()?;
    let because: ProviderRefusal = code.parse().ok()?;
    let said = reason.unwrap_or_default();
    let plain: String =
        said.chars().filter(|character| !character.is_control()).take(REASON_LENGTH).collect();
    let reason = if plain.is_empty() { "The provider gave no reason.".to_owned() } else { plain };
    Some(ProviderError::Refused { because, reason })
}

fn read<T: serde::de::DeserializeOwned>(answer: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(answer)
        .map_err(|_| ProviderError::Unclear("its answer is not of the documented form".to_owned()))
}
