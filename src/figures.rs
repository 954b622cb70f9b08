//! Pictures of what the model does: figures as PNG, animations as GIF, the loss curve as SVG. They are in
//! colour where the model's images are.
//!
//! Figures are drawn in whole pixels, letters too, so that no font file, no system library and no
//! resampling stands between the model's numbers and the page. Animations are in the page's programs that train, too.

mod animation;
#[cfg(feature = "native")]
mod curve;
#[cfg(feature = "native")]
mod enlarge;
#[cfg(feature = "native")]
mod figure;
#[cfg(feature = "native")]
mod png;
#[cfg(feature = "native")]
mod scatter;
#[cfg(feature = "native")]
mod title;

pub use self::animation::{Animation, AnimationError};
#[cfg(feature = "native")]
pub use self::curve::loss_curve;
#[cfg(feature = "native")]
pub use self::enlarge::enlarged;
#[cfg(feature = "native")]
pub use self::figure::{Panel, figure, picture};
#[cfg(feature = "native")]
pub use self::png::{png, save_png};
#[cfg(feature = "native")]
pub use self::scatter::{Point, scatter};
