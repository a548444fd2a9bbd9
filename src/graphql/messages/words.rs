//! The closed lists of messages.

use crate::graphql::enums::mirror;

mirror! {
    /// In which part a company speaks.
    SenderRole = "crate::domain::message::SenderRole" {
        /// It buys.
        Buyer,
        /// It sells.
        Supplier,
    }
}

mirror! {
    /// What a message gives away.
    MessageRiskCode = "crate::domain::off_platform::RiskCode" {
        /// It asks to pay without the platform.
        PaymentOutside,
        /// It names a bank account.
        BankDetails,
        /// It names a service that sends money.
        MoneyTransferService,
        /// It names a cryptocurrency or a wallet.
        Cryptocurrency,
        /// It names a messenger.
        Messenger,
        /// It holds an e-mail address.
        EmailAddress,
        /// It holds a telephone number.
        PhoneNumber,
        /// It asks to talk without the platform.
        ContactOutside,
    }
}

mirror! {
    /// How bad it can become.
    RiskSeverity = "crate::domain::off_platform::Severity" {
        /// Worth a look.
        Low,
        /// What is agreed there cannot be proven here.
        Medium,
        /// Money can be lost.
        High,
    }
}
