//! The absences that the crate's top comment states, read off its source.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// The code of a file without its comments and tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The crate's rooms, from the deepest on. A room imports only from rooms before it; `evaluate` and `figures` do
/// not know each other but in that order, nor do `web` and `cli`.
const ROOMS: [&str; 12] = [
    "core", "model", "graph", "engine", "train", "ranks", "data", "classify", "figures", "evaluate", "web",
    "cli",
];

/// The room that a file of `src` is in; none for the crate's own two files.
fn room(path: &Path) -> Option<usize> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_string();
    ROOMS.iter().position(|room| *room == first)
}

/// Files of the program itself: without tests, and without what only tests use.
fn program() -> Vec<(PathBuf, String)> {
    let mut files = sources("src", "rs");
    files.retain(|(path, _)| {
        let part = |name: &str| path.iter().any(|part| part == name);
        !part("tests.rs") && !part("tests") && !part("reference") && !part("reference.rs")
            || path.ends_with("web/reference.rs")
    });
    files
}

#[test]
fn a_room_imports_only_earlier_rooms() {
    for (path, text) in program() {
        let code = code(&text);
        let Some(own) = room(&path) else { continue };
        for named in code.split("crate::").skip(1) {
            let named = named.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            let Some(other) = ROOMS.iter().position(|room| *room == named) else { continue };
            assert!(other <= own, "{} imports crate::{named}, a later room than its own", path.display());
        }
    }
}

/// Words that a room's code must not hold: what it must not know.
#[test]
fn rooms_do_not_know_what_is_not_theirs() {
    let browser = ["wasm_bindgen", "web_sys", "js_sys"];
    let absent: [(&str, &[&str]); 9] = [
        ("core", &["burn", "wgpu", "clap", "rayon", "std::fs"]),
        ("model", &["wgpu", "clap", "rayon", "std::fs"]),
        ("graph", &["burn", "wgpu", "clap", "rayon", "std::fs"]),
        ("engine", &["clap", "std::fs"]),
        ("train", &["clap", "rayon", "std::fs", "std::time", "indicatif"]),
        ("data", &["burn", "wgpu", "clap", "indicatif"]),
        ("classify", &["burn", "wgpu", "clap", "indicatif"]),
        ("figures", &["burn", "wgpu", "clap", "indicatif"]),
        ("evaluate", &["clap", "indicatif"]),
    ];
    for (path, text) in program() {
        let Some(own) = room(&path) else { continue };
        let words = absent.iter().filter(|(room, _)| *room == ROOMS[own]).flat_map(|(_, words)| *words);
        let words =
            words.copied().chain(if ROOMS[own] == "web" { [].as_slice() } else { &browser }.iter().copied());
        for word in words {
            let uses = [format!("use {word}"), format!("{word}::")];
            // A dependency of the same name as one of our own modules is meant only at the start of a path.
            let found = code(&text).lines().any(|line| {
                let line = line.trim_start();
                line.starts_with(&uses[0])
                    || line.contains(&format!(" {}", uses[1]))
                    || line.contains(&format!("({}", uses[1]))
            });
            assert!(!found, "{} uses {word}", path.display());
        }
    }
}

#[test]
fn only_the_entries_create_devices() {
    for (path, text) in program() {
        let allowed = room(&path).is_some_and(|room| ["web", "cli"].contains(&ROOMS[room]));
        let creates = ["Device::flex", "Device::wgpu", "Device::default", "wgpu_options", "request_device"];
        let found = creates.iter().any(|word| code(&text).contains(word));
        assert!(allowed || !found, "{} creates a device", path.display());
    }
}

#[test]
fn platforms_split_at_modules() {
    for (path, text) in sources("src", "rs") {
        for line in code(&text).lines() {
            let inside = line.starts_with(' ') && line.contains("#[cfg(");
            assert!(!inside && !line.contains("cfg!("), "{}: {line}", path.display());
        }
    }
}

/// JavaScript asks Rust for schedules, noise and samplers: it has no functions of its own that they need.
#[test]
fn javascript_does_no_maths_of_its_own() {
    for (path, text) in sources("www", "js") {
        for function in ["Math.sqrt", "Math.log", "Math.exp", "Math.cos", "Math.sin"] {
            assert!(!code(&text).contains(function), "{} uses {function}", path.display());
        }
    }
}

#[test]
fn the_page_names_no_other_origin() {
    for (path, text) in sources("www", "js").into_iter().chain(sources("www", "css")) {
        assert!(!text.contains("http://") && !text.contains("https://"), "{}", path.display());
    }
}
