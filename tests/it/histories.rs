//! Random histories on the pure machine, a third of their commands illegal, with a second set of books beside it
//! (`oracle.rs`). Every row of the table and every refusal must have come up, or the run has not tested them.
//! `SURETY_HISTORIES` and `SURETY_HISTORY_LENGTH` say how many and how long, `SURETY_SEED` with which chance.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use surety::domain::deadline::{Deadline, DeadlineState};
use surety::domain::error::Detail;
use surety::domain::ids::DeadlineId;
use surety::domain::ledger::AccountKey;
use surety::domain::metrics;
use surety::domain::order::table::transitions;
use surety::domain::order::view::release_blockers;
use surety::domain::order::{ActorKind, Blocker, Command, CommandKind, Order, OrderKind, Step, step};
use surety::domain::supplier::SupplierMetrics;
use surety::domain::time::{Span, Timestamp};
use surety::service::deadlines;

use super::bench::Bench;
use super::bench_delivery;
use super::dice::{Dice, count, seed};
use super::oracle::{Books, forgotten_timers};
use super::timelines::IN_TIME;
use super::ways::Course;

/// What no command is refused for: the API says it of escrow that nothing can leave yet (`release_blockers`) and of
/// protections that the contract does not have (`protection.rs`), and no guard of the table names it. Both have to have been
/// said, see [`Counts::said`].
const SAID_ONLY: &[Blocker] = &[Blocker::NotShipped, Blocker::NotInContract];

/// What all histories came to.
#[derive(Debug, Default)]
pub struct Counts {
    pub taken: u64,
    pub refused: u64,
    pub rows: BTreeMap<&'static str, u64>,
    pub refusals: BTreeMap<&'static str, u64>,
    pub codes: BTreeMap<&'static str, u64>,
    pub ends: BTreeMap<&'static str, u64>,
    pub fired: BTreeMap<&'static str, u64>,
    /// What the views said stands in the way, without a command.
    pub said: BTreeMap<&'static str, u64>,
}

/// One supplier and one buyer, one order after the other, one set of books.
pub struct History<'a> {
    pub bench: &'a Bench,
    pub order: Order,
    pub now: Timestamp,
    pub books: Books,
    pub counts: &'a mut Counts,
    /// What happened, for the report of a failure.
    pub told: Vec<String>,
    pub course: Option<Course>,
    theme: Vec<CommandKind>,
    /// What the steps of the order changed in the supplier's metrics.
    counted: SupplierMetrics,
    fired: Vec<(DeadlineId, Timestamp)>,
}

/// An order of a random kind.
fn random_order(bench: &Bench, dice: &mut Dice) -> Order {
    let kinds = [
        (OrderKind::Standard, None),
        (OrderKind::Standard, None),
        (OrderKind::Standard, Some(30)),
        (OrderKind::Standard, Some(30)),
        (OrderKind::Standard, Some(30)),
        (OrderKind::Guaranteed, None),
        (OrderKind::Sample, None),
    ];
    let (kind, deposit) = *dice.one_of(&kinds);
    let lines = 1 + dice.below(2);
    match dice.below(10) {
        0..=3 => bench.draft(kind, deposit, lines),
        4..=7 => bench.careful_draft(kind, deposit, lines),
        _ => dice.one_of(&bench_delivery::drafts(bench)).clone(),
    }
}

/// The way from draft to closed.
const SPINE: &[CommandKind] = &[
    CommandKind::Submit,
    CommandKind::Confirm,
    CommandKind::OpenPayment,
    CommandKind::ReportPayment,
    CommandKind::MarkReady,
    CommandKind::Dispatch,
    CommandKind::RecordDelivery,
    CommandKind::ConfirmReceipt,
];

/// What is tried on purpose with one order: the way to its end, and some of all else. If everything were tried on each, none
/// would get far.
fn random_theme(dice: &mut Dice) -> Vec<CommandKind> {
    let share = *dice.one_of(&[10, 25, 50]);
    let mut chosen = |kind: &&CommandKind| dice.percent(if SPINE.contains(kind) { 95 } else { share });
    CommandKind::ALL.iter().filter(|kind| chosen(kind)).copied().collect()
}

