//! The one closed list of error codes, and the refusal: what a caller can mend, as data.

use thiserror::Error;

macro_rules! codes {
    ($dollar:tt $($(#[doc = $doc:literal])* $name:ident => $text:literal;)*) => {
        /// Every code that an answer of this API can carry; rendered into `docs/ERRORS.md` and the schema.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {$(
            $(#[doc = $doc])*
            $name,
        )*}

        impl Code {
            /// Every code, in the order of the documents.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word in `code` and `extensions.code`.
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$name => $text,)*}
            }

            /// What it means and what the caller can do, as documented.
            pub const fn description(self) -> &'static str {
                match self {$(Self::$name => concat!($($doc),*),)*}
            }
        }

        /// Hands the list to another macro, each code with its documentation and its word: who needs an enum of it in
        /// another form makes one, and the list is written once.
        macro_rules! with_codes {
            ($dollar callback:ident) => {
                $dollar callback! { $($(#[doc = $doc])* $name => $text;)* }
            };
        }
        pub(crate) use with_codes;
    };
}

codes! { $
    /// The document is not GraphQL. Mend the syntax.
    GraphqlParseFailed => "GRAPHQL_PARSE_FAILED";
    /// The document does not fit the schema. Compare it with `schema.graphql`.
    GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED";
    /// The request or its variables are malformed. The message names the place.
    BadRequest => "BAD_REQUEST";
    /// The hash of a persisted query is not known here. Send the document with it once.
    PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND";
    /// The protocol of this persisted query is not spoken here; only version 1 is. Send the document.
    PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED";
    /// The app runs trusted documents only, and this is none of them. Register it with `registerTrustedDocuments`.
    DocumentNotTrusted => "DOCUMENT_NOT_TRUSTED";
    /// The request is larger, deeper or wider than allowed. Split it.
    RequestTooLarge => "REQUEST_TOO_LARGE";
    /// The request costs more than one request may. Ask for less at once.
    QueryTooCostly => "QUERY_TOO_COSTLY";
    /// This server does not tell its schema. Work from the `schema.graphql` that you were given.
    IntrospectionDisabled => "INTROSPECTION_DISABLED";
    /// The HTTP method does not fit the operation. Send mutations by POST.
    MethodNotAllowed => "METHOD_NOT_ALLOWED";
    /// The content type is not `application/json`.
    UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE";
    /// No media type that the caller accepts can be served.
    NotAcceptable => "NOT_ACCEPTABLE";
    /// The body did not arrive in time. Send it again.
    RequestTimeout => "REQUEST_TIMEOUT";
    /// The server is busy. Try again after the time that `Retry-After` names.
    Overloaded => "OVERLOADED";
    /// The app has as many sockets and streams open for this company as it may. Close one, or put several subscriptions on one.
    TooManyConnections => "TOO_MANY_CONNECTIONS";
    /// The app has spent its points for this company, or the caller without a token its own; or too many tokens from the caller's network address were refused. Try again after the time that `Retry-After` names.
    Throttled => "THROTTLED";
    /// No token, or one that is expired, forged, or meant for somebody else. Get a new token.
    Unauthenticated => "UNAUTHENTICATED";
    /// The token lacks the scope or role that the field needs.
    Forbidden => "FORBIDDEN";
    /// Nothing with this id is visible to the caller.
    NotFound => "NOT_FOUND";
    /// An input value has the wrong form. The field path names it.
    InvalidInput => "INVALID_INPUT";
    /// The currency code is unknown, or differs from the one that applies here.
    CurrencyMismatch => "CURRENCY_MISMATCH";
    /// The amount or quantity leaves the range that can be kept.
    AmountOutOfRange => "AMOUNT_OUT_OF_RANGE";
    /// The amount is not the one that is due.
    AmountMismatch => "AMOUNT_MISMATCH";
    /// The quantity is below the product's minimum order quantity.
    BelowMinimumOrderQuantity => "BELOW_MINIMUM_ORDER_QUANTITY";
    /// The quantity is above what the offer allows.
    AboveMaximumQuantity => "ABOVE_MAXIMUM_QUANTITY";
    /// The quantity is not a multiple of the product's order increment.
    WrongOrderIncrement => "WRONG_ORDER_INCREMENT";
    /// No price of the ladder applies to the quantity. Ask for a quote.
    NoPriceForQuantity => "NO_PRICE_FOR_QUANTITY";
    /// The product is not published, or does not have the offer that the order kind needs.
    NotOrderable => "NOT_ORDERABLE";
    /// The supplier is not enrolled in Trade Assurance, so no protected order can be placed.
    SupplierNotEnrolled => "SUPPLIER_NOT_ENROLLED";
    /// The terms that the caller echoed are not those on record. Read them again.
    TermsMismatch => "TERMS_MISMATCH";
    /// The state of the order or object does not allow the command. `allowedActions` says what is possible.
    TransitionRefused => "TRANSITION_REFUSED";
    /// The object was changed since the expected version. Read it and decide again.
    VersionConflict => "VERSION_CONFLICT";
    /// The time for this act is over.
    DeadlinePassed => "DEADLINE_PASSED";
    /// No payout can be made now. The message says what stands in the way.
    PayoutBlocked => "PAYOUT_BLOCKED";
    /// The steps of a price ladder do not follow each other: two begin at one quantity, or a later one at a smaller.
    LadderNotInOrder => "LADDER_NOT_IN_ORDER";
    /// Quantities that can be ordered have no price: the ladder begins behind the minimum order quantity, or leaves some out.
    LadderHasHole => "LADDER_HAS_HOLE";
    /// The unit price does not fall from one step of the ladder to the next.
    LadderPriceRises => "LADDER_PRICE_RISES";
    /// The certificate is not valid today, or not one of a product. Name another one.
    CertificateNotValid => "CERTIFICATE_NOT_VALID";
    /// The reference is in use by another object of the same company and type, or a record of evidence has the number.
    ReferenceInUse => "REFERENCE_IN_USE";
    /// The idempotency key was used with another input. Use a new key.
    IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED";
    /// The first request with this key is still running. Ask again with the same key.
    IdempotencyInProgress => "IDEMPOTENCY_IN_PROGRESS";
    /// The cursor is not one of this list, or was changed.
    InvalidCursor => "INVALID_CURSOR";
    /// The events behind the cursor are no longer kept. Read the objects again and start from the oldest cursor.
    CursorExpired => "CURSOR_EXPIRED";
    /// The cursor lies ahead of the log. It comes from another environment.
    CursorAhead => "CURSOR_AHEAD";
    /// The log was restored since the cursor was handed out. Read the objects again.
    CursorEpochChanged => "CURSOR_EPOCH_CHANGED";
    /// The content of a file that is named here did not come yet. Upload it, then send the same again.
    UploadPending => "UPLOAD_PENDING";
    /// The content is not the one that was announced: its size, type or SHA-256 is another one. Announce what you send.
    ContentMismatch => "CONTENT_MISMATCH";
    /// The quote is not this caller's to order by, was not accepted, or names other goods. Read it again.
    QuoteMismatch => "QUOTE_MISMATCH";
    /// The record is expired already, so no badge could rest on it. Record what holds today.
    EvidenceExpired => "EVIDENCE_EXPIRED";
    /// The badge cannot be granted: `unmetCriteria` says what is missing, `badgeEligibility` on what facts.
    BadgeCriteriaUnmet => "BADGE_CRITERIA_UNMET";
    /// The object is not, or no longer, in the state that this needs. Read it again.
    StateConflict => "STATE_CONFLICT";
    /// Only a completed order can be reviewed. Confirm receipt first.
    OrderNotCompleted => "ORDER_NOT_COMPLETED";
    /// The order holds no such product. Review one of its lines, or the store.
    ProductNotInOrder => "PRODUCT_NOT_IN_ORDER";
    /// This was reviewed for this order before; a review is written once.
    ReviewExists => "REVIEW_EXISTS";
    /// The supplier has answered this review before; an answer is written once.
    ReplyExists => "REPLY_EXISTS";
    /// The company marked this review before; a mark is set once.
    AlreadyMarked => "ALREADY_MARKED";
    /// A company does not mark its own review, nor one of its own store.
    OwnReview => "OWN_REVIEW";
    /// The review is hidden already, or visible already.
    ModerationUnchanged => "MODERATION_UNCHANGED";
    /// Another bulk operation of this app and company is not over yet. Wait for it, or cancel it.
    BulkOperationInProgress => "BULK_OPERATION_IN_PROGRESS";
    /// The export became larger than this server writes, or took longer. Narrow it, or go on from its `endCursor`.
    BulkLimitExceeded => "BULK_LIMIT_EXCEEDED";
    /// Webhooks are not sent to this address: it is none of the public internet, or not of the right form. Use another one.
    WebhookAddressRefused => "WEBHOOK_ADDRESS_REFUSED";
    /// The app has as many endpoints for this company as it may. Delete one.
    TooManyWebhookEndpoints => "TOO_MANY_WEBHOOK_ENDPOINTS";
    /// Only a server in sandbox mode does this.
    SandboxOnly => "SANDBOX_ONLY";
    /// Something failed inside. A mutation may have been done all the same: send it again with the same idempotency key, which does it once. Quote `incidentId` to support.
    Internal => "INTERNAL";
}

impl std::str::FromStr for Code {
    type Err = super::actor::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(super::actor::UnknownWord)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// More than a message can say, for the typed members of `UserError`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// A transition was refused: the state, what the caller can do instead, and what stands in the way.
    Transition {
        /// The order's status.
        from: &'static str,
        /// Actions that this caller could take now, in the words of the object's own actions.
        allowed_actions: Vec<&'static str>,
        /// Reasons, most important first; only orders know any.
        blocked_by: Vec<super::order::Blocker>,
    },
    /// The object moved on.
    Version {
        /// The object's id; of a rule, which has none, its word.
        subject: String,
        /// The version that the caller expected.
        expected: i64,
        /// The version that is current.
        current: i64,
        /// The schema's names of the fields that differ between them; none where the version that the caller expected is not kept.
        changed_fields: Option<Box<[&'static str]>>,
    },
    /// Two amounts should have been equal.
    Amount {
        /// What was due.
        expected: super::money::Money,
        /// What came.
        actual: super::money::Money,
    },
    /// A badge was refused.
    Badge {
        /// The criteria that are not met.
        unmet: Vec<super::badge::BadgeCriterion>,
    },
}

/// A caller's mistake: nothing was changed, and the message says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// Which mistake.
    pub code: Code,
    /// The path of the input field at fault, such as `["input", "lines", "0", "quantity"]`; empty where none is.
    pub field: Vec<String>,
    /// One or two sentences for a person.
    pub message: String,
    /// Typed facts, where there are any.
    pub detail: Option<Detail>,
}

impl Refusal {
    /// A refusal without a field.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, field: Vec::new(), message: message.into(), detail: None }
    }

    /// The same, blaming the input field at this path.
    #[must_use]
    pub fn at(mut self, path: &[&str]) -> Self {
        self.field = path.iter().map(|&part| part.to_owned()).collect();
        self
    }

    /// The same, blaming its field below this path.
    #[must_use]
    pub fn under(mut self, path: &[&str]) -> Self {
        self.field.splice(0..0, path.iter().map(|&part| part.to_owned()));
        self
    }

    /// The same with typed facts.
    #[must_use]
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = Some(detail);
        self
    }

    /// Nothing with this id is visible to the caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("No {what} with this id is visible to you."))
    }

    /// An input value has the wrong form.
    pub fn invalid(path: &[&str], message: impl Into<String>) -> Self {
        Self::new(Code::InvalidInput, message).at(path)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn codes_are_unique_and_described() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| code.description().len() > 20));
    }
}
