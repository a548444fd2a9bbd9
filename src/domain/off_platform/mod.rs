//! Finds requests to pay or to talk off the platform, also where they are written so that a filter should miss them.
//!
//! Money that leaves the platform is not protected, so both sides are told. A signal is a warning and an input to a
//! person's judgement; it never stops a message.

mod contact;
mod numbers;
mod phrases;
mod text;

use serde::{Deserialize, Serialize};

use super::words::words;
use phrases::{FRAGMENTS, PHRASES};
use text::Plain;

/// Characters of an excerpt at most.
const MAXIMUM_EVIDENCE: usize = 80;

words! {
    /// What a message gives away.
    RiskCode {
        /// It asks to pay without the platform.
        PaymentOutside => "PAYMENT_OUTSIDE",
        /// It names a bank account.
        BankDetails => "BANK_DETAILS",
        /// It names a service that sends money.
        MoneyTransferService => "MONEY_TRANSFER_SERVICE",
        /// It names a cryptocurrency or a wallet.
        Cryptocurrency => "CRYPTOCURRENCY",
        /// It names a messenger.
        Messenger => "MESSENGER",
        /// It holds an e-mail address.
        EmailAddress => "EMAIL_ADDRESS",
        /// It holds a telephone number.
        PhoneNumber => "PHONE_NUMBER",
        /// It asks to talk without the platform.
        ContactOutside => "CONTACT_OUTSIDE",
    }
}

words! {
    /// How bad it can become.
    Severity {
        /// Worth a look.
        Low => "LOW",
        /// What is agreed there can not be proven here.
        Medium => "MEDIUM",
        /// Money can be lost.
        High => "HIGH",
    }
}

/// Something that a reader should be warned of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RiskSignal {
    /// What.
    pub code: RiskCode,
    /// How bad it can become.
    pub severity: Severity,
    /// The words that show it, as they read without disguise.
    pub evidence: String,
}

impl RiskCode {
    /// How bad it can become.
    pub const fn severity(self) -> Severity {
        match self {
            Self::PaymentOutside | Self::BankDetails | Self::MoneyTransferService | Self::Cryptocurrency => {
                Severity::High
            }
            Self::Messenger | Self::EmailAddress | Self::PhoneNumber => Severity::Medium,
            Self::ContactOutside => Severity::Low,
        }
    }

    /// What a reader should know.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::PaymentOutside => {
                "This message asks to pay outside the platform. Such a payment is not in escrow and cannot be claimed back."
            }
            Self::BankDetails => {
                "This message names a bank account. Pay only through the order's payment session; other payments are not protected."
            }
            Self::MoneyTransferService => {
                "This message names a service that sends money. A payment made there is not protected."
            }
            Self::Cryptocurrency => {
                "This message names a cryptocurrency. Such a payment is final and not protected."
            }
            Self::Messenger => {
                "This message names another messenger. What is agreed there cannot be used as evidence here."
            }
            Self::EmailAddress => {
                "This message holds an e-mail address. What is agreed there cannot be used as evidence here."
            }
            Self::PhoneNumber => {
                "This message holds a telephone number. What is agreed there cannot be used as evidence here."
            }
            Self::ContactOutside => {
                "This message asks to talk elsewhere. What is agreed there cannot be used as evidence here."
            }
        }
    }
}

/// Everything in a text that asks to pay or talk off the platform: each code once, with the first words that show it.
pub fn off_platform(body: &str) -> Vec<RiskSignal> {
    let plain = Plain::read(body);
    let signal = |(code, evidence): (RiskCode, Option<String>)| {
        let evidence: String = evidence?.chars().take(MAXIMUM_EVIDENCE).collect();
        Some(RiskSignal { code, severity: code.severity(), evidence })
    };
    let found = |code: RiskCode| {
        let shown = match code {
            RiskCode::BankDetails => numbers::iban(&plain),
            RiskCode::Cryptocurrency => numbers::wallet(&plain),
            RiskCode::EmailAddress => contact::email(&plain),
            RiskCode::PhoneNumber => contact::phone(&plain),
            RiskCode::PaymentOutside
            | RiskCode::MoneyTransferService
            | RiskCode::Messenger
            | RiskCode::ContactOutside => None,
        };
        shown.or_else(|| phrase(&plain, code)).or_else(|| fragment(&plain, code))
    };
    RiskCode::ALL.iter().map(|code| (*code, found(*code))).filter_map(signal).collect()
}

/// The first phrase of a code that the text holds, unless the text warns of it.
fn phrase(plain: &Plain, code: RiskCode) -> Option<String> {
    let phrases = PHRASES.iter().filter(|(known, _)| *known == code).flat_map(|(_, phrases)| phrases.iter());
    let warns = matches!(code, RiskCode::PaymentOutside | RiskCode::ContactOutside);
    for phrase in phrases {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        for words in [&plain.words, &plain.disguised] {
            let holds = |(at, window): (usize, &[String])| {
                window.iter().eq(wanted.iter()) && !(warns && is_negated(words.get(..at).unwrap_or_default()))
            };
            if words.windows(wanted.len()).enumerate().any(holds) {
                return Some((*phrase).to_owned());
            }
        }
    }
    None
}

fn fragment(plain: &Plain, code: RiskCode) -> Option<String> {
    let fragments = FRAGMENTS.iter().filter(|(known, _)| *known == code).flat_map(|(_, texts)| texts.iter());
    // Look-alikes were folded in the text, so the fragment is folded as well.
    fragments.copied().find(|text| plain.text.contains(&text::fold(text))).map(str::to_owned)
}

/// Whether what follows these words is warned of: "never …", "do not …", "you must not ever …".
fn is_negated(before: &[String]) -> bool {
    const NO: [&str; 8] = ["not", "never", "dont", "cannot", "cant", "wont", "shouldnt", "mustnt"];
    const BETWEEN: [&str; 14] = [
        "ever", "to", "be", "asked", "try", "pay", "paying", "payment", "money", "deal", "trade", "talk",
        "chat", "go",
    ];
    let mut back = before.iter().rev().map(String::as_str);
    let last = back.find(|word| !BETWEEN.contains(word));
    last.is_some_and(|word| NO.contains(&word))
}

#[cfg(test)]
mod tests;
