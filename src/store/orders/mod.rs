//! Orders as aggregates: locked and read whole, written as the difference that a step made.

mod disputes;
mod list;
mod read;
mod refusals;
mod regions;
mod write;

pub use disputes::{
    DisputeFilter, DisputeKey, count_disputes, dispute_ids, evidence, insert_evidence, of_dispute,
};
pub use list::{OrderFilter, OrderSort, Visibility, list, order_ids};
pub use read::{
    contract, load, load_by_number, load_by_reference, load_of_deadlines, load_of_disputes, load_of_region,
    lock, of_payment, of_region, of_shipment,
};
pub use refusals::{insert_refused_change, refused_changes};
pub use regions::{apply as apply_regions, submitted_refunds};
pub use write::{apply, insert};
