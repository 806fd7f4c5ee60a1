//! Finding, refusing and installing ONNX Runtime.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may fail loudly"
)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use equipoise::engine::{
    EngineError, EngineKind, FindError, Found, LibraryError, Model, Places, SessionOptions, Source,
    Unusable, examine, find, list,
};

const ONE: SessionOptions = SessionOptions {
    threads: NonZeroUsize::MIN,
};

/// The ONNX Runtime of this computer.
fn found() -> Option<Found> {
    find(&Places::of_this_computer(None))
        .inspect_err(|reason| eprintln!("skipped: no ONNX Runtime ({reason})"))
        .ok()
}

/// A model of one node: y = x.
fn identity_model(folder: &Path) -> PathBuf {
    let port = |name: u8| {
        [
            b"\x0a\x01",
            &[name][..],
            b"\x12\x08\x0a\x06\x08\x01\x12\x02\x0a\x00",
        ]
        .concat()
    };
    let node = b"\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity";
    let graph = [
        &node[..],
        b"\x12\x01g\x5a\x0d",
        &port(b'x'),
        b"\x62\x0d",
        &port(b'y'),
    ]
    .concat();
    let mut model = vec![0x08, 8, 0x3a, graph.len() as u8];
    model.extend(graph);
    model.extend(b"\x42\x02\x10\x11");
    let path = folder.join("identity.onnx");
    std::fs::write(&path, model).unwrap();
    path
}

fn library_name() -> &'static str {
    if cfg!(windows) {
        "onnxruntime.dll"
    } else if cfg!(target_vendor = "apple") {
        "libonnxruntime.1.99.0.dylib"
    } else {
        "libonnxruntime.so.1.99.0"
    }
}

fn error_of(places: &Places, kind: EngineKind) -> EngineError {
    let folder = tempfile::tempdir().unwrap();
    match Model::open(&identity_model(folder.path()), kind, ONE, places) {
        Ok(_) => panic!("the model was opened"),
        Err(error) => error,
    }
}

#[test]
fn without_a_library_the_message_says_where_it_looked_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let places = Places {
        cache: Some(folder.path().join("cache")),
        system_folders: vec![folder.path().to_path_buf()],
        ..Places::default()
    };
    let error = error_of(&places, EngineKind::OnnxRuntime);
    assert!(matches!(error, EngineError::LibraryNotFound(_)), "{error}");
    let message = error.to_string();
    for part in [
        "cache (",
        "system (",
        "ORT_DYLIB_PATH (not set)",
        "equipoise runtime install",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(error.help().unwrap().contains("--onnxruntime"));
}

#[test]
fn auto_uses_the_embedded_engine_when_there_is_no_library() {
    let folder = tempfile::tempdir().unwrap();
    let path = identity_model(folder.path());
    let model = Model::open(&path, EngineKind::Auto, ONE, &Places::default()).unwrap();
    assert_eq!(model.identity().name, "embedded");
    assert!(model.instead_of().is_some());
    if let Some(found) = found() {
        let places = Places::of_this_computer(None);
        let model = Model::open(&path, EngineKind::Auto, ONE, &places).unwrap();
        assert_eq!(model.identity().name, "onnxruntime");
        assert_eq!(model.identity().library_sha256, Some(found.library.sha256));
        assert!(model.instead_of().is_none());
    }
}

#[test]
fn a_named_file_that_is_no_library_is_refused_and_nothing_stands_in() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    std::fs::write(
        &text,
        "this is a text file, and a rather long one at that\n".repeat(9),
    )
    .unwrap();
    let empty = folder.path().join("empty.so");
    std::fs::write(&empty, "").unwrap();
    let cases = [
        (text, Unusable::NotALibrary),
        (empty, Unusable::NotALibrary),
        (folder.path().to_path_buf(), Unusable::NotAFile),
    ];
    for (path, expected) in cases {
        for kind in [EngineKind::OnnxRuntime, EngineKind::Auto] {
            // A usable one further down the list must not be taken instead.
            let option = Places::of_this_computer(Some(path.clone()));
            let variable = Places {
                variable: Some(path.clone()),
                ..Places::of_this_computer(None)
            };
            for places in [option, variable] {
                let error = error_of(&places, kind);
                let EngineError::Library(LibraryError::Unusable { reason, .. }) = &error else {
                    panic!("{error}");
                };
                assert_eq!(*reason, expected);
                assert!(error.to_string().contains(&path.display().to_string()));
            }
        }
    }
    let missing = Places::of_this_computer(Some(folder.path().join("none.so")));
    let error = error_of(&missing, EngineKind::Auto).to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

