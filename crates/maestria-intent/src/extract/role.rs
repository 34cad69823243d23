//! What a text parameter is about, told from its name or its description, and which prepositions lead to such a thing.

use super::parameter::Parameter;

/// A role that a piece of text plays, with the prepositions that lead to it, the likeliest first. From English usage: "by" and "per"
/// group, "of" measures, "to" and "in" name languages and receivers, "about" names a topic, "titled" a title.
#[derive(Debug)]
pub(super) struct Role {
    names: &'static [&'static str],
    pub(super) openers: &'static [&'static str],
    /// Whether what plays it is mostly a proper name.
    pub(super) proper: bool,
    /// Whether it is what the tool's verb acts on, so that it may stand without a preposition.
    pub(super) object: bool,
    pub(super) form: Form,
}

/// What form a text has that plays a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Any,
    /// A word with digits, such as a number of an order.
    Identifier,
    /// A whole sentence, such as a message.
    Sentence,
}

const fn role(names: &'static [&'static str], openers: &'static [&'static str]) -> Role {
    Role { names, openers, proper: false, object: false, form: Form::Any }
}

/// In this order: the first whose names a parameter has is its role.
const ROLES: &[Role] = &[
    Role {
        form: Form::Identifier,
        ..role(
            &["id", "identifier", "number", "code", "key", "sku", "reference", "ticket", "issue", "hash", "commit"],
            &[],
        )
    },
    role(
        &["group", "category", "per", "axis", "split", "dimension"],
        &["by", "per", "across", "grouped", "in", "under"],
    ),
    role(&["language", "lang", "locale"], &["to", "into", "in"]),
    Role { proper: true, ..role(&["origin", "source", "from", "departure", "sender"], &["from"]) },
    Role { proper: true, ..role(&["destination", "target", "to", "arrival"], &["to", "into", "in"]) },
    Role {
        proper: true,
        object: true,
        ..role(
            &[
                "recipient",
                "receiver",
                "contact",
                "attendee",
                "participant",
                "invitee",
                "guest",
                "person",
                "people",
                "author",
                "assignee",
                "owner",
                "customer",
                "employee",
                "artist",
                "patient",
                "user",
                "username",
            ],
            &["to", "with", "for", "by", "of", "from"],
        )
    },
    Role {
        proper: true,
        ..role(
            &[
                "place", "city", "location", "country", "region", "address", "state", "town", "airport", "street",
                "venue", "area",
            ],
            &["in", "at", "near", "for", "to", "from", "around", "of"],
        )
    },
    Role {
        form: Form::Sentence,
        object: true,
        ..role(
            &["message", "body", "text", "content", "note", "comment", "reason", "description", "prompt"],
            &["saying"],
        )
    },
    Role {
        object: true,
        ..role(
            &["topic", "subject", "theme", "query", "keyword", "search", "term", "question", "phrase"],
            &["about", "on", "for", "regarding", "of"],
        )
    },
    Role {
        object: true,
        ..role(
            &[
                "repository",
                "repo",
                "branch",
                "project",
                "package",
                "service",
                "environment",
                "list",
                "calendar",
                "channel",
                "team",
                "database",
                "table",
                "playlist",
                "album",
            ],
            &["in", "on", "to", "from", "of", "for", "into"],
        )
    },
    Role { proper: true, object: true, ..role(&["name"], &["called", "named", "titled", "for", "of", "by", "with"]) },
    Role { object: true, ..role(&["title", "heading", "caption", "label", "summary"], &["titled", "called", "named"]) },
    Role { object: true, ..role(&["value", "measure", "metric", "quantity", "amount", "drawn"], &["of"]) },
    role(&["unit", "style", "format", "currency"], &["in", "to", "into", "as"]),
    role(&["method", "instrument", "ingredient", "algorithm", "model"], &["with", "using"]),
    role(&["audience", "purpose"], &["for"]),
];

/// The role of a parameter, and how sure that is: its name says more than its description.
pub(super) fn role_of(parameter: &Parameter<'_>) -> Option<(&'static Role, f64)> {
    let by_name = ROLES.iter().find(|role| parameter.named(role.names)).map(|role| (role, 1.0));
    by_name.or_else(|| ROLES.iter().find(|role| parameter.mentions(role.names)).map(|role| (role, 0.85)))
}
