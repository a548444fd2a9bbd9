//! Many products at once: each row created or changed by the supplier's own reference, each with an answer of its own.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::contract::sha256_hex;
use crate::domain::error::{Code, Refusal};
use crate::domain::ids::{FileId, ProductId, SupplierId};
use crate::domain::product::ProductStatus;
use crate::domain::sheet::{Advice, Sheet, VersionAction, on_record};
use crate::domain::words::words;
use crate::service::orders::{Begun, Claimed, Envelope, Made, may_retry, now_in, zero_in};
use crate::service::{Result, audit_log, files};
use crate::store::Tx;
use crate::store::catalogue::{products, suppliers, versions};

use super::judge::{ProductWish, Shelf};
use super::write::{Written, make, under, write};
use super::{demand_writer, supplier_of};

/// Rows that one call takes.
pub const IMPORT_ROWS: usize = 250;

words! {
    /// What becomes of the others when a row is rejected.
    ErrorPolicy {
        /// Nothing is written.
        AllOrNothing => "ALL_OR_NOTHING",
        /// The others are written.
        SkipInvalid => "SKIP_INVALID",
    }
}

words! {
    /// What became of a row.
    RowOutcome {
        /// A product was made.
        Created => "CREATED",
        /// The product was changed.
        Updated => "UPDATED",
        /// The product says so already.
        Unchanged => "UNCHANGED",
        /// The row was not written; its errors say why.
        Rejected => "REJECTED",
        /// The row is good, but nothing was written because another one is not.
        NotApplied => "NOT_APPLIED",
    }
}

/// A row that could be read: what is said, and whether the product is to be offered.
#[derive(Debug, Clone, Serialize)]
pub struct ImportRow {
    /// What is said; the supplier's own reference says of which product.
    pub wish: ProductWish,
    /// Whether the product is published, if it is not.
    pub publish: bool,
}

/// What became of a row.
#[derive(Debug, Clone)]
pub struct RowResult {
    /// What.
    pub outcome: RowOutcome,
    /// The supplier's own reference as the row has it, also where nothing else of the row could be read.
    pub reference: Option<String>,
    /// The product, where there is one.
    pub product: Option<ProductId>,
    /// Why it was rejected.
    pub refusals: Vec<Refusal>,
    /// What is not wrong and still keeps buyers away.
    pub advice: Vec<Advice>,
}

