//! The guarantees of fitting, for any conversation, budget and counter.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    sync::Arc,
};

use maestria_context::{
    ApproximateCounter, Budget, Dropped, Fitted, Fitting, Loss, TokenCounter, TokenCounterExt, Turn,
};
use maestria_vocabulary::{Content, Message, Probability, Role, Tokens};
use proptest::prelude::*;

/// One token per word: shorter than the text, and not additive.
#[derive(Debug)]
struct Words;

impl TokenCounter for Words {
    fn count(&self, text: &str) -> Tokens {
        Tokens(text.split_whitespace().count() as u64)
    }
}

/// A counter without rhyme or reason: more text may be fewer tokens, and anything may be enormous.
#[derive(Debug)]
struct Erratic;

impl TokenCounter for Erratic {
    fn count(&self, text: &str) -> Tokens {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        Tokens(if hash.is_multiple_of(7) { u64::MAX } else { hash % 100 })
    }
    fn overhead(&self) -> Tokens {
        Tokens::ZERO
    }
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        4 => "\\PC{0,80}".prop_map(Content::Text),
        2 => ("[a-zא-ת一-龥 😀🏳‍🌈]{1,8}", 0_usize..400).prop_map(|(text, times)| Content::Text(text.repeat(times))),
        1 => proptest::collection::vec(any::<i64>(), 0..20).prop_map(|numbers| Content::Json(numbers.into())),
        1 => (prop_oneof![Just("image/png"), Just("application/pdf"), Just("é")], 0_usize..500)
            .prop_map(|(media_type, len)| Content::Bytes { media_type: media_type.into(), data: Arc::from(vec![0; len]) }),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let role = prop_oneof![
        1 => Just(Role::System),
        3 => Just(Role::User),
        3 => Just(Role::Assistant),
        3 => Just(Role::Tool),
    ];
    (role, proptest::collection::vec(content(), 0..3), prop::bool::weighted(0.1))
        .prop_map(|(role, content, pinned)| Turn { pinned, ..Turn::from(Message { role, content }) })
}

fn conversation() -> impl Strategy<Value = Vec<Turn>> {
    proptest::collection::vec(turn(), 0..30)
}

fn budget() -> impl Strategy<Value = Budget> {
    let window = prop_oneof![1_u64..60, 60_u64..3_000, Just(4_096), Just(16_384)];
    (window, 0.0..1.0_f64).prop_map(|(window, reserve)| {
        let reserve = (window as f64 * reserve) as u64;
        Budget::new(Tokens(window), Tokens(reserve)).unwrap()
    })
}

fn fitting() -> impl Strategy<Value = Fitting> {
    let target = (0.0..=1.0).prop_map(|share| Fitting::OldestFirst { target: Probability::saturating(share) });
    prop_oneof![Just(Fitting::default()), Just(Fitting::HeadAndTail), target]
}

fn counter() -> impl Strategy<Value = &'static dyn TokenCounter> {
    prop_oneof![
        Just(&ApproximateCounter as &dyn TokenCounter),
        Just(&Words as &dyn TokenCounter),
        Just(&Erratic as &dyn TokenCounter),
    ]
}

fn tokens(turns: &[Turn], counter: &dyn TokenCounter) -> u128 {
    turns.iter().map(|turn| u128::from(counter.count_message(&turn.message).0)).sum()
}

fn removed(fitted: &Fitted) -> Vec<usize> {
    fitted.dropped.iter().filter(|loss| loss.how == Loss::Removed).map(|loss| loss.index).collect()
}

