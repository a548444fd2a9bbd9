//! What the inputs of all commands share: ids that are read, the envelope, and the shape of the input itself.

use std::str::FromStr;

use async_graphql::ID;

use crate::domain::error::Refusal;
use crate::service::orders::Envelope;

/// What was read, or what is wrong with it.
pub type Refused<T> = Result<T, Refusal>;

/// Reads a typed id; one of another type names nothing that the caller could mean.
pub fn id<T: FromStr>(what: &str, path: &[&str], id: &ID) -> Refused<T> {
    id.parse().map_err(|_| Refusal::not_found(what).at(path))
}

/// Reads several ids of one type; `path` is the list's.
pub fn ids<T: FromStr>(what: &str, path: &[&str], given: Option<&[ID]>) -> Refused<Vec<T>> {
    let read = |(index, given): (usize, &ID)| {
        let index = index.to_string();
        let path: Vec<&str> = path.iter().copied().chain([index.as_str()]).collect();
        id(what, &path, given)
    };
    given.unwrap_or_default().iter().enumerate().map(read).collect()
}

/// The envelope as the fields of an input have it.
pub fn envelope(idempotency_key: String, expected_version: Option<i32>, validate_only: bool) -> Envelope {
    Envelope { idempotency_key, expected_version: expected_version.map(i64::from), validate_only }
}

/// Declares the input of a command, with its envelope:
///
/// - `Name on order { … }` names the object in a field of its own, and the version that the caller saw: the object's, or the order's
///   where it is part of one;
/// - `Name at version of supplier { … }` has the version, and no such field;
/// - `Name { … }` has neither.
///
/// In braces stands what else it takes. Read it by `input.order()?` and the like, and `input.envelope()`.
macro_rules! command_input {
    ($(#[$about:meta])+ $name:ident on $object:ident $more:tt) => {
        command_input! { @on $object $(#[$about])+ $name $more }
    };
    ($(#[$about:meta])+ $name:ident at version of $holder:ident $more:tt) => {
        command_input! { @at $holder $(#[$about])+ $name $more }
    };
    (@on order $($input:tt)+) => {
        command_input! { @named OrderId, order "order" order_id "orderId" "The order.", order $($input)+ }
    };
    (@on shipment $($input:tt)+) => {
        command_input! { @named ShipmentId, shipment "shipment" shipment_id "shipmentId" "The shipment.", order $($input)+ }
    };
    (@on dispute $($input:tt)+) => {
        command_input! { @named DisputeId, dispute "dispute" dispute_id "disputeId" "The dispute.", order $($input)+ }
    };
    (@on inspection $($input:tt)+) => {
        command_input! {
            @named InspectionId, inspection "inspection" inspection_id "inspectionId" "The inspection.", order $($input)+
        }
    };
    (@on easy_return $($input:tt)+) => {
        command_input! { @named ReturnId, easy_return "return" easy_return_id "easyReturnId" "The return.", order $($input)+ }
    };
    (@on after_sales_request $($input:tt)+) => {
        command_input! {
            @named AfterSalesRequestId, after_sales_request "after-sales request" after_sales_request_id
            "afterSalesRequestId" "The request.", order $($input)+
        }
    };
    (@on quote $($input:tt)+) => {
        command_input! { @named QuoteId, quote "quote" quote_id "quoteId" "The quote.", quote $($input)+ }
    };
    (@on product $($input:tt)+) => {
        command_input! { @named ProductId, product "product" product_id "productId" "The product.", product $($input)+ }
    };
    (@on webhook_endpoint $($input:tt)+) => {
        command_input! {
            @named WebhookEndpointId, webhook_endpoint "webhook endpoint" webhook_endpoint_id "webhookEndpointId"
            "The endpoint.", endpoint $($input)+
        }
    };
    (@at order $($input:tt)+) => {
        command_input! { @versioned "The order's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (@at quote $($input:tt)+) => {
        command_input! { @versioned "The quote's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (@at product $($input:tt)+) => {
        command_input! { @versioned "The product's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (@at supplier $($input:tt)+) => {
        command_input! { @versioned "The supplier's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (@at rule $($input:tt)+) => {
        command_input! { @versioned "The rule's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (@at endpoint $($input:tt)+) => {
        command_input! { @versioned "The endpoint's version that you saw; `VERSION_CONFLICT` where it moved on.", $($input)+ }
    };
    (
        @named $id:ident, $what:ident $noun:literal $field:ident $path:literal $described:literal, $holder:ident
        $(#[$about:meta])+ $name:ident { $($more:tt)* }
    ) => {
        command_input! {
            @at $holder $(#[$about])+ $name {
                #[doc = $described]
                $field: ::async_graphql::ID,
                $($more)*
            }
        }

        impl $name {
            pub(super) fn $what(&self) -> $crate::graphql::inputs::Refused<$crate::domain::ids::$id> {
                $crate::graphql::inputs::id($noun, &["input", $path], &self.$field)
            }
        }
    };
    (
        @versioned $version:literal,
        $(#[$about:meta])+ $name:ident { $($(#[$attribute:meta])+ $more:ident: $kind:ty,)* }
    ) => {
        $(#[$about])+
        #[derive(Debug, Clone, ::async_graphql::InputObject)]
        pub struct $name {
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            #[doc = $version]
            expected_version: Option<i32>,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
            $($(#[$attribute])+ pub(super) $more: $kind,)*
        }

        impl $name {
            pub(super) fn envelope(&self) -> $crate::service::orders::Envelope {
                let (key, version) = (self.idempotency_key.clone(), self.expected_version);
                $crate::graphql::inputs::envelope(key, version, self.validate_only)
            }
        }
    };
    ($(#[$about:meta])+ $name:ident { $($(#[$attribute:meta])+ $more:ident: $kind:ty,)* }) => {
        $(#[$about])+
        #[derive(Debug, Clone, ::async_graphql::InputObject)]
        pub struct $name {
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
            $($(#[$attribute])+ pub(super) $more: $kind,)*
        }

        impl $name {
            pub(super) fn envelope(&self) -> $crate::service::orders::Envelope {
                $crate::graphql::inputs::envelope(self.idempotency_key.clone(), None, self.validate_only)
            }
        }
    };
}

pub(in crate::graphql) use command_input;
