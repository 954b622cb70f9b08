//! The native program: see `ddpm --help`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, ffi::OsStr};

/// A path at which no Wayland compositor listens.
const NO_COMPOSITOR: &str = "/dev/null";

fn main() -> ExitCode {
    if !can_reach_wayland(|name| env::var_os(name)) {
        // SAFETY: this is the program's first statement, so no other thread reads the environment.
        unsafe { env::set_var("WAYLAND_DISPLAY", NO_COMPOSITOR) };
    }
    ddpm_web::cli::main()
}

/// Whether the environment says where a Wayland compositor would be. Mesa's Vulkan layer asks it which adapter it
/// shows pictures with, whenever adapters are listed, and where the environment does not say so the Wayland
/// library prints an error that concerns nobody: "XDG_RUNTIME_DIR is invalid or not set". A path at which nobody
/// listens is tried in silence.
fn can_reach_wayland<S: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<S>) -> bool {
    let is_absolute = |name: &str| variable(name).is_some_and(|path| Path::new(&path).is_absolute());
    variable("WAYLAND_SOCKET").is_some() || is_absolute("WAYLAND_DISPLAY") || is_absolute("XDG_RUNTIME_DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_environment_that_names_no_compositor_is_changed() {
        for (variables, reachable) in [
            (&[][..], false),
            (&[("XDG_RUNTIME_DIR", "")], false),
            (&[("XDG_RUNTIME_DIR", "run/user")], false),
            (&[("WAYLAND_DISPLAY", "wayland-1")], false),
            (&[("XDG_RUNTIME_DIR", "/run/user/1000")], true),
            (&[("WAYLAND_DISPLAY", "/run/wayland-1")], true),
            (&[("WAYLAND_SOCKET", "3")], true),
        ] {
            let variable =
                |name: &str| variables.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
            assert_eq!(can_reach_wayland(variable), reachable, "{variables:?}");
        }
    }
}
