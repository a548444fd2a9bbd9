//! Placing an order: from products and wishes to terms that can be sealed. Every reason against it is named at once.

use super::quoted::Quoted;
use super::{Instalment, InstalmentKind, InstalmentStatus, Order, OrderKind, OrderState};
use crate::domain::contract::{
    ContractError, DeliveryTerms, Minor, ReleasePolicy, SCHEMA_VERSION, Terms, TermsInstalment, TermsLine,
};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{EventDraft, EventType};
use crate::domain::file::Attachment;
use crate::domain::ids::{CompanyId, InstalmentId, OrderId, OrderLineId, SupplierId};
use crate::domain::ledger::Position;
use crate::domain::money::{Currency, MAXIMUM_MINOR, Money, MoneyError, UnitPrice};
use crate::domain::party::Plan;
use crate::domain::policy::{Figures, Policy};
use crate::domain::product::{Product, Quote};
use crate::domain::release::Fee;
use crate::domain::time::{Span, Timestamp};

/// Lines that an order has at most.
pub const MAXIMUM_LINES: usize = 100;

/// One wish: a product, how many, and how exactly.
#[derive(Debug, Clone)]
pub struct LineRequest {
    /// The id of the new line.
    pub id: OrderLineId,
    /// The product as it is offered now.
    pub product: Product,
    /// How many units.
    pub quantity: i64,
    /// The price of one unit that the buyer saw; another one is refused.
    pub expected_unit_price: Option<UnitPrice>,
    /// What exactly, in words.
    pub specification: Option<String>,
    /// Files that say it exactly.
    pub attachments: Vec<Attachment>,
}

/// The supplier as it is now.
#[derive(Debug, Clone)]
pub struct SupplierFacts {
    /// Its id.
    pub id: SupplierId,
    /// Its company.
    pub company: CompanyId,
    /// The country whose working days hold for it.
    pub country: String,
    /// Whether its orders are protected.
    pub protected: bool,
}

/// When the balance is due beside a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub enum BalanceDue {
    /// Goods leave once it is paid.
    #[default]
    BeforeDispatch,
    /// Goods leave before; it is due after their delivery.
    AfterDelivery,
}

/// What a buyer asks for, with everything that the terms are made from.
#[derive(Debug, Clone)]
pub struct PlaceRequest {
    /// The id of the new order.
    pub id: OrderId,
    /// Its number.
    pub number: String,
    /// The ids of its instalments; the second is for a balance.
    pub instalments: [InstalmentId; 2],
    /// How it comes about.
    pub kind: OrderKind,
    /// Who buys.
    pub buyer: CompanyId,
    /// The buyer's plan, which sets the claim window.
    pub plan: Plan,
    /// Who sells.
    pub supplier: SupplierFacts,
    /// What.
    pub lines: Vec<LineRequest>,
    /// The currency that the buyer expects.
    pub currency: Option<Currency>,
    /// Carriage that both agreed on.
    pub freight: Option<Money>,
    /// The part of the price that starts production, in percent.
    pub deposit_percent: Option<i64>,
    /// When the rest is due.
    pub balance_due: BalanceDue,
    /// The trade term.
    pub incoterm: Option<String>,
    /// The country where the goods go.
    pub destination: String,
    /// How escrow is released.
    pub release_policy: ReleasePolicy,
    /// Whether an inspection stands between production and dispatch.
    pub inspection: bool,
    /// The buyer's own name of the order.
    pub external_reference: Option<String>,
    /// Files that belong to the agreement as a whole.
    pub attachments: Vec<Attachment>,
    /// The accepted quote that the figures come from.
    pub quoted: Option<Quoted>,
    /// The figures that hold now.
    pub policy: Policy,
}

/// A new order in DRAFT and what is told of it.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order.
    pub order: Order,
    /// What is told.
    pub events: Vec<EventDraft>,
}

