//! Reading pictures: Fashion-MNIST, other IDX files, NumPy's arrays, or a folder of one's own.
//!
//! [`load`] finds a data set, downloading Fashion-MNIST if there is none; [`Places`] says where it looks.
//! What a set's files have (any width and height, grey or colour) is a [`raw::RawImages`]; what a
//! [`Wanted`] makes of it are square [`Images`](crate::core::image::Images). [`idx`] and scaling
//! are in the page's programs too; [`Dropped`], single files and pictures, in those that train.

#[cfg(feature = "native")]
mod array_names;
#[cfg(feature = "native")]
mod arrays;
#[cfg(feature = "native")]
pub mod atomic;
#[cfg(feature = "native")]
mod content;
#[cfg(feature = "train")]
mod counted;
#[cfg(feature = "native")]
mod dataset;
#[cfg(feature = "train")]
mod decode;
#[cfg(feature = "native")]
mod download;
#[cfg(feature = "train")]
mod dropped;
#[cfg(feature = "native")]
mod error;
#[cfg(feature = "train")]
mod foreign;
pub mod idx;
#[cfg(feature = "native")]
mod idx_files;
#[cfg(feature = "train")]
mod inflate;
#[cfg(feature = "native")]
mod known;
#[cfg(feature = "train")]
mod layout;
#[cfg(feature = "train")]
mod npy;
mod numbers;
#[cfg(feature = "native")]
mod open;
#[cfg(feature = "train")]
mod picture_notes;
#[cfg(feature = "native")]
mod pictures;
#[cfg(feature = "native")]
mod places;
#[cfg(feature = "native")]
pub(crate) mod progress;
pub mod raw;
pub mod scale;
#[cfg(feature = "train")]
pub(crate) mod shown;
#[cfg(feature = "train")]
pub mod single;
#[cfg(feature = "train")]
mod source;
#[cfg(feature = "native")]
mod walk;

pub use self::numbers::{RangeError, Reading};
pub use self::raw::Wanted;
#[cfg(feature = "native")]
pub use self::{
    dataset::Dataset,
    error::DataError,
    foreign::Foreign,
    npy::NpyError,
    open::load,
    places::{Found, Places, Via},
    progress::{Progress, Unit},
};
#[cfg(feature = "train")]
pub use self::{
    decode::PictureError,
    dropped::{Dropped, Taken},
    source::{RemoteFile, Source},
};
