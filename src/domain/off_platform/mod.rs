//! Finds requests to pay or to talk off the platform, also where they are written so that a filter should miss them.
//!
//! Money that leaves the platform is not protected, so both sides are told. A signal is a warning and an input to a
//! person's judgement; it never stops a message.

mod contact;
mod numbers;
mod text;

use serde::{Deserialize, Serialize};

use super::words::words;
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

/// Words that say the same in several forms: one row, one meaning. Articles are left out on both sides.
const PHRASES: &[(RiskCode, &[&str])] = &[
    (
        RiskCode::PaymentOutside,
        &[
            "outside platform",
            "outside site",
            "outside website",
            "outside marketplace",
            "outside app",
            "outside escrow",
            "off platform",
            "offplatform",
            "pay outside",
            "paid outside",
            "paying outside",
            "payment outside",
            "pay directly",
            "pay me directly",
            "pay us directly",
            "pay direct",
            "pay me direct",
            "pay us direct",
            "paying directly",
            "direct payment",
            "payment directly",
            "deal directly",
            "trade directly",
            "deal direct",
            "without platform",
            "without escrow",
            "without trade assurance",
            "bypass platform",
            "bypass escrow",
            "skip platform",
            "skip escrow",
            "skip trade assurance",
            "avoid fee",
            "avoid fees",
            "avoid commission",
            "avoid platform",
            "avoid platform fee",
            "avoid platform fees",
            "save fee",
            "save fees",
            "save commission",
            "save platform fee",
            "save platform fees",
            "not through platform",
            "not via platform",
            "not on platform",
            "around platform",
            "send money",
            "wire money",
            "pay cash",
            "pay in cash",
            "pay by cash",
            "cash in hand",
            "cancel order and pay",
            "fuera de plataforma",
            "fuera de la plataforma",
            "hors plateforme",
            "hors de la plateforme",
            "ausserhalb der plattform",
            "außerhalb der plattform",
            "an der plattform vorbei",
            "fora da plataforma",
            "fuori dalla piattaforma",
        ],
    ),
    (
        RiskCode::BankDetails,
        &[
            "iban",
            "swift code",
            "swift bic",
            "bic code",
            "bank account",
            "bank details",
            "bank information",
            "bank info",
            "account number",
            "account no",
            "acct no",
            "routing number",
            "sort code",
            "beneficiary name",
            "beneficiary bank",
            "beneficiary account",
            "to our account",
            "to my account",
            "to our company account",
            "to my personal account",
            "personal account",
            "private account",
            "wire transfer to",
            "pay by t t",
            "pay via t t",
            "pay t t",
            "t t to",
            "t t directly",
            "bankverbindung",
            "kontonummer",
            "cuenta bancaria",
            "compte bancaire",
        ],
    ),
    (
        RiskCode::MoneyTransferService,
        &[
            "western union",
            "westernunion",
            "moneygram",
            "money gram",
            "paypal",
            "pay pal",
            "venmo",
            "cash app",
            "cashapp",
            "alipay",
            "ali pay",
            "payoneer",
            "transferwise",
            "transfer wise",
            "revolut",
            "money order",
            "by zelle",
            "via zelle",
            "with zelle",
            "zelle payment",
            "hawala",
        ],
    ),
    (
        RiskCode::Cryptocurrency,
        &[
            "bitcoin",
            "bitcoins",
            "btc",
            "usdt",
            "usdc",
            "ethereum",
            "crypto",
            "cryptocurrency",
            "stablecoin",
            "stablecoins",
            "trc20",
            "trc 20",
            "erc20",
            "erc 20",
            "binance",
            "metamask",
            "wallet address",
        ],
    ),
    (
        RiskCode::Messenger,
        &[
            "whatsapp",
            "whats app",
            "whatsap",
            "whats ap",
            "watsapp",
            "watsap",
            "wattsapp",
            "wa me",
            "wechat",
            "weixin",
            "we chat id",
            "add we chat",
            "my we chat",
            "our we chat",
            "on we chat",
            "via we chat",
            "telegram",
            "telegr",
            "t me",
            "viber",
            "kakaotalk",
            "kakao talk",
            "skype",
            "signal app",
            "on signal",
            "via signal",
            "signal messenger",
            "line id",
            "on line app",
            "zalo",
            "snapchat",
            "my qq",
            "our qq",
            "qq number",
            "add qq",
            "facebook messenger",
            "discord",
        ],
    ),
    (
        RiskCode::EmailAddress,
        &[
            "gmail",
            "hotmail",
            "protonmail",
            "my email address is",
            "our email address is",
            "my email is",
            "our email is",
        ],
    ),
    (
        RiskCode::ContactOutside,
        &[
            "contact me directly",
            "contact us directly",
            "contact me outside",
            "contact us outside",
            "reach me directly",
            "reach us directly",
            "talk outside",
            "chat outside",
            "talk privately",
            "chat privately",
            "talk elsewhere",
            "call me",
            "call us",
            "text me",
            "ring me",
            "email me",
            "e mail me",
            "mail me at",
            "email us",
            "your phone number",
            "your mobile number",
            "your whatsapp",
            "your email",
            "your e mail",
            "your personal number",
            "give me your number",
            "send me your number",
        ],
    ),
];

/// The same in scripts without spaces between words.
const FRAGMENTS: &[(RiskCode, &[&str])] = &[
    (RiskCode::PaymentOutside, &["平台外", "线下付款", "线下支付", "私下交易", "绕过平台"]),
    (RiskCode::BankDetails, &["银行账户", "银行账号", "银行卡", "对公账户", "收款账户"]),
    (RiskCode::MoneyTransferService, &["支付宝", "西联"]),
    (RiskCode::Cryptocurrency, &["比特币", "加密货币", "泰达币"]),
    (RiskCode::Messenger, &["微信", "威信", "薇信", "телеграм", "ватсап", "вотсап"]),
    (RiskCode::EmailAddress, &["邮箱"]),
    (RiskCode::ContactOutside, &["加我", "打电话"]),
];

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
            let at = words.windows(wanted.len()).position(|window| window.iter().eq(wanted.iter()));
            if let Some(at) = at
                && !(warns && is_negated(&words[..at]))
            {
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