/// T01: puts the order together. The buyer's terms and their hash are fixed here.
pub fn place(request: PlaceRequest, now: Timestamp) -> Result<Placed, Vec<Refusal>> {
    let mut refusals = check_parties(&request);
    let quotes = quote_lines(&request, &mut refusals);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let terms = make_terms(&request, &quotes).map_err(|refusal| vec![refusal])?;
    let terms_hash = terms.hash().map_err(|error| vec![refuse_terms(error)])?;
    let instalments = terms
        .instalments
        .iter()
        .zip(request.instalments)
        .map(|(part, id)| Instalment {
            id,
            seq: part.seq,
            kind: part.kind,
            status: InstalmentStatus::Due,
            amount_minor: part.amount.0,
            paid_minor: 0,
            required_before_dispatch: part.required_before_dispatch,
            due_at: None,
        })
        .collect();
    let event = EventDraft::new(EventType::OrderDrafted)
        .with("number", request.number.as_str())
        .with("status", super::OrderStatus::Draft.as_str())
        .with("termsHash", terms_hash.as_str());
    let order = Order {
        id: request.id,
        number: request.number,
        version: 1,
        supplier_company: request.supplier.company,
        external_reference: request.external_reference,
        terms,
        terms_hash,
        contract: None,
        state: OrderState::Draft,
        holds: Vec::new(),
        instalments,
        payments: Vec::new(),
        shipments: Vec::new(),
        refunds: Vec::new(),
        amendments: Vec::new(),
        off_platform_payments: Vec::new(),
        compensations: Vec::new(),
        disputes: Vec::new(),
        chargebacks: Vec::new(),
        inspections: Vec::new(),
        returns: Vec::new(),
        after_sales: Vec::new(),
        position: Position::default(),
        funds: None,
        deadlines: Vec::new(),
        placed_at: now,
    };
    Ok(Placed { order, events: vec![event] })
}

fn check_parties(request: &PlaceRequest) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if request.buyer == request.supplier.company {
        refusals.push(Refusal::invalid(&["input", "lines"], "A company cannot order from itself."));
    }
    if !request.supplier.protected {
        let message = "The supplier is not enrolled in Trade Assurance, so the order could not be protected. Ask for a quote.";
        refusals.push(Refusal::new(Code::SupplierNotEnrolled, message));
    }
    if request.lines.is_empty() || request.lines.len() > MAXIMUM_LINES {
        let message = format!("An order has 1 to {MAXIMUM_LINES} lines.");
        refusals.push(Refusal::invalid(&["input", "lines"], message));
    }
    if request.deposit_percent.is_some_and(|percent| !(1..=99).contains(&percent)) {
        refusals.push(Refusal::invalid(
            &["input", "depositPercent"],
            "A deposit is 1 to 99 percent of the price.",
        ));
    }
    if request.kind != OrderKind::Standard && request.deposit_percent.is_some() {
        let message = "Sample and guaranteed orders are paid in full at once.";
        refusals.push(Refusal::invalid(&["input", "depositPercent"], message));
    }
    if request.balance_due == BalanceDue::AfterDelivery && request.deposit_percent.is_none() {
        let message = "Only beside a deposit is there a balance that can be due after delivery.";
        refusals.push(Refusal::invalid(&["input", "balanceDue"], message));
    }
    if request.kind == OrderKind::Guaranteed && request.freight.is_some() {
        let message = "The price of a guaranteed product includes freight.";
        refusals.push(Refusal::invalid(&["input", "freight"], message));
    }
    if request.freight.is_some_and(|freight| freight.minor < 0) {
        refusals.push(Refusal::invalid(&["input", "freight"], "Freight is zero or more."));
    }
    refusals.extend(request.quoted.iter().flat_map(|quoted| quoted.check(request)));
    refusals
}

