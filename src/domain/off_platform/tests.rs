//! What is found and, as important, what is not.

use super::RiskCode::{
    BankDetails, ContactOutside, Cryptocurrency, EmailAddress, Messenger, MoneyTransferService,
    PaymentOutside, PhoneNumber,
};
use super::{RiskCode, Severity, off_platform};

/// Each text must give at least this code.
const POSITIVE: &[(RiskCode, &[&str])] = &[
    (
        EmailAddress,
        &[
            "Write to john.smith@gmail.com please",
            "john.smith @ gmail . com",
            "john(at)gmail(dot)com",
            "john [at] factory-export [dot] cn",
            "john at gmail dot com",
            "reach me: sales at 163.com",
            "j o h n @ g m a i l . c o m",
            "ｊｏｈｎ＠ｇｍａｉｌ．ｃｏｍ",
            "jоhn@gmаil.cоm",
            "john\u{200b}@\u{200b}gmail.com",
            "SALES@HARBOUR-MILLS.COM.",
            "my gmail: harbourmills",
            "12345678@qq.com",
        ],
    ),
    (
        PhoneNumber,
        &[
            "+49 170 1234567",
            "My number: +86-138-1234-5678.",
            "0049 (170) 123 45 67",
            "call me on 0170/1234567",
            "tel.: 555 123 4567",
            "mobile number is 9876543210",
            "13812345678",
            "one three eight one two three four five six seven eight",
            "phone: zero one seven zero 123 four five six seven",
            "+٤٩ ١٧٠ ١٢٣٤٥٦٧",
            "whatsapp 01701234567",
            "+ 1 (415) 555-2671",
        ],
    ),
    (
        Messenger,
        &[
            "Add me on WhatsApp",
            "whats app me",
            "what's app?",
            "wh4ts@pp",
            "W h a t s A p p",
            "w.h.a.t.s.a.p.p",
            "WeChat: harbour88",
            "my we chat",
            "加我微信",
            "Telegram @harbour",
            "tele\u{200b}gram",
            "t.me/harbour",
            "wa.me/4917012345",
            "𝐰𝐡𝐚𝐭𝐬𝐚𝐩𝐩",
            "let us use Skype",
            "my line id is harbour",
            "ⓦⓔⓒⓗⓐⓣ",
            "whats-app",
        ],
    ),
    (
        BankDetails,
        &[
            "DE89 3704 0044 0532 0130 00",
            "GB82WEST12345698765432",
            "send it to our bank account",
            "SWIFT code: DEUTDEFF",
            "Our IBAN is as follows",
            "account number 12345678",
            "pay by T/T",
            "to my personal account",
            "请付到银行账户",
        ],
    ),
    (
        MoneyTransferService,
        &[
            "Western Union is fine",
            "PayPal friends and family",
            "p a y p a l",
            "use MoneyGram",
            "支付宝",
            "payp4l",
            "via Zelle",
        ],
    ),
    (
        Cryptocurrency,
        &[
            "we accept USDT (TRC20)",
            "b1tcoin",
            "BTC only",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
            "crypto is cheaper",
        ],
    ),
    (
        PaymentOutside,
        &[
            "You can pay outside of the platform",
            "Pay us directly and save the fees",
            "5% off if you pay directly",
            "let us trade off-platform",
            "we do it without escrow",
            "please pay in cash",
            "to avoid the platform fee",
            "Don't worry, pay outside",
            "Never pay outside the platform, they say; but do pay outside the platform this time",
            "not through the platform please",
            "p.a.y outside this site",
            "线下付款",
            "fuera de la plataforma",
        ],
    ),
    (
        ContactOutside,
        &[
            "Call me tomorrow",
            "please e-mail me the drawing",
            "what is your phone number?",
            "contact us directly",
        ],
    ),
];

/// None of these may give anything: they are what traders say.
const NEGATIVE: &[&str] = &[
    "",
    "Hello, can you make 5,000 pieces of the canvas bag in navy?",
    "We need 300 pcs @ 2.50 USD, FOB Shanghai.",
    "3 pieces @ 2.50. In stock?",
    "The HS code is 8471.30.0000.",
    "PO 4500012345678 was placed on 2026-05-04 12:00.",
    "EAN 4006381333931, carton 60 x 40 x 35 cm, 12.5 kg",
    "Temperature range -20 to +80 degrees, tolerance +/- 0.05",
    "Total 1 000 000 000 pieces over 10 years",
    "Order no. 20260504-7ZK3Q9A1BC, line 3",
    "Tracking number 13812345678",
    "Can we chat about the colour here?",
    "Our sales team will call at the port: vessel Blue Funnel, voyage 123",
    "The signal line of the cable is 2 m long.",
    "What app controls the lamp?",
    "what sap prices apply?",
    "The phone case model 12345678 fits",
    "Never pay outside the platform.",
    "Please do not pay directly; use the order's payment session.",
    "You must never be asked to pay outside the platform.",
    "Do not ever pay outside the platform",
    "Payment through the platform is fine: 30 % deposit, 70 % before dispatch.",
    "ISO 9001, CE, RoHS; certificate 01 100 1234567 attached",
    "We shipped with telegraphic precision, on line 4 of the factory",
    "The fee is 2 %, paid by the supplier.",
    "Size chart: 36 37 38 39 40 41 42 43 44 45",
    "One or two samples, three at most; four weeks later the order",
    "Look at the drawing, dot matrix print on the side",
    "Meet us at the fair in hall 5, stand 123",
    "USB-C, 5 V, 2 A; SKU A-1001-B",
    "ATTN: a b c d and e are the options",
    "Delivery 20 days after payment, 14 days on the sea.",
    "We sail around the cape. Off season prices are lower.",
    "The directly dyed fabric, paid samples, private label, account manager",
];

#[test]
fn requests_to_leave_are_found_in_every_disguise() {
    let mut missed = Vec::new();
    for (code, texts) in POSITIVE {
        for text in *texts {
            let found = off_platform(text);
            if !found.iter().any(|signal| signal.code == *code) {
                missed.push(format!("{code}: {text:?} gives {found:?}"));
            }
            assert!(
                found
                    .iter()
                    .all(|signal| signal.severity == signal.code.severity() && !signal.evidence.is_empty())
            );
        }
    }
    assert!(missed.is_empty(), "{} of the texts are missed:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn what_traders_say_is_left_alone() {
    let wrong: Vec<_> = NEGATIVE
        .iter()
        .map(|text| (text, off_platform(text)))
        .filter(|(_, found)| !found.is_empty())
        .map(|(text, found)| format!("{text:?} gives {found:?}"))
        .collect();
    assert!(wrong.is_empty(), "{} texts are blamed:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn signals_are_bounded_and_named_once() {
    let text = "pay outside ".repeat(2_000) + &"john@gmail.com ".repeat(2_000);
    let found = off_platform(&text);
    assert_eq!(found.iter().map(|signal| signal.code).collect::<Vec<_>>(), [PaymentOutside, EmailAddress]);
    assert_eq!(found[0].severity, Severity::High);
    assert_eq!(found[1].evidence, "john@gmail.com");
    let long = format!("{}@example.com", "a".repeat(5_000));
    assert!(off_platform(&long)[0].evidence.chars().count() <= 80);
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_detector(text in proptest::prelude::any::<String>()) {
        off_platform(&text);
    }

    #[test]
    fn no_jumble_of_the_signs_that_matter_breaks_it(text in "[a-e0-9@. ()+\\[\\]<>äé微+-]{0,60}") {
        off_platform(&text);
    }
}
