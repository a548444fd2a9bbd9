//! Buyers' reviews of product lines and stores.

use sea_orm::entity::prelude::*;

/// A row of `review`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// `TypeID`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// A word of its closed list.
    pub kind: String,
    /// The supplier.
    pub supplier_id: String,
    /// The product.
    pub product_id: Option<String>,
    /// The buyer.
    pub buyer_company_id: Option<String>,
    /// The order that it is about.
    pub order_id: Option<String>,
    /// 1 to 5.
    pub score: i64,
    /// 1 to 5.
    pub product_quality: Option<i64>,
    /// 1 to 5.
    pub supplier_service: Option<i64>,
    /// 1 to 5.
    pub on_time_dispatch: Option<i64>,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// A word of its closed list.
    pub status: String,
    /// Why it is hidden.
    pub hidden_reason: Option<String>,
    /// The supplier's answer.
    pub reply: Option<String>,
    /// When the supplier answered.
    pub replied_at: Option<i64>,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
    /// Whether it came with an import, as history.
    pub imported: bool,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// Files that came with it, as JSON.
    pub attachments: String,
    /// How many companies found it helpful.
    pub helpful: i64,
    /// The number of its order, masked.
    pub order_number: Option<String>,
    /// The day on which its order completed, since 1970.
    pub completed_on: Option<i64>,
    /// The hash of its order's contract.
    pub contract_hash: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
