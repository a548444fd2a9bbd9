//! Writing products one by one, and the list of those that one writes.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::product::{Product, ProductConnection};
use super::product_input::ProductInput;
use super::words::{ProductAdvice, ProductStatus};
use super::{arguments, refused};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::{command_input, id};
use crate::graphql::scalars::Cursor;
use crate::service::orders::Envelope;
use crate::service::products::{self, CreateProduct, Outcome, OwnFilter, ProductWish};
use crate::service::{self, Error};

command_input! {
    /// What `createProduct` takes.
    CreateProductInput {
        /// The supplier that it is of: yours unless given. The platform's staff have to name it.
        supplier_id: Option<ID>,
        /// What it is.
        product: ProductInput,
        /// Offer it at once; otherwise it is a draft until `publishProduct`.
        #[graphql(default)]
        publish: bool,
    }
}

command_input! {
    /// What `updateProduct` takes.
    UpdateProductInput on product {
        /// What is to be different.
        product: ProductInput,
    }
}

command_input! {
    /// What `publishProduct` takes.
    PublishProductInput on product {}
}
command_input! {
    /// What `withdrawProduct` takes.
    WithdrawProductInput on product {}
}

fn wish(input: ProductInput) -> service::Result<ProductWish> {
    input.read().map_err(|refusals| {
        Error::Refused(refusals.into_iter().map(|refusal| refusal.under(&["input", "product"])).collect())
    })
}

impl CreateProductInput {
    fn read(self) -> service::Result<(CreateProduct, Envelope)> {
        let envelope = self.envelope();
        let supplier = self.supplier_id.as_ref();
        let supplier = supplier.map(|given| id("supplier", &["input", "supplierId"], given)).transpose()?;
        let new = CreateProduct { supplier, wish: wish(self.product)?, publish: self.publish };
        Ok((new, envelope))
    }
}

/// Declares a payload of a command on a product.
macro_rules! product_payload {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// The product after the command; null where it was refused. With `validateOnly` it is the product as it would be,
            /// and the id of one that is not there yet finds nothing.
            product: Option<Product>,
            /// What is not wrong and still keeps buyers away. At most one of each.
            advice: Vec<ProductAdvice>,
            /// Whether this answers an earlier command with the same key.
            replayed: bool,
            /// What you can mend; empty where the command was done. Nothing was changed otherwise.
            user_errors: Vec<UserError>,
        }

        impl TryFrom<service::Result<Outcome>> for $name {
            type Error = async_graphql::Error;

            fn try_from(answer: service::Result<Outcome>) -> Result<Self> {
                Ok(match user_errors(answer)? {
                    Ok(done) => Self {
                        product: Some(Product::from_card(Arc::new(done.card))),
                        advice: done.advice.into_iter().map(Into::into).collect(),
                        replayed: done.replayed,
                        user_errors: Vec::new(),
                    },
                    Err(user_errors) => {
                        Self { product: None, advice: Vec::new(), replayed: false, user_errors }
                    }
                })
            }
        }
    };
}

product_payload! {
    /// What `createProduct` answers.
    CreateProductPayload
}
product_payload! {
    /// What `updateProduct` answers.
    UpdateProductPayload
}
product_payload! {
    /// What `publishProduct` answers.
    PublishProductPayload
}
product_payload! {
    /// What `withdrawProduct` answers.
    WithdrawProductPayload
}

/// Writing products.
#[derive(Debug, Default)]
pub struct ProductMutation;

/// Writing products.
#[Object]
impl ProductMutation {
    /// Writes a new product, as a draft that only you see unless `publish` says otherwise. Refused with each reason at its
    /// field, such as `LADDER_HAS_HOLE`, `LADDER_NOT_IN_ORDER`, `LADDER_PRICE_RISES`, `CURRENCY_MISMATCH`,
    /// `CERTIFICATE_NOT_VALID` and `REFERENCE_IN_USE`. Roles: supplier, operator. Scope: `catalog:write`.
    async fn create_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is.")] input: CreateProductInput,
    ) -> Result<CreateProductPayload> {
        let answer = async {
            let ((app, actor), (new, envelope)) = (caller(ctx)?, input.read()?);
            products::create(app, actor, &new, &envelope).await
        };
        answer.await.try_into()
    }

    /// Changes a product; what is left out stays. Orders and quotes that were made keep what they were made with. Its
    /// `version` rises by one, and the former one is kept; where nothing is different, nothing happens. What you say has to
    /// pass the rules of `createProduct`; what an import kept in spite of them may stay until you speak of it or publish
    /// the product. Roles: supplier, operator. Scope: `catalog:write`.
    async fn update_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product, and what is to be different.")] input: UpdateProductInput,
    ) -> Result<UpdateProductPayload> {
        let answer = async {
            let ((app, actor), id, envelope) = (caller(ctx)?, input.product()?, input.envelope());
            products::update(app, actor, id, &wish(input.product)?, &envelope).await
        };
        answer.await.try_into()
    }

    /// Offers a draft, or a product that was withdrawn. The product as a whole has to pass the rules of `createProduct`,
    /// also one that was imported with less; what does not is named in the message. It is listed while its supplier is.
    /// Roles: supplier, operator. Scope: `catalog:write`.
    async fn publish_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product.")] input: PublishProductInput,
    ) -> Result<PublishProductPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            products::publish(app, actor, input.product()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Offers a product no longer, or gives up a draft. Orders that were made go on as agreed. Roles: supplier, operator.
    /// Scope: `catalog:write`.
    async fn withdraw_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product.")] input: WithdrawProductInput,
    ) -> Result<WithdrawProductPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            products::withdraw(app, actor, input.product()?, &input.envelope()).await
        };
        answer.await.try_into()
    }
}

/// Which of the products that one writes.
#[derive(Debug, Clone, Default, InputObject)]
pub struct OwnProductFilterInput {
    /// Only in one of these states; at most 3.
    #[graphql(validator(max_items = 3))]
    statuses: Option<Vec<ProductStatus>>,
    /// Only this supplier's; for the platform's staff, suppliers have their own anyway.
    supplier_id: Option<ID>,
}

/// Reading what one writes.
#[derive(Debug, Default)]
pub struct ProductQuery;

/// Reading what one writes.
#[Object]
impl ProductQuery {
    /// Your products in every state, drafts and withdrawn ones too, newest first; the platform's staff see everybody's.
    /// Roles: supplier, operator. Scope: `catalog:write`.
    async fn own_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them.")] filter: Option<OwnProductFilterInput>,
        #[graphql(desc = "How many from the start, or behind `after`; 0 to 100, 20 if neither is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end, or before `before`; 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<Cursor>,
    ) -> Result<ProductConnection> {
        let page = arguments(first, after, last, before)?;
        let filter = filter.unwrap_or_default();
        let supplier = filter.supplier_id.as_ref();
        let supplier = supplier.map(|given| id("supplier", &["filter", "supplierId"], given)).transpose();
        let filter = OwnFilter {
            supplier: supplier.map_err(refused)?,
            statuses: filter.statuses.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice = products::list(ctx.app()?, ctx.actor()?, filter, &page, count).await?;
        Ok(ProductConnection(slice.map(|card| Product::from_card(Arc::new(card)))))
    }
}
