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

fn module(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into()
}

#[test]
fn the_maths_knows_nothing_of_tensors_or_browsers() {
    for (path, text) in sources("src", "rs") {
        let names = ["schedule", "sampler", "sampling", "noise"];
        let named = |part: &Path| names.contains(&module(part).as_str());
        if path.ancestors().take_while(|part| !part.ends_with("src")).any(named) {
            for word in ["burn", "wgpu", "wasm", "web_sys", "js_sys"] {
                assert!(!code(&text).contains(word), "{} mentions {word}", path.display());
            }
        }
    }
}

#[test]
fn only_the_entries_create_devices() {
    for (path, text) in sources("src", "rs") {
        let allowed = ["web", "fast", "reference", "device"].contains(&module(&path).as_str());
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

/// Numbers that only Rust may know: T and T + 1, the betas' ends, the scale of pixels, a frame index.
#[test]
fn javascript_does_no_maths_of_its_own() {
    for (path, text) in sources("www", "js") {
        let code = code(&text);
        for number in
            ["200", "0.02", "1e-4", "0.0001", "255", "127.5", "186", "Math.sqrt", "Math.log", "Math.exp"]
        {
            let found = code.split(number).collect::<Vec<_>>();
            let whole = found.windows(2).any(|around| {
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || c == '.');
                !digit(around[0].chars().last()) && !digit(around[1].chars().next())
            });
            assert!(!whole, "{} knows {number}", path.display());
        }
    }
}

#[test]
fn the_page_names_no_other_origin() {
    for (path, text) in sources("www", "js").into_iter().chain(sources("www", "css")) {
        assert!(!text.contains("http://") && !text.contains("https://"), "{}", path.display());
    }
}
