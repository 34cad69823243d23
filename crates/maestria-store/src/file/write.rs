//! The one thread that writes: it takes all batches that wait, and commits them together.

use async_channel::{Receiver, Sender};
use maestria_vocabulary::store::{Batch, Committed, StoreError};
use redb::Database;

use super::{
    apply::Tables,
    engine::{fault, guarded},
};

/// Most batches that share a sync; beyond that they wait for the next.
const GROUP: usize = 1024;

/// Bytes of batches from which on no more are taken in.
const GROUP_BYTES: usize = 16 << 20;

/// A batch, and where its answer goes.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) batch: Batch,
    pub(super) answer: Sender<Result<Committed, StoreError>>,
}

/// Commits what comes until nothing can come any more.
pub(super) fn run(database: &Database, writes: &Receiver<Write>) {
    while let Ok(first) = writes.recv_blocking() {
        let group = gather(first, writes);
        let batches: Vec<&Batch> = group.iter().map(|write| &write.batch).collect();
        match guarded(|| commit(database, &batches)) {
            Ok(answers) => group.iter().zip(answers).for_each(|(write, answer)| tell(write, answer)),
            Err(error) => group.iter().for_each(|write| tell(write, Err(error.clone()))),
        }
    }
}

/// The first batch and those that came while the ones before were written.
fn gather(first: Write, writes: &Receiver<Write>) -> Vec<Write> {
    let mut bytes = first.batch.bytes();
    let mut group = vec![first];
    while group.len() < GROUP
        && bytes < GROUP_BYTES
        && let Ok(next) = writes.try_recv()
    {
        bytes += next.batch.bytes();
        group.push(next);
    }
    group
}

/// Applies batches one after the other and syncs once. A batch that is refused changes nothing and holds up no other; an error is one of all.
pub(super) fn commit(
    database: &Database,
    batches: &[&Batch],
) -> Result<Vec<Result<Committed, StoreError>>, StoreError> {
    let doing = "writing";
    let transaction = database.begin_write().map_err(fault(doing))?;
    let mut tables = Tables::open(&transaction)?;
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        answers.push(match tables.admit(batch) {
            Ok(()) => Ok(tables.apply(batch)?),
            Err(refused) => Err(refused),
        });
    }
    if answers.iter().any(Result::is_ok) {
        tables.finish()?;
        transaction.commit().map_err(fault(doing))?;
    } else {
        drop(tables);
        transaction.abort().map_err(fault(doing))?;
    }
    Ok(answers)
}

/// Answers, if whoever asked still waits.
fn tell(write: &Write, answer: Result<Committed, StoreError>) {
    let _ = write.answer.try_send(answer);
}
