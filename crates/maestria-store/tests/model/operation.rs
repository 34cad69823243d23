//! What is done to a store: random batches, scans and reads over a few keys, so that they often meet.

use proptest::{collection::vec, prelude::*};

/// One act on a store.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    Commit(Vec<Part>),
    Scan { table: u8, prefix: Vec<u8>, after: Option<Vec<u8>>, size: usize },
    Read { log: u8, from: u64, size: usize },
    Reopen,
}

/// One part of a batch.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Put { table: u8, key: Vec<u8>, expect: Expect, value: Vec<u8> },
    Remove { table: u8, key: Vec<u8>, expect: Expect },
    Check { table: u8, key: Vec<u8>, expect: Expect },
    Append { log: u8, record: Vec<u8>, at: Option<i8> },
    Truncate { log: u8, before: u64 },
}

/// What a part expects, in terms of what is there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    Any,
    Absent,
    Same,
    Other,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![Just(0), Just(b'a'), Just(b'b'), Just(255)], 1..4)
}

fn part() -> impl Strategy<Value = Part> {
    let expect = || prop_oneof![6 => Just(Expect::Any), 2 => Just(Expect::Absent), 2 => Just(Expect::Same), 1 => Just(Expect::Other)];
    let value = || vec(any::<u8>(), 0..6);
    prop_oneof![
        6 => (0..2_u8, key(), expect(), value()).prop_map(|(table, key, expect, value)| Part::Put { table, key, expect, value }),
        3 => (0..2_u8, key(), expect()).prop_map(|(table, key, expect)| Part::Remove { table, key, expect }),
        1 => (0..2_u8, key(), expect()).prop_map(|(table, key, expect)| Part::Check { table, key, expect }),
        4 => (0..2_u8, value(), prop_oneof![4 => Just(None), 1 => Just(Some(0)), 1 => (-1..2_i8).prop_map(Some)])
            .prop_map(|(log, record, at)| Part::Append { log, record, at }),
        1 => (0..2_u8, 0..20_u64).prop_map(|(log, before)| Part::Truncate { log, before }),
    ]
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        8 => vec(part(), 0..5).prop_map(Operation::Commit),
        2 => (0..2_u8, prop_oneof![Just(Vec::new()), key()], prop::option::of(key()), 0..5_usize)
            .prop_map(|(table, prefix, after, size)| Operation::Scan { table, prefix, after, size }),
        2 => (0..2_u8, 0..20_u64, 0..5_usize).prop_map(|(log, from, size)| Operation::Read { log, from, size }),
        1 => Just(Operation::Reopen),
    ]
}