#[test]
fn another_shared_library_is_not_loaded() {
    let candidates = [
        "/lib/x86_64-linux-gnu/libm.so.6",
        "/lib/aarch64-linux-gnu/libm.so.6",
        "/lib64/libm.so.6",
        "/usr/lib/libm.so.6",
    ];
    let Some(libm) = candidates.iter().map(Path::new).find(|path| path.exists()) else {
        eprintln!("skipped: no libm of the GNU C library");
        return;
    };
    assert_eq!(examine(libm), Err(Unusable::NotOnnxRuntime));
    let places = Places {
        option: Some(libm.to_path_buf()),
        ..Places::default()
    };
    let error = error_of(&places, EngineKind::OnnxRuntime);
    assert!(error.to_string().contains("OrtGetApiBase"), "{error}");
}

#[test]
fn a_file_that_only_looks_like_the_library_is_refused_by_the_loader() {
    if found().is_none() || !cfg!(target_os = "linux") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // The right header, symbol name and version, and nothing behind them.
    let mut content = b"\x7fELF\x02\x01\x01".to_vec();
    content.resize(64, 0);
    content[16] = 3;
    content[18] = if cfg!(target_arch = "aarch64") {
        183
    } else {
        62
    };
    content.extend(b"\0OrtGetApiBase\0VERS_1.99.0\0");
    let path = folder.path().join("libonnxruntime.so.1.99.0");
    std::fs::write(&path, content).unwrap();
    let places = Places {
        option: Some(path),
        ..Places::default()
    };
    let error = error_of(&places, EngineKind::OnnxRuntime);
    assert!(
        matches!(
            error,
            EngineError::Library(LibraryError::Load { .. } | LibraryError::Another { .. })
        ),
        "{error}"
    );
}

#[test]
fn unusable_files_in_a_folder_are_passed_over_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(library_name()), "not a library").unwrap();
    let broken = Places {
        executable_folder: Some(folder.path().to_path_buf()),
        ..Places::default()
    };
    let Err(FindError::NotFound(missing)) = find(&broken) else {
        panic!("something was found");
    };
    assert_eq!(missing.unusable.len(), 1);
    assert!(missing.to_string().contains("was passed over"), "{missing}");

    let Some(usable) = found() else { return };
    let both = Places {
        variable: None,
        system_folders: vec![usable.library.path.parent().unwrap().to_path_buf()],
        ..broken
    };
    let found = find(&both).unwrap();
    assert_eq!(found.source, Source::System);
    assert_eq!(found.library, usable.library);
    let listed = list(&both);
    assert!(listed[0].state.is_err());
    assert_eq!(listed[0].source, Source::Executable);
    assert!(
        listed
            .iter()
            .any(|candidate| candidate.state.as_ref() == Ok(&usable.library))
    );
}

