//! Files: content that is named by its SHA-256, announced before it comes and checked when it has come.

use serde::{Deserialize, Serialize};

use super::error::{Code, Refusal};
use super::ids::{CompanyId, FileId};
use super::time::Timestamp;
use super::words::words;

/// Files that one message or contract may hold.
pub const MAXIMUM_ATTACHMENTS: usize = 20;
/// Characters of a file's name at most.
const MAXIMUM_NAME: usize = 200;

words! {
    /// Whether the content is there.
    FileStatus {
        /// Announced; the content did not come yet.
        Pending => "PENDING",
        /// The content is there and is what was announced.
        Stored => "STORED",
    }
}

words! {
    /// What a file is for.
    FilePurpose {
        /// To be attached to messages, orders and cases; read by their parties.
        Document => "DOCUMENT",
        /// To be shown with a product; public once the product is published.
        CatalogueMedia => "CATALOGUE_MEDIA",
    }
}

/// The media types that are shown in the catalogue, each with its largest size in bytes.
const CATALOGUE_MEDIA: [(&str, i64); 6] = [
    ("image/jpeg", 10 << 20),
    ("image/png", 10 << 20),
    ("image/webp", 10 << 20),
    ("image/avif", 10 << 20),
    ("application/pdf", 20 << 20),
    ("video/mp4", 200 << 20),
];

impl FilePurpose {
    /// Whether this is the usual purpose.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
    const fn is_document(&self) -> bool {
        matches!(self, Self::Document)
    }
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its id.
    pub id: FileId,
    /// The company that uploaded it; none for the platform's staff.
    pub owner: Option<CompanyId>,
    /// What people call it; never part of a path.
    pub name: String,
    /// Its media type, such as `application/pdf`.
    pub content_type: String,
    /// Its length in bytes.
    pub size: i64,
    /// The SHA-256 of the content in lower-case hexadecimal.
    pub sha256: String,
    /// Whether the content is there.
    pub status: FileStatus,
    /// When it was announced.
    pub created_at: Timestamp,
    /// When the content was there.
    pub stored_at: Option<Timestamp>,
    /// What it is for.
    pub purpose: FilePurpose,
}

/// What a contract or a message says of a file; the SHA-256 stands for the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// The file.
    pub file_id: FileId,
    /// The SHA-256 of its content in lower-case hexadecimal.
    pub sha256: String,
    /// What people call it.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its length in bytes.
    pub size: i64,
}

impl StoredFile {
    /// What a document says of this file.
    pub fn attachment(&self) -> Attachment {
        Attachment {
            file_id: self.id,
            sha256: self.sha256.clone(),
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            size: self.size,
        }
    }

    /// Whether content that begins so may be what was announced. What is shown to everybody has to be of its type; what
    /// parties send each other is theirs to judge.
    pub fn may_begin_with(&self, head: &[u8]) -> bool {
        match self.purpose {
            FilePurpose::Document => true,
            FilePurpose::CatalogueMedia => shows(&self.content_type, head),
        }
    }

    /// Refuses a file whose content is not there; `path` is the input field that names it.
    pub fn demand_stored(&self, path: &[&str]) -> Result<(), Refusal> {
        match self.status {
            FileStatus::Stored => Ok(()),
            FileStatus::Pending => {
                let message = "The content of this file did not come yet. Upload it first.";
                Err(Refusal::new(Code::UploadPending, message).at(path))
            }
        }
    }
}

/// What may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRules {
    /// Bytes of one file at most.
    pub maximum_bytes: i64,
    /// The media types that are taken.
    pub content_types: Vec<String>,
}

/// What a caller announces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadDraft {
    /// What people call the file.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its length in bytes.
    pub size: i64,
    /// The SHA-256 of its content in lower-case hexadecimal.
    pub sha256: String,
    /// What it is for.
    #[serde(skip_serializing_if = "FilePurpose::is_document")]
    pub purpose: FilePurpose,
}

impl UploadRules {
    /// What may be uploaded for a purpose; media of the catalogue never larger than what the server takes.
    #[must_use]
    pub fn of(&self, purpose: FilePurpose, content_type: &str) -> Self {
        match purpose {
            FilePurpose::Document => self.clone(),
            FilePurpose::CatalogueMedia => {
                let own =
                    CATALOGUE_MEDIA.iter().find(|(kind, _)| *kind == content_type).map(|(_, bytes)| *bytes);
                Self {
                    maximum_bytes: own.unwrap_or(i64::MAX).min(self.maximum_bytes),
                    content_types: CATALOGUE_MEDIA.iter().map(|(kind, _)| (*kind).to_owned()).collect(),
                }
            }
        }
    }
}