impl<'a> History<'a> {
    /// A history that begins with a draft.
    pub fn new(bench: &'a Bench, dice: &mut Dice, counts: &'a mut Counts) -> Self {
        let course = Course::perhaps(dice);
        let order = course.map_or_else(|| random_order(bench, dice), |course| course.draft(bench));
        let (books, now) = (Books::default(), bench.start);
        let theme = random_theme(dice);
        Self {
            bench,
            order,
            now,
            books,
            counts,
            told: Vec::new(),
            course,
            theme,
            counted: SupplierMetrics::default(),
            fired: Vec::new(),
        }
    }

    /// Gives a command and checks everything that must hold whatever it is.
    pub fn give(&mut self, actor: ActorKind, command: &Command) -> Option<Step> {
        let order = Order { funds: Some(self.books.funds(&self.order)), ..self.order.clone() };
        let done = match step(&order, actor, command, self.now) {
            Ok(done) => done,
            Err(refusal) => {
                self.counts.refused += 1;
                *self.counts.codes.entry(refusal.code.as_str()).or_default() += 1;
                // A refusal speaks with the words of the first that stands in the way, and lists all of them.
                let listed = match &refusal.detail {
                    Some(Detail::Transition { blocked_by, .. }) => blocked_by.as_slice(),
                    _ => &[],
                };
                let said =
                    |blocker: &&Blocker| blocker.message() == refusal.message || listed.contains(blocker);
                for blocker in Blocker::ALL.iter().filter(said) {
                    *self.counts.refusals.entry(blocker.as_str()).or_default() += 1;
                }
                return None;
            }
        };
        self.told.push(format!("{} {actor} {command:?} -> {}", self.now, done.transition));
        self.counts.taken += 1;
        *self.counts.rows.entry(done.transition).or_default() += 1;
        self.books.take(&self.order, &done, self.now);
        self.counted = self.counted.plus(metrics::change(&self.order, &done.order, self.now).figures);
        self.order = self.bench.settle(done.clone(), self.now);
        assert_eq!(metrics::differences(&self.order, &self.counted), Vec::<String>::new());
        if self.counts.taken.is_multiple_of(50) {
            self.looks();
        }
        Some(done)
    }

    /// What the views say of the order now and then.
    fn looks(&mut self) {
        let protections = self.order.protections(self.now).into_iter().flat_map(|known| known.reasons);
        for blocker in release_blockers(&self.order, self.now).into_iter().chain(protections) {
            *self.counts.said.entry(blocker.as_str()).or_default() += 1;
        }
    }

    /// The running timer that is over first, but for those that the worker has found to wait.
    pub fn over(&self, waiting: &[DeadlineId]) -> Option<Deadline> {
        let running = self.order.deadlines.iter().filter(|timer| timer.state == DeadlineState::Pending);
        let over = running.filter(|timer| timer.due_at < self.now && !waiting.contains(&timer.id));
        over.min_by_key(|timer| timer.due_at).cloned()
    }

    /// Fires what is over, first due first, as the worker does; answers what acted.
    pub fn fire(&mut self) -> Vec<Deadline> {
        let mut acted = Vec::new();
        let mut waiting = Vec::new();
        while let Some(timer) = self.over(&waiting) {
            let command = deadlines::command(&timer).unwrap();
            if self.give(ActorKind::Clock, &command).is_some() {
                let key = (timer.id, timer.due_at);
                assert!(!self.fired.contains(&key), "I14: {} fired twice", timer.kind);
                self.fired.push(key);
                *self.counts.fired.entry(timer.kind.as_str()).or_default() += 1;
                acted.push(timer.clone());
                self.is_late_again(&command);
            } else if deadlines::waits(&timer, &self.order) {
                // The worker looks at it again later; until then it stays the order's, and may end with it.
                waiting.push(timer.id);
                continue;
            }
            // What is set anew by the act has another id.
            self.order.deadlines.retain(|known| known.id != timer.id);
        }
        acted
    }

    /// Who may try what of these commands, by place: of itself the clock only tends refunds.
    fn tries(commands: &[Command]) -> Vec<(ActorKind, usize)> {
        let pairs =
            (0..commands.len()).flat_map(|place| ActorKind::ALL.iter().map(move |actor| (*actor, place)));
        pairs
            .filter(|(actor, place)| *actor != ActorKind::Clock || UNTIMED.contains(&commands[*place].kind()))
            .collect()
    }

