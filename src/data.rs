//! Reading pictures: Fashion-MNIST, other IDX files, or a folder of one's own.
//!
//! [`load`] finds a data set, downloading Fashion-MNIST if there is none; [`Places`] says where it looks.

#[cfg(feature = "native")]
pub mod atomic;
#[cfg(feature = "native")]
mod dataset;
#[cfg(feature = "native")]
mod download;
#[cfg(feature = "native")]
mod error;
pub mod idx;
#[cfg(feature = "native")]
mod idx_files;
#[cfg(feature = "native")]
mod pictures;
#[cfg(feature = "native")]
mod places;

#[cfg(feature = "native")]
pub use self::{
    dataset::{Dataset, load},
    download::{RemoteFile, Source},
    error::DataError,
    places::{Found, Places, Via},
};
