//! What nouns stand for in the names of tools, parameters and fields, and in requests: files, people, and where those are reached.

use super::affinity::words;

/// Files.
const FILES: &[&str] = &[
    "file",
    "filename",
    "document",
    "pdf",
    "picture",
    "image",
    "photo",
    "chart",
    "graph",
    "plot",
    "spreadsheet",
    "workbook",
    "csv",
    "report",
    "statement",
    "scan",
    "path",
    "attachment",
];

/// Whom something is sent to.
const RECEIVERS: &[&str] = &[
    "to",
    "recipient",
    "recipients",
    "receiver",
    "address",
    "contact",
    "channel",
    "who",
    "person",
    "guest",
    "guests",
    "client",
    "attendees",
    "participants",
    "invitees",
];

/// Fields that tell where somebody is reached.
const ADDRESSES: &[&str] = &["email", "mail", "phone", "mobile", "telephone"];

/// What tools look up that find people.
const PEOPLE: &[&str] = &[
    "contact",
    "contacts",
    "person",
    "people",
    "customer",
    "client",
    "employee",
    "user",
    "member",
    "colleague",
    "patient",
    "supplier",
    "tenant",
    "guest",
    "staff",
    "address",
];

/// Whether a noun is one for files.
pub(super) fn means_file(noun: &str) -> bool {
    FILES.contains(&noun)
}

/// Whether a parameter is named for a file.
pub(super) fn takes_file(parameter: &str) -> bool {
    words(parameter).any(|word| means_file(&word))
}

/// Whether a parameter is named for a file that there is, and not for one that is to be written.
pub(super) fn takes_present_file(parameter: &str) -> bool {
    takes_file(parameter) && !is_written(parameter)
}

/// Whether a parameter is named for where something is written, or how it is called from then on.
pub(super) fn is_written(parameter: &str) -> bool {
    const WRITTEN: &[&str] =
        &["out", "output", "target", "dest", "destination", "new", "save", "name", "filename", "to"];
    words(parameter).any(|word| WRITTEN.contains(&word.as_str()))
}

/// Whether a parameter is named for whoever something is sent to.
pub(super) fn takes_receiver(parameter: &str) -> bool {
    ends_in(parameter, RECEIVERS)
}

/// Whether a field is named for where somebody is reached.
pub(super) fn gives_address(field: &str) -> bool {
    ends_in(field, ADDRESSES)
}

/// Whether a tool is named for people.
pub(super) fn serves_people(tool: &str) -> bool {
    words(tool).any(|word| PEOPLE.contains(&word.as_str()))
}

/// Whether the last word of a name is in a list.
pub(super) fn ends_in(name: &str, list: &[&str]) -> bool {
    words(name).last().is_some_and(|word| list.contains(&word.as_str()))
}
