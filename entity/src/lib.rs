//! The tables as sea-orm entities: rows as they are stored, nothing more.
//!
//! Only `surety::store` names them. Ids are `TypeID` texts, times are microseconds since 1970 in UTC, money is minor units.

pub mod account;
pub mod audit;
pub mod badge_award;
pub mod category;
pub mod certificate;
pub mod company;
pub mod contract;
pub mod deadline;
pub mod event_audience;
pub mod event_log;
pub mod event_outbox;
pub mod idempotency_key;
pub mod instalment;
pub mod licence;
pub mod log_head;
pub mod media;
pub mod member;
pub mod order;
pub mod order_hold;
pub mod order_line;
pub mod partner_app;
pub mod partner_app_company;
pub mod payment;
pub mod policy;
pub mod posting;
pub mod product;
pub mod product_certificate;
pub mod product_lead_time;
pub mod product_listing;
pub mod product_price;
pub mod provider_message;
pub mod provider_request;
pub mod rating;
pub mod review;
pub mod sample_offer;
pub mod sandbox_clock;
pub mod server_secret;
pub mod shipment;
pub mod shipment_line;
pub mod supplier;
pub mod supplier_listing;
pub mod supplier_metrics;
pub mod suspense_item;
pub mod transfer;
