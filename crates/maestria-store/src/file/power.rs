//! Power cuts on a simulated disk: what was not synced is lost, or kept, sector by sector.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use maestria_vocabulary::store::{Batch, Expectation, Key, LogName, PageSize, Position, TableName};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use redb::{Builder, Database, ReadableDatabase, StorageBackend};

use super::{
    open::{check_format, write_format},
    read, write,
};

/// Cuts of the power.
const CUTS: u64 = 100;

/// Bytes that a disk writes as a whole.
const SECTOR: usize = 512;

/// Records of a batch.
const RECORDS: u64 = 3;

/// A disk that forgets what was not synced.
#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// As programs see it.
    seen: Vec<u8>,
    /// As it surely is without power.
    synced: Vec<u8>,
    /// What was done since.
    unsynced: Vec<Unsynced>,
    /// Writes and syncs until the power goes; none when it stays.
    left: Option<u64>,
    /// Writes and syncs so far.
    done: u64,
}

#[derive(Debug)]
enum Unsynced {
    Length(usize),
    Sector(usize, Vec<u8>),
}

impl Disk {
    fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { seen: bytes.clone(), synced: bytes, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A write or a sync, while there is power.
    fn powered(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        match &mut state.left {
            Some(0) => return Err(io::Error::other("the power is off")),
            Some(left) => *left -= 1,
            None => {}
        }
        state.done += 1;
        Ok(state)
    }

    /// What is on the disk when power comes back.
    fn after_cut(&self, random: &mut StdRng) -> Vec<u8> {
        let state = self.state();
        let mut bytes = state.synced.clone();
        for unsynced in state.unsynced.iter().filter(|_| random.random_bool(0.5)) {
            match unsynced {
                Unsynced::Length(len) => bytes.resize(*len, 0),
                Unsynced::Sector(start, sector) => {
                    let len = bytes.len().max(start + sector.len());
                    bytes.resize(len, 0);
                    bytes[*start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
        // The length is as it was, or as it was going to be.
        bytes.resize(if random.random_bool(0.5) { state.synced.len() } else { state.seen.len() }, 0);
        bytes
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        let state = self.state();
        let bytes = state.seen.get(start..start + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.powered()?;
        let len = usize::try_from(len).unwrap();
        state.seen.resize(len, 0);
        state.unsynced.push(Unsynced::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.powered()?;
        state.synced = state.seen.clone();
        state.unsynced.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.powered()?;
        let start = usize::try_from(offset).unwrap();
        state.seen[start..start + data.len()].copy_from_slice(data);
        for (n, sector) in data.chunks(SECTOR).enumerate() {
            state.unsynced.push(Unsynced::Sector(start + n * SECTOR, sector.to_vec()));
        }
        Ok(())
    }
}

fn log() -> LogName {
    "log".parse().unwrap()
}

fn table() -> TableName {
    "table".parse().unwrap()
}

fn key() -> Key {
    "end".parse().unwrap()
}

/// Commits batches until there are enough or the power is off; how many records were acknowledged.
fn work(disk: &Disk, batches: u64) -> u64 {
    let mut acknowledged = 0;
    let Ok(database) = Builder::new().create_with_backend(disk.clone()) else { return 0 };
    for n in 1..=batches {
        let end = n * RECORDS;
        let batch = Batch::new().put(&table(), &key(), Expectation::Any, end.to_le_bytes()).unwrap();
        let batch =
            (end - RECORDS..end).fold(batch, |batch, n| batch.append(&log(), n.to_le_bytes().repeat(100)).unwrap());
        match write::commit(&database, &[&batch]) {
            Ok(_) => acknowledged = end,
            Err(_) => break,
        }
    }
    acknowledged
}

fn check(bytes: Vec<u8>, acknowledged: u64) {
    let database = Builder::new().create_with_backend(Disk::of(bytes)).unwrap();
    check_format(&database).unwrap();
    let transaction = database.begin_read().unwrap();
    let page = read::log(&transaction, &log(), Position::START, PageSize::MAX).unwrap();
    assert!(page.end.0 >= acknowledged, "{acknowledged} records were acknowledged, {} are there", page.end.0);
    assert_eq!(page.end.0 % RECORDS, 0, "half a batch is there");
    assert!(page.records.iter().all(|record| *record.value == *record.position.0.to_le_bytes().repeat(100)));
    let found = read::get(&transaction, &table(), &key()).unwrap();
    assert_eq!(found.map_or(0, |found| u64::from_le_bytes((*found.value).try_into().unwrap())), page.end.0);
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_acknowledged() {
    const BATCHES: u64 = 8;
    let disk = Disk::default();
    let database = Builder::new().create_with_backend(disk.clone()).unwrap();
    write_format(&database).unwrap();
    Database::close(database).unwrap();
    let empty = disk.state().synced.clone();

    let disk = Disk::of(empty.clone());
    assert_eq!(work(&disk, BATCHES), BATCHES * RECORDS);
    let all = disk.state().done;
    for seed in 0..CUTS {
        let mut random = StdRng::seed_from_u64(seed);
        let disk = Disk::of(empty.clone());
        disk.state().left = Some(random.random_range(0..all));
        let acknowledged = work(&disk, BATCHES);
        check(disk.after_cut(&mut random), acknowledged);
    }
}
