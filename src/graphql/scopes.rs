//! Which scopes a field needs: the closed table from which `@requiresScope` is printed. The use cases enforce it
//! (`service::require_scope`); `tests/it/scopes.rs` asks each field with and without each scope and proves that both agree.
//!
//! A field that has no row is refused to nobody for a scope. What lies below a field needs what the field needs, and more
//! only where it has a row of its own. `node` and `nodes` have none: they answer null for an object whose type needs a scope
//! that the token lacks.

use crate::domain::actor::Role;
use crate::domain::actor::Scope::{
    self, BulkRun, CatalogRead, CatalogWrite, DocumentsManage, EscrowWrite, InspectionsWrite, MessagesWrite,
    OrdersRead, OrdersWrite, PlatformOperate, ReviewsWrite, WebhooksManage,
};

/// One way to be allowed: all of these scopes, for these roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// All of them are needed.
    pub scopes: &'static [Scope],
    /// For whom; for every role that no other need of the field names, where it is empty.
    pub roles: &'static [Role],
}

impl Need {
    /// The same for every role.
    const fn all(scopes: &'static [Scope]) -> Self {
        Self { scopes, roles: &[] }
    }

    /// For these roles only.
    const fn of(roles: &'static [Role], scopes: &'static [Scope]) -> Self {
        Self { scopes, roles }
    }
}

/// Fields of one type that need the same.
struct Row {
    parent: &'static str,
    /// One of them is enough.
    needs: &'static [Need],
    fields: &'static [&'static str],
}

const READS_CATALOGUE: &[Need] = &[Need::all(&[CatalogRead])];
const WRITES_CATALOGUE: &[Need] = &[Need::all(&[CatalogWrite])];
const READS_ORDERS: &[Need] = &[Need::all(&[OrdersRead])];
const WRITES_ORDERS: &[Need] = &[Need::all(&[OrdersWrite])];
const MOVES_MONEY: &[Need] = &[Need::all(&[EscrowWrite])];
const INSPECTS: &[Need] = &[Need::all(&[InspectionsWrite])];
const REVIEWS: &[Need] = &[Need::all(&[ReviewsWrite])];
const OPERATES: &[Need] = &[Need::all(&[PlatformOperate])];
const KEEPS_DOCUMENTS: &[Need] = &[Need::all(&[DocumentsManage])];
const EXPORTS: &[Need] = &[Need::all(&[BulkRun])];
/// Bodies of events are the orders' contents.
const SENDS_EVENTS: &[Need] = &[Need::all(&[WebhooksManage, OrdersRead])];

