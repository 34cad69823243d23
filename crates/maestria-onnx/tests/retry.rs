//! Paths that fail do not stand in the way of one that works; alone in its process, since the first runtime stays.
#![cfg(feature = "onnx-load-dynamic")]

use std::{env, fs, path::Path};

use maestria_onnx::{Error, Runtime};

#[test]
fn a_later_try_with_a_good_path_works() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    fs::write(&text, "not a library").unwrap();
    assert!(matches!(Runtime::load(Path::new("/nowhere")), Err(Error::LibraryMissing { .. })));
    assert!(matches!(Runtime::load(&text), Err(Error::LibraryForeign { .. })));

    let required = env::var_os("MAESTRIA_REQUIRE_ONNX").is_some_and(|value| value == "1");
    let Some(library) = env::var_os("ORT_DYLIB_PATH") else {
        assert!(!required, "MAESTRIA_REQUIRE_ONNX=1, but ORT_DYLIB_PATH is not set");
        return;
    };
    let runtime = Runtime::load(Path::new(&library)).unwrap();
    assert!(runtime.is_as_requested());
    assert!(!Runtime::load(&text).unwrap().is_as_requested());
}
