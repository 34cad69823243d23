//! What kind of material a file is, by its extension, and which tools say that they read such material.

use maestria_vocabulary::ToolSpec;

/// Extensions, and the words with which tools speak of such files.
const KINDS: &[(&[&str], &[&str])] = &[
    (
        &["png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "heic"],
        &["picture", "image", "photo", "scan", "ocr"],
    ),
    (&["mp3", "wav", "m4a", "ogg", "flac", "aac", "opus", "wma", "amr"], &["recording", "audio", "sound", "speech"]),
    (&["csv", "tsv", "xlsx", "xls", "parquet"], &["table", "csv", "spreadsheet"]),
    (&["mp4", "mov", "mkv", "avi", "webm"], &["video", "film"]),
];

/// How well a tool that takes a file suits this one: 2 where it speaks of its kind, 1 where it speaks of none, 0 where of another.
pub(super) fn suits(tool: &ToolSpec, parameter: &str, file: &str) -> u8 {
    let described = tool.parameters().find(|(name, _)| *name == parameter);
    let description = described.and_then(|(_, schema)| schema.get("description")?.as_str().map(str::to_lowercase));
    let said = format!("{} {parameter} {}", tool.id.as_str().to_lowercase(), description.unwrap_or_default());
    let speaks_of = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let extension = file.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    let own = KINDS.iter().find(|(extensions, _)| extensions.contains(&extension.as_str()));
    if own.is_some_and(|(_, words)| speaks_of(words)) {
        return 2;
    }
    let of_any = KINDS.iter().any(|(_, words)| speaks_of(words));
    if of_any || own.is_some() { 0 } else { 1 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_go_to_the_tools_that_speak_of_their_kind() {
        let tool = |id: &str, description: &str| {
            ToolSpec::new(id.parse().unwrap(), "")
                .with_input(json!({"properties": {"file": {"type": "string", "description": description}}}))
        };
        let (ears, eyes, reader) =
            (tool("transcribe", "Recording"), tool("extract_text", "Picture or scan"), tool("read", "File to read"));
        let check = |file: &str, expected: [u8; 3]| {
            assert_eq!([&ears, &eyes, &reader].map(|tool| suits(tool, "file", file)), expected, "{file}");
        };
        check("call.mp3", [2, 0, 0]);
        check("a.PNG", [0, 2, 0]);
        check("notes/a.md", [0, 0, 1]);
    }
}
