//! From when to when a certificate may be shown. Clients refuse one that is over, and nothing else fails before: so those who run
//! the server are told in time.

use std::time::Duration;

use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};

use crate::domain::time::{Span, Timestamp};

/// Later than any certificate holds: the year 10000.
const FAR: Duration = Duration::from_hours(70_389_528);
/// The end is told of that long before, or in the last sixth of a shorter life. Who renews by itself has done so by then.
const NOTICE: Span = Span::days(14);

/// When a certificate begins and ends to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    begins: Timestamp,
    ends: Timestamp,
}

/// How a certificate stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Clients refuse it yet.
    NotYet,
    /// It holds.
    Holds,
    /// It holds for a short time only.
    EndsSoon,
    /// Clients refuse it.
    Over,
}

impl Validity {
    /// Reads it; none where the certificate cannot be read so far. Whoever verifies a certificate looks at this first, and says
    /// what it found: so nothing of X.509 is read here a second time.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        let verified_at = |time: Duration| {
            let time = UnixTime::since_unix_epoch(time);
            verify_server_cert_signed_by_trust_anchor(&parsed, &RootCertStore::empty(), &[], time, &[])
        };
        let Err(Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) =
            verified_at(FAR)
        else {
            return None;
        };
        let begins = match verified_at(Duration::ZERO) {
            Err(Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. })) => {
                instant(not_before)?
            }
            // It holds since 1970.
            Ok(()) | Err(_) => Timestamp::from_seconds(0),
        };
        Some(Self { begins, ends: instant(not_after)? })
    }

    /// The last instant at which it holds.
    pub const fn ends(self) -> Timestamp {
        self.ends
    }

    /// How it stands.
    pub fn standing(self, now: Timestamp) -> Standing {
        let sixth = Span::seconds(self.begins.until(self.ends).as_seconds() / 6);
        if now < self.begins {
            Standing::NotYet
        } else if now > self.ends {
            Standing::Over
        } else if now.until(self.ends) < sixth.min(NOTICE) {
            Standing::EndsSoon
        } else {
            Standing::Holds
        }
    }
}

fn instant(time: UnixTime) -> Option<Timestamp> {
    Some(Timestamp::from_seconds(i64::try_from(time.as_secs()).ok()?))
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn a_certificate_says_how_long_it_holds() {
        let pem = include_bytes!("../../tests/it/keys/served.crt.pem");
        let validity = Validity::of(&CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
        assert!(validity.ends().to_string().starts_with("2126-"), "{validity:?}");
        assert!(validity.begins < validity.ends);
        assert_eq!(Validity::of(&CertificateDer::from(vec![0x30, 0])), None);
    }

    #[test]
    fn its_end_is_told_in_time() {
        let of = |days: i64| Validity {
            begins: Timestamp::from_seconds(0),
            ends: Timestamp::from_seconds(0).plus(Span::days(days)),
        };
        let before_end = |validity: Validity, span: Span| validity.standing(validity.ends.minus(span));
        for (days, soon) in [(365, Span::days(14)), (90, Span::days(14)), (6, Span::days(1))] {
            let validity = of(days);
            assert_eq!(validity.standing(Timestamp::from_seconds(-1)), Standing::NotYet);
            assert_eq!(validity.standing(validity.begins), Standing::Holds);
            assert_eq!(before_end(validity, soon), Standing::Holds, "{days}");
            assert_eq!(
                before_end(validity, Span::seconds(soon.as_seconds() - 1)),
                Standing::EndsSoon,
                "{days}"
            );
            assert_eq!(before_end(validity, Span::ZERO), Standing::EndsSoon);
            assert_eq!(before_end(validity, Span::seconds(-1)), Standing::Over);
        }
    }
}
