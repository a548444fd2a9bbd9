//! Companies, their members, and the partner apps that act for them.

use super::actor::{Role, Scope, ScopeSet, UnknownWord};
use super::country;
use super::error::Refusal;
use super::ids::{AppId, CompanyId, MemberId};
use super::words::words;

/// Longest name of a company, app or person, in characters.
pub const NAME_MAX: usize = 200;

words! {
    /// What a buyer company pays for: more protection with each step.
    Plan {
        /// The protection that everybody has.
        Standard => "STANDARD",
        /// With longer terms and guaranteed orders.
        Enterprise => "ENTERPRISE",
        /// With everything.
        EnterprisePro => "ENTERPRISE_PRO",
    }
}

words! {
    /// What a person may do in a company.
    MemberRole {
        /// Everything.
        Owner => "OWNER",
        /// Buys.
        Purchaser => "PURCHASER",
        /// Sells.
        Seller => "SELLER",
        /// Pays and reads money.
        Finance => "FINANCE",
        /// Reads.
        Reader => "READER",
    }
}

/// A legal entity: buyer, supplier or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// The legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2, such as `DE`.
    pub country: String,
    /// What it pays for as a buyer.
    pub plan: Plan,
    /// Whether tokens may act for it.
    pub active: bool,
    /// Counts its changes, from 1.
    pub version: i64,
    /// The partner's own id of it, unique over all companies.
    pub external_reference: Option<String>,
}

/// What a new company is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyDraft {
    /// The legal name.
    pub name: String,
    /// ISO 3166-1 alpha-2, or `ZZ` where it is not known.
    pub country: String,
    /// What it pays for as a buyer.
    pub plan: Plan,
    /// The partner's own id of it.
    pub external_reference: Option<String>,
}

impl Company {
    /// A new, active company; names every field that does not fit.
    pub fn new(id: CompanyId, draft: CompanyDraft) -> Result<Self, Vec<Refusal>> {
        let CompanyDraft { name, country, plan, external_reference } = draft;
        let mut refusals = Vec::new();
        refusals.extend(check_name(&name).err());
        if !country::is_kept(&country) {
            refusals.push(Refusal::invalid(
                &["input", "country"],
                "Write the country as two capital letters of ISO 3166-1, such as DE.",
            ));
        }
        if external_reference.as_ref().is_some_and(|text| text.is_empty() || text.len() > NAME_MAX) {
            refusals.push(Refusal::invalid(
                &["input", "externalReference"],
                format!("An external reference has 1 to {NAME_MAX} bytes."),
            ));
        }
        if refusals.is_empty() {
            Ok(Self { id, name, country, plan, active: true, version: 1, external_reference })
        } else {
            Err(refusals)
        }
    }
}

/// A person of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The company.
    pub company: CompanyId,
    /// The person's name.
    pub name: String,
    /// What the person may do.
    pub role: MemberRole,
    /// Whether tokens may name the person.
    pub active: bool,
}

/// An API client: a storefront, a mobile app, a connector of an ERP system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerApp {
    /// Its id.
    pub id: AppId,
    /// What its maker calls it.
    pub name: String,
    /// The role that its tokens have.
    pub role: Role,
    /// What its tokens can do at most; never more than the role can.
    pub scopes: ScopeSet,
    /// Whether its tokens are accepted.
    pub active: bool,
    /// Whether its tokens run trusted documents only.
    pub trusted_documents_only: bool,
}

impl PartnerApp {
    /// A new, active app with the scopes that it asks for and its role can have.
    pub fn new(id: AppId, name: String, role: Role, scopes: ScopeSet) -> Result<Self, Refusal> {
        check_name(&name)?;
        let scopes = scopes.intersect(role_scopes(role));
        Ok(Self { id, name, role, scopes, active: true, trusted_documents_only: false })
    }
}

/// Everything that a role can be granted.
pub fn role_scopes(role: Role) -> ScopeSet {
    role.scopes().iter().copied().collect()
}

/// The scopes as words with spaces between, as tokens and the apps table carry them.
pub fn scopes_to_text(scopes: ScopeSet) -> String {
    let words: Vec<_> = scopes.iter().map(Scope::as_str).collect();
    words.join(" ")
}

/// Reads words with spaces between; a word that is no scope is an error.
pub fn scopes_from_text(text: &str) -> Result<ScopeSet, UnknownWord> {
    text.split_ascii_whitespace().map(str::parse::<Scope>).collect()
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Refusal::invalid(
            &["input", "name"],
            format!("A name has 1 to {NAME_MAX} characters and no control characters."),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    fn draft(name: &str, country: &str, reference: Option<&str>) -> CompanyDraft {
        CompanyDraft {
            name: name.to_owned(),
            country: country.to_owned(),
            plan: Plan::Standard,
            external_reference: reference.map(str::to_owned),
        }
    }

    #[test]
    fn a_company_names_every_field_that_does_not_fit() {
        let id = CompanyId::from_u128(1);
        assert!(Company::new(id, draft("Acme GmbH", "DE", Some("a-1"))).is_ok());
        for (name, country, reference, fields) in [
            ("", "DE", None, vec!["name"]),
            ("   ", "DE", None, vec!["name"]),
            ("a\nb", "DE", None, vec!["name"]),
            ("Acme", "de", None, vec!["country"]),
            ("Acme", "DEU", None, vec!["country"]),
            ("Acme", "ÄÄ", None, vec!["country"]),
            ("Acme", "QQ", None, vec!["country"]),
            ("Acme", "DE", Some(""), vec!["externalReference"]),
            ("", "", Some(""), vec!["name", "country", "externalReference"]),
        ] {
            let refusals = Company::new(id, draft(name, country, reference)).unwrap_err();
            let found: Vec<_> = refusals.iter().map(|refusal| refusal.field[1].as_str()).collect();
            assert_eq!(found, fields, "{name:?} {country:?} {reference:?}");
        }
    }

    #[test]
    fn an_app_never_holds_more_than_its_role() {
        let all = Scope::ALL.into_iter().collect();
        for role in Role::ALL {
            let app = PartnerApp::new(AppId::from_u128(1), "app".to_owned(), role, all).unwrap();
            assert_eq!(app.scopes, role_scopes(role));
            assert_eq!(scopes_from_text(&scopes_to_text(app.scopes)), Ok(app.scopes));
        }
        assert_eq!(scopes_from_text("catalog:read nonsense"), Err(UnknownWord));
    }
}
