//! Opening the file: it is created as a whole or not at all, and what is not ours, or later than ours, is left alone.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use maestria_vocabulary::StoreError;
use redb::{Builder, Database, ReadableDatabase, TableError};

use super::{
    Options,
    engine::fault,
    layout::{FORMAT, LOGS, META, META_FORMAT, META_VERSION, RECORDS, VALUES},
};

/// Opens the store at `path`, creating it if there is nothing.
pub(super) fn open(path: &Path, options: &Options) -> Result<Database, StoreError> {
    let found = fs::metadata(path);
    if found.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        create(path)?;
    } else {
        let found = found.map_err(reading(path))?;
        if !found.is_file() || found.len() == 0 {
            let what = if found.is_file() { "is empty" } else { "is no file" };
            return Err(StoreError::Foreign { problem: format!("{} {what}", path.display()) });
        }
    }
    let mut builder = Builder::new();
    builder.set_cache_size(usize::try_from(options.cache.0).unwrap_or(usize::MAX));
    builder.set_check_integrity_on_open(options.check);
    let database = builder.open(path).map_err(|error| match error {
        redb::DatabaseError::Storage(redb::StorageError::Io(source)) if source.kind() == io::ErrorKind::InvalidData => {
            StoreError::Foreign { problem: format!("{}: {source}", path.display()) }
        }
        redb::DatabaseError::Storage(redb::StorageError::Io(source)) => reading(path)(source),
        error => fault("opening the file")(error),
    })?;
    check_format(&database)?;
    Ok(database)
}

/// Makes an empty store beside `path` and moves it there in one step, so that a crash leaves no half of one there, though it may
/// leave a file whose name begins with `.maestria-store-`, which nobody needs. Whoever is first wins.
fn create(path: &Path) -> Result<(), StoreError> {
    let writing = |source: io::Error| StoreError::io(format!("creating {}", path.display()), source);
    let folder = folder(path);
    let file = tempfile::Builder::new().prefix(".maestria-store-").tempfile_in(&folder).map_err(writing)?;
    let database = Builder::new().create(file.path()).map_err(fault("creating the file"))?;
    write_format(&database)?;
    database.close().map_err(fault("creating the file"))?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => return Err(writing(error.error)),
        _ => {}
    }
    // The name of a new file is durable once its folder is synced, where folders can be.
    #[cfg(unix)]
    fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(writing)?;
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

pub(super) fn write_format(database: &Database) -> Result<(), StoreError> {
    let doing = "creating the tables";
    let transaction = database.begin_write().map_err(fault(doing))?;
    {
        let mut meta = transaction.open_table(META).map_err(fault(doing))?;
        meta.insert(META_FORMAT, FORMAT).map_err(fault(doing))?;
        meta.insert(META_VERSION, 0).map_err(fault(doing))?;
        transaction.open_table(VALUES).map_err(fault(doing))?;
        transaction.open_table(LOGS).map_err(fault(doing))?;
        transaction.open_table(RECORDS).map_err(fault(doing))?;
    }
    transaction.commit().map_err(fault(doing))
}

pub(super) fn check_format(database: &Database) -> Result<(), StoreError> {
    let doing = "reading the format";
    let transaction = database.begin_read().map_err(fault(doing))?;
    let foreign = || StoreError::Foreign { problem: "the file is the database of another program".into() };
    let meta = transaction.open_table(META).map_err(|error| match error {
        TableError::TableDoesNotExist(_) => foreign(),
        error => fault(doing)(error),
    })?;
    let found = meta.get(META_FORMAT).map_err(fault(doing))?.ok_or_else(foreign)?.value();
    if found > FORMAT {
        let short = |format: u64| u32::try_from(format).unwrap_or(u32::MAX);
        return Err(StoreError::NewerFormat { found: short(found), known: short(FORMAT) });
    }
    Ok(())
}

fn reading(path: &Path) -> impl Fn(io::Error) -> StoreError {
    let doing = format!("opening {}", path.display());
    move |source| StoreError::io(doing.clone(), source)
}