fn quote_lines(request: &PlaceRequest, refusals: &mut Vec<Refusal>) -> Vec<Quote> {
    let mut quotes = Vec::with_capacity(request.lines.len());
    let agreed = request.quoted.as_ref().map(|agreed| agreed.currency);
    let first = || request.lines.first().map(|line| line.product.ladder.currency());
    let currency = agreed.or(request.currency).or_else(first);
    for (index, line) in request.lines.iter().enumerate() {
        let at = index.to_string();
        let path =
            |field: &'static str| vec!["input".to_owned(), "lines".to_owned(), at.clone(), field.to_owned()];
        if line.product.supplier != request.supplier.id {
            let message = "All lines of an order are of one supplier. Place an order for each.";
            refusals.push(Refusal { field: path("productId"), ..Refusal::new(Code::InvalidInput, message) });
        }
        if Some(line.product.ladder.currency()) != currency {
            let message = format!("The product is priced in {}.", line.product.ladder.currency());
            refusals
                .push(Refusal { field: path("productId"), ..Refusal::new(Code::CurrencyMismatch, message) });
        }
        if request.kind == OrderKind::Guaranteed && line.product.guaranteed.is_none() {
            let message = "The product has no guaranteed terms. Place a STANDARD order.";
            refusals.push(Refusal { field: path("productId"), ..Refusal::new(Code::NotOrderable, message) });
        }
        if line.specification.as_ref().is_some_and(|text| text.chars().count() > 5_000) {
            let message = "A specification has at most 5000 characters.";
            refusals
                .push(Refusal { field: path("specification"), ..Refusal::new(Code::InvalidInput, message) });
        }
        let quote = match (&request.quoted, request.kind) {
            (Some(agreed), _) => agreed.price(&line.product, line.quantity),
            (None, OrderKind::Sample) => line.product.sample_quote(line.quantity),
            (None, OrderKind::Standard | OrderKind::Guaranteed) => line.product.quote(line.quantity),
        };
        match quote {
            Ok(quote) => {
                if line.expected_unit_price.is_some_and(|expected| expected != quote.unit_price) {
                    let price = quote.unit_price.decimal(line.product.ladder.currency().exponent());
                    let message = format!("The price of one unit is {price} now. Read the ladder again.");
                    let field = path("expectedUnitPrice");
                    refusals.push(Refusal { field, ..Refusal::new(Code::AmountMismatch, message) });
                }
                quotes.push(quote);
            }
            Err(reasons) => refusals.extend(reasons.into_iter().map(|reason| {
                let field =
                    if reason.field.iter().any(|part| part == "quantity") { "quantity" } else { "productId" };
                Refusal { field: path(field), ..reason }
            })),
        }
    }
    quotes
}

