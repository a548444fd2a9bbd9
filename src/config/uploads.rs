//! Settings of uploads.

use super::{ConfigError, number, refuse, split_list};
use crate::domain::file::UploadRules;

/// What may be uploaded: documents, drawings, pictures and videos that no browser runs.
const UPLOAD_TYPES: &str = "application/pdf,image/jpeg,image/png,image/webp,video/mp4,text/plain,text/csv,application/zip,\
    application/vnd.openxmlformats-officedocument.wordprocessingml.document,\
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What may be uploaded.
pub(super) fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<UploadRules, ConfigError> {
    let maximum_bytes =
        number(lookup, "SURETY_UPLOAD_BYTES", 26_214_400, 1..=2_000_000_000, "number of bytes")?;
    let types = lookup("SURETY_UPLOAD_TYPES").unwrap_or_else(|| UPLOAD_TYPES.to_owned());
    let content_types = split_list(&types);
    // A browser would run these with the rights of the page that shows them.
    let runs = |kind: &String| {
        let plain = kind.contains('/')
            && kind.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
        !plain || ["html", "svg", "javascript", "xml+", "text/xml"].iter().any(|word| kind.contains(word))
    };
    match content_types.iter().find(|kind| runs(kind)) {
        Some(kind) => {
            Err(refuse("SURETY_UPLOAD_TYPES", format!("{kind:?} is no media type, or one that browsers run")))
        }
        None => Ok(UploadRules { maximum_bytes, content_types }),
    }
}
