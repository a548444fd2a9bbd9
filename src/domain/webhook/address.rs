//! Where webhooks may be sent: never into a network of ours, whatever a partner's address or name server says.
//!
//! The ranges are those of the special-purpose registries of IANA (RFC 6890, `iana-ipv4-special-registry` and
//! `iana-ipv6-special-registry`), with multicast and what is reserved; of IPv6 only global unicast is left at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::domain::error::{Code, Refusal};

/// Characters of an address at most.
const URL_MAX: usize = 2_000;
/// The ports that webhooks are sent to.
const PORTS: [u16; 2] = [443, 8_443];

/// Ranges of IPv4 that nothing is sent to: the first address and the bits that count.
const SPECIAL_V4: [([u8; 4], u32); 18] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Ranges within the global unicast of IPv6 (`2000::/3`) that nothing is sent to.
const SPECIAL_V6: [([u16; 8], u32); 5] = [
    // IETF protocol assignments, Teredo among them.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    // 6to4: an address of IPv4 is inside.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|&(first, length)| {
        let first = Ipv4Addr::from(first).to_bits();
        (bits ^ first).leading_zeros() >= length
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let within = |first: Ipv6Addr, length: u32| (bits ^ first.to_bits()).leading_zeros() >= length;
    within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !SPECIAL_V6.iter().any(|&(first, length)| within(Ipv6Addr::from(first), length))
}

/// Whether webhooks may be sent to an address; a sandbox that is set so may send to its own machine.
pub fn may_send(address: IpAddr, local: bool) -> bool {
    is_public(address) || (local && address.is_loopback())
}

/// A place that webhooks may be sent to, as far as its text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address, in the form that is used.
    pub url: String,
    /// The name that is still to be resolved; none where the address names no host but an address.
    pub host: Option<String>,
    /// The port.
    pub port: u16,
}

/// Reads an address as browsers do, so that every way of writing an address of IPv4 is seen for what it is, and checks it.
/// What a name leads to is checked each time that it is resolved.
pub fn check(text: &str, local: bool) -> Result<Target, Refusal> {
    let refuse = |message: &str| Refusal::new(Code::WebhookAddressRefused, message);
    if text.len() > URL_MAX {
        return Err(refuse("An address has 2,000 characters at most."));
    }
    let url = Url::parse(text)
        .map_err(|_| refuse("This is no address; write https://hooks.example.com/surety."))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("An address with a user or a password is not taken: requests are signed."));
    }
    if url.fragment().is_some() {
        return Err(refuse("An address with a fragment is not taken."));
    }
    let host = url.host().ok_or_else(|| refuse("The address names no host."))?;
    let (name, address) = match host {
        Host::Domain(name) => (Some(name.trim_end_matches('.').to_owned()), None),
        Host::Ipv4(address) => (None, Some(IpAddr::V4(address))),
        Host::Ipv6(address) => (None, Some(IpAddr::V6(address))),
    };
    let here = name.as_deref() == Some("localhost") || address.is_some_and(|address| address.is_loopback());
    let local = local && here;
    if url.scheme() != "https" && !(local && url.scheme() == "http") {
        return Err(refuse("Webhooks are sent by https only."));
    }
    let port = url.port_or_known_default().ok_or_else(|| refuse("The address names no port."))?;
    if !local && !PORTS.contains(&port) {
        return Err(refuse("Webhooks are sent to the ports 443 and 8443 only."));
    }
    if address.is_some_and(|address| !may_send(address, local)) {
        return Err(not_public());
    }
    if !local && name.as_deref().is_some_and(|name| name == "localhost" || name.ends_with(".localhost")) {
        return Err(not_public());
    }
    Ok(Target { url: url.to_string(), host: name, port })
}

