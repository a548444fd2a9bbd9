//! The product's schema, made once for a process: every server, and every door beside those that requests pass, checks documents
//! against the same one and runs them by the same executor. Neither of the two knows an application; each request brings its own.

use std::sync::{Arc, OnceLock};

use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;

use super::door::parse;
use crate::graphql::{self, SuretySchema};

/// What documents are checked against, and what runs them.
pub struct Product {
    /// The schema as the compiler knows it.
    pub schema: Arc<Valid<Schema>>,
    /// The schema as it runs.
    pub executor: SuretySchema,
}

impl std::fmt::Debug for Product {
    /// Without the types, of which there are hundreds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Product")
    }
}

/// The one of this process, made when it is first needed.
pub fn product() -> anyhow::Result<&'static Product> {
    static PRODUCT: OnceLock<Product> = OnceLock::new();
    if let Some(product) = PRODUCT.get() {
        return Ok(product);
    }
    let executor = graphql::schema().finish();
    let schema = Arc::new(parse::read_schema(&executor.sdl())?);
    Ok(PRODUCT.get_or_init(|| Product { schema, executor }))
}
