//! The audit log: lines that are only added, and whom each concerns.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::keyset::{Key, List, page};
use super::{Reader, Result, Tx, known, parse};
use crate::domain::actor::Role;
use crate::domain::audit_log::{self, Author, Entry, Input, Inside, Line, OutcomeKind, Subject};
use crate::domain::ids::{AppId, AuditLogEntryId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;

/// Writes a line and whom it concerns: whoever acted, and the companies that these objects concern. One that is there stays as it
/// is: whoever does not know whether its transaction was committed writes it once more.
pub async fn insert(tx: &Tx, entry: &Entry, objects: &[String]) -> Result<()> {
    let mut values = line_of(entry);
    let text = match concern(entry, objects) {
        None => LINE.to_owned(),
        // Once to the server and back; SQLite knows no such statement, and is no way off.
        Some((concern, more)) if tx.is_postgres() => {
            values.extend(more);
            format!("WITH line AS ({LINE}) {concern}")
        }
        Some((concern, more)) => {
            tx.connection().execute_raw(tx.sql(LINE, values)).await?;
            values = more;
            concern
        }
    };
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

const LINE: &str = "INSERT INTO audit_log_entry (id, occurred_at, app_id, company_id, member_id, role, token, request_id, \
     operation, order_id, subject_id, outcome, error_code, idempotency_key_digest, input_sha256) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";

/// What stands for the marks of [`LINE`].
fn line_of(entry: &Entry) -> Vec<Value> {
    let Author { app, company, member, role } = entry.author;
    vec![
        entry.id.to_string().into(),
        entry.occurred_at.micros().into(),
        app.to_string().into(),
        company.map(|id| id.to_string()).into(),
        member.map(|id| id.to_string()).into(),
        role.as_str().into(),
        entry.token.clone().into(),
        entry.request.clone().into(),
        entry.operation.as_str().into(),
        entry.subject.order.map(|id| id.to_string()).into(),
        entry.subject.id.clone().into(),
        entry.outcome.kind().as_str().into(),
        entry.outcome.code().map(|code| code.as_str().to_owned()).into(),
        entry.input.key_digest.clone().into(),
        entry.input.sha256.clone().into(),
    ]
}

/// The company of the supplier that a row of a table belongs to.
macro_rules! of_supplier {
    ($table:literal) => {
        concat!(
            "SELECT s.company_id FROM ",
            $table,
            " e JOIN supplier s ON s.id = e.supplier_id WHERE e.id = ?"
        )
    };
}

/// The companies that an object concerns, by the prefix of its id.
fn concerned_by(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "company" => "SELECT id FROM company WHERE id = ?",
        "app" => "SELECT company_id FROM partner_app_company WHERE app_id = ?",
        // The supplier hears of an order when it is sent to it; a draft that was given up keeps the mark that it never was.
        "order" => {
            "SELECT buyer_id FROM orders WHERE id = ? UNION ALL SELECT supplier_company_id FROM orders WHERE id = ? \
             AND status <> 'DRAFT' AND state NOT LIKE '%\"submitted\":false%'"
        }
        "quote" => {
            "SELECT buyer_id FROM quote WHERE id = ? UNION ALL SELECT supplier_company_id FROM quote WHERE id = ?"
        }
        "message" => {
            "SELECT t.buyer_id FROM message m JOIN thread t ON t.id = m.thread_id WHERE m.id = ? \
             UNION ALL SELECT t.supplier_company_id FROM message m JOIN thread t ON t.id = m.thread_id WHERE m.id = ?"
        }
        "inspection" => "SELECT inspector_id FROM order_inspection WHERE inspection_id = ?",
        "review" => {
            "SELECT buyer_company_id FROM review WHERE id = ? \
             UNION ALL SELECT s.company_id FROM review r JOIN supplier s ON s.id = r.supplier_id WHERE r.id = ?"
        }
        "supplier" => "SELECT company_id FROM supplier WHERE id = ?",
        "product" => of_supplier!("product"),
        "badge" => of_supplier!("badge_award"),
        "audit" => of_supplier!("audit"),
        "media" => of_supplier!("media"),
        "cert" => of_supplier!("certificate"),
        "licence" => of_supplier!("licence"),
        "membership" => of_supplier!("membership"),
        "check" => of_supplier!("agency_check"),
        "record" => of_supplier!("track_record"),
        "document" => of_supplier!("verification_document"),
        _ => return None,
    })
}

/// The statement that notes whom a line concerns; none where that is nobody.
fn concern(entry: &Entry, objects: &[String]) -> Option<(String, Vec<Value>)> {
    let mut values: Vec<Value> = vec![entry.occurred_at.micros().into(), entry.id.to_string().into()];
    let mut sources = Vec::new();
    if let Some(company) = entry.author.owner() {
        sources.push("SELECT ? AS company_id");
        values.push(company.to_string().into());
    }
    for object in objects {
        let prefix = object.split_once('_').map_or("", |(prefix, _)| prefix);
        let Some(source) = concerned_by(prefix) else { continue };
        values.extend(source.matches('?').map(|_| Value::from(object.as_str())));
        // The first part of a union names its column.
        if sources.is_empty() {
            sources.push("SELECT NULL AS company_id WHERE 1 = 0");
        }
        sources.push(source);
    }
    let text = format!(
        "INSERT INTO audit_log_concern (company_id, occurred_at, entry_id) SELECT c.company_id, ?, ? FROM ({}) c \
         WHERE c.company_id IS NOT NULL ON CONFLICT (company_id, occurred_at, entry_id) DO NOTHING",
        sources.join(" UNION ALL ")
    );
    (!sources.is_empty()).then_some((text, values))
}

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFilter {
    /// Only of these mutations.
    pub operations: Vec<String>,
    /// Only those that ended so.
    pub outcome: Option<OutcomeKind>,
    /// Only those of this app; another company's are not found by it.
    pub app: Option<AppId>,
    /// Only what was done with this token, by what names it; another company's are not found by it.
    pub token: Option<String>,
    /// Only at or after this instant.
    pub from: Option<Timestamp>,
    /// Only before this instant.
    pub before: Option<Timestamp>,
    /// Only about this object or order.
    pub subject: Option<String>,
}