/// The refusal of an address that is not public.
pub fn not_public() -> Refusal {
    let message = "The address, or one that its name leads to, is none of the public internet.";
    Refusal::new(Code::WebhookAddressRefused, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and the last address of every special range, and their neighbours outside where those are public.
    const ADDRESSES: &[(&str, bool)] = &[
        ("0.0.0.0", false),
        ("0.255.255.255", false),
        ("1.0.0.0", true),
        ("1.1.1.1", true),
        ("8.8.8.8", true),
        ("9.255.255.255", true),
        ("10.0.0.0", false),
        ("10.255.255.255", false),
        ("11.0.0.0", true),
        ("100.63.255.255", true),
        ("100.64.0.0", false),
        ("100.127.255.255", false),
        ("100.128.0.0", true),
        ("126.255.255.255", true),
        ("127.0.0.1", false),
        ("127.255.255.255", false),
        ("128.0.0.0", true),
        ("169.253.255.255", true),
        ("169.254.0.0", false),
        ("169.254.169.254", false),
        ("169.254.255.255", false),
        ("169.255.0.0", true),
        ("172.15.255.255", true),
        ("172.16.0.0", false),
        ("172.31.255.255", false),
        ("172.32.0.0", true),
        ("192.0.0.0", false),
        ("192.0.0.255", false),
        ("192.0.1.0", true),
        ("192.0.2.0", false),
        ("192.0.2.255", false),
        ("192.0.3.0", true),
        ("192.31.196.1", false),
        ("192.52.193.1", false),
        ("192.88.99.1", false),
        ("192.167.255.255", true),
        ("192.168.0.0", false),
        ("192.168.255.255", false),
        ("192.169.0.0", true),
        ("192.175.48.1", false),
        ("198.17.255.255", true),
        ("198.18.0.0", false),
        ("198.19.255.255", false),
        ("198.20.0.0", true),
        ("198.51.100.7", false),
        ("203.0.113.7", false),
        ("223.255.255.255", true),
        ("224.0.0.1", false),
        ("239.255.255.255", false),
        ("240.0.0.1", false),
        ("255.255.255.255", false),
        ("::", false),
        ("::1", false),
        ("::7f00:1", false),
        ("::ffff:127.0.0.1", false),
        ("::ffff:8.8.8.8", false),
        ("64:ff9b::7f00:1", false),
        ("64:ff9b::808:808", false),
        ("64:ff9b:1::1", false),
        ("100::1", false),
        ("100:0:0:1::1", false),
        ("1fff:ffff::1", false),
        ("2000::1", true),
        ("2001::1", false),
        ("2001:1ff:ffff::1", false),
        ("2001:200::1", true),
        ("2001:db7:ffff::1", true),
        ("2001:db8::1", false),
        ("2001:db8:ffff:ffff::1", false),
        ("2001:db9::1", true),
        ("2001:4860:4860::8888", true),
        ("2002:7f00:1::1", false),
        ("2002:808:808::1", false),
        ("2003::1", true),
        ("2606:4700:4700::1111", true),
        ("2620:4f:8000::1", false),
        ("2620:4f:8001::1", true),
        ("3ffe::1", true),
        ("3fff::1", false),
        ("3fff:fff:ffff::1", false),
        ("3fff:1000::1", true),
        ("4000::1", false),
        ("5f00::1", false),
        ("fbff::1", false),
        ("fc00::1", false),
        ("fdff::1", false),
        ("fe80::1", false),
        ("febf::1", false),
        ("fec0::1", false),
        ("ff02::1", false),
    ];

    #[test]
    fn only_the_public_internet_is_public() {
        for (text, public) in ADDRESSES {
            assert_eq!(is_public(text.parse().unwrap()), *public, "{text}");
        }
    }

    #[test]
    fn an_address_is_read_as_browsers_do() {
        for (text, taken) in [
            ("https://hooks.example.com/surety", true),
            ("https://hooks.example.com:8443/surety?tenant=1", true),
            ("https://8.8.8.8/", true),
            ("https://[2001:4860:4860::8888]/", true),
            ("http://hooks.example.com/", false),
            ("ftp://hooks.example.com/", false),
            ("file:///etc/passwd", false),
            ("https://hooks.example.com:22/", false),
            ("https://hooks.example.com:80/", false),
            ("https://user@hooks.example.com/", false),
            ("https://user:word@hooks.example.com/", false),
            ("https://hooks.example.com/#part", false),
            ("https://localhost/", false),
            ("https://LOCALHOST./", false),
            ("https://a.localhost/", false),
            ("https://127.0.0.1/", false),
            ("https://2130706433/", false),
            ("https://0x7f000001/", false),
            ("https://0x7f.1/", false),
            ("https://0177.0.0.1/", false),
            ("https://127.1/", false),
            ("https://%31%32%37.0.0.1/", false),
            ("https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/", false),
            ("https://169.254.169.254/latest/meta-data/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("https://[::ffff:7f00:1]/", false),
            ("https://[64:ff9b::7f00:1]/", false),
            ("https://[fe80::1]/", false),
            ("https:///", false),
            ("hooks.example.com", false),
            ("", false),
        ] {
            assert_eq!(check(text, false).is_ok(), taken, "{text}: {:?}", check(text, false));
        }
    }

    #[test]
    fn a_sandbox_may_send_to_its_own_machine_and_nowhere_else_in_clear() {
        for (text, taken) in [
            ("http://127.0.0.1:4000/hook", true),
            ("http://[::1]:4000/hook", true),
            ("http://localhost:4000/hook", true),
            ("http://10.0.0.1/hook", false),
            ("https://10.0.0.1/hook", false),
            ("http://hooks.example.com/", false),
            ("https://hooks.example.com:4000/", false),
        ] {
            assert_eq!(check(text, true).is_ok(), taken, "{text}");
        }
        assert!(may_send("127.0.0.1".parse().unwrap(), true) && !may_send("10.0.0.1".parse().unwrap(), true));
    }
}
