//! The words of webhooks.

use crate::graphql::enums::mirror;

mirror! {
    /// Whether events are sent to an endpoint.
    WebhookEndpointState = "crate::domain::webhook::WebhookEndpointState" {
        /// Events are sent.
        Enabled,
        /// No events are sent; `disabledReason` says why.
        Disabled,
    }
}

mirror! {
    /// Why nothing is sent to an endpoint.
    WebhookDisabledReason = "crate::domain::webhook::WebhookDisabledReason" {
        /// You disabled it; what is owed to it waits.
        ByOwner,
        /// It answered 410; what was owed to it is cancelled.
        Gone,
        /// Nothing arrived for 120 hours; what is owed to it waits.
        Failing,
        /// The app may no longer do this for the company; what is owed to it waits.
        AccessRevoked,
    }
}

mirror! {
    /// What became of a delivery.
    WebhookDeliveryState = "crate::domain::webhook::WebhookDeliveryState" {
        /// It is to be sent, or sent again.
        Pending,
        /// The endpoint answered 200 to 299.
        Delivered,
        /// Every attempt of the schedule failed; `redeliverWebhook` sends it again.
        Dead,
        /// The endpoint was gone or deleted.
        Cancelled,
    }
}

mirror! {
    /// Why an attempt failed.
    WebhookAttemptError = "crate::domain::webhook::WebhookAttemptError" {
        /// The name of the host leads to an address that is none of the public internet.
        AddressRefused,
        /// There was no connection, or it broke; a wrong certificate is this too.
        NotConnected,
        /// The answer was not there in time, to its end.
        TimedOut,
        /// The answer was none of 200 to 299.
        Status,
        /// The body would be larger than 20,000 bytes; it is not tried again.
        PayloadTooLarge,
        /// The body could not be made: a failure of ours.
        NotRendered,
    }
}