    /// Whether an order of this kind of history goes on after a command.
    fn gives_up(command: &Command) -> bool {
        matches!(command, Command::Cancel { .. } | Command::Decline { .. })
    }

    /// Something sensible where there is anything, or anything at all. A worker that is late lets somebody find a timer
    /// that is over.
    pub fn happens(&mut self, dice: &mut Dice, sensible: bool, late: bool) {
        if !late {
            self.fire();
        }
        assert_eq!(forgotten_timers(&self.order), [], "{} with timers", self.order.status());
        let mut commands = self.bench.commands_at(&self.order, self.now);
        // Only money that was set aside can be assigned; the use case looks at the item.
        commands.retain(|command| match command {
            Command::AssignPayment(assigned) => {
                let aside = AccountKey::suspense(&assigned.provider, assigned.amount.currency);
                self.books.balance(&aside) >= assigned.amount.minor
            }
            _ => true,
        });
        if sensible && self.follows(&commands) {
            return;
        }
        let tries = Self::tries(&commands);
        let chosen = if sensible { self.sensible(&commands, &tries, dice) } else { None };
        let (actor, place) = chosen.unwrap_or_else(|| *dice.one_of(&tries));
        self.give(actor, &commands[place]);
    }

    /// Something legal, half of the time something that leads to another status where there is such a thing.
    fn sensible(
        &self,
        commands: &[Command],
        tries: &[(ActorKind, usize)],
        dice: &mut Dice,
    ) -> Option<(ActorKind, usize)> {
        let (gives_up, moves_on) = (dice.percent(4), dice.percent(50));
        let order = Order { funds: Some(self.books.funds(&self.order)), ..self.order.clone() };
        let status = order.status();
        // Most are not in the table at all; asking it first is cheaper than a refusal.
        let listed = |(actor, place): &(ActorKind, usize)| {
            let kind = commands[*place].kind();
            let mut rows = transitions();
            self.theme.contains(&kind)
                && rows.any(|row| {
                    row.command == kind && row.actors.contains(actor) && row.from.contains(&status)
                })
        };
        let tries: Vec<_> = tries.iter().copied().filter(listed).collect();
        let mut first_legal = None;
        for (actor, place) in in_random_order(commands, &tries, dice) {
            if !gives_up && Self::gives_up(&commands[place]) {
                continue;
            }
            let Ok(done) = step(&order, actor, &commands[place], self.now) else { continue };
            if !moves_on || done.order.status() != status {
                return Some((actor, place));
            }
            first_legal = first_legal.or(Some((actor, place)));
        }
        first_legal
    }

    /// Whoever had to act in time tries it before the worker sees that the time is over.
    fn acts_too_late(&mut self) {
        for (kind, actor, command) in IN_TIME {
            if self.order.deadline(*kind).is_some_and(|timer| timer.due_at < self.now) {
                let command = command(&self.order);
                assert!(self.give(*actor, &command).is_none(), "{kind}: taken too late");
            }
        }
    }

    /// The next order of the same parties, with the same books.
    pub fn begins_anew(&mut self, dice: &mut Dice) {
        self.course = Course::perhaps(dice);
        let order = match self.course {
            Some(course) => course.draft(self.bench),
            None => random_order(self.bench, dice),
        };
        self.theme = random_theme(dice);
        self.begins_with(order);
    }

    /// The same with a certain order.
    pub fn begins_with(&mut self, mut order: Order) {
        *self.counts.ends.entry(self.order.status().as_str()).or_default() += 1;
        order.supplier_company = self.order.supplier_company;
        order.placed_at = self.now;
        self.counted = SupplierMetrics::default();
        self.order = order;
    }
}

/// All tries, so that each kind of command is as likely to come first as any other, however many ways there are to give it.
fn in_random_order(
    commands: &[Command],
    tries: &[(ActorKind, usize)],
    dice: &mut Dice,
) -> Vec<(ActorKind, usize)> {
    if tries.is_empty() {
        return Vec::new();
    }
    let turn = dice.below(tries.len());
    let mut by_kind: BTreeMap<CommandKind, Vec<(ActorKind, usize)>> = BTreeMap::new();
    for next in 0..tries.len() {
        let (actor, place) = tries[(next + turn) % tries.len()];
        by_kind.entry(commands[place].kind()).or_default().push((actor, place));
    }
    let mut kinds: Vec<_> = by_kind.into_values().collect();
    let begin = dice.below(kinds.len());
    kinds.rotate_left(begin);
    kinds.into_iter().flatten().collect()
}

