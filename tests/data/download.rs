//! Downloads, over connections good and bad.

use crate::{STEMS, contents, error, gzip, load, nowhere, places};
use ddpm_web::data::{Places, Progress, Via};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use tempfile::tempdir;

/// Serves HTTP on this machine, `answer(path)` to each request, until the tests end.
fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = vec![];
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if stream.read(&mut byte).unwrap_or(0) == 0 {
                    break;
                }
                request.extend(byte);
            }
            let request = String::from_utf8_lossy(&request);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let _ = stream.write_all(&answer(path));
        }
    });
    url
}

/// A response that promises `length` bytes and then closes after those in `body`.
fn response(status: &str, length: Option<usize>, body: &[u8]) -> Vec<u8> {
    let length = length.map(|n| format!("Content-Length: {n}\r\n")).unwrap_or_default();
    [format!("HTTP/1.1 {status}\r\n{length}Connection: close\r\n\r\n").as_bytes(), body].concat()
}

fn published(path: &str) -> Vec<u8> {
    let stem = path.trim_start_matches('/').trim_end_matches(".gz");
    gzip(&contents()[STEMS.iter().position(|known| *known == stem).unwrap()])
}

/// The names of what is in the cache.
fn cached(places: &Places) -> Vec<String> {
    let entries = fs::read_dir(places.cache.as_ref().unwrap()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn failed_downloads_leave_nothing_and_say_what_to_do() {
    let root = tempdir().unwrap();
    let wrong = |_: &str| response("200 OK", None, b"<html>please log in</html>");
    let lost = |_: &str| response("404 Not Found", Some(0), b"");
    let cut = |path: &str| response("200 OK", Some(published(path).len()), &published(path)[..40]);
    let cut_unnoticed = |path: &str| response("200 OK", None, &published(path)[..40]);
    let other = |_: &str| response("200 OK", None, &published(STEMS[3]));
    let endless = |_: &str| response("200 OK", None, &vec![0; 65 << 20]);
    let silent = |_: &str| vec![];
    let cases = [
        (nowhere(), "refused"),
        (serve(silent), "cannot download"),
        (serve(lost), "404"),
        (serve(endless), "far larger"),
        (serve(cut), "cut after 40 bytes"),
        (serve(cut_unnoticed), "damaged"),
        (serve(wrong), "another file: SHA-256"),
        (serve(other), "another file: SHA-256"),
    ];
    for (url, reason) in cases {
        let places = places(&root, &url);
        let told = error(load(&places));
        assert!(told.to_lowercase().contains(&reason.to_lowercase()), "{told}");
        for remedy in ["--data DIR", "apt install dataset-fashion-mnist", &format!("{url}/{{train-images")] {
            assert!(told.contains(remedy), "{told}");
        }
        assert!(cached(&places).is_empty(), "{:?}", cached(&places));
    }
}

#[test]
fn a_download_is_continued_checked_and_kept() {
    let root = tempdir().unwrap();
    let half = serve(|path| match path.contains("train") {
        true => response("200 OK", Some(published(path).len()), &published(path)),
        false => response("503 Slow Down", Some(0), b""),
    });
    let first = places(&root, &half);
    assert!(error(first.locate(&mut |_| ())).contains("503"));
    assert_eq!(cached(&first), ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]);
    // The rest alone is asked for, and what is damaged.
    fs::write(first.cache.as_ref().unwrap().join("train-labels-idx1-ubyte.gz"), "damaged").unwrap();
    let rest = serve(|path| match path.contains("train-images") {
        true => response("500 Asked Again", Some(0), b""),
        false => response("200 OK", None, &published(path)),
    });
    let second = places(&root, &format!("{rest}/"));
    let mut told = vec![];
    let mut progress = |progress: Progress| told.push(format!("{progress:?}"));
    assert_eq!(second.locate(&mut progress).unwrap().via, Via::Download);
    assert!(told[0].contains("Downloading Tiny from"), "{told:?}");
    let last = format!("done: {len}, total: Some({len})", len = published(STEMS[3]).len());
    assert!(told.last().unwrap().contains(&last) && told.last().unwrap().contains(STEMS[3]), "{told:?}");
    let set = load(&second).unwrap();
    assert_eq!((set.name.as_str(), set.train.len(), set.classes.len()), ("Tiny", 3, 3));
    assert_eq!(cached(&second).len(), 4);
    let third = places(&root, &nowhere());
    assert_eq!(third.locate(&mut |_| ()).unwrap().via, Via::Cache);
    assert_eq!(load(&third).unwrap(), set);
}
