//! Paths that lead to no ONNX Runtime are typed errors; this needs no library.

use std::path::Path;

use maestria_onnx::{Error, Runtime};

#[cfg(feature = "onnx-load-dynamic")]
#[test]
fn a_path_that_leads_nowhere_is_an_error_every_time() {
    let nowhere = Path::new("/nowhere/libonnxruntime.so");
    for _ in 0..2 {
        let error = Runtime::load(nowhere).unwrap_err();
        assert!(matches!(&error, Error::LibraryMissing { path } if path == nowhere), "{error:?}");
    }
}

#[cfg(feature = "onnx-load-dynamic")]
#[test]
fn a_folder_is_no_library() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Runtime::load(folder.path()), Err(Error::LibraryMissing { .. })));
}

#[cfg(feature = "onnx-load-dynamic")]
#[test]
fn a_file_that_is_no_library_is_an_error_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("libonnxruntime.so");
    std::fs::write(&text, "not a library\n").unwrap();
    let error = Runtime::load(&text).unwrap_err();
    assert!(matches!(&error, Error::LibraryForeign { path, .. } if *path == text), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}

#[cfg(all(feature = "onnx-load-dynamic", target_os = "linux"))]
#[test]
fn a_library_of_something_else_is_an_error() {
    let places = [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/aarch64-linux-gnu/libm.so.6",
        "/lib64/libm.so.6",
        "/usr/lib/libm.so.6",
    ];
    let Some(libm) = places.into_iter().map(Path::new).find(|path| path.is_file()) else { return };
    assert!(matches!(Runtime::load(libm), Err(Error::LibraryForeign { .. })));
}

#[cfg(not(feature = "onnx-load-dynamic"))]
#[test]
fn a_build_that_cannot_load_a_library_says_so() {
    let error = Runtime::load(Path::new("/nowhere")).unwrap_err();
    assert!(matches!(error, Error::Disabled { feature: "onnx-load-dynamic" }), "{error:?}");
}

#[cfg(not(all(feature = "onnx-download", not(feature = "onnx-load-dynamic"))))]
#[test]
fn a_build_without_a_linked_library_says_so() {
    assert!(matches!(Runtime::linked(), Err(Error::Disabled { feature: "onnx-download" })));
}