fn make_terms(request: &PlaceRequest, quotes: &[Quote]) -> Result<Terms, Refusal> {
    let too_large = |_: MoneyError| {
        Refusal::new(Code::AmountOutOfRange, "The total is too large to be kept.").at(&["input", "lines"])
    };
    let Some(currency) = quotes.first().map(|quote| quote.total.currency) else {
        return Err(Refusal::invalid(&["input", "lines"], "An order has at least one line."));
    };
    let goods = quotes
        .iter()
        .try_fold(Money::new(0, currency), |sum, quote| sum.plus(quote.total))
        .map_err(too_large)?;
    let agreed = request.quoted.as_ref();
    let freight = agreed.map(Quoted::freight).or(request.freight).unwrap_or(Money::new(0, currency));
    if freight.currency != currency {
        let message = format!("Freight is in {currency} like the goods.");
        return Err(Refusal::new(Code::CurrencyMismatch, message).at(&["input", "freight"]));
    }
    let total = goods.plus(freight).map_err(too_large)?;
    if total.minor > MAXIMUM_MINOR {
        return Err(too_large(MoneyError::Overflow));
    }
    let figures = &request.policy.figures;
    let lines = request.lines.iter().zip(quotes).map(|(line, quote)| TermsLine {
        id: line.id,
        product_id: line.product.id,
        title: line.product.title.clone(),
        quantity: line.quantity,
        unit: line.product.unit.clone(),
        unit_price: quote.unit_price,
        total: Minor(quote.total.minor),
        specification: line.specification.clone(),
        attachments: line.attachments.clone(),
        after_sales: line.product.after_sales,
        easy_return: line.product.easy_return,
    });
    let terms = Terms {
        schema_version: SCHEMA_VERSION,
        kind: request.kind,
        buyer_id: request.buyer,
        plan: request.plan,
        supplier_id: request.supplier.id,
        trade_assurance: request.supplier.protected,
        currency,
        lines: lines.collect(),
        goods: Minor(goods.minor),
        freight: Minor(freight.minor),
        total: Minor(total.minor),
        instalments: instalments(total.minor, request.deposit_percent, request.balance_due),
        incoterm: agreed.map_or(&request.incoterm, |agreed| &agreed.incoterm).clone(),
        destination: request.destination.clone(),
        delivery: delivery(request, quotes),
        release_policy: request.release_policy,
        inspection: request.inspection,
        fee: Fee { rate: figures.fee, cap_minor: figures.fee_caps.get(&currency).copied() },
        claim_window: match request.plan {
            Plan::Standard => figures.claim_window,
            Plan::Enterprise | Plan::EnterprisePro => figures.claim_window_enterprise,
        },
        policy_version: request.policy.version,
        policy: Figures {
            inspection: figures.inspection.clone().in_country(&request.supplier.country),
            ..figures.clone()
        },
        attachments: request.attachments.clone(),
        quote_id: agreed.map(|agreed| agreed.id),
    };
    terms.check().map_err(refuse_terms)?;
    Ok(terms)
}

fn refuse_terms(error: ContractError) -> Refusal {
    let message = match error {
        ContractError::DoesNotSum => "The order is worth nothing, or a part of its price is.",
        ContractError::Money(_) | ContractError::NotCanonical => "The total is too large to be kept.",
    };
    Refusal::new(Code::AmountOutOfRange, message).at(&["input", "lines"])
}

fn instalments(total: i64, deposit_percent: Option<i64>, balance: BalanceDue) -> Vec<TermsInstalment> {
    let part = |seq, kind, amount| TermsInstalment {
        seq,
        kind,
        amount: Minor(amount),
        required_before_dispatch: kind != InstalmentKind::Balance || balance == BalanceDue::BeforeDispatch,
    };
    // A deposit is rounded up to a whole minor unit, so that it never is nothing.
    let deposit = deposit_percent.map(|percent| (i128::from(total) * i128::from(percent) + 99) / 100);
    match deposit.and_then(|deposit| i64::try_from(deposit).ok()).filter(|deposit| *deposit < total) {
        Some(deposit) => {
            vec![part(1, InstalmentKind::Deposit, deposit), part(2, InstalmentKind::Balance, total - deposit)]
        }
        None => vec![part(1, InstalmentKind::Full, total)],
    }
}

fn delivery(request: &PlaceRequest, quotes: &[Quote]) -> DeliveryTerms {
    let figures = &request.policy.figures;
    if request.kind == OrderKind::Guaranteed {
        let terms = || request.lines.iter().filter_map(|line| line.product.guaranteed);
        let dispatch_within =
            Span::hours(terms().map(|terms| terms.dispatch_within_hours).max().unwrap_or_default());
        let delivered = Span::days(terms().map(|terms| terms.delivery_days).max().unwrap_or_default());
        let transit = Span::seconds((delivered.as_seconds() - dispatch_within.as_seconds()).max(0));
        return DeliveryTerms { dispatch_within, transit };
    }
    let days = quotes.iter().map(|quote| quote.lead_days.map(Span::days));
    let dispatch_within = days.map(|days| days.unwrap_or(figures.default_lead_time)).max();
    DeliveryTerms {
        dispatch_within: dispatch_within.unwrap_or(figures.default_lead_time),
        transit: request.quoted.as_ref().and_then(Quoted::transit).unwrap_or(figures.default_transit),
    }
}
