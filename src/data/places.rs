//! Where a data set is looked for, and in what order.

use super::{DataError, Dataset, Progress, Source, Wanted, idx_files};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where Debian's package `dataset-fashion-mnist` is.
const SYSTEM: &str = "/usr/share/datasets/fashion-mnist";

/// The places where a data set may be, in order.
#[derive(Debug, Clone)]
pub struct Places {
    /// `--data`
    pub argument: Option<PathBuf>,
    /// `$DDPM_DATA`
    pub env: Option<PathBuf>,
    /// The program's own folder, into which it downloads.
    pub cache: Option<PathBuf>,
    /// Where packages of the operating system are.
    pub system: PathBuf,
    /// What to download if it is in none of these.
    pub source: Source,
}

/// A place where there is something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub via: Via,
}

/// Why a place was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Argument,
    Env,
    Cache,
    System,
    Download,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Via::Argument => "--data",
            Via::Env => "$DDPM_DATA",
            Via::Cache => "the cache (delete it to download again)",
            Via::System => "the system's data sets",
            Via::Download => "the download",
        })
    }
}

impl Places {
    /// The usual places of a process whose environment is `env`. It may give a data set
    /// (`DDPM_DATA`) and another home of Fashion-MNIST to download from (`DDPM_DATA_URL`).
    pub fn new(argument: Option<&Path>, env: impl Fn(&str) -> Option<OsString>) -> Places {
        // Set to nothing is how shells unset for one command.
        let env = |name| env(name).filter(|value| !value.is_empty());
        let mut source = Source::fashion_mnist();
        if let Some(url) = env("DDPM_DATA_URL") {
            source.base_url = url.to_string_lossy().into_owned();
        }
        Places {
            argument: argument.map(PathBuf::from),
            env: env("DDPM_DATA").map(PathBuf::from),
            cache: dirs::cache_dir().map(|cache| cache.join("ddpm-web").join("fashion-mnist")),
            system: SYSTEM.into(),
            source,
        }
    }

    /// The first place that counts: `--data`; `$DDPM_DATA`; the cache and then the system's folder
    /// if all four files are there; else the cache again, once the source is downloaded into it.
    ///
    /// # Errors
    /// If `--data` or `$DDPM_DATA` leads nowhere (no other place is then tried), or the download
    /// fails.
    pub fn locate(&self, progress: &mut dyn FnMut(Progress)) -> Result<Found, DataError> {
        for (path, via) in [(&self.argument, Via::Argument), (&self.env, Via::Env)] {
            if let Some(path) = path {
                return via.check(path);
            }
        }
        let system = Some(&self.system);
        for (path, via) in [(self.cache.as_ref(), Via::Cache), (system, Via::System)] {
            if let Some(path) = path.filter(|path| idx_files::is_complete(path)) {
                return Ok(Found { path: path.clone(), via });
            }
        }
        let path = self.cache.clone().ok_or(DataError::NoCache)?;
        self.source.fetch_into(&path, progress)?;
        Ok(Found { path, via: Via::Download })
    }

    /// Reads what [`Places::locate`] finds.
    ///
    /// # Errors
    /// If there is nothing, or it is not a data set; in the cache and the system's folder also if
    /// it is not the source, unaltered.
    pub fn load(&self, wanted: &Wanted, progress: &mut dyn FnMut(Progress)) -> Result<Dataset, DataError> {
        wanted.check().map_err(DataError::Wanted)?;
        let Found { path, via } = self.locate(progress)?;
        let set = Dataset::open(&path, &self.source, wanted, progress).map_err(|cause| via.blame(cause))?;
        let asked = matches!(via, Via::Argument | Via::Env);
        if asked || set.name == self.source.name {
            Ok(set)
        } else {
            Err(DataError::Altered { path, name: self.source.name.clone() })
        }
    }
}

impl Via {
    fn check(self, path: &Path) -> Result<Found, DataError> {
        match path.exists() {
            true => Ok(Found { path: path.into(), via: self }),
            false => Err(self.blame(DataError::Absent { path: path.into() })),
        }
    }

    fn blame(self, cause: DataError) -> DataError {
        DataError::At { via: self, cause: Box::new(cause) }
    }
}
