//! Who may what: every root field × every kind of caller, in one table. What is refused has changed nothing.
//!
//! A root field without a row fails the test: nobody adds one without saying who may use it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use serde_json::{Value, json};
use surety::domain::actor::{Actor, Role};
use surety::domain::badge::{BadgeKind, BadgeSubject};
use surety::domain::time::Span;
use surety::graphql;
use surety::store::catalogue::{badges, listing};

use super::world::{Answer, Party, World, on_both};

/// The callers, in the order of the table's letters.
pub const CALLERS: [&str; 10] = [
    "anonymous",
    "storefront",
    "the order's buyer",
    "another buyer",
    "the order's supplier",
    "another supplier",
    "inspector",
    "carrier",
    "warehouse",
    "operator",
];

/// A root field: an operation on it, and a letter for each caller. `A`: may; the rules may still refuse. `U`: has to
/// say who it is. `F`: may not. `N`: does not learn that the object is there.
pub struct Row {
    /// The root type and the field.
    pub field: &'static str,
    /// An operation on it.
    pub operation: &'static str,
    /// A letter for each caller.
    pub callers: &'static str,
}

/// Who may what.
pub const TABLE: &[Row] = &[
    Row { field: "Query.serverVersion", operation: "{ serverVersion }", callers: "AAAAAAAAAA" },
    Row {
        field: "Query.costEstimate",
        operation: "{ costEstimate(document: \"{ serverVersion }\") { requestedQueryCost fits } }",
        callers: "AAAAAAAAAA",
    },
    Row { field: "Query.viewer", operation: "{ viewer { role scopes } }", callers: "NAAAAAAAAA" },
    Row {
        field: "Query.product",
        operation: "query ($product: ID!) { product(id: $product) { id } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.products",
        operation: "{ products(first: 5) { nodes { id } } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.supplier",
        operation: "query ($supplier: ID!) { supplier(id: $supplier) { id } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.protectionPreview",
        operation: "query ($product: ID!) { protectionPreview(input: { productId: $product, quantity: 10, \
                    destinationCountry: \"DE\" }) { protections { kind } } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.suppliers",
        operation: "{ suppliers(first: 5) { nodes { id } } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.exchangeRates",
        operation: "{ exchangeRates { currencyCode } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.auditLogEntries",
        operation: "{ auditLogEntries(first: 5) { nodes { id } } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Mutation.recordExchangeRates",
        operation: "mutation ($key: String!) { recordExchangeRates(input: { idempotencyKey: $key, validateOnly: true, \
                    validFrom: \"2026-05-04\", source: \"ECB\", rates: [{ currencyCode: \"EUR\", perDollar: \"0.9\" }] }) \
                    { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Query.category",
        operation: "query ($category: ID!) { category(id: $category) { id } }",
        callers: "AAAAAAAFFA",
    },
    Row { field: "Query.changes", operation: "{ changes(first: 5) { headCursor } }", callers: "AAAAAAAFFA" },
    Row {
        field: "Query.bulkOperation",
        operation: "{ bulkOperation(id: \"bulk_00000000000000000000000000\") { id } }",
        callers: "UNNNNNFFFN",
    },
    Row {
        field: "Query.bulkOperations",
        operation: "{ bulkOperations(first: 5) { nodes { id } } }",
        callers: "UNNNNNFFFN",
    },
    Row {
        field: "Mutation.runBulkQuery",
        operation: "mutation ($key: String!) { runBulkQuery(input: { idempotencyKey: $key, validateOnly: true, \
                    query: \"{ products { nodes { id } } }\" }) { userErrors { code } } }",
        callers: "UAAAAAFFFA",
    },
    Row {
        field: "Mutation.cancelBulkOperation",
        operation: "mutation ($key: String!) { cancelBulkOperation(input: { idempotencyKey: $key, validateOnly: true, \
                    bulkOperationId: \"bulk_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UNNNNNFFFN",
    },
    Row {
        field: "Query.trustedDocuments",
        operation: "{ trustedDocuments(first: 5) { nodes { id } } }",
        callers: "UNNNNNNNNN",
    },
    Row {
        field: "Query.documentPolicy",
        operation: "{ documentPolicy { trustedDocumentsOnly } }",
        callers: "UAAAAAAAAA",
    },
    Row {
        field: "Mutation.registerTrustedDocuments",
        operation: "mutation ($key: String!) { registerTrustedDocuments(input: { idempotencyKey: $key, validateOnly: true, \
                    documents: [{ name: \"version\", document: \"{ serverVersion }\" }] }) { userErrors { code } } }",
        callers: "UAAAAAAAAA",
    },
    Row {
        field: "Mutation.retireTrustedDocuments",
        operation: "mutation ($key: String!) { retireTrustedDocuments(input: { idempotencyKey: $key, validateOnly: true, \
                    trustedDocumentIds: [\"trusted_00000000000000000000000000\"] }) { userErrors { code } } }",
        callers: "UNNNNNNNNN",
    },
    Row {
        field: "Mutation.setDocumentPolicy",
        operation: "mutation ($key: String!) { setDocumentPolicy(input: { idempotencyKey: $key, validateOnly: true, \
                    trustedDocumentsOnly: false }) { userErrors { code } } }",
        callers: "UAAAAAAAAA",
    },
    Row {
        field: "Query.webhookEndpoints",
        operation: "{ webhookEndpoints(first: 5) { nodes { id } } }",
        callers: "UNNNNNFFFN",
    },
    Row {
        field: "Mutation.createWebhookEndpoint",
        operation: "mutation ($key: String!) { createWebhookEndpoint(input: { idempotencyKey: $key, validateOnly: true, \
                    url: \"https://8.8.8.8/\" }) { userErrors { code } } }",
        callers: "UFAAAAFFFA",
    },
    Row {
        field: "Mutation.updateWebhookEndpoint",
        operation: "mutation ($key: String!) { updateWebhookEndpoint(input: { idempotencyKey: $key, validateOnly: true, \
                    webhookEndpointId: \"webhook_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.deleteWebhookEndpoint",
        operation: "mutation ($key: String!) { deleteWebhookEndpoint(input: { idempotencyKey: $key, validateOnly: true, \
                    webhookEndpointId: \"webhook_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.rotateWebhookSecret",
        operation: "mutation ($key: String!) { rotateWebhookSecret(input: { idempotencyKey: $key, validateOnly: true, \
                    webhookEndpointId: \"webhook_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.redeliverWebhook",
        operation: "mutation ($key: String!) { redeliverWebhook(input: { idempotencyKey: $key, validateOnly: true, \
                    webhookDeliveryId: \"delivery_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.replayWebhookEvents",
        operation: "mutation ($key: String!) { replayWebhookEvents(input: { idempotencyKey: $key, validateOnly: true, \
                    webhookEndpointId: \"webhook_00000000000000000000000000\", since: \"2026-05-04T12:00:00Z\" }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Query.ownProducts",
        operation: "{ ownProducts(first: 5) { nodes { id } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Mutation.createProduct",
        operation: "mutation ($supplier: ID!, $key: String!) { createProduct(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, product: { title: \"Cup\", unit: \"piece\", minimumOrderQuantity: 10, priceLadder: { currencyCode: \"USD\", \
                    breaks: [{ minimumQuantity: 10, unitPrice: \"2\" }] } } }) { userErrors { code } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Mutation.updateProduct",
        operation: "mutation ($product: ID!, $key: String!) { updateProduct(input: { idempotencyKey: $key, validateOnly: true, \
                    productId: $product, product: { title: \"Cup\", unit: \"piece\", minimumOrderQuantity: 10, priceLadder: { currencyCode: \"USD\", \
                    breaks: [{ minimumQuantity: 10, unitPrice: \"2\" }] } } }) { userErrors { code } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Mutation.withdrawProduct",
        operation: "mutation ($product: ID!, $key: String!) { withdrawProduct(input: { idempotencyKey: $key, validateOnly: true, \
                    productId: $product }) { userErrors { code } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Mutation.publishProduct",
        operation: "mutation ($product: ID!, $key: String!) { publishProduct(input: { idempotencyKey: $key, validateOnly: true, \
                    productId: $product }) { userErrors { code } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Mutation.importProducts",
        operation: "mutation ($supplier: ID!, $key: String!) { importProducts(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, products: [{ externalReference: \"A\", title: \"Cup\", unit: \"piece\", minimumOrderQuantity: 10, priceLadder: { currencyCode: \"USD\", \
                    breaks: [{ minimumQuantity: 10, unitPrice: \"2\" }] } }] }) { userErrors { code } } }",
        callers: "UFFFANFFFA",
    },
    Row {
        field: "Query.categories",
        operation: "{ categories(first: 5) { nodes { id } } }",
        callers: "AAAAAAAFFA",
    },
    Row {
        field: "Query.node",
        operation: "query ($product: ID!) { node(id: $product) { id } }",
        callers: "AAAAAAANNA",
    },
    Row {
        field: "Query.nodes",
        operation: "query ($product: ID!, $supplier: ID!) { nodes(ids: [$product, $supplier]) { id } }",
        // Those who may not see are answered with null for each id.
        callers: "AAAAAAAAAA",
    },
    Row {
        field: "Query.order",
        operation: "query ($order: ID!) { order(id: $order) { id } }",
        callers: "UFANANNNNA",
    },
    Row { field: "Query.orders", operation: "{ orders(first: 5) { nodes { id } } }", callers: "UFANANNNNA" },
    Row {
        field: "Query.deadlines",
        operation: "{ deadlines(first: 5) { nodes { id } } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Query.quote",
        operation: "query ($quote: ID!) { quote(id: $quote) { id } }",
        callers: "UFANANNNNA",
    },
    Row { field: "Query.quotes", operation: "{ quotes(first: 5) { nodes { id } } }", callers: "UFANANNNNA" },
    Row {
        field: "Query.thread",
        operation: "query ($thread: ID!) { thread(id: $thread) { id } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Query.file",
        operation: "query ($file: ID!) { file(id: $file) { id } }",
        callers: "UFANNNNNNA",
    },
    Row {
        field: "Mutation.requestQuote",
        operation: "mutation ($product: ID!, $supplier: ID!, $key: String!) { requestQuote(input: { idempotencyKey: $key, \
                    validateOnly: true, supplierId: $supplier, lines: [{ productId: $product, quantity: 10 }], \
                    destinationCountry: \"DE\" }) { userErrors { code } } }",
        callers: "UFAAFFFFFF",
    },
    Row {
        field: "Mutation.renegotiateQuote",
        operation: "mutation ($product: ID!, $quote: ID!, $key: String!) { renegotiateQuote(input: { idempotencyKey: $key, \
                    validateOnly: true, quoteId: $quote, lines: [{ productId: $product, quantity: 10 }], \
                    destinationCountry: \"DE\" }) { userErrors { code } } }",
        callers: "UFANFNFNNF",
    },
    Row {
        field: "Mutation.answerQuote",
        operation: "mutation ($product: ID!, $quote: ID!, $key: String!) { answerQuote(input: { idempotencyKey: $key, \
                    validateOnly: true, quoteId: $quote, validUntil: \"2026-05-10T12:00:00Z\", lines: [{ productId: $product, \
                    unitPrice: \"1\", minimumOrderQuantity: 10, leadDays: 7 }] }) { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.acceptQuote",
        operation: "mutation ($quote: ID!, $key: String!) { acceptQuote(input: { idempotencyKey: $key, validateOnly: true, \
                    quoteId: $quote, round: 1 }) { userErrors { code } } }",
        callers: "UFANFNFNNF",
    },
    Row {
        field: "Mutation.declineQuote",
        operation: "mutation ($quote: ID!, $key: String!) { declineQuote(input: { idempotencyKey: $key, validateOnly: true, \
                    quoteId: $quote }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.withdrawQuote",
        operation: "mutation ($quote: ID!, $key: String!) { withdrawQuote(input: { idempotencyKey: $key, validateOnly: true, \
                    quoteId: $quote }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.sendMessage",
        operation: "mutation ($thread: ID!, $key: String!) { sendMessage(input: { idempotencyKey: $key, validateOnly: true, \
                    threadId: $thread, body: \"hello\" }) { userErrors { code } } }",
        callers: "UFANANFFFF",
    },
    Row {
        field: "Mutation.createUpload",
        operation: "mutation ($key: String!) { createUpload(input: { idempotencyKey: $key, validateOnly: true, \
                    fileName: \"a.pdf\", contentType: \"application/pdf\", byteSize: 1, \
                    sha256: \"0000000000000000000000000000000000000000000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFAAAAAAAA",
    },
    Row {
        field: "Mutation.placeOrder",
        operation: "mutation ($product: ID!, $key: String!) { placeOrder(input: { idempotencyKey: $key, validateOnly: true, \
                    lines: [{ productId: $product, quantity: 10 }], destinationCountry: \"DE\" }) { userErrors { code } } }",
        callers: "UFAAFFFFFF",
    },
    Row {
        field: "Mutation.submitOrder",
        operation: "mutation ($order: ID!, $key: String!) { submitOrder(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANFNFNNF",
    },
    Row {
        field: "Mutation.confirmOrder",
        operation: "mutation ($order: ID!, $key: String!) { confirmOrder(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, termsHash: \"x\" }) { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.declineOrder",
        operation: "mutation ($order: ID!, $key: String!) { declineOrder(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.cancelOrder",
        operation: "mutation ($order: ID!, $key: String!) { cancelOrder(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.createPaymentSession",
        operation: "mutation ($order: ID!, $key: String!) { createPaymentSession(input: { idempotencyKey: $key, \
                    validateOnly: true, orderId: $order }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.markReady",
        operation: "mutation ($order: ID!, $key: String!) { markReady(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.dispatchShipment",
        operation: "mutation ($order: ID!, $key: String!) { dispatchShipment(input: { idempotencyKey: $key, \
                    validateOnly: true, orderId: $order, carrier: \"Post\", trackingNumber: \"1\", mode: SEA }) \
                    { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.recordDelivery",
        operation: "mutation ($shipment: ID!, $key: String!) { recordDelivery(input: { idempotencyKey: $key, \
                    validateOnly: true, shipmentId: $shipment, proofOfDelivery: \"signed\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.confirmReceipt",
        operation: "mutation ($order: ID!, $key: String!) { confirmReceipt(input: { idempotencyKey: $key, \
                    validateOnly: true, orderId: $order }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.confirmShipmentReceipt",
        operation: "mutation ($shipment: ID!, $key: String!) { confirmShipmentReceipt(input: { idempotencyKey: $key, validateOnly: true, \
                    shipmentId: $shipment }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.extendReceipt",
        operation: "mutation ($order: ID!, $key: String!) { extendReceipt(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.reportShipmentLost",
        operation: "mutation ($shipment: ID!, $key: String!) { reportShipmentLost(input: { idempotencyKey: $key, validateOnly: true, \
                    shipmentId: $shipment, reason: \"sunk\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.cancelForNonDispatch",
        operation: "mutation ($order: ID!, $key: String!) { cancelForNonDispatch(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.cancelForUnpaidBalance",
        operation: "mutation ($order: ID!, $key: String!) { cancelForUnpaidBalance(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFFNANFFFF",
    },
    Row {
        field: "Mutation.claimLateDelivery",
        operation: "mutation ($order: ID!, $key: String!) { claimLateDelivery(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.proposeContractAmendment",
        operation: "mutation ($order: ID!, $key: String!) { proposeContractAmendment(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.acceptContractAmendment",
        operation: "mutation ($order: ID!, $key: String!) { acceptContractAmendment(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, amendmentId: \"amendment_00000000000000000000000000\", termsHash: \"x\" }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.declineContractAmendment",
        operation: "mutation ($order: ID!, $key: String!) { declineContractAmendment(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, amendmentId: \"amendment_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.withdrawContractAmendment",
        operation: "mutation ($order: ID!, $key: String!) { withdrawContractAmendment(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, amendmentId: \"amendment_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFANANFNNF",
    },
    Row {
        field: "Mutation.settleSandboxPayment",
        operation: "mutation ($payment: ID!) { settleSandboxPayment(input: { paymentId: $payment }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.advanceSandboxClock",
        // A length that is refused, so that those who may change nothing either.
        operation: "mutation ($key: String!) { advanceSandboxClock(input: { idempotencyKey: $key, by: \"PT0S\" }) { userErrors { code } } }",
        callers: "UFAAAAFAAA",
    },
    Row {
        field: "Query.payout",
        operation: "{ payout(id: \"payout_01h2xcejqtf2nbrexx3vqjhp41\") { id } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Query.payouts",
        operation: "{ payouts(first: 5) { nodes { id } } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Query.accountBalances",
        operation: "{ accountBalances { account } }",
        callers: "UFAAAAAAAF",
    },
    Row {
        field: "Query.ledgerEntries",
        operation: "{ ledgerEntries(first: 5) { nodes { id } } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Query.accountStatement",
        operation: "{ accountStatement(account: SUPPLIER_PAYABLE, currencyCode: \"USD\", from: \"2026-01-01T00:00:00Z\", \
                    before: \"2026-02-01T00:00:00Z\") { entryCount } }",
        callers: "UFAAAAAAAF",
    },
    Row {
        field: "Query.suspenseItems",
        operation: "{ suspenseItems(first: 5) { nodes { id } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Query.providerCalls",
        operation: "{ providerCalls(first: 5) { nodes { id } } }",
        callers: "UFFFFFFFFN",
    },
    Row { field: "Query.lastVerification", operation: "{ lastVerification { id } }", callers: "UFFFFFFFFN" },
    Row {
        field: "Mutation.requestPayout",
        operation: "mutation ($key: String!) { requestPayout(input: { idempotencyKey: $key, validateOnly: true, \
                    amount: { amount: \"1.00\", currencyCode: \"USD\" } }) { userErrors { code } } }",
        callers: "UFFFAAAFFF",
    },
    Row {
        field: "Mutation.retryRefund",
        operation: "mutation ($order: ID!, $key: String!) { retryRefund(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, refundId: \"refund_01h2xcejqtf2nbrexx3vqjhp41\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.retryProviderCall",
        operation: "mutation ($key: String!) { retryProviderCall(input: { idempotencyKey: $key, validateOnly: true, \
                    providerCallId: \"providermessage_01h2xcejqtf2nbrexx3vqjhp41\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.assignSuspensePayment",
        operation: "mutation ($order: ID!, $key: String!) { assignSuspensePayment(input: { idempotencyKey: $key, \
                    validateOnly: true, orderId: $order, suspenseItemId: \"suspense_01h2xcejqtf2nbrexx3vqjhp41\" }) \
                    { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.refundSuspensePayment",
        operation: "mutation ($key: String!) { refundSuspensePayment(input: { idempotencyKey: $key, validateOnly: true, \
                    suspenseItemId: \"suspense_01h2xcejqtf2nbrexx3vqjhp41\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.settleSandboxRefund",
        operation: "mutation { settleSandboxRefund(input: { refundId: \"refund_01h2xcejqtf2nbrexx3vqjhp41\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.settleSandboxPayout",
        operation: "mutation { settleSandboxPayout(input: { payoutId: \"payout_01h2xcejqtf2nbrexx3vqjhp41\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Query.dispute",
        operation: "{ dispute(id: \"dispute_00000000000000000000000000\") { id } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Query.disputes",
        operation: "{ disputes(first: 5) { nodes { id } } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Mutation.requestRefund",
        operation: "mutation ($order: ID!, $key: String!) { requestRefund(input: { idempotencyKey: $key, validateOnly: true, orderId: $order, ground: LATE, amount: { amount: \"1.00\", currencyCode: \"USD\" }, statement: \"late\" }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.offerRefund",
        operation: "mutation ($key: String!) { offerRefund(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", amount: { amount: \"1.00\", currencyCode: \"USD\" } }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.respondToRefundRequest",
        operation: "mutation ($key: String!) { respondToRefundRequest(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", accept: true }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.acceptRefundOffer",
        operation: "mutation ($key: String!) { acceptRefundOffer(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", offerVersion: 1 }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.escalateDispute",
        operation: "mutation ($key: String!) { escalateDispute(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.withdrawDispute",
        operation: "mutation ($key: String!) { withdrawDispute(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.appealDecision",
        operation: "mutation ($key: String!) { appealDecision(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", statement: \"no\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.submitEvidence",
        operation: "mutation ($key: String!) { submitEvidence(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", kind: STATEMENT, note: \"so\" }) { userErrors { code } } }",
        callers: "UFNNNNNNNN",
    },
    Row {
        field: "Mutation.decideDispute",
        operation: "mutation ($key: String!) { decideDispute(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\", split: HALF, reasons: \"so\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.confirmDecision",
        operation: "mutation ($key: String!) { confirmDecision(input: { idempotencyKey: $key, validateOnly: true, disputeId: \"dispute_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.placeRiskHold",
        operation: "mutation ($order: ID!, $key: String!) { placeRiskHold(input: { idempotencyKey: $key, validateOnly: true, orderId: $order, reason: \"odd\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.recordOffPlatformPayment",
        operation: "mutation ($order: ID!, $key: String!) { recordOffPlatformPayment(input: { idempotencyKey: $key, validateOnly: true, orderId: $order, amount: { amount: \"1.00\", currencyCode: \"USD\" }, paidAt: \"2026-01-01T00:00:00Z\", note: \"by bank\" }) { userErrors { code } } }",
        callers: "UFANANFNNA",
    },
    Row {
        field: "Mutation.liftRiskHold",
        operation: "mutation ($order: ID!, $key: String!) { liftRiskHold(input: { idempotencyKey: $key, validateOnly: true, orderId: $order }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.reportSandboxChargeback",
        operation: "mutation ($payment: ID!) { reportSandboxChargeback(input: { paymentId: $payment }) { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Query.accreditedInspectors",
        operation: "{ accreditedInspectors { accreditationNumber } }",
        callers: "UFAAAAAAAA",
    },
    Row {
        field: "Mutation.bookInspection",
        operation: "mutation ($order: ID!, $key: String!) { bookInspection(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, inspectorId: \"company_00000000000000000000000000\", inspectOn: \"2026-05-13\" }) { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.createInspectionPaymentSession",
        operation: "mutation ($key: String!) { createInspectionPaymentSession(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFFFN",
    },
    Row {
        field: "Mutation.cancelInspection",
        operation: "mutation ($key: String!) { cancelInspection(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.acceptInspection",
        operation: "mutation ($key: String!) { acceptInspection(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\" }) \
                    { userErrors { code } } }",
        callers: "UFFFFFNFFN",
    },
    Row {
        field: "Mutation.declarePacked",
        operation: "mutation ($order: ID!, $key: String!) { declarePacked(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, packedPercent: 80 }) { userErrors { code } } }",
        callers: "UFFNANFNNF",
    },
    Row {
        field: "Mutation.submitInspectionReport",
        operation: "mutation ($key: String!) { submitInspectionReport(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\", verdict: PASS, findings: \"good\" }) \
                    { userErrors { code } } }",
        callers: "UFFFFFNFFN",
    },
    Row {
        field: "Mutation.waiveInspection",
        operation: "mutation ($key: String!) { waiveInspection(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\", statement: \"fine\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.requestRework",
        operation: "mutation ($key: String!) { requestRework(input: { idempotencyKey: $key, validateOnly: true, inspectionId: \"inspection_00000000000000000000000000\", instructions: \"again\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.requestEasyReturn",
        operation: "mutation ($order: ID!, $key: String!) { requestEasyReturn(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, ground: DAMAGED, description: \"torn\" }) { userErrors { code } } }",
        callers: "UFANFNFFFF",
    },
    Row {
        field: "Mutation.shipReturn",
        operation: "mutation ($key: String!) { shipReturn(input: { idempotencyKey: $key, validateOnly: true, easyReturnId: \"return_00000000000000000000000000\", carrier: \"Post\", trackingNumber: \"1\" }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.receiveReturn",
        operation: "mutation ($key: String!) { receiveReturn(input: { idempotencyKey: $key, validateOnly: true, easyReturnId: \"return_00000000000000000000000000\", accepted: true }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.requestAfterSalesService",
        operation: "mutation ($order: ID!, $key: String!) { requestAfterSalesService(input: { idempotencyKey: $key, validateOnly: true, \
                    orderId: $order, orderLineId: \"line_00000000000000000000000000\", description: \"broken\" }) { userErrors { code } } }",
        callers: "UFANFNFNNF",
    },
    Row {
        field: "Mutation.respondToAfterSales",
        operation: "mutation ($key: String!) { respondToAfterSales(input: { idempotencyKey: $key, validateOnly: true, afterSalesRequestId: \"aftersales_00000000000000000000000000\", answer: ACCEPT }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.resolveAfterSales",
        operation: "mutation ($key: String!) { resolveAfterSales(input: { idempotencyKey: $key, validateOnly: true, afterSalesRequestId: \"aftersales_00000000000000000000000000\", outcome: CONFIRM }) \
                    { userErrors { code } } }",
        callers: "UFNNNNFNNN",
    },
    Row {
        field: "Mutation.accreditInspector",
        operation: "mutation ($key: String!) { accreditInspector(input: { idempotencyKey: $key, validateOnly: true, inspectorId: \"company_00000000000000000000000000\", accreditationNumber: \"7\", fees: [], validUntil: \"2027-05-04T12:00:00Z\" }) \
                    { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.openReturnWarehouse",
        operation: "mutation ($key: String!) { openReturnWarehouse(input: { idempotencyKey: $key, validateOnly: true, countryCode: \"DE\", warehouseId: \"company_00000000000000000000000000\", address: \"Hafen\" }) \
                    { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row { field: "Query.riskRules", operation: "{ riskRules { code } }", callers: "UFFFFFFFFA" },
    Row {
        field: "Mutation.setRiskRule",
        operation: "mutation ($key: String!) { setRiskRule(input: { idempotencyKey: $key, validateOnly: true, code: NO_TRACK_RECORD, minimum: 5 }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.submitReview",
        operation: "mutation ($order: ID!, $key: String!) { submitReview(input: { idempotencyKey: $key, validateOnly: true, orderId: $order, score: 5 }) { userErrors { code } } }",
        callers: "UFANFFFFFF",
    },
    Row {
        field: "Mutation.replyToReview",
        operation: "mutation ($key: String!) { replyToReview(input: { idempotencyKey: $key, validateOnly: true, reviewId: \"review_00000000000000000000000000\", text: \"thanks\" }) { userErrors { code } } }",
        callers: "UFFFNNFFFF",
    },
    Row {
        field: "Mutation.moderateReview",
        operation: "mutation ($key: String!) { moderateReview(input: { idempotencyKey: $key, validateOnly: true, reviewId: \"review_00000000000000000000000000\", status: HIDDEN, reason: \"so\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.markReviewHelpful",
        operation: "mutation ($key: String!) { markReviewHelpful(input: { idempotencyKey: $key, validateOnly: true, reviewId: \"review_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFNNFFFFFF",
    },
    Row {
        field: "Query.verificationDocuments",
        operation: "{ verificationDocuments(first: 5) { nodes { id } } }",
        callers: "UFFFNNFFFN",
    },
    Row {
        field: "Mutation.grantMembership",
        operation: "mutation ($supplier: ID!, $key: String!) { grantMembership(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, membership: { reference: \"x\", paidOn: \"2026-05-04\", validFrom: \"2026-05-04\", validUntil: \"2027-05-03\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.recordAgencyCheck",
        operation: "mutation ($supplier: ID!, $key: String!) { recordAgencyCheck(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, agencyCheck: { agency: \"x\", reference: \"x\", capacity: true, credentials: true, passed: true, checkedOn: \"2026-05-04\", validUntil: \"2027-05-03\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.recordSupplierAudit",
        operation: "mutation ($supplier: ID!, $key: String!) { recordSupplierAudit(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, audit: { institution: \"x\", auditor: \"x\", online: true, onsite: false, scope: { companyProfile: true }, passed: true, reportedOn: \"2026-05-04\", validUntil: \"2027-05-03\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.registerCertificate",
        operation: "mutation ($supplier: ID!, $key: String!) { registerCertificate(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, certificate: { kind: PRODUCT, standard: \"CE\", issuer: \"x\", number: \"x\", scope: \"x\", validFrom: \"2026-05-04\", validUntil: \"2027-05-03\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.registerLicence",
        operation: "mutation ($supplier: ID!, $key: String!) { registerLicence(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, licence: { issuer: \"x\", number: \"x\", scope: \"x\", validFrom: \"2026-05-04\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.recordSupplierMedia",
        operation: "mutation ($supplier: ID!, $key: String!) { recordSupplierMedia(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, media: { kind: PANORAMA, title: \"x\", url: \"https://example.com\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.recordTrackRecord",
        operation: "mutation ($supplier: ID!, $key: String!) { recordTrackRecord(input: { idempotencyKey: $key, validateOnly: true, \
                    supplierId: $supplier, trackRecord: { kind: CLIENT_CASE, title: \"x\", issuer: \"x\", sinceOn: \"2026-05-04\" } }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.withdrawEvidence",
        operation: "mutation ($key: String!) { withdrawEvidence(input: { idempotencyKey: $key, validateOnly: true, evidenceId: \"audit_00000000000000000000000000\", reason: \"x\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.submitVerificationDocument",
        operation: "mutation ($file: ID!, $key: String!) { submitVerificationDocument(input: { idempotencyKey: $key, validateOnly: true, fileId: $file, licence: { issuer: \"x\", number: \"x\", scope: \"x\", validFrom: \"2026-05-04\" } }) { userErrors { code } } }",
        callers: "UFFFNNFFFF",
    },
    Row {
        field: "Mutation.reviewVerificationDocument",
        operation: "mutation ($key: String!) { reviewVerificationDocument(input: { idempotencyKey: $key, validateOnly: true, verificationDocumentId: \"document_00000000000000000000000000\", verdict: ACCEPT }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.awardBadge",
        operation: "mutation ($supplier: ID!, $key: String!) { awardBadge(input: { idempotencyKey: $key, validateOnly: true, supplierId: $supplier, kind: GOLD }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.revokeBadge",
        operation: "mutation ($key: String!) { revokeBadge(input: { idempotencyKey: $key, validateOnly: true, badgeAwardId: \"badge_00000000000000000000000000\", reason: \"x\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.suspendSupplier",
        operation: "mutation ($supplier: ID!, $key: String!) { suspendSupplier(input: { idempotencyKey: $key, validateOnly: true, supplierId: $supplier, reason: \"x\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.reinstateSupplier",
        operation: "mutation ($supplier: ID!, $key: String!) { reinstateSupplier(input: { idempotencyKey: $key, validateOnly: true, supplierId: $supplier }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.enrolInTradeAssurance",
        operation: "mutation ($key: String!) { enrolInTradeAssurance(input: { idempotencyKey: $key, validateOnly: true }) { userErrors { code } } }",
        callers: "UFFFAAFFFF",
    },
    Row {
        field: "Mutation.withdrawFromTradeAssurance",
        operation: "mutation ($key: String!) { withdrawFromTradeAssurance(input: { idempotencyKey: $key, validateOnly: true, reason: \"x\" }) { userErrors { code } } }",
        callers: "UFFFAAFFFF",
    },
    Row {
        field: "Query.partnerApps",
        operation: "{ partnerApps(first: 5) { nodes { id } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.createCompany",
        operation: "mutation ($key: String!) { createCompany(input: { idempotencyKey: $key, validateOnly: true, \
                    name: \"Acme\", country: \"DE\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.createPartnerApp",
        operation: "mutation ($key: String!) { createPartnerApp(input: { idempotencyKey: $key, validateOnly: true, \
                    name: \"shop\", role: STOREFRONT }) { userErrors { code } } }",
        callers: "UFFFFFFFFA",
    },
    Row {
        field: "Mutation.setPartnerAppActive",
        operation: "mutation ($key: String!) { setPartnerAppActive(input: { idempotencyKey: $key, validateOnly: true, \
                    partnerAppId: \"app_00000000000000000000000000\", active: true }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.rotateAppSecret",
        operation: "mutation ($key: String!) { rotateAppSecret(input: { idempotencyKey: $key, validateOnly: true, \
                    partnerAppId: \"app_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.revokeAppSecret",
        operation: "mutation ($key: String!) { revokeAppSecret(input: { idempotencyKey: $key, validateOnly: true, \
                    appSecretId: \"secret_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.createStorefrontKey",
        operation: "mutation ($key: String!) { createStorefrontKey(input: { idempotencyKey: $key, validateOnly: true, \
                    partnerAppId: \"app_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.revokeStorefrontKey",
        operation: "mutation ($key: String!) { revokeStorefrontKey(input: { idempotencyKey: $key, validateOnly: true, \
                    storefrontKeyId: \"storefrontkey_00000000000000000000000000\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row {
        field: "Mutation.revokeToken",
        operation: "mutation ($key: String!) { revokeToken(input: { idempotencyKey: $key, validateOnly: true, \
                    partnerAppId: \"app_00000000000000000000000000\", tokenId: \"x\" }) { userErrors { code } } }",
        callers: "UFFFFFFFFN",
    },
    Row { field: "Query.events", operation: "{ events(first: 1) { headCursor } }", callers: "UFAAAAAAAA" },
    Row {
        field: "Subscription.events",
        operation: "subscription ($order: ID!) { events(subject: $order) { __typename } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Subscription.messageReceived",
        operation: "subscription ($thread: ID!) { messageReceived(threadId: $thread) { __typename } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Subscription.orderStatusChanged",
        operation: "subscription ($order: ID!) { orderStatusChanged(orderId: $order) { __typename } }",
        callers: "UFANANNNNA",
    },
    Row {
        field: "Subscription.dispatchDeadline",
        operation: "subscription ($order: ID!) { dispatchDeadline(orderId: $order) { __typename } }",
        callers: "UFANANNNNA",
    },
];

