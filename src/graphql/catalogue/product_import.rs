//! Many products at once.

use async_graphql::registry::Registry;
use async_graphql::{
    Context, ID, InputObject, InputType, InputValueError, InputValueResult, Object, Result, Scalar,
    ScalarType, SimpleObject, Value,
};

use super::product::Product;
use super::product_input::ProductInput;
use super::product_row::misfits;
use super::small;
use super::words::{ImportErrorPolicy, ImportRowOutcome, ProductAdvice};
use crate::domain::error::Refusal;
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::error::{UserError, user_errors};
use crate::graphql::inputs::{envelope, id};
use crate::service;
use crate::service::products::{self, ImportRow, Imported, RowOutcome, RowResult};

/// A row of an import: an object with the fields of `ProductInput`, of which `externalReference` is needed, and `publish`,
/// which offers the product where it is true. It is read row by row, so that a row that is wrong in whatever way is
/// answered by its own errors and not by a refusal of the request.
#[derive(Debug, Clone)]
pub struct ProductRow(Value);

/// A row of an import: an object with the fields of `ProductInput`, of which `externalReference` is needed, and `publish`,
/// which offers the product where it is true. It is read row by row, so that a row that is wrong in whatever way is
/// answered by its own errors and not by a refusal of the request.
#[Scalar(specified_by_url = "https://docs.surety.invalid/scalars/product-row")]
impl ScalarType for ProductRow {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Binary(_) => Err(InputValueError::expected_type(value)),
            any => Ok(Self(any)),
        }
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

/// What `importProducts` takes.
#[derive(Debug, Clone, InputObject)]
pub struct ImportProductsInput {
    /// Makes the command happen once however often it is sent; 1 to 255 characters.
    idempotency_key: String,
    /// The supplier that they are of: yours unless given. The platform's staff have to name it.
    supplier_id: Option<ID>,
    /// 1 to 250 rows, each with an `externalReference` of its own.
    products: Vec<Option<ProductRow>>,
    /// What becomes of the others when a row is rejected.
    #[graphql(default_with = "ImportErrorPolicy::AllOrNothing")]
    error_policy: ImportErrorPolicy,
    /// Check everything, change nothing: each row's `outcome` is what it would be.
    #[graphql(default)]
    validate_only: bool,
}

/// What became of a row.
#[derive(Debug, Clone)]
pub struct ImportProductResult {
    index: usize,
    result: RowResult,
}

/// What became of a row.
#[Object]
impl ImportProductResult {
    /// The row's place, from 0.
    async fn index(&self) -> i32 {
        i32::try_from(self.index).unwrap_or(i32::MAX)
    }

    /// Your own id, as the row has it; null where it has none.
    async fn external_reference(&self) -> Option<&str> {
        self.result.reference.as_deref()
    }

    /// What became of it.
    async fn outcome(&self) -> ImportRowOutcome {
        self.result.outcome.into()
    }

    /// The product as it is now; null where there is none, as of one that `validateOnly` would make.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        match self.result.product {
            Some(id) => Ok(ctx.loaders()?.product(id).await?.map(Product::from_card)),
            None => Ok(None),
        }
    }

    /// Why it was rejected, each reason at its field.
    async fn user_errors(&self) -> Vec<UserError> {
        self.result.refusals.iter().cloned().map(UserError::from).collect()
    }

    /// What is not wrong and still keeps buyers away. At most one of each.
    async fn advice(&self) -> Vec<ProductAdvice> {
        self.result.advice.iter().map(|advice| (*advice).into()).collect()
    }
}

/// What `importProducts` answers.
#[derive(Debug, Clone, SimpleObject)]
pub struct ImportProductsPayload {
    /// A result for each row, in their order; empty where the whole was refused. At most 250.
    results: Vec<ImportProductResult>,
    /// Products that were made.
    created_count: i32,
    /// Products that were changed.
    updated_count: i32,
    /// Products that said so already.
    unchanged_count: i32,
    /// Rows that were rejected.
    rejected_count: i32,
    /// Whether this answers an earlier command with the same key: with that command's results.
    replayed: bool,
    /// What you can mend about the request as a whole; what is wrong with a row stands in its result.
    user_errors: Vec<UserError>,
}

impl TryFrom<service::Result<Imported>> for ImportProductsPayload {
    type Error = async_graphql::Error;

    fn try_from(answer: service::Result<Imported>) -> Result<Self> {
        let (done, user_errors) = match user_errors(answer)? {
            Ok(done) => (done, Vec::new()),
            Err(user_errors) => (Imported { results: Vec::new(), replayed: false }, user_errors),
        };
        let count = |outcome| {
            let rows = done.results.iter().filter(|result| result.outcome == outcome).count();
            small(i64::try_from(rows).unwrap_or(i64::MAX))
        };
        Ok(Self {
            created_count: count(RowOutcome::Created),
            updated_count: count(RowOutcome::Updated),
            unchanged_count: count(RowOutcome::Unchanged),
            rejected_count: count(RowOutcome::Rejected),
            replayed: done.replayed,
            results: done
                .results
                .into_iter()
                .enumerate()
                .map(|(index, result)| ImportProductResult { index, result })
                .collect(),
            user_errors,
        })
    }
}

/// Reads a row; everything that is wrong with its form is its own.
fn read(registry: &Registry, row: Option<ProductRow>) -> Result<ImportRow, Vec<Refusal>> {
    let Some(ProductRow(Value::Object(mut fields))) = row else {
        return Err(vec![Refusal::invalid(&[], "A row is an object with the fields of ProductInput.")]);
    };
    let publish = match fields.swap_remove("publish") {
        None | Some(Value::Null | Value::Boolean(false)) => false,
        Some(Value::Boolean(true)) => true,
        Some(_) => return Err(vec![Refusal::invalid(&["publish"], "This is true or false.")]),
    };
    let row = Value::Object(fields);
    let refusals = misfits(registry, &ProductInput::type_name(), &row);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    match ProductInput::parse(Some(row)) {
        Ok(input) => Ok(ImportRow { wish: input.read()?, publish }),
        Err(error) => {
            let message = error.into_server_error(async_graphql::Pos::default()).message;
            Err(vec![Refusal::invalid(&[], message)])
        }
    }
}

/// Writing many products.
#[derive(Debug, Default)]
pub struct ProductImportMutation;

/// Writing many products.
#[Object]
impl ProductImportMutation {
    /// Writes up to 250 products at once: each row makes a product, or changes the one with its `externalReference`, by the
    /// rules of `createProduct` and `updateProduct`. Every row is answered for itself. Roles: supplier, operator. Scope:
    /// `catalog:write`.
    async fn import_products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rows.")] input: ImportProductsInput,
    ) -> Result<ImportProductsPayload> {
        let answer = async {
            let (app, actor) = caller(ctx)?;
            let supplier = input.supplier_id.as_ref();
            let supplier =
                supplier.map(|given| id("supplier", &["input", "supplierId"], given)).transpose()?;
            let rows = input.products.iter().map(|row| row.as_ref().map(|row| &row.0));
            let raw = rows.map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
            let raw = raw.map_err(anyhow::Error::from)?;
            let registry = &ctx.schema_env.registry;
            let rows = input.products.into_iter().map(|row| read(registry, row)).collect();
            let envelope = envelope(input.idempotency_key, None, input.validate_only);
            products::import(app, actor, (supplier, input.error_policy.into()), (rows, raw), &envelope).await
        };
        answer.await.try_into()
    }
}
