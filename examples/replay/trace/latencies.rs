//! Recorded times that it took to load a model: a CSV file within `basemodel_load_latency.tar.gz`, beside the requests.

use std::{
    io::{self, Read},
    path::Path,
    time::Duration,
};

use super::{Fault, TraceError, column::Table, open};

/// The archive, in the folder of the requests.
const FILE: &str = "basemodel_load_latency.tar.gz";
/// What a load takes where nothing is recorded: the median of the archive.
const TYPICAL: Duration = Duration::from_millis(22_718);

/// The load times beside a trace; a typical one when there is no archive.
pub(super) fn beside(trace: &Path) -> Result<Vec<Duration>, TraceError> {
    let path = trace.with_file_name(FILE);
    if !path.exists() {
        eprintln!("replay: there is no {}, so every load takes {} s", path.display(), TYPICAL.as_secs_f64());
        return Ok(vec![TYPICAL]);
    }
    let source = |source| TraceError::Open { path: path.clone(), source };
    let table = member(open(&path).map_err(source)?).map_err(source)?;
    let latencies = read(table.as_slice());
    latencies.map_err(|Fault { line, problem }| TraceError::Malformed { path: path.clone(), line, problem })
}

fn read(table: &[u8]) -> Result<Vec<Duration>, Fault> {
    // They are written in milliseconds.
    let latencies: Result<Vec<_>, _> =
        Table::new(table, &["value"])?.rows().map(|row| row?.seconds(0).map(|value| value / 1000)).collect();
    latencies.map(|latencies| if latencies.is_empty() { vec![TYPICAL] } else { latencies })
}

/// The first file of a tar archive (POSIX ustar: a header of 512 bytes with the size, in octal digits, at byte 124).
fn member(mut archive: impl Read) -> io::Result<Vec<u8>> {
    /// Far more than the recorded latencies take.
    const LARGEST: u64 = 64 << 20;
    let mut header = [0; 512];
    archive.read_exact(&mut header)?;
    let digits = header.get(124..136).map(|size| String::from_utf8_lossy(size).into_owned()).unwrap_or_default();
    let size = u64::from_str_radix(digits.trim_matches(['\0', ' ']), 8).map_err(io::Error::other)?;
    let mut content = Vec::new();
    archive.take(size.min(LARGEST)).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_from_a_tar_archive() {
        let table = b"timestamp_anon,value,container_ip\n1.0,2500.0,a\n2.0,40000.0,b\n";
        let mut archive = vec![0; 512];
        archive[124..136].copy_from_slice(format!("{:011o}\0", table.len()).as_bytes());
        archive.extend(table);
        archive.resize(1536, 0);
        let latencies = read(&member(archive.as_slice()).unwrap()).unwrap();
        assert_eq!(latencies, [Duration::from_millis(2500), Duration::from_secs(40)]);
        assert!(member(&b"short"[..]).is_err());
    }
}
