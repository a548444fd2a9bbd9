//! What can be commanded of inspections, returns and requests for services, for the bench.

use surety::domain::ladder::LeadTimes;
use surety::domain::money::Money;
use surety::domain::order::{
    AfterSalesAnswer, AfterSalesCommand, AfterSalesOutcome, Command, InspectionCommand, InspectionVerdict,
    Order, OrderStatus, PaymentReport, PlaceRequest, ReturnCommand, ReturnGround, Warehouse,
};
use surety::domain::product::{AfterSalesLabel, AfterSalesService};
use surety::domain::time::{Day, Timestamp};

use super::bench::Bench;

/// Makes a wish one for goods that take four weeks, are inspected, returnable and served after the sale.
pub fn make(wish: &mut PlaceRequest) {
    wish.inspection = true;
    for line in &mut wish.lines {
        line.product.lead_times = LeadTimes::new(vec![(1, 28)]).unwrap();
        line.product.easy_return = true;
        line.product.after_sales =
            Some(AfterSalesService { label: AfterSalesLabel::FreeReplacementParts, term_days: 365 });
    }
}

/// Good input, and input that is wrong in each way that the machine judges.
pub fn commands(bench: &Bench, order: &Order, now: Timestamp) -> Vec<Command> {
    let mut out = inspections(bench, order, now);
    out.extend(returns(bench, order).into_iter().map(Command::Return));
    out.extend(services(bench, order).into_iter().map(Command::AfterSales));
    out
}

fn inspections(bench: &Bench, order: &Order, now: Timestamp) -> Vec<Command> {
    // The first day that fits for a booking on that day or a few days later, and one that never does.
    let calendar = order.calendar();
    let fitting = calendar.after(calendar.day(now), 9).unwrap_or(Day::from_number(0));
    let book = |day| InspectionCommand::Book {
        inspector: order.supplier_company,
        accreditation_number: "17020".to_owned(),
        fee_minor: 300,
        day,
        payment: bench.ids.make(now),
        provider: "sandbox".to_owned(),
    };
    let mut out = vec![
        book(fitting),
        book(calendar.day(now)),
        book(calendar.after(calendar.day(now), 60).unwrap_or(fitting)),
        InspectionCommand::DeclarePacked { percent: 80 },
        InspectionCommand::DeclarePacked { percent: 79 },
        InspectionCommand::DeclarePacked { percent: 101 },
        InspectionCommand::Lapse,
    ];
    let last = order.inspections.last().map_or_else(|| bench.ids.make(now), |known| known.id);
    for inspection in [last, bench.ids.make(now)] {
        for verdict in InspectionVerdict::ALL {
            out.push(InspectionCommand::Report {
                inspection,
                verdict: *verdict,
                findings: "seen".to_owned(),
                media: Vec::new(),
            });
        }
        out.extend([
            InspectionCommand::OpenPayment {
                inspection,
                payment: bench.ids.make(now),
                provider: "sandbox".to_owned(),
            },
            InspectionCommand::Cancel { inspection },
            InspectionCommand::Accept { inspection },
            InspectionCommand::Waive { inspection, statement: "as they are".to_owned() },
            InspectionCommand::Rework { inspection, instructions: "again".to_owned() },
            InspectionCommand::Expire { inspection },
            InspectionCommand::ReportOverdue { inspection },
        ]);
    }
    for known in order.inspections.iter().flat_map(|known| &known.payments) {
        let came = |minor: i64| PaymentReport::Succeeded {
            amount: Money::new(minor, order.terms.currency),
            reference: format!("{}-{}", known.id, order.version),
        };
        let reports = [
            came(300),
            came(301),
            PaymentReport::Processing,
            PaymentReport::Failed { reason: "no money".to_owned() },
        ];
        out.extend(reports.map(|report| InspectionCommand::ReportPayment { payment: known.id, report }));
    }
    out.into_iter().map(Command::Inspection).collect()
}

fn returns(bench: &Bench, order: &Order) -> Vec<ReturnCommand> {
    let now = bench.start;
    let warehouse = Warehouse {
        company: order.supplier_company,
        country: order.terms.destination.clone(),
        address: "Hafenstr. 1".to_owned(),
    };
    let ask = |warehouse| ReturnCommand::Request {
        ground: ReturnGround::Defective,
        description: "torn".to_owned(),
        warehouse,
    };
    let mut out = vec![ask(Some(warehouse)), ask(None)];
    let last = order.returns.last().map_or_else(|| bench.ids.make(now), |known| known.id);
    for id in [last, bench.ids.make(now)] {
        out.extend([
            ReturnCommand::Ship { id, carrier: "Post".to_owned(), tracking_number: "1".to_owned() },
            ReturnCommand::Receive { id, rejection: None },
            ReturnCommand::Receive { id, rejection: Some("used".to_owned()) },
            ReturnCommand::Expire { id },
            ReturnCommand::ReportOverdue { id },
        ]);
    }
    out
}

fn services(bench: &Bench, order: &Order) -> Vec<AfterSalesCommand> {
    let now = bench.start;
    let ask = |line| AfterSalesCommand::Request { line, description: "squeaks".to_owned() };
    let mut out: Vec<_> = order.terms.lines.iter().map(|line| ask(line.id)).collect();
    out.push(ask(bench.ids.make(now)));
    let last = order.after_sales.last().map_or_else(|| bench.ids.make(now), |known| known.id);
    for id in [last, bench.ids.make(now)] {
        let answers = [
            AfterSalesAnswer::Accept { note: None },
            AfterSalesAnswer::Fulfil { proof: "photo".to_owned() },
            AfterSalesAnswer::Refuse { reason: "no parts".to_owned() },
        ];
        out.extend(answers.map(|answer| AfterSalesCommand::Respond { id, answer }));
        let outcomes = [
            AfterSalesOutcome::Confirm,
            AfterSalesOutcome::Reject { objection: "still squeaks".to_owned() },
            AfterSalesOutcome::Compensate,
            AfterSalesOutcome::Dispute,
            AfterSalesOutcome::Withdraw,
        ];
        out.extend(outcomes.map(|outcome| AfterSalesCommand::Resolve { id, outcome }));
        out.push(AfterSalesCommand::Overdue { id });
    }
    out
}

/// Whether another order of the kind shows nothing new: one inspection with two payments, one request for a service, and
/// no unusual payment of an order that is to be cared for.
pub fn is_enough(order: &Order) -> bool {
    let fees = order.inspections.iter().map(|known| known.payments.len()).max().unwrap_or_default();
    let odd = order.terms.lines[0].easy_return
        && order
            .payments
            .iter()
            .any(|known| known.failure.is_some() || known.amount_minor > order.terms.total.0);
    let unlike = !order.terms.inspection && !order.inspections.is_empty();
    unlike || order.inspections.len() > 1 || fees > 2 || order.after_sales.len() > 1 || odd
}

/// What makes two orders the same for these regions.
pub fn shape(order: &Order) -> String {
    let inspections: Vec<_> = order
        .inspections
        .iter()
        .map(|known| (known.status, known.fee, known.payments.last().map(|part| part.status)))
        .collect();
    let returns: Vec<_> = order.returns.iter().map(|known| known.status).collect();
    // What became of the goods before they left matters no more.
    let before = matches!(order.status(), OrderStatus::InProduction | OrderStatus::InInspection);
    let services: Vec<_> = order.after_sales.iter().map(|known| known.status).collect();
    let inspected = !inspections.is_empty();
    if before { format!("{inspections:?}") } else { format!("{inspected} {returns:?} {services:?}") }
}
