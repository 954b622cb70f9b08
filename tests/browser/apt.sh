# Sourced by the Makefile: packages from Debian or Ubuntu, or the exact command that is missing.

# apt_install PACKAGE...
apt_install() {
    local root=()
    if [ "$(id -u)" -ne 0 ]; then root=(sudo); fi
    local remedy="${root[*]:+sudo }apt-get install $*"
    if ! command -v apt-get >/dev/null || { [ ${#root[@]} -ne 0 ] && ! command -v sudo >/dev/null; }; then
        echo "Missing here: $*. Install what your system calls them (on Debian, as root: apt-get install $*)." >&2
        return 1
    fi
    echo "Installing $* ..."
    "${root[@]}" apt-get -o DPkg::Lock::Timeout=120 update -qq || true # an old list may still do
    if ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 install -qq -y --no-install-recommends "$@" >/dev/null; then
        echo "That failed; try: $remedy" >&2
        return 1
    fi
}

# Is there a Chromium, where tests/browser/browser.mjs looks for one?
has_chromium() {
    [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome google-chrome-stable >/dev/null
}

# Ubuntu has Chromium as a snap alone, and a snap does not see the folders that a test makes for it.
need_deb_chromium() {
    if grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; then
        echo "The browser tests need Chromium or Chrome, and Ubuntu's chromium package is only a snap." >&2
        echo "Install Google Chrome's .deb (google.com/chrome), or say where one is: make test CHROMIUM=/path/to/chrome" >&2
        return 1
    fi
}

# Is there a Firefox, where tests/browser/drivers/firefox.mjs looks for one? Ubuntu's own is a script that
# starts a snap, and a snap does not see the folders that a test makes for it.
has_firefox() {
    local found
    [ -n "${FIREFOX:-}" ] || { found=$(command -v firefox-esr firefox | head -n 1) && [ -n "$found" ] \
        && [[ $(readlink -f "$found") != */snap ]] && ! head -c 4096 "$found" | grep -q /snap/; }
}

need_deb_firefox() {
    if grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null; then
        echo "The browser tests need Firefox, and Ubuntu's firefox package is only a snap." >&2
        echo "Install Mozilla's .deb (support.mozilla.org/kb/install-firefox-linux), or say where one is: make test FIREFOX=/path/to/firefox" >&2
        return 1
    fi
}