/// Commands that the clock gives without a timer.
const UNTIMED: &[CommandKind] = &[CommandKind::SubmitRefund, CommandKind::RetryRefund];

fn run(bench: &Bench, seed: u64, number: u64, length: usize, counts: &mut Counts) {
    let mut dice = Dice::new(seed, number);
    let mut history = History::new(bench, &mut dice, counts);
    let mut since_its_end = 0;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..length {
            // On a way time is short, or what it leads to would be over.
            let on_a_way = history.course.is_some();
            let hours = match dice.below(10) {
                _ if on_a_way => dice.below(2) * dice.below(6),
                0..=5 => 0,
                6..=8 => 1 + dice.below(71),
                _ => 72 + dice.below(1_430),
            };
            history.now = history.now.plus(Span::hours(i64::try_from(hours).unwrap()));
            // Now and then right behind the edge of a timer.
            let jumps = !on_a_way && dice.percent(5) && !history.order.deadlines.is_empty();
            if jumps {
                let due = dice.one_of(&history.order.deadlines).due_at;
                history.now = history.now.max(due.plus(Span::seconds(1)));
            }
            let (sensible, late) = (dice.percent(60), dice.percent(if jumps { 50 } else { 10 }));
            if jumps && late {
                history.acts_too_late();
            }
            history.happens(&mut dice, sensible, late);
            // A closed order is tried at for a while: nothing may wake it.
            since_its_end += usize::from(history.order.status().is_terminal());
            if since_its_end > 6 {
                since_its_end = 0;
                history.begins_anew(&mut dice);
            }
        }
    }));
    if let Err(panic) = ran {
        let last = history.told.len().saturating_sub(40);
        println!("history {number} of SURETY_SEED={seed} failed after:\n{}", history.told[last..].join("\n"));
        std::panic::resume_unwind(panic);
    }
    *history.counts.ends.entry(history.order.status().as_str()).or_default() += 1;
}

#[test]
fn random_histories_keep_the_books() {
    let (seed, bench, mut counts) = (seed(), Bench::new(), Counts::default());
    let (histories, length) = (count("SURETY_HISTORIES", 2_000), count("SURETY_HISTORY_LENGTH", 100));
    for number in 0..histories as u64 {
        run(&bench, seed, number, length, &mut counts);
    }
    let all = counts.taken + counts.refused;
    println!(
        "histories on the pure machine: seed {seed}, {histories} of {length}, {all} commands, {} % refused; rows {:?}; refusals {:?}; \
         codes {:?}; timers {:?}; ends {:?}",
        counts.refused * 100 / all,
        counts.rows,
        counts.refusals,
        counts.codes,
        counts.fired,
        counts.ends
    );
    assert!(counts.refused * 100 >= 30 * all, "too few illegal commands to mean anything");
    counts.demand_everything(if all >= 200_000 { 5 } else { 1 });
}

impl Counts {
    /// Fails where a row or a refusal came up less often than that, and prints what came up least.
    fn demand_everything(&self, least: u64) {
        let of = |counts: &BTreeMap<&str, u64>, name| counts.get(name).copied().unwrap_or_default();
        let refused = Blocker::ALL.iter().filter(|blocker| !SAID_ONLY.contains(blocker));
        let mut found: Vec<_> = transitions().map(|row| (of(&self.rows, row.id), row.id)).collect();
        found.extend(refused.map(|blocker| (of(&self.refusals, blocker.as_str()), blocker.as_str())));
        found.extend(SAID_ONLY.iter().map(|blocker| (of(&self.said, blocker.as_str()), blocker.as_str())));
        found.sort_unstable();
        println!("histories: least of all came {:?}", &found[..12]);
        let rare: Vec<_> = found.iter().filter(|(times, _)| *times < least).collect();
        assert!(rare.is_empty(), "rows and refusals that came up less than {least} times: {rare:?}");
        let wrong: Vec<_> =
            SAID_ONLY.iter().filter(|blocker| of(&self.refusals, blocker.as_str()) > 0).collect();
        assert!(wrong.is_empty(), "a command was refused by {wrong:?}");
    }
}
