//! What kinds of things a wish names by what they look like: a recording by `.mp3`, a web page by `https://`.

use std::collections::BTreeSet;

use maestria_vocabulary::ToolSpec;
use serde_json::Value;

use crate::words::{Word, words};

/// Endings of file names, and stems of the words that texts have for such files.
const FILES: &[(&[&str], &[&str])] = &[
    (&["wav", "mp3", "ogg", "flac", "m4a", "aac", "opus"], &["audio", "record", "sound", "speech"]),
    (&["jpg", "jpeg", "png", "gif", "webp", "svg", "heic", "tiff", "bmp"], &["image", "photo", "picture"]),
    (&["mp4", "mov", "mkv", "avi", "webm"], &["video", "film", "movie"]),
    (&["pdf", "doc", "docx", "odt"], &["document", "pdf"]),
    (&["csv", "tsv", "xlsx", "xls", "ods", "parquet"], &["table", "spreadsheet", "csv", "data", "dataset"]),
    (&["py", "rs", "js", "ts", "c", "cpp", "go", "java", "sh", "rb"], &["code", "program", "script", "source"]),
    (&["zip", "tar", "gz", "7z", "rar"], &["archive", "compress"]),
    (&["json", "xml", "yaml", "yml", "toml"], &["json", "xml", "yaml", "data"]),
    (&["txt", "md", "rst", "log"], &["text"]),
];

/// Stems of the words for other things.
const FILE: &[&str] = &["file", "folder", "path"];
const PAGE: &[&str] = &["page", "url", "web", "website", "link", "site"];
const ADDRESS: &[&str] = &["email", "mail"];
const MONEY: &[&str] = &["money", "amount", "currency", "price", "payment"];

/// What a parameter may have to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// The path of a file or folder.
    Path,
    /// An address on the web.
    Url,
    /// An e-mail address.
    Address,
}

/// The things that a wish names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Named {
    /// For every kind of thing, the stems of the words for it.
    pub(super) kinds: BTreeSet<&'static [&'static str]>,
    /// How they look.
    pub(super) forms: BTreeSet<Form>,
}

impl Named {
    /// Reads the things that a text names.
    pub(super) fn of(text: &str) -> Self {
        let mut named = Self::default();
        for word in words(text) {
            named.read(word);
        }
        named
    }

    fn read(&mut self, word: Word<'_>) {
        if word.text.contains("://") || word.text.starts_with("www.") {
            self.kinds.insert(PAGE);
            self.forms.insert(Form::Url);
        } else if word.text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            self.kinds.insert(ADDRESS);
            self.forms.insert(Form::Address);
        } else if word.is_path() {
            self.kinds.insert(FILE);
            self.forms.insert(Form::Path);
            let ending = word.text.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
            let kind = FILES.iter().find(|(endings, _)| endings.contains(&ending.as_str()));
            self.kinds.extend(kind.map(|(_, stems)| *stems));
        } else if word.text.contains(['$', '€', '£', '¥']) && word.text.contains(|c: char| c.is_ascii_digit()) {
            self.kinds.insert(MONEY);
        }
    }
}

/// How the required parameters of a tool have to look, of those of which that can be seen.
pub(super) fn required_forms(spec: &ToolSpec) -> Vec<Form> {
    let forms = spec.parameters().filter(|(name, _)| spec.requires(name));
    let forms = forms.filter_map(|(_, schema)| match schema.get("format").and_then(Value::as_str)? {
        "path" => Some(Form::Path),
        "uri" | "uri-reference" | "iri" => Some(Form::Url),
        "email" | "idn-email" => Some(Form::Address),
        _ => None,
    });
    forms.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_known_by_their_looks() {
        let check = |text: &str, expected: &[&[&'static str]], forms: &[Form]| {
            let named = Named::of(text);
            let words: Vec<&str> = named.kinds.iter().filter_map(|kind| kind.first().copied()).collect();
            for kind in expected {
                assert!(kind.iter().any(|word| words.contains(word)), "{text}: {words:?}");
            }
            assert_eq!(words.len(), expected.len(), "{text}: {words:?}");
            assert_eq!(named.forms.into_iter().collect::<Vec<_>>(), forms, "{text}");
        };
        check("write down what she says in choir_note.OGG, please.", &[&["audio"], &["file"]], &[Form::Path]);
        check("what does https://example.org/a.html say?", &[&["page"]], &[Form::Url]);
        check("mail ann@example.org £50", &[&["email"], &["money"]], &[Form::Address]);
        check("the folder build/", &[&["file"]], &[Form::Path]);
        check("is it 3.5 miles and/or e.g. more? @ann", &[], &[]);
    }
}
