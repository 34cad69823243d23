//! The built-in taxonomy: what people ask of an assistant, as a careful annotator would label it.

use maestria_vocabulary::Label;

macro_rules! taxonomy {
    ($($(#[$doc:meta])* $function:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $function() -> Label {
                label(stringify!($function))
            }
        )*

        /// Every label, in the order of their definition.
        #[must_use]
        pub fn all() -> Vec<Label> {
            vec![$($function()),*]
        }
    };
}

taxonomy! {
    /// A new still picture.
    image_generation;
    /// An existing picture, changed.
    image_editing;
    /// Moving pictures.
    video_generation;
    /// New code that runs.
    code_generation;
    /// Understanding of given code.
    code_explanation;
    /// A fault found or repaired.
    debugging;
    /// Documents of code or of a product.
    documentation;
    /// A design of a system.
    architecture_design;
    /// Findings from data.
    data_analysis;
    /// A chart, plot, map or dashboard of data.
    data_visualization;
    /// A shorter version of a text.
    summarization;
    /// The same text in another language.
    translation;
    /// New prose or verse, or given prose in another style.
    text_writing;
    /// Findings about a text: sentiment, tone, entities, grammar.
    text_analysis;
    /// General knowledge, weather, facts, advice.
    information_request;
    /// Results looked up on the internet.
    web_search;
    /// Findings about sound.
    audio_analysis;
    /// The words of a recording.
    speech_to_text;
    /// Spoken voice from text.
    text_to_speech;
    /// New music or sound.
    music_generation;
    /// An answer found in given files.
    document_question;
    /// Files moved, renamed, found, deleted, converted.
    file_management;
    /// AI models downloaded, loaded, listed, benchmarked, switched.
    model_management;
    /// Something that happens later, or whenever.
    automation;
    /// Company: greetings, thanks, feelings.
    conversation;
}

fn label(name: &str) -> Label {
    #[expect(clippy::expect_used, reason = "the names above are identifiers of this file")]
    Label::new(name).expect("a function name is a valid label")
}