impl UploadDraft {
    /// Names everything that speaks against the upload.
    pub fn check(&self, rules: &UploadRules) -> Result<(), Vec<Refusal>> {
        let rules = rules.of(self.purpose, &self.content_type);
        let mut refusals = Vec::new();
        let mut demand = |holds: bool, field: &str, message: String| {
            if !holds {
                refusals.push(Refusal::invalid(&["input", field], message));
            }
        };
        let message = format!(
            "A file name has 1 to {MAXIMUM_NAME} characters and neither slashes nor invisible characters."
        );
        demand(is_plain_name(&self.name), "fileName", message);
        let known = rules.content_types.contains(&self.content_type);
        demand(known, "contentType", format!("These types are taken: {}.", rules.content_types.join(", ")));
        let fits = (1..=rules.maximum_bytes).contains(&self.size);
        demand(fits, "byteSize", format!("A file has 1 to {} bytes.", rules.maximum_bytes));
        let message = "A SHA-256 is written as 64 hexadecimal digits in lower case.";
        demand(is_sha256(&self.sha256), "sha256", message.to_owned());
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

/// First bytes that say of which type a content is; [`shows`] needs no more.
pub const HEAD: usize = 64;

/// Whether content that begins so is of a media type of the catalogue; other types say nothing in their first bytes.
fn shows(content_type: &str, head: &[u8]) -> bool {
    // What begins with a box of brands: the first is the major one, behind the minor version come those it is like.
    let brands = || {
        let length = head.get(..4).and_then(|length| length.try_into().ok()).map_or(0, u32::from_be_bytes);
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(head.len());
        let body = if head.get(4..8) == Some(b"ftyp") { head.get(8..end) } else { None };
        let brands = body.unwrap_or_default().chunks_exact(4).enumerate();
        brands.filter(|(place, _)| *place != 1).map(|(_, brand)| brand)
    };
    let is_picture =
        |brand: &[u8]| [b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"].iter().any(|it| *it == brand);
    match content_type {
        "image/jpeg" => head.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => head.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP"),
        "image/avif" => brands().any(|brand| brand == b"avif" || brand == b"avis"),
        "application/pdf" => head.starts_with(b"%PDF-"),
        "video/mp4" => brands().next().is_some_and(|major| !is_picture(major)),
        _ => true,
    }
}

/// Whether a text is 64 hexadecimal digits in lower case.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Names are shown and offered for saving: none may look like a path, or like another name than it is.
fn is_plain_name(name: &str) -> bool {
    let hides = |character: char| {
        character.is_control()
            || matches!(character, '/' | '\\' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    (1..=MAXIMUM_NAME).contains(&name.chars().count())
        && name.trim() == name
        && name != "."
        && name != ".."
        && !name.chars().any(hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_says_in_its_first_bytes_of_which_type_it_is() {
        let heads: [(&str, &[u8]); 6] = [
            ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
            ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
            ("image/webp", b"RIFF\x24\0\0\0WEBPVP8 "),
            ("image/avif", b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"),
            ("application/pdf", b"%PDF-1.7\n"),
            ("video/mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isomavc1"),
        ];
        for (kind, _) in heads {
            for (other, head) in heads {
                assert_eq!(shows(kind, head), kind == other, "{other} as {kind}");
            }
            for head in [b"".as_slice(), b"<html><script>", b"\0\0\0\xffftyp", b"RIFF"] {
                assert!(!shows(kind, head), "{head:?} as {kind}");
            }
        }
    }

    #[test]
    fn every_field_that_does_not_fit_is_named() {
        let rules = UploadRules { maximum_bytes: 100, content_types: vec!["application/pdf".to_owned()] };
        let good = UploadDraft {
            name: "Zeichnung № 7 – final.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            size: 100,
            sha256: "0a".repeat(32),
            purpose: FilePurpose::Document,
        };
        assert_eq!(good.check(&rules), Ok(()));
        let blamed = |draft: &UploadDraft| -> Vec<String> {
            draft.check(&rules).unwrap_err().into_iter().map(|refusal| refusal.field[1].clone()).collect()
        };
        for name in ["", " a", "a/b", "..\\b", "..", "../../etc/passwd", "a\u{202e}fdp.exe", "a\nb", "a\0"] {
            assert_eq!(
                blamed(&UploadDraft { name: name.to_owned(), ..good.clone() }),
                ["fileName"],
                "{name:?}"
            );
        }
        for size in [0, -1, 101, i64::MAX] {
            assert_eq!(blamed(&UploadDraft { size, ..good.clone() }), ["byteSize"]);
        }
        for sha256 in
            ["", "0A".repeat(32).as_str(), "0a".repeat(33).as_str(), &format!("../{}", "a".repeat(61))]
        {
            assert_eq!(blamed(&UploadDraft { sha256: sha256.to_owned(), ..good.clone() }), ["sha256"]);
        }
        let worst = UploadDraft {
            name: String::new(),
            content_type: "text/html".to_owned(),
            size: 0,
            sha256: String::new(),
            purpose: FilePurpose::Document,
        };
        assert_eq!(blamed(&worst), ["fileName", "contentType", "byteSize", "sha256"]);
        let roomy = UploadRules { maximum_bytes: 1 << 30, ..rules };
        let picture = UploadDraft {
            content_type: "image/png".to_owned(),
            size: 10 << 20,
            purpose: FilePurpose::CatalogueMedia,
            ..good
        };
        assert_eq!(picture.check(&roomy), Ok(()));
        assert_eq!(
            picture.check(&UploadRules { maximum_bytes: 100, ..roomy.clone() }).map_err(|it| it.len()),
            Err(1)
        );
        let (large, page) = (
            UploadDraft { size: (10 << 20) + 1, ..picture.clone() },
            UploadDraft { content_type: "image/svg+xml".to_owned(), ..picture },
        );
        for (draft, field) in [(large, "byteSize"), (page, "contentType")] {
            let refusals = draft.check(&roomy).unwrap_err();
            assert_eq!(refusals.iter().map(|it| it.field[1].as_str()).collect::<Vec<_>>(), [field]);
        }
    }
}
