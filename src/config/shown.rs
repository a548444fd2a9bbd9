//! What the log may show of the configuration: nothing that holds a password or a secret.

use std::fmt;

use super::Config;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("mode", &self.mode)
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("issuer", &self.issuer)
            .field("operations", &self.operations)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn nothing_secret_is_shown() {
        let secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";
        let key = "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5azA=";
        let lookup = |name: &str| {
            let value = match name {
                "SURETY_DATABASE_URL" => "postgres://surety:password-of-ours@db.internal/surety",
                "SURETY_PAYMENT_WEBHOOK_SECRETS" | "SURETY_PAYMENT_GATEWAY_SECRET" => secret,
                "SURETY_PAYMENT_GATEWAY_URL" => "https://payments.example.com/surety",
                "SURETY_WEBHOOK_KEY" => key,
                "SURETY_CONTENT_BUCKET" | "SURETY_CONTENT_ACCESS_KEY" => "bucket",
                "SURETY_CONTENT_SECRET_KEY" => "secret-of-the-bucket",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = Config::from_lookup(lookup).unwrap();
        let key = config.webhooks.key.unwrap();
        let parts = [
            format!("{config:?}"),
            format!("{:?}", config.webhooks),
            format!("{:?}", config.payment_gateway),
            format!("{:?}", config.content),
        ];
        for shown in parts {
            for hidden in ["password-of-ours", secret, "secret-of-the-bucket", &format!("{key:?}")] {
                assert!(!shown.contains(hidden), "{shown}");
            }
        }
    }
}
