//! What models and tools are given, and what they give back.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who speaks in a conversation with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The application: standing instructions.
    System,
    /// The person who asks.
    User,
    /// The model that answers.
    Assistant,
    /// A tool that was called.
    Tool,
}

/// One piece of content: the input or the output of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "value")]
pub enum Content {
    /// Plain text.
    Text(String),
    /// A value described by a JSON Schema.
    Json(Value),
    /// A picture, a sound or any other file.
    Bytes {
        /// Media type (RFC 6838), such as `image/svg+xml`.
        media_type: String,
        /// The file itself; shared, never copied between steps.
        data: Arc<[u8]>,
    },
}

impl Content {
    /// The content as a JSON value, as an argument of a tool wants it: text becomes a string, and a file a data URL (RFC 2397), which
    /// [`from_data_url`](Self::from_data_url) reads.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => Value::String(text.clone()),
            Self::Json(value) => value.clone(),
            Self::Bytes { media_type, data } => {
                Value::String(format!("data:{media_type};base64,{}", BASE64_STANDARD.encode(data)))
            }
        }
    }

    /// The file that a data URL in Base64 (RFC 2397) holds; nothing for any other text.
    #[must_use]
    pub fn from_data_url(text: &str) -> Option<Self> {
        let (media_type, data) = text.strip_prefix("data:")?.split_once(";base64,")?;
        let data = BASE64_STANDARD.decode(data).ok()?;
        Some(Self::Bytes { media_type: media_type.to_owned(), data: data.into() })
    }

    /// The content as text for a model: JSON is written out; bytes have no such form.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Json(Value::String(text)) => Some(text.clone()),
            Self::Json(value) => Some(value.to_string()),
            Self::Bytes { .. } => None,
        }
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub content: Vec<Content>,
}

impl Message {
    /// One message of one piece of content.
    pub fn new(role: Role, content: impl Into<Content>) -> Self {
        Self { role, content: vec![content.into()] }
    }

    /// All text of the message, its pieces joined by blank lines.
    #[must_use]
    pub fn text(&self) -> String {
        let pieces: Vec<_> = self.content.iter().filter_map(Content::to_text).collect();
        pieces.join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_survives_being_stored() {
        let message = Message {
            role: Role::Tool,
            content: vec![
                "hello".into(),
                json!({"rows": 3}).into(),
                Content::Bytes { media_type: "image/png".into(), data: Arc::from([1_u8, 2]) },
            ],
        };
        let stored = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message);
        assert_eq!(message.text(), "hello\n\n{\"rows\":3}");
    }

    #[test]
    fn a_file_travels_as_a_data_url() {
        let file = Content::Bytes { media_type: "image/png".into(), data: Arc::from([1_u8, 2]) };
        assert_eq!(file.to_json(), json!("data:image/png;base64,AQI="));
        assert_eq!(Content::from_data_url("data:image/png;base64,AQI="), Some(file));
        for other in ["hello", "data:,hello", "data:image/png;base64,???"] {
            assert_eq!(Content::from_data_url(other), None);
        }
    }
}
