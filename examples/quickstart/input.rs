//! Where requests come from: the command line, standard input, or the ones to show.

use std::{
    io::{self, BufRead, IsTerminal},
    thread,
    time::Duration,
};

use tokio::{sync::mpsc, time::timeout};

/// Longest that a silent standard input is waited for: it may be a pipe that nobody writes to.
const PATIENCE: Duration = Duration::from_secs(3);

/// The requests to serve, as they come.
pub(crate) struct Requests {
    ready: std::vec::IntoIter<String>,
    lines: Option<mpsc::Receiver<io::Result<String>>>,
    shown: Vec<String>,
}

/// The request of the command line, else the lines of standard input, else those to show.
pub(crate) fn requests(words: &[String], shown: &[&str]) -> Requests {
    let shown: Vec<String> = shown.iter().map(|&request| request.to_owned()).collect();
    if !words.is_empty() {
        return Requests { ready: vec![words.join(" ")].into_iter(), lines: None, shown: Vec::new() };
    }
    if io::stdin().is_terminal() {
        return Requests { ready: shown.into_iter(), lines: None, shown: Vec::new() };
    }
    let (sender, receiver) = mpsc::channel(16);
    thread::spawn(move || {
        let mut input = io::stdin().lock();
        loop {
            let mut line = Vec::new();
            let read = input.read_until(b'\n', &mut line);
            let line = match read {
                Ok(0) => return,
                Ok(_) => Ok(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned()),
                Err(error) => Err(error),
            };
            let failed = line.is_err();
            if sender.blocking_send(line).is_err() || failed {
                return;
            }
        }
    });
    Requests { ready: Vec::new().into_iter(), lines: Some(receiver), shown }
}

impl Requests {
    /// The next request; none when there is no more.
    pub(crate) async fn next(&mut self) -> Option<io::Result<String>> {
        if let Some(lines) = &mut self.lines {
            // Only the first line may be missing: what pipes requests in may take its time between them.
            let line = if self.shown.is_empty() {
                lines.recv().await
            } else {
                timeout(PATIENCE, lines.recv()).await.unwrap_or_default()
            };
            if let Some(line) = line {
                self.shown.clear();
                return Some(line);
            }
            self.lines = None;
            self.ready = std::mem::take(&mut self.shown).into_iter();
        }
        self.ready.next().map(Ok)
    }
}
