//! The words of bulk operations.

use crate::graphql::enums::mirror;

mirror! {
    /// How far a bulk operation is.
    BulkOperationStatus = "crate::domain::bulk::BulkStatus" {
        /// Nothing was read yet.
        Created,
        /// Objects are being read and written.
        Running,
        /// The file is complete: fetch it from `url`.
        Completed,
        /// It could not go on: `errorCode` and `error` say why, `partialUrl` has what was written.
        Failed,
        /// It was called off; `partialUrl` has what was written.
        Cancelled,
        /// The file was removed, as `expiresAt` had said.
        Expired,
    }
}
