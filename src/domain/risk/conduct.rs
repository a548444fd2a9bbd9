//! How a supplier trades: orders behind it, reviews, punctuality, and what it asks buyers for.

use super::{Finding, OffPlatform, ReviewPace, Rules, SignalCode, Verdict, fact};
use crate::domain::off_platform::Severity;
use crate::domain::supplier::SupplierMetrics;
use crate::domain::time::{Span, Timestamp};

/// Days over which the usual number of reviews is taken.
pub const USUAL_DAYS: i64 = 90;

/// Fewer completed orders than the rule's minimum.
pub(super) fn no_track_record(metrics: SupplierMetrics, rules: &Rules) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::NoTrackRecord) else { return Verdict::NOTHING };
    if metrics.orders_completed >= rule.minimum {
        return Verdict::NOTHING;
    }
    let evidence = vec![fact("ordersCompleted", metrics.orders_completed)];
    let finding = Finding { code: rule.code, severity: Severity::Low, evidence };
    Verdict { finding: Some(finding), look_again: None }
}

/// Many reviews within the window, and many more than usual.
pub(super) fn review_burst(pace: ReviewPace, rules: &Rules, now: Timestamp) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::ReviewBurst) else { return Verdict::NOTHING };
    // In as many days as the window has, so many usually come: before / 90 × window.
    let (recent, usual) = (i128::from(pace.recent), i128::from(pace.before) * i128::from(rule.window_days));
    let many = recent * i128::from(USUAL_DAYS) * 100 > usual * i128::from(rule.threshold);
    // Every day some may leave the window, and what is usual changes; fewer than the minimum never become a burst so.
    let look_again = (pace.recent >= rule.minimum).then(|| tomorrow(now));
    if pace.recent < rule.minimum || !many {
        return Verdict { finding: None, look_again };
    }
    let evidence = vec![
        fact("reviews", pace.recent),
        fact("withinDays", rule.window_days),
        fact("reviewsInThe90DaysBefore", pace.before),
    ];
    let finding = Finding { code: rule.code, severity: Severity::Medium, evidence };
    Verdict { finding: Some(finding), look_again }
}

/// The begin of the next day.
fn tomorrow(now: Timestamp) -> Timestamp {
    now.plus(Span::days(1)).day().start()
}

/// Too few orders left in time within the window.
pub(super) fn poor_on_time_rate(recent: SupplierMetrics, rules: &Rules, now: Timestamp) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::PoorOnTimeRate) else { return Verdict::NOTHING };
    if recent.dispatched == 0 {
        return Verdict::NOTHING;
    }
    // Every day an old dispatch may leave the window.
    let look_again = Some(tomorrow(now));
    let in_time = recent.dispatched - recent.dispatched_late;
    let poor = i128::from(in_time) * 100 < i128::from(recent.dispatched) * i128::from(rule.threshold);
    if recent.dispatched < rule.minimum || !poor {
        return Verdict { finding: None, look_again };
    }
    let percent = recent.on_time_dispatch_percent().unwrap_or_default();
    let half = i128::from(in_time) * 200 < i128::from(recent.dispatched) * i128::from(rule.threshold);
    let evidence = vec![
        fact("onTimeDispatchPercent", percent),
        fact("dispatched", recent.dispatched),
        fact("dispatchedLate", recent.dispatched_late),
        fact("withinDays", rule.window_days),
    ];
    let severity = if half { Severity::High } else { Severity::Medium };
    Verdict { finding: Some(Finding { code: rule.code, severity, evidence }), look_again }
}

/// The supplier asked buyers to pay or talk off the platform. What was said, and to whom, stays between those who talk:
/// evidence only counts.
pub(super) fn off_platform_request(asked: OffPlatform, rules: &Rules) -> Verdict {
    let Some(rule) = rules.enabled(SignalCode::OffPlatformRequest) else { return Verdict::NOTHING };
    let look_again = asked.first_at.map(|at| at.plus(Span::days(rule.window_days)).plus(Span::seconds(1)));
    if asked.messages < rule.minimum {
        return Verdict { finding: None, look_again };
    }
    let evidence = vec![
        fact("messages", asked.messages),
        fact("conversations", asked.threads),
        fact("askingForPayment", asked.payments),
        fact("withinDays", rule.window_days),
    ];
    let severity = if asked.payments > 0 { Severity::High } else { Severity::Medium };
    Verdict { finding: Some(Finding { code: rule.code, severity, evidence }), look_again }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::new(&[])
    }

    fn now() -> Timestamp {
        Timestamp::parse("2026-05-04T12:00:00Z").unwrap()
    }

    #[test]
    fn a_track_record_begins_with_three_orders() {
        for (orders_completed, signals) in [(0, true), (2, true), (3, false), (900, false)] {
            let metrics = SupplierMetrics { orders_completed, ..SupplierMetrics::default() };
            assert_eq!(no_track_record(metrics, &rules()).finding.is_some(), signals, "{orders_completed}");
        }
    }

    #[test]
    fn a_burst_is_many_and_many_more_than_usual() {
        for (recent, before, signals) in [
            (9, 0, false),
            (10, 0, true),
            // 26 in 90 days are 2.02 a week; five times that is 10.1.
            (10, 26, false),
            (11, 26, true),
            (40, 900, false),
        ] {
            let pace = ReviewPace { recent, before };
            let verdict = review_burst(pace, &rules(), now());
            assert_eq!(verdict.finding.is_some(), signals, "{recent} {before}");
            let next = Timestamp::parse("2026-05-05T00:00:00Z").unwrap();
            assert_eq!(verdict.look_again, (recent >= 10).then_some(next));
        }
    }

    #[test]
    fn a_poor_rate_is_below_eighty_percent_of_ten() {
        for (dispatched, dispatched_late, severity) in [
            (0, 0, None),
            (9, 9, None),
            (10, 2, None),
            (10, 3, Some(Severity::Medium)),
            (10, 6, Some(Severity::Medium)),
            (10, 7, Some(Severity::High)),
        ] {
            let recent = SupplierMetrics { dispatched, dispatched_late, ..SupplierMetrics::default() };
            let found = poor_on_time_rate(recent, &rules(), now()).finding;
            assert_eq!(found.map(|finding| finding.severity), severity, "{dispatched_late} of {dispatched}");
        }
    }

    #[test]
    fn asking_for_payment_is_worse_than_asking_to_talk() {
        let first_at = Some(now());
        let of = |messages, payments| OffPlatform { messages, payments, threads: 1, first_at };
        assert_eq!(off_platform_request(OffPlatform::default(), &rules()), Verdict::NOTHING);
        for (messages, payments, severity) in [(1, 0, Severity::Medium), (3, 1, Severity::High)] {
            let verdict = off_platform_request(of(messages, payments), &rules());
            assert_eq!(verdict.finding.unwrap().severity, severity);
            assert_eq!(verdict.look_again, Some(now().plus(Span::days(90)).plus(Span::seconds(1))));
        }
    }
}