/// What became of all rows.
#[derive(Debug, Clone)]
pub struct Imported {
    /// A result for each row, in their order.
    pub results: Vec<RowResult>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// A result as it is kept with the key.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptResult {
    outcome: RowOutcome,
    reference: Option<String>,
    product: Option<ProductId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refusals: Vec<(String, Vec<String>, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    advice: Vec<Advice>,
}

impl From<&RowResult> for KeptResult {
    fn from(result: &RowResult) -> Self {
        let refusals = result.refusals.iter();
        Self {
            outcome: result.outcome,
            reference: result.reference.clone(),
            product: result.product,
            refusals: refusals
                .map(|it| (it.code.as_str().to_owned(), it.field.clone(), it.message.clone()))
                .collect(),
            advice: result.advice.clone(),
        }
    }
}

impl From<KeptResult> for RowResult {
    fn from(kept: KeptResult) -> Self {
        let refusal = |(word, field, message): (String, Vec<String>, String)| Refusal {
            code: word.parse().unwrap_or(Code::InvalidInput),
            field,
            message,
            detail: None,
        };
        Self {
            outcome: kept.outcome,
            reference: kept.reference,
            product: kept.product,
            refusals: kept.refusals.into_iter().map(refusal).collect(),
            advice: kept.advice,
        }
    }
}

/// Rows as they were read: what is said, or why they could not be; with what the rows said, for the key.
pub type ReadRows = Vec<std::result::Result<ImportRow, Vec<Refusal>>>;

/// Imports rows of one supplier. `raw` is what was sent, which the key is good for.
pub async fn import(
    app: &App,
    actor: &Actor,
    (named, policy): (Option<SupplierId>, ErrorPolicy),
    (mut rows, mut raw): (ReadRows, Vec<Value>),
    envelope: &Envelope,
) -> Result<Imported> {
    demand_writer(actor)?;
    let supplier = supplier_of(actor, named)?;
    if rows.is_empty() || rows.len() > IMPORT_ROWS {
        let message = format!("Send 1 to {IMPORT_ROWS} rows at once.");
        return Err(Refusal::invalid(&["input", "products"], message).into());
    }
    let references: Vec<Option<String>> = raw.iter().map(reference_in).collect();
    refuse_zeros(&mut rows, &mut raw)?;
    let named: Vec<FileId> = rows.iter().flatten().flat_map(|row| row.wish.named_files()).collect();
    files::settle_own(app, actor, &named).await?;
    let input = serde_json::json!({ "supplier": supplier, "policy": policy, "rows": raw });
    let mut attempt = 1;
    loop {
        let said = Said { rows: &rows, references: &references, input: &input };
        match try_import(app, actor, supplier, policy, said, envelope).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

/// What one call says.
#[derive(Clone, Copy)]
struct Said<'a> {
    rows: &'a ReadRows,
    /// The supplier's own reference of each row.
    references: &'a [Option<String>],
    /// Everything, for the key.
    input: &'a Value,
}

/// The supplier's own reference in a row that may be broken in any way: by it the supplier finds the row again.
fn reference_in(raw: &Value) -> Option<String> {
    let reference = raw.get("externalReference")?.as_str()?;
    // Results are kept, and no text with this character can be.
    (!reference.contains('\0')).then(|| reference.to_owned())
}

/// Rejects rows with a text that cannot be kept, each by itself. For the key such a row counts with the digest of what it
/// said.
fn refuse_zeros(rows: &mut ReadRows, raw: &mut [Value]) -> Result<()> {
    for (row, raw) in rows.iter_mut().zip(raw) {
        let Some(path) = zero_in(raw) else { continue };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        *row = Err(vec![Refusal::invalid(&path, "No text here may hold the character U+0000.")]);
        let said = serde_json_canonicalizer::to_string(raw).map_err(anyhow::Error::from)?;
        *raw = serde_json::json!({ "sha256": sha256_hex(said.as_bytes()) });
    }
    Ok(())
}

async fn try_import(
    app: &App,
    actor: &Actor,
    supplier: SupplierId,
    policy: ErrorPolicy,
    said: Said<'_>,
    envelope: &Envelope,
) -> Result<Imported> {
    let claimed = match Claimed::begin(app, actor, envelope, "importProducts", said.input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return replay(&made),
    };
    if !suppliers::begin_writing(&claimed.tx, supplier).await? {
        return Err(Refusal::not_found("supplier").at(&["input", "supplierId"]).into());
    }
    let (mut results, written) = judge_all(app, actor, &claimed.tx, supplier, said).await?;
    let rejected = results.iter().any(|result| result.outcome == RowOutcome::Rejected);
    if rejected && policy == ErrorPolicy::AllOrNothing {
        claimed.tx.rollback().await?;
        for result in results.iter_mut().filter(|result| result.outcome != RowOutcome::Rejected) {
            if result.outcome == RowOutcome::Created {
                result.product = None;
            }
            result.outcome = RowOutcome::NotApplied;
        }
        let first = results.iter().find_map(|result| result.refusals.first());
        if let Some(refusal) = first.filter(|_| !envelope.validate_only) {
            audit_log::note_nothing_done(refusal.code);
        }
        return Ok(Imported { results, replayed: false });
    }
    let now = now_in(app, &claimed.tx).await?;
    write(&claimed.tx, actor, &written, now).await?;
    let kept: Vec<KeptResult> = results.iter().map(KeptResult::from).collect();
    let kept = serde_json::to_string(&kept).map_err(anyhow::Error::from)?;
    claimed.finish(app, &Made::of(kept)).await?;
    if envelope.validate_only {
        for result in results.iter_mut().filter(|result| result.outcome == RowOutcome::Created) {
            result.product = None;
        }
    }
    Ok(Imported { results, replayed: false })
}

/// Holds every row against what is on record and against the rows before it.
async fn judge_all(
    app: &App,
    actor: &Actor,
    tx: &Tx,
    supplier: SupplierId,
    Said { rows, references, .. }: Said<'_>,
) -> Result<(Vec<RowResult>, Vec<Written>)> {
    let now = now_in(app, tx).await?;
    let wishes: Vec<&ProductWish> = rows.iter().flatten().map(|row| &row.wish).collect();
    let shelf = Shelf::load(tx, actor, supplier, &wishes, now).await?;
    let ids: Vec<ProductId> = shelf.references.values().copied().collect();
    products::lock(tx, &ids).await?;
    let mut known: HashMap<ProductId, Sheet> =
        versions::sheets(tx, &ids).await?.into_iter().map(|sheet| (sheet.product.id, sheet)).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (mut results, mut written) = (Vec::with_capacity(rows.len()), Vec::new());
    for (index, (row, named)) in rows.iter().zip(references).enumerate() {
        let place = index.to_string();
        let path = ["input", "products", place.as_str()];
        let reference = row.as_ref().ok().and_then(|row| row.wish.reference());
        let judged = match (row, reference) {
            (Err(refusals), _) => Err(refusals.clone()),
            (Ok(_), None) => {
                let message = "A row names its product by your own reference.";
                Err(vec![Refusal::invalid(&["externalReference"], message)])
            }
            (Ok(row), Some(reference)) => {
                if let Some(first) = seen.insert(reference, index) {
                    let message = format!("Row {first} has this reference already; rows count from 0.");
                    Err(vec![Refusal::new(Code::ReferenceInUse, message).at(&["externalReference"])])
                } else {
                    let before = shelf.references.get(reference).and_then(|id| known.remove(id));
                    judge_row(app, &shelf, before, row)
                }
            }
        };
        let result = |outcome, product, refusals, advice| RowResult {
            outcome,
            reference: named.clone(),
            product,
            refusals,
            advice,
        };
        results.push(match judged {
            Ok((outcome, sheet, change)) => {
                written.extend(change);
                result(outcome, Some(sheet.product.id), Vec::new(), sheet.advice())
            }
            Err(refusals) => result(RowOutcome::Rejected, None, under(refusals, &path), Vec::new()),
        });
    }
    Ok((results, written))
}

type Judged = (RowOutcome, Sheet, Option<Written>);

fn judge_row(
    app: &App,
    shelf: &Shelf,
    before: Option<Sheet>,
    row: &ImportRow,
) -> std::result::Result<Judged, Vec<Refusal>> {
    let Some(before) = before else {
        let after = make(app, shelf, &row.wish, row.publish)?;
        let written = Written { before: None, after: after.clone(), action: VersionAction::Created };
        return Ok((RowOutcome::Created, after, Some(written)));
    };
    let mut after = shelf.judge(app, before.clone(), &row.wish)?;
    if row.publish && after.product.status != ProductStatus::Published {
        after.product.status = ProductStatus::Published;
        // To be offered, the product as a whole has to pass.
        after = after.check().map_err(|refusals| -> Vec<Refusal> {
            refusals.into_iter().map(|it| on_record(it, &["publish"])).collect()
        })?;
    }
    match Written::change(before, after.clone(), VersionAction::Updated, shelf.now) {
        Some(written) => Ok((RowOutcome::Updated, after, Some(written))),
        None => Ok((RowOutcome::Unchanged, after, None)),
    }
}

/// What the first command answered.
fn replay(made: &Made) -> Result<Imported> {
    let kept: String = made.subject()?;
    let kept: Vec<KeptResult> = serde_json::from_str(&kept).map_err(anyhow::Error::from)?;
    Ok(Imported { results: kept.into_iter().map(RowResult::from).collect(), replayed: true })
}