/// For every turn, the assistant message it belongs to if it is a tool's result for one.
fn callers(turns: &[Turn]) -> Vec<Option<usize>> {
    let mut caller = None;
    let role = |turn: &Turn| turn.message.role;
    turns
        .iter()
        .enumerate()
        .map(|(index, turn)| {
            caller = if role(turn) == Role::Assistant { Some(index) } else { caller };
            caller.filter(|_| role(turn) == Role::Tool)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_result_never_exceeds_the_budget(
        turns in conversation(), budget in budget(), fitting in fitting(), counter in counter(),
    ) {
        let fitted = fitting.fit(turns, budget, counter);
        prop_assert_eq!(tokens(&fitted.turns, counter), u128::from(fitted.tokens.0));
        prop_assert!(fitted.tokens <= budget.available());
    }

    #[test]
    fn fitting_twice_is_fitting_once(
        turns in conversation(), budget in budget(), fitting in fitting(), counter in counter(),
    ) {
        let once = fitting.fit(turns.clone(), budget, counter);
        if tokens(&turns, counter) <= u128::from(budget.available().0) {
            prop_assert_eq!(&once.turns, &turns);
        }
        let twice = fitting.fit(once.turns.clone(), budget, counter);
        prop_assert_eq!(twice, Fitted { dropped: vec![], ..once });
    }

    #[test]
    fn what_is_not_said_to_be_lost_is_there_and_in_order(
        turns in conversation(), budget in budget(), fitting in fitting(), counter in counter(),
    ) {
        let fitted = fitting.fit(turns.clone(), budget, counter);
        let removed = removed(&fitted);
        let left: Vec<_> = (0..turns.len()).filter(|index| !removed.contains(index)).collect();
        prop_assert_eq!(left.len(), fitted.turns.len());
        for (index, turn) in left.into_iter().zip(&fitted.turns) {
            let is_cut = fitted.dropped.iter().any(|loss| loss.index == index);
            prop_assert_eq!(turn.message.role, turns[index].message.role);
            prop_assert_eq!(turn.pinned, turns[index].pinned);
            prop_assert!(is_cut || turn == &turns[index]);
        }
    }

    #[test]
    fn a_call_and_its_results_are_never_split(
        turns in conversation(), budget in budget(), fitting in fitting(), counter in counter(),
    ) {
        let removed = removed(&fitting.fit(turns.clone(), budget, counter));
        for (result, caller) in callers(&turns).into_iter().enumerate() {
            if let Some(caller) = caller {
                prop_assert_eq!(removed.contains(&caller), removed.contains(&result));
            }
        }
    }

    #[test]
    fn pinned_turns_stay_whole_while_they_leave_a_quarter(
        turns in conversation(), budget in budget(), fitting in fitting(), counter in counter(),
    ) {
        let callers = callers(&turns);
        let group = |index: usize| callers[index].unwrap_or(index);
        let is_pinned = |index: usize| (0..turns.len()).any(|other| turns[other].pinned && group(other) == group(index));
        let pinned: Vec<_> = (0..turns.len()).filter(|&index| is_pinned(index)).collect();
        let wanted: u128 = pinned.iter().map(|&index| u128::from(counter.count_message(&turns[index].message).0)).sum();

        let fitted = fitting.fit(turns.clone(), budget, counter);
        prop_assert!(fitted.dropped.iter().all(|loss| loss.pinned == pinned.contains(&loss.index)));
        if wanted <= u128::from(budget.available().0) * 3 / 4 {
            prop_assert!(fitted.dropped.iter().all(|loss| !loss.pinned));
        }
    }
}

/// A conversation in short: who speaks, and how many letters. Capitals are pinned.
fn turns(short: &[(char, usize)]) -> Vec<Turn> {
    let turn = |&(initial, letters): &(char, usize)| {
        let role = match initial.to_ascii_lowercase() {
            's' => Role::System,
            'a' => Role::Assistant,
            't' => Role::Tool,
            _ => Role::User,
        };
        Turn { message: Message::new(role, "x".repeat(letters)), pinned: initial.is_uppercase() }
    };
    short.iter().map(turn).collect()
}

/// Fits into 1,000 tokens; a turn of `n` letters has `n + 11`.
fn check(fitting: Fitting, short: &[(char, usize)], removed: &[usize], cut: &[usize]) {
    let budget = Budget::new(Tokens(1_200), Tokens(200)).unwrap();
    let fitted = fitting.fit(turns(short), budget, &ApproximateCounter);
    let lost = |how| fitted.dropped.iter().filter(move |loss| loss.how == how).map(|loss: &Dropped| loss.index);
    assert_eq!(lost(Loss::Removed).collect::<Vec<_>>(), removed, "removed from {short:?}");
    assert_eq!(lost(Loss::Cut).collect::<Vec<_>>(), cut, "cut in {short:?}");
}

#[test]
fn the_oldest_go_until_three_quarters_are_used() {
    let oldest_first = |short: &[_], removed: &[_], cut: &[_]| check(Fitting::default(), short, removed, cut);
    oldest_first(&[], &[], &[]);
    oldest_first(&[('u', 489), ('a', 489)], &[], &[]);
    oldest_first(&[('u', 239), ('a', 239), ('u', 239), ('a', 239), ('u', 89)], &[0, 1], &[]);
    oldest_first(&[('S', 89), ('u', 389), ('a', 389), ('u', 389)], &[1, 2], &[]);
    oldest_first(&[('u', 239), ('a', 9), ('t', 489), ('u', 389)], &[0, 1, 2], &[]);
}

#[test]
fn the_middle_goes_until_the_rest_fits() {
    let head_and_tail = |short: &[_], removed: &[_], cut: &[_]| check(Fitting::HeadAndTail, short, removed, cut);
    head_and_tail(&[('u', 239), ('a', 239), ('u', 239), ('a', 239), ('u', 89)], &[2], &[]);
    head_and_tail(&[('u', 489), ('a', 489), ('u', 489)], &[1], &[]);
    head_and_tail(&[('u', 689), ('a', 689)], &[0], &[]);
}

#[test]
fn a_message_too_long_by_itself_is_cut_and_leaves_room_for_others() {
    check(Fitting::default(), &[('u', 5_000)], &[], &[0]);
    check(Fitting::default(), &[('u', 89), ('a', 9), ('t', 5_000)], &[], &[2]);
    check(Fitting::default(), &[('u', 5_000), ('a', 89), ('u', 89)], &[], &[0]);
    check(Fitting::HeadAndTail, &[('u', 89), ('a', 9), ('t', 5_000), ('t', 3_000)], &[0], &[2, 3]);
}

#[test]
fn pinned_messages_are_cut_only_where_the_newest_turn_would_have_nothing() {
    check(Fitting::default(), &[('S', 889), ('u', 239), ('u', 49)], &[1], &[]);
    check(Fitting::default(), &[('S', 989), ('u', 49)], &[], &[0]);
    check(Fitting::default(), &[('S', 5_000), ('S', 39), ('u', 5_000)], &[], &[0, 2]);
    check(Fitting::default(), &[('S', 5_000)], &[], &[0]);
    check(Fitting::default(), &[('S', 49); 100], &(62..100).collect::<Vec<_>>(), &(0..62).collect::<Vec<_>>());
}

#[test]
fn a_window_too_small_for_any_message_stays_empty() {
    let budget = Budget::new(Tokens(1), Tokens::ZERO).unwrap();
    let fitted = Fitting::default().fit(turns(&[('S', 5), ('u', 5)]), budget, &ApproximateCounter);
    assert_eq!((fitted.turns.len(), fitted.tokens, removed(&fitted)), (0, Tokens::ZERO, vec![0, 1]));
}