/// The letter of an answer.
pub fn letter(answer: &Answer) -> char {
    let codes = answer.codes();
    for (code, letter) in [("UNAUTHENTICATED", 'U'), ("FORBIDDEN", 'F'), ("NOT_FOUND", 'N')] {
        if codes.iter().any(|found| found == code) {
            return letter;
        }
    }
    // Nothing at all is the answer of a query to those who may not see.
    let hidden = answer.0["data"].as_object().is_some_and(|data| {
        data.values().all(|value| value.is_null() || value["nodes"].as_array().is_some_and(Vec::is_empty))
    });
    if hidden && codes.is_empty() { 'N' } else { 'A' }
}

impl World {
    /// The first answer of an operation of any kind.
    pub async fn first_answer(&self, actor: &Arc<Actor>, operation: &str, variables: Value) -> Answer {
        let schema = &surety::http::product().unwrap().executor;
        let request = Request::new(operation).variables(Variables::from_json(variables));
        let request = graphql::with_caller(request, &self.app, actor);
        let mut answers = std::pin::pin!(schema.execute_stream(request));
        Answer(serde_json::to_value(answers.next().await.expect("an answer")).unwrap())
    }

    /// An enrolled supplier with one product, which a buyer has ordered; the product's and the order's ids.
    pub async fn ordered(&self, buyer: &Party, seller: &Party) -> (String, String) {
        let supplier = seller.actor.supplier.unwrap();
        let badge =
            self.award(BadgeSubject::Supplier(supplier), BadgeKind::TradeAssurance, Some(Span::days(365)));
        let tx = self.app.db.begin().await.unwrap();
        badges::insert_badges(&tx, &[badge]).await.unwrap();
        listing::refresh_suppliers(&tx, &[supplier], self.now()).await.unwrap();
        tx.commit().await.unwrap();
        let product = self.product(supplier, "Mug");
        self.stock(std::slice::from_ref(&product)).await;
        let data = buyer
            .asks(
                "mutation ($product: ID!) { placeOrder(input: { idempotencyKey: \"first\", destinationCountry: \"DE\", \
                 lines: [{ productId: $product, quantity: 10 }] }) { order { id } userErrors { code message } } }",
                json!({ "product": product.id }),
            )
            .await
            .good();
        (product.id.to_string(), data["placeOrder"]["order"]["id"].as_str().unwrap().to_owned())
    }

