//! The download of a data set: nothing is written before its checksum is right.

use super::atomic::write_and_rename;
use super::inflate::inflate;
use super::source::{RemoteFile, Source, sha256};
use super::{DataError, Progress, Unit};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// No file of a data set is larger; a server that sends more is sending something else.
const MAX_DOWNLOAD: u64 = 64 << 20;
/// How many bytes are read before the next word on how far it is.
const CHUNK: u64 = 256 << 10;
/// How long a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(30);

impl Source {
    /// Downloads into `folder`, which is made if need be, every file that is not there intact.
    ///
    /// # Errors
    /// If a file cannot be had whole and with its checksum; what was there before still is, and
    /// nothing partial is.
    pub fn fetch_into(&self, folder: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), DataError> {
        fs::create_dir_all(folder).map_err(|cause| DataError::Write { path: folder.into(), cause })?;
        let told = format!("Downloading {} from {} to {}", self.name, self.base_url, folder.display());
        progress(Progress::Message(&told));
        for file in &self.files {
            let path = folder.join(&file.name);
            if fs::read(&path).is_ok_and(|bytes| file.check(&bytes).is_ok()) {
                continue;
            }
            let url = format!("{}/{}", self.base_url.trim_end_matches('/'), file.name);
            let bytes = get(&url, &file.name, progress)
                .and_then(|bytes| file.check(&bytes).map(|()| bytes))
                .map_err(|cause| DataError::Download { url, cause, by_hand: self.by_hand() })?;
            write_and_rename(&path, &bytes).map_err(|cause| DataError::Write { path, cause })?;
        }
        Ok(())
    }

    /// The URLs of all files, as a shell would take them.
    fn by_hand(&self) -> String {
        let names: Vec<_> = self.files.iter().map(|file| file.name.as_str()).collect();
        format!("{}/{{{}}}", self.base_url.trim_end_matches('/'), names.join(","))
    }
}

impl RemoteFile {
    fn check(&self, bytes: &[u8]) -> Result<(), String> {
        let content = inflate(bytes).map_err(|cause| format!("what came is damaged: {cause}"))?;
        let found = sha256(&content);
        if found == self.sha256 {
            return Ok(());
        }
        Err(format!("{} bytes came that are another file: SHA-256 {found}, not {}", bytes.len(), self.sha256))
    }
}

/// The body of a GET, all of it.
fn get(url: &str, name: &str, progress: &mut dyn FnMut(Progress)) -> Result<Vec<u8>, String> {
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(PATIENCE))
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .user_agent(concat!("ddpm-web/", env!("CARGO_PKG_VERSION")));
    let response = config.build().new_agent().get(url).call().map_err(|error| error.to_string())?;
    let body = response.into_body();
    let length = body.content_length();
    let mut tell = |done: usize, total: Option<u64>| {
        progress(Progress::Counted { task: name, unit: Unit::Bytes, done: done as u64, total });
    };
    let (mut reader, mut bytes) = (body.into_reader(), vec![]);
    loop {
        tell(bytes.len(), length);
        match reader.by_ref().take(CHUNK).read_to_end(&mut bytes) {
            Err(error) => {
                return Err(format!("the connection was cut after {} bytes ({error})", bytes.len()));
            }
            Ok(_) if bytes.len() as u64 > MAX_DOWNLOAD => {
                return Err("the answer is far larger than the data set".into());
            }
            Ok(0) => break,
            Ok(_) => (),
        }
    }
    tell(bytes.len(), Some(bytes.len() as u64));
    Ok(bytes)
}