const TABLE: &[Row] = &[
    Row {
        parent: "Query",
        needs: READS_CATALOGUE,
        fields: &[
            "categories",
            "category",
            "changes",
            "exchangeRates",
            "product",
            "products",
            "protectionPreview",
            "supplier",
            "suppliers",
        ],
    },
    Row { parent: "Query", needs: WRITES_CATALOGUE, fields: &["ownProducts"] },
    Row {
        parent: "Query",
        needs: READS_ORDERS,
        fields: &[
            "accountBalances",
            "accountStatement",
            "accreditedInspectors",
            "auditLogEntries",
            "deadlines",
            "dispute",
            "disputes",
            "events",
            "file",
            "ledgerEntries",
            "order",
            "orders",
            "payout",
            "payouts",
            "quote",
            "quotes",
            "thread",
        ],
    },
    Row { parent: "Query", needs: EXPORTS, fields: &["bulkOperation", "bulkOperations"] },
    Row {
        parent: "Query",
        needs: OPERATES,
        fields: &["lastVerification", "partnerApps", "providerCalls", "riskRules", "suspenseItems"],
    },
    Row {
        parent: "Query",
        needs: &[Need::all(&[CatalogWrite]), Need::of(&[Role::Operator], &[PlatformOperate])],
        fields: &["verificationDocuments"],
    },
    Row { parent: "Query", needs: &[Need::all(&[WebhooksManage])], fields: &["webhookEndpoints"] },
    Row { parent: "Query", needs: KEEPS_DOCUMENTS, fields: &["documentPolicy", "trustedDocuments"] },
    Row {
        parent: "Mutation",
        needs: KEEPS_DOCUMENTS,
        fields: &["registerTrustedDocuments", "retireTrustedDocuments", "setDocumentPolicy"],
    },
    Row {
        parent: "Mutation",
        needs: WRITES_CATALOGUE,
        fields: &[
            "createProduct",
            "enrolInTradeAssurance",
            "importProducts",
            "publishProduct",
            "submitVerificationDocument",
            "updateProduct",
            "withdrawFromTradeAssurance",
            "withdrawProduct",
        ],
    },
    Row {
        parent: "Mutation",
        needs: WRITES_ORDERS,
        fields: &[
            "acceptContractAmendment",
            "acceptQuote",
            "advanceSandboxClock",
            "answerQuote",
            "appealDecision",
            "bookInspection",
            "cancelInspection",
            "cancelOrder",
            "confirmOrder",
            "declarePacked",
            "declineContractAmendment",
            "declineOrder",
            "declineQuote",
            "dispatchShipment",
            "escalateDispute",
            "extendReceipt",
            "markReady",
            "placeOrder",
            "proposeContractAmendment",
            "receiveReturn",
            "recordDelivery",
            "recordOffPlatformPayment",
            "renegotiateQuote",
            "reportShipmentLost",
            "requestAfterSalesService",
            "requestQuote",
            "requestRework",
            "resolveAfterSales",
            "respondToAfterSales",
            "shipReturn",
            "submitOrder",
            "waiveInspection",
            "withdrawContractAmendment",
            "withdrawDispute",
            "withdrawQuote",
        ],
    },
    Row {
        parent: "Mutation",
        needs: MOVES_MONEY,
        fields: &[
            "acceptRefundOffer",
            "cancelForNonDispatch",
            "cancelForUnpaidBalance",
            "claimLateDelivery",
            "confirmReceipt",
            "confirmShipmentReceipt",
            "createInspectionPaymentSession",
            "createPaymentSession",
            "offerRefund",
            "reportSandboxChargeback",
            "requestEasyReturn",
            "requestRefund",
            "respondToRefundRequest",
            "settleSandboxPayment",
            "settleSandboxPayout",
            "settleSandboxRefund",
        ],
    },
    Row { parent: "Mutation", needs: INSPECTS, fields: &["acceptInspection", "submitInspectionReport"] },
    Row {
        parent: "Mutation",
        needs: &[Need::all(&[OrdersWrite]), Need::of(&[Role::Inspector], &[InspectionsWrite])],
        fields: &["submitEvidence"],
    },
    Row {
        parent: "Mutation",
        needs: &[Need::all(&[EscrowWrite]), Need::of(&[Role::Inspector], &[InspectionsWrite])],
        fields: &["requestPayout"],
    },
    Row {
        parent: "Mutation",
        needs: REVIEWS,
        fields: &["markReviewHelpful", "replyToReview", "submitReview"],
    },
    Row { parent: "Mutation", needs: &[Need::all(&[MessagesWrite])], fields: &["sendMessage"] },
    Row {
        parent: "Mutation",
        // The first two for a document, the last one for media of the catalogue.
        needs: &[Need::all(&[MessagesWrite]), Need::all(&[OrdersWrite]), Need::all(&[CatalogWrite])],
        fields: &["createUpload"],
    },
    Row { parent: "Mutation", needs: EXPORTS, fields: &["cancelBulkOperation", "runBulkQuery"] },
    Row {
        parent: "Mutation",
        needs: SENDS_EVENTS,
        fields: &[
            "createWebhookEndpoint",
            "deleteWebhookEndpoint",
            "redeliverWebhook",
            "replayWebhookEvents",
            "rotateWebhookSecret",
            "updateWebhookEndpoint",
        ],
    },
    Row {
        parent: "Mutation",
        needs: OPERATES,
        fields: &[
            "accreditInspector",
            "assignSuspensePayment",
            "awardBadge",
            "confirmDecision",
            "createCompany",
            "createPartnerApp",
            "createStorefrontKey",
            "decideDispute",
            "grantMembership",
            "liftRiskHold",
            "moderateReview",
            "openReturnWarehouse",
            "placeRiskHold",
            "recordAgencyCheck",
            "recordExchangeRates",
            "recordSupplierAudit",
            "recordSupplierMedia",
            "recordTrackRecord",
            "refundSuspensePayment",
            "registerCertificate",
            "registerLicence",
            "reinstateSupplier",
            "retryProviderCall",
            "retryRefund",
            "reviewVerificationDocument",
            "revokeAppSecret",
            "revokeBadge",
            "revokeStorefrontKey",
            "revokeToken",
            "rotateAppSecret",
            "setPartnerAppActive",
            "setRiskRule",
            "suspendSupplier",
            "withdrawEvidence",
        ],
    },
    Row {
        parent: "Subscription",
        needs: READS_ORDERS,
        fields: &["dispatchDeadline", "events", "messageReceived", "orderStatusChanged"],
    },
    // Below the roots: fields that can be reached without the scope that they need.
    Row { parent: "Viewer", needs: READS_ORDERS, fields: &["creditBalances"] },
    Row { parent: "WebhookDelivery", needs: READS_ORDERS, fields: &["body"] },
    Row {
        parent: "Supplier",
        needs: READS_CATALOGUE,
        fields: &["badgeEligibility", "events", "verificationDocuments"],
    },
    Row { parent: "Product", needs: READS_CATALOGUE, fields: &["badgeEligibility"] },
    // A command answers with the object that it moved, whoever may read others like it.
    Row { parent: "Order", needs: READS_ORDERS, fields: &["quote"] },
    Row { parent: "Quote", needs: READS_ORDERS, fields: &["order"] },
    Row { parent: "Thread", needs: READS_ORDERS, fields: &["order", "quote"] },
    Row { parent: "Deadline", needs: READS_ORDERS, fields: &["order"] },
    Row { parent: "File", needs: READS_ORDERS, fields: &["url"] },
];

/// The ways to be allowed a field, one of which is enough; none for a field that is refused to nobody for a scope.
pub fn needs(parent: &str, field: &str) -> &'static [Need] {
    let row = TABLE.iter().find(|row| row.parent == parent && row.fields.contains(&field));
    row.map(|row| row.needs).unwrap_or_default()
}

/// Every type and field of the table, for those who look for rows of fields that are no longer there.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().flat_map(|row| row.fields.iter().map(|&field| (row.parent, field)))
}