#[test]
fn a_python_environment_and_the_cache_are_searched() {
    let Some(usable) = found() else { return };
    let folder = tempfile::tempdir().unwrap();
    let name = usable.library.path.file_name().unwrap();
    let put = |inside: &Path| {
        let path = folder.path().join(inside);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::hard_link(&usable.library.path, &path)
            .or_else(|_| std::fs::copy(&usable.library.path, &path).map(drop))
            .unwrap();
        std::fs::canonicalize(path).unwrap()
    };
    let package = if cfg!(windows) {
        "venv/Lib/site-packages/onnxruntime/capi"
    } else {
        "venv/lib/python3.12/site-packages/onnxruntime/capi"
    };
    let packaged = put(&Path::new(package).join(name));
    let cached = put(&Path::new("cache/1.32.0").join(name));
    let mut places = Places {
        cache: Some(folder.path().join("cache")),
        python_environments: vec![folder.path().join("venv")],
        ..Places::default()
    };
    let first = find(&places).unwrap();
    assert_eq!(
        (first.source, &first.library.path),
        (Source::Cache, &cached)
    );
    places.cache = None;
    let second = find(&places).unwrap();
    assert_eq!(
        (second.source, &second.library.path),
        (Source::Python, &packaged)
    );

    // One process holds one library: another file is refused in words.
    let own = Places::of_this_computer(None);
    let path = identity_model(folder.path());
    assert!(Model::open(&path, EngineKind::OnnxRuntime, ONE, &own).is_ok());
    let error = error_of(&places, EngineKind::OnnxRuntime);
    assert!(
        matches!(error, EngineError::Library(LibraryError::Another { .. })),
        "{error}"
    );
}

/// Installing, with scripts in the place of Python.
#[cfg(unix)]
mod installing {
    use std::os::unix::fs::PermissionsExt;

    use equipoise::engine::{InstallError, install, pinned_sha256};

    use super::*;

    /// Runs `install` with a script instead of Python and checks that nothing is left behind.
    fn install_with(script: Option<&str>) -> Option<InstallError> {
        if pinned_sha256().is_none() {
            eprintln!("skipped: no official package for this computer");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python3");
        if let Some(script) = script {
            std::fs::write(&python, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let cache = folder.path().join("cache");
        let places = Places {
            cache: Some(cache.clone()),
            python: Some(python),
            ..Places::default()
        };
        let error = install(&places).unwrap_err();
        let left = std::fs::read_dir(&cache).map_or(0, Iterator::count);
        assert_eq!(left, 0, "something is left in the cache");
        assert!(error.help().is_some() || matches!(error, InstallError::NoLibrary));
        Some(error)
    }

    #[test]
    fn each_failure_has_its_own_error() {
        let Some(error) = install_with(None) else {
            return;
        };
        assert!(matches!(error, InstallError::NoPython { .. }), "{error}");

        let no_pip = install_with(Some("echo No module named pip >&2; exit 1")).unwrap();
        assert!(matches!(no_pip, InstallError::NoPip { .. }), "{no_pip}");

        let offline = "[ \"$3\" = --version ] && exit 0\n\
             echo 'WARNING: Retrying after connection broken' >&2\n\
             echo 'ERROR: No matching distribution found for onnxruntime' >&2\nexit 1";
        let error = install_with(Some(offline)).unwrap();
        assert!(matches!(error, InstallError::Pip { .. }), "{error}");
        assert!(
            error.to_string().contains("No matching distribution"),
            "{error}"
        );
        // The reason why nothing was found stands in a warning.
        assert!(error.to_string().contains("connection broken"), "{error}");
        let nothing = install_with(Some("exit 0")).unwrap();
        assert!(matches!(nothing, InstallError::NoLibrary), "{nothing}");

        let forged = format!(
            "[ \"$3\" = --version ] && exit 0\n\
             while [ \"$1\" != --target ]; do shift; done\n\
             mkdir -p \"$2/onnxruntime/capi\"\n\
             echo forged > \"$2/onnxruntime/capi/{}\"",
            library_name()
        );
        let error = install_with(Some(&forged)).unwrap();
        assert!(matches!(error, InstallError::WrongHash { .. }), "{error}");
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_named() {
        if pinned_sha256().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let places = Places {
            cache: Some(file.clone()),
            ..Places::default()
        };
        let error = install(&places).unwrap_err();
        assert!(matches!(error, InstallError::NotWritable { .. }), "{error}");
        assert!(error.to_string().contains(&file.display().to_string()));
        let nowhere = install(&Places::default()).unwrap_err();
        assert!(matches!(nowhere, InstallError::NoCache), "{nowhere}");
    }
}
