//! What badges rest on: records of evidence, documents under review, the trust policy, export volumes.

pub mod documents;
pub mod evidence;
pub mod exports;
pub mod policies;
mod rows;