const COLUMNS: &str = "e.id, e.occurred_at, e.app_id, e.company_id, e.member_id, e.role, e.token, e.request_id, e.operation, \
     e.order_id, e.subject_id, e.outcome, e.error_code, e.idempotency_key_digest, e.input_sha256";

fn read(row: &QueryResult) -> Result<Line> {
    fn id<T: std::str::FromStr>(row: &QueryResult, column: &str) -> Result<Option<T>> {
        let text: Option<String> = row.try_get("", column)?;
        text.map(|text| parse(column, &text)).transpose()
    }
    let text = |column: &str| row.try_get::<String>("", column);
    let (key, code) = (text("id")?, row.try_get::<Option<String>>("", "error_code")?);
    Ok(Line {
        id: parse("audit_log_entry.id", &key)?,
        occurred_at: Timestamp::from_micros(row.try_get("", "occurred_at")?),
        operation: text("operation")?,
        role: known("audit_log_entry.role", &key, &text("role")?),
        subject: Subject { order: id(row, "order_id")?, id: row.try_get("", "subject_id")? },
        outcome: parse("audit_log_entry.outcome", &text("outcome")?)?,
        code: code.and_then(|word| known("audit_log_entry.error_code", &key, &word)),
        inside: Inside {
            app: parse("audit_log_entry.app_id", &text("app_id")?)?,
            company: id(row, "company_id")?,
            member: id(row, "member_id")?,
            token: row.try_get("", "token")?,
            request: row.try_get("", "request_id")?,
            input: Input {
                key_digest: row.try_get("", "idempotency_key_digest")?,
                sha256: row.try_get("", "input_sha256")?,
            },
        },
    })
}

/// What a reader's list is read from: a company's by what concerns it, the platform's whole.
fn list(reader: audit_log::Reader, filter: &EntryFilter) -> List<'static> {
    let (mut list, time) = match reader {
        audit_log::Reader::Operator => {
            (List::new(COLUMNS, "audit_log_entry e", "e.occurred_at", "e.id"), "e.occurred_at")
        }
        audit_log::Reader::Company(company) => {
            let tables = "audit_log_concern k JOIN audit_log_entry e ON e.id = k.entry_id AND e.occurred_at = k.occurred_at";
            let mut list = List::new(COLUMNS, tables, "k.occurred_at", "k.entry_id");
            list.narrow("k.company_id = ?", [company.to_string().into()]);
            (list, "k.occurred_at")
        }
    };
    if !filter.operations.is_empty() {
        let marks = vec!["?"; filter.operations.len()].join(", ");
        let operations: Vec<Value> = filter.operations.iter().map(|name| name.as_str().into()).collect();
        list.narrow(format!("e.operation IN ({marks})"), operations);
    }
    if let Some(outcome) = filter.outcome {
        list.narrow("e.outcome = ?", [outcome.as_str().into()]);
    }
    if let Some(app) = filter.app {
        list.narrow("e.app_id = ?", [app.to_string().into()]);
    }
    if let Some(token) = &filter.token {
        list.narrow("e.token = ?", [token.as_str().into()]);
    }
    // By what a company does not see of a line, it does not find one either.
    if let audit_log::Reader::Company(company) = reader
        && (filter.app.is_some() || filter.token.is_some())
    {
        let values = [company.to_string().into(), Role::Operator.as_str().into()];
        list.narrow("e.company_id = ? AND e.role <> ?", values);
    }
    if let Some(from) = filter.from {
        list.narrow(format!("{time} >= ?"), [from.micros().into()]);
    }
    if let Some(before) = filter.before {
        list.narrow(format!("{time} < ?"), [before.micros().into()]);
    }
    if let Some(subject) = &filter.subject {
        list.narrow(
            "(e.subject_id = ? OR e.order_id = ?)",
            [subject.as_str().into(), subject.as_str().into()],
        );
    }
    list.counted_so_far()
}

/// The lines that match, newest first.
pub async fn entries(
    db: &impl Reader,
    (reader, filter): (audit_log::Reader, &EntryFilter),
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&Line) -> String,
) -> Result<Slice<Line>> {
    page(db, &list(reader, filter), wanted, count, read, cursor).await
}

/// A line that a reader may see, by its id.
pub async fn entry(db: &impl Reader, reader: audit_log::Reader, id: AuditLogEntryId) -> Result<Option<Line>> {
    let mut list = list(reader, &EntryFilter::default());
    list.narrow("e.id = ?", [id.to_string().into()]);
    let text = format!("SELECT {} FROM {} WHERE {}", list.columns, list.from, list.conditions());
    let row = db.connection().query_one_raw(db.sql(&text, list.values)).await?;
    row.as_ref().map(read).transpose()
}
