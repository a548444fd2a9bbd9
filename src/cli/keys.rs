//! `surety keys`: the file of keys that tokens are signed with.

use crate::clock::Clock;
use crate::config::Config;
use crate::service::keys;

use super::say;

/// Makes the file, or adds a key to it. Nodes that run read it again by themselves, so no request is refused meanwhile.
pub(super) fn announce(config: &Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.jwks.is_none(),
        "tokens come from the issuer of SURETY_JWKS; unset it and name a file by SURETY_SIGNING_KEYS"
    );
    let path = config.signing_keys.display();
    let (kid, signs_from) = keys::announce(&config.signing_keys, Clock::system().now())?;
    say(&match kid {
        None => format!("{path} is made; give it to every node"),
        Some(kid) => {
            format!("{path} has the key {kid}, which signs from {signs_from} on; give the file to every node")
        }
    })?;
    Ok(())
}