    /// A quote that a buyer asked for, and a file that it announced.
    pub async fn asked(&self, buyer: &Party, seller: &Party, product: &str) -> (Value, Value) {
        let data = buyer
            .asks(
                "mutation ($product: ID!, $supplier: ID!) { requestQuote(input: { idempotencyKey: \"ask\", supplierId: $supplier, \
                 lines: [{ productId: $product, quantity: 10 }], destinationCountry: \"DE\" }) { quote { id } userErrors { code message } } \
                 createUpload(input: { idempotencyKey: \"file\", fileName: \"a.pdf\", contentType: \"application/pdf\", byteSize: 1, \
                 sha256: \"0000000000000000000000000000000000000000000000000000000000000000\" }) { file { id } userErrors { code } } }",
                json!({ "product": product, "supplier": seller.actor.supplier }),
            )
            .await
            .good();
        (data["requestQuote"]["quote"]["id"].clone(), data["createUpload"]["file"]["id"].clone())
    }
}

on_both! {
    async fn every_root_field_knows_who_may_use_it(w) {
        let (buyer, seller) = (w.buyer("acme").await, w.seller("brico").await);
        let (product, order) = w.ordered(&buyer, &seller).await;
        let category = w.category(None, "Tableware").await;
        let (quote, file) = w.asked(&buyer, &seller, &product).await;
        let callers: [Arc<Actor>; 10] = [
            w.anonymous(),
            w.storefront().await.actor,
            Arc::clone(&buyer.actor),
            w.buyer("other buyer").await.actor,
            Arc::clone(&seller.actor),
            w.seller("other seller").await.actor,
            w.party("inspection", Role::Inspector).await.actor,
            w.party("carrier", Role::Carrier).await.actor,
            w.party("warehouse", Role::Warehouse).await.actor,
            w.operator().await.actor,
        ];
        let mut wrong = Vec::new();
        for row in TABLE {
            let before = w.contents().await;
            let mut found = String::new();
            for (index, caller) in callers.iter().enumerate() {
                let variables = json!({
                    "order": order, "quote": quote, "file": file, "thread": order.replace("order_", "thread_"), "product": product, "supplier": seller.actor.supplier, "category": category.id, "key": format!("{}-{index}", row.field),
                    "shipment": "shipment_00000000000000000000000000", "payment": "payment_00000000000000000000000000",
                });
                let answer = w.first_answer(caller, row.operation, variables).await;
                let got = letter(&answer);
                found.push(got);
                if row.callers.chars().nth(index) != Some(got) {
                    wrong.push(format!("{} for {}: {got}, {}", row.field, CALLERS[index], answer.0));
                }
            }
            w.contents().await.same_as(&before);
            assert_eq!(found.len(), row.callers.len());
        }
        assert!(wrong.is_empty(), "{} answers are not as the table says:\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[test]
fn every_root_field_has_a_row() {
    let sdl = graphql::sdl::sdl();
    let schema = apollo_compiler::Schema::parse(sdl, "schema.graphql").unwrap();
    let mut fields = BTreeSet::new();
    for root in ["Query", "Mutation", "Subscription"] {
        let object = schema.get_object(root).unwrap();
        fields.extend(object.fields.keys().map(|field| format!("{root}.{field}")));
    }
    let rows: BTreeSet<String> = TABLE.iter().map(|row| row.field.to_owned()).collect();
    assert_eq!(fields, rows, "tests/it/authority.rs says who may use each root field");
    assert_eq!(rows.len(), TABLE.len(), "a field has two rows");
}
