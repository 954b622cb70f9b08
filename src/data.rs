//! Reading pictures: Fashion-MNIST, other IDX files, NumPy's arrays, or a folder of one's own.
//!
//! [`load`] finds a data set, downloading Fashion-MNIST if there is none; [`Places`] says where it looks.
//! What a set's files have (any width and height, grey or colour) is a [`raw::RawImages`]; what a
//! [`Wanted`] makes of it are square [`Images`](crate::core::image::Images). IDX and scaling compile for
//! the browser too.

#[cfg(feature = "native")]
mod arrays;
#[cfg(feature = "native")]
pub mod atomic;
#[cfg(feature = "native")]
mod content;
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
mod npy;
#[cfg(feature = "native")]
mod open;
#[cfg(feature = "native")]
mod pictures;
#[cfg(feature = "native")]
mod places;
#[cfg(feature = "native")]
pub(crate) mod progress;
pub mod raw;
pub mod scale;

pub use self::raw::Wanted;
#[cfg(feature = "native")]
pub use self::{
    dataset::Dataset,
    download::{RemoteFile, Source},
    error::DataError,
    npy::NpyError,
    open::load,
    places::{Found, Places, Via},
    progress::{Progress, Unit},
};
