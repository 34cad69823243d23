//! What nouns stand for in the names of tools, parameters and fields, and in requests: files, people, and where those are reached.

use super::affinity::words;

/// Files, in requests.
const FILES: &[&str] = &[
    "file",
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
];

/// Files, as parameters are called that take them.
const TAKEN_FILES: &[&str] =
    &["file", "filename", "document", "image", "picture", "photo", "scan", "path", "attachment"];

/// Whom a message is sent to.
const RECEIVERS: &[&str] = &["to", "recipient", "recipients", "receiver", "address", "contact", "channel"];

/// Whom one writes or speaks to, or has something to do with.
const PERSONS: &[&str] = &[
    "to",
    "recipient",
    "recipients",
    "address",
    "contact",
    "number",
    "who",
    "person",
    "receiver",
    "guest",
    "client",
    "attendees",
    "participants",
    "invitees",
    "guests",
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
    words(parameter).any(|word| TAKEN_FILES.contains(&word.as_str()))
}

/// Whether a parameter is named for a file that there is, and not for one that is to be written.
pub(super) fn takes_present_file(parameter: &str) -> bool {
    ends_in(parameter, TAKEN_FILES) && !is_written(parameter)
}

/// Whether a parameter is named for where something is written, or how it is called from then on.
pub(super) fn is_written(parameter: &str) -> bool {
    const WRITTEN: &[&str] =
        &["out", "output", "target", "dest", "destination", "new", "save", "name", "filename", "to"];
    words(parameter).any(|word| WRITTEN.contains(&word.as_str()))
}

/// Whether a parameter is named for whoever a message is sent to.
pub(super) fn takes_receiver(parameter: &str) -> bool {
    ends_in(parameter, RECEIVERS)
}

/// Whether a parameter is named for a person.
pub(super) fn takes_person(parameter: &str) -> bool {
    ends_in(parameter, PERSONS)
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

/// Whether a parameter is named for where something is done.
pub(super) fn names_where(name: &str) -> bool {
    const PLACES: &[&str] = &[
        "environment",
        "env",
        "region",
        "warehouse",
        "city",
        "town",
        "country",
        "location",
        "place",
        "room",
        "zone",
        "store",
        "shop",
        "site",
        "building",
        "folder",
        "directory",
        "channel",
        "cluster",
        "namespace",
        "project",
        "repo",
        "repository",
        "branch",
        "calendar",
        "board",
        "stage",
    ];
    words(name).last().is_some_and(|word| PLACES.contains(&word.as_str()))
}
